//! What a comparison found becomes part of the snapshot: beside the files that are there, or as files
//! of the table's own.

use std::pin::pin;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use super::Run;
use super::load::prepare;
use crate::schema::Table;
use crate::snapshot::{Reading, RowSet, Staging, TableEntry, Written};
use crate::sync::Error;
use crate::sync::ahead::{ahead, broken};
use crate::sync::check::positions;
use crate::sync::compare::Compared;
use crate::sync::earlier::Earlier;
use crate::sync::intake::identity;
use crate::sync::sort::Sorter;

/// A table with fewer rows is written anew whenever it changes.
const SMALL_TABLE: u64 = 20_000;
/// Above this share of dead rows in the files that are shared, in percent, a table is written anew.
const DEAD_PERCENT: u64 = 20;
/// Files a table may have beside those that its rows need.
const SPARE_FILES: u64 = 24;
/// Rows of a file of a table that was written whole, about.
const ROWS_PER_FILE: u64 = 1 << 20;

/// What a comparison made of a table.
pub(super) struct Night {
    pub(super) compared: Compared,
    pub(super) more: Written,
    pub(super) reading: Reading,
}

impl Run {
    /// Stages what a comparison found: beside the earlier files, or, when little of them is left or
    /// they are many, as files of its own. Says how many rows are served then.
    pub(super) fn stage(
        &self,
        table: &Table,
        before: &TableEntry,
        earlier: Earlier,
        night: Night,
        staging: &mut Staging,
        sorter: &Sorter,
    ) -> Result<u64, Error> {
        let name = table.name.as_str();
        let Night {
            compared,
            more,
            reading,
        } = night;
        let changes = compared.changes;
        staging.changed(name, compared.days);
        // What is not served any more is not to lie in the files either.
        let dropped = before
            .extra
            .iter()
            .any(|name| !reading.extra.contains(name));
        if dropped || worn(before, &compared.dead, &more) {
            let all = earlier.with(compared.dead, more.files().collect());
            self.renew(table, &all, reading, staging, sorter)?;
            staging.discard(more)?;
        } else {
            staging.patch(name, before, &compared.dead, more, reading)?;
        }
        let served = staging.rows(name);
        if served != before.rows + changes.inserted - changes.deleted {
            return Err(Error::Unaccounted {
                table: name.to_owned(),
                read: before.rows + changes.inserted,
                served,
                refused: changes.deleted,
            });
        }
        Ok(served)
    }

    /// Writes the rows of several files as a table of its own.
    fn renew(
        &self,
        table: &Table,
        all: &Earlier,
        reading: Reading,
        staging: &mut Staging,
        sorter: &Sorter,
    ) -> Result<(), Error> {
        let name = table.name.as_str();
        let schema = table.arrow_schema();
        let sorted = stored_order(table);
        let rows = all.sorted(&schema, &sorted, sorter)?;
        let mut rows = pin!(ahead(rows, || broken("reading the last snapshot")));
        let mut writer = staging.write(name, &schema, &sorted)?;
        let declared: Vec<usize> = (0..schema.fields().len()).collect();
        while let Some(batch) = self.handle.block_on(rows.next()) {
            self.alive()?;
            let batch = batch.map_err(prepare(name))?;
            let batch = batch.project(&declared);
            // Files have their own idea of what may be null; the declared one is the table's.
            let batch = batch.and_then(|batch| {
                RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec())
            });
            writer.append(&batch.map_err(|error| prepare(name)(error.into()))?)?;
        }
        Ok(staging.add(name, writer.finish()?, reading)?)
    }
}

/// Whether a table had better be written anew than shared once more.
fn worn(before: &TableEntry, dead: &[RowSet], more: &Written) -> bool {
    let files = before.files.iter().zip(dead);
    let shared = files.filter(|(file, dead)| dead.len() < file.rows);
    let (mut files, mut rows, mut gone) = (0, 0, 0);
    for (file, dead) in shared {
        files += 1;
        rows += file.rows;
        gone += dead.len();
    }
    let unchanged = more.rows() == 0
        && before
            .files
            .iter()
            .zip(dead)
            .all(|(file, dead)| dead.len() == file.dead.as_ref().map_or(0, |dead| dead.rows));
    let needed = (rows + more.rows()).div_ceil(ROWS_PER_FILE);
    files > 0
        && !unchanged
        && (rows + more.rows() < SMALL_TABLE
            || gone.saturating_mul(100) > rows.saturating_mul(DEAD_PERCENT)
            || files + 1 > needed + SPARE_FILES)
}

/// The columns that stored rows are sorted by.
pub(super) fn stored_order(table: &Table) -> Vec<usize> {
    let schema = table.arrow_schema();
    let (key, wanted) = (table.primary_key(), &table.sort);
    let order = if wanted.is_empty() || key.starts_with(wanted) {
        key
    } else {
        wanted
    };
    positions(&schema, order).to_vec()
}

/// The names of a table's columns by their positions.
pub(super) fn named(table: &Table, at: &[usize]) -> Vec<String> {
    let columns = at.iter().filter_map(|at| table.columns.get(*at));
    columns.map(|column| column.name.clone()).collect()
}

/// Rows that come by their identity, in the order they are stored in.
pub(super) fn in_stored_order(
    table: &Table,
    rows: SendableRecordBatchStream,
    sorter: &Sorter,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let order = stored_order(table);
    let identity = positions(&rows.schema(), &identity(table));
    if identity.starts_with(&order) {
        return Ok(rows);
    }
    sorter.sort(rows, &order)
}
