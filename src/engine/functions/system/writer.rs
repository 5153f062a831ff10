//! What only a server that writes has: large objects, its log, the times of commits, files. A server
//! that only reads answers as PostgreSQL answers where there is nothing of the kind.

use std::collections::HashMap;
use std::sync::LazyLock;

use arrow::array::ArrayRef;

use super::super::call::{Elements, ObjectId, Text};
use super::super::{Call, Context, Output, Registry};
use super::rows::{TextRow, records};
use super::{one, two};
use crate::engine::catalog::catalog_foreign_keys;
use crate::ident::Oid;
use crate::pg::settings::flags;
use crate::pg::{Fault, SqlState};

const UNDEFINED_OBJECT: SqlState = SqlState::UNDEFINED_OBJECT;

pub(super) fn register(registry: &mut Registry) {
    large_objects(registry);
    messages(registry);
    commits(registry);
    triggers(registry);
    sequences(registry);
    log(registry);
    indexes(registry);
    files(registry);
    one::<Text, Elements<String>>(registry, "pg_settings_get_flags(text)", |name, _| {
        let flags = flags(name).map(|flags| flags.map(|flag| Some(flag.to_owned())).collect());
        Ok(flags.map(Elements))
    });
    registry.set("pg_get_catalog_foreign_keys()", |call: &Call<'_>| {
        let rows: Result<Vec<TextRow>, _> = catalog_foreign_keys();
        let rows = rows.map_err(|error| Fault::internal(error.to_string()))?;
        records(call, vec![Some(rows); call.rows])
    });
    access_item(registry);
}

/// Registers a function that always fails, and how.
fn fails(
    registry: &mut Registry,
    signature: impl Into<String>,
    fault: impl Fn(&Call<'_>, usize) -> Result<Option<Fault>, Fault> + Send + Sync + 'static,
) {
    registry.kernel(
        signature,
        move |call: &Call<'_>| -> Result<ArrayRef, Fault> {
            for row in 0..call.rows {
                if let Some(fault) = fault(call, row)? {
                    return Err(fault);
                }
            }
            Ok(arrow::array::new_null_array(call.storage, call.rows))
        },
    );
}

/// There are no large objects, and none can be made.
fn large_objects(registry: &mut Registry) {
    for signature in [
        "lo_get(oid)",
        "lo_get(oid,int8,int4)",
        "lo_put(oid,int8,bytea)",
        "lo_unlink(oid)",
        "lo_open(oid,int4)",
    ] {
        fails(registry, signature, |call, row| {
            let number = call.input::<ObjectId>(0)?.at(row);
            Ok(number.map(|number| {
                Fault::new(
                    UNDEFINED_OBJECT,
                    format!("large object {number} does not exist"),
                )
            }))
        });
    }
    for signature in [
        "lo_close(int4)",
        "loread(int4,int4)",
        "lowrite(int4,bytea)",
        "lo_tell(int4)",
        "lo_tell64(int4)",
        "lo_lseek(int4,int4,int4)",
        "lo_lseek64(int4,int8,int4)",
        "lo_truncate(int4,int4)",
        "lo_truncate64(int4,int8)",
    ] {
        fails(registry, signature, |call, row| {
            let number = call.input::<super::super::call::Int4>(0)?.at(row);
            Ok(number.map(|number| {
                Fault::new(
                    UNDEFINED_OBJECT,
                    format!("invalid large-object descriptor: {number}"),
                )
            }))
        });
    }
    for (signature, name) in [
        ("lo_create(oid)", "lo_create"),
        ("lo_creat(int4)", "lo_creat"),
        ("lo_from_bytea(oid,bytea)", "lo_from_bytea"),
    ] {
        fails(registry, signature, move |_, _| {
            Ok(Some(Fault::new(
                SqlState::READ_ONLY_SQL_TRANSACTION,
                format!("cannot execute {name}() in a read-only transaction"),
            )))
        });
    }
}

/// Messages between sessions are written to a queue, which a standby does not do either.
fn messages(registry: &mut Registry) {
    fails(registry, "pg_notify(text,text)", |_, _| {
        Ok(Some(Fault::new(
            SqlState::READ_ONLY_SQL_TRANSACTION,
            "cannot execute NOTIFY during recovery",
        )))
    });
}

