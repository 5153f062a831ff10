//! Statements answered: a Query of several, and the rows of one.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use futures::StreamExt;
use pgwire::messages::copy::{CopyDone, CopyOutResponse};
use pgwire::messages::response::{CommandComplete, EmptyQueryResponse};

use super::conversation::{Conversation, Failure};
use super::encode::{Copy, Format, Rows, patch, size};
use crate::engine::{Answer, Column, CopyForm, CopyFormat, RowStream};
use crate::pg::charset::{self, Charset};
use crate::pg::{Fault, SqlState};

/// Where an interrupted row stream stands.
#[derive(Debug)]
pub(super) struct Cursor {
    /// The rows.
    pub(super) rows: RowStream,
    /// The batch being sent and how many of its rows are gone.
    batch: Option<(RecordBatch, usize)>,
    /// Whether the rows have ended, so that nobody asks for more.
    ended: bool,
}

impl Cursor {
    /// Stands before the first row.
    pub(super) fn new(rows: RowStream) -> Self {
        Self {
            rows,
            batch: None,
            ended: false,
        }
    }
}

impl Conversation {
    /// Runs the statements of one Query message; an error ends the rest.
    pub(super) async fn query(&mut self, text: &str) -> Result<(), Failure> {
        // As in PostgreSQL a Query destroys the unnamed statement and portal.
        self.session.forget("");
        self.portals.remove("");
        self.session.close_portal("");
        let statements = self.channel.during(self.session.parse(text)).await??;
        if statements.is_empty() {
            self.channel.sender.put(&EmptyQueryResponse::new())?;
        }
        if statements.len() > self.limits.session.statements_per_message {
            return Err(Fault::new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                "too many statements in one message",
            )
            .into());
        }
        if statements.len() > 1 {
            self.session.begin_several();
        }
        for statement in &statements {
            let prepared = self
                .channel
                .during(self.session.prepare(statement, None))
                .await??;
            let answer = self
                .channel
                .during(self.session.run(&prepared, Vec::new()))
                .await??;
            self.notices()?;
            match answer {
                Answer::Rows { rows, tag } => {
                    let mut cursor = Cursor::new(rows);
                    // An error before the first row is told without the columns, as in PostgreSQL
                    // where constants are computed while planning.
                    self.prime(&mut cursor).await?;
                    let columns = Arc::clone(&cursor.rows.columns);
                    let format = if self.session.fetches_binary(statement) {
                        Format::Binary
                    } else {
                        Format::Text
                    };
                    let formats = vec![format; columns.len()];
                    self.describe_rows(&columns, &formats)?;
                    let (count, _) = self.rows(&mut cursor, &formats, None).await?;
                    self.complete(counted(tag, count))?;
                }
                Answer::CopyOut { rows, form } => self.copy_out(rows, &form).await?,
                Answer::Done(tag) => self.complete(tag)?,
                Answer::Empty => self.channel.sender.put(&EmptyQueryResponse::new())?,
            }
        }
        Ok(())
    }

    /// Adds what is said before rows.
    pub(super) fn describe_rows(
        &mut self,
        columns: &[Column],
        formats: &[Format],
    ) -> Result<(), Failure> {
        let charset = self.session.charset();
        Ok(row_description(
            columns,
            formats,
            charset,
            &mut self.channel.sender.buffer,
        )?)
    }

    /// Adds what is said after a statement.
    pub(super) fn complete(&mut self, tag: String) -> Result<(), Failure> {
        self.notices()?;
        Ok(self.channel.sender.put(&CommandComplete::new(tag))?)
    }

    /// Waits for the first rows, or their failure.
    async fn prime(&mut self, cursor: &mut Cursor) -> Result<(), Failure> {
        cursor.batch = self.batch(cursor).await?;
        Ok(())
    }

    /// The rest of the batch that was begun, or the next one.
    async fn batch(
        &mut self,
        cursor: &mut Cursor,
    ) -> Result<Option<(RecordBatch, usize)>, Failure> {
        if let Some(rest) = cursor.batch.take() {
            return Ok(Some(rest));
        }
        if cursor.ended {
            return Ok(None);
        }
        let next = self.channel.during(cursor.rows.next()).await?;
        cursor.ended = next.is_none();
        Ok(next.transpose()?.map(|batch| (batch, 0)))
    }

    /// Sends rows, at most `limit` of them: how many, and whether the limit stopped them.
    pub(super) async fn rows(
        &mut self,
        cursor: &mut Cursor,
        formats: &[Format],
        limit: Option<u64>,
    ) -> Result<(u64, bool), Failure> {
        // What computes rows may set what they are written with.
        self.prime(cursor).await?;
        let rendering = self.session.rendering()?;
        let columns = Arc::clone(&cursor.rows.columns);
        let mut sent = 0;
        loop {
            let Some((batch, mut done)) = self.batch(cursor).await? else {
                return Ok((sent, false));
            };
            let rows = Rows::new(&batch, &columns, formats, &rendering)?;
            while done < batch.num_rows() {
                if Some(sent) == limit {
                    drop(rows);
                    cursor.batch = Some((batch, done));
                    return Ok((sent, true));
                }
                rows.write(done, &mut self.channel.sender.buffer)?;
                done += 1;
                sent += 1;
                if self.channel.sender.full() {
                    self.channel.flush().await?;
                }
            }
            if Some(sent) == limit {
                return Ok((sent, true));
            }
        }
    }

    /// Sends the rows of COPY TO STDOUT.
    pub(super) async fn copy_out(
        &mut self,
        rows: RowStream,
        form: &CopyForm,
    ) -> Result<(), Failure> {
        let columns = Arc::clone(&rows.columns);
        let mut cursor = Cursor::new(rows);
        self.prime(&mut cursor).await?;
        let rendering = self.session.rendering()?;
        let code = i16::from(form.format == CopyFormat::Binary);
        let count = i16::try_from(columns.len())
            .map_err(|_| Fault::new(SqlState::TOO_MANY_COLUMNS, "too many columns"))?;
        self.channel.sender.put(&CopyOutResponse::new(
            i8::from(form.format == CopyFormat::Binary),
            count,
            vec![code; columns.len()],
        ))?;
        let mut copy = Copy::new(form, &columns, rendering.charset);
        copy.begin(&columns, &mut self.channel.sender.buffer)?;
        let mut sent: u64 = 0;
        loop {
            let Some((batch, _)) = self.batch(&mut cursor).await? else {
                break;
            };
            let values = copy.batch(&batch, &columns, &rendering)?;
            for row in 0..batch.num_rows() {
                copy.row(&values, row, &mut self.channel.sender.buffer)?;
                sent += 1;
                if self.channel.sender.full() {
                    self.channel.flush().await?;
                }
            }
        }
        copy.end(&mut self.channel.sender.buffer)?;
        self.channel.sender.put(&CopyDone::new())?;
        self.complete(format!("COPY {sent}"))
    }
}

