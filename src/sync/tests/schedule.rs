//! When a night is due: zones, catch-up, one run at a time.

use std::fs;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use tokio_util::sync::CancellationToken;

use super::{Bench, bench};
use crate::snapshot::{Ending, Store};
use crate::sync::{Job, Night, Planned, Schedule};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn night(at: &str, zone: Tz) -> Night {
    Night {
        at: NaiveTime::parse_from_str(at, "%H:%M").unwrap(),
        zone,
    }
}

#[test]
fn three_in_nairobi_is_midnight_utc_all_year() {
    let night = Night::default();
    assert_eq!(
        night.latest(utc("2026-07-01T00:00:00Z")),
        utc("2026-07-01T00:00:00Z")
    );
    assert_eq!(
        night.latest(utc("2026-07-01T23:59:59Z")),
        utc("2026-07-01T00:00:00Z")
    );
    assert_eq!(
        night.next(utc("2026-12-31T00:00:00Z")),
        utc("2027-01-01T00:00:00Z")
    );
}

#[test]
fn a_skipped_hour_moves_the_night_and_a_repeated_one_has_it_once() {
    let night = night("02:30", Tz::Europe__Berlin);
    // 29 March 2026: 02:00 to 03:00 does not exist; the night begins right after the gap.
    assert_eq!(
        night.latest(utc("2026-03-29T12:00:00Z")),
        utc("2026-03-29T01:00:00Z")
    );
    // 25 October 2026: 02:30 comes twice; the first counts.
    assert_eq!(
        night.latest(utc("2026-10-25T12:00:00Z")),
        utc("2026-10-25T00:30:00Z")
    );
    assert_eq!(
        night.next(utc("2026-10-25T00:30:00Z")),
        utc("2026-10-26T01:30:00Z")
    );
}

/// Runs the schedule until `enough` says so, or for as long as it is given.
async fn until(bench: &Bench, plan: Vec<Planned>, wait: Duration, enough: impl Fn() -> bool) {
    let schedule = Schedule::new(bench.store.clone(), 2, move || plan.clone())
        .look_every(Duration::from_millis(10));
    let stop = CancellationToken::new();
    let running = schedule.run(stop.clone());
    let watching = async {
        let began = tokio::time::Instant::now();
        while began.elapsed() < wait && !enough() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.cancel();
    };
    tokio::join!(running, watching);
}

