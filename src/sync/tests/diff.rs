//! Two snapshots beside each other: what differs is what was changed in between.

use super::{Bench, bench};
use crate::snapshot::{Changes, Published};
use crate::sync::{Difference, TableDifference, diff};

async fn between(bench: &Bench, before: &Published, after: &Published) -> Vec<TableDifference> {
    let scratch = tempfile::tempdir().unwrap();
    let (product, limits) = (&bench.job.product, &bench.job.limits);
    let found = diff(&bench.store, product, before, after, limits, scratch.path()).await;
    let left = std::fs::read_dir(scratch.path()).unwrap().count();
    assert_eq!(left, 0, "scratch files are left behind");
    found.unwrap()
}

fn changes(inserted: u64, updated: u64, deleted: u64) -> Difference {
    Difference::Rows(Changes {
        inserted,
        updated,
        deleted,
        late: 0,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn differences_are_those_of_the_rows_whatever_lies_between() {
    let bench = bench();
    let mut nights = Vec::new();
    for (orders, notes) in [
        ("1,a\n2,b\n3,c\n", "x\nx\ny\n"),
        ("1,a\n2,b\n4,d\n", "x\nx\ny\n"),
        // The second is as it was; the first is other, and there is one more.
        ("1,z\n2,b\n3,c\n5,e\n", "x\ny\nz\n"),
    ] {
        bench.put("orders.csv", format!("id,customer\n{orders}"));
        bench.put("notes.csv", format!("text\n{notes}"));
        nights.push(bench.good().await.published.unwrap());
    }
    let [first, second, third] = nights.as_slice() else {
        panic!("three nights");
    };

    let found = between(&bench, first, third).await;
    let names: Vec<_> = found.iter().map(|one| one.table.as_str()).collect();
    assert_eq!(names, ["notes", "orders"]);
    // Without a key a row that changed is one that went and one that came.
    assert_eq!(found[0].difference, changes(1, 0, 1));
    assert_eq!(found[1].difference, changes(1, 1, 0));
    assert_eq!((found[1].before, found[1].after), (Some(3), Some(4)));

    let back = between(&bench, third, first).await;
    assert_eq!(back[1].difference, changes(0, 1, 1));
    let one_night = between(&bench, first, second).await;
    assert_eq!(one_night[0].difference, Difference::Same);
    assert_eq!(one_night[1].difference, changes(1, 0, 1));
    let none = between(&bench, third, third).await;
    assert!(none.iter().all(|one| one.difference == Difference::Same));
}
