//! Exported files in a bucket of an object store, named as in a folder.
//!
//! What an object is when it is surveyed is what is read of it: it is asked for by its tag, and its
//! size is checked. Each passes through a scratch file, so that a connection is needed only as long
//! as bytes flow.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path as Location;
use object_store::{Certificate, ClientOptions, GetOptions, ObjectMeta, ObjectStore, RetryConfig};

use super::body::{Body, in_time};
use super::files::{self, Mark};
use super::{Abilities, Ask, Batches, Found, Place, RawBatch, Source, Survey};
use crate::config::SecretRef;
use crate::config::limits::SyncLimits;
use crate::schema::{Product, Table};
use crate::sync::Error;
use crate::telemetry;
use crate::tenant::{ObjectSource, Service};

/// Objects under one prefix: more is not an export.
const MOST_OBJECTS: usize = 1_000_000;
/// How often one request is tried again within `limits.sync.stall`.
const TRIES: usize = 3;

/// Objects under one prefix.
pub(super) struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Location,
    /// The address for people.
    shown: String,
    limits: SyncLimits,
}

impl Objects {
    pub(super) fn open(from: &ObjectSource, limits: &SyncLimits) -> Result<Self, Error> {
        let (store, prefix) = bucket(from, limits)?;
        Ok(Self {
            store,
            prefix,
            limits: limits.clone(),
            shown: shown(from),
        })
    }

    /// The objects by the first part of their names below the prefix, each with the rest of its
    /// name.
    async fn entries(&self) -> Result<BTreeMap<String, Vec<(String, ObjectMeta)>>, Error> {
        let failed = |reason: String| Error::Open {
            place: self.shown.clone(),
            reason,
        };
        let mut entries: BTreeMap<String, Vec<(String, ObjectMeta)>> = BTreeMap::new();
        let mut listed = self.store.list(Some(&self.prefix));
        let mut count = 0;
        loop {
            let next = in_time(self.limits.stall, listed.try_next()).await;
            let next = next
                .map_err(failed)?
                .map_err(|error| failed(reason(&error)))?;
            let Some(meta) = next else {
                return Ok(entries);
            };
            count += 1;
            if count > MOST_OBJECTS {
                return Err(Error::TooLarge {
                    file: self.shown.clone(),
                    what: "number of objects",
                    most: MOST_OBJECTS as u64,
                });
            }
            let Some(parts) = meta.location.prefix_match(&self.prefix) else {
                continue;
            };
            let parts: Vec<_> = parts.map(|part| part.as_ref().to_owned()).collect();
            let hidden = |part: &String| part.starts_with(['.', '_']);
            // Some tools make an empty object where a folder would be.
            let folder = meta.size == 0 && files::format(meta.location.as_ref()).is_none();
            let Some((first, rest)) = parts.split_first().filter(|_| !folder) else {
                continue;
            };
            if !parts.iter().any(hidden) {
                let entry = entries.entry(first.clone()).or_default();
                entry.push((rest.join("/"), meta));
            }
        }
    }

    fn found(&self, table: &Table, mut objects: Vec<(String, ObjectMeta)>) -> Result<Found, Error> {
        objects.sort_unstable_by(|left, right| left.1.location.cmp(&right.1.location));
        if objects.len() > self.limits.files_per_table {
            return Err(Error::TooLarge {
                file: table.name.as_str().to_owned(),
                what: "number of parts",
                most: self.limits.files_per_table as u64,
            });
        }
        let mut mark = Mark::new(table);
        let mut certain = true;
        for (_, meta) in &objects {
            mark.add(meta.location.as_ref().as_bytes());
            mark.add(&meta.size.to_le_bytes());
            let state = meta.e_tag.as_ref().or(meta.version.as_ref());
            certain &= state.is_some();
            mark.add(state.map_or(b"", |state| state.as_bytes()));
        }
        Ok(Found {
            parts: objects.len() as u64,
            bytes: objects.iter().map(|(_, meta)| meta.size).sum(),
            rows: None,
            columns: None,
            mark: certain.then(|| mark.finish()),
            abilities: Abilities::default(),
            place: Place::Objects(objects.into_iter().map(|(_, meta)| meta).collect()),
        })
    }
}

