//! DynamoDB operations over one connection, as JSON in and JSON out.
//!
//! Must hold: every answer with a body carries its CRC-32 and a request id; each call checks them.
//! Not here: SDKs (`tests/sdk_rust.rs`, `tests/clients/`).

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{Connection, Response, wait_until};

/// A client of one server.
pub(crate) struct Db {
    connection: Connection,
}

/// One operation's answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// An answer that is an error.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The exception's name, without its prefix.
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Db {
    /// Connects; the server is up.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).expect("a server that said it is ready accepts connections")
    }

    /// Connects, or says why not.
    pub(crate) fn try_connect(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { connection: Connection::open(address)? })
    }

    /// Sends an operation and waits for its answer, which must come.
    pub(crate) fn call(&mut self, operation: &str, request: &Value) -> Answer {
        self.call_raw(operation, request.to_string().as_bytes())
    }

    /// The same with a body that need not be JSON.
    pub(crate) fn call_raw(&mut self, operation: &str, body: &[u8]) -> Answer {
        self.try_call_raw(operation, body)
            .unwrap_or_else(|error| panic!("{operation} got no answer: {error}"))
    }

    /// Sends an operation on streams and waits for its answer, which must come.
    pub(crate) fn call_streams(&mut self, operation: &str, request: &Value) -> Answer {
        let (target, body) = (format!("DynamoDBStreams_20120810.{operation}"), request.to_string());
        let sent = self.connection.send_target("", &target, body.as_bytes());
        let response = sent.and_then(|()| self.connection.receive()).expect("it is answered");
        Answer::of(&response).expect("an answer is JSON")
    }

    /// Sends a read that must succeed and yields what the caches had: `hit`, or what was not.
    pub(crate) fn explain(&mut self, operation: &str, request: &Value) -> (Value, String) {
        let (headers, body) = ("X-Hearth-Cache: explain\r\n", request.to_string());
        let sent = self.connection.send_operation_with(headers, operation, body.as_bytes());
        let response = sent.and_then(|()| self.connection.receive()).expect("it is answered");
        let told = response.header("x-hearth-cache").expect("what was asked for").to_owned();
        (Answer::of(&response).expect("an answer is JSON").ok(), told)
    }

    /// The same where the connection may break.
    pub(crate) fn try_call(&mut self, operation: &str, request: &Value) -> io::Result<Answer> {
        self.try_call_raw(operation, request.to_string().as_bytes())
    }

    /// The same with a body as it is.
    pub(crate) fn try_call_raw(&mut self, operation: &str, body: &[u8]) -> io::Result<Answer> {
        self.connection.send_operation(operation, body)?;
        Answer::of(&self.connection.receive()?)
    }

    /// Sends an operation and hangs up without waiting for anything.
    pub(crate) fn send_and_hang_up(mut self, operation: &str, request: &Value) {
        let body = request.to_string();
        // A failed send is as good a hang-up as any: the outcome is unknown.
        let _ = self.connection.send_operation(operation, body.as_bytes());
        self.connection.hang_up();
    }

    /// The connection, for bytes of the test's own.
    pub(crate) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Makes a table whose only key is the text `id`, and waits until it serves.
    pub(crate) fn create_table(&mut self, table: &str) {
        self.create_table_with(&json!({
            "TableName": table,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }));
    }

    /// Makes a table as the request says, and waits until it serves.
    pub(crate) fn create_table_with(&mut self, request: &Value) {
        self.call("CreateTable", request).ok();
        let name = json!({"TableName": request["TableName"]});
        wait_until("the new table to be ACTIVE", || {
            let described = self.call("DescribeTable", &name).ok();
            (described["Table"]["TableStatus"] == "ACTIVE").then_some(())
        });
    }

    /// Puts an item and expects success.
    pub(crate) fn put(&mut self, table: &str, item: &Value) {
        self.call("PutItem", &json!({"TableName": table, "Item": item})).ok();
    }

    /// Reads every item that a Scan of this request gives, page after page.
    pub(crate) fn scan_all(&mut self, request: &Value) -> Vec<Value> {
        self.read_all("Scan", request)
    }

    /// Reads every item that a Query or Scan of this request gives, page after page.
    pub(crate) fn read_all(&mut self, operation: &str, request: &Value) -> Vec<Value> {
        let mut request = request.clone();
        let mut items = Vec::new();
        loop {
            let mut page = self.call(operation, &request).ok();
            if let Some(read) = page["Items"].as_array_mut() {
                items.append(read);
            }
            match page.get_mut("LastEvaluatedKey") {
                Some(last) => request["ExclusiveStartKey"] = last.take(),
                None => return items,
            }
        }
    }

    /// Reads the item with this key, if there is one.
    pub(crate) fn get(&mut self, table: &str, key: &Value) -> Option<Value> {
        let mut found = self.call("GetItem", &json!({"TableName": table, "Key": key})).ok();
        found.get_mut("Item").map(Value::take)
    }
}

impl Answer {
    /// Checks the envelope and parses the body; an empty one is null.
    pub(crate) fn of(response: &Response) -> io::Result<Self> {
        assert_envelope(response);
        let body = match &response.body[..] {
            [] => Value::Null,
            body => serde_json::from_slice(body)?,
        };
        Ok(Self { status: response.status, body })
    }

    /// The body of a success; panics on anything else.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "refused: {}", self.body);
        self.body
    }

    /// The error in it; panics on a success.
    #[track_caller]
    pub(crate) fn refusal(&self) -> Refusal {
        assert_ne!(self.status, 200, "not refused: {}", self.body);
        let kind = self.body["__type"].as_str().unwrap_or_default();
        let code = kind.rsplit('#').next().unwrap_or_default();
        // DynamoDB's own inconsistency: clients of one spelling do not find the other.
        let member = if code == "SerializationException" { "Message" } else { "message" };
        let message = self.body[member].as_str().unwrap_or_default().to_owned();
        Refusal { status: self.status, code: code.to_owned(), message }
    }

    /// Asserts a refusal with status 400, this exception and exactly this message.
    #[track_caller]
    pub(crate) fn assert_refused(&self, code: &str, message: &str) {
        let expected = Refusal { status: 400, code: code.to_owned(), message: message.to_owned() };
        assert_eq!(self.refusal(), expected);
    }

    /// Asserts a `ValidationException` with exactly this message.
    #[track_caller]
    pub(crate) fn assert_invalid(&self, message: &str) {
        self.assert_refused("ValidationException", message);
    }
}

/// Asserts what every answer of an operation carries.
fn assert_envelope(response: &Response) {
    let id = response.header("x-amzn-requestid").expect("every answer has a request id");
    assert_eq!(id.len(), 52, "request id {id}");
    assert!(
        id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()),
        "request id {id} has other characters than A-Z0-9"
    );
    let crc = response.header("x-amz-crc32").expect("every answer has the CRC of its body");
    assert_eq!(crc, crc32fast::hash(&response.body).to_string(), "CRC of {}", response.text());
}
