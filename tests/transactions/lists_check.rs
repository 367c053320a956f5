//! Whether transactions over lists fit one order that agrees with their times: strict
//! serializability.
//!
//! Every value is appended once, so a list tells who wrote before whom, and what was read of it
//! tells which write it was read after, and before which. So the order of the writes is known
//! without a search, and what clients saw is possible exactly if no transaction must come before
//! itself (Adya's dependencies, as Elle uses them).
//!
//!     list of a key   7 ──ww──> 9 ──ww──> 4       whoever appended 7 comes before who appended 9
//!     somebody reads  [7, 9]                      after 9 (wr), before 4 (rw)
//!
//! Must hold: the lists are those at the end. A transaction of unknown fate took place exactly if
//! its values are in the lists. What it refuses is impossible; what it accepts some order explains.
//! Not here: the search for a cycle (`graph.rs`), how the history came about (`lists.rs`).

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use crate::graph::{Cycle, Graph, Why};

/// What one client did at once, and when by a clock that all clients share.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) began: u64,
    pub(crate) ended: u64,
    pub(crate) fate: Fate,
    /// Key and value of each.
    pub(crate) appends: Vec<(u64, u64)>,
    /// Lists as they were before its appends.
    pub(crate) reads: Vec<(u64, Read)>,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    Done,
    Refused,
    Unknown,
}

/// What was learnt of a list.
#[derive(Clone, Debug)]
pub(crate) enum Read {
    Values(Vec<u64>),
    Length(usize),
}

/// Why no order explains a history.
#[derive(Debug)]
pub(crate) enum Violation {
    /// A value is in a list more than once.
    Twice { key: u64, value: u64 },
    /// A value that nobody appended to that list.
    FromNowhere { key: u64, value: u64 },
    /// A value of a transaction that was refused (G1a).
    Refused { key: u64, value: u64, by: Transaction },
    /// A value of a transaction that is done is missing.
    Lost { key: u64, value: u64, of: Transaction },
    /// Some of a transaction took place, and some did not.
    InPart { of: Transaction },
    /// What was read is no beginning of the list.
    NoPrefix { key: u64, by: Transaction, list: Vec<u64> },
    /// Transactions that must come before themselves.
    Cycle { cycle: Cycle, members: Vec<Transaction> },
}

/// Holds a history against the lists that it left.
pub(crate) fn check(
    history: &[Transaction],
    lists: &BTreeMap<u64, Vec<u64>>,
) -> Result<(), Violation> {
    let writers = writers_of(history);
    check_lists(history, lists, &writers)?;
    let mut happened = Vec::with_capacity(history.len());
    for transaction in history {
        if took_place(transaction, lists)? {
            happened.push(transaction);
        }
    }
    let spans: Vec<_> = happened.iter().map(|it| (it.began, it.ended)).collect();
    let mut graph = Graph::in_time(&spans);
    let writers = writers_of(happened.iter().copied());
    let writer_of = |key: u64, value: u64| writers[&(key, value)];
    for (key, list) in lists {
        for pair in list.windows(2) {
            let [one, next] = [pair[0], pair[1]].map(|value| writer_of(*key, value));
            graph.add(one, next, Why::Overwritten);
        }
    }
    for (reader, transaction) in happened.iter().enumerate() {
        for (key, read) in &transaction.reads {
            let list = lists.get(key).map_or(&[][..], |list| list);
            let length = prefix_length(*key, read, list, history, transaction)?;
            if length > 0 {
                graph.add(writer_of(*key, list[length - 1]), reader, Why::Read);
            }
            let next = list.get(length).map(|value| writer_of(*key, *value));
            // Its own append comes after its own read.
            if let Some(next) = next.filter(|next| *next != reader) {
                graph.add(reader, next, Why::Overlooks);
            }
        }
    }
    match graph.worst_cycle() {
        None => Ok(()),
        Some(cycle) => {
            let members = cycle.steps.iter().map(|(number, _)| happened[*number].clone());
            let members = members.collect();
            Err(Violation::Cycle { cycle, members })
        }
    }
}

