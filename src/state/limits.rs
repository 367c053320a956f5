//! How much the attribute lists may take.
//!
//! Lists are never forgotten, so without limits a client that makes up names would take all
//! memory. What was defined stays, even if a limit is lowered below it.

use super::ids::{NUMBER_MAX, NUMBER_MIN};
use super::records::{RECORD_BYTES_MAX, record_bytes};

/// What the lists may take at most.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// How many lists there may be. The empty one does not count. Ids end with the 1,048,574th,
    /// even if more are allowed here.
    pub lists_max: usize,
    /// How many bytes their names may have together, 8 more counted for each name.
    pub bytes_max: u64,
    /// How many names one list may have.
    pub names_max: usize,
}

/// What the lists take, in the measure of [`Limits`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// How many there are.
    pub lists: usize,
    /// The bytes of their names, 8 more for each name.
    pub bytes: u64,
}

/// Which limit would be passed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Full {
    /// There are too many lists.
    #[error("no more than {lists_max} attribute lists are kept")]
    Lists {
        /// The limit.
        lists_max: usize,
    },
    /// The names of all lists are too long together.
    #[error("attribute lists would take {bytes} bytes, more than {bytes_max}")]
    Bytes {
        /// What they would take.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// One list has too many names.
    #[error("an attribute list has {names} names, more than {names_max}")]
    Names {
        /// How many it has.
        names: usize,
        /// The limit.
        names_max: usize,
    },
    /// The names of one list are too long together. No item could have them.
    #[error("an attribute list takes {bytes} bytes, more than {bytes_max}")]
    ListBytes {
        /// What its record would take.
        bytes: u64,
        /// The limit, which is that of the log's format.
        bytes_max: u64,
    },
}

impl Default for Limits {
    fn default() -> Self {
        Self { lists_max: 100_000, bytes_max: 64 << 20, names_max: 65_536 }
    }
}

impl Limits {
    /// What will be taken with one more list, if it may be taken.
    pub(super) fn admit(&self, taken: Usage, names: &[String]) -> Result<Usage, Full> {
        let Self { lists_max, bytes_max, names_max } = *self;
        if names.len() > names_max {
            return Err(Full::Names { names: names.len(), names_max });
        }
        let record_bytes = record_bytes(names);
        if record_bytes > RECORD_BYTES_MAX {
            return Err(Full::ListBytes { bytes: record_bytes, bytes_max: RECORD_BYTES_MAX });
        }
        if taken.lists >= lists_max {
            return Err(Full::Lists { lists_max });
        }
        let bytes = taken.bytes + weight(names);
        if bytes > bytes_max {
            return Err(Full::Bytes { bytes, bytes_max });
        }
        Ok(Usage { lists: taken.lists + 1, bytes })
    }
}

/// What a list counts toward [`Limits::bytes_max`].
pub(super) fn weight<S: AsRef<str>>(names: &[S]) -> u64 {
    names.iter().map(|name| name.as_ref().len() as u64 + NAME_BYTES).sum()
}

/// How many lists can have an id.
pub(super) const LISTS_MAX: usize = (NUMBER_MAX - NUMBER_MIN + 1) as usize;

/// What a name counts beyond its own bytes.
const NAME_BYTES: u64 = 8;
