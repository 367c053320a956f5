//! Reads an answer front to back, and knows where it is.
//!
//! Must hold: what is wrong is told with its path, from the top of the answer.
//! Not here: which members an answer has.

use std::borrow::Cow;
use std::fmt;

use super::super::scan::{Scanner, Token};
use super::super::types::Place;
use super::super::values::Values;
use crate::api::{ApiError, HalfUnits, Key};
use crate::model::{ItemBytes, encode_attributes};

/// Why an answer could not be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unreadable {
    /// It is no JSON, or lists and objects lie in it deeper than in any answer.
    #[error("the answer is no JSON")]
    NotJson,
    /// It lacks a member.
    #[error("the answer has no {path}")]
    Missing {
        /// Where the member would be.
        path: String,
    },
    /// A part of it is not what it should be.
    #[error("{path} of the answer cannot be read: {fault}")]
    Wrong {
        /// Where it is.
        path: String,
        /// What is wrong with it.
        fault: String,
    },
}

/// What is wrong at the place of a reader.
#[derive(Debug)]
pub(super) enum Fault {
    NotJson,
    /// A member of that name is missing.
    Missing(&'static str),
    Wrong(String),
}

/// A place in an answer.
pub(super) struct Reader<'a> {
    scan: Scanner<'a>,
    path: Vec<Step<'a>>,
}

enum Step<'a> {
    Member(Cow<'a, str>),
    Element(usize),
}

/// Reads a whole answer.
pub(super) fn read<'a, T>(
    body: &'a [u8],
    fill: impl FnOnce(&mut Reader<'a>) -> Result<T, Fault>,
) -> Result<T, Unreadable> {
    let scan = Scanner::new(body).map_err(|_| Unreadable::NotJson)?;
    let mut reader = Reader { scan, path: Vec::new() };
    let whole = fill(&mut reader);
    let whole = whole.and_then(|whole| reader.scan.end().map(|()| whole).map_err(Fault::from));
    whole.map_err(|fault| reader.unreadable(fault))
}

/// Reads a whole answer, which is one object, member by member.
pub(super) fn read_members<'a, M: Default>(
    body: &'a [u8],
    mut member: impl FnMut(&mut M, &mut Reader<'a>, &str) -> Result<(), Fault>,
) -> Result<M, Unreadable> {
    read(body, |reader| {
        let mut members = M::default();
        let is_there = reader.members(|reader, name| member(&mut members, reader, name))?;
        if is_there { Ok(members) } else { Err(Fault::Wrong("it is null".to_owned())) }
    })
}

/// A member that an answer must have.
pub(super) fn required<T>(member: Option<T>, name: &'static str) -> Result<T, Fault> {
    member.ok_or(Fault::Missing(name))
}

impl<'a> Reader<'a> {
    /// Hands the name of each member of an object to `each`, which must read its value; `false`
    /// for null.
    pub(super) fn members(
        &mut self,
        mut each: impl FnMut(&mut Self, &str) -> Result<(), Fault>,
    ) -> Result<bool, Fault> {
        match self.scan.token()? {
            Token::Null => return Ok(false),
            Token::Object => {}
            token => return Err(unfit(&token, "an object")),
        }
        let mut is_first = true;
        while let Some(name) = self.scan.next_member(is_first)? {
            is_first = false;
            self.path.push(Step::Member(name.clone()));
            each(self, &name)?;
            self.path.pop();
        }
        Ok(true)
    }

    /// The elements of a list, each read by `element`; `None` for null.
    pub(super) fn list<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Option<Vec<T>>, Fault> {
        match self.scan.token()? {
            Token::Null => return Ok(None),
            Token::List => {}
            token => return Err(unfit(&token, "a list")),
        }
        let mut elements = Vec::new();
        while self.scan.next_element(elements.is_empty())? {
            self.path.push(Step::Element(elements.len()));
            elements.push(element(self)?);
            self.path.pop();
        }
        Ok(Some(elements))
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self) -> Result<(), Fault> {
        Ok(self.scan.skip()?)
    }

    pub(super) fn text(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        Ok(self.scan.text()?)
    }

    pub(super) fn owned_text(&mut self) -> Result<Option<String>, Fault> {
        Ok(self.text()?.map(Cow::into_owned))
    }

    /// A text that is there.
    pub(super) fn some_text(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.text()?.ok_or_else(|| Fault::Wrong("it is null".to_owned()))
    }

