//! Generated data: sound, repeatable, and loaded as any other export.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use tokio_util::sync::CancellationToken;

use super::rows;
use crate::clock::Clock;
use crate::schema::{self, ClockRole, Demand, Product, Reference, Table};
use crate::snapshot::{Policy, Published, Store};
use crate::sync::source::demo::{Flavour, Options, write};
use crate::sync::{Job, SyncLimits, run};
use crate::tenant::{Clocks, ExtraColumns, SourceSettings};

fn options(people: u64, flavour: Flavour) -> Options {
    Options {
        seed: 42,
        people,
        today: "2026-11-22".parse().unwrap(),
        flavour,
    }
}

async fn load(product: &Arc<Product>, options: &Options) -> (tempfile::TempDir, Arc<Published>) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    let written = write(product, &source, options).unwrap();
    let store = Store::open(&folder.path().join("store"), Clock::system()).unwrap();
    let job = Job {
        tenant: "acme".parse().unwrap(),
        product: Arc::clone(product),
        source: SourceSettings::Folder(source),
        extra_columns: ExtraColumns::default(),
        may_be_empty: std::collections::BTreeSet::new(),
        clocks: Clocks::default(),
        limits: SyncLimits::default(),
        retention: Policy::default(),
        accept_shrinking: false,
        night: None,
    };
    let finished = run(&store, job, CancellationToken::new()).await;
    let finished = finished.unwrap_or_else(|error| panic!("{}", crate::telemetry::chain(&error)));
    let mut served = 0;
    for table in &finished.report.tables {
        assert_eq!(table.quarantined, 0, "{} {:?}", table.table, table.reasons);
        assert!(table.ignored_columns.is_empty() && table.missing_columns.len() < 20);
        assert!(table.served > 0, "{} is empty", table.table);
        served += table.served;
    }
    assert_eq!(served, written);
    (folder, finished.published.unwrap())
}

fn texts(array: &ArrayRef) -> Vec<Option<String>> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options).unwrap();
    (0..array.len())
        .map(|row| {
            array
                .is_valid(row)
                .then(|| formatter.value(row).to_string().replace('-', ""))
        })
        .collect()
}

/// The values a reference column holds, with the row each stands in.
fn referring(batch: &RecordBatch, column: &str, reference: &Reference) -> Vec<(usize, String)> {
    let array = batch.column_by_name(column).unwrap();
    let mut found = Vec::new();
    for row in 0..batch.num_rows() {
        if array.is_null(row) {
            continue;
        }
        if !reference.each {
            found.push((row, texts(&array.slice(row, 1)).remove(0).unwrap()));
        } else if let Some(list) = array.as_list_opt::<i32>() {
            found.extend(
                texts(&list.value(row))
                    .into_iter()
                    .flatten()
                    .map(|text| (row, text)),
            );
        } else {
            let keys: Vec<String> =
                serde_json::from_str(array.as_string::<i32>().value(row)).unwrap();
            found.extend(keys.into_iter().map(|key| (row, key.replace('-', ""))));
        }
    }
    found
}

