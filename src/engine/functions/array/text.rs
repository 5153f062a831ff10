//! Arrays and text: `string_to_array`, `string_to_table`, `array_to_string`.

use arrow::array::{Array, ArrayRef};

use crate::engine::functions::call::{Call, Elements, List, Output, Text};
use crate::engine::functions::registry::Registry;
use crate::engine::functions::system::format_reg;
use crate::engine::functions::text::{RESULT_BYTES, too_large};
use crate::ident::Oid;
use crate::pg::text::Writer;
use crate::pg::{Fault, types};

/// Registers conversions between arrays and text.
pub(super) fn register(registry: &mut Registry) {
    for tail in ["", ",text"] {
        registry.kernel(format!("string_to_array(text,text{tail})"), split);
        registry.set(format!("string_to_table(text,text{tail})"), split);
        registry.kernel(format!("array_to_string(anyarray,text{tail})"), join);
    }
}

/// Divides a text by a separator: NULL divides it into characters, an empty one not at all.
fn split(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let (texts, separators) = (call.input::<Text>(0)?, call.input::<Text>(1)?);
    let nulls = (call.values.len() > 2)
        .then(|| call.input::<Text>(2))
        .transpose()?;
    let rows = (0..call.rows).map(|row| {
        let Some(text) = texts.at(row) else {
            return Ok(None);
        };
        let null = nulls.as_ref().and_then(|nulls| nulls.at(row));
        let part = |part: &str| (Some(part) != null).then(|| String::from(part));
        let parts = match separators.at(row) {
            _ if text.is_empty() => Vec::new(),
            None => text
                .chars()
                .map(|c| part(c.encode_utf8(&mut [0; 4])))
                .collect(),
            Some("") => vec![part(text)],
            Some(separator) => text.split(separator).map(part).collect(),
        };
        Ok(Some(Elements(parts)))
    });
    Elements::collect(rows, call.rows, call.storage)
}

fn join(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let (lists, separators) = (call.input::<List>(0)?, call.input::<Text>(1)?);
    let nulls = (call.values.len() > 2)
        .then(|| call.input::<Text>(2))
        .transpose()?;
    let kind = call
        .types
        .first()
        .and_then(|kind| types::element(kind.oid))
        .ok_or_else(|| Fault::internal("an array of no elements' type"))?;
    let names = |kind: Oid, oid: u32| Some(format_reg(kind, oid, call.context));
    let rows = (0..call.rows).map(|row| {
        let (Some(items), Some(separator)) = (lists.at(row), separators.at(row)) else {
            return Ok(None);
        };
        let null = nulls.as_ref().and_then(|nulls| nulls.at(row));
        let style = &call.context.settings.style;
        let writer = Writer::new(items.as_ref(), kind, style, Some(&names))?;
        let (mut out, mut first) = (Vec::new(), true);
        for at in 0..items.len() {
            if writer.null(at) && null.is_none() {
                continue;
            }
            if !first {
                out.extend_from_slice(separator.as_bytes());
            }
            first = false;
            match null {
                Some(null) if writer.null(at) => out.extend_from_slice(null.as_bytes()),
                _ => writer.write(at, &mut out)?,
            }
            if out.len() > RESULT_BYTES {
                return Err(too_large());
            }
        }
        String::from_utf8(out)
            .map(Some)
            .map_err(|_| Fault::internal("output text is not UTF-8"))
    });
    String::collect(rows, call.rows, call.storage)
}
