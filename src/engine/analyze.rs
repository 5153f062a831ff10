//! From PostgreSQL's parse tree to a typed DataFusion plan, by the rules of the manual's chapter 10.
//!
//! Every column of a plan made here has a unique name (`c1`, `c2`, …), so DataFusion never resolves
//! a name; every coercion is explicit, so DataFusion never coerces. What a query can name lives in
//! [`scope`]; what its values are in [`Typed`].
//!
//! A subquery becomes a join where that is right for every row, and an [`Apply`](super::exec::apply)
//! otherwise: the inner plan once per distinct outer row.

mod aggregate;
mod call;
mod coerce;
mod comparison;
mod composite;
mod expressions;
mod from;
mod function;
mod grouping;
mod level;
mod limit;
mod literal;
mod lock;
mod names;
mod operators;
mod recursion;
mod rights;
mod row_type;
mod scope;
mod select;
mod setops;
mod sorting;
mod subquery;
mod target;
mod traversal;
mod typename;
mod window;
mod with;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::FieldRef;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, LogicalPlan, SortExpr};
use pg_query::protobuf;
use pg_query::protobuf::node::Node as Kind;

use crate::engine::catalog::system::OperatorRow;
use crate::engine::functions::Context;
use crate::engine::parse::Source;
use crate::engine::session::Column;
use crate::ident::Oid;
use crate::pg::{Fault, SqlState, Type, types};
use scope::{RecordFields, Scope, ScopeColumn};

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
/// `source` is the text the tree was parsed from (positions are counted in its characters);
/// `declared` are the parameter types the client gave; `None` or a missing one is inferred. Without
/// any list the statement takes no parameters.
pub(crate) fn analyze(
    query: &protobuf::SelectStmt,
    source: &Source,
    declared: Option<&[Option<Oid>]>,
    context: &Context,
) -> Result<Analyzed, Fault> {
    let analyzer = Analyzer {
        context,
        source,
        parameters: RefCell::new(declared.unwrap_or_default().to_vec()),
        takes_parameters: declared.is_some(),
        next: Cell::new(0),
        reads_data: Cell::new(false),
        view_depth: Cell::new(0),
        changes_settings: Cell::new(false),
        locks: Cell::new(None),
        outer_mentions: RefCell::default(),
        hoisted: RefCell::default(),
        guarded: RefCell::default(),
        unlisted: RefCell::default(),
        operators: RefCell::default(),
    };
    analyzer.top(query).map_err(|mut fault| {
        // A right that is missing has no place: PostgreSQL notices when it begins to run.
        let placed = fault.state != SqlState::INSUFFICIENT_PRIVILEGE;
        row_type::name_rows(&mut fault, context);
        let position = fault.position.filter(|_| placed);
        fault.position = position.map(|byte| place(source, byte));
        fault
    })
}

/// Turns a byte offset from 1 into a character offset from 1.
fn place(source: &Source, byte: u32) -> u32 {
    let offset = usize::try_from(byte).unwrap_or(usize::MAX);
    source.character(offset.saturating_sub(1))
}

/// A text or NULL literal, or a parameter, whose type is still open.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Unknown {
    /// A quoted literal.
    Text(String),
    /// NULL.
    Null,
    /// `$n`, counted from 0.
    Parameter(usize),
}

/// An expression with its PostgreSQL type.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    /// What DataFusion evaluates; in the storage type of `kind`.
    pub(super) expr: Expr,
    /// Its type; `unknown` while `unknown` is set.
    pub(super) kind: Type,
    /// The open literal or parameter it is.
    pub(super) unknown: Option<Unknown>,
    /// Its fields, when it is a record whose fields are known.
    pub(super) record: Option<RecordFields>,
    /// What `ROW(…)` was written of, for as long as it is the constructor itself.
    pub(super) members: Option<Arc<[Typed]>>,
    /// The table column it is, for RowDescription.
    pub(super) table: Oid,
    /// Its number in that table.
    pub(super) number: i16,
    /// Where it stands: a byte offset, or -1.
    pub(super) location: i32,
}

impl Typed {
    /// An expression of a known type.
    pub(super) fn new(expr: Expr, kind: impl Into<Type>) -> Self {
        Self {
            expr,
            kind: kind.into(),
            unknown: None,
            record: None,
            members: None,
            table: Oid::INVALID,
            number: 0,
            location: -1,
        }
    }

    /// An open literal.
    pub(super) fn unknown(unknown: Unknown, location: i32) -> Self {
        let expr = Expr::Literal(
            match &unknown {
                Unknown::Text(text) => ScalarValue::Utf8View(Some(text.clone())),
                Unknown::Null | Unknown::Parameter(_) => ScalarValue::Utf8View(None),
            },
            None,
        );
        Self {
            unknown: Some(unknown),
            location,
            ..Self::new(expr, types::UNKNOWN)
        }
    }

    /// A literal of a known type.
    pub(super) fn literal(value: ScalarValue, kind: Oid) -> Self {
        Self::new(Expr::Literal(value, None), kind)
    }

