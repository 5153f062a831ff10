//! Turning a value of one type into another: PostgreSQL manual, 10.3, 10.4 and 10.5.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator, Volatility, binary_expr, cast, lit};

use super::call::apply_kernel;
use super::row_type::{composite, null_row};
use super::scope::RecordFields;
use super::{Analyzer, Typed, Unknown, position};
use crate::engine::catalog::system::{CastRow, system};
use crate::engine::functions::{self, Implementation};
use crate::ident::Oid;
use crate::pg::typename::{bare_type, format_type};
use crate::pg::{Fault, SqlState, Type, array, types};

/// How much the query asked for a coercion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wish {
    /// Nobody wrote it.
    Implicit,
    /// A cast was written.
    Explicit,
}

/// How a coercion is done.
#[derive(Debug, Clone, Copy)]
enum Path {
    /// The same stored value under another type.
    Relabel,
    /// A function of `pg_cast`.
    Function(Oid),
    /// Element by element.
    Elements,
    /// Output text of one, input of the other.
    Text,
}

/// The Arrow type of a value; records by their fields.
pub(super) fn storage_of(kind: Type, record: Option<&RecordFields>) -> DataType {
    match record {
        Some(fields) if types::element(kind.oid).is_none() => record_storage(fields),
        Some(fields) => array::storage(record_storage(fields)),
        None => types::storage(kind.oid),
    }
}

fn record_storage(fields: &RecordFields) -> DataType {
    let fields = fields.iter().map(|field| {
        let kind = field.kind;
        Field::new(&field.name, storage_of(kind, field.record.as_ref()), true)
            .with_metadata([(String::from(types::OID_KEY), kind.oid.to_string())].into())
    });
    DataType::Struct(fields.collect())
}

/// The type a domain is over; any other type is itself.
pub(super) fn base_type(oid: Oid) -> Oid {
    match system().type_by_oid(oid) {
        Some(row) if row.kind == 'd' => base_type(row.base),
        _ => oid,
    }
}

fn category(oid: Oid) -> (char, bool) {
    if types::row_type(oid) {
        return ('C', false);
    }
    if types::element(oid).is_some_and(types::row_type) {
        return ('A', false);
    }
    system()
        .type_by_oid(oid)
        .map_or(('X', false), |row| (row.category, row.preferred))
}

/// `pg_type.typcategory`.
pub(super) fn type_category(oid: Oid) -> char {
    category(oid).0
}

/// `pg_type.typispreferred`.
pub(super) fn preferred(oid: Oid) -> bool {
    category(oid).1
}

/// Whether a type of a call signature stands for many types.
pub(super) fn polymorphic(oid: Oid) -> bool {
    matches!(
        oid,
        types::ANYELEMENT
            | types::ANYARRAY
            | types::ANYNONARRAY
            | types::ANYENUM
            | types::ANYRANGE
            | types::ANYMULTIRANGE
            | types::ANYCOMPATIBLE
            | types::ANYCOMPATIBLEARRAY
            | types::ANYCOMPATIBLENONARRAY
            | types::ANYCOMPATIBLERANGE
            | types::ANYCOMPATIBLEMULTIRANGE
    )
}

fn allowed(row: &CastRow, wish: Wish) -> bool {
    row.context == 'i' || (row.context == 'a' || row.context == 'e') && wish == Wish::Explicit
}

fn path(source: Oid, target: Oid, wish: Wish) -> Option<Path> {
    let (source, target) = (base_type(source), base_type(target));
    if source == target {
        return Some(Path::Relabel);
    }
    if let Some(row) = system().cast(source, target) {
        if !allowed(row, wish) {
            return None;
        }
        return Some(match row.method {
            'f' => Path::Function(row.function),
            'b' => Path::Relabel,
            _ => Path::Text,
        });
    }
    let (from_element, to_element) = (array_element(source), array_element(target));
    if let (Some(from), Some(to)) = (from_element, to_element) {
        // Arrays do not become vectors, whose subscripts start at 0.
        if target == types::OIDVECTOR || target == types::INT2VECTOR {
            return None;
        }
        if source == types::OIDVECTOR || source == types::INT2VECTOR {
            return (from == to || wish == Wish::Explicit).then_some(if from == to {
                Path::Relabel
            } else {
                Path::Elements
            });
        }
        return path(from, to, wish).map(|inner| {
            if matches!(inner, Path::Relabel) {
                Path::Relabel
            } else {
                Path::Elements
            }
        });
    }
    // Any type converts to and from the string category through its text, when asked to.
    let strings =
        type_category(target) == 'S' || (wish == Wish::Explicit && type_category(source) == 'S');
    let pseudo = |oid| {
        system()
            .type_by_oid(oid)
            .is_some_and(|row| row.kind == 'p' && oid != types::RECORD)
    };
    (strings && wish == Wish::Explicit && !pseudo(source) && !pseudo(target)).then_some(Path::Text)
}

