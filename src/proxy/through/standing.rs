//! How far each table of a service can be cached.
//!
//! Must hold: a table of which changes may be missed lives by time, or is not cached at all.
//! Not here: what tells that (`follow/`), how a policy is kept (`cache/policy.rs`).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::cache::Policy;
use crate::metrics::Coherence;
use crate::model::TableId;

/// What is known of all tables.
#[derive(Default)]
pub(in crate::proxy) struct Standings {
    tables: Mutex<HashMap<TableId, Standing, ahash::RandomState>>,
    /// Whether what fills the caches may be older than what was told of before.
    fills_lag: bool,
    /// Until then writes may land that the process before this one has sent.
    unsettled_until: Mutex<Option<Duration>>,
}

#[derive(Clone, Copy, Default)]
struct Standing {
    coherence: Coherence,
    /// Until then writes of unknown fate may land that nobody keeps.
    bypassed_until: Option<Duration>,
}

impl Standings {
    pub(super) fn new(fills_lag: bool) -> Self {
        Self { fills_lag, ..Self::default() }
    }

    /// Until then writes may land that nobody here has sent.
    pub(super) fn unsettle(&self, until: Duration) {
        *self.unsettled_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Takes what is known of a table now; whether that is news.
    pub(in crate::proxy) fn set(&self, table: TableId, coherence: Coherence) -> bool {
        let mut standings = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = standings.entry(table).or_default();
        let before = std::mem::replace(&mut standing.coherence, coherence);
        before != coherence
    }

    /// Keeps these tables out of the caches until then.
    pub(super) fn bypass(&self, tables: impl IntoIterator<Item = TableId>, until: Duration) {
        let mut standings = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        for table in tables {
            let standing = standings.entry(table).or_default();
            standing.bypassed_until = standing.bypassed_until.max(Some(until));
        }
    }

    /// Keeps tables that were made in place of others out of the caches for as long as those are, or
    /// have writes that may land. `replaced` has the oldest first.
    pub(super) fn inherit(
        &self,
        replaced: &[(TableId, TableId)],
        lands: &HashMap<TableId, Duration>,
    ) {
        let mut standings = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        for (old, new) in replaced {
            let bypassed = standings.get(old).and_then(|standing| standing.bypassed_until);
            if let Some(until) = bypassed.max(lands.get(old).copied()) {
                let standing = standings.entry(*new).or_default();
                standing.bypassed_until = standing.bypassed_until.max(Some(until));
            }
        }
    }

    /// Ends what was until now; whether anything was.
    pub(super) fn end_bypasses(&self, now: Duration) -> bool {
        let mut standings = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unsettled = self.unsettled_until.lock().unwrap_or_else(PoisonError::into_inner);
        let mut any = unsettled.take_if(|until| *until <= now).is_some();
        drop(unsettled);
        for standing in standings.values_mut() {
            if standing.bypassed_until.is_some_and(|until| until <= now) {
                standing.bypassed_until = None;
                any = true;
            }
        }
        any
    }

    /// Whether anything was until a time that has not come.
    pub(super) fn has_ends(&self) -> bool {
        let unsettled = self.unsettled_until.lock().unwrap_or_else(PoisonError::into_inner);
        let is_unsettled = unsettled.is_some();
        drop(unsettled);
        let standings = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        is_unsettled || standings.values().any(|standing| standing.bypassed_until.is_some())
    }

    /// Forgets tables that are gone, but for until when their writes may land: they may be found again,
    /// or others in their place.
    pub(in crate::proxy) fn keep(&self, is_there: impl Fn(TableId) -> bool) {
        let mut standings = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        standings.retain(|table, standing| is_there(*table) || standing.bypassed_until.is_some());
    }

    /// Makes of the policies that are asked for those that can be followed.
    pub(in crate::proxy) fn apply(
        &self,
        tables: impl Iterator<Item = TableId>,
        default: &Policy,
        policies: &mut HashMap<TableId, Policy, ahash::RandomState>,
    ) {
        let unsettled = self.unsettled_until.lock().unwrap_or_else(PoisonError::into_inner);
        let is_unsettled = unsettled.is_some();
        drop(unsettled);
        let standings = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        for table in tables {
            let policy = policies.entry(table).or_insert_with(|| default.clone());
            let standing = standings.get(&table).copied().unwrap_or_default();
            standing.hold(policy, self.fills_lag, is_unsettled);
        }
    }
}

impl Standing {
    /// Changes a policy as far as it cannot be followed.
    fn hold(self, policy: &mut Policy, fills_lag: bool, is_unsettled: bool) {
        let cap = |ttl: &mut Option<Duration>| *ttl = ttl.or(Some(TTL_DEFAULT));
        // Global indexes follow their tables in their own time, whatever is known of writes. Who says
        // how long pages live says so of theirs, too.
        policy.follower_ttl = policy.query_ttl.or(Some(FOLLOWER_TTL_DEFAULT));
        cap(&mut policy.query_ttl);
        let is_coherent = self.coherence == Coherence::Coherent;
        if fills_lag || !is_coherent {
            cap(&mut policy.item_ttl);
            cap(&mut policy.absence_ttl);
        }
        // A stream tells of such writes, too, when they land.
        if is_unsettled && !is_coherent {
            let Policy { item_ttl, absence_ttl, query_ttl, follower_ttl, .. } = policy;
            for ttl in [item_ttl, absence_ttl, query_ttl, follower_ttl] {
                *ttl = Some(ttl.map_or(UNSETTLED_TTL, |ttl| ttl.min(UNSETTLED_TTL)));
            }
        }
        policy.bypass |= self.bypassed_until.is_some() || self.coherence == Coherence::Bypassed;
    }
}

/// About as long as services take to bring a write to their global indexes.
const FOLLOWER_TTL_DEFAULT: Duration = Duration::from_secs(1);
/// As DAX has it.
const TTL_DEFAULT: Duration = Duration::from_mins(5);
/// While writes may land of which nobody knows.
const UNSETTLED_TTL: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: TableId = TableId::new(1);
    const HOUR: Duration = Duration::from_hours(1);

