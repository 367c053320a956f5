//! A full disk: writes are refused, reads go on, and writes go on once there is space again.
//!
//! The server lives on a small file system beside ballast files. Each round fills it up, reads
//! everything that was acknowledged, removes one ballast file, and waits for writes to go on, all
//! in the same process.
//!
//!     HEARTH_DISK_ROUNDS=100 cargo test --profile ci --test disk_full

mod support;

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use support::{Launch, Rng, Server, Stopwatch, Tmpfs, wait_until};

#[test]
fn with_a_reserve_writes_stop_early_and_go_on_when_there_is_space() {
    support::in_mount_namespace(
        "with_a_reserve_writes_stop_early_and_go_on_when_there_is_space",
        || fill_and_free("a reserve of 8 MiB", "8388608"),
    );
}

#[test]
fn without_a_reserve_a_full_disk_is_survived_and_writes_go_on_when_there_is_space() {
    support::in_mount_namespace(
        "without_a_reserve_a_full_disk_is_survived_and_writes_go_on_when_there_is_space",
        || fill_and_free("no reserve", "0"),
    );
}

fn fill_and_free(name: &str, reserve: &str) {
    let (rounds, seed) = (support::count("HEARTH_DISK_ROUNDS", 10), support::seed());
    let mut left = rounds;
    let mut acknowledged = 0;
    let mut slowest = Duration::ZERO;
    while left > 0 {
        let batch = left.min(ROUNDS_PER_DISK);
        let disk = Disk::new(reserve, seed.wrapping_add(left));
        let (written, waited) = disk.run(batch);
        acknowledged += written;
        slowest = slowest.max(waited);
        left -= batch;
    }
    support::figure(&format!(
        "disk_full=\"{name}\" rounds={rounds} seed={seed} acknowledged={acknowledged} lost=0 \
         slowest_recovery={slowest:.1?}"
    ));
}

/// A server on a small file system, and what it acknowledged.
struct Disk {
    tmpfs: Tmpfs,
    launch: Launch,
    server: Server,
    rng: Rng,
    /// The seed of each acknowledged item's filling.
    acknowledged: Vec<u64>,
}

impl Disk {
    fn new(reserve: &str, seed: u64) -> Self {
        let tmpfs = Tmpfs::mount(FREE_MIB + BALLAST_MIB as u64 * ROUNDS_PER_DISK);
        for number in 0..ROUNDS_PER_DISK {
            tmpfs.ballast(&format!("ballast-{number}"), BALLAST_MIB);
        }
        let launch =
            Launch::on(&tmpfs.path().join("data")).env("HEARTH__STORAGE__RESERVE_BYTES", reserve);
        let server = launch.start();
        server.db().create_table(TABLE);
        Self { tmpfs, launch, server, rng: Rng::new(seed, 0), acknowledged: Vec::new() }
    }

    /// All rounds, then a restart; how many writes were acknowledged and the longest wait.
    fn run(mut self, rounds: u64) -> (usize, Duration) {
        let mut slowest = Duration::ZERO;
        for round in 0..rounds {
            self.fill_until_refused();
            self.read_all(&format!("round {round}, full"));
            let ballast = self.tmpfs.path().join(format!("ballast-{round}"));
            std::fs::remove_file(ballast).expect("the ballast is still there");
            let watch = Stopwatch::start();
            self.wait_for_writes();
            slowest = slowest.max(watch.elapsed());
            self.read_all(&format!("round {round}, freed"));
            assert!(self.server.is_alive(), "the server ended: {}", self.server.stderr());
        }
        self.server.kill();
        self.server = self.launch.start();
        self.read_all("after a kill and a restart");
        (self.acknowledged.len(), slowest)
    }

    /// Puts new items until one is refused, which must be as an error that clients retry.
    fn fill_until_refused(&mut self) {
        let mut db = self.server.db();
        for _ in 0..WRITES_MAX {
            let item = self.rng.next();
            let answer = db.call("PutItem", &put_of(item));
            if answer.status == 200 {
                self.acknowledged.push(item);
                continue;
            }
            let refusal = answer.refusal();
            assert_eq!((refusal.status, refusal.code.as_str()), (500, "InternalServerError"));
            return;
        }
        panic!("{WRITES_MAX} writes fitted on a disk of {FREE_MIB} MiB");
    }

    /// Waits until a write is accepted again.
    fn wait_for_writes(&mut self) {
        let mut db = self.server.db();
        let item = self.rng.next();
        wait_until("writes to go on by themselves", || {
            (db.call("PutItem", &put_of(item)).status == 200).then_some(())
        });
        self.acknowledged.push(item);
    }

    /// Reads every acknowledged item, none of which may be missing, wrong or refused.
    fn read_all(&self, when: &str) {
        let mut db = self.server.db();
        for item in &self.acknowledged {
            let held = db.get(TABLE, &json!({"id": {"S": item.to_string()}}));
            assert_eq!(held.as_ref(), Some(&put_of(*item)["Item"]), "{when}: item {item}");
        }
    }
}

/// A put of an item that follows from its number and that no compressor shortens.
fn put_of(item: u64) -> Value {
    let filling = BASE64_STANDARD.encode(Rng::new(item, 0).bytes(ITEM_BYTES));
    json!({"TableName": TABLE, "Item": {"id": {"S": item.to_string()}, "filling": {"B": filling}}})
}

const TABLE: &str = "disk";

/// Space for the server at first.
const FREE_MIB: u64 = 96;

/// Space that each round frees: more than the store holds in memory, which it writes out first.
const BALLAST_MIB: usize = 80;

/// After so many rounds a new file system is begun.
const ROUNDS_PER_DISK: u64 = 5;

/// Bytes of an item.
const ITEM_BYTES: usize = 100_000;

/// More writes than fit on any of these disks.
const WRITES_MAX: u64 = 10_000;
