//! Whether what clients saw of one key fits one order of writes.
//!
//! Every put writes a value of its own and every acknowledged write tells the value that it
//! replaced. So a key's writes fall into *runs*: a put onto an absent item, the puts that follow
//! one another, and the delete that ends it. Inside a run the order is known; each read belongs to
//! the put whose value it saw. Runs and moments of absence are then told apart by two times each:
//!
//!     opens |--- first end ........ last begin ---|     first end < last begin: the run holds the
//!                                                       key at least from the one to the other
//!     opens |--- last begin ....... first end ----|     else: it fits into any moment between
//!
//! Two runs that must hold the key at once contradict each other, and so does an absence that lies
//! wholly where a run must hold it (Gibbons and Korach's zones). A page that shows what has one
//! parity, and not this key, must find a moment outside the run or at a value of the other parity
//! (`checker_lacks.rs`). All steps sort or walk: `n log n`.
//!
//! Must hold: what it refuses is impossible. What it accepts is possible when every outcome is
//! known; a write of unknown outcome can excuse one value's disappearance, and no more.
//! Not here: how the operations came about (`client.rs`, `pages.rs`).

use std::collections::HashMap;

use crate::checker_ends::every_end_is_explained;
use crate::checker_lacks::{Lacks, Stay};
pub(crate) use crate::support::NEVER;

/// What one client did to the key, and when by a clock that all clients share.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub(crate) began: u64,
    /// When the answer came; [`NEVER`] if the outcome is unknown.
    pub(crate) ended: u64,
    pub(crate) did: Did,
}

/// What a client did.
#[derive(Clone, Debug)]
pub(crate) enum Did {
    Put {
        value: u64,
        replaced: Replaced,
    },
    Delete {
        replaced: Replaced,
    },
    Read {
        seen: Option<u64>,
    },
    /// A page of what has this parity did not show the key.
    Lack {
        parity: Parity,
    },
}

/// The one thing of a value that an index keeps its items apart by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Parity {
    Even,
    Odd,
}

/// The value that a write says it replaced.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Replaced {
    Value(u64),
    Absent,
    /// The client hung up, or the answer was an error.
    Unknown,
}

/// Why no order of writes explains what was seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Violation {
    /// A value was seen that no client put.
    NeverWritten(u64),
    /// Two writes say that they replaced this value.
    ReplacedTwice(u64),
    /// Some values replaced one another in a circle.
    Circle,
    /// An operation on this value ended before one that comes before it in the order began.
    OutOfOrder(u64),
    /// The runs that begin with these values must both hold the key at one moment.
    BothAtOnce(u64, u64),
    /// The key was seen absent while the run that begins with this value must hold it.
    AbsentMeanwhile(u64),
    /// A page left the key out while it must have held values of the page's parity, from this on.
    LeftOut(u64),
    /// Values went away, and there are not enough writes that could have removed them.
    Vanished(u64),
}

impl Parity {
    /// The parity of a value.
    pub(crate) fn of(value: u64) -> Self {
        if value.is_multiple_of(2) { Self::Even } else { Self::Odd }
    }

    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Even => Self::Odd,
            Self::Odd => Self::Even,
        }
    }
}

/// Checks all operations of one key that was absent at first.
pub(crate) fn check(ops: &[Op]) -> Result<(), Violation> {
    let chains = Chains::of(ops)?;
    let mut runs = chains.runs()?;
    let lacks = Lacks::of(ops);
    for run in &mut runs {
        run.gone_by = lacks.gone_by(&mut run.stays, run.last_begin)?;
    }
    let holds = disjoint_holds(&runs)?;
    for run in runs.iter().filter(|run| !run.must_hold()) {
        if let Some(holder) = holder_of(&holds, run.last_begin, run.first_end) {
            return Err(Violation::BothAtOnce(holder.first_value, run.first_value));
        }
    }
    for absence in &chains.absences {
        if let Some(holder) = holder_of(&holds, absence.began, absence.ended) {
            return Err(Violation::AbsentMeanwhile(holder.first_value));
        }
    }
    every_end_is_explained(&runs, &chains)
}

/// The operations, by what they say of one another.
pub(crate) struct Chains<'a> {
    puts: HashMap<u64, &'a Op>,
    readers: HashMap<u64, Vec<&'a Op>>,
    /// By a value, the write that replaced it.
    successors: HashMap<u64, &'a Op>,
    /// Reads of nothing, and deletes that found nothing.
    pub(crate) absences: Vec<&'a Op>,
    /// The writes that do not say what they replaced.
    pub(crate) unknown: Vec<&'a Op>,
}

/// Puts that follow one another, as one block in the order of writes.
pub(crate) struct Run {
    pub(crate) first_value: u64,
    values: usize,
    pub(crate) first_end: u64,
    pub(crate) last_begin: u64,
    /// Whether a delete that ended it is known.
    pub(crate) deleted: bool,
    /// Its values by parity; there is at least one.
    stays: Vec<Stay>,
    /// When it must be over because a page did not show the key any more.
    pub(crate) gone_by: u64,
}

