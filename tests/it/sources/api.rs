//! An API as the source: pages of files behind a token.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use syllabase::schema::{self, Product};
use syllabase::sync::source::demo::{Flavour, Options, write_for_copy};
use syllabase::tenant::{SourceKeys, SourceSettings};

use crate::faults::Line;

use super::{EDGE, Night, assert_same, python, settings};

struct Api {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Api {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(python());
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/sources/api.py"));
        command
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        Self {
            child,
            port: line.trim().parse().unwrap(),
            folder: folder.to_owned(),
        }
    }

    fn keys(&self, manner: &str) -> SourceKeys {
        let token = self.folder.join("token");
        fs::write(&token, "letmein\n").unwrap();
        SourceKeys {
            url: format!("http://127.0.0.1:{}/{manner}/{{table}}", self.port),
            credentials: Some(format!("file:{}", token.display())),
            ..SourceKeys::default()
        }
    }

    /// The addresses asked for so far.
    fn requests(&self) -> Vec<String> {
        let requests = fs::read_to_string(self.folder.join("requests")).unwrap();
        requests.lines().map(str::to_owned).collect()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Lays an export out as pages: each table's rows in up to three parts, every other one packed.
fn paged(product: &Product, exported: &Path, to: &Path) {
    for (turn, table) in product.tables.iter().enumerate() {
        let text = fs::read_to_string(exported.join(format!("{}.csv", table.name))).unwrap();
        let folder = to.join(table.name.as_str());
        fs::create_dir_all(&folder).unwrap();
        for (number, page) in split(&text, 1 + turn % 3).iter().enumerate() {
            let name = folder.join(format!("{number}.csv"));
            if turn % 2 == 0 {
                fs::write(name, page).unwrap();
                continue;
            }
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), Default::default());
            packed.write_all(page.as_bytes()).unwrap();
            fs::write(name.with_extension("csv.gz"), packed.finish().unwrap()).unwrap();
        }
    }
}

/// Cuts a CSV between records, each part with the header.
fn split(text: &str, parts: usize) -> Vec<String> {
    let mut records = Vec::new();
    let (mut from, mut quoted) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        quoted ^= byte == b'"';
        if byte == b'\n' && !quoted {
            records.push(&text[from..=at]);
            from = at + 1;
        }
    }
    let (header, records) = records.split_first().unwrap();
    let size = records.len().div_ceil(parts).max(1);
    let pages = records
        .chunks(size)
        .map(|page| format!("{header}{}", page.concat()));
    let pages: Vec<_> = pages.collect();
    if pages.is_empty() {
        vec![(*header).to_owned()]
    } else {
        pages
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_comes_once_whatever_happens_on_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let products = schema::builtin().unwrap();
    let product = products.get(&"learnink".parse().unwrap()).unwrap();
    let exported = folder.path().join("exported");
    let written = write_for_copy(product, &exported, &EDGE).unwrap();
    let served = folder.path().join("served");
    paged(product, &exported, &served);
    let from_files = Night::new(product, SourceSettings::Folder(exported));
    let files = from_files.good().await;
    let api = Api::start(&served);
    let cursor = SourceKeys {
        next_parameter: Some("at".to_owned()),
        next_header: Some("x-next".to_owned()),
        ..api.keys("cursor")
    };
    for keys in [api.keys("linked"), cursor, api.keys("broken")] {
        let night = Night::new(product, settings(keys));
        let fetched = night.good().await;
        assert_eq!(assert_same(product, &fetched, &files) as u64, written);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_refuses_fails_that_run_only_and_changes_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let products = schema::builtin().unwrap();
    let product = products.get(&"learnink".parse().unwrap()).unwrap();
    let exported = folder.path().join("exported");
    // A watermark is asked for in words that have years as people know them.
    let usual = Options {
        flavour: Flavour::Usual,
        ..EDGE
    };
    write_for_copy(product, &exported, &usual).unwrap();
    let served = folder.path().join("served");
    paged(product, &exported, &served);
    let api = Api::start(&served);
    let mut keys = api.keys("linked");
    keys.since = Some("updated_since".to_owned());
    let mut night = Night::new(product, settings(keys.clone()));
    let before = night.good().await;
    let asked = api.requests().len();
    let before = match night.run().await {
        Ok(finished) => finished.published.unwrap(),
        Err(error) => panic!(
            "{} after {}",
            syllabase::telemetry::chain(&error),
            before.number
        ),
    };
    let since = api.requests().split_off(asked);
    let since = since
        .iter()
        .filter(|address| address.contains("updated_since=20"));
    assert!(
        since.count() >= product.tables.len(),
        "{:?}",
        api.requests()
    );
    night.job.limits.stall = Duration::from_secs(4);
    let dead = api.keys("dead");
    let mut absent = api.keys("linked");
    absent.url = absent.url.replace("{table}", "no-{table}");
    for (keys, part) in [
        (
            dead,
            ", page 1: the source answers 500 Internal Server Error",
        ),
        (absent, "is missing in the source"),
    ] {
        night.job.source = settings(keys);
        let said = night.bad(Some(&before)).await;
        assert!(said.ends_with(part), "{said}");
    }
    night.job.limits.stall = Duration::from_mins(1);
    keys.url = keys.url.replace("linked", "busy");
    night.job.source = settings(keys);
    let began = Instant::now();
    let before = night.good().await;
    let recovery = [began.elapsed()];
    fs::write(served.join("token"), "wrong").unwrap();
    let said = night.bad(Some(&before)).await;
    assert!(said.starts_with("cannot read table "), "{said}");
    let why = ", page 1: the credentials are refused (401 Unauthorized)";
    assert!(said.ends_with(why), "{said}");
    Line {
        fault: "API that fails for good, lacks a table, is busy, refuses the token",
        times: 4,
        readers: "the old snapshot; a busy one is asked again",
        recovery: &recovery,
    }
    .tell();
}
