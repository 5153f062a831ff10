//! Lifts what a subquery says about the outer row out of its plan.
//!
//! `select … from b where b.x = outer.y and …` becomes the plan without that test, with `b.x` among
//! its columns, and the test beside it: what is left reads nothing of the outer row, so it can be
//! joined. Under an aggregate, DISTINCT, a window or LIMIT this is right where every test is an
//! equality: its inner side divides the rows as the outer rows would, and becomes one more key.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, JoinType, Result, ScalarValue};
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Distinct, Expr, ExprFunctionExt, Join, Limit, LogicalPlan,
    LogicalPlanBuilder, Operator, Sort, Unnest, WindowFunctionDefinition, lit,
};

use super::Apply;

/// A plan that reads nothing of the outer row, and what it has to fulfil beside one.
#[derive(Debug)]
pub(super) struct Pulled {
    /// The plan; its first columns are those it had before.
    pub(super) plan: LogicalPlan,
    /// Tests over its columns and outer columns.
    pub(super) tests: Vec<Expr>,
    /// Whether there is at most one row for an outer row.
    pub(super) single: bool,
    /// Where there is always exactly one row for an outer row: the value of each column for an outer
    /// row that no row answers.
    pub(super) without: Option<HashMap<String, Expr>>,
}

/// A plan whose tests are all `outer = key`, with the keys as its last columns.
#[derive(Debug)]
pub(super) struct Keyed {
    /// The plan.
    pub(super) plan: LogicalPlan,
    /// Outer side and key of each test.
    pub(super) keys: Vec<(Expr, Column)>,
}

/// Lifts tests; makes names of its own out of a prefix that is unique in the plan.
pub(super) struct Puller<'a> {
    prefix: &'a str,
    made: usize,
    outer: Outer<'a>,
    /// Whether some rows are computed from the outer row alone: their order means something.
    pub(super) reads_no_table: bool,
}

/// The outer rows, as the inner plan may read them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outer<'a> {
    /// A plan that has the outer columns.
    pub(super) source: &'a LogicalPlan,
    /// What the inner plan calls them.
    pub(super) parameters: &'a [(String, Expr)],
    /// Whether reading it once more gives the same rows.
    pub(super) repeatable: bool,
    /// Whether inner rows are reduced beforehand to those that some outer row has.
    pub(super) reduces: bool,
}

/// `None`: the plan has a shape that only running it for each outer row does justice to.
type Maybe<T> = Result<Option<T>>;

impl<'a> Puller<'a> {
    pub(super) fn new(prefix: &'a str, outer: Outer<'a>) -> Self {
        Self {
            prefix,
            made: 0,
            outer,
            reads_no_table: false,
        }
    }

