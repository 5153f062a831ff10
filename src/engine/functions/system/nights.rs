//! Functions of schema `syllabase`: why numbers changed.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::super::call::{Date, Text, Timestamp};
use super::super::{Call, Context, Registry};
use super::rows::{TextRow, records};
use super::{name, path};
use crate::pg::{Fault, SqlState};
use crate::schema::status::SCHEMA;

pub(super) fn register(registry: &mut Registry) {
    registry.set(
        "explain_change(text,date,timestamptz,timestamptz)",
        |call: &Call<'_>| {
            let (table, day) = (call.input::<Text>(0)?, call.input::<Date>(1)?);
            let (from, to) = (call.input::<Timestamp>(2)?, call.input::<Timestamp>(3)?);
            let sets = (0..call.rows).map(|row| {
                let table = table.at(row).ok_or_else(|| missing("table"))?;
                let day = day.at(row).ok_or_else(|| missing("day"))?;
                let from = from.at(row).ok_or_else(|| missing("from"))?;
                let to = to.at(row).ok_or_else(|| missing("to"))?;
                explain(table, day, [from, to], call.context).map(Some)
            });
            records(call, sets.collect::<Result<_, _>>()?)
        },
    );
}

/// No rows would read as "nothing changed".
fn missing(argument: &str) -> Fault {
    let message = format!("argument \"{argument}\" of explain_change must not be null");
    Fault::new(SqlState::NULL_VALUE_NOT_ALLOWED, message)
        .hint("Leave such rows out with WHERE ... IS NOT NULL.")
}

fn explain(
    table: &str,
    day: i32,
    times: [i64; 2],
    context: &Context,
) -> Result<Vec<TextRow>, Fault> {
    let (schema, plain) = name::schema_and_name(table)?;
    let catalog = &context.catalog;
    let class = catalog.class(schema.as_deref(), &plain, &path(context));
    let class = class.ok_or_else(|| {
        Fault::new(
            SqlState::UNDEFINED_TABLE,
            format!("relation \"{table}\" does not exist"),
        )
    })?;
    let product = class.schema.parse().ok();
    let status = catalog.status().zip(product);
    let loaded = catalog.declared_table(class.oid).is_some() && class.schema != SCHEMA;
    let Some((status, product)) = status.filter(|_| loaded) else {
        return Err(Fault::new(
            SqlState::WRONG_OBJECT_TYPE,
            format!("\"{}\" is not a table that nights load", class.name),
        ));
    };
    let Some(day) = date(day) else {
        // No row is of an infinite day.
        return Ok(Vec::new());
    };
    // The infinities lie before and after every time there is.
    let [from, to] = times.map(|time| {
        let end = if time < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        };
        DateTime::from_timestamp_micros(time).unwrap_or(end)
    });
    let causes = status.explain(&product, &class.name, day, [from, to])?;
    let rows = causes.into_iter().map(|(cause, explained)| {
        let moved = explained.moved;
        let numbers = [moved.added, moved.removed, moved.changed, explained.nights];
        let numbers = numbers.iter().map(|number| Some(number.to_string()));
        std::iter::once(Some(cause.as_str().to_owned()))
            .chain(numbers)
            .collect()
    });
    Ok(rows.collect())
}

/// A date of a calendar that ends sooner than PostgreSQL's.
fn date(day: i32) -> Option<NaiveDate> {
    let first = DateTime::<Utc>::UNIX_EPOCH.date_naive();
    let days = Days::new(day.unsigned_abs().into());
    if day < 0 {
        first.checked_sub_days(days)
    } else {
        first.checked_add_days(days)
    }
}
