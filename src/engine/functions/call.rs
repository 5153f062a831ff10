//! One vectorised call of a kernel: typed access to its arguments, typed building of its result.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BinaryViewBuilder, BooleanArray, BooleanBuilder,
    FixedSizeBinaryArray, FixedSizeBinaryBuilder, ListArray, NullBufferBuilder, PrimitiveArray,
    PrimitiveBuilder, StringViewArray, StringViewBuilder, new_null_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::concat;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Float32Type, Float64Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, Time64MicrosecondType,
    TimestampMicrosecondType, UInt32Type, UInt64Type,
};
use datafusion::common::config::{ConfigEntry, ConfigExtension, ExtensionOptions};
use datafusion::common::{DataFusionError, Result as PlanResult};
use datafusion::logical_expr::ColumnarValue;

use crate::pg::array::{self, Arrays, Shape};
use crate::pg::{Fault, Type, types};

/// What a kernel may know of the session and the statement.
///
/// It travels in DataFusion's `ConfigOptions` as an extension, so a plan itself stays free of it.
#[derive(Clone)]
pub(crate) struct Context {
    /// Settings that change results (`TimeZone`, `DateStyle`, `IntervalStyle`, ...).
    pub(crate) settings: Arc<crate::pg::settings::Settings>,
    /// Start of the transaction, microseconds since 1970 UTC: `now()`.
    pub(crate) transaction_start: i64,
    /// Start of the statement, microseconds since 1970 UTC: `statement_timestamp()`.
    pub(crate) statement_start: i64,
    /// The database, which is the tenant.
    pub(crate) database: Arc<str>,
    /// The session's role.
    pub(crate) role: Arc<str>,
    /// The session's process id as the client knows it.
    pub(crate) process_id: i32,
    /// The session among the others, with what it has open.
    pub(crate) live: Arc<crate::engine::session::Live>,
    /// The text the client sent, for `current_query()`.
    pub(crate) statement: Arc<str>,
    /// What names mean: for the functions of system information.
    pub(crate) catalog: Arc<crate::engine::catalog::Catalog>,
    /// What a kernel failed with last.
    pub(crate) failure: Failure,
}

/// The last fault of a kernel in a statement.
///
/// A reader of files that evaluates a condition keeps only the text of what it failed with; here the
/// fault itself is found again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failure(Arc<Mutex<Option<Fault>>>);

impl Failure {
    /// Notes a fault.
    pub(crate) fn note(&self, fault: &Fault) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault.clone());
    }

    /// The noted fault, if this error's text says that it is its cause.
    pub(crate) fn cause_of(&self, error: &DataFusionError) -> Option<Fault> {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = noted.as_ref()?;
        error
            .to_string()
            .contains(&format!("{fault:?}"))
            .then(|| fault.clone())
    }
}

impl ConfigExtension for Context {
    const PREFIX: &'static str = "syllabase";
}

impl ExtensionOptions for Context {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, _: &str) -> PlanResult<()> {
        Err(DataFusionError::Internal(format!(
            "{key} is not set by name"
        )))
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        Vec::new()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("database", &self.database)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// The arguments of one vectorised call.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The arguments, each an array of `rows` values or one value for all rows.
    pub(crate) values: &'a [ColumnarValue],
    /// The PostgreSQL types of the arguments, as resolved (no polymorphic type is left).
    pub(crate) types: &'a [Type],
    /// The Arrow type of the result.
    pub(crate) storage: &'a DataType,
    /// How many rows to answer; 1 when every argument is one value.
    pub(crate) rows: usize,
    /// The session and statement.
    pub(crate) context: &'a Context,
    /// Whether the last argument is an array whose elements stand for arguments (VARIADIC).
    pub(crate) spread: bool,
}

