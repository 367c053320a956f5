//! `hearth doctor`: what keeps a client of an endpoint from working, and what to do about it.
//!
//! With `--upstream` or `--config` it is hearth that is the client, of the service behind it.
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
mod upstream;
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
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The endpoint, as clients are given it: http://, https://, dax:// or daxs://.
    #[arg(required_unless_present_any = ["upstream", "config"])]
    url: Option<String>,
    /// Examine a service as one behind hearth, with the credentials that hearth would have; changes
    /// nothing there.
    #[arg(long, value_name = "URL", conflicts_with = "url")]
    upstream: Option<String>,
    /// Examine the upstream of this configuration of hearth.
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    config: Option<PathBuf>,
    /// Also read, write and delete one item of this table, under a key that nobody else has; of an
    /// upstream, which actions on this table are allowed.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The region of signatures [default: `AWS_REGION`, else us-east-1; of an upstream, as for
    /// serve].
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    /// The profile of the shared files that an upstream is asked with.
    #[arg(long, value_name = "NAME", conflicts_with = "url")]
    profile: Option<String>,
    /// An AWS credentials file with mode 0600, of which the profile `AWS_PROFILE` or default is
    /// taken [default: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, else any].
    #[arg(long, value_name = "FILE", conflicts_with_all = ["upstream", "config"])]
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
    let Arguments { url, upstream, config, table, region, profile, credentials, ca_file } =
        arguments.clone();
    let environment: Vec<_> = environment.into_iter().collect();
    if let Some(url) = url {
        let asked = Asked { url, table, region, credentials, ca_file };
        return examine_endpoint(asked, environment);
    }
    let order = upstream::Order { url: upstream, config, region, profile, ca_file, table };
    upstream::run(order, &environment)
}

/// What was asked of an endpoint of clients.
struct Asked {
    url: String,
    table: Option<String>,
    region: Option<String>,
    credentials: Option<PathBuf>,
    ca_file: Option<PathBuf>,
}

fn examine_endpoint(asked: Asked, environment: Vec<(OsString, OsString)>) -> Result<(), Error> {
    let variables = Variables::of(environment)?;
    let region = asked.region.unwrap_or_else(|| variables.region().to_owned());
    let credentials = variables.credentials(asked.credentials.as_deref())?;
    let mut visit = Visit {
        url: asked.url.clone(),
        access_key_id: credentials.access_key_id.clone(),
        region: region.clone(),
        table: asked.table,
    };
    let options = TargetOptions {
        // Whoever names an endpoint may ask it a handful of questions.
        allow_remote: true,
        region,
        credentials,
        ca_file: asked.ca_file,
        ..TargetOptions::default()
    };
    let mut chart = Chart::default();
    match Target::parse(&asked.url, &options) {
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
