//! One history: a server, its clients, the check, and the figures.
//!
//! Must hold: the metrics of a server that is killed are read before.
//! Not here: the shapes of histories (`plans.rs`).

use std::fmt;
use std::time::Duration;

use crate::checker::{Op, Violation, check};
use crate::client::{Client, Seen};
use crate::items::{TABLE, table};
use crate::pages::Page;
use crate::plans::Plan;
use crate::shared::Shared;
use crate::support::{Launch, Rng, Scrape, Server, Stage, Stopwatch, scratch};

/// What a history came to, or several together.
#[derive(Default)]
pub(crate) struct Figures {
    histories: u64,
    view: Seen,
    hits: u64,
    absent_hits: u64,
    page_hits: u64,
    kills: u64,
    /// Entries in the cache after every key was read once more.
    entries: u64,
    took: Duration,
}

impl Figures {
    /// Hits on items written during the run, of all keys read but by pages; no key was written before it.
    pub(crate) fn hit_percent(&self) -> u64 {
        self.hits * 100 / self.view.reads.max(1)
    }

    /// The same of pages.
    fn page_hit_percent(&self) -> u64 {
        self.page_hits * 100 / self.view.pages.max(1)
    }

    /// Fails if the history tried too little of what its plan is for.
    pub(crate) fn assert_telling(&self, plan: &Plan) {
        let view = &self.view;
        assert_eq!(view.refusals, 0, "requests were refused: {self}");
        assert!(view.lacks > 0 && view.failed_conditions > 0, "nothing was tried: {self}");
        assert_eq!(self.hits > 0, plan.caches(), "hits where there is a cache: {self}");
        assert_eq!(
            self.page_hits > 0,
            plan.caches(),
            "hits of pages where there is a cache: {self}"
        );
        assert_eq!(view.cut_off > 0, plan.kills > 0, "cut off where there are kills: {self}");
        if plan.evicts() {
            assert!(self.entries < plan.keys, "nothing was evicted: {self}");
        }
    }

    /// Fails if all histories of a plan together had too few hits to prove anything; one alone may
    /// have few, if the machine was busy.
    pub(crate) fn assert_hits(&self, plan: &Plan) {
        let percent = self.hit_percent();
        assert!(percent >= plan.hit_percent_min(), "too few hits to prove anything: {self}");
        let percent = self.page_hit_percent();
        assert!(percent >= plan.page_hit_percent_min(), "too few hits of pages: {self}");
    }

    /// Adds those of another history.
    pub(crate) fn add(&mut self, other: Self) {
        self.histories += other.histories;
        self.view.merge(other.view);
        self.hits += other.hits;
        self.absent_hits += other.absent_hits;
        self.page_hits += other.page_hits;
        self.kills += other.kills;
        self.entries += other.entries;
        self.took += other.took;
    }

    /// Adds the hits that a server has counted since it was started.
    fn add_hits(&mut self, server: &Server) {
        let metrics = Scrape::of(server.admin());
        let lookups = |cache, result| {
            let labels = [("cache", cache), ("table", TABLE), ("result", result)];
            metrics.sum("hearth_cache_requests_total", &labels)
        };
        self.hits += lookups("item", "hit");
        self.absent_hits += lookups("item", "absent_hit");
        self.page_hits += lookups("query", "hit");
        self.entries = metrics.sum("hearth_cache_entries", &[("cache", "item")]);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { histories, view, hits, absent_hits, page_hits, kills, entries, took } = self;
        let Seen { operations, reads, pages, lacks, .. } = view;
        let Seen { failed_conditions, hang_ups, cut_off, refusals, .. } = view;
        let (percent, page_percent) = (self.hit_percent(), self.page_hit_percent());
        write!(
            f,
            "histories={histories} operations={operations} reads={reads} hits={hits} \
             ({percent} %) absent_hits={absent_hits} pages={pages} page_hits={page_hits} \
             ({page_percent} %) absences_in_pages={lacks} failed_conditions={failed_conditions} \
             hang_ups={hang_ups} kills={kills} cut_off={cut_off} refusals={refusals} \
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
    let stage = Stage::new(&launch, &server, plan.kills, operations);
    play(&Shared::new(plan, stage, Page::all(plan.keys)), server, seed, Seen::default)
}

/// Lets the clients of a plan act on their stage, and checks what they saw, and what `at_last` sees
/// once they are done and before every key and page is read once more.
pub(crate) fn play(
    shared: &Shared<'_>,
    server: Server,
    seed: u64,
    at_last: impl FnOnce() -> Seen,
) -> Result<Figures, Box<Stale>> {
    let (plan, watch) = (shared.plan, Stopwatch::start());
    let mut figures = Figures { histories: 1, ..Figures::default() };

    // All connect before any of them begins: a kill may come soon.
    let clients: Vec<_> =
        (0..plan.clients).map(|number| Client::new(shared, Rng::new(seed, number))).collect();
    let clients = clients.into_iter().map(|client| move || client.run()).collect();
    let (server, views) = shared.stage.act(server, clients, |server| {
        figures.add_hits(server);
        figures.kills += 1;
    });
    for view in views {
        figures.view.merge(view);
    }
    figures.view.merge(at_last());
    let last = Client::new(shared, Rng::new(seed, plan.clients));
    figures.view.merge(last.read_all());

    figures.took = watch.elapsed();
    figures.add_hits(&server);
    for (key, ops) in std::mem::take(&mut figures.view.ops) {
        check(&ops).map_err(|violation| Box::new(Stale { key, violation, ops }))?;
    }
    Ok(figures)
}
