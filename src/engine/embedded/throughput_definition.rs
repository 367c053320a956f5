//! What a table or a global index takes in a second, as its definition stores it.
//!
//! What it can take at once is stored only if that is more than it must; a definition from before
//! this was kept reads so, too, and as what a table took that was charged on demand once.
//!
//! Not here: the definition itself (`definition.rs`).

use serde::{Deserialize, Serialize};

use crate::api::{Billing, OnDemandMaxima, Throughput, Units};

/// The most that one charged on demand shall take.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Maxima {
    read: Option<u64>,
    write: Option<u64>,
}

impl Maxima {
    /// Those that are there, if there are any.
    pub(super) fn of(throughput: Throughput) -> Option<Self> {
        let OnDemandMaxima { read, write } = throughput.maxima;
        (!throughput.maxima.is_none()).then_some(Self { read, write })
    }
}

/// What it can take at once, if that is more than it must when it is charged so.
pub(super) fn warm_of(throughput: Throughput, billing: Billing) -> Option<(u64, u64)> {
    let Units { read, write } = throughput.warm;
    let least = Throughput::default().raised_for(billing).warm;
    (throughput.warm != least).then_some((read, write))
}

/// What was stored of one that is charged so.
pub(super) fn throughput_of(
    maxima: Option<Maxima>,
    warm: Option<(u64, u64)>,
    billing: Billing,
) -> Throughput {
    let (read, write) = warm.unwrap_or_default();
    let maxima = maxima.map(|Maxima { read, write }| OnDemandMaxima { read, write });
    let maxima = maxima.unwrap_or_default();
    Throughput { maxima, warm: Units { read, write }, is_warming: false }.raised_for(billing)
}

/// How a global index with these units is charged.
pub(super) fn billing_of(units: Option<Units>) -> Billing {
    units.map_or(Billing::OnDemand, Billing::bought)
}
