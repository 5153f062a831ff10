//! How all tenants stand, for those who tell of it: metrics and alerts.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use super::planned;
use crate::config::Settings;
use crate::ident::{ProductName, TenantId};
use crate::schema::Products;
use crate::snapshot::{self, Store};
use crate::sync::Standing;
use crate::tenant::Directory;

/// What is needed to say how every product of every tenant stands.
#[derive(Debug, Clone)]
pub(super) struct Nights {
    directory: Arc<Directory>,
    store: Store,
    products: Products,
    settings: Arc<Settings>,
    late: TimeDelta,
    /// Whoever looks at everything.
    looking: Arc<Mutex<()>>,
}

/// One product of one tenant.
#[derive(Debug)]
pub(super) struct Stands {
    pub(super) tenant: TenantId,
    pub(super) product: ProductName,
    pub(super) standing: Result<Standing, snapshot::Error>,
}

impl Nights {
    pub(super) fn new(
        directory: &Arc<Directory>,
        store: &Store,
        products: &Products,
        settings: &Settings,
    ) -> Self {
        Self {
            directory: Arc::clone(directory),
            store: store.clone(),
            products: products.clone(),
            settings: Arc::new(settings.clone()),
            late: settings.late(),
            looking: Arc::default(),
        }
    }

    /// How everything stands now. The first look reads some documents of each product of each
    /// tenant, later ones only those that are new. One look at a time: who comes meanwhile waits, and
    /// finds what that one read.
    pub(super) fn all(&self) -> Vec<Stands> {
        let _turn = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let tenants = self.directory.tenants();
        let each = tenants.iter().flat_map(|tenant| {
            let nights = planned(&self.settings, &self.products, tenant);
            let products = tenant.products.iter();
            products.map(move |product| {
                let night = nights.iter().find(|one| one.job.product.name == *product);
                Stands {
                    tenant: tenant.id.clone(),
                    product: product.clone(),
                    standing: Standing::of(&self.store, &tenant.id, product, night, self.late),
                }
            })
        });
        each.collect()
    }
}
