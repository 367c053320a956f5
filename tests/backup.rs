//! Backups and restores under load, with kill -9 in the middle: what is restored is one moment of
//! the table, the one of the request.
//!
//! Writers move money between accounts all the while, two accounts in one transaction, and count
//! what was asked for and acknowledged of each. A backup must have every move that was acknowledged
//! before it was asked for, none that was asked for after its answer, and no half of one.
//!
//!     HEARTH_BACKUPS=20 cargo test --profile ci --test backup

mod support;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use serde_json::{Value, json};
use support::{Db, Launch, Rng, Server, scratch, wait_until};

#[test]
fn what_is_restored_is_the_moment_of_the_backup_whatever_is_killed() {
    let (rounds, seed) = (support::count("HEARTH_BACKUPS", 3), support::seed());
    let data = scratch();
    let launch = Launch::on(data.path());
    let mut chance = Rng::new(seed, WRITERS);
    let moves = Moves::default();
    let (mut lost, mut resumed, mut compared) = (0, 0, 0);
    fill(&launch.start());

    for round in 0..rounds {
        let when = format!("round {round}, seed {seed}");
        let load = Load { moves: &moves, seed: seed ^ round };
        let mut server = launch.start();
        moves.begin_anew(&accounts(&mut server.db(), TABLE, None), &when);

        // Killed at once behind the answer, or let be.
        let address = server.http();
        let begin = |db: &mut Db| Taken::begin(db, &moves);
        let mut taken = if round % 2 == 0 {
            let taken = load.on(address, |db| {
                let taken = begin(db);
                server.kill();
                taken
            });
            check_directory(data.path(), &when);
            server = launch.start();
            moves.begin_anew(&accounts(&mut server.db(), TABLE, None), &when);
            taken
        } else {
            load.on(address, begin)
        };
        if !is_listed(&mut server.db(), &taken.arn) {
            lost += 1;
            taken = load.on(server.http(), begin);
        }
        load.on(server.http(), |db| taken.wait(db));

        let writes = chance.below(40);
        load.on(server.http(), |db| {
            restore(db, &taken.arn);
            moves.wait_for_acknowledgements(writes);
            server.kill();
        });
        let server = launch.start();
        let mut db = server.db();
        resumed += u64::from(status(&mut db, TARGET).as_deref() == Some("CREATING"));
        moves.begin_anew(&accounts(&mut db, TABLE, None), &when);
        load.on(server.http(), |db| wait_for(db, TARGET));

        let restored = accounts(&mut db, TARGET, None);
        taken.check(&restored, &when);
        assert_eq!(accounts(&mut db, TARGET, Some(INDEX)), restored, "{when}: the index");
        compared += restored.len();
        db.call("DeleteTable", &json!({"TableName": TARGET})).ok();
        db.call("DeleteBackup", &json!({"BackupArn": taken.arn})).ok();
        server.kill();
    }

    assert!(resumed > 0, "each table was full before the kill, seed {seed}");
    support::figure(&format!(
        "backups={rounds} seed={seed} killed_while_backing_up={lost} \
         killed_while_restoring={resumed} accounts_compared={compared} wrong=0"
    ));
}

/// What is known of the moves of each account that money is moved between.
struct Moves {
    asked: Vec<AtomicU64>,
    acknowledged: Vec<AtomicU64>,
    all: AtomicU64,
}

/// An account: its balance, and how many moves it has seen.
type Account = (i64, u64);

impl Default for Moves {
    fn default() -> Self {
        let none = || (0..MOVING).map(|_| AtomicU64::new(0)).collect();
        Self { asked: none(), acknowledged: none(), all: AtomicU64::new(0) }
    }
}

impl Moves {
    /// Takes the accounts for what they are now: of the last moves before a kill nobody knows. None
    /// that was acknowledged may be missing.
    fn begin_anew(&self, accounts: &BTreeMap<String, Account>, when: &str) {
        for number in 0..MOVING {
            let place = usize::try_from(number).expect("a small number");
            let (_, seen) = accounts[&id_of(number)];
            let acknowledged = self.acknowledged[place].swap(seen, Ordering::SeqCst);
            assert!(acknowledged <= seen, "{when}: account {number} lost moves");
            self.asked[place].store(seen, Ordering::SeqCst);
        }
    }

