//! Reading a workload's TOML: sections of known keys, and cells that say what they must be.
//!
//! Must hold: nothing in the text is passed over in silence; each error names the key with the
//! sections that it stands in, and its line.
//! Not here: what the keys mean (the files of the things that they describe).

use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Error, Fault};

/// The text that sections are read from, and what errors call it.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

/// One table of TOML.
#[derive(Debug)]
pub(super) struct Section<'a> {
    source: &'a Source<'a>,
    path: String,
    at: usize,
    table: &'a DeTable<'a>,
}

/// One value of TOML.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    source: &'a Source<'a>,
    path: String,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Source<'a> {
    pub(super) fn parse(&self) -> Result<Spanned<DeTable<'a>>, Error> {
        DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.fault(at, Fault::Syntax(error.message().to_owned()))
        })
    }

    fn fault(&self, at: usize, fault: Fault) -> Error {
        let breaks = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        Error::Content { file: self.file.to_owned(), line: 1 + breaks, fault: Box::new(fault) }
    }
}

impl<'a> Section<'a> {
    /// The top of the text.
    pub(super) fn top(source: &'a Source<'a>, table: &'a DeTable<'a>) -> Self {
        Self { source, path: String::new(), at: 0, table }
    }

    /// Refuses keys that mean nothing here.
    pub(super) fn knows(&self, known: &[&'static str]) -> Result<(), Error> {
        for name in self.table.keys() {
            if !known.contains(&&**name.get_ref()) {
                let fault = Fault::UnknownKey {
                    key: self.path_of(name.get_ref()),
                    nearest: nearest(known.iter().copied(), name.get_ref()),
                };
                return Err(self.source.fault(name.span().start, fault));
            }
        }
        Ok(())
    }

    /// The value of a key.
    pub(super) fn find(&self, key: &str) -> Option<Cell<'a>> {
        let value = self.table.get(key)?;
        Some(Cell { source: self.source, path: self.path_of(key), value })
    }

    /// The value of a key that must be there.
    pub(super) fn need(&self, key: &str) -> Result<Cell<'a>, Error> {
        let missing = || self.source.fault(self.at, Fault::Missing(self.path_of(key)));
        self.find(key).ok_or_else(missing)
    }

    /// All keys, whose names are the user's choice, with their values.
    pub(super) fn entries(&self) -> Vec<(&'a str, Cell<'a>)> {
        let cell = |(name, value): (&'a Spanned<_>, _)| {
            let name: &'a std::borrow::Cow<'a, str> = name.get_ref();
            (&**name, Cell { source: self.source, path: self.path_of(name), value })
        };
        self.table.iter().map(cell).collect()
    }

    /// Says that the section is wrong although each of its keys is right.
    pub(super) fn wrong(&self, sentence: impl Into<String>) -> Error {
        let fault = Fault::Together { key: self.path.clone(), sentence: sentence.into() };
        self.source.fault(self.at, fault)
    }

    /// Whether there is such a key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

