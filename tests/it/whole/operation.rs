//! The morning after, backup, and two servers on one store.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use serde_json::Value;
use syllabase::clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::Client;

use super::platform::assert_same;
use super::{LARGE, Story, rows};
use crate::cli::{Desk, eventually};
use crate::webhook::Receiver;

/// The schedule looks at the clock so often; a second night of the same date would have begun by then.
const TWO_LOOKS: Duration = Duration::from_secs(21);

impl Story {
    /// Part 8, operation.
    pub(super) async fn operators_see_carry_and_share_nights(&mut self) {
        let status = self.desk.done("sync status acme");
        assert!(status.contains("nothing waits for a person"), "{status}");
        let doctor = self.desk.json("doctor");
        assert_eq!(doctor["broken"], 0, "{doctor}");
        for (product, _) in LARGE {
            let what = format!("source of acme {product}");
            let findings = doctor["findings"].as_array().unwrap();
            assert!(
                findings
                    .iter()
                    .any(|one| one["what"] == what && one["health"] == "ok"),
                "{doctor}"
            );
        }
        self.carried().await;
        self.shared().await;
    }

    /// Everything goes to a bucket and comes into an installation that knows nothing.
    async fn carried(&self) {
        let bucket = self.platform.bucket("backup");
        let out = self
            .desk
            .json(&format!("snapshot export acme --all --to {bucket}"));
        assert_eq!(
            out["products"].as_array().unwrap().len(),
            LARGE.len(),
            "{out}"
        );
        let again = self
            .desk
            .json(&format!("snapshot export acme --all --to {bucket}"));
        for product in again["products"].as_array().unwrap() {
            assert_eq!(product["files"], 0, "{again}");
        }
        let other = Desk::new();
        let password = other.tenant("acme", &LARGE.map(|(product, _)| product));
        other.done(&format!("snapshot import acme --all --from {bucket}"));
        other.done("snapshot verify acme --all");
        let server = other.serve();
        let there = server.login("acme", "reporting", &password).await.unwrap();
        there.batch_execute("set timezone = 'UTC'").await.unwrap();
        let here = self.client("acme").await;
        assert_same(&self.dump_of(&there).await, &self.dump_of(&here).await);
        let then = &self.first.1;
        for earlier in [
            "reset syllabase.as_of".to_owned(),
            format!("set syllabase.as_of = '{then}'"),
        ] {
            here.batch_execute(&earlier).await.unwrap();
            there.batch_execute(&earlier).await.unwrap();
            assert_same(&self.light_of(&there).await, &self.light_of(&here).await);
            for view in [
                "snapshots",
                "changes",
                "late_arrivals",
                "quarantine",
                "clock_corrections",
                "quality",
            ] {
                let (ours, theirs) = (told_by(&here, view).await, told_by(&there, view).await);
                assert!(!ours.is_empty() || earlier.starts_with("set"), "{view}");
                assert_eq!(theirs, ours, "{earlier}: {view}");
            }
        }
    }

