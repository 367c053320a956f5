//! Whether all that was seen of accounts agrees with the transfers and deposits that were made.
//!
//! An account's version counts its changes, so each version is one state, and a read must show a
//! version that is neither older than what was acknowledged or seen before it was sent, nor newer
//! than what was sent before it ended.
//!
//! Must hold: it refuses nothing that is possible when the fate of some changes is not known; those
//! of transfers are known from their receipts.
//! Not here: who transfers what (`bank.rs`).

use std::collections::BTreeMap;

use crate::client::{Fate, Outcome};
use crate::support::NEVER;

/// What an account holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct State {
    pub(crate) balance: i64,
    pub(crate) deposited: i64,
    /// How often it changed.
    pub(crate) version: i64,
}

/// A transfer or a deposit.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    began: u64,
    ended: u64,
    /// Whether it took place, if that is known.
    took_place: Option<bool>,
    /// By account, what it gains.
    deltas: Vec<(usize, i64)>,
}

/// What clients did and saw.
#[derive(Default)]
pub(crate) struct Books {
    /// By number.
    pub(crate) transfers: BTreeMap<u64, Change>,
    pub(crate) deposits: Vec<Change>,
    /// By account, what was seen, and from when to when.
    views: BTreeMap<usize, Vec<(Span, State)>>,
    /// By the accounts that were read at once, their versions.
    moments: BTreeMap<Vec<usize>, Vec<Vec<i64>>>,
}

/// When something began and ended.
type Span = (u64, u64);

impl Change {
    pub(crate) fn of(outcome: &Outcome, deltas: Vec<(usize, i64)>) -> Self {
        let took_place = match outcome.fate {
            Fate::Done(_) => Some(true),
            Fate::Refused(_) => Some(false),
            Fate::Unknown => None,
        };
        Self { began: outcome.began, ended: outcome.ended, took_place, deltas }
    }
}

impl Books {
    /// Notes what was read of some accounts at once.
    pub(crate) fn note(&mut self, span: Span, states: &[(usize, State)]) {
        for (account, state) in states {
            self.views.entry(*account).or_default().push((span, *state));
        }
        if states.len() > 1 {
            let (accounts, versions) =
                states.iter().map(|(account, state)| (*account, state.version)).unzip();
            self.moments.entry(accounts).or_default().push(versions);
        }
    }

    /// Adds those of another client.
    pub(crate) fn merge(&mut self, other: Self) {
        self.transfers.extend(other.transfers);
        self.deposits.extend(other.deposits);
        for (account, views) in other.views {
            self.views.entry(account).or_default().extend(views);
        }
        for (accounts, moments) in other.moments {
            self.moments.entry(accounts).or_default().extend(moments);
        }
    }
}

/// Holds the books against what all accounts are at the end, and how often each transfer says it
/// was carried out.
pub(crate) fn check(
    books: &Books,
    first_balance: i64,
    last: &[State],
    receipts: &BTreeMap<u64, i64>,
) -> Result<(), String> {
    let transfers = with_receipts(&books.transfers, receipts)?;
    let first = State { balance: first_balance, deposited: 0, version: 0 };
    for (account, last) in last.iter().enumerate() {
        let of_account = |change: &&Change| change.deltas.iter().any(|delta| delta.0 == account);
        let transfers: Vec<&Change> = transfers.iter().filter(of_account).collect();
        let deposits: Vec<&Change> = books.deposits.iter().filter(of_account).collect();
        check_last(account, first, *last, &transfers, &deposits)?;
        let changes: Vec<&Change> = transfers.into_iter().chain(deposits).collect();
        let views = books.views.get(&account).map_or(&[][..], |views| views);
        check_views(account, views, &changes).map_err(|why| format!("account {account}: {why}"))?;
        check_states(account, first, *last, views)?;
    }
    for (accounts, moments) in &books.moments {
        check_moments(moments).map_err(|why| format!("accounts {accounts:?}: {why}"))?;
    }
    Ok(())
}

