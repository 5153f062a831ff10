//! PostgreSQL 15's own types, functions, operators and casts, as data.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::data::{DataError, File, Row};
use crate::ident::Oid;

/// `pg_am.oid` of B-trees and of hash indexes.
const BTREE: Oid = Oid(403);
const HASH: Oid = Oid(405);

/// A row of `pg_type`.
#[derive(Debug, Clone)]
pub(crate) struct TypeRow {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) namespace: Oid,
    pub(crate) length: i16,
    /// `b` base, `c` composite, `d` domain, `e` enum, `p` pseudo, `r` range, `m` multirange.
    pub(crate) kind: char,
    pub(crate) category: char,
    pub(crate) preferred: bool,
    pub(crate) relation: Oid,
    pub(crate) element: Oid,
    pub(crate) array: Oid,
    /// The type a domain is over.
    pub(crate) base: Oid,
    pub(crate) base_modifier: i32,
    /// Whether values are passed by value.
    pub(crate) by_value: bool,
    /// `typalign`.
    pub(crate) alignment: char,
    /// `typstorage`.
    pub(crate) storage: char,
    pub(crate) collation: Oid,
}

/// A row of `pg_proc`.
#[derive(Debug, Clone)]
pub(crate) struct ProcRow {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) namespace: Oid,
    /// `f` function, `a` aggregate, `w` window, `p` procedure.
    pub(crate) kind: char,
    pub(crate) returns_set: bool,
    /// `i` immutable, `s` stable, `v` volatile.
    pub(crate) volatility: char,
    /// How many trailing arguments have defaults.
    pub(crate) defaults: usize,
    /// The defaults of those arguments as SQL text, in order (`pg_get_expr` of each).
    pub(crate) default_texts: Vec<String>,
    /// Element type of the variadic argument, or invalid.
    pub(crate) variadic: Oid,
    pub(crate) result: Oid,
    /// Input argument types (`proargtypes`).
    pub(crate) arguments: Vec<Oid>,
    /// Names of the input arguments, empty strings where unnamed; empty when none has a name.
    pub(crate) argument_names: Vec<String>,
    /// OUT, INOUT and TABLE columns (name, type) in order; empty when the function has none.
    pub(crate) out_columns: Vec<(String, Oid)>,
    /// All arguments (mode, name, type) where some are not plain input; empty otherwise.
    pub(crate) all_arguments: Vec<(char, String, Oid)>,
    /// Who may call it, in the text of `aclitem[]`; `None` for everybody.
    pub(crate) acl: Option<String>,
    pub(crate) source: String,
    /// `pg_aggregate.aggkind` (`n`, `o`, `h`) and `aggnumdirectargs` for aggregates.
    pub(crate) aggregate: Option<(char, usize)>,
}

/// A row of `pg_operator`.
#[derive(Debug, Clone)]
pub(crate) struct OperatorRow {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) namespace: Oid,
    /// Invalid for a prefix operator.
    pub(crate) left: Oid,
    pub(crate) right: Oid,
    pub(crate) result: Oid,
    /// The function that does it.
    pub(crate) code: Oid,
}

/// A row of `pg_cast`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CastRow {
    pub(crate) source: Oid,
    pub(crate) target: Oid,
    /// Invalid unless `method` is `f`.
    pub(crate) function: Oid,
    /// `i` implicit, `a` assignment, `e` explicit.
    pub(crate) context: char,
    /// `f` function, `i` through text input/output, `b` binary coercible.
    pub(crate) method: char,
}

/// PostgreSQL's own objects, indexed for resolution.
#[derive(Debug, Default)]
pub(crate) struct System {
    types: Vec<TypeRow>,
    type_by_oid: HashMap<Oid, usize>,
    type_by_name: HashMap<String, usize>,
    procs: Vec<ProcRow>,
    proc_by_oid: HashMap<Oid, usize>,
    procs_by_name: HashMap<String, Range<usize>>,
    proc_by_signature: HashMap<String, Oid>,
    operators: Vec<OperatorRow>,
    operator_by_oid: HashMap<Oid, usize>,
    operators_by_name: HashMap<String, Range<usize>>,
    casts: HashMap<(Oid, Oid), CastRow>,
    /// Default operator classes by access method and type.
    operator_classes: HashMap<(Oid, Oid), Oid>,
}

