//! A server with one item, what asks for it, and a neighbour who does so all the time.
//!
//! Must hold: while a case runs, the neighbour's connection gets right answers, before, during and
//! after.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use hearth::api::Operation;
use hearth::wire::dax::client::{self, AnswerError, Refused};
use serde_json::{Value, json};

use crate::support::{DaxClient, DaxConnection, Launch, Server, scratch, wait_until};

/// A server, and a request of a real client with the answer that it took.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) get: Vec<u8>,
    pub(crate) answer: Vec<u8>,
    _data: tempfile::TempDir,
}

impl World {
    /// A server with these settings from the environment.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        let data = scratch();
        let launch = Launch::on(data.path());
        let launch = settings.iter().fold(launch, |launch, (name, value)| launch.env(name, value));
        Self::of(launch.start(), data)
    }

    fn of(server: Server, data: tempfile::TempDir) -> Self {
        let recorded = recorded("js/getItem-only-key-attributes.json");
        let mut db = server.db();
        db.create_table_with(&json!({
            "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        }));
        db.put(TABLE, &json!({"pk": {"S": "m0"}}));
        let bytes = |member: &str| hex(recorded[member].as_str().expect("bytes"));
        Self { server, get: bytes("request_hex"), answer: bytes("response_hex"), _data: data }
    }

    /// A connection that has said nothing.
    pub(crate) fn silent(&self) -> DaxConnection {
        DaxConnection::open(self.server.dax()).expect("it is up")
    }

    /// A connection that may ask.
    pub(crate) fn connection(&self) -> DaxConnection {
        let mut connection = self.silent();
        connection.send(&client::preamble("hearth-tests")).expect("it is up");
        connection
    }

    /// Asks for the item.
    #[track_caller]
    pub(crate) fn assert_answers(&self, connection: &mut DaxConnection) {
        let answer = connection.ask(&self.get, 1).expect("the connection lives on");
        assert_eq!(answer, self.answer);
    }

    /// Runs a case beside a neighbour with a connection of its own.
    pub(crate) fn beside_a_neighbour<T>(&self, case: impl FnOnce() -> T) -> T {
        let (address, is_over, answered) =
            (self.server.dax(), AtomicBool::new(false), AtomicU64::new(0));
        let goes_on = |neighbour: &thread::ScopedJoinHandle<'_, ()>| {
            let before = answered.load(Ordering::Relaxed);
            wait_until("the neighbour to be answered", || {
                let is_answered = answered.load(Ordering::Relaxed) > before + 1;
                (is_answered || neighbour.is_finished()).then_some(())
            });
        };
        thread::scope(|scope| {
            let over = Over(&is_over);
            let neighbour = scope.spawn(|| live_at(address, &is_over, &answered));
            goes_on(&neighbour);
            let outcome = case();
            goes_on(&neighbour);
            drop(over);
            neighbour.join().expect("the neighbour is answered rightly");
            outcome
        })
    }
}

/// Tells the neighbour that it is over, also if the case panics.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Writes and reads an item until it is over.
fn live_at(address: SocketAddr, is_over: &AtomicBool, answered: &AtomicU64) {
    let mut client = DaxClient::connect(address);
    for value in 0_u64.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let item = json!({"pk": {"S": "neighbour"}, "v": {"N": value.to_string()}});
        let put = json!({"TableName": TABLE, "Item": item});
        let get = json!({"TableName": TABLE, "Key": {"pk": {"S": "neighbour"}}});
        assert_eq!(client.call(Operation::PutItem, &put), Ok(json!({})));
        assert_eq!(client.call(Operation::GetItem, &get), Ok(json!({"Item": item})));
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// The refusal that these bytes are.
#[track_caller]
pub(crate) fn refusal(answer: &[u8]) -> Refused {
    match client::nodes(answer) {
        Err(AnswerError::Refused(refused)) => refused,
        other => panic!("no refusal: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_cut(connection: &mut DaxConnection) {
    connection.answer_within(SOON).expect("a deadline can be set");
    assert!(connection.is_closed_by_peer(), "it is cut without an answer");
}

fn recorded(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dax").join(name);
    let text = std::fs::read_to_string(path).expect("a recorded call");
    serde_json::from_str(&text).expect("JSON")
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("two digits");
    (0..text.len()).step_by(2).map(byte).collect()
}

pub(crate) const TABLE: &str = "Movies";
/// Far more than a busy machine needs, and less than the deadlines that hold where none is set.
const SOON: Duration = Duration::from_secs(20);
