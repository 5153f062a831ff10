//! How SQL becomes rows.
//!
//! text → [`parse`] (PostgreSQL's grammar) → [`statement`] (a closed enum, nothing in it writes) →
//! [`analyze`] (PostgreSQL's rules) → DataFusion logical plan → [`exec`] → [`stream`].

mod analyze;
mod catalog;
mod exec;
mod functions;
mod session;

pub use session::{
    Answer, CancelHandle, Column, CopyForm, CopyFormat, Engine, IdleLimit, Kept, NameOf, OidOf,
    Prepared, Rendering, RowStream, Session, Statement, TransactionStatus, Wishes,
};
