//! Conversions through text: a type's output function, then another's input function.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Builder};

use super::system::{format_reg, parse_reg};
use super::{Call, Context, Kernel};
use crate::ident::Oid;
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
        }
    }
}
