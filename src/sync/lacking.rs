//! What a product's readers lack because the source ceased to deliver it: a night may be good and
//! serve less than the one before.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::ident::{ProductName, TenantId};
use crate::snapshot::{self, Outcome, Published, Store, TableReport};

/// Publications that are looked through for the last one with a column.
const LOOKED_BACK: usize = 35;

/// A table of which less is delivered than once was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// The table.
    pub table: String,
    /// What of it.
    pub what: Lack,
}

/// What of a table is not delivered any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// All of it: the rows that were read then are served on.
    Table(DateTime<Utc>),
    /// Declared columns, which are NULL now.
    Columns(Vec<String>),
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.table;
        match &self.what {
            Lack::Table(read_at) => {
                let read_at = read_at.to_rfc3339_opts(SecondsFormat::Secs, true);
                write!(
                    f,
                    "{table}: the source does not deliver it any more; the rows of {read_at} are \
                     served on"
                )
            }
            Lack::Columns(columns) => write!(
                f,
                "{table}: the source delivers it without {}, which it had; NULL is served",
                columns.join(", ")
            ),
        }
    }
}

/// What is lacking where the tables of a product came as these reports say: tables that were served
/// before, and columns that one of the last publications had.
pub fn lacking(
    store: &Store,
    tenant: &TenantId,
    product: &ProductName,
    reports: &[TableReport],
) -> Result<Vec<Lacking>, snapshot::Error> {
    let Some(current) = store.current(tenant, product)? else {
        return Ok(Vec::new());
    };
    let mut missing: BTreeMap<&str, Missing<'_>> = BTreeMap::new();
    let mut found = Vec::new();
    for report in reports {
        let (name, served) = (report.table.as_str(), current.table(&report.table));
        match (report.outcome, served) {
            (Outcome::Stale, Some(served)) if served.delivered() => found.push(Lacking {
                table: name.to_owned(),
                what: Lack::Table(served.read_at),
            }),
            (Outcome::Loaded | Outcome::Merged | Outcome::Unchanged, Some(served))
                if !report.missing_columns.is_empty() =>
            {
                missing.insert(name, Missing::new(report, &served.schema));
            }
            _ => {}
        }
    }
    let numbers = store.numbers(tenant, product)?.into_iter().rev();
    for number in numbers.take(LOOKED_BACK) {
        if missing.values().all(|one| one.open.is_empty()) {
            break;
        }
        // One that expired or is damaged tells nothing; the others do.
        if let Ok(Some(earlier)) = store.published(tenant, product, number) {
            for (table, one) in &mut missing {
                one.look(table, &earlier);
            }
        }
    }
    for (table, one) in missing {
        let mut columns = one.had;
        columns.sort_by_key(|column| one.order.iter().position(|name| name == column));
        if !columns.is_empty() {
            found.push(Lacking {
                table: table.to_owned(),
                what: Lack::Columns(columns),
            });
        }
    }
    Ok(found)
}

/// The missing columns of one table.
struct Missing<'a> {
    order: &'a [String],
    /// The columns of the files: before they were others, a column may not have been declared.
    schema: &'a str,
    /// Those of which it is not known whether they ever came.
    open: Vec<String>,
    /// Those that came once.
    had: Vec<String>,
    /// Whether a night that read all rows has shown that they are missing. Where changes alone are
    /// read, a column may merely be empty in the few rows that changed.
    certain: bool,
}

impl<'a> Missing<'a> {
    fn new(report: &'a TableReport, schema: &'a str) -> Self {
        Self {
            order: &report.missing_columns,
            schema,
            open: report.missing_columns.clone(),
            had: Vec::new(),
            certain: report.outcome != Outcome::Merged,
        }
    }

    /// Learns from an earlier publication, of which there is none between this and the last.
    fn look(&mut self, table: &str, earlier: &Published) {
        if earlier.table(table).map(|entry| entry.schema.as_str()) != Some(self.schema) {
            self.open.clear();
            return;
        }
        let mut reports = earlier.manifest.report.tables.iter();
        let Some(report) = reports.find(|one| one.table == table && one.read > 0) else {
            return;
        };
        let (had, open): (Vec<_>, Vec<_>) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|column| !report.missing_columns.contains(column));
        self.open = open;
        if self.certain {
            self.had.extend(had);
        }
        self.certain |= matches!(report.outcome, Outcome::Loaded | Outcome::Unchanged);
    }
}
