//! What a valid name or id is.
//!
//! Every identifier that could be confused with another is its own type; `FromStr` is the only
//! door, so a value of one of these types is proof that it was checked.

use std::fmt;
use std::str::FromStr;

/// Says why a text is not a valid identifier of some kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {text:?} {reason}")]
pub struct InvalidIdent {
    kind: &'static str,
    text: String,
    reason: &'static str,
}

/// An object id, as PostgreSQL numbers types, relations and functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Oid(pub u32);

impl Oid {
    /// The oid that names nothing.
    pub const INVALID: Self = Self(0);

    /// Whether this names something.
    pub const fn valid(self) -> bool {
        self.0 != 0
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const SHAPE: &str = "must be 1 to 63 characters of a-z, 0-9, _ or -, starting with a letter";

fn plain(text: &str, dash: bool) -> bool {
    let mut bytes = text.bytes();
    text.len() <= 63
        && bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || (dash && b == b'-')
        })
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $dash:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidIdent;

            fn from_str(text: &str) -> Result<Self, InvalidIdent> {
                if plain(text, $dash) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidIdent { kind: $kind, text: text.to_owned(), reason: SHAPE })
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type!(
    /// One customer organisation; also the name of its database.
    TenantId, "tenant", true
);
/// A database as a client names it: a tenant, and perhaps a time to see it at, `acme@2026-11-20`.
///
/// Nothing about either part is checked here, because the door answers alike whatever they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseName<'a> {
    /// What should be a [`TenantId`].
    pub tenant: &'a str,
    /// What should be a date or time.
    pub as_of: Option<&'a str>,
}

impl<'a> DatabaseName<'a> {
    /// Takes a name apart.
    pub fn of(text: &'a str) -> Self {
        match text.split_once('@') {
            Some((tenant, as_of)) => Self {
                tenant,
                as_of: Some(as_of),
            },
            None => Self {
                tenant: text,
                as_of: None,
            },
        }
    }
}

name_type!(
    /// A declared set of tables; also the name of its schema.
    ProductName, "product", false
);
name_type!(
    /// A login role inside one tenant.
    RoleName, "role", true
);
name_type!(
    /// A declared table of a product.
    TableName, "table", false
);

/// One immutable published state of one product of one tenant; sorts by time.
///
/// Shape: `YYYYMMDDTHHMMSSmmmZ-xxxxxxxx` (UTC to the millisecond, then eight random hex digits).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SnapshotId(String);

impl SnapshotId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SnapshotId {
    type Err = InvalidIdent;

    fn from_str(text: &str) -> Result<Self, InvalidIdent> {
        let fits = text.len() == 28
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 => byte == b'T',
                18 => byte == b'Z',
                19 => byte == b'-',
                20..=27 => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
                _ => byte.is_ascii_digit(),
            });
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidIdent {
                kind: "snapshot id",
                text: text.to_owned(),
                reason: "must look like 20261122T000000000Z-0123abcd",
            })
        }
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
