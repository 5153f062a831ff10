//! Tests of a subquery that a value is among a list's elements, as equalities.
//!
//! A list of the subquery's own rows becomes rows, one for each element, and the element is equal to
//! the outer value or not. Lists of outer rows are read beside the subquery, each different one once;
//! a row of the subquery gets the lists its value is in, and those are the outer row's or not.

use datafusion::common::{Column, JoinType, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::pull::{Pulled, Puller, has_subquery, with_parameters};
use crate::engine::exec::members::{fails, fingerprint, keyed_elements, with_elements};
use crate::engine::functions::Membership;

impl Puller<'_> {
    /// Makes equalities of the tests that a value is among a list's elements, where they can be.
    pub(super) fn equated(&mut self, pulled: Pulled) -> Result<Pulled> {
        let (mut plan, mut tests) = (pulled.plan, Vec::with_capacity(pulled.tests.len()));
        for test in pulled.tests {
            let member = Membership::of(&test).filter(|member| !fails(member));
            let equal = match member {
                Some(member) => self.equality_of(&member, &plan)?,
                None => None,
            };
            tests.push(match equal {
                Some((changed, equal)) => {
                    plan = changed;
                    equal
                }
                None => test,
            });
        }
        Ok(Pulled {
            plan,
            tests,
            ..pulled
        })
    }

    /// A plan with more columns, and the equality of one of them with what the outer row has.
    fn equality_of(
        &mut self,
        member: &Membership,
        plan: &LogicalPlan,
    ) -> Result<Option<(LogicalPlan, Expr)>> {
        let (value, list) = (&member.value, &member.list);
        let own = |part: &Expr| !part.contains_outer() && !part.column_refs().is_empty();
        let of_outer = |part: &Expr| part.contains_outer() && part.column_refs().is_empty();
        if [value, list].into_iter().any(has_subquery) {
            return Ok(None);
        }
        if of_outer(value) && own(list) {
            let element = self.fresh();
            let plan = with_elements(plan.clone(), member, &element)?;
            let equal = member.key()?.eq(Expr::Column(Column::from_name(element)));
            return Ok(Some((plan, equal)));
        }
        let outer = self.outer();
        let over_outer = member.of_list(with_parameters(list.clone(), outer.parameters)?);
        if !own(value) || !of_outer(list) || !outer.repeatable || over_outer.list.contains_outer() {
            return Ok(None);
        }
        let (key, element) = (self.fresh(), self.fresh());
        let lists = keyed_elements(outer.source.clone(), &over_outer, &key, &element)?;
        let is_in = member.key()?.eq(Expr::Column(Column::from_name(element)));
        let plan = LogicalPlanBuilder::from(plan.clone())
            .join_on(lists, JoinType::Inner, [is_in])?
            .build()?;
        let equal = fingerprint(list.clone()).eq(Expr::Column(Column::from_name(key)));
        Ok(Some((plan, equal)))
    }
}
