//! Aggregates with a small state per group.

use std::fmt;

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result as PlanResult, ScalarValue};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::carried;
use crate::engine::functions::call::Output;
use crate::pg::Fault;

/// A state that takes in one row after another.
pub(super) trait Fold: Clone + Send + Sync + 'static {
    /// The arguments of a batch with their types known.
    type Columns;
    /// The answer.
    type Answer: Output;

    /// Knows the types of a batch.
    fn columns(arrays: &[ArrayRef]) -> Result<Self::Columns, Fault>;
    /// Takes in a row.
    fn add(&mut self, columns: &Self::Columns, row: usize) -> Result<(), Fault>;
    /// Appends the state, for another node to merge.
    fn save(&self, out: &mut Vec<u8>);
    /// Takes in another state.
    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault>;
    /// Answers; the state may grow further.
    fn finish(&self) -> Result<Option<Self::Answer>, Fault>;
}

/// A saved state, read from the front.
pub(super) struct Saved<'a> {
    bytes: &'a [u8],
}

impl<'a> Saved<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let Some((head, rest)) = self.bytes.split_first_chunk::<N>() else {
            return Err(Fault::internal("a saved aggregate state is too short"));
        };
        self.bytes = rest;
        Ok(*head)
    }

    pub(super) fn int(&mut self) -> Result<i64, Fault> {
        self.take().map(i64::from_le_bytes)
    }

    pub(super) fn wide(&mut self) -> Result<i128, Fault> {
        self.take().map(i128::from_le_bytes)
    }

    pub(super) fn float(&mut self) -> Result<f64, Fault> {
        self.take().map(f64::from_le_bytes)
    }

    /// Bytes written by [`save_bytes`].
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = usize::try_from(self.int()?).unwrap_or(usize::MAX);
        let Some((head, rest)) = self.bytes.split_at_checked(length) else {
            return Err(Fault::internal("a saved aggregate state is too short"));
        };
        self.bytes = rest;
        Ok(head)
    }
}

/// Appends bytes with their length.
pub(super) fn save_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Makes accumulators of one fold.
pub(super) trait Folding: Send + Sync {
    /// For one group.
    fn single(&self) -> Box<dyn Accumulator>;
    /// For many groups.
    fn groups(&self) -> Box<dyn GroupsAccumulator>;
    /// The answer over whole columns, as an array of one.
    fn whole(&self, arrays: &[ArrayRef]) -> Result<ArrayRef, Fault>;
}

/// The start state of a fold, and the storage of its answers.
#[derive(Clone)]
pub(super) struct Factory<F> {
    pub(super) start: F,
    pub(super) storage: DataType,
}

impl<F: Fold> Folding for Factory<F> {
    fn single(&self) -> Box<dyn Accumulator> {
        Box::new(Single {
            factory: self.clone(),
            state: self.start.clone(),
        })
    }

    fn groups(&self) -> Box<dyn GroupsAccumulator> {
        Box::new(Groups {
            factory: self.clone(),
            states: Vec::new(),
        })
    }

    fn whole(&self, arrays: &[ArrayRef]) -> Result<ArrayRef, Fault> {
        let mut state = self.start.clone();
        let columns = F::columns(arrays)?;
        for row in 0..arrays.first().map_or(0, Array::len) {
            state.add(&columns, row)?;
        }
        answers(&[state], &self.storage)
    }
}

fn answers<F: Fold>(states: &[F], storage: &DataType) -> Result<ArrayRef, Fault> {
    F::Answer::collect(states.iter().map(F::finish), states.len(), storage)
}

struct Single<F> {
    factory: Factory<F>,
    state: F,
}

fn saved_column(states: &[ArrayRef]) -> PlanResult<&arrow::array::BinaryArray> {
    states
        .first()
        .and_then(|array| array.as_binary_opt::<i32>())
        .ok_or_else(|| DataFusionError::Internal(String::from("aggregate state is not binary")))
}

impl<F: Fold> Accumulator for Single<F> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> PlanResult<()> {
        let columns = F::columns(values).map_err(carried)?;
        for row in 0..values.first().map_or(0, Array::len) {
            self.state.add(&columns, row).map_err(carried)?;
        }
        Ok(())
    }

    fn evaluate(&mut self) -> PlanResult<ScalarValue> {
        let answer = answers(std::slice::from_ref(&self.state), &self.factory.storage);
        ScalarValue::try_from_array(&answer.map_err(carried)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> PlanResult<Vec<ScalarValue>> {
        let mut saved = Vec::new();
        self.state.save(&mut saved);
        Ok(vec![ScalarValue::Binary(Some(saved))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> PlanResult<()> {
        for bytes in saved_column(states)?.iter().flatten() {
            self.state.merge(&mut Saved { bytes }).map_err(carried)?;
        }
        Ok(())
    }
}

struct Groups<F> {
    factory: Factory<F>,
    states: Vec<F>,
}

impl<F> fmt::Debug for Single<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Single")
    }
}

impl<F> fmt::Debug for Groups<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Groups")
            .field("groups", &self.states.len())
            .finish_non_exhaustive()
    }
}

impl<F: Fold> Groups<F> {
    fn grow(&mut self, groups: usize) {
        if self.states.len() < groups {
            self.states.resize(groups, self.factory.start.clone());
        }
    }
}

/// One column of saved states.
fn saved_states<'a, F: Fold>(states: impl Iterator<Item = &'a F>) -> Vec<ArrayRef> {
    let mut builder = BinaryBuilder::new();
    let mut saved = Vec::new();
    for state in states {
        saved.clear();
        state.save(&mut saved);
        builder.append_value(&saved);
    }
    vec![std::sync::Arc::new(builder.finish())]
}

fn missing_group() -> DataFusionError {
    DataFusionError::Internal(String::from("an aggregate's group does not exist"))
}

impl<F: Fold> GroupsAccumulator for Groups<F> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        groups: usize,
    ) -> PlanResult<()> {
        self.grow(groups);
        let columns = F::columns(values).map_err(carried)?;
        for (row, group) in group_indices.iter().enumerate() {
            if filter.is_some_and(|filter| filter.is_null(row) || !filter.value(row)) {
                continue;
            }
            let state = self.states.get_mut(*group).ok_or_else(missing_group)?;
            state.add(&columns, row).map_err(carried)?;
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> PlanResult<ArrayRef> {
        let states = emit_to.take_needed(&mut self.states);
        answers(&states, &self.factory.storage).map_err(carried)
    }

    fn state(&mut self, emit_to: EmitTo) -> PlanResult<Vec<ArrayRef>> {
        let states = emit_to.take_needed(&mut self.states);
        Ok(saved_states(states.iter()))
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> PlanResult<Vec<ArrayRef>> {
        let columns = F::columns(values).map_err(carried)?;
        let rows = values.first().map_or(0, Array::len);
        let mut states = Vec::with_capacity(rows);
        for row in 0..rows {
            let mut state = self.factory.start.clone();
            if filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row)) {
                state.add(&columns, row).map_err(carried)?;
            }
            states.push(state);
        }
        Ok(saved_states(states.iter()))
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        groups: usize,
    ) -> PlanResult<()> {
        self.grow(groups);
        let saved = saved_column(values)?;
        for (row, group) in group_indices.iter().enumerate() {
            if saved.is_null(row) {
                continue;
            }
            let state = self.states.get_mut(*group).ok_or_else(missing_group)?;
            let mut bytes = Saved {
                bytes: saved.value(row),
            };
            state.merge(&mut bytes).map_err(carried)?;
        }
        Ok(())
    }

    fn size(&self) -> usize {
        self.states.capacity() * size_of::<F>()
    }
}