#[async_trait]
impl Source for Objects {
    async fn survey(&self, product: &Product) -> Result<Survey, Error> {
        let mut survey = Survey::default();
        let mut unknown = BTreeSet::new();
        for (name, objects) in self.entries().await? {
            let folder = objects.iter().any(|(rest, _)| !rest.is_empty());
            let stem = if folder {
                Some(name.as_str())
            } else {
                files::format(&name).map(|(stem, ..)| stem)
            };
            let table = stem.and_then(|stem| {
                let mut tables = product.tables.iter();
                tables.find(|table| table.answers_to(stem))
            });
            let Some(table) = table else {
                unknown.insert(name);
                continue;
            };
            let part = |rest: &str| !rest.contains('/') && files::format(rest).is_some();
            let odd = objects.iter().find(|(rest, _)| folder && !part(rest));
            if let Some((_, odd)) = odd {
                return Err(Error::UnknownFormat {
                    file: files::shown(Path::new(odd.location.as_ref())),
                });
            }
            survey.add(table, self.found(table, objects)?)?;
        }
        survey.unknown = unknown.into_iter().collect();
        Ok(survey)
    }

    async fn read(
        &self,
        table: &Table,
        found: &Found,
        ask: Ask,
        scratch: &Path,
    ) -> Result<Batches, Error> {
        let (Ask::Everything, Place::Objects(objects)) = (ask, &found.place) else {
            return Err(Error::Broken);
        };
        let reading = Arc::new(Reading {
            table: table.name.as_str().to_owned(),
            store: Arc::clone(&self.store),
            prefix: self.prefix.clone(),
            limits: self.limits.clone(),
            scratch: scratch.to_owned(),
        });
        let batches = futures::stream::iter(objects.clone()).then(move |meta| {
            let reading = Arc::clone(&reading);
            async move { reading.object(meta).await }
        });
        Ok(batches.flat_map(futures::stream::iter).boxed())
    }

    async fn settle(&self, product: &Product, survey: &Survey) -> Result<(), Error> {
        survey.same_as(&self.survey(product).await?)
    }
}

/// A table on its way.
struct Reading {
    table: String,
    store: Arc<dyn ObjectStore>,
    prefix: Location,
    limits: SyncLimits,
    scratch: std::path::PathBuf,
}

impl Reading {
    async fn object(&self, meta: ObjectMeta) -> files::FileBatches {
        match self.batches(meta).await {
            Ok(batches) => batches,
            Err(error) => Box::new(std::iter::once(Err::<RawBatch, _>(error))),
        }
    }

    async fn batches(&self, meta: ObjectMeta) -> Result<files::FileBatches, Error> {
        let parts = meta.location.prefix_match(&self.prefix);
        let parts = parts.map(|parts| parts.map(|part| part.as_ref().to_owned()).collect());
        let name: Vec<String> = parts.unwrap_or_default();
        let name = name.join("/");
        let failed = |(bytes, reason): (u64, String)| Error::Fetch {
            table: self.table.clone(),
            position: format!("{name} after {bytes} of {} bytes", meta.size),
            reason,
        };
        let options = GetOptions {
            if_match: meta.e_tag.clone(),
            version: meta.version.clone(),
            ..GetOptions::default()
        };
        let asked = self.store.get_opts(&meta.location, options);
        let object = match in_time(self.limits.stall, asked).await {
            Ok(Ok(object)) => object,
            Ok(Err(
                object_store::Error::Precondition { .. } | object_store::Error::NotFound { .. },
            )) => return Err(Error::Changed(self.table.clone())),
            Ok(Err(error)) => return Err(failed((0, reason(&error)))),
            Err(reason) => return Err(failed((0, reason))),
        };
        if object.meta.size != meta.size {
            return Err(Error::Changed(self.table.clone()));
        }
        let bytes = object.into_stream().map_err(|error| reason(&error));
        let body = Body::fetch(bytes, Some(meta.size), &self.scratch, &self.limits).await;
        let body = body.map_err(failed)?;
        let Some((_, format, packing)) = files::format(&name) else {
            return Err(Error::UnknownFormat { file: name });
        };
        let file = Arc::from(name.as_str());
        files::batches(
            body.path(),
            format,
            packing,
            file,
            &self.limits,
            &self.scratch,
        )
    }
}

