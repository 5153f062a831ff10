//! The sync against a real PostgreSQL: the same files, loaded by COPY and by us, hold the same.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use bytes::Bytes;
use futures::SinkExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use syllabase::clock::Clock;
use syllabase::config::limits::SyncLimits;
use syllabase::schema::render::{DdlPart, ddl};
use syllabase::schema::{self, Product};
use syllabase::snapshot::{Policy, Published, Store};
use syllabase::sync::source::demo::{Flavour, Options, write_for_copy};
use syllabase::sync::{Job, run};
use syllabase::tenant::{Clocks, ExtraColumns, SourceSettings};
use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;

use crate::postgres::{Postgres, qualified};
use crate::program::{self, Served, password, syllabase};
use crate::wire::raw::{Raw, Told};
use crate::wire::script;

/// How a COPY in binary begins, and how long that beginning is.
const COPY_MARK: &[u8] = b"PGCOPY\n\xff\r\n\0";
const COPY_HEAD_BYTES: usize = 19;

/// The edge files of every product, loaded by the program, which serves them, and by COPY.
struct Twins {
    postgres: Postgres,
    served: Served,
    password: String,
    rows: u64,
    _folder: tempfile::TempDir,
}

impl Twins {
    fn load() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (data, sheet) = (at("data"), at("sheet.txt"));
        let run = |words: &[&str]| program::run(syllabase(&data).args(words));
        let products = schema::builtin().unwrap();
        let mut add = vec!["tenant", "add", "acme"];
        for product in &products {
            add.extend(["--product", product.name.as_str()]);
        }
        run(&add);
        let postgres = Postgres::start();
        let mut rows = 0;
        for product in &products {
            let source = at(product.name.as_str());
            let options = Options {
                seed: 7,
                people: 90,
                today: "2026-11-22".parse().unwrap(),
                flavour: Flavour::Edge,
            };
            rows += write_for_copy(product, &source, &options).unwrap();
            let url = format!("file://{}", source.display());
            run(&["tenant", "source", "acme", product.name.as_str(), &url]);
            postgres.fill(product, &source);
        }
        run(&["tenant", "allow", "acme", "127.0.0.1/32"]);
        let handover = format!("file:{}", sheet.display());
        let credentials = ["tenant", "credentials", "add", "acme", "reporting"];
        run(&[&credentials[..], &["--handover", &handover]].concat());
        // COPY puts no clock right.
        let file = data.join("tenants/acme.toml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{text}\n[clocks]\ndevice = \"flag\"\n")).unwrap();
        run(&["sync", "run", "acme"]);
        Self {
            postgres,
            served: Served::start(&data),
            password: password(&fs::read_to_string(sheet).unwrap()),
            rows,
            _folder: folder,
        }
    }

    fn ours(&self) -> Raw {
        Raw::log_in(self.served.port, "acme", "reporting", &self.password)
    }

    fn theirs(&self) -> Raw {
        Raw::log_in(self.postgres.port(), "postgres", "postgres", "")
    }
}

/// An answer as it came over the wire: its shape in order, its rows by their bytes.
#[derive(PartialEq)]
struct Answered {
    /// Every message that is no row, as bytes; where a column comes from is told by number.
    shape: Vec<Told>,
    rows: Vec<Told>,
}

impl Answered {
    fn read(client: &mut Raw) -> Self {
        let (mut shape, mut rows) = (Vec::new(), Vec::new());
        loop {
            let mut told = client.read().expect("an answer");
            match told.kind {
                // The head of a binary COPY comes before whichever row is first.
                b'd' if told.body.starts_with(COPY_MARK) => {
                    let row = told.body.split_off(COPY_HEAD_BYTES);
                    rows.push(Told {
                        kind: b'd',
                        body: row,
                    });
                    shape.push(told);
                }
                b'D' | b'd' => rows.push(told),
                b'Z' => break,
                _ => {
                    if told.kind == b'T' {
                        forget_tables(&mut told.body);
                    }
                    shape.push(told);
                }
            }
        }
        rows.sort_unstable_by(|left, right| left.body.cmp(&right.body));
        Self { shape, rows }
    }

    fn assert_same(&self, theirs: &Self, what: &str) {
        for (ours, theirs) in self.shape.iter().zip(&theirs.shape) {
            assert_eq!(ours.render(), theirs.render(), "{what}");
            assert_eq!(ours, theirs, "{what}");
        }
        for (ours, theirs) in self.rows.iter().zip(&theirs.rows) {
            assert_eq!(ours.render(), theirs.render(), "{what}");
        }
        assert!(self == theirs, "{what}");
    }
}

