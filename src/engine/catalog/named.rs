//! PostgreSQL's own smaller objects by name and number: collations, text search objects, languages,
//! operator classes, tablespaces; and the keys, indexes and comments of its own relations.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::data::{DataError, File, unescape};
use crate::ident::Oid;

/// An object with a name.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    /// The schema it is in; invalid for what is in none.
    pub(crate) namespace: Oid,
}

/// A kind of object: its relation and the prefix of the columns there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Collation,
    Conversion,
    OperatorClass,
    OperatorFamily,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
    AccessMethod,
    Language,
    Tablespace,
}

const KINDS: &[(Kind, &str, &str, &str)] = &[
    (Kind::Collation, "pg_collation", "collname", "collnamespace"),
    (Kind::Conversion, "pg_conversion", "conname", "connamespace"),
    (Kind::OperatorClass, "pg_opclass", "opcname", "opcnamespace"),
    (
        Kind::OperatorFamily,
        "pg_opfamily",
        "opfname",
        "opfnamespace",
    ),
    (
        Kind::TextSearchConfiguration,
        "pg_ts_config",
        "cfgname",
        "cfgnamespace",
    ),
    (
        Kind::TextSearchDictionary,
        "pg_ts_dict",
        "dictname",
        "dictnamespace",
    ),
    (
        Kind::TextSearchParser,
        "pg_ts_parser",
        "prsname",
        "prsnamespace",
    ),
    (
        Kind::TextSearchTemplate,
        "pg_ts_template",
        "tmplname",
        "tmplnamespace",
    ),
    (Kind::AccessMethod, "pg_am", "amname", ""),
    (Kind::Language, "pg_language", "lanname", ""),
    (Kind::Tablespace, "pg_tablespace", "spcname", ""),
];

/// An index on a relation of PostgreSQL's own.
#[derive(Debug)]
pub(crate) struct SystemIndex {
    pub(crate) table: Oid,
    pub(crate) unique: bool,
    pub(crate) columns: Vec<i16>,
}

/// A key or check on something of PostgreSQL's own.
#[derive(Debug)]
pub(crate) struct SystemConstraint {
    pub(crate) kind: char,
    pub(crate) table: Oid,
    pub(crate) columns: Vec<i16>,
    /// The expression of a check.
    pub(crate) check: String,
}

