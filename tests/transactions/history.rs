//! One history: a server, clients that carry out transactions on it, and what must hold of all that
//! they saw.
//!
//! Must hold: every history ends with a kill, so that nothing is on its way any more when the last
//! look is taken, and what it shows was on the disk.
//! Not here: the shapes of histories (`plans.rs`), the kinds of work (`bank.rs`, `duty.rs`,
//! `lists.rs`).

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::client::{Client, Counts};
use crate::plans::Plan;
use crate::support::{Db, Launch, Rng, Scrape, Server, Stage, Stopwatch, scratch};

/// What clients do, and what must hold of it.
pub(crate) trait Work: Sync {
    /// What one client saw.
    type Seen: Default + Send;

    /// The tables that it needs.
    fn tables(&self) -> Vec<Value>;

    /// What is there before clients come.
    fn fill(&self, db: &mut Db);

    /// A transaction and what goes with it; says so if what was seen at once is impossible.
    fn step(&self, client: &mut Client<'_>, seen: &mut Self::Seen) -> Result<(), String>;

    /// Whether what all clients saw agrees with what is there at the end.
    fn check(&self, seen: Vec<Self::Seen>, db: &mut Db) -> Result<(), String>;
}

/// What a history came to, or several together.
#[derive(Default)]
pub(crate) struct Figures {
    histories: u64,
    counts: Counts,
    /// Hits of the item cache.
    hits: u64,
    kills: u64,
    took: Duration,
}

impl Figures {
    /// Fails if the history tried too little of what its plan is for.
    pub(crate) fn assert_telling(&self, plan: &Plan) {
        let Counts { cancelled, repeated, reads, hang_ups, cut_off, .. } = self.counts;
        assert!(reads > 0 && cancelled > 0 && hang_ups > 0, "little was tried: {self}");
        assert!(repeated > 0, "nothing was sent again: {self}");
        assert_eq!(self.hits > 0, plan.caches(), "hits where there is a cache: {self}");
        assert_eq!(cut_off > 0, plan.kills > 0, "cut off where there are kills: {self}");
    }

    /// Adds those of another history.
    pub(crate) fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.counts.add(&other.counts);
        self.hits += other.hits;
        self.kills += other.kills;
        self.took += other.took;
    }

    /// Adds the hits that a server has counted since it was started.
    fn add_hits(&mut self, server: &Server) {
        let labels = [("cache", "item"), ("result", "hit")];
        self.hits += Scrape::of(server.admin()).sum("hearth_cache_requests_total", &labels);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { histories, counts, hits, kills, took } = self;
        let Counts { writes, cancelled, repeated, unknown, .. } = counts;
        let Counts { reads, singles, hang_ups, cut_off, .. } = counts;
        let transactions = writes + reads;
        write!(
            f,
            "histories={histories} transactions={transactions} writes={writes} \
             cancelled={cancelled} sent_again={repeated} unknown={unknown} reads={reads} \
             single_operations={singles} hits={hits} hang_ups={hang_ups} kills={kills} \
             cut_off={cut_off} took={took:.1?}"
        )
    }
}

/// Runs a history on a fresh server and checks it.
pub(crate) fn history<W: Work>(
    work: &W,
    plan: &Plan,
    transactions: u64,
    seed: u64,
) -> Result<Figures, String> {
    let data = scratch();
    let launch = plan
        .settings
        .iter()
        .fold(Launch::on(data.path()), |launch, (name, value)| launch.env(name, value));
    let server = launch.start();
    let mut db = server.db();
    work.tables().iter().for_each(|table| db.create_table_with(table));
    work.fill(&mut db);
    let watch = Stopwatch::start();
    let stage = Stage::new(&launch, &server, plan.kills, transactions);
    let mut figures = Figures { histories: 1, ..Figures::default() };

    // All connect before any of them begins: a kill may come soon.
    let clients: Vec<_> =
        (0..plan.clients).map(|number| Client::new(&stage, plan, Rng::new(seed, number))).collect();
    let act = |mut client: Client<'_>| {
        let mut sights = W::Seen::default();
        let mut impossible = Ok(());
        while impossible.is_ok() && stage.take_one() {
            impossible = work.step(&mut client, &mut sights);
        }
        impossible.map(|()| (client.counts(), sights))
    };
    let acts = clients.into_iter().map(|client| || act(client)).collect();
    let (server, all) = stage.act(server, acts, |server| {
        figures.add_hits(server);
        figures.kills += 1;
    });
    figures.add_hits(&server);
    let server = stage.restart(server);
    figures.kills += 1;

    let (counts, sights): (Vec<_>, Vec<_>) =
        all.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    for counts in &counts {
        figures.counts.add(counts);
    }
    work.check(sights, &mut server.db())?;
    figures.took = watch.elapsed();
    Ok(figures)
}
