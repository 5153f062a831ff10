//! The server file, folders, disk, certificate and clock of this machine.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use rustix::fs::{Access, StatVfsMountFlags, access, statvfs};

use super::Finding;
use crate::app;
use crate::cli::Desk;
use crate::cli::output::{size, span};
use crate::config::alerts::Webhook;
use crate::telemetry;
use crate::tls::Certificate;

/// With less than this of a disk free, in percent, it is time to act.
const FREE_PERCENT: u64 = 10;
/// With less than this the next night may not fit.
const FREE_BYTES: u64 = 1 << 30;
/// A certificate that ends so soon should have been renewed.
const RENEW_BEFORE: TimeDelta = TimeDelta::days(14);
/// Clocks of machines that keep time are never so far apart.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

pub(super) fn look(desk: &Desk) -> Vec<Finding> {
    let mut findings = vec![configuration(desk), products(desk), alerts(desk)];
    let folders = &desk.settings.folders;
    for (name, path, private) in [
        ("tenants", &folders.tenants, false),
        ("snapshots", &folders.snapshots, false),
        ("state", &folders.state, true),
        ("spill", &folders.spill, true),
    ] {
        findings.push(folder(name, path, private));
    }
    for (name, path) in [("snapshots", &folders.snapshots), ("spill", &folders.spill)] {
        findings.extend(disk(name, path));
    }
    findings.push(certificate(desk));
    findings.push(clock(desk));
    findings
}

fn configuration(desk: &Desk) -> Finding {
    match desk.settings.refusal() {
        Some(reason) => Finding::broken("server file", reason, "correct it; serve refuses it"),
        None => Finding::ok("server file", "it can be served"),
    }
}

fn products(desk: &Desk) -> Finding {
    match app::products(&desk.settings) {
        Ok(products) => Finding::ok("products", format!("{} declared", products.iter().count())),
        Err(error) => Finding::broken(
            "products",
            telemetry::chain(&error),
            "syllabase schema check",
        ),
    }
}

fn alerts(desk: &Desk) -> Finding {
    match desk.settings.alerts.webhook.as_ref().map(Webhook::address) {
        Some(Ok(_)) => Finding::ok("alerts", "there is an address to tell"),
        Some(Err(error)) => Finding::broken(
            "alerts",
            telemetry::chain(&error),
            "correct [alerts] webhook of the server file",
        ),
        None => Finding::warning(
            "alerts",
            "nobody is told of failed, held and late nights",
            "set [alerts] webhook in the server file, or watch the metrics",
        ),
    }
}

/// The folder itself, or the nearest one above it that is there.
fn nearest(path: &Path) -> io::Result<&Path> {
    let mut path = path;
    loop {
        let there = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        match fs::metadata(there) {
            Ok(_) => return Ok(there),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                path = path.parent().ok_or(error)?;
            }
            Err(error) => return Err(error),
        }
    }
}

fn folder(name: &str, path: &Path, private: bool) -> Finding {
    let what = format!("folder {name}");
    let shown = path.display();
    let there = match nearest(path) {
        Ok(there) => there,
        Err(error) => {
            let remedy = "let the user of this command, and of the server, enter it";
            return Finding::broken(what, format!("{shown}: {error}"), remedy);
        }
    };
    let rights = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
    if access(there, rights).is_err() {
        let found = format!("{} cannot be read and written", there.display());
        let remedy = "give it to the user that the server runs as, and run doctor as that user";
        return Finding::broken(what, found, remedy);
    }
    if there != path {
        return Finding::ok(what, format!("{shown} will be made"));
    }
    let mode = fs::metadata(path).map_or(0, |facts| facts.mode());
    if mode & 0o002 != 0 || (private && mode & 0o007 != 0) {
        let found = format!("{shown} is open to every user of this machine");
        return Finding::broken(what, found, format!("chmod o-rwx {shown}"));
    }
    Finding::ok(what, shown.to_string())
}

