//! Nights of the test product, asked for in SQL.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use chrono::NaiveDate;

use crate::engine::testing::{World, told};
use crate::snapshot::{
    Aside, Cause, Changes, CheckReport, Ending, Moved, Outcome, Policy, RunRecord, Staging,
    TableChanges, TableReport,
};

const NOTHING: Moved = Moved {
    added: 0,
    removed: 0,
    changed: 0,
};

fn day(text: &str) -> Option<NaiveDate> {
    Some(text.parse().unwrap())
}

fn report(missing: &[&str], extra: &[&str], outcome: Outcome) -> TableReport {
    let names = |of: &[&str]| of.iter().map(|name| (*name).to_owned()).collect();
    TableReport {
        table: String::from("orders"),
        outcome,
        read: 8,
        served: 5,
        quarantined: 1,
        erased: 2,
        reasons: BTreeMap::new(),
        ignored_columns: names(extra),
        missing_columns: names(missing),
        source_files: 1,
        source_bytes: 100,
        changes: Some(Changes {
            inserted: 3,
            updated: 2,
            deleted: 1,
            late: 2,
        }),
        corrected: 1,
        flagged: 4,
        checks: vec![CheckReport {
            check: String::from("price_is_positive"),
            action: String::from("count"),
            rows: 2,
        }],
        milliseconds: 1,
    }
}

fn texts<const N: usize>(values: [&str; N]) -> Vec<ArrayRef> {
    let column = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    values.map(column).to_vec()
}

/// Refuses a row and corrects a stamp.
fn keep_aside(staging: &Staging) {
    let mut columns = texts([
        "orders.csv",
        "price",
        "not a number",
        "\"abc\"",
        "{\"id\": \"7\"}",
    ]);
    columns.insert(1, Arc::new(Int64Array::from(vec![12])));
    let corrected = texts([
        "{\"id\":  7}",
        "at",
        "2001-09-30 00:00:00+00",
        "2001-09-10 01:46:40+00",
        "received",
    ]);
    for (what, columns) in [
        (Aside::Quarantine, columns),
        (Aside::Corrections, corrected),
    ] {
        let mut writer = staging.aside(what, "orders");
        let batch = RecordBatch::try_new(what.schema(), columns).unwrap();
        writer.append(&batch).unwrap();
        writer.finish().unwrap();
    }
}

/// Three nights: five orders; a night with everything there is to tell; a night that says little.
fn world() -> World {
    let world = World::new();
    let (tenant, product) = ("acme".parse().unwrap(), "shop".parse().unwrap());
    let night = |number: u64, report: TableReport, changes: TableChanges| {
        world.pass(1);
        let lock = world.store.lock(&tenant, &product).unwrap();
        let mut staging = world.store.stage(lock, 10).unwrap();
        let parent = Arc::clone(staging.parent().unwrap());
        let orders = parent.table("orders").unwrap();
        staging.link("orders", orders, number == 2).unwrap();
        staging.changed("orders", changes);
        if number == 1 {
            keep_aside(&staging);
        }
        world.seal_with(staging, number, vec![report]);
    };
    let moved = |added, removed, changed| Moved {
        added,
        removed,
        changed,
    };
    let mut second = TableChanges::default();
    second.count(day("2001-09-01"), Cause::ArrivedLate, moved(2, 0, 0));
    second.count(day("2001-09-01"), Cause::Edited, moved(0, 0, 1));
    second.count(day("2001-09-02"), Cause::Deleted, moved(0, 1, 0));
    second.count(None, Cause::ArrivedLate, moved(5, 0, 0));
    night(1, report(&["marks"], &["colour"], Outcome::Loaded), second);
    let mut third = TableChanges::default();
    third.count(day("2001-09-01"), Cause::ArrivedLate, moved(1, 0, 0));
    third.count(day("2001-09-01"), Cause::New, NOTHING);
    night(2, report(&[], &["colour", "size"], Outcome::Merged), third);
    let now = world.store.clock().now();
    let failed = Ending::Failed {
        reason: String::from("the source is gone"),
        passing: true,
    };
    let record = RunRecord::new(
        now,
        now,
        failed,
        vec![report(&[], &[], Outcome::Loaded)],
        Vec::new(),
    );
    world.store.remember(&tenant, &product, &record).unwrap();
    world
}

