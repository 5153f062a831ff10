//! Sorting keeps every row, and the order of equal ones, whatever room it has.

use arrow::array::{ArrayRef, AsArray, Int32Array, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, UInt64Type};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("key", DataType::Int32, true),
        Field::new("line", DataType::UInt64, false),
        Field::new("text", DataType::Utf8, true),
    ]))
}

/// Batches of keys with their lines and a text of each.
fn batches(keys: &[Option<i32>], rows: usize) -> SendableRecordBatchStream {
    let mut line = 0;
    let batches = keys.chunks(rows).map(|keys| {
        let lines = UInt64Array::from_iter_values(line..line + keys.len() as u64);
        line += keys.len() as u64;
        let text = |key: &Option<i32>| key.map(|key| format!("text of {key}"));
        let texts: StringArray = keys.iter().map(text).collect();
        let keys: Int32Array = keys.iter().copied().collect();
        let columns: Vec<ArrayRef> = vec![Arc::new(keys), Arc::new(lines), Arc::new(texts)];
        Ok(RecordBatch::try_new(schema(), columns)?)
    });
    let batches: Vec<_> = batches.collect();
    stream(schema(), futures::stream::iter(batches))
}

/// Keys and lines of all rows, and the most rows of a batch. Every text is that of its key.
async fn read(mut rows: SendableRecordBatchStream) -> (Vec<(Option<i32>, u64)>, usize) {
    let (mut read, mut most) = (Vec::new(), 0);
    while let Some(batch) = rows.next().await {
        let batch = batch.unwrap();
        most = most.max(batch.num_rows());
        let keys = batch.column(0).as_primitive::<Int32Type>();
        let lines = batch.column(1).as_primitive::<UInt64Type>();
        for ((key, line), text) in keys
            .iter()
            .zip(lines)
            .zip(batch.column(2).as_string::<i32>())
        {
            assert_eq!(
                text.map(str::to_owned),
                key.map(|key| format!("text of {key}"))
            );
            read.push((key, line.unwrap()));
        }
    }
    (read, most)
}

fn sorter(memory_bytes: usize, scratch: &Path) -> Sorter {
    let limits = SyncLimits {
        batch_rows: 512,
        ..SyncLimits::default()
    };
    Sorter::within(memory_bytes, &limits, scratch, &CancellationToken::new())
}

/// NULL last, equal keys by their lines.
fn expected(keys: &[Option<i32>]) -> Vec<(Option<i32>, u64)> {
    let mut expected: Vec<_> = keys.iter().copied().zip(0..).collect();
    expected.sort_by_key(|(key, line)| (key.is_none(), *key, *line));
    expected
}

