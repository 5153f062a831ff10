//! From text to stored values, a column at a time: what casts, COPY-like input and literals use.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayBuilder, ArrayRef, BinaryViewBuilder, BooleanArray, BooleanBuilder, Date32Builder,
    FixedSizeBinaryBuilder, Float32Builder, Float64Builder, Int16Builder, Int32Builder,
    Int64Builder, IntervalMonthDayNanoBuilder, ListArray, NullBufferBuilder, StringViewBuilder,
    Time64MicrosecondBuilder, TimestampMicrosecondBuilder, UInt32Builder, UInt64Builder,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field};

use super::literal::{self, Literal};
use super::{Style, join_timetz, scalar};
use crate::ident::Oid;
use crate::pg::array::{Dimension, Shape, Shapes};
use crate::pg::datetime::{self, Reading};
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, Type, array, interval, json, jsonpath, printed, types};

/// Reads texts into one array of a type's storage.
pub struct Reader {
    kind: Type,
    style: Style,
    now: i64,
    builder: Builder,
    scratch: Vec<u8>,
}

enum Builder {
    Bool(BooleanBuilder),
    Int2(Int16Builder),
    Int4(Int32Builder),
    Int8(Int64Builder),
    UInt4(UInt32Builder, &'static str),
    UInt8(UInt64Builder),
    Float4(Float32Builder),
    Float8(Float64Builder),
    Text(StringViewBuilder, Form),
    Bytes(BinaryViewBuilder),
    Numeric(BinaryViewBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    TimeTz(FixedSizeBinaryBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    TimestampTz(TimestampMicrosecondBuilder),
    Interval(IntervalMonthDayNanoBuilder),
    Uuid(FixedSizeBinaryBuilder),
    List {
        inner: Box<Reader>,
        offsets: Vec<i32>,
        nulls: NullBufferBuilder,
        shapes: Shapes,
        /// Elements of lists that failed half way; left out by `finish`.
        orphans: Vec<Range<usize>>,
    },
}

/// What a text-stored type does to its input.
#[derive(Clone, Copy)]
enum Form {
    Plain,
    Varchar,
    Padded,
    Name,
    Byte,
    Json,
    Jsonb,
    Path,
    Printed,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Says why values of a type are not read from text, if they are not.
fn unread(oid: Oid) -> Option<Fault> {
    let state = crate::pg::SqlState::FEATURE_NOT_SUPPORTED;
    let name = || crate::pg::typename::format_type(Type::plain(oid));
    match oid {
        types::TRIGGER | types::INTERNAL | types::PG_NODE_TREE => Some(Fault::new(
            state,
            format!("cannot accept a value of type {}", name()),
        )),
        // Geometry: kept from being taken for text.
        Oid(600..=604 | 628 | 718 | 3642) => {
            Some(Fault::unsupported(format!("input of type {}", name())))
        }
        types::RECORD => Some(Fault::new(
            state,
            "input of anonymous composite types is not implemented",
        )),
        oid if types::row_type(oid) => Some(Fault::unsupported("input of rows in this place")),
        _ => None,
    }
}

/// Reads and appends texts one after the other.
fn each<'t, T>(
    texts: impl Iterator<Item = Option<&'t str>>,
    read: impl Fn(&str) -> Result<T, Fault>,
    mut append: impl FnMut(Option<T>),
    mut refused: impl FnMut(usize, Fault),
) {
    for (at, text) in texts.enumerate() {
        let value = text.map(&read).transpose();
        append(value.unwrap_or_else(|fault| {
            refused(at, fault);
            None
        }));
    }
}

fn builder(kind: Type, style: &Style, now: i64) -> Result<Builder, Fault> {
    let text = |form| Builder::Text(StringViewBuilder::new(), form);
    Ok(match kind.oid {
        types::BOOL => Builder::Bool(BooleanBuilder::new()),
        types::INT2 => Builder::Int2(Int16Builder::new()),
        types::INT4 => Builder::Int4(Int32Builder::new()),
        types::INT8 => Builder::Int8(Int64Builder::new()),
        types::XID => Builder::UInt4(UInt32Builder::new(), "xid"),
        types::CID => Builder::UInt4(UInt32Builder::new(), "cid"),
        types::XID8 => Builder::UInt8(UInt64Builder::new()),
        types::FLOAT4 => Builder::Float4(Float32Builder::new()),
        types::FLOAT8 => Builder::Float8(Float64Builder::new()),
        types::BYTEA => Builder::Bytes(BinaryViewBuilder::new()),
        types::NUMERIC => Builder::Numeric(BinaryViewBuilder::new()),
        types::DATE => Builder::Date(Date32Builder::new()),
        types::TIME => Builder::Time(Time64MicrosecondBuilder::new()),
        types::TIMETZ => Builder::TimeTz(FixedSizeBinaryBuilder::new(12)),
        types::TIMESTAMP => Builder::Timestamp(TimestampMicrosecondBuilder::new()),
        types::TIMESTAMPTZ => Builder::TimestampTz(
            TimestampMicrosecondBuilder::new().with_data_type(types::storage(types::TIMESTAMPTZ)),
        ),
        types::INTERVAL => Builder::Interval(IntervalMonthDayNanoBuilder::new()),
        types::UUID => Builder::Uuid(FixedSizeBinaryBuilder::new(16)),
        types::VARCHAR => text(Form::Varchar),
        types::BPCHAR => text(Form::Padded),
        types::NAME => text(Form::Name),
        types::CHAR => text(Form::Byte),
        types::JSON => text(Form::Json),
        types::JSONB => text(Form::Jsonb),
        types::JSONPATH => text(Form::Path),
        oid if let Some(fault) = unread(oid) => return Err(fault),
        oid if types::oid_like(oid) => Builder::UInt4(UInt32Builder::new(), "oid"),
        oid => match types::element(oid) {
            Some(element) => Builder::List {
                inner: Box::new(Reader::new(
                    Type {
                        oid: element,
                        modifier: kind.modifier,
                    },
                    style,
                    now,
                )?),
                offsets: vec![0],
                nulls: NullBufferBuilder::new(0),
                shapes: Shapes::default(),
                orphans: Vec::new(),
            },
            None if printed::known(oid) => text(Form::Printed),
            None => text(Form::Plain),
        },
    })
}

impl Reader {
    /// A reader of values of `kind`, its modifier applied. `now` (microseconds since 1970 UTC) is
    /// what `now` and `today` mean.
    pub fn new(kind: Type, style: &Style, now: i64) -> Result<Self, Fault> {
        Ok(Self {
            kind,
            style: style.clone(),
            now,
            builder: builder(kind, style, now)?,
            scratch: Vec::new(),
        })
    }

    /// How many values were appended since the last `finish`.
    pub fn len(&self) -> usize {
        match &self.builder {
            Builder::Bool(b) => b.len(),
            Builder::Int2(b) => b.len(),
            Builder::Int4(b) => b.len(),
            Builder::Int8(b) => b.len(),
            Builder::UInt4(b, _) => b.len(),
            Builder::UInt8(b) => b.len(),
            Builder::Float4(b) => b.len(),
            Builder::Float8(b) => b.len(),
            Builder::Text(b, _) => b.len(),
            Builder::Bytes(b) | Builder::Numeric(b) => b.len(),
            Builder::Date(b) => b.len(),
            Builder::Time(b) => b.len(),
            Builder::TimeTz(b) | Builder::Uuid(b) => b.len(),
            Builder::Timestamp(b) | Builder::TimestampTz(b) => b.len(),
            Builder::Interval(b) => b.len(),
            Builder::List { nulls, .. } => nulls.len(),
        }
    }

    /// Whether nothing was appended since the last `finish`.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends NULL.
    pub fn append_null(&mut self) {
        match &mut self.builder {
            Builder::Bool(b) => b.append_null(),
            Builder::Int2(b) => b.append_null(),
            Builder::Int4(b) => b.append_null(),
            Builder::Int8(b) => b.append_null(),
            Builder::UInt4(b, _) => b.append_null(),
            Builder::UInt8(b) => b.append_null(),
            Builder::Float4(b) => b.append_null(),
            Builder::Float8(b) => b.append_null(),
            Builder::Text(b, _) => b.append_null(),
            Builder::Bytes(b) | Builder::Numeric(b) => b.append_null(),
            Builder::Date(b) => b.append_null(),
            Builder::Time(b) => b.append_null(),
            Builder::TimeTz(b) | Builder::Uuid(b) => b.append_null(),
            Builder::Timestamp(b) | Builder::TimestampTz(b) => b.append_null(),
            Builder::Interval(b) => b.append_null(),
            Builder::List {
                offsets,
                nulls,
                shapes,
                ..
            } => {
                offsets.push(offsets.last().copied().unwrap_or(0));
                nulls.append_null();
                shapes.push(None, 0);
            }
        }
    }

    /// Appends the value of a text; on an error nothing is appended.
    pub fn append(&mut self, text: &str) -> Result<(), Fault> {
        let reading = Reading {
            style: &self.style,
            now: self.now,
        };
        let modifier = self.kind.modifier;
        match &mut self.builder {
            Builder::Bool(b) => b.append_value(scalar::read_bool(text)?),
            Builder::Int2(b) => b.append_value(scalar::read_integer(text, "smallint")?),
            Builder::Int4(b) => b.append_value(scalar::read_integer(text, "integer")?),
            Builder::Int8(b) => b.append_value(scalar::read_integer(text, "bigint")?),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the low half of the number is what an xid is"
            )]
            Builder::UInt4(b, "xid" | "cid") => {
                b.append_value(scalar::read_transaction(text) as u32);
            }
            Builder::UInt4(b, name) => b.append_value(scalar::read_oid(text, name)?),
            Builder::UInt8(b) => {
                b.append_value(scalar::read_transaction(text));
            }
            Builder::Float4(b) => b.append_value(scalar::read_f32(text)?),
            Builder::Float8(b) => b.append_value(scalar::read_f64(text)?),
            Builder::Text(b, Form::Printed) => {
                b.append_value(printed::read(self.kind, text, &self.style, self.now)?);
            }
            Builder::Text(b, form) => append_text(b, *form, text, modifier)?,
            Builder::Bytes(b) => b.append_value(scalar::read_bytea(text)?),
            Builder::Numeric(b) => {
                self.scratch.clear();
                Numeric::parse(text)?
                    .with_modifier(modifier)?
                    .encode(&mut self.scratch);
                b.append_value(&self.scratch);
            }
            Builder::Date(b) => b.append_value(datetime::read_date(text, reading)?),
            Builder::Time(b) => {
                let micros = datetime::read_time(text, reading)?;
                b.append_value(datetime::round_time(micros, modifier));
            }
            Builder::TimeTz(b) => {
                let (micros, west) = datetime::read_timetz(text, reading)?;
                let micros = datetime::round_time(micros, modifier);
                b.append_value(join_timetz(micros, west))
                    .map_err(|_| Fault::internal("timetz width differs"))?;
            }
            Builder::Timestamp(b) => {
                let micros = datetime::read_timestamp(text, reading)?;
                b.append_value(datetime::round_timestamp(micros, modifier));
            }
            Builder::TimestampTz(b) => {
                let micros = datetime::read_timestamptz(text, reading)?;
                b.append_value(datetime::round_timestamp(micros, modifier));
            }
            Builder::Interval(b) => {
                let value = interval::read(text, self.style.interval_style, modifier)?;
                b.append_value(value.to_arrow());
            }
            Builder::Uuid(b) => b
                .append_value(scalar::read_uuid(text)?)
                .map_err(|_| Fault::internal("uuid width differs"))?,
            Builder::List { .. } => self.append_list(text)?,
        }
        Ok(())
    }

    /// Appends the values of many texts, NULL for None. One that is no value is told to `refused` with
    /// its place among them, and is NULL too.
    pub fn append_all<'t>(
        &mut self,
        texts: impl Iterator<Item = Option<&'t str>>,
        mut refused: impl FnMut(usize, Fault),
    ) {
        let reading = Reading {
            style: &self.style,
            now: self.now,
        };
        let modifier = self.kind.modifier;
        let time = |micros| datetime::round_timestamp(micros, modifier);
        // Those that exports have most, each read in a loop of its own.
        match &mut self.builder {
            Builder::Bool(b) => each(
                texts,
                scalar::read_bool,
                |one| b.append_option(one),
                refused,
            ),
            Builder::Int4(b) => {
                let read = |text: &str| scalar::read_integer(text, "integer");
                each(texts, read, |one| b.append_option(one), refused);
            }
            Builder::Int8(b) => {
                let read = |text: &str| scalar::read_integer(text, "bigint");
                each(texts, read, |one| b.append_option(one), refused);
            }
            Builder::Timestamp(b) => {
                let read = |text: &str| datetime::read_timestamp(text, reading).map(time);
                each(texts, read, |one| b.append_option(one), refused);
            }
            Builder::TimestampTz(b) => {
                let read = |text: &str| datetime::read_timestamptz(text, reading).map(time);
                each(texts, read, |one| b.append_option(one), refused);
            }
            _ => {
                for (at, text) in texts.enumerate() {
                    let appended = text.map(|text| self.append(text));
                    if !matches!(appended, Some(Ok(()))) {
                        self.append_null();
                    }
                    if let Some(Err(fault)) = appended {
                        refused(at, fault);
                    }
                }
            }
        }
    }