/// The one instance, loaded on first use.
pub(crate) fn system() -> &'static System {
    static SYSTEM: LazyLock<System> = LazyLock::new(|| {
        System::load().unwrap_or_else(|error| {
            // A test loads the same bytes, so this cannot happen to a build that was tested.
            tracing::error!(%error, "the embedded system catalog cannot be read");
            System::default()
        })
    });
    &SYSTEM
}

impl System {
    /// Reads the embedded rows.
    fn load() -> Result<Self, DataError> {
        let types = types()?;
        let procs = procs()?;
        let operators = operators()?;
        let mut system = Self {
            type_by_oid: positions(&types, |row| row.oid),
            proc_by_oid: positions(&procs, |row| row.oid),
            procs_by_name: groups(&procs, |row| &row.name),
            operator_by_oid: positions(&operators, |row| row.oid),
            operators_by_name: groups(&operators, |row| &row.name),
            casts: casts()?,
            operator_classes: operator_classes()?,
            types,
            procs,
            operators,
            ..Self::default()
        };
        for (at, row) in system.types.iter().enumerate() {
            // Types of pg_catalog come first in the file, and pg_catalog comes first in any path.
            system.type_by_name.entry(row.name.clone()).or_insert(at);
        }
        system.proc_by_signature = system
            .procs
            .iter()
            .map(|row| (system.signature(row), row.oid))
            .collect();
        Ok(system)
    }

    /// `name(type,type)` with `pg_type` names.
    fn signature(&self, row: &ProcRow) -> String {
        let arguments: Vec<_> = row
            .arguments
            .iter()
            .map(|oid| self.type_by_oid(*oid).map_or("?", |kind| &kind.name))
            .collect();
        format!("{}({})", row.name, arguments.join(","))
    }

    /// All types, those of `pg_catalog` first.
    pub(crate) fn types(&self) -> &[TypeRow] {
        &self.types
    }

    /// A type by oid.
    pub(crate) fn type_by_oid(&self, oid: Oid) -> Option<&TypeRow> {
        self.types.get(*self.type_by_oid.get(&oid)?)
    }

    /// A type of `pg_catalog` (or `information_schema`) by its `pg_type` name, such as `int4` or `_text`.
    pub(crate) fn type_by_name(&self, name: &str) -> Option<&TypeRow> {
        self.types.get(*self.type_by_name.get(name)?)
    }

    /// Every row of `pg_proc`.
    pub(crate) fn procs(&self) -> &[ProcRow] {
        &self.procs
    }

    /// Every row of `pg_operator`.
    #[cfg(test)]
    pub(crate) fn operators(&self) -> &[OperatorRow] {
        &self.operators
    }

    /// A function by oid.
    pub(crate) fn proc_by_oid(&self, oid: Oid) -> Option<&ProcRow> {
        self.procs.get(*self.proc_by_oid.get(&oid)?)
    }

    /// All functions of a name, in any system schema.
    pub(crate) fn procs_by_name(&self, name: &str) -> &[ProcRow] {
        let range = self.procs_by_name.get(name).cloned();
        range
            .and_then(|range| self.procs.get(range))
            .unwrap_or_default()
    }

    /// The oid behind `name(type,type)` written with `pg_type` names: none or one.
    pub(crate) fn procs_by_signature(&self, signature: &str) -> Option<Oid> {
        self.proc_by_signature.get(signature).copied()
    }

    /// An operator by oid.
    pub(crate) fn operator_by_oid(&self, oid: Oid) -> Option<&OperatorRow> {
        self.operators.get(*self.operator_by_oid.get(&oid)?)
    }

