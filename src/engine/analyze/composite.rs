//! Arrays, rows, fields and subscripts: manual 4.2.3, 4.2.4, 4.2.12 and 4.2.13.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Volatility, when};
use pg_query::protobuf::{self, node::Node as Kind};

use super::call::apply_kernel;
use super::coerce::{Wish, base_type, can_coerce, storage_of};
use super::expressions::{Frame, missing_node};
use super::row_type::composite;
use super::scope::{RecordField, reference};
use super::{Analyzer, Typed, position, refused, strings};
use crate::engine::functions::lift;
use crate::pg::typename::format_type;
use crate::pg::{Fault, SqlState, Type, array, types};

/// Says that a value has no such field.
fn no_attribute(
    value: &Typed,
    written: Option<&protobuf::Node>,
    name: &str,
    frame: Frame<'_>,
) -> Fault {
    let written = match written.and_then(|node| node.node.as_ref()) {
        Some(Kind::ColumnRef(reference)) => strings(&reference.fields),
        _ => Vec::new(),
    };
    let table = match written.as_slice() {
        [table] if matches!(frame.scope.column(table), Ok(None)) => Some(*table),
        _ => None,
    };
    let (state, message) = match table {
        Some(table) if composite(value.kind.oid) => (
            SqlState::UNDEFINED_COLUMN,
            format!("column {table}.{name} does not exist"),
        ),
        _ if value.kind.oid == types::RECORD => (
            SqlState::UNDEFINED_COLUMN,
            format!("could not identify column \"{name}\" in record data type"),
        ),
        _ if composite(value.kind.oid) => (
            SqlState::UNDEFINED_COLUMN,
            format!(
                "column \"{name}\" not found in data type {}",
                format_type(value.kind)
            ),
        ),
        _ => (
            SqlState::WRONG_OBJECT_TYPE,
            format!(
                "column notation .{name} applied to type {}, which is not a composite type",
                format_type(value.kind)
            ),
        ),
    };
    Fault::new(state, message).at(position(value.location))
}

