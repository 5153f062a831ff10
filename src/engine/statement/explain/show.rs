//! A physical plan as PostgreSQL shows plans: in text, JSON, YAML and XML.
//!
//! Nodes have PostgreSQL's names where they do what its nodes do, and what DataFusion says of them
//! as a detail. Costs and rows are estimates in PostgreSQL's units, from what statistics say.

mod write;

use std::fmt::{self, Display};
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::stats::Precision;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan};

use super::Style;

/// Deepest level that is shown: what plans of allowed statements reach, and then some.
const DEEPEST: usize = 1_000;
/// What PostgreSQL charges for a row that one node hands to another.
const ROW_COST: f64 = 0.01;
/// What PostgreSQL charges for a page that is read.
const PAGE_COST: f64 = 1.0;
/// The size of a page.
const PAGE_BYTES: f64 = 8192.0;
/// Rows assumed where nothing is known, as PostgreSQL assumes of a function.
const ROWS_UNKNOWN: f64 = 1_000.0;
/// The width PostgreSQL assumes of a value without a fixed one.
const WIDTH_UNKNOWN: usize = 32;

/// How long things took, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// Planning.
    pub(super) planning: f64,
    /// Running; `None` when the plan did not run.
    pub(super) execution: Option<f64>,
}

/// One node.
#[derive(Debug)]
struct Shown {
    name: &'static str,
    details: String,
    cost: Cost,
    actual: Option<usize>,
    children: Vec<Shown>,
}

/// What a node is estimated to take and give.
#[derive(Debug, Clone, Copy)]
struct Cost {
    startup: f64,
    total: f64,
    rows: f64,
    width: usize,
}

/// The lines of the text form, or the one text of the others.
pub(super) fn shown(plan: &Arc<dyn ExecutionPlan>, style: Style, times: Times) -> Vec<String> {
    let top = node(plan.as_ref(), times.execution.is_some(), 0);
    write::written(&top, style, times)
}

struct OneLine<'a>(&'a dyn ExecutionPlan);

impl Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as(DisplayFormatType::Default, f)
    }
}

/// What DataFusion says of a node, without the names of files.
fn details(plan: &dyn ExecutionPlan) -> String {
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

/// What PostgreSQL calls a node that does the same.
fn name(plan: &dyn ExecutionPlan) -> &'static str {
    match plan.name() {
        "DataSourceExec" => "Seq Scan",
        "HashJoinExec" | "SymmetricHashJoinExec" => "Hash Join",
        "SortMergeJoinExec" => "Merge Join",
        "NestedLoopJoinExec" | "CrossJoinExec" => "Nested Loop",
        "SortExec" => "Sort",
        "GlobalLimitExec" | "LocalLimitExec" => "Limit",
        "AggregateExec" => "Aggregate",
        "WindowAggExec" | "BoundedWindowAggExec" => "WindowAgg",
        "UnionExec" | "InterleaveExec" => "Append",
        "SortPreservingMergeExec" => "Gather Merge",
        "CoalescePartitionsExec" => "Gather",
        "UnnestExec" => "ProjectSet",
        "RecursiveExec" => "Recursive Union",
        "LastRoundExec" => "WorkTable Scan",
        "OnceExec" => "CTE Scan",
        "Kept" => "Materialize",
        _ => "Result",
    }
}

/// Whether a node gives nothing before it has read all that is below it.
fn waits(name: &str) -> bool {
    matches!(name, "Sort" | "Aggregate" | "Gather Merge" | "Hash Join")
}

fn node(plan: &dyn ExecutionPlan, analyzed: bool, depth: usize) -> Shown {
    let children: Vec<Shown> = if depth < DEEPEST {
        let below = plan.children().into_iter();
        below
            .map(|child| node(child.as_ref(), analyzed, depth + 1))
            .collect()
    } else {
        Vec::new()
    };
    let name = name(plan);
    let measured = || plan.metrics().and_then(|metrics| metrics.output_rows());
    Shown {
        name,
        details: details(plan),
        cost: cost(plan, name, &children),
        actual: analyzed.then(measured).flatten(),
        children,
    }
}

