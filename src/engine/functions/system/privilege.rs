//! Who may do what: `has_…_privilege` in every form, and `pg_has_role`.
//!
//! The forms of one function differ only in how a role, an object or a column is named, so each is
//! put together from the ways to read those.

use std::sync::Arc;

use super::super::call::{Input, Int2, ObjectId, Output, Text};
use super::super::{Call, Context, Registry};
use super::{current_role, reg};
use crate::engine::catalog::Class;
use crate::engine::catalog::named::{self, Kind};
use crate::engine::catalog::privilege::{self, Wanted, parse};
use crate::engine::catalog::system::system;
use crate::ident::Oid;
use crate::pg::{Fault, SqlState, types};

const TABLE_WORDS: &[(&str, char)] = &[
    ("SELECT", 'r'),
    ("INSERT", 'a'),
    ("UPDATE", 'w'),
    ("DELETE", 'd'),
    ("TRUNCATE", 'D'),
    ("REFERENCES", 'x'),
    ("TRIGGER", 't'),
    ("RULE", '-'),
];
const COLUMN_WORDS: &[(&str, char)] = &[
    ("SELECT", 'r'),
    ("INSERT", 'a'),
    ("UPDATE", 'w'),
    ("REFERENCES", 'x'),
];
const SEQUENCE_WORDS: &[(&str, char)] = &[("USAGE", 'U'), ("SELECT", 'r'), ("UPDATE", 'w')];
const SCHEMA_WORDS: &[(&str, char)] = &[("CREATE", 'C'), ("USAGE", 'U')];
const DATABASE_WORDS: &[(&str, char)] = &[
    ("CREATE", 'C'),
    ("TEMPORARY", 'T'),
    ("TEMP", 'T'),
    ("CONNECT", 'c'),
];
const EXECUTE_WORDS: &[(&str, char)] = &[("EXECUTE", 'X')];
const USAGE_WORDS: &[(&str, char)] = &[("USAGE", 'U')];
const CREATE_WORDS: &[(&str, char)] = &[("CREATE", 'C')];
const ROLE_WORDS: &[(&str, char)] = &[("MEMBER", 'm'), ("USAGE", 'u')];

/// An argument: a name or a number.
enum Given<'a> {
    Name(&'a str),
    Number(u32),
}

/// What a function asks about: finds the object and says; `None` is NULL.
type Question =
    Arc<dyn Fn(Oid, &Given<'_>, &[Wanted], &Context) -> Result<Option<bool>, Fault> + Send + Sync>;

fn wanted(text: &str, words: &[(&str, char)]) -> Result<Vec<Wanted>, Fault> {
    parse(text, words).map_err(|word| {
        Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("unrecognized privilege type: \"{word}\""),
        )
    })
}

fn undefined(what: &str, name: &str) -> Fault {
    Fault::new(
        SqlState::UNDEFINED_OBJECT,
        format!("{what} \"{name}\" does not exist"),
    )
}

fn role(given: &Given<'_>, context: &Context) -> Result<Oid, Fault> {
    match given {
        Given::Number(oid) => Ok(Oid(*oid)),
        // Everybody: a role that nothing is granted to by name.
        Given::Name("public") => Ok(Oid::INVALID),
        Given::Name(name) => context
            .catalog
            .role_oid(name)
            .ok_or_else(|| undefined("role", name)),
    }
}

/// One argument as it comes: text or number.
enum Argument {
    Text(super::super::call::Column<Text>),
    Number(super::super::call::Column<ObjectId>),
    Small(super::super::call::Column<Int2>),
}

impl Argument {
    fn read(call: &Call<'_>, index: usize) -> Result<Self, Fault> {
        let (array, _) = call.array(index)?;
        if Text::downcast(&array).is_some() {
            call.input(index).map(Self::Text)
        } else if Int2::downcast(&array).is_some() {
            call.input(index).map(Self::Small)
        } else {
            call.input(index).map(Self::Number)
        }
    }

    fn at(&self, row: usize) -> Option<Given<'_>> {
        match self {
            Self::Text(column) => column.at(row).map(Given::Name),
            Self::Number(column) => column.at(row).map(Given::Number),
            // A column's number; as PostgreSQL numbers them, never above 1600.
            Self::Small(column) => column
                .at(row)
                .map(|n| Given::Number(u32::try_from(n).unwrap_or(0))),
        }
    }
}

/// Registers `name` over (role, object, privilege) and (object, privilege) in all their types.
fn register_forms(
    registry: &mut Registry,
    name: &str,
    words: &'static [(&'static str, char)],
    question: &Question,
) {
    for role_type in ["name,", "oid,", ""] {
        for object_type in ["text", "oid"] {
            let question = Arc::clone(question);
            let with_role = !role_type.is_empty();
            let signature = format!("{name}({role_type}{object_type},text)");
            registry.kernel(signature, move |call: &Call<'_>| {
                let first = usize::from(with_role);
                let who = with_role.then(|| Argument::read(call, 0)).transpose()?;
                let (object, text) = (Argument::read(call, first)?, call.input::<Text>(first + 1)?);
                let rows = (0..call.rows).map(|row| {
                    let (Some(object), Some(text)) = (object.at(row), text.at(row)) else {
                        return Ok(None);
                    };
                    let who = match &who {
                        None => current_role(call.context),
                        Some(who) => match who.at(row) {
                            Some(who) => role(&who, call.context)?,
                            None => return Ok(None),
                        },
                    };
                    question(who, &object, &wanted(text, words)?, call.context)
                });
                bool::collect(rows, call.rows, call.storage)
            });
        }
    }
}