#[derive(Debug, Default)]
struct Details {
    named: HashMap<Kind, Vec<Named>>,
    indexes: HashMap<Oid, SystemIndex>,
    constraints: HashMap<Oid, SystemConstraint>,
    comments: HashMap<(Oid, Oid, i32), String>,
    /// Queries behind views, plain and pretty, as the file has them.
    views: HashMap<Oid, [&'static str; 2]>,
    /// Definitions of the rules that are not queries behind views, likewise.
    rules: HashMap<Oid, [&'static str; 2]>,
    /// The views that other rules are of.
    ruled: HashMap<Oid, Oid>,
}

fn details() -> &'static Details {
    static DETAILS: LazyLock<Details> = LazyLock::new(|| {
        load().unwrap_or_else(|error| {
            tracing::error!(%error, "the embedded objects cannot be read");
            Details::default()
        })
    });
    &DETAILS
}

fn load() -> Result<Details, DataError> {
    let mut details = Details::default();
    for (kind, relation, name, namespace) in KINDS {
        let file = File::open(relation)?;
        let [oid, name] = file.columns(["oid", name])?;
        let namespace = (!namespace.is_empty())
            .then(|| file.column(namespace))
            .transpose()?;
        let named = details.named.entry(*kind).or_default();
        for row in file.rows() {
            let row = row?;
            named.push(Named {
                oid: Oid(row.number(oid)?),
                name: row.string(name),
                namespace: namespace.map_or(Ok(0), |at| row.number(at)).map(Oid)?,
            });
        }
    }
    let file = File::open("pg_index")?;
    let [oid, table, unique, columns] =
        file.columns(["indexrelid", "indrelid", "indisunique", "indkey"])?;
    for row in file.rows() {
        let row = row?;
        let index = SystemIndex {
            table: Oid(row.number(table)?),
            unique: row.bool(unique),
            columns: row.numbers(columns)?,
        };
        details.indexes.insert(Oid(row.number(oid)?), index);
    }
    let file = File::open("pg_constraint")?;
    let [oid, kind, table, columns, check] =
        file.columns(["oid", "contype", "conrelid", "conkey", "conbin"])?;
    for row in file.rows() {
        let row = row?;
        let constraint = SystemConstraint {
            kind: row.char(kind),
            table: Oid(row.number(table)?),
            columns: row.numbers(columns)?,
            check: row.string(check),
        };
        details
            .constraints
            .insert(Oid(row.number(oid)?), constraint);
    }
    let file = File::open("pg_description")?;
    let [object, class, number, text] =
        file.columns(["objoid", "classoid", "objsubid", "description"])?;
    for row in file.rows() {
        let row = row?;
        let key = (
            Oid(row.number(object)?),
            Oid(row.number(class)?),
            row.number(number)?,
        );
        details.comments.insert(key, row.string(text));
    }
    details.views = texts("view_definitions")?;
    details.rules = texts("rule_definitions")?;
    let file = File::open("pg_rewrite")?;
    let [oid, view] = file.columns(["oid", "ev_class"])?;
    for row in file.rows() {
        let row = row?;
        let view = Oid(row.number(view)?);
        details.ruled.insert(Oid(row.number(oid)?), view);
    }
    Ok(details)
}

/// Definitions, plain and pretty, as a file has them.
fn texts(file: &str) -> Result<HashMap<Oid, [&'static str; 2]>, DataError> {
    let file = File::open(file)?;
    let [oid, plain, pretty] = file.columns(["oid", "plain", "pretty"])?;
    let rows = file.rows().map(|row| {
        let row = row?;
        let texts = [row.raw(plain), row.raw(pretty)];
        Ok((Oid(row.number(oid)?), texts))
    });
    rows.collect()
}

/// What only the definition of a function says.
#[derive(Debug)]
pub(crate) struct FunctionFacts {
    /// The words between the language and the body.
    pub(crate) options: Vec<Cow<'static, str>>,
    pub(crate) language: &'static str,
    pub(crate) library: Option<Cow<'static, str>>,
    /// The body where it was kept parsed.
    pub(crate) body: Option<Cow<'static, str>>,
    /// The function that advises the planner.
    pub(crate) support: Oid,
}

/// What the definition of a function says; read when one is first asked for, which is rare.
pub(crate) fn function_facts(oid: Oid) -> Option<&'static FunctionFacts> {
    static FACTS: LazyLock<HashMap<Oid, FunctionFacts>> = LazyLock::new(|| {
        read_facts().unwrap_or_else(|error| {
            tracing::error!(%error, "the embedded functions cannot be read");
            HashMap::new()
        })
    });
    FACTS.get(&oid)
}

fn read_facts() -> Result<HashMap<Oid, FunctionFacts>, DataError> {
    let file = File::open("pg_proc")?;
    let at = file.columns([
        "oid",
        "prolang",
        "prokind",
        "provolatile",
        "proparallel",
        "proisstrict",
        "prosecdef",
        "proleakproof",
        "procost",
        "prorows",
        "probin",
        "prosqlbody",
        "prosupport",
    ])?;
    let rows = file.rows();
    rows.map(|row| {
        let row = row?;
        let language = by_oid(Kind::Language, Oid(row.number(at[1])?));
        let language = language.map_or("", |named| named.name.as_str());
        let usual_cost = if matches!(language, "internal" | "c") {
            "1"
        } else {
            "100"
        };
        let (cost, rows) = (row.string(at[8]), row.string(at[9]));
        let words = [
            (row.char(at[2]) == 'w', "WINDOW"),
            (row.char(at[3]) == 'i', "IMMUTABLE"),
            (row.char(at[3]) == 's', "STABLE"),
            (row.char(at[4]) == 's', "PARALLEL SAFE"),
            (row.char(at[4]) == 'r', "PARALLEL RESTRICTED"),
            (row.bool(at[5]), "STRICT"),
            (row.bool(at[6]), "SECURITY DEFINER"),
            (row.bool(at[7]), "LEAKPROOF"),
        ];
        let words = words.iter().filter(|(holds, _)| *holds);
        let mut options: Vec<_> = words.map(|(_, word)| Cow::Borrowed(*word)).collect();
        if cost != usual_cost {
            options.push(Cow::Owned(format!("COST {cost}")));
        }
        if !matches!(rows.as_str(), "0" | "1000") {
            options.push(Cow::Owned(format!("ROWS {rows}")));
        }
        let facts = FunctionFacts {
            options,
            language,
            library: row.text(at[10]),
            body: row.text(at[11]),
            support: Oid(row.number(at[12])?),
        };
        Ok((Oid(row.number(at[0])?), facts))
    })
    .collect()
}

