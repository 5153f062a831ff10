//! Every on-disk format ever released is read for ever, and the next one is refused.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use syllabase::clock::Clock;
use syllabase::config::limits::SyncLimits;
use syllabase::schema::Product;
use syllabase::snapshot::{Error, FORMAT, Outcome, Policy, Store};
use syllabase::sync::{Job, run};
use syllabase::tenant::{Clocks, ExtraColumns, SourceSettings};
use tokio_util::sync::CancellationToken;

/// A copy of the snapshots that a version wrote.
fn released(format: &str) -> (tempfile::TempDir, Store) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/compat")
        .join(format);
    let folder = tempfile::tempdir().unwrap();
    copy(&from, folder.path());
    let store = Store::open(folder.path(), Clock::system()).unwrap();
    (folder, store)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn format_1_is_read() {
    let (_folder, store) = released("format-1");
    let (tenant, product) = ("acme".parse().unwrap(), "shop".parse().unwrap());
    let all = store.list(&tenant, &product).unwrap();
    assert_eq!(all.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2]);
    for snapshot in &all {
        store.verify(snapshot).unwrap();
    }
    let pin = store.pin_current(&tenant, &product).unwrap().unwrap();
    let newest = pin.published();
    assert_eq!(newest.manifest.parent.as_ref(), Some(&all[0].id));
    assert!(newest.table("notes").unwrap().stale);
    assert_eq!(newest.files("notes"), all[0].files("notes"));
    let orders = newest
        .manifest
        .report
        .tables
        .iter()
        .find(|table| table.table == "orders")
        .unwrap();
    assert_eq!(
        (
            orders.outcome,
            orders.read,
            orders.served,
            orders.quarantined
        ),
        (Outcome::Loaded, 3, 2, 1)
    );
    let file = fs::File::open(&newest.files("orders")[0]).unwrap();
    let mut rows = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    let customers = rows.next().unwrap().unwrap();
    let customers: Vec<_> = customers
        .column_by_name("customer")
        .unwrap()
        .as_string::<i32>()
        .iter()
        .map(|name| name.map(str::to_owned))
        .collect();
    assert_eq!(customers, [Some("Zoë".to_owned()), None]);
    let first = store.at(&tenant, &product, all[0].published_at).unwrap();
    assert_eq!(first.unwrap().number, 1);
}

#[test]
fn the_next_format_is_refused() {
    for document in ["published/000000000002.json", "manifest.json"] {
        let (folder, store) = released("format-1");
        let (tenant, product) = ("acme".parse().unwrap(), "shop".parse().unwrap());
        let newest = store.current(&tenant, &product).unwrap().unwrap();
        let place = store.folder(&tenant, &product);
        let path = match document {
            "manifest.json" => place.join("data").join(newest.id.as_str()).join(document),
            _ => place.join(document),
        };
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("\"format\": 1"));
        fs::write(&path, text.replacen("\"format\": 1", "\"format\": 3", 1)).unwrap();
        let restarted = Store::open(folder.path(), Clock::system()).unwrap();
        let refused = restarted.current(&tenant, &product);
        assert!(
            matches!(refused, Err(Error::Format { found: 3, .. })),
            "{document}: {refused:?}"
        );
        assert!(restarted.pin_current(&tenant, &product).is_err());
    }
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
description = "Orders"
grain = "one row per order"
key = ["id"]
[[table.column]]
name = "id"
type = "integer"
nullable = false
description = "Key"
[[table.column]]
name = "customer"
type = "text"
description = "Who"
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

/// Writes two snapshots of the shop, the second with a table kept and a row refused.
async fn write(root: &Path) {
    let source = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| fs::write(source.path().join(name), text).unwrap();
    let store = Store::open(root, Clock::system()).unwrap();
    let job = Job {
        tenant: "acme".parse().unwrap(),
        product: Arc::new(Product::parse(SHOP, "shop.toml").unwrap()),
        source: SourceSettings::Folder(source.path().to_owned()),
        extra_columns: ExtraColumns::default(),
        may_be_empty: std::collections::BTreeSet::new(),
        clocks: Clocks::default(),
        limits: SyncLimits::default(),
        retention: Policy::default(),
        accept_shrinking: false,
        night: None,
    };
    put("notes.csv", "text\nhello\n");
    put("orders.csv", "id,customer\n1,Zoë\n");
    run(&store, job.clone(), CancellationToken::new())
        .await
        .unwrap();
    fs::remove_file(source.path().join("notes.csv")).unwrap();
    put("orders.csv", "id,customer\n1,Zoë\n2,\nx,refused\n");
    run(&store, job, CancellationToken::new()).await.unwrap();
}

/// What a format lays down of the files under a folder: their places, the keys of documents with
/// the kinds of their values, the columns and rows of tables.
fn outline(root: &Path, place: &str, lines: &mut Vec<String>) {
    for entry in fs::read_dir(root.join(place)).unwrap() {
        let entry = entry.unwrap();
        let place = format!("{place}/{}", entry.file_name().to_str().unwrap());
        // Snapshots and runs are named for their moment.
        let moment = |part: &str| part.len() > 16 && part.as_bytes()[8] == b'T';
        // Files that no manifest names have their digest in their names.
        let shown = place.split('/').map(|part| match part.split_once('.') {
            _ if moment(part) => "*".to_owned(),
            Some((table, rest)) if rest.len() == "0123456789abcdef.parquet".len() => {
                format!("{table}.*.parquet")
            }
            _ => part.to_owned(),
        });
        let shown = shown.collect::<Vec<_>>().join("/");
        let path = root.join(place.trim_start_matches('/'));
        if path.is_dir() {
            outline(root, place.trim_start_matches('/'), lines);
            continue;
        }
        let kind = path.extension().and_then(OsStr::to_str);
        if kind == Some("json") {
            let document = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            keys(&document, &shown, lines);
        } else if kind == Some("parquet") {
            let file = fs::File::open(path).unwrap();
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
            let rows = reader.metadata().file_metadata().num_rows();
            lines.push(format!("{shown}: {rows} rows"));
            for field in reader.schema().fields() {
                let (kind, notes) = (field.data_type(), field.metadata());
                let notes: BTreeMap<_, _> = notes.iter().collect();
                lines.push(format!("{shown} {}: {kind} {notes:?}", field.name()));
            }
            let notes = reader.schema().metadata().keys();
            lines.extend(notes.map(|key| format!("{shown} {key}")));
        }
    }
}

fn keys(value: &Value, place: &str, lines: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                keys(value, &format!("{place} {name}"), lines);
            }
        }
        Value::Array(items) => {
            for item in items {
                keys(item, &format!("{place} []"), lines);
            }
        }
        Value::Null => lines.push(format!("{place}: null")),
        Value::Bool(_) => lines.push(format!("{place}: bool")),
        Value::Number(_) => lines.push(format!("{place}: number")),
        Value::String(_) => lines.push(format!("{place}: text")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_format_of_today_is_what_its_fixture_holds() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR"));
    let committed = committed.join(format!("tests/compat/format-{FORMAT}"));
    if !committed.is_dir() {
        write(&committed).await;
        panic!("{} is new: commit it", committed.display());
    }
    let folder = tempfile::tempdir().unwrap();
    write(folder.path()).await;
    let [written, released] = [folder.path(), &committed].map(|root| {
        let mut lines = Vec::new();
        outline(root, "", &mut lines);
        lines.sort_unstable();
        lines
    });
    assert!(released.len() > 50, "{released:#?}");
    for (written, released) in written.iter().zip(&released) {
        assert_eq!(written, released, "another layout is another format");
    }
    assert_eq!(written.len(), released.len());
}
