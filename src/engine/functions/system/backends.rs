//! Sessions that look at each other: who is there, what each does, what it has open, how it is
//! stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::call::{Elements, Int4, Int8};
use super::super::{Call, Context, Output, Registry};
use super::rows::{TextRow, records};
use super::{current_role, one};
use crate::engine::backend::{Backend, Doing, State};
use crate::ident::Oid;
use crate::pg::{Fault, SqlState};

/// `01000`
const WARNING: SqlState = SqlState("01000");

pub(super) fn register(registry: &mut Registry) {
    ends(registry);
    activity(registry);
    by_number(registry);
    signals(registry);
    open(registry);
}

fn own(context: &Context) -> &Backend {
    &context.live.backend
}

/// The two ends of the session's connection.
fn ends(registry: &mut Registry) {
    type End = fn(&Backend) -> Option<SocketAddr>;
    let ends: [(&str, End); 2] = [
        ("client", |backend| backend.identity.client()),
        ("server", |backend| backend.identity.server()),
    ];
    for (whose, end) in ends {
        registry.nullary::<String>(format!("inet_{whose}_addr()"), move |context| {
            Ok(end(own(context)).map(|end| end.ip().to_string()))
        });
        registry.nullary::<i32>(format!("inet_{whose}_port()"), move |context| {
            Ok(end(own(context)).map(|end| i32::from(end.port())))
        });
    }
}

/// The number of a role, as far as this session's catalog knows it.
fn role_of(backend: &Backend, context: &Context) -> Option<Oid> {
    context.catalog.role_oid(&backend.identity.role)
}

/// Whether the session's role may see what another one does, and stop it.
fn may(backend: &Backend, context: &Context) -> bool {
    backend.identity.role == context.role
}

/// One row of `pg_stat_get_activity`.
fn activity_row(backend: &Backend, context: &Context) -> TextRow {
    let doing = backend.doing();
    let time = |time: Option<i64>| time.map(|micros| micros.to_string());
    let identity = &backend.identity;
    let mut row: TextRow = vec![None; 30];
    let mut put = |at: usize, value: Option<String>| {
        if let Some(place) = row.get_mut(at) {
            *place = value;
        }
    };
    put(0, Some(context.catalog.database_oid().to_string()));
    put(1, Some(identity.process_id.to_string()));
    put(2, role_of(backend, context).map(|oid| oid.to_string()));
    put(3, Some(doing.application.clone()));
    if !may(backend, context) {
        put(5, Some(String::from("<insufficient privilege>")));
        return row;
    }
    let (kind, event) = wait_event(&doing);
    put(4, Some(doing.state.word().to_owned()));
    put(5, Some(doing.query.to_string()));
    put(6, kind.map(str::to_owned));
    put(7, event.map(str::to_owned));
    put(8, time(doing.transaction_start));
    put(9, time(doing.query_start));
    put(10, Some(identity.started_at.to_string()));
    put(11, time(doing.state_change));
    put(12, identity.client().map(|end| end.ip().to_string()));
    put(14, identity.client().map(|end| end.port().to_string()));
    // Nothing is ever in progress: whoever looks sees everything since the first transaction.
    put(
        16,
        (doing.state == State::Active).then(|| String::from("3")),
    );
    put(17, Some(String::from("client backend")));
    put(18, Some(identity.encrypted().to_string()));
    for never in [25, 27] {
        put(never, Some(String::from("false")));
    }
    row
}

fn wait_event(doing: &Doing) -> (Option<&'static str>, Option<&'static str>) {
    match doing.state {
        State::Active => (None, None),
        _ => (Some("Client"), Some("ClientRead")),
    }
}

fn activity(registry: &mut Registry) {
    registry.set("pg_stat_get_activity(int4)", |call: &Call<'_>| {
        let asked = call.input::<Int4>(0)?;
        let backends = call.context.live.backends.of(&call.context.database);
        let sets = (0..call.rows).map(|row| {
            let wanted = |backend: &&Arc<Backend>| {
                let id = backend.identity.process_id;
                asked.at(row).is_none_or(|asked| asked == id)
            };
            let rows = backends.iter().filter(wanted);
            Some(rows.map(|b| activity_row(b, call.context)).collect())
        });
        records(call, sets.collect())
    });
    one::<Int4, Elements<i32>>(registry, "pg_blocking_pids(int4)", |process, context| {
        let backend = context.live.backends.find(&context.database, process);
        let blocking = backend.map(|b| context.live.backends.locks.blocking(b.number));
        let blocking = blocking.unwrap_or_default().into_iter().map(Some);
        Ok(Some(Elements(blocking.collect())))
    });
    registry.set("pg_lock_status()", |call: &Call<'_>| {
        let rows = lock_rows(call.context);
        records(call, vec![Some(rows); call.rows])
    });
}

