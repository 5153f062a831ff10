//! Published files as they are read: no byte leaves before it was compared with a checksum.
//!
//! The digest in the manifest says once per process whether a file is what was published. A disk can
//! change it afterwards, and a server reads the same file for weeks; so while the digest is computed
//! a checksum of each block is kept, and every read is compared with those of the blocks it touches.
//! Memory: four bytes for each 64 KiB of the files that were read. CRC-32 finds every change of up
//! to 32 neighbouring bits; the digest, which finds any, is computed again once something was found.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::{Error, Store, disk, locked};

/// Bytes that one checksum stands for.
const BLOCK: usize = 64 << 10;

/// The checksums of a file.
pub(super) struct Blocks {
    bytes: u64,
    sums: Vec<u32>,
}

/// Makes the checksums of what passes by.
pub(super) struct Summing {
    sum: flate2::Crc,
    filled: usize,
    blocks: Blocks,
}

impl Summing {
    pub(super) fn new() -> Self {
        Self {
            sum: flate2::Crc::new(),
            filled: 0,
            blocks: Blocks {
                bytes: 0,
                sums: Vec::new(),
            },
        }
    }

    pub(super) fn add(&mut self, mut bytes: &[u8]) {
        self.blocks.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let room = (BLOCK - self.filled).min(bytes.len());
            let (now, later) = bytes.split_at(room);
            self.sum.update(now);
            self.filled += room;
            if self.filled == BLOCK {
                self.close();
            }
            bytes = later;
        }
    }

    fn close(&mut self) {
        self.blocks.sums.push(self.sum.sum());
        self.sum.reset();
        self.filled = 0;
    }

    pub(super) fn finish(mut self) -> Blocks {
        if self.filled > 0 {
            self.close();
        }
        self.blocks
    }
}

/// A published file that was compared with its digest, open for reading.
pub struct CheckedFile {
    store: Store,
    path: PathBuf,
    file: File,
    blocks: Arc<Blocks>,
}

impl fmt::Debug for CheckedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckedFile({})", disk::shown(&self.path))
    }
}

impl Store {
    /// Opens a file that was compared with its digest, or written, by this process.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it was not, or was found damaged since.
    pub fn open_checked(&self, path: &Path) -> Result<CheckedFile, Error> {
        let known = locked(&self.shared.verified).get(path).map(Arc::clone);
        let blocks = known.ok_or_else(|| Error::Damaged {
            path: disk::shown(path),
            reason: "it is not known to be as it was published",
        })?;
        Ok(CheckedFile {
            store: self.clone(),
            file: File::open(path).map_err(disk::failed("open", path))?,
            path: path.to_owned(),
            blocks,
        })
    }

    /// Remembers the checksums of a file that was just written.
    pub(super) fn wrote(&self, path: &Path, blocks: Blocks) {
        locked(&self.shared.verified).insert(path.to_owned(), Arc::new(blocks));
    }

    /// The files of all snapshots for readers that know stores of objects; nothing can be written.
    pub fn files(&self) -> CheckedFiles {
        CheckedFiles {
            store: self.clone(),
            names: Arc::new(LocalFileSystem::new()),
        }
    }
}

impl CheckedFile {
    /// Some bytes of it.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a block they are part of is another one than was published.
    pub fn read(&self, range: Range<u64>) -> Result<Bytes, Error> {
        let block = BLOCK as u64;
        if range.start > range.end || range.end > self.blocks.bytes {
            return Err(self.damaged("it is shorter than its metadata says"));
        }
        let first = range.start / block;
        let (from, to) = (
            first * block,
            (range.end.div_ceil(block) * block).min(self.blocks.bytes),
        );
        let length = usize::try_from(to.saturating_sub(from));
        let mut buffer = vec![0; length.map_err(|_| self.damaged("it is too large"))?];
        match self.file.read_exact_at(&mut buffer, from) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.damaged("its size is not the published one"));
            }
            Err(error) => return Err(disk::failed("read", &self.path)(error)),
        }
        let first = usize::try_from(first).map_err(|_| self.damaged("it is too large"))?;
        let sums = self.blocks.sums.iter().skip(first);
        for (part, said) in buffer.chunks(BLOCK).zip(sums) {
            let mut sum = flate2::Crc::new();
            sum.update(part);
            if sum.sum() != *said {
                return Err(self.damaged("it changed after it was published"));
            }
        }
        let within = |at: u64| usize::try_from(at - from).unwrap_or(usize::MAX);
        Ok(Bytes::from(buffer).slice(within(range.start)..within(range.end)))
    }

    /// Says what was found, and forgets that the file was right: it is looked at anew, whole, before
    /// anybody reads it again.
    fn damaged(&self, reason: &'static str) -> Error {
        let path = disk::shown(&self.path);
        tracing::error!(path, reason, "a published file is damaged");
        locked(&self.store.shared.verified).remove(&self.path);
        let error = Error::Damaged { path, reason };
        self.store.note_damage(&self.path, &error);
        error
    }
}

