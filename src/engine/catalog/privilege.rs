//! Who may do what: PostgreSQL's access lists, read as PostgreSQL reads them.

use super::data::elements;
use super::relations::PG_CATALOG;
use super::system::ProcRow;
use super::{Catalog, Class, OWNER, RelationColumn};
use crate::ident::Oid;

/// The bootstrap superuser: owner of PostgreSQL's own objects.
pub(crate) const SUPERUSER: Oid = Oid(10);

/// `pg_database_owner`, whose only member is whoever owns the database.
const DATABASE_OWNER: Oid = Oid(6171);

/// Letters of all privileges on a kind of object, and those everybody has when there is no list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defaults {
    /// What the owner has.
    owner: &'static str,
    /// What everybody has.
    everybody: &'static str,
}

/// Tables and views.
pub(crate) const TABLE: Defaults = Defaults {
    owner: "arwdDxt",
    everybody: "",
};
/// Schemas.
pub(crate) const SCHEMA: Defaults = Defaults {
    owner: "UC",
    everybody: "",
};
/// Databases.
pub(crate) const DATABASE: Defaults = Defaults {
    owner: "CTc",
    everybody: "Tc",
};
/// Functions.
pub(crate) const FUNCTION: Defaults = Defaults {
    owner: "X",
    everybody: "X",
};
/// Types and languages.
pub(crate) const USAGE: Defaults = Defaults {
    owner: "U",
    everybody: "U",
};
/// Tablespaces.
pub(crate) const TABLESPACE: Defaults = Defaults {
    owner: "C",
    everybody: "",
};

/// A privilege asked for: its letter, and whether the right to grant it is asked for too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// As in an access list.
    pub(crate) letter: char,
    /// `WITH GRANT OPTION`.
    pub(crate) grant: bool,
}

/// Reading.
pub(crate) const SELECT: Wanted = Wanted {
    letter: 'r',
    grant: false,
};
/// Calling.
pub(crate) const EXECUTE: Wanted = Wanted {
    letter: 'X',
    grant: false,
};

/// The privileges that a text such as `SELECT, INSERT WITH GRANT OPTION` asks for, any of which is
/// enough; `None` when a word is not a privilege of this kind of object.
pub(crate) fn parse(text: &str, known: &[(&str, char)]) -> Result<Vec<Wanted>, String> {
    text.split(',')
        .map(|part| {
            let part = part.trim();
            let upper = part.to_ascii_uppercase();
            let (word, grant) = match upper.strip_suffix(" WITH GRANT OPTION") {
                Some(word) => (word, true),
                None => (upper.as_str(), false),
            };
            let found = known.iter().find(|(name, _)| *name == word);
            let letter = found
                .map(|(_, letter)| *letter)
                .ok_or_else(|| part.to_owned())?;
            Ok(Wanted { letter, grant })
        })
        .collect()
}

impl Catalog {
    /// A role's name.
    pub(crate) fn role_name(&self, oid: Oid) -> Option<String> {
        let own = self.own_roles().into_iter().find(|(own, ..)| *own == oid);
        own.map(|(_, name, _)| name).or_else(|| {
            let mut fixed = super::roles::fixed().iter();
            fixed
                .find(|(fixed, _)| *fixed == oid)
                .map(|(_, name)| name.clone())
        })
    }

    /// A role's oid.
    pub(crate) fn role_oid(&self, name: &str) -> Option<Oid> {
        let own = self.own_roles().into_iter().find(|(_, own, _)| own == name);
        own.map(|(oid, ..)| oid).or_else(|| {
            let mut fixed = super::roles::fixed().iter();
            fixed.find(|(_, fixed)| fixed == name).map(|(oid, _)| *oid)
        })
    }

    /// Whether a role has the rights of another: itself, a member, or the superuser.
    pub(crate) fn has_role(&self, role: Oid, of: Oid) -> bool {
        if role == of || role == SUPERUSER {
            return true;
        }
        let login = self.own_roles().into_iter().any(|(oid, ..)| oid == role);
        login && (of == OWNER.oid || of == DATABASE_OWNER) || super::roles::member(role, of)
    }

    /// Whether a role may do any of what is wanted with an object.
    pub(crate) fn may(
        &self,
        role: Oid,
        owner: Oid,
        acl: Option<&str>,
        defaults: Defaults,
        wanted: &[Wanted],
    ) -> bool {
        if role == SUPERUSER {
            return true;
        }
        let owns = self.has_role(role, owner);
        let Some(entries) = acl.and_then(elements) else {
            return wanted.iter().any(|want| {
                owns && defaults.owner.contains(want.letter)
                    || !want.grant && defaults.everybody.contains(want.letter)
            });
        };
        // An owner may always grant, even what it took from itself.
        owns && wanted.iter().any(|want| want.grant)
            || entries.into_iter().flatten().any(|entry| {
                let Some((grantee, rights)) = entry.split_once('=') else {
                    return false;
                };
                let rights = rights.split('/').next().unwrap_or_default();
                let applies = grantee.is_empty()
                    || self
                        .role_oid(grantee.trim_matches('"'))
                        .is_some_and(|to| self.has_role(role, to));
                applies && wanted.iter().any(|want| granted(rights, *want))
            })
    }

    /// Whether a role may do any of what is wanted with a table or view.
    pub(crate) fn may_table(&self, role: Oid, class: &Class, wanted: &[Wanted]) -> bool {
        let reads_all = class.namespace != PG_CATALOG && super::roles::reads_all(role);
        reads_all && wanted.iter().any(|want| want.letter == 'r' && !want.grant)
            || self.may(role, class.owner, class.acl.as_deref(), TABLE, wanted)
    }

    /// Whether a role may do any of what is wanted with a column, be it through its table.
    pub(crate) fn may_column(
        &self,
        role: Oid,
        class: &Class,
        column: &RelationColumn,
        wanted: &[Wanted],
    ) -> bool {
        let listed = column.acl.as_deref();
        self.may_table(role, class, wanted)
            || listed.is_some() && self.may(role, class.owner, listed, TABLE, wanted)
    }

    /// Whether a role may call a function.
    pub(crate) fn may_call(&self, role: Oid, proc: &ProcRow) -> bool {
        self.may(role, SUPERUSER, proc.acl.as_deref(), FUNCTION, &[EXECUTE])
    }

    /// The access list of the database: connecting, and nothing that writes.
    pub(super) fn database_acl(&self) -> String {
        format!("{{=c/{0},{0}=c/{0}}}", OWNER.name)
    }

    /// Whether a role may do any of what is wanted with the database.
    pub(crate) fn may_database(&self, role: Oid, wanted: &[Wanted]) -> bool {
        self.may(
            role,
            OWNER.oid,
            Some(&self.database_acl()),
            DATABASE,
            wanted,
        )
    }
}

/// Whether the letters of an entry hold what is wanted; a star after a letter is the grant option.
fn granted(rights: &str, want: Wanted) -> bool {
    let mut letters = rights.chars().peekable();
    while let Some(letter) = letters.next() {
        let star = letters.next_if_eq(&'*').is_some();
        if letter == want.letter && (star || !want.grant) {
            return true;
        }
    }
    false
}
