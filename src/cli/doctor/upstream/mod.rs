//! `hearth doctor --upstream URL`: whether hearth can work in front of a service, and how well.
//!
//!     address ─> tls ─> credentials ─> protocol ─> signature ─> clock ─> tables ─┬─> abilities
//!                                                                               └─> each table
//!
//! Must hold: nothing of any table is changed; secrets are neither arguments nor shown.
//! Not here: how the service is asked (`engine/upstream/probe/`), what a finding means (`words.rs`).

mod table;
mod words;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::arguments;
use super::super::load::session;
use super::chart::Chart;
use super::words as shared;
use crate::app::probe::{Ability, Capabilities, Trouble, capabilities};
use crate::app::{UpstreamClient, examiner};
use crate::cli::Error;
use crate::clock::Clock;
use crate::config::{Config, Endpoint, Flag, Sources};
use crate::load::probe::Probe;
use crate::load::{Error as LoadError, Target, TargetOptions};

/// What is examined, beside what the configuration says.
pub(super) struct Order {
    pub(super) url: Option<String>,
    pub(super) config: Option<PathBuf>,
    pub(super) region: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) table: Option<String>,
}

/// Checks the service and prints what it finds; an error if hearth could not work with it.
pub(super) fn run(order: Order, environment: &[(OsString, OsString)]) -> Result<(), Error> {
    let table = order.table.clone();
    let config = order.into_sources(environment.iter().cloned())?.load()?;
    let urls: Vec<Endpoint> =
        config.upstream.url.iter().chain(&config.upstream.endpoints).cloned().collect();
    if urls.is_empty() {
        return Err(Error::NoUpstream);
    }
    let client = examiner(&config, environment.iter().cloned());
    let client = client.map_err(|error| Error::Part(Box::new(error)))?;
    let source = words::source(&config, environment);
    let mut chart = Chart::default();
    session::runtime().map_err(Error::from)?.block_on(async {
        let mut any_answers = false;
        for url in &urls {
            any_answers |= reach(url, &config, &mut chart).await?;
        }
        if any_answers { examine(&client, &source, table, &mut chart).await } else { Ok(()) }
    })?;
    chart.verdict()
}

impl Order {
    /// The configuration that a hearth would run with.
    fn into_sources(
        self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Sources, Error> {
        let path = |path: PathBuf| path.to_string_lossy().into_owned();
        let flags = [
            ("--upstream", "upstream.url", self.url),
            ("--region", "upstream.region", self.region),
            ("--profile", "upstream.profile", self.profile),
            ("--ca-file", "upstream.ca_file", self.ca_file.map(path)),
        ];
        let flags = flags.into_iter();
        let flags = flags.filter_map(|(name, key, text)| text.map(|text| Flag { name, key, text }));
        let environment = arguments::ours(environment)?;
        Ok(Sources { file: self.config, environment, flags: flags.collect() })
    }
}

/// Whether one endpoint can be connected to as its URL says.
async fn reach(url: &Endpoint, config: &Config, chart: &mut Chart) -> Result<bool, Error> {
    let url = url.to_string();
    let url = url.as_str();
    let options = TargetOptions {
        allow_remote: true,
        ca_file: config.upstream.ca_file.clone(),
        ..TargetOptions::default()
    };
    let target = match Target::parse(url, &options) {
        Ok(target) => target,
        Err(error @ LoadError::Unresolved { .. }) => {
            return chart.ill("address", shared::unresolved(&error)).map(|()| false);
        }
        Err(error) => return Err(super::super::load::Error::from(error).into()),
    };
    let probe = Probe::new(Arc::new(target), Clock::system());
    match probe.reach().await {
        Ok(address) => chart.well("address", &format!("{url}: {address} accepts connections"))?,
        Err(why) => {
            return chart.ill("address", words::unreached(&why, url)).map(|()| false);
        }
    }
    if url.starts_with("https:") {
        if let Err(why) = probe.agree().await {
            return chart.ill("tls", words::no_tls(&why, url)).map(|()| false);
        }
        chart.well("tls", "the certificate is trusted, and is for this name")?;
    } else if let Some(found) = words::in_the_clear(url, config) {
        Chart::note("tls", found)?;
    }
    Ok(true)
}

async fn examine(
    client: &UpstreamClient,
    source: &str,
    table: Option<String>,
    chart: &mut Chart,
) -> Result<(), Error> {
    match client.access_key_id().await {
        Ok(id) => chart.well("key", &format!("{id}, from {source}"))?,
        Err(fault) => return chart.ill("key", words::no_credentials(&fault.why, source)),
    }
    let found = match capabilities(client).await {
        Ok(found) => found,
        Err(Trouble::Identity { kind, message }) => {
            let id = client.access_key_id().await.unwrap_or_default();
            let ill = words::identity(&kind, &message, &id, client.region());
            return chart.ill("signature", ill);
        }
        Err(trouble) => return chart.ill("protocol", words::trouble(&trouble)),
    };
    chart.well("protocol", &words::greeting(&found))?;
    let taken = format!("taken for {} in {}", found.access_key_id, found.region);
    chart.well("signature", &taken)?;
    clock(&found, chart)?;
    abilities(&found, chart)?;
    table::examine_all(client, &found, table, chart).await
}

fn clock(found: &Capabilities, chart: &mut Chart) -> Result<(), Error> {
    let Some(ahead_ms) = found.greeting.ahead_ms else {
        return Chart::untried("clock", "the upstream does not say its time");
    };
    let ours = Clock::system().unix_ms() / 1_000;
    match shared::skew(ours, ours.saturating_add_signed(ahead_ms / 1_000)) {
        None => chart.well("clock", "this machine and the upstream agree on the time"),
        Some(ill) => chart.ill("clock", ill),
    }
}

/// What some services cannot do; hearth works without any of it.
fn abilities(found: &Capabilities, chart: &mut Chart) -> Result<(), Error> {
    for (check, ability, without) in [
        ("tables", found.lists_tables, words::NO_LIST),
        ("streams", found.streams, words::NO_STREAMS),
        ("transact", found.transactions, words::NO_TRANSACTIONS),
        ("partiql", found.partiql, words::NO_PARTIQL),
        ("backups", found.backups, words::NO_BACKUPS),
    ] {
        match ability {
            Ability::Yes if check == "tables" => {
                chart.well(check, &words::listed(&found.tables))?;
            }
            Ability::Yes => chart.well(check, "it has them")?,
            Ability::No | Ability::Denied => {
                Chart::note(check, words::without(ability, without, &found.access_key_id))?;
            }
            Ability::Untold => Chart::untried(check, "the upstream did not tell")?,
        }
    }
    Ok(())
}