fn cost(plan: &dyn ExecutionPlan, name: &str, children: &[Shown]) -> Cost {
    let fields = plan.schema();
    let width = fields.fields().iter().map(|field| wide(field.data_type()));
    let width = width.sum();
    let known = StatisticsContext::new().compute(plan, &StatisticsArgs::new());
    let known = known.ok();
    let rows = match known.as_ref().map(|known| &known.num_rows) {
        Some(Precision::Exact(rows) | Precision::Inexact(rows)) => float(*rows),
        Some(Precision::Absent) | None => match children {
            [] => held(plan).map_or(ROWS_UNKNOWN, float),
            some => some.iter().map(|child| child.cost.rows).fold(0.0, f64::max),
        },
    };
    // As PostgreSQL does, nothing is ever estimated to give no row.
    let rows = rows.max(1.0);
    let below: f64 = children.iter().map(|child| child.cost.total).sum();
    let read: f64 = children.iter().map(|child| child.cost.rows).sum();
    let first = children.first().map_or(0.0, |child| child.cost.startup);
    let own = match children {
        [] if name == "Seq Scan" => {
            (rows * float(width) / PAGE_BYTES).ceil() * PAGE_COST + rows * ROW_COST
        }
        [] => ROW_COST,
        [child] if name == "Sort" => child.cost.rows.max(2.0).log2() * child.cost.rows * ROW_COST,
        _ => read * ROW_COST,
    };
    let startup = if waits(name) { below } else { first };
    Cost {
        startup,
        total: (below + own).max(startup),
        rows,
        width,
    }
}

/// How many rows the files of a scan hold.
fn held(plan: &dyn ExecutionPlan) -> Option<usize> {
    let scan = plan.downcast_ref::<DataSourceExec>()?;
    let (files, _) = scan.downcast_to_file_source::<ParquetSource>()?;
    let mut sum = 0_usize;
    let all = files.file_groups.iter().flat_map(FileGroup::files);
    // Every thread's share of a file has the figures of all of it: the one that begins it counts.
    let begin = |file: &&PartitionedFile| file.range.as_ref().is_none_or(|range| range.start == 0);
    for file in all.filter(begin) {
        let rows = file.statistics.as_ref()?.num_rows.get_value()?;
        sum = sum.saturating_add(*rows);
    }
    Some(sum)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an estimate needs no more digits"
)]
fn float(number: usize) -> f64 {
    number as f64
}

/// The bytes PostgreSQL counts for a value.
fn wide(kind: &DataType) -> usize {
    match kind {
        DataType::Boolean => 1,
        DataType::FixedSizeBinary(bytes) => usize::try_from(*bytes).unwrap_or(WIDTH_UNKNOWN),
        fixed => fixed.primitive_width().unwrap_or(WIDTH_UNKNOWN),
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::Schema;
    use datafusion::common::Statistics;
    use datafusion::common::config::ConfigOptions;
    use datafusion::datasource::object_store::ObjectStoreUrl;
    use datafusion::datasource::physical_plan::FileScanConfigBuilder;

    use super::*;

    #[test]
    fn a_file_that_threads_share_is_counted_once() {
        let schema = Arc::new(Schema::empty());
        let url = ObjectStoreUrl::parse("snapshot://files").unwrap();
        let source = ParquetSource::new(Arc::clone(&schema));
        let mut scan = FileScanConfigBuilder::new(url, Arc::new(source));
        for (name, bytes, rows) in [("one", 100, 40), ("two", 900, 360), ("three", 50, 20)] {
            let known = Statistics::new_unknown(&schema).with_num_rows(Precision::Exact(rows));
            let file = PartitionedFile::new(name, bytes).with_statistics(Arc::new(known));
            scan = scan.with_file(file);
        }
        let mut plan: Arc<dyn ExecutionPlan> = DataSourceExec::from_data_source(scan.build());
        assert_eq!(held(plan.as_ref()), Some(420));
        let mut config = ConfigOptions::new();
        config.optimizer.repartition_file_min_size = 0;
        for threads in [2, 3, 8] {
            plan = plan.repartitioned(threads, &config).unwrap().unwrap();
            let groups = plan.downcast_ref::<DataSourceExec>().unwrap();
            let (files, _) = groups.downcast_to_file_source::<ParquetSource>().unwrap();
            let shares: usize = files.file_groups.iter().map(FileGroup::len).sum();
            assert!(
                files.file_groups.len() == threads && shares > 3,
                "{files:?}"
            );
            assert_eq!(held(plan.as_ref()), Some(420));
        }
    }
}
