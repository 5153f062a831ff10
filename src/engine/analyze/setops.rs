//! UNION, INTERSECT, EXCEPT and VALUES: manual 7.4, 7.7 and 10.5.

use datafusion::common::{Column as PlanColumn, JoinType, NullEquality};
use datafusion::functions_window::expr_fn as window_fn;
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, SortExpr, lit,
};
use pg_query::protobuf::{self, SetOperation, node::Node as Kind};

use super::expressions::{Frame, sort_key};
use super::level::{Level, Place};
use super::scope::{Item, Scope, ScopeColumn, column, reference};
use super::sorting::order;
use super::target::Target;
use super::{Analyzer, Query, Typed, Unknown, position, refused};
use crate::pg::{Fault, SqlState, Type, types};

impl Analyzer<'_> {
    /// A set operation with its ORDER BY and LIMIT.
    pub(super) fn set_operation(
        &self,
        query: &protobuf::SelectStmt,
        around: &Scope<'_>,
    ) -> Result<Query, Fault> {
        let mut sides = Vec::new();
        let result = self.set_tree(query, around, &mut sides)?;
        self.ordered(result, query, around, sides)
    }

    /// A tree of set operations; what each query in it is called goes to `sides`, for hints.
    fn set_tree(
        &self,
        query: &protobuf::SelectStmt,
        around: &Scope<'_>,
        sides: &mut Vec<Item>,
    ) -> Result<Query, Fault> {
        let what = match query.op() {
            SetOperation::SetopIntersect => "INTERSECT",
            SetOperation::SetopExcept => "EXCEPT",
            _ => "UNION",
        };
        let mut side = |side: Option<&protobuf::SelectStmt>| -> Result<Query, Fault> {
            let side = side.ok_or_else(|| Fault::internal("a set operation without a side"))?;
            let nested =
                side.op() != SetOperation::SetopNone && side.op() != SetOperation::Undefined;
            let bare = side.with_clause.is_none()
                && side.sort_clause.is_empty()
                && side.limit_count.is_none()
                && side.limit_offset.is_none();
            if nested && bare {
                self.set_tree(side, around, sides)
            } else {
                let query = self.query_open(side, around, true)?;
                sides.push(Item {
                    name: format!("*SELECT* {}", sides.len() + 1),
                    listed: true,
                    ..Item::unnamed(query.columns.clone()).hidden()
                });
                Ok(query)
            }
        };
        let (left, right) = (side(query.larg.as_deref())?, side(query.rarg.as_deref())?);
        if left.columns.len() != right.columns.len() {
            return Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                format!("each {what} query must have the same number of columns"),
            )
            .at(position(right.locations.first().copied().unwrap_or(-1))));
        }
        let kinds = (0..left.columns.len())
            .map(|at| {
                let values: Vec<Typed> = [&left, &right]
                    .into_iter()
                    .filter_map(|query| output(query, at))
                    .collect();
                self.common_type(&values, what)
            })
            .collect::<Result<Vec<Type>, _>>()?;
        if !query.all || query.op() != SetOperation::SetopUnion {
            comparable(&kinds, &left.locations)?;
        }
        let names: Vec<String> = left
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        let left = self.recast(left, &kinds, what)?;
        let right = self.recast(right, &kinds, what)?;
        let mut result = self.combined(query, left, right)?;
        for (column, name) in result.columns.iter_mut().zip(names) {
            column.name = name;
            column.table = crate::ident::Oid::INVALID;
            column.number = 0;
        }
        Ok(result)
    }

    /// Two queries with the same columns combined.
    fn combined(
        &self,
        query: &protobuf::SelectStmt,
        mut left: Query,
        mut right: Query,
    ) -> Result<Query, Fault> {
        let bare = left.columns.is_empty();
        if bare {
            // Rows without columns are all equal.
            (left, right) = (self.with_constant(left)?, self.with_constant(right)?);
        }
        let mut result = match query.op() {
            SetOperation::SetopUnion => self.union(left, right, query.all),
            SetOperation::SetopIntersect => {
                self.matched(left, right, query.all, JoinType::LeftSemi)
            }
            _ => self.matched(left, right, query.all, JoinType::LeftAnti),
        }?;
        if bare {
            result.columns.clear();
            result.open.clear();
            result.plan = LogicalPlanBuilder::from(result.plan)
                .project(Vec::<Expr>::new())
                .and_then(LogicalPlanBuilder::build)
                .map_err(refused)?;
        }
        Ok(result)
    }

    /// A query with one more column, the same in every row.
    fn with_constant(&self, mut query: Query) -> Result<Query, Fault> {
        let value = Typed::new(lit(true), Type::plain(types::BOOL));
        let constant = ScopeColumn::computed("", self.fresh(), &value);
        query.plan = LogicalPlanBuilder::from(query.plan)
            .project([value.expr.alias(&constant.id)])
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        query.columns.push(constant);
        query.open.push(None);
        Ok(query)
    }

    /// A query with its columns coerced to other types.
    pub(super) fn recast(&self, query: Query, kinds: &[Type], what: &str) -> Result<Query, Fault> {
        let mut output_exprs = Vec::with_capacity(kinds.len());
        let mut columns = Vec::with_capacity(kinds.len());
        for (at, kind) in kinds.iter().enumerate() {
            let (Some(value), Some(found)) = (output(&query, at), query.columns.get(at)) else {
                return Err(Fault::internal("a query lost a column"));
            };
            let keeps = value.unknown.is_none() && value.kind == *kind;
            let value = self.to_common(value, *kind, what)?;
            let id = self.fresh();
            output_exprs.push(value.expr.alias(&id));
            let origin = if keeps {
                (found.table, found.number)
            } else {
                (crate::ident::Oid::INVALID, 0)
            };
            columns.push(ScopeColumn {
                name: found.name.clone(),
                id,
                kind: *kind,
                record: found.record.clone(),
                table: origin.0,
                number: origin.1,
            });
        }
        let plan = LogicalPlanBuilder::from(query.plan)
            .project(output_exprs)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        let open = vec![None; columns.len()];
        Ok(Query {
            plan,
            columns,
            open,
            locations: query.locations,
            order: Vec::new(),
        })
    }

    fn union(&self, left: Query, right: Query, all: bool) -> Result<Query, Fault> {
        let values: Vec<Typed> = left
            .columns
            .iter()
            .map(|column| reference(column, &[]))
            .collect();
        // Of equal rows of different looks, those of the left side are kept.
        let side = (!all && values.iter().any(super::sorting::keyed)).then(|| self.fresh());
        let aligned = |query: &Query, number: i32| -> Vec<Expr> {
            // A union takes its column names from its first input.
            let columns = query.columns.iter().zip(&left.columns);
            let columns = columns.map(|(own, left)| column(&own.id).alias(&left.id));
            let number = side.iter().map(|side| lit(number).alias(side));
            columns.chain(number).collect()
        };
        let (first, second) = (aligned(&left, 0), aligned(&right, 1));
        let first = LogicalPlanBuilder::from(left.plan)
            .project(first)
            .map_err(refused)?;
        let second = LogicalPlanBuilder::from(right.plan)
            .project(second)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        let mut builder = first.union(second).map_err(refused)?;
        if !all {
            builder = self.distinct_rows(builder, &values, side.as_deref().map(column))?;
            let visible: Vec<Expr> = left.columns.iter().map(ScopeColumn::expr).collect();
            builder = builder.project(visible).map_err(refused)?;
        }
        Ok(Query {
            plan: builder.build().map_err(refused)?,
            columns: left.columns,
            open: left.open,
            locations: left.locations,
            order: Vec::new(),
        })
    }

    /// INTERSECT and EXCEPT: rows of the left with (without) an equal row on the right, NULLs equal.
    /// With ALL, equal rows are numbered so that each pairs with at most one.
    fn matched(
        &self,
        left: Query,
        right: Query,
        all: bool,
        kind: JoinType,
    ) -> Result<Query, Fault> {
        let (left_plan, left_keys) = self.keyed(left.plan, &left.columns, all)?;
        let (right_plan, right_keys) = self.keyed(right.plan, &right.columns, all)?;
        let keys = |ids: &[String]| {
            ids.iter()
                .map(PlanColumn::new_unqualified)
                .collect::<Vec<_>>()
        };
        let mut builder = LogicalPlanBuilder::from(left_plan)
            .join_detailed(
                right_plan,
                kind,
                (keys(&left_keys), keys(&right_keys)),
                None,
                NullEquality::NullEqualsNull,
            )
            .map_err(refused)?;
        if !all {
            let values: Vec<Typed> = left
                .columns
                .iter()
                .map(|column| reference(column, &[]))
                .collect();
            builder = builder
                .project(
                    left.columns
                        .iter()
                        .map(ScopeColumn::expr)
                        .collect::<Vec<_>>(),
                )
                .map_err(refused)?;
            builder = self.distinct_rows(builder, &values, None)?;
        }
        builder = builder
            .project(
                left.columns
                    .iter()
                    .map(ScopeColumn::expr)
                    .collect::<Vec<_>>(),
            )
            .map_err(refused)?;
        Ok(Query {
            plan: builder.build().map_err(refused)?,
            columns: left.columns,
            open: left.open,
            locations: left.locations,
            order: Vec::new(),
        })
    }

    fn keyed(
        &self,
        plan: LogicalPlan,
        columns: &[ScopeColumn],
        numbered: bool,
    ) -> Result<(LogicalPlan, Vec<String>), Fault> {
        let mut output: Vec<Expr> = columns.iter().map(ScopeColumn::expr).collect();
        let mut keys = Vec::with_capacity(columns.len() + 1);
        for found in columns {
            let id = self.fresh();
            output.push(sort_key(&reference(found, &[])).alias(&id));
            keys.push(id);
        }
        let mut builder = LogicalPlanBuilder::from(plan)
            .project(output)
            .map_err(refused)?;
        if numbered {
            let id = self.fresh();
            let by: Vec<Expr> = keys.iter().map(|key| column(key)).collect();
            let order = by.iter().map(|key| key.clone().sort(true, false)).collect();
            let number = window_fn::row_number()
                .partition_by(by)
                .order_by(order)
                .build()
                .map_err(refused)?;
            builder = builder.window(vec![number.alias(&id)]).map_err(refused)?;
            keys.push(id);
        }
        Ok((builder.build().map_err(refused)?, keys))
    }

    /// VALUES, with its ORDER BY and LIMIT.
    pub(super) fn values(
        &self,
        query: &protobuf::SelectStmt,
        around: &Scope<'_>,
    ) -> Result<Query, Fault> {
        let level = Level::default();
        let frame = Frame {
            scope: around,
            level: &level,
            place: Place::Values,
        };
        let mut rows = Vec::with_capacity(query.values_lists.len());
        for node in &query.values_lists {
            let Some(Kind::List(list)) = node.node.as_ref() else {
                continue;
            };
            rows.push(self.expressions(&list.items, frame)?);
        }
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            let odd = rows.iter().find(|row| row.len() != width);
            let location = odd.and_then(|row| row.first()).map_or(-1, |v| v.location);
            return Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                "VALUES lists must all be the same length",
            )
            .at(position(location)));
        }
        let mut kinds = Vec::with_capacity(width);
        for at in 0..width {
            let values: Vec<Typed> = rows.iter().filter_map(|row| row.get(at).cloned()).collect();
            kinds.push(self.common_type(&values, "VALUES")?);
        }
        let locations = rows.first().into_iter().flatten();
        let locations = locations.map(|value| value.location).collect();
        let ids: Vec<String> = kinds.iter().map(|_| self.fresh()).collect();
        let pending = !level.subqueries.borrow().is_empty();
        let plan = self.value_rows(rows, &kinds, &ids, pending, &level)?;
        let columns = kinds
            .iter()
            .zip(&ids)
            .enumerate()
            .map(|(at, (kind, id))| ScopeColumn {
                name: format!("column{}", at + 1),
                id: id.clone(),
                kind: *kind,
                record: None,
                table: crate::ident::Oid::INVALID,
                number: 0,
            })
            .collect();
        self.ordered(
            Query {
                plan,
                columns,
                open: vec![None; width],
                locations,
                order: Vec::new(),
            },
            query,
            around,
            Vec::new(),
        )
    }

    fn value_rows(
        &self,
        rows: Vec<Vec<Typed>>,
        kinds: &[Type],
        ids: &[String],
        pending: bool,
        level: &Level,
    ) -> Result<LogicalPlan, Fault> {
        let rows = rows
            .into_iter()
            .map(|row| {
                row.into_iter()
                    .zip(kinds)
                    .map(|(value, kind)| {
                        self.to_common(value, *kind, "VALUES")
                            .map(|value| value.expr)
                    })
                    .collect()
            })
            .collect::<Result<Vec<Vec<Expr>>, Fault>>()?;
        let outer = rows.iter().flatten().any(Expr::contains_outer);
        if !pending && !outer {
            let named = ids
                .iter()
                .enumerate()
                .map(|(at, id)| column(&format!("column{}", at + 1)).alias(id))
                .collect::<Vec<_>>();
            return LogicalPlanBuilder::values(rows)
                .and_then(|builder| builder.project(named))
                .and_then(LogicalPlanBuilder::build)
                .map_err(refused);
        }
        // Rows that need more than constants: one projection each.
        let base = self.apply_pending(
            LogicalPlanBuilder::empty(true).build().map_err(refused)?,
            level,
        )?;
        let mut result: Option<LogicalPlanBuilder> = None;
        for row in rows {
            let named: Vec<Expr> = row
                .into_iter()
                .zip(ids)
                .map(|(value, id)| value.alias(id))
                .collect();
            let one = LogicalPlanBuilder::from(base.clone())
                .project(named)
                .and_then(LogicalPlanBuilder::build)
                .map_err(refused)?;
            result = Some(match result {
                None => LogicalPlanBuilder::from(one),
                Some(before) => before.union(one).map_err(refused)?,
            });
        }
        result
            .ok_or_else(|| Fault::internal("VALUES without rows"))?
            .build()
            .map_err(refused)
    }

    /// ORDER BY and LIMIT over output columns only.
    fn ordered(
        &self,
        result: Query,
        query: &protobuf::SelectStmt,
        around: &Scope<'_>,
        sides: Vec<Item>,
    ) -> Result<Query, Fault> {
        let level = Level::default();
        let mut scope = Scope::inside(Some(around));
        scope.items.push(Item::unnamed(result.columns.clone()));
        scope.items.extend(sides);
        let frame = Frame {
            scope: &scope,
            level: &level,
            place: Place::OrderBy,
        };
        let targets: Vec<Target> = result
            .columns
            .iter()
            .map(|column| Target {
                name: column.name.clone(),
                value: reference(column, &[]),
            })
            .collect();
        let mut sorts = Vec::with_capacity(query.sort_clause.len());
        for node in &query.sort_clause {
            let Some(Kind::SortBy(sort)) = node.node.as_ref() else {
                continue;
            };
            super::sorting::check_using(sort)?;
            let Some(node) = sort.node.as_deref() else {
                continue;
            };
            let found = self.listed_by_name_or_number(node, &targets, targets.len(), "ORDER BY")?;
            let value = match found.and_then(|at| targets.get(at)) {
                Some(target) => target.value.clone(),
                None if query.values_lists.is_empty() => {
                    self.expression(node, frame)?;
                    return Err(Fault::new(SqlState::FEATURE_NOT_SUPPORTED, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause")
                        .detail("Only result column names can be used, not expressions or functions.")
                        .hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
                        .at(position(super::select::location_of(node))));
                }
                None => self.expression(node, frame)?,
            };
            value.comparable(true)?;
            let order = order(sort, 0);
            sorts.push(SortExpr::new(
                sort_key(&value),
                order.ascending,
                order.nulls_first,
            ));
        }
        let builder =
            self.sort_and_limit(LogicalPlanBuilder::from(result.plan), sorts, query, frame)?;
        let visible: Vec<Expr> = result.columns.iter().map(ScopeColumn::expr).collect();
        let plan = builder
            .project(visible)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        Ok(Query { plan, ..result })
    }
}

/// 42883 for a type whose values cannot be told equal.
pub(super) fn comparable(kinds: &[Type], locations: &[i32]) -> Result<(), Fault> {
    for (at, kind) in kinds.iter().enumerate() {
        let written = locations.get(at).copied().unwrap_or(-1);
        let value = Typed::new(column("any"), *kind).at(written);
        value.comparable(false)?;
    }
    Ok(())
}

/// An output column as a value; an open literal stays open.
fn output(query: &Query, at: usize) -> Option<Typed> {
    let value = reference(query.columns.get(at)?, &[]);
    let location = query.locations.get(at).copied().unwrap_or(-1);
    Some(match query.open.get(at).cloned().flatten() {
        Some(unknown @ (Unknown::Text(_) | Unknown::Null)) => Typed::unknown(unknown, location),
        _ => value.at(location),
    })
}
