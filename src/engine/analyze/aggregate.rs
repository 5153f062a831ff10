//! Aggregates and GROUP BY: manual 7.2.3 to 7.2.5 and 4.2.7.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Column as PlanColumn;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{
    AggregateUDF, Expr, LogicalPlan, LogicalPlanBuilder, SortExpr, Volatility, cast, lit,
};
use pg_query::protobuf::{self, node::Node as Kind};

use super::call::{apply_kernel, not_run};
use super::expressions::{Frame, sort_key};
use super::function::{Bound, kinds, one, result_storage, shown};
use super::grouping::{Key, grouping_value};
use super::level::Place;
use super::scope::column;
use super::sorting::order;
use super::target::Target;
use super::{Analyzer, Typed, position, refused};
use crate::engine::exec;
use crate::engine::exec::once::once;
use crate::engine::functions::{self, Implementation};
use crate::pg::{Fault, SqlState, Type, types};

/// An aggregate of a query level: its column and what computes it.
#[derive(Debug, Clone)]
pub(super) struct AggregateCall {
    pub(super) id: String,
    pub(super) expr: Expr,
    pub(super) storage: DataType,
    /// Direct arguments of an ordered-set aggregate, which may read grouped columns only.
    direct: Vec<Expr>,
    pub(super) location: i32,
}

impl AggregateCall {
    /// The call as a grouping set has it: a key that the set leaves out is NULL where direct
    /// arguments read it.
    fn over_set<'k>(&self, left_out: impl Iterator<Item = &'k Key>) -> Result<Expr, Fault> {
        let mut expr = self.expr.clone();
        let Expr::AggregateFunction(call) = &mut expr else {
            return Ok(expr);
        };
        for key in left_out {
            let value = &key.value;
            let null = Expr::Literal(super::literal::null(value.kind)?, None);
            let null = cast(
                null,
                super::coerce::storage_of(value.kind, value.record.as_ref()),
            );
            for direct in call.params.args.iter_mut().take(self.direct.len()) {
                let replaced = std::mem::replace(direct, lit(false)).transform_down(|part| {
                    Ok(if part == value.expr {
                        Transformed::new(null.clone(), true, TreeNodeRecursion::Jump)
                    } else {
                        Transformed::no(part)
                    })
                });
                *direct = replaced.data().map_err(refused)?;
            }
        }
        Ok(expr)
    }
}

