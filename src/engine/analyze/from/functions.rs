//! Functions in FROM, with ordinality and side by side: manual 7.2.1.4.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Volatility};
use pg_query::protobuf::{self, node::Node as Kind};

use super::super::call::apply_kernel;
use super::super::coerce::storage_of;
use super::super::expressions::Frame;
use super::super::function::{Bound, Callee, last_name};
use super::super::level::{Level, Place};
use super::super::scope::{Item, RecordField, RecordFields, Scope, ScopeColumn, column};
use super::super::target::figure_name;
use super::super::{Analyzer, Typed, position, refused};
use super::{Part, owns, part_of, renamed, unnest};
use crate::engine::functions::lift;
use crate::ident::Oid;
use crate::pg::typename::format_type;
use crate::pg::{Fault, SqlState, Type, types};

/// Lists to unnest side by side, and what is then computed from them.
#[derive(Debug, Clone)]
pub(super) struct Lists {
    pub(super) lists: Vec<(String, Expr)>,
    pub(super) computed: Vec<Expr>,
}

impl Lists {
    /// Unnests beside the columns of `plan`.
    pub(super) fn beside(&self, plan: LogicalPlan, keep_empty: bool) -> Result<LogicalPlan, Fault> {
        let plan = unnest(plan, &self.lists, keep_empty)?;
        if self.computed.is_empty() {
            return Ok(plan);
        }
        let all: Vec<Expr> = plan
            .schema()
            .columns()
            .into_iter()
            .map(Expr::Column)
            .chain(self.computed.iter().cloned())
            .collect();
        LogicalPlanBuilder::from(plan)
            .project(all)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)
    }

    /// Reads entries to the left as columns of the plan it is put beside.
    pub(super) fn inward(self, left: &LogicalPlan) -> Result<Self, Fault> {
        let schema = left.schema();
        let inward = |expr: Expr| {
            expr.transform(|expr| {
                Ok(match expr {
                    Expr::OuterReferenceColumn(_, found)
                        if schema.has_column_with_unqualified_name(&found.name) =>
                    {
                        Transformed::yes(Expr::Column(found))
                    }
                    other => Transformed::no(other),
                })
            })
            .data()
            .map_err(refused)
        };
        let lists = self
            .lists
            .into_iter()
            .map(|(id, expr)| Ok((id, inward(expr)?)))
            .collect::<Result<_, Fault>>()?;
        Ok(Self { lists, ..self })
    }
}

/// One function of FROM: a list per row and the columns it makes.
struct Call {
    list: Expr,

    kind: Type,
    fields: Option<RecordFields>,
    /// The name of its only column.
    name: String,
    scalar: bool,
}

