//! The sync against a real PostgreSQL: the same files, loaded by COPY and by us, hold the same.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::Decimal128Type;
use bytes::Bytes;
use futures::SinkExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use syllabase::clock::Clock;
use syllabase::config::limits::SyncLimits;
use syllabase::pg::quote::quote_ident;
use syllabase::pg::text::{Style, Writer};
use syllabase::pg::types;
use syllabase::schema::render::{DdlPart, ddl};
use syllabase::schema::{self, Product, Table};
use syllabase::snapshot::{Policy, Published, Store};
use syllabase::sync::source::demo::{Flavour, Options, write_for_copy};
use syllabase::sync::{Job, run};
use tokio_postgres::{Client, Row};
use tokio_util::sync::CancellationToken;

use crate::postgres::Postgres;

struct Loaded {
    _folder: tempfile::TempDir,
    published: Arc<Published>,
    refused: BTreeMap<String, u64>,
}

async fn load(product: &Arc<Product>, source: &Path) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Clock::system()).unwrap();
    let job = Job {
        tenant: "acme".parse().unwrap(),
        product: Arc::clone(product),
        source: source.to_owned(),
        limits: SyncLimits {
            refused_percent: 100,
            ..SyncLimits::default()
        },
        retention: Policy::default(),
        accept_shrinking: false,
    };
    let finished = run(&store, job, CancellationToken::new()).await;
    let finished =
        finished.unwrap_or_else(|error| panic!("{}", syllabase::telemetry::chain(&error)));
    let refused = finished.report.tables.iter();
    Loaded {
        refused: refused
            .map(|table| (table.table.clone(), table.quarantined))
            .collect(),
        published: finished.published.unwrap(),
        _folder: folder,
    }
}

/// Each row as one line of JSON texts, sorted.
fn ours(published: &Published, table: &Table) -> Vec<String> {
    let mut lines = Vec::new();
    for path in published.files(table.name.as_str()) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap());
        for batch in reader.unwrap().build().unwrap() {
            lines.extend(texts(&batch.unwrap(), table));
        }
    }
    lines.sort_unstable();
    lines
}

fn texts(batch: &RecordBatch, table: &Table) -> Vec<String> {
    let mut rows = vec![Vec::new(); batch.num_rows()];
    for (column, array) in table.columns.iter().zip(batch.columns()) {
        let style = Style::default();
        let decimals = array.as_primitive_opt::<Decimal128Type>();
        let stored = match decimals {
            Some(_) => Arc::clone(array),
            None => cast(array, &types::storage(column.kind.oid)).unwrap(),
        };
        let writer = Writer::new(stored.as_ref(), column.kind.oid, &style, None).ok();
        for (row, values) in rows.iter_mut().enumerate() {
            values.push(match (decimals, &writer) {
                _ if array.is_null(row) => None,
                (Some(decimals), _) => Some(decimals.value_as_string(row)),
                (None, writer) => {
                    let mut text = Vec::new();
                    writer.as_ref().unwrap().write(row, &mut text).unwrap();
                    Some(String::from_utf8(text).unwrap())
                }
            });
        }
    }
    rows.iter().map(|row| format!("{row:?}")).collect()
}