impl Call<'_> {
    /// The argument as an array: of `rows` values, or of one value when it is the same for all.
    pub(crate) fn array(&self, index: usize) -> Result<(ArrayRef, bool), Fault> {
        match self.values.get(index) {
            Some(ColumnarValue::Array(array)) => Ok((Arc::clone(array), false)),
            Some(ColumnarValue::Scalar(scalar)) => match scalar.to_array() {
                Ok(array) => Ok((array, true)),
                Err(_) => Err(Fault::internal("argument cannot be an array")),
            },
            None => Err(Fault::internal(format!(
                "argument {} is missing",
                index + 1
            ))),
        }
    }

    /// The argument spread to exactly `rows` values.
    pub(crate) fn spread(&self, index: usize) -> Result<ArrayRef, Fault> {
        match self.values.get(index) {
            Some(value) => value
                .to_array(self.rows)
                .map_err(|_| Fault::internal("argument cannot be an array")),
            None => Err(Fault::internal(format!(
                "argument {} is missing",
                index + 1
            ))),
        }
    }

    /// Answers with the elements of a VARIADIC array as so many arguments, row by row; a NULL array
    /// gives NULL. Calls without one go to `body` as they are.
    pub(crate) fn apart(
        &self,
        body: impl Fn(&Call<'_>) -> Result<ArrayRef, Fault>,
    ) -> Result<ArrayRef, Fault> {
        let last = self.values.len().saturating_sub(1);
        if !self.spread {
            return body(self);
        }
        let lists = self.spread(last)?;
        let lists =
            Arrays::of(&lists).ok_or_else(|| Fault::internal("an array is stored otherwise"))?;
        let kind = self.types.last().and_then(|kind| types::element(kind.oid));
        let mut answers: Vec<ArrayRef> = Vec::with_capacity(self.rows);
        for row in 0..self.rows {
            if lists.null(row) {
                answers.push(new_null_array(self.storage, 1));
                continue;
            }
            let elements = lists.value(row);
            let mut values = (0..last)
                .map(|at| Ok(ColumnarValue::Array(self.spread(at)?.slice(row, 1))))
                .collect::<Result<Vec<_>, Fault>>()?;
            let each = (0..elements.len()).map(|at| elements.slice(at, 1));
            values.extend(each.map(ColumnarValue::Array));
            let mut kinds: Vec<Type> = self.types.iter().take(last).copied().collect();
            kinds.resize(values.len(), Type::plain(kind.unwrap_or(types::TEXT)));
            answers.push(body(&Call {
                values: &values,
                types: &kinds,
                storage: self.storage,
                rows: 1,
                spread: false,
                context: self.context,
            })?);
        }
        let parts: Vec<&dyn Array> = answers.iter().map(AsRef::as_ref).collect();
        if parts.is_empty() {
            return Ok(new_null_array(self.storage, 0));
        }
        concat(&parts).map_err(|_| Fault::internal("answers of one type do not fit together"))
    }

    /// Reads an argument as values of `I`.
    pub(crate) fn input<I: Input>(&self, index: usize) -> Result<Column<I>, Fault> {
        let (array, constant) = self.array(index)?;
        match I::downcast(&array) {
            Some(array) => Ok(Column { array, constant }),
            None => Err(Fault::internal(format!(
                "argument {} is {}, not what the kernel reads",
                index + 1,
                array.data_type()
            ))),
        }
    }
}

/// An argument with its type known.
pub(crate) struct Column<I: Input> {
    array: I::Array,
    constant: bool,
}

impl<I: Input> Column<I> {
    /// The value at `row`; `None` is NULL.
    pub(crate) fn at(&self, row: usize) -> Option<I::Value<'_>> {
        I::read(&self.array, if self.constant { 0 } else { row })
    }
}

/// A kind of value that kernels read: a marker type per Rust form.
pub(crate) trait Input {
    /// The concrete Arrow array.
    type Array;
    /// The Rust value.
    type Value<'a>;
    /// The array as its concrete type (cheap: buffers are shared).
    fn downcast(array: &ArrayRef) -> Option<Self::Array>;
    /// The value at `row`; `None` is NULL.
    fn read(array: &Self::Array, row: usize) -> Option<Self::Value<'_>>;
}

/// A kind of value that kernels produce.
pub(crate) trait Output: Sized {
    /// Collects values in the storage type asked for.
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        storage: &DataType,
    ) -> Result<ArrayRef, Fault>;
}

macro_rules! primitive {
    ($($marker:ident, $arrow:ty, $native:ty);* $(;)?) => {
        $(
            #[doc = concat!("Reads `", stringify!($native), "`.")]
            pub(crate) struct $marker;

            impl Input for $marker {
                type Array = PrimitiveArray<$arrow>;
                type Value<'a> = $native;

                fn downcast(array: &ArrayRef) -> Option<Self::Array> {
                    array.as_primitive_opt::<$arrow>().cloned()
                }

                fn read(array: &Self::Array, row: usize) -> Option<$native> {
                    (!array.is_null(row)).then(|| array.value(row))
                }
            }
        )*
    };
}

