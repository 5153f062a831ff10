//! `syllabase tenant schedule`: when a tenant's nights begin, and how long they may be tried again.

use std::fmt::Write;
use std::str::FromStr;
use std::time::Duration;

use chrono::NaiveTime;
use chrono_tz::Tz;
use clap::Args;
use serde_json::{Value, json};

use super::output::Answer;
use super::{Desk, Error};
use crate::config::limits::{duration_text, parse_duration};
use crate::ident::TenantId;
use crate::tenant::Schedule;

/// When nights begin. What is not said stays as it was.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct When {
    /// The local time at which they begin, as 03:00
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    time: Option<NaiveTime>,
    /// The time zone, as Africa/Nairobi
    #[arg(long)]
    zone: Option<Tz>,
    /// How long after its beginning a failed night is tried again, as 3h; server: limits.sync.window
    #[arg(long, value_name = "LENGTH|server")]
    window: Option<Length>,
    /// Over how long after the time nights begin, as 0s; server: limits.sync.spread
    #[arg(long, value_name = "LENGTH|server")]
    spread: Option<Length>,
}

/// A length of time, or None for the server's.
#[derive(Debug, Clone, Copy)]
struct Length(Option<Duration>);

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "server" => Ok(Self(None)),
            text => parse_duration(text).map(|time| Self(Some(time))),
        }
    }
}

fn time_of_day(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| "is no time such as 03:00".to_owned())
}

/// Changes a tenant's schedule.
pub(super) fn run(desk: &Desk, id: &TenantId, when: &When) -> Result<Answer, Error> {
    desk.change(id, "schedule", |tenant| {
        let known = &mut tenant.schedule;
        known.time = when.time.unwrap_or(known.time);
        known.zone = when.zone.unwrap_or(known.zone);
        known.window = when.window.map_or(known.window, |length| length.0);
        known.spread = when.spread.map_or(known.spread, |length| length.0);
        if let Some((key, reason)) = known.complaint() {
            let what = format!("the {key} {reason}");
            return Err(Error::refused(what, "syllabase tenant schedule --help"));
        }
        let line = format!("nights of tenant \"{id}\" begin at {}", text(known));
        let json = json!({"ok": true, "tenant": id.as_str(), "schedule": value(known)});
        Ok(Answer::line(line, json))
    })
}

/// A schedule as people read it.
pub(super) fn text(schedule: &Schedule) -> String {
    let mut text = format!("{} {}", schedule.time.format("%H:%M"), schedule.zone.name());
    for (what, length) in [
        (", spread over", schedule.spread),
        (", tried again for", schedule.window),
    ] {
        if let Some(length) = length {
            // Writing to a String cannot fail.
            write!(text, "{what} {}", duration_text(length)).unwrap_or_default();
        }
    }
    text
}

/// A schedule as programs read it.
pub(super) fn value(schedule: &Schedule) -> Value {
    json!({
        "time": schedule.time.format("%H:%M").to_string(),
        "zone": schedule.zone.name(),
        "window": schedule.window.map(duration_text),
        "spread": schedule.spread.map(duration_text),
    })
}
