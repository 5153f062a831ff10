//! Counts, sums and averages.

use arrow::array::{Array, ArrayRef};

use super::fold::{Fold, Saved, save_bytes};
use super::{aggregate, folded};
use crate::engine::functions::call::{
    Float4, Float8, Input, Int2, Int4, Int8, Interval as IntervalInput,
};
use crate::engine::functions::numbers::Value;
use crate::engine::functions::registry::Registry;
use crate::pg::interval::{self, Interval};
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, SqlState};

pub(super) fn register(registry: &mut Registry) {
    aggregate(registry, "sum(int2)", |k, r| {
        folded("sum", k, r, Narrow::<Int2>::default())
    });
    aggregate(registry, "sum(int4)", |k, r| {
        folded("sum", k, r, Narrow::<Int4>::default())
    });
    aggregate(registry, "sum(int8)", |k, r| {
        folded("sum", k, r, Wide::<Int8>::sum())
    });
    aggregate(registry, "avg(int2)", |k, r| {
        folded("avg", k, r, Wide::<Int2>::average())
    });
    aggregate(registry, "avg(int4)", |k, r| {
        folded("avg", k, r, Wide::<Int4>::average())
    });
    aggregate(registry, "avg(int8)", |k, r| {
        folded("avg", k, r, Wide::<Int8>::average())
    });
    aggregate(registry, "sum(numeric)", |k, r| {
        folded("sum", k, r, Exact::sum())
    });
    aggregate(registry, "avg(numeric)", |k, r| {
        folded("avg", k, r, Exact::average())
    });
    aggregate(registry, "sum(float8)", |k, r| {
        folded("sum", k, r, Float::default())
    });
    aggregate(registry, "sum(float4)", |k, r| {
        folded("sum", k, r, Single::default())
    });
    aggregate(registry, "sum(interval)", |k, r| {
        folded("sum", k, r, Spans::sum())
    });
    aggregate(registry, "avg(interval)", |k, r| {
        folded("avg", k, r, Spans::average())
    });
}

/// The first argument as the column of a marker type.
pub(super) fn first<I: Input>(arrays: &[ArrayRef]) -> Result<I::Array, Fault> {
    nth::<I>(arrays, 0)
}

/// An argument as the column of a marker type.
pub(super) fn nth<I: Input>(arrays: &[ArrayRef], at: usize) -> Result<I::Array, Fault> {
    arrays
        .get(at)
        .and_then(I::downcast)
        .ok_or_else(|| Fault::internal("an aggregate's argument is stored otherwise"))
}

/// How many values are not NULL.
#[derive(Debug, Clone, Default)]
pub(super) struct Count {
    rows: i64,
}

impl Fold for Count {
    type Columns = ArrayRef;
    type Answer = i64;

    fn columns(arrays: &[ArrayRef]) -> Result<ArrayRef, Fault> {
        arrays
            .first()
            .cloned()
            .ok_or_else(|| Fault::internal("count lacks its argument"))
    }

    fn add(&mut self, column: &ArrayRef, row: usize) -> Result<(), Fault> {
        self.rows += i64::from(!column.is_null(row));
        Ok(())
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.rows.to_le_bytes());
    }

    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
        self.rows += saved.int()?;
        Ok(())
    }

    fn finish(&self) -> Result<Option<i64>, Fault> {
        Ok(Some(self.rows))
    }
}

/// Sum of small integers, an `int8`.
struct Narrow<I> {
    sum: Option<i64>,
    kind: std::marker::PhantomData<fn() -> I>,
}

impl<I> Default for Narrow<I> {
    fn default() -> Self {
        Self {
            sum: None,
            kind: std::marker::PhantomData,
        }
    }
}

impl<I> Clone for Narrow<I> {
    fn clone(&self) -> Self {
        Self {
            sum: self.sum,
            kind: self.kind,
        }
    }
}

impl<I> Narrow<I> {
    fn plus(&mut self, value: i64) -> Result<(), Fault> {
        let sum = self.sum.unwrap_or(0).checked_add(value).ok_or_else(|| {
            Fault::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "bigint out of range")
        })?;
        self.sum = Some(sum);
        Ok(())
    }
}

