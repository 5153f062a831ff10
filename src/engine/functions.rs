//! What SQL functions and operators do.
//!
//! A function is a row of `pg_proc` (see [`super::catalog::system`]) and, where we run it, one
//! [`Implementation`] registered here under its signature. Operators and casts name a `pg_proc` row,
//! so they need nothing of their own. Adding a function is one line in a `register` function below:
//! the row exists already, the analyzer resolves by it, `\df` shows it.
//!
//! Signatures are written as `regprocedure` prints them with `pg_type` names, `name(type,type)`,
//! for instance `substr(text,int4,int4)`, `array_append(anycompatiblearray,anycompatible)`.

mod aggregate;
#[cfg(test)]
mod answers;
mod array;
mod bits;
mod call;
#[cfg(test)]
mod cases;
mod cast;
mod concat;
mod convert;
mod encoding;
mod format;
mod hash;
mod inout;
mod json;
mod key;
pub(crate) mod lift;
mod lookup;
mod member;
mod money;
mod network;
mod number;
mod numbers;
#[cfg(test)]
mod page;
mod path;
mod pattern;
mod range;
mod registry;
mod sample;
mod search;
mod support;
pub(crate) mod system;
mod text;
mod time;
pub(crate) mod window;

pub(in crate::engine) use aggregate::session_style;
pub(crate) use call::{Call, Context, Elements, Failure, Input, Output};
pub(crate) use convert::{input, io_cast};
pub(crate) use key::{keys, sort_key};
pub(crate) use lift::{any_all, over_elements};
pub(crate) use lookup::case;
pub(crate) use member::{Membership, with_keys};
pub(crate) use path::{on_path, path_with};
pub(crate) use registry::{
    Implementation, Kernel, PgFunction, Registry, cast_constant, folded, functions, may_fail,
};
pub(crate) use sample::{sampled_by_chance, sampled_by_key};
pub(crate) use system::{may_execute, type_text};

/// Registers every implementation, area by area.
pub(crate) fn register(registry: &mut Registry) {
    aggregate::register(registry);
    cast::register(registry);
    number::register(registry);
    json::register(registry);
    text::register(registry);
    pattern::register(registry);
    time::register(registry);
    format::register(registry);
    array::register(registry);
    concat::register(registry);
    encoding::register(registry);
    window::register(registry);
    system::register(registry);
    bits::register(registry);
    money::register(registry);
    network::register(registry);
    range::register(registry);
    support::register(registry);
    hash::register(registry);
    inout::register(registry);
    search::register(registry);
}
