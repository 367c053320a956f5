//! From the configuration to the parts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::listeners::Addresses;
use super::{Error, admin_token};
use crate::auth::{Credentials, Verifier};
use crate::backup::Shelf;
use crate::cache::{
    self, Generations, ItemCache, PageCache, Policy, QueryCaching, Rules, StreamUse,
};
use crate::clock::Clock;
use crate::config::{
    self, CachePolicy, CapacityMode, Config, Durability, EngineKind, ErrorWording, QueryCache,
};
use crate::engine::embedded::{self, EmbeddedEngine, Hooks, StreamOptions};
use crate::fence::{self, Fence};
use crate::metrics::{self, Metrics};
use crate::proxy::{self, Engine, NamedPolicies, Proxies, Proxy, Sweeping};
use crate::server::{Access, Control, Limits, Origins};
use crate::state::{self, AttributeLists, CursorFile};
use crate::store::disk::{self, DiskStore};
use crate::store::memory::MemoryStore;
use crate::store::{Store, SyncMode};
use crate::wire::json::Wording;
use crate::wire::json::cluster::Cluster;

/// What the sockets are put before, whatever has the tables.
pub(super) struct Core {
    pub(super) clock: Clock,
    pub(super) metrics: Arc<Metrics>,
    pub(super) proxies: Proxies,
    pub(super) lists: Arc<AttributeLists>,
    /// Where it is kept up to where streams upstream are read.
    pub(super) cursors: Option<CursorFile>,
}

/// What does the work with tables of this process, without sockets.
pub(super) struct Parts {
    pub(super) clock: Clock,
    pub(super) metrics: Arc<Metrics>,
    pub(super) engine: Arc<EmbeddedEngine>,
    pub(super) proxy: Arc<Proxy>,
    pub(super) lists: Arc<AttributeLists>,
}

/// Caches and the fence before them, for tables wherever they are.
pub(super) struct Caches {
    pub(super) generations: Arc<Generations>,
    pub(super) rules: Arc<Rules>,
    pub(super) cache: Arc<ItemCache>,
    pub(super) pages: Arc<PageCache>,
    pub(super) fence: Arc<Fence>,
}

impl Parts {
    pub(super) fn core(&self) -> Core {
        Core {
            clock: self.clock.clone(),
            metrics: Arc::clone(&self.metrics),
            proxies: Proxies::single(Arc::clone(&self.proxy)),
            lists: Arc::clone(&self.lists),
            cursors: None,
        }
    }
}

impl Caches {
    pub(super) fn new(config: &Config, clock: &Clock) -> Self {
        let generations = Arc::new(Generations::default());
        let rules = Rules::new(Arc::clone(&generations), clock.clone());
        let options = cache::Options {
            enabled: config.cache.enabled,
            bytes: config.cache.bytes,
            query_bytes: config.cache.query_bytes,
        };
        let cache = Arc::new(ItemCache::new(&options, Arc::clone(&rules)));
        let pages = Arc::new(PageCache::new(&options, Arc::clone(&rules)));
        let entries: Arc<dyn fence::Entries> = Arc::<ItemCache>::clone(&cache);
        let fence = Fence::new(entries, fence::Options::default());
        Self { generations, rules, cache, pages, fence }
    }
}

/// Opens the tables and puts cache and proxy before them.
pub(super) fn open(config: &Config) -> Result<Parts, Error> {
    open_by(config, Clock::system())
}

/// The same by another clock.
pub(super) fn open_by(config: &Config, clock: Clock) -> Result<Parts, Error> {
    let metrics = metrics_of(config);
    let store = open_store(config, &metrics, clock.clone())?;
    open_on(store, config, metrics, clock)
}

/// With nothing counted.
pub(super) fn metrics_of(config: &Config) -> Arc<Metrics> {
    Metrics::new(metrics::Options {
        tables_max: as_usize(config.metrics.tables_max),
        tables: config.metrics.tables.clone(),
    })
}

