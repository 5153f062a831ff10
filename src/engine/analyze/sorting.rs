//! DISTINCT, DISTINCT ON and ORDER BY: which rows remain, and in which order.

use arrow::datatypes::DataType;
use datafusion::functions_window::expr_fn as window_fn;
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, SortExpr, lit,
};
use pg_query::protobuf::{
    self, LimitOption, SortByDir, SortByNulls, a_const::Val, node::Node as Kind,
};

use super::expressions::{Frame, sort_key};
use super::level::Level;
use super::scope::column;
use super::select::location_of;
use super::target::Target;
use super::{Analyzer, Typed, position, refused, string};
use crate::pg::{Fault, SqlState};

/// An ORDER BY item: the target it sorts by and how.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) target: usize,
    pub(super) ascending: bool,
    pub(super) nulls_first: bool,
}

impl Analyzer<'_> {
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
    pub(super) fn first_before_sets(
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
    pub(super) fn first_of_each(
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

    /// ORDER BY items as targets; new helper targets are appended.
    pub(super) fn orders(
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
    pub(super) fn listed(
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

    pub(super) fn distinct_on(
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
}

/// 42883 for values that are sorted, grouped or made distinct and cannot be.
pub(super) fn check_comparable(
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

/// The first DISTINCT ON item that ORDER BY skips: once something else is sorted by, all items
/// have to have come before.
pub(super) fn unmatched(on: &[usize], leading: &[usize]) -> Option<usize> {
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
pub(super) fn all_comparable(targets: &[Target], visible: usize) -> Result<(), Fault> {
    let mut listed = targets.iter().take(visible);
    listed.try_for_each(|target| target.value.comparable(false))
}
