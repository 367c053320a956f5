//! What a run is reported as: what was measured, with what it was asked for and where it ran.
//!
//! The same report is a table for people ([`text`]), a file ([`json`]) and a page with plots
//! ([`html`]); two of them are told apart by [`compare`](compare::compare).
//!
//! Must hold: every figure in a table or plot follows from what the file holds.
//! Not here: how it is measured (`run/`), where it is printed (`cli/load/`).

pub mod compare;
pub mod environment;
pub mod figures;
pub mod html;
pub mod json;
pub mod text;
pub mod units;

use std::time::Duration;

pub use self::environment::Environment;
use super::{Measured, Pace};

/// Everything that is known of one run.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was asked for.
    pub settings: Settings,
    /// Where the client ran.
    pub environment: Environment,
    /// What the client itself used.
    pub client: Client,
    /// What was measured.
    pub measured: Measured,
}

/// What a run was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The workload's name.
    pub workload: String,
    /// The endpoint.
    pub target: String,
    /// When requests were started.
    pub pace: Pace,
    /// How many items the tables were to hold.
    pub items: u64,
    /// How many connections sent requests.
    pub connections: u64,
    /// How many threads drove them.
    pub threads: u64,
    /// What was run but not measured at first.
    pub warm_up: Duration,
    /// How long was to be measured.
    pub length: Duration,
    /// What keys and values were drawn from.
    pub seed: u64,
}

/// What the client itself used while it ran, warm-up included.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Client {
    /// Processor time of all its threads, ns.
    pub cpu: u64,
    /// Time that passed, ns.
    pub wall: u64,
}

impl Pace {
    /// The sentence part for it in reports.
    pub fn label(self) -> String {
        match self {
            Self::Open { per_second } => {
                format!("open loop, {}/s asked", units::rate(per_second))
            }
            Self::Closed => "closed loop".to_owned(),
        }
    }
}

impl Client {
    /// How many processors it kept busy on average.
    pub fn processors(self) -> f64 {
        if self.wall == 0 { 0.0 } else { units::float(self.cpu) / units::float(self.wall) }
    }
}

#[cfg(test)]
pub(crate) mod sample;
