//! `syllabase doctor`: looks at everything a night and a reader need, and says what to do.

mod machine;
mod tenants;

use clap::Args;
use serde_json::{Value, json};

use super::output::{Answer, columns};
use super::{Desk, Error};

#[derive(Debug, Args)]
pub(super) struct Verb {
    /// Without connecting to sources and without reading snapshots' files
    #[arg(long)]
    quick: bool,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Health {
    Ok,
    Warning,
    Broken,
}

impl Health {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

/// What was looked at, how it is, and what to do.
#[derive(Debug)]
struct Finding {
    health: Health,
    what: String,
    found: String,
    remedy: String,
}

impl Finding {
    fn ok(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            health: Health::Ok,
            what: what.into(),
            found: found.into(),
            remedy: String::new(),
        }
    }

    fn warning(
        what: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            health: Health::Warning,
            remedy: remedy.into(),
            ..Self::ok(what, found)
        }
    }

    fn broken(
        what: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            health: Health::Broken,
            ..Self::warning(what, found, remedy)
        }
    }

    fn object(&self) -> Value {
        let remedy = (!self.remedy.is_empty()).then_some(&self.remedy);
        json!({
            "health": self.health.as_str(), "what": self.what, "found": self.found,
            "remedy": remedy,
        })
    }
}

pub(super) fn run(desk: &Desk, verb: &Verb) -> Result<Answer, Error> {
    let mut findings = machine::look(desk);
    findings.extend(tenants::look(desk, verb.quick)?);
    // The worst comes last, where a terminal shows it.
    findings.sort_by_key(|finding| finding.health);
    let count = |health| findings.iter().filter(|one| one.health == health).count();
    let (broken, warnings) = (count(Health::Broken), count(Health::Warning));
    let rows: Vec<_> = findings
        .iter()
        .map(|one| {
            let health = one.health.as_str().to_owned();
            [
                health,
                one.what.clone(),
                one.found.clone(),
                one.remedy.clone(),
            ]
        })
        .collect();
    let table = columns(["", "what", "found", "what to do"], &rows);
    let text = format!(
        "{table}\n{} fine, {warnings} to watch, {broken} broken",
        count(Health::Ok)
    );
    let objects: Vec<Value> = findings.iter().map(Finding::object).collect();
    let json = json!({
        "ok": broken == 0, "broken": broken, "warnings": warnings, "findings": objects,
    });
    Ok(Answer::line(text, json).bad(broken > 0))
}
