//! The private port: health, readiness and metrics over the smallest HTTP that does.
//!
//! It answers `GET /health`, `/ready` and `/metrics`, closes after each answer, and is bounded in
//! connections, bytes and time. It is for the machine's own monitoring, never for the network.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::nights::Nights;
use crate::clock::Clock;
use crate::snapshot::{Ending, Store};
use crate::sync::{Standing, State};
use crate::telemetry;
use crate::tenant::Directory;
use crate::tls::Certificate;

/// Connections at once.
const CONNECTIONS: usize = 16;
/// Bytes of a request; the rest is not read.
const REQUEST_BYTES: usize = 4_096;
/// How long one request may take.
const DEADLINE: Duration = Duration::from_secs(5);

/// What the private port tells of.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    directory: Arc<Directory>,
    nights: Nights,
    store: Store,
    certificate: Option<Arc<Certificate>>,
    clock: Clock,
}

/// Status line and body.
type Response = (&'static str, String);

impl Probe {
    pub(super) fn new(
        directory: &Arc<Directory>,
        nights: Nights,
        store: &Store,
        certificate: Option<&Arc<Certificate>>,
        clock: &Clock,
    ) -> Self {
        Self {
            directory: Arc::clone(directory),
            nights,
            store: store.clone(),
            certificate: certificate.cloned(),
            clock: clock.clone(),
        }
    }

    pub(super) async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let permits = Arc::new(Semaphore::new(CONNECTIONS));
        // With many tenants the first look takes seconds; whoever asks first need not wait for it.
        let nights = self.nights.clone();
        drop(tokio::task::spawn_blocking(move || nights.all()));
        loop {
            // Waiting for the permit first leaves the rest in the system's own bounded queue.
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                return;
            };
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            let Ok((socket, _)) = accepted else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (probe, stopping) = (self.clone(), stop.is_cancelled());
            drop(telemetry::spawn("probe_request", async move {
                // Whoever is too slow, or gone, gets nothing.
                drop(tokio::time::timeout(DEADLINE, probe.answer(socket, stopping)).await);
                drop(permit);
            }));
        }
    }

    async fn answer(self, mut socket: TcpStream, stopping: bool) -> std::io::Result<()> {
        let mut request = Vec::with_capacity(512);
        let mut part = [0; 512];
        while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < REQUEST_BYTES {
            let read = socket.read(&mut part).await?;
            if read == 0 {
                break;
            }
            request.extend_from_slice(part.get(..read).unwrap_or_default());
        }
        let line = request
            .split(|byte| *byte == b'\r')
            .next()
            .unwrap_or_default();
        let wanted = String::from_utf8_lossy(line).into_owned();
        let response = tokio::task::spawn_blocking(move || self.respond(&wanted, stopping)).await;
        let (status, body) = response.unwrap_or(("500 Internal Server Error", String::new()));
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).await?;
        socket.write_all(body.as_bytes()).await?;
        socket.shutdown().await
    }

    fn respond(&self, line: &str, stopping: bool) -> Response {
        let mut words = line.split(' ');
        match (words.next(), words.next()) {
            (Some("GET" | "HEAD"), Some("/health")) => ("200 OK", "alive\n".to_owned()),
            (Some("GET" | "HEAD"), Some("/ready")) => self.ready(stopping),
            (Some("GET" | "HEAD"), Some("/metrics")) => ("200 OK", self.metrics()),
            (Some("GET" | "HEAD"), Some(_)) => ("404 Not Found", String::new()),
            _ => ("405 Method Not Allowed", String::new()),
        }
    }

    /// Ready: not stopping, the certificate holds, and every tenant's snapshots can be read.
    fn ready(&self, stopping: bool) -> Response {
        let now = self.clock.now();
        let (mut reasons, mut notes) = (Vec::new(), Vec::new());
        if stopping {
            reasons.push("stopping".to_owned());
        }
        if self
            .certificate
            .as_ref()
            .is_some_and(|one| one.current().expires <= now)
        {
            reasons.push("the certificate has expired".to_owned());
        }
        for tenant in self.directory.tenants() {
            for product in &tenant.products {
                let place = format!("{} {product}", tenant.id);
                if let Err(error) = self.store.served(&tenant.id, product) {
                    reasons.push(format!("{place}: {}", telemetry::chain(&error)));
                    continue;
                }
                // All other tables are served: no reason to send readers elsewhere.
                let damage = self.store.damage(&tenant.id, product).unwrap_or_default();
                let tables = damage
                    .iter()
                    .filter_map(|one| Some((one.table.as_ref()?, one)));
                notes.extend(tables.map(|(table, one)| {
                    format!("{place}: table {table} is damaged: {}", one.reason)
                }));
            }
        }
        if reasons.is_empty() {
            notes.insert(0, "ready".to_owned());
            ("200 OK", notes.join("\n") + "\n")
        } else {
            reasons.append(&mut notes);
            ("503 Service Unavailable", reasons.join("\n") + "\n")
        }
    }

    /// In the text form that Prometheus reads.
    fn metrics(&self) -> String {
        let now = self.clock.now();
        let mut text = String::new();
        // Writing to a String cannot fail.
        let mut line = |line: std::fmt::Arguments<'_>| {
            writeln!(text, "{line}").unwrap_or_default();
        };
        let tenants = self.directory.tenants();
        line(format_args!("# TYPE syllabase_tenants gauge"));
        line(format_args!("syllabase_tenants {}", tenants.len()));
        line(format_args!("# TYPE syllabase_tenants_broken gauge"));
        line(format_args!(
            "syllabase_tenants_broken {}",
            self.directory.broken().len()
        ));
        if let Some(certificate) = &self.certificate {
            let left = (certificate.current().expires - now).num_seconds();
            line(format_args!(
                "# TYPE syllabase_certificate_seconds_left gauge"
            ));
            line(format_args!("syllabase_certificate_seconds_left {left}"));
        }
        let nights = self.nights.all();
        for (name, told) in GAUGES {
            line(format_args!("# TYPE syllabase_{name} gauge"));
            for one in &nights {
                let Ok(standing) = &one.standing else {
                    continue;
                };
                for (more, value) in told(standing, now) {
                    let (tenant, product) = (&one.tenant, &one.product);
                    line(format_args!(
                        "syllabase_{name}{{tenant=\"{tenant}\",product=\"{product}\"{more}}} {value}"
                    ));
                }
            }
        }
        text
    }
}

