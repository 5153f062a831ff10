//! Every bound of the server, with its unit and its default.
//!
//! In the file a length of time is a text such as `"15s"` or `"5min"`, a size one such as
//! `"4MiB"`; a plain number is a count.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const GIB: u64 = 1 << 30;

/// All bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Who may hold a connection.
    pub connections: Connections,
    /// How long logging in may take.
    pub login: Login,
    /// What one statement may be.
    pub statement: Statements,
    /// What one session may hold.
    pub session: Sessions,
    /// How many statements run at once, and what waits.
    pub concurrency: Concurrency,
    /// Memory and spill of running statements.
    pub memory: Memory,
    /// What the sync may use.
    pub sync: SyncLimits,
}

/// Bounds on connections; a connection over one of them gets FATAL 53300.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Connections {
    /// All connections of the server.
    pub total: usize,
    /// Connections of one tenant.
    pub per_tenant: usize,
    /// Connections of one role of a tenant.
    pub per_role: usize,
    /// Connections from one address.
    pub per_ip: usize,
    /// Connections that have not logged in yet.
    pub unauthenticated: usize,
    /// Connections that have not logged in yet, from one address.
    pub unauthenticated_per_ip: usize,
    /// Connections from addresses on no tenant's list.
    pub strangers: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            total: 500,
            per_tenant: 100,
            per_role: 50,
            per_ip: 100,
            unauthenticated: 100,
            unauthenticated_per_ip: 20,
            strangers: 20,
        }
    }
}

/// Bounds on logging in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// From the first byte to the end of authentication, TLS included.
    #[serde(deserialize_with = "duration")]
    pub deadline: Duration,
    /// How long a failed login waits for its answer.
    #[serde(deserialize_with = "duration")]
    pub failure_delay: Duration,
    /// Failed logins of one address, and of one role, whose answers wait no longer than that.
    pub failures: usize,
    /// How soon one of them is forgotten.
    #[serde(deserialize_with = "duration")]
    pub failure_interval: Duration,
    /// How much longer the answer to one too many waits at most; it has to fit into the deadline.
    #[serde(deserialize_with = "duration")]
    pub failure_wait_max: Duration,
    /// Bytes of one message before login.
    #[serde(deserialize_with = "size")]
    pub message_bytes: usize,
    /// Cancel requests from one address in a second.
    pub cancels_per_second: usize,
}

impl Default for Login {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(15),
            failure_delay: Duration::from_millis(500),
            failures: 10,
            failure_interval: Duration::from_secs(6),
            failure_wait_max: Duration::from_secs(5),
            message_bytes: 10_000,
            cancels_per_second: 10,
        }
    }
}

/// Bounds on one statement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Statements {
    /// `statement_timeout` of a session that sets none.
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
    /// The longest `statement_timeout` a session gets, whatever it sets; 0 in SQL means this.
    #[serde(deserialize_with = "duration")]
    pub timeout_cap: Duration,
    /// How long analysing and planning may take.
    #[serde(deserialize_with = "duration")]
    pub planning: Duration,
    /// Bytes of SQL text in one message.
    #[serde(deserialize_with = "size")]
    pub text_bytes: usize,
    /// Bytes of one Bind message.
    #[serde(deserialize_with = "size")]
    pub bind_bytes: usize,
    /// Depth of the parse tree.
    pub tree_depth: usize,
    /// Nodes of the parse tree.
    pub tree_nodes: usize,
    /// Tables joined in one statement.
    pub joins: usize,
    /// Output columns of one query.
    pub columns: usize,
    /// Bytes of one value made by a function.
    #[serde(deserialize_with = "size")]
    pub value_bytes: usize,
    /// Elements of one array made by a function.
    pub array_elements: usize,
    /// Rows a set-returning function makes in one call.
    pub generated_rows: usize,
    /// Rounds of one recursive query.
    pub recursion_rounds: usize,
    /// Distinct outer rows for which a correlated subquery is run again.
    pub correlated_runs: usize,
    /// Characters of one regular expression.
    pub pattern_chars: usize,
}

impl Default for Statements {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(5),
            timeout_cap: Duration::from_mins(15),
            planning: Duration::from_secs(10),
            text_bytes: 4 * MIB,
            bind_bytes: 16 * MIB,
            tree_depth: 200,
            tree_nodes: 20_000,
            joins: 64,
            columns: 1_600,
            value_bytes: 16 * MIB,
            array_elements: 1_000_000,
            generated_rows: 100_000_000,
            recursion_rounds: 100_000,
            correlated_runs: 1_000_000,
            pattern_chars: 1_000,
        }
    }
}

