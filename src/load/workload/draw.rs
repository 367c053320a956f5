//! One stream of requests, endless.

use std::sync::Arc;

use bytes::Bytes;

use super::Workload;
use crate::load::{Operation, Planned};

/// Draws the requests of one connection.
#[derive(Debug)]
pub struct Draw {
    workload: Arc<Workload>,
}

impl Draw {
    /// The stream of this number under a seed.
    pub fn new(workload: &Arc<Workload>, seed: u64, stream: u64) -> Self {
        let _ = (seed, stream);
        Self { workload: Arc::clone(workload) }
    }

    /// The next request.
    #[expect(clippy::should_implement_trait, reason = "it has no end, so it is no iterator")]
    pub fn next(&mut self) -> Planned {
        let _ = &self.workload;
        Planned { operation: Operation::GetItem, body: Bytes::new() }
    }
}
