//! A folder of exported files: per table one file, or a folder of parts.
//!
//! `<table>.{csv,ndjson,jsonl,parquet}[.gz|.zst]` or `<table>/<part>.…`; the table's name in any
//! spelling the product declares. Names that begin with `.` or `_` are not looked at, and links are
//! refused: a source may not lead elsewhere.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use ring::digest::{Context, Digest, SHA256};
use rustix::fs::{OFlags, fstatfs};

use super::lines::{self, Packing};
use super::{
    Abilities, Ask, Batches, Found, Place, RawBatch, Source, Survey, csv, ndjson, parquet,
};
use crate::clock::Clock;
use crate::config::limits::SyncLimits;
use crate::schema::{Product, Table};
use crate::sync::Error;
use crate::threads::by_two;

/// How [`Mark`] is made; a change here or in how values are converted reads every table anew.
const READING_VERSION: &str = "2";

/// Exported files under one folder.
#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
    limits: SyncLimits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Ndjson,
    Parquet,
}

impl Files {
    pub(super) fn new(root: &Path, limits: &SyncLimits) -> Self {
        Self {
            root: root.to_owned(),
            limits: limits.clone(),
        }
    }
}

#[async_trait]
impl Source for Files {
    async fn survey(&self, product: &Product) -> Result<Survey, Error> {
        let mut survey = Survey::default();
        for (table, files) in self.listed(product, &mut survey.unknown)? {
            survey.add(table, found(table, &files)?)?;
        }
        Ok(survey)
    }

    async fn read(
        &self,
        _table: &Table,
        found: &Found,
        ask: Ask,
        scratch: &Path,
    ) -> Result<Batches, Error> {
        let (Ask::Everything, Place::Files(files)) = (ask, &found.place) else {
            return Err(Error::Broken);
        };
        let (limits, scratch) = (self.limits.clone(), scratch.to_owned());
        let root = self.root.clone();
        let files = files.clone().into_iter();
        let batches =
            files.flat_map(
                move |file| match read_file(&root, &file.path, &limits, &scratch) {
                    Ok(batches) => batches,
                    Err(error) => Box::new(std::iter::once(Err(error))),
                },
            );
        Ok(futures::stream::iter(batches).boxed())
    }

    async fn settle(&self, product: &Product, survey: &Survey) -> Result<(), Error> {
        let mut now = Survey::default();
        for (table, files) in self.listed(product, &mut now.unknown)? {
            let before = survey.tables.get(table.name.as_str());
            // Whoever writes to a file changes its stamps.
            let same = before.filter(|before| before.place.untouched(&files));
            let found = same.map_or_else(|| found(table, &files), |same| Ok(same.clone()));
            now.add(table, found?)?;
        }
        survey.same_as(&now)
    }
}

impl Files {
    /// The declared tables that are there, each with its files; names of what means none.
    fn listed<'p>(
        &self,
        product: &'p Product,
        unknown: &mut Vec<String>,
    ) -> Result<Vec<(&'p Table, Vec<PathBuf>)>, Error> {
        let mut listed = Vec::new();
        for (name, path, folder) in entries(&self.root)? {
            let stem = if folder {
                Some(name.as_str())
            } else {
                format(&name).map(|(stem, ..)| stem)
            };
            let mut tables = product.tables.iter();
            let table = stem.and_then(|stem| tables.find(|table| table.answers_to(stem)));
            let Some(table) = table else {
                unknown.push(name);
                continue;
            };
            let files = if folder {
                parts(&path, &self.limits)?
            } else {
                vec![path]
            };
            if !files.is_empty() {
                listed.push((table, files));
            }
        }
        Ok(listed)
    }
}

/// A file, and what its file system says of it.
#[derive(Debug, Clone)]
pub(super) struct Exported {
    path: PathBuf,
    stamps: Stamps,
    /// Whether the stamps were old enough when they were read: whatever is written later gets others.
    settled: bool,
}

/// Device, inode, bytes, and the moments of the last write and the last change in nanoseconds.
type Stamps = (u64, u64, u64, i128, i128);

