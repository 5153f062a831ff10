//! Averages of floats, variances, and regression.

use arrow::array::ArrayRef;

use super::fold::{Fold, Saved, save_bytes};
use super::sums::{first, nth};
use super::{aggregate, folded};
use crate::engine::functions::call::{Float4, Float8, Input, Int2, Int4, Int8};
use crate::engine::functions::numbers::Value;
use crate::engine::functions::registry::Registry;
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, SqlState};

pub(super) fn register(registry: &mut Registry) {
    aggregate(registry, "avg(float8)", |k, r| {
        folded("avg", k, r, Spread::<Float8>::new(Moments::average))
    });
    aggregate(registry, "avg(float4)", |k, r| {
        folded("avg", k, r, Spread::<Float4>::new(Moments::average))
    });
    variances(registry);
    regressions(registry);
}

/// Registers one spread for all types: the names, what floats answer, what exact numbers answer.
macro_rules! spread {
    ($registry:expr, $name:literal, $float:expr, $exact:expr) => {
        aggregate($registry, concat!($name, "(float8)"), |k, r| {
            folded($name, k, r, Spread::<Float8>::new($float))
        });
        aggregate($registry, concat!($name, "(float4)"), |k, r| {
            folded($name, k, r, Spread::<Float4>::new($float))
        });
        aggregate($registry, concat!($name, "(int2)"), |k, r| {
            folded($name, k, r, Squares::<Int2>::new($exact))
        });
        aggregate($registry, concat!($name, "(int4)"), |k, r| {
            folded($name, k, r, Squares::<Int4>::new($exact))
        });
        aggregate($registry, concat!($name, "(int8)"), |k, r| {
            folded($name, k, r, Squares::<Int8>::new($exact))
        });
        aggregate($registry, concat!($name, "(numeric)"), |k, r| {
            folded($name, k, r, Squares::<Value>::new($exact))
        });
    };
}

fn variances(registry: &mut Registry) {
    spread!(
        registry,
        "var_pop",
        Moments::population,
        Wanted {
            sample: false,
            root: false
        }
    );
    spread!(
        registry,
        "var_samp",
        Moments::sample,
        Wanted {
            sample: true,
            root: false
        }
    );
    spread!(
        registry,
        "variance",
        Moments::sample,
        Wanted {
            sample: true,
            root: false
        }
    );
    spread!(
        registry,
        "stddev_pop",
        |s| s.population().map(f64::sqrt),
        Wanted {
            sample: false,
            root: true
        }
    );
    spread!(
        registry,
        "stddev_samp",
        |s| s.sample().map(f64::sqrt),
        Wanted {
            sample: true,
            root: true
        }
    );
    spread!(
        registry,
        "stddev",
        |s| s.sample().map(f64::sqrt),
        Wanted {
            sample: true,
            root: true
        }
    );
}

fn overflow() -> Fault {
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        "value out of range: overflow",
    )
}

/// Count, sum, and sum of squared distances from the mean (Youngs and Cramer).
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    rows: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) -> Result<(), Fault> {
        let before = *self;
        self.rows += 1.0;
        self.sum += value;
        if before.rows > 0.0 {
            let distance = value * self.rows - self.sum;
            self.squares += distance * distance / (self.rows * before.rows);
            if self.sum.is_infinite() || self.squares.is_infinite() {
                if before.sum.is_finite() && value.is_finite() {
                    return Err(overflow());
                }
                self.squares = f64::NAN;
            }
        } else if !value.is_finite() {
            self.squares = f64::NAN;
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), Fault> {
        if other.rows == 0.0 {
            return Ok(());
        }
        if self.rows == 0.0 {
            *self = other;
            return Ok(());
        }
        let rows = self.rows + other.rows;
        let distance = self.sum / self.rows - other.sum / other.rows;
        let squares =
            self.squares + other.squares + self.rows * other.rows * distance * distance / rows;
        if squares.is_infinite() && self.squares.is_finite() && other.squares.is_finite() {
            return Err(overflow());
        }
        *self = Self {
            rows,
            sum: self.sum + other.sum,
            squares,
        };
        Ok(())
    }

    fn average(self) -> Option<f64> {
        (self.rows > 0.0).then(|| self.sum / self.rows)
    }

    fn population(self) -> Option<f64> {
        (self.rows > 0.0).then(|| self.squares / self.rows)
    }

    fn sample(self) -> Option<f64> {
        (self.rows > 1.0).then(|| self.squares / (self.rows - 1.0))
    }
}