/// Blanks the tables' oids in a RowDescription, which are each server's own.
fn forget_tables(body: &mut [u8]) {
    let mut at = 2;
    while at < body.len() {
        at += body[at..].iter().position(|byte| *byte == 0).unwrap() + 1;
        assert!(body[at..at + 4] != [0; 4], "a column knows its table");
        body[at..at + 4].fill(0);
        at += 18;
    }
}

/// The ways to ask for all of a table: simple protocol, extended protocol in binary, and COPY.
fn ways(table: &str) -> Vec<(String, Vec<u8>)> {
    let messages = |lines: &[String]| lines.iter().flat_map(|line| script::encode(line)).collect();
    let select = format!("select * from {table}");
    let mut ways = vec![
        (
            format!("{table} in text"),
            messages(&[format!("Q {select}")]),
        ),
        (
            format!("{table} in binary"),
            messages(&[
                format!("P | {select}"),
                "B | | | | 1".to_owned(),
                "DP".to_owned(),
                "E 0".to_owned(),
                "S".to_owned(),
            ]),
        ),
    ];
    for format in ["text", "csv", "binary"] {
        let copy = format!("Q copy ({select}) to stdout (format {format})");
        ways.push((format!("{table} by COPY in {format}"), messages(&[copy])));
    }
    ways
}

#[test]
fn every_table_is_served_as_postgresql_serves_what_copy_loaded() {
    let twins = Twins::load();
    let (mut ours, mut theirs) = (twins.ours(), twins.theirs());
    let (mut tables, mut rows) = (0, 0);
    for product in &schema::builtin().unwrap() {
        for table in &product.tables {
            let table = qualified(product, table.name.as_str());
            for (what, messages) in ways(&table) {
                ours.send(&messages);
                theirs.send(&messages);
                let (ours, theirs) = (Answered::read(&mut ours), Answered::read(&mut theirs));
                ours.assert_same(&theirs, &what);
                rows += ours.rows.len() as u64;
            }
            tables += 1;
        }
    }
    assert_eq!(tables, 68);
    // In five ways; COPY in binary says its end in a row of its own.
    assert_eq!(rows, 5 * twins.rows + tables);
}

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
        source: SourceSettings::Folder(source.to_owned()),
        extra_columns: ExtraColumns::default(),
        may_be_empty: std::collections::BTreeSet::new(),
        clocks: Clocks::default(),
        limits: SyncLimits {
            refused_percent: 100,
            ..SyncLimits::default()
        },
        retention: Policy::default(),
        accept_shrinking: false,
        night: None,
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

/// The rows of the one table, all of whose columns are texts, sorted.
fn ours(published: &Published) -> Vec<Vec<Option<String>>> {
    let mut rows = Vec::new();
    for path in published.files("lines") {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap());
        for batch in reader.unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let texts = |column: &ArrayRef| {
                let texts = column.as_string::<i32>().iter();
                texts.map(|text| text.map(str::to_owned)).collect()
            };
            let columns: Vec<Vec<_>> = batch.columns().iter().map(texts).collect();
            rows.extend((0..batch.num_rows()).map(|row| {
                let values = columns.iter().map(|column| column[row].clone());
                values.collect::<Vec<_>>()
            }));
        }
    }
    rows.sort_unstable();
    rows
}

/// The same rows from PostgreSQL.
async fn theirs(client: &Client) -> Vec<Vec<Option<String>>> {
    let rows = client.query("select a, b from noise.lines", &[]).await;
    let rows = rows.unwrap();
    let mut rows: Vec<_> = rows
        .iter()
        .map(|row| vec![row.get(0), row.get(1)])
        .collect();
    rows.sort_unstable();
    rows
}

async fn copy(client: &Client, target: &str, bytes: Vec<u8>) -> Result<u64, tokio_postgres::Error> {
    let sql = format!("copy {target} from stdin with (format csv, header)");
    let sink = client.copy_in::<_, Bytes>(&sql).await?;
    futures::pin_mut!(sink);
    sink.send(Bytes::from(bytes)).await?;
    sink.finish().await
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
            assert_eq!(ours(&loaded.published), theirs(&client).await, "{text:?}");
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
