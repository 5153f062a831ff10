//! What rows have to be beside their types: declared checks, and those that follow from lists of
//! values and from references.

mod parse;

use std::fmt;

use super::{Column, Reference, Table, Target};

pub(super) use parse::{Kinds, equation, rule, term};

/// One thing that rows of a table should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name, unique within the table.
    pub name: String,
    /// What it says of good rows, for people.
    pub description: String,
    /// The rows it speaks of; None for all.
    pub when: Option<Term>,
    /// What they have to be.
    pub demand: Demand,
    /// What is done about rows that are not.
    pub action: Action,
}

/// What a check demands of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// A condition on each row by itself is not false.
    Holds(Term),
    /// A condition on each row and the one that it refers to is not false.
    HoldsVia {
        /// The column that refers to the other row.
        via: String,
        /// What it refers to.
        target: Target,
        /// The condition; columns of the other row have its table's name before them.
        rule: Term,
    },
    /// No two rows have the same values here; rows with a NULL among them are not looked at.
    Unique(Vec<String>),
    /// The value is one of a column of another table; NULL always is.
    Within {
        /// The value.
        value: Term,
        /// Where it has to be; one is enough.
        targets: Vec<Target>,
        /// Whether the value is a list (an array or a JSON array), each element of which has to be
        /// there.
        each: bool,
    },
}

/// What is done about rows that fail a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// They are served and counted.
    #[default]
    Count,
    /// They are served, counted, and listed beside the corrected clocks.
    Flag,
    /// They are refused and kept aside.
    Quarantine,
    /// The snapshot waits for a person.
    Hold,
    /// The run fails; the earlier snapshot serves on.
    Fail,
}

impl Action {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Flag => "flag",
            Self::Quarantine => "quarantine",
            Self::Hold => "hold",
            Self::Fail => "fail",
        }
    }
}

/// A value or a condition, in the part of SQL that checks are written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A column; of the row that is referred to when there is a table.
    Column {
        /// The other row's table.
        table: Option<String>,
        /// The column.
        name: String,
    },
    /// A text.
    Text(String),
    /// A number as it is written.
    Number(String),
    /// Letters in lower case.
    Lower(Box<Term>),
    /// Texts one after the other; other values in their text form.
    Concat(Vec<Term>),
    /// A comparison.
    Compare(Comparison, Box<Term>, Box<Term>),
    /// Whether a value is one of these.
    In(Box<Term>, Vec<Term>),
    /// Whether there is no value.
    IsNull(Box<Term>),
    /// The opposite.
    Not(Box<Term>),
    /// Both.
    And(Box<Term>, Box<Term>),
    /// At least one.
    Or(Box<Term>, Box<Term>),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    const ALL: [(&'static str, Self); 6] = [
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("<>", Self::NotEqual),
        ("=", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
    ];
}

impl Term {
    /// A column of the row itself.
    pub fn column(name: &str) -> Self {
        Self::Column {
            table: None,
            name: name.to_owned(),
        }
    }

    /// Calls `with` for every column it mentions: the table, if it is another row's, and the name.
    pub fn columns<'a>(&'a self, with: &mut impl FnMut(Option<&'a str>, &'a str)) {
        match self {
            Self::Column { table, name } => with(table.as_deref(), name),
            Self::Text(_) | Self::Number(_) => {}
            Self::Lower(one) | Self::IsNull(one) | Self::Not(one) => one.columns(with),
            Self::Concat(all) => {
                for one in all {
                    one.columns(with);
                }
            }
            Self::In(one, all) => {
                one.columns(with);
                for other in all {
                    other.columns(with);
                }
            }
            Self::Compare(_, left, right) | Self::And(left, right) | Self::Or(left, right) => {
                left.columns(with);
                right.columns(with);
            }
        }
    }
}

impl Check {
    /// Whether a row alone tells if it is good.
    pub fn is_of_rows(&self) -> bool {
        matches!(self.demand, Demand::Holds(_))
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}

/// The check of a closed list of values.
pub(super) fn of_values(column: &Column) -> Option<Check> {
    let values = column.values.as_ref().filter(|values| values.closed)?;
    let list = values.list.iter().cloned().map(Term::Text).collect();
    Some(Check {
        name: format!("{}_values", column.name),
        description: format!("{} is one of the values there are", column.name),
        when: None,
        demand: Demand::Holds(Term::In(Box::new(Term::column(&column.name)), list)),
        action: values.action,
    })
}

/// The checks of what a column refers to; none where that is a comparison that cannot be looked
/// up.
pub(super) fn of_reference(column: &Column, kinds: &Kinds<'_>) -> Vec<Check> {
    let Some(reference) = &column.reference else {
        return Vec::new();
    };
    let each = reference.each;
    let check = |name: String, when, value, targets: Vec<Target>| {
        let tables: Vec<_> = targets.iter().map(|one| one.table.to_string()).collect();
        Check {
            name,
            description: format!(
                "{}{} refers to a row of {} that is there",
                if each { "each element of " } else { "" },
                column.name,
                tables.join(" or ")
            ),
            when,
            demand: Demand::Within {
                value,
                targets,
                each,
            },
            action: reference.action,
        }
    };
    let name = format!("{}_reference", column.name);
    let own = Term::column(&column.name);
    match (&reference.selector, &reference.join) {
        // What joins elements cannot be looked up.
        (_, Some(_)) if each => Vec::new(),
        (_, Some(join)) => {
            let value = looked_up(reference, join, kinds);
            let found = value.map(|value| check(name, None, value, reference.targets.clone()));
            found.into_iter().collect()
        }
        (Some(selector), None) => reference
            .targets
            .iter()
            .filter_map(|target| {
                let said = Term::Text(target.when.clone()?);
                let selector = Box::new(Term::column(selector));
                let when = Term::Compare(Comparison::Equal, selector, Box::new(said));
                let name = format!("{name}_{}", target.table);
                Some(check(name, Some(when), own.clone(), vec![target.clone()]))
            })
            .collect(),
        (None, None) => vec![check(name, None, own, reference.targets.clone())],
    }
}

/// The value to look up among a target's, when the condition says `target = value`.
fn looked_up(reference: &Reference, join: &str, kinds: &Kinds<'_>) -> Option<Term> {
    let [target] = reference.targets.as_slice() else {
        return None;
    };
    let (column, value) = equation(join, kinds)?;
    (column == target.to_string()).then_some(value)
}

impl Table {
    /// Finds a check.
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }
}
