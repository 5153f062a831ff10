//! EXPLAIN: the plan that runs, in PostgreSQL's four forms, without the names of files.

mod show;

use std::sync::Arc;

use arrow::array::ArrayRef;
use pg_query::protobuf::node::Node;
use pg_query::protobuf::{DefElem, ExplainStmt, SelectStmt, a_const::Val};

use self::show::Times;
use crate::engine::govern::Turn;
use crate::engine::session::{Answer, Column, Session};
use crate::engine::statement::prepare::{self, Execute};
use crate::engine::statement::query::{self, Plan};
use crate::engine::statement::{Kind, query_of};
use crate::engine::stream::RowStream;
use crate::ident::Oid;
use crate::pg::{Fault, SqlState, types};

/// EXPLAIN, read from the tree.
#[derive(Debug)]
pub(crate) struct Explain {
    explained: Explained,
    style: Style,
    analyze: bool,
}

/// What is explained.
#[derive(Debug)]
enum Explained {
    Query(Box<SelectStmt>),
    Execute(Box<Execute>),
}

/// How the plan is written.
#[derive(Debug, Clone, Copy)]
struct Style {
    format: Format,
    /// Estimates.
    costs: bool,
    /// How long it took.
    summary: bool,
}

/// The language it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Yaml,
    Xml,
}

impl Explain {
    /// The query that is explained, unless it is a prepared one.
    pub(crate) fn query(&self) -> Option<&SelectStmt> {
        match &self.explained {
            Explained::Query(query) => Some(query),
            Explained::Execute(_) => None,
        }
    }

    /// The one column of the answer.
    pub(crate) fn column(&self) -> Column {
        let kind: Oid = match self.style.format {
            Format::Json => types::JSON,
            Format::Xml => types::XML,
            Format::Text | Format::Yaml => types::TEXT,
        };
        Column::computed("QUERY PLAN", kind)
    }
}

/// Reads the tree.
pub(crate) fn read(explain: ExplainStmt) -> Result<Kind, Fault> {
    let (mut format, mut analyze, mut needs_analyze) = (Format::Text, false, None);
    let (mut costs, mut summary) = (true, None);
    for option in &explain.options {
        let Some(Node::DefElem(option)) = option.node.as_ref() else {
            continue;
        };
        let position = u32::try_from(option.location).ok().map(|at| at + 1);
        match option.defname.as_str() {
            "analyze" => analyze = truth(option)?,
            "format" => format = read_format(&word(option)).map_err(|fault| fault.at(position))?,
            "timing" | "wal" if truth(option)? => needs_analyze = Some(option.defname.clone()),
            "costs" => costs = truth(option)?,
            "summary" => summary = Some(truth(option)?),
            "verbose" | "buffers" | "settings" | "timing" | "wal" => {
                truth(option)?;
            }
            other => {
                let message = format!("unrecognized EXPLAIN option \"{other}\"");
                return Err(Fault::new(SqlState::SYNTAX_ERROR, message).at(position));
            }
        }
    }
    if let (Some(option), false) = (needs_analyze, analyze) {
        let message = format!(
            "EXPLAIN option {} requires ANALYZE",
            option.to_ascii_uppercase()
        );
        return Err(Fault::new(SqlState::INVALID_PARAMETER_VALUE, message));
    }
    let style = Style {
        format,
        costs,
        // As PostgreSQL, which says it of what ran.
        summary: summary.unwrap_or(analyze),
    };
    let explained = match explain.query.as_ref().and_then(|query| query.node.as_ref()) {
        Some(Node::ExecuteStmt(execute)) => {
            Explained::Execute(Box::new(prepare::execute(execute.clone())))
        }
        Some(Node::DeclareCursorStmt(declare)) => {
            analyze = false;
            Explained::Query(query_of(declare.query.clone())?)
        }
        _ => Explained::Query(query_of(explain.query)?),
    };
    Ok(Kind::Explain(Explain {
        explained,
        style,
        analyze,
    }))
}

fn word(option: &DefElem) -> String {
    match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
        Some(Node::String(text)) => text.sval.clone(),
        Some(Node::Integer(number)) => number.ival.to_string(),
        Some(Node::AConst(constant)) => match constant.val.as_ref() {
            Some(Val::Sval(text)) => text.sval.clone(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

fn truth(option: &DefElem) -> Result<bool, Fault> {
    if option.arg.is_none() {
        return Ok(true);
    }
    match word(option).to_ascii_lowercase().as_str() {
        "true" | "on" | "1" => Ok(true),
        "false" | "off" | "0" => Ok(false),
        _ => {
            let message = format!("{} requires a Boolean value", option.defname);
            Err(Fault::new(SqlState::SYNTAX_ERROR, message))
        }
    }
}

fn read_format(word: &str) -> Result<Format, Fault> {
    match word.to_ascii_lowercase().as_str() {
        "text" => Ok(Format::Text),
        "json" => Ok(Format::Json),
        "yaml" => Ok(Format::Yaml),
        "xml" => Ok(Format::Xml),
        _ => Err(Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("unrecognized value for EXPLAIN option \"format\": \"{word}\""),
        )),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "what is shown needs no more digits"
)]
fn milliseconds(from: i64, until: i64) -> f64 {
    until.saturating_sub(from).max(0) as f64 / 1_000.0
}

/// Runs EXPLAIN; with ANALYZE the query runs too, and its rows are thrown away.
pub(crate) async fn run(
    session: &mut Session,
    plan: &Plan,
    explain: &Explain,
    values: Vec<ArrayRef>,
) -> Result<Answer, Fault> {
    let clock = Arc::clone(session.engine());
    let begun = clock.clock().micros();
    let started = match &explain.explained {
        Explained::Query(_) => query::physical(session, plan, &values).await?,
        Explained::Execute(execute) => {
            let (kept, values) = prepare::called(session, plan, execute).await?;
            match &kept.prepared.plan {
                Some(inner) if inner.query.is_some() => {
                    query::physical(session, inner, &values).await?
                }
                _ => return Err(Fault::unsupported("EXPLAIN of this prepared statement")),
            }
        }
    };
    let planned = clock.clock().micros();
    if explain.analyze {
        let (physical, task) = (Arc::clone(&started.physical), Arc::clone(&started.task));
        let turn: Option<Turn> = started.turn;
        let mut execution = session.engine().local().execute(physical, task, turn);
        while let Some(batch) = session.activity().during(execution.next()).await? {
            batch?;
        }
    }
    let times = Times {
        planning: milliseconds(begun, planned),
        execution: explain
            .analyze
            .then(|| milliseconds(planned, clock.clock().micros())),
    };
    let shown = show::shown(&started.physical, explain.style, times);
    let lines: Vec<Vec<String>> = shown.into_iter().map(|line| vec![line]).collect();
    let rows = RowStream::texts(vec![explain.column()], &lines)?;
    Ok(Answer::Rows {
        rows,
        tag: "EXPLAIN",
    })
}
