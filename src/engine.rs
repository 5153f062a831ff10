//! How SQL becomes rows.
//!
//! text → [`parse`] (PostgreSQL's grammar) → [`statement`] (a closed enum, nothing in it writes) →
//! [`analyze`] (PostgreSQL's rules) → DataFusion logical plan → [`exec`] → [`stream`].

mod analyze;
mod backend;
mod catalog;
mod exec;
mod functions;
mod govern;
mod parse;
mod plan;
mod session;
mod statement;
mod status;
mod stream;
mod table;
#[cfg(test)]
mod testing;

pub use session::{
    Answer, CancelHandle, Column, CopyForm, CopyFormat, Engine, EngineParts, IdleLimit, Kept, Link,
    NameOf, OidOf, Prepared, Rendering, RowStream, Session, Statement, TransactionStatus, Uses,
    Wishes,
};
