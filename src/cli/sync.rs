//! `syllabase sync`: run, status.

mod status;

use std::fmt::Write;
use std::io::{self, IsTerminal};

use clap::Subcommand;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::output::{Answer, Output, size};
use super::{Desk, Error};
use crate::app;
use crate::ident::{ProductName, TenantId};
use crate::schema::Products;
use crate::snapshot::{Outcome, Report, Running, Store, TableReport};
use crate::sync::{self, Finished, Job, Lack, Lacking, Step, Told};
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
        /// Say how it goes, table by table, also where nobody looks at a terminal
        #[arg(long)]
        progress: bool,
    },
    /// Show how everything stands: what is served, how the nights went, who has to act
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
            progress,
        } => {
            let watched = *progress || io::stderr().is_terminal();
            load(desk, id, product.as_ref(), *accept_shrinking, watched)
        }
        Verb::Status { id } => status::status(desk, id.as_ref()),
    }
}

/// Runs the jobs of a tenant one after the other; one that fails does not keep the others back.
pub(super) fn load(
    desk: &Desk,
    id: &TenantId,
    product: Option<&ProductName>,
    accept_shrinking: bool,
    watched: bool,
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
    for name in wanted {
        let Some(at) = jobs.iter().position(|job| job.product.name == name) else {
            let (line, object) = no_job(id, &name, &products);
            bad = true;
            lines.push(line);
            objects.push(object);
            continue;
        };
        let mut job = jobs.swap_remove(at);
        job.accept_shrinking = accept_shrinking;
        let source = job.source.to_string();
        desk.output
            .progress(&format!("loading {name} of tenant \"{id}\""));
        let outcome = runtime.block_on(one(&store, job, desk.output, watched));
        let (line, object, failed) = match outcome {
            Ok(finished) => {
                // Where the store cannot be read any more, the run was all the same.
                let lacking = sync::lacking(&store, id, &name, &finished.report.tables);
                told(&name, &finished, &lacking.unwrap_or_default())
            }
            Err(error) => {
                let cause = telemetry::chain(&error);
                // Not always the one before: where the last step alone failed, it is the new one.
                let serving = match store.current(id, &name) {
                    Ok(Some(current)) => format!("snapshot {} serves on", current.id),
                    Ok(None) => "nothing is served yet".to_owned(),
                    Err(_) => "what was published cannot be read".to_owned(),
                };
                // Errors name the end of a path only, as readers see them too.
                let line = format!("{name}: failed, {serving}: {cause}; its source is {source}");
                let object = json!({
                    "product": name.as_str(), "ok": false, "error": cause, "source": source,
                });
                (line, object, true)
            }
        };
        bad |= failed;
        lines.push(line);
        objects.push(object);
    }
    let json = json!({"ok": !bad, "tenant": id.as_str(), "runs": objects});
    Ok(Answer::line(lines.join("\n"), json).bad(bad))
}

/// What is said of a product of which no run can be made.
fn no_job(id: &TenantId, name: &ProductName, products: &Products) -> (String, Value) {
    let (why, remedy) = if products.get(name).is_some() {
        let remedy = format!("syllabase tenant source {id} {name} file:///folder");
        ("it has no source", remedy)
    } else {
        let why = "no product of that name is declared here";
        (why, "syllabase schema list".to_owned())
    };
    let object = json!({
        "product": name.as_str(), "ok": false, "error": why, "remedy": remedy,
    });
    (
        format!("{name}: nothing was loaded, {why}\n  try: {remedy}"),
        object,
    )
}

/// One run, which an interrupt ends at a step boundary.
async fn one(
    store: &Store,
    job: Job,
    output: Output,
    watched: bool,
) -> Result<Finished, sync::Error> {
    let stop = CancellationToken::new();
    let signals = telemetry::spawn("signals", app::on_signals(stop.clone()));
    let tell = move |told: Told<'_>| {
        if watched {
            output.progress(&match told {
                Told::Step(step) => step_line(step),
                Told::Within(running) => format!("  {}", so_far(running)),
            });
        }
    };
    let outcome = sync::run_telling(store, job, stop, tell).await;
    signals.abort();
    outcome
}

fn step_line(step: Step<'_>) -> String {
    let report = step.report;
    let outcome = match report.outcome {
        Outcome::Loaded => "loaded",
        Outcome::Merged => "what changed was loaded",
        Outcome::Unchanged => "as it was",
        Outcome::Stale => "not delivered, served as before",
        Outcome::Absent => "never delivered",
    };
    let speed = report.read.saturating_mul(1_000) / report.milliseconds.max(1);
    format!(
        "  {} of {}  {}: {outcome}, {} rows read, {speed} rows/s",
        step.done, step.tables, report.table, report.read
    )
}

/// How far a run at work is.
fn so_far(running: &Running) -> String {
    let Running { number, tables, .. } = running;
    if running.table.is_empty() {
        let rows = running.all_rows;
        return format!(
            "all {tables} tables are read, {rows} rows; what holds among them is checked"
        );
    }
    let speed = running.rows / running.seconds.max(1);
    let mut text = format!(
        "{number} of {tables}  {}: {} rows read so far, {}, {speed} rows/s",
        running.table,
        running.rows,
        size(running.bytes)
    );
    if running.written > 0 {
        // Writing to a String cannot fail.
        write!(text, ", {} written", running.written).unwrap_or_default();
    }
    text
}

/// The sum of one figure over all tables.
fn total(report: &Report, of: fn(&TableReport) -> u64) -> u64 {
    report.tables.iter().map(of).sum()
}

/// What is not delivered any more, for scripts.
fn lacking_object(lacking: &Lacking) -> Value {
    let (columns, rows_of) = match &lacking.what {
        Lack::Table(read_at) => (None, Some(read_at.to_rfc3339())),
        Lack::Columns(columns) => (Some(columns), None),
    };
    json!({"table": lacking.table, "columns": columns, "rows_of": rows_of})
}

fn told(name: &ProductName, finished: &Finished, lacking: &[Lacking]) -> (String, Value, bool) {
    let sum = |of| total(&finished.report, of);
    let (read, served) = (sum(|table| table.read), sum(|table| table.served));
    let (refused, erased) = (sum(|table| table.quarantined), sum(|table| table.erased));
    let tables = finished.report.tables.len();
    let mut object = json!({
        "product": name.as_str(), "ok": finished.published.is_some(), "tables": tables,
        "rows_read": read, "rows_served": served, "rows_refused": refused,
        "rows_erased": erased,
        "unknown": finished.unknown, "held": finished.held,
        "lacking": lacking.iter().map(lacking_object).collect::<Vec<_>>(),
    });
    let mut counts =
        format!("{tables} tables, {read} rows read, {served} served, {refused} refused");
    if erased > 0 {
        counts.push_str(&format!(", {erased} left out as erased"));
    }
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
    for one in lacking {
        line.push_str(&format!("\n  {one}"));
    }
    (line, object, finished.published.is_none())
}
