//! The table reference, as a Markdown page.

use std::fmt::{self, Write};

use crate::pg::typename::{parse_type_name, short_type};
use crate::schema::status::SCHEMA;
use crate::schema::{Action, Column, Origin, Product, Table};

/// A page with every table and column of the products given.
pub fn markdown<'a>(products: impl IntoIterator<Item = &'a Product>) -> String {
    let mut page = String::from(
        "# Tables\n\n\
         Made from the schema files by `syllabase schema docs`; change those, not this page.\n\n\
         Each product is a schema of the tenant's database: `select * from learnink.users`.\n\
         A column marked *inferred* is not in the source's documents: its name is our best reading of \
         them, and may differ from what the source really delivers.\n\
         Where a table has checks, they are made every night; `syllabase.quality` says what they found.\n",
    );
    for product in products {
        // Writing to a String cannot fail.
        let _infallible = write_product(&mut page, product);
    }
    page
}

/// The section of one table.
pub fn markdown_table(product: &Product, table: &Table) -> String {
    let mut page = String::new();
    // Writing to a String cannot fail.
    let _infallible = write_table(&mut page, product, table);
    page
}

fn write_product(page: &mut String, product: &Product) -> fmt::Result {
    let columns: usize = product.tables.iter().map(|table| table.columns.len()).sum();
    writeln!(page, "\n## {}\n", product.display_name)?;
    writeln!(
        page,
        "Schema `{}`, major version {}: {} tables, {columns} columns. {}\n",
        product.name,
        product.major_version,
        product.tables.len(),
        escape(&product.description)
    )?;
    for note in &product.notes {
        writeln!(page, "- {}", escape(note))?;
    }
    if !product.notes.is_empty() {
        page.write_char('\n')?;
    }
    page.write_str("| Table | One row | Holds |\n|---|---|---|\n")?;
    for table in &product.tables {
        writeln!(
            page,
            "| [`{name}`](#{product}{name}) | {} | {} |",
            escape(table.grain.trim_start_matches("one row ")),
            escape(&table.description),
            name = table.name,
            product = product.name,
        )?;
    }
    for table in &product.tables {
        page.write_char('\n')?;
        write_table(page, product, table)?;
    }
    Ok(())
}

fn write_table(page: &mut String, product: &Product, table: &Table) -> fmt::Result {
    writeln!(page, "### {}.{}\n", product.name, table.name)?;
    writeln!(
        page,
        "{}; {}. {}",
        escape(&table.description),
        escape(&table.grain),
        key(table)
    )?;
    if table.required {
        page.write_str("A sync without this table fails.\n")?;
    }
    if table.origin == Origin::Inferred {
        page.write_str("**Inferred:** the source's documents do not list the columns.\n")?;
    }
    page.write_char('\n')?;
    for note in &table.notes {
        writeln!(page, "- {}", escape(note))?;
    }
    if !table.notes.is_empty() {
        page.write_char('\n')?;
    }
    page.write_str("| Column | Type | Null | Meaning |\n|---|---|---|---|\n")?;
    for column in &table.columns {
        let inferred = column.origin == Origin::Inferred && table.origin != Origin::Inferred;
        writeln!(
            page,
            "| `{}`{} | {} | {} | {} |",
            column.name,
            if inferred { " *inferred*" } else { "" },
            served_as(column),
            if column.nullable { "yes" } else { "no" },
            escape(&column.comment())
        )?;
    }
    // What nights did is not checked by nights.
    if product.name.as_str() == SCHEMA {
        return Ok(());
    }
    write_checks(page, table)
}

/// What is looked for in the rows every night, as [`crate::schema::Check`] says it.
fn write_checks(page: &mut String, table: &Table) -> fmt::Result {
    if table.checks.is_empty() {
        return Ok(());
    }
    page.write_str("\n| Check | Rows that fail it | Says |\n|---|---|---|\n")?;
    for check in &table.checks {
        let said = match check.action {
            Action::Count => "are counted",
            Action::Flag => "are counted and listed",
            Action::Quarantine => "are refused",
            Action::Hold => "hold the snapshot",
            Action::Fail => "fail the run",
        };
        let says = escape(&check.to_string());
        writeln!(page, "| `{}` | {said} | {says} |", check.name)?;
    }
    Ok(())
}

fn key(table: &Table) -> String {
    let columns: Vec<_> = table.key.iter().map(|name| format!("`{name}`")).collect();
    let columns = columns.join(", ");
    match (table.key.is_empty(), table.key_enforced, table.key_origin) {
        (true, ..) => "Nothing identifies a row.".to_owned(),
        (_, true, Origin::Inferred) => format!("Primary key: {columns} (inferred)."),
        (_, true, _) => format!("Primary key: {columns}."),
        (_, false, _) => format!("Rows are told apart by {columns}, which may repeat."),
    }
}

fn served_as(column: &Column) -> String {
    let served = short_type(column.kind);
    match &column.source_type {
        Some(source) if parse_type_name(source) != Some(column.kind) => {
            format!("{served} (source: {})", escape(source))
        }
        _ => served,
    }
}

/// Keeps a text from being read as Markdown or as the end of a table cell.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut in_word = false;
    for letter in text.chars() {
        // Inside a word `_` marks nothing.
        let marks = matches!(letter, '|' | '*' | '`' | '<' | '[' | ']' | '\\' | '#');
        if marks || (letter == '_' && !in_word) {
            safe.push('\\');
        }
        safe.push(letter);
        in_word = letter.is_alphanumeric() || (letter == '_' && in_word);
    }
    safe
}
