//! System information: what the session is, what the catalog's numbers mean, who may do what.

mod advisory;
mod backends;
mod definition;
mod describe;
mod name;
mod nights;
mod privilege;
mod reg;
pub(in crate::engine::functions) mod rows;
mod server;
mod session;
mod size;
mod sleep;
mod small;
mod writer;

use super::{Call, Context, Input, Output, Registry};
use crate::engine::catalog::Class;
use crate::ident::Oid;
use crate::pg::Fault;

pub(crate) use describe::type_text;
pub(crate) use privilege::may_execute;
pub(crate) use reg::{format_reg, parse_reg};

/// Registers every function of this area.
pub(crate) fn register(registry: &mut Registry) {
    session::register(registry);
    reg::register(registry);
    describe::register(registry);
    definition::register(registry);
    privilege::register(registry);
    size::register(registry);
    rows::register(registry);
    server::register(registry);
    backends::register(registry);
    advisory::register(registry);
    sleep::register(registry);
    small::register(registry);
    writer::register(registry);
    nights::register(registry);
}

/// The schemas that unqualified names are looked for in, `pg_catalog` included.
fn path(context: &Context) -> Vec<String> {
    let configured = &context.settings.search_path;
    let mut path = Vec::with_capacity(configured.len() + 1);
    if !configured.iter().any(|schema| schema == "pg_catalog") {
        path.push(String::from("pg_catalog"));
    }
    path.extend(configured.iter().cloned());
    path
}

/// A relation's name as SQL: qualified unless its bare name finds it.
fn class_name(class: &Class, context: &Context) -> String {
    let found = context.catalog.class(None, &class.name, &path(context));
    name::shown(
        found
            .is_none_or(|found| found.oid != class.oid)
            .then_some(class.schema.as_str()),
        &class.name,
    )
}

/// The role of the session.
fn current_role(context: &Context) -> Oid {
    context.catalog.role_oid(&context.role).unwrap_or_default()
}

/// Registers a strict function of one argument that may answer NULL.
fn one<A: Input, R: Output>(
    registry: &mut Registry,
    signature: &str,
    body: impl for<'a> Fn(A::Value<'a>, &Context) -> Result<Option<R>, Fault> + Send + Sync + 'static,
) {
    registry.kernel(signature, move |call: &Call<'_>| {
        let a = call.input::<A>(0)?;
        let rows = (0..call.rows).map(|row| match a.at(row) {
            Some(a) => body(a, call.context),
            None => Ok(None),
        });
        R::collect(rows, call.rows, call.storage)
    });
}

/// Registers a strict function of two arguments that may answer NULL.
fn two<A: Input, B: Input, R: Output>(
    registry: &mut Registry,
    signature: &str,
    body: impl for<'a, 'b> Fn(A::Value<'a>, B::Value<'b>, &Context) -> Result<Option<R>, Fault>
    + Send
    + Sync
    + 'static,
) {
    registry.kernel(signature, move |call: &Call<'_>| {
        let (a, b) = (call.input::<A>(0)?, call.input::<B>(1)?);
        let rows = (0..call.rows).map(|row| match (a.at(row), b.at(row)) {
            (Some(a), Some(b)) => body(a, b, call.context),
            _ => Ok(None),
        });
        R::collect(rows, call.rows, call.storage)
    });
}

/// Registers a strict function of three arguments that may answer NULL.
fn three<A: Input, B: Input, C: Input, R: Output>(
    registry: &mut Registry,
    signature: &str,
    body: impl for<'a, 'b, 'c> Fn(
        A::Value<'a>,
        B::Value<'b>,
        C::Value<'c>,
        &Context,
    ) -> Result<Option<R>, Fault>
    + Send
    + Sync
    + 'static,
) {
    registry.kernel(signature, move |call: &Call<'_>| {
        let (a, b, c) = (
            call.input::<A>(0)?,
            call.input::<B>(1)?,
            call.input::<C>(2)?,
        );
        let rows = (0..call.rows).map(|row| match (a.at(row), b.at(row), c.at(row)) {
            (Some(a), Some(b), Some(c)) => body(a, b, c, call.context),
            _ => Ok(None),
        });
        R::collect(rows, call.rows, call.storage)
    });
}
