//! An engine over a small product, for unit tests: SQL text in, rows as text out.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Int32Array, ListArray, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{Int32Type, SchemaRef};
use futures::StreamExt;

use crate::clock::Clock;
use crate::config::limits::Limits;
use crate::engine::session::{Answer, Engine, EngineParts, Session, Wishes};
use crate::ident::Oid;
use crate::pg::Fault;
use crate::pg::text::Writer;
use crate::schema::{Product, Products};
use crate::snapshot::{Reading, Report, RowSet, Staging, Store, TableReport};
use crate::tenant::Admission;

const PRODUCT: &str = r#"
format = 1
[product]
name = "shop"
display_name = "Shop"
major_version = 1
description = "A product that exists only here"

[[table]]
name = "orders"
description = "Orders"
grain = "one row per order"
key = ["id"]
[[table.column]]
name = "id"
type = "integer"
nullable = false
description = "Key"
[[table.column]]
name = "customer"
type = "varchar(10)"
description = "Who"
[[table.column]]
name = "price"
type = "numeric(10,2)"
description = "How much"
[[table.column]]
name = "at"
type = "timestamptz"
description = "When"
[[table.column]]
name = "marks"
type = "integer[]"
description = "Numbers"

[[table]]
name = "notes"
description = "Notes that no snapshot has"
grain = "one row per note"
key = ["id"]
[[table.column]]
name = "id"
type = "integer"
nullable = false
description = "Key"
"#;

/// An engine with its own folder.
pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) store: Store,
    product: Arc<Product>,
    _folder: tempfile::TempDir,
}

/// What one statement answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) tag: String,
    pub(crate) columns: Vec<String>,
    pub(crate) kinds: Vec<Oid>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    /// One snapshot with `orders` 1 to 5 of "acme".
    pub(crate) fn with(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::fixed(1_000_000_000_000_000);
        let store = Store::open(&folder.path().join("snapshots"), clock.clone()).unwrap();
        let product = Product::parse(PRODUCT, "test").unwrap();
        let products = Products::new([product.clone()]).unwrap();
        let spill = folder.path().join("spill");
        std::fs::create_dir(&spill).unwrap();
        let parts = EngineParts {
            store: store.clone(),
            products,
            limits,
            clock,
            spill,
        };
        let world = Self {
            engine: Engine::new(parts).unwrap(),
            store,
            product: Arc::new(product),
            _folder: folder,
        };
        world.publish(5);
        world
    }

    /// Publishes the snapshot without the orders at these positions of its only file, and with
    /// those of these keys.
    pub(crate) fn patch(&self, dead: &[u32], more: std::ops::RangeInclusive<i32>) {
        let tenant = "acme".parse().unwrap();
        let product = &self.product.name;
        let lock = self.store.lock(&tenant, product).unwrap();
        let mut staging = self.store.stage(lock, 10).unwrap();
        let parent = Arc::clone(staging.parent().unwrap());
        let earlier = parent.table("orders").unwrap();
        let mut rows = RowSet::none_of(earlier.files[0].rows);
        for row in dead {
            rows.insert(*row);
        }
        let schema = self.product.table("orders").unwrap().arrow_schema();
        let mut writer = staging.write("orders", &schema, &[]).unwrap();
        let from = usize::try_from(*more.start()).unwrap() - 1;
        let batch = orders_batch(&schema, *more.end());
        writer
            .append(&batch.slice(from, batch.num_rows() - from))
            .unwrap();
        staging
            .patch(
                "orders",
                earlier,
                &[rows],
                writer.finish().unwrap(),
                Reading::default(),
            )
            .unwrap();
        self.seal(staging, parent.number);
    }

    /// Publishes a snapshot with that many orders.
    pub(crate) fn publish(&self, orders: i32) {
        let tenant = "acme".parse().unwrap();
        let product = &self.product.name;
        let number = self
            .store
            .current(&tenant, product)
            .unwrap()
            .map_or(0, |now| now.number);
        let lock = self.store.lock(&tenant, product).unwrap();
        let mut staging = self.store.stage(lock, 10).unwrap();
        let schema = self.product.table("orders").unwrap().arrow_schema();
        let mut writer = staging.write("orders", &schema, &[]).unwrap();
        writer.append(&orders_batch(&schema, orders)).unwrap();
        staging
            .add("orders", writer.finish().unwrap(), Reading::default())
            .unwrap();
        self.seal(staging, number);
    }

    fn seal(&self, staging: Staging, number: u64) {
        self.seal_with(staging, number, Vec::new());
    }

    /// Publishes what is staged, with what its run has to say of the tables.
    pub(crate) fn seal_with(&self, staging: Staging, number: u64, tables: Vec<TableReport>) {
        let now = self.store.clock().now();
        let report = Report {
            started_at: now,
            finished_at: now,
            tables,
            changes: None,
        };
        let (sealed, _lock) = staging.seal(report).unwrap();
        self.store.publish(sealed, number).unwrap();
    }

    pub(crate) fn session(&self) -> Session {
        self.session_with(&[])
    }

    /// A session of the database `acme@…`.
    pub(crate) fn session_at(&self, as_of: &str) -> Result<Session, Fault> {
        let admission = Admission::for_tests("acme", "reporting", &["shop"]);
        Session::open(&self.engine, admission.at(as_of), Wishes::default())
    }

    /// Lets days pass.
    pub(crate) fn pass(&self, days: i64) {
        let clock = self.store.clock();
        clock.set(clock.micros() + days * 86_400_000_000);
    }

    pub(crate) fn session_with(&self, settings: &[(&str, &str)]) -> Session {
        let settings = settings.iter();
        let wishes = Wishes {
            settings: settings
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            process_id: 7,
            link: None,
        };
        let admission = Admission::for_tests("acme", "reporting", &["shop"]);
        Session::open(&self.engine, admission, wishes).unwrap()
    }
}