impl Analyzer<'_> {
    /// A FROM entry as one value.
    pub(super) fn whole_row(
        &self,
        item: &super::scope::Item,
        crossed: &[&std::cell::RefCell<Vec<String>>],
    ) -> Result<Typed, Fault> {
        if item.scalar
            && let Some(column) = item.columns.first()
        {
            return Ok(reference(column, crossed));
        }
        let fields: Vec<_> = item
            .columns
            .iter()
            .map(|column| reference(column, crossed))
            .collect();
        let names = item.columns.iter().map(|column| column.name.clone());
        let relation = item
            .relation
            .as_ref()
            .filter(|relation| relation.row_type.valid() && relation.columns.len() == fields.len());
        let row = match relation {
            Some(relation) => {
                let names = relation.columns.iter().map(|column| column.name.clone());
                Typed {
                    kind: Type::plain(relation.row_type),
                    ..self.record(fields, names)
                }
            }
            None => {
                let row = self.record(fields, names);
                let kind = Some(item.row_type).filter(|kind| kind.valid());
                Typed {
                    kind: kind.map_or(row.kind, Type::plain),
                    ..row
                }
            }
        };
        let Some(present) = &item.present else {
            return Ok(row);
        };
        let present = reference(present, crossed).expr.is_not_null();
        let expr = when(present, row.expr).end().map_err(refused)?;
        Ok(Typed { expr, ..row })
    }

    /// A record of values under names.
    pub(super) fn record(&self, fields: Vec<Typed>, names: impl Iterator<Item = String>) -> Typed {
        let record: super::scope::RecordFields = names
            .zip(&fields)
            .map(|(name, field)| RecordField {
                name,
                kind: field.kind,
                record: field.record.clone(),
            })
            .collect::<Vec<_>>()
            .into();
        let kind = Type::plain(types::RECORD);
        let storage = storage_of(kind, Some(&record));
        let expr = apply_kernel(
            "row",
            Volatility::Immutable,
            fields,
            kind,
            storage,
            lift::row(),
        );
        Typed {
            record: Some(record),
            ..Typed::new(expr, kind)
        }
    }

    pub(super) fn array(
        &self,
        array: &protobuf::AArrayExpr,
        element: Option<Type>,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = array.location;
        let mut nested = false;
        let mut values = Vec::with_capacity(array.elements.len());
        for node in &array.elements {
            let value = match node.node.as_ref() {
                Some(Kind::AArrayExpr(inner)) => {
                    nested = true;
                    self.array(inner, element, frame)?
                }
                _ => self.expression(node, frame)?,
            };
            nested |= value.unknown.is_none() && types::true_array(value.kind.oid);
            values.push(value);
        }
        if values.is_empty() && element.is_none() {
            return Err(Fault::new(
                SqlState::INDETERMINATE_DATATYPE,
                "cannot determine type of empty array",
            )
            .hint("Explicitly cast to the desired type, for example ARRAY[]::integer[].")
            .at(position(location)));
        }
        let (common, kind) = self.array_types(&values, element, nested, location)?;
        let values = values
            .into_iter()
            .map(|value| {
                let place = value.location;
                match element {
                    Some(_) => self.cast_to(value, common, place),
                    None => self.to_common(value, common, "ARRAY"),
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        let record = values.iter().find_map(|value| value.record.clone());
        let (label, kernel) = if nested {
            ("nested_array", lift::nested_array())
        } else {
            ("array", lift::array())
        };
        let storage = storage_of(kind, record.as_ref());
        let expr = apply_kernel(label, Volatility::Immutable, values, kind, storage, kernel);
        Ok(Typed {
            record,
            ..Typed::new(expr, kind)
        }
        .at(location))
    }

    /// The type that the members of `ARRAY[…]` get, and that of the whole.
    fn array_types(
        &self,
        values: &[Typed],
        element: Option<Type>,
        nested: bool,
        location: i32,
    ) -> Result<(Type, Type), Fault> {
        let over = |element: Type| {
            types::array_of(element.oid).ok_or_else(|| {
                Fault::new(
                    SqlState::UNDEFINED_OBJECT,
                    format!(
                        "could not find array type for data type {}",
                        format_type(element)
                    ),
                )
                .at(position(location))
            })
        };
        let common = match element {
            Some(element) if nested => Type {
                oid: over(element)?,
                modifier: element.modifier,
            },
            Some(element) => element,
            None => self.common_type(values, "ARRAY")?,
        };
        if !nested {
            return Ok((common, Type::plain(over(common)?)));
        }
        if types::element(common.oid).is_none() {
            return Err(Fault::new(
                SqlState::UNDEFINED_OBJECT,
                format!(
                    "could not find element type for data type {}",
                    format_type(common)
                ),
            )
            .at(position(location)));
        }
        Ok((common, Type::plain(common.oid)))
    }

    pub(super) fn row(&self, row: &protobuf::RowExpr, frame: Frame<'_>) -> Result<Typed, Fault> {
        let values = self.expressions(&row.args, frame)?;
        let mut members = Vec::with_capacity(values.len());
        let values = values
            .into_iter()
            .map(|value| {
                members.push(value.clone());
                // A literal in a row keeps the type `unknown`, in the storage of text.
                let open = value.unknown.is_some();
                let value = self.settled(value)?;
                let kind = if open {
                    Type::plain(types::UNKNOWN)
                } else {
                    value.kind
                };
                Ok(Typed { kind, ..value })
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        let names: Vec<_> = (1..=values.len()).map(|at| format!("f{at}")).collect();
        Ok(Typed {
            members: Some(members.into()),
            ..self.record(values, names.into_iter())
        }
        .at(row.location))
    }

    /// `(t).column`: found by the names that FROM gives, which may not be those of the row type.
    fn aliased(
        &self,
        indirection: &protobuf::AIndirection,
        rest: usize,
        name: &str,
        frame: Frame<'_>,
    ) -> Result<Option<Typed>, Fault> {
        let first = rest + 1 == indirection.indirection.len();
        let table = match indirection.arg.as_deref().and_then(|arg| arg.node.as_ref()) {
            Some(Kind::ColumnRef(row)) if first => match strings(&row.fields).as_slice() {
                [table] if frame.scope.column(table)?.is_none() => (*table).to_owned(),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        let Some((item, crossed)) = frame.scope.item(None, &table)? else {
            return Ok(None);
        };
        let mut found = item.columns.iter().filter(|column| column.name == name);
        Ok(match (found.next(), found.next()) {
            (Some(column), None) => Some(reference(column, &crossed)),
            _ => None,
        })
    }

    /// A field of a record, by its position from 0.
    pub(super) fn field(&self, record: &Typed, at: usize) -> Result<Typed, Fault> {
        let fields = record
            .record
            .as_ref()
            .ok_or_else(|| Fault::internal("a record without fields"))?;
        let found = fields
            .get(at)
            .ok_or_else(|| Fault::internal("a field outside its record"))?;
        let (kind, inner) = (found.kind, found.record.clone());
        let kind = if kind.oid == types::UNKNOWN {
            Type::plain(types::TEXT)
        } else {
            kind
        };
        let expr = apply_kernel(
            &format!("field{}", at + 1),
            Volatility::Immutable,
            vec![record.clone()],
            kind,
            storage_of(kind, inner.as_ref()),
            lift::field(at),
        );
        Ok(Typed {
            record: inner,
            ..Typed::new(expr, kind)
        })
    }

    pub(super) fn indirection(
        &self,
        indirection: &protobuf::AIndirection,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let mut value = self.child(indirection.arg.as_deref(), frame)?;
        let mut steps = indirection.indirection.as_slice();
        while let Some((step, rest)) = steps.split_first() {
            steps = rest;
            value = match step.node.as_ref().ok_or_else(missing_node)? {
                Kind::String(name) => {
                    if let Some(column) =
                        self.aliased(indirection, steps.len(), &name.sval, frame)?
                    {
                        value = column;
                        continue;
                    }
                    let at = value
                        .record
                        .as_ref()
                        .and_then(|fields| fields.iter().position(|field| field.name == name.sval));
                    match at {
                        Some(at) => self.field(&value, at)?,
                        None => {
                            let first = rest.len() + 1 == indirection.indirection.len();
                            let arg = indirection.arg.as_deref().filter(|_| first);
                            let called = match arg {
                                Some(arg) => self.function_of(arg.clone(), &name.sval, frame)?,
                                None => None,
                            };
                            called.ok_or_else(|| no_attribute(&value, arg, &name.sval, frame))?
                        }
                    }
                }
                Kind::AIndices(indices) if base_type(value.kind.oid) == types::JSONB => {
                    self.jsonb_subscript(value, indices, frame)?
                }
                Kind::AIndices(indices) if base_type(value.kind.oid) == types::NAME => {
                    self.name_subscript(value, indices, frame)?
                }
                Kind::AIndices(first) => {
                    let mut all = vec![first.as_ref()];
                    while let Some(Kind::AIndices(next)) =
                        steps.first().and_then(|step| step.node.as_ref())
                    {
                        all.push(next);
                        steps = steps.get(1..).unwrap_or_default();
                    }
                    self.subscript(value, &all, frame)?
                }
                _ => {
                    return Err(Fault::new(
                        SqlState::SYNTAX_ERROR,
                        "row expansion via \"*\" is not supported here",
                    ));
                }
            };
        }
        Ok(value)
    }

    /// `jsonb[key]`: a key of an object or the number of an element, whatever the value is.
    fn jsonb_subscript(
        &self,
        value: Typed,
        indices: &protobuf::AIndices,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = value.location;
        let mismatch = |message: String| Fault::new(SqlState::DATATYPE_MISMATCH, message);
        let index = indices.uidx.as_deref().or(indices.lidx.as_deref());
        if indices.is_slice {
            let refused = mismatch(String::from("jsonb subscript does not support slices"));
            return Err(match index {
                Some(_) => refused.at(position(self.child(index, frame)?.location)),
                None => refused,
            });
        }
        let index = self.child(index, frame)?;
        let place = position(index.location);
        let kind = index.kind;
        let text = Type::plain(types::TEXT);
        let whole = can_coerce(kind.oid, types::INT4, Wish::Implicit);
        if !whole && !can_coerce(kind.oid, types::TEXT, Wish::Implicit) {
            return Err(mismatch(format!(
                "subscript type {} is not supported",
                format_type(kind)
            ))
            .hint("jsonb subscript must be coercible to either integer or text.")
            .at(place));
        }
        let index = self.cast_to(index, text, location)?;
        let steps = apply_kernel(
            "array",
            Volatility::Immutable,
            vec![index],
            Type::plain(types::TEXT_ARRAY),
            types::storage(types::TEXT_ARRAY),
            lift::array(),
        );
        let steps = Typed::new(steps, types::TEXT_ARRAY);
        self.grammar_call("jsonb_extract_path(jsonb,_text)", vec![value, steps])
            .map(|found| found.at(location))
    }

    /// `name[n]`: a name is an array of 64 bytes, counted from 0.
    fn name_subscript(
        &self,
        value: Typed,
        indices: &protobuf::AIndices,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        if indices.is_slice {
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                "slices of fixed-length arrays not implemented",
            ));
        }
        let location = value.location;
        let at = self.child(indices.uidx.as_deref(), frame)?;
        let place = at.location;
        let at = self
            .coerce(at, Type::plain(types::INT4), Wish::Explicit)?
            .ok_or_else(|| {
                Fault::new(
                    SqlState::DATATYPE_MISMATCH,
                    "array subscript must have type integer",
                )
                .at(position(place))
            })?;
        let kind = Type::plain(types::CHAR);
        let storage = types::storage(types::CHAR);
        let kernel = lift::byte_of_name();
        let expr = apply_kernel(
            "byte_of_name",
            Volatility::Immutable,
            vec![value, at],
            kind,
            storage,
            kernel,
        );
        Ok(Typed::new(expr, kind).at(location))
    }

    /// `array[1][2]`, `array[1:2][:3]`: all subscripts together.
    fn subscript(
        &self,
        value: Typed,
        indices: &[&protobuf::AIndices],
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = value.location;
        // The vectors count as domains over arrays here.
        let kind = match base_type(value.kind.oid) {
            types::INT2VECTOR => Type::plain(types::INT2_ARRAY),
            types::OIDVECTOR => Type::plain(types::OID_ARRAY),
            base if base == value.kind.oid => value.kind,
            base => Type::plain(base),
        };
        let Some(element) = types::element(kind.oid) else {
            return Err(Fault::new(
                SqlState::DATATYPE_MISMATCH,
                format!(
                    "cannot subscript type {} because it does not support subscripting",
                    format_type(value.kind)
                ),
            )
            .at(position(location)));
        };
        let slice = indices.iter().any(|indices| indices.is_slice);
        let (mut given, mut arguments) = (Vec::new(), vec![value]);
        for indices in indices {
            let lower = self.index(indices.lidx.as_deref(), frame)?;
            let upper = self.index(indices.uidx.as_deref(), frame)?;
            // Among slices a single subscript stands for those from 1 on.
            let lower = if slice && !indices.is_slice {
                Some(Typed::literal(ScalarValue::Int32(Some(1)), types::INT4))
            } else {
                lower
            };
            given.push((lower.is_some(), upper.is_some()));
            arguments.extend(lower);
            arguments.extend(upper);
        }
        if indices.len() > array::DIMENSIONS_MAX {
            return Err(array::too_many_dimensions(indices.len()));
        }
        let record = arguments.first().and_then(|value| value.record.clone());
        let (label, kind, kernel) = if slice {
            (format!("slice{given:?}"), kind, lift::slice(given))
        } else {
            let element = Type {
                oid: element,
                modifier: kind.modifier,
            };
            (String::from(lift::SUBSCRIPT), element, lift::subscript())
        };
        let storage = storage_of(kind, record.as_ref());
        let expr = apply_kernel(
            &label,
            Volatility::Immutable,
            arguments,
            kind,
            storage,
            kernel,
        );
        Ok(Typed {
            record,
            ..Typed::new(expr, kind)
        }
        .at(location))
    }

    /// One end of a subscript.
    fn index(
        &self,
        node: Option<&protobuf::Node>,
        frame: Frame<'_>,
    ) -> Result<Option<Typed>, Fault> {
        let Some(node) = node else { return Ok(None) };
        let index = self.expression(node, frame)?;
        let at = index.location;
        self.coerce(index, Type::plain(types::INT4), Wish::Explicit)?
            .map(Some)
            .ok_or_else(|| {
                Fault::new(
                    SqlState::DATATYPE_MISMATCH,
                    "array subscript must have type integer",
                )
                .at(position(at))
            })
    }
}
