//! The key ring: secret keys in age files under a passphrase, each with a readable public side beside it.
//!
//! ```text
//! keys/<department>/<name>.key.age   age v1, scrypt recipient; `rage -d` opens it too
//! keys/<department>/<name>.toml      id, public key, purpose, officer: safe to show
//! ```
//!
//! A node's own keys (consensus, network) are not here: they are seeds in the node's home, since a node starts alone.

mod card;
mod ring;
mod secret;
#[cfg(test)]
mod tests;
mod unlock;

pub(crate) use card::KeyCard;
pub(crate) use ring::{KeyName, KeyRing};
pub(crate) use secret::{Passphrase, WORK_FACTOR, WORK_FACTOR_MAX, WORK_FACTOR_SAFE};
pub(crate) use unlock::{Prompt, unlock};
