//! DECLARE, FETCH, MOVE, CLOSE.
//!
//! A forward cursor streams. One that scrolls or is held keeps its rows, within a bound; one that
//! could scroll though nobody said so keeps them as long as they are few.

mod back;
mod rows;

use std::sync::Arc;

use arrow::array::ArrayRef;
use futures::{StreamExt, stream};
use pg_query::protobuf::{DeclareCursorStmt, FetchDirection, FetchStmt, SelectStmt};
use tokio::sync::Mutex;

use crate::engine::session::{Answer, Column, Listed, Session};
use crate::engine::statement::query::{self, Plan};
use crate::engine::statement::transaction::needs_block;
use crate::engine::statement::{Kind, query_of};
use crate::engine::stream::RowStream;
use crate::pg::{Fault, SqlState};

pub(crate) use rows::Reach;
use rows::{Keep, Rows};

const BINARY: i32 = 1;
const SCROLL: i32 = 2;
const NO_SCROLL: i32 = 4;
const INSENSITIVE: i32 = 8;
const ASENSITIVE: i32 = 16;
const HOLD: i32 = 32;

/// DECLARE, read from the tree.
#[derive(Debug)]
pub(crate) struct Declare {
    name: String,
    /// SCROLL or NO SCROLL, where one was said.
    scroll: Option<bool>,
    hold: bool,
    binary: bool,
    /// The query.
    pub(crate) query: Box<SelectStmt>,
}

/// FETCH or MOVE, read from the tree.
#[derive(Debug)]
pub(crate) struct Fetch {
    name: String,
    reach: Reach,
    moves: bool,
}

impl Fetch {
    /// The cursor's name.
    pub(crate) fn cursor(&self) -> &str {
        &self.name
    }

    /// What Execute asks of a portal that is a cursor: so many rows on, or all.
    pub(crate) fn on(name: &str, rows: Option<u64>) -> Self {
        let rows = rows.and_then(|rows| i64::try_from(rows).ok());
        Self {
            name: name.to_owned(),
            reach: Reach::Forward(rows.unwrap_or(i64::MAX)),
            moves: false,
        }
    }
}

/// An open cursor.
#[derive(Debug)]
pub(crate) struct Cursor {
    columns: Arc<[Column]>,
    rows: Arc<Mutex<Rows>>,
    listed: Arc<Listed>,
    /// It was committed, and lives until it is closed.
    held: bool,
    /// Savepoints that were open when it was declared.
    depth: usize,
}

impl Cursor {
    /// What its rows are made of.
    pub(crate) fn columns(&self) -> &Arc<[Column]> {
        &self.columns
    }

    /// What `pg_cursors` says of it.
    pub(crate) fn listed(&self) -> &Arc<Listed> {
        &self.listed
    }

    /// Whether it is still there after the transaction.
    pub(crate) fn outlives(&self, commit: bool) -> bool {
        self.held || commit && self.listed.holdable
    }

    /// Whether it lives outside transactions.
    pub(crate) fn held(&self) -> bool {
        self.held
    }

    /// Savepoints that were open when it was declared; one that is held belongs to none.
    pub(crate) fn depth(&self) -> usize {
        if self.held { 0 } else { self.depth }
    }
}

/// Reads DECLARE.
pub(crate) fn declare(declare: DeclareCursorStmt) -> Result<Kind, Fault> {
    let said = |option: i32| declare.options & option != 0;
    let invalid = |message: &str| Err(Fault::new(SqlState::INVALID_CURSOR_DEFINITION, message));
    if said(SCROLL) && said(NO_SCROLL) {
        return invalid("cannot specify both SCROLL and NO SCROLL");
    }
    if said(INSENSITIVE) && said(ASENSITIVE) {
        return invalid("cannot specify both ASENSITIVE and INSENSITIVE");
    }
    let no_scroll = said(NO_SCROLL).then_some(false);
    Ok(Kind::Declare(Declare {
        scroll: said(SCROLL).then_some(true).or(no_scroll),
        hold: said(HOLD),
        binary: said(BINARY),
        query: query_of(declare.query)?,
        name: declare.portalname,
    }))
}

/// Reads FETCH and MOVE.
pub(crate) fn fetch(fetch: &FetchStmt) -> Fetch {
    let many = fetch.how_many;
    let reach = match fetch.direction() {
        FetchDirection::FetchBackward => Reach::Forward(many.saturating_neg()),
        FetchDirection::FetchAbsolute => Reach::Absolute(many),
        FetchDirection::FetchRelative => Reach::Relative(many),
        FetchDirection::FetchForward | FetchDirection::Undefined => Reach::Forward(many),
    };
    let back_nothing = fetch.direction() == FetchDirection::FetchBackward && many == 0;
    Fetch {
        name: fetch.portalname.clone(),
        reach: if back_nothing {
            Reach::Relative(0)
        } else {
            reach
        },
        moves: fetch.ismove,
    }
}

