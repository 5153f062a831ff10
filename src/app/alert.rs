//! Tells an address of failed, held and late nights and of damage that was found: one POST of a JSON
//! object each.
//!
//! What is told is who, what and since when, never a reason or a value: those may be data of people.
//! An occurrence is told once, also over restarts ([`Told`]), and by one of the servers that have one
//! folder of state: whoever has its lease. A receiver that is away is tried again
//! with growing waits, and given up in the end. Nothing else waits for any of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use reqwest::Client;
use reqwest::redirect::Policy;
use ring::digest::{SHA256, digest};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::nights::{Nights, Stands};
use crate::clock::Clock;
use crate::config::alerts::Webhook;
use crate::snapshot::Damage;
use crate::sync::{Standing, State};
use crate::telemetry;

/// How often everything is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How long one POST may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// POSTs of one look; the rest waits for the next.
const POSTS_PER_LOOK: usize = 100;
/// A failed POST is tried again this much later, then after twice that, and so on,
const TRY_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(10);
/// this many times in all: for an hour and a half.
const TRIES: u32 = 10;
/// The document of what was told is never larger.
const TOLD_BYTES: u64 = 64 << 20;
const FORMAT: u64 = 1;

/// Sends alerts.
#[derive(Debug)]
pub(super) struct Alerts {
    nights: Nights,
    webhook: Webhook,
    clock: Clock,
    client: Client,
    path: PathBuf,
    lease: Lease,
    told: Told,
    trying: BTreeMap<String, Trying>,
}

/// What was told, by tenant, product and subject: the occurrence.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    format: u64,
    told: BTreeMap<String, String>,
}

/// The right to tell, of the servers that have one folder of state.
#[derive(Debug)]
enum Lease {
    /// Another server may have it: the file that is locked.
    Wanted(PathBuf),
    /// It is this server's, until it ends.
    Held {
        /// Held for its lock.
        _lock: File,
    },
    /// The file cannot be locked.
    Unknown,
}

/// An alert that did not arrive yet.
#[derive(Debug)]
struct Trying {
    occurrence: String,
    tries: u32,
    next: DateTime<Utc>,
}

impl Alerts {
    /// Makes what sends to `webhook` and remembers what it told in the folder `state`.
    pub(super) fn new(nights: Nights, webhook: Webhook, clock: &Clock, state: &Path) -> Self {
        // Such a client cannot fail to be made but for the machine's trusted certificates.
        let client = Client::builder()
            .timeout(DEADLINE)
            .redirect(Policy::none())
            .build();
        let path = state.join("alerts.json");
        Self {
            nights,
            webhook,
            clock: clock.clone(),
            client: client.unwrap_or_default(),
            lease: Lease::Wanted(state.join("alerts.lock")),
            told: Told::default(),
            path,
            trying: BTreeMap::new(),
        }
    }

