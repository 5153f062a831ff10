//! What numbers mean: names of types and roles, comments, visibility, encodings.

use super::super::call::{Bool, Int2, Int4, ObjectId, Text};
use super::super::{Call, Context, Output, Registry};
use super::{class_name, current_role, name, one, path, reg, three, two};
use crate::engine::catalog::OWNER;
use crate::engine::catalog::named::{self, Kind};
use crate::engine::catalog::relations::PG_CATALOG;
use crate::engine::catalog::system::system;
use crate::ident::Oid;
use crate::pg::charset::{self, Charset};
use crate::pg::typename::format_type;
use crate::pg::{Fault, Type, types};

/// `pg_class.oid` of `pg_class` itself: what comments on relations are listed under.
const CLASS_OF_CLASSES: Oid = Oid(1259);
/// `pg_class.oid` of `pg_namespace`.
const CLASS_OF_NAMESPACES: Oid = Oid(2615);
/// Inserting, updating and deleting, as `pg_relation_is_updatable` counts them.
const EVERY_CHANGE: i32 = 8 + 4 + 16;
/// A type's name as `format_type` prints it; `???` for an unknown number.
///
/// Without a modifier `bpchar` is `character`; with the modifier -1 it is `bpchar`, because
/// `character` alone would mean a length of one.
pub(super) fn format(oid: Oid, modifier: Option<i32>, context: &Context) -> String {
    if !oid.valid() {
        return String::from("-");
    }
    let Some(modifier) = modifier else {
        return type_text(oid, context);
    };
    let text = format_type(Type { oid, modifier });
    if text == "???" {
        return type_text(oid, context);
    }
    // A type that has no modifiers shows one as a number all the same.
    if modifier >= 0 && !text.contains('(') && text == format_type(Type::plain(oid)) {
        let plain = [
            types::VARCHAR,
            types::BPCHAR,
            types::NUMERIC,
            types::INTERVAL,
        ];
        if !plain.contains(&oid) && types::element(oid).is_none() {
            return format!("{text}({modifier})");
        }
    }
    text
}

/// A type's name without modifier, as `regtype` prints it; `???` for an unknown number.
pub(crate) fn type_text(oid: Oid, context: &Context) -> String {
    known_type(oid, context).unwrap_or_else(|| String::from("???"))
}

/// A type's name without modifier, if there is such a type.
pub(super) fn known_type(oid: Oid, context: &Context) -> Option<String> {
    match oid {
        types::BPCHAR => return Some(String::from("character")),
        types::BIT => return Some(String::from("bit")),
        _ => {}
    }
    if let Some(element) = context.catalog.element_type(oid) {
        return Some(format!("{}[]", known_type(element, context)?));
    }
    let text = format_type(Type::plain(oid));
    if text != "???" && !types::row_type(oid) {
        return Some(text);
    }
    let of_rows = context.catalog.class_of_type(oid);
    if let Some(class) = of_rows.and_then(|oid| context.catalog.class_by_oid(oid)) {
        return Some(class_name(class, context));
    }
    let (namespace, plain) = context.catalog.type_name(oid)?;
    let space = context.catalog.namespace_by_oid(namespace)?;
    let searched = context
        .catalog
        .searched(namespace, &context.settings.search_path);
    Some(name::shown(
        (!searched).then_some(space.name.as_str()),
        &plain,
    ))
}

/// The comment on an object that a relation of `pg_catalog` lists.
fn comment(object: Oid, class: Oid, number: i32, context: &Context) -> Option<String> {
    if class == CLASS_OF_CLASSES
        && let Some(table) = context.catalog.declared_table(object)
    {
        let text = match usize::try_from(number).ok()? {
            0 => Some(&table.comment),
            column => table.column_comments.get(column - 1),
        };
        return text.filter(|text| !text.is_empty()).cloned();
    }
    if class == CLASS_OF_NAMESPACES
        && number == 0
        && let Some(text) = context.catalog.schema_comment(object)
    {
        return Some(text.to_owned());
    }
    named::comment(object, class, number).map(str::to_owned)
}

