//! PostgreSQL's hashes of values: what `hashtext` and its kin answer.
//!
//! Bytes are mixed by Bob Jenkins's lookup3 (burtleburtle.net/bob/hash/doobs.html, in the public
//! domain) from a start value of PostgreSQL's. Values come in their binary form.

use super::json::{self, Json};
use super::numeric::Numeric;
use super::typename::bare_type;
use super::{Fault, SqlState, printed, types};
use crate::ident::Oid;
use crate::pg::key::canonical;

/// What every hash begins with, before the length.
const START: u32 = 0x9e37_79b9_u32.wrapping_add(3_923_095);

/// The flags of a range with no upper or no lower bound, as its binary form has them.
const EMPTY: u8 = 0x01;
const NO_LOWER: u8 = 0x08;
const NO_UPPER: u8 = 0x10;

#[derive(Clone, Copy)]
struct Mixer {
    a: u32,
    b: u32,
    c: u32,
}

impl Mixer {
    fn new(length: usize, seed: u64) -> Self {
        let start = START.wrapping_add(u32::try_from(length).unwrap_or(u32::MAX));
        let mut mixer = Self {
            a: start,
            b: start,
            c: start,
        };
        if seed != 0 {
            mixer.a = mixer.a.wrapping_add(high(seed));
            mixer.b = mixer.b.wrapping_add(low(seed));
            mixer.mix();
        }
        mixer
    }

    fn mix(&mut self) {
        let Self { a, b, c } = self;
        for (first, second) in [(4, 6), (16, 19)] {
            *a = a.wrapping_sub(*c) ^ c.rotate_left(first);
            *c = c.wrapping_add(*b);
            *b = b.wrapping_sub(*a) ^ a.rotate_left(second);
            *a = a.wrapping_add(*c);
            *c = c.wrapping_sub(*b) ^ b.rotate_left(if first == 4 { 8 } else { 4 });
            *b = b.wrapping_add(*a);
        }
    }

    fn finish(self) -> u64 {
        let Self {
            mut a,
            mut b,
            mut c,
        } = self;
        c = (c ^ b).wrapping_sub(b.rotate_left(14));
        a = (a ^ c).wrapping_sub(c.rotate_left(11));
        b = (b ^ a).wrapping_sub(a.rotate_left(25));
        c = (c ^ b).wrapping_sub(b.rotate_left(16));
        a = (a ^ c).wrapping_sub(c.rotate_left(4));
        b = (b ^ a).wrapping_sub(a.rotate_left(14));
        c = (c ^ b).wrapping_sub(b.rotate_left(24));
        u64::from(b) << 32 | u64::from(c)
    }
}

fn high(value: u64) -> u32 {
    u32::try_from(value >> 32).unwrap_or(0)
}

fn low(value: u64) -> u32 {
    u32::try_from(value & 0xffff_ffff).unwrap_or(0)
}

/// A hash of 64 bits with a seed, or of 32 bits without.
#[derive(Debug, Clone, Copy)]
pub struct Hash {
    /// The seed of the 64-bit hash; `None` asks for 32 bits.
    pub seed: Option<u64>,
}

impl Hash {
    /// The hash of a value of `kind`, given in its binary form.
    pub fn value(self, kind: Oid, bytes: &[u8]) -> Result<u64, Fault> {
        if kind == types::RECORD {
            self.record(bytes)
        } else {
            self.part_value(kind, bytes)
        }
    }

