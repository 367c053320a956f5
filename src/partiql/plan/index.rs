//! Reads of an index: whether it is there, and holds what is asked for.

use super::Keys;
use super::branches::terms;
use super::terms::equal_values;
use crate::expr::Condition;
use crate::model::{IndexSchema, TableSchema};
use crate::partiql::{Error, Select, Source};

impl Source {
    /// The index that it names, if it names one that statements can read.
    pub fn index<'s>(&self, schema: &'s TableSchema) -> Result<Option<&'s IndexSchema>, Error> {
        let Some(name) = &self.index else { return Ok(None) };
        let index = schema.index(name).ok_or(Error::NoIndex)?;
        Keys::of(schema, Some(index))?;
        Ok(Some(index))
    }
}

impl Select {
    /// The attributes of its columns that the index does not hold.
    pub fn not_held(&self, schema: &TableSchema, index: &IndexSchema) -> Vec<String> {
        let columns = self.columns.as_ref();
        columns.map_or_else(Vec::new, |columns| not_held(columns.attributes(), schema, index))
    }
}

/// Refuses a condition on what an index does not hold, if it says which partition is read and what
/// else must hold of every item. What stands in a part that need not hold counts as missing.
pub(super) fn check_filter(
    condition: &Condition,
    keys: Keys<'_>,
    schema: &TableSchema,
    index: &IndexSchema,
) -> Result<(), Error> {
    let terms = terms(condition);
    if !terms.iter().any(|term| equal_values(term, &keys.hash.name).is_some()) {
        return Ok(());
    }
    let needed = terms.into_iter().filter(|term| !matches!(term, Condition::Or(_)));
    let paths = needed.flat_map(|term| term.paths());
    let missing = not_held(paths.map(|path| path.attribute.as_str()), schema, index);
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::FilterNotProjected(index.name.clone(), missing))
}

/// Those that the index does not hold, each once.
fn not_held<'n>(
    names: impl IntoIterator<Item = &'n str>,
    schema: &TableSchema,
    index: &IndexSchema,
) -> Vec<String> {
    let mut missing: Vec<String> = Vec::new();
    for name in names {
        if !missing.iter().any(|other| other == name) && !index.projects(schema, name) {
            missing.push(name.to_owned());
        }
    }
    missing
}
