//! What is asked of a table, and how often: workloads, read from TOML.
//!
//! Must hold: what is drawn depends on workload, seed and stream only, but for the numbers of
//! inserted items, which all streams take from one counter so that no two insert the same key.
//! Not here: who sends what was drawn, and when (`run/`).

mod built_in;
mod draw;
mod error;

use std::path::Path;

use bytes::Bytes;

pub use draw::Draw;
pub use error::{Error, Fault};

use super::Planned;

/// A mix of requests over tables that it knows how to make and fill.
#[derive(Debug)]
pub struct Workload {
    name: String,
    description: String,
}

/// A table that a workload needs.
#[derive(Clone, Debug)]
pub struct TableToMake {
    /// Its name, prefix included.
    pub name: String,
    /// The body of the `CreateTable` that makes it, JSON.
    pub create_body: Bytes,
}

impl Workload {
    /// The names of the workloads that come with hearth.
    pub const NAMES: [&'static str; 12] = built_in::NAMES;

    /// The text of a workload that comes with hearth.
    pub fn built_in(name: &str) -> Option<&'static str> {
        built_in::text(name)
    }

    /// Reads a workload's text; `file` is what errors call it.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let _ = text;
        Ok(Self { name: file.to_owned(), description: String::new() })
    }

    /// Reads a workload's file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Read { path: path.into(), source };
        let text = std::fs::read_to_string(path).map_err(failed)?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// The same with so many items in each table.
    pub fn with_items(self, items: u64) -> Result<Self, Error> {
        let _ = items;
        Ok(self)
    }

    /// The same with other contents of the items that are loaded.
    pub fn with_seed(self, seed: u64) -> Self {
        let _ = seed;
        self
    }

    /// The same on tables whose names begin with this.
    pub fn with_table_prefix(self, prefix: &str) -> Result<Self, Error> {
        let _ = prefix;
        Ok(self)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it stands for, one sentence.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The tables that it needs.
    pub fn tables(&self) -> Vec<TableToMake> {
        Vec::new()
    }

    /// How many items it loads, of all tables together.
    pub fn items(&self) -> u64 {
        0
    }

    /// How many batches load them.
    pub fn batches(&self) -> u64 {
        0
    }

    /// One of the batches that load it: a `BatchWriteItem` of at most 25 puts. `n` is below
    /// [`batches`](Self::batches).
    pub fn batch(&self, n: u64) -> Planned {
        let _ = n;
        Planned { operation: super::Operation::BatchWriteItem, body: Bytes::new() }
    }
}