    /// The same of a value in another: PostgreSQL finds no hash for a record there.
    fn part_value(self, kind: Oid, bytes: &[u8]) -> Result<u64, Fault> {
        Ok(match kind {
            types::BOOL | types::CHAR => match bytes {
                [byte] => self.int4(i32::from(byte.cast_signed())),
                // A character beyond ASCII has no value of its own here.
                _ => return Err(Fault::unsupported("a \"char\" beyond ASCII")),
            },
            types::INT2 => self.int4(i32::from(i16::from_be_bytes(fixed(bytes)?))),
            types::INT4 | types::DATE | types::XID | types::CID => {
                self.int4(i32::from_be_bytes(fixed(bytes)?))
            }
            _ if types::oid_like(kind) => self.int4(i32::from_be_bytes(fixed(bytes)?)),
            types::INT8
            | types::XID8
            | types::TIME
            | types::TIMESTAMP
            | types::TIMESTAMPTZ
            | types::PG_LSN => self.int8(i64::from_be_bytes(fixed(bytes)?)),
            types::FLOAT4 => self.float(f64::from(f32::from_be_bytes(fixed(bytes)?))),
            types::FLOAT8 => self.float(f64::from_be_bytes(fixed(bytes)?)),
            types::TEXT
            | types::VARCHAR
            | types::NAME
            | types::BYTEA
            | types::UUID
            | types::MACADDR
            | types::MACADDR8 => self.bytes(bytes),
            types::BPCHAR => self.bytes(bytes.trim_ascii_end()),
            types::NUMERIC => self.numeric(&Numeric::read_binary(bytes)?),
            types::INTERVAL => self.interval(bytes)?,
            types::TIMETZ => {
                let (clock, west) = split(bytes)?;
                self.int8(i64::from_be_bytes(fixed(clock)?))
                    ^ self.int4(i32::from_be_bytes(fixed(west)?))
            }
            types::INET | types::CIDR => self.address(bytes)?,
            types::TID => {
                let mut words = bytes.to_vec();
                for word in words.chunks_exact_mut(2) {
                    word.reverse();
                }
                self.bytes(&words)
            }
            types::OIDVECTOR => self.oids(bytes)?,
            types::JSONB => {
                let text = std::str::from_utf8(bytes.get(1..).unwrap_or_default())
                    .map_err(|_| broken())?;
                self.document(&json::parse(text)?)
            }
            _ if types::element(kind).is_some() => self.array(bytes)?,
            _ if printed::range::subtype(kind).is_some() => self.range(kind, bytes)?,
            _ => match printed::multirange::range_of(kind) {
                Some(range) => self.multirange(range, bytes)?,
                None => return Err(unknown(kind)),
            },
        })
    }

    fn reduced(self, hash: u64) -> u64 {
        match self.seed {
            Some(_) => hash,
            None => u64::from(low(hash)),
        }
    }

    fn int4(self, value: i32) -> u64 {
        let mut mixer = Mixer::new(4, self.seed.unwrap_or(0));
        mixer.a = mixer.a.wrapping_add(value.cast_unsigned());
        self.reduced(mixer.finish())
    }

    /// Equal to the hash of the same number as an `int4`.
    fn int8(self, value: i64) -> u64 {
        let upper = high(value.cast_unsigned());
        let folded = low(value.cast_unsigned()) ^ if value >= 0 { upper } else { !upper };
        self.int4(folded.cast_signed())
    }

    fn float(self, value: f64) -> u64 {
        if value == 0.0 {
            return self.seed.unwrap_or(0);
        }
        self.bytes(&canonical(value).to_le_bytes())
    }

    fn bytes(self, bytes: &[u8]) -> u64 {
        let mut mixer = Mixer::new(bytes.len(), self.seed.unwrap_or(0));
        let blocks = bytes.chunks_exact(12);
        let rest = blocks.remainder();
        for block in blocks {
            let (a, b, c) = words(block);
            mixer.a = mixer.a.wrapping_add(a);
            mixer.b = mixer.b.wrapping_add(b);
            mixer.c = mixer.c.wrapping_add(c);
            mixer.mix();
        }
        let (a, b, c) = words(rest);
        mixer.a = mixer.a.wrapping_add(a);
        mixer.b = mixer.b.wrapping_add(b);
        // The lowest byte of the last word is the length's.
        mixer.c = mixer.c.wrapping_add(c << 8);
        self.reduced(mixer.finish())
    }

    fn numeric(self, value: &Numeric) -> u64 {
        let seed = self.seed.unwrap_or(0);
        if !matches!(value, Numeric::Finite(_)) {
            return seed;
        }
        let mut binary = Vec::new();
        value.write_binary(&mut binary);
        let mut numbers = binary
            .chunks_exact(2)
            .map(|pair| fixed(pair).map_or(0, u16::from_be_bytes));
        let weight = numbers.nth(1).unwrap_or(0).cast_signed();
        let digits: Vec<u16> = numbers.skip(2).collect();
        let Some(first) = digits.iter().position(|digit| *digit != 0) else {
            return self.reduced(seed.wrapping_sub(1));
        };
        let last = digits.iter().rposition(|digit| *digit != 0).unwrap_or(0);
        let kept = digits.get(first..=last).unwrap_or_default();
        let bytes: Vec<u8> = kept.iter().flat_map(|digit| digit.to_le_bytes()).collect();
        let weight = i64::from(weight) - i64::try_from(first).unwrap_or(0);
        self.reduced(self.bytes(&bytes) ^ weight.cast_unsigned())
    }

