//! Tables that are written to while they are moved.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::items::{fill, item};
use super::support::{Db, Rng, Server, Stopwatch, pause, scratch, seed};
use super::{TABLE, all, count, migrate, moved, serve, with};

#[test]
fn what_is_written_meanwhile_is_there_in_the_end() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    fill(&mut from.db(), 400);
    to.db().create_table(TABLE);
    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
    let launch = with(launch, &["--rate", "400", "--quiet", "500ms"]);

    let running = writing(&from, || {
        let running = launch.begin();
        running.wait_for("followed");
        running
    });
    running.wait_for("caught up with the source");
    running.signal("INT");
    let exit = running.exit();

    assert_eq!(exit.status.code(), Some(0), "{exit:?}");
    assert!(exit.stdout.contains("both have the same"), "{exit:?}");
    assert!(exit.stdout.contains("was turned on for this"), "{exit:?}");
    assert_eq!(all(&mut to.db()), all(&mut from.db()));
}

#[test]
fn changes_are_followed_whatever_the_stream_tells_of_them() {
    for view in ["KEYS_ONLY", "OLD_IMAGE", "NEW_IMAGE"] {
        let (first, second) = (scratch(), scratch());
        let (from, to) = (serve(first.path()), serve(second.path()));
        let mut db = from.db();
        fill(&mut db, 50);
        db.call(
            "UpdateTable",
            &json!({
                "TableName": TABLE,
                "StreamSpecification": {"StreamEnabled": true, "StreamViewType": view},
            }),
        )
        .ok();
        let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
        let launch = with(launch, &["--create", "--quiet", "100ms", "--until-caught-up"]);
        let told = moved(&launch);
        assert!(!told.contains("turned on"), "{told}");

        db.put(TABLE, &item(3, 9));
        db.put(TABLE, &item(99, 1));
        db.call("DeleteItem", &json!({"TableName": TABLE, "Key": {"id": {"S": "item-4"}}})).ok();
        let told = moved(&launch);

        assert!(told.contains("followed 3 changes"), "{view}: {told}");
        assert_eq!(all(&mut to.db()), all(&mut db), "{view}");
    }
}

#[test]
fn a_target_that_is_kept_a_copy_follows_until_it_is_stopped() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    let mut db = from.db();
    fill(&mut db, 10);
    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
    let launch = with(launch, &["--create", "--follow", "--quiet", "100ms"]);

    for round in 1..=2 {
        let running = launch.begin();
        running.wait_for("caught up with the source");
        for number in 0..5 {
            db.put(TABLE, &item(number, round));
        }
        let there = all(&mut db);
        super::support::wait_until("the target to follow", || {
            (all(&mut to.db()) == there).then_some(())
        });
        running.signal("INT");
        let exit = running.exit();
        assert_eq!(exit.status.code(), Some(0), "{exit:?}");
    }
}

#[test]
fn a_stream_that_is_turned_off_ends_it() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    let mut db = from.db();
    fill(&mut db, 10);
    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
    let running = with(launch, &["--create", "--follow", "--quiet", "100ms"]).begin();
    running.wait_for("caught up with the source");

    let off = json!({"TableName": TABLE, "StreamSpecification": {"StreamEnabled": false}});
    db.call("UpdateTable", &off).ok();
    let exit = running.exit();

    assert_eq!(exit.status.code(), Some(1), "{exit:?}");
    assert!(exit.stderr.contains("its stream was turned off; stop what writes to it"), "{exit:?}");
}

/// Does something while others put and delete items at random, no faster than whatever follows can.
pub(crate) fn writing<T>(server: &Server, meanwhile: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    let seed = seed();
    thread::scope(|scope| {
        for writer in 0..2 {
            let (mut db, stop) = (server.db(), &stop);
            let mut rng = Rng::new(seed, writer);
            scope.spawn(move || {
                let started = Stopwatch::start();
                for version in 1.. {
                    pause((EACH * version).saturating_sub(started.elapsed()));
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    write(&mut db, &mut rng, u64::from(version) * 2 + writer);
                }
            });
        }
        let done = meanwhile();
        stop.store(true, Ordering::SeqCst);
        done
    })
}

/// What one writer takes for a write, at least. Faster ones leave more to a migration whose every
/// lost answer costs a second than it can follow within the limit.
const EACH: Duration = Duration::from_millis(8);

fn write(db: &mut Db, rng: &mut Rng, version: u64) {
    let number = usize::try_from(rng.below(500)).expect("small");
    if rng.below(4) == 0 {
        let key = json!({"id": {"S": format!("item-{number}")}});
        db.call("DeleteItem", &json!({"TableName": TABLE, "Key": key})).ok();
    } else {
        db.put(TABLE, &item(number, version));
    }
}

#[test]
fn a_copy_that_is_killed_goes_on_where_it_was_while_others_write() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    fill(&mut from.db(), 3_000);
    to.db().create_table(TABLE);
    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
    let slow = with(launch.clone(), &["--rate", "600", "--segments", "32"]);
    let rest = with(launch, &["--until-caught-up", "--quiet", "500ms"]);

    let running = writing(&from, || {
        let running = slow.begin();
        super::support::wait_until("a part of the copy", || {
            (count(&mut to.db()) >= 1_300).then_some(())
        });
        running.kill();
        let running = rest.begin();
        running.wait_for("followed");
        running
    });
    let exit = running.exit();

    assert_eq!(exit.status.code(), Some(0), "{exit:?}");
    assert!(exit.stderr.contains("going on after "), "{exit:?}");
    assert!(!exit.stderr.contains("going on after 0 items"), "{exit:?}");
    assert_eq!(all(&mut to.db()), all(&mut from.db()));
}
