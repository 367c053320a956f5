//! The item cache: images of hot keys, absences among them, in a sharded concurrent map.
//!
//! A look-up takes one shard's read lock and nothing else. A miss hands out the map's placeholder
//! guard; the guard fills only if nothing was removed or installed under it, and `fence/` decides
//! who may fill at all.
//!
//! Must hold: an entry is served only before its expiry and only in the generation it was made in;
//! its weight never changes.
//! Not here: when an entry may be filled (`fence/`), what a miss reads (`proxy/`).

mod generation;
mod items;
mod lifetimes;

pub use generation::{Generations, Stamp};
pub use items::{FillGuard, ItemCache, Lookup};
pub use lifetimes::{Lifetimes, Options};
