//! Row types of tables: records as values of them, and what they are called.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;

use super::coerce::{Wish, storage_of};
use super::scope::{RecordField, RecordFields};
use super::{Analyzer, Typed};
use crate::engine::catalog::system::system;
use crate::engine::functions::{self, Context};
use crate::ident::Oid;
use crate::pg::typename::{ROW_TYPE, bare_type};
use crate::pg::{Fault, SqlState, Type, types};

/// Whether values of the type are rows: `record`, or the row type of a table.
pub(super) fn composite(oid: Oid) -> bool {
    oid == types::RECORD
        || types::row_type(oid)
        || system().type_by_oid(oid).is_some_and(|row| row.kind == 'c')
}

/// NULL of a row type.
pub(super) fn null_row(fields: RecordFields, kind: Type) -> Result<Typed, Fault> {
    let storage = storage_of(kind, Some(&fields));
    let value = ScalarValue::try_from(&storage).map_err(super::refused)?;
    Ok(Typed {
        record: Some(fields),
        ..Typed::new(Expr::Literal(value, None), kind)
    })
}

/// Names the row types of a message, as far as it tells them by number.
pub(super) fn name_rows(fault: &mut Fault, context: &Context) {
    let named = |text: &str| {
        let mut parts = text.split(ROW_TYPE);
        let mut out = String::from(parts.next().unwrap_or_default());
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_digit());
            let (digits, rest) = part.split_at(end.unwrap_or(part.len()));
            match digits.parse().map(Oid) {
                Ok(oid) if types::row_type(oid) => {
                    out.push_str(&functions::type_text(oid, context));
                }
                _ => {
                    out.push_str(ROW_TYPE);
                    out.push_str(digits);
                }
            }
            out.push_str(rest);
        }
        out
    };
    if fault.message.contains(ROW_TYPE) {
        fault.message = named(&fault.message);
    }
    if let Some(detail) = &fault.detail
        && detail.contains(ROW_TYPE)
    {
        fault.detail = Some(named(detail));
    }
}

impl Analyzer<'_> {
    /// A record as a row of a table: field by field, as many as there are columns.
    pub(super) fn row_to(&self, value: &Typed, target: Type) -> Result<Typed, Fault> {
        let location = value.location;
        let refused = |detail: Option<String>| {
            let fault = Fault::new(
                SqlState::CANNOT_COERCE,
                format!("cannot cast type record to {}", bare_type(target.oid)),
            );
            match detail {
                Some(detail) => fault.detail(detail),
                None => fault,
            }
        };
        let (Some(wanted), Some(given)) = (self.row_fields(target.oid), value.record.clone())
        else {
            return Err(refused(None));
        };
        if given.len() != wanted.len() {
            let what = if given.len() < wanted.len() {
                "few"
            } else {
                "many"
            };
            return Err(refused(Some(format!("Input has too {what} columns."))));
        }
        let mut fields = Vec::with_capacity(wanted.len());
        for (at, column) in wanted.iter().enumerate() {
            let field = self.row_member(value, at)?;
            let kind = field.kind;
            let field = self
                .coerce(field, column.kind, Wish::Explicit)?
                .ok_or_else(|| {
                    refused(Some(format!(
                        "Cannot cast type {} to {} in column {}.",
                        bare_type(kind.oid),
                        bare_type(column.kind.oid),
                        at + 1
                    )))
                })?;
            fields.push(field);
        }
        let names = wanted.iter().map(|column| column.name.clone());
        let row = self.record(fields, names);
        Ok(Typed {
            kind: target,
            ..row
        }
        .at(location))
    }

    /// A field of a record, a literal in it as a literal again where it stands there as one.
    fn row_member(&self, value: &Typed, at: usize) -> Result<Typed, Fault> {
        if let Some(member) = value.members.as_ref().and_then(|members| members.get(at)) {
            return Ok(member.clone());
        }
        self.field(value, at)
    }

    /// The fields of a table's row type, or of the elements of an array of it.
    pub(super) fn member_fields(&self, kind: Oid) -> Option<RecordFields> {
        self.row_fields(types::element(kind).unwrap_or(kind))
    }

    /// The fields of a table's row type.
    fn row_fields(&self, kind: Oid) -> Option<RecordFields> {
        let catalog = &self.context.catalog;
        if !composite(kind) {
            return None;
        }
        let class = catalog.class_by_oid(catalog.class_of_type(kind)?)?;
        let relation = catalog.relation(Some(&class.schema), &class.name, &[])?;
        let fields = relation.columns.iter();
        let fields = fields.map(|column| RecordField::plain(&column.name, column.kind));
        Some(Arc::new(fields.collect()))
    }
}
