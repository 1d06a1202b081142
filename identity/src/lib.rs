//! What is personal, off the ledger. Pure: no files, no sockets, no clock; randomness comes in as an argument.
//!
//! ```text
//! salt        256 random bits for each commitment
//! commitment  attribute, text, case content, link of a case to its person
//! document    a file's anchor: SHA-256(tag, salt, digest, size)
//! code        the look-up code printed on a certificate
//! disclosure  the opened commitments a bundle carries
//! china       numbers of Chinese papers, checked at the edge
//! ```
//!
//! The ledger holds commitments only. This crate has the only types of the project that can hold personal data; a
//! department's node does not link it.

pub mod china;
pub mod code;
pub mod commitment;
pub mod disclosure;
pub mod document;
pub mod salt;

#[cfg(test)]
mod tests;

pub use code::{LookupCode, LookupCodeError};
pub use commitment::{AttributeSecret, CaseSubjectSecret, ContentSecret, TextSecret};
pub use disclosure::{Disclosure, LookupDisclosure, SubjectDisclosure};
pub use document::{DocumentHasher, DocumentSecret, Fingerprint};
pub use salt::Salt;