    pub(super) fn truth(&mut self) -> Result<Option<bool>, Fault> {
        Ok(self.scan.boolean()?)
    }

    /// A number that counts something.
    pub(super) fn count(&mut self) -> Result<Option<u64>, Fault> {
        let counted = |number: i64| {
            u64::try_from(number).map_err(|_| Fault::Wrong(format!("{number} is below zero")))
        };
        self.scan.long()?.map(counted).transpose()
    }

    /// The same as a `usize`.
    pub(super) fn size(&mut self) -> Result<Option<usize>, Fault> {
        let size = |number: u64| {
            usize::try_from(number).map_err(|_| Fault::Wrong(format!("{number} is too large")))
        };
        self.count()?.map(size).transpose()
    }

    /// A maximum; what is below zero stands for none.
    pub(super) fn maximum(&mut self) -> Result<Option<u64>, Fault> {
        Ok(self.scan.long()?.and_then(|number| u64::try_from(number).ok()))
    }

    /// Any number.
    pub(super) fn number(&mut self) -> Result<Option<f64>, Fault> {
        Ok(self.scan.double()?)
    }

    /// Units of capacity, which come in halves.
    pub(super) fn units(&mut self) -> Result<Option<HalfUnits>, Fault> {
        let Some(units) = self.number()? else { return Ok(None) };
        let halves = (units * 2.0).round();
        let read = (0.0..=HALVES_MAX).contains(&halves).then(|| format!("{halves:.0}").parse());
        match read {
            Some(Ok(halves)) => Ok(Some(HalfUnits(halves))),
            Some(Err(_)) | None => Err(Fault::Wrong(format!("{units} are no units"))),
        }
    }

    /// A time in milliseconds since 1970.
    pub(super) fn time_ms(&mut self) -> Result<Option<u64>, Fault> {
        Ok(self.scan.time_ms()?)
    }

    /// A key, or attributes that are not kept.
    pub(super) fn attributes(&mut self) -> Result<Option<Key>, Fault> {
        let mut values = Values::default();
        let attributes = values.attributes(&mut self.scan, Place::Member)?;
        values.check()?;
        Ok(attributes)
    }

    /// An item.
    pub(super) fn item(&mut self) -> Result<Option<ItemBytes>, Fault> {
        let Some(attributes) = self.attributes()? else { return Ok(None) };
        let item = ItemBytes::new(encode_attributes(&attributes).into());
        item.map(Some).map_err(|fault| Fault::Wrong(fault.to_string()))
    }

    /// An item that is there.
    pub(super) fn some_item(&mut self) -> Result<ItemBytes, Fault> {
        self.item()?.ok_or_else(|| Fault::Wrong("it is null".to_owned()))
    }

    /// A value that is read as in a request.
    pub(super) fn as_request<T>(
        &mut self,
        read: impl FnOnce(&mut Scanner<'a>) -> Result<T, ApiError>,
    ) -> Result<T, Fault> {
        Ok(read(&mut self.scan)?)
    }

    fn unreadable(&self, fault: Fault) -> Unreadable {
        match fault {
            Fault::NotJson => Unreadable::NotJson,
            Fault::Missing(name) => {
                let path = self.to_string();
                let dot = if path.is_empty() { "" } else { "." };
                Unreadable::Missing { path: format!("{path}{dot}{name}") }
            }
            Fault::Wrong(fault) => Unreadable::Wrong { path: self.to_string(), fault },
        }
    }
}

impl fmt::Display for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, step) in self.path.iter().enumerate() {
            match step {
                Step::Member(name) if level == 0 => f.write_str(name)?,
                Step::Member(name) => write!(f, ".{name}")?,
                Step::Element(place) => write!(f, "[{place}]")?,
            }
        }
        Ok(())
    }
}

/// The service says nothing of what is no JSON.
impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Self {
        if error.message.is_empty() { Self::NotJson } else { Self::Wrong(error.message) }
    }
}

fn unfit(token: &Token<'_>, wanted: &str) -> Fault {
    let found = match token {
        Token::Null => "null",
        Token::Bool(_) => "a boolean",
        Token::Number(_) => "a number",
        Token::Text(_) => "a text",
        Token::List => "a list",
        Token::Object => "an object",
    };
    Fault::Wrong(format!("it is {found}, not {wanted}"))
}

/// More than anything costs, and so few that sums of them fit.
const HALVES_MAX: f64 = 1e12;
