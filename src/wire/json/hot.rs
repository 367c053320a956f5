//! Reads the GetItem that a cache hit answers, without touching the heap.
//!
//! Plain means: a table, a key of one or two texts, numbers or short byte strings, perhaps
//! `ConsistentRead`, nothing else, and no escape in any text. All else yields `None`, and
//! [`super::decode`] has the word.
//!
//! Must hold: what is read here, `decode` reads too, and as the same request.
//! Not here: errors; a body that is wrong is merely not plain.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::scan::plain_run;
use crate::api::{Consistency, TableName};
use crate::model::{KeyValue, Number};

/// A plain GetItem.
#[derive(Debug)]
pub struct HotGet<'a> {
    /// The table's name, which [`TableName`] would take.
    pub table: &'a str,
    /// The first attribute of the key as the request gave it.
    pub first: HotKey<'a>,
    /// The second, if there is one; its name is another.
    pub second: Option<HotKey<'a>>,
    /// How fresh the answer must be.
    pub consistency: Consistency,
}

/// An attribute of a plain key.
#[derive(Debug)]
pub struct HotKey<'a> {
    /// Its name, which is not empty.
    pub name: &'a str,
    /// Its value.
    pub value: HotValue<'a>,
}

/// The value of an attribute of a plain key.
#[derive(Debug)]
pub enum HotValue<'a> {
    /// Text.
    S(&'a str),
    /// A number.
    N(Number),
    /// A short byte string.
    B(ShortBytes),
}

/// A byte string that needs no heap.
#[derive(Debug)]
pub struct ShortBytes {
    bytes: [u8; SHORT_BYTES_MAX],
    len: usize,
}

/// Reads the body of a GetItem, if it is a plain one.
pub fn get_item(body: &[u8]) -> Option<HotGet<'_>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut cursor = Cursor { text, at: 0 };
    let (mut table, mut key, mut consistency) = (None, None, None);
    cursor.take(b'{')?;
    loop {
        let taken = match cursor.name()? {
            "TableName" => table.replace(cursor.string()?).is_some(),
            "Key" => key.replace(cursor.key()?).is_some(),
            "ConsistentRead" => consistency.replace(cursor.consistency()?).is_some(),
            _ => return None,
        };
        if taken {
            return None;
        }
        if !cursor.goes_on()? {
            break;
        }
    }
    cursor.end()?;
    let table = table.filter(|name| TableName::fits(name))?;
    let (first, second) = key?;
    let consistency = consistency.unwrap_or(Consistency::Eventual);
    Some(HotGet { table, first, second, consistency })
}

impl HotValue<'_> {
    /// The value as a key takes it.
    pub fn as_key_value(&self) -> KeyValue<'_> {
        match self {
            Self::S(text) => KeyValue::S(text),
            Self::N(number) => KeyValue::N(number),
            Self::B(bytes) => KeyValue::B(bytes.as_slice()),
        }
    }
}

impl ShortBytes {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn of_base64(text: &str) -> Option<Self> {
        let mut bytes = [0; SHORT_BYTES_MAX];
        if text.len() > SHORT_BYTES_MAX / 3 * 4 {
            return None;
        }
        let len = STANDARD.decode_slice(text, &mut bytes).ok()?;
        Some(Self { bytes, len })
    }
}

/// A place in a body that was plain so far.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn key(&mut self) -> Option<(HotKey<'a>, Option<HotKey<'a>>)> {
        self.take(b'{')?;
        let first = self.attribute()?;
        if !self.goes_on()? {
            return Some((first, None));
        }
        let second = self.attribute()?;
        (!self.goes_on()? && second.name != first.name).then_some((first, Some(second)))
    }

    fn attribute(&mut self) -> Option<HotKey<'a>> {
        let name = self.name().filter(|name| !name.is_empty())?;
        self.take(b'{')?;
        let kind = self.name()?;
        let text = self.string()?;
        self.take(b'}')?;
        let value = match kind {
            "S" => HotValue::S(text),
            "N" => HotValue::N(Number::parse(text).ok()?),
            "B" => HotValue::B(ShortBytes::of_base64(text)?),
            _ => return None,
        };
        Some(HotKey { name, value })
    }

    fn consistency(&mut self) -> Option<Consistency> {
        for (word, consistency) in [("true", Consistency::Strong), ("false", Consistency::Eventual)]
        {
            if self.peek()? == word.as_bytes()[0] {
                let end = self.at + word.len();
                let read = self.text.as_bytes().get(self.at..end)?;
                self.at = end;
                return (read == word.as_bytes()).then_some(consistency);
            }
        }
        None
    }

    fn name(&mut self) -> Option<&'a str> {
        let name = self.string()?;
        self.take(b':')?;
        Some(name)
    }

    fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let start = self.at;
        let end = start + plain_run(&self.text.as_bytes()[start..]);
        self.at = end;
        // Only what stands right behind the run may end it, so blanks are no help here.
        (self.text.as_bytes().get(end) == Some(&b'"')).then(|| self.at += 1)?;
        self.text.get(start..end)
    }

    /// Whether a comma follows; `None` unless it is that or the closing brace.
    fn goes_on(&mut self) -> Option<bool> {
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b',' => Some(true),
            b'}' => Some(false),
            _ => None,
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn end(&mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }

    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at).copied() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                byte => return byte,
            }
        }
    }
}

