//! Kernels of the grammar: constructors, subscripts, fields, and functions lifted over elements.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Int32Array, ListArray, StringViewArray, StructArray,
    UInt32Array, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{concat, interleave, take};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use arrow::row::{RowConverter, SortField};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};

use super::{Call, Context, Kernel};
use crate::pg::array::{self, Arrays, Dimension, Shape, Shapes};
use crate::pg::text::scalar;
use crate::pg::{Fault, SqlState};

fn broken(error: &arrow::error::ArrowError) -> Fault {
    Fault::internal(format!("array kernel: {error}"))
}

fn unlifted(error: DataFusionError) -> Fault {
    crate::engine::exec::fault(error)
}

/// `ROW(…)`: a struct of the arguments.
pub(crate) fn row() -> Kernel {
    Arc::new(|call| {
        let DataType::Struct(fields) = call.storage else {
            return Err(Fault::internal("a row is not a struct"));
        };
        let columns = (0..call.values.len())
            .map(|at| call.spread(at))
            .collect::<Result<Vec<_>, _>>()?;
        if columns.is_empty() {
            return Ok(Arc::new(StructArray::new_empty_fields(call.rows, None)));
        }
        StructArray::try_new(fields.clone(), columns, None)
            .map(|array| Arc::new(array) as ArrayRef)
            .map_err(|error| broken(&error))
    })
}

/// A field of a record.
pub(crate) fn field(at: usize) -> Kernel {
    Arc::new(move |call| {
        let record = call.spread(0)?;
        let record = record
            .as_struct_opt()
            .ok_or_else(|| Fault::internal("a record is not a struct"))?;
        let column = record
            .columns()
            .get(at)
            .ok_or_else(|| Fault::internal("a field outside its record"))?;
        match record.nulls() {
            None => Ok(Arc::clone(column)),
            Some(_) => {
                let rows: UInt32Array = (0..call.rows)
                    .map(|row| {
                        record
                            .is_valid(row)
                            .then(|| u32::try_from(row).ok())
                            .flatten()
                    })
                    .collect();
                take(column, &rows, None).map_err(|error| broken(&error))
            }
        }
    })
}

fn list_field(storage: &DataType) -> Result<Arc<Field>, Fault> {
    match storage {
        DataType::List(field) => Ok(Arc::clone(field)),
        other => array::item(other)
            .cloned()
            .ok_or_else(|| Fault::internal("a list is stored otherwise")),
    }
}

/// The lists as rows of a set or as arrays, whichever the storage asks for.
fn listed(list: ListArray, storage: &DataType) -> Result<ArrayRef, Fault> {
    match storage {
        DataType::List(_) => Ok(Arc::new(list)),
        _ => array::plain(list),
    }
}

/// `ARRAY[…]`: an array of the arguments of each row.
pub(crate) fn array() -> Kernel {
    Arc::new(|call| {
        let field = list_field(call.storage)?;
        let width = call.values.len();
        let columns = (0..width)
            .map(|at| call.spread(at))
            .collect::<Result<Vec<_>, _>>()?;
        let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(width, call.rows));
        let parts: Vec<&dyn Array> = columns.iter().map(AsRef::as_ref).collect();
        let values = if parts.is_empty() {
            new_null_array(field.data_type(), 0)
        } else {
            concat(&parts).map_err(|error| broken(&error))?
        };
        // Column after column becomes row after row.
        let order: UInt32Array = (0..call.rows)
            .flat_map(|row| (0..width).map(move |column| (column, row)))
            .map(|(column, row)| u32::try_from(column * call.rows + row).ok())
            .collect();
        let values = take(&values, &order, None).map_err(|error| broken(&error))?;
        let list = ListArray::try_new(field, offsets, values, None);
        listed(list.map_err(|error| broken(&error))?, call.storage)
    })
}

