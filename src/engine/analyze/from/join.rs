//! Joins: what they combine, and what can be named of them.

use std::sync::Arc;

use datafusion::common::JoinType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Operator, lit};
use pg_query::protobuf::{self, JoinType as PgJoin};

use super::super::expressions::Frame;
use super::super::level::{Level, Place};
use super::super::scope::{Item, Scope, ScopeColumn, clash, reference};
use super::super::subquery::Pending;
use super::super::{Analyzer, Typed, refused, strings};
use super::{Part, note_outer, owns, part_of, renamed};
use crate::engine::exec::apply::Apply;
use crate::ident::Oid;
use crate::pg::{Fault, SqlState, Type, types};

impl Analyzer<'_> {
    pub(super) fn join_parts(
        &self,
        left: LogicalPlan,
        right: &Part,
        kind: PgJoin,
        condition: Option<Expr>,
        scope: &Scope<'_>,
    ) -> Result<LogicalPlan, Fault> {
        let lateral = !right.outer.is_empty() || right.lists.is_some();
        let condition = condition.filter(|condition| !(lateral && always(condition)));
        if let Some(lists) = &right.lists
            && (kind == PgJoin::JoinInner || condition.is_none())
        {
            let lists = lists.clone().inward(&left)?;
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
                .map(|id| {
                    let own = left.schema().has_column_with_unqualified_name(id);
                    let value = match scope.find(id) {
                        Some(found) if !own => reference(found, &[&scope.outer]).expr,
                        _ => self.outer_expr(id, frame),
                    };
                    (id.clone(), value)
                })
                .collect();
            return lateral_join(left, right, kind, condition, parameters);
        }
        if kind == PgJoin::JoinFull
            && condition
                .as_ref()
                .is_some_and(|test| !mergeable(test, &left, &right.plan))
        {
            return Err(unmergeable());
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

    pub(super) fn join(&self, join: &protobuf::JoinExpr, left: &Scope<'_>) -> Result<Part, Fault> {
        let side = |node: Option<&protobuf::Node>| {
            node.ok_or_else(|| Fault::internal("a join without a side"))
                .cloned()
        };
        let left_part = self.part(&side(join.larg.as_deref())?, left)?;
        // The right side may read the left one laterally.
        // What is called as one of its entries is hidden from the join.
        let around = left.items.iter().cloned().map(|item| {
            let mut own = left_part.items.iter().filter(|own| own.by_name);
            if own.any(|own| clash(&item, own)) {
                return item.hidden();
            }
            item
        });
        let mut seen = left.beside(around.collect());
        let barred = matches!(join.jointype(), PgJoin::JoinFull | PgJoin::JoinRight);
        let lefts = left_part.items.iter().cloned();
        seen.add(lefts.map(|item| Item { barred, ..item }).collect())?;
        let right_part = self.part(&side(join.rarg.as_deref())?, &seen)?;
        let own = left_part.items.iter().chain(&right_part.items).cloned();
        let around = left.items.iter().cloned().map(Item::hidden);
        let both = left.beside(own.chain(around).collect());
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
            (None, Some(quals)) => Some(self.truth(quals, frame, "JOIN/ON")?),
            (None, None) => None,
        };
        note_outer(left, &seen.outer.take());
        note_outer(left, &both.outer.take());
        let kind = join.jointype();
        let left_part = match kind {
            PgJoin::JoinRight | PgJoin::JoinFull => self.marked(left_part)?,
            _ => left_part,
        };
        let right_part = match kind {
            PgJoin::JoinLeft | PgJoin::JoinFull => self.marked(right_part)?,
            _ => right_part,
        };
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

    /// The side of an outer join that may be without a row: a whole row of its entries is NULL
    /// there, which the values of its columns cannot tell.
    fn marked(&self, mut part: Part) -> Result<Part, Fault> {
        let schema = part.plan.schema();
        let never_null = |column: &&ScopeColumn| {
            let field = schema.field_with_unqualified_name(&column.id);
            field.is_ok_and(|field| !field.is_nullable())
        };
        let unmarked = |item: &Item| item.by_name && !item.scalar && item.present.is_none();
        for item in &mut part.items {
            if unmarked(item) && item.relation.is_some() {
                item.present = item.columns.iter().find(never_null).cloned();
            }
        }
        if part.lists.is_some() || !part.items.iter().any(unmarked) {
            return Ok(part);
        }
        let marker = Typed::new(lit(true), Type::plain(types::BOOL));
        let marker = ScopeColumn::computed("", self.fresh(), &marker);
        let columns = schema.columns().into_iter().map(Expr::Column);
        let columns: Vec<_> = columns.chain([lit(true).alias(&marker.id)]).collect();
        part.plan = LogicalPlanBuilder::from(part.plan)
            .project(columns)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        for item in part.items.iter_mut().filter(|item| unmarked(item)) {
            item.present = Some(marker.clone());
        }
        Ok(part)
    }

    /// Joins; a subquery of the condition is computed on the side whose columns it reads, one that
    /// reads both sides over the cross product of an inner join.
    fn join_with(
        &self,
        left: LogicalPlan,
        right: &Part,
        kind: PgJoin,
        condition: Option<Expr>,
        pending: Vec<Pending>,
        scope: &Scope<'_>,
    ) -> Result<LogicalPlan, Fault> {
        if pending.is_empty() {
            return self.join_parts(left, right, kind, condition, scope);
        }
        if kind != PgJoin::JoinInner {
            let both = |pending: &Pending| pending.reads(&left) && pending.reads(&right.plan);
            let (pending, across): (Vec<_>, Vec<_>) =
                pending.into_iter().partition(|pending| !both(pending));
            let (left, plan) = beside_sides(left, right.plan.clone(), pending)?;
            let right = Part {
                plan,
                items: Vec::new(),
                outer: right.outer.clone(),
                order: Vec::new(),
                lists: None,
            };
            return match (kind, across.is_empty()) {
                (_, true) => self.join_parts(left, &right, kind, condition, scope),
                (PgJoin::JoinLeft, _) => per_row(left, right.plan, condition, across),
                (PgJoin::JoinRight, _) => per_row(right.plan, left, condition, across),
                _ => Err(unmergeable()),
            };
        }
        let mut plan = self.join_parts(left, right, kind, None, scope)?;
        for pending in pending {
            plan = pending.attach(plan)?;
        }
        let condition = condition.unwrap_or_else(|| lit(true));
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
        for (at, name) in names.iter().enumerate() {
            if names.iter().take(at).any(|other| other == name) {
                return Err(Fault::new(
                    SqlState::DUPLICATE_COLUMN,
                    format!("column name \"{name}\" appears more than once in USING clause"),
                ));
            }
        }
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
                let (left, right) = (reference(left, &[]), reference(right, &[]));
                self.common_type(&[left.clone(), right.clone()], "JOIN/USING")?;
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
            let mut part = part_of(plan, renamed(item, Some(alias), "join expression")?);
            part.items.extend(items.into_iter().map(Item::hidden));
            return Ok(part);
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
            order: Vec::new(),
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
        let sides = [reference(left, &[]), reference(right, &[])];
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

/// Puts each subquery on the side whose columns it reads.
fn beside_sides(
    mut left: LogicalPlan,
    mut right: LogicalPlan,
    pending: Vec<Pending>,
) -> Result<(LogicalPlan, LogicalPlan), Fault> {
    for pending in pending {
        if pending.reads(&left) {
            left = pending.attach(left)?;
        } else {
            right = pending.attach(right)?;
        }
    }
    Ok((left, right))
}

/// 0A000 for a FULL JOIN that PostgreSQL cannot do.
fn unmergeable() -> Fault {
    Fault::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions",
    )
}

/// Whether a condition has an equality between the two sides, or reads neither.
fn mergeable(condition: &Expr, left: &LogicalPlan, right: &LogicalPlan) -> bool {
    let reads = |expr: &Expr, plan: &LogicalPlan| {
        super::super::aggregate::mentions(expr, |id| {
            plan.schema().has_column_with_unqualified_name(id)
        })
    };
    if !reads(condition, left) && !reads(condition, right) {
        return true;
    }
    datafusion::logical_expr::utils::split_conjunction(condition)
        .into_iter()
        .any(|test| {
            let sides: Vec<&Expr> = match test {
                Expr::BinaryExpr(test) if test.op == Operator::Eq => {
                    vec![&test.left, &test.right]
                }
                Expr::ScalarFunction(call) if call.name().ends_with("eq") => {
                    call.args.iter().collect()
                }
                _ => return false,
            };
            let [first, second] = sides.as_slice() else {
                return false;
            };
            let apart = |one: &Expr, other: &Expr| {
                reads(one, left) && !reads(one, right) && reads(other, right) && !reads(other, left)
            };
            apart(first, second) || apart(second, first)
        })
}

/// Joins for every row of the left side, where subqueries of the condition read both sides.
fn per_row(
    left: LogicalPlan,
    mut right: LogicalPlan,
    condition: Option<Expr>,
    pending: Vec<Pending>,
) -> Result<LogicalPlan, Fault> {
    let mut parameters = Vec::new();
    for pending in pending {
        let values = pending.parameters.iter().map(|(name, value)| {
            let value = outward(value.clone(), &left, &mut parameters)?;
            Ok((name.clone(), value))
        });
        let parameters = values.collect::<Result<Vec<_>, Fault>>()?;
        right = Pending {
            parameters,
            ..pending.clone()
        }
        .attach(right)?;
    }
    if let Some(condition) = condition {
        let condition = outward(condition, &left, &mut parameters)?;
        right = LogicalPlanBuilder::from(right)
            .filter(condition)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
    }
    Apply::lateral(left, right, parameters, true).map_err(refused)
}

/// Reads columns of the left side as columns of the outer row.
fn outward(
    expr: Expr,
    left: &LogicalPlan,
    parameters: &mut Vec<(String, Expr)>,
) -> Result<Expr, Fault> {
    let schema = Arc::clone(left.schema());
    expr.transform(|expr| {
        let Expr::Column(found) = &expr else {
            return Ok(Transformed::no(expr));
        };
        let Ok(field) = schema.field_with_unqualified_name(&found.name) else {
            return Ok(Transformed::no(expr));
        };
        if !parameters.iter().any(|(name, _)| *name == found.name) {
            parameters.push((found.name.clone(), expr.clone()));
        }
        Ok(Transformed::yes(Expr::OuterReferenceColumn(
            Arc::clone(field),
            found.clone(),
        )))
    })
    .data()
    .map_err(refused)
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
        let condition = outward(condition, &left, &mut parameters)?;
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

fn check_names(scope: &Scope<'_>) -> Result<(), Fault> {
    let mut fresh = Scope::inside(None);
    fresh.add(scope.items.clone())
}
