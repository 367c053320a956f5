//! Streams: a record for each change, in its batch; slices, shards and what time does to them.

use super::*;
use crate::api::{SequenceNumber, StreamChange, StreamEvent, StreamView, TableChange};
use crate::engine::embedded::rows;
use crate::engine::{
    Origin, Record, Seek, ShardNumber, Stream, StreamPage, StreamRead, StreamSeek, Transaction,
};

const HOUR: Duration = Duration::from_hours(1);

/// A store with the table `t`, which has a stream.
async fn streaming(store: &Arc<MemoryStore>, view: StreamView) -> Db {
    let db = Db::open(store);
    let stream = Some(view);
    db.engine.create_table(CreateTable { stream, ..create("t") }).await.expect("room");
    db
}

impl Db {
    async fn switch(&self, change: StreamChange) -> Result<Arc<Table>, Error> {
        let change = TableChange::Stream(change, crate::api::CapacityChange::default());
        let name = TableName::new("t").expect("a name");
        self.engine.alter_table(name, Alteration::Settings(change)).await
    }

    /// The newest stream there is.
    fn stream(&self) -> Arc<Stream> {
        let catalog = self.engine.catalog().load();
        let newest = catalog.streams_after(None).max_by_key(|stream| stream.id);
        Arc::clone(newest.expect("there is one"))
    }

    async fn page(&self, shard: u32, from: SequenceNumber) -> Result<StreamPage, Error> {
        self.page_of(shard, from, 1_000, 1 << 20).await
    }

    async fn page_of(
        &self,
        shard: u32,
        from: SequenceNumber,
        records_max: usize,
        bytes_max: usize,
    ) -> Result<StreamPage, Error> {
        let shard = ShardNumber::new(shard);
        let stream = self.stream().id;
        let read = StreamRead { stream, shard, from, records_max, bytes_max };
        self.engine.stream_page(read).await
    }

    /// Everything that is kept of a shard.
    async fn records(&self, shard: u32) -> Vec<Record> {
        let trimmed = self.stream().trimmed;
        self.page(shard, trimmed).await.expect("it is read").records
    }

    async fn seek(&self, shard: u32, to: Seek) -> SequenceNumber {
        let seek = StreamSeek { stream: self.stream().id, shard: ShardNumber::new(shard), to };
        self.engine.stream_seek(seek).await.expect("it is read")
    }

    /// What is kept of all shards, in the order of the numbers.
    async fn told(&self) -> Vec<String> {
        let mut all = Vec::new();
        for shard in &self.stream().shards {
            all.extend(self.records(shard.number.get()).await);
        }
        all.sort_by_key(|record| record.sequence);
        all.iter().map(told).collect()
    }

    /// Waits until the writer has looked at its streams, and they are so.
    async fn until_stream(&self, is: impl Fn(&Stream) -> bool) {
        until(|| is(&self.stream())).await;
    }
}

/// A record in short: key, old value, new value.
fn told(record: &Record) -> String {
    let value = |image: &Option<crate::model::ItemBytes>| match image {
        Some(item) => value_of(&Image::Item(crate::model::ItemImage::of(item))),
        None => None,
    };
    let key = std::str::from_utf8(&record.key[2..]).expect("keys are texts");
    let text = |value: Option<String>| value.unwrap_or_else(|| "-".into());
    format!("{key} {} {}", text(value(&record.before)), text(value(&record.after)))
}

