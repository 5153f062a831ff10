//! Functions that answer rows: settings, keywords, access lists and arrays taken apart.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Int32Array, ListArray, StructArray, new_empty_array, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::concat;
use arrow::datatypes::DataType;

use super::super::call::{Int4, List, ObjectId, Output, Text};
use super::super::convert::Target;
use super::super::{Call, Context, Elements, Registry};
use super::{one, reg, two};
use crate::engine::catalog::named::{self, Kind};
use crate::engine::catalog::system::system;
use crate::engine::catalog::{OWNER, text_array};
use crate::ident::Oid;
use crate::pg::datetime::zone;
use crate::pg::keywords::keywords;
use crate::pg::settings::Settings;
use crate::pg::text::Zone;
use crate::pg::{Fault, SqlState, Type, types};

/// One row of values in text.
pub(super) type TextRow = Vec<Option<String>>;

fn misshapen() -> Fault {
    Fault::internal("a set of rows has another shape")
}

/// A list of records per call row, from the text of the values.
pub(in crate::engine::functions) fn records(
    call: &Call<'_>,
    sets: Vec<Option<Vec<TextRow>>>,
) -> Result<ArrayRef, Fault> {
    let DataType::List(item) = call.storage else {
        return Err(misshapen());
    };
    let DataType::Struct(fields) = item.data_type() else {
        return Err(misshapen());
    };
    let nulls = NullBuffer::from_iter(sets.iter().map(Option::is_some));
    let lengths = sets.iter().map(|set| set.as_ref().map_or(0, Vec::len));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let rows: Vec<TextRow> = sets.into_iter().flatten().flatten().collect();
    let mut columns = Vec::with_capacity(fields.len());
    for (at, field) in fields.iter().enumerate() {
        let values: Vec<_> = rows
            .iter()
            .map(|row| row.get(at).cloned().flatten())
            .collect();
        columns.push(match field.data_type() {
            DataType::Interval(_) => intervals(&values, call.context)?,
            other => text_array(other, values).map_err(|_| misshapen())?,
        });
    }
    let rows = StructArray::try_new(fields.clone(), columns, None).map_err(|_| misshapen())?;
    let list = ListArray::try_new(Arc::clone(item), offsets, Arc::new(rows), Some(nulls));
    Ok(Arc::new(list.map_err(|_| misshapen())?))
}

fn intervals(values: &[Option<String>], context: &Context) -> Result<ArrayRef, Fault> {
    let mut read = Target::new(Type::plain(types::INTERVAL), context)?;
    for value in values {
        match value {
            Some(text) => read.append(text)?,
            None => read.append_null(),
        }
    }
    read.finish()
}

/// The rows of `pg_settings` for the session.
fn settings(context: &Context) -> Vec<TextRow> {
    let none_if_empty = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let boot = Settings::default();
    let settings = context.settings.all().map(|(known, _)| {
        let raw = context.settings.raw(known.name);
        let choices = none_if_empty(known.choices).map(|list| format!("{{{list}}}"));
        let boot = boot.raw(known.name);
        let source = if raw == boot { "default" } else { "session" };
        vec![
            Some(known.name.to_owned()),
            Some(raw.to_owned()),
            none_if_empty(known.unit),
            Some(known.category.to_owned()),
            Some(known.short_desc.to_owned()),
            none_if_empty(known.extra_desc),
            Some(known.context.to_owned()),
            Some(known.vartype.to_owned()),
            Some(source.to_owned()),
            none_if_empty(known.min),
            none_if_empty(known.max),
            choices,
            Some(boot.to_owned()),
            Some(raw.to_owned()),
            None,
            None,
            Some(String::from("f")),
        ]
    });
    settings.collect()
}

fn keyword_rows() -> Vec<TextRow> {
    let rows = keywords().map(|keyword| {
        let kind = match keyword.kind {
            'U' => "unreserved",
            'C' => "unreserved (cannot be function or type name)",
            'T' => "reserved (can be function or type name)",
            _ => "reserved",
        };
        let label = if keyword.bare_label {
            "can be bare label"
        } else {
            "requires AS"
        };
        vec![
            Some(keyword.word.to_owned()),
            Some(keyword.kind.to_string()),
            Some(keyword.bare_label.to_string()),
            Some(kind.to_owned()),
            Some(label.to_owned()),
        ]
    });
    rows.collect()
}

