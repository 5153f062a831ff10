//! Reads schema files: the raw form, then the checked one. Errors name file, line and key.

mod checks;
mod names;
mod raw;

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use self::checks::Scope;
use self::names::{Columns, Names, plain};
use self::raw::{RawColumn, RawFile, RawReference, RawTable};
use super::{Action, Column, OnErase, Origin, Product, Reference, Table, Target, Values, arrow};
use crate::ident::{ProductName, TableName};
use crate::pg::Type;
use crate::pg::typename::parse_type_name;
use crate::pg::types;

pub(super) use self::names::same_name;

/// The version of the format this code reads.
const FORMAT: u32 = 1;
/// The largest schema file, in bytes.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// The most schema files in one folder.
const FILES_MAX: usize = 256;
/// The most tables of one product.
const TABLES_MAX: usize = 2_000;
/// The most columns of one table: PostgreSQL's own limit.
pub const COLUMNS_MAX: usize = 1_600;
/// The longest description, note or value, in bytes.
const TEXT_BYTES_MAX: usize = 4_000;
/// Names PostgreSQL keeps for itself in every table.
pub(super) const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"];

/// Why a schema is not usable.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder or file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// What was read.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A file or folder is larger than a schema can be.
    #[error("{} holds more than {most}", path.display())]
    TooLarge {
        /// What was read.
        path: PathBuf,
        /// The bound.
        most: String,
    },
    /// A file is not a schema file.
    #[error("{file}:{line}: {key}: {problem}")]
    Invalid {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The key concerned, such as `users.coach_id.reference`.
        key: String,
        /// What is wrong.
        problem: String,
    },
    /// Two files declare the same product.
    #[error("product {product} is declared twice")]
    Repeated {
        /// The product.
        product: ProductName,
    },
}

/// Reads every `*.toml` of a folder, in the order of names.
pub(super) fn read_dir(folder: &Path) -> Result<Vec<Product>, Error> {
    let unreadable = |source| Error::Read {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            return Err(Error::TooLarge {
                path: folder.to_owned(),
                most: format!("{FILES_MAX} schema files"),
            });
        }
    }
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<Product, Error> {
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text))
        .map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(Error::TooLarge {
            path: path.to_owned(),
            most: format!("{FILE_BYTES_MAX} bytes"),
        });
    }
    parse(&text, &path.display().to_string())
}

/// Reads and checks the text of one schema file.
pub(super) fn parse(text: &str, origin: &str) -> Result<Product, Error> {
    let own = false;
    read_text(&Reader { text, origin, own })
}

/// Reads the text of a schema whose rows are never stored, and which every database has.
pub(super) fn parse_own(text: &str, origin: &str) -> Result<Product, Error> {
    let own = true;
    read_text(&Reader { text, origin, own })
}

fn read_text(reader: &Reader<'_>) -> Result<Product, Error> {
    let text = reader.text;
    let raw: RawFile = toml::from_str(text).map_err(|error| {
        reader.invalid(
            error.span().unwrap_or(0..0),
            "toml".to_owned(),
            error.message(),
        )
    })?;
    reader.product(raw)
}

/// The text at hand, to say where something is wrong.
struct Reader<'a> {
    text: &'a str,
    origin: &'a str,
    /// Not a product: its name may be one that every database has, its types any.
    own: bool,
}

