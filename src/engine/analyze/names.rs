//! What names mean, and what is said of names that mean nothing.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use pg_query::protobuf::{self, node::Node as Kind};

use super::expressions::Frame;
use super::scope::{Item, Scope, reference};
use super::{Analyzer, Typed, position, strings};
use crate::engine::catalog::RelationSource;
use crate::pg::{Fault, SqlState, types};

/// The first transaction's number, as rows that were always there have it.
const FROZEN: u32 = 2;

/// The farthest a name may be from a column's for the column to be suggested.
const DISTANCE_MOST: usize = 3;

impl Analyzer<'_> {
    pub(super) fn column_reference(
        &self,
        node: &protobuf::ColumnRef,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = node.location;
        let names = strings(&node.fields);
        let found = if names.len() == node.fields.len() {
            self.named(&names, frame)
        } else {
            self.row_of(&names, frame)
        };
        let found = found.map_err(|fault| fault.at(position(location)))?;
        frame.level.note_location(&found.expr, location, &names);
        if let Expr::OuterReferenceColumn(_, column) = &found.expr {
            let mut mentions = self.outer_mentions.borrow_mut();
            let mention = || (location, names.join("."));
            mentions.entry(column.name.clone()).or_insert_with(mention);
        }
        Ok(found.at(location))
    }

    /// Where a column of an outer level is first mentioned, and how.
    pub(super) fn outer_mention(&self, id: &str) -> Option<(i32, String)> {
        self.outer_mentions.borrow().get(id).cloned()
    }

    fn named(&self, names: &[&str], frame: Frame<'_>) -> Result<Typed, Fault> {
        match names {
            [name] => self.bare_name(name, frame),
            [table, name] => self.qualified_name(None, table, name, frame),
            [schema, table, name] => self.qualified_name(Some(schema), table, name, frame),
            [database, schema, table, name] if **database == *self.context.database => {
                self.qualified_name(Some(schema), table, name, frame)
            }
            [_, _, _, _] => Err(cross_database(names)),
            _ => Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                format!(
                    "improper qualified name (too many dotted names): {}",
                    names.join(".")
                ),
            )),
        }
    }

    /// `t.*` where one value is wanted: the row.
    fn row_of(&self, names: &[&str], frame: Frame<'_>) -> Result<Typed, Fault> {
        let (schema, table) = match names {
            [table] => (None, *table),
            [.., schema, table] => (Some(*schema), *table),
            [] => {
                return Err(Fault::new(
                    SqlState::SYNTAX_ERROR,
                    "row expansion via \"*\" is not supported here",
                ));
            }
        };
        match frame.scope.item(schema, table)? {
            Some((item, crossed)) => {
                let crossed = crossed.clone();
                self.whole_row(&item.clone(), &crossed)
            }
            None => Err(self.missing_entry(schema, table, frame.scope)),
        }
    }

    fn bare_name(&self, name: &str, frame: Frame<'_>) -> Result<Typed, Fault> {
        if let Some(found) = frame.scope.column(name)? {
            return Ok(found);
        }
        if let Some((item, crossed)) = frame.scope.item(None, name)? {
            let crossed = crossed.clone();
            return self.whole_row(&item.clone(), &crossed);
        }
        let mut items = frame.scope.items.iter();
        if let Some(value) = items.find_map(|item| system_column(item, name)) {
            return Ok(value);
        }
        Err(missing_column(None, name, frame.scope))
    }

    fn qualified_name(
        &self,
        schema: Option<&str>,
        table: &str,
        name: &str,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let Some((item, crossed)) = frame.scope.item(schema, table)? else {
            // `record_column.field` is written with parentheses, so a missing entry is an error.
            return Err(self.missing_entry(schema, table, frame.scope));
        };
        let mut found = item.columns.iter().filter(|column| column.name == name);
        if let Some(column) = found.next() {
            if found.next().is_some() {
                return Err(Fault::new(
                    SqlState::AMBIGUOUS_COLUMN,
                    format!("column reference \"{name}\" is ambiguous"),
                ));
            }
            return Ok(reference(column, &crossed));
        }
        if let Some(value) = system_column(item, name) {
            return Ok(value);
        }
        // A column that has another name here is not found by its own.
        let renamed = item.relation.as_ref().is_some_and(|relation| {
            let mut columns = relation.columns.iter();
            columns.any(|column| column.name == name)
        });
        if schema.is_none()
            && !renamed
            && let Some(value) = self.function_of(row_reference(table), name, frame)?
        {
            return Ok(value);
        }
        Err(missing_column(Some(table), name, frame.scope))
    }

    /// 42P01 for a FROM entry that is not there, or may not be named here.
    pub(super) fn missing_entry(
        &self,
        schema: Option<&str>,
        table: &str,
        scope: &Scope<'_>,
    ) -> Fault {
        let invalid = || {
            Fault::new(
                SqlState::UNDEFINED_TABLE,
                format!("invalid reference to FROM-clause entry for table \"{table}\""),
            )
        };
        let cte = schema.is_none().then(|| scope.cte(table)).flatten();
        let path = self.search_path();
        let relation = match &cte {
            Some(_) => None,
            None => self.context.catalog.relation(schema, table, &path),
        };
        let means = |item: &&Item| {
            let same = match (&item.relation, &relation) {
                (Some(left), Some(right)) => left.oid == right.oid,
                _ => false,
            };
            same || item.name == table
        };
        let mut level = Some(scope);
        while let Some(current) = level {
            if let Some(item) = current.items.iter().find(means) {
                return if item.name == table {
                    invalid().hint(format!(
                        "There is an entry for table \"{table}\", but it cannot be referenced from this part of the query."
                    ))
                } else {
                    invalid().hint(format!(
                        "Perhaps you meant to reference the table alias \"{}\".",
                        item.name
                    ))
                };
            }
            level = current.parent;
        }
        Fault::new(
            SqlState::UNDEFINED_TABLE,
            format!("missing FROM-clause entry for table \"{table}\""),
        )
    }
}

