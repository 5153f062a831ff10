//! Rows on their way from a source: converted, counted, the refused ones set aside, in key order.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{Array, AsArray, FixedSizeBinaryBuilder, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{
    DataType, Field, Schema, SchemaRef, TimestampMicrosecondType, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use ring::digest::{SHA256, digest};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Error;
use super::ahead::{ahead, broken};
use super::check::{Judge, Places, Refused, Repeats, positions};
use super::conform::{Conform, Conformed, FILE, LINE, Plan, row_text};
use super::keys::KeySet;
use super::quarantine::{Quarantine, key_of};
use super::run::Progress;
use super::sort::{Sorter, stream};
use super::source::{Batches, RawBatch, Refusal};
use crate::schema::Table;
use crate::snapshot::Forgotten;

/// Everything that is counted while rows of one table pass.
pub(super) struct Intake {
    pub(super) conform: Conform,
    pub(super) judge: Arc<Judge>,
    /// Rows that each check refused.
    pub(super) refused_by: Refused,
    pub(super) refused: Quarantine,
    /// What may not come back; None when nothing was erased, or keys alone are read.
    pub(super) forgotten: Option<Arc<Mutex<Forgotten>>>,
    /// Rows that did not.
    pub(super) erased: u64,
    /// Rows that the source gave.
    pub(super) read: u64,
    /// Those of them that are not refused.
    pub(super) passed: u64,
    pub(super) stamps: Stamps,
    /// The keys that came, where they are few: earlier rows are looked up by them then.
    pub(super) keys: Option<Arc<KeySet>>,
    pub(super) progress: Arc<Progress>,
    pub(super) stop: CancellationToken,
    /// Why reading stopped; DataFusion carries only that it did.
    pub(super) failure: Option<Error>,
}

/// The change stamps that went by.
#[derive(Debug)]
pub(super) struct Stamps {
    /// When the run began, in microseconds since 1970 UTC. A later stamp is a mistake, and would
    /// hide all that is written until then.
    began: i64,
    latest: Option<i64>,
    /// Whether a row had none: then a later night cannot tell by stamps what changed.
    missing: bool,
}

impl Stamps {
    pub(super) fn new(began: i64) -> Self {
        Self {
            began,
            latest: None,
            missing: false,
        }
    }

    fn take(&mut self, table: &Table, rows: &RecordBatch) {
        let Some(column) = table.change_stamp() else {
            self.missing = true;
            return;
        };
        let stamps = rows.column_by_name(&column.name);
        match stamps.and_then(|stamps| stamps.as_primitive_opt::<TimestampMicrosecondType>()) {
            Some(stamps) => {
                self.missing |= stamps.null_count() > 0;
                let past = stamps.iter().flatten().filter(|stamp| *stamp <= self.began);
                self.latest = self.latest.max(past.max());
            }
            None => self.missing = true,
        }
    }

    /// Where the next night goes on, when this one began at `from`.
    pub(super) fn watermark(&self, from: Option<i64>) -> Option<i64> {
        self.latest.max(from).filter(|_| !self.missing)
    }
}

impl Intake {
    /// Says what is to be done with the next batch of the source.
    fn begin(&mut self, batch: Result<RawBatch, Error>) -> Result<Work, Error> {
        let batch = batch?;
        if self.stop.is_cancelled() {
            return Err(Error::Stopped);
        }
        let rows = batch.lines.len() + batch.refused.len();
        self.read += rows as u64;
        self.progress.read(rows, batch.bytes());
        Ok(Work {
            plan: self.conform.plan(batch)?,
            judge: Arc::clone(&self.judge),
            forgotten: self.forgotten.clone(),
        })
    }

    /// Counts what became of a batch.
    fn end(&mut self, done: Result<Done, Error>) -> Result<RecordBatch, Error> {
        let done = done?;
        self.erased += done.erased;
        for (check, rows) in done.refused_by {
            *self.refused_by.entry(check).or_default() += rows;
        }
        let Conformed {
            file,
            rows,
            refused,
        } = done.judged;
        self.refused.take(&file, &refused)?;
        let table = self.conform.table();
        self.stamps.take(table, &rows);
        if let Some(keys) = self.keys.as_mut().and_then(Arc::get_mut) {
            let columns = rows.project(&positions(&rows.schema(), table.primary_key()));
            let added = columns.and_then(|columns| keys.add(columns.columns()));
            added.map_err(|_| Error::Broken)?;
        }
        Ok(rows)
    }

