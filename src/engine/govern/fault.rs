//! What an error of the libraries below is to a client.
//!
//! A typed cause keeps its SQLSTATE. Anything else is ours to look into: the client reads an
//! incident id, the log has the cause under the same id.

use std::error::Error;

use arrow::error::ArrowError;
use datafusion::common::DataFusionError;

use crate::pg::{ClientFault, Fault, SqlState};
use crate::snapshot;
use crate::telemetry;

/// XX000 with an id under which the log has the cause.
pub(crate) fn incident(what: &str, cause: &str) -> Fault {
    let id = format!("{:08x}", rand::random::<u32>());
    tracing::error!(incident = %id, what, cause, "internal error");
    Fault::internal(format!("internal error (incident {id})"))
}

/// Maps an error of planning or execution.
pub(crate) fn from_datafusion(error: &DataFusionError) -> Fault {
    match error {
        DataFusionError::External(cause) => from_cause(cause.as_ref(), error),
        DataFusionError::ArrowError(cause, _) => from_arrow_inside(cause, error),
        DataFusionError::Context(_, cause) | DataFusionError::Diagnostic(_, cause) => {
            from_datafusion(cause)
        }
        DataFusionError::Shared(cause) => from_datafusion(cause),
        DataFusionError::Collection(causes) => match causes.first() {
            Some(cause) => from_datafusion(cause),
            None => incident("execution failed", "no cause"),
        },
        DataFusionError::ResourcesExhausted(cause) => {
            tracing::debug!(cause, "a statement ran out of memory");
            Fault::new(SqlState::OUT_OF_MEMORY, "out of memory")
                .detail("The statement needs more memory than one statement may use.")
        }
        DataFusionError::IoError(cause) => from_io(cause, error),
        DataFusionError::ObjectStore(_) | DataFusionError::ParquetError(_) => {
            if let Some(fault) = error.source().and_then(known) {
                return fault;
            }
            let mut fault = incident("reading a snapshot failed", &telemetry::chain(error));
            fault.state = SqlState::IO_ERROR;
            fault
        }
        DataFusionError::ExecutionJoin(cause) if cause.is_panic() => {
            incident("execution panicked", &cause.to_string())
        }
        DataFusionError::ExecutionJoin(_) => Fault::new(
            SqlState::QUERY_CANCELED,
            "canceling statement due to user request",
        ),
        DataFusionError::NotImplemented(what) => {
            let incident = incident("a plan is not supported", what);
            Fault {
                state: SqlState::FEATURE_NOT_SUPPORTED,
                ..incident
            }
        }
        DataFusionError::Execution(text) => from_text(text)
            .unwrap_or_else(|| incident("execution failed", &telemetry::chain(error))),
        _ => incident("execution failed", &telemetry::chain(error)),
    }
}

/// Maps an error of Arrow's kernels.
pub(crate) fn from_arrow(error: &ArrowError) -> Fault {
    match error {
        ArrowError::DivideByZero => Fault::new(SqlState::DIVISION_BY_ZERO, "division by zero"),
        ArrowError::ArithmeticOverflow(text) => overflow(text),
        ArrowError::ExternalError(cause) => match known(cause.as_ref()) {
            Some(fault) => fault,
            None => incident("execution failed", &telemetry::chain(error)),
        },
        ArrowError::OffsetOverflowError(_) | ArrowError::MemoryError(_) => {
            Fault::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "a result is too large")
        }
        _ => incident("execution failed", &telemetry::chain(error)),
    }
}

fn from_arrow_inside(cause: &ArrowError, whole: &DataFusionError) -> Fault {
    match cause {
        ArrowError::ExternalError(inner) => from_cause(inner.as_ref(), whole),
        ArrowError::IoError(_, inner) => from_io(inner, whole),
        other => from_arrow(other),
    }
}

fn from_io(cause: &std::io::Error, whole: &DataFusionError) -> Fault {
    let text = cause.to_string();
    let full = cause.kind() == std::io::ErrorKind::StorageFull || text.contains("spilling process");
    if full {
        return Fault::new(SqlState::DISK_FULL, "could not write to temporary file")
            .detail("The statement needs more temporary space than one statement may use.");
    }
    if let Some(fault) = cause.get_ref().and_then(|inner| known(inner)) {
        return fault;
    }
    let mut fault = incident("reading or writing failed", &telemetry::chain(whole));
    fault.state = SqlState::IO_ERROR;
    fault
}

fn from_cause(cause: &(dyn Error + 'static), whole: &DataFusionError) -> Fault {
    known(cause).unwrap_or_else(|| incident("execution failed", &telemetry::chain(whole)))
}

/// Looks for a cause we know, however deep it was wrapped.
fn known(cause: &(dyn Error + 'static)) -> Option<Fault> {
    let mut next = Some(cause);
    while let Some(error) = next {
        if let Some(fault) = error.downcast_ref::<Fault>() {
            return Some(fault.clone());
        }
        if let Some(error) = error.downcast_ref::<DataFusionError>() {
            return Some(from_datafusion(error));
        }
        if let Some(error) = error.downcast_ref::<ArrowError>() {
            return Some(from_arrow(error));
        }
        if let Some(error) = error.downcast_ref::<snapshot::Error>() {
            return Some(error.client_fault());
        }
        next = error.source();
    }
    None
}

/// The range an Arrow kernel overflowed, by the type its message names.
fn overflow(text: &str) -> Fault {
    let what = ["Int16", "Int32", "Int64", "i16", "i32", "i64"]
        .iter()
        .zip([
            "smallint", "integer", "bigint", "smallint", "integer", "bigint",
        ])
        .find(|(name, _)| text.contains(**name))
        .map(|(_, shown)| shown);
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        format!("{} out of range", what.unwrap_or("value")),
    )
}

/// Errors that DataFusion's own operators only have as text.
fn from_text(text: &str) -> Option<Fault> {
    text.contains("Scalar subquery returned more than one row")
        .then(|| {
            Fault::new(
                SqlState::CARDINALITY_VIOLATION,
                "more than one row returned by a subquery used as an expression",
            )
        })
}
