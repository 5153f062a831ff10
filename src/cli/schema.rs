//! `syllabase schema`: check, list, show, ddl, erd, docs.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::output::{Answer, columns};
use super::{Desk, Error};
use crate::app;
use crate::schema::render::{self, DdlPart};
use crate::schema::status::status;
use crate::schema::{self, Product, Products};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Check the schema files, the shipped ones and those of a folder
    Check {
        /// A folder of schema files to check as well
        folder: Option<PathBuf>,
    },
    /// List all tables
    List {
        /// Only these products
        products: Vec<String>,
    },
    /// Show a table with its columns, or a product with its tables
    Show {
        /// As learnamp.users, or learnamp
        name: String,
    },
    /// Print SQL that makes the same tables in a real PostgreSQL
    Ddl {
        /// Only these products
        products: Vec<String>,
        /// Which part of it
        #[arg(long, value_enum, default_value_t = Part::All)]
        part: Part,
        /// The schema that every database has beside its products', instead
        #[arg(long, conflicts_with_all = ["products", "part"])]
        status: bool,
    },
    /// Draw a product's tables and references, as SVG
    Erd { product: String },
    /// Print a reference of all tables and columns, as Markdown
    Docs {
        /// Only these products
        products: Vec<String>,
        /// The schema that every database has beside its products', instead
        #[arg(long, conflicts_with = "products")]
        status: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Part {
    /// All of it
    All,
    /// Tables, keys and comments: what is needed to load rows
    Tables,
    /// Foreign keys, for after the rows
    ForeignKeys,
}

pub(super) fn run(desk: &Desk, verb: &Verb) -> Result<Answer, Error> {
    let known = app::products(&desk.settings)?;
    match verb {
        Verb::Check { folder } => check(&known, folder.as_ref()),
        Verb::List { products } => Ok(list(&chosen(&known, products)?)),
        Verb::Show { name } => show(&known, name),
        Verb::Ddl { status: true, .. } => Ok(document("sql", render::status_ddl(&status()?))),
        Verb::Ddl { products, part, .. } => {
            let part = match part {
                Part::All => DdlPart::All,
                Part::Tables => DdlPart::Tables,
                Part::ForeignKeys => DdlPart::ForeignKeys,
            };
            let chosen = chosen(&known, products)?;
            let parts: Vec<String> = chosen.iter().map(|one| render::ddl(one, part)).collect();
            Ok(document("sql", parts.join("\n")))
        }
        Verb::Erd { product } => {
            let product = product_of(&known, product)?;
            Ok(document("svg", render::erd(&product)))
        }
        Verb::Docs { status: true, .. } => {
            Ok(document("markdown", render::status_page(&status()?)))
        }
        Verb::Docs { products, .. } => {
            let chosen = chosen(&known, products)?;
            Ok(document(
                "markdown",
                render::markdown(chosen.iter().map(Arc::as_ref)),
            ))
        }
    }
}

fn document(kind: &str, text: String) -> Answer {
    let json = json!({"ok": true, kind: text});
    Answer::line(text, json)
}

fn product_of(known: &Products, name: &str) -> Result<Arc<Product>, Error> {
    let found = known.iter().find(|product| product.name.as_str() == name);
    found.cloned().ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|product| product.name.as_str()).collect();
        Error::refused(
            format!("there is no product \"{name}\""),
            format!("one of: {}", names.join(", ")),
        )
    })
}

fn chosen(known: &Products, names: &[String]) -> Result<Vec<Arc<Product>>, Error> {
    if names.is_empty() {
        return Ok(known.iter().cloned().collect());
    }
    names.iter().map(|name| product_of(known, name)).collect()
}

fn check(known: &Products, folder: Option<&PathBuf>) -> Result<Answer, Error> {
    let more = folder.map(|folder| schema::load_dir(folder)).transpose()?;
    let all = known.iter().chain(more.iter().flat_map(Products::iter));
    let rows: Vec<[String; 3]> = all
        .map(|product| {
            let columns: usize = product.tables.iter().map(|table| table.columns.len()).sum();
            let tables = product.tables.len();
            [
                product.name.to_string(),
                tables.to_string(),
                columns.to_string(),
            ]
        })
        .collect();
    let objects: Vec<Value> = rows
        .iter()
        .map(|[product, tables, columns]| {
            json!({"product": product, "tables": tables, "columns": columns})
        })
        .collect();
    let text = columns(["product", "tables", "columns"], &rows);
    Ok(Answer::line(text, json!({"ok": true, "products": objects})))
}

fn list(products: &[Arc<Product>]) -> Answer {
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    for product in products {
        for table in &product.tables {
            let name = format!("{}.{}", product.name, table.name);
            objects.push(json!({
                "table": name,
                "columns": table.columns.len(),
                "description": table.description,
            }));
            rows.push([
                name,
                table.columns.len().to_string(),
                table.description.clone(),
            ]);
        }
    }
    let text = columns(["table", "columns", "description"], &rows);
    Answer::line(text, json!({"ok": true, "tables": objects}))
}

fn show(known: &Products, name: &str) -> Result<Answer, Error> {
    let Some((product, table)) = name.split_once('.') else {
        let product = product_of(known, name)?;
        let json = json!({"ok": true, "product": render::json(&product)});
        return Ok(Answer::line(render::markdown([product.as_ref()]), json));
    };
    let product = product_of(known, product)?;
    let Some(table) = product.table(table) else {
        return Err(Error::refused(
            format!("product \"{}\" has no table \"{table}\"", product.name),
            format!("syllabase schema list {}", product.name),
        ));
    };
    let json = json!({"ok": true, "table": render::json_table(table)});
    Ok(Answer::line(render::markdown_table(&product, table), json))
}
