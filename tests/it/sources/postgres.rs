//! A PostgreSQL as the source: a platform's database, read in one snapshot.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::{Int32Type, Int64Type};
use syllabase::schema::{self, Product};
use syllabase::snapshot::Outcome;
use syllabase::sync::source::demo::write_for_copy;
use syllabase::tenant::{SourceKeys, SourceSettings};

use super::{EDGE, Night, assert_same, rows, settings};
use crate::faults::Line;
use crate::postgres::Postgres;
use crate::program;

fn url(postgres: &Postgres, user: &str, sslmode: &str) -> String {
    let port = postgres.port();
    format!("postgresql://{user}@127.0.0.1:{port}/postgres?sslmode={sslmode}")
}

fn source(postgres: &Postgres, schema: &str) -> SourceSettings {
    settings(SourceKeys {
        url: url(postgres, "postgres", "disable"),
        schema: Some(schema.to_owned()),
        ..SourceKeys::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_comes_as_it_does_from_files() {
    let postgres = Postgres::start();
    let folder = tempfile::tempdir().unwrap();
    let (mut tables, mut count) = (0, 0);
    for product in &schema::builtin().unwrap() {
        let exported = folder.path().join(product.name.as_str());
        let written = write_for_copy(product, &exported, &EDGE).unwrap();
        postgres.fill(product, &exported);
        let from_files = Night::new(product, SourceSettings::Folder(exported));
        let files = from_files.good().await;
        let night = Night::new(product, source(&postgres, product.name.as_str()));
        let copied = night.good().await;
        let same = assert_same(product, &copied, &files);
        assert_eq!(same as u64, written);
        count += same;
        tables += product.tables.len();
    }
    assert_eq!(tables, 68);
    assert!(count > 10_000, "{count} rows");
}

const SHOP: &str = r#"
format = 1
[product]
name = "shop"
display_name = "Shop"
major_version = 1
description = "A product that exists only here"
[[table]]
name = "orders"
source_names = ["order list"]
description = "Orders"
grain = "one row per order"
key = ["id"]
required = true
[[table.column]]
name = "id"
type = "integer"
nullable = false
description = "Key"
[[table.column]]
name = "amount"
type = "numeric(10,2)"
description = "How much"
[[table.column]]
name = "state"
type = "text"
description = "How far"
[[table.column]]
name = "at"
type = "timestamptz"
description = "When"
[[table.column]]
name = "tags"
type = "text[]"
description = "Words"
[[table.column]]
name = "extra"
type = "jsonb"
description = "More"
[[table]]
name = "totals"
description = "Totals"
grain = "one row per shop"
key = ["shop"]
[[table.column]]
name = "shop"
type = "bigint"
nullable = false
description = "Key"
[[table.column]]
name = "orders"
type = "bigint"
description = "How many"
"#;

fn shop() -> Arc<Product> {
    Arc::new(Product::parse(SHOP, "shop.toml").unwrap())
}

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
#[tokio::test(flavor = "multi_thread")]
async fn columns_of_other_types_names_and_places_are_converted() {
    let postgres = Postgres::start();
    postgres.psql(
        "create type state as enum ('new', 'Paid, in full');
         create domain money_amount as numeric check (value >= 0);
         create table \"Order List\" (\"ID\" bigint, amount money_amount, state state,
            at timestamp, tags jsonb, extra json, secret text);
         insert into \"Order List\" values
            (1, 12.5, 'Paid, in full', '2026-01-02 03:04:05.678901', '[\"a\",\"b c\"]', '{\"b\":1,\"a\":[]}', 'x'),
            (2, null, null, null, null, null, null);
         create schema hr;
         create table hr.sums (shop int, orders int);
         insert into hr.sums values (7, 2), (8, 0);
         create table unrelated (x int);",
    );
    let mut keys = source(&postgres, "public").keys();
    let query = "select shop, orders from hr.sums where shop = 7 -- one".to_owned();
    keys.tables = BTreeMap::from([("Totals".to_owned(), query)]);
    let mut night = Night::new(&shop(), settings(keys.clone()));
    let finished = night.run().await.unwrap();
    assert_eq!(finished.unknown, ["unrelated"]);
    assert_eq!(finished.report.tables[0].ignored_columns, ["secret"]);
    let published = finished.published.unwrap();
    let orders = rows(&published, "orders");
    let text = arrow::util::pretty::pretty_format_batches(&[orders]).unwrap();
    let text = text.to_string();
    for part in [
        "| 1  | 12.50  | Paid, in full | 2026-01-02T03:04:05.678901Z | [a, b c] | {\"a\": [], \"b\": 1} |",
        "| 2  |        |               |",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let totals = rows(&published, "totals");
    assert_eq!(totals.column(0).as_primitive::<Int64Type>().values(), &[7]);
    // Nobody can say that nothing changed: it is read again.
    let again = night.run().await.unwrap();
    assert!(
        again
            .report
            .tables
            .iter()
            .all(|table| table.outcome == Outcome::Loaded)
    );
    for (place, said) in [
        ("hr.sums", None),
        (
            "hr.nowhere",
            Some(
                "cannot read table totals, hr.nowhere: relation \"hr.nowhere\" does not exist (42P01)",
            ),
        ),
        (
            "select 1; select 2",
            Some("cannot read table totals, query: "),
        ),
    ] {
        keys.tables = BTreeMap::from([("totals".to_owned(), place.to_owned())]);
        night.job.source = settings(keys.clone());
        match said {
            None => {
                let published = night.good().await;
                assert_eq!(rows(&published, "totals").num_rows(), 2);
            }
            Some(part) => {
                let (tenant, product) = (&night.job.tenant, &night.job.product.name);
                let before = night.store.current(tenant, product).unwrap();
                let said = night.bad(before.as_deref()).await;
                assert!(said.contains(part), "{said}");
            }
        }
    }
    keys.tables = BTreeMap::from([("nothing".to_owned(), "hr.sums".to_owned())]);
    night.job.source = settings(keys);
    let before = night
        .store
        .current(&night.job.tenant, &night.job.product.name)
        .unwrap();
    assert!(
        night
            .bad(before.as_deref())
            .await
            .contains("names nothing, which the product")
    );
}

/// Two tables that always say the same, and many rows between them on the way.
fn counted(postgres: &Postgres) {
    postgres.psql(
        "create table orders (id int primary key, amount numeric, state text, at timestamptz,
            tags text[], extra jsonb);
         create table totals (shop bigint primary key, orders bigint);
         insert into orders (id, state) select g, repeat('x', 2000) from generate_series(1, 20000) g;
         insert into totals values (1, 20000);",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_tables_are_of_one_moment() {
    let postgres = Postgres::start();
    counted(&postgres);
    let client = postgres.connect().await;
    let stop = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&stop);
    let writing = async move {
        let mut written = 0;
        while !until.load(Ordering::Relaxed) {
            let both = "begin; insert into orders (id) select max(id) + 1 from orders; \
                        update totals set orders = orders + 1; commit";
            client.batch_execute(both).await.unwrap();
            written += 1;
        }
        written
    };
    let night = Night::new(&shop(), source(&postgres, "public"));
    let reading = async {
        let mut seen = Vec::new();
        for _ in 0..5 {
            let published = night.good().await;
            let totals = rows(&published, "totals");
            let total = totals.column(1).as_primitive::<Int64Type>().value(0);
            assert_eq!(
                published.table("orders").unwrap().rows,
                u64::try_from(total).unwrap()
            );
            seen.push(total);
        }
        stop.store(true, Ordering::Relaxed);
        seen
    };
    let (seen, written) = tokio::join!(reading, writing);
    assert!(written > 50, "{written} writes");
    assert!(seen.windows(2).all(|two| two[0] < two[1]), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_refuses_or_dies_fails_that_run_only() {
    let postgres = Postgres::start();
    counted(&postgres);
    let mut night = Night::new(&shop(), source(&postgres, "public"));
    let before = night.good().await;
    let client = postgres.connect().await;
    // Killed in the middle of the first table, when rows are on their way.
    let kill = async {
        let alive = "select pg_terminate_backend(pid) from pg_stat_activity \
                     where application_name = 'syllabase' and query like 'copy%orders%' \
                     and wait_event = 'ClientWrite'";
        while client.query(alive, &[]).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let (said, ()) = tokio::join!(night.bad(Some(&before)), kill);
    assert!(
        said.starts_with("cannot read table orders, after row "),
        "{said}"
    );
    // Somebody holds a lock for ever.
    night.job.limits.stall = Duration::from_secs(1);
    client
        .batch_execute("begin; lock table totals in access exclusive mode")
        .await
        .unwrap();
    let said = night.bad(Some(&before)).await;
    assert!(
        said.contains("totals") && (said.contains("55P03") || said.contains("1 s")),
        "{said}"
    );
    client.batch_execute("rollback").await.unwrap();
    night.job.limits.stall = Duration::from_mins(5);
    // A login that may not read everything.
    postgres.psql("create role reader login; grant select on orders to reader");
    night.job.source = settings(SourceKeys {
        url: url(&postgres, "reader", "disable"),
        ..SourceKeys::default()
    });
    let said = night.bad(Some(&before)).await;
    assert_eq!(
        said,
        "cannot read table totals, public.totals: permission denied for table totals (42501)"
    );
    postgres.psql("grant select on totals to reader");
    let began = Instant::now();
    night.good().await;
    let recovery = [began.elapsed()];
    // A statement that takes longer than it may is ended by the server, too.
    let mut keys = night.job.source.keys();
    let slow = "select shop, orders from totals, pg_sleep(60)".to_owned();
    keys.tables = BTreeMap::from([("totals".to_owned(), slow)]);
    night.job.source = settings(keys);
    night.job.limits.stall = Duration::from_secs(1);
    let said = night.run().await.unwrap_err();
    let said = syllabase::telemetry::chain(&said);
    assert_eq!(
        said,
        "cannot read table totals, query: no answer within 1 s"
    );
    // A server that is not there.
    let (port, gone) = (postgres.port(), postgres);
    drop(gone);
    night.job.limits.connect = Duration::from_secs(5);
    let said = syllabase::telemetry::chain(&night.run().await.unwrap_err());
    let start = format!("cannot open the source, database postgres at 127.0.0.1:{port}: ");
    assert!(said.starts_with(&start), "{said}");
    Line {
        fault: "PostgreSQL source: backend ended in the middle, lock held, no right, too slow, gone",
        times: 5,
        readers: "the old snapshot",
        recovery: &recovery,
    }
    .tell();
}

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
#[tokio::test(flavor = "multi_thread")]
async fn passwords_and_certificates_are_asked_for_and_checked() {
    let postgres = Postgres::start();
    counted(&postgres);
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (
        folder.path().join("server.crt"),
        folder.path().join("server.key"),
    );
    let made = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ])
        .args([
            "-subj",
            "/CN=source",
            "-addext",
            "subjectAltName=IP:127.0.0.1,DNS:localhost",
        ])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-out")
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    postgres.encrypt(&certificate, &key);
    postgres
        .psql("create role reader login password 'open sesame'; grant pg_read_all_data to reader");
    postgres.ask_password("reader");
    let password = folder.path().join("password");
    fs::write(&password, "open sesame\n").unwrap();
    let keys = |user: &str, sslmode: &str| SourceKeys {
        url: url(&postgres, user, sslmode),
        credentials: Some(format!("file:{}", password.display())),
        ..SourceKeys::default()
    };
    let mut night = Night::new(&shop(), settings(keys("reader", "require")));
    let before = night.good().await;
    // Nobody vouches for this certificate,
    night.job.source = settings(keys("reader", "verify-full"));
    let said = night.bad(Some(&before)).await;
    assert!(
        said.contains("UnknownIssuer") || said.contains("certificate"),
        "{said}"
    );
    // but for one who is told to.
    let trusting = SourceKeys {
        certificate_authority: Some(certificate.clone()),
        ..keys("reader", "verify-full")
    };
    night.job.source = settings(trusting.clone());
    let before = night.good().await;
    assert_eq!(
        rows(&before, "orders")
            .column(0)
            .as_primitive::<Int32Type>()
            .value(19_999),
        20_000
    );
    fs::write(&password, "open barley").unwrap();
    let said = night.bad(Some(&before)).await;
    assert!(
        said.contains("password authentication failed for user \"reader\" (28P01)"),
        "{said}"
    );
    assert!(!said.contains("barley"), "{said}");
    fs::remove_file(&password).unwrap();
    let said = night.bad(Some(&before)).await;
    assert!(said.starts_with("cannot read the secret in "), "{said}");
    assert!(
        !said.contains(&format!("{}", folder.path().parent().unwrap().display())),
        "{said}"
    );
}

#[test]
fn support_staff_name_a_database_and_its_password_stays_where_it_is() {
    let postgres = Postgres::start();
    counted(&postgres);
    postgres.psql("create role reader login password 'open sesame'");
    postgres.ask_password("reader");
    let folder = tempfile::tempdir().unwrap();
    let schemas = folder.path().join("schemas");
    fs::create_dir(&schemas).unwrap();
    fs::write(schemas.join("shop.toml"), SHOP).unwrap();
    let config = folder.path().join("syllabase.toml");
    fs::write(&config, "schemas = 'schemas'\ndata = 'data'\n").unwrap();
    let say = |words: &[&str]| {
        let mut command = Command::new(program::SYLLABASE);
        command.env("SHOP_PASSWORD", "open sesame");
        command
            .arg("--config")
            .arg(&config)
            .args(words)
            .output()
            .unwrap()
    };
    let done = |words: &[&str]| {
        let output = say(words);
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8(told).unwrap();
        assert!(!told.contains("sesame"), "{told}");
        assert_eq!(output.status.success(), words[1] != "check", "{told}");
        told
    };
    done(&["tenant", "add", "acme", "--product", "shop"]);
    let url = url(&postgres, "reader", "disable");
    let source = ["tenant", "source", "acme", "shop", &url];
    let told = done(&[&source[..], &["--credentials", "env:SHOP_PASSWORD"]].concat());
    assert!(told.contains(&url), "{told}");
    let told = done(&["tenant", "check", "acme"]);
    assert!(
        told.contains("totals: permission denied") || told.contains("(42501)"),
        "{told}"
    );
    postgres.psql("grant pg_read_all_data to reader; analyze");
    let told = done(&["tenant", "check", "acme"]);
    assert!(
        told.contains("shop: 2 of 2 tables, about 20001 rows"),
        "{told}"
    );
    done(&["sync", "run", "acme"]);
    done(&["tenant", "show", "acme"]);
    // Said again without the credentials, they stay.
    done(&source);
    let file = fs::read_to_string(folder.path().join("data/tenants/acme.toml")).unwrap();
    assert!(
        file.contains("credentials = \"env:SHOP_PASSWORD\""),
        "{file}"
    );
}