    fn append_list(&mut self, text: &str) -> Result<(), Fault> {
        let literal = if types::vector(self.kind.oid) {
            vector(text)?
        } else {
            literal::read_array(text)?
        };
        self.append_literal(&literal)
    }

    /// Appends an array of a literal that was read before; on an error nothing is appended.
    pub fn append_literal(&mut self, literal: &Literal) -> Result<(), Fault> {
        let Builder::List {
            inner,
            offsets,
            nulls,
            shapes,
            orphans,
        } = &mut self.builder
        else {
            return Err(Fault::internal("not a list"));
        };
        let before = inner.len();
        for element in &literal.elements {
            let appended = match element {
                Some(text) => inner.append(text),
                None => {
                    inner.append_null();
                    Ok(())
                }
            };
            if let Err(fault) = appended {
                orphans.push(before..inner.len());
                return Err(fault);
            }
        }
        let kept = inner.len() - orphans.iter().map(Range::len).sum::<usize>();
        let end = i32::try_from(kept).map_err(|_| array::too_many_elements())?;
        offsets.push(end);
        nulls.append_non_null();
        shapes.push(Some(&literal.shape), literal.elements.len());
        Ok(())
    }

    /// The array of everything appended; the reader is empty again.
    pub fn finish(&mut self) -> Result<ArrayRef, Fault> {
        Ok(match &mut self.builder {
            Builder::Bool(b) => Arc::new(b.finish()),
            Builder::Int2(b) => Arc::new(b.finish()),
            Builder::Int4(b) => Arc::new(b.finish()),
            Builder::Int8(b) => Arc::new(b.finish()),
            Builder::UInt4(b, _) => Arc::new(b.finish()),
            Builder::UInt8(b) => Arc::new(b.finish()),
            Builder::Float4(b) => Arc::new(b.finish()),
            Builder::Float8(b) => Arc::new(b.finish()),
            Builder::Text(b, _) => Arc::new(b.finish()),
            Builder::Bytes(b) | Builder::Numeric(b) => Arc::new(b.finish()),
            Builder::Date(b) => Arc::new(b.finish()),
            Builder::Time(b) => Arc::new(b.finish()),
            Builder::TimeTz(b) | Builder::Uuid(b) => Arc::new(b.finish()),
            Builder::Timestamp(b) | Builder::TimestampTz(b) => Arc::new(b.finish()),
            Builder::Interval(b) => Arc::new(b.finish()),
            Builder::List {
                inner,
                offsets,
                nulls,
                shapes,
                orphans,
            } => {
                let offsets = std::mem::replace(offsets, vec![0]);
                let values = without(&inner.finish()?, &std::mem::take(orphans))?;
                let item = Field::new("item", values.data_type().clone(), true);
                let list = ListArray::try_new(
                    Arc::new(item),
                    OffsetBuffer::new(ScalarBuffer::from(offsets)),
                    values,
                    nulls.finish(),
                );
                shapes.over(list.map_err(|_| Fault::internal("list parts differ"))?)?
            }
        })
    }

