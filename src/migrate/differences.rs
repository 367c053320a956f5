//! Which items differ, among those of the parts that do.
//!
//! Must hold: what is kept is bounded by the items of the parts that were chosen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::canonical;
use super::compare::{Read, Reading};
use super::error::Error;
use super::sums::{Part, part_of};
use super::tables::Site;
use crate::model::{ItemBytes, TableSchema};
use crate::wire::json;

/// An item that is not the same at both ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// What is different.
    pub kind: Kind,
    /// Its key, as JSON.
    pub key: String,
}

/// What can be different.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The target does not have it.
    Missing,
    /// Only the target has it.
    Extra,
    /// Its attributes differ.
    Changed,
}

type Hashes = BTreeMap<Vec<u8>, u128>;

/// Some of the items that differ in these parts.
pub(super) async fn differences(
    from: &Site,
    to: &Site,
    reading: &Reading,
    parts: &[Part],
) -> Result<Vec<Difference>, Error> {
    let parts: Arc<BTreeSet<Part>> = Arc::new(parts.iter().copied().collect());
    let (from, to) = futures_util::future::try_join(
        hashes(from, reading, Arc::clone(&parts)),
        hashes(to, reading, Arc::clone(&parts)),
    )
    .await?;
    Ok(told(&from, &to, &reading.schema))
}

async fn hashes(
    site: &Site,
    reading: &Reading,
    parts: Arc<BTreeSet<Part>>,
) -> Result<Hashes, Error> {
    let hashes = Arc::new(Mutex::new(Hashes::new()));
    let adding = Arc::clone(&hashes);
    let add = move |items: Vec<(Vec<u8>, ItemBytes)>| {
        let chosen = items.into_iter().filter(|(key, _)| parts.contains(&part_of(key)));
        let found = chosen.map(|(key, item)| (key, canonical::hash(item.view())));
        adding.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
    };
    let unheard: Read = Arc::new(|_| {});
    reading.read(site, add, &unheard).await?;
    let hashes = Arc::into_inner(hashes).expect("all tasks have ended");
    Ok(hashes.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn told(from: &Hashes, to: &Hashes, schema: &TableSchema) -> Vec<Difference> {
    let lost = from.iter().filter_map(|(key, hash)| match to.get(key) {
        None => Some((Kind::Missing, key)),
        Some(other) => (hash != other).then_some((Kind::Changed, key)),
    });
    let extra = to.keys().filter(|key| !from.contains_key(*key)).map(|key| (Kind::Extra, key));
    let shown = |(kind, key): (Kind, &Vec<u8>)| {
        let attributes = schema.attributes_of(key).unwrap_or_default();
        let key = String::from_utf8_lossy(&json::encode_key(&attributes)).into_owned();
        Difference { kind, key }
    };
    lost.chain(extra).take(TOLD_MAX).map(shown).collect()
}

/// Differences that are told; who has more looks for the cause, not for the items.
const TOLD_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeValue, KeyAttribute, KeyBuffer, KeyType, TableId};

    fn schema() -> TableSchema {
        let hash = KeyAttribute { name: "id".to_owned(), kind: KeyType::S };
        TableSchema { table: TableId::new(0), hash, range: None, indexes: Vec::new() }
    }

    fn hashes(items: impl IntoIterator<Item = (String, u128)>) -> Hashes {
        let mut buffer = KeyBuffer::default();
        let mut entry = |(id, hash): (String, u128)| {
            let key = [("id".to_owned(), AttributeValue::S(id))];
            let key = schema().key(&key, &mut buffer).expect("a key").bytes().to_vec();
            (key, hash)
        };
        items.into_iter().map(&mut entry).collect()
    }

    #[test]
    fn what_is_missing_changed_and_extra_is_told_by_its_key() {
        let of = |items: &[(&str, u128)]| {
            hashes(items.iter().map(|(id, hash)| ((*id).to_owned(), *hash)))
        };
        let from = of(&[("changed", 1), ("missing", 2), ("same", 3)]);
        let to = of(&[("changed", 9), ("extra", 4), ("same", 3)]);

        let told: Vec<_> =
            told(&from, &to, &schema()).into_iter().map(|found| (found.kind, found.key)).collect();

        assert_eq!(
            told,
            [
                (Kind::Changed, r#"{"id":{"S":"changed"}}"#.to_owned()),
                (Kind::Missing, r#"{"id":{"S":"missing"}}"#.to_owned()),
                (Kind::Extra, r#"{"id":{"S":"extra"}}"#.to_owned()),
            ]
        );
    }

    #[test]
    fn no_more_than_twenty_are_told() {
        let many = hashes((0..50).map(|number| (number.to_string(), 1)));

        assert_eq!(told(&many, &Hashes::new(), &schema()).len(), TOLD_MAX);
        assert_eq!(told(&Hashes::new(), &many, &schema()).len(), TOLD_MAX);
    }
}
