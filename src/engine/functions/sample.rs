//! Which rows TABLESAMPLE takes.

use std::hash::{BuildHasher, DefaultHasher, Hasher, RandomState};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{Float32Type, Float64Type};
use arrow::row::{RowConverter, SortField};

use super::{Call, Kernel};
use crate::pg::{Fault, SqlState};

/// Each row with the same chance.
pub(crate) fn sampled_by_chance() -> Kernel {
    Arc::new(|call| {
        let Some(share) = share(call)? else {
            return Ok(all(call.rows));
        };
        let chance = RandomState::new();
        let drawn = (0..call.rows).map(|row| Some(below(chance.hash_one(row), share)));
        Ok(Arc::new(drawn.collect::<BooleanArray>()))
    })
}

/// Rows by their keys and a seed: the same ones whenever the table is the same.
pub(crate) fn sampled_by_key() -> Kernel {
    Arc::new(|call| {
        let share = share(call)?;
        let seed = call.spread(1)?;
        let seed = seed
            .as_primitive_opt::<Float64Type>()
            .ok_or_else(|| Fault::internal("a seed is not float8"))?;
        if seed.null_count() > 0 {
            return Err(Fault::new(
                SqlState::INVALID_TABLESAMPLE_REPEAT,
                "TABLESAMPLE REPEATABLE parameter cannot be null",
            ));
        }
        let Some(share) = share else {
            return Ok(all(call.rows));
        };
        let keys = (2..call.values.len())
            .map(|at| call.spread(at))
            .collect::<Result<Vec<_>, _>>()?;
        let broken = |_| Fault::internal("rows of a sample cannot be told apart");
        let fields = keys
            .iter()
            .map(|key| SortField::new(key.data_type().clone()));
        let converter = RowConverter::new(fields.collect()).map_err(broken)?;
        let rows = converter.convert_columns(&keys).map_err(broken)?;
        let drawn = rows.iter().zip(seed.values()).map(|(row, seed)| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u64(seed.to_bits());
            hasher.write(row.as_ref());
            Some(below(hasher.finish(), share))
        });
        Ok(Arc::new(drawn.collect::<BooleanArray>()))
    })
}

fn all(rows: usize) -> ArrayRef {
    Arc::new(BooleanArray::from(vec![true; rows]))
}

/// The share of rows to take, of 2^64; `None` for all.
fn share(call: &Call<'_>) -> Result<Option<f64>, Fault> {
    let percentage = call.spread(0)?;
    let percentage = percentage
        .as_primitive_opt::<Float32Type>()
        .ok_or_else(|| Fault::internal("a percentage is not float4"))?;
    let invalid = |message| Err(Fault::new(SqlState::INVALID_TABLESAMPLE_ARGUMENT, message));
    if percentage.null_count() > 0 {
        return invalid("TABLESAMPLE parameter cannot be null");
    }
    if percentage
        .values()
        .iter()
        .any(|given| !(0.0..=100.0).contains(given))
    {
        return invalid("sample percentage must be between 0 and 100");
    }
    // One value for all rows: the argument reads no column of the table.
    let given = percentage
        .values()
        .first()
        .map_or(0.0, |given| f64::from(*given));
    Ok((given < 100.0).then(|| given / 100.0 * 2.0_f64.powi(64)))
}

fn below(drawn: u64, share: f64) -> bool {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a chance needs no more than 53 bits"
    )]
    let drawn = drawn as f64;
    drawn < share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_fall_below_a_share_as_often_as_it_says() {
        let chance = RandomState::new();
        let share = 0.25 * 2.0_f64.powi(64);
        let taken = (0..100_000).filter(|row| below(chance.hash_one(row), share));
        let taken = taken.count();
        assert!((24_000..26_000).contains(&taken), "{taken}");
        assert!(!below(0, 0.0));
    }
}
