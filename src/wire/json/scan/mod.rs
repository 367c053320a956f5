//! Reads JSON front to back, one token at a time, and builds no tree.
//!
//! Must hold: no more than [`LEVELS_MAX`] lists and objects are ever open, so callers may recurse
//! with them; no object in which a caller reads members has a name twice.
//! Not here: which JSON type a member must have (`types.rs`).

use std::borrow::Cow;
use std::collections::HashSet;

use crate::api::{ApiError, ErrorCode};

/// A place in a body.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    levels: usize,
}

/// What stands at a place: a scalar, or the opening of a list or object.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    Null,
    Bool(bool),
    /// A number as it was written.
    Number(&'a str),
    /// A text without its escapes.
    Text(Cow<'a, str>),
    List,
    Object,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(body: &'a [u8]) -> Result<Self, ApiError> {
        let text = std::str::from_utf8(body).map_err(|_| not_json())?;
        Ok(Self { text, at: 0, levels: 0 })
    }

    /// The next scalar, or the next opening; what was opened must then be read to its end.
    pub(super) fn token(&mut self) -> Result<Token<'a>, ApiError> {
        match self.peek_past_blanks() {
            Some(b'"') => {
                self.at += 1;
                self.string().map(Token::Text)
            }
            Some(b'{') => self.open(Token::Object),
            Some(b'[') => self.open(Token::List),
            Some(b't') => self.word("true", Token::Bool(true)),
            Some(b'f') => self.word("false", Token::Bool(false)),
            Some(b'n') => self.word("null", Token::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(not_json()),
        }
    }

    /// Hands each member's name to `each`, which must read the member's value.
    pub(super) fn members(
        &mut self,
        mut each: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let mut seen = Seen { few: [""; FEW], count: 0, many: HashSet::new() };
        self.all_members(|scan, name| {
            seen.add(name.clone())?;
            each(scan, name)
        })
    }

    /// Calls `each` at each element of a list, which must read the element.
    pub(super) fn elements(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let mut is_first = true;
        while self.next_element(is_first)? {
            is_first = false;
            each(self)?;
        }
        Ok(())
    }

    /// The name of the next member of an object that was opened, whose value must then be read;
    /// `None` at its end.
    pub(super) fn next_member(&mut self, is_first: bool) -> Result<Option<Cow<'a, str>>, ApiError> {
        if !self.has_next(is_first, b'}')? {
            return Ok(None);
        }
        self.expect_byte(b'"')?;
        let name = self.string()?;
        self.expect_byte(b':')?;
        Ok(Some(name))
    }

    /// Whether there is another element of a list that was opened, which must then be read.
    pub(super) fn next_element(&mut self, is_first: bool) -> Result<bool, ApiError> {
        self.has_next(is_first, b']')
    }

    /// Reads a value that nobody asked for.
    pub(super) fn skip(&mut self) -> Result<(), ApiError> {
        match self.token()? {
            Token::List => self.elements(Self::skip),
            Token::Object => self.all_members(|scan, _| scan.skip()),
            Token::Null | Token::Bool(_) | Token::Number(_) | Token::Text(_) => Ok(()),
        }
    }

    /// Holds if nothing but blanks is left.
    pub(super) fn end(&mut self) -> Result<(), ApiError> {
        if self.peek_past_blanks().is_none() { Ok(()) } else { Err(not_json()) }
    }

    fn all_members(
        &mut self,
        mut each: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let mut is_first = true;
        while let Some(name) = self.next_member(is_first)? {
            is_first = false;
            each(self, name)?;
        }
        Ok(())
    }

    /// Whether what was opened goes on; if not, its end is read.
    fn has_next(&mut self, is_first: bool, close: u8) -> Result<bool, ApiError> {
        let more = if is_first { !self.closed_by(close) } else { self.continued(close)? };
        self.levels -= usize::from(!more);
        Ok(more)
    }

    fn open(&mut self, token: Token<'a>) -> Result<Token<'a>, ApiError> {
        if self.levels == LEVELS_MAX {
            return Err(not_json());
        }
        self.levels += 1;
        self.at += 1;
        Ok(token)
    }

    fn closed_by(&mut self, close: u8) -> bool {
        let closed = self.peek_past_blanks() == Some(close);
        self.at += usize::from(closed);
        closed
    }

    fn continued(&mut self, close: u8) -> Result<bool, ApiError> {
        let byte = self.peek_past_blanks();
        self.at += 1;
        match byte {
            Some(b',') => Ok(true),
            Some(byte) if byte == close => Ok(false),
            _ => Err(not_json()),
        }
    }

    fn expect_byte(&mut self, byte: u8) -> Result<(), ApiError> {
        if self.peek_past_blanks() != Some(byte) {
            return Err(not_json());
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str, token: Token<'a>) -> Result<Token<'a>, ApiError> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(not_json());
        }
        self.at += word.len();
        Ok(token)
    }

    fn number(&mut self) -> Result<Token<'a>, ApiError> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(Token::Number(&self.text[start..self.at]))
    }

    fn digits(&mut self) -> Result<(), ApiError> {
        let rest = self.rest();
        let count = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        self.at += count;
        if count == 0 { Err(not_json()) } else { Ok(()) }
    }

    /// The text from behind its opening quote.
    fn string(&mut self) -> Result<Cow<'a, str>, ApiError> {
        let start = self.at;
        self.at += plain_run(self.rest());
        let run = &self.text[start..self.at];
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                Ok(Cow::Borrowed(run))
            }
            Some(b'\\') => self.escaped(run.to_owned()).map(Cow::Owned),
            _ => Err(not_json()),
        }
    }

    fn escaped(&mut self, mut own: String) -> Result<String, ApiError> {
        loop {
            match self.take() {
                Some(b'"') => return Ok(own),
                Some(b'\\') => own.push(self.escape()?),
                _ => return Err(not_json()),
            }
            let start = self.at;
            self.at += plain_run(self.rest());
            own.push_str(&self.text[start..self.at]);
        }
    }

    fn escape(&mut self) -> Result<char, ApiError> {
        Ok(match self.take() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(),
            _ => return Err(not_json()),
        })
    }

    fn code_point(&mut self) -> Result<char, ApiError> {
        let first = self.four_hex()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            if self.take() != Some(b'\\') || self.take() != Some(b'u') {
                return Err(not_json());
            }
            let second = self.four_hex()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err(not_json());
            }
            0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(not_json)
    }

    fn four_hex(&mut self) -> Result<u32, ApiError> {
        (0..4).try_fold(0, |code, _| {
            let digit = self.take().and_then(|byte| char::from(byte).to_digit(16));
            digit.map(|digit| code * 16 + digit).ok_or_else(not_json)
        })
    }

    fn peek_past_blanks(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += usize::from(byte.is_some());
        byte
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }
}

