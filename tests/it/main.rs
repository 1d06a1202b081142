//! The one integration-test binary: each module is a story or a table.
#![allow(clippy::unwrap_used, reason = "tests")]

mod bad_blocks;
mod canonical_forms;
mod certificates_refused;
mod closed_holes;
mod cluster_bad_input;
mod cluster_byzantine;
mod cluster_cli;
mod cluster_crashes;
mod cluster_fail_points;
mod cluster_guard;
mod cluster_refused_logs;
mod cluster_story;
mod cluster_syncs;
mod cluster_validators;
mod costs_of_bad_input;
mod governance;
mod grounds;
mod house;
mod keys_that_may_not_sign;
mod last_keys;
mod life_of_a_case;
mod life_of_a_certificate;
mod life_of_an_identity;
mod look_ups;
mod lying_server;
mod mutated_bundles;
mod numbers_and_years;
mod replay;
mod role_matrix;
mod same_roots;
mod stale_proposals;
mod successors;
mod texts;
mod validator_changes;
mod vectors;