fn class_of(relation: &str, context: &Context) -> Option<Oid> {
    context
        .catalog
        .class(Some("pg_catalog"), relation, &[])
        .map(|class| class.oid)
}

/// Whether an object of `namespace` is found by its bare name.
fn visible(namespace: Oid, context: &Context) -> bool {
    context
        .catalog
        .searched(namespace, &context.settings.search_path)
}

fn table_visible(oid: Oid, context: &Context) -> Option<bool> {
    let class = context.catalog.class_by_oid(oid)?;
    let found = context.catalog.class(None, &class.name, &path(context));
    Some(found.is_some_and(|found| found.oid == oid))
}

fn type_visible(oid: Oid, context: &Context) -> Option<bool> {
    let (namespace, plain) = context.catalog.type_name(oid)?;
    if let Some(row) = system().type_by_name(&plain)
        && row.namespace == PG_CATALOG
    {
        return Some(row.oid == oid);
    }
    if let Some(class) = context.catalog.class_of_type(oid) {
        return table_visible(class, context);
    }
    Some(visible(namespace, context))
}

fn register_visibility(registry: &mut Registry) {
    one::<ObjectId, bool>(registry, "pg_table_is_visible(oid)", |oid, context| {
        Ok(table_visible(Oid(oid), context))
    });
    one::<ObjectId, bool>(registry, "pg_type_is_visible(oid)", |oid, context| {
        Ok(type_visible(Oid(oid), context))
    });
    one::<ObjectId, bool>(registry, "pg_function_is_visible(oid)", |oid, context| {
        Ok(system()
            .proc_by_oid(Oid(oid))
            .map(|proc| visible(proc.namespace, context)))
    });
    one::<ObjectId, bool>(registry, "pg_operator_is_visible(oid)", |oid, context| {
        Ok(system()
            .operator_by_oid(Oid(oid))
            .map(|row| visible(row.namespace, context)))
    });
    for (what, kind) in [
        ("opclass", Kind::OperatorClass),
        ("opfamily", Kind::OperatorFamily),
        ("conversion", Kind::Conversion),
        ("collation", Kind::Collation),
        ("ts_parser", Kind::TextSearchParser),
        ("ts_dict", Kind::TextSearchDictionary),
        ("ts_template", Kind::TextSearchTemplate),
        ("ts_config", Kind::TextSearchConfiguration),
    ] {
        one::<ObjectId, bool>(
            registry,
            &format!("pg_{what}_is_visible(oid)"),
            move |oid, context| {
                Ok(named::by_oid(kind, Oid(oid)).map(|named| visible(named.namespace, context)))
            },
        );
    }
    // There are no extended statistics.
    one::<ObjectId, bool>(registry, "pg_statistics_obj_is_visible(oid)", |_, _| {
        Ok(None)
    });
}

fn register_comments(registry: &mut Registry) {
    two::<ObjectId, Text, String>(
        registry,
        "obj_description(oid,name)",
        |object, class, context| {
            let class = class_of(class, context);
            Ok(class.and_then(|class| comment(Oid(object), class, 0, context)))
        },
    );
    one::<ObjectId, String>(registry, "obj_description(oid)", |object, context| {
        let object = Oid(object);
        let own = comment(object, CLASS_OF_CLASSES, 0, context)
            .or_else(|| comment(object, CLASS_OF_NAMESPACES, 0, context));
        Ok(own.or_else(|| named::any_comment(object).map(str::to_owned)))
    });
    two::<ObjectId, Int4, String>(
        registry,
        "col_description(oid,int4)",
        |table, number, context| Ok(comment(Oid(table), CLASS_OF_CLASSES, number, context)),
    );
    two::<ObjectId, Bool, i32>(
        registry,
        "pg_relation_is_updatable(regclass,bool)",
        |oid, _, context| {
            let class = context.catalog.class_by_oid(Oid(oid));
            Ok(Some(
                class
                    .filter(|class| class.kind == 'r')
                    .map_or(0, |_| EVERY_CHANGE),
            ))
        },
    );
    three::<ObjectId, Int2, Bool, bool>(
        registry,
        "pg_column_is_updatable(regclass,int2,bool)",
        |oid, number, _, context| {
            let class = context.catalog.class_by_oid(Oid(oid));
            Ok(Some(
                number > 0 && class.is_some_and(|class| class.kind == 'r'),
            ))
        },
    );
    one::<ObjectId, u32>(
        registry,
        "pg_get_replica_identity_index(regclass)",
        |oid, context| {
            let table = context.catalog.declared_table(Oid(oid));
            Ok(table.and_then(|table| Some(table.index.as_ref()?.class.oid.0)))
        },
    );
    // Databases, roles and tablespaces carry no comments here.
    two::<ObjectId, Text, String>(registry, "shobj_description(oid,name)", |_, _, _| Ok(None));
}

