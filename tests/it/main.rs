//! The one integration-test binary: each module is a story or a table.
#![allow(clippy::unwrap_used, reason = "tests")]

mod cluster_story;
mod house;
mod life_of_a_certificate;
