//! Faults, made with the program itself: disks that are full or broken, kills, power cuts, clocks
//! that jump, flipped bits, tenants that are removed, and readers beside a thousand publications.
//!
//! After each one readers have the old snapshot or the new one, whole; nothing is lost; what is said
//! about the run is true. Every test writes one line of the fault table, `docs/faults.md`, into
//! `faults/` of cargo's folder for tests. `SYLLABASE_FAULT_ROUNDS=20` makes everything twenty times.
//!
//! Faults of sources across a connection are in [`crate::sources`], two hundred kills at random
//! moments in [`crate::crash`]; they tell their lines here.

mod bits;
mod clocks;
mod disks;
mod files;
mod power;
mod publishes;
mod removal;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::{Int32Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use syllabase::clock::Clock;
use syllabase::ident::{ProductName, TenantId};
use syllabase::snapshot::{Published, Store};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Error};

use crate::program::{SYLLABASE, enter, password, run};

/// One line of the fault table.
pub(crate) struct Line<'a> {
    /// What was done.
    pub(crate) fault: &'a str,
    /// How often.
    pub(crate) times: usize,
    /// What readers saw.
    pub(crate) readers: &'a str,
    /// How long it took each time until what is served was right and new again.
    pub(crate) recovery: &'a [Duration],
}

impl Line<'_> {
    /// Writes it down. What was lost is none, or the test has failed before.
    pub(crate) fn tell(&self) {
        assert!(self.times > 0, "{}: nothing was tried", self.fault);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
        fs::create_dir_all(&folder).unwrap();
        let recovery = match self.recovery.iter().max() {
            None => "–".to_owned(),
            Some(longest) => {
                let sum: Duration = self.recovery.iter().sum();
                let mean = sum.as_secs_f64() / self.recovery.len() as f64;
                let longest = longest.as_secs_f64();
                format!("{mean:.2} s in the mean, {longest:.2} s at most")
            }
        };
        let line = format!(
            "| {} | {} | 0 | {} | {recovery} |\n",
            self.fault, self.times, self.readers
        );
        println!("{line}");
        let letter = |letter: char| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '-'
            }
        };
        let name: String = self.fault.chars().map(letter).take(60).collect();
        fs::write(folder.join(name + ".md"), line).unwrap();
    }
}

/// How often to do what usually is done so often.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's own wish, nothing the program reads"
)]
fn rounds(usual: usize) -> usize {
    let wished = std::env::var("SYLLABASE_FAULT_ROUNDS").ok();
    usual * wished.map_or(1, |wished| wished.parse::<usize>().unwrap())
}

/// Some of many, evenly, at most so many.
fn some<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let step = all.len().div_ceil(most.max(1)).max(1);
    all.into_iter().step_by(step).collect()
}

/// Two tables that are exported together: what is debited is credited.
const LEDGER: &str = r#"
format = 1
[product]
name = "ledger"
display_name = "Ledger"
major_version = 1
description = "A product that exists only here"
[[table]]
name = "debits"
description = "Debits"
grain = "one row per booking"
key = ["id"]
required = true
[[table.column]]
name = "id"
type = "integer"
nullable = false
description = "Key"
[[table.column]]
name = "amount"
type = "bigint"
description = "How much"
[[table.column]]
name = "generation"
type = "integer"
description = "Which export it is of"
[[table]]
name = "credits"
description = "Credits"
grain = "one row per booking"
key = ["id"]
required = true
[[table.column]]
name = "id"
type = "integer"
nullable = false
description = "Key"
[[table.column]]
name = "amount"
type = "bigint"
description = "How much"
[[table.column]]
name = "generation"
type = "integer"
description = "Which export it is of"
[[table]]
name = "accounts"
description = "Accounts"
grain = "one row per account"
key = ["id"]
[[table.column]]
name = "id"
type = "integer"
nullable = false
description = "Key"
[[table.column]]
name = "amount"
type = "bigint"
description = "How much is on it"
[[table.column]]
name = "generation"
type = "integer"
description = "The same in all rows"
"#;

/// Enough that a night that changes a few rows shares the file and names the dead ones.
const ACCOUNTS: u64 = 20_500;

/// Rows of each of the two small tables.
fn bookings(generation: u64) -> u64 {
    30 + generation % 11
}

/// What the rows of a table add up to.
fn total(table: &str, generation: u64) -> (u64, u64) {
    match table {
        "accounts" => {
            let amounts = (0..ACCOUNTS).map(|id| balance(id, generation));
            (ACCOUNTS, amounts.sum())
        }
        _ => {
            let rows = bookings(generation);
            (rows, rows * (rows + 1) / 2 * generation)
        }
    }
}

