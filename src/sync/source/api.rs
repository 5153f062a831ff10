//! Addresses that answer with a table as CSV, NDJSON or Parquet, page by page.
//!
//! A page is fetched whole into a scratch file before a row of it is passed on, so one that breaks
//! off is asked for again; together the tries of a page wait no longer than `limits.sync.stall`.
//! Nothing tells whether a table changed while its pages were read: what is read is what was
//! answered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat};
use futures::{StreamExt, TryStreamExt};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LINK};
use reqwest::header::{RETRY_AFTER, TRANSFER_ENCODING};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode, Version};
use tokio::time::Instant;
use url::Url;

use super::body::{Body, in_time};
use super::files::{self, Format};
use super::lines::Packing;
use super::{Abilities, Ask, Batches, Found, Place, Source, Survey, Watermark};
use crate::config::limits::SyncLimits;
use crate::config::{Secret, SecretRef};
use crate::schema::{Product, Table};
use crate::sync::Error;
use crate::tenant::{ApiFormat, ApiSource};

/// How long the first wait before another try is; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Tries of one page.
const TRIES: u32 = 5;

/// Addresses of one API.
pub(super) struct Api {
    client: Client,
    from: ApiSource,
    token: Option<Arc<Secret>>,
    limits: SyncLimits,
}

impl Api {
    pub(super) fn open(from: &ApiSource, limits: &SyncLimits) -> Result<Self, Error> {
        let failed = |error: reqwest::Error| Error::Open {
            place: "the client of the API".to_owned(),
            reason: reason(error),
        };
        // A redirection could carry the token elsewhere.
        let mut client = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(limits.connect)
            .https_only(!from.url.starts_with("http://"))
            .user_agent("syllabase");
        if let Some(pem) = super::authority(from.authority.as_deref())? {
            for certificate in Certificate::from_pem_bundle(&pem).map_err(failed)? {
                client = client.add_root_certificate(certificate);
            }
        }
        let token = from.token.as_ref().map(SecretRef::read).transpose()?;
        Ok(Self {
            client: client.build().map_err(failed)?,
            from: from.clone(),
            token: token.map(Arc::new),
            limits: limits.clone(),
        })
    }

    fn pages(&self, table: &Table, name: &str, scratch: &Path) -> Result<Pages, Error> {
        let text = self.from.url.replace("{table}", &escaped(name));
        let address = Url::parse(&text).map_err(|_| Error::Open {
            place: format!("table {}", table.name),
            reason: "its address cannot be taken apart".to_owned(),
        })?;
        Ok(Pages {
            client: self.client.clone(),
            from: self.from.clone(),
            token: self.token.clone(),
            limits: self.limits.clone(),
            scratch: scratch.to_owned(),
            table: table.name.as_str().to_owned(),
            next: Some(address),
            number: 0,
        })
    }
}

#[async_trait]
impl Source for Api {
    /// Asks every address and looks at the head of its answer only.
    async fn survey(&self, product: &Product) -> Result<Survey, Error> {
        let mut names = BTreeMap::new();
        for (spelling, name) in &self.from.tables {
            let table = super::declared(product, "[tables]", spelling)?;
            names.insert(table.name.as_str(), name.as_str());
        }
        let mut survey = Survey::default();
        for table in &product.tables {
            let own = table.name.as_str();
            let name = match names.get(own) {
                Some(name) => *name,
                None if names.is_empty() => own,
                None => continue,
            };
            let pages = self.pages(table, name, Path::new(""))?;
            let Some(answer) = pages.first().await? else {
                continue;
            };
            pages.form(answer.headers())?;
            survey.add(
                table,
                Found {
                    parts: 1,
                    bytes: answer.content_length().unwrap_or_default(),
                    rows: None,
                    columns: None,
                    mark: None,
                    abilities: Abilities {
                        since: self.from.since.is_some() && table.change_stamp().is_some(),
                        keys: false,
                    },
                    place: Place::Address(name.to_owned()),
                },
            )?;
        }
        Ok(survey)
    }

    async fn read(
        &self,
        table: &Table,
        found: &Found,
        ask: Ask,
        scratch: &Path,
    ) -> Result<Batches, Error> {
        let Place::Address(name) = &found.place else {
            return Err(Error::Broken);
        };
        let mut pages = self.pages(table, name, scratch)?;
        match (ask, &self.from.since, &mut pages.next) {
            (Ask::Everything, ..) => {}
            (Ask::Since(watermark), Some(parameter), Some(address)) => {
                let moment = moment(watermark).ok_or(Error::Broken)?;
                address.query_pairs_mut().append_pair(parameter, &moment);
            }
            _ => return Err(Error::Broken),
        }
        let batches = futures::stream::try_unfold(pages, |mut pages| async move {
            let page = pages.page().await?;
            Ok::<_, Error>(page.map(|page| (futures::stream::iter(page), pages)))
        });
        Ok(batches.try_flatten().boxed())
    }

