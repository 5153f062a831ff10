//! Text in other character sets: `convert`, `convert_from`, `convert_to`.

use super::invalid;
use crate::engine::functions::call::{Bytes, Text};
use crate::engine::functions::registry::Registry;
use crate::engine::functions::text::count;
use crate::pg::Fault;
use crate::pg::charset::{self, Charset};

/// Character sets, other than UTF-8, that PostgreSQL converts into each other.
const RELATED: [&[&str]; 5] = [
    &["KOI8R", "ISO_8859_5", "WIN1251", "WIN866"],
    &["LATIN2", "WIN1250"],
    &["EUC_JP", "SJIS"],
    &["EUC_TW", "BIG5"],
    &["EUC_JIS_2004", "SHIFT_JIS_2004"],
];

/// Registers conversions.
pub(super) fn register(registry: &mut Registry) {
    registry.binary::<Bytes, Text, String>("convert_from(bytea,name)", |bytes, name, _| {
        let from = named(name, "source")?;
        from.count(bytes)?;
        if !bytes.is_empty() && !from.converts() {
            return Err(charset::no_conversion(from.name(), "UTF8"));
        }
        from.read(bytes).map(String::from)
    });
    registry.binary::<Text, Text, Vec<u8>>("convert_to(text,name)", |text, name, _| {
        let to = named(name, "destination")?;
        if !text.is_empty() && !to.converts() {
            return Err(charset::no_conversion("UTF8", to.name()));
        }
        written(text, to)
    });
    registry
        .ternary::<Bytes, Text, Text, Vec<u8>>("convert(bytea,name,name)", |bytes, from, to, _| {
            convert(bytes, named(from, "source")?, named(to, "destination")?)
        });
    registry.binary::<Bytes, Text, i32>("length(bytea,name)", |bytes, name, _| {
        count(named(name, "source")?.count(bytes)?)
    });
}

fn named(name: &str, role: &str) -> Result<&'static Charset, Fault> {
    charset::named(name).ok_or_else(|| invalid(format!("invalid {role} encoding name \"{name}\"")))
}

fn written(text: &str, to: &Charset) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    to.write(text, &mut bytes)?;
    Ok(bytes)
}

/// Converts by way of UTF-8 where PostgreSQL converts at all.
fn convert(bytes: &[u8], from: &Charset, to: &Charset) -> Result<Vec<u8>, Fault> {
    from.count(bytes)?;
    if bytes.is_empty() || from == to || to.unknown() {
        return Ok(bytes.to_vec());
    }
    if from.unknown() {
        to.count(bytes)?;
        return Ok(bytes.to_vec());
    }
    let plain = from.plain() || to.plain();
    let both = |names: &&[&str]| names.contains(&from.name()) && names.contains(&to.name());
    let converted = if plain {
        from.converts() && to.converts()
    } else {
        RELATED.iter().any(both)
    };
    if converted {
        return written(&from.read(bytes)?, to);
    }
    // There are conversions between some and Emacs' own set, which are not made here.
    Err(if plain || from.converts() && to.converts() {
        charset::no_conversion(from.name(), to.name())
    } else {
        Fault::unsupported("the character set MULE_INTERNAL")
    })
}
