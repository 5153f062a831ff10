//! Sorting any number of rows in bounded memory: as many as fit are sorted at a time, put onto the
//! disk where they are not all, and merged.
//!
//! Exports tend to be nearly in order already: by number, which is by time. So a part that is in
//! order is not moved, and where parts hardly overlap, merging passes their rows on as they lie.

mod merge;
mod part;

use std::mem;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::SortOptions;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{Stream, StreamExt, TryStreamExt};
use tokio::task::{JoinHandle, spawn_blocking};

use self::merge::Merge;
use self::part::{Gathered, Room, Sorted, Spilled};
use super::ahead::broken;
use crate::config::limits::SyncLimits;

/// What sorts of one run may use: each has a share of the memory of its own.
#[derive(Clone)]
pub(super) struct Sorter {
    /// Memory of one sort.
    memory_bytes: usize,
    batch_rows: usize,
    room: Room,
}

/// Sorts that go on beside each other where a night is compared with the last snapshot: of what came,
/// of what is there, and of what changed.
const SORTS_BESIDE: usize = 3;
/// What a part that is merged takes in memory: the batch it is at, the keys of that, and what was
/// taken of the one before.
const MERGED_BYTES: usize = 4 * part::BATCH_BYTES;

impl Sorter {
    /// Sorts within the limits, as many beside each other as a comparison needs; spills into `scratch`.
    pub(super) fn new(limits: &SyncLimits, scratch: &Path) -> Self {
        Self::within(limits.memory_bytes / SORTS_BESIDE, limits, scratch)
    }

    /// Sorts that stand alone, each within so much memory.
    pub(super) fn within(memory_bytes: usize, limits: &SyncLimits, scratch: &Path) -> Self {
        Self {
            memory_bytes,
            batch_rows: limits.batch_rows,
            room: Room::new(scratch, limits.spill_bytes),
        }
    }

    /// The same rows, ascending by these columns, NULL last; those that are equal stay in the order
    /// in which they come.
    pub(super) fn sort(
        &self,
        input: SendableRecordBatchStream,
        columns: &[usize],
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        if columns.is_empty() {
            return Ok(input);
        }
        let schema = input.schema();
        let key = Arc::new(Key::new(&schema, columns)?);
        let (sorter, all) = (self.clone(), Arc::clone(&schema));
        let sorted = async move {
            let (parts, last) = sorter.parts(input, &key).await?;
            sorter.merged(&all, &key, parts, last).await
        };
        let sorted = futures::stream::once(sorted).try_flatten();
        Ok(stream(schema, sorted))
    }

    /// The rows of streams that are sorted so already, as one; of equal rows those of an earlier
    /// stream come first.
    pub(super) fn merge(
        &self,
        schema: &SchemaRef,
        mut streams: Vec<SendableRecordBatchStream>,
        columns: &[usize],
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        if streams.len() == 1
            && let Some(only) = streams.pop()
        {
            return Ok(only);
        }
        let key = Arc::new(Key::new(schema, columns)?);
        Ok(Merge::new(schema, &key, streams, self.batch_rows).rows())
    }

    /// Sorts rows part by part: all but the last are on the disk then. While one is sorted, the next
    /// is gathered.
    async fn parts(
        &self,
        mut input: SendableRecordBatchStream,
        key: &Arc<Key>,
    ) -> Result<(Vec<Spilled>, Sorted), DataFusionError> {
        let schema = input.schema();
        let (mut parts, mut sorting) = (Vec::new(), None);
        let mut gathered = Gathered::new(&schema);
        while let Some(batch) = input.next().await.transpose()? {
            gathered.add(&batch)?;
            // The other half is for the part that is sorted meanwhile.
            if gathered.full(self.memory_bytes / 2) {
                let full = mem::replace(&mut gathered, Gathered::new(&schema));
                parts.extend(ended(sorting.take()).await?);
                let (sorter, key) = (self.clone(), Arc::clone(key));
                let work =
                    move || Spilled::new(full.sorted(&key, sorter.batch_rows)?, &sorter.room);
                sorting = Some(spawn_blocking(work));
            }
        }
        // Whatever made these rows is not needed any more.
        drop(input);
        parts.extend(ended(sorting.take()).await?);
        let (key, rows) = (Arc::clone(key), self.batch_rows);
        let last = spawn_blocking(move || gathered.sorted(&key, rows));
        let last = ended(Some(last)).await?.ok_or_else(|| broken("sorting"))?;
        Ok((parts, last))
    }

    /// Parts as one stream, those on the disk before the last. Where they are more than memory has
    /// room for, neighbours are merged into longer ones first.
    async fn merged(
        &self,
        schema: &SchemaRef,
        key: &Arc<Key>,
        mut parts: Vec<Spilled>,
        last: Sorted,
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        let together = (self.memory_bytes / 2 / MERGED_BYTES).max(2);
        while parts.len() > together {
            let mut longer = Vec::new();
            let mut left = parts.into_iter();
            while left.len() > 0 {
                let some = left.by_ref().take(together).map(Spilled::rows);
                let merge = Merge::new(
                    schema,
                    key,
                    some.collect::<Result<_, _>>()?,
                    self.batch_rows,
                );
                longer.push(Spilled::of(merge.rows(), &self.room).await?);
            }
            parts = longer;
        }
        let parts = parts.into_iter().map(Spilled::rows);
        let mut streams: Vec<_> = parts.collect::<Result<_, _>>()?;
        streams.push(stream(Arc::clone(schema), futures::stream::iter(last)));
        Ok(Merge::new(schema, key, streams, self.batch_rows).rows())
    }
}

/// What work beside this came to, if there was some.
async fn ended<T>(
    work: Option<JoinHandle<Result<T, DataFusionError>>>,
) -> Result<Option<T>, DataFusionError> {
    match work {
        None => Ok(None),
        Some(work) => work
            .await
            .unwrap_or_else(|_| Err(broken("sorting")))
            .map(Some),
    }
}

/// The columns that rows are sorted by, in a form of which the bytes compare as the rows do.
struct Key {
    columns: Vec<usize>,
    converter: RowConverter,
}

impl Key {
    fn new(schema: &SchemaRef, columns: &[usize]) -> Result<Self, ArrowError> {
        let kinds = schema.project(columns)?;
        let kinds = kinds.fields().iter();
        let kinds =
            kinds.map(|field| SortField::new_with_options(field.data_type().clone(), ASCENDING));
        Ok(Self {
            columns: columns.to_vec(),
            converter: RowConverter::new(kinds.collect())?,
        })
    }

    /// The keys of some rows.
    fn of(&self, rows: &RecordBatch) -> Result<Rows, ArrowError> {
        let columns = rows.project(&self.columns)?;
        self.converter.convert_columns(columns.columns())
    }
}

/// How rows are sorted here, by every column.
pub(super) const ASCENDING: SortOptions = SortOptions {
    descending: false,
    nulls_first: false,
};

/// Makes a stream of batches one that DataFusion takes.
pub(super) fn stream(
    schema: SchemaRef,
    batches: impl Stream<Item = Result<RecordBatch, DataFusionError>> + Send + 'static,
) -> SendableRecordBatchStream {
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

#[cfg(test)]
mod tests;