    /// All operators of a name.
    pub(crate) fn operators_by_name(&self, name: &str) -> &[OperatorRow] {
        let range = self.operators_by_name.get(name).cloned();
        range
            .and_then(|range| self.operators.get(range))
            .unwrap_or_default()
    }

    /// The default operator class of a type for an access method.
    pub(crate) fn operator_class(&self, method: Oid, kind: Oid) -> Option<Oid> {
        self.operator_classes.get(&(method, kind)).copied()
    }

    /// Whether values of a base type can be told equal, or with `ordering` be sorted.
    pub(crate) fn comparable(&self, kind: Oid, ordering: bool) -> bool {
        let Some(row) = self.type_by_oid(kind) else {
            return true;
        };
        let classed = |kind: Oid| {
            self.operator_class(BTREE, kind).is_some()
                || !ordering && self.operator_class(HASH, kind).is_some()
        };
        let relabelled = |(_, other): &(Oid, Oid)| {
            let cast = self.cast(kind, *other);
            cast.is_some_and(|cast| cast.method == 'b' && cast.context == 'i') && classed(*other)
        };
        row.kind != 'b' || classed(kind) || self.operator_classes.keys().any(relabelled)
    }

    /// The cast from one type to another.
    pub(crate) fn cast(&self, source: Oid, target: Oid) -> Option<&CastRow> {
        self.casts.get(&(source, target))
    }
}

fn positions<T>(rows: &[T], oid: impl Fn(&T) -> Oid) -> HashMap<Oid, usize> {
    let numbered = rows.iter().enumerate();
    numbered.map(|(at, row)| (oid(row), at)).collect()
}

/// Where the rows of each name stand; `rows` are sorted by name.
fn groups<T>(rows: &[T], name: impl Fn(&T) -> &String) -> HashMap<String, Range<usize>> {
    let mut groups: HashMap<String, Range<usize>> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        match groups.get_mut(name(row)) {
            Some(range) => range.end = at + 1,
            None => {
                groups.insert(name(row).clone(), at..at + 1);
            }
        }
    }
    groups
}

fn oid(row: &Row<'_>, at: usize) -> Result<Oid, DataError> {
    row.number(at).map(Oid)
}

fn oids(row: &Row<'_>, at: usize) -> Result<Vec<Oid>, DataError> {
    Ok(row.numbers(at)?.into_iter().map(Oid).collect())
}

fn types() -> Result<Vec<TypeRow>, DataError> {
    let file = File::open("pg_type")?;
    let at = file.columns([
        "oid",
        "typname",
        "typnamespace",
        "typlen",
        "typtype",
        "typcategory",
        "typispreferred",
        "typrelid",
        "typelem",
        "typarray",
        "typbasetype",
        "typtypmod",
        "typbyval",
        "typalign",
        "typstorage",
        "typcollation",
    ])?;
    let mut types = Vec::new();
    for row in file.rows() {
        let row = row?;
        types.push(TypeRow {
            oid: oid(&row, at[0])?,
            name: row.string(at[1]),
            namespace: oid(&row, at[2])?,
            length: row.number(at[3])?,
            kind: row.char(at[4]),
            category: row.char(at[5]),
            preferred: row.bool(at[6]),
            relation: oid(&row, at[7])?,
            element: oid(&row, at[8])?,
            array: oid(&row, at[9])?,
            base: oid(&row, at[10])?,
            base_modifier: row.number(at[11])?,
            by_value: row.bool(at[12]),
            alignment: row.char(at[13]),
            storage: row.char(at[14]),
            collation: oid(&row, at[15])?,
        });
    }
    types.sort_by_key(|row| row.namespace);
    Ok(types)
}

