//! Array functions. Arrays have one dimension here; its first subscript is 1, and 0 for
//! `int2vector` and `oidvector`.

mod compare;
mod text;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, NullBufferBuilder};
use arrow::buffer::OffsetBuffer;
use arrow::compute::interleave;
use arrow::datatypes::DataType;

use super::call::{Bool, Call, Column, Elements, Int4, List, Output};
use super::registry::Registry;
use crate::pg::{Fault, SqlState, types};

use compare::Items;

/// Registers array functions.
pub(crate) fn register(registry: &mut Registry) {
    shapes(registry);
    changes(registry);
    searches(registry);
    buckets(registry);
    sets(registry);
    compare::register(registry);
    text::register(registry);
}

fn shapes(registry: &mut Registry) {
    registry.unary::<List, i32>("cardinality(anyarray)", |items, _| length(&items));
    registry.unary::<List, Option<i32>>("array_ndims(anyarray)", |items, _| {
        Ok((!items.is_empty()).then_some(1))
    });
    registry.binary::<List, Int4, Option<i32>>("array_length(anyarray,int4)", |items, n, _| {
        length(&items).map(|length| (n == 1 && length > 0).then_some(length))
    });
    registry.kernel("array_dims(anyarray)", |call| {
        let (lists, low) = (call.input::<List>(0)?, low(call));
        let rows = (0..call.rows).map(|row| match lists.at(row) {
            Some(items) if !items.is_empty() => {
                Ok(Some(format!("[{low}:{}]", length(&items)? + low - 1)))
            }
            _ => Ok(None),
        });
        String::collect(rows, call.rows, call.storage)
    });
    for (name, upper) in [("array_lower", false), ("array_upper", true)] {
        registry.kernel(format!("{name}(anyarray,int4)"), move |call| {
            let (lists, dimensions) = (call.input::<List>(0)?, call.input::<Int4>(1)?);
            let low = low(call);
            let rows = (0..call.rows).map(|row| match (lists.at(row), dimensions.at(row)) {
                (Some(items), Some(1)) if !items.is_empty() => Ok(Some(if upper {
                    length(&items)? + low - 1
                } else {
                    low
                })),
                _ => Ok(None),
            });
            i32::collect(rows, call.rows, call.storage)
        });
    }
}

/// The first subscript of the first argument.
fn low(call: &Call<'_>) -> i32 {
    call.types
        .first()
        .map_or(1, |kind| types::lower_bound(kind.oid))
}

fn length(items: &ArrayRef) -> Result<i32, Fault> {
    super::text::count(items.len())
}

/// Which element of which source array a new array has.
type Pick = (usize, usize);

/// Builds arrays from elements of other arrays: `row` gives the picks of one row, `None` for NULL.
fn assemble(
    call: &Call<'_>,
    sources: &[ArrayRef],
    mut row: impl FnMut(usize, &mut Vec<Pick>) -> Result<Option<()>, Fault>,
) -> Result<ArrayRef, Fault> {
    let DataType::List(field) = call.storage else {
        return Err(Fault::internal("an array is not stored as a list"));
    };
    let (mut picks, mut lengths) = (Vec::new(), Vec::with_capacity(call.rows));
    let mut present = NullBufferBuilder::new(call.rows);
    for at in 0..call.rows {
        let before = picks.len();
        present.append(row(at, &mut picks)?.is_some());
        lengths.push(picks.len() - before);
    }
    if i32::try_from(picks.len()).is_err() {
        return Err(too_many());
    }
    let sources: Vec<&dyn Array> = sources.iter().map(AsRef::as_ref).collect();
    let broken = |_| Fault::internal("array elements do not fit together");
    let items = interleave(&sources, &picks).map_err(broken)?;
    ListArray::try_new(
        Arc::clone(field),
        OffsetBuffer::from_lengths(lengths),
        items,
        present.finish(),
    )
    .map(|list| Arc::new(list) as ArrayRef)
    .map_err(broken)
}

fn too_many() -> Fault {
    Fault::new(
        SqlState::PROGRAM_LIMIT_EXCEEDED,
        "array size exceeds the maximum allowed (134217727)",
    )
}

/// An array argument of all rows with where each row's elements are.
struct Lists(ListArray);

impl Lists {
    fn of(call: &Call<'_>, index: usize) -> Result<Self, Fault> {
        call.spread(index)?
            .as_list_opt::<i32>()
            .cloned()
            .map(Self)
            .ok_or_else(|| Fault::internal("an array is not stored as a list"))
    }

