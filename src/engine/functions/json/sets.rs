//! Taking documents apart into rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray, StringViewBuilder, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;

use super::invalid;
use crate::engine::functions::call::{Call, Elements, Output, Text};
use crate::engine::functions::registry::Registry;
use crate::pg::Fault;
use crate::pg::json::raw::{self, Kind};

pub(super) fn register(registry: &mut Registry) {
    for kind in ["json", "jsonb"] {
        for (suffix, as_text) in [("", false), ("_text", true)] {
            let name = format!("{kind}_array_elements{suffix}");
            let shown = name.clone();
            registry.set(format!("{name}({kind})"), move |call| {
                let documents = call.input::<Text>(0)?;
                let rows = (0..call.rows).map(|row| {
                    let found = documents
                        .at(row)
                        .map(|document| elements(document, &shown, as_text));
                    found.transpose()
                });
                Elements::collect(rows, call.rows, call.storage)
            });
            let name = format!("{kind}_each{suffix}");
            let shown = name.clone();
            registry.set(format!("{name}({kind})"), move |call| {
                each(call, &shown, as_text)
            });
        }
        let shown = format!("{kind}_object_keys");
        registry.set(format!("{shown}({kind})"), move |call| {
            let documents = call.input::<Text>(0)?;
            let rows = (0..call.rows).map(|row| {
                documents
                    .at(row)
                    .map(|document| keys(document, &shown))
                    .transpose()
            });
            Elements::collect(rows, call.rows, call.storage)
        });
    }
}

fn elements(document: &str, name: &str, as_text: bool) -> Result<Elements<String>, Fault> {
    if as_text {
        raw::readable(document)?;
    }
    let found = raw::elements(document).ok_or_else(|| {
        let object = raw::kind(document) == Kind::Object;
        invalid(match (name.starts_with("jsonb"), object) {
            (true, true) => String::from("cannot extract elements from an object"),
            (true, false) => String::from("cannot extract elements from a scalar"),
            (false, true) => format!("cannot call {name} on a non-array"),
            (false, false) => format!("cannot call {name} on a scalar"),
        })
    })?;
    let values = found.into_iter().map(|value| {
        if as_text {
            raw::as_text(value)
        } else {
            Ok(Some(value.to_owned()))
        }
    });
    values.collect::<Result<_, _>>().map(Elements)
}

fn keys(document: &str, name: &str) -> Result<Elements<String>, Fault> {
    raw::readable(document)?;
    match raw::members(document)? {
        Some(members) => Ok(Elements(
            members.into_iter().map(|(key, _)| Some(key)).collect(),
        )),
        None if raw::kind(document) == Kind::Array => {
            Err(invalid(format!("cannot call {name} on an array")))
        }
        None => Err(invalid(format!("cannot call {name} on a scalar"))),
    }
}

fn members<'a>(document: &'a str, name: &str) -> Result<Vec<(String, &'a str)>, Fault> {
    raw::readable(document)?;
    raw::members(document)?.ok_or_else(|| {
        invalid(match (name.starts_with("jsonb"), raw::kind(document)) {
            (true, _) => format!("cannot call {name} on a non-object"),
            (false, Kind::Array) => String::from("cannot deconstruct an array as an object"),
            (false, _) => String::from("cannot deconstruct a scalar"),
        })
    })
}

/// Rows of key and value.
fn each(call: &Call<'_>, name: &str, as_text: bool) -> Result<ArrayRef, Fault> {
    let DataType::List(item) = call.storage else {
        return Err(Fault::internal("a set is stored as a list"));
    };
    let DataType::Struct(fields) = item.data_type() else {
        return Err(Fault::internal(
            "rows of two columns are stored as a struct",
        ));
    };
    let documents = call.input::<Text>(0)?;
    let (mut key_column, mut values) = (StringViewBuilder::new(), StringViewBuilder::new());
    let mut lengths = Vec::with_capacity(call.rows);
    let mut present = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let Some(document) = documents.at(row) else {
            lengths.push(0);
            present.push(false);
            continue;
        };
        let found = members(document, name)?;
        lengths.push(found.len());
        present.push(true);
        for (key, value) in found {
            key_column.append_value(key);
            if as_text {
                values.append_option(raw::as_text(value)?);
            } else {
                values.append_value(value);
            }
        }
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(key_column.finish()), Arc::new(values.finish())];
    let broken = |_| Fault::internal("rows of a document do not fit their columns");
    let rows = StructArray::try_new(fields.clone(), columns, None).map_err(broken)?;
    let list = ListArray::try_new(
        Arc::clone(item),
        OffsetBuffer::from_lengths(lengths),
        Arc::new(rows),
        Some(NullBuffer::from(present)),
    );
    list.map(|list| Arc::new(list) as ArrayRef).map_err(broken)
}