/// A bucket and what the names in it begin with, for whoever reads or writes there.
pub(super) fn bucket(
    from: &ObjectSource,
    limits: &SyncLimits,
) -> Result<(Arc<dyn ObjectStore>, Location), Error> {
    let failed = |reason: String| Error::Open {
        place: shown(from),
        reason,
    };
    let prefix = Location::parse(&from.prefix).map_err(|error| failed(error.to_string()))?;
    let store = connect(from, limits)?;
    Ok((store.map_err(|error| failed(reason(&error)))?, prefix))
}

/// The place for people.
fn shown(from: &ObjectSource) -> String {
    format!("bucket {}", from.bucket)
}

/// Makes the client of a service, with the key that was said or the machine's own.
fn connect(
    from: &ObjectSource,
    limits: &SyncLimits,
) -> Result<Result<Arc<dyn ObjectStore>, object_store::Error>, Error> {
    let secret = from.secret.as_ref().map(SecretRef::read).transpose()?;
    let key = from.access_key.as_ref().map(SecretRef::read).transpose()?;
    let endpoint = from.endpoint.as_ref();
    let endpoint = endpoint.map(|url| url.as_str().trim_end_matches('/').to_owned());
    let client = client(from, limits)?;
    let retry = RetryConfig {
        max_retries: TRIES,
        retry_timeout: limits.stall,
        ..RetryConfig::default()
    };
    Ok(match &from.service {
        Service::S3 => {
            let mut builder = match (&key, &secret) {
                (Some(key), Some(secret)) => AmazonS3Builder::new()
                    .with_access_key_id(key.expose())
                    .with_secret_access_key(secret.expose()),
                _ => AmazonS3Builder::from_env(),
            };
            if let Some(endpoint) = endpoint {
                builder = builder.with_endpoint(endpoint);
            }
            if let Some(region) = &from.region {
                builder = builder.with_region(region);
            }
            let builder = builder.with_bucket_name(&from.bucket);
            let built = builder
                .with_client_options(client)
                .with_retry(retry)
                .build();
            built.map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
        }
        Service::Google => {
            let mut builder = match &secret {
                Some(secret) => {
                    GoogleCloudStorageBuilder::new().with_service_account_key(secret.expose())
                }
                None => GoogleCloudStorageBuilder::from_env(),
            };
            if let Some(endpoint) = endpoint {
                builder = builder.with_base_url(&endpoint);
            }
            let builder = builder.with_bucket_name(&from.bucket);
            let built = builder
                .with_client_options(client)
                .with_retry(retry)
                .build();
            built.map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
        }
        Service::Azure(account) => {
            let mut builder = match &secret {
                Some(secret) => MicrosoftAzureBuilder::new().with_access_key(secret.expose()),
                None => MicrosoftAzureBuilder::from_env(),
            };
            if let Some(endpoint) = endpoint {
                builder = builder.with_endpoint(endpoint);
            }
            let builder = builder
                .with_account(account)
                .with_container_name(&from.bucket);
            let built = builder
                .with_client_options(client)
                .with_retry(retry)
                .build();
            built.map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
        }
    })
}

fn client(from: &ObjectSource, limits: &SyncLimits) -> Result<ClientOptions, Error> {
    // A request may take as long as bytes flow; that they do is looked after here.
    let mut client = ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout(limits.connect);
    if from
        .endpoint
        .as_ref()
        .is_some_and(|url| url.scheme() == "http")
    {
        client = client.with_allow_http(true);
    }
    if let Some(pem) = super::authority(from.authority.as_deref())? {
        let bundle = Certificate::from_pem_bundle(&pem).map_err(|error| Error::Open {
            place: "certificate_authority".to_owned(),
            reason: error.to_string(),
        })?;
        for certificate in bundle {
            client = client.with_root_certificate(certificate);
        }
    }
    Ok(client)
}

/// What went wrong, without what the service quotes of the request.
fn reason(error: &object_store::Error) -> String {
    match error {
        object_store::Error::NotFound { .. } => "there is nothing of that name".to_owned(),
        object_store::Error::PermissionDenied { .. } => "permission denied".to_owned(),
        object_store::Error::Unauthenticated { .. } => "the credentials are refused".to_owned(),
        other => telemetry::chain(other),
    }
}
