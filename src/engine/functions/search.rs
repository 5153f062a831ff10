//! Full text search: the functions and operators of manual 9.13. How documents and queries are made
//! and matched is in [`crate::pg::search`].

mod headline;
mod make;
mod parts;

use arrow::array::{Array, ArrayRef, AsArray};

use super::call::{Context, Int4, List, ObjectId, Text};
use super::registry::Registry;
use super::system::format_reg;
use crate::pg::search::document::Vector;
use crate::pg::search::matching::matches;
use crate::pg::search::query::{self, Query};
use crate::pg::search::rank;
use crate::pg::search::words::{Configuration, Words};
use crate::pg::{Fault, types};

/// Registers them.
pub(crate) fn register(registry: &mut Registry) {
    make::register(registry);
    parts::register(registry);
    headline::register(registry);
    matching(registry);
    ranking(registry);
    queries(registry);
}

/// The configuration of an oid.
fn configuration(oid: u32, context: &Context) -> Result<Configuration, Fault> {
    named(&format_reg(types::REGCONFIG, oid, context))
}

/// The configuration that the session's setting names.
fn session(context: &Context) -> Result<Configuration, Fault> {
    named(context.settings.raw("default_text_search_config"))
}

fn named(name: &str) -> Result<Configuration, Fault> {
    let bare = name.strip_prefix("pg_catalog.").unwrap_or(name);
    Configuration::named(bare)
        .ok_or_else(|| Fault::unsupported(format!("text search configuration {bare}")))
}

/// Registers a function of a text for the session's configuration and for one that is given.
fn both<R: super::Output + 'static>(
    registry: &mut Registry,
    name: &str,
    kind: &str,
    body: fn(Configuration, &str) -> Result<R, Fault>,
) {
    registry.unary::<Text, R>(format!("{name}({kind})"), move |text, context| {
        body(session(context)?, text)
    });
    registry.binary::<ObjectId, Text, R>(
        format!("{name}(regconfig,{kind})"),
        move |oid, text, context| body(configuration(oid, context)?, text),
    );
}

/// Writes a query; one of nothing is the empty text.
fn written(query: Option<Query>) -> String {
    query.map(|query| query.text()).unwrap_or_default()
}

fn matching(registry: &mut Registry) {
    let holds = |document: &Vector, query: &str| -> Result<bool, Fault> {
        Ok(query::read(query)?.is_some_and(|query| matches(document, &query)))
    };
    registry
        .binary::<Text, Text, bool>("ts_match_vq(tsvector,tsquery)", move |vector, query, _| {
            holds(&Vector::read(vector)?, query)
        });
    registry
        .binary::<Text, Text, bool>("ts_match_qv(tsquery,tsvector)", move |query, vector, _| {
            holds(&Vector::read(vector)?, query)
        });
    let document = |text: &str, context: &Context| {
        let mut words = Words::default();
        words.read(session(context)?, text);
        words.vector()
    };
    registry
        .binary::<Text, Text, bool>("ts_match_tq(text,tsquery)", move |text, query, context| {
            holds(&document(text, context)?, query)
        });
    registry.binary::<Text, Text, bool>("ts_match_tt(text,text)", move |text, query, context| {
        let query = make::plain(session(context)?, query)?;
        Ok(query.is_some_and(|query| {
            document(text, context).is_ok_and(|document| matches(&document, &query))
        }))
    });
}

type Rank = fn(&[f32; 4], &Vector, &Query, i32) -> f32;

fn ranking(registry: &mut Registry) {
    let table: [(&str, Rank); 2] = [
        ("ts_rank", rank::rank),
        ("ts_rank_cd", rank::rank_by_covers),
    ];
    for (name, rank) in table {
        let answer = move |weights: &[f32; 4], vector: &str, query: &str, method: i32| {
            let vector = Vector::read(vector)?;
            Ok(query::read(query)?.map_or(0.0, |query| rank(weights, &vector, &query, method)))
        };
        registry.binary::<Text, Text, f32>(
            format!("{name}(tsvector,tsquery)"),
            move |vector, query, _| answer(&rank::WEIGHTS, vector, query, 0),
        );
        registry.ternary::<Text, Text, Int4, f32>(
            format!("{name}(tsvector,tsquery,int4)"),
            move |vector, query, method, _| answer(&rank::WEIGHTS, vector, query, method),
        );
        registry.ternary::<List, Text, Text, f32>(
            format!("{name}(_float4,tsvector,tsquery)"),
            move |given, vector, query, _| answer(&weights(&given)?, vector, query, 0),
        );
        registry.quaternary::<List, Text, Text, Int4, f32>(
            format!("{name}(_float4,tsvector,tsquery,int4)"),
            move |given, vector, query, method, _| answer(&weights(&given)?, vector, query, method),
        );
    }
}

