//! Aggregates that keep their rows until the end, for many groups at once.
//!
//! Rows stay in the batches they came in, each with the number of its group; when groups are asked
//! for, one pass brings the rows of each together.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{concat, filter, take};
use arrow::datatypes::{DataType, Field};
use datafusion::common::{DataFusionError, Result as PlanResult};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

use super::gather::{Recipe, held};

/// The rows of all groups.
pub(super) struct Groups {
    recipe: Recipe,
    batches: Vec<Vec<ArrayRef>>,
    /// The group of each row.
    groups: Vec<u32>,
    /// How many groups there are; some may have no rows.
    total: usize,
    /// Bytes of `batches`.
    bytes: usize,
}

/// Rows brought together by group.
struct Sorted {
    columns: Vec<ArrayRef>,
    /// Rows of each group.
    lengths: Vec<usize>,
}

/// Values as lists of these lengths.
fn list(values: ArrayRef, lengths: impl Iterator<Item = usize>) -> PlanResult<ArrayRef> {
    let item = Arc::new(Field::new("item", values.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(item, offsets, values, None)?))
}

/// Arrays as one. A text by itself has a buffer of some kilobytes of its own; together they have one
/// that is as long as they are.
fn together(parts: &[ArrayRef]) -> PlanResult<ArrayRef> {
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    let all = concat(&parts)?;
    Ok(match all.data_type() {
        DataType::Utf8View => Arc::new(all.as_string_view().gc()),
        DataType::BinaryView => Arc::new(all.as_binary_view().gc()),
        _ => all,
    })
}

/// Answers that are put together at once.
const ANSWERS_AT_ONCE: usize = 1_024;

fn broken(what: &str) -> DataFusionError {
    DataFusionError::Internal(format!("an aggregate that gathers has {what}"))
}

impl Groups {
    pub(super) fn new(recipe: Recipe) -> Self {
        Self {
            recipe,
            batches: Vec::new(),
            groups: Vec::new(),
            total: 0,
            bytes: 0,
        }
    }

    fn keep(
        &mut self,
        values: Vec<ArrayRef>,
        groups: impl Iterator<Item = usize>,
    ) -> PlanResult<()> {
        for group in groups {
            let group = u32::try_from(group).map_err(|_| broken("too many groups"))?;
            self.groups.push(group);
        }
        self.bytes += values.iter().map(held).sum::<usize>();
        self.batches.push(values);
        Ok(())
    }

    /// Takes the groups that are asked for, in their order; the others stay and are counted anew.
    fn sorted(&mut self, emit: EmitTo) -> PlanResult<Sorted> {
        let count = match emit {
            EmitTo::All => self.total,
            EmitTo::First(count) => count,
        };
        self.total -= count.min(self.total);
        let first = u32::try_from(count).map_err(|_| broken("too many groups"))?;
        let mut lengths = vec![0_usize; count];
        for group in &self.groups {
            if let Some(length) = lengths.get_mut(*group as usize) {
                *length += 1;
            }
        }
        let mut next = Vec::with_capacity(count);
        let mut taken = 0;
        for length in &lengths {
            next.push(taken);
            taken += length;
        }
        let mut positions = vec![0_u32; taken];
        let mut rest = Vec::new();
        for (row, group) in (0_u32..).zip(&self.groups) {
            match next.get_mut(*group as usize) {
                Some(at) => {
                    if let Some(position) = positions.get_mut(*at) {
                        *position = row;
                    }
                    *at += 1;
                }
                None => rest.push(row),
            }
        }
        let all = self.recipe.columns(&self.batches)?;
        let rows = |positions: &UInt32Array| -> PlanResult<Vec<ArrayRef>> {
            let column = |column: &ArrayRef| Ok(take(column, positions, None)?);
            all.iter().map(column).collect()
        };
        let columns = rows(&UInt32Array::from(positions))?;
        self.groups
            .retain_mut(|group| match group.checked_sub(first) {
                Some(left) => {
                    *group = left;
                    true
                }
                None => false,
            });
        self.batches.clear();
        if !rest.is_empty() {
            self.batches.push(rows(&UInt32Array::from(rest))?);
        }
        self.bytes = self.batches.iter().flatten().map(held).sum();
        Ok(Sorted { columns, lengths })
    }
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        chosen: Option<&BooleanArray>,
        total: usize,
    ) -> PlanResult<()> {
        self.total = total;
        let Some(chosen) = chosen else {
            return self.keep(values.to_vec(), groups.iter().copied());
        };
        let values = values.iter().map(|column| Ok(filter(column, chosen)?));
        let values = values.collect::<PlanResult<Vec<_>>>()?;
        let groups = groups.iter().zip(chosen.iter());
        let groups = groups.filter_map(|(group, chosen)| chosen.unwrap_or(false).then_some(*group));
        self.keep(values, groups)
    }

    fn evaluate(&mut self, emit: EmitTo) -> PlanResult<ArrayRef> {
        let sorted = self.sorted(emit)?;
        let (mut parts, mut start) = (Vec::new(), 0);
        for lengths in sorted.lengths.chunks(ANSWERS_AT_ONCE) {
            let mut answers = Vec::with_capacity(lengths.len());
            for length in lengths {
                let rows = sorted.columns.iter();
                let rows = rows.map(|column| column.slice(start, *length));
                answers.push(self.recipe.answer(&rows.collect::<Vec<_>>())?);
                start += length;
            }
            parts.push(together(&answers)?);
        }
        if parts.is_empty() {
            return Ok(arrow::array::new_empty_array(&self.recipe.storage));
        }
        together(&parts)
    }

    fn state(&mut self, emit: EmitTo) -> PlanResult<Vec<ArrayRef>> {
        let Sorted { columns, lengths } = self.sorted(emit)?;
        let column = |column| list(column, lengths.iter().copied());
        columns.into_iter().map(column).collect()
    }

    /// Each row as a group of its own, or of none.
    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        chosen: Option<&BooleanArray>,
    ) -> PlanResult<Vec<ArrayRef>> {
        let state = |column: &ArrayRef| {
            let Some(chosen) = chosen else {
                return list(Arc::clone(column), std::iter::repeat_n(1, column.len()));
            };
            let lengths = chosen
                .iter()
                .map(|chosen| usize::from(chosen.unwrap_or(false)));
            list(filter(column, chosen)?, lengths)
        };
        values.iter().map(state).collect()
    }

    fn merge_batch(
        &mut self,
        states: &[ArrayRef],
        groups: &[usize],
        total: usize,
    ) -> PlanResult<()> {
        self.total = total;
        let lists = states.iter().map(|state| state.as_list_opt::<i32>());
        let lists = lists
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| broken("no list"))?;
        let Some(first) = lists.first() else {
            return Err(broken("no state"));
        };
        let within = |list: &ListArray| -> PlanResult<ArrayRef> {
            let offsets = list.value_offsets();
            let (Some(start), Some(end)) = (offsets.first(), offsets.last()) else {
                return Err(broken("no offsets"));
            };
            let bound = |at: i32| usize::try_from(at).map_err(|_| broken("a bad offset"));
            let (start, end) = (bound(*start)?, bound(*end)?);
            Ok(list.values().slice(start, end.saturating_sub(start)))
        };
        let values = lists
            .iter()
            .map(|list| within(list))
            .collect::<PlanResult<Vec<_>>>()?;
        let rows = first.offsets().lengths().zip(groups);
        let rows: Vec<usize> = rows
            .flat_map(|(length, group)| std::iter::repeat_n(*group, length))
            .collect();
        self.keep(values, rows.into_iter())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes + self.groups.capacity() * size_of::<u32>()
    }
}
