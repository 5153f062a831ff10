//! Transactions: blocks, savepoints, modes. Nothing is written, so what they keep is the state of the
//! session: its settings, its cursors and which snapshots it reads.

use pg_query::protobuf::a_const::Val;
use pg_query::protobuf::node::Node;
use pg_query::protobuf::{self, TransactionStmtKind};

use crate::engine::session::{Answer, Session};
use crate::pg::settings::Settings;
use crate::pg::{Fault, SqlState};

/// Settings that live as long as one transaction.
pub(crate) const MODE_SETTINGS: [&str; 2] = ["transaction_isolation", "transaction_deferrable"];

/// The modes a transaction is begun with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Modes {
    /// `read committed` and so on.
    isolation: Option<&'static str>,
    read_only: Option<bool>,
    deferrable: Option<bool>,
}

/// A transaction command.
#[derive(Debug)]
pub(crate) enum Command {
    /// BEGIN and START TRANSACTION, with the tag.
    Begin(Modes, &'static str),
    /// COMMIT and END.
    Commit {
        /// AND CHAIN.
        chain: bool,
    },
    /// ROLLBACK and ABORT.
    Rollback {
        /// AND CHAIN.
        chain: bool,
    },
    /// SAVEPOINT.
    Savepoint(String),
    /// RELEASE.
    Release(String),
    /// ROLLBACK TO.
    RollbackTo(String),
    /// The commands of two-phase commit.
    Refused {
        /// Whether PostgreSQL runs it in a failed transaction.
        exits: bool,
        /// The refusal.
        fault: Fault,
    },
}

fn isolation(text: &str) -> Option<&'static str> {
    let levels = [
        "serializable",
        "repeatable read",
        "read committed",
        "read uncommitted",
    ];
    levels
        .into_iter()
        .find(|level| level.eq_ignore_ascii_case(text))
}

/// Reads the options of BEGIN and SET TRANSACTION.
pub(crate) fn modes(options: &[protobuf::Node]) -> Result<Modes, Fault> {
    let mut modes = Modes::default();
    for option in options {
        let Some(Node::DefElem(element)) = option.node.as_ref() else {
            continue;
        };
        let value = match element.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
            Some(Node::AConst(constant)) => constant.val.as_ref(),
            _ => None,
        };
        let truth = matches!(value, Some(Val::Ival(number)) if number.ival != 0);
        match (element.defname.as_str(), value) {
            ("transaction_isolation", Some(Val::Sval(text))) => {
                modes.isolation = isolation(&text.sval);
            }
            ("transaction_read_only", _) => modes.read_only = Some(truth),
            ("transaction_deferrable", _) => modes.deferrable = Some(truth),
            _ => return Err(Fault::internal("a transaction mode has an unknown form")),
        }
    }
    Ok(modes)
}

impl Modes {
    /// The mode that a setting of this name stands for.
    pub(crate) fn of_setting(name: &str, value: &str) -> Result<Option<Self>, Fault> {
        let mut checked = Settings::default();
        let lower = name.to_ascii_lowercase();
        if !matches!(
            lower.as_str(),
            "transaction_isolation" | "transaction_read_only" | "transaction_deferrable"
        ) {
            return Ok(None);
        }
        checked.set(name, value)?;
        let mut modes = Self::default();
        match lower.as_str() {
            "transaction_isolation" => modes.isolation = isolation(checked.raw(&lower)),
            "transaction_read_only" => modes.read_only = Some(checked.on(&lower)),
            _ => modes.deferrable = Some(checked.on(&lower)),
        }
        Ok(Some(modes))
    }

    /// 0A000 for READ WRITE, as a standby answers.
    fn refuse_writing(self) -> Result<(), Fault> {
        if self.read_only != Some(false) {
            return Ok(());
        }
        Err(Fault::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "cannot set transaction read-write mode during recovery",
        ))
    }

    /// Makes these modes the defaults of the session's transactions.
    pub(crate) fn as_defaults(self, settings: &mut Settings) -> Result<(), Fault> {
        let word = |on: bool| if on { "on" } else { "off" };
        if let Some(level) = self.isolation {
            settings.set("default_transaction_isolation", level)?;
        }
        if let Some(on) = self.read_only {
            settings.set("default_transaction_read_only", word(on))?;
        }
        if let Some(on) = self.deferrable {
            settings.set("default_transaction_deferrable", word(on))?;
        }
        Ok(())
    }
}

