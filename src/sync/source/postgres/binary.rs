//! The rows of `COPY … TO STDOUT (FORMAT binary)`, as PostgreSQL's manual describes it: a head, per
//! row the number of fields and each field with its length, -1 at the end.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, FixedSizeBinaryBuilder, Float32Builder,
    Float64Builder, Int16Builder, Int32Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};

use crate::config::limits::SyncLimits;
use crate::ident::Oid;
use crate::pg::datetime::{DATE_INFINITY, DATE_NEGATIVE_INFINITY, INFINITY, NEGATIVE_INFINITY};
use crate::pg::types;
use crate::sync::source::{RawBatch, RawColumn, Refusal};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// The signature, flags, and the length of what may follow them.
const HEAD_BYTES: usize = 19;
/// Bytes after which a batch is passed on before it has all its rows.
const BATCH_BYTES: usize = 8 << 20;
/// Days and microseconds from 1970 to 2000, where PostgreSQL counts from.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = 946_684_800_000_000;
const UUID_BYTES: i32 = 16;

/// How the values of a column are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Date,
    Timestamp,
    TimestampTz,
    Uuid,
    Bytea,
    Text,
    /// A version before the text.
    Jsonb,
}

impl Form {
    /// How a column is sent, and whether it is to be cast to text before. Only a column that is
    /// just what is declared comes with its own type; of everything else the text is wanted, from
    /// which there is one set of conversions.
    pub(super) fn of(sent: Oid, declared: Option<Oid>) -> (Self, bool) {
        let form = match sent {
            types::TEXT | types::VARCHAR | types::BPCHAR | types::NAME | types::JSON => Self::Text,
            types::JSONB => Self::Jsonb,
            _ if declared != Some(sent) => return (Self::Text, true),
            types::BOOL => Self::Bool,
            types::INT2 => Self::Int2,
            types::INT4 => Self::Int4,
            types::INT8 => Self::Int8,
            types::FLOAT4 => Self::Float4,
            types::FLOAT8 => Self::Float8,
            types::DATE => Self::Date,
            types::TIMESTAMP => Self::Timestamp,
            types::TIMESTAMPTZ => Self::TimestampTz,
            types::UUID => Self::Uuid,
            types::BYTEA => Self::Bytea,
            _ => return (Self::Text, true),
        };
        (form, false)
    }