/// The transfers that took place, or may have.
fn with_receipts(
    transfers: &BTreeMap<u64, Change>,
    receipts: &BTreeMap<u64, i64>,
) -> Result<Vec<Change>, String> {
    if let Some(number) = receipts.keys().find(|number| !transfers.contains_key(number)) {
        return Err(format!("a receipt of transfer {number}, which nobody made"));
    }
    let mut took_place = Vec::new();
    for (number, change) in transfers {
        let times = receipts.get(number).copied().unwrap_or(0);
        match (change.took_place, times) {
            (Some(true) | None, 1) => took_place.push(change.clone()),
            (Some(false) | None, 0) => {}
            _ => return Err(format!("transfer {number} took place {times} times: {change:?}")),
        }
    }
    Ok(took_place)
}

/// An account is at the end what its transfers and deposits made of it.
fn check_last(
    account: usize,
    first: State,
    last: State,
    transfers: &[&Change],
    deposits: &[&Change],
) -> Result<(), String> {
    let sum = |changes: &[&Change]| -> i64 {
        let deltas = changes.iter().flat_map(|change| &change.deltas);
        deltas.filter(|delta| delta.0 == account).map(|delta| delta.1).sum()
    };
    let (known, unknown): (Vec<&Change>, Vec<&Change>) =
        deposits.iter().partition(|change| change.took_place == Some(true));
    let own = first.balance + sum(transfers);
    let deposited = sum(&known)..=sum(&known) + sum(&unknown);
    let changes = |deposits: usize| {
        i64::try_from(transfers.len() + deposits).expect("there are not so many changes")
    };
    let versions = changes(known.len())..=changes(deposits.len());
    let agrees = last.balance - last.deposited == own
        && deposited.contains(&last.deposited)
        && versions.contains(&last.version);
    if agrees {
        return Ok(());
    }
    Err(format!(
        "account {account} ends as {last:?}, but transfers make {own} of it, deposits {deposited:?} \
         and all of them its version {versions:?}"
    ))
}

/// No view is older than what was over before it, nor newer than what had begun before its end.
fn check_views(account: usize, views: &[(Span, State)], changes: &[&Change]) -> Result<(), String> {
    let is_certain = |change: &&&Change| change.took_place == Some(true) && change.ended != NEVER;
    let mut ends: Vec<u64> = changes.iter().filter(is_certain).map(|change| change.ended).collect();
    let mut begins: Vec<u64> = changes.iter().map(|change| change.began).collect();
    ends.sort_unstable();
    begins.sort_unstable();
    // By end, the newest version that was seen by then.
    let mut newest: Vec<(u64, i64)> =
        views.iter().map(|((_, ended), state)| (*ended, state.version)).collect();
    newest.sort_unstable();
    let mut so_far = 0;
    for (_, version) in &mut newest {
        so_far = so_far.max(*version);
        *version = so_far;
    }
    for ((began, ended), state) in views {
        let acknowledged = ends.partition_point(|end| end < began);
        let begun = begins.partition_point(|begin| begin < ended);
        let version = usize::try_from(state.version)
            .map_err(|_| format!("a version below zero: {state:?}"))?;
        if !(acknowledged..=begun).contains(&version) {
            return Err(format!(
                "{began}..{ended} shows version {version} of {account}, when {acknowledged} changes \
                 were acknowledged before and {begun} begun"
            ));
        }
        let seen_before = newest.partition_point(|(end, _)| end < began);
        let seen_before = seen_before.checked_sub(1).map_or(0, |place| newest[place].1);
        if state.version < seen_before {
            return Err(format!(
                "{began}..{ended} shows version {version} when {seen_before} was seen before"
            ));
        }
    }
    Ok(())
}

/// Each version is one state.
fn check_states(
    account: usize,
    first: State,
    last: State,
    views: &[(Span, State)],
) -> Result<(), String> {
    let mut states = BTreeMap::from([(first.version, first)]);
    for state in views.iter().map(|(_, state)| *state).chain([last]) {
        let known = *states.entry(state.version).or_insert(state);
        if known != state {
            return Err(format!(
                "account {account} has two states of one version: {known:?}, {state:?}"
            ));
        }
    }
    Ok(())
}

