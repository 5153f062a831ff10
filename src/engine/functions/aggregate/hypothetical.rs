//! Hypothetical-set aggregates: where a row would stand if it were in the group.
//!
//! The direct arguments come first, then as many ordered ones of the same types.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Int64Array};
use arrow::compute::SortOptions;

use super::gather::{Gathered, kind};
use super::lists::argument;
use super::{Shape, aggregate, gathered};
use crate::engine::functions::registry::Registry;
use crate::pg::Fault;
use crate::pg::key::Keys;

pub(super) fn register(registry: &mut Registry) {
    aggregate(registry, "rank(any)", |k, r| {
        let finish = |rows: &Gathered<'_>| Ok(number(Standing::of(rows)?.before + 1));
        Ok(gathered("rank", k, r, Shape::Type, Arc::new(finish)))
    });
    aggregate(registry, "dense_rank(any)", |k, r| {
        let finish = |rows: &Gathered<'_>| Ok(number(Standing::of(rows)?.different_before + 1));
        Ok(gathered("dense_rank", k, r, Shape::Type, Arc::new(finish)))
    });
    aggregate(registry, "percent_rank(any)", |k, r| {
        let finish = |rows: &Gathered<'_>| {
            let standing = Standing::of(rows)?;
            Ok(share(standing.before, standing.rows.max(1)))
        };
        Ok(gathered(
            "percent_rank",
            k,
            r,
            Shape::Type,
            Arc::new(finish),
        ))
    });
    aggregate(registry, "cume_dist(any)", |k, r| {
        let finish = |rows: &Gathered<'_>| {
            let standing = Standing::of(rows)?;
            Ok(share(standing.not_after + 1, standing.rows + 1))
        };
        Ok(gathered("cume_dist", k, r, Shape::Type, Arc::new(finish)))
    });
}

fn number(count: usize) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(i64::try_from(count).ok()))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of rows in memory are far below 2^53"
)]
fn share(part: usize, whole: usize) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values([part as f64 / whole as f64]))
}

/// How the rows of a group stand to the hypothetical one.
#[derive(Debug, Default)]
struct Standing {
    rows: usize,
    before: usize,
    different_before: usize,
    not_after: usize,
}

impl Standing {
    fn of(gathered: &Gathered<'_>) -> Result<Self, Fault> {
        let columns = gathered.orders.len();
        let rows = argument(gathered, 0)?.len();
        let mut standing = Self {
            rows,
            ..Self::default()
        };
        if rows == 0 {
            return Ok(standing);
        }
        let keys = |from: usize| {
            (from..from + columns)
                .map(|at| Keys::new(argument(gathered, at)?, kind(gathered, at).oid))
                .collect::<Result<Vec<_>, Fault>>()
        };
        let (direct, ordered) = (keys(0)?, keys(columns)?);
        let hypothetical = values(&direct, 0)?;
        let mut different = HashSet::new();
        for row in 0..rows {
            let row = values(&ordered, row)?;
            match compare(&row, &hypothetical, gathered.orders) {
                Ordering::Less => {
                    standing.before += 1;
                    standing.not_after += 1;
                    different.insert(row);
                }
                Ordering::Equal => standing.not_after += 1,
                Ordering::Greater => {}
            }
        }
        standing.different_before = different.len();
        Ok(standing)
    }
}

/// The keys of one row; `None` is NULL.
fn values(columns: &[Keys<'_>], row: usize) -> Result<Vec<Option<Vec<u8>>>, Fault> {
    columns
        .iter()
        .map(|column| {
            if column.null(row) {
                return Ok(None);
            }
            let mut key = Vec::new();
            column.write(row, &mut key)?;
            Ok(Some(key))
        })
        .collect()
}

fn compare(a: &[Option<Vec<u8>>], b: &[Option<Vec<u8>>], orders: &[SortOptions]) -> Ordering {
    let columns = a.iter().zip(b).zip(orders);
    let decided = columns.map(|((a, b), order)| match (a, b) {
        (Some(a), Some(b)) if order.descending => b.cmp(a),
        (Some(a), Some(b)) => a.cmp(b),
        (None, None) => Ordering::Equal,
        (None, Some(_)) if order.nulls_first => Ordering::Less,
        (Some(_), None) if !order.nulls_first => Ordering::Less,
        _ => Ordering::Greater,
    });
    decided.fold(Ordering::Equal, Ordering::then)
}