impl Length for CheckedFile {
    fn len(&self) -> u64 {
        self.blocks.bytes
    }
}

impl ChunkReader for CheckedFile {
    type T = CheckedReader;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let file = self.file.try_clone()?;
        Ok(CheckedReader {
            file: Self {
                store: self.store.clone(),
                path: self.path.clone(),
                file,
                blocks: Arc::clone(&self.blocks),
            },
            at: start,
            ready: Bytes::new(),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.saturating_add(length as u64);
        let read = self.read(start..end);
        read.map_err(|error| ParquetError::External(Box::new(error)))
    }
}

/// Reads on from some place of a file.
#[derive(Debug)]
pub struct CheckedReader {
    file: CheckedFile,
    /// What comes after the bytes that are ready.
    at: u64,
    ready: Bytes,
}

impl Read for CheckedReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ready.is_empty() {
            // To the end of the block: what is read is checked in whole blocks anyhow.
            let block = BLOCK as u64;
            let end = ((self.at / block + 1) * block).min(self.file.blocks.bytes);
            let ready = self.file.read(self.at.min(end)..end);
            self.ready = ready.map_err(io::Error::other)?;
            self.at = end;
        }
        let length = into.len().min(self.ready.len());
        let now = self.ready.split_to(length);
        for (to, byte) in into.iter_mut().zip(&now) {
            *to = *byte;
        }
        Ok(length)
    }
}

/// All files of a [`Store`] that were compared with their digests, read-only.
#[derive(Debug, Clone)]
pub struct CheckedFiles {
    store: Store,
    /// Knows which location means which file.
    names: Arc<LocalFileSystem>,
}

impl fmt::Display for CheckedFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("snapshots")
    }
}

type Answer<T> = object_store::Result<T>;

fn refused<T>(operation: &str) -> Answer<T> {
    Err(object_store::Error::NotImplemented {
        operation: operation.to_owned(),
        implementer: "snapshots".to_owned(),
    })
}

fn generic(error: impl std::error::Error + Send + Sync + 'static) -> object_store::Error {
    object_store::Error::Generic {
        store: "snapshots",
        source: Box::new(error),
    }
}

impl CheckedFiles {
    async fn read(&self, location: &Location, ranges: Vec<Range<u64>>) -> Answer<Vec<Bytes>> {
        let path = self.names.path_to_filesystem(location)?;
        let store = self.store.clone();
        let work = move || {
            let file = store.open_checked(&path)?;
            let ranges = ranges.into_iter();
            ranges.map(|range| file.read(range)).collect()
        };
        let read: Result<Vec<Bytes>, Error> = match tokio::task::spawn_blocking(work).await {
            Ok(read) => read,
            Err(error) => return Err(generic(error)),
        };
        read.map_err(generic)
    }
}

#[async_trait]
impl ObjectStore for CheckedFiles {
    async fn get_opts(&self, location: &Location, options: GetOptions) -> Answer<GetResult> {
        let path = self.names.path_to_filesystem(location)?;
        let blocks = self.store.open_checked(&path).map_err(generic)?.blocks;
        let range = match &options.range {
            Some(range) => range.as_range(blocks.bytes).map_err(generic)?,
            None => 0..blocks.bytes,
        };
        let wanted = if options.head { 0..0 } else { range.clone() };
        let bytes = self.read(location, vec![wanted]).await?;
        let bytes = stream::iter(bytes.into_iter().map(Ok)).boxed();
        Ok(GetResult {
            payload: GetResultPayload::Stream(bytes),
            meta: ObjectMeta {
                location: location.clone(),
                // A file that was published never changes.
                last_modified: chrono::DateTime::UNIX_EPOCH,
                size: blocks.bytes,
                e_tag: None,
                version: None,
            },
            range,
            attributes: Attributes::default(),
        })
    }

    async fn get_ranges(&self, location: &Location, ranges: &[Range<u64>]) -> Answer<Vec<Bytes>> {
        self.read(location, ranges.to_vec()).await
    }

    async fn put_opts(&self, _: &Location, _: PutPayload, _: PutOptions) -> Answer<PutResult> {
        refused("put")
    }

    async fn put_multipart_opts(
        &self,
        _: &Location,
        _: PutMultipartOptions,
    ) -> Answer<Box<dyn MultipartUpload>> {
        refused("put")
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, Answer<Location>>,
    ) -> BoxStream<'static, Answer<Location>> {
        stream::once(async { refused("delete") }).boxed()
    }

    fn list(&self, _: Option<&Location>) -> BoxStream<'static, Answer<ObjectMeta>> {
        stream::once(async { refused("list") }).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Location>) -> Answer<ListResult> {
        refused("list")
    }

    async fn copy_opts(&self, _: &Location, _: &Location, _: CopyOptions) -> Answer<()> {
        refused("copy")
    }
}
