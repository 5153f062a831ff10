//! `json` and `jsonb`: checking, and the normal form that `jsonb` is stored in.
//!
//! `jsonb` text is kept as PostgreSQL prints it: keys by length then bytes, the last of equal keys,
//! numbers as numerics, one space after `:` and `,`. Equal values have equal text except for the
//! scale of numbers, so comparing goes through [`sort_key`].

mod parse;
pub mod raw;
mod render;

use std::cmp::Ordering;

pub use parse::{check, parse};
pub use render::Renderer;

use crate::pg::Fault;
use crate::pg::numeric::Numeric;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Numeric),
    /// A string, escapes resolved.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object: keys in `jsonb` order, each once.
    Object(Vec<(String, Json)>),
}

/// The `jsonb` text of a JSON text.
pub fn normalize(text: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    parse(text)?.write(&mut out);
    Ok(out)
}

/// The order of keys in `jsonb`: shorter first, then by bytes.
pub fn key_order(a: &str, b: &str) -> Ordering {
    a.len()
        .cmp(&b.len())
        .then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

/// Appends a JSON string literal.
pub fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

impl Json {
    /// An object from pairs in any order; the last of equal keys stays.
    pub fn object(mut pairs: Vec<(String, Json)>) -> Self {
        pairs.reverse();
        pairs.sort_by(|(a, _), (b, _)| key_order(a, b));
        pairs.dedup_by(|(later, _), (kept, _)| later == kept);
        Self::Object(pairs)
    }

    /// Appends the `jsonb` text.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(value) => value.write(out),
            Self::Text(text) => quote(text, out),
            Self::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(pairs) => {
                out.push('{');
                for (at, (key, value)) in pairs.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    quote(key, out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The member of an object.
    pub fn member(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Object(pairs) => pairs
                .binary_search_by(|(have, _)| key_order(have, key))
                .ok()
                .and_then(|at| pairs.get(at))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The element of an array; negative counts from the end.
    pub fn element(&self, index: i64) -> Option<&Json> {
        match self {
            Self::Array(items) => items.get(position(index, items.len())?),
            _ => None,
        }
    }

    /// The name of the kind of value, as `jsonb_typeof` says it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 2,
            Self::Text(_) => 3,
            Self::Number(_) => 4,
            Self::Bool(_) => 5,
            Self::Array(_) => 6,
            Self::Object(_) => 7,
        }
    }

    /// Appends bytes that compare as `jsonb` does; no key is the beginning of another.
    ///
    /// Null, then strings, numbers, booleans, arrays, objects; arrays and objects by size first.
    /// An empty array that is a whole value comes before everything, as PostgreSQL has it.
    pub fn sort_key(&self, out: &mut Vec<u8>) {
        match self {
            Self::Array(items) if items.is_empty() => out.push(1),
            _ => self.inner_key(out),
        }
    }

    fn inner_key(&self, out: &mut Vec<u8>) {
        out.push(self.rank());
        match self {
            Self::Null => {}
            Self::Bool(value) => out.push(u8::from(*value)),
            Self::Number(value) => value.sort_key(out),
            Self::Text(text) => bytes_key(text.as_bytes(), out),
            Self::Array(items) => {
                size_key(items.len(), out);
                for item in items {
                    item.inner_key(out);
                }
            }
            Self::Object(pairs) => {
                size_key(pairs.len(), out);
                for (key, value) in pairs {
                    bytes_key(key.as_bytes(), out);
                    value.inner_key(out);
                }
            }
        }
    }
}

/// An index counted from the end when negative, if it is within `length`.
pub fn position(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = if index < 0 { length + index } else { index };
    (0..length)
        .contains(&at)
        .then(|| usize::try_from(at).ok())
        .flatten()
}

fn size_key(size: usize, out: &mut Vec<u8>) {
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    out.extend_from_slice(&size.to_be_bytes());
}

/// Appends bytes so that they compare as bytes and end before any continuation.
pub fn bytes_key(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.push(*byte);
        if *byte == 0 {
            out.push(0xff);
        }
    }
    out.extend_from_slice(&[0, 0]);
}

/// The sort key of a `jsonb` text.
pub fn sort_key(text: &str, out: &mut Vec<u8>) -> Result<(), Fault> {
    parse(text)?.sort_key(out);
    Ok(())
}
