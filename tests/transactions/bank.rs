//! Money that moves between accounts: no transfer makes or loses any, in part or twice.
//!
//!     bank-0   account-0  account-2  …     balance, deposited, version (how often it changed)
//!     bank-1   account-1  account-3  …
//!     receipts 17                          how often transfer 17 was carried out
//!
//! A transfer takes from one account and gives to one to three others, and adds one to its receipt.
//! Some are made of what was read before, as whole items on condition of their versions; some hold
//! a check that cannot hold. A deposit brings money from outside and says so in the same item. So
//! the sum of all balances less all deposits never changes.
//!
//! Must hold: a transfer has a number of its own; those of known fate are noted with it.
//! Not here: what must hold of all of them together (`bank_check.rs`).

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::bank_check::{Books, Change, State, check};
use crate::client::{Client, Fate, Outcome, Reason, Seen};
use crate::history::Work;
use crate::support::{Db, Rng};

/// Accounts in two tables, and receipts in a third.
#[derive(Default)]
pub(crate) struct Bank {
    transfers: AtomicU64,
}

/// What one client saw.
#[derive(Default)]
pub(crate) struct Ledger {
    books: Books,
    /// Transfers that are done, by their tokens.
    remembered: Vec<(String, Vec<Value>)>,
}

/// A transfer that is to be: elements for the request, and what they come to.
struct Transfer {
    elements: Vec<Value>,
    /// By account, what it gains.
    deltas: Vec<(usize, i64)>,
}

impl Work for Bank {
    type Seen = Ledger;

    fn tables(&self) -> Vec<Value> {
        let table = |name: &str| {
            json!({
                "TableName": name,
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            })
        };
        ["bank-0", "bank-1", RECEIPTS].map(table).to_vec()
    }

    fn fill(&self, db: &mut Db) {
        for account in 0..ACCOUNTS {
            let state = State { balance: FIRST_BALANCE, deposited: 0, version: 0 };
            db.put(table_of(account), &item_of(account, state));
        }
    }

    fn step(&self, client: &mut Client<'_>, ledger: &mut Ledger) -> Result<(), String> {
        for _ in 0..client.rng.below(3) {
            let account = any_account(&mut client.rng);
            if client.rng.percent(15) {
                deposit(client, account, ledger);
            } else {
                look_at(client, account, ledger);
            }
        }
        match client.rng.below(20) {
            0..=5 => audit(client, &all(), ledger),
            6..=8 => {
                let first = usize::from(client.rng.percent(50));
                audit(client, &(first..ACCOUNTS).step_by(2).collect::<Vec<_>>(), ledger)
            }
            9 => repeat(client, ledger),
            10 => misuse(client, ledger),
            11 => transfer_that_must_fail(client),
            12..=14 => self.transfer_what_was_read(client, ledger),
            _ => self.transfer(client, ledger),
        }
    }

    fn check(&self, seen: Vec<Ledger>, db: &mut Db) -> Result<(), String> {
        let mut books = Books::default();
        for ledger in seen {
            books.merge(ledger.books);
        }
        let read = |account: usize| {
            let item = db.get(table_of(account), &key_of(account));
            state_of(account, &item.expect("accounts are never closed"))
        };
        let last: Vec<State> = (0..ACCOUNTS).map(read).collect();
        let receipts = db.scan_all(&json!({"TableName": RECEIPTS})).into_iter().map(|receipt| {
            let number = receipt["id"]["S"].as_str().and_then(|id| id.parse().ok());
            (number.expect("the number of a transfer"), number_in(&receipt, "times"))
        });
        check(&books, FIRST_BALANCE, &last, &receipts.collect())
    }
}

impl Bank {
    /// Takes and gives, on condition that there is enough.
    fn transfer(&self, client: &mut Client<'_>, ledger: &mut Ledger) -> Result<(), String> {
        let (payer, payees) = parties(&mut client.rng);
        let mut payments = Vec::new();
        for payee in payees {
            payments.push((payee, any_amount(&mut client.rng, 40)));
        }
        let sum: i64 = payments.iter().map(|(_, amount)| amount).sum();
        let mut elements = vec![json!({"Update": {
            "TableName": table_of(payer),
            "Key": key_of(payer),
            "UpdateExpression": "SET balance = balance - :sum, version = version + :one",
            "ConditionExpression": "balance >= :sum",
            "ExpressionAttributeValues": {":sum": number(sum), ":one": number(1)},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }})];
        elements.extend(payments.iter().map(|(payee, amount)| {
            json!({"Update": {
                "TableName": table_of(*payee),
                "Key": key_of(*payee),
                "UpdateExpression": "SET balance = balance + :amount, version = version + :one",
                "ExpressionAttributeValues": {":amount": number(*amount), ":one": number(1)},
            }})
        }));
        let place = usize::try_from(client.rng.below(elements.len() as u64)).expect("it is small");
        elements.rotate_right(place);
        let deltas = payments.into_iter().chain([(payer, -sum)]).collect();

        let outcome = self.send(client, Transfer { elements, deltas }, ledger);

        // A refusal must be right about the payer's element, and hold nothing against the others.
        let Fate::Refused(reasons) = outcome.fate else { return Ok(()) };
        for (index, reason) in reasons.iter().enumerate() {
            match (reason, index == place) {
                (Reason::Holds, false) | (Reason::Fails(None), true) => {}
                (Reason::Fails(Some(item)), true) if state_of(payer, item).balance < sum => {}
                _ => return Err(format!("{payer} was to pay {sum}, refused for {reasons:?}")),
            }
        }
        Ok(())
    }

