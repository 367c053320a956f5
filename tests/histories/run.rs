//! One history: a server, its clients, the check, and the figures.

use std::fmt;
use std::thread;
use std::time::Duration;

use crate::checker::{Op, Violation, check};
use crate::client::{Client, Seen, Shared, TABLE, table};
use crate::support::{Launch, Rng, Scrape, Stopwatch, scratch};

/// The shape of a history.
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    clients: u64,
    pub(crate) keys: u64,
    pub(crate) read_percent: u64,
    settings: &'static [(&'static str, &'static str)],
    /// Whether clients take answers from a cache of their own, which no write invalidates.
    pub(crate) remembers: bool,
}

/// What a history came to, or several together.
#[derive(Default)]
pub(crate) struct Figures {
    histories: u64,
    operations: u64,
    reads: u64,
    page_reads: u64,
    failed_conditions: u64,
    hits: u64,
    absent_hits: u64,
    hang_ups: u64,
    pub(crate) refusals: u64,
    /// Entries in the cache after every key was read once more.
    entries: u64,
    took: Duration,
}

impl Plan {
    /// The plans take turns.
    pub(crate) fn numbered(number: u64) -> Self {
        let turn = usize::try_from(number % PLANS.len() as u64).expect("there are few plans");
        let (name, clients, keys, read_percent, settings) = PLANS[turn];
        Self { name, clients, keys, read_percent, settings, remembers: false }
    }

    /// The first plan with a fault in it, which a check must find.
    pub(crate) fn with_a_stale_cache() -> Self {
        Self { remembers: true, ..Self::numbered(0) }
    }

    /// How many of the reads must be hits, at least, for the history to count.
    pub(crate) fn hit_percent_min(&self) -> u64 {
        if self.settings.is_empty() && self.read_percent >= 80 { 30 } else { 0 }
    }

    /// Whether the cache is on, however small or short its memory.
    pub(crate) fn caches(&self) -> bool {
        !self.settings.contains(&CACHE_OFF)
    }

    /// Whether the cache cannot hold all keys at once.
    pub(crate) fn evicts(&self) -> bool {
        self.settings.contains(&CACHE_TINY)
    }
}

impl Figures {
    /// Hits on items written during the run, of all keys read but by pages; no key was written before it.
    pub(crate) fn hit_percent(&self) -> u64 {
        self.hits * 100 / self.reads.max(1)
    }

    /// Fails if the history tried too little of what its plan is for.
    pub(crate) fn assert_telling(&self, plan: &Plan) {
        assert_eq!(self.refusals, 0, "requests were refused: {self}");
        assert!(self.page_reads > 0 && self.failed_conditions > 0, "nothing was tried: {self}");
        let percent = self.hit_percent();
        assert!(percent >= plan.hit_percent_min(), "too few hits to prove anything: {self}");
        assert_eq!(self.hits > 0, plan.caches(), "hits where there is a cache: {self}");
        if plan.evicts() {
            assert!(self.entries < plan.keys, "nothing was evicted: {self}");
        }
    }

    /// Adds those of another history.
    pub(crate) fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.operations += other.operations;
        self.reads += other.reads;
        self.page_reads += other.page_reads;
        self.failed_conditions += other.failed_conditions;
        self.hits += other.hits;
        self.absent_hits += other.absent_hits;
        self.hang_ups += other.hang_ups;
        self.refusals += other.refusals;
        self.entries += other.entries;
        self.took += other.took;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { histories, operations, reads, page_reads, failed_conditions, .. } = self;
        let Self { hits, absent_hits, .. } = self;
        let Self { hang_ups, refusals, entries, took, .. } = self;
        let percent = self.hit_percent();
        write!(
            f,
            "histories={histories} operations={operations} reads={reads} hits={hits} \
             ({percent} %) absent_hits={absent_hits} page_reads={page_reads} \
             failed_conditions={failed_conditions} hang_ups={hang_ups} refusals={refusals} \
             entries={entries} took={took:.1?}"
        )
    }
}

/// A history that no order of writes explains.
pub(crate) struct Stale {
    key: u64,
    pub(crate) violation: Violation,
    ops: Vec<Op>,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "key {}: {:?}; what clients did to it:", self.key, self.violation)?;
        self.ops.iter().try_for_each(|op| writeln!(f, "{}..{} {:?}", op.began, op.ended, op.did))
    }
}

/// Runs a history on a fresh server and checks it.
pub(crate) fn history(plan: &Plan, operations: u64, seed: u64) -> Result<Figures, Box<Stale>> {
    let data = scratch();
    let launch = plan
        .settings
        .iter()
        .fold(Launch::on(data.path()), |launch, (name, value)| launch.env(name, value));
    let server = launch.start();
    server.db().create_table_with(&table());
    let watch = Stopwatch::start();

    let view = act(&Shared::new(server.http(), plan, operations), seed);

    let took = watch.elapsed();
    for (key, ops) in view.ops {
        check(&ops).map_err(|violation| Box::new(Stale { key, violation, ops }))?;
    }
    let metrics = Scrape::of(server.admin());
    let lookups = |result| {
        let labels = [("cache", "item"), ("table", TABLE), ("result", result)];
        metrics.sum("hearth_cache_requests_total", &labels)
    };
    Ok(Figures {
        histories: 1,
        operations: view.operations,
        reads: view.reads,
        page_reads: view.page_reads,
        failed_conditions: view.failed_conditions,
        hits: lookups("hit"),
        absent_hits: lookups("absent_hit"),
        hang_ups: view.hang_ups,
        refusals: view.refusals,
        entries: metrics.sum("hearth_cache_entries", &[]),
        took,
    })
}

/// Runs all clients to their end, then reads every key once more.
fn act(shared: &Shared<'_>, seed: u64) -> Seen {
    let mut view = Seen::default();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..shared.plan.clients)
            .map(|number| Client::new(shared, Rng::new(seed, number)))
            .map(|client| scope.spawn(move || client.run()))
            .collect();
        for client in clients {
            view.merge(client.join().expect("no client panics"));
        }
    });
    let last = Client::new(shared, Rng::new(seed, shared.plan.clients));
    view.merge(last.read_all());
    view
}

/// Name, clients, keys, percent of reads, settings.
type Row = (&'static str, u64, u64, u64, &'static [(&'static str, &'static str)]);

const CACHE_OFF: (&str, &str) = ("HEARTH__CACHE__ENABLED", "false");
/// Room for two or three items.
const CACHE_TINY: (&str, &str) = ("HEARTH__CACHE__BYTES", "1024");

const PLANS: [Row; 7] = [
    ("cache on", 16, 4, 85, &[]),
    ("cache off", 16, 4, 60, &[CACHE_OFF]),
    ("cache tiny", 24, 8, 80, &[CACHE_TINY]),
    ("ttl 50 ms", 8, 2, 80, &[("HEARTH__CACHE__ITEM_TTL_MS", "50")]),
    ("one key, half writes", 32, 1, 50, &[]),
    ("one key, cache off", 8, 1, 50, &[CACHE_OFF]),
    ("many readers", 32, 8, 92, &[]),
];
