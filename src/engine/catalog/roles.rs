//! The roles that every PostgreSQL 15 has.

use std::sync::LazyLock;

use super::data::{DataError, File};
use crate::ident::Oid;

/// `pg_read_all_data`.
const READ_ALL_DATA: Oid = Oid(6181);

/// Oid and name of each.
pub(super) fn fixed() -> &'static [(Oid, String)] {
    static ROLES: LazyLock<Vec<(Oid, String)>> = LazyLock::new(|| {
        load().unwrap_or_else(|error| {
            tracing::error!(%error, "the embedded roles cannot be read");
            Vec::new()
        })
    });
    &ROLES
}

/// Pairs of role and member.
fn members() -> &'static [(Oid, Oid)] {
    static MEMBERS: LazyLock<Vec<(Oid, Oid)>> = LazyLock::new(|| {
        load_members().unwrap_or_else(|error| {
            tracing::error!(%error, "the embedded memberships cannot be read");
            Vec::new()
        })
    });
    &MEMBERS
}

/// Whether one of PostgreSQL's own roles is in another, directly or through a third.
pub(super) fn member(role: Oid, of: Oid) -> bool {
    let direct = members().iter().filter(|(_, member)| *member == role);
    direct.clone().any(|(group, _)| *group == of)
        || direct
            .clone()
            .any(|(group, _)| members().contains(&(of, *group)))
}

/// Whether a role may read every table.
pub(super) fn reads_all(role: Oid) -> bool {
    role == READ_ALL_DATA
}

fn load() -> Result<Vec<(Oid, String)>, DataError> {
    let file = File::open("pg_authid")?;
    let at = file.columns(["oid", "rolname"])?;
    file.rows()
        .map(|row| row.and_then(|row| Ok((Oid(row.number(at[0])?), row.string(at[1])))))
        .collect()
}

fn load_members() -> Result<Vec<(Oid, Oid)>, DataError> {
    let file = File::open("pg_auth_members")?;
    let at = file.columns(["roleid", "member"])?;
    file.rows()
        .map(|row| row.and_then(|row| Ok((Oid(row.number(at[0])?), Oid(row.number(at[1])?)))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roles_of_postgresql_are_read() {
        assert_eq!(load().unwrap().len(), 13);
        assert_eq!(load_members().unwrap().len(), 3);
        assert!(
            member(Oid(3373), Oid(3374)),
            "pg_monitor is in pg_read_all_settings"
        );
        assert!(!member(Oid(3374), Oid(3373)));
    }
}
