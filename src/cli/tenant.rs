//! `syllabase tenant`: add, source, schedule, allow, deny, credentials, show, list, check, erase, remove.

use std::fmt::Write;

use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use ipnet::IpNet;
use serde_json::{Value, json};

use super::output::{Answer, columns};
use super::{Desk, Error};
use super::{credentials, erase, schedule};
use crate::app;
use crate::ident::{ProductName, TenantId};
use crate::sync;
use crate::telemetry;
use crate::tenant::{
    Allowed, Audit, ExtraColumns, Files, SourceKeys, SourceSettings, Tenant, Writer, parse_network,
    too_wide,
};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Make a tenant; nobody can connect to it yet
    Add {
        /// Its name, which is also the name of its database
        id: TenantId,
        /// A product it has; say it once for each
        #[arg(long = "product", required = true, value_name = "PRODUCT")]
        products: Vec<ProductName>,
    },
    /// Say where a product's data comes from
    Source {
        id: TenantId,
        product: ProductName,
        #[command(flatten)]
        place: Place,
    },
    /// Say when the nights of a tenant begin and how long they may be tried again
    Schedule {
        id: TenantId,
        #[command(flatten)]
        when: schedule::When,
    },
    /// Let an address or a network connect
    Allow {
        id: TenantId,
        /// An address or network, as 203.0.113.7/32 or 2001:db8::/48
        #[arg(value_parser = parse_network)]
        network: IpNet,
        /// Whose it is
        #[arg(long, default_value = "")]
        note: String,
        /// Also when the network is very wide or overlaps another entry
        #[arg(long)]
        yes: bool,
    },
    /// Stop letting an address or a network connect; its sessions end within seconds
    Deny {
        id: TenantId,
        #[arg(value_parser = parse_network)]
        network: IpNet,
    },
    /// Make, change and remove logins
    #[command(subcommand)]
    Credentials(credentials::Verb),
    /// Show all of a tenant except secrets, as a sheet to connect by
    Show { id: TenantId },
    /// List the tenants
    List,
    /// Check a tenant's file and look at its sources without loading anything
    Check { id: TenantId },
    /// Erase a person's rows from all snapshots, and keep them from coming back
    Erase(erase::Request),
    /// Remove a tenant; its snapshots stay on disk
    Remove { id: TenantId },
}

pub(super) fn run(desk: &Desk, verb: Verb) -> Result<Answer, Error> {
    match verb {
        Verb::Add { id, products } => add(desk, id, products),
        Verb::Source { id, product, place } => source(desk, &id, product, place),
        Verb::Schedule { id, when } => schedule::run(desk, &id, &when),
        Verb::Allow {
            id,
            network,
            note,
            yes,
        } => allow(desk, &id, network, note, yes),
        Verb::Deny { id, network } => deny(desk, &id, network),
        Verb::Credentials(verb) => credentials::run(desk, verb),
        Verb::Show { id } => show(desk, &id),
        Verb::List => list(desk),
        Verb::Check { id } => check(desk, &id),
        Verb::Erase(request) => erase::run(desk, &request),
        Verb::Remove { id } => remove(desk, &id),
    }
}

impl Desk {
    pub(super) fn files(&self) -> Files {
        Files::new(&self.settings.folders.tenants)
    }

    /// Changes one tenant's file under the lock and leaves an audit line.
    pub(super) fn change(
        &self,
        id: &TenantId,
        verb: &str,
        edit: impl FnOnce(&mut Tenant) -> Result<Answer, Error>,
    ) -> Result<Answer, Error> {
        let writer = self.files().writer()?;
        let mut tenant = writer.files().read(id)?;
        let answer = edit(&mut tenant)?;
        self.store(&writer, &tenant, verb, &answer)?;
        Ok(answer)
    }

    fn store(
        &self,
        writer: &Writer,
        tenant: &Tenant,
        verb: &str,
        answer: &Answer,
    ) -> Result<(), Error> {
        writer.put(tenant)?;
        self.audit(&tenant.id, verb, &answer.text)
    }

