//! What the server file says, checked.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;

use super::alerts::{Alerts, RawAlerts};
use super::file::{self, Error};
use super::limits::{Limits, duration};

const FILE_BYTES: u64 = 1 << 20;

/// The folder that holds everything when nothing else is said.
pub const DEFAULT_DATA: &str = "./syllabase-data";

/// The checked settings of one process.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder that holds what has no other place.
    pub data: PathBuf,
    /// Where things are kept.
    pub folders: Folders,
    /// A folder with further product files; the shipped ones are always there.
    pub schemas: Option<PathBuf>,
    /// The addresses to serve on.
    pub listen: Vec<SocketAddr>,
    /// Where connections without TLS are served.
    pub plain_text: PlainText,
    /// Certificate and key; with them nothing is served without TLS.
    pub tls: Option<TlsFiles>,
    /// What connection sheets tell customers.
    pub public: Public,
    /// The private port for health, readiness and metrics.
    pub probe: Option<SocketAddr>,
    /// How long running statements may go on after the order to stop.
    pub grace: Duration,
    /// When nights are late, and who is told.
    pub alerts: Alerts,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What the log holds, as `tracing` filters are written.
    pub log_filter: String,
    /// All bounds.
    pub limits: Limits,
}

/// Where things are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Tenant files.
    pub tenants: PathBuf,
    /// Snapshots.
    pub snapshots: PathBuf,
    /// Server key, audit trail, schedule marks.
    pub state: PathBuf,
    /// Spill files of running statements and syncs; emptied at start.
    pub spill: PathBuf,
}

/// Where connections without TLS are served when there is no certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum PlainText {
    /// Only on this machine's own addresses.
    #[default]
    #[serde(rename = "this machine only")]
    Loopback,
    /// Everywhere: somebody said so in so many words.
    #[serde(rename = "everywhere, passwords and data may be read on the way")]
    Everywhere,
}

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// PEM file with the chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// PEM file with the key.
    pub key: PathBuf,
}

/// What connection sheets tell customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Public {
    /// The name customers connect to.
    pub host: Option<String>,
    /// The port customers connect to.
    pub port: Option<u16>,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Raw {
    data: Option<PathBuf>,
    schemas: Option<PathBuf>,
    listen: Option<Vec<SocketAddr>>,
    plain_text: PlainText,
    probe: Option<SocketAddr>,
    grace: Option<Grace>,
    folders: RawFolders,
    tls: Option<TlsFiles>,
    public: Public,
    alerts: RawAlerts,
    log: RawLog,
    limits: Limits,
}

#[derive(Debug, Deserialize)]
struct Grace(#[serde(deserialize_with = "duration")] Duration);

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawFolders {
    tenants: Option<PathBuf>,
    snapshots: Option<PathBuf>,
    state: Option<PathBuf>,
    spill: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawLog {
    format: LogFormat,
    filter: Option<String>,
}

impl Settings {
    /// Settles the settings from a server file, if there is one, and the folder named on the
    /// command line, which wins. Relative paths in the file start at the file's folder.
    pub fn load(config: Option<&Path>, data: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = config else {
            return Ok(Self::settle(Raw::default(), Path::new(""), data));
        };
        let text = file::read(path, FILE_BYTES)?;
        let raw: Raw = file::parse(path, &text)?;
        if let Some((key, reason)) = complaint(&raw) {
            return Err(file::invalid(path, &text, &key, reason));
        }
        Ok(Self::settle(
            raw,
            path.parent().unwrap_or(Path::new("")),
            data,
        ))
    }

    fn settle(raw: Raw, base: &Path, data: Option<&Path>) -> Self {
        let root = match (data, raw.data) {
            (Some(data), _) => data.to_owned(),
            (None, Some(data)) => base.join(data),
            (None, None) => PathBuf::from(DEFAULT_DATA),
        };
        let place = |named: Option<PathBuf>, name: &str| match named {
            Some(path) => base.join(path),
            None => root.join(name),
        };
        Self {
            data: root.clone(),
            folders: Folders {
                tenants: place(raw.folders.tenants, "tenants"),
                snapshots: place(raw.folders.snapshots, "snapshots"),
                state: place(raw.folders.state, "state"),
                spill: place(raw.folders.spill, "spill"),
            },
            schemas: raw.schemas.map(|path| base.join(path)),
            listen: raw
                .listen
                .unwrap_or_else(|| vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 5432))]),
            plain_text: raw.plain_text,
            tls: raw.tls.map(|tls| TlsFiles {
                certificate: base.join(tls.certificate),
                key: base.join(tls.key),
            }),
            public: raw.public,
            probe: raw.probe,
            grace: raw.grace.map_or(Duration::from_secs(30), |grace| grace.0),
            alerts: raw.alerts.settle(),
            log_format: raw.log.format,
            log_filter: raw.log.filter.unwrap_or_else(|| "info".to_owned()),
            limits: raw.limits,
        }
    }

    /// How long after its beginning a night that was not made is late.
    pub fn late(&self) -> TimeDelta {
        TimeDelta::from_std(self.alerts.late).unwrap_or(TimeDelta::MAX)
    }

    /// Why these settings must not be served, if so: an address of the network without TLS needs
    /// the operator's word.
    pub fn refusal(&self) -> Option<String> {
        if self.tls.is_some() || self.plain_text == PlainText::Everywhere {
            return None;
        }
        let open = self.listen.iter().find(|at| !at.ip().is_loopback())?;
        Some(format!(
            "listening on {open} without TLS would send answers readable over the network; \
             set [tls] certificate and key, or plain_text = \"everywhere, passwords and data may \
             be read on the way\" in the server file"
        ))
    }
}

