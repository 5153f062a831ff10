//! Rows kept beside a snapshot for people to look at: what a night refused, and what it corrected.
//!
//! No manifest names them and nothing served depends on them, so a file that cannot be read is a
//! reason to say so, not to stop serving. The name of a file ends with the beginning of its digest:
//! `users.5e884898da280471.parquet`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::verify::digested;
use super::{Error, Manifest, Staging, Store, TableWriter, disk, layout};
use crate::ident::{ProductName, SnapshotId, TenantId};

/// Rows read at a time.
const BATCH_ROWS: usize = 1_024;

/// What is kept beside a snapshot, a file a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// Rows that were refused: where they stood, why, and what they said.
    Quarantine,
    /// Stamps of devices that were corrected: of which row, from what to what, and how.
    Corrections,
}

impl Aside {
    /// The columns of its files.
    pub fn schema(self) -> SchemaRef {
        let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
        Arc::new(Schema::new(match self {
            Self::Quarantine => vec![
                text("file", false),
                Field::new("line", DataType::Int64, false),
                text("column", true),
                text("reason", false),
                text("detail", true),
                text("record", true),
            ],
            // The key is a JSON object of the key's columns; stamps are as PostgreSQL writes them
            // in UTC.
            Self::Corrections => vec![
                text("key", false),
                text("column", false),
                text("original", false),
                text("corrected", true),
                text("method", false),
            ],
        }))
    }

    fn folder(self, product: &Path, snapshot: &SnapshotId) -> PathBuf {
        let all = match self {
            Self::Quarantine => layout::quarantine(product),
            Self::Corrections => layout::corrections(product),
        };
        all.join(snapshot.as_str())
    }
}

impl Staging {
    /// Begins a table's file of what is kept aside; without rows, drop it and there is none.
    pub fn aside(&self, what: Aside, table: &str) -> TableWriter {
        let folder = what.folder(&self.folder, self.id());
        self.beside(table, folder, &what.schema())
    }
}

impl Store {
    /// The files a night left aside, with the table each is of, sorted.
    pub fn aside(
        &self,
        what: Aside,
        tenant: &TenantId,
        product: &ProductName,
        snapshot: &SnapshotId,
    ) -> Result<Vec<(String, PathBuf)>, Error> {
        let folder = what.folder(&self.folder(tenant, product), snapshot);
        let names = disk::names(&folder)?.into_iter();
        let files = names.filter_map(|name| {
            // A further part is called `table-0001`; no table has a dash or a dot in its name.
            let table = name.strip_suffix(".parquet")?.split(['-', '.']).next()?;
            Some((table.to_owned(), folder.join(&name)))
        });
        Ok(files.collect())
    }
}

/// Where a refused row stood, and why it was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// The file, as named in the source.
    pub file: String,
    /// The line it begins on.
    pub line: i64,
    /// The column at fault, when one is.
    pub column: Option<String>,
    /// Why.
    pub reason: String,
}

impl RefusedRow {
    fn at(rows: &RecordBatch, row: usize) -> Option<Self> {
        let text = |name| {
            let column = rows.column_by_name(name)?.as_string_opt::<i32>()?;
            column.is_valid(row).then(|| column.value(row).to_owned())
        };
        let lines = rows
            .column_by_name("line")?
            .as_primitive_opt::<Int64Type>()?;
        Some(Self {
            file: text("file")?,
            line: lines.value(row),
            column: text("column"),
            reason: text("reason")?,
        })
    }
}

impl Store {
    /// Some of the rows of a table that were refused when a snapshot was made.
    pub fn refused(
        &self,
        manifest: &Manifest,
        table: &str,
        most: usize,
    ) -> Result<Vec<RefusedRow>, Error> {
        let (tenant, product) = (&manifest.tenant, &manifest.product);
        let files = self.aside(Aside::Quarantine, tenant, product, &manifest.id)?;
        let mut found = Vec::new();
        for (_, path) in files.iter().filter(|(of, _)| of == table) {
            let rows = AsideRows::open(path)?;
            for batch in rows.into_iter().flatten() {
                let batch = batch?;
                let left = most.saturating_sub(found.len()).min(batch.num_rows());
                found.extend((0..left).filter_map(|row| RefusedRow::at(&batch, row)));
                if found.len() >= most {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }
}

/// The rows of one file, some at a time.
#[derive(Debug)]
pub struct AsideRows {
    path: String,
    rows: ParquetRecordBatchReader,
}

impl AsideRows {
    /// Opens a file that [`Store::aside`] named, once it was compared with its digest; `None` when
    /// retention removed it meanwhile.
    pub fn open(path: &Path) -> Result<Option<Self>, Error> {
        match compare(path) {
            Err(Error::Disk { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(None);
            }
            compared => compared?,
        };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(disk::failed("open", path)(error)),
        };
        let rows = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(BATCH_ROWS).build());
        let path = disk::shown(path);
        match rows {
            Ok(rows) => Ok(Some(Self { path, rows })),
            Err(_) => Err(damaged(&path)),
        }
    }
}

impl Iterator for AsideRows {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.rows.next()?;
        Some(batch.map_err(|_| damaged(&self.path)))
    }
}

/// Digits of a digest in a name.
const NAMED_DIGITS: usize = 16;

/// Where a file of these bytes belongs, from its path without digest.
pub(super) fn named(path: &Path, sha256: &str) -> PathBuf {
    let digits = sha256.get(..NAMED_DIGITS).unwrap_or(sha256);
    let table = path.file_stem().unwrap_or_default().to_string_lossy();
    let table = table.split('.').next().unwrap_or_default();
    path.with_file_name(format!("{table}.{digits}.parquet"))
}

/// Compares a file with the digest in its name, if it has one; says how large it is. Files of before
/// there were digests, and what a killed run left, have none.
pub(super) fn compare(path: &Path) -> Result<u64, Error> {
    let (bytes, sha256, _) = digested(path)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match stem.split_once('.') {
        Some((_, said)) if !sha256.starts_with(said) || said.len() != NAMED_DIGITS => {
            Err(Error::Damaged {
                path: disk::shown(path),
                reason: "its digest is not the one in its name",
            })
        }
        _ => Ok(bytes),
    }
}

fn damaged(path: &str) -> Error {
    Error::Damaged {
        path: path.to_owned(),
        reason: "it is no Parquet file any more",
    }
}
