//! `syllabase snapshot list`: what is there, how it came to be, and what it takes.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::cli::output::{Answer, columns, size};
use crate::cli::{Desk, Error};
use crate::ident::{ProductName, TenantId};
use crate::snapshot::{Published, usage};

const NAMES: [&str; 9] = [
    "product",
    "number",
    "snapshot",
    "published",
    "kind",
    "rows",
    "own",
    "shared",
    "kept",
];

pub(super) fn list(
    desk: &Desk,
    id: &TenantId,
    product: Option<&ProductName>,
) -> Result<Answer, Error> {
    let store = desk.snapshots()?;
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    let mut disk = 0;
    for product in desk.products_of(id, product)? {
        let found = store.list(id, &product)?;
        let used = usage(&found);
        let kept = store.kept_snapshots(id, &product)?;
        let log = store.log(id, &product)?;
        disk += store.disk_use(id, &product)?;
        for one in &found {
            let kind = log.iter().find(|entry| entry.number == one.number);
            let kind = kind.map_or("run", |entry| entry.kind.as_str());
            let used = used.get(&one.id).copied().unwrap_or_default();
            let why = kept.get(&one.id).map(|keep| keep.reason.as_str());
            let (served, bytes) = totals(one);
            let published = one.published_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            objects.push(json!({
                "product": product.as_str(), "number": one.number, "snapshot": one.id.as_str(),
                "published": published, "kind": kind, "rows": served, "bytes": bytes,
                "own_bytes": used.own, "shared_bytes": used.shared, "kept": why,
            }));
            rows.push([
                product.to_string(),
                one.number.to_string(),
                one.id.to_string(),
                published,
                kind.replace('_', " "),
                served.to_string(),
                size(used.own),
                size(used.shared),
                why.unwrap_or_default().to_owned(),
            ]);
        }
        if let Some((held, reason)) = store.held(id, &product)? {
            objects.push(
                json!({"product": product.as_str(), "held": held.as_str(), "reason": reason}),
            );
            rows.push(waiting(&product, held.as_str(), &reason));
        }
    }
    Ok(told(id, &rows, &objects, disk))
}

fn totals(snapshot: &Published) -> (u64, u64) {
    let tables = snapshot.manifest.tables.values();
    tables.fold((0, 0), |(rows, bytes), table| {
        (rows + table.rows, bytes + table.bytes)
    })
}

/// The line of a snapshot that waits for a person.
fn waiting(product: &ProductName, held: &str, reason: &str) -> [String; 9] {
    let none = || "-".to_owned();
    let why = format!("held: {reason}");
    let (product, held) = (product.to_string(), held.to_owned());
    [
        product,
        none(),
        held,
        none(),
        "held".to_owned(),
        none(),
        none(),
        none(),
        why,
    ]
}

fn told(id: &TenantId, rows: &[[String; 9]], objects: &[Value], disk: u64) -> Answer {
    let text = if rows.is_empty() {
        format!("tenant \"{id}\" has no snapshots yet; syllabase sync run {id} makes one")
    } else {
        let table = columns(NAMES, rows);
        format!("{table}\nall of it takes {} of disk", size(disk))
    };
    Answer::line(
        text,
        json!({"ok": true, "snapshots": objects, "disk_bytes": disk}),
    )
}
