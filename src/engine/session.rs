//! One admitted client: its settings, its transaction, its prepared statements.
//!
//! Protocol-free: both faces use it. A statement goes `parse` → `prepare` → `run`.

mod block;
mod live;
mod open;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use arrow::array::ArrayRef;
use tokio_util::sync::CancellationToken;

use crate::engine::backend::{Presence, State};
use crate::engine::catalog::Catalog;
use crate::engine::parse;
use crate::engine::statement::cursor::Cursor;
use crate::engine::statement::query::Plan;
use crate::engine::statement::{Kind, copy, cursor, explain, prepare, query, setting, transaction};
use crate::engine::stream::Activity;
use crate::ident::Oid;
use crate::pg::charset::{self, Charset};
use crate::pg::settings::Settings;
use crate::pg::text::Style;
use crate::pg::{Fault, SqlState, Type};
use crate::tenant::Admission;

pub use crate::engine::backend::Link;
pub use crate::engine::statement::Statement;
pub use crate::engine::statement::copy::{CopyForm, CopyFormat};
pub use crate::engine::stream::{CancelHandle, RowStream};
pub use live::Uses;
pub(crate) use live::{Listed, Live};
pub use open::{Engine, EngineParts};
use state::{Layers, Transaction};

/// What a client asks for at start-up: `options`, settings by name, `application_name`.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Settings by name, in the order given.
    pub settings: Vec<(String, String)>,
    /// The process id the client is told.
    pub process_id: i32,
    /// Its connection, if it has one.
    pub link: Option<Link>,
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

