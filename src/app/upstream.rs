//! From the configuration to the parts, where a service upstream has the tables.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::Error;
use super::start::{self, Caches, Core, as_usize};
use crate::api::Consistency;
use crate::auth::Credentials;
use crate::backup::Shelf;
use crate::clock::Clock;
use crate::config::{self, Config, EngineKind};
use crate::engine::upstream::client::{Client, Discover, Environment, Options, Patience, Source};
use crate::engine::upstream::{self, UpstreamEngine};
use crate::metrics::Metrics;
use crate::proxy::{self, Engine, FollowOptions, Proxies, Proxy, QuarantineOptions};
use crate::state::{Before, CursorFile, Tenure};
use crate::store::disk::Claim;

/// What of a process before a service is durable here.
pub(super) struct Holding {
    proxy: Arc<Proxy>,
    tenure: Option<Tenure>,
    /// On the directory.
    _claim: Option<Claim>,
}

impl Holding {
    /// Leaves word for the next process whether something is under way; nothing is asked for any
    /// more.
    pub(super) fn end(self) {
        let Some(tenure) = self.tenure.filter(|_| self.proxy.is_settled()) else { return };
        if let Err(error) = tenure.end() {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "the next start takes this end for an unclean one");
        }
    }
}

/// Puts cache and proxy before the service that the configuration names; nothing is sent yet.
pub(super) fn open(config: &Config) -> Result<(Core, Holding), Error> {
    let clock = Clock::system();
    let metrics = start::metrics_of(config);
    let Caches { generations: _, rules, cache, pages, fence } = Caches::new(config, &clock);
    let claim = match config.storage.engine {
        EngineKind::Disk => Some(Claim::take(&config.storage.data_dir)?),
        EngineKind::Memory => None,
    };
    let lists = Arc::new(start::open_lists(config)?);
    let directory = start::state_directory(config);
    let (cursors, resumed) = directory.as_deref().map(CursorFile::open).transpose()?.unzip();
    let environment = Environment::of(std::env::vars_os());
    let client = client(config, &environment, Arc::clone(&metrics), clock.clone())?;
    let profiles = profiles(config)?;
    let of_profile = |profile: &String| client.with_profile(&environment, profile);
    let scoped = profiles.iter().map(of_profile).collect::<Result<Vec<_>, _>>()?;
    let clients = [client].into_iter().chain(scoped).collect();
    let options = upstream::Options {
        fills: match config.upstream.fills {
            config::Fills::Consistent => Consistency::Strong,
            config::Fills::Eventual => Consistency::Eventual,
        },
        deadline: Duration::from_millis(config.upstream.deadline_ms),
        seed: seed(),
    };
    let mut engines = UpstreamEngine::for_each(clients, options, &metrics, &clock).into_iter();
    let engine = engines.next().expect("there is one for each client");
    let quarantine = QuarantineOptions {
        span: Duration::from_millis(config.upstream.quarantine_ms),
        keys_max: as_usize(config.upstream.quarantined_max),
    };
    // Last of what can fail: a start that comes to nothing is no process that may have sent anything.
    let begun = directory.as_deref().map(Tenure::begin);
    let (tenure, before) = begun.transpose()?.unzip();
    let proxy = Proxy::new(proxy::Parts {
        engine: Engine::Upstream(engine, quarantine),
        cache,
        pages,
        rules,
        fence,
        metrics: Arc::clone(&metrics),
        clock: clock.clone(),
        shelf: Shelf::in_memory(),
        // What is sent has deadlines of its own, which tell more.
        read_deadline: Duration::from_millis(config.upstream.deadline_ms) + READ_SLACK,
    });
    if before == Some(Before::Unsettled) {
        proxy.begin_unsettled();
    }
    proxy.resume_streams(resumed.unwrap_or_default());
    proxy.set_policies(start::policies(config));
    metrics.show_upstream();
    let scoped: Vec<_> =
        profiles.into_iter().zip(engines.filter_map(|engine| proxy.scoped(engine))).collect();
    let holding = Holding { proxy: Arc::clone(&proxy), tenure, _claim: claim };
    let proxies = Proxies::new(proxy, scoped);
    Ok((Core { clock, metrics, proxies, lists, cursors }, holding))
}

