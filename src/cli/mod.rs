//! The command line: what was asked for, done, and said in one sentence if it failed.
//!
//! Exit codes: 0 done, 1 failed while running, 2 asked for wrongly (arguments, configuration).
//!
//! Must hold: standard output carries only what was asked for; every failure is one line on
//! standard error that starts with `hearth: `.
//! Not here: what the commands do, but for the small ones.

mod admin_port;
mod admin_question;
mod arguments;
mod backup;
mod cache;
mod demo;
mod doctor;
mod error;
mod healthcheck;
mod load;
mod migrate;
mod parts;
mod tables;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::auth::{AdminToken, Credentials};
use crate::config::{Comments, Config, Sources};
use arguments::{Arguments, Command};
pub use error::Error;
use error::{sentence, usage_sentence};

/// Does what the arguments ask for, and returns once it is done.
///
/// `arguments` starts with the program's name; of `environment` only `HEARTH__…`,
/// `HEARTH_ADMIN_TOKEN` and, for a load or a doctor, `AWS_…` are looked at.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> ExitCode {
    let command = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments.command,
        Err(refused) => return refuse(&refused),
    };
    match perform(command, environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&sentence(&error));
            ExitCode::from(error.exit_code())
        }
    }
}

fn perform(
    command: Command,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(), Error> {
    match command {
        Command::Serve(choices) => {
            let sources = choices.into_sources(environment)?;
            parts::serve(load(&sources)?, sources)
        }
        Command::CheckConfig(choices) => {
            let config = load(&choices.into_sources(environment)?)?;
            for warning in config.warnings() {
                complain(&format!("warning: {warning}"));
            }
            print(&config.to_toml(Comments::Without))
        }
        Command::Healthcheck { admin } => healthcheck::run(&admin),
        Command::Cache(arguments) => print(&cache::run(&arguments, environment)?),
        Command::Tables(arguments) => print(&tables::run(&arguments, environment)?),
        Command::Backup(arguments) => print(&backup::take(&arguments, environment)?),
        Command::Restore(arguments) => print(&backup::restore(&arguments)?),
        Command::Load(arguments) => {
            let load::Outcome { text, failure } = load::run(&arguments, environment)?;
            print(&text)?;
            failure.map_or(Ok(()), |failure| Err(failure.into()))
        }
        Command::Migrate(arguments) => {
            let migrate::Outcome { text, failure } = migrate::run(&arguments)?;
            print(&text)?;
            failure.map_or(Ok(()), Err)
        }
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments, environment),
        Command::Version { json: false } => {
            print(concat!("hearth ", env!("CARGO_PKG_VERSION"), "\n"))
        }
        Command::Version { json: true } => print(&version_json()),
        Command::CheckData { dir } => print(&parts::check_data(&dir)?),
        Command::Repair { dir } => print(&parts::repair(&dir)?),
    }
}

/// The configuration, with the files of secrets it names looked into.
fn load(sources: &Sources) -> Result<Config, Error> {
    let config = sources.load()?;
    if let Some(path) = &config.auth.credentials {
        Credentials::load(path)?;
    }
    if let Some(path) = &config.auth.admin_token {
        AdminToken::load(path).map_err(Error::AdminToken)?;
    }
    Ok(config)
}

fn version_json() -> String {
    let version = serde_json::json!({
        "version": env!("CARGO_PKG_VERSION"),
        "commit": env!("HEARTH_COMMIT"),
        "storage_format": parts::STORAGE_FORMAT,
        "rows_format": parts::ROWS_FORMAT,
    });
    format!("{version}\n")
}

/// Help and version are answers; everything else that clap says is a refusal.
fn refuse(refused: &clap::Error) -> ExitCode {
    match refused.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match print(&refused.to_string()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => ExitCode::from(error.exit_code()),
        },
        // A bare `hearth` shows what there is, but did nothing that a script could have meant.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = write!(io::stderr(), "{refused}");
            ExitCode::from(error::EXIT_USAGE)
        }
        _ => {
            complain(&usage_sentence(refused));
            ExitCode::from(error::EXIT_USAGE)
        }
    }
}

/// Writes an answer to standard output; who stopped listening is no failure.
fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(Error::Print { source }),
        _ => Ok(()),
    }
}

fn complain(sentence: &str) {
    // There is nowhere else to say that standard error is gone.
    let _ = writeln!(io::stderr(), "hearth: {sentence}");
}
