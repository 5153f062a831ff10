//! `syllabase serve`.

use std::net::SocketAddr;

use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::output::Answer;
use super::{Desk, Error};
use crate::app;
use crate::config::{LogFormat, Settings};
use crate::telemetry;

#[derive(Debug, Args)]
pub(super) struct Verb {
    /// An address to serve on, instead of those of the server file; say it once for each
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<SocketAddr>,
}

pub(super) fn run(desk: &Desk, verb: &Verb) -> Result<Answer, Error> {
    let mut settings = desk.settings.clone();
    if !verb.listen.is_empty() {
        settings.listen.clone_from(&verb.listen);
    }
    let filter = settings.log_filter.clone();
    until_stopped(desk, settings, &filter)
}

/// Serves until a signal comes.
pub(super) fn until_stopped(
    desk: &Desk,
    settings: Settings,
    filter: &str,
) -> Result<Answer, Error> {
    let json = settings.log_format == LogFormat::Json;
    telemetry::begin_log(json, filter).map_err(app::Error::from)?;
    app::runtime()?.block_on(async {
        let stop = CancellationToken::new();
        let signals = telemetry::spawn("signals", app::on_signals(stop.clone()));
        let server = app::build(settings, &desk.clock).await?;
        let addresses: Vec<String> = server.addresses().iter().map(ToString::to_string).collect();
        desk.output.answer(&Answer::line(
            format!("serving on {}; Ctrl-C stops", addresses.join(", ")),
            json!({"ok": true, "listening": addresses}),
        ));
        server.run(stop).await;
        signals.abort();
        Ok(Answer::line(
            "stopped",
            json!({"ok": true, "stopped": true}),
        ))
    })
}
