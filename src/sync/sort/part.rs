//! A part of the rows: gathered, sorted, and put onto the disk where it has to wait.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{concat, take_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use super::{Key, stream};
use crate::schema::arrow::value_bytes;

/// Bytes of a batch of a part that waits on the disk, about: many of them are merged at once.
pub(super) const BATCH_BYTES: usize = 1 << 20;
/// What the key of a row and its place take while rows are sorted, beside the key's own bytes.
const KEY_BYTES: usize = 32;
/// Rows that are numbered by 32 bits.
const MOST_ROWS: usize = u32::MAX as usize;
/// Texts of a column have offsets of 31 bits.
const MOST_BYTES: usize = 1 << 30;
/// Bytes that are written and read at once.
const BUFFER_BYTES: usize = 256 << 10;

/// Rows in the order they came in.
pub(super) struct Gathered {
    schema: SchemaRef,
    /// Of each column the arrays of all batches.
    columns: Vec<Vec<ArrayRef>>,
    rows: usize,
    /// What their values take, and their keys.
    bytes: usize,
    keys: usize,
}

impl Gathered {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        Self {
            schema: Arc::clone(schema),
            columns: vec![Vec::new(); schema.fields().len()],
            rows: 0,
            bytes: 0,
            keys: 0,
        }
    }

    pub(super) fn add(&mut self, batch: &RecordBatch, key: &Key) -> Result<(), ArrowError> {
        self.rows += batch.num_rows();
        self.bytes += value_bytes(batch);
        self.keys += value_bytes(&batch.project(&key.columns)?) + batch.num_rows() * KEY_BYTES;
        for (arrays, array) in self.columns.iter_mut().zip(batch.columns()) {
            arrays.push(Arc::clone(array));
        }
        Ok(())
    }

    /// What they take while they are sorted, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.saturating_add(self.keys)
    }

    /// Whether no more than these should be sorted at once in so much memory.
    pub(super) fn full(&self, memory_bytes: usize) -> bool {
        self.bytes() >= memory_bytes || self.bytes >= MOST_BYTES || self.rows >= MOST_ROWS / 2
    }

    /// Sorts them.
    pub(super) fn sorted(self, key: &Key, batch_rows: usize) -> Result<Sorted, DataFusionError> {
        // Column after column, so that not all rows are there twice.
        let whole = self.columns.into_iter().zip(self.schema.fields());
        let whole = whole.map(|(arrays, field)| match arrays.as_slice() {
            [] => Ok(arrow::array::new_empty_array(field.data_type())),
            [only] => Ok(Arc::clone(only)),
            several => {
                let several: Vec<&dyn Array> = several.iter().map(AsRef::as_ref).collect();
                concat(&several)
            }
        });
        let columns = whole.collect::<Result<_, _>>()?;
        let rows = RecordBatch::try_new(self.schema, columns)?;
        let order = order(&key.of(&rows)?)?;
        let widest = rows.num_rows() * BATCH_BYTES / self.bytes.max(1);
        Ok(Sorted {
            step: batch_rows.min(widest).max(1),
            rows,
            order,
            next: 0,
        })
    }
}

/// The places of rows in ascending order of their keys, equal ones in the order they came in; None
/// when that is the order they are in.
fn order(keys: &arrow::row::Rows) -> Result<Option<UInt32Array>, DataFusionError> {
    if keys.iter().is_sorted() {
        return Ok(None);
    }
    let places = 0..u32::try_from(keys.num_rows()).map_err(|_| super::broken("counting rows"))?;
    // The first bytes tell most keys apart, without a look at where they lie; then the places.
    let mut order: Vec<u128> = keys
        .iter()
        .zip(places)
        .map(|(key, place)| u128::from(first_bytes(key.data())) << 32 | u128::from(place))
        .collect();
    order.sort_unstable();
    for alike in order.chunk_by_mut(|one, other| one >> 32 == other >> 32) {
        if alike.len() > 1 {
            alike.sort_by(|one, other| keys.row(place(*one)).cmp(&keys.row(place(*other))));
        }
    }
    let order: Vec<u32> = order.into_iter().map(low).collect();
    Ok(Some(order.into()))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the place is the lower half"
)]
fn low(entry: u128) -> u32 {
    entry as u32
}

fn place(entry: u128) -> usize {
    low(entry) as usize
}

