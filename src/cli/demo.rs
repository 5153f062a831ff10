//! `syllabase demo`: a tenant with all products, from generated files to a line for psql.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::output::Answer;
use super::{Desk, Error, credentials, serve, sync};
use crate::app;
use crate::ident::{RoleName, TenantId};
use crate::sync::source::demo::{self, Flavour, Options};
use crate::tenant::{Allowed, SourceSettings, Tenant, parse_network};

/// PostgreSQL's own port if it is free, else one of these.
const PORTS: [u16; 4] = [5432, 15432, 25432, 35432];

/// One sample of each product to begin with.
const QUESTIONS: [&str; 3] = [
    "learnink/course_completion_rate",
    "learnamp/overdue_tasks_by_manager",
    "learning360/course_summary",
];

#[derive(Debug, Args)]
pub(super) struct Verb {
    /// The address to serve on [default: 127.0.0.1, PostgreSQL's port or another if it is taken]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// About how many people the demo customer has
    #[arg(long, value_name = "COUNT", default_value_t = 300,
          value_parser = clap::value_parser!(u64).range(10..=1_000_000))]
    people: u64,
    /// Make everything, but do not serve
    #[arg(long)]
    no_serve: bool,
}

pub(super) fn run(mut desk: Desk, verb: &Verb) -> Result<Answer, Error> {
    desk.settings.listen = vec![match verb.listen {
        Some(at) => at,
        None => free_port()?,
    }];
    let id: TenantId = "acme".parse().map_err(|_| impossible("tenant"))?;
    let role: RoleName = "reporting".parse().map_err(|_| impossible("role"))?;
    fs::create_dir_all(&desk.settings.data).map_err(|error| {
        let what = format!("cannot make {}: {error}", desk.settings.data.display());
        Error::refused(
            what,
            "syllabase --data DIR demo, with a folder you may write",
        )
    })?;
    let tenant = tenant(&desk, &id)?;
    let generated = generate(&desk, &tenant, verb.people)?;
    load(&desk, &tenant, generated)?;
    let sheet = sheet(&desk, &id, &role)?;
    let answer = welcome(&desk, &tenant, &role, &sheet);
    if verb.no_serve {
        return Ok(answer);
    }
    desk.output.answer(&answer);
    serve::until_stopped(&desk, desk.settings.clone(), "warn")
}

fn impossible(what: &str) -> Error {
    Error::refused(
        format!("the demo's {what} has no valid name"),
        "report this",
    )
}

fn free_port() -> Result<SocketAddr, Error> {
    let mut candidates = PORTS
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .into_iter();
    candidates
        .find(|at| TcpListener::bind(at).is_ok())
        .ok_or_else(|| {
            Error::refused(
                format!("ports {PORTS:?} of 127.0.0.1 are all taken"),
                "syllabase demo --listen 127.0.0.1:PORT",
            )
        })
}

/// The demo tenant: made at the first start, found at the next.
fn tenant(desk: &Desk, id: &TenantId) -> Result<Tenant, Error> {
    let writer = desk.files().writer()?;
    if desk.files().ids()?.contains(id) {
        return Ok(desk.files().read(id)?);
    }
    let products = app::products(&desk.settings)?;
    let names = products
        .iter()
        .map(|product| product.name.clone())
        .collect();
    let mut tenant = Tenant::new(id.clone(), names);
    for product in tenant.products.clone() {
        let folder = exports(desk)?.join(product.as_str());
        tenant
            .sources
            .insert(product, SourceSettings::Folder(folder));
    }
    for loopback in ["127.0.0.1/32", "::1/128"] {
        tenant.allow.push(Allowed {
            network: parse_network(loopback).map_err(|_| impossible("network"))?,
            note: "this machine".to_owned(),
        });
    }
    writer.put(&tenant)?;
    desk.audit(id, "demo", "made the demo tenant")?;
    Ok(tenant)
}

/// Where the generated export lies, as an absolute path.
fn exports(desk: &Desk) -> Result<PathBuf, Error> {
    let folder = desk.settings.data.join("demo-exports");
    std::path::absolute(&folder).map_err(|error| {
        let what = format!("cannot find {}: {error}", folder.display());
        Error::refused(what, "syllabase --data DIR demo, with an absolute path")
    })
}

