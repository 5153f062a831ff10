//! Subqueries in expressions: manual 4.2.11, 9.23 and 9.24.
//!
//! In WHERE, EXISTS and IN become joins where that is right for every row. Everything else is an
//! [`Apply`]: the inner plan once per distinct outer row, whatever its shape.

use arrow::datatypes::DataType;
use datafusion::common::Spans;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Subquery};
use pg_query::protobuf::{self, BoolExprType, SubLinkType, node::Node as Kind};
use std::sync::Arc;

use super::coerce::storage_of;
use super::comparison::Operand;
use super::expressions::{Frame, missing_node, sort_key};
use super::level::Level;
use super::scope::{Scope, column};
use super::{Analyzer, Query, Typed, position, refused, strings};
use crate::engine::exec::apply::{Apply, ApplyKind};
use crate::pg::{Fault, SqlState, types};

/// A subquery whose value an expression reads as the column `id`; it is attached to the plan below.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) id: String,
    pub(super) kind: ApplyKind,
    pub(super) plan: LogicalPlan,
    /// Outer columns the inner plan reads, and what they are in the plan it is attached to.
    pub(super) parameters: Vec<(String, Expr)>,
    pub(super) storage: DataType,
}

impl Pending {
    /// Whether its outer row has columns of this plan.
    pub(super) fn reads(&self, plan: &LogicalPlan) -> bool {
        let mut values = self.parameters.iter().map(|(_, value)| value);
        let schema = plan.schema();
        values.any(|value| {
            super::aggregate::mentions(value, |id| schema.has_column_with_unqualified_name(id))
        })
    }

    /// Puts the subquery on top of `input`, which gains the column.
    pub(super) fn attach(self, input: LogicalPlan) -> Result<LogicalPlan, Fault> {
        Apply::value(
            input,
            self.plan,
            self.kind,
            self.parameters,
            &self.id,
            self.storage,
        )
        .map_err(refused)
    }
}

