//! `syllabase snapshot`: list, verify, show, publish, discard, rollback, keep, let-go, diff,
//! export, import.

mod carry;
mod diff;
mod list;
mod past;
mod show;

use clap::Subcommand;
use serde_json::json;

use super::output::Answer;
use super::{Desk, Error};
use crate::ident::{ProductName, TenantId};
use crate::snapshot::Store;
use crate::telemetry;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List the snapshots that can be read, oldest first
    List {
        id: TenantId,
        /// Only this product
        product: Option<ProductName>,
    },
    /// Compare every file of the newest snapshots with its checksum
    Verify {
        id: TenantId,
        /// Only this product
        product: Option<ProductName>,
        /// All snapshots, not only the newest
        #[arg(long)]
        all: bool,
    },
    /// Say what a snapshot holds, how it differs from the one before, and what the checks found
    Show {
        id: TenantId,
        product: ProductName,
        /// The one that waits for a person, not the one that is served
        #[arg(long)]
        held: bool,
    },
    /// Throw a snapshot away that waits for a person
    Discard {
        id: TenantId,
        product: ProductName,
        /// Says that it was looked at
        #[arg(long, required = true)]
        held: bool,
    },
    /// Publish a snapshot that waits for a person
    Publish {
        id: TenantId,
        product: ProductName,
        /// Says that it was looked at
        #[arg(long, required = true)]
        held: bool,
    },
    /// Publish an earlier snapshot again; readers see it from their next statement on
    Rollback {
        id: TenantId,
        product: ProductName,
        /// Its number, as `snapshot list` shows it
        number: u64,
    },
    /// Keep a snapshot beyond its time, until it is let go
    Keep {
        id: TenantId,
        product: ProductName,
        /// Its number, as `snapshot list` shows it
        number: u64,
        /// Why, for those who wonder later
        #[arg(long)]
        reason: String,
    },
    /// Leave a kept snapshot to the tenant's retention again
    LetGo {
        id: TenantId,
        product: ProductName,
        /// Its number, as `snapshot list` shows it
        number: u64,
        /// Why, for the audit trail
        #[arg(long)]
        reason: Option<String>,
    },
    /// Compare two snapshots, table by table and row by row
    Diff {
        id: TenantId,
        product: ProductName,
        /// The number of the one to begin with, as `snapshot list` shows it
        before: u64,
        /// The number of the other
        after: u64,
    },
    /// Copy published snapshots to another store, compared with their checksums
    Export {
        #[command(flatten)]
        which: carry::Which,
        /// Where to: file:///backup, s3://bucket/prefix, gs://… or az://…
        #[arg(long, value_name = "URL")]
        to: String,
        #[command(flatten)]
        reach: carry::Reach,
    },
    /// Bring exported snapshots back and publish them under their own ids and times
    Import {
        #[command(flatten)]
        which: carry::Which,
        /// Where from: file:///backup, s3://bucket/prefix, gs://… or az://…
        #[arg(long, value_name = "URL")]
        from: String,
        #[command(flatten)]
        reach: carry::Reach,
    },
}

impl Desk {
    pub(super) fn snapshots(&self) -> Result<Store, Error> {
        Ok(Store::open(
            &self.settings.folders.snapshots,
            self.clock.clone(),
        )?)
    }

    /// The products of a tenant, or the one that was named.
    pub(super) fn products_of(
        &self,
        id: &TenantId,
        product: Option<&ProductName>,
    ) -> Result<Vec<ProductName>, Error> {
        let tenant = self.files().read(id)?;
        match product {
            None => Ok(tenant.products),
            Some(product) if tenant.products.contains(product) => Ok(vec![product.clone()]),
            Some(product) => Err(Error::refused(
                format!("tenant \"{id}\" does not have product \"{product}\""),
                format!("one of: {}", super::tenant::names(&tenant.products)),
            )),
        }
    }
}

