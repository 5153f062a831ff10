//! Values of settings: read, checked, brought to one form, shown.

use crate::pg::charset;
use crate::pg::settings::{AS_OF, Kind, Known, moment, zone};
use crate::pg::text::{DateOrder, DateStyle, Style, Zone};
use crate::pg::{Fault, SqlState};

/// Names of one memory unit in bytes.
const MEMORY: &[(&str, f64)] = &[
    ("TB", 1_099_511_627_776.0),
    ("GB", 1_073_741_824.0),
    ("MB", 1_048_576.0),
    ("kB", 1_024.0),
    ("B", 1.0),
];
/// Names of one unit of time in microseconds.
const TIME: &[(&str, f64)] = &[
    ("d", 86_400_000_000.0),
    ("h", 3_600_000_000.0),
    ("min", 60_000_000.0),
    ("s", 1_000_000.0),
    ("ms", 1_000.0),
    ("us", 1.0),
];
const MEMORY_HINT: &str =
    "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".";
const TIME_HINT: &str =
    "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".";

/// Text search configurations of PostgreSQL 15.
const SEARCH_CONFIGS: &str = "simple arabic armenian basque catalan danish dutch english finnish \
french german greek hindi hungarian indonesian irish italian lithuanian nepali norwegian \
portuguese romanian russian serbian spanish swedish tamil turkish yiddish";

fn invalid(known: &Known, text: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_PARAMETER_VALUE,
        format!("invalid value for parameter \"{}\": \"{text}\"", known.name),
    )
}

/// Says no to settings that only the server or its operator sets, or that are set at start only.
pub(super) fn settable(known: &Known, at_start: bool) -> Result<(), Fault> {
    let tail = match known.context {
        "user" => return Ok(()),
        "backend" if at_start => return Ok(()),
        context if context == "superuser" || at_start && context == "superuser-backend" => {
            return Err(Fault::new(
                SqlState::INSUFFICIENT_PRIVILEGE,
                format!("permission denied to set parameter \"{}\"", known.name),
            ));
        }
        "internal" => "",
        "postmaster" => " without restarting the server",
        "sighup" => " now",
        _ => {
            return Err(Fault::new(
                SqlState::CANT_CHANGE_RUNTIME_PARAM,
                format!(
                    "parameter \"{}\" cannot be set after connection start",
                    known.name
                ),
            ));
        }
    };
    Err(Fault::new(
        SqlState::CANT_CHANGE_RUNTIME_PARAM,
        format!("parameter \"{}\" cannot be changed{tail}", known.name),
    ))
}

/// Checks the name of a setting PostgreSQL does not know, such as `my.own`.
pub(super) fn custom_name(name: &str) -> Result<(), Fault> {
    let simple = |part: &str| {
        let mut chars = part.chars();
        let start = |c: char| c.is_alphabetic() || c == '_';
        chars.next().is_some_and(start) && chars.all(|c| start(c) || c.is_ascii_digit() || c == '$')
    };
    if name.split('.').all(simple) {
        return Ok(());
    }
    Err(Fault::new(
        SqlState::INVALID_NAME,
        format!("invalid configuration parameter name \"{name}\""),
    )
    .detail("Custom parameter names must be two or more simple identifiers separated by dots."))
}

/// Brings a value to the form it is kept in.
pub(super) fn canonical(known: &Known, text: &str, style: &Style) -> Result<String, Fault> {
    match known.kind {
        Kind::Bool => match boolean(text) {
            Some(value) => Ok(on_off(value)),
            None => Err(Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("parameter \"{}\" requires a Boolean value", known.name),
            )),
        },
        Kind::Integer => integer(known, text),
        Kind::Real => real(known, text),
        Kind::Enum => choice(known, text),
        Kind::Text => free(known, text, style),
    }
}

fn on_off(value: bool) -> String {
    String::from(if value { "on" } else { "off" })
}

/// Reads a boolean as PostgreSQL's settings do: any unique prefix of a word.
fn boolean(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    let begins = |word: &str, least: usize| text.len() >= least && word.starts_with(&text);
    if begins("true", 1) || begins("yes", 1) || text == "on" || text == "1" {
        Some(true)
    } else if begins("false", 1) || begins("no", 1) || begins("off", 2) || text == "0" {
        Some(false)
    } else {
        None
    }
}