const SHORT_BYTES_MAX: usize = 48;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Wording, decode};
    use super::*;
    use crate::api::{CapacityDetail, GetItem, Operation, Request};
    use crate::model::AttributeValue;

    /// The request that the ordinary way makes of a body.
    fn decoded(body: &str) -> Option<GetItem> {
        match decode(Operation::GetItem, body.as_bytes(), Wording::Classic) {
            Ok(Request::GetItem(get)) => Some(get),
            _ => None,
        }
    }

    fn owned(key: &HotKey<'_>) -> (String, AttributeValue) {
        let value = match &key.value {
            HotValue::S(text) => AttributeValue::S((*text).to_owned()),
            HotValue::N(number) => AttributeValue::N(*number),
            HotValue::B(bytes) => AttributeValue::B(bytes.as_slice().to_vec().into()),
        };
        (key.name.to_owned(), value)
    }

    fn agrees(body: &str) -> bool {
        let Some(hot) = get_item(body.as_bytes()) else { return false };
        let get = decoded(body).expect("what is plain is valid");
        let key: Vec<_> = std::iter::once(&hot.first).chain(&hot.second).map(owned).collect();
        assert_eq!((hot.table, hot.consistency), (get.table.as_given(), get.consistency), "{body}");
        assert_eq!((key, CapacityDetail::None), (get.key, get.capacity), "{body}");
        true
    }

    #[test]
    fn plain_bodies_are_read_as_decode_reads_them() {
        for body in [
            r#"{"TableName":"t","Key":{"pk":{"S":"a"}}}"#,
            r#"{"TableName": "t", "Key": {"pk": {"S": "é"}, "sk": {"N": "-1.50"}}}"#,
            r#"{"Key":{"pk":{"B":"AQID"}},"ConsistentRead":true,"TableName":"t"}"#,
            r#"{"Key":{"pk":{"B":""}},"ConsistentRead":false,"TableName":"t"} "#,
            r#"{"TableName":"t","Key":{"pk":{"S":""}}}"#,
        ] {
            assert!(agrees(body), "{body}");
        }
    }

    #[test]
    fn all_else_is_left_to_decode() {
        let long = format!(r#"{{"TableName":"t","Key":{{"a":{{"B":"{}"}}}}}}"#, "AQID".repeat(17));
        for body in [
            "",
            "{}",
            r#"{"TableName":"t"}"#,
            r#"{"TableName":"t","Key":{}}"#,
            r#"{"TableName":"t","Key":{"a":{"S":"\n"}}}"#,
            r#"{"TableName":"t","Key":{"a":{"S":"x"}},"ReturnConsumedCapacity":"NONE"}"#,
            r#"{"TableName":"t","Key":{"a":{"S":"x"}},"Unknown":1}"#,
            r#"{"TableName":"t","Key":{"a":{"S":"x"}},"ConsistentRead":null}"#,
            r#"{"TableName":"t","Key":{"a":{"S":"x"}},"ConsistentRead":"true"}"#,
            r#"{"TableName":"t","Key":{"a":{"S":"x"}},"ConsistentRead":trux}"#,
            r#"{"TableName":"t","TableName":"t","Key":{"a":{"S":"x"}}}"#,
            r#"{"TableName":"t","Key":{"a":{"S":"x"},"a":{"S":"x"}}}"#,
            r#"{"TableName":"t","Key":{"a":{"S":"x"},"b":{"S":"x"},"c":{"S":"x"}}}"#,
            r#"{"TableName":"t","Key":{"":{"S":"x"}}}"#,
            r#"{"TableName":"t","Key":{"a":{"N":"x"}}}"#,
            r#"{"TableName":"t","Key":{"a":{"B":"x"}}}"#,
            r#"{"TableName":"t","Key":{"a":{"BOOL":true}}}"#,
            r#"{"TableName":"t","Key":{"a":{"S":"x","S":"x"}}}"#,
            r#"{"TableName":"a b","Key":{"a":{"S":"x"}}}"#,
            r#"{"TableName":"","Key":{"a":{"S":"x"}}}"#,
            r#"{"TableName":"t","Key":{"a":{"S":"x"}}"#,
            r#"{"TableName":"t","Key":{"a":{"S":"x"}}}x"#,
            r#"{"TableName":"t","Key":{"a":{"S":"x"}},}"#,
            &long,
        ] {
            assert!(get_item(body.as_bytes()).is_none(), "{body}");
        }
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\{ ?\"S\":\"[ -\\~é]{0,9}\"\\}",
            "\\{\"N\": ?\"[+-]?[0-9.]{1,9}(e[0-9]{1,3})?\"\\}",
            "\\{\"B\":\"([A-Za-z0-9+/]{4}){0,3}([A-Q]Q==)?\"\\}",
            "\\{\"[SNBX]\":(\"x\"|1|null)\\}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn whatever_it_reads_decode_reads_alike(
            table in "[a-z.]{1,5}|[a-z ]{0,3}",
            names in ("[a-c]{1,2}", "[a-c]{0,2}"),
            values in (value(), proptest::option::of(value())),
            consistent in proptest::option::of("true|false|null|\"true\"|1"),
            blank in " ?",
        ) {
            let second = values.1.map(|value| format!(",\"{}\":{value}", names.1));
            let consistent = consistent.map(|word| format!(",\"ConsistentRead\":{word}"));
            let body = format!(
                "{{\"TableName\":{blank}\"{table}\",\"Key\":{{\"{}\":{}{}}}{}{blank}}}{blank}",
                names.0, values.0, second.unwrap_or_default(), consistent.unwrap_or_default()
            );

            agrees(&body);
        }
    }
}