impl Column {
    /// A column that comes from no table.
    pub(crate) fn computed(name: impl Into<String>, kind: Oid) -> Self {
        Self {
            name: name.into(),
            kind: Type::plain(kind),
            table: Oid::INVALID,
            number: 0,
        }
    }
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

/// A statement whose parameters and columns are known.
#[derive(Debug, Clone, Default)]
pub struct Prepared {
    /// The types of `$1`, `$2`, ...
    pub parameters: Vec<Oid>,
    /// The result columns; `None` when the statement returns no rows.
    pub columns: Option<Vec<Column>>,
    /// What runs; nothing for an empty text.
    pub(crate) plan: Option<Arc<Plan>>,
}

/// What a statement answers.
#[derive(Debug)]
pub enum Answer {
    /// Rows; at the end the tag is the given word and the row count, such as `SELECT 5`, `FETCH 2`.
    Rows {
        /// The rows.
        rows: RowStream,
        /// The word before the count; the whole tag for `SHOW` and `EXPLAIN`.
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
    pub text: Arc<str>,
    /// Whether PREPARE was said, and not Parse.
    pub from_sql: bool,
    /// When, microseconds since 1970 UTC.
    pub prepared_at: i64,
    /// How often it was planned.
    pub uses: Arc<Uses>,
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
    /// The character set of texts, in and out; `None` for UTF-8.
    pub charset: Option<&'static Charset>,
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

/// One admitted client.
#[derive(Debug)]
pub struct Session {
    engine: Arc<Engine>,
    admission: Admission,
    presence: Presence,
    layers: Layers,
    transaction: Transaction,
    kept: Arc<HashMap<String, Arc<Kept>>>,
    cursors: HashMap<String, Cursor>,
    /// The message at hand has several statements, which make one transaction.
    several: bool,
    /// The protocol's portals, for `pg_cursors`.
    portals: HashMap<String, Arc<Listed>>,
    notices: Vec<Fault>,
    reported: HashMap<&'static str, String>,
    activity: Activity,
    /// What names meant last; it does not keep a snapshot.
    names: Weak<Catalog>,
    /// The time travelled to, and what names meant then.
    journey: Option<(i64, Arc<Catalog>)>,
}

impl Session {
    /// Parses a text into its statements (none for an empty text).
    pub async fn parse(&mut self, text: &str) -> Result<Vec<Statement>, Fault> {
        self.begin_statement();
        self.note_message(text);
        let lexing = parse::Lexing::of(self.settings());
        let (text, limits) = (
            Arc::<str>::from(text),
            self.engine.limits().statement.clone(),
        );
        let parsed = self
            .engine
            .planners()
            .run(move || Ok(parse::parse(&text, lexing, &limits)));
        let parsed = self.activity.during(parsed).await??;
        for notice in parsed.notices {
            self.notice(notice);
        }
        parsed.statements
    }

    /// Says that the statements up to the next [`Session::end`] come in one message: they make a
    /// transaction block, though nobody begins it.
    pub fn begin_several(&mut self) {
        self.several = true;
        self.layers.begin();
    }

    /// Settles names, types and parameters; without `declared` it takes no parameters.
    pub async fn prepare(
        &mut self,
        statement: &Statement,
        declared: Option<&[Option<Oid>]>,
    ) -> Result<Prepared, Fault> {
        self.adopt_asked();
        self.begin_statement();
        self.refuse_in_failure(statement)?;
        query::prepare(self, statement, declared).await
    }

    /// Runs a prepared statement; each value is an array of one element in its type's storage.
    ///
    /// An error fails the open transaction block.
    pub async fn run(
        &mut self,
        prepared: &Prepared,
        values: Vec<ArrayRef>,
    ) -> Result<Answer, Fault> {
        let Some(plan) = prepared.plan.clone() else {
            return Ok(Answer::Empty);
        };
        self.adopt_asked();
        self.begin_statement();
        self.note_running(plan.statement.text());
        let outcome = match self.refuse_in_failure(&plan.statement) {
            Ok(()) => self.answer(&plan, values).await,
            Err(fault) => Err(fault),
        };
        if outcome.is_err() {
            self.fail();
        }
        outcome
    }

    pub(crate) async fn answer(
        &mut self,
        plan: &Arc<Plan>,
        values: Vec<ArrayRef>,
    ) -> Result<Answer, Fault> {
        let done = |tag: &str| Ok(Answer::Done(String::from(tag)));
        match plan.statement.kind() {
            Kind::Query(_) => query::run(self, plan, values).await,
            Kind::Explain(explain) => explain::run(self, plan, explain, values).await,
            Kind::Copy(copy) => copy::run(self, plan, copy, values).await,
            Kind::Declare(declare) => cursor::open(self, plan, declare, values).await,
            Kind::Fetch(fetch) => cursor::run(self, fetch).await,
            Kind::Close(name) => cursor::close(self, name.as_deref()),
            Kind::Set(set) => setting::run(self, set).await,
            Kind::Show(name) => setting::show_rows(self, name),
            Kind::Discard(what) => setting::discard(self, *what),
            Kind::Transaction(command) => transaction::run(self, command).await,
            Kind::Prepare(prepare) => prepare::keep(self, &plan.statement, prepare).await,
            Kind::Execute(execute) => prepare::run(self, plan, execute).await,
            Kind::Deallocate(name) => prepare::deallocate(self, name.as_deref()),
            Kind::Lock { tables, strong } => query::lock(self, tables, *strong).await,
            Kind::Maintain(maintain) => query::maintain(self, maintain).await,
            Kind::Idle(tag) => done(tag),
            Kind::Refused(fault) | Kind::Denied { fault, .. } => Err(fault.clone()),
        }
    }

    fn refuse_in_failure(&self, statement: &Statement) -> Result<(), Fault> {
        if self.failed() && !statement.leaves_failure() {
            return Err(Fault::new(
                SqlState::IN_FAILED_SQL_TRANSACTION,
                "current transaction is aborted, commands ignored until end of transaction block",
            ));
        }
        Ok(())
    }

    /// Keeps a prepared statement; the empty name replaces, another must be free (42P05).
    pub fn keep(&mut self, name: &str, kept: Kept) -> Result<(), Fault> {
        if !name.is_empty() && self.kept.contains_key(name) {
            return Err(Fault::new(
                SqlState::DUPLICATE_PREPARED_STATEMENT,
                format!("prepared statement \"{name}\" already exists"),
            ));
        }
        if self.kept.len() >= self.engine.limits().session.prepared && !name.is_empty() {
            return Err(Fault::new(
                SqlState::CONFIGURATION_LIMIT_EXCEEDED,
                "too many prepared statements",
            ));
        }
        Arc::make_mut(&mut self.kept).insert(name.to_owned(), Arc::new(kept));
        Ok(())
    }

    /// The prepared statement of that name (26000 when there is none).
    pub fn kept(&self, name: &str) -> Result<Arc<Kept>, Fault> {
        match self.kept.get(name) {
            Some(kept) => Ok(Arc::clone(kept)),
            None if name.is_empty() => Err(Fault::new(
                SqlState::INVALID_SQL_STATEMENT_NAME,
                "unnamed prepared statement does not exist",
            )),
            None => Err(Fault::new(
                SqlState::INVALID_SQL_STATEMENT_NAME,
                format!("prepared statement \"{name}\" does not exist"),
            )),
        }
    }

    /// Forgets a prepared statement, if there is one of that name.
    pub fn forget(&mut self, name: &str) {
        if self.kept.contains_key(name) {
            Arc::make_mut(&mut self.kept).remove(name);
        }
    }

    /// Forgets every prepared statement that has a name.
    pub(crate) fn forget_all(&mut self) {
        Arc::make_mut(&mut self.kept).retain(|name, _| name.is_empty());
    }

    /// The columns of an open cursor, which the protocol also knows as a portal of that name.
    pub fn cursor(&self, name: &str) -> Option<Arc<[Column]>> {
        let cursor = self.cursors.get(name)?;
        Some(Arc::clone(cursor.columns()))
    }

    /// Gives the next rows of a cursor, as Execute does with a portal of that name.
    ///
    /// # Errors
    /// 34000 without such a cursor; what its query fails with.
    pub async fn run_cursor(&mut self, name: &str, rows: Option<u64>) -> Result<Answer, Fault> {
        self.adopt_asked();
        self.begin_statement();
        let fetch = cursor::Fetch::on(name, rows);
        let outcome = cursor::run(self, &fetch).await;
        if outcome.is_err() {
            self.fail();
        }
        outcome
    }

    /// Whether a cursor was declared BINARY.
    pub fn cursor_is_binary(&self, name: &str) -> bool {
        let cursor = self.cursors.get(name);
        cursor.is_some_and(|cursor| cursor.listed().binary)
    }

    /// Closes a cursor, if there is one of that name.
    pub fn close_cursor(&mut self, name: &str) {
        self.cursors.remove(name);
    }

    /// How long the client may stay silent in the present state.
    pub fn idle_limit(&self) -> Option<IdleLimit> {
        let limits = &self.engine.limits().session;
        let (setting, most, state, message) = if self.in_block() {
            (
                "idle_in_transaction_session_timeout",
                limits.idle_in_transaction,
                SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                "terminating connection due to idle-in-transaction timeout",
            )
        } else {
            (
                "idle_session_timeout",
                limits.idle,
                SqlState::IDLE_SESSION_TIMEOUT,
                "terminating connection due to idle-session timeout",
            )
        };
        let after = self
            .settings()
            .limit(setting)
            .map_or(most, |own| own.min(most));
        Some(IdleLimit {
            after,
            fault: Fault::fatal(state, message),
        })
    }

    /// What ReadyForQuery says.
    pub fn status(&self) -> TransactionStatus {
        match (self.in_block(), self.failed()) {
            (false, _) => TransactionStatus::Idle,
            (true, false) => TransactionStatus::Open,
            (true, true) => TransactionStatus::Failed,
        }
    }

    /// The character set the client talks in; `None` for UTF-8.
    pub fn charset(&self) -> Option<&'static Charset> {
        let settings = self.settings();
        // What a function has just set holds at once.
        match settings.asked("client_encoding") {
            Some(name) => charset::named(&name).filter(|set| !set.plain()),
            None => settings.charset(),
        }
    }

    /// Notices since the last call.
    pub fn take_notices(&mut self) -> Vec<Fault> {
        let mut notices = std::mem::take(&mut self.notices);
        notices.extend(self.presence.backend.take_said());
        notices
    }

    /// Reported settings (`ParameterStatus`) that changed since the last call; all of them at first.
    pub fn take_reports(&mut self) -> Vec<(String, String)> {
        let mut changed = Vec::new();
        let settings = Arc::clone(self.settings());
        for (name, value) in settings.reported() {
            if self.reported.get(name) != Some(&value) {
                changed.push((name.to_owned(), value.clone()));
                self.reported.insert(name, value);
            }
        }
        changed
    }

    /// Whether a statement is a FETCH from a cursor that was declared BINARY.
    pub fn fetches_binary(&self, statement: &Statement) -> bool {
        match statement.kind() {
            Kind::Fetch(fetch) => self.cursor_is_binary(fetch.cursor()),
            _ => false,
        }
    }

    /// Fires when another session ends this one.
    pub fn ended(&self) -> CancellationToken {
        self.presence.backend.ended()
    }

    /// A handle that cancels this session's running statement.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle::new(&self.activity)
    }

    /// Adds a warning to the answer.
    pub(crate) fn warn(&mut self, state: SqlState, message: &str) {
        self.notice(Fault::warning(state, message));
    }

    /// Adds a notice to the answer; one too many is left out.
    pub(crate) fn notice(&mut self, notice: Fault) {
        if self.notices.len() < self.engine.limits().session.notices {
            self.notices.push(notice);
        }
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    pub(crate) fn activity(&self) -> &Activity {
        &self.activity
    }

    pub(crate) fn settings(&self) -> &Arc<Settings> {
        self.layers.effective()
    }

    pub(crate) fn cursors(&mut self) -> &mut HashMap<String, Cursor> {
        &mut self.cursors
    }
}