    fn read(counts: &[AtomicU64]) -> Vec<u64> {
        counts.iter().map(|count| count.load(Ordering::SeqCst)).collect()
    }

    fn wait_for_acknowledgements(&self, count: u64) {
        let from = self.all.load(Ordering::SeqCst);
        wait_until("the moves before the kill", || {
            (self.all.load(Ordering::SeqCst) >= from + count).then_some(())
        });
    }
}

/// Writers that move money.
struct Load<'a> {
    moves: &'a Moves,
    seed: u64,
}

impl Load<'_> {
    /// Lets writers write for as long as something else is done, or until the server is killed.
    fn on<T>(&self, address: SocketAddr, done: impl FnOnce(&mut Db) -> T) -> T {
        let ends = AtomicBool::new(false);
        let mut db = Db::connect(address);
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let ends = &ends;
                scope.spawn(move || self.write(address, Rng::new(self.seed, writer), ends));
            }
            self.moves.wait_for_acknowledgements(1);
            let done = done(&mut db);
            ends.store(true, Ordering::Relaxed);
            done
        })
    }

    fn write(&self, address: SocketAddr, mut rng: Rng, ends: &AtomicBool) {
        let Ok(mut db) = Db::try_connect(address) else { return };
        while !ends.load(Ordering::Relaxed) {
            let (from, to) = (rng.below(MOVING), rng.below(MOVING));
            if from == to {
                continue;
            }
            let change = |number: u64, amount: i64| {
                let amount = amount.to_string();
                json!({"Update": {
                    "TableName": TABLE,
                    "Key": {"id": {"S": id_of(number)}},
                    "UpdateExpression": "ADD balance :amount, moves :one",
                    "ExpressionAttributeValues": {":amount": {"N": amount}, ":one": {"N": "1"}},
                }})
            };
            let amount = i64::try_from(1 + rng.below(9)).expect("a small number");
            let request = json!({"TransactItems": [change(from, -amount), change(to, amount)]});
            let places = [from, to].map(|number| usize::try_from(number).expect("a small number"));
            for place in places {
                self.moves.asked[place].fetch_add(1, Ordering::SeqCst);
            }
            match db.try_call("TransactWriteItems", &request) {
                Ok(answer) => drop(answer.ok()),
                Err(_) => return,
            }
            for place in places {
                self.moves.acknowledged[place].fetch_add(1, Ordering::SeqCst);
            }
            self.moves.all.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// A backup, and between which moves it was taken.
struct Taken {
    arn: String,
    at_least: Vec<u64>,
    at_most: Vec<u64>,
}

impl Taken {
    fn begin(db: &mut Db, moves: &Moves) -> Self {
        let at_least = Moves::read(&moves.acknowledged);
        let request = json!({"TableName": TABLE, "BackupName": "under-load"});
        let made = db.call("CreateBackup", &request).ok();
        let at_most = Moves::read(&moves.asked);
        let arn = made["BackupDetails"]["BackupArn"].as_str().expect("an ARN").to_owned();
        Self { arn, at_least, at_most }
    }

    fn wait(&self, db: &mut Db) {
        let name = json!({"BackupArn": self.arn});
        wait_until("the backup", || {
            let described = db.call("DescribeBackup", &name).ok();
            let status = &described["BackupDescription"]["BackupDetails"]["BackupStatus"];
            (*status == "AVAILABLE").then_some(())
        });
    }

    /// Holds what was restored against what was known.
    fn check(&self, restored: &BTreeMap<String, Account>, when: &str) {
        assert_eq!(restored.len() as u64, ACCOUNTS, "{when}: accounts");
        let sum: i64 = restored.values().map(|(balance, _)| balance).sum();
        assert_eq!(sum, 0, "{when}: half of a move was restored");
        for (number, (least, most)) in self.at_least.iter().zip(&self.at_most).enumerate() {
            let (_, seen) = restored[&id_of(number as u64)];
            assert!((*least..=*most).contains(&seen), "{when}: {number}: {least} {seen} {most}");
        }
        let resting = (MOVING..ACCOUNTS).map(|number| restored[&id_of(number)]);
        assert!(resting.into_iter().all(|account| account == (0, 0)), "{when}: a resting account");
    }
}

/// Makes the table with its accounts.
fn fill(server: &Server) {
    let mut db = server.db();
    db.create_table_with(&json!({
        "TableName": TABLE,
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "branch", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": INDEX,
            "KeySchema": [{"AttributeName": "branch", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    }));
    let numbers: Vec<u64> = (0..ACCOUNTS).collect();
    for some in numbers.chunks(25) {
        let put = |number: &u64| {
            json!({"PutRequest": {"Item": {
                "id": {"S": id_of(*number)}, "branch": {"S": format!("b{}", number % 7)},
                "balance": {"N": "0"}, "moves": {"N": "0"}, "text": {"S": "x".repeat(200)},
            }}})
        };
        let puts: Vec<Value> = some.iter().map(put).collect();
        db.call("BatchWriteItem", &json!({"RequestItems": {TABLE: puts}})).ok();
    }
}

/// All accounts of a table, as it or an index has them.
fn accounts(db: &mut Db, table: &str, index: Option<&str>) -> BTreeMap<String, Account> {
    let mut scan = json!({"TableName": table});
    if let Some(index) = index {
        scan["IndexName"] = json!(index);
    }
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let account = |item: &Value| {
        let (balance, moves) = (text(&item["balance"]["N"]), text(&item["moves"]["N"]));
        let account =
            (balance.parse().expect("a balance"), moves.parse().expect("a number of moves"));
        (text(&item["id"]["S"]), account)
    };
    let items = db.scan_all(&scan);
    let accounts: BTreeMap<String, Account> = items.iter().map(account).collect();
    assert_eq!(accounts.len(), items.len(), "each account is there once");
    accounts
}

/// After a kill there are backups and what was unfinished, which the next start removes.
fn check_directory(data: &Path, when: &str) {
    for entry in std::fs::read_dir(data.join("backups")).expect("it is there") {
        let path = entry.expect("an entry").path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        assert!(matches!(extension, Some("backup" | "new")), "{when}: {}", path.display());
    }
}

fn is_listed(db: &mut Db, arn: &str) -> bool {
    let listed = db.call("ListBackups", &json!({"TableName": TABLE})).ok();
    let summaries = listed["BackupSummaries"].as_array().expect("a list").clone();
    summaries.iter().any(|summary| summary["BackupArn"] == arn)
}

fn restore(db: &mut Db, arn: &str) {
    let request = json!({"BackupArn": arn, "TargetTableName": TARGET});
    let made = db.call("RestoreTableFromBackup", &request).ok();
    assert_eq!(made["TableDescription"]["TableStatus"], "CREATING");
}

/// Waits for a table; until it serves, nothing of it is shown.
fn wait_for(db: &mut Db, table: &str) {
    let get = json!({"TableName": table, "Key": {"id": {"S": id_of(0)}}});
    wait_until("the restored table", || {
        let answer = db.call("GetItem", &get);
        if answer.status == 200 {
            let item = answer.ok();
            assert!(item.get("Item").is_some(), "it serves, but not all is there");
            return Some(());
        }
        assert_eq!(answer.refusal().code, "ResourceNotFoundException");
        None
    });
    assert_eq!(status(db, table).as_deref(), Some("ACTIVE"));
}

fn status(db: &mut Db, table: &str) -> Option<String> {
    let answer = db.call("DescribeTable", &json!({"TableName": table}));
    (answer.status == 200)
        .then(|| answer.body["Table"]["TableStatus"].as_str().expect("a status").to_owned())
}

fn id_of(number: u64) -> String {
    format!("account-{number}")
}

const TABLE: &str = "accounts";
const TARGET: &str = "restored";
const INDEX: &str = "by-branch";
const WRITERS: u64 = 4;
const ACCOUNTS: u64 = 20_000;
/// Those of them that money is moved between.
const MOVING: u64 = 200;
