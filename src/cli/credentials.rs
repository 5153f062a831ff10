//! `syllabase tenant credentials`: add, rotate, remove.

use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use ipnet::IpNet;
use serde_json::json;

use super::output::Answer;
use super::{Desk, Error};
use crate::ident::{RoleName, TenantId};
use crate::tenant::{Role, Sheet, Tenant, Verifier, generate_password, hand_over, parse_network};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Make a login with a fresh password
    Add {
        id: TenantId,
        /// The name of the login
        role: RoleName,
        /// Where the connection sheet with the password goes, as file:PATH; the file must be new
        #[arg(long, value_name = "file:PATH", value_parser = handover)]
        handover: PathBuf,
        /// When the password stops working, as 2027-01-31T00:00:00Z
        #[arg(long, value_name = "TIME")]
        expires: Option<DateTime<Utc>>,
        /// Confine the login to these networks, within what the tenant allows
        #[arg(long = "from", value_name = "NETWORK", value_parser = parse_network)]
        allow: Vec<IpNet>,
        /// Connections the login may hold
        #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
        connections: Option<u16>,
    },
    /// Give a login a fresh password; the old one and its sessions end at once
    Rotate {
        id: TenantId,
        role: RoleName,
        /// Where the connection sheet with the password goes, as file:PATH; the file must be new
        #[arg(long, value_name = "file:PATH", value_parser = handover)]
        handover: PathBuf,
        /// When the password stops working, as 2027-01-31T00:00:00Z
        #[arg(long, value_name = "TIME")]
        expires: Option<DateTime<Utc>>,
    },
    /// Remove a login; its sessions end within seconds
    Remove { id: TenantId, role: RoleName },
}

/// Reads `file:PATH`, the one way a password can leave.
fn handover(text: &str) -> Result<PathBuf, String> {
    match text.strip_prefix("file:") {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => Err("must be file:PATH; a password is never printed".to_owned()),
    }
}

pub(super) fn run(desk: &Desk, verb: Verb) -> Result<Answer, Error> {
    match verb {
        Verb::Add {
            id,
            role,
            handover,
            expires,
            allow,
            connections,
        } => change(
            desk,
            &id,
            "credentials add",
            &handover,
            |tenant, verifier| {
                if tenant.role(role.as_str()).is_some() {
                    return Err(Error::refused(
                        format!("tenant \"{id}\" already has role \"{role}\""),
                        format!(
                            "syllabase tenant credentials rotate {id} {role} --handover file:PATH"
                        ),
                    ));
                }
                tenant.roles.push(Role {
                    name: role.clone(),
                    verifier,
                    created: desk.clock.now(),
                    expires,
                    connections: connections.map(usize::from),
                    allow,
                });
                Ok(role)
            },
        ),
        Verb::Rotate {
            id,
            role,
            handover,
            expires,
        } => change(
            desk,
            &id,
            "credentials rotate",
            &handover,
            |tenant, verifier| {
                let Some(known) = tenant.roles.iter_mut().find(|known| known.name == role) else {
                    return Err(unknown_role(&id, &role));
                };
                known.verifier = verifier;
                known.created = desk.clock.now();
                known.expires = expires;
                Ok(role)
            },
        ),
        Verb::Remove { id, role } => desk.change(&id, "credentials remove", |tenant| {
            let before = tenant.roles.len();
            tenant.roles.retain(|known| known.name != role);
            if tenant.roles.len() == before {
                return Err(unknown_role(&id, &role));
            }
            Ok(Answer::line(
                format!("removed role \"{role}\" of tenant \"{id}\"; its sessions end"),
                json!({"ok": true, "tenant": id.as_str(), "role": role.as_str()}),
            ))
        }),
    }
}

fn unknown_role(id: &TenantId, role: &RoleName) -> Error {
    Error::refused(
        format!("tenant \"{id}\" has no role \"{role}\""),
        format!("syllabase tenant show {id}"),
    )
}

/// Makes a password, lets `edit` put its verifier into the tenant, and hands the password over.
fn change(
    desk: &Desk,
    id: &TenantId,
    verb: &str,
    path: &PathBuf,
    edit: impl FnOnce(&mut Tenant, Verifier) -> Result<RoleName, Error>,
) -> Result<Answer, Error> {
    let password = generate_password().map_err(crate::tenant::Error::from)?;
    let verifier = Verifier::of(&password).map_err(crate::tenant::Error::from)?;
    let mut handed = false;
    let changed = desk.change(id, verb, |tenant| {
        let role = edit(tenant, verifier)?;
        let sheet = desk.sheet(tenant, &role);
        hand_over(path, &sheet, tenant, &password)?;
        handed = true;
        Ok(Answer::line(
            format!(
                "role \"{role}\" of tenant \"{id}\" has a new password; the sheet to connect by is in {}",
                path.display()
            ),
            json!({
                "ok": true,
                "tenant": id.as_str(),
                "role": role.as_str(),
                "handover": path.display().to_string(),
                "psql": sheet.psql(),
            }),
        ))
    });
    if changed.is_err() && handed {
        // A sheet for a password that was not stored would only mislead.
        fs::remove_file(path).unwrap_or_default();
    }
    changed
}

impl Desk {
    /// What customers connect to, as far as this machine knows.
    pub(super) fn place(&self) -> (String, u16) {
        let first = self.settings.listen.first();
        let host = self
            .settings
            .public
            .host
            .clone()
            .unwrap_or_else(|| match first {
                Some(at) if !at.ip().is_unspecified() => at.ip().to_string(),
                _ => "localhost".to_owned(),
            });
        let port = self
            .settings
            .public
            .port
            .or(first.map(std::net::SocketAddr::port));
        (host, port.unwrap_or(5432))
    }

    pub(super) fn sheet(&self, tenant: &Tenant, role: &RoleName) -> Sheet {
        let (host, port) = self.place();
        Sheet {
            host,
            port,
            encrypted: self.settings.tls.is_some(),
            database: tenant.id.to_string(),
            role: role.to_string(),
        }
    }
}