/// A number that is less where the bytes are: the first eight of them.
fn first_bytes(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(key) {
        *to = *from;
    }
    u64::from_be_bytes(first)
}

/// A part in memory, its batches in order.
pub(super) struct Sorted {
    rows: RecordBatch,
    order: Option<UInt32Array>,
    /// Rows of a batch.
    step: usize,
    next: usize,
}

impl Sorted {
    /// Lets it wait in memory, or where there is room on the disk.
    pub(super) fn waiting(self, room: Option<&Room>) -> Result<Part, DataFusionError> {
        let Some(room) = room else {
            return Ok(Part::Here(self));
        };
        let mut spilling = Spilling::new(&self.rows.schema(), room)?;
        for batch in self {
            spilling.write(&batch?)?;
        }
        spilling.finish()
    }
}

impl Iterator for Sorted {
    type Item = Result<RecordBatch, DataFusionError>;

    fn next(&mut self) -> Option<Self::Item> {
        let count = self.step.min(self.rows.num_rows() - self.next);
        if count == 0 {
            return None;
        }
        let from = self.next;
        self.next += count;
        Some(match &self.order {
            None => Ok(self.rows.slice(from, count)),
            Some(order) => {
                let taken = take_record_batch(&self.rows, &order.slice(from, count));
                taken.map_err(Into::into)
            }
        })
    }
}

/// Room on the disk for the parts of all sorts of a run.
#[derive(Clone)]
pub(super) struct Room {
    folder: Arc<Path>,
    pub(super) taken: Arc<AtomicU64>,
    most: u64,
}

impl Room {
    pub(super) fn new(folder: &Path, most: u64) -> Self {
        Self {
            folder: Arc::from(folder),
            taken: Arc::new(AtomicU64::new(0)),
            most,
        }
    }
}

/// A file without a name that takes room while it is open: it is gone with whoever has it.
pub(super) struct Waiting {
    file: File,
    bytes: u64,
    room: Room,
}

impl Waiting {
    fn new(room: &Room) -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile_in(&room.folder)?,
            bytes: 0,
            room: room.clone(),
        })
    }
}

impl Write for Waiting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Room { taken, most, .. } = &self.room;
        if taken.load(Ordering::Relaxed) + bytes.len() as u64 > *most {
            let full = format!(
                "rows that are sorted take more than limits.sync.spill_bytes, {most} bytes"
            );
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, full));
        }
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        taken.fetch_add(written as u64, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Read for Waiting {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.file.read(into)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A part that waits for the others.
pub(super) enum Part {
    Here(Sorted),
    OnDisk(SchemaRef, Waiting),
}

impl Part {
    /// Puts rows onto the disk that are in order already.
    pub(super) async fn spilled(
        mut rows: SendableRecordBatchStream,
        room: &Room,
    ) -> Result<Self, DataFusionError> {
        let mut spilling = Spilling::new(&rows.schema(), room)?;
        while let Some(batch) = rows.next().await {
            spilling.write(&batch?)?;
        }
        spilling.finish()
    }

    /// Its rows.
    pub(super) fn rows(self) -> Result<SendableRecordBatchStream, DataFusionError> {
        match self {
            Self::Here(part) => Ok(stream(part.rows.schema(), futures::stream::iter(part))),
            Self::OnDisk(schema, file) => {
                let file = BufReader::with_capacity(BUFFER_BYTES, file);
                let batches = StreamReader::try_new(file, None)?;
                let batches = batches.map(|batch| batch.map_err(Into::into));
                Ok(stream(schema, futures::stream::iter(batches)))
            }
        }
    }
}

/// A part on its way to the disk.
struct Spilling {
    schema: SchemaRef,
    writer: StreamWriter<BufWriter<Waiting>>,
}

impl Spilling {
    fn new(schema: &SchemaRef, room: &Room) -> Result<Self, DataFusionError> {
        let file = BufWriter::with_capacity(BUFFER_BYTES, Waiting::new(room)?);
        Ok(Self {
            schema: Arc::clone(schema),
            writer: StreamWriter::try_new(file, schema)?,
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.writer.write(batch)
    }

    fn finish(mut self) -> Result<Part, DataFusionError> {
        self.writer.finish()?;
        let file = self.writer.into_inner()?;
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.file.rewind()?;
        Ok(Part::OnDisk(self.schema, file))
    }
}
