//! Documents and queries made from texts.

use super::{both, configuration, session, written};
use crate::engine::functions::call::{ObjectId, Text};
use crate::engine::functions::registry::Registry;
use crate::pg::json::raw::{self, Kind};
use crate::pg::json::{Json, parse};
use crate::pg::search::query::{self, Query, Value};
use crate::pg::search::web;
use crate::pg::search::words::{Configuration, Words};
use crate::pg::{Fault, SqlState};

pub(super) fn register(registry: &mut Registry) {
    both(registry, "to_tsvector", "text", |configuration, text| {
        let mut words = Words::default();
        words.read(configuration, text);
        words.vector().map(|vector| vector.text())
    });
    for kind in ["json", "jsonb"] {
        both(registry, "to_tsvector", kind, |configuration, document| {
            of_document(configuration, document, Wanted::STRINGS)
        });
        registry.binary::<Text, Text, String>(
            format!("{kind}_to_tsvector({kind},jsonb)"),
            |document, filter, context| {
                of_document(session(context)?, document, Wanted::read(filter)?)
            },
        );
        registry.ternary::<ObjectId, Text, Text, String>(
            format!("{kind}_to_tsvector(regconfig,{kind},jsonb)"),
            |oid, document, filter, context| {
                let configuration = configuration(oid, context)?;
                of_document(configuration, document, Wanted::read(filter)?)
            },
        );
    }
    both(
        registry,
        "plainto_tsquery",
        "text",
        |configuration, text| plain(configuration, text).map(written),
    );
    both(
        registry,
        "phraseto_tsquery",
        "text",
        |configuration, text| {
            let query = operand(configuration, text, 0, false, true)?;
            Ok(written(query.without_stops()))
        },
    );
    both(registry, "to_tsquery", "text", |configuration, text| {
        let query = query::parse(text, &mut |text, weights, prefix| {
            operand(configuration, text, weights, prefix, true)
        })?;
        Ok(written(finished(query)?))
    });
    both(
        registry,
        "websearch_to_tsquery",
        "text",
        |configuration, text| {
            let query = web::read(text, &mut |text, weights, prefix| {
                operand(configuration, text, weights, prefix, true)
            })?;
            Ok(written(finished(query)?))
        },
    );
}

fn finished(query: Option<Query>) -> Result<Option<Query>, Fault> {
    query
        .map(Query::bounded)
        .transpose()
        .map(|query| query.and_then(Query::without_stops))
}

/// The query for all the words of a text.
pub(super) fn plain(configuration: Configuration, text: &str) -> Result<Option<Query>, Fault> {
    let query = operand(configuration, text, 0, false, false)?;
    Ok(query.without_stops())
}

/// What a text asks for: its words one after the other, or all of them anywhere.
fn operand(
    configuration: Configuration,
    text: &str,
    weights: u8,
    prefix: bool,
    phrase: bool,
) -> Result<Query, Fault> {
    let mut words = Words::default();
    words.read(configuration, text);
    let mut whole: Option<Query> = None;
    let mut parts = 0;
    let mut last = 0;
    let mut add = |part: Query| {
        parts += 2;
        whole = Some(match whole.take() {
            None => part,
            Some(before) if phrase => Query::Phrase(Box::new(before), Box::new(part), 1),
            Some(before) => Query::And(Box::new(before), Box::new(part)),
        });
        if parts > 1_000 {
            Err(query::too_deep())
        } else {
            Ok(())
        }
    };
    for (at, text) in words.found {
        if phrase && last > 0 {
            for _ in last + 1..at {
                add(Query::Stop)?;
            }
        }
        last = at;
        add(Query::Value(Value {
            text,
            weights,
            prefix,
        }))?;
    }
    Ok(whole.unwrap_or(Query::Stop))
}

/// Which values of a document become words.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one word of the filter"
)]
struct Wanted {
    strings: bool,
    numbers: bool,
    booleans: bool,
    keys: bool,
}

const HINT: &str =
    "Possible values are: \"string\", \"numeric\", \"boolean\", \"key\", and \"all\".";

impl Wanted {
    const STRINGS: Self = Self {
        strings: true,
        numbers: false,
        booleans: false,
        keys: false,
    };

    fn read(filter: &str) -> Result<Self, Fault> {
        let fault = |message: String| Fault::new(SqlState::INVALID_PARAMETER_VALUE, message);
        let words = match parse(filter)? {
            Json::Array(elements) => elements,
            Json::Object(_) => {
                return Err(fault(String::from(
                    "wrong flag type, only arrays and scalars are allowed",
                )));
            }
            scalar => vec![scalar],
        };
        let mut wanted = Self {
            strings: false,
            ..Self::STRINGS
        };
        for word in words {
            let Json::Text(word) = word else {
                return Err(fault(String::from("flag array element is not a string")).hint(HINT));
            };
            match word.to_ascii_lowercase().as_str() {
                "all" => {
                    wanted = Self {
                        strings: true,
                        numbers: true,
                        booleans: true,
                        keys: true,
                    }
                }
                "key" => wanted.keys = true,
                "string" => wanted.strings = true,
                "numeric" => wanted.numbers = true,
                "boolean" => wanted.booleans = true,
                _ => {
                    return Err(fault(format!("wrong flag in flag array: \"{word}\"")).hint(HINT));
                }
            }
        }
        Ok(wanted)
    }
}

fn of_document(
    configuration: Configuration,
    document: &str,
    wanted: Wanted,
) -> Result<String, Fault> {
    let mut words = Words::default();
    visit(document, wanted, &mut |text| {
        words.read_apart(configuration, text);
    })?;
    words.vector().map(|vector| vector.text())
}

/// Calls `take` with every wanted value, in the order they stand in the text.
fn visit(document: &str, wanted: Wanted, take: &mut dyn FnMut(&str)) -> Result<(), Fault> {
    match raw::kind(document) {
        Kind::Object => {
            for (key, value) in raw::members(document)?.unwrap_or_default() {
                if wanted.keys {
                    take(&key);
                }
                visit(value, wanted, take)?;
            }
        }
        Kind::Array => {
            for element in raw::elements(document).unwrap_or_default() {
                visit(element, wanted, take)?;
            }
        }
        kind => {
            let taken = match kind {
                Kind::Text => wanted.strings,
                Kind::Number => wanted.numbers,
                Kind::Bool => wanted.booleans,
                _ => false,
            };
            if taken && let Some(text) = raw::as_text(document)? {
                take(&text);
            }
        }
    }
    Ok(())
}
