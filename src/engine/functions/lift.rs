//! Kernels of the grammar: constructors, subscripts, fields, and functions lifted over elements.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, ListArray, StringViewArray, StructArray, UInt32Array,
    new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};

use super::{Call, Context, Kernel};
use crate::pg::Fault;
use crate::pg::text::scalar;

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
        _ => Err(Fault::internal("a list is stored otherwise")),
    }
}

/// `ARRAY[…]`: a list of the arguments of each row.
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
        ListArray::try_new(field, offsets, values, None)
            .map(|list| Arc::new(list) as ArrayRef)
            .map_err(|error| broken(&error))
    })
}

fn list(call: &Call<'_>, at: usize) -> Result<ListArray, Fault> {
    call.spread(at)?
        .as_list_opt::<i32>()
        .cloned()
        .ok_or_else(|| Fault::internal("an array is not a list"))
}

fn integers(call: &Call<'_>, at: usize) -> Result<arrow::array::Int32Array, Fault> {
    call.spread(at)?
        .as_primitive_opt::<Int32Type>()
        .cloned()
        .ok_or_else(|| Fault::internal("a subscript is not int4"))
}

/// `array[i]`; outside the array is NULL. `lower` is the first subscript.
pub(crate) fn subscript(lower: i32) -> Kernel {
    Arc::new(move |call| {
        let (lists, indexes) = (list(call, 0)?, integers(call, 1)?);
        let offsets = lists.value_offsets();
        let positions: UInt32Array = (0..call.rows)
            .map(|row| {
                if lists.is_null(row) || indexes.is_null(row) {
                    return None;
                }
                let (start, end) = (*offsets.get(row)?, *offsets.get(row + 1)?);
                let at = indexes.value(row).checked_sub(lower)?;
                (at >= 0 && at < end - start)
                    .then(|| u32::try_from(start + at).ok())
                    .flatten()
            })
            .collect();
        take(lists.values(), &positions, None).map_err(|error| broken(&error))
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

/// `array[from:to]`, both ends within; subscripts of the result start at 1.
pub(crate) fn slice(lower: i32) -> Kernel {
    Arc::new(move |call| {
        let (lists, from, to) = (list(call, 0)?, integers(call, 1)?, integers(call, 2)?);
        let field = list_field(call.storage)?;
        let (mut lengths, mut positions, mut valid) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..call.rows {
            let known = lists.is_valid(row) && from.is_valid(row) && to.is_valid(row);
            valid.push(known);
            if !known {
                lengths.push(0);
                continue;
            }
            let start = i64::from(lists.value_offsets().get(row).copied().unwrap_or_default());
            let length = i64::from(lists.value_length(row));
            let first = (i64::from(from.value(row)) - i64::from(lower)).max(0);
            let last = (i64::from(to.value(row)) - i64::from(lower)).min(length - 1);
            let taken = (first..=last).filter_map(|at| u32::try_from(start + at).ok());
            let before = positions.len();
            positions.extend(taken);
            lengths.push(positions.len() - before);
        }
        let values = take(lists.values(), &UInt32Array::from(positions), None)
            .map_err(|error| broken(&error))?;
        let result = ListArray::try_new(
            field,
            OffsetBuffer::from_lengths(lengths),
            values,
            Some(NullBuffer::from(valid)),
        );
        result
            .map(|list| Arc::new(list) as ArrayRef)
            .map_err(|error| broken(&error))
    })
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

/// Lifts an expression over the column `name` to the elements of a list.
pub(crate) fn over_elements(expr: &Expr, name: &str, element: DataType) -> Result<Kernel, Fault> {
    let lifted = Lifted::new(expr, &[(name, element)]);
    Ok(Arc::new(move |call| {
        let lists = list(call, 0)?;
        let field = list_field(call.storage)?;
        let values = lifted.evaluate(
            vec![Arc::clone(lists.values())],
            lists.values().len(),
            call.context,
        )?;
        let result = ListArray::try_new(
            field,
            lists.offsets().clone(),
            values,
            lists.nulls().cloned(),
        );
        result
            .map(|list| Arc::new(list) as ArrayRef)
            .map_err(|error| broken(&error))
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
        let lists = list(call, 1)?;
        let left = call.spread(0)?;
        let offsets = lists.value_offsets();
        let (first, last) = (
            offsets.first().copied().unwrap_or(0),
            offsets.last().copied().unwrap_or(0),
        );
        let owners: UInt32Array = (0..call.rows)
            .flat_map(|row| {
                let length = usize::try_from(lists.value_length(row)).unwrap_or(0);
                std::iter::repeat_n(u32::try_from(row).ok(), length)
            })
            .collect();
        let left = take(&left, &owners, None).map_err(|error| broken(&error))?;
        let (start, count) = (
            usize::try_from(first).unwrap_or(0),
            usize::try_from(last - first).unwrap_or(0),
        );
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
            let bound = |at: usize| {
                usize::try_from(offsets.get(at).copied().unwrap_or(first) - first).unwrap_or(0)
            };
            let range = bound(row)..bound(row + 1);
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
