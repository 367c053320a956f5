//! Requests where the tables are a service's upstream.
//!
//! Reads go the ways that they go before any engine (`read.rs`, `batch.rs`, `query.rs`). Writes are sent
//! whole, and what they leave in the cache is what their answers tell; everything that is not for
//! data is passed on as it came.
//!
//!     write    open, touch ── send ── answered          close: the image, if it was alone
//!                                  ├─ refused           close: not written
//!                                  └─ of unknown fate   quarantine: closed when it cannot land any more
//!
//! Must hold: a ticket is opened before anything is sent, and stays open for as long as the write may
//! still land; a client that hangs up changes nothing of that.
//! Not here: how requests are sent, and tried again (`engine/upstream/`).

mod follow;
mod many;
mod one;
mod pass;
mod quarantine;
mod standing;
mod upkeep;
mod watch;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

pub use self::follow::{FollowOptions, Following, StreamCursors};
pub use self::quarantine::QuarantineOptions;
pub use self::watch::UpstreamState;

use self::follow::Follows;
use self::quarantine::Quarantine;
use self::standing::Standings;
use self::upkeep::Undescribed;
use super::{NamedPolicies, Proxy};
use crate::api::{ApiError, Request, TableName, TableRef};
use crate::cache::{Policies, Policy};
use crate::clock::whole_ms;
use crate::engine::upstream::{End, Learned, UpstreamEngine, named_by};
use crate::engine::{Error, Table};
use crate::fence::{Slot, WriteTicket};
use crate::model::{IndexId, ItemKey, TableId};

/// The service behind the caches, and what is kept of what it does.
#[derive(Clone)]
pub(super) struct Through {
    pub(super) upstream: Arc<UpstreamEngine>,
    quarantine: Arc<Quarantine>,
    pub(super) standings: Arc<Standings>,
    follows: Arc<Follows>,
    writes: Arc<Writes>,
    state: Arc<ArcSwap<UpstreamState>>,
    undescribed: Arc<Undescribed>,
}

/// Counts the writes that are under way.
#[derive(Default)]
struct Writes(Arc<()>);

impl Through {
    pub(super) fn new(upstream: Arc<UpstreamEngine>, options: &QuarantineOptions) -> Self {
        let quarantine = Arc::new(Quarantine::new(options));
        let standings = Arc::new(Standings::new(upstream.fills_may_lag()));
        Self {
            upstream,
            quarantine,
            standings,
            follows: Arc::default(),
            writes: Arc::default(),
            state: Arc::default(),
            undescribed: Arc::default(),
        }
    }

    /// The same for callers of another scope.
    pub(super) fn scoped(&self, upstream: Arc<UpstreamEngine>) -> Self {
        Self { upstream, ..self.clone() }
    }

    /// The numbers that a table has, one for each scope.
    pub(super) fn block(&self, table: TableId) -> impl Iterator<Item = TableId> + use<> {
        self.upstream.scopes().block(table)
    }

    /// How the tables of all scopes are cached.
    pub(super) fn policies(&self, named: &NamedPolicies) -> Policies {
        let scopes = self.upstream.scopes();
        // A write of unknown fate may land in the table that has taken the name of its own.
        let replaced = scopes.replaced();
        if !replaced.is_empty() {
            self.standings.inherit(&replaced, &self.quarantine.lands());
        }
        let known = scopes.tables();
        let policy_of = |name: &TableName| {
            named.tables.iter().find(|(known, _)| known == name.as_str()).map(|(_, policy)| policy)
        };
        let asked =
            known.iter().filter_map(|(first, name)| Some((*first, policy_of(name)?.clone())));
        let mut firsts = asked.collect();
        self.standings.apply(known.keys().copied(), &named.default, &mut firsts);
        let of_block = |(first, policy): (TableId, Policy)| {
            scopes.block(first).map(move |table| (table, policy.clone()))
        };
        let tables = firsts.into_iter().flat_map(of_block).collect();
        Policies { default: named.default.clone(), tables }
    }
}

impl Writes {
    /// One more is under way for as long as this is held.
    fn begin(&self) -> Arc<()> {
        Arc::clone(&self.0)
    }

