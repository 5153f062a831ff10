//! Columns that a source delivers and no product declares.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use super::super::conform::row_text;
use super::{Bench, bench, table};
use crate::snapshot::{Aside, AsideRows, Changes, Outcome, Published};
use crate::tenant::ExtraColumns;

/// The undeclared columns of `orders` that are served, and their values by key.
fn served(bench: &Bench, published: &Published) -> (Vec<String>, BTreeMap<i64, Vec<Value>>) {
    let entry = published.table("orders").unwrap();
    let mut found = BTreeMap::new();
    for (path, file) in published.files("orders").iter().zip(&entry.files) {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
        let builder = match bench.store.dead_rows(published, file).unwrap() {
            Some(dead) => builder.with_row_selection(dead.others(file.rows)),
            None => builder,
        };
        for batch in builder.build().unwrap() {
            let batch = batch.unwrap();
            for row in 0..batch.num_rows() {
                let row: Value = serde_json::from_str(&row_text(&batch, row)).unwrap();
                let values = entry.extra.iter();
                let values = values.map(|name| row.get(name).cloned().unwrap_or_default());
                let id = row["id"].as_i64().unwrap();
                assert!(found.insert(id, values.collect()).is_none());
            }
        }
    }
    assert_eq!(found.len() as u64, entry.rows);
    (entry.extra.clone(), found)
}

fn files_have(published: &Published, column: &str) -> bool {
    published.files("orders").iter().any(|path| {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
        builder.schema().index_of(column).is_ok()
    })
}

