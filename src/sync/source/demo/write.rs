//! Demo rows as the files a source would export.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta};

use super::cell::{Row, Value, World};
use super::plan::Kind;
use crate::pg::text::literal::quote_element;
use crate::pg::types;
use crate::schema::{Column, Table};
use crate::sync::Error;

/// Rows of one part; larger tables come as a folder of them.
const ROWS_PER_PART: u64 = 25_000;

/// Writes one table as a source would export it; says how many rows.
pub(super) fn table(world: &World<'_>, at: usize, folder: &Path) -> Result<u64, Error> {
    let Some(table) = world.product.tables.get(at) else {
        return Ok(0);
    };
    let rows = world.rows(at);
    let name = table
        .source_names
        .first()
        .map_or(table.name.as_str(), String::as_str);
    let form = if at % 3 == 2 { Form::Ndjson } else { Form::Csv };
    let parts = rows.div_ceil(ROWS_PER_PART).max(1);
    let mut written = 0;
    for part in 0..parts {
        let packed = part % 2 == 1 || (parts == 1 && at % 5 == 1);
        let end = match form {
            Form::Csv | Form::Copy => "csv",
            Form::Ndjson => "ndjson",
        };
        let end = if packed {
            format!("{end}.gz")
        } else {
            end.to_owned()
        };
        let path = if parts == 1 {
            folder.join(format!("{name}.{end}"))
        } else {
            fs::create_dir_all(folder.join(name)).map_err(Error::read(folder))?;
            folder.join(name).join(format!("part-{part:04}.{end}"))
        };
        let mut output = Output::create(path, packed)?;
        let first = part * ROWS_PER_PART;
        let numbers = first..rows.min(first + ROWS_PER_PART);
        written += write_rows(world, at, form, numbers, &mut output)?;
        output.finish()?;
    }
    Ok(written)
}

/// Writes one table as one file that COPY reads; says how many rows.
pub(super) fn table_for_copy(world: &World<'_>, at: usize, folder: &Path) -> Result<u64, Error> {
    let Some(table) = world.product.tables.get(at) else {
        return Ok(0);
    };
    let mut output = Output::create(folder.join(format!("{}.csv", table.name)), false)?;
    let written = write_rows(world, at, Form::Copy, 0..world.rows(at), &mut output)?;
    output.finish()?;
    Ok(written)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    Ndjson,
    /// CSV with PostgreSQL's arrays and the declared names.
    Copy,
}

/// A file being written, packed or not.
struct Output {
    path: PathBuf,
    to: Packer,
}

enum Packer {
    Plain(BufWriter<File>),
    Gzip(Box<flate2::write::GzEncoder<BufWriter<File>>>),
}

impl Output {
    fn create(path: PathBuf, packed: bool) -> Result<Self, Error> {
        let file = BufWriter::new(File::create(&path).map_err(Error::read(&path))?);
        let to = if packed {
            Packer::Gzip(Box::new(flate2::write::GzEncoder::new(
                file,
                flate2::Compression::fast(),
            )))
        } else {
            Packer::Plain(file)
        };
        Ok(Self { path, to })
    }

    fn put(&mut self, text: &str) -> Result<(), Error> {
        let put = match &mut self.to {
            Packer::Plain(file) => file.write_all(text.as_bytes()),
            Packer::Gzip(file) => file.write_all(text.as_bytes()),
        };
        put.map_err(Error::read(&self.path))
    }

    fn finish(self) -> Result<(), Error> {
        let finished = match self.to {
            Packer::Plain(mut file) => file.flush(),
            Packer::Gzip(file) => file.finish().and_then(|mut file| file.flush()),
        };
        finished.map_err(Error::read(&self.path))
    }
}

