//! Reading bytes that lie in compressed or plain files.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::sync::Error;

const BUFFER: usize = 1 << 17;

/// How a file is packed, by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    /// Splits a file name into the rest and how it is packed.
    pub(super) fn of(name: &str) -> (&str, Self) {
        let ends = |end: &str| {
            let at = name.len().checked_sub(end.len())?;
            let (rest, tail) = name.split_at_checked(at)?;
            tail.eq_ignore_ascii_case(end).then_some(rest)
        };
        if let Some(rest) = ends(".gz") {
            (rest, Self::Gzip)
        } else if let Some(rest) = ends(".zst") {
            (rest, Self::Zstd)
        } else {
            (name, Self::Plain)
        }
    }
}

/// Opens a file for reading its unpacked bytes.
pub(super) fn open(path: &Path, packing: Packing) -> Result<Box<dyn BufRead + Send>, Error> {
    let file = File::open(path).map_err(Error::read(path))?;
    let plain = BufReader::with_capacity(BUFFER, file);
    Ok(match packing {
        Packing::Plain => Box::new(plain),
        Packing::Gzip => Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(plain))),
        Packing::Zstd => {
            let unpacked = zstd::stream::read::Decoder::with_buffer(plain);
            let unpacked = unpacked.map_err(Error::read(path))?;
            Box::new(BufReader::with_capacity(BUFFER, unpacked))
        }
    })
}

/// Unpacks a file into `scratch`, for readers that must jump about in it.
pub(super) fn unpack(
    path: &Path,
    packing: Packing,
    scratch: &Path,
    most_bytes: u64,
) -> Result<PathBuf, Error> {
    let to = scratch.join(format!("unpacked-{:016x}", rand::random::<u64>()));
    let mut output = File::create(&to).map_err(Error::read(path))?;
    let mut input = open(path, packing)?.take(most_bytes.saturating_add(1));
    let bytes = std::io::copy(&mut input, &mut output).map_err(Error::read(path))?;
    if bytes > most_bytes {
        return Err(Error::TooLarge {
            file: super::files::shown(path),
            what: "unpacked file",
            most: most_bytes,
        });
    }
    output.flush().map_err(Error::read(path))?;
    Ok(to)
}
