//! COPY TO STDOUT: the lines of text and csv, the tuples of binary.

use std::mem::take;

use arrow::record_batch::RecordBatch;

use super::{Cell, Format, patch};
use crate::engine::{Column, CopyForm, CopyFormat, Rendering};
use crate::pg::charset::{self, Charset};
use crate::pg::{Fault, SqlState};

/// Signature, flags, and the length of an extension nobody has.
const BINARY_HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// The writers of one batch.
pub(in crate::wire) struct Batch<'a>(Vec<Cell<'a>>);

/// One COPY.
pub(in crate::wire) struct Copy<'a> {
    form: &'a CopyForm,
    width: usize,
    /// The binary header goes out with what comes first.
    pending: &'static [u8],
    /// One value before it is escaped.
    value: Vec<u8>,
    /// What its lines are in; `None` for UTF-8.
    charset: Option<&'static Charset>,
}

impl<'a> Copy<'a> {
    /// Begins a COPY of these columns to a client that talks in a character set.
    pub(in crate::wire) fn new(
        form: &'a CopyForm,
        columns: &[Column],
        charset: Option<&'static Charset>,
    ) -> Self {
        let asked = form.charset.map(|set| Some(set).filter(|set| !set.plain()));
        Self {
            form,
            width: columns.len(),
            pending: match form.format {
                CopyFormat::Binary => BINARY_HEADER,
                CopyFormat::Text | CopyFormat::Csv => b"",
            },
            value: Vec::new(),
            charset: asked.unwrap_or(charset),
        }
    }

    /// Builds the writers of a batch.
    pub(in crate::wire) fn batch<'b>(
        &self,
        batch: &'b RecordBatch,
        columns: &[Column],
        rendering: &'b Rendering,
    ) -> Result<Batch<'b>, Fault> {
        if batch.num_columns() != self.width {
            return Err(Fault::internal("COPY got columns it did not announce"));
        }
        // Lines are turned into their character set when they are whole: what separates and
        // escapes values is the same byte in all of them.
        let (format, charset) = match self.form.format {
            CopyFormat::Binary => (Format::Binary, rendering.charset),
            CopyFormat::Text | CopyFormat::Csv => (Format::Text, None),
        };
        let cells = batch.columns().iter().zip(columns);
        let cells = cells
            .map(|(array, column)| Cell::new(column.kind.oid, array, format, rendering, charset));
        cells.collect::<Result<_, _>>().map(Batch)
    }

    /// Appends the line of names, when there is one.
    ///
    /// # Errors
    /// 42883 for a character set that nothing converts to, 22P05 for a name it lacks letters for.
    pub(in crate::wire) fn begin(
        &mut self,
        columns: &[Column],
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        if let Some(set) = self.charset.filter(|set| !set.converts()) {
            return Err(charset::no_conversion("UTF8", set.name()));
        }
        if !self.form.header || self.form.format == CopyFormat::Binary {
            return Ok(());
        }
        self.message(out, |copy, out| {
            for (at, column) in columns.iter().enumerate() {
                if at > 0 {
                    out.push(copy.form.delimiter);
                }
                copy.escaped(column.name.as_bytes(), false, out);
            }
            out.push(b'\n');
            Ok(())
        })
    }

    /// Appends one row.
    pub(in crate::wire) fn row(
        &mut self,
        batch: &Batch<'_>,
        row: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        self.message(out, |copy, out| match copy.form.format {
            CopyFormat::Binary => {
                let width = i16::try_from(copy.width)
                    .map_err(|_| Fault::new(SqlState::TOO_MANY_COLUMNS, "too many columns"))?;
                out.extend_from_slice(&width.to_be_bytes());
                batch.0.iter().try_for_each(|cell| cell.sized(row, out))
            }
            CopyFormat::Text | CopyFormat::Csv => copy.line(batch, row, out),
        })
    }

    /// Appends what ends the data.
    pub(in crate::wire) fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.form.format != CopyFormat::Binary {
            return Ok(());
        }
        self.message(out, |_, out| {
            out.extend_from_slice(&(-1_i16).to_be_bytes());
            Ok(())
        })
    }

    fn line(&mut self, batch: &Batch<'_>, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        for (at, cell) in batch.0.iter().enumerate() {
            if at > 0 {
                out.push(self.form.delimiter);
            }
            if cell.null(row) {
                out.extend_from_slice(self.form.null.as_bytes());
                continue;
            }
            let mut value = take(&mut self.value);
            value.clear();
            cell.put(row, &mut value)?;
            let force = self.form.force_quote.get(at).copied().unwrap_or(false);
            self.escaped(&value, force, out);
            self.value = value;
        }
        out.push(b'\n');
        Ok(())
    }

    fn escaped(&self, value: &[u8], force: bool, out: &mut Vec<u8>) {
        match self.form.format {
            CopyFormat::Csv => self.csv(value, force, out),
            CopyFormat::Text | CopyFormat::Binary => self.text(value, out),
        }
    }

    fn text(&self, value: &[u8], out: &mut Vec<u8>) {
        for byte in value {
            let letter = match byte {
                0x08 => b'b',
                0x0C => b'f',
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0x0B => b'v',
                b'\\' => b'\\',
                other if *other == self.form.delimiter => *other,
                other => {
                    out.push(*other);
                    continue;
                }
            };
            out.extend_from_slice(&[b'\\', letter]);
        }
    }

    fn csv(&self, value: &[u8], force: bool, out: &mut Vec<u8>) {
        let CopyForm {
            delimiter,
            quote,
            escape,
            ..
        } = *self.form;
        let special =
            |byte: &u8| *byte == delimiter || *byte == quote || *byte == b'\n' || *byte == b'\r';
        let quoted = force
            || value == self.form.null.as_bytes()
            // Alone in its line this would end the data.
            || (self.width == 1 && value == b"\\.")
            || value.iter().any(special);
        if !quoted {
            out.extend_from_slice(value);
            return;
        }
        out.push(quote);
        for byte in value {
            if *byte == quote || *byte == escape {
                out.push(escape);
            }
            out.push(*byte);
        }
        out.push(quote);
    }

    /// Appends one CopyData message; nothing of it when it cannot be written.
    fn message(
        &mut self,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Self, &mut Vec<u8>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let before = out.len();
        let written = self.append(out, write);
        if written.is_err() {
            out.truncate(before);
        }
        written
    }

    fn append(
        &mut self,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Self, &mut Vec<u8>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        out.push(b'd');
        let at = out.len();
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(take(&mut self.pending));
        let from = out.len();
        write(self, out)?;
        if let (Some(charset), CopyFormat::Text | CopyFormat::Csv) =
            (self.charset, self.form.format)
        {
            charset.rewrite(out, from)?;
        }
        let length = out.len() - at;
        patch(out, at, length)
    }
}
