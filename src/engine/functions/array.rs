//! Array functions.

mod change;
mod compare;
mod text;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, NullBufferBuilder};
use arrow::buffer::OffsetBuffer;
use arrow::compute::interleave;

use super::call::{Bool, Call, Elements, Int4, List, Output, Shaped};
use super::registry::Registry;
use crate::pg::array::{self, Arrays, Dimension, Shape, Shapes};
use crate::pg::{Fault, SqlState, types};

use compare::Items;

/// Registers array functions.
pub(crate) fn register(registry: &mut Registry) {
    shapes(registry);
    searches(registry);
    buckets(registry);
    sets(registry);
    change::register(registry);
    compare::register(registry);
    text::register(registry);
}

fn shapes(registry: &mut Registry) {
    registry.unary::<List, i32>("cardinality(anyarray)", |items, _| {
        super::text::count(items.len())
    });
    registry.unary::<Shaped, Option<i32>>("array_ndims(anyarray)", |shape, _| {
        let count = super::text::count(shape.dimensions().len())?;
        Ok((count > 0).then_some(count))
    });
    registry.unary::<Shaped, Option<String>>("array_dims(anyarray)", |shape, _| {
        let bounds = shape.dimensions().iter();
        let bounds = bounds.map(|dimension| format!("[{}:{}]", dimension.lower, dimension.upper()));
        Ok(Some(bounds.collect::<String>()).filter(|text| !text.is_empty()))
    });
    let measures: [(&str, fn(Dimension) -> i32); 3] = [
        ("array_length", |dimension| dimension.length),
        ("array_lower", |dimension| dimension.lower),
        ("array_upper", Dimension::upper),
    ];
    for (name, measure) in measures {
        let signature = format!("{name}(anyarray,int4)");
        registry.binary::<Shaped, Int4, Option<i32>>(signature, move |shape, n, _| {
            Ok(shape.dimension(n).map(measure))
        });
    }
}

/// Which element of which source array a new array has.
type Pick = (usize, usize);

/// Builds arrays from elements of other arrays: `row` gives the picks of one row and its shape,
/// `None` for NULL.
fn assemble(
    call: &Call<'_>,
    sources: &[ArrayRef],
    mut row: impl FnMut(usize, &mut Vec<Pick>) -> Result<Option<Shape>, Fault>,
) -> Result<ArrayRef, Fault> {
    let field =
        array::item(call.storage).ok_or_else(|| Fault::internal("an array is stored otherwise"))?;
    let (mut picks, mut lengths) = (Vec::new(), Vec::with_capacity(call.rows));
    let mut present = NullBufferBuilder::new(call.rows);
    let mut shapes = Shapes::default();
    for at in 0..call.rows {
        let before = picks.len();
        let shape = row(at, &mut picks)?;
        let length = picks.len() - before;
        present.append(shape.is_some());
        lengths.push(length);
        shapes.push(shape.as_ref(), length);
    }
    if i32::try_from(picks.len()).is_err() {
        return Err(array::too_many_elements());
    }
    let sources: Vec<&dyn Array> = sources.iter().map(AsRef::as_ref).collect();
    let broken = |_| Fault::internal("array elements do not fit together");
    let items = interleave(&sources, &picks).map_err(broken)?;
    let list = ListArray::try_new(
        Arc::clone(field),
        OffsetBuffer::from_lengths(lengths),
        items,
        present.finish(),
    );
    shapes.over(list.map_err(broken)?)
}

/// An array argument of all rows with where each row's elements are.
struct Lists(Arrays);

impl Lists {
    fn of(call: &Call<'_>, index: usize) -> Result<Self, Fault> {
        Arrays::of(&call.spread(index)?)
            .map(Self)
            .ok_or_else(|| Fault::internal("an array is stored otherwise"))
    }

    fn items(&self) -> ArrayRef {
        Arc::clone(self.0.items())
    }

    /// The positions of a row's elements; `None` for NULL.
    fn at(&self, row: usize) -> Option<std::ops::Range<usize>> {
        (!self.0.null(row)).then(|| self.0.range(row))
    }

    /// The shape of a row's array, an empty one for NULL.
    fn shape(&self, row: usize) -> Shape {
        if self.0.null(row) {
            Shape::EMPTY
        } else {
            self.0.shape(row)
        }
    }

    /// The first subscript of an array that can be searched, which has one dimension.
    fn searched(&self, row: usize) -> Result<i32, Fault> {
        let shape = self.shape(row);
        if shape.flat() {
            Ok(shape.lower())
        } else {
            Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                "searching for elements in multidimensional arrays is not supported",
            ))
        }
    }
}

fn searches(registry: &mut Registry) {
    for signature in [
        "array_position(anycompatiblearray,anycompatible)",
        "array_position(anycompatiblearray,anycompatible,int4)",
    ] {
        registry.kernel(signature, position);
    }
    registry.kernel(
        "array_positions(anycompatiblearray,anycompatible)",
        |call| {
            let lists = Lists::of(call, 0)?;
            let items = Items::of(call, &lists.items(), &call.spread(1)?)?;
            let rows = (0..call.rows).map(|row| {
                let Some(range) = lists.at(row) else {
                    return Ok(None);
                };
                let (low, begin) = (lists.searched(row)?, range.start);
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

fn position(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let lists = Lists::of(call, 0)?;
    let items = Items::of(call, &lists.items(), &call.spread(1)?)?;
    let starts = (call.values.len() > 2)
        .then(|| call.input::<Int4>(2))
        .transpose()?;
    let rows = (0..call.rows).map(|row| {
        let Some(mut range) = lists.at(row) else {
            return Ok(None);
        };
        let (low, begin) = (lists.searched(row)?, range.start);
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
            if !lists.shape(row).flat() {
                return Err(Fault::new(
                    SqlState::ARRAY_SUBSCRIPT_ERROR,
                    "thresholds must be one-dimensional array",
                ));
            }
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
    registry.set("unnest(anyarray)", |call| {
        Ok(Arc::new(Lists::of(call, 0)?.0.lists()?))
    });
    for signature in [
        "generate_subscripts(anyarray,int4)",
        "generate_subscripts(anyarray,int4,bool)",
    ] {
        registry.set(signature, |call| {
            let (shapes, dimensions) = (call.input::<Shaped>(0)?, call.input::<Int4>(1)?);
            let reversed = (call.values.len() > 2)
                .then(|| call.input::<Bool>(2))
                .transpose()?;
            let rows = (0..call.rows).map(|row| {
                let backwards = match &reversed {
                    Some(reversed) => reversed.at(row),
                    None => Some(false),
                };
                let dimension = shapes.at(row).zip(dimensions.at(row));
                let dimension = dimension.and_then(|(shape, n)| shape.dimension(n));
                let (Some(dimension), Some(backwards)) = (dimension, backwards) else {
                    return Ok(None);
                };
                let subscripts = dimension.lower..=dimension.upper();
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
