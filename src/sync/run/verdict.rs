//! Whether what a run made may be served: what the checks count, and what waits for a person.

use std::sync::Arc;

use super::Run;
use crate::schema::{Action, Check, Demand};
use crate::snapshot::{CheckReport, Published, Sealed, Staging};
use crate::sync::Error;
use crate::sync::check::{Across, Refused};
use crate::sync::sort::Sorter;

/// Tables with at most this many rows may shrink at will, but not to nothing.
const SMALL_TABLE: u64 = 100;
/// Reasons to hold a snapshot that are told; there may be more.
const MOST_DOUBTS: usize = 8;

impl Run {
    /// Counts what the checks of all tables find among the staged rows; a check that fails the run
    /// does.
    pub(super) fn check(&mut self, staging: &Staging) -> Result<(), Error> {
        let product = Arc::clone(&self.job.product);
        let scratch = staging.scratch()?;
        let sorter = Sorter::new(&self.job.limits, &scratch, &self.stop);
        let across = Across {
            store: &self.store,
            product: &product,
            staging,
            reports: &self.report.tables,
            limits: &self.job.limits,
            sorter: &sorter,
            handle: &self.handle,
            stop: &self.stop,
        };
        let mut all = Vec::new();
        for table in &product.tables {
            self.alive()?;
            all.push(across.table(table)?);
        }
        for (report, found) in self.report.tables.iter_mut().zip(all) {
            report.checks.extend(found);
        }
        for (table, report) in product.tables.iter().zip(&self.report.tables) {
            let failed = report
                .checks
                .iter()
                .find(|one| one.rows > 0 && is(one, Action::Fail));
            if let Some(failed) = failed {
                return Err(Error::Check {
                    table: report.table.clone(),
                    rows: failed.rows,
                    check: told(&failed.check, table.check(&failed.check)),
                });
            }
        }
        Ok(())
    }

    /// Why a person should look at the snapshot before it is served, if they should.
    pub(super) fn doubts(&self, sealed: &Sealed, parent: Option<&Published>) -> Option<String> {
        let shrunk = parent.filter(|_| !self.job.accept_shrinking);
        let mut doubts = shrunk.map_or_else(Vec::new, |parent| self.shrunk(sealed, parent));
        for table in &sealed.manifest().report.tables {
            let before = parent.map(|parent| &parent.manifest.report.tables);
            let before = before.and_then(|all| all.iter().find(|one| one.table == table.table));
            for check in table.checks.iter().filter(|check| is(check, Action::Hold)) {
                // What a person let pass once need not be looked at every night.
                let known = before
                    .and_then(|one| one.checks.iter().find(|before| before.check == check.check));
                if check.rows > known.map_or(0, |known| known.rows) {
                    let declared = self.job.product.table(&table.table);
                    let declared = declared.and_then(|table| table.check(&check.check));
                    let told = told(&check.check, declared);
                    doubts.push(format!(
                        "table {}: {} rows fail {told}",
                        table.table, check.rows
                    ));
                }
            }
        }
        let more = doubts.len().saturating_sub(MOST_DOUBTS);
        doubts.truncate(MOST_DOUBTS);
        if more > 0 {
            doubts.push(format!("and {more} more"));
        }
        (!doubts.is_empty()).then(|| doubts.join("; "))
    }

    /// The tables that lost more rows than a night explains.
    fn shrunk(&self, sealed: &Sealed, parent: &Published) -> Vec<String> {
        let tables = sealed.manifest().tables.iter();
        let shrunk = tables.filter_map(|(name, table)| {
            let declared = self
                .job
                .product
                .table(name)
                .and_then(|table| table.shrink_percent);
            let percent = declared.map_or(self.job.limits.shrink_percent as u64, u64::from);
            let before = parent.table(name)?.rows;
            let lost = before.saturating_sub(table.rows);
            if lost.saturating_mul(100) <= before.saturating_mul(percent) {
                return None;
            }
            // A source that delivers a table without rows has more often lost them than a customer
            // has deleted the last one.
            if table.rows == 0 {
                let may = self.may_be_empty(name);
                return (!may).then(|| format!("table {name} had {before} rows and has none now"));
            }
            (before > SMALL_TABLE)
                .then(|| format!("table {name} shrank from {before} to {} rows", table.rows))
        });
        shrunk.collect()
    }
}

impl Run {
    /// Whether the tenant's file says that a table may come without rows.
    fn may_be_empty(&self, table: &str) -> bool {
        let declared = self.job.product.table(table);
        let mut names = self.job.may_be_empty.iter();
        declared.is_some_and(|declared| names.any(|name| declared.answers_to(name)))
    }
}

fn is(check: &CheckReport, action: Action) -> bool {
    check.action == action.as_str()
}

/// A check as people know it: its name, and what it says of good rows.
fn told(name: &str, declared: Option<&Check>) -> String {
    match declared {
        Some(check) => format!("{name} ({})", check.description),
        None => name.to_owned(),
    }
}

/// What the checks that refuse rows refused, so many each.
pub(super) fn refusing(checks: &[Check], refused: &Refused) -> Vec<CheckReport> {
    let quarantining = checks.iter().filter(|check| {
        matches!(check.demand, Demand::Holds(_)) && check.action == Action::Quarantine
    });
    let report = |check: &Check| CheckReport {
        check: check.name.clone(),
        action: check.action.as_str().to_owned(),
        rows: refused.get(&check.name).copied().unwrap_or_default(),
    };
    quarantining.map(report).collect()
}