pub(super) fn run(desk: &Desk, verb: &Verb) -> Result<Answer, Error> {
    match verb {
        Verb::List { id, product } => list::list(desk, id, product.as_ref()),
        Verb::Verify { id, product, all } => verify(desk, id, product.as_ref(), *all),
        Verb::Show { id, product, held } => show::show(desk, id, product, *held),
        Verb::Discard { id, product, .. } => discard(desk, id, product),
        Verb::Publish { id, product, .. } => publish(desk, id, product),
        Verb::Rollback {
            id,
            product,
            number,
        } => past::rollback(desk, id, product, *number),
        Verb::Keep {
            id,
            product,
            number,
            reason,
        } => past::keep(desk, id, product, *number, reason),
        Verb::LetGo {
            id,
            product,
            number,
            reason,
        } => past::let_go(desk, id, product, *number, reason.as_deref()),
        Verb::Diff {
            id,
            product,
            before,
            after,
        } => diff::diff(desk, id, product, *before, *after),
        Verb::Export { which, to, reach } => carry::export(desk, which, to, reach),
        Verb::Import { which, from, reach } => carry::import(desk, which, from, reach),
    }
}

fn verify(
    desk: &Desk,
    id: &TenantId,
    product: Option<&ProductName>,
    all: bool,
) -> Result<Answer, Error> {
    let store = desk.snapshots()?;
    let (mut snapshots, mut files, mut bytes) = (0_u64, 0, 0);
    let mut damaged = Vec::new();
    for product in desk.products_of(id, product)? {
        let mut found = store.list(id, &product)?;
        if !all {
            found = found.pop().into_iter().collect();
        }
        for one in found {
            desk.output
                .progress(&format!("reading {product} {}", one.id));
            snapshots += 1;
            match store.verify(&one) {
                Ok((read, size)) => {
                    files += read;
                    bytes += size;
                }
                Err(error) => damaged.push(telemetry::chain(&error)),
            }
        }
    }
    let bad = !damaged.is_empty();
    let text = if bad {
        damaged.join("\n")
    } else {
        format!(
            "{snapshots} snapshots of tenant \"{id}\" are as published: {files} files, {bytes} bytes"
        )
    };
    let json = json!({
        "ok": !bad, "tenant": id.as_str(), "snapshots": snapshots,
        "files": files, "bytes": bytes, "damaged": damaged,
    });
    Ok(Answer::line(text, json).bad(bad))
}

fn publish(desk: &Desk, id: &TenantId, product: &ProductName) -> Result<Answer, Error> {
    desk.products_of(id, Some(product))?;
    let store = desk.snapshots()?;
    let lock = store.lock(id, product)?;
    let Some(published) = store.publish_held(&lock)? else {
        return Err(Error::refused(
            format!("no snapshot of {product} of tenant \"{id}\" is held"),
            format!("syllabase snapshot list {id}"),
        ));
    };
    let line = format!(
        "published snapshot {} of {product} of tenant \"{id}\"",
        published.id
    );
    let json = json!({"ok": true, "snapshot": published.id.as_str(), "number": published.number});
    let answer = Answer::line(line, json);
    desk.audit(id, "snapshot publish", &answer.text)?;
    Ok(answer)
}

fn discard(desk: &Desk, id: &TenantId, product: &ProductName) -> Result<Answer, Error> {
    desk.products_of(id, Some(product))?;
    let store = desk.snapshots()?;
    let lock = store.lock(id, product)?;
    let Some(snapshot) = store.discard_held(&lock)? else {
        return Err(Error::refused(
            format!("no snapshot of {product} of tenant \"{id}\" is held"),
            format!("syllabase snapshot list {id}"),
        ));
    };
    let line = format!("threw snapshot {snapshot} of {product} of tenant \"{id}\" away");
    let answer = Answer::line(line, json!({"ok": true, "snapshot": snapshot.as_str()}));
    desk.audit(id, "snapshot discard", &answer.text)?;
    Ok(answer)
}
