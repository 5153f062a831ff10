//! The checks of a table: those it declares, then those that follow from its columns.

use std::collections::HashSet;

use toml::Spanned;

use super::names::Columns;
use super::raw::RawCheck;
use super::{Error, Reader};
use crate::ident::TableName;
use crate::pg::Type;
use crate::schema::check::{Kinds, of_reference, of_values, rule, term};
use crate::schema::{Action, Check, ClockRole, Column, Demand, Target, Term};

/// What checks of one table may speak of.
pub(super) struct Scope<'a> {
    /// The table.
    pub(super) table: &'a str,
    pub(super) key: &'a [String],
    pub(super) columns: &'a [Column],
    /// The columns of all tables.
    pub(super) all: &'a Columns,
}

impl Scope<'_> {
    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The type of a column of the row, or of the row of `other`.
    fn kind(&self, other: Option<&Target>, table: Option<&str>, name: &str) -> Option<Type> {
        match (table, other) {
            (None, _) => self.column(name).map(|column| column.kind),
            (Some(table), Some(other)) if other.table.as_str() == table => {
                self.all.kind(table, name)
            }
            (Some(_), _) => None,
        }
    }

    fn target(&self, to: &str) -> Result<Target, String> {
        let unknown = || format!("{to} is not a declared column");
        let (table, column) = to.split_once('.').ok_or_else(unknown)?;
        let name = table.parse::<TableName>().map_err(|_| unknown())?;
        if !self.all.has(table, column) {
            return Err(unknown());
        }
        Ok(Target {
            table: name,
            column: column.to_owned(),
            when: None,
        })
    }
}

impl Reader<'_> {
    pub(super) fn checks(
        &self,
        raw: Vec<RawCheck>,
        scope: &Scope<'_>,
    ) -> Result<Vec<Check>, Error> {
        let mut names = HashSet::new();
        let mut checks = Vec::new();
        for raw in raw {
            let path = format!("{}.{}", scope.table, raw.name.get_ref());
            let (span, name) = (raw.name.span(), raw.name.get_ref().clone());
            let plain = name.parse::<TableName>().map(drop);
            plain.map_err(|problem| self.invalid(span.clone(), path.clone(), &problem))?;
            if !names.insert(name) {
                return Err(self.invalid(span, path, "is the name of two checks"));
            }
            checks.push(self.check(raw, &path, scope)?);
        }
        let own = |table: Option<&str>, name: &str| scope.kind(None, table, name);
        let kinds = Kinds { of: &own };
        for column in scope.columns {
            let of_values = of_values(column).into_iter();
            for check in of_values.chain(of_reference(column, &kinds)) {
                // What is declared under the same name takes its place.
                if names.insert(check.name.clone()) {
                    checks.push(check);
                }
            }
        }
        Ok(checks)
    }

    fn check(&self, raw: RawCheck, path: &str, scope: &Scope<'_>) -> Result<Check, Error> {
        let span = raw.name.span();
        let invalid = |problem: String| self.invalid(span.clone(), path.to_owned(), &problem);
        let own = |table: Option<&str>, name: &str| scope.kind(None, table, name);
        let kinds = Kinds { of: &own };
        let read = |text: &Spanned<String>, kinds: &Kinds<'_>| {
            let read = rule(text.get_ref(), kinds);
            read.map_err(|problem| self.invalid(text.span(), path.to_owned(), &problem))
        };
        let when = raw.when.as_ref().map(|text| read(text, &kinds));
        let when = when.transpose()?;
        let demand = match (&raw.rule, &raw.via, &raw.unique, &raw.within, &raw.value) {
            (Some(rule), None, None, None, None) => Demand::Holds(read(rule, &kinds)?),
            (Some(rule), Some(via), None, None, None) => {
                let target = scope
                    .column(via)
                    .and_then(|column| column.reference.as_ref()?.plain());
                let target = target.cloned();
                let target =
                    target.ok_or_else(|| invalid(format!("{via} refers to no one row")))?;
                let of = |table: Option<&str>, name: &str| scope.kind(Some(&target), table, name);
                let rule = read(rule, &Kinds { of: &of })?;
                let via = via.clone();
                Demand::HoldsVia { via, target, rule }
            }
            (None, None, Some(columns), None, None) if !columns.is_empty() => {
                match columns.iter().find(|name| scope.column(name).is_none()) {
                    Some(name) => return Err(invalid(format!("{name} is no column of the table"))),
                    None => Demand::Unique(columns.clone()),
                }
            }
            (None, None, None, Some(within), value) => {
                let value = match (value, scope.key) {
                    (Some(value), _) => {
                        let value = term(value, &kinds);
                        value.map_err(|problem| invalid(format!("value {problem}")))?
                    }
                    (None, [key]) => Term::column(key),
                    (None, _) => return Err(invalid("needs a value to look up".to_owned())),
                };
                let targets = vec![scope.target(within).map_err(invalid)?];
                Demand::Within {
                    value,
                    targets,
                    each: false,
                }
            }
            _ => {
                let problem =
                    "needs a rule, a rule via a column, unique columns, or within a column";
                return Err(invalid(problem.to_owned()));
            }
        };
        let action = raw.action;
        match (&demand, action) {
            (Demand::Holds(rule), Action::Flag) if !speaks_of_device(rule, scope) => {
                return Err(invalid("only times of devices are flagged".to_owned()));
            }
            (Demand::Holds(_), _) | (_, Action::Count | Action::Hold | Action::Fail) => {}
            (_, action) => {
                let problem = format!("looks at several rows, so it cannot {}", action.as_str());
                return Err(invalid(problem));
            }
        }
        Ok(Check {
            description: self.prose(&format!("{path}.description"), raw.description)?,
            name: raw.name.into_inner(),
            when,
            demand,
            action,
        })
    }
}

fn speaks_of_device(rule: &Term, scope: &Scope<'_>) -> bool {
    let mut found = false;
    rule.columns(&mut |_, name| {
        let column = scope.column(name);
        found |= column.is_some_and(|column| column.clock == ClockRole::Device);
    });
    found
}
