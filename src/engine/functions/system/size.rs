//! Sizes and counters. What we do not count is 0, as with `track_counts` off.

use super::super::call::{Bytes, Int8, ObjectId, Text};
use super::super::{Context, Registry};
use super::{one, two};
use crate::engine::catalog::named::{self, Kind, Named};
use crate::ident::Oid;
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, SqlState};

/// Units of `pg_size_pretty`: name, first size that needs the next one, whether halves round up, bits.
const UNITS: &[(&str, i128, bool, u32)] = &[
    ("bytes", 10 * 1024, false, 0),
    ("kB", 20 * 1024 - 1, true, 10),
    ("MB", 20 * 1024 - 1, true, 20),
    ("GB", 20 * 1024 - 1, true, 30),
    ("TB", 20 * 1024 - 1, true, 40),
    ("PB", 20 * 1024 - 1, true, 50),
];

/// Bytes of a relation in the store; `None` when there is no such relation.
fn relation_bytes(oid: u32, context: &Context) -> Option<i64> {
    let class = context.catalog.class_by_oid(Oid(oid))?;
    let figures = (class.kind == 'r')
        .then(|| context.catalog.figures(class.oid))
        .flatten();
    Some(figures.map_or(0, |(_, bytes)| i64::try_from(bytes).unwrap_or(i64::MAX)))
}

fn database_bytes(context: &Context) -> i64 {
    let bytes = context.catalog.all_figures().map(|(_, _, bytes)| bytes);
    i64::try_from(bytes.fold(0_u64, u64::saturating_add)).unwrap_or(i64::MAX)
}

/// Bytes of a tablespace: the one every database is in, or one that is not the reader's to measure.
fn tablespace_bytes(
    found: Option<&Named>,
    missing: impl Fn() -> String,
    context: &Context,
) -> Result<Option<i64>, Fault> {
    let found = found.ok_or_else(|| Fault::new(SqlState::UNDEFINED_OBJECT, missing()))?;
    if found.name == "pg_default" {
        return Ok(Some(database_bytes(context)));
    }
    Err(Fault::new(
        SqlState::INSUFFICIENT_PRIVILEGE,
        format!("permission denied for tablespace {}", found.name),
    ))
}

/// A size in the largest unit that shows it in few digits.
fn pretty(bytes: i128) -> String {
    let mut size = bytes;
    let mut units = UNITS.iter().peekable();
    while let Some((name, limit, round, bits)) = units.next() {
        match units.peek() {
            Some((_, _, next_round, next_bits)) if size.abs() >= *limit => {
                let shift = next_bits - bits - u32::from(*next_round) + u32::from(*round);
                size /= 1_i128 << shift;
            }
            _ => {
                if *round {
                    size = i128::midpoint(size, if size < 0 { -1 } else { 1 });
                }
                return format!("{size} {name}");
            }
        }
    }
    format!("{size} bytes")
}

/// Bytes from a size with a unit.
fn bytes_of(text: &str) -> Result<i64, Fault> {
    let invalid = || {
        Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("invalid size: \"{text}\""),
        )
    };
    let trimmed = text.trim();
    let sign = usize::from(trimmed.starts_with(['+', '-']));
    let digits = |from: usize| {
        let rest = trimmed.get(from..).unwrap_or_default();
        from + rest.bytes().take_while(u8::is_ascii_digit).count()
    };
    let mut end = digits(sign);
    let whole = end - sign;
    let mut fraction = 0;
    if trimmed.get(end..).is_some_and(|rest| rest.starts_with('.')) {
        let after = digits(end + 1);
        fraction = after - end - 1;
        end = after;
    }
    if whole == 0 && fraction == 0 {
        return Err(invalid());
    }
    let rest = trimmed.get(end..).unwrap_or_default();
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let signed = usize::from(exponent.starts_with(['+', '-']));
        let from = end + 1 + signed;
        let after = digits(from);
        if after > from {
            end = after;
        }
    }
    let number = Numeric::parse(trimmed.get(..end).unwrap_or_default())?;
    let unit = trimmed.get(end..).unwrap_or_default().trim();
    let known = UNITS
        .iter()
        .find(|(name, ..)| unit.is_empty() && *name == "bytes" || name.eq_ignore_ascii_case(unit));
    let Some((_, _, _, bits)) =
        known.or_else(|| UNITS.first().filter(|_| unit.eq_ignore_ascii_case("b")))
    else {
        return Err(invalid()
            .detail(format!("Invalid size unit: \"{unit}\"."))
            .hint("Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\"."));
    };
    number
        .mul(&Numeric::from_unscaled(1_i128 << bits, 0))?
        .to_i64()
}

fn rows(oid: u32, context: &Context) -> i64 {
    let rows = context
        .catalog
        .declared_table(Oid(oid))
        .and_then(|_| context.catalog.figures(Oid(oid)));
    rows.map_or(0, |(rows, _)| i64::try_from(rows).unwrap_or(i64::MAX))
}

