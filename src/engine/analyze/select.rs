//! One SELECT: FROM, WHERE, GROUP BY, windows, targets, DISTINCT, ORDER BY, LIMIT, in that order.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use datafusion::common::ScalarValue;
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
    /// Arguments and clauses of a window function.
    Window,
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
    pub(super) groupings: RefCell<Vec<(String, Vec<Expr>)>>,
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

    fn location(&self, id: &str) -> Option<(i32, String)> {
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
        if let Some(condition) = query.where_clause.as_deref() {
            plan = self.filter(plan, condition, frame)?;
        }
        let mut targets = self.targets(&query.target_list, frame.at(Place::Select))?;
        let visible = targets.len();
        let sets = self.grouping_sets(&query.group_clause, &targets, frame.at(Place::GroupBy))?;
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
        let distinct_on =
            self.distinct_on(query, &mut targets, visible, frame.at(Place::OrderBy))?;
        let keep_open = self.settle_targets(&mut targets, keep)?;
        let mut having = having.map(|value| value.expr);
        let grouped = sets.is_some() || !level.aggregates.borrow().is_empty() || having.is_some();
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
        plan = self.unnest_sets(plan, &level)?;
        if !query.distinct_clause.is_empty() && distinct_on.is_none() {
            for target in targets.iter().take(visible) {
                target.value.comparable(false)?;
            }
        }
        for order in &orders {
            if let Some(target) = targets.get(order.target) {
                target.value.comparable(true)?;
            }
        }
        let shape = Shape {
            visible,
            orders,
            distinct: !query.distinct_clause.is_empty(),
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
            builder = self.distinct_rows(builder, &all)?;
        }
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
        Ok(Query {
            plan: builder.build().map_err(refused)?,
            columns,
            open,
        })
    }

    /// DISTINCT over all values.
    pub(super) fn distinct_rows(
        &self,
        builder: LogicalPlanBuilder,
        values: &[Typed],
    ) -> Result<LogicalPlanBuilder, Fault> {
        if values
            .iter()
            .all(|value| crate::engine::functions::sort_key(value.kind).is_none())
        {
            return builder.distinct().map_err(refused);
        }
        let keys = values.iter().map(sort_key).collect();
        self.first_of_each(builder, keys, Vec::new())
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
            let big = |id: &str| {
                datafusion::logical_expr::cast(column(id), arrow::datatypes::DataType::Int64)
            };
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

    /// A LIMIT or OFFSET value; `None` for none, ALL and NULL.
    fn row_count(
        &self,
        node: Option<&protobuf::Node>,
        frame: Frame<'_>,
        what: &str,
    ) -> Result<Option<Expr>, Fault> {
        let Some(node) = node else { return Ok(None) };
        let empty = Scope::inside(frame.scope.parent);
        let level = Level::default();
        let frame = Frame {
            scope: &empty,
            level: &level,
            place: Place::Limit,
        };
        let value = self.expression(node, frame)?;
        let location = value.location;
        if value.unknown == Some(Unknown::Null) {
            return Ok(None);
        }
        let value = self.require(value, types::INT8, what)?;
        if !level.subqueries.borrow().is_empty() {
            return Err(Fault::unsupported(format!("a subquery in {what}")).at(position(location)));
        }
        let value = datafusion::optimizer::simplify_expressions::ExprSimplifier::new(
            self.simplify_context(),
        )
        .simplify(value.expr)
        .map_err(refused)?;
        match &value {
            Expr::Literal(ScalarValue::Int64(Some(count)), _) if *count < 0 => {
                let state = if what == "LIMIT" {
                    SqlState::INVALID_ROW_COUNT_IN_LIMIT_CLAUSE
                } else {
                    SqlState::INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE
                };
                Err(Fault::new(state, format!("{what} must not be negative")))
            }
            Expr::Literal(scalar, _) if scalar.is_null() => Ok(None),
            _ => Ok(Some(value)),
        }
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
            let Some(node) = sort.node.as_deref() else {
                continue;
            };
            let target = self.listed(node, targets, visible, frame, "ORDER BY")?;
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
            value,
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
            if !query.distinct_clause.is_empty() && targets.len() > visible {
                return Err(Fault::new(
                    SqlState::INVALID_COLUMN_REFERENCE,
                    "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                ));
            }
            return Ok(None);
        }
        let found = on
            .into_iter()
            .map(|node| self.listed(node, targets, visible, frame, "DISTINCT ON"))
            .collect::<Result<Vec<_>, _>>()?;
        let sorted = query.sort_clause.len();
        let leading: HashSet<usize> = self
            .orders(&query.sort_clause, targets, visible, frame)?
            .iter()
            .take(found.len())
            .map(|order| order.target)
            .collect();
        if sorted > 0 && !leading.iter().all(|target| found.contains(target)) {
            return Err(Fault::new(
                SqlState::INVALID_COLUMN_REFERENCE,
                "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
            ));
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

/// How the finished rows of a SELECT are shaped.
struct Shape {
    visible: usize,
    orders: Vec<Order>,
    distinct: bool,
    distinct_on: Option<Vec<usize>>,
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

fn ungrouped(id: &str, frame: Frame<'_>) -> Fault {
    let (location, mentioned) = frame.level.location(id).unwrap_or((-1, String::from("?")));
    let shown = frame
        .scope
        .items
        .iter()
        .filter(|item| !item.name.is_empty())
        .find_map(|item| {
            item.columns
                .iter()
                .find(|column| column.id == id)
                .map(|column| format!("{}.{}", item.name, column.name))
        })
        .unwrap_or(mentioned);
    Fault::new(
        SqlState::GROUPING_ERROR,
        format!("column \"{shown}\" must appear in the GROUP BY clause or be used in an aggregate function"),
    )
    .at(position(location))
}
