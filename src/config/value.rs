//! How a value is read from TOML or from text, and shown as TOML.
//!
//! Must hold: what [`Value::show`] prints, [`Value::read`] reads back.
//! Not here: words and names with rules of their own (`choice.rs`).

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use toml::de::DeValue;

/// A value as an operator wrote it.
pub(super) enum Raw<'a> {
    /// From the file.
    Toml(&'a DeValue<'a>),
    /// From the environment or a flag; lists are separated by commas.
    Text(&'a str),
}

impl Raw<'_> {
    /// A string, from either.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Toml(value) => value.as_str(),
            Self::Text(text) => Some(text),
        }
    }

    pub(super) fn unlike(&self, expected: &'static str) -> Problem {
        let found = match self {
            Self::Toml(value) => match value.as_str() {
                Some(text) => shown(text),
                None => format!("{} {}", article(value.type_str()), value.type_str()),
            },
            Self::Text(text) => shown(text),
        };
        Problem::Unlike { expected, found }
    }

    fn whole(&self) -> Option<u64> {
        match self {
            Self::Toml(value) => {
                let integer = value.as_integer()?;
                u64::from_str_radix(integer.as_str(), integer.radix()).ok()
            }
            Self::Text(text) => text.parse().ok(),
        }
    }
}

/// What is wrong with a value.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Problem {
    /// Another kind of value than the key takes.
    #[error("expected {expected}, found {found}")]
    Unlike {
        /// What the key takes.
        expected: &'static str,
        /// What stands there.
        found: String,
    },

    /// A number beyond what the key takes.
    #[error("{found} is not between {min} and {max}")]
    OutOfRange {
        /// The number that stands there.
        found: u64,
        /// The least that the key takes.
        min: u64,
        /// The most that the key takes.
        max: u64,
    },

    /// A key that stands in the same place by its other name.
    #[error("{other} is another name of it, and is set too")]
    NamedTwice {
        /// The other name, with its section.
        other: String,
    },

    /// DAX's word for no cached queries.
    #[error("with 0, DAX caches no queries: say query_cache = \"off\" for that")]
    DaxCachesNothing,
}

/// A type that a key can have.
pub(super) trait Value: Sized {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem>;

    /// The value as TOML.
    fn show(&self) -> String;

    /// The number that a range is about.
    fn number(&self) -> Option<u64> {
        None
    }
}

/// Refuses a number outside a key's range.
pub(super) fn within(value: &impl Value, range: RangeInclusive<u64>) -> Result<(), Problem> {
    match value.number() {
        Some(found) if !range.contains(&found) => {
            Err(Problem::OutOfRange { found, min: *range.start(), max: *range.end() })
        }
        _ => Ok(()),
    }
}

impl Value for u64 {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        raw.whole().ok_or_else(|| raw.unlike("a whole number"))
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn number(&self) -> Option<u64> {
        Some(*self)
    }
}

/// A number, or `None` where the process chooses one itself.
impl Value for Option<u64> {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        if raw.text() == Some(AUTO) {
            return Ok(None);
        }
        raw.whole().map(Some).ok_or_else(|| raw.unlike("a whole number or \"auto\""))
    }

    fn show(&self) -> String {
        self.map_or_else(|| quoted(AUTO), |number| number.to_string())
    }

    fn number(&self) -> Option<u64> {
        *self
    }
}

/// An address, or none and "auto".
impl Value for Option<SocketAddr> {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        if raw.text() == Some(AUTO) {
            return Ok(None);
        }
        let expected = "an address and port, such as 192.0.2.1:8111, or \"auto\"";
        SocketAddr::read(raw).map(Some).map_err(|_| raw.unlike(expected))
    }

    fn show(&self) -> String {
        self.map_or_else(|| quoted(AUTO), |address| address.show())
    }
}

impl Value for bool {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let flag = match raw {
            Raw::Toml(value) => value.as_bool(),
            Raw::Text(text) => text.parse().ok(),
        };
        flag.ok_or_else(|| raw.unlike("true or false"))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for SocketAddr {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let unlike = || raw.unlike("an address and port, such as 127.0.0.1:8000 or [::1]:8000");
        let text = raw.text().ok_or_else(unlike)?;
        if let Some(port) = text.strip_prefix("localhost:") {
            return port
                .parse()
                .map(|port| (Ipv4Addr::LOCALHOST, port).into())
                .map_err(|_| unlike());
        }
        text.parse().map_err(|_| unlike())
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Value for PathBuf {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let path = raw.text().filter(|text| !text.is_empty());
        path.map(Self::from).ok_or_else(|| raw.unlike("a path"))
    }

    fn show(&self) -> String {
        quoted(&self.to_string_lossy())
    }
}

/// A path, or `None` for the empty one.
impl Value for Option<PathBuf> {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let path = raw.text().ok_or_else(|| raw.unlike("a path or \"\""))?;
        Ok(Some(path).filter(|path| !path.is_empty()).map(PathBuf::from))
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| quoted(""), Value::show)
    }
}