fn orders_batch(schema: &SchemaRef, rows: i32) -> RecordBatch {
    let ids = 1..=rows;
    let customers = ids
        .clone()
        .map(|id| (id != 3).then(|| format!("c{}", id % 2)));
    let prices = ids
        .clone()
        .map(|id| (id != 4).then(|| i128::from(id) * 150));
    let prices: Decimal128Array = prices.collect();
    let at = ids.clone().map(|id| i64::from(id) * 86_400_000_000);
    let marks = ids
        .clone()
        .map(|id| (id != 5).then(|| vec![Some(id), None]));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ids.clone().collect::<Int32Array>()),
        Arc::new(customers.collect::<StringArray>()),
        Arc::new(prices.with_precision_and_scale(10, 2).unwrap()),
        Arc::new(
            at.map(Some)
                .collect::<TimestampMicrosecondArray>()
                .with_timezone("UTC"),
        ),
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(marks)),
    ];
    RecordBatch::try_new(Arc::clone(schema), columns).unwrap()
}

/// Runs a text as a simple query does: statement after statement until one fails.
pub(crate) async fn run(session: &mut Session, sql: &str) -> Result<Vec<Reply>, Fault> {
    let outcome = run_all(session, sql).await;
    if outcome.is_err() {
        session.fail();
    }
    session.end();
    outcome
}

async fn run_all(session: &mut Session, sql: &str) -> Result<Vec<Reply>, Fault> {
    let mut replies = Vec::new();
    for statement in session.parse(sql).await? {
        let prepared = session.prepare(&statement, Some(&[])).await?;
        replies.push(match session.run(&prepared, Vec::new()).await? {
            Answer::Rows { rows, tag } => collect(session, rows, tag).await?,
            Answer::CopyOut { rows, .. } => collect(session, rows, "COPY").await?,
            Answer::Done(tag) => Reply {
                tag,
                columns: Vec::new(),
                kinds: Vec::new(),
                rows: Vec::new(),
            },
            Answer::Empty => continue,
        });
    }
    Ok(replies)
}

async fn collect(
    session: &Session,
    mut stream: crate::engine::RowStream,
    tag: &str,
) -> Result<Reply, Fault> {
    let rendering = session.rendering()?;
    let columns = Arc::clone(&stream.columns);
    let mut rows = Vec::new();
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        let name_of = &*rendering.name_of;
        let names = |kind: Oid, oid: u32| name_of(kind, oid);
        let writers: Vec<Writer<'_>> = batch
            .columns()
            .iter()
            .zip(columns.iter())
            .map(|(array, column)| {
                Writer::new(
                    array.as_ref(),
                    column.kind.oid,
                    &rendering.style,
                    Some(&names),
                )
            })
            .collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let text = |writer: &Writer<'_>| {
                if writer.null(row) {
                    return Ok(None);
                }
                let mut out = Vec::new();
                writer.write(row, &mut out)?;
                Ok(Some(String::from_utf8_lossy(&out).into_owned()))
            };
            rows.push(writers.iter().map(text).collect::<Result<_, Fault>>()?);
        }
    }
    let tag = match tag {
        "SHOW" | "EXPLAIN" => tag.to_owned(),
        counted => format!("{counted} {}", rows.len()),
    };
    Ok(Reply {
        tag,
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        kinds: columns.iter().map(|column| column.kind.oid).collect(),
        rows,
    })
}

/// The replies in one line each: tags, rows as `a|b` after a colon; or the error.
pub(crate) async fn told(session: &mut Session, sql: &str) -> String {
    match run(session, sql).await {
        Ok(replies) => {
            let mut lines = Vec::new();
            for reply in replies {
                let rows = reply.rows.iter().map(|row| {
                    let cells = row.iter().map(|cell| cell.as_deref().unwrap_or("∅"));
                    cells.collect::<Vec<_>>().join("|")
                });
                let rows: Vec<String> = rows.collect();
                let rows = if rows.is_empty() {
                    String::new()
                } else {
                    format!(": {}", rows.join(" "))
                };
                lines.push(format!("{}{rows}", reply.tag));
            }
            lines.join("; ")
        }
        Err(fault) => format!("{} {}", fault.state, fault.message),
    }
}
