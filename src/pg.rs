//! What PostgreSQL says: its types, its error codes, its settings, and the text of its values.
//!
//! Vocabulary only: nothing here opens a socket, parses SQL or knows a tenant.

pub mod array;
pub mod binary;
pub mod charset;
pub mod datetime;
pub mod fault;
pub mod hash;
pub mod interval;
pub mod json;
pub mod jsonpath;
pub mod key;
pub mod keywords;
pub mod numeric;
pub mod printed;
pub mod quote;
pub mod search;
pub mod settings;
pub mod text;
pub mod typename;
pub mod types;

pub use fault::{ClientFault, Fault, Severity, SqlState};
pub use types::Type;
