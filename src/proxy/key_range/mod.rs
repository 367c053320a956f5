//! Which part of a table or index a query's key conditions mean.
//!
//!     HASH attributes    `=` on each of them
//!     RANGE attributes   `=` on the first ones without a gap, then one other test at most
//!
//! Must hold: attributes are looked at in the schema's order, whatever the order of the request.
//! Not here: what a key condition can be at all (`expr/`).

use super::keys;
use super::target::Target;
use crate::api::ApiError;
use crate::engine::{Scope, SortRange, SortTest};
use crate::expr::{KeyClause, KeyConditions, KeyTest};
use crate::model::{AttributeValue, IndexKey, KeyAttribute, KeyError};

/// A part of one partition.
#[derive(Debug, PartialEq)]
pub(super) struct KeyRange {
    partition: Vec<u8>,
    sort: SortRange,
}

impl KeyRange {
    /// The part that the conditions mean; `before` is asked about each key attribute first.
    pub(super) fn of(
        conditions: &KeyConditions,
        target: Target<'_>,
        before: impl Fn(&KeyAttribute) -> Result<(), ApiError>,
    ) -> Result<Self, ApiError> {
        let reader = Reader { clauses: &conditions.clauses, target };
        reader.check_count()?;
        let mut parts = Vec::with_capacity(target.hash().len());
        for key in target.hash() {
            before(key)?;
            parts.push(reader.equal(key)?);
        }
        let mut tests = Vec::with_capacity(target.range().len());
        for key in target.range() {
            before(key)?;
            tests.push(reader.test(key)?);
        }
        reader.check_gaps(&tests)?;
        Ok(Self { partition: IndexKey::partition_of(&parts), sort: sort_range(tests) })
    }

    /// Whether a condition is put on the sort key.
    pub(super) fn has_sort_condition(&self) -> bool {
        !self.sort.equal.is_empty() || self.sort.next != SortTest::Any
    }

    /// Whether the partition is that of these bytes.
    pub(super) fn is_of(&self, partition: &[u8]) -> bool {
        self.partition == partition
    }

    /// Whether the condition on the sort key holds of these sort attributes.
    pub(super) fn admits(&self, sorts: &[&[u8]]) -> bool {
        let equal = &self.sort.equal;
        let begins = equal.iter().zip(sorts).all(|(wanted, given)| wanted == given);
        begins && sorts.get(equal.len()).is_none_or(|sort| holds(&self.sort.next, sort))
    }

    /// The same for the engine.
    pub(super) fn into_scope(self) -> Scope {
        Scope::Partition { partition: self.partition, sort: self.sort }
    }
}

/// A sort attribute's test in canonical bytes, if there is one.
type Test = Option<Tested>;

enum Tested {
    Equal(Vec<u8>),
    Other(SortTest),
}

struct Reader<'a> {
    clauses: &'a [KeyClause],
    target: Target<'a>,
}

impl<'a> Reader<'a> {
    fn check_count(&self) -> Result<(), ApiError> {
        let (given, keys) = (self.clauses.len(), self.target.keys().count());
        if given <= keys {
            return Ok(());
        }
        Err(ApiError::validation(format!(
            "The number of query conditions ({given}) exceeds the number of key attributes defined \
             in the schema ({keys})"
        )))
    }

    fn equal(&self, key: &KeyAttribute) -> Result<&'a [u8], ApiError> {
        let Some(clause) = self.clause(key) else { return Err(missed(key)) };
        let KeyTest::Equal(value) = &clause.test else {
            return Err(ApiError::validation("Query key condition not supported"));
        };
        self.bytes(key, value)
    }

    fn test(&self, key: &KeyAttribute) -> Result<Test, ApiError> {
        let Some(clause) = self.clause(key) else {
            // A condition on what is no key takes the place of one on this attribute.
            return if self.has_stray() { Err(missed(key)) } else { Ok(None) };
        };
        let bytes = |value| self.bytes(key, value).map(<[u8]>::to_vec);
        let test = match &clause.test {
            KeyTest::Equal(value) => return Ok(Some(Tested::Equal(bytes(value)?))),
            KeyTest::Less(value) => SortTest::Less(bytes(value)?),
            KeyTest::LessOrEqual(value) => SortTest::LessOrEqual(bytes(value)?),
            KeyTest::Greater(value) => SortTest::Greater(bytes(value)?),
            KeyTest::GreaterOrEqual(value) => SortTest::GreaterOrEqual(bytes(value)?),
            KeyTest::Between(low, high) => SortTest::Between(bytes(low)?, bytes(high)?),
            KeyTest::BeginsWith(value) => SortTest::BeginsWith(bytes(value)?),
        };
        Ok(Some(Tested::Other(test)))
    }

    /// Refuses a test behind an attribute that is not equal to something.
    fn check_gaps(&self, tests: &[Test]) -> Result<(), ApiError> {
        let Some(last) = tests.iter().rposition(Option::is_some) else { return Ok(()) };
        let loose: Vec<&str> = self.target.range()[..last]
            .iter()
            .zip(tests)
            .filter(|(_, test)| !matches!(test, Some(Tested::Equal(_))))
            .map(|(key, _)| key.name.as_str())
            .collect();
        if loose.is_empty() {
            return Ok(());
        }
        Err(ApiError::validation(format!(
            "RANGE key attributes {} must have equality conditions specified in the query because \
             a condition is present on key attribute {}",
            loose.join(", "),
            self.target.range()[last].name
        )))
    }

    fn clause(&self, key: &KeyAttribute) -> Option<&'a KeyClause> {
        self.clauses.iter().find(|clause| clause.attribute == key.name)
    }

    fn has_stray(&self) -> bool {
        let is_key = |name: &str| self.target.keys().any(|key| key.name == name);
        self.clauses.iter().any(|clause| !is_key(&clause.attribute))
    }

    fn bytes(&self, key: &KeyAttribute, value: &'a AttributeValue) -> Result<&'a [u8], ApiError> {
        self.target.bytes_of(key, value).map_err(|error| match error {
            KeyError::Mismatch { .. } => ApiError::validation(
                "One or more parameter values were invalid: Condition parameter type does not \
                 match schema type",
            ),
            KeyError::Missing { .. }
            | KeyError::Extra
            | KeyError::Empty { .. }
            | KeyError::PartitionTooLong
            | KeyError::SortTooLong => keys::of_request(error),
        })
    }
}

fn sort_range(tests: Vec<Test>) -> SortRange {
    let mut range = SortRange { equal: Vec::new(), next: SortTest::Any };
    for test in tests.into_iter().flatten() {
        match test {
            Tested::Equal(bytes) => range.equal.push(bytes),
            Tested::Other(test) => range.next = test,
        }
    }
    range
}

fn holds(test: &SortTest, sort: &[u8]) -> bool {
    match test {
        SortTest::Any => true,
        SortTest::Less(bound) => sort < &bound[..],
        SortTest::LessOrEqual(bound) => sort <= &bound[..],
        SortTest::Greater(bound) => sort > &bound[..],
        SortTest::GreaterOrEqual(bound) => sort >= &bound[..],
        SortTest::Between(low, high) => (&low[..]..=&high[..]).contains(&sort),
        SortTest::BeginsWith(prefix) => sort.starts_with(prefix),
    }
}

fn missed(key: &KeyAttribute) -> ApiError {
    ApiError::validation(format!("Query condition missed key schema element: {}", key.name))
}

#[cfg(test)]
mod tests;
