//! COPY … TO STDOUT: its options, checked as PostgreSQL checks them.

use pg_query::protobuf::node::Node;
use pg_query::protobuf::{self, CopyStmt, DefElem, SelectStmt, a_const::Val};

use crate::engine::session::{Answer, Session};
use crate::engine::statement::query::{self, Plan, Running};
use crate::engine::statement::{Kind, query_of};
use crate::engine::stream::RowStream;
use crate::pg::charset::{self, Charset};
use crate::pg::{Fault, SqlState};

/// The options of COPY TO, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyForm {
    /// `text`, `csv` or `binary`.
    pub format: CopyFormat,
    /// One byte.
    pub delimiter: u8,
    /// How NULL is written.
    pub null: String,
    /// Whether a line of names comes first.
    pub header: bool,
    /// CSV quote.
    pub quote: u8,
    /// CSV escape.
    pub escape: u8,
    /// Per column: always quote (CSV).
    pub force_quote: Vec<bool>,
    /// The character set of the lines; without one it is the client's.
    pub charset: Option<&'static Charset>,
}

/// The format of COPY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyFormat {
    /// Tabs and backslashes.
    Text,
    /// Comma separated values.
    Csv,
    /// PGCOPY.
    Binary,
}

/// A COPY that reads, or that asks to write into a table.
#[derive(Debug)]
pub(crate) struct Copy {
    /// COPY FROM: understood, and then refused.
    writes: bool,
    /// What is copied.
    pub(crate) query: Box<SelectStmt>,
    /// The table it was said about, with its columns.
    pub(crate) table: Option<(protobuf::RangeVar, Vec<String>)>,
    options: Options,
}

/// The options as they were said.
#[derive(Debug, Default)]
struct Options {
    format: Option<CopyFormat>,
    delimiter: Option<String>,
    null: Option<String>,
    header: Option<bool>,
    quote: Option<String>,
    escape: Option<String>,
    force_quote: Option<Vec<String>>,
    charset: Option<&'static Charset>,
}

/// Stands for `FORCE QUOTE *`.
const EVERY: &str = "*";

fn refused(state: SqlState, message: impl Into<String>) -> Fault {
    Fault::new(state, message)
}

/// Reads the tree.
pub(crate) fn read(copy: CopyStmt) -> Result<Kind, Fault> {
    if let Some(refusal) = elsewhere(&copy) {
        return Ok(Kind::Refused(refusal));
    }
    let mut options = Options::default();
    if !copy.is_from {
        options = self::options(&copy.options)?;
        options.form(0)?;
    }
    let columns: Vec<String> = names(&copy.attlist);
    for (at, name) in columns.iter().enumerate() {
        if columns.iter().skip(at + 1).any(|other| other == name) {
            let message = format!("column \"{name}\" specified more than once");
            return Err(refused(SqlState::DUPLICATE_COLUMN, message));
        }
    }
    let (query, table) = match copy.relation {
        Some(table) => {
            let rows = SelectStmt {
                where_clause: copy.where_clause,
                ..select(&table, &columns)
            };
            (Box::new(rows), Some((table, columns)))
        }
        None => (query_of(copy.query)?, None),
    };
    Ok(Kind::Copy(Copy {
        query,
        table,
        writes: copy.is_from,
        options,
    }))
}

/// Files and programs.
fn elsewhere(copy: &CopyStmt) -> Option<Fault> {
    const HINT: &str =
        "Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.";
    let no_file = !copy.is_program && copy.filename.is_empty();
    if no_file {
        return None;
    }
    let message = match (copy.is_program, copy.is_from) {
        (true, _) => {
            "must be superuser or have privileges of the pg_execute_server_program role to COPY to \
             or from an external program"
        }
        (false, true) => {
            "must be superuser or have privileges of the pg_read_server_files role to COPY from a file"
        }
        (false, false) => {
            "must be superuser or have privileges of the pg_write_server_files role to COPY to a file"
        }
    };
    Some(refused(SqlState::INSUFFICIENT_PRIVILEGE, message).hint(HINT))
}

fn names(nodes: &[protobuf::Node]) -> Vec<String> {
    let name = |node: &protobuf::Node| match node.node.as_ref() {
        Some(Node::String(text)) => Some(text.sval.clone()),
        _ => None,
    };
    nodes.iter().filter_map(name).collect()
}

fn node(node: Node) -> protobuf::Node {
    protobuf::Node { node: Some(node) }
}

