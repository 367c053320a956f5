//! `hearth load`: the load generator on the command line.
//!
//! Must hold: secrets are never among the arguments; what is not this machine is asked only with
//! `--allow-remote`.
//! Not here: what is sent, measured and reported (`load/`).

mod arguments;
mod credentials;
mod error;
pub(super) mod live;
mod run;
pub(super) mod session;

use std::ffi::OsString;
use std::fs;
use std::path::Path;

pub(super) use self::arguments::Arguments;
use self::arguments::{Action, CompareArguments};
pub(super) use self::arguments::{rate, span};
pub(super) use self::credentials::Variables;
pub(super) use self::error::Error;
pub(super) use self::live::Live;
use crate::load::Workload;
use crate::load::report::{self, Report, compare};

/// What is to be printed, and what then becomes of the command.
pub(super) struct Outcome {
    /// For standard output.
    pub(super) text: String,
    /// Why the command failed although there is something to print.
    pub(super) failure: Option<Error>,
}

/// Does what was asked.
pub(super) fn run(
    arguments: &Arguments,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Outcome, Error> {
    let text = match &arguments.action {
        Action::Run(arguments) => {
            let (text, failure) = run::perform(arguments, &Variables::of(environment)?)?;
            return Ok(Outcome { text, failure });
        }
        Action::List => list()?,
        Action::Show { name } => session::built_in(name)?.to_owned(),
        Action::Compare(arguments) => return compare(arguments),
    };
    Ok(Outcome { text, failure: None })
}

fn list() -> Result<String, Error> {
    let mut lines = Vec::new();
    for name in Workload::NAMES {
        let workload = session::workload(name)?;
        lines.push(vec![name.to_owned(), workload.description().to_owned()]);
    }
    Ok(report::text::aligned(&lines, 2))
}

fn compare(arguments: &CompareArguments) -> Result<Outcome, Error> {
    let CompareArguments { before, after, fail_above } = arguments;
    let runs = [read(before)?, read(after)?];
    let comparison = compare::compare(&runs[0], &runs[1]);
    let names = [before, after].map(|path| path.display().to_string());
    let names = [names[0].as_str(), names[1].as_str()];
    let text = compare::text::of(&comparison, [&runs[0], &runs[1]], names);
    let failure = fail_above.and_then(|percent| {
        if !comparison.is_judged {
            return Some(Error::NotJudged);
        }
        let worse: Vec<_> = comparison.worse_by(percent).map(compare::text::sentence).collect();
        (!worse.is_empty()).then(|| Error::Worse { percent, what: worse.join("; ") })
    });
    Ok(Outcome { text, failure })
}

fn read(path: &Path) -> Result<Report, Error> {
    let text =
        fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    report::json::read(&text).map_err(|source| Error::Report { path: path.to_owned(), source })
}