    pub(super) fn audit(&self, id: &TenantId, verb: &str, what: &str) -> Result<(), Error> {
        let audit = Audit::new(&self.settings.folders.state, &self.clock);
        Ok(audit.add(id, verb, what)?)
    }
}

fn add(desk: &Desk, id: TenantId, products: Vec<ProductName>) -> Result<Answer, Error> {
    let known = app::products(&desk.settings)?;
    if let Some(unknown) = products.iter().find(|name| known.get(name).is_none()) {
        let names: Vec<&str> = known.iter().map(|product| product.name.as_str()).collect();
        return Err(Error::refused(
            format!("there is no product \"{unknown}\""),
            format!("one of: {}", names.join(", ")),
        ));
    }
    let writer = desk.files().writer()?;
    if desk.files().ids()?.contains(&id) {
        return Err(Error::refused(
            format!("tenant \"{id}\" is already there"),
            format!("syllabase tenant show {id}"),
        ));
    }
    let names: Vec<String> = products.iter().map(ToString::to_string).collect();
    let tenant = Tenant::new(id, products);
    let answer = Answer::line(
        format!(
            "added tenant \"{}\" with {}; nobody can connect until an address is allowed",
            tenant.id,
            names.join(", ")
        ),
        json!({"ok": true, "tenant": tenant.id.as_str(), "products": names}),
    );
    desk.store(&writer, &tenant, "add", &answer)?;
    Ok(answer)
}

/// Where a product's data comes from. What is not said stays as it was, if the kind of source does.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// file:///data/acme/learnamp, postgresql://reader@host/database, s3://bucket/prefix,
    /// gs://bucket/prefix, az://account/container/prefix or https://host/export/{table}
    url: String,
    /// Where the password, secret key or token is kept: file:/absolute/path or env:NAME
    #[arg(long, value_name = "PLACE")]
    credentials: Option<String>,
    /// Where the id of an S3 key is kept: file:/absolute/path or env:NAME
    #[arg(long, value_name = "PLACE")]
    access_key: Option<String>,
    /// Where the object store is, unless it is the public one
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The region of the bucket
    #[arg(long)]
    region: Option<String>,
    /// The schema of the database that holds the tables
    #[arg(long)]
    schema: Option<String>,
    /// What becomes of columns that the product does not declare: count (name them in
    /// syllabase.schema_changes) or keep (serve them as text)
    #[arg(long, value_name = "count|keep")]
    extra_columns: Option<ExtraColumns>,
}

impl Place {
    /// The checked settings; `known` is what the tenant's file says now.
    fn settings(self, known: Option<&SourceSettings>) -> Result<SourceSettings, Error> {
        let said = SourceKeys {
            url: self.url,
            ..SourceKeys::default()
        };
        let known = known.map(SourceSettings::keys);
        let known = known.filter(|known| known.scheme() == said.scheme());
        let known = known.unwrap_or_default();
        let keys = SourceKeys {
            url: said.url,
            credentials: self.credentials.or(known.credentials),
            access_key: self.access_key.or(known.access_key),
            endpoint: self.endpoint.or(known.endpoint),
            region: self.region.or(known.region),
            schema: self.schema.or(known.schema),
            ..known
        };
        keys.check().map_err(|(key, reason)| {
            let what = format!("the source's {key} {reason}");
            Error::refused(what, "syllabase tenant source --help")
        })
    }
}

fn source(desk: &Desk, id: &TenantId, product: ProductName, place: Place) -> Result<Answer, Error> {
    desk.change(id, "source", |tenant| {
        if !tenant.products.contains(&product) {
            return Err(Error::refused(
                format!("tenant \"{id}\" does not have product \"{product}\""),
                format!("one of: {}", names(&tenant.products)),
            ));
        }
        match place.extra_columns {
            Some(ExtraColumns::Keep) => _ = tenant.extra_columns.insert(product.clone()),
            Some(ExtraColumns::Count) => _ = tenant.extra_columns.remove(&product),
            None => {}
        }
        let source = place.settings(tenant.sources.get(&product))?;
        let text = source.to_string();
        let extra = tenant.extra(&product);
        let json = json!({
            "ok": true, "tenant": id.as_str(), "product": product.as_str(), "url": text,
            "extra_columns": extra,
        });
        let kept = match extra {
            ExtraColumns::Keep => ", with the columns it does not declare",
            ExtraColumns::Count => "",
        };
        let line = format!("{product} of tenant \"{id}\" is read from {text}{kept}");
        tenant.sources.insert(product, source);
        Ok(Answer::line(line, json))
    })
}