/// Bounds on one session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Prepared statements.
    pub prepared: usize,
    /// Open portals and cursors.
    pub portals: usize,
    /// Statements in one simple query message.
    pub statements_per_message: usize,
    /// How long an open transaction may do nothing (25P03).
    #[serde(deserialize_with = "duration")]
    pub idle_in_transaction: Duration,
    /// How long a session may do nothing (57P05).
    #[serde(deserialize_with = "duration")]
    pub idle: Duration,
    /// How long a client may leave sent rows unread.
    #[serde(deserialize_with = "duration")]
    pub write_idle: Duration,
    /// Bytes of rows encoded ahead of the socket.
    #[serde(deserialize_with = "size")]
    pub send_buffer_bytes: usize,
    /// Notices kept for one answer.
    pub notices: usize,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            prepared: 1_000,
            portals: 100,
            statements_per_message: 1_000,
            idle_in_transaction: Duration::from_mins(5),
            idle: Duration::from_hours(24),
            write_idle: Duration::from_mins(1),
            send_buffer_bytes: 256 * KIB,
            notices: 100,
        }
    }
}

/// How many statements of one tenant run at once, and what waits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Concurrency {
    /// Statements of one tenant running at once.
    pub running_per_tenant: usize,
    /// Statements of one tenant waiting for their turn.
    pub queued_per_tenant: usize,
    /// How long one waits before it is refused (53400).
    #[serde(deserialize_with = "duration")]
    pub wait: Duration,
    /// Parts one statement's plan is cut into; 0 means one per processor.
    pub partitions: usize,
    /// Rows of one batch.
    pub batch_rows: usize,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self {
            running_per_tenant: 8,
            queued_per_tenant: 32,
            wait: Duration::from_secs(30),
            partitions: 0,
            batch_rows: 8_192,
        }
    }
}

/// Memory and spill of running statements, caches and plans.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Memory {
    /// All running statements together.
    #[serde(deserialize_with = "size")]
    pub total_bytes: usize,
    /// All running statements of one tenant.
    #[serde(deserialize_with = "size")]
    pub per_tenant_bytes: usize,
    /// One statement (53200 above it).
    #[serde(deserialize_with = "size")]
    pub per_query_bytes: usize,
    /// Spill files of one statement (53100 above it).
    #[serde(deserialize_with = "large")]
    pub spill_per_query_bytes: u64,
    /// Spill files of all statements together.
    #[serde(deserialize_with = "large")]
    pub spill_total_bytes: u64,
    /// Plans kept.
    pub cached_plans: usize,
    /// Stack of a thread that plans or runs statements.
    #[serde(deserialize_with = "size")]
    pub thread_stack_bytes: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            total_bytes: 2_048 * MIB,
            per_tenant_bytes: 1_024 * MIB,
            per_query_bytes: 512 * MIB,
            spill_per_query_bytes: 5 * GIB,
            spill_total_bytes: 20 * GIB,
            cached_plans: 1_000,
            thread_stack_bytes: 64 * MIB,
        }
    }
}

