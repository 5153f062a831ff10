//! Erasure on a real folder: what goes, what is emptied, what stays, and when files go.

use std::collections::BTreeMap;
use std::fs::File;

use arrow::array::{ArrayRef, ListArray, StringArray};
use arrow::datatypes::Int64Type;
use arrow::util::display::array_value_to_string;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::super::layout;
use super::*;
use crate::schema::Product;

const PRODUCT: &str = r#"format = 1
[product]
name = "learnink"
display_name = "Work"
major_version = 1
description = "People and their work"
[[table]]
name = "people"
description = "People"
grain = "one row per person"
key = ["id"]
[[table.column]]
name = "id"
type = "bigint"
nullable = false
description = "Key"
[[table.column]]
name = "name"
type = "text"
description = "Name"
[[table]]
name = "work"
description = "Work"
grain = "one row per piece"
key = ["id"]
[[table.column]]
name = "id"
type = "bigint"
nullable = false
description = "Key"
[[table.column]]
name = "person"
type = "bigint"
description = "Whose"
reference = { to = ["people.id"] }
[[table]]
name = "marks"
description = "Marks"
grain = "one row per mark"
key = ["id"]
[[table.column]]
name = "id"
type = "bigint"
nullable = false
description = "Key"
[[table.column]]
name = "work"
type = "bigint"
description = "Of what"
reference = { to = ["work.id"] }
[[table]]
name = "teams"
description = "Teams"
grain = "one row per team"
key = ["id"]
[[table.column]]
name = "id"
type = "bigint"
nullable = false
description = "Key"
[[table.column]]
name = "lead"
type = "bigint"
description = "Who leads"
reference = { to = ["people.id"], on_erase = "value" }
[[table.column]]
name = "lead_name"
type = "text"
description = "Name of who leads"
copy_of = "people.name"
[[table.column]]
name = "members"
type = "bigint[]"
description = "Who is in it"
reference = { to = ["people.id"], each = true, on_erase = "value" }
[[table.column]]
name = "guests"
type = "jsonb"
description = "Who visits"
reference = { to = ["people.id"], each = true, on_erase = "value" }
"#;

fn product() -> Product {
    Product::parse(PRODUCT, "work.toml").unwrap()
}

fn numbers(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Int64Array>())
}

fn rows(table: &str) -> RecordBatch {
    let schema = product().table(table).unwrap().arrow_schema();
    let ids = |count: i64| numbers((0..count).map(Some));
    let columns: Vec<ArrayRef> = match table {
        "people" => {
            let names = (0..10).map(|id| format!("name {id}"));
            vec![ids(10), Arc::new(names.map(Some).collect::<StringArray>())]
        }
        // Piece 10 * a + b is person b's.
        "work" => vec![ids(40), numbers((0..40).map(|id| Some(id % 10)))],
        "marks" => vec![ids(40), numbers((0..40).map(Some))],
        _ => {
            let members = [vec![2, 3], vec![3], vec![4], vec![]];
            let members = members.map(|list| Some(list.into_iter().map(Some)));
            vec![
                ids(4),
                numbers([Some(3), Some(4), None, Some(3)]),
                // The third is led by nobody any more, who still is named.
                Arc::new(StringArray::from(vec![
                    "name 3", "name 4", "name 3", "old name",
                ])),
                Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(members)),
                Arc::new(StringArray::from(vec![
                    Some("[3, \"3\", 33]"),
                    Some("[5]"),
                    None,
                    Some("[]"),
                ])),
            ]
        }
    };
    RecordBatch::try_new(schema, columns).unwrap()
}

/// What one snapshot serves, a text a row.
fn served(store: &Store, published: &Published) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (table, entry) in &published.manifest.tables {
        let mut rows = Vec::new();
        for (file, path) in entry.files.iter().zip(published.files(table)) {
            let dead = store.dead_rows(published, file).unwrap();
            let dead = dead.map_or(RowSet::none_of(file.rows), |dead| (*dead).clone());
            let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap());
            let reader = reader.unwrap().with_row_selection(dead.others(file.rows));
            for batch in reader.build().unwrap() {
                let batch = batch.unwrap();
                for row in 0..batch.num_rows() {
                    let value = |column: &ArrayRef| array_value_to_string(column, row).unwrap();
                    let values: Vec<_> = batch.columns().iter().map(value).collect();
                    rows.push(values.join("|"));
                }
            }
        }
        assert_eq!(rows.len() as u64, entry.rows, "{table}");
        rows.sort_unstable();
        all.insert(table.clone(), rows);
    }
    all
}