/// All objects of a kind.
pub(crate) fn all(kind: Kind) -> &'static [Named] {
    details().named.get(&kind).map_or(&[], Vec::as_slice)
}

/// An object by number.
pub(crate) fn by_oid(kind: Kind, oid: Oid) -> Option<&'static Named> {
    all(kind).iter().find(|named| named.oid == oid)
}

/// An object by name, in any schema.
pub(crate) fn by_name(kind: Kind, name: &str) -> Option<&'static Named> {
    all(kind).iter().find(|named| named.name == name)
}

/// An index of PostgreSQL's own.
pub(crate) fn index(oid: Oid) -> Option<&'static SystemIndex> {
    details().indexes.get(&oid)
}

/// A key or check of PostgreSQL's own.
pub(crate) fn constraint(oid: Oid) -> Option<&'static SystemConstraint> {
    details().constraints.get(&oid)
}

/// PostgreSQL's query behind a view of its own.
pub(crate) fn view(oid: Oid, pretty: bool) -> Option<String> {
    chosen(details().views.get(&oid)?, pretty)
}

/// The definition of a rule of PostgreSQL's own, if it is not the query behind a view.
pub(crate) fn rule(oid: Oid, pretty: bool) -> Option<String> {
    chosen(details().rules.get(&oid)?, pretty)
}

fn chosen(texts: &[&'static str; 2], pretty: bool) -> Option<String> {
    let text = texts.get(usize::from(pretty))?;
    Some(unescape(text).into_owned())
}

/// The view that a rule is of.
pub(crate) fn ruled(rule: Oid) -> Option<Oid> {
    details().ruled.get(&rule).copied()
}

/// The kinds of tokens that text search tells apart: number, name and description.
pub(crate) fn token_types() -> Vec<[String; 3]> {
    let read = || -> Result<Vec<_>, DataError> {
        let file = File::open("ts_token_type")?;
        let at = file.columns(["tokid", "alias", "description"])?;
        let rows = file.rows();
        rows.map(|row| row.map(|row| at.map(|at| row.string(at))))
            .collect()
    };
    read().unwrap_or_else(|error| {
        tracing::error!(%error, "the embedded token types cannot be read");
        Vec::new()
    })
}

/// The comment on an object of PostgreSQL's own; `class` is the relation that lists it.
pub(crate) fn comment(object: Oid, class: Oid, number: i32) -> Option<&'static str> {
    details()
        .comments
        .get(&(object, class, number))
        .map(String::as_str)
}

/// The comment on an object of this number, whatever lists it.
pub(crate) fn any_comment(object: Oid) -> Option<&'static str> {
    let mut all = details().comments.iter();
    all.find(|((found, _, number), _)| *found == object && *number == 0)
        .map(|(_, text)| text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_objects_are_read() {
        let details = load().unwrap();
        assert_eq!(details.named.len(), KINDS.len());
        assert!(details.named.values().all(|named| !named.is_empty()));
        assert!(details.indexes.len() > 100 && details.constraints.len() > 100);
        assert!(details.views.len() > 130 && token_types().len() == 23);
        assert_eq!(comment(Oid(870), Oid(1255), 0), Some("lowercase"));
        assert_eq!(by_name(Kind::Collation, "C").unwrap().oid, Oid(950));
    }
}