/// The same on a store that is open.
pub(super) fn open_on(
    store: Arc<dyn Store>,
    config: &Config,
    metrics: Arc<Metrics>,
    clock: Clock,
) -> Result<Parts, Error> {
    let Caches { generations, rules, cache, pages, fence } = Caches::new(config, &clock);
    let hooks =
        Hooks { forget_all: Box::new(move || generations.raise_all()), give_up: Box::new(give_up) };
    // Behind the store, which has locked the data directory.
    let lists = Arc::new(open_lists(config)?);
    let engine =
        EmbeddedEngine::open(store, &engine_options(config), hooks, &metrics, clock.clone())?;
    let engine = Arc::new(engine);
    let proxy = Proxy::new(proxy::Parts {
        engine: Engine::Embedded(Arc::<EmbeddedEngine>::clone(&engine)),
        cache,
        pages,
        rules,
        fence,
        metrics: Arc::clone(&metrics),
        clock: clock.clone(),
        shelf: open_shelf(config)?,
        read_deadline: Duration::from_millis(config.storage.read_deadline_ms),
    });
    proxy.set_policies(policies(config));
    proxy.set_audits(config.cache.audit_one_in);
    proxy.set_sweeping(sweeping(config));
    set_capacity(config, &proxy, &metrics);
    Ok(Parts { clock, metrics, engine, proxy, lists })
}

/// Takes what the capacity of tables means.
pub(super) fn set_capacity(config: &Config, proxy: &Proxy, metrics: &Metrics) {
    let mode = config.capacity.mode;
    proxy.set_enforcing(mode == CapacityMode::Enforce);
    metrics.show_capacity(mode != CapacityMode::Off);
}

/// How refusals are worded.
pub(super) fn wording(config: &Config) -> Wording {
    match config.api.error_wording {
        ErrorWording::Classic => Wording::Classic,
        ErrorWording::Y2026 => Wording::Y2026,
    }
}

/// Who may ask, and is answered by one of the proxies; `made` is the admin token that this start
/// made.
pub(super) fn access(config: &Config, made: &Control, proxies: &Proxies) -> Result<Access, Error> {
    let credentials = config.auth.credentials.as_deref().map(Credentials::load).transpose()?;
    let named = credentials.iter().flat_map(Credentials::upstream_profiles);
    let unknown = |profile: &String| proxies.of(Some(profile)).is_none();
    if let Some(profile) = named.into_iter().find(unknown) {
        return Err(Error::UnknownProfile { profile });
    }
    let verifier =
        credentials.map(|credentials| Verifier::new(credentials, config.auth.region.as_str()));
    let mut hosts = config.server.allowed_hosts.clone();
    let listens = [config.server.listen, config.server.admin_listen];
    hosts.extend(listens.iter().map(|address| address.ip().to_string()));
    let pages = pages(config);
    Ok(Access { verifier, hosts, pages, control: admin_token::control(config, made)? })
}

/// The web pages whose scripts may use the API.
fn pages(config: &Config) -> Origins {
    let origins = config.server.cors_origins.origins();
    let is_signed = config.auth.credentials.is_some();
    if origins.iter().any(|origin| origin == "*") || (origins.is_empty() && is_signed) {
        Origins::Any
    } else {
        Origins::Listed(origins.to_vec())
    }
}

/// How much clients may ask of the sockets.
pub(super) fn limits(config: &Config) -> Limits {
    let limits = &config.limits;
    Limits {
        connections_max: as_usize(limits.connections_max),
        connections_per_address_max: as_usize(limits.connections_per_address_max),
        requests_in_flight_max: as_usize(limits.requests_in_flight_max),
        header_bytes_max: as_usize(limits.header_bytes_max),
        headers_max: as_usize(limits.headers_max),
        body_bytes_max: as_usize(limits.body_bytes_max).saturating_add(BODY_SLACK_BYTES),
        inflated_bytes_max: as_usize(limits.body_bytes_max).saturating_add(BODY_SLACK_BYTES),
        header_timeout: Duration::from_millis(limits.header_timeout_ms),
        body_grace: Duration::from_millis(limits.body_grace_ms),
        body_bytes_per_second_min: limits.body_bytes_per_s_min,
        idle_timeout: Duration::from_millis(limits.idle_timeout_ms),
        write_stall_timeout: Duration::from_millis(limits.write_stall_timeout_ms),
        drain_timeout: Duration::from_millis(limits.drain_timeout_ms),
    }
}

