//! Runs queries over a catalog and reads the answers as text, without a session around them.

use datafusion::execution::context::QueryPlanner;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::{execution::session_state::SessionStateBuilder, physical_plan::ExecutionPlan};
use pg_query::protobuf::node::Node;

use super::super::*;
use crate::engine::analyze::analyze;
use crate::engine::exec::{apply::ApplyPlanner, fault};
use crate::engine::functions::system::format_reg;
use crate::engine::functions::{Context, Failure};
use crate::engine::parse::Source;
use crate::pg::Fault;
use crate::pg::text::Writer;

#[derive(Debug)]
struct Planner;

#[async_trait::async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        plan: &datafusion::logical_expr::LogicalPlan,
        state: &dyn datafusion::catalog::Session,
    ) -> datafusion::common::Result<Arc<dyn ExecutionPlan>> {
        DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(ApplyPlanner)])
            .create_physical_plan(plan, state)
            .await
    }
}

/// A session's context over a catalog.
pub(crate) fn context(catalog: Catalog) -> Context {
    let mut settings = crate::pg::settings::Settings::default();
    settings.search_path = catalog.default_search_path();
    Context {
        settings: Arc::new(settings),
        transaction_start: 0,
        statement_start: 0,
        database: Arc::clone(catalog.database()),
        role: Arc::clone(&catalog.parts.role),
        process_id: 7,
        live: crate::engine::session::Live::alone(7),
        statement: Arc::from(""),
        catalog: Arc::new(catalog),
        failure: Failure::default(),
    }
}

/// The rows of a query as psql prints them unaligned, sorted by nothing.
pub(crate) fn ask(text: &str, context: &Context) -> Result<Vec<String>, Fault> {
    let (text, context) = (text.to_owned(), context.clone());
    let deep = std::thread::Builder::new().stack_size(256 << 20);
    deep.spawn(move || answer(&text, &context))
        .unwrap()
        .join()
        .unwrap()
}

fn answer(text: &str, context: &Context) -> Result<Vec<String>, Fault> {
    let parsed = pg_query::parse(text, 0).map_err(|error| Fault::internal(error.to_string()))?;
    let statement = parsed
        .protobuf
        .stmts
        .into_iter()
        .next()
        .unwrap()
        .stmt
        .unwrap()
        .node
        .unwrap();
    let Node::SelectStmt(query) = statement else {
        panic!("not a query")
    };
    let analyzed = analyze(&query, &Source::plain(text), None, context)?;
    let mut config = SessionConfig::new().with_target_partitions(1);
    config.options_mut().extensions.insert(context.clone());
    let state = SessionStateBuilder::new_with_default_features()
        .with_config(config)
        .with_analyzer_rules(vec![Arc::new(
            datafusion::optimizer::analyzer::resolve_grouping_function::ResolveGroupingFunction::new(),
        )])
        .with_query_planner(Arc::new(Planner))
        .build();
    let session = SessionContext::new_with_state(state);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let batches = runtime.block_on(async {
        let frame = session
            .execute_logical_plan(analyzed.plan)
            .await
            .map_err(fault)?;
        frame.collect().await.map_err(fault)
    })?;
    let names = |kind: Oid, oid: u32| Some(format_reg(kind, oid, context));
    let mut lines = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let mut line = Vec::new();
            for (at, (column, array)) in analyzed.columns.iter().zip(batch.columns()).enumerate() {
                if at > 0 {
                    line.push(b'|');
                }
                let style = &context.settings.style;
                let writer = Writer::new(array, column.kind.oid, style, Some(&names))?;
                if writer.null(row) {
                    line.extend_from_slice(b"\\N");
                } else {
                    writer.write(row, &mut line)?;
                }
            }
            lines.push(String::from_utf8(line).unwrap());
        }
    }
    Ok(lines)
}
