//! The rows of a table as the last snapshot serves them, each with its place, to compare with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::RowGroupMetaData;

use super::Error;
use super::sort::{Sorter, stream};
use crate::schema::arrow::UNDECLARED_KEY;
use crate::snapshot::{CheckedFile, Published, RowSet, Staging, Store};

/// Name of the column that says in which file of the table a row is, while it is compared.
pub(super) const PART: &str = "\u{1}part";
/// Name of the column that says where in the file.
pub(super) const ROW: &str = "\u{1}row";

/// What the batches take that are read at the same time, about.
const READ_BYTES: usize = 64 << 20;
/// Rows that are read at once however wide they are.
const FEW_ROWS: usize = 64;

/// Files of a table and which of their rows are dead.
pub(super) struct Earlier {
    store: Store,
    table: String,
    files: Vec<(PathBuf, RowSet)>,
    batch_rows: usize,
}

impl Earlier {
    /// A table of a snapshot, after its files were compared with their digests: what is damaged must
    /// not become part of a new snapshot.
    pub(super) fn open(
        store: &Store,
        published: &Published,
        table: &str,
        batch_rows: usize,
    ) -> Result<Self, Error> {
        store.verify_table(published, table)?;
        let entries = published.table(table).map(|entry| entry.files.as_slice());
        let entries = entries.unwrap_or_default().iter();
        let files = entries
            .zip(published.files(table))
            .map(|(entry, path)| {
                let dead = store.dead_rows(published, entry)?;
                let none = || RowSet::none_of(entry.rows);
                Ok((path, dead.map_or_else(none, |dead| (*dead).clone())))
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            store: store.clone(),
            table: table.to_owned(),
            files,
            batch_rows,
        })
    }

    /// A table that is staged.
    pub(super) fn staged(staging: &Staging, table: &str, batch_rows: usize) -> Result<Self, Error> {
        Ok(Self {
            store: staging.store().clone(),
            table: table.to_owned(),
            files: staging.files(table)?,
            batch_rows,
        })
    }

    /// For each file the rows that are dead already.
    pub(super) fn dead(&self) -> Vec<RowSet> {
        self.files.iter().map(|(_, dead)| dead.clone()).collect()
    }

    /// The same files with other rows dead, and more files, all of whose rows live.
    pub(super) fn with(self, dead: Vec<RowSet>, more: Vec<(PathBuf, u64)>) -> Self {
        let files = self.files.into_iter().map(|(path, _)| path).zip(dead);
        let more = more.into_iter();
        let more = more.map(|(path, rows)| (path, RowSet::none_of(rows)));
        Self {
            files: files.chain(more).collect(),
            ..self
        }
    }

    /// The named columns of all rows, then [`PART`] and [`ROW`], ascending by the columns at `by`:
    /// merged when the files are stored so, else sorted. In any order when `by` is empty.
    pub(super) fn sorted(
        &self,
        columns: &SchemaRef,
        by: &[usize],
        sorter: &Sorter,
    ) -> Result<SendableRecordBatchStream, Error> {
        let failed = |source| Error::Prepare {
            table: self.table.clone(),
            source: Box::new(source),
        };
        let mut streams = Vec::new();
        let mut in_order = true;
        for (part, (path, dead)) in (0..).zip(&self.files) {
            let (rows, ordered) = self.part(columns, by, part, path, dead)?;
            in_order &= ordered;
            streams.push(rows);
        }
        let schema = with_place(columns);
        if in_order && !by.is_empty() {
            return sorter.merge(&schema, streams, by).map_err(failed);
        }
        let all = futures::stream::iter(streams).flatten();
        sorter.sort(stream(schema, all), by).map_err(failed)
    }

    /// The same rows in any order, in several streams, and the schema of all of them.
    pub(super) fn streams(
        &self,
        columns: &SchemaRef,
        count: usize,
    ) -> Result<(SchemaRef, Vec<SendableRecordBatchStream>), Error> {
        let mut shares: Vec<Vec<_>> = (0..count).map(|_| Vec::new()).collect();
        for (part, (path, dead)) in (0..).zip(&self.files) {
            let (rows, _) = self.part(columns, &[], part, path, dead)?;
            if let Some(share) = shares.get_mut(part as usize % count.max(1)) {
                share.push(rows);
            }
        }
        let schema = with_place(columns);
        let streams = shares.into_iter().map(|share| {
            let rows = futures::stream::iter(share).flatten();
            stream(Arc::clone(&schema), rows)
        });
        Ok((Arc::clone(&schema), streams.collect()))
    }

