//! Queries that come again in the very same bytes: what reading and checking one came to is kept, so
//! that the next hit costs neither.
//!
//!     body ── same bytes? ── same table? ── policy, epoch ── page ──> answer
//!        └─────────┴──────────────┴──────────────┴────────────┴──> the long way
//!
//! Reading depends on the bytes alone, checking on them and the table as it is in the catalog; both
//! are the same again while that very table is there. What may change without them is asked anew.
//!
//! Must hold: an answer from here is the one that the long way would give, and is counted and
//! audited as that one is; a body that asks for more than its page, such as capacity, is not kept.
//! Not here: pages (`page_fill.rs`), the bytes (`cache/repeats.rs`).

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::background::Audit;
use super::query::{Cost, Wanted};
use super::target::Target;
use super::{Proxy, Trace};
use crate::api::{CapacityDetail, Consistency, Operation, PageImage, PageOutput};
use crate::cache::PageKey;
use crate::engine::{PageRead, Scope, Table};
use crate::fence::Epoch;
use crate::metrics::{Outcome, PageResult, Protocol, Source};

/// A read of a page, and the table that it was checked against.
pub(super) struct Checked {
    /// Does not keep a table that is gone, but its address: no other table gets that.
    table: Weak<Table>,
    read: PageRead,
    key: PageKey,
    /// Whether the same body asks for this and no more.
    repeats: bool,
}

impl Checked {
    pub(super) fn new(wanted: Wanted<'_>, read: PageRead, key: PageKey) -> Self {
        let asks_no_more = match wanted.request.capacity {
            CapacityDetail::None => true,
            CapacityDetail::Total | CapacityDetail::Indexes => false,
        };
        // Of a partition, which only a Query reads: the body of a Scan may mean something else.
        let is_query = match read.scope {
            Scope::Partition { .. } => true,
            Scope::Everything | Scope::Segment(_) => false,
        };
        let short = key.bytes().len() <= KEY_BYTES_MAX;
        let repeats = asks_no_more && is_query && short;
        Self { table: Arc::downgrade(wanted.table), read, key, repeats }
    }

    /// Whether it may be kept for its body.
    pub(super) fn repeats(&self) -> bool {
        self.repeats
    }
}

impl Proxy {
    /// The answer to a Query whose body came before, if its page is in the cache.
    ///
    /// `None` says nothing: [`Proxy::call`] finds out.
    pub fn repeated(&self, body: &[u8], began: Duration) -> Option<PageOutput> {
        if body.len() > REPEATED_BODY_BYTES_MAX {
            return None;
        }
        let checked = self.repeats.get(body)?;
        let catalog = self.catalog();
        let table = catalog.table_of(checked.read.table)?;
        // A table that was altered, does something else, or was deleted and made again, is another;
        // this very one served when it was checked.
        if !std::ptr::eq(Arc::as_ptr(table), checked.table.as_ptr()) {
            return None;
        }
        let target = Target::of_id(&table.schema, checked.read.index)?;
        let policy = self.rules.policy(checked.read.table);
        let epoch = self.epoch_to_keep(target, &checked.read.scope, &policy).ok()?;
        let page = self.pages.get_first(&checked.key, epoch, began)?;
        self.page_was_hit(table, &checked, &page, epoch);
        let operation = Operation::Query;
        // A consistent page would not have been in the cache.
        Cost::of(Consistency::Eventual, page.found()).count(table, operation, page.found());
        let counted = (operation as usize, operation.name());
        self.metrics.count(&table.metrics, Protocol::Http, counted, Outcome::Ok);
        let took = self.clock.monotonic().saturating_sub(began);
        self.metrics.took(operation as usize, Source::Cache, took);
        Some(PageOutput { capacity: None, page })
    }

    /// Keeps what the trace of a Query learned, for when its body comes again.
    pub fn remember(&self, body: &[u8], trace: Trace) {
        if let Some(checked) = trace.into_learned()
            && body.len() <= REPEATED_BODY_BYTES_MAX
        {
            // A filter is a tree of far more bytes than it is written with.
            let bytes = CHECKED_BYTES + TREE_BYTES * checked.key.bytes().len();
            self.repeats.keep(body, checked, bytes);
        }
    }

    /// Counts a hit, and has it compared if it is drawn.
    pub(super) fn page_was_hit(
        &self,
        table: &Table,
        checked: &Checked,
        page: &Arc<PageImage>,
        epoch: Option<Epoch>,
    ) {
        table.metrics.page_lookup(PageResult::Hit);
        // A page that lives by time alone may be old.
        if let Some(epoch) = epoch {
            self.background.page_hit(|| {
                let (key, read) = (checked.key.clone(), Box::new(checked.read.clone()));
                Audit::Page { key, read, page: Arc::clone(page), epoch }
            });
        }
    }
}

/// The longest body that is kept.
pub const REPEATED_BODY_BYTES_MAX: usize = 4 << 10;
/// The longest key of a read that is kept.
const KEY_BYTES_MAX: usize = 4 << 10;
const CHECKED_BYTES: usize = 512;
const TREE_BYTES: usize = 16;
