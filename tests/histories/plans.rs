//! The shapes of histories, which take turns.

use crate::support::{CACHE_OFF, CACHE_TINY};

/// The shape of a history.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) clients: u64,
    pub(crate) keys: u64,
    /// How many of a hundred operations are reads, on the average of calm and busy phases.
    pub(crate) read_percent: u64,
    /// How many of a hundred reads are pages.
    pub(crate) page_percent: u64,
    /// How many of a hundred reads and writes of items are transactions.
    pub(crate) transact_percent: u64,
    /// How often the server is killed and started again on its data.
    pub(crate) kills: u64,
    pub(crate) settings: &'static [(&'static str, &'static str)],
    pub(crate) fault: Fault,
}

/// What clients do wrong on purpose, for the check to find.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    None,
    /// They take items from a cache of their own, which no write invalidates.
    StaleItems,
    /// They do so with pages.
    StalePages,
    /// They leave out of fresh pages of one parity what was not in an earlier one.
    StaleAbsences,
}

impl Plan {
    /// The plans take turns.
    pub(crate) fn numbered(number: u64) -> Self {
        let turn = usize::try_from(number % PLANS.len() as u64).expect("there are few plans");
        PLANS[turn].clone()
    }

    /// The first plan with a fault in it, which a check must find.
    pub(crate) fn with(fault: Fault) -> Self {
        Self { fault, ..Self::numbered(0) }
    }

    /// The first plan with pages that no write reaches, which a check must find.
    pub(crate) fn with_pages_as_in_dax() -> Self {
        Self { settings: AS_DAX, ..Self::numbered(0) }
    }

    /// How many of a hundred keys read must be hits, at least, in all histories of the plan together.
    pub(crate) fn hit_percent_min(&self) -> u64 {
        if self.is_for_hits() && self.page_percent < 50 { 30 } else { 0 }
    }

    /// The same of pages.
    pub(crate) fn page_hit_percent_min(&self) -> u64 {
        if self.is_for_hits() { 10 } else { 0 }
    }

    fn is_for_hits(&self) -> bool {
        self.settings.is_empty() && self.read_percent >= 80
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

const PLANS: [Plan; 10] = [
    PLAN,
    Plan { name: "cache off", read_percent: 60, settings: &[CACHE_OFF], ..PLAN },
    Plan {
        name: "cache tiny",
        clients: 24,
        keys: 8,
        read_percent: 80,
        settings: &[CACHE_TINY],
        ..PLAN
    },
    Plan { name: "pages tiny", page_percent: 60, settings: &[PAGES_TINY], ..PLAN },
    Plan {
        name: "ttl 50 ms",
        clients: 8,
        keys: 2,
        read_percent: 80,
        settings: &[ITEM_TTL, QUERY_TTL],
        ..PLAN
    },
    Plan { name: "one key, half writes", clients: 32, keys: 1, read_percent: 50, ..PLAN },
    Plan {
        name: "one key, cache off",
        clients: 16,
        keys: 1,
        read_percent: 50,
        settings: &[CACHE_OFF],
        ..PLAN
    },
    Plan { name: "many readers", clients: 32, keys: 8, read_percent: 92, ..PLAN },
    Plan { name: "moves", keys: 3, page_percent: 85, ..PLAN },
    Plan { name: "kills", kills: 4, ..PLAN },
];

/// What the others differ from.
pub(crate) const PLAN: Plan = Plan {
    name: "cache on",
    clients: 16,
    keys: 4,
    read_percent: 85,
    page_percent: 40,
    transact_percent: 0,
    kills: 0,
    settings: &[],
    fault: Fault::None,
};

/// Room for two or three pages.
const PAGES_TINY: (&str, &str) = ("HEARTH__CACHE__QUERY_BYTES", "4096");
const ITEM_TTL: (&str, &str) = ("HEARTH__CACHE__ITEM_TTL_MS", "50");
const QUERY_TTL: (&str, &str) = ("HEARTH__CACHE__QUERY_TTL_MS", "50");
const AS_DAX: &[(&str, &str)] =
    &[("HEARTH__CACHE__QUERY_CACHE", "dax"), ("HEARTH__CACHE__QUERY_TTL_MS", "1000")];