/// `SELECT columns FROM table`; without columns all of them.
fn select(table: &protobuf::RangeVar, columns: &[String]) -> SelectStmt {
    let field = |field: Node| {
        let column = protobuf::ColumnRef {
            fields: vec![node(field)],
            location: -1,
        };
        let target = protobuf::ResTarget {
            val: Some(Box::new(node(Node::ColumnRef(column)))),
            location: -1,
            ..Default::default()
        };
        node(Node::ResTarget(Box::new(target)))
    };
    let named = |name: &String| field(Node::String(protobuf::String { sval: name.clone() }));
    let target_list = match columns {
        [] => vec![field(Node::AStar(protobuf::AStar {}))],
        some => some.iter().map(named).collect(),
    };
    let from = protobuf::RangeVar {
        location: -1,
        ..table.clone()
    };
    SelectStmt {
        target_list,
        from_clause: vec![node(Node::RangeVar(from))],
        limit_option: protobuf::LimitOption::Default.into(),
        op: protobuf::SetOperation::SetopNone.into(),
        ..Default::default()
    }
}

fn options(said: &[protobuf::Node]) -> Result<Options, Fault> {
    let mut options = Options::default();
    for option in said {
        let Some(Node::DefElem(option)) = option.node.as_ref() else {
            continue;
        };
        let position = u32::try_from(option.location).ok().map(|at| at + 1);
        options.read(option).map_err(|fault| match fault.position {
            Some(_) => Fault { position, ..fault },
            None => fault,
        })?;
    }
    Ok(options)
}

impl Options {
    fn read(&mut self, option: &DefElem) -> Result<(), Fault> {
        let repeated =
            || Err(refused(SqlState::SYNTAX_ERROR, "conflicting or redundant options").at(Some(1)));
        let set = |slot: &mut Option<String>| match slot.replace(text(option)) {
            Some(_) => repeated(),
            None => Ok(()),
        };
        match option.defname.as_str() {
            "format" => {
                let format = text(option);
                let known = match format.as_str() {
                    "text" => CopyFormat::Text,
                    "csv" => CopyFormat::Csv,
                    "binary" => CopyFormat::Binary,
                    _ => {
                        let message = format!("COPY format \"{format}\" not recognized");
                        return Err(refused(SqlState::INVALID_PARAMETER_VALUE, message).at(Some(1)));
                    }
                };
                if self.format.replace(known).is_some() {
                    repeated()
                } else {
                    Ok(())
                }
            }
            "delimiter" => set(&mut self.delimiter),
            "null" => set(&mut self.null),
            "quote" => set(&mut self.quote),
            "escape" => set(&mut self.escape),
            "header" => {
                if self.header.replace(header(option)?).is_some() {
                    repeated()
                } else {
                    Ok(())
                }
            }
            "force_quote" => {
                let columns = match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                    Some(Node::List(list)) => names(&list.items),
                    _ => vec![String::from(EVERY)],
                };
                if self.force_quote.replace(columns).is_some() {
                    repeated()
                } else {
                    Ok(())
                }
            }
            "freeze" => Ok(()),
            "force_not_null" | "force_null" => {
                let what = option.defname.replace('_', " ");
                let message = format!("COPY {what} only available using COPY FROM");
                Err(refused(SqlState::FEATURE_NOT_SUPPORTED, message))
            }
            "encoding" => {
                let set = charset::named(&text(option)).ok_or_else(|| {
                    let message = "argument to option \"encoding\" must be a valid encoding name";
                    refused(SqlState::INVALID_PARAMETER_VALUE, message).at(Some(1))
                })?;
                match self.charset.replace(set) {
                    Some(_) => repeated(),
                    None => Ok(()),
                }
            }
            other => {
                let message = format!("option \"{other}\" not recognized");
                Err(refused(SqlState::SYNTAX_ERROR, message).at(Some(1)))
            }
        }
    }

    /// Checks the options against each other, in PostgreSQL's order.
    fn form(&self, columns: usize) -> Result<CopyForm, Fault> {
        let format = self.format.unwrap_or(CopyFormat::Text);
        let (csv, binary) = (format == CopyFormat::Csv, format == CopyFormat::Binary);
        let unsupported = |message: &str| Err(refused(SqlState::FEATURE_NOT_SUPPORTED, message));
        let invalid = |message: &str| Err(refused(SqlState::INVALID_PARAMETER_VALUE, message));
        let syntax = |message: &str| Err(refused(SqlState::SYNTAX_ERROR, message));
        if binary && self.delimiter.is_some() {
            return syntax("cannot specify DELIMITER in BINARY mode");
        }
        if binary && self.null.is_some() {
            return syntax("cannot specify NULL in BINARY mode");
        }
        let delimiter = match self.delimiter.as_deref() {
            Some(text) => single(text, "COPY delimiter must be a single one-byte character")?,
            None if csv => b',',
            None => b'\t',
        };
        if matches!(delimiter, b'\n' | b'\r') {
            return invalid("COPY delimiter cannot be newline or carriage return");
        }
        let null = self
            .null
            .clone()
            .unwrap_or_else(|| String::from(if csv { "" } else { "\\N" }));
        if null.contains(['\n', '\r']) {
            return invalid("COPY null representation cannot use newline or carriage return");
        }
        if !csv && b"\\.abcdefghijklmnopqrstuvwxyz0123456789".contains(&delimiter) {
            let message = format!("COPY delimiter cannot be \"{}\"", char::from(delimiter));
            return invalid(&message);
        }
        if binary && self.header == Some(true) {
            return unsupported("cannot specify HEADER in BINARY mode");
        }
        if !csv && self.quote.is_some() {
            return unsupported("COPY quote available only in CSV mode");
        }
        let quote = match self.quote.as_deref() {
            Some(text) => single(text, "COPY quote must be a single one-byte character")?,
            None => b'"',
        };
        if csv && delimiter == quote {
            return invalid("COPY delimiter and quote must be different");
        }
        if !csv && self.escape.is_some() {
            return unsupported("COPY escape available only in CSV mode");
        }
        let escape = match self.escape.as_deref() {
            Some(text) => single(text, "COPY escape must be a single one-byte character")?,
            None => quote,
        };
        if !csv && self.force_quote.is_some() {
            return unsupported("COPY force quote available only in CSV mode");
        }
        if null.as_bytes().contains(&delimiter) {
            return unsupported("COPY delimiter must not appear in the NULL specification");
        }
        if csv && null.as_bytes().contains(&quote) {
            return unsupported("CSV quote character must not appear in the NULL specification");
        }
        let header = self.header == Some(true);
        Ok(CopyForm {
            format,
            delimiter,
            null,
            header,
            quote,
            escape,
            force_quote: vec![false; columns],
            charset: self.charset,
        })
    }
}

