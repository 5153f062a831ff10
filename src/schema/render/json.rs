//! A product as JSON, for `--json` and other programs.

use serde_json::{Value, json as value};

use crate::pg::typename::format_type;
use crate::schema::{Check, ClockRole, Column, Origin, Product, Table};

/// A product with all its tables.
pub fn json(product: &Product) -> Value {
    value!({
        "name": product.name.as_str(),
        "display_name": product.display_name,
        "major_version": product.major_version,
        "description": product.description,
        "notes": product.notes,
        "fingerprint": product.fingerprint(),
        "tables": product.tables.iter().map(json_table).collect::<Vec<_>>(),
    })
}

/// One table with all its columns.
pub fn json_table(table: &Table) -> Value {
    value!({
        "name": table.name.as_str(),
        "source_names": table.source_names,
        "description": table.description,
        "grain": table.grain,
        "key": table.key,
        "key_enforced": table.key_enforced,
        "key_origin": origin(table.key_origin),
        "required": table.required,
        "sort": table.sort,
        "activity": table.activity,
        "origin": origin(table.origin),
        "notes": table.notes,
        "comment": table.comment(),
        "fingerprint": table.fingerprint(),
        "shrink_percent": table.shrink_percent,
        "checks": table.checks.iter().map(check).collect::<Vec<_>>(),
        "columns": table.columns.iter().map(column).collect::<Vec<_>>(),
    })
}

fn check(check: &Check) -> Value {
    value!({
        "name": check.name,
        "description": check.description,
        "action": check.action.as_str(),
    })
}

fn column(column: &Column) -> Value {
    let reference = column.reference.as_ref().map(|reference| {
        let targets = reference.targets.iter().map(|target| {
            value!({
                "table": target.table.as_str(),
                "column": target.column,
                "when": target.when,
            })
        });
        value!({
            "targets": targets.collect::<Vec<_>>(),
            "each": reference.each,
            "selector": reference.selector,
            "join": reference.join,
        })
    });
    let values = column.values.as_ref().map(|values| {
        value!({
            "list": values.list,
            "closed": values.closed,
            "origin": origin(values.origin),
        })
    });
    value!({
        "name": column.name,
        "source_names": column.source_names,
        "type": format_type(column.kind),
        "source_type": column.source_type,
        "nullable": column.nullable,
        "description": column.description,
        "note": column.note,
        "reference": reference,
        "clock": match column.clock {
            ClockRole::Server => "server",
            ClockRole::Device => "device",
        },
        "change_stamp": column.change_stamp,
        "values": values,
        "origin": origin(column.origin),
        "comment": column.comment(),
    })
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Documented => "documented",
        Origin::Inferred => "inferred",
        Origin::Delivered => "delivered",
    }
}