/// Appends RowDescription; nothing of it when a name is not in the client's character set.
///
/// Written here because the protocol library's names are UTF-8.
fn row_description(
    columns: &[Column],
    formats: &[Format],
    charset: Option<&Charset>,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let mut message = Vec::with_capacity(7 + 32 * columns.len());
    message.extend_from_slice(&[b'T', 0, 0, 0, 0]);
    let width = u16::try_from(columns.len())
        .map_err(|_| Fault::new(SqlState::TOO_MANY_COLUMNS, "too many columns"))?;
    message.extend_from_slice(&width.to_be_bytes());
    for (column, format) in columns.iter().zip(formats) {
        charset::put(charset, &column.name, &mut message)?;
        message.push(0);
        message.extend_from_slice(&column.table.0.to_be_bytes());
        message.extend_from_slice(&column.number.to_be_bytes());
        message.extend_from_slice(&column.kind.oid.0.to_be_bytes());
        message.extend_from_slice(&size(column.kind.oid).to_be_bytes());
        message.extend_from_slice(&column.kind.modifier.to_be_bytes());
        message.extend_from_slice(&format.code().to_be_bytes());
    }
    let length = message.len() - 1;
    patch(&mut message, 1, length)?;
    out.append(&mut message);
    Ok(())
}

/// The tag of a statement that returned rows.
pub(super) fn counted(tag: &str, count: u64) -> String {
    match tag {
        "SHOW" | "EXPLAIN" => tag.to_owned(),
        counted => format!("{counted} {count}"),
    }
}
