//! `syllabase snapshot rollback`, `keep`, `let-go`: what a person decides about earlier snapshots.

use std::sync::Arc;

use chrono::SecondsFormat;
use serde_json::json;

use crate::cli::output::Answer;
use crate::cli::{Desk, Error};
use crate::ident::{ProductName, TenantId};
use crate::snapshot::{Published, Store};

/// A reason is a sentence, not a document.
const REASON_CHARS: usize = 500;

/// One snapshot of those that can be read.
pub(super) fn numbered(
    store: &Store,
    id: &TenantId,
    product: &ProductName,
    number: u64,
) -> Result<Arc<Published>, Error> {
    // The others are not looked at: one of them may be what cannot be read.
    let known = store.numbers(id, product)?.contains(&number);
    let wanted = if known {
        store.published(id, product, number)?
    } else {
        None
    };
    wanted.ok_or_else(|| {
        Error::refused(
            format!(
                "{product} of tenant \"{id}\" has no snapshot number {number} that can be read"
            ),
            format!("syllabase snapshot list {id} {product}"),
        )
    })
}

pub(super) fn rollback(
    desk: &Desk,
    id: &TenantId,
    product: &ProductName,
    number: u64,
) -> Result<Answer, Error> {
    desk.products_of(id, Some(product))?;
    let store = desk.snapshots()?;
    let lock = store.lock(id, product)?;
    let wanted = numbered(&store, id, product, number)?;
    // One that cannot be read is a reason to go back.
    let current = store.current(id, product).ok().flatten();
    if current.is_some_and(|current| current.id == wanted.id) {
        return Err(Error::refused(
            format!("snapshot number {number} is what readers of {product} see already"),
            format!("syllabase snapshot list {id} {product}"),
        ));
    }
    // What was read once may have been damaged since; nobody finds out after the fact.
    store.verify(&wanted)?;
    let published = store.roll_back(&lock, number)?;
    let as_of = wanted
        .published_at
        .to_rfc3339_opts(SecondsFormat::Secs, true);
    let again = published.number;
    let mut line = format!(
        "published snapshot {snapshot} of {product} of tenant \"{id}\" again, as number {again}: \
         from their next statement on, readers see {product} as it was published at {as_of}; the \
         next night goes on from there",
        snapshot = published.id
    );
    if let Some((held, _)) = store.held(id, product)? {
        line.push_str(&format!(
            "; the held snapshot {held} was compared with another one and cannot be published any \
             more: syllabase sync run {id} {product}"
        ));
    }
    desk.audit(id, "snapshot rollback", &line)?;
    let json = json!({
        "ok": true, "tenant": id.as_str(), "product": product.as_str(), "number": again,
        "snapshot": published.id.as_str(), "as_of": as_of,
    });
    Ok(Answer::line(line, json))
}

pub(super) fn keep(
    desk: &Desk,
    id: &TenantId,
    product: &ProductName,
    number: u64,
    reason: &str,
) -> Result<Answer, Error> {
    desk.products_of(id, Some(product))?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS {
        return Err(Error::refused(
            format!("the reason must have 1 to {REASON_CHARS} characters"),
            "--reason \"annual report 2026\"",
        ));
    }
    let store = desk.snapshots()?;
    let lock = store.lock(id, product)?;
    let wanted = numbered(&store, id, product, number)?;
    store.keep(&lock, &wanted, reason)?;
    let line = format!(
        "snapshot {} of {product} of tenant \"{id}\" stays until it is let go: {reason}",
        wanted.id
    );
    desk.audit(id, "snapshot keep", &line)?;
    let json = json!({"ok": true, "snapshot": wanted.id.as_str(), "kept": reason});
    Ok(Answer::line(line, json))
}

pub(super) fn let_go(
    desk: &Desk,
    id: &TenantId,
    product: &ProductName,
    number: u64,
    reason: Option<&str>,
) -> Result<Answer, Error> {
    desk.products_of(id, Some(product))?;
    let store = desk.snapshots()?;
    let lock = store.lock(id, product)?;
    let wanted = numbered(&store, id, product, number)?;
    if !store.let_go(&lock, &wanted)? {
        return Err(Error::refused(
            format!("snapshot number {number} of {product} was not kept beyond its time"),
            format!("syllabase snapshot list {id} {product}"),
        ));
    }
    let why = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    let line = format!(
        "snapshot {} of {product} of tenant \"{id}\" stays as long as the retention says{why}",
        wanted.id
    );
    desk.audit(id, "snapshot let-go", &line)?;
    let json = json!({"ok": true, "snapshot": wanted.id.as_str(), "kept": null});
    Ok(Answer::line(line, json))
}
