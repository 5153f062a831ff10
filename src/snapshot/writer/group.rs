//! A row group while it is made: its columns are encoded and compressed by two threads.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef, SchemaRef};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves};
use parquet::errors::ParquetError;

use crate::schema::arrow::value_bytes;
use crate::threads::by_two;

/// Rows that are encoded at once.
const MANY_ROWS: usize = 32_768;
/// What they take in memory at most, about.
const MANY_BYTES: usize = 16 << 20;

/// The columns of a row group, and rows that are not encoded yet.
pub(super) struct Group {
    columns: Vec<Column>,
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    waiting_bytes: usize,
    rows: usize,
}

/// One column, and a writer for each of its leaves: a list has that of its elements.
struct Column {
    field: FieldRef,
    leaves: Vec<ArrowColumnWriter>,
}

impl Group {
    /// A row group without rows; `leaves` are the writers of all columns' leaves.
    pub(super) fn new(schema: &SchemaRef, leaves: Vec<ArrowColumnWriter>) -> Self {
        let mut leaves = leaves.into_iter();
        let column = |field: &FieldRef| Column {
            leaves: leaves.by_ref().take(count(field.data_type())).collect(),
            field: Arc::clone(field),
        };
        Self {
            columns: schema.fields().iter().map(column).collect(),
            waiting: Vec::new(),
            waiting_rows: 0,
            waiting_bytes: 0,
            rows: 0,
        }
    }

    /// Its rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// What it will take in the file, about, as far as it is encoded.
    pub(super) fn bytes(&self) -> usize {
        let leaves = self.columns.iter().flat_map(|column| &column.leaves);
        leaves
            .map(ArrowColumnWriter::get_estimated_total_bytes)
            .sum()
    }

    /// Appends rows.
    pub(super) fn append(&mut self, rows: RecordBatch) -> Result<(), ParquetError> {
        self.rows += rows.num_rows();
        self.waiting_rows += rows.num_rows();
        self.waiting_bytes += value_bytes(&rows);
        self.waiting.push(rows);
        if self.waiting_rows >= MANY_ROWS || self.waiting_bytes >= MANY_BYTES {
            self.encode()?;
        }
        Ok(())
    }

    /// The encoded columns.
    pub(super) fn close(mut self) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
        self.encode()?;
        let leaves = self.columns.into_iter().flat_map(|column| column.leaves);
        by_two(self.rows >= MANY_ROWS, leaves, ArrowColumnWriter::close)
    }

    fn encode(&mut self) -> Result<(), ParquetError> {
        let waiting = std::mem::take(&mut self.waiting);
        let many = self.waiting_rows >= MANY_ROWS || self.waiting_bytes >= MANY_BYTES;
        (self.waiting_rows, self.waiting_bytes) = (0, 0);
        by_two(many, self.columns.iter_mut().enumerate(), |(at, column)| {
            column.encode(&waiting, at)
        })?;
        Ok(())
    }
}

impl Column {
    fn encode(&mut self, rows: &[RecordBatch], at: usize) -> Result<(), ParquetError> {
        for batch in rows {
            let leaves = compute_leaves(&self.field, batch.column(at))?;
            for (writer, leaf) in self.leaves.iter_mut().zip(&leaves) {
                writer.write(leaf)?;
            }
        }
        Ok(())
    }
}

/// How many leaves a column of this type has.
fn count(kind: &DataType) -> usize {
    match kind {
        DataType::List(item) => count(item.data_type()),
        DataType::Struct(fields) => fields.iter().map(|field| count(field.data_type())).sum(),
        _ => 1,
    }
}