fn planned(bench: &Bench) -> Vec<Planned> {
    vec![Planned {
        job: bench.job.clone(),
        night: Night::default(),
    }]
}

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn missed_nights_are_made_up_for_once() {
    let bench = bench();
    bench.put("orders.csv", "id\n1\n");
    let set = |text: &str| bench.store.clock().set(utc(text).timestamp_micros());
    set("2026-11-01T12:00:00Z");
    until(&bench, planned(&bench), SHORT, || {
        !bench.history().is_empty()
    })
    .await;
    assert!(
        bench.history().is_empty(),
        "a new tenant waits for its first night"
    );
    bench.good().await;
    // Three nights passed while nothing ran.
    set("2026-11-04T12:00:00Z");
    until(&bench, planned(&bench), LONG, || bench.history().len() > 1).await;
    assert_eq!(bench.history().len(), 2);
    set("2026-11-04T23:59:00Z");
    until(&bench, planned(&bench), SHORT, || bench.history().len() > 2).await;
    assert_eq!(bench.history().len(), 2, "that night has its run");
    set("2026-11-05T00:10:00Z");
    until(&bench, planned(&bench), LONG, || bench.history().len() > 2).await;
    assert_eq!(bench.history().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_night_is_tried_again_later_and_then_left() {
    let mut bench = bench();
    (bench.job.limits.tries, bench.job.limits.retry_factor) = (3, 2);
    bench.job.limits.retry_wait = Duration::from_mins(20);
    bench.put("orders.csv", "id\n1\n");
    let set = |text: &str| bench.store.clock().set(utc(text).timestamp_micros());
    set("2026-11-01T12:00:00Z");
    bench.good().await;
    fs::remove_file(bench.source.join("orders.csv")).unwrap();
    set("2026-11-02T00:30:00Z");
    until(&bench, planned(&bench), LONG, || bench.history().len() > 1).await;
    set("2026-11-02T00:40:00Z");
    until(&bench, planned(&bench), SHORT, || bench.history().len() > 2).await;
    assert_eq!(bench.history().len(), 2, "not at once");
    for (time, runs) in [("00:55:00", 3), ("01:36:00", 4)] {
        set(&format!("2026-11-02T{time}Z"));
        until(&bench, planned(&bench), LONG, || {
            bench.history().len() >= runs
        })
        .await;
        assert_eq!(bench.history().len(), runs);
    }
    set("2026-11-02T02:30:00Z");
    until(&bench, planned(&bench), SHORT, || bench.history().len() > 4).await;
    assert_eq!(bench.history().len(), 4, "not for ever");
    assert!(
        bench
            .history()
            .iter()
            .skip(1)
            .all(|run| matches!(run.ending, Ending::Failed { passing: true, .. }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_is_not_tried_again_after_its_window_or_when_rows_were_refused() {
    let mut bench = bench();
    bench.job.limits.tries = 100;
    bench.job.limits.window = Duration::from_mins(45);
    bench.put("orders.csv", "id\n1\n");
    let set = |text: &str| bench.store.clock().set(utc(text).timestamp_micros());
    set("2026-11-01T12:00:00Z");
    bench.good().await;
    fs::remove_file(bench.source.join("orders.csv")).unwrap();
    set("2026-11-02T00:30:00Z");
    until(&bench, planned(&bench), LONG, || bench.history().len() > 1).await;
    set("2026-11-02T00:41:00Z");
    until(&bench, planned(&bench), LONG, || bench.history().len() > 2).await;
    assert_eq!(bench.history().len(), 3, "after the first wait");
    let planned_once = planned(&bench).remove(0);
    let now = bench.store.clock().now();
    let (tenant, product) = (&bench.job.tenant, &bench.job.product.name);
    let mut runs = bench.store.last_runs(tenant, product, |_| false).unwrap();
    runs.reverse();
    assert_eq!(planned_once.next_try(&runs, now), None);
    set("2026-11-02T02:00:00Z");
    until(&bench, planned(&bench), SHORT, || bench.history().len() > 3).await;
    assert_eq!(bench.history().len(), 3, "its window is over");
    let wrong: String = (0..200).map(|row| format!("x{row}\n")).collect();
    bench.put("orders.csv", format!("id\n{wrong}"));
    bench.job.limits.window = Duration::from_hours(20);
    set("2026-11-03T00:30:00Z");
    until(&bench, planned(&bench), LONG, || bench.history().len() > 3).await;
    set("2026-11-03T12:00:00Z");
    until(&bench, planned(&bench), SHORT, || bench.history().len() > 4).await;
    assert_eq!(
        bench.history().len(),
        4,
        "a person has to look at the rows first"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_at_work_elsewhere_is_left_alone() {
    let bench = bench();
    bench.put("orders.csv", "id\n1\n");
    let set = |text: &str| bench.store.clock().set(utc(text).timestamp_micros());
    set("2026-11-01T12:00:00Z");
    bench.good().await;
    set("2026-11-02T12:00:00Z");
    let lock = bench
        .store
        .lock(&bench.job.tenant, &bench.job.product.name)
        .unwrap();
    until(&bench, planned(&bench), SHORT, || bench.history().len() > 1).await;
    assert_eq!(bench.history().len(), 1);
    drop(lock);
    until(&bench, planned(&bench), LONG, || bench.history().len() > 1).await;
    assert_eq!(bench.history().len(), 2);
}

/// Two servers on one store: whoever comes second finds the night made, also when it had decided
/// to make it before the other was done.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_make_a_night_once() {
    let bench = bench();
    bench.put("orders.csv", "id\n1\n");
    let tenants: Vec<crate::ident::TenantId> = (0..12)
        .map(|at| format!("tenant{at}").parse().unwrap())
        .collect();
    let begin = bench.store.clock().now();
    let stop = CancellationToken::new();
    let mut servers = Vec::new();
    for _ in 0..2 {
        let jobs: Vec<_> = tenants
            .iter()
            .map(|tenant| Planned {
                job: Job {
                    tenant: tenant.clone(),
                    ..bench.job.clone()
                },
                night: night("03:00", Tz::UTC),
            })
            .collect();
        let root = bench.store.folder(&tenants[0], &bench.job.product.name);
        let root = root.parent().and_then(std::path::Path::parent).unwrap();
        let store = Store::open(root, bench.store.clock().clone()).unwrap();
        let schedule = Schedule::new(store, 1, move || jobs.clone());
        let schedule = schedule.look_every(Duration::from_millis(20));
        let stop = stop.clone();
        servers.push(crate::telemetry::spawn("server", async move {
            schedule.run(stop).await;
        }));
    }
    // Both have seen the tenants; now the night begins.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let next = night("03:00", Tz::UTC).next(begin) + chrono::TimeDelta::minutes(10);
    bench.store.clock().set(next.timestamp_micros());
    let runs = |tenant| {
        bench
            .store
            .history(tenant, &bench.job.product.name)
            .unwrap()
    };
    for _ in 0..600 {
        if tenants.iter().all(|tenant| !runs(tenant).is_empty()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    stop.cancel();
    for server in servers {
        server.await.unwrap();
    }
    for tenant in &tenants {
        let runs = runs(tenant);
        assert_eq!(runs.len(), 1, "{tenant}: {runs:?}");
        assert!(matches!(runs[0].ending, Ending::Published { .. }));
    }
}

/// What was found out is not asked for again, and a run that somebody else makes is noticed.
#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_place_is_not_read_again_until_something_happens() {
    let mut bench = bench();
    bench.job.limits.retry_wait = Duration::from_mins(10);
    bench.put("orders.csv", "id\n1\n");
    let set = |text: &str| bench.store.clock().set(utc(text).timestamp_micros());
    set("2026-11-01T12:00:00Z");
    bench.good().await;
    set("2026-11-02T01:00:00Z");
    until(&bench, planned(&bench), LONG, || bench.history().len() > 1).await;
    let folder = bench
        .store
        .folder(&bench.job.tenant, &bench.job.product.name)
        .join("runs");
    let jobs = planned(&bench);
    let schedule = Schedule::new(bench.store.clone(), 1, move || jobs.clone());
    let schedule = schedule.look_every(Duration::from_millis(10));
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let running = crate::telemetry::spawn("server", async move { schedule.run(stopping).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    // Nothing of it is read any more: it can be garbled, behind the back of the folder, unnoticed.
    let records = || {
        let files = fs::read_dir(&folder).unwrap();
        let files = files.map(|file| file.unwrap().path());
        files.filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "json")
        })
    };
    for record in records() {
        fs::write(record, "{").unwrap();
    }
    set("2026-11-02T23:00:00Z");
    tokio::time::sleep(SHORT).await;
    let runs = || records().count();
    assert_eq!(runs(), 2);
    // A person's run of the same night fails, and is tried again by the schedule.
    set("2026-11-02T01:30:00Z");
    fs::remove_file(bench.source.join("orders.csv")).unwrap();
    bench.run().await.unwrap_err();
    assert_eq!(runs(), 3);
    set("2026-11-02T01:41:00Z");
    let began = std::time::Instant::now();
    while runs() < 4 && began.elapsed() < LONG {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(runs(), 4);
    stop.cancel();
    running.await.unwrap();
}
