//! How many lists and maps are around each other in a value.
//!
//! Must hold: recursion ends where values do; stored ones and those of requests are bounded.
//! Not here: the refusal of a request's value that is too deep (`wire/json/`).

use super::value::AttributeValue;
use super::view::{Raw, ValueRef};
use super::write::{Part, Run};

/// The most lists and maps around a value of an item: with the value itself, 32 levels.
pub const CONTAINERS_MAX: usize = 31;

impl AttributeValue {
    /// How many lists and maps are around each other, this value included.
    pub fn containers(&self) -> usize {
        match self {
            Self::L(values) => 1 + values.iter().map(Self::containers).max().unwrap_or(0),
            Self::M(attributes) => {
                let inner = attributes.iter().map(|(_, value)| value.containers());
                1 + inner.max().unwrap_or(0)
            }
            Self::S(_)
            | Self::N(_)
            | Self::B(_)
            | Self::Bool(_)
            | Self::Null
            | Self::Ss(_)
            | Self::Ns(_)
            | Self::Bs(_) => 0,
        }
    }
}

impl ValueRef<'_> {
    /// How many lists and maps are around each other, this value included.
    pub fn containers(self) -> usize {
        self.raw().containers()
    }
}

impl Raw<'_> {
    fn containers(self) -> usize {
        match self {
            Self::L(list) => 1 + list.raw().map(Self::containers).max().unwrap_or(0),
            Self::M(map) => {
                let inner = map.raw().map(|(_, value)| value.containers());
                1 + inner.max().unwrap_or(0)
            }
            Self::S(_)
            | Self::N(_)
            | Self::B(_)
            | Self::Bool(_)
            | Self::Null
            | Self::Ss(_)
            | Self::Ns(_)
            | Self::Bs(_) => 0,
        }
    }
}

impl Part<'_> {
    /// How many lists and maps are around each other in what the part makes, itself included.
    pub fn containers(&self) -> usize {
        match self {
            Self::Stored(value) => value.containers(),
            Self::Given(value) => value.containers(),
            Self::L(runs) => 1 + runs.iter().map(Run::containers).max().unwrap_or(0),
            Self::M(attributes) => {
                let inner = attributes.iter().map(|(_, part)| part.containers());
                1 + inner.max().unwrap_or(0)
            }
            Self::N(_) | Self::Ss(_) | Self::Ns(_) | Self::Bs(_) => 0,
        }
    }
}

impl Run<'_> {
    fn containers(&self) -> usize {
        match self {
            Self::One(part) => part.containers(),
            Self::Stored(list) => list.raw().map(Raw::containers).max().unwrap_or(0),
            Self::Given(values) => values.iter().map(AttributeValue::containers).max().unwrap_or(0),
        }
    }
}
