//! Correlated subqueries of any shape: a join where that is right, else the inner plan once per
//! distinct outer row.
//!
//! [`joined`] makes the joins, after [`guard`] has told each subquery for which rows it is read. For
//! the rest slow is acceptable, wrong or impossible is not. In the logical plan the inner plan refers
//! to columns of the outer row as `OuterReferenceColumn`; when the node is planned these become calls
//! that read a [`Row`] cell which belongs to this one execution, so a plan can run many times at once.

mod guard;
mod join;
mod kept;
mod lists;
mod pull;
mod rows;
mod run;

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::{DataType, Field};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DFSchema, DFSchemaRef, DataFusionError, Result, ScalarValue};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{
    ColumnarValue, Expr, Extension, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, UserDefinedLogicalNode, UserDefinedLogicalNodeCore, Volatility,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

pub(crate) use join::joined;
pub(super) use join::{may_fail, repeatable};
pub(super) use pull::has_subquery;
pub(super) use run::ApplyExec;

use crate::pg::{Fault, SqlState};

/// What the inner rows become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ApplyKind {
    /// The only value of the only row; NULL without a row; more rows are error 21000.
    Scalar,
    /// Whether there is a row.
    Exists,
    /// All values as a list.
    Array,
    /// The rows beside the outer row; with `outer_join` an outer row without inner rows stays.
    Lateral {
        /// LEFT JOIN LATERAL.
        outer_join: bool,
    },
}

/// The logical node: `input` with one more column, or with the inner plan's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Apply {
    input: LogicalPlan,
    inner: Arc<LogicalPlan>,
    kind: ApplyKind,
    /// Outer columns by the name the inner plan uses, and their values over `input`.
    parameters: Vec<(String, Expr)>,
    /// For which outer rows the value is read; `None`: for all.
    guard: Option<Expr>,
    /// The column a value kind adds.
    value: Option<(String, DataType)>,
    schema: DFSchemaRef,
}

impl Apply {
    /// A subquery used as a value: adds the column `id`.
    pub(crate) fn value(
        input: LogicalPlan,
        inner: LogicalPlan,
        kind: ApplyKind,
        parameters: Vec<(String, Expr)>,
        id: &str,
        storage: DataType,
    ) -> Result<LogicalPlan> {
        Self::node(
            input,
            Arc::new(inner),
            kind,
            parameters,
            Some((id.to_owned(), storage)),
        )
    }

    /// A subquery in FROM that reads entries before it.
    pub(crate) fn lateral(
        input: LogicalPlan,
        inner: LogicalPlan,
        parameters: Vec<(String, Expr)>,
        outer_join: bool,
    ) -> Result<LogicalPlan> {
        Self::node(
            input,
            Arc::new(inner),
            ApplyKind::Lateral { outer_join },
            parameters,
            None,
        )
    }

    fn node(
        input: LogicalPlan,
        inner: Arc<LogicalPlan>,
        kind: ApplyKind,
        parameters: Vec<(String, Expr)>,
        value: Option<(String, DataType)>,
    ) -> Result<LogicalPlan> {
        let made = Self::new(input, inner, kind, parameters, value)?;
        Ok(LogicalPlan::Extension(Extension {
            node: Arc::new(made),
        }))
    }

    fn new(
        input: LogicalPlan,
        inner: Arc<LogicalPlan>,
        kind: ApplyKind,
        parameters: Vec<(String, Expr)>,
        value: Option<(String, DataType)>,
    ) -> Result<Self> {
        let added: Vec<_> = match &value {
            Some((id, storage)) => vec![(None, Arc::new(Field::new(id, storage.clone(), true)))],
            None => inner
                .schema()
                .iter()
                .map(|(qualifier, field)| {
                    (
                        qualifier.cloned(),
                        Arc::new(field.as_ref().clone().with_nullable(true)),
                    )
                })
                .collect(),
        };
        let outer = input
            .schema()
            .iter()
            .map(|(qualifier, field)| (qualifier.cloned(), Arc::clone(field)));
        let fields = outer.chain(added).collect();
        let schema = Arc::new(DFSchema::new_with_metadata(
            fields,
            std::collections::HashMap::new(),
        )?);
        Ok(Self {
            input,
            inner,
            kind,
            parameters,
            guard: None,
            value,
            schema,
        })
    }

    /// The plan that is run for each outer row.
    pub(crate) fn inner(&self) -> &LogicalPlan {
        &self.inner
    }

