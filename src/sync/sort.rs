//! Sorting any number of rows in bounded memory: as many as fit are sorted at a time, put onto the
//! disk where they are not all, and merged.
//!
//! Exports tend to be nearly in order already: by number, which is by time. So a part that is in
//! order is not moved, and where parts hardly overlap, merging passes their rows on as they lie.

mod merge;
mod part;

use std::collections::VecDeque;
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
use tokio_util::sync::CancellationToken;

use self::merge::Merge;
use self::part::{Gathered, Part, Room};
use super::ahead::broken;
use crate::config::limits::SyncLimits;

/// What sorts of one run may use: each has a share of the memory of its own.
#[derive(Clone)]
pub(super) struct Sorter {
    /// Memory of one sort.
    memory_bytes: usize,
    batch_rows: usize,
    room: Room,
    stop: CancellationToken,
}

/// Sorts that go on beside each other where a night is compared with the last snapshot: of what came,
/// of what is there, and of what changed.
const SORTS_BESIDE: usize = 3;
/// What a part may take, as a share of the memory of its sort: one is gathered, and those that are
/// sorted have a column twice for a moment.
const PART: usize = 8;
/// Parts that stay in memory.
const PARTS_KEPT: usize = 3;
/// Parts that are sorted while the next is gathered.
const PARTS_BESIDE: usize = 2;
/// What a part that is merged takes in memory: the batch it is at, its keys, and what is left of the
/// one before.
const MERGED_BYTES: usize = 2 * part::BATCH_BYTES;

impl Sorter {
    /// Sorts within the limits, as many beside each other as a comparison needs; spills into `scratch`
    /// and ends early when the run is stopped.
    pub(super) fn new(limits: &SyncLimits, scratch: &Path, stop: &CancellationToken) -> Self {
        Self::within(limits.memory_bytes / SORTS_BESIDE, limits, scratch, stop)
    }

    /// Sorts that stand alone, each within so much memory.
    pub(super) fn within(
        memory_bytes: usize,
        limits: &SyncLimits,
        scratch: &Path,
        stop: &CancellationToken,
    ) -> Self {
        Self {
            memory_bytes,
            batch_rows: limits.batch_rows,
            room: Room::new(scratch, limits.spill_bytes),
            stop: stop.clone(),
        }
    }

    /// Sorts beside these with other memory, and the same room on the disk.
    pub(super) fn beside(&self, memory_bytes: usize) -> Self {
        Self {
            memory_bytes,
            ..self.clone()
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
            let parts = sorter.parts(input, &key).await?;
            sorter.merged(&all, &key, parts)
        };
        let sorted = futures::stream::once(sorted).try_flatten();
        Ok(stream(schema, sorted))
    }

    /// The rows of streams that are sorted so already, as one; of equal rows those of an earlier
    /// stream come first.
    pub(super) fn merge(
        &self,
        schema: &SchemaRef,
        streams: Vec<SendableRecordBatchStream>,
        columns: &[usize],
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        let key = Arc::new(Key::new(schema, columns)?);
        Ok(self.merge_by(schema, &key, streams))
    }

    fn merge_by(
        &self,
        schema: &SchemaRef,
        key: &Arc<Key>,
        mut streams: Vec<SendableRecordBatchStream>,
    ) -> SendableRecordBatchStream {
        match (streams.pop(), streams.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                streams.extend(last);
                Merge::new(schema, key, streams, self.batch_rows).rows()
            }
        }
    }

    /// Sorts rows part by part. While some are sorted, the next is gathered; the first ones stay in
    /// memory, and the others are put onto the disk.
    async fn parts(
        &self,
        mut input: SendableRecordBatchStream,
        key: &Arc<Key>,
    ) -> Result<Vec<Part>, DataFusionError> {
        let schema = input.schema();
        let (mut parts, mut sorting, mut kept) = (Vec::new(), VecDeque::new(), 0);
        let mut gathered = Gathered::new(&schema);
        loop {
            if self.stop.is_cancelled() {
                let stopped = "the run was stopped".to_owned();
                return Err(DataFusionError::Execution(stopped));
            }
            let next = input.next().await.transpose()?;
            let last = next.is_none();
            if let Some(batch) = next {
                gathered.add(&batch, key)?;
            }
            if last || gathered.full(self.memory_bytes / PART) {
                let part = mem::replace(&mut gathered, Gathered::new(&schema));
                let keep = kept + part.bytes() <= self.memory_bytes / PART * PARTS_KEPT;
                kept += if keep { part.bytes() } else { 0 };
                if sorting.len() == PARTS_BESIDE
                    && let Some(first) = sorting.pop_front()
                {
                    self.add(&schema, key, &mut parts, ended(first).await?)
                        .await?;
                }
                let room = (!keep && !last).then(|| self.room.clone());
                let (key, batch_rows) = (Arc::clone(key), self.batch_rows);
                let work = move || part.sorted(&key, batch_rows)?.waiting(room.as_ref());
                sorting.push_back(spawn_blocking(work));
            }
            if last {
                break;
            }
        }
        // Whatever made these rows is not needed any more.
        drop(input);
        for work in sorting {
            self.add(&schema, key, &mut parts, ended(work).await?)
                .await?;
        }
        let mut parts: Vec<Part> = parts.into_iter().rev().flatten().collect();
        while parts.len() > self.together() {
            let longer = parts.split_off(parts.len() - self.together());
            let rows = self.merged(&schema, key, longer)?;
            parts.push(Part::spilled(rows, &self.room).await?);
        }
        Ok(parts)
    }

    /// Adds a part to those that wait, whose first list is of the youngest and shortest. Where they
    /// become more than memory has room for, neighbours of one length are merged into a longer one,
    /// so that few files are open however many rows there are.
    async fn add(
        &self,
        schema: &SchemaRef,
        key: &Arc<Key>,
        parts: &mut Vec<Vec<Part>>,
        mut part: Part,
    ) -> Result<(), DataFusionError> {
        let mut length = 0;
        loop {
            if parts.len() == length {
                parts.push(Vec::new());
            }
            let Some(alike) = parts.get_mut(length) else {
                return Err(broken("sorting"));
            };
            alike.push(part);
            if alike.len() < self.together() {
                return Ok(());
            }
            let rows = self.merged(schema, key, mem::take(alike))?;
            part = Part::spilled(rows, &self.room).await?;
            length += 1;
        }
    }

    /// How many parts are merged at once.
    fn together(&self) -> usize {
        (self.memory_bytes / 2 / MERGED_BYTES).max(2)
    }

    /// Sorted parts as one stream.
    fn merged(
        &self,
        schema: &SchemaRef,
        key: &Arc<Key>,
        parts: Vec<Part>,
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        let streams = parts.into_iter().map(Part::rows);
        let streams: Vec<_> = streams.collect::<Result<_, _>>()?;
        Ok(self.merge_by(schema, key, streams))
    }
}

/// What a part came to.
async fn ended(work: JoinHandle<Result<Part, DataFusionError>>) -> Result<Part, DataFusionError> {
    work.await.unwrap_or_else(|_| Err(broken("sorting")))
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
