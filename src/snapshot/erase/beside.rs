//! What is kept beside snapshots: refused rows and corrected clocks.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use parquet::arrow::ArrowWriter;

use super::rows_of;
use crate::ident::SnapshotId;
use crate::schema::{Product, Table};
use crate::snapshot::aside::named;
use crate::snapshot::verify::digested;
use crate::snapshot::{
    Aside, AsideRows, Error, Forgotten, From, Removed, RunLock, Store, disk, layout,
};

impl Store {
    /// Finds what of a person is kept beside snapshots, and rewrites the files without it when
    /// `remove` says so.
    pub(super) fn asides(
        &self,
        lock: &RunLock,
        product: &Product,
        forgotten: &Forgotten,
        remove: bool,
    ) -> Result<Vec<Removed>, Error> {
        let folder = self.folder(&lock.tenant, &lock.product);
        let mut removed = Vec::new();
        for (what, from, nights) in [
            (
                Aside::Quarantine,
                From::Quarantine,
                layout::quarantine(&folder),
            ),
            (
                Aside::Corrections,
                From::Corrections,
                layout::corrections(&folder),
            ),
        ] {
            for night in disk::names(&nights)? {
                let Ok(id) = night.parse::<SnapshotId>() else {
                    continue;
                };
                for (name, path) in self.aside(what, &lock.tenant, &lock.product, &id)? {
                    let Some(table) = product.table(&name) else {
                        continue;
                    };
                    let rows = without(&path, what, table, forgotten, remove)?;
                    if rows > 0 {
                        removed.push(Removed {
                            from,
                            snapshot: id.to_string(),
                            table: name,
                            rows,
                            emptied: 0,
                        });
                    }
                }
            }
        }
        Ok(removed)
    }
}

/// How many rows of a file kept aside are a person's; rewrites it without them when asked to.
fn without(
    path: &Path,
    what: Aside,
    table: &Table,
    forgotten: &Forgotten,
    remove: bool,
) -> Result<u64, Error> {
    let batches = match AsideRows::open(path) {
        Ok(Some(batches)) => batches,
        Ok(None) => return Ok(0),
        // What a killed run left half written: nobody can read it, or say whose it is.
        Err(Error::Damaged { .. }) if remove => {
            disk::remove_file(path)?;
            return Ok(0);
        }
        Err(Error::Damaged { .. }) => return Ok(0),
        Err(error) => return Err(error),
    };
    let (mut gone, mut left) = (0, Vec::new());
    for batch in batches {
        let batch = batch?;
        let text = |name: &str, row: usize| {
            let column = batch.column_by_name(name);
            let column = column.and_then(|column| column.as_string_opt::<i32>());
            let column = column.filter(|column| column.is_valid(row));
            column.map(|column| column.value(row).to_owned())
        };
        let stay = (0..batch.num_rows()).map(|row| {
            let (record, detail) = match what {
                Aside::Quarantine => (text("record", row), text("detail", row)),
                Aside::Corrections => (text("key", row), None),
            };
            Some(!forgotten.in_record(table, record.as_deref(), detail.as_deref()))
        });
        let stay: BooleanArray = stay.collect();
        gone += stay.false_count() as u64;
        left.push(filter_record_batch(&batch, &stay).map_err(rows_of(path))?);
    }
    if gone > 0 && remove {
        if left.iter().all(|batch| batch.num_rows() == 0) {
            disk::remove_file(path)?;
        } else {
            replace_aside(path, &left)?;
        }
        disk::sync_folder(path.parent().unwrap_or(path))?;
    }
    Ok(gone)
}

/// Puts other rows in the place of a file's; what is kept aside is bounded, so it is in memory.
fn replace_aside(path: &Path, rows: &[RecordBatch]) -> Result<(), Error> {
    let Some(first) = rows.first() else {
        return Ok(());
    };
    let failed = |source| Error::Write {
        path: disk::shown(path),
        source,
    };
    let aside: PathBuf = path.with_extension("tmp");
    let file = File::create(&aside).map_err(disk::failed("create", &aside))?;
    let mut writer = ArrowWriter::try_new(file, first.schema(), None).map_err(failed)?;
    for batch in rows {
        writer.write(batch).map_err(failed)?;
    }
    let file = writer.into_inner().map_err(failed)?;
    file.sync_all().map_err(disk::failed("sync", &aside))?;
    let (_, sha256, _) = digested(&aside)?;
    let anew = named(path, &sha256);
    fs::rename(&aside, &anew).map_err(disk::failed("rename", &aside))?;
    // A kill before this leaves both; the same request again then finds the rows once more.
    if anew != path {
        disk::remove_file(path)?;
    }
    Ok(())
}
