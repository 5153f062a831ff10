//! Where a product's data comes from, as a tenant's file says it: keys as they are written, and
//! what they come to once they are checked.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::config::SecretRef;

/// What `plain_text` has to say for a source across the network to be read without TLS.
const PLAIN_TEXT: &str = "passwords and data may be read on the way";

/// Tables of one source with a place of their own: more is a mistake.
const MOST_TABLES: usize = 1_000;

/// Where a product's data comes from, and how it is read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceSettings {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A PostgreSQL database.
    Postgres(PostgresSource),
    /// A bucket or container of an object store.
    Objects(ObjectSource),
    /// Addresses that answer with files.
    Api(ApiSource),
}

impl SourceSettings {
    /// The secrets it is opened with.
    pub fn secrets(&self) -> Vec<&SecretRef> {
        let secrets: [&Option<SecretRef>; 2] = match self {
            Self::Folder(_) => [&None, &None],
            Self::Postgres(from) => [&from.password, &None],
            Self::Objects(from) => [&from.access_key, &from.secret],
            Self::Api(from) => [&from.token, &None],
        };
        secrets.into_iter().flatten().collect()
    }
}

/// A PostgreSQL database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresSource {
    /// The login.
    pub user: String,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// Whether somebody said that an unprotected connection across the network is meant.
    pub plain_text: bool,
    /// PEM file with the authorities trusted beside the machine's.
    pub authority: Option<PathBuf>,
    /// Where the password is kept.
    pub password: Option<SecretRef>,
    /// The schema whose relations are looked through.
    pub schema: String,
    /// Tables with a place of their own, in any spelling the product declares.
    pub tables: BTreeMap<String, Relation>,
}

/// How a connection to a PostgreSQL is protected; the words of libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    Disable,
    /// Encrypted, whoever answers.
    Require,
    /// Encrypted, and the certificate is an authority's for this host.
    VerifyFull,
}

/// What a table is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relation {
    /// A table or view: its schema unless it is the source's, and its name.
    Named(Option<String>, String),
    /// A query.
    Query(String),
}

/// A bucket or container of an object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectSource {
    /// Whose.
    pub service: Service,
    /// The bucket or container.
    pub bucket: String,
    /// What the names of its objects begin with; may be empty.
    pub prefix: String,
    /// Where the service is, unless it is the public one.
    pub endpoint: Option<Url>,
    /// The region.
    pub region: Option<String>,
    /// Whether somebody said that an unprotected connection across the network is meant.
    pub plain_text: bool,
    /// PEM file with the authorities trusted beside the machine's.
    pub authority: Option<PathBuf>,
    /// Where the key's name is kept; S3 only.
    pub access_key: Option<SecretRef>,
    /// Where the secret is kept: the key's, an account's, or Google's document about one. Without
    /// it the machine's own identity is used.
    pub secret: Option<SecretRef>,
}

/// Who keeps objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service {
    /// Amazon S3, or who speaks like it.
    S3,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage: the account.
    Azure(String),
}

/// Addresses that answer with files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiSource {
    /// The address of a table; `{table}` stands for its name.
    pub url: String,
    /// Whether somebody said that an unprotected connection across the network is meant.
    pub plain_text: bool,
    /// PEM file with the authorities trusted beside the machine's.
    pub authority: Option<PathBuf>,
    /// Where the bearer token is kept.
    pub token: Option<SecretRef>,
    /// What answers are, unless they say it.
    pub format: Option<ApiFormat>,
    /// The parameter that asks for rows changed since a moment.
    pub since: Option<String>,
    /// The parameter that asks for the next page, and the header that says which that is. Without
    /// it, `Link: <…>; rel="next"` is followed.
    pub next: Option<(String, String)>,
    /// What stands for `{table}`, in any spelling the product declares.
    pub tables: BTreeMap<String, String>,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApiFormat {
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Parquet.
    Parquet,
}

/// What becomes of source columns that the product does not declare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExtraColumns {
    /// They are counted and named, and not served: nobody looked at what they hold.
    #[default]
    Count,
    /// They are served under their own names, as nullable text.
    Keep,
}

impl FromStr for ExtraColumns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "count" => Ok(Self::Count),
            "keep" => Ok(Self::Keep),
            _ => Err(format!("{text:?} is neither count nor keep")),
        }
    }
}