    /// The outer rows.
    pub(super) fn outer(&self) -> Outer<'a> {
        self.outer
    }

    /// A name for a new column.
    pub(super) fn fresh(&mut self) -> String {
        self.made += 1;
        format!("{}_{}", self.prefix, self.made)
    }

    /// Lifts the tests of a plan.
    pub(super) fn pull(&mut self, plan: &LogicalPlan) -> Maybe<Pulled> {
        if !reads_outer(plan)? {
            return Ok(Some(Pulled {
                plan: plan.clone(),
                tests: Vec::new(),
                single: false,
                without: None,
            }));
        }
        match plan {
            LogicalPlan::Filter(filter) => self.filter(&filter.predicate, &filter.input),
            LogicalPlan::Projection(projection) if reads_outer(&projection.input)? => {
                self.projection(&projection.expr, &projection.input)
            }
            LogicalPlan::Projection(projection) => self.of_outer_row(projection),
            LogicalPlan::Unnest(unnest) => self.unnest(unnest),
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate),
            LogicalPlan::Distinct(Distinct::All(input)) => self.distinct(input),
            LogicalPlan::Sort(sort) => self.sort(sort),
            LogicalPlan::Limit(limit) => self.limit(limit),
            LogicalPlan::Window(window) => self.window(&window.window_expr, &window.input),
            LogicalPlan::Join(join) => self.join(join),
            _ => Ok(None),
        }
    }

    fn filter(&mut self, predicate: &Expr, input: &LogicalPlan) -> Maybe<Pulled> {
        let Some(mut pulled) = self.pull(input)? else {
            return Ok(None);
        };
        // A condition on the one row of an aggregate decides whether there is a row at all.
        if pulled.without.is_some() {
            return Ok(None);
        }
        let (outer, own): (Vec<_>, Vec<_>) = split_conjunction(predicate)
            .into_iter()
            .map(plain_test)
            .partition(Expr::contains_outer);
        if outer.iter().any(has_subquery) || outer.iter().chain(&own).any(Expr::is_volatile) {
            return Ok(None);
        }
        let below = std::mem::replace(&mut pulled.tests, outer);
        if self.outer.reduces {
            pulled = self.equated(pulled)?;
        }
        pulled.plan = self.reduced(pulled.plan, &pulled.tests)?;
        if let Some(own) = conjunction(own) {
            pulled.plan = LogicalPlanBuilder::from(pulled.plan).filter(own)?.build()?;
        }
        pulled.tests.extend(below);
        Ok(Some(pulled))
    }

    /// The rows that some outer row can have, where computing with others could fail.
    fn reduced(&mut self, plan: LogicalPlan, tests: &[Expr]) -> Result<LogicalPlan> {
        let Outer {
            source, parameters, ..
        } = self.outer;
        if !self.outer.reduces {
            return Ok(plan);
        }
        let (mut values, mut conditions) = (Vec::new(), Vec::new());
        for (of_outer, own) in tests.iter().filter_map(equality) {
            let name = self.fresh();
            values.push(with_parameters(of_outer.clone(), parameters)?.alias(&name));
            conditions.push(Expr::Column(Column::from_name(name)).eq(own.clone()));
        }
        if conditions.is_empty() {
            return Ok(plan);
        }
        let outer = LogicalPlanBuilder::from(source.clone()).project(values)?;
        LogicalPlanBuilder::from(plan)
            .join_on(outer.build()?, JoinType::LeftSemi, conditions)?
            .build()
    }

    fn projection(&mut self, exprs: &[Expr], input: &LogicalPlan) -> Maybe<Pulled> {
        if exprs
            .iter()
            .any(|expr| expr.contains_outer() || expr.is_volatile())
        {
            return Ok(None);
        }
        let Some(pulled) = self.pull(input)? else {
            return Ok(None);
        };
        let mut exprs = exprs.to_vec();
        let without = match &pulled.without {
            None => None,
            Some(values) => {
                let mut answers = HashMap::new();
                for expr in &exprs {
                    let (_, name) = expr.qualified_name();
                    answers.insert(name, over_nothing(expr.clone().unalias(), values)?);
                }
                Some(answers)
            }
        };
        for test in &pulled.tests {
            for column in test.column_refs() {
                let known = |expr: &Expr| matches!(expr, Expr::Column(known) if known == column);
                if !exprs.iter().any(known) {
                    exprs.push(Expr::Column(column.clone()));
                }
            }
        }
        let plan = LogicalPlanBuilder::from(pulled.plan)
            .project(exprs)?
            .build()?;
        Ok(Some(Pulled {
            plan,
            without,
            ..pulled
        }))
    }

    /// Keys stand beside the lists and are repeated for each of their elements.
    fn unnest(&mut self, unnest: &Unnest) -> Maybe<Pulled> {
        let Some(pulled) = self.pull(&unnest.input)? else {
            return Ok(None);
        };
        if pulled.without.is_some() {
            return Ok(None);
        }
        let (lists, options) = (unnest.exec_columns.clone(), unnest.options.clone());
        let plan = LogicalPlanBuilder::from(pulled.plan)
            .unnest_columns_with_options(lists, options)?
            .build()?;
        Ok(Some(Pulled {
            plan,
            single: false,
            ..pulled
        }))
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> Maybe<Pulled> {
        let groups = &aggregate.group_expr;
        let exprs = groups.iter().chain(&aggregate.aggr_expr);
        if exprs
            .clone()
            .any(|expr| expr.contains_outer() || expr.is_volatile())
            || groups
                .iter()
                .any(|group| matches!(group, Expr::GroupingSet(_)))
        {
            return Ok(None);
        }
        let mut without = HashMap::new();
        for expr in &aggregate.aggr_expr {
            let name = expr.qualified_name().1;
            let Some(value) = of_no_rows(expr, &name, aggregate)? else {
                return Ok(None);
            };
            without.insert(name, value);
        }
        let Some(keyed) = self.keyed_input(&aggregate.input)? else {
            return Ok(None);
        };
        let keys = keyed.keys.iter().map(|(_, key)| Expr::Column(key.clone()));
        // Columns are known by name: the keys may stand first, as the groups they are.
        let grouped: Vec<_> = groups.iter().cloned().chain(keys).collect();
        let plan = LogicalPlanBuilder::from(keyed.plan.clone())
            .aggregate(grouped, aggregate.aggr_expr.clone())?
            .build()?;
        let alone = groups.is_empty();
        Ok(Some(Pulled {
            single: alone,
            without: alone.then_some(without),
            ..keyed.pulled(plan)
        }))
    }

    fn distinct(&mut self, input: &LogicalPlan) -> Maybe<Pulled> {
        let Some(keyed) = self.keyed_input(input)? else {
            return Ok(None);
        };
        let plan = LogicalPlanBuilder::from(keyed.plan.clone())
            .distinct()?
            .build()?;
        Ok(Some(keyed.pulled(plan)))
    }

    fn sort(&mut self, sort: &Sort) -> Maybe<Pulled> {
        if sort.fetch.is_some() || sort.expr.iter().any(|key| key.expr.contains_outer()) {
            return Ok(None);
        }
        let Some(pulled) = self.pull(&sort.input)? else {
            return Ok(None);
        };
        // What joins lists to rows does not keep their order, so it comes first.
        let pulled = self.equated(pulled)?;
        let plan = LogicalPlanBuilder::from(pulled.plan)
            .sort(sort.expr.clone())?
            .build()?;
        Ok(Some(Pulled { plan, ..pulled }))
    }

    /// The first rows of each key are those with the first numbers.
    fn limit(&mut self, limit: &Limit) -> Maybe<Pulled> {
        let (skip, fetch) = (
            count(limit.skip.as_deref(), 0),
            count(limit.fetch.as_deref(), -1),
        );
        let (Some(0), Some(most @ 1..)) = (skip, fetch) else {
            return Ok(None);
        };
        if let LogicalPlan::Projection(projection) = limit.input.as_ref() {
            let below = LogicalPlan::Limit(Limit {
                input: Arc::clone(&projection.input),
                ..limit.clone()
            });
            return self.projection(&projection.expr, &below);
        }
        let (order, input) = match limit.input.as_ref() {
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => {
                (sort.expr.clone(), sort.input.as_ref())
            }
            other => (Vec::new(), other),
        };
        if order.iter().any(|key| key.expr.contains_outer()) {
            return Ok(None);
        }
        let Some(pulled) = self.pull(input)? else {
            return Ok(None);
        };
        if pulled.without.is_some() {
            return Ok(Some(pulled));
        }
        // Elements of a list come in its order, which a window does not keep.
        if order.is_empty() && self.reads_no_table {
            return Ok(None);
        }
        let Some(keyed) = self.keyed(pulled)? else {
            return Ok(None);
        };
        let name = self.fresh();
        let number = Expr::from(WindowFunction::new(
            WindowFunctionDefinition::WindowUDF(row_number_udwf()),
            vec![],
        ));
        let keys = keyed.keys.iter().map(|(_, key)| Expr::Column(key.clone()));
        let number = number
            .partition_by(keys.collect())
            .order_by(order)
            .build()?;
        let columns = keyed.plan.schema().columns().into_iter().map(Expr::Column);
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let plan = LogicalPlanBuilder::from(keyed.plan.clone())
            .window(vec![number.alias(&name)])?
            .filter(Expr::Column(Column::from_name(name)).lt_eq(lit(most)))?
            .project(columns)?
            .build()?;
        Ok(Some(Pulled {
            single: most == 1,
            ..keyed.pulled(plan)
        }))
    }

    /// Rows of other keys are other partitions.
    fn window(&mut self, exprs: &[Expr], input: &LogicalPlan) -> Maybe<Pulled> {
        if exprs
            .iter()
            .any(|expr| expr.contains_outer() || expr.is_volatile())
        {
            return Ok(None);
        }
        let Some(keyed) = self.keyed_input(input)? else {
            return Ok(None);
        };
        if self.reads_no_table {
            return Ok(None);
        }
        let keys: Vec<_> = keyed
            .keys
            .iter()
            .map(|(_, key)| Expr::Column(key.clone()))
            .collect();
        let divided = exprs.iter().map(|expr| {
            expr.clone()
                .transform(|part| match part {
                    Expr::WindowFunction(mut function) => {
                        function.params.partition_by.extend(keys.iter().cloned());
                        Ok(Transformed::yes(Expr::WindowFunction(function)))
                    }
                    other => Ok(Transformed::no(other)),
                })
                .data()
        });
        let plan = LogicalPlanBuilder::from(keyed.plan.clone())
            .window(divided.collect::<Result<Vec<_>>>()?)?
            .build()?;
        Ok(Some(keyed.pulled(plan)))
    }

    fn join(&mut self, join: &Join) -> Maybe<Pulled> {
        let on_reads =
            |(left, right): &(Expr, Expr)| left.contains_outer() || right.contains_outer();
        let inner = join.join_type == JoinType::Inner;
        let left_only = matches!(
            join.join_type,
            JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark
        );
        if !(inner || left_only) || join.on.iter().any(on_reads) {
            return Ok(None);
        }
        let conditions: Vec<_> = join
            .filter
            .iter()
            .flat_map(|filter| split_conjunction(filter))
            .map(plain_test)
            .collect();
        let (outer, own): (Vec<_>, Vec<_>) = conditions.into_iter().partition(Expr::contains_outer);
        let hidden = left_only && (!outer.is_empty() || reads_outer(&join.right)?);
        if hidden || outer.iter().any(has_subquery) {
            return Ok(None);
        }
        let (Some(left), Some(right)) = (self.pull(&join.left)?, self.pull(&join.right)?) else {
            return Ok(None);
        };
        if left.without.is_some() || right.without.is_some() {
            return Ok(None);
        }
        let plan = LogicalPlan::Join(Join::try_new(
            Arc::new(left.plan),
            Arc::new(right.plan),
            join.on.clone(),
            conjunction(own),
            join.join_type,
            join.join_constraint,
            join.null_equality,
            join.null_aware,
        )?);
        Ok(Some(Pulled {
            plan,
            tests: [left.tests, right.tests, outer].concat(),
            single: false,
            without: None,
        }))
    }

    fn keyed_input(&mut self, input: &LogicalPlan) -> Maybe<Keyed> {
        match self.pull(input)? {
            Some(pulled) if pulled.without.is_none() => self.keyed(pulled),
            _ => Ok(None),
        }
    }

    /// Makes the inner side of every test a column, where all are equalities.
    pub(super) fn keyed(&mut self, pulled: Pulled) -> Maybe<Keyed> {
        let pulled = self.equated(pulled)?;
        let mut columns: Vec<_> = pulled
            .plan
            .schema()
            .columns()
            .into_iter()
            .map(Expr::Column)
            .collect();
        let mut keys = Vec::new();
        for test in &pulled.tests {
            let Some((outer, own)) = equality(test) else {
                return Ok(None);
            };
            let name = self.fresh();
            columns.push(own.clone().alias(&name));
            keys.push((outer.clone(), Column::from_name(name)));
        }
        let plan = LogicalPlanBuilder::from(pulled.plan)
            .project(columns)?
            .build()?;
        Ok(Some(Keyed { plan, keys }))
    }
}

