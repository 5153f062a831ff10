//! Layout, publishing, pins, retention and verification on a real folder.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::*;

mod erase;

const DAY: i64 = 86_400_000_000;

struct Place {
    _root: tempfile::TempDir,
    store: Store,
    clock: Clock,
    tenant: TenantId,
    product: ProductName,
}

fn place() -> Place {
    let root = tempfile::tempdir().unwrap();
    let clock = Clock::fixed(1_790_000_000_000_000);
    let store = Store::open(root.path(), clock.clone()).unwrap();
    Place {
        _root: root,
        store,
        clock,
        tenant: "acme".parse().unwrap(),
        product: "learnink".parse().unwrap(),
    }
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]))
}

fn report(store: &Store) -> Report {
    Report {
        started_at: store.clock().now(),
        finished_at: store.clock().now(),
        tables: Vec::new(),
        changes: None,
    }
}

fn read_as(mark: &str) -> Reading {
    Reading {
        mark: mark.to_owned(),
        ..Reading::default()
    }
}

impl Place {
    fn sealed(&self, rows: i64) -> (Sealed, RunLock, u64) {
        let lock = self.store.lock(&self.tenant, &self.product).unwrap();
        let mut staging = self.store.stage(lock, 1000).unwrap();
        let expected = staging.parent().map_or(0, |parent| parent.number);
        let mut writer = staging.write("users", &schema(), &[0]).unwrap();
        let ids = Int64Array::from_iter_values(0..rows);
        writer
            .append(&RecordBatch::try_new(schema(), vec![Arc::new(ids)]).unwrap())
            .unwrap();
        staging
            .add(
                "users",
                writer.finish().unwrap(),
                read_as(&format!("mark {rows}")),
            )
            .unwrap();
        let (sealed, lock) = staging.seal(report(&self.store)).unwrap();
        (sealed, lock, expected)
    }

    fn publish(&self, rows: i64) -> (Arc<Published>, RunLock) {
        let (sealed, lock, expected) = self.sealed(rows);
        (self.store.publish(sealed, expected).unwrap(), lock)
    }

    fn current(&self) -> Option<Arc<Published>> {
        self.store.current(&self.tenant, &self.product).unwrap()
    }

    fn other(&self) -> Store {
        Store::open(&self.store.shared.root, self.clock.clone()).unwrap()
    }
}

#[test]
fn published_snapshot_is_found_by_everyone() {
    let place = place();
    assert!(place.current().is_none());
    let other = place.other();
    let (first, lock) = place.publish(10);
    drop(lock);
    assert_eq!(first.number, 1);
    assert_eq!(place.current().unwrap().id, first.id);
    let seen = other
        .current(&place.tenant, &place.product)
        .unwrap()
        .unwrap();
    assert_eq!(seen.manifest, first.manifest);
    let (second, _lock) = place.publish(11);
    assert_eq!(second.number, 2);
    assert_eq!(second.manifest.parent, Some(first.id.clone()));
    let seen = other
        .current(&place.tenant, &place.product)
        .unwrap()
        .unwrap();
    assert_eq!(seen.id, second.id);
    assert_eq!(seen.table("users").unwrap().rows, 11);
    assert_eq!(other.verify(&seen).unwrap().0, 1);
}

#[test]
fn what_is_served_is_known_without_reading_until_it_is_another_one() {
    let place = place();
    let other = place.other();
    let served = || other.served(&place.tenant, &place.product);
    assert_eq!(served().unwrap(), None);
    let mut newest = None;
    for rows in 10..13 {
        let (published, _lock) = place.publish(rows);
        for _ in 0..2 {
            let served = served().unwrap().unwrap();
            assert_eq!(
                (served.number, served.rows),
                (published.number, u64::try_from(rows).unwrap())
            );
            assert_eq!(served.snapshot, published.id);
        }
        newest = Some(published);
    }
    assert!(
        locked(&other.shared.heads).is_empty(),
        "manifests are not kept"
    );

    // Files that are other ones are read, and nothing is said of them that is not so any more.
    let newest = newest.unwrap();
    for path in [
        layout::manifest(&newest.folder, &newest.id, 0),
        layout::log_entry(&newest.folder, newest.number),
    ] {
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[1..]).unwrap();
        assert!(served().is_err());
        assert!(served().is_err());
        std::fs::write(&path, whole).unwrap();
        assert_eq!(served().unwrap().unwrap().rows, 12);
    }
}

