//! Comparing arrays and their elements.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DynComparator, make_comparator};
use arrow::compute::SortOptions;

use super::Lists;
use crate::engine::functions::call::{Call, Output};
use crate::engine::functions::key::{keys, sort_key};
use crate::engine::functions::registry::Registry;
use crate::ident::Oid;
use crate::pg::{Fault, Type, types};

/// Registers comparison and containment.
pub(super) fn register(registry: &mut Registry) {
    let comparisons: [(&str, fn(Ordering) -> bool); 6] = [
        ("eq", Ordering::is_eq),
        ("ne", Ordering::is_ne),
        ("lt", Ordering::is_lt),
        ("le", Ordering::is_le),
        ("gt", Ordering::is_gt),
        ("ge", Ordering::is_ge),
    ];
    for (suffix, holds) in comparisons {
        let signature = format!("oidvector{suffix}(oidvector,oidvector)");
        registry.kernel(signature, move |call| {
            pairs(call, |left, right, items| holds(order(left, right, items)))
        });
    }
    registry.kernel("arrayoverlap(anyarray,anyarray)", |call| {
        pairs(call, |left, mut right, items| {
            right.any(|b| left.clone().any(|a| items.equal(a, b)))
        })
    });
    registry.kernel("arraycontains(anyarray,anyarray)", |call| {
        pairs(call, |left, mut right, items| {
            right.all(|b| left.clone().any(|a| items.equal(a, b)))
        })
    });
    registry.kernel("arraycontained(anyarray,anyarray)", |call| {
        pairs(call, |mut left, right, items| {
            left.all(|a| right.clone().any(|b| items.equal(a, b)))
        })
    });
}

type Range = std::ops::Range<usize>;

/// Elements of two arrays that can be compared by position.
pub(super) struct Items {
    left: ArrayRef,
    right: ArrayRef,
    compare: DynComparator,
}

impl Items {
    /// Elements of the first argument's type.
    pub(super) fn of(call: &Call<'_>, left: &ArrayRef, right: &ArrayRef) -> Result<Self, Fault> {
        let kind: Oid = call
            .types
            .first()
            .and_then(|kind| types::element(kind.oid))
            .ok_or_else(|| Fault::internal("an array of no elements' type"))?;
        Self::over(kind, left, right)
    }

    /// Elements of a type.
    pub(super) fn over(kind: Oid, left: &ArrayRef, right: &ArrayRef) -> Result<Self, Fault> {
        let comparable = |items: &ArrayRef| match sort_key(Type::plain(kind)) {
            Some(_) => keys(items, kind),
            None => Ok(Arc::clone(items)),
        };
        let (left, right) = (comparable(left)?, comparable(right)?);
        let compare = make_comparator(left.as_ref(), right.as_ref(), SortOptions::default())
            .map_err(|_| Fault::unsupported("comparison of such elements"))?;
        Ok(Self {
            left,
            right,
            compare,
        })
    }

    /// Whether two elements are equal; NULL equals nothing.
    fn equal(&self, left: usize, right: usize) -> bool {
        self.left.is_valid(left)
            && self.right.is_valid(right)
            && (self.compare)(left, right).is_eq()
    }

    /// Whether two elements are the same, two NULLs included.
    pub(super) fn same(&self, left: usize, right: usize) -> bool {
        self.order(left, right).is_eq()
    }

    /// NULL comes after everything.
    pub(super) fn order(&self, left: usize, right: usize) -> Ordering {
        match (self.left.is_valid(left), self.right.is_valid(right)) {
            (true, true) => (self.compare)(left, right),
            (left, right) => right.cmp(&left),
        }
    }
}

/// Element by element, then the shorter one first.
fn order(left: Range, right: Range, items: &Items) -> Ordering {
    let lengths = left.len().cmp(&right.len());
    left.zip(right)
        .map(|(a, b)| items.order(a, b))
        .find(|order| order.is_ne())
        .unwrap_or(lengths)
}

fn pairs(call: &Call<'_>, holds: impl Fn(Range, Range, &Items) -> bool) -> Result<ArrayRef, Fault> {
    let (left, right) = (Lists::of(call, 0)?, Lists::of(call, 1)?);
    let items = Items::of(call, &left.items(), &right.items())?;
    let rows = (0..call.rows).map(|row| {
        Ok(match (left.at(row), right.at(row)) {
            (Some(left), Some(right)) => Some(holds(left, right, &items)),
            _ => None,
        })
    });
    bool::collect(rows, call.rows, call.storage)
}