/// Two nights: in the second, some work is dead and some is new.
fn nights(place: &Place) -> RunLock {
    let lock = place.store.lock(&place.tenant, &place.product).unwrap();
    let mut staging = place.store.stage(lock, 16).unwrap();
    for table in ["people", "work", "marks", "teams"] {
        let batch = rows(table);
        let mut writer = staging.write(table, &batch.schema(), &[0]).unwrap();
        writer.append(&batch).unwrap();
        let written = writer.finish().unwrap();
        staging.add(table, written, read_as("one")).unwrap();
    }
    let (sealed, lock) = staging.seal(report(&place.store)).unwrap();
    let first = place.store.publish(sealed, 0).unwrap();
    place.clock.set(place.clock.micros() + DAY);
    let mut staging = place.store.stage(lock, 16).unwrap();
    for table in ["people", "marks", "teams"] {
        staging
            .link(table, first.table(table).unwrap(), false)
            .unwrap();
    }
    let schema = rows("work").schema();
    let mut dead = RowSet::none_of(40);
    for row in [2, 3, 13, 20, 39] {
        dead.insert(row);
    }
    let mut more = staging.more("work", &schema, &[0]);
    let new = vec![numbers([Some(100), Some(101)]), numbers([Some(3), Some(5)])];
    more.append(&RecordBatch::try_new(schema, new).unwrap())
        .unwrap();
    let more = more.finish().unwrap();
    let work = first.table("work").unwrap();
    staging
        .patch("work", work, &[dead], more, read_as("two"))
        .unwrap();
    let (sealed, lock) = staging.seal(report(&place.store)).unwrap();
    place.store.publish(sealed, 1).unwrap();
    place.clock.set(place.clock.micros() + DAY);
    lock
}

fn asked(request: &str, value: &str) -> Asked {
    Asked {
        request: request.to_owned(),
        place: "people.id".to_owned(),
        value: value.to_owned(),
        dry: false,
    }
}

/// What is to be left of what was served, without person 3.
fn without(before: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let mut left = before.clone();
    left.get_mut("people")
        .unwrap()
        .retain(|row| !row.starts_with("3|"));
    left.get_mut("work")
        .unwrap()
        .retain(|row| !row.ends_with("|3"));
    let work = |row: &String| row.split('|').nth(1).unwrap().parse::<u64>().unwrap();
    left.get_mut("marks")
        .unwrap()
        .retain(|row| work(row) % 10 != 3);
    *left.get_mut("teams").unwrap() =
        ["0|||[2]|[33]", "1|4|name 4|[]|[5]", "2|||[4]|", "3|||[]|[]"]
            .map(str::to_owned)
            .to_vec();
    left
}

#[test]
#[expect(clippy::too_many_lines, reason = "one walk, told in order")]
fn a_person_leaves_every_snapshot_and_only_that_person() {
    let place = place();
    let lock = nights(&place);
    let all = |store: &Store| store.list(&place.tenant, &place.product).unwrap();
    let before: Vec<_> = all(&place.store);
    let served_before: Vec<_> = before.iter().map(|one| served(&place.store, one)).collect();
    let product = product();
    let dry = Asked {
        dry: true,
        ..asked("r-1", "3")
    };
    let told = place.store.erase(lock, &product, &dry, 16).unwrap();
    assert_eq!(all(&place.store).len(), 2);
    let lock = place.store.lock(&place.tenant, &place.product).unwrap();
    let pin = place.store.pin(&before[0]).unwrap();
    let done = place
        .store
        .erase(lock, &product, &asked("r-1", " 03 "), 16)
        .unwrap();
    assert_eq!(told.removed, done.removed);
    assert_eq!(
        (done.published, done.amended, done.retired.pinned),
        (Some(3), 2, 1)
    );
    // Somebody reads the first night as it was.
    assert_eq!(served(&place.store, pin.published()), served_before[0]);
    for store in [&place.store, &place.other()] {
        let after = all(store);
        assert_eq!(after.len(), 3);
        for (after, before) in after.iter().zip(&served_before) {
            assert_eq!(served(store, after), without(before));
            store.verify(after).unwrap();
        }
        assert_eq!(served(store, &after[2]), without(&served_before[1]));
        assert_eq!(after[2].manifest.parent.as_ref(), Some(&after[1].id));
    }
    let log = place.store.log(&place.tenant, &place.product).unwrap();
    let kinds: Vec<_> = log
        .iter()
        .map(|entry| (entry.kind, entry.amended))
        .collect();
    assert_eq!(kinds, [(Kind::Run, 1), (Kind::Run, 1), (Kind::Erased, 0)]);
    // Of the current night went one piece of work less those that were dead, and one that was new.
    let id = &log[2].snapshot;
    let changes = place
        .store
        .change_log(&place.tenant, &place.product, id)
        .unwrap()
        .unwrap();
    let moved = |table: &str| {
        let days = changes.tables[table].days();
        assert_eq!((days.len(), days[0].day), (1, None));
        days[0].causes[&Cause::Erased]
    };
    assert_eq!((moved("people").removed, moved("work").removed), (1, 3));
    assert_eq!((moved("teams").removed, moved("teams").changed), (0, 4));
    drop(pin);
    let lock = place.store.lock(&place.tenant, &place.product).unwrap();
    let again = place
        .store
        .erase(lock, &product, &asked("r-1", "3"), 16)
        .unwrap();
    assert!(again.removed.is_empty() && again.published.is_none() && again.amended == 0);
    assert_eq!(again.retired.pinned, 0);
    assert!(again.retired.files > 0, "what was read before is gone now");
    let mut bytes = Vec::new();
    for one in all(&place.store) {
        for (path, _) in one
            .manifest
            .tables
            .keys()
            .flat_map(|table| one.files(table))
            .zip(1..)
        {
            bytes.push(path);
        }
    }
    let folder = place.store.folder(&place.tenant, &place.product);
    let mut kept = Vec::new();
    for night in disk::names(&layout::data(&folder)).unwrap() {
        for table in ["people", "work", "marks", "teams"] {
            let table = layout::data(&folder).join(&night).join(table);
            kept.extend(
                disk::names(&table)
                    .unwrap()
                    .into_iter()
                    .map(|name| table.join(name)),
            );
        }
    }
    kept.retain(|path| !path.to_string_lossy().contains("dead-"));
    bytes.sort_unstable();
    bytes.dedup();
    kept.sort_unstable();
    assert_eq!(kept, bytes, "no file is left that no snapshot names");
}

