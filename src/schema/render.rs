//! What a product looks like to people and to other programs.
//!
//! Each function gives a whole text and decides nothing about where it goes.

mod ddl;
mod erd;
mod json;
mod markdown;

use crate::schema::Product;
use crate::schema::status::{FUNCTIONS, SCHEMA};

pub use ddl::{DdlPart, ddl, status_ddl};
pub use erd::erd;
pub use json::{json, json_table};
pub use markdown::{markdown, markdown_table};

/// The page about the schema that every database has beside its products'.
pub fn status_page(status: &Product) -> String {
    let mut text = markdown([status]);
    text.push_str("\n## Functions\n\n");
    for function in FUNCTIONS {
        let list = |of: &[(&str, crate::pg::Type)]| {
            let each = of.iter().map(|(name, kind)| {
                let name = crate::pg::quote::quote_ident(name);
                format!("{name} {}", crate::pg::typename::format_type(*kind))
            });
            each.collect::<Vec<_>>().join(", ")
        };
        text.push_str(&format!(
            "`{SCHEMA}.{}({}) → table ({})`\n\n{}\n",
            function.name,
            list(function.arguments),
            list(function.columns),
            function.comment
        ));
    }
    text
}

/// The generated pages of the documentation: names of files and their texts.
pub fn pages<'a>(products: impl IntoIterator<Item = &'a Product>) -> Vec<(String, String)> {
    let products: Vec<&Product> = products.into_iter().collect();
    let mut overview = vec![String::from(
        "# Entity diagrams\n\n\
         Made from the schema files by `syllabase schema docs`; change those, not these pages.\n\n\
         A table that is pointed to has a wire of its own colour, named on the left. Hold the pointer \
         over a table or column in the opened picture to read its comment.\n",
    )];
    let mut pages = vec![("tables.md".to_owned(), markdown(products.iter().copied()))];
    for product in products {
        let file = format!("erd-{}.svg", product.name);
        overview.push(format!(
            "\n## {name}\n\n[![{name}]({file})]({file})\n",
            name = product.display_name
        ));
        pages.push((file, erd(product)));
    }
    pages.push(("erd.md".to_owned(), overview.concat()));
    pages
}