fn choice(known: &Known, text: &str) -> Result<String, Fault> {
    let choices = || known.choices.split(',');
    let listed = choices().find(|choice| choice.eq_ignore_ascii_case(text));
    if let Some(choice) = listed {
        return Ok(choice.to_owned());
    }
    let lower = text.to_ascii_lowercase();
    let hidden = match lower.as_str() {
        "debug" if known.choices.contains("debug2") => Some("debug2"),
        "info" if known.choices.contains("debug2") => Some("info"),
        _ if choices().any(|choice| choice == "on") => match lower.as_str() {
            "true" | "yes" | "1" => Some("on"),
            "false" | "no" | "0" => Some("off"),
            _ => None,
        },
        _ => None,
    };
    match hidden {
        Some(value) => Ok(value.to_owned()),
        None => Err(invalid(known, text).hint(format!(
            "Available values: {}.",
            known.choices.replace(',', ", ")
        ))),
    }
}

/// Names of units with their sizes.
type Units = &'static [(&'static str, f64)];

/// The table of units a setting's own unit belongs to, its size in it, and the hint.
fn units(unit: &str) -> Option<(Units, f64, &'static str)> {
    let digits = unit.bytes().take_while(u8::is_ascii_digit).count();
    let (count, name) = unit.split_at_checked(digits)?;
    let count: f64 = if count.is_empty() {
        1.0
    } else {
        count.parse().ok()?
    };
    let find = |table: Units| {
        table
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, size)| size * count)
    };
    match (find(MEMORY), find(TIME)) {
        (Some(size), _) => Some((MEMORY, size, MEMORY_HINT)),
        (_, Some(size)) => Some((TIME, size, TIME_HINT)),
        _ => None,
    }
}

/// Splits a number from what follows it, as `strtol` and `strtod` do.
fn number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_start();
    let signless = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    if let Some(hex) = signless.strip_prefix("0x").or(signless.strip_prefix("0X")) {
        let end = hex
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(hex.len());
        let (digits, rest) = hex.split_at_checked(end)?;
        let value = i64::from_str_radix(digits, 16).ok()?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "checked against an int4 range after"
        )]
        return Some((
            if negative {
                -(value as f64)
            } else {
                value as f64
            },
            rest,
        ));
    }
    // The longest prefix that is a number; exponents only count when digits follow.
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if text
            .get(..next)
            .is_some_and(|head| head.parse::<f64>().is_ok())
            && c.is_ascii_digit()
            || c == '.'
                && text
                    .get(..at)
                    .is_some_and(|head| head.parse::<f64>().is_ok())
        {
            end = next;
        } else if !matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-') {
            break;
        }
    }
    let (head, rest) = text.split_at_checked(end)?;
    Some((head.parse().ok()?, rest))
}

/// Reads a number with an optional unit into the setting's own unit.
fn measured(known: &Known, text: &str) -> Result<f64, Fault> {
    let refused = || invalid(known, text);
    let (value, rest) = number(text).ok_or_else(refused)?;
    let unit = rest.trim();
    if unit.is_empty() {
        return Ok(value);
    }
    let Some((table, own, hint)) = units(known.unit) else {
        return Err(refused());
    };
    match table.iter().find(|(name, _)| *name == unit) {
        Some((_, size)) => Ok(value * size / own),
        None => Err(refused().hint(hint)),
    }
}

fn bound(text: &str, fallback: f64) -> f64 {
    text.parse().unwrap_or(fallback)
}

fn outside(known: &Known, shown: &str, range: (&str, &str)) -> Fault {
    let unit = if known.unit.is_empty() {
        String::new()
    } else {
        format!(" {}", known.unit)
    };
    Fault::new(
        SqlState::INVALID_PARAMETER_VALUE,
        format!(
            "{shown}{unit} is outside the valid range for parameter \"{}\" ({} .. {})",
            known.name, range.0, range.1
        ),
    )
}

fn integer(known: &Known, text: &str) -> Result<String, Fault> {
    let value = measured(known, text)?.round_ties_even();
    if !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value) {
        return Err(invalid(known, text).hint("Value exceeds integer range."));
    }
    let shown = format!("{value:.0}");
    let shown = if shown == "-0" {
        String::from("0")
    } else {
        shown
    };
    if value < bound(known.min, f64::MIN) || value > bound(known.max, f64::MAX) {
        return Err(outside(known, &shown, (known.min, known.max)));
    }
    Ok(shown)
}