primitive! {
    Int2, Int16Type, i16;
    Int4, Int32Type, i32;
    Int8, Int64Type, i64;
    Float4, Float32Type, f32;
    Float8, Float64Type, f64;
    ObjectId, UInt32Type, u32;
    TransactionId, UInt64Type, u64;
    Date, Date32Type, i32;
    Time, Time64MicrosecondType, i64;
    Timestamp, TimestampMicrosecondType, i64;
    Interval, IntervalMonthDayNanoType, IntervalMonthDayNano;
}

/// Reads text of every text-stored type.
pub(crate) struct Text;

impl Input for Text {
    type Array = StringViewArray;
    type Value<'a> = &'a str;

    fn downcast(array: &ArrayRef) -> Option<StringViewArray> {
        array.as_string_view_opt().cloned()
    }

    fn read(array: &StringViewArray, row: usize) -> Option<&str> {
        (!array.is_null(row)).then(|| array.value(row))
    }
}

/// Reads `bytea`, and the stored bytes of `numeric`.
pub(crate) struct Bytes;

impl Input for Bytes {
    type Array = BinaryViewArray;
    type Value<'a> = &'a [u8];

    fn downcast(array: &ArrayRef) -> Option<BinaryViewArray> {
        array.as_binary_view_opt().cloned()
    }

    fn read(array: &BinaryViewArray, row: usize) -> Option<&[u8]> {
        (!array.is_null(row)).then(|| array.value(row))
    }
}

/// Reads `uuid` and `timetz` bytes.
pub(crate) struct Fixed;

impl Input for Fixed {
    type Array = FixedSizeBinaryArray;
    type Value<'a> = &'a [u8];

    fn downcast(array: &ArrayRef) -> Option<FixedSizeBinaryArray> {
        array.as_fixed_size_binary_opt().cloned()
    }

    fn read(array: &FixedSizeBinaryArray, row: usize) -> Option<&[u8]> {
        (!array.is_null(row)).then(|| array.value(row))
    }
}

/// Reads `bool`.
pub(crate) struct Bool;

impl Input for Bool {
    type Array = BooleanArray;
    type Value<'a> = bool;

    fn downcast(array: &ArrayRef) -> Option<BooleanArray> {
        array.as_boolean_opt().cloned()
    }

    fn read(array: &BooleanArray, row: usize) -> Option<bool> {
        (!array.is_null(row)).then(|| array.value(row))
    }
}

/// Reads arrays: the elements of one row as an Arrow array, whatever its dimensions.
pub(crate) struct List;

/// Reads arrays of one dimension; others are an error.
pub(crate) struct Line;

impl Input for Line {
    type Array = Arrays;
    type Value<'a> = Result<ArrayRef, Fault>;

    fn downcast(array: &ArrayRef) -> Option<Self::Array> {
        Arrays::of(array)
    }

    fn read(array: &Self::Array, row: usize) -> Option<Result<ArrayRef, Fault>> {
        if array.null(row) {
            None
        } else if array.shape(row).flat() {
            Some(Ok(array.value(row)))
        } else {
            Some(Err(array::wrong_subscripts()))
        }
    }
}

/// Reads the shapes of arrays.
pub(crate) struct Shaped;

impl Input for Shaped {
    type Array = Arrays;
    type Value<'a> = Shape;

    fn downcast(array: &ArrayRef) -> Option<Self::Array> {
        Arrays::of(array)
    }

    fn read(array: &Self::Array, row: usize) -> Option<Shape> {
        (!array.null(row)).then(|| array.shape(row))
    }
}

impl Input for List {
    type Array = Arrays;
    type Value<'a> = ArrayRef;

    fn downcast(array: &ArrayRef) -> Option<Self::Array> {
        Arrays::of(array)
    }

    fn read(array: &Self::Array, row: usize) -> Option<ArrayRef> {
        (!array.null(row)).then(|| array.value(row))
    }
}

/// A result that may be NULL though no argument is.
impl<T: Output> Output for Option<T> {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        storage: &DataType,
    ) -> Result<ArrayRef, Fault> {
        T::collect(
            values.map(|value| value.map(Option::flatten)),
            rows,
            storage,
        )
    }
}

/// The elements of an array of one dimension, or the rows of a set.
pub(crate) struct Elements<T>(pub(crate) Vec<Option<T>>);

