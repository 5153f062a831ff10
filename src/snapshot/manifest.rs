//! The manifest: what one snapshot holds and how it came to be.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::str::FromStr;

use arrow::datatypes::Schema;
use chrono::{DateTime, SecondsFormat, Utc};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::ident::{ProductName, SnapshotId, TenantId};

/// The on-disk format this version writes.
///
/// Format 2 added dead rows, watermarks, change logs and what checks found; 1 has none of them.
pub const FORMAT: u64 = 2;

/// The oldest format this version reads.
pub(super) const OLDEST_FORMAT: u64 = 1;

/// Everything about one snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The on-disk format.
    pub format: u64,
    /// Whose rows these are.
    #[serde(with = "text")]
    pub tenant: TenantId,
    /// Of which product.
    #[serde(with = "text")]
    pub product: ProductName,
    /// The snapshot.
    #[serde(with = "text")]
    pub id: SnapshotId,
    /// The one that was current when this one was made.
    #[serde(with = "optional_text")]
    pub parent: Option<SnapshotId>,
    /// The tables by name.
    pub tables: BTreeMap<String, TableEntry>,
    /// The run that made it.
    pub report: Report,
}

/// Bytes that were published: where they are, how many, and their digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// Where they are, from the product's folder.
    pub path: String,
    /// How many.
    pub bytes: u64,
    /// Their digest, in hex.
    pub sha256: String,
}

/// One table of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableEntry {
    /// Its files, in order.
    pub files: Vec<FileEntry>,
    /// Rows that are served: those of all files, without the dead ones.
    pub rows: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Fingerprint of the names and types of the declared columns in the files.
    pub schema: String,
    /// The state of the source the rows were read from: equal marks mean equal content, but for the
    /// empty one of a source that cannot tell, which equals nothing.
    pub mark: String,
    /// When the rows were read.
    #[serde(with = "time")]
    pub read_at: DateTime<Utc>,
    /// Whether the source, which delivered it once, did not this time, and older rows are served.
    pub stale: bool,
    /// The latest change stamp among the rows read, in microseconds since 1970 UTC: where the next
    /// night goes on. None when the table has no such column or no row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<i64>,
    /// When all its keys were last compared with the source's. None in snapshots of format 1.
    #[serde(
        default,
        with = "optional_time",
        skip_serializing_if = "Option::is_none"
    )]
    pub complete_at: Option<DateTime<Utc>>,
    /// Columns that the product did not declare, served as text after the declared ones in this
    /// order. A file that is older than one of them does not have it: its rows have NULL there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<String>,
}

/// The mark of a table that its source never delivered.
const ABSENT: &str = "absent";

impl TableEntry {
    /// The mark to give a table that its source never delivered.
    pub fn absent() -> String {
        ABSENT.to_owned()
    }

    /// Whether its source delivered the table in any night.
    pub fn delivered(&self) -> bool {
        self.mark != ABSENT
    }
}

/// One Parquet file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Where it is, from the product's folder.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its digest, in hex.
    pub sha256: String,
    /// Its rows, dead ones included.
    pub rows: u64,
    /// Rows of it that later nights replaced or deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead: Option<DeadRows>,
}

/// Which rows of a file are not served any more: a Parquet file of one column, their positions
/// from 0, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadRows {
    /// How many.
    pub rows: u64,
    /// The file of their positions.
    pub file: Stored,
}

/// How a run went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// When it began.
    #[serde(with = "time")]
    pub started_at: DateTime<Utc>,
    /// When the last table was staged.
    #[serde(with = "time")]
    pub finished_at: DateTime<Utc>,
    /// Per table, in the product's order.
    pub tables: Vec<TableReport>,
    /// The [`ChangeLog`](super::ChangeLog), when tables were compared with the snapshot before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Stored>,
}

/// What became of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Read from the source, whole.
    Loaded,
    /// What changed since the night before was read from the source.
    Merged,
    /// The source is as it was: the earlier files are served.
    Unchanged,
    /// The source did not deliver it: the earlier rows are served.
    Stale,
    /// The source never delivered it: served without rows.
    Absent,
}

