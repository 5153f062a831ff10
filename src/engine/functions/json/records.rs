//! Rows from documents: `json_to_record` and its kin.
//!
//! A member becomes its text, and the text is read by the input of the column's type. Lists become
//! the text of an array first.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ListArray, StructArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::kernels::zip::zip;
use arrow::datatypes::DataType;

use super::invalid;
use crate::engine::functions::call::{Call, Column, Text};
use crate::engine::functions::convert::Target;
use crate::engine::functions::registry::{Implementation, Kernel, Registry};
use crate::pg::array::{DIMENSIONS_MAX, too_many_dimensions};
use crate::pg::json::raw::{self, Kind};
use crate::pg::text::field_kind;
use crate::pg::typename::format_type;
use crate::pg::{Fault, SqlState, Type, types};

pub(super) fn register(registry: &mut Registry) {
    for kind in ["json", "jsonb"] {
        registry.add(
            format!("{kind}_to_record({kind})"),
            Implementation::Record(|fields| one(fields, false)),
        );
        registry.add(
            format!("{kind}_to_recordset({kind})"),
            Implementation::Record(|fields| many(fields, false)),
        );
    }
    for arguments in ["json,bool", "jsonb"] {
        let kind = arguments.split(',').next().unwrap_or_default();
        registry.add(
            format!("{kind}_populate_record(anyelement,{arguments})"),
            Implementation::Record(|fields| one(fields, true)),
        );
        registry.add(
            format!("{kind}_populate_recordset(anyelement,{arguments})"),
            Implementation::Record(|fields| many(fields, true)),
        );
    }
}

type Fields = [(String, Type)];

fn one(fields: &Fields, based: bool) -> Kernel {
    let fields = fields.to_vec();
    Arc::new(move |call| {
        let (base, documents) = arguments(call, &fields, based)?;
        let mut rows = Rows::new(&fields, base.as_ref(), call)?;
        for row in 0..call.rows {
            match documents.at(row) {
                Some(document) => rows.object(document, row)?,
                None => rows.nothing(row),
            }
        }
        rows.finish(call.storage, base.as_ref())
    })
}

fn many(fields: &Fields, based: bool) -> Kernel {
    let fields = fields.to_vec();
    Arc::new(move |call| {
        let DataType::List(item) = call.storage else {
            return Err(Fault::internal("a set is stored as a list"));
        };
        let (base, documents) = arguments(call, &fields, based)?;
        let binary = call
            .types
            .get(usize::from(based))
            .is_some_and(|kind| kind.oid == types::JSONB);
        let name = format!(
            "json{}_{}_recordset",
            if binary { "b" } else { "" },
            if based { "populate" } else { "to" }
        );
        let mut rows = Rows::new(&fields, base.as_ref(), call)?;
        let (mut lengths, mut present) = (Vec::new(), Vec::new());
        for row in 0..call.rows {
            let Some(document) = documents.at(row) else {
                lengths.push(0);
                present.push(false);
                continue;
            };
            let elements = elements(document, &name, binary)?;
            lengths.push(elements.len());
            present.push(true);
            for element in elements {
                if raw::kind(element) != Kind::Object {
                    return Err(invalid(format!(
                        "argument of {name} must be an array of objects"
                    )));
                }
                rows.object(element, row)?;
            }
        }
        let values = rows.finish(item.data_type(), base.as_ref())?;
        let list = ListArray::try_new(
            Arc::clone(item),
            OffsetBuffer::from_lengths(lengths),
            values,
            Some(NullBuffer::from(present)),
        );
        list.map(|list| Arc::new(list) as ArrayRef)
            .map_err(|_| Fault::internal("records do not make a list"))
    })
}

fn elements<'a>(document: &'a str, name: &str, binary: bool) -> Result<Vec<&'a str>, Fault> {
    raw::elements(document).ok_or_else(|| {
        invalid(match (binary, raw::kind(document)) {
            (true, _) => format!("cannot call {name} on a non-array"),
            (false, Kind::Object) => format!("cannot call {name} on an object"),
            (false, _) => format!("cannot call {name} on a scalar"),
        })
    })
}

/// The record that stands in for missing members, if there is one, and the documents.
fn arguments(
    call: &Call<'_>,
    fields: &Fields,
    based: bool,
) -> Result<(Option<StructArray>, Column<Text>), Fault> {
    if !based {
        return Ok((None, call.input::<Text>(0)?));
    }
    let base = call.spread(0)?.as_struct_opt().cloned();
    if let Some(base) = &base
        && base.null_count() < base.len()
    {
        same_row(base, fields)?;
    }
    Ok((base, call.input::<Text>(1)?))
}

