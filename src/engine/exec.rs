//! Where and how a plan runs.
//!
//! Analysed plan → DataFusion's optimiser → physical plan → batches. The state DataFusion plans with
//! is made here, once per statement, from shared parts: it has no catalog, no file formats, no
//! functions by name and no object store but the one of snapshot files, so a plan can only reach
//! what the analyzer put into it.

mod append;
pub(crate) mod apply;
mod branches;
mod filters;
mod guard;
mod joins;
mod local;
mod members;
pub(crate) mod once;
mod orders;
mod rebatch;
pub(crate) mod recursive;
mod statistics;
mod steady;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{DataFusionError, Result as PlanResult};
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::execution::object_store::ObjectStoreRegistry;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::analyzer::resolve_grouping_function::ResolveGroupingFunction;
use datafusion::optimizer::eliminate_cross_join::EliminateCrossJoin;
use datafusion::optimizer::extract_equijoin_predicate::ExtractEquijoinPredicate;
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use datafusion::prelude::SessionConfig;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use url::Url;

use crate::config::limits::Limits;
use crate::engine::functions::Context;
use crate::engine::govern::{from_datafusion, incident};
use crate::engine::table::STORE;
use crate::pg::Fault;
use orders::Orders;
use statistics::FromStatistics;

pub(crate) use guard::where_filtered;
pub(crate) use local::{Execution, Local};

/// The parts every statement's planning state shares.
#[derive(Debug)]
pub(crate) struct Planning {
    base: SessionState,
    /// For statements that read the catalog only: planning them costs more than running them.
    small: SessionState,
    shared: RuntimeEnv,
}

/// Plans DataFusion's own nodes and ours, out of what was optimised.
struct Planner(DefaultPhysicalPlanner);

impl fmt::Debug for Planner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Planner")
    }
}

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        state: &dyn Session,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let plan = guard::guarded(plan.clone())?;
        self.0.create_physical_plan(&plan, state).await
    }
}

impl Planning {
    /// Prepares the shared parts.
    pub(crate) fn new(limits: &Limits) -> Result<Self, Fault> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![
            Arc::new(apply::ApplyPlanner),
            Arc::new(once::OncePlanner),
            Arc::new(recursive::RecursivePlanner),
        ]);
        let mut physical = PhysicalOptimizer::new();
        let mut rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> = Vec::new();
        for rule in std::mem::take(&mut physical.rules) {
            match rule.name() {
                FromStatistics::NAME => rules.push(Arc::new(FromStatistics::new())),
                Orders::NAME => rules.push(Arc::new(Orders::new())),
                "EnsureRequirements" => {
                    rules.push(Arc::new(branches::Hide));
                    rules.push(rule);
                }
                _ => rules.push(rule),
            }
        }
        // The last rule of DataFusion's checks the order of rows, which it would not find without.
        rules.push(Arc::new(branches::Show));
        physical.rules = rules;
        physical.rules.push(Arc::new(append::AppendInOrder));
        physical.rules.push(Arc::new(steady::Steady));
        let logical = logical();
        let shared = RuntimeEnvBuilder::new()
            .with_object_store_registry(Arc::new(OneStore::default()))
            .build()
            .map_err(|error| incident("the runtime could not be built", &error.to_string()))?;
        let planner = Arc::new(Planner(planner));
        let few = physical
            .rules
            .iter()
            .filter(|rule| !SKIPPED.contains(&rule.name()));
        let few = few.cloned().collect();
        let state = |config, rules| {
            SessionStateBuilder::new()
                .with_config(config)
                .with_analyzer_rules(vec![Arc::new(ResolveGroupingFunction::new())])
                .with_optimizer_rules(logical.rules.clone())
                .with_query_planner(Arc::clone(&planner) as Arc<dyn QueryPlanner + Send + Sync>)
                .with_physical_optimizer_rules(rules)
                .with_runtime_env(Arc::new(shared.clone()))
                .with_session_id(String::from("base"))
                .build()
        };
        Ok(Self {
            base: state(config(limits), physical.rules),
            small: state(small(config(limits)), few),
            shared,
        })
    }

    /// The state for one statement; one that reads the catalog only is planned with less effort.
    pub(crate) fn state(
        &self,
        context: Context,
        memory: Option<Memory>,
        catalog_only: bool,
    ) -> SessionState {
        let base = if catalog_only {
            &self.small
        } else {
            &self.base
        };
        let computed = Arc::new(once::Computed::default());
        let mut config = base.config().clone().with_extension(computed);
        config.options_mut().extensions.insert(context);
        let mut runtime = self.shared.clone();
        if let Some(memory) = memory {
            runtime.memory_pool = memory.pool;
            runtime.disk_manager = memory.spill;
        }
        let mut state = SessionStateBuilder::new_from_existing(base.clone())
            .with_session_id(String::new())
            .with_config(config)
            .with_runtime_env(Arc::new(runtime))
            .build();
        // Kernels find the context in the options that planning hands them from here.
        state.mark_start_execution();
        state
    }
}

