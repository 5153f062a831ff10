//! How foreign data becomes a snapshot, and when. There is one path, [`fn@run`]:
//!
//! ```text
//! survey → read → conform → check → quarantine → stage → seal → publish → retain
//! ```
//!
//! Nothing is silently dropped or changed: per table, rows read = rows served + rows quarantined +
//! rows of erased persons. A run that fails leaves the earlier snapshot serving and writes down why
//! ([`snapshot::RunRecord`]). Memory is bounded by `limits.sync` whatever the size of the files: rows
//! pass in batches, and sorting spills to disk.

mod ahead;
mod check;
mod compare;
mod conform;
mod diff;
mod earlier;
mod extra;
mod intake;
mod keys;
mod lacking;
mod quarantine;
mod run;
mod schedule;
mod sort;
pub mod source;
mod standing;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::config::SecretError;
use crate::config::limits::SyncLimits;
use crate::ident::TenantId;
use crate::schema::Product;
use crate::snapshot;
use crate::tenant::{Clocks, ExtraColumns, SourceSettings};

pub use diff::{Difference, TableDifference, diff};
pub use lacking::{Lack, Lacking, lacking};
pub use run::{Finished, Step, Told, run, run_telling};
pub use schedule::{Night, Planned, Schedule};
pub use standing::{Standing, State};

/// One run to make: whose, of what, from where.
#[derive(Debug, Clone)]
pub struct Job {
    /// The tenant.
    pub tenant: TenantId,
    /// The product.
    pub product: Arc<Product>,
    /// Where its data comes from.
    pub source: SourceSettings,
    /// What becomes of columns that the product does not declare.
    pub extra_columns: ExtraColumns,
    /// The tables, as the tenant's file spells them, that may come without rows after they had some.
    pub may_be_empty: BTreeSet<String>,
    /// What the run may use.
    pub limits: SyncLimits,
    /// How the clocks of people's devices are judged.
    pub clocks: Clocks,
    /// What stays after it.
    pub retention: snapshot::Policy,
    /// Whether a person said that shrinking tables are right this time.
    pub accept_shrinking: bool,
    /// The beginning of the night that the run is for: it is not made when one was made since, here
    /// or by another server. None when a person asks for a run.
    pub night: Option<DateTime<Utc>>,
}

impl Job {
    /// Refuses what the tenant's file says of tables that the product does not declare.
    fn check(&self) -> Result<(), Error> {
        for name in &self.may_be_empty {
            source::declared(&self.product, "may_be_empty", name)?;
        }
        Ok(())
    }
}

/// What a source holds, without any of it being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surveyed {
    /// The declared tables that are there.
    pub tables: Vec<SurveyedTable>,
    /// The declared tables that are not there and are served empty, or as they were.
    pub missing: Vec<String>,
    /// The missing tables without which a run fails.
    pub required: Vec<String>,
    /// Names of what is there and means no declared table.
    pub unknown: Vec<String>,
}

/// A declared table that a source has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyedTable {
    /// Its declared name.
    pub name: String,
    /// The files, objects or queries it is read from.
    pub parts: u64,
    /// Bytes of all parts; 0 where the source cannot tell.
    pub bytes: u64,
    /// Rows, where the source has an estimate.
    pub rows: Option<u64>,
}

/// Says what a run would read, without reading a row.
pub async fn survey(job: &Job) -> Result<Surveyed, Error> {
    job.check()?;
    let source = source::open(&job.source, &job.limits).await?;
    let survey = source.survey(&job.product).await?;
    let mut surveyed = Surveyed {
        tables: Vec::new(),
        missing: Vec::new(),
        required: Vec::new(),
        unknown: survey.unknown,
    };
    for table in &job.product.tables {
        let name = table.name.to_string();
        match survey.tables.get(table.name.as_str()) {
            Some(found) => surveyed.tables.push(SurveyedTable {
                name,
                parts: found.parts,
                bytes: found.bytes,
                rows: found.rows,
            }),
            None if table.required => surveyed.required.push(name),
            None => surveyed.missing.push(name),
        }
    }
    Ok(surveyed)
}