/// The rows of `pg_locks`: what every running transaction has of itself, and advisory locks.
fn lock_rows(context: &Context) -> Vec<TextRow> {
    let text = |text: &str| Some(text.to_owned());
    let backends = context.live.backends.of(&context.database);
    let transaction = |number: u64| format!("{}/1", number + 1);
    let process = |number: u64| {
        let backend = backends.iter().find(|backend| backend.number == number);
        backend.map(|backend| backend.identity.process_id.to_string())
    };
    let mut rows = Vec::new();
    for backend in &backends {
        if backend.doing().transaction_start.is_none() {
            continue;
        }
        let own = transaction(backend.number);
        let mut row: TextRow = vec![None; 16];
        row.splice(
            0..6,
            [
                text("virtualxid"),
                None,
                None,
                None,
                None,
                Some(own.clone()),
            ],
        );
        row.splice(
            10..15,
            [
                Some(own),
                process(backend.number),
                text("ExclusiveLock"),
                text("true"),
                text("true"),
            ],
        );
        rows.push(row);
    }
    for lock in context.live.backends.locks.listed(&context.database) {
        let mut row: TextRow = vec![None; 16];
        row.splice(
            0..2,
            [text("advisory"), Some(lock.key.database.to_string())],
        );
        row.splice(
            7..16,
            [
                Some(lock.key.class.to_string()),
                Some(lock.key.object.to_string()),
                Some(lock.key.part.to_string()),
                Some(transaction(lock.owner)),
                process(lock.owner),
                text(lock.mode.word()),
                Some(lock.waits.is_none().to_string()),
                text("false"),
                lock.waits.map(|since| since.to_string()),
            ],
        );
        rows.push(row);
    }
    rows
}

/// One of the times of a session.
type Moment = fn(&Backend, &Doing) -> Option<i64>;

/// Sessions by their place among those of the database.
fn by_number(registry: &mut Registry) {
    fn backend(number: i32, context: &Context) -> Option<Arc<Backend>> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        let backends = context.live.backends.of(&context.database);
        backends.get(at).cloned()
    }
    registry.set("pg_stat_get_backend_idset()", |call: &Call<'_>| {
        let count = call.context.live.backends.of(&call.context.database).len();
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        let rows = (0..call.rows).map(|_| Ok(Some(Elements((1..=count).map(Some).collect()))));
        Elements::collect(rows, call.rows, call.storage)
    });
    one::<Int4, i32>(registry, "pg_stat_get_backend_pid(int4)", |at, context| {
        Ok(backend(at, context).map(|b| b.identity.process_id))
    });
    one::<Int4, u32>(registry, "pg_stat_get_backend_dbid(int4)", |at, context| {
        Ok(backend(at, context).map(|_| context.catalog.database_oid().0))
    });
    one::<Int4, u32>(
        registry,
        "pg_stat_get_backend_userid(int4)",
        |at, context| Ok(backend(at, context).and_then(|b| Some(role_of(&b, context)?.0))),
    );
    one::<Int4, String>(
        registry,
        "pg_stat_get_backend_activity(int4)",
        |at, context| {
            Ok(Some(match backend(at, context) {
                None => String::from("<backend information not available>"),
                Some(b) if may(&b, context) => b.doing().query.to_string(),
                Some(_) => String::from("<insufficient privilege>"),
            }))
        },
    );
    let moments: [(&str, Moment); 3] = [
        ("pg_stat_get_backend_start(int4)", |b, _| {
            Some(b.identity.started_at)
        }),
        ("pg_stat_get_backend_xact_start(int4)", |_, doing| {
            doing.transaction_start
        }),
        ("pg_stat_get_backend_activity_start(int4)", |_, doing| {
            doing.query_start
        }),
    ];
    for (signature, moment) in moments {
        one::<Int4, i64>(registry, signature, move |at, context| {
            let seen = backend(at, context).filter(|b| may(b, context));
            Ok(seen.and_then(|b| moment(&b, &b.doing())))
        });
    }
    one::<Int4, String>(
        registry,
        "pg_stat_get_backend_client_addr(int4)",
        |at, context| {
            let seen = backend(at, context).filter(|b| may(b, context));
            Ok(seen.and_then(|b| Some(b.identity.client()?.ip().to_string())))
        },
    );
    one::<Int4, i32>(
        registry,
        "pg_stat_get_backend_client_port(int4)",
        |at, context| {
            let seen = backend(at, context).filter(|b| may(b, context));
            Ok(seen.and_then(|b| Some(i32::from(b.identity.client()?.port()))))
        },
    );
}

