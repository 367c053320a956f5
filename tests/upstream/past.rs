//! A second client writes to the service itself, which hearth notices by the table's stream.
//!
//! Rounds of writes through and past hearth take turns with rests. In a rest, once hearth says that it
//! has seen all that was written before, whatever it answers must be what the service answers; during a round it may be
//! older. Records come twice and late, and reads of them fail.
//!
//! Must hold: a rest begins once two reads of the stream that began after the last write have found
//! nothing, which the proxy may have said itself before, and the time up to which hearth has seen the
//! stream is past that of the last write.
//! Not here: how long it takes until a write is noticed (`scripts/bench upstream`).

use std::thread;

use serde_json::{Value, json};

use crate::fault_proxy::{Fault, Odds};
use crate::items::{TABLE, item_of, key_of, table};
use crate::pages::Page;
use crate::support::{Db, Rng, Scrape, Server, wait_until};
use crate::tiers::Tiers;

/// What the rounds of one history came to.
#[derive(Default)]
pub(crate) struct Rounds {
    /// Answers that were compared.
    pub(crate) compared: u64,
    /// Reads of items that hearth answered by itself.
    pub(crate) hits: u64,
    pub(crate) repeated: u64,
    pub(crate) withheld: u64,
    /// The first answer of hearth's that was not the service's.
    pub(crate) stale: Option<String>,
}

/// Runs rounds with or without the stream.
pub(crate) fn rounds(stream: &str, seed: u64) -> Rounds {
    let settings = [
        ("HEARTH__CACHE__STREAM", stream),
        ("HEARTH__UPSTREAM__STREAM_POLL_MS", "20"),
        ("HEARTH__UPSTREAM__TRY_TIMEOUT_MS", "200"),
    ];
    let tiers = Tiers::start(settings.iter(), seed);
    let front = tiers.front.start();
    front.db().create_table_with(&table());
    let follows = stream != "off";
    if follows {
        wait_until("the table's stream to be followed", || {
            let coherent = [("table", TABLE), ("state", "coherent")];
            let metrics = Scrape::of(front.admin());
            (metrics.sum("hearth_table_coherence", &coherent) == 1).then_some(())
        });
    }
    tiers.proxy.set_odds(
        Odds::none()
            .on_records(Fault::OF_RECORDS, 2_500)
            .on_records(&[Fault::FailBefore, Fault::ResetAfter, Fault::Corrupt], 300),
    );
    let mut rounds = Rounds::default();
    for round in 0..ROUNDS {
        let (through, past) = (front.http(), tiers.back.http());
        thread::scope(|scope| {
            for (number, (writes, address)) in
                [(20, through), (20, through), (80, past)].into_iter().enumerate()
            {
                let rng = Rng::new(seed, round * 10 + number as u64);
                scope.spawn(move || act(&mut Db::connect(address), writes, rng));
            }
        });
        if follows {
            await_rest(&tiers, &front);
        }
        rounds.compare(&mut tiers.back.db(), &mut front.db());
        if rounds.stale.is_some() {
            break;
        }
    }
    let hits = [("cache", "item"), ("table", TABLE), ("result", "hit")];
    rounds.hits = Scrape::of(front.admin()).sum("hearth_cache_requests_total", &hits);
    rounds.repeated = tiers.proxy.counts().of(Fault::RepeatRecords);
    rounds.withheld = tiers.proxy.counts().of(Fault::WithholdRecords);
    rounds
}

impl Rounds {
    /// Compares every item and every page, consistent or not, with what the service says.
    fn compare(&mut self, back: &mut Db, front: &mut Db) {
        let gets =
            (0..KEYS).map(|key| ("GetItem", json!({"TableName": TABLE, "Key": key_of(key)})));
        let pages = Page::all(KEYS).into_iter().filter(Page::can_be_consistent);
        let pages = pages.map(|page| (page.operation, page.request));
        for (operation, request) in gets.chain(pages) {
            let expected = back.call(operation, &request).ok();
            let found = front.call(operation, &request).ok();
            self.compared += 1;
            if found != expected {
                self.stale = Some(format!("{operation} {request}: {found}, not {expected}"));
                return;
            }
        }
    }
}

/// Reads and writes for a while; so many of a hundred are writes.
fn act(db: &mut Db, writes: u64, mut rng: Rng) {
    let pages: Vec<Page> = Page::all(KEYS).into_iter().filter(Page::can_be_consistent).collect();
    for _ in 0..OPERATIONS {
        let key = rng.below(KEYS);
        let (operation, request): (&str, Value) = if rng.percent(writes) {
            if rng.percent(25) {
                ("DeleteItem", json!({"TableName": TABLE, "Key": key_of(key)}))
            } else {
                let item = item_of(key, rng.below(1 << 40));
                ("PutItem", json!({"TableName": TABLE, "Item": item}))
            }
        } else if rng.percent(40) {
            let many = pages.len() as u64;
            let page = &pages[usize::try_from(rng.below(many)).expect("there are few pages")];
            (page.operation, page.request.clone())
        } else {
            ("GetItem", json!({"TableName": TABLE, "Key": key_of(key)}))
        };
        db.call(operation, &request).ok();
    }
}

/// Waits until the front has seen the end of the stream and says so.
fn await_rest(tiers: &Tiers, front: &Server) {
    tiers.proxy.release_records();
    let polls = tiers.proxy.empty_polls();
    wait_until("the stream to be read to its end", || {
        (tiers.proxy.empty_polls() >= polls + 2).then_some(())
    });
    let now_s = hearth::clock::Clock::system().unix_ms() / 1_000;
    wait_until("hearth to have seen all that was written", || {
        let seen = Scrape::of(front.admin());
        let seen = seen.sum("hearth_stream_seen_timestamp_seconds", &[("table", TABLE)]);
        (seen > now_s).then_some(())
    });
}

const KEYS: u64 = 6;
const ROUNDS: u64 = 6;
const OPERATIONS: u64 = 60;
