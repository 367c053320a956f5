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

impl CacheKind {
    /// Its name in labels and logs.
    pub fn label(self) -> &'static str {
        CACHES[self as usize]
    }
}

impl Outcome {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClientError => "client_error",
            Self::Throttled => "throttled",
            Self::ServerError => "server_error",
        }
    }
}

impl Source {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Engine => "engine",
        }
    }
}

pub(super) const OUTCOMES: usize = 4;
pub(super) const SOURCES: usize = 2;
pub(super) const REFUSALS: [&str; 5] = ["signature", "malformed", "too_long", "envelope", "busy"];
pub(super) const CACHE_RESULTS: [&str; 4] = ["hit", "absent_hit", "miss", "bypass"];
pub(super) const PAGE_RESULTS: [&str; 3] = ["hit", "miss", "bypass"];
pub(super) const AUDIT_RESULTS: [&str; 4] = ["equal", "changed", "diverged", "failed"];
pub(super) const CACHES: [&str; 2] = ["item", "query"];