    fn interval(self, bytes: &[u8]) -> Result<u64, Fault> {
        let (micros, rest) = bytes.split_at_checked(8).ok_or_else(broken)?;
        let (days, months) = rest.split_at_checked(4).ok_or_else(broken)?;
        let value = super::interval::Interval {
            micros: i64::from_be_bytes(fixed(micros)?),
            days: i32::from_be_bytes(fixed(days)?),
            months: i32::from_be_bytes(fixed(months)?),
        };
        let length = value.length() & i128::from(u64::MAX);
        let length = u64::try_from(length).unwrap_or(0);
        Ok(self.int8(length.cast_signed()))
    }

    /// Family, bits and octets; what says cidr and the length are left out.
    fn address(self, bytes: &[u8]) -> Result<u64, Fault> {
        let ([family, bits, _, _], octets) = bytes.split_first_chunk().ok_or_else(broken)?;
        Ok(self.bytes(&[&[*family, *bits], octets].concat()))
    }

    fn document(self, document: &Json) -> u64 {
        if matches!(document, Json::Array(elements) if elements.is_empty())
            || matches!(document, Json::Object(members) if members.is_empty())
        {
            return self.seed.unwrap_or(0);
        }
        let mut hash = 0;
        // A scalar is kept as an array of one.
        if !matches!(document, Json::Array(_) | Json::Object(_)) {
            self.begin(0x4000_0000, &mut hash);
        }
        self.part(document, &mut hash);
        self.reduced(hash)
    }

    fn begin(self, mark: u64, hash: &mut u64) {
        *hash ^= if self.seed.is_some() {
            mark << 32 | mark
        } else {
            mark
        };
    }

    fn part(self, document: &Json, hash: &mut u64) {
        match document {
            Json::Array(elements) => {
                self.begin(0x4000_0000, hash);
                for element in elements {
                    self.part(element, hash);
                }
            }
            Json::Object(members) => {
                self.begin(0x2000_0000, hash);
                for (key, value) in members {
                    self.join(self.bytes(key.as_bytes()), hash);
                    self.part(value, hash);
                }
            }
            Json::Null => self.join(self.seed.unwrap_or(0).wrapping_add(1), hash),
            Json::Bool(value) if self.seed.is_some_and(|seed| seed != 0) => {
                self.join(self.int4(i32::from(*value)), hash);
            }
            Json::Bool(value) => self.join(if *value { 2 } else { 4 }, hash),
            Json::Number(number) => self.join(self.numeric(number), hash),
            Json::Text(text) => self.join(self.bytes(text.as_bytes()), hash),
        }
    }

    /// Takes one more hash in, after turning what is there (each half for itself) by one bit.
    fn join(self, more: u64, hash: &mut u64) {
        *hash = self.turned(*hash) ^ more;
    }

    fn turned(self, hash: u64) -> u64 {
        let halves = u64::from(low(hash).rotate_left(1));
        match self.seed {
            Some(_) => u64::from(high(hash).rotate_left(1)) << 32 | halves,
            None => halves,
        }
    }

    fn follow(self, so_far: u64, more: u64) -> u64 {
        self.reduced(so_far.wrapping_mul(31).wrapping_add(more))
    }

    fn array(self, bytes: &[u8]) -> Result<u64, Fault> {
        let mut form = Form { rest: bytes };
        let (element, count) = form.array()?;
        let mut hash = 1;
        if count == 0 {
            // That there is none of an element is not said before one is hashed; its type is.
            self.probe(element)?;
        }
        for _ in 0..count {
            let part = match form.sized()? {
                Some(value) => self.part_value(element, value)?,
                None => 0,
            };
            hash = self.follow(hash, part);
        }
        Ok(hash)
    }

