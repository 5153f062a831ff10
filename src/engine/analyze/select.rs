//! One SELECT: FROM, WHERE, GROUP BY, windows, targets, DISTINCT, ORDER BY, LIMIT, in that order.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::functions_window::expr_fn as window_fn;
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, SortExpr, lit,
};
use pg_query::protobuf::{
    self, LimitOption, SetOperation, SortByDir, SortByNulls, a_const::Val, node::Node as Kind,
};

use super::aggregate::AggregateCall;
use super::expressions::{Frame, sort_key};
use super::scope::{Scope, ScopeColumn, column};
use super::subquery::Pending;
use super::target::Target;
use super::window::WindowCall;
use super::{Analyzer, Query, Typed, Unknown, position, refused, string};
use crate::pg::{Fault, SqlState, types};

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
    locations: RefCell<HashMap<String, (i32, String)>>,
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

/// An ORDER BY item: the target it sorts by and how.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) target: usize,
    pub(super) ascending: bool,
    pub(super) nulls_first: bool,
}

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

    /// DISTINCT over all values, which are the columns of the plan. Of equal values of different
    /// looks (1 and 1.0) the first is kept; `prefer` says which rows come first.
    pub(super) fn distinct_rows(
        &self,
        builder: LogicalPlanBuilder,
        values: &[Typed],
        prefer: Option<Expr>,
    ) -> Result<LogicalPlanBuilder, Fault> {
        if values.iter().all(|value| !keyed(value)) {
            return builder.distinct().map_err(refused);
        }
        let order = prefer.map(|by| vec![by.sort(true, false)]);
        let order = order.unwrap_or_default();
        let (mut group, mut keys) = (Vec::new(), Vec::new());
        let (mut first, mut output) = (Vec::new(), Vec::new());
        for value in values {
            let Expr::Column(found) = &value.expr else {
                return Err(Fault::internal("DISTINCT over what is no column"));
            };
            let (key, shown) = (self.fresh(), self.fresh());
            group.push(sort_key(value).alias(&key));
            keys.push(column(&key));
            if keyed(value) {
                let seen = super::aggregate::first_value(value.expr.clone(), order.clone());
                first.push(seen.alias(&shown));
                output.push(column(&shown).alias(&found.name));
            } else {
                output.push(column(&key).alias(&found.name));
            }
        }
        let carried = values.iter().filter(|value| keyed(value));
        let mut input = group;
        input.extend(carried.map(|value| value.expr.clone()));
        input.extend(order.iter().map(|by| by.expr.clone()));
        builder
            .project(input)
            .and_then(|builder| builder.aggregate(keys, first))
            .and_then(|builder| builder.project(output))
            .map_err(refused)
    }

    /// DISTINCT ON before the select list makes several rows of one, where none of the set-returning
    /// calls is sorted by.
    fn first_before_sets(
        &self,
        plan: LogicalPlan,
        on: &mut Option<Vec<usize>>,
        targets: &[Target],
        orders: &[Order],
        level: &Level,
    ) -> Result<LogicalPlan, Fault> {
        let sets = level.sets.borrow();
        let set = |id: &str| sets.iter().any(|set| set.id == id);
        let value = |at: usize| targets.get(at).map(|target| &target.value);
        let sorted = orders.iter().map(|order| order.target);
        let sorted: Vec<usize> = sorted.chain(on.iter().flatten().copied()).collect();
        let mut keys = sorted.into_iter().filter_map(value);
        let late = keys.any(|key| super::aggregate::mentions(&key.expr, set));
        if sets.is_empty() || orders.is_empty() || late {
            return Ok(plan);
        }
        let Some(on) = on.take() else {
            return Ok(plan);
        };
        let keys = on.into_iter().filter_map(value).map(sort_key).collect();
        let sorts = orders.iter().filter_map(|order| {
            Some(sort_key(value(order.target)?).sort(order.ascending, order.nulls_first))
        });
        self.first_of_each(LogicalPlanBuilder::from(plan), keys, sorts.collect())?
            .build()
            .map_err(refused)
    }

    /// The first row of each set of equal keys, in the order given.
    fn first_of_each(
        &self,
        builder: LogicalPlanBuilder,
        keys: Vec<Expr>,
        order: Vec<SortExpr>,
    ) -> Result<LogicalPlanBuilder, Fault> {
        let id = self.fresh();
        let order = if order.is_empty() {
            keys.iter()
                .map(|key| key.clone().sort(true, false))
                .collect()
        } else {
            order
        };
        let number = window_fn::row_number()
            .partition_by(keys)
            .order_by(order)
            .build()
            .map_err(refused)?;
        builder
            .window(vec![number.alias(&id)])
            .and_then(|builder| builder.filter(column(&id).eq(lit(1_u64))))
            .map_err(refused)
    }

    /// ORDER BY, then OFFSET and LIMIT.
    pub(super) fn sort_and_limit(
        &self,
        mut builder: LogicalPlanBuilder,
        sorts: Vec<SortExpr>,
        query: &protobuf::SelectStmt,
        frame: Frame<'_>,
    ) -> Result<LogicalPlanBuilder, Fault> {
        let skip = self.row_count(query.limit_offset.as_deref(), frame, "OFFSET")?;
        let fetch = self.row_count(query.limit_count.as_deref(), frame, "LIMIT")?;
        if skip.iter().chain(&fetch).any(|count| count.computed) {
            return self.computed_limit(builder, sorts, skip, fetch);
        }
        let (skip, fetch) = (
            skip.map(|count| count.value),
            fetch.map(|count| count.value),
        );
        let ties = query.limit_option() == LimitOption::WithTies;
        if ties && let Some(fetch) = &fetch {
            let (rank, number) = (self.fresh(), self.fresh());
            let peers = window_fn::rank()
                .order_by(sorts.clone())
                .build()
                .map_err(refused)?
                .alias(&rank);
            let numbers = window_fn::row_number()
                .order_by(sorts.clone())
                .build()
                .map_err(refused)?
                .alias(&number);
            let skip = skip.clone().unwrap_or_else(|| lit(0_i64));
            let big = |id: &str| datafusion::logical_expr::cast(column(id), DataType::Int64);
            let keep = big(&rank)
                .lt_eq(skip.clone() + fetch.clone())
                .and(big(&number).gt(skip));
            builder = builder
                .window(vec![peers, numbers])
                .and_then(|builder| builder.filter(keep))
                .map_err(refused)?;
            return builder.sort(sorts).map_err(refused);
        }
        if !sorts.is_empty() {
            builder = builder.sort(sorts).map_err(refused)?;
        }
        if skip.is_some() || fetch.is_some() {
            builder = builder.limit_by_expr(skip, fetch).map_err(refused)?;
        }
        Ok(builder)
    }

    /// What DataFusion's simplifier needs to evaluate our kernels while planning.
    pub(super) fn simplify_context(&self) -> datafusion::logical_expr::simplify::SimplifyContext {
        let mut options = datafusion::common::config::ConfigOptions::new();
        options.extensions.insert(self.context.clone());
        datafusion::logical_expr::simplify::SimplifyContext::builder()
            .with_config_options(std::sync::Arc::new(options))
            .build()
    }

    /// ORDER BY items as targets; new helper targets are appended.
    fn orders(
        &self,
        clause: &[protobuf::Node],
        targets: &mut Vec<Target>,
        visible: usize,
        frame: Frame<'_>,
    ) -> Result<Vec<Order>, Fault> {
        let mut orders = Vec::with_capacity(clause.len());
        for node in clause {
            let Some(Kind::SortBy(sort)) = node.node.as_ref() else {
                continue;
            };
            check_using(sort)?;
            let Some(node) = sort.node.as_deref() else {
                continue;
            };
            let target = self.listed(node, targets, visible, frame, "ORDER BY")?;
            if let Some(found) = targets.get(target) {
                let place = super::aggregate::start(node).unwrap_or(found.value.location);
                found.value.clone().at(place).comparable(true)?;
            }
            orders.push(order(sort, target));
        }
        Ok(orders)
    }

    /// The target that an ORDER BY or DISTINCT ON item means (`findTargetlistEntrySQL92`).
    fn listed(
        &self,
        node: &protobuf::Node,
        targets: &mut Vec<Target>,
        visible: usize,
        frame: Frame<'_>,
        clause: &str,
    ) -> Result<usize, Fault> {
        if let Some(found) = self.listed_by_name_or_number(node, targets, visible, clause)? {
            return Ok(found);
        }
        let value = self.expression(node, frame)?;
        let value = self.settled(value)?;
        if let Some(found) = targets
            .iter()
            .position(|target| target.value.expr == value.expr && target.value.unknown.is_none())
        {
            return Ok(found);
        }
        targets.push(Target {
            name: String::from("?column?"),
            value: value.at(location_of(node)),
        });
        Ok(targets.len() - 1)
    }

    /// An output column meant by its number or its name.
    pub(super) fn listed_by_name_or_number(
        &self,
        node: &protobuf::Node,
        targets: &[Target],
        visible: usize,
        clause: &str,
    ) -> Result<Option<usize>, Fault> {
        match node.node.as_ref() {
            Some(Kind::ColumnRef(reference)) => {
                let [name] = reference.fields.as_slice() else {
                    return Ok(None);
                };
                let Some(name) = string(name) else {
                    return Ok(None);
                };
                let mut named = targets
                    .iter()
                    .take(visible)
                    .enumerate()
                    .filter(|(_, target)| target.name == name);
                let Some((at, first)) = named.next() else {
                    return Ok(None);
                };
                if named.any(|(_, other)| other.value.expr != first.value.expr) {
                    return Err(Fault::new(
                        SqlState::AMBIGUOUS_COLUMN,
                        format!("{clause} \"{name}\" is ambiguous"),
                    )
                    .at(position(reference.location)));
                }
                Ok(Some(at))
            }
            Some(Kind::AConst(constant)) => match &constant.val {
                Some(Val::Ival(value)) => {
                    let at = usize::try_from(value.ival)
                        .ok()
                        .and_then(|number| number.checked_sub(1));
                    match at.filter(|at| *at < visible) {
                        Some(at) => Ok(Some(at)),
                        None => Err(Fault::new(
                            SqlState::INVALID_COLUMN_REFERENCE,
                            format!("{clause} position {} is not in select list", value.ival),
                        )
                        .at(position(constant.location))),
                    }
                }
                _ => Err(Fault::new(
                    SqlState::SYNTAX_ERROR,
                    format!("non-integer constant in {clause}"),
                )
                .at(position(constant.location))),
            },
            _ => Ok(None),
        }
    }

    fn distinct_on(
        &self,
        query: &protobuf::SelectStmt,
        targets: &mut Vec<Target>,
        visible: usize,
        frame: Frame<'_>,
    ) -> Result<Option<Vec<usize>>, Fault> {
        let on: Vec<_> = query
            .distinct_clause
            .iter()
            .filter(|node| node.node.is_some())
            .collect();
        if on.is_empty() {
            if !query.distinct_clause.is_empty()
                && let Some(hidden) = targets.get(visible)
            {
                return Err(Fault::new(
                    SqlState::INVALID_COLUMN_REFERENCE,
                    "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                )
                .at(position(hidden.value.location)));
            }
            return Ok(None);
        }
        let places: Vec<i32> = on.iter().map(|node| location_of(node)).collect();
        let found = on
            .into_iter()
            .map(|node| self.listed(node, targets, visible, frame, "DISTINCT ON"))
            .collect::<Result<Vec<_>, _>>()?;
        let orders = self.orders(&query.sort_clause, targets, visible, frame)?;
        let leading: Vec<usize> = orders.iter().map(|order| order.target).collect();
        if let Some(at) = unmatched(&found, &leading) {
            return Err(Fault::new(
                SqlState::INVALID_COLUMN_REFERENCE,
                "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
            )
            .at(position(places.get(at).copied().unwrap_or(-1))));
        }
        Ok(Some(found))
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

/// 42883 for values that are sorted, grouped or made distinct and cannot be.
fn check_comparable(
    query: &protobuf::SelectStmt,
    targets: &[Target],
    visible: usize,
    orders: &[Order],
    sets: Option<&[Vec<Typed>]>,
) -> Result<(), Fault> {
    for target in orders.iter().filter_map(|order| targets.get(order.target)) {
        target.value.comparable(true)?;
    }
    for key in sets.into_iter().flatten().flatten() {
        key.comparable(false)?;
    }
    if query.distinct_clause.is_empty() {
        return Ok(());
    }
    let distinct = targets.iter().take(visible);
    distinct
        .map(|target| &target.value)
        .try_for_each(|value| value.comparable(false))
}

/// Whether equal values of the type can look different.
pub(super) fn keyed(value: &Typed) -> bool {
    crate::engine::functions::sort_key(value.kind).is_some()
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

/// The first DISTINCT ON item that ORDER BY skips: once something else is sorted by, all items
/// have to have come before.
fn unmatched(on: &[usize], leading: &[usize]) -> Option<usize> {
    let ahead = leading
        .iter()
        .take_while(|target| on.contains(target))
        .count();
    let sorted = leading.get(..ahead).unwrap_or_default();
    if ahead == leading.len() {
        return None;
    }
    on.iter().position(|target| !sorted.contains(target))
}

/// ORDER BY … USING takes the operators that sort.
pub(super) fn check_using(sort: &protobuf::SortBy) -> Result<(), Fault> {
    let Some(operator) = sort.use_op.last().and_then(string) else {
        return Ok(());
    };
    if matches!(operator, "<" | ">" | "~<~" | "~>~" | "*<" | "*>") {
        return Ok(());
    }
    Err(Fault::new(
        SqlState::WRONG_OBJECT_TYPE,
        format!("operator {operator} is not a valid ordering operator"),
    )
    .hint("Ordering operators must be \"<\" or \">\" members of btree operator families.")
    .at(position(sort.location)))
}

/// Direction and NULL placement of an ORDER BY item.
pub(super) fn order(sort: &protobuf::SortBy, target: usize) -> Order {
    let descending = match sort.sortby_dir() {
        SortByDir::SortbyDesc => true,
        SortByDir::SortbyUsing => sort
            .use_op
            .last()
            .and_then(string)
            .is_some_and(|operator| operator.starts_with('>')),
        _ => false,
    };
    let nulls_first = match sort.sortby_nulls() {
        SortByNulls::SortbyNullsFirst => true,
        SortByNulls::SortbyNullsLast => false,
        _ => descending,
    };
    Order {
        target,
        ascending: !descending,
        nulls_first,
    }
}

/// Refuses DISTINCT where a value cannot be told equal to another.
fn all_comparable(targets: &[Target], visible: usize) -> Result<(), Fault> {
    let mut listed = targets.iter().take(visible);
    listed.try_for_each(|target| target.value.comparable(false))
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
