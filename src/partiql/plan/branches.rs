//! A condition as branches, of which one must hold, of terms, which must all hold.
//!
//!     a AND (b OR c)      a b │ a c
//!
//! Only what says something of the key is taken apart: any other part is a term as it stands, and
//! so is whatever `NOT` is about.
//!
//! Must hold: there are at most [`BRANCHES_MAX`] branches.

use super::Keys;
use crate::expr::Condition;

/// The terms of a branch.
pub(super) type Branch<'c> = Vec<&'c Condition>;

/// The branches of a condition; none if there are too many, or too many terms in them.
pub(super) fn branches<'c>(condition: &'c Condition, keys: Keys<'_>) -> Option<Vec<Branch<'c>>> {
    match condition {
        Condition::Or(any) if names_key(condition, keys) => {
            let mut all = Vec::new();
            for one in any {
                all.extend(branches(one, keys)?);
                if all.len() > BRANCHES_MAX {
                    return None;
                }
            }
            Some(all)
        }
        Condition::And(terms) => {
            let mut all: Vec<Branch<'c>> = vec![Vec::new()];
            for term in terms {
                let more = branches(term, keys)?;
                if all.len() * more.len() > BRANCHES_MAX || all.len() * all[0].len() > TERMS_MAX {
                    return None;
                }
                if let [only] = &more[..] {
                    for branch in &mut all {
                        branch.extend(only);
                    }
                    continue;
                }
                let both = |branch: &Branch<'c>, more: &Branch<'c>| [&branch[..], more].concat();
                all = all
                    .iter()
                    .flat_map(|branch| more.iter().map(|more| both(branch, more)))
                    .collect();
            }
            Some(all)
        }
        Condition::Or(_)
        | Condition::Not(_)
        | Condition::Compare(..)
        | Condition::Between(..)
        | Condition::In(..)
        | Condition::Exists(_)
        | Condition::NotExists(_)
        | Condition::HasType(..)
        | Condition::BeginsWith(..)
        | Condition::Contains(..) => Some(vec![vec![condition]]),
    }
}

/// The terms that must all hold, of a condition as it stands.
pub(super) fn terms(condition: &Condition) -> Branch<'_> {
    match condition {
        Condition::And(all) => all.iter().flat_map(terms).collect(),
        other => vec![other],
    }
}

/// Whether some path of the condition begins at a key attribute.
fn names_key(condition: &Condition, keys: Keys<'_>) -> bool {
    condition.paths().iter().any(|path| keys.is_one(&path.attribute))
}

const BRANCHES_MAX: usize = 256;
/// The most terms of all branches together, nearly.
const TERMS_MAX: usize = 10_000;
