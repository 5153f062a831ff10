//! One SELECT: FROM, WHERE, GROUP BY, windows, targets, DISTINCT, ORDER BY, LIMIT, in that order.

use std::collections::HashSet;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SortExpr};
use pg_query::protobuf::{self, SetOperation, node::Node as Kind};

use super::expressions::{Frame, sort_key};
use super::level::{Level, Place, SetCall};
use super::scope::{Scope, ScopeColumn, column};
use super::sorting::{Order, all_comparable, check_comparable};
use super::target::Target;
use super::{Analyzer, Query, Typed, Unknown, position, refused};
use crate::pg::{Fault, SqlState, types};

impl Analyzer<'_> {
    /// Analyzes a query: SELECT, VALUES or a set operation, with its WITH clause.
    ///
    /// `keep` leaves literals of the outermost select list open, for a set operation to decide.
    pub(super) fn query_open(
        &self,
        query: &protobuf::SelectStmt,
        outer: &Scope<'_>,
        keep: bool,
    ) -> Result<Query, Fault> {
        let mut around = Scope::inside(Some(outer));
        if let Some(with) = &query.with_clause {
            self.with_clause(with, &mut around)?;
        }
        super::lock::check_shape(query)?;
        if !query.values_lists.is_empty() {
            self.values(query, &around)
        } else if query.op() == SetOperation::SetopNone || query.op() == SetOperation::Undefined {
            self.plain(query, &around, keep)
        } else {
            self.set_operation(query, &around)
        }
    }

    /// Analyzes a query whose literals become text.
    pub(super) fn query(
        &self,
        query: &protobuf::SelectStmt,
        outer: &Scope<'_>,
        names: &[String],
    ) -> Result<Query, Fault> {
        let query = self.query_open(query, outer, false)?;
        let mut query = self.settle(query)?;
        for (column, name) in query.columns.iter_mut().zip(names) {
            column.name.clone_from(name);
        }
        Ok(query)
    }

    /// Makes open literals text.
    pub(super) fn settle(&self, query: Query) -> Result<Query, Fault> {
        if query.open.iter().all(Option::is_none) {
            return Ok(query);
        }
        let kinds: Vec<_> = query
            .columns
            .iter()
            .map(|column| {
                if column.kind.oid == types::UNKNOWN {
                    types::TEXT.into()
                } else {
                    column.kind
                }
            })
            .collect();
        self.recast(query, &kinds, "SELECT")
    }

    fn plain(
        &self,
        query: &protobuf::SelectStmt,
        around: &Scope<'_>,
        keep: bool,
    ) -> Result<Query, Fault> {
        let mut scope = Scope::inside(Some(around));
        let mut plan = self.from_clause(&query.from_clause, &mut scope)?;
        let named_windows = named_windows(&query.window_clause)?;
        let level = Level {
            named_windows,
            ..Level::default()
        };
        let frame = Frame {
            scope: &scope,
            level: &level,
            place: Place::Where,
        };
        let mut targets = self.targets(&query.target_list, frame.at(Place::Select))?;
        let visible = targets.len();
        if let Some(condition) = query.where_clause.as_deref() {
            // What the select list needs is computed after the filter.
            let later = std::mem::take(&mut *level.subqueries.borrow_mut());
            plan = self.filter(plan, condition, frame)?;
            level.subqueries.replace(later);
        }
        let having = query
            .having_clause
            .as_deref()
            .map(|node| self.condition(node, frame.at(Place::Having), "HAVING"))
            .transpose()?;
        let orders = self.orders(
            &query.sort_clause,
            &mut targets,
            visible,
            frame.at(Place::OrderBy),
        )?;
        let sets = self.grouping_sets(query, &targets, visible, frame.at(Place::GroupBy))?;
        let mut distinct_on =
            self.distinct_on(query, &mut targets, visible, frame.at(Place::OrderBy))?;
        check_comparable(query, &targets, visible, &orders, sets.as_deref())?;
        let keep_open = self.settle_targets(&mut targets, keep)?;
        let mut having = having.map(|value| value.expr);
        self.lock_rows(query, &level, &scope)?;
        super::recursion::no_aggregates(&query.from_clause, &level, &scope)?;
        let grouped = sets.is_some()
            || !level.aggregates.borrow().is_empty()
            || !level.groupings.borrow().is_empty()
            || having.is_some();
        if grouped {
            let sets = sets.unwrap_or_else(|| vec![Vec::new()]);
            plan = self.aggregate(plan, &sets, &mut targets, &mut having, frame)?;
        }
        plan = self.apply_pending(plan, &level)?;
        if let Some(having) = having {
            plan = LogicalPlanBuilder::from(plan)
                .filter(having)
                .and_then(LogicalPlanBuilder::build)
                .map_err(refused)?;
        }
        plan = self.compute_windows(plan, &level)?;
        let distinct = !query.distinct_clause.is_empty() && distinct_on.is_none();
        plan = self.first_before_sets(plan, &mut distinct_on, &targets, &orders, &level)?;
        plan = self.unnest_sets(plan, &level)?;
        if distinct {
            all_comparable(&targets, visible)?;
        }
        let shape = Shape {
            visible,
            orders,
            distinct,
            distinct_on,
        };
        self.finish(plan, &targets, &shape, query, frame, keep_open)
    }

    /// Makes open literals of the select list text; with `keep`, says which were open.
    fn settle_targets(
        &self,
        targets: &mut [Target],
        keep: bool,
    ) -> Result<Vec<Option<Unknown>>, Fault> {
        let mut open = Vec::with_capacity(targets.len());
        for target in targets {
            let parameter = matches!(target.value.unknown, Some(Unknown::Parameter(_)));
            open.push(target.value.unknown.clone().filter(|_| keep && !parameter));
            target.value = self.settled(target.value.clone())?;
        }
        Ok(open)
    }

    /// Projects the targets, removes duplicates, sorts, limits and drops helper targets.
    fn finish(
        &self,
        plan: LogicalPlan,
        targets: &[Target],
        shape: &Shape,
        query: &protobuf::SelectStmt,
        frame: Frame<'_>,
        open: Vec<Option<Unknown>>,
    ) -> Result<Query, Fault> {
        let ids: Vec<String> = targets.iter().map(|_| self.fresh()).collect();
        let projected = targets
            .iter()
            .zip(&ids)
            .map(|(target, id)| target.value.expr.clone().alias(id));
        let mut builder = LogicalPlanBuilder::from(plan)
            .project(projected.collect::<Vec<_>>())
            .map_err(refused)?;
        let value = |at: usize| -> Option<Typed> {
            let target = targets.get(at)?;
            Some(Typed {
                expr: column(ids.get(at)?),
                ..target.value.clone()
            })
        };
        let sorts: Vec<SortExpr> = shape
            .orders
            .iter()
            .filter_map(|order| {
                Some(SortExpr::new(
                    sort_key(&value(order.target)?),
                    order.ascending,
                    order.nulls_first,
                ))
            })
            .collect();
        if let Some(on) = &shape.distinct_on {
            let keys: Vec<Expr> = on
                .iter()
                .filter_map(|at| value(*at))
                .map(|value| sort_key(&value))
                .collect();
            builder = self.first_of_each(builder, keys, sorts.clone())?;
        } else if shape.distinct {
            let all: Vec<Typed> = (0..targets.len()).filter_map(value).collect();
            builder = self.distinct_rows(builder, &all, None)?;
        }
        let seen = shape.orders.iter().zip(&sorts);
        let seen = seen.take_while(|(order, _)| order.target < shape.visible);
        let order = seen.map(|(_, sort)| sort.clone()).collect();
        builder = self.sort_and_limit(builder, sorts, query, frame)?;
        let visible = ids.iter().take(shape.visible).map(|id| column(id));
        if shape.visible < ids.len() || builder.schema().fields().len() != shape.visible {
            builder = builder
                .project(visible.collect::<Vec<_>>())
                .map_err(refused)?;
        }
        let columns = targets
            .iter()
            .zip(&ids)
            .take(shape.visible)
            .map(|(target, id)| ScopeColumn::computed(&target.name, id, &target.value))
            .collect();
        let open = open.into_iter().take(shape.visible).collect();
        let locations = targets.iter().take(shape.visible);
        Ok(Query {
            plan: builder.build().map_err(refused)?,
            columns,
            open,
            locations: if query.target_list.len() == shape.visible {
                query.target_list.iter().map(location_of).collect()
            } else {
                locations.map(|target| target.value.location).collect()
            },
            order,
        })
    }

    /// What DataFusion's simplifier needs to evaluate our kernels while planning.
    pub(super) fn simplify_context(&self) -> datafusion::logical_expr::simplify::SimplifyContext {
        let mut options = datafusion::common::config::ConfigOptions::new();
        options.extensions.insert(self.context.clone());
        datafusion::logical_expr::simplify::SimplifyContext::builder()
            .with_config_options(std::sync::Arc::new(options))
            .build()
    }

    /// Unnests the set-returning calls of the select list, in lockstep.
    fn unnest_sets(&self, plan: LogicalPlan, level: &Level) -> Result<LogicalPlan, Fault> {
        Self::unnest_calls(plan, level.sets.borrow().clone())
    }

    /// Unnests set-returning calls side by side, those inside the arguments of others first.
    pub(super) fn unnest_calls(
        mut plan: LogicalPlan,
        mut sets: Vec<SetCall>,
    ) -> Result<LogicalPlan, Fault> {
        while !sets.is_empty() {
            let ids: Vec<String> = sets.iter().map(|set| set.id.clone()).collect();
            let (outer, inner): (Vec<_>, Vec<_>) = sets.into_iter().partition(|set| {
                super::aggregate::mentions(&set.expr, |id| ids.iter().any(|own| own == id))
            });
            if inner.is_empty() {
                return Err(Fault::internal("set-returning calls read each other"));
            }
            let lists: Vec<_> = inner.into_iter().map(|set| (set.id, set.expr)).collect();
            plan = super::from::unnest(plan, &lists, false)?;
            sets = outer;
        }
        Ok(plan)
    }

    /// Replaces grouped expressions by their columns; any other column of FROM is an error.
    pub(super) fn regroup(
        &self,
        expr: Expr,
        keys: &[(Expr, String)],
        computed: &HashSet<String>,
        frame: Frame<'_>,
    ) -> Result<Expr, Fault> {
        let mut fault = None;
        let result = expr
            .transform_down(|expr| {
                if let Some((_, id)) = keys.iter().find(|(key, _)| *key == expr) {
                    return Ok(Transformed::new(column(id), true, TreeNodeRecursion::Jump));
                }
                if let Expr::Column(column) = &expr
                    && !computed.contains(&column.name)
                    && fault.is_none()
                {
                    fault = Some(ungrouped(&column.name, frame));
                }
                Ok(Transformed::no(expr))
            })
            .data()
            .map_err(refused)?;
        match fault {
            Some(fault) => Err(fault),
            None => Ok(result),
        }
    }
}