fn allow(
    desk: &Desk,
    id: &TenantId,
    network: IpNet,
    note: String,
    yes: bool,
) -> Result<Answer, Error> {
    desk.change(id, "allow", |tenant| {
        let again = format!("syllabase tenant allow {id} {network} --yes, if that is meant");
        if let Some(reason) = too_wide(&network).filter(|_| !yes) {
            return Err(Error::refused(reason, again));
        }
        let overlaps = |known: &&Allowed| {
            known.network != network
                && (known.network.contains(&network) || network.contains(&known.network))
        };
        if let Some(known) = tenant.allow.iter().find(overlaps).filter(|_| !yes) {
            let what = format!("{network} overlaps {}, which is allowed already", known.network);
            return Err(Error::refused(what, again));
        }
        let json = json!({"ok": true, "tenant": id.as_str(), "network": network.to_string(), "note": note});
        match tenant.allow.iter_mut().find(|known| known.network == network) {
            Some(known) => known.note = note,
            None => tenant.allow.push(Allowed { network, note }),
        }
        let line = format!("{network} may connect to tenant \"{id}\"");
        Ok(Answer::line(line, json))
    })
}

fn deny(desk: &Desk, id: &TenantId, network: IpNet) -> Result<Answer, Error> {
    desk.change(id, "deny", |tenant| {
        let before = tenant.allow.len();
        tenant.allow.retain(|known| known.network != network);
        if tenant.allow.len() == before {
            let wider = tenant.allow.iter().find(|known| known.network.contains(&network));
            let remedy = match wider {
                Some(known) => format!(
                    "it is part of {}: deny that, then allow what should stay",
                    known.network
                ),
                None => format!("syllabase tenant show {id}"),
            };
            let what = format!("{network} is not on the list of tenant \"{id}\"");
            return Err(Error::refused(what, remedy));
        }
        let json = json!({"ok": true, "tenant": id.as_str(), "network": network.to_string(), "entries": tenant.allow.len()});
        let left = match tenant.allow.len() {
            0 => "; nobody can connect any more".to_owned(),
            count => format!("; {count} left"),
        };
        let line = format!("{network} may no longer connect to tenant \"{id}\"{left}");
        Ok(Answer::line(line, json))
    })
}

fn show(desk: &Desk, id: &TenantId) -> Result<Answer, Error> {
    let tenant = desk.files().read(id)?;
    let place = desk.place();
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        writeln!(text, "{name:<13} {value}").unwrap_or_default();
    };
    line("database", id.as_str());
    line("host", &place.0);
    line("port", &place.1.to_string());
    line(
        "encryption",
        if desk.settings.tls.is_some() {
            "required"
        } else {
            "none"
        },
    );
    line("products", &names(&tenant.products));
    for (product, url) in &tenant.sources {
        line("source", &format!("{product} from {url}"));
    }
    for product in &tenant.extra_columns {
        line("kept too", &format!("undeclared columns of {product}"));
    }
    for (product, tables) in &tenant.may_be_empty {
        let tables: Vec<_> = tables.iter().map(String::as_str).collect();
        line("may be empty", &format!("{product}: {}", tables.join(", ")));
    }
    for (product, published, _) in freshness(desk, &tenant)? {
        line("data of", &format!("{product}: {published}"));
    }
    line("nightly sync", &schedule::text(&tenant.schedule));
    line("kept", &format!("{} days", tenant.retention.days));
    for entry in &tenant.allow {
        line(
            "allowed",
            format!("{} {}", entry.network, entry.note).trim_end(),
        );
    }
    if tenant.allow.is_empty() {
        line("allowed", "nobody");
    }
    for role in &tenant.roles {
        let until = role
            .expires
            .map_or(String::new(), |at| format!(", until {}", moment(at)));
        line(
            "role",
            &format!(
                "{} (password of {}{until})",
                role.name,
                moment(role.created)
            ),
        );
    }
    if tenant.roles.is_empty() {
        line("role", "none");
    }
    Ok(Answer::line(text, describe(desk, &tenant)?))
}