    /// Reads the accounts, and writes what they are to be if nobody changed them.
    fn transfer_what_was_read(
        &self,
        client: &mut Client<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), String> {
        let (payer, payees) = parties(&mut client.rng);
        let amount = any_amount(&mut client.rng, 20);
        let mut deltas: Vec<(usize, i64)> = payees.into_iter().map(|it| (it, amount)).collect();
        let sum: i64 = deltas.iter().map(|(_, amount)| amount).sum();
        deltas.push((payer, -sum));
        let accounts: Vec<usize> = deltas.iter().map(|(account, _)| *account).collect();
        let Some(states) = read(client, &accounts, ledger)? else { return Ok(()) };
        if states.last().is_none_or(|payer| payer.balance < sum) {
            return Ok(());
        }
        let puts = deltas.iter().zip(&states).map(|((account, delta), old)| {
            let State { balance, deposited, version } = *old;
            let new = State { balance: balance + delta, deposited, version: version + 1 };
            json!({"Put": {
                "TableName": table_of(*account),
                "Item": item_of(*account, new),
                "ConditionExpression": "version = :read",
                "ExpressionAttributeValues": {":read": number(version)},
            }})
        });
        let elements = puts.collect();
        self.send(client, Transfer { elements, deltas }, ledger);
        Ok(())
    }

    /// Sends a transfer with its receipt, most with a token, and notes what became of it.
    fn send(&self, client: &mut Client<'_>, transfer: Transfer, ledger: &mut Ledger) -> Outcome {
        let Transfer { mut elements, deltas } = transfer;
        let id = self.transfers.fetch_add(1, Ordering::Relaxed);
        elements.push(json!({"Update": {
            "TableName": RECEIPTS,
            "Key": {"id": {"S": id.to_string()}},
            "UpdateExpression": "ADD times :one",
            "ExpressionAttributeValues": {":one": number(1)},
        }}));
        let token = client.rng.percent(60).then(|| format!("transfer-{id}"));
        let mut outcome = client.transact_write(&elements, token.as_deref());
        let change = Change::of(&outcome, deltas);
        ledger.books.transfers.insert(id, change);
        if let (Some(token), Fate::Done(_)) = (token, &outcome.fate) {
            ledger.remembered.push((token, elements));
        }
        // The receipt's element is no matter of the caller's.
        if let Fate::Refused(reasons) = &mut outcome.fate {
            reasons.pop();
        }
        outcome
    }
}

/// All is well with it but for one check, which names an account that does not pay.
fn transfer_that_must_fail(client: &mut Client<'_>) -> Result<(), String> {
    let (payer, payees) = parties(&mut client.rng);
    let checked = (0..ACCOUNTS).find(|it| *it != payer && !payees.contains(it));
    let checked = checked.expect("there are more accounts than parties");
    let gift = |account: &usize| {
        json!({"Update": {
            "TableName": table_of(*account),
            "Key": key_of(*account),
            "UpdateExpression": "SET balance = balance + :much, version = version + :one",
            "ExpressionAttributeValues": {":much": number(1_000), ":one": number(1)},
        }})
    };
    let mut elements: Vec<Value> = payees.iter().chain([&payer]).map(gift).collect();
    elements.push(json!({"ConditionCheck": {
        "TableName": table_of(checked),
        "Key": key_of(checked),
        "ConditionExpression": "attribute_not_exists(id)",
    }}));
    let many = elements.len();
    let outcome = client.transact_write(&elements, None);
    match &outcome.fate {
        Fate::Unknown => Ok(()),
        Fate::Refused(reasons)
            if reasons[..many - 1].iter().all(|it| *it == Reason::Holds)
                && reasons[many - 1..] == [Reason::Fails(None)] =>
        {
            Ok(())
        }
        Fate::Done(_) | Fate::Refused(_) => {
            Err(format!("one check could not hold, and came to {outcome:?}"))
        }
    }
}

