//! Kills: whatever happens to a run, readers have the old snapshot or the new one, whole.
//!
//! Each generation of the source says its number in every row of three tables, and has a number of
//! rows that follows from it. A snapshot of two generations, or of half of one, shows at once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::Int32Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use syllabase::clock::Clock;
use syllabase::ident::{ProductName, TenantId};
use syllabase::snapshot::{Published, Store};

const KILLS: u64 = 200;
const RESTART: Duration = Duration::from_secs(2);

struct Place {
    folder: tempfile::TempDir,
    tenant: TenantId,
    product: ProductName,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            tenant: "acme".parse().unwrap(),
            product: "learnink".parse().unwrap(),
        };
        fs::create_dir(place.source()).unwrap();
        let url = format!("file://{}", place.source().display());
        place.succeed(&["tenant", "add", "acme", "--product", "learnink"]);
        place.succeed(&["tenant", "source", "acme", "learnink", &url]);
        place
    }

    fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    fn store(&self) -> Store {
        Store::open(&self.folder.path().join("data/snapshots"), Clock::system()).unwrap()
    }

    /// Where the snapshots of the one tenant and product are.
    fn snapshots(&self) -> PathBuf {
        self.store().folder(&self.tenant, &self.product)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_syllabase"));
        command.arg("--data").arg(self.folder.path().join("data"));
        command.args(arguments).stdin(Stdio::null());
        command
    }

    fn succeed(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output
    }

    fn begin_sync(&self) -> Child {
        let mut command = self.command(&["sync", "run", "acme", "learnink"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
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
    for (table, column) in [
        ("users", "custom_name"),
        ("courses", "name"),
        ("user_course_performance", "average_score"),
    ] {
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

/// Reads the newest snapshot over and over, as a server would, until `stop`.
fn keep_reading(place: &Place, stop: &AtomicBool, reads: &AtomicU64) {
    let store = place.store();
    let mut last = 0;
    while !stop.load(Ordering::Relaxed) {
        let pin = store
            .pin_current(&place.tenant, &place.product)
            .unwrap()
            .unwrap();
        store.verify(pin.published()).unwrap();
        let now = generation(pin.published());
        assert!(now >= last, "generation {now} after {last}");
        last = now;
        reads.fetch_add(1, Ordering::Relaxed);
    }
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
fn two_hundred_kills_leave_the_old_snapshot_or_the_new_one() {
    let place = Arc::new(Place::new());
    place.write(1);
    let began = Instant::now();
    place.succeed(&["sync", "run", "acme"]);
    let usual = began.elapsed();
    let (stop, reads) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let reader = std::thread::spawn({
        let (place, stop, reads) = (Arc::clone(&place), Arc::clone(&stop), Arc::clone(&reads));
        move || keep_reading(&place, &stop, &reads)
    });
    let mut random = StdRng::seed_from_u64(20_261_122);
    let snapshots = place.snapshots();
    let (mut published, mut kept, mut slowest) = (1, 0, Duration::ZERO);
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
        let began = Instant::now();
        let pin = place
            .store()
            .pin_current(&place.tenant, &place.product)
            .unwrap()
            .unwrap();
        slowest = slowest.max(began.elapsed());
        let now = generation(pin.published());
        assert!(
            now == published || now == next,
            "kill {kill} at {moment:?}: {now} after {published}"
        );
        kept += u64::from(now == published);
        published = now;
    }
    stop.store(true, Ordering::Relaxed);
    reader.join().unwrap();
    assert!(slowest < RESTART, "a snapshot was found after {slowest:?}");
    // Both outcomes must have happened, or the kills came too early or too late to mean anything.
    assert!(
        kept > 40 && KILLS - kept > 20,
        "{kept} kills kept the old snapshot"
    );
    assert!(reads.load(Ordering::Relaxed) > KILLS / 4);
    place.write(KILLS + 2);
    place.succeed(&["sync", "run", "acme"]);
    let store = place.store();
    let all = store.list(&place.tenant, &place.product).unwrap();
    assert_eq!(generation(all.last().unwrap()), KILLS + 2);
    for (older, newer) in all.iter().zip(all.iter().skip(1)) {
        assert_eq!(newer.manifest.parent.as_ref(), Some(&older.id));
    }
    // What the killed runs left is gone.
    assert_eq!(names(&snapshots.join("data")).len(), all.len());
}