    /// Refuses rows whose key was there before.
    fn repeats(&mut self, rows: &RecordBatch) -> Result<(), Error> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let (Some(files), Some(lines)) = (rows.column_by_name(FILE), rows.column_by_name(LINE))
        else {
            return Err(Error::Broken);
        };
        let files = files.as_primitive::<UInt32Type>().values();
        let lines = lines.as_primitive::<UInt64Type>().values();
        let mut refused: BTreeMap<u32, Vec<Refusal>> = BTreeMap::new();
        for (row, (file, line)) in files.iter().zip(lines.iter()).enumerate() {
            refused.entry(*file).or_default().push(Refusal {
                line: *line,
                column: None,
                reason: "the key is there already".to_owned(),
                detail: None,
                record: Some(row_text(rows, row)),
            });
        }
        for (file, refused) in refused {
            let file = self.conform.file(file);
            self.refused.take(&file, &refused)?;
        }
        Ok(())
    }

    /// Counts rows that are not refused, and refuses those whose key was there before.
    fn pass(
        &mut self,
        first: RecordBatch,
        again: &RecordBatch,
    ) -> Result<RecordBatch, DataFusionError> {
        // Rows pass when all of them were read.
        let columns = self.conform.came_up().to_vec();
        if !columns.is_empty() {
            let table = self.conform.table().name.to_string();
            return Err(self.fail(Error::NewColumns { table, columns }));
        }
        self.passed += first.num_rows() as u64;
        match self.repeats(again) {
            Ok(()) => Ok(first),
            Err(error) => Err(self.fail(error)),
        }
    }

    fn fail(&mut self, error: Error) -> DataFusionError {
        self.failure.get_or_insert(error);
        DataFusionError::Execution("the rows ended early".to_owned())
    }
}

/// What is done with one batch, beside others.
struct Work {
    plan: Plan,
    judge: Arc<Judge>,
    forgotten: Option<Arc<Mutex<Forgotten>>>,
}

/// What became of one batch.
struct Done {
    judged: Conformed,
    refused_by: Refused,
    erased: u64,
}

impl Work {
    fn done(self) -> Result<Done, Error> {
        let table = Arc::clone(self.plan.table());
        let conformed = self.plan.convert()?;
        let (conformed, erased) = match &self.forgotten {
            None => (conformed, 0),
            Some(forgotten) => {
                let mut forgotten = forgotten.lock().unwrap_or_else(PoisonError::into_inner);
                without_erased(&mut forgotten, &table, conformed)?
            }
        };
        let (judged, refused_by) = self.judge.batch(conformed)?;
        Ok(Done {
            judged,
            refused_by,
            erased,
        })
    }
}

/// Leaves out what was erased for good, of the refused rows too.
fn without_erased(
    forgotten: &mut Forgotten,
    table: &Table,
    mut conformed: Conformed,
) -> Result<(Conformed, u64), Error> {
    let sifted = forgotten.sift(table.name.as_str(), &conformed.rows);
    let sifted = sifted.map_err(|_| Error::Broken)?;
    let refused = conformed.refused.len();
    conformed
        .refused
        .retain(|one| !forgotten.in_record(table, one.record.as_deref(), one.detail.as_deref()));
    let erased = sifted.gone.len() + refused - conformed.refused.len();
    conformed.rows = sifted.rows;
    Ok((conformed, erased as u64))
}

pub(super) fn taken(intake: &Mutex<Intake>) -> MutexGuard<'_, Intake> {
    intake.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The column of a table without a key that tells its rows apart.
pub(super) const DIGEST: &str = "\u{1}digest";

/// The columns that rows of a table are known by, from night to night.
pub(super) fn identity(table: &Table) -> Vec<String> {
    match table.primary_key() {
        [] => vec![DIGEST.to_owned()],
        key => key.to_vec(),
    }
}

/// Converted rows in the order of their identity, none of them twice where that is a key.
pub(super) fn rows(
    table: &Table,
    batches: Batches,
    intake: &Arc<Mutex<Intake>>,
    sorter: &Sorter,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let mut rows = converted(batches, intake);
    let key = positions(&rows.schema(), table.primary_key());
    if key.is_empty() {
        rows = digested(rows, table)?;
    }
    let schema = rows.schema();
    let identity = positions(&schema, &identity(table));
    // Equal ones stay in the order in which they arrived.
    let rows = sorter.sort(rows, &identity)?;
    let mut repeats = match *key {
        [] => None,
        _ => Some(Repeats::new(&schema, &key)?),
    };
    let shared = Arc::clone(intake);
    let once = rows.map(move |batch| {
        let batch = batch?;
        let (first, again) = match &mut repeats {
            Some(repeats) => repeats.split(&batch)?,
            None => (batch.clone(), batch.slice(0, 0)),
        };
        taken(&shared).pass(first, &again)
    });
    Ok(stream(schema, once))
}

