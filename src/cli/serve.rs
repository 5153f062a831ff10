//! `syllabase serve`.

use std::net::SocketAddr;

use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::output::Answer;
use super::{Desk, Error};
use crate::app;
use crate::config::LogFormat;
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
    let json = settings.log_format == LogFormat::Json;
    telemetry::begin_log(json, &settings.log_filter).map_err(app::Error::from)?;
    app::runtime()?.block_on(async {
        let stop = CancellationToken::new();
        let signals = telemetry::spawn("signals", app::on_signals(stop.clone()));
        let server = app::build(settings, &desk.clock).await?;
        let addresses: Vec<String> = server.addresses().iter().map(ToString::to_string).collect();
        desk.output.answer(&Answer::line(
            format!("serving on {}", addresses.join(", ")),
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
