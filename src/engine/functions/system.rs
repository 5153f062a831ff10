//! Names of catalog objects.
use super::Context;
use crate::ident::Oid;
use crate::pg::Fault;

/// The oid behind a name.
pub(crate) fn parse_reg(kind: Oid, text: &str, context: &Context) -> Result<u32, Fault> {
    let _ = (kind, context);
    text.parse().map_err(|_| Fault::unsupported("reg"))
}

/// The name behind an oid.
pub(crate) fn format_reg(kind: Oid, oid: u32, context: &Context) -> String {
    let _ = (kind, context);
    oid.to_string()
}