#[test]
fn second_publisher_of_a_number_loses() {
    let place = place();
    let (sealed, lock, expected) = place.sealed(3);
    drop(lock);
    let (late, _lock, late_expected) = place.sealed(4);
    place.store.publish(sealed, expected).unwrap();
    let refused = place.store.publish(late, late_expected);
    assert!(matches!(
        refused,
        Err(Error::Superseded {
            expected: 0,
            found: 1
        })
    ));
    assert_eq!(place.current().unwrap().table("users").unwrap().rows, 3);
}

#[test]
fn runs_exclude_each_other() {
    let place = place();
    let lock = place.store.lock(&place.tenant, &place.product).unwrap();
    let second = place.other().lock(&place.tenant, &place.product);
    assert!(matches!(second, Err(Error::Busy { .. })));
    drop(lock);
    place.other().lock(&place.tenant, &place.product).unwrap();
}

#[test]
fn pinned_snapshot_survives_retention_and_expires_after() {
    let place = place();
    let (first, lock) = place.publish(5);
    drop(lock);
    let pin = place
        .other()
        .pin_current(&place.tenant, &place.product)
        .unwrap()
        .unwrap();
    let (_, lock) = place.publish(6);
    let policy = Policy {
        days: 0,
        at_least: 1,
        month_ends: 0,
    };
    let retired = place.store.retain(&lock, policy).unwrap();
    assert_eq!((retired.snapshots.len(), retired.pinned), (0, 1));
    place.store.verify(pin.published()).unwrap();
    drop(pin);
    let retired = place.store.retain(&lock, policy).unwrap();
    assert_eq!(retired.snapshots, std::slice::from_ref(&first.id));
    assert_eq!(retired.files, 1);
    let known = locked(&place.store.shared.verified);
    assert!(known.keys().all(|path| path.is_file()) && !known.is_empty());
    drop(known);
    assert!(matches!(place.store.pin(&first), Err(Error::Expired(_))));
    assert_eq!(
        place
            .store
            .list(&place.tenant, &place.product)
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        place
            .store
            .log(&place.tenant, &place.product)
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn linked_files_live_as_long_as_a_snapshot_names_them() {
    let place = place();
    let (first, lock) = place.publish(5);
    let mut staging = place.store.stage(lock, 1000).unwrap();
    staging
        .link("users", first.table("users").unwrap(), true)
        .unwrap();
    let (sealed, lock) = staging.seal(report(&place.store)).unwrap();
    let second = place.store.publish(sealed, 1).unwrap();
    let policy = Policy {
        days: 0,
        at_least: 1,
        month_ends: 0,
    };
    let retired = place.store.retain(&lock, policy).unwrap();
    assert_eq!((retired.snapshots.len(), retired.files), (1, 0));
    assert!(second.table("users").unwrap().stale);
    place.other().verify(&second).unwrap();
    drop(lock);
    let (_, lock) = place.publish(6);
    assert_eq!(place.store.retain(&lock, policy).unwrap().files, 1);
}

#[test]
fn time_travel_finds_what_was_current_then() {
    let place = place();
    let start = place.clock.now();
    for rows in 1..=4 {
        place.clock.set(start.timestamp_micros() + rows * DAY);
        drop(place.publish(rows));
    }
    let at = |hours: i64| {
        let time = start.timestamp_micros() + hours * 3_600_000_000;
        place.store.at(
            &place.tenant,
            &place.product,
            DateTime::from_timestamp_micros(time).unwrap(),
        )
    };
    let rows = |hours: i64| {
        at(hours)
            .unwrap()
            .map(|then| then.table("users").unwrap().rows)
    };
    assert_eq!(rows(60), Some(2));
    assert_eq!(rows(99 * 24), Some(4));
    assert_eq!(rows(12), None);
    let lock = place.store.lock(&place.tenant, &place.product).unwrap();
    place
        .store
        .retain(
            &lock,
            Policy {
                days: 0,
                at_least: 2,
                month_ends: 0,
            },
        )
        .unwrap();
    let Err(Error::TooOld { oldest, .. }) = at(60) else {
        panic!("an expired snapshot was found");
    };
    assert_eq!(oldest, Some(at(84).unwrap().unwrap().published_at));
}

#[test]
fn month_ends_outlive_the_nights() {
    let place = place();
    let start = DateTime::parse_from_rfc3339("2026-01-01T03:00:00Z")
        .unwrap()
        .timestamp_micros();
    for day in 0..90 {
        place.clock.set(start + day * DAY);
        drop(place.publish(1));
    }
    let lock = place.store.lock(&place.tenant, &place.product).unwrap();
    place
        .store
        .retain(
            &lock,
            Policy {
                days: 0,
                at_least: 5,
                month_ends: 3,
            },
        )
        .unwrap();
    let left = place.store.list(&place.tenant, &place.product).unwrap();
    let dates: Vec<_> = left
        .iter()
        .map(|one| one.published_at.format("%m-%d").to_string())
        .collect();
    assert_eq!(
        dates,
        [
            "01-31", "02-28", "03-27", "03-28", "03-29", "03-30", "03-31"
        ]
    );
}

#[test]
fn every_flipped_bit_is_found() {
    let place = place();
    let (first, _lock) = place.publish(100);
    let file = first.files("users").remove(0);
    let bytes = std::fs::read(&file).unwrap();
    for at in (0..bytes.len()).step_by(7) {
        let mut broken = bytes.clone();
        broken[at] ^= 1 << (at % 8);
        std::fs::write(&file, &broken).unwrap();
        let found = place.other().verify_table(&first, "users");
        assert!(matches!(found, Err(Error::Damaged { .. })), "byte {at}");
    }
    std::fs::write(&file, &bytes[1..]).unwrap();
    assert!(matches!(
        place.other().verify_table(&first, "users"),
        Err(Error::Damaged { .. })
    ));
    std::fs::write(&file, &bytes).unwrap();
    place.other().verify_table(&first, "users").unwrap();
}

#[test]
fn what_changes_after_it_was_verified_is_not_read() {
    let place = place();
    let (first, _lock) = place.publish(200_000);
    let file = first.files("users").remove(0);
    let bytes = std::fs::read(&file).unwrap();
    let size = bytes.len() as u64;
    assert!(size > 150_000, "several blocks: {size}");
    place.store.verify_table(&first, "users").unwrap();
    for (at, range) in [
        (0, 0..4),
        (size - 1, size - 8..size),
        (70_000, 65_000..140_000),
    ] {
        let open = || place.store.open_checked(&file).unwrap();
        let part = |range: &std::ops::Range<u64>| {
            bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
                .to_vec()
        };
        assert_eq!(open().read(range.clone()).unwrap(), part(&range));
        let mut broken = bytes.clone();
        broken[usize::try_from(at).unwrap()] ^= 1 << (at % 8);
        std::fs::write(&file, &broken).unwrap();
        let found = open().read(range.clone());
        assert!(matches!(found, Err(Error::Damaged { .. })), "byte {at}");
        // It is not believed any more, until it is whole.
        assert!(place.store.open_checked(&file).is_err());
        assert!(place.store.verify_table(&first, "users").is_err());
        std::fs::write(&file, &bytes).unwrap();
        place.store.verify_table(&first, "users").unwrap();
        assert_eq!(open().read(range.clone()).unwrap(), part(&range));
    }
    let mut random = rand::rng();
    let file = place.store.open_checked(&file).unwrap();
    for _ in 0..200 {
        let from = rand::Rng::random_range(&mut random, 0..size);
        let to = rand::Rng::random_range(&mut random, from..=size);
        let read = file.read(from..to).unwrap();
        let (from, to) = (usize::try_from(from).unwrap(), usize::try_from(to).unwrap());
        assert_eq!(read, bytes[from..to]);
    }
    assert!(file.read(0..size + 1).is_err());
}

#[test]
fn changed_manifest_is_refused() {
    let place = place();
    let (first, lock) = place.publish(3);
    drop(lock);
    let path = layout::manifest(&first.folder, &first.id, 0);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"rows\": 3", "\"rows\": 4")).unwrap();
    let read = place.other().current(&place.tenant, &place.product);
    assert!(matches!(read, Err(Error::Damaged { .. })));
}

