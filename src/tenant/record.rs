//! One tenant's file: raw form, checked form, and back to text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::allow;
use super::credential::Verifier;
use super::source::{ExtraColumns, SourceKeys, SourceSettings};
use crate::config::file::{self, Error};
use crate::config::limits::{duration_text, parse_duration};
use crate::ident::{ProductName, RoleName, TenantId};

/// The format this version writes.
const FORMAT: u32 = 1;

/// Entries of one file: more is a mistake, not a customer.
const MOST_ENTRIES: usize = 1_000;

const HEADER: &str = "# Written by `syllabase tenant`; edits by hand are welcome and checked, comments are not kept.\n";

/// Everything one tenant's file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The tenant: the name of the file, and of the database.
    pub id: TenantId,
    /// The products served, in search-path order.
    pub products: Vec<ProductName>,
    /// Where each product's data comes from; a product without one has no nightly sync.
    pub sources: BTreeMap<ProductName, SourceSettings>,
    /// The products whose undeclared columns are served; those of the others are counted.
    pub extra_columns: BTreeSet<ProductName>,
    /// The tables of each product that may come without rows after they had some; another that does
    /// waits for a person.
    pub may_be_empty: BTreeMap<ProductName, BTreeSet<String>>,
    /// Who may connect; empty means nobody.
    pub allow: Vec<Allowed>,
    /// Who may log in.
    pub roles: Vec<Role>,
    /// When the nightly sync starts.
    pub schedule: Schedule,
    /// How long snapshots are kept.
    pub retention: Retention,
    /// How device clocks are judged.
    pub clocks: Clocks,
}

/// One entry of an allowlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The network, host bits zero, IPv4 never in its mapped form.
    pub network: IpNet,
    /// Whose it is.
    pub note: String,
}

/// One login role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: RoleName,
    /// What is kept of its password.
    pub verifier: Verifier,
    /// When this password was made.
    pub created: DateTime<Utc>,
    /// When it stops working.
    pub expires: Option<DateTime<Utc>>,
    /// Connections it may hold, when fewer than the server allows.
    pub connections: Option<usize>,
    /// Networks it is confined to, within the tenant's list; empty means all of that list.
    pub allow: Vec<IpNet>,
}

/// When the nightly sync starts: a local time in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The local time.
    pub time: NaiveTime,
    /// The zone.
    pub zone: Tz,
    /// How long after its beginning a night may still be tried again, when other than the server's.
    pub window: Option<Duration>,
    /// Over how long after their time nights begin, when other than the server's.
    pub spread: Option<Duration>,
}

/// The longest window: then the next night begins.
const LONGEST_WINDOW: Duration = Duration::from_hours(24);

impl Default for Schedule {
    fn default() -> Self {
        Self {
            time: NaiveTime::from_hms_opt(3, 0, 0).unwrap_or_default(),
            zone: Tz::Africa__Nairobi,
            window: None,
            spread: None,
        }
    }
}

impl Schedule {
    /// The key that cannot be so, and why.
    pub(crate) fn complaint(&self) -> Option<(String, String)> {
        let too_long = |time: Duration| time > LONGEST_WINDOW;
        let (key, reason) = match (self.window, self.spread) {
            (Some(window), _) if window.is_zero() || too_long(window) => {
                ("window", "must be above 0 and at most a day")
            }
            (_, Some(spread)) if too_long(spread) => ("spread", "must be at most a day"),
            (Some(window), Some(spread)) if spread > window => {
                ("spread", "must not be longer than the window")
            }
            _ => return None,
        };
        Some((format!("schedule.{key}"), reason.to_owned()))
    }
}

/// How long snapshots are kept; the current one always is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Days.
    pub days: u32,
    /// Snapshots of one product kept whatever their age.
    pub at_least: u32,
    /// Months whose last snapshot is kept.
    pub month_ends: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            days: 35,
            at_least: 3,
            month_ends: 13,
        }
    }
}

