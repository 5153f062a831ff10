//! Random histories of a source, followed night by night: read whole or read as changes, what is
//! served is the same, and what the nights say they changed is what changed.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use syllabase::clock::Clock;
use syllabase::config::limits::SyncLimits;
use syllabase::schema::Product;
use syllabase::snapshot::{Cause, Changes, Outcome, Policy, Published, Store, TableChanges};
use syllabase::sync::{Job, run};
use syllabase::telemetry::chain;
use syllabase::tenant::{Clocks, ExtraColumns, SourceKeys, SourceSettings};
use tokio_util::sync::CancellationToken;

use super::settings;
use crate::postgres::Postgres;

const NIGHTS: u32 = 14;
const FIRST: &str = "2026-10-01T00:00:00Z";

/// The product, with or without a stamp that says what changed.
fn product(stamp: bool) -> Arc<Product> {
    let text = format!(
        r#"
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
activity = "at"
required = true
[[table.column]]
name = "id"
type = "integer"
nullable = false
description = "Key"
[[table.column]]
name = "customer"
type = "varchar(20)"
description = "Who"
[[table.column]]
name = "at"
type = "timestamptz"
description = "When"
[[table.column]]
name = "updated_at"
type = "timestamptz"
nullable = false
description = "When it last changed"
change_stamp = {stamp}
"#
    );
    Arc::new(Product::parse(&text, "shop.toml").unwrap())
}

type Rows = BTreeMap<i32, (Option<String>, Option<DateTime<Utc>>)>;

/// One way of following the source.
struct Follower {
    _folder: tempfile::TempDir,
    store: Store,
    job: Job,
    nights: Vec<(Arc<Published>, Rows)>,
}

impl Follower {
    fn new(source: &SourceSettings, stamp: bool, compare_every: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let first: DateTime<Utc> = FIRST.parse().unwrap();
        Self {
            store: Store::open(folder.path(), Clock::fixed(first.timestamp_micros())).unwrap(),
            _folder: folder,
            job: Job {
                tenant: "acme".parse().unwrap(),
                product: product(stamp),
                source: source.clone(),
                extra_columns: ExtraColumns::default(),
                may_be_empty: std::collections::BTreeSet::new(),
                clocks: Clocks::default(),
                limits: SyncLimits {
                    compare_every,
                    shrink_percent: 100,
                    ..SyncLimits::default()
                },
                retention: Policy::default(),
                accept_shrinking: false,
                night: None,
            },
            nights: Vec::new(),
        }
    }

    /// One night; says how the table was read and what it says it changed.
    async fn night(&mut self, at: DateTime<Utc>) -> (Outcome, Option<Changes>) {
        self.store.clock().set(at.timestamp_micros());
        let finished = run(&self.store, self.job.clone(), CancellationToken::new()).await;
        let finished = finished.unwrap_or_else(|error| panic!("{}", chain(&error)));
        let published = finished.published.unwrap();
        self.store.verify(&published).unwrap();
        let rows = self.served(&published);
        self.nights.push((published, rows));
        let report = &finished.report.tables[0];
        (report.outcome, report.changes)
    }

    fn served(&self, published: &Published) -> Rows {
        let mut served = Rows::new();
        let entry = published.table("orders").unwrap();
        for (path, file) in published.files("orders").iter().zip(&entry.files) {
            let file_ = File::open(path).unwrap();
            let mut reader = ParquetRecordBatchReaderBuilder::try_new(file_).unwrap();
            if let Some(dead) = self.store.dead_rows(published, file).unwrap() {
                reader = reader.with_row_selection(dead.others(file.rows));
            }
            for batch in reader.build().unwrap() {
                let batch = batch.unwrap();
                let ids = batch.column(0).as_primitive::<Int32Type>();
                let customers = batch.column(1).as_string::<i32>();
                let at = batch.column(2).as_primitive::<TimestampMicrosecondType>();
                for (row, (customer, at)) in customers.iter().zip(at).enumerate() {
                    let at = at.and_then(DateTime::from_timestamp_micros);
                    let row_ = (customer.map(str::to_owned), at);
                    assert!(served.insert(ids.value(row), row_).is_none(), "a key twice");
                }
            }
        }
        assert_eq!(served.len() as u64, entry.rows);
        served
    }