#[test]
fn abandoned_staging_leaves_nothing_and_killed_staging_is_swept() {
    let place = place();
    let (_, lock) = place.publish(3);
    let staging = place.store.stage(lock, 1000).unwrap();
    let folder = staging.folder.clone();
    let left = || std::fs::read_dir(layout::data(&folder)).unwrap().count();
    assert_eq!(left(), 2);
    drop(staging);
    assert_eq!(left(), 1);
    let lock = place.store.lock(&place.tenant, &place.product).unwrap();
    let killed = place.store.stage(lock, 1000).unwrap();
    let writer = killed.write("users", &schema(), &[]).unwrap();
    drop(writer);
    std::fs::write(killed.scratch().unwrap().join("spill"), "x").unwrap();
    // What a kill leaves: no destructor ran, the kernel released the lock.
    let mut killed = std::mem::ManuallyDrop::new(killed);
    killed.lock.file.take();
    assert_eq!(left(), 2);
    let lock = place.store.lock(&place.tenant, &place.product).unwrap();
    place.store.retain(&lock, Policy::default()).unwrap();
    assert_eq!(left(), 1);
}

#[test]
fn held_snapshot_waits_for_a_person() {
    let place = place();
    drop(place.publish(100));
    let (sealed, lock, _) = place.sealed(1);
    place.store.hold(&sealed, "users shrank").unwrap();
    place
        .store
        .retain(
            &lock,
            Policy {
                days: 0,
                at_least: 1,
                month_ends: 0,
            },
        )
        .unwrap();
    assert_eq!(place.current().unwrap().number, 1);
    let (id, reason) = place
        .store
        .held(&place.tenant, &place.product)
        .unwrap()
        .unwrap();
    assert_eq!(
        (&id, reason.as_str()),
        (&sealed.manifest.id, "users shrank")
    );
    let published = place.store.publish_held(&lock).unwrap().unwrap();
    assert_eq!((published.number, &published.id), (2, &id));
    assert!(
        place
            .store
            .held(&place.tenant, &place.product)
            .unwrap()
            .is_none()
    );
    place.store.verify(&published).unwrap();
}

