//! Correlated subqueries as joins.
//!
//! What [`Puller`] can lift out of the inner plan becomes the condition of a join, which computes all
//! outer rows at once instead of one after the other. The rest stays an [`Apply`].

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DataFusionError, JoinType, Result};
use datafusion::datasource::source_as_provider;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, ColumnarValue, Expr, ExprSchemable as _, Extension, LogicalPlan,
    LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
    when,
};

use super::guard::guarded;
use super::pull::{Keyed, Outer, Pulled, Puller, equality, with_parameters};
use super::{Apply, ApplyKind};
use crate::engine::exec::recursive::LastRound;
use crate::engine::functions;

/// Makes a join of every [`Apply`] in a plan that can be one.
pub(crate) fn joined(plan: LogicalPlan) -> Result<LogicalPlan> {
    with_joins(guarded(plan)?)
}

fn with_joins(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_down_with_subqueries(|node| {
        let Some(apply) = Apply::of(&node) else {
            return Ok(Transformed::no(node));
        };
        let apply = apply.over(with_joins(apply.inner.as_ref().clone())?)?;
        Ok(Transformed::yes(match as_join(&apply)? {
            Some(join) => join,
            None => LogicalPlan::Extension(Extension {
                node: Arc::new(apply),
            }),
        }))
    })
    .data()
}

/// The join that gives what an [`Apply`] gives, if there is one.
fn as_join(apply: &Apply) -> Result<Option<LogicalPlan>> {
    let mut read = apply.parameters.iter().map(|(_, value)| value);
    let mut read = read.by_ref().chain(&apply.guard);
    if apply.parameters.is_empty()
        || read.any(|value| value.contains_outer() || value.is_volatile())
    {
        return Ok(None);
    }
    let prefix = match &apply.value {
        Some((id, _)) => id.clone(),
        None => match apply.inner.schema().fields().first() {
            Some(field) => field.name().clone(),
            None => return Ok(None),
        },
    };
    let mut source = source(apply).clone();
    if let Some(guard) = apply.guard.clone() {
        source = LogicalPlanBuilder::from(source).filter(guard)?.build()?;
    }
    let outer = Outer {
        source: &source,
        parameters: &apply.parameters,
        repeatable: repeatable(&source)? && !in_order(&source)?,
        reduces: !total(&apply.inner)?,
    };
    if outer.reduces && !outer.repeatable {
        return Ok(None);
    }
    let mut puller = Puller::new(&prefix, outer);
    let inner = match apply.kind {
        ApplyKind::Exists => rows_only(&apply.inner),
        _ => apply.inner.as_ref(),
    };
    let Some(mut pulled) = puller.pull(inner)? else {
        return Ok(None);
    };
    if !pulled.tests.iter().any(|test| equality(test).is_some()) {
        pulled = puller.equated(pulled)?;
    }
    if !pulled.tests.iter().any(|test| equality(test).is_some()) {
        return Ok(None);
    }
    match apply.kind {
        ApplyKind::Scalar => scalar(apply, &mut puller, pulled),
        ApplyKind::Exists => exists(apply, pulled),
        ApplyKind::Lateral { outer_join } => lateral(apply, &mut puller, pulled, outer_join),
        ApplyKind::Array => Ok(None),
    }
}

/// The lowest outer plan that has the outer columns: what is above it adds columns only.
fn source(apply: &Apply) -> &LogicalPlan {
    let mut source = &apply.input;
    while let Some(below) = Apply::of(source) {
        let value = !matches!(below.kind, ApplyKind::Lateral { .. });
        let schema = below.input.schema();
        let read = apply.parameters.iter().map(|(_, value)| value);
        let mut columns = read.chain(&apply.guard).flat_map(Expr::column_refs);
        if !value || !columns.all(|column| schema.has_column(column)) {
            break;
        }
        source = &below.input;
    }
    source
}