/// A fold over the moments of floats.
struct Spread<I> {
    moments: Moments,
    answer: fn(Moments) -> Option<f64>,
    kind: std::marker::PhantomData<fn() -> I>,
}

impl<I> Clone for Spread<I> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<I> Spread<I> {
    fn new(answer: fn(Moments) -> Option<f64>) -> Self {
        Self {
            moments: Moments::default(),
            answer,
            kind: std::marker::PhantomData,
        }
    }
}

impl<I> Fold for Spread<I>
where
    I: Input + 'static,
    for<'a> I::Value<'a>: Into<f64>,
{
    type Columns = I::Array;
    type Answer = f64;

    fn columns(arrays: &[ArrayRef]) -> Result<I::Array, Fault> {
        first::<I>(arrays)
    }

    fn add(&mut self, column: &I::Array, row: usize) -> Result<(), Fault> {
        match I::read(column, row) {
            Some(value) => self.moments.add(value.into()),
            None => Ok(()),
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        for part in [self.moments.rows, self.moments.sum, self.moments.squares] {
            out.extend_from_slice(&part.to_le_bytes());
        }
    }

    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
        let other = Moments {
            rows: saved.float()?,
            sum: saved.float()?,
            squares: saved.float()?,
        };
        self.moments.merge(other)
    }

    fn finish(&self) -> Result<Option<f64>, Fault> {
        Ok((self.answer)(self.moments))
    }
}

/// Which spread of exact numbers is wanted.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    sample: bool,
    root: bool,
}

/// What exact numbers are summed from.
trait Exact: Input + 'static {
    fn exact(column: &Self::Array, row: usize) -> Result<Option<Numeric>, Fault>;
}

macro_rules! exact {
    ($($kind:ident),*) => {
        $(impl Exact for $kind {
            fn exact(column: &Self::Array, row: usize) -> Result<Option<Numeric>, Fault> {
                Ok(Self::read(column, row).map(Numeric::from))
            }
        })*
    };
}

exact!(Int2, Int4, Int8);

impl Exact for Value {
    fn exact(column: &Self::Array, row: usize) -> Result<Option<Numeric>, Fault> {
        Self::read(column, row).transpose()
    }
}

/// Count, sum and sum of squares of exact numbers.
struct Squares<I> {
    rows: i64,
    sum: Numeric,
    squares: Numeric,
    wanted: Wanted,
    kind: std::marker::PhantomData<fn() -> I>,
}

impl<I> Clone for Squares<I> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows,
            sum: self.sum.clone(),
            squares: self.squares.clone(),
            wanted: self.wanted,
            kind: self.kind,
        }
    }
}

impl<I> Squares<I> {
    fn new(wanted: Wanted) -> Self {
        Self {
            rows: 0,
            sum: Numeric::ZERO,
            squares: Numeric::ZERO,
            wanted,
            kind: std::marker::PhantomData,
        }
    }
}

impl<I: Exact> Fold for Squares<I> {
    type Columns = I::Array;
    type Answer = Value;

    fn columns(arrays: &[ArrayRef]) -> Result<I::Array, Fault> {
        first::<I>(arrays)
    }

