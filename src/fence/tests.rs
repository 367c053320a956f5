//! Each rule of the fence, one at a time, over a cache map that keeps a list of what was done.

use std::sync::Mutex;

use super::*;
use crate::model::{
    AttributeValue, Item, KeyAttribute, KeyBuffer, KeyType, KeyValue, TableSchema, ValueRef,
};

/// A cache map of one key that writes down its calls.
#[derive(Default)]
struct Journal(Mutex<Vec<Call>>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Call {
    Remove,
    Install(String),
}

impl Entries for Journal {
    fn remove(&self, _key: &ItemKey) {
        self.0.lock().expect("no test panics here").push(Call::Remove);
    }

    fn install(&self, _key: &ItemKey, image: Image) {
        self.0.lock().expect("no test panics here").push(Call::Install(text(&image)));
    }
}

impl Journal {
    fn installs(&self) -> Vec<String> {
        let calls = self.0.lock().expect("no test panics here").clone();
        let installed = |call| match call {
            Call::Install(text) => Some(text),
            Call::Remove => None,
        };
        calls.into_iter().filter_map(installed).collect()
    }
}

fn fence() -> (Arc<Fence>, Arc<Journal>) {
    let journal = Arc::new(Journal::default());
    let options = Options { stripes: 1, words: 1 << 10, hash: RandomState::with_seeds(1, 2, 3, 4) };
    (Fence::new(Arc::clone(&journal) as Arc<dyn Entries>, options), journal)
}

fn key(id: &str) -> ItemKey {
    let hash = KeyAttribute { name: "id".into(), kind: KeyType::S };
    let schema = TableSchema { table: TABLE, hash, range: None, indexes: Vec::new() };
    let mut buffer = KeyBuffer::default();
    let key = schema.key_of_values(KeyValue::S(id), None, &mut buffer);
    key.expect("a short text is a key").to_key()
}

fn image(text: &str) -> Image {
    let item = Item::from([("v", AttributeValue::S(text.to_owned()))]);
    Image::Item(item.encode())
}

fn text(image: &Image) -> String {
    let Image::Item(item) = image else { return "absent".to_owned() };
    let value = item.view().attributes().next().map(|(_, value)| value);
    let Some(ValueRef::S(text)) = value else { unreachable!("made by `image`") };
    text.to_owned()
}

fn number(number: u64) -> CommitNumber {
    CommitNumber::new(number)
}

fn fills(fence: &Fence, key: &ItemKey) -> bool {
    fence.admit(key, ()).is_some()
}

#[test]
fn a_guard_comes_back_only_while_no_write_of_its_key_is_open() {
    let (fence, _) = fence();
    let mut ticket = fence.ticket();

    let before = fills(&fence, &key("a"));
    ticket.open(&key("a"));
    let (during, other) = (fills(&fence, &key("a")), fills(&fence, &key("b")));
    ticket.close();

    assert_eq!((before, during, other), (true, false, true));
    assert!(fills(&fence, &key("a")));
}

#[test]
fn a_refused_guard_is_dropped() {
    let (fence, _) = fence();
    let mut ticket = fence.ticket();
    let guard = Arc::new(());

    ticket.open(&key("a"));
    let admitted = fence.admit(&key("a"), Arc::clone(&guard));

    assert!(admitted.is_none());
    assert_eq!(Arc::strong_count(&guard), 1);
}

#[test]
fn an_open_removes_the_entry_and_the_close_installs_the_image() {
    let (fence, journal) = fence();
    let mut ticket = fence.ticket();

    let slot = ticket.open(&key("a"));
    ticket.bring(slot, number(1), image("one"));
    let before_close = journal.0.lock().expect("no test panics here").clone();
    ticket.close();

    assert_eq!(before_close, [Call::Remove]);
    assert_eq!(journal.installs(), ["one"]);
}

#[test]
fn an_absence_is_installed_like_an_item() {
    let (fence, journal) = fence();
    let mut ticket = fence.ticket();

    let slot = ticket.open(&key("a"));
    ticket.bring(slot, number(1), Image::Absent);
    ticket.close();

    assert_eq!(journal.installs(), ["absent"]);
}

#[test]
fn the_last_to_close_installs_the_newest_image_and_not_its_own() {
    let (fence, journal) = fence();
    let (mut newer, mut older) = (fence.ticket(), fence.ticket());
    let (new, old) = (newer.open(&key("a")), older.open(&key("a")));

    newer.bring(new, number(6), image("new"));
    newer.close();
    let between = journal.installs();
    older.bring(old, number(5), image("old"));
    older.close();

    assert!(between.is_empty());
    assert_eq!(journal.installs(), ["new"]);
}

#[test]
fn a_write_that_changed_nothing_leaves_the_image_of_another() {
    let (fence, journal) = fence();
    let (mut first, mut second) = (fence.ticket(), fence.ticket());
    let (written, refused) = (first.open(&key("a")), second.open(&key("a")));

    first.bring(written, number(1), image("one"));
    first.close();
    second.not_written(refused);
    second.close();

    assert_eq!(journal.installs(), ["one"]);
}

#[test]
fn writes_that_changed_nothing_install_nothing() {
    let (fence, journal) = fence();
    let mut ticket = fence.ticket();

    let slot = ticket.open(&key("a"));
    ticket.not_written(slot);
    ticket.close();

    assert!(journal.installs().is_empty());
    assert!(fills(&fence, &key("a")));
}

#[test]
fn one_write_of_unknown_fate_empties_the_flight_wherever_it_closes() {
    for unknown_first in [true, false] {
        let (fence, journal) = fence();
        let (mut known, mut unknown) = (fence.ticket(), fence.ticket());
        let slot = known.open(&key("a"));
        unknown.open(&key("a"));
        known.bring(slot, number(1), image("one"));

        let (first, last) = if unknown_first { (unknown, known) } else { (known, unknown) };
        first.close();
        last.close();

        assert!(journal.installs().is_empty());
        assert!(fills(&fence, &key("a")));
    }
}

#[test]
fn what_one_flight_did_not_know_is_forgotten_in_the_next() {
    let (fence, journal) = fence();
    let mut unknown = fence.ticket();
    unknown.open(&key("a"));
    unknown.close();

    let mut ticket = fence.ticket();
    let slot = ticket.open(&key("a"));
    ticket.bring(slot, number(2), image("two"));
    ticket.close();

    assert_eq!(journal.installs(), ["two"]);
}

#[test]
fn a_ticket_that_is_dropped_closes_what_it_opened_as_unknown() {
    let (fence, journal) = fence();
    let mut ticket = fence.ticket();
    ticket.open(&key("a"));
    ticket.touch(TABLE, IndexId::TABLE, b"a");

    drop(ticket);

    assert!(journal.installs().is_empty());
    assert!(fills(&fence, &key("a")));
    assert!(fence.epoch(TABLE, IndexId::TABLE, b"a").is_some());
}

#[test]
fn a_ticket_of_several_writes_closes_each_as_it_ended() {
    let (fence, journal) = fence();
    let mut ticket = fence.ticket();

    let a = ticket.open(&key("a"));
    ticket.open(&key("b"));
    let c = ticket.open(&key("c"));
    ticket.bring(a, number(1), image("a"));
    ticket.bring(c, number(2), image("c"));
    ticket.close();

    assert_eq!(journal.installs(), ["a", "c"]);
    assert!(["a", "b", "c"].iter().all(|id| fills(&fence, &key(id))));
}

#[test]
fn one_ticket_may_open_a_key_twice_and_leaves_the_later_image() {
    let (fence, journal) = fence();
    let mut ticket = fence.ticket();

    let (first, second) = (ticket.open(&key("a")), ticket.open(&key("a")));
    ticket.bring(second, number(2), image("two"));
    ticket.bring(first, number(1), image("one"));
    ticket.close();

    assert_eq!(journal.installs(), ["two"]);
    assert!(fills(&fence, &key("a")));
}

#[test]
fn an_image_without_a_number_is_installed_if_it_was_alone() {
    let (fence, journal) = fence();
    let mut ticket = fence.ticket();

    let slot = ticket.open(&key("a"));
    ticket.bring_if_alone(slot, image("alone"), Stamp::new(0));
    ticket.close();

    assert_eq!(journal.installs(), ["alone"]);
}

#[test]
fn an_image_without_a_number_comes_with_the_stamp_of_when_it_was_sent() {
    struct Stamped(Mutex<Vec<(String, u64)>>);

    impl Entries for Stamped {
        fn remove(&self, _: &ItemKey) {}

        fn install(&self, _: &ItemKey, _: Image) {
            panic!("it has a stamp");
        }

        fn install_since(&self, _: &ItemKey, image: Image, since: Stamp) {
            self.0.lock().expect("no test panics here").push((text(&image), since.get()));
        }
    }
    let map = Arc::new(Stamped(Mutex::default()));
    let fence = Fence::new(Arc::clone(&map) as Arc<dyn Entries>, Options::default());
    let mut ticket = fence.ticket();

    let slot = ticket.open(&key("a"));
    ticket.bring_if_alone(slot, image("alone"), Stamp::new(7));
    ticket.close();

    assert_eq!(*map.0.lock().expect("no test panics here"), [("alone".to_owned(), 7)]);
}

#[test]
fn an_image_without_a_number_is_dropped_if_another_write_overlapped() {
    for other_closes_first in [true, false] {
        let (fence, journal) = fence();
        let (mut ticket, mut other) = (fence.ticket(), fence.ticket());
        let (slot, refused) = (ticket.open(&key("a")), other.open(&key("a")));
        ticket.bring_if_alone(slot, image("not alone"), Stamp::new(0));
        other.not_written(refused);

        let (first, last) = if other_closes_first { (other, ticket) } else { (ticket, other) };
        first.close();
        last.close();

        assert!(journal.installs().is_empty());
        assert!(fills(&fence, &key("a")));
    }
}

#[test]
fn nothing_is_kept_of_keys_that_are_not_being_written() {
    let (fence, _) = fence();
    for id in 0..100 {
        let mut ticket = fence.ticket();
        let slot = ticket.open(&key(&id.to_string()));
        ticket.bring(slot, number(id), image("any"));
        ticket.close();
    }

    assert_eq!(fence.flights.len(), 0);
}

#[test]
fn a_cache_map_that_panics_leaves_no_flight_behind() {
    struct Broken;
    impl Entries for Broken {
        fn remove(&self, _key: &ItemKey) {
            panic!("a bug in the cache map");
        }
        fn install(&self, _key: &ItemKey, _image: Image) {}
    }
    let fence =
        Fence::new(Arc::new(Broken), Options { stripes: 1, words: 1, ..Options::default() });
    let mut ticket = fence.ticket();

    let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ticket.open(&key("a"))));
    let during = fills(&fence, &key("a"));
    drop(ticket);

    assert!(opened.is_err());
    assert!(!during);
    assert!(fills(&fence, &key("a")));
}

