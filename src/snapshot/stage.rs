//! Staging: writing the files of a snapshot that is not published yet.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use chrono::{DateTime, Utc};
use ring::digest::SHA256;

use super::manifest::{FORMAT, hex};
use super::{
    ChangeLog, DeadRows, Error, FileEntry, Manifest, Moved, Published, Report, RowSet, RunLock,
    Store, Stored, TableChanges, TableEntry, TableWriter, Written, dead, disk,
    file_schema_fingerprint, layout,
};
use crate::ident::SnapshotId;

/// A snapshot being written. Dropped before it is sealed, it leaves nothing but its quarantine.
#[derive(Debug)]
pub struct Staging {
    store: Store,
    id: SnapshotId,
    parent: Option<Arc<Published>>,
    pub(super) lock: RunLock,
    pub(super) folder: PathBuf,
    pub(super) row_group_rows: usize,
    tables: BTreeMap<String, TableEntry>,
    changes: BTreeMap<String, TableChanges>,
    sealed: bool,
}

/// What the rows of a table were read from.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The state of the source; equal marks mean equal content, an empty one means nothing.
    pub mark: String,
    /// The latest change stamp read, in microseconds since 1970 UTC.
    pub watermark: Option<i64>,
    /// When all keys were last compared with the source's.
    pub complete_at: Option<DateTime<Utc>>,
    /// The undeclared columns that are served, which are the last ones of the files.
    pub extra: Vec<String>,
}

/// A snapshot that is complete and durable, but not published.
#[derive(Debug)]
pub struct Sealed {
    pub(super) manifest: Manifest,
    pub(super) manifest_sha256: String,
    pub(super) amended: u32,
}

impl Sealed {
    /// What it holds.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

impl Store {
    /// Begins a snapshot on top of the current one; its files get row groups of this many rows.
    pub fn stage(&self, lock: RunLock, row_group_rows: usize) -> Result<Staging, Error> {
        let folder = self.folder(&lock.tenant, &lock.product);
        let id = fresh_id(self.clock().now());
        disk::create_folder(&layout::snapshot(&folder, &id))?;
        Ok(Staging {
            store: self.clone(),
            parent: self.current(&lock.tenant, &lock.product)?,
            id,
            lock,
            folder,
            row_group_rows,
            tables: BTreeMap::new(),
            changes: BTreeMap::new(),
            sealed: false,
        })
    }
}

impl Staging {
    /// The snapshot's id.
    pub fn id(&self) -> &SnapshotId {
        &self.id
    }

    /// The snapshot that was current when this one was begun.
    pub fn parent(&self) -> Option<&Arc<Published>> {
        self.parent.as_ref()
    }

    /// A folder for files that are needed while staging only; gone afterwards.
    pub fn scratch(&self) -> Result<PathBuf, Error> {
        let path = layout::snapshot(&self.folder, &self.id).join("scratch");
        disk::create_folder(&path)?;
        Ok(path)
    }

    /// Begins the files of one table; `sorted` names the columns the rows come sorted by.
    pub fn write(
        &self,
        table: &str,
        schema: &SchemaRef,
        sorted: &[usize],
    ) -> Result<TableWriter, Error> {
        if self.tables.contains_key(table) {
            return Err(Error::Twice(table.to_owned()));
        }
        let folder = layout::snapshot(&self.folder, &self.id).join(table);
        let name = |part: usize| format!("part-{part:04}.parquet");
        Ok(TableWriter::new(self, table, folder, schema, sorted, name))
    }

    /// Begins files of rows that are added to an earlier snapshot's; see [`Staging::patch`].
    pub fn more(&self, table: &str, schema: &SchemaRef, sorted: &[usize]) -> TableWriter {
        let folder = layout::snapshot(&self.folder, &self.id).join(table);
        let name = |part: usize| format!("more-{part:04}.parquet");
        TableWriter::new(self, table, folder, schema, sorted, name)
    }

    /// Begins the one file that takes the place of an earlier one.
    pub(super) fn anew(
        &self,
        table: &str,
        at: usize,
        schema: &SchemaRef,
        sorted: &[usize],
    ) -> TableWriter {
        let folder = layout::snapshot(&self.folder, &self.id).join(table);
        let name = move |part: usize| format!("kept-{at:05}-{part:04}.parquet");
        let mut writer = TableWriter::new(self, table, folder, schema, sorted, name);
        writer.rows_per_part = u64::MAX;
        writer
    }