impl<T: Output> Output for Elements<T> {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        storage: &DataType,
    ) -> Result<ArrayRef, Fault> {
        let field = match storage {
            DataType::List(field) => field,
            other => array::item(other)
                .ok_or_else(|| Fault::internal("elements are collected without a list"))?,
        };
        let (mut flat, mut lengths, mut present) = (
            Vec::new(),
            Vec::with_capacity(rows),
            NullBufferBuilder::new(rows),
        );
        for value in values {
            let value = value?;
            present.append(value.is_some());
            let elements = value.map_or_else(Vec::new, |Elements(elements)| elements);
            lengths.push(elements.len());
            flat.extend(elements);
        }
        let count = flat.len();
        if i32::try_from(count).is_err() {
            return Err(array::too_many_elements());
        }
        let items = T::collect(flat.into_iter().map(Ok), count, field.data_type())?;
        let list = ListArray::try_new(
            Arc::clone(field),
            OffsetBuffer::from_lengths(lengths),
            items,
            present.finish(),
        )
        .map_err(|_| Fault::internal("elements do not make a list"))?;
        match storage {
            DataType::List(_) => Ok(Arc::new(list)),
            _ => array::plain(list),
        }
    }
}

fn primitives<T: ArrowPrimitiveType>(
    values: impl Iterator<Item = Result<Option<T::Native>, Fault>>,
    rows: usize,
    storage: &DataType,
) -> Result<ArrayRef, Fault> {
    let mut builder = PrimitiveBuilder::<T>::with_capacity(rows).with_data_type(storage.clone());
    for value in values {
        builder.append_option(value?);
    }
    Ok(Arc::new(builder.finish()))
}

impl Output for i16 {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        _: &DataType,
    ) -> Result<ArrayRef, Fault> {
        primitives::<Int16Type>(values, rows, &DataType::Int16)
    }
}

impl Output for i32 {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        storage: &DataType,
    ) -> Result<ArrayRef, Fault> {
        match storage {
            DataType::Date32 => primitives::<Date32Type>(values, rows, storage),
            _ => primitives::<Int32Type>(values, rows, &DataType::Int32),
        }
    }
}

impl Output for i64 {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        storage: &DataType,
    ) -> Result<ArrayRef, Fault> {
        match storage {
            DataType::Timestamp(..) => {
                primitives::<TimestampMicrosecondType>(values, rows, storage)
            }
            DataType::Time64(_) => primitives::<Time64MicrosecondType>(values, rows, storage),
            _ => primitives::<Int64Type>(values, rows, &DataType::Int64),
        }
    }
}

impl Output for u32 {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        _: &DataType,
    ) -> Result<ArrayRef, Fault> {
        primitives::<UInt32Type>(values, rows, &DataType::UInt32)
    }
}

impl Output for u64 {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        _: &DataType,
    ) -> Result<ArrayRef, Fault> {
        primitives::<UInt64Type>(values, rows, &DataType::UInt64)
    }
}

impl Output for f32 {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        _: &DataType,
    ) -> Result<ArrayRef, Fault> {
        primitives::<Float32Type>(values, rows, &DataType::Float32)
    }
}

impl Output for f64 {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        _: &DataType,
    ) -> Result<ArrayRef, Fault> {
        primitives::<Float64Type>(values, rows, &DataType::Float64)
    }
}

impl Output for IntervalMonthDayNano {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        storage: &DataType,
    ) -> Result<ArrayRef, Fault> {
        primitives::<IntervalMonthDayNanoType>(values, rows, storage)
    }
}

impl Output for bool {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        _: &DataType,
    ) -> Result<ArrayRef, Fault> {
        let mut builder = BooleanBuilder::with_capacity(rows);
        for value in values {
            builder.append_option(value?);
        }
        Ok(Arc::new(builder.finish()))
    }
}

impl Output for String {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        _: &DataType,
    ) -> Result<ArrayRef, Fault> {
        let mut builder = StringViewBuilder::with_capacity(rows);
        for value in values {
            builder.append_option(value?);
        }
        Ok(Arc::new(builder.finish()))
    }
}

impl Output for Vec<u8> {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        _: &DataType,
    ) -> Result<ArrayRef, Fault> {
        let mut builder = BinaryViewBuilder::with_capacity(rows);
        for value in values {
            builder.append_option(value?);
        }
        Ok(Arc::new(builder.finish()))
    }
}

/// The bytes of a `uuid` or a `timetz`.
impl<const N: usize> Output for [u8; N] {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        _: &DataType,
    ) -> Result<ArrayRef, Fault> {
        let width = i32::try_from(N).map_err(|_| Fault::internal("fixed width is too large"))?;
        let mut builder = FixedSizeBinaryBuilder::with_capacity(rows, width);
        for value in values {
            match value? {
                Some(bytes) => builder
                    .append_value(bytes)
                    .map_err(|_| Fault::internal("fixed width differs"))?,
                None => builder.append_null(),
            }
        }
        Ok(Arc::new(builder.finish()))
    }
}
