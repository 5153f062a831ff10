//! Erasure: a person's rows leave every snapshot that can be read, the one that is held, and what is
//! kept beside them.
//!
//! No file is changed in place. Files that hold such rows are written once more without them, the
//! current snapshot is published anew, and earlier ones are *amended*: each gets a further manifest,
//! and its entry of the publish log is replaced by one that names it, which is the one moment the
//! snapshot changes. What is replaced goes as soon as nobody reads it. Killed in between, each
//! snapshot is as it was or as it shall be, and the same request goes on where it stopped.

mod beside;
mod rewrite;
mod survey;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::Path;

use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ring::digest::{SHA256, digest};

use self::rewrite::{Days, activity, amended, moved_up, rewrite};
use self::survey::survey;
use super::forget::Forgotten;
use super::ledger::{Erasure, From, Removed, keep_salt};
use super::manifest::hex;
use super::publish::{Held, Kind, LogEntry, read_entry};
use super::{
    Changes, DeadRows, Error, FORMAT, FileEntry, Manifest, Published, Report, Retired, RunLock,
    Staging, Store, TableChanges, disk, layout,
};
use crate::ident::SnapshotId;
use crate::schema::Product;

/// Rows looked at once.
const BATCH_ROWS: usize = 8_192;
/// Keys that one product may have to remember.
const KEYS_MOST: usize = 4 << 20;

/// A request to erase the row with a key, and what refers to it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What the request is called where it was made: the same name finishes what was begun.
    pub request: String,
    /// The table and its key column, as `table.column`.
    pub place: String,
    /// The key.
    pub value: String,
    /// Whether to say only what would go.
    pub dry: bool,
}

/// What an erasure did, or would do.
#[derive(Debug, Default)]
pub struct Erased {
    /// What goes from where.
    pub removed: Vec<Removed>,
    /// The number under which the current snapshot was published anew.
    pub published: Option<u64>,
    /// Earlier snapshots that were amended.
    pub amended: usize,
    /// The files that were removed, and how many snapshots are still read as they were: their files
    /// go with the next night.
    pub retired: Retired,
}

/// Positions in one file.
#[derive(Debug, Default, Clone)]
struct Touched {
    gone: Vec<u32>,
    emptied: Vec<u32>,
}

/// A snapshot as it stands now.
struct State {
    from: From,
    id: SnapshotId,
    /// Its numbers in the log.
    numbers: Vec<u64>,
    amended: u32,
    manifest: Manifest,
}

/// What is to be done.
struct Work<'a> {
    product: &'a Product,
    states: &'a [State],
    touched: &'a HashMap<String, Touched>,
    forgotten: &'a mut Forgotten,
    row_group_rows: usize,
}

/// What takes the place of what.
#[derive(Default)]
struct Replaced {
    files: HashMap<String, FileEntry>,
    dead: HashMap<String, Option<DeadRows>>,
}

impl Store {
    /// Erases a row and what refers to it, as the schema declares, from everything that is kept of a
    /// product, and keeps it from coming back. The new files get row groups of this many rows.
    ///
    /// # Errors
    /// What was done by then stays done; the same request again does the rest.
    pub fn erase(
        &self,
        lock: RunLock,
        product: &Product,
        asked: &Asked,
        row_group_rows: usize,
    ) -> Result<Erased, Error> {
        let folder = self.folder(&lock.tenant, &lock.product);
        let mut forgotten = self.forgotten(&lock.tenant, product)?;
        let unknown = || Error::NoKey(asked.place.clone());
        let digest = forgotten.digest_of_key(&asked.place, &asked.value);
        let digest = digest.ok_or_else(unknown)?;
        let known = self.erasures(&lock.tenant, &lock.product)?;
        let known = known.into_iter().find(|one| one.request == asked.request);
        if known
            .as_ref()
            .is_some_and(|one| (&one.place, &one.digest) != (&asked.place, &hex(&digest)))
        {
            return Err(Error::OtherKey(asked.request.clone()));
        }
        forgotten.ask(&asked.place, digest);
        let states = self.states(&lock)?;
        let touched = survey(&folder, product, &states, &mut forgotten)?;
        let mut removed = Vec::new();
        for state in &states {
            removed.extend(self.counted(&folder, state, &touched)?);
        }
        removed.extend(self.asides(&lock, product, &forgotten, false)?);
        removed.sort_unstable();
        removed.dedup();
        let mut erased = Erased {
            removed,
            ..Erased::default()
        };
        if asked.dry {
            return Ok(erased);
        }
        let mut erasure = known.unwrap_or_else(|| Erasure {
            format: FORMAT,
            request: asked.request.clone(),
            begun_at: self.clock().now(),
            finished_at: None,
            place: asked.place.clone(),
            digest: hex(&digest),
            removed: Vec::new(),
            keys: BTreeMap::new(),
        });
        // What an earlier attempt found is in the ledger already.
        for one in &erased.removed {
            let same = |known: &Removed| {
                (known.from, &known.snapshot, &known.table) == (one.from, &one.snapshot, &one.table)
            };
            if !erasure.removed.iter().any(same) {
                erasure.removed.push(one.clone());
            }
        }
        for (place, digests) in forgotten.take_grown() {
            let keys = erasure.keys.entry(place).or_default();
            keys.extend(digests.iter().map(|digest| hex(digest)));
            keys.sort_unstable();
        }
        // Before anything else: from here on no night brings the rows back.
        keep_salt(&folder, &forgotten)?;
        self.write_erasure(&lock, &erasure)?;
        let mut work = Work {
            product,
            states: &states,
            touched: &touched,
            forgotten: &mut forgotten,
            row_group_rows,
        };
        let lock = self.remove(lock, &mut work, &mut erased)?;
        erasure.finished_at = Some(self.clock().now());
        self.write_erasure(&lock, &erasure)?;
        self.sweep(&lock, &mut erased.retired)?;
        Ok(erased)
    }

