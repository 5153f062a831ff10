//! A PostgreSQL database: a platform's own, or better a replica of it.
//!
//! One connection reads everything in one transaction of one snapshot, so all tables are of one
//! moment and nothing is locked. Each table comes by `COPY … TO STDOUT (FORMAT binary)`, a row at a
//! time. The connection gives up when nothing comes for `limits.sync.stall`, and the server ends
//! what it does for us when `limits.sync.deadline` is over.

mod binary;
mod encrypt;

use std::fmt::Write as _;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::DateTime;
use futures::StreamExt;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, CopyOutStream, NoTls, SimpleQueryMessage};

use self::binary::{Decoder, Form};
use self::encrypt::Encrypt;
use super::{Abilities, Ask, Batches, Found, Place, RawBatch, Source, Survey, Watermark};
use crate::config::limits::SyncLimits;
use crate::ident::Oid;
use crate::pg::quote::{quote_ident, quote_literal};
use crate::pg::types;
use crate::schema::{Product, Table};
use crate::sync::Error;
use crate::telemetry;
use crate::tenant::{Encryption, PostgresSource, Relation};

/// How long a connection may be silent before the machine asks whether the other is there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// Relations of one schema: more is not a platform's.
const MOST_RELATIONS: usize = 10_000;

/// A connection with an open transaction.
pub(super) struct Postgres {
    client: Client,
    connection: JoinHandle<()>,
    schema: String,
    /// Declared tables with a place of their own.
    places: Vec<(String, Relation)>,
    limits: SyncLimits,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// Where a table is and what its columns are.
#[derive(Debug, Clone)]
pub(super) struct Described {
    /// What stands in FROM.
    from: String,
    /// The name for people.
    shown: Arc<str>,
    columns: Vec<Sent>,
    /// The column of the change stamp and its type, when it is one that can be compared.
    stamp: Option<(String, Oid)>,
}

#[derive(Debug, Clone)]
struct Sent {
    name: String,
    form: Form,
    cast: bool,
    key: bool,
}

impl Postgres {
    /// Connects and begins the transaction.
    pub(super) async fn open(from: &PostgresSource, limits: &SyncLimits) -> Result<Self, Error> {
        let place = format!("database {} at {}:{}", from.database, from.host, from.port);
        let failed = |reason: String| Error::Open {
            place: place.clone(),
            reason,
        };
        let mut config = tokio_postgres::Config::new();
        config
            .host(&from.host)
            .port(from.port)
            .user(&from.user)
            .dbname(&from.database)
            .application_name("syllabase")
            .connect_timeout(limits.connect)
            .keepalives(true)
            .keepalives_idle(KEEP_ALIVE)
            .tcp_user_timeout(limits.stall);
        if let Some(password) = &from.password {
            config.password(password.read()?.expose());
        }
        let (client, connection) = match from.encryption {
            Encryption::Disable => {
                config.ssl_mode(SslMode::Disable);
                let connected = within(limits.connect, config.connect(NoTls)).await;
                let (client, connection) = connected.map_err(failed)?;
                (client, telemetry::spawn("source", ended(connection)))
            }
            Encryption::Require | Encryption::VerifyFull => {
                config.ssl_mode(SslMode::Require);
                let authority = super::authority(from.authority.as_deref())?;
                let verify = from.encryption == Encryption::VerifyFull;
                let encrypt = Encrypt::new(verify, authority.as_deref()).map_err(failed)?;
                let connected = within(limits.connect, config.connect(encrypt)).await;
                let (client, connection) = connected.map_err(failed)?;
                (client, telemetry::spawn("source", ended(connection)))
            }
        };
        let places = from.tables.iter();
        let places = places.map(|(table, relation)| (table.clone(), relation.clone()));
        let opened = Self {
            client,
            connection,
            schema: from.schema.clone(),
            places: places.collect(),
            limits: limits.clone(),
        };
        let begin = begin(&from.schema, limits);
        let begun = opened.client.batch_execute(&begin);
        within(limits.stall, begun).await.map_err(failed)?;
        Ok(opened)
    }

    /// The relations of the schema, by name.
    async fn relations(&self) -> Result<Vec<String>, Error> {
        let sql = format!(
            "select c.relname from pg_catalog.pg_class c \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = {} and c.relkind in ('r', 'p', 'v', 'm', 'f') \
             and not c.relispartition order by 1 limit {MOST_RELATIONS}",
            quote_literal(&self.schema)
        );
        let said = within(self.limits.stall, self.client.simple_query(&sql)).await;
        let said = said.map_err(|reason| Error::Open {
            place: format!("schema {}", self.schema),
            reason,
        })?;
        let names = said.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        Ok(names.collect())
    }