/// What is told of each product of each tenant: further labels, and the value.
type Gauge = fn(&Standing, DateTime<Utc>) -> Vec<(String, i64)>;

const GAUGES: [(&str, Gauge); 7] = [
    ("snapshot_age_seconds", |standing, now| {
        let served = standing.served.iter();
        plain(served.map(|served| (now - served.published_at).num_seconds()))
    }),
    ("snapshot_rows", |standing, _| {
        plain(standing.served.iter().map(|served| count(served.rows)))
    }),
    ("sync_state", |standing, _| {
        let each = State::ALL.into_iter();
        each.map(|state| {
            let label = format!(",state=\"{}\"", state.as_str());
            (label, i64::from(state == standing.state))
        })
        .collect()
    }),
    ("damaged_files", |standing, _| {
        let all = standing.damage.len();
        let served = standing.damaged().count();
        let each = [("newest", served), ("earlier", all - served)];
        let label =
            |(of, files): (&str, usize)| (format!(",snapshot=\"{of}\""), count(files as u64));
        each.map(label).into()
    }),
    ("sync_last_run_ok", |standing, _| {
        let last = standing.last.iter();
        plain(last.map(|run| i64::from(matches!(run.ending, Ending::Published { .. }))))
    }),
    ("sync_last_run_seconds", |standing, _| {
        let last = standing.last.iter();
        plain(last.map(|run| (run.finished_at - run.started_at).num_seconds()))
    }),
    ("sync_last_run_rows_refused", |standing, _| {
        let last = standing.last.iter();
        plain(last.map(|run| count(run.refused)))
    }),
];

fn plain(values: impl Iterator<Item = i64>) -> Vec<(String, i64)> {
    values.map(|value| (String::new(), value)).collect()
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