fn spaces_of_streams(store: &MemoryStore) -> Vec<String> {
    let names = store.spaces().into_iter().map(|(name, _)| name.as_str().to_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("stream.")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn each_change_has_one_record_and_what_changes_nothing_has_none() {
    let store = Arc::new(MemoryStore::default());
    let db = streaming(&store, StreamView::NewAndOldImages).await;

    db.put("a", "1").await.expect("room");
    db.put("a", "1").await.expect("room");
    db.put("a", "2").await.expect("room");
    db.delete("b").await.expect("room");
    db.delete("a").await.expect("room");
    let mutations = [("c", "3"), ("d", "4")].map(|(key, value)| Mutation {
        key: db.key("t", key),
        condition: None,
        change: Change::Put(item(key, value).encode()),
        origin: Origin::Client,
    });
    let transaction = Transaction { mutations: mutations.into(), token: None };
    db.engine.transact(transaction, db.fence.ticket()).await.expect("room");

    let records = db.records(1).await;
    let all: Vec<String> = records.iter().map(told).collect();
    assert_eq!(all, ["a - 1", "a 1 2", "a 2 -", "c - 3", "d - 4"]);
    let events = records.iter().map(|record| record.event);
    let (made, changed, gone) = (StreamEvent::Insert, StreamEvent::Modify, StreamEvent::Remove);
    assert!(events.eq([made, changed, gone, made, made]));
    assert!(records.is_sorted_by_key(|record| record.sequence));
    assert!(records.iter().all(|record| record.at_ms == 1_000 && record.origin == Origin::Client));
}

#[tokio::test]
async fn the_same_item_in_another_order_of_attributes_is_no_change() {
    let db = streaming(&Arc::default(), StreamView::KeysOnly).await;
    db.put("a", "1").await.expect("room");
    let mut turned = item("a", "1");
    turned.attributes.reverse();

    db.write("a", Change::Put(turned.encode())).await.expect("room");

    assert_eq!(db.records(1).await.len(), 1);
}

#[tokio::test]
async fn a_view_has_the_images_that_it_shows() {
    for (view, expected) in [
        (StreamView::KeysOnly, ["a - -", "a - -", "a - -"]),
        (StreamView::NewImage, ["a - 1", "a - 2", "a - -"]),
        (StreamView::OldImage, ["a - -", "a 1 -", "a 2 -"]),
        (StreamView::NewAndOldImages, ["a - 1", "a 1 2", "a 2 -"]),
    ] {
        let db = streaming(&Arc::default(), view).await;

        db.put("a", "1").await.expect("room");
        db.put("a", "2").await.expect("room");
        db.delete("a").await.expect("room");

        assert_eq!(db.told().await, expected, "{view:?}");
    }
}

#[tokio::test]
async fn a_table_without_a_stream_keeps_no_log_and_one_that_gets_it_begins_there() {
    let store = Arc::new(MemoryStore::default());
    let db = Db::open(&store);
    db.create("t").await.expect("room");
    db.put("a", "1").await.expect("room");
    assert!(spaces_of_streams(&store).is_empty());

    let shown = db.switch(StreamChange::Enable(StreamView::NewImage)).await.expect("it has none");
    assert!(spaces_of_streams(&store).is_empty(), "there is no record yet");
    db.put("a", "2").await.expect("room");

    assert_eq!(shown.status, TableStatus::Updating);
    assert_eq!(shown.stream, Some(db.stream().summary()));
    assert_eq!(db.told().await, ["a - 2"]);
    assert_eq!(spaces_of_streams(&store).len(), 1);
}

#[tokio::test]
async fn a_stream_is_switched_once_and_the_old_one_stays_readable() {
    let store = Arc::new(MemoryStore::default());
    let db = streaming(&store, StreamView::NewImage).await;
    db.put("a", "1").await.expect("room");
    let refusal = |refused: Result<Arc<Table>, Error>| match refused {
        Err(Error::Api(error)) => error.message,
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("not refused"),
    };

    let again = refusal(db.switch(StreamChange::Enable(StreamView::NewImage)).await);
    assert_eq!(again, "Table already has an enabled stream: TableName: t");
    let old = db.stream();
    db.switch(StreamChange::Disable).await.expect("it has one");
    let again = refusal(db.switch(StreamChange::Disable).await);
    assert_eq!(again, "Table has no stream to disable: TableName: t");
    db.put("a", "2").await.expect("room");

    let disabled = db.stream();
    assert_eq!((disabled.id, disabled.disabled_ms), (old.id, Some(1_000)));
    assert_eq!(disabled.open_shards().count(), 0);
    assert_eq!(db.told().await, ["a - 1"], "it takes no more");
    db.switch(StreamChange::Enable(StreamView::OldImage)).await.expect("it has none");
    let new = db.stream();
    assert!(new.id > old.id && new.arn != old.arn, "though no time has passed");
    db.put("a", "3").await.expect("room");
    drop(db);
    store.restart();

    let db = Db::open(&store);
    assert_eq!(*db.stream(), *new);
    assert_eq!(db.told().await, ["a 2 -"]);
    let catalog = db.engine.catalog().load();
    assert_eq!(catalog.streams_after(None).count(), 2);
    assert_eq!(catalog.stream(&old.arn).map(|stream| stream.disabled_ms), Some(Some(1_000)));
    let table = catalog.table("t").expect("the table");
    assert_eq!(table.stream, Some(new.summary()));
}

#[tokio::test]
async fn a_stream_outlives_its_table_for_a_day() {
    let store = Arc::new(MemoryStore::default());
    let db = streaming(&store, StreamView::NewImage).await;
    db.put("a", "1").await.expect("room");

    db.engine.delete_table(TableName::new("t").expect("a name")).await.expect("it is there");

    assert_eq!((db.stream().disabled_ms, db.told().await), (Some(1_000), vec!["a - 1".to_owned()]));
    db.clock.advance(24 * HOUR);
    db.create("u").await.expect("room");
    assert_eq!(db.told().await, ["a - 1"], "a slice goes whole");
    db.clock.advance(HOUR);
    until(|| db.engine.catalog().load().streams_after(None).next().is_none()).await;
    assert!(spaces_of_streams(&store).is_empty());
    drop(db);
    store.restart();
    let db = Db::open(&store);
    assert!(db.engine.catalog().load().streams_after(None).next().is_none());
}

#[tokio::test]
async fn slices_go_by_the_hour_and_are_trimmed_whole() {
    let store = Arc::new(MemoryStore::default());
    let db = streaming(&store, StreamView::NewImage).await;
    db.clock.advance(Duration::from_mins(59) + Duration::from_secs(59));
    db.put("a", "0").await.expect("room");
    let oldest = db.stream().trimmed;
    for hour in 1..=3 {
        db.clock.advance(HOUR);
        db.put("a", &hour.to_string()).await.expect("room");
    }
    assert_eq!(spaces_of_streams(&store).len(), 4);

    // Of the first slice all is older than a day, of the second its beginning.
    db.clock.advance(22 * HOUR);
    db.until_stream(|stream| stream.trimmed > oldest).await;

    assert_eq!(spaces_of_streams(&store).len(), 3);
    let kept = db.stream();
    let shards: Vec<u32> = kept.shards.iter().map(|shard| shard.number.get()).collect();
    assert_eq!(db.told().await, ["a - 1", "a - 2", "a - 3"]);
    assert!(matches!(db.page(shards[0], oldest).await, Err(Error::Trimmed)));
    drop(db);
    store.restart();

    let db = Db::open(&store);
    assert_eq!(db.stream().trimmed, kept.trimmed);
    assert!(matches!(db.page(shards[0], oldest).await, Err(Error::Trimmed)));
    db.clock.advance(48 * HOUR);
    db.until_stream(|stream| stream.trimmed > kept.trimmed).await;
    assert!(spaces_of_streams(&store).is_empty() && db.told().await.is_empty());
    db.put("a", "4").await.expect("room");
    assert_eq!(db.told().await, ["a - 4"]);
    let last = kept.shards.last().expect("there is one").number;
    db.clock.advance(48 * HOUR);
    db.until_stream(|stream| stream.shards[0].number > last).await;
}

/// Who had read everything was told that records were gone, once the last slice went: the number of
/// that change counted as trimmed. Now what was recorded counts alone.
#[tokio::test]
async fn a_reader_that_is_up_to_date_loses_nothing_when_the_last_slice_goes() {
    let store = Arc::new(MemoryStore::default());
    let db = streaming(&store, StreamView::NewImage).await;
    db.put("a", "1").await.expect("room");
    let before = db.stream();
    let from = db.page(1, before.trimmed).await.expect("it is read").next;

    db.clock.advance(26 * HOUR);
    db.until_stream(|stream| stream.trimmed > before.trimmed).await;

    assert!(spaces_of_streams(&store).is_empty());
    let page = db.page(1, from).await.expect("nothing is lost");
    assert!(page.records.is_empty());
    assert!(matches!(db.page(1, before.trimmed).await, Err(Error::Trimmed)));
}

#[tokio::test]
async fn a_slice_that_its_stream_calls_trimmed_is_dropped_at_the_next_opening() {
    let store = Arc::new(MemoryStore::default());
    let db = streaming(&store, StreamView::NewImage).await;
    db.put("a", "1").await.expect("room");
    drop(db);
    store.restart();
    // As a crash between the row and the space leaves it; and one of no stream at all.
    for name in ["stream.1.0.0", "stream.9.0.1"] {
        store.create_space(&SpaceName::new(name).expect("a name")).expect("room");
    }

    let db = Db::open(&store);

    let names = spaces_of_streams(&store);
    assert!(names.len() == 1 && names[0] != "stream.1.0.0", "{names:?}");
    assert_eq!(db.told().await, ["a - 1"]);
}

#[tokio::test]
async fn shards_that_are_old_hand_over_to_children_without_a_gap() {
    let store = Arc::new(MemoryStore::default());
    let db = streaming(&store, StreamView::NewImage).await;
    db.put("a", "1").await.expect("room");
    let first = db.stream().shards[0].first;
    let half = db.page(1, first).await.expect("it is read");

    db.clock.advance(4 * HOUR);
    db.put("a", "2").await.expect("room");

    let stream = db.stream();
    let [parent, child] = &stream.shards[..] else { panic!("{:?}", stream.shards) };
    let closed = parent.closed.expect("it is closed");
    assert_eq!((child.parent, child.first), (Some(parent.number), closed.last.next()));
    let rest = db.page(1, half.next).await.expect("it is read");
    assert!(rest.records.is_empty() && rest.next > closed.last, "the parent is drained");
    assert_eq!(db.records(1).await.iter().map(told).collect::<Vec<_>>(), ["a - 1"]);
    assert_eq!(db.records(2).await.iter().map(told).collect::<Vec<_>>(), ["a - 2"]);
}

#[tokio::test]
async fn more_shards_after_a_restart_part_the_keys_and_keep_their_order() {
    let store = Arc::new(MemoryStore::default());
    let db = streaming(&store, StreamView::NewImage).await;
    let keys: Vec<String> = (0..40).map(|number| format!("k{number}")).collect();
    for key in &keys {
        db.put(key, "1").await.expect("room");
    }
    drop(db);
    store.restart();
    let streams = StreamOptions { shards: 4, ..StreamOptions::default() };
    let options = Options { reserve_bytes: Some(0), streams, ..Options::default() };

    let db = Db::open_with(&store, &options);
    for value in ["2", "3"] {
        for key in &keys {
            db.put(key, value).await.expect("room");
        }
    }

    let stream = db.stream();
    let parents: Vec<_> = stream.shards.iter().map(|shard| shard.parent).collect();
    let one = Some(ShardNumber::new(1));
    assert_eq!(parents, [None, one, one, one, one]);
    assert_eq!(db.records(1).await.len(), 40);
    let mut seen = 0;
    for shard in 2..=5_u16 {
        let records = db.records(u32::from(shard)).await;
        seen += records.len();
        assert!(!records.is_empty(), "40 keys are in each of 4 parts");
        for record in &records {
            let hash = crate::model::hash16(&record.key[2..]);
            assert_eq!(u16::from_be_bytes(hash) >> 14, shard - 2);
        }
        let of_one = |key: &String| -> Vec<String> {
            records.iter().map(told).filter(|told| told.starts_with(&format!("{key} "))).collect()
        };
        for key in &keys {
            let told = of_one(key);
            let all = [format!("{key} - 2"), format!("{key} - 3")];
            assert!(told.is_empty() || told == all, "{told:?}");
        }
    }
    assert_eq!(seen, 80);
    drop(db);
    store.restart();
    let db = Db::open(&store);
    assert_eq!(db.stream().open_shards().count(), 4, "they do not become fewer");
}

#[tokio::test]
async fn pages_end_at_their_limits_and_go_on_where_they_ended() {
    let db = streaming(&Arc::default(), StreamView::NewImage).await;
    for number in 0..10 {
        // Over two slices.
        if number == 6 {
            db.clock.advance(HOUR);
        }
        db.put(&format!("k{number}"), "some value").await.expect("room");
    }
    let whole = db.records(1).await;
    assert_eq!(whole.len(), 10);

    for (records_max, bytes_max) in [(1, 1 << 20), (3, 1 << 20), (1_000, 1), (1_000, 200)] {
        let (mut from, mut read, mut pages) = (db.stream().trimmed, Vec::new(), 0);
        while read.len() < whole.len() {
            let page = db.page_of(1, from, records_max, bytes_max).await.expect("it is read");
            assert!(!page.records.is_empty() && page.records.len() <= records_max);
            assert!(bytes_max > 1 || page.records.len() == 1);
            from = page.next;
            read.extend(page.records);
            pages += 1;
        }
        assert_eq!(read, whole, "{records_max} records, {bytes_max} bytes");
        assert!(pages > 1);
        let end = db.page(1, from).await.expect("it is read");
        assert!(end.records.is_empty());
        assert_eq!(end.next, db.seek(1, Seek::Newest).await);
    }
}

#[tokio::test]
async fn a_place_is_found_by_time_and_behind_everything() {
    let db = streaming(&Arc::default(), StreamView::NewImage).await;
    let begin_ms = db.clock.unix_ms();
    // Three records a time, in four slices.
    for turn in 0..7 {
        for key in ["a", "b", "c"] {
            db.put(key, &turn.to_string()).await.expect("room");
        }
        db.clock.advance(HOUR / 2);
    }
    let records = db.records(1).await;
    assert_eq!(records.len(), 21);

    let half_ms = whole_ms(HOUR / 2);
    for at_ms in (0..8 * half_ms).step_by(usize::try_from(half_ms / 3).expect("it is small")) {
        let at_ms = begin_ms + at_ms;
        let expected = records.iter().find(|record| record.at_ms >= at_ms);
        let behind = records[20].sequence.next();
        let found = db.seek(1, Seek::Time(at_ms)).await;
        assert_eq!(found, expected.map_or(behind, |record| record.sequence), "{at_ms}");
    }
    let newest = db.seek(1, Seek::Newest).await;
    assert!(db.page(1, newest).await.expect("it is read").records.is_empty());
    db.put("a", "last").await.expect("room");
    let page = db.page(1, newest).await.expect("it is read");
    assert_eq!(page.records.iter().map(told).collect::<Vec<_>>(), ["a - last"]);
}

/// A reader that took slices for its snapshot's that were there before it would pass over records.
#[tokio::test]
async fn a_reader_beside_the_writer_reads_each_record_once() {
    let store = Arc::new(MemoryStore::default());
    let streams = StreamOptions { slice: Duration::from_secs(1), ..StreamOptions::default() };
    let options = Options { reserve_bytes: Some(0), streams, ..Options::default() };
    let db = Db::open_with(&store, &options);
    let stream = Some(StreamView::NewImage);
    db.engine.create_table(CreateTable { stream, ..create("t") }).await.expect("room");
    let from = db.stream().trimmed;
    let written = AtomicU64::new(0);
    let write = async {
        for number in 0..WRITTEN {
            db.put("a", &number.to_string()).await.expect("room");
            written.store(number + 1, Ordering::SeqCst);
            db.clock.advance(Duration::from_secs(1));
        }
    };
    let read = async {
        let (mut from, mut read) = (from, Vec::new());
        loop {
            let is_done = written.load(Ordering::SeqCst) == WRITTEN;
            let page = db.page(1, from).await.expect("nothing is trimmed");
            from = page.next;
            read.extend(page.records);
            if is_done {
                return read;
            }
        }
    };

    let ((), read) = tokio::join!(write, read);

    let told: Vec<String> = read.iter().map(told).collect();
    assert_eq!(told, (0..WRITTEN).map(|number| format!("a - {number}")).collect::<Vec<_>>());
    assert_eq!(spaces_of_streams(&store).len() as u64, WRITTEN);
}

const WRITTEN: u64 = 500;

#[tokio::test]
async fn a_clock_that_is_put_back_loses_no_record() {
    let store = Arc::new(MemoryStore::default());
    let db = streaming(&store, StreamView::NewImage).await;
    db.clock.advance(5 * HOUR);
    db.put("a", "1").await.expect("room");
    db.put("a", "2").await.expect("room");
    drop(db);
    store.restart();

    // A new clock begins where the first one did.
    let db = Db::open(&store);
    db.put("a", "3").await.expect("room");
    db.put("a", "4").await.expect("room");

    assert_eq!(db.told().await, ["a - 1", "a - 2", "a - 3", "a - 4"]);
    assert_eq!(spaces_of_streams(&store).len(), 2);
    // What the first slice has is no younger than what the second has.
    db.clock.advance(26 * HOUR);
    until(|| spaces_of_streams(&store).is_empty()).await;
}

/// A record turns up if its change does, whatever failed.
#[tokio::test]
async fn whichever_sync_fails_records_are_those_of_the_changes_that_are_there() {
    for then in [Afterwards::There, Afterwards::Gone] {
        for k in 1..=24 {
            let store = Arc::new(MemoryStore::default());
            let db = streaming(&store, StreamView::NewAndOldImages).await;
            store.faults().fail_sync(k, then);

            script(&db).await;
            drop(db);
            store.restart();

            assert_replayed(&Db::open(&store)).await;
        }
    }
}

#[tokio::test]
async fn a_full_disk_leaves_no_record_without_its_change() {
    for then in [Afterwards::There, Afterwards::Gone] {
        let store = Arc::new(MemoryStore::default());
        let db = streaming(&store, StreamView::NewAndOldImages).await;
        db.put("k0", "1").await.expect("room");
        store.faults().fill_disk(then);
        let lost = db.put("k0", "2").await;
        assert!(matches!(lost, Err(Error::CommitFailed(_))), "{lost:?}");
        assert_eq!(db.told().await, ["k0 - 1"]);

        store.faults().empty_disk();
        until(|| db.engine.writable().is_ok()).await;
        db.put("k0", "3").await.expect("room");

        let told = db.told().await;
        match then {
            Afterwards::There => assert_eq!(told, ["k0 - 1", "k0 1 2", "k0 2 3"]),
            Afterwards::Gone => assert_eq!(told, ["k0 - 1", "k0 1 3"]),
        }
        assert_replayed(&db).await;
    }
}

/// The records, one after the other, lead from nothing to the items that are there.
async fn assert_replayed(db: &Db) {
    let mut items: HashMap<String, String> = HashMap::new();
    for told in db.told().await {
        let [key, old, new] = told.split(' ').collect::<Vec<_>>()[..] else { panic!("{told}") };
        let before = items.get(key).map_or("-", String::as_str);
        assert_eq!(before, old, "{told}");
        match new {
            "-" => drop(items.remove(key)),
            new => drop(items.insert(key.to_owned(), new.to_owned())),
        }
    }
    for key in ["k0", "k1", "k2", "k3"] {
        assert_eq!(db.get(key).await, items.get(key).cloned(), "{key}");
    }
}

#[tokio::test]
async fn a_damaged_record_is_an_error_that_names_its_stream() {
    let store = Arc::new(MemoryStore::default());
    let db = streaming(&store, StreamView::NewImage).await;
    db.put("a", "1").await.expect("room");
    let sequence = db.records(1).await[0].sequence;
    drop(db);
    store.restart();
    let name = SpaceName::new(&spaces_of_streams(&store)[0]).expect("a name");
    let space = store.space(&name).expect("it is there");
    let mut row = vec![0, 0, 0, 1];
    row.extend(sequence.get().to_be_bytes());
    let mut batch = crate::store::Batch::new();
    batch.put(space, row.into(), bytes::Bytes::from_static(b"damaged"));
    store.commit(batch, SyncMode::Sync).expect("room");

    let db = Db::open(&store);
    let trimmed = db.stream().trimmed;

    assert!(matches!(db.page(1, trimmed).await, Err(Error::DamagedStream { stream: 1 })));
    let system = store.space(&rows::system_space()).expect("it is there");
    drop(db);
    store.restart();
    let mut batch = crate::store::Batch::new();
    batch.put(system, rows::stream_row(crate::engine::StreamId::new(1)), b"{}".to_vec().into());
    store.commit(batch, SyncMode::Sync).expect("room");
    let hooks = Hooks { forget_all: Box::new(|| {}), give_up: Box::new(|error| panic!("{error}")) };
    let metrics = Metrics::new(crate::metrics::Options::default());
    let store: Arc<dyn Store> = store;
    let opened =
        EmbeddedEngine::open(store, &Options::default(), hooks, &metrics, Clock::manual(1));
    assert!(matches!(opened.err(), Some(Error::DamagedStream { stream: 1 })));
}
