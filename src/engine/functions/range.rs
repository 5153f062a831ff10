//! Ranges and multiranges: manual 9.20. Both are sets of ranges here, a range being one of one.

use arrow::array::ArrayRef;

use super::call::{Call, Column, Date, Elements, Int4, Int8, List, Output, Text, Timestamp};
use super::numbers::Value;
use super::registry::Registry;
use crate::ident::Oid;
use crate::pg::printed::multirange::{self, normal};
use crate::pg::printed::range::{self, Bound, Range};
use crate::pg::text::{Reader, Style};
use crate::pg::{Fault, SqlState, Type, types};

/// Registers range functions and operators.
pub(crate) fn register(registry: &mut Registry) {
    constructors(registry);
    bounds(registry);
    tests(registry);
    members(registry);
    sets(registry);
    distances(registry);
}

/// An argument of a range type or of a multirange type.
struct Ranges {
    column: Column<Text>,
    range: Oid,
    multiple: bool,
}

impl Ranges {
    fn of(call: &Call<'_>, at: usize) -> Result<Self, Fault> {
        let kind = call.types.get(at).map_or(Oid::INVALID, |kind| kind.oid);
        let range = multirange::range_of(kind);
        Ok(Self {
            column: call.input::<Text>(at)?,
            range: range.unwrap_or(kind),
            multiple: range.is_some(),
        })
    }

    /// The ranges of a row in order, none of them empty; `None` for NULL.
    fn at(&self, row: usize) -> Result<Option<Vec<Range>>, Fault> {
        let Some(text) = self.column.at(row) else {
            return Ok(None);
        };
        if self.multiple {
            return multirange::stored(self.range, text).map(Some);
        }
        let range = Range::stored(self.range, text)?;
        Ok(Some(if range.empty { Vec::new() } else { vec![range] }))
    }
}

/// Calls `body` for each row whose ranges are not NULL.
fn one<R: Output>(
    call: &Call<'_>,
    body: impl Fn(&[Range]) -> Result<Option<R>, Fault>,
) -> Result<ArrayRef, Fault> {
    let ranges = Ranges::of(call, 0)?;
    let rows = (0..call.rows).map(|row| match ranges.at(row)? {
        Some(ranges) => body(&ranges),
        None => Ok(None),
    });
    R::collect(rows, call.rows, call.storage)
}

/// The same for two arguments.
fn two<R: Output>(
    call: &Call<'_>,
    body: impl Fn(&[Range], &[Range], Oid) -> Result<R, Fault>,
) -> Result<ArrayRef, Fault> {
    let (left, right) = (Ranges::of(call, 0)?, Ranges::of(call, 1)?);
    let rows = (0..call.rows).map(|row| match (left.at(row)?, right.at(row)?) {
        (Some(a), Some(b)) => body(&a, &b, left.range).map(Some),
        _ => Ok(None),
    });
    R::collect(rows, call.rows, call.storage)
}

/// Whether lower and upper bound of `[)` and its kin are within.
fn flags(text: &str) -> Result<(bool, bool), Fault> {
    match text {
        "[]" => Ok((true, true)),
        "[)" => Ok((true, false)),
        "(]" => Ok((false, true)),
        "()" => Ok((false, false)),
        _ => Err(
            Fault::new(SqlState::SYNTAX_ERROR, "invalid range bound flags")
                .hint("Valid values are \"[]\", \"[)\", \"(]\", and \"()\"."),
        ),
    }
}