fn array_element(oid: Oid) -> Option<Oid> {
    types::element(oid)
}

/// Whether a value of `source` can become `target` (`can_coerce_type`).
pub(super) fn can_coerce(source: Oid, target: Oid, wish: Wish) -> bool {
    if source == target
        || target == types::ANY
        || source == types::UNKNOWN
        || source == types::VOID && target == types::VOID
    {
        return true;
    }
    if polymorphic(target) {
        return match target {
            types::ANYARRAY | types::ANYCOMPATIBLEARRAY => {
                array_element(base_type(source)).is_some() || source == types::ANYARRAY
            }
            types::ANYENUM
            | types::ANYRANGE
            | types::ANYMULTIRANGE
            | types::ANYCOMPATIBLERANGE
            | types::ANYCOMPATIBLEMULTIRANGE => {
                let kind = system().type_by_oid(source).map(|row| row.kind);
                match target {
                    types::ANYENUM => kind == Some('e'),
                    types::ANYMULTIRANGE | types::ANYCOMPATIBLEMULTIRANGE => kind == Some('m'),
                    _ => kind == Some('r'),
                }
            }
            types::ANYNONARRAY | types::ANYCOMPATIBLENONARRAY => {
                array_element(base_type(source)).is_none()
            }
            _ => true,
        };
    }
    if target == types::RECORD && composite(source) {
        return true;
    }
    if target == types::RECORD_ARRAY && array_element(source).is_some_and(composite) {
        return true;
    }
    path(source, target, wish).is_some()
}

/// Casts the storage where a relabelled value is stored differently (`oid` against `int4`).
pub(super) fn relabel(expr: Expr, source: Oid, target: Oid) -> Expr {
    let (from, to) = (types::storage(source), types::storage(target));
    match (&from, &to, &expr) {
        _ if from == to || source == types::RECORD => expr,
        // The same 32 bits, read with a sign or without.
        (_, DataType::UInt32, Expr::Literal(ScalarValue::Int32(value), _)) => {
            lit(ScalarValue::UInt32(value.map(i32::cast_unsigned)))
        }
        (_, DataType::Int32, Expr::Literal(ScalarValue::UInt32(value), _)) => {
            lit(ScalarValue::Int32(value.map(u32::cast_signed)))
        }
        (DataType::Int32, DataType::UInt32, _) => {
            let bits = binary_expr(
                cast(expr, DataType::Int64),
                Operator::BitwiseAnd,
                lit(0xffff_ffff_i64),
            );
            cast(bits, to)
        }
        (DataType::UInt32, DataType::Int32, _) => {
            let raised = cast(expr, DataType::Int64) + lit(1_i64 << 31);
            let bits = binary_expr(raised, Operator::BitwiseAnd, lit(0xffff_ffff_i64));
            cast(bits - lit(1_i64 << 31), to)
        }
        _ => functions::cast_constant(expr, &to),
    }
}

impl Typed {
    /// Refuses values of a type that cannot be told equal, or with `ordering` cannot be sorted.
    pub(super) fn comparable(&self, ordering: bool) -> Result<(), Fault> {
        let kind = base_type(self.kind.oid);
        if system().comparable(types::element(kind).unwrap_or(kind), ordering) {
            return Ok(());
        }
        let what = if ordering { "ordering" } else { "equality" };
        let fault = Fault::new(
            SqlState::UNDEFINED_FUNCTION,
            format!(
                "could not identify an {what} operator for type {}",
                format_type(Type::plain(self.kind.oid))
            ),
        )
        .at(position(self.location));
        Err(if ordering {
            fault.hint("Use an explicit ordering operator or modify the query.")
        } else {
            fault
        })
    }
}

