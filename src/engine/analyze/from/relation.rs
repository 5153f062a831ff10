//! Relations, views and common table expressions in FROM.

use std::sync::Arc;

use datafusion::common::Column as PlanColumn;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use pg_query::protobuf::{self, node::Node as Kind};

use super::super::scope::{Cte, Item, Scope, ScopeColumn, column, reference};
use super::super::{Analyzer, position, refused};
use super::{Part, part_of, renamed};
use crate::engine::catalog::{Relation, RelationSource};
use crate::pg::{Fault, SqlState};

/// Views are defined by us over the catalog; deeper nesting than this is a mistake of ours.
const VIEW_DEPTH_MAX: usize = 16;

impl Analyzer<'_> {
    pub(super) fn range_var(
        &self,
        range: &protobuf::RangeVar,
        left: &Scope<'_>,
    ) -> Result<Part, Fault> {
        let schema = (!range.schemaname.is_empty()).then_some(range.schemaname.as_str());
        let location = position(range.location);
        if schema.is_none()
            && let Some(cte) = left.cte(&range.relname)
        {
            return self.cte_part(&cte, range, left.has_own_cte(&cte.name));
        }
        if !range.catalogname.is_empty() && range.catalogname != *self.context.database {
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!(
                    "cross-database references are not implemented: \"{}.{}.{}\"",
                    range.catalogname, range.schemaname, range.relname
                ),
            )
            .at(location));
        }
        let found = self
            .context
            .catalog
            .relation(schema, &range.relname, &self.search_path());
        let Some(relation) = found else {
            let shown = schema.map_or_else(
                || range.relname.clone(),
                |schema| format!("{schema}.{}", range.relname),
            );
            let fault = Fault::new(
                SqlState::UNDEFINED_TABLE,
                format!("relation \"{shown}\" does not exist"),
            )
            .at(location);
            if schema.is_none() && left.comes_later(&range.relname) {
                return Err(fault
                    .detail(format!("There is a WITH item named \"{shown}\", but it cannot be referenced from this part of the query."))
                    .hint("Use WITH RECURSIVE, or re-order the WITH items to remove forward references."));
            }
            return Err(fault);
        };
        let (plan, columns) = self.relation_rows(&relation)?;
        self.note_read(&relation, &columns);
        let name = range
            .alias
            .as_ref()
            .map_or_else(|| range.relname.clone(), |alias| alias.aliasname.clone());
        let item = Item {
            name,
            schema: range.alias.is_none().then(|| relation.schema.clone()),
            by_name: true,
            relation: Some(relation),
            listed: true,
            ..Item::unnamed(columns)
        };
        Ok(part_of(plan, renamed(item, range.alias.as_ref(), "table")?))
    }

    /// The rows of a relation under fresh column names.
    fn relation_rows(
        &self,
        relation: &Arc<Relation>,
    ) -> Result<(LogicalPlan, Vec<ScopeColumn>), Fault> {
        match &relation.source {
            RelationSource::Table(provider) => {
                if relation.oid.0 >= 16_384 {
                    self.reads_data.set(true);
                }
                let table = self.fresh();
                let scan = LogicalPlanBuilder::scan(
                    table.as_str(),
                    provider_as_source(Arc::clone(provider)),
                    None,
                )
                .map_err(refused)?;
                let mut columns = Vec::with_capacity(relation.columns.len());
                let mut output = Vec::with_capacity(relation.columns.len());
                for declared in &relation.columns {
                    let id = self.fresh();
                    output.push(
                        Expr::Column(PlanColumn::new(Some(table.as_str()), &declared.name))
                            .alias(&id),
                    );
                    columns.push(ScopeColumn {
                        name: declared.name.clone(),
                        id,
                        kind: declared.kind,
                        record: None,
                        table: relation.oid,
                        number: declared.number,
                    });
                }
                let plan = scan
                    .project(output)
                    .and_then(LogicalPlanBuilder::build)
                    .map_err(refused)?;
                Ok((plan, columns))
            }
            RelationSource::View(text) => self.view_rows(relation, text),
        }
    }

    fn view_rows(
        &self,
        relation: &Arc<Relation>,
        text: &str,
    ) -> Result<(LogicalPlan, Vec<ScopeColumn>), Fault> {
        let named = |what: &str| {
            Fault::internal(format!(
                "view {}.{}: {what}",
                relation.schema, relation.name
            ))
        };
        if self.view_depth.get() >= VIEW_DEPTH_MAX {
            return Err(named("views nest too deeply"));
        }
        let parsed = pg_query::parse(text, 0).map_err(|error| named(&error.to_string()))?;
        let statement = parsed
            .protobuf
            .stmts
            .into_iter()
            .next()
            .and_then(|raw| raw.stmt)
            .and_then(|node| node.node);
        let Some(Kind::SelectStmt(query)) = statement else {
            return Err(named("is not a query"));
        };
        self.view_depth.set(self.view_depth.get() + 1);
        let scope = Scope::inside(None);
        let result = self.query(&query, &scope, &[]);
        self.view_depth.set(self.view_depth.get() - 1);
        let query = result.map_err(|fault| Fault {
            position: None,
            ..named(&fault.message)
        })?;
        if query.columns.len() != relation.columns.len() {
            return Err(named("has another number of columns"));
        }
        let mut output = Vec::with_capacity(relation.columns.len());
        let mut columns = Vec::with_capacity(relation.columns.len());
        for (declared, found) in relation.columns.iter().zip(&query.columns) {
            let value = reference(found, &[]);
            let value = self.cast_to(value, declared.kind, -1)?;
            let id = self.fresh();
            output.push(value.expr.alias(&id));
            columns.push(ScopeColumn {
                name: declared.name.clone(),
                id,
                kind: declared.kind,
                record: None,
                table: relation.oid,
                number: declared.number,
            });
        }
        let plan = LogicalPlanBuilder::from(query.plan)
            .project(output)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        Ok((plan, columns))
    }

    fn cte_part(&self, cte: &Cte, range: &protobuf::RangeVar, own: bool) -> Result<Part, Fault> {
        let mut output = Vec::with_capacity(cte.columns.len());
        let columns: Vec<_> = cte
            .columns
            .iter()
            .map(|found| {
                let id = self.fresh();
                let source = match &cte.work_table {
                    Some(table) => Expr::Column(PlanColumn::new(Some(table.as_str()), &found.id)),
                    None => column(&found.id),
                };
                output.push(source.alias(&id));
                ScopeColumn {
                    id,
                    ..found.clone()
                }
            })
            .collect();
        if !own {
            let added = columns.len().saturating_sub(cte.added);
            let added = columns.iter().skip(added).map(|column| column.id.clone());
            self.unlisted.borrow_mut().extend(added);
        }
        let plan = LogicalPlanBuilder::from(cte.plan.clone())
            .project(output)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        let name = range
            .alias
            .as_ref()
            .map_or_else(|| range.relname.clone(), |alias| alias.aliasname.clone());
        let item = Item {
            name,
            by_name: true,
            listed: true,
            ..Item::unnamed(columns)
        };
        Ok(part_of(plan, renamed(item, range.alias.as_ref(), "table")?))
    }
}
