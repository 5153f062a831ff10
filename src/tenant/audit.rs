//! One line per change, in a file that only grows.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chrono::SecondsFormat;
use serde_json::json;

use super::Error;
use crate::clock::Clock;
use crate::ident::TenantId;

/// The audit trail of a state folder.
#[derive(Debug, Clone)]
pub struct Audit {
    folder: PathBuf,
    clock: Clock,
}

impl Audit {
    /// Names the folder; it need not exist yet.
    pub fn new(state: &Path, clock: &Clock) -> Self {
        Self {
            folder: state.to_owned(),
            clock: clock.clone(),
        }
    }

    /// Adds a line: who changed what of which tenant, when. Never holds a password or a verifier.
    pub fn add(&self, tenant: &TenantId, verb: &str, what: &str) -> Result<(), Error> {
        let line = json!({
            "at": self.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true),
            "uid": rustix::process::getuid().as_raw(),
            "tenant": tenant.as_str(),
            "verb": verb,
            "what": what,
        });
        let path = self.folder.join("audit.ndjson");
        let write = || -> std::io::Result<()> {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&self.folder)?;
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .open(&path)?;
            // One write, so lines of two processes do not mix.
            file.write_all(format!("{line}\n").as_bytes())?;
            file.sync_data()
        };
        write().map_err(|source| Error::Folder {
            action: "write the audit trail in",
            path: self.folder.clone(),
            source,
        })
    }
}
