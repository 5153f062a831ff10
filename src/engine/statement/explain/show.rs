//! A physical plan as text and as JSON.

use std::fmt::{self, Display, Write};
use std::sync::Arc;

use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan};
use serde_json::{Map, Value, json};

/// Deepest level that is shown: what plans of allowed statements reach, and then some.
const DEEPEST: usize = 1_000;

struct OneLine<'a>(&'a dyn ExecutionPlan);

impl Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as(DisplayFormatType::Default, f)
    }
}

/// One node in one line, without the names of files.
fn line(plan: &dyn ExecutionPlan) -> String {
    let full = OneLine(plan).to_string();
    let Some((before, rest)) = full.split_once("file_groups={") else {
        return full;
    };
    let files = rest
        .split("]]}")
        .next()
        .unwrap_or_default()
        .matches(".parquet")
        .count();
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    format!("{before}files={files}{after}")
}

fn measured(plan: &dyn ExecutionPlan) -> Option<usize> {
    plan.metrics()?.output_rows()
}

/// The plan, one node per line, indented as PostgreSQL's.
pub(super) fn text(plan: &Arc<dyn ExecutionPlan>, rows: Option<usize>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = vec![(Arc::clone(plan), 0_usize)];
    while let Some((node, depth)) = open.pop() {
        let mut text = match depth {
            0 => String::new(),
            _ => format!("{}->  ", " ".repeat(depth * 6 - 4)),
        };
        text.push_str(&line(node.as_ref()));
        if let (Some(_), Some(seen)) = (rows, measured(node.as_ref()))
            && write!(text, " (actual rows={seen})").is_err()
        {
            break;
        }
        lines.push(text);
        if depth < DEEPEST {
            let children = node.children().into_iter().rev();
            open.extend(children.map(|child| (Arc::clone(child), depth + 1)));
        }
    }
    if let Some(rows) = rows {
        lines.push(format!("Rows: {rows}"));
    }
    lines
}

/// The plan as PostgreSQL's `FORMAT JSON` nests it.
pub(super) fn json(plan: &Arc<dyn ExecutionPlan>, rows: Option<usize>) -> String {
    let mut top = Map::new();
    top.insert(String::from("Plan"), node(plan.as_ref(), rows.is_some(), 0));
    let all = Value::Array(vec![Value::Object(top)]);
    serde_json::to_string_pretty(&all).unwrap_or_default()
}

fn node(plan: &dyn ExecutionPlan, analyzed: bool, depth: usize) -> Value {
    let mut shown = Map::new();
    shown.insert(
        String::from("Node Type"),
        json!(plan.name().trim_end_matches("Exec")),
    );
    shown.insert(String::from("Details"), json!(line(plan)));
    if let (true, Some(rows)) = (analyzed, measured(plan)) {
        shown.insert(String::from("Actual Rows"), json!(rows));
    }
    let children = plan.children();
    if !children.is_empty() && depth < DEEPEST {
        let plans = children
            .into_iter()
            .map(|child| node(child.as_ref(), analyzed, depth + 1));
        shown.insert(String::from("Plans"), plans.collect());
    }
    Value::Object(shown)
}
