//! Values with a vocabulary or a form of their own.

use std::fmt;
use std::net::SocketAddr;

use super::value::{Problem, Raw, Value, quoted};

/// When a write is acknowledged.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Durability {
    /// Once it is on the disk.
    #[default]
    Sync,
    /// Once the operating system has it.
    Buffer,
}

impl Words for Durability {
    const EXPECTED: &'static str = "\"sync\" or \"buffer\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("sync", Self::Sync), ("buffer", Self::Buffer)];
}

/// Where the embedded engine keeps tables.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum EngineKind {
    /// In a directory.
    #[default]
    Disk,
    /// Nowhere; a restart empties it.
    Memory,
}

impl Words for EngineKind {
    const EXPECTED: &'static str = "\"disk\" or \"memory\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("disk", Self::Disk), ("memory", Self::Memory)];
}

/// What cached pages of queries and scans promise.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum QueryCache {
    /// A page is never older than the last acknowledged write.
    #[default]
    Exact,
    /// A page lives by its time alone; writes do not touch it.
    Dax,
    /// Nothing, for there are none.
    Off,
}

impl Words for QueryCache {
    const EXPECTED: &'static str = "\"exact\", \"dax\" or \"off\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("exact", Self::Exact), ("dax", Self::Dax), ("off", Self::Off)];
}

/// What the capacity of tables means.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum CapacityMode {
    /// Units are counted and told.
    #[default]
    Account,
    /// Besides, requests beyond them are throttled.
    Enforce,
    /// They are told to who asks; the page of metrics leaves them out.
    Off,
}

impl Words for CapacityMode {
    const EXPECTED: &'static str = "\"account\", \"enforce\" or \"off\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("account", Self::Account), ("enforce", Self::Enforce), ("off", Self::Off)];
}

/// The wording of validation errors.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ErrorWording {
    /// DynamoDB's of before June 2026.
    #[default]
    Classic,
    /// DynamoDB's newer one.
    Y2026,
}

impl Words for ErrorWording {
    const EXPECTED: &'static str = "\"classic\" or \"2026\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("classic", Self::Classic), ("2026", Self::Y2026)];
}

/// The least severe level that is logged.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum LogLevel {
    /// Something failed that an operator should look at.
    Error,
    /// Something may go wrong soon.
    Warn,
    /// What an operator wants to know of a healthy process.
    #[default]
    Info,
    /// What a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The level's name, in lower case.
    pub fn as_str(self) -> &'static str {
        word_of(&self)
    }
}

impl Words for LogLevel {
    const EXPECTED: &'static str = "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];
}

/// What a log event looks like.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object on one line.
    Json,
}

impl Words for LogFormat {
    const EXPECTED: &'static str = "\"text\" or \"json\"";
    const WORDS: &'static [(&'static str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}

/// Where something is served that need not be.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Listen {
    /// Nowhere.
    #[default]
    Off,
    /// There.
    At(SocketAddr),
}

impl Listen {
    /// Where, if anywhere.
    pub fn address(self) -> Option<SocketAddr> {
        match self {
            Self::Off => None,
            Self::At(address) => Some(address),
        }
    }
}

impl Value for Listen {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        if raw.text() == Some(OFF) {
            return Ok(Self::Off);
        }
        let expected = "an address and port, such as 127.0.0.1:8111, or \"off\"";
        SocketAddr::read(raw).map(Self::At).map_err(|_| raw.unlike(expected))
    }

    fn show(&self) -> String {
        self.address().map_or_else(|| quoted(OFF), |address| address.show())
    }
}

/// The name of a region, such as `us-east-1`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Region(String);

impl Region {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Region {
    fn default() -> Self {
        Self("us-east-1".to_owned())
    }
}

impl Value for Region {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let name = raw.text().filter(|name| (1..=REGION_BYTES_MAX).contains(&name.len()));
        name.filter(|name| name.bytes().all(is_name))
            .map(|name| Self(name.to_owned()))
            .ok_or_else(|| raw.unlike("a region's name, such as us-east-1"))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

/// A region, or `None` for the empty name.
impl Value for Option<Region> {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        if raw.text() == Some("") { Ok(None) } else { Region::read(raw).map(Some) }
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| quoted(""), Value::show)
    }
}

/// An account number of twelve digits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccountId(String);

impl AccountId {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for AccountId {
    fn default() -> Self {
        Self("0".repeat(ACCOUNT_DIGITS))
    }
}

impl Value for AccountId {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let digits = raw.text().filter(|digits| digits.len() == ACCOUNT_DIGITS);
        digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .map(|digits| Self(digits.to_owned()))
            .ok_or_else(|| raw.unlike("a string of 12 digits"))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A closed set of words.
pub(super) trait Words: Copy + PartialEq + 'static {
    const EXPECTED: &'static str;
    const WORDS: &'static [(&'static str, Self)];
}

impl<T: Words> Value for T {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let found = T::WORDS.iter().find(|(word, _)| raw.text() == Some(word));
        found.map(|(_, value)| *value).ok_or_else(|| raw.unlike(T::EXPECTED))
    }

    fn show(&self) -> String {
        quoted(word_of(self))
    }
}

fn word_of<T: Words>(value: &T) -> &'static str {
    let found = T::WORDS.iter().find(|(_, other)| other == value);
    found.expect("every variant has its word").0
}

const REGION_BYTES_MAX: usize = 64;
const ACCOUNT_DIGITS: usize = 12;

const OFF: &str = "off";
