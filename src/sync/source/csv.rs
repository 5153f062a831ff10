//! CSV exactly as PostgreSQL's `COPY … WITH (FORMAT csv, HEADER)` reads it.
//!
//! Source of the rules: PostgreSQL manual, COPY, "CSV Format", and its behaviour (`tests/it/sync.rs`
//! compares): an unquoted empty field is NULL and `""` the empty string; a quote begins or ends a
//! quoted stretch anywhere in a field; a doubled quote inside one is a quote; line ends inside one
//! are data; the first line end outside decides what line ends are.

mod simple;

use std::io::BufRead;
use std::sync::Arc;

use super::{Fields, NOWHERE, RawBatch, RawColumn, Refusal};
use crate::config::limits::SyncLimits;
use crate::sync::Error;

/// Raw text kept of a row that could not be taken apart.
const RECORD_KEPT: usize = 4096;
/// Bytes after which a batch is passed on before it has all its rows.
const BATCH_BYTES: usize = 8 << 20;

/// Reads the batches of one file.
pub(super) struct Reader {
    input: Box<dyn BufRead + Send>,
    file: Arc<str>,
    names: Arc<[String]>,
    limits: SyncLimits,
    /// The number of the line that is read next.
    line: u64,
    line_end: LineEnd,
    record: Record,
    /// The fields of the last simple line.
    spans: Vec<simple::Span>,
    done: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Unknown,
    Newline,
    Return,
    Both,
}

/// One record: its fields' bytes one after another, and its raw bytes.
#[derive(Default)]
struct Record {
    bytes: Vec<u8>,
    /// Per field where it ends in `bytes`, and whether it had a quote.
    ends: Vec<(usize, bool)>,
    raw: Vec<u8>,
    /// Why it is no record after all.
    fault: Option<&'static str>,
}

impl Record {
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.raw.clear();
        self.fault = None;
    }

    /// The fields, NULL as `None`; fails with the reason of a refusal.
    fn fields(&self) -> Result<impl Iterator<Item = Option<&str>>, &'static str> {
        let text =
            std::str::from_utf8(&self.bytes).map_err(|_| "invalid byte sequence for UTF8")?;
        if text.contains('\0') {
            return Err("invalid byte sequence for UTF8");
        }
        let mut from = 0;
        let fields = self.ends.iter().map(move |(end, quoted)| {
            let field = text.get(from..*end);
            let empty = from == *end && !quoted;
            from = *end;
            field.filter(|_| !empty)
        });
        // A field boundary inside a character: two halves that are no text by themselves.
        if self.ends.iter().all(|(end, _)| text.is_char_boundary(*end)) {
            Ok(fields)
        } else {
            Err("invalid byte sequence for UTF8")
        }
    }
}

impl Reader {
    /// Opens a file by reading its header; `None` when it is empty.
    pub(super) fn open(
        input: Box<dyn BufRead + Send>,
        file: Arc<str>,
        limits: &SyncLimits,
    ) -> Result<Option<Self>, Error> {
        let mut reader = Self {
            input,
            file,
            names: Arc::from([]),
            limits: limits.clone(),
            line: 1,
            line_end: LineEnd::Unknown,
            record: Record::default(),
            spans: Vec::new(),
            done: false,
        };
        if reader.next_record()?.is_none() {
            return Ok(None);
        }
        let broken = |reason| Error::Header {
            file: reader.file.to_string(),
            reason,
        };
        if let Some(fault) = reader.record.fault {
            return Err(broken(fault));
        }
        let fields = reader.record.fields().map_err(broken)?;
        let names = fields.map(Option::unwrap_or_default);
        // A byte order mark is not part of the first name.
        let names = names.map(|name| name.trim_start_matches('\u{feff}').to_owned());
        reader.names = names.collect();
        Ok(Some(reader))
    }

    fn batch(&mut self) -> Result<Option<RawBatch>, Error> {
        if self.done {
            return Ok(None);
        }
        let mut lines = Lines::new(self.names.len());
        let mut batch = RawBatch {
            file: Arc::clone(&self.file),
            lines: Vec::new(),
            names: Arc::clone(&self.names),
            columns: Vec::new(),
            refused: Vec::new(),
        };
        let mut refused = 0;
        while batch.lines.len() + batch.refused.len() < self.limits.batch_rows
            && lines.text.len() + refused < BATCH_BYTES
        {
            if self.simple(&mut lines)? {
                batch.lines.push(self.line);
                self.line += 1;
                continue;
            }
            let Some(line) = self.next_record()? else {
                self.done = true;
                break;
            };
            match self.check() {
                Ok(()) => {
                    lines.add(self.record.fields().into_iter().flatten());
                    batch.lines.push(line);
                }
                Err(reason) => {
                    refused += self.record.raw.len();
                    batch.refused.push(Refusal {
                        line,
                        column: None,
                        reason: reason.to_owned(),
                        detail: None,
                        record: Some(self.record.shown()),
                    });
                }
            }
        }
        if batch.lines.is_empty() && batch.refused.is_empty() {
            return Ok(None);
        }
        batch.columns = lines.columns();
        Ok(Some(batch))
    }

