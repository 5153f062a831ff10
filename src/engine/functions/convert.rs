//! Conversions through text: a type's output function, then another's input function.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, NullBufferBuilder, StructArray, UInt32Builder};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{Field, Fields};

use super::system::{format_reg, parse_reg};
use super::{Call, Context, Kernel};
use crate::engine::catalog::RelationColumn;
use crate::ident::Oid;
use crate::pg::array::Shapes;
use crate::pg::text::{Reader, Writer, literal, readable};
use crate::pg::{Fault, Type, types};

/// Reads one text as a value of a type.
pub(crate) fn input(kind: Type, text: &str, context: &Context) -> Result<ArrayRef, Fault> {
    let mut target = Target::new(kind, context)?;
    target.append(text)?;
    if kind.oid == types::JSONPATH {
        super::json::check_path(text)?;
    }
    target.finish()
}

/// Converts any type to any other by its text.
pub(crate) fn io_cast(source: Type, target: Type) -> Kernel {
    Arc::new(move |call: &Call<'_>| {
        let values = call.spread(0)?;
        let names = |kind: Oid, oid: u32| Some(format_reg(kind, oid, call.context));
        let writer = Writer::new(
            values.as_ref(),
            source.oid,
            &call.context.settings.style,
            Some(&names),
        )?;
        let mut result = Target::new(target, call.context)?;
        let mut text = Vec::new();
        for row in 0..values.len() {
            if writer.null(row) {
                result.append_null();
                continue;
            }
            text.clear();
            writer.write(row, &mut text)?;
            let text = std::str::from_utf8(&text)
                .map_err(|_| Fault::internal("output text is not UTF-8"))?;
            // Only character strings get boolean text as a full word.
            let words = matches!(target.oid, types::TEXT | types::VARCHAR | types::BPCHAR);
            let text = match text {
                "t" if words && source.oid == types::BOOL => "true",
                "f" if words && source.oid == types::BOOL => "false",
                other => other,
            };
            result.append(text)?;
        }
        result.finish()
    })
}

/// Builds an array from texts, names of catalog objects included.
pub(super) enum Target<'a> {
    Values(Reader),
    Names {
        kind: Oid,
        context: &'a Context,
        builder: UInt32Builder,
    },
    /// Rows of a table's type.
    Rows {
        fields: Fields,
        columns: Vec<Self>,
        present: NullBufferBuilder,
    },
    /// Arrays of rows.
    RowLists {
        rows: Box<Self>,
        lengths: Vec<usize>,
        present: NullBufferBuilder,
        shapes: Shapes,
    },
    /// Arrays of such names, read as arrays of numbers.
    Lists {
        kind: Oid,
        context: &'a Context,
        numbers: Reader,
    },
}

impl<'a> Target<'a> {
    /// For values of a type.
    pub(super) fn new(kind: Type, context: &'a Context) -> Result<Self, Fault> {
        if types::oid_like(kind.oid) && !readable(kind.oid) {
            return Ok(Self::Names {
                kind: kind.oid,
                context,
                builder: UInt32Builder::new(),
            });
        }
        if let Some(class) = context.catalog.class_of_type(kind.oid)
            && let Some(class) = context.catalog.class_by_oid(class)
        {
            return Self::rows(&class.columns, context);
        }
        if let Some(element) = types::element(kind.oid)
            && context.catalog.class_of_type(element).is_some()
        {
            return Ok(Self::RowLists {
                rows: Box::new(Self::new(Type::plain(element), context)?),
                lengths: Vec::new(),
                present: NullBufferBuilder::new(0),
                shapes: Shapes::default(),
            });
        }
        let style = &context.settings.style;
        if let Some(element) = types::element(kind.oid)
            && types::oid_like(element)
            && !readable(element)
        {
            return Ok(Self::Lists {
                kind: element,
                context,
                numbers: Reader::new(Type::plain(types::OID_ARRAY), style, 0)?,
            });
        }
        Reader::new(kind, style, context.transaction_start).map(Self::Values)
    }

    fn rows(declared: &[RelationColumn], context: &'a Context) -> Result<Self, Fault> {
        let fields = declared.iter().map(|column| {
            let oid = column.kind.oid;
            Field::new(&column.name, types::storage(oid), true)
                .with_metadata([(String::from(types::OID_KEY), oid.to_string())].into())
        });
        let columns = declared
            .iter()
            .map(|column| Self::new(column.kind, context));
        Ok(Self::Rows {
            fields: fields.collect(),
            columns: columns.collect::<Result<_, _>>()?,
            present: NullBufferBuilder::new(0),
        })
    }

    pub(super) fn append(&mut self, text: &str) -> Result<(), Fault> {
        match self {
            Self::Values(reader) => reader.append(text),
            Self::Names {
                kind,
                context,
                builder,
            } => {
                builder.append_value(parse_reg(*kind, text, context)?);
                Ok(())
            }
            Self::Rows {
                columns, present, ..
            } => {
                let values = literal::read_row(text, columns.len())?;
                for (column, value) in columns.iter_mut().zip(values) {
                    match value {
                        Some(value) => column.append(&value)?,
                        None => column.append_null(),
                    }
                }
                present.append_non_null();
                Ok(())
            }
            Self::RowLists {
                rows,
                lengths,
                present,
                shapes,
            } => {
                let literal = literal::read_array(text)?;
                for element in &literal.elements {
                    match element {
                        Some(text) => rows.append(text)?,
                        None => rows.append_null(),
                    }
                }
                lengths.push(literal.elements.len());
                present.append_non_null();
                shapes.push(Some(&literal.shape), literal.elements.len());
                Ok(())
            }
            Self::Lists {
                kind,
                context,
                numbers,
            } => {
                let mut literal = literal::read_array(text)?;
                for name in literal.elements.iter_mut().flatten() {
                    *name = parse_reg(*kind, name, context)?.to_string();
                }
                numbers.append_literal(&literal)
            }
        }
    }

    pub(super) fn append_null(&mut self) {
        match self {
            Self::Values(reader)
            | Self::Lists {
                numbers: reader, ..
            } => reader.append_null(),
            Self::Names { builder, .. } => builder.append_null(),
            Self::RowLists {
                lengths,
                present,
                shapes,
                ..
            } => {
                lengths.push(0);
                present.append_null();
                shapes.push(None, 0);
            }
            Self::Rows {
                columns, present, ..
            } => {
                columns.iter_mut().for_each(Self::append_null);
                present.append_null();
            }
        }
    }

    pub(super) fn finish(self) -> Result<ArrayRef, Fault> {
        match self {
            Self::Values(mut reader)
            | Self::Lists {
                numbers: mut reader,
                ..
            } => reader.finish(),
            Self::Names { mut builder, .. } => Ok(Arc::new(builder.finish())),
            Self::RowLists {
                rows,
                lengths,
                mut present,
                mut shapes,
            } => {
                let rows = rows.finish()?;
                let item = Arc::new(Field::new("item", rows.data_type().clone(), true));
                let offsets = OffsetBuffer::from_lengths(lengths);
                let list = ListArray::try_new(item, offsets, rows, present.finish())
                    .map_err(|_| Fault::internal("rows do not make arrays"))?;
                shapes.over(list)
            }
            Self::Rows {
                fields,
                columns,
                mut present,
            } => {
                let columns = columns.into_iter().map(Self::finish);
                let columns = columns.collect::<Result<_, _>>()?;
                StructArray::try_new(fields, columns, present.finish())
                    .map(|rows| Arc::new(rows) as ArrayRef)
                    .map_err(|_| Fault::internal("columns do not make rows"))
            }
        }
    }
}
