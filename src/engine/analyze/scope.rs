//! Which names a query can see, level by level.

use std::cell::RefCell;
use std::sync::Arc;

use datafusion::common::Column as PlanColumn;
use datafusion::logical_expr::{Expr, LogicalPlan, SortExpr};

use super::Typed;
use super::expressions::Frame;
use crate::engine::catalog::Relation;
use crate::ident::Oid;
use crate::pg::{Fault, SqlState, Type};

/// The fields of a record.
pub(in crate::engine) type RecordFields = Arc<Vec<RecordField>>;

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) struct RecordField {
    /// Its name.
    pub(in crate::engine) name: String,
    /// Its type.
    pub(in crate::engine) kind: Type,
    /// Its own fields, when it is a record whose fields are known.
    pub(in crate::engine) record: Option<RecordFields>,
}

impl RecordField {
    /// A field that is no record.
    pub(super) fn plain(name: impl Into<String>, kind: Type) -> Self {
        Self {
            name: name.into(),
            kind,
            record: None,
        }
    }
}

/// A column that a query can name.
#[derive(Debug, Clone)]
pub(super) struct ScopeColumn {
    /// The name it is found by.
    pub(super) name: String,
    /// The unique name of the plan's column.
    pub(super) id: String,
    /// Its type.
    pub(super) kind: Type,
    /// Its fields, when it is a record whose fields are known.
    pub(super) record: Option<RecordFields>,
    /// The table it comes from, or invalid.
    pub(super) table: Oid,
    /// Its number in that table.
    pub(super) number: i16,
}

impl ScopeColumn {
    /// A computed column.
    pub(super) fn computed(name: impl Into<String>, id: impl Into<String>, typed: &Typed) -> Self {
        Self {
            name: name.into(),
            id: id.into(),
            kind: typed.kind,
            record: typed.record.clone(),
            table: typed.table,
            number: typed.number,
        }
    }

    /// The plan's expression for the column.
    pub(super) fn expr(&self) -> Expr {
        column(&self.id)
    }
}

/// The plan's expression for a unique column name.
pub(super) fn column(id: &str) -> Expr {
    Expr::Column(PlanColumn::new_unqualified(id))
}

/// One entry of the FROM clause, as names see it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// The alias or relation name; empty for an unnamed join.
    pub(super) name: String,
    /// The schema, when the entry is a relation without an alias.
    pub(super) schema: Option<String>,
    /// Its columns.
    pub(super) columns: Vec<ScopeColumn>,
    /// Whether `name.column` finds it.
    pub(super) by_name: bool,
    /// Whether a bare column name finds its columns.
    pub(super) by_column: bool,
    /// The relation behind it.
    pub(super) relation: Option<Arc<Relation>>,
    /// Whether the entry is a function returning one value, whose name also means that value.
    pub(super) scalar: bool,
    /// The type of its rows, where that is not the relation's: of a function that returns such.
    pub(super) row_type: Oid,
    /// Whether naming it is an error: a LATERAL entry on the wrong side of an outer join.
    pub(super) barred: bool,
    /// Whether it is an entry of its own, not the merged columns of a join: suggestions name it.
    pub(super) listed: bool,
    /// What is NULL where an outer join has no row of the entry.
    pub(super) present: Option<ScopeColumn>,
}

impl Item {
    /// Columns that are found by their own names only.
    pub(super) fn unnamed(columns: Vec<ScopeColumn>) -> Self {
        Self {
            name: String::new(),
            schema: None,
            columns,
            by_name: false,
            by_column: true,
            relation: None,
            scalar: false,
            row_type: Oid::INVALID,
            barred: false,
            listed: false,
            present: None,
        }
    }

    /// The same entry where it is known but may not be named.
    pub(super) fn hidden(mut self) -> Self {
        self.by_name = false;
        self.by_column = false;
        self
    }

    fn check(&self) -> Result<(), Fault> {
        if !self.barred {
            return Ok(());
        }
        Err(Fault::new(
            SqlState::INVALID_COLUMN_REFERENCE,
            format!(
                "invalid reference to FROM-clause entry for table \"{}\"",
                self.name
            ),
        )
        .detail("The combining JOIN type must be INNER or LEFT for a LATERAL reference."))
    }
}

/// A common table expression in scope.
#[derive(Debug)]
pub(super) struct Cte {
    pub(super) name: String,
    pub(super) plan: LogicalPlan,
    pub(super) columns: Vec<ScopeColumn>,
    /// Inside a recursive query: the table that its last round's rows are read from.
    pub(super) work_table: Option<String>,
    /// How many of its last columns SEARCH and CYCLE add.
    pub(super) added: usize,
}

/// The names of one query level; `parent` is the level around it.
#[derive(Debug)]
pub(super) struct Scope<'p> {
    pub(super) parent: Option<&'p Scope<'p>>,
    pub(super) items: Vec<Item>,
    pub(super) ctes: Vec<Arc<Cte>>,
    /// Forward references: names of WITH items that come later.
    pub(super) later: Vec<String>,
    /// Where the query of this level stands in the one around it.
    pub(super) stands: Option<Frame<'p>>,
    /// The order of the rows of FROM, when it is one sorted subquery.
    pub(super) order: Vec<SortExpr>,
    /// Ids of columns of outer levels that this level or one inside it uses.
    pub(super) outer: RefCell<Vec<String>>,
}

