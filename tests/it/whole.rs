//! One tenant with all three products, night after night: the platforms are a real PostgreSQL, which
//! the program reads itself, or whose exports it reads from a real S3 server. The program is the one
//! that operators start, and what it serves is asked for over the wire.
//!
//! The story goes through every part of the sync: sources, incremental nights, data quality, clocks
//! and late arrivals, what nights tell in SQL, earlier states, erasure, retention, operation.

mod days;
mod operation;
mod platform;
mod retention;
mod status;

use std::fs;
use std::time::Instant;

use serde_json::Value;
use tokio_postgres::Client;

use crate::cli::Desk;
use crate::program::{Served, rows};
use crate::traces::traced;
use platform::{Dump, Of, Platform, Way, assert_same, dump, lightened};

/// The products, and the large table of each.
const LARGE: [(&str, &str); 3] = [
    ("learnink", "survey_answers"),
    ("learnamp", "activities"),
    ("learning360", "reactions"),
];
/// The key of one person in each product, and how nothing else is called.
const PERSON: [(&str, &str); 3] = [
    ("learnink", "98765432-1098-4765-8321-098765432109"),
    ("learnamp", "987654321"),
    ("learning360", "zq-987654321"),
];
const WORDS: [&str; 4] = ["98765432-1098", "987654321", "Zebedee", "Quillfeather"];
const TABLES: usize = 68;

struct Story {
    desk: Desk,
    platform: Platform,
    served: Served,
    password: String,
    /// What was served after the first night, and the time of its last publication.
    first: (Dump, String),
    began: Instant,
}