/// Options such as `name=value`, taken apart.
fn options(list: &ArrayRef) -> Result<Vec<TextRow>, Fault> {
    let Some(entries) = <Text as super::super::Input>::downcast(list) else {
        return Ok(Vec::new());
    };
    let rows = entries.iter().map(|entry| {
        let entry = entry.ok_or_else(|| {
            Fault::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "null array element not allowed in this context",
            )
        })?;
        let (name, value) = match entry.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (entry, None),
        };
        Ok(vec![Some(name.to_owned()), value])
    });
    rows.collect()
}

fn token_rows() -> Vec<TextRow> {
    let types = named::token_types().into_iter();
    types.map(|row| row.map(Some).to_vec()).collect()
}

/// The alias and the description of a token type.
pub(in crate::engine::functions) fn token_name(kind: u8) -> (Option<String>, Option<String>) {
    let mut rows = token_rows().into_iter();
    let row = rows.nth(usize::from(kind.saturating_sub(1)));
    let mut fields = row.into_iter().flatten().skip(1);
    (fields.next().flatten(), fields.next().flatten())
}

/// The parser of text search of a name.
pub(in crate::engine::functions) fn parser(text: &str, context: &Context) -> Result<Oid, Fault> {
    reg::parser(text, context)
}

/// What the letters of an access list mean.
pub(super) const PRIVILEGES: &[(char, &str)] = &[
    ('a', "INSERT"),
    ('r', "SELECT"),
    ('w', "UPDATE"),
    ('d', "DELETE"),
    ('D', "TRUNCATE"),
    ('x', "REFERENCES"),
    ('t', "TRIGGER"),
    ('X', "EXECUTE"),
    ('U', "USAGE"),
    ('C', "CREATE"),
    ('T', "TEMPORARY"),
    ('c', "CONNECT"),
    ('s', "SET"),
    ('A', "ALTER SYSTEM"),
];

/// The entries of an access list, one row per privilege.
fn explode(entries: &ArrayRef, context: &Context) -> Vec<TextRow> {
    let mut rows = Vec::new();
    let Some(entries) = <Text as super::super::Input>::downcast(entries) else {
        return rows;
    };
    for entry in entries.iter().flatten() {
        let Some((grantee, rest)) = entry.split_once('=') else {
            continue;
        };
        let (rights, grantor) = rest.split_once('/').unwrap_or((rest, ""));
        let role = |name: &str| {
            let oid = context.catalog.role_oid(name.trim_matches('"'));
            Some(oid.unwrap_or(Oid::INVALID).to_string())
        };
        let mut letters = rights.chars().peekable();
        while let Some(letter) = letters.next() {
            let grantable = letters.next_if_eq(&'*').is_some();
            let known = PRIVILEGES.iter().find(|(known, _)| *known == letter);
            rows.push(vec![
                role(grantor),
                role(grantee),
                known.map(|(_, name)| (*name).to_owned()),
                Some(grantable.to_string()),
            ]);
        }
    }
    rows
}

/// Every element of an array beside its number.
fn expand_array(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let DataType::List(item) = call.storage else {
        return Err(misshapen());
    };
    let DataType::Struct(fields) = item.data_type() else {
        return Err(misshapen());
    };
    let [element, _] = fields.as_ref() else {
        return Err(misshapen());
    };
    let arrays = call.input::<List>(0)?;
    let sets: Vec<_> = (0..call.rows).map(|row| arrays.at(row)).collect();
    let nulls = NullBuffer::from_iter(sets.iter().map(Option::is_some));
    let offsets =
        OffsetBuffer::from_lengths(sets.iter().map(|set| set.as_ref().map_or(0, Array::len)));
    let numbers = sets
        .iter()
        .flatten()
        .flat_map(|set| 1..=i32::try_from(set.len()).unwrap_or(i32::MAX));
    let numbers: ArrayRef = Arc::new(Int32Array::from_iter_values(numbers));
    let present: Vec<&dyn Array> = sets
        .iter()
        .flatten()
        .map(|set| &**set as &dyn Array)
        .collect();
    let elements = if present.is_empty() {
        new_empty_array(element.data_type())
    } else {
        concat(&present).map_err(|_| misshapen())?
    };
    let rows = StructArray::try_new(fields.clone(), vec![elements, numbers], None);
    let rows = rows.map_err(|_| misshapen())?;
    let list = ListArray::try_new(Arc::clone(item), offsets, Arc::new(rows), Some(nulls));
    Ok(Arc::new(list.map_err(|_| misshapen())?))
}

