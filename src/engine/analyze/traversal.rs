//! SEARCH and CYCLE of recursive queries: manual 7.8.2.
//!
//! Each row carries the way that led to it: a sequence to sort by, a path and a mark that ends it.
//! The first term begins them, and the recursive term continues what it reads of its own row.

use datafusion::logical_expr::{Expr, LogicalPlanBuilder, Volatility, when};
use pg_query::protobuf::{self, SelectStmt, SetOperation, node::Node as Kind};

use super::call::apply_kernel;
use super::coerce::storage_of;
use super::expressions::Frame;
use super::level::{Level, Place};
use super::scope::{Scope, ScopeColumn, reference};
use super::{Analyzer, Query, Typed, position, refused, string, strings};
use crate::engine::functions::{self, lift};
use crate::pg::{Fault, SqlState, types};

/// What the clauses of a query ask for, by the places of its columns.
#[derive(Debug)]
pub(super) struct Traversal {
    search: Option<Search>,
    cycle: Option<Cycle>,
    /// The columns they add.
    names: Vec<String>,
}

#[derive(Debug)]
struct Search {
    breadth_first: bool,
    by: Vec<usize>,
}

#[derive(Debug)]
struct Cycle {
    by: Vec<usize>,
    /// What the mark is on a row that was on its own path before, and on others.
    found: Typed,
    open: Typed,
}

impl Traversal {
    /// The names of the columns that the clauses add.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}

impl Analyzer<'_> {
    /// Reads the clauses of a query whose own columns are given.
    pub(super) fn traversal(
        &self,
        cte: &protobuf::CommonTableExpr,
        columns: &[ScopeColumn],
    ) -> Result<Traversal, Fault> {
        check_apart(cte)?;
        let place = |node: &protobuf::Node| {
            let name = string(node)?;
            columns.iter().position(|column| column.name == name)
        };
        let mut names = Vec::new();
        let search = cte.search_clause.as_ref().map(|search| {
            names.push(search.search_seq_column.clone());
            Search {
                breadth_first: search.search_breadth_first,
                by: search.search_col_list.iter().filter_map(place).collect(),
            }
        });
        let cycle = match cte.cycle_clause.as_deref() {
            None => None,
            Some(cycle) => {
                names.push(cycle.cycle_mark_column.clone());
                names.push(cycle.cycle_path_column.clone());
                let (found, open) = self.marks(cycle)?;
                Some(Cycle {
                    by: cycle.cycle_col_list.iter().filter_map(place).collect(),
                    found,
                    open,
                })
            }
        };
        Ok(Traversal {
            search,
            cycle,
            names,
        })
    }

    /// The two values of a mark, in their common type.
    fn marks(&self, cycle: &protobuf::CteCycleClause) -> Result<(Typed, Typed), Fault> {
        let scope = Scope::inside(None);
        let level = Level::default();
        let frame = Frame {
            scope: &scope,
            level: &level,
            place: Place::Select,
        };
        let found = self.child(cycle.cycle_mark_value.as_deref(), frame)?;
        let open = self.child(cycle.cycle_mark_default.as_deref(), frame)?;
        let values = [found, open];
        let kind = self.common_type(&values, "CYCLE")?;
        let [found, open] = values.map(|value| self.to_common(value, kind, "CYCLE"));
        let (found, open) = (found?, open?);
        found.clone().at(-1).comparable(false)?;
        Ok((found, open))
    }

    /// The first term with its rows' sequences, marks and paths.
    pub(super) fn begun(&self, traversal: &Traversal, first: Query) -> Result<Query, Fault> {
        if traversal.names.is_empty() {
            return Ok(first);
        }
        let mut added = Vec::new();
        if let Some(search) = &traversal.search {
            added.push(if search.breadth_first {
                let depth = Typed::literal(0_i64.into(), types::INT8);
                self.place_of(&first, &search.by, Some(depth))
            } else {
                list_of(self.place_of(&first, &search.by, None))
            });
        }
        if let Some(cycle) = &traversal.cycle {
            added.push(cycle.open.clone());
            added.push(list_of(self.place_of(&first, &cycle.by, None)));
        }
        self.beside(first, traversal, added)
    }

