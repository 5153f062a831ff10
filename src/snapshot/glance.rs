//! What is asked of every product again and again: what is served, and how the last runs ended.
//!
//! Readiness, metrics, alerts and the schedule look at all tenants every few seconds. The documents
//! are large for the few facts that are wanted of them, so the facts are remembered and the
//! documents are read again only when the files are other ones: a look costs a handful of `stat`
//! calls. Nothing is remembered for a time; a look after a change sees the change.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};

use super::history::{self, KEPT};
use super::publish::read_entry;
use super::{
    Ending, Error, Kind, Published, RunRecord, Store, TableReport, disk, layout, locked,
    of_the_future,
};
use crate::ident::{ProductName, SnapshotId, TenantId};

/// Places of which something is remembered; with more, those beyond are read at every look.
const PLACES_MOST: usize = 50_000;
/// File systems stamp in steps: a folder may change twice and show one stamp. A list that was made
/// this long after its stamp was first seen holds all there is under that stamp.
const STAMPS_STEP: Duration = Duration::from_secs(3);

/// What readers of a product see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// Its number in the publish log.
    pub number: u64,
    /// Since when it is read.
    pub published_at: DateTime<Utc>,
    /// When its rows were read from the source.
    pub read_at: DateTime<Utc>,
    /// How it came to be published.
    pub kind: Kind,
    /// Its rows.
    pub rows: u64,
}

impl Served {
    fn of(published: &Published) -> Self {
        let tables = published.manifest.tables.values();
        Self {
            snapshot: published.id.clone(),
            number: published.number,
            published_at: published.published_at,
            read_at: published.manifest.report.started_at,
            kind: published.kind,
            rows: tables.map(|table| table.rows).sum(),
        }
    }
}

/// How one run went and ended, without its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// How it ended.
    pub ending: Ending,
    /// Rows read from the source.
    pub read: u64,
    /// Rows refused,
    pub refused: u64,
    /// and the table most of them were of.
    pub worst: Option<String>,
    /// Rows of persons who were erased.
    pub erased: u64,
}

impl RunSummary {
    /// Whether it began at a time that has not come yet; see [`RunRecord::of_the_future`].
    pub fn of_the_future(&self, now: DateTime<Utc>) -> bool {
        of_the_future(self.started_at, now)
    }
}

impl From<RunRecord> for RunSummary {
    fn from(run: RunRecord) -> Self {
        let sum = |of: fn(&TableReport) -> u64| run.tables.iter().map(of).sum();
        let worst = run.tables.iter().max_by_key(|table| table.quarantined);
        let worst = worst.filter(|table| table.quarantined > 0);
        Self {
            started_at: run.started_at,
            finished_at: run.finished_at,
            read: sum(|table| table.read),
            refused: sum(|table| table.quarantined),
            worst: worst.map(|table| table.table.clone()),
            erased: sum(|table| table.erased),
            ending: run.ending,
        }
    }
}

/// Which file there is under a name. Documents are put in place by a rename, so another one has
/// another number, whatever the clock does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl From<&Metadata> for Stamp {
    fn from(facts: &Metadata) -> Self {
        Self {
            device: facts.dev(),
            inode: facts.ino(),
            bytes: facts.len(),
            modified: (facts.mtime(), facts.mtime_nsec()),
            changed: (facts.ctime(), facts.ctime_nsec()),
        }
    }
}

/// The newest snapshot, as it was read from these two files.
#[derive(Debug)]
pub(super) struct KnownServed {
    pub(super) served: Served,
    amended: u32,
    entry: Stamp,
    manifest: Stamp,
}

/// The newest runs, as they were read of a folder with this stamp.
#[derive(Debug)]
pub(super) struct KnownRuns {
    stamp: Option<SystemTime>,
    /// When the stamp was first seen.
    since: Instant,
    /// Whether the folder cannot have changed under the stamp since it was listed.
    sure: bool,
    /// Newest first, with the names of their files.
    runs: Vec<(String, Arc<RunSummary>)>,
    /// Whether there are no older ones.
    all: bool,
}

