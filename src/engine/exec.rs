//! Where and how a plan runs.

pub(crate) mod apply;

use datafusion::common::DataFusionError;

use crate::pg::Fault;

/// What an error of planning or execution says to the client.
pub(crate) fn fault(error: DataFusionError) -> Fault {
    match error {
        DataFusionError::External(inner) => match inner.downcast::<Fault>() {
            Ok(fault) => *fault,
            Err(other) => Fault::internal(other.to_string()),
        },
        DataFusionError::Context(_, inner) => fault(*inner),
        DataFusionError::Shared(inner) => match std::sync::Arc::try_unwrap(inner) {
            Ok(inner) => fault(inner),
            Err(shared) => Fault::internal(shared.to_string()),
        },
        other => Fault::internal(other.to_string()),
    }
}
