//! Attribute lists and their ids.
//!
//!     look-up    the maps, nothing else
//!     define     lock | limits, new ids | one write, one sync | the maps | unlock
//!
//! Who defines holds the lock while the log syncs; who looks something up never takes it. A list is
//! found only once it is durable, so an id that was found may be handed out.
//!
//! Must hold: a list has one id and an id one list, for ever; the empty list has the id 1, the
//! others are numbered 2, 3, … in the order of their definition.
//! Not here: how an id is made of a number (`ids.rs`); the file (`log.rs`), which the in-memory
//! engine does without.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ahash::RandomState;

use super::ids::{Incarnation, NUMBER_MAX, NUMBER_MIN};
use super::known::Known;
use super::limits::{Full, LISTS_MAX, Limits, Usage};
use super::log::Log;
use super::records::{Contents, Record};
use super::{DefineError, Error};

/// The names of one list, in the order of the values.
pub type AttributeList = Arc<[Box<str>]>;

/// The lists that have an id.
pub struct AttributeLists {
    known: Known,
    incarnation: Incarnation,
    limits: Limits,
    writer: Mutex<Writer>,
}

struct Writer {
    /// `None` if lists are kept in memory only.
    log: Option<Log>,
    /// The number of the next new list.
    next: u32,
}

impl AttributeLists {
    /// Opens the log in a directory, or makes either; the one above it must be there.
    ///
    /// What the log holds is known from then on, even beyond the limits. No other process may use
    /// the directory. Blocks for as long as it takes to read and to write the log.
    pub fn open(directory: &Path, limits: Limits) -> Result<Self, Error> {
        let (log, Contents { header, records, .. }) = Log::open(directory)?;
        Ok(Self::new(Some(log), header.incarnation, records, limits))
    }

    /// Lists that end with the process. No other one knows their ids.
    pub fn in_memory(limits: Limits) -> Self {
        Self::new(None, Incarnation::draw(), Vec::new(), limits)
    }

    fn new(
        log: Option<Log>,
        incarnation: Incarnation,
        records: Vec<Record>,
        limits: Limits,
    ) -> Self {
        let next = records.last().map_or(NUMBER_MIN, |record| record.number + 1);
        let writer = Mutex::new(Writer { log, next });
        let lists = Self { known: Known::new(), incarnation, limits, writer };
        lists.add(records);
        lists
    }

    /// The id of these names in this order, if they have one. Waits for no disk.
    pub fn id_of(&self, names: &[&str]) -> Option<u64> {
        self.known.id_of(names)
    }

    /// The names of an id, if it was handed out by these lists. Waits for no disk.
    pub fn names_of(&self, id: u64) -> Option<AttributeList> {
        self.known.names_of(id)
    }

    /// What the lists take. The empty one is not among them.
    pub fn usage(&self) -> Usage {
        self.known.usage()
    }

    /// The ids of these lists, in their order. Those that had none get one, durably.
    ///
    /// All or nothing: if one of them cannot be taken, none is. Blocks while the log is synced,
    /// once for all of them, unless every list has its id already.
    pub fn define(&self, lists: &[Vec<String>]) -> Result<Vec<u64>, DefineError> {
        if let Some(ids) = self.ids_of(lists) {
            return Ok(ids);
        }
        // What the writer holds changes only after all that can fail.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let records = self.new_records(lists, writer.next)?;
        if let Some(last) = records.last() {
            if let Some(log) = &mut writer.log {
                log.append(&records)?;
            }
            writer.next = last.number + 1;
        }
        self.add(records);
        Ok(self.ids_of(lists).expect("those that were not known were added"))
    }

    /// The ids of these lists, if all of them are known.
    fn ids_of(&self, lists: &[Vec<String>]) -> Option<Vec<u64>> {
        lists.iter().map(|names| self.known.id_of(names)).collect()
    }

