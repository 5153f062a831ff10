//! What is derived from schema files, held against a real PostgreSQL.

use std::fs;
use std::path::Path;

use syllabase::ident::Oid;
use syllabase::pg::Type;
use syllabase::pg::quote::{quote_ident, quote_literal};
use syllabase::pg::typename::{format_type, parse_type_name};
use syllabase::schema::render::{DdlPart, ddl, pages, status_page};
use syllabase::schema::samples::SAMPLES;
use syllabase::schema::status::status;
use syllabase::schema::{Product, builtin, load_dir};

use crate::postgres::Postgres;

#[tokio::test]
async fn postgresql_makes_of_the_ddl_what_was_declared() {
    let postgres = Postgres::start();
    let client = postgres.connect().await;
    for product in &builtin().unwrap() {
        postgres.psql(&ddl(product, DdlPart::All));
        assert_eq!(columns(&client, product).await, declared_columns(product));
        assert_eq!(keys(&client, product).await, declared_keys(product));
    }
    for sample in SAMPLES {
        let prepared = client.prepare(sample.sql).await;
        let prepared = prepared.unwrap_or_else(|error| panic!("{}: {error:?}", sample.name));
        client.query(&prepared, &[]).await.unwrap();
    }
}

#[test]
fn rows_that_point_nowhere_load_and_keys_are_added_after_them() {
    let postgres = Postgres::start();
    let products = builtin().unwrap();
    let learnamp = products.get(&"learnamp".parse().unwrap()).unwrap();
    postgres.psql(&ddl(learnamp, DdlPart::Tables));
    postgres.psql("insert into learnamp.team_users (id, team_id, user_id) values (1, 2, 3)");
    postgres.psql(&ddl(learnamp, DdlPart::ForeignKeys));
    let unchecked =
        "select bool_and(not convalidated), count(*) from pg_constraint where contype = 'f'";
    let expected: usize = learnamp
        .tables
        .iter()
        .map(|table| learnamp.foreign_keys(table).count())
        .sum();
    assert_eq!(postgres.psql(unchecked).trim(), format!("t|{expected}"));
}

#[test]
fn a_product_needs_nothing_but_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"format = 1
product = { name = "shop", display_name = "The \"Shop\"", major_version = 3, description = "It's a shop" }
[[table]]
name = "order"
description = "What was ordered"
grain = "one row per order"
key = ["from", "number"]
column = [
    { name = "from", type = "varchar(20)", nullable = false, description = "Who ordered" },
    { name = "number", type = "smallint", nullable = false, description = 'A backslash \ and a <tag> & more' },
    { name = "again", type = "char(3)[]", description = "Other | things" },
    { name = "paid", type = "numeric(38,10)", description = "What it cost" },
    { name = "clocked", type = "time", description = "When" },
]
check = [ { name = "paid_something", description = "Orders are paid | at least", rule = "paid > 0", action = "hold" } ]
"#;
    fs::write(folder.path().join("shop.toml"), text).unwrap();
    fs::write(folder.path().join("notes.txt"), "not a schema").unwrap();
    let products = load_dir(folder.path()).unwrap();
    let shop = products.get(&"shop".parse().unwrap()).unwrap();
    let postgres = Postgres::start();
    postgres.psql(&ddl(shop, DdlPart::All));
    let comment = "select obj_description('shop'::regnamespace), \
                   col_description('shop.order'::regclass, 2)";
    assert_eq!(
        postgres.psql(comment).trim(),
        r"It's a shop|A backslash \ and a <tag> & more."
    );
    let pages = pages(products.iter().map(|product| &**product));
    let names: Vec<_> = pages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["tables.md", "erd-shop.svg", "erd.md"]);
    assert!(pages[0].1.contains(r"Other \| things"));
    let check = r"| `paid_something` | hold the snapshot | Orders are paid \| at least |";
    assert!(pages[0].1.contains(check), "{}", pages[0].1);
    assert!(pages[1].1.contains("&lt;tag&gt; &amp; more"));
}