    /// Looks and tells until `stop`.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if !self.leads() {
                continue;
            }
            let nights = self.nights.clone();
            let Ok(all) = tokio::task::spawn_blocking(move || nights.all()).await else {
                error!("looking at the nights broke down");
                continue;
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.tell(all) => {}
            }
        }
    }

    /// Whether it is this server that tells; one that comes to it goes on where the last one was.
    fn leads(&mut self) -> bool {
        let Lease::Wanted(path) = &self.lease else {
            return true;
        };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(path);
        let lock = lock.and_then(|file| {
            flock(&file, FlockOperation::NonBlockingLockExclusive)?;
            Ok(file)
        });
        self.lease = match lock {
            Ok(file) => Lease::Held { _lock: file },
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
            Err(error) => {
                // Told twice is better than not at all.
                warn!(%error, "cannot find out whether another server sends alerts");
                Lease::Unknown
            }
        };
        self.told = read(&self.path).unwrap_or_default();
        true
    }

    async fn tell(&mut self, all: Vec<Stands>) {
        let now = self.clock.now();
        let mut changed = false;
        let mut posts = 0;
        let mut known = HashSet::with_capacity(3 * all.len());
        for (key, alert) in all.iter().flat_map(|one| subjects(one, now)) {
            known.insert(key.clone());
            let (occurrence, body) = match alert {
                Alert::Unknown => continue,
                Alert::Nothing => {
                    changed |= self.told.told.remove(&key).is_some();
                    self.trying.remove(&key);
                    continue;
                }
                Alert::Of(occurrence, body) => (occurrence, body),
            };
            let told = self.told.told.get(&key);
            if told.is_some_and(|told| nothing_new(told, &occurrence)) || posts == POSTS_PER_LOOK {
                continue;
            }
            let trying = self.trying.get(&key);
            let trying = trying.filter(|trying| trying.occurrence == occurrence);
            if trying.is_some_and(|trying| trying.next > now) {
                continue;
            }
            let tries = trying.map_or(0, |trying| trying.tries) + 1;
            posts += 1;
            match self.post(&body).await {
                Ok(()) => info!(about = key, event = %body["event"], "alert sent"),
                Err(cause) if tries < TRIES => {
                    warn!(about = key, event = %body["event"], cause, "alert not sent yet");
                    let next = now + TRY_AGAIN_AFTER * 2_i32.saturating_pow(tries - 1);
                    let trying = Trying {
                        occurrence,
                        tries,
                        next,
                    };
                    self.trying.insert(key, trying);
                    continue;
                }
                Err(cause) => error!(about = key, event = %body["event"], cause, "alert given up"),
            }
            self.trying.remove(&key);
            self.told.told.insert(key, occurrence);
            changed = true;
        }
        let before = self.told.told.len();
        self.told.told.retain(|key, _| known.contains(key));
        self.trying.retain(|key, _| known.contains(key));
        changed |= self.told.told.len() != before;
        if changed && let Err(error) = self.remember() {
            warn!(%error, "cannot write down which alerts were sent");
        }
    }

    /// Sends one alert. The reason never has the address in it, which is a secret.
    async fn post(&self, body: &Value) -> Result<(), String> {
        let address = self.webhook.address();
        let address = address.map_err(|error| telemetry::chain(&error))?;
        let request = self.client.post(address.expose());
        let request = request.header("content-type", "application/json");
        let sent = request.body(body.to_string()).send().await;
        let answer = sent.map_err(|error| telemetry::chain(&error.without_url()))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("the receiver answered {}", answer.status()))
        }
    }

    fn remember(&mut self) -> io::Result<()> {
        self.told.format = FORMAT;
        let bytes = serde_json::to_vec(&self.told)?;
        let aside = self.path.with_extension("tmp");
        fs::write(&aside, bytes)?;
        fs::rename(&aside, &self.path)
    }
}

/// What was told before; nothing when it cannot be read, so that it is rather told twice.
fn read(path: &Path) -> Option<Told> {
    let size = fs::metadata(path).ok()?.len();
    let bytes = (size <= TOLD_BYTES)
        .then(|| fs::read(path).ok())
        .flatten()?;
    let told: Told = serde_json::from_slice(&bytes).ok()?;
    (told.format == FORMAT).then_some(told)
}

/// What there is to tell of one subject now.
enum Alert {
    /// It cannot be known: what was told stays told.
    Unknown,
    /// All is well.
    Nothing,
    /// An occurrence, and what to say of it.
    Of(String, Value),
}

/// What can be told of a product: its nights, files that are damaged, and that nothing can be known.
fn subjects(one: &Stands, now: DateTime<Utc>) -> [(String, Alert); 3] {
    let place = format!("{}/{}", one.tenant, one.product);
    let (nights, damage, all) = match &one.standing {
        Ok(standing) => {
            let which = occurrence(standing);
            let nights = which.map(|which| Alert::Of(which, night(one, standing, now)));
            let found = findings(&standing.damage);
            let found = found.map(|found| Alert::Of(found, damaged(one, standing, now)));
            let [nights, found] = [nights, found].map(|one| one.unwrap_or(Alert::Nothing));
            (nights, found, Alert::Nothing)
        }
        Err(error) if error.damaged() => {
            let which = word(&telemetry::chain(error));
            let all = Alert::Of(which, unreadable(one, now));
            (Alert::Unknown, Alert::Unknown, all)
        }
        Err(_) => (Alert::Unknown, Alert::Unknown, Alert::Unknown),
    };
    let key = |subject: &str| format!("{place} {subject}");
    let (of_files, of_all) = (key("damage"), key("unreadable"));
    [(place, nights), (of_files, damage), (of_all, all)]
}

