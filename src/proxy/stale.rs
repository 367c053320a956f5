//! Answers past their time, while the engine gives none.
//!
//! Must hold: nothing is served so but after a read that got no answer, and never to who asks for a
//! consistent read; it is counted and told.
//! Not here: which entries may be served still (`cache/stale.rs`, `cache/pages.rs`).

use std::sync::Arc;

use super::target::Target;
use super::{Proxy, Trace};
use crate::api::{Consistency, PageImage};
use crate::cache::PageKey;
use crate::engine::{self, Scope, Table};
use crate::fence::Epoch;
use crate::metrics::CacheKind;
use crate::model::{Image, ItemKey};

/// What finds a page again whose load got no answer.
pub(super) struct LostPage {
    pub(super) key: PageKey,
    pub(super) epoch: Option<Epoch>,
    pub(super) scope: Scope,
}

/// Whether a read of this consistency may be answered so.
pub(super) fn may_be(consistency: Consistency) -> bool {
    match consistency {
        Consistency::Eventual => true,
        Consistency::Strong => false,
    }
}

/// An answer, or part of one, is past its time.
pub(super) fn is_told(table: &Table, cache: CacheKind, trace: &mut Trace) {
    table.metrics.answered_stale(cache);
    trace.stale();
}

impl Proxy {
    /// The image that a key had when its time was over, in place of an error that is no answer.
    pub(super) fn item_past_its_time(
        &self,
        table: &Table,
        key: &ItemKey,
        error: engine::Error,
        trace: &mut Trace,
    ) -> Result<Image, engine::Error> {
        if !error.is_no_answer() {
            return Err(error);
        }
        let image = self.cache.past_its_time(key).ok_or(error)?;
        is_told(table, CacheKind::Item, trace);
        Ok(image)
    }

    /// The page as it was when its time was over, in place of an error that is no answer; not
    /// once its partition was written.
    pub(super) fn page_past_its_time(
        &self,
        target: Target<'_>,
        lost: Option<&LostPage>,
        error: engine::Error,
    ) -> Result<Arc<PageImage>, engine::Error> {
        let Some(lost) = lost.filter(|_| error.is_no_answer()) else { return Err(error) };
        let policy = self.rules.policy(lost.key.table());
        let epoch = self.epoch_to_keep(target, &lost.scope, &policy);
        let epoch = epoch.ok().filter(|epoch| *epoch == lost.epoch);
        let page = epoch.and_then(|epoch| self.pages.past_its_time(&lost.key, epoch));
        page.ok_or(error)
    }
}
