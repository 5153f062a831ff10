//! Advisory locks: `pg_advisory_lock` and its kin.

use std::sync::Arc;

use super::super::call::{Int4, Int8};
use super::super::{Call, Context, Output, Registry};
use crate::engine::backend::{Key, Mode, Span, Wish};
use crate::pg::{Fault, SqlState};

const MODES: [(&str, Mode); 2] = [("", Mode::Exclusive), ("_shared", Mode::Share)];

pub(super) fn register(registry: &mut Registry) {
    for (suffix, mode) in MODES {
        for (scope, transaction) in [("", false), ("_xact", true)] {
            let wait = format!("pg_advisory{scope}_lock{suffix}");
            add(registry, &wait, move |key, context| {
                wish(key, mode, transaction, context, |wish| {
                    let limit = context.settings.limit("lock_timeout");
                    let locks = &context.live.backends.locks;
                    locks.acquire(wish, limit, context.statement_start)
                })
                .map(|()| String::new())
            });
            let attempt = format!("pg_try_advisory{scope}_lock{suffix}");
            add(registry, &attempt, move |key, context| {
                let locks = &context.live.backends.locks;
                wish(key, mode, transaction, context, |wish| locks.attempt(wish))
            });
        }
        let unlock = format!("pg_advisory_unlock{suffix}");
        add(registry, &unlock, move |key, context| {
            Ok(release(key, mode, context))
        });
    }
    registry.nullary::<String>("pg_advisory_unlock_all()", |context| {
        let live = &context.live;
        live.backends.locks.release_all(live.backend.number);
        Ok(Some(String::new()))
    });
}

/// Registers a function under both its signatures: one number, or two.
fn add<R: Output + 'static>(
    registry: &mut Registry,
    name: &str,
    body: impl Fn(&Key, &Context) -> Result<R, Fault> + Clone + Send + Sync + 'static,
) {
    let whole = body.clone();
    registry.kernel(format!("{name}(int8)"), move |call: &Call<'_>| {
        let numbers = call.input::<Int8>(0)?;
        let rows = (0..call.rows).map(|row| {
            let Some(number) = numbers.at(row) else {
                return Ok(None);
            };
            let bits = number.cast_unsigned();
            let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or_default();
            let key = key(half(bits >> 32), half(bits), 1, call);
            whole(&key, call.context).map(Some)
        });
        R::collect(rows, call.rows, call.storage)
    });
    registry.kernel(format!("{name}(int4,int4)"), move |call: &Call<'_>| {
        let (classes, objects) = (call.input::<Int4>(0)?, call.input::<Int4>(1)?);
        let rows = (0..call.rows).map(|row| {
            let (Some(class), Some(object)) = (classes.at(row), objects.at(row)) else {
                return Ok(None);
            };
            let key = key(class.cast_unsigned(), object.cast_unsigned(), 2, call);
            body(&key, call.context).map(Some)
        });
        R::collect(rows, call.rows, call.storage)
    });
}

fn key(class: u32, object: u32, part: u16, call: &Call<'_>) -> Key {
    Key {
        tenant: Arc::clone(&call.context.database),
        database: call.context.catalog.database_oid().0,
        class,
        object,
        part,
    }
}

fn wish<T>(
    key: &Key,
    mode: Mode,
    transaction: bool,
    context: &Context,
    take: impl FnOnce(&Wish<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    take(&Wish {
        backend: &context.live.backend,
        key,
        mode,
        span: if transaction {
            Span::Transaction(context.live.depth)
        } else {
            Span::Session
        },
    })
}

/// Gives a lock back; whoever does not have it is warned.
fn release(key: &Key, mode: Mode, context: &Context) -> bool {
    let live = &context.live;
    let released = live.backends.locks.release(live.backend.number, key, mode);
    if !released {
        let message = format!("you don't own a lock of type {}", mode.word());
        live.backend.say(Fault::warning(SqlState("01000"), message));
    }
    released
}