impl<'a> Chains<'a> {
    fn of(ops: &'a [Op]) -> Result<Self, Violation> {
        let mut chains = Self {
            puts: HashMap::new(),
            readers: HashMap::new(),
            successors: HashMap::new(),
            absences: Vec::new(),
            unknown: Vec::new(),
        };
        for op in ops {
            chains.add(op)?;
        }
        let seen = chains.readers.keys().chain(chains.successors.keys());
        match seen.copied().find(|value| !chains.puts.contains_key(value)) {
            Some(value) => Err(Violation::NeverWritten(value)),
            None => Ok(chains),
        }
    }

    fn add(&mut self, op: &'a Op) -> Result<(), Violation> {
        let replaced = match op.did {
            Did::Read { seen: Some(value) } => {
                self.readers.entry(value).or_default().push(op);
                return Ok(());
            }
            Did::Read { seen: None } | Did::Delete { replaced: Replaced::Absent } => {
                self.absences.push(op);
                return Ok(());
            }
            Did::Lack { .. } => return Ok(()),
            Did::Put { value, replaced } => {
                let twin = self.puts.insert(value, op);
                assert!(twin.is_none(), "the clients put {value} twice");
                replaced
            }
            Did::Delete { replaced } => replaced,
        };
        match replaced {
            Replaced::Value(old) => {
                if self.successors.insert(old, op).is_some() {
                    return Err(Violation::ReplacedTwice(old));
                }
            }
            Replaced::Unknown => self.unknown.push(op),
            Replaced::Absent => {}
        }
        Ok(())
    }

    /// Follows every chain from its head.
    fn runs(&self) -> Result<Vec<Run>, Violation> {
        let mut runs = Vec::new();
        let mut followed = 0;
        let mut expected = 0;
        for (&value, put) in &self.puts {
            let is_head = match put.did {
                Did::Put { replaced: Replaced::Value(_), .. } => false,
                Did::Put { replaced: Replaced::Absent, .. } => true,
                // Nobody saw it: it may have happened, and then something unknown followed.
                _ if !self.was_seen(value) => continue,
                _ => true,
            };
            expected += 1;
            if is_head {
                let run = self.run(value)?;
                followed += run.values;
                runs.push(run);
            }
        }
        // What no head leads to can only lead to itself.
        if followed == expected { Ok(runs) } else { Err(Violation::Circle) }
    }

    fn was_seen(&self, value: u64) -> bool {
        self.readers.contains_key(&value) || self.successors.contains_key(&value)
    }

    fn run(&self, first_value: u64) -> Result<Run, Violation> {
        let mut run = Run {
            first_value,
            values: 0,
            first_end: NEVER,
            last_begin: 0,
            deleted: false,
            stays: Vec::new(),
            gone_by: NEVER,
        };
        let mut value = first_value;
        let mut write = self.puts[&first_value];
        loop {
            run.values += 1;
            run.put(write, value)?;
            let readers = self.readers.get(&value).map_or(&[][..], Vec::as_slice);
            run.follow_all(readers, value)?;
            let Some(next) = self.successors.get(&value) else { return Ok(run) };
            write = next;
            match next.did {
                Did::Put { value: next_value, .. } => value = next_value,
                Did::Delete { .. } | Did::Read { .. } | Did::Lack { .. } => {
                    run.deleted = true;
                    run.follow(next, value)?;
                    return Ok(run);
                }
            }
        }
    }
}

impl Run {
    /// Whether there is a time at which no other run can hold the key.
    fn must_hold(&self) -> bool {
        self.first_end < self.last_begin
    }

    /// Adds the put of a value, with which another stay may begin.
    fn put(&mut self, op: &Op, value: u64) -> Result<(), Violation> {
        let begin = self.last_begin.max(op.began);
        let parity = Parity::of(value);
        if self.stays.last().is_none_or(|stay| stay.parity != parity) {
            self.stays.push(Stay {
                first_value: value,
                parity,
                last_begin: begin,
                first_end: NEVER,
            });
        }
        self.follow(op, value)
    }

    /// Adds the operation that comes after all those added before.
    fn follow(&mut self, op: &Op, value: u64) -> Result<(), Violation> {
        self.follow_all(&[op], value)
    }

    /// Adds operations that come after all those added before, in any order among themselves.
    fn follow_all(&mut self, ops: &[&Op], value: u64) -> Result<(), Violation> {
        if ops.iter().any(|op| op.ended < self.last_begin) {
            return Err(Violation::OutOfOrder(value));
        }
        let stay = self.stays.last_mut().expect("a run begins with a put");
        for op in ops {
            stay.first_end = stay.first_end.min(op.ended);
            self.first_end = self.first_end.min(op.ended);
            self.last_begin = self.last_begin.max(op.began);
        }
        Ok(())
    }
}

/// The runs that must hold the key for a time, in their order, which is one after another.
fn disjoint_holds(runs: &[Run]) -> Result<Vec<&Run>, Violation> {
    let mut holds: Vec<&Run> = runs.iter().filter(|run| run.must_hold()).collect();
    holds.sort_by_key(|run| run.first_end);
    for pair in holds.windows(2) {
        if pair[1].first_end < pair[0].last_begin {
            return Err(Violation::BothAtOnce(pair[0].first_value, pair[1].first_value));
        }
    }
    Ok(holds)
}

/// The run that must hold the key all the time from `began` to `ended`.
fn holder_of<'a>(holds: &[&'a Run], began: u64, ended: u64) -> Option<&'a Run> {
    let after = holds.partition_point(|run| run.first_end < began);
    let holder = holds[..after].last()?;
    (ended < holder.last_begin).then_some(holder)
}