/// Reads the tree.
pub(crate) fn read(statement: &protobuf::TransactionStmt) -> Result<Command, Fault> {
    use TransactionStmtKind as Said;
    let name = statement.savepoint_name.clone();
    let chain = statement.chain;
    let unknown = |exits| Command::Refused {
        exits,
        fault: Fault::new(
            SqlState::UNDEFINED_OBJECT,
            format!(
                "prepared transaction with identifier \"{}\" does not exist",
                statement.gid
            ),
        ),
    };
    Ok(match statement.kind() {
        Said::TransStmtBegin => Command::Begin(modes(&statement.options)?, "BEGIN"),
        Said::TransStmtStart => Command::Begin(modes(&statement.options)?, "START TRANSACTION"),
        Said::TransStmtCommit => Command::Commit { chain },
        Said::TransStmtRollback => Command::Rollback { chain },
        Said::TransStmtSavepoint => Command::Savepoint(name),
        Said::TransStmtRelease => Command::Release(name),
        Said::TransStmtRollbackTo => Command::RollbackTo(name),
        Said::TransStmtPrepare => Command::Refused {
            exits: true,
            fault: Fault::new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                "prepared transactions are disabled",
            )
            .hint("Set max_prepared_transactions to a nonzero value."),
        },
        Said::TransStmtCommitPrepared | Said::TransStmtRollbackPrepared | Said::Undefined => {
            unknown(false)
        }
    })
}

/// Sets modes of the running transaction. `what` names the setting in refusals.
pub(crate) fn set_modes(session: &mut Session, modes: Modes, what: &str) -> Result<(), Fault> {
    modes.refuse_writing()?;
    if let Some(why) = too_late(session, modes) {
        return Err(Fault::new(SqlState::ACTIVE_SQL_TRANSACTION, why));
    }
    if !session.together() {
        tracing::trace!(what, "modes of no transaction are forgotten at once");
        return Ok(());
    }
    session.change_settings(true, |settings| {
        if let Some(level) = modes.isolation {
            settings.set_by_server("transaction_isolation", level)?;
        }
        if let Some(on) = modes.deferrable {
            settings.set_by_server("transaction_deferrable", if on { "on" } else { "off" })?;
        }
        Ok(())
    })
}

/// Why the running transaction cannot have other modes any more.
fn too_late(session: &Session, modes: Modes) -> Option<&'static str> {
    let (queried, nested) = (session.queried(), session.depth() > 0);
    if !session.together() {
        return None;
    }
    let isolates = modes
        .isolation
        .is_some_and(|level| level != session.settings().raw("transaction_isolation"));
    if isolates && queried {
        return Some("SET TRANSACTION ISOLATION LEVEL must be called before any query");
    }
    if isolates && nested {
        return Some("SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction");
    }
    if modes.deferrable.is_some() && nested {
        return Some("SET TRANSACTION [NOT] DEFERRABLE cannot be called within a subtransaction");
    }
    (modes.deferrable.is_some() && queried)
        .then_some("SET TRANSACTION [NOT] DEFERRABLE must be called before any query")
}

/// SET TRANSACTION SNAPSHOT: reads what another session's transaction reads.
pub(crate) fn import(session: &mut Session, name: &str) -> Result<(), Fault> {
    if session.queried() || session.depth() > 0 {
        return Err(Fault::new(
            SqlState::ACTIVE_SQL_TRANSACTION,
            "SET TRANSACTION SNAPSHOT must be called before any query",
        ));
    }
    let level = session.settings().raw("transaction_isolation");
    if !matches!(level, "serializable" | "repeatable read") {
        return Err(Fault::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "a snapshot-importing transaction must have isolation level SERIALIZABLE or \
             REPEATABLE READ",
        ));
    }
    if !session.import(name) {
        return Err(Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("invalid snapshot identifier: \"{name}\""),
        ));
    }
    Ok(())
}

