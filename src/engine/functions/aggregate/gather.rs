//! Aggregates that keep their rows until the end.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, ListArray, StringViewArray, UInt32Array,
    new_empty_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{SortOptions, concat, take};
use arrow::datatypes::{DataType, Field};
use arrow::row::{RowConverter, SortField};
use datafusion::common::{DataFusionError, Result as PlanResult, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::carried;
use crate::pg::key::Keys;
use crate::pg::{Fault, Type, types};

/// All rows of a group: the arguments in their order, each distinct once if that was asked.
pub(super) struct Gathered<'a> {
    /// The arguments.
    pub(super) values: &'a [ArrayRef],
    /// Their types.
    pub(super) kinds: &'a [Type],
    /// How they are ordered.
    pub(super) orders: &'a [SortOptions],
    /// The storage of the answer.
    pub(super) storage: &'a DataType,
}

/// Gives the answer as an array of one.
pub(super) type Finish = Arc<dyn Fn(&Gathered<'_>) -> Result<ArrayRef, Fault> + Send + Sync>;

/// What is done with the rows of a group: the arguments, then the keys they are ordered by.
#[derive(Clone)]
pub(super) struct Recipe {
    /// The storage of each column.
    pub(super) inputs: Vec<DataType>,
    /// The types of the arguments.
    pub(super) kinds: Vec<Type>,
    /// How the keys order the rows.
    pub(super) orders: Vec<SortOptions>,
    /// Whether each row of arguments counts once.
    pub(super) distinct: bool,
    /// The storage of the answer.
    pub(super) storage: DataType,
    /// Gives the answer.
    pub(super) finish: Finish,
}

/// Keeps the rows of one group.
pub(super) struct Gather {
    recipe: Recipe,
    batches: VecDeque<Vec<ArrayRef>>,
    /// Bytes of `batches`.
    bytes: usize,
    /// Rows at the front that have left a moving frame.
    gone: usize,
}

impl fmt::Debug for Gather {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather")
            .field("batches", &self.batches.len())
            .finish_non_exhaustive()
    }
}

impl Gather {
    pub(super) fn new(recipe: Recipe) -> Self {
        Self {
            recipe,
            batches: VecDeque::new(),
            bytes: 0,
            gone: 0,
        }
    }

    fn columns(&self) -> PlanResult<Vec<ArrayRef>> {
        let columns = self.recipe.columns(&self.batches)?;
        let rest = |all: ArrayRef| all.slice(self.gone, all.len().saturating_sub(self.gone));
        Ok(columns.into_iter().map(rest).collect())
    }
}

impl Recipe {
    /// The columns of batches, each as one array.
    pub(super) fn columns<'a>(
        &self,
        batches: impl IntoIterator<Item = &'a Vec<ArrayRef>> + Copy,
    ) -> PlanResult<Vec<ArrayRef>> {
        let column = |(at, kind): (usize, &DataType)| {
            let parts = batches.into_iter().filter_map(|batch| batch.get(at));
            let parts: Vec<&dyn Array> = parts.map(AsRef::as_ref).collect();
            if parts.is_empty() {
                return Ok(new_empty_array(kind));
            }
            Ok(concat(&parts)?)
        };
        self.inputs.iter().enumerate().map(column).collect()
    }

    /// The answer for the rows of a group, as an array of one.
    pub(super) fn answer(&self, columns: &[ArrayRef]) -> PlanResult<ArrayRef> {
        let values = self.arranged(columns)?;
        let gathered = Gathered {
            values: &values,
            kinds: &self.kinds,
            orders: &self.orders,
            storage: &self.storage,
        };
        (self.finish)(&gathered).map_err(carried)
    }

    /// The rows in order, as positions.
    fn order(&self, columns: &[ArrayRef], arguments: usize) -> PlanResult<Vec<u32>> {
        let rows = columns.first().map_or(0, Array::len);
        let mut positions: Vec<u32> = (0..u32::try_from(rows).unwrap_or(u32::MAX)).collect();
        let keys = columns.get(arguments..).unwrap_or_default();
        if keys.is_empty() || self.orders.is_empty() {
            return Ok(positions);
        }
        let fields = keys
            .iter()
            .zip(&self.orders)
            .map(|(key, options)| SortField::new_with_options(key.data_type().clone(), *options));
        let converter = RowConverter::new(fields.collect())?;
        let sorted = converter.convert_columns(keys)?;
        positions.sort_by(|a, b| {
            let at = |position: &u32| sorted.row(*position as usize);
            at(a).cmp(&at(b))
        });
        Ok(positions)
    }

    /// The rows whose arguments were not there before; without an order, in the order of values.
    fn unequal(&self, arguments: &[ArrayRef], positions: Vec<u32>) -> Result<Vec<u32>, Fault> {
        let keys = arguments
            .iter()
            .zip(&self.kinds)
            .map(|(array, kind)| Keys::new(array, kind.oid))
            .collect::<Result<Vec<_>, _>>()?;
        let mut seen = HashSet::new();
        let mut kept = Vec::new();
        for position in positions {
            let mut key = Vec::new();
            for column in &keys {
                let null = column.null(position as usize);
                key.push(u8::from(null));
                if !null {
                    column.write(position as usize, &mut key)?;
                }
            }
            if seen.insert(key.clone()) {
                kept.push((key, position));
            }
        }
        if self.orders.is_empty() {
            kept.sort();
        }
        Ok(kept.into_iter().map(|(_, position)| position).collect())
    }

    fn arranged(&self, columns: &[ArrayRef]) -> PlanResult<Vec<ArrayRef>> {
        let arguments = self.inputs.len() - self.orders.len();
        let values = columns.get(..arguments).unwrap_or_default();
        if self.orders.is_empty() && !self.distinct {
            return Ok(values.to_vec());
        }
        let mut positions = self.order(columns, arguments)?;
        if self.distinct {
            positions = self.unequal(values, positions).map_err(carried)?;
        }
        let positions = UInt32Array::from(positions);
        values
            .iter()
            .map(|column| Ok(take(column, &positions, None)?))
            .collect()
    }
}

