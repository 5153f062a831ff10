//! What stands in each cell.

use std::collections::HashMap;
use std::sync::OnceLock;

use chrono::NaiveTime;

use super::plan::{self, Kind, Role};
use super::random::Dice;
use super::{Flavour, Options, edge, keep, words};
use crate::ident::Oid;
use crate::pg::types;
use crate::schema::{ClockRole, Column, Product, Table, Target};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// One value, as a source would export it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// Digits, as they are written.
    Number(String),
    Text(String),
    /// Microseconds since 1970 UTC.
    Time(i64),
    /// Days since 1970.
    Day(i32),
    List(Vec<Value>),
    Json(serde_json::Value),
}

/// Everything that cells follow from.
pub(super) struct World<'a> {
    pub(super) product: &'a Product,
    pub(super) roles: Vec<Role>,
    pub(super) people: Option<usize>,
    seed: u64,
    flavour: Flavour,
    /// The end of the day the data was exported, in microseconds.
    today: i64,
    /// Per table and column whether a row is the newest of its group, for flags such as `most_recent`.
    newest: Vec<Vec<OnceLock<Vec<bool>>>>,
    /// Per table and column what it refers to.
    links: Vec<Vec<Link>>,
    /// Per table whose rows stand for pairs: the column of the first of the two, and its rows.
    pairs: Vec<Option<(usize, u64)>>,
}

/// What a column refers to.
#[derive(Debug, Clone, Copy, Default)]
struct Link {
    /// The only target of a scalar reference: its table.
    plain: Option<usize>,
    /// Every how many rows of the target are meant, as only some people are managers.
    step: Option<u64>,
    /// The column of the owner's row that this one agrees with.
    shared: Option<usize>,
}

/// One row: when it began, whether it came to its end, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) table: usize,
    pub(super) number: u64,
    begin: i64,
    end: i64,
    pub(super) done: bool,
}

impl Row {
    /// The same row in the table it is taken from.
    pub(super) fn of(self, table: usize) -> Self {
        Self { table, ..self }
    }
}

impl<'a> World<'a> {
    pub(super) fn new(product: &'a Product, options: &Options) -> Self {
        let midnight = options.today.and_time(NaiveTime::MIN).and_utc();
        let roles = plan::plan(product, options.people);
        let people = plan::people(product);
        let links = product.tables.iter().zip(&roles).map(|(table, role)| {
            let columns = table.columns.iter().enumerate();
            columns
                .map(|(at, column)| link(product, &roles, role, table, people, (at, column)))
                .collect()
        });
        let links: Vec<Vec<Link>> = links.collect();
        let tables = product.tables.iter().zip(&roles).zip(&links);
        let pairs = tables.map(|((table, role), links)| {
            if let Some([one, _]) = plan::pair(product, table) {
                let to = links.get(one).and_then(|link| link.plain);
                let turns = to.and_then(|to| roles.get(to)).map_or(1, |role| role.rows);
                return Some((one, turns.max(1)));
            }
            pair(table, role, links, &roles)
        });
        Self {
            product,
            pairs: pairs.collect(),
            links,
            roles,
            people,
            seed: options.seed,
            flavour: options.flavour,
            today: midnight.timestamp_micros(),
            newest: product
                .tables
                .iter()
                .map(|table| table.columns.iter().map(|_| OnceLock::new()).collect())
                .collect(),
        }
    }