#[tokio::test]
async fn watchers_hear_of_snapshots_from_elsewhere() {
    let place = place();
    let here = place.other();
    let mut heard = here.watch(&place.tenant, &place.product);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let follower = crate::telemetry::spawn("follow", {
        let here = here.clone();
        async move {
            here.follow(async { stopped.await.unwrap_or_default() })
                .await;
        }
    });
    drop(place.publish(1));
    let wait = tokio::time::timeout(std::time::Duration::from_secs(5), heard.changed());
    wait.await.unwrap().unwrap();
    assert_eq!(*heard.borrow(), 1);
    stop.send(()).unwrap();
    follower.await.unwrap();
}

#[test]
fn a_patch_shares_what_it_does_not_change() {
    let place = place();
    let (first, lock) = place.publish(100);
    let mut staging = place.store.stage(lock, 1000).unwrap();
    let earlier = first.table("users").unwrap();
    let mut dead = RowSet::none_of(100);
    for row in [3, 50, 99] {
        dead.insert(row);
    }
    let mut more = staging.more("users", &schema(), &[0]);
    let ids = Int64Array::from_iter_values(100..102);
    let more_rows = RecordBatch::try_new(schema(), vec![Arc::new(ids)]).unwrap();
    more.append(&more_rows).unwrap();
    let patched = staging.patch(
        "users",
        earlier,
        &[dead.clone()],
        more.finish().unwrap(),
        read_as("b"),
    );
    patched.unwrap();
    let mut changes = TableChanges::default();
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 20);
    let moved = Moved {
        added: 2,
        ..Moved::default()
    };
    changes.count(day, Cause::ArrivedLate, moved);
    staging.changed("users", changes.clone());
    let (sealed, lock) = staging.seal(report(&place.store)).unwrap();
    let second = place.store.publish(sealed, 1).unwrap();
    let users = second.table("users").unwrap();
    assert_eq!((users.rows, users.files.len()), (99, 2));
    assert_eq!(users.files[0].path, earlier.files[0].path);
    let found = place.store.dead_rows(&second, &users.files[0]).unwrap();
    assert_eq!(found.as_deref(), Some(&dead));
    assert_eq!(
        place.store.dead_rows(&first, &earlier.files[0]).unwrap(),
        None
    );
    // Two files, one of positions, one change log.
    assert_eq!(place.store.verify(&second).unwrap().0, 4);
    let log = place
        .store
        .change_log(&place.tenant, &place.product, &second.id);
    assert_eq!(log.unwrap().unwrap().tables["users"], changes);

    // Nothing of it goes while it is referred to; all of an earlier file dead, it is not.
    place.store.retain(&lock, Policy::default()).unwrap();
    assert_eq!(place.other().verify(&second).unwrap().0, 4);
    let mut staging = place.store.stage(lock, 1000).unwrap();
    let mut all = RowSet::none_of(100);
    (0..100).for_each(|row| assert!(all.insert(row)));
    let none = RowSet::none_of(2);
    let more = staging.more("users", &schema(), &[0]);
    staging
        .patch(
            "users",
            users,
            &[all, none],
            more.finish().unwrap(),
            read_as("c"),
        )
        .unwrap();
    let (sealed, _lock) = staging.seal(report(&place.store)).unwrap();
    let third = place.store.publish(sealed, 2).unwrap();
    let users = third.table("users").unwrap();
    assert_eq!((users.rows, users.files.len()), (2, 1));
    assert!(users.files[0].dead.is_none());
}

