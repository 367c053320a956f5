//! Bytes that no client sends: refused as far as they can be read, and then the connection ends.

use hearth::api::Operation;
use hearth::wire::dax::{Method, client};
use serde_json::json;

use crate::support::{DaxClient, DaxConnection, Scrape, wait_until};
use crate::world::{TABLE, World, assert_cut, hex, refusal};

#[test]
fn who_begins_otherwise_is_cut_without_an_answer() {
    let world = World::with(&[]);
    let good = client::preamble("hearth-tests");
    let wrong_magic = good.iter().map(|byte| if *byte == b'J' { b'K' } else { *byte }).collect();
    let wrong_mode = [&good[..good.len() - 1], &[1]].concat();

    world.beside_a_neighbour(|| {
        for garbage in [
            vec![0xFF; 10_000],
            vec![0; 5],
            b"\x16\x03\x01\x02\x00\x01\x00".to_vec(),
            wrong_magic,
            wrong_mode,
        ] {
            let mut connection = world.silent();
            connection.send(&garbage).expect("it is up");

            assert_cut(&mut connection);
        }
    });
}

#[test]
fn who_speaks_http_is_cut() {
    // A short request looks like the beginning of something longer, until time is up.
    let world = World::with(&[
        ("HEARTH__LIMITS__BODY_GRACE_MS", "700"),
        ("HEARTH__LIMITS__BODY_BYTES_PER_S_MIN", "1000000"),
    ]);

    world.beside_a_neighbour(|| {
        for request in [
            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
        ] {
            let mut connection = world.silent();
            connection.send(request.as_bytes()).expect("it is up");

            assert_cut(&mut connection);
        }
    });
}

#[test]
fn what_ends_nobody_knows_where_is_refused_and_ends_the_connection() {
    let world = World::with(&[]);

    world.beside_a_neighbour(|| {
        for (request, why) in [
            ("0107", "there is no method 7"),
            ("0207", "there is no service 2"),
            ("01ff", "malformed request: a break where a value should be"),
            ("1c", "malformed request: a size that CBOR does not have"),
            ("011a0fb0cc6a5f", "malformed request: texts and bytes in pieces are not read"),
        ] {
            let mut connection = world.connection();
            world.assert_answers(&mut connection);

            let refused = refusal(&connection.ask(&hex(request), 1).expect("an answer"));

            assert_eq!(refused.message, why, "{request}");
            assert_eq!(refused.codes, [4, 37, 38, 39, 46], "{request}");
            assert_cut(&mut connection);
        }
    });
}

#[test]
fn what_is_whole_and_wrong_is_refused_and_the_connection_lives_on() {
    let world = World::with(&[]);
    let get = |arguments: &str| request(Method::GetItem, &hex(arguments));

    world.beside_a_neighbour(|| {
        let mut connection = world.connection();
        for wrong in [
            // Numbers where bytes belong; a table without a name; one that is no text.
            get("010203"),
            get("404161f6"),
            get("42fffe4161f6"),
            // A table that is not there.
            get("476e6f77686572654161f6"),
            // Parameters that are no map, or whose numbers are none.
            get("464d6f76696573426d3080"),
            get("464d6f76696573426d30a16161f5"),
            client::define_key_schema("nowhere"),
            client::define_list(123_456_789),
            request(Method::DefineAttributeListId, &hex("820102")),
            request(Method::TransactGetItems, &hex("f6f6f6f6")),
        ] {
            let refused = refusal(&connection.ask(&wrong, 1).expect("an answer"));

            assert!(refused.codes.starts_with(&[4, 37, 38, 39]), "{wrong:02x?}: {refused:?}");
            assert_eq!(refused.status, 400, "{wrong:02x?}: {refused:?}");
            world.assert_answers(&mut connection);
        }
    });
}

#[test]
fn nesting_without_end_is_refused_without_harm() {
    let world = World::with(&[]);
    let key = hex("464d6f76696573426d30");

    world.beside_a_neighbour(|| {
        for opening in [0x81, 0x9F, 0xA1, 0xBF, 0xC1] {
            let bomb =
                |levels| request(Method::PutItem, &[key.clone(), vec![opening; levels]].concat());
            let mut connection = world.connection();
            let refused = refusal(&connection.ask(&bomb(200), 1).expect("an answer"));
            assert!(refused.message.starts_with("malformed request: "), "{refused:?}");
            assert_cut(&mut connection);

            let mut connection = world.connection();
            // The server may close before everything is sent, and the answer be lost with it.
            let _ = connection.ask(&bomb(200_000), 1);
            assert_cut(&mut connection);
        }
        let mut connection = world.connection();
        for opening in [0x81, 0x9F, 0xBF, 0xC1] {
            // Inside a byte string nobody looks until it is whole.
            for inside in [vec![opening; 200_000], [vec![1], vec![opening; 200_000]].concat()] {
                let wrong = [&key[..], &byte_string(&inside), &[NULL]].concat();
                refusal(&connection.ask(&request(Method::PutItem, &wrong), 1).expect("an answer"));
                let condition = [&[0xA1, 0x04][..], &byte_string(&inside)].concat();
                let wrong = [&key[..], &condition].concat();
                refusal(
                    &connection.ask(&request(Method::DeleteItem, &wrong), 1).expect("it lives"),
                );
                let wrong = [&hex("464d6f76696573")[..], &byte_string(&inside), &[NULL]].concat();
                refusal(&connection.ask(&request(Method::Query, &wrong), 1).expect("it lives"));
                world.assert_answers(&mut connection);
            }
        }
    });
}