fn balance(id: u64, generation: u64) -> u64 {
    if id % 997 == generation % 997 {
        generation * 7 + id
    } else {
        id * 3
    }
}

/// One installation with one tenant, whose source is written generation by generation.
struct Bed {
    folder: tempfile::TempDir,
    accounts: bool,
    password: String,
}

impl Bed {
    /// With or without the large table.
    fn new(accounts: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("schemas")).unwrap();
        fs::write(folder.path().join("schemas/ledger.toml"), LEDGER).unwrap();
        fs::write(
            folder.path().join("syllabase.toml"),
            "data = \"data\"\nschemas = \"schemas\"\n",
        )
        .unwrap();
        let mut bed = Self {
            folder,
            accounts,
            password: String::new(),
        };
        bed.password = bed.provision("acme");
        bed
    }

    /// Adds a tenant with a login; its password.
    fn provision(&self, tenant: &str) -> String {
        fs::create_dir_all(self.source()).unwrap();
        let url = format!("file://{}", self.source().display());
        let sheet = self.path(&format!("sheet-{tenant}.txt"));
        // Nothing to hand over yet, or not any more.
        drop(fs::remove_file(&sheet));
        let handover = format!("file:{}", sheet.display());
        self.done(&["tenant", "add", tenant, "--product", "ledger"]);
        self.done(&["tenant", "source", tenant, "ledger", &url]);
        self.done(&["tenant", "allow", tenant, "127.0.0.1/32"]);
        let add = ["tenant", "credentials", "add", tenant, "reporting"];
        self.done(&[&add[..], &["--handover", &handover]].concat());
        password(&fs::read_to_string(sheet).unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn source(&self) -> PathBuf {
        self.path("source")
    }

    fn snapshots(&self) -> PathBuf {
        self.path("data/snapshots")
    }

    /// The program with this installation's file, as another program's arguments or by itself.
    fn words(&self, words: &[&str]) -> Vec<String> {
        let config = self.path("syllabase.toml").display().to_string();
        let first = [SYLLABASE, "--config", &config];
        first
            .iter()
            .chain(words)
            .map(|&word| word.to_owned())
            .collect()
    }

    fn command(&self, words: &[&str]) -> Command {
        let words = self.words(words);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).stdin(Stdio::null());
        command
    }

    fn done(&self, words: &[&str]) -> String {
        run(&mut self.command(words))
    }

    fn sync(&self) -> Output {
        let mut command = self.command(&["sync", "run", "acme"]);
        command.output().unwrap()
    }

    /// A night that has to succeed, with this export; how long it took.
    fn night(&self, generation: u64) -> Duration {
        self.write(generation);
        let began = Instant::now();
        self.done(&["sync", "run", "acme"]);
        let took = began.elapsed();
        assert_eq!(self.served(), Some(generation));
        took
    }

    /// Everything that is published is as it was published.
    fn verify(&self) {
        self.done(&["snapshot", "verify", "acme", "--all"]);
    }

    fn status(&self) -> Value {
        let mut command = self.command(&["--json", "sync", "status", "acme"]);
        let output = command.output().unwrap();
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        status["runs"][0].clone()
    }

    /// Replaces the export by another generation.
    fn write(&self, generation: u64) {
        let rows = bookings(generation);
        let (mut debits, mut credits) = (String::from("id,amount,generation\n"), String::new());
        credits.push_str(&debits);
        for id in 0..rows {
            debits.push_str(&format!("{id},{},{generation}\n", (id + 1) * generation));
            credits.push_str(&format!("{id},{},{generation}\n", (rows - id) * generation));
        }
        fs::write(self.source().join("debits.csv"), debits).unwrap();
        fs::write(self.source().join("credits.csv"), credits).unwrap();
        if self.accounts {
            let rows = (0..ACCOUNTS).map(|id| format!("{id},{},0\n", balance(id, generation)));
            let text = String::from("id,amount,generation\n") + &rows.collect::<String>();
            fs::write(self.source().join("accounts.csv"), text).unwrap();
        }
    }

    /// The generation that is served, after a look at every row of it.
    fn served(&self) -> Option<u64> {
        served(&self.snapshots(), "acme")
    }

    async fn client(&self, port: u16) -> Result<Client, Error> {
        enter(port, "acme", "reporting", &self.password).await
    }
}