/// `track_commit_timestamp` is off.
fn commits(registry: &mut Registry) {
    for signature in [
        "pg_xact_commit_timestamp(xid)",
        "pg_xact_commit_timestamp_origin(xid)",
        "pg_last_committed_xact()",
    ] {
        fails(registry, signature, |_, _| {
            Ok(Some(
                Fault::new(
                    SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                    "could not get commit timestamp data",
                )
                .hint("Make sure the configuration parameter \"track_commit_timestamp\" is set."),
            ))
        });
    }
}

fn triggers(registry: &mut Registry) {
    for (name, what) in [
        ("pg_event_trigger_ddl_commands", "an event"),
        ("pg_event_trigger_dropped_objects", "a sql_drop event"),
        (
            "pg_event_trigger_table_rewrite_oid",
            "a table_rewrite event",
        ),
        (
            "pg_event_trigger_table_rewrite_reason",
            "a table_rewrite event",
        ),
    ] {
        let message = format!("{name}() can only be called in {what} trigger function");
        let fault = Fault::new(SqlState("39P03"), message);
        let refusal = move |_: &Call<'_>, _| Ok(Some(fault.clone()));
        if name.ends_with("commands") || name.ends_with("objects") {
            let refusal = refusal.clone();
            registry.set(format!("{name}()"), move |call: &Call<'_>| {
                match refusal(call, 0)? {
                    Some(fault) => Err(fault),
                    None => Ok(arrow::array::new_null_array(call.storage, call.rows)),
                }
            });
        } else {
            fails(registry, format!("{name}()"), refusal);
        }
    }
}

/// There are no sequences.
fn sequences(registry: &mut Registry) {
    fails(registry, "pg_sequence_parameters(oid)", |call, row| {
        let Some(oid) = call.input::<ObjectId>(0)?.at(row) else {
            return Ok(None);
        };
        let class = call.context.catalog.class_by_oid(Oid(oid));
        Ok(Some(match class {
            None => Fault::new(
                SqlState::UNDEFINED_TABLE,
                format!("relation with OID {oid} does not exist"),
            ),
            Some(_) => Fault::new(
                SqlState::INTERNAL_ERROR,
                format!("cache lookup failed for sequence {oid}"),
            ),
        }))
    });
    fails(registry, "pg_sequence_last_value(regclass)", |call, row| {
        let Some(oid) = call.input::<ObjectId>(0)?.at(row) else {
            return Ok(None);
        };
        let class = call.context.catalog.class_by_oid(Oid(oid));
        Ok(Some(match class {
            None => Fault::new(
                SqlState::INTERNAL_ERROR,
                format!("could not open relation with OID {oid}"),
            ),
            Some(class) => Fault::new(
                SqlState::WRONG_OBJECT_TYPE,
                format!("\"{}\" is not a sequence", class.name),
            ),
        }))
    });
    fails(registry, "pg_nextoid(regclass,name,regclass)", |_, _| {
        Ok(Some(Fault::new(
            SqlState::INSUFFICIENT_PRIVILEGE,
            "must be superuser to call pg_nextoid()",
        )))
    });
}

/// A log that nobody writes stays where it began.
fn log(registry: &mut Registry) {
    for signature in [
        "pg_current_wal_lsn()",
        "pg_current_wal_insert_lsn()",
        "pg_current_wal_flush_lsn()",
    ] {
        registry.nullary::<String>(signature, |_| Ok(Some(String::from("0/1000000"))));
    }
}

/// What an access method can do: order, unique, several columns, exclude, include.
const METHODS: [(u32, [bool; 5]); 6] = [
    (403, [true, true, true, true, true]),
    (405, [false, false, false, true, false]),
    (783, [false, false, true, true, true]),
    (2742, [false, false, true, false, false]),
    (3580, [false, false, true, false, false]),
    (4000, [false, false, false, true, true]),
];

fn index(oid: u32, context: &Context) -> bool {
    let class = context.catalog.class_by_oid(Oid(oid));
    class.is_some_and(|class| class.kind == 'i')
}

