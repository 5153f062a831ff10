//! Making documents from values.

use arrow::array::{Array, ArrayRef};

use super::{invalid, texts};
use crate::engine::functions::call::{Bool, Call, Line, List, Output, Shaped};
use crate::engine::functions::registry::Registry;
use crate::engine::functions::system::format_reg;
use crate::ident::Oid;
use crate::pg::array::{self, Shape};
use crate::pg::json::{self, Json, Renderer};
use crate::pg::text::{Names, Style};
use crate::pg::{Fault, SqlState, Type, types};

pub(super) fn register(registry: &mut Registry) {
    for (kind, normal) in [("json", false), ("jsonb", true)] {
        registry.kernel(format!("to_{kind}(anyelement)"), move |call| {
            rendered(call, normal)
        });
        for signature in [
            format!("{kind}_build_array()"),
            format!("{kind}_build_array(any)"),
        ] {
            registry.kernel(signature, move |call| {
                call.apart(|call| built_array(call, normal))
            });
        }
        for signature in [
            format!("{kind}_build_object()"),
            format!("{kind}_build_object(any)"),
        ] {
            registry.kernel(signature, move |call| {
                call.apart(|call| built_object(call, normal))
            });
        }
        registry.kernel(format!("{kind}_object(_text)"), move |call| {
            let (pairs, shapes) = (call.input::<List>(0)?, call.input::<Shaped>(0)?);
            let rows = (0..call.rows).map(|row| match (pairs.at(row), shapes.at(row)) {
                (Some(pairs), Some(shape)) => {
                    pairing(&shape)?;
                    paired(&texts(&pairs)?, normal).map(Some)
                }
                _ => Ok(None),
            });
            String::collect(rows, call.rows, call.storage)
        });
        registry.binary::<Line, Line, String>(
            format!("{kind}_object(_text,_text)"),
            move |keys, values, _| {
                let (keys, values) = (texts(&keys?)?, texts(&values?)?);
                if keys.is_empty() != values.is_empty() {
                    return Err(array::wrong_subscripts());
                }
                if keys.len() != values.len() {
                    return Err(Fault::new(
                        SqlState::ARRAY_SUBSCRIPT_ERROR,
                        "mismatched array dimensions",
                    ));
                }
                let pairs: Vec<_> = keys
                    .into_iter()
                    .zip(values)
                    .flat_map(|(k, v)| [k, v])
                    .collect();
                paired(&pairs, normal)
            },
        );
    }
    registry.kernel("row_to_json(record)", |call| rendered(call, false));
    registry.kernel("array_to_json(anyarray)", |call| rendered(call, false));
    for signature in ["row_to_json(record,bool)", "array_to_json(anyarray,bool)"] {
        registry.kernel(signature, pretty);
    }
}

struct Argument {
    array: ArrayRef,
    constant: bool,
    kind: Type,
}

impl Argument {
    fn of(call: &Call<'_>, index: usize) -> Result<Self, Fault> {
        let (array, constant) = call.array(index)?;
        let kind = call.types.get(index).copied();
        Ok(Self {
            array,
            constant,
            kind: kind.unwrap_or(Type::plain(types::TEXT)),
        })
    }

    fn row(&self, row: usize) -> usize {
        if self.constant { 0 } else { row }
    }
}

fn arguments(call: &Call<'_>) -> Result<Vec<Argument>, Fault> {
    (0..call.types.len())
        .map(|index| Argument::of(call, index))
        .collect()
}

fn finished(text: String, normal: bool) -> Result<String, Fault> {
    if normal {
        json::normalize(&text)
    } else {
        Ok(text)
    }
}

fn rendered(call: &Call<'_>, normal: bool) -> Result<ArrayRef, Fault> {
    let argument = Argument::of(call, 0)?;
    let style = &call.context.settings.style;
    let names = |kind: Oid, oid: u32| Some(format_reg(kind, oid, call.context));
    let renderer = Renderer::new(&argument.array, argument.kind.oid, style, Some(&names))?;
    let rows = (0..call.rows).map(|row| {
        let row = argument.row(row);
        if argument.array.is_null(row) {
            return Ok(None);
        }
        let mut out = String::new();
        renderer.write(row, &mut out)?;
        finished(out, normal).map(Some)
    });
    String::collect(rows, call.rows, call.storage)
}

/// With line feeds between the parts of the outermost level.
fn pretty(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let argument = Argument::of(call, 0)?;
    let wanted = call.input::<Bool>(1)?;
    let style = &call.context.settings.style;
    let names = |kind: Oid, oid: u32| Some(format_reg(kind, oid, call.context));
    let renderer = Renderer::new(&argument.array, argument.kind.oid, style, Some(&names))?;
    let rows = (0..call.rows).map(|row| {
        let Some(lines) = wanted.at(row) else {
            return Ok(None);
        };
        let at = argument.row(row);
        if argument.array.is_null(at) {
            return Ok(None);
        }
        let mut out = String::new();
        renderer.write(at, &mut out)?;
        Ok(Some(if lines { broken_into_lines(&out)? } else { out }))
    });
    String::collect(rows, call.rows, call.storage)
}