/// Brings money from outside, in one item.
fn deposit(client: &mut Client<'_>, account: usize, ledger: &mut Ledger) {
    let amount = any_amount(&mut client.rng, 5);
    let outcome = client.write(
        "UpdateItem",
        &json!({
            "TableName": table_of(account),
            "Key": key_of(account),
            "UpdateExpression":
                "SET balance = balance + :in, deposited = deposited + :in, version = version + :one",
            "ExpressionAttributeValues": {":in": number(amount), ":one": number(1)},
        }),
    );
    ledger.books.deposits.push(Change::of(&outcome, vec![(account, amount)]));
}

/// Reads an account by itself.
fn look_at(client: &mut Client<'_>, account: usize, ledger: &mut Ledger) {
    let Some(Seen { began, ended, it }) = client.get(table_of(account), &key_of(account)) else {
        return;
    };
    let state = state_of(account, &it.expect("accounts are never closed"));
    ledger.books.note((began, ended), &[(account, state)]);
}

/// Reads accounts at once; the sum of all of them must be what it was.
fn audit(client: &mut Client<'_>, accounts: &[usize], ledger: &mut Ledger) -> Result<(), String> {
    read(client, accounts, ledger).map(drop)
}

fn read(
    client: &mut Client<'_>,
    accounts: &[usize],
    ledger: &mut Ledger,
) -> Result<Option<Vec<State>>, String> {
    let items: Vec<_> = accounts.iter().map(|it| (table_of(*it), key_of(*it))).collect();
    let Some(Seen { began, ended, it }) = client.transact_get(&items) else { return Ok(None) };
    let state = |(account, item): (&usize, &Option<Value>)| {
        let item = item.as_ref().expect("accounts are never closed");
        (*account, state_of(*account, item))
    };
    let states: Vec<(usize, State)> = accounts.iter().zip(&it).map(state).collect();
    ledger.books.note((began, ended), &states);
    let sum: i64 = states.iter().map(|(_, state)| state.balance - state.deposited).sum();
    let first_sum = (0..ACCOUNTS).map(|_| FIRST_BALANCE).sum::<i64>();
    if accounts.len() == ACCOUNTS && sum != first_sum {
        return Err(format!("the sum of all is {sum} in place of {first_sum}: {states:?}"));
    }
    Ok(Some(states.into_iter().map(|(_, state)| state).collect()))
}

/// Sends a transfer again that is done, perhaps before the last kill.
fn repeat(client: &mut Client<'_>, ledger: &mut Ledger) -> Result<(), String> {
    match any(&mut client.rng, &ledger.remembered) {
        Some((token, elements)) => client.repeat(elements, token),
        None => Ok(()),
    }
}

/// Sends something else under the token of a transfer that is done.
fn misuse(client: &mut Client<'_>, ledger: &mut Ledger) -> Result<(), String> {
    match any(&mut client.rng, &ledger.remembered) {
        Some((token, elements)) => client.misuse(&elements[1..], token),
        None => Ok(()),
    }
}

fn any<'a, T>(rng: &mut Rng, all: &'a [T]) -> Option<&'a T> {
    let place = rng.below(all.len().max(1) as u64);
    all.get(usize::try_from(place).expect("it is small"))
}

/// Who pays, and one to three others.
fn parties(rng: &mut Rng) -> (usize, Vec<usize>) {
    let payer = any_account(rng);
    let many = 1 + usize::try_from(rng.below(3)).expect("it is small");
    let step = 1 + usize::try_from(rng.below(2)).expect("it is small");
    (payer, (1..=many).map(|it| (payer + it * step) % ACCOUNTS).collect())
}

fn any_amount(rng: &mut Rng, max: u64) -> i64 {
    1 + i64::try_from(rng.below(max)).expect("it is small")
}

fn any_account(rng: &mut Rng) -> usize {
    usize::try_from(rng.below(ACCOUNTS as u64)).expect("it is small")
}

fn all() -> Vec<usize> {
    (0..ACCOUNTS).collect()
}

fn table_of(account: usize) -> &'static str {
    ["bank-0", "bank-1"][account % 2]
}

fn key_of(account: usize) -> Value {
    json!({"id": {"S": format!("account-{account}")}})
}

fn item_of(account: usize, state: State) -> Value {
    let mut item = key_of(account);
    item["balance"] = number(state.balance);
    item["deposited"] = number(state.deposited);
    item["version"] = number(state.version);
    item
}

/// What an account's item says, which is there as a whole.
fn state_of(account: usize, item: &Value) -> State {
    let [balance, deposited, version] =
        ["balance", "deposited", "version"].map(|name| number_in(item, name));
    let state = State { balance, deposited, version };
    assert_eq!(*item, item_of(account, state), "half an item");
    state
}

fn number(number: i64) -> Value {
    json!({"N": number.to_string()})
}

fn number_in(item: &Value, name: &str) -> i64 {
    let number = item[name]["N"].as_str().and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("no {name} in {item}"))
}

const RECEIPTS: &str = "receipts";
/// A prime number, so that the parties of a transfer are different ones, of which there are fewer.
const ACCOUNTS: usize = 7;
const FIRST_BALANCE: i64 = 100;