/// The access list an object has when none is kept.
fn default_list(kind: &str, owner: u32, context: &Context) -> Option<Vec<String>> {
    let (own, everybody) = match kind {
        "r" => ("arwdDxt", ""),
        "s" => ("rwU", ""),
        "d" => ("CTc", "Tc"),
        "f" => ("X", "X"),
        "l" | "T" => ("U", "U"),
        "n" => ("UC", ""),
        "t" => ("C", ""),
        "F" | "S" => ("U", ""),
        _ => return None,
    };
    let name = context
        .catalog
        .role_name(Oid(owner))
        .unwrap_or_else(|| OWNER.name.to_owned());
    let all = (!everybody.is_empty()).then(|| format!("={everybody}/{name}"));
    Some(
        all.into_iter()
            .chain([format!("{name}={own}/{name}")])
            .collect(),
    )
}

/// Seconds as the text of an interval.
fn interval_text(seconds: i32) -> String {
    let (sign, rest) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
    format!(
        "{sign}{:02}:{:02}:{:02}",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// Every zone as it is at a moment.
fn zone_rows(now: i64) -> Vec<TextRow> {
    let rows = zone::names().filter_map(|name| {
        let zone = Zone::named(name)?;
        Some(vec![
            Some(name.to_owned()),
            zone.abbreviation(now),
            Some(interval_text(zone.east_at(now))),
            Some(zone.summer_at(now).to_string()),
        ])
    });
    rows.collect()
}

fn abbreviation_rows() -> Vec<TextRow> {
    let rows = zone::abbreviations().map(|(name, east, summer)| {
        vec![
            Some(name.to_ascii_uppercase()),
            Some(interval_text(east)),
            Some(summer.to_string()),
        ]
    });
    rows.collect()
}

pub(super) fn register(registry: &mut Registry) {
    registry.set("pg_partition_tree(regclass)", |call: &Call<'_>| {
        records(call, vec![Some(Vec::new()); call.rows])
    });
    registry.set("pg_timezone_names()", |call: &Call<'_>| {
        let rows = zone_rows(call.context.statement_start);
        records(call, vec![Some(rows); call.rows])
    });
    registry.set("pg_timezone_abbrevs()", |call: &Call<'_>| {
        records(call, vec![Some(abbreviation_rows()); call.rows])
    });
    registry.set("pg_show_all_settings()", |call: &Call<'_>| {
        let rows = settings(call.context);
        records(call, vec![Some(rows); call.rows])
    });
    registry.set("pg_get_keywords()", |call: &Call<'_>| {
        records(call, vec![Some(keyword_rows()); call.rows])
    });
    registry.set("aclexplode(_aclitem)", |call: &Call<'_>| {
        let lists = call.input::<List>(0)?;
        let sets = (0..call.rows).map(|row| Some(explode(&lists.at(row)?, call.context)));
        records(call, sets.collect())
    });
    one::<ObjectId, u32>(registry, "pg_partition_root(regclass)", |_, _| Ok(None));
    registry.set("_pg_expandarray(anyarray)", expand_array);
    // Nothing here is partitioned, and PostgreSQL has no rows for what is not.
    for signature in [
        "pg_partition_ancestors(regclass)",
        "pg_partition_tree(regclass)",
    ] {
        registry.set(signature, |call: &Call<'_>| {
            Ok(new_null_array(call.storage, call.rows))
        });
    }
    registry.set("pg_options_to_table(_text)", |call: &Call<'_>| {
        let lists = call.input::<List>(0)?;
        let sets = (0..call.rows).map(|row| lists.at(row).map(|list| options(&list)).transpose());
        records(call, sets.collect::<Result<_, _>>()?)
    });
    registry.kernel("acldefault(char,oid)", |call: &Call<'_>| {
        let (kind, owner) = (call.input::<Text>(0)?, call.input::<ObjectId>(1)?);
        let rows = (0..call.rows).map(|row| match (kind.at(row), owner.at(row)) {
            (Some(kind), Some(owner)) => {
                let list = default_list(kind, owner, call.context);
                Ok(list.map(|list| Elements(list.into_iter().map(Some).collect())))
            }
            _ => Ok(None),
        });
        Elements::collect(rows, call.rows, call.storage)
    });
    register_tokens(registry);
    register_type_figures(registry);
}