/// Every index here is a tree over ascending columns.
fn indexes(registry: &mut Registry) {
    two::<ObjectId, Text, bool>(
        registry,
        "pg_indexam_has_property(oid,text)",
        |oid, name, _| {
            let names = [
                "can_order",
                "can_unique",
                "can_multi_col",
                "can_exclude",
                "can_include",
            ];
            let method = METHODS.iter().find(|(method, _)| *method == oid);
            let at = names
                .iter()
                .position(|known| known.eq_ignore_ascii_case(name));
            Ok(method
                .zip(at)
                .and_then(|((_, can), at)| can.get(at).copied()))
        },
    );
    two::<ObjectId, Text, bool>(
        registry,
        "pg_index_has_property(regclass,text)",
        |oid, name, context| {
            let known = ["clusterable", "index_scan", "bitmap_scan", "backward_scan"];
            let has = known.iter().any(|known| known.eq_ignore_ascii_case(name));
            Ok((has && index(oid, context)).then_some(true))
        },
    );
    super::three::<ObjectId, super::super::call::Int4, Text, bool>(
        registry,
        "pg_index_column_has_property(regclass,int4,text)",
        |oid, number, name, context| {
            let class = context.catalog.class_by_oid(Oid(oid));
            let columns = class
                .filter(|_| index(oid, context))
                .map_or(0, |class| class.columns.len());
            if !usize::try_from(number).is_ok_and(|number| (1..=columns).contains(&number)) {
                return Ok(None);
            }
            Ok(match name.to_ascii_lowercase().as_str() {
                "asc" | "nulls_last" | "orderable" | "returnable" | "search_array"
                | "search_nulls" => Some(true),
                "desc" | "nulls_first" | "distance_orderable" => Some(false),
                _ => None,
            })
        },
    );
}

/// Where PostgreSQL would keep a relation: by its number, below that of the database.
fn files(registry: &mut Registry) {
    one::<ObjectId, String>(
        registry,
        "pg_relation_filepath(regclass)",
        |oid, context| {
            let class = context.catalog.class_by_oid(Oid(oid));
            let stored = class.filter(|class| matches!(class.kind, 'r' | 'i' | 't' | 'm' | 'S'));
            let database = context.catalog.database_oid();
            Ok(stored.map(|class| format!("base/{database}/{}", class.oid)))
        },
    );
    two::<ObjectId, ObjectId, u32>(
        registry,
        "pg_filenode_relation(oid,oid)",
        |_, node, context| {
            let class = context.catalog.class_by_oid(Oid(node));
            Ok(class.filter(|class| class.kind != 'v').map(|_| node))
        },
    );
}

/// `makeaclitem`: one privilege as an entry of an access list.
fn access_item(registry: &mut Registry) {
    static LETTERS: LazyLock<HashMap<String, char>> = LazyLock::new(|| {
        let known = super::rows::PRIVILEGES.iter();
        known
            .map(|(letter, word)| ((*word).to_owned(), *letter))
            .chain([(String::from("TEMP"), 'T'), (String::from("RULE"), ' ')])
            .collect()
    });
    registry.kernel("makeaclitem(oid,oid,text,bool)", |call: &Call<'_>| {
        let (to, from) = (call.input::<ObjectId>(0)?, call.input::<ObjectId>(1)?);
        let words = call.input::<Text>(2)?;
        let options = call.input::<super::super::call::Bool>(3)?;
        let role = |oid: u32| {
            let name = call.context.catalog.role_name(Oid(oid));
            name.unwrap_or_else(|| oid.to_string())
        };
        let rows = (0..call.rows).map(|row| {
            let (Some(to), Some(from), Some(word), Some(option)) =
                (to.at(row), from.at(row), words.at(row), options.at(row))
            else {
                return Ok(None);
            };
            let Some(letter) = LETTERS.get(&word.trim().to_ascii_uppercase()) else {
                return Err(Fault::new(
                    SqlState::INVALID_PARAMETER_VALUE,
                    format!("unrecognized privilege type: \"{word}\""),
                ));
            };
            let to = if to == 0 { String::new() } else { role(to) };
            let star = if option { "*" } else { "" };
            Ok(Some(format!("{to}={letter}{star}/{}", role(from))))
        });
        String::collect(rows, call.rows, call.storage)
    });
}
