//! One item, read, written, read back and deleted.
//!
//! Must hold: the item has a key that nobody else has, and is deleted again whatever came of it.
//! Not here: whether the endpoint answers at all (`examine.rs`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::chart::{Chart, Ill};
use super::examine::Visit;
use super::{Error, refusals};
use crate::load::Operation;
use crate::load::probe::{KeyAttribute, KeyType, Probe, Refusal};

/// Finds the table, and tries an item of its own in it.
pub(super) async fn try_item(
    probe: &mut Probe,
    table: &str,
    visit: &Visit,
    chart: &mut Chart,
) -> Result<(), Error> {
    let key = match probe.key_of(table).await {
        Ok(key) => key,
        Err(refusal) => return chart.ill("table", refusals::no_table(&refusal, table, visit)),
    };
    let names: Vec<&str> = key.iter().map(|attribute| attribute.name.as_str()).collect();
    chart.well("table", &format!("{table:?} is there; its key is {}", names.join(", ")))?;
    let item = Item::new(table, &key, Uuid::new_v4());
    match probe.ask(Operation::GetItem, item.get()).await {
        Ok(_) => chart.well("read", "an item that is not there was read as such")?,
        Err(refusal) => return chart.ill("read", refusals::refused(&refusal, "the read", visit)),
    }
    match item.written_and_read_back(probe, visit).await {
        Ok(()) => chart.well("write", "an item was written, read back and deleted"),
        Err(ill) => chart.ill("write", ill),
    }
}

/// An item of ours.
struct Item<'a> {
    table: &'a str,
    hash: &'a str,
    key: Map<String, Value>,
}

impl<'a> Item<'a> {
    fn new(table: &'a str, key: &'a [KeyAttribute], unique: Uuid) -> Self {
        let member =
            |attribute: &KeyAttribute| (attribute.name.clone(), value(attribute.kind, unique));
        let hash = key.first().map_or("", |attribute| attribute.name.as_str());
        Self { table, hash, key: key.iter().map(member).collect() }
    }

    fn get(&self) -> String {
        json!({ "TableName": self.table, "Key": self.key, "ConsistentRead": true }).to_string()
    }

    fn put(&self) -> String {
        json!({
            "TableName": self.table,
            "Item": self.whole(),
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": { "#key": self.hash },
        })
        .to_string()
    }

    fn delete(&self) -> String {
        json!({ "TableName": self.table, "Key": self.key }).to_string()
    }

    fn whole(&self) -> Map<String, Value> {
        let mut item = self.key.clone();
        item.insert(NOTE.to_owned(), json!({ "S": "may be deleted" }));
        item
    }

    async fn written_and_read_back(&self, probe: &mut Probe, visit: &Visit) -> Result<(), Ill> {
        let failed =
            |what: &'static str| move |refusal: Refusal| refusals::refused(&refusal, what, visit);
        let written = probe.ask(Operation::PutItem, self.put()).await;
        let read = match &written {
            Ok(_) => Some(probe.ask(Operation::GetItem, self.get()).await),
            Err(_) => None,
        };
        // A write that was not answered may have happened.
        let deleted = probe.ask(Operation::DeleteItem, self.delete()).await;
        written.map_err(failed("the write"))?;
        let read = read.transpose().map_err(failed("the read of what was written"))?;
        deleted.map_err(|refusal| refusals::left(&refusal, self.table, &self.key[self.hash]))?;
        let found = read.and_then(|body| serde_json::from_slice::<Value>(&body).ok());
        let is_same = found.is_some_and(|found| found["Item"] == Value::Object(self.whole()));
        if is_same { Ok(()) } else { Err(refusals::not_read_back()) }
    }
}

/// A value that nobody else has as a key.
fn value(kind: KeyType, unique: Uuid) -> Value {
    let text = format!("hearth-doctor-{unique}");
    match kind {
        KeyType::S => json!({ "S": text }),
        KeyType::B => json!({ "B": STANDARD.encode(text) }),
        // As many digits as a number keeps, and no zero at its end.
        KeyType::N => json!({ "N": ((unique.as_u128() >> 8) | 1).to_string() }),
    }
}

/// The attribute that the item has beside its key.
const NOTE: &str = "hearth-doctor";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_has_a_key_of_each_type_that_nobody_else_has() {
        let attribute = |name: &str, kind| KeyAttribute { name: name.to_owned(), kind };
        let key = [attribute("id", KeyType::B), attribute("at", KeyType::N)];
        let (one, other) = (Uuid::from_u128(u128::MAX), Uuid::from_u128(0));

        let of = |unique| Item::new("t", &key, unique).key;

        assert_ne!(of(one)["id"], of(other)["id"]);
        let number = of(one)["at"]["N"].as_str().map(str::to_owned).expect("a number");
        assert_eq!((number.len(), number.ends_with('0')), (37, false));
        let text = value(KeyType::S, other)["S"].as_str().map(str::to_owned).expect("a text");
        assert_eq!(text, "hearth-doctor-00000000-0000-0000-0000-000000000000");
    }
}