impl Accumulator for Gather {
    fn update_batch(&mut self, values: &[ArrayRef]) -> PlanResult<()> {
        if values.first().is_some_and(|array| !array.is_empty()) {
            self.bytes += values.iter().map(held).sum::<usize>();
            self.batches.push_back(values.to_vec());
        }
        Ok(())
    }

    fn evaluate(&mut self) -> PlanResult<ScalarValue> {
        ScalarValue::try_from_array(&self.recipe.answer(&self.columns()?)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes
    }

    fn state(&mut self) -> PlanResult<Vec<ScalarValue>> {
        let columns = self.columns()?;
        columns
            .into_iter()
            .map(|column| {
                let item = Arc::new(Field::new("item", column.data_type().clone(), true));
                let offsets = OffsetBuffer::from_lengths([column.len()]);
                let list = ListArray::try_new(item, offsets, column, None)?;
                Ok(ScalarValue::List(Arc::new(list)))
            })
            .collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> PlanResult<()> {
        let lists = states
            .iter()
            .map(|array| {
                array.as_list_opt::<i32>().ok_or_else(|| {
                    DataFusionError::Internal(String::from("aggregate state is not a list"))
                })
            })
            .collect::<PlanResult<Vec<_>>>()?;
        for row in 0..lists.first().map_or(0, Array::len) {
            let batch: Vec<ArrayRef> = lists.iter().map(|list| list.value(row)).collect();
            self.update_batch(&batch)?;
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> PlanResult<()> {
        self.gone += values.first().map_or(0, Array::len);
        while let Some(first) = self.batches.front() {
            let rows = first.first().map_or(0, Array::len);
            if self.gone < rows {
                break;
            }
            self.gone -= rows;
            self.bytes -= first.iter().map(held).sum::<usize>();
            self.batches.pop_front();
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }
}

/// Bytes that the rows of an array take, however much of its buffers belongs to other rows.
pub(super) fn held(array: &ArrayRef) -> usize {
    /// A value in the text or bytes of a view; shorter ones are inside it.
    const VIEW: usize = 16;
    const INSIDE: u32 = 12;
    let views = match array.data_type() {
        DataType::Utf8View => array.as_string_view_opt().map(StringViewArray::views),
        DataType::BinaryView => array.as_binary_view_opt().map(BinaryViewArray::views),
        _ => None,
    };
    match views {
        Some(views) => views
            .iter()
            .map(|view| {
                let [a, b, c, d, ..] = view.to_le_bytes();
                let length = u32::from_le_bytes([a, b, c, d]);
                VIEW + if length > INSIDE { length as usize } else { 0 }
            })
            .sum(),
        None => {
            let data = array.to_data();
            data.get_slice_memory_size()
                .unwrap_or_else(|_| array.get_array_memory_size())
        }
    }
}

/// The rows where an argument is not NULL.
pub(super) fn present(gathered: &Gathered<'_>, at: usize) -> Result<ArrayRef, Fault> {
    let array = gathered
        .values
        .get(at)
        .ok_or_else(|| Fault::internal("an aggregate lacks an argument"))?;
    if array.null_count() == 0 {
        return Ok(Arc::clone(array));
    }
    let kept =
        arrow::compute::is_not_null(array).and_then(|kept| arrow::compute::filter(array, &kept));
    kept.map_err(|_| Fault::internal("NULLs cannot be dropped"))
}

/// The type of an argument.
pub(super) fn kind(gathered: &Gathered<'_>, at: usize) -> Type {
    gathered
        .kinds
        .get(at)
        .copied()
        .unwrap_or(Type::plain(types::TEXT))
}
