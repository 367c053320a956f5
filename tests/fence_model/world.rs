//! One schedule's world: the real fence, the pinned cache map, the model's store, and the history.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use ahash::RandomState;
use hearth::fence::{Entries, Fence, Options};
use hearth::model::{
    Image, ItemKey, KeyAttribute, KeyBuffer, KeyType, KeyValue, TableId, TableSchema,
};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, UnitWeighter};
use shuttle::rand::{Rng as _, thread_rng};

use super::history::{History, Moment, Seen};
use super::store::{KEYS, Store};
use super::version::Version;

/// A rule of the protocol. A negative control leaves one out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rule {
    /// A reader looks at the flight after it has the guard.
    GuardBeforeLook,
    /// A reader opens its snapshot after it has looked at the flight.
    LookBeforeSnapshot,
    /// A batch looks at all flights before it opens its one snapshot.
    BatchLooksAtAll,
    /// A batch never waits for a guard while it holds another.
    BatchNeverWaits,
    /// An open removes the key's entry and placeholder.
    OpenRemoves,
    /// The last close installs under the stripe's lock.
    CloseUnderLock,
    /// A write whose place in the order is not known installs only if it was alone.
    InstallOnlyAlone,
    /// A write of unknown fate empties its flight.
    UnknownEmptiesFlight,
    /// A flight stays open until the write is done; removing the entry before is not enough.
    FlightAroundWrite,
    /// The ticket belongs to whoever commits, not to the client.
    TicketOutlivesClient,
    /// An upstream write of unknown fate keeps its flight open as long as it may land.
    Quarantine,
    /// A query reads its epoch before its first page.
    EpochBeforePage,
    /// A query joins only a load of the same epoch.
    JoinByEpoch,
    /// Pages are not kept if a writer was in flight when their epoch was read.
    NoWriterInFlight,
    /// A write touches the partition of its item.
    TouchBase,
    /// A write touches the index partition that its entry leaves.
    TouchLeft,
    /// A write touches the index partition that its entry enters.
    TouchEntered,
    /// A scan goes by the word of its whole index.
    ScanByIndexWord,
    /// A write touches before its commit.
    TouchBeforeCommit,
    /// A page fills an item only while its epoch stands.
    FillChecksEpoch,
    /// A page looks at its epoch after it has the item's guard.
    FillGuardBeforeEpoch,
    /// A page fills an item only if no write of it is in flight.
    FillAdmits,
    /// A page looks at its epoch after it has looked at the item's flight.
    FillAdmitsBeforeEpoch,
}

/// What is cached in a model; writes open what is in the one and touch what is in the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cached {
    Items,
    Pages,
    /// Items as well as pages, which fill items in.
    Both,
}

/// The cache map of the model: the pinned crate, on the model checker's scheduler.
pub(crate) type Items = Cache<ItemKey, Image, UnitWeighter, RandomState>;

pub(crate) struct World {
    left_out: Option<Rule>,
    cached: Cached,
    pub(crate) history: Arc<History>,
    pub(crate) store: Store,
    pub(crate) fence: Arc<Fence>,
    pub(crate) map: Arc<Map>,
    /// With [`Rule::InstallOnlyAlone`] left out: closes so far, taken for the order of the writes.
    pub(crate) closings: AtomicU64,
}

/// The cache map as the fence sees it.
pub(crate) struct Map {
    pub(crate) items: Items,
    /// With [`Rule::CloseUnderLock`] left out: what is to be installed once the lock is free.
    postponed: Option<Mutex<Vec<(ItemKey, Image)>>>,
    opens_remove: bool,
}

impl World {
    pub(crate) fn new(cached: Cached, left_out: Option<Rule>) -> Arc<Self> {
        let history = Arc::new(History::default());
        let postponed = (left_out == Some(Rule::CloseUnderLock)).then(Mutex::default);
        let opens_remove = left_out != Some(Rule::OpenRemoves);
        let map = Arc::new(Map { items: items(), postponed, opens_remove });
        let options = Options { stripes: 1, words: WORDS, hash: HASH.clone() };
        let fence = Fence::new(Arc::clone(&map) as Arc<dyn Entries>, options);
        let store = Store::new(Arc::clone(&history));
        let closings = AtomicU64::new(0);
        Arc::new(Self { left_out, cached, history, store, fence, map, closings })
    }

    pub(crate) fn lacks(&self, rule: Rule) -> bool {
        self.left_out == Some(rule)
    }

    pub(crate) fn caches_items(&self) -> bool {
        matches!(self.cached, Cached::Items | Cached::Both)
    }

    pub(crate) fn caches_pages(&self) -> bool {
        matches!(self.cached, Cached::Pages | Cached::Both)
    }

    /// Writes down what a read that began at `invoked` was given.
    pub(crate) fn returned(&self, key: usize, image: &Image, invoked: Moment) {
        self.history.read(key, Seen::Version(Version::of(image)), invoked);
    }

    /// Whether the history so far is linearizable, key by key.
    pub(crate) fn check(&self) -> Result<(), String> {
        (0..KEYS).try_for_each(|key| self.history.check(key, &self.store.committed(key)))
    }
}

impl Map {
    /// Installs what a close without the lock left to do.
    pub(crate) fn install_postponed(&self) {
        let Some(postponed) = &self.postponed else { return };
        let mut list = postponed.lock().unwrap_or_else(PoisonError::into_inner);
        let due = std::mem::take(&mut *list);
        drop(list);
        for (key, image) in due {
            self.items.insert(key, image);
        }
    }
}

impl Entries for Map {
    fn remove(&self, key: &ItemKey) {
        if self.opens_remove {
            self.items.remove(key);
        }
    }

    fn install(&self, key: &ItemKey, image: Image) {
        match &self.postponed {
            None => self.items.insert(key.clone(), image),
            Some(list) => {
                list.lock().unwrap_or_else(PoisonError::into_inner).push((key.clone(), image));
            }
        }
    }
}

/// The key of that number.
pub(crate) fn key(number: usize) -> &'static ItemKey {
    &ITEM_KEYS[number]
}

/// One of these, as the scheduler's random source says.
pub(crate) fn pick<T: Copy>(choices: &[T]) -> T {
    choices[thread_rng().gen_range(0..choices.len())]
}

/// A cache map, in some schedules so small that two keys evict each other.
fn items() -> Items {
    let capacity = pick(&[1, 8]);
    let options = OptionsBuilder::new()
        .shards(1)
        .estimated_items_capacity(KEYS)
        .weight_capacity(capacity)
        .build()
        .expect("capacity and estimate are given");
    Cache::with_options(options, UnitWeighter, HASH.clone(), DefaultLifecycle::default())
}

/// The model's table.
pub(crate) const TABLE: TableId = TableId::new(1);
/// Enough that no two parts share a word, for then a touch of one would stand in for the other.
const WORDS: usize = 16;

/// The same in each schedule, so that a seed replays.
static HASH: LazyLock<RandomState> = LazyLock::new(|| RandomState::with_seeds(1, 2, 3, 4));

static ITEM_KEYS: LazyLock<[ItemKey; KEYS]> = LazyLock::new(|| {
    let hash = KeyAttribute { name: "id".to_owned(), kind: KeyType::B };
    let schema = TableSchema { table: TABLE, hash, range: None, indexes: Vec::new() };
    std::array::from_fn(|number| {
        let id = [u8::try_from(number).expect("few keys")];
        let mut buffer = KeyBuffer::default();
        let key = schema.key_of_values(KeyValue::B(&id), None, &mut buffer);
        key.expect("one byte is a key").to_key()
    })
});
