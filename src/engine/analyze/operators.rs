//! Which function or operator a call means: PostgreSQL manual, 10.2 and 10.3.

use super::call::signature;
use super::coerce::{Wish, base_type, can_coerce, polymorphic, preferred, type_category};
use super::{Analyzer, Typed, position};
use crate::engine::catalog::system::{OperatorRow, ProcRow, system};
use crate::ident::Oid;
use crate::pg::printed::{multirange, range};
use crate::pg::typename::bare_type;
use crate::pg::{Fault, SqlState, Type, types};

/// A candidate with the argument types it would take in this call.
#[derive(Debug, Clone)]
struct Candidate<T> {
    row: T,
    arguments: Vec<Oid>,
}

/// A resolved function call.
#[derive(Debug)]
pub(super) struct Resolved {
    /// The row.
    pub(super) proc: &'static ProcRow,
    /// The declared type of each argument given (variadic ones spread).
    pub(super) declared: Vec<Oid>,
    /// Whether trailing arguments are gathered into an array.
    pub(super) gathers: bool,
    /// How many trailing defaults are to be filled in.
    pub(super) missing: usize,
}

/// Keeps the candidates that score highest, when any scores above zero.
fn best<T: Clone>(
    candidates: Vec<Candidate<T>>,
    score: impl Fn(&Candidate<T>) -> usize,
) -> Vec<Candidate<T>> {
    let top = candidates.iter().map(&score).max().unwrap_or(0);
    candidates
        .into_iter()
        .filter(|candidate| score(candidate) == top)
        .collect()
}

/// Chooses among several applicable candidates (`func_select_candidate`); `None` when it stays open.
fn select<T: Clone>(inputs: &[Oid], mut candidates: Vec<Candidate<T>>) -> Option<Candidate<T>> {
    let inputs: Vec<Oid> = inputs.iter().map(|kind| base_type(*kind)).collect();
    let known = inputs
        .iter()
        .filter(|kind| **kind != types::UNKNOWN)
        .count();
    if known > 0 {
        candidates = best(candidates, |candidate| {
            inputs
                .iter()
                .zip(&candidate.arguments)
                .filter(|(input, argument)| **input != types::UNKNOWN && input == argument)
                .count()
        });
        if candidates.len() == 1 {
            return candidates.pop();
        }
        candidates = best(candidates, |candidate| {
            inputs
                .iter()
                .zip(&candidate.arguments)
                .filter(|(input, argument)| {
                    **input != types::UNKNOWN
                        && (input == argument
                            || type_category(**input) == type_category(**argument)
                                && preferred(**argument))
                })
                .count()
        });
        if candidates.len() == 1 {
            return candidates.pop();
        }
    }
    if known == inputs.len() {
        return None;
    }
    candidates = by_category(&inputs, candidates);
    if candidates.len() == 1 {
        return candidates.pop();
    }
    // The unknown ones are taken to be what the known ones are, if those agree.
    let mut kinds = inputs.iter().filter(|kind| **kind != types::UNKNOWN);
    let kind = *kinds.next()?;
    if !kinds.all(|other| *other == kind) {
        return None;
    }
    let assumed = vec![kind; inputs.len()];
    let mut fitting = candidates.into_iter().filter(|candidate| {
        candidate
            .arguments
            .iter()
            .all(|argument| can_coerce(kind, *argument, Wish::Implicit))
            && consistent(&assumed, &candidate.arguments)
    });
    let only = fitting.next()?;
    fitting.next().is_none().then_some(only)
}

/// The step for unknown literals: a type category per position, string before others.
fn by_category<T: Clone>(inputs: &[Oid], candidates: Vec<Candidate<T>>) -> Vec<Candidate<T>> {
    let mut wanted: Vec<Option<(char, bool)>> = Vec::with_capacity(inputs.len());
    for (at, input) in inputs.iter().enumerate() {
        if *input != types::UNKNOWN {
            wanted.push(None);
            continue;
        }
        let kinds: Vec<Oid> = candidates
            .iter()
            .filter_map(|candidate| candidate.arguments.get(at).copied())
            .collect();
        let categories: Vec<char> = kinds.iter().map(|kind| type_category(*kind)).collect();
        let Some(first) = categories.first().copied() else {
            return candidates;
        };
        let category = if categories.contains(&'S') {
            'S'
        } else if categories.iter().all(|other| *other == first) {
            first
        } else {
            return candidates;
        };
        let has_preferred = kinds
            .iter()
            .any(|kind| type_category(*kind) == category && preferred(*kind));
        wanted.push(Some((category, has_preferred)));
    }
    let fits = |candidate: &Candidate<T>| {
        wanted
            .iter()
            .zip(&candidate.arguments)
            .all(|(wanted, argument)| {
                wanted.is_none_or(|(category, must_be_preferred)| {
                    type_category(*argument) == category
                        && (!must_be_preferred || preferred(*argument))
                })
            })
    };
    let kept: Vec<_> = candidates
        .iter()
        .filter(|candidate| fits(candidate))
        .cloned()
        .collect();
    if kept.is_empty() { candidates } else { kept }
}