    /// For every pair of nights the logs between them add up to the difference, day by day.
    fn adds_up(&self) {
        let (tenant, product) = (&self.job.tenant, &self.job.product.name);
        let logs: Vec<_> = self
            .nights
            .iter()
            .map(|(published, _)| {
                self.store
                    .change_log(tenant, product, &published.id)
                    .unwrap()
            })
            .collect();
        for from in 0..self.nights.len() {
            let mut sums: BTreeMap<Option<NaiveDate>, i64> = BTreeMap::new();
            let later = self.nights.iter().zip(&logs).enumerate().skip(from + 1);
            for (to, ((_, rows), log)) in later {
                let days = log.iter().filter_map(|log| log.tables.get("orders"));
                for day in days.flat_map(TableChanges::days) {
                    for moved in day.causes.values() {
                        let net = i64::try_from(moved.added).unwrap()
                            - i64::try_from(moved.removed).unwrap();
                        *sums.entry(day.day).or_default() += net;
                    }
                }
                let mut truth = counts(rows);
                for (day, count) in counts(&self.nights[from].1) {
                    *truth.entry(day).or_default() -= count;
                }
                truth.retain(|_, net| *net != 0);
                let mut said = sums.clone();
                said.retain(|_, net| *net != 0);
                assert_eq!(said, truth, "from night {from} to night {to}");
            }
        }
    }
}

fn counts(rows: &Rows) -> BTreeMap<Option<NaiveDate>, i64> {
    let mut counts = BTreeMap::new();
    for (_, at) in rows.values() {
        *counts.entry(at.map(|at| at.date_naive())).or_default() += 1;
    }
    counts
}

/// What changes in the source before one night.
fn day(random: &mut StdRng, rows: &mut Rows, night: DateTime<Utc>, next: &mut i32) -> String {
    let mut script = String::from("begin;\n");
    let stamp = night - TimeDelta::minutes(random.random_range(1..600));
    let moment = |random: &mut StdRng| match random.random_range(0..10) {
        0 => None,
        1..=3 => Some(night - TimeDelta::hours(random.random_range(24..900))),
        _ => Some(night - TimeDelta::minutes(random.random_range(1..1440))),
    };
    let text = |at: &Option<DateTime<Utc>>| {
        at.map_or_else(|| "null".to_owned(), |at| format!("'{}'", at.to_rfc3339()))
    };
    let some = |random: &mut StdRng, rows: &Rows| -> Option<i32> {
        let at = random.random_range(0..rows.len().max(1));
        rows.keys().nth(at).copied()
    };
    for _ in 0..random.random_range(0..60) {
        let at = moment(random);
        script.push_str(&format!(
            "insert into orders values ({next}, 'c{next}', {}, '{stamp}');\n",
            text(&at)
        ));
        rows.insert(*next, (Some(format!("c{next}")), at));
        *next += 1;
    }
    for _ in 0..random.random_range(0..40) {
        let Some(id) = some(random, rows) else { break };
        let at = if random.random_bool(0.5) {
            moment(random)
        } else {
            rows[&id].1
        };
        let customer = format!("e{}", random.random_range(0..1000));
        script.push_str(&format!(
            "update orders set customer = '{customer}', at = {}, updated_at = '{stamp}' where id = {id};\n",
            text(&at)
        ));
        rows.insert(id, (Some(customer), at));
    }
    for _ in 0..random.random_range(0..15) {
        let Some(id) = some(random, rows) else { break };
        script.push_str(&format!("delete from orders where id = {id};\n"));
        rows.remove(&id);
    }
    script.push_str("commit;\n");
    script
}

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
#[tokio::test(flavor = "multi_thread")]
async fn nights_read_whole_or_as_changes_serve_the_same() {
    let postgres = Postgres::start();
    postgres.psql(
        "create table orders (id int primary key, customer text, at timestamptz,
            updated_at timestamptz not null)",
    );
    let port = postgres.port();
    let source = settings(SourceKeys {
        url: format!("postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable"),
        ..SourceKeys::default()
    });
    for seed in 0..2 {
        postgres.psql("truncate orders");
        let mut random = StdRng::seed_from_u64(seed);
        let mut whole = Follower::new(&source, false, Duration::ZERO);
        let mut merged = Follower::new(&source, true, Duration::ZERO);
        let mut weekly = Follower::new(&source, true, Duration::from_hours(24 * 4));
        let (mut rows, mut next) = (Rows::new(), 0);
        // Enough rows that tables are patched, not written anew.
        let mut script = String::from("insert into orders select id, 'c' || id,");
        script.push_str(" '2026-09-20T12:00:00Z', '2026-09-30T00:00:00Z'");
        script.push_str(" from generate_series(100000, 122999) id");
        postgres.psql(&script);
        let noon = "2026-09-20T12:00:00Z".parse().unwrap();
        rows.extend((100_000..123_000).map(|id| (id, (Some(format!("c{id}")), Some(noon)))));
        for night in 0..NIGHTS {
            let first: DateTime<Utc> = FIRST.parse().unwrap();
            let at = first + TimeDelta::days(night.into());
            postgres.psql(&day(&mut random, &mut rows, at, &mut next));
            let (outcome, changes) = whole.night(at).await;
            assert_eq!(outcome, Outcome::Loaded);
            let (outcome, merged_changes) = merged.night(at).await;
            assert_eq!(outcome == Outcome::Merged, night > 0);
            assert_eq!(changes, merged_changes, "seed {seed}, night {night}");
            assert_eq!(
                whole.nights.last().unwrap().1,
                rows,
                "seed {seed}, night {night}"
            );
            assert_eq!(
                merged.nights.last().unwrap().1,
                rows,
                "seed {seed}, night {night}"
            );
            let (_, changes) = weekly.night(at).await;
            let served = &weekly.nights.last().unwrap().1;
            if night % 4 == 0 {
                assert_eq!(*served, rows, "seed {seed}, night {night}");
            } else {
                // Only what was deleted is still there.
                assert_eq!(changes.unwrap().deleted, 0);
                for (id, row) in &rows {
                    assert_eq!(served.get(id), Some(row), "seed {seed}, night {night}");
                }
            }
        }
        for follower in [&whole, &merged, &weekly] {
            follower.adds_up();
        }
        let late = |follower: &Follower| {
            let (tenant, product) = (&follower.job.tenant, &follower.job.product.name);
            let logs = follower.nights.iter().filter_map(|(night, _)| {
                follower
                    .store
                    .change_log(tenant, product, &night.id)
                    .unwrap()
            });
            let days = logs.flat_map(|log| log.tables["orders"].days().to_vec());
            let late = days.filter_map(|day| day.causes.get(&Cause::ArrivedLate).copied());
            late.map(|moved| moved.added).sum::<u64>()
        };
        assert!(late(&whole) > 20);
        assert_eq!(late(&whole), late(&merged));
    }
}