    /// Everything that can be read, or may once be.
    fn states(&self, lock: &RunLock) -> Result<Vec<State>, Error> {
        let mut states: Vec<State> = Vec::new();
        for published in self.list(&lock.tenant, &lock.product)? {
            let same = |state: &&mut State| {
                (&state.id, state.amended) == (&published.id, published.amended)
            };
            match states.iter_mut().find(same) {
                Some(state) => state.numbers.push(published.number),
                None => states.push(State {
                    from: From::Snapshot,
                    id: published.id.clone(),
                    numbers: vec![published.number],
                    amended: published.amended,
                    manifest: published.manifest.clone(),
                }),
            }
        }
        let held = self.held_state(&lock.tenant, &lock.product)?;
        states.extend(held.map(|(held, manifest)| State {
            from: From::Held,
            id: held.snapshot,
            numbers: Vec::new(),
            amended: held.amended,
            manifest,
        }));
        Ok(states)
    }

    /// What one snapshot loses.
    fn counted(
        &self,
        folder: &Path,
        state: &State,
        touched: &HashMap<String, Touched>,
    ) -> Result<Vec<Removed>, Error> {
        let mut removed = Vec::new();
        for (table, entry) in &state.manifest.tables {
            let (mut rows, mut emptied, mut hidden) = (0, 0, false);
            for file in &entry.files {
                let Some(touched) = touched.get(&file.path) else {
                    continue;
                };
                let dead = self.dead_rows_in(folder, file)?;
                let live = |row: &&u32| dead.as_ref().is_none_or(|dead| !dead.contains(**row));
                rows += touched.gone.iter().filter(live).count() as u64;
                emptied += touched.emptied.iter().filter(live).count() as u64;
                hidden = true;
            }
            if hidden {
                removed.push(Removed {
                    from: state.from,
                    snapshot: state.id.to_string(),
                    table: table.clone(),
                    rows,
                    emptied,
                });
            }
        }
        Ok(removed)
    }

    /// Writes what has to be written and puts it in the place of what was there.
    fn remove(
        &self,
        lock: RunLock,
        work: &mut Work<'_>,
        erased: &mut Erased,
    ) -> Result<RunLock, Error> {
        let folder = self.folder(&lock.tenant, &lock.product);
        let current = self.current(&lock.tenant, &lock.product)?;
        self.asides(&lock, work.product, work.forgotten, true)?;
        if work.touched.is_empty() {
            self.adopt_held(&lock)?;
            return Ok(lock);
        }
        let mut staging = self.stage(lock, work.row_group_rows)?;
        let mut changes: BTreeMap<String, TableChanges> = BTreeMap::new();
        let replaced = self.rewritten(&staging, work, current.as_deref(), &mut changes)?;
        let mut renewed = None;
        if let Some(current) = &current
            && let Some(manifest) = amended(&current.manifest, &replaced)
        {
            for (name, entry) in &manifest.tables {
                staging.link(name, entry, entry.stale)?;
            }
            for (name, changes) in changes {
                staging.changed(&name, changes);
            }
            renewed = Some(self.report(current, &manifest, &staging));
        }
        let report = renewed.clone().unwrap_or_else(|| Report {
            started_at: self.clock().now(),
            finished_at: self.clock().now(),
            tables: Vec::new(),
            changes: None,
        });
        let (sealed, lock) = staging.seal(report)?;
        if let (Some(current), Some(_)) = (&current, renewed) {
            let before = Some(current.id.clone());
            let published = self.publish_as(sealed, current.number, before, Kind::Erased)?;
            erased.published = Some(published.number);
        }
        for state in work.states {
            if let Some(manifest) = amended(&state.manifest, &replaced) {
                self.amend(&folder, state, &manifest)?;
                erased.amended += 1;
            }
        }
        self.adopt_held(&lock)?;
        Ok(lock)
    }

