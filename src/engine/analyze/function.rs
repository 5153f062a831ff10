//! Function calls: plain, set-returning, aggregate and window.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Volatility};
use pg_query::protobuf::{self, node::Node as Kind};
use std::sync::Arc;

use super::call::apply_kernel;
use super::coerce::{Wish, can_coerce, storage_of};
use super::expressions::Frame;
use super::level::{Level, Place, SetCall};
use super::operators::{Resolved, input_type, named_order};
use super::row_type::composite;
use super::scope::{RecordField, RecordFields, Scope, column};
use super::select::location_of;
use super::{Analyzer, Typed, Unknown, position, string, strings};
use crate::engine::catalog::system::{ProcRow, system};
use crate::engine::functions::{self, lift};
use crate::ident::Oid;
use crate::pg::typename::format_type;
use crate::pg::{Fault, SqlState, Type, types};

/// A call with its function found and its arguments coerced.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) proc: &'static ProcRow,
    pub(super) arguments: Vec<Typed>,
    pub(super) result: Type,
    pub(super) record: Option<RecordFields>,
    /// The arguments as they were written, before any coercion.
    pub(super) given: Vec<Expr>,
    /// Whether the last argument, written VARIADIC, is an array that stands for arguments of any
    /// type.
    pub(super) spread: bool,
}