/// How the process describes itself to clients of DAX's control plane.
pub(super) fn cluster(config: &Config, addresses: &Addresses, now_unix_ms: u64) -> Cluster {
    // Of the two, clients are told the one that asks for no certificate.
    let is_tls = addresses.dax.is_none() && addresses.daxs.is_some();
    let (advertised, bound) = if is_tls {
        (config.dax.advertise_tls, addresses.daxs)
    } else {
        (config.dax.advertise, addresses.dax)
    };
    let is_specific = |address: &SocketAddr| !address.ip().is_unspecified();
    let endpoint = bound.and_then(|bound| advertised.or(Some(bound).filter(is_specific)));
    Cluster {
        name: "hearth".to_owned(),
        region: config.auth.region.as_str().to_owned(),
        account: config.auth.account_id.as_str().to_owned(),
        endpoint,
        is_tls,
        started_unix_s: now_unix_ms / 1_000,
        node_type: "dax.hearth".to_owned(),
    }
}

/// How tables are cached.
pub(super) fn policies(config: &Config) -> NamedPolicies {
    // The embedded engine is in this process: if it gives no answer, nobody should be spared that.
    let has_upstream = config.upstream.url.is_some();
    let policy = |chosen: CachePolicy| {
        let max_stale_ms = if has_upstream { chosen.max_stale_ms } else { 0 };
        policy(&CachePolicy { max_stale_ms, ..chosen })
    };
    let of_table = |name: &String| (name.clone(), policy(config.cache_policy(name)));
    NamedPolicies {
        default: policy(config.cache_policy_default()),
        tables: config.cache_tables.keys().map(of_table).collect(),
    }
}

fn policy(chosen: &CachePolicy) -> Policy {
    let ttl = |ms: Option<u64>| ms.map(Duration::from_millis);
    Policy {
        bypass: chosen.bypass,
        item_ttl: ttl(chosen.item_ttl_ms),
        absence_ttl: ttl(chosen.absence_ttl_ms),
        query_ttl: ttl(chosen.query_ttl_ms),
        follower_ttl: None,
        max_stale: Duration::from_millis(chosen.max_stale_ms),
        queries: match chosen.query_cache {
            QueryCache::Exact => QueryCaching::Exact,
            QueryCache::Dax => QueryCaching::Dax,
            QueryCache::Off => QueryCaching::Off,
        },
        stream: match chosen.stream {
            config::StreamUse::Off => StreamUse::Off,
            config::StreamUse::Use => StreamUse::Use,
            config::StreamUse::Enable => StreamUse::Enable,
        },
        page_bytes_max: as_usize(chosen.page_bytes_max),
        fills_max: as_usize(chosen.fills_max),
    }
}

/// How expired items are deleted.
pub(super) fn sweeping(config: &Config) -> Sweeping {
    let ttl = &config.ttl;
    Sweeping {
        interval: Duration::from_millis(ttl.sweep_interval_ms),
        deletes_per_second: ttl.deletes_per_second,
        clock_step: Duration::from_millis(ttl.clock_step_ms),
        clock_settle: Duration::from_millis(ttl.clock_settle_ms),
    }
}

/// Where tables are kept, for people.
pub(super) fn describe_storage(config: &Config) -> String {
    if let Some(url) = &config.upstream.url {
        return format!("upstream at {url}");
    }
    let durability = match config.storage.durability {
        Durability::Sync => "every write synced",
        Durability::Buffer => "writes buffered by the system",
    };
    match config.storage.engine {
        EngineKind::Disk => format!("{} ({durability})", config.storage.data_dir.display()),
        EngineKind::Memory => "in memory, gone at the end".into(),
    }
}