impl<'a> Cell<'a> {
    /// A whole number within limits.
    pub(super) fn whole(&self, range: RangeInclusive<u64>) -> Result<u64, Error> {
        let found = self.value.get_ref().as_integer();
        let number =
            found.and_then(|found| u64::from_str_radix(found.as_str(), found.radix()).ok());
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            self.unlike(format!("a whole number from {} to {}", range.start(), range.end()))
        })
    }

    /// A whole number, which may be negative, within what a double holds exactly.
    pub(super) fn signed(&self) -> Result<i64, Error> {
        let found = self.value.get_ref().as_integer();
        let number =
            found.and_then(|found| i64::from_str_radix(found.as_str(), found.radix()).ok());
        number.filter(|number| number.unsigned_abs() <= SIGNED_MAX).ok_or_else(|| {
            self.unlike(format!("a whole number from -{SIGNED_MAX} to {SIGNED_MAX}"))
        })
    }

    /// A number within limits, with or without a fraction.
    pub(super) fn real(&self, range: RangeInclusive<f64>) -> Result<f64, Error> {
        let number = match self.value.get_ref() {
            DeValue::Float(found) => found.as_str().parse().ok(),
            DeValue::Integer(found) if found.radix() == 10 => found.as_str().parse().ok(),
            _ => None,
        };
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            self.unlike(format!("a number from {} to {}", range.start(), range.end()))
        })
    }

    /// A text within limits of length.
    pub(super) fn text(&self, bytes: RangeInclusive<usize>) -> Result<&'a str, Error> {
        let found = self.value.get_ref().as_str();
        found.filter(|found| bytes.contains(&found.len())).ok_or_else(|| {
            self.unlike(format!("a text of {} to {} bytes", bytes.start(), bytes.end()))
        })
    }

    /// True or false.
    pub(super) fn flag(&self) -> Result<bool, Error> {
        self.value.get_ref().as_bool().ok_or_else(|| self.unlike("true or false"))
    }

    /// One of several words, and what it stands for.
    pub(super) fn word<T: Copy>(&self, known: &[(&str, T)]) -> Result<T, Error> {
        let all: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let listed = || format!("\"{}\"", all.join("\", \""));
        let found = self.value.get_ref().as_str().ok_or_else(|| self.unlike(listed()))?;
        let meant = known.iter().find(|(word, _)| *word == found).map(|(_, meant)| *meant);
        meant.ok_or_else(|| self.unknown_word(found, &all))
    }

    /// Says that this is none of the words that it may be.
    pub(super) fn unknown_word(&self, found: &str, known: &[&str]) -> Error {
        self.fault(Fault::Word {
            key: self.path.clone(),
            found: found.to_owned(),
            known: known.join(", "),
            nearest: nearest(known.iter().copied(), found).to_owned(),
        })
    }

    /// A table.
    pub(super) fn section(&self) -> Result<Section<'a>, Error> {
        self.as_section().ok_or_else(|| self.unlike("a table"))
    }

    /// A table, if that is what it is.
    pub(super) fn as_section(&self) -> Option<Section<'a>> {
        let table = self.value.get_ref().as_table()?;
        let at = self.value.span().start;
        Some(Section { source: self.source, path: self.path.clone(), at, table })
    }

    /// A text, if that is what it is.
    pub(super) fn as_text(&self) -> Option<&'a str> {
        self.value.get_ref().as_str()
    }

    /// A list, with limits of its length.
    pub(super) fn list(&self, lengths: RangeInclusive<usize>) -> Result<Vec<Cell<'a>>, Error> {
        let found = self.value.get_ref().as_array().filter(|list| lengths.contains(&list.len()));
        let wanted = || format!("a list of {} to {}", lengths.start(), lengths.end());
        let found = found.ok_or_else(|| self.unlike(wanted()))?;
        let cell = |(place, value)| {
            let path = format!("{}[{place}]", self.path);
            Cell { source: self.source, path, value }
        };
        Ok(found.iter().enumerate().map(cell).collect())
    }

    /// Tables in a list.
    pub(super) fn sections(
        &self,
        lengths: RangeInclusive<usize>,
    ) -> Result<Vec<Section<'a>>, Error> {
        self.list(lengths)?.iter().map(Cell::section).collect()
    }

    /// Says what it must be.
    pub(super) fn unlike(&self, wanted: impl Into<String>) -> Error {
        let found = match self.value.get_ref() {
            DeValue::String(text) if text.len() <= SHOWN_BYTES_MAX => format!("\"{text}\""),
            DeValue::String(text) => format!("a text of {} bytes", text.len()),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(flag) => flag.to_string(),
            DeValue::Datetime(time) => time.to_string(),
            DeValue::Array(list) => format!("a list of {}", list.len()),
            DeValue::Table(_) => "a table".to_owned(),
        };
        self.fault(Fault::Value { key: self.path.clone(), wanted: wanted.into(), found })
    }

    /// Says what is wrong with it beside other keys.
    pub(super) fn wrong(&self, sentence: impl Into<String>) -> Error {
        self.fault(Fault::Together { key: self.path.clone(), sentence: sentence.into() })
    }

    fn fault(&self, fault: Fault) -> Error {
        self.source.fault(self.value.span().start, fault)
    }
}

/// The known word that looks most like this one.
fn nearest<'k>(known: impl Iterator<Item = &'k str>, word: &str) -> &'k str {
    let by_distance = known.map(|known| (strsim::damerau_levenshtein(known, word), known));
    by_distance.min().map_or("", |(_, known)| known)
}

const SIGNED_MAX: u64 = 1 << 53;
const SHOWN_BYTES_MAX: usize = 60;
