//! `syllabase snapshot export` and `import`: published snapshots in another store, and back.

use std::fs;
use std::sync::Arc;

use clap::Args;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use serde_json::{Value, json};

use crate::app;
use crate::cli::output::{Answer, size};
use crate::cli::{Desk, Error};
use crate::ident::{ProductName, TenantId};
use crate::snapshot::{self, Carried, CarryPlace};
use crate::sync;
use crate::telemetry;
use crate::tenant::{SourceKeys, SourceSettings};

/// Whose snapshots, and which.
#[derive(Debug, Args)]
pub(in crate::cli) struct Which {
    id: TenantId,
    /// Only this product
    product: Option<ProductName>,
    /// All snapshots that can be read, not only the newest
    #[arg(long)]
    all: bool,
}

/// How another store is reached, beside its address.
#[derive(Debug, Args)]
pub(in crate::cli) struct Reach {
    /// Where the secret key of an object store is kept: file:/absolute/path or env:NAME
    #[arg(long, value_name = "PLACE")]
    credentials: Option<String>,
    /// Where the id of an S3 key is kept: file:/absolute/path or env:NAME
    #[arg(long, value_name = "PLACE")]
    access_key: Option<String>,
    /// Where the object store is, unless it is the public one
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The region of the bucket
    #[arg(long)]
    region: Option<String>,
}

/// Another store.
struct Other {
    store: Arc<dyn ObjectStore>,
    prefix: Location,
    shown: String,
}

impl Other {
    fn open(desk: &Desk, url: &str, reach: &Reach, make: bool) -> Result<Self, Error> {
        let keys = SourceKeys {
            url: url.to_owned(),
            credentials: reach.credentials.clone(),
            access_key: reach.access_key.clone(),
            endpoint: reach.endpoint.clone(),
            region: reach.region.clone(),
            ..SourceKeys::default()
        };
        let refused = |why: String| Error::refused(why, "file:///backup or s3://bucket/prefix");
        let settings = keys
            .check()
            .map_err(|(key, why)| refused(format!("{key} {why}")))?;
        let (store, prefix): (Arc<dyn ObjectStore>, _) = match settings {
            SourceSettings::Folder(folder) => {
                if make {
                    let made = fs::create_dir_all(&folder);
                    made.map_err(|error| refused(format!("cannot make the folder: {error}")))?;
                }
                let store = LocalFileSystem::new_with_prefix(&folder);
                let store = store.map_err(|error| refused(error.to_string()))?;
                (Arc::new(store), Location::default())
            }
            SourceSettings::Objects(bucket) => {
                sync::source::bucket(&bucket, &desk.settings.limits.sync)?
            }
            SourceSettings::Postgres(_) | SourceSettings::Api(_) => {
                let why = "snapshots are exported to folders and object stores";
                return Err(refused(why.to_owned()));
            }
        };
        Ok(Self {
            store,
            prefix,
            shown: url.to_owned(),
        })
    }

    fn place<'a>(&'a self, tenant: &'a TenantId, product: &'a ProductName) -> CarryPlace<'a> {
        CarryPlace {
            store: self.store.as_ref(),
            prefix: self.prefix.clone(),
            tenant,
            product,
        }
    }
}

/// What was carried of one product.
#[derive(Default)]
struct Sum {
    snapshots: u64,
    known: u64,
    carried: Carried,
}

impl Sum {
    fn add(&mut self, carried: Carried) {
        self.snapshots += 1;
        self.carried.files += carried.files;
        self.carried.bytes += carried.bytes;
        self.carried.present += carried.present;
    }

    fn line(&self, product: &ProductName) -> String {
        let Carried {
            files,
            bytes,
            present,
        } = self.carried;
        format!(
            "{product}: {} snapshots, {files} files ({}) copied, {present} were there",
            self.snapshots,
            size(bytes)
        )
    }

    fn object(&self, product: &ProductName) -> Value {
        json!({
            "product": product.as_str(), "snapshots": self.snapshots, "known": self.known,
            "files": self.carried.files, "bytes": self.carried.bytes,
            "present": self.carried.present,
        })
    }
}

/// What came of all products: one that fails does not keep the others back.
#[derive(Default)]
struct Told {
    lines: Vec<String>,
    objects: Vec<Value>,
    bad: bool,
}

