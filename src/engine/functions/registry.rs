//! The table of implementations, and the adapter that lets DataFusion call them.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result as PlanResult, ScalarValue};
use datafusion::logical_expr::{
    AggregateUDF, ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, TypeSignature, Volatility, WindowUDF, binary_expr, cast,
};

use super::call::{Call, Context, Input, Output};
use super::key::{is_sort_key, key_of};
use super::lift::SUBSCRIPT;
use super::lookup::is_lookup;
use super::member::is_total;
use crate::ident::Oid;
use crate::pg::{Fault, Type};

/// A vectorised function body.
pub(crate) type Kernel = Arc<dyn Fn(&Call<'_>) -> Result<ArrayRef, Fault> + Send + Sync>;

/// Builds a DataFusion expression from the arguments.
pub(crate) type Build = Arc<dyn Fn(Vec<Expr>) -> Expr + Send + Sync>;

/// How one `pg_proc` row is executed.
#[derive(Clone)]
pub(crate) enum Implementation {
    /// A DataFusion expression over the arguments whose results are PostgreSQL's.
    Expression(Build),
    /// Our own kernel. `strict` functions never see a NULL argument as a whole call: the typed
    /// helpers return NULL for such rows.
    Kernel(Kernel),
    /// A function that waits, which DataFusion awaits.
    Waiting(Arc<ScalarUDF>),
    /// Returns a list per row; the analyzer unnests it (set-returning functions). In the call,
    /// `result` is the type of one returned row's value and `storage` is the `List` over its storage.
    Set(Kernel),
    /// Returns a record, or a list of records per row, of fields that the call names.
    Record(fn(&[(String, Type)]) -> Kernel),
    /// An aggregate, made for the argument types and the result type.
    Aggregate(fn(&[Type], Type) -> Result<Arc<AggregateUDF>, Fault>),
    /// An aggregate that writes values as text: its last argument is the session's style, which
    /// the analyzer adds.
    Styled(fn(&[Type], Type) -> Result<Arc<AggregateUDF>, Fault>),
    /// A window function, made for the argument types and the result type.
    Window(fn(&[Type], Type) -> Result<Arc<WindowUDF>, Fault>),
}

/// Implementations by signature, and by oid once resolved against `pg_proc`.
#[derive(Default)]
pub(crate) struct Registry {
    by_signature: HashMap<String, Implementation>,
    by_oid: HashMap<Oid, Implementation>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("functions", &self.by_signature.len())
            .finish_non_exhaustive()
    }
}

/// Every function we execute.
pub(crate) fn functions() -> &'static Registry {
    static FUNCTIONS: LazyLock<Registry> = LazyLock::new(Registry::load);
    &FUNCTIONS
}

impl Registry {
    fn load() -> Self {
        let mut registry = Self::default();
        super::register(&mut registry);
        let system = crate::engine::catalog::system::system();
        for (signature, implementation) in &registry.by_signature {
            if let Some(oid) = system.procs_by_signature(signature) {
                registry.by_oid.insert(oid, implementation.clone());
            }
        }
        registry
    }

    /// What runs the function of this oid, if we run it.
    pub(crate) fn implementation(&self, oid: Oid) -> Option<&Implementation> {
        self.by_oid.get(&oid)
    }

