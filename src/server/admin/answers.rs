//! What control of the cache answers, in JSON.
//!
//! Must hold: `docs/operating.md` says what the members mean; ratios of nothing are null.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{Key, StreamView};
use crate::clock::whole_ms;
use crate::metrics::Coherence;
use crate::proxy::{
    CacheStats, Dropped, Following, KeyState, Policy, PolicyList, QueryCaching, StreamUse,
    TableStanding, TableStats, Usage, WarmEnd, WarmProgress,
};
use crate::wire::json as dynamodb;

pub(super) fn stats(stats: &CacheStats) -> Value {
    let tables: Vec<Value> = stats.tables.iter().map(of_table).collect();
    json!({
        "caches": [usage("item", stats.items), usage("query", stats.pages)],
        "tables": tables,
    })
}

fn usage(cache: &str, Usage { entries, bytes, bytes_max }: Usage) -> Value {
    json!({ "cache": cache, "entries": entries, "bytes": bytes, "bytes_max": bytes_max })
}

fn of_table(stats: &TableStats) -> Value {
    let [hit, absent_hit, miss, bypass] = stats.items;
    let items = json!({
        "hit": hit, "absent_hit": absent_hit, "miss": miss, "bypass": bypass,
        "hit_ratio": ratio(hit + absent_hit, miss + bypass),
    });
    let [hit, miss, bypass] = stats.pages;
    let queries = json!({
        "hit": hit, "miss": miss, "bypass": bypass, "hit_ratio": ratio(hit, miss + bypass),
    });
    json!({
        "table": stats.table,
        "counted_as": stats.counted_as,
        "items": items,
        "queries": queries,
        "policy": policy(&stats.policy),
    })
}

pub(super) fn state(state: &KeyState) -> Value {
    let transitions: Vec<Value> = state
        .transitions
        .iter()
        .map(|(event, ago)| json!({ "event": event.name(), "ago_ms": whole_ms(*ago) }))
        .collect();
    match &state.entry {
        Ok(entry) => json!({
            "cached": if entry.is_absence { "absent" } else { "item" },
            "bytes": entry.bytes,
            "age_ms": entry.age.map(whole_ms),
            "left_ms": entry.left.map(whole_ms),
            "transitions": transitions,
        }),
        Err(why) => json!({ "cached": null, "why": why.name(), "transitions": transitions }),
    }
}

pub(super) fn dropped(Dropped { items, pages }: Dropped) -> Value {
    json!({ "items": items, "pages": pages })
}

pub(super) fn policies(list: &PolicyList) -> Value {
    let named = |(name, of): &(String, Policy)| {
        let mut members = policy(of);
        members["table"] = json!(name);
        members
    };
    let tables: Vec<Value> = list.tables.iter().map(named).collect();
    json!({ "default": policy(&list.default), "tables": tables })
}

pub(super) fn standings(standings: &[TableStanding]) -> Value {
    let tables: Vec<Value> = standings.iter().map(standing).collect();
    json!({ "tables": tables })
}

fn standing(standing: &TableStanding) -> Value {
    let mut members = match &standing.following {
        Some(following) => following_of(following),
        None if standing.is_here => json!({ "coherence": "exact" }),
        None => json!({ "coherence": Coherence::default().name() }),
    };
    members["table"] = json!(standing.table);
    members["items"] = json!(standing.items);
    members["policy"] = policy(&standing.policy);
    members["stream_use"] = json!(match standing.policy.stream {
        StreamUse::Off => "off",
        StreamUse::Use => "use",
        StreamUse::Enable => "enable",
    });
    members
}

fn following_of(following: &Following) -> Value {
    let stream = following
        .stream
        .as_ref()
        .map(|stream| json!({ "arn": stream.arn, "view": stream.view.map(StreamView::name) }));
    json!({
        "coherence": following.coherence.name(),
        "since_ms": following.since_ms,
        "why": following.why,
        "stream": stream,
        "lag_ms": following.lag.map(whole_ms),
    })
}

pub(super) fn hot(keys: &[(Key, u64)]) -> Value {
    let of_key = |(key, count): &(Key, u64)| {
        let key = serde_json::from_slice::<Value>(&dynamodb::encode_key(key)).unwrap_or_default();
        json!({ "key": key, "count": count })
    };
    let keys: Vec<Value> = keys.iter().map(of_key).collect();
    json!({ "keys": keys })
}

pub(super) fn warmings(warmings: &[WarmProgress]) -> Value {
    let end = |end| match end {
        WarmEnd::Complete => "complete",
        WarmEnd::ItemsMax => "items-max",
        WarmEnd::CacheFull => "cache-full",
        WarmEnd::Stopped => "stopped",
        WarmEnd::Failed => "failed",
    };
    let of_table = |warming: &WarmProgress| {
        let WarmProgress { table, scanned, loaded, end: ended } = warming;
        let state = ended.map_or("running", end);
        json!({ "table": table.as_str(), "scanned": scanned, "loaded": loaded, "state": state })
    };
    let warmings: Vec<Value> = warmings.iter().map(of_table).collect();
    json!({ "tables": warmings })
}

/// By the names of the configuration, and how long pages of indexes live that follow their tables.
fn policy(policy: &Policy) -> Value {
    let ttl = |ttl: Option<Duration>| ttl.map_or(0, whole_ms);
    json!({
        "item_ttl_ms": ttl(policy.item_ttl),
        "absence_ttl_ms": ttl(policy.absence_ttl),
        "query_ttl_ms": ttl(policy.query_ttl),
        "index_query_ttl_ms": ttl(policy.follower_ttl.or(policy.query_ttl)),
        "query_cache": match policy.queries {
            QueryCaching::Exact => "exact",
            QueryCaching::Dax => "dax",
            QueryCaching::Off => "off",
        },
        "bypass": policy.bypass,
        "page_bytes_max": policy.page_bytes_max,
        "fills_max": policy.fills_max,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a ratio is read by people")]
fn ratio(hits: u64, others: u64) -> Option<f64> {
    let all = hits + others;
    (all > 0).then(|| (hits as f64 / all as f64 * 10_000.0).round() / 10_000.0)
}