/// Where the leftmost part of an expression stands.
pub(super) fn location_of(node: &protobuf::Node) -> i32 {
    match node.node.as_ref() {
        Some(Kind::ResTarget(target)) => target.val.as_deref().map_or(-1, location_of),
        Some(Kind::ColumnRef(reference)) => reference.location,
        Some(Kind::AConst(constant)) => constant.location,
        Some(Kind::ParamRef(parameter)) => parameter.location,
        Some(Kind::FuncCall(call)) => call.location,
        Some(Kind::AExpr(operation)) => {
            let left = operation.lexpr.as_deref().map_or(-1, location_of);
            leftmost(left, operation.location)
        }
        Some(Kind::TypeCast(cast)) => {
            let argument = cast.arg.as_deref().map_or(-1, location_of);
            let inner = cast.arg.as_deref().and_then(|node| node.node.as_ref());
            if matches!(inner, Some(Kind::AConst(_))) {
                return argument;
            }
            let name = cast.type_name.as_ref().map_or(-1, |name| name.location);
            leftmost(leftmost(argument, name), cast.location)
        }
        Some(Kind::BoolExpr(logic)) => {
            let first = logic.args.first().map_or(-1, location_of);
            leftmost(first, logic.location)
        }
        Some(Kind::SubLink(link)) => {
            let test = link.testexpr.as_deref().map_or(-1, location_of);
            leftmost(test, link.location)
        }
        Some(Kind::NullTest(test)) => {
            let argument = test.arg.as_deref().map_or(-1, location_of);
            leftmost(argument, test.location)
        }
        Some(Kind::BooleanTest(test)) => {
            let argument = test.arg.as_deref().map_or(-1, location_of);
            leftmost(argument, test.location)
        }
        Some(Kind::CaseExpr(case)) => case.location,
        Some(Kind::CoalesceExpr(coalesce)) => coalesce.location,
        Some(Kind::MinMaxExpr(extreme)) => extreme.location,
        Some(Kind::RowExpr(row)) => row.location,
        Some(Kind::AArrayExpr(array)) => array.location,
        Some(Kind::AIndirection(indirection)) => indirection.arg.as_deref().map_or(-1, location_of),
        Some(Kind::CollateClause(collate)) => {
            let argument = collate.arg.as_deref().map_or(-1, location_of);
            leftmost(argument, collate.location)
        }
        Some(Kind::SqlvalueFunction(function)) => function.location,
        Some(Kind::GroupingFunc(grouping)) => grouping.location,
        Some(Kind::List(list)) => list.items.first().map_or(-1, location_of),
        Some(Kind::SortBy(sort)) => sort.node.as_deref().map_or(-1, location_of),
        _ => -1,
    }
}