    /// The same node over its inner plan after a change.
    pub(crate) fn map_inner(
        &self,
        change: impl FnOnce(LogicalPlan) -> Result<LogicalPlan>,
    ) -> Result<LogicalPlan> {
        self.with_inner(change(self.inner.as_ref().clone())?)
    }

    /// The node, when a plan is one.
    pub(super) fn of(plan: &LogicalPlan) -> Option<&Self> {
        match plan {
            LogicalPlan::Extension(extension) => extension.node.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// The same with another inner plan.
    fn over(&self, inner: LogicalPlan) -> Result<Self> {
        let made = Self::new(
            self.input.clone(),
            Arc::new(inner),
            self.kind,
            self.parameters.clone(),
            self.value.clone(),
        )?;
        Ok(made.read_when(self.guard.clone()))
    }

    /// The same node on other outer rows.
    fn on(&self, input: LogicalPlan) -> Result<LogicalPlan> {
        let exprs = UserDefinedLogicalNodeCore::expressions(self);
        let made = UserDefinedLogicalNodeCore::with_exprs_and_inputs(self, exprs, vec![input])?;
        Ok(LogicalPlan::Extension(Extension {
            node: Arc::new(made),
        }))
    }

    /// The same with a condition under which the value is read.
    fn read_when(self, guard: Option<Expr>) -> Self {
        Self { guard, ..self }
    }

    /// The same node over another inner plan.
    fn with_inner(&self, inner: LogicalPlan) -> Result<LogicalPlan> {
        Ok(LogicalPlan::Extension(Extension {
            node: Arc::new(self.over(inner)?),
        }))
    }
}

impl Hash for Apply {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.input.hash(state);
        self.inner.hash(state);
        self.kind.hash(state);
        self.parameters.hash(state);
        self.guard.hash(state);
    }
}

impl PartialOrd for Apply {
    fn partial_cmp(&self, _: &Self) -> Option<std::cmp::Ordering> {
        None
    }
}

impl UserDefinedLogicalNodeCore for Apply {
    fn name(&self) -> &'static str {
        "Apply"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.parameters
            .iter()
            .map(|(_, value)| value.clone())
            .chain(self.guard.clone())
            .collect()
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        let outer = self.input.schema().fields().len();
        self.schema
            .fields()
            .iter()
            .skip(outer)
            .map(|field| field.name().clone())
            .collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SubPlan: {:?}, parameters={}",
            self.kind,
            self.parameters.len()
        )?;
        match &self.guard {
            Some(guard) => write!(f, ", where {guard}"),
            None => Ok(()),
        }
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let input = inputs.into_iter().next().ok_or_else(lost_input)?;
        let mut exprs = exprs.into_iter();
        let names = self.parameters.iter().map(|(name, _)| name.clone());
        let parameters = names.zip(exprs.by_ref()).collect();
        let made = Self::new(
            input,
            Arc::clone(&self.inner),
            self.kind,
            parameters,
            self.value.clone(),
        )?;
        Ok(made.read_when(exprs.next()))
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let outer = self.input.schema().fields().len();
        let mut needed: Vec<usize> = output_columns
            .iter()
            .copied()
            .filter(|at| *at < outer)
            .collect();
        let values = self.parameters.iter().map(|(_, value)| value);
        for value in values.chain(&self.guard) {
            for column in value.column_refs() {
                needed.push(self.input.schema().maybe_index_of_column(column)?);
            }
        }
        needed.sort_unstable();
        needed.dedup();
        Some(vec![needed])
    }
}

/// What a subquery that is a value says when it has several rows.
fn more_than_one_row() -> DataFusionError {
    let fault = Fault::new(
        SqlState::CARDINALITY_VIOLATION,
        "more than one row returned by a subquery used as an expression",
    );
    DataFusionError::External(Box::new(fault))
}

fn lost_input() -> DataFusionError {
    DataFusionError::Internal(String::from("Apply lost its input"))
}

/// The outer row that the inner plan is being run for.
#[derive(Debug, Default)]
struct Row {
    values: Mutex<Vec<ScalarValue>>,
}

impl Row {
    fn set(&self, values: Vec<ScalarValue>) {
        *self.values.lock().unwrap_or_else(PoisonError::into_inner) = values;
    }

    fn get(&self, index: usize) -> Option<ScalarValue> {
        self.values
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(index)
            .cloned()
    }
}

