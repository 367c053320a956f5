//! The caches: images of hot items, absences among them, and pages of queries and scans.
//!
//! A look-up takes one shard's read lock and nothing else. An item's miss hands out the map's
//! placeholder guard; the guard fills only if nothing was removed or installed under it, and
//! `fence/` decides who may fill at all. A page carries the epoch of the partition that it was
//! read from and is served only while that stands.
//!
//! Must hold: an entry is served only in the generation it was made in, and past its expiry only
//! where `stale.rs` says; its weight never changes.
//! Not here: when an entry may be filled (`fence/`), what a miss reads (`proxy/`).

mod control;
mod evictions;
mod generation;
mod hot;
mod items;
mod life;
mod lifecycle;
mod pages;
mod policy;
mod repeats;
mod sampler;
mod stale;
mod transitions;
mod unanswered;
mod verdict;

pub use control::{Held, Usage};
pub use generation::Generations;
pub use hot::{HALF_LIFE, HotKeys};
pub use items::{FillGuard, ItemCache, Lookup};
pub use pages::{Brought, LoadedPage, PageCache, PageKey};
pub use policy::{Options, Policies, Policy, QueryCaching, Rules, StreamUse};
pub use repeats::Repeats;
pub use sampler::{Drawn, NOTED_ONE_IN, Sampler};
pub use transitions::{Event, SlotHash, Transitions};
pub use verdict::{Verdict, Why};

pub use crate::fence::Stamp;
