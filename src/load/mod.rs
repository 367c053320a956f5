//! The load generator: a client of any DynamoDB endpoint that measures what it is answered.
//!
//! A [`Workload`](workload) draws requests; connections send them when they are due
//! (`run/`); a report says what was measured.
//!
//! Must hold: in the open loop a latency counts from the moment the request was due, whether or
//! not a connection was free then; nothing but loopback is asked unless that was allowed; every
//! run ends by time and by count.
//! Not here: flags (`cli/load/`); anything of the server, which this module knows by its wires only.

pub mod client;
mod endpoint;
pub mod error;
pub mod fill;
pub mod measured;
pub mod operation;
pub mod probe;
pub mod report;
pub mod run;
mod server_view;
pub mod tables;
pub mod target;
pub mod workload;

pub use client::{Explain, Patience};
pub use error::Error;
pub use measured::{Ending, Measured, Second, ServerView, Source, Tally};
pub use operation::{Operation, Planned};
pub use run::{Pace, Plan};
pub use target::{Credentials, Target, TargetOptions};
pub use workload::Workload;