/// A column of the outer row, as a function without arguments.
#[derive(Debug, Clone)]
struct OuterColumn {
    row: Arc<Row>,
    index: usize,
    storage: DataType,
    signature: Signature,
}

impl PartialEq for OuterColumn {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.row, &other.row) && self.index == other.index
    }
}

impl Eq for OuterColumn {}

impl Hash for OuterColumn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}

impl ScalarUDFImpl for OuterColumn {
    fn name(&self) -> &'static str {
        "outer_column"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.storage.clone())
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let value = self.row.get(self.index);
        value
            .map(ColumnarValue::Scalar)
            .ok_or_else(|| DataFusionError::Internal(String::from("no outer row is set")))
    }
}

/// Replaces outer columns in an inner plan, at any depth, by reads of `row`.
fn bind(plan: LogicalPlan, names: &[String], row: &Arc<Row>) -> Result<LogicalPlan> {
    let replace = |expr: Expr| {
        expr.transform(|expr| {
            let Expr::OuterReferenceColumn(field, column) = &expr else {
                return Ok(Transformed::no(expr));
            };
            let Some(index) = names.iter().position(|name| *name == column.name) else {
                return Ok(Transformed::no(expr));
            };
            let read = OuterColumn {
                row: Arc::clone(row),
                index,
                storage: field.data_type().clone(),
                // Volatile: it changes from run to run, so nothing may be computed ahead of a run.
                signature: Signature::nullary(Volatility::Volatile),
            };
            Ok(Transformed::yes(
                ScalarUDF::new_from_impl(read).call(vec![]),
            ))
        })
    };
    plan.transform_up_with_subqueries(|node| {
        let mapped = node.map_expressions(replace)?;
        let changed = mapped.transformed;
        let node = if changed {
            mapped.data.recompute_schema()?
        } else {
            mapped.data
        };
        if let Some(apply) = Apply::of(&node) {
            let inner = bind(apply.inner.as_ref().clone(), names, row)?;
            return Ok(Transformed::yes(apply.with_inner(inner)?));
        }
        Ok(if changed {
            Transformed::yes(node)
        } else {
            Transformed::no(node)
        })
    })
    .data()
}

/// The state an inner plan is planned with: its runs are short and follow each other, so several
/// threads would cost more than they give, and a filter that one run finds is wrong for the next.
fn one_at_a_time(session: &dyn Session) -> Result<SessionState> {
    let state = session.as_any().downcast_ref::<SessionState>();
    let state = state.ok_or_else(|| {
        DataFusionError::Internal(String::from("planning without a session state"))
    })?;
    let mut config = state.config().clone().with_target_partitions(1);
    let optimizer = &mut config.options_mut().optimizer;
    optimizer.enable_dynamic_filter_pushdown = false;
    optimizer.enable_join_dynamic_filter_pushdown = false;
    optimizer.enable_topk_dynamic_filter_pushdown = false;
    optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    let mut state = SessionStateBuilder::new_from_existing(state.clone())
        .with_config(config)
        .build();
    state.mark_start_execution();
    Ok(state)
}

/// Plans [`Apply`] nodes.
#[derive(Debug, Default)]
pub(crate) struct ApplyPlanner;

#[async_trait]
impl ExtensionPlanner for ApplyPlanner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        planning: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(apply) = node.as_any().downcast_ref::<Apply>() else {
            return Ok(None);
        };
        let (Some(input), Some(logical)) = (physical_inputs.first(), logical_inputs.first()) else {
            return Err(lost_input());
        };
        let row = Arc::new(Row::default());
        let names: Vec<String> = apply
            .parameters
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        let inner = bind(apply.inner.as_ref().clone(), &names, &row)?;
        let inner = one_at_a_time(session)?.create_physical_plan(&inner).await?;
        let inner = kept::keep(inner)?;
        let physical =
            |value: &Expr| planner.create_physical_expr(value, logical.schema(), session, planning);
        let values = apply.parameters.iter().map(|(_, value)| physical(value));
        let parameters = values.collect::<Result<Vec<_>>>()?;
        let guard = apply.guard.as_ref().map(physical).transpose()?;
        let schema = Arc::clone(apply.schema.inner());
        Ok(Some(Arc::new(ApplyExec::new(
            Arc::clone(input),
            inner,
            apply.kind,
            parameters,
            guard,
            row,
            schema,
        ))))
    }
}
