//! Values as clients read them: one writer per column, built once per batch.
//!
//! The bytes of a value are `pg`'s to know; here are the frames around them: DataRow and COPY.

mod copy;

use arrow::array::Array;
use arrow::record_batch::RecordBatch;

use crate::engine::{Column, Rendering};
use crate::ident::Oid;
use crate::pg::charset::Charset;
use crate::pg::types as t;
use crate::pg::{Fault, SqlState, binary, text};

pub(super) use copy::Copy;

/// How values are written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// As people read them.
    Text,
    /// As PostgreSQL's send functions write them.
    Binary,
}

impl Format {
    /// The number the protocol uses.
    pub(super) fn code(self) -> i16 {
        match self {
            Self::Text => 0,
            Self::Binary => 1,
        }
    }

    /// The format of one place, where none means text and one means all.
    pub(super) fn of(codes: &[i16], at: usize) -> Result<Self, Fault> {
        let code = match codes {
            [] => 0,
            [all] => *all,
            each => each.get(at).copied().unwrap_or(0),
        };
        match code {
            0 => Ok(Self::Text),
            1 => Ok(Self::Binary),
            other => Err(Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("unsupported format code: {other}"),
            )),
        }
    }
}

/// One column of one batch.
enum Cell<'a> {
    Text(text::Writer<'a>),
    /// Text of another character set than UTF-8.
    Recoded(text::Writer<'a>, &'static Charset),
    Binary(binary::Writer<'a>),
}

impl<'a> Cell<'a> {
    fn new(
        kind: Oid,
        array: &'a dyn Array,
        format: Format,
        rendering: &'a Rendering,
        charset: Option<&'static Charset>,
    ) -> Result<Self, Fault> {
        let text = || {
            let names: text::Names<'a> = &*rendering.name_of;
            text::Writer::new(array, kind, &rendering.style, Some(names))
        };
        Ok(match (format, charset) {
            (Format::Text, None) => Self::Text(text()?),
            (Format::Text, Some(charset)) => Self::Recoded(text()?, charset),
            (Format::Binary, _) => Self::Binary(binary::Writer::within(array, kind, charset)?),
        })
    }

    fn null(&self, row: usize) -> bool {
        match self {
            Self::Text(writer) | Self::Recoded(writer, _) => writer.null(row),
            Self::Binary(writer) => writer.null(row),
        }
    }

    /// Appends the value of a row that is not NULL.
    fn put(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        match self {
            Self::Text(writer) => writer.write(row, out),
            Self::Recoded(writer, charset) => {
                let from = out.len();
                writer.write(row, out)?;
                charset.rewrite(out, from)
            }
            Self::Binary(writer) => writer.write(row, out),
        }
    }

    /// Appends length and value; -1 is the length of NULL.
    fn sized(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.null(row) {
            out.extend_from_slice(&(-1_i32).to_be_bytes());
            return Ok(());
        }
        let at = out.len();
        out.extend_from_slice(&[0; 4]);
        self.put(row, out)?;
        let length = out.len() - at - 4;
        patch(out, at, length)
    }
}

/// Writes a length where its place was left.
pub(super) fn patch(out: &mut [u8], at: usize, length: usize) -> Result<(), Fault> {
    let length = i32::try_from(length).map_err(|_| {
        Fault::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            "a row is too long to be sent",
        )
    })?;
    match out.get_mut(at..at + 4) {
        Some(place) => place.copy_from_slice(&length.to_be_bytes()),
        None => return Err(Fault::internal("the place of a length is gone")),
    }
    Ok(())
}

/// The columns of one batch, ready to be written as DataRow messages.
pub(super) struct Rows<'a> {
    cells: Vec<Cell<'a>>,
    width: u16,
}

impl<'a> Rows<'a> {
    /// Builds the writers of a batch.
    pub(super) fn new(
        batch: &'a RecordBatch,
        columns: &[Column],
        formats: &[Format],
        rendering: &'a Rendering,
    ) -> Result<Self, Fault> {
        if batch.num_columns() != columns.len() || formats.len() != columns.len() {
            return Err(Fault::internal(format!(
                "{} columns were announced and {} came",
                columns.len(),
                batch.num_columns()
            )));
        }
        let cells = batch
            .columns()
            .iter()
            .zip(columns)
            .zip(formats)
            .map(|((array, column), format)| {
                let kind = column.kind.oid;
                Cell::new(kind, array, *format, rendering, rendering.charset)
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            width: u16::try_from(cells.len())
                .map_err(|_| Fault::new(SqlState::TOO_MANY_COLUMNS, "too many columns"))?,
            cells,
        })
    }

    /// Appends one row; nothing of it when a value has no such form.
    pub(super) fn write(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        let before = out.len();
        let written = self.append(row, out);
        if written.is_err() {
            out.truncate(before);
        }
        written
    }

    fn append(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        out.push(b'D');
        let at = out.len();
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.width.to_be_bytes());
        for cell in &self.cells {
            cell.sized(row, out)?;
        }
        let length = out.len() - at;
        patch(out, at, length)
    }
}

/// `pg_type.typlen`: bytes of a value, -1 when it varies, -2 when a zero byte ends it.
pub(super) fn size(kind: Oid) -> i16 {
    match kind {
        t::BOOL | t::CHAR => 1,
        t::INT2 => 2,
        t::INT8
        | t::FLOAT8
        | t::MONEY
        | t::TIME
        | t::TIMESTAMP
        | t::TIMESTAMPTZ
        | t::XID8
        | t::PG_LSN
        | t::INTERNAL => 8,
        t::INT4 | t::FLOAT4 | t::DATE | t::XID | t::CID => 4,
        t::VOID | t::TRIGGER | t::ANY | t::ANYELEMENT | t::ANYNONARRAY | t::ANYENUM => 4,
        t::TID | t::MACADDR => 6,
        t::TIMETZ | t::ACLITEM => 12,
        t::INTERVAL | t::UUID | t::POINT => 16,
        t::NAME => 64,
        t::UNKNOWN | t::CSTRING => -2,
        other if t::oid_like(other) => 4,
        _ => -1,
    }
}
