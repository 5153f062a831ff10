//! What rows must be beside their types: keys come once, devices' clocks are possible, and what the
//! schema says of rows by themselves and among each other holds.

mod across;
mod clocks;
mod elements;
mod judge;
mod term;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, not};
use arrow::datatypes::{SchemaRef, UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use arrow::row::{OwnedRow, RowConverter, SortField};

pub(super) use across::Across;
pub(super) use clocks::{Corrections, was_corrected};
pub(super) use judge::{Judge, Refused};
pub(super) use term::plain;

use super::conform::{FILE, LINE};

/// Finds repeated keys in rows that come sorted by key and then by position: the first stays.
pub(super) struct Repeats {
    columns: Vec<usize>,
    converter: RowConverter,
    last: Option<OwnedRow>,
}

impl Repeats {
    /// Compares these columns of rows of this schema.
    pub(super) fn new(schema: &SchemaRef, columns: &[usize]) -> Result<Self, ArrowError> {
        let kinds = schema.project(columns)?;
        let kinds = kinds
            .fields()
            .iter()
            .map(|field| SortField::new(field.data_type().clone()));
        Ok(Self {
            columns: columns.to_vec(),
            converter: RowConverter::new(kinds.collect())?,
            last: None,
        })
    }

    /// Splits a batch into first rows and repeats.
    pub(super) fn split(
        &mut self,
        batch: &RecordBatch,
    ) -> Result<(RecordBatch, RecordBatch), ArrowError> {
        let keys = batch.project(&self.columns)?;
        let rows = self.converter.convert_columns(keys.columns())?;
        let mut first = Vec::with_capacity(batch.num_rows());
        for (at, row) in rows.iter().enumerate() {
            let same = match at.checked_sub(1) {
                Some(before) => rows.row(before) == row,
                None => self.last.as_ref().is_some_and(|last| last.row() == row),
            };
            first.push(!same);
        }
        if let Some(last) = rows.num_rows().checked_sub(1) {
            self.last = Some(rows.row(last).owned());
        }
        let first = BooleanArray::from(first);
        if first.false_count() == 0 {
            return Ok((batch.clone(), batch.slice(0, 0)));
        }
        let repeats = not(&first)?;
        Ok((
            filter_record_batch(batch, &first)?,
            filter_record_batch(batch, &repeats)?,
        ))
    }
}

/// Rows by file and line: a bit for each line of a stretch in which there are any, so that they may
/// be many.
#[derive(Default)]
pub(super) struct Places {
    stretches: HashMap<(u32, u64), Box<[u64; STRETCH / 64]>>,
}

/// Lines of one stretch.
const STRETCH: usize = 4096;

impl Places {
    /// Adds rows that have [`FILE`] and [`LINE`].
    pub(super) fn add(&mut self, rows: &RecordBatch) {
        for (file, line) in arrivals(rows) {
            let (stretch, word, bit) = place(file, line);
            let words = self.stretches.entry(stretch);
            let words = words.or_insert_with(|| Box::new([0; STRETCH / 64]));
            if let Some(word) = words.get_mut(word) {
                *word |= bit;
            }
        }
    }

    fn has(&self, file: u32, line: u64) -> bool {
        let (stretch, word, bit) = place(file, line);
        let words = self.stretches.get(&stretch);
        words.is_some_and(|words| words.get(word).is_some_and(|word| word & bit != 0))
    }

    /// Splits a batch into the other rows and these.
    pub(super) fn split(
        &self,
        batch: &RecordBatch,
    ) -> Result<(RecordBatch, RecordBatch), ArrowError> {
        if self.stretches.is_empty() {
            return Ok((batch.clone(), batch.slice(0, 0)));
        }
        let these = arrivals(batch).map(|(file, line)| Some(self.has(file, line)));
        let these: BooleanArray = these.collect();
        Ok((
            filter_record_batch(batch, &not(&these)?)?,
            filter_record_batch(batch, &these)?,
        ))
    }
}

fn place(file: u32, line: u64) -> ((u32, u64), usize, u64) {
    let (stretch, within) = (line / STRETCH as u64, line % STRETCH as u64);
    let word = usize::try_from(within / 64).unwrap_or_default();
    ((file, stretch), word, 1 << (within % 64))
}

/// The file and line of each row.
fn arrivals(rows: &RecordBatch) -> impl Iterator<Item = (u32, u64)> + '_ {
    let files = rows.column_by_name(FILE);
    let lines = rows.column_by_name(LINE);
    let files = files.and_then(|files| files.as_primitive_opt::<UInt32Type>());
    let lines = lines.and_then(|lines| lines.as_primitive_opt::<UInt64Type>());
    let files = files.into_iter().flat_map(|files| files.values().iter());
    let lines = lines.into_iter().flat_map(|lines| lines.values().iter());
    files.copied().zip(lines.copied())
}

/// Positions of the columns that have these names.
pub(super) fn positions(schema: &SchemaRef, names: &[String]) -> Arc<[usize]> {
    names
        .iter()
        .filter_map(|name| schema.index_of(name).ok())
        .collect()
}
