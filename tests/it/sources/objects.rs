//! A bucket of an S3 server as the source.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use syllabase::schema::{self, Product};
use syllabase::snapshot::Outcome;
use syllabase::sync::source::demo::write;
use syllabase::tenant::{SourceKeys, SourceSettings};

use super::proxy::{Fault, Proxy};
use super::{EDGE, Night, assert_same, settings};
use crate::buckets::{Buckets, bucket, reach};
use crate::cli::Desk;
use crate::faults::Line;

/// Every table of every product from a bucket, twice: the second time nothing is fetched.
async fn every_table(server: &mut Buckets, source: impl Fn(&Buckets, &str) -> SourceSettings) {
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for product in &schema::builtin().unwrap() {
        let exported = folder.path().join(product.name.as_str());
        let written = write(product, &exported, &EDGE).unwrap();
        server.put_folder(&format!("nightly export/{}", product.name), &exported);
        let prefix = format!("nightly%20export/{}", product.name);
        let from_files = Night::new(product, SourceSettings::Folder(exported));
        let files = from_files.good().await;
        let night = Night::new(product, source(server, &prefix));
        let fetched = night.good().await;
        let same = assert_same(product, &fetched, &files);
        assert_eq!(same as u64, written);
        count += same;
        // The tags say that nothing changed: nothing is fetched again.
        let again = night.run().await.unwrap();
        let outcomes = again.report.tables.iter().map(|table| table.outcome);
        assert!(
            outcomes.clone().all(|one| one == Outcome::Unchanged),
            "{:?}",
            again.report
        );
    }
    assert!(count > 10_000, "{count} rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_comes_as_it_does_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let source = |server: &Buckets, prefix: &str| bucket(server.port, prefix, folder.path());
    every_table(&mut Buckets::s3(), source).await;
}

/// Google's client asks for lists and objects in S3's words. No emulator in the registries answers
/// its lists, so an S3 server does: everything but Google's tokens is shown.
#[tokio::test(flavor = "multi_thread")]
async fn googles_client_lists_and_reads() {
    let mut server = Buckets::s3();
    let folder = tempfile::tempdir().unwrap();
    let products = schema::builtin().unwrap();
    let product = products.get(&"learnink".parse().unwrap()).unwrap();
    let exported = folder.path().join("exported");
    let written = write(product, &exported, &EDGE).unwrap();
    server.put_folder("nightly export", &exported);
    let files = Night::new(product, SourceSettings::Folder(exported));
    let files = files.good().await;
    let key = folder.path().join("account.json");
    let account =
        r#"{"private_key": "", "private_key_id": "", "client_email": "", "disable_oauth": true}"#;
    fs::write(&key, account).unwrap();
    let source = settings(SourceKeys {
        url: "gs://acme/nightly%20export".to_owned(),
        endpoint: Some(format!("http://127.0.0.1:{}", server.port)),
        credentials: Some(format!("file:{}", key.display())),
        ..SourceKeys::default()
    });
    let night = Night::new(product, source);
    let fetched = night.good().await;
    assert_eq!(assert_same(product, &fetched, &files) as u64, written);
    let again = night.run().await.unwrap();
    let mut outcomes = again.report.tables.iter().map(|table| table.outcome);
    assert!(outcomes.all(|one| one == Outcome::Unchanged));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_comes_from_azure_as_it_does_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    // The account and key that Azurite documents.
    fs::write(
        &key,
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==\n",
    )
    .unwrap();
    let source = |server: &Buckets, prefix: &str| {
        settings(SourceKeys {
            url: format!("az://devstoreaccount1/acme/{prefix}"),
            endpoint: Some(format!("http://127.0.0.1:{}/devstoreaccount1", server.port)),
            credentials: Some(format!("file:{}", key.display())),
            ..SourceKeys::default()
        })
    };
    let mut server = Buckets::azure();
    every_table(&mut server, source).await;
    // A key that is not the account's.
    let products = schema::builtin().unwrap();
    let product = products.get(&"learnink".parse().unwrap()).unwrap();
    let right = source(&server, "nightly%20export/learnink");
    let night = Night::new(product, right);
    let before = night.good().await;
    fs::write(&key, "d3Jvbmc=\n").unwrap();
    let said = night.bad(Some(&before)).await;
    assert!(
        said.starts_with("cannot open the source, bucket acme: "),
        "{said}"
    );
    assert!(!said.contains("d3Jvbmc="), "{said}");
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
required = true
[[table.column]]
name = "id"
type = "integer"
nullable = false
description = "Key"
[[table.column]]
name = "note"
type = "text"
description = "Text"
[[table]]
name = "notes"
description = "Notes"
grain = "one row per note"
key = []
[[table.column]]
name = "note"
type = "text"
description = "Text"
"#;

/// An export of a megabyte, half of it in each of two parts.
fn export(server: &mut Buckets, folder: &Path, rows: u32) {
    for (part, from) in [("a.csv", 0), ("b.csv", rows / 2)] {
        let lines: String = (from..from + rows / 2)
            .map(|row| format!("{row},{}\n", "x".repeat(40)))
            .collect();
        let path = folder.join(part);
        fs::write(&path, format!("id,note\n{lines}")).unwrap();
        server.put(&format!("shop/orders/{part}"), &path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_stalls_dies_or_changes_fails_that_run_only() {
    let mut server = Buckets::s3();
    let folder = tempfile::tempdir().unwrap();
    let shop: Arc<Product> = Arc::new(Product::parse(SHOP, "shop.toml").unwrap());
    export(&mut server, folder.path(), 20_000);
    let mut recovery = Vec::new();
    for fault in [Fault::Stall, Fault::Cut] {
        let proxy = Proxy::start(server.port, fault).await;
        let mut night = Night::new(&shop, bucket(proxy.port, "shop", folder.path()));
        let before = night.good().await;
        night.job.limits.stall = Duration::from_secs(2);
        // Something changed, so that all of it is read; the listing and the first part pass.
        export(&mut server, folder.path(), 20_002);
        proxy.pass(600_000);
        let said = night.bad(Some(&before)).await;
        assert!(
            said.starts_with("cannot read table orders, orders/b.csv after "),
            "{said}"
        );
        assert!(said.contains(" of 4"), "{said}");
        proxy.pass(0);
        let said = night.bad(Some(&before)).await;
        assert!(
            said.starts_with("cannot open the source, bucket acme: "),
            "{said}"
        );
        assert!(
            !said.contains("a-secret") && !said.contains("an-id"),
            "{said}"
        );
        // It recovers.
        proxy.pass(i64::MAX);
        let began = Instant::now();
        assert_eq!(night.good().await.table("orders").unwrap().rows, 20_002);
        recovery.push(began.elapsed());
        export(&mut server, folder.path(), 20_000);
    }
    let mut night = Night::new(&shop, bucket(server.port, "shop", folder.path()));
    let before = night.good().await;
    // Half an object: its end is missing though all its bytes came.
    let whole: String = (0..20_000)
        .map(|row| format!("{{\"note\":\"{row}\"}}\n"))
        .collect();
    let whole = zstd::encode_all(whole.as_bytes(), 1).unwrap();
    let path = folder.path().join("notes");
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    server.put("shop/notes.ndjson.zst", &path);
    let said = night.bad(Some(&before)).await;
    assert!(said.contains("notes.ndjson.zst"), "{said}");
    fs::write(&path, &whole).unwrap();
    server.put("shop/notes.ndjson.zst", &path);
    let before = night.good().await;
    assert_eq!(before.table("notes").unwrap().rows, 20_000);
    // A key that is refused, a bucket that is not there.
    let mut keys = night.job.source.keys();
    keys.url = "s3://nowhere/shop".to_owned();
    night.job.source = settings(keys);
    let said = night.bad(Some(&before)).await;
    assert!(
        said.starts_with("cannot open the source, bucket nowhere: "),
        "{said}"
    );
    Line {
        fault: "S3 store stalled or cut while listing or in the middle of a body, half an object, no bucket",
        times: 6,
        readers: "the old snapshot",
        recovery: &recovery,
    }
    .tell();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_replaced_during_the_run_is_noticed() {
    let mut server = Buckets::s3();
    let folder = tempfile::tempdir().unwrap();
    let shop: Arc<Product> = Arc::new(Product::parse(SHOP, "shop.toml").unwrap());
    export(&mut server, folder.path(), 20_000);
    let proxy = Proxy::start(server.port, Fault::Stall).await;
    let mut night = Night::new(&shop, bucket(proxy.port, "shop", folder.path()));
    let before = night.good().await;
    night.job.limits.stall = Duration::from_secs(30);
    export(&mut server, folder.path(), 20_002);
    // Held up in the middle of the first part, until the second one is another.
    proxy.pass(100_000);
    let replace = async {
        proxy.stalled().await;
        export(&mut server, folder.path(), 20_004);
        proxy.pass(i64::MAX);
    };
    let (said, ()) = tokio::join!(night.bad(Some(&before)), replace);
    assert_eq!(said, "table orders changed while it was read");
    let began = Instant::now();
    assert_eq!(night.good().await.table("orders").unwrap().rows, 20_004);
    Line {
        fault: "S3 object replaced while it was read",
        times: 1,
        readers: "the old snapshot",
        recovery: &[began.elapsed()],
    }
    .tell();
}

#[test]
fn snapshots_are_exported_to_a_bucket_and_come_back() {
    let server = Buckets::s3();
    let (desk, other) = (Desk::new(), Desk::new());
    let export = desk.path("export");
    desk.export("learnink", &export);
    desk.done("tenant add acme --product learnink");
    desk.done(&format!(
        "tenant source acme learnink file://{}",
        export.display()
    ));
    desk.done("sync run acme");
    let reach = format!("s3://acme/backup {}", reach(server.port, &desk.path("")));
    let first = desk.json(&format!("snapshot export acme --to {reach}"));
    assert!(first["products"][0]["files"].as_u64() > Some(10), "{first}");
    let again = desk.json(&format!("snapshot export acme --to {reach}"));
    assert_eq!(again["products"][0]["files"], 0);
    assert_eq!(again["products"][0]["snapshots"], 1);
    other.done("tenant add acme --product learnink");
    let import = format!("snapshot import acme --from {reach}");
    assert_eq!(other.json(&import)["products"][0]["snapshots"], 1);
    other.done("snapshot verify acme");
    let list = |desk: &Desk| desk.json("snapshot list acme")["snapshots"].clone();
    assert_eq!(list(&desk), list(&other));
}
