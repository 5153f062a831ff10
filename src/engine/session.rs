//! One admitted client: its settings, its transaction, its prepared statements.
//!
//! Protocol-free: both faces use it. A statement goes `parse` → `prepare` → `run`.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use arrow::array::ArrayRef;
use arrow::record_batch::RecordBatch;
use futures::Stream;

use crate::ident::Oid;
use crate::pg::text::Style;
use crate::pg::{Fault, Type};
use crate::tenant::Admission;

/// What all sessions share: schemas, snapshots, limits and the runtime that executes.
#[derive(Debug)]
pub struct Engine {}

/// What a client asks for at start-up: `options`, settings by name, `application_name`.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Settings by name, in the order given.
    pub settings: Vec<(String, String)>,
    /// The process id the client is told.
    pub process_id: i32,
}

/// One result column, as RowDescription says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// Type and modifier.
    pub kind: Type,
    /// The table it comes from, or invalid.
    pub table: Oid,
    /// Its number in that table, or 0.
    pub number: i16,
}

/// The letter of ReadyForQuery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStatus {
    /// No transaction.
    Idle,
    /// In a transaction block.
    Open,
    /// In a transaction block that failed.
    Failed,
}

/// One parsed statement; see `engine::statement`.
#[derive(Debug, Clone)]
pub struct Statement {}

/// A statement whose parameters and columns are known.
#[derive(Debug, Clone, Default)]
pub struct Prepared {
    /// The types of `$1`, `$2`, ...
    pub parameters: Vec<Oid>,
    /// The result columns; `None` when the statement returns no rows.
    pub columns: Option<Vec<Column>>,
}

/// What a statement answers.
#[derive(Debug)]
pub enum Answer {
    /// Rows; at the end the tag is the given word and the row count, such as `SELECT 5`, `FETCH 2`.
    Rows {
        /// The rows.
        rows: RowStream,
        /// The word before the count.
        tag: &'static str,
    },
    /// Rows for COPY TO STDOUT.
    CopyOut {
        /// The rows.
        rows: RowStream,
        /// How to write them.
        form: CopyForm,
    },
    /// Done without rows: the whole tag, such as `SET` or `BEGIN`.
    Done(String),
    /// An empty statement.
    Empty,
}

/// The options of COPY TO, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyForm {
    /// `text`, `csv` or `binary`.
    pub format: CopyFormat,
    /// One byte.
    pub delimiter: u8,
    /// How NULL is written.
    pub null: String,
    /// Whether a line of names comes first.
    pub header: bool,
    /// CSV quote.
    pub quote: u8,
    /// CSV escape.
    pub escape: u8,
    /// Per column: always quote (CSV).
    pub force_quote: Vec<bool>,
}

/// The format of COPY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyFormat {
    /// Tabs and backslashes.
    Text,
    /// Comma separated values.
    Csv,
    /// PGCOPY.
    Binary,
}

/// The only public stream of rows: bounded, cancellable, gives everything back when dropped.
pub struct RowStream {
    /// The columns of every batch.
    pub columns: Arc<[Column]>,
    /// The batches; a batch's arrays are in the storage types of `columns`.
    pub batches: Pin<Box<dyn Stream<Item = Result<RecordBatch, Fault>> + Send>>,
}

impl std::fmt::Debug for RowStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowStream")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

impl Stream for RowStream {
    type Item = Result<RecordBatch, Fault>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        self.batches.as_mut().poll_next(task)
    }
}

/// A prepared statement under a name: the one namespace of Parse, PREPARE and DEALLOCATE.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The statement; `None` for an empty text.
    pub statement: Option<Statement>,
    /// What was settled about it.
    pub prepared: Prepared,
    /// What the client declared its parameters to be.
    pub declared: Vec<Option<Oid>>,
    /// The text it came from, for `pg_prepared_statements`.
    pub text: String,
}

/// The name behind a value of a `reg*` type, as its output function prints it.
pub type NameOf = dyn Fn(Oid, u32) -> Option<String> + Send + Sync;