/// Per product: when its newest snapshot was published, and which it is.
fn freshness(desk: &Desk, tenant: &Tenant) -> Result<Vec<(String, String, Value)>, Error> {
    let store = desk.snapshots()?;
    let mut all = Vec::with_capacity(tenant.products.len());
    for product in &tenant.products {
        let newest = store.current(&tenant.id, product)?;
        let published = newest.as_ref().map(|newest| moment(newest.published_at));
        let id = newest.as_ref().map(|newest| newest.id.as_str());
        let json = json!({"product": product.as_str(), "published": published, "snapshot": id});
        let text = published.unwrap_or_else(|| "never loaded".to_owned());
        all.push((product.to_string(), text, json));
    }
    Ok(all)
}

fn describe(desk: &Desk, tenant: &Tenant) -> Result<Value, Error> {
    let fresh: Vec<Value> = freshness(desk, tenant)?
        .into_iter()
        .map(|(_, _, json)| json)
        .collect();
    let (host, port) = desk.place();
    let sources: serde_json::Map<String, Value> = tenant
        .sources
        .iter()
        .map(|(product, url)| (product.to_string(), json!(url.to_string())))
        .collect();
    let empty: serde_json::Map<String, Value> = tenant
        .may_be_empty
        .iter()
        .map(|(product, tables)| (product.to_string(), json!(tables)))
        .collect();
    let allow: Vec<Value> = tenant
        .allow
        .iter()
        .map(|entry| json!({"network": entry.network.to_string(), "note": entry.note}))
        .collect();
    let roles: Vec<Value> = tenant
        .roles
        .iter()
        .map(|role| {
            json!({
                "name": role.name.as_str(),
                "created": moment(role.created),
                "expires": role.expires.map(moment),
                "connections": role.connections,
                "allow": role.allow.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    Ok(json!({
        "ok": true,
        "tenant": tenant.id.as_str(),
        "database": tenant.id.as_str(),
        "host": host,
        "port": port,
        "encryption": desk.settings.tls.is_some(),
        "products": tenant.products.iter().map(ProductName::as_str).collect::<Vec<_>>(),
        "sources": sources,
        "extra_columns": tenant.extra_columns.iter().map(ProductName::as_str).collect::<Vec<_>>(),
        "may_be_empty": empty,
        "snapshots": fresh,
        "schedule": schedule::value(&tenant.schedule),
        "retention": {
            "days": tenant.retention.days,
            "at_least": tenant.retention.at_least,
            "month_ends": tenant.retention.month_ends,
        },
        "allow": allow,
        "roles": roles,
    }))
}

fn list(desk: &Desk) -> Result<Answer, Error> {
    let files = desk.files();
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    let mut bad = false;
    for id in files.ids()? {
        let row = match files.read(&id) {
            Ok(tenant) => {
                objects.push(json!({
                    "tenant": id.as_str(),
                    "products": tenant.products.iter().map(ProductName::as_str).collect::<Vec<_>>(),
                    "allowed": tenant.allow.len(),
                    "roles": tenant.roles.len(),
                    "broken": null,
                }));
                let (allowed, roles) = (tenant.allow.len(), tenant.roles.len());
                [
                    id.to_string(),
                    names(&tenant.products),
                    allowed.to_string(),
                    roles.to_string(),
                ]
            }
            Err(error) => {
                bad = true;
                let reason = telemetry::chain(&error);
                objects.push(json!({"tenant": id.as_str(), "broken": reason}));
                [
                    id.to_string(),
                    format!("broken: {reason}"),
                    "-".to_owned(),
                    "-".to_owned(),
                ]
            }
        };
        rows.push(row);
    }
    let text = if rows.is_empty() {
        "no tenants yet".to_owned()
    } else {
        columns(["tenant", "products", "allowed", "roles"], &rows)
    };
    let answer = Answer::line(text, json!({"ok": !bad, "tenants": objects}));
    Ok(answer.bad(bad))
}

fn check(desk: &Desk, id: &TenantId) -> Result<Answer, Error> {
    let tenant = desk.files().read(id)?;
    let mut findings = shortcomings(desk, &tenant);
    let mut lines = Vec::new();
    let mut sources = Vec::new();
    let products = app::products(&desk.settings)?;
    let runtime = app::runtime()?;
    for job in app::jobs(&desk.settings, &products, &tenant) {
        let name = &job.product.name;
        match runtime.block_on(sync::survey(&job)) {
            Err(error) => findings.push(format!("{name}: {}", telemetry::chain(&error))),
            Ok(found) => {
                let bytes: u64 = found.tables.iter().map(|table| table.bytes).sum();
                let rows: u64 = found.tables.iter().filter_map(|table| table.rows).sum();
                let estimated = found.tables.iter().any(|table| table.rows.is_some());
                let size = if estimated {
                    format!("about {rows} rows")
                } else {
                    format!("{bytes} bytes")
                };
                let (there, declared) = (found.tables.len(), job.product.tables.len());
                lines.push(format!("{name}: {there} of {declared} tables, {size}"));
                for (what, names) in [
                    ("not delivered, served empty or as before", &found.missing),
                    ("not declared, will be ignored", &found.unknown),
                ] {
                    if !names.is_empty() {
                        lines.push(format!("{name}: {what}: {}", names.join(", ")));
                    }
                }
                if !found.required.is_empty() {
                    let names = found.required.join(", ");
                    findings.push(format!("{name}: required tables are missing: {names}"));
                }
                sources.push(json!({
                    "product": name.as_str(), "tables": there, "bytes": bytes,
                    "missing": found.missing, "required": found.required,
                    "unknown": found.unknown,
                }));
            }
        }
    }
    let bad = !findings.is_empty();
    if bad {
        lines.extend(findings.iter().cloned());
    } else {
        lines.push(format!("tenant \"{id}\" is in order"));
    }
    let json = json!({"ok": !bad, "tenant": id.as_str(), "findings": findings, "sources": sources});
    Ok(Answer::line(lines.join("\n"), json).bad(bad))
}

/// What keeps a tenant from being served well.
fn shortcomings(desk: &Desk, tenant: &Tenant) -> Vec<String> {
    let mut findings = Vec::new();
    if tenant.allow.is_empty() {
        findings.push("no address is allowed: nobody can connect".to_owned());
    }
    if tenant.roles.is_empty() {
        findings.push("there is no role: nobody can log in".to_owned());
    }
    for product in &tenant.products {
        if !tenant.sources.contains_key(product) {
            findings.push(format!("{product} has no source: its tables stay empty"));
        }
    }
    let now = desk.clock.now();
    for role in &tenant.roles {
        if role.expires.is_some_and(|at| at <= now) {
            findings.push(format!("the password of role {} has expired", role.name));
        }
    }
    findings
}

fn remove(desk: &Desk, id: &TenantId) -> Result<Answer, Error> {
    let writer = desk.files().writer()?;
    writer.remove(id)?;
    let line = format!("removed tenant \"{id}\"; its sessions end, its snapshots stay on disk");
    let answer = Answer::line(line, json!({"ok": true, "tenant": id.as_str()}));
    desk.audit(id, "remove", &answer.text)?;
    Ok(answer)
}

pub(super) fn names(products: &[ProductName]) -> String {
    let names: Vec<&str> = products.iter().map(ProductName::as_str).collect();
    names.join(", ")
}

fn moment(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