fn procs() -> Result<Vec<ProcRow>, DataError> {
    let aggregates = aggregates()?;
    let defaults = defaults()?;
    let file = File::open("pg_proc")?;
    let at = file.columns([
        "oid",
        "proname",
        "pronamespace",
        "prokind",
        "proisstrict",
        "proretset",
        "provolatile",
        "pronargdefaults",
        "provariadic",
        "prorettype",
        "proargtypes",
        "prosrc",
        "proargnames",
        "proallargtypes",
        "proargmodes",
        "proacl",
    ])?;
    let mut procs = Vec::new();
    for row in file.rows() {
        let row = row?;
        let number = oid(&row, at[0])?;
        let arguments = oids(&row, at[10])?;
        let names = row.list(at[12])?;
        let all_arguments: Vec<_> = row
            .list(at[14])?
            .iter()
            .zip(oids(&row, at[13])?)
            .enumerate()
            .map(|(at, (mode, kind))| {
                let name = names.get(at).cloned().unwrap_or_default();
                (mode.chars().next().unwrap_or('i'), name, kind)
            })
            .collect();
        let (argument_names, out_columns) =
            split_arguments(&names, &all_arguments, arguments.len());
        procs.push(ProcRow {
            oid: number,
            name: row.string(at[1]),
            namespace: oid(&row, at[2])?,
            kind: row.char(at[3]),
            returns_set: row.bool(at[5]),
            volatility: row.char(at[6]),
            defaults: row.number(at[7])?,
            default_texts: defaults.get(&number).cloned().unwrap_or_default(),
            variadic: oid(&row, at[8])?,
            result: oid(&row, at[9])?,
            arguments,
            argument_names,
            out_columns,
            all_arguments,
            acl: row.text(at[15]).map(std::borrow::Cow::into_owned),
            source: row.string(at[11]),
            aggregate: aggregates.get(&number).copied(),
        });
    }
    procs.sort_by(|a, b| (&a.name, a.oid).cmp(&(&b.name, b.oid)));
    Ok(procs)
}

/// Parts the names of all arguments into those of the input ones and the output columns.
fn split_arguments(
    names: &[String],
    all: &[(char, String, Oid)],
    inputs: usize,
) -> (Vec<String>, Vec<(String, Oid)>) {
    if all.is_empty() {
        return (names.iter().take(inputs).cloned().collect(), Vec::new());
    }
    let named = all
        .iter()
        .filter(|(mode, ..)| matches!(mode, 'i' | 'b' | 'v'));
    let mut inputs: Vec<_> = named.map(|(_, name, _)| name.clone()).collect();
    if inputs.iter().all(String::is_empty) {
        inputs.clear();
    }
    let outputs = all
        .iter()
        .filter(|(mode, ..)| matches!(mode, 'o' | 'b' | 't'));
    (
        inputs,
        outputs
            .map(|(_, name, kind)| (name.clone(), *kind))
            .collect(),
    )
}

fn aggregates() -> Result<HashMap<Oid, (char, usize)>, DataError> {
    let file = File::open("pg_aggregate")?;
    let at = file.columns(["aggfnoid", "aggkind", "aggnumdirectargs"])?;
    file.rows()
        .map(|row| {
            let row = row?;
            Ok((oid(&row, at[0])?, (row.char(at[1]), row.number(at[2])?)))
        })
        .collect()
}

fn defaults() -> Result<HashMap<Oid, Vec<String>>, DataError> {
    let file = File::open("proc_defaults")?;
    let at = file.columns(["oid", "default"])?;
    let mut defaults: HashMap<Oid, Vec<String>> = HashMap::new();
    for row in file.rows() {
        let row = row?;
        let texts = defaults.entry(oid(&row, at[0])?).or_default();
        texts.push(row.string(at[1]));
    }
    Ok(defaults)
}

fn operators() -> Result<Vec<OperatorRow>, DataError> {
    let file = File::open("pg_operator")?;
    let at = file.columns([
        "oid",
        "oprname",
        "oprnamespace",
        "oprleft",
        "oprright",
        "oprresult",
        "oprcode",
        "oprcom",
        "oprnegate",
    ])?;
    let mut operators = Vec::new();
    for row in file.rows() {
        let row = row?;
        operators.push(OperatorRow {
            oid: oid(&row, at[0])?,
            name: row.string(at[1]),
            namespace: oid(&row, at[2])?,
            left: oid(&row, at[3])?,
            right: oid(&row, at[4])?,
            result: oid(&row, at[5])?,
            code: oid(&row, at[6])?,
        });
    }
    operators.sort_by(|a, b| (&a.name, a.oid).cmp(&(&b.name, b.oid)));
    Ok(operators)
}

