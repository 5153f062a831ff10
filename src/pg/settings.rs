//! The settings a session has, as `SHOW`, `SET` and `pg_settings` know them.
//!
//! `settings/known.tsv` holds what PostgreSQL 15 says of each: `select name, vartype, unit, context,
//! min_val, max_val, array_to_string(enumvals, ','), boot_val, category, short_desc, extra_desc from
//! pg_settings order by lower(name)`, asked by an ordinary role. What we serve differently is in
//! [`OURS`]. A value is kept in the form of `pg_settings.setting`: numbers in the setting's own unit.

mod as_of;
mod check;
mod zone;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use crate::pg::charset::{self, Charset};
use crate::pg::text::{DateOrder, DateStyle, IntervalStyle, Style};
use crate::pg::{Fault, SqlState};

pub use as_of::{AS_OF, moment};
pub use check::identifiers;
pub use zone::zone;

/// The release whose behaviour we serve.
pub const SERVER_VERSION: &str = concat!("15.18 (syllabase ", env!("CARGO_PKG_VERSION"), ")");

/// Values that this server has instead of PostgreSQL's boot values.
const OURS: &[(&str, &str)] = &[
    ("archive_command", "(disabled)"),
    ("bonjour_name", ""),
    ("client_encoding", "UTF8"),
    ("server_encoding", "UTF8"),
    ("default_text_search_config", "pg_catalog.english"),
    ("default_transaction_read_only", "on"),
    ("transaction_read_only", "on"),
    ("hot_standby", "on"),
    ("in_hot_standby", "off"),
    ("lc_messages", "C"),
    ("log_timezone", "UTC"),
    ("max_stack_depth", "2048"),
    ("search_path", "public"),
    ("server_version", SERVER_VERSION),
    ("timezone", "UTC"),
    ("timezone_abbreviations", "Default"),
    ("is_superuser", "off"),
    ("role", "none"),
];

/// The settings that only we have.
const OWN: &str = "\
syllabase.as_of\tstring\t\tuser\t\t\t\t\tCustomized Options\tReads the whole database as it was published at this time.\tA date means the end of that day in TimeZone; empty means the newest.
";

/// Settings that exist and are not listed in `pg_settings`.
const UNLISTED: &str = "\
is_superuser\tbool\t\tinternal\t\t\t\toff\tPreset Options\tShows whether the current user is a superuser.\t
role\tstring\t\tuser\t\t\t\tnone\tUngrouped\tSets the current role.\t
seed\treal\t\tuser\t-1\t1\t\t0\tUngrouped\tSets the seed for random-number generation.\t
session_authorization\tstring\t\tuser\t\t\t\t\tUngrouped\tSets the session user name.\t
";

/// Settings whose change a client is told of (`ParameterStatus`).
const REPORTED: &[&str] = &[
    "application_name",
    "client_encoding",
    "DateStyle",
    "default_transaction_read_only",
    "in_hot_standby",
    "integer_datetimes",
    "IntervalStyle",
    "is_superuser",
    "server_encoding",
    "server_version",
    "session_authorization",
    "standard_conforming_strings",
    "TimeZone",
];

/// The roles that every database has, which no session becomes.
const ROLES: &[&str] = &[
    "postgres",
    "pg_checkpoint",
    "pg_database_owner",
    "pg_execute_server_program",
    "pg_monitor",
    "pg_read_all_data",
    "pg_read_all_settings",
    "pg_read_all_stats",
    "pg_read_server_files",
    "pg_signal_backend",
    "pg_stat_scan_tables",
    "pg_write_all_data",
    "pg_write_server_files",
];

/// What kind of value a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `bool`
    Bool,
    /// `integer`
    Integer,
    /// `real`
    Real,
    /// `string`
    Text,
    /// `enum`
    Enum,
}

/// What PostgreSQL knows of one setting; the fields are the columns of `pg_settings`.
#[derive(Debug, Clone, Copy)]
#[expect(
    missing_docs,
    reason = "each is the column of pg_settings of that name"
)]
pub struct Known {
    pub name: &'static str,
    pub kind: Kind,
    pub vartype: &'static str,
    pub unit: &'static str,
    pub context: &'static str,
    pub min: &'static str,
    pub max: &'static str,
    pub choices: &'static str,
    pub boot: &'static str,
    pub category: &'static str,
    pub short_desc: &'static str,
    pub extra_desc: &'static str,
    /// Whether `pg_settings` and `SHOW ALL` list it.
    pub listed: bool,
}

