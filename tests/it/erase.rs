//! Erasure with the real program: a person leaves every night that can be read and everything kept
//! beside them, while others read; killed at any moment, the same request does the rest.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use syllabase::clock::Clock;
use syllabase::ident::{ProductName, TenantId};
use syllabase::snapshot::{Published, Store};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::program::{Served, enter, password, run, syllabase};
use crate::traces;

/// The person, as nothing else in the rows is called.
const PERSON: &str = "987654321";
const NAME: &str = "Zebedee Quillfeather";
/// What only the person is called.
const WORDS: [&str; 3] = [PERSON, "Zebedee", "Quillfeather"];
/// Work of everybody: enough that a night shares the files of the one before.
const ACTIVITIES: u64 = 24_000;
/// Every so many rows of it are the person's.
const SHARE: u64 = 400;
/// How often an erasure is killed.
const KILLS: u32 = 6;

struct Place {
    folder: tempfile::TempDir,
    password: String,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sheet = folder.path().join("sheet.txt");
        let mut place = Self {
            folder,
            password: String::new(),
        };
        fs::create_dir(place.source()).unwrap();
        let url = format!("file://{}", place.source().display());
        let handover = format!("file:{}", sheet.display());
        place.succeed(&["tenant", "add", "acme", "--product", "learnamp"]);
        place.succeed(&["tenant", "source", "acme", "learnamp", &url]);
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

    fn succeed(&self, arguments: &[&str]) -> String {
        run(syllabase(&self.data()).args(arguments))
    }

    /// Writes what the platform exports on a night.
    fn export(&self, night: u64) {
        let write = |table: &str, head: &str, rows: &str| {
            let path = self.source().join(format!("{table}.csv"));
            fs::write(path, format!("{head}\n{rows}")).unwrap();
        };
        write(
            "users",
            "id,first_name,last_name,full_name,manager_id,coach_id,job_title",
            &format!(
                "1,Ann,Other,Ann Other,{PERSON},,night {night}\n2,Bob,Other,Bob Other,1,{PERSON},\n\
                 {PERSON},Zebedee,Quillfeather,{NAME},1,,Fettler\n"
            ),
        );
        write(
            "teams",
            "id,name,manager_id,manager_name",
            &format!("1,Red,{PERSON},{NAME}\n2,Blue,1,Ann Other\n"),
        );
        write(
            "one_to_ones",
            "id,reviewer_name,reviewee_name,status",
            &format!("1,Ann Other,{NAME},open\n2,Ann Other,Bob Other,open\n"),
        );
        write("content", "type_with_id,name", "item-1,Thing\n");
        // The second night refuses one row of the person's and one of another.
        let refused = if night == 2 {
            format!("8,1,5,{PERSON},not-a-time\n9,1,5,1,not-a-time\n")
        } else {
            String::new()
        };
        write(
            "quiz_attempts",
            "id,quiz_id,score,user_id,submitted_at",
            &format!("5,1,50,1,2026-01-02\n6,1,60,{PERSON},2026-01-03\n{refused}"),
        );
        write(
            "quiz_attempt_answers",
            "question_id,quiz_attempt_id,quiz_id,user_id,answer",
            &format!("1,5,1,1,yes\n1,6,1,{PERSON},no\n"),
        );
        let mut rows = String::new();
        for id in 0..ACTIVITIES + night {
            let whose = if id % SHARE == 0 { PERSON } else { "2" };
            // Some rows differ each night, so that earlier files are shared without them.
            let score = if id % 5_000 < 2 { night } else { 0 };
            writeln!(
                rows,
                "{id},{whose},2026-01-0{},{score},item,1,viewed",
                1 + id % 9
            )
            .unwrap();
        }
        write(
            "activities",
            "id,user_id,happened_at,score,type,content_id,verb",
            &rows,
        );
    }

    fn night(&self, night: u64) {
        self.export(night);
        self.succeed(&["sync", "run", "acme"]);
    }

    fn erase<'a>(&self, more: &[&'a str]) -> Vec<&'a str> {
        let arguments = ["tenant", "erase", "acme", "--product", "learnamp"];
        let key = ["--key", "users.id=987654321", "--request", "DSR-17"];
        [&arguments[..], &key[..], more].concat()
    }
}

fn published(data: &Path) -> Vec<Arc<Published>> {
    let store = Store::open(&data.join("snapshots"), Clock::system()).unwrap();
    let tenant: TenantId = "acme".parse().unwrap();
    let product: ProductName = "learnamp".parse().unwrap();
    store.list(&tenant, &product).unwrap()
}

fn traced(data: &Path) -> BTreeMap<String, usize> {
    traces::traced(data, &WORDS)
}

fn traces(path: &Path) -> usize {
    traces::traces(path, &WORDS)
}

/// The one value a statement answers.
async fn told(client: &Client, sql: &str) -> Option<String> {
    let answer = client.simple_query(sql).await.unwrap();
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.unwrap().get(0).map(str::to_owned)
}

const LEFT: &str = "select (select count(*) from learnamp.users) || ' ' || \
    (select count(*) from learnamp.users where manager_id is null and coach_id is null) || ' ' || \
    (select count(*) from learnamp.teams where manager_id is null and manager_name is null) || ' ' || \
    (select count(*) from learnamp.one_to_ones where reviewee_name is null) || ' ' || \
    (select count(*) from learnamp.quiz_attempts) || ' ' || \
    (select count(*) from learnamp.quiz_attempt_answers) || ' ' || \
    (select count(*) from learnamp.activities where user_id = 987654321)";