    /// The live rows of one file, and whether they are stored in this order.
    fn part(
        &self,
        columns: &SchemaRef,
        by: &[usize],
        part: u32,
        path: &Path,
        dead: &RowSet,
    ) -> Result<(SendableRecordBatchStream, bool), Error> {
        let shown = || format!("{} of the last snapshot", self.table);
        let file = self.store.open_checked(path)?;
        let failed = |source| Error::Parquet {
            file: shown(),
            source,
        };
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
        let there = builder.schema().fields().iter().enumerate();
        let wanted = there.filter(|(_, field)| columns.index_of(field.name()).is_ok());
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.map(|(at, _)| at));
        let ordered = ordered(&builder, columns, by);
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows());
        let rows = rows.map_err(|_| Error::Broken)?;
        let bytes = builder.metadata().row_groups().iter();
        let bytes: i64 = bytes.map(RowGroupMetaData::total_byte_size).sum();
        let all = usize::try_from(rows).unwrap_or(usize::MAX).max(1);
        let row_bytes = usize::try_from(bytes).unwrap_or_default() / all;
        // In order, all files are read beside each other.
        let beside = if by.is_empty() { 1 } else { self.files.len() };
        let most = READ_BYTES / beside.max(1) / row_bytes.max(1);
        let reader = builder
            .with_projection(mask)
            .with_batch_size(self.batch_rows.min(most).max(FEW_ROWS))
            .with_row_selection(dead.others(rows))
            .build()
            .map_err(failed)?;
        let rows = Rows {
            reader,
            schema: with_place(columns),
            part,
            dead: dead.clone(),
            next: 0,
        };
        Ok((
            stream(with_place(columns), futures::stream::iter(rows)),
            ordered,
        ))
    }
}

/// Whether a file says that it is sorted by these columns first.
fn ordered(
    builder: &ParquetRecordBatchReaderBuilder<CheckedFile>,
    columns: &SchemaRef,
    by: &[usize],
) -> bool {
    let metadata = builder.metadata();
    let parquet = builder.parquet_schema();
    metadata.row_groups().iter().all(|group| {
        let sorting = group.sorting_columns().map_or(&[][..], Vec::as_slice);
        by.iter().enumerate().all(|(at, column)| {
            let wanted = columns.fields().get(*column).map(|field| field.name());
            let found = sorting.get(at).filter(|found| !found.descending);
            let found = found.and_then(|found| usize::try_from(found.column_idx).ok());
            let found = found.filter(|leaf| *leaf < parquet.num_columns());
            found.map(|leaf| parquet.column(leaf)).is_some_and(|leaf| {
                leaf.path().parts().first().map(String::as_str) == wanted.map(String::as_str)
            })
        })
    })
}

/// Declared columns and the place of a row.
fn with_place(columns: &SchemaRef) -> SchemaRef {
    let declared = columns.fields().iter();
    let declared = declared.map(|field| field.as_ref().clone().with_nullable(true));
    let place = [PART, ROW].map(|name| Field::new(name, DataType::UInt32, false));
    Arc::new(Schema::new(declared.chain(place).collect::<Vec<_>>()))
}

/// The batches of one file with the places of their rows.
struct Rows {
    reader: ParquetRecordBatchReader,
    schema: SchemaRef,
    part: u32,
    dead: RowSet,
    /// The first row that was not passed yet.
    next: u32,
}

impl Rows {
    fn place(&mut self, batch: &RecordBatch) -> Result<RecordBatch, DataFusionError> {
        let mut places = Vec::with_capacity(batch.num_rows());
        while places.len() < batch.num_rows() {
            if !self.dead.contains(self.next) {
                places.push(self.next);
            }
            self.next += 1;
        }
        // Files have their columns in declared order; a file may have more than are asked for.
        let declared = self.schema.fields().len().saturating_sub(2);
        let names = self.schema.fields().iter().take(declared);
        let mut columns: Vec<ArrayRef> = names
            .map(|field| {
                let column = batch.column_by_name(field.name()).map(Arc::clone);
                // Undeclared columns are younger than some files.
                let absent = || new_null_array(field.data_type(), batch.num_rows());
                let column =
                    column.or_else(|| field.metadata().contains_key(UNDECLARED_KEY).then(absent));
                column.ok_or_else(|| DataFusionError::Internal("a column is missing".to_owned()))
            })
            .collect::<Result<_, _>>()?;
        columns.push(Arc::new(UInt32Array::from_value(
            self.part,
            batch.num_rows(),
        )));
        columns.push(Arc::new(UInt32Array::from(places)));
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, DataFusionError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(match batch {
            Ok(batch) => self.place(&batch),
            Err(error) => Err(error.into()),
        })
    }
}
