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

pub(super) fn export(desk: &Desk, which: &Which, to: &str, reach: &Reach) -> Result<Answer, Error> {
    let id = &which.id;
    let (store, other) = (desk.snapshots()?, Other::open(desk, to, reach, true)?);
    let runtime = app::runtime()?;
    let mut lines = Vec::new();
    let mut objects = Vec::new();
    for product in desk.products_of(id, which.product.as_ref())? {
        let mut found = store.list(id, &product)?;
        if !which.all {
            found = found.pop().into_iter().collect();
        }
        let mut sum = Sum::default();
        for one in found {
            desk.output
                .progress(&format!("exporting {product} {}", one.id));
            // A night that ends meanwhile must not remove what is copied.
            let _pin = store.pin(&one)?;
            let place = other.place(id, &product);
            sum.add(runtime.block_on(store.export(&one, &place))?);
        }
        lines.push(sum.line(&product));
        objects.push(sum.object(&product));
    }
    // Folders do not sync what is put into them.
    rustix::fs::sync();
    let text = format!("to {}\n{}", other.shown, lines.join("\n"));
    Ok(Answer::line(text, json!({"ok": true, "products": objects})))
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
    let mut lines = Vec::new();
    let mut objects = Vec::new();
    for product in desk.products_of(id, which.product.as_ref())? {
        let lock = store.lock(id, &product)?;
        let place = other.place(id, &product);
        let mut exports = runtime.block_on(place.exports())?;
        if !which.all {
            exports = exports.pop().into_iter().collect();
        }
        let mut sum = Sum::default();
        for export in exports {
            let snapshot = &export.entry.snapshot;
            desk.output
                .progress(&format!("importing {product} {snapshot}"));
            match runtime.block_on(store.import(&lock, &export, &place)) {
                Ok(Some(carried)) => sum.add(carried),
                Ok(None) => sum.known += 1,
                Err(snapshot::Error::Older(older)) => {
                    return Err(Error::refused(
                        format!(
                            "snapshot {older} of {product} is older than what is published here, \
                             and an import never takes readers back"
                        ),
                        "import it into a data folder of its own (--data)",
                    ));
                }
                Err(error) => return Err(error.into()),
            }
        }
        if sum.snapshots > 0 {
            let line = format!("imported from {}: {}", other.shown, sum.line(&product));
            desk.audit(id, "snapshot import", &line)?;
        }
        let known = match sum.known {
            0 => String::new(),
            known => format!("; {known} were published here already"),
        };
        lines.push(sum.line(&product) + &known);
        objects.push(sum.object(&product));
    }
    let text = format!("from {}\n{}", other.shown, lines.join("\n"));
    Ok(Answer::line(text, json!({"ok": true, "products": objects})))
}
