//! Tables that are stored in another order than that of their key.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};

use super::{Bench, PRODUCT, bench, rows, table};
use crate::schema::Product;

const ROWS: i32 = 20_000;

fn by_time() -> Bench {
    let mut bench = bench();
    let product = PRODUCT.replace(
        "activity = \"at\"",
        "activity = \"at\"\nsort = [\"at\", \"id\"]",
    );
    bench.job.product = Arc::new(Product::parse(&product, "shop.toml").unwrap());
    bench.job.limits.batch_rows = 500;
    bench.job.limits.refused_percent = 50;
    bench
}

/// One row a number, in no order of time; some of them again in another part, and with another name.
fn parts() -> [String; 2] {
    let mut parts = [(); 2].map(|()| String::from("id,customer,at\n"));
    for id in 0..ROWS {
        let minute = id.wrapping_mul(7919) % 1440;
        let time = format!("2026-11-01 {:02}:{:02}:00Z", minute / 60, minute % 60);
        writeln!(parts[0], "{id},first,{time}").unwrap();
        if id % 3 == 0 {
            writeln!(parts[1], "{id},again,2026-10-01 00:00:00Z").unwrap();
        }
        if id % 5 == 0 {
            writeln!(parts[1], "{id},once more,{time}").unwrap();
        }
    }
    parts
}

#[tokio::test(flavor = "multi_thread")]
async fn of_repeated_keys_the_first_to_arrive_is_served() {
    let bench = by_time();
    let [first, again] = parts();
    bench.put("orders/part-1.csv", first);
    bench.put("orders/part-2.csv", again);
    let finished = bench.good().await;
    let repeated = (0..ROWS).map(|id| u64::from(id % 3 == 0) + u64::from(id % 5 == 0));
    let (repeated, all) = (repeated.sum::<u64>(), u64::try_from(ROWS).unwrap());
    let report = table(&finished, "orders");
    assert_eq!((report.read, report.served), (all + repeated, all));
    assert_eq!(
        report.reasons,
        BTreeMap::from([("the key is there already".to_owned(), repeated)])
    );
    let served = rows(finished.published.as_ref().unwrap(), "orders");
    let customers = served.column_by_name("customer").unwrap();
    assert!(
        customers
            .as_string::<i32>()
            .iter()
            .all(|one| one == Some("first"))
    );
    let times = served.column_by_name("at").unwrap();
    let times = times.as_primitive::<TimestampMicrosecondType>();
    let ids = served
        .column_by_name("id")
        .unwrap()
        .as_primitive::<Int32Type>();
    let stored: Vec<_> = times.values().iter().zip(ids.values()).collect();
    assert!(stored.is_sorted(), "rows are stored in the declared order");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_night_finds_what_changed() {
    let bench = by_time();
    let [first, _] = parts();
    bench.put("orders.csv", &first);
    bench.good().await;
    bench.put(
        "orders.csv",
        first
            .replace("\n77,first", "\n77,other")
            .replace("\n78,first", "\n780000,first"),
    );
    let finished = bench.good().await;
    let changes = table(&finished, "orders").changes.unwrap();
    assert_eq!(
        (changes.inserted, changes.updated, changes.deleted),
        (1, 1, 1)
    );
}
