//! SQL text of what the catalog holds: `pg_get_…def` and the arguments of functions.

use super::super::call::{Bool, Int4, ObjectId, Text};
use super::super::{Context, Registry};
use super::{class_name, describe, name, one, path, reg, three, two};
use crate::engine::catalog::declared::Constraint;
use crate::engine::catalog::named;
use crate::engine::catalog::system::{ProcRow, system};
use crate::engine::catalog::{Catalog, Class};
use crate::ident::Oid;
use crate::pg::keywords::quote_ident;
use crate::pg::{Fault, SqlState, types};

/// The names of some columns of a table, as SQL, joined by commas.
fn column_list(class: &Class, numbers: &[i16]) -> String {
    let names = numbers.iter().filter_map(|number| class.column(*number));
    let names: Vec<_> = names
        .map(|column| quote_ident(&column.name).into_owned())
        .collect();
    names.join(", ")
}

/// The table an index is on, whether it is unique, and the columns.
fn index_parts(catalog: &Catalog, oid: Oid) -> Option<(Oid, bool, &[i16])> {
    if let Some(index) = catalog.index(oid) {
        return Some((index.table, index.unique, &index.columns));
    }
    named::index(oid).map(|index| (index.table, index.unique, index.columns.as_slice()))
}

/// The statement that would make an index; `qualified` names the table with its schema.
fn index_text(oid: Oid, qualified: bool, context: &Context) -> Option<String> {
    let catalog = &context.catalog;
    let (table, unique, columns) = index_parts(catalog, oid)?;
    let (index, table) = (catalog.class_by_oid(oid)?, catalog.class_by_oid(table)?);
    let shown = if qualified {
        name::shown(Some(&table.schema), &table.name)
    } else {
        class_name(table, context)
    };
    Some(format!(
        "CREATE {}INDEX {} ON {shown} USING btree ({})",
        if unique { "UNIQUE " } else { "" },
        quote_ident(&index.name),
        column_list(table, columns),
    ))
}

fn index_column(oid: Oid, number: i32, context: &Context) -> Option<String> {
    let catalog = &context.catalog;
    let (table, _, columns) = index_parts(catalog, oid)?;
    let table = catalog.class_by_oid(table)?;
    let number = columns.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
    Some(quote_ident(&table.column(*number)?.name).into_owned())
}

fn key_text(table: &Class, key: &Constraint, context: &Context) -> Option<String> {
    let columns = column_list(table, &key.columns);
    let Some((target, target_columns)) = &key.target else {
        return Some(format!("PRIMARY KEY ({columns})"));
    };
    let target = context.catalog.class_by_oid(*target)?;
    let shown = class_name(target, context);
    let target_columns = column_list(target, target_columns);
    Some(format!(
        "FOREIGN KEY ({columns}) REFERENCES {shown}({target_columns}) NOT VALID"
    ))
}

fn constraint_text(oid: Oid, context: &Context) -> Option<String> {
    if let Some((table, key)) = context.catalog.constraint(oid) {
        return key_text(&table.class, key, context);
    }
    let constraint = named::constraint(oid)?;
    let columns = context.catalog.class_by_oid(constraint.table);
    let columns = columns
        .map(|table| column_list(table, &constraint.columns))
        .unwrap_or_default();
    match constraint.kind {
        'p' => Some(format!("PRIMARY KEY ({columns})")),
        'u' => Some(format!("UNIQUE ({columns})")),
        'c' => Some(format!("CHECK ({})", constraint.check)),
        _ => None,
    }
}

/// The text of an object, pretty or not.
type Describe = fn(Oid, bool, &Context) -> Option<String>;

/// A table's name in a definition that is meant to be read, or to be run anywhere.
fn table_name(class: &Class, pretty: bool, context: &Context) -> String {
    if pretty {
        class_name(class, context)
    } else {
        name::shown(Some(&class.schema), &class.name)
    }
}

/// The statement that would make a rule, which most are for the query behind a view.
fn rule_text(oid: Oid, pretty: bool, context: &Context) -> Option<String> {
    if let Some(text) = named::rule(oid, pretty) {
        return Some(text);
    }
    let view = named::ruled(oid)?;
    let query = named::view(view, pretty)?;
    let view = table_name(context.catalog.class_by_oid(view)?, pretty, context);
    Some(format!(
        "CREATE RULE \"_RETURN\" AS\n    ON SELECT TO {view} DO INSTEAD {query}"
    ))
}

/// The statement that would make a trigger of a foreign key.
fn trigger_text(oid: Oid, pretty: bool, context: &Context) -> Option<String> {
    let catalog = &context.catalog;
    let trigger = catalog.trigger(oid)?;
    let table = table_name(catalog.class_by_oid(trigger.table)?, pretty, context);
    let other = class_name(catalog.class_by_oid(trigger.other)?, context);
    Some(format!(
        "CREATE CONSTRAINT TRIGGER {} AFTER {} ON {table} FROM {other} NOT DEFERRABLE \
         INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION {}()",
        quote_ident(&trigger.name()),
        trigger.event(),
        quote_ident(trigger.function),
    ))
}

