//! How an Alternator keeps writes to one item apart.
//!
//! Only with `always_use_lwt` do two writes that were sent one after the other, perhaps through two
//! nodes, end in that order. With anything else the clock of each node decides, and a cache that
//! keeps what was written last may keep what the service has not.
//!
//! Not here: what is done about it (whoever probes the service).

use std::borrow::Cow;
use std::error::Error;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::{Fate, Fault, Told, What};
use super::{Ask, Client, Effect, Failure};
use crate::api::Tags;
use crate::wire::json::client as border;

/// How writes to one item are kept apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Isolation {
    /// Each write is a transaction: writes end in their order.
    Always,
    /// Only writes that read first are.
    OnlyReadModifyWrite,
    /// No write is, and those that would have to read first are refused.
    Forbidden,
    /// No write is, though some read first.
    Unsafe,
}

/// What was found of a table's isolation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IsolationFound {
    /// The table says so itself.
    OfTable(Isolation),
    /// The service does so for tables that say nothing.
    OfService(Isolation),
    /// Nobody says anything: it is no Alternator, or one that tells nothing.
    Untold,
}

impl Isolation {
    fn parse(word: &str) -> Option<Self> {
        match word.trim_matches('"') {
            "a" | "always" | "always_use_lwt" => Some(Self::Always),
            "o" | "only_rmw_uses_lwt" => Some(Self::OnlyReadModifyWrite),
            "f" | "forbid" | "forbid_rmw" => Some(Self::Forbidden),
            "u" | "unsafe" | "unsafe_rmw" => Some(Self::Unsafe),
            _ => None,
        }
    }
}

impl Client {
    /// How an Alternator isolates the writes to the table of this ARN: as its tag says, else as the
    /// service's configuration does.
    pub async fn write_isolation(&self, table_arn: &str) -> Result<IsolationFound, Failure> {
        if let Some(found) = self.isolation_of_table(table_arn).await? {
            return Ok(IsolationFound::OfTable(found));
        }
        let found = self.isolation_of_service().await?;
        Ok(found.map_or(IsolationFound::Untold, IsolationFound::OfService))
    }

    async fn isolation_of_table(&self, table_arn: &str) -> Result<Option<Isolation>, Failure> {
        let mut body = json!({ "ResourceArn": table_arn });
        for _ in 0..PAGES_MAX {
            let answer = self.read("DynamoDB_20120810.ListTagsOfResource", &body).await?;
            let Tags { tags, next } = border::tags(&answer).map_err(|error| broken(&error))?;
            if let Some((_, value)) = tags.into_iter().find(|(key, _)| key == TAG) {
                return Ok(Isolation::parse(&value));
            }
            let Some(next) = next else { break };
            body["NextToken"] = Value::from(next);
        }
        Ok(None)
    }

    async fn isolation_of_service(&self) -> Result<Option<Isolation>, Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Rows {
            items: Vec<Row>,
        }
        #[derive(Deserialize)]
        struct Row {
            value: Text,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "UPPERCASE")]
        struct Text {
            s: String,
        }
        // A system table that its API shows under this name; it can be queried but not got from.
        let body = json!({
            "TableName": ".scylla.alternator.system.config",
            "KeyConditionExpression": "#name = :name",
            "ExpressionAttributeNames": { "#name": "name" },
            "ExpressionAttributeValues": { ":name": { "S": "alternator_write_isolation" } },
        });
        match self.read("DynamoDB_20120810.Query", &body).await {
            Ok(answer) => {
                let rows: Rows = parse(&answer)?;
                let row = rows.items.into_iter().next();
                Ok(row.and_then(|row| Isolation::parse(&row.value.s)))
            }
            // Whoever has no such table is none, or does not show it.
            Err(Failure { told: Told::Refused(_), .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn read(&self, target: &'static str, body: &Value) -> Result<Bytes, Failure> {
        let body = Bytes::from(body.to_string());
        self.send(Ask { target: Cow::Borrowed(target), body, effect: Effect::Reads }).await
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| broken(&error))
}

fn broken(error: &(dyn Error + 'static)) -> Failure {
    Failure { fate: Fate::NotDone, told: Told::Failed(Fault::from(What::Broken, error)) }
}

const TAG: &str = "system:write_isolation";
/// A table has 50 tags at most, and each page some of them.
const PAGES_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_of_an_isolation_is_known() {
        for (word, isolation) in [
            ("a", Some(Isolation::Always)),
            ("always", Some(Isolation::Always)),
            ("\"always_use_lwt\"", Some(Isolation::Always)),
            ("o", Some(Isolation::OnlyReadModifyWrite)),
            ("only_rmw_uses_lwt", Some(Isolation::OnlyReadModifyWrite)),
            ("forbid_rmw", Some(Isolation::Forbidden)),
            ("unsafe", Some(Isolation::Unsafe)),
            ("", None),
            ("sometimes", None),
        ] {
            assert_eq!(Isolation::parse(word), isolation, "{word}");
        }
    }
}
