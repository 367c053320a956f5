//! Clients that come slowly are cut at their deadlines; one that rests is not.

use hearth::wire::dax::client;
use serde_json::json;

use crate::support::Connection;
use crate::world::{TABLE, World, assert_cut};

#[test]
fn a_connection_that_does_not_begin_is_cut() {
    let world = World::with(&[
        ("HEARTH__LIMITS__HEADER_TIMEOUT_MS", "700"),
        ("HEARTH__LIMITS__BODY_GRACE_MS", "700"),
        ("HEARTH__LIMITS__BODY_BYTES_PER_S_MIN", "1000000"),
    ]);

    world.beside_a_neighbour(|| {
        let mut silent = world.silent();
        let mut begun = world.silent();
        begun.send(&client::preamble("slow")[..9]).expect("it is up");

        assert_cut(&mut silent);
        assert_cut(&mut begun);
    });
}

#[test]
fn a_request_that_does_not_keep_up_is_cut() {
    let world = World::with(&[
        ("HEARTH__LIMITS__BODY_GRACE_MS", "700"),
        ("HEARTH__LIMITS__BODY_BYTES_PER_S_MIN", "1000000"),
    ]);

    world.beside_a_neighbour(|| {
        for place in [1, 7, world.get.len() - 1] {
            let mut slow = world.connection();
            world.assert_answers(&mut slow);
            slow.send(&world.get[..place]).expect("it is up");

            assert_cut(&mut slow);
        }
    });
}

#[test]
fn a_connection_that_rests_is_not_cut() {
    let world = World::with(&[
        ("HEARTH__LIMITS__IDLE_TIMEOUT_MS", "700"),
        ("HEARTH__LIMITS__HEADER_TIMEOUT_MS", "700"),
        ("HEARTH__LIMITS__BODY_GRACE_MS", "700"),
        ("HEARTH__LIMITS__WRITE_STALL_TIMEOUT_MS", "700"),
    ]);

    world.beside_a_neighbour(|| {
        let mut begun = world.connection();
        let mut resting = world.connection();
        world.assert_answers(&mut resting);
        world.assert_answers(&mut begun);
        let mut after = Connection::open(world.server.http()).expect("it is up");

        // Whoever rests on the HTTP port as long is cut, one after the other.
        for _ in 0..3 {
            assert!(after.is_closed_by_peer());
            after = Connection::open(world.server.http()).expect("it is up");
        }

        world.assert_answers(&mut begun);
        world.assert_answers(&mut resting);
    });
}

#[test]
fn an_answer_that_nobody_reads_is_cut() {
    let world = World::with(&[("HEARTH__LIMITS__WRITE_STALL_TIMEOUT_MS", "700")]);
    let large = json!({"pk": {"S": "m0"}, "v": {"S": "x".repeat(390_000)}});
    world.server.db().put(TABLE, &large);

    world.beside_a_neighbour(|| {
        // More answers than the sockets' buffers hold, and not one of them is read.
        let mut deaf = world.connection();
        let requests = world.get.repeat(1_000);
        let is_cut = (0..1_000).any(|_| deaf.send(&requests).is_err());

        assert!(is_cut);
    });
}