impl Analyzer<'_> {
    /// Refuses `AT LOCAL`, which PostgreSQL 15 does not have: it is a call by syntax with no zone.
    fn refuse_at_local(&self, call: &protobuf::FuncCall) -> Result<(), Fault> {
        let by_syntax = call.funcformat() == protobuf::CoercionForm::CoerceSqlSyntax;
        if !by_syntax || call.args.len() != 1 || strings(&call.funcname).last() != Some(&"timezone")
        {
            return Ok(());
        }
        let text = self.source.read().to_ascii_lowercase();
        let words = text.match_indices("local").map(|(at, _)| at);
        let place = words.into_iter().find(|at| {
            let before = text.get(..*at).unwrap_or_default().trim_end();
            before.ends_with("at") && before.len() < *at
        });
        let place = place.and_then(|at| i32::try_from(at).ok()).unwrap_or(-1);
        let message = "syntax error at or near \"local\"";
        Err(Fault::new(SqlState::SYNTAX_ERROR, message).at(position(place)))
    }

    /// Analyzes a call in an expression.
    pub(super) fn function_call(
        &self,
        call: &protobuf::FuncCall,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        self.refuse_at_local(call)?;
        let bound = match self.bind(call, frame)? {
            Callee::Function(bound) => bound,
            Callee::Cast(value) => return Ok(value),
        };
        let location = call.location;
        let is_aggregate = bound.proc.kind == 'a';
        if let Some(over) = &call.over {
            return self
                .window_call(call, over, bound, frame)
                .map(|value| value.at(location));
        }
        if bound.proc.kind == 'w' {
            let name =
                super::call::signature(&bound.proc.name, bound.proc.arguments.iter().copied());
            let name = name.split('(').next().unwrap_or_default().to_owned();
            return Err(Fault::new(
                SqlState::WRONG_OBJECT_TYPE,
                format!("window function {name} requires an OVER clause"),
            )
            .at(position(location)));
        }
        if is_aggregate {
            return self
                .aggregate_call(call, bound, frame)
                .map(|value| value.at(location));
        }
        let name = &bound.proc.name;
        for (given, what) in [
            (call.agg_star, "(*) specified, but"),
            (call.agg_distinct, "DISTINCT specified, but"),
            (call.agg_within_group, "WITHIN GROUP specified, but"),
            (!call.agg_order.is_empty(), "ORDER BY specified, but"),
            (call.agg_filter.is_some(), "FILTER specified, but"),
        ] {
            if given {
                let what = if call.agg_star {
                    format!("{name}(*) specified, but")
                } else {
                    what.to_owned()
                };
                return Err(Fault::new(
                    SqlState::WRONG_OBJECT_TYPE,
                    format!("{what} {name} is not an aggregate function"),
                )
                .at(position(location)));
            }
        }
        if bound.proc.returns_set {
            return self.set_call(bound, frame, location);
        }
        let expr = self
            .invoke_record(
                bound.proc,
                bound.arguments,
                bound.result,
                bound.record.as_ref(),
                bound.spread,
            )
            .map_err(|fault| fault.at(position(location)))?;
        Ok(Typed {
            record: bound.record,
            ..Typed::new(expr, bound.result)
        }
        .at(location))
    }

    fn set_call(&self, bound: Bound, frame: Frame<'_>, location: i32) -> Result<Typed, Fault> {
        if frame.place == Place::Aggregate || frame.place == Place::Window {
            let what = frame.place.name().replace(" calls", "");
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!("{what} calls cannot contain set-returning function calls"),
            )
            .hint(MOVE_TO_FROM)
            .at(position(location)));
        }
        if !matches!(frame.place, Place::Select | Place::OrderBy | Place::GroupBy) {
            let message = match frame.place {
                Place::FromFunction => {
                    String::from("set-returning functions must appear at top level of FROM")
                }
                place => format!(
                    "set-returning functions are not allowed in {}",
                    place.name()
                ),
            };
            return Err(Fault::new(SqlState::FEATURE_NOT_SUPPORTED, message).at(position(location)));
        }
        let expr = self
            .invoke_record(
                bound.proc,
                bound.arguments,
                bound.result,
                bound.record.as_ref(),
                bound.spread,
            )
            .map_err(|fault| fault.at(position(location)))?;
        let mut sets = frame.level.sets.borrow_mut();
        let id = match sets
            .iter()
            .find(|set| set.expr == expr && frame.place != Place::Select)
        {
            Some(set) => set.id.clone(),
            None => {
                let id = self.fresh();
                sets.push(SetCall {
                    id: id.clone(),
                    expr,
                    location,
                });
                id
            }
        };
        Ok(Typed {
            record: bound.record,
            ..Typed::new(column(&id), bound.result)
        }
        .at(location))
    }

    /// Refuses set-returning calls found since there were `before`, inside what may leave them out.
    pub(super) fn no_sets(frame: Frame<'_>, before: usize, what: &str) -> Result<(), Fault> {
        match frame.level.sets.borrow().get(before) {
            None => Ok(()),
            Some(set) => Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!("set-returning functions are not allowed in {what}"),
            )
            .hint(MOVE_TO_FROM)
            .at(position(set.location))),
        }
    }

    /// Finds the function of a call and coerces its arguments.
    pub(super) fn bind(
        &self,
        call: &protobuf::FuncCall,
        frame: Frame<'_>,
    ) -> Result<Callee, Fault> {
        let names = strings(&call.funcname);
        let (schema, name) = match names.as_slice() {
            [name] => (None, *name),
            [.., schema, name] => (Some(*schema), *name),
            [] => return Err(Fault::internal("a call without a name")),
        };
        let location = call.location;
        if let [database, _, _] = names.as_slice()
            && **database != *self.context.database
        {
            return Err(super::names::cross_database(&names).at(position(location)));
        }
        let inner = self.argument_frame(call, schema, name, frame);
        let (mut arguments, argument_names) = self.call_arguments(call, inner)?;
        if let Some(schema) = schema {
            self.known_schema(schema, location)?;
        }
        // A type's name around one literal is a cast, whatever functions share the name.
        if let [argument] = arguments.as_slice()
            && argument.unknown.is_some()
            && argument_names.iter().all(Option::is_none)
            && let Some(value) = self.function_style_cast(schema, name, &arguments, location)?
        {
            return Ok(Callee::Cast(value));
        }
        let resolved = self.resolve_function(
            schema,
            name,
            &arguments,
            &argument_names,
            call.func_variadic,
            location,
        )?;
        if let Some(resolved) = &resolved
            && resolved.proc.aggregate.is_some_and(|(kind, _)| kind == 'h')
            && call.agg_within_group
        {
            arguments = self.hypothetical(call, name, arguments)?;
        }
        match resolved {
            Some(resolved) => self
                .complete(
                    resolved,
                    arguments,
                    &argument_names,
                    call.func_variadic,
                    location,
                )
                .map(Callee::Function),
            None if let Some(field) = self.projection(name, &arguments)? => {
                Ok(Callee::Cast(field.at(location)))
            }
            None => match self.function_style_cast(schema, name, &arguments, location)? {
                Some(value) => Ok(Callee::Cast(value)),
                None if call.agg_star && known_without_arguments(schema, name) => Err(Fault::new(
                    SqlState::WRONG_OBJECT_TYPE,
                    format!("{name}(*) must be used to call a parameterless aggregate function"),
                )
                .at(position(location))),
                None => Err(Self::no_function(
                    schema,
                    name,
                    &arguments,
                    &argument_names,
                    location,
                )),
            },
        }
    }

    /// The arguments of a call in the order written, each with its name if it has one.
    fn call_arguments(
        &self,
        call: &protobuf::FuncCall,
        inner: Frame<'_>,
    ) -> Result<(Vec<Typed>, Vec<Option<String>>), Fault> {
        let (mut arguments, mut argument_names) = (Vec::new(), Vec::new());
        for node in &call.args {
            match node.node.as_ref() {
                Some(Kind::NamedArgExpr(named)) => {
                    let known = Some(named.name.clone());
                    if argument_names.contains(&known) {
                        return Err(Fault::new(
                            SqlState::SYNTAX_ERROR,
                            format!("argument name \"{}\" used more than once", named.name),
                        )
                        .at(position(named.location)));
                    }
                    arguments.push(self.child(named.arg.as_deref(), inner)?);
                    argument_names.push(known);
                }
                _ if argument_names.iter().any(Option::is_some) => {
                    return Err(Fault::new(
                        SqlState::SYNTAX_ERROR,
                        "positional argument cannot follow named argument",
                    )
                    .at(position(location_of(node))));
                }
                _ => {
                    arguments.push(self.expression(node, inner)?);
                    argument_names.push(None);
                }
            }
        }
        if call.agg_within_group {
            for node in &call.agg_order {
                if let Some(Kind::SortBy(sort)) = node.node.as_ref() {
                    arguments.push(self.child(sort.node.as_deref(), inner)?);
                    argument_names.push(None);
                }
            }
        }
        Ok((arguments, argument_names))
    }

    /// Gives each direct argument of a hypothetical-set aggregate and its column a common type.
    fn hypothetical(
        &self,
        call: &protobuf::FuncCall,
        name: &str,
        mut direct: Vec<Typed>,
    ) -> Result<Vec<Typed>, Fault> {
        let (given, wanted) = (call.args.len(), call.agg_order.len());
        if given != wanted {
            return Err(Self::no_function(None, name, &direct, &[], call.location).hint(format!("To use the hypothetical-set aggregate {name}, the number of hypothetical direct arguments (here {given}) must match the number of ordering columns (here {wanted}).")));
        }
        let mut ordered = direct.split_off(given);
        for (value, column) in direct.iter_mut().zip(&mut ordered) {
            let pair = [column.clone(), value.clone()];
            let common = self.common_type(&pair, "WITHIN GROUP")?;
            let [new_column, new_value] =
                pair.map(|value| self.to_common(value, common, "WITHIN GROUP"));
            (*column, *value) = (new_column?, new_value?);
        }
        direct.append(&mut ordered);
        Ok(direct)
    }

    /// `value.function`: another way to write `function(value)`, where there is such a function.
    pub(super) fn function_of(
        &self,
        value: protobuf::Node,
        name: &str,
        frame: Frame<'_>,
    ) -> Result<Option<Typed>, Fault> {
        let function = protobuf::String {
            sval: name.to_owned(),
        };
        let call = protobuf::FuncCall {
            funcname: vec![protobuf::Node {
                node: Some(Kind::String(function)),
            }],
            args: vec![value],
            location: -1,
            ..protobuf::FuncCall::default()
        };
        match self.function_call(&call, frame) {
            Ok(value) => Ok(Some(value)),
            Err(fault) if fault.state == SqlState::UNDEFINED_FUNCTION => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// `column(row)`: another way to write `row.column`.
    fn projection(&self, name: &str, arguments: &[Typed]) -> Result<Option<Typed>, Fault> {
        let [row] = arguments else { return Ok(None) };
        let fields = row.record.as_ref().filter(|_| composite(row.kind.oid));
        let at = fields.and_then(|fields| fields.iter().position(|field| field.name == *name));
        at.map(|at| self.field(row, at)).transpose()
    }

    /// Inside an aggregate's or window function's arguments other calls of the kind are refused.
    fn argument_frame<'s>(
        &self,
        call: &protobuf::FuncCall,
        schema: Option<&str>,
        name: &str,
        frame: Frame<'s>,
    ) -> Frame<'s> {
        if call.over.is_some() {
            return frame.at(Place::Window);
        }
        let aggregate = schema.is_none_or(|schema| schema == "pg_catalog") && aggregate_named(name);
        if aggregate && frame.place != Place::Window {
            frame.at(Place::Aggregate)
        } else {
            frame
        }
    }

    /// `date('2026-11-22')`: a type's name used as a function of one argument.
    fn function_style_cast(
        &self,
        schema: Option<&str>,
        name: &str,
        arguments: &[Typed],
        location: i32,
    ) -> Result<Option<Typed>, Fault> {
        let [argument] = arguments else {
            return Ok(None);
        };
        if schema.is_some_and(|schema| schema != "pg_catalog") {
            return Ok(None);
        }
        let Some(row) = system().type_by_name(name) else {
            return Ok(None);
        };
        // A row does not become text by the name of a type alone.
        if composite(argument.kind.oid) && super::coerce::type_category(row.oid) == 'S' {
            return Ok(None);
        }
        if argument.unknown.is_some() || can_coerce(argument.kind.oid, row.oid, Wish::Explicit) {
            return self
                .cast_to(argument.clone(), Type::plain(row.oid), location)
                .map(Some);
        }
        Ok(None)
    }

    /// Puts arguments in parameter order, fills in defaults, gathers variadic ones, coerces all.
    fn complete(
        &self,
        resolved: Resolved,
        arguments: Vec<Typed>,
        names: &[Option<String>],
        variadic: bool,
        location: i32,
    ) -> Result<Bound, Fault> {
        let Resolved {
            proc,
            declared,
            gathers,
            missing,
        } = resolved;
        if Self::implementation(proc.oid).is_none()
            && !functions::may_execute(proc.oid, self.context)
        {
            return Err(Fault::new(
                SqlState::INSUFFICIENT_PRIVILEGE,
                format!("permission denied for function {}", proc.name),
            ));
        }
        let spread = variadic && proc.variadic == types::ANY;
        if spread
            && let Some(last) = arguments.last()
            && types::element(last.kind.oid).is_none()
        {
            return Err(Fault::new(
                SqlState::DATATYPE_MISMATCH,
                "VARIADIC argument must be an array",
            )
            .at(position(last.location)));
        }
        let given = arguments
            .iter()
            .map(|argument| argument.expr.clone())
            .collect();
        let open: Vec<bool> = arguments
            .iter()
            .map(|argument| matches!(argument.unknown, Some(Unknown::Text(_) | Unknown::Null)))
            .collect();
        let (mut fitted, result) =
            self.fit(arguments, &declared, proc.result)
                .map_err(|fault| match fault.state {
                    // PostgreSQL does not say which argument leaves the type open.
                    SqlState::DATATYPE_MISMATCH => fault,
                    _ => fault.at(position(location)),
                })?;
        if gathers && proc.variadic != types::ANY {
            fitted = self.gather(proc, fitted)?;
        }
        if proc.result == types::REGTYPE && declared == [types::ANY] {
            // Asked for its type, a literal has none yet.
            for (argument, open) in fitted.iter_mut().zip(&open) {
                if *open {
                    argument.kind = Type::plain(types::UNKNOWN);
                }
            }
        }
        if missing > 0 || names.iter().any(Option::is_some) {
            fitted = self.in_order(proc, fitted, names)?;
        }
        let record = self.out_record(proc, &fitted)?;
        Ok(Bound {
            proc,
            arguments: fitted,
            result: Type::plain(result),
            record,
            given,
            spread,
        })
    }

    fn gather(&self, proc: &ProcRow, mut arguments: Vec<Typed>) -> Result<Vec<Typed>, Fault> {
        let rest = arguments.split_off(proc.arguments.len().saturating_sub(1).min(arguments.len()));
        let element = rest.first().map_or(proc.variadic, |first| first.kind.oid);
        let kind = types::array_of(element)
            .ok_or_else(|| Fault::internal("variadic arguments without an array type"))?;
        let storage = types::storage(kind);
        let array = apply_kernel(
            "array",
            Volatility::Immutable,
            rest,
            Type::plain(kind),
            storage,
            lift::array(),
        );
        arguments.push(Typed::new(array, kind));
        Ok(arguments)
    }

    fn in_order(
        &self,
        proc: &ProcRow,
        arguments: Vec<Typed>,
        names: &[Option<String>],
    ) -> Result<Vec<Typed>, Fault> {
        let order = named_order(proc, names)
            .ok_or_else(|| Fault::internal("named arguments do not fit"))?;
        let mut slots: Vec<Option<Typed>> = vec![None; proc.arguments.len()];
        for (argument, at) in arguments.into_iter().zip(order) {
            if let Some(slot) = slots.get_mut(at) {
                *slot = Some(argument);
            }
        }
        let first_default = proc.arguments.len().saturating_sub(proc.defaults);
        slots
            .into_iter()
            .enumerate()
            .map(|(at, slot)| match slot {
                Some(argument) => Ok(argument),
                None => {
                    let text = at
                        .checked_sub(first_default)
                        .and_then(|at| proc.default_texts.get(at));
                    let text =
                        text.ok_or_else(|| Self::no_function(None, &proc.name, &[], &[], -1))?;
                    let kind = proc.arguments.get(at).copied().unwrap_or(types::TEXT);
                    let value = self.stored_expression(text)?;
                    self.coerce(value, Type::plain(kind), Wish::Explicit)?
                        .ok_or_else(|| Fault::internal("a default of another type"))
                }
            })
            .collect()
    }

    /// Analyzes an expression that the catalog holds as text.
    fn stored_expression(&self, text: &str) -> Result<Typed, Fault> {
        let parsed = pg_query::parse(&format!("SELECT {text}"), 0)
            .map_err(|error| Fault::internal(format!("stored expression: {error}")))?;
        let statement = parsed
            .protobuf
            .stmts
            .first()
            .and_then(|raw| raw.stmt.as_ref())
            .and_then(|node| node.node.as_ref());
        let Some(Kind::SelectStmt(query)) = statement else {
            return Err(Fault::internal("stored expression is no query"));
        };
        let target = match query
            .target_list
            .first()
            .and_then(|node| node.node.as_ref())
        {
            Some(Kind::ResTarget(target)) => target.val.as_deref(),
            _ => None,
        };
        let scope = Scope::inside(None);
        let level = Level::default();
        self.child(
            target,
            Frame {
                scope: &scope,
                level: &level,
                place: Place::Select,
            },
        )
    }

    /// The fields of the record a function returns, from its OUT parameters.
    fn out_record(
        &self,
        proc: &ProcRow,
        arguments: &[Typed],
    ) -> Result<Option<RecordFields>, Fault> {
        if proc.out_columns.len() < 2 {
            let element = arguments
                .first()
                .and_then(|argument| argument.record.clone());
            let passes = matches!(
                proc.result,
                types::ANYELEMENT
                    | types::ANYARRAY
                    | types::ANYCOMPATIBLE
                    | types::ANYCOMPATIBLEARRAY
            );
            return Ok(element.filter(|_| passes));
        }
        let element = arguments
            .iter()
            .find_map(|argument| types::element(argument.kind.oid))
            .unwrap_or(types::TEXT);
        let fields = proc.out_columns.iter().map(|(name, kind)| {
            let kind = match *kind {
                types::ANYELEMENT | types::ANYNONARRAY | types::ANYCOMPATIBLE => element,
                types::ANYARRAY | types::ANYCOMPATIBLEARRAY => {
                    types::array_of(element).unwrap_or(types::TEXT_ARRAY)
                }
                other => other,
            };
            RecordField::plain(name, Type::plain(kind))
        });
        Ok(Some(Arc::new(fields.collect())))
    }

    /// `GROUPING(…)`.
    pub(super) fn grouping(
        &self,
        grouping: &protobuf::GroupingFunc,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        if grouping.args.len() > 31 {
            return Err(Fault::new(
                SqlState::TOO_MANY_ARGUMENTS,
                "GROUPING must have fewer than 32 arguments",
            )
            .at(position(grouping.location)));
        }
        let arguments = self.expressions(&grouping.args, frame)?;
        let exprs: Vec<&Expr> = arguments.iter().map(|argument| &argument.expr).collect();
        let owner = super::aggregate::owner(&exprs, frame)?;
        let stands = owner.as_ref().map_or(frame, |(outer, _)| *outer);
        if let Some(message) = misplaced_grouping(stands.place) {
            return Err(
                Fault::new(SqlState::GROUPING_ERROR, message).at(position(grouping.location))
            );
        }
        let arguments = arguments.into_iter().map(|argument| {
            let expr = super::aggregate::inward(argument.expr, stands)?;
            Ok((expr, argument.location))
        });
        let arguments = arguments.collect::<Result<_, Fault>>()?;
        let id = self.fresh();
        let level = stands.level;
        level.groupings.borrow_mut().push((id.clone(), arguments));
        let expr = match owner {
            None => column(&id),
            Some((_, crossed)) => self.hoist(&id, types::storage(types::INT4), &crossed),
        };
        Ok(Typed::new(expr, types::INT4).at(grouping.location))
    }
}

