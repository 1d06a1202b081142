//! The one integration-test binary: each module is a story or a table.
#![allow(clippy::unwrap_used, reason = "tests")]

mod cluster_bad_input;
mod cluster_story;
mod bad_blocks;
mod canonical_forms;
mod governance;
mod house;
mod life_of_a_case;
mod life_of_a_certificate;
mod life_of_an_identity;
mod keys_that_may_not_sign;
mod lying_server;
mod mutated_bundles;
mod replay;
mod role_matrix;
mod same_roots;
mod texts;
mod validator_changes;
mod vectors;
