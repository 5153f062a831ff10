//! Arrays made of arrays and elements: adding, removing, replacing, filling, cutting.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Int32Type;

use super::compare::Items;
use super::{Lists, assemble};
use crate::engine::functions::call::{Call, Int4};
use crate::engine::functions::lift;
use crate::engine::functions::registry::Registry;
use crate::pg::array::{self, Arrays, DIMENSIONS_MAX, Dimension, Shape};
use crate::pg::{Fault, SqlState};

pub(super) fn register(registry: &mut Registry) {
    registry.kernel("array_append(anycompatiblearray,anycompatible)", |call| {
        let (lists, item) = (Lists::of(call, 0)?, call.spread(1)?);
        assemble(call, &[lists.items(), item], |row, picks| {
            picks.extend(lists.at(row).unwrap_or(0..0).map(|at| (0, at)));
            picks.push((1, row));
            longer(&lists.shape(row)).map(Some)
        })
    });
    registry.kernel("array_prepend(anycompatible,anycompatiblearray)", |call| {
        let (item, lists) = (call.spread(0)?, Lists::of(call, 1)?);
        assemble(call, &[item, lists.items()], |row, picks| {
            picks.push((0, row));
            picks.extend(lists.at(row).unwrap_or(0..0).map(|at| (1, at)));
            longer(&lists.shape(row)).map(Some)
        })
    });
    registry.kernel("array_cat(anycompatiblearray,anycompatiblearray)", |call| {
        let (left, right) = (Lists::of(call, 0)?, Lists::of(call, 1)?);
        assemble(call, &[left.items(), right.items()], |row, picks| {
            let (first, second) = (left.at(row), right.at(row));
            if first.is_none() && second.is_none() {
                return Ok(None);
            }
            picks.extend(first.unwrap_or(0..0).map(|at| (0, at)));
            picks.extend(second.unwrap_or(0..0).map(|at| (1, at)));
            joined(&left.shape(row), &right.shape(row)).map(Some)
        })
    });
    removals(registry);
    registry.kernel("trim_array(anyarray,int4)", trim);
    for signature in [
        "array_fill(anyelement,_int4)",
        "array_fill(anyelement,_int4,_int4)",
    ] {
        registry.kernel(signature, fill);
    }
}

/// The shape of an array with one element more, which begins where the array did.
fn longer(shape: &Shape) -> Result<Shape, Fault> {
    match shape.dimensions() {
        [] => Ok(Shape::plain(1)),
        [only] => {
            let last = only.upper().checked_add(1);
            let length = only.length.checked_add(1).filter(|_| last.is_some());
            let length = length.ok_or_else(|| {
                Fault::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range")
            })?;
            Shape::new(&[Dimension {
                length,
                lower: only.lower,
            }])
        }
        _ => Err(Fault::new(
            SqlState::DATA_EXCEPTION,
            "argument must be empty or one-dimensional array",
        )),
    }
}

/// The shape of one array after another.
fn joined(left: &Shape, right: &Shape) -> Result<Shape, Fault> {
    let (first, second) = (left.dimensions(), right.dimensions());
    let refused = |detail: String| {
        Err(Fault::new(
            SqlState::ARRAY_SUBSCRIPT_ERROR,
            "cannot concatenate incompatible arrays",
        )
        .detail(detail))
    };
    if first.is_empty() || second.is_empty() {
        return Ok(if first.is_empty() { *right } else { *left });
    }
    let differing = |what: &str| {
        refused(format!(
            "Arrays with differing {what}dimensions are not compatible for concatenation."
        ))
    };
    let longer = |whole: &[Dimension], added: i32| {
        let mut dimensions = whole.to_vec();
        if let Some(outer) = dimensions.first_mut() {
            outer.length = outer
                .length
                .checked_add(added)
                .ok_or_else(array::too_many_elements)?;
        }
        Shape::new(&dimensions)
    };
    match (first.split_first(), second.split_first()) {
        (Some((_, inner)), Some((other, rest))) if first.len() == second.len() => {
            if inner != rest {
                return differing("element ");
            }
            longer(first, other.length)
        }
        (_, Some((_, inner))) if first.len() + 1 == second.len() => {
            if inner != first {
                return differing("");
            }
            longer(second, 1)
        }
        (Some((_, inner)), _) if first.len() == second.len() + 1 => {
            if inner != second {
                return differing("");
            }
            longer(first, 1)
        }
        _ => refused(format!(
            "Arrays of {} and {} dimensions are not compatible for concatenation.",
            first.len(),
            second.len()
        )),
    }
}