    pub(super) fn table(&self, at: usize) -> Option<&'a Table> {
        self.product.tables.get(at)
    }

    fn link(&self, table: usize, at: usize) -> Link {
        let link = self.links.get(table).and_then(|links| links.get(at));
        link.copied().unwrap_or_default()
    }

    pub(super) fn rows(&self, table: usize) -> u64 {
        self.roles.get(table).map_or(0, |role| role.rows)
    }

    pub(super) fn dice(&self, row: u64, table: usize, purpose: &str) -> Dice {
        Dice::new(self.seed, table, row, purpose)
    }

    /// One row; it begins after all rows it refers to.
    pub(super) fn row(&self, table: usize, number: u64) -> Row {
        match self.roles.get(table).map(|role| &role.kind) {
            // The same rows under another name.
            Some(Kind::Filter { of, .. }) => {
                let row = self.row(*of, number);
                return Row { table, ..row };
            }
            Some(Kind::Subset { of, step }) => {
                let row = self.row(*of, number * step);
                return Row {
                    table,
                    number,
                    ..row
                };
            }
            _ => {}
        }
        let mut dice = self.dice(number, table, "\u{1}row");
        let rank = |at: usize| self.roles.get(at).map_or(0, |role| role.rank);
        let columns = self.table(table).map_or(&[][..], |table| &table.columns);
        let mut earliest = self.today - 900 * DAY;
        let mut event = false;
        for at in 0..columns.len() {
            let plain = self.link(table, at).plain;
            let Some(to) = plain.filter(|to| rank(*to) < rank(table)) else {
                continue;
            };
            event |= Some(to) == self.people;
            if let Some((to, number)) = self.referred(table, number, at) {
                earliest = earliest.max(self.row(to, number).begin);
            }
        }
        let latest = self.today - DAY;
        let span = (latest - earliest).max(HOUR);
        let span = if event || Some(table) == self.people {
            span
        } else {
            span / 3
        };
        let begin = (earliest + dice.between(0, span / 1000) * 1000).min(latest);
        let length = dice.between(60, 20_000) * 1_000_000 * (1 + dice.between(0, 19) / 12);
        let end = begin
            + length
            + if dice.percent(25) {
                dice.between(1, 20) * DAY
            } else {
                0
            };
        Row {
            table,
            number,
            begin,
            end: end.min(self.today),
            done: end < self.today && dice.percent(72),
        }
    }

    /// The value of a cell.
    pub(super) fn cell(&self, row: &Row, at: usize) -> Value {
        self.made(row, at, true)
    }

    /// The value of a cell before checks of its own row are looked at: what those ask for, so that
    /// they need not wait for each other.
    pub(super) fn raw(&self, row: &Row, at: usize) -> Value {
        self.made(row, at, false)
    }

    fn made(&self, row: &Row, at: usize, checked: bool) -> Value {
        let Some((table, column)) = self
            .table(row.table)
            .and_then(|table| Some((table, table.columns.get(at)?)))
        else {
            return Value::Null;
        };
        let keyed = table.key.contains(&column.name);
        let bound = keyed
            || column.reference.is_some()
            || column.values.as_ref().is_some_and(|values| values.closed);
        let chosen_by = |role: &Role| matches!(&role.kind, Kind::Filter { of, column, .. } if (*of, *column) == (row.table, at));
        let bound = bound || self.roles.iter().any(chosen_by);
        if self.flavour == Flavour::Edge && !bound && !self.selects(table, column) {
            let mut dice = self.dice(row.number, row.table, &column.name);
            if let Some(value) = edge::value(column, &mut dice) {
                return value;
            }
        }
        let value = match self.usual(row, table, at, column) {
            value if checked => self.kept(row, table, column, value),
            value => value,
        };
        match value {
            Value::Null if !column.nullable || keyed => self.filler(row, column),
            value => value,
        }
    }

    fn usual(&self, row: &Row, table: &Table, at: usize, column: &Column) -> Value {
        if let Some(value) = self.elsewhere(row, table, at, column) {
            return value;
        }
        if column.reference.is_some() {
            return self.reference(row, table, at, column);
        }
        if table.key.first() == Some(&column.name) && table.key.len() == 1 {
            return self.key(row.table, row.number);
        }
        let mut dice = self.dice(row.number, row.table, &column.name);
        if let Some(values) = self.values(column) {
            return self.choice(row, table, column, values, &mut dice);
        }
        match column.kind.oid {
            types::BOOL => self.flag(row, table, column, &mut dice),
            types::TIMESTAMP | types::TIMESTAMPTZ => self.time(row, table, column, &mut dice),
            types::DATE => match self.time(row, table, column, &mut dice) {
                Value::Time(time) => Value::Day(i32::try_from(time.div_euclid(DAY)).unwrap_or(0)),
                other => other,
            },
            types::JSON | types::JSONB => document(column, &mut dice),
            types::TIMESTAMP_ARRAY | types::TIMESTAMPTZ_ARRAY => self.visits(row, &mut dice),
            types::UUID => Value::Text(uuid(&mut dice)),
            oid if number_type(oid) => self.number(row, column, &mut dice),
            oid if types::element(oid).is_some() => Value::List(Vec::new()),
            _ => self.text(row, table, column, &mut dice),
        }
    }

    /// Values that stand in another row already: of a larger table, of the row this one belongs to,
    /// of the person an id names.
    fn elsewhere(&self, row: &Row, table: &Table, at: usize, column: &Column) -> Option<Value> {
        let role = self.roles.get(row.table)?;
        let same = |of: usize| {
            let position = self
                .table(of)?
                .columns
                .iter()
                .position(|other| other.name == column.name);
            Some((of, position?))
        };
        match &role.kind {
            Kind::Subset { of, step } => {
                let (of, there) = same(*of)?;
                let row = Row {
                    table: of,
                    number: row.number * step,
                    ..*row
                };
                return Some(self.cell(&row, there));
            }
            Kind::Filter { of, .. } => {
                let (of, there) = same(*of)?;
                return Some(self.cell(&row.of(of), there));
            }
            Kind::Mixed { selector } => {
                if let Some(value) = self.mixed_cell(row, table, *selector, at) {
                    return Some(value);
                }
            }
            Kind::Rows | Kind::Daily | Kind::Part => {}
        }
        if let Some(owner) = role.owner.filter(|owner| *owner != at)
            && let Some(there) = self.link(row.table, at).shared
            && let Some((of, number)) = self.referred(row.table, row.number, owner)
        {
            return Some(self.cell(&self.row(of, number), there));
        }
        if let Some(value) = self.copied(row, table, column) {
            return Some(value);
        }
        let prefix = column.name.strip_suffix("_name")?;
        let id = table.columns.iter().position(|other| {
            (other.name == prefix || other.name.strip_suffix("_id") == Some(prefix))
                && plan::plain(self.product, other).is_some()
        })?;
        match self.referred(row.table, row.number, id) {
            Some((of, number)) => {
                let columns = &self.table(of)?.columns;
                let mut names = ["full_name", "name"].iter();
                let there =
                    names.find_map(|name| columns.iter().position(|other| other.name == *name))?;
                Some(self.cell(&self.row(of, number), there))
            }
            None => Some(Value::Null),
        }
    }

    /// A row of a mixed table: its kind, its key, and the rest from the table of its kind.
    fn mixed_cell(&self, row: &Row, table: &Table, selector: usize, at: usize) -> Option<Value> {
        let kinds = &table.columns.get(selector)?.values.as_ref()?.list;
        let kind = kinds.get(usize::try_from(row.number % kinds.len() as u64).ok()?)?;
        let number = row.number / kinds.len() as u64;
        if at == selector {
            return Some(Value::Text(kind.clone()));
        }
        let column = table.columns.get(at)?;
        if table.key.contains(&column.name) {
            return Some(Value::Text(format!(
                "{}-{}",
                kind.to_lowercase(),
                number + 1
            )));
        }
        let part = plan::position(self.product, &plan::plural(kind))?;
        let there = self
            .table(part)?
            .columns
            .iter()
            .position(|other| other.name == column.name)?;
        Some(self.cell(&self.row(part, number), there))
    }

    /// The key of a row, by the type of the key's column.
    fn key(&self, table: usize, number: u64) -> Value {
        let Some(declared) = self.table(table) else {
            return Value::Null;
        };
        let role = self.roles.get(table).map(|role| &role.kind);
        if let Some(Kind::Mixed { .. }) = role {
            let row = self.row(table, number);
            let at = declared
                .columns
                .iter()
                .position(|column| declared.key.contains(&column.name));
            return at.map_or(Value::Null, |at| self.cell(&row, at));
        }
        if let Some(Kind::Subset { of, step }) = role {
            return self.key(*of, number * step);
        }
        let kind = declared
            .key
            .first()
            .and_then(|key| declared.column(key))
            .map(|column| column.kind.oid);
        let mut dice = self.dice(number, table, "\u{1}key");
        match kind {
            Some(types::UUID) => Value::Text(uuid(&mut dice)),
            Some(oid) if number_type(oid) => Value::Number((number + 1).to_string()),
            Some(types::DATE) => Value::Day(
                i32::try_from(self.today / DAY).unwrap_or(0)
                    - i32::try_from(number).unwrap_or(0)
                    - 1,
            ),
            Some(types::TIMESTAMP | types::TIMESTAMPTZ) => {
                Value::Time(self.today - (i64::try_from(number).unwrap_or(0) + 1) * DAY)
            }
            // Unique by its last part, and of one length, as many services make them.
            _ => Value::Text(format!(
                "{:012x}{:012x}",
                dice.next() >> 16,
                number * 16 + table as u64 % 16
            )),
        }
    }

    /// What a reference without choices names: the table and row. The same answer wherever asked.
    pub(super) fn referred(&self, table: usize, number: u64, at: usize) -> Option<(usize, u64)> {
        let declared = self.table(table)?;
        let column = declared.columns.get(at)?;
        let role = self.roles.get(table)?;
        match &role.kind {
            Kind::Subset { of, step } if declared.key.contains(&column.name) => {
                return Some((*of, number * step));
            }
            Kind::Filter { of, .. } => {
                let there = self
                    .table(*of)?
                    .columns
                    .iter()
                    .position(|other| other.name == column.name)?;
                return self.referred(*of, number, there);
            }
            _ => {}
        }
        let link = self.link(table, at);
        let to = link.plain?;
        if let Some(owner) = role.owner.filter(|owner| *owner != at)
            && let Some(there) = self.link(table, at).shared
            && let Some((of, there_number)) = self.referred(table, number, owner)
        {
            return self.referred(of, there_number, there);
        }
        let needed =
            !column.nullable || declared.key.contains(&column.name) || Some(at) == role.owner;
        let mut dice = self.dice(number, table, &column.name);
        let count = self.rows(to);
        if to == table {
            // A tree: only earlier rows, and some roots.
            let step = link.step.unwrap_or(1);
            let earlier = number.min(count).div_ceil(step);
            return (number > 2 && dice.percent(80)).then(|| (to, dice.below(earlier) * step));
        }
        if !needed && dice.percent(3) {
            return None;
        }
        if let Some(step) = link.step {
            return Some((to, dice.below(count.div_ceil(step)) * step));
        }
        Some((to, self.partner(table, number, at, count, &mut dice)))
    }

    /// Which row of the target: without repeats of the same pair where a row stands for a pair.
    fn partner(&self, table: usize, number: u64, at: usize, count: u64, dice: &mut Dice) -> u64 {
        let Some((one, turns)) = self.pairs.get(table).copied().flatten() else {
            return dice.skewed(count);
        };
        if at == one {
            return number % turns;
        }
        let start = self.dice(number % turns, table, "\u{1}pair").below(count);
        (start + number / turns) % count.max(1)
    }

    fn reference(&self, row: &Row, table: &Table, at: usize, column: &Column) -> Value {
        let Some(reference) = &column.reference else {
            return Value::Null;
        };
        let mut dice = self.dice(row.number, row.table, &column.name);
        if self.link(row.table, at).plain.is_some() {
            return match self.referred(row.table, row.number, at) {
                Some((to, number)) => self.key(to, number),
                None => Value::Null,
            };
        }
        if reference.join.is_some() {
            let number = self.joined(row.table, row.number, column);
            return number.map_or(Value::Null, |(_, id)| Value::Number(id.to_string()));
        }
        if reference.each {
            return self.references(row, column, &mut dice);
        }
        let selected = reference.selector.as_ref().and_then(|selector| {
            let at = table
                .columns
                .iter()
                .position(|other| other.name == *selector)?;
            Some(self.cell(row, at))
        });
        let fits = |target: &&Target| match (&target.when, &selected) {
            (Some(when), Some(Value::Text(text))) => when == text,
            (Some(_), _) => false,
            (None, _) => true,
        };
        let targets: Vec<_> = reference.targets.iter().filter(fits).collect();
        let Some(target) = dice.pick(&targets) else {
            return Value::Null;
        };
        if column.nullable && dice.percent(10) {
            return Value::Null;
        }
        let to = plan::position(self.product, target.table.as_str());
        to.map_or(Value::Null, |to| self.key(to, dice.skewed(self.rows(to))))
    }

    fn references(&self, row: &Row, column: &Column, dice: &mut Dice) -> Value {
        let Some(reference) = &column.reference else {
            return Value::Null;
        };
        if dice.percent(6) && column.nullable {
            return Value::Null;
        }
        let many = matches!(column.name.as_str(), "users" | "learners" | "members");
        let daily = self
            .roles
            .get(row.table)
            .is_some_and(|role| role.kind == Kind::Daily);
        let most = if daily {
            120
        } else if many {
            60
        } else {
            4
        };
        let mut keys = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..dice.below(most + 1) {
            let Some(to) = dice
                .pick(&reference.targets)
                .and_then(|target| plan::position(self.product, target.table.as_str()))
            else {
                continue;
            };
            let number = dice.skewed(self.rows(to));
            if (to != row.table || number < row.number) && seen.insert((to, number)) {
                keys.push(self.key(to, number));
            }
        }
        match column.kind.oid {
            types::JSON | types::JSONB => {
                let texts = keys.into_iter().map(|key| match key {
                    Value::Number(digits) => digits
                        .parse::<i64>()
                        .map_or(serde_json::Value::Null, Into::into),
                    Value::Text(text) => text.into(),
                    _ => serde_json::Value::Null,
                });
                Value::Json(texts.collect())
            }
            _ => Value::List(keys),
        }
    }

    /// Which row of a mixed table a number means, by kind: the kind and the number.
    fn joined(&self, table: usize, number: u64, column: &Column) -> Option<(String, u64)> {
        let reference = column.reference.as_ref()?;
        let to = plan::position(self.product, reference.targets.first()?.table.as_str())?;
        let selector = plan::mixed(self.table(to)?)?;
        let kinds = &self.table(to)?.columns.get(selector)?.values.as_ref()?.list;
        let each = self.rows(to) / kinds.len().max(1) as u64;
        let mut dice = self.dice(number, table, "\u{1}joined");
        let join = reference.join.as_deref().unwrap_or_default();
        let named = kinds
            .iter()
            .find(|kind| join.contains(&format!("'{}'", kind.to_lowercase())));
        if let Some(kind) = named {
            // The same row as a plain reference to the table of that kind, when there is one.
            let part = plan::position(self.product, &plan::plural(kind))?;
            let columns = &self.table(table)?.columns;
            let sibling = columns
                .iter()
                .position(|other| plan::plain(self.product, other) == Some(part));
            let row = match sibling {
                Some(sibling) => self.referred(table, number, sibling)?.1,
                None => dice.below(each),
            };
            return Some((kind.clone(), row + 1));
        }
        // Items are used more than anything else.
        let kind = if dice.percent(40) {
            kinds.first()
        } else {
            dice.pick(kinds)
        };
        Some((kind?.clone(), dice.skewed(each) + 1))
    }

    /// Whether a column says which kind a reference of the same row means.
    fn selects(&self, table: &Table, column: &Column) -> bool {
        table.columns.iter().any(|other| {
            other.reference.as_ref().is_some_and(|reference| {
                reference.selector.as_ref() == Some(&column.name)
                    || reference
                        .join
                        .as_ref()
                        .is_some_and(|join| join.contains(&column.name))
            })
        })
    }

    /// The values of a column: its own, or those of a column of the same name elsewhere.
    fn values<'c>(&self, column: &'c Column) -> Option<&'c [String]>
    where
        'a: 'c,
    {
        let list = |column: &'c Column| column.values.as_ref().map(|values| values.list.as_slice());
        if column.values.is_some() || !column.name.contains("_type") {
            return list(column);
        }
        let columns = self.product.tables.iter().flat_map(|table| &table.columns);
        columns
            .filter(|other| other.name == column.name)
            .find_map(list)
    }

    fn choice(
        &self,
        row: &Row,
        table: &Table,
        column: &Column,
        values: &[String],
        dice: &mut Dice,
    ) -> Value {
        let joined = table.columns.iter().find(|other| {
            let join = other
                .reference
                .as_ref()
                .and_then(|reference| reference.join.as_ref());
            join.is_some_and(|join| join.contains(&format!("lower({})", column.name)))
        });
        if let Some(joined) = joined {
            let kind = self.joined(row.table, row.number, joined);
            return kind.map_or(Value::Null, |(kind, _)| Value::Text(kind));
        }
        if column.nullable && dice.percent(2) && !self.selects(table, column) {
            return Value::Null;
        }
        let ended = [
            "complet", "success", "approv", "attended", "pass", "done", "finish",
        ];
        let good = |value: &&String| {
            ended
                .iter()
                .any(|word| value.to_lowercase().starts_with(word))
        };
        let rare = |value: &&String| {
            ["archiv", "delet", "discard", "reject", "unknown"]
                .iter()
                .any(|word| value.to_lowercase().starts_with(word))
        };
        let (good, other): (Vec<_>, Vec<_>) = values.iter().partition(good);
        let usual: Vec<_> = other.iter().copied().filter(|value| !rare(value)).collect();
        let list = if !good.is_empty() && row.done {
            &good
        } else if dice.percent(88) && !usual.is_empty() {
            &usual
        } else {
            &other
        };
        dice.pick(list)
            .or(good.first())
            .map_or(Value::Null, |value| Value::Text((*value).clone()))
    }

    fn time(&self, row: &Row, table: &Table, column: &Column, dice: &mut Dice) -> Value {
        let name = column.name.as_str();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let time = if has(&["deactiv", "delet", "archived", "leave", "expired"]) {
            return if dice.percent(7) {
                Value::Time(dice.between(row.begin, self.today))
            } else {
                Value::Null
            };
        } else if column.change_stamp || has(&["updated", "modified"]) {
            let late = if dice.percent(6) {
                dice.between(0, 9) * DAY
            } else {
                dice.between(0, HOUR)
            };
            (row.end + late).min(self.today)
        } else if has(&[
            "complet", "submit", "answer", "end", "correct", "finaliz", "finish",
        ]) && !has(&["send"])
        {
            if column.nullable && !row.done {
                return Value::Null;
            }
            row.end
        } else if has(&["deadline", "due"]) {
            row.begin + dice.between(14, 60) * DAY
        } else if has(&["last", "current", "seen"]) {
            if dice.percent(8) {
                return Value::Null;
            }
            // A device tells it with the row's change, so not after that.
            let device = column.clock == ClockRole::Device;
            dice.between(row.begin, if device { row.end } else { self.today })
        } else if name.contains("registered") {
            let imported = table.columns.iter().enumerate().any(|(at, other)| {
                other.values.is_some() && self.raw(row, at) == Value::Text("imported".into())
            });
            if imported {
                return Value::Null;
            }
            row.begin
        } else if name.contains("hire") {
            row.begin - dice.between(0, 900) * DAY
        } else {
            row.begin
        };
        // A few phones are set wrong, in either direction.
        let wrong = column.clock == ClockRole::Device && dice.below(1000) < 3;
        Value::Time(if wrong {
            time + dice.between(-400, 400) * DAY
        } else {
            time
        })
    }

    fn visits(&self, row: &Row, dice: &mut Dice) -> Value {
        let mut times: Vec<i64> = (0..dice.below(5))
            .map(|_| dice.between(row.begin, row.end.max(row.begin)))
            .collect();
        times.sort_unstable();
        Value::List(times.into_iter().map(Value::Time).collect())
    }

    fn flag(&self, row: &Row, table: &Table, column: &Column, dice: &mut Dice) -> Value {
        let name = column.name.as_str();
        let at = |wanted: &str| table.columns.iter().position(|other| other.name == wanted);
        if let Some(stamp) = at(&format!("{name}_at")) {
            return Value::Bool(self.raw(row, stamp) != Value::Null);
        }
        let once = table
            .checks
            .iter()
            .find_map(|check| keep::once(check, column));
        if once.is_some() || matches!(name, "single" | "most_recent" | "latest") {
            return Value::Bool(self.newest(row, table, column, once));
        }
        let title = name.strip_prefix("is_").unwrap_or(name);
        if Some(row.table) == self.people
            && let Some(step) = titled(self.product, &self.roles, title, row.table)
        {
            return Value::Bool(row.number.is_multiple_of(step));
        }
        if name.contains("overdue") {
            let late = at("deadline").map(|at| self.raw(row, at));
            let late = matches!(late, Some(Value::Day(day)) if i64::from(day) * DAY < if row.done { row.end } else { self.today });
            return Value::Bool(late && (row.done == name.contains("when")));
        }
        if matches!(name, "passed" | "success") {
            if !row.done {
                return Value::Null;
            }
            let score = at("score").map(|at| self.raw(row, at));
            return Value::Bool(
                matches!(score, Some(Value::Number(score)) if score.parse::<f64>().is_ok_and(|score| score >= 70.0)),
            );
        }
        if name.starts_with("complet") || name.ends_with("attended") {
            return Value::Bool(row.done);
        }
        let likely = if [
            "mandatory",
            "correct",
            "enrolled",
            "contribution",
            "primary",
        ]
        .iter()
        .any(|word| name.contains(word))
        {
            75
        } else {
            12
        };
        if column.nullable && dice.percent(3) {
            Value::Null
        } else {
            Value::Bool(dice.percent(likely))
        }
    }

    /// Whether no later row has the same in these columns; without any, refers to the same things.
    fn newest(
        &self,
        row: &Row,
        declared: &Table,
        column: &Column,
        once: Option<&[String]>,
    ) -> bool {
        let (table, columns) = (row.table, &declared.columns);
        let at = columns.iter().position(|one| one.name == column.name);
        let known = self.newest.get(table);
        let Some(known) = known.and_then(|known| known.get(at?)) else {
            return false;
        };
        let flags = known.get_or_init(|| {
            let mut newest: HashMap<Vec<String>, (i64, u64)> = HashMap::new();
            for number in 0..self.rows(table) {
                let row = self.row(table, number);
                let group = columns.iter().enumerate().filter(|(_, column)| match once {
                    Some(once) => once.contains(&column.name),
                    None => {
                        column.reference.is_some()
                            || matches!(column.name.as_str(), "type" | "verb")
                    }
                });
                let group = group
                    .map(|(at, _)| format!("{:?}", self.raw(&row, at)))
                    .collect();
                let slot = newest.entry(group).or_insert((i64::MIN, 0));
                *slot = (*slot).max((row.begin, number));
            }
            let mut flags = vec![false; usize::try_from(self.rows(table)).unwrap_or(0)];
            for (_, number) in newest.into_values() {
                if let Some(flag) = usize::try_from(number)
                    .ok()
                    .and_then(|at| flags.get_mut(at))
                {
                    *flag = true;
                }
            }
            flags
        });
        usize::try_from(row.number)
            .ok()
            .and_then(|at| flags.get(at))
            .copied()
            .unwrap_or(false)
    }

    fn number(&self, row: &Row, column: &Column, dice: &mut Dice) -> Value {
        let name = column.name.as_str();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let nullable = column.nullable;
        let ended = has(&["score", "result", "taken", "finalize"]);
        if nullable && ((ended && !row.done) || dice.percent(4)) {
            return Value::Null;
        }
        let whole = if has(&["progress", "percent"]) {
            if row.done { 100 } else { dice.between(0, 95) }
        } else if has(&["score", "rate"]) {
            100 - i64::try_from(dice.skewed(70)).unwrap_or(0)
        } else if has(&["rating"]) {
            dice.between(1, 5)
        } else if has(&["duration", "time", "minutes"]) {
            dice.between(1, 240)
        } else if has(&["tenure"]) {
            (self.today - row.begin) / DAY
        } else if has(&["position"]) {
            i64::try_from(row.number % 6).unwrap_or(0) + 1
        } else if has(&["incorrect", "unsuccessful"]) {
            dice.between(0, 3)
        } else if has(&["count", "num_"]) {
            dice.between(0, 12)
        } else if has(&["target_from"]) {
            0
        } else if has(&["target_to"]) {
            100
        } else if name == "value" {
            dice.between(1, 5)
        } else {
            dice.between(1, 200)
        };
        Value::Number(match column.kind.oid {
            types::NUMERIC => format!("{whole}.{}", dice.below(10)),
            types::FLOAT4 | types::FLOAT8 => format!("{whole}.5"),
            _ => whole.to_string(),
        })
    }

    /// A value where NULL may not be.
    fn filler(&self, row: &Row, column: &Column) -> Value {
        let mut dice = self.dice(row.number, row.table, "\u{1}filler");
        match column.kind.oid {
            types::BOOL => Value::Bool(false),
            types::DATE => Value::Day(i32::try_from(row.begin / DAY).unwrap_or(0)),
            types::TIMESTAMP | types::TIMESTAMPTZ => Value::Time(row.begin),
            types::UUID => Value::Text(uuid(&mut dice)),
            types::JSON | types::JSONB => Value::Json(serde_json::json!({})),
            oid if number_type(oid) => Value::Number((row.number + 1).to_string()),
            oid if types::element(oid).is_some() => Value::List(Vec::new()),
            _ => Value::Text(format!("{:016x}", dice.next())),
        }
    }
}

