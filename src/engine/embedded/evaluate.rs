//! What a mutation makes of an item: judged, applied and checked, without any effect.
//!
//!     condition -> change -> index keys of an update -> sizes
//!
//! Must hold: it depends on nothing but its arguments, so that whoever evaluates a mutation of the
//! same item comes to the same outcome.
//! Not here: who evaluates (`attempt.rs`, `batch.rs`); item sizes and index keys of a put, which
//! the request was checked for.

use super::entries::{self, EntryChange};
use crate::api::ApiError;
use crate::engine::{Change, Error, Mutation};
use crate::expr::Update;
use crate::model::{ITEM_BYTES_MAX, Image, ItemBytes, ItemImage, ItemRef, TableSchema};

/// What a mutation leaves.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// The item.
    pub(super) after: Image,
    /// What becomes of its entries in the indexes: those that change.
    pub(super) entries: Vec<EntryChange>,
}

impl Outcome {
    /// The bytes of the item and of its entries that are written, each piece of memory once.
    pub(super) fn bytes_held(&self) -> usize {
        let after = stored_of(&self.after);
        let entries = self.entries.iter().filter_map(|change| change.fate.written());
        let copies = entries
            .map(|entry| &**entry.item.stored())
            .filter(|entry| after.is_none_or(|after| after.as_ptr() != entry.as_ptr()));
        after.into_iter().chain(copies).map(<[u8]>::len).sum()
    }
}

/// Judges and applies a mutation of the item `before`.
pub(super) fn evaluate(
    mutation: &Mutation,
    before: &Image,
    schema: &TableSchema,
) -> Result<Outcome, Error> {
    if let Some(condition) = &mutation.condition
        && !condition.holds(view_of(before))
    {
        return Err(Error::ConditionFailed { found: before.clone() });
    }
    let after = match &mutation.change {
        Change::Check => before.clone(),
        Change::Put(image) => Image::Item(image.clone()),
        Change::Delete => Image::Absent,
        Change::Update { update, key, makes } => match (before, makes) {
            (Image::Item(item), _) => updated(item.view(), update, schema)?,
            (Image::Absent, true) => updated(key.view(), update, schema)?,
            (Image::Absent, false) => Image::Absent,
        },
    };
    let mut entries =
        entries::between(schema, bytes_of(before).as_ref(), bytes_of(&after).as_ref());
    if !matches!(mutation.change, Change::Check) {
        check_size(&mutation.change, &after, &entries)?;
    }
    entries.retain(EntryChange::is_change);
    Ok(Outcome { after, entries })
}

/// The stored bytes behind an image, if there is an item.
pub(super) fn stored_of(image: &Image) -> Option<&[u8]> {
    match image {
        Image::Item(item) => Some(item.stored()),
        Image::Absent => None,
    }
}

/// The item behind an image, if there is one.
pub(super) fn bytes_of(image: &Image) -> Option<ItemBytes> {
    match image {
        Image::Item(item) => Some(item.item()),
        Image::Absent => None,
    }
}

/// A view of the item behind an image, if there is one.
pub(super) fn view_of(image: &Image) -> Option<ItemRef<'_>> {
    match image {
        Image::Item(item) => Some(item.view()),
        Image::Absent => None,
    }
}

fn updated(item: ItemRef<'_>, update: &Update, schema: &TableSchema) -> Result<Image, Error> {
    let refused = |error: crate::expr::UpdateError| ApiError::validation(error.to_string());
    let item = update.apply(item).map_err(refused)?;
    let changed = |name: &str| update.targets().any(|target| target.attribute == name);
    schema.check_index_keys(item.view(), changed).map_err(Error::IndexKey)?;
    Ok(Image::Item(ItemImage::of(&item)))
}

/// An item may not be too large, nor may it be together with its entries in local indexes.
fn check_size(change: &Change, after: &Image, entries: &[EntryChange]) -> Result<(), Error> {
    let Some(item) = view_of(after) else { return Ok(()) };
    let mut local = entries.iter().filter(|change| change.is_local()).peekable();
    let is_put = match change {
        Change::Check | Change::Put(_) | Change::Delete => true,
        Change::Update { .. } => false,
    };
    if is_put && local.peek().is_none() {
        return Ok(());
    }
    let local_bytes = local.filter_map(|change| change.sizes()[1]);
    if item.size() as u64 + local_bytes.sum::<u64>() <= ITEM_BYTES_MAX as u64 {
        return Ok(());
    }
    Err(Error::Api(if is_put {
        ApiError::item_too_large()
    } else {
        ApiError::validation("Item size to update has exceeded the maximum allowed size")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Origin;
    use crate::model::{
        AttributeValue, IndexId, IndexProjection, IndexSchema, IndexScope, Item, KeyAttribute,
        KeyBuffer, KeyType, TableId,
    };

    #[test]
    fn an_entry_that_is_the_whole_item_holds_no_more_memory() {
        let key = |name: &str| KeyAttribute { name: name.into(), kind: KeyType::S };
        let index = |id, projection| IndexSchema {
            id: IndexId::new(id),
            name: format!("index{id}"),
            scope: IndexScope::Global,
            hash: vec![key("g")],
            range: Vec::new(),
            projection,
        };
        let indexes = vec![
            index(1, IndexProjection::All),
            index(2, IndexProjection::All),
            index(3, IndexProjection::KeysOnly),
        ];
        let table = TableId::new(1);
        let schema = TableSchema { table, hash: key("pk"), range: None, indexes };
        let text = |text: &str| AttributeValue::S(text.into());
        let item = Item::from([("pk", text("p")), ("g", text("g")), ("x", text("long"))]);
        let keys = Item::from([("pk", text("p")), ("g", text("g"))]).encode();
        let image = item.encode();
        let key = schema.item_key(&item, &mut KeyBuffer::default()).expect("a key").to_key();
        let put = Change::Put(image.clone());
        let evaluated = |change, before| {
            let mutation =
                Mutation { key: key.clone(), condition: None, change, origin: Origin::Client };
            evaluate(&mutation, &before, &schema).expect("nothing is refused")
        };

        let made = evaluated(put, Image::Absent);
        let gone = evaluated(Change::Delete, Image::Item(image.clone()));

        assert_eq!(made.bytes_held(), image.stored().len() + keys.stored().len());
        assert_eq!((gone.entries.len(), gone.bytes_held()), (3, 0));
    }
}