    fn items(&self) -> ArrayRef {
        Arc::clone(self.0.values())
    }

    /// The positions of a row's elements; `None` for NULL.
    fn at(&self, row: usize) -> Option<std::ops::Range<usize>> {
        if self.0.is_null(row) {
            return None;
        }
        let offsets = self.0.value_offsets();
        let bound = |at: usize| offsets.get(at).and_then(|at| usize::try_from(*at).ok());
        Some(bound(row)?..bound(row + 1)?)
    }
}

fn changes(registry: &mut Registry) {
    registry.kernel("array_append(anycompatiblearray,anycompatible)", |call| {
        let (lists, item) = (Lists::of(call, 0)?, call.spread(1)?);
        assemble(call, &[lists.items(), item], |row, picks| {
            picks.extend(lists.at(row).unwrap_or(0..0).map(|at| (0, at)));
            picks.push((1, row));
            Ok(Some(()))
        })
    });
    registry.kernel("array_prepend(anycompatible,anycompatiblearray)", |call| {
        let (item, lists) = (call.spread(0)?, Lists::of(call, 1)?);
        assemble(call, &[item, lists.items()], |row, picks| {
            picks.push((0, row));
            picks.extend(lists.at(row).unwrap_or(0..0).map(|at| (1, at)));
            Ok(Some(()))
        })
    });
    registry.kernel("array_cat(anycompatiblearray,anycompatiblearray)", |call| {
        let (left, right) = (Lists::of(call, 0)?, Lists::of(call, 1)?);
        assemble(call, &[left.items(), right.items()], |row, picks| {
            let (left, right) = (left.at(row), right.at(row));
            if left.is_none() && right.is_none() {
                return Ok(None);
            }
            picks.extend(left.unwrap_or(0..0).map(|at| (0, at)));
            picks.extend(right.unwrap_or(0..0).map(|at| (1, at)));
            Ok(Some(()))
        })
    });
    removals(registry);
    for signature in [
        "array_fill(anyelement,_int4)",
        "array_fill(anyelement,_int4,_int4)",
    ] {
        registry.kernel(signature, fill);
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
            picks.extend(range.filter(|at| !items.same(*at, row)).map(|at| (0, at)));
            Ok(Some(()))
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
                Ok(Some(()))
            })
        },
    );
    registry.kernel("trim_array(anyarray,int4)", |call| {
        let (lists, counts) = (Lists::of(call, 0)?, call.input::<Int4>(1)?);
        assemble(call, &[lists.items()], |row, picks| {
            let (Some(range), Some(count)) = (lists.at(row), counts.at(row)) else {
                return Ok(None);
            };
            let Some(kept) = usize::try_from(count)
                .ok()
                .and_then(|count| range.len().checked_sub(count))
            else {
                return Err(Fault::new(
                    SqlState::ARRAY_SUBSCRIPT_ERROR,
                    format!(
                        "number of elements to trim must be between 0 and {}",
                        range.len()
                    ),
                ));
            };
            picks.extend(range.take(kept).map(|at| (0, at)));
            Ok(Some(()))
        })
    });
}

fn fill(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let (item, dimensions) = (call.spread(0)?, call.input::<List>(1)?);
    let bounds = (call.values.len() > 2)
        .then(|| call.input::<List>(2))
        .transpose()?;
    let single = |column: &Column<List>, row: usize| -> Result<Option<i32>, Fault> {
        let Some(items) = column.at(row) else {
            return Err(Fault::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "dimension array or low bound array cannot be null",
            ));
        };
        if items.null_count() > 0 {
            return Err(Fault::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "dimension values cannot be null",
            ));
        }
        match items.as_primitive_opt::<arrow::datatypes::Int32Type>() {
            Some(numbers) if numbers.len() == 1 => Ok(Some(numbers.value(0))),
            Some(numbers) if numbers.is_empty() => Ok(None),
            _ => Err(Fault::unsupported("an array of more than one dimension")),
        }
    };
    assemble(call, &[item], |row, picks| {
        if let Some(bounds) = &bounds
            && single(bounds, row)?.is_some_and(|low| low != 1)
        {
            return Err(Fault::unsupported(
                "an array whose first subscript is not 1",
            ));
        }
        let count = single(&dimensions, row)?.unwrap_or(0);
        let Ok(count) = usize::try_from(count) else {
            return Err(too_many());
        };
        if count > 1 << 24 {
            return Err(too_many());
        }
        picks.extend(std::iter::repeat_n((0, row), count));
        Ok(Some(()))
    })
}

