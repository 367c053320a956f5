//! The shapes of histories, which take turns.

use crate::support::{CACHE_OFF, CACHE_TINY};

/// The shape of a history.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) clients: u64,
    /// How often the server is killed while clients are at work; it is killed once more at the end.
    pub(crate) kills: u64,
    pub(crate) settings: &'static [(&'static str, &'static str)],
    pub(crate) fault: Fault,
}

/// What clients do wrong on purpose, for the check to find.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    None,
    /// They read items one after the other and take them for those of one moment.
    TornReads,
    /// They leave out what a transaction only checks.
    NoChecks,
    /// They send a transaction again under another token.
    NewTokens,
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

    /// Whether the cache is on, however small.
    pub(crate) fn caches(&self) -> bool {
        !self.settings.contains(&CACHE_OFF)
    }
}

/// How many plans there are.
pub(crate) const PLANS_MANY: u64 = PLANS.len() as u64;

const PLANS: [Plan; 5] = [
    PLAN,
    Plan { name: "cache off", settings: &[CACHE_OFF], ..PLAN },
    Plan { name: "kills", kills: 4, ..PLAN },
    Plan { name: "cache tiny", clients: 24, settings: &[CACHE_TINY], ..PLAN },
    Plan { name: "kills, cache tiny", kills: 4, settings: &[CACHE_TINY], ..PLAN },
];

/// What the others differ from.
const PLAN: Plan =
    Plan { name: "cache on", clients: 16, kills: 0, settings: &[], fault: Fault::None };
