//! The partitions that a condition is about, and which part of each.
//!
//!     K = a AND R > 1 OR K = b      a: R > 1 │ b: all
//!     K IN [a, b] AND R <> 1        a: all   │ b: all
//!
//! Must hold: the parts have no item in common. Where branches of a condition may find one item
//! the condition is refused, as the service does, unless some branch says of R what no range is;
//! then whole partitions are read.
//! Not here: how the condition is taken apart (`branches.rs`).

use std::cmp::Ordering;

use super::branches::{Branch, branches};
use super::terms::{Interval, Named, equal_values, key_bytes, range_test};
use super::{Keys, Order};
use crate::expr::{Condition, Fault, KeyClause, KeyConditions, KeyTest};
use crate::model::{AttributeValue, TableSchema};
use crate::partiql::{Direction, Error};

/// A part of one partition.
#[derive(Debug, PartialEq)]
pub struct PartitionRead {
    /// Which part of which partition, as a query says it.
    pub keys: KeyConditions,
}

impl PartitionRead {
    /// What finds the item of this key, and nothing else.
    pub fn of_item(key: Vec<(String, AttributeValue)>) -> Self {
        let equal = |(attribute, value)| KeyClause { attribute, test: KeyTest::Equal(value) };
        Self { keys: KeyConditions { clauses: key.into_iter().map(equal).collect() } }
    }

    /// Whether it can find one item only: the whole key is said.
    pub(super) fn is_one_item(&self, schema: &TableSchema) -> bool {
        let is_equal = |clause: &KeyClause| matches!(clause.test, KeyTest::Equal(_));
        let keys = 1 + usize::from(schema.range.is_some());
        self.keys.clauses.len() == keys && self.keys.clauses.iter().all(is_equal)
    }

    /// The key of the only item that it can find.
    pub(super) fn into_key(self) -> Vec<(String, AttributeValue)> {
        let equal = |clause: KeyClause| match clause.test {
            KeyTest::Equal(value) => Some((clause.attribute, value)),
            KeyTest::Less(_)
            | KeyTest::LessOrEqual(_)
            | KeyTest::Greater(_)
            | KeyTest::GreaterOrEqual(_)
            | KeyTest::Between(..)
            | KeyTest::BeginsWith(_) => None,
        };
        self.keys.clauses.into_iter().filter_map(equal).collect()
    }
}

/// The parts that a condition is about.
pub(super) struct Found<'c> {
    keys: Keys<'c>,
    parts: Vec<Part<'c>>,
    /// Whether some branch names partitions by a list.
    pub(super) is_list: bool,
    /// Whether the parts have those items alone of which the condition holds.
    pub(super) is_exact: bool,
}

struct Part<'c> {
    hash: &'c AttributeValue,
    hash_bytes: Vec<u8>,
    range: Option<KeyTest>,
    /// What is read of the partition.
    interval: Interval,
    /// What can match of that.
    pinned: Interval,
}

/// The partitions that a condition is about; none if it may hold of items of any, or if there are
/// too many of them.
pub(super) fn find<'c>(
    condition: &'c Condition,
    keys: Keys<'c>,
) -> Result<Option<Found<'c>>, Error> {
    let Some(branches) = branches(condition, keys) else { return Ok(None) };
    let mut named = Vec::with_capacity(branches.len());
    for branch in &branches {
        let name = &keys.hash.name;
        let mut terms = branch.iter().enumerate();
        let hashes = terms.find_map(|(at, term)| Some((at, equal_values(term, name)?)));
        let Some((at, (hashes, how))) = hashes else { return Ok(None) };
        if hashes.len() > HASHES_MAX {
            return Err(Fault::TooManyChoices(hashes.len()).into());
        }
        named.push((branch, at, hashes, how));
    }
    let mut found =
        Found { keys, parts: Vec::new(), is_list: false, is_exact: branches.len() == 1 };
    let mut has_loose_range = false;
    for (branch, at, hashes, how) in named {
        let ranges = Ranges::of(branch, at, keys)?;
        has_loose_range |= ranges.is_loose;
        found.is_list |= how == Named::List;
        found.is_exact &= ranges.is_exact;
        if found.parts.len() + hashes.len() * ranges.tests.len() > PARTS_MAX {
            return Ok(None);
        }
        for hash in hashes {
            found.add(hash, &ranges)?;
        }
    }
    if !has_loose_range {
        found.check_apart()?;
    } else if branches.len() > 1 || meet(&found.parts, |part| &part.interval) {
        found.widen();
    }
    Ok(Some(found))
}

/// What a branch says of the sort key.
struct Ranges {
    tests: Vec<Option<KeyTest>>,
    /// What all its ranges allow together, beside the test that is read by.
    pinned: Interval,
    /// Some term says what no range is.
    is_loose: bool,
    /// There is no term besides those that are read by.
    is_exact: bool,
}