    /// Asks what a table's columns are, whether we may read it and how many rows it may have.
    async fn describe(&self, table: &Table, relation: &Relation) -> Result<Found, Error> {
        let (from, shown) = match relation {
            Relation::Named(schema, name) => {
                let schema = schema.as_deref().unwrap_or(&self.schema);
                let from = format!("{}.{}", quote_ident(schema), quote_ident(name));
                (from, format!("{schema}.{name}"))
            }
            // The query may end in a comment.
            Relation::Query(query) => (format!("({query}\n) as source"), "query".to_owned()),
        };
        let failed = |reason| Error::Fetch {
            table: table.name.as_str().to_owned(),
            position: shown.clone(),
            reason,
        };
        let all = format!("select * from {from}");
        let prepared = within(self.limits.stall, self.client.prepare(&all)).await;
        let prepared = prepared.map_err(failed)?;
        let mut stamp = None;
        let mut columns = Vec::new();
        for column in prepared.columns() {
            let declared = table
                .columns
                .iter()
                .find(|one| one.answers_to(column.name()));
            let sent = Oid(column.type_().oid());
            let (form, cast) = Form::of(sent, declared.map(|declared| declared.kind.oid));
            let comparable = matches!(sent, types::TIMESTAMP | types::TIMESTAMPTZ);
            if comparable && declared.is_some_and(|declared| declared.change_stamp) {
                stamp = Some((column.name().to_owned(), sent));
            }
            columns.push(Sent {
                name: column.name().to_owned(),
                form,
                cast,
                key: declared.is_some_and(|one| table.primary_key().contains(&one.name)),
            });
        }
        let explain = format!("explain (format json) {all}");
        let planned = within(self.limits.stall, self.client.simple_query(&explain)).await;
        let rows = estimate(&planned.map_err(failed)?);
        let keys = columns.iter().filter(|column| column.key).count();
        Ok(Found {
            parts: 1,
            bytes: 0,
            rows,
            columns: Some(columns.iter().map(|column| column.name.clone()).collect()),
            mark: None,
            abilities: Abilities {
                since: stamp.is_some(),
                keys: keys > 0 && keys == table.primary_key().len(),
            },
            place: Place::Relation(Described {
                from,
                shown: Arc::from(shown),
                columns,
                stamp,
            }),
        })
    }
}

#[async_trait]
impl Source for Postgres {
    async fn survey(&self, product: &Product) -> Result<Survey, Error> {
        let mut survey = Survey::default();
        for (spelling, relation) in &self.places {
            let table = super::declared(product, "[tables]", spelling)?;
            survey.add(table, self.describe(table, relation).await?)?;
        }
        let placed: Vec<String> = survey.tables.keys().cloned().collect();
        for name in self.relations().await? {
            let Some(table) = product.tables.iter().find(|table| table.answers_to(&name)) else {
                survey.unknown.push(name);
                continue;
            };
            if !placed.iter().any(|placed| placed == table.name.as_str()) {
                let relation = Relation::Named(None, name);
                survey.add(table, self.describe(table, &relation).await?)?;
            }
        }
        Ok(survey)
    }

    async fn read(
        &self,
        table: &Table,
        found: &Found,
        ask: Ask,
        _scratch: &std::path::Path,
    ) -> Result<Batches, Error> {
        let Place::Relation(described) = &found.place else {
            return Err(Error::Broken);
        };
        let wanted = described.wanted(ask, found.abilities)?;
        let copy = described.copy(&wanted, ask);
        let columns = wanted
            .iter()
            .map(|column| (column.name.clone(), column.form));
        let decoder = Decoder::new(Arc::clone(&described.shown), columns, &self.limits);
        let started = within(self.limits.stall, self.client.copy_out(&copy)).await;
        let stream = started.map_err(|reason| Error::Fetch {
            table: table.name.as_str().to_owned(),
            position: described.shown.to_string(),
            reason,
        })?;
        let reading = Reading {
            table: table.name.as_str().to_owned(),
            stream: Box::pin(stream),
            decoder,
            stall: self.limits.stall,
            whole: false,
            done: false,
        };
        Ok(futures::stream::unfold(reading, Reading::next).boxed())
    }

    /// Nothing is to be settled: all rows are of the transaction's snapshot.
    async fn settle(&self, _product: &Product, _survey: &Survey) -> Result<(), Error> {
        Ok(())
    }
}

impl Described {
    /// The columns to be sent.
    fn wanted(&self, ask: Ask, abilities: Abilities) -> Result<Vec<&Sent>, Error> {
        let able = match ask {
            Ask::Everything => true,
            Ask::Since(_) => abilities.since,
            Ask::Keys => abilities.keys,
        };
        let columns = self.columns.iter();
        let wanted: Vec<_> = columns.filter(|one| ask != Ask::Keys || one.key).collect();
        able.then_some(wanted).ok_or(Error::Broken)
    }