fn check_references(
    product: &Product,
    table: &Table,
    batches: &BTreeMap<String, RecordBatch>,
    keys: &BTreeMap<String, HashSet<String>>,
) -> usize {
    let batch = &batches[table.name.as_str()];
    let mut checked = 0;
    for column in &table.columns {
        let Some(reference) = column.reference.as_ref().filter(|one| one.join.is_none()) else {
            continue;
        };
        let selector = reference
            .selector
            .as_ref()
            .map(|name| texts(batch.column_by_name(name).unwrap()));
        for (row, value) in referring(batch, &column.name, reference) {
            let said = selector
                .as_ref()
                .map(|selector| selector[row].clone().unwrap());
            let found = reference.targets.iter().any(|target| {
                (target.when.is_none() || target.when == said)
                    && keys[target.table.as_str()].contains(&value)
            });
            assert!(
                found,
                "{}.{}.{} row {row}: {value}",
                product.name, table.name, column.name
            );
            checked += 1;
        }
    }
    checked
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_data_loads_whole_and_every_reference_is_kept() {
    for product in &schema::builtin().unwrap() {
        let (_folder, published) = load(product, &options(120, Flavour::Usual)).await;
        let tables = product.tables.iter().map(|table| table.name.as_str());
        let batches: BTreeMap<_, _> = tables
            .map(|name| (name.to_owned(), rows(&published, name)))
            .collect();
        let keys = product.tables.iter().filter_map(|table| {
            let [key] = table.key.as_slice() else {
                return None;
            };
            let name = table.name.as_str().to_owned();
            let column = batches[&name].column_by_name(key)?;
            Some((name, texts(column).into_iter().flatten().collect()))
        });
        let keys: BTreeMap<String, HashSet<String>> = keys.collect();
        let checked: usize = product
            .tables
            .iter()
            .map(|table| check_references(product, table, &batches, &keys))
            .sum();
        assert!(checked > 1000, "{checked} references");
        if let Some(activities) = batches.get("activities") {
            check_learnamp(activities, &batches, &keys);
        }
    }
}

/// What the product promises beyond its references.
fn check_learnamp(
    activities: &RecordBatch,
    batches: &BTreeMap<String, RecordBatch>,
    keys: &BTreeMap<String, HashSet<String>>,
) {
    let column = |name: &str| texts(activities.column_by_name(name).unwrap());
    let (kinds, ids, verbs, users) = (
        column("type"),
        column("content_id"),
        column("verb"),
        column("user_id"),
    );
    let (single, keys_of) = (column("single"), column("id"));
    let mut once = HashSet::new();
    let mut completed = 0;
    for row in 0..activities.num_rows() {
        let (kind, id) = (kinds[row].as_ref().unwrap(), ids[row].as_ref().unwrap());
        assert!(keys["content"].contains(&format!("{}{id}", kind.to_lowercase())));
        if single[row].as_deref() == Some("true") {
            assert!(once.insert((&kinds[row], &ids[row], &verbs[row], &users[row])));
        }
        if verbs[row].as_deref() == Some("completed") {
            assert!(keys["completions"].contains(keys_of[row].as_ref().unwrap()));
            completed += 1;
        }
    }
    assert!(completed > 0 && completed == batches["completions"].num_rows());
    let teams = &batches["teams"];
    let users = &batches["users"];
    let names: BTreeMap<_, _> = texts(users.column_by_name("id").unwrap())
        .into_iter()
        .zip(texts(users.column_by_name("full_name").unwrap()))
        .collect();
    let managers = texts(teams.column_by_name("manager_id").unwrap());
    for (manager, name) in managers
        .iter()
        .zip(texts(teams.column_by_name("manager_name").unwrap()))
    {
        assert_eq!(manager.is_none(), name.is_none());
        assert!(manager.is_none() || names[manager] == name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_data_passes_every_check_but_those_of_devices() {
    for product in &schema::builtin().unwrap() {
        for people in [10, 90] {
            let (_folder, published) = load(product, &options(people, Flavour::Usual)).await;
            let tables = &published.manifest.report.tables;
            let failing = tables.iter().flat_map(|table| {
                let declared = product.table(&table.table).unwrap();
                let checks = table.checks.iter().filter(|check| check.rows > 0);
                let other = checks.filter(|check| !of_devices(declared, &check.check));
                other.map(|check| format!("{} {}: {}", table.table, check.check, check.rows))
            });
            let failing: Vec<_> = failing.collect();
            assert!(failing.is_empty(), "{people} people: {failing:?}");
        }
    }
}

/// Whether a check speaks of a time that people's devices stamp: a few of them are wrong.
fn of_devices(table: &Table, check: &str) -> bool {
    let mut found = false;
    let check = table.check(check).unwrap();
    if let Demand::Holds(rule) | Demand::HoldsVia { rule, .. } = &check.demand {
        rule.columns(&mut |other, name| {
            let column = table.column(name).filter(|_| other.is_none());
            found |= column.is_some_and(|column| column.clock == ClockRole::Device);
        });
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_data_loads_whole() {
    for product in &schema::builtin().unwrap() {
        load(product, &options(60, Flavour::Edge)).await;
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let products = schema::builtin().unwrap();
    let product = products.iter().next().unwrap();
    let tree = |name: &str, seed: u64| {
        let root = folder.path().join(name);
        write(
            product,
            &root,
            &Options {
                seed,
                ..options(30, Flavour::Usual)
            },
        )
        .unwrap();
        let mut files: Vec<_> = fs::read_dir(&root)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
            .into_iter()
            .filter(|path| path.is_file())
            .map(|path| fs::read(path).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(tree("one", 1), tree("two", 1));
    assert_ne!(tree("one", 1), tree("three", 2));
}
