//! `json` and `jsonb`: access, taking apart, making, changing (manual 9.16).
//!
//! Access works on the text: `json` returns parts as they were written, and `jsonb` is stored in
//! its normal form, whose parts are in normal form too.

mod build;
mod change;
mod path;
mod records;
mod sets;

use arrow::array::{ArrayRef, AsArray};

pub(in crate::engine::functions) use path::check as check_path;

use super::call::{Int4, List, Text};
use super::registry::Registry;
use crate::pg::json::raw::{self, Kind};
use crate::pg::json::{self, Json};
use crate::pg::{Fault, SqlState};

/// Registers every JSON function.
pub(crate) fn register(registry: &mut Registry) {
    access(registry);
    tests(registry);
    sets::register(registry);
    build::register(registry);
    change::register(registry);
    path::register(registry);
    records::register(registry);
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

/// The texts of a `text[]`; NULL elements are `None`.
fn texts(list: &ArrayRef) -> Result<Vec<Option<String>>, Fault> {
    let texts = list
        .as_string_view_opt()
        .ok_or_else(|| Fault::internal("a text array is stored otherwise"))?;
    Ok(texts.iter().map(|text| text.map(str::to_owned)).collect())
}

/// The steps of a path; `None` when a step is NULL.
fn steps(list: &ArrayRef) -> Result<Option<Vec<String>>, Fault> {
    Ok(texts(list)?.into_iter().collect())
}

/// An element by number; PostgreSQL holds a scalar `jsonb` as an array of one.
fn element(document: &str, index: i32, binary: bool) -> Option<&str> {
    let scalar = !matches!(raw::kind(document), Kind::Array | Kind::Object);
    if binary && scalar && matches!(index, 0 | -1) {
        return Some(document);
    }
    raw::element(document, i64::from(index))
}

fn access(registry: &mut Registry) {
    for (kind, binary) in [("json", false), ("jsonb", true)] {
        registry.binary::<Text, Text, Option<String>>(
            format!("{kind}_object_field({kind},text)"),
            |document, key, _| {
                raw::readable(document)?;
                Ok(raw::member(document, key)?.map(str::to_owned))
            },
        );
        registry.binary::<Text, Text, Option<String>>(
            format!("{kind}_object_field_text({kind},text)"),
            |document, key, _| {
                raw::readable(document)?;
                let found = raw::member(document, key)?;
                Ok(found.map(raw::as_text).transpose()?.flatten())
            },
        );
        registry.binary::<Text, Int4, Option<String>>(
            format!("{kind}_array_element({kind},int4)"),
            move |document, index, _| {
                raw::readable(document)?;
                Ok(element(document, index, binary).map(str::to_owned))
            },
        );
        registry.binary::<Text, Int4, Option<String>>(
            format!("{kind}_array_element_text({kind},int4)"),
            move |document, index, _| {
                raw::readable(document)?;
                let found = element(document, index, binary);
                Ok(found.map(raw::as_text).transpose()?.flatten())
            },
        );
        registry.binary::<Text, List, Option<String>>(
            format!("{kind}_extract_path({kind},_text)"),
            |document, steps, _| match self::steps(&steps)? {
                Some(steps) => {
                    raw::readable(document)?;
                    Ok(raw::at_path(document, &steps)?.map(str::to_owned))
                }
                None => Ok(None),
            },
        );
        registry.binary::<Text, List, Option<String>>(
            format!("{kind}_extract_path_text({kind},_text)"),
            |document, steps, _| match self::steps(&steps)? {
                Some(steps) => {
                    raw::readable(document)?;
                    let found = raw::at_path(document, &steps)?;
                    Ok(found.map(raw::as_text).transpose()?.flatten())
                }
                None => Ok(None),
            },
        );
        registry.unary::<Text, String>(format!("{kind}_typeof({kind})"), |document, _| {
            Ok(raw::kind(document).name().to_owned())
        });
        registry.unary::<Text, i32>(
            format!("{kind}_array_length({kind})"),
            |document, _| match (raw::elements(document), raw::kind(document)) {
                (Some(elements), _) => i32::try_from(elements.len())
                    .map_err(|_| Fault::internal("an array is too long")),
                (None, Kind::Object) => Err(invalid("cannot get array length of a non-array")),
                (None, _) => Err(invalid("cannot get array length of a scalar")),
            },
        );
    }
}

fn tests(registry: &mut Registry) {
    registry.binary::<Text, Text, bool>("jsonb_contains(jsonb,jsonb)", |a, b, _| {
        Ok(contains(&json::parse(a)?, &json::parse(b)?, true))
    });
    registry.binary::<Text, Text, bool>("jsonb_contained(jsonb,jsonb)", |a, b, _| {
        Ok(contains(&json::parse(b)?, &json::parse(a)?, true))
    });
    registry.binary::<Text, Text, bool>("jsonb_exists(jsonb,text)", |document, key, _| {
        Ok(exists(&json::parse(document)?, key))
    });
    registry.binary::<Text, List, bool>("jsonb_exists_any(jsonb,_text)", |document, keys, _| {
        let (document, keys) = (json::parse(document)?, texts(&keys)?);
        Ok(keys.iter().flatten().any(|key| exists(&document, key)))
    });
    registry.binary::<Text, List, bool>("jsonb_exists_all(jsonb,_text)", |document, keys, _| {
        let (document, keys) = (json::parse(document)?, texts(&keys)?);
        Ok(keys.iter().flatten().all(|key| exists(&document, key)))
    });
}

/// Whether a string is a key of an object, an element of an array, or the value itself.
fn exists(document: &Json, key: &str) -> bool {
    match document {
        Json::Object(_) => document.member(key).is_some(),
        Json::Array(items) => items
            .iter()
            .any(|item| matches!(item, Json::Text(text) if text == key)),
        Json::Text(text) => text == key,
        _ => false,
    }
}

/// `@>`; at the top an array also contains a scalar that is one of its elements.
fn contains(whole: &Json, part: &Json, top: bool) -> bool {
    match (whole, part) {
        (Json::Object(_), Json::Object(pairs)) => pairs.iter().all(|(key, value)| {
            whole
                .member(key)
                .is_some_and(|found| contains(found, value, false))
        }),
        (Json::Array(items), Json::Array(parts)) => parts
            .iter()
            .all(|part| items.iter().any(|item| contains(item, part, false))),
        (Json::Array(items), scalar)
            if top && !matches!(scalar, Json::Object(_) | Json::Array(_)) =>
        {
            items.contains(scalar)
        }
        _ => whole == part,
    }
}