/// `ARRAY[…]` of arrays, which have to be of one shape; it has one dimension more.
pub(crate) fn nested_array() -> Kernel {
    Arc::new(|call| {
        let members = (0..call.values.len())
            .map(|at| arrays(call, at))
            .collect::<Result<Vec<_>, _>>()?;
        let sources: Vec<&dyn Array> = members.iter().map(|m| m.items().as_ref()).collect();
        let (mut picks, mut lengths) = (Vec::new(), Vec::with_capacity(call.rows));
        let mut shapes = Shapes::default();
        for row in 0..call.rows {
            let shape = common_shape(&members, row)?;
            let before = picks.len();
            if shape != Shape::EMPTY {
                for (source, member) in members.iter().enumerate() {
                    picks.extend(member.range(row).map(|at| (source, at)));
                }
            }
            if i32::try_from(picks.len()).is_err() {
                return Err(array::too_many_elements());
            }
            lengths.push(picks.len() - before);
            shapes.push(Some(&shape), shape.size());
        }
        let items = interleave(&sources, &picks).map_err(|error| broken(&error))?;
        let offsets = OffsetBuffer::from_lengths(lengths);
        let list = ListArray::try_new(list_field(call.storage)?, offsets, items, None);
        shapes.over(list.map_err(|error| broken(&error))?)
    })
}

/// The shape of an array of the members of a row; NULL and empty ones stand beside their like only.
fn common_shape(members: &[Arrays], row: usize) -> Result<Shape, Fault> {
    let shapes = members.iter().map(|member| {
        if member.null(row) {
            Shape::EMPTY
        } else {
            member.shape(row)
        }
    });
    let mut empty = false;
    let mut found: Option<Shape> = None;
    for shape in shapes {
        match found {
            _ if shape.dimensions().is_empty() => empty = true,
            None => found = Some(shape),
            Some(found) if found != shape => return Err(unequal()),
            Some(_) => {}
        }
    }
    match found {
        None => Ok(Shape::EMPTY),
        Some(_) if empty => Err(unequal()),
        Some(shape) => shape.many(members.len()),
    }
}

fn unequal() -> Fault {
    Fault::new(
        SqlState::ARRAY_SUBSCRIPT_ERROR,
        "multidimensional arrays must have array expressions with matching dimensions",
    )
}

fn list(call: &Call<'_>, at: usize) -> Result<ListArray, Fault> {
    call.spread(at)?
        .as_list_opt::<i32>()
        .cloned()
        .ok_or_else(|| Fault::internal("a set is not a list"))
}

fn arrays(call: &Call<'_>, at: usize) -> Result<Arrays, Fault> {
    Arrays::of(&call.spread(at)?).ok_or_else(|| Fault::internal("an array is stored otherwise"))
}

fn integers(call: &Call<'_>, at: usize) -> Result<Int32Array, Fault> {
    call.spread(at)?
        .as_primitive_opt::<Int32Type>()
        .cloned()
        .ok_or_else(|| Fault::internal("a subscript is not int4"))
}

/// What a call of [`subscript`] is named.
pub(crate) const SUBSCRIPT: &str = "subscript";

/// `array[i]`, `array[i][j]`: outside the array, and with another number of subscripts than
/// dimensions, is NULL.
pub(crate) fn subscript() -> Kernel {
    Arc::new(|call| {
        let arrays = arrays(call, 0)?;
        let indexes = (1..call.values.len())
            .map(|at| integers(call, at))
            .collect::<Result<Vec<_>, _>>()?;
        let place = |row: usize| {
            if arrays.null(row) || indexes.iter().any(|index| index.is_null(row)) {
                return None;
            }
            let range = arrays.range(row);
            let place = match indexes.as_slice() {
                [index] if arrays.plain() => {
                    let at = usize::try_from(index.value(row)).ok()?.checked_sub(1)?;
                    (at < range.len()).then_some(at)?
                }
                _ => {
                    let subscripts = indexes.iter().map(|index| index.value(row));
                    arrays.shape(row).place(subscripts)?
                }
            };
            u32::try_from(range.start + place).ok()
        };
        let places: UInt32Array = (0..call.rows).map(place).collect();
        take(arrays.items(), &places, None).map_err(|error| broken(&error))
    })
}