fn find_class<'a>(
    given: &Given<'_>,
    context: &'a Context,
) -> Result<Option<&'a Arc<Class>>, Fault> {
    let oid = match given {
        Given::Name(text) => reg::class_named(text, context)?,
        Given::Number(oid) => Oid(*oid),
    };
    Ok(context.catalog.class_by_oid(oid))
}

fn register_relations(registry: &mut Registry) {
    let table: Question = Arc::new(|role, given, wanted, context| {
        let class = find_class(given, context)?;
        Ok(class.map(|class| context.catalog.may_table(role, class, wanted)))
    });
    register_forms(registry, "has_table_privilege", TABLE_WORDS, &table);
    let any_column: Question = Arc::new(|role, given, wanted, context| {
        let class = find_class(given, context)?;
        Ok(class.map(|class| {
            let catalog = &context.catalog;
            let mut columns = class.columns.iter();
            catalog.may_table(role, class, wanted)
                || columns.any(|column| catalog.may_column(role, class, column, wanted))
        }))
    });
    register_forms(
        registry,
        "has_any_column_privilege",
        COLUMN_WORDS,
        &any_column,
    );
    let sequence: Question = Arc::new(|_, given, _, context| match find_class(given, context)? {
        Some(_) if let Given::Name(name) = given => Err(Fault::new(
            SqlState::WRONG_OBJECT_TYPE,
            format!("\"{name}\" is not a sequence"),
        )),
        _ => Ok(None),
    });
    register_forms(
        registry,
        "has_sequence_privilege",
        SEQUENCE_WORDS,
        &sequence,
    );
}

fn register_columns(registry: &mut Registry) {
    for role_type in ["name,", "oid,", ""] {
        for table_type in ["text", "oid"] {
            for column_type in ["text", "int2"] {
                let with_role = !role_type.is_empty();
                let signature =
                    format!("has_column_privilege({role_type}{table_type},{column_type},text)");
                registry.kernel(signature, move |call: &Call<'_>| {
                    let first = usize::from(with_role);
                    let who = with_role.then(|| Argument::read(call, 0)).transpose()?;
                    let table = Argument::read(call, first)?;
                    let column = Argument::read(call, first + 1)?;
                    let text = call.input::<Text>(first + 2)?;
                    let rows = (0..call.rows).map(|row| {
                        let (Some(table), Some(column), Some(text)) =
                            (table.at(row), column.at(row), text.at(row))
                        else {
                            return Ok(None);
                        };
                        let who = match &who {
                            None => current_role(call.context),
                            Some(who) => match who.at(row) {
                                Some(who) => role(&who, call.context)?,
                                None => return Ok(None),
                            },
                        };
                        column_privilege(who, &table, &column, text, call.context)
                    });
                    bool::collect(rows, call.rows, call.storage)
                });
            }
        }
    }
}

fn column_privilege(
    role: Oid,
    table: &Given<'_>,
    column: &Given<'_>,
    text: &str,
    context: &Context,
) -> Result<Option<bool>, Fault> {
    let Some(class) = find_class(table, context)? else {
        return Ok(None);
    };
    let column = match column {
        Given::Name(name) => {
            let found = class.columns.iter().find(|known| known.name == *name);
            if found.is_none() {
                return Err(Fault::new(
                    SqlState::UNDEFINED_COLUMN,
                    format!(
                        "column \"{name}\" of relation \"{}\" does not exist",
                        class.name
                    ),
                ));
            }
            found
        }
        Given::Number(number) => i16::try_from(*number)
            .ok()
            .and_then(|number| class.column(number)),
    };
    let wanted = wanted(text, COLUMN_WORDS)?;
    Ok(column.map(|column| context.catalog.may_column(role, class, column, &wanted)))
}

