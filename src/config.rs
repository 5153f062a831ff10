//! The server file: raw form, checked form, limits with units, secrets.
//!
//! Nothing here knows tenants, schemas or any running thing. Environment variables are read here
//! and nowhere else.

pub mod alerts;
pub mod file;
pub mod limits;
pub mod secret;
pub mod settings;

pub use alerts::Alerts;
pub use file::Error;
pub use limits::Limits;
pub use secret::{Secret, SecretError, SecretRef};
pub use settings::{Folders, LogFormat, PlainText, Public, Settings, TlsFiles};
