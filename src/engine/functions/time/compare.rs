//! Comparison. Equal storage is compared by DataFusion; a date, a timestamp and a timestamptz are
//! compared as moments, the date being its midnight (in the session's zone for timestamptz).

use std::cmp::Ordering;

use datafusion::logical_expr::Operator;

use super::{Span, finite_date, in_local, zone};
use crate::engine::functions::call::{Context, Date, Fixed, Input, Interval, Time, Timestamp};
use crate::engine::functions::registry::Registry;
use crate::pg::Fault;
use crate::pg::datetime::{DAY, INFINITY, NEGATIVE_INFINITY};
use crate::pg::text::split_timetz;

/// The six comparisons by the suffix of their functions.
const COMPARISONS: [(&str, Operator, fn(Ordering) -> bool); 6] = [
    ("eq", Operator::Eq, Ordering::is_eq),
    ("ne", Operator::NotEq, Ordering::is_ne),
    ("lt", Operator::Lt, Ordering::is_lt),
    ("le", Operator::LtEq, Ordering::is_le),
    ("gt", Operator::Gt, Ordering::is_gt),
    ("ge", Operator::GtEq, Ordering::is_ge),
];

/// Registers comparison.
pub(super) fn register(registry: &mut Registry) {
    for kind in ["date", "time", "timestamp", "timestamptz"] {
        for (suffix, operator, _) in COMPARISONS {
            registry.infix(format!("{kind}_{suffix}({kind},{kind})"), operator);
        }
    }
    mixed::<Date, Timestamp>(registry, "date", "timestamp", |date, at, _| {
        i128_midnight(date).cmp(&i128::from(at))
    });
    mixed::<Date, Timestamp>(registry, "date", "timestamptz", |date, at, context| {
        i128_midnight(date).cmp(&i128::from(in_local(at, zone(context))))
    });
    mixed::<Timestamp, Timestamp>(
        registry,
        "timestamp",
        "timestamptz",
        |local, at, context| local.cmp(&in_local(at, zone(context))),
    );
    ordered::<Interval>(registry, "interval", |a, b| {
        Ok(Span::from_arrow(a)
            .length()
            .cmp(&Span::from_arrow(b).length()))
    });
    ordered::<Fixed>(registry, "timetz", |a, b| {
        let ((a, a_west), (b, b_west)) = (split_timetz(a)?, split_timetz(b)?);
        let moment = |time: i64, west: i32| time + i64::from(west) * 1_000_000;
        Ok(moment(a, a_west)
            .cmp(&moment(b, b_west))
            .then(a_west.cmp(&b_west)))
    });
    extremes::<Date, i32>(registry, "date");
    extremes::<Time, i64>(registry, "time");
    extremes::<Timestamp, i64>(registry, "timestamp");
    extremes::<Timestamp, i64>(registry, "timestamptz");
}

/// A date's midnight, wide enough for every date.
fn i128_midnight(date: i32) -> i128 {
    if finite_date(date) {
        // A date may lie beyond the last timestamp, but never beyond infinity.
        (i128::from(date) * i128::from(DAY)).min(i128::from(INFINITY) - 1)
    } else if date > 0 {
        i128::from(INFINITY)
    } else {
        i128::from(NEGATIVE_INFINITY)
    }
}

/// Registers the comparisons of one kind with another, both ways round.
fn mixed<A: Input + 'static, B: Input + 'static>(
    registry: &mut Registry,
    left: &str,
    right: &str,
    compare: impl for<'a, 'b> Fn(A::Value<'a>, B::Value<'b>, &Context) -> Ordering
    + Copy
    + Send
    + Sync
    + 'static,
) {
    registry.binary::<A, B, i32>(
        format!("{left}_cmp_{right}({left},{right})"),
        move |a, b, context| Ok(compare(a, b, context) as i32),
    );
    registry.binary::<B, A, i32>(
        format!("{right}_cmp_{left}({right},{left})"),
        move |b, a, context| Ok(compare(a, b, context).reverse() as i32),
    );
    for (suffix, _, holds) in COMPARISONS {
        registry.binary::<A, B, bool>(
            format!("{left}_{suffix}_{right}({left},{right})"),
            move |a, b, context| Ok(holds(compare(a, b, context))),
        );
        registry.binary::<B, A, bool>(
            format!("{right}_{suffix}_{left}({right},{left})"),
            move |b, a, context| Ok(holds(compare(a, b, context).reverse())),
        );
    }
}

/// Registers the comparisons of a kind whose storage does not compare.
fn ordered<A: Input + 'static>(
    registry: &mut Registry,
    kind: &str,
    compare: impl for<'a, 'b> Fn(A::Value<'a>, A::Value<'b>) -> Result<Ordering, Fault>
    + Copy
    + Send
    + Sync
    + 'static,
) {
    for (suffix, _, holds) in COMPARISONS {
        registry.binary::<A, A, bool>(format!("{kind}_{suffix}({kind},{kind})"), move |a, b, _| {
            compare(a, b).map(holds)
        });
    }
}

fn extremes<A, R>(registry: &mut Registry, kind: &str)
where
    A: for<'a> Input<Value<'a> = R> + 'static,
    R: crate::engine::functions::call::Output + Ord + 'static,
{
    registry.binary::<A, A, R>(format!("{kind}_larger({kind},{kind})"), |a, b, _| {
        Ok(a.max(b))
    });
    registry.binary::<A, A, R>(format!("{kind}_smaller({kind},{kind})"), |a, b, _| {
        Ok(a.min(b))
    });
}