fn unknown(name: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_CURSOR_NAME,
        format!("cursor \"{name}\" does not exist"),
    )
}

/// What FETCH will answer; nothing for MOVE.
pub(crate) fn columns(session: &mut Session, fetch: &Fetch) -> Result<Option<Vec<Column>>, Fault> {
    match session.cursors().get(&fetch.name) {
        Some(_) if fetch.moves => Ok(None),
        Some(cursor) => Ok(Some(cursor.columns.to_vec())),
        None => Err(unknown(&fetch.name)),
    }
}

/// Runs DECLARE.
pub(crate) async fn open(
    session: &mut Session,
    plan: &Plan,
    declare: &Declare,
    values: Vec<ArrayRef>,
) -> Result<Answer, Fault> {
    if !declare.hold {
        needs_block(session, "DECLARE CURSOR")?;
    }
    let most = session.engine().limits().session.portals;
    if session.cursors().contains_key(&declare.name) {
        return Err(Fault::new(
            SqlState::DUPLICATE_CURSOR,
            format!("cursor \"{}\" already exists", declare.name),
        ));
    }
    if session.cursors().len() >= most {
        return Err(Fault::new(
            SqlState::CONFIGURATION_LIMIT_EXCEEDED,
            "too many open cursors",
        ));
    }
    let running = query::start(session, plan, &values).await?;
    let scrollable = declare
        .scroll
        .unwrap_or_else(|| back::scrolls(&declare.query));
    let keep = match (declare.scroll, declare.hold, scrollable) {
        (Some(true), _, _) | (_, true, _) => Keep::All,
        (None, false, true) => Keep::WhileFew,
        _ => Keep::Nothing,
    };
    let limit = session.engine().limits().memory.per_query_bytes / 4;
    let listed = Listed {
        name: declare.name.clone(),
        statement: Arc::clone(plan.statement.text()),
        holdable: declare.hold,
        binary: declare.binary,
        scrollable,
        created_at: session.statement_start(),
    };
    let cursor = Cursor {
        columns: running.columns,
        rows: Arc::new(Mutex::new(Rows::new(running.execution, keep, limit))),
        listed: Arc::new(listed),
        held: false,
        depth: session.depth(),
    };
    session.cursors().insert(declare.name.clone(), cursor);
    if !session.in_block()
        && let Err(fault) = hold(session).await
    {
        session.cursors().remove(&declare.name);
        return Err(fault);
    }
    Ok(Answer::Done(String::from("DECLARE CURSOR")))
}

/// Takes the rows of every cursor that will outlive its transaction.
pub(crate) async fn hold(session: &mut Session) -> Result<(), Fault> {
    let activity = session.activity().clone();
    for cursor in session.cursors().values_mut() {
        if cursor.listed.holdable && !cursor.held {
            let mut rows = cursor.rows.lock().await;
            activity.during(rows.keep_all()).await??;
            cursor.held = true;
        }
    }
    Ok(())
}

/// Runs FETCH and MOVE.
pub(crate) async fn run(session: &mut Session, fetch: &Fetch) -> Result<Answer, Fault> {
    let activity = session.activity().clone();
    let Some(cursor) = session.cursors().get(&fetch.name) else {
        return Err(unknown(&fetch.name));
    };
    let (columns, rows, scroll) = (
        Arc::clone(&cursor.columns),
        Arc::clone(&cursor.rows),
        cursor.listed.scrollable,
    );
    let mut steps = {
        let mut rows = rows.lock().await;
        activity.during(rows.reach(fetch.reach, scroll)).await??
    };
    if fetch.moves {
        let mut moved = 0;
        let mut rows = rows.lock().await;
        while let Some(batch) = activity.during(rows.step(&mut steps)).await?? {
            moved += batch.num_rows();
        }
        return Ok(Answer::Done(format!("MOVE {moved}")));
    }
    let batches = stream::unfold(Some((rows, steps, activity)), |state| async move {
        let (rows, mut steps, activity) = state?;
        let step = async { rows.lock().await.step(&mut steps).await };
        match activity.during(step).await {
            Ok(Ok(Some(batch))) => Some((Ok(batch), Some((rows, steps, activity)))),
            Ok(Ok(None)) => None,
            Ok(Err(fault)) | Err(fault) => Some((Err(fault), None)),
        }
    });
    Ok(Answer::Rows {
        rows: RowStream {
            columns,
            batches: batches.boxed(),
        },
        tag: "FETCH",
    })
}

/// Runs CLOSE.
pub(crate) fn close(session: &mut Session, name: Option<&str>) -> Result<Answer, Fault> {
    let Some(name) = name else {
        session.cursors().clear();
        return Ok(Answer::Done(String::from("CLOSE CURSOR ALL")));
    };
    match session.cursors().remove(name) {
        Some(_) => Ok(Answer::Done(String::from("CLOSE CURSOR"))),
        None => Err(unknown(name)),
    }
}
