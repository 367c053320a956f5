//! A client of a DynamoDB-compatible service: it sends one operation and tells how it ended.
//!
//!     send: lease a connection -> choose an endpoint -> sign -> exchange -> verdict
//!              ^                                                              |
//!              +------------- pause, if a try more is allowed and helps ------+
//!
//! Must hold: every request ends within its deadline; a write that may have been applied is never
//! called not done, nor sent again unless the service does it once; no redirect is followed.
//! Not here: what operations say (`wire/json/`), what their endings mean for the cache (`proxy/`).

mod addresses;
mod answer;
mod attempt;
mod aws;
mod budget;
pub(super) mod chance;
mod connect;
mod course;
mod credentials;
mod error;
mod failure;
mod fleet;
mod greet;
mod health;
mod isolation;
mod nodes;
mod options;
mod place;
mod plain;
mod pool;
mod region;
mod sign;
mod skew;
mod verdict;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use self::budget::Budget;
use self::chance::Chance;
use self::course::Course;
use self::credentials::{Keeper, Loader};
use self::fleet::Fleet;
use self::place::Place;
use self::pool::Pool;
use self::region::region;
use self::skew::Skew;
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::net::Trust;

pub use self::credentials::{Credentials, Environment, Source};
pub use self::error::SetupError;
pub use self::failure::{Failure, Fate, Fault, Refusal, Told, What};
pub use self::fleet::EndpointState;
pub use self::greet::Greeting;
pub use self::isolation::{Isolation, IsolationFound};
pub use self::options::{Discover, Options, Patience};

/// One operation.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The whole X-Amz-Target, as in `DynamoDB_20120810.GetItem`.
    pub target: Cow<'static, str>,
    /// The request as JSON.
    pub body: Bytes,
    /// What it does to the service.
    pub effect: Effect,
}

/// What an operation does to the service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Nothing: it may be sent as often as one likes.
    Reads,
    /// It changes something each time that it is carried out.
    Writes,
    /// It carries a token by which the service carries it out once.
    WritesOnce,
}

/// Sends operations. Clones share connections, budget and what is known of the endpoints.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    keeper: Arc<Keeper>,
}

/// What clients of the same service share.
struct Shared {
    fleet: Fleet,
    /// Where streams are read, if that is elsewhere.
    streams: Option<Fleet>,
    discover: Discover,
    trust: Option<Trust>,
    pool: Arc<Pool>,
    budget: Budget,
    chance: Chance,
    skew: Skew,
    patience: Patience,
    region: String,
    metrics: Arc<Metrics>,
    clock: Clock,
}

impl Client {
    /// A client that connects when it first sends; `seed` is for its draws. May read the shared
    /// files, so it may block.
    pub fn new(
        options: &Options,
        environment: &Environment,
        metrics: Arc<Metrics>,
        clock: Clock,
        seed: u64,
    ) -> Result<Self, SetupError> {
        if options.endpoints.is_empty() {
            return Err(SetupError::NoEndpoint);
        }
        let seeds = options.endpoints.iter().map(|url| Place::parse(url).map(Arc::new));
        let seeds: Vec<Arc<Place>> = seeds.collect::<Result<_, _>>()?;
        let has_tls = seeds.iter().any(|seed| seed.name.is_some());
        let trust = has_tls.then(|| Trust::new(options.ca_file.as_deref())).transpose()?;
        let (profile, ca_file) = (options.profile.as_deref(), options.ca_file.as_deref());
        let loader = Loader::new(options.credentials, environment, profile, ca_file)?;
        let streams: Vec<Arc<Place>> = seeds
            .iter()
            .filter_map(|seed| seed.of_streams().transpose())
            .collect::<Result<_, _>>()?;
        let shared = Shared {
            region: region(options, &seeds[0], environment),
            streams: (!streams.is_empty()).then(|| Fleet::new(streams)),
            fleet: Fleet::new(seeds),
            discover: options.discover,
            trust,
            pool: Pool::new(options.connections_max),
            budget: Budget::full(),
            chance: Chance::new(seed),
            skew: Skew::default(),
            patience: options.patience,
            metrics,
            clock: clock.clone(),
        };
        shared.count_endpoints();
        Ok(Self { shared: Arc::new(shared), keeper: Arc::new(Keeper::new(loader, clock)) })
    }

    /// The same client for somebody else, who signs with these.
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        let keeper = Keeper::new(Loader::Fixed(credentials), self.shared.clock.clone());
        Self { shared: self.shared.clone(), keeper: Arc::new(keeper) }
    }

    /// The same client for somebody else, who signs with what the shared files have for a profile.
    pub fn with_profile(
        &self,
        environment: &Environment,
        profile: &str,
    ) -> Result<Self, SetupError> {
        let loader = Loader::new(Source::Chain, environment, Some(profile), None)?;
        let keeper = Keeper::new(loader, self.shared.clock.clone());
        Ok(Self { shared: self.shared.clone(), keeper: Arc::new(keeper) })
    }

    /// Sends one operation: the body of its answer, or how it ended without one. If this future is
    /// dropped before it ends, a write is of unknown fate.
    pub async fn send(&self, ask: Ask) -> Result<Bytes, Failure> {
        // Apart, or it would be a part of every future that may ask.
        Box::pin(Course::new(self, &ask, self.shared.patience).run()).await
    }

    /// The same for what may take the service longer than requests for data, as changes of tables
    /// do: a write that is under way has all the time that there is, since it is not sent again.
    pub async fn send_patiently(&self, ask: Ask) -> Result<Bytes, Failure> {
        let patience = self.shared.patience.longer(ask.effect);
        Box::pin(Course::new(self, &ask, patience).run()).await
    }

    /// Pays for asking again for what an answer left out; whether the service may be asked that.
    pub fn may_ask_again(&self) -> bool {
        let may = self.shared.budget.spend();
        if !may {
            self.shared.metrics.upstream.retry_refused();
        }
        may
    }

    /// The access key of those it signs as now; loads them if there are none yet.
    pub async fn access_key_id(&self) -> Result<String, Fault> {
        Ok(self.keeper.current().await?.access_key_id().to_owned())
    }

    /// The region that signatures name.
    pub fn region(&self) -> &str {
        &self.shared.region
    }

    /// The endpoints, as they are now.
    pub fn endpoints(&self) -> Vec<EndpointState> {
        self.shared.fleet.endpoints(self.shared.clock.monotonic())
    }

    /// Whether no endpoint answers, as far as requests have shown.
    pub fn is_down(&self) -> bool {
        self.endpoints().iter().all(|endpoint| endpoint.is_out)
    }

    /// How far the service's clock is ahead of ours, as far as refusals have shown, in milliseconds.
    #[cfg(test)]
    fn skew_ms(&self) -> i64 {
        self.shared.skew.ms()
    }
}

impl Shared {
    /// The endpoints that an operation is for.
    fn fleet(&self, target: &str) -> &Fleet {
        let of_streams = self.streams.as_ref().filter(|_| target.starts_with(STREAMS));
        of_streams.unwrap_or(&self.fleet)
    }
}

const STREAMS: &str = "DynamoDBStreams_";

#[cfg(test)]
pub(super) mod tests;