    fn values(self) -> Values {
        match self {
            Self::Bool => Values::Bool(BooleanBuilder::new()),
            Self::Int2 => Values::Int2(Int16Builder::new()),
            Self::Int4 => Values::Int4(Int32Builder::new()),
            Self::Int8 => Values::Int8(Int64Builder::new()),
            Self::Float4 => Values::Float4(Float32Builder::new()),
            Self::Float8 => Values::Float8(Float64Builder::new()),
            Self::Date => Values::Date(Date32Builder::new()),
            Self::Timestamp => Values::Timestamp(TimestampMicrosecondBuilder::new()),
            Self::TimestampTz => {
                Values::Timestamp(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            }
            Self::Uuid => Values::Uuid(FixedSizeBinaryBuilder::new(UUID_BYTES)),
            Self::Bytea => Values::Bytea(BinaryBuilder::new()),
            Self::Text => Values::Text(StringBuilder::new()),
            Self::Jsonb => Values::Text(StringBuilder::new()),
        }
    }
}

/// One value taken out of its bytes.
enum Value<'a> {
    Bool(bool),
    Int2(i16),
    Int4(i32),
    Int8(i64),
    Float4(f32),
    Float8(f64),
    Bytes(&'a [u8]),
    Text(&'a str),
}

/// Why a value is none.
enum Misfit {
    /// The row is refused, as it would be out of a file.
    Row(&'static str),
    /// These are not the bytes of such a value.
    Protocol,
}

fn value(form: Form, bytes: &[u8]) -> Result<Value<'_>, Misfit> {
    Ok(match form {
        Form::Bool => Value::Bool(fixed::<1>(bytes)? != [0]),
        Form::Int2 => Value::Int2(i16::from_be_bytes(fixed(bytes)?)),
        Form::Int4 => Value::Int4(i32::from_be_bytes(fixed(bytes)?)),
        Form::Int8 => Value::Int8(i64::from_be_bytes(fixed(bytes)?)),
        Form::Float4 => Value::Float4(f32::from_be_bytes(fixed(bytes)?)),
        Form::Float8 => Value::Float8(f64::from_be_bytes(fixed(bytes)?)),
        Form::Date => {
            let days = i32::from_be_bytes(fixed(bytes)?);
            Value::Int4(match days {
                DATE_INFINITY | DATE_NEGATIVE_INFINITY => days,
                days => days
                    .checked_add(EPOCH_DAYS)
                    .ok_or(Misfit::Row("date out of range"))?,
            })
        }
        Form::Timestamp | Form::TimestampTz => {
            let micros = i64::from_be_bytes(fixed(bytes)?);
            Value::Int8(match micros {
                INFINITY | NEGATIVE_INFINITY => micros,
                micros => micros
                    .checked_add(EPOCH_MICROS)
                    .ok_or(Misfit::Row("timestamp out of range"))?,
            })
        }
        Form::Uuid if bytes.len() == 16 => Value::Bytes(bytes),
        Form::Uuid => return Err(Misfit::Protocol),
        Form::Bytea => Value::Bytes(bytes),
        Form::Text => Value::Text(text(bytes)?),
        Form::Jsonb => match bytes.split_first() {
            Some((1, rest)) => Value::Text(text(rest)?),
            _ => return Err(Misfit::Protocol),
        },
    })
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Misfit> {
    bytes.try_into().map_err(|_| Misfit::Protocol)
}

fn text(bytes: &[u8]) -> Result<&str, Misfit> {
    std::str::from_utf8(bytes).map_err(|_| Misfit::Row("invalid byte sequence for UTF8"))
}

/// The values of one column so far.
enum Values {
    Bool(BooleanBuilder),
    Int2(Int16Builder),
    Int4(Int32Builder),
    Int8(Int64Builder),
    Float4(Float32Builder),
    Float8(Float64Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Uuid(FixedSizeBinaryBuilder),
    Bytea(BinaryBuilder),
    Text(StringBuilder),
}

impl Values {
    /// Appends a value that [`value`] took out for the same form.
    fn append(&mut self, value: Option<&Value<'_>>) -> Option<()> {
        match (self, value) {
            (Self::Bool(to), Some(Value::Bool(value))) => to.append_value(*value),
            (Self::Int2(to), Some(Value::Int2(value))) => to.append_value(*value),
            (Self::Int4(to), Some(Value::Int4(value))) => to.append_value(*value),
            (Self::Int8(to), Some(Value::Int8(value))) => to.append_value(*value),
            (Self::Float4(to), Some(Value::Float4(value))) => to.append_value(*value),
            (Self::Float8(to), Some(Value::Float8(value))) => to.append_value(*value),
            (Self::Date(to), Some(Value::Int4(value))) => to.append_value(*value),
            (Self::Timestamp(to), Some(Value::Int8(value))) => to.append_value(*value),
            (Self::Uuid(to), Some(Value::Bytes(value))) => to.append_value(value).ok()?,
            (Self::Bytea(to), Some(Value::Bytes(value))) => to.append_value(value),
            (Self::Text(to), Some(Value::Text(value))) => to.append_value(value),
            (Self::Bool(to), None) => to.append_null(),
            (Self::Int2(to), None) => to.append_null(),
            (Self::Int4(to), None) => to.append_null(),
            (Self::Int8(to), None) => to.append_null(),
            (Self::Float4(to), None) => to.append_null(),
            (Self::Float8(to), None) => to.append_null(),
            (Self::Date(to), None) => to.append_null(),
            (Self::Timestamp(to), None) => to.append_null(),
            (Self::Uuid(to), None) => to.append_null(),
            (Self::Bytea(to), None) => to.append_null(),
            (Self::Text(to), None) => to.append_null(),
            (_, Some(_)) => return None,
        }
        Some(())
    }

    fn finish(&mut self) -> RawColumn {
        let typed: ArrayRef = match self {
            Self::Text(texts) => return RawColumn::Text(texts.finish()),
            Self::Bool(values) => Arc::new(values.finish()),
            Self::Int2(values) => Arc::new(values.finish()),
            Self::Int4(values) => Arc::new(values.finish()),
            Self::Int8(values) => Arc::new(values.finish()),
            Self::Float4(values) => Arc::new(values.finish()),
            Self::Float8(values) => Arc::new(values.finish()),
            Self::Date(values) => Arc::new(values.finish()),
            Self::Timestamp(values) => Arc::new(values.finish()),
            Self::Uuid(values) => Arc::new(values.finish()),
            Self::Bytea(values) => Arc::new(values.finish()),
        };
        RawColumn::Typed(typed)
    }
}

/// Makes batches of what comes in.
pub(super) struct Decoder {
    file: Arc<str>,
    names: Arc<[String]>,
    forms: Vec<Form>,
    limits: SyncLimits,
    /// Bytes of a row that is not complete yet.
    rest: Vec<u8>,
    state: State,
    /// Rows so far.
    rows: u64,
    values: Vec<Values>,
    lines: Vec<u64>,
    refused: Vec<Refusal>,
    /// Bytes in the batch at work.
    bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Rows,
    Ended,
}

/// What stands at the beginning of some bytes.
enum Next {
    /// Less than is needed to tell.
    Part,
    Head(usize),
    /// The fields' places, and how long the row is.
    Row(Vec<Option<Range<usize>>>, usize),
    End,
}

impl Decoder {
    pub(super) fn new(
        file: Arc<str>,
        columns: impl IntoIterator<Item = (String, Form)>,
        limits: &SyncLimits,
    ) -> Self {
        let (names, forms): (Vec<String>, Vec<Form>) = columns.into_iter().unzip();
        Self {
            file,
            names: names.into(),
            values: forms.iter().map(|form| form.values()).collect(),
            forms,
            limits: limits.clone(),
            rest: Vec::new(),
            state: State::Head,
            rows: 0,
            lines: Vec::new(),
            refused: Vec::new(),
            bytes: 0,
        }
    }

    /// Rows taken so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether the last row was followed by the end.
    pub(super) fn ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Whether the batch is large enough to be passed on.
    pub(super) fn full(&self) -> bool {
        self.lines.len() + self.refused.len() >= self.limits.batch_rows || self.bytes >= BATCH_BYTES
    }

    /// Takes the next bytes; on an error says why.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut kept = std::mem::take(&mut self.rest);
        if kept.is_empty() {
            let used = self.rows_of(bytes)?;
            kept.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            kept.extend_from_slice(bytes);
            let used = self.rows_of(&kept)?;
            kept.drain(..used);
        }
        if kept.len() > self.limits.row_bytes {
            return Err(format!(
                "a row is over the limit of {}",
                self.limits.row_bytes
            ));
        }
        self.rest = kept;
        Ok(())
    }

    /// Takes the whole rows at the beginning; says how many bytes that were.
    fn rows_of(&mut self, bytes: &[u8]) -> Result<usize, String> {
        let mut used = 0;
        while let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
            let next = self
                .next(rest)
                .ok_or("the source does not speak COPY in binary")?;
            match next {
                Next::Part => break,
                Next::Head(length) => {
                    self.state = State::Rows;
                    used += length;
                }
                Next::End => {
                    self.state = State::Ended;
                    used += 2;
                }
                Next::Row(fields, length) => {
                    if length > self.limits.row_bytes {
                        return Err(format!(
                            "a row is over the limit of {}",
                            self.limits.row_bytes
                        ));
                    }
                    self.row(rest.get(..length).unwrap_or_default(), &fields)?;
                    used += length;
                }
            }
        }
        Ok(used)
    }

    /// `None` when these bytes cannot be what comes next.
    fn next(&self, bytes: &[u8]) -> Option<Next> {
        match self.state {
            State::Ended => None,
            State::Head => {
                let Some(head) = bytes.get(..HEAD_BYTES) else {
                    return Some(Next::Part);
                };
                let more = u32::from_be_bytes(head.get(HEAD_BYTES - 4..)?.try_into().ok()?);
                let length = HEAD_BYTES.checked_add(usize::try_from(more).ok()?)?;
                head.starts_with(SIGNATURE).then_some(())?;
                Some(if bytes.len() < length {
                    Next::Part
                } else {
                    Next::Head(length)
                })
            }
            State::Rows => {
                let Some(count) = bytes.get(..2) else {
                    return Some(Next::Part);
                };
                let count = i16::from_be_bytes(count.try_into().ok()?);
                if count == -1 {
                    return Some(Next::End);
                }
                (usize::try_from(count).ok()? == self.forms.len()).then_some(())?;
                let mut at: usize = 2;
                let mut fields = Vec::with_capacity(self.forms.len());
                for _ in 0..count {
                    let Some(length) = bytes.get(at..at + 4) else {
                        return Some(Next::Part);
                    };
                    let length = i32::from_be_bytes(length.try_into().ok()?);
                    at += 4;
                    if length == -1 {
                        fields.push(None);
                        continue;
                    }
                    let end = at.checked_add(usize::try_from(length).ok()?)?;
                    if bytes.len() < end {
                        return Some(Next::Part);
                    }
                    fields.push(Some(at..end));
                    at = end;
                }
                Some(Next::Row(fields, at))
            }
        }
    }

    fn row(&mut self, bytes: &[u8], fields: &[Option<Range<usize>>]) -> Result<(), String> {
        self.rows += 1;
        let mut taken = Vec::with_capacity(fields.len());
        for (at, field) in fields.iter().enumerate() {
            let Some((field, form)) = field.clone().zip(self.forms.get(at)) else {
                taken.push(None);
                continue;
            };
            let field = bytes.get(field).unwrap_or_default();
            let misfit = match value(*form, field) {
                Ok(_) if field.len() > self.limits.value_bytes => {
                    Misfit::Row("a value is too long")
                }
                Ok(value) => {
                    taken.push(Some(value));
                    continue;
                }
                Err(misfit) => misfit,
            };
            let name = self.names.get(at).cloned().unwrap_or_default();
            let Misfit::Row(reason) = misfit else {
                return Err(format!("column {name} has bytes of another type"));
            };
            self.refused.push(Refusal {
                line: self.rows,
                column: Some(name),
                reason: reason.to_owned(),
                detail: None,
                record: None,
            });
            return Ok(());
        }
        for (values, value) in self.values.iter_mut().zip(&taken) {
            let appended = values.append(value.as_ref());
            appended.ok_or("a value is of another type than its column")?;
        }
        self.bytes += bytes.len();
        self.lines.push(self.rows);
        Ok(())
    }

    /// The rows since the last batch; `None` when there are none.
    pub(super) fn batch(&mut self) -> Option<RawBatch> {
        if self.lines.is_empty() && self.refused.is_empty() {
            return None;
        }
        self.bytes = 0;
        Some(RawBatch {
            file: Arc::clone(&self.file),
            lines: std::mem::take(&mut self.lines),
            names: Arc::clone(&self.names),
            columns: self.values.iter_mut().map(Values::finish).collect(),
            refused: std::mem::take(&mut self.refused),
        })
    }
}
