//! Flipped bits in everything that is published: of data, dead rows, manifests, the publish log,
//! change logs, refused rows, history. No wrong row is served; the other tables serve on.
//!
//! A server that has read the files already (its disk changes beside it) and one that starts on the
//! damage are both asked for everything, over the wire. What they answered before is right.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::{Bed, Line, rounds};
use crate::program::{Served, enter};

/// What is asked, and the table whose files it reads; None for what nights did.
const QUESTIONS: [(&str, Option<&str>); 10] = [
    (
        "select count(*), sum(amount), sum(amount * id), min(generation), max(generation) from debits",
        Some("debits"),
    ),
    (
        "select count(*), sum(amount), sum(amount * id), min(generation), max(generation) from credits",
        Some("credits"),
    ),
    (
        "select count(*), sum(amount), sum(amount * id), sum(id), max(generation) from accounts",
        Some("accounts"),
    ),
    (
        "select * from accounts where id between 4000 and 4010 order by id",
        Some("accounts"),
    ),
    (
        "select number, snapshot, published_at, kind, rows from syllabase.snapshots order by 1",
        None,
    ),
    (
        "select number, table_name, inserted, updated, deleted from syllabase.changes order by 1, 2",
        None,
    ),
    (
        "select * from syllabase.late_arrivals order by number, table_name, day",
        None,
    ),
    (
        "select number, table_name, line, reason, record from syllabase.quarantine order by 1, 2, 3",
        None,
    ),
    (
        "select table_name, number, rows, source_watermark from syllabase.freshness order by 1",
        None,
    ),
    (
        "select started_at, finished_at, outcome, number, rows_served from syllabase.sync_runs order by 1",
        None,
    ),
];

/// Answers, or the SQLSTATE of a refusal.
type Said = Vec<Result<Vec<String>, String>>;

async fn ask(client: &Client) -> Said {
    let mut all = Vec::new();
    for (question, _) in QUESTIONS {
        all.push(match client.simple_query(question).await {
            Ok(messages) => Ok(messages.iter().filter_map(row).collect()),
            Err(error) => Err(error
                .code()
                .unwrap_or_else(|| panic!("{question}: {error:?}"))
                .code()
                .to_owned()),
        });
    }
    all
}

fn row(message: &SimpleQueryMessage) -> Option<String> {
    let SimpleQueryMessage::Row(row) = message else {
        return None;
    };
    let values = (0..row.len()).map(|at| row.get(at).unwrap_or("∅"));
    Some(values.collect::<Vec<_>>().join("|"))
}

/// Asserts that what is said beside damage is right or refused, and that tables whose files are
/// whole are answered; says whether anything was refused.
fn judge(said: &Said, right: &Said, damaged: &Path, whole_product: bool) -> bool {
    let mut refused = false;
    for ((said, right), (question, table)) in said.iter().zip(right).zip(QUESTIONS) {
        match (said, right) {
            (Ok(said), Ok(right)) if said == right => {}
            // A run that nobody can read is left out: no row of it is told.
            (Ok(said), Ok(right)) if question.contains("sync_runs") => {
                let known = said.iter().all(|row| right.contains(row));
                assert!(known, "{}: {question}: {said:?}", damaged.display());
            }
            (Ok(said), Ok(right)) => panic!(
                "{}: {question}\n{said:?}\ninstead of\n{right:?}",
                damaged.display()
            ),
            (Err(state), _) => {
                refused = true;
                let told = format!("{}: {question}: {state}", damaged.display());
                assert_eq!(state, "XX001", "{told}");
                let text = damaged.display().to_string();
                let own = table.is_some_and(|table| text.contains(&format!("/{table}/")));
                let nights = table.is_none();
                assert!(whole_product || own || nights, "another table: {told}");
            }
            (Ok(_), Err(_)) => panic!("{question} was never answered"),
        }
    }
    refused
}

/// Everything that is published of a tenant.
fn published(bed: &Bed, tenant: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![bed.snapshots().join(tenant)];
    while let Some(path) = left.pop() {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            if name != "pins" {
                let entries = fs::read_dir(&path).unwrap();
                left.extend(entries.map(|entry| entry.unwrap().path()));
            }
        } else if !name.starts_with('.') && name != "run.lock" {
            found.push(path);
        }
    }
    found.sort_unstable();
    found
}

