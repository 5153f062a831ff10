//! SELECT, VALUES, TABLE: from a parse tree to running rows.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{ParamValues, Result as PlanResult, ScalarValue};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use pg_query::protobuf;

use crate::engine::analyze::{Analyzed, analyze};
use crate::engine::catalog::Catalog;
use crate::engine::exec::apply::Apply;
use crate::engine::exec::{self, Execution, Memory};
use crate::engine::functions::Context;
use crate::engine::govern::{Turn, from_datafusion};
use crate::engine::session::{Answer, Column, Prepared, Session};
use crate::engine::statement::refuse::Maintain;
use crate::engine::statement::{Kind, Statement, copy, cursor, prepare, setting, transaction};
use crate::engine::stream::RowStream;
use crate::ident::Oid;
use crate::pg::settings::Settings;
use crate::pg::{Fault, SqlState};

/// A prepared statement's way to run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What was said.
    pub(crate) statement: Statement,
    /// What the client declared of its parameters.
    declared: Option<Vec<Option<Oid>>>,
    /// The query in it, analysed, if there is one.
    pub(crate) query: Option<Query>,
}

/// An analysed query with what the analysis rests on.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// The analysis.
    pub(crate) analyzed: Arc<Analyzed>,
    catalog: Arc<Catalog>,
    settings: Arc<Settings>,
}

impl Query {
    /// Whether names and literals would be read the same again.
    fn holds(&self, context: &Context) -> bool {
        Arc::ptr_eq(&self.catalog, &context.catalog)
            && self.settings.style == context.settings.style
            && self.settings.search_path == context.settings.search_path
    }
}

/// A query that is ready to run.
pub(crate) struct Planned {
    /// Its columns.
    pub(crate) columns: Arc<[Column]>,
    /// Its physical plan.
    pub(crate) physical: Arc<dyn ExecutionPlan>,
    /// What it runs with.
    pub(crate) task: Arc<TaskContext>,
    /// Its right to run.
    pub(crate) turn: Option<Turn>,
}

/// A query that runs.
pub(crate) struct Running {
    /// Its columns.
    pub(crate) columns: Arc<[Column]>,
    /// Its batches.
    pub(crate) execution: Execution,
}

/// Settles what a statement takes and gives.
pub(crate) async fn prepare(
    session: &mut Session,
    statement: &Statement,
    declared: Option<&[Option<Oid>]>,
) -> Result<Prepared, Fault> {
    let write = match statement.kind() {
        Kind::Copy(copy) => copy::check(session, copy).await?,
        _ => None,
    };
    let query = match statement.kind() {
        Kind::Refused(fault) => return Err(fault.clone()),
        kind => match kind.query() {
            Some(_) => Some(analyzed(session, statement, declared).await?),
            None => None,
        },
    };
    if let Some(refusal) = write {
        return Err(refusal);
    }
    let columns = columns(session, statement, query.as_ref())?;
    let mut parameters: Vec<Oid> = declared
        .unwrap_or_default()
        .iter()
        .map(|declared| declared.unwrap_or(crate::pg::types::TEXT))
        .collect();
    if let Some(query) = &query {
        parameters.clone_from(&query.analyzed.parameters);
    }
    match statement.kind() {
        Kind::Prepare(_) => parameters.clear(),
        // What undeclared ones would be is the tables' to say, and a client that were told a wrong
        // type would refuse its own values: such a write is refused here.
        Kind::Denied {
            fault,
            parameters: count,
        } => {
            let known = declared.unwrap_or_default().iter().take(*count).flatten();
            if known.count() < *count {
                return Err(fault.clone());
            }
        }
        _ => {}
    }
    let plan = Plan {
        statement: statement.clone(),
        declared: declared.map(<[_]>::to_vec),
        query,
    };
    Ok(Prepared {
        parameters,
        columns,
        plan: Some(Arc::new(plan)),
    })
}

impl Kind {
    /// The query a statement holds, when it is settled together with the statement.
    pub(crate) fn query(&self) -> Option<&protobuf::SelectStmt> {
        match self {
            Self::Query(query) => Some(query),
            Self::Explain(explain) => explain.query(),
            Self::Declare(declare) => Some(&declare.query),
            Self::Copy(copy) => Some(&copy.query),
            _ => None,
        }
    }
}

