//! Where requests end, however they arrive.

use proptest::prelude::*;

use super::recorded::{Recorded, hex};
use super::*;

#[test]
fn a_request_ends_at_the_same_byte_however_it_arrives() {
    for recorded in ["python", "js", "go"].into_iter().flat_map(Recorded::all) {
        let bytes = recorded.bytes("request_hex");
        if bytes.is_empty() || recorded.name() == "connect" {
            continue;
        }
        let mut framer = Framer::request();
        for end in 0..bytes.len() {
            assert_eq!(framer.find(&bytes[..end]), Ok(None), "{}", recorded.path.display());
        }
        // What follows is the next request's.
        let more = [&bytes[..], &[1, 2, 3]].concat();
        assert_eq!(framer.find(&more), Ok(Some(bytes.len())));
    }
}

#[test]
fn what_is_no_request_is_told_apart_by_its_cause() {
    let end = |text: &str| end_of(&hex(text));
    assert_eq!(end("01"), Ok(None));
    assert_eq!(end("0107"), Err(FrameError::UnknownMethod(7)));
    assert_eq!(end("0207"), Err(FrameError::UnknownService(2)));
    assert!(matches!(end("01ff"), Err(FrameError::Malformed(_))));
    assert!(matches!(
        end(&format!("011a0fb0cc6a{}", "81".repeat(200))),
        Err(FrameError::Malformed(_))
    ));
    // GET / HTTP/1.1
    assert!(end_of(b"GET / HTTP/1.1\r\n").is_err() || end_of(b"GET / HTTP/1.1\r\n") == Ok(None));
}

#[test]
fn other_protocols_are_no_clients_of_dax() {
    for bytes in [
        "67 4a37796e653548 00 f6 a0 00",
        "67 4a37796e653547 01 f6 a0 00",
        "67 4a37796e653547 00 05 a0 00",
        "67 4a37796e653547 00 f6 a0 01",
    ] {
        let bytes = hex(&bytes.replace(' ', ""));
        assert_eq!(Framer::preamble().find(&bytes), Ok(Some(bytes.len())));
        assert!(read_preamble(&bytes).is_err(), "{bytes:02x?}");
    }
    let ours = client::preamble("hearth");
    assert_eq!(Framer::preamble().find(&ours), Ok(Some(ours.len())));
    assert_eq!(read_preamble(&ours), Ok(Habits::default()));
}

#[test]
fn a_client_that_always_asks_for_all_attributes_gets_what_it_would_without() {
    use crate::api::{Request, Select};
    let query = Recorded::all("go").into_iter().find(|call| call.name() == "query-index");
    let query = query.expect("a query of an index");
    // Select 2, all that the index has, becomes 1.
    let mut bytes = query.bytes("request_hex");
    let place = bytes.windows(2).position(|pair| pair == [0x0F, 0x02]).expect("a select");
    bytes[place + 1] = 1;
    let select = |agent: &str| {
        let habits = read_preamble(&client::preamble(agent)).expect("a preamble");
        let call = World { habits, ..query.world() }.decode(&bytes).expect("a query");
        let Request::Query(query) = call.request else { panic!("{call:?}") };
        query.page.select
    };

    assert_eq!(select("DaxGoV2Client-1.0.3"), None);
    assert_eq!(select("DaxGoClient-1.2.14"), Some(Select::AllAttributes));
}

#[test]
fn methods_have_their_numbers() {
    for method in Method::ALL {
        assert_eq!(Method::of_id(method.id()), Some(method));
    }
    assert_eq!(Method::of_id(0), None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let world = World::default().with_table("t", &[("a", "S"), ("b", "N")]);
        for method in Method::ALL {
            let mut request = vec![1];
            request.extend_from_slice(&id_bytes(method));
            request.extend_from_slice(&bytes);
            if let Ok(Some(end)) = end_of(&request) {
                drop(world.decode(&request[..end]));
                let frame = Frame::of(&request[..end]).expect("it has an end");
                hot_get(&request[..end]);
                drop((authorization(frame), key_schema_table(frame), attribute_names(frame)));
                _ = attribute_list_id(frame);
            }
        }
    }

    #[test]
    fn a_damaged_request_is_refused_or_read_and_never_panics(
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        file in any::<prop::sample::Index>(),
    ) {
        let all = Recorded::all("python");
        let recorded = &all[file.index(all.len())];
        let mut bytes = recorded.bytes("request_hex");
        prop_assume!(!bytes.is_empty() && recorded.name() != "connect");
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(Some(end)) = end_of(&bytes) {
            drop(recorded.world().decode(&bytes[..end]));
        }
    }
}

fn id_bytes(method: Method) -> Vec<u8> {
    let mut writer = cbor::Writer::default();
    writer.signed(method.id());
    writer.finish()
}

/// A few bytes that named an item of megabytes each were put together by the thousand before they
/// were counted; now decoding ends where no batch can be that large.
#[test]
fn few_bytes_do_not_become_many_items() {
    let world = World::default().with_table("t", &[("a", "S")]);
    let name = "n".repeat(60_000);
    let id = world.id(&[&name]);
    let mut writes = cbor::Writer::default();
    writes.unsigned(1);
    writes.signed(Method::BatchWriteItem.id());
    writes.map(1);
    writes.text("t");
    writes.array(2 * 5_000);
    for _ in 0..5_000 {
        writes.bytes(b"k");
        writes.embedded(0, |writer| {
            writer.unsigned(id);
            writer.null();
        });
    }
    writes.null();
    let bytes = writes.finish();

    let refused = world.decode(&bytes).map(|_| ()).unwrap_err();

    assert_eq!(refused.message, "malformed request: a batch has far more than it may");
}

#[test]
fn names_that_no_attribute_has_get_no_id() {
    let asked = |name: &str| {
        let bytes = client::define_list_id(&[name]);
        attribute_names(Frame::of(&bytes).expect("a request")).map(|names| names.len())
    };

    assert_eq!(asked(&"n".repeat(65_535)), Ok(1));
    assert!(asked(&"n".repeat(65_536)).is_err());
    assert!(asked("").is_err());
}