/// Keys in several states of order.
fn orders(count: i32) -> Vec<Vec<Option<i32>>> {
    let mut random = StdRng::seed_from_u64(7);
    let some = |key: i32| (key % 11 != 3).then_some(key);
    vec![
        (0..count).map(Some).collect(),
        (0..count).map(|at| Some(at / 100)).collect(),
        (0..count).rev().map(some).collect(),
        (0..count)
            .map(|at| Some(at + random.random_range(0..50)))
            .collect(),
        (0..count)
            .map(|_| some(random.random_range(0..count)))
            .collect(),
        (0..count)
            .map(|_| some(random.random_range(0..3)))
            .collect(),
        (0..count).map(|at| Some(at % 7 * count + at)).collect(),
        vec![None; 1000],
        Vec::new(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_in_order_whatever_order_they_had_and_whatever_memory_there_is() {
    let scratch = tempfile::tempdir().unwrap();
    for keys in orders(40_000) {
        let expected = expected(&keys);
        // In one part, in a few, and in more than are merged at once.
        for memory in [64 << 20, 2 << 20, 100 << 10] {
            let sorter = sorter(memory, scratch.path());
            let sorted = sorter.sort(batches(&keys, 700), &[0]).unwrap();
            let (read, most) = read(sorted).await;
            assert!(read == expected, "in {memory} bytes");
            assert!(most <= 1024, "batches of {most} rows");
            assert_eq!(
                sorter.room.taken.load(std::sync::atomic::Ordering::Relaxed),
                0,
                "files are left"
            );
        }
    }
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_equal_rows_those_of_an_earlier_stream_come_first() {
    let scratch = tempfile::tempdir().unwrap();
    let sorter = sorter(1 << 20, scratch.path());
    let one: Vec<_> = (0..3_000).map(|at| Some(at / 10)).collect();
    let streams = vec![batches(&one, 100), batches(&[], 1), batches(&one, 300)];
    let merged = sorter.merge(&schema(), streams, &[0]).unwrap();
    let lines = |key: u64| (0..2).flat_map(move |_| key * 10..key * 10 + 10);
    let expected: Vec<u64> = (0..300).flat_map(lines).collect();
    let (read, _) = read(merged).await;
    assert!(read.into_iter().map(|(_, line)| line).eq(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_error_of_the_rows_is_the_sorts() {
    let scratch = tempfile::tempdir().unwrap();
    let keys: Vec<_> = (0..5_000).map(|at| Some(at % 100)).collect();
    let broken = futures::stream::iter([Err(broken("a source"))]);
    let rows = stream(schema(), batches(&keys, 100).chain(broken));
    let mut sorted = sorter(100 << 10, scratch.path()).sort(rows, &[0]).unwrap();
    let error = sorted.next().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("a source broke down"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_has_no_room_for_the_rows_is_told_of() {
    let scratch = tempfile::tempdir().unwrap();
    let limits = SyncLimits {
        spill_bytes: 1 << 20,
        ..SyncLimits::default()
    };
    let sorter = Sorter::within(1 << 20, &limits, scratch.path(), &CancellationToken::new());
    let keys: Vec<_> = (0..100_000).rev().map(Some).collect();
    let mut sorted = sorter.sort(batches(&keys, 1_000), &[0]).unwrap();
    let error = sorted.next().await.unwrap().unwrap_err();
    assert!(
        error.to_string().contains("limits.sync.spill_bytes"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wide_rows_are_merged_few_at_a_time() {
    let scratch = tempfile::tempdir().unwrap();
    let schema: SchemaRef = Arc::new(Schema::new(vec![
        Field::new("key", DataType::Int32, false),
        Field::new("text", DataType::Utf8, false),
    ]));
    let all = Arc::clone(&schema);
    let batches = (0..40).map(move |batch| {
        let keys = (0..100).map(|row| (batch * 100 + row) * 7919 % 4_001);
        let texts = (0..100).map(|_| "wide ".repeat(4_000));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from_iter_values(keys)),
            Arc::new(StringArray::from_iter_values(texts)),
        ];
        Ok(RecordBatch::try_new(Arc::clone(&all), columns)?)
    });
    let rows = stream(schema, futures::stream::iter(batches));
    let mut sorted = sorter(8 << 20, scratch.path()).sort(rows, &[0]).unwrap();
    let (mut last, mut count) = (-1, 0);
    while let Some(batch) = sorted.next().await {
        let batch = batch.unwrap();
        assert!(batch.num_rows() <= 120, "{} rows", batch.num_rows());
        for key in batch.column(0).as_primitive::<Int32Type>().values() {
            assert!(last < *key);
            (last, count) = (*key, count + 1);
        }
    }
    assert_eq!(count, 4_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sort_of_a_run_that_is_stopped_ends() {
    let scratch = tempfile::tempdir().unwrap();
    let stop = CancellationToken::new();
    let sorter = Sorter::within(1 << 20, &SyncLimits::default(), scratch.path(), &stop);
    stop.cancel();
    let mut sorted = sorter.sort(batches(&[Some(1)], 1), &[0]).unwrap();
    assert!(sorted.next().await.unwrap().is_err());
}
