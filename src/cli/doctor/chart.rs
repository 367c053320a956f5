//! The lines that a doctor prints.
//!
//!     ok    address     127.0.0.1:8000 accepts connections
//!     FAIL  signature   cause. What to do.
//!     note  streams     something to know. What can be done.
//!     skip  item        why not

use crate::cli::{Error, print};

/// What was found so far.
#[derive(Default)]
pub(super) struct Chart {
    checks: usize,
    failed: usize,
}

/// What is wrong, and what to do about it: two sentences.
pub(super) struct Ill {
    pub(super) cause: String,
    pub(super) fix: String,
}

impl Chart {
    /// A check that found nothing wrong.
    pub(super) fn well(&mut self, check: &str, found: &str) -> Result<(), Error> {
        self.checks += 1;
        line("ok", check, found)
    }

    /// A check that found something.
    pub(super) fn ill(&mut self, check: &str, ill: Ill) -> Result<(), Error> {
        self.checks += 1;
        self.failed += 1;
        let Ill { cause, fix } = ill;
        line("FAIL", check, &format!("{cause}. {fix}."))
    }

    /// A check that found something that need not be wrong.
    pub(super) fn note(check: &str, Ill { cause, fix }: Ill) -> Result<(), Error> {
        line("note", check, &format!("{cause}. {fix}."))
    }

    /// A check that was not made.
    pub(super) fn untried(check: &str, why: &str) -> Result<(), Error> {
        line("skip", check, why)
    }

    /// Whether all is well.
    pub(super) fn verdict(&self) -> Result<(), Error> {
        let &Self { checks, failed } = self;
        if failed == 0 { Ok(()) } else { Err(Error::Unwell { failed, checks }) }
    }
}

fn line(mark: &str, check: &str, text: &str) -> Result<(), Error> {
    // What servers say may have lines of its own.
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    print(&format!("{mark:<4}  {check:<10}  {text}\n"))
}