/// How one table of a run went. `read = served + quarantined + erased` when it was loaded whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableReport {
    /// The table.
    pub table: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Rows the source delivered.
    pub read: u64,
    /// Rows that are served.
    pub served: u64,
    /// Rows that were refused.
    pub quarantined: u64,
    /// Rows that were left out, or taken out since, because they were erased for good.
    #[serde(default)]
    pub erased: u64,
    /// Refused rows by reason.
    pub reasons: BTreeMap<String, u64>,
    /// Source columns that the product does not declare.
    pub ignored_columns: Vec<String>,
    /// Declared columns that the source did not deliver, served as NULL.
    pub missing_columns: Vec<String>,
    /// Source files read.
    pub source_files: u64,
    /// Bytes of the source files.
    pub source_bytes: u64,
    /// Against the snapshot before; None when there was none, or its columns were others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// Impossible device stamps that were corrected in rows that are new or changed.
    #[serde(default)]
    pub corrected: u64,
    /// Doubtful device stamps in such rows, served as they are.
    #[serde(default)]
    pub flagged: u64,
    /// What the declared checks found.
    #[serde(default)]
    pub checks: Vec<CheckReport>,
    /// How long it took.
    pub milliseconds: u64,
}

/// How a table differs from the snapshot before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// Rows that were not there.
    pub inserted: u64,
    /// Rows that were there otherwise.
    pub updated: u64,
    /// Rows that are not there any more.
    pub deleted: u64,
    /// Those inserted whose day of activity was over when the table was last read.
    pub late: u64,
}

/// What one declared check of a table found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckReport {
    /// Its name, unique within the table.
    pub check: String,
    /// What a failure does: `count`, `quarantine`, `hold` or `fail`.
    pub action: String,
    /// Rows that failed it.
    pub rows: u64,
}

/// A fingerprint of the names, types and nullability in a file.
pub fn file_schema_fingerprint(schema: &Schema) -> String {
    let mut text = String::new();
    for field in schema.fields() {
        // A length before each part, so that no two schemas have the same text.
        let kind = field.data_type().to_string();
        let name = field.name();
        // Writing to a String cannot fail.
        let _infallible = write!(
            text,
            "{}:{name}{}:{kind}{};",
            name.len(),
            kind.len(),
            u8::from(field.is_nullable())
        );
    }
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

/// Bytes as lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}

/// A time as the documents of the store have it.
pub(super) fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Checked names, as text.
pub(super) mod text {
    use super::{Deserialize, Deserializer, Display, FromStr, Serializer, de};

    pub(in crate::snapshot) fn serialize<T: Display, S: Serializer>(
        value: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(in crate::snapshot) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// Checked names that may be missing, as text or null.
pub(super) mod optional_text {
    use super::{Deserialize, Deserializer, Display, FromStr, Serialize, Serializer, de};

    #[expect(clippy::ref_option, reason = "the signature is serde's")]
    pub(in crate::snapshot) fn serialize<T: Display, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(ToString::to_string).serialize(to)
    }

    pub(in crate::snapshot) fn deserialize<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        Option::<String>::deserialize(from)?
            .map(|text| text.parse().map_err(de::Error::custom))
            .transpose()
    }
}

/// Times, as ISO-8601 with microseconds.
pub(super) mod time {
    use super::{DateTime, Deserialize, Deserializer, Serializer, Utc, de, time_text};

    pub(in crate::snapshot) fn serialize<S: Serializer>(
        time: &DateTime<Utc>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&time_text(*time))
    }

    pub(in crate::snapshot) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        DateTime::parse_from_rfc3339(&String::deserialize(from)?)
            .map(|time| time.to_utc())
            .map_err(de::Error::custom)
    }
}

/// Times that may be missing.
pub(super) mod optional_time {
    use super::{DateTime, Deserialize, Deserializer, Serialize, Serializer, Utc, de, time_text};

    #[expect(clippy::ref_option, reason = "the signature is serde's")]
    pub(in crate::snapshot) fn serialize<S: Serializer>(
        time: &Option<DateTime<Utc>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(time_text).serialize(to)
    }

    pub(in crate::snapshot) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        Option::<String>::deserialize(from)?
            .map(|text| DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc()))
            .transpose()
            .map_err(de::Error::custom)
    }
}
