//! The whole process, put together: the one place that names every part.
//!
//! Must hold: nothing listens before the tables are open; at the end connections stop first, then
//! what is queued is written, then the store is closed.
//! Not here: what any part does.

mod admin_token;
mod certificate;
mod error;
mod hot_keys;
mod listeners;
mod logging;
mod migrate;
mod signals;
mod start;
mod upstream;

#[cfg(test)]
mod background_tests;
#[cfg(test)]
mod backup_tests;
#[cfg(test)]
mod capacity_tests;
#[cfg(test)]
mod dax_tests;
#[cfg(test)]
mod expiry_tests;
#[cfg(test)]
mod stream_reading_tests;
#[cfg(test)]
mod upstream_reads_tests;

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::task::JoinHandle;

pub use self::upstream::examiner;
pub use crate::engine::embedded::FORMAT as ROWS_FORMAT;
pub use crate::engine::upstream::client::Client as UpstreamClient;
pub use crate::engine::upstream::probe;
pub use error::Error;
pub use migrate::migrate;

use self::hot_keys::HotKeysFile;
use self::listeners::{Addresses, Listeners, Settings};
use crate::clock::Clock;
use crate::config::{Config, Sources};
use crate::metrics::Metrics;
use crate::proxy::{Proxies, Proxy, Sweeper};
use crate::server::{
    Access, Admin, Control, Dax, DaxParts, Http, Limits, Nodes, Surroundings, Tls,
};
use crate::state::{AttributeLists, CursorFile};
use crate::task::{self, Drain};

/// Serves until the process is told to stop; `sources` are read again when it is told to reload.
pub fn serve(config: Config, sources: Sources) -> Result<(), Error> {
    let logging = logging::start(&config.log);
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let threads = config.server.worker_threads.and_then(|threads| usize::try_from(threads).ok());
    let threads = threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("hearth-worker")
        .global_queue_interval(GLOBAL_QUEUE_INTERVAL)
        .enable_all()
        .build()
        .map_err(|source| Error::Runtime { source })?;
    let (core, engine, holding) = if config.upstream.url.is_some() {
        let (core, holding) = upstream::open(&config)?;
        (core, None, Some(holding))
    } else {
        let parts = start::open(&config)?;
        (parts.core(), Some(parts.engine), None)
    };
    let app = App::new(core, config, sources, logging);
    let served = runtime.block_on(async {
        let served = match app {
            Ok(app) => app.run().await,
            Err(error) => Err(error),
        };
        // Within the runtime, so that a second signal still ends a process whose disk hangs.
        if let Some(engine) = engine {
            drop(tokio::task::spawn_blocking(move || engine.stop()).await);
        }
        served
    });
    if let Some(holding) = holding {
        holding.end();
    }
    runtime.shutdown_timeout(RUNTIME_PATIENCE);
    served
}

/// What the running process consists of.
struct App {
    config: Config,
    sources: Sources,
    logging: logging::Logging,
    clock: Clock,
    metrics: Arc<Metrics>,
    /// That of hearth's own credentials.
    proxy: Arc<Proxy>,
    proxies: Proxies,
    /// The admin token that this start made, if it did.
    made: Control,
    access: Arc<ArcSwap<Access>>,
    limits: Arc<ArcSwap<Limits>>,
    lists: Arc<AttributeLists>,
    cursors: Option<CursorFile>,
    tls: Option<Arc<Tls>>,
    drain: Drain,
}

impl App {
    fn new(
        core: start::Core,
        config: Config,
        sources: Sources,
        logging: logging::Logging,
    ) -> Result<Self, Error> {
        let made = admin_token::make(&config);
        let access = Arc::new(ArcSwap::from_pointee(start::access(&config, &made, &core.proxies)?));
        let limits = Arc::new(ArcSwap::from_pointee(start::limits(&config)));
        let tls = certificate::of(&config)?;
        let start::Core { clock, metrics, proxies, lists, cursors } = core;
        let proxy = Arc::clone(proxies.own());
        let drain = Drain::default();
        Ok(Self {
            config,
            sources,
            logging,
            clock,
            metrics,
            proxy,
            proxies,
            made,
            access,
            limits,
            lists,
            cursors,
            tls,
            drain,
        })
    }

