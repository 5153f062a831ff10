//! The triggers by which PostgreSQL enforces a foreign key: rows of `pg_trigger`, and their text.
//!
//! Nothing fires here, as nothing is written; who looks for keys by way of triggers finds them.

use arrow::record_batch::RecordBatch;

use super::data::DataError;
use super::declared::{DeclaredTable, oid_of, rows_of};
use super::system::system;
use crate::ident::Oid;

/// Bits of `pg_trigger.tgtype`.
const FOR_EACH_ROW: i16 = 1;
const INSERT: i16 = 4;
const DELETE: i16 = 8;
const UPDATE: i16 = 16;

/// What is called when: on the table that is referred to (`a`), and on the one that refers (`c`).
const KINDS: [(&str, char, i16); 4] = [
    ("RI_FKey_noaction_del", 'a', DELETE),
    ("RI_FKey_noaction_upd", 'a', UPDATE),
    ("RI_FKey_check_ins", 'c', INSERT),
    ("RI_FKey_check_upd", 'c', UPDATE),
];

/// A trigger of a foreign key.
#[derive(Debug)]
pub(crate) struct Trigger {
    pub(crate) oid: Oid,
    /// The table it watches, and the one at the key's other end.
    pub(crate) table: Oid,
    pub(crate) other: Oid,
    /// The function it calls.
    pub(crate) function: &'static str,
    side: char,
    event: i16,
}

impl Trigger {
    /// The triggers of the foreign key of this qualified name from one table to another.
    pub(super) fn of_key(key: &str, from: Oid, to: Oid) -> Vec<Self> {
        let triggers = KINDS.iter().map(|(function, side, event)| Self {
            oid: oid_of("trigger", &format!("{key}.{function}")),
            table: if *side == 'a' { to } else { from },
            other: if *side == 'a' { from } else { to },
            function,
            side: *side,
            event: *event,
        });
        triggers.collect()
    }

    /// Its name, which has its number in it.
    pub(crate) fn name(&self) -> String {
        format!("RI_ConstraintTrigger_{}_{}", self.side, self.oid)
    }

    /// The kind of statement after which it is called.
    pub(crate) fn event(&self) -> &'static str {
        match self.event {
            INSERT => "INSERT",
            DELETE => "DELETE",
            _ => "UPDATE",
        }
    }
}

/// Rows of `pg_trigger`.
pub(super) fn rows(tables: &[DeclaredTable]) -> Result<RecordBatch, DataError> {
    let mut rows = rows_of(
        "pg_trigger",
        &[
            ("tgparentid", "0"),
            ("tgenabled", "O"),
            ("tgisinternal", "t"),
            ("tgdeferrable", "f"),
            ("tginitdeferred", "f"),
            ("tgnargs", "0"),
            ("tgattr", ""),
            ("tgargs", ""),
        ],
    )?;
    for key in tables.iter().flat_map(|table| &table.constraints) {
        for trigger in &key.triggers {
            let function = system().procs_by_name(trigger.function).first();
            let function = function.map_or(Oid::INVALID, |proc| proc.oid);
            rows.push([
                ("oid", trigger.oid.to_string()),
                ("tgrelid", trigger.table.to_string()),
                ("tgname", trigger.name()),
                ("tgfoid", function.to_string()),
                ("tgtype", (FOR_EACH_ROW | trigger.event).to_string()),
                ("tgconstrrelid", trigger.other.to_string()),
                ("tgconstrindid", key.index.to_string()),
                ("tgconstraint", key.oid.to_string()),
            ])?;
        }
    }
    rows.finish()
}
