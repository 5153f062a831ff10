//! PREPARE, EXECUTE, DEALLOCATE: the same statements that Parse keeps.

use std::sync::Arc;

use arrow::array::ArrayRef;
use pg_query::protobuf::node::Node;
use pg_query::protobuf::{self, ExecuteStmt, PrepareStmt, SelectStmt};

use crate::engine::catalog::system::system;
use crate::engine::parse::Measured;
use crate::engine::session::{Answer, Column, Kept, Session};
use crate::engine::statement::query::{self, Plan};
use crate::engine::statement::{Kind, Statement, denied, query_of, refuse};
use crate::ident::Oid;
use crate::pg::{Fault, SqlState};

/// PREPARE, read from the tree.
#[derive(Debug)]
pub(crate) struct Prepare {
    name: String,
    /// The declared types as a query of typed NULLs: names of types are read in one place.
    types: Option<Box<SelectStmt>>,
    /// What is prepared: a query, or what is refused when it is executed.
    inner: Arc<Kind>,
}

/// EXECUTE, read from the tree.
#[derive(Debug)]
pub(crate) struct Execute {
    name: String,
    values: Vec<protobuf::Node>,
}

/// Reads PREPARE.
pub(crate) fn prepare(prepare: PrepareStmt, measured: &Measured) -> Result<Prepare, Fault> {
    let inner = if measured.modifies {
        let written = prepare.query.as_ref().and_then(|query| query.node.as_ref());
        let fault = match written {
            None | Some(Node::SelectStmt(_)) => refuse::read_only("SELECT"),
            Some(write) => refuse::statement(write),
        };
        denied(fault, measured)
    } else {
        Kind::Query(query_of(prepare.query)?)
    };
    let null = || protobuf::Node {
        node: Some(Node::AConst(protobuf::AConst {
            isnull: true,
            location: -1,
            val: None,
        })),
    };
    let typed = prepare
        .argtypes
        .into_iter()
        .filter_map(|node| match node.node {
            Some(Node::TypeName(name)) => Some((null(), name)),
            _ => None,
        });
    let types = select_casts(typed);
    let types = (!types.target_list.is_empty()).then_some(Box::new(types));
    Ok(Prepare {
        name: prepare.name,
        types,
        inner: Arc::new(inner),
    })
}

/// Reads EXECUTE.
pub(crate) fn execute(execute: ExecuteStmt) -> Execute {
    Execute {
        name: execute.name,
        values: execute.params,
    }
}

/// `SELECT CAST(value AS type), …`
fn select_casts(casts: impl Iterator<Item = (protobuf::Node, protobuf::TypeName)>) -> SelectStmt {
    let target = |(value, name): (protobuf::Node, protobuf::TypeName)| {
        let cast = protobuf::TypeCast {
            arg: Some(Box::new(value)),
            type_name: Some(name),
            location: -1,
        };
        let target = protobuf::ResTarget {
            val: Some(Box::new(protobuf::Node {
                node: Some(Node::TypeCast(Box::new(cast))),
            })),
            location: -1,
            ..Default::default()
        };
        protobuf::Node {
            node: Some(Node::ResTarget(Box::new(target))),
        }
    };
    SelectStmt {
        target_list: casts.map(target).collect(),
        limit_option: protobuf::LimitOption::Default.into(),
        op: protobuf::SetOperation::SetopNone.into(),
        ..Default::default()
    }
}