#[test]
#[expect(clippy::too_many_lines, reason = "one walk, told in order")]
fn a_person_is_gone_from_every_night_and_stays_away() {
    let place = Place::new();
    for night in 1..=3 {
        place.night(night);
    }
    let runtime = Runtime::new().unwrap();
    let served = Served::start(&place.data());
    let connect = || enter(served.port, "acme", "reporting", &place.password);
    let client = runtime.block_on(connect()).unwrap();
    let before = runtime.block_on(told(&client, LEFT)).unwrap();
    assert_eq!(before, "3 0 0 0 2 2 61");
    let stop = Arc::new(AtomicBool::new(false));
    let answers = Arc::new(AtomicU64::new(0));
    let reader = {
        let (stop, answers) = (Arc::clone(&stop), Arc::clone(&answers));
        let client = runtime.block_on(connect()).unwrap();
        runtime.spawn(async move {
            let mut seen = Vec::new();
            while !stop.load(Ordering::SeqCst) {
                let now = told(&client, LEFT).await.unwrap();
                if seen.last() != Some(&now) {
                    seen.push(now);
                }
                answers.fetch_add(1, Ordering::SeqCst);
            }
            seen
        })
    };
    let dry = place.succeed(&place.erase(&[]));
    assert!(dry.contains("nothing was removed"), "{dry}");
    assert!(dry.contains("quarantine"), "{dry}");
    place.succeed(&place.erase(&["--yes"]));
    let asked = answers.load(Ordering::SeqCst);
    let began = Instant::now();
    while answers.load(Ordering::SeqCst) < asked + 5 {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "the reader hangs"
        );
        runtime.block_on(async { tokio::time::sleep(Duration::from_millis(20)).await });
    }
    stop.store(true, Ordering::SeqCst);
    let left = "2 1 1 1 1 1 0";
    assert_eq!(runtime.block_on(reader).unwrap(), [before.as_str(), left]);
    // Nobody reads any more, so what was still read goes now at the latest.
    place.succeed(&place.erase(&["--yes"]));
    assert_eq!(traced(&place.data()), BTreeMap::new());
    // Earlier nights are there as they were, without the person.
    let nights = published(&place.data());
    assert_eq!(nights.len(), 4);
    for night in &nights {
        let then = night.published_at.to_rfc3339();
        runtime.block_on(async {
            let set = format!("set syllabase.as_of = '{then}'");
            client.simple_query(&set).await.unwrap();
            assert_eq!(told(&client, LEFT).await.as_deref(), Some(left), "{then}");
            let activities = told(&client, "select count(*) from learnamp.activities").await;
            let night = night.number.min(3);
            assert_eq!(activities, Some((ACTIVITIES + night - 61).to_string()));
        });
    }
    runtime
        .block_on(client.simple_query("reset syllabase.as_of"))
        .unwrap();
    place.succeed(&["snapshot", "verify", "acme", "--all"]);
    // The source still has the person, with more work and a refused row, and is read anew.
    for night in [3, 5, 2] {
        place.night(night);
        assert_eq!(traced(&place.data()), BTreeMap::new(), "night {night}");
        assert_eq!(runtime.block_on(told(&client, LEFT)).as_deref(), Some(left));
    }
    for table in &published(&place.data())
        .last()
        .unwrap()
        .manifest
        .report
        .tables
    {
        let accounted = table.served + table.quarantined + table.erased;
        assert!(table.read == 0 || table.read == accounted, "{table:?}");
        assert_eq!(
            table.erased == 0,
            ![
                "users",
                "activities",
                "quiz_attempts",
                "quiz_attempt_answers"
            ]
            .contains(&table.table.as_str()),
            "{table:?}"
        );
    }
    drop(client);
    assert_eq!(served.terminate(), Some(0));
}

#[test]
fn a_killed_erasure_leaves_each_night_as_it_was_or_as_it_shall_be() {
    let place = Place::new();
    for night in 1..=3 {
        place.night(night);
    }
    let copy = |name: &str| {
        let to = place.folder.path().join(name);
        run(Command::new("cp").arg("-r").arg(place.data()).arg(&to));
        to
    };
    let whole = copy("whole");
    let began = Instant::now();
    run(syllabase(&whole).args(place.erase(&["--yes"])));
    let usual = began.elapsed();
    assert_eq!(traced(&whole), BTreeMap::new());
    let of = |night: &Published| -> usize {
        let tables = night.manifest.tables.keys();
        tables
            .flat_map(|table| night.files(table))
            .map(|path| traces(&path))
            .sum()
    };
    let before: Vec<usize> = published(&place.data())
        .iter()
        .map(|night| of(night))
        .collect();
    for kill in 0..KILLS {
        let data = copy(&format!("kill-{kill}"));
        let mut command = syllabase(&data);
        command.args(place.erase(&["--yes"])).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let until = usual.mul_f64(0.3 + 0.6 * f64::from(kill) / f64::from(KILLS));
        let began = Instant::now();
        while began.elapsed() < until && child.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        // Gone already is as good: then it was faster than the kill.
        child.kill().unwrap();
        child.wait().unwrap();
        for (night, before) in published(&data).iter().zip(&before) {
            let now = of(night);
            assert!(
                now == 0 || now == *before,
                "kill {kill}: {now} traces of {before}"
            );
        }
        run(syllabase(&data).args(["snapshot", "verify", "acme", "--all"]));
        run(syllabase(&data).args(place.erase(&["--yes"])));
        assert_eq!(traced(&data), BTreeMap::new(), "kill {kill}");
        run(syllabase(&data).args(["snapshot", "verify", "acme", "--all"]));
        fs::remove_dir_all(data).unwrap();
    }
}