fn disk(name: &str, path: &Path) -> Option<Finding> {
    let what = format!("disk of {name}");
    let there = nearest(path).ok()?;
    let facts = match statvfs(there) {
        Ok(facts) => facts,
        Err(error) => {
            let found = format!("cannot be looked at: {error}");
            return Some(Finding::warning(what, found, "look at the disk itself"));
        }
    };
    if facts.f_flag.contains(StatVfsMountFlags::RDONLY) {
        let remedy = "mount it for writing; a disk that became read-only by itself is failing";
        return Some(Finding::broken(what, "it is mounted read-only", remedy));
    }
    if facts.f_files > 0 && facts.f_favail == 0 {
        let found = "it can hold no more files";
        return Some(Finding::broken(
            what,
            found,
            "remove files, or use another disk",
        ));
    }
    let (free, all) = (
        facts.f_bavail.saturating_mul(facts.f_frsize),
        facts.f_blocks.saturating_mul(facts.f_frsize),
    );
    let found = format!("{} of {} free", size(free), size(all));
    let remedy = "make room: shorten [retention] of tenants, or use a larger disk";
    Some(if free < FREE_BYTES {
        Finding::broken(what, found, remedy)
    } else if free.saturating_mul(100) < all.saturating_mul(FREE_PERCENT) {
        Finding::warning(what, found, remedy)
    } else {
        Finding::ok(what, found)
    })
}

fn certificate(desk: &Desk) -> Finding {
    let what = "certificate";
    let Some(files) = &desk.settings.tls else {
        let found = "none: only this machine's own addresses are served";
        return if desk.settings.listen.iter().all(|at| at.ip().is_loopback()) {
            Finding::ok(what, found)
        } else {
            let found = "none, and the network is served: passwords and data can be read";
            Finding::warning(
                what,
                found,
                "set [tls] certificate and key in the server file",
            )
        };
    };
    let loaded = match Certificate::load(&files.certificate, &files.key, &desk.clock) {
        Ok(loaded) => loaded.current(),
        Err(error) => {
            let remedy = "put a valid certificate and its key there";
            return Finding::broken(what, telemetry::chain(&error), remedy);
        }
    };
    let mode = fs::metadata(&files.key).map_or(0, |facts| facts.mode());
    if mode & 0o007 != 0 {
        let key = files.key.display();
        let found = format!("its key {key} is open to every user of this machine");
        return Finding::broken(what, found, format!("chmod o-rwx {key}; make a new key"));
    }
    let left = loaded.expires - desk.clock.now();
    let found = format!("it ends in {}", span(left));
    if left < RENEW_BEFORE {
        Finding::warning(
            what,
            found,
            "renew it; the running server takes the new files",
        )
    } else {
        Finding::ok(what, found)
    }
}

/// The clock against what this machine did before: what was written is not of the future.
fn clock(desk: &Desk) -> Finding {
    let now = desk.clock.now();
    let mut newest: Option<DateTime<Utc>> = None;
    let written = [&desk.settings.folders.tenants, &desk.settings.folders.state];
    let entries = written
        .into_iter()
        .filter_map(|path| fs::read_dir(path).ok());
    for entry in entries.flatten().flatten() {
        let modified = entry.metadata().and_then(|facts| facts.modified());
        newest = newest.max(modified.ok().map(DateTime::from));
    }
    let zones = chrono_tz::IANA_TZDB_VERSION;
    let found = format!("{} UTC, zones of {zones}", now.format("%Y-%m-%d %H:%M"));
    match newest.filter(|newest| *newest > now + CLOCK_TOLERANCE) {
        Some(newest) => Finding::broken(
            "clock",
            format!(
                "{found}, but files were written {} later",
                span(newest - now)
            ),
            "set the clock (timedatectl), and let it be kept right (chrony, systemd-timesyncd)",
        ),
        None => Finding::ok("clock", found),
    }
}
