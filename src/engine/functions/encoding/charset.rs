//! Text in other character sets: `convert`, `convert_from`, `convert_to`.

use encoding_rs::{DecoderResult, EncoderResult, Encoding};

use super::invalid;
use crate::engine::functions::Context;
use crate::engine::functions::call::{Bytes, Text};
use crate::engine::functions::registry::Registry;
use crate::engine::functions::text::count;
use crate::pg::{Fault, SqlState};

/// Registers conversions.
pub(super) fn register(registry: &mut Registry) {
    registry.binary::<Bytes, Text, String>("convert_from(bytea,name)", |bytes, name, _| {
        read(bytes, &Charset::named(name, "source")?)
    });
    registry.binary::<Text, Text, Vec<u8>>("convert_to(text,name)", |text, name, _| {
        write(text, &Charset::named(name, "destination")?)
    });
    registry.ternary::<Bytes, Text, Text, Vec<u8>>(
        "convert(bytea,name,name)",
        |bytes, from, to, _: &Context| {
            let from = Charset::named(from, "source")?;
            let to = Charset::named(to, "destination")?;
            if from.name == to.name {
                return Ok(bytes.to_vec());
            }
            write(&read(bytes, &from)?, &to)
        },
    );
    registry.binary::<Bytes, Text, i32>("length(bytea,name)", |bytes, name, _| {
        let charset = Charset::named(name, "source")?;
        count(match charset.form {
            Form::Bytes | Form::Latin1(_) => bytes.len(),
            _ => read(bytes, &charset)?.chars().count(),
        })
    });
}