#[test]
fn an_announcement_takes_no_memory() {
    let world = World::with(&[
        ("HEARTH__LIMITS__BODY_GRACE_MS", "700"),
        ("HEARTH__LIMITS__BODY_BYTES_PER_S_MIN", "1000000"),
    ]);

    world.beside_a_neighbour(|| {
        let before = world.server.resident_kb();
        let heads = [
            "5b0000010000000000",
            "7b0000010000000000",
            "9b0000010000000000",
            "bb0000010000000000",
        ];
        let mut stalled: Vec<DaxConnection> = Vec::new();
        for head in heads.iter().cycle().take(100) {
            let mut connection = world.connection();
            connection.send(&request(Method::GetItem, &hex(head))).expect("it is up");
            stalled.push(connection);
        }

        // They were read, and waited for, until they were cut.
        stalled.iter_mut().for_each(assert_cut);
        // What the neighbour writes meanwhile is in it: up to a memtable, and what surrounds that. A
        // hundred times a terabyte is not.
        let grown_kb = world.server.resident_kb().saturating_sub(before);
        assert!(grown_kb < 128 << 10, "{grown_kb} KiB");
    });
}

#[test]
fn a_request_that_is_too_long_is_refused_once_it_is() {
    let body_bytes_max = 1 << 20;
    let world = World::with(&[("HEARTH__LIMITS__BODY_BYTES_MAX", &format!("{body_bytes_max}"))]);

    world.beside_a_neighbour(|| {
        let before = world.server.resident_kb();
        let mut connection = world.connection();
        world.assert_answers(&mut connection);
        let head = request(Method::GetItem, &hex("5b0000010000000000"));
        // What the server allows a body beside its content, and one byte more.
        let filling = vec![0; body_bytes_max + (64 << 10) + 1 - head.len()];
        connection.send(&[head, filling].concat()).expect("no more than may come");

        let refused = refusal(&connection.receive(1).expect("an answer"));

        let allowed = body_bytes_max + (64 << 10);
        assert_eq!(refused.message, format!("a request is longer than {allowed} bytes"));
        assert_cut(&mut connection);
        let grown_kb = world.server.resident_kb().saturating_sub(before);
        assert!(grown_kb < 128 << 10, "{grown_kb} KiB");
    });
}

#[test]
fn a_thousand_connections_come_and_go() {
    let world = World::with(&[]);
    let open = || Scrape::of(world.server.admin()).sum("hearth_connections", &[]);

    world.beside_a_neighbour(|| {
        let before = open();
        let stream = [client::preamble("gone"), world.get.clone()].concat();
        let starts = [0, 9, client::preamble("gone").len(), stream.len() - 1];
        let mut connections = Vec::new();
        for start in starts.iter().cycle().take(1_000) {
            let mut connection = world.silent();
            connection.send(&stream[..*start]).expect("it is up");
            connections.push(connection);
        }
        wait_until("all to be there", || (open() > 1_000).then_some(()));

        drop(connections);

        wait_until("all to be gone", || (open() <= before).then_some(()));
    });
}

/// A list with a name twice, or with one of the key, gave an item two attributes of one name, which
/// stayed so. Such lists are refused, and so are items whose list names an attribute of their key.
#[test]
fn no_item_gets_an_attribute_twice() {
    let world = World::with(&[]);
    let mut client = DaxClient::connect(world.server.dax());

    let twice = client.ask(&client::define_list_id(&["a", "a"]), 1).expect("an answer");
    let with_key = client.ask(&client::define_list_id(&["pk", "a"]), 1).expect("an answer");
    let id = client::list_id(&with_key).expect("other tables may have it");
    // "one" for `pk` and "two" for `a`.
    let attributes = [&[0x1B][..], &id.to_be_bytes(), b"cone", b"ctwo"].concat();
    let put = [byte_string(TABLE.as_bytes()), byte_string(b"m1"), byte_string(&attributes)];
    let put = [put.concat(), vec![NULL]].concat();
    let put = client.ask(&request(Method::PutItem, &put), 1).expect("an answer");

    assert_eq!(refusal(&twice).message, "malformed request: a name is twice in a list");
    let why = "malformed request: an attribute of the key comes again beside it";
    assert_eq!(refusal(&put).message, why);
    let get = json!({"TableName": TABLE, "Key": {"pk": {"S": "m1"}}});
    assert_eq!(client.call(Operation::GetItem, &get), Ok(json!({})));
}

/// A request with these arguments.
fn request(method: Method, arguments: &[u8]) -> Vec<u8> {
    let id = method.id();
    let (kind, number) = if id < 0 { (0x3A, -1 - id) } else { (0x1A, id) };
    let number = u32::try_from(number).expect("ids have 32 bits");
    [&[1, kind][..], &number.to_be_bytes(), arguments].concat()
}

fn byte_string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("tests are not that long");
    [&[0x5A][..], &length.to_be_bytes(), bytes].concat()
}

const NULL: u8 = 0xF6;
