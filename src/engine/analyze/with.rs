//! WITH: manual 7.8.

use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use pg_query::protobuf::{self, node::Node as Kind};

use super::recursion::{self, Item};
use super::scope::{Cte, Scope, ScopeColumn};
use super::{Analyzer, Query, position, refused, strings, traversal};
use crate::engine::exec::once::once;
use crate::engine::exec::recursive::{LastRound, Recursive};
use crate::engine::functions;
use crate::ident::Oid;
use crate::pg::typename::format_type;
use crate::pg::{Fault, SqlState, Type};

impl Analyzer<'_> {
    /// Adds the queries of a WITH clause to a level.
    pub(super) fn with_clause(
        &self,
        with: &protobuf::WithClause,
        scope: &mut Scope<'_>,
    ) -> Result<(), Fault> {
        let mut items = Vec::with_capacity(with.ctes.len());
        for node in &with.ctes {
            let Some(Kind::CommonTableExpr(cte)) = node.node.as_ref() else {
                continue;
            };
            if items
                .iter()
                .any(|item: &Item<'_>| item.cte.ctename == cte.ctename)
            {
                return Err(Fault::new(
                    SqlState::DUPLICATE_ALIAS,
                    format!(
                        "WITH query name \"{}\" specified more than once",
                        cte.ctename
                    ),
                )
                .at(position(cte.location)));
            }
            items.push(Item::new(cte)?);
        }
        if with.recursive {
            recursion::settle(&mut items)?;
        }
        let names: Vec<String> = items.iter().map(|item| item.cte.ctename.clone()).collect();
        for (at, item) in items.iter().enumerate() {
            scope.later = names.get(at..).unwrap_or_default().to_vec();
            self.with_item(item, scope)?;
        }
        scope.later.clear();
        Ok(())
    }

    fn with_item(&self, item: &Item<'_>, scope: &mut Scope<'_>) -> Result<(), Fault> {
        let cte = item.cte;
        let decorated = cte.search_clause.is_some() || cte.cycle_clause.is_some();
        if decorated && !item.recursive {
            return Err(
                Fault::new(SqlState::SYNTAX_ERROR, "WITH query is not recursive")
                    .at(position(cte.location)),
            );
        }
        let (result, added) = if item.recursive {
            self.recursive(cte, item.query, scope)?
        } else {
            (self.query(item.query, scope, &[])?, 0)
        };
        let columns = named(result.columns, cte)?;
        scope.ctes.push(Arc::new(Cte {
            name: cte.ctename.clone(),
            plan: once(result.plan, &self.fresh()).map_err(refused)?,
            columns,
            work_table: None,
            added,
        }));
        Ok(())
    }

    /// A recursive query, and how many of its last columns SEARCH and CYCLE add.
    fn recursive(
        &self,
        cte: &protobuf::CommonTableExpr,
        query: &protobuf::SelectStmt,
        scope: &Scope<'_>,
    ) -> Result<(Query, usize), Fault> {
        let (Some(first), Some(rest)) = (query.larg.as_deref(), query.rarg.as_deref()) else {
            return Err(Fault::internal("a union without a side"));
        };
        let mut inner = Scope::inside(Some(scope));
        if let Some(with) = &query.with_clause {
            self.with_clause(with, &mut inner)?;
        }
        let base = self.query(first, &inner, &[])?;
        let own_columns = named(base.columns.clone(), cte)?;
        let (width, base_locations) = (base.columns.len(), base.locations.clone());
        let traversal = self.traversal(cte, &own_columns)?;
        let base = self.begun(&traversal, base)?;
        let added = base.columns.iter().skip(width).cloned();
        let columns: Vec<_> = own_columns.iter().cloned().chain(added).collect();
        let table = self.fresh();
        let scan = last_round(&table, &base.plan)?;
        let own = Cte {
            name: cte.ctename.clone(),
            plan: scan,
            columns,
            work_table: Some(table.clone()),
            added: traversal.names().len(),
        };
        inner.ctes.push(Arc::new(own));
        let read;
        let rest = if traversal.names().is_empty() {
            rest
        } else {
            read = traversal::reading(rest, cte, traversal.names())?;
            &read
        };
        let step = self.query_open(rest, &inner, true)?;
        if step.columns.len() != base.columns.len() {
            return Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                "each UNION query must have the same number of columns",
            )
            .at(position(step.locations.first().copied().unwrap_or(-1))));
        }
        same_types(cte, &base, &step)?;
        let kinds: Vec<_> = base.columns.iter().map(|column| column.kind).collect();
        if !query.all {
            super::setops::comparable(&kinds, &base_locations)?;
        }
        if !traversal.names().is_empty() {
            traversal::check_first(first)?;
            traversal::check_names(cte, &own_columns)?;
        }
        let step = self.recast(step, &kinds, "UNION")?;
        let step = self.continued(&traversal, step)?;
        let distinct = (!query.all).then(|| kinds.iter().copied().map(comparable_form).collect());
        let plan = Recursive::plan(base.plan, step.plan, table, distinct).map_err(refused)?;
        let open = vec![None; base.columns.len()];
        let query = Query {
            plan,
            columns: base.columns,
            open,
            locations: base.locations,
            order: Vec::new(),
        };
        Ok((query, traversal.names().len()))
    }
}

