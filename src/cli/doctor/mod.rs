//! `hearth doctor`: what keeps a client of an endpoint from working, and what to do about it.
//!
//! Checks are made one after the other, each a line; those that another's failure leaves without
//! sense are not made. `docs/operating.md` lists them.
//!
//! Must hold: nothing of a table is changed but one item of its own, under a key that nobody else
//! has; secrets are neither arguments nor shown.
//! Not here: how an endpoint is asked (`load/probe/`).

mod chart;
mod examine;
mod item;
mod refusals;
mod words;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use self::chart::Chart;
use self::examine::{Visit, examine};
use super::Error;
use super::load::{Variables, session};
use crate::clock::Clock;
use crate::load::probe::Probe;
use crate::load::{Error as LoadError, Target, TargetOptions};

/// What `hearth doctor` was asked for.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The endpoint, as clients are given it: http://, https://, dax:// or daxs://.
    url: String,
    /// Also read, write and delete one item of this table, under a key that nobody else has.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The region of signatures [default: `AWS_REGION`, else us-east-1].
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    /// An AWS credentials file with mode 0600, of which the profile `AWS_PROFILE` or default is
    /// taken [default: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, else any].
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Trust the authorities of this PEM file, too.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// Checks the endpoint and prints what it finds; an error if something is wrong.
pub(super) fn run(
    arguments: &Arguments,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(), Error> {
    let variables = Variables::of(environment)?;
    let region = arguments.region.as_deref().unwrap_or_else(|| variables.region()).to_owned();
    let credentials = variables.credentials(arguments.credentials.as_deref())?;
    let mut visit = Visit {
        url: arguments.url.clone(),
        access_key_id: credentials.access_key_id.clone(),
        region: region.clone(),
        table: arguments.table.clone(),
    };
    let options = TargetOptions {
        // Whoever names an endpoint may ask it a handful of questions.
        allow_remote: true,
        region,
        credentials,
        ca_file: arguments.ca_file.clone(),
        ..TargetOptions::default()
    };
    let mut chart = Chart::default();
    match Target::parse(&arguments.url, &options) {
        Ok(target) => {
            target.url().clone_into(&mut visit.url);
            let mut probe = Probe::new(Arc::new(target), Clock::system());
            session::runtime()?.block_on(examine(&mut probe, &visit, &mut chart))?;
        }
        Err(error @ LoadError::Unresolved { .. }) => {
            chart.ill("address", words::unresolved(&error))?;
        }
        Err(error) => return Err(super::load::Error::from(error).into()),
    }
    chart.verdict()
}
