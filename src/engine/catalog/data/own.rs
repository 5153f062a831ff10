//! Rows of the system relations that are ours and the same in every database: the functions of the
//! status schema. As they stand beside PostgreSQL's own, everything that knows functions knows them.

use std::fmt::Write;
use std::sync::LazyLock;

use super::super::OWNER;
use super::super::declared::{namespace_oid, oid_of};
use crate::ident::Oid;
use crate::pg::Type;
use crate::schema::status::{FUNCTIONS, Function, SCHEMA};

/// `pg_class.oid` of `pg_proc`: what comments on functions are listed under.
const CLASS_OF_PROCS: Oid = Oid(1255);
/// `pg_class.oid` of `pg_namespace`.
const CLASS_OF_NAMESPACES: Oid = Oid(2615);
/// `pg_language.oid` of `internal`.
const INTERNAL: Oid = Oid(12);
/// `pg_type.oid` of `record`.
const RECORD: Oid = Oid(2249);

/// Our rows of a relation, in the form and order of its embedded file.
pub(super) fn rows(relation: &str) -> &'static str {
    static PROCS: LazyLock<String> = LazyLock::new(|| lines(proc_row));
    static DEPENDENCIES: LazyLock<String> = LazyLock::new(|| lines(dependency_row));
    static COMMENTS: LazyLock<String> = LazyLock::new(|| lines(comment_row));
    match relation {
        "pg_proc" => &PROCS,
        "pg_depend" => &DEPENDENCIES,
        "pg_description" => &COMMENTS,
        _ => "",
    }
}

fn lines(row: fn(&mut String, &Function) -> std::fmt::Result) -> String {
    let mut text = String::new();
    for function in FUNCTIONS {
        // Writing to a String cannot fail.
        let _infallible = row(&mut text, function);
    }
    text
}

fn oid(function: &Function) -> Oid {
    let kinds: Vec<_> = function.arguments.iter().map(|(_, kind)| kind).collect();
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.oid.to_string()).collect();
    oid_of(
        "function",
        &format!("{SCHEMA}.{}({})", function.name, kinds.join(",")),
    )
}

/// The columns are those of `pg_proc.tsv`; what is not said is what CREATE FUNCTION fills in.
fn proc_row(text: &mut String, function: &Function) -> std::fmt::Result {
    let all = || function.arguments.iter().chain(function.columns);
    let joined = |items: Vec<String>, between: &str| items.join(between);
    let kinds = |of: &[(&str, Type)]| of.iter().map(|(_, kind)| kind.oid.to_string()).collect();
    let modes = function.arguments.iter().map(|_| String::from("i"));
    let modes = modes.chain(function.columns.iter().map(|_| String::from("t")));
    writeln!(
        text,
        "{oid}\t{name}\t{namespace}\t{owner}\t{INTERNAL}\t1\t1000\t0\t0\tf\tf\tf\tf\tt\ts\tu\t\
         {inputs}\t0\t{RECORD}\t{arguments}\t{{{types}}}\t{{{modes}}}\t{{{names}}}\t\\N\t\\N\t\
         {name}\t\\N\t\\N\t\\N\t\\N",
        oid = oid(function),
        name = function.name,
        namespace = namespace_oid(SCHEMA),
        owner = OWNER.oid,
        inputs = function.arguments.len(),
        arguments = joined(kinds(function.arguments), " "),
        types = joined(all().map(|(_, kind)| kind.oid.to_string()).collect(), ","),
        modes = joined(modes.collect(), ","),
        names = joined(all().map(|(name, _)| (*name).to_owned()).collect(), ","),
    )
}

/// The columns are those of `pg_depend.tsv`: a function keeps its schema from being dropped.
fn dependency_row(text: &mut String, function: &Function) -> std::fmt::Result {
    let (oid, namespace) = (oid(function), namespace_oid(SCHEMA));
    writeln!(
        text,
        "{CLASS_OF_PROCS}\t{oid}\t0\t{CLASS_OF_NAMESPACES}\t{namespace}\t0\tn"
    )
}

/// The columns are those of `pg_description.tsv`.
fn comment_row(text: &mut String, function: &Function) -> std::fmt::Result {
    let oid = oid(function);
    writeln!(text, "{oid}\t{CLASS_OF_PROCS}\t0\t{}", function.comment)
}
