//! SIGTERM while clients are connected: what was begun is finished, and the exit code is 0.

use crate::support::{DaxConnection, wait_until};
use crate::world::{World, assert_cut};

#[test]
fn a_request_that_is_half_sent_is_finished() {
    let world = World::with(&[]);
    let mut resting = world.connection();
    world.assert_answers(&mut resting);
    let mut busy = world.connection();
    let (first, second) = world.get.split_at(10);
    // The half came with what is answered already.
    busy.send(&[&world.get, first].concat()).expect("it is up");
    assert_eq!(busy.receive(1).expect("an answer"), world.answer);

    world.server.signal("TERM");
    wait_until("nobody new to be let in", || {
        DaxConnection::open(world.server.dax()).is_err().then_some(())
    });
    assert_cut(&mut resting);
    busy.send(second).expect("it is let finish");

    assert_eq!(busy.receive(1).expect("an answer"), world.answer);
    assert_cut(&mut busy);
    let exit = world.server.exit();
    assert_eq!(exit.status.code(), Some(0), "{exit:#?}");
    assert!(!exit.stderr.contains("panicked"), "{exit:#?}");
}

#[test]
fn clients_that_rest_or_say_nothing_do_not_hold_the_end_up() {
    let world = World::with(&[
        ("HEARTH__LIMITS__DRAIN_TIMEOUT_MS", HOUR_MS),
        ("HEARTH__LIMITS__HEADER_TIMEOUT_MS", HOUR_MS),
        ("HEARTH__LIMITS__IDLE_TIMEOUT_MS", HOUR_MS),
    ]);
    let mut resting = world.connection();
    world.assert_answers(&mut resting);
    let _silent = world.silent();

    world.server.signal("TERM");

    let exit = world.server.exit();
    assert_eq!(exit.status.code(), Some(0), "{exit:#?}");
    assert_cut(&mut resting);
}

const HOUR_MS: &str = "3600000";
