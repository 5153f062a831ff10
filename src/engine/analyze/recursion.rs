//! WITH RECURSIVE: which queries read themselves or each other, and where they may (manual 7.8.2).

use pg_query::NodeRef;
use pg_query::protobuf::{self, JoinType, SelectStmt, SetOperation, node::Node as Kind};

use super::level::Level;
use super::position;
use super::scope::Scope;
use super::select::location_of;
use crate::pg::{Fault, SqlState};

/// A query of a WITH clause.
pub(super) struct Item<'q> {
    pub(super) cte: &'q protobuf::CommonTableExpr,
    pub(super) query: &'q SelectStmt,
    /// It reads itself.
    pub(super) recursive: bool,
}

impl<'q> Item<'q> {
    pub(super) fn new(cte: &'q protobuf::CommonTableExpr) -> Result<Self, Fault> {
        let query = cte.ctequery.as_deref().and_then(|node| node.node.as_ref());
        let Some(Kind::SelectStmt(query)) = query else {
            return Err(
                Fault::unsupported("a data-modifying statement in WITH").at(position(cte.location))
            );
        };
        Ok(Self {
            cte,
            query,
            recursive: false,
        })
    }
}

/// Puts the queries in an order in which each reads earlier ones only, and checks those that read
/// themselves.
pub(super) fn settle(items: &mut [Item<'_>]) -> Result<(), Fault> {
    for at in 0..items.len() {
        let ready = (at..items.len()).find(|candidate| {
            let own = items.get(*candidate);
            own.is_some_and(|own| {
                let others = items.iter().skip(at);
                let mut others = others.filter(|other| other.cte.ctename != own.cte.ctename);
                !others.any(|other| reads(own.query, &other.cte.ctename))
            })
        });
        match ready {
            Some(ready) => {
                if let Some(moved) = items.get_mut(at..=ready) {
                    moved.rotate_right(1);
                }
            }
            None => {
                let location = items.get(at).map_or(-1, |item| item.cte.location);
                return Err(Fault::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    "mutual recursion between WITH items is not implemented",
                )
                .at(position(location)));
            }
        }
    }
    for item in items {
        item.recursive = reads(item.query, &item.cte.ctename);
        if item.recursive {
            check(item)?;
        }
    }
    Ok(())
}

/// The recursive term of a query has no aggregates.
pub(super) fn no_aggregates(
    from: &[protobuf::Node],
    level: &Level,
    scope: &Scope<'_>,
) -> Result<(), Fault> {
    match level.aggregates.borrow().first() {
        Some(aggregate) if reads_itself(from, scope) => Err(Fault::new(
            SqlState::INVALID_RECURSION,
            "aggregate functions are not allowed in a recursive query's recursive term",
        )
        .at(position(aggregate.location))),
        _ => Ok(()),
    }
}

/// Whether a FROM clause itself reads the query that it is the recursive term of.
fn reads_itself(from: &[protobuf::Node], scope: &Scope<'_>) -> bool {
    from.iter().any(|node| match node.node.as_ref() {
        Some(Kind::RangeVar(range)) if range.schemaname.is_empty() => {
            let cte = scope.cte(&range.relname);
            cte.is_some_and(|cte| cte.work_table.is_some())
        }
        Some(Kind::JoinExpr(join)) => [&join.larg, &join.rarg]
            .into_iter()
            .flatten()
            .any(|side| reads_itself(std::slice::from_ref(side), scope)),
        _ => false,
    })
}

/// Whether a query reads a WITH item of this name that is not its own.
fn reads(query: &SelectStmt, name: &str) -> bool {
    let mut found = Found {
        name,
        hidden: Vec::new(),
        references: 0,
    };
    found.query(query, Place::Counted).is_err() || found.references > 0
}

fn check(item: &Item<'_>) -> Result<(), Fault> {
    let (cte, query) = (item.cte, item.query);
    let (SetOperation::SetopUnion, Some(first), Some(rest)) =
        (query.op(), query.larg.as_deref(), query.rarg.as_deref())
    else {
        return Err(Fault::new(
            SqlState::INVALID_RECURSION,
            format!("recursive query \"{}\" does not have the form non-recursive-term UNION [ALL] recursive-term", cte.ctename),
        )
        .at(position(cte.location)));
    };
    let mut found = Found {
        name: &cte.ctename,
        hidden: Vec::new(),
        references: 0,
    };
    found.query(first, Place::First)?;
    found.query(rest, Place::Allowed)?;
    if let Some(with) = &query.with_clause {
        found.with(with, Place::Subquery)?;
    }
    let clauses = [
        (query.sort_clause.first(), "ORDER BY"),
        (query.limit_offset.as_deref(), "OFFSET"),
        (query.limit_count.as_deref(), "LIMIT"),
        (query.locking_clause.first(), "FOR UPDATE/SHARE"),
    ];
    for (node, what) in clauses {
        if let Some(node) = node {
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!("{what} in a recursive query is not implemented"),
            )
            .at(position(location_of(node))));
        }
    }
    Ok(())
}

/// What a reference to the query itself is, where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Only counted.
    Counted,
    Allowed,
    First,
    Subquery,
    OuterJoin,
    Intersect,
    Except,
}