/// What the sync may use and when it stops.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyncLimits {
    /// Runs at once.
    pub runs: usize,
    /// Memory of one run.
    #[serde(deserialize_with = "size")]
    pub memory_bytes: usize,
    /// Spill files of one run.
    #[serde(deserialize_with = "large")]
    pub spill_bytes: u64,
    /// Rows of one batch read from a source.
    pub batch_rows: usize,
    /// Bytes of one field of a source.
    #[serde(deserialize_with = "size")]
    pub value_bytes: usize,
    /// Bytes of one row of a source.
    #[serde(deserialize_with = "size")]
    pub row_bytes: usize,
    /// Files of one table of a source.
    pub files_per_table: usize,
    /// Undeclared columns of one table that are served, where a tenant wants them; more are counted.
    pub extra_columns: usize,
    /// Rows of one Parquet row group.
    pub row_group_rows: usize,
    /// Refused rows, in percent of the rows read of one table, above which the run fails.
    pub refused_percent: usize,
    /// Refused rows of one table that are always tolerated, whatever their share.
    pub refused_rows_free: usize,
    /// Refused rows kept in quarantine per table; more are counted only.
    pub quarantine_rows: usize,
    /// How much a table may shrink in one night, in percent, before the snapshot is held.
    pub shrink_percent: usize,
    /// How long one run may take.
    #[serde(deserialize_with = "duration")]
    pub deadline: Duration,
    /// How far before the last change stamp a night that reads only changes begins: rows that were
    /// stamped earlier but became visible later are found so.
    #[serde(deserialize_with = "duration")]
    pub overlap: Duration,
    /// How often at least all keys are compared with the source's, to find what was deleted.
    #[serde(deserialize_with = "duration")]
    pub compare_every: Duration,
    /// How long after their time nights begin: each product of each tenant has a moment of its own,
    /// the same every night.
    #[serde(deserialize_with = "duration")]
    pub spread: Duration,
    /// Runs made of one night, while they fail for reasons that may pass.
    pub tries: usize,
    /// How long after the first failed run of a night the second begins.
    #[serde(deserialize_with = "duration")]
    pub retry_wait: Duration,
    /// How many times longer than the wait before each further wait is.
    pub retry_factor: usize,
    /// How long after its beginning a night may still be tried again.
    #[serde(deserialize_with = "duration")]
    pub window: Duration,
    /// How often a run at work tells how far it is.
    #[serde(deserialize_with = "duration")]
    pub progress: Duration,
    /// How long a source may take to be connected to.
    #[serde(deserialize_with = "duration")]
    pub connect: Duration,
    /// How long a source may send nothing while something is expected of it.
    #[serde(deserialize_with = "duration")]
    pub stall: Duration,
}

impl Default for SyncLimits {
    fn default() -> Self {
        Self {
            runs: 2,
            memory_bytes: 512 * MIB,
            spill_bytes: 20 * GIB,
            batch_rows: 8_192,
            value_bytes: 16 * MIB,
            row_bytes: 64 * MIB,
            files_per_table: 10_000,
            extra_columns: 100,
            row_group_rows: 131_072,
            refused_percent: 10,
            refused_rows_free: 100,
            quarantine_rows: 100_000,
            shrink_percent: 50,
            deadline: Duration::from_hours(6),
            overlap: Duration::from_hours(1),
            compare_every: Duration::from_hours(7 * 24),
            spread: Duration::from_mins(5),
            tries: 5,
            retry_wait: Duration::from_mins(10),
            retry_factor: 2,
            window: Duration::from_hours(5),
            progress: Duration::from_secs(10),
            connect: Duration::from_secs(30),
            stall: Duration::from_mins(5),
        }
    }
}

/// Key, value and range of each bound.
macro_rules! bounds {
    ($limits:ident; $($group:ident.$key:ident in $range:expr;)*) => {
        [$((concat!(stringify!($group), ".", stringify!($key)), $limits.$group.$key, $range)),*]
    };
}

