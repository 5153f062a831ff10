//! What nights tell in SQL, held against each other, against what is served and against the
//! platforms.

use tokio_postgres::Client;

use super::{LARGE, Story, TABLES};
use crate::program::rows;

/// Rows that would contradict each other; there are none.
const CONTRADICTIONS: &[(&str, &str)] = &[
    (
        "a snapshot that no run published",
        "select product, number from syllabase.snapshots s where kind = 'run' and not exists (
            select from syllabase.sync_runs r where r.product = s.product and r.number = s.number
            and r.snapshot = s.snapshot and r.outcome = 'published'
            and r.finished_at >= s.published_at - interval '1 minute' and r.started_at < s.published_at)",
    ),
    (
        "a run whose snapshot is not there",
        "select product, number from syllabase.sync_runs r where outcome = 'published' and not exists (
            select from syllabase.snapshots s where s.product = r.product and s.number = r.number)",
    ),
    (
        "a snapshot whose parent is not the one before it",
        "select product, number from (select *, lag(snapshot) over (partition by product order by number)
            as before from syllabase.snapshots) s where parent is distinct from before",
    ),
    (
        "rows of a snapshot that are not those of its tables",
        "select product, number, s.rows, sum(rows_served) from syllabase.snapshots s
            join syllabase.changes c using (product, number) group by 1, 2, 3 having s.rows <> sum(rows_served)",
    ),
    (
        "a run that counts otherwise than its tables",
        "select product, number from syllabase.sync_runs r join syllabase.changes c using (product, number)
            group by product, number, r.rows_read, r.rows_served, r.rows_quarantined, r.rows_erased
            having (r.rows_read, r.rows_served, r.rows_quarantined, r.rows_erased) is distinct from
                (sum(c.rows_read), sum(c.rows_served), sum(c.rows_quarantined), sum(c.rows_erased))",
    ),
    (
        "a table whose rows are not those before with what came and went",
        "select product, number, table_name from (select *, lag(rows_served)
                over (partition by product, table_name order by number) as before from syllabase.changes) c
            where before is not null and rows_served <> before + inserted - deleted",
    ),
    (
        "late rows that are not counted by day",
        "select product, number, table_name, c.late, sum(l.rows_added) from syllabase.changes c
            left join syllabase.late_arrivals l using (product, number, table_name)
            group by 1, 2, 3, 4 having coalesce(c.late, 0) <> coalesce(sum(l.rows_added), 0)",
    ),
    (
        "refused rows that were not kept",
        "select product, number, table_name from syllabase.changes c where rows_quarantined <> (
            select count(*) from syllabase.quarantine q where q.product = c.product
            and q.number = c.number and q.table_name = c.table_name)",
    ),
    (
        "corrected or flagged stamps that were not written down",
        "select product, number, table_name from syllabase.changes c where (corrected, flagged) <> (
            select count(q.corrected), count(*) - count(q.corrected) from syllabase.clock_corrections q
            where q.product = c.product and q.number = c.number and q.table_name = c.table_name)",
    ),
    (
        "a column that went without having come",
        "select product, table_name, column_name from syllabase.schema_changes
            group by 1, 2, 3 having count(*) filter (where change in ('extra', 'missing'))
                < count(*) filter (where change in ('extra gone', 'delivered again'))",
    ),
    (
        "freshness that is not the newest snapshot's",
        "select product, table_name from syllabase.freshness f join syllabase.changes c
            using (product, number, table_name) where f.rows <> c.rows_served or f.stale
            or f.number <> (select max(number) from syllabase.snapshots s where s.product = f.product)",
    ),
];

/// Checks of the shipped schemas, as SQL over what is served.
const COUNTED: &[(&str, &str, &str, &str)] = &[
    (
        "learnink",
        "learningpath_courses",
        "position_range",
        "position < 1",
    ),
    (
        "learnink",
        "user_course_performance",
        "completed_after_start",
        "completed_at < started_at",
    ),
    (
        "learnamp",
        "users",
        "sign_in_count_range",
        "sign_in_count < 0",
    ),
    (
        "learnamp",
        "tasks",
        "completed_has_time",
        "completed and completed_at is null",
    ),
    (
        "learning360",
        "courses_trackings",
        "progress_range",
        "progress not between 0 and 100",
    ),
    (
        "learning360",
        "assessments_trackings",
        "score_range",
        "score not between 0 and 100",
    ),
];