fn single(text: &str, message: &str) -> Result<u8, Fault> {
    match text.as_bytes() {
        [byte] => Ok(*byte),
        _ => Err(refused(SqlState::FEATURE_NOT_SUPPORTED, message)),
    }
}

/// The argument of an option as text.
fn text(option: &DefElem) -> String {
    match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
        Some(Node::String(text)) => text.sval.clone(),
        Some(Node::Integer(number)) => number.ival.to_string(),
        Some(Node::Float(number)) => number.fval.clone(),
        Some(Node::Boolean(value)) => value.boolval.to_string(),
        Some(Node::AConst(constant)) => match constant.val.as_ref() {
            Some(Val::Sval(text)) => text.sval.clone(),
            Some(Val::Ival(number)) => number.ival.to_string(),
            _ => String::new(),
        },
        Some(Node::TypeName(name)) => names(&name.names).pop().unwrap_or_default(),
        _ => String::new(),
    }
}

fn header(option: &DefElem) -> Result<bool, Fault> {
    if option.arg.is_none() {
        return Ok(true);
    }
    match text(option).to_ascii_lowercase().as_str() {
        "true" | "on" | "1" => Ok(true),
        "false" | "off" | "0" => Ok(false),
        "match" => Err(refused(
            SqlState::FEATURE_NOT_SUPPORTED,
            "cannot use \"match\" with HEADER in COPY TO",
        )),
        _ => Err(refused(
            SqlState::SYNTAX_ERROR,
            "header requires a Boolean value or \"match\"",
        )),
    }
}

impl Copy {
    /// How the rows are written, now that the columns are known.
    fn form(&self, columns: &[String]) -> Result<CopyForm, Fault> {
        let mut form = self.options.form(columns.len())?;
        for forced in self.options.force_quote.iter().flatten() {
            if forced == EVERY {
                form.force_quote.fill(true);
                continue;
            }
            let place = columns.iter().position(|column| column == forced);
            let Some(force) = place.and_then(|at| form.force_quote.get_mut(at)) else {
                let message = format!("column \"{forced}\" does not exist");
                return Err(refused(SqlState::UNDEFINED_COLUMN, message));
            };
            *force = true;
        }
        Ok(form)
    }
}

/// Starts copying.
pub(crate) async fn run(
    session: &mut Session,
    plan: &Plan,
    copy: &Copy,
    values: Vec<arrow::array::ArrayRef>,
) -> Result<Answer, Fault> {
    let Running { columns, execution } = query::start(session, plan, &values).await?;
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let form = copy.form(&names)?;
    let rows = RowStream::running(columns, execution, session.activity().clone());
    Ok(Answer::CopyOut { rows, form })
}

