//! `inet`, `cidr`, `macaddr` and `macaddr8`.

use std::net::Ipv6Addr;

use super::broken;
use crate::pg::text::scalar::invalid;
use crate::pg::{Fault, SqlState};

/// An address with the length of its network's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// 4 bytes or 16.
    pub octets: Vec<u8>,
    /// How many of the first bits are the network's.
    pub bits: u8,
}

impl Address {
    /// Reads an `inet`, or a `cidr`.
    pub fn read(text: &str, cidr: bool) -> Result<Self, Fault> {
        let kind = if cidr { "cidr" } else { "inet" };
        let address = if text.contains(':') {
            Self::read_six(text)
        } else {
            Self::read_four(text, cidr)
        };
        let address = address.ok_or_else(|| invalid(kind, text))?;
        if cidr && !address.host_is_zero() {
            return Err(Fault::new(
                SqlState::INVALID_TEXT_REPRESENTATION,
                format!("invalid cidr value: \"{text}\""),
            )
            .detail("Value has bits set to right of mask."));
        }
        Ok(address)
    }

    /// The address of a stored value of either type.
    pub fn stored(text: &str) -> Result<Self, Fault> {
        Self::read(text, false).map_err(|_| broken("address"))
    }

    fn read_six(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, length(bits, 128)?),
            None => (text, 128),
        };
        let address: Ipv6Addr = address.parse().ok()?;
        Some(Self {
            octets: address.octets().to_vec(),
            bits,
        })
    }

    fn read_four(text: &str, cidr: bool) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(length(bits, 32)?)),
            None => (text, None),
        };
        let mut octets = Vec::with_capacity(4);
        for part in address.split('.') {
            let digits = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            if !digits || octets.len() == 4 {
                return None;
            }
            octets.push(part.parse::<u8>().ok()?);
        }
        let given = u8::try_from(octets.len()).ok()?;
        let bits = match bits {
            Some(bits) if !cidr && bits / 8 > given => return None,
            Some(bits) => bits,
            None if cidr => class_bits(&octets)?.max(given * 8),
            None if given == 4 => 32,
            None => return None,
        };
        octets.resize(4, 0);
        Some(Self { octets, bits })
    }

    /// Bits of a whole address of this family.
    pub fn width(&self) -> u8 {
        if self.octets.len() == 4 { 32 } else { 128 }
    }

    /// Whether nothing is set outside the network's part.
    pub fn host_is_zero(&self) -> bool {
        self.network().octets == self.octets
    }

    /// The address with its octets passed through `change`, which also gets those of the netmask.
    #[must_use]
    pub fn masked(&self, change: impl Fn(u8, u8) -> u8) -> Self {
        let masks = (0..self.octets.len()).map(|at| mask(self.bits, at));
        Self {
            octets: self
                .octets
                .iter()
                .zip(masks)
                .map(|(octet, mask)| change(*octet, mask))
                .collect(),
            bits: self.bits,
        }
    }

    /// The network's own address.
    #[must_use]
    pub fn network(&self) -> Self {
        self.masked(|octet, mask| octet & mask)
    }

    /// The same address with another length.
    #[must_use]
    pub fn with_bits(&self, bits: u8) -> Self {
        Self {
            octets: self.octets.clone(),
            bits,
        }
    }

    /// How many first bits are equal, up to `most`.
    pub fn common(&self, other: &Self, most: u8) -> u8 {
        let bit = |octets: &[u8], at: u8| {
            octets
                .get(usize::from(at / 8))
                .is_some_and(|octet| octet << (at % 8) & 0x80 != 0)
        };
        (0..most)
            .find(|at| bit(&self.octets, *at) != bit(&other.octets, *at))
            .unwrap_or(most)
    }

    /// Whether the network of `other` lies within this one, or is it.
    pub fn contains(&self, other: &Self) -> bool {
        self.octets.len() == other.octets.len()
            && self.bits <= other.bits
            && self.common(other, self.bits) == self.bits
    }

    /// The address without the length.
    pub fn host(&self) -> String {
        if let Ok(octets) = <[u8; 16]>::try_from(self.octets.as_slice()) {
            return six(octets);
        }
        let parts: Vec<String> = self.octets.iter().map(u8::to_string).collect();
        parts.join(".")
    }

    /// As printed: an `inet` without the length of a whole address.
    pub fn text(&self, cidr: bool) -> String {
        if cidr || self.bits != self.width() {
            format!("{}/{}", self.host(), self.bits)
        } else {
            self.host()
        }
    }

    pub(super) fn key(&self, out: &mut Vec<u8>) {
        out.push(if self.octets.len() == 4 { 2 } else { 3 });
        // The network's part bit by bit, the shorter of two first.
        for at in 0..self.bits {
            let octet = self.octets.get(usize::from(at / 8)).copied().unwrap_or(0);
            out.push(1 + (octet >> (7 - at % 8) & 1));
        }
        out.push(0);
        out.extend_from_slice(&self.octets);
    }

    pub(super) fn binary(&self, cidr: bool, out: &mut Vec<u8>) {
        let (family, size) = if self.octets.len() == 4 {
            (2, 4)
        } else {
            (3, 16)
        };
        out.extend_from_slice(&[family, self.bits, u8::from(cidr), size]);
        out.extend_from_slice(&self.octets);
    }
}