/// The arguments of a function as its definition lists them.
fn arguments(proc: &ProcRow, defaults: bool, context: &Context) -> String {
    let plain = proc.arguments.iter().enumerate().map(|(at, kind)| {
        let name = proc.argument_names.get(at).cloned().unwrap_or_default();
        ('i', name, *kind)
    });
    let all: Vec<_> = if proc.all_arguments.is_empty() {
        plain.collect()
    } else {
        proc.all_arguments
            .iter()
            .filter(|(mode, ..)| *mode != 't')
            .cloned()
            .collect()
    };
    let inputs = proc.arguments.len();
    let mut seen = 0;
    let mut texts = Vec::with_capacity(all.len());
    for (at, (mode, name, kind)) in all.into_iter().enumerate() {
        // A variadic of type "any" is only marked on the row.
        let variadic = mode == 'v' || proc.variadic.valid() && mode == 'i' && at + 1 == inputs;
        let mut text = String::from(match mode {
            'o' => "OUT ",
            'b' => "INOUT ",
            _ if variadic => "VARIADIC ",
            _ => "",
        });
        if !name.is_empty() {
            text.push_str(&quote_ident(&name));
            text.push(' ');
        }
        text.push_str(&describe::type_text(kind, context));
        if mode != 'o' {
            seen += 1;
            let default = (seen + proc.default_texts.len()).checked_sub(inputs + 1);
            let default = default.and_then(|at| proc.default_texts.get(at));
            if let Some(default) = default.filter(|_| defaults) {
                text.push_str(" DEFAULT ");
                text.push_str(default);
            }
        }
        texts.push(text);
    }
    let Some((_, direct)) = proc.aggregate.filter(|(kind, _)| *kind != 'n') else {
        return texts.join(", ");
    };
    // The last argument of one that takes any number stands on both sides.
    let again = direct.checked_sub(1).filter(|_| direct == texts.len());
    let (direct, ordered) = texts.split_at(direct.min(texts.len()));
    let ordered = match again {
        Some(last) => direct.get(last..).unwrap_or_default(),
        None => ordered,
    };
    let shown = format!("{} ORDER BY {}", direct.join(", "), ordered.join(", "));
    shown.trim_start().to_owned()
}

fn result(proc: &ProcRow, context: &Context) -> Option<String> {
    if proc.kind == 'p' {
        return None;
    }
    let table: Vec<_> = proc
        .all_arguments
        .iter()
        .filter(|(mode, ..)| *mode == 't')
        .collect();
    if !table.is_empty() {
        let columns = table.iter().map(|(_, name, kind)| {
            format!(
                "{} {}",
                quote_ident(name),
                describe::type_text(*kind, context)
            )
        });
        return Some(format!("TABLE({})", columns.collect::<Vec<_>>().join(", ")));
    }
    let set = if proc.returns_set { "SETOF " } else { "" };
    Some(format!(
        "{set}{}",
        describe::type_text(proc.result, context)
    ))
}

/// The statement that would make a function.
fn function_text(oid: Oid, context: &Context) -> Result<Option<String>, Fault> {
    let Some((proc, facts)) = system().proc_by_oid(oid).zip(named::function_facts(oid)) else {
        return Ok(None);
    };
    if proc.kind == 'a' {
        return Err(Fault::new(
            SqlState::WRONG_OBJECT_TYPE,
            format!("\"{}\" is an aggregate function", proc.name),
        ));
    }
    let space = context.catalog.namespace_by_oid(proc.namespace);
    let space = space.map(|space| space.name.as_str());
    let what = if proc.kind == 'p' {
        "PROCEDURE"
    } else {
        "FUNCTION"
    };
    let mut text = format!(
        "CREATE OR REPLACE {what} {}({})\n",
        name::shown(space, &proc.name),
        arguments(proc, true, context)
    );
    if let Some(result) = result(proc, context) {
        text.push_str(&format!(" RETURNS {result}\n"));
    }
    text.push_str(&format!(" LANGUAGE {}\n", quote_ident(facts.language)));
    let mut options = facts.options.clone();
    if facts.support.valid() {
        let support = reg::format_reg(types::REGPROC, facts.support.0, context);
        options.push(format!("SUPPORT {support}").into());
    }
    if !options.is_empty() {
        text.push_str(&format!(" {}\n", options.join(" ")));
    }
    match (&facts.body, &facts.library) {
        (Some(body), _) => text.push_str(body),
        (None, Some(library)) => {
            text.push_str(&format!(
                "AS '{library}', $function${}$function$",
                proc.source
            ));
        }
        (None, None) => text.push_str(&format!("AS $function${}$function$", proc.source)),
    }
    text.push('\n');
    Ok(Some(text))
}

