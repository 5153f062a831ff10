//! Making a plan's expression out of a `pg_proc` row and typed arguments.

use arrow::datatypes::DataType;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, Volatility};
use std::sync::Arc;

use super::coerce::{relabel, storage_of};
use super::{Analyzer, Typed};
use crate::engine::catalog::system::{ProcRow, system};
use crate::engine::functions::{Implementation, Kernel, PgFunction};
use crate::ident::Oid;
use crate::pg::typename::bare_type;
use crate::pg::{Fault, SqlState, Type, types};

/// A call of a kernel that has no `pg_proc` row (I/O conversions, grammar).
pub(super) fn apply_kernel(
    name: &str,
    volatility: Volatility,
    arguments: Vec<Typed>,
    result: Type,
    storage: DataType,
    kernel: Kernel,
) -> Expr {
    wrap(
        Oid::INVALID,
        name,
        volatility,
        arguments,
        result,
        storage,
        kernel,
        false,
    )
}

fn wrap(
    oid: Oid,
    name: &str,
    volatility: Volatility,
    arguments: Vec<Typed>,
    result: Type,
    storage: DataType,
    kernel: Kernel,
    spread: bool,
) -> Expr {
    let kinds = arguments.iter().map(|argument| argument.kind).collect();
    let function = PgFunction::wrap(
        oid, name, volatility, kinds, result, storage, kernel, spread,
    );
    let arguments = arguments
        .into_iter()
        .map(|argument| argument.expr)
        .collect();
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(function), arguments))
}

/// The function that changes a setting while its statement runs, and the one that sees that.
const SET_CONFIG: &str = "set_config";
const CURRENT_SETTING: &str = "current_setting";

fn volatility(proc: &ProcRow) -> Volatility {
    match proc.volatility {
        'i' => Volatility::Immutable,
        's' => Volatility::Stable,
        _ => Volatility::Volatile,
    }
}

/// `name(type, type)` as error messages write it.
pub(super) fn signature(name: &str, kinds: impl Iterator<Item = Oid>) -> String {
    let kinds: Vec<_> = kinds.map(bare_type).collect();
    format!("{name}({})", kinds.join(", "))
}

/// Says that PostgreSQL has the function and we do not run it.
pub(super) fn not_run(proc: &ProcRow) -> Fault {
    Fault::unsupported(format!(
        "function {}",
        signature(&proc.name, proc.arguments.iter().copied())
    ))
}

/// Says that nothing tells the fields of a record, where PostgreSQL says it: when the call runs.
fn record_unknown(proc: &ProcRow, arguments: Vec<Typed>, result: Type) -> Result<Expr, Fault> {
    let based = proc.arguments.first() == Some(&types::ANYELEMENT);
    let record = arguments
        .first()
        .is_some_and(|argument| super::row_type::composite(argument.kind.oid));
    let fault = match (based, record) {
        (true, false) => Fault::new(
            SqlState::DATATYPE_MISMATCH,
            format!("first argument of {} must be a row type", proc.name),
        ),
        (true, true) => Fault::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!("could not determine row type for result of {}", proc.name),
        )
        .hint("Provide a non-null record argument, or call the function in the FROM clause using a column definition list."),
        (false, _) => {
            return Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                "a column definition list is required for functions returning \"record\"",
            ));
        }
    };
    let mut storage = storage_of(result, None);
    if proc.returns_set {
        let item = arrow::datatypes::Field::new("item", storage, true);
        storage = DataType::List(Arc::new(item));
    }
    let kernel: Kernel = Arc::new(move |_| Err(fault.clone()));
    Ok(apply_kernel(
        &proc.name,
        Volatility::Volatile,
        arguments,
        result,
        storage,
        kernel,
    ))
}

