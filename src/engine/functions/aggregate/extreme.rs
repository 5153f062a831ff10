//! Least and greatest of types whose storage does not compare as PostgreSQL does.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_null_array};

use super::fold::{Fold, Saved, save_bytes};
use super::gather::{Gathered, kind, present};
use super::sums::first;
use super::{Shape, aggregate, folded, gathered};
use crate::engine::functions::call::{Float4, Float8, Input};
use crate::engine::functions::numbers::Value;
use crate::engine::functions::registry::Registry;
use crate::pg::key::{Keys, canonical};
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, types};

#[expect(clippy::too_many_lines, reason = "a table: one case after the other")]
pub(super) fn register(registry: &mut Registry) {
    aggregate(registry, "min(numeric)", |k, r| {
        folded(
            "min",
            k,
            r,
            Exact {
                best: None,
                greatest: false,
            },
        )
    });
    aggregate(registry, "max(numeric)", |k, r| {
        folded(
            "max",
            k,
            r,
            Exact {
                best: None,
                greatest: true,
            },
        )
    });
    aggregate(registry, "min(float8)", |k, r| {
        folded(
            "min",
            k,
            r,
            Double {
                best: None,
                greatest: false,
            },
        )
    });
    aggregate(registry, "max(float8)", |k, r| {
        folded(
            "max",
            k,
            r,
            Double {
                best: None,
                greatest: true,
            },
        )
    });
    aggregate(registry, "min(float4)", |k, r| {
        folded(
            "min",
            k,
            r,
            Single {
                best: None,
                greatest: false,
            },
        )
    });
    aggregate(registry, "max(float4)", |k, r| {
        folded(
            "max",
            k,
            r,
            Single {
                best: None,
                greatest: true,
            },
        )
    });
    for kind in [
        "interval", "timetz", "bpchar", "anyarray", "inet", "money", "pg_lsn", "tid",
    ] {
        aggregate(registry, format!("min({kind})"), |k, r| {
            Ok(gathered(
                "min",
                k,
                r,
                Shape::Argument(0),
                Arc::new(|rows| best(rows, false)),
            ))
        });
        aggregate(registry, format!("max({kind})"), |k, r| {
            Ok(gathered(
                "max",
                k,
                r,
                Shape::Argument(0),
                Arc::new(|rows| best(rows, true)),
            ))
        });
    }
}

/// The value with the least or greatest key, as an array of one.
fn best(rows: &Gathered<'_>, greatest: bool) -> Result<ArrayRef, Fault> {
    let values = present(rows, 0)?;
    let kind = kind(rows, 0).oid;
    let keys = Keys::new(&values, kind)?;
    // Of equal values PostgreSQL keeps the last, and of blank-padded text the first.
    let latest = kind != types::BPCHAR;
    let mut best: Option<(Vec<u8>, usize)> = None;
    for row in 0..values.len() {
        let mut key = Vec::new();
        keys.write(row, &mut key)?;
        let better = best.as_ref().is_none_or(|(found, _)| match key.cmp(found) {
            Ordering::Equal => latest,
            Ordering::Greater => greatest,
            Ordering::Less => !greatest,
        });
        if better {
            best = Some((key, row));
        }
    }
    Ok(match best {
        Some((_, row)) => values.slice(row, 1),
        None => new_null_array(rows.storage, 1),
    })
}

#[derive(Debug, Clone)]
struct Exact {
    best: Option<Numeric>,
    greatest: bool,
}

impl Exact {
    fn offer(&mut self, value: Numeric) {
        let better = self.best.as_ref().is_none_or(|best| {
            if self.greatest {
                value >= *best
            } else {
                value <= *best
            }
        });
        if better {
            self.best = Some(value);
        }
    }
}

impl Fold for Exact {
    type Columns = <Value as Input>::Array;
    type Answer = Value;

    fn columns(arrays: &[ArrayRef]) -> Result<Self::Columns, Fault> {
        first::<Value>(arrays)
    }

    fn add(&mut self, column: &Self::Columns, row: usize) -> Result<(), Fault> {
        if let Some(value) = Value::read(column, row) {
            self.offer(value?);
        }
        Ok(())
    }

    fn save(&self, out: &mut Vec<u8>) {
        let bytes = self.best.as_ref().map(Numeric::to_bytes);
        save_bytes(&bytes.unwrap_or_default(), out);
    }

    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
        match saved.bytes()? {
            [] => {}
            bytes => self.offer(Numeric::decode(bytes)?),
        }
        Ok(())
    }

    fn finish(&self) -> Result<Option<Value>, Fault> {
        Ok(self.best.clone().map(Value))
    }
}

/// Whether a float is further that way; NaN is the greatest.
fn further(value: f64, best: f64, greatest: bool) -> bool {
    let order = canonical(value).total_cmp(&canonical(best));
    if greatest {
        order.is_ge()
    } else {
        order.is_le()
    }
}

macro_rules! float_extreme {
    ($name:ident, $input:ident, $native:ty) => {
        #[derive(Debug, Clone)]
        struct $name {
            best: Option<$native>,
            greatest: bool,
        }

        impl $name {
            fn offer(&mut self, value: $native) {
                let better = self
                    .best
                    .is_none_or(|best| further(f64::from(value), f64::from(best), self.greatest));
                if better {
                    self.best = Some(value);
                }
            }
        }

        impl Fold for $name {
            type Columns = <$input as Input>::Array;
            type Answer = $native;

            fn columns(arrays: &[ArrayRef]) -> Result<Self::Columns, Fault> {
                first::<$input>(arrays)
            }

            fn add(&mut self, column: &Self::Columns, row: usize) -> Result<(), Fault> {
                if let Some(value) = $input::read(column, row) {
                    self.offer(value);
                }
                Ok(())
            }

            fn save(&self, out: &mut Vec<u8>) {
                let bytes = self.best.map(|best| best.to_le_bytes().to_vec());
                save_bytes(&bytes.unwrap_or_default(), out);
            }

            fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
                if let Some(bytes) = saved.bytes()?.first_chunk() {
                    self.offer(<$native>::from_le_bytes(*bytes));
                }
                Ok(())
            }

            fn finish(&self) -> Result<Option<$native>, Fault> {
                Ok(self.best)
            }
        }
    };
}

float_extreme!(Double, Float8, f64);
float_extreme!(Single, Float4, f32);
