//! What rows have to be: counted, refused, held, failed; and devices' clocks put right.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use arrow::array::AsArray;
use chrono::NaiveDate;

use super::{Bench, bench, table};
use crate::snapshot::{Aside, AsideRows, Cause, Published};
use crate::sync::{Arc, Error, Finished, Product};

const PRODUCT: &str = r#"
format = 1
[product]
name = "shop"
display_name = "Shop"
major_version = 1
description = "A product that exists only here"

[[table]]
name = "people"
description = "People"
grain = "one row per person"
key = ["id"]
column = [
    { name = "id", type = "bigint", nullable = false, description = "Key" },
    { name = "name", type = "text", description = "Name" },
    { name = "added_at", type = "timestamptz", description = "Since when" },
]

[[table]]
name = "work"
description = "Work"
grain = "one row per piece of work"
key = ["id"]
activity = "done_at"
shrink_percent = 100
column = [
    { name = "id", type = "integer", nullable = false, description = "Key" },
    { name = "person_id", type = "integer", description = "Who", reference = { to = ["people.id"] } },
    { name = "person_name", type = "text", description = "Whose name" },
    { name = "state", type = "text", description = "State", values = ["open", "done"], values_closed = true, values_action = "quarantine" },
    { name = "score", type = "integer", description = "Score" },
    { name = "began_at", type = "timestamptz", description = "Begun", clock = "device" },
    { name = "done_at", type = "timestamptz", description = "Done", clock = "device" },
    { name = "latest", type = "boolean", description = "Whether it is the latest" },
    { name = "updated_at", type = "timestamptz", description = "Changed", change_stamp = true },
]
check = [
    { name = "done_has_time", description = "What is done has a time", when = "state = 'done'", rule = "done_at is not null", action = "quarantine" },
    { name = "score_range", description = "Scores are percentages", rule = "score between 0 and 100" },
    { name = "latest_once", description = "A person has one latest", when = "latest", unique = ["person_id"], action = "hold" },
    { name = "name_agrees", description = "The name is that of the person", rule = "lower(person_name) = lower(people.name)", via = "person_id" },
    { name = "added_before", description = "The person was there", rule = "began_at >= people.added_at", via = "person_id" },
    { name = "in_order", description = "Work is done after it is begun", rule = "done_at >= began_at", action = "flag" },
]

[[table]]
name = "badges"
description = "Badges"
grain = "one row per badge"
key = ["id"]
column = [
    { name = "id", type = "text", nullable = false, description = "Key" },
    { name = "number", type = "bigint", description = "Number" },
]
check = [
    { name = "of_work", description = "A badge is of work", within = "work.id", value = "number", action = "fail" },
    { name = "named", description = "Keys say the number", rule = "id = 'badge-' || number" },
]
"#;

const PEOPLE: &str = "id,name,added_at\n1,Ann,2026-01-01Z\n2,Bo,2026-09-05Z\n";
const HEADER: &str = "id,person_id,person_name,state,score,began_at,done_at,latest,updated_at\n";

fn place() -> Bench {
    let mut bench = bench();
    bench.job.product = Arc::new(Product::parse(PRODUCT, "shop.toml").unwrap());
    bench.put("people.csv", PEOPLE);
    bench.put("badges.csv", "id,number\nbadge-1,1\n");
    bench
}

impl Bench {
    fn put_work(&self, rows: &[&str]) {
        self.put("work.csv", format!("{HEADER}{}\n", rows.join("\n")));
    }

    fn corrections(&self, published: &Published) -> Vec<String> {
        let (tenant, product) = (&self.job.tenant, &self.job.product.name);
        let files = self
            .store
            .aside(Aside::Corrections, tenant, product, &published.id);
        let mut lines = Vec::new();
        for (_, path) in files.unwrap() {
            for batch in AsideRows::open(&path).unwrap().unwrap() {
                let batch = batch.unwrap();
                for row in 0..batch.num_rows() {
                    let texts = batch.columns().iter().map(|column| {
                        let column = column.as_string::<i32>();
                        column.iter().nth(row).unwrap().unwrap_or("-").to_owned()
                    });
                    lines.push(texts.collect::<Vec<_>>().join(" | "));
                }
            }
        }
        lines
    }
}