/// Runs a transaction command.
pub(crate) async fn run(session: &mut Session, command: &Command) -> Result<Answer, Fault> {
    let done = |tag: &str| Ok(Answer::Done(String::from(tag)));
    match command {
        Command::Begin(modes, tag) => {
            if session.in_block() {
                session.warn(
                    SqlState::ACTIVE_SQL_TRANSACTION,
                    "there is already a transaction in progress",
                );
            } else {
                // A transaction that cannot be as asked does not begin.
                modes.refuse_writing()?;
                session.begin();
            }
            set_modes(session, *modes, tag)?;
            done(tag)
        }
        Command::Commit { chain } => {
            let failed = session.failed();
            leave(session, "COMMIT AND CHAIN", *chain, !failed).await?;
            done(if failed { "ROLLBACK" } else { "COMMIT" })
        }
        Command::Rollback { chain } => {
            leave(session, "ROLLBACK AND CHAIN", *chain, false).await?;
            done("ROLLBACK")
        }
        Command::Savepoint(name) => {
            begun(session, "SAVEPOINT")?;
            session.savepoint(name)?;
            done("SAVEPOINT")
        }
        Command::Release(name) => {
            begun(session, "RELEASE SAVEPOINT")?;
            session.release(name)?;
            done("RELEASE")
        }
        Command::RollbackTo(name) => {
            begun(session, "ROLLBACK TO SAVEPOINT")?;
            session.roll_back_to(name)?;
            done("ROLLBACK")
        }
        Command::Refused { exits: true, fault } => {
            // As a commit that fails: the block is over, whatever it says.
            let (block, failed) = (session.in_block(), session.failed());
            leave(session, "PREPARE TRANSACTION", false, false).await?;
            if block && !failed {
                return Err(fault.clone());
            }
            done("ROLLBACK")
        }
        Command::Refused { fault, .. } => Err(fault.clone()),
    }
}

/// Ends the transaction block; CHAIN begins another with the same modes.
async fn leave(session: &mut Session, what: &str, chain: bool, commit: bool) -> Result<(), Fault> {
    if !session.in_block() {
        if chain {
            return begun(session, what);
        }
        session.warn(
            SqlState::NO_ACTIVE_SQL_TRANSACTION,
            "there is no transaction in progress",
        );
        // What the message did before belongs together nevertheless.
        if session.together() {
            session.leave(commit).await?;
        }
        return Ok(());
    }
    let modes = MODE_SETTINGS.map(|name| (name, session.settings().raw(name).to_owned()));
    session.leave(commit).await?;
    if chain {
        session.begin();
        session.change_settings(true, |settings| {
            modes
                .iter()
                .try_for_each(|(name, value)| settings.set_by_server(name, value))
        })?;
    }
    Ok(())
}

/// Refuses what only makes sense in a transaction block.
pub(crate) fn needs_block(session: &Session, what: &str) -> Result<(), Fault> {
    if session.together() {
        return Ok(());
    }
    Err(outside_block(what))
}

/// Refuses what only makes sense in a block that was begun.
fn begun(session: &Session, what: &str) -> Result<(), Fault> {
    if session.in_block() {
        return Ok(());
    }
    Err(outside_block(what))
}

/// Refuses what is a transaction of its own.
pub(crate) fn needs_no_block(session: &Session, what: &str) -> Result<(), Fault> {
    if !session.together() {
        return Ok(());
    }
    Err(Fault::new(
        SqlState::ACTIVE_SQL_TRANSACTION,
        format!("{what} cannot run inside a transaction block"),
    ))
}

fn outside_block(what: &str) -> Fault {
    Fault::new(
        SqlState::NO_ACTIVE_SQL_TRANSACTION,
        format!("{what} can only be used in transaction blocks"),
    )
}