fn constructors(registry: &mut Registry) {
    for (name, over, range) in [
        ("int4", "int4", 3904),
        ("int8", "int8", 3926),
        ("num", "numeric", 3906),
        ("date", "date", 3912),
        ("ts", "timestamp", 3908),
        ("tstz", "timestamptz", 3910),
    ] {
        let range = Oid(range);
        for rest in ["", ",text"] {
            registry.kernel(format!("{name}range({over},{over}{rest})"), move |call| {
                construct(call, range)
            });
        }
        registry.kernel(format!("{name}multirange()"), |call| {
            let rows = (0..call.rows).map(|_| Ok(Some(String::from("{}"))));
            String::collect(rows, call.rows, call.storage)
        });
        registry.kernel(format!("{name}multirange({name}range)"), |call| {
            one(call, |ranges| Ok(Some(multirange::text(ranges))))
        });
        registry.kernel(format!("{name}multirange(_{name}range)"), move |call| {
            let lists = call.input::<List>(0)?;
            let rows = (0..call.rows).map(|row| {
                let Some(list) = lists.at(row) else {
                    return Ok(None);
                };
                let texts = <Text as super::call::Input>::downcast(&list)
                    .ok_or_else(|| Fault::internal("ranges are not stored as text"))?;
                let ranges = texts.iter().map(|text| match text {
                    Some(text) => Range::stored(range, text),
                    None => Err(Fault::new(
                        SqlState::NULL_VALUE_NOT_ALLOWED,
                        "multirange values cannot contain null members",
                    )),
                });
                let ranges = ranges.collect::<Result<_, _>>()?;
                Ok(Some(multirange::text(&normal(ranges))))
            });
            String::collect(rows, call.rows, call.storage)
        });
    }
    registry.kernel("multirange(anyrange)", |call| {
        one(call, |ranges| Ok(Some(multirange::text(ranges))))
    });
}

fn construct(call: &Call<'_>, range: Oid) -> Result<ArrayRef, Fault> {
    let (lower, upper) = (call.spread(0)?, call.spread(1)?);
    let written = (call.values.len() > 2)
        .then(|| call.input::<Text>(2))
        .transpose()?;
    let kind = range::subtype(range).unwrap_or(types::TEXT);
    let rows = (0..call.rows).map(|row| {
        let (from, to) = match &written {
            None => (true, false),
            Some(written) => flags(written.at(row).ok_or_else(|| {
                Fault::new(
                    SqlState::DATA_EXCEPTION,
                    "range constructor flags argument must not be null",
                )
            })?)?,
        };
        let bound = |values: &ArrayRef, inclusive| {
            (!values.is_null(row))
                .then(|| Bound::of(values, kind, row, inclusive))
                .transpose()
        };
        let made = Range::new(range, bound(&lower, from)?, bound(&upper, to)?)?;
        Ok(Some(made.text()))
    });
    String::collect(rows, call.rows, call.storage)
}

fn bounds(registry: &mut Registry) {
    for any in ["anyrange", "anymultirange"] {
        for (name, lower) in [("lower", true), ("upper", false)] {
            registry.kernel(format!("{name}({any})"), move |call| end(call, lower));
            registry.kernel(format!("{name}_inc({any})"), move |call| {
                one(call, |ranges| {
                    let bound = outer(ranges, lower);
                    Ok(Some(bound.is_some_and(|bound| {
                        bound.as_ref().is_some_and(|bound| bound.inclusive)
                    })))
                })
            });
            registry.kernel(format!("{name}_inf({any})"), move |call| {
                one(call, |ranges| {
                    Ok(Some(outer(ranges, lower).is_some_and(Option::is_none)))
                })
            });
        }
        registry.kernel(format!("isempty({any})"), |call| {
            one(call, |ranges| Ok(Some(ranges.is_empty())))
        });
    }
}

/// The outermost bound of ranges that are not empty; it is none where they reach everything.
fn outer(ranges: &[Range], lower: bool) -> Option<&Option<Bound>> {
    if lower {
        ranges.first().map(|range| &range.lower)
    } else {
        ranges.last().map(|range| &range.upper)
    }
}

fn end(call: &Call<'_>, lower: bool) -> Result<ArrayRef, Fault> {
    let ranges = Ranges::of(call, 0)?;
    let kind = range::subtype(ranges.range).unwrap_or(types::TEXT);
    let mut values = Reader::new(Type::plain(kind), &Style::default(), 0)?;
    for row in 0..call.rows {
        let found = ranges.at(row)?.unwrap_or_default();
        match outer(&found, lower).and_then(Option::as_ref) {
            Some(bound) => values.append(&bound.text)?,
            None => values.append_null(),
        }
    }
    values.finish()
}

type Test = fn(&[Range], &[Range]) -> bool;

fn contains(a: &[Range], b: &[Range]) -> bool {
    b.iter().all(|b| a.iter().any(|a| a.contains(b)))
}

