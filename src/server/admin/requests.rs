//! What the bodies and queries of control requests say.
//!
//! Must hold: an unknown member is refused by name; keys are read as the data port reads them.
//! Not here: whether the table and the key are there (`proxy/control.rs`).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::control::Refusal;
use crate::api::Key;
use crate::proxy::{PolicyChange, QueryCaching};
use crate::wire::json as dynamodb;

/// One key of one table.
pub(super) struct OneKey {
    pub(super) table: String,
    pub(super) key: Key,
}

/// One partition of a table, or of one of its indexes.
pub(super) struct Partition {
    pub(super) table: String,
    pub(super) index: Option<String>,
    pub(super) key: Key,
}

pub(super) fn one_key(body: &[u8]) -> Result<OneKey, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Members<'a> {
        table: String,
        #[serde(borrow)]
        key: &'a RawValue,
    }
    let Members { table, key } = read(body, r#"{"table": "…", "key": {…}}"#)?;
    Ok(OneKey { table, key: key_of(key)? })
}

pub(super) fn partition(body: &[u8]) -> Result<Partition, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Members<'a> {
        table: String,
        #[serde(default)]
        index: Option<String>,
        #[serde(borrow)]
        key: &'a RawValue,
    }
    let Members { table, index, key } =
        read(body, r#"{"table": "…", "key": {…}} and perhaps "index": "…""#)?;
    Ok(Partition { table, index, key: key_of(key)? })
}

/// The table of a body that may name one and may be left out.
pub(super) fn table(body: &[u8]) -> Result<Option<String>, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Members {
        #[serde(default)]
        table: Option<String>,
    }
    if body.is_empty() {
        return Ok(None);
    }
    read::<Members>(body, r#"{} or {"table": "…"}"#).map(|members| members.table)
}

/// A table, if one is named, and what changes for it.
pub(super) fn policy(body: &[u8]) -> Result<(Option<String>, PolicyChange), Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Members {
        table: Option<String>,
        item_ttl_ms: Option<u64>,
        absence_ttl_ms: Option<u64>,
        query_ttl_ms: Option<u64>,
        query_cache: Option<String>,
        bypass: Option<bool>,
        page_bytes_max: Option<u64>,
        fills_max: Option<u64>,
    }
    let members: Members = read(body, r#"{"table": "…", "item_ttl_ms": …}"#)?;
    let change = PolicyChange {
        item_ttl_ms: members.item_ttl_ms,
        absence_ttl_ms: members.absence_ttl_ms,
        query_ttl_ms: members.query_ttl_ms,
        queries: members.query_cache.as_deref().map(queries_of).transpose()?,
        bypass: members.bypass,
        page_bytes_max: members.page_bytes_max,
        fills_max: members.fills_max,
    };
    Ok((members.table, change))
}

/// The caching of pages that the configuration's word stands for.
fn queries_of(word: &str) -> Result<QueryCaching, Refusal> {
    match word {
        "exact" => Ok(QueryCaching::Exact),
        "dax" => Ok(QueryCaching::Dax),
        "off" => Ok(QueryCaching::Off),
        _ => Err(Refusal::bad("query_cache must be \"exact\", \"dax\" or \"off\"")),
    }
}

/// A table to be read into the cache.
pub(super) struct Warm {
    pub(super) table: String,
    pub(super) items_per_second: u64,
    pub(super) items_max: u64,
}

/// What is asked of the warm-up of a table.
pub(super) enum WarmUp {
    Begin(Warm),
    Stop { table: String },
}

pub(super) fn warm(body: &[u8]) -> Result<WarmUp, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Members {
        table: String,
        items_per_second: Option<u64>,
        items_max: Option<u64>,
        #[serde(default)]
        stop: bool,
    }
    let members: Members =
        read(body, r#"{"table": "…", "items_per_second": …} or {"table": "…", "stop": true}"#)?;
    if members.stop {
        return Ok(WarmUp::Stop { table: members.table });
    }
    let items_per_second = members.items_per_second.unwrap_or(WARM_ITEMS_PER_SECOND);
    if items_per_second == 0 {
        return Err(Refusal::bad("items_per_second must be at least 1"));
    }
    let items_max = members.items_max.unwrap_or(u64::MAX);
    Ok(WarmUp::Begin(Warm { table: members.table, items_per_second, items_max }))
}

/// The table that a query names, as in `table=users`, if there is a query.
pub(super) fn table_in(query: &str) -> Result<Option<&str>, Refusal> {
    if query.is_empty() {
        return Ok(None);
    }
    let table = query.strip_prefix("table=").filter(|table| !table.contains('&'));
    table.map(Some).ok_or_else(|| Refusal::bad("the query can only be ?table=NAME"))
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], expected: &str) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::bad(format!("the body must be {expected}: {error}")))
}

fn key_of(json: &RawValue) -> Result<Key, Refusal> {
    dynamodb::key(json.get().as_bytes()).map_err(|error| {
        let expected = r#"the key must be DynamoDB JSON, such as {"id":{"S":"7"}}"#;
        let why = match &*error.message {
            "" => expected.to_owned(),
            message => format!("{expected}: {message}"),
        };
        Refusal::bad(why)
    })
}

/// How fast a table is read into the cache if nobody says.
const WARM_ITEMS_PER_SECOND: u64 = 1_000;
