//! What stands behind the caches: the engine of this process, or a service upstream.
//!
//! Must hold: what only an engine of this process can do is refused, not imitated, where the tables
//! are upstream.

use std::sync::Arc;

use super::Proxy;
use super::through::{QuarantineOptions, Through};
use crate::engine::upstream::UpstreamEngine;
use crate::engine::{Error, TableEngine, TableReader};

/// Where the tables are.
#[derive(Clone)]
pub enum Engine {
    /// In this process.
    Embedded(Arc<dyn TableEngine>),
    /// A service has them.
    Upstream(Arc<UpstreamEngine>, QuarantineOptions),
}

impl Engine {
    /// What the caches are filled from.
    pub(super) fn reader(&self) -> Arc<dyn TableReader> {
        match self {
            Self::Embedded(engine) => Arc::<dyn TableEngine>::clone(engine),
            Self::Upstream(engine, _) => Arc::<UpstreamEngine>::clone(engine),
        }
    }

    /// The same for callers of another scope.
    pub(super) fn scoped(&self, engine: Arc<UpstreamEngine>) -> Option<Self> {
        match self {
            Self::Embedded(_) => None,
            Self::Upstream(_, options) => Some(Self::Upstream(engine, *options)),
        }
    }

    pub(super) fn through(&self) -> Option<Through> {
        match self {
            Self::Embedded(_) => None,
            Self::Upstream(engine, options) => Some(Through::new(Arc::clone(engine), options)),
        }
    }
}

impl Proxy {
    /// The engine of this process.
    pub(super) fn store(&self) -> Result<&Arc<dyn TableEngine>, Error> {
        match &self.engine {
            Engine::Embedded(engine) => Ok(engine),
            Engine::Upstream(..) => Err(Error::Elsewhere),
        }
    }
}