fn real(known: &Known, text: &str) -> Result<String, Fault> {
    let value = measured(known, text)?;
    let (least, most) = (bound(known.min, f64::MIN), bound(known.max, f64::MAX));
    if value < least || value > most {
        return Err(outside(
            known,
            &general(value),
            (&general(least), &general(most)),
        ));
    }
    Ok(general(value))
}

/// C's `%g`: six significant digits, without trailing zeros.
fn general(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return String::from("0");
    }
    let scientific = format!("{value:.5e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim(mantissa), exponent.abs());
    }
    let decimals = usize::try_from(5 - exponent).unwrap_or(0);
    trim(&format!("{value:.decimals$}"))
}

/// 2000-01-01 in microseconds since 1970.
const YEAR_2000: i64 = 946_684_800_000_000;

/// Checks settings of kind `string`, each in its own way.
fn free(known: &Known, text: &str, style: &Style) -> Result<String, Fault> {
    let refused = || invalid(known, text);
    match known.name {
        "TimeZone" => match zone(text) {
            // At the second zone data must agree with the calendar.
            Ok(zone) if zone.east_at(YEAR_2000) % 60 != 0 => Err(Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("time zone \"{text}\" appears to use leap seconds"),
            )
            .detail("PostgreSQL does not support leap seconds.")),
            Ok(Zone::Named(zone)) => Ok(zone.name().to_owned()),
            Ok(Zone::Fixed { name, .. }) => Ok(name),
            Ok(Zone::Rules(rules)) => Ok(rules.name.clone()),
            Ok(Zone::Abbreviation(_)) => Err(refused()),
            Err("") => Err(refused()),
            Err(detail) => Err(refused().detail(detail)),
        },
        "DateStyle" => match date_style(text, style) {
            Ok((form, order)) => Ok(date_style_text(form, order)),
            Err(detail) => Err(refused().detail(detail)),
        },
        "search_path" | "temp_tablespaces" => match identifiers(text) {
            Some(_) => Ok(text.to_owned()),
            None => Err(refused().detail("List syntax is invalid.")),
        },
        "client_encoding" => encoding(known, text),
        AS_OF if text.trim().is_empty() => Ok(String::new()),
        AS_OF => match moment(text, style) {
            Some(_) => Ok(text.trim().to_owned()),
            None => Err(refused().hint(
                "Write a date such as 2026-11-20, which means its end, or a time such as 2026-11-20 06:00:00+00.",
            )),
        },
        "application_name" | "cluster_name" => Ok(text
            .bytes()
            .take(63)
            .map(|byte| {
                if (32..127).contains(&byte) {
                    char::from(byte)
                } else {
                    '?'
                }
            })
            .collect()),
        "default_text_search_config" => {
            let name = text.strip_prefix("pg_catalog.").unwrap_or(text);
            let listed = SEARCH_CONFIGS.split(' ').any(|config| config == name);
            if listed {
                Ok(text.to_owned())
            } else {
                Err(refused())
            }
        }
        "lc_monetary" | "lc_numeric" | "lc_time" => match text {
            "" | "C" | "POSIX" | "C.UTF-8" => Ok(text.to_owned()),
            _ => Err(refused()),
        },
        "timezone_abbreviations" => match text {
            "Default" | "Australia" | "India" => Ok(text.to_owned()),
            _ => Err(refused()),
        },
        _ => Ok(text.to_owned()),
    }
}

/// The character set a client talks in, by its own name; but for one old name of UTF8, which
/// PostgreSQL keeps for the sake of old drivers.
fn encoding(known: &Known, text: &str) -> Result<String, Fault> {
    let refused = || invalid(known, text);
    let set = charset::named(text).ok_or_else(refused)?;
    if !set.converts() {
        let name = set.name();
        return Err(Fault {
            state: SqlState::FEATURE_NOT_SUPPORTED,
            ..refused().detail(format!(
                "Conversion between {name} and UTF8 is not supported."
            ))
        });
    }
    Ok(String::from(if text == "UNICODE" {
        text
    } else {
        set.name()
    }))
}

