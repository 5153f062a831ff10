//! The same statements said to us and to a real PostgreSQL with the same rows: names, type oids and
//! modifiers of columns, values in text and in binary, and of an error its SQLSTATE, message,
//! detail, hint and position have to be equal, and the notices that come with them.
//!
//! `tests/differential/*.sql` holds a file an area of the manual, one statement a line, said through
//! both protocols; after `@`, a line is said as one simple message, several statements at once. What
//! we do not answer as PostgreSQL does stands in `docs/differences.md` with its reason, and has to differ.

use std::error::Error;
use std::fs;
use std::path::Path;

use futures::StreamExt as _;
use tokio_postgres::error::{DbError, ErrorPosition};
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Client, SimpleColumn, SimpleQueryMessage};

use crate::clients::{Notices, Pair, Target};

/// Differences shown of one run.
const SHOWN_MOST: usize = 60;

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "the area to work on, not configuration"
)]
async fn statements_answer_as_postgresql_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    // One area only, while working on it.
    let area = std::env::var("SYLLABASE_DIFFERENTIAL").ok();
    let pair = Pair::shared();
    let mut differing = Vec::new();
    let mut said = 0;
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        if area.as_deref().is_some_and(|area| area != name) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let mut both = Both::connect(&pair).await;
        for (line, statement) in statements(&text) {
            said += 1;
            if let Some(difference) = both.difference(statement).await {
                differing.push(format!("{name}.sql:{line}: {difference}"));
            }
        }
    }
    assert!(said > 0, "no statements");
    let shown = differing.len().min(SHOWN_MOST);
    assert!(
        differing.is_empty(),
        "{} of {said} differ\n{}",
        differing.len(),
        differing[..shown].join("\n")
    );
}

#[tokio::test]
async fn documented_differences_differ() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/differences.md");
    let text = fs::read_to_string(page).unwrap();
    let pair = Pair::shared();
    let mut both = Both::connect(&pair).await;
    for (line, statement) in text.lines().enumerate() {
        let Some(statement) = statement.strip_prefix("    ") else {
            continue;
        };
        let difference = both.difference(statement).await;
        assert!(
            difference.is_some(),
            "docs/differences.md:{}: {statement} does not differ any more",
            line + 1
        );
    }
}

/// The statements of a file, each with its line.
fn statements(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with("--"))
}

/// A session of each server; a file's statements share them, settings included.
struct Both {
    ours: Session,
    theirs: Session,
}

impl Both {
    async fn connect(pair: &Pair) -> Self {
        let ours = Session::connect(pair.ours()).await;
        let theirs = Session::connect(pair.theirs()).await;
        Self { ours, theirs }
    }

    async fn difference(&mut self, statement: &str) -> Option<String> {
        let asked = futures::join!(self.ours.ask(statement), self.theirs.ask(statement));
        let (ours, theirs) = asked;
        (ours != theirs).then(|| format!("{statement}\n  ours:   {ours:?}\n  theirs: {theirs:?}"))
    }
}

struct Session {
    client: Client,
    notices: Notices,
}

impl Session {
    async fn connect(target: Target<'_>) -> Self {
        let (client, notices) = target.connect_hearing().await;
        Self { client, notices }
    }

    /// What a statement is answered, and the notices that came before.
    async fn ask(&mut self, statement: &str) -> (Said, Vec<Said>) {
        let said = match statement.strip_prefix('@') {
            Some(several) => messages(&self.client, several).await,
            None => ask(&self.client, statement).await,
        };
        let heard = std::iter::from_fn(|| self.notices.try_recv().ok());
        (said, heard.map(|notice| refusal(&notice)).collect())
    }
}

/// Says several statements in one simple message: the rows of each, up to an error.
async fn messages(client: &Client, several: &str) -> Said {
    let mut parts = Vec::new();
    let stream = client.simple_query_raw(several).await.unwrap();
    futures::pin_mut!(stream);
    while let Some(message) = stream.next().await {
        parts.push(match message {
            Ok(SimpleQueryMessage::RowDescription(columns)) => {
                let names: Vec<_> = columns.iter().map(SimpleColumn::name).collect();
                format!("columns {names:?}")
            }
            Ok(SimpleQueryMessage::Row(row)) => {
                let values: Vec<_> = (0..row.len()).map(|at| row.get(at)).collect();
                format!("row {values:?}")
            }
            Ok(SimpleQueryMessage::CommandComplete(rows)) => format!("complete {rows}"),
            Ok(other) => panic!("{several}: {other:?}"),
            Err(error) => format!("{:?}", refusal(error.as_db_error().unwrap())),
        });
    }
    Said::Several(parts)
}

/// All that a client is told about a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said {
    /// Rows, with what is said of their columns.
    Rows {
        /// Names, types and modifiers; a type made by somebody is told by its name, as its number
        /// is another on each server.
        columns: Vec<(String, String, i32)>,
        /// Rows of the simple protocol.
        text: Vec<Vec<Option<String>>>,
        /// Rows of the extended protocol.
        binary: Vec<Vec<Option<Vec<u8>>>>,
    },
    /// What came of several statements in one message.
    Several(Vec<String>),
    /// An error or a notice.
    Refused {
        /// SQLSTATE.
        state: String,
        /// Primary message.
        message: String,
        /// Detail, hint and position, where given.
        more: (Option<String>, Option<String>, Option<u32>),
    },
}

/// Says a statement through both protocols.
pub(crate) async fn ask(client: &Client, statement: &str) -> Said {
    match rows(client, statement).await {
        Ok(said) => said,
        Err(error) => match error.as_db_error() {
            Some(fault) => refusal(fault),
            None => panic!("{statement}: {error:?}"),
        },
    }
}

fn refusal(fault: &DbError) -> Said {
    Said::Refused {
        state: fault.code().code().to_owned(),
        message: fault.message().to_owned(),
        more: more(fault),
    }
}

fn more(fault: &DbError) -> (Option<String>, Option<String>, Option<u32>) {
    let position = match fault.position() {
        Some(ErrorPosition::Original(at) | ErrorPosition::Internal { position: at, .. }) => {
            Some(*at)
        }
        None => None,
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    (owned(fault.detail()), owned(fault.hint()), position)
}

/// Where the numbers of objects begin that no PostgreSQL comes with.
const FIRST_USER_OID: u32 = 16_384;

async fn rows(client: &Client, statement: &str) -> Result<Said, tokio_postgres::Error> {
    let prepared = client.prepare(statement).await?;
    let columns = prepared.columns().iter();
    let columns = columns
        .map(|column| {
            let (name, modifier) = (column.name().to_owned(), column.type_modifier());
            let kind = column.type_();
            let shown = if kind.oid() < FIRST_USER_OID {
                kind.oid().to_string()
            } else {
                format!("{}.{}", kind.schema(), kind.name())
            };
            (name, shown, modifier)
        })
        .collect();
    let binary = client.query(&prepared, &[]).await?;
    let binary = binary
        .iter()
        .map(|row| {
            (0..row.len())
                .map(|at| row.get::<_, Option<Raw>>(at).map(|raw| raw.0))
                .collect()
        })
        .collect();
    let text = client.simple_query(statement).await?;
    let text = text
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })
        .map(|row| {
            (0..row.len())
                .map(|at| row.get(at).map(str::to_owned))
                .collect()
        })
        .collect();
    Ok(Said::Rows {
        columns,
        text,
        binary,
    })
}

/// A value as it comes, of whatever type.
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