    fn any(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl Proxy {
    /// Sees to it that the tables that a request names are known, up to one that the service has
    /// not; an error if one is named by the ARN of another.
    pub(super) async fn learn(&self, through: &Through, request: &Request) -> Result<(), Error> {
        let mut seen = HashSet::new();
        for given in named_by(request).into_iter().filter(|given| seen.insert(*given)) {
            // A statement may name what no table can be named: that is nobody's.
            let Ok(table) = TableRef::of(given) else { continue };
            let name = table.name().as_str();
            self.learn_one(through, name).await?;
            let known = self.catalog().serving(name).cloned();
            match known {
                Some(known) => is_named(&table, &known)?,
                // Only of these each is answered by itself.
                None if matches!(request, Request::BatchExecuteStatement(_)) => {}
                None => return Ok(()),
            }
        }
        if let Some((table, index)) = index_of(request)
            && self
                .catalog()
                .serving(table)
                .is_some_and(|known| known.schema.index(index).is_none())
        {
            self.learned(through.upstream.look(table).await?);
        }
        Ok(())
    }

    /// The same for a table that a wire has to know to read its requests, by its name.
    pub async fn learn_table(&self, name: &str) -> Result<(), Error> {
        match &self.through {
            None => Ok(()),
            Some(through) => Box::pin(self.in_time(self.learn_one(through, name))).await,
        }
    }

    async fn learn_one(&self, through: &Through, name: &str) -> Result<(), Error> {
        self.learned(through.upstream.learn(name).await?);
        Ok(())
    }

    /// Goes by what a look at a table has changed.
    fn learned(&self, learned: Learned) {
        match learned {
            Learned::Nothing => {}
            Learned::Change => self.apply_policies(),
        }
    }

    /// Closes the ticket of a write that ended so, or keeps it open for as long as it may land.
    fn end_write(&self, through: &Through, ticket: WriteTicket, keys: &[ItemKey], end: End) {
        match end {
            End::NotDone => ticket.close(),
            End::Done => close_written(through, ticket, keys),
            End::Unknown => {
                self.keep_open(through, ticket, keys);
                // Only now: a table that is made in their place from here on finds what is kept.
                let keys = succeeding(through, keys);
                if !keys.is_empty() {
                    let mut ticket = self.fence.ticket();
                    for key in &keys {
                        open(through, &mut ticket, key);
                    }
                    self.keep_open(through, ticket, &keys);
                }
            }
        }
    }

    /// Keeps the ticket of a write of unknown fate open, or its tables out of the caches.
    fn keep_open(&self, through: &Through, ticket: WriteTicket, keys: &[ItemKey]) {
        let now = self.clock.monotonic();
        let metrics = &self.metrics.upstream;
        let scopes = through.upstream.scopes();
        let tables: BTreeSet<_> = keys.iter().map(|key| scopes.first(key.table())).collect();
        if let Err(ticket) = through.quarantine.keep(ticket, keys.len(), &tables, now, metrics) {
            through.standings.bypass(tables, now + through.quarantine.span());
            // Before the ticket closes: from here on these tables' entries are served to nobody.
            self.apply_policies();
            ticket.close();
        }
    }

    /// The process before may have sent writes that land yet.
    pub fn begin_unsettled(&self) {
        let Some(through) = &self.through else { return };
        let span = through.quarantine.span();
        if span > Duration::ZERO {
            tracing::warn!(
                for_ms = whole_ms(span),
                "writes of the process before may land yet, as it did not end cleanly, or did while \
                 some had no answer: until they cannot, entries of tables whose streams are not \
                 followed live a second at most"
            );
            through.standings.unsettle(self.clock.monotonic() + span);
        }
    }

    /// Whether no write that was sent may land yet.
    pub fn is_settled(&self) -> bool {
        self.through.as_ref().is_none_or(|through| {
            !through.writes.any() && through.quarantine.is_empty() && !through.standings.has_ends()
        })
    }

    /// Closes what cannot land any more, and lets tables be cached again that were not for want of
    /// room.
    fn release_quarantined(&self) {
        let Some(through) = &self.through else { return };
        let now = self.clock.monotonic();
        through.quarantine.release(now, &self.metrics.upstream);
        if through.standings.end_bypasses(now) {
            self.apply_policies();
        }
    }
}

/// What was opened for a write of one key.
struct Opened {
    own: Slot,
    /// Of the same item, as other scopes see it.
    others: Vec<Slot>,
}

impl Opened {
    /// The write changed nothing, and never will.
    fn not_written(self, ticket: &mut WriteTicket) {
        ticket.not_written(self.own);
        self.others.into_iter().for_each(|slot| ticket.not_written(slot));
    }
}

/// Closes the ticket of a write that was carried out; perhaps on tables that were made in place of
/// those which it was opened for, while it was under way.
fn close_written(through: &Through, mut ticket: WriteTicket, keys: &[ItemKey]) {
    for key in succeeding(through, keys) {
        open(through, &mut ticket, &key);
    }
    ticket.close();
}

/// The same keys of the tables that were made in place of theirs.
fn succeeding(through: &Through, keys: &[ItemKey]) -> Vec<ItemKey> {
    let of_key = |key: &ItemKey| {
        let successors = through.upstream.scopes().successors(key.table());
        successors.into_iter().map(|table| key.under(table)).collect::<Vec<_>>()
    };
    keys.iter().flat_map(of_key).collect()
}

/// Opens and touches what a write of this key changes, in what every scope has of it.
fn open(through: &Through, ticket: &mut WriteTicket, key: &ItemKey) -> Opened {
    let mut open_one = |key: &ItemKey| {
        let slot = ticket.open(key);
        // Partitions of local indexes are the table's. Those of global indexes are the service's to
        // say.
        ticket.touch(key.table(), IndexId::TABLE, key.partition());
        slot
    };
    let own = open_one(key);
    let others = through.block(key.table()).filter(|table| *table != key.table());
    Opened { own, others: others.map(|table| open_one(&key.under(table))).collect() }
}

/// An error if the table is named by the ARN of another: what is read of that would be served as
/// this one's, and writes would go past it.
fn is_named(named: &TableRef, known: &Table) -> Result<(), ApiError> {
    let given = named.as_given();
    if given == known.name.as_str() || given == known.arn {
        return Ok(());
    }
    let own = &known.arn;
    Err(ApiError::validation(format!(
        "{given} is not the table behind this server, which is {own}"
    )))
}

/// The index that a request reads, and its table.
fn index_of(request: &Request) -> Option<(&str, &str)> {
    let page = match request {
        Request::Query(query) => &query.page,
        Request::Scan(scan) => &scan.page,
        _ => return None,
    };
    Some((page.table.name().as_str(), page.index.as_deref()?))
}