/// What reads the last round's rows of a query that begins with `first`.
fn last_round(table: &str, first: &LogicalPlan) -> Result<LogicalPlan, Fault> {
    let fields = first.schema().fields().iter();
    let fields = fields.map(|field| field.as_ref().clone().with_nullable(true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let rows = provider_as_source(Arc::new(LastRound::new(table, schema)));
    LogicalPlanBuilder::scan(table, rows, None)
        .and_then(LogicalPlanBuilder::build)
        .map_err(refused)
}

fn named(
    mut columns: Vec<ScopeColumn>,
    cte: &protobuf::CommonTableExpr,
) -> Result<Vec<ScopeColumn>, Fault> {
    let names = strings(&cte.aliascolnames);
    if names.len() > columns.len() {
        return Err(Fault::new(
            SqlState::INVALID_COLUMN_REFERENCE,
            format!(
                "WITH query \"{}\" has {} columns available but {} columns specified",
                cte.ctename,
                columns.len(),
                names.len()
            ),
        )
        .at(position(cte.location)));
    }
    for (column, name) in columns.iter_mut().zip(names) {
        name.clone_into(&mut column.name);
    }
    Ok(columns)
}

/// The recursive term must not widen the types of the first one.
fn same_types(cte: &protobuf::CommonTableExpr, base: &Query, step: &Query) -> Result<(), Fault> {
    let locations = &base.locations;
    for (at, (found, base)) in step.columns.iter().zip(&base.columns).enumerate() {
        let base_location = locations.get(at).copied().unwrap_or(-1);
        let same_type = found.kind.oid == base.kind.oid;
        let narrower = base.kind.modifier != -1 && found.kind.modifier != base.kind.modifier;
        if (!same_type || narrower) && step.open.get(at).is_none_or(Option::is_none) {
            return Err(Fault::new(
                SqlState::DATATYPE_MISMATCH,
                format!(
                    "recursive query \"{}\" column {} has type {} in non-recursive term but type {} overall",
                    cte.ctename,
                    at + 1,
                    format_type(base.kind),
                    format_type(Type::plain(found.kind.oid))
                ),
            )
            .hint("Cast the output of the non-recursive term to the correct type.")
            .at(position(base_location)));
        }
    }
    Ok(())
}

/// The type, where equal values of it can be stored otherwise.
fn comparable_form(kind: Type) -> Option<Oid> {
    functions::sort_key(kind).map(|_| kind.oid)
}