#[tokio::test]
async fn names_of_types_and_quoting_are_postgresqls() {
    let postgres = Postgres::start();
    let client = postgres.connect().await;
    let printed = "select oid, typmod, format_type(oid, typmod) \
                   from pg_type, unnest(array[-1, 7, 42, 917510, 198658]) typmod \
                   where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'p') \
                     and (typmod = -1 or oid in (1042, 1043, 1700, 1015, 1231)) \
                   order by 1, 2";
    let mut compared = 0;
    for row in client.query(printed, &[]).await.unwrap() {
        let of = Type {
            oid: Oid(row.get(0)),
            modifier: row.get(1),
        };
        let ours = format_type(of);
        if !ours.starts_with("???") {
            assert_eq!(ours, row.get::<_, &str>(2), "{of:?}");
            compared += 1;
        }
    }
    assert!(compared > 100, "only {compared} types were compared");
    for name in [
        "int8",
        "varchar(5)",
        "char",
        "numeric(5,2)",
        "timestamp(3)",
        "float",
        "bit",
    ] {
        let read = parse_type_name(name).unwrap();
        let theirs = format!("select format_type({}, {})", read.oid, read.modifier);
        let row = format!(
            "create temp table t (c {name}); \
             select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 't'::regclass and attnum = 1"
        );
        assert_eq!(postgres.psql(&theirs), postgres.psql(&row), "{name}");
    }
    let quoted = "select word, quote_ident(word), quote_literal(word) \
                  from (select word from pg_get_keywords() union all values ('a'), ('A'), ('1'), ($$it's \\ \"$$)) w";
    for row in client.query(quoted, &[]).await.unwrap() {
        let word: &str = row.get(0);
        assert_eq!(quote_ident(word), row.get::<_, &str>(1));
        assert_eq!(quote_literal(word), row.get::<_, &str>(2));
    }
}

#[test]
fn generated_pages_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/generated");
    let status = ("status.md".to_owned(), status_page(&status().unwrap()));
    let pages = pages(builtin().unwrap().iter().map(|product| &**product));
    for (name, text) in pages.into_iter().chain([status]) {
        let path = folder.join(&name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == text,
            "{name} is old; UPDATE_GOLDEN=1 writes it anew"
        );
    }
}

/// Table, column, type, NOT NULL and comment of every column, and the comment of every table.
async fn columns(client: &tokio_postgres::Client, product: &Product) -> Vec<String> {
    let query = "select format('%s.%s %s %s: %s', relname, attname, format_type(atttypid, atttypmod), \
                        attnotnull, col_description(c.oid, attnum)), obj_description(c.oid), attnum \
                 from pg_class c join pg_attribute a on a.attrelid = c.oid and attnum > 0 \
                 where relnamespace = $1::text::regnamespace and relkind = 'r' \
                 order by c.oid, attnum";
    let mut lines = Vec::new();
    for row in client
        .query(query, &[&product.name.as_str()])
        .await
        .unwrap()
    {
        if row.get::<_, i16>(2) == 1 {
            lines.push(row.get(1));
        }
        lines.push(row.get(0));
    }
    lines
}

fn declared_columns(product: &Product) -> Vec<String> {
    let mut lines = Vec::new();
    for table in &product.tables {
        lines.push(table.comment());
        for column in &table.columns {
            lines.push(format!(
                "{}.{} {} {}: {}",
                table.name,
                column.name,
                format_type(column.kind),
                if column.nullable { "f" } else { "t" },
                column.comment()
            ));
        }
    }
    lines
}

/// Every primary and foreign key as PostgreSQL prints it, sorted.
async fn keys(client: &tokio_postgres::Client, product: &Product) -> Vec<String> {
    let query = "select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
                 from pg_constraint where connamespace = $1::text::regnamespace";
    let rows = client
        .query(query, &[&product.name.as_str()])
        .await
        .unwrap();
    let mut lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    lines.sort();
    lines
}

fn declared_keys(product: &Product) -> Vec<String> {
    let quoted = |names: &[String]| {
        let names: Vec<_> = names.iter().map(|name| quote_ident(name)).collect();
        names.join(", ")
    };
    let mut lines = Vec::new();
    for table in &product.tables {
        let name = format!("{}.{}", product.name, table.name);
        if !table.primary_key().is_empty() {
            let columns = quoted(table.primary_key());
            let key = table.primary_key_name();
            lines.push(format!("{name} {key} PRIMARY KEY ({columns})"));
        }
        for (column, target) in product.foreign_keys(table) {
            lines.push(format!(
                "{name} {} FOREIGN KEY ({}) REFERENCES {}.{}({}) NOT VALID",
                table.foreign_key_name(column),
                quote_ident(&column.name),
                product.name,
                target.name,
                quoted(target.primary_key())
            ));
        }
    }
    lines.sort();
    lines
}
