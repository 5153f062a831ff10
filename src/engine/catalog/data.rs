//! The embedded rows of PostgreSQL 15's own catalog and how their text is read.
//!
//! Each file holds one relation in COPY's text format, headed by a line of column names, as
//! `data/generate.sh` wrote it.

mod own;

use std::borrow::Cow;
use std::str::Lines;

/// What is wrong with an embedded file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DataError {
    /// There is no file for a relation.
    #[error("no rows are embedded for {0}")]
    Missing(String),
    /// A file lacks a column.
    #[error("{file} has no column {column}")]
    Column {
        /// The relation.
        file: &'static str,
        /// The column asked for.
        column: String,
    },
    /// A value is not of the form its column needs.
    #[error("{file}: {column} {text:?} is not {expected}")]
    Value {
        /// The relation.
        file: &'static str,
        /// The column.
        column: String,
        /// The text found.
        text: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A line has more or fewer values than the head has names.
    #[error("{file}: line {line} has the wrong number of values")]
    Width {
        /// The relation.
        file: &'static str,
        /// The line, from 1.
        line: usize,
    },
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("data/", $name, ".tsv")))),*
        ];
    };
}

files! {
    "catalog_foreign_keys", "pg_aggregate", "pg_am", "pg_amop", "pg_amproc", "pg_attribute", "pg_auth_members",
    "pg_authid", "pg_cast", "pg_class", "pg_collation", "pg_constraint", "pg_conversion",
    "pg_depend", "pg_description", "pg_index", "pg_init_privs", "pg_language", "pg_namespace", "pg_opclass", "pg_operator",
    "pg_opfamily", "pg_proc", "pg_range", "pg_rewrite", "pg_tablespace", "pg_ts_config",
    "pg_ts_config_map", "pg_ts_dict", "pg_ts_parser", "pg_ts_template", "pg_type",
    "proc_defaults", "rule_definitions", "sql_features", "sql_implementation_info", "sql_parts", "sql_sizing",
    "ts_token_type", "view_definitions",
}

/// The names of all files.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// Which columns of the catalog refer to which others: the rows of `pg_get_catalog_foreign_keys`.
pub(crate) fn catalog_foreign_keys() -> Result<Vec<Vec<Option<String>>>, DataError> {
    let file = File::open("catalog_foreign_keys")?;
    let rows = file.rows().map(|row| {
        let row = row?;
        let values = row.values.iter();
        Ok(values.map(|value| Some((*value).to_owned())).collect())
    });
    rows.collect()
}

/// One embedded relation.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// The relation's name.
    pub(super) name: &'static str,
    columns: Vec<&'static str>,
    lines: Lines<'static>,
    /// Rows of ours that every database has too.
    own: Lines<'static>,
}

impl File {
    /// Opens the rows of a relation, if there are any.
    pub(super) fn open(name: &str) -> Result<Self, DataError> {
        let (name, text) = FILES
            .iter()
            .find(|(file, _)| *file == name)
            .ok_or_else(|| DataError::Missing(name.to_owned()))?;
        let mut lines = text.lines();
        let columns = lines.next().unwrap_or_default().split('\t').collect();
        Ok(Self {
            name,
            columns,
            lines,
            own: own::rows(name).lines(),
        })
    }

    /// Where a column stands in a row.
    pub(super) fn column(&self, name: &str) -> Result<usize, DataError> {
        self.columns
            .iter()
            .position(|column| *column == name)
            .ok_or_else(|| DataError::Column {
                file: self.name,
                column: name.to_owned(),
            })
    }

    /// Where each of some columns stands in a row.
    pub(super) fn columns<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[usize; N], DataError> {
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(names) {
            *place = self.column(name)?;
        }
        Ok(places)
    }

    /// The rows in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = Result<Row<'_>, DataError>> + '_ {
        let lines = self.lines.clone().chain(self.own.clone());
        lines.enumerate().map(|(number, line)| {
            let values: Vec<_> = line.split('\t').collect();
            if values.len() == self.columns.len() {
                Ok(Row { file: self, values })
            } else {
                Err(DataError::Width {
                    file: self.name,
                    line: number + 2,
                })
            }
        })
    }
}