fn flip(path: &Path, bit: u64) {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, bit / 8).unwrap();
    byte[0] ^= 1 << (bit % 8);
    file.write_all_at(&byte, bit / 8).unwrap();
}

/// Three nights, so that there are shared files with dead rows, change logs and refused rows.
fn three_nights(bed: &Bed, tenant: &str) {
    for generation in 1..=3 {
        bed.write(generation);
        let path = bed.source().join("credits.csv");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text + "nobody,1,1\n").unwrap();
        bed.done(&["sync", "run", tenant]);
    }
}

/// Whether damage of a file can keep a whole product from being served: all tables hang on it.
fn roots(path: &Path) -> bool {
    let text = path.display().to_string();
    text.strip_suffix(".json").is_some()
        && (text.contains("/published/") || text.contains("/data/"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_flipped_bit_is_served_by_a_server_that_read_it_before() {
    let bed = Bed::new(true);
    three_nights(&bed, "acme");
    let files = published(&bed, "acme");
    let names: String = files
        .iter()
        .map(|path| format!("{}\n", path.display()))
        .collect();
    for part in [
        "/dead-",
        "/published/",
        "/changes/",
        "/quarantine/",
        "/manifest.json",
        "/runs/",
    ] {
        assert!(names.contains(part), "no {part} in {names}");
    }
    let server = Served::begin(&mut bed.command(&["serve", "--listen", "127.0.0.1:0"]));
    let client = bed.client(server.port).await.unwrap();
    let right = ask(&client).await;
    assert!(right.iter().all(Result::is_ok), "{right:?}");
    let (mut refused, mut recovery) = (0, Vec::new());
    let mut random = StdRng::seed_from_u64(20_261_122);
    let all = rounds(60);
    for round in 0..all {
        let path = &files[round % files.len()];
        let bit = random.random_range(0..fs::metadata(path).unwrap().len() * 8);
        flip(path, bit);
        let said = ask(&client).await;
        refused += usize::from(judge(&said, &right, path, roots(path)));
        flip(path, bit);
        let began = Instant::now();
        assert_eq!(
            ask(&client).await,
            right,
            "{} is whole again",
            path.display()
        );
        recovery.push(began.elapsed());
    }
    assert!(refused > all / 10, "{refused} of {all} were noticed");
    assert_eq!(server.terminate(), Some(0));
    Line {
        fault: "a bit flipped in a published file beside a server that had read it",
        times: all,
        readers: &format!(
            "right rows or XX001 ({refused} times; the others hit what is in memory or was not asked for); other tables answered"
        ),
        recovery: &recovery,
    }
    .tell();
}

const TENANTS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn no_flipped_bit_is_served_by_a_server_that_starts_on_it() {
    let bed = Bed::new(true);
    let mut tenants = vec![("acme".to_owned(), bed.password.clone())];
    for number in 1..TENANTS {
        let tenant = format!("acme{number}");
        let password = bed.provision(&tenant);
        tenants.push((tenant, password));
    }
    let mut files = Vec::new();
    for (tenant, _) in &tenants {
        three_nights(&bed, tenant);
        files.push(published(&bed, tenant));
    }
    let server = Served::begin(&mut bed.command(&["serve", "--listen", "127.0.0.1:0"]));
    let mut right = Vec::new();
    for (tenant, password) in &tenants {
        let client = enter(server.port, tenant, "reporting", password)
            .await
            .unwrap();
        right.push(ask(&client).await);
    }
    assert_eq!(server.terminate(), Some(0));
    let (mut times, mut refused, mut recovery) = (0, 0, Vec::new());
    let mut random = StdRng::seed_from_u64(20_261_123);
    for round in 0..rounds(6) {
        // One bit in one file of each tenant but the last, which nobody else's damage may touch.
        let mut flipped = Vec::new();
        for of in &files[..TENANTS - 1] {
            let path = &of[random.random_range(0..of.len())];
            let bit = random.random_range(0..fs::metadata(path).unwrap().len() * 8);
            flip(path, bit);
            flipped.push((path, bit));
        }
        let server = Served::begin(&mut bed.command(&["serve", "--listen", "127.0.0.1:0"]));
        for (at, (tenant, password)) in tenants.iter().enumerate() {
            let entered = enter(server.port, tenant, "reporting", password).await;
            let Some((path, bit)) = flipped.get(at) else {
                assert_eq!(ask(&entered.unwrap()).await, right[at], "{tenant}");
                continue;
            };
            times += 1;
            match entered {
                Ok(client) => {
                    let said = ask(&client).await;
                    refused += usize::from(judge(&said, &right[at], path, roots(path)));
                }
                // Not even which tables there are is known.
                Err(error) => {
                    let state = error.code().map(|code| code.code().to_owned());
                    assert_eq!(state.as_deref(), Some("XX001"), "{}", path.display());
                    assert!(roots(path), "{}", path.display());
                    refused += 1;
                }
            }
            flip(path, *bit);
            let began = Instant::now();
            let client = enter(server.port, tenant, "reporting", password)
                .await
                .unwrap();
            assert_eq!(
                ask(&client).await,
                right[at],
                "{} is whole again",
                path.display()
            );
            recovery.push(began.elapsed());
        }
        assert_eq!(server.terminate(), Some(0), "round {round}");
    }
    assert!(refused * 2 > times, "{refused} of {times} were noticed");
    Line {
        fault: "a bit flipped in a published file before the server starts",
        times,
        readers: &format!(
            "right rows or XX001 ({refused} times); other tables and tenants answered"
        ),
        recovery: &recovery,
    }
    .tell();
}

/// The way out of a damaged table that needs no backup: the source has its rows.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_table_is_loaded_anew_and_damaged_documents_are_left_behind() {
    let bed = Bed::new(true);
    three_nights(&bed, "acme");
    let mut recovery = Vec::new();
    let mut times = 0;
    let server = Served::begin(&mut bed.command(&["serve", "--listen", "127.0.0.1:0"]));
    let client = bed.client(server.port).await.unwrap();
    let right = ask(&client).await;
    for part in ["/accounts/dead-", "/accounts/part-", "/credits/part-"] {
        let files = published(&bed, "acme");
        let newest = files.iter().rev();
        let mut hit = newest.filter(|path| path.display().to_string().contains(part));
        let path = hit.next().unwrap();
        flip(path, fs::metadata(path).unwrap().len() * 3);
        times += 1;
        let began = Instant::now();
        bed.done(&["sync", "run", "acme"]);
        recovery.push(began.elapsed());
        let now = ask(&client).await;
        assert_eq!(now[..4], right[..4], "{}", path.display());
    }
    bed.done(&["sync", "run", "acme"]);
    assert_eq!(server.terminate(), Some(0));
    // The newest entry of the publish log: readers need it; going back is the way out.
    let files = published(&bed, "acme");
    let log = files
        .iter()
        .filter(|path| path.display().to_string().contains("/published/"));
    let newest = log.max().unwrap();
    flip(newest, 999);
    let status = bed.status();
    assert_eq!(status["state"], "unreadable", "{status}");
    assert!(
        status["what_to_know"]
            .as_str()
            .unwrap()
            .contains("snapshot rollback"),
        "{status}"
    );
    let began = Instant::now();
    bed.done(&["snapshot", "rollback", "acme", "ledger", "6"]);
    recovery.push(began.elapsed());
    let server = Served::begin(&mut bed.command(&["serve", "--listen", "127.0.0.1:0"]));
    let client = bed.client(server.port).await.unwrap();
    assert_eq!(ask(&client).await[..4], right[..4]);
    bed.write(4);
    bed.done(&["sync", "run", "acme"]);
    assert_eq!(super::ask(&client).await.unwrap(), 4);
    assert_eq!(server.terminate(), Some(0));
    Line {
        fault: "published data, dead rows, newest log entry damaged for good",
        times: times + 1,
        readers: "XX001 until `sync run` had loaded the table anew, or `snapshot rollback`",
        recovery: &recovery,
    }
    .tell();
    assert!(recovery.iter().all(|took| *took < Duration::from_secs(60)));
}