    /// The recursive term, which reads the added columns as its last ones, with its rows' own.
    pub(super) fn continued(&self, traversal: &Traversal, step: Query) -> Result<Query, Fault> {
        if traversal.names.is_empty() {
            return Ok(step);
        }
        let mut step = step;
        let own = step.columns.len() - traversal.names.len().min(step.columns.len());
        let mut read = step.columns.split_off(own).into_iter();
        let mut before = || {
            let column = read.next();
            let column = column.ok_or_else(|| Fault::internal("a way that began nowhere"))?;
            Ok::<_, Fault>(reference(&column, &[]))
        };
        let mut added = Vec::new();
        if let Some(search) = &traversal.search {
            let before = before()?;
            added.push(if search.breadth_first {
                let one = Typed::literal(1_i64.into(), types::INT8);
                let depth = self.field(&before, 0)?;
                let depth = self.operate(None, "+", Some(depth), one, -1)?;
                self.place_of(&step, &search.by, Some(depth))
            } else {
                longer(before, self.place_of(&step, &search.by, None))
            });
        }
        if let Some(cycle) = &traversal.cycle {
            let (mark, path) = (before()?, before()?);
            let row = self.place_of(&step, &cycle.by, None);
            let been = apply_kernel(
                "on_path",
                Volatility::Immutable,
                vec![row.clone(), path.clone()],
                types::BOOL.into(),
                types::storage(types::BOOL),
                functions::on_path(),
            );
            let marked = when(been, cycle.found.expr.clone())
                .otherwise(cycle.open.expr.clone())
                .map_err(refused)?;
            let ended = self.operate(None, "<>", Some(mark), cycle.found.clone(), -1)?;
            step.plan = LogicalPlanBuilder::from(step.plan)
                .filter(ended.expr)
                .and_then(LogicalPlanBuilder::build)
                .map_err(refused)?;
            added.push(Typed::new(marked, cycle.found.kind));
            added.push(longer(path, row));
        }
        self.beside(step, traversal, added)
    }

    /// A row of some columns of a query, behind another value.
    fn place_of(&self, query: &Query, by: &[usize], before: Option<Typed>) -> Typed {
        let columns = by.iter().filter_map(|at| query.columns.get(*at));
        let columns = columns.map(|column| reference(column, &[]));
        let fields: Vec<Typed> = before.into_iter().chain(columns).collect();
        let names = (1..=fields.len()).map(|at| format!("f{at}"));
        self.record(fields, names)
    }

    /// A query with more columns behind its own.
    fn beside(
        &self,
        mut query: Query,
        traversal: &Traversal,
        added: Vec<Typed>,
    ) -> Result<Query, Fault> {
        let mut output: Vec<Expr> = query.columns.iter().map(ScopeColumn::expr).collect();
        for (name, value) in traversal.names.iter().zip(added) {
            let id = self.fresh();
            query.columns.push(ScopeColumn::computed(name, &id, &value));
            output.push(value.expr.alias(id));
        }
        query.open.resize(query.columns.len(), None);
        query.locations.resize(query.columns.len(), -1);
        query.plan = LogicalPlanBuilder::from(query.plan)
            .project(output)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        Ok(query)
    }
}

/// An array of one row.
fn list_of(row: Typed) -> Typed {
    let record = row.record.clone();
    let kind = types::RECORD_ARRAY.into();
    let storage = storage_of(kind, record.as_ref());
    let kernel = lift::array();
    let list = apply_kernel(
        "array",
        Volatility::Immutable,
        vec![row],
        kind,
        storage,
        kernel,
    );
    Typed {
        record,
        ..Typed::new(list, kind)
    }
}

/// A path with one more row at its end.
fn longer(path: Typed, row: Typed) -> Typed {
    let record = row.record.clone();
    let kind = types::RECORD_ARRAY.into();
    let longer = apply_kernel(
        "path_with",
        Volatility::Immutable,
        vec![path, row],
        kind,
        storage_of(kind, record.as_ref()),
        functions::path_with(),
    );
    Typed {
        record,
        ..Typed::new(longer, kind)
    }
}

/// The recursive term of a query, made to read the added columns of the query itself as well.
pub(super) fn reading(
    term: &SelectStmt,
    cte: &protobuf::CommonTableExpr,
    names: &[String],
) -> Result<SelectStmt, Fault> {
    let set =
        |side: &SelectStmt| !matches!(side.op(), SetOperation::SetopNone | SetOperation::Undefined);
    if set(term) {
        return Err(Fault::new(
            SqlState::SYNTAX_ERROR,
            "with a SEARCH or CYCLE clause, the right side of the UNION must be a SELECT",
        ));
    }
    let Some(own) = name_of(&term.from_clause, &cte.ctename) else {
        return Err(Fault::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!(
                "with a SEARCH or CYCLE clause, the recursive reference to WITH query \"{}\" must be at the top level of its right-hand SELECT",
                cte.ctename
            ),
        ));
    };
    let mut term = term.clone();
    for name in names {
        let fields = [own, name.as_str()].map(|name| {
            node(Kind::String(protobuf::String {
                sval: name.to_owned(),
            }))
        });
        let read = node(Kind::ColumnRef(protobuf::ColumnRef {
            fields: fields.into(),
            location: -1,
        }));
        term.target_list
            .push(node(Kind::ResTarget(Box::new(protobuf::ResTarget {
                name: name.clone(),
                indirection: Vec::new(),
                val: Some(Box::new(read)),
                location: -1,
            }))));
    }
    Ok(term)
}