    async fn run(mut self) -> Result<(), Error> {
        // Taken before anything is announced: a signal right after the ready line must find them.
        let signals = signals::Signals::new().map_err(|source| Error::Signals { source })?;
        // The admin port goes on while the others drain, to say so; and those of DAX for as long as
        // clients need to go over to other nodes.
        let (left, drained) = (Drain::default(), Drain::default());
        let settings = Settings {
            http: &|| self.surroundings(&self.drain),
            dax: &|| self.surroundings(&left),
            admin: &|| self.surroundings(&drained),
        };
        let listeners = Listeners::bind(&self.config, self.tls.as_ref(), settings).await?;
        let addresses = listeners.addresses();
        self.announce(&addresses);

        let data = Http::new(
            self.proxies.clone(),
            Arc::clone(&self.metrics),
            Arc::clone(&self.access),
            Arc::clone(&self.limits),
            start::cluster(&self.config, &addresses, self.clock.unix_ms()),
            start::wording(&self.config),
            self.clock.clone(),
        );
        let page = Admin::new(
            Arc::clone(&self.proxy),
            Arc::clone(&self.metrics),
            Arc::clone(&self.access),
            self.drain.clone(),
        );
        let hot_keys = HotKeysFile::of(&self.config);
        if let Some(file) = hot_keys.clone() {
            task::spawn("hot keys", file.load(Arc::clone(&self.proxy)));
        }
        let background = self.begin_background();
        let Listeners { http, https, dax, daxs, admin } = listeners;
        let mut data_tasks = vec![task::spawn("http", Arc::clone(&data).serve(http))];
        data_tasks.extend(https.map(|https| task::spawn("https", data.serve(https))));
        let (plain, secure) = (self.dax_nodes(), self.daxs_nodes());
        let has_peers = !plain.others.is_empty() || !secure.others.is_empty();
        data_tasks.extend(dax.map(|dax| task::spawn("dax", self.dax(plain).serve(dax))));
        data_tasks.extend(daxs.map(|daxs| task::spawn("daxs", self.dax(secure).serve(daxs))));
        let page = task::spawn("admin", page.serve(admin));
        let upkeep = upkeep(Arc::clone(&self.proxy));
        let upkeep = task::spawn("upkeep", upkeep);
        signals.obey(&mut self).await;
        tracing::info!("stopping");
        self.proxies.all().for_each(|proxy| proxy.stop_background());
        if has_peers {
            tokio::time::sleep(Duration::from_millis(self.config.dax.leave_ms)).await;
        }
        left.begin();
        for task in data_tasks {
            drop(task.await);
        }
        drained.begin();
        drop(page.await);
        upkeep.abort();
        background.iter().for_each(JoinHandle::abort);
        if let Some(file) = hot_keys {
            let proxy = Arc::clone(&self.proxy);
            drop(tokio::task::spawn_blocking(move || file.save(&proxy)).await);
        }
        Ok(())
    }

    /// Begins what is no request; tasks that do not end by themselves are answered.
    fn begin_background(&mut self) -> Vec<JoinHandle<()>> {
        let cursors = self.cursors.take();
        let proxy = || Arc::clone(&self.proxy);
        if self.config.upstream.url.is_some() {
            let described = Duration::from_millis(self.config.upstream.describe_interval_ms);
            let mut tasks = vec![
                task::spawn("probe", proxy().keep_probed()),
                task::spawn("quarantine", proxy().keep_quarantine()),
                task::spawn("nodes", proxy().keep_nodes(self.drain.clone())),
                task::spawn("streams", proxy().follow_streams(upstream::following(&self.config))),
            ];
            for proxy in self.proxies.all() {
                let described = Arc::clone(proxy).keep_described(described);
                tasks.push(task::spawn("descriptions", described));
            }
            let keep = |file| task::spawn("cursors", upstream::keep_cursors(file, proxy()));
            tasks.extend(cursors.map(keep));
            return tasks;
        }
        task::spawn("auditor", proxy().audit());
        task::spawn("sweeper", Sweeper::new(proxy()).run());
        task::spawn("tender", proxy().tend_tables());
        task::spawn("backups", proxy().write_backups());
        task::spawn("restores", proxy().fill_restored_tables());
        Vec::new()
    }

