//! The authenticated state: all paths, the view that execution reads, the overlay it writes, and the tree.

mod key;
mod memo;
mod overlay;
pub mod tree;
mod view;

pub use key::StateKey;
pub use memo::Memo;
pub use overlay::{ListAppend, Overlay};
pub use view::{ChainView, StateView, Tip};