/// The keys of `[sources.PRODUCT]`, as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceKeys {
    /// Where.
    pub url: String,
    /// Where the password, secret key or token is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    /// Where the name of an S3 key is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
    /// Where an object store is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// In which region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What becomes of undeclared columns; of the tenant, not of the source, so it is taken out before
    /// the rest is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_columns: Option<ExtraColumns>,
    /// Tables that may come without rows after they had some; taken out like that, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_be_empty: Vec<String>,
    /// In which schema a database's tables are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What an API's answers are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ApiFormat>,
    /// An API's parameter for rows changed since a moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// An API's parameter for the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_parameter: Option<String>,
    /// The header that has its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_header: Option<String>,
    /// PEM file with further authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_authority: Option<PathBuf>,
    /// That no TLS across the network is meant, in so many words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plain_text: Option<String>,
    /// Tables with a place of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, String>,
}

/// The key a check failed at, and why. No reason repeats an address: it may hold a password.
type Complaint = (&'static str, String);

fn complaint<T>(key: &'static str, reason: impl Into<String>) -> Result<T, Complaint> {
    Err((key, reason.into()))
}

impl SourceKeys {
    /// The scheme of the address: which kind of source this is.
    pub fn scheme(&self) -> &str {
        self.url.split_once("://").map_or("", |(scheme, _)| scheme)
    }

    /// Checks the keys; on a mistake says which key it is and what is wrong.
    pub fn check(mut self) -> Result<SourceSettings, (&'static str, String)> {
        if self.tables.len() > MOST_TABLES {
            return complaint("tables", format!("has more than {MOST_TABLES} entries"));
        }
        let settings = match self.scheme() {
            "file" => SourceSettings::Folder(folder(&self.url)?),
            "postgresql" | "postgres" => SourceSettings::Postgres(self.postgres()?),
            "s3" | "gs" | "az" => SourceSettings::Objects(self.objects()?),
            "https" | "http" => SourceSettings::Api(self.api()?),
            _ => {
                return complaint(
                    "url",
                    "must begin with file:///, postgresql://, s3://, gs://, az:// or https://",
                );
            }
        };
        // What is still there is of no use to this kind of source.
        let left = Self {
            url: std::mem::take(&mut self.url),
            ..Self::default()
        };
        let scheme = left.scheme().to_owned();
        let unused = [
            ("credentials", self.credentials.is_some()),
            ("access_key", self.access_key.is_some()),
            ("endpoint", self.endpoint.is_some()),
            ("region", self.region.is_some()),
            ("schema", self.schema.is_some()),
            ("extra_columns", self.extra_columns.is_some()),
            ("may_be_empty", !self.may_be_empty.is_empty()),
            ("format", self.format.is_some()),
            ("since", self.since.is_some()),
            ("next_parameter", self.next_parameter.is_some()),
            ("next_header", self.next_header.is_some()),
            (
                "certificate_authority",
                self.certificate_authority.is_some(),
            ),
            ("plain_text", self.plain_text.is_some()),
            ("tables", !self.tables.is_empty()),
        ];
        match unused.iter().find(|(_, unused)| *unused) {
            Some((key, _)) => complaint(key, format!("means nothing for {scheme}:// sources")),
            None => Ok(settings),
        }
    }

    fn postgres(&mut self) -> Result<PostgresSource, Complaint> {
        let url = address(&self.url)?;
        let mut encryption = Encryption::VerifyFull;
        for (key, value) in url.query_pairs() {
            encryption = match (key.as_ref(), value.as_ref()) {
                ("sslmode", "disable") => Encryption::Disable,
                ("sslmode", "require") => Encryption::Require,
                ("sslmode", "verify-full") => Encryption::VerifyFull,
                ("sslmode", _) => {
                    return complaint("url", "sslmode must be disable, require or verify-full");
                }
                _ => return complaint("url", "may only have the parameter sslmode"),
            };
        }
        let database = url.path().trim_start_matches('/');
        let (Some(host), false) = (
            url.host_str(),
            database.is_empty() || database.contains('/'),
        ) else {
            return complaint("url", "must be postgresql://user@host:port/database");
        };
        if url.username().is_empty() {
            return complaint(
                "url",
                "must name the login, as postgresql://user@host/database",
            );
        }
        let plain_text = self.plain_text()?;
        if encryption == Encryption::Disable && !plain_text {
            near("url", host)?;
        }
        let mut tables = BTreeMap::new();
        for (table, place) in std::mem::take(&mut self.tables) {
            tables.insert(table, place.parse().map_err(|reason| ("tables", reason))?);
        }
        Ok(PostgresSource {
            user: unescaped(url.username())?,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(5432),
            database: unescaped(database)?,
            encryption,
            plain_text,
            authority: self.authority()?,
            password: secret("credentials", self.credentials.take())?,
            schema: self.schema.take().unwrap_or_else(|| "public".to_owned()),
            tables,
        })
    }

    fn objects(&mut self) -> Result<ObjectSource, Complaint> {
        let url = address(&self.url)?;
        if url.query().is_some() || !url.username().is_empty() || url.port().is_some() {
            return complaint(
                "url",
                "must be a bucket and a prefix, as s3://bucket/prefix",
            );
        }
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return complaint("url", "must name the bucket, as s3://bucket/prefix");
        };
        let path = unescaped(url.path().trim_matches('/'))?;
        let (service, bucket, prefix) = match url.scheme() {
            "s3" => (Service::S3, host.to_owned(), path),
            "gs" => (Service::Google, host.to_owned(), path),
            _ => {
                let (container, prefix) = path.split_once('/').unwrap_or((&path, ""));
                if container.is_empty() {
                    return complaint("url", "must be az://account/container/prefix");
                }
                let service = Service::Azure(host.to_owned());
                (service, container.to_owned(), prefix.to_owned())
            }
        };
        let plain_text = self.plain_text()?;
        let endpoint = self.endpoint.take();
        let endpoint = endpoint.map(|text| web("endpoint", &text, plain_text));
        let access_key = match service {
            Service::S3 => secret("access_key", self.access_key.take())?,
            Service::Google | Service::Azure(_) => None,
        };
        let secret = secret("credentials", self.credentials.take())?;
        if service == Service::S3 && access_key.is_some() != secret.is_some() {
            let reason = "access_key and credentials are the two halves of one key";
            return complaint("credentials", reason);
        }
        Ok(ObjectSource {
            region: match service {
                Service::S3 => self.region.take(),
                Service::Google | Service::Azure(_) => None,
            },
            service,
            bucket,
            prefix,
            endpoint: endpoint.transpose()?,
            plain_text,
            authority: self.authority()?,
            access_key,
            secret,
        })
    }

    fn api(&mut self) -> Result<ApiSource, Complaint> {
        let plain_text = self.plain_text()?;
        web("url", &self.url, plain_text)?;
        if !self.url.contains("{table}") {
            return complaint("url", "must hold {table}, as https://host/export/{table}");
        }
        let next = match (self.next_parameter.take(), self.next_header.take()) {
            (None, None) => None,
            (Some(parameter), Some(header)) => Some((parameter, header)),
            _ => return complaint("next_parameter", "goes together with next_header"),
        };
        Ok(ApiSource {
            url: self.url.clone(),
            plain_text,
            authority: self.authority()?,
            token: secret("credentials", self.credentials.take())?,
            format: self.format.take(),
            since: self.since.take(),
            next,
            tables: std::mem::take(&mut self.tables),
        })
    }

    fn plain_text(&mut self) -> Result<bool, Complaint> {
        match self.plain_text.take().as_deref() {
            None => Ok(false),
            Some(PLAIN_TEXT) => Ok(true),
            Some(_) => complaint("plain_text", format!("can only say {PLAIN_TEXT:?}")),
        }
    }

    fn authority(&mut self) -> Result<Option<PathBuf>, Complaint> {
        match self.certificate_authority.take() {
            Some(path) if !path.is_absolute() => {
                complaint("certificate_authority", "must be an absolute path")
            }
            path => Ok(path),
        }
    }
}