fn applicable<T: Clone>(inputs: &[Oid], candidates: &[Candidate<T>]) -> Vec<Candidate<T>> {
    candidates
        .iter()
        .filter(|candidate| {
            inputs
                .iter()
                .zip(&candidate.arguments)
                .all(|(input, argument)| can_coerce(*input, *argument, Wish::Implicit))
                && consistent(inputs, &candidate.arguments)
        })
        .cloned()
        .collect()
}

/// What the polymorphic types of a call stand for.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Bindings {
    element: Option<Oid>,
    compatible: Option<Oid>,
    /// The range type of `anyrange` and of `anymultirange`'s ranges.
    range: Option<Oid>,
}

impl Bindings {
    /// Takes a range type; false when another one was taken, or another element.
    fn take_range(&mut self, range: Option<Oid>) -> bool {
        let Some((range, element)) = range.and_then(|range| Some((range, range::subtype(range)?)))
        else {
            return false;
        };
        let fits = self.range.is_none_or(|taken| taken == range)
            && self.element.is_none_or(|taken| taken == element);
        self.range = Some(range);
        self.element = Some(element);
        fits
    }
}

/// Settles `anyelement` and its family from the actual argument types; `None` when they disagree.
fn bind(inputs: &[Oid], declared: &[Oid]) -> Option<Bindings> {
    let mut bindings = Bindings::default();
    let mut compatible = Vec::new();
    for (input, declared) in inputs.iter().zip(declared) {
        if *input == types::UNKNOWN {
            continue;
        }
        let of_array = types::element(base_type(*input));
        match *declared {
            types::ANYELEMENT | types::ANYNONARRAY | types::ANYENUM => match bindings.element {
                Some(element) if element != *input => return None,
                _ => bindings.element = Some(*input),
            },
            types::ANYARRAY => match (bindings.element, of_array) {
                (_, None) if *input == types::ANYARRAY => bindings.element = Some(types::TEXT),
                (_, None) => return None,
                (Some(element), Some(found)) if element != found => return None,
                (_, found) => bindings.element = found,
            },
            types::ANYCOMPATIBLE | types::ANYCOMPATIBLENONARRAY => compatible.push(*input),
            types::ANYCOMPATIBLEARRAY => compatible.push(of_array?),
            types::ANYRANGE if !bindings.take_range(Some(*input)) => return None,
            types::ANYMULTIRANGE if !bindings.take_range(multirange::range_of(*input)) => {
                return None;
            }
            _ => {}
        }
    }
    if let Some(first) = compatible.first().copied() {
        let mut chosen = base_type(first);
        for kind in compatible {
            let kind = base_type(kind);
            if kind == chosen {
                continue;
            }
            if type_category(kind) != type_category(chosen) {
                return None;
            }
            if !preferred(chosen)
                && can_coerce(chosen, kind, Wish::Implicit)
                && !can_coerce(kind, chosen, Wish::Implicit)
            {
                chosen = kind;
            }
        }
        bindings.compatible = Some(chosen);
    }
    Some(bindings)
}

fn consistent(inputs: &[Oid], declared: &[Oid]) -> bool {
    !declared.iter().any(|kind| polymorphic(*kind)) || bind(inputs, declared).is_some()
}

