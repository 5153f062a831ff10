//! What the door decides, as types: screened, candidate, admission.

use std::net::IpAddr;
use std::sync::Arc;

use tracing::info;

use super::allow;
use super::credential::Verifier;
use super::directory::{Directory, Entry};
use super::record::{Role, Tenant};
use crate::ident::{DatabaseName, ProductName, RoleName, TenantId};
use crate::pg::{Fault, SqlState};

/// Proof that a client may open a session: only [`Directory`] makes one.
#[derive(Debug, Clone)]
pub struct Admission {
    tenant: TenantId,
    as_of: Option<Arc<str>>,
    role: RoleName,
    products: Arc<[ProductName]>,
    connections: Option<usize>,
    // Which password opened it: a later one ends the session.
    password: [u8; 32],
}

impl Admission {
    /// The tenant.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The time the name of the database asks for, as it was written there.
    pub fn as_of(&self) -> Option<&str> {
        self.as_of.as_deref()
    }

    /// The name of the database: the tenant, or the tenant at a time.
    pub fn database(&self) -> String {
        match &self.as_of {
            Some(as_of) => format!("{}@{as_of}", self.tenant),
            None => self.tenant.to_string(),
        }
    }

    /// The role that logged in.
    pub fn role(&self) -> &RoleName {
        &self.role
    }

    /// The tenant's products, in the order of its file.
    pub fn products(&self) -> &[ProductName] {
        &self.products
    }

    /// How many connections the role may hold, when its file says so.
    pub fn connection_limit(&self) -> Option<usize> {
        self.connections
    }

    fn of(tenant: &Tenant, role: &Role, as_of: Option<Arc<str>>) -> Self {
        Self {
            tenant: tenant.id.clone(),
            as_of,
            role: role.name.clone(),
            products: tenant.products.clone().into(),
            connections: role.connections,
            password: role.verifier.stored_key,
        }
    }

    /// The same admission to the tenant's database at a time.
    #[cfg(test)]
    pub(crate) fn at(self, as_of: &str) -> Self {
        let as_of = Some(Arc::from(as_of));
        Self { as_of, ..self }
    }

    /// An admission for unit tests of what comes after the door.
    #[cfg(test)]
    pub(crate) fn for_tests(tenant: &str, role: &str, products: &[&str]) -> Self {
        Self {
            tenant: tenant.parse().unwrap(),
            as_of: None,
            role: role.parse().unwrap(),
            products: products.iter().map(|name| name.parse().unwrap()).collect(),
            connections: None,
            password: [0; 32],
        }
    }
}

/// What the door knows of an address before anything else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screened {
    /// On at least one tenant's list.
    Known,
    /// On none.
    Stranger,
}

/// A client that named a tenant and a role and has not proved itself yet.
///
/// It carries a verifier in either case: a doomed one, that no password fits, for an unknown role.
/// What is known of the role is put to use only once the client has answered, so that the question
/// comes as fast to everybody.
#[derive(Debug)]
pub struct Candidate {
    verifier: Verifier,
    entry: Arc<Entry>,
    /// Which role of the tenant, or why none.
    role: Result<usize, &'static str>,
    /// The time the database's name asks for.
    as_of: Option<Arc<str>>,
}

impl Candidate {
    /// The verifier to hold the client's proof against.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Turns into an admission after the proof of SCRAM held; a doomed candidate never does.
    pub fn proved(&self) -> Option<Admission> {
        let tenant = &self.entry.tenant;
        let role = tenant.roles.get(self.role.ok()?)?;
        Some(Admission::of(tenant, role, self.as_of.clone()))
    }

    /// Why the login failed, for the operator's log.
    pub fn failure(&self) -> &'static str {
        self.role.err().unwrap_or("the password is wrong")
    }
}

impl Directory {
    /// Says whether an address is on any tenant's list.
    pub fn screen(&self, peer: IpAddr) -> Screened {
        if self.known().everybody.holds(allow::normal(peer)) {
            Screened::Known
        } else {
            Screened::Stranger
        }
    }

    /// Admits an address to name a database and a role; `encrypted` is whether TLS is on.
    ///
    /// # Errors
    /// FATAL 28000: without TLS where TLS is required, whoever asks; and, the same for both, for
    /// an unknown database and for an address that is not on its list.
    pub fn admit(
        &self,
        peer: IpAddr,
        database: &str,
        role: &str,
        encrypted: bool,
    ) -> Result<Candidate, Fault> {
        let refused =
            |message: String| Fault::fatal(SqlState::INVALID_AUTHORIZATION_SPECIFICATION, message);
        if self.requires_encryption() && !encrypted {
            let hint = "Connect with sslmode=verify-full, or at least sslmode=require.";
            return Err(refused("connections without TLS are not allowed".to_owned()).hint(hint));
        }
        let peer = allow::normal(peer);
        let known = self.known();
        // Both paths do the same work: one look-up, one walk through a list, one doomed verifier. The
        // time in a database's name is no part of it: its door is the tenant's.
        let name = DatabaseName::of(database);
        let entry = name
            .tenant
            .parse::<TenantId>()
            .ok()
            .and_then(|id| known.tenants.get(&id))
            .unwrap_or(&known.nobody);
        let listed = entry.networks.holds(peer);
        let doomed = Verifier::doomed(self.key(), name.tenant, role);
        if !listed {
            info!(%peer, ?database, "refused: no such database, or the address is not on its list");
            return Err(refused(format!(
                "connection from address \"{peer}\" is not allowed"
            )));
        }
        let mut roles = entry.tenant.roles.iter().enumerate();
        let (found, role) = match roles.find(|(_, known)| known.name.as_str() == role) {
            None => (&doomed, Err("no such role")),
            Some((_, found)) if self.expired(found) => {
                (&doomed, Err("the role's password has expired"))
            }
            Some((_, found)) if !confined(found, peer) => {
                (&doomed, Err("the role is confined to other addresses"))
            }
            Some((at, found)) => (&found.verifier, Ok(at)),
        };
        Ok(Candidate {
            verifier: found.clone(),
            entry: Arc::clone(entry),
            role,
            as_of: name.as_of.map(Arc::from),
        })
    }

    /// Whether an open session may go on: its tenant, role, password and address are all still
    /// what they were.
    pub fn still_admitted(&self, admission: &Admission, peer: IpAddr) -> bool {
        let peer = allow::normal(peer);
        let known = self.known();
        let Some(entry) = known.tenants.get(&admission.tenant) else {
            return false;
        };
        let role = entry.tenant.role(admission.role.as_str());
        entry.networks.holds(peer)
            && role.is_some_and(|role| {
                role.verifier.stored_key == admission.password
                    && confined(role, peer)
                    && !self.expired(role)
            })
    }
}

/// Whether a role may come from an address its tenant allows.
fn confined(role: &Role, peer: IpAddr) -> bool {
    role.allow.is_empty() || role.allow.iter().any(|net| net.contains(&peer))
}
