//! The types that are stored as printed, from their binary form.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Message, malformed, read};
use crate::ident::Oid;
use crate::pg::printed::network::{Address, mac_text};
use crate::pg::printed::range::{Bound, Range, subtype};
use crate::pg::printed::{lsn_text, money, multirange};
use crate::pg::{Fault, types};

/// Flags of a range.
const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

/// What the type stores for the bytes of a value.
pub(super) fn value(kind: Oid, message: &mut Message<'_>) -> Result<String, Fault> {
    Ok(match kind {
        types::BIT | types::VARBIT => bits(message)?,
        types::INET => address("inet", message)?,
        types::CIDR => address("cidr", message)?,
        types::MACADDR => mac_text(&message.bytes::<6>()?),
        types::MACADDR8 => mac_text(&message.bytes::<8>()?),
        types::MONEY => money::text(message.int8()?),
        types::TID => {
            let block = message.int4()?.cast_unsigned();
            format!("({block},{})", u16::from_be_bytes(message.bytes()?))
        }
        types::PG_LSN => lsn_text(message.int8()?.cast_unsigned()),
        _ => match multirange::range_of(kind) {
            Some(kind) => {
                let mut ranges = Vec::new();
                for _ in 0..message.int4()? {
                    let bytes = sized(message)?;
                    ranges.push(whole(bytes, |message| range(kind, message))?);
                }
                multirange::text(&multirange::normal(ranges))
            }
            None => range(kind, message)?.text(),
        },
    })
}

/// The bytes after their count.
fn sized<'a>(message: &mut Message<'a>) -> Result<&'a [u8], Fault> {
    let size = usize::try_from(message.int4()?);
    message.take(size.map_err(|_| malformed("incorrect binary data format"))?)
}

/// Reads bytes to their end.
fn whole<T>(
    bytes: &[u8],
    read: impl FnOnce(&mut Message<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut message = Message {
        rest: bytes,
        charset: None,
    };
    let value = read(&mut message)?;
    match message.rest {
        [] => Ok(value),
        _ => Err(malformed("incorrect binary data format")),
    }
}

fn bits(message: &mut Message<'_>) -> Result<String, Fault> {
    let length = usize::try_from(message.int4()?)
        .map_err(|_| malformed("invalid length in external bit string"))?;
    let bytes = message.take(length.div_ceil(8))?;
    let mut text = String::with_capacity(length);
    for byte in bytes {
        write!(text, "{byte:08b}").map_err(|_| malformed("incorrect binary data format"))?;
    }
    text.truncate(length);
    Ok(text)
}

fn address(kind: &str, message: &mut Message<'_>) -> Result<String, Fault> {
    let wrong = |what: &str| malformed(&format!("invalid {what} in external \"{kind}\" value"));
    let [family, bits, _, size] = message.bytes()?;
    let most = match family {
        2 => 32,
        3 => 128,
        _ => return Err(wrong("address family")),
    };
    if bits > most {
        return Err(wrong("bits"));
    }
    if size != most / 8 {
        return Err(wrong("length"));
    }
    let host = match family {
        2 => Ipv4Addr::from(message.bytes::<4>()?).to_string(),
        _ => Ipv6Addr::from(message.bytes::<16>()?).to_string(),
    };
    let cidr = kind == "cidr";
    Address::read(&format!("{host}/{bits}"), cidr)
        .map(|address| address.text(cidr))
        .map_err(|_| {
            malformed("invalid external \"cidr\" value")
                .detail("Value has bits set to right of mask.")
        })
}

fn range(kind: Oid, message: &mut Message<'_>) -> Result<Range, Fault> {
    let Some(element) = subtype(kind) else {
        return Err(Fault::internal("a range of unknown elements"));
    };
    let [flags] = message.bytes()?;
    if flags & EMPTY != 0 {
        return Ok(Range::nothing(kind));
    }
    let mut bound = |infinite: u8, inclusive: u8| -> Result<Option<Bound>, Fault> {
        if flags & infinite != 0 {
            return Ok(None);
        }
        let value = read(element, sized(message)?, None)?;
        Bound::of(&value, element, 0, flags & inclusive != 0).map(Some)
    };
    let lower = bound(LOWER_INFINITE, LOWER_INCLUSIVE)?;
    let upper = bound(UPPER_INFINITE, UPPER_INCLUSIVE)?;
    Range::new(kind, lower, upper)
}
