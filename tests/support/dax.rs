//! DAX over one kept connection: bytes as a test gives them, and operations as JSON in and out.
//!
//!     DaxConnection   bytes out, whole answers in
//!     DaxClient       DynamoDB JSON ── client::request ──> bytes ──> client::answer ── DynamoDB JSON
//!
//! Must hold: every read has a time limit; an answer is read by the rules of all known clients, so
//! that one which breaks a rule fails the test.
//! Not here: what a test asserts about an answer; the real clients (`tests/clients/`).

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use hearth::api::{ApiError, Operation, Query, Request, Scan, TableName};
use hearth::clock::Clock;
use hearth::model::{TableId, TableSchema};
use hearth::wire::dax::client::{self, AnswerError, Session};
use hearth::wire::dax::{self, Call, EMPTY_LIST, Frame, Habits, Known};
use hearth::wire::json::{self, Context, Wording};
use serde_json::{Value, json};

use super::PATIENCE;
use super::db::Answer;

/// The exception and the message of a refusal.
pub(crate) type DaxRefusal = (String, String);

/// One connection that carries requests and answers, again and again.
pub(crate) struct DaxConnection {
    stream: TcpStream,
    /// What came and belongs to no answer yet.
    came: Vec<u8>,
}

impl DaxConnection {
    /// Connects within [`PATIENCE`], and says nothing yet.
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, came: Vec::new() })
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads one answer; `values` is how many values follow where it is no refusal.
    pub(crate) fn receive(&mut self, values: usize) -> io::Result<Vec<u8>> {
        loop {
            let length = client::length(&self.came, values).map_err(io::Error::other)?;
            if let Some(length) = length {
                let rest = self.came.split_off(length);
                return Ok(std::mem::replace(&mut self.came, rest));
            }
            if !self.read()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Sends a request and reads its answer.
    pub(crate) fn ask(&mut self, request: &[u8], values: usize) -> io::Result<Vec<u8>> {
        self.send(request)?;
        self.receive(values)
    }

    /// Reads give up after `limit` from here on.
    pub(crate) fn answer_within(&mut self, limit: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(limit))
    }

    /// Whether the server closed its side without another byte, waiting for it as long as reads may
    /// take.
    pub(crate) fn is_closed_by_peer(&mut self) -> bool {
        match self.read() {
            Ok(has_more) => !has_more,
            // Nothing came, and nothing ended either.
            Err(error) => {
                !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
            }
        }
    }

    /// Reads what there is; false at the end.
    fn read(&mut self) -> io::Result<bool> {
        let mut piece = [0; 16 << 10];
        let came = self.stream.read(&mut piece)?;
        self.came.extend_from_slice(&piece[..came]);
        Ok(came > 0)
    }
}

/// A client of one server, with what it has learnt of its tables and lists of names.
pub(crate) struct DaxClient {
    connection: DaxConnection,
    schemas: HashMap<String, Arc<TableSchema>>,
    lists: HashMap<u64, Arc<[Box<str>]>>,
    ids: HashMap<Vec<String>, u64>,
}