    /// Takes a record that is a simple line; not when the next one is not, or is to be refused.
    fn simple(&mut self, lines: &mut Lines) -> Result<bool, Error> {
        let input = self.input.fill_buf().map_err(|source| Error::Read {
            file: self.file.to_string(),
            source,
        })?;
        let Some((text, used)) = simple::line(input, self.line_end, &mut self.spans) else {
            return Ok(false);
        };
        let (most, wide) = (self.limits.value_bytes, self.limits.row_bytes);
        if self.spans.len() != lines.columns.len()
            || used > wide
            || (used > most && self.spans.iter().any(|span| span.len() > most))
        {
            return Ok(false);
        }
        lines.add_line(text, &self.spans);
        self.input.consume(used);
        Ok(true)
    }

    /// Whether the record has one field per name, each of them text.
    fn check(&self) -> Result<(), &'static str> {
        if let Some(fault) = self.record.fault {
            return Err(fault);
        }
        drop(self.record.fields()?);
        let most = self.limits.value_bytes;
        let mut from = 0;
        for (end, _) in &self.record.ends {
            if end - from > most {
                return Err("a value is too long");
            }
            from = *end;
        }
        match self.record.ends.len().cmp(&self.names.len()) {
            std::cmp::Ordering::Less => Err("missing data for a column"),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err("extra data after last expected column"),
        }
    }

    /// Reads one record; says the line it began on, or `None` at the end of the file.
    fn next_record(&mut self) -> Result<Option<u64>, Error> {
        let first = self.line;
        self.record.clear();
        let mut quoted = Quoting::default();
        let mut began = false;
        loop {
            let input = self.input.fill_buf().map_err(|source| Error::Read {
                file: self.file.to_string(),
                source,
            })?;
            if input.is_empty() {
                // A file whose only rest is psql's end mark has no further record.
                if !began || (self.record.raw == b"\\." && first > 1) {
                    return Ok(None);
                }
                if quoted.inside {
                    self.record.fault = Some("unterminated CSV quoted field");
                }
                if quoted.after_return && matches!(self.line_end, LineEnd::Newline | LineEnd::Both)
                {
                    self.record.fault = Some("unquoted carriage return found in data");
                }
                self.record.end_field(&mut quoted);
                return Ok(Some(first));
            }
            began = true;
            let (used, ended) = scan(
                input,
                &mut self.record,
                &mut quoted,
                &mut self.line_end,
                &mut self.line,
            );
            self.input.consume(used);
            if ended {
                let last = self.record.raw == b"\\." && first > 1;
                if last && self.at_end()? {
                    return Ok(None);
                }
                return Ok(Some(first));
            }
            if self.record.raw.len() > self.limits.row_bytes {
                return Err(Error::TooLarge {
                    file: format!("{} line {first}", self.file),
                    what: "row",
                    most: self.limits.row_bytes as u64,
                });
            }
        }
    }

    fn at_end(&mut self) -> Result<bool, Error> {
        let rest = self.input.fill_buf().map_err(|source| Error::Read {
            file: self.file.to_string(),
            source,
        })?;
        Ok(rest.is_empty())
    }
}

impl Iterator for Reader {
    type Item = Result<RawBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.batch().transpose();
        self.done |= matches!(batch, Some(Err(_)));
        batch
    }
}

/// The records of a batch, and where in them the fields of each column are.
struct Lines {
    text: String,
    columns: Vec<Vec<(u32, u32)>>,
}

impl Lines {
    fn new(columns: usize) -> Self {
        Self {
            text: String::new(),
            columns: vec![Vec::new(); columns],
        }
    }

    /// Adds a line as it is.
    fn add_line(&mut self, line: &str, fields: &[simple::Span]) {
        let from = self.text.len();
        self.text.push_str(line);
        for (column, field) in self.columns.iter_mut().zip(fields) {
            column.push(field.place(from));
        }
    }

