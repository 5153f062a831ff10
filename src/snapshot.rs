//! How a published state is laid out on disk, made durable, found, pinned and thrown away.
//!
//! ```text
//! <root>/<tenant>/<product>/
//!   data/<snapshot>/<table>/part-0000.parquet   immutable
//!   data/<snapshot>/manifest.json               tables, files, rows, checksums, run report
//!   quarantine/<snapshot>/<table>.<digest>.parquet    refused rows, never served as data
//!   corrections/<snapshot>/<table>.<digest>.parquet   device stamps that were corrected, as they were
//!   changes/<snapshot>.json                     what came and went, per table and day
//!   runs/<time>.json                            how runs went, published or not
//!   published/000000000042.json                 the publish log; the highest number is current
//!   changes/<snapshot>.json                     what came and went, by day of activity and cause
//!   erased/<request>.json                       what was erased, where; keys as salted digests
//!   kept/<snapshot>.json                        a person's word that it stays
//!   damaged/<digest of its name>.json           a published file that was found damaged
//!   pins/<snapshot>                             locked (shared) by each process that reads it
//!   run.lock                                    locked by the one run at work
//!   running.json                                how far that one is
//! ```
//!
//! A snapshot is *staged* (no log entry), then *published* (one), then *expired* (its manifest is
//! gone, its log entry stays as history). Nothing is ever changed in place: publishing creates the
//! next number only if it is absent, so two publishers cannot both win and a kill at any moment
//! leaves the old or the new state.
//!
//! Nothing is believed because it is there: the log names the digest of the manifest, the manifest
//! those of the files, files kept aside carry theirs in their names, and every document ends with
//! its own ([`disk`]).
//!
//! All calls here block on files for microseconds to milliseconds, except those that say otherwise.

mod aside;
mod carry;
mod changes;
mod checked;
mod damage;
mod dead;
mod disk;
mod erase;
mod forget;
mod glance;
mod held;
mod history;
mod layout;
mod ledger;
mod manifest;
mod pin;
mod publish;
mod retain;
mod running;
mod stage;
mod usage;
mod verify;
mod writer;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::ident::{ProductName, SnapshotId, TenantId};
use crate::pg::{ClientFault, Fault, SqlState};
use crate::threads::locked;

pub use aside::{Aside, AsideRows, RefusedRow};
pub use carry::{Carried, Export, Place as CarryPlace};
pub use changes::{Cause, ChangeLog, DayChanges, Moved, TableChanges};
pub use checked::{CheckedFile, CheckedFiles, CheckedReader};
pub use damage::Damage;
pub use dead::RowSet;
pub use erase::{Asked, Erased};
pub use forget::{Forgotten, Sifted};
pub use glance::{RunSummary, Served};
pub use history::{Ending, RunRecord, of_the_future};
pub use ledger::{Erasure, From, Removed};
pub use manifest::{
    Changes, CheckReport, DeadRows, FORMAT, FileEntry, Manifest, Outcome, Report, Stored,
    TableEntry, TableReport, file_schema_fingerprint,
};
pub use pin::{Pin, RunLock};
pub use publish::{Kind, LogEntry};
pub use retain::{Keep, Policy, Retired};
pub use running::Running;
pub use stage::{Reading, Sealed, Staging};
pub use usage::{Usage, usage};
pub use writer::{TableWriter, Written};