/// Whether an occurrence has nothing that was not told. Damage has a word for each finding: that one
/// of several files is whole again is no news, one more is.
fn nothing_new(told: &str, occurrence: &str) -> bool {
    let mut words = occurrence.split(' ');
    words.all(|word| told.split(' ').any(|told| told == word))
}

/// What makes one failed, held or late night another one than the one before.
fn occurrence(standing: &Standing) -> Option<String> {
    let last = standing.last.as_ref().map(|run| run.started_at);
    let good = standing.good.as_ref().map(|run| run.started_at);
    let which = match standing.state {
        State::Fresh | State::Never => return None,
        State::Failed => last.map(moment),
        State::Held => standing.held.as_ref().map(|(id, _)| id.to_string()),
        State::Late => good.map(moment),
    };
    let which = which.unwrap_or_default();
    Some(format!("{} {which}", standing.state.as_str()))
}

/// What makes damage another one: a word for each file and time it was found at.
fn findings(found: &[Damage]) -> Option<String> {
    let finding = |one: &Damage| word(&format!("{} {}", moment(one.found_at), one.path));
    let words: Vec<_> = found.iter().map(finding).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// A short word that stands for a text.
fn word(text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    let bytes = digest.as_ref().iter().take(8);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn night(one: &Stands, standing: &Standing, now: DateTime<Utc>) -> Value {
    let (tenant, product) = (&one.tenant, &one.product);
    let state = standing.state.as_str();
    let served = standing.served.as_ref();
    let since = served.map_or_else(
        || "nothing is served yet".to_owned(),
        |served| format!("readers see the data of {}", moment(served.read_at)),
    );
    json!({
        "event": format!("sync_{state}"),
        "tenant": tenant.as_str(),
        "product": product.as_str(),
        "state": state,
        "at": moment(now),
        "last_run": standing.last.as_ref().map(|run| moment(run.finished_at)),
        "last_good": standing.good.as_ref().map(|run| moment(run.finished_at)),
        "served_read_at": served.map(|served| moment(served.read_at)),
        "text": format!(
            "{product} of tenant {tenant}: the night is {state}; {since}. \
             What to do: syllabase sync status {tenant}"
        ),
    })
}

/// Names tables, which are declared, and no file.
fn damaged(one: &Stands, standing: &Standing, now: DateTime<Utc>) -> Value {
    let (tenant, product) = (&one.tenant, &one.product);
    let tables: BTreeSet<&str> = standing.damaged().map(|(table, _)| table).collect();
    let files = standing.damage.len();
    let found = standing.damage.iter().map(|one| one.found_at).max();
    let readers = if tables.is_empty() {
        "only earlier snapshots need them".to_owned()
    } else {
        let names: Vec<_> = tables.iter().copied().collect();
        format!("who reads {} gets XX001", names.join(", "))
    };
    json!({
        "event": "damage_found",
        "tenant": tenant.as_str(),
        "product": product.as_str(),
        "at": moment(now),
        "found_at": found.map(moment),
        "files": files,
        "tables": tables,
        "text": format!(
            "{product} of tenant {tenant}: damaged files were found, {files} in all; {readers}. \
             What to do: syllabase sync status {tenant}"
        ),
    })
}

fn unreadable(one: &Stands, now: DateTime<Utc>) -> Value {
    let (tenant, product) = (&one.tenant, &one.product);
    json!({
        "event": "damage_found",
        "tenant": tenant.as_str(),
        "product": product.as_str(),
        "at": moment(now),
        "found_at": moment(now),
        "files": null,
        "tables": null,
        "text": format!(
            "{product} of tenant {tenant}: what says which files are served is damaged. \
             What to do: syllabase sync status {tenant}"
        ),
    })
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
