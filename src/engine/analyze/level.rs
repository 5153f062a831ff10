//! What one query level consists of beside its clauses: the places of expressions, and what they need computed.

use std::cell::RefCell;
use std::collections::HashMap;

use arrow::datatypes::DataType;
use datafusion::logical_expr::Expr;
use pg_query::protobuf::{self};

use super::aggregate::AggregateCall;
use super::subquery::Pending;
use super::window::WindowCall;
use crate::pg::types;

/// The clause an expression stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A function in FROM.
    FromFunction,
    /// `JOIN … ON`.
    JoinCondition,
    /// WHERE.
    Where,
    /// GROUP BY.
    GroupBy,
    /// HAVING.
    Having,
    /// The select list.
    Select,
    /// DISTINCT ON and ORDER BY.
    OrderBy,
    /// LIMIT and OFFSET.
    Limit,
    /// VALUES.
    Values,
    /// Arguments and ORDER BY of an aggregate.
    Aggregate,
    /// FILTER of an aggregate.
    Filter,
    /// Arguments of a window function.
    Window,
    /// PARTITION BY and ORDER BY of a window.
    WindowDefinition,
}

impl Place {
    /// As error messages name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::FromFunction => "functions in FROM",
            Self::JoinCondition => "JOIN conditions",
            Self::Where => "WHERE",
            Self::GroupBy => "GROUP BY",
            Self::Having => "HAVING",
            Self::Select => "SELECT",
            Self::OrderBy => "ORDER BY",
            Self::Limit => "LIMIT",
            Self::Values => "VALUES",
            Self::Aggregate => "aggregate function calls",
            Self::Filter => "FILTER",
            Self::Window => "window function calls",
            Self::WindowDefinition => "window definitions",
        }
    }
}

/// A set-returning call of the select list: a list per row, to be unnested.
#[derive(Debug, Clone)]
pub(super) struct SetCall {
    pub(super) id: String,
    pub(super) expr: Expr,
    pub(super) location: i32,
}

/// What the expressions of one query level need computed beside them.
#[derive(Debug, Default)]
pub(super) struct Level {
    pub(super) subqueries: RefCell<Vec<Pending>>,
    pub(super) aggregates: RefCell<Vec<AggregateCall>>,
    pub(super) windows: RefCell<Vec<WindowCall>>,
    pub(super) sets: RefCell<Vec<SetCall>>,
    /// `GROUPING(…)` calls: id and argument expressions.
    pub(super) groupings: RefCell<Vec<(String, Vec<(Expr, i32)>)>>,
    pub(super) named_windows: Vec<protobuf::WindowDef>,
    /// Where a column is first mentioned, and how, for errors found later.
    pub(super) locations: RefCell<HashMap<String, (i32, String)>>,
}

impl Level {
    /// Remembers where a column was mentioned.
    pub(super) fn note_location(&self, expr: &Expr, location: i32, names: &[&str]) {
        if let Expr::Column(column) = expr {
            self.locations
                .borrow_mut()
                .entry(column.name.clone())
                .or_insert_with(|| (location, names.join(".")));
        }
    }

    /// The storage of a column that the level computes beside those of FROM: a subquery's value, an
    /// aggregate, GROUPING.
    pub(super) fn computed(&self, id: &str) -> Option<DataType> {
        if self.groupings.borrow().iter().any(|(own, _)| own == id) {
            return Some(types::storage(types::INT4));
        }
        let aggregates = self.aggregates.borrow();
        if let Some(found) = aggregates.iter().find(|own| own.id == id) {
            return Some(found.storage.clone());
        }
        let subqueries = self.subqueries.borrow();
        let found = subqueries.iter().find(|own| own.id == id)?;
        Some(found.storage.clone())
    }

    pub(super) fn location(&self, id: &str) -> Option<(i32, String)> {
        self.locations.borrow().get(id).cloned()
    }
}