    fn dax(&self, nodes: Nodes) -> Arc<Dax> {
        Dax::new(DaxParts {
            proxies: self.proxies.clone(),
            metrics: Arc::clone(&self.metrics),
            access: Arc::clone(&self.access),
            limits: Arc::clone(&self.limits),
            lists: Arc::clone(&self.lists),
            nodes,
            wording: start::wording(&self.config),
            clock: self.clock.clone(),
            drain: self.drain.clone(),
        })
    }

    fn dax_nodes(&self) -> Nodes {
        let dax = &self.config.dax;
        Nodes { own: dax.advertise, others: dax.peers.clone() }
    }

    fn daxs_nodes(&self) -> Nodes {
        let dax = &self.config.dax;
        Nodes { own: dax.advertise_tls, others: dax.peers_tls.clone() }
    }

    fn surroundings(&self, drain: &Drain) -> Surroundings {
        Surroundings {
            limits: Arc::clone(&self.limits),
            metrics: Arc::clone(&self.metrics),
            clock: self.clock.clone(),
            drain: drain.clone(),
        }
    }

    /// Says where everything is. Who reads the ready line can connect.
    fn announce(&self, addresses: &Addresses) {
        let Addresses { http, https, dax, daxs, admin } = addresses;
        let served = |scheme: &str, address: &Option<SocketAddr>| {
            address.map(|address| format!("{scheme}://{address}"))
        };
        let data = [Some(format!("http://{http}")), served("https", https)];
        let data = data.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let dax: Vec<String> =
            [served("dax", dax), served("daxs", daxs)].into_iter().flatten().collect();
        let dax = if dax.is_empty() { "off".to_owned() } else { dax.join(" ") };
        let tables = start::describe_storage(&self.config);
        let requests = match self.config.auth.credentials {
            Some(_) => "every one must be signed",
            None => "not checked; see --credentials",
        };
        let control = admin_token::describe(&self.config, &self.made);
        let text = format!(
            "hearth {}\n  tables    {tables}\n  DynamoDB  {data}\n  DAX       {dax}\n  admin     \
             http://{admin} (/metrics /healthz /readyz)\n  control   {control}\n  requests  {requests}\n  SDKs      \
             export AWS_ENDPOINT_URL_DYNAMODB=http://{http}\n{}\n",
            env!("CARGO_PKG_VERSION"),
            addresses.ready_line(),
        );
        let mut out = std::io::stdout().lock();
        // Who closed our standard output does not want to know.
        drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }

    /// Reads the configuration again and takes what a running process can take.
    fn reload(&mut self) -> Result<(), Error> {
        let new = self.sources.load()?;
        let reloaded = self.config.reloadable_changes(&new)?;
        // The credentials file may have changed even if its name did not.
        let access = start::access(&reloaded.config, &self.made, &self.proxies)?;
        // What can fail comes first: a reload is taken whole or not at all.
        certificate::renew(self.tls.as_ref(), &reloaded.config)?;
        self.access.store(Arc::new(access));
        self.limits.store(Arc::new(start::limits(&reloaded.config)));
        self.proxy.set_policies(start::policies(&reloaded.config));
        if reloaded.config.upstream.url.is_none() {
            self.proxy.set_audits(reloaded.config.cache.audit_one_in);
            self.proxy.set_sweeping(start::sweeping(&reloaded.config));
            start::set_capacity(&reloaded.config, &self.proxy, &self.metrics);
        }
        self.logging.set_level(reloaded.config.log.level);
        tracing::info!(changed = ?reloaded.changed, waiting = ?reloaded.waiting, "reloaded");
        self.config = reloaded.config;
        Ok(())
    }
}

async fn upkeep(proxy: Arc<Proxy>) {
    let mut interval = tokio::time::interval(UPKEEP);
    loop {
        interval.tick().await;
        proxy.measure();
    }
}

/// A worker takes every other task from where those wait that its own queue of 256 had no room for.
/// By default it is one in 31 to 127, and connections beyond 256 at once starve behind the others.
const GLOBAL_QUEUE_INTERVAL: u32 = 2;
const UPKEEP: Duration = Duration::from_secs(5);
/// For reads that are at the disk when everything else has ended.
const RUNTIME_PATIENCE: Duration = Duration::from_secs(5);
