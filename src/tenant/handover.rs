//! Handing a password over: a file only its owner can read, made once.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::Error;
use super::record::Tenant;
use crate::config::Secret;
use crate::ident::ProductName;

/// What a customer needs to connect.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The name to connect to.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether the server has a certificate.
    pub encrypted: bool,
    /// The database, which is the tenant.
    pub database: String,
    /// The role.
    pub role: String,
}

impl Sheet {
    /// What `sslmode` a client should use.
    pub fn ssl_mode(&self) -> &'static str {
        if self.encrypted {
            "verify-full"
        } else {
            "disable"
        }
    }

    /// The line for psql, which then asks for the password.
    pub fn psql(&self) -> String {
        format!(
            "psql \"host={} port={} dbname={} user={} sslmode={}\"",
            self.host,
            self.port,
            self.database,
            self.role,
            self.ssl_mode()
        )
    }

    fn text(&self, tenant: &Tenant, password: &Secret) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(1_024));
        let products: Vec<&str> = tenant.products.iter().map(ProductName::as_str).collect();
        let networks: Vec<String> = tenant
            .allow
            .iter()
            .map(|entry| entry.network.to_string())
            .collect();
        let lines = [
            ("host", self.host.as_str()),
            ("port", &self.port.to_string()),
            ("database", &self.database),
            ("user", &self.role),
            ("password", password.expose()),
            ("sslmode", self.ssl_mode()),
            ("schemas", &products.join(", ")),
            ("allowed from", &networks.join(", ")),
            ("psql", &self.psql()),
        ];
        for (name, value) in lines {
            // Writing to a String cannot fail.
            if writeln!(text, "{name:<13} {value}").is_err() {
                break;
            }
        }
        text
    }
}

/// Writes the connection sheet with the password into a new file that only its owner can read.
///
/// # Errors
/// When the file is already there, or cannot be written; then nothing of it is left.
pub fn hand_over(
    path: &Path,
    sheet: &Sheet,
    tenant: &Tenant,
    password: &Secret,
) -> Result<(), Error> {
    let failed = |source| Error::Folder {
        action: "write the hand-over file",
        path: path.to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    let mut write = || -> io::Result<()> {
        file.write_all(sheet.text(tenant, password).as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| {
        // The first failure is the one to tell; a half file is worth nothing either way.
        fs::remove_file(path).unwrap_or_default();
        failed(error)
    })
}