impl Place {
    fn words(self) -> Option<&'static str> {
        match self {
            Self::Counted | Self::Allowed => None,
            Self::First => Some("its non-recursive term"),
            Self::Subquery => Some("a subquery"),
            Self::OuterJoin => Some("an outer join"),
            Self::Intersect => Some("INTERSECT"),
            Self::Except => Some("EXCEPT"),
        }
    }

    /// Where `place` is inside this one.
    fn inside(self, place: Self) -> Self {
        if self == Self::Allowed { place } else { self }
    }
}

struct Found<'n> {
    name: &'n str,
    /// Names that inner WITH clauses give to something else.
    hidden: Vec<String>,
    references: usize,
}

impl Found<'_> {
    fn reference(&mut self, range: &protobuf::RangeVar, place: Place) -> Result<(), Fault> {
        let own = range.schemaname.is_empty() && range.relname == self.name;
        if !own || self.hidden.iter().any(|hidden| hidden == self.name) {
            return Ok(());
        }
        self.references += 1;
        let wrong = match place.words() {
            Some(words) => format!("must not appear within {words}"),
            None if place == Place::Allowed && self.references > 1 => {
                String::from("must not appear more than once")
            }
            None => return Ok(()),
        };
        Err(Fault::new(
            SqlState::INVALID_RECURSION,
            format!("recursive reference to query \"{}\" {wrong}", self.name),
        )
        .at(position(range.location)))
    }

    fn query(&mut self, query: &SelectStmt, place: Place) -> Result<(), Fault> {
        let known = self.hidden.len();
        if let Some(with) = &query.with_clause {
            self.with(with, place)?;
        }
        match (query.op(), query.larg.as_deref(), query.rarg.as_deref()) {
            (SetOperation::SetopIntersect, Some(left), Some(right)) if query.all => {
                let place = place.inside(Place::Intersect);
                self.query(left, place)?;
                self.query(right, place)?;
            }
            (SetOperation::SetopExcept, Some(left), Some(right)) => {
                self.query(left, place)?;
                self.query(right, place.inside(Place::Except))?;
            }
            (_, Some(left), Some(right)) => {
                self.query(left, place)?;
                self.query(right, place)?;
            }
            _ => {
                // PostgreSQL's order: targets, FROM, then the other clauses.
                self.within(&query.target_list, place)?;
                for node in &query.from_clause {
                    self.entry(node, place)?;
                }
            }
        }
        for clause in [
            &query.group_clause,
            &query.window_clause,
            &query.values_lists,
            &query.sort_clause,
        ] {
            self.within(clause, place)?;
        }
        let single = [
            &query.where_clause,
            &query.having_clause,
            &query.limit_offset,
            &query.limit_count,
        ];
        for node in single.into_iter().flatten() {
            self.within(std::slice::from_ref(node), place)?;
        }
        self.hidden.truncate(known);
        Ok(())
    }

    fn with(&mut self, with: &protobuf::WithClause, place: Place) -> Result<(), Fault> {
        let ctes = || {
            with.ctes
                .iter()
                .filter_map(|node| match node.node.as_ref() {
                    Some(Kind::CommonTableExpr(cte)) => Some(cte),
                    _ => None,
                })
        };
        if with.recursive {
            self.hidden.extend(ctes().map(|cte| cte.ctename.clone()));
        }
        for cte in ctes() {
            let query = cte.ctequery.as_deref().and_then(|node| node.node.as_ref());
            if let Some(Kind::SelectStmt(query)) = query {
                self.query(query, place)?;
            }
            self.hidden.push(cte.ctename.clone());
        }
        Ok(())
    }

    /// An entry of FROM.
    fn entry(&mut self, node: &protobuf::Node, place: Place) -> Result<(), Fault> {
        match node.node.as_ref() {
            Some(Kind::RangeVar(range)) => self.reference(range, place),
            Some(Kind::RangeSubselect(range)) => {
                match range
                    .subquery
                    .as_deref()
                    .and_then(|node| node.node.as_ref())
                {
                    Some(Kind::SelectStmt(query)) => self.query(query, place),
                    _ => Ok(()),
                }
            }
            Some(Kind::JoinExpr(join)) => {
                let outer = place.inside(Place::OuterJoin);
                let (left, right) = match join.jointype() {
                    JoinType::JoinLeft => (place, outer),
                    JoinType::JoinRight => (outer, place),
                    JoinType::JoinFull => (outer, outer),
                    _ => (place, place),
                };
                for (side, place) in [(&join.larg, left), (&join.rarg, right)] {
                    if let Some(node) = side {
                        self.entry(node, place)?;
                    }
                }
                match &join.quals {
                    Some(quals) => self.within(std::slice::from_ref(quals), place),
                    None => Ok(()),
                }
            }
            _ => self.within(std::slice::from_ref(node), place),
        }
    }

    /// Expressions: what is read in them is read in a subquery.
    fn within(&mut self, nodes: &[protobuf::Node], place: Place) -> Result<(), Fault> {
        for node in nodes {
            let Some(node) = node.node.as_ref() else {
                continue;
            };
            for (found, ..) in node.nodes() {
                if let NodeRef::RangeVar(range) = found {
                    self.reference(range, place.inside(Place::Subquery))?;
                }
            }
        }
        Ok(())
    }
}
