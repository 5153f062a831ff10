//! Type names as statements write them.

use pg_query::protobuf::{self, node::Node as Kind};

use super::{Analyzer, position, strings};
use crate::engine::catalog::system::system;
use crate::ident::Oid;
use crate::pg::{Fault, SqlState, Type, types};

/// Digits of seconds there can be.
const MOST_DIGITS: i32 = 6;

/// `interval` fields that need no modifier of their own are written with this mask.
const INTERVAL_FULL_RANGE: i32 = 0x7FFF;

impl Analyzer<'_> {
    /// Warns of a precision that is more than there is; `location` may be -1.
    pub(super) fn note_precision(&self, (before, after): (&str, &str), wanted: i32, location: i32) {
        if wanted > MOST_DIGITS && !self.in_view() {
            let message = format!(
                "{before}({wanted}){after} precision reduced to maximum allowed, {MOST_DIGITS}"
            );
            let place = position(location).map(|byte| super::place(self.source, byte));
            let warning = Fault::warning(SqlState::INVALID_PARAMETER_VALUE, message).at(place);
            self.context.live.backend.say(warning);
        }
    }

    /// The type that a name means.
    pub(super) fn type_name(&self, name: &protobuf::TypeName) -> Result<Type, Fault> {
        let parts = strings(&name.names);
        let (schema, plain) = match parts.as_slice() {
            [plain] => (None, *plain),
            [schema, plain] => (Some(*schema), *plain),
            [_, schema, plain] => (Some(*schema), *plain),
            _ => {
                return Err(Fault::new(
                    SqlState::SYNTAX_ERROR,
                    "improper qualified name (too many dotted names)",
                ));
            }
        };
        if let Some(schema) = schema {
            self.known_schema(schema, name.location)?;
        }
        let missing = || {
            let shown = parts.join(".");
            Fault::new(
                SqlState::UNDEFINED_OBJECT,
                format!("type \"{shown}\" does not exist"),
            )
            .at(position(name.location))
        };
        let found = match schema {
            None | Some("pg_catalog" | "information_schema") => {
                system().type_by_name(plain).map(|row| row.oid)
            }
            Some(_) => None,
        };
        let found = found.or_else(|| {
            self.context
                .catalog
                .relation(schema, plain, &self.search_path())
                .map(|relation| relation.row_type)
        });
        let mut kind = Type::plain(found.ok_or_else(missing)?);
        if !name.typmods.is_empty() {
            kind.modifier = modifier(kind, &name.typmods, plain, name.location)?;
            if let (Some(word), Some(wanted)) =
                (moment(kind.oid), name.typmods.last().and_then(integer))
                && (kind.oid != types::INTERVAL || name.typmods.len() > 1)
            {
                self.note_precision(word, wanted, name.location);
            }
        }
        if !name.array_bounds.is_empty() {
            let array = types::array_of(kind.oid)
                .or_else(|| system().type_by_oid(kind.oid).map(|row| row.array));
            kind.oid = array.filter(|oid| oid.valid()).ok_or_else(missing)?;
        }
        Ok(kind)
    }

    /// Schemas searched for unqualified relations, `pg_catalog` first.
    pub(super) fn search_path(&self) -> Vec<String> {
        let mut path = Vec::new();
        let configured = &self.context.settings.search_path;
        if !configured.iter().any(|schema| schema == "pg_catalog") {
            path.push(String::from("pg_catalog"));
        }
        path.extend(configured.iter().cloned());
        path
    }
}

/// How a type with a precision of seconds is named when that is too much, before and after it.
pub(super) fn moment(oid: Oid) -> Option<(&'static str, &'static str)> {
    match oid {
        types::TIME => Some(("TIME", "")),
        types::TIMETZ => Some(("TIME", " WITH TIME ZONE")),
        types::TIMESTAMP => Some(("TIMESTAMP", "")),
        types::TIMESTAMPTZ => Some(("TIMESTAMP", " WITH TIME ZONE")),
        types::INTERVAL => Some(("INTERVAL", "")),
        _ => None,
    }
}

fn modifier(kind: Type, nodes: &[protobuf::Node], name: &str, location: i32) -> Result<i32, Fault> {
    let values: Vec<i32> = nodes.iter().filter_map(integer).collect();
    let invalid = |message: String| {
        Fault::new(SqlState::INVALID_PARAMETER_VALUE, message).at(position(location))
    };
    if values.len() != nodes.len() {
        return Err(Fault::new(
            SqlState::SYNTAX_ERROR,
            "type modifiers must be simple constants or identifiers",
        )
        .at(position(location)));
    }
    match (kind.oid, values.as_slice()) {
        (types::VARCHAR | types::BPCHAR, [length]) => {
            let shown = if kind.oid == types::VARCHAR {
                "varchar"
            } else {
                "char"
            };
            match *length {
                1..=10_485_760 => Ok(length + 4),
                i32::MIN..=0 => Err(invalid(format!(
                    "length for type {shown} must be at least 1"
                ))),
                _ => Err(invalid(format!(
                    "length for type {shown} cannot exceed 10485760"
                ))),
            }
        }
        (types::NUMERIC, [precision]) => numeric(*precision, 0, location),
        (types::NUMERIC, [precision, scale]) => numeric(*precision, *scale, location),
        (types::TIME | types::TIMETZ | types::TIMESTAMP | types::TIMESTAMPTZ, [precision]) => {
            Ok((*precision).clamp(0, MOST_DIGITS))
        }
        (types::INTERVAL, [range]) => Ok((range & INTERVAL_FULL_RANGE) << 16 | 0xFFFF),
        (types::INTERVAL, [range, precision]) => {
            Ok((range & INTERVAL_FULL_RANGE) << 16 | (*precision).clamp(0, MOST_DIGITS))
        }
        (types::BIT | types::VARBIT, [length]) => Ok(*length),
        _ => Err(Fault::new(
            SqlState::SYNTAX_ERROR,
            format!("type modifier is not allowed for type \"{name}\""),
        )
        .at(position(location))),
    }
}

fn numeric(precision: i32, scale: i32, location: i32) -> Result<i32, Fault> {
    let invalid = |message: String| {
        Fault::new(SqlState::INVALID_PARAMETER_VALUE, message).at(position(location))
    };
    if !(1..=1000).contains(&precision) {
        return Err(invalid(format!(
            "NUMERIC precision {precision} must be between 1 and 1000"
        )));
    }
    if !(-1000..=1000).contains(&scale) {
        return Err(invalid(format!(
            "NUMERIC scale {scale} must be between -1000 and 1000"
        )));
    }
    Ok(((precision << 16) | (scale & 0x7FF)) + 4)
}

fn integer(node: &protobuf::Node) -> Option<i32> {
    match node.node.as_ref()? {
        Kind::AConst(constant) => match constant.val.as_ref()? {
            protobuf::a_const::Val::Ival(value) => Some(value.ival),
            _ => None,
        },
        Kind::Integer(value) => Some(value.ival),
        Kind::AExpr(minus) => Some(-integer(minus.rexpr.as_deref()?)?),
        _ => None,
    }
}
