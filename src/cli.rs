//! What support staff type and read.
//!
//! Each verb is one function from its arguments to an [`output::Answer`]; nothing but
//! [`output`] prints. Exit codes: 0 done, 1 failed (or found something bad), 2 not understood.

mod credentials;
mod demo;
mod doctor;
mod erase;
mod output;
mod remedy;
mod samples;
mod schedule;
mod schema;
mod serve;
mod snapshot;
mod sync;
mod tenant;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::clock::Clock;
use crate::config::{self, Settings};
use crate::telemetry;
use output::{Answer, Output};

/// Serves learning data to any PostgreSQL client, and manages who may read it.
#[derive(Debug, Parser)]
#[command(name = "syllabase", version, arg_required_else_help = true)]
struct Arguments {
    /// The server file; without it everything works on one folder
    #[arg(long, global = true, value_name = "FILE", env = "SYLLABASE_CONFIG")]
    #[arg(value_parser = OsStringValueParser::new().map(PathBuf::from))]
    config: Option<PathBuf>,
    /// The folder of tenants, snapshots and state [default: ./syllabase-data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Answer with one JSON object on one line
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make, change, show and remove tenants
    #[command(subcommand)]
    Tenant(tenant::Verb),
    /// Make a tenant with demo data and serve it on this machine
    Demo(demo::Verb),
    /// Serve the tenants' data until told to stop
    Serve(serve::Verb),
    /// Load data now, and see how loading went
    #[command(subcommand)]
    Sync(sync::Verb),
    /// List and verify what is served
    #[command(subcommand)]
    Snapshot(snapshot::Verb),
    /// Check settings, disk, certificate, clock, tenants, sources and snapshots; say what to do
    Doctor(doctor::Verb),
    /// Look at the tables of the products
    #[command(subcommand)]
    Schema(schema::Verb),
    /// Ready-to-use queries
    #[command(subcommand)]
    Samples(samples::Verb),
}

/// What every verb works with.
#[derive(Debug)]
struct Desk {
    settings: Settings,
    clock: Clock,
    output: Output,
}

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// The server file.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// The tenants.
    #[error(transparent)]
    Tenant(#[from] crate::tenant::Error),
    /// The products.
    #[error(transparent)]
    Schema(#[from] crate::schema::Error),
    /// The snapshots.
    #[error(transparent)]
    Snapshot(#[from] crate::snapshot::Error),
    /// The server, or what it is made of.
    #[error(transparent)]
    App(#[from] crate::app::Error),
    /// The past runs.
    #[error(transparent)]
    Sync(#[from] crate::sync::Error),
    /// What was asked for makes no sense here.
    #[error("{what}")]
    Refused {
        /// What and where.
        what: String,
        /// What to do.
        remedy: String,
    },
}

impl Error {
    fn refused(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Refused {
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// What to do, where something can be said that is more than to read the message.
    fn remedy(&self) -> Option<String> {
        match self {
            Self::Refused { remedy, .. } => Some(remedy.clone()),
            Self::Config(error) => remedy::config(error),
            Self::Tenant(error) => remedy::tenant(error),
            Self::Schema(error) => remedy::schema(error),
            Self::Snapshot(error) => remedy::snapshot(error),
            Self::App(error) => remedy::app(error),
            Self::Sync(error) => remedy::sync(error),
        }
    }
}

/// Reads the arguments, does what they say, prints the answer.
pub fn main() -> ExitCode {
    let matches = Arguments::command().get_matches();
    let said = matches.value_source("config") == Some(ValueSource::CommandLine);
    let mut arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    // An empty variable is as one that is not set; an empty argument is a mistake, found below.
    if !said {
        arguments.config.take_if(|file| file.as_os_str().is_empty());
    }
    let output = Output {
        json: arguments.json,
    };
    match run(arguments, output) {
        Ok(answer) => {
            output.answer(&answer);
            ExitCode::from(u8::from(answer.bad))
        }
        Err(error) => {
            output.error(&telemetry::chain(&error), error.remedy().as_deref());
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments, output: Output) -> Result<Answer, Error> {
    let settings = Settings::load(arguments.config.as_deref(), arguments.data.as_deref())?;
    let desk = Desk {
        settings,
        clock: Clock::system(),
        output,
    };
    match arguments.verb {
        Verb::Tenant(verb) => tenant::run(&desk, verb),
        Verb::Demo(verb) => demo::run(desk, &verb),
        Verb::Serve(verb) => serve::run(&desk, &verb),
        Verb::Sync(verb) => sync::run(&desk, &verb),
        Verb::Snapshot(verb) => snapshot::run(&desk, &verb),
        Verb::Doctor(verb) => doctor::run(&desk, &verb),
        Verb::Schema(verb) => schema::run(&desk, &verb),
        Verb::Samples(verb) => samples::run(&verb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent_and_every_verb_says_what_it_does() {
        fn walk(command: &clap::Command) {
            let about = command.get_about();
            assert!(about.is_some(), "{} has no help", command.get_name());
            command.get_subcommands().for_each(walk);
        }
        Arguments::command().debug_assert();
        walk(&Arguments::command());
    }
}