/// What is wrong with GROUPING in a clause.
fn misplaced_grouping(place: Place) -> Option<String> {
    match place {
        Place::Select
        | Place::Having
        | Place::OrderBy
        | Place::Window
        | Place::WindowDefinition => None,
        Place::Aggregate => Some(String::from("aggregate function calls cannot be nested")),
        place => Some(format!(
            "grouping operations are not allowed in {}",
            place.name()
        )),
    }
}

/// Whether an aggregate of the name takes no argument at all, or any.
fn known_without_arguments(schema: Option<&str>, name: &str) -> bool {
    schema.is_none_or(|schema| schema == "pg_catalog")
        && system()
            .procs_by_name(name)
            .iter()
            .any(|proc| proc.arguments.is_empty())
}

fn aggregate_named(name: &str) -> bool {
    let named = system().procs_by_name(name);
    named.iter().any(|proc| proc.kind == 'a')
}
/// What PostgreSQL advises where a set-returning call may not stand.
const MOVE_TO_FROM: &str =
    "You might be able to move the set-returning function into a LATERAL FROM item.";

/// What a call turned out to be.
pub(super) enum Callee {
    /// A function of `pg_proc`.
    Function(Bound),
    /// A cast written like a call.
    Cast(Typed),
}

/// The literal that stands in for the missing argument of `count(*)`.
pub(super) fn one() -> Expr {
    Expr::Literal(ScalarValue::Int64(Some(1)), None)
}

/// The storage of a bound call's result.
pub(super) fn result_storage(bound: &Bound) -> arrow::datatypes::DataType {
    storage_of(bound.result, bound.record.as_ref())
}

/// The types of a call's arguments.
pub(super) fn kinds(arguments: &[Typed]) -> Vec<Type> {
    arguments.iter().map(|argument| argument.kind).collect()
}

/// Names a call in errors.
pub(super) fn shown(bound: &Bound) -> String {
    let kinds: Vec<Oid> = bound.arguments.iter().map(input_type).collect();
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|kind| format_type(Type::plain(kind)))
        .collect();
    format!("{}({})", bound.proc.name, kinds.join(", "))
}

/// The last part of a call's name.
pub(super) fn last_name(call: &protobuf::FuncCall) -> &str {
    call.funcname.last().and_then(string).unwrap_or_default()
}
