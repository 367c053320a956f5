//! Actions that read pages: queries and scans.
//!
//! Not here: how their bodies are written (`body.rs`).

use super::Error;
use super::action::push_consistent;
use super::clauses::{Clause, Clauses, PARTITION_NAME, PARTITION_VALUE, SORT_NAME, SORT_VALUE};
use super::index::{Index, IndexKind};
use super::limits::ITEMS_MAX;
use super::section::{Cell, Section};
use super::size::Size;
use super::table::{Name, Part, Table};

/// A page of one partition of a table or an index.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) clauses: Clauses,
    pub(super) limit: Option<Size>,
}

/// A page of a table.
#[derive(Debug)]
pub(super) struct Scan {
    pub(super) clauses: Clauses,
    pub(super) limit: Option<Size>,
    pub(super) start: Start,
}

/// Where scans begin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Start {
    Beginning,
    /// Behind an item that is drawn.
    Anywhere,
    /// Segments of about so many items, one after the other and round again.
    Segments {
        items: u64,
    },
}

/// Which side of the drawn item's sort key is asked for.
#[derive(Clone, Copy)]
enum Range {
    All,
    From,
    To,
}

impl Query {
    pub(super) const KEYS: &[&str] = &[
        "index",
        "limit",
        "direction",
        "range",
        "consistent",
        "filter",
        "projection",
        "names",
        "values",
    ];

    pub(super) fn read(section: &Section<'_>, table: &Table) -> Result<Self, Error> {
        let index = section.find("index").map(|cell| find_index(&cell, table)).transpose()?;
        let mut clauses = Clauses::read(section, table, &[Clause::FILTER, Clause::PROJECTION])?;
        if let Some(cell) = section.find("consistent")
            && index.is_some_and(|index| index.kind == IndexKind::Global)
            && cell.flag()?
        {
            return Err(cell.wrong("DynamoDB reads no global index consistently"));
        }
        push_consistent(section, &mut clauses)?;
        if let Some(index) = index {
            clauses.push("IndexName", &Name::new(&index.name).json);
        }
        let directions = [("forward", "true"), ("backward", "false")];
        if let Some(direction) = section.find("direction") {
            clauses.push("ScanIndexForward", direction.word(&directions)?);
        }
        push_key_condition(section, table, index, &mut clauses)?;
        Ok(Self { clauses, limit: read_limit(section)? })
    }
}

impl Scan {
    pub(super) const KEYS: &[&str] = &[
        "limit",
        "start",
        "segment_items",
        "consistent",
        "filter",
        "projection",
        "names",
        "values",
    ];

    pub(super) fn read(section: &Section<'_>, table: &Table) -> Result<Self, Error> {
        let mut clauses = Clauses::read(section, table, &[Clause::FILTER, Clause::PROJECTION])?;
        push_consistent(section, &mut clauses)?;
        let words = [("beginning", Start::Beginning), ("random", Start::Anywhere)];
        let start = section.find("start").map(|cell| cell.word(&words)).transpose()?;
        let start = match (start, section.find("segment_items")) {
            (Some(_), Some(cell)) => {
                return Err(cell.wrong("start is set too; a segment has its own beginning"));
            }
            (None, Some(cell)) => Start::Segments { items: cell.whole(1..=ITEMS_MAX)? },
            (start, None) => start.unwrap_or(Start::Beginning),
        };
        Ok(Self { clauses, limit: read_limit(section)?, start })
    }
}

fn push_key_condition(
    section: &Section<'_>,
    table: &Table,
    index: Option<&Index>,
    clauses: &mut Clauses,
) -> Result<(), Error> {
    let (partition, sort) = match index {
        Some(index) => (index.partition, index.sort),
        None => (Part::Partition, table.sort.as_ref().map(|_| Part::Sort)),
    };
    if let Part::Attribute(place) = partition
        && !table.attributes[place].value.repeats()
    {
        return Err(section.wrong(
            "the index is by random texts, so that no query would find an item; \
             a choice, number, counter, constant or key is found",
        ));
    }
    clauses.push_name(PARTITION_NAME, table.name_of(partition));
    clauses.push_value(PARTITION_VALUE, partition);
    let ranges = [("all", Range::All), ("from", Range::From), ("to", Range::To)];
    let range = section.find("range");
    let comparison = match range.as_ref().map_or(Ok(Range::All), |cell| cell.word(&ranges))? {
        Range::All => None,
        Range::From => Some(">="),
        Range::To => Some("<="),
    };
    let mut condition = format!("{PARTITION_NAME} = {PARTITION_VALUE}");
    if let (Some(comparison), Some(cell)) = (comparison, range) {
        let sort = sort.ok_or_else(|| cell.wrong("there is no sort key to have a range of"))?;
        clauses.push_name(SORT_NAME, table.name_of(sort));
        clauses.push_value(SORT_VALUE, sort);
        condition = format!("{condition} AND {SORT_NAME} {comparison} {SORT_VALUE}");
    }
    clauses.push("KeyConditionExpression", &Name::new(&condition).json);
    Ok(())
}

fn find_index<'t>(cell: &Cell<'_>, table: &'t Table) -> Result<&'t Index, Error> {
    let known: Vec<(&str, &Index)> =
        table.indexes.iter().map(|index| (&*index.name, index)).collect();
    if known.is_empty() {
        return Err(cell.wrong("the table has no indexes"));
    }
    cell.word(&known)
}

fn read_limit(section: &Section<'_>) -> Result<Option<Size>, Error> {
    section.find("limit").map(|cell| Size::read_count(&cell, 1..=LIMIT_MAX)).transpose()
}

/// More than fits a page of 1 MB.
const LIMIT_MAX: u64 = 100_000;