/// What can go wrong with snapshots. Paths are relative to the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file operation failed.
    #[error("cannot {action} {path}")]
    Disk {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// A Parquet file could not be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: String,
        /// Why not.
        source: parquet::errors::ParquetError,
    },
    /// A document of the store is not what it should be.
    #[error("{path} cannot be read")]
    Document {
        /// The file.
        path: String,
        /// Why not.
        source: serde_json::Error,
    },
    /// Written by another version of this program.
    #[error("{path} has format {found}, this version reads up to {FORMAT}")]
    Format {
        /// The file.
        path: String,
        /// The format it names.
        found: u64,
    },
    /// Bytes on disk are not those that were published.
    #[error("{path} is damaged: {reason}")]
    Damaged {
        /// The file.
        path: String,
        /// What does not fit.
        reason: &'static str,
    },
    /// Somebody else published in between.
    #[error("another snapshot was published meanwhile (expected {expected}, found {found})")]
    Superseded {
        /// The number that was current when the run began.
        expected: u64,
        /// The number that is current now.
        found: u64,
    },
    /// Another run of this tenant and product is at work.
    #[error("another run of {product} for {tenant} is at work")]
    Busy {
        /// The tenant.
        tenant: TenantId,
        /// The product.
        product: ProductName,
    },
    /// What was current at that time is not kept any more.
    #[error("what {product} was then is not kept any more")]
    TooOld {
        /// The product.
        product: ProductName,
        /// When the oldest snapshot that is left was published.
        oldest: Option<DateTime<Utc>>,
        /// When the first one after that time was published, of those that are left.
        next: Option<DateTime<Utc>>,
    },
    /// The snapshot expired before it could be pinned.
    #[error("snapshot {0} has expired")]
    Expired(SnapshotId),
    /// The publish log has no such number, or its snapshot is gone.
    #[error("no snapshot number {0} can be read")]
    NoSuchNumber(u64),
    /// Another store, or the way to it, failed.
    #[error("cannot {action} {path} of the other store")]
    Carry {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: String,
        /// Why not.
        source: Box<object_store::Error>,
    },
    /// Something else lies where a file is to be written.
    #[error("{0} is there already, and is another one")]
    Different(String),
    /// The same snapshot, but rows were erased from only one of the two.
    #[error(
        "snapshot {snapshot} is there already: rows were erased from it {here} times here, {there} \
         times in the other store"
    )]
    Amended {
        /// The snapshot.
        snapshot: SnapshotId,
        /// How often it was amended here.
        here: u32,
        /// How often the other one was.
        there: u32,
    },
    /// What is served is newer than what was to be brought.
    #[error(
        "snapshot {0} is older than what is published here, and an import never takes readers back"
    )]
    Older(SnapshotId),
    /// The table was staged before.
    #[error("table {0} is staged twice")]
    Twice(String),
    /// A file that was to be amended cannot be read as rows.
    #[error("the rows of {path} cannot be read")]
    Rows {
        /// The file.
        path: String,
        /// Why not.
        source: arrow::error::ArrowError,
    },
    /// Rows were asked to be erased by something that is no key.
    #[error("{0} is not the one key column of a table")]
    NoKey(String),
    /// The name of a request is taken.
    #[error("request {0} was made for another key")]
    OtherKey(String),
    /// More would go than one request may remove.
    #[error("more than {0} rows refer to it")]
    TooMany(usize),
    /// Rows that went are referred to in a way that cannot be followed.
    #[error("{0} may refer to what is to be erased, but not by its key alone")]
    Unfollowed(String),
}

impl Error {
    /// Whether a file that was published is gone, or another one.
    pub fn lost(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Disk { source, .. } => source.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }

    /// Whether what lies on disk is at fault, and not the way to it: asked again it says the same.
    pub fn damaged(&self) -> bool {
        self.lost() || matches!(self, Self::Document { .. } | Self::Format { .. })
    }
}

impl ClientFault for Error {
    fn client_fault(&self) -> Fault {
        match self {
            Self::TooOld {
                product,
                oldest,
                next,
            } => {
                let fault = Fault::new(
                    SqlState::INVALID_PARAMETER_VALUE,
                    format!(
                        "the state of \"{product}\" at the requested time is not kept any more"
                    ),
                );
                let (Some(oldest), Some(next)) = (oldest, next) else {
                    return fault;
                };
                fault.detail(format!(
                    "The oldest snapshot that is kept was published at {}, the first after the \
                     requested time at {}.",
                    manifest::time_text(*oldest),
                    manifest::time_text(*next)
                ))
            }
            Self::Document { .. } | Self::Format { .. } | Self::Damaged { .. } => {
                Fault::new(SqlState("XX001"), "the snapshot's files are damaged")
            }
            Self::Disk { .. } => Fault::new(SqlState("58030"), "could not read the snapshot"),
            Self::Write { .. }
            | Self::Superseded { .. }
            | Self::Carry { .. }
            | Self::Different(_)
            | Self::Amended { .. }
            | Self::Older(_)
            | Self::Busy { .. }
            | Self::Expired(_)
            | Self::NoSuchNumber(_)
            | Self::Rows { .. }
            | Self::NoKey(_)
            | Self::OtherKey(_)
            | Self::TooMany(_)
            | Self::Unfollowed(_)
            | Self::Twice(_) => Fault::internal("unexpected state of the snapshot store"),
        }
    }
}

