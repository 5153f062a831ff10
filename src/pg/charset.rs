//! Character sets other than UTF-8: what their bytes mean, and the bytes of a text.
//!
//! A client may talk in any of them (`client_encoding`), and functions convert values. What each
//! code means is PostgreSQL's to say: `charset/tables.txt` holds what its conversions answered to
//! `charset/generate.py`.

mod layout;
mod table;

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::pg::{Fault, SqlState};
use layout::Layout;
use table::Table;

/// A character set by PostgreSQL's name.
#[derive(Debug)]
pub struct Charset {
    name: &'static str,
    /// Other names, in lower case and without punctuation.
    aliases: &'static [&'static str],
    layout: Layout,
    table: OnceLock<Table>,
}

impl Eq for Charset {}

impl PartialEq for Charset {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

const fn set(name: &'static str, aliases: &'static [&'static str], layout: Layout) -> Charset {
    Charset {
        name,
        aliases,
        layout,
        table: OnceLock::new(),
    }
}

/// Every character set, in the order of PostgreSQL's numbers.
static CHARSETS: [Charset; 42] = [
    set("SQL_ASCII", &[], Layout::Bytes),
    set("EUC_JP", &[], Layout::EucJp),
    set("EUC_CN", &[], Layout::EucCn),
    set("EUC_KR", &[], Layout::EucKr),
    set("EUC_TW", &[], Layout::EucTw),
    set("EUC_JIS_2004", &[], Layout::EucJp),
    set("UTF8", &["unicode"], Layout::Utf8),
    set("MULE_INTERNAL", &[], Layout::Mule),
    set("LATIN1", &["iso88591"], Layout::Single),
    set("LATIN2", &["iso88592"], Layout::Single),
    set("LATIN3", &["iso88593"], Layout::Single),
    set("LATIN4", &["iso88594"], Layout::Single),
    set("LATIN5", &["iso88599"], Layout::Single),
    set("LATIN6", &["iso885910"], Layout::Single),
    set("LATIN7", &["iso885913"], Layout::Single),
    set("LATIN8", &["iso885914"], Layout::Single),
    set("LATIN9", &["iso885915"], Layout::Single),
    set("LATIN10", &["iso885916"], Layout::Single),
    set("WIN1256", &["windows1256"], Layout::Single),
    set(
        "WIN1258",
        &["windows1258", "abc", "tcvn", "tcvn5712", "vscii"],
        Layout::Single,
    ),
    set("WIN866", &["windows866", "alt"], Layout::Single),
    set("WIN874", &["windows874"], Layout::Single),
    set("KOI8R", &["koi8"], Layout::Single),
    set("WIN1251", &["windows1251", "win"], Layout::Single),
    set("WIN1252", &["windows1252"], Layout::Single),
    set("ISO_8859_5", &[], Layout::Single),
    set("ISO_8859_6", &[], Layout::Single),
    set("ISO_8859_7", &[], Layout::Single),
    set("ISO_8859_8", &[], Layout::Single),
    set("WIN1250", &["windows1250"], Layout::Single),
    set("WIN1253", &["windows1253"], Layout::Single),
    set("WIN1254", &["windows1254"], Layout::Single),
    set("WIN1255", &["windows1255"], Layout::Single),
    set("WIN1257", &["windows1257"], Layout::Single),
    set("KOI8U", &[], Layout::Single),
    set(
        "SJIS",
        &["shiftjis", "mskanji", "win932", "windows932"],
        Layout::ShiftJis,
    ),
    set("BIG5", &["win950", "windows950"], Layout::Pairs),
    set("GBK", &["win936", "windows936"], Layout::Pairs),
    set("UHC", &["win949", "windows949"], Layout::Pairs),
    set("GB18030", &[], Layout::Gb18030),
    set("JOHAB", &[], Layout::Johab),
    set("SHIFT_JIS_2004", &[], Layout::ShiftJis),
];

/// Every character set, in the order of PostgreSQL's numbers, which begin at 0.
pub fn all() -> &'static [Charset] {
    &CHARSETS
}

/// The character set of a name; case and punctuation do not count.
pub fn named(name: &str) -> Option<&'static Charset> {
    let plain = |name: &str| -> String {
        name.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    let wanted = plain(name);
    let called =
        |set: &&Charset| plain(set.name) == wanted || set.aliases.contains(&wanted.as_str());
    CHARSETS.iter().find(called)
}

/// The text that bytes are in UTF-8.
///
/// # Errors
/// 22021 for a zero byte or the first sequence that is no character.
pub fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    let (text, valid) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, bytes.len()),
        Err(error) => ("", error.valid_up_to()),
    };
    let zero = bytes.iter().take(valid).position(|byte| *byte == 0);
    match zero.unwrap_or(valid) {
        bad if bad < bytes.len() => Err(ill_formed(
            "UTF8",
            Layout::Utf8,
            bytes.get(bad..).unwrap_or_default(),
        )),
        _ => Ok(text),
    }
}