    /// Lets a held snapshot follow the current one, when that is the one it was compared with less
    /// what was erased.
    fn adopt_held(&self, lock: &RunLock) -> Result<(), Error> {
        let log = self.log(&lock.tenant, &lock.product)?;
        let newest = log.into_iter().next_back();
        let Some(newest) = newest.filter(|newest| newest.kind == Kind::Erased) else {
            return Ok(());
        };
        let held = self.states(lock)?.into_iter();
        for mut state in held.filter(|state| state.from == From::Held) {
            if state.manifest.parent == newest.predecessor {
                state.manifest.parent = Some(newest.snapshot.clone());
                let folder = self.folder(&lock.tenant, &lock.product);
                self.amend(&folder, &state, &state.manifest)?;
            }
        }
        Ok(())
    }

    /// Writes the files that hold affected rows once more, and the positions in them.
    fn rewritten(
        &self,
        staging: &Staging,
        work: &mut Work<'_>,
        current: Option<&Published>,
        changes: &mut BTreeMap<String, TableChanges>,
    ) -> Result<Replaced, Error> {
        let folder = staging.folder.clone();
        let mut replaced = Replaced::default();
        let mut next = 0;
        for state in work.states {
            for (table, entry) in &state.manifest.tables {
                for file in &entry.files {
                    let Some(touched) = work.touched.get(&file.path) else {
                        continue;
                    };
                    next += 1;
                    if !replaced.files.contains_key(&file.path) {
                        let served = current.and_then(|current| {
                            let mut files = current.table(table)?.files.iter();
                            files.find(|one| one.path == file.path)
                        });
                        let mut days = Days {
                            activity: activity(work.product, table),
                            dead: match served {
                                Some(served) => self.dead_rows_in(&folder, served)?,
                                None => None,
                            },
                            changes: served.map(|_| TableChanges::default()),
                        };
                        let anew = rewrite(staging, table, file, next, work.forgotten, &mut days)?;
                        if let Some(found) = days.changes.filter(|found| !found.is_empty()) {
                            let all = changes.entry(table.clone()).or_default();
                            for one in found.days() {
                                for (cause, moved) in &one.causes {
                                    all.count(one.day, *cause, *moved);
                                }
                            }
                        }
                        replaced.files.insert(file.path.clone(), anew);
                    }
                    if let Some(dead) = &file.dead
                        && !replaced.dead.contains_key(&dead.file.path)
                    {
                        let rows = self.dead_rows_in(&folder, file)?;
                        let left = rows.map(|rows| moved_up(&rows, file.rows, &touched.gone));
                        let anew = match left.filter(|left| !left.is_empty()) {
                            Some(left) => Some(staging.write_dead(table, next, &left)?),
                            None => None,
                        };
                        replaced.dead.insert(dead.file.path.clone(), anew);
                    }
                }
            }
        }
        Ok(replaced)
    }

    /// What the current snapshot's report says once rows were erased from it.
    fn report(&self, current: &Published, manifest: &Manifest, staging: &Staging) -> Report {
        let mut report = current.manifest.report.clone();
        report.finished_at = self.clock().now();
        report.changes = None;
        for table in &mut report.tables {
            let before = current.table(&table.table).map_or(0, |entry| entry.rows);
            let after = manifest
                .tables
                .get(&table.table)
                .map_or(0, |entry| entry.rows);
            let moved = staging.moved(&table.table);
            table.erased += before - after;
            table.served = after;
            table.changes = Some(Changes {
                updated: moved.changed,
                deleted: moved.removed,
                ..Changes::default()
            });
        }
        report
    }

    /// Gives a snapshot another manifest.
    fn amend(&self, folder: &Path, state: &State, manifest: &Manifest) -> Result<(), Error> {
        let snapshot = layout::snapshot(folder, &state.id);
        let names = disk::names(&snapshot)?;
        let times = names
            .iter()
            .filter_map(|name| layout::manifest_amended(name));
        let amended = times.max().unwrap_or(0) + 1;
        let path = layout::manifest(folder, &state.id, amended);
        let bytes = disk::write_document(&path, manifest)?;
        disk::sync_folder(&snapshot)?;
        let manifest_sha256 = hex(digest(&SHA256, &bytes).as_ref());
        for number in &state.numbers {
            let entry = LogEntry {
                manifest_sha256: manifest_sha256.clone(),
                amended,
                ..read_entry(folder, *number)?
            };
            disk::replace_document(&layout::log_entry(folder, *number), &entry)?;
        }
        if state.from == From::Held
            && let Some((mut held, _)) = disk::read_document::<Held>(&layout::held(folder))?
        {
            held.manifest_sha256 = manifest_sha256;
            held.amended = amended;
            disk::replace_document(&layout::held(folder), &held)?;
        }
        Ok(())
    }
}

fn opened(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, Error> {
    let file = File::open(path).map_err(disk::failed("open", path))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|_| unreadable(path))
}

fn unreadable(path: &Path) -> Error {
    Error::Damaged {
        path: disk::shown(path),
        reason: "it is no Parquet file any more",
    }
}

fn rows_of(path: &Path) -> impl FnOnce(ArrowError) -> Error {
    let path = disk::shown(path);
    move |source| Error::Rows { path, source }
}