impl Limits {
    /// The first bound that is out of its range: its key below `[limits]`, and why.
    pub(crate) fn complaint(&self) -> Option<(&'static str, String)> {
        let table = bounds! {self;
            connections.total in 1..=100_000;
            connections.per_tenant in 1..=100_000;
            connections.per_role in 1..=100_000;
            connections.per_ip in 1..=100_000;
            connections.unauthenticated in 1..=100_000;
            connections.strangers in 1..=100_000;
            login.message_bytes in 1_000..=65_536;
            statement.text_bytes in KIB..=256 * MIB;
            statement.bind_bytes in KIB..=256 * MIB;
            statement.tree_depth in 20..=1_000;
            statement.tree_nodes in 1_000..=1_000_000;
            statement.columns in 100..=1_664;
            statement.value_bytes in KIB..=1_023 * MIB;
            session.prepared in 1..=100_000;
            session.portals in 1..=10_000;
            concurrency.running_per_tenant in 1..=1_000;
            concurrency.partitions in 0..=1_024;
            concurrency.batch_rows in 64..=65_536;
            memory.per_query_bytes in 16 * MIB..=usize::MAX;
            memory.thread_stack_bytes in 8 * MIB..=1_024 * MIB;
            sync.runs in 1..=64;
            sync.refused_percent in 0..=100;
            sync.shrink_percent in 0..=100;
            sync.memory_bytes in 64 * MIB..=usize::MAX;
            sync.row_bytes in KIB..=1_023 * MIB;
            sync.batch_rows in 64..=65_536;
            sync.extra_columns in 0..=1_000;
            sync.tries in 1..=100;
            sync.retry_factor in 1..=10;
        };
        for (key, value, range) in table {
            if !range.contains(&value) {
                return Some((key, out_of_range(value, &range)));
            }
        }
        let waits: [(&'static str, Duration); 7] = [
            ("login.deadline", self.login.deadline),
            ("statement.timeout", self.statement.timeout),
            ("statement.timeout_cap", self.statement.timeout_cap),
            ("sync.progress", self.sync.progress),
            ("sync.connect", self.sync.connect),
            ("sync.stall", self.sync.stall),
            ("sync.retry_wait", self.sync.retry_wait),
        ];
        for (key, wait) in waits {
            if wait.is_zero() || wait > Duration::from_hours(24) {
                return Some((key, "must be above 0 and at most a day".to_owned()));
            }
        }
        (self.statement.timeout > self.statement.timeout_cap).then(|| {
            (
                "statement.timeout",
                "must not exceed statement.timeout_cap".to_owned(),
            )
        })
    }
}

fn out_of_range(value: usize, range: &RangeInclusive<usize>) -> String {
    if *range.end() == usize::MAX {
        format!("is {value}, must be at least {}", range.start())
    } else {
        format!("is {value}, must be {} to {}", range.start(), range.end())
    }
}

const TIMES: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

const SIZES: [(&str, u64); 4] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Reads `"15s"`, `"5 min"`.
pub(crate) fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    from.deserialize_any(Quantity(&TIMES, "a length of time such as \"15s\""))
        .map(Duration::from_millis)
}

/// Reads a length of time out of a text.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let millis = Quantity(&TIMES, "a length of time such as \"15s\"").visit_str(text);
    millis
        .map(Duration::from_millis)
        .map_err(|error: de::value::Error| error.to_string())
}

/// A length of time in the largest unit that leaves nothing over, as [`parse_duration`] reads it.
pub(crate) fn duration_text(time: Duration) -> String {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let mut units = TIMES.iter().rev();
    let unit = units.find(|(_, factor)| millis > 0 && millis % factor == 0);
    let (word, factor) = unit.copied().unwrap_or(("s", 1_000));
    format!("{}{word}", millis / factor)
}

fn size<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    large(from)?.try_into().map_err(de::Error::custom)
}

fn large<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    from.deserialize_any(Quantity(&SIZES, "a size such as \"4MiB\""))
}

/// Reads a number with a unit out of a table.
struct Quantity(&'static [(&'static str, u64)], &'static str);

impl Visitor<'_> for Quantity {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        let cut = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (digits, unit) = text.split_at(cut);
        let factor = self.0.iter().find(|(word, _)| *word == unit.trim());
        match (digits.parse::<u64>(), factor) {
            (Ok(number), Some((_, factor))) => number
                .checked_mul(*factor)
                .ok_or_else(|| E::custom("is too large")),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_within_their_own_ranges() {
        assert_eq!(Limits::default().complaint(), None);
    }

    #[test]
    fn times_and_sizes_carry_units() {
        let limits: Limits =
            toml::from_str("[login]\ndeadline = \"2 min\"\n[statement]\ntext_bytes = \"64KiB\"\n")
                .unwrap();
        assert_eq!(limits.login.deadline, Duration::from_mins(2));
        assert_eq!(limits.statement.text_bytes, 65_536);
        for bad in ["15", "s", "15 parsecs", "99999999999999999999s"] {
            let text = format!("[login]\ndeadline = \"{bad}\"\n");
            assert!(toml::from_str::<Limits>(&text).is_err(), "{bad}");
        }
        assert!(toml::from_str::<Limits>("[login]\ndeadlin = \"1s\"\n").is_err());
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        for (text, written) in [
            ("90 min", "90min"),
            ("120min", "2h"),
            ("48h", "2d"),
            ("0h", "0s"),
            ("1500ms", "1500ms"),
        ] {
            let time = parse_duration(text).unwrap();
            assert_eq!(duration_text(time), written);
            assert_eq!(parse_duration(written), Ok(time));
        }
        assert!(parse_duration("three").unwrap_err().contains("15s"));
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let mut limits = Limits::default();
        limits.statement.tree_depth = 5;
        assert_eq!(limits.complaint().unwrap().0, "statement.tree_depth");
    }
}