impl Ranges {
    /// `hash` is the place of the term that names the partition.
    fn of(branch: &Branch<'_>, hash: usize, keys: Keys<'_>) -> Result<Self, Error> {
        let mut ranges = Self {
            tests: vec![None],
            pinned: Interval::everything(),
            is_loose: false,
            is_exact: branch.len() == 1,
        };
        let Some(range) = keys.range else { return Ok(ranges) };
        let mut best = Rank::Nothing;
        for (_, term) in branch.iter().enumerate().filter(|(at, _)| *at != hash) {
            let name = range.name.as_str();
            let (rank, tests) = if let Some((values, how)) = equal_values(term, name) {
                let rank = if how == Named::One { Rank::Equal } else { Rank::List };
                // Lists may be long, and only one is read by.
                if rank == Rank::List && best >= rank {
                    continue;
                }
                (rank, values.into_iter().map(|value| KeyTest::Equal(value.clone())).collect())
            } else if let Some(test) = range_test(term, name) {
                (Rank::Range, vec![test])
            } else {
                ranges.is_loose |= term.paths().iter().any(|path| path.attribute == name);
                continue;
            };
            for test in &tests {
                let interval = Interval::of(test, range)?;
                if rank != Rank::List {
                    ranges.pinned = ranges.pinned.and(interval);
                }
            }
            if rank > best {
                best = rank;
                ranges.tests = tests.into_iter().map(Some).collect();
            }
        }
        ranges.is_exact |= branch.len() == 2 && best != Rank::Nothing;
        Ok(ranges)
    }
}

/// How narrow a term makes a read.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Rank {
    Nothing,
    Range,
    List,
    Equal,
}

impl Found<'_> {
    pub(super) fn has_several_partitions(&self) -> bool {
        let mut parts = self.parts.iter();
        let first = parts.next();
        parts.any(|part| first.is_some_and(|first| first.hash_bytes != part.hash_bytes))
    }

    /// The parts in this order.
    pub(super) fn reads(mut self, order: Order) -> Vec<PartitionRead> {
        let in_order = |direction, ordering: Ordering| match direction {
            Direction::Ascending => ordering,
            Direction::Descending => ordering.reverse(),
        };
        self.parts.sort_by(|one, other| {
            let partitions = one.hash_bytes.cmp(&other.hash_bytes);
            let sorts = one.interval.compare_beginning(&other.interval);
            in_order(order.partitions, partitions).then(in_order(order.sorts, sorts))
        });
        let keys = self.keys;
        let read = |part: Part<'_>| {
            let clause = |attribute: &str, test| KeyClause { attribute: attribute.into(), test };
            let hash = clause(&keys.hash.name, KeyTest::Equal(part.hash.clone()));
            let range = keys.range.zip(part.range).map(|(key, test)| clause(&key.name, test));
            PartitionRead {
                keys: KeyConditions { clauses: [hash].into_iter().chain(range).collect() },
            }
        };
        self.parts.into_iter().map(read).collect()
    }
}

impl<'c> Found<'c> {
    fn add(&mut self, hash: &'c AttributeValue, ranges: &Ranges) -> Result<(), Error> {
        let hash_bytes = key_bytes(hash, self.keys.hash)?;
        for test in &ranges.tests {
            let interval = match (test, self.keys.range) {
                (Some(test), Some(range)) => Interval::of(test, range)?,
                (None, _) | (_, None) => Interval::everything(),
            };
            let pinned = interval.clone().and(ranges.pinned.clone());
            let (hash_bytes, range) = (hash_bytes.clone(), test.clone());
            self.parts.push(Part { hash, hash_bytes, range, interval, pinned });
        }
        Ok(())
    }

    /// Reads the partitions whole, each once.
    fn widen(&mut self) {
        for part in &mut self.parts {
            part.range = None;
            part.interval = Interval::everything();
        }
        self.is_exact = false;
        self.leave_one_of_each();
    }

    fn leave_one_of_each(&mut self) {
        self.parts.sort_by(|one, other| one.hash_bytes.cmp(&other.hash_bytes));
        self.parts.dedup_by(|next, one| next.hash_bytes == one.hash_bytes);
    }

    /// Refuses parts that may find one item, if there is a sort key; without one, a partition is an
    /// item, and read once.
    fn check_apart(&mut self) -> Result<(), Error> {
        if self.keys.range.is_none() {
            self.leave_one_of_each();
            return Ok(());
        }
        if meet(&self.parts, |part| &part.pinned) {
            return Err(Error::Overlap);
        }
        // What is read of two may have more in common than what matches.
        if meet(&self.parts, |part| &part.interval) {
            self.widen();
        }
        Ok(())
    }
}

/// Whether two parts of one partition have something in common.
fn meet(parts: &[Part<'_>], of: impl for<'p> Fn(&'p Part<'_>) -> &'p Interval) -> bool {
    let mut sorted: Vec<&Part<'_>> = parts.iter().filter(|part| !of(part).is_empty()).collect();
    sorted.sort_by(|one, other| {
        let partitions = one.hash_bytes.cmp(&other.hash_bytes);
        partitions.then_with(|| of(one).compare_beginning(of(other)))
    });
    // Of intervals in the order of their beginnings, two that meet leave two neighbours that do.
    sorted
        .windows(2)
        .any(|pair| pair[0].hash_bytes == pair[1].hash_bytes && of(pair[0]).meets(of(pair[1])))
}

/// The most values for a partition key.
const HASHES_MAX: usize = 50;
/// Room for as many partitions as a list may name, and as many sort keys in each.
const PARTS_MAX: usize = 5_000;