/// The first value that is read but not allowed: its key, and why.
fn complaint(raw: &Raw) -> Option<(String, String)> {
    if raw.listen.as_ref().is_some_and(Vec::is_empty) {
        return Some(("listen".to_owned(), "names no address".to_owned()));
    }
    if let Some(at) = raw.probe.filter(|at| at.ip().is_multicast()) {
        return Some(("probe".to_owned(), format!("{at} cannot be listened on")));
    }
    if raw.public.host.as_ref().is_some_and(String::is_empty) {
        return Some(("public.host".to_owned(), "is empty".to_owned()));
    }
    if raw
        .grace
        .as_ref()
        .is_some_and(|grace| grace.0.as_secs() > 3_600)
    {
        return Some(("grace".to_owned(), "must be at most an hour".to_owned()));
    }
    if let Some((key, reason)) = raw.alerts.complaint() {
        return Some((format!("alerts.{key}"), reason));
    }
    let (key, reason) = raw.limits.complaint()?;
    Some((format!("limits.{key}"), reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Settings, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.toml");
        std::fs::write(&path, text).unwrap();
        Settings::load(Some(&path), None)
    }

    #[test]
    fn the_example_holds_every_key_with_its_default() {
        let path = Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/config/syllabase.toml"
        ));
        let example = std::fs::read_to_string(path).unwrap();
        // Uncommented, the file must still be accepted, and the limits must be the defaults.
        let active: String = example
            .lines()
            .map(|line| line.strip_prefix("#= ").unwrap_or(line))
            .fold(String::new(), |text, line| text + line + "\n");
        assert_ne!(active, example);
        let settings = load(&active).unwrap();
        assert_eq!(settings.limits, Limits::default());
        let fields = format!("{:#?}", Limits::default());
        let names = fields
            .lines()
            .filter_map(|line| line.trim().split_once(": "));
        for (name, _) in names {
            let shown = active.contains(&format!("\n{name} = "))
                || active.contains(&format!("\n[limits.{name}]"));
            assert!(shown, "{name} is missing in the example");
        }
    }

    #[test]
    fn a_value_out_of_range_names_its_line() {
        let error = load("data = \"x\"\n\n[limits.statement]\ntree_depth = 5\n").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(":4: \"limits.statement.tree_depth\": is 5"),
            "{text}"
        );
    }

    #[test]
    fn a_missing_file_is_an_error() {
        let error = Settings::load(Some(Path::new("/nonexistent/x.toml")), None).unwrap_err();
        assert_eq!(error.to_string(), "cannot read /nonexistent/x.toml");
    }

    #[test]
    fn the_network_without_tls_needs_a_word() {
        let open = load("listen = [\"0.0.0.0:5432\"]\n").unwrap();
        assert!(open.refusal().is_some());
        let said = load(
            "listen = [\"0.0.0.0:5432\"]\n\
             plain_text = \"everywhere, passwords and data may be read on the way\"\n",
        );
        assert!(said.unwrap().refusal().is_none());
        assert!(
            load("listen = [\"[::1]:5432\"]\n")
                .unwrap()
                .refusal()
                .is_none()
        );
    }

    #[test]
    fn the_command_line_names_the_folder() {
        let settings = Settings::load(None, Some(Path::new("/srv/x"))).unwrap();
        assert_eq!(settings.folders.tenants, Path::new("/srv/x/tenants"));
    }
}