impl Keyed {
    /// The tests again, over another plan that has the keys.
    fn pulled(self, plan: LogicalPlan) -> Pulled {
        let tests = self
            .keys
            .into_iter()
            .map(|(outer, key)| outer.eq(Expr::Column(key)));
        Pulled {
            plan,
            tests: tests.collect(),
            single: false,
            without: None,
        }
    }
}

/// Replaces outer columns by what they are in the outer plan.
pub(super) fn with_parameters(expr: Expr, parameters: &[(String, Expr)]) -> Result<Expr> {
    let replaced = expr.transform(|part| {
        let Expr::OuterReferenceColumn(_, column) = &part else {
            return Ok(Transformed::no(part));
        };
        let found = parameters.iter().find(|(name, _)| *name == column.name);
        Ok(match found {
            Some((_, value)) => Transformed::yes(value.clone()),
            None => Transformed::no(part),
        })
    });
    replaced.data()
}

/// Outer and inner side of a test that says they are equal.
pub(super) fn equality(test: &Expr) -> Option<(&Expr, &Expr)> {
    let Expr::BinaryExpr(BinaryExpr {
        left,
        op: Operator::Eq,
        right,
    }) = test
    else {
        return None;
    };
    let (left, right) = (left.as_ref(), right.as_ref());
    let only_outer = |side: &Expr| side.contains_outer() && side.column_refs().is_empty();
    match (left.contains_outer(), right.contains_outer()) {
        (true, false) if only_outer(left) => Some((left, right)),
        (false, true) if only_outer(right) => Some((right, left)),
        _ => None,
    }
}

