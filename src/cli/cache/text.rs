//! Answers of the admin API as people read them.
//!
//! Must hold: whatever the answer has or lacks is shown as well as it can be, never a panic: the
//! process may be of another version.

use serde_json::Value;

use super::arguments::Action;

/// The answer to an action, for people.
pub(super) fn of(action: &Action, answer: &Value) -> String {
    match action {
        Action::Stats => stats(answer),
        Action::Get(_) => state(answer),
        Action::Evict(_) | Action::EvictPartition { .. } | Action::Flush { .. } => dropped(answer),
        Action::Policy { table: None, .. } => policies(answer, &[(TO_COME, &answer["default"])]),
        Action::Policy { table: Some(_), .. } => policies(answer, &[]),
        Action::Hot { .. } => hot(answer),
        Action::Warm { .. } => warm(answer),
    }
}

fn stats(answer: &Value) -> String {
    let caches = rows(&answer["caches"], |cache| {
        let bytes = |name: &str| bytes(&cache[name]);
        vec![word(&cache["cache"]), word(&cache["entries"]), bytes("bytes"), bytes("bytes_max")]
    });
    let mut lookups = Vec::new();
    for table in list(&answer["tables"]) {
        for (kind, counts) in [("items", &table["items"]), ("queries", &table["queries"])] {
            let count = |name: &str| word(&counts[name]);
            lookups.push(vec![
                word(&table["table"]),
                kind.to_owned(),
                count("hit"),
                count("absent_hit"),
                count("miss"),
                count("bypass"),
                percent(&counts["hit_ratio"]),
            ]);
        }
    }
    let heads = ["table", "look-ups of", "hit", "absent", "miss", "bypass", "hit ratio"];
    format!(
        "{}\n{}",
        columns(&["cache", "entries", "bytes", "limit"], caches),
        columns(&heads, lookups)
    )
}

fn state(answer: &Value) -> String {
    let mut lines = Vec::new();
    match answer["cached"].as_str() {
        Some("absent") => lines.push("cached: there is no such item".to_owned()),
        Some(_) => lines.push("cached: an item".to_owned()),
        None => lines.push(format!("not cached: {}", spaced(&answer["why"]))),
    }
    if answer["cached"].is_string() {
        let left = match answer["left_ms"].as_u64() {
            Some(_) => span(&answer["left_ms"]),
            None => "no limit".to_owned(),
        };
        let (bytes, age) = (bytes(&answer["bytes"]), span(&answer["age_ms"]));
        lines.push(format!("  size {bytes}, age {age}, time left {left}"));
    }
    lines.extend(list(&answer["transitions"]).iter().map(|transition| {
        format!("  {} ago: {}", span(&transition["ago_ms"]), spaced(&transition["event"]))
    }));
    lines.into_iter().map(|line| line + "\n").collect()
}

fn dropped(answer: &Value) -> String {
    let counted = |name: &str, one: &str, many: &str| match answer[name].as_u64() {
        None => None,
        Some(1) => Some(format!("1 {one}")),
        Some(count) => Some(format!("{count} {many}")),
    };
    let items = counted("items", "cached item", "cached items");
    let pages = counted("pages", "cached page", "cached pages");
    let what: Vec<String> = items.into_iter().chain(pages).collect();
    format!("dropped {}\n", what.join(" and "))
}

/// The policies of the tables, and then these others by the names that are shown for them.
fn policies(answer: &Value, others: &[(&str, &Value)]) -> String {
    let heads = [
        "table",
        "item ttl",
        "absence ttl",
        "query ttl",
        "query cache",
        "bypass",
        "largest page",
        "fills",
    ];
    let row = |name: String, policy: &Value| {
        let ttl = |name: &str| match policy[name].as_u64() {
            Some(0) => "no limit".to_owned(),
            _ => span(&policy[name]),
        };
        vec![
            name,
            ttl("item_ttl_ms"),
            ttl("absence_ttl_ms"),
            ttl("query_ttl_ms"),
            word(&policy["query_cache"]),
            word(&policy["bypass"]),
            bytes(&policy["page_bytes_max"]),
            word(&policy["fills_max"]),
        ]
    };
    let mut policies = rows(&answer["tables"], |table| row(word(&table["table"]), table));
    policies.extend(others.iter().map(|(name, policy)| row((*name).to_owned(), policy)));
    columns(&heads, policies)
}

