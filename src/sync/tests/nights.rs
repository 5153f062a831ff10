//! A night beside the one before: what changed is counted, what did not is shared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Bench, bench, table};
use crate::snapshot::{Cause, Changes, Moved, Outcome, Published, TableChanges};

/// The rows of a table as a snapshot serves them, as CSV of all columns, sorted.
fn served(bench: &Bench, published: &Published, name: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let entry = published.table(name).unwrap();
    for (path, file) in published.files(name).iter().zip(&entry.files) {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
        let dead = bench.store.dead_rows(published, file).unwrap();
        let builder = match dead {
            Some(dead) => builder.with_row_selection(dead.others(file.rows)),
            None => builder,
        };
        for batch in builder.build().unwrap() {
            let batch: RecordBatch = batch.unwrap();
            lines.extend(
                (0..batch.num_rows()).map(|row| super::super::conform::row_text(&batch, row)),
            );
        }
    }
    assert_eq!(lines.len() as u64, entry.rows);
    lines.sort_unstable();
    lines
}

/// Orders by key: who, and on which day of November.
type Orders = BTreeMap<u32, (String, u32)>;

impl Bench {
    fn put_orders(&self, orders: &Orders) {
        let mut text = String::from("id,customer,at\n");
        for (id, (customer, day)) in orders {
            writeln!(text, "{id},{customer},2026-11-{day:02} 12:00:00Z").unwrap();
        }
        self.put("orders.csv", text);
    }

    fn days(&self, published: &Published, name: &str) -> TableChanges {
        let (tenant, product) = (&self.job.tenant, &self.job.product.name);
        let log = self
            .store
            .change_log(tenant, product, &published.id)
            .unwrap();
        log.unwrap().tables.remove(name).unwrap()
    }
}

fn moved(changes: &TableChanges, day: u32, cause: Cause) -> (u64, u64, u64) {
    let day = NaiveDate::from_ymd_opt(2026, 11, day);
    let found = changes.days().iter().find(|one| one.day == day);
    let Moved {
        added,
        removed,
        changed,
    } = found
        .and_then(|one| one.causes.get(&cause).copied())
        .unwrap_or_default();
    (added, removed, changed)
}

