//! What a product's tables are like, guessed from their declarations: which hold people, things,
//! links between them, and events; how many rows each gets; what refers to what.

use crate::pg::types;
use crate::schema::{Column, Demand, Product, Table};

/// What one table gets.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) rows: u64,
    pub(super) kind: Kind,
    /// Referring tables come after those they refer to.
    pub(super) rank: usize,
    /// The column whose row in another table this table's rows belong to.
    pub(super) owner: Option<usize>,
}

/// Where the rows of a table come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Made one by one.
    Rows,
    /// One per day.
    Daily,
    /// Every `step`th row of another table, whose key it shares.
    Subset { of: usize, step: u64 },
    /// The rows of another table whose column says this.
    Filter {
        of: usize,
        column: usize,
        value: String,
    },
    /// A mix of rows of other tables: a text key made of the kind (a column with values) and a
    /// number.
    Mixed { selector: usize },
    /// The rows of a mixed table that are of one kind.
    Part,
}

/// The only target of a scalar reference that needs no selector: its table's position.
pub(super) fn plain(product: &Product, column: &Column) -> Option<usize> {
    let target = column.reference.as_ref()?.plain()?;
    position(product, target.table.as_str())
}

/// A table's position.
pub(super) fn position(product: &Product, name: &str) -> Option<usize> {
    product
        .tables
        .iter()
        .position(|table| table.name.as_str() == name)
}

/// The table that holds people.
pub(super) fn people(product: &Product) -> Option<usize> {
    ["users", "people", "persons", "employees", "learners"]
        .iter()
        .find_map(|name| position(product, name))
}

/// The plural of a word, as tables are named.
pub(super) fn plural(word: &str) -> String {
    let word = word.to_lowercase();
    let vowel = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    if let Some(stem) = word.strip_suffix('y').filter(|stem| !vowel(stem)) {
        format!("{stem}ies")
    } else if word.ends_with("ch") {
        format!("{word}es")
    } else if word.ends_with('z') {
        format!("{word}zes")
    } else {
        format!("{word}s")
    }
}

/// Plans all tables for about this many people.
pub(super) fn plan(product: &Product, how_many: u64) -> Vec<Role> {
    let people = people(product);
    let ranks = ranks(product);
    let mut roles: Vec<Role> = product
        .tables
        .iter()
        .zip(ranks)
        .map(|(table, rank)| Role {
            rows: 0,
            kind: kind(product, table, people),
            rank,
            owner: owner(product, table, people),
        })
        .collect();
    let mut order: Vec<usize> = (0..roles.len()).collect();
    order.sort_by_key(|at| roles.get(*at).map(|role| role.rank));
    for at in order {
        let Some(table) = product.tables.get(at) else {
            continue;
        };
        let rows = rows(product, table, at, &roles, people, how_many);
        let rows = rows.min(pairs(product, table, &roles));
        if let Some(role) = roles.get_mut(at) {
            role.rows = rows;
        }
    }
    roles
}

fn ranks(product: &Product) -> Vec<usize> {
    let count = product.tables.len();
    let mut ranks: Vec<Option<usize>> = vec![None; count];
    let mut next = 0;
    while next < count {
        // The first table whose plain targets are all ranked; in a circle, simply the first.
        let ready = |at: usize, table: &Table| {
            let mut targets = table
                .columns
                .iter()
                .filter_map(|column| plain(product, column));
            targets.all(|target| target == at || ranks.get(target).is_none_or(Option::is_some))
        };
        let open = |at: &usize| ranks.get(*at).is_some_and(Option::is_none);
        let tables = product.tables.iter().enumerate();
        let chosen = tables
            .filter(|(at, _)| open(at))
            .find(|(at, table)| ready(*at, table));
        let chosen = chosen.map(|(at, _)| at).or_else(|| (0..count).find(open));
        match chosen.and_then(|at| ranks.get_mut(at)) {
            Some(slot) => *slot = Some(next),
            None => break,
        }
        next += 1;
    }
    ranks
        .into_iter()
        .map(|rank| rank.unwrap_or(count))
        .collect()
}