/// The same rows in another order, that of the columns at `order`: rows are sorted once, and their
/// keys alone are sorted beside them with `beside`, to find those that are there already.
pub(super) fn rows_ordered(
    table: &Table,
    batches: Batches,
    intake: &Arc<Mutex<Intake>>,
    order: &[usize],
    sorter: &Sorter,
    beside: &Sorter,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let rows = converted(batches, intake);
    let schema = rows.schema();
    let arrived = arrival(&schema);
    let key = positions(&schema, table.primary_key());
    let shared = Arc::clone(intake);
    if key.is_empty() {
        let rows = sorter.sort(rows, order)?;
        let none = RecordBatch::new_empty(Arc::clone(&schema));
        let passed = rows.map(move |batch| taken(&shared).pass(batch?, &none));
        return Ok(stream(schema, passed));
    }
    let (rows, keys) = tee(rows, &[&*key, &*arrived].concat())?;
    let repeated = repeated(keys, key.len(), beside)?;
    let rows = sorter.sort(rows, order)?;
    let once = futures::stream::try_unfold(
        (rows, Repeated::Awaited(repeated), shared),
        |(mut rows, repeated, shared)| async move {
            // Sorted rows come when all were read, so that all keys are known then.
            let Some(batch) = rows.next().await.transpose()? else {
                return Ok(None);
            };
            let places = match repeated {
                Repeated::Awaited(places) => {
                    let places = places.await;
                    places.unwrap_or_else(|_| Err(broken("looking for repeated keys")))?
                }
                Repeated::Known(places) => places,
            };
            let (first, again) = places.split(&batch)?;
            let first = taken(&shared).pass(first, &again)?;
            Ok(Some((first, (rows, Repeated::Known(places), shared))))
        },
    );
    Ok(stream(schema, once))
}

/// Those of the last snapshot's rows whose key came tonight, refused or not, where these are few; all
/// of them otherwise. To be read when all that the source gives has been. The rows come in several
/// streams, which are read beside each other.
pub(super) fn met(
    earlier: Vec<SendableRecordBatchStream>,
    schema: &SchemaRef,
    table: &Table,
    intake: &Arc<Mutex<Intake>>,
) -> SendableRecordBatchStream {
    let key = table.primary_key().to_vec();
    let shared = Arc::clone(intake);
    let begun = async move {
        let (keys, refused) = {
            let intake = taken(&shared);
            let keys = intake.keys.clone().filter(|keys| !keys.full());
            (keys, Arc::new(intake.refused.keys()))
        };
        let streams = earlier.into_iter().map(|rows| {
            let (key, keys, refused) = (key.clone(), keys.clone(), Arc::clone(&refused));
            let met = rows.map(move |batch| match &keys {
                Some(keys) => among(&batch?, &key, keys, &refused),
                None => batch,
            });
            ahead(met, || broken("reading the last snapshot")).boxed()
        });
        futures::stream::select_all(streams)
    };
    stream(Arc::clone(schema), futures::stream::once(begun).flatten())
}

/// The rows of a batch whose key is among these, or among the refused ones.
fn among(
    batch: &RecordBatch,
    key: &[String],
    keys: &KeySet,
    refused: &HashSet<String>,
) -> Result<RecordBatch, DataFusionError> {
    let at = positions(&batch.schema(), key);
    let mut met = keys.among(batch.project(&at)?.columns())?;
    if !refused.is_empty() {
        let rows = (0..batch.num_rows()).map(|row| {
            let was = refused.contains(&key_of(batch, row, key)?);
            Ok(Some(was || met.value(row)))
        });
        met = rows.collect::<Result<_, ArrowError>>()?;
    }
    Ok(filter_record_batch(batch, &met)?)
}

