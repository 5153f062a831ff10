//! `jsonb_path_*`: what a path finds in a document.

mod moment;
mod offset;
mod run;

use std::sync::Arc;

use arrow::array::ArrayRef;

use super::invalid;
use crate::engine::functions::call::{Bool, Call, Column, Elements, Output, Text};
use crate::engine::functions::pattern::Expression;
use crate::engine::functions::registry::Registry;
use crate::pg::json::{self, Json};
use crate::pg::jsonpath::{self, Path, Pattern};
use crate::pg::{Fault, SqlState};
use run::{Run, Value};

pub(super) fn register(registry: &mut Registry) {
    for (suffix, zoned) in [("", false), ("_tz", true)] {
        let arguments = "(jsonb,jsonpath,jsonb,bool)";
        registry.kernel(
            format!("jsonb_path_exists{suffix}{arguments}"),
            move |call| answers(call, zoned, exists),
        );
        registry.kernel(
            format!("jsonb_path_match{suffix}{arguments}"),
            move |call| answers(call, zoned, matches),
        );
        registry.kernel(
            format!("jsonb_path_query_array{suffix}{arguments}"),
            move |call| answers(call, zoned, |asked| Ok(Some(list(asked.found()?)))),
        );
        registry.kernel(
            format!("jsonb_path_query_first{suffix}{arguments}"),
            move |call| answers(call, zoned, |asked| Ok(asked.found()?.first().map(written))),
        );
        registry.set(
            format!("jsonb_path_query{suffix}{arguments}"),
            move |call| {
                answers(call, zoned, |asked| {
                    let found = asked.found()?;
                    Ok(Some(Elements(
                        found.iter().map(written).map(Some).collect(),
                    )))
                })
            },
        );
    }
    registry.kernel("jsonb_path_exists_opr(jsonb,jsonpath)", |call| {
        answers(call, false, exists)
    });
    registry.kernel("jsonb_path_match_opr(jsonb,jsonpath)", |call| {
        answers(call, false, matches)
    });
}

/// Compiles the regular expressions of a path, as its input does.
pub(in crate::engine::functions) fn check(path: &str) -> Result<(), Fault> {
    jsonpath::parse(path)?.patterns(&mut |pattern| compiled(pattern).map(|_| ()))
}

/// The expression of `like_regex` with the flags that mean what XQuery's do.
fn compiled(pattern: &Pattern) -> Result<Expression, Fault> {
    let mut flags = String::from(match (pattern.quote, pattern.dot_all, pattern.lines) {
        (true, ..) => "q",
        (_, false, false) => "p",
        (_, false, true) => "n",
        (_, true, false) => "s",
        (_, true, true) => "w",
    });
    if pattern.ignore_case {
        flags.push('i');
    }
    Expression::compile(&pattern.text, &flags)
}

fn written(value: &Value<'_>) -> String {
    let mut out = String::new();
    value.json().write(&mut out);
    out
}

fn list(found: Vec<Value<'_>>) -> String {
    let items = found.into_iter().map(|value| value.json().into_owned());
    let mut out = String::new();
    Json::Array(items.collect()).write(&mut out);
    out
}

/// One question: a path over a document.
struct Asked<'a> {
    path: &'a Path,
    document: &'a Json,
    variables: &'a Json,
    silent: bool,
    zoned: bool,
    call: &'a Call<'a>,
}

impl<'a> Asked<'a> {
    fn run(&self) -> Result<Run<'a>, Fault> {
        Run::new(
            self.path,
            self.document,
            self.variables,
            !self.silent,
            self.zoned.then_some(self.call.context),
        )
    }

    fn found(&self) -> Result<Vec<Value<'a>>, Fault> {
        let mut found = Vec::new();
        // What was found before an error stays, when errors are silent.
        self.run()?.query(&mut found)?;
        Ok(found)
    }
}

/// Whether the path finds anything.
fn exists(asked: &Asked<'_>) -> Result<Option<bool>, Fault> {
    asked.run()?.exists()
}

/// The one truth that the path finds.
fn matches(asked: &Asked<'_>) -> Result<Option<bool>, Fault> {
    match asked.found()?.as_slice() {
        [Value::Json(only)] if matches!(only.as_ref(), Json::Bool(_) | Json::Null) => {
            Ok(match only.as_ref() {
                Json::Bool(value) => Some(*value),
                _ => None,
            })
        }
        _ if asked.silent => Ok(None),
        _ => Err(Fault::new(
            SqlState::SINGLETON_JSON_ITEM_REQUIRED,
            "single boolean result is expected",
        )),
    }
}

/// The texts of an argument, or nothing where the function has no such argument.
fn optional<I: crate::engine::functions::call::Input>(
    call: &Call<'_>,
    at: usize,
) -> Result<Option<Column<I>>, Fault> {
    if call.values.len() > at {
        call.input::<I>(at).map(Some)
    } else {
        Ok(None)
    }
}

/// Asks for each row; the operators are silent and have no variables.
fn answers<T: Output>(
    call: &Call<'_>,
    zoned: bool,
    ask: impl Fn(&Asked<'_>) -> Result<Option<T>, Fault>,
) -> Result<ArrayRef, Fault> {
    let (documents, paths) = (call.input::<Text>(0)?, call.input::<Text>(1)?);
    let variables = optional::<Text>(call, 2)?;
    let silences = optional::<Bool>(call, 3)?;
    let mut known: Option<(String, Arc<Path>)> = None;
    let rows = (0..call.rows).map(|row| {
        let (Some(document), Some(path)) = (documents.at(row), paths.at(row)) else {
            return Ok(None);
        };
        let variables = match &variables {
            None => Json::Object(Vec::new()),
            Some(column) => match column.at(row) {
                Some(text) => json::parse(text)?,
                None => return Ok(None),
            },
        };
        let silent = match &silences {
            None => true,
            Some(column) => match column.at(row) {
                Some(silent) => silent,
                None => return Ok(None),
            },
        };
        if !matches!(variables, Json::Object(_)) {
            return Err(invalid("\"vars\" argument is not an object").detail(
                "Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.",
            ));
        }
        let parsed = match &known {
            Some((text, parsed)) if text == path => Arc::clone(parsed),
            _ => {
                let parsed = Arc::new(jsonpath::parse(path)?);
                known = Some((path.to_owned(), Arc::clone(&parsed)));
                parsed
            }
        };
        ask(&Asked {
            path: &parsed,
            document: &json::parse(document)?,
            variables: &variables,
            silent,
            zoned,
            call,
        })
    });
    T::collect(rows, call.rows, call.storage)
}