fn register_functions(registry: &mut Registry) {
    one::<ObjectId, String>(registry, "pg_get_functiondef(oid)", |oid, context| {
        function_text(Oid(oid), context)
    });
    one::<ObjectId, String>(registry, "pg_get_function_sqlbody(oid)", |oid, _| {
        let facts = named::function_facts(Oid(oid));
        Ok(facts.and_then(|facts| facts.body.clone()).map(Into::into))
    });
    one::<ObjectId, String>(
        registry,
        "pg_get_function_arguments(oid)",
        |oid, context| {
            Ok(system()
                .proc_by_oid(Oid(oid))
                .map(|proc| arguments(proc, true, context)))
        },
    );
    one::<ObjectId, String>(
        registry,
        "pg_get_function_identity_arguments(oid)",
        |oid, context| {
            Ok(system()
                .proc_by_oid(Oid(oid))
                .map(|proc| arguments(proc, false, context)))
        },
    );
    one::<ObjectId, String>(registry, "pg_get_function_result(oid)", |oid, context| {
        Ok(system()
            .proc_by_oid(Oid(oid))
            .and_then(|proc| result(proc, context)))
    });
    two::<ObjectId, Int4, String>(
        registry,
        "pg_get_function_arg_default(oid,int4)",
        |oid, number, _| {
            Ok(system().proc_by_oid(Oid(oid)).and_then(|proc| {
                let inputs = proc.arguments.len();
                let at = usize::try_from(number).ok()? + proc.default_texts.len();
                proc.default_texts.get(at.checked_sub(inputs + 1)?).cloned()
            }))
        },
    );
}

/// What the catalog keeps as text already, such as defaults of arguments, is its own answer.
fn kept_text(text: &str, _: u32, _: &Context) -> Result<Option<String>, Fault> {
    Ok(Some(text.to_owned()))
}

fn register_rules_and_triggers(registry: &mut Registry) {
    let described: [(&str, Describe); 2] = [
        ("pg_get_ruledef", rule_text),
        ("pg_get_triggerdef", trigger_text),
    ];
    for (name, text) in described {
        one::<ObjectId, String>(registry, &format!("{name}(oid)"), move |oid, context| {
            Ok(text(Oid(oid), false, context))
        });
        two::<ObjectId, Bool, String>(
            registry,
            &format!("{name}(oid,bool)"),
            move |oid, pretty, context| Ok(text(Oid(oid), pretty, context)),
        );
    }
}

pub(super) fn register(registry: &mut Registry) {
    register_functions(registry);
    register_rules_and_triggers(registry);
    two::<Text, ObjectId, String>(registry, "pg_get_expr(pg_node_tree,oid)", kept_text);
    three::<Text, ObjectId, Bool, String>(
        registry,
        "pg_get_expr(pg_node_tree,oid,bool)",
        |text, oid, _, context| kept_text(text, oid, context),
    );
    one::<ObjectId, String>(registry, "pg_get_constraintdef(oid)", |oid, context| {
        Ok(constraint_text(Oid(oid), context))
    });
    two::<ObjectId, Bool, String>(
        registry,
        "pg_get_constraintdef(oid,bool)",
        |oid, _, context| Ok(constraint_text(Oid(oid), context)),
    );
    one::<ObjectId, String>(registry, "pg_get_indexdef(oid)", |oid, context| {
        Ok(index_text(Oid(oid), true, context))
    });
    three::<ObjectId, Int4, Bool, String>(
        registry,
        "pg_get_indexdef(oid,int4,bool)",
        |oid, number, pretty, context| {
            Ok(match number {
                0 => index_text(Oid(oid), !pretty, context),
                _ => index_column(Oid(oid), number, context)
                    .or_else(|| index_parts(&context.catalog, Oid(oid)).map(|_| String::new())),
            })
        },
    );
    one::<ObjectId, String>(registry, "pg_get_viewdef(oid)", |oid, _| {
        Ok(named::view(Oid(oid), false))
    });
    two::<ObjectId, Bool, String>(registry, "pg_get_viewdef(oid,bool)", |oid, pretty, _| {
        Ok(named::view(Oid(oid), pretty))
    });
    two::<ObjectId, Int4, String>(registry, "pg_get_viewdef(oid,int4)", |oid, _, _| {
        Ok(named::view(Oid(oid), true))
    });
    one::<Text, String>(registry, "pg_get_viewdef(text)", |text, context| {
        Ok(named::view(reg::class_named(text, context)?, false))
    });
    two::<Text, Bool, String>(
        registry,
        "pg_get_viewdef(text,bool)",
        |text, pretty, context| Ok(named::view(reg::class_named(text, context)?, pretty)),
    );
    // Partitions and extended statistics: there are none, and none to print.
    for signature in [
        "pg_get_partkeydef(oid)",
        "pg_get_partition_constraintdef(oid)",
        "pg_get_statisticsobjdef(oid)",
        "pg_get_statisticsobjdef_columns(oid)",
    ] {
        one::<ObjectId, String>(registry, signature, |_, _| Ok(None));
    }
    registry.nullary::<String>("current_schema()", |context| {
        let found = path(context).into_iter();
        let configured = &context.settings.search_path;
        Ok(found.into_iter().find(|schema| configured.contains(schema)))
    });
}