fn leftmost(left: i32, right: i32) -> i32 {
    match (left, right) {
        (-1, other) | (other, -1) => other,
        (left, right) => left.min(right),
    }
}

/// How the finished rows of a SELECT are shaped.
struct Shape {
    visible: usize,
    orders: Vec<Order>,
    distinct: bool,
    distinct_on: Option<Vec<usize>>,
}

/// The windows of a WINDOW clause, each name once.
fn named_windows(clause: &[protobuf::Node]) -> Result<Vec<protobuf::WindowDef>, Fault> {
    let mut windows: Vec<protobuf::WindowDef> = Vec::with_capacity(clause.len());
    for node in clause {
        let Some(Kind::WindowDef(window)) = node.node.as_ref() else {
            continue;
        };
        if windows.iter().any(|known| known.name == window.name) {
            return Err(Fault::new(
                SqlState::WINDOWING_ERROR,
                format!("window \"{}\" is already defined", window.name),
            )
            .at(position(window.location)));
        }
        windows.push((**window).clone());
    }
    Ok(windows)
}

/// `table.column` for a column of the level.
pub(super) fn shown_column(id: &str, frame: Frame<'_>) -> Option<String> {
    let mut named = frame
        .scope
        .items
        .iter()
        .filter(|item| !item.name.is_empty());
    named.find_map(|item| {
        let column = item.columns.iter().find(|column| column.id == id)?;
        Some(format!("{}.{}", item.name, column.name))
    })
}

fn ungrouped(id: &str, frame: Frame<'_>) -> Fault {
    let (location, mentioned) = frame.level.location(id).unwrap_or((-1, String::from("?")));
    let shown = shown_column(id, frame).unwrap_or(mentioned);
    Fault::new(
        SqlState::GROUPING_ERROR,
        format!("column \"{shown}\" must appear in the GROUP BY clause or be used in an aggregate function"),
    )
    .at(position(location))
}
