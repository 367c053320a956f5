//! SIGTERM and Ctrl-C under load: the server finishes what it has begun and exits with 0.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::support::{Db, Launch, scratch, wait_until};

#[test]
fn a_termination_under_load_drains_and_keeps_every_acknowledged_write() {
    stop_under_load("TERM");
}

#[test]
fn ctrl_c_under_load_drains_and_keeps_every_acknowledged_write() {
    stop_under_load("INT");
}

#[test]
fn an_idle_server_stops_at_once() {
    let data = scratch();
    let server = Launch::on(data.path())
        .env("HEARTH__LIMITS__DRAIN_TIMEOUT_MS", HOUR_MS)
        .env("HEARTH__LIMITS__IDLE_TIMEOUT_MS", HOUR_MS)
        .start();
    // A connection that is kept open must not hold the end up.
    let _idle = server.db();

    server.signal("TERM");

    let exit = server.exit();
    assert_eq!(exit.status.code(), Some(0), "{exit:#?}");
}

fn stop_under_load(signal: &str) {
    let data = scratch();
    let launch = Launch::on(data.path());
    let server = launch.start();
    server.db().create_table(TABLE);
    let address = server.http();
    let total = AtomicU64::new(0);

    let (acknowledged, exit) = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let total = &total;
                scope.spawn(move || write_until_cut(writer, Db::connect(address), total))
            })
            .collect();
        wait_until("the writers to get on", || {
            (total.load(Ordering::Relaxed) >= 500).then_some(())
        });
        server.signal(signal);
        let exit = server.exit();
        let acknowledged: Vec<u64> =
            writers.into_iter().map(|writer| writer.join().expect("no writer panics")).collect();
        (acknowledged, exit)
    });

    assert_eq!(exit.status.code(), Some(0), "{exit:#?}");
    assert!(!exit.stderr.contains("panicked"), "{exit:#?}");
    let server = launch.start();
    let mut db = server.db();
    for (writer, last) in (0_u64..).zip(acknowledged) {
        for value in 0..last {
            let item = item_of(writer, value);
            assert_eq!(db.get(TABLE, &item), Some(item), "of {last} writes");
        }
    }
}

/// Puts items of its own until the connection ends; how many were acknowledged.
fn write_until_cut(writer: u64, mut db: Db, total: &AtomicU64) -> u64 {
    for value in 0_u64.. {
        let request = json!({"TableName": TABLE, "Item": item_of(writer, value)});
        match db.try_call("PutItem", &request) {
            Ok(answer) if answer.status == 200 => total.fetch_add(1, Ordering::Relaxed),
            // Stopping, said as an error that clients retry elsewhere.
            Ok(answer) => {
                assert!(answer.status >= 500, "refused: {}", answer.body);
                return value;
            }
            Err(_) => return value,
        };
    }
    unreachable!("a writer stops only when its connection does")
}

fn item_of(writer: u64, value: u64) -> Value {
    json!({"id": {"S": format!("{writer}-{value}")}})
}

const TABLE: &str = "stopping";
const WRITERS: u64 = 16;
const HOUR_MS: &str = "3600000";
