//! SQL that makes a product's tables in a real PostgreSQL.

use std::fmt::{self, Write};

use crate::pg::Type;
use crate::pg::quote::{quote_ident, quote_literal};
use crate::pg::typename::format_type;
use crate::schema::status::{FUNCTIONS, SCHEMA};
use crate::schema::{Product, Table};

/// Which part of the SQL is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DdlPart {
    /// Both parts, in order.
    All,
    /// Schema, tables with primary keys and NOT NULL, comments: what is needed to load rows.
    Tables,
    /// Foreign keys, to be added once rows are loaded. They are NOT VALID, because the sources'
    /// own data may point to rows that are gone.
    ForeignKeys,
}

/// The SQL of a product; it loads in PostgreSQL 15 as it is.
pub fn ddl(product: &Product, part: DdlPart) -> String {
    let mut sql = String::new();
    // Writing to a String cannot fail.
    let _infallible = write(&mut sql, product, part);
    sql
}

/// The SQL of the schema that every database has beside its products', functions included. Those
/// are internal to this server, so a superuser has to run it; a PostgreSQL shows them and cannot
/// call them.
pub fn status_ddl(status: &Product) -> String {
    let mut sql = ddl(status, DdlPart::Tables);
    // Writing to a String cannot fail.
    let _infallible = functions(&mut sql);
    sql
}

fn functions(sql: &mut String) -> fmt::Result {
    let list = |of: &[(&str, Type)]| {
        let each = of
            .iter()
            .map(|(name, kind)| format!("{} {}", quote_ident(name), format_type(*kind)));
        each.collect::<Vec<_>>().join(", ")
    };
    writeln!(sql, "\nSET check_function_bodies = off;")?;
    for function in FUNCTIONS {
        let (name, arguments) = (quote_ident(function.name), list(function.arguments));
        let kinds: Vec<_> = function.arguments.iter().map(|(_, kind)| *kind).collect();
        let kinds: Vec<_> = kinds.into_iter().map(format_type).collect();
        writeln!(
            sql,
            "CREATE FUNCTION {SCHEMA}.{name}({arguments})\n    RETURNS TABLE ({})\n    \
             LANGUAGE sql COST 1 STABLE AS '';\n\
             COMMENT ON FUNCTION {SCHEMA}.{name}({kinds}) IS {};\n\
             -- PostgreSQL makes no internal function of a name it does not have itself.\n\
             UPDATE pg_proc SET prosrc = {},\n    \
             prolang = (SELECT oid FROM pg_language WHERE lanname = 'internal')\n    \
             WHERE oid = '{SCHEMA}.{name}({kinds})'::regprocedure;",
            list(function.columns),
            quote_literal(function.comment),
            quote_literal(function.name),
            kinds = kinds.join(", "),
        )?;
    }
    Ok(())
}

fn write(sql: &mut String, product: &Product, part: DdlPart) -> fmt::Result {
    if part != DdlPart::ForeignKeys {
        let schema = quote_ident(product.name.as_str());
        writeln!(
            sql,
            "-- {}, major version {}: {} tables.\n",
            product.display_name,
            product.major_version,
            product.tables.len()
        )?;
        writeln!(sql, "CREATE SCHEMA {schema};")?;
        let comment = quote_literal(&product.description);
        writeln!(sql, "COMMENT ON SCHEMA {schema} IS {comment};")?;
        for table in &product.tables {
            create(sql, product, table)?;
            comments(sql, product, table)?;
        }
    }
    if part != DdlPart::Tables {
        foreign_keys(sql, product)?;
    }
    Ok(())
}

fn create(sql: &mut String, product: &Product, table: &Table) -> fmt::Result {
    writeln!(sql, "\nCREATE TABLE {} (", qualified(product, table))?;
    for (at, column) in table.columns.iter().enumerate() {
        if at > 0 {
            sql.write_str(",\n")?;
        }
        let kind = format_type(column.kind);
        write!(sql, "    {} {kind}", quote_ident(&column.name))?;
        if !column.nullable {
            sql.write_str(" NOT NULL")?;
        }
    }
    if !table.primary_key().is_empty() {
        let columns: Vec<_> = table
            .primary_key()
            .iter()
            .map(|name| quote_ident(name))
            .collect();
        write!(
            sql,
            ",\n    CONSTRAINT {} PRIMARY KEY ({})",
            quote_ident(&table.primary_key_name()),
            columns.join(", ")
        )?;
    }
    sql.write_str("\n);\n")
}

fn comments(sql: &mut String, product: &Product, table: &Table) -> fmt::Result {
    let name = qualified(product, table);
    let comment = quote_literal(&table.comment());
    writeln!(sql, "COMMENT ON TABLE {name} IS {comment};")?;
    for column in &table.columns {
        writeln!(
            sql,
            "COMMENT ON COLUMN {name}.{} IS {};",
            quote_ident(&column.name),
            quote_literal(&column.comment())
        )?;
    }
    Ok(())
}

fn foreign_keys(sql: &mut String, product: &Product) -> fmt::Result {
    writeln!(
        sql,
        "\n-- References, for after the rows are loaded. NOT VALID: rows of the sources may point to rows\n\
         -- that are gone, which these constraints document but do not refuse."
    )?;
    for table in &product.tables {
        for (column, target) in product.foreign_keys(table) {
            let key: Vec<_> = target
                .primary_key()
                .iter()
                .map(|name| quote_ident(name))
                .collect();
            writeln!(
                sql,
                "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) NOT VALID;",
                qualified(product, table),
                quote_ident(&table.foreign_key_name(column)),
                quote_ident(&column.name),
                qualified(product, target),
                key.join(", ")
            )?;
        }
    }
    Ok(())
}

fn qualified(product: &Product, table: &Table) -> String {
    format!(
        "{}.{}",
        quote_ident(product.name.as_str()),
        quote_ident(table.name.as_str())
    )
}
