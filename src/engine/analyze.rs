//! From PostgreSQL's parse tree to a typed DataFusion plan, by the rules of the manual's chapter 10.

use datafusion::logical_expr::LogicalPlan;
use pg_query::protobuf;

use crate::engine::functions::Context;
use crate::engine::session::Column;
use crate::ident::Oid;
use crate::pg::Fault;

/// A query with its names, types and parameters settled.
#[derive(Debug, Clone)]
pub(crate) struct Analyzed {
    /// The plan; its columns are those of `columns`, in order, in the storage types of their types.
    pub(crate) plan: LogicalPlan,
    /// What RowDescription says.
    pub(crate) columns: Vec<Column>,
    /// The types of `$1`, `$2`, ...; the plan holds them as placeholders `$1`, `$2`, ...
    pub(crate) parameters: Vec<Oid>,
    /// Whether only catalog relations and constants are read.
    pub(crate) catalog_only: bool,
}

/// Analyzes a SELECT, VALUES or TABLE statement.
///
/// `declared` are the parameter types the client gave; `None` or a missing one is inferred.
pub(crate) fn analyze(
    query: &protobuf::SelectStmt,
    declared: &[Option<Oid>],
    context: &Context,
) -> Result<Analyzed, Fault> {
    let _ = (query, declared, context);
    Err(Fault::unsupported("SELECT"))
}
