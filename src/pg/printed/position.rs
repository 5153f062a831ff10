//! `tid` and `pg_lsn`.

use super::broken;
use crate::pg::Fault;
use crate::pg::text::scalar::invalid;

/// Reads `(block,offset)`.
pub(super) fn read_tid(text: &str) -> Result<String, Fault> {
    let parts = text
        .trim()
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .and_then(|inner| inner.split_once(','));
    let numbers = parts.and_then(|(block, offset)| {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        (digits(block) && digits(offset))
            .then(|| Some((block.parse::<u32>().ok()?, offset.parse::<u16>().ok()?)))
            .flatten()
    });
    match numbers {
        Some((block, offset)) => Ok(format!("({block},{offset})")),
        None => Err(invalid("tid", text)),
    }
}

/// The six bytes of a stored `tid`, which also compare as it does.
pub(super) fn tid_bytes(stored: &str) -> Result<Vec<u8>, Fault> {
    let inner = stored.trim_matches(['(', ')']);
    let (block, offset) = inner.split_once(',').ok_or_else(|| broken("tid"))?;
    let block: u32 = block.parse().map_err(|_| broken("tid"))?;
    let offset: u16 = offset.parse().map_err(|_| broken("tid"))?;
    Ok([block.to_be_bytes().as_slice(), &offset.to_be_bytes()].concat())
}

/// Reads `XXXXXXXX/XXXXXXXX`.
pub(super) fn read_lsn(text: &str) -> Result<u64, Fault> {
    let half = |part: &str| {
        ((1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit()))
            .then(|| u64::from_str_radix(part, 16).ok())
            .flatten()
    };
    text.split_once('/')
        .and_then(|(high, low)| Some(half(high)? << 32 | half(low)?))
        .ok_or_else(|| invalid("pg_lsn", text))
}
