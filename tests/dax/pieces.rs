//! Requests arrive in any pieces, and are answered one by one in their order.

use hearth::wire::dax::client;

use crate::world::World;

#[test]
fn a_request_may_come_byte_by_byte() {
    let world = World::with(&[]);

    world.beside_a_neighbour(|| {
        let mut connection = world.silent();
        for byte in [client::preamble("slow"), world.get.clone()].concat() {
            connection.send(&[byte]).expect("it is up");
        }

        assert_eq!(connection.receive(1).expect("an answer"), world.answer);
        world.assert_answers(&mut connection);
    });
}

#[test]
fn a_request_may_be_cut_anywhere() {
    let world = World::with(&[]);

    world.beside_a_neighbour(|| {
        let stream = [client::preamble("cut"), world.get.clone(), world.get.clone()].concat();
        for place in 0..stream.len() {
            let mut connection = world.silent();
            let (first, second) = stream.split_at(place);
            connection.send(first).expect("it is up");
            connection.send(second).expect("it is up");

            for _ in 0..2 {
                assert_eq!(connection.receive(1).expect("an answer"), world.answer, "{place}");
            }
        }
    });
}

#[test]
fn requests_that_come_together_are_answered_in_their_order() {
    let world = World::with(&[]);

    world.beside_a_neighbour(|| {
        let mut connection = world.silent();
        let parts = [
            client::preamble("hasty"),
            world.get.clone(),
            client::define_key_schema("Movies"),
            client::endpoints(),
            world.get.clone(),
        ];
        connection.send(&parts.concat()).expect("it is up");

        assert_eq!(connection.receive(1).expect("an answer"), world.answer);
        let (hash, range) = client::schema(&connection.receive(1).expect("an answer")).unwrap();
        assert_eq!((hash.name.as_str(), range), ("pk", None));
        let nodes = client::nodes(&connection.receive(1).expect("an answer")).unwrap();
        assert_eq!(nodes, [world.server.dax()]);
        assert_eq!(connection.receive(1).expect("an answer"), world.answer);
    });
}

#[test]
fn a_request_whose_client_hangs_up_in_its_middle_is_nobodys() {
    let world = World::with(&[]);

    world.beside_a_neighbour(|| {
        let stream = [client::preamble("gone"), world.get.clone()].concat();
        for place in 0..stream.len() {
            world.silent().send(&stream[..place]).expect("it is up");
        }
    });
}