    /// Begins the file of one table's rows that no manifest names.
    pub(super) fn beside(&self, table: &str, folder: PathBuf, schema: &SchemaRef) -> TableWriter {
        let name = table.to_owned();
        let name = move |part: usize| match part {
            0 => format!("{name}.parquet"),
            part => format!("{name}-{part:04}.parquet"),
        };
        let mut writer = TableWriter::new(self, table, folder, schema, &[], name);
        writer.named_by_digest = true;
        writer
    }

    /// Adds a written table.
    pub fn add(&mut self, table: &str, written: Written, reading: Reading) -> Result<(), Error> {
        let fields = written.schema.fields();
        let declared = fields
            .iter()
            .take(fields.len().saturating_sub(reading.extra.len()));
        let declared: Vec<_> = declared.map(Arc::clone).collect();
        let schema = file_schema_fingerprint(&Schema::new(declared));
        let entry = self.entry(schema, written.files, reading);
        self.insert(table, entry)
    }

    /// Adds a table as an earlier snapshot has it, without some rows and with others. The earlier
    /// files are shared; those of which no row is left are not mentioned any more. `dead` has a
    /// set for each of the earlier files, with the rows that were dead before.
    pub fn patch(
        &mut self,
        table: &str,
        earlier: &TableEntry,
        dead: &[RowSet],
        more: Written,
        reading: Reading,
    ) -> Result<(), Error> {
        let mut files = Vec::new();
        for (at, (file, dead)) in earlier.files.iter().zip(dead).enumerate() {
            let before = file.dead.as_ref().map_or(0, |dead| dead.rows);
            if dead.len() == file.rows && file.rows > 0 {
                continue;
            }
            let mut file = file.clone();
            if dead.len() != before {
                file.dead = Some(self.write_dead(table, at, dead)?);
            }
            files.push(file);
        }
        // Somewhere the columns have to be.
        if more.rows() > 0 || files.is_empty() {
            files.extend(more.files);
        } else {
            self.discard(more)?;
        }
        let entry = self.entry(earlier.schema.clone(), files, reading);
        self.insert(table, entry)
    }

    /// The store it is staged in.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A table that was added.
    pub fn table(&self, table: &str) -> Option<&TableEntry> {
        self.tables.get(table)
    }

    /// Rows of a table that was added.
    pub fn rows(&self, table: &str) -> u64 {
        self.table(table).map_or(0, |entry| entry.rows)
    }

    /// The files of a table that was added, and which of their rows are dead.
    pub fn files(&self, table: &str) -> Result<Vec<(PathBuf, RowSet)>, Error> {
        let files = self.table(table).map_or(&[][..], |entry| &entry.files);
        let file = |file: &FileEntry| {
            // Those that are shared may not have been read yet.
            let path = self.folder.join(&file.path);
            self.store.verify_file(&path, file.bytes, &file.sha256)?;
            let dead = self.store.dead_rows_in(&self.folder, file)?;
            let none = || RowSet::none_of(file.rows);
            let dead = dead.map_or_else(none, |dead| (*dead).clone());
            Ok((path, dead))
        };
        files.iter().map(file).collect()
    }

    /// Removes files that no table was made of.
    pub fn discard(&self, written: Written) -> Result<(), Error> {
        for file in written.files {
            disk::remove_file(&self.folder.join(file.path))?;
        }
        Ok(())
    }

    fn entry(&self, schema: String, files: Vec<FileEntry>, reading: Reading) -> TableEntry {
        let dead = |file: &FileEntry| file.dead.as_ref().map_or(0, |dead| dead.rows);
        TableEntry {
            rows: files.iter().map(|file| file.rows - dead(file)).sum(),
            bytes: files.iter().map(|file| file.bytes).sum(),
            files,
            schema,
            mark: reading.mark,
            read_at: self.store.clock().now(),
            stale: false,
            watermark: reading.watermark,
            complete_at: reading.complete_at,
            extra: reading.extra,
        }
    }

    pub(super) fn write_dead(
        &self,
        table: &str,
        at: usize,
        dead: &RowSet,
    ) -> Result<DeadRows, Error> {
        let folder = layout::snapshot(&self.folder, &self.id).join(table);
        let name = move |part: usize| format!("dead-{at:04}-{part:04}.parquet");
        let schema = dead::schema();
        let mut writer = TableWriter::new(self, table, folder, &schema, &[0], name);
        writer.rows_per_part = u64::MAX;
        for batch in dead::batches(dead) {
            writer.append(&batch?)?;
        }
        let mut files = writer.finish()?.files.into_iter();
        let file = files.next().ok_or(Error::Twice(table.to_owned()))?;
        Ok(DeadRows {
            rows: file.rows,
            file: Stored {
                path: file.path,
                bytes: file.bytes,
                sha256: file.sha256,
            },
        })
    }

