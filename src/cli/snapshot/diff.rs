//! `syllabase snapshot diff`: what is different between two snapshots, table by table.

use serde_json::{Value, json};

use super::past::numbered;
use crate::app;
use crate::cli::output::{Answer, columns};
use crate::cli::{Desk, Error};
use crate::ident::{ProductName, TenantId};
use crate::sync::{self, Difference, TableDifference};

pub(super) fn diff(
    desk: &Desk,
    id: &TenantId,
    product: &ProductName,
    before: u64,
    after: u64,
) -> Result<Answer, Error> {
    desk.products_of(id, Some(product))?;
    let products = app::products(&desk.settings)?;
    let declared = products.get(product).ok_or_else(|| {
        Error::refused(
            format!("product \"{product}\" is not declared here"),
            "syllabase schema list",
        )
    })?;
    let store = desk.snapshots()?;
    let (old, new) = (
        numbered(&store, id, product, before)?,
        numbered(&store, id, product, after)?,
    );
    // A night that ends meanwhile must not remove what is read.
    let _pins = (store.pin(&old)?, store.pin(&new)?);
    let found = app::runtime()?.block_on(sync::diff(
        &store,
        declared,
        &old,
        &new,
        &desk.settings.limits.sync,
        &desk.settings.folders.spill,
    ))?;
    let same = found.iter().filter(|table| unchanged(table)).count();
    let differing: Vec<_> = found.iter().filter(|table| !unchanged(table)).collect();
    let rows: Vec<_> = differing.iter().map(|table| row(table)).collect();
    let heading = format!(
        "{product} of tenant \"{id}\", from number {before} to number {after}: {} tables differ, \
         {same} are the same",
        rows.len()
    );
    let text = if rows.is_empty() {
        heading
    } else {
        let names = ["table", "rows", "inserted", "updated", "deleted"];
        format!("{heading}\n{}", columns(names, &rows))
    };
    let tables: Vec<Value> = found.iter().map(object).collect();
    let json = json!({
        "ok": true, "tenant": id.as_str(), "product": product.as_str(), "from": before,
        "to": after, "tables": tables,
    });
    Ok(Answer::line(text, json))
}

fn unchanged(table: &TableDifference) -> bool {
    match table.difference {
        Difference::Same => true,
        Difference::Rows(changes) => changes == crate::snapshot::Changes::default(),
        Difference::Columns | Difference::Only => false,
    }
}

fn row(table: &TableDifference) -> [String; 5] {
    let count = |rows: Option<u64>| rows.map_or_else(|| "-".to_owned(), |rows| rows.to_string());
    let rows = format!("{} to {}", count(table.before), count(table.after));
    let (inserted, updated, deleted) = match table.difference {
        Difference::Rows(changes) => (
            changes.inserted.to_string(),
            changes.updated.to_string(),
            changes.deleted.to_string(),
        ),
        Difference::Columns => ("other columns".to_owned(), "-".to_owned(), "-".to_owned()),
        Difference::Only | Difference::Same => {
            (count(table.after), "0".into(), count(table.before))
        }
    };
    [table.table.clone(), rows, inserted, updated, deleted]
}

fn object(table: &TableDifference) -> Value {
    let mut object = json!({
        "table": table.table, "rows_before": table.before, "rows_after": table.after,
    });
    let (word, changes) = match table.difference {
        Difference::Same => ("none", Some(crate::snapshot::Changes::default())),
        Difference::Rows(changes) => ("rows", Some(changes)),
        Difference::Columns => ("columns", None),
        Difference::Only => ("only one has it", None),
    };
    if let Some(fields) = object.as_object_mut() {
        fields.insert("difference".to_owned(), json!(word));
        for (name, count) in [
            ("inserted", changes.map(|changes| changes.inserted)),
            ("updated", changes.map(|changes| changes.updated)),
            ("deleted", changes.map(|changes| changes.deleted)),
        ] {
            fields.insert(name.to_owned(), json!(count));
        }
    }
    object
}
