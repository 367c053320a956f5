//! Where one request ends in a stream, and which method it asks for.
//!
//!     connection   magic | layering | session | headers | mode     requests ...
//!     request      1 | method id | arguments, as many as the method has
//!
//! Nothing says how long a request is: the end is where the last argument ends. A [`Framer`] keeps
//! how far it came, so that a request that arrives byte by byte is looked at once.
//!
//! Must hold: no more than the heads of values is remembered; the bytes of texts and byte strings
//! are passed over.
//! Not here: what the arguments mean (`decode/`).

use super::cbor::{Head, Malformed, Reader, Walk, is_cut_short};

/// What a request asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// Says who the client is; it has no answer of its own.
    AuthorizeConnection,
    /// Asks for the nodes of the cluster.
    Endpoints,
    /// Asks for the key of a table.
    DefineKeySchema,
    /// Asks for the id of a list of names.
    DefineAttributeListId,
    /// Asks for the names of an id.
    DefineAttributeList,
    /// GetItem.
    GetItem,
    /// PutItem.
    PutItem,
    /// UpdateItem.
    UpdateItem,
    /// DeleteItem.
    DeleteItem,
    /// Query.
    Query,
    /// Scan.
    Scan,
    /// BatchGetItem.
    BatchGetItem,
    /// BatchWriteItem.
    BatchWriteItem,
    /// `TransactGetItems`.
    TransactGetItems,
    /// `TransactWriteItems`.
    TransactWriteItems,
}

/// Finds the end of a preamble or request.
#[derive(Debug)]
pub struct Framer {
    at: usize,
    walk: Walk,
    stage: Stage,
}

/// A whole request.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// What it asks for.
    pub method: Method,
    /// Its arguments.
    pub(super) arguments: Reader<'a>,
}

/// Why no request can be read from a connection any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FrameError {
    /// The bytes are none of the protocol.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No method has this id, so nobody knows where the request ends.
    #[error("there is no method {0}")]
    UnknownMethod(i64),
    /// The client speaks to another service than the one there is.
    #[error("there is no service {0}")]
    UnknownService(i64),
    /// It does not begin as a client of DAX does.
    #[error("this is not a client of DAX: {0}")]
    Preamble(&'static str),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Preamble,
    Head,
    Arguments,
}

impl Method {
    /// Every method that clients call.
    pub const ALL: [Self; 15] = [
        Self::AuthorizeConnection,
        Self::Endpoints,
        Self::DefineKeySchema,
        Self::DefineAttributeListId,
        Self::DefineAttributeList,
        Self::GetItem,
        Self::PutItem,
        Self::UpdateItem,
        Self::DeleteItem,
        Self::Query,
        Self::Scan,
        Self::BatchGetItem,
        Self::BatchWriteItem,
        Self::TransactGetItems,
        Self::TransactWriteItems,
    ];

    /// The number that stands for it.
    pub const fn id(self) -> i64 {
        match self {
            Self::AuthorizeConnection => 1_489_122_155,
            Self::Endpoints => 455_855_874,
            Self::DefineKeySchema => -742_646_399,
            Self::DefineAttributeListId => -1_230_579_644,
            Self::DefineAttributeList => 670_678_385,
            Self::GetItem => 263_244_906,
            Self::PutItem => -2_106_490_455,
            Self::UpdateItem => 1_425_579_023,
            Self::DeleteItem => 1_013_539_361,
            Self::Query => -931_250_863,
            Self::Scan => -1_875_390_620,
            Self::BatchGetItem => -697_851_100,
            Self::BatchWriteItem => 116_217_951,
            Self::TransactGetItems => 1_866_287_579,
            Self::TransactWriteItems => -1_160_037_738,
        }
    }

    /// The method of that number.
    pub fn of_id(id: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.id() == id)
    }

    /// How many values follow its number.
    fn arguments(self) -> u64 {
        match self {
            Self::Endpoints => 0,
            Self::DefineKeySchema | Self::DefineAttributeListId | Self::DefineAttributeList => 1,
            Self::Scan | Self::BatchGetItem | Self::BatchWriteItem => 2,
            Self::GetItem | Self::UpdateItem | Self::DeleteItem | Self::Query => 3,
            Self::PutItem | Self::TransactGetItems => 4,
            Self::AuthorizeConnection => 5,
            Self::TransactWriteItems => 9,
        }
    }
}

