//! What is asked of tables, and how often: workloads, read from TOML.
//!
//! `docs/load.md` has the keys of a file one by one; `config/workloads/` the ones that come with
//! hearth. A [`Workload`] makes tables and fills them; each connection draws from a [`Draw`].
//!
//! Must hold: what is drawn depends on workload, seed and stream only, but for the numbers of
//! inserted items, which all streams take from one counter so that no two insert the same key.
//! Not here: who sends what was drawn, and when (`run/`).

mod action;
mod body;
mod built_in;
mod clauses;
mod draw;
mod error;
mod index;
mod keys;
mod limits;
mod pages;
mod random;
#[cfg(test)]
mod refusals_tests;
mod scramble;
mod section;
mod size;
mod table;
#[cfg(test)]
mod tests;
mod texture;
mod value;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;

pub use draw::Draw;
pub use error::{Error, Fault};

use self::action::Action;
use self::body::Target;
use self::keys::Distribution;
use self::limits::{ACTIONS_MAX, BATCH_PUTS_MAX, FILE_BYTES_MAX, ITEMS_MAX, TABLES_MAX};
use self::random::Random;
use self::section::{Section, Source};
use self::table::{Table, is_table_name};
use super::{Operation, Planned};

/// A mix of requests over tables that it knows how to make and fill.
#[derive(Debug)]
pub struct Workload {
    name: String,
    description: String,
    seed: u64,
    /// In each table.
    items: u64,
    tables: Vec<Table>,
    /// The names of the tables, prefix included.
    table_names: Vec<String>,
    actions: Vec<Action>,
    /// The sum of all weights, which is positive.
    weights: u64,
    /// For each table one more than the number of its newest item.
    ends: Vec<AtomicU64>,
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
    pub const NAMES: [&'static str; built_in::NAMES.len()] = built_in::NAMES;

    /// The text of a workload that comes with hearth.
    pub fn built_in(name: &str) -> Option<&'static str> {
        built_in::text(name)
    }

    /// Reads a workload's text; `file` is what errors call it.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let source = Source { file, text };
        let document = source.parse()?;
        let top = Section::top(&source, document.get_ref());
        top.knows(&["name", "description", "items", "tables", "keys", "actions"])?;
        let items = top.need("items")?.whole(1..=ITEMS_MAX)?;
        let tables = read_tables(&top)?;
        let keys = match top.find("keys") {
            Some(keys) => Distribution::read(&keys.section()?)?,
            None => Distribution::Uniform,
        };
        let cell = top.need("actions")?;
        let actions = cell.sections(1..=ACTIONS_MAX)?;
        let actions = actions.iter().map(|section| Action::read(section, &tables, keys));
        let actions = actions.collect::<Result<Vec<_>, _>>()?;
        let weights = actions.iter().map(|action| action.weight).sum();
        if weights == 0 {
            return Err(cell.wrong("all weights are 0, so there is nothing to do"));
        }
        let workload = Self {
            name: top.need("name")?.text(1..=60)?.to_owned(),
            description: top.need("description")?.text(1..=300)?.to_owned(),
            seed: SEED,
            items,
            table_names: tables.iter().map(|table| table.name.clone()).collect(),
            ends: tables.iter().map(|_| AtomicU64::new(items)).collect(),
            tables,
            actions,
            weights,
        };
        Ok(workload)
    }

    /// Reads a workload's file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Read { path: path.into(), source };
        let mut text = String::new();
        let file = File::open(path).map_err(failed)?;
        file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
        if text.len() as u64 > FILE_BYTES_MAX {
            return Err(Error::TooLarge { path: path.into(), bytes_max: FILE_BYTES_MAX });
        }
        Self::parse(&path.display().to_string(), &text)
    }

    /// The same with so many items in each table.
    pub fn with_items(mut self, items: u64) -> Result<Self, Error> {
        if !(1..=ITEMS_MAX).contains(&items) {
            return Err(Error::Items { items, items_max: ITEMS_MAX });
        }
        self.items = items;
        self.ends = self.tables.iter().map(|_| AtomicU64::new(items)).collect();
        Ok(self)
    }

    /// The same with other contents of the items that are loaded.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The same on tables whose names begin with this.
    pub fn with_table_prefix(mut self, prefix: &str) -> Result<Self, Error> {
        self.table_names =
            self.tables.iter().map(|table| format!("{prefix}{}", table.name)).collect();
        match self.table_names.iter().find(|name| !is_table_name(name)) {
            Some(name) => Err(Error::Prefix { name: name.clone() }),
            None => Ok(self),
        }
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
        let make = |(table, name): (&Table, &String)| TableToMake {
            name: name.clone(),
            create_body: index::create_body(table, name),
        };
        self.tables.iter().zip(&self.table_names).map(make).collect()
    }

    /// How many items it loads, of all tables together.
    pub fn items(&self) -> u64 {
        self.table_count() * self.items
    }

    /// How many batches load them.
    pub fn batches(&self) -> u64 {
        self.table_count() * self.batches_of_table()
    }

    /// One of the batches that load it: a `BatchWriteItem` of at most 25 puts. `n` is below
    /// [`batches`](Self::batches).
    pub fn batch(&self, n: u64) -> Planned {
        assert!(n < self.batches(), "batch {n} of {}", self.batches());
        let table = usize::try_from(n / self.batches_of_table()).expect("there are few tables");
        let first = n % self.batches_of_table() * BATCH_PUTS_MAX;
        let items = first..self.items.min(first + BATCH_PUTS_MAX);
        let mut random = Random::new(!self.seed, n);
        let mut body = Vec::new();
        self.target(table).write_puts(items, &mut random, &mut body);
        Planned { operation: Operation::BatchWriteItem, body: Bytes::from(body) }
    }

    fn target(&self, table: usize) -> Target<'_> {
        Target { table: &self.tables[table], name: &self.table_names[table] }
    }

    /// The place of an action, each as often as its weight says.
    fn choose(&self, random: &mut Random) -> usize {
        let mut rest = random.below(self.weights);
        for (place, action) in self.actions.iter().enumerate() {
            if rest < action.weight {
                return place;
            }
            rest -= action.weight;
        }
        unreachable!("what was drawn is below the sum of the weights")
    }

    fn batches_of_table(&self) -> u64 {
        self.items.div_ceil(BATCH_PUTS_MAX)
    }

    fn table_count(&self) -> u64 {
        u64::try_from(self.tables.len()).expect("there are few tables")
    }
}

fn read_tables(top: &Section<'_>) -> Result<Vec<Table>, Error> {
    let sections = top.need("tables")?.sections(1..=TABLES_MAX)?;
    let mut tables: Vec<Table> = Vec::new();
    for section in &sections {
        let table = Table::read(section)?;
        if tables.iter().any(|other| other.name == table.name) {
            return Err(section.wrong(format!("two tables have the name \"{}\"", table.name)));
        }
        tables.push(table);
    }
    Ok(tables)
}

/// What items are loaded with unless told otherwise.
const SEED: u64 = 1;