#[test]
fn an_epoch_stands_until_its_partition_is_touched() {
    let (fence, _) = fence();
    let epoch = fence.epoch(TABLE, IndexId::TABLE, b"a").expect("nothing is in flight");
    let before = fence.stands(TABLE, IndexId::TABLE, b"a", epoch);
    let mut ticket = fence.ticket();

    ticket.touch(TABLE, IndexId::TABLE, b"a");
    let (during, read) = (
        fence.stands(TABLE, IndexId::TABLE, b"a", epoch),
        fence.epoch(TABLE, IndexId::TABLE, b"a"),
    );
    ticket.close();

    assert_eq!((before, during, read), (true, false, None));
    assert!(!fence.stands(TABLE, IndexId::TABLE, b"a", epoch));
    assert!(fence.epoch(TABLE, IndexId::TABLE, b"a").is_some());
}

#[test]
fn touching_a_partition_touches_its_whole_index() {
    let (fence, _) = fence();
    let epoch = fence.index_epoch(TABLE, IndexId::TABLE).expect("nothing is in flight");
    let mut ticket = fence.ticket();

    ticket.touch(TABLE, IndexId::TABLE, b"a");
    let during = fence.index_epoch(TABLE, IndexId::TABLE);
    ticket.close();

    assert_eq!(during, None);
    assert!(!fence.index_stands(TABLE, IndexId::TABLE, epoch));
    assert!(fence.index_epoch(TABLE, IndexId::TABLE).is_some());
}

#[test]
fn a_partition_that_was_touched_often_is_free_after_one_close() {
    let (fence, _) = fence();
    let mut ticket = fence.ticket();

    for partition in [b"a", b"b", b"a", b"b"] {
        ticket.touch(TABLE, IndexId::TABLE, partition);
    }
    ticket.close();

    assert!(fence.epoch(TABLE, IndexId::TABLE, b"a").is_some());
    assert!(fence.epoch(TABLE, IndexId::TABLE, b"b").is_some());
    assert!(fence.index_epoch(TABLE, IndexId::TABLE).is_some());
}

#[test]
fn partitions_of_other_tables_and_indexes_have_words_of_their_own() {
    let (fence, _) = fence();
    let others = [(TableId::new(8), IndexId::TABLE), (TABLE, IndexId::new(1))];
    let before = others.map(|(table, index)| fence.epoch(table, index, b"a"));
    let mut ticket = fence.ticket();

    ticket.touch(TABLE, IndexId::TABLE, b"a");

    assert_eq!(others.map(|(table, index)| fence.epoch(table, index, b"a")), before);
    ticket.close();
}

const TABLE: TableId = TableId::new(7);