impl DaxClient {
    /// Connects; the server is up.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).expect("a server that said it is ready accepts connections")
    }

    /// Connects, or says why not.
    pub(crate) fn try_connect(address: SocketAddr) -> io::Result<Self> {
        let mut connection = DaxConnection::open(address)?;
        connection.send(&client::preamble("hearth-tests"))?;
        let (schemas, lists, ids) = (HashMap::new(), HashMap::new(), HashMap::new());
        Ok(Self { connection, schemas, lists, ids })
    }

    /// Connects and says who it is, by an access key id and its secret.
    pub(crate) fn connect_as(address: SocketAddr, key: (&str, &str)) -> Self {
        let mut client = Self::connect(address);
        let authorization = authorization(key, Clock::system().unix_ms());
        client.connection.send(&authorization).expect("a connection that was just made");
        client
    }

    /// Sends an operation on data and waits for its answer, which must come. The request is DynamoDB's
    /// JSON, and so is the answer; what is refused of it whatever there is in the tables is not sent.
    /// Keys must be those of their tables: DAX has no words for others.
    pub(crate) fn call(&mut self, operation: Operation, body: &Value) -> Result<Value, DaxRefusal> {
        self.try_call(operation, body)
            .unwrap_or_else(|error| panic!("{operation:?} got no answer: {error}"))
    }

    /// The same where the connection may break.
    pub(crate) fn try_call(
        &mut self,
        operation: Operation,
        body: &Value,
    ) -> io::Result<Result<Value, DaxRefusal>> {
        let request = json::decode(operation, body.to_string().as_bytes(), Wording::Classic);
        match request {
            Ok(request) => refusal_apart(self.send(&request)),
            Err(error) => Ok(Err(refusal_of(&error))),
        }
    }

    /// The same as HTTP answers it, with the exception's name for its type.
    pub(crate) fn try_answer(&mut self, operation: &str, body: &Value) -> io::Result<Answer> {
        let operation = Operation::of_name(operation).expect("an operation of DynamoDB");
        Ok(match self.try_call(operation, body)? {
            Ok(body) => Answer { status: 200, body },
            Err((exception, message)) => {
                let status = if exception.starts_with("Internal") { 500 } else { 400 };
                Answer { status, body: json!({"__type": exception, "message": message}) }
            }
        })
    }

    /// Sends an operation on data and hangs up without waiting for its answer.
    pub(crate) fn send_and_hang_up(mut self, operation: Operation, body: &Value) {
        let request = json::decode(operation, body.to_string().as_bytes(), Wording::Classic);
        let bytes = request.map(|request| self.bytes_of(&request));
        if let Ok(Ok(bytes)) = bytes {
            // A failed send is as good a hang-up as any: the outcome is unknown.
            drop(self.connection.send(&bytes));
        }
    }

    /// Sends a request as it is and reads its answer, which may be a refusal.
    pub(crate) fn ask(&mut self, request: &[u8], values: usize) -> io::Result<Vec<u8>> {
        self.connection.ask(request, values)
    }

    /// The connection, for bytes of the test's own.
    pub(crate) fn connection(&mut self) -> &mut DaxConnection {
        &mut self.connection
    }

    /// The bytes of a request for data, once what they need is known.
    pub(crate) fn bytes_of(&mut self, request: &Request) -> Result<Vec<u8>, Failure> {
        loop {
            let unknown = match self.written(request) {
                Ok(bytes) => return Ok(bytes),
                Err(unknown) => unknown,
            };
            if unknown.tables.is_empty() && unknown.lists.is_empty() {
                return Err(Failure::Refused((UNSAYABLE.to_owned(), String::new())));
            }
            for table in unknown.tables {
                let answer = self.ask(&client::define_key_schema(&table), 1)?;
                let (hash, range) = client::schema(&answer)?;
                let schema =
                    TableSchema { table: TableId::new(0), hash, range, indexes: Vec::new() };
                self.schemas.insert(table, Arc::new(schema));
            }
            for names in unknown.lists {
                let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
                let id = client::list_id(&self.ask(&client::define_list_id(&borrowed), 1)?)?;
                self.lists.insert(id, borrowed.iter().map(|name| Box::from(*name)).collect());
                self.ids.insert(names, id);
            }
        }
    }

    fn send(&mut self, request: &Request) -> Result<Value, Failure> {
        let bytes = self.bytes_of(request)?;
        let answer = self.ask(&bytes, client::answer_values(request))?;
        let call = self.read_again(&bytes);
        let response = loop {
            let (request, form) = match &call {
                Ok(Call { request, form }) => (request, form),
                // The server must have refused it, too, and its words count.
                Err(error) => match client::refusal(&answer) {
                    Some(refused) => return Err(self.forget(AnswerError::Refused(refused))),
                    None => panic!("it was answered, and {error} is wrong with it: {answer:02x?}"),
                },
            };
            match client::answer(&answer, request, form, &|id| self.lists.get(&id).cloned()) {
                Ok(response) => break response,
                Err(AnswerError::UnknownList(id)) => {
                    let names = client::list(&self.ask(&client::define_list(id), 1)?)?;
                    self.lists.insert(id, names.into_iter().map(String::into).collect());
                }
                Err(error) => return Err(self.forget(error)),
            }
        };
        let body = json::encode(&response, Context { host: "" }).body;
        Ok(serde_json::from_slice(&body).expect("what was written is JSON"))
    }

    /// A refusal may mean that the tables are not those that they were.
    fn forget(&mut self, error: AnswerError) -> Failure {
        self.schemas.clear();
        error.into()
    }

    /// The request in bytes, or what must be asked for first.
    fn written(&self, request: &Request) -> Result<Vec<u8>, Unknown> {
        let unknown = RefCell::new(Unknown::default());
        let schema = |table: &str| {
            let found = self.schemas.get(table).map(|schema| &**schema);
            if found.is_none() {
                unknown.borrow_mut().tables.insert(table.to_owned());
            }
            found
        };
        let id_of = |names: &[&str]| {
            if names.is_empty() {
                return Some(EMPTY_LIST);
            }
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let id = self.ids.get(&names).copied();
            if id.is_none() {
                unknown.borrow_mut().lists.insert(names);
            }
            id
        };
        let session = Session { schema: &schema, id_of: &id_of };
        let mut bytes = client::request(request, &session);
        // Pages are written without a schema, and not read without one.
        if let Request::Query(Query { page, .. }) | Request::Scan(Scan { page, .. }) = request {
            bytes = bytes.filter(|_| schema(page.table.as_given()).is_some());
        }
        let unknown = unknown.into_inner();
        bytes.ok_or(unknown)
    }

    /// The request as the server reads it, with the form that its answer must have.
    fn read_again(&self, bytes: &[u8]) -> Result<Call, ApiError> {
        let frame = Frame::of(bytes).expect("a request that was just written");
        let known = Known {
            schema: &|table| {
                let is_of_table = |(given, _): &(&String, _)| {
                    TableName::named_by(given).is_ok_and(|name| name.as_str() == table)
                };
                self.schemas.iter().find(is_of_table).map(|(_, schema)| Arc::clone(schema))
            },
            names: &|id| self.lists.get(&id).cloned(),
            wording: Wording::Classic,
            habits: Habits::default(),
        };
        dax::decode(frame, &known)
    }
}