    /// A record for each of these lists that has no id, the first with the number `next`.
    fn new_records(&self, lists: &[Vec<String>], next: u32) -> Result<Vec<Record>, Full> {
        let mut numbers = next..=NUMBER_MAX;
        let mut taken = self.known.usage();
        let mut seen = HashSet::with_hasher(RandomState::new());
        let mut records = Vec::new();
        for names in lists {
            if self.known.id_of(names).is_some() || !seen.insert(names) {
                continue;
            }
            taken = self.limits.admit(taken, names)?;
            let number = numbers.next().ok_or(Full::Lists { lists_max: LISTS_MAX })?;
            let names = names.iter().map(|name| name.as_str().into()).collect();
            records.push(Record { number, names });
        }
        Ok(records)
    }

    /// Makes known what is durable.
    fn add(&self, records: Vec<Record>) {
        for record in records {
            self.known.add(self.incarnation.id(record.number), record.names);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::state::tests::{Data, define, list, names_of};

    #[test]
    fn nobody_waits_for_the_disk_to_find_what_is_known() {
        let data = Data::new();
        let lists = data.open().unwrap();
        let id = define(&lists, &["a"]).unwrap();

        // As one does who defines, until the log is synced.
        let _writer = lists.writer.lock().unwrap();

        assert_eq!(lists.id_of(&["a"]), Some(id));
        assert_eq!(names_of(&lists, id), Some(list(&["a"])));
        assert_eq!(define(&lists, &["a"]).unwrap(), id);
        assert_eq!(lists.usage().lists, 1);
    }

    #[test]
    fn no_list_is_made_past_the_last_number() {
        let lists = AttributeLists::in_memory(Limits::default());
        lists.writer.lock().unwrap().next = NUMBER_MAX;
        let full = Full::Lists { lists_max: 1_048_574 };

        let both = lists.define(&[list(&["a"]), list(&["b"])]);
        let last = define(&lists, &["a"]).unwrap();
        let further = define(&lists, &["b"]);

        assert!(matches!(both, Err(DefineError::Full(refused)) if refused == full));
        assert_eq!(last, lists.incarnation.id(NUMBER_MAX));
        assert!(matches!(further, Err(DefineError::Full(refused)) if refused == full));
        assert_eq!(lists.id_of(&["a"]), Some(last));
    }

    /// Writes to one of these devices fail as on a full disk; what the other takes cannot be synced.
    #[test]
    fn a_log_that_failed_is_closed_until_a_restart_and_what_is_known_stays_so() {
        for device in ["/dev/full", "/dev/null"] {
            let data = Data::new();
            let lists = data.open().unwrap();
            let known = define(&lists, &["a"]).unwrap();
            let file = File::options().write(true).open(device).unwrap();
            let sound =
                lists.writer.lock().unwrap().log.replace(Log::ending(file, device.into(), 0));
            let first = define(&lists, &["b"]);
            let second = define(&lists, &["c"]);

            assert!(matches!(first, Err(DefineError::Log(_))), "{device}");
            assert!(matches!(second, Err(DefineError::Log(_))), "{device}");
            assert_eq!(lists.id_of(&["b"]), None, "{device}");
            assert_eq!(lists.names_of(known + 1), None, "{device}");
            assert_eq!(lists.id_of(&["a"]), Some(known), "{device}");
            assert_eq!(lists.define(&[list(&["a"]), list(&[])]).unwrap(), [known, 1], "{device}");

            drop((lists, sound));
            assert_eq!(define(&data.open().unwrap(), &["b"]).unwrap(), known + 1, "{device}");
        }
    }

    #[test]
    fn a_failed_sync_is_not_tried_again() {
        let file = File::options().write(true).open("/dev/null").unwrap();
        let data = Data::new();
        let lists = data.open().unwrap();
        lists.writer.lock().unwrap().log = Some(Log::ending(file, "/dev/null".into(), 0));

        let errors = [define(&lists, &["a"]), define(&lists, &["a"])].map(|refused| {
            let Err(DefineError::Log(error)) = refused else { panic!("the log cannot be synced") };
            (error.kind(), error.to_string())
        });

        assert_eq!(errors[0].0, errors[1].0);
        assert!(errors[1].1.contains("closed until a restart"), "{errors:?}");
    }
}
