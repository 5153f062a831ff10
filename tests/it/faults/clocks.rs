//! Clocks that jump by a day, forward and back, under the real server: libfaketime tells it the time.
//!
//! What has to be: a night is made once, whatever the clock said before; a run of a time that has not
//! come says nothing about tonight; a clock that is ahead for one night throws no snapshot away.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use syllabase::clock::Clock;
use syllabase::snapshot::Store;

use super::{Bed, Line, ask, rounds};
use crate::program::{Served, run};

/// Longer than the scheduler's look at the clock.
const LOOK: Duration = Duration::from_millis(12_500);
/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where Debian puts the library, by architecture.
fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap();
    let places = folders.map(|folder| folder.unwrap().path().join("faketime/libfaketimeMT.so.1"));
    let mut found = places.into_iter().filter(|place| place.is_file());
    found.next().expect("libfaketime, which make test installs")
}

/// An installation whose nights begin two hours before the test does.
struct Jumping {
    bed: Bed,
    clock: PathBuf,
}

impl Jumping {
    fn new(retention: &str) -> Self {
        let bed = Bed::new(false);
        let config = bed.path("syllabase.toml");
        let text = fs::read_to_string(&config).unwrap();
        // The library now and then lets the clock that only goes on jump as well; sessions that are
        // idle for a day must not end by that.
        let limits = "[limits.session]\nidle = \"720h\"\n[limits.sync]\nspread = \"1s\"\n";
        fs::write(&config, text + limits).unwrap();
        let night = Clock::system().now() - TimeDelta::hours(2);
        let schedule = format!(
            "[schedule]\ntime = \"{}\"\nzone = \"UTC\"\n{retention}",
            night.format("%H:%M")
        );
        let tenant = bed.path("data/tenants/acme.toml");
        let text = fs::read_to_string(&tenant).unwrap();
        fs::write(&tenant, format!("{text}\n{schedule}")).unwrap();
        bed.write(1);
        let clock = bed.path("clock");
        let jumping = Self { bed, clock };
        jumping.jump(0);
        jumping
    }

    /// From now on the program's clock is so many minutes ahead.
    fn jump(&self, minutes: i64) {
        // Put in place at once: the library may read it at any moment.
        let aside = self.bed.path("clock.new");
        fs::write(&aside, format!("{:+}\n", minutes * 60)).unwrap();
        fs::rename(aside, &self.clock).unwrap();
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.bed.command(words);
        command
            .env("LD_PRELOAD", library())
            .env("FAKETIME_TIMESTAMP_FILE", &self.clock)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1");
        command
    }

    /// A run by hand under the clock that is told.
    fn sync(&self) {
        run(&mut self.command(&["sync", "run", "acme"]));
    }

