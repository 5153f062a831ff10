//! Paths of recursive queries: the rows that led to a row.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::interleave;

use super::{Call, Kernel, key};
use crate::pg::array::{self, Arrays};
use crate::pg::{Fault, types};

fn paths(call: &Call<'_>, at: usize) -> Result<Arrays, Fault> {
    let paths = Arrays::of(call.spread(at)?.as_ref());
    paths.ok_or_else(|| Fault::internal("a path is no array"))
}

/// A path with one more row at its end.
pub(crate) fn path_with() -> Kernel {
    Arc::new(|call| {
        let field = array::item(call.storage).cloned();
        let field = field.ok_or_else(|| Fault::internal("a path is no array"))?;
        let (paths, rows) = (paths(call, 0)?, call.spread(1)?);
        let mut picks = Vec::with_capacity(paths.items().len() + call.rows);
        let mut lengths = Vec::with_capacity(call.rows);
        for row in 0..call.rows {
            let range = paths.range(row);
            lengths.push(range.len() + 1);
            picks.extend(range.map(|at| (0, at)));
            picks.push((1, row));
        }
        let broken = |_| Fault::internal("the rows of a path do not fit together");
        let items = interleave(&[paths.items().as_ref(), rows.as_ref()], &picks);
        let offsets = OffsetBuffer::from_lengths(lengths);
        let lists = ListArray::try_new(field, offsets, items.map_err(broken)?, None);
        array::plain(lists.map_err(broken)?)
    })
}

/// Whether a row is one of those of a path, NULLs equal.
pub(crate) fn on_path() -> Kernel {
    Arc::new(|call| {
        let (rows, paths) = (call.spread(0)?, paths(call, 1)?);
        let rows = key::keys(&rows, types::RECORD)?;
        let before = key::keys(paths.items(), types::RECORD)?;
        let form = |array: &ArrayRef| array.as_binary_view_opt().cloned();
        let (Some(rows), Some(before)) = (form(&rows), form(&before)) else {
            return Err(Fault::internal("a row has no comparable form"));
        };
        let found = (0..call.rows).map(|row| {
            let mut before_it = paths.range(row);
            Some(before_it.any(|at| before.value(at) == rows.value(row)))
        });
        Ok(Arc::new(found.collect::<BooleanArray>()))
    })
}
