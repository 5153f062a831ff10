//! The types that name an object by its number: `regclass`, `regtype`, `regproc` and their kin.

use super::super::call::{ObjectId, Text};
use super::super::{Context, Registry};
use super::{class_name, describe, name, one, path};
use crate::engine::catalog::named::{self, Kind};
use crate::engine::catalog::system::{OperatorRow, ProcRow, system};
use crate::ident::Oid;
use crate::pg::keywords::is_reserved;
use crate::pg::typename::parse_type_name;
use crate::pg::{Fault, SqlState, types};

/// Reads a value of a reg type; `kind` is the type's oid.
///
/// # Errors
/// What PostgreSQL says when there is no such object, or when the text is no name.
pub(crate) fn parse_reg(kind: Oid, text: &str, context: &Context) -> Result<u32, Fault> {
    if text == "-" {
        return Ok(0);
    }
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().map_err(|_| {
            Fault::new(
                SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                format!("value \"{text}\" is out of range for type oid"),
            )
        });
    }
    find(kind, text, context)?
        .map_or_else(|| Err(missing(kind, &shown(kind, text))), |oid| Ok(oid.0))
}

/// Writes a value of a reg type; `kind` is the type's oid.
pub(crate) fn format_reg(kind: Oid, oid: u32, context: &Context) -> String {
    let oid = Oid(oid);
    if !oid.valid() {
        let operator = matches!(kind, types::REGOPER | types::REGOPERATOR);
        return String::from(if operator { "0" } else { "-" });
    }
    let found = match kind {
        types::REGCLASS => context
            .catalog
            .class_by_oid(oid)
            .map(|class| class_name(class, context)),
        types::REGTYPE => describe::known_type(oid, context),
        types::REGPROC => system()
            .proc_by_oid(oid)
            .map(|proc| proc_name(proc, context)),
        types::REGPROCEDURE => system()
            .proc_by_oid(oid)
            .map(|proc| procedure(proc, context)),
        types::REGOPER => system().operator_by_oid(oid).map(operator_name),
        types::REGOPERATOR => system()
            .operator_by_oid(oid)
            .map(|row| operator(row, context)),
        types::REGNAMESPACE => {
            let space = context.catalog.namespace_by_oid(oid);
            space.map(|space| name::shown(None, &space.name))
        }
        types::REGROLE => context
            .catalog
            .role_name(oid)
            .map(|role| name::shown(None, &role)),
        _ => named_kind(kind)
            .and_then(|kind| named::by_oid(kind, oid))
            .map(|found| name::shown(None, &found.name)),
    };
    found.unwrap_or_else(|| oid.to_string())
}

fn named_kind(kind: Oid) -> Option<Kind> {
    match kind {
        types::REGCOLLATION => Some(Kind::Collation),
        types::REGCONFIG => Some(Kind::TextSearchConfiguration),
        types::REGDICTIONARY => Some(Kind::TextSearchDictionary),
        _ => None,
    }
}