#[expect(clippy::too_many_lines, reason = "a table: one case after the other")]
fn register_others(registry: &mut Registry) {
    let schema: Question = Arc::new(|role, given, wanted, context| {
        let catalog = &context.catalog;
        let space = match given {
            Given::Number(oid) => catalog.namespace_by_oid(Oid(*oid)),
            Given::Name(name) => Some(catalog.namespace(name).ok_or_else(|| {
                Fault::new(
                    SqlState::INVALID_SCHEMA_NAME,
                    format!("schema \"{name}\" does not exist"),
                )
            })?),
        };
        Ok(space.map(|space| {
            catalog.may(
                role,
                space.owner,
                space.acl.as_deref(),
                privilege::SCHEMA,
                wanted,
            )
        }))
    });
    register_forms(registry, "has_schema_privilege", SCHEMA_WORDS, &schema);
    let database: Question = Arc::new(|role, given, wanted, context| {
        let catalog = &context.catalog;
        let own = match given {
            Given::Number(oid) => Oid(*oid) == catalog.database_oid(),
            Given::Name(name) if **name == **catalog.database() => true,
            Given::Name(name) => {
                return Err(Fault::new(
                    SqlState::INVALID_CATALOG_NAME,
                    format!("database \"{name}\" does not exist"),
                ));
            }
        };
        Ok(own.then(|| catalog.may_database(role, wanted)))
    });
    register_forms(
        registry,
        "has_database_privilege",
        DATABASE_WORDS,
        &database,
    );
    let function: Question = Arc::new(|role, given, wanted, context| {
        let oid = match given {
            Given::Number(oid) => Oid(*oid),
            Given::Name(text) => Oid(reg::parse_reg(types::REGPROCEDURE, text, context)?),
        };
        Ok(system().proc_by_oid(oid).map(|proc| {
            let acl = proc.acl.as_deref();
            context
                .catalog
                .may(role, privilege::SUPERUSER, acl, privilege::FUNCTION, wanted)
        }))
    });
    register_forms(registry, "has_function_privilege", EXECUTE_WORDS, &function);
    let kind: Question = Arc::new(|role, given, wanted, context| {
        let oid = match given {
            Given::Number(oid) => Oid(*oid),
            Given::Name(text) => reg::type_oid(text, context)?,
        };
        let known = context.catalog.type_name(oid).is_some();
        let may = || {
            context
                .catalog
                .may(role, privilege::SUPERUSER, None, privilege::USAGE, wanted)
        };
        Ok(known.then(may))
    });
    register_forms(registry, "has_type_privilege", USAGE_WORDS, &kind);
    for (name, what, kind, words, defaults) in [
        (
            "has_language_privilege",
            "language",
            Some(Kind::Language),
            USAGE_WORDS,
            privilege::USAGE,
        ),
        (
            "has_tablespace_privilege",
            "tablespace",
            Some(Kind::Tablespace),
            CREATE_WORDS,
            privilege::TABLESPACE,
        ),
        (
            "has_server_privilege",
            "server",
            None,
            USAGE_WORDS,
            privilege::USAGE,
        ),
        (
            "has_foreign_data_wrapper_privilege",
            "foreign-data wrapper",
            None,
            USAGE_WORDS,
            privilege::USAGE,
        ),
    ] {
        let question: Question = Arc::new(move |role, given, wanted, context| {
            let found = match given {
                Given::Number(oid) => kind.and_then(|kind| named::by_oid(kind, Oid(*oid))),
                Given::Name(name) => {
                    let found = kind.and_then(|kind| named::by_name(kind, name));
                    Some(found.ok_or_else(|| undefined(what, name))?)
                }
            };
            let may = |_| {
                context
                    .catalog
                    .may(role, privilege::SUPERUSER, None, defaults, wanted)
            };
            Ok(found.map(may))
        });
        register_forms(registry, name, words, &question);
    }
}

/// `pg_has_role` takes names as `name` where the others take `text`.
fn register_roles(registry: &mut Registry) {
    for user_type in ["name,", "oid,", ""] {
        for role_type in ["name", "oid"] {
            let with_user = !user_type.is_empty();
            let signature = format!("pg_has_role({user_type}{role_type},text)");
            registry.kernel(signature, move |call: &Call<'_>| {
                let first = usize::from(with_user);
                let user = with_user.then(|| Argument::read(call, 0)).transpose()?;
                let (of, text) = (Argument::read(call, first)?, call.input::<Text>(first + 1)?);
                let rows = (0..call.rows).map(|row| {
                    let (Some(of), Some(text)) = (of.at(row), text.at(row)) else {
                        return Ok(None);
                    };
                    let user = match &user {
                        None => current_role(call.context),
                        Some(user) => match user.at(row) {
                            Some(user) => role(&user, call.context)?,
                            None => return Ok(None),
                        },
                    };
                    let of = role(&of, call.context)?;
                    let wanted = wanted(text, ROLE_WORDS)?;
                    let held = call.context.catalog.has_role(user, of);
                    let admin = user == privilege::SUPERUSER;
                    Ok(Some(
                        wanted
                            .iter()
                            .any(|want| if want.grant { admin } else { held }),
                    ))
                });
                bool::collect(rows, call.rows, call.storage)
            });
        }
    }
}

pub(super) fn register(registry: &mut Registry) {
    register_relations(registry);
    register_columns(registry);
    register_others(registry);
    register_roles(registry);
}

/// Whether the session's role may call a function.
pub(crate) fn may_execute(proc: Oid, context: &Context) -> bool {
    let acl = system()
        .proc_by_oid(proc)
        .and_then(|proc| proc.acl.as_deref());
    let execute = [Wanted {
        letter: 'X',
        grant: false,
    }];
    let role = current_role(context);
    context.catalog.may(
        role,
        privilege::SUPERUSER,
        acl,
        privilege::FUNCTION,
        &execute,
    )
}