/// The columns of the answer; `None` when there are no rows to describe.
fn columns(
    session: &mut Session,
    statement: &Statement,
    query: Option<&Query>,
) -> Result<Option<Vec<Column>>, Fault> {
    Ok(match statement.kind() {
        Kind::Query(_) => query.map(|query| query.analyzed.columns.clone()),
        Kind::Explain(explain) => Some(vec![explain.column()]),
        Kind::Show(name) => Some(setting::show_columns(session.settings(), name)?),
        Kind::Fetch(fetch) => cursor::columns(session, fetch)?,
        Kind::Execute(execute) => prepare::columns(session, execute)?,
        _ => None,
    })
}

/// Analyses the query in a statement on a planning thread.
async fn analyzed(
    session: &mut Session,
    statement: &Statement,
    declared: Option<&[Option<Oid>]>,
) -> Result<Query, Fault> {
    let context = session.context().await?;
    let engine = Arc::clone(session.engine());
    let (catalog, settings) = (Arc::clone(&context.catalog), Arc::clone(&context.settings));
    let (statement, declared) = (statement.clone(), declared.map(<[_]>::to_vec));
    let work = engine.planners().run(move || {
        let Some(query) = statement.kind().query() else {
            return Err(Fault::internal("a statement without a query was analysed"));
        };
        analyze(query, statement.source(), declared.as_deref(), &context)
    });
    let analyzed = within_planning_time(session, work).await?;
    let limit = session.engine().limits().statement.columns;
    if analyzed.columns.len() > limit {
        return Err(Fault::new(
            SqlState::TOO_MANY_COLUMNS,
            format!("target lists can have at most {limit} entries"),
        ));
    }
    Ok(Query {
        analyzed: Arc::new(analyzed),
        catalog,
        settings,
    })
}

/// The analysis a plan runs with: its own, or a new one when names mean something else by now.
pub(crate) async fn current(
    session: &mut Session,
    plan: &Plan,
) -> Result<(Arc<Analyzed>, Context), Fault> {
    let Some(query) = &plan.query else {
        return Err(Fault::internal("a plan without a query was run"));
    };
    let mut context = session.context().await?;
    context.statement = Arc::clone(plan.statement.text());
    if query.holds(&context) {
        return Ok((Arc::clone(&query.analyzed), context));
    }
    let parameters = query.analyzed.parameters.iter().copied().map(Some);
    let declared: Option<Vec<Option<Oid>>> = plan.declared.is_some().then(|| parameters.collect());
    let again = analyzed(session, &plan.statement, declared.as_deref()).await?;
    let same = |a: &Column, b: &Column| a.name == b.name && a.kind == b.kind;
    let (old, new) = (&query.analyzed.columns, &again.analyzed.columns);
    if old.len() != new.len() || !old.iter().zip(new).all(|(old, new)| same(old, new)) {
        return Err(Fault::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "cached plan must not change result type",
        ));
    }
    Ok((again.analyzed, context))
}

/// Plans the query of a plan with its values, when it is this statement's turn.
pub(crate) async fn physical(
    session: &mut Session,
    plan: &Plan,
    values: &[ArrayRef],
) -> Result<Planned, Fault> {
    let (analyzed, context) = current(session, plan).await?;
    session.note_query();
    let engine = Arc::clone(session.engine());
    let share = engine.governor().share(session.admission().tenant());
    let turn = if analyzed.catalog_only {
        None
    } else {
        let turn = engine.governor().turn(&share);
        Some(session.activity().during(turn).await??)
    };
    let memory = Memory {
        pool: engine.governor().memory(&share),
        spill: engine.governor().spill()?,
    };
    let columns: Arc<[Column]> = analyzed.columns.clone().into();
    let parameters = parameters(values)?;
    let planning = Arc::clone(&engine);
    let work = engine.planners().run(move || {
        let state = planning
            .planning()
            .state(context, Some(memory), analyzed.catalog_only);
        let plan = bound(&analyzed.plan, parameters)?;
        let physical = planning
            .local()
            .handle()
            .block_on(exec::physical(&state, &plan))?;
        Ok((physical, state.task_ctx()))
    });
    let (physical, task) = within_planning_time(session, work).await?;
    Ok(Planned {
        columns,
        physical,
        task,
        turn,
    })
}

/// Waits for analysis or planning, as long as it may take.
async fn within_planning_time<T>(
    session: &Session,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let limit = session.engine().limits().statement.planning;
    let timed = tokio::time::timeout(limit, work);
    match session.activity().during(timed).await? {
        Ok(done) => done,
        Err(_) => Err(
            Fault::new(SqlState::STATEMENT_TOO_COMPLEX, "statement is too complex").detail(
                format!(
                    "It could not be planned within {} seconds.",
                    limit.as_secs()
                ),
            ),
        ),
    }
}