/// The row of a FROM entry, as a query writes it.
fn row_reference(table: &str) -> protobuf::Node {
    let name = protobuf::String {
        sval: table.to_owned(),
    };
    let reference = protobuf::ColumnRef {
        fields: vec![protobuf::Node {
            node: Some(Kind::String(name)),
        }],
        location: -1,
    };
    protobuf::Node {
        node: Some(Kind::ColumnRef(reference)),
    }
}

/// A system column of a table: the same for all its rows.
fn system_column(item: &Item, name: &str) -> Option<Typed> {
    let relation = item.relation.as_ref()?;
    if matches!(relation.source, RelationSource::View(_)) {
        return None;
    }
    let (value, kind) = match name {
        "tableoid" => (relation.oid.0, types::OID),
        "xmin" => (FROZEN, types::XID),
        "xmax" => (0, types::XID),
        "cmin" | "cmax" => (0, types::CID),
        _ => return None,
    };
    Some(Typed::literal(ScalarValue::UInt32(Some(value)), kind))
}

/// 0A000 for a name in another database.
pub(super) fn cross_database(names: &[&str]) -> Fault {
    Fault::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        format!(
            "cross-database references are not implemented: {}",
            names.join(".")
        ),
    )
}

/// 42703, with the columns whose names are nearest.
fn missing_column(table: Option<&str>, name: &str, scope: &Scope<'_>) -> Fault {
    let fault = Fault::new(
        SqlState::UNDEFINED_COLUMN,
        match table {
            Some(table) => format!("column {table}.{name} does not exist"),
            None => format!("column \"{name}\" does not exist"),
        },
    );
    match nearest(table, name, scope) {
        Nearest::None => fault,
        Nearest::Hidden(table) => fault.hint(format!(
            "There is a column named \"{name}\" in table \"{table}\", but it cannot be referenced from this part of the query."
        )),
        Nearest::One(one) => {
            fault.hint(format!("Perhaps you meant to reference the column {one}."))
        }
        Nearest::Two(one, two) => fault.hint(format!(
            "Perhaps you meant to reference the column {one} or the column {two}."
        )),
    }
}

enum Nearest {
    None,
    Hidden(String),
    One(String),
    Two(String, String),
}

/// The columns nearest to a name over all levels, as PostgreSQL chooses them: at most two at the
/// least distance, more than two are none.
fn nearest(table: Option<&str>, name: &str, scope: &Scope<'_>) -> Nearest {
    let mut best = DISTANCE_MOST + 1;
    let mut found: Vec<String> = Vec::new();
    let mut level = Some(scope);
    while let Some(current) = level {
        for item in current.items.iter().filter(|item| item.listed) {
            let away = table.map_or(0, |table| distance(&item.name, table));
            if away == 0 && item.columns.iter().any(|column| column.name == name) {
                return Nearest::Hidden(item.name.clone());
            }
            for column in &item.columns {
                let apart = distance(&column.name, name);
                let total = apart + away;
                if away > best || column.name.is_empty() || apart > name.len() / 2 || total > best {
                    continue;
                }
                let shown = || format!("\"{}.{}\"", item.name, column.name);
                if total < best {
                    best = total;
                    found = vec![shown()];
                } else if found.len() == 2 {
                    found.clear();
                    best = total.saturating_sub(1);
                } else if !found.is_empty() || best <= DISTANCE_MOST {
                    found.push(shown());
                }
            }
        }
        level = current.parent;
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), Some(two)) => Nearest::Two(one, two),
        (Some(one), None) => Nearest::One(one),
        _ => Nearest::None,
    }
}

/// Insertions, deletions and substitutions of characters between two names.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, from) in left.chars().enumerate() {
        let mut before = at;
        let mut last = at + 1;
        let mut next = vec![last];
        for (to, above) in right.iter().zip(row.iter().skip(1)) {
            let replaced = before + usize::from(*to != from);
            last = replaced.min(above + 1).min(last + 1);
            before = *above;
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