/// What the parser of text search tells of itself.
fn register_tokens(registry: &mut Registry) {
    registry.set("ts_token_type(oid)", |call: &Call<'_>| {
        let parsers = call.input::<ObjectId>(0)?;
        let sets = (0..call.rows).map(|row| {
            let known = |oid| named::by_oid(Kind::TextSearchParser, Oid(oid));
            match parsers.at(row).map(|oid| (oid, known(oid))) {
                None => Ok(None),
                Some((_, Some(_))) => Ok(Some(token_rows())),
                Some((oid, None)) => Err(Fault::new(
                    SqlState::INTERNAL_ERROR,
                    format!("cache lookup failed for text search parser {oid}"),
                )),
            }
        });
        records(call, sets.collect::<Result<_, _>>()?)
    });
    registry.set("ts_token_type(text)", |call: &Call<'_>| {
        let parsers = call.input::<Text>(0)?;
        let sets = (0..call.rows).map(|row| {
            let Some(name) = parsers.at(row) else {
                return Ok(None);
            };
            reg::parser(name, call.context).map(|_| Some(token_rows()))
        });
        records(call, sets.collect::<Result<_, _>>()?)
    });
}

/// What `information_schema` says of a type's size, from its number and modifier.
fn register_type_figures(registry: &mut Registry) {
    let figures: [(&str, fn(Oid, i32) -> Option<i32>); 6] = [
        ("_pg_char_max_length(oid,int4)", |oid, modifier| match oid {
            types::BPCHAR | types::VARCHAR if modifier >= 4 => Some(modifier - 4),
            types::BIT | types::VARBIT if modifier >= 0 => Some(modifier),
            _ => None,
        }),
        (
            "_pg_char_octet_length(oid,int4)",
            |oid, modifier| match oid {
                types::BPCHAR | types::VARCHAR if modifier >= 4 => (modifier - 4).checked_mul(4),
                types::TEXT | types::BPCHAR | types::VARCHAR => Some(1 << 30),
                _ => None,
            },
        ),
        (
            "_pg_numeric_precision(oid,int4)",
            |oid, modifier| match oid {
                types::INT2 => Some(16),
                types::INT4 => Some(32),
                types::INT8 => Some(64),
                types::FLOAT4 => Some(24),
                types::FLOAT8 => Some(53),
                types::NUMERIC if modifier >= 4 => Some(((modifier - 4) >> 16) & 0xffff),
                _ => None,
            },
        ),
        (
            "_pg_numeric_precision_radix(oid,int4)",
            |oid, _| match oid {
                types::INT2 | types::INT4 | types::INT8 | types::FLOAT4 | types::FLOAT8 => Some(2),
                types::NUMERIC => Some(10),
                _ => None,
            },
        ),
        ("_pg_numeric_scale(oid,int4)", |oid, modifier| match oid {
            types::INT2 | types::INT4 | types::INT8 => Some(0),
            types::NUMERIC if modifier >= 4 => Some((modifier - 4) & 0xffff),
            _ => None,
        }),
        (
            "_pg_datetime_precision(oid,int4)",
            |oid, modifier| match oid {
                types::DATE => Some(0),
                types::TIME | types::TIMETZ | types::TIMESTAMP | types::TIMESTAMPTZ => {
                    Some(if modifier < 0 { 6 } else { modifier })
                }
                types::INTERVAL if modifier < 0 || modifier & 0xffff == 0xffff => Some(6),
                types::INTERVAL => Some(modifier & 0xffff),
                _ => None,
            },
        ),
    ];
    for (signature, figure) in figures {
        two::<ObjectId, Int4, i32>(registry, signature, move |oid, modifier, _| {
            let domain = system().type_by_oid(Oid(oid)).filter(|row| row.kind == 'd');
            Ok(match domain {
                Some(domain) => figure(domain.base, domain.base_modifier),
                None => figure(Oid(oid), modifier),
            })
        });
    }
    two::<ObjectId, Int4, String>(registry, "_pg_interval_type(oid,int4)", |_, _, _| Ok(None));
    one::<ObjectId, bool>(registry, "pg_is_other_temp_schema(oid)", |_, _| {
        Ok(Some(false))
    });
    one::<ObjectId, bool>(registry, "row_security_active(oid)", |_, _| Ok(Some(false)));
}
