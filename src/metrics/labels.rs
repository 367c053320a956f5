//! The closed sets that labels come from.
//!
//! Must hold: a variant's place among its own is the place of its label.
//! Not here: what is counted by them (`mod.rs`).

/// How a request ended.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// It was answered.
    Ok,
    /// The client was refused for what it sent.
    ClientError,
    /// The client was told to come back later.
    Throttled,
    /// The server failed.
    ServerError,
}

/// How a request came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// As JSON over HTTP.
    Http,
    /// As CBOR from a client of DAX.
    Dax,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// The cache.
    Cache,
    /// The table engine.
    Engine,
}

/// Why a request was refused before it reached the tables.
#[derive(Clone, Copy, Debug)]
pub enum Refused {
    /// Its signature.
    Signature,
    /// The date of its signature, too old or not yet come.
    ClockSkew,
    /// Its body, target or members.
    Malformed,
    /// Its size.
    TooLong,
    /// Its method, type or host.
    Envelope,
    /// Too many others were being answered.
    Busy,
}

/// What a look-up in the item cache found.
#[derive(Clone, Copy, Debug)]
pub enum CacheResult {
    /// An item.
    Hit,
    /// That there is no such item.
    AbsentHit,
    /// Nothing.
    Miss,
    /// Nothing, and a write in flight forbade filling.
    Bypass,
}

/// What a look-up in the page cache found.
#[derive(Clone, Copy, Debug)]
pub enum PageResult {
    /// A page.
    Hit,
    /// Nothing.
    Miss,
    /// Nothing, and nothing could be kept: a write in flight, the policy or the request forbade it.
    Bypass,
}

/// One of the caches.
#[derive(Clone, Copy, Debug)]
pub enum CacheKind {
    /// Items.
    Item,
    /// Pages of queries and scans.
    Query,
}

/// What the comparison of a hit with the engine came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AuditResult {
    /// Both have the same.
    Equal,
    /// It was no longer cached, or being written, so there was nothing to compare.
    Changed,
    /// The cache had something else.
    Diverged,
    /// The engine could not be read.
    Failed,
}

/// A kind of capacity.
#[derive(Clone, Copy, Debug)]
pub enum Capacity {
    /// Of reads.
    Read,
    /// Of writes.
    Write,
}

/// What a request was refused for want of.
#[derive(Clone, Copy, Debug)]
pub enum ThrottleCause {
    /// Units bought ahead for the table.
    TableProvisioned,
    /// The maximum of a table that is charged on demand.
    TableMaximum,
    /// Units bought ahead for a global index.
    IndexProvisioned,
    /// The maximum of a global index that is charged on demand.
    IndexMaximum,
}

/// What the engine does about writes.
#[derive(Clone, Copy, Debug, Default)]
pub enum EngineState {
    /// It takes them.
    #[default]
    Running,
    /// It refuses them, since free space has come down to the reserve.
    ReserveLow,
    /// It refuses them, since the disk is full.
    DiskFull,
    /// It refuses them until a restart, since a sync failed.
    SyncFailed,
}

impl CacheKind {
    /// Its name in labels and logs.
    pub fn label(self) -> &'static str {
        CACHES[self as usize]
    }
}

pub(super) const PROTOCOLS: [&str; 2] = ["http", "dax"];
pub(super) const OUTCOMES: [&str; 4] = ["ok", "client_error", "throttled", "server_error"];
pub(super) const SOURCES: [&str; 2] = ["cache", "engine"];
pub(super) const REFUSALS: [&str; 6] =
    ["signature", "clock_skew", "malformed", "too_long", "envelope", "busy"];
pub(super) const CACHE_RESULTS: [&str; 4] = ["hit", "absent_hit", "miss", "bypass"];
pub(super) const PAGE_RESULTS: [&str; 3] = ["hit", "miss", "bypass"];
pub(super) const AUDIT_RESULTS: [&str; 4] = ["equal", "changed", "diverged", "failed"];
pub(super) const CACHES: [&str; 2] = ["item", "query"];
pub(super) const CAPACITIES: [&str; 2] = ["read", "write"];
pub(super) const THROTTLE_CAUSES: [&str; 4] =
    ["table_provisioned", "table_maximum", "index_provisioned", "index_maximum"];
pub(super) const ENGINE_STATES: [&str; 4] = ["running", "reserve_low", "disk_full", "sync_failed"];