    fn held(standings: &Standings, policy: Policy) -> Policy {
        let mut policies = HashMap::from_iter([(TABLE, policy)]);
        standings.apply([TABLE].into_iter(), &Policy::default(), &mut policies);
        policies.remove(&TABLE).expect("it has one")
    }

    #[test]
    fn without_a_stream_everything_lives_by_time_and_with_one_only_pages_do() {
        let standings = Standings::default();
        let ttls = |policy: Policy| (policy.item_ttl, policy.absence_ttl, policy.query_ttl);
        let capped = Some(TTL_DEFAULT);

        assert_eq!(ttls(held(&standings, Policy::default())), (capped, capped, capped));
        let own = Policy { item_ttl: Some(HOUR), query_ttl: Some(HOUR), ..Policy::default() };
        assert_eq!(ttls(held(&standings, own.clone())), (Some(HOUR), capped, Some(HOUR)));

        assert!(standings.set(TABLE, Coherence::Coherent));
        assert!(!standings.set(TABLE, Coherence::Coherent), "that is no news");
        assert_eq!(ttls(held(&standings, Policy::default())), (None, None, capped));
        assert_eq!(ttls(held(&standings, own)), (Some(HOUR), None, Some(HOUR)));
    }

    #[test]
    fn pages_of_global_indexes_live_a_second_or_as_long_as_somebody_says() {
        let standings = Standings::default();
        let second = Some(Duration::from_secs(1));
        let own = Policy { query_ttl: Some(HOUR), ..Policy::default() };

        for coherence in [Coherence::Ttl, Coherence::Coherent] {
            standings.set(TABLE, coherence);
            assert_eq!(held(&standings, Policy::default()).follower_ttl, second);
            assert_eq!(held(&standings, own.clone()).follower_ttl, Some(HOUR));
        }
    }

    #[test]
    fn what_may_lag_behind_lives_by_time_though_a_stream_tells_of_writes() {
        let standings = Standings::new(true);
        standings.set(TABLE, Coherence::Coherent);

        let policy = held(&standings, Policy::default());

        assert_eq!((policy.item_ttl, policy.absence_ttl), (Some(TTL_DEFAULT), Some(TTL_DEFAULT)));
    }

    #[test]
    fn what_a_process_before_has_sent_may_land_and_is_seen_within_a_second_until_it_cannot() {
        let standings = Standings::default();
        let ttls = |policy: Policy| (policy.item_ttl, policy.absence_ttl, policy.query_ttl);
        let short = Duration::from_millis(5);
        let own = Policy { item_ttl: Some(short), ..Policy::default() };
        let second = Some(Duration::from_secs(1));

        standings.unsettle(Duration::from_mins(15));

        assert_eq!(ttls(held(&standings, own)), (Some(short), second, second));
        standings.set(TABLE, Coherence::Coherent);
        assert_eq!(held(&standings, Policy::default()).item_ttl, None, "the stream will tell");
        standings.set(TABLE, Coherence::Ttl);
        assert!(!standings.end_bypasses(Duration::from_secs(899)));
        assert!(standings.end_bypasses(Duration::from_mins(15)));
        assert_eq!(held(&standings, Policy::default()).item_ttl, Some(TTL_DEFAULT));
    }

    #[test]
    fn a_table_is_bypassed_for_as_long_as_its_writes_may_land_or_its_state_says() {
        let standings = Standings::default();
        let is_bypassed = || held(&standings, Policy::default()).bypass;
        assert!(!is_bypassed());

        standings.bypass([TABLE], Duration::from_secs(10));
        assert!(is_bypassed());
        assert!(!standings.end_bypasses(Duration::from_secs(9)) && is_bypassed());
        assert!(standings.end_bypasses(Duration::from_secs(10)) && !is_bypassed());

        standings.set(TABLE, Coherence::Bypassed);
        assert!(is_bypassed());
        standings.keep(|_| false);
        assert!(!is_bypassed(), "another table of that number is never made");
    }

    #[test]
    fn a_table_in_place_of_another_is_bypassed_for_as_long_as_writes_of_that_may_land() {
        let standings = Standings::default();
        let [second, minute] = [Duration::from_secs(1), Duration::from_mins(1)];
        let [first, kept, new] = [5, 6, 1].map(TableId::new);
        let is_bypassed = || held(&standings, Policy::default()).bypass;

        standings.bypass([first], second);
        standings.keep(|_| false);
        standings.inherit(&[(first, kept), (kept, new)], &HashMap::new());
        assert!(is_bypassed());
        standings.end_bypasses(second);
        assert!(!is_bypassed());
        standings.inherit(&[(first, kept), (kept, new)], &HashMap::from([(kept, minute)]));

        assert!(is_bypassed());
        assert!(standings.end_bypasses(minute) && !is_bypassed());
    }

    #[test]
    fn a_table_that_is_not_named_has_the_policy_of_all() {
        let mut policies = HashMap::default();
        let all = Policy { fills_max: 3, ..Policy::default() };

        Standings::default().apply([TABLE].into_iter(), &all, &mut policies);

        assert_eq!(policies[&TABLE].fills_max, 3);
    }
}
