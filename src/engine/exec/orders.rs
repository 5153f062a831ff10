//! The check that rows reach every operator in the order it needs.
//!
//! DataFusion places sorts once, by what it knows then: that a column has one value, for instance, and
//! need not be sorted by. Rules that come later merge operators, and some know less afterwards
//! (a join that took a projection in, 55.2), so that the check refuses a plan whose rows would be in
//! order. Such a plan has its sorts placed again, by all their keys.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::ensure_requirements::EnsureRequirements;
use datafusion::physical_optimizer::sanity_checker::SanityCheckPlan;
use datafusion::physical_plan::ExecutionPlan;

use super::branches::hide_from_sorted;

/// Checks a plan, and places sorts again before it is refused.
#[derive(Debug)]
pub(super) struct Orders {
    check: SanityCheckPlan,
    place: EnsureRequirements,
}

impl Orders {
    /// What DataFusion calls its check.
    pub(super) const NAME: &str = "SanityCheckPlan";

    pub(super) fn new() -> Self {
        Self {
            check: SanityCheckPlan::new(),
            place: EnsureRequirements::new(),
        }
    }
}

impl PhysicalOptimizerRule for Orders {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if let Ok(plan) = self.check.optimize(Arc::clone(&plan), config) {
            return Ok(plan);
        }
        let plan = self.place.optimize(hide_from_sorted(plan)?, config)?;
        self.check.optimize(plan, config)
    }

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn schema_check(&self) -> bool {
        true
    }
}