/// Stamps that are younger say little: clocks of file systems stand still for up to two seconds, and
/// what is written through memory is stamped when it goes to the disk, half a minute later.
const YOUNG: Duration = Duration::from_secs(40);

impl Exported {
    fn new(path: PathBuf) -> io::Result<Self> {
        // File systems stamp by the machine's clock.
        let now = i128::from(Clock::system().micros()) * 1_000;
        let (stamps, local) = stamps(&path)?;
        let (.., changed) = stamps;
        let young = i128::try_from(YOUNG.as_nanos()).unwrap_or(i128::MAX);
        Ok(Self {
            path,
            stamps,
            settled: local && now - changed >= young,
        })
    }

    /// Whether the file is the one it was, and nothing was written to it.
    fn untouched(&self, path: &Path) -> bool {
        let same = |path| stamps(path).is_ok_and(|(now, _)| now == self.stamps);
        self.settled && self.path == path && same(path)
    }
}

/// The stamps of a file, and whether they are those of this machine's own file system: others may
/// tell what they knew a while ago.
fn stamps(path: &Path) -> io::Result<(Stamps, bool)> {
    let file = fs::OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)?;
    let found = file.metadata()?;
    let nanoseconds =
        |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    let stamps = (
        found.dev(),
        found.ino(),
        found.size(),
        nanoseconds(found.mtime(), found.mtime_nsec()),
        nanoseconds(found.ctime(), found.ctime_nsec()),
    );
    Ok((stamps, LOCAL.contains(&fstatfs(&file)?.f_type)))
}

/// The magic numbers of file systems whose stamps are trusted (statfs(2)): ext4, XFS, Btrfs, F2FS, ZFS,
/// tmpfs and overlays of these.
const LOCAL: [i64; 7] = [
    0xef53,
    0x5846_5342,
    0x9123_683e,
    0xf2f5_2010,
    0x2fc1_2fc1,
    0x0102_1994,
    0x794c_7630,
];

impl Place {
    /// Whether these are the files, as they were.
    fn untouched(&self, files: &[PathBuf]) -> bool {
        let Self::Files(before) = self else {
            return false;
        };
        let mut both = before.iter().zip(files);
        before.len() == files.len() && both.all(|(before, file)| before.untouched(file))
    }
}

/// The batches of one file.
pub(super) type FileBatches = Box<dyn Iterator<Item = Result<RawBatch, Error>> + Send>;

/// The last two parts of a path: enough to find a source file, without where the source is.
pub(in crate::sync) fn shown(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    let from = parts.len().saturating_sub(2);
    parts.get(from..).unwrap_or_default().join("/")
}

/// What lies in a folder and may be data, by name: name, path, whether it is a folder.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf, bool)>, Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::read(folder))? {
        let entry = entry.map_err(Error::read(folder))?;
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with(['.', '_']) {
            continue;
        }
        let kind = entry.file_type().map_err(Error::read(&path))?;
        if !kind.is_dir() && !kind.is_file() {
            return Err(Error::NotAFile { file: shown(&path) });
        }
        found.push((name, path, kind.is_dir()));
    }
    found.sort_unstable();
    Ok(found)
}

fn parts(folder: &Path, limits: &SyncLimits) -> Result<Vec<PathBuf>, Error> {
    let mut parts = Vec::new();
    for (name, path, is_folder) in entries(folder)? {
        if is_folder || format(&name).is_none() {
            return Err(Error::UnknownFormat { file: shown(&path) });
        }
        parts.push(path);
    }
    if parts.len() > limits.files_per_table {
        return Err(Error::TooLarge {
            file: shown(folder),
            what: "number of parts",
            most: limits.files_per_table as u64,
        });
    }
    Ok(parts)
}

/// Takes a file name apart: stem, format, packing.
pub(super) fn format(name: &str) -> Option<(&str, Format, Packing)> {
    let (name, packing) = Packing::of(name);
    let (stem, end) = name.rsplit_once('.')?;
    let format = match end.to_ascii_lowercase().as_str() {
        "csv" => Format::Csv,
        "ndjson" | "jsonl" => Format::Ndjson,
        "parquet" => Format::Parquet,
        _ => return None,
    };
    (!stem.is_empty()).then_some((stem, format, packing))
}

