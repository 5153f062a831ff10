//! SET, RESET and what they name: `SET LOCAL`, `SET TIME ZONE`, `SET TRANSACTION`, `SET SESSION
//! CHARACTERISTICS`.

use pg_query::protobuf::node::Node;
use pg_query::protobuf::{self, DiscardMode, VariableSetKind, a_const::Val};

use crate::engine::session::{Answer, Column, Session};
use crate::engine::statement::transaction::{self, Modes};
use crate::engine::stream::RowStream;
use crate::pg::settings::{self, AS_OF, Kind, Settings};
use crate::pg::{Fault, SqlState, types};

/// SET or RESET, read from the tree.
#[derive(Debug)]
pub(crate) enum Set {
    /// `SET [LOCAL] name = value`
    Value {
        /// The setting.
        name: String,
        /// The value as one text.
        value: String,
        /// LOCAL.
        local: bool,
    },
    /// `SET name = DEFAULT`, `RESET name`
    Default {
        /// The setting.
        name: String,
        /// LOCAL.
        local: bool,
        /// RESET was said.
        reset: bool,
    },
    /// `SET name FROM CURRENT` outside a function: nothing changes.
    Current,
    /// `RESET ALL`
    ResetAll,
    /// `SET TRANSACTION …`
    Transaction(Modes),
    /// `SET SESSION CHARACTERISTICS AS TRANSACTION …`
    Characteristics(Modes),
    /// `SET TRANSACTION SNAPSHOT`
    Snapshot(String),
}

/// Reads the tree.
pub(crate) fn read(set: &protobuf::VariableSetStmt) -> Result<Set, Fault> {
    let name = set.name.clone();
    let local = set.is_local;
    Ok(match set.kind() {
        VariableSetKind::VarSetValue => Set::Value {
            value: value(&name, &set.args)?,
            name,
            local,
        },
        VariableSetKind::VarSetDefault => Set::Default {
            name,
            local,
            reset: false,
        },
        VariableSetKind::VarReset => Set::Default {
            name,
            local: false,
            reset: true,
        },
        VariableSetKind::VarResetAll => Set::ResetAll,
        VariableSetKind::VarSetMulti => match name.as_str() {
            "TRANSACTION" => Set::Transaction(transaction::modes(&set.args)?),
            "SESSION CHARACTERISTICS" => Set::Characteristics(transaction::modes(&set.args)?),
            _ => Set::Snapshot(value(&name, &set.args)?),
        },
        VariableSetKind::VarSetCurrent | VariableSetKind::Undefined => Set::Current,
    })
}

/// Joins the arguments of SET into one text, as PostgreSQL does before it checks anything.
fn value(name: &str, args: &[protobuf::Node]) -> Result<String, Fault> {
    let known = settings::known().get(&name.to_ascii_lowercase());
    let lists = known.is_some_and(|known| {
        known.kind == Kind::Text
            && matches!(
                known.name,
                "search_path"
                    | "DateStyle"
                    | "temp_tablespaces"
                    | "session_preload_libraries"
                    | "local_preload_libraries"
            )
    });
    if args.len() > 1 && !lists {
        return Err(Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("SET {name} takes only one argument"),
        ));
    }
    let quotes = lists && known.is_some_and(|known| known.name != "DateStyle" || args.len() > 1);
    let mut words = Vec::with_capacity(args.len());
    for arg in args {
        words.push(match arg.node.as_ref() {
            Some(Node::AConst(constant)) => match constant.val.as_ref() {
                Some(Val::Ival(number)) => number.ival.to_string(),
                Some(Val::Fval(number)) => number.fval.clone(),
                Some(Val::Boolval(value)) => {
                    String::from(if value.boolval { "true" } else { "false" })
                }
                Some(Val::Sval(text)) if quotes => quoted(&text.sval),
                Some(Val::Sval(text)) => text.sval.clone(),
                Some(Val::Bsval(bits)) => bits.bsval.clone(),
                // PostgreSQL's protocol buffers leave a zero out.
                None => String::from("0"),
            },
            Some(Node::TypeCast(cast)) => interval(name, cast)?,
            Some(Node::String(text)) => text.sval.clone(),
            Some(Node::Integer(number)) => number.ival.to_string(),
            Some(Node::Float(number)) => number.fval.clone(),
            _ => return Err(Fault::internal("a setting's value has an unknown form")),
        });
    }
    Ok(words.join(", "))
}