    /// An API has no state to compare with.
    async fn settle(&self, _product: &Product, _survey: &Survey) -> Result<(), Error> {
        Ok(())
    }
}

/// The pages of a table, one after the other.
struct Pages {
    client: Client,
    from: ApiSource,
    token: Option<Arc<Secret>>,
    limits: SyncLimits,
    scratch: PathBuf,
    table: String,
    /// The address of the page that comes next.
    next: Option<Url>,
    /// Pages asked for so far.
    number: usize,
}

/// Why a page did not come.
enum Failure {
    /// It may at another try, perhaps after a while that was told.
    Passing(String, Option<Duration>),
    /// It will not.
    Final(String),
}

impl Pages {
    /// The head of the first page's answer; `None` when there is no such table.
    async fn first(&self) -> Result<Option<Response>, Error> {
        let Some(address) = &self.next else {
            return Err(Error::Broken);
        };
        self.patiently(|| self.ask(address)).await
    }

    /// The batches of the next page; `None` after the last.
    async fn page(&mut self) -> Result<Option<files::FileBatches>, Error> {
        let Some(address) = self.next.take() else {
            return Ok(None);
        };
        self.number += 1;
        if self.number > self.limits.files_per_table {
            return Err(Error::TooLarge {
                file: self.table.clone(),
                what: "number of pages",
                most: self.limits.files_per_table as u64,
            });
        }
        let came = self.patiently(|| self.fetch(&address)).await?;
        let Some((headers, body)) = came else {
            return Err(self.failed("there is nothing at its address"));
        };
        self.next = self.following(&address, &headers)?;
        let (format, packing) = self.form(&headers)?;
        let file: Arc<str> = Arc::from(format!("{} page {}", self.table, self.number));
        let page = files::batches(
            body.path(),
            format,
            packing,
            file,
            &self.limits,
            &self.scratch,
        );
        page.map(Some)
    }

    /// Asks again after failures that may pass, for as long as a source may be silent.
    async fn patiently<T, A>(&self, ask: impl Fn() -> A) -> Result<Option<T>, Error>
    where
        A: Future<Output = Result<Option<T>, Failure>>,
    {
        let until = Instant::now() + self.limits.stall;
        let mut wait = FIRST_WAIT;
        for again in (0..TRIES).rev() {
            let (reason, told) = match ask().await {
                Ok(came) => return Ok(came),
                Err(Failure::Final(reason)) => return Err(self.failed(&reason)),
                Err(Failure::Passing(reason, told)) => (reason, told),
            };
            let pause = told.unwrap_or(wait).max(wait);
            if again == 0 || Instant::now() + pause > until {
                return Err(self.failed(&reason));
            }
            tokio::time::sleep(pause).await;
            wait *= 2;
        }
        Err(Error::Broken)
    }

