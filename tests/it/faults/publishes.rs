//! Readers of every kind beside a series of publications: what is debited is credited, in every
//! answer and in every transaction, whatever is published and thrown away meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use syllabase::clock::Clock;
use syllabase::config::limits::SyncLimits;
use syllabase::schema::Product;
use syllabase::snapshot::{Policy, Store};
use syllabase::sync::{Job, run};
use syllabase::tenant::{Clocks, ExtraColumns, SourceSettings};
use tokio_postgres::{Client, Transaction};
use tokio_util::sync::CancellationToken;

use super::{BOTH, Bed, LEDGER, Line, agreed, rounds, total};
use crate::program::Served;

/// How somebody reads both tables.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// One statement, as text.
    Plain,
    /// One statement, prepared once.
    Prepared,
    /// Two statements of one transaction.
    Transaction,
    /// Two cursors of one transaction, some rows at a time.
    Cursor,
    /// A suspended portal for each table.
    Portal,
    /// COPY of each table in one transaction.
    Copy,
    /// A transaction that outlives many publications.
    Long,
}

const MANNERS: [Manner; 7] = [
    Manner::Plain,
    Manner::Prepared,
    Manner::Transaction,
    Manner::Cursor,
    Manner::Portal,
    Manner::Copy,
    Manner::Long,
];

/// Asserts that these are the amounts of one generation; which, from the sum.
fn whole(rows: &[(i64, i64)]) -> u64 {
    let generation = u64::try_from(rows[0].1).unwrap();
    let (count, sum) = total("debits", generation);
    let amounts: i64 = rows.iter().map(|(amount, _)| amount).sum();
    assert_eq!(
        (rows.len() as u64, u64::try_from(amounts).unwrap()),
        (count, sum)
    );
    assert!(rows.iter().all(|(_, of)| *of == rows[0].1), "{rows:?}");
    generation
}

const TABLES: [&str; 2] = ["debits", "credits"];

async fn figures(transaction: &Transaction<'_>) -> u64 {
    let mut seen = Vec::new();
    for table in TABLES {
        let sql = format!(
            "select count(*), sum(amount)::int8, min(generation)::int8, max(generation)::int8 from {table}"
        );
        let row = transaction.query_one(&sql, &[]).await.unwrap();
        seen.extend((0..4).map(|at| row.get::<_, i64>(at)));
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    agreed(&seen)
}

async fn once(client: &mut Client, prepared: &tokio_postgres::Statement, manner: Manner) -> u64 {
    match manner {
        Manner::Plain => {
            let messages = client.simple_query(BOTH).await.unwrap();
            let row = messages.iter().find_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => Some(row),
                _ => None,
            });
            let row = row.unwrap();
            let seen: Vec<i64> = (0..8)
                .map(|at| row.get(at).unwrap().parse().unwrap())
                .collect();
            agreed(&seen)
        }
        Manner::Prepared => {
            let row = client.query_one(prepared, &[]).await.unwrap();
            let seen: Vec<i64> = (0..8).map(|at| row.get(at)).collect();
            agreed(&seen)
        }
        Manner::Transaction => {
            let transaction = client.transaction().await.unwrap();
            let generation = figures(&transaction).await;
            transaction.commit().await.unwrap();
            generation
        }
        Manner::Long => {
            let transaction = client.transaction().await.unwrap();
            let first = figures(&transaction).await;
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                assert_eq!(
                    figures(&transaction).await,
                    first,
                    "a transaction saw two states"
                );
            }
            transaction.commit().await.unwrap();
            first
        }
        Manner::Cursor | Manner::Portal | Manner::Copy => by_parts(client, manner).await,
    }
}

