//! What histories through two tiers differ in: the front's caches, what clients do, and what
//! happens between the tiers.
//!
//! Must hold: a write that the front gave up has been carried out, or never will be, well before
//! its quarantine ends: [`TIMES`] against [`QUARANTINE_MS`].
//! Not here: how the tiers are started (`tiers.rs`).

use std::time::Duration;

use crate::fault_proxy::{Fault, Odds, Times};
use crate::plans::{PLAN, Plan};
use crate::support::CACHE_TINY;

/// A shape of histories.
pub(crate) struct Setup {
    pub(crate) plan: Plan,
    /// Of ten thousand requests for items, how many meet each fault.
    pub(crate) odds: Odds,
    pub(crate) quarantine_ms: u64,
}

impl Setup {
    /// The setups take turns.
    pub(crate) fn numbered(number: u64) -> Self {
        let all = |many| Odds::none().on_data(Fault::OF_REQUESTS, many);
        let (plan, odds) = match number % 7 {
            0 => (THROUGH, all(10)),
            1 => (Plan { name: "no faults", ..THROUGH }, Odds::none()),
            2 => (TINY, all(10)),
            3 => (Plan { name: "nothing in doubt", ..THROUGH }, Odds::none().on_data(CERTAIN, 100)),
            4 => (ONE_KEY, all(4)),
            5 => (TRANSACTIONS, all(10)),
            _ => (STREAM, all(5).on_records(Fault::OF_RECORDS, 2_000).on_records(CERTAIN, 200)),
        };
        Self { plan, odds, quarantine_ms: QUARANTINE_MS }
    }

    /// Writes land late, and the front does not expect it: what the check must find.
    pub(crate) fn without_quarantine() -> Self {
        let late = &[Fault::LateAfterReset, Fault::LateAfterSilence];
        Self {
            plan: Plan { name: "late writes, no quarantine", keys: 2, ..ONE_KEY },
            odds: Odds::none().on_data(late, 500),
            quarantine_ms: 0,
        }
    }
}

/// Faults that leave no doubt what became of a write.
const CERTAIN: &[Fault] = &[Fault::Delay, Fault::Throttle, Fault::Trickle];

/// What the others differ from.
const THROUGH: Plan = Plan {
    name: "all faults",
    clients: 8,
    keys: 8,
    read_percent: 88,
    page_percent: 30,
    transact_percent: 5,
    ..PLAN
};

const TINY: Plan = Plan { name: "cache tiny", settings: &[CACHE_TINY], ..THROUGH };
const ONE_KEY: Plan = Plan { name: "one key", keys: 1, read_percent: 80, ..THROUGH };
const TRANSACTIONS: Plan = Plan { name: "transactions", transact_percent: 40, ..THROUGH };

/// What clients write comes back by the table's stream.
const STREAM: Plan = Plan {
    name: "own stream",
    settings: &[("HEARTH__CACHE__STREAM", "enable"), ("HEARTH__UPSTREAM__STREAM_POLL_MS", "20")],
    ..THROUGH
};

/// How long the front waits for the outcome of a write that it gave up.
const QUARANTINE_MS: u64 = 1_000;

/// How long a request may be on its way.
pub(crate) const TIMES: Times = Times {
    delay: Duration::from_millis(20),
    silence: Duration::from_secs(5),
    land: Duration::from_millis(QUARANTINE_MS / 2),
};

/// How the front waits.
pub(crate) const PATIENCE: &[(&str, &str)] =
    &[("HEARTH__UPSTREAM__TRY_TIMEOUT_MS", "100"), ("HEARTH__UPSTREAM__DEADLINE_MS", "400")];
