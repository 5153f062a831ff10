//! Aggregates over bit strings, money, ranges and multiranges.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};

use super::gather::{Gathered, kind, present};
use super::{Shape, aggregate, gathered};
use crate::engine::functions::call::Output;
use crate::engine::functions::registry::Registry;
use crate::engine::functions::{bits, money, range};
use crate::pg::Fault;

pub(super) fn register(registry: &mut Registry) {
    aggregate(registry, "bit_and(bit)", |k, r| {
        let finish =
            Arc::new(|rows: &Gathered<'_>| reduced(rows, |a, b| bits::logical("AND", a, b)));
        Ok(gathered("bit_and", k, r, Shape::Type, finish))
    });
    aggregate(registry, "bit_or(bit)", |k, r| {
        let finish =
            Arc::new(|rows: &Gathered<'_>| reduced(rows, |a, b| bits::logical("OR", a, b)));
        Ok(gathered("bit_or", k, r, Shape::Type, finish))
    });
    aggregate(registry, "bit_xor(bit)", |k, r| {
        let finish =
            Arc::new(|rows: &Gathered<'_>| reduced(rows, |a, b| bits::logical("XOR", a, b)));
        Ok(gathered("bit_xor", k, r, Shape::Type, finish))
    });
    aggregate(registry, "sum(money)", |k, r| {
        let finish = Arc::new(|rows: &Gathered<'_>| reduced(rows, money::sum_of));
        Ok(gathered("sum", k, r, Shape::Type, finish))
    });
    for arguments in ["anyrange", "anymultirange"] {
        aggregate(registry, format!("range_agg({arguments})"), |k, r| {
            let finish = Arc::new(|rows: &Gathered<'_>| {
                whole(rows, |kind, texts| range::union_of(kind, texts).map(Some))
            });
            Ok(gathered("range_agg", k, r, Shape::Type, finish))
        });
        aggregate(
            registry,
            format!("range_intersect_agg({arguments})"),
            |k, r| {
                let finish = Arc::new(|rows: &Gathered<'_>| whole(rows, range::intersection_of));
                Ok(gathered("range_intersect_agg", k, r, Shape::Type, finish))
            },
        );
    }
}

/// What is left of the values when one after the other is taken in.
fn reduced(
    rows: &Gathered<'_>,
    take: impl Fn(&str, &str) -> Result<String, Fault>,
) -> Result<ArrayRef, Fault> {
    whole(rows, |_, texts| {
        let mut all: Option<String> = None;
        for text in texts {
            all = Some(match all {
                None => (*text).to_owned(),
                Some(before) => take(&before, text)?,
            });
        }
        Ok(all)
    })
}

/// Calls `answer` with the values that are not NULL, if there are any.
fn whole(
    rows: &Gathered<'_>,
    answer: impl Fn(crate::ident::Oid, &[&str]) -> Result<Option<String>, Fault>,
) -> Result<ArrayRef, Fault> {
    let values = present(rows, 0)?;
    let texts: Vec<&str> = values
        .as_string_view_opt()
        .ok_or_else(|| Fault::internal("a printed value is not text"))?
        .iter()
        .flatten()
        .collect();
    let found = if texts.is_empty() {
        None
    } else {
        answer(kind(rows, 0).oid, &texts)?
    };
    String::collect(std::iter::once(Ok(found)), 1, rows.storage)
}