/// Tells states of a table apart: its declaration and whatever is added.
pub(super) struct Mark(Context);

impl Mark {
    pub(super) fn new(table: &Table) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(READING_VERSION.as_bytes());
        context.update(table.fingerprint().as_bytes());
        Self(context)
    }

    /// Adds a part; where it ends counts.
    pub(super) fn add(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    pub(super) fn finish(self) -> String {
        let mut hex = String::new();
        for byte in self.0.finish().as_ref() {
            // Writing to a String cannot fail.
            let _infallible = write!(hex, "{byte:02x}");
        }
        hex
    }
}

/// Digests every byte of the files of a table.
fn found(table: &Table, files: &[PathBuf]) -> Result<Found, Error> {
    let mut mark = Mark::new(table);
    let mut total = 0_u64;
    let mut exported = Vec::with_capacity(files.len());
    for path in files {
        exported.push(Exported::new(path.clone()).map_err(Error::read(path))?);
        mark.add(shown(path).as_bytes());
        let (digests, bytes) = digests(path).map_err(Error::read(path))?;
        for digest in digests {
            mark.add(digest.as_ref());
        }
        mark.0.update(&bytes.to_le_bytes());
        total += bytes;
    }
    Ok(Found {
        parts: files.len() as u64,
        place: Place::Files(exported),
        bytes: total,
        rows: None,
        columns: None,
        mark: Some(mark.finish()),
        abilities: Abilities::default(),
    })
}

/// Bytes of a file that have a digest of their own.
const PIECE_BYTES: u64 = 32 << 20;

/// The digests of the pieces of a file, and its bytes. Large files have so many pieces that threads
/// share them.
fn digests(path: &Path) -> io::Result<(Vec<Digest>, u64)> {
    let file = fs::File::open(path)?;
    let bytes = file.metadata()?.len();
    let pieces = bytes.div_ceil(PIECE_BYTES);
    let piece = |piece| digest(&file, piece * PIECE_BYTES);
    Ok((by_two(pieces > 1, 0..pieces, piece)?, bytes))
}

/// The digest of the piece of a file that begins somewhere.
fn digest(file: &fs::File, from: u64) -> io::Result<Digest> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 20];
    let (mut at, end) = (from, from + PIECE_BYTES);
    while at < end {
        let most = usize::try_from(end - at)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = file.read_at(buffer.get_mut(..most).unwrap_or_default(), at)?;
        if read == 0 {
            break;
        }
        context.update(buffer.get(..read).unwrap_or_default());
        at += read as u64;
    }
    Ok(context.finish())
}

fn read_file(
    root: &Path,
    path: &Path,
    limits: &SyncLimits,
    scratch: &Path,
) -> Result<FileBatches, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some((_, format, packing)) = format(&name) else {
        return Err(Error::UnknownFormat { file: shown(path) });
    };
    let from_root = path.strip_prefix(root).unwrap_or(path);
    let file = Arc::from(from_root.to_string_lossy());
    batches(path, format, packing, file, limits, scratch)
}

/// The batches of a file, named `file` for people. It stays readable when its path is removed.
pub(super) fn batches(
    path: &Path,
    format: Format,
    packing: Packing,
    file: Arc<str>,
    limits: &SyncLimits,
    scratch: &Path,
) -> Result<FileBatches, Error> {
    Ok(match format {
        Format::Csv => match csv::Reader::open(lines::open(path, packing)?, file, limits)? {
            Some(reader) => Box::new(reader),
            None => Box::new(std::iter::empty()),
        },
        Format::Ndjson => Box::new(ndjson::Reader::open(
            lines::open(path, packing)?,
            file,
            limits,
        )),
        Format::Parquet if packing == Packing::Plain => {
            Box::new(parquet::Reader::open(path, file, limits)?)
        }
        Format::Parquet => {
            let plain = lines::unpack(path, packing, scratch, limits.spill_bytes)?;
            let reader = parquet::Reader::open(&plain, file, limits)?;
            // The open file stays readable; the name is not needed any more.
            fs::remove_file(&plain).map_err(Error::read(&plain))?;
            Box::new(reader)
        }
    })
}
