//! What others know anyway and bring when somebody looks, or every few seconds.
//!
//! Must hold: nothing here is touched by a request.
//! Not here: who brings it (`proxy/`, `engine/`).

use super::catalogue::{
    CACHE_BYTES, CACHE_ENTRIES, CACHE_EVICTIONS, CACHE_EXPIRATIONS, CACHE_FILLS,
    CACHE_INVALIDATIONS, CACHE_LIMIT, DISK, DISK_AVAILABLE, DISK_RESERVE, ENGINE_STATE,
    ENGINE_WRITABLE, JOURNAL, Metric, TABLE_FILES,
};
use super::labels::{CACHES, CacheKind, ENGINE_STATES, EngineState};
use super::number::Counter;
use super::page::Page;
use super::table::{TableSize, show_sizes};

/// What a cache counts of itself.
#[derive(Debug, Default)]
pub struct CacheCounts {
    /// Reads that filled it.
    pub filled: Counter,
    /// Reads that were to fill it and were overtaken, or brought what may not be kept.
    pub refused: Counter,
    /// Entries that had to make room for others.
    pub evictions: Counter,
    /// Look-ups that found an entry whose lifetime was over.
    pub expirations: Counter,
    /// Entries that a write removed.
    pub invalidations: Counter,
}

/// How full a cache is, and what it has counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct CacheFigures {
    /// Its entries.
    pub entries: u64,
    /// The memory that they take.
    pub bytes: u64,
    /// The memory that they may take.
    pub bytes_max: u64,
    /// See [`CacheCounts::filled`].
    pub filled: u64,
    /// See [`CacheCounts::refused`].
    pub refused: u64,
    /// See [`CacheCounts::evictions`].
    pub evictions: u64,
    /// See [`CacheCounts::expirations`].
    pub expirations: u64,
    /// See [`CacheCounts::invalidations`].
    pub invalidations: u64,
}

/// What a store takes on the disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoreFigures {
    /// All of its files.
    pub bytes: u64,
    /// Its journals.
    pub journal_bytes: u64,
    /// How many table files it has.
    pub table_files: u64,
    /// What may still be written.
    pub available_bytes: u64,
    /// What must be left of that for writes to be taken.
    pub reserve_bytes: u64,
}

/// The last that was brought.
#[derive(Debug, Default)]
pub(super) struct Shown {
    caches: [CacheFigures; CACHES.len()],
    engine: EngineState,
    pub(super) store: StoreFigures,
    pub(super) tables: Vec<TableSize>,
}

impl CacheCounts {
    /// What was counted, beside how full the cache is.
    pub fn figures(&self, entries: u64, bytes: u64, bytes_max: u64) -> CacheFigures {
        CacheFigures {
            entries,
            bytes,
            bytes_max,
            filled: self.filled.get(),
            refused: self.refused.get(),
            evictions: self.evictions.get(),
            expirations: self.expirations.get(),
            invalidations: self.invalidations.get(),
        }
    }
}

impl Shown {
    pub(super) fn set_cache(&mut self, cache: CacheKind, figures: CacheFigures) {
        self.caches[cache as usize] = figures;
    }

    pub(super) fn set_engine(&mut self, state: EngineState) {
        self.engine = state;
    }

    pub(super) fn show(&self, page: &mut Page) {
        self.show_caches(page);
        show_sizes(page, &self.tables);
        let state = self.engine as usize;
        page.single(&ENGINE_WRITABLE, u64::from(state == EngineState::Running as usize));
        let mut states = page.family(&ENGINE_STATE);
        for (place, name) in ENGINE_STATES.iter().enumerate() {
            states.whole(&[name], u64::from(place == state));
        }
        for (metric, value) in [
            (&DISK, self.store.bytes),
            (&DISK_AVAILABLE, self.store.available_bytes),
            (&DISK_RESERVE, self.store.reserve_bytes),
            (&JOURNAL, self.store.journal_bytes),
            (&TABLE_FILES, self.store.table_files),
        ] {
            page.single(metric, value);
        }
    }

    fn show_caches(&self, page: &mut Page) {
        let mut each = |metric: &'static Metric, value: fn(&CacheFigures) -> u64| {
            let mut family = page.family(metric);
            for (cache, figures) in CACHES.iter().zip(&self.caches) {
                family.whole(&[cache], value(figures));
            }
        };
        each(&CACHE_ENTRIES, |cache| cache.entries);
        each(&CACHE_BYTES, |cache| cache.bytes);
        each(&CACHE_LIMIT, |cache| cache.bytes_max);
        each(&CACHE_EVICTIONS, |cache| cache.evictions);
        each(&CACHE_EXPIRATIONS, |cache| cache.expirations);
        let mut fills = page.family(&CACHE_FILLS);
        for (cache, figures) in CACHES.iter().zip(&self.caches) {
            fills.whole(&[cache, "filled"], figures.filled);
            fills.whole(&[cache, "refused"], figures.refused);
        }
        // A page is not removed when it is outdated: nobody asks for it any more.
        let items = &self.caches[CacheKind::Item as usize];
        page.family(&CACHE_INVALIDATIONS).whole(&[CACHES[0]], items.invalidations);
    }
}