/// Writes the export of each product that has none yet; says how many were written.
fn generate(desk: &Desk, tenant: &Tenant, people: u64) -> Result<usize, Error> {
    let products = app::products(&desk.settings)?;
    let exports = exports(desk)?;
    let mut written = 0;
    for name in &tenant.products {
        // A folder is renamed into place when it is complete.
        let (folder, aside) = (
            exports.join(name.as_str()),
            exports.join(format!(".{name}")),
        );
        let Some(product) = products.get(name).filter(|_| !folder.is_dir()) else {
            continue;
        };
        desk.output.progress(&format!(
            "writing the export of {} as files",
            product.display_name
        ));
        let options = Options {
            seed: 1,
            people,
            today: desk.clock.now().date_naive(),
            flavour: Flavour::Usual,
        };
        let place = |error: std::io::Error| {
            let what = format!("cannot write {}: {error}", folder.display());
            Error::refused(what, "make room, or choose another folder with --data")
        };
        if aside.is_dir() {
            fs::remove_dir_all(&aside).map_err(place)?;
        }
        let rows = demo::write(product, &aside, &options)?;
        fs::rename(&aside, &folder).map_err(place)?;
        desk.output.progress(&format!("  {rows} rows"));
        written += 1;
    }
    Ok(written)
}

/// Loads what has no snapshot yet, or has a fresh export, through the normal sync.
fn load(desk: &Desk, tenant: &Tenant, generated: usize) -> Result<(), Error> {
    let store = desk.snapshots()?;
    for product in &tenant.products {
        if generated == 0 && store.current(&tenant.id, product)?.is_some() {
            continue;
        }
        let answer = sync::load(desk, &tenant.id, Some(product), false, false)?;
        if answer.bad {
            return Err(Error::refused(answer.text, "syllabase sync status acme"));
        }
        desk.output.progress(&format!("  {}", answer.text));
    }
    Ok(())
}

/// The file with the password; a lost one means a new password.
fn sheet(desk: &Desk, id: &TenantId, role: &RoleName) -> Result<PathBuf, Error> {
    let path = desk.settings.data.join(format!("{id}-{role}.txt"));
    let known = desk.files().read(id)?.role(role.as_str()).is_some();
    let (id, role, handover) = (id.clone(), role.clone(), path.clone());
    let verb = match (known, path.is_file()) {
        (true, true) => return Ok(path),
        (true, false) => credentials::Verb::Rotate {
            id,
            role,
            handover,
            expires: None,
        },
        (false, _) => credentials::Verb::Add {
            id,
            role,
            handover,
            expires: None,
            allow: Vec::new(),
            connections: None,
        },
    };
    credentials::run(desk, verb)?;
    Ok(path)
}

fn welcome(desk: &Desk, tenant: &Tenant, role: &RoleName, path: &std::path::Path) -> Answer {
    let sheet = desk.sheet(tenant, role);
    let path = path.display().to_string();
    let psql = sheet.psql();
    let program = std::env::current_exe().map_or_else(
        |_| "syllabase".to_owned(),
        |path| path.display().to_string(),
    );
    let questions = QUESTIONS
        .map(|name| format!("  {program} samples show {name} | {psql}\n"))
        .concat();
    let text = format!(
        "\nThe demo tenant \"{id}\" is ready.\n\n\
         For psql:\n  export PGPASSWORD=$(awk '$1 == \"password\" {{print $2}}' {path})\n  {psql}\n\n\
         For a BI tool: host {host}, port {port}, database {id}, user {role}, no TLS;\n\
         the password is in {path}\n\n\
         Three questions to try (all of them: {program} samples list):\n{questions}",
        id = tenant.id,
        host = sheet.host,
        port = sheet.port,
    );
    let json = json!({
        "ok": true, "tenant": tenant.id.as_str(), "host": sheet.host, "port": sheet.port,
        "database": sheet.database, "role": sheet.role, "handover": path, "psql": sheet.psql(),
        "samples": QUESTIONS,
    });
    Answer::line(text, json)
}