fn overlaps(a: &[Range], b: &[Range]) -> bool {
    a.iter().any(|a| b.iter().any(|b| a.overlaps(b)))
}

fn before(a: &[Range], b: &[Range]) -> bool {
    matches!((a.last(), b.first()), (Some(a), Some(b)) if a.before(b))
}

fn overleft(a: &[Range], b: &[Range]) -> bool {
    matches!((a.last(), b.last()), (Some(a), Some(b)) if a.not_right_of(b))
}

fn overright(a: &[Range], b: &[Range]) -> bool {
    matches!((a.first(), b.first()), (Some(a), Some(b)) if a.not_left_of(b))
}

fn adjacent(a: &[Range], b: &[Range]) -> bool {
    let meet = |a: &[Range], b: &[Range]| matches!((a.last(), b.first()), (Some(a), Some(b)) if a.adjacent(b) && !b.before(a));
    meet(a, b) || meet(b, a)
}

fn tests(registry: &mut Registry) {
    let table: [(&str, Test); 8] = [
        ("overlaps", overlaps),
        ("contains", contains),
        ("contained_by", |a, b| contains(b, a)),
        ("before", before),
        ("after", |a, b| before(b, a)),
        ("overleft", overleft),
        ("overright", overright),
        ("adjacent", adjacent),
    ];
    for (name, holds) in table {
        for (signature, between) in [
            ("range", "anyrange,anyrange"),
            ("range_multirange", "anyrange,anymultirange"),
            ("multirange_range", "anymultirange,anyrange"),
            ("multirange_multirange", "anymultirange,anymultirange"),
        ] {
            let (left, right) = signature.split_once('_').unwrap_or((signature, ""));
            let mark = if right.is_empty() { "" } else { "_" };
            registry.kernel(
                format!("{left}_{name}{mark}{right}({between})"),
                move |call| two(call, |a, b, _| Ok(holds(a, b))),
            );
        }
    }
}

fn members(registry: &mut Registry) {
    for kind in ["range", "multirange"] {
        for (signature, set, value) in [
            (format!("{kind}_contains_elem(any{kind},anyelement)"), 0, 1),
            (
                format!("elem_contained_by_{kind}(anyelement,any{kind})"),
                1,
                0,
            ),
        ] {
            registry.kernel(signature, move |call| {
                let ranges = Ranges::of(call, set)?;
                let values = call.spread(value)?;
                let kind = range::subtype(ranges.range).unwrap_or(types::TEXT);
                let rows = (0..call.rows).map(|row| {
                    let Some(ranges) = ranges.at(row)?.filter(|_| !values.is_null(row)) else {
                        return Ok(None);
                    };
                    let value = Bound::of(&values, kind, row, true)?;
                    Ok(Some(ranges.iter().any(|range| range.holds(&value))))
                });
                bool::collect(rows, call.rows, call.storage)
            });
        }
    }
}

/// The one range that a set of them is.
fn single(ranges: Vec<Range>, kind: Oid, what: &str) -> Result<String, Fault> {
    let mut ranges = ranges.into_iter();
    match (ranges.next(), ranges.next()) {
        (None, _) => Ok(Range::nothing(kind).text()),
        (Some(range), None) => Ok(range.text()),
        _ => Err(Fault::new(
            SqlState::DATA_EXCEPTION,
            format!("result of range {what} would not be contiguous"),
        )),
    }
}

fn united(a: &[Range], b: &[Range]) -> Vec<Range> {
    normal([a, b].concat())
}

fn shared(a: &[Range], b: &[Range]) -> Vec<Range> {
    normal(
        a.iter()
            .flat_map(|a| b.iter().map(|b| a.intersect(b)))
            .collect(),
    )
}

fn remaining(a: &[Range], b: &[Range]) -> Result<Vec<Range>, Fault> {
    let mut left = a.to_vec();
    for taken in b {
        let parts: Vec<Vec<Range>> = left
            .iter()
            .map(|range| range.minus(taken))
            .collect::<Result<_, _>>()?;
        left = parts.concat();
    }
    Ok(left)
}