impl Analyzer<'_> {
    /// Attaches all subqueries that are still pending.
    pub(super) fn apply_pending(
        &self,
        mut plan: LogicalPlan,
        level: &Level,
    ) -> Result<LogicalPlan, Fault> {
        for pending in std::mem::take(&mut *level.subqueries.borrow_mut()) {
            plan = pending.attach(plan)?;
        }
        Ok(plan)
    }

    /// Analyzes the query of a sub-link; says which outer columns it reads.
    fn inner(
        &self,
        link: &protobuf::SubLink,
        frame: Frame<'_>,
    ) -> Result<(Query, Vec<String>), Fault> {
        let boundary = Scope::of_subquery(frame);
        let query = self.query(query_of(link)?, &boundary, &[])?;
        let mut outer = boundary.outer.take();
        if !self.hoisted.borrow().is_empty() {
            // What an aggregate of an outer level reads, the subquery does not.
            let read = query.plan.all_out_ref_exprs();
            outer.retain(|id| {
                let mut read = read.iter();
                read.any(|read| matches!(read, Expr::OuterReferenceColumn(_, found) if found.name == *id))
            });
        }
        Ok((query, outer))
    }

    /// Registers a subquery and stands its column in for it.
    fn pend(
        &self,
        kind: ApplyKind,
        plan: LogicalPlan,
        outer: &[String],
        value: Typed,
        frame: Frame<'_>,
    ) -> Typed {
        let id = self.fresh();
        let storage = match kind {
            ApplyKind::Exists => DataType::Boolean,
            ApplyKind::Scalar | ApplyKind::Array | ApplyKind::Lateral { .. } => {
                storage_of(value.kind, value.record.as_ref())
            }
        };
        let parameters = outer
            .iter()
            .map(|outer| (outer.clone(), self.outer_expr(outer, frame)))
            .collect();
        frame.level.subqueries.borrow_mut().push(Pending {
            id: id.clone(),
            kind,
            plan,
            parameters,
            storage,
        });
        Typed {
            expr: column(&id),
            table: crate::ident::Oid::INVALID,
            number: 0,
            ..value
        }
    }

    /// An outer column as this level reads it: its own, or again an outer one.
    pub(super) fn outer_expr(&self, id: &str, frame: Frame<'_>) -> Expr {
        let mut level = Some(frame.scope);
        let mut crossed = Vec::new();
        while let Some(scope) = level {
            if let Some(found) = scope
                .items
                .iter()
                .flat_map(|item| &item.columns)
                .find(|column| column.id == id)
            {
                return super::scope::reference(found, &crossed).expr;
            }
            crossed.push(&scope.outer);
            level = scope.parent;
        }
        if frame.level.computed(id).is_none()
            && let Some(field) = self.hoisted.borrow().get(id)
        {
            let name = datafusion::common::Column::new_unqualified(id);
            return Expr::OuterReferenceColumn(Arc::clone(field), name);
        }
        column(id)
    }

    /// A sub-link as a value.
    pub(super) fn sub_link(
        &self,
        link: &protobuf::SubLink,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = link.location;
        match link.sub_link_type() {
            SubLinkType::ExistsSublink => {
                let (query, outer) = self.inner(link, frame)?;
                Ok(self
                    .pend(
                        ApplyKind::Exists,
                        query.plan,
                        &outer,
                        Typed::new(column("exists"), types::BOOL),
                        frame,
                    )
                    .at(location))
            }
            SubLinkType::ExprSublink => {
                let (query, outer) = self.inner(link, frame)?;
                let value = single(&query, "subquery must return only one column", location)?;
                Ok(self
                    .pend(ApplyKind::Scalar, query.plan, &outer, value, frame)
                    .at(location))
            }
            SubLinkType::ArraySublink => {
                let (query, outer) = self.inner(link, frame)?;
                let element = single(&query, "subquery must return only one column", location)?;
                let array = if types::true_array(element.kind.oid) {
                    element.kind.oid
                } else {
                    types::array_of(element.kind.oid).ok_or_else(|| {
                        Fault::unsupported("an array of this type").at(position(location))
                    })?
                };
                let value = Typed {
                    record: element.record,
                    ..Typed::new(column("array"), array)
                };
                Ok(self
                    .pend(ApplyKind::Array, query.plan, &outer, value, frame)
                    .at(location))
            }
            SubLinkType::AnySublink => self.quantified(link, true, frame),
            SubLinkType::AllSublink => self.quantified(link, false, frame),
            _ => Err(Fault::unsupported("this kind of subquery").at(position(location))),
        }
    }

    /// `(a, b) op (query)`: the query's row as one record, read field by field.
    pub(super) fn row_comparison(
        &self,
        left: Vec<Typed>,
        name: &str,
        link: &protobuf::SubLink,
        location: i32,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let (query, outer) = self.inner(link, frame)?;
        let columns: Vec<Typed> = query
            .columns
            .iter()
            .map(|column| super::scope::reference(column, &[]))
            .collect();
        if columns.len() != left.len() {
            let what = if columns.len() < left.len() {
                "subquery has too few columns"
            } else {
                "subquery has too many columns"
            };
            return Err(Fault::new(SqlState::SYNTAX_ERROR, what).at(position(location)));
        }
        let width = columns.len();
        let names = (1..=width).map(|at| format!("f{at}"));
        let row = self.record(columns, names);
        let id = self.fresh();
        let plan = LogicalPlanBuilder::from(query.plan)
            .project(vec![row.expr.clone().alias(&id)])
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        let row = self.pend(ApplyKind::Scalar, plan, &outer, row, frame);
        let right = (0..width)
            .map(|at| self.field(&row, at))
            .collect::<Result<Vec<_>, _>>()?;
        self.row_operation(name, left, right, location)
    }

    /// `x op ANY (query)` and `x op ALL (query)` by their definition: is any comparison true (false),
    /// else is any NULL, else false (true).
    fn quantified(
        &self,
        link: &protobuf::SubLink,
        any: bool,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = link.location;
        let left = self.test_side(link, frame)?;
        let test = |wanted| self.any_row(link, &left, wanted, frame);
        let decided = test(if any { Expr::is_true } else { Expr::is_false })?;
        let open = test(Expr::is_unknown)?;
        let truth = |value: bool| {
            Expr::Literal(datafusion::common::ScalarValue::Boolean(Some(value)), None)
        };
        let null = Expr::Literal(datafusion::common::ScalarValue::Boolean(None), None);
        let case = datafusion::logical_expr::when(decided.expr, truth(any))
            .when(open.expr, null)
            .otherwise(truth(!any))
            .map_err(refused)?;
        Ok(Typed::new(case, types::BOOL).at(location))
    }

    /// Whether a quantified subquery has a row whose comparison is as wanted.
    fn any_row(
        &self,
        link: &protobuf::SubLink,
        left: &[Typed],
        wanted: fn(Expr) -> Expr,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let boundary = Scope::of_subquery(frame);
        let left = left.iter().cloned();
        let left = left.map(|value| self.from_outside(value, &boundary, frame));
        let left = left.collect::<Result<Vec<_>, _>>()?;
        let query = self.query(query_of(link)?, &boundary, &[])?;
        let condition = self.compare_sides(link, &left, &query)?;
        let plan = LogicalPlanBuilder::from(query.plan)
            .filter(wanted(condition.expr))
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        let outer = boundary.outer.take();
        Ok(self.pend(
            ApplyKind::Exists,
            plan,
            &outer,
            Typed::new(column("exists"), types::BOOL),
            frame,
        ))
    }

    /// A condition of which only matters whether it is true: where it is NULL, this may be false. So
    /// `x IN (query)` need not know whether NULL is among what the query gives.
    pub(super) fn truth(
        &self,
        condition: &protobuf::Node,
        frame: Frame<'_>,
        what: &str,
    ) -> Result<Expr, Fault> {
        let tests = conjuncts(condition);
        let what = if tests.len() > 1 { "AND" } else { what };
        let tests = tests.into_iter().map(|test| match test.node.as_ref() {
            Some(Kind::SubLink(link)) if link.sub_link_type() == SubLinkType::AnySublink => {
                let left = self.test_side(link, frame)?;
                Ok(self.any_row(link, &left, Expr::is_true, frame)?.expr)
            }
            _ => Ok(self.condition(test, frame, what)?.expr),
        });
        let all = conjunction(tests.collect::<Result<Vec<_>, Fault>>()?);
        all.ok_or_else(missing_node)
    }

    /// The test of a quantified subquery, which stands inside it: what its own level computes
    /// (subqueries, aggregates) is read from there.
    fn from_outside(
        &self,
        value: Typed,
        boundary: &Scope<'_>,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let expr = value.expr.transform(|part| {
            let read = match &part {
                Expr::Column(found) => match frame.scope.find(&found.name) {
                    Some(own) => Some(super::scope::reference(own, &[&boundary.outer]).expr),
                    None => {
                        let kind = frame.level.computed(&found.name);
                        kind.map(|kind| self.hoist(&found.name, kind, &[&boundary.outer]))
                    }
                },
                Expr::OuterReferenceColumn(_, found) => {
                    let mut outer = boundary.outer.borrow_mut();
                    if !outer.contains(&found.name) {
                        outer.push(found.name.clone());
                    }
                    None
                }
                _ => None,
            };
            Ok(read.map_or(Transformed::no(part), Transformed::yes))
        });
        Ok(Typed {
            expr: expr.data().map_err(refused)?,
            ..value
        })
    }

    fn test_side(&self, link: &protobuf::SubLink, frame: Frame<'_>) -> Result<Vec<Typed>, Fault> {
        let node = link
            .testexpr
            .as_deref()
            .ok_or_else(|| Fault::internal("a sub-link without a test"))?;
        match self.operand(node, frame)? {
            Operand::One(value) => Ok(vec![value]),
            Operand::Row(values) => Ok(values),
        }
    }

    fn compare_sides(
        &self,
        link: &protobuf::SubLink,
        left: &[Typed],
        query: &Query,
    ) -> Result<Typed, Fault> {
        let location = link.location;
        let right: Vec<Typed> = query
            .columns
            .iter()
            .map(|column| super::scope::reference(column, &[]))
            .collect();
        if left.len() != right.len() {
            let what = if right.len() < left.len() {
                "subquery has too few columns"
            } else {
                "subquery has too many columns"
            };
            return Err(Fault::new(SqlState::SYNTAX_ERROR, what).at(position(location)));
        }
        let names = strings(&link.oper_name);
        let name = names.last().copied().unwrap_or("=");
        match (left, right.as_slice()) {
            ([left], [right]) => {
                let test = self.operate(None, name, Some(left.clone()), right.clone(), location)?;
                super::comparison::yields_truth(&test, location)?;
                Ok(test)
            }
            _ => self.row_operation(name, left.to_vec(), right, location),
        }
    }

    /// Filters a plan by a WHERE clause, turning its sub-links into joins where it can.
    pub(super) fn filter(
        &self,
        plan: LogicalPlan,
        condition: &protobuf::Node,
        frame: Frame<'_>,
    ) -> Result<LogicalPlan, Fault> {
        let mut tests = Vec::new();
        for conjunct in conjuncts(condition) {
            let test = match self.joined(conjunct, frame)? {
                Some(test) => test,
                None => self.truth(conjunct, frame, "WHERE")?,
            };
            tests.push(test);
        }
        let plan = self.apply_pending(plan, frame.level)?;
        let mut builder = LogicalPlanBuilder::from(plan);
        // Joins first: DataFusion looks for subqueries at the top of a filter.
        tests.sort_by_key(|test| matches!(test, Expr::Exists(_) | Expr::InSubquery(_)));
        if let Some(all) = conjunction(tests) {
            builder = builder.filter(all).map_err(refused)?;
        }
        builder.build().map_err(refused)
    }

    /// `[NOT] EXISTS (…)` and `x [NOT] IN (…)` as a semi or anti join; `None` where only Apply is right.
    fn joined(&self, node: &protobuf::Node, frame: Frame<'_>) -> Result<Option<Expr>, Fault> {
        let (node, negated) = match node.node.as_ref() {
            Some(Kind::BoolExpr(logic)) if logic.boolop() == BoolExprType::NotExpr => {
                match logic.args.as_slice() {
                    [inner] => (inner, true),
                    _ => return Ok(None),
                }
            }
            _ => (node, false),
        };
        let Some(Kind::SubLink(link)) = node.node.as_ref() else {
            return Ok(None);
        };
        match link.sub_link_type() {
            SubLinkType::ExistsSublink => self.joined_exists(link, negated, frame),
            SubLinkType::AnySublink if link.oper_name.is_empty() => {
                self.joined_in(link, negated, frame)
            }
            _ => Ok(None),
        }
    }

    fn joined_exists(
        &self,
        link: &protobuf::SubLink,
        negated: bool,
        frame: Frame<'_>,
    ) -> Result<Option<Expr>, Fault> {
        let (query, outer) = self.inner(link, frame)?;
        if outer.is_empty()
            || !own_columns(&outer, frame)
            || !correlated_in_filter_only(&query.plan)
        {
            return Ok(None);
        }
        let LogicalPlan::Projection(projection) = &query.plan else {
            return Ok(None);
        };
        let subquery = subquery(Arc::clone(&projection.input), &outer, frame);
        Ok(Some(Expr::Exists(Exists { subquery, negated })))
    }

    fn joined_in(
        &self,
        link: &protobuf::SubLink,
        negated: bool,
        frame: Frame<'_>,
    ) -> Result<Option<Expr>, Fault> {
        let left = match self.test_side(link, frame)?.as_slice() {
            [left] => left.clone(),
            _ => return Ok(None),
        };
        let (query, outer) = self.inner(link, frame)?;
        if !outer.is_empty() || !frame.level.subqueries.borrow().is_empty() {
            return Ok(None);
        }
        let right = single(&query, "subquery has too many columns", link.location)?;
        let row = self.resolve_operator(None, "=", Some(&left), &right, link.location)?;
        let (arguments, _) = self.fit(vec![left, right], &[row.left, row.right], row.result)?;
        let [left, right] = arguments.as_slice() else {
            return Err(Fault::internal("two sides"));
        };
        let (left_key, right_key) = (sort_key(left), sort_key(right));
        // Without a column of this level there is no key to join on, and NULLs would be lost.
        if left.kind.oid != right.kind.oid || !left_key.any_column_refs() {
            return Ok(None);
        }
        let id = self.fresh();
        let plan = LogicalPlanBuilder::from(query.plan)
            .project(vec![right_key.alias(&id)])
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        let subquery = Subquery {
            subquery: Arc::new(plan),
            outer_ref_columns: vec![],
            spans: Spans::new(),
        };
        Ok(Some(Expr::InSubquery(InSubquery {
            expr: Box::new(left_key),
            subquery,
            negated,
        })))
    }
}