    fn copy(&self, wanted: &[&Sent], ask: Ask) -> String {
        let mut sql = "copy (select ".to_owned();
        for (at, column) in wanted.iter().enumerate() {
            sql.push_str(if at > 0 { ", " } else { "" });
            sql.push_str(&quote_ident(&column.name));
            sql.push_str(if column.cast { "::pg_catalog.text" } else { "" });
        }
        sql.push_str(" from ");
        sql.push_str(&self.from);
        if let (Ask::Since(watermark), Some((column, kind))) = (ask, &self.stamp) {
            let kind = if *kind == types::TIMESTAMP {
                "timestamp"
            } else {
                "timestamptz"
            };
            let (column, moment) = (quote_ident(column), moment(watermark));
            // Writing to a String cannot fail.
            let _infallible = write!(
                sql,
                " where {column} >= {kind} '{moment}' or {column} is null"
            );
        }
        sql.push_str(") to stdout (format binary)");
        sql
    }
}

/// What the connection says first. Texts come as CSV exports have them, whatever the server's
/// settings are; the transaction sees one moment and can write nothing.
fn begin(schema: &str, limits: &SyncLimits) -> String {
    format!(
        "set statement_timeout = {deadline}; set lock_timeout = {stall}; \
         set idle_in_transaction_session_timeout = {deadline}; \
         set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; \
         set extra_float_digits = 1; set bytea_output = 'hex'; set search_path = {}; \
         begin transaction isolation level repeatable read read only",
        quote_ident(schema),
        deadline = milliseconds(limits.deadline),
        stall = milliseconds(limits.stall),
    )
}

fn milliseconds(time: Duration) -> u128 {
    time.as_millis().clamp(1, i32::MAX.unsigned_abs().into())
}

/// A moment as a literal without a zone's name, in UTC.
fn moment(Watermark(micros): Watermark) -> String {
    match DateTime::from_timestamp_micros(micros) {
        Some(time) => time.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string(),
        None => "-infinity".to_owned(),
    }
}

/// The rows that a plan expects.
fn estimate(planned: &[SimpleQueryMessage]) -> Option<u64> {
    let text = planned.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let plans: serde_json::Value = serde_json::from_str(text?).ok()?;
    plans.get(0)?.get("Plan")?.get("Plan Rows")?.as_u64()
}

/// Waits for the other side, but not for ever; says why it failed.
async fn within<T>(
    wait: Duration,
    asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, String> {
    match tokio::time::timeout(wait, asked).await {
        Ok(answered) => answered.map_err(|error| reason(&error)),
        Err(_) => Err(format!("no answer within {} s", wait.as_secs())),
    }
}

fn reason(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()),
        None => telemetry::chain(error),
    }
}

/// Drives a connection. How it ends is told by what was asked over it.
async fn ended<C>(connection: C)
where
    C: Future<Output = Result<(), tokio_postgres::Error>>,
{
    if let Err(error) = connection.await {
        tracing::debug!(cause = reason(&error), "a source's connection ended");
    }
}

/// A table on its way.
struct Reading {
    table: String,
    stream: std::pin::Pin<Box<CopyOutStream>>,
    decoder: Decoder,
    stall: Duration,
    /// Whether all bytes have come.
    whole: bool,
    /// Whether the last batch, or an error, has been passed on.
    done: bool,
}

impl Reading {
    async fn next(mut self) -> Option<(Result<RawBatch, Error>, Self)> {
        if self.done {
            return None;
        }
        let batch = self.batch().await;
        self.done = !matches!(batch, Some(Ok(_)));
        batch.map(|batch| (batch, self))
    }

    async fn batch(&mut self) -> Option<Result<RawBatch, Error>> {
        while !self.whole && !self.decoder.full() {
            let reason = match tokio::time::timeout(self.stall, self.stream.next()).await {
                Ok(Some(Ok(bytes))) => match self.decoder.push(&bytes) {
                    Ok(()) => continue,
                    Err(reason) => reason,
                },
                Ok(None) if self.decoder.ended() => {
                    self.whole = true;
                    break;
                }
                Ok(None) => "the source ended before the end of the table".to_owned(),
                Ok(Some(Err(error))) => reason(&error),
                Err(_) => format!("the source sent nothing for {} s", self.stall.as_secs()),
            };
            return Some(Err(Error::Fetch {
                table: std::mem::take(&mut self.table),
                position: format!("after row {}", self.decoder.rows()),
                reason,
            }));
        }
        self.decoder.batch().map(Ok)
    }
}
