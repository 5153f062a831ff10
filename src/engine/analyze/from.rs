//! The FROM clause: manual 7.2.1.

mod functions;
mod join;
mod relation;
mod sample;

use datafusion::common::{Column as PlanColumn, NullHandling, UnnestOptions};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SortExpr};
use pg_query::protobuf::{self, JoinType as PgJoin, node::Node as Kind};

use super::scope::{Item, Scope, ScopeColumn};
use super::{Analyzer, position, refused, strings};
use crate::pg::{Fault, SqlState};

/// A part of FROM: its rows and what can be named of them.
struct Part {
    plan: LogicalPlan,
    items: Vec<Item>,
    /// Columns of entries to the left that it reads (LATERAL).
    outer: Vec<String>,
    /// What its rows are sorted by.
    order: Vec<SortExpr>,
    /// A set-returning call that reads entries to the left: lists to unnest beside them.
    lists: Option<functions::Lists>,
}

impl Part {
    fn columns(&self) -> Vec<ScopeColumn> {
        self.items
            .iter()
            .filter(|item| item.by_column)
            .flat_map(|item| item.columns.iter().cloned())
            .collect()
    }
}

impl Analyzer<'_> {
    /// Analyzes a FROM list into `scope`; no list is one row of no columns.
    pub(super) fn from_clause(
        &self,
        list: &[protobuf::Node],
        scope: &mut Scope<'_>,
    ) -> Result<LogicalPlan, Fault> {
        let mut plan: Option<LogicalPlan> = None;
        for node in list {
            let part = self.part(node, scope)?;
            plan = Some(match plan {
                None if part.outer.is_empty() => part.plan.clone(),
                None => part.plan.clone(),
                Some(left) => self.join_parts(left, &part, PgJoin::JoinInner, None, scope)?,
            });
            scope.order = if list.len() == 1 {
                part.order
            } else {
                Vec::new()
            };
            scope.add(part.items)?;
        }
        match plan {
            Some(plan) => Ok(plan),
            None => LogicalPlanBuilder::empty(true).build().map_err(refused),
        }
    }

    fn part(&self, node: &protobuf::Node, left: &Scope<'_>) -> Result<Part, Fault> {
        match node.node.as_ref() {
            Some(Kind::RangeVar(range)) => self.range_var(range, left),
            Some(Kind::RangeSubselect(range)) => self.range_subselect(range, left),
            Some(Kind::RangeFunction(range)) => self.range_function(range, left),
            Some(Kind::JoinExpr(join)) => self.join(join, left),
            Some(Kind::RangeTableSample(sample)) => self.table_sample(sample, left),
            _ => Err(Fault::unsupported("this FROM entry")),
        }
    }

    fn range_subselect(
        &self,
        range: &protobuf::RangeSubselect,
        left: &Scope<'_>,
    ) -> Result<Part, Fault> {
        if range.alias.is_none() {
            return Err(without_alias(range, self.source.read()));
        }
        let Some(Kind::SelectStmt(query)) = range
            .subquery
            .as_deref()
            .and_then(|node| node.node.as_ref())
        else {
            return Err(Fault::internal("a FROM entry without a query"));
        };
        // Without LATERAL the entries to the left are not visible, but what is around them is.
        let hidden;
        let around = if range.lateral {
            left
        } else {
            hidden = left.beside(left.items.iter().cloned().map(Item::hidden).collect());
            &hidden
        };
        let boundary = Scope::inside(Some(around));
        let query = self.query(query, &boundary, &[])?;
        let outer = if range.lateral {
            boundary.outer.take()
        } else {
            around.outer.take()
        };
        let outer: Vec<String> = if range.lateral {
            outer
        } else {
            // Columns of levels further out: the level of `left` uses them too.
            note_outer(left, &outer);
            Vec::new()
        };
        let name = range
            .alias
            .as_ref()
            .map_or_else(String::new, |alias| alias.aliasname.clone());
        let by_name = range.alias.is_some();
        let item = Item {
            name,
            by_name,
            listed: true,
            ..Item::unnamed(query.columns)
        };
        let order = query.order;
        let mut part = part_of(query.plan, renamed(item, range.alias.as_ref(), "table")?);
        part.order = order;
        part.outer = outer.into_iter().filter(|id| owns(left, id)).collect();
        Ok(part)
    }
}