/// Quotes an identifier where PostgreSQL would.
fn quoted(text: &str) -> String {
    let plain = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_')
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'$'
        });
    if plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

/// `SET TIME ZONE INTERVAL '-3:30'`: hours and minutes only.
fn interval(name: &str, cast: &protobuf::TypeCast) -> Result<String, Fault> {
    let text = match cast.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
        Some(Node::AConst(constant)) => match constant.val.as_ref() {
            Some(Val::Sval(text)) => text.sval.as_str(),
            _ => "",
        },
        _ => "",
    };
    let (sign, clock) = match text.trim().strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.trim().trim_start_matches('+')),
    };
    let mut parts = clock
        .splitn(3, ':')
        .map(|part| part.parse::<u32>().map(f64::from));
    let hours = parts.next().and_then(Result::ok);
    let minutes = parts.next().map_or(Ok(0.0), |part| part);
    let seconds = parts.next().map_or(Ok(0.0), |part| part);
    match (hours, minutes, seconds) {
        (Some(hours), Ok(minutes), Ok(seconds)) if minutes < 60.0 && seconds < 60.0 => {
            Ok((sign * (hours + minutes / 60.0 + seconds / 3_600.0)).to_string())
        }
        _ => Err(Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("invalid value for parameter \"TimeZone\": \"INTERVAL '{text}'\""),
        )
        .detail(format!("Cannot use this interval for {name}."))),
    }
}

/// Runs SET or RESET.
pub(crate) async fn run(session: &mut Session, set: &Set) -> Result<Answer, Fault> {
    match set {
        Set::Value { name, value, local } => {
            if *local && !session.together() {
                session.warn(
                    SqlState::NO_ACTIVE_SQL_TRANSACTION,
                    "SET LOCAL can only be used in transaction blocks",
                );
            }
            if name.eq_ignore_ascii_case(AS_OF) {
                travel(session, value).await?;
            }
            if let Some(modes) = Modes::of_setting(name, value)? {
                transaction::set_modes(session, modes, name)?;
            } else {
                session.change_settings(*local, |settings| settings.set(name, value))?;
            }
            Ok(Answer::Done(String::from("SET")))
        }
        Set::Default { name, local, reset } => {
            let transactional = name.to_ascii_lowercase().starts_with("transaction_")
                && settings::known().contains_key(&name.to_ascii_lowercase());
            if transactional {
                if !session.together() {
                    session.warn(
                        SqlState::NO_ACTIVE_SQL_TRANSACTION,
                        "RESET TRANSACTION can only be used in transaction blocks",
                    );
                }
            } else {
                if name.eq_ignore_ascii_case(AS_OF) {
                    session.leave_time()?;
                }
                let base = session.base_settings();
                session.change_settings(*local, |settings| settings.reset(name, &base))?;
            }
            Ok(Answer::Done(String::from(if *reset {
                "RESET"
            } else {
                "SET"
            })))
        }
        Set::Current => Ok(Answer::Done(String::from("SET"))),
        Set::ResetAll => {
            reset_all(session)?;
            Ok(Answer::Done(String::from("RESET")))
        }
        Set::Transaction(modes) => {
            warn_outside(session);
            transaction::set_modes(session, *modes, "TRANSACTION")?;
            Ok(Answer::Done(String::from("SET")))
        }
        Set::Characteristics(modes) => {
            session.change_settings(false, |settings| modes.as_defaults(settings))?;
            Ok(Answer::Done(String::from("SET")))
        }
        Set::Snapshot(name) => {
            warn_outside(session);
            transaction::import(session, name)?;
            Ok(Answer::Done(String::from("SET")))
        }
    }
}

