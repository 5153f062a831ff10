//! `lag`, `lead` and `ntile` whose arguments differ from row to row, or are NULL.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::interleave;
use arrow::datatypes::Int32Type;
use datafusion::common::Result as PlanResult;
use datafusion::logical_expr::PartitionEvaluator;

use super::carried;
use crate::pg::{Fault, SqlState};

/// `lag` (backwards) or `lead`.
#[derive(Debug)]
pub(super) struct Shift {
    pub(super) backwards: bool,
}

impl PartitionEvaluator for Shift {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> PlanResult<ArrayRef> {
        let [value, offsets, rest @ ..] = values else {
            return Err(carried(Fault::internal("a shift lacks its offset")));
        };
        let offsets = offsets
            .as_primitive_opt::<Int32Type>()
            .ok_or_else(|| carried(Fault::internal("an offset is not int4")))?;
        let nothing = arrow::array::new_null_array(value.data_type(), 1);
        let sources: Vec<&dyn Array> = match rest.first() {
            Some(default) => vec![value, &nothing, default],
            None => vec![value, &nothing],
        };
        let picks: Vec<(usize, usize)> = (0..rows)
            .map(|row| {
                if offsets.is_null(row) {
                    return (1, 0);
                }
                let offset = i64::from(offsets.value(row));
                let here = i64::try_from(row).unwrap_or(i64::MAX);
                let there = if self.backwards {
                    here - offset
                } else {
                    here + offset
                };
                match usize::try_from(there) {
                    Ok(there) if there < rows => (0, there),
                    _ if rest.is_empty() => (1, 0),
                    _ => (2, row),
                }
            })
            .collect();
        Ok(interleave(&sources, &picks)?)
    }
}

/// `ntile`: the argument of the first row counts; NULL gives NULL.
#[derive(Debug)]
pub(super) struct Tiles;

impl PartitionEvaluator for Tiles {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> PlanResult<ArrayRef> {
        let tiles = values
            .first()
            .and_then(|tiles| tiles.as_primitive_opt::<Int32Type>())
            .ok_or_else(|| carried(Fault::internal("ntile lacks its argument")))?;
        if rows == 0 || tiles.is_null(0) {
            return Ok(arrow::array::new_null_array(
                &arrow::datatypes::DataType::UInt64,
                rows,
            ));
        }
        let tiles = u64::try_from(tiles.value(0)).unwrap_or(0);
        if tiles == 0 {
            return Err(carried(Fault::new(
                SqlState::INVALID_ARGUMENT_FOR_NTILE,
                "argument of ntile must be greater than zero",
            )));
        }
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        let (size, larger) = (rows / tiles, rows % tiles);
        let tile = |row: u64| {
            let in_larger = larger * (size + 1);
            if row < in_larger {
                row / (size + 1) + 1
            } else {
                larger + (row - in_larger) / size.max(1) + 1
            }
        };
        Ok(Arc::new(
            (0..rows).map(tile).collect::<arrow::array::UInt64Array>(),
        ))
    }
}