/// Rows as they come from the source, converted and judged.
fn converted(batches: Batches, intake: &Arc<Mutex<Intake>>) -> SendableRecordBatchStream {
    let (schema, beside) = {
        let intake = taken(intake);
        // What was erased takes others along, so that order matters there.
        let beside = match intake.forgotten {
            Some(_) => 1,
            None => BATCHES_AT_ONCE,
        };
        (Arc::clone(intake.judge.schema()), beside)
    };
    let (before, after) = (Arc::clone(intake), Arc::clone(intake));
    let begun = ahead(batches, || Error::Broken).map(move |batch| taken(&before).begin(batch));
    let done = begun.map(|work| async {
        let work = work?;
        let done = tokio::task::spawn_blocking(move || work.done()).await;
        done.unwrap_or(Err(Error::Broken))
    });
    let rows = done.buffered(beside).map(move |done| {
        let mut intake = taken(&after);
        intake.end(done).map_err(|error| intake.fail(error))
    });
    stream(schema, rows)
}

/// Where the columns are that say in which order rows arrived.
fn arrival(schema: &SchemaRef) -> Arc<[usize]> {
    positions(schema, &[FILE.to_owned(), LINE.to_owned()])
}

/// Rows as they are, and some of their columns beside them; one goes as fast as the other.
fn tee(
    rows: SendableRecordBatchStream,
    columns: &[usize],
) -> Result<(SendableRecordBatchStream, SendableRecordBatchStream), DataFusionError> {
    let schema = rows.schema();
    let narrow = Arc::new(schema.project(columns)?);
    let (send, receive) = mpsc::channel(BATCHES_AT_ONCE);
    let columns = columns.to_vec();
    let wide = futures::stream::try_unfold((rows, send), move |(mut rows, send)| {
        let columns = columns.clone();
        async move {
            let Some(batch) = rows.next().await.transpose()? else {
                return Ok(None);
            };
            let some = batch.project(&columns)?;
            // Whoever looks at these says by itself why it ended.
            let _unheard = send.send(Ok(some)).await;
            Ok(Some((batch, (rows, send))))
        }
    });
    let narrowed = futures::stream::unfold(receive, |mut receive| async move {
        Some((receive.recv().await?, receive))
    });
    Ok((stream(schema, wide), stream(narrow, narrowed)))
}

/// Finds the rows whose key was there before, among rows of a key's columns and their arrival.
fn repeated(
    keys: SendableRecordBatchStream,
    columns: usize,
    sorter: &Sorter,
) -> Result<JoinHandle<Result<Places, DataFusionError>>, DataFusionError> {
    let schema = keys.schema();
    let key: Vec<usize> = (0..columns).collect();
    let mut repeats = Repeats::new(&schema, &key)?;
    let mut sorted = sorter.sort(keys, &key)?;
    let handle = Handle::current();
    Ok(tokio::task::spawn_blocking(move || {
        handle.block_on(async move {
            let mut places = Places::default();
            while let Some(batch) = sorted.next().await {
                let (_, again) = repeats.split(&batch?)?;
                places.add(&again);
            }
            Ok(places)
        })
    }))
}

enum Repeated {
    Awaited(JoinHandle<Result<Places, DataFusionError>>),
    Known(Places),
}

/// Adds [`DIGEST`]: of all declared columns of a row.
pub(super) fn digested(
    rows: SendableRecordBatchStream,
    table: &Table,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let names: Vec<_> = table.columns.iter().map(|one| one.name.clone()).collect();
    let declared = positions(&rows.schema(), &names);
    let kinds = rows.schema().project(&declared)?;
    let kinds = kinds.fields().iter();
    let kinds = kinds.map(|field| SortField::new(field.data_type().clone()));
    let converter = RowConverter::new(kinds.collect())?;
    let field = Field::new(DIGEST, DataType::FixedSizeBinary(DIGEST_BYTES), false);
    let mut fields = rows.schema().fields().to_vec();
    fields.push(Arc::new(field));
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let to = Arc::clone(&schema);
    let digested = rows.map(move |batch| {
        let batch = batch?;
        let values = converter.convert_columns(batch.project(&declared)?.columns())?;
        let mut digests = FixedSizeBinaryBuilder::with_capacity(batch.num_rows(), DIGEST_BYTES);
        for row in &values {
            let all = digest(&SHA256, row.as_ref());
            let some = all
                .as_ref()
                .get(..DIGEST_BYTES as usize)
                .unwrap_or_default();
            digests.append_value(some)?;
        }
        let mut columns = batch.columns().to_vec();
        columns.push(Arc::new(digests.finish()));
        Ok(RecordBatch::try_new(Arc::clone(&to), columns)?)
    });
    Ok(stream(schema, digested))
}

/// Batches that are converted beside each other, and wait for their turn.
const BATCHES_AT_ONCE: usize = 4;

/// Enough that two different rows never share one.
const DIGEST_BYTES: i32 = 16;