impl Analyzer<'_> {
    /// Coerces, or says `None` when the types do not allow it.
    pub(super) fn coerce(
        &self,
        value: Typed,
        target: Type,
        wish: Wish,
    ) -> Result<Option<Typed>, Fault> {
        let location = value.location;
        if let Some(unknown) = &value.unknown {
            return self
                .settle_unknown(unknown.clone(), target, location)
                .map(Some);
        }
        if target.oid == types::ANY || polymorphic(target.oid) {
            return Ok(Some(value));
        }
        if value.kind.oid == target.oid {
            return self.modify(value, target, wish).map(Some);
        }
        if value.kind.oid == types::RECORD && composite(target.oid) {
            return self.row_to(&value, target).map(Some);
        }
        let Some(path) = path(value.kind.oid, target.oid, wish) else {
            return Ok(if can_coerce(value.kind.oid, target.oid, wish) {
                Some(value)
            } else {
                None
            });
        };
        if matches!(path, Path::Text)
            && let Some(fields) = self.member_fields(target.oid)
        {
            let storage = storage_of(target, Some(&fields));
            let expr = apply_kernel(
                &format!("cast_{}_{}", value.kind.oid, target.oid),
                Volatility::Stable,
                vec![value.clone()],
                target,
                storage,
                functions::io_cast(value.kind, target),
            );
            return Ok(Some(
                Typed {
                    record: Some(fields),
                    ..Typed::new(expr, target)
                }
                .at(location),
            ));
        }
        let coerced = self.convert(&value, path, target, wish)?;
        let result = Typed {
            record: value.record.filter(|_| target.oid == types::RECORD),
            ..Typed::new(coerced, target.oid)
        };
        self.modify(result.at(location), target, wish).map(Some)
    }

    fn convert(&self, value: &Typed, path: Path, target: Type, wish: Wish) -> Result<Expr, Fault> {
        let expr = value.expr.clone();
        match path {
            Path::Relabel => Ok(relabel(expr, value.kind.oid, base_type(target.oid))),
            Path::Function(oid) => self.convert_by(oid, value, target, wish),
            Path::Elements => {
                let (Some(from), Some(to)) =
                    (array_element(value.kind.oid), array_element(target.oid))
                else {
                    return Err(Fault::internal(
                        "element coercion of a type without elements",
                    ));
                };
                let kernel = self.element_kernel(
                    Type::plain(from),
                    Type {
                        oid: to,
                        modifier: target.modifier,
                    },
                    wish,
                )?;
                Ok(apply_kernel(
                    "array_coerce",
                    Volatility::Immutable,
                    vec![value.clone()],
                    target,
                    types::storage(target.oid),
                    kernel,
                ))
            }
            Path::Text => {
                // A length is applied afterwards, as a cast does: it cuts without complaint.
                let target = if array_element(target.oid).is_some() {
                    target
                } else {
                    Type::plain(target.oid)
                };
                let kernel = functions::io_cast(value.kind, target);
                Ok(apply_kernel(
                    &format!("cast_{}_{}", value.kind.oid, target.oid),
                    Volatility::Stable,
                    vec![value.clone()],
                    target,
                    types::storage(target.oid),
                    kernel,
                ))
            }
        }
    }

    /// Converts by a function of `pg_cast`.
    fn convert_by(
        &self,
        function: Oid,
        value: &Typed,
        target: Type,
        wish: Wish,
    ) -> Result<Expr, Fault> {
        let proc = system()
            .proc_by_oid(function)
            .ok_or_else(|| Fault::internal(format!("cast function {function} is missing")))?;
        let mut arguments = vec![value.clone()];
        if proc.arguments.len() > 1 {
            arguments.push(Typed::literal(
                ScalarValue::Int32(Some(target.modifier)),
                types::INT4,
            ));
        }
        if proc.arguments.len() > 2 {
            arguments.push(Typed::literal(
                ScalarValue::Boolean(Some(wish == Wish::Explicit)),
                types::BOOL,
            ));
        }
        let first = proc.arguments.first().copied().unwrap_or(value.kind.oid);
        if let Some(argument) = arguments.first_mut() {
            argument.expr = relabel(argument.expr.clone(), value.kind.oid, first);
        }
        // Some functions give another type of the same bits: `oid` by way of `int4`.
        if types::storage(proc.result) == types::storage(target.oid) {
            let expr = self.invoke(proc, arguments, Type::plain(target.oid))?;
            return Ok(functions::folded(expr, self.context));
        }
        let expr = self.invoke(proc, arguments, Type::plain(proc.result))?;
        let expr = functions::folded(expr, self.context);
        Ok(relabel(expr, proc.result, base_type(target.oid)))
    }

    /// A kernel that converts every element of a list with the coercion of one element.
    fn element_kernel(&self, from: Type, to: Type, wish: Wish) -> Result<functions::Kernel, Fault> {
        let input = Typed::new(super::scope::column("element"), from);
        let output = self
            .coerce(input, to, wish)?
            .ok_or_else(|| Fault::internal("elements do not coerce"))?;
        functions::over_elements(&output.expr, "element", types::storage(from.oid))
    }

    /// Applies a type modifier: the length of a varchar, the scale of a numeric.
    fn modify(&self, value: Typed, target: Type, wish: Wish) -> Result<Typed, Fault> {
        if target.modifier < 0 || value.kind == target {
            return Ok(value);
        }
        let Some(row) = system().cast(target.oid, target.oid) else {
            return Ok(Typed {
                kind: target,
                ..value
            });
        };
        let Some(proc) = system().proc_by_oid(row.function) else {
            return Ok(Typed {
                kind: target,
                ..value
            });
        };
        let mut arguments = vec![
            value.clone(),
            Typed::literal(ScalarValue::Int32(Some(target.modifier)), types::INT4),
        ];
        if proc.arguments.len() > 2 {
            arguments.push(Typed::literal(
                ScalarValue::Boolean(Some(wish == Wish::Explicit)),
                types::BOOL,
            ));
        }
        let expr = self.invoke(proc, arguments, target)?;
        Ok(Typed {
            expr: functions::folded(expr, self.context),
            kind: target,
            table: Oid::INVALID,
            number: 0,
            ..value
        })
    }

    /// Gives an open literal or parameter its type.
    fn settle_unknown(
        &self,
        unknown: Unknown,
        target: Type,
        location: i32,
    ) -> Result<Typed, Fault> {
        match unknown {
            Unknown::Parameter(index) => self.settled_parameter(index, target, location),
            Unknown::Null if let Some(fields) = self.member_fields(target.oid) => {
                null_row(fields, target).map(|row| row.at(location))
            }
            Unknown::Null => {
                let value = super::literal::null(target)?;
                Ok(Typed::new(Expr::Literal(value, None), target).at(location))
            }
            Unknown::Text(text) if let Some(fields) = self.member_fields(target.oid) => {
                let value = super::literal::parse(target, &text, self.context)
                    .map_err(|fault| fault.at(position(location)))?;
                Ok(Typed {
                    record: Some(fields),
                    ..Typed::new(Expr::Literal(value, None), target)
                }
                .at(location))
            }
            Unknown::Text(text) => {
                let base = base_type(target.oid);
                let base = if base == types::ANY || base == types::UNKNOWN || polymorphic(base) {
                    types::TEXT
                } else {
                    base
                };
                // A length is applied as by a cast; only an interval's fields change the reading.
                let modifier = if base == types::INTERVAL {
                    target.modifier
                } else {
                    -1
                };
                let value = super::literal::parse(
                    Type {
                        oid: base,
                        modifier,
                    },
                    &text,
                    self.context,
                )
                .map_err(|fault| fault.at(position(location)))?;
                let literal = Typed::literal(value, base).at(location);
                let target = Type {
                    oid: base,
                    modifier: target.modifier,
                };
                self.modify(literal, target, Wish::Explicit)
            }
        }
    }

    /// A parameter as a value of the type, which it gets if it has none yet.
    fn settled_parameter(&self, index: usize, target: Type, location: i32) -> Result<Typed, Fault> {
        let kind = match self.parameter(index) {
            Some(kind) => kind,
            None => {
                let kind = if target.oid == types::ANY || polymorphic(target.oid) {
                    types::TEXT
                } else {
                    target.oid
                };
                self.settle_parameter(index, kind);
                kind
            }
        };
        let value = self.parameter_value(index, kind).at(location);
        // It has the type already; a length can only come from a cast that was written.
        let wish = if kind == target.oid {
            Wish::Explicit
        } else {
            Wish::Implicit
        };
        match self.coerce(value, target, wish)? {
            Some(value) => Ok(value),
            None => Err(Fault::new(
                SqlState::AMBIGUOUS_PARAMETER,
                format!("inconsistent types deduced for parameter ${}", index + 1),
            )
            .detail(format!(
                "{} versus {}",
                format_type(Type::plain(target.oid)),
                format_type(Type::plain(kind))
            ))
            .at(position(location))),
        }
    }

    /// A parameter as an expression of its settled type.
    pub(super) fn parameter_value(&self, index: usize, kind: Oid) -> Typed {
        let id = format!("${}", index + 1);
        let field = Arc::new(Field::new(&id, types::storage(kind), true));
        Typed::new(
            Expr::Placeholder(datafusion::logical_expr::expr::Placeholder::new_with_field(
                id,
                Some(field),
            )),
            kind,
        )
    }

    /// Coerces where the context demands the type; the error is PostgreSQL's for that.
    pub(super) fn require(&self, value: Typed, target: Oid, what: &str) -> Result<Typed, Fault> {
        let (kind, location) = (value.kind, value.location);
        self.coerce(value, Type::plain(target), Wish::Implicit)?
            .ok_or_else(|| {
                Fault::new(
                    SqlState::DATATYPE_MISMATCH,
                    format!(
                        "argument of {what} must be type {}, not type {}",
                        format_type(Type::plain(target)),
                        format_type(kind)
                    ),
                )
                .at(position(location))
            })
    }

    /// `expr::type`.
    pub(super) fn cast_to(
        &self,
        value: Typed,
        target: Type,
        location: i32,
    ) -> Result<Typed, Fault> {
        let kind = value.kind;
        let coerced =
            self.coerce(value, target, Wish::Explicit)
                .map_err(|fault| match fault.state {
                    SqlState::CANNOT_COERCE => fault.at(position(location)),
                    _ => fault,
                });
        match coerced? {
            Some(value) => Ok(value),
            None => Err(Fault::new(
                SqlState::CANNOT_COERCE,
                format!(
                    "cannot cast type {} to {}",
                    bare_type(kind.oid),
                    bare_type(target.oid)
                ),
            )
            .at(position(location))),
        }
    }

    /// Open literals become text: the rule for output columns and undecided arguments.
    pub(super) fn settled(&self, value: Typed) -> Result<Typed, Fault> {
        if value.unknown.is_none() {
            return Ok(value);
        }
        let location = value.location;
        Ok(self
            .coerce(value, Type::plain(types::TEXT), Wish::Implicit)?
            .ok_or_else(|| Fault::internal("text literal"))?
            .at(location))
    }

    /// The common type of several values (`select_common_type`): manual 10.5.
    pub(super) fn common_type(&self, values: &[Typed], what: &str) -> Result<Type, Fault> {
        let Some(first) = values.first() else {
            return Ok(Type::plain(types::TEXT));
        };
        let same = values
            .iter()
            .all(|value| value.kind.oid == first.kind.oid && value.unknown.is_none());
        if same {
            let modifier = if values
                .iter()
                .all(|value| value.kind.modifier == first.kind.modifier)
            {
                first.kind.modifier
            } else {
                -1
            };
            return Ok(Type {
                oid: first.kind.oid,
                modifier,
            });
        }
        let mut chosen = types::UNKNOWN;
        for value in values {
            let kind = base_type(value.kind.oid);
            if value.unknown.is_some() || kind == chosen {
                continue;
            }
            if chosen == types::UNKNOWN {
                chosen = kind;
                continue;
            }
            let (chosen_category, chosen_preferred) = category(chosen);
            if type_category(kind) != chosen_category {
                return Err(Fault::new(
                    SqlState::DATATYPE_MISMATCH,
                    format!(
                        "{what} types {} and {} cannot be matched",
                        format_type(Type::plain(chosen)),
                        format_type(Type::plain(kind))
                    ),
                )
                .at(position(value.location)));
            }
            if !chosen_preferred
                && can_coerce(chosen, kind, Wish::Implicit)
                && !can_coerce(kind, chosen, Wish::Implicit)
            {
                chosen = kind;
            }
        }
        Ok(Type::plain(if chosen == types::UNKNOWN {
            types::TEXT
        } else {
            chosen
        }))
    }

    /// Coerces to the common type found.
    pub(super) fn to_common(&self, value: Typed, target: Type, what: &str) -> Result<Typed, Fault> {
        let (kind, location) = (value.kind, value.location);
        let same = kind.oid == target.oid && value.unknown.is_none();
        if same {
            return Ok(Typed {
                kind: target,
                ..value
            });
        }
        self.coerce(value, target, Wish::Implicit)?.ok_or_else(|| {
            Fault::new(
                SqlState::CANNOT_COERCE,
                format!(
                    "{what} could not convert type {} to {}",
                    format_type(Type::plain(kind.oid)),
                    format_type(Type::plain(target.oid))
                ),
            )
            .at(position(location))
        })
    }

    /// Whether a registered implementation is a plain kernel.
    pub(super) fn implementation(oid: Oid) -> Option<&'static Implementation> {
        functions::functions().implementation(oid)
    }
}