impl Bindings {
    /// The concrete type for a declared one; undecided literals are text.
    pub(super) fn concrete(self, declared: Oid) -> Oid {
        let element = self.element.unwrap_or(types::TEXT);
        let compatible = self.compatible.unwrap_or(types::TEXT);
        match declared {
            types::ANYELEMENT | types::ANYNONARRAY | types::ANYENUM => element,
            types::ANYARRAY => types::array_of(element).unwrap_or(types::TEXT_ARRAY),
            types::ANYCOMPATIBLE | types::ANYCOMPATIBLENONARRAY => compatible,
            types::ANYCOMPATIBLEARRAY => types::array_of(compatible).unwrap_or(types::TEXT_ARRAY),
            types::ANYRANGE => self.range.unwrap_or(types::ANYRANGE),
            types::ANYMULTIRANGE => self
                .range
                .and_then(multirange::over)
                .unwrap_or(types::ANYMULTIRANGE),
            other => other,
        }
    }
}

impl Analyzer<'_> {
    /// Coerces arguments to a signature and says the concrete result type.
    pub(super) fn fit(
        &self,
        arguments: Vec<Typed>,
        declared: &[Oid],
        result: Oid,
    ) -> Result<(Vec<Typed>, Oid), Fault> {
        let inputs: Vec<Oid> = arguments.iter().map(input_type).collect();
        let bindings = bind(&inputs, declared).unwrap_or_default();
        if declared.iter().any(|kind| polymorphic(*kind))
            && bindings.element.is_none()
            && bindings.compatible.is_none()
            && declared.iter().all(|kind| {
                !matches!(
                    *kind,
                    types::ANYCOMPATIBLE | types::ANYCOMPATIBLEARRAY | types::ANYCOMPATIBLENONARRAY
                )
            })
        {
            return Err(Fault::new(
                SqlState::DATATYPE_MISMATCH,
                "could not determine polymorphic type because input has type unknown",
            ));
        }
        let fitted = arguments
            .into_iter()
            .zip(declared)
            .map(|(argument, declared)| {
                let target = bindings.concrete(*declared);
                let (kind, location) = (argument.kind, argument.location);
                if target == types::ANY {
                    // `pg_typeof` is the one function that sees what a literal was.
                    let open = argument.unknown.is_some() && result == types::REGTYPE;
                    let mut argument = self.settled(argument)?;
                    if open {
                        argument.kind = Type::plain(types::UNKNOWN);
                    }
                    return Ok(argument);
                }
                if target == kind.oid && argument.unknown.is_none() {
                    return Ok(argument);
                }
                if kind.oid == types::ANYARRAY && target == types::TEXT_ARRAY {
                    // Bounds of histograms are kept as text, whatever their column's type.
                    return Ok(Typed {
                        kind: Type::plain(target),
                        ..argument
                    });
                }
                self.coerce(argument, Type::plain(target), Wish::Implicit)?
                    .ok_or_else(|| {
                        Fault::internal(format!(
                            "argument of type {} does not coerce to {target}",
                            kind.oid
                        ))
                        .at(position(location))
                    })
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok((fitted, bindings.concrete(result)))
    }

    /// The schemas in which a function may be.
    fn function_spaces(&self, schema: Option<&str>) -> Vec<Oid> {
        let names = match schema {
            Some(schema) => vec![schema.to_owned()],
            None => self.search_path(),
        };
        let found = |name: &String| self.context.catalog.namespace(name);
        let spaces = names.iter().filter_map(found);
        spaces.map(|space| space.oid).collect()
    }

    /// Resolves a function name and arguments; `None` when nothing fits and a cast may be meant.
    pub(super) fn resolve_function(
        &self,
        schema: Option<&str>,
        name: &str,
        arguments: &[Typed],
        names: &[Option<String>],
        variadic: bool,
        location: i32,
    ) -> Result<Option<Resolved>, Fault> {
        let inputs: Vec<Oid> = arguments.iter().map(input_type).collect();
        let spaces = self.function_spaces(schema);
        let candidates = function_candidates(&spaces, name, inputs.len(), names, variadic);
        let unwrap = |candidate: Candidate<(&'static ProcRow, bool, usize)>| {
            let (proc, gathers, missing) = candidate.row;
            Some(Resolved {
                proc,
                declared: candidate.arguments,
                gathers,
                missing,
            })
        };
        if let Some(exact) = candidates
            .iter()
            .find(|candidate| candidate.arguments == inputs)
        {
            return Ok(unwrap(exact.clone()));
        }
        let mut fitting = applicable(&inputs, &candidates);
        // A plain signature is preferred to one that gathers its arguments or fills in defaults.
        if fitting.len() > 1 && fitting.iter().any(|candidate| !candidate.row.1) {
            fitting.retain(|candidate| !candidate.row.1);
        }
        if fitting.len() > 1 {
            let fewest = fitting
                .iter()
                .map(|candidate| candidate.row.2)
                .min()
                .unwrap_or(0);
            fitting.retain(|candidate| candidate.row.2 == fewest);
        }
        match fitting.len() {
            0 => Ok(None),
            1 => Ok(fitting.pop().and_then(unwrap)),
            _ => match select(&inputs, fitting) {
                Some(candidate) => Ok(unwrap(candidate)),
                None => Err(Fault::new(
                    SqlState::AMBIGUOUS_FUNCTION,
                    format!("function {} is not unique", signature(&qualified(schema, name), inputs.iter().copied())),
                )
                .hint("Could not choose a best candidate function. You might need to add explicit type casts.")
                .at(position(location))),
            },
        }
    }

    /// 3F000 unless there is such a schema.
    pub(super) fn known_schema(&self, schema: &str, location: i32) -> Result<(), Fault> {
        if self.context.catalog.schema_exists(schema) {
            return Ok(());
        }
        Err(Fault::new(
            SqlState::INVALID_SCHEMA_NAME,
            format!("schema \"{schema}\" does not exist"),
        )
        .at(position(location)))
    }

    /// 42883 for a function.
    pub(super) fn no_function(
        schema: Option<&str>,
        name: &str,
        arguments: &[Typed],
        names: &[Option<String>],
        location: i32,
    ) -> Fault {
        let kinds: Vec<_> = arguments
            .iter()
            .enumerate()
            .map(|(at, argument)| {
                let kind = bare_type(input_type(argument));
                match names.get(at) {
                    Some(Some(name)) => format!("{name} => {kind}"),
                    _ => kind,
                }
            })
            .collect();
        let shown = format!("{}({})", qualified(schema, name), kinds.join(", "));
        Fault::new(
            SqlState::UNDEFINED_FUNCTION,
            format!("function {shown} does not exist"),
        )
        .hint("No function matches the given name and argument types. You might need to add explicit type casts.")
        .at(position(location))
    }

    /// Resolves an operator; `left` is `None` for a prefix operator.
    pub(super) fn resolve_operator(
        &self,
        schema: Option<&str>,
        name: &str,
        left: Option<&Typed>,
        right: &Typed,
        location: i32,
    ) -> Result<&'static OperatorRow, Fault> {
        if let Some(schema) = schema {
            self.known_schema(schema, location)?;
        }
        if schema.is_some_and(|schema| schema != "pg_catalog") {
            return Err(no_operator(schema, name, left, right, location));
        }
        let inputs: Vec<Oid> = left.into_iter().chain([right]).map(input_type).collect();
        // What was found once for these types is found again in a statement that says it often.
        let mut resolved = self.operators.borrow_mut();
        let known = resolved.get(name).and_then(|known| known.get(&inputs));
        if let Some(row) = known {
            return Ok(row);
        }
        match operator(name, &inputs) {
            Choice::One(row) => {
                let known = resolved.entry(name.to_owned()).or_default();
                known.insert(inputs, row);
                Ok(row)
            }
            Choice::Several => Err(Fault::new(
                SqlState::AMBIGUOUS_FUNCTION,
                format!("operator is not unique: {}", operation(schema, name, left, right)),
            )
            .hint("Could not choose a best candidate operator. You might need to add explicit type casts.")
            .at(position(location))),
            Choice::None => Err(no_operator(schema, name, left, right, location)),
        }
    }
}