fn kind(product: &Product, table: &Table, people: Option<usize>) -> Kind {
    if let [key] = table.key.as_slice()
        && let Some(column) = table.column(key)
    {
        if let Some(of) = plain(product, column) {
            return Kind::Subset { of, step: 12 };
        }
        if matches!(
            column.kind.oid,
            types::DATE | types::TIMESTAMP | types::TIMESTAMPTZ
        ) {
            return Kind::Daily;
        }
        if let Some(selector) = mixed(table) {
            return Kind::Mixed { selector };
        }
    }
    if let Some(filter) = filter(product, table) {
        return filter;
    }
    let part = product.tables.iter().any(|other| {
        mixed(other)
            .and_then(|selector| other.columns.get(selector)?.values.as_ref())
            .is_some_and(|values| {
                values
                    .list
                    .iter()
                    .any(|value| plural(value) == table.name.as_str())
            })
    });
    if part && people.is_some() {
        Kind::Part
    } else {
        Kind::Rows
    }
}

/// The column with the kinds of a mixed table: its key is named `<column>_with_id`.
pub(super) fn mixed(table: &Table) -> Option<usize> {
    let [key] = table.key.as_slice() else {
        return None;
    };
    let selector = key.strip_suffix("_with_id")?;
    let at = table
        .columns
        .iter()
        .position(|column| column.name == selector)?;
    table.columns.get(at)?.values.is_some().then_some(at)
}

/// `completions` beside `activities` whose `verb` may be `completed`: the same columns, fewer rows.
fn filter(product: &Product, table: &Table) -> Option<Kind> {
    let stem = table.name.as_str().get(..4)?;
    product.tables.iter().enumerate().find_map(|(of, other)| {
        let inside = other.columns.len() > table.columns.len()
            && table.columns.len() >= 6
            && table
                .columns
                .iter()
                .all(|column| other.column(&column.name).is_some());
        if !inside {
            return None;
        }
        other
            .columns
            .iter()
            .enumerate()
            .find_map(|(column, candidate)| {
                let values = &candidate.values.as_ref()?.list;
                let value = values.iter().find(|value| value.starts_with(stem))?;
                table
                    .column(&candidate.name)
                    .is_none()
                    .then(|| Kind::Filter {
                        of,
                        column,
                        value: value.clone(),
                    })
            })
    })
}

/// The reference whose target shares the most with this table.
fn owner(product: &Product, table: &Table, people: Option<usize>) -> Option<usize> {
    let candidates = table.columns.iter().enumerate().filter_map(|(at, column)| {
        let target = plain(product, column).filter(|target| Some(*target) != people)?;
        let other = product.tables.get(target)?;
        if other.name == table.name {
            return None;
        }
        let shared = table.columns.iter().filter(|mine| {
            mine.name != column.name && shared(product, mine, other, people).is_some()
        });
        let shared = shared.count();
        (shared > 0).then_some((shared, at))
    });
    candidates
        .max_by_key(|(shared, at)| (*shared, usize::MAX - at))
        .map(|(_, at)| at)
}

/// The column of an owner that must agree with one of ours.
pub(super) fn shared(
    product: &Product,
    mine: &Column,
    owner: &Table,
    people: Option<usize>,
) -> Option<usize> {
    let find = |wanted: &dyn Fn(&Column) -> bool| owner.columns.iter().position(wanted);
    match plain(product, mine) {
        Some(target) if Some(target) == people => {
            let person = mine.name.starts_with("user");
            find(&|theirs| {
                person && theirs.name == mine.name && plain(product, theirs) == Some(target)
            })
        }
        Some(target) => {
            let mut theirs = owner
                .columns
                .iter()
                .filter(|theirs| plain(product, theirs) == Some(target));
            let only = theirs.next().filter(|_| theirs.next().is_none())?;
            find(&|theirs| theirs.name == only.name)
        }
        None => {
            let agree = matches!(
                mine.name.as_str(),
                "submitted_at" | "deadline" | "most_recent" | "context_type" | "survey_type"
            );
            find(&|theirs| agree && theirs.name == mine.name && theirs.kind == mine.kind)
        }
    }
}