    fn serve(&self) -> Served {
        Served::begin(&mut self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// The numbers of the snapshots that can be read.
    fn kept(&self) -> Vec<u64> {
        let store = Store::open(&self.bed.snapshots(), Clock::system()).unwrap();
        let (tenant, product) = ("acme".parse().unwrap(), "ledger".parse().unwrap());
        let kept = store.list(&tenant, &product).unwrap();
        kept.iter().map(|one| one.number).collect()
    }

    /// How long it takes until so many nights were made; more must not be.
    async fn made(&self, nights: usize) -> Duration {
        let began = Instant::now();
        while self.kept().len() < nights {
            assert!(
                began.elapsed() < PATIENCE,
                "the night was skipped: {:?}",
                self.kept()
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        began.elapsed()
    }

    /// Nothing is made at the next look.
    async fn nothing_more(&self, nights: usize) {
        tokio::time::sleep(LOOK).await;
        assert_eq!(self.kept().len(), nights, "a night was doubled");
    }
}

const DAY: i64 = 24 * 60;

/// A day ahead and back again: that night is made once, and statuses tell of the true ones.
async fn ahead_and_back() -> (usize, Vec<Duration>) {
    let jumping = Jumping::new("");
    jumping.sync();
    let server = jumping.serve();
    let client = jumping.bed.client(server.port).await.unwrap();
    jumping.jump(DAY);
    let took = jumping.made(2).await;
    assert_eq!(ask(&client).await.unwrap(), 1);
    jumping.jump(0);
    jumping.nothing_more(2).await;
    let status = jumping.bed.status();
    assert_eq!(status["state"], "fresh", "{status}");
    let good: chrono::DateTime<chrono::Utc> =
        status["last_good"].as_str().unwrap().parse().unwrap();
    assert!(good <= Clock::system().now(), "{status}");
    // What fails now is told, though a run that is dated later went well.
    fs::remove_file(jumping.bed.source().join("credits.csv")).unwrap();
    assert!(!jumping.bed.sync().status.success());
    let status = jumping.bed.status();
    assert_eq!(status["outcome"], "failed", "{status}");
    assert_eq!(ask(&client).await.unwrap(), 1);
    assert_eq!(server.terminate(), Some(0));
    (2, vec![took])
}

/// A run was dated a day ahead; the true night of that day is made all the same, and once.
async fn a_night_that_seems_made() -> (usize, Vec<Duration>) {
    let jumping = Jumping::new("");
    jumping.sync();
    jumping.jump(DAY);
    jumping.sync();
    jumping.jump(DAY - 60);
    let server = jumping.serve();
    let took = jumping.made(3).await;
    jumping.jump(DAY + 20);
    jumping.nothing_more(3).await;
    assert_eq!(server.terminate(), Some(0));
    (3, vec![took])
}

/// A day back and right again: nothing is made twice.
async fn back_and_right_again() -> (usize, Vec<Duration>) {
    let jumping = Jumping::new("");
    jumping.jump(-3 * DAY);
    jumping.sync();
    jumping.jump(0);
    jumping.sync();
    jumping.jump(-3 * DAY + 60);
    let server = jumping.serve();
    jumping.nothing_more(2).await;
    jumping.jump(0);
    jumping.nothing_more(2).await;
    jumping.jump(DAY);
    let took = jumping.made(3).await;
    assert_eq!(server.terminate(), Some(0));
    (5, vec![took])
}

/// Two servers on one store see the same night begin: one of them makes it.
async fn two_servers() -> Duration {
    let jumping = Jumping::new("");
    jumping.sync();
    let servers = [jumping.serve(), jumping.serve()];
    jumping.jump(DAY);
    let took = jumping.made(2).await;
    jumping.nothing_more(2).await;
    for server in servers {
        let client = jumping.bed.client(server.port).await.unwrap();
        assert_eq!(ask(&client).await.unwrap(), 1);
        assert_eq!(server.terminate(), Some(0));
    }
    took
}

/// What is wanted when the clock is right again was not thrown away while it was ahead.
fn retention() -> (usize, Vec<Duration>) {
    let jumping = Jumping::new("[retention]\ndays = 35\nat_least = 1\nmonth_ends = 0\n");
    // An old one that is still wanted for half a day, and two nights.
    for minutes in [-34 * DAY - DAY / 2, -DAY, 0] {
        jumping.jump(minutes);
        jumping.sync();
    }
    for minutes in [DAY, 60, 40 * DAY, 120] {
        jumping.jump(minutes);
        jumping.sync();
        assert!(
            jumping.kept().contains(&1),
            "at {minutes}: {:?}",
            jumping.kept()
        );
    }
    let all: Vec<u64> = (1..=7).collect();
    assert_eq!(jumping.kept(), all);
    // Once its time is over, it goes.
    for minutes in [DAY, 2 * DAY] {
        jumping.jump(minutes);
        jumping.sync();
    }
    assert!(!jumping.kept().contains(&1), "{:?}", jumping.kept());
    jumping.bed.verify();
    (4, Vec::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_neither_skips_nor_doubles_a_night() {
    let (mut times, mut recovery, mut both) = (0, Vec::new(), Vec::new());
    for _ in 0..rounds(1) {
        let kept = tokio::task::spawn_blocking(retention);
        let (one, two, three, pair) = tokio::join!(
            ahead_and_back(),
            a_night_that_seems_made(),
            back_and_right_again(),
            two_servers()
        );
        both.push(pair);
        for (jumps, took) in [one, two, three, kept.await.unwrap()] {
            times += jumps;
            recovery.extend(took);
        }
    }
    Line {
        fault: "two servers on one store when a night begins",
        times: both.len(),
        readers: "the new snapshot at both; the night made once",
        recovery: &both,
    }
    .tell();
    Line {
        fault: "clock jumped by a day or more, forward and back",
        times,
        readers: "what was published; every night made once, nothing thrown away early",
        recovery: &recovery,
    }
    .tell();
}