impl SourceSettings {
    /// The keys that say this.
    pub fn keys(&self) -> SourceKeys {
        let reference = |secret: &Option<SecretRef>| secret.as_ref().map(ToString::to_string);
        let plain = |said: bool| said.then(|| PLAIN_TEXT.to_owned());
        let keys = SourceKeys {
            url: self.to_string(),
            ..SourceKeys::default()
        };
        match self {
            Self::Folder(_) => keys,
            Self::Postgres(postgres) => SourceKeys {
                credentials: reference(&postgres.password),
                schema: Some(postgres.schema.clone()).filter(|schema| schema != "public"),
                certificate_authority: postgres.authority.clone(),
                plain_text: plain(postgres.plain_text),
                tables: postgres
                    .tables
                    .iter()
                    .map(|(table, place)| (table.clone(), place.to_string()))
                    .collect(),
                ..keys
            },
            Self::Objects(objects) => SourceKeys {
                credentials: reference(&objects.secret),
                access_key: reference(&objects.access_key),
                endpoint: objects.endpoint.as_ref().map(ToString::to_string),
                region: objects.region.clone(),
                certificate_authority: objects.authority.clone(),
                plain_text: plain(objects.plain_text),
                ..keys
            },
            Self::Api(api) => SourceKeys {
                credentials: reference(&api.token),
                format: api.format,
                since: api.since.clone(),
                next_parameter: api.next.as_ref().map(|(parameter, _)| parameter.clone()),
                next_header: api.next.as_ref().map(|(_, header)| header.clone()),
                certificate_authority: api.authority.clone(),
                plain_text: plain(api.plain_text),
                tables: api.tables.clone(),
                ..keys
            },
        }
    }
}

