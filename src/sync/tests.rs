//! From files to a published snapshot, every row accounted for.

mod demo;
mod diff;
mod extra;
mod nights;
mod quality;
mod schedule;
mod standing;
mod stored;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int32Type, TimestampMicrosecondType};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::clock::Clock;
use crate::snapshot::{Aside, Ending, Outcome, Policy, Published, RunRecord, Store, TableReport};

const PRODUCT: &str = r#"
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
activity = "at"
required = true
[[table.column]]
name = "id"
type = "integer"
nullable = false
description = "Key"
[[table.column]]
name = "customer"
source_names = ["CustomerName"]
type = "varchar(10)"
description = "Who"
[[table.column]]
name = "price"
type = "numeric(10,2)"
description = "How much"
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
name = "notes"
description = "Notes"
grain = "one row per note"
key = []
[[table.column]]
name = "text"
type = "text"
description = "Text"
"#;

struct Bench {
    _folder: tempfile::TempDir,
    source: PathBuf,
    store: Store,
    job: Job,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs::create_dir(&source).unwrap();
    let clock = Clock::fixed(1_790_000_000_000_000);
    Bench {
        store: Store::open(&folder.path().join("store"), clock).unwrap(),
        job: Job {
            tenant: "acme".parse().unwrap(),
            product: Arc::new(Product::parse(PRODUCT, "shop.toml").unwrap()),
            source: SourceSettings::Folder(source.clone()),
            extra_columns: ExtraColumns::default(),
            may_be_empty: BTreeSet::new(),
            clocks: Clocks::default(),
            limits: SyncLimits::default(),
            retention: Policy::default(),
            accept_shrinking: false,
            night: None,
        },
        source,
        _folder: folder,
    }
}

impl Bench {
    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.source.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    async fn run(&self) -> Result<Finished, Error> {
        run(&self.store, self.job.clone(), CancellationToken::new()).await
    }

    async fn good(&self) -> Finished {
        self.run()
            .await
            .unwrap_or_else(|error| panic!("{}", crate::telemetry::chain(&error)))
    }

    fn history(&self) -> Vec<RunRecord> {
        let job = &self.job;
        self.store.history(&job.tenant, &job.product.name).unwrap()
    }
}

fn table<'a>(finished: &'a Finished, name: &str) -> &'a TableReport {
    finished
        .report
        .tables
        .iter()
        .find(|table| table.table == name)
        .unwrap()
}

fn rows(published: &Published, table: &str) -> RecordBatch {
    let files = published.files(table);
    let batches: Vec<_> = files.iter().flat_map(|path| parquet_rows(path)).collect();
    let entry = published.table(table).unwrap();
    assert_eq!(
        entry.rows,
        batches
            .iter()
            .map(|batch| batch.num_rows() as u64)
            .sum::<u64>()
    );
    let schema = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&files[0]).unwrap())
        .unwrap()
        .schema()
        .as_ref()
        .clone();
    arrow::compute::concat_batches(&Arc::new(schema), &batches).unwrap()
}

fn parquet_rows(path: &Path) -> Vec<RecordBatch> {
    let file = fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    reader.map(Result::unwrap).collect()
}

fn ids(published: &Published) -> Vec<i32> {
    let rows = rows(published, "orders");
    rows.column(0).as_primitive::<Int32Type>().values().to_vec()
}

