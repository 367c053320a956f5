//! What a look-up found, and why it found nothing.
//!
//! Not here: where the reasons are remembered (`transitions.rs`), how they are told (`proxy/`).

/// What a look-up came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It was answered from memory.
    Hit,
    /// It was not there, and was filled.
    Miss(Why),
    /// It was read past the cache.
    Bypass(Why),
}

/// Why a look-up was no hit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Why {
    /// It was never cached, or so long ago that nothing is known of it.
    NeverSeen,
    /// It was cached and made room for others.
    Evicted,
    /// It was cached and outlived its time.
    Expired,
    /// It was cached and something was written.
    Written,
    /// It was cached and an operator, or a new policy, forgot it.
    Flushed,
    /// A write of it is in flight, or another read is loading it.
    InFlight,
    /// The table's policy says so.
    Policy,
    /// The read asks for more than a cached page can promise.
    Consistent,
    /// The request is too long to be kept with its page.
    TooLarge,
    /// A statement of PartiQL reads pages, which are not kept.
    Statement,
}

impl Why {
    /// The reason in the words of a header.
    pub fn name(self) -> &'static str {
        match self {
            Self::NeverSeen => "never-seen",
            Self::Evicted => "evicted",
            Self::Expired => "expired",
            Self::Written => "written",
            Self::Flushed => "flushed",
            Self::InFlight => "in-flight",
            Self::Policy => "policy",
            Self::Consistent => "consistent-read",
            Self::TooLarge => "too-large",
            Self::Statement => "statement",
        }
    }
}
