//! Kernels held against what PostgreSQL 15 answered.
//!
//! A line of `cases/*.tsv` has, between tabs: the signature; `=` or the concrete types of the
//! arguments; the result type; the expected text; the arguments. `\N` is NULL, `\t`, `\n` and `\\`
//! are escapes, `!22011 text` is an error. A set is written as an array. The expected values were
//! asked of a server made with `initdb --locale=C --lc-ctype=C.utf8`, in the time zone that a line
//! `#zone` names.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field};
use datafusion::logical_expr::ColumnarValue;

use super::registry::{Implementation, functions};
use super::{Call, Context, Failure};
use crate::engine::catalog::system::system;
use crate::engine::catalog::{Catalog, Parts};
use crate::ident::Oid;
use crate::pg::settings::Settings;
use crate::pg::text::{Writer, Zone};
use crate::pg::{Fault, Type, text, types};

fn context(zone: &str) -> Context {
    let mut settings = Settings::default();
    settings.style.zone = Zone::find(zone).expect("a zone");
    Context {
        settings: Arc::new(settings),
        transaction_start: 0,
        statement_start: 0,
        database: Arc::from("acme"),
        role: Arc::from("reader"),
        process_id: 1,
        live: crate::engine::session::Live::alone(1),
        statement: Arc::from(""),
        catalog: Arc::new(Catalog::new(Parts {
            database: Arc::from("acme"),
            role: Arc::from("reader"),
            products: Vec::new(),
            status: None,
            started_at: 0,
        })),
        failure: Failure::default(),
    }
}

fn unescaped(field: &str) -> Option<String> {
    if field == "\\N" {
        return None;
    }
    let mut out = String::new();
    let mut characters = field.chars();
    while let Some(c) = characters.next() {
        out.push(match c {
            '\\' => match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some(other) => other,
                None => '\\',
            },
            c => c,
        });
    }
    Some(out)
}

fn oid(name: &str) -> Oid {
    system()
        .type_by_name(name)
        .unwrap_or_else(|| panic!("type {name}"))
        .oid
}

struct Case {
    signature: String,
    kinds: Vec<Type>,
    result: Oid,
    expected: Option<String>,
    arguments: Vec<Option<String>>,
}

impl Case {
    fn read(line: &str) -> Self {
        let mut fields = line.split('\t');
        let signature = fields.next().expect("a signature").to_owned();
        let kinds = match fields.next().expect("types") {
            "=" => signature
                .split_once('(')
                .and_then(|(_, rest)| rest.strip_suffix(')'))
                .expect("a signature")
                .to_owned(),
            kinds => kinds.to_owned(),
        };
        Self {
            signature,
            kinds: kinds
                .split(',')
                .filter(|kind| !kind.is_empty())
                .map(|kind| Type::plain(oid(kind)))
                .collect(),
            result: oid(fields.next().expect("a result")),
            expected: unescaped(fields.next().expect("an expected value")),
            arguments: fields.map(unescaped).collect(),
        }
    }

    fn run(&self, context: &Context) -> Result<Option<String>, Fault> {
        let (kernel, set) = match functions().by_signature(&self.signature) {
            Some(Implementation::Kernel(kernel)) => (kernel, false),
            Some(Implementation::Set(kernel)) => (kernel, true),
            other => panic!("{}: {}", self.signature, other.is_some()),
        };
        let style = &context.settings.style;
        let mut values = Vec::new();
        for (argument, kind) in self.arguments.iter().zip(&self.kinds) {
            let mut reader = text::Reader::new(*kind, style, 0)?;
            match argument {
                Some(argument) => reader.append(argument)?,
                None => reader.append_null(),
            }
            values.push(ColumnarValue::Array(reader.finish()?));
        }
        let storage = types::storage(self.result);
        let storage = if set {
            DataType::List(Arc::new(Field::new("item", storage, true)))
        } else {
            storage
        };
        let call = Call {
            values: &values,
            types: &self.kinds,
            storage: &storage,
            rows: 1,
            context,
            spread: false,
        };
        let array = kernel(&call)?;
        assert_eq!(array.data_type(), &storage, "{}", self.signature);
        let array = match array.as_list_opt::<i32>() {
            Some(list) => crate::pg::array::plain(list.clone())?,
            None => array,
        };
        let kind = if set {
            types::array_of(self.result).expect("an array type")
        } else {
            self.result
        };
        let writer = Writer::new(&array, kind, style, None)?;
        if writer.null(0) {
            return Ok(set.then(|| String::from("{}")));
        }
        let mut out = Vec::new();
        writer.write(0, &mut out)?;
        Ok(Some(String::from_utf8(out).expect("text")))
    }
}

fn hold(file: &str) {
    let mut context = context("UTC");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for line in file.lines().filter(|line| !line.is_empty()) {
        if let Some(zone) = line.strip_prefix("#zone ") {
            context = self::context(zone);
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        count += 1;
        let case = Case::read(line);
        let answer = match case.run(&context) {
            Ok(answer) => answer,
            Err(fault) => Some(format!("!{} {}", fault.state, fault.message)),
        };
        if answer != case.expected {
            wrong.push(format!("{line}\n    gives {answer:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn text_functions_answer_as_postgresql() {
    hold(include_str!("cases/text.tsv"));
}

#[test]
fn patterns_match_as_in_postgresql() {
    hold(include_str!("cases/pattern.tsv"));
}

#[test]
fn dates_and_times_compute_as_in_postgresql() {
    hold(include_str!("cases/time.tsv"));
}

#[test]
fn templates_format_as_in_postgresql() {
    hold(include_str!("cases/format.tsv"));
}

#[test]
fn arrays_behave_as_in_postgresql() {
    hold(include_str!("cases/array.tsv"));
}

/// A line of `queries.tsv` is a query and its rows: columns between `|`, rows between ` ; `.
#[tokio::test]
async fn queries_answer_as_postgresql() {
    let world = crate::engine::testing::World::new();
    let mut session = world.session();
    let mut wrong = Vec::new();
    for line in include_str!("cases/queries.tsv").lines() {
        let (query, expected) = line.split_once('\t').expect("a query and its rows");
        let answer = match crate::engine::testing::run(&mut session, query).await {
            Ok(replies) => replies
                .iter()
                .flat_map(|reply| &reply.rows)
                .map(|row| {
                    row.iter()
                        .map(|value| value.clone().unwrap_or_else(|| String::from("\\N")))
                        .collect::<Vec<_>>()
                        .join("|")
                })
                .collect::<Vec<_>>()
                .join(" ; "),
            Err(fault) => format!("!{} {}", fault.state, fault.message),
        };
        if answer != expected {
            wrong.push(format!("{query}\n    wants {expected}\n    gives {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_registered_signature_is_a_function_of_postgresql() {
    let unknown: Vec<_> = functions()
        .signatures()
        .filter(|signature| system().procs_by_signature(signature).is_none())
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
