//! The extended protocol: prepared statements, portals, and rows in portions.

use std::sync::Arc;

use arrow::array::ArrayRef;
use pgwire::messages::data::ParameterDescription;
use pgwire::messages::response::EmptyQueryResponse;

use super::conversation::{Conversation, Failure};
use super::decode::decode;
use super::encode::Format;
use super::frontend::{Bind, Parse};
use super::query::{Cursor, counted};
use crate::engine::{Answer, CopyForm, Kept, Prepared, RowStream, TransactionStatus};
use crate::ident::Oid;
use crate::pg::{Fault, SqlState};

const PARSE_COMPLETE: u8 = b'1';
const BIND_COMPLETE: u8 = b'2';
const CLOSE_COMPLETE: u8 = b'3';
const NO_DATA: u8 = b'n';
const PORTAL_SUSPENDED: u8 = b's';

/// A statement with its parameters, somewhere between its first and its last row.
#[derive(Debug)]
pub(super) struct Portal {
    kept: Arc<Kept>,
    values: Vec<ArrayRef>,
    formats: Vec<Format>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Not run yet.
    Bound,
    /// Sending rows.
    Rows { cursor: Cursor, tag: &'static str },
    /// All rows are sent.
    AtEnd { tag: &'static str },
    /// Cannot be run again.
    Done,
}

/// What running a portal the first time gave.
enum Begun {
    Rows(RowStream, &'static str),
    Copy(RowStream, CopyForm),
    Done(String),
    Empty,
}

impl Conversation {
    pub(super) async fn parse(&mut self, parse: Parse) -> Result<(), Failure> {
        let mut statements = self
            .channel
            .during(self.session.parse(&parse.text))
            .await??;
        if statements.len() > 1 {
            return Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                "cannot insert multiple commands into a prepared statement",
            )
            .into());
        }
        let declared: Vec<_> = parse
            .types
            .iter()
            .map(|oid| (*oid != 0).then_some(Oid(*oid)))
            .collect();
        let statement = statements.pop();
        let prepared = match &statement {
            Some(statement) => {
                self.channel
                    .during(self.session.prepare(statement, Some(&declared)))
                    .await??
            }
            None => Prepared::default(),
        };
        let kept = Kept {
            statement,
            prepared,
            declared,
            text: parse.text.into(),
            from_sql: false,
            prepared_at: self.session.now(),
            uses: Arc::default(),
        };
        self.session.keep(&parse.name, kept)?;
        self.bare(PARSE_COMPLETE);
        Ok(())
    }

    pub(super) fn bind(&mut self, bind: Bind) -> Result<(), Failure> {
        let kept = self.session.kept(&bind.statement)?;
        let wanted = &kept.prepared.parameters;
        let given = bind.values.len();
        let formats = bind.formats.len();
        if formats > 1 && formats != given {
            return Err(violation(format!(
                "bind message has {formats} parameter formats but {given} parameters"
            )));
        }
        if given != wanted.len() {
            return Err(violation(format!(
                "bind message supplies {given} parameters, but prepared statement \"{}\" requires {}",
                bind.statement,
                wanted.len()
            )));
        }
        let columns = kept.prepared.columns.as_ref();
        if columns.is_some() {
            self.not_failed()?;
        }
        self.check_room(&bind.portal)?;
        let rendering = self.session.rendering()?;
        let mut values = Vec::with_capacity(given);
        for (at, (value, kind)) in bind.values.into_iter().zip(wanted).enumerate() {
            let format = Format::of(&bind.formats, at)?;
            // Of a value that came as text PostgreSQL shows as many characters as its setting
            // log_parameter_max_length_on_error allows: none.
            let shown = match (format, &value) {
                (Format::Text, Some(value)) if value.is_empty() => " = ''",
                (Format::Text, Some(_)) => " = '...'",
                _ => "",
            };
            let value = decode(*kind, format, value, &rendering).map_err(|mut fault| {
                let portal = match bind.portal.as_str() {
                    "" => "unnamed portal".to_owned(),
                    name => format!("portal \"{name}\""),
                };
                fault.context = Some(format!("{portal} parameter ${}{shown}", at + 1));
                fault
            })?;
            values.push(value);
        }
        let width = columns.map_or(0, Vec::len);
        let results = bind.results.len();
        if results > 1 && results != width {
            return Err(violation(format!(
                "bind message has {results} result formats but query has {width} columns"
            )));
        }
        let formats = (0..width)
            .map(|at| Format::of(&bind.results, at))
            .collect::<Result<_, _>>()?;
        self.session.count_use(&kept);
        self.session
            .open_portal(&bind.portal, kept.statement.as_ref());
        self.portals.insert(
            bind.portal,
            Portal {
                kept,
                values,
                formats,
                state: State::Bound,
            },
        );
        self.bare(BIND_COMPLETE);
        Ok(())
    }

    /// Whether one more portal of this name may be made; the unnamed one is replaced.
    fn check_room(&self, name: &str) -> Result<(), Failure> {
        let taken = self.portals.contains_key(name) || self.session.cursor(name).is_some();
        if !name.is_empty() && taken {
            return Err(Fault::new(
                SqlState::DUPLICATE_CURSOR,
                format!("cursor \"{name}\" already exists"),
            )
            .into());
        }
        if self.portals.len() >= self.limits.session.portals {
            return Err(Fault::new(SqlState::OUT_OF_MEMORY, "too many open portals").into());
        }
        Ok(())
    }

    fn not_failed(&self) -> Result<(), Failure> {
        if self.session.status() == TransactionStatus::Failed {
            return Err(Fault::new(
                SqlState::IN_FAILED_SQL_TRANSACTION,
                "current transaction is aborted, commands ignored until end of transaction block",
            )
            .into());
        }
        Ok(())
    }

    pub(super) fn describe_statement(&mut self, name: &str) -> Result<(), Failure> {
        let kept = self.session.kept(name)?;
        let columns = kept.prepared.columns.as_ref();
        if columns.is_some() {
            self.not_failed()?;
        }
        let types = kept.prepared.parameters.iter().map(|oid| oid.0).collect();
        self.channel.sender.put(&ParameterDescription::new(types))?;
        match columns {
            // The formats are not known before Bind, so the protocol says text.
            Some(columns) => self.describe_rows(columns, &vec![Format::Text; columns.len()]),
            None => {
                self.bare(NO_DATA);
                Ok(())
            }
        }
    }

    pub(super) fn describe_portal(&mut self, name: &str) -> Result<(), Failure> {
        if let Some(columns) = self.session.cursor(name) {
            self.not_failed()?;
            let format = self.cursor_format(name);
            return self.describe_rows(&columns, &vec![format; columns.len()]);
        }
        let portal = self.portals.get(name).ok_or_else(|| no_portal(name))?;
        let (kept, formats) = (Arc::clone(&portal.kept), portal.formats.clone());
        match &kept.prepared.columns {
            Some(columns) => {
                self.not_failed()?;
                self.describe_rows(columns, &formats)
            }
            None => {
                self.bare(NO_DATA);
                Ok(())
            }
        }
    }

    pub(super) async fn execute(&mut self, name: &str, rows: i32) -> Result<(), Failure> {
        if !self.portals.contains_key(name) && self.session.cursor(name).is_some() {
            return self.execute_cursor(name, rows).await;
        }
        // Out of the table while it runs; a failure leaves it out.
        let mut portal = self.portals.remove(name).ok_or_else(|| no_portal(name))?;
        let limit = u64::try_from(rows).ok().filter(|rows| *rows > 0);
        portal.state = match std::mem::replace(&mut portal.state, State::Done) {
            State::Bound => match self.begin(&portal.kept, portal.values.clone()).await? {
                Begun::Rows(rows, tag) => {
                    let cursor = Cursor::new(rows);
                    self.continue_rows(cursor, tag, &portal.formats, limit)
                        .await?
                }
                Begun::Copy(rows, form) => {
                    self.copy_out(rows, &form).await?;
                    State::Done
                }
                Begun::Done(tag) => {
                    self.complete(tag)?;
                    State::Done
                }
                Begun::Empty => {
                    self.channel.sender.put(&EmptyQueryResponse::new())?;
                    State::Bound
                }
            },
            State::Rows { cursor, tag } => {
                self.not_failed()?;
                self.continue_rows(cursor, tag, &portal.formats, limit)
                    .await?
            }
            State::AtEnd { tag } => {
                self.complete(counted(tag, 0))?;
                State::AtEnd { tag }
            }
            State::Done => {
                return Err(Fault::new(
                    SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                    format!("portal \"{name}\" cannot be run"),
                )
                .into());
            }
        };
        self.portals.insert(name.to_owned(), portal);
        if self.channel.sender.full() {
            self.channel.flush().await?;
        }
        Ok(())
    }

    fn cursor_format(&self, name: &str) -> Format {
        if self.session.cursor_is_binary(name) {
            Format::Binary
        } else {
            Format::Text
        }
    }

    /// A cursor declared in SQL is a portal too.
    async fn execute_cursor(&mut self, name: &str, rows: i32) -> Result<(), Failure> {
        self.not_failed()?;
        let format = self.cursor_format(name);
        let limit = u64::try_from(rows).ok().filter(|rows| *rows > 0);
        let answer = self
            .channel
            .during(self.session.run_cursor(name, limit))
            .await??;
        let Answer::Rows { rows, .. } = answer else {
            return Err(Fault::internal("a cursor gave no rows").into());
        };
        let formats = vec![format; rows.columns.len()];
        let (count, _) = self.rows(&mut Cursor::new(rows), &formats, None).await?;
        // As many as were asked for: nobody knows yet whether there are more.
        if limit == Some(count) {
            self.bare(PORTAL_SUSPENDED);
            return Ok(());
        }
        self.complete(counted("SELECT", count))
    }

    async fn begin(&mut self, kept: &Kept, values: Vec<ArrayRef>) -> Result<Begun, Failure> {
        if kept.statement.is_none() {
            return Ok(Begun::Empty);
        }
        let before = self.session.status();
        let answer = self
            .channel
            .during(self.session.run(&kept.prepared, values))
            .await??;
        if before != TransactionStatus::Idle && self.session.status() == TransactionStatus::Idle {
            // COMMIT and ROLLBACK close what was opened in the block.
            self.portals.clear();
            self.session.close_portals();
        }
        self.notices()?;
        Ok(match answer {
            Answer::Rows { rows, tag } => Begun::Rows(rows, tag),
            Answer::CopyOut { rows, form } => Begun::Copy(rows, form),
            Answer::Done(tag) => Begun::Done(tag),
            Answer::Empty => Begun::Empty,
        })
    }

    async fn continue_rows(
        &mut self,
        mut cursor: Cursor,
        tag: &'static str,
        formats: &[Format],
        limit: Option<u64>,
    ) -> Result<State, Failure> {
        let (count, stopped) = self.rows(&mut cursor, formats, limit).await?;
        if stopped {
            self.bare(PORTAL_SUSPENDED);
            return Ok(State::Rows { cursor, tag });
        }
        self.complete(counted(tag, count))?;
        Ok(State::AtEnd { tag })
    }

    pub(super) fn close_statement(&mut self, name: &str) -> Result<(), Failure> {
        self.session.forget(name);
        self.bare(CLOSE_COMPLETE);
        Ok(())
    }

    pub(super) fn close_portal(&mut self, name: &str) -> Result<(), Failure> {
        self.portals.remove(name);
        self.session.close_portal(name);
        self.session.close_cursor(name);
        self.bare(CLOSE_COMPLETE);
        Ok(())
    }
}

fn no_portal(name: &str) -> Failure {
    Fault::new(
        SqlState::INVALID_CURSOR_NAME,
        format!("portal \"{name}\" does not exist"),
    )
    .into()
}

fn violation(message: String) -> Failure {
    Fault::new(SqlState::PROTOCOL_VIOLATION, message).into()
}