impl Analyzer<'_> {
    /// Registers an aggregate call and stands its column in for it.
    pub(super) fn aggregate_call(
        &self,
        call: &protobuf::FuncCall,
        bound: Bound,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = position(call.location);
        let storage = result_storage(&bound);
        let (result, record) = (bound.result, bound.record.clone());
        let direct = match bound.proc.aggregate {
            Some((kind, _)) if kind != 'n' => {
                let direct = bound.arguments.iter().take(call.args.len());
                direct.map(|argument| argument.expr.clone()).collect()
            }
            _ => Vec::new(),
        };
        let mut expr = self.aggregate_expr(call, bound, frame.at(Place::Aggregate))?;
        let owner = owner(&[&expr], frame).map_err(|fault| fault.at(location))?;
        if let Some((outer, _)) = &owner {
            if let Some(fault) = misplaced(outer.place) {
                return Err(fault.at(location));
            }
            hand_over(&expr, frame, *outer)?;
            expr = inward(expr, *outer)?;
        } else if let Some(fault) = misplaced(frame.place) {
            return Err(fault.at(location));
        }
        let level = owner.as_ref().map_or(frame.level, |(outer, _)| outer.level);
        let mut aggregates = level.aggregates.borrow_mut();
        let id = match aggregates.iter().find(|known| known.expr == expr) {
            Some(known) => known.id.clone(),
            None => {
                let id = self.fresh();
                aggregates.push(AggregateCall {
                    id: id.clone(),
                    expr,
                    storage,
                    direct,
                    location: call.location,
                });
                id
            }
        };
        let expr = match owner {
            None => column(&id),
            Some((_, crossed)) => {
                let kind = super::coerce::storage_of(result, record.as_ref());
                self.hoist(&id, kind, &crossed)
            }
        };
        Ok(Typed {
            record,
            ..Typed::new(expr, result)
        })
    }

    /// What stands, in an inner level, for a column that an outer level computes while it groups.
    pub(super) fn hoist(
        &self,
        id: &str,
        storage: DataType,
        crossed: &[&RefCell<Vec<String>>],
    ) -> Expr {
        for outer in crossed {
            let mut outer = outer.borrow_mut();
            if !outer.iter().any(|known| known == id) {
                outer.push(id.to_owned());
            }
        }
        let field = Arc::new(arrow::datatypes::Field::new(id, storage, true));
        let known = Arc::clone(&field);
        self.hoisted.borrow_mut().insert(id.to_owned(), known);
        Expr::OuterReferenceColumn(field, PlanColumn::new_unqualified(id))
    }

    fn aggregate_expr(
        &self,
        call: &protobuf::FuncCall,
        bound: Bound,
        frame: Frame<'_>,
    ) -> Result<Expr, Fault> {
        let location = position(call.location);
        Self::check_aggregate(call, &bound).map_err(|fault| fault.at(location))?;
        let function = Self::aggregate_function(&bound).map_err(|fault| fault.at(location))?;
        let filter = call
            .agg_filter
            .as_deref()
            .map(|node| self.condition(node, frame.at(Place::Filter), "FILTER"))
            .transpose()?;
        let order_by = self.aggregate_order(call, &bound, frame)?;
        let ordered_set = bound.proc.aggregate.is_some_and(|(kind, _)| kind != 'n');
        let order_by = match ordered_set || keeps_order(&bound.proc.name) {
            true if order_by.is_empty() && !call.agg_distinct => frame.scope.order.clone(),
            true => order_by,
            false => Vec::new(),
        };
        let mut arguments = Self::aggregate_arguments(bound);
        let filter = filter.map(|filter| Box::new(filter.expr));
        if let Some(filter) = &filter {
            for argument in &mut arguments {
                let computed = std::mem::take(argument);
                *argument = exec::where_filtered(filter, computed).map_err(refused)?;
            }
        }
        Ok(Expr::AggregateFunction(AggregateFunction::new_udf(
            function,
            arguments,
            call.agg_distinct,
            filter,
            order_by,
            None,
        )))
    }

    /// Refuses what the grammar allows and the aggregate does not.
    fn check_aggregate(call: &protobuf::FuncCall, bound: &Bound) -> Result<(), Fault> {
        let name = &bound.proc.name;
        let ordered_set = bound.proc.aggregate.is_some_and(|(kind, _)| kind != 'n');
        let wrong = |message: String| Fault::new(SqlState::WRONG_OBJECT_TYPE, message);
        if ordered_set && !call.agg_within_group {
            return Err(wrong(format!(
                "WITHIN GROUP is required for ordered-set aggregate {name}"
            )));
        }
        if call.agg_within_group && !ordered_set {
            return Err(wrong(format!(
                "{name} is not an ordered-set aggregate, so it cannot have WITHIN GROUP"
            )));
        }
        if bound.arguments.is_empty() && !call.agg_star {
            return Err(wrong(format!(
                "{} must be used to call a parameterless aggregate function",
                shown(bound).replace("()", "(*)")
            )));
        }
        if call.agg_distinct {
            for argument in &bound.arguments {
                argument.comparable(false)?;
            }
        }
        Ok(())
    }

    /// What computes an aggregate.
    pub(super) fn aggregate_function(bound: &Bound) -> Result<Arc<AggregateUDF>, Fault> {
        let mut kinds = kinds(&bound.arguments);
        match Self::implementation(bound.proc.oid) {
            Some(Implementation::Aggregate(make)) => make(&kinds, bound.result),
            Some(Implementation::Styled(make)) => {
                kinds.push(Type::plain(types::TEXT));
                make(&kinds, bound.result)
            }
            _ => Err(not_run(bound.proc)),
        }
    }

    /// What an aggregate is given for each row.
    pub(super) fn aggregate_arguments(bound: Bound) -> Vec<Expr> {
        if bound.arguments.is_empty() {
            return vec![one()];
        }
        let styled = matches!(
            Self::implementation(bound.proc.oid),
            Some(Implementation::Styled(_))
        );
        let style = styled.then(|| {
            let text = Type::plain(types::TEXT);
            let storage = types::storage(types::TEXT);
            let kernel = functions::session_style();
            apply_kernel(
                "session_style",
                Volatility::Stable,
                Vec::new(),
                text,
                storage,
                kernel,
            )
        });
        let arguments = bound.arguments.into_iter().map(|argument| argument.expr);
        arguments.chain(style).collect()
    }

    fn aggregate_order(
        &self,
        call: &protobuf::FuncCall,
        bound: &Bound,
        frame: Frame<'_>,
    ) -> Result<Vec<SortExpr>, Fault> {
        let mut sorts = Vec::with_capacity(call.agg_order.len());
        for node in &call.agg_order {
            let Some(Kind::SortBy(sort)) = node.node.as_ref() else {
                continue;
            };
            super::sorting::check_using(sort)?;
            let value = self.child(sort.node.as_deref(), frame)?;
            if call.agg_distinct && !bound.given.contains(&value.expr) {
                return Err(Fault::new(
                    SqlState::INVALID_COLUMN_REFERENCE,
                    "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list",
                )
                .at(position(start(node).unwrap_or(value.location))));
            }
            let value = self.settled(value)?;
            value.comparable(true)?;
            let order = order(sort, 0);
            sorts.push(SortExpr::new(
                sort_key(&value),
                order.ascending,
                order.nulls_first,
            ));
        }
        Ok(sorts)
    }

    /// Groups the plan, one aggregation per grouping set, and points targets and HAVING at the result.
    pub(super) fn aggregate(
        &self,
        plan: LogicalPlan,
        sets: &[Vec<Typed>],
        targets: &mut [Target],
        having: &mut Option<Expr>,
        frame: Frame<'_>,
    ) -> Result<LogicalPlan, Fault> {
        let mut keys: Vec<Key> = Vec::new();
        for value in sets.iter().flatten() {
            if !keys.iter().any(|key| key.value.expr == value.expr) {
                keys.push(Key {
                    value: value.clone(),
                    id: self.fresh(),
                });
            }
        }
        let determined = self.determined(&keys, frame);
        let mut plan = self.apply_needed(plan, &keys, frame)?;
        if sets.len() > 1 {
            plan = once(plan, &self.fresh()).map_err(refused)?;
        }
        let mut result: Option<LogicalPlan> = None;
        for set in sets {
            let one_set = self.one_set(&plan, set, &keys, &determined, frame)?;
            result = Some(match result {
                None => one_set,
                Some(before) => LogicalPlanBuilder::from(before)
                    .union(one_set)
                    .and_then(LogicalPlanBuilder::build)
                    .map_err(refused)?,
            });
        }
        let result = result.ok_or_else(|| Fault::internal("no grouping set"))?;
        let pairs: Vec<(Expr, String)> = keys
            .iter()
            .chain(&determined)
            .map(|key| (key.value.expr.clone(), key.id.clone()))
            .collect();
        let computed = self.computed(frame);
        for call in frame.level.aggregates.borrow().iter() {
            for direct in &call.direct {
                self.regroup(direct.clone(), &pairs, &computed, frame)
                    .map_err(|fault| fault.detail("Direct arguments of an ordered-set aggregate must use only grouped columns."))?;
            }
        }
        for target in targets {
            target.value.expr =
                self.regroup(target.value.expr.clone(), &pairs, &computed, frame)?;
        }
        if let Some(condition) = having.take() {
            *having = Some(self.regroup(condition, &pairs, &computed, frame)?);
        }
        for pending in frame.level.subqueries.borrow_mut().iter_mut() {
            for (_, value) in &mut pending.parameters {
                *value = self
                    .regroup(value.clone(), &pairs, &computed, frame)
                    .map_err(|fault| self.ungrouped_outer(fault, value, frame))?;
            }
        }
        for window in frame.level.windows.borrow_mut().iter_mut() {
            window.expr = self.regroup(window.expr.clone(), &pairs, &computed, frame)?;
        }
        for set in frame.level.sets.borrow_mut().iter_mut() {
            set.expr = self.regroup(set.expr.clone(), &pairs, &computed, frame)?;
        }
        Ok(result)
    }

    /// Ids that stand for something computed after grouping.
    fn computed(&self, frame: Frame<'_>) -> HashSet<String> {
        let level = frame.level;
        let mut ids: HashSet<String> = level
            .aggregates
            .borrow()
            .iter()
            .map(|aggregate| aggregate.id.clone())
            .collect();
        ids.extend(
            level
                .subqueries
                .borrow()
                .iter()
                .map(|pending| pending.id.clone()),
        );
        ids.extend(
            level
                .windows
                .borrow()
                .iter()
                .map(|window| window.id.clone()),
        );
        ids.extend(level.sets.borrow().iter().map(|set| set.id.clone()));
        ids.extend(level.groupings.borrow().iter().map(|(id, _)| id.clone()));
        ids
    }

    /// Runs the subqueries that keys or aggregate arguments read, before grouping.
    fn apply_needed(
        &self,
        plan: LogicalPlan,
        keys: &[Key],
        frame: Frame<'_>,
    ) -> Result<LogicalPlan, Fault> {
        let aggregates = frame.level.aggregates.borrow();
        let pending = std::mem::take(&mut *frame.level.subqueries.borrow_mut());
        let (before, after): (Vec<_>, Vec<_>) = pending.into_iter().partition(|pending| {
            keys.iter()
                .map(|key| &key.value.expr)
                .chain(aggregates.iter().map(|aggregate| &aggregate.expr))
                .any(|expr| mentions(expr, |id| id == pending.id))
        });
        *frame.level.subqueries.borrow_mut() = after;
        let sets = std::mem::take(&mut *frame.level.sets.borrow_mut());
        let (grouped, later): (Vec<_>, Vec<_>) = sets.into_iter().partition(|set| {
            keys.iter()
                .any(|key| mentions(&key.value.expr, |id| id == set.id))
        });
        *frame.level.sets.borrow_mut() = later;
        let mut plan = Self::unnest_calls(plan, grouped)?;
        for pending in before {
            plan = pending.attach(plan)?;
        }
        Ok(plan)
    }

    fn one_set(
        &self,
        plan: &LogicalPlan,
        set: &[Typed],
        keys: &[Key],
        determined: &[Key],
        frame: Frame<'_>,
    ) -> Result<LogicalPlan, Fault> {
        let in_set = |key: &Key| set.iter().any(|value| value.expr == key.value.expr);
        let mut input: Vec<Expr> = plan
            .schema()
            .columns()
            .into_iter()
            .map(Expr::Column)
            .collect();
        let (mut group, mut aggregates, mut output) = (Vec::new(), Vec::new(), Vec::new());
        for key in keys {
            if !in_set(key) {
                let null = Expr::Literal(super::literal::null(key.value.kind)?, None);
                output.push(
                    cast(
                        null,
                        super::coerce::storage_of(key.value.kind, key.value.record.as_ref()),
                    )
                    .alias(&key.id),
                );
                continue;
            }
            let grouped = self.fresh();
            input.push(sort_key(&key.value).alias(&grouped));
            if functions::sort_key(key.value.kind).is_some() {
                // Grouped by the comparable form, shown as the first value that had it.
                let (shown, source) = (self.fresh(), self.fresh());
                input.push(key.value.expr.clone().alias(&source));
                aggregates.push(first_value(column(&source), vec![]).alias(&shown));
                output.push(column(&shown).alias(&key.id));
            } else {
                output.push(column(&grouped).alias(&key.id));
            }
            group.push(column(&grouped));
        }
        for key in determined {
            let shown = self.fresh();
            aggregates.push(first_value(key.value.expr.clone(), vec![]).alias(&shown));
            output.push(column(&shown).alias(&key.id));
        }
        for call in frame.level.aggregates.borrow().iter() {
            let raw = self.fresh();
            let left_out = keys.iter().filter(|key| !in_set(key));
            aggregates.push(call.over_set(left_out)?.alias(&raw));
            output.push(cast(column(&raw), call.storage.clone()).alias(&call.id));
        }
        for (id, arguments) in frame.level.groupings.borrow().iter() {
            output.push(grouping_value(arguments, keys, &in_set)?.alias(id));
        }
        if group.is_empty() && aggregates.is_empty() {
            aggregates
                .push(datafusion::functions_aggregate::count::count(one()).alias(self.fresh()));
        }
        LogicalPlanBuilder::from(plan.clone())
            .project(input)
            .and_then(|builder| builder.aggregate(group, aggregates))
            .and_then(|builder| builder.project(output))
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)
    }
}

