//! A front server, the proxy that breaks things, and the server behind.
//!
//! Not here: what clients do (`tests/histories/`), what breaks (`tests/support/fault_proxy/`).

use serde_json::json;

use crate::checker::{Did, Op};
use crate::client::Seen;
use crate::fault_proxy::{Counts, Fault, FaultProxy, Odds};
use crate::items::{TABLE, key_of, table, value_of};
use crate::pages::Page;
use crate::run::{self, Figures, Stale};
use crate::setups::{PATIENCE, Setup, TIMES};
use crate::shared::Shared;
use crate::support::{Launch, Rng, Server, Stage, scratch};

/// What a history through two tiers came to.
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) faults: Vec<(Fault, u64)>,
}

/// What its check says.
pub(crate) enum Verdict {
    Sound(Box<Figures>),
    Stale(Box<Stale>),
    /// It would be stale, had not a write landed after its quarantine: the machine was too slow.
    Void,
}

/// The server behind, the proxy before it, and how a server in front of them is started.
pub(crate) struct Tiers {
    pub(crate) back: Server,
    pub(crate) proxy: FaultProxy,
    pub(crate) front: Launch,
    _data: [tempfile::TempDir; 2],
}

/// Runs a history through two tiers and checks it.
pub(crate) fn history(setup: &Setup, operations: u64, seed: u64) -> Outcome {
    let quarantine = setup.quarantine_ms.to_string();
    let own = [("HEARTH__UPSTREAM__QUARANTINE_MS", quarantine.as_str())];
    let tiers = Tiers::start(PATIENCE.iter().chain(setup.plan.settings).chain(&own), seed);
    let front = tiers.front.start();
    front.db().create_table_with(&table());
    let stage = Stage::new(&tiers.front, &front, setup.plan.kills, operations);
    let pages = Page::all(setup.plan.keys).into_iter().filter(Page::can_be_consistent);
    let shared = Shared::new(&setup.plan, stage, pages.collect());
    tiers.proxy.set_odds(setup.odds.clone());

    let played = run::play(&shared, front, seed, || tiers.see_all(&shared));

    let verdict = match played {
        Ok(figures) => Verdict::Sound(Box::new(figures)),
        Err(_) if tiers.proxy.tardy() > 0 => Verdict::Void,
        Err(violation) => Verdict::Stale(violation),
    };
    Outcome { verdict, faults: counted(tiers.proxy.counts()) }
}

impl Tiers {
    /// Starts the server behind, and the proxy, which breaks nothing yet; the front is to have these
    /// settings.
    pub(crate) fn start<'a>(
        settings: impl Iterator<Item = &'a (&'a str, &'a str)>,
        seed: u64,
    ) -> Self {
        let data = [scratch(), scratch()];
        let back = Launch::on(data[0].path()).env("HEARTH__STORAGE__ENGINE", "memory").start();
        let rng = Rng::new(seed, u64::MAX);
        let proxy = FaultProxy::before(back.http(), Odds::none(), TIMES, rng);
        let front = Launch::on(data[1].path())
            .arg("--upstream")
            .arg(proxy.endpoint())
            .env("HEARTH__UPSTREAM__CREDENTIALS", "anonymous");
        let front = settings.fold(front, |front, (name, value)| front.env(name, value));
        Self { back, proxy, front, _data: data }
    }

    /// Once all writes have landed and nothing breaks any more, every item as it is behind.
    fn see_all(&self, shared: &Shared<'_>) -> Seen {
        self.proxy.set_odds(Odds::none());
        self.proxy.settle();
        let mut db = self.back.db();
        let mut seen = Seen::default();
        for key in 0..shared.plan.keys {
            let read = json!({"TableName": TABLE, "Key": key_of(key), "ConsistentRead": true});
            let began = shared.stage.tick();
            let answer = db.call("GetItem", &read).ok();
            let ended = shared.stage.tick();
            let did = Did::Read { seen: answer.get("Item").map(value_of) };
            seen.ops.entry(key).or_default().push(Op { began, ended, did });
        }
        seen
    }
}

fn counted(counts: &Counts) -> Vec<(Fault, u64)> {
    Fault::ALL.into_iter().map(|fault| (fault, counts.of(fault))).collect()
}
