//! Which proxy answers whom: one for all, or one for each scope of callers.
//!
//! Must hold: who has a scope of its own is never answered by the proxy of another.
//! Not here: who that is (`auth/`), what the proxies share (`mod.rs`).

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};

use super::Proxy;
use super::background::Background;
use crate::cache::Repeats;
use crate::engine::upstream::UpstreamEngine;

impl Proxy {
    /// The same for callers who have an engine of their own before the same service: they share
    /// caches, fence and policies with these, but no entry.
    pub fn scoped(&self, upstream: Arc<UpstreamEngine>) -> Option<Arc<Self>> {
        let through = self.through.as_ref()?.scoped(Arc::clone(&upstream));
        let engine = self.engine.scoped(upstream)?;
        Some(Arc::new_cyclic(|this| Self {
            catalog: Arc::clone(engine.reader().catalog()),
            reader: engine.reader(),
            engine,
            cache: Arc::clone(&self.cache),
            pages: Arc::clone(&self.pages),
            repeats: Repeats::new(),
            rules: Arc::clone(&self.rules),
            fence: Arc::clone(&self.fence),
            metrics: Arc::clone(&self.metrics),
            no_table: Arc::clone(&self.no_table),
            clock: self.clock.clone(),
            read_deadline: self.read_deadline,
            enforces: AtomicBool::new(false),
            policies: Arc::clone(&self.policies),
            background: Background::new(),
            shelf: Arc::clone(&self.shelf),
            through: Some(through),
            this: Weak::clone(this),
        }))
    }
}

/// The proxies of a process. Clones share them.
#[derive(Clone)]
pub struct Proxies {
    own: Arc<Proxy>,
    scoped: Arc<HashMap<String, Arc<Proxy>, ahash::RandomState>>,
}

impl Proxies {
    /// One for all.
    pub fn single(own: Arc<Proxy>) -> Self {
        Self { own, scoped: Arc::default() }
    }

    /// One for hearth's own credentials, and others by the names of their scopes.
    pub fn new(own: Arc<Proxy>, scoped: impl IntoIterator<Item = (String, Arc<Proxy>)>) -> Self {
        Self { own, scoped: Arc::new(scoped.into_iter().collect()) }
    }

    /// That of hearth's own credentials.
    pub fn own(&self) -> &Arc<Proxy> {
        &self.own
    }

    /// That of a scope; none if there is no such scope.
    #[inline]
    pub fn of(&self, scope: Option<&str>) -> Option<&Arc<Proxy>> {
        match scope {
            None => Some(&self.own),
            Some(name) => self.scoped.get(name),
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Proxy>> {
        std::iter::once(&self.own).chain(self.scoped.values())
    }
}
