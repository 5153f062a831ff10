//! When nights are late, and where that is told.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;
use url::{Host, Url};

use super::limits::duration;
use super::secret::{Secret, SecretError, SecretRef};

const HOUR: Duration = Duration::from_hours(1);

/// When nights are late, and who is told of those, and of failed and held ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerts {
    /// How long after its beginning a night that was not made is late.
    pub late: Duration,
    /// Where alerts are sent.
    pub webhook: Option<Webhook>,
}

/// An address that alerts are sent to. Whoever knows it can send there too, so it is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Webhook {
    /// The address stands in the server file.
    Here(Secret),
    /// It is kept elsewhere and read when it is needed.
    Kept(SecretRef),
}

/// Why there is no address to send to. It does not repeat the address.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// It cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It is none.
    #[error("the address must begin with https://, or with http:// of this machine")]
    Address,
}

impl Webhook {
    /// The address as it is now.
    pub fn address(&self) -> Result<Secret, WebhookError> {
        let address = match self {
            Self::Here(address) => address.clone(),
            Self::Kept(place) => place.read()?,
        };
        if allowed(address.expose()) {
            Ok(address)
        } else {
            Err(WebhookError::Address)
        }
    }
}

fn allowed(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    let own = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && own)
}

/// `[alerts]` as it is written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawAlerts {
    late: Option<Late>,
    webhook: Option<String>,
}

/// Hides the address, which may stand here.
impl fmt::Debug for RawAlerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawAlerts").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Late(#[serde(deserialize_with = "duration")] Duration);

impl RawAlerts {
    /// The first value that is read but not allowed: its key, and why.
    pub(super) fn complaint(&self) -> Option<(&'static str, String)> {
        let late = self.late.as_ref().map(|late| late.0);
        if late.is_some_and(|late| late < Duration::from_mins(1) || late > 24 * HOUR) {
            return Some(("late", "must be from 1min to 24h".to_owned()));
        }
        let webhook = self.webhook.as_deref()?;
        let known = webhook.parse::<SecretRef>().is_ok() || allowed(webhook);
        let reason = "must be https://, http:// of this machine, file:/absolute/path or env:NAME";
        (!known).then(|| ("webhook", reason.to_owned()))
    }

    pub(super) fn settle(self) -> Alerts {
        let webhook = self.webhook.map(|text| match text.parse() {
            Ok(place) => Webhook::Kept(place),
            Err(_) => Webhook::Here(Secret::new(text)),
        });
        Alerts {
            late: self.late.map_or(6 * HOUR, |late| late.0),
            webhook,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_network_needs_tls() {
        for address in [
            "https://hooks.example.org/x",
            "http://127.0.0.1:9/x",
            "http://[::1]/x",
            "http://localhost/x",
        ] {
            assert!(allowed(address), "{address}");
        }
        for address in [
            "http://hooks.example.org/x",
            "http://127.0.0.1.example.org/",
            "ftp://localhost/",
            "https:",
            "",
        ] {
            assert!(!allowed(address), "{address}");
        }
    }
}