/// 0A000 when the first term is no plain SELECT or VALUES.
pub(super) fn check_first(first: &SelectStmt) -> Result<(), Fault> {
    match first.op() {
        SetOperation::SetopNone | SetOperation::Undefined => Ok(()),
        _ => Err(Fault::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "with a SEARCH or CYCLE clause, the left side of the UNION must be a SELECT",
        )),
    }
}

fn node(kind: Kind) -> protobuf::Node {
    protobuf::Node { node: Some(kind) }
}

/// What an entry of FROM that reads a WITH query is called.
fn name_of<'q>(from: &'q [protobuf::Node], name: &str) -> Option<&'q str> {
    from.iter().find_map(|entry| match entry.node.as_ref()? {
        Kind::RangeVar(range) if range.schemaname.is_empty() && range.relname == name => {
            let alias = range.alias.as_ref();
            Some(alias.map_or(range.relname.as_str(), |alias| alias.aliasname.as_str()))
        }
        Kind::JoinExpr(join) => [&join.larg, &join.rarg]
            .into_iter()
            .flatten()
            .find_map(|side| name_of(std::slice::from_ref(side), name)),
        _ => None,
    })
}

/// Checks the names in the clauses of a query with the given columns.
pub(super) fn check_names(
    cte: &protobuf::CommonTableExpr,
    columns: &[ScopeColumn],
) -> Result<(), Fault> {
    let known = |name: &str| columns.iter().any(|column| column.name == name);
    let wrong = |message: String, location: i32| {
        Err(Fault::new(SqlState::SYNTAX_ERROR, message).at(position(location)))
    };
    let listed = |what: &str, list: &[protobuf::Node], location: i32| {
        let names = strings(list);
        for (at, name) in names.iter().enumerate() {
            if !known(name) {
                let message = format!("{what} column \"{name}\" not in WITH query column list");
                return wrong(message, location);
            }
            if names.iter().take(at).any(|before| before == name) {
                let message = format!("{what} column \"{name}\" specified more than once");
                return Err(Fault::new(SqlState::DUPLICATE_COLUMN, message).at(position(location)));
            }
        }
        Ok(())
    };
    let fresh = |what: &str, name: &str, location: i32| {
        if !known(name) {
            return Ok(());
        }
        let message =
            format!("{what} column name \"{name}\" already used in WITH query column list");
        wrong(message, location)
    };
    if let Some(search) = &cte.search_clause {
        listed("search", &search.search_col_list, search.location)?;
        fresh(
            "search sequence",
            &search.search_seq_column,
            search.location,
        )?;
    }
    if let Some(cycle) = &cte.cycle_clause {
        listed("cycle", &cycle.cycle_col_list, cycle.location)?;
        fresh("cycle mark", &cycle.cycle_mark_column, cycle.location)?;
        fresh("cycle path", &cycle.cycle_path_column, cycle.location)?;
    }
    Ok(())
}

/// 42601 when two columns that the clauses add have one name.
fn check_apart(cte: &protobuf::CommonTableExpr) -> Result<(), Fault> {
    let mut added = Vec::new();
    let mut location = -1;
    if let Some(cycle) = &cte.cycle_clause {
        added.push(("cycle mark", &cycle.cycle_mark_column));
        added.push(("cycle path", &cycle.cycle_path_column));
        location = cycle.location;
    }
    let pair = |one: (&str, &String), other: (&str, &String), location| {
        if one.1 != other.1 {
            return Ok(());
        }
        let message = format!(
            "{} column name and {} column name are the same",
            one.0, other.0
        );
        Err(Fault::new(SqlState::SYNTAX_ERROR, message).at(position(location)))
    };
    if let [mark, path] = added.as_slice() {
        pair(*mark, *path, location)?;
    }
    if let Some(search) = &cte.search_clause {
        let sequence = ("search sequence", &search.search_seq_column);
        for other in added {
            pair(sequence, other, search.location)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_entry_is_found_inside_joins() {
        let text = "select * from a join s as x on true";
        let parsed = pg_query::parse(text, 0).unwrap().protobuf;
        let statement = parsed.stmts[0].stmt.as_ref().unwrap().node.clone().unwrap();
        let Kind::SelectStmt(query) = statement else {
            panic!("no query");
        };
        assert_eq!(name_of(&query.from_clause, "s"), Some("x"));
        assert_eq!(name_of(&query.from_clause, "b"), None);
    }
}
