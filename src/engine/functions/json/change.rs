//! Changed copies of `jsonb` documents.

use arrow::array::ArrayRef;

use super::{invalid, texts};
use crate::engine::functions::call::{Bool, Call, Int4, Line, Output, Text};
use crate::engine::functions::registry::Registry;
use crate::pg::json::{self, Json, position};
use crate::pg::{Fault, SqlState};

pub(super) fn register(registry: &mut Registry) {
    registry.binary::<Text, Text, String>("jsonb_concat(jsonb,jsonb)", |a, b, _| {
        Ok(written(&joined(json::parse(a)?, json::parse(b)?)))
    });
    deletions(registry);
    registry.quaternary::<Text, Line, Text, Bool, Option<String>>(
        "jsonb_set(jsonb,_text,jsonb,bool)",
        |document, steps, value, create, _| {
            let rule = if create { Rule::Set } else { Rule::Replace };
            changed(document, &steps?, value, rule)
        },
    );
    registry.kernel("jsonb_set_lax(jsonb,_text,jsonb,bool,text)", set_lax);
    registry.quaternary::<Text, Line, Text, Bool, Option<String>>(
        "jsonb_insert(jsonb,_text,jsonb,bool)",
        |document, steps, value, after, _| {
            changed(document, &steps?, value, Rule::Insert { after })
        },
    );
    registry.unary::<Text, String>("jsonb_strip_nulls(jsonb)", |document, _| {
        Ok(written(&stripped(json::parse(document)?)))
    });
    registry.unary::<Text, String>("json_strip_nulls(json)", |document, _| {
        json::raw::readable(document)?;
        let mut out = String::new();
        stripped_text(document, &mut out)?;
        Ok(out)
    });
    registry.unary::<Text, String>("jsonb_pretty(jsonb)", |document, _| {
        let mut out = String::new();
        pretty(&json::parse(document)?, 0, &mut out);
        Ok(out)
    });
}

/// `jsonb_set` with a choice of what a NULL value does.
fn set_lax(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let (documents, paths) = (call.input::<Text>(0)?, call.input::<Line>(1)?);
    let (values, creates) = (call.input::<Text>(2)?, call.input::<Bool>(3)?);
    let treatments = call.input::<Text>(4)?;
    let rows = (0..call.rows).map(|row| {
        let (Some(document), Some(path), Some(create)) =
            (documents.at(row), paths.at(row), creates.at(row))
        else {
            return Ok(None);
        };
        let path = path?;
        let rule = if create { Rule::Set } else { Rule::Replace };
        let treatment = treatments.at(row).unwrap_or_default();
        match (values.at(row), treatment) {
            (_, treatment) if !TREATMENTS.contains(&treatment) => Err(invalid(
                "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"",
            )),
            (Some(value), _) => changed(document, &path, value, rule),
            (None, "use_json_null") => changed(document, &path, "null", rule),
            (None, "delete_key") => changed(document, &path, "null", Rule::Delete),
            (None, "return_target") => Ok(Some(document.to_owned())),
            (None, _) => Err(Fault::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "JSON value must not be null",
            )
            .detail("Exception was raised because null_value_treatment is \"raise_exception\".")
            .hint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.")),
        }
    });
    String::collect(rows, call.rows, call.storage)
}

/// What `jsonb_set_lax` may do with NULL.
const TREATMENTS: [&str; 4] = [
    "delete_key",
    "return_target",
    "use_json_null",
    "raise_exception",
];

fn written(document: &Json) -> String {
    let mut out = String::new();
    document.write(&mut out);
    out
}

/// `||`: objects merge, everything else becomes one array.
fn joined(a: Json, b: Json) -> Json {
    match (a, b) {
        (Json::Object(mut pairs), Json::Object(more)) => {
            pairs.extend(more);
            Json::object(pairs)
        }
        (a, b) => {
            let list = |document| match document {
                Json::Array(items) => items,
                other => vec![other],
            };
            let mut items = list(a);
            items.extend(list(b));
            Json::Array(items)
        }
    }
}

fn no_scalar(document: &Json, what: &str) -> Result<(), Fault> {
    match document {
        Json::Object(_) | Json::Array(_) => Ok(()),
        _ => Err(invalid(what)),
    }
}

fn deletions(registry: &mut Registry) {
    registry.binary::<Text, Text, String>("jsonb_delete(jsonb,text)", |document, key, _| {
        without(document, &[Some(key.to_owned())])
    });
    registry.binary::<Text, Line, String>("jsonb_delete(jsonb,_text)", |document, keys, _| {
        without(document, &texts(&keys?)?)
    });
    registry.binary::<Text, Int4, String>("jsonb_delete(jsonb,int4)", |document, index, _| {
        let mut document = json::parse(document)?;
        match &mut document {
            Json::Array(items) => {
                if let Some(at) = position(i64::from(index), items.len()) {
                    items.remove(at);
                }
            }
            Json::Object(_) => {
                return Err(invalid("cannot delete from object using integer index"));
            }
            _ => return Err(invalid("cannot delete from scalar")),
        }
        Ok(written(&document))
    });
    registry.binary::<Text, Line, Option<String>>(
        "jsonb_delete_path(jsonb,_text)",
        |document, steps, _| changed(document, &steps?, "null", Rule::Delete),
    );
}