/// `name[n]`: the byte at that place of 64, which is zero behind the name's end.
pub(crate) fn byte_of_name() -> Kernel {
    const PLACES: i32 = 64;
    Arc::new(|call| {
        let (names, places) = (call.spread(0)?, integers(call, 1)?);
        let names = names
            .as_string_view_opt()
            .ok_or_else(|| Fault::internal("a name is not text"))?;
        let bytes: StringViewArray = names
            .iter()
            .zip(places.iter())
            .map(|(name, place)| {
                let (name, place) = (name?, place?);
                let within = (0..PLACES).contains(&place);
                let at = within.then(|| usize::try_from(place).ok()).flatten()?;
                let byte = name.as_bytes().get(at).copied();
                Some(byte.map(scalar::char_from).unwrap_or_default())
            })
            .collect();
        Ok(Arc::new(bytes))
    })
}

/// Whether a slice gives the first and the last subscript of each dimension; the others are those
/// of the array.
pub(crate) type Given = Vec<(bool, bool)>;

/// `array[from:to]`, both ends within; subscripts of the result begin at 1.
pub(crate) fn slice(given: Given) -> Kernel {
    Arc::new(move |call| {
        let arrays = arrays(call, 0)?;
        let ends = (1..call.values.len())
            .map(|at| integers(call, at))
            .collect::<Result<Vec<_>, _>>()?;
        let (mut lengths, mut places, mut valid) = (Vec::new(), Vec::new(), Vec::new());
        let mut shapes = Shapes::default();
        for row in 0..call.rows {
            let known = !arrays.null(row) && ends.iter().all(|end| end.is_valid(row));
            valid.push(known);
            if !known {
                lengths.push(0);
                shapes.push(None, 0);
                continue;
            }
            let mut ends = ends.iter().map(|end| end.value(row));
            let wanted: Vec<_> = given
                .iter()
                .map(|(lower, upper)| {
                    let lower = if *lower { ends.next() } else { None };
                    (lower, if *upper { ends.next() } else { None })
                })
                .collect();
            let before = places.len();
            let shape = cut(
                &arrays.shape(row),
                &wanted,
                arrays.range(row).start,
                &mut places,
            )?;
            lengths.push(places.len() - before);
            shapes.push(Some(&shape), shape.size());
        }
        let items = take(arrays.items(), &UInt32Array::from(places), None)
            .map_err(|error| broken(&error))?;
        let list = ListArray::try_new(
            list_field(call.storage)?,
            OffsetBuffer::from_lengths(lengths),
            items,
            Some(NullBuffer::from(valid)),
        );
        shapes.over(list.map_err(|error| broken(&error))?)
    })
}

/// The shape of a part of an array, the places of its elements added to `places`.
pub(super) fn cut(
    shape: &Shape,
    wanted: &[(Option<i32>, Option<i32>)],
    start: usize,
    places: &mut Vec<u32>,
) -> Result<Shape, Fault> {
    let dimensions = shape.dimensions();
    if dimensions.len() < wanted.len() {
        return Ok(Shape::EMPTY);
    }
    let whole = std::iter::repeat(&(None, None));
    let mut kept = Vec::with_capacity(dimensions.len());
    let mut first = Vec::with_capacity(dimensions.len());
    for (dimension, (lower, upper)) in dimensions.iter().zip(wanted.iter().chain(whole)) {
        let lower = lower.unwrap_or(i32::MIN).max(dimension.lower);
        let upper = upper.unwrap_or(i32::MAX).min(dimension.upper());
        if lower > upper {
            return Ok(Shape::EMPTY);
        }
        first.push(lower);
        kept.push(Dimension {
            length: upper - lower + 1,
            lower: 1,
        });
    }
    let part = Shape::new(&kept)?;
    let mut at = vec![0; kept.len()];
    for _ in 0..part.size() {
        let subscripts = first.iter().zip(&at).map(|(first, at)| first + at);
        let place = shape.place(subscripts);
        places.extend(place.and_then(|place| u32::try_from(start + place).ok()));
        for (at, dimension) in at.iter_mut().zip(&kept).rev() {
            *at += 1;
            if *at < dimension.length {
                break;
            }
            *at = 0;
        }
    }
    Ok(part)
}