impl Charset {
    /// PostgreSQL's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Bytes of its longest character.
    pub fn longest(&self) -> i32 {
        self.layout.longest()
    }

    /// Whether its texts are sent and read as they are stored: UTF-8, and bytes without a meaning.
    pub fn plain(&self) -> bool {
        matches!(self.layout, Layout::Utf8 | Layout::Bytes)
    }

    /// Whether nothing is known of what its bytes mean.
    pub fn unknown(&self) -> bool {
        self.layout == Layout::Bytes
    }

    /// Whether its texts can be turned into UTF-8 and back.
    pub fn converts(&self) -> bool {
        self.layout != Layout::Mule
    }

    /// The text that bytes mean.
    ///
    /// # Errors
    /// 22021 for bytes that are no character of the set, 22P05 for one that Unicode lacks.
    pub fn read<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, str>, Fault> {
        if self.plain() || bytes.is_ascii() && !bytes.contains(&0) {
            return utf8(bytes).map(Cow::Borrowed);
        }
        let table = self.table();
        let mut text = String::with_capacity(bytes.len().saturating_mul(2));
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            let length = self.character(rest)?;
            let (code, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            if first.is_ascii() {
                text.push(char::from(*first));
            } else if !table.read(code, &mut text) {
                return Err(self.untranslatable_from(rest));
            }
            rest = after;
        }
        Ok(Cow::Owned(text))
    }

    /// Appends the bytes that a text has.
    ///
    /// # Errors
    /// 22P05 for a character that the set lacks.
    pub fn write(&self, text: &str, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.plain() || text.is_ascii() {
            out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        let table = self.table();
        let mut left = text.chars();
        while let Some(c) = left.next() {
            if let Ok(byte @ 0..0x80) = u8::try_from(u32::from(c)) {
                out.push(byte);
            } else if table.write_pair(c, left.as_str(), out) {
                left.next();
            } else if !table.write(c, out) {
                return Err(untranslatable(c.to_string().as_bytes(), "UTF8", self.name));
            }
        }
        Ok(())
    }

    /// Turns what was appended to a buffer from a place on, which is UTF-8, into this set.
    ///
    /// # Errors
    /// As [`Charset::write`]; the buffer is as it was.
    pub fn rewrite(&self, out: &mut Vec<u8>, from: usize) -> Result<(), Fault> {
        let appended = out.get(from..).unwrap_or_default();
        if self.plain() || appended.is_ascii() {
            return Ok(());
        }
        let mut written = Vec::with_capacity(appended.len());
        let text = std::str::from_utf8(appended)
            .map_err(|_| Fault::internal("what is sent is not UTF-8"))?;
        self.write(text, &mut written)?;
        out.truncate(from);
        out.extend_from_slice(&written);
        Ok(())
    }

    /// How many characters bytes are.
    ///
    /// # Errors
    /// 22021 for bytes that are no character of the set.
    pub fn count(&self, bytes: &[u8]) -> Result<usize, Fault> {
        match self.layout {
            Layout::Bytes | Layout::Single if !bytes.contains(&0) => return Ok(bytes.len()),
            Layout::Utf8 => return Ok(utf8(bytes)?.chars().count()),
            _ => {}
        }
        let mut rest = bytes;
        let mut count = 0;
        while !rest.is_empty() {
            let length = self.character(rest)?;
            rest = rest.get(length..).unwrap_or_default();
            count += 1;
        }
        Ok(count)
    }

    fn table(&self) -> &Table {
        self.table.get_or_init(|| Table::of(self.name))
    }

    /// The length of the first character.
    fn character(&self, bytes: &[u8]) -> Result<usize, Fault> {
        let length = self.layout.character(bytes);
        length.ok_or_else(|| ill_formed(self.name, self.layout, bytes))
    }

    fn untranslatable_from(&self, rest: &[u8]) -> Fault {
        let shown = self.layout.claimed(rest);
        untranslatable(rest.get(..shown).unwrap_or(rest), self.name, "UTF8")
    }
}

/// Appends a text in a character set; `None` is UTF-8.
///
/// # Errors
/// As [`Charset::write`].
pub fn put(charset: Option<&Charset>, text: &str, out: &mut Vec<u8>) -> Result<(), Fault> {
    match charset {
        Some(charset) => charset.write(text, out),
        None => {
            out.extend_from_slice(text.as_bytes());
            Ok(())
        }
    }
}

/// The text that bytes are in a character set; `None` is UTF-8.
///
/// # Errors
/// As [`Charset::read`].
pub fn take<'a>(charset: Option<&Charset>, bytes: &'a [u8]) -> Result<Cow<'a, str>, Fault> {
    match charset {
        Some(charset) => charset.read(bytes),
        None => utf8(bytes).map(Cow::Borrowed),
    }
}