/// The object of this name; `None` when there is none of it.
fn find(kind: Oid, text: &str, context: &Context) -> Result<Option<Oid>, Fault> {
    match kind {
        types::REGCLASS => class(text, context),
        types::REGTYPE => type_oid(text, context)
            .map(Some)
            .or_else(ignore_missing_type),
        types::REGPROC => {
            let (schema, plain) = name::schema_and_name(text)?;
            let found = procs(schema.as_deref(), &plain, context)?;
            match found.as_slice() {
                [] => Ok(None),
                [only] => Ok(Some(only.oid)),
                _ => Err(Fault::new(
                    SqlState::AMBIGUOUS_FUNCTION,
                    format!("more than one function named \"{text}\""),
                )),
            }
        }
        types::REGPROCEDURE => {
            let (text, arguments) = name::with_arguments(text)?;
            let (schema, plain) = name::schema_and_name(text)?;
            let kinds = argument_types(&arguments, context)?;
            let found = procs(schema.as_deref(), &plain, context)?;
            Ok(found
                .into_iter()
                .find(|proc| proc.arguments == kinds)
                .map(|proc| proc.oid))
        }
        types::REGOPER => match system().operators_by_name(operator_named(text, context)?) {
            [] => Ok(None),
            [only] => Ok(Some(only.oid)),
            _ => Err(Fault::new(
                SqlState::AMBIGUOUS_FUNCTION,
                format!("more than one operator named {text}"),
            )),
        },
        types::REGOPERATOR => {
            let (text, arguments) = name::with_arguments(text)?;
            let kinds = argument_types(&arguments, context)?;
            let [left, right] = kinds.as_slice() else {
                return Err(
                    Fault::new(SqlState::UNDEFINED_PARAMETER, "missing argument")
                        .hint("Use NONE to denote the missing argument of a unary operator."),
                );
            };
            let mut rows = system()
                .operators_by_name(operator_named(text, context)?)
                .iter();
            let found = rows.find(|row| row.left == *left && row.right == *right);
            Ok(found.map(|row| row.oid))
        }
        types::REGNAMESPACE => {
            let plain = single(text)?;
            Ok(context.catalog.namespace(&plain).map(|space| space.oid))
        }
        types::REGROLE => Ok(context.catalog.role_oid(&single(text)?)),
        _ => {
            let (schema, plain) = name::schema_and_name(text)?;
            if let Some(schema) = &schema {
                schema_exists(schema, context)?;
            }
            Ok(named_kind(kind)
                .filter(|_| schema.is_none_or(|schema| schema == "pg_catalog"))
                .and_then(|kind| named::by_name(kind, &plain))
                .map(|row| row.oid))
        }
    }
}

fn ignore_missing_type(fault: Fault) -> Result<Option<Oid>, Fault> {
    if fault.state == SqlState::UNDEFINED_OBJECT {
        Ok(None)
    } else {
        Err(fault)
    }
}

/// A name as errors show it: what was read of it, or for functions and operators how it was written.
fn shown(kind: Oid, text: &str) -> String {
    match kind {
        types::REGPROC | types::REGPROCEDURE | types::REGOPER | types::REGOPERATOR => {
            text.to_owned()
        }
        _ => name::parts(text).map_or_else(|_| text.to_owned(), |parts| parts.join(".")),
    }
}

fn missing(kind: Oid, text: &str) -> Fault {
    let (state, message) = match kind {
        types::REGCLASS => (
            SqlState::UNDEFINED_TABLE,
            format!("relation \"{text}\" does not exist"),
        ),
        types::REGPROC | types::REGPROCEDURE => (
            SqlState::UNDEFINED_FUNCTION,
            format!("function \"{text}\" does not exist"),
        ),
        types::REGOPER | types::REGOPERATOR => (
            SqlState::UNDEFINED_FUNCTION,
            format!("operator does not exist: {text}"),
        ),
        types::REGNAMESPACE => (
            SqlState::INVALID_SCHEMA_NAME,
            format!("schema \"{text}\" does not exist"),
        ),
        types::REGROLE => (
            SqlState::UNDEFINED_OBJECT,
            format!("role \"{text}\" does not exist"),
        ),
        types::REGCOLLATION => (
            SqlState::UNDEFINED_OBJECT,
            format!("collation \"{text}\" for encoding \"UTF8\" does not exist"),
        ),
        types::REGCONFIG => (
            SqlState::UNDEFINED_OBJECT,
            format!("text search configuration \"{text}\" does not exist"),
        ),
        types::REGDICTIONARY => (
            SqlState::UNDEFINED_OBJECT,
            format!("text search dictionary \"{text}\" does not exist"),
        ),
        _ => (
            SqlState::UNDEFINED_OBJECT,
            format!("type \"{text}\" does not exist"),
        ),
    };
    Fault::new(state, message)
}

fn single(text: &str) -> Result<String, Fault> {
    match name::parts(text)?.as_mut_slice() {
        [only] => Ok(std::mem::take(only)),
        _ => Err(Fault::new(SqlState::INVALID_NAME, "invalid name syntax")),
    }
}

fn schema_exists(schema: &str, context: &Context) -> Result<(), Fault> {
    if context.catalog.schema_exists(schema) {
        Ok(())
    } else {
        Err(missing(types::REGNAMESPACE, schema))
    }
}