impl Reader<'_> {
    fn invalid(
        &self,
        at: Range<usize>,
        key: String,
        problem: &(impl fmt::Display + ?Sized),
    ) -> Error {
        let before = self.text.as_bytes().iter().take(at.start);
        Error::Invalid {
            file: self.origin.to_owned(),
            line: 1 + before.filter(|byte| **byte == b'\n').count(),
            key,
            problem: problem.to_string(),
        }
    }

    fn product(&self, raw: RawFile) -> Result<Product, Error> {
        if *raw.format.get_ref() != FORMAT {
            let problem = format!("this version reads format {FORMAT}");
            return Err(self.invalid(raw.format.span(), "format".to_owned(), &problem));
        }
        let name: ProductName = raw.product.name.get_ref().parse().map_err(|problem| {
            self.invalid(raw.product.name.span(), "product.name".to_owned(), &problem)
        })?;
        let everywhere = ["public", "information_schema", super::status::SCHEMA];
        if (everywhere.contains(&name.as_str()) || name.as_str().starts_with("pg_")) && !self.own {
            let problem = "is a schema every database has";
            return Err(self.invalid(raw.product.name.span(), "product.name".to_owned(), &problem));
        }
        if *raw.product.major_version.get_ref() == 0 {
            return Err(self.invalid(
                raw.product.major_version.span(),
                "product.major_version".to_owned(),
                "starts at 1",
            ));
        }
        if raw.tables.is_empty() || raw.tables.len() > TABLES_MAX {
            let problem = format!("a product has 1 to {TABLES_MAX} tables");
            return Err(self.invalid(raw.product.name.span(), "table".to_owned(), &problem));
        }
        let columns = Columns::of(&raw.tables);
        let mut names = Names::default();
        let mut tables = Vec::with_capacity(raw.tables.len());
        for table in raw.tables {
            let path = table.name.get_ref().clone();
            names.claim(self, &path, &table.name, &table.source_names)?;
            tables.push(self.table(table, &path, &columns)?);
        }
        Ok(Product {
            name,
            display_name: raw.product.display_name,
            major_version: raw.product.major_version.into_inner(),
            description: self.prose("product.description", raw.product.description)?,
            notes: self.all_prose("product.notes", raw.product.notes)?,
            tables,
        })
    }

    fn table(&self, raw: RawTable, path: &str, columns: &Columns) -> Result<Table, Error> {
        let name: TableName =
            raw.name.get_ref().parse().map_err(|problem| {
                self.invalid(raw.name.span(), format!("{path}.name"), &problem)
            })?;
        if raw.columns.is_empty() || raw.columns.len() > COLUMNS_MAX {
            let problem = format!("a table has 1 to {COLUMNS_MAX} columns");
            return Err(self.invalid(raw.name.span(), format!("{path}.column"), &problem));
        }
        let mut names = Names::default();
        let mut declared = Vec::with_capacity(raw.columns.len());
        for column in raw.columns {
            let path = format!("{path}.{}", column.name.get_ref());
            names.claim(self, &path, &column.name, &column.source_names)?;
            declared.push(self.column(column, &path, raw.origin, columns)?);
        }
        let sort = raw.sort.unwrap_or_else(|| raw.key.clone());
        self.key(
            &raw.key,
            &format!("{path}.key"),
            raw.key_enforced,
            &declared,
        )?;
        self.key(&sort, &format!("{path}.sort"), false, &declared)?;
        if let Some(activity) = &raw.activity {
            let column = declared.iter().find(|one| one.name == *activity.get_ref());
            let dated = |column: &Column| {
                let oid = column.kind.oid;
                matches!(oid, types::DATE | types::TIMESTAMP | types::TIMESTAMPTZ)
            };
            if !column.is_some_and(dated) {
                let problem = format!("{} is no time of the table", activity.get_ref());
                return Err(self.invalid(activity.span(), format!("{path}.activity"), &problem));
            }
        }
        if let Some(percent) = raw
            .shrink_percent
            .as_ref()
            .filter(|one| *one.get_ref() > 100)
        {
            let problem = "is more than all of it";
            return Err(self.invalid(percent.span(), format!("{path}.shrink_percent"), &problem));
        }
        let scope = Scope {
            table: path,
            key: raw.key.get_ref(),
            columns: &declared,
            all: columns,
        };
        let checks = self.checks(raw.checks, &scope)?;
        Ok(Table {
            name,
            source_names: plain(raw.source_names),
            description: self.prose(&format!("{path}.description"), raw.description)?,
            grain: self.prose(&format!("{path}.grain"), raw.grain)?,
            key_enforced: raw.key_enforced && !raw.key.get_ref().is_empty(),
            key: raw.key.into_inner(),
            key_origin: raw.key_origin,
            required: raw.required,
            sort: sort.into_inner(),
            activity: raw.activity.map(Spanned::into_inner),
            origin: raw.origin,
            notes: self.all_prose(&format!("{path}.notes"), raw.notes)?,
            shrink_percent: raw.shrink_percent.map(Spanned::into_inner),
            columns: declared,
            checks,
        })
    }

    /// Checks columns that order or identify rows: declared once, comparable, and not null if `unique`.
    fn key(
        &self,
        key: &Spanned<Vec<String>>,
        path: &str,
        unique: bool,
        columns: &[Column],
    ) -> Result<(), Error> {
        let mut seen = HashSet::new();
        for name in key.get_ref() {
            let problem = match columns.iter().find(|column| column.name == *name) {
                None => "is not a column of the table",
                Some(_) if !seen.insert(name) => "comes twice",
                Some(column) if unique && column.nullable => "may be null",
                Some(column) if !comparable(column) => "has a type without an order",
                Some(_) => continue,
            };
            return Err(self.invalid(key.span(), path.to_owned(), &format!("{name} {problem}")));
        }
        Ok(())
    }

    fn column(
        &self,
        raw: RawColumn,
        path: &str,
        table_origin: Origin,
        columns: &Columns,
    ) -> Result<Column, Error> {
        // A column's name obeys the rule of a table's name.
        raw.name
            .get_ref()
            .parse::<TableName>()
            .map_err(|problem| self.invalid(raw.name.span(), format!("{path}.name"), &problem))?;
        if SYSTEM_COLUMNS.contains(&raw.name.get_ref().as_str()) {
            let problem = "is a column every PostgreSQL table has";
            return Err(self.invalid(raw.name.span(), format!("{path}.name"), &problem));
        }
        let kind = parse_type_name(raw.kind.get_ref())
            .filter(|kind| self.own || arrow::storable(*kind))
            .ok_or_else(|| {
                let problem = format!("{:?} is not a type a table can have", raw.kind.get_ref());
                self.invalid(raw.kind.span(), format!("{path}.type"), &problem)
            })?;
        if let Some(clock) = &raw.clock
            && !matches!(kind.oid, types::TIMESTAMP | types::TIMESTAMPTZ)
        {
            let problem = "only a time has a clock";
            return Err(self.invalid(clock.span(), format!("{path}.clock"), &problem));
        }
        let reference = raw
            .reference
            .map(|raw| self.reference(raw, path, kind, columns))
            .transpose()?;
        let copy_of = raw.copy_of.as_ref();
        let copy_of = copy_of.map(|of| self.copied(of, raw.nullable, path, columns));
        let copy_of = copy_of.transpose()?;
        self.erasable(&raw.name, raw.nullable, reference.as_ref(), path)?;
        let values = match raw.values {
            None => None,
            Some(values) if values.get_ref().is_empty() => {
                let problem = "an empty list says nothing";
                return Err(self.invalid(values.span(), format!("{path}.values"), &problem));
            }
            Some(values) => Some(Values {
                list: values.into_inner(),
                closed: raw.values_closed,
                origin: raw.values_origin,
                action: raw
                    .values_action
                    .as_ref()
                    .map(|one| *one.get_ref())
                    .unwrap_or_default(),
            }),
        };
        if let Some(action) = raw.values_action
            && (!raw.values_closed || *action.get_ref() == Action::Flag)
        {
            let problem = "only closed lists are checked, and cannot be flagged";
            return Err(self.invalid(action.span(), format!("{path}.values_action"), &problem));
        }
        Ok(Column {
            name: raw.name.into_inner(),
            source_names: plain(raw.source_names),
            kind,
            source_type: raw.source_type.map(Spanned::into_inner),
            nullable: raw.nullable,
            description: self.prose(&format!("{path}.description"), raw.description)?,
            note: raw
                .note
                .map(|note| self.prose(&format!("{path}.note"), note))
                .transpose()?,
            reference,
            copy_of,
            clock: raw.clock.map(Spanned::into_inner).unwrap_or_default(),
            change_stamp: raw.change_stamp,
            values,
            origin: raw.origin.unwrap_or(table_origin),
        })
    }

    fn erasable(
        &self,
        name: &Spanned<String>,
        nullable: bool,
        reference: Option<&Reference>,
        path: &str,
    ) -> Result<(), Error> {
        let emptied = |one: &Reference| one.on_erase == OnErase::Value && !one.each;
        if nullable || !reference.is_some_and(emptied) {
            return Ok(());
        }
        let problem = "a value that is never null cannot be erased alone; its row can";
        Err(self.invalid(name.span(), format!("{path}.reference"), &problem))
    }

    fn copied(
        &self,
        of: &Spanned<String>,
        nullable: bool,
        path: &str,
        columns: &Columns,
    ) -> Result<Target, Error> {
        let found = target(of.get_ref(), None, columns).filter(|_| nullable);
        let problem = "copies a declared column, and may be null";
        found.ok_or_else(|| self.invalid(of.span(), format!("{path}.copy_of"), &problem))
    }

    fn reference(
        &self,
        raw: Spanned<RawReference>,
        path: &str,
        kind: Type,
        columns: &Columns,
    ) -> Result<Reference, Error> {
        let span = raw.span();
        let invalid =
            |problem: String| self.invalid(span.clone(), format!("{path}.reference"), &problem);
        let raw = raw.into_inner();
        let mut pairs: Vec<(String, Option<String>)> =
            raw.to.into_iter().map(|to| (to, None)).collect();
        for (when, to) in raw.cases {
            match to {
                toml::Value::String(to) => pairs.push((to, Some(when))),
                _ => return Err(invalid(format!("case {when} must name table.column"))),
            }
        }
        let with_cases = pairs.iter().any(|(_, when)| when.is_some());
        if pairs.is_empty() {
            return Err(invalid("points nowhere".to_owned()));
        }
        if with_cases != raw.selector.is_some() {
            return Err(invalid("cases and selector come together".to_owned()));
        }
        let table = path.split('.').next().unwrap_or_default();
        if let Some(selector) = &raw.selector
            && !columns.has(table, selector)
        {
            return Err(invalid(format!("{selector} is not a column of {table}")));
        }
        let targets = pairs
            .into_iter()
            .map(|(to, when)| {
                let found = target(&to, when, columns);
                found.ok_or_else(|| invalid(format!("{to} is not a declared column")))
            })
            .collect::<Result<_, Error>>()?;
        if matches!(raw.action, Action::Flag | Action::Quarantine) {
            return Err(invalid("can count, hold or fail".to_owned()));
        }
        let reference = Reference {
            action: raw.action,
            on_erase: raw.on_erase,
            targets,
            each: raw.each,
            selector: raw.selector,
            join: raw.join,
        };
        match columns.misfit(kind, &reference) {
            Some(problem) => Err(invalid(problem)),
            None => Ok(reference),
        }
    }

    /// Checks a text for people: not empty, one line, bounded.
    fn prose(&self, key: &str, text: Spanned<String>) -> Result<String, Error> {
        let problem = match text.get_ref() {
            text if text.trim().is_empty() => "is empty",
            text if text.len() > TEXT_BYTES_MAX => "is longer than 4000 bytes",
            text if text.contains(char::is_control) => "has a control character",
            _ => return Ok(text.into_inner()),
        };
        Err(self.invalid(text.span(), key.to_owned(), &problem))
    }

    fn all_prose(&self, key: &str, texts: Vec<Spanned<String>>) -> Result<Vec<String>, Error> {
        texts
            .into_iter()
            .map(|text| self.prose(key, text))
            .collect()
    }
}