fn checks(finished: &Finished, name: &str) -> BTreeMap<String, u64> {
    let checks = table(finished, name).checks.iter();
    checks
        .map(|check| (check.check.clone(), check.rows))
        .filter(|(_, rows)| *rows > 0)
        .collect()
}

fn expected<const N: usize>(all: [(&str, u64); N]) -> BTreeMap<String, u64> {
    all.into_iter()
        .map(|(name, rows)| (name.to_owned(), rows))
        .collect()
}

const GOOD: &str = "1,1,ann,done,90,2026-09-01Z,2026-09-02Z,t,2026-09-03Z";

#[tokio::test]
async fn rows_that_fail_checks_are_counted_or_refused() {
    let bench = place();
    bench.put_work(&[
        GOOD,
        "2,1,Anne,open,101,2026-09-01Z,,f,2026-09-03Z",
        "3,2,Bo,done,5,2026-09-06Z,,f,2026-09-07Z",
        "4,2,Bo,lost,5,2026-09-06Z,,f,2026-09-07Z",
        "5,2,,open,,2026-09-01Z,,t,2026-09-07Z",
        "6,7,Cy,,-1,,,,2026-09-07Z",
        "7,,,,,,,t,2026-09-07Z",
    ]);
    bench.put("badges.csv", "id,number\nbadge-1,1\nbadge-3,2\n,\nx,\n");
    let finished = bench.good().await;
    let work = table(&finished, "work");
    assert_eq!((work.read, work.served, work.quarantined), (7, 5, 2));
    let reasons = [
        ("not so: What is done has a time", 1),
        ("not so: state is one of the values there are", 1),
    ];
    assert_eq!(work.reasons, expected(reasons));
    assert_eq!(
        checks(&finished, "work"),
        expected([
            ("done_has_time", 1),
            ("state_values", 1),
            ("score_range", 2),
            ("name_agrees", 1),
            ("added_before", 1),
            ("person_id_reference", 1),
        ])
    );
    // An order of checks for people: every one is told, with what it does.
    let said = work
        .checks
        .iter()
        .find(|check| check.check == "latest_once")
        .unwrap();
    assert_eq!((said.action.as_str(), said.rows), ("hold", 0));
    assert_eq!(checks(&finished, "badges"), expected([("named", 1)]));
    // Nothing changed: the same is true without looking again.
    let again = bench.good().await;
    assert_eq!(checks(&again, "work"), checks(&finished, "work"));
}

#[tokio::test]
async fn checks_hold_until_a_person_decides_and_fail_at_once() {
    let bench = place();
    bench.put_work(&[GOOD]);
    let first = bench.good().await.published.unwrap();
    let second = "2,1,Ann,open,,2026-09-01Z,,t,2026-09-03Z";
    bench.put_work(&[GOOD, second]);
    let held = bench.good().await;
    let reason = "table work: 1 rows fail latest_once (A person has one latest)";
    assert_eq!(held.held.as_deref(), Some(reason));
    let (tenant, product) = (&bench.job.tenant, &bench.job.product.name);
    let current = bench.store.current(tenant, product).unwrap().unwrap();
    assert_eq!(current.id, first.id, "yesterday serves on");
    let lock = bench.store.lock(tenant, product).unwrap();
    bench.store.publish_held(&lock).unwrap().unwrap();
    drop(lock);
    // What was let pass is not asked again, but more of it is.
    let third = "3,2,Bo,open,,2026-09-06Z,,t,2026-09-07Z";
    bench.put_work(&[GOOD, second, third]);
    assert_eq!(bench.good().await.held, None);
    bench.put_work(&[
        GOOD,
        second,
        third,
        "4,2,Bo,open,,2026-09-06Z,,t,2026-09-08Z",
    ]);
    assert!(
        bench
            .good()
            .await
            .held
            .unwrap()
            .contains("2 rows fail latest_once")
    );

    bench.put("badges.csv", "id,number\nbadge-1,1\nbadge-9,9\n");
    let failed = bench.run().await.unwrap_err();
    assert!(matches!(failed, Error::Check { rows: 1, .. }), "{failed}");
    assert_eq!(
        failed.to_string(),
        "table badges: 1 rows fail of_work (A badge is of work)"
    );
}