/// The relation of this name, of any kind.
fn class(text: &str, context: &Context) -> Result<Option<Oid>, Fault> {
    let parts = name::parts(text)?;
    let (schema, plain) = match parts.as_slice() {
        [plain] => (None, plain),
        [schema, plain] => (Some(schema.as_str()), plain),
        [database, schema, plain] if **database == **context.catalog.database() => {
            (Some(schema.as_str()), plain)
        }
        [_, _, _] => {
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!(
                    "cross-database references are not implemented: \"{}\"",
                    parts.join(".")
                ),
            ));
        }
        _ => {
            return Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                format!(
                    "improper relation name (too many dotted names): {}",
                    parts.join(".")
                ),
            ));
        }
    };
    if let Some(schema) = schema {
        schema_exists(schema, context)?;
    }
    let found = context.catalog.class(schema, plain, &path(context));
    Ok(found.map(|class| class.oid))
}

/// The relation of this name; for functions that take a name where others take a number.
pub(super) fn class_named(text: &str, context: &Context) -> Result<Oid, Fault> {
    class(text, context)?.ok_or_else(|| missing(types::REGCLASS, &shown(types::REGCLASS, text)))
}

/// The text search parser of this name.
pub(super) fn parser(text: &str, context: &Context) -> Result<Oid, Fault> {
    let (schema, plain) = name::schema_and_name(text)?;
    if let Some(schema) = &schema {
        schema_exists(schema, context)?;
    }
    let found = named::by_name(Kind::TextSearchParser, &plain);
    let found = found.filter(|_| schema.is_none_or(|schema| schema == "pg_catalog"));
    found.map(|found| found.oid).ok_or_else(|| {
        Fault::new(
            SqlState::UNDEFINED_OBJECT,
            format!("text search parser \"{text}\" does not exist"),
        )
    })
}

/// The type of this name.
pub(super) fn type_oid(text: &str, context: &Context) -> Result<Oid, Fault> {
    if let Some(kind) = parse_type_name(text) {
        return Ok(kind.oid);
    }
    let (text_only, array) = match text.trim_end().strip_suffix("[]") {
        Some(element) => (element, true),
        None => (text, false),
    };
    let (schema, plain) = name::schema_and_name(text_only).map_err(|fault| {
        if fault.state == SqlState::INVALID_NAME {
            Fault::new(SqlState::SYNTAX_ERROR, "syntax error in type name")
        } else {
            fault
        }
    })?;
    if let Some(schema) = &schema {
        schema_exists(schema, context)?;
    }
    let catalog = &context.catalog;
    let own = |namespace: Oid| {
        let space = catalog
            .namespace_by_oid(namespace)
            .map(|space| space.name.as_str());
        match &schema {
            Some(schema) => space == Some(schema),
            None => space.is_some_and(|space| path(context).iter().any(|known| known == space)),
        }
    };
    let plain_oid = system()
        .types()
        .iter()
        .find(|row| row.name == plain && own(row.namespace))
        .map(|row| row.oid);
    let found = plain_oid.or_else(|| {
        let class = catalog.class(schema.as_deref(), &plain, &path(context))?;
        class.row_type.valid().then_some(class.row_type)
    });
    let found = match found {
        Some(element) if array => catalog.array_type(element),
        other => other,
    };
    found.ok_or_else(|| missing(types::REGTYPE, text))
}

fn argument_types(arguments: &[&str], context: &Context) -> Result<Vec<Oid>, Fault> {
    let kinds = arguments.iter().map(|text| {
        reserved(text)?;
        if text.eq_ignore_ascii_case("none") {
            Ok(Oid::INVALID)
        } else {
            type_oid(text, context)
        }
    });
    kinds.collect()
}

/// Refuses the name of a type that begins with a reserved word.
fn reserved(text: &str) -> Result<(), Fault> {
    let word = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next();
    let word = word.unwrap_or_default();
    if is_reserved(&word.to_ascii_lowercase()) {
        let message = format!("syntax error at or near \"{word}\"");
        return Err(Fault::new(SqlState::SYNTAX_ERROR, message));
    }
    Ok(())
}

