//! Several streams of sorted rows as one.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::row::{Row, Rows};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use super::part::BATCH_BYTES;
use super::{Key, stream};
use crate::schema::arrow::value_bytes;

/// Merges streams that are sorted by one key; of equal rows those of an earlier stream come first.
pub(super) struct Merge {
    schema: SchemaRef,
    key: Arc<Key>,
    /// Streams of which nothing was read yet.
    unread: Vec<SendableRecordBatchStream>,
    /// Those that have rows left; the one with the next row is last.
    sides: Vec<Side>,
    /// Rows of a batch, about.
    step: usize,
    mixed: Mixed,
    /// Batches that are to be passed on.
    ready: VecDeque<RecordBatch>,
}

impl Merge {
    pub(super) fn new(
        schema: &SchemaRef,
        key: &Arc<Key>,
        streams: Vec<SendableRecordBatchStream>,
        step: usize,
    ) -> Self {
        Self {
            schema: Arc::clone(schema),
            key: Arc::clone(key),
            unread: streams,
            sides: Vec::new(),
            step,
            mixed: Mixed::default(),
            ready: VecDeque::new(),
        }
    }

    /// All rows.
    pub(super) fn rows(self) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let rows = futures::stream::try_unfold(self, |mut merge| async move {
            Ok(merge.next().await?.map(|batch| (batch, merge)))
        });
        stream(schema, rows)
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, DataFusionError> {
        for (number, rest) in std::mem::take(&mut self.unread).into_iter().enumerate() {
            if let Some(side) = Side::begin(number, rest, &self.key).await? {
                self.enter(side);
            }
        }
        while self.ready.is_empty() {
            let Some(mut side) = self.sides.pop() else {
                self.flush()?;
                break;
            };
            let count = side.ahead_of(self.sides.last());
            self.pass(&mut side, count)?;
            if side.at < side.batch.rows.num_rows() || side.fill(&self.key).await? {
                self.enter(side);
            }
        }
        Ok(self.ready.pop_front())
    }

    /// Puts a side where its next row has its place.
    fn enter(&mut self, side: Side) {
        let later = |other: &Side| other.next() > side.next();
        let place = self.sides.partition_point(later);
        self.sides.insert(place, side);
    }

    /// Passes on the next rows of a side: as they lie, where they are many.
    fn pass(&mut self, side: &mut Side, count: usize) -> Result<(), ArrowError> {
        if count >= self.step.min(side.batch.rows.num_rows()) / 2 {
            self.flush()?;
            side.stretch = None;
            self.ready.push_back(side.batch.rows.slice(side.at, count));
        } else {
            let stretch = side.stretch;
            let stretch = stretch.unwrap_or_else(|| self.mixed.begin(&side.batch.rows, side.at));
            side.stretch = Some(stretch);
            self.mixed.take(stretch, count);
            self.mixed.bytes += count * side.batch.row_bytes;
            if self.mixed.rows >= self.step || self.mixed.bytes >= BATCH_BYTES {
                self.flush()?;
                side.stretch = None;
            }
        }
        side.at += count;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ArrowError> {
        for side in &mut self.sides {
            side.stretch = None;
        }
        let mixed = std::mem::take(&mut self.mixed);
        self.ready.extend(mixed.batch(&self.schema)?);
        Ok(())
    }
}

/// A stream, and the batch of it that is merged now.
struct Side {
    /// Which of all streams it is.
    number: usize,
    rest: SendableRecordBatchStream,
    batch: Box<Batch>,
    /// The row that is next.
    at: usize,
    /// Which of the mixed stretches is of this batch, once there is one.
    stretch: Option<usize>,
}

struct Batch {
    rows: RecordBatch,
    keys: Rows,
    /// What one of the rows takes, on average.
    row_bytes: usize,
}

impl Batch {
    fn new(rows: RecordBatch, key: &Key) -> Result<Box<Self>, ArrowError> {
        let keys = key.of(&rows)?;
        let row_bytes = value_bytes(&rows) / rows.num_rows().max(1);
        Ok(Box::new(Self {
            rows,
            keys,
            row_bytes,
        }))
    }
}

impl Side {
    /// A stream at its first row; None when it has none.
    async fn begin(
        number: usize,
        rest: SendableRecordBatchStream,
        key: &Key,
    ) -> Result<Option<Self>, DataFusionError> {
        let none = RecordBatch::new_empty(rest.schema());
        let mut side = Self {
            number,
            rest,
            batch: Batch::new(none, key)?,
            at: 0,
            stretch: None,
        };
        Ok(side.fill(key).await?.then_some(side))
    }