/// Unnests list columns side by side; the plan keeps its other columns.
pub(super) fn unnest(
    plan: LogicalPlan,
    lists: &[(String, Expr)],
    keep_empty: bool,
) -> Result<LogicalPlan, Fault> {
    let mut all: Vec<Expr> = plan
        .schema()
        .columns()
        .into_iter()
        .map(Expr::Column)
        .collect();
    all.extend(lists.iter().map(|(id, expr)| expr.clone().alias(id)));
    let columns = lists
        .iter()
        .map(|(id, _)| PlanColumn::new_unqualified(id))
        .collect();
    let null_handling = if keep_empty {
        NullHandling::PreserveAndExpandEmpty
    } else {
        NullHandling::Drop
    };
    let options = UnnestOptions {
        null_handling,
        recursions: Vec::new(),
    };
    LogicalPlanBuilder::from(plan)
        .project(all)
        .and_then(|builder| builder.unnest_columns_with_options(columns, options))
        .and_then(LogicalPlanBuilder::build)
        .map_err(refused)
}

fn part_of(plan: LogicalPlan, item: Item) -> Part {
    Part {
        plan,
        items: vec![item],
        outer: Vec::new(),
        order: Vec::new(),
        lists: None,
    }
}

/// 42601 for a subquery in FROM without an alias.
fn without_alias(range: &protobuf::RangeSubselect, source: &str) -> Fault {
    let query = range
        .subquery
        .as_deref()
        .and_then(|node| node.node.as_ref());
    let (what, like, inside) = match query {
        Some(Kind::SelectStmt(query)) if !query.values_lists.is_empty() => {
            let Some(Kind::List(row)) = query.values_lists.first().and_then(|n| n.node.as_ref())
            else {
                return Fault::internal("VALUES without rows");
            };
            ("VALUES", "VALUES", row.items.first())
        }
        Some(Kind::SelectStmt(query)) => ("subquery", "SELECT", query.target_list.first()),
        _ => ("subquery", "SELECT", None),
    };
    let location = inside.map_or(-1, super::select::location_of);
    Fault::new(
        SqlState::SYNTAX_ERROR,
        format!("{what} in FROM must have an alias"),
    )
    .hint(format!("For example, FROM ({like} ...) [AS] foo."))
    .at(position(opening(source, location, like)))
}

/// The parenthesis that opens the query whose first value stands at `location`.
fn opening(source: &str, location: i32, word: &str) -> i32 {
    let before = usize::try_from(location)
        .ok()
        .and_then(|at| source.get(..at));
    let start = before.and_then(|before| before.to_ascii_uppercase().rfind(word));
    let open = start
        .and_then(|start| source.get(..start))
        .and_then(|text| text.trim_end().strip_suffix('('));
    open.and_then(|text| i32::try_from(text.len()).ok())
        .unwrap_or(-1)
}

/// Applies the column names of an alias.
fn renamed(mut item: Item, alias: Option<&protobuf::Alias>, what: &str) -> Result<Item, Fault> {
    let Some(alias) = alias else { return Ok(item) };
    let names = strings(&alias.colnames);
    if names.len() > item.columns.len() {
        return Err(Fault::new(
            SqlState::INVALID_COLUMN_REFERENCE,
            format!(
                "{what} \"{}\" has {} columns available but {} columns specified",
                item.name,
                item.columns.len(),
                names.len()
            ),
        ));
    }
    for (column, name) in item.columns.iter_mut().zip(names) {
        name.clone_into(&mut column.name);
    }
    Ok(item)
}

fn owns(scope: &Scope<'_>, id: &str) -> bool {
    scope
        .items
        .iter()
        .flat_map(|item| &item.columns)
        .any(|column| column.id == id)
}

/// Notes that `scope`'s level reads these columns of levels further out.
fn note_outer(scope: &Scope<'_>, ids: &[String]) {
    let mut outer = scope.outer.borrow_mut();
    for id in ids {
        if !owns(scope, id) && !outer.contains(id) {
            outer.push(id.clone());
        }
    }
}