fn hot(answer: &Value) -> String {
    let keys = rows(&answer["keys"], |key| vec![word(&key["count"]), key["key"].to_string()]);
    if keys.is_empty() {
        return "no key was asked for often enough\n".to_owned();
    }
    columns(&["about", "key"], keys)
}

fn warm(answer: &Value) -> String {
    let tables = rows(&answer["tables"], |table| {
        let count = |name: &str| word(&table[name]);
        vec![count("table"), spaced(&table["state"]), count("scanned"), count("loaded")]
    });
    if tables.is_empty() {
        return "no table was warmed\n".to_owned();
    }
    columns(&["table", "state", "keys seen", "items loaded"], tables)
}

fn rows(answer: &Value, row: impl Fn(&Value) -> Vec<String>) -> Vec<Vec<String>> {
    list(answer).iter().map(row).collect()
}

pub(in crate::cli) fn list(answer: &Value) -> &[Value] {
    answer.as_array().map_or(&[], Vec::as_slice)
}

/// Lines of cells, each as wide as its widest.
pub(in crate::cli) fn columns(heads: &[&str], rows: Vec<Vec<String>>) -> String {
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let lines: Vec<Vec<String>> =
        Some(heads).filter(|heads| !heads.is_empty()).into_iter().chain(rows).collect();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().enumerate().map(|(at, cell)| format!("{cell:<0$}", width(at)));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

pub(in crate::cli) fn word(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn spaced(value: &Value) -> String {
    value.as_str().map_or_else(|| word(value), |text| text.replace(['-', '_'], " "))
}

fn percent(ratio: &Value) -> String {
    ratio.as_f64().map_or_else(|| "-".to_owned(), |ratio| format!("{:.1} %", ratio * 100.0))
}

fn bytes(value: &Value) -> String {
    match value.as_u64() {
        None => word(value),
        Some(bytes) if bytes < 10 << 10 => format!("{bytes} B"),
        Some(bytes) if bytes < 10 << 20 => format!("{} KiB", bytes >> 10),
        Some(bytes) => format!("{} MiB", bytes >> 20),
    }
}

pub(in crate::cli) fn span(ms: &Value) -> String {
    match ms.as_u64() {
        None => word(ms),
        Some(ms) if ms < 10_000 => format!("{ms} ms"),
        Some(ms) if ms < 10 * 60_000 => format!("{} s", ms / 1_000),
        Some(ms) if ms < 10 * 3_600_000 => format!("{} min", ms / 60_000),
        Some(ms) => format!("{} h", ms / 3_600_000),
    }
}

/// What stands for tables that are made later, in place of a name that a table could have.
const TO_COME: &str = "(new tables)";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];

        let text = columns(&["table", "n"], vec![row("a", "100"), row("longer-name", "1")]);

        assert_eq!(text, "table        n\na            100\nlonger-name  1\n");
    }

    #[test]
    fn what_was_dropped_is_counted() {
        assert_eq!(dropped(&json!({"items": 1})), "dropped 1 cached item\n");
        let both = json!({"items": 0, "pages": 3});
        assert_eq!(dropped(&both), "dropped 0 cached items and 3 cached pages\n");
    }

    #[test]
    fn an_answer_of_another_version_is_shown_as_well_as_it_can_be() {
        for answer in [json!({}), json!(null), json!({"tables": [1], "caches": {"a": 1}})] {
            assert!(stats(&answer).starts_with("cache"), "{answer}");
            assert!(policies(&answer, &[(TO_COME, &answer)]).starts_with("table"), "{answer}");
            assert_eq!(state(&answer), "not cached: -\n");
        }
    }
}