fn open_store(config: &Config, metrics: &Metrics, clock: Clock) -> Result<Arc<dyn Store>, Error> {
    Ok(match config.storage.engine {
        EngineKind::Disk => {
            let options = store_options(config, metrics);
            Arc::new(DiskStore::open(&config.storage.data_dir, options, clock)?)
        }
        EngineKind::Memory => Arc::new(MemoryStore::default()),
    })
}

pub(super) fn open_lists(config: &Config) -> Result<AttributeLists, Error> {
    let limits = state::Limits {
        lists_max: as_usize(config.dax.attribute_lists_max),
        bytes_max: config.dax.attribute_list_bytes_max,
        ..state::Limits::default()
    };
    Ok(match state_directory(config) {
        Some(directory) => AttributeLists::open(&directory, limits)?,
        None => AttributeLists::in_memory(limits),
    })
}

/// Where what is durable and no table's is kept, if anything is.
pub(super) fn state_directory(config: &Config) -> Option<PathBuf> {
    match config.storage.engine {
        EngineKind::Disk => Some(config.storage.data_dir.join(STATE_DIRECTORY)),
        EngineKind::Memory => None,
    }
}

fn open_shelf(config: &Config) -> Result<Arc<Shelf>, Error> {
    Ok(match config.storage.engine {
        EngineKind::Disk => Shelf::open(&config.storage.data_dir.join(BACKUP_DIRECTORY))?,
        EngineKind::Memory => Shelf::in_memory(),
    })
}

fn store_options(config: &Config, metrics: &Metrics) -> disk::Options {
    let memtable_bytes_max = config.memtable_bytes_max();
    disk::Options {
        memtable_bytes_max,
        write_buffer_bytes_max: memtable_bytes_max * 4,
        block_cache_bytes: config.block_cache_bytes(),
        metrics: Arc::clone(&metrics.store),
        ..disk::Options::default()
    }
}

fn engine_options(config: &Config) -> embedded::Options {
    let storage = &config.storage;
    embedded::Options {
        durability: match storage.durability {
            Durability::Sync => SyncMode::Sync,
            Durability::Buffer => SyncMode::Buffer,
        },
        reserve_bytes: match storage.engine {
            EngineKind::Disk => storage.reserve_bytes,
            EngineKind::Memory => Some(0),
        },
        queue_mutations_max: as_usize(storage.queue_mutations_max),
        batch_bytes_max: as_usize(storage.batch_bytes_max),
        read_concurrency_max: as_usize(storage.read_concurrency_max),
        read_deadline: Duration::from_millis(storage.read_deadline_ms),
        streams: StreamOptions {
            shards: as_usize(config.streams.shards).next_power_of_two(),
            ..StreamOptions::default()
        },
        settling: Duration::from_millis(config.api.control_plane_delay_ms),
        region: config.auth.region.as_str().to_owned(),
        account: config.auth.account_id.as_str().to_owned(),
        ..embedded::Options::default()
    }
}

/// Ends the process: its store can be neither used nor taken away.
fn give_up(error: &crate::engine::Error) {
    tracing::error!(error = error as &dyn std::error::Error, "the store cannot go on");
    eprintln!("hearth: the store cannot go on, so the process ends: {error}");
    std::process::exit(1);
}

pub(super) fn as_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Of what is durable and no table's.
const STATE_DIRECTORY: &str = "state";
/// Of backups of tables.
const BACKUP_DIRECTORY: &str = "backups";
/// What DynamoDB allows a body beyond its 16 MiB of items.
const BODY_SLACK_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stores_memory_follows_the_caches_limit() {
        let options = |cache_mib: u64| {
            let mut config = Config::default();
            config.cache.bytes = cache_mib << 20;
            store_options(&config, &Metrics::new(metrics::Options::default()))
        };
        let sizes = |options: disk::Options| {
            (options.memtable_bytes_max, options.write_buffer_bytes_max, options.block_cache_bytes)
        };

        assert_eq!(sizes(options(256)), sizes(disk::Options::default()));
        assert_eq!(sizes(options(64)), (12 << 20, 48 << 20, 8 << 20));
    }
}
