//! Where foreign data comes from. Sources fetch and do not convert, keep no state and do not retry.

pub mod demo;
pub(super) mod files;

mod csv;
mod lines;
mod ndjson;
mod parquet;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};

use super::Error;
use crate::config::limits::SyncLimits;
use crate::schema::{Product, Table};

/// A place that declared tables can be read from.
pub(super) trait Source: Send + Sync {
    /// Says which declared tables are there, in which state.
    fn survey(&self, product: &Product, limits: &SyncLimits) -> Result<Survey, Error>;

    /// Reads one table that a survey found, in bounded batches. `scratch` is a folder for
    /// temporary files.
    fn read(
        &self,
        table: &Table,
        found: &Found,
        limits: &SyncLimits,
        scratch: &Path,
    ) -> Result<Batches, Error>;
}

/// The batches of one table, in the source's order.
pub(super) type Batches = Box<dyn Iterator<Item = Result<RawBatch, Error>> + Send>;

/// What a source holds.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The declared tables that are there, by canonical name.
    pub(super) tables: BTreeMap<String, Found>,
    /// Names of what is there and means no declared table.
    pub(super) unknown: Vec<String>,
}

/// One table of a source.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Its files, in reading order.
    pub(super) files: Vec<PathBuf>,
    /// Bytes of all files.
    pub(super) bytes: u64,
    /// Changes when the content does.
    pub(super) mark: String,
}

/// Rows as the source has them.
#[derive(Debug)]
pub(super) struct RawBatch {
    /// The file, as named in the source.
    pub(super) file: Arc<str>,
    /// The line each row begins on (text files) or its number in the file (Parquet), from 1.
    pub(super) lines: Vec<u64>,
    /// The columns' names in the source's spelling.
    pub(super) names: Arc<[String]>,
    /// The columns.
    pub(super) columns: Vec<RawColumn>,
    /// Rows that could not even be taken apart.
    pub(super) refused: Vec<Refusal>,
}

/// Values as the source has them.
#[derive(Debug)]
pub(super) enum RawColumn {
    /// Texts, NULL where the source says so.
    Text(StringArray),
    /// Each value as JSON.
    Json(StringArray),
    /// Values with a type of their own.
    Typed(ArrayRef),
}

/// A row that is not served, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The line it begins on.
    pub(super) line: u64,
    /// The column at fault, when one is.
    pub(super) column: Option<String>,
    /// Why, in a few words that do not repeat the value: reasons are counted by this text.
    pub(super) reason: String,
    /// More about it, with the value.
    pub(super) detail: Option<String>,
    /// The row as it was read.
    pub(super) record: Option<String>,
}