    /// Goes on to the next batch that has rows; whether there is one.
    async fn fill(&mut self, key: &Key) -> Result<bool, DataFusionError> {
        while let Some(batch) = self.rest.next().await.transpose()? {
            if batch.num_rows() > 0 {
                (self.batch, self.at, self.stretch) = (Batch::new(batch, key)?, 0, None);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What decides whose turn it is.
    fn next(&self) -> (Row<'_>, usize) {
        self.row(self.at)
    }

    fn row(&self, at: usize) -> (Row<'_>, usize) {
        (self.batch.keys.row(at), self.number)
    }

    /// How many rows of this batch come before the rival's next one, of which the first does. They are
    /// looked for in growing steps: one row as a rule where the sides mix, and thousands where they
    /// follow each other.
    fn ahead_of(&self, rival: Option<&Self>) -> usize {
        let rows = self.batch.rows.num_rows();
        let Some(rival) = rival else {
            return rows - self.at;
        };
        let before = |at: usize| self.row(at) < rival.next();
        let (mut known, mut step) = (self.at + 1, 1);
        while known + step <= rows && before(known + step - 1) {
            known += step;
            step *= 2;
        }
        let mut end = rows.min(known + step - 1);
        while known < end {
            let middle = usize::midpoint(known, end);
            if before(middle) {
                known = middle + 1;
            } else {
                end = middle;
            }
        }
        known - self.at
    }
}

/// Rows of several batches in their order: of each batch a stretch, and the turns they take.
#[derive(Default)]
struct Mixed {
    stretches: Vec<Stretch>,
    /// A stretch, and how many of its rows come one after the other.
    turns: Vec<(usize, usize)>,
    rows: usize,
    /// What they take, about.
    bytes: usize,
}

struct Stretch {
    batch: RecordBatch,
    from: usize,
    rows: usize,
}

impl Mixed {
    /// A stretch that begins at a row of a batch.
    fn begin(&mut self, batch: &RecordBatch, from: usize) -> usize {
        self.stretches.push(Stretch {
            batch: batch.clone(),
            from,
            rows: 0,
        });
        self.stretches.len() - 1
    }

    /// Takes the next rows of a stretch.
    fn take(&mut self, stretch: usize, count: usize) {
        self.rows += count;
        if let Some(stretch) = self.stretches.get_mut(stretch) {
            stretch.rows += count;
        }
        match self.turns.last_mut() {
            Some((last, rows)) if *last == stretch => *rows += count,
            _ => self.turns.push((stretch, count)),
        }
    }

    /// All of them as one batch: stretches are put one after the other, which is quick, and then into
    /// the order of their turns, which is so while they are few.
    fn batch(self, schema: &SchemaRef) -> Result<Option<RecordBatch>, ArrowError> {
        let slices = self.stretches.iter();
        let slices = slices.map(|one| one.batch.slice(one.from, one.rows));
        let slices: Vec<RecordBatch> = slices.collect();
        let all = match slices.as_slice() {
            [] => return Ok(None),
            [only] => return Ok(Some(only.clone())),
            several => concat_batches(schema, several)?,
        };
        if self.turns.len() == self.stretches.len() {
            return Ok(Some(all));
        }
        let mut end = 0_u32;
        let mut places: Vec<u32> = Vec::with_capacity(slices.len());
        for slice in &slices {
            places.push(end);
            end += u32::try_from(slice.num_rows()).map_err(too_many)?;
        }
        let mut order: Vec<u32> = Vec::with_capacity(self.rows);
        for (stretch, count) in self.turns {
            if let Some(place) = places.get_mut(stretch) {
                let next = *place + u32::try_from(count).map_err(too_many)?;
                order.extend(*place..next);
                *place = next;
            }
        }
        Ok(Some(take_record_batch(&all, &UInt32Array::from(order))?))
    }
}

fn too_many(_: std::num::TryFromIntError) -> ArrowError {
    ArrowError::ComputeError("more rows in a batch than can be counted".to_owned())
}