/// One published snapshot, ready to be read. Read it under a [`Pin`], else retention may win.
#[derive(Debug)]
pub struct Published {
    /// Its number in the publish log.
    pub number: u64,
    /// Its id.
    pub id: SnapshotId,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// How it came to be published.
    pub kind: Kind,
    /// What it holds.
    pub manifest: Manifest,
    /// How often rows were erased from it since.
    amended: u32,
    folder: PathBuf,
}

impl Published {
    /// One table; `None` when the product did not have it when the snapshot was made.
    pub fn table(&self, table: &str) -> Option<&TableEntry> {
        self.manifest.tables.get(table)
    }

    /// The absolute paths of one table's files, in order. [`Store::verify_table`] comes first.
    pub fn files(&self, table: &str) -> Vec<PathBuf> {
        self.table(table).map_or_else(Vec::new, |entry| {
            let files = entry.files.iter();
            files.map(|file| self.folder.join(&file.path)).collect()
        })
    }
}

/// The snapshots of every tenant and product under one root directory.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

type Place = (TenantId, ProductName);

struct Shared {
    root: PathBuf,
    clock: Clock,
    /// The newest snapshot seen of each place.
    heads: Mutex<HashMap<Place, Arc<Published>>>,
    /// What is served of places that are looked at, whether anybody reads them or not.
    served: Mutex<HashMap<Place, Arc<glance::KnownServed>>>,
    /// The newest runs of places that are looked at.
    runs: Mutex<HashMap<Place, Arc<glance::KnownRuns>>>,
    /// Leases that are alive in this process, by the path of their pin file.
    leases: Mutex<HashMap<PathBuf, Weak<pin::Lease>>>,
    /// Files whose digest was found right, or that were written here.
    verified: Mutex<BTreeMap<PathBuf, Arc<checked::Blocks>>>,
    /// Notes of damaged files that no disk took, by the path they would have.
    damaged: Mutex<BTreeMap<PathBuf, damage::Note>>,
    /// Dead rows that were read, by the path of their file.
    dead: Mutex<BTreeMap<PathBuf, Arc<RowSet>>>,
    /// Who wants to hear of new snapshots.
    watchers: Mutex<BTreeMap<Place, tokio::sync::watch::Sender<u64>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("root", &self.shared.root)
            .finish()
    }
}

impl Store {
    /// Opens the store under `root`, which is created when it is absent.
    pub fn open(root: &Path, clock: Clock) -> Result<Self, Error> {
        disk::create_folder(root)?;
        let root = std::fs::canonicalize(root).map_err(disk::failed("open", root))?;
        Ok(Self {
            shared: Arc::new(Shared {
                root,
                clock,
                heads: Mutex::default(),
                served: Mutex::default(),
                runs: Mutex::default(),
                leases: Mutex::default(),
                verified: Mutex::default(),
                damaged: Mutex::default(),
                dead: Mutex::default(),
                watchers: Mutex::default(),
            }),
        })
    }

    /// The folder of one tenant and product.
    pub fn folder(&self, tenant: &TenantId, product: &ProductName) -> PathBuf {
        self.shared
            .root
            .join(tenant.as_str())
            .join(product.as_str())
    }

    /// The clock that stamps snapshots.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }
}

#[cfg(test)]
mod tests;
