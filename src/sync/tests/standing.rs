//! How a product stands, night after night, as it is told to people.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Bench, bench};
use crate::snapshot::Kind;
use crate::sync::{Night, Planned, Standing, State};

const LATE: TimeDelta = TimeDelta::hours(6);

impl Bench {
    fn at(&self, time: &str) {
        let time: DateTime<Utc> = time.parse().unwrap();
        self.store.clock().set(time.timestamp_micros());
    }

    fn standing(&self) -> Standing {
        let planned = Planned {
            job: self.job.clone(),
            night: Night::default(),
        };
        let (tenant, product) = (&self.job.tenant, &self.job.product.name);
        Standing::of(&self.store, tenant, product, Some(&planned), LATE).unwrap()
    }
}

fn orders(rows: u32) -> String {
    (0..rows).fold("id\n".to_owned(), |text, id| format!("{text}{id}\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_fresh_late_failed_held_and_settled_by_a_person() {
    let bench = bench();
    bench.at("2026-11-20T10:00:00Z");
    let standing = bench.standing();
    assert_eq!(standing.state, State::Never);
    assert!(!standing.state.needs_a_person());
    assert_eq!(standing.next, Some("2026-11-21T00:00:00Z".parse().unwrap()));

    // The night is at midnight, and late at six.
    bench.at("2026-11-21T00:02:00Z");
    bench.put("orders.csv", orders(200));
    bench.good().await;
    assert_eq!(bench.standing().state, State::Fresh);
    bench.at("2026-11-22T05:59:59Z");
    assert_eq!(bench.standing().state, State::Fresh);
    bench.at("2026-11-22T06:00:00Z");
    assert_eq!(bench.standing().state, State::Late);

    // Many rows that are none: a person has to look at them.
    bench.put("orders.csv", "id\n".to_owned() + &"no number\n".repeat(200));
    bench.run().await.unwrap_err();
    let standing = bench.standing();
    assert_eq!(standing.state, State::Failed);
    let good = standing.good.unwrap().started_at;
    assert_eq!(
        good,
        "2026-11-21T00:02:00Z".parse::<DateTime<Utc>>().unwrap()
    );
    assert_eq!(standing.served.unwrap().rows, 200);

    // A table that shrinks holds the snapshot until somebody says that it is right.
    bench.at("2026-11-22T07:00:00Z");
    bench.put("orders.csv", orders(20));
    assert!(bench.run().await.unwrap().held.is_some());
    let standing = bench.standing();
    assert_eq!(standing.state, State::Held);
    assert!(standing.held.unwrap().1.contains("shrank"));
    bench.at("2026-11-22T08:00:00Z");
    let (tenant, product) = (&bench.job.tenant, &bench.job.product.name);
    let lock = bench.store.lock(tenant, product).unwrap();
    bench.store.publish_held(&lock).unwrap().unwrap();
    let standing = bench.standing();
    assert_eq!(standing.state, State::Fresh);
    let served = standing.served.unwrap();
    assert_eq!((served.rows, served.kind), (20, Kind::Released));

    // Going back after a failure is a decision too; a night later it has to go on.
    bench.put("orders.csv", "id\n".to_owned() + &"no number\n".repeat(200));
    drop(lock);
    bench.run().await.unwrap_err();
    bench.at("2026-11-22T09:00:00Z");
    let lock = bench.store.lock(tenant, product).unwrap();
    bench.store.roll_back(&lock, 1).unwrap();
    let standing = bench.standing();
    assert_eq!(standing.state, State::Fresh);
    assert_eq!(standing.served.unwrap().kind, Kind::RolledBack);
    bench.at("2026-11-23T06:00:00Z");
    assert_eq!(bench.standing().state, State::Late);
}
