//! `ExpressionAttributeNames` and `ExpressionAttributeValues`: what placeholders stand for, and
//! which of them were used.
//!
//! A tree owns what its placeholders stood for, and a text of 4,096 bytes can name one value a
//! thousand times. So what is handed out is counted, and has a limit.
//!
//! Must hold: a placeholder counts as used once any expression of the request names it.
//! Not here: reading the two maps from a request, and whether a value is one (`wire/`).

use std::collections::BTreeMap;

use super::error::{Error, Fault, Language};
use crate::model::AttributeValue;

/// The two maps of one request.
#[derive(Debug, Default)]
pub struct Placeholders {
    names: BTreeMap<String, Entry<String>>,
    values: BTreeMap<String, Entry<AttributeValue>>,
    substituted_bytes: usize,
}

/// What a placeholder stands for.
#[derive(Debug)]
struct Entry<T> {
    meaning: T,
    bytes: usize,
    used: bool,
}

impl Placeholders {
    /// Checks the maps of a request, in their order; `None` is a map that was not given.
    pub fn new(
        names: Option<Vec<(String, String)>>,
        values: Option<Vec<(String, AttributeValue)>>,
    ) -> Result<Self, Error> {
        let mut placeholders = Self::default();
        if let Some(names) = names {
            check_names(&names)?;
            placeholders.names = entries(names, String::len);
        }
        if let Some(values) = values {
            check_values(&values)?;
            placeholders.values = entries(values, value_bytes);
        }
        Ok(placeholders)
    }

    /// Refuses placeholders that no expression used: names first, then values.
    pub fn check_used(&self) -> Result<(), Error> {
        let names = unused(&self.names);
        if !names.is_empty() {
            return Err(Fault::UnusedNames(names).into());
        }
        let values = unused(&self.values);
        if !values.is_empty() {
            return Err(Fault::UnusedValues(values).into());
        }
        Ok(())
    }

    /// What a placeholder for a name, with its `#`, stands for; it is used now.
    pub(super) fn name(&mut self, language: Language, placeholder: &str) -> Result<&str, Error> {
        let undefined = || Fault::UndefinedName(placeholder.to_owned());
        let entry = self
            .names
            .get_mut(placeholder)
            .ok_or_else(|| Error::in_expression(language, undefined()))?;
        Ok(entry.substitute(&mut self.substituted_bytes)?)
    }

    /// What a placeholder for a value, with its `:`, stands for; it is used now.
    pub(super) fn value(
        &mut self,
        language: Language,
        placeholder: &str,
    ) -> Result<&AttributeValue, Error> {
        let undefined = || Fault::UndefinedValue(placeholder.to_owned());
        let entry = self
            .values
            .get_mut(placeholder)
            .ok_or_else(|| Error::in_expression(language, undefined()))?;
        Ok(entry.substitute(&mut self.substituted_bytes)?)
    }
}

impl<T> Entry<T> {
    fn substitute(&mut self, substituted_bytes: &mut usize) -> Result<&T, Fault> {
        *substituted_bytes = substituted_bytes.saturating_add(self.bytes);
        if *substituted_bytes > SUBSTITUTED_BYTES_MAX {
            return Err(Fault::TooMuchSubstituted(SUBSTITUTED_BYTES_MAX));
        }
        self.used = true;
        Ok(&self.meaning)
    }
}

fn check_names(names: &[(String, String)]) -> Result<(), Fault> {
    if names.is_empty() {
        return Err(Fault::EmptyNames);
    }
    for (key, name) in names {
        if !is_placeholder(key, '#') {
            return Err(Fault::NameKey(key.clone()));
        }
        if key.len() > KEY_BYTES_MAX {
            return Err(Fault::NameKeyTooLong(key.clone()));
        }
        if name.is_empty() {
            return Err(Fault::EmptyName(key.clone()));
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(Fault::NameTooLong(key.clone()));
        }
    }
    Ok(())
}

fn check_values(values: &[(String, AttributeValue)]) -> Result<(), Fault> {
    if values.is_empty() {
        return Err(Fault::EmptyValues);
    }
    for (key, _) in values {
        if !is_placeholder(key, ':') {
            return Err(Fault::ValueKey(key.clone()));
        }
        if key.len() > KEY_BYTES_MAX {
            return Err(Fault::ValueKeyTooLong(key.clone()));
        }
    }
    Ok(())
}

fn is_placeholder(key: &str, sigil: char) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    key.strip_prefix(sigil).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(word))
}

/// A key that comes twice means what it meant last.
fn entries<T>(given: Vec<(String, T)>, bytes: impl Fn(&T) -> usize) -> BTreeMap<String, Entry<T>> {
    let entry = |(key, meaning)| {
        let bytes = bytes(&meaning);
        (key, Entry { meaning, bytes, used: false })
    };
    given.into_iter().map(entry).collect()
}

fn unused<T>(entries: &BTreeMap<String, Entry<T>>) -> Vec<String> {
    entries.iter().filter(|(_, entry)| !entry.used).map(|(key, _)| key.clone()).collect()
}

