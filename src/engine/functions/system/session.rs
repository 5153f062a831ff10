//! The session: who, where, since when, and its settings.

use std::env::consts::{ARCH, OS};

use arrow::array::Array;

use super::super::call::{Bool, Elements, Int8, Text};
use super::super::{Call, Context, Output, Registry};
use super::{one, path, two};
use crate::pg::settings::{SERVER_VERSION, known};
use crate::pg::{Fault, SqlState};

fn setting(name: &str, context: &Context) -> Result<String, Fault> {
    let shown = context
        .settings
        .asked(name)
        .or_else(|| context.settings.shown(name));
    shown.ok_or_else(|| {
        Fault::new(
            SqlState::UNDEFINED_OBJECT,
            format!("unrecognized configuration parameter \"{name}\""),
        )
    })
}

/// The number transactions would have: nothing is written, so there is only ever one.
const TRANSACTION: i64 = 3;

pub(super) fn register(registry: &mut Registry) {
    registry.nullary::<String>("version()", |_| {
        Ok(Some(format!(
            "PostgreSQL {SERVER_VERSION} on {ARCH}-{OS}, 64-bit"
        )))
    });
    registry.nullary::<String>("current_query()", |context| {
        Ok(Some(context.statement.to_string()))
    });
    registry.nullary::<String>("current_database()", |context| {
        Ok(Some(context.database.to_string()))
    });
    one::<Bool, Elements<String>>(registry, "current_schemas(bool)", |implicit, context| {
        let schemas = if implicit {
            path(context)
        } else {
            context.settings.search_path.clone()
        };
        Ok(Some(Elements(schemas.into_iter().map(Some).collect())))
    });
    registry.nullary::<i32>("pg_backend_pid()", |context| Ok(Some(context.process_id)));
    counts_of_nulls(registry);
    one::<Text, String>(registry, "current_setting(text)", |name, context| {
        setting(name, context).map(Some)
    });
    two::<Text, Bool, String>(
        registry,
        "current_setting(text,bool)",
        |name, missing, context| match setting(name, context) {
            Err(_) if missing => Ok(None),
            found => found.map(Some),
        },
    );
    registry.kernel("set_config(text,text,bool)", |call: &Call<'_>| {
        let (name, value) = (call.input::<Text>(0)?, call.input::<Text>(1)?);
        let local = call.input::<Bool>(2)?;
        let rows = (0..call.rows).map(|row| {
            let Some(name) = name.at(row) else {
                return Err(Fault::new(
                    SqlState::NULL_VALUE_NOT_ALLOWED,
                    "SET requires parameter name",
                ));
            };
            let boot = || {
                known()
                    .get(&name.to_ascii_lowercase())
                    .map_or("", |known| known.boot)
            };
            let value = value.at(row).unwrap_or_else(boot);
            let local = local.at(row).unwrap_or_default();
            call.context.settings.ask(name, value, local).map(Some)
        });
        String::collect(rows, call.rows, call.storage)
    });
    for signature in ["pg_postmaster_start_time()", "pg_conf_load_time()"] {
        registry.nullary::<i64>(signature, |context| Ok(Some(context.catalog.started_at())));
    }
    transactions(registry);
    registry.nullary::<u32>("pg_my_temp_schema()", |_| Ok(Some(0)));
    registry.nullary::<i32>("pg_trigger_depth()", |_| Ok(Some(0)));
    registry.nullary::<f64>("pg_notification_queue_usage()", |_| Ok(Some(0.0)));
}

fn counts_of_nulls(registry: &mut Registry) {
    for (signature, null) in [("num_nulls(any)", true), ("num_nonnulls(any)", false)] {
        let counted = move |call: &Call<'_>| {
            let columns = (0..call.values.len())
                .map(|at| call.spread(at))
                .collect::<Result<Vec<_>, _>>()?;
            let rows = (0..call.rows).map(|row| {
                let counted = columns.iter().filter(|column| column.is_null(row) == null);
                Ok(i32::try_from(counted.count()).ok())
            });
            i32::collect(rows, call.rows, call.storage)
        };
        registry.kernel(signature, move |call: &Call<'_>| call.apart(counted));
    }
}

fn transactions(registry: &mut Registry) {
    registry.nullary::<i64>("txid_current()", |_| Ok(Some(TRANSACTION)));
    registry.nullary::<i64>("txid_current_if_assigned()", |_| Ok(None));
    registry.nullary::<u64>("pg_current_xact_id()", |_| {
        Ok(u64::try_from(TRANSACTION).ok())
    });
    registry.nullary::<u64>("pg_current_xact_id_if_assigned()", |_| Ok(None));
    // The first two made the database; no other is remembered.
    one::<Int8, String>(registry, "txid_status(int8)", |transaction, _| {
        Ok(matches!(transaction, 1 | 2).then(|| String::from("committed")))
    });
}