/// What a client has to ask for before it can write a request.
#[derive(Default)]
struct Unknown {
    tables: BTreeSet<String>,
    lists: BTreeSet<Vec<String>>,
}

/// Why a request came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    Io(io::Error),
    Refused(DaxRefusal),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<AnswerError> for Failure {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Refused(refused) => Self::Refused((refused.exception, refused.message)),
            broken @ (AnswerError::Broken(_) | AnswerError::UnknownList(_)) => panic!("{broken}"),
        }
    }
}

fn refusal_apart(outcome: Result<Value, Failure>) -> io::Result<Result<Value, DaxRefusal>> {
    match outcome {
        Ok(answer) => Ok(Ok(answer)),
        Err(Failure::Refused(refusal)) => Ok(Err(refusal)),
        Err(Failure::Io(error)) => Err(error),
    }
}

/// A refusal as HTTP has it, without the prefix of its exception.
fn refusal_of(error: &ApiError) -> DaxRefusal {
    let body: Value = serde_json::from_slice(&json::encode_error(error).1.body)
        .expect("what was written is JSON");
    let text = |member| body[member].as_str().unwrap_or_default();
    let exception = text("__type").rsplit('#').next().unwrap_or_default();
    let message = if exception == "SerializationException" { "Message" } else { "message" };
    (exception.to_owned(), text(message).to_owned())
}

/// The request that says who the client is, by an access key id and its secret, at that time.
pub(crate) fn authorization(key: (&str, &str), unix_ms: u64) -> Vec<u8> {
    client::authorize(key, "us-east-1", unix_ms)
}

/// What a request is refused with that DAX cannot say, such as one whose key does not fit its table.
pub(crate) const UNSAYABLE: &str = "Unsayable";
