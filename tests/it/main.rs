//! The one integration-test binary: each further binary would link DataFusion again.

// Says to the lints that helpers outside of test functions are tests too.
#![cfg(test)]
#![expect(
    clippy::string_slice,
    reason = "tests cut texts that they or the sources made"
)]

mod buckets;
mod catalog;
mod cli;
mod clients;
mod compat;
mod crash;
mod differential;
mod door;
mod erase;
mod extra;
mod faults;
mod fuzz;
mod isolation;
mod nights;
mod operation;
mod postgres;
mod program;
mod random;
mod refusals;
mod samples;
mod schema;
mod sessions;
mod sources;
mod sync;
mod tidy;
mod timing;
mod traces;
mod webhook;
mod whole;
mod wire;
