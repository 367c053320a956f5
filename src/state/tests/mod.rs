//! Attribute lists as their users see them.

mod ids;
mod limits;
mod log;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

/// A data directory, where `state` is made by who opens it.
pub(super) struct Data(TempDir);

impl Data {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    pub(super) fn directory(&self) -> PathBuf {
        self.0.path().join("state")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.directory().join("attribute-lists.log")
    }

    pub(super) fn open(&self) -> Result<AttributeLists, Error> {
        AttributeLists::open(&self.directory(), Limits::default())
    }

    /// A directory whose log is these bytes.
    pub(super) fn with_log(bytes: &[u8]) -> Self {
        let data = Self::new();
        fs::create_dir(data.directory()).unwrap();
        fs::write(data.log(), bytes).unwrap();
        data
    }
}

pub(super) fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) fn define(lists: &AttributeLists, names: &[&str]) -> Result<u64, DefineError> {
    lists.define(&[list(names)]).map(|ids| ids[0])
}

/// What ids end with. The incarnation before it, drawn at random, must be one for all of them.
pub(super) fn numbers(ids: &[u64]) -> Vec<u64> {
    let defined = ids.iter().filter(|id| **id != 1);
    let incarnations: BTreeSet<u64> = defined.map(|id| id >> 20).collect();
    assert!(incarnations.len() <= 1 && !incarnations.contains(&0), "{ids:x?}");
    ids.iter().map(|id| id % (1 << 20)).collect()
}

pub(super) fn names_of(lists: &AttributeLists, id: u64) -> Option<Vec<String>> {
    lists.names_of(id).map(|names| names.iter().map(ToString::to_string).collect())
}