/// The functions a name may mean.
fn procs(
    schema: Option<&str>,
    name: &str,
    context: &Context,
) -> Result<Vec<&'static ProcRow>, Fault> {
    let space = match schema {
        Some(schema) => {
            schema_exists(schema, context)?;
            context.catalog.namespace(schema).map(|space| space.oid)
        }
        None => None,
    };
    let searched = |proc: &ProcRow| match space {
        Some(space) => proc.namespace == space,
        None => context
            .catalog
            .searched(proc.namespace, &context.settings.search_path),
    };
    Ok(system()
        .procs_by_name(name)
        .iter()
        .filter(|proc| searched(proc))
        .collect())
}

/// The operator of a name with or without a schema.
fn operator_named<'a>(text: &'a str, context: &Context) -> Result<&'a str, Fault> {
    let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '"');
    match text.split_once('.') {
        Some((schema, operator)) if schema.starts_with(named) => {
            schema_exists(&single(schema)?, context)?;
            // All operators are of one schema.
            let known = schema.trim_matches('"') == "pg_catalog";
            Ok(if known { operator } else { "" })
        }
        _ => Ok(text),
    }
}

fn space_of(namespace: Oid, context: &Context) -> String {
    let space = context.catalog.namespace_by_oid(namespace);
    space.map(|space| space.name.clone()).unwrap_or_default()
}

/// Bare only when no other function has the name.
fn proc_name(proc: &ProcRow, context: &Context) -> String {
    let searched = context
        .catalog
        .searched(proc.namespace, &context.settings.search_path);
    let alone = searched && system().procs_by_name(&proc.name).len() == 1;
    let space = space_of(proc.namespace, context);
    name::shown((!alone).then_some(space.as_str()), &proc.name)
}

fn procedure(proc: &ProcRow, context: &Context) -> String {
    let searched = context
        .catalog
        .searched(proc.namespace, &context.settings.search_path);
    let space = space_of(proc.namespace, context);
    let name = name::shown((!searched).then_some(space.as_str()), &proc.name);
    let arguments: Vec<_> = proc
        .arguments
        .iter()
        .map(|kind| describe::type_text(*kind, context))
        .collect();
    format!("{name}({})", arguments.join(","))
}

fn operator_name(row: &OperatorRow) -> String {
    if system().operators_by_name(&row.name).len() == 1 {
        row.name.clone()
    } else {
        format!("pg_catalog.{}", row.name)
    }
}

fn operator(row: &OperatorRow, context: &Context) -> String {
    let side = |kind: Oid| {
        if kind.valid() {
            describe::type_text(kind, context)
        } else {
            String::from("NONE")
        }
    };
    format!("{}({},{})", row.name, side(row.left), side(row.right))
}

pub(super) fn register(registry: &mut Registry) {
    let kinds = [
        ("regclass", types::REGCLASS),
        ("regtype", types::REGTYPE),
        ("regproc", types::REGPROC),
        ("regprocedure", types::REGPROCEDURE),
        ("regoper", types::REGOPER),
        ("regoperator", types::REGOPERATOR),
        ("regnamespace", types::REGNAMESPACE),
        ("regrole", types::REGROLE),
        ("regcollation", types::REGCOLLATION),
        ("regconfig", types::REGCONFIG),
        ("regdictionary", types::REGDICTIONARY),
    ];
    for (type_name, kind) in kinds {
        one::<Text, u32>(
            registry,
            &format!("{type_name}in(cstring)"),
            move |text, context| parse_reg(kind, text, context).map(Some),
        );
        one::<ObjectId, String>(
            registry,
            &format!("{type_name}out({type_name})"),
            move |oid, context| Ok(Some(format_reg(kind, oid, context))),
        );
        if !matches!(kind, types::REGCONFIG | types::REGDICTIONARY) {
            one::<Text, u32>(
                registry,
                &format!("to_{type_name}(text)"),
                move |text, context| {
                    let found = find(kind, text, context).or_else(|fault| match fault.state {
                        SqlState::INVALID_SCHEMA_NAME
                        | SqlState::AMBIGUOUS_FUNCTION
                        | SqlState::UNDEFINED_OBJECT => Ok(None),
                        _ => Err(fault),
                    });
                    Ok(found?.map(|oid| oid.0))
                },
            );
        }
    }
    one::<Text, u32>(registry, "regclass(text)", |text, context| {
        parse_reg(types::REGCLASS, text, context).map(Some)
    });
}