fn link(
    product: &Product,
    roles: &[Role],
    role: &Role,
    table: &Table,
    people: Option<usize>,
    (at, column): (usize, &Column),
) -> Link {
    let plain = plan::plain(product, column);
    let title = column.name.strip_suffix("_id").unwrap_or(&column.name);
    let owner = role.owner.filter(|owner| *owner != at);
    let owner = owner.and_then(|owner| plan::plain(product, table.columns.get(owner)?));
    let owner = owner.and_then(|owner| product.tables.get(owner));
    Link {
        plain,
        step: plain.and_then(|to| titled(product, roles, title, to)),
        shared: owner.and_then(|owner| plan::shared(product, column, owner, people)),
    }
}

/// `manager` of a table of people that has a table `managers`: every how many of them are.
fn titled(product: &Product, roles: &[Role], title: &str, people: usize) -> Option<u64> {
    let table = plan::position(product, &plan::plural(title))?;
    match roles.get(table)?.kind {
        Kind::Subset { of, step } if of == people => Some(step),
        _ => None,
    }
}

/// Whether a row stands for a pair that comes once, such as a person and a group.
fn pair(table: &Table, role: &Role, links: &[Link], roles: &[Role]) -> Option<(usize, u64)> {
    let many = [
        "attempt", "track", "activit", "post", "reaction", "answer", "task", "view",
    ];
    let repeats = many.iter().any(|word| table.name.as_str().contains(word));
    let mut plain = links
        .iter()
        .enumerate()
        .filter(|(_, link)| link.plain.is_some());
    let (first, _) = (plain.next()?, plain.next()?);
    if repeats || role.owner.is_some() || plain.next().is_some() {
        return None;
    }
    let turns = roles.get(first.1.plain?)?.rows.max(1);
    Some((first.0, turns))
}

fn number_type(oid: Oid) -> bool {
    matches!(
        oid,
        types::INT2 | types::INT4 | types::INT8 | types::FLOAT4 | types::FLOAT8 | types::NUMERIC
    )
}

pub(super) fn uuid(dice: &mut Dice) -> String {
    let (high, low) = (dice.next(), dice.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        8 + ((low >> 62) & 3),
        (low >> 48) & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

fn document(column: &Column, dice: &mut Dice) -> Value {
    if column.nullable && dice.percent(15) {
        return Value::Null;
    }
    Value::Json(if column.name.contains("answer") {
        serde_json::json!([{ "question": dice.pick(words::QUESTIONS), "answer": dice.pick(words::ANSWERS) }])
    } else if column.name.contains("id") {
        serde_json::json!({ "hr": format!("HR{:06}", dice.below(1_000_000)) })
    } else {
        serde_json::json!({ "site": dice.pick(words::PLACES), "grade": dice.between(1, 9), "remote": dice.percent(20) })
    })
}