/// Whether a plan reads columns of an outer row, at any depth.
pub(super) fn reads_outer(plan: &LogicalPlan) -> Result<bool> {
    let mut reads = false;
    plan.apply_with_subqueries(|node| {
        reads |= node.expressions().iter().any(Expr::contains_outer);
        if let Some(apply) = Apply::of(node) {
            reads |= reads_outer(&apply.inner)?;
        }
        Ok(if reads {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    })?;
    Ok(reads)
}

pub(in crate::engine::exec) fn has_subquery(expr: &Expr) -> bool {
    let found = expr.exists(|part| {
        Ok(matches!(
            part,
            Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_)
        ))
    });
    found.unwrap_or(true)
}

/// As a condition, `x IS TRUE` is `x`.
fn plain_test(test: &Expr) -> Expr {
    match test {
        Expr::IsTrue(inner) => inner.as_ref().clone(),
        other => other.clone(),
    }
}

/// What an aggregate gives without rows.
fn of_no_rows(expr: &Expr, name: &str, aggregate: &Aggregate) -> Maybe<Expr> {
    let mut function = None;
    expr.apply(|part| {
        let Expr::AggregateFunction(call) = part else {
            return Ok(TreeNodeRecursion::Continue);
        };
        function = Some(Arc::clone(&call.func));
        Ok(TreeNodeRecursion::Stop)
    })?;
    let storage = aggregate
        .schema
        .field_with_unqualified_name(name)?
        .data_type();
    function
        .map(|function| Ok(Expr::Literal(function.default_value(storage)?, None)))
        .transpose()
}

/// An expression over columns whose values are known.
fn over_nothing(expr: Expr, values: &HashMap<String, Expr>) -> Result<Expr> {
    let replaced = expr.transform(|part| {
        let Expr::Column(column) = &part else {
            return Ok(Transformed::no(part));
        };
        Ok(match values.get(&column.name) {
            Some(value) => Transformed::yes(value.clone()),
            None => Transformed::no(part),
        })
    });
    replaced.data()
}

/// A constant number of rows.
fn count(expr: Option<&Expr>, absent: i64) -> Option<i64> {
    match expr {
        None => Some(absent),
        Some(Expr::Literal(ScalarValue::Int64(Some(count)), _)) => Some(*count),
        Some(_) => None,
    }
}
