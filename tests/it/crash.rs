//! Kills: whatever happens to a run or to the server, readers have the old snapshot or the new one,
//! whole.
//!
//! Each generation of the source says its number in every row of three tables, and has a number of
//! rows that follows from it. A snapshot of two generations, or of half of one, shows at once: on
//! disk after each kill, and to clients that keep asking a served tenant in SQL.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::Int32Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use syllabase::clock::Clock;
use syllabase::ident::{ProductName, TenantId};
use syllabase::snapshot::{Published, Store};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Error, Row};

use crate::faults::Line;
use crate::program::{Served, enter, password, run, syllabase};

/// Runs that are killed,
const KILLS: u64 = 200;
/// and of how many the server dies with one.
const SERVER_EVERY: u64 = 9;
/// From the start of the program to the answer of its first query.
const RESTART: Duration = Duration::from_secs(2);
/// How long a reader rests between two questions, so that the runs get on too.
const REST: Duration = Duration::from_millis(30);

struct Place {
    folder: tempfile::TempDir,
    tenant: TenantId,
    product: ProductName,
    password: String,
}

impl Place {
    fn new() -> Self {
        let mut place = Self {
            folder: tempfile::tempdir().unwrap(),
            tenant: "acme".parse().unwrap(),
            product: "learnink".parse().unwrap(),
            password: String::new(),
        };
        fs::create_dir(place.source()).unwrap();
        let url = format!("file://{}", place.source().display());
        let sheet = place.folder.path().join("sheet.txt");
        let handover = format!("file:{}", sheet.display());
        place.succeed(&["tenant", "add", "acme", "--product", "learnink"]);
        place.succeed(&["tenant", "source", "acme", "learnink", &url]);
        place.succeed(&["tenant", "allow", "acme", "127.0.0.1/32"]);
        let credentials = ["tenant", "credentials", "add", "acme", "reporting"];
        place.succeed(&[&credentials[..], &["--handover", &handover]].concat());
        place.password = password(&fs::read_to_string(sheet).unwrap());
        place
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    fn store(&self) -> Store {
        Store::open(&self.data().join("snapshots"), Clock::system()).unwrap()
    }

    /// Where the snapshots of the one tenant and product are.
    fn snapshots(&self) -> PathBuf {
        self.store().folder(&self.tenant, &self.product)
    }

    fn succeed(&self, arguments: &[&str]) {
        run(syllabase(&self.data()).args(arguments));
    }

    fn begin_sync(&self) -> Child {
        let mut command = syllabase(&self.data());
        command.args(["sync", "run", "acme", "learnink"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    async fn client(&self, port: u16) -> Result<Client, Error> {
        enter(port, "acme", "reporting", &self.password).await
    }

    /// Replaces the source by another generation.
    fn write(&self, generation: u64) {
        let rows = rows(generation);
        let id = |row: u64| format!("00000000-0000-4000-8000-{row:012x}");
        let stamp = "2026-01-02T03:04:05Z";
        let (mut users, mut courses, mut performance) = (
            "id,custom_name,created_at,updated_at\n".to_owned(),
            "id,name,created_at,updated_at\n".to_owned(),
            "id,user_id,course_id,started_at,average_score,num_baseline_answers_correct,\
             num_baseline_answers_incorrect,num_endline_answers_correct,\
             num_endline_answers_incorrect,num_endline_attempts_successful,\
             num_endline_attempts_unsuccessful,updated_at\n"
                .to_owned(),
        );
        for row in 0..rows {
            let id = id(row);
            users.push_str(&format!("{id},{generation},{stamp},{stamp}\n"));
            courses.push_str(&format!("{id},{generation},{stamp},{stamp}\n"));
            performance.push_str(&format!(
                "{id},{id},{id},{stamp},{generation},0,0,0,0,0,0,{stamp}\n"
            ));
        }
        for (name, text) in [
            ("users", users),
            ("courses", courses),
            ("user_course_performance", performance),
        ] {
            fs::write(self.source().join(format!("{name}.csv")), text).unwrap();
        }
    }
}

fn rows(generation: u64) -> u64 {
    300 + generation % 40
}

/// The generation of a snapshot, after a look at every row of it.
fn generation(published: &Published) -> u64 {
    let mut found: Vec<u64> = Vec::new();
    for (table, column) in TABLES {
        let mut count = 0;
        for path in published.files(table) {
            let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap());
            for batch in reader.unwrap().build().unwrap() {
                let batch = batch.unwrap();
                count += batch.num_rows() as u64;
                let values = batch.column_by_name(column).unwrap();
                match values.as_string_opt::<i32>() {
                    Some(texts) => found.extend(
                        texts
                            .iter()
                            .map(|text| text.unwrap().parse::<u64>().unwrap()),
                    ),
                    None => found.extend(
                        values
                            .as_primitive::<Int32Type>()
                            .values()
                            .iter()
                            .map(|value| u64::try_from(*value).unwrap()),
                    ),
                }
            }
        }
        let generation = found[0];
        assert_eq!(
            count,
            rows(generation),
            "{table} of generation {generation}"
        );
    }
    found.dedup();
    assert_eq!(found.len(), 1, "generations {found:?} in one snapshot");
    found[0]
}

/// The tables and where each says its generation.
const TABLES: [(&str, &str); 3] = [
    ("users", "custom_name"),
    ("courses", "name"),
    ("user_course_performance", "average_score"),
];

/// How a reader asks for all three tables.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// In one statement,
    Statement,
    /// in statements of one transaction, prepared once for many snapshots.
    Transaction,
}

/// The served tenant as its readers see it.
struct Service {
    place: Place,
    port: AtomicU16,
    /// Odd while the server is down.
    starts: AtomicU64,
    stop: AtomicBool,
    answers: AtomicU64,
}

impl Service {
    /// Asks in SQL over and over until `stop`: no statement fails, but with the server.
    async fn keep_asking(&self, manner: Manner) {
        let mut last = 0;
        while !self.stop.load(Ordering::Relaxed) {
            let started = self.starts.load(Ordering::SeqCst);
            if started.is_multiple_of(2)
                && let Err(error) = self.ask_until_stopped(manner, &mut last).await
            {
                let told = error.as_db_error().is_some();
                let killed = self.starts.load(Ordering::SeqCst) != started;
                assert!(killed && !told, "{manner:?} failed: {error:?}");
            }
            tokio::time::sleep(REST).await;
        }
    }

    async fn ask_until_stopped(&self, manner: Manner, last: &mut u64) -> Result<(), Error> {
        let port = self.port.load(Ordering::SeqCst);
        let mut client = self.place.client(port).await?;
        let mut prepared = Vec::new();
        for (table, column) in TABLES {
            let each = format!(
                "select count(*), min({column}::int8), max({column}::int8) from learnink.{table}"
            );
            prepared.push(client.prepare(&each).await?);
        }
        let all = TABLES.map(|(table, column)| {
            format!("select '{table}' as name, {column}::int8 as value from learnink.{table}")
        });
        let together = format!(
            "select count(*), min(value), max(value) from ({}) as each group by name",
            all.join(" union all ")
        );
        while !self.stop.load(Ordering::Relaxed) {
            let seen = match manner {
                Manner::Statement => {
                    let rows = client.query(&together, &[]).await?;
                    rows.iter().flat_map(numbers).collect()
                }
                Manner::Transaction => {
                    let transaction = client.transaction().await?;
                    let mut seen = Vec::new();
                    for statement in &prepared {
                        seen.extend(numbers(&transaction.query_one(statement, &[]).await?));
                        tokio::time::sleep(REST / 3).await;
                    }
                    transaction.commit().await?;
                    seen
                }
            };
            let now = seen[1];
            let whole = [rows(now), now, now].repeat(TABLES.len());
            assert_eq!(seen, whole, "{manner:?} saw a mixed or half snapshot");
            assert!(now >= *last, "generation {now} after {last}");
            *last = now;
            self.answers.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(REST).await;
        }
        Ok(())
    }

    /// Starts the server again; how long until its first query was answered.
    async fn restart(&self) -> (Served, Client, Duration) {
        let began = Instant::now();
        let served = Served::start(&self.place.data());
        let client = self.place.client(served.port).await.unwrap();
        told(&client).await;
        let took = began.elapsed();
        self.port.store(served.port, Ordering::SeqCst);
        self.starts.fetch_add(1, Ordering::SeqCst);
        (served, client, took)
    }
}

/// The generation that a client is told of now.
async fn told(client: &Client) -> u64 {
    let sql = "select max(custom_name::int8) from learnink.users";
    numbers(&client.query_one(sql, &[]).await.unwrap())[0]
}

fn numbers(row: &Row) -> Vec<u64> {
    let values = (0..row.len()).map(|at| u64::try_from(row.get::<_, i64>(at)).unwrap());
    values.collect()
}

/// When to kill a run.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After this long.
    After(Duration),
    /// As soon as the snapshot is sealed, so just before it is published.
    Sealed,
    /// As soon as the publish log has the entry, so just after.
    Logged,
}

/// Waits for the moment or the run's end, whichever is first.
fn wait(run: &mut Child, moment: Moment, snapshots: &Path, entries: usize, known: usize) {
    let began = Instant::now();
    loop {
        let come = match moment {
            Moment::After(time) => began.elapsed() >= time,
            Moment::Sealed => manifests(snapshots) > known,
            Moment::Logged => logged(snapshots) > entries,
        };
        if come || run.try_wait().unwrap().is_some() {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "the run hangs");
        std::hint::spin_loop();
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap()).collect());
    let entries: Vec<_> = entries.unwrap_or_default();
    entries
        .iter()
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

/// Entries of the publish log; what is being written beside them does not count.
fn logged(snapshots: &Path) -> usize {
    let entry = |name: &String| {
        let number = name.strip_suffix(".json");
        number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    names(&snapshots.join("published"))
        .iter()
        .filter(|name| entry(name))
        .count()
}

fn manifests(snapshots: &Path) -> usize {
    let data = snapshots.join("data");
    let sealed = |name: &String| data.join(name).join("manifest.json").is_file();
    names(&data).iter().filter(|name| sealed(name)).count()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one walk, told in order")]
fn two_hundred_kills_leave_the_old_snapshot_or_the_new_one() {
    let place = Place::new();
    place.write(1);
    let began = Instant::now();
    place.succeed(&["sync", "run", "acme"]);
    let usual = began.elapsed();
    let service = Arc::new(Service {
        place,
        port: AtomicU16::new(0),
        starts: AtomicU64::new(1),
        stop: AtomicBool::new(false),
        answers: AtomicU64::new(0),
    });
    let runtime = Runtime::new().unwrap();
    let (mut served, mut client, mut slowest) = runtime.block_on(service.restart());
    let readers = [Manner::Statement, Manner::Transaction].map(|manner| {
        let service = Arc::clone(&service);
        runtime.spawn(async move { service.keep_asking(manner).await })
    });
    let place = &service.place;
    let mut random = StdRng::seed_from_u64(20_261_122);
    let snapshots = place.snapshots();
    let (mut published, mut kept) = (1, 0);
    for kill in 0..KILLS {
        let next = kill + 2;
        place.write(next);
        let moment = match kill % 4 {
            0 | 1 => Moment::After(usual.mul_f64(random.random_range(0.05..1.0))),
            2 => Moment::Sealed,
            _ => Moment::Logged,
        };
        let entries = logged(&snapshots);
        let known = manifests(&snapshots);
        let mut run = place.begin_sync();
        wait(&mut run, moment, &snapshots, entries, known);
        // Gone already is as good: then the run was faster than the kill.
        run.kill().unwrap();
        run.wait().unwrap();
        if kill % SERVER_EVERY == SERVER_EVERY / 2 {
            service.starts.fetch_add(1, Ordering::SeqCst);
            served.kill();
            let (again, anew, took) = runtime.block_on(service.restart());
            (served, client, slowest) = (again, anew, slowest.max(took));
        }
        let pin = place.store().pin_current(&place.tenant, &place.product);
        let now = generation(pin.unwrap().unwrap().published());
        assert!(
            now == published || now == next,
            "kill {kill} at {moment:?}: {now} after {published}"
        );
        assert_eq!(now, runtime.block_on(told(&client)), "kill {kill}");
        kept += u64::from(now == published);
        published = now;
    }
    service.stop.store(true, Ordering::Relaxed);
    for reader in readers {
        runtime.block_on(reader).unwrap();
    }
    assert_eq!(served.terminate(), Some(0));
    assert!(
        slowest <= RESTART,
        "the first answer came after {slowest:?}"
    );
    // Both outcomes must have happened, or the kills came too early or too late to mean anything.
    assert!(
        kept > 40 && KILLS - kept > 20,
        "{kept} kills kept the old snapshot"
    );
    let answers = service.answers.load(Ordering::Relaxed);
    assert!(answers > KILLS, "only {answers} questions were answered");
    place.write(KILLS + 2);
    let began = Instant::now();
    place.succeed(&["sync", "run", "acme"]);
    let again = began.elapsed();
    let store = place.store();
    let all = store.list(&place.tenant, &place.product).unwrap();
    assert_eq!(generation(all.last().unwrap()), KILLS + 2);
    for (older, newer) in all.iter().zip(all.iter().skip(1)) {
        assert_eq!(newer.manifest.parent.as_ref(), Some(&older.id));
    }
    // What the killed runs left is gone.
    assert_eq!(names(&snapshots.join("data")).len(), all.len());
    Line {
        fault: "kill -9 of a run at a random moment, every ninth time with the server",
        times: usize::try_from(KILLS).unwrap(),
        readers: &format!(
            "the old snapshot ({kept} times) or the new one, whole; {answers} answers, no error but of killed connections"
        ),
        recovery: &[slowest, again],
    }
    .tell();
}
