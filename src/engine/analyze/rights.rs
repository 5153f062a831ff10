//! What the role of the session may read and call, where not everybody may.
//!
//! As in PostgreSQL a statement is refused after it has been understood: a mistake in it comes
//! first. Views read with the rights of their owner.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};

use super::scope::ScopeColumn;
use super::{Analyzer, refused};
use crate::engine::catalog::privilege;
use crate::engine::catalog::system::ProcRow;
use crate::engine::catalog::{Class, Relation};
use crate::engine::exec::apply::Apply;
use crate::ident::Oid;
use crate::pg::{Fault, SqlState};

/// A relation that the role may not read as a whole.
pub(super) struct Guarded {
    class: Arc<Class>,
    columns: Vec<ScopeColumn>,
}

impl Analyzer<'_> {
    fn role(&self) -> Oid {
        let role = self.context.catalog.role_oid(&self.context.role);
        role.unwrap_or_default()
    }

    /// Remembers a relation of FROM that is not everybody's to read.
    pub(super) fn note_read(&self, relation: &Relation, columns: &[ScopeColumn]) {
        let catalog = &self.context.catalog;
        let Some(class) = catalog.class_by_oid(relation.oid) else {
            return;
        };
        if !self.in_view() && !catalog.may_table(self.role(), class, &[privilege::SELECT]) {
            self.guarded.borrow_mut().push(Guarded {
                class: Arc::clone(class),
                columns: columns.to_vec(),
            });
        }
    }

    /// Refuses a statement whose plan reads what the role may not.
    ///
    /// # Errors
    /// 42501.
    pub(super) fn check_reads(&self, plan: &LogicalPlan) -> Result<(), Fault> {
        let guarded = self.guarded.borrow();
        if guarded.is_empty() {
            return Ok(());
        }
        let mut found = Found::default();
        found.look(plan).map_err(refused)?;
        let (catalog, role) = (&self.context.catalog, self.role());
        for Guarded { class, columns } in guarded.iter() {
            let may = |column: &ScopeColumn| {
                let column = class.column(column.number);
                column.is_some_and(|column| {
                    catalog.may_column(role, class, column, &[privilege::SELECT])
                })
            };
            // What a common table expression that nobody asks would read is not read.
            if !columns.iter().any(|column| found.made.contains(&column.id)) {
                continue;
            }
            let mut read = columns
                .iter()
                .filter(|column| found.read.contains(&column.id));
            // Who reads no column, only how many rows there are, needs the right to any.
            let allowed = match read.next() {
                None => columns.iter().any(may),
                Some(first) => may(first) && read.all(may),
            };
            if !allowed {
                let what = if class.kind == 'v' { "view" } else { "table" };
                return Err(denied(what, &class.name));
            }
        }
        Ok(())
    }

    /// Refuses a call that the role may not make.
    ///
    /// # Errors
    /// 42501.
    pub(super) fn check_call(&self, proc: &ProcRow) -> Result<(), Fault> {
        let open = proc.acl.is_none() || self.in_view();
        if open || self.context.catalog.may_call(self.role(), proc) {
            return Ok(());
        }
        Err(denied("function", &proc.name))
    }
}

fn denied(what: &str, name: &str) -> Fault {
    Fault::new(
        SqlState::INSUFFICIENT_PRIVILEGE,
        format!("permission denied for {what} {name}"),
    )
}

/// The ids of columns in a plan.
#[derive(Default)]
struct Found {
    made: HashSet<String>,
    read: HashSet<String>,
}

impl Found {
    fn look(&mut self, plan: &LogicalPlan) -> Result<(), DataFusionError> {
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::Extension(extension) = node
                && let Some(apply) = extension.node.as_any().downcast_ref::<Apply>()
            {
                self.look(apply.inner())?;
            }
            let projects = matches!(node, LogicalPlan::Projection(_));
            for expression in node.expressions() {
                // Columns that a step only hands on, for others to take what they need.
                if projects && matches!(expression, Expr::Column(_)) {
                    continue;
                }
                expression.apply(|part| {
                    match part {
                        Expr::Alias(alias) => {
                            self.made.insert(alias.name.clone());
                        }
                        Expr::Column(column) | Expr::OuterReferenceColumn(_, column) => {
                            self.read.insert(column.name.clone());
                        }
                        _ => {}
                    }
                    Ok(TreeNodeRecursion::Continue)
                })?;
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(())
    }
}