    /// The same at a place in the text.
    pub(super) fn at(mut self, location: i32) -> Self {
        self.location = location;
        self
    }
}

/// Byte offset to the position a fault carries until [`analyze`] counts characters.
pub(super) fn position(location: i32) -> Option<u32> {
    u32::try_from(location)
        .ok()
        .map(|byte| byte.saturating_add(1))
}

/// Analyzes one statement.
pub(super) struct Analyzer<'a> {
    pub(super) context: &'a Context,
    /// The text that locations count in.
    source: &'a Source,
    parameters: RefCell<Vec<Option<Oid>>>,
    takes_parameters: bool,
    next: Cell<usize>,
    reads_data: Cell<bool>,
    view_depth: Cell<usize>,
    /// A call that changes settings was met.
    changes_settings: Cell<bool>,
    /// The first row lock that is asked of a table.
    locks: Cell<Option<&'static str>>,
    /// Where a column of an outer level is first mentioned, and how.
    outer_mentions: RefCell<HashMap<String, (i32, String)>>,
    /// Aggregates that belong to an outer level, by id: the field an inner level reads.
    hoisted: RefCell<HashMap<String, FieldRef>>,
    guarded: RefCell<Vec<rights::Guarded>>,
    /// Columns that `*` leaves out, by id.
    unlisted: RefCell<HashSet<String>>,
    /// Operators by name and the types they were resolved for.
    operators: RefCell<HashMap<String, HashMap<Vec<Oid>, &'static OperatorRow>>>,
}

/// A finished query inside a statement.
#[derive(Debug, Clone)]
struct Query {
    plan: LogicalPlan,
    columns: Vec<ScopeColumn>,
    /// Output columns that are still open literals, by index (`select null`).
    open: Vec<Option<Unknown>>,
    /// Where each output column is written, or -1.
    locations: Vec<i32>,
    /// What its rows are sorted by, as far as that is among its columns.
    order: Vec<SortExpr>,
}

impl Analyzer<'_> {
    /// A name no other column of the statement has.
    pub(super) fn fresh(&self) -> String {
        let next = self.next.get() + 1;
        self.next.set(next);
        format!("c{next}")
    }

    /// Whether the text of a view is being analyzed.
    pub(super) fn in_view(&self) -> bool {
        self.view_depth.get() > 0
    }

    fn top(&self, query: &protobuf::SelectStmt) -> Result<Analyzed, Fault> {
        let scope = Scope::inside(None);
        let query = self.query(query, &scope, &[])?;
        let query = self.settle(query)?;
        if let Some(words) = self.locks.get() {
            return Err(crate::engine::statement::refuse::read_only(&format!(
                "SELECT {words}"
            )));
        }
        let columns = query
            .columns
            .iter()
            .map(|column| Column {
                name: column.name.clone(),
                kind: column.kind,
                table: column.table,
                number: column.number,
            })
            .collect();
        let parameters = self
            .parameters
            .borrow()
            .iter()
            .enumerate()
            .map(|(index, kind)| {
                kind.ok_or_else(|| {
                    Fault::new(
                        SqlState::INDETERMINATE_DATATYPE,
                        format!("could not determine data type of parameter ${}", index + 1),
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        self.check_reads(&query.plan)?;
        Ok(Analyzed {
            plan: query.plan,
            columns,
            parameters,
            catalog_only: !self.reads_data.get(),
        })
    }

    /// The type a parameter has so far.
    pub(super) fn parameter(&self, index: usize) -> Option<Oid> {
        self.parameters.borrow().get(index).copied().flatten()
    }

    /// Makes room for a parameter that the text mentions.
    pub(super) fn mention_parameter(&self, index: usize) -> Result<(), Fault> {
        if index >= 65_535 || !self.takes_parameters {
            return Err(Fault::new(
                SqlState::UNDEFINED_PARAMETER,
                format!("there is no parameter ${}", index + 1),
            ));
        }
        let mut parameters = self.parameters.borrow_mut();
        if parameters.len() <= index {
            parameters.resize(index + 1, None);
        }
        Ok(())
    }

    /// Settles a parameter's type.
    pub(super) fn settle_parameter(&self, index: usize, kind: Oid) {
        if let Some(slot) = self.parameters.borrow_mut().get_mut(index) {
            slot.get_or_insert(kind);
        }
    }
}

/// The value of a `String` node.
pub(super) fn string(node: &protobuf::Node) -> Option<&str> {
    match node.node.as_ref()? {
        Kind::String(string) => Some(&string.sval),
        _ => None,
    }
}

/// A list of `String` nodes, such as a qualified name.
pub(super) fn strings(nodes: &[protobuf::Node]) -> Vec<&str> {
    nodes.iter().filter_map(string).collect()
}

/// DataFusion refused a plan we built: our mistake, not the client's.
pub(super) fn refused(error: datafusion::common::DataFusionError) -> Fault {
    crate::engine::exec::fault(error)
}