impl<'p> Scope<'p> {
    /// An empty level inside `parent`.
    pub(super) fn inside(parent: Option<&'p Scope<'p>>) -> Self {
        Self {
            parent,
            items: Vec::new(),
            ctes: Vec::new(),
            later: Vec::new(),
            stands: None,
            order: Vec::new(),
            outer: RefCell::new(Vec::new()),
        }
    }

    /// The level of a subquery that stands in an expression.
    pub(super) fn of_subquery(frame: Frame<'p>) -> Self {
        Self {
            stands: Some(frame),
            ..Self::inside(Some(frame.scope))
        }
    }

    /// The names a part of FROM sees, beside the level's own.
    pub(super) fn beside(&self, items: Vec<Item>) -> Scope<'p> {
        Scope {
            parent: self.parent,
            items,
            ctes: self.ctes.clone(),
            later: self.later.clone(),
            stands: self.stands,
            order: Vec::new(),
            outer: RefCell::default(),
        }
    }

    /// Whether a WITH item of this name comes later.
    pub(super) fn comes_later(&self, name: &str) -> bool {
        self.later.iter().any(|later| later == name)
            || self.parent.is_some_and(|parent| parent.comes_later(name))
    }

    /// Finds a common table expression, innermost level first.
    pub(super) fn cte(&self, name: &str) -> Option<Arc<Cte>> {
        let own = self.ctes.iter().rev().find(|cte| cte.name == name).cloned();
        own.or_else(|| self.parent.and_then(|parent| parent.cte(name)))
    }

    /// Whether a common table expression of this name belongs to the level itself.
    pub(super) fn has_own_cte(&self, name: &str) -> bool {
        let around = self.parent.iter().flat_map(|parent| &parent.ctes);
        self.ctes.iter().chain(around).any(|cte| cte.name == name)
    }

    /// A column of the level by its id.
    pub(super) fn find(&self, id: &str) -> Option<&ScopeColumn> {
        let mut columns = self.items.iter().flat_map(|item| &item.columns);
        columns.find(|column| column.id == id)
    }

    /// Adds entries, refusing a table name that is there already.
    pub(super) fn add(&mut self, items: Vec<Item>) -> Result<(), Fault> {
        for item in items {
            if item.by_name && self.items.iter().any(|other| clash(other, &item)) {
                return Err(Fault::new(
                    SqlState::DUPLICATE_ALIAS,
                    format!("table name \"{}\" specified more than once", item.name),
                ));
            }
            self.items.push(item);
        }
        Ok(())
    }

    /// Resolves a bare column name; `None` when no level has it.
    pub(super) fn column(&self, name: &str) -> Result<Option<Typed>, Fault> {
        let mut level = self;
        let mut crossed = Vec::new();
        loop {
            let mut found = level
                .items
                .iter()
                .filter(|item| item.by_column)
                .flat_map(|item| {
                    let columns = item.columns.iter().filter(|column| column.name == name);
                    columns.map(move |column| (item, column))
                });
            if let Some((item, column)) = found.next() {
                item.check()?;
                if found.next().is_some() {
                    return Err(Fault::new(
                        SqlState::AMBIGUOUS_COLUMN,
                        format!("column reference \"{name}\" is ambiguous"),
                    ));
                }
                return Ok(Some(reference(column, &crossed)));
            }
            crossed.push(&level.outer);
            match level.parent {
                Some(parent) => level = parent,
                None => return Ok(None),
            }
        }
    }

    /// Finds a FROM entry by name, with the levels crossed to reach it.
    pub(super) fn item(
        &self,
        schema: Option<&str>,
        name: &str,
    ) -> Result<Option<(&Item, Vec<&RefCell<Vec<String>>>)>, Fault> {
        let mut level = self;
        let mut crossed = Vec::new();
        loop {
            let mut found = level.items.iter().filter(|item| {
                item.by_name
                    && item.name == name
                    && schema.is_none_or(|schema| item.schema.as_deref() == Some(schema))
            });
            if let Some(item) = found.next() {
                if found.next().is_some() {
                    return Err(Fault::new(
                        SqlState::AMBIGUOUS_ALIAS,
                        format!("table reference \"{name}\" is ambiguous"),
                    ));
                }
                item.check()?;
                return Ok(Some((item, crossed)));
            }
            crossed.push(&level.outer);
            match level.parent {
                Some(parent) => level = parent,
                None => return Ok(None),
            }
        }
    }
}

/// Whether two entries of one FROM would be called the same.
pub(super) fn clash(left: &Item, right: &Item) -> bool {
    left.by_name
        && left.name == right.name
        && (left.schema == right.schema || left.schema.is_none() || right.schema.is_none())
}

/// A reference to a column through the levels crossed: an outer reference when there are any.
pub(super) fn reference(column: &ScopeColumn, crossed: &[&RefCell<Vec<String>>]) -> Typed {
    for outer in crossed {
        let mut outer = outer.borrow_mut();
        if !outer.contains(&column.id) {
            outer.push(column.id.clone());
        }
    }
    let expr = if crossed.is_empty() {
        column.expr()
    } else {
        let field = arrow::datatypes::Field::new(
            &column.id,
            super::coerce::storage_of(column.kind, column.record.as_ref()),
            true,
        );
        Expr::OuterReferenceColumn(Arc::new(field), PlanColumn::new_unqualified(&column.id))
    };
    Typed {
        expr,
        kind: column.kind,
        unknown: None,
        record: column.record.clone(),
        members: None,
        table: column.table,
        number: column.number,
        location: -1,
    }
}