fn weights(given: &ArrayRef) -> Result<[f32; 4], Fault> {
    if given.null_count() > 0 {
        return Err(Fault::new(
            crate::pg::SqlState::NULL_VALUE_NOT_ALLOWED,
            "array of weight must not contain nulls",
        ));
    }
    let floats = given
        .as_primitive_opt::<arrow::datatypes::Float32Type>()
        .ok_or_else(|| Fault::internal("weights are not floats"))?;
    rank::checked(floats.values())
}

fn queries(registry: &mut Registry) {
    let joined = |a: &str, b: &str, operator: &dyn Fn(Box<Query>, Box<Query>) -> Query| {
        let query = match (query::read(a)?, query::read(b)?) {
            (Some(a), Some(b)) => Some(operator(Box::new(a), Box::new(b)).bounded()?),
            (a, b) => a.or(b),
        };
        Ok(written(query))
    };
    registry.binary::<Text, Text, String>("tsquery_and(tsquery,tsquery)", move |a, b, _| {
        joined(a, b, &Query::And)
    });
    registry.binary::<Text, Text, String>("tsquery_or(tsquery,tsquery)", move |a, b, _| {
        joined(a, b, &Query::Or)
    });
    registry.binary::<Text, Text, String>("tsquery_phrase(tsquery,tsquery)", move |a, b, _| {
        joined(a, b, &|a, b| Query::Phrase(a, b, 1))
    });
    registry.ternary::<Text, Text, Int4, String>(
        "tsquery_phrase(tsquery,tsquery,int4)",
        move |a, b, distance, _| {
            let distance = u16::try_from(distance)
                .ok()
                .filter(|distance| *distance <= 16_384)
                .ok_or_else(query::too_far)?;
            joined(a, b, &|a, b| Query::Phrase(a, b, distance))
        },
    );
    registry.unary::<Text, String>("tsquery_not(tsquery)", |query, _| {
        let query = query::read(query)?;
        let denied = query.map(|query| Query::Not(Box::new(query)).bounded());
        Ok(written(denied.transpose()?))
    });
    registry.unary::<Text, i32>("numnode(tsquery)", |query, _| {
        let nodes = query::read(query)?.map_or(0, |query| query.nodes());
        super::text::count(nodes)
    });
    registry.unary::<Text, String>("querytree(tsquery)", |query, _| {
        Ok(match query::read(query)? {
            None => String::new(),
            Some(query) => indexable(query).map_or_else(|| String::from("T"), |query| query.text()),
        })
    });
    let contains = |all: &str, some: &str| -> Result<bool, Fault> {
        let lexemes = |text: &str| -> Result<Vec<String>, Fault> {
            let mut found = Vec::new();
            if let Some(query) = query::read(text)? {
                query.values(&mut |value| found.push(value.text.clone()));
            }
            Ok(found)
        };
        let (all, some) = (lexemes(all)?, lexemes(some)?);
        Ok(some.iter().all(|lexeme| all.contains(lexeme)))
    };
    registry.binary::<Text, Text, bool>("tsq_mcontains(tsquery,tsquery)", move |a, b, _| {
        contains(a, b)
    });
    registry.binary::<Text, Text, bool>("tsq_mcontained(tsquery,tsquery)", move |a, b, _| {
        contains(b, a)
    });
}

/// What an index could be asked of a query: the parts without `!`.
fn indexable(query: Query) -> Option<Query> {
    match query {
        Query::Not(_) | Query::Stop => None,
        Query::Value(_) => Some(query),
        Query::And(a, b) => both_or_one(*a, *b, Query::And),
        Query::Phrase(a, b, distance) => both_or_one(*a, *b, |a, b| Query::Phrase(a, b, distance)),
        Query::Or(a, b) => {
            let (a, b) = (indexable(*a)?, indexable(*b)?);
            Some(Query::Or(Box::new(a), Box::new(b)))
        }
    }
}

fn both_or_one(
    a: Query,
    b: Query,
    operator: impl Fn(Box<Query>, Box<Query>) -> Query,
) -> Option<Query> {
    match (indexable(a), indexable(b)) {
        (Some(a), Some(b)) => Some(operator(Box::new(a), Box::new(b))),
        (a, b) => a.or(b),
    }
}