fn changes(inserted: u64, updated: u64, deleted: u64) -> Option<Changes> {
    Some(Changes {
        inserted,
        updated,
        deleted,
        late: 0,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn undeclared_columns_are_counted_until_they_are_wanted_and_from_then_on_have_their_place() {
    let mut bench = bench();
    bench.put(
        "orders.csv",
        "id,Cost Center,customer\n1,7,a\n2,,b\n3,\"\",c\n",
    );
    let counted = bench.good().await;
    assert_eq!(table(&counted, "orders").ignored_columns, ["Cost Center"]);
    let published = counted.published.unwrap();
    assert!(published.table("orders").unwrap().extra.is_empty());
    assert!(!files_have(&published, "cost center"));

    // The source is as it was, but more of it is wanted.
    bench.job.extra_columns = ExtraColumns::Keep;
    let kept = bench.good().await;
    let report = table(&kept, "orders");
    assert_eq!(report.outcome, Outcome::Loaded);
    assert!(report.ignored_columns.is_empty());
    assert_eq!(report.changes, changes(0, 2, 0));
    let (names, values) = served(&bench, &kept.published.unwrap());
    assert_eq!(names, ["cost center"]);
    assert_eq!(values[&1], ["7"]);
    assert_eq!(values[&2], [Value::Null]);
    assert_eq!(values[&3], [""]);
    let again = bench.good().await;
    assert_eq!(table(&again, "orders").outcome, Outcome::Unchanged);

    // Another file spells it otherwise, has one more before it, and one that is there twice.
    bench.put(
        "orders.csv",
        "Region,id,COST CENTER,customer,region\neu,1,7,a,x\n,2,8,b,y\n",
    );
    let more = bench.good().await;
    let report = table(&more, "orders");
    assert_eq!(report.ignored_columns, ["region"]);
    assert_eq!(report.changes, changes(0, 2, 1));
    let (names, values) = served(&bench, &more.published.unwrap());
    assert_eq!(names, ["cost center", "region"]);
    assert_eq!(values[&1], ["7", "eu"]);
    assert_eq!(values[&2], [Value::from("8"), Value::Null]);

    // What is not delivered any more stays, without values.
    bench.put("orders.csv", "id,customer,region\n1,a,eu\n2,b,\n");
    let fewer = bench.good().await;
    let report = table(&fewer, "orders");
    assert!(report.missing_columns.contains(&"cost center".to_owned()));
    assert_eq!(report.changes, changes(0, 2, 0));
    let (names, values) = served(&bench, &fewer.published.unwrap());
    assert_eq!(names, ["cost center", "region"]);
    assert_eq!(values[&1], [Value::Null, Value::from("eu")]);

    // Not wanted any more: the rows are the same, and no file has the columns.
    bench.job.extra_columns = ExtraColumns::Count;
    let dropped = bench.good().await;
    let report = table(&dropped, "orders");
    assert_eq!(report.ignored_columns, ["region"]);
    assert_eq!(report.changes, changes(0, 0, 0));
    let published = dropped.published.unwrap();
    assert!(published.table("orders").unwrap().extra.is_empty());
    assert!(!files_have(&published, "region"));
    bench.store.verify(&published).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_come_up_in_a_later_part_are_served_in_the_same_night() {
    let mut bench = bench();
    bench.job.extra_columns = ExtraColumns::Keep;
    bench.job.limits.extra_columns = 2;
    bench.put("orders/1.csv", "id,price,first\n1,1.5,a\n2,no price,b\n");
    bench.put(
        "orders/2.ndjson",
        "{\"id\":3,\"second\":{\"k\": [1, null]}}\n{\"id\":4,\"second\":null,\"third\":1.50}\n\
         {\"id\":5,\"second\":1.50}\n",
    );
    let finished = bench.good().await;
    let report = table(&finished, "orders");
    assert_eq!((report.read, report.served, report.quarantined), (5, 4, 1));
    assert_eq!(report.ignored_columns, ["third"]);
    let published = finished.published.unwrap();
    let (names, values) = served(&bench, &published);
    assert_eq!(names, ["first", "second"]);
    assert_eq!(values[&1], [Value::from("a"), Value::Null]);
    assert_eq!(values[&3], [Value::Null, Value::from("{\"k\": [1, null]}")]);
    assert_eq!(values[&5], [Value::Null, Value::from("1.50")]);

    // The row that was refused while the table was read for the first time is kept aside once.
    let (tenant, product) = (&bench.job.tenant, &bench.job.product.name);
    let aside = bench
        .store
        .aside(Aside::Quarantine, tenant, product, &published.id)
        .unwrap();
    let rows = aside.iter().flat_map(|(_, path)| {
        let batches = AsideRows::open(path).unwrap().unwrap();
        batches.map(|batch| batch.unwrap().num_rows())
    });
    assert_eq!(rows.sum::<usize>(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_column_without_values_rewrites_nothing() {
    let mut bench = bench();
    bench.job.extra_columns = ExtraColumns::Keep;
    let put = |bench: &Bench, head: &str, last: fn(u32) -> &'static str| {
        let mut text = format!("id,customer{head}\n");
        for id in 0..30_000 {
            writeln!(text, "{id},c{}{}", id % 7, last(id)).unwrap();
        }
        bench.put("orders.csv", text);
    };
    put(&bench, "", |_| "");
    let first = bench.good().await.published.unwrap();
    put(
        &bench,
        ",level",
        |id| if id % 300 == 0 { ",high" } else { "," },
    );
    let second = bench.good().await;
    assert_eq!(table(&second, "orders").changes, changes(0, 100, 0));
    let second = second.published.unwrap();
    let entry = second.table("orders").unwrap();
    assert_eq!(entry.files.len(), 2);
    assert_eq!(
        entry.files[0].path,
        first.table("orders").unwrap().files[0].path
    );
    let (names, values) = served(&bench, &second);
    assert_eq!(names, ["level"]);
    assert_eq!(
        (&values[&300][0], &values[&301][0]),
        (&"high".into(), &Value::Null)
    );

    // The file of rows that have none is read beside the other one.
    put(
        &bench,
        ",level",
        |id| if id % 300 < 2 { ",high" } else { "," },
    );
    let third = bench.good().await;
    assert_eq!(table(&third, "orders").changes, changes(0, 100, 0));
    let third = third.published.unwrap();
    assert_eq!(served(&bench, &third).1[&301], ["high"]);
    assert_eq!(third.table("orders").unwrap().files.len(), 3);
}