const GOOD: &str = "\u{feff}ID,CustomerName,price,AT,tags,extra,colour\r\n\
    3,\"O\"\"Neill\n2\",1.005,2026-01-02T03:04:05Z,\"[\"\"a\"\",null,\"\"b,c\"\"]\",\"{\"\"b\"\":1, \"\"a\"\": [ ]}\",red\r\n\
    1,,,,,,\r\n\
    2,\"\",-7,2026-01-02 03:04:05+03,{},null,\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn csv_is_converted_sorted_and_published() {
    let bench = bench();
    bench.put("Order List.CSV", GOOD);
    bench.put("readme.txt", "not data");
    let finished = bench.good().await;
    let published = finished.published.as_ref().unwrap();
    let report = table(&finished, "orders");
    assert_eq!((report.read, report.served, report.quarantined), (3, 3, 0));
    assert_eq!(report.ignored_columns, ["colour"]);
    assert_eq!(finished.unknown, ["readme.txt"]);
    assert_eq!(ids(published), [1, 2, 3]);
    let rows = rows(published, "orders");
    let customers: Vec<_> = rows.column(1).as_string::<i32>().iter().collect();
    assert_eq!(customers, [None, Some(""), Some("O\"Neill\n2")]);
    let prices: Vec<_> = rows
        .column(2)
        .as_primitive::<Decimal128Type>()
        .iter()
        .collect();
    assert_eq!(prices, [None, Some(-700), Some(101)]);
    let times: Vec<_> = rows
        .column(3)
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .collect();
    assert_eq!(
        times,
        [
            None,
            Some(1_767_312_245_000_000),
            Some(1_767_323_045_000_000)
        ]
    );
    let tags = rows.column(4).as_list::<i32>();
    assert!(tags.is_null(0) && tags.value(1).is_empty());
    let words: Vec<_> = tags
        .value(2)
        .as_string::<i32>()
        .iter()
        .map(|word| word.map(str::to_owned))
        .collect();
    assert_eq!(words, [Some("a".into()), None, Some("b,c".into())]);
    let extras: Vec<_> = rows.column(5).as_string::<i32>().iter().collect();
    assert_eq!(extras, [None, Some("null"), Some(r#"{"a": [], "b": 1}"#)]);
    assert_eq!(table(&finished, "notes").outcome, Outcome::Absent);
    assert_eq!(published.table("notes").unwrap().rows, 0);
    bench.store.verify(published).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_rows_are_counted_and_kept_with_their_place() {
    let bench = bench();
    bench.put(
        "orders.csv",
        "id,customer,price\n1,ok,1\nx,bad id,1\n2,too long a name,1\n,no id,1\n1,again,2\n3,few\n4,ok,1e3\n5,\"two\nlines\",99999999999\n",
    );
    let finished = bench.good().await;
    let report = table(&finished, "orders");
    assert_eq!((report.read, report.served, report.quarantined), (8, 2, 6));
    assert_eq!(report.reasons.values().sum::<u64>(), 6);
    let published = finished.published.unwrap();
    assert_eq!(ids(&published), [1, 4]);
    let (tenant, product) = (&bench.job.tenant, &bench.job.product.name);
    let kept = bench
        .store
        .aside(Aside::Quarantine, tenant, product, &published.id);
    let (of, kept) = kept.unwrap().remove(0);
    assert_eq!(of, "orders");
    let mut kept: Vec<_> = parquet_rows(&kept)
        .iter()
        .flat_map(|batch| {
            let text = |at: usize, row: usize| {
                let column = batch.column(at).as_string::<i32>();
                if column.is_valid(row) {
                    column.value(row).to_owned()
                } else {
                    Default::default()
                }
            };
            let lines = batch
                .column(1)
                .as_primitive::<arrow::datatypes::Int64Type>();
            (0..batch.num_rows())
                .map(|row| (lines.value(row), text(2, row), text(3, row), text(5, row)))
                .collect::<Vec<_>>()
        })
        .collect();
    kept.sort();
    let lines: Vec<_> = kept
        .iter()
        .map(|(line, column, ..)| (*line, column.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            (3, "id"),
            (4, "customer"),
            (5, "id"),
            (6, ""),
            (7, ""),
            (9, "price")
        ]
    );
    assert_eq!(kept[0].2, "invalid input syntax for type integer");
    assert_eq!(kept[3].2, "the key is there already");
    assert!(
        kept[3].3.contains("\"customer\":\"again\""),
        "{}",
        kept[3].3
    );
    assert_eq!(
        (kept[4].2.as_str(), kept[4].3.as_str()),
        ("missing data for a column", "3,few")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_and_packing_gives_the_same_rows() {
    let reference = bench();
    reference.put("orders.csv", GOOD);
    let published = reference.good().await.published.unwrap();
    let expected = rows(&published, "orders");
    let ndjson = "{\"price\":1.005,\"id\":3,\"CUSTOMERNAME\":\"O\\\"Neill\\n2\",\"at\":\"2026-01-02T03:04:05Z\",\"tags\":[\"a\",null,\"b,c\"],\"extra\":{\"b\":1,\"a\":[]}}\n\n\
        {\"id\":1,\"extra\":null}\n\
        {\"id\":\"2\",\"customer_name\":\"\",\"price\":\"-7\",\"at\":\"2026-01-02T00:04:05\",\"tags\":[],\"extra\":null}\n";
    let mut parquet = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut parquet, expected.schema(), None).unwrap();
    writer.write(&expected).unwrap();
    writer.close().unwrap();
    for (format, bytes) in [
        ("csv", GOOD.as_bytes()),
        ("jsonl", ndjson.as_bytes()),
        ("parquet", &parquet),
    ] {
        for packing in ["", ".gz", ".zst"] {
            let bench = bench();
            bench.put(
                &format!("orders/part-1.{format}{packing}"),
                pack(bytes, packing),
            );
            bench.put("orders/_SUCCESS", "");
            let finished = bench.good().await;
            let found = rows(finished.published.as_ref().unwrap(), "orders");
            // NDJSON has one null: it means NULL, which CSV can tell from JSON's null.
            let columns: Vec<_> = if format == "jsonl" {
                vec![0, 2, 3, 4]
            } else {
                (0..6).collect()
            };
            assert_eq!(
                found.project(&columns).unwrap().columns(),
                expected.project(&columns).unwrap().columns(),
                "{format}{packing}"
            );
        }
    }
}

fn pack(bytes: &[u8], packing: &str) -> Vec<u8> {
    match packing {
        ".gz" => {
            let (one, two) = bytes.split_at(bytes.len() / 2);
            let mut all = Vec::new();
            for half in [one, two] {
                let mut packer =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                packer.write_all(half).unwrap();
                all.extend(packer.finish().unwrap());
            }
            all
        }
        ".zst" => zstd::encode_all(bytes, 1).unwrap(),
        _ => bytes.to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_never_came_is_absent_every_night_and_never_stale() {
    let bench = bench();
    bench.put("orders.csv", "id\n1\n");
    for night in 1..=3 {
        let finished = bench.good().await;
        assert_eq!(table(&finished, "notes").outcome, Outcome::Absent);
        let published = finished.published.unwrap();
        assert_eq!(published.number, night);
        assert!(!published.table("notes").unwrap().stale);
    }
    bench.put("notes.csv", "text\nhello\n");
    let finished = bench.good().await;
    assert_eq!(table(&finished, "notes").outcome, Outcome::Loaded);
    fs::remove_file(bench.source.join("notes.csv")).unwrap();
    let finished = bench.good().await;
    assert_eq!(table(&finished, "notes").outcome, Outcome::Stale);
    let published = finished.published.unwrap();
    assert!(published.table("notes").unwrap().stale);
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_and_missing_tables_keep_their_files() {
    let bench = bench();
    bench.put("orders.csv", "id\n1\n2\n");
    bench.put("notes.csv", "text\nhello\n");
    let first = bench.good().await.published.unwrap();
    fs::remove_file(bench.source.join("notes.csv")).unwrap();
    let finished = bench.good().await;
    assert_eq!(table(&finished, "orders").outcome, Outcome::Unchanged);
    assert_eq!(table(&finished, "notes").outcome, Outcome::Stale);
    let second = finished.published.unwrap();
    assert!(second.table("notes").unwrap().stale);
    assert!(!second.table("orders").unwrap().stale);
    assert_eq!(second.files("orders"), first.files("orders"));
    assert_eq!(rows(&second, "notes"), rows(&first, "notes"));
    bench.put("notes.csv", "text\nagain\n");
    let third = bench.good().await.published.unwrap();
    assert!(!third.table("notes").unwrap().stale);
    assert_eq!(third.number, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_runs_change_nothing_and_say_why() {
    let bench = bench();
    bench.put("notes.csv", "text\nhello\n");
    let missing = bench.run().await;
    assert!(matches!(missing, Err(Error::Missing(_))));
    bench.put("orders.csv", "id\n1\n");
    bench.good().await;
    let wrong: String = (0..200).map(|row| format!("x{row}\n")).collect();
    bench.put("orders.csv", format!("id\n{wrong}"));
    assert!(matches!(
        bench.run().await,
        Err(Error::Refused { refused: 200, .. })
    ));
    bench.put("orders.ndjson", "{}");
    assert!(matches!(bench.run().await, Err(Error::Ambiguous { .. })));
    fs::remove_file(bench.source.join("orders.ndjson")).unwrap();
    bench.put("orders.csv", "id,ID\n1,2\n");
    assert!(matches!(bench.run().await, Err(Error::TwoColumns { .. })));
    let current = bench
        .store
        .current(&bench.job.tenant, &bench.job.product.name)
        .unwrap()
        .unwrap();
    assert_eq!((current.number, ids(&current)), (1, vec![1]));
    let endings: Vec<_> = bench.history().into_iter().map(|run| run.ending).collect();
    assert_eq!(
        endings.len(),
        1,
        "a fixed clock gives every run the same name"
    );
    assert!(
        matches!(&endings[0], Ending::Failed { reason, .. } if reason.contains("two columns for id"))
    );
    let data = bench
        .store
        .folder(&bench.job.tenant, &bench.job.product.name)
        .join("data");
    assert_eq!(fs::read_dir(data).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn shrunk_table_is_held_until_a_person_agrees() {
    let mut bench = bench();
    let many: String = (0..500).map(|row| format!("{row}\n")).collect();
    bench.put("orders.csv", format!("id\n{many}"));
    bench.good().await;
    bench.put("orders.csv", "id\n1\n");
    let finished = bench.good().await;
    assert!(finished.published.is_none());
    assert_eq!(
        finished.held.as_deref(),
        Some("table orders shrank from 500 to 1 rows")
    );
    bench.job.accept_shrinking = true;
    assert_eq!(bench.good().await.published.unwrap().number, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_comes_empty_is_held_unless_the_tenant_expects_it() {
    let mut bench = bench();
    bench.put("orders.csv", "id\n1\n2\n3\n");
    bench.put("notes.csv", "text\nhello\n");
    bench.good().await;
    // Few rows may become fewer.
    bench.put("orders.csv", "id\n1\n");
    assert_eq!(bench.good().await.published.unwrap().number, 2);
    for nothing in ["id\n", "id\nx\n"] {
        bench.put("orders.csv", nothing);
        bench.put("notes.csv", "text\n");
        let held = bench.good().await.held;
        assert_eq!(
            held.as_deref(),
            Some(
                "table notes had 1 rows and has none now; table orders had 1 rows and has none now"
            ),
            "{nothing}"
        );
    }
    bench.job.may_be_empty = ["Orders".to_owned()].into();
    let held = bench.good().await.held;
    assert_eq!(
        held.as_deref(),
        Some("table notes had 1 rows and has none now")
    );
    bench.job.may_be_empty.insert("notes".to_owned());
    assert_eq!(bench.good().await.published.unwrap().number, 3);
    // What is empty stays so without anybody's word.
    bench.job.may_be_empty.clear();
    assert_eq!(bench.good().await.published.unwrap().number, 4);
    bench.job.may_be_empty.insert("nites".to_owned());
    let error = bench.run().await.unwrap_err();
    let said = "may_be_empty of the source names nites, which the product does not declare";
    assert_eq!(error.to_string(), said);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_came_once_is_lacking() {
    let bench = bench();
    let lacking = |finished: &Finished| {
        let (tenant, product) = (&bench.job.tenant, &bench.job.product.name);
        let found = lacking(&bench.store, tenant, product, &finished.report.tables).unwrap();
        found
            .into_iter()
            .map(|one| match one.what {
                Lack::Table(_) => one.table,
                Lack::Columns(columns) => format!("{}: {}", one.table, columns.join(", ")),
            })
            .collect::<Vec<_>>()
    };
    // Neither the table of notes nor some columns of orders ever came.
    for orders in ["id\n1\n", "id\n1\n2\n"] {
        bench.put("orders.csv", orders);
        assert!(lacking(&bench.good().await).is_empty());
    }
    bench.put("orders.csv", "id,customer,price\n1,Ann,2\n");
    bench.put("notes.csv", "text\nhello\n");
    assert!(lacking(&bench.good().await).is_empty());
    bench.put("orders.csv", "id,price\n1,2\n");
    fs::remove_file(bench.source.join("notes.csv")).unwrap();
    for _ in 0..2 {
        assert_eq!(lacking(&bench.good().await), ["notes", "orders: customer"]);
    }
    bench.put("orders.csv", "id,customer\n1,Ann\n");
    bench.put("notes.csv", "text\nhello\n");
    assert_eq!(lacking(&bench.good().await), ["orders: price"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_in_a_source_are_refused() {
    let bench = bench();
    bench.put("orders.csv", "id\n1\n");
    std::os::unix::fs::symlink("/etc/passwd", bench.source.join("notes.csv")).unwrap();
    assert!(matches!(bench.run().await, Err(Error::NotAFile { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn sorting_spills_and_finds_repeats_far_apart() {
    let mut bench = bench();
    bench.job.limits.memory_bytes = 6 << 20;
    bench.job.limits.batch_rows = 1024;
    let count = 150_000_u64;
    let mut text = String::from("id,customer\n");
    for row in 0..count {
        let id = row.wrapping_mul(7919) % count;
        text.push_str(&format!("{id},name{}\n", row % 1000));
    }
    for row in 0..50 {
        text.push_str(&format!("{},again\n", row * 100));
    }
    bench.put("orders.csv", text);
    let finished = bench.good().await;
    let report = table(&finished, "orders");
    assert_eq!(
        (report.read, report.served, report.quarantined),
        (count + 50, count, 50)
    );
    let found = ids(finished.published.as_ref().unwrap());
    assert!(found.iter().zip(0..).all(|(id, at)| *id == at));
    let all = rows(finished.published.as_ref().unwrap(), "orders");
    assert!(
        all.column(1)
            .as_string::<i32>()
            .iter()
            .all(|name| name != Some("again"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_always_add_up() {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    for seed in 0..40 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut bench = bench();
        bench.job.limits.refused_percent = 100;
        bench.job.limits.batch_rows = random.random_range(1..20);
        let pieces = [
            "1", "2", "x", "", "\"", "\"\"", ",", "\n", "\r", "\r\n", "é", "[", "{}", "\\.", "null",
        ];
        let length = random.random_range(0..400);
        let noise: String = (0..length)
            .map(|_| pieces[random.random_range(0..pieces.len())])
            .collect();
        bench.put("orders.csv", format!("id,customer\n{noise}"));
        let finished = bench.good().await;
        let report = table(&finished, "orders");
        assert_eq!(
            report.read,
            report.served + report.quarantined,
            "seed {seed}"
        );
        let published = finished.published.as_ref().unwrap();
        assert_eq!(published.table("orders").unwrap().rows, report.served);
        assert_eq!(rows(published, "orders").num_rows() as u64, report.served);
    }
}