/// What can go wrong with a run. Files are named as they are in the source.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The snapshot store refused.
    #[error("cannot keep the snapshot")]
    Store(#[from] snapshot::Error),
    /// A source file cannot be read.
    #[error("cannot read {file}")]
    Read {
        /// The file.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// A Parquet file cannot be read.
    #[error("cannot read {file}")]
    Parquet {
        /// The file.
        file: String,
        /// Why not.
        source: ::parquet::errors::ParquetError,
    },
    /// The first line of a CSV file cannot be read.
    #[error("{file} line 1 names no columns: {reason}")]
    Header {
        /// The file.
        file: String,
        /// Why not.
        reason: &'static str,
    },
    /// Two columns of a file mean the same declared one.
    #[error("{file} has two columns for {column}")]
    TwoColumns {
        /// The file.
        file: String,
        /// The declared column.
        column: String,
    },
    /// Two entries of the source mean the same table.
    #[error("the source has table {table} twice")]
    Ambiguous {
        /// The table.
        table: String,
    },
    /// Something other than a file or folder lies in the source.
    #[error("{file} is neither a file nor a folder")]
    NotAFile {
        /// What.
        file: String,
    },
    /// A part whose format the name does not say.
    #[error("{file} is not named .csv, .ndjson, .jsonl or .parquet (.gz, .zst)")]
    UnknownFormat {
        /// The file.
        file: String,
    },
    /// Something is larger than the configured bound.
    #[error("{what} of {file} is over the limit of {most}")]
    TooLarge {
        /// Where.
        file: String,
        /// What.
        what: &'static str,
        /// The bound.
        most: u64,
    },
    /// A source cannot be connected to, or not be looked through.
    #[error("cannot open the source, {place}: {reason}")]
    Open {
        /// Where it is.
        place: String,
        /// Why not.
        reason: String,
    },
    /// A source does not give a table, or breaks off in the middle of it.
    #[error("cannot read table {table}, {position}: {reason}")]
    Fetch {
        /// The table.
        table: String,
        /// How far it came.
        position: String,
        /// Why not further.
        reason: String,
    },
    /// The tenant's file says where a table is that the product does not declare.
    #[error("{key} of the source names {name}, which the product does not declare")]
    Undeclared {
        /// Where it says so.
        key: &'static str,
        /// What.
        name: String,
    },
    /// A secret of the source cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A required table did not come.
    #[error("required table {0} is missing in the source")]
    Missing(String),
    /// Too many rows of a table were refused.
    #[error("table {table}: {refused} of {read} rows refused; most often: {reason}")]
    Refused {
        /// The table.
        table: String,
        /// Refused rows.
        refused: u64,
        /// Rows read.
        read: u64,
        /// The most frequent reason.
        reason: String,
    },
    /// Rows fail a check that no night may be served with.
    #[error("table {table}: {rows} rows fail {check}")]
    Check {
        /// The table.
        table: String,
        /// How many.
        rows: u64,
        /// The check.
        check: String,
    },
    /// Undeclared columns came up in the middle of a table: it is read once more, with them.
    #[error("table {table} has columns that it did not have when reading it began: {}", columns.join(", "))]
    NewColumns {
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// The source changed while it was read.
    #[error("table {0} changed while it was read")]
    Changed(String),
    /// Rows went missing inside the run: a defect, so nothing is published.
    #[error("table {table}: {read} rows read, {served} served and {refused} refused")]
    Unaccounted {
        /// The table.
        table: String,
        /// Rows read.
        read: u64,
        /// Rows served.
        served: u64,
        /// Rows refused.
        refused: u64,
    },
    /// Sorting or writing batches failed.
    #[error("table {table} cannot be prepared")]
    Prepare {
        /// The table.
        table: String,
        /// Why not.
        source: Box<datafusion::error::DataFusionError>,
    },
    /// The night's run was made before this one began.
    #[error("this night's run was made already")]
    Made,
    /// The run took longer than it may.
    #[error("the run took longer than its deadline")]
    Deadline,
    /// The server is stopping.
    #[error("the run was stopped")]
    Stopped,
    /// The run's thread died.
    #[error("the run broke down")]
    Broken,
}

impl Error {
    /// Whether another try later in the night may end otherwise: it may where the source or this
    /// machine was at fault, and not where rows or declarations have to be looked at first.
    fn passing(&self) -> bool {
        match self {
            Self::Store(_)
            | Self::Read { .. }
            | Self::Parquet { .. }
            | Self::Header { .. }
            | Self::TwoColumns { .. }
            | Self::Ambiguous { .. }
            | Self::NotAFile { .. }
            | Self::UnknownFormat { .. }
            | Self::TooLarge { .. }
            | Self::Open { .. }
            | Self::Fetch { .. }
            | Self::Secret(_)
            | Self::Missing(_)
            | Self::Changed(_)
            | Self::NewColumns { .. }
            | Self::Prepare { .. }
            | Self::Stopped => true,
            Self::Undeclared { .. }
            | Self::Check { .. }
            | Self::Refused { .. }
            | Self::Unaccounted { .. }
            | Self::Deadline
            | Self::Made
            | Self::Broken => false,
        }
    }

    /// Makes the error of a file that cannot be read.
    fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = source::files::shown(path);
        move |source| Self::Read { file, source }
    }
}