/// Writes down every second up to where the streams are read, for ever.
pub(super) async fn keep_cursors(mut file: CursorFile, proxy: Arc<Proxy>) {
    let mut interval = tokio::time::interval(CURSORS_EVERY);
    loop {
        interval.tick().await;
        let cursors = proxy.stream_cursors();
        let written = tokio::task::spawn_blocking(move || (file.write(&cursors), file)).await;
        let Ok((written, same)) = written else { return };
        if let Err(error) = written {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "it is not written down up to where streams are read");
        }
        file = same;
    }
}

/// How the streams of its tables are followed.
pub(super) fn following(config: &Config) -> FollowOptions {
    FollowOptions {
        poll_every: Duration::from_millis(config.upstream.stream_poll_ms),
        lag_max: Duration::from_millis(config.upstream.max_lag_ms),
        bypasses: config.upstream.incoherent == config::Incoherent::Bypass,
    }
}

/// The profiles that callers are sent on with, each a scope of its own.
fn profiles(config: &Config) -> Result<BTreeSet<String>, Error> {
    let credentials = config.auth.credentials.as_deref().map(Credentials::load).transpose()?;
    let profiles = credentials.map(|credentials| credentials.upstream_profiles());
    let profiles = profiles.unwrap_or_default();
    if profiles.len() > PROFILES_MAX {
        let (profiles, profiles_max) = (profiles.len(), PROFILES_MAX);
        return Err(Error::TooManyProfiles { profiles, profiles_max });
    }
    Ok(profiles)
}

/// What asks the service that the configuration names; it may read the shared files of AWS tools.
fn client(
    config: &Config,
    environment: &Environment,
    metrics: Arc<Metrics>,
    clock: Clock,
) -> Result<Client, Error> {
    Ok(Client::new(&client_options(config), environment, metrics, clock, seed())?)
}

/// The same for somebody who only examines the service.
pub fn examiner(
    config: &Config,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Client, Error> {
    let metrics = start::metrics_of(config);
    client(config, &Environment::of(environment), metrics, Clock::system())
}

fn client_options(config: &Config) -> Options {
    let upstream = &config.upstream;
    let ms = Duration::from_millis;
    let endpoints = upstream.url.iter().chain(&upstream.endpoints);
    Options {
        endpoints: endpoints.map(ToString::to_string).collect(),
        discover: match upstream.discover {
            config::Discover::Off => Discover::Off,
            config::Discover::Alternator => Discover::Alternator,
        },
        region: upstream.region.as_ref().map(|region| region.as_str().to_owned()),
        region_default: config.auth.region.as_str().to_owned(),
        credentials: match upstream.credentials {
            config::UpstreamCredentials::Chain => Source::Chain,
            config::UpstreamCredentials::Container => Source::Container,
            config::UpstreamCredentials::Instance => Source::Instance,
            config::UpstreamCredentials::Anonymous => Source::Anonymous,
        },
        profile: upstream.profile.clone(),
        ca_file: upstream.ca_file.as_ref().map(PathBuf::from),
        connections_max: as_usize(upstream.connections_max),
        patience: Patience {
            connect: ms(upstream.connect_timeout_ms),
            per_try: ms(upstream.try_timeout_ms),
            total: ms(upstream.deadline_ms),
            tries_max: u32::try_from(upstream.tries_max).unwrap_or(u32::MAX),
            ..Patience::default()
        },
    }
}

/// For draws that nobody has to repeat.
fn seed() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}

const CURSORS_EVERY: Duration = Duration::from_secs(1);
/// Each write is fenced once for every one of them.
const PROFILES_MAX: usize = 32;
const READ_SLACK: Duration = Duration::from_secs(1);
