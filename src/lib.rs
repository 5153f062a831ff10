//! syllabase: a read-only learning-data warehouse server that speaks the PostgreSQL protocol.
//!
//! `ARCHITECTURE.md` is the map; the modules below are listed in reading order, lowest floor first.

pub mod clock;
pub mod ident;
pub mod pg;
pub mod telemetry;
mod threads;

pub mod config;
pub mod schema;

pub mod snapshot;
pub mod tenant;
pub mod tls;

pub mod engine;
pub mod sync;

pub mod wire;

pub mod app;

pub mod cli;
