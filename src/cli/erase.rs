//! `syllabase tenant erase`: a person's rows leave everything that is kept, for good.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Value, json};

use super::output::{Answer, columns};
use super::{Desk, Error};
use crate::app;
use crate::ident::{ProductName, TenantId};
use crate::snapshot::{Asked, Erased, Removed};

/// Longest name of a request.
const REQUEST_MOST: usize = 64;

/// What is to be erased.
#[derive(Debug, Args)]
pub(super) struct Request {
    id: TenantId,
    /// Whose tables they are
    #[arg(long)]
    product: ProductName,
    /// The row, as TABLE.COLUMN=KEY; rows that refer to it go with it, as the schema says
    #[arg(long, value_name = "KEY")]
    key: String,
    /// What the request is called where it was made; repeat it to finish what was interrupted
    #[arg(long, value_name = "ID", value_parser = request_name)]
    request: String,
    /// Do it; otherwise only what would go is shown
    #[arg(long)]
    yes: bool,
}

fn request_name(text: &str) -> Result<String, String> {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if text.is_empty() || text.len() > REQUEST_MOST || text.starts_with('.') {
        return Err(format!(
            "has 1 to {REQUEST_MOST} characters, not a dot first"
        ));
    }
    if text.chars().all(inside) {
        Ok(text.to_owned())
    } else {
        Err("has letters, digits, -, _ and . only".to_owned())
    }
}

pub(super) fn run(desk: &Desk, request: &Request) -> Result<Answer, Error> {
    let (id, product) = (&request.id, &request.product);
    desk.products_of(id, Some(product))?;
    let known = app::products(&desk.settings)?;
    let Some(declared) = known.get(product) else {
        let what = format!("there is no product \"{product}\"");
        return Err(Error::refused(what, "syllabase schema list"));
    };
    let Some((place, value)) = request.key.split_once('=') else {
        let what = "the key is not TABLE.COLUMN=KEY";
        return Err(Error::refused(what, "such as --key users.id=4711"));
    };
    let asked = Asked {
        request: request.request.clone(),
        place: place.to_owned(),
        value: value.to_owned(),
        dry: !request.yes,
    };
    let store = desk.snapshots()?;
    let lock = store.lock(id, product)?;
    if request.yes {
        // Before the first row goes, so that no erasure is without its line.
        let what = format!("request {} of {product} by {place} began", asked.request);
        desk.audit(id, "tenant erase", &what)?;
    }
    let group = desk.settings.limits.sync.row_group_rows;
    let erased = store.erase(lock, declared, &asked, group)?;
    let answer = told(request, place, &erased);
    if request.yes {
        let what = format!("request {} of {product} by {place} is done", asked.request);
        desk.audit(id, "tenant erase", &what)?;
    }
    Ok(answer)
}

fn told(request: &Request, place: &str, erased: &Erased) -> Answer {
    let mut lines = Vec::new();
    if erased.removed.is_empty() {
        lines.push(format!(
            "nothing is kept that has or refers to this {place}"
        ));
    } else {
        let rows: Vec<_> = erased.removed.iter().map(row).collect();
        lines.push(columns(
            ["from", "night", "table", "rows", "emptied"],
            &rows,
        ));
    }
    let sums = sums(&erased.removed);
    if request.yes {
        lines.push(format!(
            "request {} is done: {} snapshots were amended, {} files removed",
            request.request, erased.amended, erased.retired.files
        ));
        lines.extend(erased.published.map(|number| {
            format!("the current snapshot was published without these rows as number {number}")
        }));
        if erased.retired.pinned > 0 {
            lines.push(format!(
                "{} snapshots are still being read as they were; their old files go with the next \
                 night, or when the request is repeated",
                erased.retired.pinned
            ));
        }
    } else if erased.removed.is_empty() {
        lines.push(
            "there is nothing to remove: look whether the key is right; with --yes it is kept out \
             of later nights"
                .to_owned(),
        );
    } else {
        lines.push("nothing was removed; --yes removes it, and it cannot be undone".to_owned());
    }
    let object = json!({
        "ok": true, "tenant": request.id.as_str(), "product": request.product.as_str(),
        "request": request.request, "key": place, "done": request.yes,
        "removed": erased.removed.iter().map(object).collect::<Vec<_>>(),
        "tables": sums, "published": erased.published, "amended": erased.amended,
        "files_removed": erased.retired.files, "still_read": erased.retired.pinned,
    });
    Answer::line(lines.join("\n"), object)
}

fn row(removed: &Removed) -> [String; 5] {
    [
        removed.from.as_str().to_owned(),
        removed.snapshot.clone(),
        removed.table.clone(),
        removed.rows.to_string(),
        removed.emptied.to_string(),
    ]
}

fn object(removed: &Removed) -> Value {
    json!({
        "from": removed.from.as_str(), "snapshot": removed.snapshot, "table": removed.table,
        "rows": removed.rows, "emptied": removed.emptied,
    })
}

/// Rows that go, by table, over all nights.
fn sums(removed: &[Removed]) -> BTreeMap<&str, u64> {
    let mut sums = BTreeMap::new();
    for one in removed {
        *sums.entry(one.table.as_str()).or_default() += one.rows;
    }
    sums
}