/// Reads `table.column`, when such a column is declared.
fn target(to: &str, when: Option<String>, columns: &Columns) -> Option<Target> {
    let (table, column) = to.split_once('.')?;
    if !columns.has(table, column) {
        return None;
    }
    Some(Target {
        table: table.parse().ok()?,
        column: column.to_owned(),
        when,
    })
}

fn comparable(column: &Column) -> bool {
    !matches!(column.kind.oid, types::JSON | types::JSONB)
        && types::element(column.kind.oid).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"format = 1
[product]
name = "shop"
display_name = "Shop"
major_version = 1
description = "Things"
[[table]]
name = "goods"
source_names = ["Goods Sold"]
description = "What is sold"
grain = "one row per thing"
key = ["id"]
[[table.column]]
name = "id"
type = "integer"
nullable = false
description = "Key"
[[table.column]]
name = "like_id"
source_names = ["LIKE"]
type = "integer"
description = "A thing like it"
reference = { to = ["goods.id"] }
"#;

    #[test]
    fn a_file_becomes_a_product() {
        let product = Product::parse(GOOD, "shop.toml").unwrap();
        let goods = product.table("goods").unwrap();
        assert!(goods.answers_to("GOODS") && goods.answers_to("goods-sold"));
        assert!(!goods.answers_to("good"));
        assert_eq!(goods.primary_key(), ["id"]);
        assert_eq!(goods.sort, ["id"]);
        let keys: Vec<_> = product.foreign_keys(goods).collect();
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].0.comment(), "A thing like it. Refers to goods.id.");
    }

    fn refused(from: &str, to: &str, expected: &str) {
        assert!(GOOD.contains(from), "{from}");
        let error = Product::parse(&GOOD.replacen(from, to, 1), "shop.toml").unwrap_err();
        assert_eq!(error.to_string(), expected, "{to}");
    }

    #[test]
    fn errors_name_file_line_and_key() {
        refused(
            "format = 1",
            "format = 2",
            "shop.toml:1: format: this version reads format 1",
        );
        refused(
            "key = [\"id\"]",
            "key = [\"ID\"]",
            "shop.toml:12: goods.key: ID is not a column of the table",
        );
        refused(
            "key = [\"id\"]",
            "key = [\"like_id\"]",
            "shop.toml:12: goods.key: like_id may be null",
        );
        refused(
            "key = [\"id\"]",
            "key = [\"id\"]\nactivity = \"id\"",
            "shop.toml:13: goods.activity: id is no time of the table",
        );
        refused(
            "type = \"integer\"",
            "type = \"interval\"",
            "shop.toml:15: goods.id.type: \"interval\" is not a type a table can have",
        );
        refused(
            "type = \"integer\"\ndescription = \"A thing like it\"",
            "type = \"integer\"\ndescription = \"A thing like it\"\ncopy_of = \"goods.like\"",
            "shop.toml:23: goods.like_id.copy_of: copies a declared column, and may be null",
        );
        refused(
            "description = \"A thing like it\"\nreference = { to = [\"goods.id\"] }",
            "nullable = false\ndescription = \"A thing like it\"\n\
             reference = { to = [\"goods.id\"], on_erase = \"value\" }",
            "shop.toml:19: goods.like_id.reference: a value that is never null cannot be erased \
             alone; its row can",
        );
        refused(
            "goods.id\"] }",
            "wares.id\"] }",
            "shop.toml:23: goods.like_id.reference: wares.id is not a declared column",
        );
        refused(
            "\"LIKE\"",
            "\"Id\"",
            "shop.toml:20: goods.like_id: the name \"Id\" is taken",
        );
        refused(
            "description = \"Key\"",
            "description = \"\"",
            "shop.toml:17: goods.id.description: is empty",
        );
        refused(
            "name = \"shop\"",
            "name = \"pg_shop\"",
            "shop.toml:3: product.name: is a schema every database has",
        );
    }

    #[test]
    fn checks_are_declared_or_follow_from_columns() {
        let text = GOOD.to_owned()
            + "values = [\"1\"]\nvalues_closed = true\n[[table.check]]\nname = \"other\"\n\
               description = \"No thing is like itself\"\nrule = \"like_id <> id\"\naction = \"hold\"\n";
        let product = Product::parse(&text, "shop.toml").unwrap();
        let goods = product.table("goods").unwrap();
        let names: Vec<_> = goods.checks.iter().map(|check| &check.name).collect();
        assert_eq!(names, ["other", "like_id_values", "like_id_reference"]);
        assert_eq!(goods.check("other").unwrap().action, Action::Hold);
        let refused = |from: &str, to: &str, expected: &str| {
            let error = Product::parse(&text.replace(from, to), "shop.toml").unwrap_err();
            assert_eq!(error.to_string(), format!("shop.toml:{expected}"));
        };
        let rule = "rule = \"like_id <> id\"";
        refused(
            rule,
            "rule = \"like <> id\"",
            "29: goods.other: like is no column to speak of here",
        );
        refused(
            rule,
            "unique = [\"ID\"]",
            "27: goods.other: ID is no column of the table",
        );
        refused(
            rule,
            "within = \"wares.id\"",
            "27: goods.other: wares.id is not a declared column",
        );
        refused(
            rule,
            "rule = \"goods.id <> id\"\nvia = \"id\"",
            "27: goods.other: id refers to no one row",
        );
        refused(
            rule,
            "",
            "27: goods.other: needs a rule, a rule via a column, unique columns, or within a column",
        );
        refused(
            "\"hold\"",
            "\"flag\"",
            "27: goods.other: only times of devices are flagged",
        );
        let several = "27: goods.other: looks at several rows, so it cannot quarantine";
        refused(
            "rule = \"like_id <> id\"\naction = \"hold\"",
            "unique = [\"id\"]\naction = \"quarantine\"",
            several,
        );
    }

    #[test]
    fn unknown_keys_are_refused_with_their_line() {
        let text = GOOD.replace("nullable = false", "nulls = false");
        let error = Product::parse(&text, "shop.toml").unwrap_err().to_string();
        assert!(
            error.starts_with("shop.toml:16: toml: unknown field `nulls`"),
            "{error}"
        );
    }
}