/// Sees that there is something to read at the time that is asked for, before it is set.
async fn travel(session: &mut Session, value: &str) -> Result<(), Fault> {
    let mut wanted = Settings::clone(session.settings());
    wanted.set(AS_OF, value)?;
    session.leave_time()?;
    session.visit(wanted.as_of()).await.map(drop)
}

fn warn_outside(session: &mut Session) {
    if !session.together() {
        session.warn(
            SqlState::NO_ACTIVE_SQL_TRANSACTION,
            "SET TRANSACTION can only be used in transaction blocks",
        );
    }
}

/// Gives every setting the value it had when the session began, but for those of the transaction.
pub(crate) fn reset_all(session: &mut Session) -> Result<(), Fault> {
    let base = session.base_settings();
    session.change_settings(false, |settings| {
        let kept = transaction::MODE_SETTINGS.map(|name| {
            (
                name,
                settings.is_set(name).then(|| settings.raw(name).to_owned()),
            )
        });
        *settings = Settings::clone(&base);
        for (name, value) in kept {
            if let Some(value) = value {
                settings.set_by_server(name, &value)?;
            }
        }
        Ok(())
    })
}

/// Runs SHOW.
pub(crate) fn show_rows(session: &Session, name: &str) -> Result<Answer, Fault> {
    let settings = session.settings();
    let columns = show_columns(settings, name)?;
    let rows: Vec<Vec<String>> = match settings.shown(name) {
        Some(value) => vec![vec![value]],
        None => settings
            .all()
            .map(|(known, value)| vec![known.name.to_owned(), value, known.short_desc.to_owned()])
            .collect(),
    };
    let rows = RowStream::texts(columns, &rows)?;
    Ok(Answer::Rows { rows, tag: "SHOW" })
}

/// The columns of SHOW's answer, once it is clear that there is such a setting.
pub(crate) fn show_columns(settings: &Settings, name: &str) -> Result<Vec<Column>, Fault> {
    let text = |name: &str| Column::computed(name, types::TEXT);
    if name.eq_ignore_ascii_case("all") {
        return Ok(["name", "setting", "description"].map(text).to_vec());
    }
    let lower = name.to_ascii_lowercase();
    if settings.shown(name).is_some() {
        let known = settings::known().get(&lower);
        return Ok(vec![text(known.map_or(name, |known| known.name))]);
    }
    if HIDDEN.contains(&lower.as_str()) {
        return Err(Fault::new(
            SqlState::INSUFFICIENT_PRIVILEGE,
            format!(
                "must be superuser or have privileges of pg_read_all_settings to examine \"{lower}\""
            ),
        ));
    }
    Err(Fault::new(
        SqlState::UNDEFINED_OBJECT,
        format!("unrecognized configuration parameter \"{name}\""),
    ))
}

/// Runs DISCARD. Plans, temporary tables and sequences are nothing a session has here.
pub(crate) fn discard(session: &mut Session, what: DiscardMode) -> Result<Answer, Fault> {
    let tag = match what {
        DiscardMode::DiscardPlans => "DISCARD PLANS",
        DiscardMode::DiscardSequences => "DISCARD SEQUENCES",
        DiscardMode::DiscardTemp => "DISCARD TEMP",
        DiscardMode::DiscardAll | DiscardMode::Undefined => {
            transaction::needs_no_block(session, "DISCARD ALL")?;
            session.cursors().clear();
            session.forget_all();
            session.unlock_all();
            reset_all(session)?;
            "DISCARD ALL"
        }
    };
    Ok(Answer::Done(String::from(tag)))
}

/// Settings that exist and that ordinary roles may not see.
const HIDDEN: &[&str] = &[
    "config_file",
    "data_directory",
    "dynamic_library_path",
    "external_pid_file",
    "hba_file",
    "ident_file",
    "jit_provider",
    "krb_server_keyfile",
    "log_directory",
    "log_filename",
    "primary_conninfo",
    "session_preload_libraries",
    "shared_preload_libraries",
    "ssl_ciphers",
    "ssl_dh_params_file",
    "ssl_ecdh_curve",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "ssl_passphrase_command",
    "unix_socket_directories",
];