    /// Refuses a type that has no hash.
    fn probe(self, kind: Oid) -> Result<(), Fault> {
        match self.part_value(kind, &[]) {
            Err(fault) if fault.state == SqlState::UNDEFINED_FUNCTION => Err(fault),
            _ => Ok(()),
        }
    }

    fn oids(self, bytes: &[u8]) -> Result<u64, Fault> {
        let mut form = Form { rest: bytes };
        let (_, count) = form.array()?;
        let mut all = Vec::new();
        for _ in 0..count {
            let mut oid = form.sized()?.unwrap_or_default().to_vec();
            oid.reverse();
            all.extend(oid);
        }
        Ok(self.bytes(&all))
    }

    fn record(self, bytes: &[u8]) -> Result<u64, Fault> {
        let mut form = Form { rest: bytes };
        let mut hash = 0;
        for _ in 0..form.int()? {
            let kind = Oid(form.int()?.cast_unsigned());
            let part = match form.sized()? {
                Some(value) => self.part_value(kind, value)?,
                None => 0,
            };
            hash = self.follow(hash, part);
        }
        Ok(hash)
    }

    fn range(self, kind: Oid, bytes: &[u8]) -> Result<u64, Fault> {
        let bound = printed::range::subtype(kind).ok_or_else(broken)?;
        let (flags, rest) = bytes.split_first().ok_or_else(broken)?;
        let mut form = Form { rest };
        let mut side = |missing: u8| {
            if flags & (EMPTY | missing) != 0 {
                return Ok(0);
            }
            self.part_value(bound, form.sized()?.unwrap_or_default())
        };
        let (lower, upper) = (side(NO_LOWER)?, side(NO_UPPER)?);
        let whole = self.int4(i32::from(*flags)) ^ lower;
        Ok(self.turned(whole) ^ upper)
    }

    fn multirange(self, range: Oid, bytes: &[u8]) -> Result<u64, Fault> {
        let mut form = Form { rest: bytes };
        let mut hash = 1;
        for _ in 0..form.int()? {
            let part = self.range(range, form.sized()?.unwrap_or_default())?;
            hash = self.follow(hash, part);
        }
        Ok(hash)
    }
}

/// Up to 12 bytes as three words.
fn words(bytes: &[u8]) -> (u32, u32, u32) {
    let word = |at: usize, width: usize| {
        let mut word = [0; 4];
        for (to, from) in word.iter_mut().zip(bytes.iter().skip(at).take(width)) {
            *to = *from;
        }
        u32::from_le_bytes(word)
    };
    (word(0, 4), word(4, 4), word(8, 4))
}

/// Reads the parts of a binary form.
struct Form<'a> {
    rest: &'a [u8],
}

impl<'a> Form<'a> {
    fn int(&mut self) -> Result<i32, Fault> {
        let (number, rest) = self.rest.split_first_chunk().ok_or_else(broken)?;
        self.rest = rest;
        Ok(i32::from_be_bytes(*number))
    }

    /// A value after its length; `None` is NULL.
    fn sized(&mut self) -> Result<Option<&'a [u8]>, Fault> {
        let Ok(length) = usize::try_from(self.int()?) else {
            return Ok(None);
        };
        let (value, rest) = self.rest.split_at_checked(length).ok_or_else(broken)?;
        self.rest = rest;
        Ok(Some(value))
    }

    /// The element type and the number of elements of an array of any dimensions.
    fn array(&mut self) -> Result<(Oid, usize), Fault> {
        let dimensions = self.int()?;
        self.int()?;
        let element = Oid(self.int()?.cast_unsigned());
        let mut count = usize::from(dimensions > 0);
        for _ in 0..dimensions {
            count = count.saturating_mul(usize::try_from(self.int()?).unwrap_or(0));
            self.int()?;
        }
        Ok((element, count))
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Fault> {
    bytes.try_into().map_err(|_| broken())
}

fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    bytes.split_at_checked(8).ok_or_else(broken)
}

fn broken() -> Fault {
    Fault::internal("a value to hash is not in its binary form")
}

fn unknown(kind: Oid) -> Fault {
    Fault::new(
        SqlState::UNDEFINED_FUNCTION,
        format!(
            "could not identify a hash function for type {}",
            bare_type(kind)
        ),
    )
}