impl<I> Fold for Narrow<I>
where
    I: Input + 'static,
    for<'a> I::Value<'a>: Into<i64>,
{
    type Columns = I::Array;
    type Answer = i64;

    fn columns(arrays: &[ArrayRef]) -> Result<I::Array, Fault> {
        first::<I>(arrays)
    }

    fn add(&mut self, column: &I::Array, row: usize) -> Result<(), Fault> {
        match I::read(column, row) {
            Some(value) => self.plus(value.into()),
            None => Ok(()),
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&i64::from(self.sum.is_some()).to_le_bytes());
        out.extend_from_slice(&self.sum.unwrap_or(0).to_le_bytes());
    }

    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
        let some = saved.int()? != 0;
        let sum = saved.int()?;
        if some { self.plus(sum) } else { Ok(()) }
    }

    fn finish(&self) -> Result<Option<i64>, Fault> {
        Ok(self.sum)
    }
}

/// Sum or average of integers, a `numeric`.
struct Wide<I> {
    sum: i128,
    rows: i64,
    average: bool,
    kind: std::marker::PhantomData<fn() -> I>,
}

impl<I> Clone for Wide<I> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<I> Wide<I> {
    fn sum() -> Self {
        Self {
            sum: 0,
            rows: 0,
            average: false,
            kind: std::marker::PhantomData,
        }
    }

    fn average() -> Self {
        Self {
            average: true,
            ..Self::sum()
        }
    }
}

impl<I> Fold for Wide<I>
where
    I: Input + 'static,
    for<'a> I::Value<'a>: Into<i64>,
{
    type Columns = I::Array;
    type Answer = Value;

    fn columns(arrays: &[ArrayRef]) -> Result<I::Array, Fault> {
        first::<I>(arrays)
    }

    fn add(&mut self, column: &I::Array, row: usize) -> Result<(), Fault> {
        if let Some(value) = I::read(column, row) {
            self.sum += i128::from(value.into());
            self.rows += 1;
        }
        Ok(())
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.sum.to_le_bytes());
        out.extend_from_slice(&self.rows.to_le_bytes());
    }

    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
        self.sum += saved.wide()?;
        self.rows += saved.int()?;
        Ok(())
    }

    fn finish(&self) -> Result<Option<Value>, Fault> {
        let sum = Numeric::from(self.sum);
        match (self.rows, self.average) {
            (0, _) => Ok(None),
            (rows, true) => sum.div_count(rows).map(|value| Some(Value(value))),
            (_, false) => Ok(Some(Value(sum))),
        }
    }
}

/// Sum or average of numerics.
#[derive(Debug, Clone)]
struct Exact {
    sum: Numeric,
    rows: i64,
    average: bool,
}

impl Exact {
    fn sum() -> Self {
        Self {
            sum: Numeric::ZERO,
            rows: 0,
            average: false,
        }
    }

    fn average() -> Self {
        Self {
            average: true,
            ..Self::sum()
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
            self.sum = self.sum.add(&value?)?;
            self.rows += 1;
        }
        Ok(())
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.rows.to_le_bytes());
        save_bytes(&self.sum.to_bytes(), out);
    }

    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
        self.rows += saved.int()?;
        self.sum = self.sum.add(&Numeric::decode(saved.bytes()?)?)?;
        Ok(())
    }

    fn finish(&self) -> Result<Option<Value>, Fault> {
        match (self.rows, self.average) {
            (0, _) => Ok(None),
            (rows, true) => self.sum.div_count(rows).map(|value| Some(Value(value))),
            (_, false) => Ok(Some(Value(self.sum.clone()))),
        }
    }
}

fn overflow() -> Fault {
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        "value out of range: overflow",
    )
}

/// Sum of `float8`.
#[derive(Debug, Clone, Default)]
struct Float {
    sum: Option<f64>,
}

impl Float {
    fn plus(&mut self, value: f64) -> Result<(), Fault> {
        let before = self.sum.unwrap_or(0.0);
        let sum = if self.sum.is_some() {
            before + value
        } else {
            value
        };
        if sum.is_infinite() && before.is_finite() && value.is_finite() {
            return Err(overflow());
        }
        self.sum = Some(sum);
        Ok(())
    }
}

impl Fold for Float {
    type Columns = <Float8 as Input>::Array;
    type Answer = f64;

    fn columns(arrays: &[ArrayRef]) -> Result<Self::Columns, Fault> {
        first::<Float8>(arrays)
    }

    fn add(&mut self, column: &Self::Columns, row: usize) -> Result<(), Fault> {
        match Float8::read(column, row) {
            Some(value) => self.plus(value),
            None => Ok(()),
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&i64::from(self.sum.is_some()).to_le_bytes());
        out.extend_from_slice(&self.sum.unwrap_or(0.0).to_le_bytes());
    }

    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
        let some = saved.int()? != 0;
        let sum = saved.float()?;
        if some { self.plus(sum) } else { Ok(()) }
    }

    fn finish(&self) -> Result<Option<f64>, Fault> {
        Ok(self.sum)
    }
}

