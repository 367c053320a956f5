//! What a DAX parameter group calls keys of `[cache]`.
//!
//! Must hold: a value of DAX's means here what it means there, or it is refused.
//! Not here: where such a name can stand (`scope.rs`). Printing uses our names.

use super::keys::Key;
use super::value::{Problem, Raw, Value as _};

/// One other name of a key of `[cache]`.
pub(super) struct DaxName {
    pub(super) name: &'static str,
    key: &'static str,
    zero: Zero,
}

/// What 0 means to DAX.
enum Zero {
    /// Without limit, as here.
    NoLimit,
    /// That nothing is cached, which is another key here.
    NothingCached,
}

impl DaxName {
    /// The names of DAX for this key.
    pub(super) fn of(key: &'static Key) -> impl Iterator<Item = &'static Self> {
        NAMES.iter().filter(|dax| key.section == "cache" && key.name == dax.key)
    }

    /// Refuses a value that would mean something else here.
    pub(super) fn check(&self, raw: &Raw<'_>) -> Result<(), Problem> {
        match self.zero {
            Zero::NothingCached if u64::read(raw)? == 0 => Err(Problem::DaxCachesNothing),
            Zero::NoLimit | Zero::NothingCached => Ok(()),
        }
    }
}

static NAMES: &[DaxName] = &[
    DaxName { name: "record-ttl-millis", key: "item_ttl_ms", zero: Zero::NoLimit },
    DaxName { name: "query-ttl-millis", key: "query_ttl_ms", zero: Zero::NothingCached },
];