/// 42883: PostgreSQL has no function that converts so.
pub fn no_conversion(from: &str, to: &str) -> Fault {
    Fault::new(
        SqlState::UNDEFINED_FUNCTION,
        format!("default conversion function for encoding \"{from}\" to \"{to}\" does not exist"),
    )
}

fn shown(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
    shown.join(" ")
}

/// Says that bytes begin with no character, showing as many as the first of them claims.
fn ill_formed(name: &str, layout: Layout, bytes: &[u8]) -> Fault {
    let bad = bytes.get(..layout.claimed(bytes)).unwrap_or(bytes);
    Fault::new(
        SqlState::CHARACTER_NOT_IN_REPERTOIRE,
        format!(
            "invalid byte sequence for encoding \"{name}\": {}",
            shown(bad)
        ),
    )
}

fn untranslatable(bytes: &[u8], from: &str, to: &str) -> Fault {
    Fault::new(
        SqlState::UNTRANSLATABLE_CHARACTER,
        format!(
            "character with byte sequence {} in encoding \"{from}\" has no equivalent in encoding \
             \"{to}\"",
            shown(bytes)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(fault: &Fault) -> String {
        format!("{} {}", fault.state, fault.message)
    }

    #[test]
    fn every_set_reads_what_it_writes() {
        for charset in all().iter().filter(|set| set.converts() && !set.plain()) {
            let mut count = 0;
            for c in ('\u{80}'..=char::MAX).take(0x3_0000) {
                let mut bytes = Vec::new();
                if charset.write(&c.to_string(), &mut bytes).is_err() {
                    continue;
                }
                count += 1;
                if let Ok(back) = charset.read(&bytes) {
                    let again = back.chars().next().unwrap();
                    let mut twice = Vec::new();
                    charset.write(&again.to_string(), &mut twice).unwrap();
                    assert_eq!(twice, bytes, "{}: {c}", charset.name);
                }
            }
            assert!(count > 80, "{} has {count} characters", charset.name);
        }
    }

    #[test]
    fn characters_of_more_than_one_code_point_are_one_code() {
        let jis = named("SHIFT_JIS_2004").unwrap();
        let mut bytes = Vec::new();
        jis.write("かか\u{309a}k", &mut bytes).unwrap();
        assert_eq!(bytes, b"\x82\xa9\x82\xf5k");
        assert_eq!(jis.read(&bytes).unwrap(), "かか\u{309a}k");
    }

    #[test]
    fn what_does_not_exist_is_refused_in_postgresqls_words() {
        for (name, bytes, refusal) in [
            (
                "WIN1252",
                &b"a\x81"[..],
                "22P05 character with byte sequence 0x81 in encoding \"WIN1252\" has no \
                 equivalent in encoding \"UTF8\"",
            ),
            (
                "sjis",
                b"\x81",
                "22021 invalid byte sequence for encoding \"SJIS\": 0x81",
            ),
            (
                "latin-1",
                b"\xe9\0",
                "22021 invalid byte sequence for encoding \"LATIN1\": 0x00",
            ),
            (
                "unicode",
                b"a\xe2\x28\xa1",
                "22021 invalid byte sequence for encoding \"UTF8\": 0xe2 0x28 0xa1",
            ),
            (
                "UTF8",
                b"a\0\xff",
                "22021 invalid byte sequence for encoding \"UTF8\": 0x00",
            ),
        ] {
            let fault = named(name).unwrap().read(bytes).unwrap_err();
            assert_eq!(said(&fault), refusal);
        }
        let mut out = b"x".to_vec();
        let fault = named("LATIN1").unwrap().write("é€", &mut out).unwrap_err();
        assert_eq!(
            said(&fault),
            "22P05 character with byte sequence 0xe2 0x82 0xac in encoding \"UTF8\" has no \
             equivalent in encoding \"LATIN1\""
        );
    }
}