/// The part of a netmask in the octet at `at`.
fn mask(bits: u8, at: usize) -> u8 {
    let before = u8::try_from(at * 8).unwrap_or(u8::MAX);
    match bits.saturating_sub(before) {
        0 => 0,
        8.. => 0xff,
        some => 0xff << (8 - some),
    }
}

fn length(text: &str, most: u8) -> Option<u8> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let leading = text.len() > 1 && text.starts_with('0');
    (plain && !leading)
        .then(|| text.parse::<u8>().ok())
        .flatten()
        .filter(|bits| *bits <= most)
}

/// The length that the class of an address means.
fn class_bits(octets: &[u8]) -> Option<u8> {
    Some(match octets.first()? {
        240.. => 32,
        224 if octets.len() == 1 => 4,
        224.. => 8,
        192.. => 24,
        128.. => 16,
        _ => 8,
    })
}

/// An IPv6 address with its longest run of zeros left out, an IPv4 address inside written as one.
fn six(octets: [u8; 16]) -> String {
    let words: Vec<u16> = octets
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        })
        .collect();
    let (mut best, mut length) = (0, 0);
    let mut start = 0;
    while start < words.len() {
        let run = words
            .iter()
            .skip(start)
            .take_while(|word| **word == 0)
            .count();
        if run > length {
            (best, length) = (start, run);
        }
        start += run.max(1);
    }
    let [.., a, b, c, d] = octets;
    let last = words.last().copied().unwrap_or(0);
    let inside = best == 0
        && (length == 6
            || length == 7 && last != 1
            || length == 5 && words.get(5) == Some(&0xffff));
    let mut out = String::new();
    let shown = if inside { 6 } else { 8 };
    let mut at = 0;
    while at < shown {
        if length >= 2 && at == best {
            out.push_str("::");
            at += length;
            continue;
        }
        if !out.is_empty() && !out.ends_with(':') {
            out.push(':');
        }
        out.push_str(&format!("{:x}", words.get(at).copied().unwrap_or(0)));
        at += 1;
    }
    if inside {
        if !out.ends_with(':') {
            out.push(':');
        }
        out.push_str(&format!("{a}.{b}.{c}.{d}"));
    }
    out
}

/// Octets as printed: `08:00:2b:01:02:03`.
pub fn mac_text(octets: &[u8]) -> String {
    let parts: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    parts.join(":")
}

/// The octets of a stored `macaddr` or `macaddr8`.
pub fn octets(stored: &str) -> Vec<u8> {
    stored
        .split(':')
        .filter_map(|part| u8::from_str_radix(part, 16).ok())
        .collect()
}

/// Reads six octets in any of PostgreSQL's forms.
pub(super) fn read_mac(text: &str) -> Result<String, Fault> {
    let refuse = || invalid("macaddr", text);
    let trimmed = text.trim();
    let separated = [':', '-'].into_iter().find_map(|mark| {
        let parts: Vec<&str> = trimmed.split(mark).collect();
        (parts.len() == 6).then_some(parts)
    });
    let octets = match separated {
        Some(parts) => parts
            .into_iter()
            .map(|part| {
                let number = u32::from_str_radix(part, 16).map_err(|_| refuse())?;
                u8::try_from(number).map_err(|_| {
                    Fault::new(
                        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                        format!("invalid octet value in \"macaddr\" value: \"{text}\""),
                    )
                })
            })
            .collect::<Result<Vec<_>, _>>()?,
        None => {
            let groups: Vec<usize> = trimmed.split([':', '-', '.']).map(str::len).collect();
            let marks: String = trimmed.chars().filter(|c| !c.is_alphanumeric()).collect();
            let form = matches!(
                (groups.as_slice(), marks.as_str()),
                ([6, 6], ":" | "-") | ([4, 4, 4], ".." | "--") | ([12], "")
            );
            let octets = form.then(|| pairs(trimmed)).flatten();
            octets.ok_or_else(refuse)?
        }
    };
    Ok(mac_text(&octets))
}

/// Reads eight octets, or six with `ff:fe` put in the middle.
pub(super) fn read_mac8(text: &str) -> Result<String, Fault> {
    let trimmed = text.trim();
    let mut marks = trimmed.chars().filter(|c| !c.is_ascii_hexdigit());
    let first = marks.next();
    let same = marks.all(|mark| Some(mark) == first)
        && first.is_none_or(|mark| matches!(mark, ':' | '-' | '.'));
    let octets = same.then(|| pairs(trimmed)).flatten();
    match octets {
        Some(octets) if octets.len() == 8 => Ok(mac_text(&octets)),
        Some(octets) if octets.len() == 6 => Ok(mac_text(&widened(&octets))),
        _ => Err(invalid("macaddr8", text)),
    }
}

/// Eight octets of six, `ff:fe` put in the middle.
pub fn widened(octets: &[u8]) -> Vec<u8> {
    let (maker, device) = octets.split_at_checked(3).unwrap_or((octets, &[]));
    [maker, &[0xff, 0xfe], device].concat()
}

/// Hex digits two by two, marks between pairs left out.
fn pairs(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    for part in text.split([':', '-', '.']) {
        let digits: Vec<u32> = part
            .chars()
            .map(|c| c.to_digit(16))
            .collect::<Option<_>>()?;
        for pair in digits.chunks(2) {
            let [high, low] = pair else { return None };
            octets.push(u8::try_from(high << 4 | low).ok()?);
        }
    }
    Some(octets)
}