fn rows(
    product: &Product,
    table: &Table,
    at: usize,
    roles: &[Role],
    people: Option<usize>,
    how_many: u64,
) -> u64 {
    let rows_of = |at: usize| roles.get(at).map_or(0, |role| role.rows);
    let each = (how_many / 30).clamp(3, 80);
    match roles.get(at).map(|role| &role.kind) {
        Some(Kind::Daily) => return (how_many / 6).clamp(20, 400),
        Some(Kind::Subset { of, step }) => return rows_of(*of).div_ceil(*step),
        Some(Kind::Filter { of, .. }) => return rows_of(*of),
        Some(Kind::Mixed { .. }) => return each * kinds(table),
        Some(Kind::Part) => return each,
        _ => {}
    }
    if Some(at) == people {
        return how_many;
    }
    let name = table.name.as_str();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let targets: Vec<usize> = table
        .columns
        .iter()
        .filter_map(|column| plain(product, column))
        .collect();
    let of_person = table.columns.iter().any(|column| {
        plain(product, column).is_some()
            && plain(product, column) == people
            && ["user", "assigned", "owner_id", "author_id"]
                .iter()
                .any(|word| column.name.starts_with(word))
    });
    let things = (how_many / 40).clamp(4, 60);
    if of_person {
        let owned = roles.get(at).and_then(|role| role.owner);
        let owned = owned
            .and_then(|at| plain(product, table.columns.get(at)?))
            .map(rows_of);
        return match owned {
            Some(owned) if says(&["answer"]) => (owned * 3).min(how_many * 30),
            Some(owned) => (owned * 2).max(how_many * 6).min(how_many * 30),
            None if table.columns.iter().any(|column| column.name == "verb") => how_many * 40,
            None if says(&["track", "session"]) => how_many * 14,
            None if says(&["performance", "attempt", "task", "reaction", "answer"]) => how_many * 8,
            None => how_many * 2,
        };
    }
    let widest = targets
        .iter()
        .filter(|target| Some(**target) != people && **target != at)
        .map(|target| rows_of(*target))
        .max();
    match widest {
        Some(widest)
            if says(&[
                "answer",
                "session",
                "slot",
                "question",
                "occurrence",
                "result",
                "_courses",
                "_skills",
            ]) =>
        {
            widest * 4
        }
        Some(widest) => widest.max(things),
        None if targets.is_empty() && table.columns.len() > 10 => (how_many / 4).max(6),
        None if says(&["location", "categor", "team"]) => (things / 3).max(4),
        None => things,
    }
}

/// The two references of which a check says that no two rows have the same.
pub(super) fn pair(product: &Product, table: &Table) -> Option<[usize; 2]> {
    table.checks.iter().find_map(|check| {
        let (None, Demand::Unique(columns)) = (&check.when, &check.demand) else {
            return None;
        };
        let at = |name: &String| {
            let at = table.columns.iter().position(|one| one.name == *name)?;
            plain(product, table.columns.get(at)?)?;
            Some(at)
        };
        match columns.as_slice() {
            [one, other] => Some([at(one)?, at(other)?]),
            _ => None,
        }
    })
}

/// How many rows a table of pairs may have: three quarters of those there could be, for not
/// everybody does everything.
fn pairs(product: &Product, table: &Table, roles: &[Role]) -> u64 {
    let Some(columns) = pair(product, table) else {
        return u64::MAX;
    };
    let targets = columns.map(|at| plain(product, table.columns.get(at)?));
    let counts = targets.map(|to| to.and_then(|to| roles.get(to)).map_or(1, |role| role.rows));
    let all: u64 = counts.iter().product();
    (all * 3 / 4).max(1)
}

/// How many kinds a mixed table has.
fn kinds(table: &Table) -> u64 {
    let selector = mixed(table).and_then(|at| table.columns.get(at));
    let values = selector.and_then(|column| column.values.as_ref());
    values.map_or(1, |values| values.list.len() as u64)
}