    /// Sends a request and judges the head of the answer; `None` when there is nothing there.
    async fn ask(&self, address: &Url) -> Result<Option<Response>, Failure> {
        let mut request = self.client.get(address.clone());
        request = request.header(ACCEPT_ENCODING, "gzip, zstd, identity");
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        let answer = in_time(self.limits.stall, request.send()).await;
        let answer = answer.map_err(|reason| Failure::Passing(reason, None))?;
        let answer = answer.map_err(|error| Failure::Passing(reason(error), None))?;
        let status = answer.status();
        match status {
            StatusCode::OK | StatusCode::NO_CONTENT => Ok(Some(answer)),
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Failure::Final(format!(
                "the credentials are refused ({status})"
            ))),
            _ if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
                let told = answer.headers().get(RETRY_AFTER);
                let told = told.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
                let reason = format!("the source answers {status}");
                Err(Failure::Passing(reason, told.map(Duration::from_secs)))
            }
            _ => Err(Failure::Final(format!("the source answers {status}"))),
        }
    }

    /// Fetches a page whole.
    async fn fetch(&self, address: &Url) -> Result<Option<(HeaderMap, Body)>, Failure> {
        let Some(answer) = self.ask(address).await? else {
            return Ok(None);
        };
        let (headers, length) = (answer.headers().clone(), answer.content_length());
        let framed = length.is_some()
            || headers.contains_key(TRANSFER_ENCODING)
            || answer.version() > Version::HTTP_11;
        if !framed {
            // Half of it would look like all of it.
            let reason = "the answer does not say how long it is";
            return Err(Failure::Final(reason.to_owned()));
        }
        let bytes = answer.bytes_stream().map_err(reason).boxed();
        let body = Body::fetch(bytes, length, &self.scratch, &self.limits).await;
        let body = body.map_err(|(bytes, reason)| {
            Failure::Passing(format!("after {bytes} bytes: {reason}"), None)
        })?;
        Ok(Some((headers, body)))
    }

    /// What an answer is, and how it is packed.
    fn form(&self, headers: &HeaderMap) -> Result<(Format, Packing), Error> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let kind = text(CONTENT_TYPE).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let format = match (self.from.format, kind.to_ascii_lowercase().as_str()) {
            (Some(ApiFormat::Csv), _) | (None, "text/csv") => Format::Csv,
            (Some(ApiFormat::Parquet), _)
            | (None, "application/vnd.apache.parquet" | "application/x-parquet") => Format::Parquet,
            (Some(ApiFormat::Ndjson), _)
            | (
                None,
                "application/x-ndjson"
                | "application/ndjson"
                | "application/jsonl"
                | "application/x-jsonlines",
            ) => Format::Ndjson,
            (None, _) => {
                let reason =
                    format!("answers are {kind:?}; say in the tenant's file which format that is");
                return Err(self.failed(&reason));
            }
        };
        let packing = match text(CONTENT_ENCODING).unwrap_or("identity").trim() {
            "identity" => Packing::Plain,
            "gzip" | "x-gzip" => Packing::Gzip,
            "zstd" => Packing::Zstd,
            _ => return Err(self.failed("answers are packed in a way that was not asked for")),
        };
        Ok((format, packing))
    }

    /// The address of the page after this one. It has to be of the same server: the token goes with
    /// the request.
    fn following(&self, page: &Url, headers: &HeaderMap) -> Result<Option<Url>, Error> {
        let next = match &self.from.next {
            None => {
                let links = headers.get_all(LINK).iter();
                let mut links = links.filter_map(|link| link.to_str().ok());
                let Some(link) = links.find_map(next_link) else {
                    return Ok(None);
                };
                page.join(link)
                    .map_err(|_| self.failed("the link to the next page is none"))?
            }
            Some((parameter, header)) => {
                let value = headers.get(header).and_then(|value| value.to_str().ok());
                let Some(value) = value.filter(|value| !value.is_empty()) else {
                    return Ok(None);
                };
                let mut next = page.clone();
                let kept = page.query_pairs().filter(|(key, _)| key != parameter);
                let kept: Vec<_> = kept
                    .map(|(key, value)| (key.into_owned(), value.into_owned()))
                    .collect();
                next.query_pairs_mut()
                    .clear()
                    .extend_pairs(kept)
                    .append_pair(parameter, value);
                next
            }
        };
        if next.origin() != page.origin() {
            return Err(self.failed("the next page is said to be at another server"));
        }
        if next == *page {
            return Err(self.failed("the next page is said to be the same page"));
        }
        Ok(Some(next))
    }

    fn failed(&self, reason: &str) -> Error {
        Error::Fetch {
            table: self.table.clone(),
            position: format!("page {}", self.number.max(1)),
            reason: reason.to_owned(),
        }
    }
}

/// The target of `<…>; rel="next"` in a Link header (RFC 8288).
fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, link)) = rest.split_once('<') {
        let (target, after) = link.split_once('>')?;
        let parameters = after.split('<').next().unwrap_or_default();
        let next = parameters.split([';', ',']).any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            let mut relations = value.trim().trim_matches('"').split_whitespace();
            name.trim().eq_ignore_ascii_case("rel")
                && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        if next {
            return Some(target);
        }
        rest = after;
    }
    None
}

fn moment(Watermark(micros): Watermark) -> Option<String> {
    let time = DateTime::from_timestamp_micros(micros)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// A table's name as a part of an address; `/` stays.
fn escaped(name: &str) -> String {
    let mut part = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            part.push(char::from(byte));
        } else {
            part.push_str(&format!("%{byte:02X}"));
        }
    }
    part
}

/// What went wrong, without the address.
fn reason(error: reqwest::Error) -> String {
    crate::telemetry::chain(&error.without_url())
}

#[cfg(test)]
mod tests {
    use super::next_link;

    #[test]
    fn the_next_page_is_found_among_links() {
        for (header, next) in [
            ("</a?page=2>; rel=\"next\"", Some("/a?page=2")),
            ("<x>; rel=prev, <y>; title=\"a\"; REL=next", Some("y")),
            ("<x>; rel=\"last next\"", Some("x")),
            ("<x>; rel=\"nextish\"", None),
            ("<x; rel=next", None),
            ("", None),
        ] {
            assert_eq!(next_link(header), next, "{header}");
        }
    }
}
