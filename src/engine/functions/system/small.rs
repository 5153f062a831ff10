//! Small things of the manual's chapters 9.26 and 9.27 that need no catalog.

use super::super::Registry;
use super::super::call::{Input, List, ObjectId, Text};
use super::{describe, one, two};
use crate::ident::Oid;
use crate::pg::Fault;

/// A version 4 UUID.
fn random_uuid() -> [u8; 16] {
    let mut bytes: [u8; 16] = rand::random();
    for (at, keep, set) in [(6, 0x0f, 0x40), (8, 0x3f, 0x80)] {
        if let Some(byte) = bytes.get_mut(at) {
            *byte = *byte & keep | set;
        }
    }
    bytes
}

pub(super) fn register(registry: &mut Registry) {
    registry.nullary::<[u8; 16]>("gen_random_uuid()", |_| Ok(Some(random_uuid())));
    one::<List, String>(registry, "oidvectortypes(oidvector)", |kinds, context| {
        let kinds = ObjectId::downcast(&kinds)
            .ok_or_else(|| Fault::internal("an oidvector is not of oids"))?;
        let names: Vec<String> = kinds
            .iter()
            .flatten()
            .map(|oid| describe::format(Oid(oid), None, context))
            .collect();
        Ok(Some(names.join(", ")))
    });
    two::<Text, ObjectId, String>(registry, "nameconcatoid(name,oid)", |name, oid, _| {
        let suffix = format!("_{oid}");
        let most = 63_usize.saturating_sub(suffix.len());
        Ok(Some(
            crate::pg::text::scalar::cut_bytes(name, most).to_owned() + &suffix,
        ))
    });
}