    fn add(&mut self, column: &I::Array, row: usize) -> Result<(), Fault> {
        if let Some(value) = I::exact(column, row)? {
            self.rows += 1;
            self.squares = self.squares.add(&value.mul(&value)?)?;
            self.sum = self.sum.add(&value)?;
        }
        Ok(())
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.rows.to_le_bytes());
        save_bytes(&self.sum.to_bytes(), out);
        save_bytes(&self.squares.to_bytes(), out);
    }

    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
        self.rows += saved.int()?;
        self.sum = self.sum.add(&Numeric::decode(saved.bytes()?)?)?;
        self.squares = self.squares.add(&Numeric::decode(saved.bytes()?)?)?;
        Ok(())
    }

    fn finish(&self) -> Result<Option<Value>, Fault> {
        if self.rows < 1 || (self.wanted.sample && self.rows < 2) {
            return Ok(None);
        }
        if !matches!(self.sum, Numeric::Finite(_)) {
            return Ok(Some(Value(Numeric::NaN)));
        }
        let rows = Numeric::from(self.rows);
        let spread = rows.mul(&self.squares)?.sub(&self.sum.mul(&self.sum)?)?;
        if spread <= Numeric::ZERO {
            return Ok(Some(Value(Numeric::ZERO)));
        }
        let divisor = if self.wanted.sample {
            rows.mul(&Numeric::from(self.rows - 1))?
        } else {
            rows.mul(&rows)?
        };
        let variance = spread.div(&divisor)?;
        let answer = if self.wanted.root {
            variance.sqrt_at(variance.scale())?
        } else {
            variance
        };
        Ok(Some(Value(answer)))
    }
}

/// Count, sums, squared distances and the product of distances of pairs.
#[derive(Debug, Clone, Copy, Default)]
struct Pairs {
    rows: f64,
    x: f64,
    xx: f64,
    y: f64,
    yy: f64,
    xy: f64,
}

impl Pairs {
    fn add(&mut self, y: f64, x: f64) -> Result<(), Fault> {
        let before = *self;
        self.rows += 1.0;
        self.x += x;
        self.y += y;
        if before.rows > 0.0 {
            let (far_x, far_y) = (x * self.rows - self.x, y * self.rows - self.y);
            let scale = 1.0 / (self.rows * before.rows);
            self.xx += far_x * far_x * scale;
            self.yy += far_y * far_y * scale;
            self.xy += far_x * far_y * scale;
            let sums = [self.x, self.xx, self.y, self.yy, self.xy];
            if sums.iter().any(|sum| sum.is_infinite()) {
                let x_finite = before.x.is_finite() && x.is_finite();
                let y_finite = before.y.is_finite() && y.is_finite();
                if x_finite && y_finite {
                    return Err(overflow());
                }
                self.poison(x_finite, y_finite);
            }
        } else {
            self.poison(x.is_finite(), y.is_finite());
        }
        Ok(())
    }

    /// Distances from an infinite mean are not numbers.
    fn poison(&mut self, x_finite: bool, y_finite: bool) {
        if !x_finite {
            (self.xx, self.xy) = (f64::NAN, f64::NAN);
        }
        if !y_finite {
            (self.yy, self.xy) = (f64::NAN, f64::NAN);
        }
    }

    fn merge(&mut self, other: Self) {
        if other.rows == 0.0 {
            return;
        }
        if self.rows == 0.0 {
            *self = other;
            return;
        }
        let rows = self.rows + other.rows;
        let far_x = self.x / self.rows - other.x / other.rows;
        let far_y = self.y / self.rows - other.y / other.rows;
        let share = self.rows * other.rows / rows;
        self.xx += other.xx + share * far_x * far_x;
        self.yy += other.yy + share * far_y * far_y;
        self.xy += other.xy + share * far_x * far_y;
        self.x += other.x;
        self.y += other.y;
        self.rows = rows;
    }

    fn any(self, value: f64) -> Option<f64> {
        (self.rows > 0.0).then_some(value)
    }

    fn correlation(self) -> Option<f64> {
        if self.rows < 1.0 || self.xx == 0.0 || self.yy == 0.0 {
            return None;
        }
        Some(self.xy / (self.xx * self.yy).sqrt())
    }