/// What a value takes in memory, nearly.
fn value_bytes(value: &AttributeValue) -> usize {
    let inner = match value {
        AttributeValue::S(text) => text.len(),
        // Bytes are shared by every copy.
        AttributeValue::B(_)
        | AttributeValue::N(_)
        | AttributeValue::Bool(_)
        | AttributeValue::Null => 0,
        AttributeValue::L(values) => values.iter().map(value_bytes).sum(),
        AttributeValue::M(attributes) => {
            attributes.iter().map(|(name, value)| WORD + name.len() + value_bytes(value)).sum()
        }
        AttributeValue::Ss(texts) => texts.iter().map(|text| WORD + text.len()).sum(),
        AttributeValue::Ns(numbers) => numbers.len() * WORD,
        AttributeValue::Bs(elements) => elements.len() * WORD,
    };
    WORD + inner
}

/// With its sigil.
const KEY_BYTES_MAX: usize = 255;
const NAME_BYTES_MAX: usize = 65_535;
/// Room for forty uses of a value as large as an item.
const SUBSTITUTED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// About what a text, a number or a value takes beside its bytes.
const WORD: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, name)| ((*key).into(), (*name).into())).collect()
    }

    fn values(keys: &[&str]) -> Vec<(String, AttributeValue)> {
        keys.iter().map(|key| ((*key).into(), AttributeValue::Null)).collect()
    }

    #[test]
    fn each_key_and_name_is_checked_in_turn() {
        let long = "x".repeat(255);
        let sharp = format!("#{long}");
        let colon = format!(":{long}");
        for (names, values, sentence) in [
            (
                Some(names(&[])),
                Some(values(&[])),
                "ExpressionAttributeNames must not be empty".to_owned(),
            ),
            (None, Some(values(&[])), "ExpressionAttributeValues must not be empty".to_owned()),
            (
                Some(names(&[("#a", "a"), ("b", ""), ("#c-", "c")])),
                Some(values(&[])),
                "ExpressionAttributeNames contains invalid key: Syntax error; key: \"b\""
                    .to_owned(),
            ),
            (
                Some(names(&[("#", "a")])),
                None,
                "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\""
                    .to_owned(),
            ),
            (
                Some(names(&[("#a", "")])),
                None,
                "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a"
                    .to_owned(),
            ),
            (
                Some(names(&[("#a", &"x".repeat(65_536))])),
                None,
                "ExpressionAttributeNames contains invalid value: The attribute name is too long \
                 for key #a"
                    .to_owned(),
            ),
            (
                Some(names(&[(&sharp, "a")])),
                None,
                format!(
                    "ExpressionAttributeNames contains invalid key: The expression attribute map \
                     contains a key that is too long; key: \"{sharp}\""
                ),
            ),
            (
                None,
                Some(values(&[":a", ":b.c"])),
                "ExpressionAttributeValues contains invalid key: Syntax error; key: \":b.c\""
                    .to_owned(),
            ),
            (
                None,
                Some(values(&[&colon])),
                format!(
                    "ExpressionAttributeValues contains invalid key: The expression attribute map \
                     contains a key that is too long; key: \"{colon}\""
                ),
            ),
        ] {
            let error = Placeholders::new(names, values).expect_err("something is wrong");
            assert_eq!(error.to_string(), sentence);
        }
        let fits =
            Some(names(&[(&sharp[..255], &"x".repeat(65_535)), ("#0_", "a.b"), ("#_", "#")]));
        assert!(Placeholders::new(fits, Some(values(&[":0", ":_"]))).is_ok());
    }

    #[test]
    fn what_is_not_used_is_listed_in_order() {
        let names = Some(names(&[("#b", "b"), ("#c", "c"), ("#a", "a")]));
        let mut placeholders =
            Placeholders::new(names, Some(values(&[":y", ":z", ":x"]))).expect("fine");

        assert_eq!(placeholders.name(Language::Update, "#c"), Ok("c"));
        assert_eq!(
            placeholders.check_used().expect_err("unused").to_string(),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}"
        );
        for name in ["#a", "#b"] {
            placeholders.name(Language::Update, name).expect("defined");
        }
        placeholders.value(Language::Condition, ":z").expect("defined");
        assert_eq!(
            placeholders.check_used().expect_err("unused").to_string(),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:x, :y}"
        );
        for value in [":x", ":y"] {
            placeholders.value(Language::Condition, value).expect("defined");
        }
        assert_eq!(placeholders.check_used(), Ok(()));
    }

    #[test]
    fn a_large_value_cannot_be_used_without_end() {
        let large = AttributeValue::S("x".repeat(SUBSTITUTED_BYTES_MAX / 4));
        let given = Some(vec![(":v".to_owned(), large)]);
        let mut placeholders = Placeholders::new(None, given).expect("fine");

        let uses = (0..10).take_while(|_| placeholders.value(Language::Update, ":v").is_ok());

        assert_eq!(uses.count(), 3);
    }
}