#[test]
fn a_request_is_known_by_its_key_and_its_digests_only() {
    let place = place();
    let lock = nights(&place);
    let product = product();
    place
        .store
        .erase(lock, &product, &asked("r-1", "3"), 16)
        .unwrap();
    let erasures = place.store.erasures(&place.tenant, &place.product).unwrap();
    assert_eq!(erasures.len(), 1);
    assert!(erasures[0].finished_at.is_some());
    let erase = |asked: &Asked| {
        let lock = place.store.lock(&place.tenant, &place.product).unwrap();
        place.store.erase(lock, &product, asked, 16)
    };
    assert!(matches!(erase(&asked("r-1", "4")), Err(Error::OtherKey(_))));
    let named = Asked {
        place: "people.name".to_owned(),
        ..asked("r-2", "name 4")
    };
    assert!(matches!(erase(&named), Err(Error::NoKey(_))));
    // The same person never comes back: rows are told by what they refer to, and by their keys.
    let mut forgotten = place.store.forgotten(&place.tenant, &product).unwrap();
    let sifted = forgotten.sift("work", &rows("work")).unwrap();
    assert_eq!(sifted.gone, [3, 13, 23, 33]);
    assert_eq!(forgotten.gone_keys("work", &rows("work")).unwrap(), 4);
    let work = product.table("work").unwrap();
    let refused = |record| forgotten.in_record(work, Some(record), None);
    assert!(refused(r#"{"ID": "x", "Person": "3"}"#));
    assert!(refused(r#"{"id": 13, "person": "nobody"}"#));
    assert!(!refused(r#"{"id": 1, "person": 33}"#));
    assert!(forgotten.in_record(work, None, Some("a line of 3 that broke off")));
    assert!(!forgotten.in_record(work, None, Some("a line of 33 that broke off")));
}

#[test]
fn a_held_snapshot_loses_the_rows_too_and_can_still_be_published() {
    let place = place();
    let lock = nights(&place);
    let mut staging = place.store.stage(lock, 16).unwrap();
    let parent = staging.parent().map(Arc::clone).unwrap();
    for (table, entry) in &parent.manifest.tables {
        staging.link(table, entry, false).unwrap();
    }
    let (sealed, lock) = staging.seal(report(&place.store)).unwrap();
    place.store.hold(&sealed, "to be looked at").unwrap();
    place
        .store
        .erase(lock, &product(), &asked("r-1", "3"), 16)
        .unwrap();
    let lock = place.store.lock(&place.tenant, &place.product).unwrap();
    let released = place.store.publish_held(&lock).unwrap().unwrap();
    assert_eq!(released.number, 4);
    let people = &served(&place.store, &released)["people"];
    assert_eq!(people.len(), 9);
    place.store.verify(&released).unwrap();
}