fn register_encodings(registry: &mut Registry) {
    let numbered = |number: i32| {
        usize::try_from(number)
            .ok()
            .and_then(|at| charset::all().get(at))
    };
    one::<Int4, String>(registry, "pg_encoding_to_char(int4)", move |number, _| {
        Ok(Some(
            numbered(number).map_or(String::new(), |set| set.name().to_owned()),
        ))
    });
    one::<Text, i32>(registry, "pg_char_to_encoding(name)", |name, _| {
        let wanted = charset::named(name);
        let mut numbered = (0..).zip(charset::all());
        let found = numbered.find(|(_, set)| wanted == Some(*set));
        Ok(Some(found.map_or(-1, |(number, _)| number)))
    });
    one::<Int4, i32>(
        registry,
        "pg_encoding_max_length(int4)",
        move |number, _| Ok(numbered(number).map(Charset::longest)),
    );
    registry.nullary::<String>("getdatabaseencoding()", |_| Ok(Some(String::from("UTF8"))));
    registry.nullary::<String>("pg_client_encoding()", |context| {
        let set = charset::named(context.settings.raw("client_encoding"));
        Ok(set.map(|set| set.name().to_owned()))
    });
}

pub(super) fn register(registry: &mut Registry) {
    register_visibility(registry);
    register_comments(registry);
    register_encodings(registry);
    registry.kernel("format_type(oid,int4)", |call: &Call<'_>| {
        let (oid, modifier) = (call.input::<ObjectId>(0)?, call.input::<Int4>(1)?);
        let rows = (0..call.rows).map(|row| {
            let of = |oid| format(Oid(oid), modifier.at(row), call.context);
            Ok(oid.at(row).map(of))
        });
        String::collect(rows, call.rows, call.storage)
    });
    registry.kernel("pg_typeof(any)", |call: &Call<'_>| {
        let of = call.types.first().map(|kind| kind.oid.0);
        u32::collect((0..call.rows).map(|_| Ok(of)), call.rows, call.storage)
    });
    one::<ObjectId, String>(registry, "pg_get_userbyid(oid)", |oid, context| {
        let name = context.catalog.role_name(Oid(oid));
        Ok(Some(name.unwrap_or_else(|| format!("unknown (OID={oid})"))))
    });
    two::<Text, Text, String>(
        registry,
        "pg_get_serial_sequence(text,text)",
        |table, column, context| {
            let oid = reg::class_named(table, context)?;
            let class = context.catalog.class_by_oid(oid);
            if class.is_some_and(|class| class.columns.iter().any(|known| known.name == column)) {
                return Ok(None);
            }
            let table = class.map(|class| class.name.clone()).unwrap_or_default();
            Err(Fault::new(
                crate::pg::SqlState::UNDEFINED_COLUMN,
                format!("column \"{column}\" of relation \"{table}\" does not exist"),
            ))
        },
    );
    for signature in ["current_user()", "session_user()", "getpgusername()"] {
        registry.nullary::<String>(signature, |context| Ok(Some(context.role.to_string())));
    }
    registry.nullary::<bool>("pg_is_in_recovery()", |context| {
        // Everything a session may read is there, whatever role it has.
        Ok(Some(!current_role(context).valid()))
    });
    one::<ObjectId, bool>(
        registry,
        "pg_relation_is_publishable(regclass)",
        |oid, context| {
            let class = context.catalog.class_by_oid(Oid(oid));
            Ok(class.map(|class| class.kind == 'r' && class.oid > OWNER.oid))
        },
    );
}