/// Holds a record that is given to the columns that are asked for.
fn same_row(base: &StructArray, fields: &Fields) -> Result<(), Fault> {
    let refused = |detail: String| {
        Fault::new(
            SqlState::DATATYPE_MISMATCH,
            "function return row and query-specified return row do not match",
        )
        .detail(detail)
    };
    let (given, asked) = (base.num_columns(), fields.len());
    if given != asked {
        let plural = if given == 1 { "" } else { "s" };
        return Err(refused(format!(
            "Returned row contains {given} attribute{plural}, but query expects {asked}."
        )));
    }
    for (at, (given, (_, asked))) in base.fields().iter().zip(fields).enumerate() {
        let given = field_kind(given);
        if given != asked.oid {
            return Err(refused(format!(
                "Returned type {} at ordinal position {}, but query expects {}.",
                format_type(Type::plain(given)),
                at + 1,
                format_type(Type::plain(asked.oid)),
            )));
        }
    }
    Ok(())
}

/// Rows being read: a column each field, and which rows had the member.
struct Rows<'a> {
    names: Vec<&'a str>,
    kinds: Vec<Type>,
    columns: Vec<Target<'a>>,
    found: Vec<Vec<bool>>,
    /// The row of the call that each row belongs to.
    owners: Vec<u32>,
    /// Whether there was a document.
    present: Vec<bool>,
}

impl<'a> Rows<'a> {
    /// A record that is given names the members, else the columns that are asked for do.
    fn new(
        fields: &'a Fields,
        base: Option<&'a StructArray>,
        call: &'a Call<'_>,
    ) -> Result<Self, Fault> {
        let names = match base.filter(|base| base.null_count() < base.len()) {
            Some(base) => base
                .fields()
                .iter()
                .map(|field| field.name().as_str())
                .collect(),
            None => fields.iter().map(|(name, _)| name.as_str()).collect(),
        };
        Ok(Self {
            names,
            kinds: fields.iter().map(|(_, kind)| *kind).collect(),
            columns: fields
                .iter()
                .map(|(_, kind)| Target::new(*kind, call.context))
                .collect::<Result<_, _>>()?,
            found: vec![Vec::new(); fields.len()],
            owners: Vec::new(),
            present: Vec::new(),
        })
    }

    fn own(&mut self, row: usize, present: bool) {
        self.owners.push(u32::try_from(row).unwrap_or(u32::MAX));
        self.present.push(present);
    }

    /// A row without a document.
    fn nothing(&mut self, row: usize) {
        self.own(row, false);
        for (column, found) in self.columns.iter_mut().zip(&mut self.found) {
            column.append_null();
            found.push(false);
        }
    }

    fn object(&mut self, document: &str, row: usize) -> Result<(), Fault> {
        raw::readable(document)?;
        let members = raw::members(document)?.ok_or_else(|| {
            invalid(if raw::kind(document) == Kind::Array {
                "cannot call populate_composite on an array"
            } else {
                "cannot call populate_composite on a scalar"
            })
        })?;
        self.own(row, true);
        let fields = self.names.iter().zip(&self.kinds);
        for ((name, kind), (column, found)) in
            fields.zip(self.columns.iter_mut().zip(&mut self.found))
        {
            let member = members.iter().rev().find(|(key, _)| key == name);
            found.push(member.is_some());
            let text = match member {
                Some((_, value)) => text(value, *kind, name)?,
                None => None,
            };
            match text {
                Some(text) => column.append(&text)?,
                None => column.append_null(),
            }
        }
        Ok(())
    }