impl Store {
    /// What readers of a product see; `None` before the first snapshot was published.
    ///
    /// Reads the manifest when it or its entry in the log is another file than the last time, and
    /// does not keep it in memory.
    pub fn served(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<Option<Served>, Error> {
        let number = self.newest_number(tenant, product)?;
        let place = (tenant.clone(), product.clone());
        if number == 0 {
            return Ok(None);
        }
        // Somebody reads it: no need to look at the files.
        if let Some(head) = locked(&self.shared.heads).get(&place)
            && head.number == number
        {
            return Ok(Some(Served::of(head)));
        }
        let folder = self.folder(tenant, product);
        let known = locked(&self.shared.served).get(&place).cloned();
        if let Some(known) = known
            && known.served.number == number
            && stamp(&layout::log_entry(&folder, number))? == Some(known.entry)
            && stamp(&layout::manifest(
                &folder,
                &known.served.snapshot,
                known.amended,
            ))? == Some(known.manifest)
        {
            return Ok(Some(known.served.clone()));
        }
        // Forgotten until it was read well: what cannot be read is tried again by the next look.
        locked(&self.shared.served).remove(&place);
        let entry = stamp(&layout::log_entry(&folder, number))?;
        let told = read_entry(&folder, number)?;
        let manifest = stamp(&layout::manifest(&folder, &told.snapshot, told.amended))?;
        let Some(published) = self.published_by(tenant, product, told)? else {
            return Ok(None);
        };
        let served = Served::of(&published);
        let mut all = locked(&self.shared.served);
        if let (Some(entry), Some(manifest)) = (entry, manifest)
            && all.len() < PLACES_MOST
        {
            let known = KnownServed {
                served: served.clone(),
                amended: published.amended,
                entry,
                manifest,
            };
            all.insert(place, Arc::new(known));
        }
        Ok(Some(served))
    }

    /// The newest runs, newest first, up to and with the first that `wanted` accepts; files that
    /// cannot be read are left out. Reads what it has not read before, as a run that was written
    /// down never changes.
    pub fn last_runs(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        wanted: impl Fn(&RunSummary) -> bool,
    ) -> Result<Vec<Arc<RunSummary>>, Error> {
        let place = (tenant.clone(), product.clone());
        let seen = Instant::now();
        let stamp = self.runs_changed(tenant, product)?;
        let known = locked(&self.shared.runs).get(&place).cloned();
        let same = known.as_ref().filter(|known| known.stamp == stamp);
        if let Some(known) = same.filter(|known| known.sure) {
            let runs = known.runs.iter().map(|(_, run)| run);
            let last = known.runs.iter().position(|(_, run)| wanted(run));
            match last {
                Some(last) => return Ok(runs.take(last + 1).cloned().collect()),
                None if known.all => return Ok(runs.cloned().collect()),
                None => {}
            }
        }
        let since = same.map_or(seen, |known| known.since);
        let folder = layout::runs(&self.folder(tenant, product));
        let mut found = KnownRuns {
            stamp,
            since,
            sure: seen - since >= STAMPS_STEP,
            runs: Vec::new(),
            all: true,
        };
        let before = known.as_ref().map_or(&[][..], |known| &known.runs);
        for name in history::records_in(&folder)?.into_iter().rev() {
            let run = match before.iter().find(|(known, _)| *known == name) {
                Some((_, run)) => Some(Arc::clone(run)),
                None => history::read(&folder.join(&name))?.map(|run| Arc::new(run.into())),
            };
            let Some(run) = run else {
                continue;
            };
            let last = wanted(&run);
            found.runs.push((name, run));
            if last {
                found.all = false;
                break;
            }
        }
        let runs = found.runs.iter().map(|(_, run)| Arc::clone(run)).collect();
        let mut all = locked(&self.shared.runs);
        if found.runs.len() <= KEPT && (all.len() < PLACES_MOST || all.contains_key(&place)) {
            all.insert(place, Arc::new(found));
        }
        Ok(runs)
    }

    /// Whatever was remembered of past runs is read again.
    pub(super) fn forget_runs(&self, tenant: &TenantId, product: &ProductName) {
        let place = (tenant.clone(), product.clone());
        locked(&self.shared.runs).remove(&place);
    }
}

fn stamp(path: &Path) -> Result<Option<Stamp>, Error> {
    match fs::metadata(path) {
        Ok(facts) => Ok(Some(Stamp::from(&facts))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk::failed("look at", path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    const SECOND: i64 = 1_000_000;

    fn run(started: i64, good: bool) -> RunRecord {
        let at = DateTime::from_timestamp_micros(1_790_000_000 * SECOND + started).unwrap();
        let ending = if good {
            Ending::Published {
                number: 1,
                snapshot: "one".to_owned(),
            }
        } else {
            Ending::Failed {
                reason: "no".to_owned(),
                passing: true,
            }
        };
        let table = |name: &str, refused: u64| {
            serde_json::from_value(serde_json::json!({
                "table": name, "outcome": "loaded", "read": 10, "served": 10 - refused,
                "quarantined": refused, "reasons": {}, "ignored_columns": [], "missing_columns": [],
                "source_files": 1, "source_bytes": 1, "milliseconds": 1,
            }))
        };
        let tables = vec![table("users", 1).unwrap(), table("courses", 3).unwrap()];
        RunRecord::new(at, at, ending, tables, Vec::new())
    }

    #[test]
    fn past_runs_are_read_once_and_a_new_one_is_seen_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Store::open(folder.path(), Clock::fixed(1_790_000_000 * SECOND)).unwrap();
        let (writer, store) = (open(), open());
        let (tenant, product) = ("acme".parse().unwrap(), "shop".parse().unwrap());
        let good = |run: &RunSummary| matches!(run.ending, Ending::Published { .. });
        let look = || store.last_runs(&tenant, &product, good).unwrap();
        let age = || {
            let mut all = locked(&store.shared.runs);
            let known = all.remove(&(tenant.clone(), product.clone())).unwrap();
            let mut known = Arc::into_inner(known).unwrap();
            known.since -= STAMPS_STEP;
            all.insert((tenant.clone(), product.clone()), Arc::new(known));
        };
        assert_eq!(look(), []);
        // Many within one step of the file system's clock: none is missed.
        for started in 0..50 {
            let record = run(started, started == 0);
            writer.remember(&tenant, &product, &record).unwrap();
            let runs = look();
            assert_eq!(runs.len(), usize::try_from(started).unwrap() + 1);
            assert_eq!(runs[0].started_at, record.started_at);
        }
        let newest = look().remove(0);
        assert_eq!((newest.read, newest.refused), (20, 4));
        assert_eq!(newest.worst.as_deref(), Some("courses"));

        // What was read is not read again, neither of a folder that may have changed
        let runs = layout::runs(&store.folder(&tenant, &product));
        let names = history::records_in(&runs).unwrap();
        fs::write(runs.join(&names[40]), "no record").unwrap();
        assert_eq!(look().len(), 50);
        // nor of one that cannot have.
        age();
        assert_eq!(look().len(), 50);
        assert!(locked(&store.shared.runs).values().all(|known| known.sure));
        assert_eq!(look().len(), 50);
        // Whoever wants older ones gets them, and a new one is seen all the same.
        let all = |of: &Store| of.last_runs(&tenant, &product, |_| false).unwrap().len();
        assert_eq!(all(&store), 50);
        writer.remember(&tenant, &product, &run(50, true)).unwrap();
        assert_eq!(look().len(), 1);
        // What is not needed is not kept: the one that cannot be read any more is left out.
        assert_eq!((all(&store), all(&open())), (50, 50));
    }
}