/// `1, 2, …` up to the longest of the argument lists.
pub(crate) fn ordinality() -> Kernel {
    Arc::new(|call| {
        let lists = (0..call.values.len())
            .map(|at| list(call, at))
            .collect::<Result<Vec<_>, _>>()?;
        let longest = |row: usize| {
            let lengths = lists.iter().map(|list| {
                if list.is_null(row) {
                    0
                } else {
                    usize::try_from(list.value_length(row)).unwrap_or(0)
                }
            });
            lengths.max().unwrap_or(0)
        };
        let lengths: Vec<usize> = (0..call.rows).map(longest).collect();
        let numbers: arrow::array::Int64Array = lengths
            .iter()
            .flat_map(|length| 1..=i64::try_from(*length).unwrap_or(0))
            .collect();
        let result = ListArray::try_new(
            list_field(call.storage)?,
            OffsetBuffer::from_lengths(lengths),
            Arc::new(numbers),
            None,
        );
        result
            .map(|list| Arc::new(list) as ArrayRef)
            .map_err(|error| broken(&error))
    })
}

/// A planned expression over named columns, evaluated by a kernel.
struct Lifted {
    schema: Arc<Schema>,
    expr: Expr,
}

impl Lifted {
    fn new(expr: &Expr, columns: &[(&str, DataType)]) -> Self {
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, storage)| Field::new(*name, storage.clone(), true))
            .collect();
        Self {
            schema: Arc::new(Schema::new(fields)),
            expr: expr.clone(),
        }
    }

    /// Evaluates over columns of equal length; the session's context goes along.
    fn evaluate(
        &self,
        columns: Vec<ArrayRef>,
        rows: usize,
        context: &Context,
    ) -> Result<ArrayRef, Fault> {
        let schema = DFSchema::try_from(self.schema.as_ref().clone()).map_err(unlifted)?;
        let mut options = datafusion::common::config::ConfigOptions::new();
        options.extensions.insert(context.clone());
        let mut props = ExecutionProps::new();
        props.mark_start_execution(Arc::new(options));
        let planning = PhysicalPlanningContext::default();
        let planned: Arc<dyn PhysicalExpr> =
            create_physical_expr(&self.expr, &schema, &props, &planning).map_err(unlifted)?;
        let shape = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &shape)
            .map_err(|error| broken(&error))?;
        planned
            .evaluate(&batch)
            .and_then(|value| value.into_array(rows))
            .map_err(unlifted)
    }
}

/// Lifts an expression over the column `name` to the elements of an array.
pub(crate) fn over_elements(expr: &Expr, name: &str, element: DataType) -> Result<Kernel, Fault> {
    let lifted = Lifted::new(expr, &[(name, element)]);
    Ok(Arc::new(move |call| {
        let arrays = arrays(call, 0)?;
        let lists = arrays.lists()?;
        let values = lifted.evaluate(
            vec![Arc::clone(lists.values())],
            lists.values().len(),
            call.context,
        )?;
        let list = ListArray::try_new(
            list_field(call.storage)?,
            lists.offsets().clone(),
            values,
            lists.nulls().cloned(),
        );
        arrays.with(list.map_err(|error| broken(&error))?)
    }))
}