/// Where an operator expression begins: at its left operand.
pub(super) fn start(node: &protobuf::Node) -> Option<i32> {
    match node.node.as_ref()? {
        Kind::SortBy(sort) => start(sort.node.as_deref()?),
        Kind::AExpr(operation) => start(operation.lexpr.as_deref()?),
        Kind::ColumnRef(reference) => Some(reference.location),
        Kind::AConst(constant) => Some(constant.location),
        Kind::TypeCast(cast) => start(cast.arg.as_deref()?),
        _ => None,
    }
}

/// 42803 where no aggregate may stand.
fn misplaced(place: Place) -> Option<Fault> {
    let message = match place {
        Place::Aggregate => String::from("aggregate function calls cannot be nested"),
        Place::Select
        | Place::Having
        | Place::OrderBy
        | Place::Window
        | Place::WindowDefinition => return None,
        place => format!("aggregate functions are not allowed in {}", place.name()),
    };
    Some(Fault::new(SqlState::GROUPING_ERROR, message))
}

/// An outer level, with the lists of outer columns of the levels between.
type Owner<'s> = (Frame<'s>, Vec<&'s RefCell<Vec<String>>>);

/// The outer level that an aggregate or GROUPING belongs to, when all columns that its arguments and
/// their subqueries read are of outer levels: the nearest of those (manual 4.2.7).
pub(super) fn owner<'s>(exprs: &[&Expr], frame: Frame<'s>) -> Result<Option<Owner<'s>>, Fault> {
    let mut outer: HashSet<String> = HashSet::new();
    let mut own = false;
    let mut note = |expr: &Expr, pending: &dyn Fn(&str) -> bool| {
        expr.apply(|expr| {
            match expr {
                Expr::OuterReferenceColumn(_, found) => {
                    outer.insert(found.name.clone());
                }
                Expr::Column(found) => own |= !pending(&found.name),
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        })
        .map_err(refused)
    };
    let subqueries = frame.level.subqueries.borrow();
    for expr in exprs {
        note(expr, &|id| subqueries.iter().any(|own| own.id == id))?;
        let read = subqueries
            .iter()
            .filter(|own| mentions(expr, |id| id == own.id));
        for (_, value) in read.flat_map(|pending| &pending.parameters) {
            note(value, &|_| false)?;
        }
    }
    if own || outer.is_empty() {
        return Ok(None);
    }
    let mut crossed = vec![&frame.scope.outer];
    let mut stands = frame.scope.stands;
    let mut scope = frame.scope.parent;
    while let Some(level) = scope {
        let mut columns = level.items.iter().flat_map(|item| &item.columns);
        if columns.any(|column| outer.contains(&column.id)) {
            let stands = stands.ok_or_else(|| {
                let message =
                    "aggregate functions are not allowed in FROM clause of their own query level";
                Fault::new(SqlState::GROUPING_ERROR, message)
            })?;
            return Ok(Some((stands, crossed)));
        }
        crossed.push(&level.outer);
        stands = level.stands.or(stands);
        scope = level.parent;
    }
    Ok(None)
}