async fn by_parts(client: &mut Client, manner: Manner) -> u64 {
    let transaction = client.transaction().await.unwrap();
    let mut found = Vec::new();
    for table in TABLES {
        let sql = format!("select amount, generation::int8 from {table} order by id");
        let mut rows = Vec::new();
        match manner {
            Manner::Cursor => {
                let declare = format!("declare c cursor for {sql}");
                transaction.batch_execute(&declare).await.unwrap();
                loop {
                    let part = transaction.query("fetch 7 from c", &[]).await.unwrap();
                    if part.is_empty() {
                        break;
                    }
                    rows.extend(part.iter().map(|row| (row.get(0), row.get(1))));
                }
                transaction.batch_execute("close c").await.unwrap();
            }
            Manner::Portal => {
                let portal = transaction.bind(&sql, &[]).await.unwrap();
                loop {
                    let part = transaction.query_portal(&portal, 7).await.unwrap();
                    if part.is_empty() {
                        break;
                    }
                    rows.extend(part.iter().map(|row| (row.get(0), row.get(1))));
                }
            }
            _ => {
                let copy = format!("copy ({sql}) to stdout");
                let parts = transaction.copy_out(&copy).await.unwrap();
                let text: Vec<u8> = parts
                    .map(|part| part.map(|part| part.to_vec()))
                    .try_concat()
                    .await
                    .unwrap();
                let text = String::from_utf8(text).unwrap();
                rows.extend(text.lines().map(|line| {
                    let (amount, of) = line.split_once('\t').unwrap();
                    (amount.parse().unwrap(), of.parse().unwrap())
                }));
            }
        }
        found.push(whole(&rows));
    }
    transaction.commit().await.unwrap();
    assert_eq!(found[0], found[1], "a transaction saw two states");
    found[0]
}

/// What all readers saw.
#[derive(Debug, Default)]
struct Seen {
    stop: AtomicBool,
    answers: AtomicUsize,
    generations: std::sync::Mutex<std::collections::HashSet<u64>>,
    times: std::sync::Mutex<Vec<Duration>>,
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn readers_see_one_export_whatever_is_published_beside_them() {
    let bed = Bed::new(false);
    bed.night(1);
    let server = Served::begin(&mut bed.command(&["serve", "--listen", "127.0.0.1:0"]));
    let seen = Arc::new(Seen::default());
    let mut readers = Vec::new();
    for manner in MANNERS {
        let mut client = bed.client(server.port).await.unwrap();
        let prepared = client.prepare(BOTH).await.unwrap();
        let seen = Arc::clone(&seen);
        readers.push(syllabase::telemetry::spawn("reader", async move {
            let mut last = 0;
            while !seen.stop.load(Ordering::Relaxed) {
                let began = Instant::now();
                let now = once(&mut client, &prepared, manner).await;
                assert!(now >= last, "{manner:?}: generation {now} after {last}");
                last = now;
                seen.answers.fetch_add(1, Ordering::Relaxed);
                seen.generations.lock().unwrap().insert(now);
                if matches!(manner, Manner::Prepared) {
                    seen.times.lock().unwrap().push(began.elapsed());
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }));
    }
    // The same call as a night's, in this process: another one than the server's.
    let store = Store::open(&bed.snapshots(), Clock::system()).unwrap();
    let job = Job {
        tenant: "acme".parse().unwrap(),
        product: Arc::new(Product::parse(LEDGER, "ledger.toml").unwrap()),
        source: SourceSettings::Folder(bed.source()),
        extra_columns: ExtraColumns::default(),
        may_be_empty: std::collections::BTreeSet::new(),
        clocks: Clocks::default(),
        limits: SyncLimits::default(),
        // What readers do not hold goes at once.
        retention: Policy {
            days: 0,
            at_least: 2,
            month_ends: 0,
        },
        accept_shrinking: true,
        night: None,
    };
    let publications = rounds(50);
    let mut slowest = Vec::new();
    for generation in 2..publications as u64 + 2 {
        bed.write(generation);
        let began = Instant::now();
        let finished = run(&store, job.clone(), CancellationToken::new()).await;
        let finished =
            finished.unwrap_or_else(|error| panic!("{}", syllabase::telemetry::chain(&error)));
        assert_eq!(finished.published.unwrap().number, generation);
        slowest.push(began.elapsed());
    }
    seen.stop.store(true, Ordering::Relaxed);
    futures::stream::iter(readers)
        .for_each(|reader| async { reader.await.unwrap() })
        .await;
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(bed.served(), Some(publications as u64 + 1));
    let answers = seen.answers.load(Ordering::Relaxed);
    let generations = seen.generations.lock().unwrap().len();
    assert!(
        answers > publications && generations > publications / 4,
        "{answers} {generations}"
    );
    let mut times = seen.times.lock().unwrap().clone();
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1_000.0;
    Line {
        fault: "publications beside seven kinds of readers (plain, prepared, transaction, cursor, portal, COPY, long transaction)",
        times: publications,
        readers: &format!(
            "{answers} answers of {generations} exports, none mixed, none failed; a prepared statement took {:.0} ms (median), {:.0} ms (99 of 100)",
            at(50),
            at(99)
        ),
        recovery: &slowest,
    }
    .tell();
}
