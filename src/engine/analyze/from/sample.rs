//! TABLESAMPLE: manual, SELECT.
//!
//! There are no pages to choose from: both methods choose rows.

use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Volatility};
use pg_query::protobuf::{self, node::Node as Kind};

use super::super::call::apply_kernel;
use super::super::expressions::Frame;
use super::super::level::{Level, Place};
use super::super::scope::{Item, Scope, ScopeColumn, reference};
use super::super::{Analyzer, Typed, position, refused, strings};
use super::Part;
use crate::engine::functions;
use crate::ident::Oid;
use crate::pg::{Fault, SqlState, types};

impl Analyzer<'_> {
    /// Some rows of a table.
    pub(super) fn table_sample(
        &self,
        sample: &protobuf::RangeTableSample,
        left: &Scope<'_>,
    ) -> Result<Part, Fault> {
        let range = sample
            .relation
            .as_deref()
            .and_then(|node| node.node.as_ref());
        let Some(Kind::RangeVar(range)) = range else {
            return Err(Fault::unsupported("TABLESAMPLE of this FROM entry"));
        };
        let mut part = self.range_var(range, left)?;
        let relation = part.items.first().and_then(|item| item.relation.clone());
        let relation = relation.filter(|relation| self.is_table(relation.oid));
        let Some(relation) = relation else {
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                "TABLESAMPLE clause can only be applied to tables and materialized views",
            )
            .at(position(range.location)));
        };
        Self::check_method(sample)?;
        let seen = left.items.iter().chain(&part.items).cloned();
        let scope = left.beside(seen.map(Item::hidden).collect());
        let level = Level::default();
        let frame = Frame {
            scope: &scope,
            level: &level,
            place: Place::FromFunction,
        };
        let percentage = self.expressions(&sample.args, frame)?.pop();
        let percentage =
            percentage.ok_or_else(|| Fault::internal("TABLESAMPLE without an argument"))?;
        let percentage = self.sampling(percentage, types::FLOAT4, "TABLESAMPLE", &level)?;
        let seed = match sample.repeatable.as_deref() {
            Some(node) => {
                let seed = self.expression(node, frame)?;
                Some(self.sampling(seed, types::FLOAT8, "REPEATABLE", &level)?)
            }
            None => None,
        };
        let columns = part.columns();
        let key = |column: &&ScopeColumn| {
            relation.primary_key.is_empty() || relation.primary_key.contains(&column.number)
        };
        let key = columns
            .iter()
            .filter(key)
            .map(|column| reference(column, &[]));
        let chosen = chosen(percentage, seed, key.collect());
        let plan = self.apply_pending(part.plan, &level)?;
        part.plan = sampled(plan, chosen, &columns)?;
        Ok(part)
    }

    fn is_table(&self, oid: Oid) -> bool {
        let class = self.context.catalog.class_by_oid(oid);
        class.is_some_and(|class| matches!(class.kind, 'r' | 'm'))
    }

    /// 42704 for another method than the two, 2202H for arguments it does not take.
    fn check_method(sample: &protobuf::RangeTableSample) -> Result<(), Fault> {
        let names = strings(&sample.method);
        let shown = names.join(".");
        let known = match names.as_slice() {
            [name] | ["pg_catalog", name] => matches!(*name, "bernoulli" | "system"),
            _ => false,
        };
        let wrong =
            |state, message: String| Err(Fault::new(state, message).at(position(sample.location)));
        match sample.args.len() {
            _ if !known => wrong(
                SqlState::UNDEFINED_OBJECT,
                format!("tablesample method {shown} does not exist"),
            ),
            1 => Ok(()),
            given => wrong(
                SqlState::INVALID_TABLESAMPLE_ARGUMENT,
                format!("tablesample method {shown} requires 1 argument, not {given}"),
            ),
        }
    }

    /// An argument of the clause as the type it has to have.
    fn sampling(&self, value: Typed, kind: Oid, what: &str, level: &Level) -> Result<Typed, Fault> {
        let location = value.location;
        if !level.sets.borrow().is_empty() {
            return Err(Fault::new(
                SqlState::DATATYPE_MISMATCH,
                format!("argument of {what} must not return a set"),
            )
            .at(position(location)));
        }
        let value = if super::super::coerce::type_category(value.kind.oid) == 'N' {
            self.cast_to(value, kind.into(), location)?
        } else {
            value
        };
        self.require(value, kind, what)
    }
}

/// Whether a row is in the sample: by chance, or by its key and a seed.
fn chosen(percentage: Typed, seed: Option<Typed>, key: Vec<Typed>) -> Expr {
    let boolean = types::storage(types::BOOL);
    let (kernel, arguments) = match seed {
        None => (functions::sampled_by_chance(), vec![percentage]),
        Some(seed) => {
            let fixed = vec![percentage, seed];
            let arguments = [fixed, key].concat();
            (functions::sampled_by_key(), arguments)
        }
    };
    apply_kernel(
        "sampled",
        Volatility::Volatile,
        arguments,
        types::BOOL.into(),
        boolean,
        kernel,
    )
}

/// The chosen rows of a plan, with the columns of the table only.
fn sampled(plan: LogicalPlan, chosen: Expr, columns: &[ScopeColumn]) -> Result<LogicalPlan, Fault> {
    LogicalPlanBuilder::from(plan)
        .filter(chosen)
        .and_then(|builder| {
            builder.project(columns.iter().map(ScopeColumn::expr).collect::<Vec<_>>())
        })
        .and_then(LogicalPlanBuilder::build)
        .map_err(refused)
}