fn register_sizes(registry: &mut Registry) {
    for signature in [
        "pg_relation_size(regclass)",
        "pg_total_relation_size(regclass)",
        "pg_table_size(regclass)",
    ] {
        one::<ObjectId, i64>(registry, signature, |oid, context| {
            Ok(relation_bytes(oid, context))
        });
    }
    two::<ObjectId, Text, i64>(
        registry,
        "pg_relation_size(regclass,text)",
        |oid, fork, context| match fork {
            "main" => Ok(relation_bytes(oid, context)),
            "fsm" | "vm" | "init" => Ok(relation_bytes(oid, context).map(|_| 0)),
            _ => Err(
                Fault::new(SqlState::INVALID_PARAMETER_VALUE, "invalid fork name")
                    .hint("Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\"."),
            ),
        },
    );
    one::<Text, i64>(registry, "pg_size_bytes(text)", |text, _| {
        bytes_of(text).map(Some)
    });
    one::<ObjectId, i64>(registry, "pg_indexes_size(regclass)", |oid, context| {
        Ok(relation_bytes(oid, context).map(|_| 0))
    });
    one::<ObjectId, i64>(registry, "pg_database_size(oid)", |oid, context| {
        Ok((Oid(oid) == context.catalog.database_oid()).then(|| database_bytes(context)))
    });
    one::<Text, i64>(registry, "pg_database_size(name)", |name, context| {
        if *name == **context.catalog.database() {
            return Ok(Some(database_bytes(context)));
        }
        Err(Fault::new(
            SqlState::INVALID_CATALOG_NAME,
            format!("database \"{name}\" does not exist"),
        ))
    });
    one::<Int8, String>(registry, "pg_size_pretty(int8)", |bytes, _| {
        Ok(Some(pretty(i128::from(bytes))))
    });
    one::<Bytes, String>(registry, "pg_size_pretty(numeric)", |bytes, _| {
        let (size, mut text) = (Numeric::decode(bytes)?, String::new());
        if size.abs() < Numeric::from(10 * 1024) {
            size.write(&mut text);
            return Ok(Some(format!("{text} bytes")));
        }
        size.trunc(0)?.write(&mut text);
        let whole = text
            .parse()
            .map_err(|_| Fault::internal("size is beyond 128 bits"))?;
        Ok(Some(pretty(whole)))
    });
    one::<ObjectId, u32>(
        registry,
        "pg_relation_filenode(regclass)",
        |oid, context| {
            Ok(context
                .catalog
                .class_by_oid(Oid(oid))
                .filter(|class| class.kind != 'v')
                .map(|_| oid))
        },
    );
}

fn register_tablespaces(registry: &mut Registry) {
    one::<ObjectId, String>(registry, "pg_tablespace_location(oid)", |_, _| {
        Ok(Some(String::new()))
    });
    one::<ObjectId, i64>(registry, "pg_tablespace_size(oid)", |oid, context| {
        let found = named::by_oid(Kind::Tablespace, Oid(oid));
        let missing = || format!("tablespace with OID {oid} does not exist");
        tablespace_bytes(found, missing, context)
    });
    one::<Text, i64>(registry, "pg_tablespace_size(name)", |name, context| {
        let found = named::by_name(Kind::Tablespace, name);
        let missing = || format!("tablespace \"{name}\" does not exist");
        tablespace_bytes(found, missing, context)
    });
}

fn register_counters(registry: &mut Registry) {
    one::<ObjectId, i64>(registry, "pg_stat_get_live_tuples(oid)", |oid, context| {
        Ok(Some(rows(oid, context)))
    });
    for counter in [
        "numscans",
        "tuples_returned",
        "tuples_fetched",
        "tuples_inserted",
        "tuples_updated",
        "tuples_deleted",
        "tuples_hot_updated",
        "dead_tuples",
        "mod_since_analyze",
        "ins_since_vacuum",
        "blocks_fetched",
        "blocks_hit",
        "vacuum_count",
        "autovacuum_count",
        "analyze_count",
        "autoanalyze_count",
        "xact_numscans",
        "xact_tuples_returned",
        "xact_tuples_fetched",
        "xact_tuples_inserted",
        "xact_tuples_updated",
        "xact_tuples_deleted",
        "xact_tuples_hot_updated",
        "db_xact_commit",
        "db_xact_rollback",
        "db_blocks_fetched",
        "db_blocks_hit",
        "db_tuples_returned",
        "db_tuples_fetched",
        "db_tuples_inserted",
        "db_tuples_updated",
        "db_tuples_deleted",
        "db_conflict_all",
        "db_temp_files",
        "db_temp_bytes",
        "db_deadlocks",
        "db_sessions",
        "db_sessions_abandoned",
        "db_sessions_fatal",
        "db_sessions_killed",
    ] {
        let signature = format!("pg_stat_get_{counter}(oid)");
        one::<ObjectId, i64>(registry, &signature, |_, _| Ok(Some(0)));
    }
    for counter in [
        "db_blk_read_time",
        "db_blk_write_time",
        "db_session_time",
        "db_active_time",
        "db_idle_in_transaction_time",
    ] {
        let signature = format!("pg_stat_get_{counter}(oid)");
        one::<ObjectId, f64>(registry, &signature, |_, _| Ok(Some(0.0)));
    }
    for moment in [
        "last_vacuum_time",
        "last_autovacuum_time",
        "last_analyze_time",
        "last_autoanalyze_time",
        "db_stat_reset_time",
    ] {
        let signature = format!("pg_stat_get_{moment}(oid)");
        one::<ObjectId, i64>(registry, &signature, |_, _| Ok(None));
    }
}

pub(super) fn register(registry: &mut Registry) {
    register_sizes(registry);
    register_tablespaces(registry);
    register_counters(registry);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_as_postgresql_rounds_them() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (10_239, "10239 bytes"),
            (10_240, "10 kB"),
            (-10_240, "-10 kB"),
            (1_000_000, "977 kB"),
            (10_485_247, "10239 kB"),
            (10_485_248, "10 MB"),
            (1_500_000_000_000, "1397 GB"),
        ] {
            assert_eq!(pretty(bytes), text, "{bytes}");
        }
    }
}
