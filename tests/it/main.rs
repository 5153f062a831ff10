//! The one integration-test binary: each further binary would link DataFusion again.

mod catalog;
mod cli;
mod clients;
mod compat;
mod crash;
mod differential;
mod door;
mod isolation;
mod postgres;
mod samples;
mod schema;
mod sync;
mod tidy;
mod wire;
