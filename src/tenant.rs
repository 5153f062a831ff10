//! The directory: who may come in.
//!
//! Tenants are files in a folder; [`Files`] reads and replaces them, [`Directory`] keeps what they
//! say in memory while the server runs and decides at the door. Nothing here knows SQL, snapshots
//! or the wire.

mod admit;
mod allow;
mod audit;
mod credential;
mod directory;
mod files;
mod handover;
mod record;
mod source;

use std::io;
use std::path::PathBuf;

use crate::config;
use crate::ident::TenantId;

pub use admit::{Admission, Candidate, Screened};
pub use audit::Audit;
pub use credential::{ITERATIONS, NoRandom, Verifier, generate_password};
pub use directory::{Directory, Door};
pub use files::{Files, Writer};
pub use handover::{Sheet, hand_over};
pub use record::{Allowed, Clocks, Retention, Role, Schedule, Tenant};
pub use source::{
    ApiFormat, ApiSource, Encryption, ExtraColumns, ObjectSource, PostgresSource, Relation,
    Service, SourceKeys, SourceSettings,
};

pub(crate) use allow::{parse as parse_network, too_wide};

/// What can go wrong with tenants' files and with what the directory keeps.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A tenant's file cannot be read or says something it must not.
    #[error(transparent)]
    File(#[from] config::Error),
    /// There is no such tenant.
    #[error("there is no tenant \"{0}\"")]
    Unknown(TenantId),
    /// Another process holds the lock.
    #[error("another command is changing the tenants in {}", .0.display())]
    Busy(PathBuf),
    /// A folder refuses.
    #[error("cannot {action} {}", path.display())]
    Folder {
        /// What was tried.
        action: &'static str,
        /// The folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A tenant cannot be written as a file.
    #[error("tenant \"{0}\" cannot be written as TOML")]
    Unwritable(TenantId),
    /// No random bytes.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}
