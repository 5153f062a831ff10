//! The directory: who may come in.
//!
//! Nothing here knows SQL, snapshots or the wire.

use std::net::IpAddr;
use std::sync::Arc;

use crate::ident::{ProductName, RoleName, TenantId};
use crate::pg::Fault;

/// Proof that a client may open a session: only [`Directory`] makes one.
#[derive(Debug, Clone)]
pub struct Admission {
    tenant: TenantId,
    role: RoleName,
    products: Arc<[ProductName]>,
}

impl Admission {
    /// The tenant, which is the database.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The role that logged in.
    pub fn role(&self) -> &RoleName {
        &self.role
    }

    /// The tenant's products, in the order of its file.
    pub fn products(&self) -> &[ProductName] {
        &self.products
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

/// A stored SCRAM-SHA-256 verifier (RFC 5803): never a password.
#[derive(Debug, Clone)]
pub struct Verifier {
    /// PBKDF2 iterations.
    pub iterations: u32,
    /// The salt.
    pub salt: Vec<u8>,
    /// `StoredKey`.
    pub stored_key: [u8; 32],
    /// `ServerKey`.
    pub server_key: [u8; 32],
}

/// A client that named a tenant and a role and has not proved itself yet.
///
/// It carries a verifier in either case: a doomed one, that no password fits, for an unknown role.
#[derive(Debug)]
pub struct Candidate {
    verifier: Verifier,
    admission: Option<Admission>,
}

impl Candidate {
    /// The verifier to hold the client's proof against.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Turns into an admission after the proof of SCRAM held; a doomed candidate never does.
    pub fn proved(self) -> Option<Admission> {
        self.admission
    }
}

/// All tenants, as their files say, kept fresh while the server runs.
#[derive(Debug)]
pub struct Directory {}

impl Directory {
    /// Says whether an address is on any tenant's list.
    pub fn screen(&self, peer: IpAddr) -> Screened {
        let _ = peer;
        Screened::Stranger
    }

    /// Admits an address to name a database and a role; `encrypted` is whether TLS is on.
    ///
    /// # Errors
    /// FATAL 28000, the same for an unknown database and an address that is not on its list.
    pub fn admit(
        &self,
        peer: IpAddr,
        database: &str,
        role: &str,
        encrypted: bool,
    ) -> Result<Candidate, Fault> {
        let _ = (peer, database, role, encrypted);
        Err(Fault::fatal(
            crate::pg::SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            "no",
        ))
    }
}