/// Reads `DateStyle`; what is not named stays as it was.
pub(super) fn date_style(text: &str, now: &Style) -> Result<(DateStyle, DateOrder), String> {
    let words = identifiers(text).ok_or("List syntax is invalid.")?;
    let (mut form, mut order) = (None, None);
    let mut conflict = false;
    for word in &words {
        let lower = word.to_ascii_lowercase();
        let (new_form, new_order) = match lower.as_str() {
            "iso" => (Some(DateStyle::Iso), None),
            "sql" => (Some(DateStyle::Sql), None),
            "german" => (Some(DateStyle::German), None),
            "ymd" => (None, Some(DateOrder::Ymd)),
            "dmy" => (None, Some(DateOrder::Dmy)),
            "mdy" | "us" => (None, Some(DateOrder::Mdy)),
            "default" => (Some(DateStyle::Iso), Some(DateOrder::Mdy)),
            _ if lower.starts_with("postgres") => (Some(DateStyle::Postgres), None),
            _ if lower.starts_with("euro") => (None, Some(DateOrder::Dmy)),
            _ if lower.starts_with("noneuro") => (None, Some(DateOrder::Mdy)),
            _ => return Err(format!("Unrecognized key word: \"{word}\".")),
        };
        conflict |= new_form.is_some() && form.is_some() && form != new_form;
        conflict |= new_order.is_some() && order.is_some() && order != new_order;
        (form, order) = (new_form.or(form), new_order.or(order));
    }
    if conflict {
        return Err(String::from("Conflicting \"datestyle\" specifications."));
    }
    if form == Some(DateStyle::German) {
        order = order.or(Some(DateOrder::Dmy));
    }
    Ok((
        form.unwrap_or(now.date_style),
        order.unwrap_or(now.date_order),
    ))
}

fn date_style_text(form: DateStyle, order: DateOrder) -> String {
    let form = match form {
        DateStyle::Iso => "ISO",
        DateStyle::Postgres => "Postgres",
        DateStyle::Sql => "SQL",
        DateStyle::German => "German",
    };
    let order = match order {
        DateOrder::Mdy => "MDY",
        DateOrder::Dmy => "DMY",
        DateOrder::Ymd => "YMD",
    };
    format!("{form}, {order}")
}

/// Splits a list of identifiers, folding the unquoted ones; `None` when it is no such list.
pub fn identifiers(text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Some(found);
    }
    loop {
        rest = rest.trim_start();
        let name = if let Some(quoted) = rest.strip_prefix('"') {
            let mut name = String::new();
            let mut left = quoted;
            loop {
                let (part, after) = left.split_once('"')?;
                name.push_str(part);
                let Some(again) = after.strip_prefix('"') else {
                    rest = after;
                    break name;
                };
                name.push('"');
                left = again;
            }
        } else {
            let end = rest
                .find(|c: char| c == ',' || c.is_whitespace())
                .unwrap_or(rest.len());
            let (name, after) = rest.split_at_checked(end)?;
            if name.is_empty() {
                return None;
            }
            rest = after;
            name.to_lowercase()
        };
        found.push(name);
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(found);
        }
        rest = rest.strip_prefix(',')?;
    }
}

/// Writes a kept value as `SHOW` does.
pub(super) fn shown(known: &Known, raw: &str) -> String {
    match (known.name, known.kind) {
        ("data_directory_mode" | "log_file_mode" | "unix_socket_permissions", _) => {
            format!("{:04o}", raw.parse::<u32>().unwrap_or(0))
        }
        ("seed", _) => String::from("unavailable"),
        (_, Kind::Integer | Kind::Real) => with_unit(known, raw),
        _ => raw.to_owned(),
    }
}

/// Uses the largest unit that divides the value.
fn with_unit(known: &Known, raw: &str) -> String {
    let value: f64 = raw.parse().unwrap_or(0.0);
    let Some((table, own, _)) = units(known.unit).filter(|_| value > 0.0) else {
        return raw.to_owned();
    };
    let total = value * own;
    let fitting = table.iter().find(|(_, size)| total % size == 0.0);
    match fitting {
        Some((name, size)) => format!("{}{name}", general_exact(total / size)),
        None => format!("{raw}{}", known.unit),
    }
}

fn general_exact(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        general(value)
    }
}