impl Analyzer<'_> {
    /// Whether a function answers the same again. One that reads a setting does not, once another
    /// call of the statement may have changed it.
    fn volatility(&self, proc: &ProcRow) -> Volatility {
        if proc.name == SET_CONFIG {
            self.changes_settings.set(true);
        }
        if proc.name == CURRENT_SETTING && self.changes_settings.get() {
            return Volatility::Volatile;
        }
        volatility(proc)
    }

    /// Calls a plain function; the arguments are already of (or binary compatible with) its types.
    pub(super) fn invoke(
        &self,
        proc: &ProcRow,
        arguments: Vec<Typed>,
        result: Type,
    ) -> Result<Expr, Fault> {
        self.invoke_record(proc, arguments, result, None, false)
    }

    /// The same for a function whose result is a record of known fields.
    pub(super) fn invoke_record(
        &self,
        proc: &ProcRow,
        arguments: Vec<Typed>,
        result: Type,
        record: Option<&super::scope::RecordFields>,
        spread: bool,
    ) -> Result<Expr, Fault> {
        self.check_call(proc)?;
        match Self::implementation(proc.oid) {
            Some(Implementation::Expression(build)) => Ok(build(
                arguments
                    .into_iter()
                    .map(|argument| argument.expr)
                    .collect(),
            )),
            Some(Implementation::Kernel(kernel)) => {
                let storage = storage_of(result, record);
                Ok(wrap(
                    proc.oid,
                    &proc.name,
                    self.volatility(proc),
                    arguments,
                    result,
                    storage,
                    Arc::clone(kernel),
                    spread,
                ))
            }
            Some(Implementation::Set(kernel)) => {
                let item = arrow::datatypes::Field::new("item", storage_of(result, record), true);
                Ok(wrap(
                    proc.oid,
                    &proc.name,
                    volatility(proc),
                    arguments,
                    result,
                    DataType::List(Arc::new(item)),
                    Arc::clone(kernel),
                    spread,
                ))
            }
            Some(Implementation::Waiting(function)) => Ok(function.call(
                arguments
                    .into_iter()
                    .map(|argument| argument.expr)
                    .collect(),
            )),
            Some(Implementation::Record(make)) => {
                let Some(fields) = record else {
                    return record_unknown(proc, arguments, result);
                };
                let mut storage = storage_of(result, record);
                if proc.returns_set {
                    let item = arrow::datatypes::Field::new("item", storage, true);
                    storage = DataType::List(Arc::new(item));
                }
                let name = proc.name.clone();
                let named: Vec<(String, Type)> = fields
                    .iter()
                    .map(|field| (field.name.clone(), field.kind))
                    .collect();
                let kernel = make(&named);
                let kinds = volatility(proc);
                // The fields are part of what is called, beside the types of the arguments.
                let shown = format!("{name} as {fields:?}");
                Ok(wrap(
                    proc.oid, &shown, kinds, arguments, result, storage, kernel, spread,
                ))
            }
            Some(
                Implementation::Aggregate(_)
                | Implementation::Styled(_)
                | Implementation::Window(_),
            ) => Err(Fault::internal("aggregate called as a function")),
            None => Err(not_run(proc)),
        }
    }

    /// Calls the function of this signature, as the grammar does for its own constructs.
    pub(super) fn grammar_call(
        &self,
        signature: &str,
        arguments: Vec<Typed>,
    ) -> Result<Typed, Fault> {
        let proc = system()
            .procs_by_signature(signature)
            .and_then(|oid| system().proc_by_oid(oid))
            .ok_or_else(|| Fault::internal(format!("{signature} is missing")))?;
        let arguments = arguments
            .into_iter()
            .zip(&proc.arguments)
            .map(|(argument, kind)| Typed {
                expr: relabel(argument.expr.clone(), argument.kind.oid, *kind),
                ..argument
            })
            .collect();
        let expr = self.invoke(proc, arguments, Type::plain(proc.result))?;
        Ok(Typed::new(
            expr,
            if proc.result == types::ANY {
                types::TEXT
            } else {
                proc.result
            },
        ))
    }
}
