//! The select list: `*`, names of output columns.

use pg_query::protobuf::{self, SqlValueFunctionOp, SubLinkType, node::Node as Kind};

use super::expressions::Frame;
use super::scope::{ScopeColumn, reference};
use super::{Analyzer, Typed, position, string, strings};
use crate::pg::{Fault, SqlState};

/// An output column.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) value: Typed,
}

impl Analyzer<'_> {
    /// Analyzes a select list.
    pub(super) fn targets(
        &self,
        list: &[protobuf::Node],
        frame: Frame<'_>,
    ) -> Result<Vec<Target>, Fault> {
        let mut targets = Vec::with_capacity(list.len());
        for node in list {
            let Some(Kind::ResTarget(target)) = node.node.as_ref() else {
                continue;
            };
            let Some(value) = target.val.as_deref() else {
                continue;
            };
            if let Some(columns) = self.star(value, frame)? {
                targets.extend(
                    columns
                        .into_iter()
                        .map(|(name, value)| Target { name, value }),
                );
                continue;
            }
            let name = if target.name.is_empty() {
                figure_name(value).unwrap_or_else(|| String::from("?column?"))
            } else {
                target.name.clone()
            };
            targets.push(Target {
                name,
                value: self.expression(value, frame)?,
            });
        }
        if targets.len() > 1664 {
            return Err(Fault::new(
                SqlState::TOO_MANY_COLUMNS,
                "target lists can have at most 1664 entries",
            ));
        }
        Ok(targets)
    }

    /// The columns of `*`, `t.*` or `(record).*`; `None` for anything else.
    pub(super) fn star(
        &self,
        node: &protobuf::Node,
        frame: Frame<'_>,
    ) -> Result<Option<Vec<(String, Typed)>>, Fault> {
        match node.node.as_ref() {
            Some(Kind::ColumnRef(columns))
                if columns
                    .fields
                    .last()
                    .is_some_and(|field| matches!(field.node, Some(Kind::AStar(_)))) =>
            {
                self.star_of(&strings(&columns.fields), columns.location, frame)
                    .map(Some)
            }
            Some(Kind::AIndirection(indirection))
                if indirection
                    .indirection
                    .last()
                    .is_some_and(|step| matches!(step.node, Some(Kind::AStar(_)))) =>
            {
                let mut rest = (**indirection).clone();
                rest.indirection.pop();
                let record = if rest.indirection.is_empty() {
                    self.child(rest.arg.as_deref(), frame)?
                } else {
                    self.expression(
                        &protobuf::Node {
                            node: Some(Kind::AIndirection(Box::new(rest))),
                        },
                        frame,
                    )?
                };
                let Some(fields) = record.record.clone() else {
                    return Err(Fault::new(
                        SqlState::WRONG_OBJECT_TYPE,
                        "row expansion of a value that is not composite",
                    ));
                };
                let columns = fields
                    .iter()
                    .enumerate()
                    .map(|(at, field)| Ok((field.name.clone(), self.field(&record, at)?)));
                columns.collect::<Result<Vec<_>, Fault>>().map(Some)
            }
            _ => Ok(None),
        }
    }

    fn star_of(
        &self,
        names: &[&str],
        location: i32,
        frame: Frame<'_>,
    ) -> Result<Vec<(String, Typed)>, Fault> {
        let unlisted = self.unlisted.borrow();
        let listed = |column: &&ScopeColumn| !unlisted.contains(&column.id);
        let (schema, table) = match names {
            [] => {
                let items = frame.scope.items.iter().filter(|item| item.by_column);
                let columns: Vec<_> = items
                    .flat_map(|item| &item.columns)
                    .filter(listed)
                    .map(|column| (column.name.clone(), reference(column, &[])))
                    .collect();
                if frame.scope.items.is_empty() {
                    return Err(Fault::new(
                        SqlState::SYNTAX_ERROR,
                        "SELECT * with no tables specified is not valid",
                    )
                    .at(position(location)));
                }
                for (name, value) in &columns {
                    frame.level.note_location(&value.expr, location, &[name]);
                }
                return Ok(columns);
            }
            [table] => (None, *table),
            [.., schema, table] => (Some(*schema), *table),
        };
        let Some((item, crossed)) = frame.scope.item(schema, table)? else {
            return Err(Fault::new(
                SqlState::UNDEFINED_TABLE,
                format!("missing FROM-clause entry for table \"{table}\""),
            )
            .at(position(location)));
        };
        let columns: Vec<_> = item
            .columns
            .iter()
            .filter(listed)
            .map(|column| (column.name.clone(), reference(column, &crossed)))
            .collect();
        for (name, value) in &columns {
            frame.level.note_location(&value.expr, location, &[name]);
        }
        Ok(columns)
    }
}