    /// Adds the fields of a record.
    fn add<'f>(&mut self, fields: impl Iterator<Item = Option<&'f str>>) {
        for (column, field) in self.columns.iter_mut().zip(fields) {
            let from = self.text.len();
            self.text.push_str(field.unwrap_or_default());
            column.push(field.map_or(NOWHERE, |_| place(from, self.text.len())));
        }
    }

    fn columns(self) -> Vec<RawColumn> {
        let lines = Arc::new(self.text);
        let columns = self.columns.into_iter().map(|places| {
            let lines = Arc::clone(&lines);
            RawColumn::Fields(Fields { lines, places })
        });
        columns.collect()
    }
}

/// A place in the lines of a batch, which have far fewer bytes than are counted here.
fn place(from: usize, to: usize) -> (u32, u32) {
    let counted = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    (counted(from), counted(to))
}

#[derive(Default)]
struct Quoting {
    /// Inside a quoted stretch.
    inside: bool,
    /// The last byte ended a quoted stretch: another quote makes both of them one quote.
    just_ended: bool,
    /// The field had a quote.
    seen: bool,
    /// The last byte was a carriage return outside quotes whose meaning depends on the next.
    after_return: bool,
}

impl Record {
    fn end_field(&mut self, quoted: &mut Quoting) {
        self.ends.push((self.bytes.len(), quoted.seen));
        quoted.seen = false;
        quoted.just_ended = false;
    }

    fn shown(&self) -> String {
        let kept = self.raw.get(..RECORD_KEPT).unwrap_or(&self.raw);
        String::from_utf8_lossy(kept).into_owned()
    }
}

/// Takes bytes of one record; says how many, and whether they end it.
fn scan(
    input: &[u8],
    record: &mut Record,
    quoted: &mut Quoting,
    line_end: &mut LineEnd,
    line: &mut u64,
) -> (usize, bool) {
    let mut at = 0;
    while let Some(rest) = input.get(at..).filter(|rest| !rest.is_empty()) {
        if quoted.after_return {
            quoted.after_return = false;
            if let Some(used) = after_return(rest, record, line_end) {
                record.end_field(quoted);
                *line += 1;
                return (at + used, true);
            }
        }
        let plain = if quoted.inside {
            rest.iter().position(|byte| matches!(byte, b'"' | b'\n'))
        } else {
            rest.iter()
                .position(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r'))
        };
        let run = plain.unwrap_or(rest.len());
        if run > 0 {
            let run = rest.get(..run).unwrap_or_default();
            record.bytes.extend_from_slice(run);
            record.raw.extend_from_slice(run);
            quoted.just_ended = false;
            at += run.len();
            continue;
        }
        at += 1;
        match (rest.first(), quoted.inside) {
            (Some(b'"'), true) => {
                record.raw.push(b'"');
                quoted.inside = false;
                quoted.just_ended = true;
            }
            (Some(b'"'), false) => {
                record.raw.push(b'"');
                if quoted.just_ended {
                    record.bytes.push(b'"');
                }
                quoted.inside = true;
                quoted.seen = true;
                quoted.just_ended = false;
            }
            (Some(b','), false) => {
                record.raw.push(b',');
                record.end_field(quoted);
            }
            (Some(b'\n'), false) => {
                match line_end {
                    LineEnd::Unknown => *line_end = LineEnd::Newline,
                    LineEnd::Newline => {}
                    LineEnd::Return | LineEnd::Both => {
                        record.fault = Some("unquoted newline found in data");
                    }
                }
                record.end_field(quoted);
                *line += 1;
                return (at, true);
            }
            (Some(b'\r'), false) => quoted.after_return = true,
            (Some(byte), _) => {
                record.bytes.push(*byte);
                record.raw.push(*byte);
                *line += 1;
            }
            (None, _) => {}
        }
    }
    (at, false)
}

/// Decides what an unquoted carriage return was, with the byte after it at hand: `Some(used)` when
/// it ended the record.
fn after_return(rest: &[u8], record: &mut Record, line_end: &mut LineEnd) -> Option<usize> {
    let newline = rest.first() == Some(&b'\n');
    if *line_end == LineEnd::Unknown {
        *line_end = if newline {
            LineEnd::Both
        } else {
            LineEnd::Return
        };
    }
    match (*line_end, newline) {
        (LineEnd::Both, true) => Some(1),
        (LineEnd::Return, _) => Some(0),
        _ => {
            record.bytes.push(b'\r');
            record.raw.push(b'\r');
            record.fault = Some("unquoted carriage return found in data");
            None
        }
    }
}