impl fmt::Display for SourceSettings {
    /// The address, which never holds a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "file://{}", path.display()),
            Self::Postgres(postgres) => postgres.fmt(f),
            Self::Objects(objects) => {
                match &objects.service {
                    Service::S3 => write!(f, "s3://{}", objects.bucket)?,
                    Service::Google => write!(f, "gs://{}", objects.bucket)?,
                    Service::Azure(account) => write!(f, "az://{account}/{}", objects.bucket)?,
                }
                match objects.prefix.as_str() {
                    "" => Ok(()),
                    prefix => write!(f, "/{}", escaped(prefix)),
                }
            }
            Self::Api(api) => f.write_str(&api.url),
        }
    }
}

impl fmt::Display for PostgresSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => format!("[{address}]"),
            _ => self.host.clone(),
        };
        write!(
            f,
            "postgresql://{}@{host}:{}/{}?sslmode={}",
            escaped(&self.user),
            self.port,
            escaped(&self.database),
            match self.encryption {
                Encryption::Disable => "disable",
                Encryption::Require => "require",
                Encryption::VerifyFull => "verify-full",
            }
        )
    }
}

impl FromStr for Relation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let first = text.split_whitespace().next().unwrap_or_default();
        if text.contains('\0') || first.is_empty() {
            return Err("must be schema.table or a query".to_owned());
        }
        if first.eq_ignore_ascii_case("select") || first.eq_ignore_ascii_case("with") {
            return Ok(Self::Query(text.to_owned()));
        }
        match text.split_once('.') {
            Some((schema, table)) if !schema.is_empty() && !table.is_empty() => {
                Ok(Self::Named(Some(schema.to_owned()), table.to_owned()))
            }
            None => Ok(Self::Named(None, text.to_owned())),
            Some(_) => Err(format!("{text:?} must be schema.table or a query")),
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(Some(schema), table) => write!(f, "{schema}.{table}"),
            Self::Named(None, text) | Self::Query(text) => f.write_str(text),
        }
    }
}

fn folder(url: &str) -> Result<PathBuf, Complaint> {
    let path = Path::new(url.strip_prefix("file://").unwrap_or_default());
    let mut parts = path.components();
    if !path.is_absolute() || parts.any(|part| matches!(part, Component::ParentDir)) {
        return complaint("url", "must name an absolute folder, as file:///data/acme");
    }
    Ok(path.to_owned())
}

/// Takes an address apart; one with a password is refused.
fn address(text: &str) -> Result<Url, Complaint> {
    let Ok(url) = Url::parse(text) else {
        return complaint("url", "is no address that can be taken apart");
    };
    if url.password().is_some() {
        let reason = "must not hold the password: say where it is kept in credentials, \
                      as file:/absolute/path or env:NAME";
        return complaint("url", reason);
    }
    if url.fragment().is_some() {
        return complaint("url", "must not have a #");
    }
    Ok(url)
}

/// An `https://` address, or an `http://` one of this machine.
fn web(key: &'static str, text: &str, plain_text: bool) -> Result<Url, Complaint> {
    let url = address(text).map_err(|(_, reason)| (key, reason))?;
    if !url.username().is_empty() || url.host_str().is_none() {
        return complaint(key, "must be a plain address, as https://host/path");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if plain_text => Ok(url),
        "http" => near(key, url.host_str().unwrap_or_default()).map(|()| url),
        _ => complaint(key, "must begin with https://"),
    }
}

/// Refuses a host that is not this machine.
fn near(key: &'static str, host: &str) -> Result<(), Complaint> {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    if host == "localhost" || address.is_ok_and(|address| address.is_loopback()) {
        return Ok(());
    }
    complaint(
        key,
        format!("only this machine is read without TLS, unless plain_text = {PLAIN_TEXT:?}"),
    )
}

