//! Whether a cursor goes back though nobody said SCROLL.
//!
//! PostgreSQL lets it where the plan can run backwards at no cost: over one relation, over rows that
//! are sorted last. What joins, groups or numbers rows cannot.

use pg_query::protobuf::node::Node;
use pg_query::protobuf::{self, SelectStmt, SetOperation, SubLinkType};

use crate::engine::catalog::system::system;

/// Whether the plan of a query would run backwards.
pub(super) fn scrolls(query: &SelectStmt) -> bool {
    let ctes: Vec<&protobuf::CommonTableExpr> = query
        .with_clause
        .iter()
        .flat_map(|with| &with.ctes)
        .filter_map(|node| match node.node.as_ref() {
            Some(Node::CommonTableExpr(cte)) => Some(&**cte),
            _ => None,
        })
        .collect();
    within(query, &ctes)
}

fn within(query: &SelectStmt, ctes: &[&protobuf::CommonTableExpr]) -> bool {
    if !query.locking_clause.is_empty() || !query.distinct_clause.is_empty() {
        return false;
    }
    if !query.sort_clause.is_empty() {
        return true;
    }
    match query.op() {
        SetOperation::SetopNone | SetOperation::Undefined => (),
        SetOperation::SetopUnion if query.all => {
            let side = |side: &Option<Box<SelectStmt>>| {
                side.as_deref().is_some_and(|side| within(side, ctes))
            };
            return side(&query.larg) && side(&query.rarg);
        }
        _ => return false,
    }
    if !query.values_lists.is_empty() {
        return query.values_lists.len() > 1;
    }
    let plain = query.group_clause.is_empty()
        && query.having_clause.is_none()
        && query.window_clause.is_empty()
        && !query.target_list.iter().any(computes_rows)
        && !query.where_clause.as_deref().is_some_and(joins);
    match query.from_clause.as_slice() {
        [one] if plain => source(one, ctes),
        _ => false,
    }
}

fn source(node: &protobuf::Node, ctes: &[&protobuf::CommonTableExpr]) -> bool {
    match node.node.as_ref() {
        Some(Node::RangeVar(table)) => {
            let cte = ctes
                .iter()
                .find(|cte| table.schemaname.is_empty() && cte.ctename == table.relname);
            match cte.map(|cte| cte.ctequery.as_deref().and_then(|node| node.node.as_ref())) {
                Some(Some(Node::SelectStmt(query))) => within(query, ctes),
                _ => true,
            }
        }
        Some(Node::RangeFunction(_)) => true,
        Some(Node::RangeSubselect(inner)) => {
            match inner
                .subquery
                .as_deref()
                .and_then(|node| node.node.as_ref())
            {
                Some(Node::SelectStmt(query)) => within(query, ctes),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether a condition becomes a join: `EXISTS` and `IN` over a query, where nothing stands around.
fn joins(node: &protobuf::Node) -> bool {
    match node.node.as_ref() {
        Some(Node::SubLink(link)) => matches!(
            link.sub_link_type(),
            SubLinkType::ExistsSublink | SubLinkType::AnySublink
        ),
        Some(Node::BoolExpr(test)) => test.args.iter().any(joins),
        _ => false,
    }
}

/// Whether an output column makes rows of its own, or one of many: aggregates, windows, sets.
fn computes_rows(node: &protobuf::Node) -> bool {
    match node.node.as_ref() {
        Some(Node::ResTarget(target)) => target.val.as_deref().is_some_and(computes_rows),
        Some(Node::FuncCall(call)) => {
            let name = call
                .funcname
                .last()
                .and_then(|name| match name.node.as_ref() {
                    Some(Node::String(name)) => Some(name.sval.as_str()),
                    _ => None,
                });
            let known = name.map_or(&[][..], |name| system().procs_by_name(name));
            call.over.is_some()
                || known.iter().any(|row| row.kind == 'a' || row.returns_set)
                || call.args.iter().any(computes_rows)
        }
        Some(Node::TypeCast(cast)) => cast.arg.as_deref().is_some_and(computes_rows),
        Some(Node::AExpr(expression)) => [&expression.lexpr, &expression.rexpr]
            .into_iter()
            .flatten()
            .any(|side| computes_rows(side)),
        Some(Node::CoalesceExpr(expression)) => expression.args.iter().any(computes_rows),
        _ => false,
    }
}