/// The session of a process id, if it may be stopped; a warning and `None` when there is none.
fn target(
    process: i32,
    context: &Context,
    refusal: &'static str,
) -> Result<Option<Arc<Backend>>, Fault> {
    let Some(backend) = context.live.backends.find(&context.database, process) else {
        let message = format!("PID {process} is not a PostgreSQL backend process");
        own(context).say(Fault::warning(WARNING, message));
        return Ok(None);
    };
    if may(&backend, context) || role_of(&backend, context) == Some(current_role(context)) {
        return Ok(Some(backend));
    }
    Err(Fault::new(SqlState::INSUFFICIENT_PRIVILEGE, refusal))
}

fn signals(registry: &mut Registry) {
    one::<Int4, bool>(registry, "pg_cancel_backend(int4)", |process, context| {
        let refusal = "must be a member of the role whose query is being canceled or member of \
                       pg_signal_backend";
        let target = target(process, context, refusal)?;
        if let Some(target) = &target {
            target.cancel();
        }
        Ok(Some(target.is_some()))
    });
    super::two::<Int4, Int8, bool>(
        registry,
        "pg_terminate_backend(int4,int8)",
        |process, timeout, context| {
            let Ok(timeout) = u64::try_from(timeout) else {
                return Err(Fault::new(
                    SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                    "\"timeout\" must not be negative",
                ));
            };
            let refusal = "must be a member of the role whose process is being terminated or \
                           member of pg_signal_backend";
            let Some(target) = target(process, context, refusal)? else {
                return Ok(Some(false));
            };
            target.end();
            if timeout == 0 || left(&target, Duration::from_millis(timeout), context) {
                return Ok(Some(true));
            }
            let message = format!(
                "backend with PID {process} did not terminate within {timeout} milliseconds"
            );
            own(context).say(Fault::warning(WARNING, message));
            Ok(Some(false))
        },
    );
}

/// Waits for a session to leave, as long as the statement goes on.
fn left(target: &Backend, timeout: Duration, context: &Context) -> bool {
    let activity = own(context).activity();
    let (mark, start) = (activity.mark(), Instant::now());
    let over = || target.gone() || start.elapsed() >= timeout || activity.is_over(&mark);
    context.live.backends.locks.wait_until(over);
    target.gone()
}

/// Lets another session read what this transaction reads.
fn export(context: &Context) -> Result<Option<String>, Fault> {
    if context.live.depth > 0 {
        return Err(Fault::new(
            SqlState::ACTIVE_SQL_TRANSACTION,
            "cannot export a snapshot from a subtransaction",
        ));
    }
    let name = own(context).export(&context.catalog);
    name.map(Some).ok_or_else(|| {
        Fault::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            "too many exported snapshots",
        )
    })
}

/// Cursors and prepared statements of the session.
fn open(registry: &mut Registry) {
    registry.nullary::<String>("pg_export_snapshot()", export);
    registry.set("pg_cursor()", |call: &Call<'_>| {
        let rows: Vec<TextRow> = call
            .context
            .live
            .cursors
            .iter()
            .map(|cursor| {
                vec![
                    Some(cursor.name.clone()),
                    Some(cursor.statement.to_string()),
                    Some(cursor.holdable.to_string()),
                    Some(cursor.binary.to_string()),
                    Some(cursor.scrollable.to_string()),
                    Some(cursor.created_at.to_string()),
                ]
            })
            .collect();
        records(call, vec![Some(rows); call.rows])
    });
    registry.set("pg_prepared_statement()", |call: &Call<'_>| {
        let kept = call.context.live.kept.iter();
        let mut named: Vec<_> = kept.filter(|(name, _)| !name.is_empty()).collect();
        named.sort_by_key(|(_, kept)| kept.prepared_at);
        let rows: Vec<TextRow> = named
            .into_iter()
            .map(|(name, kept)| {
                let types = kept.prepared.parameters.iter().map(Oid::to_string);
                let types: Vec<_> = types.collect();
                vec![
                    Some(name.clone()),
                    Some(kept.text.to_string()),
                    Some(kept.prepared_at.to_string()),
                    Some(format!("{{{}}}", types.join(","))),
                    Some(kept.from_sql.to_string()),
                    Some(kept.uses.generic().to_string()),
                    Some(kept.uses.custom().to_string()),
                ]
            })
            .collect();
        records(call, vec![Some(rows); call.rows])
    });
}
