//! GROUP BY: grouping sets, their keys, and what of a row they determine.

use std::collections::HashSet;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use pg_query::protobuf::{self, GroupingSetKind, node::Node as Kind};

use super::aggregate::mentions;
use super::expressions::Frame;
use super::scope::column;
use super::target::Target;
use super::{Analyzer, Typed, position};
use crate::pg::{Fault, SqlState};

/// A grouping key: the expression, and the value it came from.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) value: Typed,
    pub(super) id: String,
}

impl Analyzer<'_> {
    /// The grouping sets of a GROUP BY clause; `None` without one.
    pub(super) fn grouping_sets(
        &self,
        query: &protobuf::SelectStmt,
        targets: &[Target],
        visible: usize,
        frame: Frame<'_>,
    ) -> Result<Option<Vec<Vec<Typed>>>, Fault> {
        if query.group_clause.is_empty() {
            return Ok(None);
        }
        let targets = targets.get(..visible).unwrap_or(targets);
        let mut sets: Vec<Vec<Typed>> = vec![Vec::new()];
        for node in &query.group_clause {
            let item = self.grouping_item(node, targets, frame)?;
            sets = sets
                .iter()
                .flat_map(|left| {
                    item.iter()
                        .map(|right| [left.as_slice(), right.as_slice()].concat())
                })
                .collect();
            if sets.len() > 4096 {
                return Err(Fault::new(
                    SqlState::STATEMENT_TOO_COMPLEX,
                    "too many grouping sets present (maximum 4096)",
                ));
            }
        }
        if query.group_distinct {
            let mut seen: Vec<HashSet<Expr>> = Vec::new();
            sets.retain(|set| {
                let set: HashSet<Expr> = set.iter().map(|value| value.expr.clone()).collect();
                let new = !seen.contains(&set);
                if new {
                    seen.push(set);
                }
                new
            });
        }
        Ok(Some(sets))
    }

    pub(super) fn grouping_item(
        &self,
        node: &protobuf::Node,
        targets: &[Target],
        frame: Frame<'_>,
    ) -> Result<Vec<Vec<Typed>>, Fault> {
        let Some(Kind::GroupingSet(set)) = node.node.as_ref() else {
            return Ok(vec![self.group_key(node, targets, frame)?]);
        };
        let parts = || {
            set.content
                .iter()
                .map(|node| self.grouping_item(node, targets, frame))
                .collect::<Result<Vec<_>, Fault>>()
        };
        Ok(match set.kind() {
            GroupingSetKind::GroupingSetEmpty => vec![Vec::new()],
            GroupingSetKind::GroupingSetSets => parts()?.concat(),
            GroupingSetKind::GroupingSetRollup => {
                let parts: Vec<Vec<Typed>> =
                    parts()?.into_iter().map(|part| part.concat()).collect();
                (0..=parts.len())
                    .rev()
                    .map(|count| parts.iter().take(count).flatten().cloned().collect())
                    .collect()
            }
            GroupingSetKind::GroupingSetCube => {
                let parts: Vec<Vec<Typed>> =
                    parts()?.into_iter().map(|part| part.concat()).collect();
                if parts.len() > 12 {
                    return Err(Fault::new(
                        SqlState::TOO_MANY_COLUMNS,
                        "CUBE is limited to 12 elements",
                    )
                    .at(position(set.location)));
                }
                let combinations = 1_usize << parts.len();
                (0..combinations)
                    .rev()
                    .map(|mask| {
                        let chosen = parts
                            .iter()
                            .enumerate()
                            .filter(|(at, _)| mask & (1 << (parts.len() - 1 - at)) != 0);
                        chosen.flat_map(|(_, part)| part.iter().cloned()).collect()
                    })
                    .collect()
            }
            _ => parts()?.concat(),
        })
    }

    /// One GROUP BY item: an input column, else an output column, else an expression.
    pub(super) fn group_key(
        &self,
        node: &protobuf::Node,
        targets: &[Target],
        frame: Frame<'_>,
    ) -> Result<Vec<Typed>, Fault> {
        if let Some(Kind::RowExpr(row)) = node.node.as_ref() {
            let keys = row
                .args
                .iter()
                .map(|node| self.group_key(node, targets, frame))
                .collect::<Result<Vec<_>, _>>()?;
            return Ok(keys.concat());
        }
        let is_input = match node.node.as_ref() {
            Some(Kind::ColumnRef(reference)) => match reference.fields.as_slice() {
                [name] => match super::string(name) {
                    Some(name) => frame.scope.items.iter().any(|item| {
                        item.by_column && item.columns.iter().any(|column| column.name == name)
                    }),
                    None => false,
                },
                _ => true,
            },
            _ => false,
        };
        if !is_input
            && let Some(found) =
                self.listed_by_name_or_number(node, targets, targets.len(), "GROUP BY")?
        {
            let target = targets
                .get(found)
                .ok_or_else(|| Fault::internal("no such target"))?;
            let aggregates = frame.level.aggregates.borrow();
            let windows = frame.level.windows.borrow();
            let reads = |own: &dyn Fn(&str) -> bool| mentions(&target.value.expr, own);
            let refused = if reads(&|id| aggregates.iter().any(|call| call.id == id)) {
                Some((SqlState::GROUPING_ERROR, "aggregate"))
            } else if reads(&|id| windows.iter().any(|call| call.id == id)) {
                Some((SqlState::WINDOWING_ERROR, "window"))
            } else {
                None
            };
            if let Some((state, kind)) = refused {
                return Err(Fault::new(
                    state,
                    format!("{kind} functions are not allowed in GROUP BY"),
                )
                .at(position(target.value.location)));
            }
            let value = self.settled(target.value.clone())?;
            value.comparable(false)?;
            return Ok(vec![value]);
        }
        let value = self.expression(node, frame)?;
        let value = self.settled(value)?;
        value.comparable(false)?;
        Ok(vec![value])
    }

    /// 42803 as a subquery that reads an ungrouped column gets it.
    pub(super) fn ungrouped_outer(&self, fault: Fault, value: &Expr, frame: Frame<'_>) -> Fault {
        let Expr::Column(found) = value else {
            return fault;
        };
        let shown = super::select::shown_column(&found.name, frame);
        let mention = self.outer_mention(&found.name);
        let (at, mentioned) = mention.unwrap_or((-1, String::from("?")));
        let shown = shown.unwrap_or(mentioned);
        Fault::new(
            SqlState::GROUPING_ERROR,
            format!("subquery uses ungrouped column \"{shown}\" from outer query"),
        )
        .at(position(at))
    }

    /// Columns that a grouped primary key determines (manual 7.2.3), of the entries it covers.
    pub(super) fn determined(&self, keys: &[Key], frame: Frame<'_>) -> Vec<Key> {
        let grouped = |id: &str| keys.iter().any(|key| key.value.expr == column(id));
        let mut determined = Vec::new();
        for item in &frame.scope.items {
            let Some(relation) = &item.relation else {
                continue;
            };
            let key_columns = item
                .columns
                .iter()
                .filter(|column| relation.primary_key.contains(&column.number));
            if relation.primary_key.is_empty()
                || !key_columns.clone().all(|column| grouped(&column.id))
            {
                continue;
            }
            for found in item.columns.iter().filter(|column| !grouped(&column.id)) {
                determined.push(Key {
                    value: super::scope::reference(found, &[]),
                    id: self.fresh(),
                });
            }
        }
        determined
    }
}

pub(super) fn grouping_value(
    arguments: &[(Expr, i32)],
    keys: &[Key],
    in_set: &impl Fn(&Key) -> bool,
) -> Result<Expr, Fault> {
    let mut value = 0_i32;
    for (argument, location) in arguments {
        let key = keys.iter().find(|key| key.value.expr == *argument).ok_or_else(|| {
            Fault::new(SqlState::GROUPING_ERROR, "arguments to GROUPING must be grouping expressions of the associated query level")
                .at(position(*location))
        })?;
        value = (value << 1) | i32::from(!in_set(key));
    }
    Ok(Expr::Literal(ScalarValue::Int32(Some(value)), None))
}