    /// The storage type of what `finish` gives.
    pub fn storage(&self) -> DataType {
        types::storage(self.kind.oid)
    }
}

/// Numbers between blanks, from subscript 0.
fn vector(text: &str) -> Result<Literal, Fault> {
    let words = text.split_ascii_whitespace();
    let elements: Vec<_> = words.map(|word| Some(word.to_owned())).collect();
    let length = i32::try_from(elements.len()).map_err(|_| array::too_many_elements())?;
    let shape = Shape::line(Dimension { length, lower: 0 });
    Ok(Literal { elements, shape })
}

/// The array without some ranges of it.
fn without(array: &ArrayRef, ranges: &[Range<usize>]) -> Result<ArrayRef, Fault> {
    if ranges.is_empty() {
        return Ok(Arc::clone(array));
    }
    let kept: BooleanArray = (0..array.len())
        .map(|at| Some(!ranges.iter().any(|range| range.contains(&at))))
        .collect();
    arrow::compute::filter(array, &kept).map_err(|_| Fault::internal("list parts differ"))
}

fn append_text(
    builder: &mut StringViewBuilder,
    form: Form,
    text: &str,
    modifier: i32,
) -> Result<(), Fault> {
    match form {
        Form::Plain | Form::Printed => builder.append_value(text),
        Form::Varchar | Form::Padded => {
            let padded = matches!(form, Form::Padded);
            match scalar::with_length(text, modifier, padded, false)? {
                Some(changed) => builder.append_value(changed),
                None => builder.append_value(text),
            }
        }
        Form::Name => builder.append_value(scalar::name(text)),
        Form::Byte => builder.append_value(scalar::char_of(text)),
        Form::Json => {
            json::check(text)?;
            builder.append_value(text);
        }
        Form::Jsonb => builder.append_value(json::normalize(text)?),
        Form::Path => builder.append_value(jsonpath::normalize(text)?),
    }
    Ok(())
}

/// Reads one value; for literals and parameters.
pub fn read(kind: Type, text: &str, style: &Style, now: i64) -> Result<ArrayRef, Fault> {
    let mut reader = Reader::new(kind, style, now)?;
    reader.append(text)?;
    reader.finish()
}

/// Whether values of the type can be read from text here; `reg*` names need the catalog.
pub fn readable(oid: Oid) -> bool {
    oid != types::RECORD && (oid == types::OID || !types::oid_like(oid))
}