impl Known {
    fn read(line: &'static str, listed: bool) -> Option<Self> {
        let mut fields = line.split('\t');
        let mut next = || fields.next();
        let (name, vartype) = (next()?, next()?);
        Some(Self {
            name,
            vartype,
            kind: match vartype {
                "bool" => Kind::Bool,
                "integer" => Kind::Integer,
                "real" => Kind::Real,
                "enum" => Kind::Enum,
                _ => Kind::Text,
            },
            unit: next()?,
            context: next()?,
            min: next()?,
            max: next()?,
            choices: next()?,
            boot: next()?,
            category: next()?,
            short_desc: next()?,
            extra_desc: next().unwrap_or_default(),
            listed,
        })
    }
}

/// Every setting of PostgreSQL, by its name in lower case.
pub fn known() -> &'static BTreeMap<String, Known> {
    static KNOWN: LazyLock<BTreeMap<String, Known>> = LazyLock::new(|| {
        let listed = include_str!("settings/known.tsv").lines();
        let listed = listed
            .chain(OWN.lines())
            .filter_map(|line| Known::read(line, true));
        let unlisted = UNLISTED.lines().filter_map(|line| Known::read(line, false));
        let all = listed.chain(unlisted);
        all.map(|known| (known.name.to_ascii_lowercase(), known))
            .collect()
    });
    &KNOWN
}

/// What is special about a setting, as `pg_settings_get_flags` says it; `None` for one that nobody
/// knows.
pub fn flags(name: &str) -> Option<impl Iterator<Item = &'static str>> {
    let lower = name.to_ascii_lowercase();
    let known = known().get(&lower)?;
    let own = include_str!("settings/flags.tsv").lines().find_map(|line| {
        let (name, flags) = line.split_once('\t')?;
        (name == known.name).then_some(flags)
    });
    let unlisted = (!known.listed).then_some("NO_RESET_ALL,NO_SHOW_ALL,NOT_IN_SAMPLE");
    let flags = own.or(unlisted).unwrap_or_default();
    Some(flags.split(',').filter(|flag| !flag.is_empty()))
}

/// A change of a setting that a function asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The setting.
    pub name: String,
    /// Its value, which was checked.
    pub value: String,
    /// For this transaction only.
    pub local: bool,
}

/// Changes most calls of `set_config` in one statement can ask for.
const MOST_ASKED: usize = 10_000;

/// The settings of one session at one moment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What decides the text of values.
    pub style: Style,
    /// `search_path` with `$user` resolved and missing schemas dropped, without the implicit `pg_catalog`.
    pub search_path: Vec<String>,
    /// `client_encoding`; `None` where texts are sent as they are stored, which is UTF-8.
    charset: Option<&'static Charset>,
    /// Values that are not PostgreSQL's boot values, by name in lower case.
    values: BTreeMap<String, String>,
    /// Whether `syllabase.as_of` is what the database's name says, for good.
    as_of_fixed: bool,
    /// What functions ask for while a statement runs; the session takes it over afterwards.
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        self.style == other.style
            && self.search_path == other.search_path
            && self.values == other.values
    }
}

impl Default for Settings {
    fn default() -> Self {
        let ours = OURS.iter();
        Self {
            style: Style::default(),
            search_path: vec![String::from("public")],
            charset: None,
            values: ours
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            as_of_fixed: false,
            asked: Arc::default(),
        }
    }
}

fn unrecognized(name: &str) -> Fault {
    Fault::new(
        SqlState::UNDEFINED_OBJECT,
        format!("unrecognized configuration parameter \"{name}\""),
    )
}

