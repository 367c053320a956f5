//! The actions that a workload mixes: which operation, on which items, how often, saying what.
//!
//! Must hold: what was read can be written for any item without an error.
//! Not here: queries and scans (`pages.rs`), how bodies are written (`body.rs`).

use super::Error;
use super::clauses::{Clause, Clauses};
use super::keys::Distribution;
use super::limits::{BATCH_GETS_MAX, BATCH_PUTS_MAX};
use super::pages::{Query, Scan};
use super::section::Section;
use super::size::Size;
use super::table::Table;

/// One action of the mix.
#[derive(Debug)]
pub(super) struct Action {
    /// How often, in proportion to the others.
    pub(super) weight: u64,
    /// The table's place in the workload.
    pub(super) table: usize,
    pub(super) keys: Distribution,
    pub(super) kind: ActionKind,
}

/// What it does.
#[derive(Debug)]
pub(super) enum ActionKind {
    Get(Clauses),
    Put(Clauses),
    /// Puts an item whose number no other has.
    Insert(Clauses),
    Update(Clauses),
    Delete(Clauses),
    /// A get and then an update of the same item.
    ReadModifyWrite {
        read: Clauses,
        update: Clauses,
    },
    Query(Query),
    Scan(Scan),
    BatchGet {
        read: Clauses,
        items: Size,
    },
    BatchWrite {
        items: Size,
    },
}

#[derive(Clone, Copy)]
enum Word {
    Get,
    Put,
    Insert,
    Update,
    Delete,
    ReadModifyWrite,
    Query,
    Scan,
    BatchGet,
    BatchWrite,
}

impl Action {
    /// Reads an action on these tables; `keys` are drawn so unless it says otherwise.
    pub(super) fn read(
        section: &Section<'_>,
        tables: &[Table],
        keys: Distribution,
    ) -> Result<Self, Error> {
        let word = section.need("operation")?.word(&WORDS)?;
        section.knows(&[&COMMON, word.keys()].concat())?;
        let weight = section.need("weight")?.whole(0..=WEIGHT_MAX)?;
        let place = table_of(section, tables)?;
        let kind = word.read(section, &tables[place])?;
        let keys = match section.find("keys") {
            Some(cell) => Distribution::read(&cell.section()?)?,
            None => keys,
        };
        Ok(Self { weight, table: place, keys, kind })
    }
}

impl Word {
    /// The keys that it has beside those of all actions.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Get => &["consistent", "projection", "names"],
            Self::Put | Self::Insert | Self::Delete => &["condition", "names", "values"],
            Self::Update => &["update", "condition", "names", "values"],
            Self::ReadModifyWrite => &["consistent", "update", "condition", "names", "values"],
            Self::Query => Query::KEYS,
            Self::Scan => Scan::KEYS,
            Self::BatchGet => &["items", "consistent", "projection", "names"],
            Self::BatchWrite => &["items"],
        }
    }

    fn read(self, section: &Section<'_>, table: &Table) -> Result<ActionKind, Error> {
        let condition = || Clauses::read(section, table, &[Clause::CONDITION]);
        let update = || {
            section.need("update")?;
            Clauses::read(section, table, &[Clause::UPDATE, Clause::CONDITION])
        };
        let read = || {
            let mut clauses = Clauses::read(section, table, &[Clause::PROJECTION])?;
            push_consistent(section, &mut clauses)?;
            Ok(clauses)
        };
        let items = |max| Size::read_count(&section.need("items")?, 1..=max);
        match self {
            Self::Get => Ok(ActionKind::Get(read()?)),
            Self::Put => Ok(ActionKind::Put(condition()?)),
            Self::Insert => Ok(ActionKind::Insert(condition()?)),
            Self::Update => Ok(ActionKind::Update(update()?)),
            Self::Delete => Ok(ActionKind::Delete(condition()?)),
            Self::ReadModifyWrite => {
                let mut read = Clauses::default();
                push_consistent(section, &mut read)?;
                Ok(ActionKind::ReadModifyWrite { read, update: update()? })
            }
            Self::Query => Ok(ActionKind::Query(Query::read(section, table)?)),
            Self::Scan => Ok(ActionKind::Scan(Scan::read(section, table)?)),
            Self::BatchGet => {
                Ok(ActionKind::BatchGet { read: read()?, items: items(BATCH_GETS_MAX)? })
            }
            Self::BatchWrite => Ok(ActionKind::BatchWrite { items: items(BATCH_PUTS_MAX)? }),
        }
    }
}

/// Says in a read that it is consistent, if it is.
pub(super) fn push_consistent(section: &Section<'_>, clauses: &mut Clauses) -> Result<(), Error> {
    if let Some(cell) = section.find("consistent")
        && cell.flag()?
    {
        clauses.push("ConsistentRead", "true");
    }
    Ok(())
}

fn table_of(section: &Section<'_>, tables: &[Table]) -> Result<usize, Error> {
    let Some(cell) = section.find("table") else {
        return match tables {
            [_] => Ok(0),
            _ => Err(section.wrong("there are several tables, so it needs table")),
        };
    };
    let known: Vec<(&str, usize)> =
        tables.iter().enumerate().map(|(place, table)| (&*table.name, place)).collect();
    cell.word(&known)
}

const WORDS: [(&str, Word); 10] = [
    ("get", Word::Get),
    ("put", Word::Put),
    ("insert", Word::Insert),
    ("update", Word::Update),
    ("delete", Word::Delete),
    ("read-modify-write", Word::ReadModifyWrite),
    ("query", Word::Query),
    ("scan", Word::Scan),
    ("batch-get", Word::BatchGet),
    ("batch-write", Word::BatchWrite),
];
const COMMON: [&str; 4] = ["operation", "weight", "table", "keys"];
const WEIGHT_MAX: u64 = 1_000_000;
