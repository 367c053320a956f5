//! `hearth tables`: the tables of a running hearth, and how far what is cached of each may be
//! trusted.
//!
//! Must hold: an answer of another version is shown as well as it can be.
//! Not here: asking (`cli/admin_question.rs`), what makes a table coherent (`proxy/through/follow/`).

use std::ffi::OsString;

use clap::Args;
use serde_json::Value;

use super::Error;
use super::admin_question::{Port, Question};
use super::cache::text::{columns, list, span, word};

/// What `hearth tables` was asked for.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    port: Port,
}

/// Asks, and returns what is to be printed.
pub(super) fn run(
    arguments: &Arguments,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<String, Error> {
    let question = Question { path: "/cache/tables".to_owned(), body: None };
    arguments.port.ask(&question, environment, text)
}

/// The tables, and below them why some are not coherent.
fn text(answer: &Value) -> String {
    let tables = list(&answer["tables"]);
    if tables.is_empty() {
        return "no table is known\n".to_owned();
    }
    let row = |table: &Value| {
        let policy = &table["policy"];
        let ttl = match (policy["bypass"].as_bool(), policy["item_ttl_ms"].as_u64()) {
            (Some(true), _) => "not cached".to_owned(),
            (_, Some(0)) => "no limit".to_owned(),
            _ => span(&policy["item_ttl_ms"]),
        };
        vec![
            word(&table["table"]),
            word(&table["items"]),
            ttl,
            word(&table["stream_use"]),
            word(&table["stream"]["view"]),
            word(&table["coherence"]),
            table["since_ms"].as_u64().map_or_else(|| "-".to_owned(), crate::clock::date),
            span(&table["lag_ms"]),
        ]
    };
    let heads =
        ["table", "items cached", "item ttl", "stream", "its view", "coherence", "since", "lag"];
    let whys = tables.iter().filter_map(|table| {
        let why = table["why"].as_str()?;
        Some(format!("{} is not coherent: {why}\n", word(&table["table"])))
    });
    let whys: String = whys.collect();
    let space = if whys.is_empty() { "" } else { "\n" };
    format!("{}{space}{whys}", columns(&heads, tables.iter().map(row).collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tables_are_shown_with_why_they_are_not_coherent() {
        let answer = json!({"tables": [
            {
                "table": "orders", "items": 3, "stream_use": "use", "coherence": "coherent",
                "since_ms": 1_795_790_550_540_u64, "why": null, "lag_ms": 0,
                "stream": {"arn": "a", "view": "KEYS_ONLY"},
                "policy": {"bypass": false, "item_ttl_ms": 0},
            },
            {
                "table": "users", "items": 0, "stream_use": "use", "coherence": "ttl",
                "since_ms": 1_795_790_550_540_u64, "why": "it has no stream", "lag_ms": null,
                "stream": null, "policy": {"bypass": false, "item_ttl_ms": 300_000},
            },
        ]});

        let expected = "\
table   items cached  item ttl  stream  its view   coherence  since                 lag
orders  3             no limit  use     KEYS_ONLY  coherent   2026-11-27T14:42:30Z  0 ms
users   0             300 s     use     -          ttl        2026-11-27T14:42:30Z  -

users is not coherent: it has no stream
";
        assert_eq!(text(&answer), expected);
    }

    #[test]
    fn an_answer_of_another_version_is_shown_as_well_as_it_can_be() {
        assert_eq!(text(&json!({})), "no table is known\n");
        assert_eq!(text(&json!({"tables": []})), "no table is known\n");
        assert!(text(&json!({"tables": [1]})).starts_with("table"));
    }
}