/// How device clocks are judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks {
    /// Whether an impossible time is corrected, or only flagged.
    pub correct: bool,
    /// How far ahead of its arrival a time may be.
    pub tolerance: Duration,
    /// The tenant's first day: earlier times are kept and flagged.
    pub first_day: Option<NaiveDate>,
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            correct: true,
            tolerance: Duration::from_mins(10),
            first_day: None,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    format: u32,
    products: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    schedule: RawSchedule,
    #[serde(default, skip_serializing_if = "is_default")]
    retention: RawRetention,
    #[serde(default, skip_serializing_if = "is_default")]
    clocks: RawClocks,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sources: BTreeMap<String, SourceKeys>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allow: Vec<RawAllowed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roles: Vec<RawRole>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAllowed {
    network: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRole {
    name: String,
    verifier: String,
    created: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connections: Option<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allow: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawSchedule {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<String>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawRetention {
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    month_ends: Option<u32>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawClocks {
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Device>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerance_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_day: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Device {
    Correct,
    Flag,
}

/// The key a check failed at, and why.
type Complaint = (String, String);

fn at<T, E: fmt::Display>(key: impl fmt::Display, result: Result<T, E>) -> Result<T, Complaint> {
    result.map_err(|error| (key.to_string(), error.to_string()))
}

impl Tenant {
    /// A new tenant, to which nobody can connect yet.
    pub fn new(id: TenantId, products: Vec<ProductName>) -> Self {
        Self {
            id,
            products,
            sources: BTreeMap::new(),
            extra_columns: BTreeSet::new(),
            may_be_empty: BTreeMap::new(),
            allow: Vec::new(),
            roles: Vec::new(),
            schedule: Schedule::default(),
            retention: Retention::default(),
            clocks: Clocks::default(),
        }
    }

    /// What becomes of undeclared columns of a product.
    pub fn extra(&self, product: &ProductName) -> ExtraColumns {
        if self.extra_columns.contains(product) {
            ExtraColumns::Keep
        } else {
            ExtraColumns::Count
        }
    }

    /// The tables of a product that may come without rows after they had some.
    pub fn empty(&self, product: &ProductName) -> BTreeSet<String> {
        self.may_be_empty.get(product).cloned().unwrap_or_default()
    }

    /// The role of a name.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name.as_str() == name)
    }

    /// Reads the text of a tenant's file.
    pub(crate) fn parse(id: TenantId, path: &Path, text: &str) -> Result<Self, Error> {
        let raw: Raw = file::parse(path, text)?;
        raw.check(id)
            .map_err(|(key, reason)| file::invalid(path, text, &key, reason))
    }

    /// The text of this tenant's file.
    pub(crate) fn text(&self) -> Result<String, toml::ser::Error> {
        Ok(format!("{HEADER}{}", toml::to_string(&Raw::of(self))?))
    }
}

impl Raw {
    fn check(self, id: TenantId) -> Result<Tenant, Complaint> {
        if self.format != FORMAT {
            let reason = format!("is {}, this version reads format {FORMAT}", self.format);
            return Err(("format".to_owned(), reason));
        }
        for (key, count) in [
            ("products", self.products.len()),
            ("allow", self.allow.len()),
            ("roles", self.roles.len()),
        ] {
            if count > MOST_ENTRIES {
                return Err((
                    key.to_owned(),
                    format!("has more than {MOST_ENTRIES} entries"),
                ));
            }
        }
        let mut products = Vec::new();
        for (index, name) in self.products.iter().enumerate() {
            let key = format!("products.{index}");
            let product: ProductName = at(&key, name.parse())?;
            if products.contains(&product) {
                return Err((key, format!("{name:?} is there twice")));
            }
            products.push(product);
        }
        let checked = checked_sources(self.sources, &products)?;
        let mut allow = Vec::new();
        for (index, entry) in self.allow.into_iter().enumerate() {
            let network = at(
                format!("allow.{index}.network"),
                allow::parse(&entry.network),
            )?;
            allow.push(Allowed {
                network,
                note: entry.note,
            });
        }
        let mut roles: Vec<Role> = Vec::new();
        for (index, role) in self.roles.into_iter().enumerate() {
            let role = role.check(&format!("roles.{index}"))?;
            if roles.iter().any(|known| known.name == role.name) {
                return Err((format!("roles.{index}.name"), "is there twice".to_owned()));
            }
            roles.push(role);
        }
        Ok(Tenant {
            id,
            products,
            sources: checked.sources,
            extra_columns: checked.extra_columns,
            may_be_empty: checked.may_be_empty,
            allow,
            roles,
            schedule: self.schedule.check()?,
            retention: self.retention.check()?,
            clocks: self.clocks.check()?,
        })
    }

    fn of(tenant: &Tenant) -> Self {
        Self {
            format: FORMAT,
            products: tenant.products.iter().map(ToString::to_string).collect(),
            schedule: RawSchedule::of(&tenant.schedule),
            retention: RawRetention::of(&tenant.retention),
            clocks: RawClocks::of(&tenant.clocks),
            sources: tenant
                .sources
                .iter()
                .map(|(product, source)| {
                    let extra = tenant.extra(product);
                    let keys = SourceKeys {
                        extra_columns: Some(extra).filter(|extra| *extra != ExtraColumns::Count),
                        may_be_empty: tenant.empty(product).into_iter().collect(),
                        ..source.keys()
                    };
                    (product.to_string(), keys)
                })
                .collect(),
            allow: tenant
                .allow
                .iter()
                .map(|entry| RawAllowed {
                    network: entry.network.to_string(),
                    note: entry.note.clone(),
                })
                .collect(),
            roles: tenant.roles.iter().map(RawRole::of).collect(),
        }
    }
}

/// What `[sources]` says.
#[derive(Default)]
struct Sources {
    sources: BTreeMap<ProductName, SourceSettings>,
    extra_columns: BTreeSet<ProductName>,
    may_be_empty: BTreeMap<ProductName, BTreeSet<String>>,
}

/// Where the products' data comes from, and what of it is treated otherwise than usual.
fn checked_sources(
    raw: BTreeMap<String, SourceKeys>,
    products: &[ProductName],
) -> Result<Sources, Complaint> {
    let mut checked = Sources::default();
    for (name, mut source) in raw {
        let product: ProductName = at(format!("sources.{name}"), name.parse())?;
        if !products.contains(&product) {
            return Err((
                format!("sources.{name}"),
                "is not one of the products".to_owned(),
            ));
        }
        if source.extra_columns.take() == Some(ExtraColumns::Keep) {
            checked.extra_columns.insert(product.clone());
        }
        let empty = std::mem::take(&mut source.may_be_empty);
        if empty.len() > MOST_ENTRIES {
            let reason = format!("has more than {MOST_ENTRIES} entries");
            return Err((format!("sources.{name}.may_be_empty"), reason));
        }
        if !empty.is_empty() {
            let empty = empty.into_iter().collect();
            checked.may_be_empty.insert(product.clone(), empty);
        }
        let source = source.check();
        let source = source.map_err(|(key, reason)| (format!("sources.{name}.{key}"), reason))?;
        checked.sources.insert(product, source);
    }
    Ok(checked)
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| format!("{text:?} is no time such as 2027-01-31T00:00:00Z"))
}

fn moment_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl RawRole {
    fn check(self, key: &str) -> Result<Role, Complaint> {
        let mut allow = Vec::new();
        for (index, network) in self.allow.iter().enumerate() {
            allow.push(at(format!("{key}.allow.{index}"), allow::parse(network))?);
        }
        if self.connections == Some(0) {
            return Err((
                format!("{key}.connections"),
                "must be at least 1".to_owned(),
            ));
        }
        Ok(Role {
            name: at(format!("{key}.name"), self.name.parse())?,
            verifier: at(format!("{key}.verifier"), self.verifier.parse())?,
            created: at(format!("{key}.created"), moment(&self.created))?,
            expires: self
                .expires
                .map(|text| at(format!("{key}.expires"), moment(&text)))
                .transpose()?,
            connections: self.connections,
            allow,
        })
    }

    fn of(role: &Role) -> Self {
        Self {
            name: role.name.to_string(),
            verifier: role.verifier.to_string(),
            created: moment_text(role.created),
            expires: role.expires.map(moment_text),
            connections: role.connections,
            allow: role.allow.iter().map(ToString::to_string).collect(),
        }
    }
}

impl RawSchedule {
    fn check(self) -> Result<Schedule, Complaint> {
        let mut schedule = Schedule::default();
        if let Some(text) = self.time {
            schedule.time = NaiveTime::parse_from_str(&text, "%H:%M").map_err(|_| {
                let reason = format!("{text:?} is no time of day such as 03:00");
                ("schedule.time".to_owned(), reason)
            })?;
        }
        if let Some(text) = self.zone {
            schedule.zone = text.parse().map_err(|_| {
                let reason = format!("{text:?} is no time zone such as Africa/Nairobi");
                ("schedule.zone".to_owned(), reason)
            })?;
        }
        let length = |key: &str, text: Option<String>| {
            let length = text.map(|text| parse_duration(&text));
            at(format!("schedule.{key}"), length.transpose())
        };
        schedule.window = length("window", self.window)?;
        schedule.spread = length("spread", self.spread)?;
        schedule.complaint().map_or(Ok(schedule), Err)
    }

    fn of(schedule: &Schedule) -> Self {
        if is_default(schedule) {
            return Self::default();
        }
        Self {
            time: Some(schedule.time.format("%H:%M").to_string()),
            zone: Some(schedule.zone.name().to_owned()),
            window: schedule.window.map(duration_text),
            spread: schedule.spread.map(duration_text),
        }
    }
}

impl RawRetention {
    fn check(self) -> Result<Retention, Complaint> {
        let known = Retention::default();
        let kept = Retention {
            days: self.days.unwrap_or(known.days),
            at_least: self.at_least.unwrap_or(known.at_least),
            month_ends: self.month_ends.unwrap_or(known.month_ends),
        };
        for (key, value, range) in [
            ("days", kept.days, 1..=36_500),
            ("at_least", kept.at_least, 1..=10_000),
            ("month_ends", kept.month_ends, 0..=1_200),
        ] {
            if !range.contains(&value) {
                let reason = format!("is {value}, must be {} to {}", range.start(), range.end());
                return Err((format!("retention.{key}"), reason));
            }
        }
        Ok(kept)
    }

    fn of(kept: &Retention) -> Self {
        if is_default(kept) {
            return Self::default();
        }
        Self {
            days: Some(kept.days),
            at_least: Some(kept.at_least),
            month_ends: Some(kept.month_ends),
        }
    }
}

impl RawClocks {
    fn check(self) -> Result<Clocks, Complaint> {
        let known = Clocks::default();
        let first_day = self.first_day.map(|text| {
            NaiveDate::parse_from_str(&text, "%Y-%m-%d").map_err(|_| {
                let reason = format!("{text:?} is no date such as 2020-01-31");
                ("clocks.first_day".to_owned(), reason)
            })
        });
        Ok(Clocks {
            correct: self.device != Some(Device::Flag),
            tolerance: self
                .tolerance_seconds
                .map_or(known.tolerance, Duration::from_secs),
            first_day: first_day.transpose()?,
        })
    }

    fn of(clocks: &Clocks) -> Self {
        if is_default(clocks) {
            return Self::default();
        }
        Self {
            device: Some(if clocks.correct {
                Device::Correct
            } else {
                Device::Flag
            }),
            tolerance_seconds: Some(clocks.tolerance.as_secs()),
            first_day: clocks.first_day.map(|day| day.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    fn parse(text: &str) -> Result<Tenant, String> {
        Tenant::parse("acme".parse().unwrap(), Path::new("acme.toml"), text)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_full_file_survives_the_way_there_and_back() {
        let text = format!(
            "format = 1\nproducts = [\"learnamp\", \"learnink\"]\n\
             [sources.learnamp]\nurl = \"file:///data/acme/learnamp\"\nextra_columns = \"keep\"\n\
             may_be_empty = [\"tasks\", \"events\"]\n\
             [[allow]]\nnetwork = \"::ffff:203.0.113.7\"\nnote = \"BI server\"\n\
             [[allow]]\nnetwork = \"2001:db8::/48\"\n\
             [[roles]]\nname = \"reporting\"\nverifier = \"{VERIFIER}\"\n\
             created = \"2026-11-22T08:00:00Z\"\nexpires = \"2027-11-22T08:00:00+03:00\"\n\
             connections = 5\nallow = [\"203.0.113.7\"]\n\
             [schedule]\ntime = \"04:30\"\nzone = \"Europe/London\"\nwindow = \"90 min\"\nspread = \"0s\"\n\
             [retention]\ndays = 10\n\
             [clocks]\ndevice = \"flag\"\ntolerance_seconds = 60\nfirst_day = \"2020-02-29\"\n"
        );
        let tenant = parse(&text).unwrap();
        assert_eq!(tenant.allow[0].network.to_string(), "203.0.113.7/32");
        assert_eq!(tenant.schedule.zone, Tz::Europe__London);
        assert_eq!(tenant.schedule.window, Some(Duration::from_mins(90)));
        assert_eq!(tenant.schedule.spread, Some(Duration::ZERO));
        let empty = tenant.empty(&"learnamp".parse().unwrap());
        assert_eq!(empty.into_iter().collect::<Vec<_>>(), ["events", "tasks"]);
        let kept = ["learnamp", "learnink"].map(|name| tenant.extra(&name.parse().unwrap()));
        assert_eq!(kept, [ExtraColumns::Keep, ExtraColumns::Count]);
        assert_eq!(parse(&tenant.text().unwrap()).unwrap(), tenant);
        let small = Tenant::new("acme".parse().unwrap(), tenant.products.clone());
        assert_eq!(parse(&small.text().unwrap()).unwrap(), small);
    }

    #[test]
    fn the_example_is_a_tenant() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(root.join("config/tenants/acme.toml")).unwrap();
        let tenant = parse(&text).unwrap();
        assert_eq!(tenant.schedule, Schedule::default());
        assert_eq!(tenant.retention, Retention::default());
        assert_eq!((tenant.roles.len(), tenant.allow.len()), (1, 2));
    }

    #[test]
    fn mistakes_name_line_and_key() {
        for (text, start) in [
            (
                "format = 2\nproducts = []\n",
                "acme.toml:1: \"format\": is 2",
            ),
            (
                "format = 1\nproducts = []\nnope = 1\n",
                "acme.toml:3: \"nope\": unknown field",
            ),
            (
                "format = 1\nproducts = [\"A\"]\n",
                "acme.toml:2: \"products.0\": product",
            ),
            (
                "format = 1\nproducts = [\"a\"]\n[sources.a]\nurl = \"ftp://x/y\"\n",
                "acme.toml:4: \"sources.a.url\": must begin with file:///, postgresql://,",
            ),
            (
                "format = 1\nproducts = [\"a\"]\n[sources.a]\nurl = \"file:///y\"\nextra_columns = \"drop\"\n",
                "acme.toml:5: \"sources.a.extra_columns\": unknown variant `drop`",
            ),
            (
                "format = 1\nproducts = [\"a\"]\n[sources.b]\nurl = \"file:///y\"\n",
                "acme.toml:3: \"sources.b\": is not one",
            ),
            (
                "format = 1\nproducts = []\n[[allow]]\nnetwork = \"10.0.0.1/8\"\n",
                "acme.toml:4: \"allow.0.network\": 10.0.0.1/8 has bits",
            ),
            (
                "format = 1\nproducts = []\n[schedule]\nzone = \"Mars\"\n",
                "acme.toml:4: \"schedule.zone\": \"Mars\"",
            ),
            (
                "format = 1\nproducts = []\n[schedule]\nwindow = \"long\"\n",
                "acme.toml:4: \"schedule.window\": invalid value: string \"long\", expected a length of time",
            ),
            (
                "format = 1\nproducts = []\n[schedule]\nwindow = \"25h\"\n",
                "acme.toml:4: \"schedule.window\": must be above 0 and at most a day",
            ),
            (
                "format = 1\nproducts = []\n[schedule]\nwindow = \"1h\"\nspread = \"2h\"\n",
                "acme.toml:5: \"schedule.spread\": must not be longer than the window",
            ),
            (
                "format = 1\nproducts = []\n[[roles]]\nname = \"x\"\nverifier = \"secret\"\ncreated = \"2026-11-22T08:00:00Z\"\n",
                "acme.toml:5: \"roles.0.verifier\": is no verifier",
            ),
        ] {
            let said = parse(text).unwrap_err();
            assert!(said.starts_with(start), "{said}");
        }
    }
}