/// One row of a file.
#[derive(Debug)]
pub(super) struct Row<'a> {
    file: &'a File,
    values: Vec<&'static str>,
}

impl Row<'_> {
    /// The value at a place; `None` is NULL.
    pub(super) fn text(&self, at: usize) -> Option<Cow<'static, str>> {
        self.values
            .get(at)
            .filter(|value| **value != "\\N")
            .map(|value| unescape(value))
    }

    /// The value at a place that is never NULL, or the empty text.
    pub(super) fn string(&self, at: usize) -> String {
        self.text(at).unwrap_or_default().into_owned()
    }

    /// The value at a place as it is in the file.
    pub(super) fn raw(&self, at: usize) -> &'static str {
        self.values.get(at).copied().unwrap_or_default()
    }

    /// The first character of the value, as a `"char"` column has it.
    pub(super) fn char(&self, at: usize) -> char {
        self.text(at)
            .and_then(|text| text.chars().next())
            .unwrap_or('\0')
    }

    /// Whether the value is true.
    pub(super) fn bool(&self, at: usize) -> bool {
        self.values.get(at).is_some_and(|value| *value == "t")
    }

    /// The value as a number.
    pub(super) fn number<T: std::str::FromStr>(&self, at: usize) -> Result<T, DataError> {
        let text = self.values.get(at).copied().unwrap_or_default();
        text.parse()
            .map_err(|_| self.wrong(at, text, "a number of its type"))
    }

    /// The numbers in an array or a vector.
    pub(super) fn numbers<T: std::str::FromStr>(&self, at: usize) -> Result<Vec<T>, DataError> {
        let list = self.list(at)?;
        let numbers = list.iter().map(|text| text.parse());
        numbers
            .collect::<Result<_, _>>()
            .map_err(|_| self.wrong(at, &list.join(" "), "a list of numbers"))
    }

    /// The elements of an array in `{}` or of a vector in blanks, NULL elements dropped.
    pub(super) fn list(&self, at: usize) -> Result<Vec<String>, DataError> {
        let Some(text) = self.text(at) else {
            return Ok(Vec::new());
        };
        if text.starts_with('{') {
            let elements = elements(&text).ok_or_else(|| self.wrong(at, &text, "an array"))?;
            Ok(elements.into_iter().flatten().collect())
        } else {
            Ok(text.split_ascii_whitespace().map(str::to_owned).collect())
        }
    }

    /// An error about the value at a place.
    pub(super) fn wrong(&self, at: usize, text: &str, expected: &'static str) -> DataError {
        DataError::Value {
            file: self.file.name,
            column: (*self.file.columns.get(at).unwrap_or(&"?")).to_owned(),
            text: text.to_owned(),
            expected,
        }
    }
}

/// Takes COPY's backslashes away.
pub(super) fn unescape(value: &'static str) -> Cow<'static, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('v') => '\u{b}',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    Cow::Owned(plain)
}

/// The elements of a one-dimensional array in text form; `None` when it is malformed.
pub(super) fn elements(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut elements = Vec::new();
    let mut characters = inner.chars();
    while let Some(first) = characters.next() {
        let mut element = String::new();
        if first == '"' {
            loop {
                match characters.next()? {
                    '"' => break,
                    '\\' => element.push(characters.next()?),
                    other => element.push(other),
                }
            }
            elements.push(Some(element));
            match characters.next() {
                None | Some(',') => continue,
                Some(_) => return None,
            }
        }
        let mut next = Some(first);
        while let Some(character) = next.filter(|character| *character != ',') {
            match character {
                '\\' => element.push(characters.next()?),
                '{' | '}' | '"' => return None,
                other => element.push(other),
            }
            next = characters.next();
        }
        elements.push((element != "NULL").then_some(element));
    }
    Some(elements)
}
