//! Files once more without some rows, and manifests that name them.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, NaiveDate};

use super::{BATCH_ROWS, Replaced, opened, rows_of, unreadable};
use crate::schema::Product;
use crate::snapshot::verify::compare;
use crate::snapshot::{
    Cause, Error, FileEntry, Forgotten, Manifest, Moved, RowSet, Staging, TableChanges, TableEntry,
};

/// What moved, by day, in the rows of a file that are served now.
pub(super) struct Days {
    pub(super) activity: Option<String>,
    pub(super) dead: Option<Arc<RowSet>>,
    /// None when the file is not served now.
    pub(super) changes: Option<TableChanges>,
}

impl Days {
    fn count(&mut self, batch: &RecordBatch, first: usize, rows: &[usize], moved: Moved) {
        let Some(changes) = &mut self.changes else {
            return;
        };
        let column = self.activity.as_ref();
        let column = column.and_then(|name| batch.column_by_name(name));
        for row in rows {
            let position = u32::try_from(first + row).unwrap_or(u32::MAX);
            if self
                .dead
                .as_ref()
                .is_none_or(|dead| !dead.contains(position))
            {
                let day = column.and_then(|column| day(column.as_ref(), *row));
                changes.count(day, Cause::Erased, moved);
            }
        }
    }
}

/// Writes one file once more, without the rows that go.
pub(super) fn rewrite(
    staging: &Staging,
    table: &str,
    file: &FileEntry,
    at: usize,
    forgotten: &mut Forgotten,
    days: &mut Days,
) -> Result<FileEntry, Error> {
    let path = staging.folder.join(&file.path);
    // What is damaged must not become part of a new file.
    compare(&path, file.bytes, &file.sha256)?;
    let builder = opened(&path)?;
    let schema = Arc::clone(builder.schema());
    let groups = builder.metadata().row_groups();
    let sorting = groups.first().and_then(|group| group.sorting_columns());
    let sorted = sorting.into_iter().flatten();
    let mut sorted: Vec<usize> = sorted
        .filter_map(|column| usize::try_from(column.column_idx).ok())
        .collect();
    // Values that are emptied stand where the others were.
    let fixed = |column: &usize| {
        schema
            .fields()
            .get(*column)
            .is_some_and(|one| !one.is_nullable())
    };
    sorted.truncate(sorted.iter().take_while(|column| fixed(column)).count());
    let mut writer = staging.anew(table, at, &schema, &sorted);
    let reader = builder.with_batch_size(BATCH_ROWS).build();
    let mut first = 0;
    for batch in reader.map_err(|_| unreadable(&path))? {
        let batch = batch.map_err(|_| unreadable(&path))?;
        let sifted = forgotten.sift(table, &batch).map_err(rows_of(&path))?;
        let (removed, changed) = (
            Moved {
                removed: 1,
                ..Moved::default()
            },
            Moved {
                changed: 1,
                ..Moved::default()
            },
        );
        days.count(&batch, first, &sifted.gone, removed);
        days.count(&batch, first, &sifted.emptied, changed);
        first += batch.num_rows();
        writer.append(&sifted.rows)?;
    }
    let mut files = writer.finish()?.files.into_iter();
    files.next().ok_or_else(|| unreadable(&path))
}

/// The rows of a set where they are once others were taken out of the file.
pub(super) fn moved_up(rows: &RowSet, of: u64, gone: &[u32]) -> RowSet {
    let mut left = RowSet::none_of(of - gone.len() as u64);
    let mut before = gone.iter().peekable();
    let mut fewer = 0;
    for row in rows.iter() {
        while before.next_if(|gone| **gone < row).is_some() {
            fewer += 1;
        }
        if before.peek() != Some(&&row) {
            left.insert(row - fewer);
        }
    }
    left
}

/// A manifest with other files; `None` when it names none of those that were replaced.
pub(super) fn amended(manifest: &Manifest, replaced: &Replaced) -> Option<Manifest> {
    let mut anew = manifest.clone();
    let mut differs = false;
    for entry in anew.tables.values_mut() {
        for file in &mut entry.files {
            let Some(other) = replaced.files.get(&file.path) else {
                continue;
            };
            let dead = file.dead.as_ref();
            let dead = dead.and_then(|dead| replaced.dead.get(&dead.file.path).cloned().flatten());
            *file = FileEntry {
                dead,
                ..other.clone()
            };
            differs = true;
        }
        recount(entry);
    }
    differs.then_some(anew)
}

fn recount(entry: &mut TableEntry) {
    let dead = |file: &FileEntry| file.dead.as_ref().map_or(0, |dead| dead.rows);
    entry.rows = entry.files.iter().map(|file| file.rows - dead(file)).sum();
    entry.bytes = entry.files.iter().map(|file| file.bytes).sum();
}

/// The column by whose days a table's rows are counted.
pub(super) fn activity(product: &Product, table: &str) -> Option<String> {
    product.table(table)?.activity.clone()
}

/// The day of a time or date in UTC.
fn day(column: &dyn Array, row: usize) -> Option<NaiveDate> {
    if column.is_null(row) {
        return None;
    }
    match column.data_type() {
        DataType::Date32 => {
            NaiveDate::from_epoch_days(column.as_primitive::<Date32Type>().value(row))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let times = column.as_primitive::<TimestampMicrosecondType>();
            let time = DateTime::from_timestamp_micros(times.value(row));
            time.map(|time| time.date_naive())
        }
        _ => None,
    }
}