    fn determination(self) -> Option<f64> {
        if self.rows < 1.0 || self.xx == 0.0 {
            None
        } else if self.yy == 0.0 {
            Some(1.0)
        } else {
            Some(self.xy * self.xy / (self.xx * self.yy))
        }
    }

    fn slope(self) -> Option<f64> {
        (self.rows >= 1.0 && self.xx != 0.0).then(|| self.xy / self.xx)
    }

    fn intercept(self) -> Option<f64> {
        (self.rows >= 1.0 && self.xx != 0.0)
            .then(|| (self.y - self.x * self.xy / self.xx) / self.rows)
    }
}

/// A fold over pairs.
#[derive(Debug, Clone)]
struct Regression {
    pairs: Pairs,
    answer: fn(Pairs) -> Option<f64>,
}

impl Regression {
    fn new(answer: fn(Pairs) -> Option<f64>) -> Self {
        Self {
            pairs: Pairs::default(),
            answer,
        }
    }
}

type Floats = <Float8 as Input>::Array;

impl Fold for Regression {
    type Columns = (Floats, Floats);
    type Answer = f64;

    fn columns(arrays: &[ArrayRef]) -> Result<Self::Columns, Fault> {
        Ok((nth::<Float8>(arrays, 0)?, nth::<Float8>(arrays, 1)?))
    }

    fn add(&mut self, (ys, xs): &Self::Columns, row: usize) -> Result<(), Fault> {
        match (Float8::read(ys, row), Float8::read(xs, row)) {
            (Some(y), Some(x)) => self.pairs.add(y, x),
            _ => Ok(()),
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        let Pairs {
            rows,
            x,
            xx,
            y,
            yy,
            xy,
        } = self.pairs;
        for part in [rows, x, xx, y, yy, xy] {
            out.extend_from_slice(&part.to_le_bytes());
        }
    }

    fn merge(&mut self, saved: &mut Saved<'_>) -> Result<(), Fault> {
        let other = Pairs {
            rows: saved.float()?,
            x: saved.float()?,
            xx: saved.float()?,
            y: saved.float()?,
            yy: saved.float()?,
            xy: saved.float()?,
        };
        self.pairs.merge(other);
        Ok(())
    }

    fn finish(&self) -> Result<Option<f64>, Fault> {
        Ok((self.answer)(self.pairs))
    }
}

/// How many pairs have both values.
#[derive(Debug, Clone, Default)]
struct PairCount {
    rows: i64,
}

impl Fold for PairCount {
    type Columns = (Floats, Floats);
    type Answer = i64;

    fn columns(arrays: &[ArrayRef]) -> Result<Self::Columns, Fault> {
        Regression::columns(arrays)
    }

    fn add(&mut self, (ys, xs): &Self::Columns, row: usize) -> Result<(), Fault> {
        let both = Float8::read(ys, row).is_some() && Float8::read(xs, row).is_some();
        self.rows += i64::from(both);
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

macro_rules! regression {
    ($registry:expr; $($name:literal $answer:expr),* $(,)?) => {
        $(aggregate($registry, concat!($name, "(float8,float8)"), |k, r| {
            folded($name, k, r, Regression::new($answer))
        });)*
    };
}

fn regressions(registry: &mut Registry) {
    aggregate(registry, "regr_count(float8,float8)", |k, r| {
        folded("regr_count", k, r, PairCount::default())
    });
    regression! { registry;
        "regr_sxx" |p| p.any(p.xx),
        "regr_syy" |p| p.any(p.yy),
        "regr_sxy" |p| p.any(p.xy),
        "regr_avgx" |p| p.any(p.x / p.rows),
        "regr_avgy" |p| p.any(p.y / p.rows),
        "regr_r2" Pairs::determination,
        "regr_slope" Pairs::slope,
        "regr_intercept" Pairs::intercept,
        "covar_pop" |p| p.any(p.xy / p.rows),
        "covar_samp" |p| (p.rows > 1.0).then(|| p.xy / (p.rows - 1.0)),
        "corr" Pairs::correlation,
    }
}
