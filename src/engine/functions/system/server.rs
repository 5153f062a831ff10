//! What a running PostgreSQL knows of itself, where a server that only reads has a true answer.

use arrow::array::ArrayRef;

use super::super::call::{Elements, Int4, Int8, ObjectId, Text, TransactionId};
use super::super::{Call, Output, Registry};
use super::one;
use crate::engine::catalog::privilege;
use crate::ident::Oid;
use crate::pg::printed::snapshot::Snapshot;
use crate::pg::{Fault, SqlState};

/// The number of the tablespace `pg_default`.
const DEFAULT_TABLESPACE: u32 = 1663;
/// The first number a transaction could have; none ever writes.
const FIRST_TRANSACTION: u64 = 3;

pub(super) fn register(registry: &mut Registry) {
    registry.nullary::<bool>("pg_jit_available()", |_| Ok(Some(false)));
    registry.set("pg_listening_channels()", |call: &Call<'_>| {
        nothing::<String>(call)
    });
    one::<Int4, Elements<i32>>(registry, "pg_safe_snapshot_blocking_pids(int4)", |_, _| {
        Ok(Some(Elements(Vec::new())))
    });
    registry.set("pg_tablespace_databases(oid)", |call: &Call<'_>| {
        let spaces = call.input::<ObjectId>(0)?;
        let own = call.context.catalog.database_oid().0;
        let rows = (0..call.rows).map(|row| {
            let default = spaces.at(row)? == DEFAULT_TABLESPACE;
            Some(Elements(default.then_some(Some(own)).into_iter().collect()))
        });
        Elements::<u32>::collect(rows.map(Ok), call.rows, call.storage)
    });
    // Rows that were always there are infinitely old.
    for signature in ["age(xid)", "mxid_age(xid)"] {
        one::<ObjectId, i32>(registry, signature, |_, _| Ok(Some(i32::MAX)));
    }
    for signature in [
        "pg_collation_actual_version(oid)",
        "pg_database_collation_actual_version(oid)",
    ] {
        one::<ObjectId, String>(registry, signature, |_, _| Ok(None));
    }
    recovery(registry);
    snapshots(registry);
    parameters(registry);
    one::<Text, bool>(registry, "row_security_active(text)", |name, context| {
        super::reg::parse_reg(crate::pg::types::REGCLASS, name, context).map(|_| Some(false))
    });
    registry.nullary::<i64>("lastval()", |_| {
        Err(Fault::new(
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            "lastval is not yet defined in this session",
        ))
    });
}

fn nothing<T: Output>(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let none = (0..call.rows).map(|_| Ok(Some(Elements::<T>(Vec::new()))));
    Elements::collect(none, call.rows, call.storage)
}

/// A server that nothing is replayed on.
fn recovery(registry: &mut Registry) {
    for signature in ["pg_last_wal_replay_lsn()", "pg_last_wal_receive_lsn()"] {
        registry.nullary::<String>(signature, |_| Ok(None));
    }
    registry.nullary::<i64>("pg_last_xact_replay_timestamp()", |_| Ok(None));
    registry.nullary::<bool>("pg_is_wal_replay_paused()", |_| {
        Err(Fault::new(
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            "recovery is not in progress",
        )
        .hint("Recovery control functions can only be executed during recovery."))
    });
}

/// Nothing is ever in progress: the snapshot is that of the first transaction.
fn snapshots(registry: &mut Registry) {
    for signature in ["pg_current_snapshot()", "txid_current_snapshot()"] {
        registry.nullary::<String>(signature, |_| {
            Ok(Some(format!("{FIRST_TRANSACTION}:{FIRST_TRANSACTION}:")))
        });
    }
    let part = |text: &str, part: fn(&Snapshot) -> u64| Snapshot::read(text).map(|all| part(&all));
    for (name, field) in [
        ("xmin", (|all| all.xmin) as fn(&Snapshot) -> u64),
        ("xmax", |all| all.xmax),
    ] {
        one::<Text, u64>(
            registry,
            &format!("pg_snapshot_{name}(pg_snapshot)"),
            move |text, _| part(text, field).map(Some),
        );
        one::<Text, i64>(
            registry,
            &format!("txid_snapshot_{name}(txid_snapshot)"),
            move |text, _| Ok(i64::try_from(part(text, field)?).ok()),
        );
    }
    registry.binary::<TransactionId, Text, bool>(
        "pg_visible_in_snapshot(xid8,pg_snapshot)",
        |transaction, text, _| Ok(Snapshot::read(text)?.sees(transaction)),
    );
    registry.binary::<Int8, Text, bool>(
        "txid_visible_in_snapshot(int8,txid_snapshot)",
        |transaction, text, _| Ok(Snapshot::read(text)?.sees(transaction.cast_unsigned())),
    );
    registry.set("pg_snapshot_xip(pg_snapshot)", |call: &Call<'_>| {
        running::<u64>(call, |transaction| transaction)
    });
    registry.set("txid_snapshot_xip(txid_snapshot)", |call: &Call<'_>| {
        running::<i64>(call, u64::cast_signed)
    });
}

/// The transactions in progress, a row each.
fn running<R: Output>(call: &Call<'_>, shown: fn(u64) -> R) -> Result<ArrayRef, Fault>
where
    Elements<R>: Output,
{
    let snapshots = call.input::<Text>(0)?;
    let rows = (0..call.rows).map(|row| {
        let Some(text) = snapshots.at(row) else {
            return Ok(None);
        };
        let running = Snapshot::read(text)?.running;
        Ok(Some(Elements(
            running.into_iter().map(|id| Some(shown(id))).collect(),
        )))
    });
    Elements::collect(rows, call.rows, call.storage)
}

/// `has_parameter_privilege`: nobody is granted any, a superuser has all.
fn parameters(registry: &mut Registry) {
    let known = [("SET", 's'), ("ALTER SYSTEM", 'A')];
    let checked = move |text: &str, role: Oid| {
        privilege::parse(text, &known).map_err(|word| {
            Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("unrecognized privilege type: \"{word}\""),
            )
        })?;
        Ok(Some(role == privilege::SUPERUSER))
    };
    registry.kernel(
        "has_parameter_privilege(text,text)",
        move |call: &Call<'_>| {
            let (names, words) = (call.input::<Text>(0)?, call.input::<Text>(1)?);
            let rows = (0..call.rows).map(|row| match (names.at(row), words.at(row)) {
                (Some(_), Some(words)) => checked(words, super::current_role(call.context)),
                _ => Ok(None),
            });
            bool::collect(rows, call.rows, call.storage)
        },
    );
    registry.kernel(
        "has_parameter_privilege(name,text,text)",
        move |call: &Call<'_>| {
            let (roles, names) = (call.input::<Text>(0)?, call.input::<Text>(1)?);
            let words = call.input::<Text>(2)?;
            let rows = (0..call.rows).map(|row| {
                let (Some(role), Some(_), Some(words)) =
                    (roles.at(row), names.at(row), words.at(row))
                else {
                    return Ok(None);
                };
                let oid = call.context.catalog.role_oid(role).ok_or_else(|| {
                    Fault::new(
                        SqlState::UNDEFINED_OBJECT,
                        format!("role \"{role}\" does not exist"),
                    )
                })?;
                checked(words, oid)
            });
            bool::collect(rows, call.rows, call.storage)
        },
    );
}