/// Starts the query of a plan.
pub(crate) async fn start(
    session: &mut Session,
    plan: &Plan,
    values: &[ArrayRef],
) -> Result<Running, Fault> {
    let Planned {
        columns,
        physical,
        task,
        turn,
    } = physical(session, plan, values).await?;
    let execution = session.engine().local().execute(physical, task, turn);
    Ok(Running { columns, execution })
}

fn parameters(values: &[ArrayRef]) -> Result<Vec<ScalarValue>, Fault> {
    let scalar = |array: &ArrayRef| ScalarValue::try_from_array(array, 0);
    values
        .iter()
        .map(scalar)
        .collect::<Result<_, _>>()
        .map_err(|error| from_datafusion(&error))
}

/// Puts values in place of the parameters, in subqueries of every kind too.
fn bound(plan: &LogicalPlan, values: Vec<ScalarValue>) -> Result<LogicalPlan, Fault> {
    if values.is_empty() {
        return Ok(plan.clone());
    }
    let values = ParamValues::from(values);
    with_values(plan.clone(), &values).map_err(|error| from_datafusion(&error))
}

fn with_values(plan: LogicalPlan, values: &ParamValues) -> PlanResult<LogicalPlan> {
    let plan = plan.transform_up_with_subqueries(|node| {
        let applied = match &node {
            LogicalPlan::Extension(extension) => extension.node.as_any().downcast_ref::<Apply>(),
            _ => None,
        };
        match applied {
            Some(apply) => apply
                .map_inner(|inner| with_values(inner, values))
                .map(Transformed::yes),
            None => Ok(Transformed::no(node)),
        }
    });
    plan.data()?.with_param_values(values.clone())
}

/// Runs a query for its client.
pub(crate) async fn run(
    session: &mut Session,
    plan: &Plan,
    values: Vec<ArrayRef>,
) -> Result<Answer, Fault> {
    let Running { columns, execution } = start(session, plan, &values).await?;
    let rows = RowStream::running(columns, execution, session.activity().clone());
    Ok(Answer::Rows {
        rows,
        tag: "SELECT",
    })
}

/// Collects a small result, for the engine's own questions.
pub(crate) async fn collect(session: &mut Session, plan: &Plan) -> Result<Vec<RecordBatch>, Fault> {
    let Running { mut execution, .. } = start(session, plan, &[]).await?;
    let mut batches = Vec::new();
    while let Some(batch) = session.activity().during(execution.next()).await? {
        batches.push(batch?);
    }
    Ok(batches)
}

/// LOCK TABLE: the tables must exist; a mode that keeps others out is not for readers.
pub(crate) async fn lock(
    session: &mut Session,
    tables: &[protobuf::RangeVar],
    strong: bool,
) -> Result<Answer, Fault> {
    transaction::needs_block(session, "LOCK TABLE")?;
    find_tables(session, tables).await?;
    match tables.first() {
        Some(table) if strong => Err(Fault::new(
            SqlState::INSUFFICIENT_PRIVILEGE,
            format!("permission denied for table {}", table.relname),
        )),
        _ => Ok(Answer::Done(String::from("LOCK TABLE"))),
    }
}

/// VACUUM and its kin: the tables must exist, and are in order as they are.
pub(crate) async fn maintain(session: &mut Session, maintain: &Maintain) -> Result<Answer, Fault> {
    if maintain.alone {
        transaction::needs_no_block(session, maintain.tag)?;
    }
    find_tables(session, &maintain.tables).await?;
    Ok(Answer::Done(String::from(maintain.tag)))
}

async fn find_tables(session: &mut Session, tables: &[protobuf::RangeVar]) -> Result<(), Fault> {
    let context = session.context().await?;
    for table in tables {
        let schema = Some(table.schemaname.as_str()).filter(|name| !name.is_empty());
        if let Some(schema) = schema.filter(|schema| context.catalog.namespace(schema).is_none()) {
            return Err(Fault::new(
                SqlState::INVALID_SCHEMA_NAME,
                format!("schema \"{schema}\" does not exist"),
            ));
        }
        let path = &context.settings.search_path;
        if context
            .catalog
            .class(schema, &table.relname, path)
            .is_none()
        {
            let shown = schema.map_or(table.relname.clone(), |schema| {
                format!("{schema}.{}", table.relname)
            });
            return Err(Fault::new(
                SqlState::UNDEFINED_TABLE,
                format!("relation \"{shown}\" does not exist"),
            ));
        }
    }
    Ok(())
}