impl Analyzer<'_> {
    pub(super) fn range_function(
        &self,
        range: &protobuf::RangeFunction,
        left: &Scope<'_>,
    ) -> Result<Part, Fault> {
        let boundary = Scope::inside(Some(left));
        let level = Level::default();
        let frame = Frame {
            scope: &boundary,
            level: &level,
            place: Place::FromFunction,
        };
        let calls = self.from_calls(range, frame)?;
        if !level.subqueries.borrow().is_empty() {
            return Err(Fault::unsupported(
                "a subquery as argument of a function in FROM",
            ));
        }
        let scalar =
            calls.len() == 1 && !range.ordinality && calls.first().is_some_and(|call| call.scalar);
        let row_type = match calls.as_slice() {
            [only] if !range.ordinality && only.fields.is_some() => only.kind.oid,
            _ => Oid::INVALID,
        };
        let (lists, columns) = self.from_columns(&calls, range);
        let default_name = calls
            .first()
            .map(|call| call.name.clone())
            .unwrap_or_default();
        let name = range
            .alias
            .as_ref()
            .map_or(default_name, |alias| alias.aliasname.clone());
        let item = Item {
            name,
            by_name: true,
            scalar,
            row_type,
            listed: true,
            ..Item::unnamed(columns)
        };
        let item = renamed(item, range.alias.as_ref(), "table")?;
        let outer: Vec<String> = boundary
            .outer
            .take()
            .into_iter()
            .filter(|id| owns(left, id))
            .collect();
        let empty = LogicalPlanBuilder::empty(true).build().map_err(refused)?;
        let plan = lists.beside(empty, false)?;
        if outer.is_empty() {
            return Ok(part_of(plan, item));
        }
        let lists = Some(lists);
        Ok(Part {
            outer,
            lists,
            ..part_of(plan, item)
        })
    }

    /// The functions of an entry, each list of `unnest` as one of its own.
    fn from_calls(
        &self,
        range: &protobuf::RangeFunction,
        frame: Frame<'_>,
    ) -> Result<Vec<Call>, Fault> {
        if let Some(first) = range.coldeflist.first()
            && range.ordinality
        {
            return Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                "WITH ORDINALITY cannot be used with a column definition list",
            )
            .hint("Put the column definition list inside ROWS FROM().")
            .at(definition_place(first)));
        }
        let mut calls = Vec::new();
        for node in &range.functions {
            let Some(Kind::List(pair)) = node.node.as_ref() else {
                continue;
            };
            let Some(function) = pair.items.first() else {
                continue;
            };
            let definitions = match pair.items.get(1).and_then(|node| node.node.as_ref()) {
                Some(Kind::List(list)) if !list.items.is_empty() => list.items.as_slice(),
                _ => range.coldeflist.as_slice(),
            };
            match several_lists(function, definitions) {
                Some(each) => {
                    for function in &each {
                        calls.push(self.from_call(function, definitions, range, frame)?);
                    }
                }
                None => calls.push(self.from_call(function, definitions, range, frame)?),
            }
        }
        Ok(calls)
    }

    fn from_call(
        &self,
        node: &protobuf::Node,
        definitions: &[protobuf::Node],
        range: &protobuf::RangeFunction,
        frame: Frame<'_>,
    ) -> Result<Call, Fault> {
        let alias = range.alias.as_ref().map(|alias| alias.aliasname.clone());
        if let Some(Kind::FuncCall(call)) = node.node.as_ref()
            && let Callee::Function(mut bound) = self.bind(call, frame)?
            && bound.proc.kind == 'f'
        {
            let location = position(call.location);
            let renamed = self.define_columns(&mut bound, definitions, location)?;
            let out_name = match bound.proc.out_columns.as_slice() {
                [(name, _)] => Some(name.clone()),
                _ => None,
            };
            let name = out_name
                .or(alias.filter(|_| range.functions.len() == 1))
                .unwrap_or_else(|| last_name(call).to_owned());
            let (kind, fields, returns_set) =
                (bound.result, bound.record.clone(), bound.proc.returns_set);

            let fields = renamed.or(fields);
            let scalar = fields.is_none();
            let expr = self
                .invoke_record(
                    bound.proc,
                    bound.arguments,
                    kind,
                    fields.as_ref(),
                    bound.spread,
                )
                .map_err(|fault| fault.at(location))?;
            let list = if returns_set {
                expr
            } else {
                one_element(Typed {
                    record: fields.clone(),
                    ..Typed::new(expr, kind)
                })
            };
            return Ok(Call {
                list,
                kind,
                fields,
                name,
                scalar,
            });
        }
        let value = self.expression(node, frame)?;
        let value = self.settled(value)?;
        let name = alias
            .or_else(|| figure_name(node))
            .unwrap_or_else(|| String::from("?column?"));
        let (kind, fields) = (value.kind, value.record.clone());

        Ok(Call {
            list: one_element(value),
            kind,
            fields,
            name,
            scalar: true,
        })
    }

    /// Gives a function that returns records the fields of its column definition list; those of
    /// records whose fields are known are only renamed.
    fn define_columns(
        &self,
        bound: &mut Bound,
        definitions: &[protobuf::Node],
        location: Option<u32>,
    ) -> Result<Option<RecordFields>, Fault> {
        let refuse = |message: &str, at| Err(Fault::new(SqlState::SYNTAX_ERROR, message).at(at));
        let open = bound.result.oid == types::RECORD && bound.proc.out_columns.is_empty();
        let Some(first) = definitions.first() else {
            let elements = bound.proc.arguments.first() == Some(&types::ANYARRAY);
            if open
                && (bound.record.is_none() || elements)
                && bound.proc.arguments.first() != Some(&types::ANYELEMENT)
            {
                return refuse(
                    "a column definition list is required for functions returning \"record\"",
                    location,
                );
            }
            return Ok(None);
        };
        if !open {
            return refuse(
                if bound.proc.out_columns.len() > 1 {
                    "a column definition list is redundant for a function with OUT parameters"
                } else {
                    "a column definition list is only allowed for functions returning \"record\""
                },
                definition_place(first),
            );
        }
        let mut fields = Vec::with_capacity(definitions.len());
        for node in definitions {
            let Some(Kind::ColumnDef(definition)) = node.node.as_ref() else {
                continue;
            };
            let name = definition.type_name.as_ref();
            let name = name.ok_or_else(|| Fault::internal("a column without a type"))?;
            let kind = self.type_name(name)?;
            fields.push(RecordField::plain(&definition.colname, kind));
        }
        let fields: RecordFields = Arc::new(fields);
        match &bound.record {
            Some(returned) => {
                same_row(returned, &fields)?;
                Ok(Some(fields))
            }
            None => {
                bound.record = Some(fields);
                Ok(None)
            }
        }
    }

    fn from_columns(
        &self,
        calls: &[Call],
        range: &protobuf::RangeFunction,
    ) -> (Lists, Vec<ScopeColumn>) {
        let (mut lists, mut computed, mut columns) = (Vec::new(), Vec::new(), Vec::new());
        let made = |name: &str, id: &str, kind: Type| ScopeColumn {
            name: name.to_owned(),
            id: id.to_owned(),
            kind,
            record: None,
            table: Oid::INVALID,
            number: 0,
        };
        for call in calls {
            let list = self.fresh();
            match &call.fields {
                Some(fields) => {
                    let record = Typed {
                        record: Some(Arc::clone(fields)),
                        ..Typed::new(column(&list), call.kind)
                    };
                    for (at, member) in fields.iter().enumerate() {
                        let id = self.fresh();
                        let (name, kind) = (&member.name, &member.kind);
                        let storage = storage_of(*kind, member.record.as_ref());
                        let field = apply_kernel(
                            &format!("field{}", at + 1),
                            Volatility::Immutable,
                            vec![record.clone()],
                            *kind,
                            storage,
                            lift::field(at),
                        );
                        computed.push(field.alias(&id));
                        columns.push(ScopeColumn {
                            record: member.record.clone(),
                            ..made(name, &id, *kind)
                        });
                    }
                }
                None => columns.push(made(&call.name, &list, call.kind)),
            }
            lists.push((list, call.list.clone()));
        }
        if range.ordinality {
            let id = self.fresh();
            let counted = calls
                .iter()
                .map(|call| Typed::new(call.list.clone(), types::ANYARRAY))
                .collect();
            let storage = DataType::List(Arc::new(Field::new("item", DataType::Int64, true)));
            let numbers = apply_kernel(
                "ordinality",
                Volatility::Immutable,
                counted,
                Type::plain(types::INT8_ARRAY),
                storage,
                lift::ordinality(),
            );
            lists.push((id.clone(), numbers));
            columns.push(made("ordinality", &id, Type::plain(types::INT8)));
        }
        (Lists { lists, computed }, columns)
    }
}

