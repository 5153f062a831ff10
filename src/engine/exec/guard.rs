//! AND and OR that stop where their value is known.
//!
//! `x <> 0 and 10 / x > 1` must not divide by zero. DataFusion computes both sides for all rows of a
//! batch, its simplifier makes such a condition even of CASE, and filters that were apart become one.
//! So the last change of every optimised plan puts what can fail behind a CASE that asks what stands
//! before it; a CASE computes its branches for their own rows only.

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, disjunction};
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator, lit, when};

use super::apply::may_fail;

/// Conditions larger than this are not said twice: nested ones would double at every level.
const NODES_MAX: usize = 256;

/// Guards all conditions of a plan.
pub(super) fn guarded(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| {
        if !node.expressions().iter().any(concerned) {
            return Ok(Transformed::no(node));
        }
        if let LogicalPlan::Filter(mut filter) = node {
            filter.predicate = condition(filter.predicate)?;
            return Ok(Transformed::yes(LogicalPlan::Filter(filter)));
        }
        let names = NamePreserver::new(&node);
        node.map_expressions(|expr| {
            let name = names.save(&expr);
            Ok(value(expr)?.update_data(|expr| name.restore(expr)))
        })
    })
    .data()
}

fn concerned(expr: &Expr) -> bool {
    let concerned = |part: &Expr| Ok(operands(part, None).is_some() || filter_of(part).is_some());
    expr.exists(concerned).unwrap_or(true)
}

/// The FILTER of an aggregate.
fn filter_of(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::AggregateFunction(call) => call.params.filter.as_deref(),
        Expr::WindowFunction(call) => call.params.filter.as_deref(),
        _ => None,
    }
}

/// An aggregate with its FILTER guarded.
fn filtered(expr: Expr) -> Result<Expr> {
    let guard = |filter: Option<Box<Expr>>| {
        let filter = filter.map(|filter| condition(*filter).map(Box::new));
        filter.transpose()
    };
    Ok(match expr {
        Expr::AggregateFunction(mut call) => {
            call.params.filter = guard(call.params.filter)?;
            Expr::AggregateFunction(call)
        }
        Expr::WindowFunction(mut call) => {
            call.params.filter = guard(call.params.filter)?;
            Expr::WindowFunction(call)
        }
        other => other,
    })
}

/// The operator of an AND or OR; only `wanted`, when there is one.
fn operands(expr: &Expr, wanted: Option<Operator>) -> Option<(Operator, &Expr, &Expr)> {
    match expr {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: op @ (Operator::And | Operator::Or),
            right,
        }) if wanted.is_none_or(|wanted| wanted == *op) => Some((*op, left, right)),
        _ => None,
    }
}

/// The members of a chain of one operator, in the order written.
fn chain(expr: &Expr, op: Operator, members: &mut Vec<Expr>) {
    match operands(expr, Some(op)) {
        Some((_, left, right)) => {
            chain(left, op, members);
            chain(right, op, members);
        }
        None => members.push(expr.clone()),
    }
}

/// An argument of an aggregate, computed only for the rows that pass its FILTER.
pub(crate) fn where_filtered(filter: &Expr, argument: Expr) -> Result<Expr> {
    if !matters(&argument) || argument.is_volatile() || filter.is_volatile() {
        return Ok(argument);
    }
    when(filter.clone(), argument).end()
}

/// Whether computing an expression, once more or for rows that do not need it, makes a difference.
fn matters(expr: &Expr) -> bool {
    expr.is_volatile() || expr.exists(|part| Ok(may_fail(part))).unwrap_or(true)
}

/// The members of a chain: those that can be computed for any row, and the others.
fn divided(expr: &Expr, op: Operator) -> Result<(Vec<Expr>, Vec<Expr>)> {
    let mut members = Vec::new();
    chain(expr, op, &mut members);
    let members = members.into_iter().map(|member| value(member).data());
    let members: Vec<Expr> = members.collect::<Result<_>>()?;
    Ok(members.into_iter().partition(|member| !matters(member)))
}

/// A filter's condition, for which NULL is as good as false.
fn condition(expr: Expr) -> Result<Expr> {
    let (mut safe, behind) = divided(&expr, Operator::And)?;
    let apart = behind.len() < 2 && safe.is_empty();
    let mut behind = behind.into_iter().rev();
    let Some(mut last) = behind.next().filter(|_| !apart) else {
        return value(expr).data();
    };
    for before in behind {
        last = when(before, last).otherwise(lit(false))?;
    }
    if let Some(before) = conjunction(safe.clone()) {
        last = when(before, last).otherwise(lit(false))?;
    }
    safe.push(last);
    Ok(conjunction(safe).unwrap_or_else(|| lit(true)))
}

/// An expression that is true, false or NULL for good reasons.
fn value(expr: Expr) -> Result<Transformed<Expr>> {
    expr.transform_down(|expr| {
        if filter_of(&expr).is_some() {
            return filtered(expr).map(Transformed::yes);
        }
        let Some((op, ..)) = operands(&expr, None) else {
            return Ok(Transformed::no(expr));
        };
        let (safe, behind) = divided(&expr, op)?;
        let join = |members: Vec<Expr>| match op {
            Operator::And => conjunction(members),
            _ => disjunction(members),
        };
        let mut rest: Option<Expr> = None;
        for member in behind.into_iter().rev() {
            rest = Some(after(member, rest, op)?);
        }
        let whole = match (join(safe), rest) {
            (Some(safe), rest) => after(safe, rest, op)?,
            (None, Some(rest)) => rest,
            (None, None) => expr,
        };
        Ok(Transformed::new(whole, true, TreeNodeRecursion::Jump))
    })
}

/// `before op rest`, with the rest computed only where it can still change the value.
fn after(before: Expr, rest: Option<Expr>, op: Operator) -> Result<Expr> {
    let Some(rest) = rest else { return Ok(before) };
    let (known, decided) = match op {
        Operator::And => (false, before.clone().is_false()),
        _ => (true, before.clone().is_true()),
    };
    let guarded = if !before.is_volatile() && small(&before) {
        when(decided, lit(known)).otherwise(rest)?
    } else {
        rest
    };
    Ok(Expr::BinaryExpr(BinaryExpr::new(
        Box::new(before),
        op,
        Box::new(guarded),
    )))
}

fn small(expr: &Expr) -> bool {
    let mut nodes = 0;
    let counted = expr.apply(|_| {
        nodes += 1;
        Ok(if nodes > NODES_MAX {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    });
    counted.is_ok() && nodes <= NODES_MAX
}