/// The same lines from PostgreSQL.
async fn theirs(client: &Client, product: &Product, table: &Table) -> Vec<String> {
    let columns = table.columns.iter().map(|column| {
        let name = quote_ident(&column.name);
        match column.kind.oid {
            // The cast says `true` where the type's own text is `t`.
            types::BOOL => format!("left({name}::text, 1)"),
            _ => format!("{name}::text"),
        }
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select {columns} from {}.{}",
        product.name,
        quote_ident(table.name.as_str())
    );
    let rows = client.query(&sql, &[]).await.unwrap();
    let line = |row: &Row| {
        let values = (0..table.columns.len()).map(|at| row.get::<_, Option<String>>(at));
        format!("{:?}", values.collect::<Vec<_>>())
    };
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    lines.sort_unstable();
    lines
}

async fn copy(client: &Client, target: &str, bytes: Vec<u8>) -> Result<u64, tokio_postgres::Error> {
    let sql = format!("copy {target} from stdin with (format csv, header)");
    let sink = client.copy_in::<_, Bytes>(&sql).await?;
    futures::pin_mut!(sink);
    sink.send(Bytes::from(bytes)).await?;
    sink.finish().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_holds_what_copy_loads() {
    let postgres = Postgres::start();
    let client = postgres.connect().await;
    let mut compared = 0;
    for product in &schema::builtin().unwrap() {
        let source = tempfile::tempdir().unwrap();
        let options = Options {
            seed: 7,
            people: 90,
            today: "2026-11-22".parse().unwrap(),
            flavour: Flavour::Edge,
        };
        let written = write_for_copy(product, source.path(), &options).unwrap();
        client
            .batch_execute(&ddl(product, DdlPart::Tables))
            .await
            .unwrap();
        let loaded = load(product, source.path()).await;
        let mut rows = 0;
        for table in &product.tables {
            let bytes = fs::read(source.path().join(format!("{}.csv", table.name))).unwrap();
            let target = format!("{}.{}", product.name, quote_ident(table.name.as_str()));
            let copied = copy(&client, &target, bytes).await;
            rows += copied.unwrap_or_else(|error| panic!("{target}: {:?}", error.as_db_error()));
            assert_eq!(loaded.refused[table.name.as_str()], 0, "{target}");
            let (ours, theirs) = (
                ours(&loaded.published, table),
                theirs(&client, product, table).await,
            );
            assert_eq!(ours.len(), theirs.len(), "{target}");
            for (ours, theirs) in ours.iter().zip(&theirs) {
                assert_eq!(ours, theirs, "{target}");
            }
            compared += 1;
        }
        assert_eq!(rows, written);
    }
    assert_eq!(compared, 68);
}

const LINES: &str = r#"
format = 1
[product]
name = "noise"
display_name = "Noise"
major_version = 1
description = "Two texts"
[[table]]
name = "lines"
description = "Lines"
grain = "one row per line"
key = []
[[table.column]]
name = "a"
type = "text"
description = "First"
[[table.column]]
name = "b"
type = "text"
description = "Second"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn csv_is_taken_apart_as_copy_does() {
    let postgres = Postgres::start();
    let client = postgres.connect().await;
    let product = Arc::new(Product::parse(LINES, "noise.toml").unwrap());
    client
        .batch_execute(&ddl(&product, DdlPart::Tables))
        .await
        .unwrap();
    let table = &product.tables[0];
    let pieces = [
        "a", "\"", "\"\"", ",", ",", "\"x,y\"", "\n", "é", " ", "\\", "\"l\nm\"", "\r",
    ];
    let (mut accepted, mut refused) = (0, 0);
    for seed in 0..120 {
        let mut random = StdRng::seed_from_u64(seed);
        let end = ["\n", "\r\n"][random.random_range(0..2)];
        let mut text = format!("a,b{end}");
        for _ in 0..random.random_range(1..5) {
            for field in 0..2 {
                for _ in 0..random.random_range(0..4) {
                    // Rarely a piece that breaks the shape, so that most files are accepted.
                    let most = if random.random_range(0..12) == 0 {
                        pieces.len()
                    } else {
                        3
                    };
                    let piece = pieces[random.random_range(0..most)];
                    text.push_str(piece);
                }
                text.push_str(if field == 0 { "," } else { end });
            }
        }
        let source = tempfile::tempdir().unwrap();
        fs::write(source.path().join("lines.csv"), &text).unwrap();
        let loaded = load(&product, source.path()).await;
        client.batch_execute("truncate noise.lines").await.unwrap();
        let copied = copy(&client, "noise.lines", text.clone().into_bytes()).await;
        let whole = loaded.refused["lines"] == 0;
        assert_eq!(whole, copied.is_ok(), "seed {seed}: {text:?} {copied:?}");
        if whole {
            assert_eq!(
                ours(&loaded.published, table),
                theirs(&client, &product, table).await,
                "{text:?}"
            );
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    assert!(
        accepted > 30 && refused > 20,
        "{accepted} accepted, {refused} refused"
    );
}