/// Runs PREPARE.
pub(crate) async fn keep(
    session: &mut Session,
    statement: &Statement,
    prepare: &Prepare,
) -> Result<Answer, Fault> {
    let declared = match &prepare.types {
        None => Vec::new(),
        Some(types) => {
            let types = statement.inner(Kind::Query(types.clone()));
            let typed = query::prepare(session, &types, None).await?;
            let columns = typed.columns.unwrap_or_default();
            columns.iter().map(|column| Some(column.kind.oid)).collect()
        }
    };
    let inner = statement.inner(Arc::clone(&prepare.inner));
    let prepared = query::prepare(session, &inner, Some(&declared)).await?;
    let text = Arc::clone(statement.text());
    session.keep(
        &prepare.name,
        Kept {
            statement: Some(inner),
            prepared,
            declared,
            text,
            from_sql: true,
            prepared_at: session.statement_start(),
            uses: Arc::default(),
        },
    )?;
    Ok(Answer::Done(String::from("PREPARE")))
}

/// What EXECUTE will answer.
pub(crate) fn columns(session: &Session, execute: &Execute) -> Result<Option<Vec<Column>>, Fault> {
    Ok(session.kept(&execute.name)?.prepared.columns.clone())
}

/// Runs EXECUTE: its values first, then the statement.
pub(crate) async fn run(
    session: &mut Session,
    plan: &Plan,
    execute: &Execute,
) -> Result<Answer, Fault> {
    let (kept, values) = called(session, plan, execute).await?;
    match &kept.prepared.plan {
        Some(inner) => Box::pin(session.answer(inner, values)).await,
        None => Ok(Answer::Empty),
    }
}

/// The statement that EXECUTE names, and its values.
pub(crate) async fn called(
    session: &mut Session,
    plan: &Plan,
    execute: &Execute,
) -> Result<(Arc<Kept>, Vec<ArrayRef>), Fault> {
    let kept = session.kept(&execute.name)?;
    let wanted = &kept.prepared.parameters;
    if wanted.len() != execute.values.len() {
        return Err(Fault::new(
            SqlState::SYNTAX_ERROR,
            format!(
                "wrong number of parameters for prepared statement \"{}\"",
                execute.name
            ),
        )
        .detail(format!(
            "Expected {} parameters but got {}.",
            wanted.len(),
            execute.values.len()
        )));
    }
    let values = match wanted.as_slice() {
        [] => Vec::new(),
        _ => values(session, &plan.statement, execute, wanted).await?,
    };
    session.count_use(&kept);
    Ok((kept, values))
}

/// Computes the values of EXECUTE as a query of one row.
async fn values(
    session: &mut Session,
    statement: &Statement,
    execute: &Execute,
    types: &[Oid],
) -> Result<Vec<ArrayRef>, Fault> {
    let named = execute.values.iter().zip(types).map(|(value, oid)| {
        let name = system()
            .type_by_oid(*oid)
            .map_or("text", |row| row.name.as_str());
        (value.clone(), catalog_type(name))
    });
    let query = statement.inner(Kind::Query(Box::new(select_casts(named))));
    let prepared = query::prepare(session, &query, None).await?;
    let Some(plan) = prepared.plan else {
        return Err(Fault::internal("the values of EXECUTE have no plan"));
    };
    let rows = query::collect(session, &plan).await?;
    match rows.iter().find(|batch| batch.num_rows() == 1) {
        Some(row) => Ok(row.columns().iter().map(Arc::clone).collect()),
        None => Err(Fault::internal("the values of EXECUTE are not one row")),
    }
}

fn catalog_type(name: &str) -> protobuf::TypeName {
    let part = |part: &str| protobuf::Node {
        node: Some(Node::String(protobuf::String {
            sval: part.to_owned(),
        })),
    };
    protobuf::TypeName {
        names: vec![part("pg_catalog"), part(name)],
        typemod: -1,
        location: -1,
        ..Default::default()
    }
}

/// Runs DEALLOCATE.
pub(crate) fn deallocate(session: &mut Session, name: Option<&str>) -> Result<Answer, Fault> {
    let Some(name) = name else {
        session.forget_all();
        return Ok(Answer::Done(String::from("DEALLOCATE ALL")));
    };
    session.kept(name)?;
    session.forget(name);
    Ok(Answer::Done(String::from("DEALLOCATE")))
}