/// A name, or `None` for the empty one.
impl Value for Option<String> {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let name = raw.text().ok_or_else(|| raw.unlike("a name or \"\""))?;
        Ok(Some(name).filter(|name| !name.is_empty()).map(str::to_owned))
    }

    fn show(&self) -> String {
        quoted(self.as_deref().unwrap_or_default())
    }
}

/// Names, none of them empty.
impl Value for Vec<String> {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let unlike = || raw.unlike("a list of names");
        let names: Self = match raw {
            Raw::Text("") => Vec::new(),
            Raw::Text(text) => text.split(',').map(|name| name.trim().to_owned()).collect(),
            Raw::Toml(value) => value
                .as_array()
                .ok_or_else(unlike)?
                .iter()
                .map(|name| name.get_ref().as_str().map(str::to_owned).ok_or_else(unlike))
                .collect::<Result<_, _>>()?,
        };
        if names.len() > NAMES_MAX || names.iter().any(String::is_empty) {
            return Err(unlike());
        }
        Ok(names)
    }

    fn show(&self) -> String {
        let names: Vec<String> = self.iter().map(|name| quoted(name)).collect();
        format!("[{}]", names.join(", "))
    }
}

/// Addresses; from text they are separated by commas.
impl Value for Vec<SocketAddr> {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let unlike = || raw.unlike("a list of addresses and ports, such as 192.0.2.2:8111");
        let texts = Vec::<String>::read(raw).map_err(|_| unlike())?;
        let address = |text: &String| text.parse().map_err(|_| unlike());
        texts.iter().map(address).collect()
    }

    fn show(&self) -> String {
        let texts: Vec<String> = self.iter().map(ToString::to_string).collect();
        texts.show()
    }
}

/// A TOML string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// What an operator wrote, short enough for a sentence.
pub(super) fn shown(text: &str) -> String {
    let short: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    format!("{short:?}")
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'i']) { "an" } else { "a" }
}

const AUTO: &str = "auto";
const NAMES_MAX: usize = 10_000;
const SHOWN_CHARS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Value>(text: &str) -> Result<T, Problem> {
        T::read(&Raw::Text(text))
    }

    fn read_toml<T: Value>(text: &str) -> Result<T, Problem> {
        T::read(&Raw::Toml(DeValue::parse(text).expect("a TOML value").get_ref()))
    }

    #[test]
    fn what_is_shown_reads_back() {
        let names = vec!["a.b".to_owned(), "quote\"d".to_owned()];
        let path = PathBuf::from("/tmp/it's");

        assert_eq!(read_toml(&names.show()), Ok(names));
        assert_eq!(read_toml(&path.show()), Ok(path));
        assert_eq!(read_toml(&None::<u64>.show()), Ok(None::<u64>));
        assert_eq!(read_toml(&Some(7_u64).show()), Ok(Some(7_u64)));
        assert_eq!(read_toml(&None::<PathBuf>.show()), Ok(None::<PathBuf>));
        for address in [None, Some(SocketAddr::from(([192, 0, 2, 1], 80)))] {
            assert_eq!(read_toml(&address.show()), Ok(address));
        }
        assert_eq!(read_toml::<u64>("0x10"), Ok(16));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let unlike = |expected, found: &str| Problem::Unlike { expected, found: found.to_owned() };

        assert_eq!(read::<u64>("-1"), Err(unlike("a whole number", "\"-1\"")));
        assert_eq!(read_toml::<u64>("1.5"), Err(unlike("a whole number", "a float")));
        assert_eq!(read_toml::<u64>("[1]"), Err(unlike("a whole number", "an array")));
        assert_eq!(read_toml::<bool>("\"yes\""), Err(unlike("true or false", "\"yes\"")));
        assert_eq!(read::<PathBuf>(""), Err(unlike("a path", "\"\"")));
        assert!(read::<SocketAddr>("127.0.0.1").is_err());
        assert!(read::<SocketAddr>("localhost:99999").is_err());
        assert!(read::<Vec<String>>("a,,b").is_err());
        assert!(read_toml::<Vec<String>>("[1]").is_err());
    }

    #[test]
    fn localhost_is_loopback() {
        assert_eq!(read::<SocketAddr>("localhost:0"), Ok(SocketAddr::from(([127, 0, 0, 1], 0))));
    }

    #[test]
    fn a_range_holds_at_both_ends() {
        assert!(within(&1_u64, 1..=2).is_ok() && within(&2_u64, 1..=2).is_ok());
        assert_eq!(within(&3_u64, 1..=2), Err(Problem::OutOfRange { found: 3, min: 1, max: 2 }));
        assert!(within(&Some(0_u64), 1..=2).is_err());
        assert!(within(&None::<u64>, 1..=2).is_ok());
    }
}
