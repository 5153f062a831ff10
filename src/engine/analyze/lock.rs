//! FOR UPDATE and its kin: refused where PostgreSQL refuses them, noted where they lock a table.

use pg_query::protobuf::{self, LockClauseStrength, SetOperation, node::Node as Kind};

use super::level::Level;
use super::scope::Scope;
use super::{Analyzer, position};
use crate::pg::{Fault, SqlState};

fn clauses(query: &protobuf::SelectStmt) -> impl Iterator<Item = &protobuf::LockingClause> {
    let clauses = query.locking_clause.iter();
    clauses.filter_map(|node| match node.node.as_ref() {
        Some(Kind::LockingClause(clause)) => Some(clause),
        _ => None,
    })
}

fn words(clause: &protobuf::LockingClause) -> &'static str {
    match clause.strength() {
        LockClauseStrength::LcsForkeyshare => "FOR KEY SHARE",
        LockClauseStrength::LcsForshare => "FOR SHARE",
        LockClauseStrength::LcsFornokeyupdate => "FOR NO KEY UPDATE",
        _ => "FOR UPDATE",
    }
}

fn refusal(clause: &protobuf::LockingClause, why: &str) -> Fault {
    Fault::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        format!("{} {why}", words(clause)),
    )
}

/// Refuses row locks on what is not a plain SELECT.
pub(super) fn check_shape(query: &protobuf::SelectStmt) -> Result<(), Fault> {
    let Some(clause) = clauses(query).next() else {
        return Ok(());
    };
    let plain = matches!(
        query.op(),
        SetOperation::SetopNone | SetOperation::Undefined
    );
    if !query.values_lists.is_empty() {
        return Err(refusal(clause, "cannot be applied to VALUES"));
    }
    if !plain {
        return Err(refusal(
            clause,
            "is not allowed with UNION/INTERSECT/EXCEPT",
        ));
    }
    Ok(())
}

impl Analyzer<'_> {
    /// Checks the locking clauses of a SELECT, and notes the first that locks a table.
    pub(super) fn lock_rows(
        &self,
        query: &protobuf::SelectStmt,
        level: &Level,
        scope: &Scope<'_>,
    ) -> Result<(), Fault> {
        for clause in clauses(query) {
            for (has, what) in [
                (!query.distinct_clause.is_empty(), "DISTINCT clause"),
                (!query.group_clause.is_empty(), "GROUP BY clause"),
                (query.having_clause.is_some(), "HAVING clause"),
                (!level.aggregates.borrow().is_empty(), "aggregate functions"),
                (!level.windows.borrow().is_empty(), "window functions"),
                (
                    !level.sets.borrow().is_empty(),
                    "set-returning functions in the target list",
                ),
            ] {
                if has {
                    return Err(refusal(clause, &format!("is not allowed with {what}")));
                }
            }
            let mut locks = clause.locked_rels.is_empty()
                && scope.items.iter().any(|item| item.relation.is_some());
            for node in &clause.locked_rels {
                let Some(Kind::RangeVar(range)) = node.node.as_ref() else {
                    continue;
                };
                let mut named = scope.items.iter().filter(|item| item.listed);
                let found = named.find(|item| item.name == range.relname);
                let location = position(range.location);
                match found {
                    None => {
                        return Err(Fault::new(
                            SqlState::UNDEFINED_TABLE,
                            format!(
                                "relation \"{}\" in {} clause not found in FROM clause",
                                range.relname,
                                words(clause)
                            ),
                        )
                        .at(location));
                    }
                    Some(item) if item.relation.is_some() => locks = true,
                    Some(_) if scope.cte(&range.relname).is_some() => {
                        return Err(
                            refusal(clause, "cannot be applied to a WITH query").at(location)
                        );
                    }
                    Some(_) => {}
                }
            }
            if locks && self.locks.get().is_none() {
                self.locks.set(Some(words(clause)));
            }
        }
        Ok(())
    }
}