    /// Every registered signature, for the test that holds them against `pg_proc`.
    #[cfg(test)]
    pub(crate) fn signatures(&self) -> impl Iterator<Item = &str> + '_ {
        self.by_signature.keys().map(String::as_str)
    }

    /// What is registered under a signature.
    #[cfg(test)]
    pub(crate) fn by_signature(&self, signature: &str) -> Option<&Implementation> {
        self.by_signature.get(signature)
    }

    /// Registers any implementation.
    pub(crate) fn add(&mut self, signature: impl Into<String>, implementation: Implementation) {
        self.by_signature.insert(signature.into(), implementation);
    }

    /// Registers a DataFusion expression.
    pub(crate) fn expression(
        &mut self,
        signature: impl Into<String>,
        build: impl Fn(Vec<Expr>) -> Expr + Send + Sync + 'static,
    ) {
        self.add(signature, Implementation::Expression(Arc::new(build)));
    }

    /// Registers DataFusion's own operator between the two arguments.
    pub(crate) fn infix(&mut self, signature: impl Into<String>, operator: Operator) {
        self.expression(signature, move |arguments| {
            match <[Expr; 2]>::try_from(arguments) {
                Ok([left, right]) => binary_expr(left, operator, right),
                // `pg_proc` says there are two; an absent operand is NULL, and so is the result.
                Err(_) => Expr::Literal(ScalarValue::Null, None),
            }
        });
    }

    /// Registers a kernel that does everything itself, NULLs included.
    pub(crate) fn kernel(
        &mut self,
        signature: impl Into<String>,
        body: impl Fn(&Call<'_>) -> Result<ArrayRef, Fault> + Send + Sync + 'static,
    ) {
        self.add(signature, Implementation::Kernel(Arc::new(body)));
    }

    /// Registers a set-returning kernel: one list per row, NULL for no rows.
    pub(crate) fn set(
        &mut self,
        signature: impl Into<String>,
        body: impl Fn(&Call<'_>) -> Result<ArrayRef, Fault> + Send + Sync + 'static,
    ) {
        self.add(signature, Implementation::Set(Arc::new(body)));
    }

    /// Registers a strict function of no argument.
    pub(crate) fn nullary<R: Output>(
        &mut self,
        signature: impl Into<String>,
        body: impl Fn(&Context) -> Result<Option<R>, Fault> + Send + Sync + 'static,
    ) {
        self.kernel(signature, move |call| {
            R::collect(
                (0..call.rows).map(|_| body(call.context)),
                call.rows,
                call.storage,
            )
        });
    }

    /// Registers a strict function of one argument.
    pub(crate) fn unary<A: Input, R: Output>(
        &mut self,
        signature: impl Into<String>,
        body: impl for<'a> Fn(A::Value<'a>, &Context) -> Result<R, Fault> + Send + Sync + 'static,
    ) {
        self.kernel(signature, move |call| {
            let a = call.input::<A>(0)?;
            let rows =
                (0..call.rows).map(|row| a.at(row).map(|a| body(a, call.context)).transpose());
            R::collect(rows, call.rows, call.storage)
        });
    }

    /// Registers a strict function of two arguments.
    pub(crate) fn binary<A: Input, B: Input, R: Output>(
        &mut self,
        signature: impl Into<String>,
        body: impl for<'a, 'b> Fn(A::Value<'a>, B::Value<'b>, &Context) -> Result<R, Fault>
        + Send
        + Sync
        + 'static,
    ) {
        self.kernel(signature, move |call| {
            let (a, b) = (call.input::<A>(0)?, call.input::<B>(1)?);
            let rows = (0..call.rows).map(|row| match (a.at(row), b.at(row)) {
                (Some(a), Some(b)) => body(a, b, call.context).map(Some),
                _ => Ok(None),
            });
            R::collect(rows, call.rows, call.storage)
        });
    }

    /// Registers a strict function of three arguments.
    pub(crate) fn ternary<A: Input, B: Input, C: Input, R: Output>(
        &mut self,
        signature: impl Into<String>,
        body: impl for<'a, 'b, 'c> Fn(
            A::Value<'a>,
            B::Value<'b>,
            C::Value<'c>,
            &Context,
        ) -> Result<R, Fault>
        + Send
        + Sync
        + 'static,
    ) {
        self.kernel(signature, move |call| {
            let (a, b, c) = (
                call.input::<A>(0)?,
                call.input::<B>(1)?,
                call.input::<C>(2)?,
            );
            let rows = (0..call.rows).map(|row| match (a.at(row), b.at(row), c.at(row)) {
                (Some(a), Some(b), Some(c)) => body(a, b, c, call.context).map(Some),
                _ => Ok(None),
            });
            R::collect(rows, call.rows, call.storage)
        });
    }

    /// Registers a strict function of four arguments.
    pub(crate) fn quaternary<A: Input, B: Input, C: Input, D: Input, R: Output>(
        &mut self,
        signature: impl Into<String>,
        body: impl for<'a, 'b, 'c, 'd> Fn(
            A::Value<'a>,
            B::Value<'b>,
            C::Value<'c>,
            D::Value<'d>,
            &Context,
        ) -> Result<R, Fault>
        + Send
        + Sync
        + 'static,
    ) {
        self.kernel(signature, move |call| {
            let (a, b) = (call.input::<A>(0)?, call.input::<B>(1)?);
            let (c, d) = (call.input::<C>(2)?, call.input::<D>(3)?);
            let rows =
                (0..call.rows).map(|row| match (a.at(row), b.at(row), c.at(row), d.at(row)) {
                    (Some(a), Some(b), Some(c), Some(d)) => {
                        body(a, b, c, d, call.context).map(Some)
                    }
                    _ => Ok(None),
                });
            R::collect(rows, call.rows, call.storage)
        });
    }
}

/// A kernel in the form DataFusion calls: one resolved `pg_proc` row with concrete types.
#[derive(Clone)]
pub(crate) struct PgFunction {
    oid: Oid,
    name: String,
    signature: Signature,
    types: Vec<Type>,
    result: Type,
    storage: DataType,
    kernel: Kernel,
    spread: bool,
}

