//! A page that was read: what travels from engine and cache to the wires.
//!
//! Must hold: a page never changes; its answer is made at most once and belongs to all of it, so
//! that every client of a cached page is sent the same bytes.
//! Not here: how an answer is written (`wire/json/`), when a page may be kept (`proxy/`).

use std::sync::OnceLock;

use bytes::BytesMut;

use super::item::Key;
use crate::model::{Answer, AttributeValue, ItemBytes};

/// What a query or scan found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageFound {
    /// The items; `None` if only their count was asked for.
    pub items: Option<Vec<ItemBytes>>,
    /// How many items match.
    pub count: usize,
    /// How many items were looked at.
    pub scanned: usize,
    /// The key of the last item that was looked at, if the page ended before the range did.
    pub last: Option<Key>,
    /// The sizes of the rows that were looked at, together: items, or entries of the index.
    pub row_bytes: u64,
    /// The size of each item that was fetched from the table for an entry.
    pub fetched_bytes: Vec<u64>,
}

/// What a query or scan found, with the answer that says so.
#[derive(Debug)]
pub struct PageImage {
    found: PageFound,
    answer: OnceLock<Answer>,
}

impl PageFound {
    /// The stored bytes of its items.
    pub fn item_bytes(&self) -> usize {
        self.items().iter().map(|item| item.stored().len()).sum()
    }

    /// The items; none if they were only counted.
    pub fn items(&self) -> &[ItemBytes] {
        self.items.as_deref().unwrap_or_default()
    }

    /// The same page in memory of its own: items that were read share that of their neighbours.
    pub fn compact(mut self) -> Self {
        self.fetched_bytes.shrink_to_fit();
        let Some(items) = &mut self.items else { return self };
        let mut buffer = BytesMut::with_capacity(items.iter().map(|i| i.stored().len()).sum());
        for item in items.iter() {
            buffer.extend_from_slice(item.stored());
        }
        let mut buffer = buffer.freeze();
        for item in items.iter_mut() {
            *item = item.moved_to(buffer.split_to(item.stored().len()));
        }
        items.shrink_to_fit();
        self
    }
}

impl PageImage {
    /// A page without an answer yet.
    pub fn of(found: PageFound) -> Self {
        Self { found, answer: OnceLock::new() }
    }

    /// What was found.
    pub fn found(&self) -> &PageFound {
        &self.found
    }

    /// The memory that the page and its answer take at most, and near enough, made or not.
    pub fn weight(&self) -> usize {
        let PageFound { last, fetched_bytes, .. } = &self.found;
        let of_item =
            |item: &ItemBytes| size_of::<ItemBytes>() + item.stored().len() + item.json_bytes();
        let items: usize = self.found.items().iter().map(of_item).sum();
        let last: usize = last.iter().flatten().map(|(name, value)| key_bytes(name, value)).sum();
        PAGE_BYTES + items + 2 * last + size_of::<u64>() * fetched_bytes.len()
    }

    /// The answer that was kept, or the one that `make` makes now.
    pub fn answer_or_make(&self, make: impl FnOnce(&PageFound) -> Answer) -> &Answer {
        self.answer.get_or_init(|| make(&self.found))
    }
}

/// What an attribute of a key takes, as a value and as JSON.
fn key_bytes(name: &str, value: &AttributeValue) -> usize {
    let value = match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.len(),
        AttributeValue::N(_)
        | AttributeValue::Bool(_)
        | AttributeValue::Null
        | AttributeValue::L(_)
        | AttributeValue::M(_)
        | AttributeValue::Ss(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Bs(_) => 0,
    };
    KEY_ATTRIBUTE_BYTES + name.len() + value
}

/// The page itself, its counters and what surrounds the items in JSON.
const PAGE_BYTES: usize = 320;
const KEY_ATTRIBUTE_BYTES: usize = 96;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Item;

    fn item(text: &str) -> ItemBytes {
        Item::from([("a", AttributeValue::S(text.into()))]).encode().item()
    }

    #[test]
    fn a_compact_page_keeps_nothing_of_the_memory_it_was_read_into() {
        let item = item("x");
        let block = Bytes::from([&[0; 100], &item.stored()[..], &[0; 100]].concat());
        let read = item.moved_to(block.slice(100..100 + item.stored().len()));
        let page = PageFound { items: Some(vec![read.clone(), read]), ..PageFound::default() };

        let page = page.compact();

        assert_eq!(page.items(), [item.clone(), item]);
        drop(block);
        let (first, second) = (page.items()[0].stored(), page.items()[1].stored());
        assert_eq!(first.as_ptr_range().end, second.as_ptr_range().start);
    }

    #[test]
    fn a_page_weighs_its_items_twice_and_an_empty_one_something() {
        let page = |items| PageImage::of(PageFound { items, ..PageFound::default() });
        let text = "x".repeat(1000);

        let empty = page(None).weight();
        let full = page(Some(vec![item(&text)])).weight();

        assert!(empty > 0);
        assert!((2000..2200).contains(&(full - empty)), "{full} {empty}");
    }
}