/// The name PostgreSQL gives to an unnamed output column (`FigureColname`).
pub(super) fn figure_name(node: &protobuf::Node) -> Option<String> {
    figure(node).map(|(name, _)| name)
}

/// The name and its strength: a cast's type name yields to a stronger one.
fn figure(node: &protobuf::Node) -> Option<(String, u8)> {
    let strong = |name: &str| Some((name.to_owned(), 2));
    match node.node.as_ref()? {
        Kind::ColumnRef(reference) => strings(&reference.fields)
            .last()
            .and_then(|name| strong(name)),
        Kind::AIndirection(indirection) => {
            let field = indirection.indirection.iter().rev().find_map(string);
            field
                .and_then(strong)
                .or_else(|| figure(indirection.arg.as_deref()?))
        }
        Kind::FuncCall(call) => call.funcname.last().and_then(string).and_then(strong),
        Kind::AExpr(operation) if operation.kind() == protobuf::AExprKind::AexprNullif => {
            strong("nullif")
        }
        Kind::TypeCast(cast) => match cast.arg.as_deref().and_then(figure) {
            Some((name, strength)) if strength > 1 => Some((name, strength)),
            weak => cast
                .type_name
                .as_ref()
                .and_then(|name| name.names.last())
                .and_then(string)
                .map(|name| (name.to_owned(), 1))
                .or(weak),
        },
        Kind::CollateClause(collate) => figure(collate.arg.as_deref()?),
        Kind::GroupingFunc(_) => strong("grouping"),
        Kind::SubLink(link) => match link.sub_link_type() {
            SubLinkType::ExistsSublink => strong("exists"),
            SubLinkType::ArraySublink => strong("array"),
            SubLinkType::ExprSublink => subquery_name(link),
            _ => None,
        },
        Kind::CaseExpr(case) => match case.defresult.as_deref().and_then(figure) {
            Some((name, strength)) if strength > 1 => Some((name, strength)),
            _ => Some((String::from("case"), 1)),
        },
        Kind::AArrayExpr(_) => strong("array"),
        Kind::RowExpr(_) => strong("row"),
        Kind::CoalesceExpr(_) => strong("coalesce"),
        Kind::MinMaxExpr(extreme) => strong(if extreme.op() == protobuf::MinMaxOp::IsGreatest {
            "greatest"
        } else {
            "least"
        }),
        Kind::SqlvalueFunction(function) => value_function_name(function.op()).and_then(strong),
        _ => None,
    }
}

/// The name of the one column of a subquery, which is strong whatever it was made of.
fn subquery_name(link: &protobuf::SubLink) -> Option<(String, u8)> {
    let strong = |name: &str| Some((name.to_owned(), 2));
    let Kind::SelectStmt(query) = link.subselect.as_deref()?.node.as_ref()? else {
        return None;
    };
    let mut leaf = query;
    while let Some(left) = &leaf.larg {
        leaf = left;
    }
    if !leaf.values_lists.is_empty() {
        return strong("column1");
    }
    let Kind::ResTarget(target) = leaf.target_list.first()?.node.as_ref()? else {
        return None;
    };
    if !target.name.is_empty() {
        return strong(&target.name);
    }
    let value = target.val.as_deref()?;
    match figure_name(value) {
        Some(name) => strong(&name),
        // What `*` stands for is not known here.
        None if matches!(value.node, Some(Kind::ColumnRef(_))) => None,
        None => strong("?column?"),
    }
}

fn value_function_name(function: SqlValueFunctionOp) -> Option<&'static str> {
    use SqlValueFunctionOp as Op;
    Some(match function {
        Op::SvfopCurrentDate => "current_date",
        Op::SvfopCurrentTime | Op::SvfopCurrentTimeN => "current_time",
        Op::SvfopCurrentTimestamp | Op::SvfopCurrentTimestampN => "current_timestamp",
        Op::SvfopLocaltime | Op::SvfopLocaltimeN => "localtime",
        Op::SvfopLocaltimestamp | Op::SvfopLocaltimestampN => "localtimestamp",
        Op::SvfopCurrentRole => "current_role",
        Op::SvfopCurrentUser => "current_user",
        Op::SvfopUser => "user",
        Op::SvfopSessionUser => "session_user",
        Op::SvfopCurrentCatalog => "current_catalog",
        Op::SvfopCurrentSchema => "current_schema",
        Op::SqlvalueFunctionOpUndefined => return None,
    })
}