/// By key and value, who appended it.
fn writers_of<'a>(
    history: impl IntoIterator<Item = &'a Transaction>,
) -> HashMap<(u64, u64), usize> {
    let mut writers = HashMap::new();
    for (number, transaction) in history.into_iter().enumerate() {
        for append in &transaction.appends {
            let before = writers.insert(*append, number);
            assert_eq!(before, None, "a value that was sent twice: {append:?}");
        }
    }
    writers
}

/// Every value at the end is of one transaction that was not refused, and there once.
fn check_lists(
    history: &[Transaction],
    lists: &BTreeMap<u64, Vec<u64>>,
    writers: &HashMap<(u64, u64), usize>,
) -> Result<(), Violation> {
    for (&key, list) in lists {
        for (place, &value) in list.iter().enumerate() {
            let Some(writer) = writers.get(&(key, value)) else {
                return Err(Violation::FromNowhere { key, value });
            };
            if history[*writer].fate == Fate::Refused {
                return Err(Violation::Refused { key, value, by: history[*writer].clone() });
            }
            if list[..place].contains(&value) {
                return Err(Violation::Twice { key, value });
            }
        }
    }
    Ok(())
}

/// Whether a transaction took place, which must be as a whole and as it was told.
fn took_place(
    transaction: &Transaction,
    lists: &BTreeMap<u64, Vec<u64>>,
) -> Result<bool, Violation> {
    let is_there =
        |(key, value): &&(u64, u64)| lists.get(key).is_some_and(|list| list.contains(value));
    let there = transaction.appends.iter().filter(is_there).count();
    match transaction.fate {
        Fate::Refused => Ok(false),
        Fate::Done => match transaction.appends.iter().find(|append| !is_there(append)) {
            None => Ok(true),
            Some((key, value)) => {
                let of = transaction.clone();
                Err(Violation::Lost { key: *key, value: *value, of })
            }
        },
        Fate::Unknown if there == 0 => Ok(false),
        Fate::Unknown if there == transaction.appends.len() => Ok(true),
        Fate::Unknown => Err(Violation::InPart { of: transaction.clone() }),
    }
}

/// How many of a list's values had been appended when it was read.
fn prefix_length(
    key: u64,
    read: &Read,
    list: &[u64],
    history: &[Transaction],
    reader: &Transaction,
) -> Result<usize, Violation> {
    let (length, is_prefix) = match read {
        Read::Values(values) => (values.len(), list.starts_with(values)),
        Read::Length(length) => (*length, *length <= list.len()),
    };
    if is_prefix {
        return Ok(length);
    }
    if let Read::Values(values) = read {
        let refused = history.iter().filter(|it| it.fate == Fate::Refused);
        let mut appends = refused.flat_map(|it| &it.appends);
        if let Some((_, value)) = appends.find(|(of, value)| *of == key && values.contains(value)) {
            return Err(Violation::Refused { key, value: *value, by: reader.clone() });
        }
    }
    Err(Violation::NoPrefix { key, by: reader.clone(), list: list.to_vec() })
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice { key, value } => write!(f, "list {key} has {value} twice"),
            Self::FromNowhere { key, value } => {
                write!(f, "list {key} has {value}, which nobody appended")
            }
            Self::Refused { key, value, by } => {
                write!(f, "list {key} showed {value} of a refused transaction (G1a): {by:?}")
            }
            Self::Lost { key, value, of } => {
                write!(f, "list {key} lacks {value}, which was acknowledged: {of:?}")
            }
            Self::InPart { of } => write!(f, "this took place in part: {of:?}"),
            Self::NoPrefix { key, by, list } => {
                write!(f, "list {key} never began so: {by:?}; it ends as {list:?}")
            }
            Self::Cycle { cycle: Cycle { kind, needs_time, steps }, members } => {
                let time = if *needs_time { ", by the times" } else { "" };
                writeln!(
                    f,
                    "{kind:?}{time}: each must come before the next, the last before the first"
                )?;
                for ((number, why), member) in steps.iter().zip(members) {
                    writeln!(f, "T{number}, {why:?} by the next: {member:?}")?;
                }
                Ok(())
            }
        }
    }
}
