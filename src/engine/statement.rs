//! What a client can ask for: a closed set, and nothing in it writes.

pub(crate) mod copy;
pub(crate) mod cursor;
pub(crate) mod explain;
pub(crate) mod prepare;
pub(crate) mod query;
pub(crate) mod refuse;
pub(crate) mod setting;
pub(crate) mod transaction;

use std::sync::Arc;

use pg_query::protobuf::node::Node;
use pg_query::protobuf::{self, DiscardMode};

use crate::config::limits::Statements;
use crate::engine::parse::{self, Measured, Source};
use crate::pg::{Fault, SqlState};

/// One parsed statement. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The whole message it came in: positions count from its start.
    source: Arc<Source>,
    kind: Arc<Kind>,
}

/// The kinds of statement.
#[derive(Debug)]
pub(crate) enum Kind {
    /// SELECT, VALUES, TABLE.
    Query(Box<protobuf::SelectStmt>),
    /// EXPLAIN of a query.
    Explain(explain::Explain),
    /// DECLARE.
    Declare(cursor::Declare),
    /// FETCH and MOVE.
    Fetch(cursor::Fetch),
    /// CLOSE; `None` is ALL.
    Close(Option<String>),
    /// COPY … TO STDOUT.
    Copy(copy::Copy),
    /// SET and RESET.
    Set(setting::Set),
    /// SHOW; the name, or `all`.
    Show(String),
    /// DISCARD.
    Discard(DiscardMode),
    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT …
    Transaction(transaction::Command),
    /// PREPARE.
    Prepare(prepare::Prepare),
    /// EXECUTE.
    Execute(prepare::Execute),
    /// DEALLOCATE; `None` is ALL.
    Deallocate(Option<String>),
    /// LOCK TABLE.
    Lock {
        /// The tables.
        tables: Vec<protobuf::RangeVar>,
        /// The mode is not that of a reader.
        strong: bool,
    },
    /// VACUUM, ANALYZE, REINDEX: there is nothing to be done to the tables.
    Maintain(refuse::Maintain),
    /// A command that has nothing to do here and is not wrong: its tag.
    Idle(&'static str),
    /// What is refused, with the refusal.
    Refused(Fault),
    /// What a read-only server understands and refuses when it is run.
    Denied {
        /// The refusal.
        fault: Fault,
        /// How many parameters it has.
        parameters: usize,
    },
}

impl Statement {
    /// The message it came in.
    pub(crate) fn text(&self) -> &Arc<str> {
        self.source.sent()
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    pub(crate) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The same place in the text, as another kind: a query inside a statement.
    pub(crate) fn inner(&self, kind: impl Into<Arc<Kind>>) -> Self {
        Self {
            source: Arc::clone(&self.source),
            kind: kind.into(),
        }
    }

    /// Whether it may run in a failed transaction: it ends the transaction or goes back in it.
    pub(crate) fn leaves_failure(&self) -> bool {
        use transaction::Command::{Commit, Refused, Rollback, RollbackTo};
        matches!(
            &*self.kind,
            Kind::Transaction(
                Commit { .. } | Rollback { .. } | RollbackTo(_) | Refused { exits: true, .. }
            )
        )
    }
}

/// Names the kind of a parsed statement, within the limits.
pub(crate) fn classify(
    source: Arc<Source>,
    node: Node,
    limits: &Statements,
) -> Result<Statement, Fault> {
    let measured = parse::bounded(&node, limits)?;
    let kind = match refuse::inside(&node, &measured) {
        Some(refusal) => denied(refusal, &measured),
        None => kind(node, &measured).unwrap_or_else(|fault| {
            let fault = placed(&source, fault);
            denied(fault, &measured)
        }),
    };
    Ok(Statement {
        source,
        kind: Arc::new(kind),
    })
}

/// Counts a place in characters that was counted in bytes, both from 1.
fn placed(source: &Source, mut fault: Fault) -> Fault {
    let bytes = fault.position.and_then(|at| usize::try_from(at).ok());
    fault.position = bytes.map(|bytes| source.character(bytes.saturating_sub(1)));
    fault
}

/// A refusal, for the time PostgreSQL refuses at: a write is refused when it is run.
fn denied(fault: Fault, measured: &Measured) -> Kind {
    // As many parameters as a message can give values for.
    let parameters = u16::try_from(measured.parameters.max(0)).unwrap_or(u16::MAX);
    match fault.state {
        SqlState::READ_ONLY_SQL_TRANSACTION => Kind::Denied {
            fault,
            parameters: parameters.into(),
        },
        _ => Kind::Refused(fault),
    }
}

fn kind(node: Node, measured: &Measured) -> Result<Kind, Fault> {
    Ok(match node {
        Node::SelectStmt(query) => Kind::Query(query),
        Node::ExplainStmt(explain) => explain::read(*explain)?,
        Node::DeclareCursorStmt(declare) => cursor::declare(*declare)?,
        Node::FetchStmt(fetch) => Kind::Fetch(cursor::fetch(&fetch)),
        Node::ClosePortalStmt(close) => {
            Kind::Close(Some(close.portalname).filter(|name| !name.is_empty()))
        }
        Node::CopyStmt(copy) => copy::read(*copy)?,
        Node::VariableSetStmt(set) => Kind::Set(setting::read(&set)?),
        Node::VariableShowStmt(show) => Kind::Show(show.name),
        Node::DiscardStmt(discard) => Kind::Discard(discard.target()),
        Node::TransactionStmt(transaction) => Kind::Transaction(transaction::read(&transaction)?),
        Node::PrepareStmt(prepare) => Kind::Prepare(prepare::prepare(*prepare, measured)?),
        Node::ExecuteStmt(execute) => Kind::Execute(prepare::execute(execute)),
        Node::DeallocateStmt(deallocate) => {
            Kind::Deallocate(Some(deallocate.name).filter(|_| !deallocate.isall))
        }
        Node::LockStmt(lock) => refuse::lock(&lock),
        Node::VacuumStmt(vacuum) => refuse::vacuum(&vacuum)?,
        Node::ReindexStmt(reindex) => refuse::reindex(&reindex),
        Node::ListenStmt(_) => Kind::Idle("LISTEN"),
        Node::UnlistenStmt(_) => Kind::Idle("UNLISTEN"),
        Node::ConstraintsSetStmt(_) => Kind::Idle("SET CONSTRAINTS"),
        other => denied(refuse::statement(&other), measured),
    })
}

/// The query inside another statement; what writes there is refused.
fn query_of(node: Option<Box<protobuf::Node>>) -> Result<Box<protobuf::SelectStmt>, Fault> {
    match node.and_then(|node| node.node) {
        Some(Node::SelectStmt(query)) => Ok(query),
        Some(other) => Err(refuse::statement(&other)),
        None => Err(Fault::internal("a statement has no query")),
    }
}
