//! Expressions: clients parse them and send trees, which become texts again.
//!
//!     condition, filter, key condition, update   [1, tree, [value, value ...]]
//!     projection                                 [1, [path, path ...]]
//!     tree                                       [code, operand ...]
//!
//! A text with placeholders for all names and values goes through the one parser that there is, with
//! all of its checks and words.
//!
//! Must hold: no text has more parentheses than its tree needs, since those are refused; what is
//! written is short, so that a text that was within the limit still is.
//! Not here: what expressions mean (`expr/`).

pub(super) mod code;
mod placeholder;
mod printer;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use self::placeholder::{Short, of_value};
use self::printer::Printer;
use super::cbor::{Malformed, Reader};
use super::value;
use crate::expr::{Fault, Language};
use crate::model::AttributeValue;
use crate::wire::json::{Expressions, Values};

/// The expressions of one request, on their way to being its members.
#[derive(Debug, Default)]
pub(super) struct Texts {
    written: Vec<(Language, Cow<'static, str>)>,
    names: HashMap<String, usize>,
    values: Vec<(String, AttributeValue)>,
    /// The number of the next expression's first value.
    first_value: usize,
    value_fault: Option<Fault>,
}

impl Texts {
    /// Adds an expression, if there is one.
    pub(super) fn add(
        &mut self,
        language: Language,
        bytes: Option<&[u8]>,
    ) -> Result<(), Malformed> {
        let Some(bytes) = bytes else { return Ok(()) };
        let mut reader = Reader::new(bytes);
        let parts = reader.array_of()?;
        if reader.integer()? != FORMAT {
            return Err(Malformed("an expression is of an unknown format"));
        }
        let first_value = self.first_value;
        let mut printer = Printer {
            out: String::new(),
            names: &mut self.names,
            first_value,
            used: BTreeSet::new(),
        };
        match (language, parts) {
            (Language::Projection, 2..) => printer.paths(&mut reader)?,
            (Language::Update, 3) => printer.actions(&mut reader)?,
            (Language::Condition | Language::Filter | Language::KeyCondition, 3) => {
                printer.condition(&mut reader, 0)?;
            }
            _ => return Err(Malformed("an expression has another number of parts")),
        }
        let Printer { out, used, .. } = printer;
        if language != Language::Projection {
            self.add_values(&mut reader, &used)?;
            reader.end()?;
        }
        self.written.push((language, out.into()));
        Ok(())
    }

    /// The members.
    pub(super) fn members(self) -> Expressions<'static> {
        let name = |(name, number)| (format!("#{}", Short(number)), name);
        let names = self.names.into_iter().map(name).collect();
        Expressions::of(self.written, names, self.values, self.value_fault)
    }

    /// The values that the tree names; others would be refused as unused.
    fn add_values(
        &mut self,
        reader: &mut Reader<'_>,
        used: &BTreeSet<u64>,
    ) -> Result<(), Malformed> {
        let mut count = reader.array()?;
        let (mut number, mut found) = (0, 0);
        while reader.has_next(&mut count)? {
            if number >= VALUES_MAX {
                return Err(Malformed("an expression has more values than it can name"));
            }
            let mut values = Values::default();
            let value = value::read(reader, &mut values, 1)?;
            if used.contains(&number) {
                found += 1;
                let placeholder = of_value(self.first_value, number)?;
                if let Err(fault) = values.check() {
                    let fault = Fault::Value(placeholder.clone(), fault.message);
                    self.value_fault.get_or_insert(fault);
                }
                self.values.push((placeholder, value));
            }
            number += 1;
        }
        self.first_value += usize::try_from(number).unwrap_or(usize::MAX);
        if found == used.len() { Ok(()) } else { Err(Malformed("a tree names a value too many")) }
    }
}

pub(super) const FORMAT: i64 = 1;
/// More than a text of 4,096 bytes can name.
const VALUES_MAX: u64 = 4_096;
/// A place in a list, in a path.
pub(super) const ELEMENT: u64 = 3324;