impl Framer {
    /// Of what a connection begins with.
    pub fn preamble() -> Self {
        Self { at: 0, walk: Walk::over(PREAMBLE_VALUES), stage: Stage::Preamble }
    }

    /// Of a request.
    pub fn request() -> Self {
        Self { at: 0, walk: Walk::over(HEAD_VALUES), stage: Stage::Head }
    }

    /// How many bytes it has, once all of them are there. The next call must bring the same bytes
    /// and perhaps more.
    pub fn find(&mut self, bytes: &[u8]) -> Result<Option<usize>, FrameError> {
        loop {
            if !self.pass_values(bytes)? {
                return Ok(None);
            }
            match self.stage {
                Stage::Preamble | Stage::Arguments => return Ok(Some(self.at)),
                Stage::Head => {
                    let method = method(&mut Reader::new(&bytes[..self.at]))?;
                    self.stage = Stage::Arguments;
                    self.walk.go_on(method.arguments());
                }
            }
        }
    }

    /// Whether all values that were wanted are there.
    fn pass_values(&mut self, bytes: &[u8]) -> Result<bool, Malformed> {
        let mut reader = Reader::new(bytes.get(self.at..).unwrap_or_default());
        loop {
            match self.walk.step(&mut reader) {
                Ok(true) => self.at = bytes.len() - reader.rest().len(),
                Ok(false) => return Ok(true),
                Err(error) if is_cut_short(error) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }
}

impl<'a> Frame<'a> {
    /// The request that these bytes are, as a [`Framer`] found them.
    pub fn of(bytes: &'a [u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(bytes);
        let method = method(&mut reader)?;
        Ok(Self { method, arguments: reader })
    }
}

/// What is known of a client from how its connection begins.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Habits {
    /// It asks for all attributes wherever nothing was asked for.
    pub says_all_attributes: bool,
}

/// Holds the beginning of a connection against the protocol.
pub fn read_preamble(bytes: &[u8]) -> Result<Habits, FrameError> {
    let mut reader = Reader::new(bytes);
    if reader.head()? != Head::Text(MAGIC) {
        return Err(FrameError::Preamble("the first value is not the protocol's"));
    }
    if reader.integer()? != 0 {
        return Err(FrameError::Preamble("the layering is not 0"));
    }
    match reader.head()? {
        Head::Bytes(_) | Head::Text(_) | Head::Null => {}
        _ => return Err(FrameError::Preamble("the session is neither bytes nor text")),
    }
    let habits = habits(&mut reader)?;
    if reader.integer()? != 0 {
        return Err(FrameError::Preamble("the mode is not 0"));
    }
    reader.end()?;
    Ok(habits)
}

fn habits(reader: &mut Reader<'_>) -> Result<Habits, Malformed> {
    let mut habits = Habits::default();
    let mut count = reader.map()?;
    while reader.has_next(&mut count)? {
        let (name, value) = (reader.text()?, reader.head()?);
        match (name, value) {
            ("UserAgent", Head::Text(agent)) => {
                habits.says_all_attributes = agent.starts_with(GO_V2);
            }
            (_, Head::Text(_) | Head::Null | Head::Unsigned(_)) => {}
            _ => return Err(Malformed("a header is no text")),
        }
    }
    Ok(habits)
}

fn method(reader: &mut Reader<'_>) -> Result<Method, FrameError> {
    let service = reader.integer()?;
    if service != SERVICE {
        return Err(FrameError::UnknownService(service));
    }
    let id = reader.integer()?;
    Method::of_id(id).ok_or(FrameError::UnknownMethod(id))
}

/// What a connection begins with.
pub const MAGIC: &str = "J7yne5G";
/// The number of the only service.
pub const SERVICE: i64 = 1;
/// What the second client for Go calls itself, before its version.
const GO_V2: &str = "DaxGoV2Client";
const PREAMBLE_VALUES: u64 = 5;
const HEAD_VALUES: u64 = 2;