async fn asked(questions: &[(&str, &str)]) {
    let world = world();
    let mut session = world.session();
    for (sql, expected) in questions {
        assert_eq!(told(&mut session, sql).await, *expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nights_are_told_in_tables() {
    asked(&[
        (
            "select number, published_at, kind, kept, rows, bytes > 0, shared_bytes = bytes, parent is null from syllabase.snapshots order by 1",
            "SELECT 3: 1|2001-09-09 01:46:40+00|run|t|5|t|f|t 2|2001-09-10 01:46:40+00|run|t|5|t|t|f 3|2001-09-11 01:46:40+00|run|t|5|t|t|f",
        ),
        (
            "select product, outcome, reason, number, snapshot, rows_read, rows_quarantined, rows_erased from syllabase.sync_runs",
            "SELECT 1: shop|failed|the source is gone|∅|∅|8|1|2",
        ),
        (
            "select table_name, number, source_watermark, read_at, rows, age, stale from syllabase.freshness",
            "SELECT 1: orders|3|∅|2001-09-09 01:46:40+00|5|2 days|t",
        ),
        (
            "select number, table_name, outcome, rows_read, rows_erased, inserted, updated, deleted, late, corrected, flagged from syllabase.changes order by 1",
            "SELECT 2: 2|orders|loaded|8|2|3|2|1|2|1|4 3|orders|merged|8|2|3|2|1|2|1|4",
        ),
        (
            "select day, number, rows_added from syllabase.late_arrivals order by 2, 1",
            "SELECT 3: 2001-09-01|2|2 ∅|2|5 2001-09-01|3|1",
        ),
        (
            "select number, file, line, column_name, reason, detail, record from syllabase.quarantine",
            "SELECT 1: 2|orders.csv|12|price|not a number|\"abc\"|{\"id\": \"7\"}",
        ),
        (
            "select number, row_key, row_key->>'id', column_name, original, corrected, method from syllabase.clock_corrections",
            "SELECT 1: 2|{\"id\": 7}|7|at|2001-09-30 00:00:00+00|2001-09-10 01:46:40+00|received",
        ),
        (
            "select number, column_name, change from syllabase.schema_changes order by 1, 2",
            "SELECT 4: 2|colour|extra 2|marks|missing 3|marks|delivered again 3|size|extra",
        ),
        (
            "select number, check_name, action, failed_rows from syllabase.quality order by 1",
            "SELECT 2: 2|price_is_positive|count|2 3|price_is_positive|count|2",
        ),
        ("select count(*) from syllabase.quality q join syllabase.changes c using (product, number, table_name)", "SELECT 1: 2"),
        ("delete from syllabase.snapshots", "25006 cannot execute DELETE in a read-only transaction"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_ends_at_the_time_travelled_to() {
    let world = world();
    let mut session = world.session_with(&[("syllabase.as_of", "2001-09-10")]);
    for (sql, expected) in [
        ("select max(number) from syllabase.snapshots", "SELECT 1: 2"),
        ("select count(*) from syllabase.sync_runs", "SELECT 1: 0"),
        (
            "select number, age from syllabase.freshness",
            "SELECT 1: 2|1 day 22:13:19.999999",
        ),
        (
            "select sum(rows_added) from syllabase.late_arrivals",
            "SELECT 1: 7",
        ),
        (
            "select count(*) from syllabase.schema_changes",
            "SELECT 1: 2",
        ),
        (
            "select * from syllabase.explain_change('orders', '2001-09-01', '2001-09-09 12:00', '2001-09-12')",
            "SELECT 2: arrived_late|2|0|0|1 edited|0|0|1|1",
        ),
    ] {
        assert_eq!(told(&mut session, sql).await, expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_explained_by_its_causes() {
    asked(&[
        (
            "select * from syllabase.explain_change('shop.orders', '2001-09-01', '2001-09-09 12:00', '2001-09-12')",
            "SELECT 3: new|0|0|0|1 arrived_late|3|0|0|2 edited|0|0|1|1",
        ),
        (
            "select cause, rows_removed from syllabase.explain_change('orders', '2001-09-02', '2001-09-09 12:00', 'infinity')",
            "SELECT 1: deleted|1",
        ),
        (
            "select count(*) from syllabase.explain_change('orders', '2001-09-01', '2001-09-11 12:00', '2001-09-12')",
            "SELECT 1: 0",
        ),
        (
            "select * from syllabase.explain_change('orders', 'infinity', '2001-09-09 12:00', '2001-09-12')",
            "SELECT 0",
        ),
        (
            "select * from syllabase.explain_change('shop.nope', '2001-09-01', '2001-09-09 12:00', '2001-09-12')",
            "42P01 relation \"shop.nope\" does not exist",
        ),
        (
            "select * from syllabase.explain_change('pg_class', '2001-09-01', '2001-09-09 12:00', '2001-09-12')",
            "42809 \"pg_class\" is not a table that nights load",
        ),
        (
            "select * from syllabase.explain_change('orders', '2001-09-01', '2001-09-09', '2001-09-12')",
            "22023 no snapshot of \"shop\" was published by 2001-09-09T00:00:00.000000Z",
        ),
        (
            "select * from syllabase.explain_change('orders', '2001-09-01', '2001-09-12', '2001-09-10')",
            "22023 \"from\" (2001-09-12T00:00:00.000000Z) must be before \"to\" (2001-09-10T00:00:00.000000Z)",
        ),
        (
            "select pg_get_function_arguments(oid), pg_get_function_result(oid), pronamespace::regnamespace from pg_proc where proname = 'explain_change'",
            "SELECT 1: \"table\" text, day date, \"from\" timestamp with time zone, \"to\" timestamp with time zone|TABLE(cause text, rows_added bigint, rows_removed bigint, rows_changed bigint, nights bigint)|syllabase",
        ),
        (
            "set search_path = syllabase, shop; select count(*) from explain_change('orders', '2001-09-01', '2001-09-09 12:00', '2001-09-12'); reset search_path",
            "SET; SELECT 1: 3; RESET",
        ),
        ("select explain_change('orders', current_date, now(), now())", "42883 function explain_change(unknown, date, timestamp with time zone, timestamp with time zone) does not exist"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_argument_that_is_null_is_refused_and_not_answered_with_nothing() {
    asked(&[
        (
            "select count(*) from syllabase.explain_change(null, '2001-09-01', '2001-09-09 12:00', '2001-09-12')",
            "22004 argument \"table\" of explain_change must not be null",
        ),
        (
            "select count(*) from syllabase.explain_change('orders', null, now(), now())",
            "22004 argument \"day\" of explain_change must not be null",
        ),
        (
            "select count(*) from syllabase.explain_change('orders', '2001-09-01', null, now())",
            "22004 argument \"from\" of explain_change must not be null",
        ),
        (
            "select count(*) from syllabase.explain_change('orders', '2001-09-01', now(), null)",
            "22004 argument \"to\" of explain_change must not be null",
        ),
        (
            "select e.* from (select published_at as upto, lag(published_at) over (order by number) as since from syllabase.snapshots) s, \
             lateral syllabase.explain_change('orders', '2001-09-01', s.since, s.upto) e",
            "22004 argument \"from\" of explain_change must not be null",
        ),
        (
            "select s.number, e.* from (select number, published_at as upto, lag(published_at) over (order by number) as since from syllabase.snapshots) s, \
             lateral syllabase.explain_change('orders', '2001-09-01', s.since, s.upto) e where s.since is not null order by 1, 2",
            "SELECT 4: 2|arrived_late|2|0|0|1 2|edited|0|0|1|1 3|arrived_late|1|0|0|1 3|new|0|0|0|1",
        ),
        ("select proisstrict from pg_proc where proname = 'explain_change'", "SELECT 1: f"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_snapshots_stay_listed_and_their_changes_are_forgotten() {
    let world = world();
    let (tenant, product) = ("acme".parse().unwrap(), "shop".parse().unwrap());
    let lock = world.store.lock(&tenant, &product).unwrap();
    let policy = Policy {
        days: 0,
        at_least: 1,
        month_ends: 0,
    };
    let second = world
        .store
        .published(&tenant, &product, 2)
        .unwrap()
        .unwrap();
    world.store.keep(&lock, &second, "the audit").unwrap();
    assert_eq!(
        world.store.retain(&lock, policy).unwrap().snapshots.len(),
        1
    );
    let mut session = world.session();
    let explain = "select sum(rows_added) from syllabase.explain_change('orders', '2001-09-01', '2001-09-09 12:00', '2001-09-12')";
    for (sql, expected) in [
        (
            "select number, kept, pinned, rows from syllabase.snapshots order by 1",
            "SELECT 3: 1|f|f|∅ 2|t|t|5 3|t|f|5",
        ),
        (explain, "SELECT 1: 3"),
        ("select count(*) from syllabase.changes", "SELECT 1: 2"),
    ] {
        assert_eq!(told(&mut session, sql).await, expected, "{sql}");
    }
    drop(session);
    assert!(world.store.let_go(&lock, &second).unwrap());
    drop(second);
    assert_eq!(
        world.store.retain(&lock, policy).unwrap().snapshots.len(),
        1
    );
    let mut session = world.session();
    for (sql, expected) in [
        (
            "select count(*) from syllabase.snapshots where not kept",
            "SELECT 1: 2",
        ),
        (
            "select sum(rows_added) from syllabase.late_arrivals",
            "SELECT 1: 1",
        ),
        (
            "select count(*) from syllabase.clock_corrections",
            "SELECT 1: 1",
        ),
        (
            explain,
            "22023 what the night published at 2001-09-10T01:46:40.000000Z changed is not known any more",
        ),
    ] {
        assert_eq!(told(&mut session, sql).await, expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_takes_the_nights_since_back() {
    let world = world();
    let (tenant, product) = ("acme".parse().unwrap(), "shop".parse().unwrap());
    for number in [1, 3] {
        world.pass(1);
        let lock = world.store.lock(&tenant, &product).unwrap();
        world.store.roll_back(&lock, number).unwrap();
    }
    let mut session = world.session();
    for (sql, expected) in [
        (
            "select number, kind from syllabase.snapshots where kind <> 'run' order by 1",
            "SELECT 2: 4|rolled_back 5|rolled_back",
        ),
        (
            "select * from syllabase.explain_change('orders', '2001-09-01', '2001-09-11 12:00', '2001-09-12 12:00')",
            "SELECT 1: rolled_back|0|3|1|1",
        ),
        // To the first state and back to the third: three rows came and went, one changed each time.
        (
            "select * from syllabase.explain_change('orders', '2001-09-01', '2001-09-11 12:00', '2001-09-13 12:00')",
            "SELECT 1: rolled_back|3|3|2|2",
        ),
        (
            "select sum(rows_added) from syllabase.late_arrivals",
            "SELECT 1: 8",
        ),
        ("select count(*) from syllabase.quality", "SELECT 1: 2"),
    ] {
        assert_eq!(told(&mut session, sql).await, expected, "{sql}");
    }
}