/// `value op ANY (list)` and `ALL`: lifts a test over `value` and `element`.
pub(crate) fn any_all(
    test: &Expr,
    value: DataType,
    element: DataType,
    any: bool,
) -> Result<Kernel, Fault> {
    let lifted = Lifted::new(test, &[("value", value), ("element", element)]);
    Ok(Arc::new(move |call| {
        let lists = arrays(call, 1)?.lists()?;
        let left = call.spread(0)?;
        let (start, count) = extent(&lists);
        let owners: UInt32Array = (0..call.rows)
            .flat_map(|row| {
                let length = usize::try_from(lists.value_length(row)).unwrap_or(0);
                std::iter::repeat_n(u32::try_from(row).ok(), length)
            })
            .collect();
        let left = take(&left, &owners, None).map_err(|error| broken(&error))?;
        let elements = lists.values().slice(start, count);
        let tests = lifted.evaluate(vec![left, elements], count, call.context)?;
        let tests = tests
            .as_boolean_opt()
            .ok_or_else(|| Fault::internal("a comparison is not boolean"))?;
        let mut result = BooleanBuilder::with_capacity(call.rows);
        for row in 0..call.rows {
            if lists.is_null(row) {
                result.append_null();
                continue;
            }
            let range = range(&lists, row, start);
            let decided = range
                .clone()
                .any(|at| tests.is_valid(at) && tests.value(at) == any);
            let open = range.clone().any(|at| tests.is_null(at));
            result.append_option(if decided {
                Some(any)
            } else if open {
                None
            } else {
                Some(!any)
            });
        }
        Ok(Arc::new(result.finish()) as ArrayRef)
    }))
}

/// The distinct elements of an array that are not NULL, in the form that `key` makes of `element`.
pub(super) fn distinct(key: &Expr, element: DataType) -> Kernel {
    let lifted = Lifted::new(key, &[("element", element)]);
    Arc::new(move |call| {
        let lists = arrays(call, 0)?.lists()?;
        let (start, count) = extent(&lists);
        let elements = lists.values().slice(start, count);
        let keys = lifted.evaluate(vec![elements], count, call.context)?;
        let field = SortField::new(keys.data_type().clone());
        let rows = RowConverter::new(vec![field])
            .and_then(|converter| converter.convert_columns(&[Arc::clone(&keys)]))
            .map_err(|error| broken(&error))?;
        let (mut places, mut lengths) = (Vec::new(), Vec::with_capacity(call.rows));
        let mut own: Vec<usize> = Vec::new();
        for row in 0..call.rows {
            own.clear();
            if lists.is_valid(row) {
                own.extend(range(&lists, row, start).filter(|at| keys.is_valid(*at)));
            }
            own.sort_unstable_by(|one, other| rows.row(*one).cmp(&rows.row(*other)));
            own.dedup_by(|one, other| rows.row(*one) == rows.row(*other));
            lengths.push(own.len());
            places.extend(own.iter().filter_map(|at| u32::try_from(*at).ok()));
        }
        let keys = take(&keys, &UInt32Array::from(places), None).map_err(|error| broken(&error))?;
        let list = ListArray::try_new(
            list_field(call.storage)?,
            OffsetBuffer::from_lengths(lengths),
            keys,
            None,
        );
        let list = list.map_err(|error| broken(&error))?;
        Ok(Arc::new(list) as ArrayRef)
    })
}

/// Where the elements of some lists begin among their values, and how many there are.
fn extent(lists: &ListArray) -> (usize, usize) {
    let offsets = lists.value_offsets();
    let place = |offset: Option<&i32>| {
        let offset = offset.copied().unwrap_or(0);
        usize::try_from(offset).unwrap_or(0)
    };
    let start = place(offsets.first());
    (start, place(offsets.last()) - start)
}

/// The places of a list's elements, counted from the first element of all lists.
fn range(lists: &ListArray, row: usize, start: usize) -> std::ops::Range<usize> {
    let offsets = lists.value_offsets();
    let place = |at: usize| {
        let offset = offsets.get(at).copied().unwrap_or(0);
        usize::try_from(offset).unwrap_or(0).saturating_sub(start)
    };
    place(row)..place(row + 1)
}
