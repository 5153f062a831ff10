//! What a product looks like to people and to other programs.
//!
//! Each function gives a whole text and decides nothing about where it goes.

mod ddl;
mod erd;
mod json;
mod markdown;

pub use ddl::{DdlPart, ddl};
pub use erd::erd;
pub use json::{json, json_table};
pub use markdown::{markdown, markdown_table};
