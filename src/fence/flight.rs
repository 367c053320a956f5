//! Flights: the keys that are being written, and what their writers brought so far.
//!
//! A key's flight begins when the first ticket opens it and ends when the last one closes it. It
//! keeps the newest image by commit number, and whether any writer could not say what it did.
//!
//! Must hold: `open` removes the key's entry, and the last close installs, under the lock of the
//! key's stripe, so that no install of an earlier flight lands in a later one.
//! Not here: which outcome a close has; `ticket.rs` keeps that.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, PoisonError};

use ahash::RandomState;

use super::sync::{Mutex, MutexGuard};
use super::{CommitNumber, Entries, Stamp};
use crate::model::{Image, ItemKey};

/// What a writer knows of its write when it closes.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is committed as this number, and this is the image that it left.
    Image(CommitNumber, Image),
    /// It is applied and this is the image that it left, but its place among overlapping writes
    /// is not known. It was sent when the map had this stamp.
    ImageIfAlone(Image, Stamp),
    /// It changed nothing.
    NotWritten,
    /// It may or may not be applied.
    Unknown,
}

/// All flights, spread over stripes by the hash of their keys.
pub(super) struct Flights {
    stripes: Box<[Mutex<Stripe>]>,
    hash: RandomState,
    entries: Arc<dyn Entries>,
}

type Stripe = HashMap<ItemKey, Flight, RandomState>;

/// The writes of one key from the first open to the last close.
#[derive(Default)]
struct Flight {
    open: u32,
    /// More than one write was ever open in it.
    shared: bool,
    /// A write of unknown fate closed in it.
    unknown: bool,
    newest: Option<(CommitNumber, Image)>,
    /// The stamp of the newest image, if it has one of its own.
    since: Option<Stamp>,
}

impl Flights {
    pub(super) fn new(entries: Arc<dyn Entries>, stripes: usize, hash: RandomState) -> Self {
        let stripes = (0..stripes.max(1).next_power_of_two())
            .map(|_| Mutex::new(HashMap::with_hasher(hash.clone())))
            .collect();
        Self { stripes, hash, entries }
    }

    pub(super) fn has(&self, key: &ItemKey) -> bool {
        self.stripe(key).contains_key(key)
    }

    pub(super) fn open(&self, key: &ItemKey) {
        let mut stripe = self.stripe(key);
        let flight = stripe.entry(key.clone()).or_default();
        flight.shared |= flight.open > 0;
        flight.open += 1;
        self.entries.remove(key);
    }

    pub(super) fn close(&self, key: ItemKey, outcome: Outcome) {
        let mut stripe = self.stripe(&key);
        let Entry::Occupied(mut place) = stripe.entry(key) else {
            unreachable!("a ticket closes only what it opened");
        };
        let flight = place.get_mut();
        flight.note(outcome);
        flight.open -= 1;
        if flight.open > 0 {
            return;
        }
        let (key, flight) = place.remove_entry();
        let since = flight.since;
        if let Some(image) = flight.leaves() {
            // Still under the lock: a write that opens next must find this image to remove it.
            match since {
                None => self.entries.install(&key, image),
                Some(since) => self.entries.install_since(&key, image, since),
            }
        }
    }

    /// How many keys are being written.
    #[cfg(all(test, not(feature = "shuttle")))]
    pub(super) fn len(&self) -> usize {
        let lengths = self.stripes.iter().map(|stripe| stripe.lock().map_or(0, |map| map.len()));
        lengths.sum()
    }

    fn stripe(&self, key: &ItemKey) -> MutexGuard<'_, Stripe> {
        // The maps inside use the low and the highest bits of the same hash.
        let bits = self.hash.hash_one(key) >> 32;
        let mask = self.stripes.len() as u64 - 1;
        let place = usize::try_from(bits & mask).expect("a mask below a length fits");
        // Every change of a stripe is whole before the cache map is called.
        self.stripes[place].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    fn note(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Image(number, image) => {
                if self.newest.as_ref().is_none_or(|(newest, _)| *newest < number) {
                    self.newest = Some((number, image));
                }
            }
            // Alone it is the only write of the flight, and any number will do.
            Outcome::ImageIfAlone(image, since) if !self.shared => {
                self.newest = Some((CommitNumber::new(0), image));
                self.since = Some(since);
            }
            Outcome::ImageIfAlone(..) | Outcome::Unknown => self.unknown = true,
            Outcome::NotWritten => {}
        }
    }

    /// The image that the key has after the last close, if that is known.
    fn leaves(self) -> Option<Image> {
        if self.unknown { None } else { self.newest.map(|(_, image)| image) }
    }
}