/// How a character set is read and written.
#[derive(Clone, Copy)]
enum Form {
    Utf8,
    /// Bytes of no known meaning.
    Bytes,
    /// ISO 8859-1, with other characters in place of some.
    Latin1(&'static [(u8, char)]),
    /// One of the tables of the Encoding Standard.
    Table(&'static Encoding),
}

/// A character set by PostgreSQL's name.
struct Charset {
    name: &'static str,
    form: Form,
}

/// What ISO 8859-9 has where ISO 8859-1 has Icelandic letters.
const LATIN5: &[(u8, char)] = &[
    (0xd0, 'Ğ'),
    (0xdd, 'İ'),
    (0xde, 'Ş'),
    (0xf0, 'ğ'),
    (0xfd, 'ı'),
    (0xfe, 'ş'),
];

/// PostgreSQL's name, its other names without punctuation, and the form.
const CHARSETS: &[(&str, &[&str], Form)] = &[
    ("UTF8", &["unicode"], Form::Utf8),
    ("SQL_ASCII", &[], Form::Bytes),
    ("LATIN1", &["iso88591"], Form::Latin1(&[])),
    (
        "LATIN2",
        &["iso88592"],
        Form::Table(encoding_rs::ISO_8859_2),
    ),
    (
        "LATIN3",
        &["iso88593"],
        Form::Table(encoding_rs::ISO_8859_3),
    ),
    (
        "LATIN4",
        &["iso88594"],
        Form::Table(encoding_rs::ISO_8859_4),
    ),
    ("LATIN5", &["iso88599"], Form::Latin1(LATIN5)),
    (
        "LATIN6",
        &["iso885910"],
        Form::Table(encoding_rs::ISO_8859_10),
    ),
    (
        "LATIN7",
        &["iso885913"],
        Form::Table(encoding_rs::ISO_8859_13),
    ),
    (
        "LATIN8",
        &["iso885914"],
        Form::Table(encoding_rs::ISO_8859_14),
    ),
    (
        "LATIN9",
        &["iso885915"],
        Form::Table(encoding_rs::ISO_8859_15),
    ),
    (
        "LATIN10",
        &["iso885916"],
        Form::Table(encoding_rs::ISO_8859_16),
    ),
    ("ISO_8859_5", &[], Form::Table(encoding_rs::ISO_8859_5)),
    ("ISO_8859_6", &[], Form::Table(encoding_rs::ISO_8859_6)),
    ("ISO_8859_7", &[], Form::Table(encoding_rs::ISO_8859_7)),
    ("ISO_8859_8", &[], Form::Table(encoding_rs::ISO_8859_8)),
    (
        "WIN1250",
        &["windows1250"],
        Form::Table(encoding_rs::WINDOWS_1250),
    ),
    (
        "WIN1251",
        &["windows1251", "win"],
        Form::Table(encoding_rs::WINDOWS_1251),
    ),
    (
        "WIN1252",
        &["windows1252"],
        Form::Table(encoding_rs::WINDOWS_1252),
    ),
    (
        "WIN1253",
        &["windows1253"],
        Form::Table(encoding_rs::WINDOWS_1253),
    ),
    (
        "WIN1254",
        &["windows1254"],
        Form::Table(encoding_rs::WINDOWS_1254),
    ),
    (
        "WIN1255",
        &["windows1255"],
        Form::Table(encoding_rs::WINDOWS_1255),
    ),
    (
        "WIN1256",
        &["windows1256"],
        Form::Table(encoding_rs::WINDOWS_1256),
    ),
    (
        "WIN1257",
        &["windows1257"],
        Form::Table(encoding_rs::WINDOWS_1257),
    ),
    (
        "WIN1258",
        &["windows1258", "abc", "tcvn", "tcvn5712", "vscii"],
        Form::Table(encoding_rs::WINDOWS_1258),
    ),
    (
        "WIN866",
        &["windows866", "alt"],
        Form::Table(encoding_rs::IBM866),
    ),
    (
        "WIN874",
        &["windows874"],
        Form::Table(encoding_rs::WINDOWS_874),
    ),
    ("KOI8R", &["koi8"], Form::Table(encoding_rs::KOI8_R)),
    ("KOI8U", &[], Form::Table(encoding_rs::KOI8_U)),
    (
        "SJIS",
        &["shiftjis", "mskanji", "win932", "windows932"],
        Form::Table(encoding_rs::SHIFT_JIS),
    ),
    ("EUC_JP", &[], Form::Table(encoding_rs::EUC_JP)),
    ("EUC_KR", &[], Form::Table(encoding_rs::EUC_KR)),
    (
        "UHC",
        &["win949", "windows949"],
        Form::Table(encoding_rs::EUC_KR),
    ),
    (
        "BIG5",
        &["win950", "windows950"],
        Form::Table(encoding_rs::BIG5),
    ),
    (
        "GBK",
        &["win936", "windows936"],
        Form::Table(encoding_rs::GBK),
    ),
    ("GB18030", &[], Form::Table(encoding_rs::GB18030)),
];

/// Sets that PostgreSQL knows and has no conversion to or from UTF-8 for, or we have none.
const UNCONVERTED: &[(&str, bool)] = &[
    ("MULE_INTERNAL", false),
    ("EUC_CN", true),
    ("EUC_TW", true),
    ("EUC_JIS_2004", true),
    ("JOHAB", true),
    ("SHIFT_JIS_2004", true),
];

impl Charset {
    fn named(name: &str, role: &str) -> Result<Self, Fault> {
        let plain = |name: &str| -> String {
            name.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|c| c.to_ascii_lowercase())
                .collect()
        };
        let wanted = plain(name);
        let found = CHARSETS
            .iter()
            .find(|(name, aliases, _)| plain(name) == wanted || aliases.contains(&wanted.as_str()));
        if let Some((name, _, form)) = found {
            return Ok(Self { name, form: *form });
        }
        match UNCONVERTED.iter().find(|(name, _)| plain(name) == wanted) {
            Some((name, true)) => Err(Fault::unsupported(format!("the character set {name}"))),
            Some((name, false)) => {
                let (from, to) = if role == "source" {
                    (*name, "UTF8")
                } else {
                    ("UTF8", *name)
                };
                Err(Fault::new(
                    SqlState::UNDEFINED_FUNCTION,
                    format!(
                        "default conversion function for encoding \"{from}\" to \"{to}\" does not exist"
                    ),
                ))
            }
            None => Err(invalid(format!("invalid {role} encoding name \"{name}\""))),
        }
    }
}

fn shown(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
    shown.join(" ")
}

fn ill_formed(name: &str, bytes: &[u8]) -> Fault {
    Fault::new(
        SqlState::CHARACTER_NOT_IN_REPERTOIRE,
        format!(
            "invalid byte sequence for encoding \"{name}\": {}",
            shown(bytes)
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

fn utf8(bytes: &[u8]) -> Result<String, Fault> {
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        let rest = bytes
            .get(error.utf8_error().valid_up_to()..)
            .unwrap_or_default();
        let length = match rest.first() {
            Some(0xf0..) => 4,
            Some(0xe0..) => 3,
            Some(0xc0..) => 2,
            _ => 1,
        };
        ill_formed("UTF8", rest.get(..length).unwrap_or(rest))
    })
}

/// The text that bytes mean.
fn read(bytes: &[u8], charset: &Charset) -> Result<String, Fault> {
    match charset.form {
        Form::Utf8 | Form::Bytes => utf8(bytes),
        Form::Latin1(other) => Ok(bytes
            .iter()
            .map(|byte| {
                let found = other.iter().find(|(at, _)| at == byte);
                found.map_or(char::from(*byte), |(_, c)| *c)
            })
            .collect()),
        Form::Table(encoding) => {
            let mut decoder = encoding.new_decoder_without_bom_handling();
            let most = decoder
                .max_utf8_buffer_length_without_replacement(bytes.len())
                .ok_or_else(|| invalid(String::from("the value is too long")))?;
            let mut text = String::with_capacity(most);
            match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
                (DecoderResult::InputEmpty, _) => Ok(text),
                (DecoderResult::Malformed(length, after), used) => {
                    let end = used.saturating_sub(usize::from(after));
                    let start = end.saturating_sub(usize::from(length));
                    let bad = bytes.get(start..end).unwrap_or_default();
                    Err(untranslatable(bad, charset.name, "UTF8"))
                }
                (DecoderResult::OutputFull, _) => Err(Fault::internal("a decoder ran out of room")),
            }
        }
    }
}

/// The bytes that a text has.
fn write(text: &str, charset: &Charset) -> Result<Vec<u8>, Fault> {
    let missing = |c: char| untranslatable(c.to_string().as_bytes(), "UTF8", charset.name);
    match charset.form {
        Form::Utf8 | Form::Bytes => Ok(text.as_bytes().to_vec()),
        Form::Latin1(other) => text
            .chars()
            .map(|c| match other.iter().find(|(_, known)| *known == c) {
                Some((byte, _)) => Ok(*byte),
                None => u8::try_from(u32::from(c))
                    .ok()
                    .filter(|byte| other.iter().all(|(taken, _)| taken != byte))
                    .ok_or_else(|| missing(c)),
            })
            .collect(),
        Form::Table(encoding) => {
            let mut encoder = encoding.new_encoder();
            let most = encoder
                .max_buffer_length_from_utf8_without_replacement(text.len())
                .ok_or_else(|| invalid(String::from("the value is too long")))?;
            let mut bytes = Vec::with_capacity(most);
            match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true) {
                (EncoderResult::InputEmpty, _) => Ok(bytes),
                (EncoderResult::Unmappable(c), _) => Err(missing(c)),
                (EncoderResult::OutputFull, _) => {
                    Err(Fault::internal("an encoder ran out of room"))
                }
            }
        }
    }
}