impl Settings {
    /// The value in the form of `pg_settings.setting`; empty for one that nobody knows.
    pub fn raw(&self, name: &str) -> &str {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "transaction_isolation" | "transaction_deferrable"
                if !self.values.contains_key(&name) =>
            {
                self.raw(&name.replacen("transaction", "default_transaction", 1))
            }
            _ => match self.values.get(&name) {
                Some(value) => value,
                None => known().get(&name).map_or("", |known| known.boot),
            },
        }
    }

    /// The value as `SHOW` and `current_setting` give it; `None` when there is no such setting.
    pub fn shown(&self, name: &str) -> Option<String> {
        let lower = name.to_ascii_lowercase();
        match known().get(&lower) {
            Some(known) => Some(check::shown(known, self.raw(&lower))),
            None => self.values.get(&lower).cloned(),
        }
    }

    /// Whether the setting has a value of its own here, other than PostgreSQL's boot value.
    pub fn is_set(&self, name: &str) -> bool {
        self.values.contains_key(&name.to_ascii_lowercase())
    }

    /// Every setting `SHOW ALL` and `pg_settings` list, with its value as `SHOW` gives it.
    pub fn all(&self) -> impl Iterator<Item = (&'static Known, String)> + '_ {
        let listed = known().iter().filter(|(_, known)| known.listed);
        listed.map(|(lower, known)| (known, check::shown(known, self.raw(lower))))
    }

    /// The character set that the client talks in; `None` for UTF-8.
    pub fn charset(&self) -> Option<&'static Charset> {
        self.charset
    }

    /// Sets a value a client gave.
    ///
    /// # Errors
    /// 42704 for an unknown name, 22023 for a bad value, 55P02 and 42501 for what no client may set.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        self.set_when(name, text, false)
    }

    /// Sets a value a client gave in the packet it begins with.
    ///
    /// # Errors
    /// As [`Settings::set`].
    pub fn set_at_start(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        self.set_when(name, text, true)
    }

    fn set_when(&mut self, name: &str, text: &str, at_start: bool) -> Result<(), Fault> {
        let lower = name.to_ascii_lowercase();
        let Some(known) = known().get(&lower) else {
            return self.set_custom(name, lower, text);
        };
        // A message names the setting as it was said, unless a check of its own refuses the value.
        let said = |fault: Fault| match known.kind {
            Kind::Text if fault.state == SqlState::INVALID_PARAMETER_VALUE => fault,
            _ => Fault {
                message: fault.message.replacen(
                    &format!("\"{}\"", known.name),
                    &format!("\"{name}\""),
                    1,
                ),
                ..fault
            },
        };
        check::settable(known, at_start)
            .and_then(|()| self.travels(known))
            .and_then(|()| self.adopt(known, text))
            .map_err(said)
    }

    /// Sets `syllabase.as_of` to what the database's name says; nobody changes it afterwards.
    ///
    /// # Errors
    /// 22023 for what is no time.
    pub fn fix_as_of(&mut self, text: &str) -> Result<(), Fault> {
        self.set_by_server(AS_OF, text)?;
        self.as_of_fixed = true;
        if self.as_of().is_some() {
            return Ok(());
        }
        Err(Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            "the database's name has no time after \"@\"",
        ))
    }

    /// The time travelled to, in microseconds since 1970 UTC.
    pub fn as_of(&self) -> Option<i64> {
        moment(self.raw(AS_OF), &self.style)
    }

    fn travels(&self, known: &Known) -> Result<(), Fault> {
        if known.name != AS_OF || !self.as_of_fixed {
            return Ok(());
        }
        let fault = Fault::new(
            SqlState::CANT_CHANGE_RUNTIME_PARAM,
            format!("parameter \"{AS_OF}\" cannot be changed"),
        );
        Err(fault
            .detail("The name of the database fixes the time.")
            .hint("Connect to the database without \"@\" in its name to choose another time."))
    }

    /// Sets a value the server decides, whoever may set it.
    ///
    /// # Errors
    /// As [`Settings::set`], without the refusals of who may set it.
    pub fn set_by_server(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        match known().get(&name.to_ascii_lowercase()) {
            Some(known) => self.adopt(known, text),
            None => Err(unrecognized(name)),
        }
    }

    fn adopt(&mut self, known: &Known, text: &str) -> Result<(), Fault> {
        let lower = known.name.to_ascii_lowercase();
        let value = match lower.as_str() {
            "session_authorization" | "role" => self.checked_role(&lower, text)?,
            _ => check::canonical(known, text, &self.style)?,
        };
        self.values.insert(lower, value);
        self.refresh(known.name);
        Ok(())
    }

    /// A session is one role for its whole life.
    fn checked_role(&self, setting: &str, text: &str) -> Result<String, Fault> {
        let own = self.values.get("session_authorization");
        let none = setting == "role" && text.eq_ignore_ascii_case("none");
        match own {
            _ if none => Ok(String::from("none")),
            None => Ok(text.to_owned()),
            Some(own) if own == text => Ok(text.to_owned()),
            Some(_) if ROLES.contains(&text) => Err(Fault::new(
                SqlState::INSUFFICIENT_PRIVILEGE,
                format!(
                    "permission denied to set {} \"{text}\"",
                    setting.replace('_', " ")
                ),
            )),
            Some(_) => Err(Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("role \"{text}\" does not exist"),
            )),
        }
    }

    fn set_custom(&mut self, name: &str, lower: String, text: &str) -> Result<(), Fault> {
        if !name.contains('.') {
            return Err(unrecognized(name));
        }
        check::custom_name(name)?;
        if text.len() > 65_536 || self.values.len() > 1_000 {
            return Err(Fault::new(
                SqlState::CONFIGURATION_LIMIT_EXCEEDED,
                "too many custom configuration parameters",
            ));
        }
        self.values.insert(lower, text.to_owned());
        Ok(())
    }

    /// Takes the value another state of the settings has.
    ///
    /// # Errors
    /// 42704 for an unknown name, 55P02 and 42501 for what no client may set.
    pub fn reset(&mut self, name: &str, to: &Self) -> Result<(), Fault> {
        let lower = name.to_ascii_lowercase();
        match known().get(&lower) {
            Some(known) => check::settable(known, false)?,
            None if self.values.contains_key(&lower) => {
                self.values.insert(lower, String::new());
                return Ok(());
            }
            None if name.contains('.') => return check::custom_name(name),
            None => return Err(unrecognized(name)),
        }
        match to.values.get(&lower) {
            Some(value) => self.values.insert(lower, value.clone()),
            None => self.values.remove(&lower),
        };
        self.refresh(name);
        Ok(())
    }

    /// Whether the other lacks a custom setting that this one has.
    pub fn knows_more_than(&self, other: &Self) -> bool {
        let mut custom = self.values.keys().filter(|name| name.contains('.'));
        custom.any(|name| !other.values.contains_key(name))
    }

    /// Makes custom settings known, without a value: once they were set, they stay.
    pub fn learn(&mut self, other: &Self) {
        for name in other.values.keys().filter(|name| name.contains('.')) {
            self.values.entry(name.clone()).or_default();
        }
    }

    /// Forgets a value that only lived as long as a transaction.
    pub fn forget(&mut self, name: &str) {
        self.values.remove(&name.to_ascii_lowercase());
    }

    /// Recomputes what is kept in checked form.
    fn refresh(&mut self, name: &str) {
        match name.to_ascii_lowercase().as_str() {
            "timezone" => {
                if let Ok(zone) = zone(self.raw("timezone")) {
                    self.style.zone = zone;
                }
            }
            "datestyle" => {
                let raw = self.raw("datestyle");
                let (style, order) = check::date_style(raw, &Style::default())
                    .unwrap_or((DateStyle::Iso, DateOrder::Mdy));
                (self.style.date_style, self.style.date_order) = (style, order);
            }
            "intervalstyle" => {
                self.style.interval_style = match self.raw("intervalstyle") {
                    "postgres_verbose" => IntervalStyle::PostgresVerbose,
                    "sql_standard" => IntervalStyle::SqlStandard,
                    "iso_8601" => IntervalStyle::Iso8601,
                    _ => IntervalStyle::Postgres,
                }
            }
            "extra_float_digits" => {
                self.style.extra_float_digits = self.raw("extra_float_digits").parse().unwrap_or(1);
            }
            "client_encoding" => {
                let set = charset::named(self.raw("client_encoding"));
                self.charset = set.filter(|set| !set.plain());
            }
            "bytea_output" => self.style.bytea_escape = self.raw("bytea_output") == "escape",
            _ => {}
        }
    }

    /// Resolves `search_path` against the schemas there are.
    pub fn resolve_search_path(&mut self, exists: impl Fn(&str) -> bool) {
        let role = self.raw("session_authorization").to_owned();
        let listed = identifiers(self.raw("search_path")).unwrap_or_default();
        let mut path = Vec::with_capacity(listed.len());
        for schema in listed {
            let schema = if schema == "$user" {
                role.clone()
            } else {
                schema
            };
            if !path.contains(&schema) && exists(&schema) {
                path.push(schema);
            }
        }
        self.search_path = path;
    }

    /// Checks a change and remembers it for the session: `set_config`.
    ///
    /// # Errors
    /// As [`Settings::set`].
    pub fn ask(&self, name: &str, value: &str, local: bool) -> Result<String, Fault> {
        let mut changed = self.clone();
        changed.set(name, value)?;
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= MOST_ASKED {
            return Err(Fault::new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                "one statement changes too many settings",
            ));
        }
        let (name, value) = (name.to_owned(), value.to_owned());
        asked.push(Asked {
            name: name.clone(),
            value,
            local,
        });
        Ok(changed.shown(&name).unwrap_or_default())
    }

    /// The value a setting was given in this statement, as `SHOW` will give it.
    pub fn asked(&self, name: &str) -> Option<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let change = asked
            .iter()
            .rev()
            .find(|asked| asked.name.eq_ignore_ascii_case(name))?;
        let mut changed = Self {
            asked: Arc::default(),
            ..self.clone()
        };
        changed.set(&change.name, &change.value).ok()?;
        changed.shown(name)
    }

    /// What was asked for since the last call.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A time limit in milliseconds; `None` when it is 0, which means none.
    pub fn limit(&self, name: &str) -> Option<Duration> {
        match self.raw(name).parse() {
            Ok(0) | Err(_) => None,
            Ok(milliseconds) => Some(Duration::from_millis(milliseconds)),
        }
    }

    /// Whether a boolean setting is on.
    pub fn on(&self, name: &str) -> bool {
        self.raw(name) == "on"
    }

    /// The reported settings with their values.
    pub fn reported(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        REPORTED
            .iter()
            .map(|name| (*name, self.shown(name).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: &str) -> Result<String, String> {
        let mut settings = Settings::default();
        settings.set(name, value).map_err(|fault| {
            let hint = fault
                .hint
                .or(fault.detail)
                .map_or(String::new(), |hint| format!(" | {hint}"));
            format!("{} {}{hint}", fault.state, fault.message)
        })?;
        Ok(settings.shown(name).unwrap_or_default())
    }

    #[test]
    fn values_are_shown_as_postgresql_shows_them() {
        for (name, value, shown) in [
            ("statement_timeout", "5000ms", "5s"),
            ("statement_timeout", "90000", "90s"),
            ("statement_timeout", "1.5s", "1500ms"),
            ("statement_timeout", "1.5min", "90s"),
            ("statement_timeout", "0.6", "1ms"),
            ("statement_timeout", "0", "0"),
            ("lock_timeout", "1h", "1h"),
            ("idle_in_transaction_session_timeout", "2d", "2d"),
            ("temp_buffers", "100", "800kB"),
            ("work_mem", "2MB", "2MB"),
            ("enable_seqscan", "of", "off"),
            ("enable_seqscan", "T", "on"),
            ("client_min_messages", "info", "info"),
            ("client_min_messages", "DEBUG", "debug2"),
            ("random_page_cost", "1e3", "1000"),
            ("geqo_threshold", "0x10", "16"),
            ("geqo_threshold", "1e1", "10"),
            ("extra_float_digits", "1.5", "2"),
            ("TimeZone", "africa/nairobi", "Africa/Nairobi"),
            ("TimeZone", "+3", "<+03>-03"),
            ("TimeZone", "-3.5", "<-03:30>+03:30"),
            ("TimeZone", "UTC+3", "UTC+3"),
            ("TimeZone", "utc", "UTC"),
            ("DateStyle", "iso, dmy", "ISO, DMY"),
            ("DateStyle", "german", "German, DMY"),
            ("DateStyle", "postgres,european", "Postgres, DMY"),
            ("IntervalStyle", "ISO_8601", "iso_8601"),
            ("client_encoding", "utf-8", "UTF8"),
            ("client_encoding", "unicode", "UTF8"),
            ("client_encoding", "UNICODE", "UNICODE"),
            ("client_encoding", "latin-1", "LATIN1"),
            ("bytea_output", "ESCAPE", "escape"),
            ("application_name", "é", "??"),
            ("my.own", "x", "x"),
        ] {
            assert_eq!(set(name, value).as_deref(), Ok(shown), "{name} = {value}");
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table: one case after the other")]
    fn bad_values_are_refused_in_postgresqls_words() {
        for (name, value, refusal) in [
            (
                "nope",
                "1",
                "42704 unrecognized configuration parameter \"nope\"",
            ),
            (
                "work_mem",
                "abc",
                "22023 invalid value for parameter \"work_mem\": \"abc\"",
            ),
            (
                "work_mem",
                "10GB5",
                "22023 invalid value for parameter \"work_mem\": \"10GB5\" | Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".",
            ),
            (
                "work_mem",
                "1",
                "22023 1 kB is outside the valid range for parameter \"work_mem\" (64 .. 2147483647)",
            ),
            (
                "work_mem",
                "5000000GB",
                "22023 invalid value for parameter \"work_mem\": \"5000000GB\" | Value exceeds integer range.",
            ),
            (
                "statement_timeout",
                "5x",
                "22023 invalid value for parameter \"statement_timeout\": \"5x\" | Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".",
            ),
            (
                "statement_timeout",
                "-1",
                "22023 -1 ms is outside the valid range for parameter \"statement_timeout\" (0 .. 2147483647)",
            ),
            (
                "enable_seqscan",
                "maybe",
                "22023 parameter \"enable_seqscan\" requires a Boolean value",
            ),
            (
                "bytea_output",
                "x",
                "22023 invalid value for parameter \"bytea_output\": \"x\" | Available values: escape, hex.",
            ),
            (
                "max_connections",
                "3",
                "55P02 parameter \"max_connections\" cannot be changed without restarting the server",
            ),
            (
                "fsync",
                "off",
                "55P02 parameter \"fsync\" cannot be changed now",
            ),
            (
                "server_version",
                "3",
                "55P02 parameter \"server_version\" cannot be changed",
            ),
            (
                "lc_messages",
                "x",
                "42501 permission denied to set parameter \"lc_messages\"",
            ),
            (
                "extra_float_digits",
                "4",
                "22023 4 is outside the valid range for parameter \"extra_float_digits\" (-15 .. 3)",
            ),
            (
                "extra_float_digits",
                "1s",
                "22023 invalid value for parameter \"extra_float_digits\": \"1s\"",
            ),
            (
                "random_page_cost",
                "-1",
                "22023 -1 is outside the valid range for parameter \"random_page_cost\" (0 .. 1.79769e+308)",
            ),
            (
                "TimeZone",
                "Nope",
                "22023 invalid value for parameter \"TimeZone\": \"Nope\"",
            ),
            (
                "TimeZone",
                "200",
                "22023 invalid value for parameter \"TimeZone\": \"200\" | UTC timezone offset is out of range.",
            ),
            (
                "DateStyle",
                "iso,sql",
                "22023 invalid value for parameter \"DateStyle\": \"iso,sql\" | Conflicting \"datestyle\" specifications.",
            ),
            (
                "DateStyle",
                "nope",
                "22023 invalid value for parameter \"DateStyle\": \"nope\" | Unrecognized key word: \"nope\".",
            ),
            (
                "search_path",
                "a,,b",
                "22023 invalid value for parameter \"search_path\": \"a,,b\" | List syntax is invalid.",
            ),
            (
                "client_encoding",
                "nope",
                "22023 invalid value for parameter \"client_encoding\": \"nope\"",
            ),
            (
                "a b.c",
                "x",
                "42602 invalid configuration parameter name \"a b.c\" | Custom parameter names must be two or more simple identifiers separated by dots.",
            ),
            (
                "seed",
                "2",
                "22023 2 is outside the valid range for parameter \"seed\" (-1 .. 1)",
            ),
        ] {
            assert_eq!(
                set(name, value),
                Err(refusal.to_owned()),
                "{name} = {value}"
            );
        }
    }

    #[test]
    fn reset_gives_back_the_value_of_the_start() {
        let base = Settings::default();
        let mut settings = base.clone();
        settings.set("TimeZone", "Africa/Nairobi").unwrap();
        settings.set("DateStyle", "german").unwrap();
        settings.reset("timezone", &base).unwrap();
        settings.reset("datestyle", &base).unwrap();
        assert_eq!(settings.style, base.style);
        assert!(settings.reset("nope", &base).is_err());
    }

    #[test]
    fn a_session_stays_its_own_role() {
        let mut settings = Settings::default();
        settings
            .set_by_server("session_authorization", "reporting")
            .unwrap();
        assert!(settings.set("role", "reporting").is_ok());
        assert!(settings.set("role", "none").is_ok());
        assert!(settings.set("role", "postgres").is_err());
        assert!(settings.set("session_authorization", "postgres").is_err());
    }
}