    /// The rows; members that were missing are those of the base record.
    fn finish(self, storage: &DataType, base: Option<&StructArray>) -> Result<ArrayRef, Fault> {
        let DataType::Struct(fields) = storage else {
            return Err(Fault::internal("a record is not a struct"));
        };
        let broken = |_| Fault::internal("a record does not fit its fields");
        let owners = arrow::array::UInt32Array::from(self.owners);
        let mut columns = Vec::with_capacity(fields.len());
        for ((at, column), found) in self.columns.into_iter().enumerate().zip(self.found) {
            let mut read = column.finish()?;
            if let Some(base) = base
                && let Some(defaults) = base.columns().get(at)
                && found.iter().any(|found| !found)
            {
                let hidden = arrow::compute::nullif(
                    defaults,
                    &(0..base.len()).map(|row| Some(base.is_null(row))).collect(),
                )
                .map_err(broken)?;
                let defaults = arrow::compute::take(&hidden, &owners, None).map_err(broken)?;
                read = zip(&BooleanArray::from(found), &read, &defaults).map_err(broken)?;
            }
            columns.push(read);
        }
        if columns.is_empty() {
            return Ok(new_null_array(storage, owners.len()));
        }
        let based = |row: usize| base.is_some_and(|base| base.is_valid(owners.value(row) as usize));
        let valid = self.present.iter().enumerate();
        let valid: Vec<bool> = valid.map(|(row, present)| *present || based(row)).collect();
        StructArray::try_new(fields.clone(), columns, Some(NullBuffer::from(valid)))
            .map(|rows| Arc::new(rows) as ArrayRef)
            .map_err(broken)
    }
}

/// A JSON value as the text that the input of a type reads.
fn text(value: &str, kind: Type, key: &str) -> Result<Option<String>, Fault> {
    if raw::kind(value) == Kind::Null {
        return Ok(None);
    }
    if matches!(kind.oid, types::JSON | types::JSONB) {
        return Ok(Some(value.to_owned()));
    }
    if types::element(kind.oid).is_none() || raw::kind(value) == Kind::Text {
        return raw::as_text(value);
    }
    if raw::kind(value) != Kind::Array {
        return Err(
            Fault::new(SqlState::INVALID_TEXT_REPRESENTATION, "expected JSON array")
                .hint(format!("See the value of key \"{key}\".")),
        );
    }
    let mut nest = Nest::new(key);
    nest.list(value, 1)?;
    Ok(Some(nest.written()))
}

/// Lists in lists on their way to the text of an array.
struct Nest<'a> {
    key: &'a str,
    /// How deep the elements are: as deep as the first that is no list.
    depth: Option<usize>,
    /// How long the lists of each depth are.
    lengths: Vec<usize>,
    /// The number of the element at each depth down to the one being read.
    path: Vec<usize>,
    out: String,
}

impl<'a> Nest<'a> {
    fn new(key: &'a str) -> Self {
        Self {
            key,
            depth: None,
            lengths: Vec::new(),
            path: Vec::new(),
            out: String::new(),
        }
    }

    fn list(&mut self, list: &str, depth: usize) -> Result<(), Fault> {
        if depth > DIMENSIONS_MAX {
            return Err(too_many_dimensions(depth));
        }
        let elements = raw::elements(list).unwrap_or_default();
        if elements.is_empty() {
            self.depth.get_or_insert(depth);
        }
        let length = elements.len();
        self.out.push('{');
        for (at, element) in elements.into_iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            let nested = raw::kind(element) == Kind::Array;
            if !nested {
                self.depth.get_or_insert(depth);
            }
            if self.depth == Some(depth) {
                self.element(element)?;
                continue;
            }
            self.path.push(at);
            if !nested {
                let path: String = self.path.iter().map(|at| format!("[{at}]")).collect();
                return Err(Fault::new(
                    SqlState::INVALID_TEXT_REPRESENTATION,
                    "expected JSON array",
                )
                .hint(format!(
                    "See the array element {path} of key \"{}\".",
                    self.key
                )));
            }
            self.list(element, depth + 1)?;
            self.path.pop();
        }
        self.out.push('}');
        if self.lengths.len() < depth {
            self.lengths.resize(depth, usize::MAX);
        }
        match self.lengths.get_mut(depth - 1) {
            Some(known) if *known == usize::MAX => *known = length,
            Some(known) if *known != length => {
                return Err(Fault::new(
                    SqlState::INVALID_TEXT_REPRESENTATION,
                    "malformed JSON array",
                )
                .detail("Multidimensional arrays must have sub-arrays with matching dimensions."));
            }
            _ => {}
        }
        Ok(())
    }

    fn element(&mut self, element: &str) -> Result<(), Fault> {
        if raw::kind(element) == Kind::Null {
            self.out.push_str("NULL");
            return Ok(());
        }
        let text = raw::as_text(element)?.unwrap_or_default();
        self.out.push('"');
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                self.out.push('\\');
            }
            self.out.push(c);
        }
        self.out.push('"');
        Ok(())
    }

    /// The text of the array; one without elements has no dimensions.
    fn written(self) -> String {
        if self.lengths.contains(&0) {
            String::from("{}")
        } else {
            self.out
        }
    }
}