fn casts() -> Result<HashMap<(Oid, Oid), CastRow>, DataError> {
    let file = File::open("pg_cast")?;
    let at = file.columns([
        "castsource",
        "casttarget",
        "castfunc",
        "castcontext",
        "castmethod",
    ])?;
    file.rows()
        .map(|row| {
            let row = row?;
            let cast = CastRow {
                source: oid(&row, at[0])?,
                target: oid(&row, at[1])?,
                function: oid(&row, at[2])?,
                context: row.char(at[3]),
                method: row.char(at[4]),
            };
            Ok(((cast.source, cast.target), cast))
        })
        .collect()
}

fn operator_classes() -> Result<HashMap<(Oid, Oid), Oid>, DataError> {
    let file = File::open("pg_opclass")?;
    let at = file.columns(["oid", "opcmethod", "opcintype", "opcdefault"])?;
    let mut classes = HashMap::new();
    for row in file.rows() {
        let row = row?;
        if row.bool(at[3]) {
            classes.insert((oid(&row, at[1])?, oid(&row, at[2])?), oid(&row, at[0])?);
        }
    }
    Ok(classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_row_is_read() {
        let system = System::load().unwrap();
        let lines = |name| File::open(name).unwrap().rows().map(Result::unwrap).count();
        assert_eq!(system.types.len(), lines("pg_type"));
        assert_eq!(system.procs.len(), lines("pg_proc"));
        assert_eq!(system.proc_by_signature.len(), lines("pg_proc"));
        assert_eq!(system.operators.len(), lines("pg_operator"));
        assert_eq!(system.casts.len(), lines("pg_cast"));
        assert!(
            system
                .procs
                .iter()
                .all(|row| row.defaults == row.default_texts.len())
        );
        let aggregates = system.procs.iter().filter(|row| row.aggregate.is_some());
        assert!(aggregates.clone().all(|row| row.kind == 'a'));
        assert_eq!(aggregates.count(), lines("pg_aggregate"));
    }

    #[test]
    fn names_and_signatures_find_what_postgresql_has() {
        let system = system();
        assert_eq!(system.type_by_name("int4").unwrap().array, Oid(1007));
        assert_eq!(
            system.procs_by_signature("substr(text,int4,int4)"),
            Some(Oid(877))
        );
        assert_eq!(system.procs_by_name("count").len(), 2);
        assert!(system.procs_by_name("no such").is_empty());
        assert_eq!(system.operators_by_name("||").len(), 11);
        assert_eq!(system.cast(Oid(23), Oid(20)).unwrap().context, 'i');
        let settings = system.procs_by_name("pg_show_all_settings");
        assert_eq!(settings[0].out_columns.len(), 17);
        assert_eq!(settings[0].out_columns[0], (String::from("name"), Oid(25)));
        let make = &system.procs_by_name("make_interval")[0];
        assert_eq!(make.argument_names[0], "years");
        assert_eq!(make.default_texts[6], "0.0");
    }

    #[test]
    fn array_text_is_parsed_or_refused() {
        use super::super::data::elements;
        let some = |list: &[&str]| Some(list.iter().map(|e| Some((*e).to_owned())).collect());
        assert_eq!(elements("{}"), Some(Vec::new()));
        assert_eq!(
            elements("{\"\",a,\"b \\\" ,\"}"),
            some(&["", "a", "b \" ,"])
        );
        assert_eq!(
            elements("{NULL,\"NULL\"}"),
            Some(vec![None, Some(String::from("NULL"))])
        );
        assert_eq!(elements("{{1},{2}}"), None);
        assert_eq!(elements("1,2"), None);
    }
}