/// The address of snapshots, and no other: one in a plan can name nothing else. It is asked for and
/// not read from, as scans bring their own way to the files, which checks what it reads.
#[derive(Debug, Default)]
struct OneStore(Arc<InMemory>);

impl ObjectStoreRegistry for OneStore {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> PlanResult<Arc<dyn ObjectStore>> {
        if url.as_str().trim_end_matches('/') == STORE {
            return Ok(Arc::clone(&self.0) as Arc<dyn ObjectStore>);
        }
        Err(DataFusionError::Internal(String::from(
            "no such object store",
        )))
    }
}

/// What an error of planning or execution says to the client.
#[expect(clippy::needless_pass_by_value, reason = "callers map errors with it")]
pub(crate) fn fault(error: DataFusionError) -> Fault {
    from_datafusion(&error)
}

/// What a statement may use while it runs.
pub(crate) struct Memory {
    /// Its memory.
    pub(crate) pool: Arc<dyn MemoryPool>,
    /// Its spill files.
    pub(crate) spill: Arc<datafusion::execution::disk_manager::DiskManager>,
}

/// Optimises and plans; on a planning thread, inside the execution runtime.
pub(crate) async fn physical(
    state: &SessionState,
    plan: &LogicalPlan,
) -> Result<Arc<dyn ExecutionPlan>, Fault> {
    let optimized = apply::joined(plan.clone())
        .and_then(|plan| state.optimize(&plan))
        .map_err(|error| from_datafusion(&error))?;
    state
        .query_planner()
        .create_physical_plan(&optimized, state)
        .await
        .map_err(|error| from_datafusion(&error))
}

/// DataFusion's rules, ours in their place or between them.
fn logical() -> Optimizer {
    let mut rules: Vec<Arc<dyn OptimizerRule + Send + Sync>> = Vec::new();
    for rule in Optimizer::new().rules {
        if rule.name() == PushDownFilter::new().name() {
            rules.push(Arc::new(filters::Filters::new()));
        } else if rule.name() == EliminateCrossJoin::new().name() {
            // It chooses an order of joins by their equalities, so these are made before.
            rules.push(Arc::new(members::Members));
            rules.push(Arc::new(joins::Joins::new()));
        } else if rule.name() == ExtractEquijoinPredicate::new().name() {
            rules.push(Arc::new(joins::Keys::new()));
        } else {
            rules.push(rule);
        }
    }
    Optimizer::with_rules(rules)
}

/// Rules that make plans over much data faster and cost more than they save over the catalog.
const SKIPPED: [&str; 8] = [
    FromStatistics::NAME,
    "join_selection",
    "LimitedDistinctAggregation",
    "FilterPushdown",
    "ProjectionPushdown",
    "LimitPushdown",
    "FilterPushdown(Post)",
    "PushdownSort",
];

/// One partition and few passes, for plans over a few thousand rows in memory.
fn small(config: SessionConfig) -> SessionConfig {
    let mut config = config.with_target_partitions(1);
    config.options_mut().optimizer.max_passes = 2;
    config
}

fn config(limits: &Limits) -> SessionConfig {
    let partitions = match limits.concurrency.partitions {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        given => given,
    };
    let mut config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_batch_size(limits.concurrency.batch_rows)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(false)
        .with_parquet_pruning(true)
        .with_parquet_page_index_pruning(true)
        .with_parquet_bloom_filter_pruning(true);
    let options = config.options_mut();
    options.execution.parquet.pushdown_filters = true;
    // Logical and physical planning judge by themselves whether an expression can be NULL, and may
    // differ where both are right (`least` of a constant and a column); types are checked by us.
    options.execution.skip_physical_aggregate_schema_check = true;
    options.execution.parquet.schema_force_view_types = true;
    options.optimizer.skip_failed_rules = false;
    // Rows of VALUES, functions and recursive queries keep the order PostgreSQL gives them.
    options.optimizer.enable_round_robin_repartition = false;
    options.explain.physical_plan_only = true;
    config
}