fn many() -> Orders {
    (0..30_000)
        .map(|id| (id, (format!("c{}", id % 7), id % 20 + 1)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_shares_what_did_not_change() {
    let bench = bench();
    // The last reading was on 21 September 2026: 1,790,000,000 seconds after 1970.
    let mut orders = many();
    bench.put_orders(&orders);
    let first = bench.good().await;
    assert_eq!(table(&first, "orders").changes, None);
    let first = first.published.unwrap();

    for id in (0..30_000).step_by(300) {
        orders.get_mut(&id).unwrap().0 = "other".to_owned();
    }
    orders.get_mut(&1).unwrap().1 = 25;
    for id in (10..10_000).step_by(200) {
        orders.remove(&id);
    }
    orders.insert(40_000, ("new".to_owned(), 28));
    bench.put_orders(&orders);
    let second = bench.good().await;
    let report = table(&second, "orders");
    assert_eq!(report.outcome, Outcome::Loaded);
    assert_eq!(
        report.changes,
        Some(Changes {
            inserted: 1,
            updated: 101,
            deleted: 50,
            late: 0
        })
    );
    let second = second.published.unwrap();
    let (before, now) = (
        first.table("orders").unwrap(),
        second.table("orders").unwrap(),
    );
    assert_eq!(now.files.len(), 2);
    assert_eq!(now.files[0].path, before.files[0].path);
    assert_eq!(now.files[0].dead.as_ref().unwrap().rows, 151);
    assert_eq!(now.files[1].rows, 102);
    assert_eq!(now.rows, orders.len() as u64);

    // What is served is what a load of the same files into an empty store serves.
    let fresh = super::bench();
    fresh.put_orders(&orders);
    let whole = fresh.good().await.published.unwrap();
    assert_eq!(
        served(&bench, &second, "orders"),
        served(&fresh, &whole, "orders")
    );

    let days = bench.days(&second, "orders");
    assert_eq!(moved(&days, 28, Cause::New), (1, 0, 0));
    assert_eq!(moved(&days, 2, Cause::Edited).1, 1);
    assert_eq!(moved(&days, 25, Cause::Edited), (1, 0, 0));
    // Every day's sum is the true difference.
    for day in 1..=30 {
        let count = |orders: &Orders| orders.values().filter(|one| one.1 == day).count();
        let mut net = i64::try_from(count(&many())).unwrap();
        for cause in [Cause::New, Cause::Edited, Cause::Deleted] {
            let (added, removed, _) = moved(&days, day, cause);
            net += i64::try_from(added).unwrap() - i64::try_from(removed).unwrap();
        }
        assert_eq!(net, i64::try_from(count(&orders)).unwrap(), "day {day}");
    }

    // The same again is no change; everything else is: nothing of the earlier files is left.
    let again = bench.good().await;
    assert_eq!(table(&again, "orders").outcome, Outcome::Unchanged);
    assert_eq!(table(&again, "orders").changes, Some(Changes::default()));
    for order in orders.values_mut() {
        order.0.push('!');
    }
    bench.put_orders(&orders);
    let last = bench.good().await.published.unwrap();
    let entry = last.table("orders").unwrap();
    assert_eq!((entry.files.len(), entry.files[0].dead.as_ref()), (1, None));
    bench.store.verify(&last).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn worn_tables_are_written_anew() {
    let bench = bench();
    let mut orders = many();
    bench.put_orders(&orders);
    bench.good().await;
    let mut files = Vec::new();
    for night in 0..4 {
        for id in (night..30_000).step_by(14) {
            orders.get_mut(&id).unwrap().0 = format!("n{night}");
        }
        bench.put_orders(&orders);
        let published = bench.good().await.published.unwrap();
        files.push(published.table("orders").unwrap().files.len());
        let served = served(&bench, &published, "orders");
        assert_eq!(served.len(), orders.len());
        let changed = served
            .iter()
            .filter(|row| row.contains(&format!("\"n{night}\"")));
        assert_eq!(
            changed.count(),
            30_000 / 14 + usize::from(night < 30_000 % 14)
        );
    }
    assert_eq!(files, [2, 3, 4, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_without_a_key_are_told_apart_by_what_they_say() {
    let bench = bench();
    bench.put_orders(&many());
    bench.put("notes.csv", "text\na\na\nb\n");
    bench.good().await;
    bench.put("notes.csv", "text\nc\nb\na\n\"\"\n");
    let second = bench.good().await;
    assert_eq!(
        table(&second, "notes").changes,
        Some(Changes {
            inserted: 2,
            updated: 0,
            deleted: 1,
            late: 0
        })
    );
    assert_eq!(
        served(&bench, &second.published.unwrap(), "notes"),
        [
            r#"{"text":""}"#,
            r#"{"text":"a"}"#,
            r#"{"text":"b"}"#,
            r#"{"text":"c"}"#
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_rows_come_and_go_by_name() {
    let bench = bench();
    let good: String = (10..400).map(|id| format!("{id},x,2026-11-03\n")).collect();
    let put = |rows: &str| bench.put("orders.csv", format!("id,customer,at\n{good}{rows}"));
    put("1,a,2026-11-02\n2,b,soon\n");
    bench.good().await;
    put("1,a,never\n2,b,2026-11-02\n");
    let second = bench.good().await;
    let days = bench.days(&second.published.unwrap(), "orders");
    assert_eq!(moved(&days, 2, Cause::Released), (1, 0, 0));
    assert_eq!(moved(&days, 2, Cause::Quarantined), (0, 1, 0));
}
