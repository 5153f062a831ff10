//! Matching: LIKE, regular expressions and SIMILAR TO.

mod bracket;
mod dissect;
mod expression;
mod like;
mod regexp;
mod similar;
mod syntax;
mod tree;

pub(in crate::engine::functions) use expression::Expression;

use arrow::array::ArrayRef;

use self::like::{Like, with_escape};
use super::call::{Bytes, Call, Output, Text};
use super::registry::Registry;
use super::text::lower;
use crate::pg::Fault;

/// Registers every matching function.
pub(crate) fn register(registry: &mut Registry) {
    for kind in ["text", "name", "bpchar"] {
        for (name, insensitive, negated) in [
            ("like", false, false),
            ("nlike", false, true),
            ("iclike", true, false),
            ("icnlike", true, true),
        ] {
            registry.kernel(format!("{kind}{name}({kind},text)"), move |call| {
                like(call, insensitive, negated)
            });
        }
    }
    for kind in ["text", "name"] {
        registry.kernel(format!("like({kind},text)"), |call| {
            like(call, false, false)
        });
        registry.kernel(format!("notlike({kind},text)"), |call| {
            like(call, false, true)
        });
    }
    for (signature, negated) in [
        ("bytealike(bytea,bytea)", false),
        ("like(bytea,bytea)", false),
        ("byteanlike(bytea,bytea)", true),
        ("notlike(bytea,bytea)", true),
    ] {
        registry.binary::<Bytes, Bytes, bool>(signature, move |value, pattern, _| {
            Like::compile(&as_characters(pattern))
                .matches(&as_characters(value))
                .map(|found| found != negated)
        });
    }
    registry.binary::<Text, Text, String>("like_escape(text,text)", |pattern, escape, _| {
        with_escape(pattern, escape)
    });
    registry.binary::<Bytes, Bytes, Vec<u8>>("like_escape(bytea,bytea)", |pattern, escape, _| {
        let pattern = with_escape(&as_characters(pattern), &as_characters(escape))?;
        Ok(pattern
            .chars()
            .filter_map(|c| u8::try_from(c).ok())
            .collect())
    });
    regexp::register(registry);
    similar::register(registry);
}

/// One character for each byte, so that a byte is what `_` stands for.
fn as_characters(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn like(call: &Call<'_>, insensitive: bool, negated: bool) -> Result<ArrayRef, Fault> {
    let (values, patterns) = (call.input::<Text>(0)?, call.input::<Text>(1)?);
    let mut known: Option<(String, Like)> = None;
    let rows = (0..call.rows).map(|row| {
        let (Some(value), Some(pattern)) = (values.at(row), patterns.at(row)) else {
            return Ok(None);
        };
        let compiled = match &mut known {
            Some((text, compiled)) if text == pattern => compiled,
            stale => {
                let compiled = if insensitive {
                    Like::compile(&lower(pattern))
                } else {
                    Like::compile(pattern)
                };
                &mut stale.insert((String::from(pattern), compiled)).1
            }
        };
        let found = if insensitive {
            compiled.matches(&lower(value))?
        } else {
            compiled.matches(value)?
        };
        Ok(Some(found != negated))
    });
    bool::collect(rows, call.rows, call.storage)
}