/// The generation that a folder of snapshots serves, after a look at every row of it.
fn served(snapshots: &Path, tenant: &str) -> Option<u64> {
    let store = Store::open(snapshots, Clock::system()).unwrap();
    let tenant: TenantId = tenant.parse().unwrap();
    let product: ProductName = "ledger".parse().unwrap();
    let pin = store.pin_current(&tenant, &product).unwrap()?;
    let published = pin.published();
    store.verify(published).unwrap();
    for older in store.list(&tenant, &product).unwrap() {
        store.verify(&older).unwrap();
    }
    let (debits, credits) = (
        rows_of(&store, published, "debits"),
        rows_of(&store, published, "credits"),
    );
    let generation = debits.2;
    assert_eq!((debits.0, debits.1), total("debits", generation));
    assert_eq!(debits, credits, "two exports in one snapshot");
    let accounts = rows_of(&store, published, "accounts");
    if accounts.0 > 0 {
        assert_eq!((accounts.0, accounts.1), total("accounts", generation));
    }
    Some(generation)
}

/// How many rows are served of a table, what they add up to, and of which generation they are.
fn rows_of(store: &Store, published: &Published, table: &str) -> (u64, u64, u64) {
    let (mut count, mut sum, mut generations) = (0, 0, Vec::new());
    let files = published.table(table).map_or(&[][..], |entry| &entry.files);
    for (path, file) in published.files(table).iter().zip(files) {
        let reader = fs::File::open(path).unwrap();
        let mut reader = ParquetRecordBatchReaderBuilder::try_new(reader).unwrap();
        if let Some(dead) = store.dead_rows(published, file).unwrap() {
            reader = reader.with_row_selection(dead.others(file.rows));
        }
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            count += batch.num_rows() as u64;
            let amounts = batch.column(1).as_primitive::<Int64Type>();
            sum += amounts
                .values()
                .iter()
                .map(|value| u64::try_from(*value).unwrap())
                .sum::<u64>();
            let of = batch.column(2).as_primitive::<Int32Type>();
            generations.extend(
                of.values()
                    .iter()
                    .map(|value| u64::try_from(*value).unwrap()),
            );
        }
    }
    generations.dedup();
    assert!(generations.len() < 2, "{table}: {generations:?}");
    (count, sum, generations.first().copied().unwrap_or(0))
}

/// Both small tables in one statement.
const BOTH: &str = "select d.n, d.s, d.lo, d.hi, c.n, c.s, c.lo, c.hi from \
    (select count(*) n, sum(amount)::int8 s, min(generation)::int8 lo, max(generation)::int8 hi \
     from debits) d, \
    (select count(*) n, sum(amount)::int8 s, min(generation)::int8 lo, max(generation)::int8 hi \
     from credits) c";

/// Asserts that the figures of both tables are of one generation; which.
fn agreed(seen: &[i64]) -> u64 {
    let generation = u64::try_from(seen[2]).unwrap();
    let (rows, sum) = total("debits", generation);
    let one = [rows, sum, generation, generation];
    let seen: Vec<u64> = seen
        .iter()
        .map(|value| u64::try_from(*value).unwrap())
        .collect();
    assert_eq!(seen, [one, one].concat(), "a mixed read");
    generation
}

async fn ask(client: &Client) -> Result<u64, Error> {
    let row = client.query_one(BOTH, &[]).await?;
    let seen: Vec<i64> = (0..row.len()).map(|at| row.get(at)).collect();
    Ok(agreed(&seen))
}

/// Somebody who keeps asking a server while something goes wrong beside it.
struct Reader {
    runtime: Runtime,
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Reader {
    fn start(bed: &Bed, port: u16) -> Self {
        let runtime = Runtime::new().unwrap();
        let client = runtime.block_on(bed.client(port)).unwrap();
        let (stop, answers) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let (until, count) = (Arc::clone(&stop), Arc::clone(&answers));
        let task = runtime.spawn(async move {
            let mut last = 0;
            while !until.load(Ordering::Relaxed) {
                let now = ask(&client).await.unwrap();
                assert!(now >= last, "generation {now} after {last}");
                last = now;
                count.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        Self {
            runtime,
            stop,
            answers,
            task,
        }
    }

    /// How many answers there were; none of them was wrong or an error.
    fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.runtime.block_on(self.task).unwrap();
        self.answers.load(Ordering::Relaxed)
    }
}

/// Copies a folder with everything in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a program said, and how it ended.
fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{:?} {}{}",
        output.status,
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}
