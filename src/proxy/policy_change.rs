//! A change of how tables are cached, from outside.
//!
//! Must hold: what it makes of a policy, the configuration would take, too.
//! Not here: which tables it is about, and how long it holds (`control.rs`).

use std::time::Duration;

use super::ControlError;
use crate::cache::{Policy, QueryCaching};

/// What is to be different about a policy; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct PolicyChange {
    /// Milliseconds that items live; 0 is without limit, here and below.
    pub item_ttl_ms: Option<u64>,
    /// Milliseconds that absences live.
    pub absence_ttl_ms: Option<u64>,
    /// Milliseconds that pages live.
    pub query_ttl_ms: Option<u64>,
    /// How pages are cached.
    pub queries: Option<QueryCaching>,
    /// Whether reads go past the caches.
    pub bypass: Option<bool>,
    /// The largest page that is kept, in bytes of its items.
    pub page_bytes_max: Option<u64>,
    /// How many reads of the engine may fill the caches at once.
    pub fills_max: Option<u64>,
}

impl PolicyChange {
    /// The policy with this change.
    pub(super) fn of(&self, policy: &Policy) -> Result<Policy, ControlError> {
        let refused = |why| Err(ControlError::Policy { why });
        let ttl = |ms: Option<u64>, before: Option<Duration>| match ms {
            None => before,
            Some(0) => None,
            Some(ms) => Some(Duration::from_millis(ms)),
        };
        let size = |new: Option<u64>, before: usize| {
            new.map_or(before, |new| usize::try_from(new).unwrap_or(usize::MAX))
        };
        let ttls = [self.item_ttl_ms, self.absence_ttl_ms, self.query_ttl_ms];
        if ttls.into_iter().flatten().any(|ms| ms > TTL_MS_MAX) {
            return refused("a time to live can be at most ten years");
        }
        let new = Policy {
            bypass: self.bypass.unwrap_or(policy.bypass),
            item_ttl: ttl(self.item_ttl_ms, policy.item_ttl),
            absence_ttl: ttl(self.absence_ttl_ms, policy.absence_ttl),
            query_ttl: ttl(self.query_ttl_ms, policy.query_ttl),
            follower_ttl: policy.follower_ttl,
            max_stale: policy.max_stale,
            queries: self.queries.unwrap_or(policy.queries),
            stream: policy.stream,
            page_bytes_max: size(self.page_bytes_max, policy.page_bytes_max),
            fills_max: size(self.fills_max, policy.fills_max),
        };
        if new.queries == QueryCaching::Dax && new.query_ttl.is_none() {
            return refused(
                "query_cache = \"dax\" needs a query_ttl_ms, or its pages never change",
            );
        }
        if new.page_bytes_max > PAGE_BYTES_MAX {
            return refused("page_bytes_max can be at most 16777216");
        }
        if !(1..=FILLS_MAX).contains(&new.fills_max) {
            return refused("fills_max must be between 1 and 4096");
        }
        Ok(new)
    }
}

/// Ten years.
const TTL_MS_MAX: u64 = 10 * 365 * 24 * 60 * 60 * 1_000;
const PAGE_BYTES_MAX: usize = 16 << 20;
const FILLS_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays_and_zero_is_without_limit() {
        let before = Policy { item_ttl: Some(Duration::from_millis(5)), ..Policy::default() };

        let change = PolicyChange { fills_max: Some(3), ..PolicyChange::default() };
        let fewer = change.of(&before).expect("a good change");
        let change = PolicyChange { item_ttl_ms: Some(0), ..PolicyChange::default() };
        let longer = change.of(&before).expect("a good change");

        assert_eq!(fewer, Policy { fills_max: 3, ..before.clone() });
        assert_eq!(longer, Policy { item_ttl: None, ..before });
    }

    #[test]
    fn what_the_configuration_would_refuse_is_refused() {
        let none = PolicyChange::default;
        for change in [
            PolicyChange { item_ttl_ms: Some(TTL_MS_MAX + 1), ..none() },
            PolicyChange { queries: Some(QueryCaching::Dax), ..none() },
            PolicyChange { page_bytes_max: Some((16 << 20) + 1), ..none() },
            PolicyChange { fills_max: Some(0), ..none() },
            PolicyChange { fills_max: Some(4_097), ..none() },
        ] {
            let refused = change.of(&Policy::default());
            assert!(matches!(refused, Err(ControlError::Policy { .. })), "{change:?}");
        }
        let dax = PolicyChange {
            queries: Some(QueryCaching::Dax),
            query_ttl_ms: Some(1),
            ..PolicyChange::default()
        };
        assert!(dax.of(&Policy::default()).is_ok());
    }
}
