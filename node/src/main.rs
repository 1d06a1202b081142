//! A department's node.

mod consensus;

fn main() {}