impl PgFunction {
    /// Wraps a kernel for concrete argument types. `volatility` is `pg_proc.provolatile`; `spread`
    /// says that the last argument is an array that stands for arguments.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one row, named by their types"
    )]
    pub(crate) fn wrap(
        oid: Oid,
        name: &str,
        volatility: Volatility,
        types: Vec<Type>,
        result: Type,
        storage: DataType,
        kernel: Kernel,
        spread: bool,
    ) -> ScalarUDF {
        ScalarUDF::new_from_impl(Self {
            oid,
            name: name.to_owned(),
            signature: Signature::one_of(
                vec![TypeSignature::VariadicAny, TypeSignature::Nullary],
                volatility,
            ),
            types,
            result,
            storage,
            kernel,
            spread,
        })
    }
}

/// Whether a call can fail: sort keys, subscripts, branches of CASE and most tests for an element give
/// a value or NULL for whatever they are given.
pub(crate) fn may_fail(function: &ScalarUDF) -> bool {
    let subscript = |call: &PgFunction| !call.oid.valid() && call.name == SUBSCRIPT;
    let call = function.inner().downcast_ref::<PgFunction>();
    !is_sort_key(function)
        && !is_lookup(function)
        && !is_total(function)
        && !call.is_some_and(subscript)
}

/// A cast of the storage; of a constant, the constant in its new storage.
pub(crate) fn cast_constant(expr: Expr, storage: &DataType) -> Expr {
    let value = match &expr {
        Expr::Literal(value, _) => value.cast_to(storage).ok(),
        _ => None,
    };
    match value {
        Some(value) => Expr::Literal(value, None),
        None => cast(expr, storage.clone()),
    }
}

/// Bytes of a value that a plan keeps in place of its call: `'x'::char(10000000)` stays a call.
const FOLDED_BYTES_MOST: usize = 1_024;

/// The value of a call of constants, where it is always the same. Planning would find it too, by
/// way of a plan. A call that fails stays one, to fail where it is run.
pub(crate) fn folded(expr: Expr, context: &Context) -> Expr {
    let value = match &expr {
        Expr::ScalarFunction(call) => value_of(&call.func, &call.args, context),
        _ => None,
    };
    value.map_or(expr, |value| Expr::Literal(value, None))
}

fn value_of(function: &ScalarUDF, arguments: &[Expr], context: &Context) -> Option<ScalarValue> {
    let constants = arguments.iter().map(|argument| match argument {
        Expr::Literal(value, _) => Some(value),
        _ => None,
    });
    let constants: Vec<&ScalarValue> = constants.collect::<Option<_>>()?;
    let array = match function.inner().downcast_ref::<PgFunction>() {
        Some(call) if call.signature.volatility == Volatility::Immutable => {
            let values = constants.into_iter().cloned().map(ColumnarValue::Scalar);
            (call.kernel)(&Call {
                values: &values.collect::<Vec<_>>(),
                types: &call.types,
                storage: &call.storage,
                rows: 1,
                context,
                spread: call.spread,
            })
            .ok()?
        }
        Some(_) => return None,
        None => key_of(function, constants.first()?)?,
    };
    let value = ScalarValue::try_from_array(&array, 0).ok()?;
    (value.size() <= FOLDED_BYTES_MOST).then_some(value)
}

impl fmt::Debug for PgFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgFunction")
            .field("oid", &self.oid)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl PartialEq for PgFunction {
    fn eq(&self, other: &Self) -> bool {
        self.oid == other.oid
            && self.types == other.types
            && self.result == other.result
            && self.name == other.name
            && self.storage == other.storage
            && self.spread == other.spread
    }
}

impl Eq for PgFunction {}

impl Hash for PgFunction {
    /// Of all that equality compares: DataFusion takes two calls for one where their hashes and the
    /// names of their functions are the same.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.oid.hash(state);
        self.name.hash(state);
        self.types.hash(state);
        self.result.hash(state);
        self.storage.hash(state);
        self.spread.hash(state);
    }
}

impl ScalarUDFImpl for PgFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> PlanResult<DataType> {
        Ok(self.storage.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        let context = args
            .config_options
            .extensions
            .get::<Context>()
            .ok_or_else(|| {
                DataFusionError::Internal(String::from(
                    "a kernel was called without a session context",
                ))
            })?;
        let constant = self.signature.volatility != Volatility::Volatile
            && args
                .args
                .iter()
                .all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let call = Call {
            values: &args.args,
            types: &self.types,
            storage: &self.storage,
            rows,
            context,
            spread: self.spread,
        };
        let array = (self.kernel)(&call).map_err(|fault| {
            context.failure.note(&fault);
            DataFusionError::External(Box::new(fault))
        })?;
        if constant {
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &array, 0,
            )?))
        } else {
            Ok(ColumnarValue::Array(array))
        }
    }
}
