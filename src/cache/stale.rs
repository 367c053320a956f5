//! Entries past their time, for when the engine gives no answer.
//!
//!     found past its time ── taken, a guard in its place ──> filled: forgotten
//!                                     |             └─────> no answer: put back, served
//!                                     └── write, eviction: the place is gone, and so is the entry
//!
//! Taking an entry and placing the guard are one step of the map. So an entry that a guard holds
//! was never older than the last write that had opened by then, and what keeps the guard from
//! filling later keeps the entry from being put back.
//!
//! Must hold: an entry past its time is served only if no write of its key opened since it was
//! cached, in its generation, within its table's policy, and to who asked the engine in vain or
//! began before another who did.
//! Not here: what counts as no answer (`engine/error.rs`), pages (`pages.rs`).

use std::time::Duration;

use quick_cache::sync::{EntryAction, EntryResult};

use super::items::{Entry, FillGuard, ItemCache, Lookup, Map, partition_of};
use super::policy::Policy;
use super::transitions::Event;
use super::unanswered::Place;
use crate::model::{Image, ItemKey};

impl ItemCache {
    /// The image that a key had when its time was over, if the key's load got no answer.
    pub fn past_its_time(&self, key: &ItemKey) -> Option<Image> {
        let policy = self.rules.policy(key.table());
        let entry = self.map.as_ref()?.peek(key)?;
        self.is_servable(&entry, key, &policy, self.rules.now()).then_some(entry.image)
    }

    /// What becomes of a look-up whose entry no longer holds; none if it is to look again.
    pub(super) fn replace_spent<'a>(
        &'a self,
        map: &'a Map,
        key: &'a ItemKey,
        began: Place,
    ) -> Option<Lookup<'a>> {
        let policy = self.rules.policy(key.table());
        if policy.max_stale.is_zero() {
            self.forget_spent(map, key);
            return None;
        }
        // Before the entry is taken: an eviction that begins later must find or refuse it.
        let since = self.evictions.idle_mark(partition_of(key));
        let now = self.rules.now();
        let found = map.entry(key, Some(Duration::ZERO), |_, entry| {
            if self.holds(entry, key.view(), now) {
                return EntryAction::Retain(Lookup::Hit(entry.image.clone()));
            }
            if since.is_none() || !self.is_servable(entry, key, &policy, now) {
                return EntryAction::Remove;
            }
            if self.unanswered.is_since(began, key) {
                return EntryAction::Retain(Lookup::Stale(entry.image.clone()));
            }
            EntryAction::ReplaceWithGuard
        });
        match found {
            EntryResult::Retained(lookup) => Some(lookup),
            EntryResult::Replaced(guard, entry) => {
                self.note_spent(key, Event::Expired);
                Some(Lookup::Miss(FillGuard::new(guard, self, key).over(entry, since?)))
            }
            EntryResult::Vacant(guard) => Some(Lookup::Miss(FillGuard::new(guard, self, key))),
            EntryResult::Removed(_, entry) => {
                let flushed = entry.life.lasts(now);
                self.note_spent(key, if flushed { Event::Flushed } else { Event::Expired });
                None
            }
            EntryResult::Timeout => None,
        }
    }

    /// Whether an entry's time is over and it may still be served.
    fn is_servable(&self, entry: &Entry, key: &ItemKey, policy: &Policy, now: Duration) -> bool {
        let past = entry.life.past(now);
        !policy.bypass
            && past.is_some_and(|past| past < policy.max_stale)
            && entry.life.is_of(self.rules.stamp(key.table()))
    }
}

impl FillGuard<'_> {
    /// Ends a load that got no answer: the image that the key had when its time was over, for
    /// this reader and for who waited, if there is one and nothing overtook the guard.
    pub fn unanswered(mut self) -> Option<Image> {
        // First, so that who is woken finds it.
        self.cache.unanswered.note(self.key);
        self.put_back()
    }

    /// Leaves the key as it was found.
    pub(super) fn put_back(&mut self) -> Option<Image> {
        let guard = self.guard.take()?;
        let entry = self.stale.take()?;
        let (cache, key) = (self.cache, self.key);
        let policy = cache.rules.policy(key.table());
        if !cache.is_servable(&entry, key, &policy, cache.rules.now()) {
            return None;
        }
        let image = entry.image.clone();
        let insert = || guard.insert(entry);
        let kept = cache.evictions.insert_if_none(partition_of(key), self.since, insert);
        matches!(kept, Some(Ok(()))).then_some(image)
    }
}

impl Drop for FillGuard<'_> {
    fn drop(&mut self) {
        self.put_back();
    }
}

#[cfg(test)]
#[path = "stale_tests.rs"]
mod tests;