/// The ranges of a stored value of a range type or a multirange type, none of them empty.
fn stored(kind: Oid, text: &str) -> Result<Vec<Range>, Fault> {
    if let Some(range) = multirange::range_of(kind) {
        return multirange::stored(range, text);
    }
    let range = Range::stored(kind, text)?;
    Ok(if range.empty { Vec::new() } else { vec![range] })
}

/// The multirange of all that one of the values holds.
pub(super) fn union_of(kind: Oid, texts: &[&str]) -> Result<String, Fault> {
    let mut all = Vec::new();
    for text in texts {
        all.extend(stored(kind, text)?);
    }
    Ok(multirange::text(&normal(all)))
}

/// The range or multirange of what all the values hold.
pub(super) fn intersection_of(kind: Oid, texts: &[&str]) -> Result<Option<String>, Fault> {
    let mut all: Option<Vec<Range>> = None;
    for text in texts {
        let ranges = stored(kind, text)?;
        all = Some(match all {
            None => ranges,
            Some(before) => shared(&before, &ranges),
        });
    }
    let Some(all) = all else { return Ok(None) };
    if multirange::range_of(kind).is_some() {
        return Ok(Some(multirange::text(&all)));
    }
    single(all, kind, "intersection").map(Some)
}

/// How far one bound is from another, which sorts ranges in an index.
fn distances(registry: &mut Registry) {
    registry.binary::<Int4, Int4, f64>("int4range_subdiff(int4,int4)", |a, b, _| {
        Ok(f64::from(a) - f64::from(b))
    });
    registry.binary::<Int8, Int8, f64>("int8range_subdiff(int8,int8)", |a, b, _| {
        Ok(a as f64 - b as f64)
    });
    registry.binary::<Date, Date, f64>("daterange_subdiff(date,date)", |a, b, _| {
        Ok(f64::from(a.wrapping_sub(b)))
    });
    registry.binary::<Value, Value, f64>("numrange_subdiff(numeric,numeric)", |a, b, _| {
        a?.sub(&b?)?.to_f64()
    });
    for (range, kind) in [("tsrange", "timestamp"), ("tstzrange", "timestamptz")] {
        registry.binary::<Timestamp, Timestamp, f64>(
            format!("{range}_subdiff({kind},{kind})"),
            |a, b, _| Ok((a as f64 - b as f64) / 1_000_000.0),
        );
    }
}

fn merged(ranges: &[Range], kind: Oid) -> String {
    let nothing = Range::nothing(kind);
    ranges
        .iter()
        .fold(nothing, |all, range| all.merge(range))
        .text()
}

fn sets(registry: &mut Registry) {
    registry.kernel("range_union(anyrange,anyrange)", |call| {
        two(call, |a, b, kind| single(united(a, b), kind, "union"))
    });
    registry.kernel("range_intersect(anyrange,anyrange)", |call| {
        two(call, |a, b, kind| {
            single(shared(a, b), kind, "intersection")
        })
    });
    registry.kernel("range_minus(anyrange,anyrange)", |call| {
        two(call, |a, b, kind| {
            single(remaining(a, b)?, kind, "difference")
        })
    });
    registry.kernel("multirange_union(anymultirange,anymultirange)", |call| {
        two(call, |a, b, _| Ok(multirange::text(&united(a, b))))
    });
    registry.kernel(
        "multirange_intersect(anymultirange,anymultirange)",
        |call| two(call, |a, b, _| Ok(multirange::text(&shared(a, b)))),
    );
    registry.kernel("multirange_minus(anymultirange,anymultirange)", |call| {
        two(call, |a, b, _| Ok(multirange::text(&remaining(a, b)?)))
    });
    registry.kernel("range_merge(anyrange,anyrange)", |call| {
        two(call, |a, b, kind| Ok(merged(&[a, b].concat(), kind)))
    });
    registry.kernel("range_merge(anymultirange)", |call| {
        let kind = Ranges::of(call, 0)?.range;
        one(call, |ranges| Ok(Some(merged(ranges, kind))))
    });
    registry.set("unnest(anymultirange)", |call| {
        one(call, |ranges| {
            let texts = ranges.iter().map(|range| Some(range.text()));
            Ok(Some(Elements(texts.collect())))
        })
    });
}