    /// Says what a table has other than in the parent, for the change log.
    pub fn changed(&mut self, table: &str, changes: TableChanges) {
        self.changes.insert(table.to_owned(), changes);
    }

    /// What of a table moved, as [`Staging::changed`] was told.
    pub(super) fn moved(&self, table: &str) -> Moved {
        let days = self.changes.get(table).map_or(&[][..], TableChanges::days);
        let mut sum = Moved::default();
        for moved in days.iter().flat_map(|day| day.causes.values()) {
            sum.added += moved.added;
            sum.removed += moved.removed;
            sum.changed += moved.changed;
        }
        sum
    }

    /// Adds a table as an earlier snapshot has it; the files are shared, not copied.
    pub fn link(&mut self, table: &str, entry: &TableEntry, stale: bool) -> Result<(), Error> {
        let entry = TableEntry {
            stale,
            ..entry.clone()
        };
        self.insert(table, entry)
    }

    fn insert(&mut self, table: &str, entry: TableEntry) -> Result<(), Error> {
        match self.tables.insert(table.to_owned(), entry) {
            None => Ok(()),
            Some(_) => Err(Error::Twice(table.to_owned())),
        }
    }

    /// Makes the snapshot durable: every file was synced when it was closed, now the folders and
    /// the manifest are.
    pub fn seal(mut self, mut report: Report) -> Result<(Sealed, RunLock), Error> {
        let snapshot = layout::snapshot(&self.folder, &self.id);
        disk::remove_folder(&snapshot.join("scratch"))?;
        report.changes = self.write_changes()?;
        let manifest = Manifest {
            format: FORMAT,
            tenant: self.lock.tenant.clone(),
            product: self.lock.product.clone(),
            id: self.id.clone(),
            parent: self.parent.as_ref().map(|parent| parent.id.clone()),
            tables: std::mem::take(&mut self.tables),
            report,
        };
        let path = layout::manifest(&self.folder, &self.id, 0);
        let bytes = disk::write_document(&path, &manifest)?;
        disk::sync_folder(&snapshot)?;
        disk::sync_folder(&layout::data(&self.folder))?;
        self.sealed = true;
        let lock = RunLock {
            tenant: self.lock.tenant.clone(),
            product: self.lock.product.clone(),
            file: self.lock.file.take(),
        };
        let manifest_sha256 = hex(ring::digest::digest(&SHA256, &bytes).as_ref());
        let sealed = Sealed {
            manifest,
            manifest_sha256,
            amended: 0,
        };
        Ok((sealed, lock))
    }

    fn write_changes(&mut self) -> Result<Option<Stored>, Error> {
        if self.changes.is_empty() {
            return Ok(None);
        }
        let log = ChangeLog {
            format: FORMAT,
            snapshot: self.id.clone(),
            parent: self.parent.as_ref().map(|parent| parent.id.clone()),
            tables: std::mem::take(&mut self.changes),
        };
        let path = layout::change_log(&self.folder, &self.id);
        let folder = layout::change_logs(&self.folder);
        disk::create_folder(&folder)?;
        let bytes = disk::write_document(&path, &log)?;
        disk::sync_folder(&folder)?;
        let shown = path.strip_prefix(&self.folder).unwrap_or(&path);
        Ok(Some(Stored {
            path: shown.to_string_lossy().into_owned(),
            bytes: bytes.len() as u64,
            sha256: hex(ring::digest::digest(&SHA256, &bytes).as_ref()),
        }))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.sealed
            && let Err(error) = disk::remove_folder(&layout::snapshot(&self.folder, &self.id))
        {
            // The next run's retention tries again.
            tracing::warn!(
                cause = crate::telemetry::chain(&error),
                "cannot remove a staged snapshot"
            );
        }
    }
}

fn fresh_id(now: DateTime<Utc>) -> SnapshotId {
    let text = format!(
        "{}Z-{:08x}",
        now.format("%Y%m%dT%H%M%S%3f"),
        rand::random::<u32>()
    );
    // The text has the shape by construction; a year past 9999 is the one way not to.
    text.parse()
        .unwrap_or_else(|_| fresh_id(DateTime::UNIX_EPOCH))
}
