//! PostgreSQL 15's own types, functions, operators and casts, as data.

use std::sync::LazyLock;

use crate::ident::Oid;

/// A row of `pg_type`.
#[derive(Debug, Clone)]
pub(crate) struct TypeRow {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) namespace: Oid,
    pub(crate) length: i16,
    /// `b` base, `c` composite, `d` domain, `e` enum, `p` pseudo, `r` range, `m` multirange.
    pub(crate) kind: char,
    pub(crate) category: char,
    pub(crate) preferred: bool,
    pub(crate) relation: Oid,
    pub(crate) element: Oid,
    pub(crate) array: Oid,
    /// The type a domain is over.
    pub(crate) base: Oid,
    pub(crate) base_modifier: i32,
}

/// A row of `pg_proc`.
#[derive(Debug, Clone)]
pub(crate) struct ProcRow {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) namespace: Oid,
    /// `f` function, `a` aggregate, `w` window, `p` procedure.
    pub(crate) kind: char,
    pub(crate) strict: bool,
    pub(crate) returns_set: bool,
    /// `i` immutable, `s` stable, `v` volatile.
    pub(crate) volatility: char,
    /// How many trailing arguments have defaults.
    pub(crate) defaults: usize,
    /// The defaults of those arguments as SQL text, in order (`pg_get_expr` of each).
    pub(crate) default_texts: Vec<String>,
    /// Element type of the variadic argument, or invalid.
    pub(crate) variadic: Oid,
    pub(crate) result: Oid,
    /// Input argument types (`proargtypes`).
    pub(crate) arguments: Vec<Oid>,
    /// Names of the input arguments, empty strings where unnamed; empty when none has a name.
    pub(crate) argument_names: Vec<String>,
    /// OUT columns (name, type) of functions returning record, in order.
    pub(crate) out_columns: Vec<(String, Oid)>,
    pub(crate) source: String,
    /// `pg_aggregate.aggkind` (`n`, `o`, `h`) and `aggnumdirectargs` for aggregates.
    pub(crate) aggregate: Option<(char, usize)>,
}

/// A row of `pg_operator`.
#[derive(Debug, Clone)]
pub(crate) struct OperatorRow {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) namespace: Oid,
    /// Invalid for a prefix operator.
    pub(crate) left: Oid,
    pub(crate) right: Oid,
    pub(crate) result: Oid,
    /// The function that does it.
    pub(crate) code: Oid,
    pub(crate) commutator: Oid,
    pub(crate) negator: Oid,
}

/// A row of `pg_cast`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CastRow {
    pub(crate) source: Oid,
    pub(crate) target: Oid,
    /// Invalid unless `method` is `f`.
    pub(crate) function: Oid,
    /// `i` implicit, `a` assignment, `e` explicit.
    pub(crate) context: char,
    /// `f` function, `i` through text input/output, `b` binary coercible.
    pub(crate) method: char,
}

/// PostgreSQL's own objects, indexed for resolution.
#[derive(Debug, Default)]
pub(crate) struct System {
    // Rows and indexes; filled by the loader.
}

/// The one instance, loaded on first use.
pub(crate) fn system() -> &'static System {
    static SYSTEM: LazyLock<System> = LazyLock::new(System::default);
    &SYSTEM
}

impl System {
    /// A type by oid.
    pub(crate) fn type_by_oid(&self, oid: Oid) -> Option<&TypeRow> {
        let _ = oid;
        None
    }

    /// A type of `pg_catalog` (or `information_schema`) by its `pg_type` name, such as `int4` or `_text`.
    pub(crate) fn type_by_name(&self, name: &str) -> Option<&TypeRow> {
        let _ = name;
        None
    }

    /// A function by oid.
    pub(crate) fn proc_by_oid(&self, oid: Oid) -> Option<&ProcRow> {
        let _ = oid;
        None
    }

    /// All functions of a name, in any system schema.
    pub(crate) fn procs_by_name(&self, name: &str) -> &[ProcRow] {
        let _ = name;
        &[]
    }

    /// The oid behind `name(type,type)` written with `pg_type` names: none or one.
    pub(crate) fn procs_by_signature(&self, signature: &str) -> Option<Oid> {
        let _ = signature;
        None
    }

    /// All operators of a name.
    pub(crate) fn operators_by_name(&self, name: &str) -> &[OperatorRow] {
        let _ = name;
        &[]
    }

    /// The cast from one type to another.
    pub(crate) fn cast(&self, source: Oid, target: Oid) -> Option<&CastRow> {
        let _ = (source, target);
        None
    }
}