/// The names that an object had so far.
struct Seen<'a> {
    few: [&'a str; FEW],
    count: usize,
    many: HashSet<Cow<'a, str>>,
}

impl<'a> Seen<'a> {
    fn add(&mut self, name: Cow<'a, str>) -> Result<(), ApiError> {
        let twice = self.few[..self.count].contains(&&*name)
            || (!self.many.is_empty() && self.many.contains(&name));
        if twice {
            return Err(not_json());
        }
        match name {
            Cow::Borrowed(name) if self.count < FEW => {
                self.few[self.count] = name;
                self.count += 1;
            }
            name => {
                self.many.insert(name);
            }
        }
        Ok(())
    }
}

/// The refusal of a body that is no JSON; the service says nothing more about it.
pub(super) fn not_json() -> ApiError {
    ApiError::new(ErrorCode::Serialization, "")
}

/// How many bytes there are before the first quote, backslash or control character.
pub(super) fn plain_run(bytes: &[u8]) -> usize {
    let mut at = 0;
    // Without a branch inside, so that the compiler looks at many bytes in one instruction.
    while let Some(line) = bytes[at..].first_chunk::<LINE_BYTES>() {
        if line.iter().fold(false, |marked, &byte| marked | !is_plain(byte)) {
            break;
        }
        at += LINE_BYTES;
    }
    at + short_plain_run(&bytes[at..])
}

/// The same for what is shorter than a line or has its end in one.
fn short_plain_run(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let marks = zero_bytes(word ^ (ONES * u64::from(b'"')))
            | zero_bytes(word ^ (ONES * u64::from(b'\\')))
            | (word.wrapping_sub(ONES * 0x20) & !word & HIGH_BITS);
        if marks != 0 {
            // The lowest mark is exact, whatever those above it are.
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = &bytes[at..];
    at + rest.iter().position(|&byte| !is_plain(byte)).unwrap_or(rest.len())
}

fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

/// Marks bytes that are zero; above the first of them it may mark others.
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH_BITS
}

/// Two for each of DynamoDB's 32 levels of values, and what a batch needs around them.
pub(super) const LEVELS_MAX: usize = 2 * 32 + 8;
/// Names that are compared one by one before there is a set of them.
const FEW: usize = 16;
const LINE_BYTES: usize = 64;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = ONES << 7;

#[cfg(test)]
mod tests;