#[tokio::test]
async fn keys_that_go_null_hold_the_snapshot() {
    let bench = place();
    let rows = |id: &dyn Fn(u32) -> String, person: &str| {
        let mut text = String::from("id,person_id\n");
        for row in 0..200 {
            writeln!(text, "{},{person}", id(row)).unwrap();
        }
        text
    };
    bench.put("badges.csv", "id,number\n");
    bench.put("work.csv", rows(&|row| row.to_string(), "1"));
    assert_eq!(bench.good().await.held, None);
    bench.put("work.csv", rows(&|row| row.to_string(), ""));
    let held = bench.good().await.held.unwrap();
    assert_eq!(held, "table work: 200 rows fail person_id_present");
    bench.put(
        "work.csv",
        rows(
            &|row| {
                if row < 9 {
                    row.to_string()
                } else {
                    String::new()
                }
            },
            "1",
        ),
    );
    let finished = bench.good().await;
    let work = table(&finished, "work");
    assert_eq!((work.read, work.served, work.quarantined), (200, 9, 191));
    assert_eq!(
        finished.held.unwrap(),
        "table work: 191 rows fail key_present"
    );
    let (tenant, product) = (&bench.job.tenant, &bench.job.product.name);
    let current = bench.store.current(tenant, product).unwrap().unwrap();
    assert_eq!(current.table("work").unwrap().rows, 200);
}

