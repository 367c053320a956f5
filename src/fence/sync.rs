//! The locks and atomics of the fence: std's, or those of the model checker's scheduler.
//!
//! Must hold: the fence takes its lock and its atomics from here and blocks on nothing else, or
//! `tests/fence_model.rs` would not see every interleaving.

#[cfg(feature = "shuttle")]
pub(super) use shuttle::sync::{Mutex, MutexGuard, atomic::AtomicU64};
#[cfg(not(feature = "shuttle"))]
pub(super) use std::sync::{Mutex, MutexGuard, atomic::AtomicU64};

/// `count` words of zero, which take no memory before they are first raised.
#[cfg(not(feature = "shuttle"))]
pub(super) fn zeroed_words(count: usize) -> Box<[AtomicU64]> {
    bytemuck::allocation::zeroed_slice_box(count)
}

/// `count` words of zero.
#[cfg(feature = "shuttle")]
pub(super) fn zeroed_words(count: usize) -> Box<[AtomicU64]> {
    (0..count).map(|_| AtomicU64::new(0)).collect()
}