impl Story {
    /// Part 5, the night in SQL: nine tables that agree with each other and with the sources.
    pub(super) async fn status_adds_up(&self) {
        let client = self.client("acme").await;
        let tables =
            "select count(*) from information_schema.tables where table_schema = 'syllabase'";
        assert_eq!(rows(&client, tables).await, ["9"]);
        for (what, statement) in CONTRADICTIONS {
            assert_eq!(
                rows(&client, statement).await,
                Vec::<String>::new(),
                "{what}"
            );
        }
        let truth = self.platform.dump().await;
        let fresh = "select product || '.' || table_name, rows from syllabase.freshness order by 1";
        let fresh = rows(&client, fresh).await;
        assert_eq!(fresh.len(), TABLES);
        let counted = truth
            .iter()
            .map(|(table, rows)| format!("{table}|{}", rows.len()));
        let mut counted: Vec<_> = counted.collect();
        counted.sort_unstable();
        let mut told = fresh;
        told.sort_unstable();
        assert_eq!(told, counted);
        for (product, table, check, failing) in COUNTED {
            let told = format!(
                "select failed_rows from syllabase.quality where product = '{product}' \
                 and table_name = '{table}' and check_name = '{check}' and number = \
                 (select max(number) from syllabase.snapshots where product = '{product}')"
            );
            let counted = format!("select count(*) from {product}.{table} where {failing}");
            let count = self.platform.told(&counted).await;
            let quality = rows(&client, &told).await;
            assert!(
                quality == [count.clone()] || (quality.is_empty() && count == "0"),
                "{check}: {quality:?}, {count}"
            );
        }
        let outcomes =
            "select outcome, count(*) > 2 from syllabase.sync_runs group by 1 order by 1";
        let outcomes = rows(&client, outcomes).await;
        assert_eq!(outcomes, ["failed|t", "held|t", "published|t"]);
        self.changes_are_explained().await;
    }

    /// For every table and every day whose number of rows differs between the first night and now,
    /// and for some others, the causes add up to the difference.
    pub(super) async fn changes_are_explained(&self) {
        let client = self.client("acme").await;
        let earlier = self.client(&format!("acme@{}", self.first.1)).await;
        let (mut differing, now) = (0, self.now(&client).await);
        for product in &self.platform.products {
            for table in &product.tables {
                let Some(activity) = &table.activity else {
                    continue;
                };
                let name = format!("{}.\"{}\"", product.name, table.name);
                let kind = table.column(activity).unwrap().kind.oid;
                let day = if kind == syllabase::pg::types::TIMESTAMPTZ {
                    format!("(\"{activity}\" at time zone 'UTC')::date")
                } else {
                    format!("\"{activity}\"::date")
                };
                let days = format!(
                    "select {day}, count(*) from {name} where \"{activity}\" is not null group by 1"
                );
                let [before, after] = [by_day(&earlier, &days).await, by_day(&client, &days).await];
                let all = before.keys().chain(after.keys());
                let differs = |day: &&String| before.get(*day) != after.get(*day);
                let mut asked: Vec<&String> = all.clone().filter(differs).collect();
                differing += asked.len();
                asked.extend(all.clone().filter(|day| !differs(day)).take(3));
                asked.sort_unstable();
                asked.dedup();
                if asked.is_empty() {
                    continue;
                }
                let list: Vec<_> = asked.iter().map(|day| format!("'{day}'")).collect();
                let statement = format!(
                    "select d.day, coalesce(sum(e.rows_added - e.rows_removed), 0) \
                     from unnest(array[{}]::date[]) d(day) left join lateral \
                     syllabase.explain_change('{}.{}', d.day, '{}', '{now}') e on true group by 1",
                    list.join(", "),
                    product.name,
                    table.name,
                    self.first.1
                );
                let told = by_day(&client, &statement).await;
                for day in asked {
                    let of = |one: &std::collections::BTreeMap<String, i64>| {
                        one.get(day).copied().unwrap_or(0)
                    };
                    assert_eq!(told[day], of(&after) - of(&before), "{name} on {day}");
                }
            }
        }
        assert!(differing >= LARGE.len() * 3, "{differing} days");
    }
}

async fn by_day(client: &Client, statement: &str) -> std::collections::BTreeMap<String, i64> {
    let days = rows(client, statement).await.into_iter();
    let day = |row: String| {
        let (day, count) = row.split_once('|').unwrap();
        (day.to_owned(), count.parse().unwrap())
    };
    days.map(day).collect()
}