#[tokio::test]
async fn impossible_stamps_are_corrected_and_doubtful_ones_flagged() {
    let mut bench = place();
    bench.job.clocks.first_day = NaiveDate::from_ymd_opt(2026, 1, 1);
    // Within the tolerance of ten minutes, after it, before the first day, done before begun.
    let rows = [
        "1,1,Ann,done,1,2026-09-01Z,2026-09-02 12:10Z,f,2026-09-02 12:00Z",
        "2,1,Ann,done,1,2026-09-01Z,2031-01-01Z,f,2026-09-02 12:00Z",
        "3,1,Ann,open,1,1970-01-01Z,,f,2026-09-02 12:00Z",
        "4,1,Ann,done,1,2026-09-02Z,2026-09-01Z,f,2026-09-02 12:00Z",
    ];
    bench.put_work(&rows);
    let finished = bench.good().await;
    let work = table(&finished, "work");
    assert_eq!((work.served, work.corrected, work.flagged), (4, 1, 2));
    let published = finished.published.unwrap();
    let corrected = r#"{"id":2} | done_at | 2031-01-01 00:00:00+00 | 2026-09-02 12:00:00+00 | set to the server's stamp of the row"#;
    assert_eq!(
        bench.corrections(&published),
        [
            corrected,
            r#"{"id":3} | began_at | 1970-01-01 00:00:00+00 | - | flagged: before the tenant's first day"#,
            r#"{"id":4} | done_at | 2026-09-01 00:00:00+00 | - | flagged: not so: Work is done after it is begun"#,
        ]
    );
    // What is as it was is not told again; what is new is, and counts as corrected in its day.
    let new = "5,1,Ann,done,1,2026-09-01Z,infinity,f,2026-09-10Z";
    bench.put_work(&[&rows[..], &[new]].concat());
    let finished = bench.good().await;
    let work = table(&finished, "work");
    assert_eq!((work.corrected, work.flagged), (1, 0));
    let published = finished.published.unwrap();
    let told = bench.corrections(&published);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with(r#"{"id":5} | done_at | infinity | 2026-09-10 00:00:00+00"#));
    let (tenant, product) = (&bench.job.tenant, &bench.job.product.name);
    let log = bench
        .store
        .change_log(tenant, product, &published.id)
        .unwrap()
        .unwrap();
    let days = log.tables["work"].days();
    assert_eq!(days.len(), 1);
    assert_eq!(days[0].day, NaiveDate::from_ymd_opt(2026, 9, 10));
    assert_eq!(days[0].causes[&Cause::ClockCorrected].added, 1);

    bench.job.clocks.correct = false;
    let new = "6,1,Ann,done,1,2026-09-01Z,2031-01-01Z,f,2026-09-10Z";
    // A badge is of the first one.
    bench.put_work(&[rows[0], new]);
    let finished = bench.good().await;
    let work = table(&finished, "work");
    assert_eq!((work.corrected, work.flagged), (0, 1));
    let told = bench.corrections(&finished.published.unwrap());
    assert!(
        told[0].ends_with("| - | flagged: later than the server's stamp of the row"),
        "{told:?}"
    );
}

/// What comes in each column, good and bad.
const VALUES: [&[&str]; 9] = [
    &[
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "",
        "x",
        "99999999999",
    ],
    &["1", "2", "3", "", "y"],
    &["Ann", "Bo", "", "\"a,b\"", "\"two\nlines\""],
    &["open", "done", "lost", ""],
    &["0", "100", "101", "-1", "", "1.5"],
    &[
        "2026-09-01Z",
        "",
        "2031-01-01Z",
        "1970-01-01Z",
        "never",
        "infinity",
    ],
    &[
        "2026-09-01Z",
        "",
        "2031-01-01Z",
        "1970-01-01Z",
        "-infinity",
        "2026-13-01",
    ],
    &["t", "f", "", "maybe"],
    &["2026-09-03Z", "", "2040-01-01Z"],
];

/// Whatever comes, rows read are served or refused, and the same the second time.
#[tokio::test]
async fn random_bad_rows_always_add_up() {
    let mut seed = 7_u64;
    let mut next = move |among: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % among
    };
    let mut bench = place();
    bench.job.limits.refused_rows_free = usize::MAX;
    bench.put("badges.csv", "id,number\n");
    for round in 0..10 {
        let rows = next(120) + 1;
        let mut text = HEADER.to_owned();
        for _ in 0..rows {
            let mut row: Vec<&str> = VALUES.iter().map(|one| one[next(one.len())]).collect();
            match next(12) {
                0 => row.truncate(3),
                1 => row.push("more"),
                _ => {}
            }
            text += &row.join(",");
            text.push('\n');
        }
        bench.put("work.csv", &text);
        let finished = bench.good().await;
        let work = table(&finished, "work").clone();
        assert_eq!(work.read, rows as u64, "round {round}\n{text}");
        assert_eq!(
            work.read,
            work.served + work.quarantined,
            "round {round}\n{text}"
        );
        let reasons: u64 = work.reasons.values().sum();
        assert_eq!(reasons, work.quarantined, "round {round}");
        let refused: u64 = work
            .checks
            .iter()
            .filter(|check| check.action == "quarantine")
            .map(|check| check.rows)
            .sum();
        assert!(refused <= work.quarantined);
        if finished.held.is_none() {
            let again = bench.good().await;
            assert_eq!(table(&again, "work").served, work.served);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_of_many_rows_count_each_row_once() {
    let bench = place();
    let (mut work, mut wanted) = (String::from(HEADER), BTreeMap::new());
    let mut fails = |check: &'static str, yes: bool| {
        *wanted.entry(check.to_owned()).or_insert(0_u64) += u64::from(yes);
    };
    let mut latest = [false; 4];
    for id in 0..120_000_usize {
        let (person, score) = (id % 4, id * 31 % 104);
        let name = ["-", "ANN", "bo", "Cy"][person];
        let is_latest = id % 1000 == 7;
        fails("person_id_reference", !matches!(person, 1 | 2));
        fails("score_range", score > 100);
        fails("latest_once", is_latest && latest[person]);
        latest[person] |= is_latest;
        let (began, before) = (["2026-02-01Z", "2025-02-01Z"][id % 5 / 4], id % 5 == 4);
        fails("added_before", (person == 1 && before) || person == 2);
        fails("name_agrees", id % 7 == 0 && matches!(person, 1 | 2));
        let name = if id % 7 == 0 { "other" } else { name };
        writeln!(
            work,
            "{id},{person},{name},open,{score},{began},,{is_latest},2026-09-09Z"
        )
        .unwrap();
    }
    bench.put("work.csv", work);
    let held = bench.good().await;
    let report = held.report.tables.iter().find(|one| one.table == "work");
    let found = report.unwrap().checks.iter();
    let found: BTreeMap<_, _> = found
        .filter(|check| wanted.contains_key(&check.check))
        .map(|check| (check.check.clone(), check.rows))
        .collect();
    assert_eq!(found, wanted);
    assert_eq!(report.unwrap().served, 120_000);
}

const LISTS: &str = r#"
format = 1
[product]
name = "shop"
display_name = "Shop"
major_version = 1
description = "A product that exists only here"

[[table]]
name = "people"
description = "People"
grain = "one row per person"
key = ["id"]
column = [ { name = "id", type = "uuid", nullable = false, description = "Key" } ]

[[table]]
name = "skills"
description = "Skills"
grain = "one row per skill"
key = ["id"]
column = [ { name = "id", type = "bigint", nullable = false, description = "Key" } ]

[[table]]
name = "work"
description = "Work"
grain = "one row per piece of work"
key = ["id"]
column = [
    { name = "id", type = "integer", nullable = false, description = "Key" },
    { name = "kind", type = "text", description = "Kind" },
    { name = "people", type = "jsonb", description = "Who", reference = { to = ["people.id"], each = true } },
    { name = "skills", type = "integer[]", description = "What for", reference = { to = ["skills.id"], each = true, action = "hold" } },
    { name = "about", type = "text[]", description = "About", reference = { selector = "kind", cases = { skill = "names.name" }, each = true } },
]

[[table]]
name = "names"
description = "Names"
grain = "one row per name"
key = ["name"]
column = [ { name = "name", type = "text", nullable = false, description = "Name" } ]
"#;

fn person(at: u32) -> String {
    format!("6f9619ff-8b86-4d01-b42d-{at:012}")
}

/// Rows whose lists refer to what is there, and some that do not; looked at in one pass or in many.
#[tokio::test(flavor = "multi_thread")]
async fn elements_of_lists_are_looked_up() {
    for (keys, memory_bytes) in [(3_000, None), (150_000, Some(6 << 20))] {
        let mut bench = bench();
        bench.job.product = Arc::new(Product::parse(LISTS, "shop.toml").unwrap());
        let (mut people, mut skills, mut work) = (
            String::from("id\n"),
            String::from("id\n"),
            String::from("id,kind,people,skills,about\n"),
        );
        for at in 0..keys {
            writeln!(people, "{}", person(at)).unwrap();
            writeln!(skills, "{at}").unwrap();
        }
        for at in 0..3_000 {
            let (one, other) = (person(at).to_uppercase(), person(at * 7 % keys));
            writeln!(
                work,
                "{at},skill,\"[\"\"{one}\"\", null, \"\"{other}\"\"]\",\"{{{at},{}}}\",{{}}",
                at * 11 % keys
            )
            .unwrap();
        }
        // Two elements astray in one row are one row; what is NULL or empty refers to nothing.
        let stray = [person(500_000), person(500_001), person(1)];
        writeln!(
            work,
            "3000,skill,\"[\"\"{}\"\", \"\"{}\"\"]\",\"{{500000,600000,1}}\",{{gone}}",
            stray[0], stray[1]
        )
        .unwrap();
        writeln!(
            work,
            "3001,other,\"{{\"\"a\"\": 1}}\",\"{{1,NULL}}\",{{gone}}"
        )
        .unwrap();
        writeln!(
            work,
            "3002,skill,\"[\"\"{}\"\", \"\"not a key\"\"]\",,{{there}}",
            stray[2]
        )
        .unwrap();
        writeln!(work, "3003,,,,").unwrap();
        bench.put("people.csv", people);
        bench.put("skills.csv", skills);
        bench.put("names.csv", "name\nthere\n");
        bench.put("work.csv", &work);
        if let Some(memory_bytes) = memory_bytes {
            bench.job.limits.memory_bytes = memory_bytes;
            bench.job.limits.batch_rows = 1024;
        }
        let held = bench.good().await;
        assert!(held.held.unwrap().contains("skills_reference"));
        let found = held.report.tables.iter().find(|one| one.table == "work");
        let found: BTreeMap<_, _> = found
            .unwrap()
            .checks
            .iter()
            .map(|check| (check.check.clone(), check.rows))
            .collect();
        let wanted = [
            ("about_reference_names", 1),
            ("people_reference", 3),
            ("skills_reference", 1),
        ];
        assert_eq!(found, expected(wanted), "{memory_bytes:?}");
    }
}
