//! Puts everything together: who is built with what, in which order, and how it all stops.

use crate::config::Settings;
use crate::schema::{self, Products};

/// The products this installation knows: the shipped ones, and those of the configured folder.
pub fn products(settings: &Settings) -> Result<Products, schema::Error> {
    let shipped = schema::builtin()?;
    let more = settings
        .schemas
        .as_deref()
        .map(schema::load_dir)
        .transpose()?;
    let all = shipped.iter().chain(more.iter().flat_map(Products::iter));
    Products::new(all.map(|product| schema::Product::clone(product)))
}