fn without(document: &str, keys: &[Option<String>]) -> Result<String, Fault> {
    let mut document = json::parse(document)?;
    no_scalar(&document, "cannot delete from scalar")?;
    let named = |text: &str| keys.iter().flatten().any(|key| key == text);
    match &mut document {
        Json::Object(pairs) => pairs.retain(|(key, _)| !named(key)),
        Json::Array(items) => {
            items.retain(|item| !matches!(item, Json::Text(text) if named(text)));
        }
        _ => {}
    }
    Ok(written(&document))
}

/// What happens at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Set,
    Replace,
    Insert { after: bool },
    Delete,
}

fn changed(
    document: &str,
    steps: &ArrayRef,
    value: &str,
    rule: Rule,
) -> Result<Option<String>, Fault> {
    let mut document = json::parse(document)?;
    let refused = match rule {
        Rule::Delete => "cannot delete path in scalar",
        _ => "cannot set path in scalar",
    };
    no_scalar(&document, refused)?;
    let empty = match &document {
        Json::Object(pairs) => pairs.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    };
    if empty && matches!(rule, Rule::Delete | Rule::Replace) {
        return Ok(Some(written(&document)));
    }
    let steps = texts(steps)?;
    if let Some(at) = steps.iter().position(Option::is_none) {
        return Err(Fault::new(
            SqlState::NULL_VALUE_NOT_ALLOWED,
            format!("path element at position {} is null", at + 1),
        ));
    }
    let steps: Vec<String> = steps.into_iter().flatten().collect();
    change(&mut document, &steps, 1, &json::parse(value)?, rule)?;
    Ok(Some(written(&document)))
}

fn change(
    here: &mut Json,
    steps: &[String],
    depth: usize,
    value: &Json,
    rule: Rule,
) -> Result<(), Fault> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(());
    };
    match here {
        Json::Object(pairs) => {
            let found = pairs.iter().position(|(key, _)| key == step);
            match (found, rest.is_empty()) {
                (Some(at), false) => {
                    if let Some((_, inner)) = pairs.get_mut(at) {
                        change(inner, rest, depth + 1, value, rule)?;
                    }
                }
                (Some(at), true) => match rule {
                    Rule::Delete => {
                        pairs.remove(at);
                    }
                    Rule::Insert { .. } => {
                        return Err(invalid("cannot replace existing key")
                            .hint("Try using the function jsonb_set to replace key value."));
                    }
                    Rule::Set | Rule::Replace => {
                        if let Some((_, old)) = pairs.get_mut(at) {
                            *old = value.clone();
                        }
                    }
                },
                (None, true) if matches!(rule, Rule::Set | Rule::Insert { .. }) => {
                    pairs.push((step.clone(), value.clone()));
                    *here = Json::object(std::mem::take(pairs));
                }
                (None, _) => {}
            }
            Ok(())
        }
        Json::Array(items) => {
            let index: i64 = step.trim().parse().map_err(|_| {
                Fault::new(
                    SqlState::INVALID_TEXT_REPRESENTATION,
                    format!("path element at position {depth} is not an integer: \"{step}\""),
                )
            })?;
            let found = position(index, items.len());
            if rest.is_empty() {
                change_item(items, index, found, value, rule);
            } else if let Some(inner) = found.and_then(|at| items.get_mut(at)) {
                change(inner, rest, depth + 1, value, rule)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Beyond either end a new element is put at that end.
fn change_item(items: &mut Vec<Json>, index: i64, found: Option<usize>, value: &Json, rule: Rule) {
    match (found, rule) {
        (Some(at), Rule::Delete) => {
            items.remove(at);
        }
        (Some(at), Rule::Insert { after }) => items.insert(at + usize::from(after), value.clone()),
        (Some(at), _) => {
            if let Some(old) = items.get_mut(at) {
                *old = value.clone();
            }
        }
        (None, Rule::Set | Rule::Insert { .. }) => {
            let at = if index < 0 { 0 } else { items.len() };
            items.insert(at, value.clone());
        }
        (None, _) => {}
    }
}

/// Without members that are null.
fn stripped(document: Json) -> Json {
    match document {
        Json::Object(pairs) => Json::Object(
            pairs
                .into_iter()
                .filter(|(_, value)| *value != Json::Null)
                .map(|(key, value)| (key, stripped(value)))
                .collect(),
        ),
        Json::Array(items) => Json::Array(items.into_iter().map(stripped).collect()),
        other => other,
    }
}

/// The same for `json`, which keeps the order and the repetition of keys.
fn stripped_text(document: &str, out: &mut String) -> Result<(), Fault> {
    if let Some(members) = json::raw::members(document)? {
        out.push('{');
        let kept = members
            .into_iter()
            .filter(|(_, value)| json::raw::kind(value) != json::raw::Kind::Null);
        for (at, (key, value)) in kept.enumerate() {
            if at > 0 {
                out.push(',');
            }
            json::quote(&key, out);
            out.push(':');
            stripped_text(value, out)?;
        }
        out.push('}');
    } else if let Some(items) = json::raw::elements(document) {
        out.push('[');
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            stripped_text(item, out)?;
        }
        out.push(']');
    } else {
        out.push_str(document.trim());
    }
    Ok(())
}

fn pretty(document: &Json, level: usize, out: &mut String) {
    let line = |level: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', level * 4));
    };
    match document {
        Json::Object(pairs) => {
            out.push('{');
            for (at, (key, value)) in pairs.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(level + 1, out);
                json::quote(key, out);
                out.push_str(": ");
                pretty(value, level + 1, out);
            }
            line(level, out);
            out.push('}');
        }
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(level + 1, out);
                pretty(item, level + 1, out);
            }
            line(level, out);
            out.push(']');
        }
        other => other.write(out),
    }
}