fn broken_into_lines(text: &str) -> Result<String, Fault> {
    if let Some(members) = json::raw::members(text)? {
        let parts: Vec<String> = members
            .into_iter()
            .map(|(key, value)| {
                let mut part = String::new();
                json::quote(&key, &mut part);
                part.push(':');
                part.push_str(value);
                part
            })
            .collect();
        return Ok(format!("{{{}}}", parts.join(",\n ")));
    }
    match json::raw::elements(text) {
        Some(elements) => Ok(format!("[{}]", elements.join(",\n "))),
        None => Ok(text.to_owned()),
    }
}

fn built_array(call: &Call<'_>, normal: bool) -> Result<ArrayRef, Fault> {
    let arguments = arguments(call)?;
    let style = &call.context.settings.style;
    let names = |kind: Oid, oid: u32| Some(format_reg(kind, oid, call.context));
    let renderers = renderers(&arguments, style, &names)?;
    let rows = (0..call.rows).map(|row| {
        let mut out = String::from("[");
        for (at, (argument, renderer)) in arguments.iter().zip(&renderers).enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            renderer.write(argument.row(row), &mut out)?;
        }
        out.push(']');
        finished(out, normal).map(Some)
    });
    String::collect(rows, call.rows, call.storage)
}

fn renderers<'a>(
    arguments: &'a [Argument],
    style: &'a Style,
    names: Names<'a>,
) -> Result<Vec<Renderer<'a>>, Fault> {
    arguments
        .iter()
        .map(|argument| Renderer::new(&argument.array, argument.kind.oid, style, Some(names)))
        .collect()
}

fn built_object(call: &Call<'_>, normal: bool) -> Result<ArrayRef, Fault> {
    let arguments = arguments(call)?;
    let name = if normal {
        "jsonb_build_object()"
    } else {
        "json_build_object()"
    };
    if arguments.len() % 2 == 1 {
        return Err(
            invalid("argument list must have even number of elements").hint(format!(
                "The arguments of {name} must consist of alternating keys and values."
            )),
        );
    }
    let style = &call.context.settings.style;
    let names = |kind: Oid, oid: u32| Some(format_reg(kind, oid, call.context));
    let renderers = renderers(&arguments, style, &names)?;
    let rows = (0..call.rows).map(|row| {
        let mut out = String::from("{");
        for (at, (argument, renderer)) in arguments.iter().zip(&renderers).enumerate() {
            let row = argument.row(row);
            if at % 2 == 1 {
                out.push_str(" : ");
                renderer.write(row, &mut out)?;
                continue;
            }
            if at > 0 {
                out.push_str(", ");
            }
            if argument.array.is_null(row) {
                return Err(null_key(at, normal));
            }
            renderer.write_key(row, &mut out)?;
        }
        out.push('}');
        finished(out, normal).map(Some)
    });
    String::collect(rows, call.rows, call.storage)
}

fn null_key(at: usize, normal: bool) -> Fault {
    if normal {
        invalid(format!("argument {}: key must not be null", at + 1))
    } else {
        invalid(format!("argument {} cannot be null", at + 1)).hint("Object keys should be text.")
    }
}

/// Refuses arrays whose elements are not pairs of key and value.
fn pairing(shape: &Shape) -> Result<(), Fault> {
    let refused = |message| Err(Fault::new(SqlState::ARRAY_SUBSCRIPT_ERROR, message));
    match shape.dimensions() {
        [only] if only.length % 2 == 1 => refused("array must have even number of elements"),
        [_, inner] if inner.length != 2 => refused("array must have two columns"),
        dimensions if dimensions.len() > 2 => Err(array::wrong_subscripts()),
        _ => Ok(()),
    }
}

/// An object of texts from alternating keys and values.
fn paired(pairs: &[Option<String>], normal: bool) -> Result<String, Fault> {
    let mut found = Vec::with_capacity(pairs.len() / 2);
    for pair in pairs.chunks(2) {
        let [key, value] = pair else { continue };
        let key = key.clone().ok_or_else(|| {
            Fault::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "null value not allowed for object key",
            )
        })?;
        found.push((key, value.clone().map_or(Json::Null, Json::Text)));
    }
    let mut out = String::new();
    if normal {
        Json::object(found).write(&mut out);
        return Ok(out);
    }
    out.push('{');
    for (at, (key, value)) in found.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        json::quote(key, &mut out);
        out.push_str(" : ");
        value.write(&mut out);
    }
    out.push('}');
    Ok(out)
}