fn write_rows(
    world: &World<'_>,
    at: usize,
    form: Form,
    numbers: std::ops::Range<u64>,
    output: &mut Output,
) -> Result<u64, Error> {
    let Some(table) = world.product.tables.get(at) else {
        return Ok(0);
    };
    let name = |column: &Column| match column.source_names.first() {
        Some(source) if form != Form::Copy => source.clone(),
        _ => column.name.clone(),
    };
    let names: Vec<String> = table.columns.iter().map(name).collect();
    let mut text = String::new();
    if form != Form::Ndjson {
        let header: Vec<_> = names.iter().map(|name| quoted(name)).collect();
        text.push_str(&header.join(","));
        text.push('\n');
    }
    let filter = match world.roles.get(at).map(|role| &role.kind) {
        Some(Kind::Filter { of, column, value }) => Some((*of, *column, value)),
        _ => None,
    };
    let mut written = 0;
    for number in numbers {
        let row = world.row(at, number);
        if let Some((of, column, value)) = filter
            && world.cell(&row.of(of), column) != Value::Text(value.clone())
        {
            continue;
        }
        match form {
            Form::Csv | Form::Copy => csv_row(world, &row, table, form, &mut text),
            Form::Ndjson => json_row(world, &row, table, &names, &mut text),
        }
        output.put(&text)?;
        text.clear();
        written += 1;
    }
    output.put(&text)?;
    Ok(written)
}

fn csv_row(world: &World<'_>, row: &Row, table: &Table, form: Form, text: &mut String) {
    for (at, column) in table.columns.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        let field = match world.cell(row, at) {
            Value::Null => continue,
            Value::List(elements) if form == Form::Copy => array_literal(column, elements),
            Value::List(elements) => json_list(column, elements),
            Value::Json(document) => document.to_string(),
            value => plain(column, value),
        };
        text.push_str(&quoted(&field));
    }
    text.push('\n');
}

fn json_row(world: &World<'_>, row: &Row, table: &Table, names: &[String], text: &mut String) {
    text.push('{');
    for (at, (column, name)) in table.columns.iter().zip(names).enumerate() {
        let value = match world.cell(row, at) {
            // An absent member is NULL too.
            Value::Null if row.number.is_multiple_of(2) => continue,
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(digits) => digits,
            Value::List(elements) => json_list(column, elements),
            Value::Json(document) => document.to_string(),
            value => json_text(&plain(column, value)),
        };
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&json_text(name));
        text.push(':');
        text.push_str(&value);
    }
    text.push_str("}\n");
}

fn json_list(column: &Column, elements: Vec<Value>) -> String {
    let elements = elements.into_iter().map(|element| match element {
        Value::Null => "null".to_owned(),
        Value::Number(digits) => digits,
        element => json_text(&plain(column, element)),
    });
    format!("[{}]", elements.collect::<Vec<_>>().join(","))
}

fn array_literal(column: &Column, elements: Vec<Value>) -> String {
    let mut literal = vec![b'{'];
    for element in elements {
        if literal.len() > 1 {
            literal.push(b',');
        }
        match element {
            Value::Null => literal.extend_from_slice(b"NULL"),
            element => quote_element(plain(column, element).as_bytes(), &mut literal),
        }
    }
    literal.push(b'}');
    // Texts joined by ASCII are a text.
    String::from_utf8(literal).unwrap_or_default()
}

/// The text of a simple value.
fn plain(column: &Column, value: Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(text) | Value::Text(text) => text,
        Value::Time(micros) => {
            let time = DateTime::from_timestamp_micros(micros).unwrap_or_default();
            let zoned = column.kind.oid == types::TIMESTAMPTZ;
            let form = if zoned {
                "%Y-%m-%dT%H:%M:%S%.fZ"
            } else {
                "%Y-%m-%d %H:%M:%S%.f"
            };
            time.format(form).to_string()
        }
        Value::Day(days) => {
            let date = NaiveDate::default() + TimeDelta::days(days.into());
            format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
        }
        Value::Null | Value::List(_) | Value::Json(_) => String::new(),
    }
}

/// A CSV field that is not NULL.
fn quoted(text: &str) -> String {
    let needed = text.is_empty() || text == "\\." || text.contains([',', '"', '\n', '\r']);
    if needed {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn json_text(text: &str) -> String {
    // A text always has a JSON form.
    serde_json::to_string(text).unwrap_or_default()
}
