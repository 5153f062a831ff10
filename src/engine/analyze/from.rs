//! The FROM clause: manual 7.2.1.

mod functions;

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column as PlanColumn, JoinType, NullHandling, UnnestOptions};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use pg_query::protobuf::{self, JoinType as PgJoin, node::Node as Kind};

use super::expressions::Frame;
use super::scope::{Item, Scope, ScopeColumn, column};
use super::select::{Level, Place};
use super::{Analyzer, position, refused, strings};
use crate::engine::catalog::{Relation, RelationSource};
use crate::engine::exec::apply::Apply;
use crate::ident::Oid;
use crate::pg::{Fault, SqlState};

/// Views are defined by us over the catalog; deeper nesting than this is a mistake of ours.
const VIEW_DEPTH_MAX: usize = 16;

/// A part of FROM: its rows and what can be named of them.
struct Part {
    plan: LogicalPlan,
    items: Vec<Item>,
    /// Columns of entries to the left that it reads (LATERAL).
    outer: Vec<String>,
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
            Some(Kind::RangeTableSample(sample)) => {
                Err(Fault::unsupported("TABLESAMPLE").at(position(sample.location)))
            }
            _ => Err(Fault::unsupported("this FROM entry")),
        }
    }

    fn range_var(&self, range: &protobuf::RangeVar, left: &Scope<'_>) -> Result<Part, Fault> {
        let schema = (!range.schemaname.is_empty()).then_some(range.schemaname.as_str());
        let location = position(range.location);
        if schema.is_none()
            && let Some(cte) = left.cte(&range.relname)
        {
            return self.cte_part(&cte, range);
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
            return Err(Fault::new(
                SqlState::UNDEFINED_TABLE,
                format!("relation \"{shown}\" does not exist"),
            )
            .at(location));
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
            columns,
            by_name: true,
            by_column: true,
            relation: Some(relation),
            scalar: false,
        };
        Ok(part_of(plan, renamed(item, range.alias.as_ref())?))
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
            let value = super::scope::reference(found, &[]);
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

    fn cte_part(&self, cte: &super::scope::Cte, range: &protobuf::RangeVar) -> Result<Part, Fault> {
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
            schema: None,
            columns,
            by_name: true,
            by_column: true,
            relation: None,
            scalar: false,
        };
        Ok(part_of(plan, renamed(item, range.alias.as_ref())?))
    }

    fn range_subselect(
        &self,
        range: &protobuf::RangeSubselect,
        left: &Scope<'_>,
    ) -> Result<Part, Fault> {
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
            hidden = Scope {
                parent: left.parent,
                items: Vec::new(),
                ctes: left.ctes.clone(),
                outer: std::cell::RefCell::default(),
            };
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
            schema: None,
            columns: query.columns,
            by_name,
            by_column: true,
            relation: None,
            scalar: false,
        };
        let mut part = part_of(query.plan, renamed(item, range.alias.as_ref())?);
        part.outer = outer.into_iter().filter(|id| owns(left, id)).collect();
        Ok(part)
    }

    fn join_parts(
        &self,
        left: LogicalPlan,
        right: &Part,
        kind: PgJoin,
        condition: Option<Expr>,
        scope: &Scope<'_>,
    ) -> Result<LogicalPlan, Fault> {
        let lateral = !right.outer.is_empty() || right.lists.is_some();
        if lateral && matches!(kind, PgJoin::JoinFull | PgJoin::JoinRight) {
            return Err(Fault::new(
                SqlState::INVALID_COLUMN_REFERENCE,
                "invalid reference to FROM-clause entry for a LATERAL item",
            )
            .detail("The combining JOIN type must be INNER or LEFT for a LATERAL reference."));
        }
        let condition = condition.filter(|condition| !(lateral && always(condition)));
        if let Some(lists) = &right.lists
            && (kind == PgJoin::JoinInner || condition.is_none())
        {
            let plan = lists.beside(left, kind == PgJoin::JoinLeft)?;
            let Some(condition) = condition else {
                return Ok(plan);
            };
            return LogicalPlanBuilder::from(plan)
                .filter(condition)
                .and_then(LogicalPlanBuilder::build)
                .map_err(refused);
        }
        if lateral {
            let level = Level::default();
            let frame = Frame {
                scope,
                level: &level,
                place: Place::FromFunction,
            };
            let parameters = right
                .outer
                .iter()
                .map(|id| (id.clone(), self.outer_expr(id, frame)))
                .collect();
            return lateral_join(left, right, kind, condition, parameters);
        }
        let builder = LogicalPlanBuilder::from(left);
        let kind = match kind {
            PgJoin::JoinLeft => JoinType::Left,
            PgJoin::JoinRight => JoinType::Right,
            PgJoin::JoinFull => JoinType::Full,
            _ => JoinType::Inner,
        };
        let joined = match condition {
            None => builder.cross_join(right.plan.clone()),
            Some(condition) => builder.join_on(right.plan.clone(), kind, [condition]),
        };
        joined.and_then(LogicalPlanBuilder::build).map_err(refused)
    }

    fn join(&self, join: &protobuf::JoinExpr, left: &Scope<'_>) -> Result<Part, Fault> {
        let side = |node: Option<&protobuf::Node>| {
            node.ok_or_else(|| Fault::internal("a join without a side"))
                .cloned()
        };
        let left_part = self.part(&side(join.larg.as_deref())?, left)?;
        // The right side may read the left one laterally.
        let mut seen = Scope {
            parent: left.parent,
            items: left.items.clone(),
            ctes: left.ctes.clone(),
            outer: std::cell::RefCell::default(),
        };
        seen.add(left_part.items.clone())?;
        let right_part = self.part(&side(join.rarg.as_deref())?, &seen)?;
        let both = Scope {
            parent: left.parent,
            items: left_part
                .items
                .iter()
                .chain(&right_part.items)
                .cloned()
                .collect(),
            ctes: left.ctes.clone(),
            outer: std::cell::RefCell::default(),
        };
        check_names(&both)?;
        let using = self.using_columns(join, &left_part, &right_part)?;
        let level = Level::default();
        let frame = Frame {
            scope: &both,
            level: &level,
            place: Place::JoinCondition,
        };
        let condition = match (&using, join.quals.as_deref()) {
            (Some(pairs), _) => self.using_condition(pairs)?,
            (None, Some(quals)) => Some(self.condition(quals, frame, "JOIN/ON")?.expr),
            (None, None) => None,
        };
        note_outer(left, &seen.outer.take());
        note_outer(left, &both.outer.take());
        let kind = join.jointype();
        let pending = std::mem::take(&mut *level.subqueries.borrow_mut());
        let outer: Vec<String> = left_part
            .outer
            .iter()
            .chain(&right_part.outer)
            .filter(|id| owns(left, id))
            .cloned()
            .collect();
        let plan = self.join_with(
            left_part.plan.clone(),
            &right_part,
            kind,
            condition,
            pending,
            &seen,
        )?;
        let part = self.joined_items(plan, join, left_part, right_part, using)?;
        Ok(Part { outer, ..part })
    }

    /// Joins; a subquery of the condition is computed on the side whose columns it reads, one that
    /// reads both sides over the cross product of an inner join.
    fn join_with(
        &self,
        left: LogicalPlan,
        right: &Part,
        kind: PgJoin,
        condition: Option<Expr>,
        pending: Vec<super::subquery::Pending>,
        scope: &Scope<'_>,
    ) -> Result<LogicalPlan, Fault> {
        if pending.is_empty() {
            return self.join_parts(left, right, kind, condition, scope);
        }
        if kind != PgJoin::JoinInner {
            let (left, plan) = beside_sides(left, right.plan.clone(), pending)?;
            let right = Part {
                plan,
                items: Vec::new(),
                outer: right.outer.clone(),
                lists: None,
            };
            return self.join_parts(left, &right, kind, condition, scope);
        }
        let mut plan = self.join_parts(left, right, kind, None, scope)?;
        for pending in pending {
            plan = pending.attach(plan)?;
        }
        let condition = condition.unwrap_or_else(|| datafusion::logical_expr::lit(true));
        LogicalPlanBuilder::from(plan)
            .filter(condition)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)
    }

    /// The column pairs of USING or NATURAL.
    fn using_columns(
        &self,
        join: &protobuf::JoinExpr,
        left: &Part,
        right: &Part,
    ) -> Result<Option<Vec<(ScopeColumn, ScopeColumn)>>, Fault> {
        let (lefts, rights) = (left.columns(), right.columns());
        let names: Vec<String> = if join.is_natural {
            lefts
                .iter()
                .filter(|column| rights.iter().any(|other| other.name == column.name))
                .map(|column| column.name.clone())
                .collect()
        } else if join.using_clause.is_empty() {
            return Ok(None);
        } else {
            strings(&join.using_clause)
                .into_iter()
                .map(str::to_owned)
                .collect()
        };
        let find = |columns: &[ScopeColumn],
                    name: &str,
                    side: &str|
         -> Result<ScopeColumn, Fault> {
            let mut found = columns.iter().filter(|column| column.name == name);
            let first = found.next().cloned().ok_or_else(|| {
                Fault::new(
                    SqlState::UNDEFINED_COLUMN,
                    format!(
                        "column \"{name}\" specified in USING clause does not exist in {side} table"
                    ),
                )
            })?;
            if found.next().is_some() {
                return Err(Fault::new(
                    SqlState::AMBIGUOUS_COLUMN,
                    format!("common column name \"{name}\" appears more than once in {side} table"),
                ));
            }
            Ok(first)
        };
        names
            .iter()
            .map(|name| Ok((find(&lefts, name, "left")?, find(&rights, name, "right")?)))
            .collect::<Result<Vec<_>, _>>()
            .map(Some)
    }

    fn using_condition(&self, pairs: &[(ScopeColumn, ScopeColumn)]) -> Result<Option<Expr>, Fault> {
        let tests = pairs
            .iter()
            .map(|(left, right)| {
                let (left, right) = (
                    super::scope::reference(left, &[]),
                    super::scope::reference(right, &[]),
                );
                self.operate(None, "=", Some(left), right, -1)
                    .map(|test| test.expr)
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(datafusion::logical_expr::utils::conjunction(tests))
    }

    /// What can be named of a join: merged columns first, then the rest of each side.
    fn joined_items(
        &self,
        plan: LogicalPlan,
        join: &protobuf::JoinExpr,
        left: Part,
        right: Part,
        using: Option<Vec<(ScopeColumn, ScopeColumn)>>,
    ) -> Result<Part, Fault> {
        let (lefts, rights) = (left.columns(), right.columns());
        let mut plan = plan;
        let pairs = using.unwrap_or_default();
        let mut merged = Vec::with_capacity(pairs.len());
        let mut computed = Vec::new();
        for (left, right) in &pairs {
            merged.push(self.merged_column(join.jointype(), left, right, &mut computed)?);
        }
        if !computed.is_empty() {
            let all: Vec<Expr> = plan
                .schema()
                .columns()
                .into_iter()
                .map(Expr::Column)
                .chain(computed)
                .collect();
            plan = LogicalPlanBuilder::from(plan)
                .project(all)
                .and_then(LogicalPlanBuilder::build)
                .map_err(refused)?;
        }
        let rest = |columns: Vec<ScopeColumn>| {
            let pairs = &pairs;
            columns.into_iter().filter(move |column| {
                !pairs
                    .iter()
                    .any(|(left, right)| left.id == column.id || right.id == column.id)
            })
        };
        let columns: Vec<ScopeColumn> = merged
            .iter()
            .cloned()
            .chain(rest(lefts))
            .chain(rest(rights))
            .collect();
        let mut items: Vec<Item> = left.items.into_iter().chain(right.items).collect();
        if let Some(alias) = &join.alias {
            let item = Item {
                name: alias.aliasname.clone(),
                by_name: true,
                ..Item::unnamed(columns)
            };
            return Ok(part_of(plan, renamed(item, Some(alias))?));
        }
        if !pairs.is_empty() {
            for item in &mut items {
                item.by_column = false;
            }
            if let Some(alias) = &join.join_using_alias {
                items.push(Item {
                    name: alias.aliasname.clone(),
                    by_name: true,
                    by_column: false,
                    ..Item::unnamed(merged)
                });
            }
            items.push(Item::unnamed(columns));
        }
        Ok(Part {
            plan,
            items,
            outer: Vec::new(),
            lists: None,
        })
    }

    fn merged_column(
        &self,
        kind: PgJoin,
        left: &ScopeColumn,
        right: &ScopeColumn,
        computed: &mut Vec<Expr>,
    ) -> Result<ScopeColumn, Fault> {
        let sides = [
            super::scope::reference(left, &[]),
            super::scope::reference(right, &[]),
        ];
        let common = self.common_type(&sides, "JOIN/USING")?;
        match kind {
            PgJoin::JoinRight if right.kind.oid == common.oid => Ok(right.clone()),
            PgJoin::JoinInner | PgJoin::JoinLeft if left.kind.oid == common.oid => Ok(left.clone()),
            _ => {
                let [left_value, right_value] = sides;
                let left_value = self.to_common(left_value, common, "JOIN/USING")?;
                let right_value = self.to_common(right_value, common, "JOIN/USING")?;
                let expr = match kind {
                    PgJoin::JoinInner | PgJoin::JoinLeft => left_value.expr,
                    PgJoin::JoinRight => right_value.expr,
                    _ => datafusion::functions::core::expr_fn::coalesce(vec![
                        left_value.expr,
                        right_value.expr,
                    ]),
                };
                let id = self.fresh();
                computed.push(expr.alias(&id));
                Ok(ScopeColumn {
                    name: left.name.clone(),
                    id,
                    kind: common,
                    record: None,
                    table: Oid::INVALID,
                    number: 0,
                })
            }
        }
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
        lists: None,
    }
}

/// Applies the column names of an alias.
fn renamed(mut item: Item, alias: Option<&protobuf::Alias>) -> Result<Item, Fault> {
    let Some(alias) = alias else { return Ok(item) };
    let names = strings(&alias.colnames);
    if names.len() > item.columns.len() {
        return Err(Fault::new(
            SqlState::INVALID_COLUMN_REFERENCE,
            format!(
                "table \"{}\" has {} columns available but {} columns specified",
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

/// Puts each subquery on the side whose columns it reads.
fn beside_sides(
    mut left: LogicalPlan,
    mut right: LogicalPlan,
    pending: Vec<super::subquery::Pending>,
) -> Result<(LogicalPlan, LogicalPlan), Fault> {
    for pending in pending {
        match (pending.reads(&left), pending.reads(&right)) {
            (false, _) => right = pending.attach(right)?,
            (true, false) => left = pending.attach(left)?,
            (true, true) => {
                return Err(Fault::unsupported(
                    "a subquery over both sides in the condition of an outer join",
                ));
            }
        }
    }
    Ok((left, right))
}

/// Runs the right side for every row of the left; the condition is a filter of the right side.
fn lateral_join(
    left: LogicalPlan,
    right: &Part,
    kind: PgJoin,
    condition: Option<Expr>,
    mut parameters: Vec<(String, Expr)>,
) -> Result<LogicalPlan, Fault> {
    let mut inner = right.plan.clone();
    if let Some(condition) = condition {
        let schema = Arc::clone(left.schema());
        let condition = condition
            .transform(|expr| {
                let Expr::Column(found) = &expr else {
                    return Ok(Transformed::no(expr));
                };
                let Ok(field) = schema.field_with_unqualified_name(&found.name) else {
                    return Ok(Transformed::no(expr));
                };
                if !parameters.iter().any(|(name, _)| *name == found.name) {
                    parameters.push((found.name.clone(), expr.clone()));
                }
                let field = Arc::clone(field);
                Ok(Transformed::yes(Expr::OuterReferenceColumn(
                    field,
                    found.clone(),
                )))
            })
            .data()
            .map_err(refused)?;
        inner = LogicalPlanBuilder::from(inner)
            .filter(condition)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
    }
    Apply::lateral(left, inner, parameters, kind == PgJoin::JoinLeft).map_err(refused)
}

/// Whether a join condition is the constant true.
fn always(condition: &Expr) -> bool {
    matches!(
        condition,
        Expr::Literal(datafusion::common::ScalarValue::Boolean(Some(true)), _)
    )
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

fn check_names(scope: &Scope<'_>) -> Result<(), Fault> {
    let mut fresh = Scope::inside(None);
    fresh.add(scope.items.clone())
}