fn searches(registry: &mut Registry) {
    for signature in [
        "array_position(anycompatiblearray,anycompatible)",
        "array_position(anycompatiblearray,anycompatible,int4)",
    ] {
        registry.kernel(signature, |call| {
            let lists = Lists::of(call, 0)?;
            let items = Items::of(call, &lists.items(), &call.spread(1)?)?;
            let starts = (call.values.len() > 2)
                .then(|| call.input::<Int4>(2))
                .transpose()?;
            let low = low(call);
            let rows = (0..call.rows).map(|row| {
                let Some(mut range) = lists.at(row) else {
                    return Ok(None);
                };
                let begin = range.start;
                if let Some(starts) = &starts {
                    let start = starts.at(row).ok_or_else(|| {
                        Fault::new(
                            SqlState::NULL_VALUE_NOT_ALLOWED,
                            "initial position must not be null",
                        )
                    })?;
                    range.start += usize::try_from(start.saturating_sub(low)).unwrap_or(0);
                }
                match range.into_iter().find(|at| items.same(*at, row)) {
                    Some(at) => super::text::count(at - begin).map(|at| Some(at + low)),
                    None => Ok(None),
                }
            });
            i32::collect(rows, call.rows, call.storage)
        });
    }
    registry.kernel(
        "array_positions(anycompatiblearray,anycompatible)",
        |call| {
            let lists = Lists::of(call, 0)?;
            let items = Items::of(call, &lists.items(), &call.spread(1)?)?;
            let low = low(call);
            let rows = (0..call.rows).map(|row| {
                let Some(range) = lists.at(row) else {
                    return Ok(None);
                };
                let begin = range.start;
                range
                    .filter(|at| items.same(*at, row))
                    .map(|at| super::text::count(at - begin).map(|at| Some(at + low)))
                    .collect::<Result<_, _>>()
                    .map(|positions| Some(Elements(positions)))
            });
            Elements::collect(rows, call.rows, call.storage)
        },
    );
}

/// Which of the ascending thresholds a value has reached.
fn buckets(registry: &mut Registry) {
    registry.kernel("width_bucket(anycompatible,anycompatiblearray)", |call| {
        let (values, lists) = (call.spread(0)?, Lists::of(call, 1)?);
        let kind = call.types.first().map_or(types::TEXT, |kind| kind.oid);
        let items = Items::over(kind, &lists.items(), &values)?;
        let rows = (0..call.rows).map(|row| {
            let Some(range) = lists.at(row).filter(|_| !values.is_null(row)) else {
                return Ok(None);
            };
            if range.clone().any(|at| lists.items().is_null(at)) {
                return Err(Fault::new(
                    SqlState::NULL_VALUE_NOT_ALLOWED,
                    "thresholds array must not contain NULLs",
                ));
            }
            // Halving finds what PostgreSQL finds, whatever the order of the thresholds.
            let (mut low, mut high) = (range.start, range.end);
            while low < high {
                let middle = low.midpoint(high);
                if items.order(middle, row).is_gt() {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            super::text::count(low - range.start).map(Some)
        });
        i32::collect(rows, call.rows, call.storage)
    });
}

fn sets(registry: &mut Registry) {
    registry.set("unnest(anyarray)", |call| call.spread(0));
    for signature in [
        "generate_subscripts(anyarray,int4)",
        "generate_subscripts(anyarray,int4,bool)",
    ] {
        registry.set(signature, |call| {
            let (lists, dimensions) = (call.input::<List>(0)?, call.input::<Int4>(1)?);
            let reversed = (call.values.len() > 2)
                .then(|| call.input::<Bool>(2))
                .transpose()?;
            let low = low(call);
            let rows = (0..call.rows).map(|row| {
                let backwards = match &reversed {
                    Some(reversed) => reversed.at(row),
                    None => Some(false),
                };
                let (Some(items), Some(1), Some(backwards)) =
                    (lists.at(row), dimensions.at(row), backwards)
                else {
                    return Ok(None);
                };
                let subscripts = low..low + length(&items)?;
                Ok(Some(Elements(if backwards {
                    subscripts.rev().map(Some).collect()
                } else {
                    subscripts.map(Some).collect()
                })))
            });
            Elements::collect(rows, call.rows, call.storage)
        });
    }
}