/// Whether the records that come are those a column definition list says.
fn same_row(returned: &RecordFields, expected: &RecordFields) -> Result<(), Fault> {
    let differs = |detail: String| {
        let message = "function return row and query-specified return row do not match";
        Err(Fault::new(SqlState::DATATYPE_MISMATCH, message).detail(detail))
    };
    if returned.len() != expected.len() {
        let plural = if returned.len() == 1 { "" } else { "s" };
        return differs(format!(
            "Returned row contains {} attribute{plural}, but query expects {}.",
            returned.len(),
            expected.len()
        ));
    }
    for (at, (from, to)) in returned.iter().zip(expected.iter()).enumerate() {
        if from.kind.oid != to.kind.oid {
            return differs(format!(
                "Returned type {} at ordinal position {}, but query expects {}.",
                format_type(Type::plain(from.kind.oid)),
                at + 1,
                format_type(Type::plain(to.kind.oid))
            ));
        }
    }
    Ok(())
}

fn definition_place(node: &protobuf::Node) -> Option<u32> {
    match node.node.as_ref() {
        Some(Kind::ColumnDef(definition)) => position(definition.location),
        _ => None,
    }
}

/// `unnest` of several lists stands for as many calls side by side.
fn several_lists(
    node: &protobuf::Node,
    definitions: &[protobuf::Node],
) -> Option<Vec<protobuf::Node>> {
    let Some(Kind::FuncCall(call)) = node.node.as_ref() else {
        return None;
    };
    let plain = call.agg_order.is_empty() && !call.agg_distinct && !call.func_variadic;
    if call.funcname.len() != 1
        || last_name(call) != "unnest"
        || call.args.len() < 2
        || !plain
        || !definitions.is_empty()
    {
        return None;
    }
    let qualified = |argument: &protobuf::Node| {
        let mut one = (**call).clone();
        let catalog = protobuf::String {
            sval: String::from("pg_catalog"),
        };
        one.funcname.insert(
            0,
            protobuf::Node {
                node: Some(Kind::String(catalog)),
            },
        );
        one.args = vec![argument.clone()];
        protobuf::Node {
            node: Some(Kind::FuncCall(Box::new(one))),
        }
    };
    Some(call.args.iter().map(qualified).collect())
}

/// A value as a list of one, for a function that returns no set.
fn one_element(value: Typed) -> Expr {
    let storage = DataType::List(Arc::new(Field::new(
        "item",
        storage_of(value.kind, value.record.as_ref()),
        true,
    )));
    let kind = value.kind;
    apply_kernel(
        "array",
        Volatility::Immutable,
        vec![value],
        kind,
        storage,
        lift::array(),
    )
}