impl Told {
    /// What was carried of a product, and why not more.
    fn add(&mut self, product: &ProductName, sum: &Sum, errors: &[Error]) {
        let known = match sum.known {
            0 => String::new(),
            known => format!("; {known} were published here already"),
        };
        self.lines.push(sum.line(product) + &known);
        let mut object = sum.object(product);
        let mut told = Vec::new();
        for error in errors {
            let (cause, remedy) = (telemetry::chain(error), error.remedy());
            self.lines.push(format!("  error: {cause}"));
            let tries = remedy.iter().map(|remedy| format!("    try: {remedy}"));
            self.lines.extend(tries);
            told.push(json!({"error": cause, "remedy": remedy}));
        }
        self.bad |= !errors.is_empty();
        object["errors"] = told.into();
        self.objects.push(object);
    }

    fn answer(self, place: &str) -> Answer {
        let text = format!("{place}\n{}", self.lines.join("\n"));
        let json = json!({"ok": !self.bad, "products": self.objects});
        Answer::line(text, json).bad(self.bad)
    }
}

pub(super) fn export(desk: &Desk, which: &Which, to: &str, reach: &Reach) -> Result<Answer, Error> {
    let id = &which.id;
    let (store, other) = (desk.snapshots()?, Other::open(desk, to, reach, true)?);
    let runtime = app::runtime()?;
    let mut told = Told::default();
    for product in desk.products_of(id, which.product.as_ref())? {
        let place = other.place(id, &product);
        let (mut sum, mut errors) = (Sum::default(), Vec::new());
        let mut export = || -> Result<(), Error> {
            let mut found = store.list(id, &product)?;
            if !which.all {
                found = found.pop().into_iter().collect();
            }
            for one in found {
                desk.output
                    .progress(&format!("exporting {product} {}", one.id));
                // A night that ends meanwhile must not remove what is copied.
                let _pin = store.pin(&one)?;
                match runtime.block_on(store.export(&one, &place)) {
                    Ok(carried) => sum.add(carried),
                    // What lies there stays; those after it are carried all the same.
                    Err(error @ snapshot::Error::Amended { .. }) => errors.push(error.into()),
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(runtime.block_on(store.export_kept(&place))?)
        };
        let failed = export().err();
        errors.extend(failed);
        told.add(&product, &sum, &errors);
    }
    // Folders do not sync what is put into them.
    rustix::fs::sync();
    Ok(told.answer(&format!("to {}", other.shown)))
}

pub(super) fn import(
    desk: &Desk,
    which: &Which,
    from: &str,
    reach: &Reach,
) -> Result<Answer, Error> {
    let id = &which.id;
    let (store, other) = (desk.snapshots()?, Other::open(desk, from, reach, false)?);
    let runtime = app::runtime()?;
    let mut told = Told::default();
    for product in desk.products_of(id, which.product.as_ref())? {
        let place = other.place(id, &product);
        let (mut sum, mut errors) = (Sum::default(), Vec::new());
        let mut import = || -> Result<(), Error> {
            let lock = store.lock(id, &product)?;
            let kept = runtime.block_on(place.kept())?;
            let mut exports = runtime.block_on(place.exports())?;
            if !which.all {
                exports = exports.pop().into_iter().collect();
            }
            for export in exports {
                let snapshot = &export.entry.snapshot;
                desk.output
                    .progress(&format!("importing {product} {snapshot}"));
                match runtime.block_on(store.import(&lock, &export, &place)) {
                    Ok(Some(carried)) => sum.add(carried),
                    Ok(None) => {
                        sum.known += 1;
                        continue;
                    }
                    // What is published here stays; those after it are looked at all the same.
                    Err(error @ snapshot::Error::Amended { .. }) => {
                        errors.push(error.into());
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                }
                if let Some(keep) = kept.get(snapshot) {
                    store.import_kept(&lock, snapshot, keep)?;
                }
            }
            Ok(())
        };
        let failed = import().err();
        errors.extend(failed);
        if sum.snapshots > 0 {
            let line = format!("imported from {}: {}", other.shown, sum.line(&product));
            desk.audit(id, "snapshot import", &line)?;
        }
        told.add(&product, &sum, &errors);
    }
    Ok(told.answer(&format!("from {}", other.shown)))
}