/// Moves the subqueries that an aggregate of an outer level reads to that level.
fn hand_over(expr: &Expr, from: Frame<'_>, to: Frame<'_>) -> Result<(), Fault> {
    let own = std::mem::take(&mut *from.level.subqueries.borrow_mut());
    let (moved, kept): (Vec<_>, Vec<_>) = own
        .into_iter()
        .partition(|pending| mentions(expr, |id| id == pending.id));
    from.level.subqueries.replace(kept);
    for mut pending in moved {
        for (_, value) in &mut pending.parameters {
            *value = inward(value.clone(), to)?;
        }
        to.level.subqueries.borrow_mut().push(pending);
    }
    Ok(())
}

/// The expression as the level of the frame reads it.
pub(super) fn inward(expr: Expr, frame: Frame<'_>) -> Result<Expr, Fault> {
    let items = || frame.scope.items.iter().flat_map(|item| &item.columns);
    expr.transform(|expr| {
        Ok(match expr {
            Expr::OuterReferenceColumn(_, found)
                if items().any(|column| column.id == found.name) =>
            {
                Transformed::yes(Expr::Column(found))
            }
            other => Transformed::no(other),
        })
    })
    .data()
    .map_err(refused)
}

/// Whether an aggregate's value depends on the order of its rows.
fn keeps_order(name: &str) -> bool {
    matches!(
        name,
        "array_agg"
            | "string_agg"
            | "json_agg"
            | "jsonb_agg"
            | "json_object_agg"
            | "jsonb_object_agg"
            | "xmlagg"
    )
}

pub(super) fn first_value(expr: Expr, order: Vec<SortExpr>) -> Expr {
    let function = datafusion::functions_aggregate::first_last::first_value_udaf();
    Expr::AggregateFunction(AggregateFunction::new_udf(
        Arc::clone(&function),
        vec![expr],
        false,
        None,
        order,
        None,
    ))
}

/// Whether an expression reads a column that `wanted` accepts.
pub(super) fn mentions(expr: &Expr, wanted: impl Fn(&str) -> bool) -> bool {
    let mut found = false;
    let walked = expr.apply(|expr| {
        if let Expr::Column(column) = expr
            && wanted(&column.name)
        {
            found = true;
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.is_ok() && found
}
