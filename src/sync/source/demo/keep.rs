//! What declared checks make of cells: demo data keeps those that one cell can keep.
//!
//! Checks that flag speak of devices with wrong clocks; a few of those are wanted.

use super::cell::{Row, Value, World};
use crate::schema::{Action, Check, Column, Comparison, Demand, Table, Term};

impl World<'_> {
    /// A value that has to agree with the row that a column refers to: a copied name, a type.
    pub(super) fn copied(&self, row: &Row, table: &Table, column: &Column) -> Option<Value> {
        if column.reference.is_some() {
            return None;
        }
        table.checks.iter().find_map(|check| {
            let Demand::HoldsVia { via, rule, .. } = &check.demand else {
                return None;
            };
            let theirs = parts(rule).into_iter().find_map(|part| match part {
                Term::Compare(Comparison::Equal, own, other) if names(own, column) => {
                    match other.as_ref() {
                        Term::Column {
                            table: Some(_),
                            name,
                        } => Some(name),
                        _ => None,
                    }
                }
                _ => None,
            })?;
            let (of, number) = self.referred(row.table, row.number, place(table, via)?)?;
            let there = place(self.table(of)?, theirs)?;
            Some(self.cell(&self.row(of, number), there))
        })
    }

    /// A value as the rules on its own row let it be: in its range, empty, or that of another
    /// column, where they say so.
    pub(super) fn kept(&self, row: &Row, table: &Table, column: &Column, value: Value) -> Value {
        let mut value = value;
        for check in &table.checks {
            let Demand::Holds(rule) = &check.demand else {
                continue;
            };
            let when = check.when.as_ref();
            if check.action == Action::Flag || !when.is_none_or(|when| self.met(row, table, when)) {
                continue;
            }
            for part in parts(rule) {
                value = self.bound(row, table, column, part, value);
            }
        }
        value
    }

    /// Whether a condition is met that asks whether another column is empty; no other is looked at.
    fn met(&self, row: &Row, table: &Table, when: &Term) -> bool {
        let (asked, empty) = match when {
            Term::IsNull(asked) => (asked.as_ref(), true),
            Term::Not(not) => match not.as_ref() {
                Term::IsNull(asked) => (asked.as_ref(), false),
                _ => return false,
            },
            _ => return false,
        };
        let value = self.term(row, table, asked);
        value.is_some_and(|value| (value == Value::Null) == empty)
    }

    fn bound(&self, row: &Row, table: &Table, column: &Column, part: &Term, value: Value) -> Value {
        match part {
            Term::IsNull(own) if names(own, column) => Value::Null,
            Term::Compare(how, own, other) if names(own, column) => {
                let Some(other) = self.term(row, table, other) else {
                    return value;
                };
                match (how, number(&value), number(&other)) {
                    (Comparison::Equal, ..) => other,
                    (Comparison::LessOrEqual, Some(is), Some(most)) if is > most => other,
                    (Comparison::GreaterOrEqual, Some(is), Some(least)) if is < least => other,
                    _ => value,
                }
            }
            _ => value,
        }
    }

    /// The value of another column of the row, or a number.
    fn term(&self, row: &Row, table: &Table, term: &Term) -> Option<Value> {
        match term {
            Term::Column { table: None, name } => Some(self.raw(row, place(table, name)?)),
            Term::Number(digits) => Some(Value::Number(digits.clone())),
            _ => None,
        }
    }
}

/// The columns of which only one row with this flag may have the same values.
pub(super) fn once<'a>(check: &'a Check, flag: &Column) -> Option<&'a [String]> {
    match (&check.when, &check.demand) {
        (Some(when), Demand::Unique(columns)) if names(when, flag) => Some(columns),
        _ => None,
    }
}

/// The conditions that all have to be met.
fn parts(rule: &Term) -> Vec<&Term> {
    match rule {
        Term::And(one, other) => [parts(one), parts(other)].concat(),
        one => vec![one],
    }
}

/// Whether a term is just this column of the row.
fn names(term: &Term, column: &Column) -> bool {
    matches!(term, Term::Column { table: None, name } if *name == column.name)
}

fn place(table: &Table, name: &str) -> Option<usize> {
    table.columns.iter().position(|column| column.name == name)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(digits) => digits.parse().ok(),
        _ => None,
    }
}
