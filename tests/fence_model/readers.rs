//! How items are read: from the cache map, or from the store with or without filling it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hearth::fence::Entries as _;
use hearth::model::{Image, ItemKey};
use quick_cache::UnitWeighter;
use quick_cache::sync::{DefaultLifecycle, GuardResult, PlaceholderGuard};
use shuttle::future::{block_on, yield_now};

use super::store::KEYS;
use super::world::{Rule, World, key, pick};

type Guard<'a> = PlaceholderGuard<
    'a,
    ItemKey,
    Image,
    UnitWeighter,
    ahash::RandomState,
    DefaultLifecycle<ItemKey, Image>,
>;

/// A client that reads single items.
pub(crate) fn read_items(world: &World, reads: usize) {
    for _ in 0..reads {
        let key = pick(&[0, 0, 1]);
        let invoked = world.history.invoke();
        let image = block_on(look_up(world, key));
        world.returned(key, &image, invoked);
    }
}

/// A client that reads single items and now and then hangs up.
pub(crate) fn read_items_impatiently(world: &World, reads: usize) {
    for _ in 0..reads {
        let key = pick(&[0, 0, 1]);
        let invoked = world.history.invoke();
        let patience = pick(&[0, 1, 2, u32::MAX]);
        if let Some(image) = block_on(Impatient::new(look_up(world, key), patience)) {
            world.returned(key, &image, invoked);
        }
    }
}

/// A client that reads all items at once.
pub(crate) fn read_batches(world: &World, reads: usize) {
    for _ in 0..reads {
        let invoked = world.history.invoke();
        let images = look_up_all(world);
        for (key, image) in images.iter().enumerate() {
            world.returned(key, image, invoked);
        }
    }
}

/// An operator who evicts keys, without a word to the fence.
pub(crate) fn evict(world: &World, count: usize) {
    for _ in 0..count {
        world.map.remove(key(pick(&[0, 0, 1])));
    }
}

async fn look_up(world: &World, number: usize) -> Image {
    let key = key(number);
    // The two wrong orders: what must come after the guard is done before it.
    let looked = world.lacks(Rule::GuardBeforeLook).then(|| world.fence.admit(key, ()).is_some());
    let early = world.lacks(Rule::LookBeforeSnapshot).then(|| world.store.snapshot());

    let guard = match world.map.items.get_value_or_guard_async(key).await {
        Ok(hit) => return hit,
        Err(guard) => guard,
    };
    let guard = match looked {
        None => world.fence.admit(key, guard),
        Some(free) => free.then_some(guard),
    };
    // The engine reads elsewhere, so a client may hang up while the guard is held.
    yield_now().await;
    let snapshot = early.unwrap_or_else(|| world.store.snapshot());
    let image = world.store.get(snapshot, number);
    if let Some(guard) = guard {
        // Refused if a write overtook it; what was read is an answer all the same.
        let _ = guard.insert(image.clone());
    }
    image
}

enum Held<'a> {
    Hit(Image),
    Guard(Option<Guard<'a>>),
}

/// Who holds a guard never waits for another, so a batch takes the guards that are free.
fn look_up_all(world: &World) -> [Image; KEYS] {
    let timeout = (!world.lacks(Rule::BatchNeverWaits)).then_some(Duration::ZERO);
    let mut held: [Option<Held<'_>>; KEYS] = Default::default();
    for number in pick(&[[0, 1], [1, 0]]) {
        held[number] = Some(match world.map.items.get_value_or_guard(key(number), timeout) {
            GuardResult::Value(hit) => Held::Hit(hit),
            GuardResult::Guard(guard) => Held::Guard(Some(guard)),
            GuardResult::Timeout => Held::Guard(None),
        });
    }
    let mut early = None;
    for (number, held) in held.iter_mut().enumerate() {
        if let Some(Held::Guard(guard)) = held {
            *guard = guard.take().and_then(|guard| world.fence.admit(key(number), guard));
        }
        if world.lacks(Rule::BatchLooksAtAll) {
            early.get_or_insert_with(|| world.store.snapshot());
        }
    }
    let snapshot = early.unwrap_or_else(|| world.store.snapshot());
    std::array::from_fn(|number| match held[number].take() {
        Some(Held::Hit(hit)) => hit,
        Some(Held::Guard(Some(guard))) => {
            let image = world.store.get(snapshot, number);
            let _ = guard.insert(image.clone());
            image
        }
        Some(Held::Guard(None)) | None => world.store.get(snapshot, number),
    })
}

/// A request that is dropped, wherever it is, once it was polled a number of times.
struct Impatient<F> {
    request: Option<Pin<Box<F>>>,
    patience: u32,
}

impl<F: Future> Impatient<F> {
    fn new(request: F, patience: u32) -> Self {
        Self { request: Some(Box::pin(request)), patience }
    }
}

impl<F: Future> Future for Impatient<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(request) = self.request.as_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(answer) = request.as_mut().poll(context) {
            return Poll::Ready(Some(answer));
        }
        match self.patience {
            // Patient for ever: woken only by whoever holds the guard.
            u32::MAX => return Poll::Pending,
            0 => {
                self.request = None;
                return Poll::Ready(None);
            }
            _ => self.patience -= 1,
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Starts a client on a thread of the schedule.
pub(crate) fn client(
    world: &Arc<World>,
    work: impl FnOnce(&Arc<World>) + Send + 'static,
) -> shuttle::thread::JoinHandle<()> {
    let world = Arc::clone(world);
    shuttle::thread::spawn(move || work(&world))
}