/// A row whose new form is refused is not served in its old one, however the night was read.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_is_no_reason_to_serve_what_was() {
    let postgres = Postgres::start();
    postgres.psql(
        "create table orders (id int primary key, customer text, at timestamptz,
            updated_at timestamptz not null);
         insert into orders select id, 'c' || id, null, '2026-09-30T00:00:00Z'
            from generate_series(1, 500) id",
    );
    let port = postgres.port();
    let source = settings(SourceKeys {
        url: format!("postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable"),
        ..SourceKeys::default()
    });
    let mut whole = Follower::new(&source, false, Duration::ZERO);
    let mut changes = Follower::new(&source, true, Duration::from_hours(24 * 7));
    let first: DateTime<Utc> = FIRST.parse().unwrap();
    for (night, customer) in (0..).zip(["c7", "a name that is far too long", "short again"]) {
        let at = first + TimeDelta::days(night);
        let stamp = at - TimeDelta::hours(1);
        postgres.psql(&format!(
            "update orders set customer = '{customer}', updated_at = '{stamp}' where id = 7"
        ));
        whole.night(at).await;
        let (outcome, _) = changes.night(at).await;
        assert_eq!(outcome == Outcome::Merged, night > 0);
        let served = [&whole, &changes].map(|one| one.nights.last().unwrap().1.clone());
        assert_eq!(served[0].contains_key(&7), customer.len() <= 20);
        assert_eq!(served[0], served[1], "night {night}");
    }
    for follower in [&whole, &changes] {
        follower.adds_up();
    }
}

/// The undeclared columns that are served, and their values by key.
type Extra = (Vec<String>, BTreeMap<i32, Vec<Option<String>>>);

fn extra(follower: &Follower) -> Extra {
    let (published, _) = follower.nights.last().unwrap();
    let entry = published.table("orders").unwrap();
    let mut served = BTreeMap::new();
    for (path, file) in published.files("orders").iter().zip(&entry.files) {
        let file_ = File::open(path).unwrap();
        let mut reader = ParquetRecordBatchReaderBuilder::try_new(file_).unwrap();
        if let Some(dead) = follower.store.dead_rows(published, file).unwrap() {
            reader = reader.with_row_selection(dead.others(file.rows));
        }
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let ids = batch.column(0).as_primitive::<Int32Type>();
            for (row, id) in ids.values().iter().enumerate() {
                let values = entry.extra.iter().map(|name| {
                    let values = batch.column_by_name(name)?.as_string::<i32>();
                    values.is_valid(row).then(|| values.value(row).to_owned())
                });
                served.insert(*id, values.collect());
            }
        }
    }
    assert_eq!(served.len() as u64, entry.rows);
    (entry.extra.clone(), served)
}