#[test]
fn damaged_positions_are_noticed_before_a_row_is_served() {
    let place = place();
    let (first, lock) = place.publish(100);
    let mut staging = place.store.stage(lock, 1000).unwrap();
    let mut dead = RowSet::none_of(100);
    (20..40).for_each(|row| assert!(dead.insert(row)));
    let more = staging.more("users", &schema(), &[0]).finish().unwrap();
    let earlier = first.table("users").unwrap();
    let patched = staging.patch("users", earlier, &[dead], more, read_as("b"));
    patched.unwrap();
    let (sealed, _lock) = staging.seal(report(&place.store)).unwrap();
    let second = place.store.publish(sealed, 1).unwrap();
    let path = second.folder.join(
        &second.table("users").unwrap().files[0]
            .dead
            .as_ref()
            .unwrap()
            .file
            .path,
    );
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let refused = place.other().verify_table(&second, "users");
    assert!(matches!(refused, Err(Error::Damaged { .. })), "{refused:?}");
}

#[test]
fn an_earlier_snapshot_is_published_again() {
    let place = place();
    let (first, lock) = place.publish(10);
    drop(lock);
    let (second, lock) = place.publish(20);
    let again = place.store.roll_back(&lock, 1).unwrap();
    assert_eq!((again.number, &again.id), (3, &first.id));
    assert_eq!(place.current().unwrap().table("users").unwrap().rows, 10);
    let log = place.store.log(&place.tenant, &place.product).unwrap();
    assert_eq!(log[2].kind, Kind::RolledBack);
    assert_eq!(log[2].predecessor, Some(second.id.clone()));
    assert_eq!(
        place
            .other()
            .current(&place.tenant, &place.product)
            .unwrap()
            .unwrap()
            .id,
        first.id
    );
    let unknown = place.store.roll_back(&lock, 9);
    assert!(matches!(unknown, Err(Error::NoSuchNumber(9))));

    // Its files stay as long as one of its numbers does.
    let policy = Policy {
        days: 0,
        at_least: 1,
        month_ends: 0,
    };
    let later = place.clock.now() + chrono::TimeDelta::days(90);
    place.clock.set(later.timestamp_micros());
    let retired = place.store.retain(&lock, policy).unwrap();
    assert_eq!(retired.snapshots, std::slice::from_ref(&second.id));
    place.store.verify(&again).unwrap();
}

#[test]
fn what_a_person_keeps_stays() {
    let place = place();
    let (first, lock) = place.publish(10);
    place.store.keep(&lock, &first, "audit of 2026").unwrap();
    drop(lock);
    let later = place.clock.now() + chrono::TimeDelta::days(90);
    place.clock.set(later.timestamp_micros());
    let (_, lock) = place.publish(20);
    let policy = Policy {
        days: 0,
        at_least: 1,
        month_ends: 0,
    };
    assert_eq!(place.store.retain(&lock, policy).unwrap().snapshots, []);
    let kept = place
        .store
        .kept_snapshots(&place.tenant, &place.product)
        .unwrap();
    assert_eq!(kept[&first.id].reason, "audit of 2026");
    assert!(place.store.let_go(&lock, &first).unwrap());
    assert!(!place.store.let_go(&lock, &first).unwrap());
    assert_eq!(
        place.store.retain(&lock, policy).unwrap().snapshots,
        std::slice::from_ref(&first.id)
    );
}