fn removals(registry: &mut Registry) {
    registry.kernel("array_remove(anycompatiblearray,anycompatible)", |call| {
        let lists = Lists::of(call, 0)?;
        let items = Items::of(call, &lists.items(), &call.spread(1)?)?;
        assemble(call, &[lists.items()], |row, picks| {
            let Some(range) = lists.at(row) else {
                return Ok(None);
            };
            let shape = lists.shape(row);
            if !shape.flat() {
                return Err(Fault::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    "removing elements from multidimensional arrays is not supported",
                ));
            }
            let before = picks.len();
            let all = range.len();
            picks.extend(range.filter(|at| !items.same(*at, row)).map(|at| (0, at)));
            let kept = picks.len() - before;
            if kept == all {
                return Ok(Some(shape));
            }
            let length = i32::try_from(kept).unwrap_or(i32::MAX);
            let lower = shape.lower();
            Shape::new(&[Dimension { length, lower }]).map(Some)
        })
    });
    registry.kernel(
        "array_replace(anycompatiblearray,anycompatible,anycompatible)",
        |call| {
            let (lists, new) = (Lists::of(call, 0)?, call.spread(2)?);
            let items = Items::of(call, &lists.items(), &call.spread(1)?)?;
            assemble(call, &[lists.items(), new], |row, picks| {
                let Some(range) = lists.at(row) else {
                    return Ok(None);
                };
                picks.extend(range.map(|at| {
                    if items.same(at, row) {
                        (1, row)
                    } else {
                        (0, at)
                    }
                }));
                Ok(Some(lists.shape(row)))
            })
        },
    );
}

fn trim(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let (lists, counts) = (Lists::of(call, 0)?, call.input::<Int4>(1)?);
    assemble(call, &[lists.items()], |row, picks| {
        let (Some(range), Some(count)) = (lists.at(row), counts.at(row)) else {
            return Ok(None);
        };
        let shape = lists.shape(row);
        let length = shape.dimension(1).map_or(0, |outer| outer.length);
        if !(0..=length).contains(&count) {
            return Err(Fault::new(
                SqlState::ARRAY_SUBSCRIPT_ERROR,
                format!("number of elements to trim must be between 0 and {length}"),
            ));
        }
        let last = shape.dimension(1).map(|outer| outer.upper() - count);
        let mut places = Vec::new();
        let kept = lift::cut(&shape, &[(None, last)], range.start, &mut places)?;
        picks.extend(places.into_iter().map(|at| (0, at as usize)));
        Ok(Some(kept))
    })
}

fn fill(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let (item, lengths) = (call.spread(0)?, Lists::of(call, 1)?);
    let bounds = (call.values.len() > 2)
        .then(|| Lists::of(call, 2))
        .transpose()?;
    assemble(call, &[item], |row, picks| {
        let missing = bounds
            .as_ref()
            .is_some_and(|bounds| bounds.at(row).is_none());
        if missing || lengths.at(row).is_none() {
            return Err(Fault::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "dimension array or low bound array cannot be null",
            ));
        }
        let lengths = numbers(&lengths, row)?;
        if lengths.len() > DIMENSIONS_MAX {
            return Err(array::too_many_dimensions(lengths.len()));
        }
        let lowers = match &bounds {
            Some(bounds) => numbers(bounds, row)?,
            None => vec![1; lengths.len()],
        };
        if lowers.len() != lengths.len() {
            return Err(array::wrong_subscripts()
                .detail("Low bound array has different size than dimensions array."));
        }
        let dimensions = lengths.into_iter().zip(lowers);
        let dimensions = dimensions.map(|(length, lower)| Dimension { length, lower });
        let shape = Shape::new(&dimensions.collect::<Vec<_>>())?;
        if picks.len() + shape.size() > FILLED_MAX {
            return Err(array::too_many_elements());
        }
        picks.extend(std::iter::repeat_n((0, row), shape.size()));
        Ok(Some(shape))
    })
}

/// Elements that one batch of calls may fill.
const FILLED_MAX: usize = 1 << 24;

/// The numbers of an array of one dimension.
fn numbers(lists: &Lists, row: usize) -> Result<Vec<i32>, Fault> {
    if !lists.shape(row).flat() {
        return Err(array::wrong_subscripts().detail("Dimension array must be one dimensional."));
    }
    let Lists(arrays) = lists;
    values(arrays, row).ok_or_else(|| {
        Fault::new(
            SqlState::NULL_VALUE_NOT_ALLOWED,
            "dimension values cannot be null",
        )
    })
}

fn values(arrays: &Arrays, row: usize) -> Option<Vec<i32>> {
    let items = arrays.value(row);
    let numbers = items.as_primitive_opt::<Int32Type>()?;
    (numbers.null_count() == 0).then(|| numbers.values().to_vec())
}
