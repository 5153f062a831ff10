//! `syllabase sync`: run, status.

use chrono::SecondsFormat;
use clap::Subcommand;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::output::{Answer, columns};
use super::{Desk, Error};
use crate::app;
use crate::ident::{ProductName, TenantId};
use crate::snapshot::{Ending, Report, Store};
use crate::sync::{self, Finished, Job, Planned};
use crate::telemetry;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Load a tenant's data now, as the night would
    Run {
        id: TenantId,
        /// Only this product
        product: Option<ProductName>,
        /// Publish although tables shrank
        #[arg(long)]
        accept_shrinking: bool,
    },
    /// Show how the last runs ended
    Status {
        /// Only this tenant
        id: Option<TenantId>,
    },
}

pub(super) fn run(desk: &Desk, verb: &Verb) -> Result<Answer, Error> {
    match verb {
        Verb::Run {
            id,
            product,
            accept_shrinking,
        } => load(desk, id, product.as_ref(), *accept_shrinking),
        Verb::Status { id } => status(desk, id.as_ref()),
    }
}

/// Runs the jobs of a tenant one after the other; one that fails does not keep the others back.
pub(super) fn load(
    desk: &Desk,
    id: &TenantId,
    product: Option<&ProductName>,
    accept_shrinking: bool,
) -> Result<Answer, Error> {
    let wanted = desk.products_of(id, product)?;
    let products = app::products(&desk.settings)?;
    let mut jobs = app::jobs(&desk.settings, &products, &desk.files().read(id)?);
    jobs.retain(|job| wanted.contains(&job.product.name));
    if jobs.is_empty() {
        return Err(Error::refused(
            format!("tenant \"{id}\" has no source to read"),
            format!("syllabase tenant source {id} PRODUCT file:///folder"),
        ));
    }
    let store = desk.snapshots()?;
    let mut lines = Vec::new();
    let mut objects = Vec::new();
    let mut bad = false;
    let runtime = app::runtime()?;
    for mut job in jobs {
        job.accept_shrinking = accept_shrinking;
        let name = job.product.name.clone();
        desk.output
            .progress(&format!("loading {name} of tenant \"{id}\""));
        let outcome = runtime.block_on(one(&store, job));
        let (line, object, failed) = match outcome {
            Ok(finished) => told(&name, &finished),
            Err(error) => {
                let cause = telemetry::chain(&error);
                let line = format!("{name}: failed, the earlier snapshot serves on: {cause}");
                (
                    line,
                    json!({"product": name.as_str(), "ok": false, "error": cause}),
                    true,
                )
            }
        };
        bad |= failed;
        lines.push(line);
        objects.push(object);
    }
    let json = json!({"ok": !bad, "tenant": id.as_str(), "runs": objects});
    Ok(Answer::line(lines.join("\n"), json).bad(bad))
}

/// One run, which an interrupt ends at a step boundary.
async fn one(store: &Store, job: Job) -> Result<Finished, sync::Error> {
    let stop = CancellationToken::new();
    let signals = telemetry::spawn("signals", app::on_signals(stop.clone()));
    let outcome = sync::run(store, job, stop).await;
    signals.abort();
    outcome
}

fn totals(report: &Report) -> (u64, u64, u64) {
    report
        .tables
        .iter()
        .fold((0, 0, 0), |(read, served, refused), table| {
            (
                read + table.read,
                served + table.served,
                refused + table.quarantined,
            )
        })
}

fn told(name: &ProductName, finished: &Finished) -> (String, Value, bool) {
    let (read, served, refused) = totals(&finished.report);
    let tables = finished.report.tables.len();
    let mut object = json!({
        "product": name.as_str(), "ok": finished.published.is_some(), "tables": tables,
        "rows_read": read, "rows_served": served, "rows_refused": refused,
        "unknown": finished.unknown, "held": finished.held,
    });
    let counts = format!("{tables} tables, {read} rows read, {served} served, {refused} refused");
    let mut line = match (&finished.published, &finished.held) {
        (Some(published), _) => {
            if let Some(fields) = object.as_object_mut() {
                fields.insert("snapshot".to_owned(), json!(published.id.as_str()));
            }
            format!("{name}: published {} ({counts})", published.id)
        }
        (None, held) => format!(
            "{name}: held for a person ({counts}): {}",
            held.as_deref().unwrap_or("no reason given")
        ),
    };
    if !finished.unknown.is_empty() {
        line.push_str("; not declared and ignored: ");
        line.push_str(&finished.unknown.join(", "));
    }
    (line, object, finished.published.is_none())
}

fn status(desk: &Desk, id: Option<&TenantId>) -> Result<Answer, Error> {
    let store = desk.snapshots()?;
    let ids = match id {
        Some(id) => vec![id.clone()],
        None => desk.files().ids()?,
    };
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    let mut bad = false;
    let products = app::products(&desk.settings)?;
    for id in ids {
        let tenant = desk.files().read(&id)?;
        let night = app::night(&tenant);
        let jobs = app::jobs(&desk.settings, &products, &tenant).into_iter();
        let planned: Vec<_> = jobs.map(|job| Planned { job, night }).collect();
        for product in desk.products_of(&id, None)? {
            let runs = store.history(&id, &product)?;
            let Some(last) = runs.last() else {
                objects.push(
                    json!({"tenant": id.as_str(), "product": product.as_str(), "outcome": "never"}),
                );
                rows.push([
                    id.to_string(),
                    product.to_string(),
                    "-".into(),
                    "never ran".into(),
                ]);
                continue;
            };
            let (word, more) = match &last.ending {
                Ending::Published { snapshot, .. } => ("published", snapshot),
                Ending::Held { reason, .. } => ("held", reason),
                Ending::Failed { reason, .. } => ("failed", reason),
            };
            let next = planned.iter().find(|one| one.job.product.name == product);
            let next = next.and_then(|planned| planned.next_try(&runs, desk.clock.now()));
            let next = next.map(|next| next.to_rfc3339_opts(SecondsFormat::Secs, true));
            let again = next.as_ref().map(|next| format!("; tried again at {next}"));
            bad |= word != "published";
            let ended = last.finished_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            objects.push(json!({
                "tenant": id.as_str(), "product": product.as_str(), "ended": ended,
                "outcome": word, "detail": more, "tried_again": next,
            }));
            rows.push([
                id.to_string(),
                product.to_string(),
                ended,
                format!("{word}: {more}{}", again.unwrap_or_default()),
            ]);
        }
    }
    let text = if rows.is_empty() {
        "no tenants yet".to_owned()
    } else {
        columns(["tenant", "product", "ended", "outcome"], &rows)
    };
    let answer = Answer::line(text, json!({"ok": !bad, "runs": objects}));
    Ok(answer.bad(bad))
}