/// Checks the table of a COPY: it exists, is no view to copy out and has the columns. Answers with
/// what is said of a COPY into it once the rest is understood, too: nobody may write.
pub(crate) async fn check(session: &mut Session, copy: &Copy) -> Result<Option<Fault>, Fault> {
    let Some((table, columns)) = &copy.table else {
        return Ok(None);
    };
    let context = session.context().await?;
    let schema = Some(table.schemaname.as_str()).filter(|schema| !schema.is_empty());
    let path = &context.settings.search_path;
    let Some(relation) = context.catalog.relation(schema, &table.relname, path) else {
        let shown = match schema {
            Some(schema) => format!("{schema}.{}", table.relname),
            None => table.relname.clone(),
        };
        let message = format!("relation \"{shown}\" does not exist");
        return Err(refused(SqlState::UNDEFINED_TABLE, message));
    };
    let view = matches!(
        relation.source,
        crate::engine::catalog::RelationSource::View(_)
    );
    if view && !copy.writes {
        let message = format!("cannot copy from view \"{}\"", relation.name);
        return Err(refused(SqlState::WRONG_OBJECT_TYPE, message)
            .hint("Try the COPY (SELECT ...) TO variant."));
    }
    let missing = columns
        .iter()
        .find(|name| !relation.columns.iter().any(|column| column.name == **name));
    match missing {
        None => Ok(copy.writes.then(|| {
            let what = if view { "view" } else { "table" };
            let message = format!("permission denied for {what} {}", relation.name);
            refused(SqlState::INSUFFICIENT_PRIVILEGE, message)
        })),
        Some(name) => {
            let message = format!(
                "column \"{name}\" of relation \"{}\" does not exist",
                relation.name
            );
            Err(refused(SqlState::UNDEFINED_COLUMN, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::limits::Statements;

    fn form(text: &str) -> Result<CopyForm, String> {
        let text = format!("copy {text}");
        let parsed = crate::engine::parse::parse(
            &Arc::from(text.as_str()),
            crate::engine::parse::Lexing::standard(),
            &Statements::default(),
        );
        match parsed.statements.unwrap().first().unwrap().kind() {
            Kind::Copy(copy) => copy.form(&[String::from("a"), String::from("b")]),
            Kind::Refused(fault) | Kind::Denied { fault, .. } => Err(fault.clone()),
            other => panic!("{other:?}"),
        }
        .map_err(|fault| format!("{} {}", fault.state, fault.message))
    }

    #[test]
    fn options_are_refused_in_postgresqls_words() {
        for (text, refusal) in [
            (
                "t to stdout (format nope)",
                "22023 COPY format \"nope\" not recognized",
            ),
            ("t to stdout (nope)", "42601 option \"nope\" not recognized"),
            (
                "t to stdout (format csv, format text)",
                "42601 conflicting or redundant options",
            ),
            (
                "t to stdout (delimiter ',,')",
                "0A000 COPY delimiter must be a single one-byte character",
            ),
            (
                "t to stdout (delimiter 'a')",
                "22023 COPY delimiter cannot be \"a\"",
            ),
            (
                "t to stdout (format csv, delimiter '\"')",
                "22023 COPY delimiter and quote must be different",
            ),
            (
                "t to stdout (quote '\"')",
                "0A000 COPY quote available only in CSV mode",
            ),
            (
                "t to stdout (format csv, force_quote (c))",
                "42703 column \"c\" does not exist",
            ),
            (
                "t to stdout (format csv, force_null (a))",
                "0A000 COPY force null only available using COPY FROM",
            ),
            (
                "t to stdout (header maybe)",
                "42601 header requires a Boolean value or \"match\"",
            ),
            (
                "t to stdout (format binary, header)",
                "0A000 cannot specify HEADER in BINARY mode",
            ),
            (
                "t to stdout (format binary, null 'x')",
                "42601 cannot specify NULL in BINARY mode",
            ),
            (
                "t to stdout (format csv, null 'x,y')",
                "0A000 COPY delimiter must not appear in the NULL specification",
            ),
            (
                "t (a, a) to stdout",
                "42701 column \"a\" specified more than once",
            ),
            (
                "t to '/tmp/x'",
                "42501 must be superuser or have privileges of the pg_write_server_files role to COPY to a file",
            ),
            (
                "t to program 'ls'",
                "42501 must be superuser or have privileges of the pg_execute_server_program role to COPY to or from an external program",
            ),
            (
                "(insert into t values (1) returning *) to stdout",
                "25006 cannot execute INSERT in a read-only transaction",
            ),
        ] {
            assert_eq!(form(text), Err(refusal.to_owned()), "{text}");
        }
    }

    #[test]
    fn both_spellings_of_the_options_are_read() {
        let old = form("t to stdout csv header delimiter ';' null 'x' quote '''' force quote b");
        let new = form(
            "t to stdout (format csv, header, delimiter ';', null 'x', quote '''', force_quote (b))",
        );
        assert_eq!(old, new);
        let read = old.unwrap();
        assert_eq!(
            (read.delimiter, read.quote, read.escape),
            (b';', b'\'', b'\'')
        );
        assert_eq!((read.header, read.force_quote), (true, vec![false, true]));
        assert_eq!(form("t to stdout").unwrap().null, "\\N");
    }
}