fn subquery(plan: Arc<LogicalPlan>, outer: &[String], frame: Frame<'_>) -> Subquery {
    let outer_ref_columns = outer
        .iter()
        .filter_map(|id| outer_reference(id, frame))
        .collect();
    Subquery {
        subquery: plan,
        outer_ref_columns,
        spans: Spans::new(),
    }
}

fn outer_reference(id: &str, frame: Frame<'_>) -> Option<Expr> {
    let found = frame
        .scope
        .items
        .iter()
        .flat_map(|item| &item.columns)
        .find(|column| column.id == id)?;
    let outer = std::cell::RefCell::new(Vec::new());
    Some(super::scope::reference(found, &[&outer]).expr)
}

/// Whether all outer columns belong to the level of the frame itself.
fn own_columns(outer: &[String], frame: Frame<'_>) -> bool {
    outer.iter().all(|id| {
        frame
            .scope
            .items
            .iter()
            .flat_map(|item| &item.columns)
            .any(|column| column.id == *id)
    })
}

/// Whether a plan is a projection of a filter, and only that filter reads outer columns.
fn correlated_in_filter_only(plan: &LogicalPlan) -> bool {
    let LogicalPlan::Projection(projection) = plan else {
        return false;
    };
    let LogicalPlan::Filter(filter) = projection.input.as_ref() else {
        return false;
    };
    if has_subquery(&filter.predicate) || projection.expr.iter().any(Expr::contains_outer) {
        return false;
    }
    let mut clean = true;
    let walked = filter.input.apply(|node| {
        let outer = node
            .expressions()
            .iter()
            .any(|expr| expr.contains_outer() || has_subquery(expr));
        if outer || matches!(node, LogicalPlan::Extension(_)) {
            clean = false;
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.is_ok() && clean
}

fn has_subquery(expr: &Expr) -> bool {
    expr.exists(|expr| {
        Ok(matches!(
            expr,
            Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_)
        ))
    })
    .unwrap_or(true)
}

fn conjuncts(node: &protobuf::Node) -> Vec<&protobuf::Node> {
    match node.node.as_ref() {
        Some(Kind::BoolExpr(logic)) if logic.boolop() == BoolExprType::AndExpr => {
            logic.args.iter().flat_map(conjuncts).collect()
        }
        _ => vec![node],
    }
}

/// The query of a sub-link.
fn query_of(link: &protobuf::SubLink) -> Result<&protobuf::SelectStmt, Fault> {
    let node = link.subselect.as_deref();
    match node.and_then(|node| node.node.as_ref()) {
        Some(Kind::SelectStmt(query)) => Ok(query),
        _ => Err(Fault::internal("a sub-link without a query")),
    }
}

/// The only column of a subquery.
fn single(query: &Query, message: &str, location: i32) -> Result<Typed, Fault> {
    match query.columns.as_slice() {
        [only] => Ok(super::scope::reference(only, &[])),
        _ => Err(Fault::new(SqlState::SYNTAX_ERROR, message).at(position(location))),
    }
}
