//! What the clients of one history share: the server, the counters, and a fault if there is to be
//! one.
//!
//! Must hold: ticks order everything that the clients do; a client that lost its connection to one
//! start of the server gets the next start, never the same again.
//! Not here: what a client does (`client.rs`); who kills the server (`run.rs`).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

use crate::items::number_of;
use crate::pages::Page;
use crate::plans::{Fault, Plan};
use crate::support::{Rng, Server, wait_until};
use crate::wire::Wire;

/// What the clients of one history share.
pub(crate) struct Shared<'a> {
    pub(crate) plan: &'a Plan,
    pages: Vec<Page>,
    serving: Mutex<Serving>,
    /// Answers that clients remember in place of asking: the fault that the check must find.
    remembered: Mutex<BTreeMap<String, Value>>,
    ticks: AtomicU64,
    values: AtomicU64,
    left: AtomicU64,
    connections: AtomicU64,
}

/// The server as it was started last.
struct Serving {
    starts: u64,
    addresses: Addresses,
}

/// Where it listens.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    http: SocketAddr,
    dax: SocketAddr,
}

impl Addresses {
    pub(crate) fn of(server: &Server) -> Self {
        Self { http: server.http(), dax: server.dax() }
    }
}

/// A client's connection.
pub(crate) struct Link {
    pub(crate) wire: Wire,
    /// How often the server had been started before.
    starts: u64,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(addresses: Addresses, plan: &'a Plan, operations: u64) -> Self {
        Self {
            plan,
            pages: Page::all(plan.keys),
            serving: Mutex::new(Serving { starts: 0, addresses }),
            remembered: Mutex::default(),
            ticks: AtomicU64::new(1),
            values: AtomicU64::new(1),
            left: AtomicU64::new(operations),
            connections: AtomicU64::new(0),
        }
    }

    pub(crate) fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    /// A value that no item has had.
    pub(crate) fn new_value(&self) -> u64 {
        self.values.fetch_add(1, Ordering::Relaxed)
    }

    /// Takes one of the operations that are left.
    pub(crate) fn take_one(&self) -> bool {
        let taken = |left: u64| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    /// How many operations are left.
    pub(crate) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Every page of the history.
    pub(crate) fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// How many of a hundred operations are reads at present; calm and busy phases take turns.
    pub(crate) fn read_percent(&self) -> u64 {
        let writes = 100 - self.plan.read_percent;
        let is_calm = (self.left() / PHASE_OPERATIONS).is_multiple_of(2);
        100 - if is_calm { writes / 4 } else { writes * 7 / 4 }
    }

    /// A page, mostly the one that all clients ask for at present.
    pub(crate) fn page(&self, rng: &mut Rng) -> &Page {
        let phase = self.left() / PHASE_OPERATIONS;
        let many = self.pages.len() as u64;
        let favourite = Rng::new(phase, 0).below(many);
        let place = if rng.percent(FAVOURITE_PERCENT) { favourite } else { rng.below(many) };
        &self.pages[usize::try_from(place).expect("there are few pages")]
    }

    /// A connection to the server as it was started last.
    pub(crate) fn connect(&self) -> Link {
        wait_until("the server to accept", RESTART_LIMIT, || self.try_connect(0))
    }

    /// A connection to the start after the one of a connection that broke.
    pub(crate) fn connect_again(&self, broken: &Link, why: &std::io::Error) -> Link {
        assert!(self.plan.kills > 0, "no answer from a server that nobody killed: {why}");
        wait_until("the next server", RESTART_LIMIT, || self.try_connect(broken.starts + 1))
    }

    /// The server was started anew.
    pub(crate) fn moved_to(&self, addresses: Addresses) {
        let mut serving = self.serving();
        *serving = Serving { starts: serving.starts + 1, addresses };
    }

    fn try_connect(&self, starts_min: u64) -> Option<Link> {
        let (starts, addresses) = {
            let serving = self.serving();
            (serving.starts, serving.addresses)
        };
        if starts < starts_min {
            return None;
        }
        // Every other connection is one of DAX.
        let wire = match self.connections.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => Wire::http(addresses.http),
            _ => Wire::dax(addresses.dax),
        };
        wire.ok().map(|wire| Link { wire, starts })
    }

    fn serving(&self) -> MutexGuard<'_, Serving> {
        self.serving.lock().expect("no client panics while it holds it")
    }

    /// What a client takes for the answer to a read of one item.
    pub(crate) fn item_answer(&self, key: u64, fresh: Value, rng: &mut Rng) -> Value {
        match self.plan.fault {
            Fault::StaleItems => self.remember(key.to_string(), fresh, rng),
            Fault::None | Fault::StalePages | Fault::StaleAbsences => fresh,
        }
    }

    /// What a client takes for the answer to a request for a page.
    pub(crate) fn page_answer(&self, page: &Page, fresh: Value, rng: &mut Rng) -> Value {
        match self.plan.fault {
            Fault::StalePages => self.remember(page.request.to_string(), fresh, rng),
            Fault::StaleAbsences if page.tells_one_parity() => {
                let earlier = self.remember(page.request.to_string(), fresh.clone(), rng);
                without_newcomers(fresh, &earlier)
            }
            Fault::None | Fault::StaleItems | Fault::StaleAbsences => fresh,
        }
    }

    /// An earlier answer to the same question; now and then it is replaced by the present one.
    fn remember(&self, question: String, fresh: Value, rng: &mut Rng) -> Value {
        let mut remembered = self.remembered.lock().expect("no client panics while it holds it");
        let earlier = remembered.entry(question).or_insert_with(|| fresh.clone());
        if rng.percent(50) { std::mem::replace(earlier, fresh) } else { earlier.clone() }
    }
}

/// A page without the items that an earlier one did not show.
fn without_newcomers(mut page: Value, earlier: &Value) -> Value {
    let numbers = |page: &Value| -> Vec<u64> {
        page["Items"]
            .as_array()
            .map_or_else(Vec::new, |items| items.iter().map(number_of).collect())
    };
    let known = numbers(earlier);
    if let Some(items) = page["Items"].as_array_mut() {
        items.retain(|item| known.contains(&number_of(item)));
    }
    page["Count"] = json!(numbers(&page).len());
    page
}

/// How long all clients prefer one page, and keep to one share of writes.
const PHASE_OPERATIONS: u64 = 150;

/// How many of a hundred pages are the preferred one.
const FAVOURITE_PERCENT: u64 = 80;

/// How long a killed server may take to come back on a loaded machine.
const RESTART_LIMIT: Duration = Duration::from_mins(1);
