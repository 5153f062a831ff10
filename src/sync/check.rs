//! What rows must be beside their types: keys come once, devices' clocks are possible, and what the
//! schema says of rows by themselves and among each other holds.

mod across;
mod clocks;
mod judge;
mod term;

use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, not};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::row::{OwnedRow, RowConverter, SortField};

pub(super) use across::Across;
pub(super) use clocks::{Corrections, was_corrected};
pub(super) use judge::Judge;

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

/// Positions of the columns that have these names.
pub(super) fn positions(schema: &SchemaRef, names: &[String]) -> Arc<[usize]> {
    names
        .iter()
        .filter_map(|name| schema.index_of(name).ok())
        .collect()
}