    /// Two servers on one store make a night once; a night that fails is told.
    async fn shared(&mut self) {
        let receiver = Receiver::start("a-secret-path").await;
        fs::write(self.desk.path("address"), receiver.address() + "\n").unwrap();
        let probe = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        // A night that would be tried again is not told of yet.
        let config = |probe: String| {
            format!(
                "{probe}[alerts]\nwebhook = \"file:{}\"\n[limits.sync]\nspread = \"1ms\"\ntries = 1\n",
                self.desk.path("address").display()
            )
        };
        fs::write(
            self.desk.path("one.toml"),
            config(format!("probe = \"{probe}\"\n")),
        )
        .unwrap();
        let client = self.client("acme").await;
        let newest = "select product, max(number) from syllabase.snapshots group by 1 order by 1";
        let before = numbers(&rows(&client, newest).await);
        let runs = "select product, count(*) from syllabase.sync_runs group by 1 order by 1";
        let ran = numbers(&rows(&client, runs).await);
        // The night of this minute, which begins after all that was run by hand.
        let last = Clock::system().now();
        eventually_for(Duration::from_secs(70), async || {
            Clock::system().now().format("%H:%M").to_string() != last.format("%H:%M").to_string()
        })
        .await;
        let file = self.desk.path("data/tenants/acme.toml");
        let text = fs::read_to_string(&file).unwrap();
        let time = Clock::system().now().format("%H:%M");
        fs::write(
            &file,
            format!("{text}\n[schedule]\ntime = \"{time}\"\nzone = \"UTC\"\n"),
        )
        .unwrap();
        fs::write(self.desk.path("two.toml"), config(String::new())).unwrap();
        let begun = Instant::now();
        let [first, second] = ["one.toml", "two.toml"].map(|file| {
            self.desk
                .serve_with(&["--config", file, "serve", "--listen", "127.0.0.1:0"])
        });
        let next: Vec<u64> = before.iter().map(|number| number + 1).collect();
        eventually_for(Duration::from_secs(60), async || {
            numbers(&rows(&client, newest).await) == next
        })
        .await;
        while begun.elapsed() < TWO_LOOKS {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let more: Vec<u64> = ran.iter().map(|count| count + 1).collect();
        assert_eq!(numbers(&rows(&client, runs).await), more);
        for server in [&first, &second] {
            let there = server
                .login("acme", "reporting", &self.password)
                .await
                .unwrap();
            assert_eq!(numbers(&rows(&there, newest).await), next);
        }
        self.told_and_counted(&receiver, probe).await;
        for server in [first, second] {
            assert_eq!(server.terminate(), Some(0));
        }
    }

    /// A required table is gone: who listens is told, metrics say so, and it is over when it is back.
    async fn told_and_counted(&mut self, receiver: &Receiver, probe: SocketAddr) {
        self.platform.lose("learning360", "users").await;
        self.desk.fails(1, "sync run acme learning360");
        let event = receiver.next("204 No Content").await;
        let told = ["event", "tenant", "product"].map(|key| event[key].as_str().unwrap());
        assert_eq!(told, ["sync_failed", "acme", "learning360"]);
        let failed =
            "syllabase_sync_state{tenant=\"acme\",product=\"learning360\",state=\"failed\"} 1";
        eventually(async || metrics(probe).await.contains(failed)).await;
        self.platform.find("learning360", "users").await;
        let run: Value = self
            .desk
            .json("--config compare.toml sync run acme learning360");
        assert_eq!(run["ok"], true);
        let fresh = failed.replace("failed", "fresh");
        eventually(async || metrics(probe).await.contains(&fresh)).await;
        let text = metrics(probe).await;
        for (product, _) in LARGE {
            for name in [
                "snapshot_age_seconds",
                "snapshot_rows",
                "sync_last_run_rows_refused",
            ] {
                let line = format!("syllabase_{name}{{tenant=\"acme\",product=\"{product}\"}} ");
                assert!(text.contains(&line), "{line}: {text}");
            }
        }
    }
}

/// The last value of each row.
fn numbers(rows: &[String]) -> Vec<u64> {
    let last = rows.iter().map(|row| row.rsplit('|').next().unwrap());
    last.map(|number| number.parse().unwrap()).collect()
}

/// What a view tells of nights. What was published again is not carried again, so that nights have
/// other numbers elsewhere: they are told apart by their snapshots.
async fn told_by(client: &Client, view: &str) -> Vec<String> {
    let what = match view {
        "snapshots" => "v.published_at, v.kind, v.rows, v.bytes",
        "changes" => {
            "v.table_name, v.outcome, v.rows_read, v.rows_served, v.rows_quarantined, v.rows_erased, \
             v.inserted, v.updated, v.deleted, v.late"
        }
        "late_arrivals" => "v.table_name, v.day, v.rows_added",
        "quarantine" => "v.table_name, v.line, v.column_name, v.reason, v.record",
        "clock_corrections" => "v.row_key::text, v.column_name, v.original, v.corrected, v.method",
        "quality" => "v.table_name, v.check_name, v.failed_rows",
        other => panic!("{other}"),
    };
    let told = format!(
        "select s.product, s.snapshot, {what} from syllabase.{view} v join syllabase.snapshots s \
         on s.product = v.product and s.number = v.number where s.kind <> 'rolled_back'"
    );
    let mut told = rows(client, &told).await;
    told.sort_unstable();
    told
}

async fn eventually_for<F: Future<Output = bool>>(within: Duration, mut ask: impl FnMut() -> F) {
    let asking = async {
        while !ask().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(within, asking)
        .await
        .expect("it never came true");
}

async fn metrics(probe: SocketAddr) -> String {
    let mut socket = TcpStream::connect(probe).await.unwrap();
    socket
        .write_all(b"GET /metrics HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    text
}