/// What happens to undeclared columns before one night: they come with values that no stamp tells
/// of, they go, and rows change.
fn redraw(random: &mut StdRng, truth: &mut Extra, there: &mut Vec<String>, night: u32) -> String {
    let mut script = String::new();
    if night % 3 == 1 {
        let again: Vec<String> = truth
            .0
            .iter()
            .filter(|name| !there.contains(name))
            .cloned()
            .collect();
        let name = match again.first() {
            Some(name) if random.random_bool(0.5) => name.clone(),
            _ => format!("x{night}"),
        };
        script.push_str(&format!(
            "alter table orders add column {name} numeric(9,1);\n"
        ));
        script.push_str(&format!(
            "update orders set {name} = id + 0.5 where id % 7 = {};\n",
            night % 7
        ));
        if !truth.0.contains(&name) {
            truth.0.push(name.clone());
            truth.1.values_mut().for_each(|row| row.push(None));
        }
        let at = truth.0.iter().position(|one| *one == name).unwrap();
        for (id, row) in &mut truth.1 {
            row[at] = (id % 7 == i32::try_from(night % 7).unwrap()).then(|| format!("{id}.5"));
        }
        there.push(name);
    } else if night.is_multiple_of(5) && !there.is_empty() {
        let name = there.remove(random.random_range(0..there.len()));
        script.push_str(&format!("alter table orders drop column {name};\n"));
        let at = truth.0.iter().position(|one| *one == name).unwrap();
        truth.1.values_mut().for_each(|row| row[at] = None);
    }
    let stamp = FIRST.parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(night.into())
        - TimeDelta::hours(1);
    for _ in 0..20 {
        let id = random.random_range(0..i32::try_from(truth.1.len()).unwrap());
        let Some(name) = there.first() else { break };
        let value = random.random_range(0..100);
        script.push_str(&format!(
            "update orders set {name} = {value}, updated_at = '{stamp}' where id = {id};\n"
        ));
        let at = truth.0.iter().position(|one| one == name).unwrap();
        truth.1.get_mut(&id).unwrap()[at] = Some(format!("{value}.0"));
    }
    script
}

/// Undeclared columns that come, go and come back are served alike, however nights are read.
#[tokio::test(flavor = "multi_thread")]
async fn undeclared_columns_are_the_same_read_whole_or_as_changes() {
    const ORDERS: i32 = 25_000;
    let postgres = Postgres::start();
    postgres.psql(&format!(
        "create table orders (id int primary key, customer text, at timestamptz,
            updated_at timestamptz not null);
         insert into orders select id, 'c' || id, null, '2026-09-30T00:00:00Z'
            from generate_series(0, {ORDERS} - 1) id"
    ));
    let port = postgres.port();
    let source = settings(SourceKeys {
        url: format!("postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable"),
        ..SourceKeys::default()
    });
    let mut followers = [
        Follower::new(&source, false, Duration::ZERO),
        Follower::new(&source, true, Duration::ZERO),
        Follower::new(&source, true, Duration::from_hours(24 * 7)),
    ];
    for follower in &mut followers {
        follower.job.extra_columns = ExtraColumns::Keep;
    }
    let mut random = StdRng::seed_from_u64(7);
    let mut truth: Extra = (Vec::new(), (0..ORDERS).map(|id| (id, Vec::new())).collect());
    let (mut there, mut merged) = (Vec::new(), 0);
    let first: DateTime<Utc> = FIRST.parse().unwrap();
    for night in 0..NIGHTS {
        let script = redraw(&mut random, &mut truth, &mut there, night);
        postgres.psql(&script);
        let mut all = Vec::new();
        for follower in &mut followers {
            let (outcome, changes) = follower.night(first + TimeDelta::days(night.into())).await;
            assert_eq!(extra(follower), truth, "night {night}");
            merged += u32::from(outcome == Outcome::Merged);
            all.push(changes);
        }
        assert!(all.iter().all(|changes| *changes == all[0]), "{all:?}");
    }
    assert!(merged >= 10, "{merged}");
    for follower in &followers {
        follower.adds_up();
    }
}