/// The object that a text means in a `reg*` type, as its input function reads it.
pub type OidOf = dyn Fn(Oid, &str) -> Result<u32, Fault> + Send + Sync;

/// What turns values into text and back, at one moment of a session.
#[derive(Clone)]
pub struct Rendering {
    /// The settings that change the text of values.
    pub style: Arc<Style>,
    /// Start of the transaction, microseconds since 1970 UTC: what `now` means as input.
    pub now: i64,
    /// Names of objects, for output.
    pub name_of: Arc<NameOf>,
    /// Objects of names, for input.
    pub oid_of: Arc<OidOf>,
}

impl std::fmt::Debug for Rendering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rendering")
            .field("style", &self.style)
            .finish_non_exhaustive()
    }
}

/// How long a silent client is waited for, and what it is told then.
#[derive(Debug, Clone)]
pub struct IdleLimit {
    /// From the moment the session became idle.
    pub after: Duration,
    /// FATAL 57P05 or 25P03.
    pub fault: Fault,
}

/// Ends whatever the session is doing, from anywhere.
#[derive(Debug, Clone)]
pub struct CancelHandle {}

impl CancelHandle {
    /// Cancels the running statement (57014), if there is one.
    pub fn cancel(&self) {}
}

/// One admitted client.
#[derive(Debug)]
pub struct Session {}

impl Session {
    /// Opens a session for an admitted client. Wishes that no setting knows become notices.
    pub fn open(engine: &Arc<Engine>, admission: Admission, wishes: Wishes) -> Result<Self, Fault> {
        let _ = (engine, admission, wishes);
        Ok(Self {})
    }

    /// Parses a text into its statements (none for an empty text).
    pub async fn parse(&self, text: &str) -> Result<Vec<Statement>, Fault> {
        let _ = text;
        Err(Fault::unsupported("SQL"))
    }

    /// Settles names, types and parameters.
    pub async fn prepare(
        &mut self,
        statement: &Statement,
        declared: &[Option<Oid>],
    ) -> Result<Prepared, Fault> {
        let _ = (statement, declared);
        Err(Fault::unsupported("SQL"))
    }

    /// Runs a prepared statement; each value is an array of one element in its type's storage.
    pub async fn run(
        &mut self,
        prepared: &Prepared,
        values: Vec<ArrayRef>,
    ) -> Result<Answer, Fault> {
        let _ = (prepared, values);
        Err(Fault::unsupported("SQL"))
    }

    /// Marks the open transaction as failed, when an error happened outside `run`.
    pub fn fail(&mut self) {}

    /// Ends what the statements since the last call had in common: Sync, or the end of a Query.
    ///
    /// Outside a transaction block that is the implicit transaction with its pinned snapshots.
    pub fn end(&mut self) {}

    /// Keeps a prepared statement; the empty name replaces, another must be free (42P05).
    pub fn keep(&mut self, name: &str, kept: Kept) -> Result<(), Fault> {
        let _ = (name, kept);
        Err(Fault::unsupported("SQL"))
    }

    /// The prepared statement of that name (26000 when there is none).
    pub fn kept(&self, name: &str) -> Result<Arc<Kept>, Fault> {
        let _ = name;
        Err(Fault::unsupported("SQL"))
    }

    /// Forgets a prepared statement, if there is one of that name.
    pub fn forget(&mut self, name: &str) {
        let _ = name;
    }

    /// What turns values into text and back now.
    pub fn rendering(&self) -> Result<Rendering, Fault> {
        Err(Fault::unsupported("SQL"))
    }

    /// How long the client may stay silent in the present state.
    pub fn idle_limit(&self) -> Option<IdleLimit> {
        None
    }

    /// What ReadyForQuery says.
    pub fn status(&self) -> TransactionStatus {
        TransactionStatus::Idle
    }

    /// Notices since the last call.
    pub fn take_notices(&mut self) -> Vec<Fault> {
        Vec::new()
    }

    /// Reported settings (`ParameterStatus`) that changed since the last call; all of them at first.
    pub fn take_reports(&mut self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// A handle that cancels this session's running statement.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle {}
    }
}