/// What a name means for given types.
enum Choice {
    None,
    One(&'static OperatorRow),
    Several,
}

/// The operator of a name for one or two types.
fn operator(name: &str, inputs: &[Oid]) -> Choice {
    let candidates: Vec<Candidate<&'static OperatorRow>> = system()
        .operators_by_name(name)
        .iter()
        .filter(|row| row.left.valid() == (inputs.len() > 1))
        .map(|row| Candidate {
            row,
            arguments: if row.left.valid() {
                vec![row.left, row.right]
            } else {
                vec![row.right]
            },
        })
        .collect();
    if let Some(found) = exact_operator(inputs, &candidates) {
        return Choice::One(found);
    }
    let mut fitting = applicable(inputs, &candidates);
    if fitting.len() == 1
        && let Some(only) = fitting.pop()
    {
        return Choice::One(only.row);
    }
    let several = !fitting.is_empty();
    match select(inputs, fitting) {
        Some(candidate) => Choice::One(candidate.row),
        None if several => Choice::Several,
        None => Choice::None,
    }
}

/// An exact match, an unknown side being taken for the other's type (manual 10.2, step 2a).
fn exact_operator(
    inputs: &[Oid],
    candidates: &[Candidate<&'static OperatorRow>],
) -> Option<&'static OperatorRow> {
    let assumed: Vec<Oid> = match inputs {
        [left, right] if *left == types::UNKNOWN && *right != types::UNKNOWN => {
            vec![*right, *right]
        }
        [left, right] if *right == types::UNKNOWN && *left != types::UNKNOWN => vec![*left, *left],
        other => other.to_vec(),
    };
    let find = |kinds: &[Oid]| {
        candidates
            .iter()
            .find(|candidate| candidate.arguments == kinds)
            .map(|candidate| candidate.row)
    };
    find(&assumed).or_else(|| {
        let based: Vec<Oid> = assumed.iter().map(|kind| base_type(*kind)).collect();
        (based != assumed).then(|| find(&based)).flatten()
    })
}

fn function_candidates(
    spaces: &[Oid],
    name: &str,
    count: usize,
    names: &[Option<String>],
    variadic: bool,
) -> Vec<Candidate<(&'static ProcRow, bool, usize)>> {
    let mut candidates = Vec::new();
    for proc in system().procs_by_name(name) {
        if !spaces.contains(&proc.namespace) || proc.kind == 'p' {
            continue;
        }
        let declared = proc.arguments.len();
        // Without the word VARIADIC the last parameter always stands for its elements.
        let spreads = proc.variadic.valid()
            && !variadic
            && count >= declared
            && names.iter().all(Option::is_none);
        if !spreads && let Some(order) = named_order(proc, names) {
            let missing = declared.saturating_sub(count);
            if count <= declared && missing <= proc.defaults {
                let arguments = order
                    .iter()
                    .filter_map(|at| proc.arguments.get(*at).copied())
                    .collect();
                candidates.push(Candidate {
                    row: (proc, false, missing),
                    arguments,
                });
            }
        }
        if spreads {
            let mut arguments: Vec<Oid> =
                proc.arguments.iter().copied().take(declared - 1).collect();
            arguments.resize(count, proc.variadic);
            candidates.push(Candidate {
                row: (proc, true, 0),
                arguments,
            });
        }
    }
    candidates
}

/// For each argument given, the parameter it fills; `None` when a name is unknown or taken.
pub(super) fn named_order(proc: &ProcRow, names: &[Option<String>]) -> Option<Vec<usize>> {
    let mut order = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        let target = match name {
            None => at,
            Some(name) => proc.argument_names.iter().position(|other| other == name)?,
        };
        if order.contains(&target) {
            return None;
        }
        order.push(target);
    }
    Some(order)
}

fn qualified(schema: Option<&str>, name: &str) -> String {
    schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"))
}

/// The type an argument counts as during resolution.
pub(super) fn input_type(value: &Typed) -> Oid {
    if value.unknown.is_some() {
        types::UNKNOWN
    } else {
        value.kind.oid
    }
}

fn operation(schema: Option<&str>, name: &str, left: Option<&Typed>, right: &Typed) -> String {
    let kind = |value: &Typed| bare_type(input_type(value));
    let name = qualified(schema, name);
    match left {
        Some(left) => format!("{} {name} {}", kind(left), kind(right)),
        None => format!("{name} {}", kind(right)),
    }
}

fn no_operator(
    schema: Option<&str>,
    name: &str,
    left: Option<&Typed>,
    right: &Typed,
    location: i32,
) -> Fault {
    let hint = if left.is_some() {
        "No operator matches the given name and argument types. You might need to add explicit type casts."
    } else {
        "No operator matches the given name and argument type. You might need to add an explicit type cast."
    };
    let shown = operation(schema, name, left, right);
    Fault::new(
        SqlState::UNDEFINED_FUNCTION,
        format!("operator does not exist: {shown}"),
    )
    .hint(hint)
    .at(position(location))
}