/// What was seen at once of the same accounts follows one on the other.
fn check_moments(moments: &[Vec<i64>]) -> Result<(), String> {
    let mut moments = moments.to_vec();
    moments.sort_by_key(|versions| versions.iter().sum::<i64>());
    for pair in moments.windows(2) {
        if pair[0].iter().zip(&pair[1]).any(|(earlier, later)| earlier > later) {
            return Err(format!("versions of two moments, neither of them the earlier: {pair:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: State = State { balance: 100, deposited: 0, version: 0 };

    fn change(span: Span, took_place: Option<bool>, deltas: &[(usize, i64)]) -> Change {
        Change { began: span.0, ended: span.1, took_place, deltas: deltas.to_vec() }
    }

    fn state(balance: i64, version: i64) -> State {
        State { balance, deposited: 0, version }
    }

    /// One transfer of 10 from account 0 to account 1, at 3..5.
    fn books() -> Books {
        let mut books = Books::default();
        books.transfers.insert(7, change((3, 5), Some(true), &[(0, -10), (1, 10)]));
        books
    }

    fn check_books(books: &Books, last: [State; 2], receipts: &[(u64, i64)]) -> Result<(), String> {
        check(books, FIRST.balance, &last, &receipts.iter().copied().collect())
    }

    const MOVED: [State; 2] = [
        State { balance: 90, deposited: 0, version: 1 },
        State { balance: 110, deposited: 0, version: 1 },
    ];

    #[test]
    fn what_transfers_and_deposits_make_of_accounts_is_accepted() {
        let mut books = books();
        books.transfers.insert(8, change((6, 9), Some(false), &[(0, -500), (1, 500)]));
        books.transfers.insert(9, change((6, NEVER), None, &[(0, -1), (1, 1)]));
        books.deposits.push(change((6, NEVER), None, &[(0, 3)]));
        books.note((1, 4), &[(0, FIRST), (1, FIRST)]);
        books.note((4, 6), &[(0, MOVED[0]), (1, MOVED[1])]);

        let without = check_books(&books, MOVED, &[(7, 1)]);
        let deposited = State { balance: 92, deposited: 3, version: 3 };
        let with = check_books(&books, [deposited, state(111, 2)], &[(7, 1), (9, 1)]);

        assert_eq!((without, with), (Ok(()), Ok(())));
    }

    #[test]
    fn a_transfer_that_took_place_twice_half_or_against_its_refusal_is_refused() {
        let twice = check_books(&books(), MOVED, &[(7, 2)]);
        let lost = check_books(&books(), [FIRST, FIRST], &[]);
        let half = check_books(&books(), [MOVED[0], FIRST], &[(7, 1)]);
        let mut refused = books();
        refused.transfers.insert(7, change((3, 5), Some(false), &[(0, -10), (1, 10)]));
        let refused = check_books(&refused, MOVED, &[(7, 1)]);

        for (outcome, words) in [
            (twice, "took place 2 times"),
            (lost, "took place 0 times"),
            (half, "account 1 ends as"),
            (refused, "took place 1 times"),
        ] {
            assert!(outcome.as_ref().is_err_and(|why| why.contains(words)), "{outcome:?}");
        }
    }

    #[test]
    fn a_view_that_is_too_old_too_new_or_of_no_moment_is_refused() {
        let check_view = |views: &[(Span, &[(usize, State)])]| {
            let mut books = books();
            for (span, states) in views {
                books.note(*span, states);
            }
            check_books(&books, MOVED, &[(7, 1)])
        };

        let old = check_view(&[((6, 7), &[(0, FIRST)])]);
        let new = check_view(&[((1, 2), &[(0, MOVED[0])])]);
        let back = check_view(&[((3, 4), &[(0, MOVED[0])]), ((5, 6), &[(0, FIRST)])]);
        let torn = check_view(&[
            ((3, 5), &[(0, FIRST), (1, MOVED[1])]),
            ((3, 5), &[(0, MOVED[0]), (1, FIRST)]),
        ]);
        let forked = check_view(&[((3, 5), &[(0, state(80, 1))])]);

        for (outcome, words) in [
            (old, "1 changes were acknowledged before"),
            (new, "0 begun"),
            (back, "when 1 was seen before"),
            (torn, "neither of them the earlier"),
            (forked, "two states of one version"),
        ] {
            assert!(outcome.as_ref().is_err_and(|why| why.contains(words)), "{outcome:?}");
        }
    }
}