/// Sum of `float4`, which PostgreSQL adds up in that width.
#[derive(Debug, Clone, Default)]
struct Single {
    sum: Option<f32>,
}

impl Single {
    fn plus(&mut self, value: f32) -> Result<(), Fault> {
        let before = self.sum.unwrap_or(0.0);
        let sum = if self.sum.is_some() {
            before + value
        } else {
            value
        };
        if sum.is_infinite() && before.is_finite() && value.is_finite() {
            return Err(overflow());
        }
        self.sum = Some(sum);
        Ok(())
    }
}

impl Fold for Single {
    type Columns = <Float4 as Input>::Array;
    type Answer = f32;

    fn columns(arrays: &[ArrayRef]) -> Result<Self::Columns, Fault> {
        first::<Float4>(arrays)
    }

    fn add(&mut self, column: &Self::Columns, row: usize) -> Result<(), Fault> {
        match Float4::read(column, row) {
            Some(value) => self.plus(value),
            None => Ok(()),
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&i64::from(self.sum.is_some()).to_le_bytes());
        out.extend_from_slice(&f64::from(self.sum.unwrap_or(0.0)).to_le_bytes());
    }

    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
        let some = saved.int()? != 0;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float4 was saved in this width"
        )]
        let sum = saved.float()? as f32;
        if some { self.plus(sum) } else { Ok(()) }
    }

    fn finish(&self) -> Result<Option<f32>, Fault> {
        Ok(self.sum)
    }
}

/// Sum or average of intervals, part by part.
#[derive(Debug, Clone)]
struct Spans {
    sum: Interval,
    rows: i64,
    average: bool,
}

impl Spans {
    fn sum() -> Self {
        Self {
            sum: Interval::default(),
            rows: 0,
            average: false,
        }
    }

    fn average() -> Self {
        Self {
            average: true,
            ..Self::sum()
        }
    }
}

impl Fold for Spans {
    type Columns = <IntervalInput as Input>::Array;
    type Answer = arrow::datatypes::IntervalMonthDayNano;

    fn columns(arrays: &[ArrayRef]) -> Result<Self::Columns, Fault> {
        first::<IntervalInput>(arrays)
    }

    fn add(&mut self, column: &Self::Columns, row: usize) -> Result<(), Fault> {
        if let Some(value) = IntervalInput::read(column, row) {
            self.sum = self.sum.checked_add(Interval::from_arrow(value))?;
            self.rows += 1;
        }
        Ok(())
    }

    fn save(&self, out: &mut Vec<u8>) {
        for part in [
            i64::from(self.sum.months),
            i64::from(self.sum.days),
            self.sum.micros,
            self.rows,
        ] {
            out.extend_from_slice(&part.to_le_bytes());
        }
    }

    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
        let small = |part: i64| i32::try_from(part).map_err(|_| interval::out_of_range());
        let other = Interval {
            months: small(saved.int()?)?,
            days: small(saved.int()?)?,
            micros: saved.int()?,
        };
        self.sum = self.sum.checked_add(other)?;
        self.rows += saved.int()?;
        Ok(())
    }

    fn finish(&self) -> Result<Option<arrow::datatypes::IntervalMonthDayNano>, Fault> {
        match (self.rows, self.average) {
            (0, _) => Ok(None),
            (rows, true) => Ok(Some(divided(self.sum, rows).to_arrow())),
            (_, false) => Ok(Some(self.sum.to_arrow())),
        }
    }
}

/// An interval over a count: what is left of months becomes days, what is left of days time.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "PostgreSQL divides the parts of an interval in floating point"
)]
fn divided(span: Interval, rows: i64) -> Interval {
    let by = rows as f64;
    // Rounded to microseconds, so that noise of the division does not cost a whole unit.
    let settle = |value: f64| (value * 1_000_000.0).round_ties_even() / 1_000_000.0;
    let months = (f64::from(span.months) / by) as i32;
    let mut days = (f64::from(span.days) / by) as i32;
    let rest_days = settle((f64::from(span.months) / by - f64::from(months)) * 30.0);
    let mut rest_seconds = settle(
        (f64::from(span.days) / by - f64::from(days) + rest_days - rest_days.trunc()) * 86_400.0,
    );
    if rest_seconds.abs() >= 86_400.0 {
        let whole = (rest_seconds / 86_400.0) as i32;
        days += whole;
        rest_seconds -= f64::from(whole) * 86_400.0;
    }
    days += rest_days as i32;
    let micros = (span.micros as f64 / by + rest_seconds * 1_000_000.0).round_ties_even();
    Interval {
        months,
        days,
        micros: micros as i64,
    }
}
