//! `hearth cache`: looking into and controlling the cache of a running hearth.
//!
//! Each action is one request of the admin API.
//!
//! Not here: asking (`cli/admin_question.rs`), what the actions do (`proxy/control.rs`).

mod arguments;
pub(super) mod text;

use std::ffi::OsString;

use serde_json::{Map, Value, json};

pub(super) use self::arguments::Arguments;
use self::arguments::{Action, OneKey};
use super::Error;
use super::admin_question::Question;

/// Does what was asked and returns what is to be printed.
pub(super) fn run(
    arguments: &Arguments,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<String, Error> {
    let question = question_of(&arguments.action)?;
    arguments.port.ask(&question, environment, |answer| text::of(&arguments.action, answer))
}

fn question_of(action: &Action) -> Result<Question, Error> {
    let get = |path: &str| Question { path: path.to_owned(), body: None };
    let post = |path: &str, body: Value| Question { path: path.to_owned(), body: Some(body) };
    Ok(match action {
        Action::Stats => get("/cache/stats"),
        Action::Get(key) => post("/cache/get", one_key(key)?),
        Action::Evict(key) => post("/cache/evict", one_key(key)?),
        Action::EvictPartition { table, key, index } => {
            let mut body = json!({ "table": table, "key": parse_key(key)? });
            if let Some(index) = index {
                body["index"] = json!(index);
            }
            post("/cache/evict-partition", body)
        }
        Action::Flush { table } => post("/cache/flush", with_table(table.as_ref(), Map::new())),
        Action::Policy { table, change } => {
            let members = change.members();
            if members.is_empty() {
                get(&about("/cache/policy", table.as_deref())?)
            } else {
                post("/cache/policy", with_table(table.as_ref(), members))
            }
        }
        Action::Hot { table } => get(&about("/cache/hot", Some(table))?),
        Action::Warm { table: None, .. } => get("/cache/warm"),
        Action::Warm { table, stop: true, .. } => {
            let members = [("stop".to_owned(), true.into())].into_iter().collect();
            post("/cache/warm", with_table(table.as_ref(), members))
        }
        Action::Warm { table, items_per_second, items_max, stop: false } => {
            let given = [("items_per_second", items_per_second), ("items_max", items_max)];
            let given = given.into_iter().filter_map(|(name, value)| Some((name, (*value)?)));
            let members = given.map(|(name, value)| (name.to_owned(), value.into())).collect();
            post("/cache/warm", with_table(table.as_ref(), members))
        }
    })
}

fn one_key(OneKey { table, key }: &OneKey) -> Result<Value, Error> {
    Ok(json!({ "table": table, "key": parse_key(key)? }))
}

fn parse_key(text: &str) -> Result<Value, Error> {
    let key = serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
    key.ok_or(Error::KeyArgument)
}

fn with_table(table: Option<&String>, mut members: Map<String, Value>) -> Value {
    if let Some(table) = table {
        members.insert("table".to_owned(), json!(table));
    }
    Value::Object(members)
}

/// The path with the table in its query.
fn about(path: &str, table: Option<&str>) -> Result<String, Error> {
    let Some(table) = table else { return Ok(path.to_owned()) };
    let in_names = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if table.bytes().all(in_names) {
        return Ok(format!("{path}?table={table}"));
    }
    Err(Error::TableArgument { table: table.to_owned() })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::arguments::{Arguments as All, Command};
    use super::*;

    fn request(line: &str) -> Result<(String, Option<Value>), Error> {
        let words = ["hearth", "cache"].into_iter().chain(line.split(' '));
        let command = All::try_parse_from(words).expect("a line that clap takes").command;
        let Command::Cache(arguments) = command else { panic!("hearth cache") };
        question_of(&arguments.action).map(|question| (question.path, question.body))
    }

    #[test]
    fn each_action_is_one_request() {
        let key = json!({"id": {"S": "7"}});
        for (line, path, body) in [
            ("stats", "/cache/stats", None),
            (
                r#"get users {"id":{"S":"7"}}"#,
                "/cache/get",
                Some(json!({"table": "users", "key": key})),
            ),
            (
                r#"evict-partition users {"id":{"S":"7"}} --index by-age"#,
                "/cache/evict-partition",
                Some(json!({"table": "users", "index": "by-age", "key": key})),
            ),
            ("flush", "/cache/flush", Some(json!({}))),
            ("flush users", "/cache/flush", Some(json!({"table": "users"}))),
            ("policy", "/cache/policy", None),
            ("policy users", "/cache/policy?table=users", None),
            (
                "policy users --item-ttl-ms 5 --bypass true --query-cache dax",
                "/cache/policy",
                Some(json!({
                    "table": "users", "item_ttl_ms": 5, "bypass": true, "query_cache": "dax"
                })),
            ),
            ("hot users", "/cache/hot?table=users", None),
            ("warm", "/cache/warm", None),
            (
                "warm users --items-per-second 100",
                "/cache/warm",
                Some(json!({"table": "users", "items_per_second": 100})),
            ),
            ("warm users --stop", "/cache/warm", Some(json!({"table": "users", "stop": true}))),
        ] {
            assert_eq!(request(line).expect("a good line"), (path.to_owned(), body), "{line}");
        }
    }

    #[test]
    fn what_is_no_key_or_table_is_not_sent() {
        assert!(matches!(request("get users 7"), Err(Error::KeyArgument)));
        assert!(matches!(request("evict users {"), Err(Error::KeyArgument)));
        assert!(matches!(request("hot a/b"), Err(Error::TableArgument { .. })));
    }
}