#[tokio::test(flavor = "multi_thread")]
async fn three_products_from_a_database() {
    told(Way::Database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_products_from_a_bucket() {
    told(Way::Bucket).await;
}

async fn told(way: Way) {
    let mut story = Story::begin(way).await;
    story.mark("sources");
    story.changes_of_a_night_cost_little().await;
    story.mark("incremental nights");
    story
        .bad_rows_have_the_consequences_that_are_declared()
        .await;
    story.mark("data quality");
    story.clocks_are_put_right_and_late_work_is_counted().await;
    story.mark("clocks");
    story.status_adds_up().await;
    story.mark("status");
    story.earlier_states_are_read_and_published_again().await;
    story.mark("earlier states");
    story.changes_are_explained().await;
    story.mark("explained");
    story.a_person_is_erased_and_stays_away().await;
    story.mark("erasure");
    story.what_is_old_goes_but_what_is_kept().await;
    story.mark("retention");
    story.operators_see_carry_and_share_nights().await;
    story.mark("operation");
}

impl Story {
    /// Part 1, sources: every table of every product comes as the platform has it.
    async fn begin(way: Way) -> Self {
        let began = Instant::now();
        let desk = Desk::new();
        fs::write(
            desk.path("compare.toml"),
            "[limits.sync]\ncompare_every = \"1ms\"\n",
        )
        .unwrap();
        let mut platform = Platform::start(way, &desk.path("")).await;
        platform.day(days::BEFORE).await;
        let products = LARGE.map(|(product, _)| product);
        let password = desk.tenant("acme", &products);
        for product in products {
            let source = platform.source(product);
            desk.done(&format!("tenant source acme {product} {source}"));
        }
        let checked = desk.done("tenant check acme");
        for all in ["11 of 11 tables", "39 of 39 tables", "18 of 18 tables"] {
            assert!(checked.contains(all), "{checked}");
        }
        let truth = platform.dump().await;
        assert_eq!(truth.len(), TABLES);
        assert!(truth.values().all(|rows| !rows.is_empty()));
        let loaded = desk.json("sync run acme");
        let count: u64 = truth.values().map(|rows| rows.len() as u64).sum();
        let sum = |key: &str| -> u64 {
            let runs = loaded["runs"].as_array().unwrap();
            runs.iter().map(|run| run[key].as_u64().unwrap()).sum()
        };
        let told = ["rows_read", "rows_served", "rows_refused", "rows_erased"].map(sum);
        assert_eq!(told, [count, count, 0, 0], "{loaded}");
        let served = desk.serve();
        let mut story = Self {
            desk,
            platform,
            served,
            password,
            first: (Dump::new(), String::new()),
            began,
        };
        let client = story.client("acme").await;
        let ours = story.dump_of(&client).await;
        assert_eq!(assert_same(&ours, &truth) as u64, count);
        // The demo's rows pass every check; those of phones that went wrong were put right.
        let failing = "select table_name, check_name, failed_rows from syllabase.quality where failed_rows > 0";
        assert_eq!(rows(&client, failing).await, Vec::<String>::new());
        story.first = (ours, story.now(&client).await);
        story
    }

    /// How long the story has gone on: what the test would print if it took too long.
    fn mark(&self, part: &str) {
        println!(
            "{:?} {part}: {:.1?}",
            self.platform.way,
            self.began.elapsed()
        );
    }

    async fn client(&self, database: &str) -> Client {
        let entered = self.served.login(database, "reporting", &self.password);
        let client = entered.await.unwrap();
        client.batch_execute("set timezone = 'UTC'").await.unwrap();
        client
    }

    async fn dump_of(&self, client: &Client) -> Dump {
        dump(client, &self.platform.products, Of::All).await
    }

    async fn light_of(&self, client: &Client) -> Dump {
        dump(client, &self.platform.products, Of::Light).await
    }

    /// When the newest of all products was published.
    async fn now(&self, client: &Client) -> String {
        let newest = "select to_char(max(published_at) at time zone 'UTC', \
                      'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from syllabase.snapshots";
        rows(client, newest).await.remove(0)
    }

    /// A day at the platforms and the night after it, keys compared.
    async fn day_and_night(&mut self, script: &str) {
        self.platform.day(script).await;
        self.desk.done("--config compare.toml sync run acme");
    }

    /// Readers see what the platforms have.
    async fn served_as_it_is(&self) {
        let client = self.client("acme").await;
        let truth = self.platform.light().await;
        assert_same(&self.light_of(&client).await, &truth);
    }

    /// Part 2, incremental nights: what did not change is shared, what did is found, deletions too,
    /// and the result is that of a full load.
    async fn changes_of_a_night_cost_little(&mut self) {
        self.platform.day(days::ONE_PERCENT).await;
        self.desk.done("sync run acme");
        let client = self.client("acme").await;
        let changed = "select product, table_name, outcome, inserted, updated, deleted, late \
                       from syllabase.changes where inserted + updated + deleted > 0 \
                       and number = 2 order by product";
        // Without comparing keys a source that is asked for changes only tells of no deletions.
        let (outcome, deleted) = match self.platform.way {
            Way::Database => ("merged", 0),
            Way::Bucket => ("loaded", 40),
        };
        let expected = [
            "learnamp|activities|loaded|50|220|40|40".to_owned(),
            "learning360|reactions|loaded|50|220|40|40".to_owned(),
            format!("learnink|survey_answers|{outcome}|50|220|{deleted}|40"),
        ];
        assert_eq!(rows(&client, changed).await, expected);
        let written = "select product from syllabase.snapshots \
                       where number = 2 and (bytes - shared_bytes) * 10 < bytes order by 1";
        assert_eq!(
            rows(&client, written).await,
            ["learnamp", "learning360", "learnink"],
            "{:?}",
            rows(
                &client,
                "select product, number, bytes, shared_bytes from syllabase.snapshots"
            )
            .await
        );
        self.desk.done("--config compare.toml sync run acme");
        let changed = changed.replace("number = 2", "number = 3");
        let gone = match self.platform.way {
            Way::Database => vec!["learnink|survey_answers|merged|0|0|40|0"],
            Way::Bucket => Vec::new(),
        };
        assert_eq!(rows(&client, &changed).await, gone);
        let truth = self.platform.dump().await;
        assert_same(&self.dump_of(&client).await, &truth);
        // A store that knows nothing of earlier nights.
        let fresh = Desk::new();
        let password = fresh.tenant("acme", &LARGE.map(|(product, _)| product));
        for (product, _) in LARGE {
            let source = self.platform.source(product);
            fresh.done(&format!("tenant source acme {product} {source}"));
        }
        fresh.done("sync run acme");
        let server = fresh.serve();
        let whole = server.login("acme", "reporting", &password).await.unwrap();
        whole.batch_execute("set timezone = 'UTC'").await.unwrap();
        assert_same(&truth, &self.dump_of(&whole).await);
    }

    /// Part 3, data quality: counted, flagged, refused, held, failed.
    async fn bad_rows_have_the_consequences_that_are_declared(&mut self) {
        self.day_and_night(days::BAD_DAY).await;
        let client = self.client("acme").await;
        for (statement, expected) in [
            (
                "select product, table_name, check_name, failed_rows from syllabase.quality \
                 where number = 4 and failed_rows > 0 and check_name like '%range' order by 1",
                vec![
                    "learnamp|users|sign_in_count_range|1",
                    "learning360|courses_trackings|progress_range|1",
                    "learnink|learningpath_courses|position_range|1",
                ],
            ),
            (
                "select table_name, column_name, corrected, method from syllabase.clock_corrections \
                 where number = 4",
                vec![
                    "user_course_performance|completed_at|∅|flagged: not so: Work is completed after it is started",
                ],
            ),
            (
                "select product, table_name, column_name, reason from syllabase.quarantine \
                 where number = 4 order by 1, 2",
                vec![
                    "learnamp|quiz_attempts|∅|the key is there already",
                    "learnamp|tasks|deadline|invalid input syntax for type date",
                    "learning360|courses_trackings|∅|the key is there already",
                    "learning360|posts|created_at|invalid input syntax for type timestamp",
                    "learnink|survey_answers|∅|the key is there already",
                    "learnink|user_learningpaths|due_date|invalid input syntax for type date",
                ],
            ),
            (
                "select product, table_name, change from syllabase.schema_changes \
                 where number = 4 and column_name = 'shoe_size' order by 1",
                vec![
                    "learnamp|skills|extra",
                    "learning360|skills|extra",
                    "learnink|courses|extra",
                ],
            ),
        ] {
            assert_eq!(rows(&client, statement).await, expected, "{statement}");
        }
        self.accounted(&client).await;
        let mut truth = self.platform.dump().await;
        for rows in truth.values_mut() {
            rows.retain(|row| !row.contains("someday"));
            rows.dedup_by(|one, other| one == other && WORDS.iter().any(|word| one.contains(word)));
        }
        assert_same(&self.dump_of(&client).await, &truth);
        self.day_and_night(days::REPAIRED).await;
        self.served_as_it_is().await;
        self.held().await;
        self.failed().await;
    }

    /// Rows read = served + refused + erased, over every table of every night that was read whole.
    async fn accounted(&self, client: &Client) {
        let lost = "select product, number, table_name, rows_read, rows_served, rows_quarantined, \
                    rows_erased from syllabase.changes where outcome = 'loaded' \
                    and rows_read <> rows_served + rows_quarantined + rows_erased";
        assert_eq!(rows(client, lost).await, Vec::<String>::new());
        let whole = "select count(distinct product || table_name) from syllabase.changes \
                     where outcome = 'loaded'";
        assert_eq!(rows(client, whole).await, [TABLES.to_string()]);
    }

    /// A table that shrank waits for a person, who throws it away, serves it, or has it put right.
    async fn held(&mut self) {
        let client = self.client("acme").await;
        let before = self.light_of(&client).await;
        self.platform.day(days::SHRUNK).await;
        self.desk.fails(1, "--config compare.toml sync run acme");
        let status = self.desk.fails(1, "sync status acme");
        assert!(status.contains("3 of 3 wait for a person"), "{status}");
        assert_same(&self.light_of(&client).await, &before);
        for (product, table) in [
            ("learnink", "user_sequence_performance"),
            ("learnamp", "tasks"),
            ("learning360", "assessments_trackings"),
        ] {
            let shown = self
                .desk
                .done(&format!("snapshot show acme {product} --held"));
            assert!(
                shown.contains(&format!("table {table} shrank from")),
                "{shown}"
            );
        }
        self.desk.done("snapshot discard acme learnink --held");
        self.desk.done("snapshot publish acme learnamp --held");
        let tasks = "select count(*) from learnamp.tasks";
        assert_eq!(rows(&client, tasks).await, ["10"]);
        let kinds = "select product, kind from syllabase.snapshots where number > 5";
        assert_eq!(rows(&client, kinds).await, ["learnamp|released"]);
        self.day_and_night(days::GROWN).await;
        self.served_as_it_is().await;
        assert!(self.desk.done("sync status acme").contains("nothing waits"));
    }

    /// Too many refused rows fail the night; readers have what they had.
    async fn failed(&mut self) {
        let client = self.client("acme").await;
        let before = self.light_of(&client).await;
        self.platform.day(days::DOUBLED).await;
        self.desk.fails(1, "--config compare.toml sync run acme");
        let output = self.desk.run("--json sync status acme");
        assert_eq!(output.status.code(), Some(1));
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        for (at, table) in [
            "user_sequence_performance",
            "tasks",
            "assessments_trackings",
        ]
        .iter()
        .enumerate()
        {
            let run = &status["runs"][at];
            assert_eq!(run["state"], "failed", "{run}");
            assert!(
                run["what_to_know"].as_str().unwrap().contains(table),
                "{run}"
            );
        }
        assert_same(&self.light_of(&client).await, &before);
        self.day_and_night(days::SINGLE).await;
        self.served_as_it_is().await;
    }

    /// Part 4, clocks and late arrivals.
    async fn clocks_are_put_right_and_late_work_is_counted(&mut self) {
        self.day_and_night(days::CLOCKS).await;
        let client = self.client("acme").await;
        let newest = "(select product, max(number) from syllabase.snapshots group by product)";
        let future =
            "select count(*) from learnink.user_course_performance where started_at > now()";
        for (statement, expected) in [
            (future.to_owned(), vec!["0"]),
            (
                "select count(*) from learnink.user_course_performance p, syllabase.clock_corrections c \
                 where p.id::text = c.row_key->>'id' and p.started_at = p.updated_at \
                 and c.column_name = 'started_at' and c.corrected::timestamptz = p.started_at \
                 and c.original::timestamptz > now() + interval '29 days' \
                 and c.method = 'set to the server''s stamp of the row'"
                    .to_owned(),
                vec!["2"],
            ),
            (
                format!(
                    "select product, table_name, current_date - day, rows_added \
                     from syllabase.late_arrivals where (product, number) in {newest} order by 1"
                ),
                vec![
                    "learnamp|quiz_attempts|5|3",
                    "learning360|courses_trackings|5|3",
                    "learnink|survey_answers|5|3",
                ],
            ),
        ] {
            assert_eq!(rows(&client, &statement).await, expected, "{statement}");
        }
        // Another tenant with the same data wants its clocks left alone.
        let password = self.desk.tenant("beta", &["learnink"]);
        let source = self.platform.source("learnink");
        self.desk
            .done(&format!("tenant source beta learnink {source}"));
        let file = self.desk.path("data/tenants/beta.toml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text + "\n[clocks]\ndevice = \"flag\"\n").unwrap();
        self.desk.done("sync run beta");
        crate::cli::eventually(async || {
            self.served
                .login("beta", "reporting", &password)
                .await
                .is_ok()
        })
        .await;
        let beta = self
            .served
            .login("beta", "reporting", &password)
            .await
            .unwrap();
        assert_eq!(rows(&beta, future).await, ["2"]);
        let flagged = "select count(*) from syllabase.clock_corrections where corrected is null \
                       and method = 'flagged: later than the server''s stamp of the row'";
        assert_eq!(rows(&beta, flagged).await, ["3"]);
        self.day_and_night(days::CLOCKS_RIGHT).await;
        self.served_as_it_is().await;
    }

    /// Part 6, earlier states: three ways to read them, rollback, pins, differences.
    async fn earlier_states_are_read_and_published_again(&mut self) {
        let (first, then) = self.first.clone();
        let client = self.client("acme").await;
        let now = self.dump_of(&client).await;
        client
            .batch_execute(&format!("set syllabase.as_of = '{then}'"))
            .await
            .unwrap();
        assert_same(&self.dump_of(&client).await, &first);
        client.batch_execute("reset syllabase.as_of").await.unwrap();
        let light = lightened(&first);
        let named = self.client(&format!("acme@{then}")).await;
        assert_same(&self.light_of(&named).await, &light);
        let mut config = tokio_postgres::Config::new();
        config
            .host("127.0.0.1")
            .port(self.served.port)
            .dbname("acme");
        config.user("reporting").password(&self.password);
        config.options(format!("-c syllabase.as_of={then} -c timezone=UTC"));
        let optioned = crate::program::connect(&config).await.unwrap();
        assert_same(&self.light_of(&optioned).await, &light);
        for (product, _) in LARGE {
            self.desk
                .done(&format!("snapshot keep acme {product} 1 --reason audit"));
            let newest =
                format!("select max(number) from syllabase.snapshots where product = '{product}'");
            let newest = rows(&client, &newest).await.remove(0);
            let diff = self
                .desk
                .json(&format!("snapshot diff acme {product} 1 {newest}"));
            for table in diff["tables"].as_array().unwrap() {
                let name = format!("{product}.{}", table["table"].as_str().unwrap());
                let number = |key: &str| table[key].as_u64().unwrap();
                let (before, after) = (&first[&name], &now[&name]);
                assert_eq!(number("rows_before"), before.len() as u64, "{table}");
                assert_eq!(number("rows_after"), after.len() as u64, "{table}");
                let gone = platform::missing(before, after).len() as u64;
                let come = platform::missing(after, before).len() as u64;
                if number("inserted") + number("deleted") == 0 {
                    assert_eq!([number("updated"); 2], [gone, come], "{table}");
                }
                assert_eq!(number("updated") + number("deleted"), gone, "{table}");
                assert_eq!(number("updated") + number("inserted"), come, "{table}");
            }
            self.desk
                .done(&format!("snapshot rollback acme {product} 1"));
        }
        assert_same(&self.dump_of(&client).await, &first);
        let kinds = "select product, snapshot from syllabase.snapshots where kind = 'rolled_back' \
                     intersect select product, snapshot from syllabase.snapshots where number = 1 and pinned";
        assert_eq!(rows(&client, kinds).await.len(), LARGE.len());
        self.day_and_night("select").await;
        assert_same(&self.dump_of(&client).await, &now);
    }

    /// Part 7, erasure: one person of each product leaves every night and does not come back.
    async fn a_person_is_erased_and_stays_away(&mut self) {
        let data = self.desk.path("data");
        let before = traced(&data, &WORDS);
        for kept in ["/data/", "/quarantine/", "/corrections/"] {
            assert!(before.keys().any(|path| path.contains(kept)), "{before:?}");
        }
        for (product, key) in PERSON {
            let erase = format!(
                "tenant erase acme --product {product} --key users.id={key} --request DSR-9"
            );
            let dry = self.desk.done(&erase);
            assert!(dry.contains("nothing was removed"), "{dry}");
            self.desk.done(&format!("{erase} --yes"));
        }
        // Those who came in before held on to files; the server lets go of them soon after.
        for (product, key) in PERSON {
            let erase = format!(
                "tenant erase acme --product {product} --key users.id={key} --request DSR-9 --yes"
            );
            crate::cli::eventually(async || self.desk.json(&erase)["still_read"] == 0).await;
        }
        let of = |data| traced(data, &WORDS).into_keys().collect::<Vec<_>>();
        let left: Vec<_> = of(&data)
            .into_iter()
            .filter(|path| !path.contains("/beta/"))
            .collect();
        assert_eq!(left, Vec::<String>::new());
        self.desk.done("snapshot verify acme --all");
        self.gone().await;
        // Nights go on; keys are not compared, then they are.
        self.platform.day(days::AFTER_ERASURE).await;
        for night in ["sync run acme", "--config compare.toml sync run acme"] {
            let run = self.desk.json(night);
            for product in run["runs"].as_array().unwrap() {
                assert!(product["rows_erased"].as_u64() > Some(5), "{run}");
            }
            let left: Vec<_> = of(&data)
                .into_iter()
                .filter(|path| !path.contains("/beta/"))
                .collect();
            assert_eq!(left, Vec::<String>::new(), "{night}");
            self.gone().await;
        }
        let client = self.client("acme").await;
        self.accounted(&client).await;
        let read = "select distinct outcome from syllabase.changes c where product = 'learnink' \
                    and table_name in ('users', 'survey_answers') and number = \
                    (select max(number) from syllabase.changes where product = 'learnink')";
        let outcome = match self.platform.way {
            Way::Database => "merged",
            Way::Bucket => "unchanged",
        };
        assert_eq!(rows(&client, read).await, [outcome]);
        let told = "select product from syllabase.sync_runs where rows_erased > 5 \
                    group by product having count(*) >= 2 order by 1";
        assert_eq!(
            rows(&client, told).await,
            ["learnamp", "learning360", "learnink"]
        );
    }

    /// Of every table that refers to people what is served is what the platform has, without the
    /// person; in every night that can be read there is nothing of theirs.
    async fn gone(&self) {
        let client = self.client("acme").await;
        for product in &self.platform.products {
            let (_, key) = PERSON
                .iter()
                .find(|(name, _)| *name == product.name.as_str())
                .unwrap();
            for table in &product.tables {
                let owner = table.columns.iter().find(|column| {
                    let plain = column.reference.as_ref().and_then(|one| one.plain());
                    plain.is_some_and(|to| to.to_string() == "users.id")
                        && column.reference.as_ref().unwrap().on_erase
                            == syllabase::schema::OnErase::Row
                });
                let column = match owner {
                    _ if table.name.as_str() == "users" => "id",
                    Some(column) => column.name.as_str(),
                    None => continue,
                };
                let statement = format!(
                    "select count(*) from {}.\"{}\" where \"{column}\"::text is distinct from '{key}'",
                    product.name, table.name
                );
                let theirs = self.platform.told(&statement).await;
                assert_eq!(rows(&client, &statement).await, [theirs], "{statement}");
                let mine = statement.replace("is distinct from", "=");
                assert_eq!(rows(&client, &mine).await, ["0"], "{mine}");
            }
        }
        let times = "select to_char(published_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') \
                     from syllabase.snapshots where kept and product = 'learning360'";
        for then in rows(&client, times).await {
            client
                .batch_execute(&format!("set syllabase.as_of = '{then}'"))
                .await
                .unwrap();
            for (product, table) in LARGE {
                let (_, key) = PERSON.iter().find(|(name, _)| *name == product).unwrap();
                let column = if product == "learning360" {
                    "author_id"
                } else {
                    "user_id"
                };
                let theirs = format!(
                    "select count(*) from {product}.{table} where {column}::text = '{key}'"
                );
                assert_eq!(rows(&client, &theirs).await, ["0"], "{then}: {theirs}");
            }
        }
    }
}