fn secret(key: &'static str, text: Option<String>) -> Result<Option<SecretRef>, Complaint> {
    let secret = text.map(|text| text.parse::<SecretRef>());
    secret
        .transpose()
        .map_err(|reason| (key, reason.to_owned()))
}

/// A part of an address with its `%` signs resolved.
fn unescaped(text: &str) -> Result<String, Complaint> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (first, digits.map(|two| u8::from_str_radix(two, 16))) {
            (b'%', Some(Ok(byte))) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => complaint("url", "holds bytes that are no text"),
    }
}

/// A text as a part of an address; `/` stays.
fn escaped(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            part.push(char::from(byte));
        } else {
            part.push_str(&format!("%{byte:02X}"));
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<SourceSettings, (&'static str, String)> {
        toml::from_str::<SourceKeys>(text).unwrap().check()
    }

    #[test]
    fn every_kind_survives_the_way_there_and_back() {
        for text in [
            "url = 'file:///data/acme/learnamp'",
            "url = 'postgresql://reader@db.example.com:6432/learn%20amp?sslmode=require'
             credentials = 'env:PASSWORD'
             certificate_authority = '/etc/ca.pem'
             schema = 'app'
             [tables]
             users = 'hr.people'
             notes = 'select 1 as id'",
            "url = 'postgresql://reader@[::1]/x?sslmode=disable'",
            "url = 's3://bucket/a prefix/deep'
             endpoint = 'http://127.0.0.1:9000'
             region = 'eu-west-1'
             access_key = 'env:ID'
             credentials = 'file:/etc/secret'",
            "url = 'gs://bucket'
             credentials = 'file:/etc/google.json'",
            "url = 'az://account/container/prefix'",
            "url = 'https://api.example.com/{table}?size=10'
             credentials = 'env:TOKEN'
             format = 'ndjson'
             since = 'updated_since'
             next_parameter = 'cursor'
             next_header = 'x-next'
             [tables]
             users = 'people'",
            "url = 'http://10.0.0.1/{table}'
             plain_text = 'passwords and data may be read on the way'",
        ] {
            let settings = check(text).unwrap();
            assert_eq!(settings.keys().check().unwrap(), settings, "{text}");
        }
    }

    #[test]
    fn mistakes_are_named_and_no_password_is_repeated() {
        for (text, key) in [
            ("url = 'data/x'", "url"),
            ("url = 'file://data/x'", "url"),
            ("url = 'file:///data/../etc'", "url"),
            ("url = 'ftp://x/y'", "url"),
            ("url = 'file:///data'\nregion = 'x'", "region"),
            ("url = 'file:///data'\ncredentials = 'env:X'", "credentials"),
            ("url = 'postgresql://u:hunter2@localhost/x'", "url"),
            ("url = 'postgresql://localhost/x'", "url"),
            ("url = 'postgresql://u@localhost'", "url"),
            (
                "url = 'postgresql://u@db.example.com/x?sslmode=disable'",
                "url",
            ),
            ("url = 'postgresql://u@localhost/x?sslmode=prefer'", "url"),
            ("url = 'postgresql://u@localhost/x?password=hunter2'", "url"),
            (
                "url = 'postgresql://u@localhost/x'\ncredentials = 'hunter2'",
                "credentials",
            ),
            (
                "url = 'postgresql://u@localhost/x'\n[tables]\na = '.x'",
                "tables",
            ),
            (
                "url = 's3://b/x'\nendpoint = 'http://10.0.0.1:9000'",
                "endpoint",
            ),
            ("url = 's3://b/x'\ncredentials = 'env:X'", "credentials"),
            ("url = 's3://b/x'\nschema = 'x'", "schema"),
            ("url = 'gs://b/x'\naccess_key = 'env:X'", "access_key"),
            ("url = 'az://account'", "url"),
            ("url = 'https://x.example.com/users'", "url"),
            ("url = 'http://x.example.com/{table}'", "url"),
            (
                "url = 'https://x/{table}'\nnext_header = 'x'",
                "next_parameter",
            ),
            (
                "url = 'https://x/{table}'\nplain_text = 'yes'",
                "plain_text",
            ),
        ] {
            let (named, reason) = check(text).unwrap_err();
            assert_eq!(named, key, "{text}: {reason}");
            assert!(!reason.contains("hunter2"), "{reason}");
        }
    }
}