/// Whether a plan gives the same rows when it is read twice in one statement. LIMIT, windows and
/// aggregates may choose among equals, volatile functions give something else, and the last round of
/// a recursive query can be read once only.
pub(in crate::engine::exec) fn repeatable(plan: &LogicalPlan) -> Result<bool> {
    let changes = plan.exists(|node| {
        let known = match node {
            LogicalPlan::TableScan(scan) => {
                scan.fetch.is_none() && !source_as_provider(&scan.source)?.is::<LastRound>()
            }
            LogicalPlan::Filter(_)
            | LogicalPlan::Projection(_)
            | LogicalPlan::Join(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Unnest(_)
            | LogicalPlan::Values(_)
            | LogicalPlan::EmptyRelation(_) => true,
            LogicalPlan::Aggregate(aggregate) => exact(aggregate),
            _ => false,
        };
        Ok(!known || node.expressions().iter().any(Expr::is_volatile))
    })?;
    Ok(!changes)
}

/// Whether rows are elements of lists, expected in the order of these, which joins do not keep.
fn in_order(plan: &LogicalPlan) -> Result<bool> {
    plan.exists(|node| Ok(matches!(node, LogicalPlan::Unnest(_))))
}

/// Whether an aggregate gives the same values whatever the order of its rows: counts, and the least
/// and greatest of what is equal only when it is the same.
fn exact(aggregate: &Aggregate) -> bool {
    let groups = aggregate.group_expr.iter();
    groups.clone().all(|group| matches!(group, Expr::Column(_)))
        && aggregate.aggr_expr.iter().all(|expr| {
            let Expr::AggregateFunction(call) = expr.clone().unalias() else {
                return false;
            };
            let kept = |kind: DataType| {
                kind.is_integer() || matches!(kind, DataType::Date32 | DataType::Timestamp(..))
            };
            let kinds = call.params.args.iter();
            let mut kinds = kinds.map(|value| value.get_type(aggregate.input.schema()));
            match call.func.name() {
                "count" => true,
                "min" | "max" => kinds.all(|kind| kind.is_ok_and(kept)),
                _ => false,
            }
        })
}

/// What decides whether there are rows, without what only decides what is in them.
fn rows_only(plan: &LogicalPlan) -> &LogicalPlan {
    match plan {
        LogicalPlan::Projection(projection) if !projection.expr.iter().any(has_unnest) => {
            rows_only(&projection.input)
        }
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => rows_only(&sort.input),
        _ => plan,
    }
}

fn has_unnest(expr: &Expr) -> bool {
    expr.exists(|part| Ok(matches!(part, Expr::Unnest(_))))
        .unwrap_or(true)
}

/// Whether nothing a plan computes can fail, whatever its rows.
fn total(plan: &LogicalPlan) -> Result<bool> {
    let mut total = true;
    plan.apply_with_subqueries(|node| {
        for expr in node.expressions() {
            total &= !expr.exists(|part| Ok(may_fail(part)))?;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(total)
}

/// Whether an expression, its parts aside, can fail for some values.
pub(in crate::engine::exec) fn may_fail(expr: &Expr) -> bool {
    match expr {
        Expr::ScalarFunction(call) => functions::may_fail(&call.func),
        Expr::BinaryExpr(BinaryExpr { op, .. }) => {
            !op.supports_propagation() && !op.is_logic_operator()
        }
        Expr::Cast(_) | Expr::Negative(_) | Expr::WindowFunction(_) => true,
        _ => false,
    }
}

/// At most one value for each outer row, and error 21000 for more.
fn scalar(apply: &Apply, puller: &mut Puller<'_>, pulled: Pulled) -> Result<Option<LogicalPlan>> {
    let Some((id, _)) = &apply.value else {
        return Ok(None);
    };
    let name = apply.inner.schema().field(0).name().clone();
    let (single, without) = (pulled.single, pulled.without.clone());
    let Some(keyed) = puller.keyed(pulled)? else {
        return Ok(None);
    };
    let found = Expr::Column(Column::from_name(&name));
    if single {
        let value = answered(
            &keyed,
            found,
            without.as_ref().and_then(|all| all.get(&name)),
        )?;
        return beside(apply, keyed, vec![value.alias(id)]).map(Some);
    }
    let (first, rows) = (puller.fresh(), puller.fresh());
    let keys = keyed.keys.iter().map(|(_, key)| Expr::Column(key.clone()));
    let plan = LogicalPlanBuilder::from(keyed.plan.clone())
        .aggregate(
            keys,
            vec![
                first_value_udaf().call(vec![found]).alias(&first),
                count_udaf().call(vec![lit(1_i64)]).alias(&rows),
            ],
        )?
        .build()?;
    let column = |name: String| Expr::Column(Column::from_name(name));
    let only = ScalarUDF::new_from_impl(OnlyRow::default()).call(vec![column(first), column(rows)]);
    beside(apply, Keyed { plan, ..keyed }, vec![only.alias(id)]).map(Some)
}

/// Whether there is a row for an outer row.
fn exists(apply: &Apply, pulled: Pulled) -> Result<Option<LogicalPlan>> {
    let Some((id, _)) = &apply.value else {
        return Ok(None);
    };
    if pulled.without.is_some() {
        return Ok(None);
    }
    let conditions = pulled
        .tests
        .into_iter()
        .map(|test| with_parameters(test, &apply.parameters));
    let marked = LogicalPlanBuilder::from(apply.input.clone())
        .join_on(
            pulled.plan,
            JoinType::LeftMark,
            conditions.collect::<Result<Vec<_>>>()?,
        )?
        .build()?;
    let Some(mark) = marked.schema().columns().pop() else {
        return Ok(None);
    };
    let columns = outer_columns(apply).chain([Expr::Column(mark).alias(id)]);
    LogicalPlanBuilder::from(marked)
        .project(columns.collect::<Vec<_>>())?
        .build()
        .map(Some)
}

/// All rows for an outer row.
fn lateral(
    apply: &Apply,
    puller: &mut Puller<'_>,
    pulled: Pulled,
    outer_join: bool,
) -> Result<Option<LogicalPlan>> {
    let columns = apply.inner.schema().columns();
    if let Some(without) = pulled.without.clone() {
        let Some(keyed) = puller.keyed(pulled)? else {
            return Ok(None);
        };
        let mut values = Vec::new();
        for column in columns {
            let (relation, name) = (column.relation.clone(), column.name.clone());
            let value = answered(&keyed, Expr::Column(column), without.get(&name))?;
            values.push(value.alias_qualified(relation, name));
        }
        return beside(apply, keyed, values).map(Some);
    }
    // Beside each outer row its own rows follow in order, which a join does not keep.
    if puller.reads_no_table {
        return Ok(None);
    }
    let kind = if outer_join {
        JoinType::Left
    } else {
        JoinType::Inner
    };
    let conditions = pulled
        .tests
        .into_iter()
        .map(|test| with_parameters(test, &apply.parameters));
    let values = columns.into_iter().map(Expr::Column);
    LogicalPlanBuilder::from(apply.input.clone())
        .join_on(pulled.plan, kind, conditions.collect::<Result<Vec<_>>>()?)?
        .project(outer_columns(apply).chain(values).collect::<Vec<_>>())?
        .build()
        .map(Some)
}

/// Every outer row, with what the row of its key has; nothing matches more than once.
fn beside(apply: &Apply, keyed: Keyed, values: Vec<Expr>) -> Result<LogicalPlan> {
    let keys = keyed
        .keys
        .into_iter()
        .map(|(outer, key)| Ok(with_parameters(outer, &apply.parameters)?.eq(Expr::Column(key))));
    let conditions = keys.chain(apply.guard.clone().map(Ok));
    LogicalPlanBuilder::from(apply.input.clone())
        .join_on(
            keyed.plan,
            JoinType::Left,
            conditions.collect::<Result<Vec<_>>>()?,
        )?
        .project(outer_columns(apply).chain(values).collect::<Vec<_>>())?
        .build()
}

/// A value where the key was found, and what stands for it where it was not.
fn answered(keyed: &Keyed, found: Expr, without: Option<&Expr>) -> Result<Expr> {
    let null = |expr: &Expr| matches!(expr, Expr::Literal(value, _) if value.is_null());
    match (without, keyed.keys.first()) {
        (Some(without), Some((_, key))) if !null(without) => {
            when(Expr::Column(key.clone()).is_null(), without.clone()).otherwise(found)
        }
        _ => Ok(found),
    }
}

fn outer_columns(apply: &Apply) -> impl Iterator<Item = Expr> {
    apply.input.schema().columns().into_iter().map(Expr::Column)
}

/// The value of the only row, given the value of the first and how many there are.
#[derive(Debug)]
struct OnlyRow(Signature);

impl Default for OnlyRow {
    fn default() -> Self {
        Self(Signature::any(2, Volatility::Immutable))
    }
}

impl PartialEq for OnlyRow {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for OnlyRow {}

impl Hash for OnlyRow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl ScalarUDFImpl for OnlyRow {
    fn name(&self) -> &'static str {
        "only_row"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        let first = arguments.first().cloned();
        first.ok_or_else(|| DataFusionError::Internal(String::from("only_row takes a value")))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value, rows] = arguments.args.as_slice() else {
            return Err(DataFusionError::Internal(String::from(
                "only_row takes two arguments",
            )));
        };
        let rows = rows.to_array(arguments.number_rows)?;
        let rows = rows.as_primitive::<Int64Type>();
        if rows.iter().flatten().any(|rows| rows > 1) {
            return Err(super::more_than_one_row());
        }
        Ok(value.clone())
    }
}
