//! Types that are stored as the text PostgreSQL prints: bit strings, network addresses, money, row
//! and log positions, ranges. They are rare in tables and common in literals, so one storage for
//! all is worth more than speed.
//!
//! The stored text is the printed form with the session's styles left at their defaults and the
//! zone at UTC, so that equal values of most types have equal texts; ranges compare by [`key`].

pub mod bits;
pub mod money;
pub mod multirange;
pub mod network;
mod position;
pub mod range;
pub mod snapshot;

use super::charset::Charset;
use super::search::document::Vector;
use super::search::query;
use super::text::Style;
use super::{Fault, Type, types};
use crate::ident::Oid;

/// Whether values of the type are stored as printed and known here.
pub fn known(kind: Oid) -> bool {
    matches!(
        kind,
        types::BIT
            | types::VARBIT
            | types::INET
            | types::CIDR
            | types::MACADDR
            | types::MACADDR8
            | types::MONEY
            | types::TID
            | types::PG_LSN
            | types::PG_SNAPSHOT
            | types::TXID_SNAPSHOT
            | types::TSVECTOR
            | types::TSQUERY
    ) || range::subtype(kind).is_some()
        || multirange::range_of(kind).is_some()
}

/// Reads a text as the type's input function does; the stored form.
pub fn read(kind: Type, text: &str, style: &Style, now: i64) -> Result<String, Fault> {
    match kind.oid {
        types::BIT | types::VARBIT => bits::read(text),
        types::INET | types::CIDR => network::Address::read(text, kind.oid == types::CIDR)
            .map(|address| address.text(kind.oid == types::CIDR)),
        types::MACADDR => network::read_mac(text),
        types::MACADDR8 => network::read_mac8(text),
        types::MONEY => money::read(text).map(money::text),
        types::TID => position::read_tid(text),
        types::PG_LSN => position::read_lsn(text).map(lsn_text),
        types::PG_SNAPSHOT | types::TXID_SNAPSHOT => {
            snapshot::Snapshot::read(text).map(|snapshot| snapshot.text())
        }
        types::TSVECTOR => Vector::read(text).map(|vector| vector.text()),
        types::TSQUERY => {
            let query = query::read(text)?;
            Ok(query.map(|query| query.text()).unwrap_or_default())
        }
        oid => match multirange::range_of(oid) {
            Some(range) => {
                let ranges = multirange::read(range, text, style, now)?;
                Ok(multirange::text(&ranges))
            }
            None => range::Range::read(oid, text, style, now).map(|range| range.text()),
        },
    }
}

/// Appends the text of a stored value in the session's style.
pub fn write(kind: Oid, stored: &str, style: &Style, out: &mut Vec<u8>) -> Result<(), Fault> {
    let styled = |range: Oid| {
        matches!(
            range::subtype(range),
            Some(types::DATE | types::TIMESTAMP | types::TIMESTAMPTZ)
        )
    };
    let text = match multirange::range_of(kind) {
        Some(range) if styled(range) => {
            let mut ranges = multirange::stored(range, stored)?;
            for range in &mut ranges {
                range.restyle(style)?;
            }
            multirange::text(&ranges)
        }
        None if styled(kind) => {
            let mut range = range::Range::stored(kind, stored)?;
            range.restyle(style)?;
            range.text()
        }
        _ => {
            out.extend_from_slice(stored.as_bytes());
            return Ok(());
        }
    };
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Appends bytes that compare as the values do.
pub fn key(kind: Oid, stored: &str, out: &mut Vec<u8>) -> Result<(), Fault> {
    match kind {
        types::BIT | types::VARBIT => bits::key(stored, out),
        types::INET | types::CIDR => network::Address::stored(stored)?.key(out),
        types::MACADDR | types::MACADDR8 => out.extend(network::octets(stored)),
        types::MONEY => {
            let biased = money::stored(stored)?.cast_unsigned() ^ (1 << 63);
            out.extend_from_slice(&biased.to_be_bytes());
        }
        types::TID => out.extend_from_slice(&position::tid_bytes(stored)?),
        types::PG_LSN => out.extend_from_slice(&lsn(stored)?.to_be_bytes()),
        // PostgreSQL does not compare them.
        types::PG_SNAPSHOT | types::TXID_SNAPSHOT => out.extend_from_slice(stored.as_bytes()),
        types::TSVECTOR => Vector::read(stored)?.key(out),
        types::TSQUERY => query::key(query::read(stored)?.as_ref(), out),
        _ => match multirange::range_of(kind) {
            Some(range) => {
                for range in multirange::stored(range, stored)? {
                    out.push(1);
                    range.key(out);
                }
                out.push(0);
            }
            None => range::Range::stored(kind, stored)?.key(out),
        },
    }
    Ok(())
}

/// Appends the binary form of a stored value; what is text in it is in a character set.
pub fn binary(
    kind: Oid,
    stored: &str,
    charset: Option<&Charset>,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    match kind {
        types::BIT | types::VARBIT => bits::binary(stored, out)?,
        types::INET | types::CIDR => {
            network::Address::stored(stored)?.binary(kind == types::CIDR, out);
        }
        types::MACADDR | types::MACADDR8 => out.extend(network::octets(stored)),
        types::MONEY => out.extend_from_slice(&money::stored(stored)?.to_be_bytes()),
        types::TID => out.extend_from_slice(&position::tid_bytes(stored)?),
        types::PG_LSN => out.extend_from_slice(&lsn(stored)?.to_be_bytes()),
        types::PG_SNAPSHOT | types::TXID_SNAPSHOT => {
            snapshot::Snapshot::read(stored)?.binary(out);
        }
        types::TSVECTOR => Vector::read(stored)?.binary(charset, out)?,
        types::TSQUERY => {
            let query = query::read(stored)?;
            let nodes = query.as_ref().map_or(0, query::Query::nodes);
            out.extend_from_slice(&i32::try_from(nodes).unwrap_or(i32::MAX).to_be_bytes());
            if let Some(query) = query {
                query.binary(charset, out)?;
            }
        }
        _ => match multirange::range_of(kind) {
            Some(range) => multirange::binary(&multirange::stored(range, stored)?, out)?,
            None => range::Range::stored(kind, stored)?.binary(out)?,
        },
    }
    Ok(())
}

/// The number behind a stored log position.
pub fn lsn(stored: &str) -> Result<u64, Fault> {
    position::read_lsn(stored)
}

/// A log position as it is printed.
pub fn lsn_text(position: u64) -> String {
    format!("{:X}/{:X}", position >> 32, position & 0xffff_ffff)
}

/// A fault for a stored text that was not written here.
fn broken(kind: &str) -> Fault {
    Fault::internal(format!("a stored {kind} is not of its form"))
}
