//! Writes a tree as a text.

use std::collections::{BTreeSet, HashMap};

use super::super::cbor::{Count, Head, Malformed, Reader};
use super::placeholder::{Short, of_value};
use super::{ELEMENT, code};

/// Writes one expression.
pub(super) struct Printer<'t> {
    pub(super) out: String,
    pub(super) names: &'t mut HashMap<String, usize>,
    /// The number of this expression's first value among those of the request.
    pub(super) first_value: usize,
    pub(super) used: BTreeSet<u64>,
}

impl Printer<'_> {
    pub(super) fn condition(
        &mut self,
        reader: &mut Reader<'_>,
        level: usize,
    ) -> Result<(), Malformed> {
        let level = deeper(level)?;
        let (code, operands) = node(reader)?;
        match (code, operands) {
            (code::EQUAL, 2) => self.infix(reader, "=", level),
            (code::NOT_EQUAL, 2) => self.infix(reader, "<>", level),
            (code::LESS, 2) => self.infix(reader, "<", level),
            (code::GREATER_OR_EQUAL, 2) => self.infix(reader, ">=", level),
            (code::GREATER, 2) => self.infix(reader, ">", level),
            (code::LESS_OR_EQUAL, 2) => self.infix(reader, "<=", level),
            (code::AND, 2) => {
                self.joined(reader, &[code::OR], level)?;
                self.put(" AND ");
                self.joined(reader, &[code::OR], level)
            }
            (code::OR, 2) => {
                self.joined(reader, &[], level)?;
                self.put(" OR ");
                self.joined(reader, &[], level)
            }
            (code::NOT, 1) => {
                self.put("NOT ");
                self.joined(reader, &[code::AND, code::OR], level)
            }
            (code::BETWEEN, 3) => {
                self.operand(reader, level)?;
                self.put(" BETWEEN ");
                self.operand(reader, level)?;
                self.put(" AND ");
                self.operand(reader, level)
            }
            (code::IN, 2) => {
                self.operand(reader, level)?;
                self.put(" IN (");
                let choices = reader.array()?;
                self.list(reader, choices, level)?;
                self.put(")");
                Ok(())
            }
            (code::EXISTS, _) => self.call(reader, "attribute_exists", operands, level),
            (code::NOT_EXISTS, _) => self.call(reader, "attribute_not_exists", operands, level),
            (code::HAS_TYPE, _) => self.call(reader, "attribute_type", operands, level),
            (code::BEGINS_WITH, _) => self.call(reader, "begins_with", operands, level),
            (code::CONTAINS, _) => self.call(reader, "contains", operands, level),
            _ => Err(Malformed("a tree has something else where a condition should be")),
        }
    }

    /// A condition under an operator, in parentheses if it is one of these.
    fn joined(
        &mut self,
        reader: &mut Reader<'_>,
        weaker: &[i64],
        level: usize,
    ) -> Result<(), Malformed> {
        let (code, _) = node(&mut reader.clone())?;
        let is_group = weaker.contains(&code);
        if is_group {
            self.put("(");
        }
        self.condition(reader, level)?;
        if is_group {
            self.put(")");
        }
        Ok(())
    }

    fn operand(&mut self, reader: &mut Reader<'_>, level: usize) -> Result<(), Malformed> {
        let level = deeper(level)?;
        let mut ahead = *reader;
        let (code, operands) = node(&mut ahead)?;
        if code == code::PATH {
            return self.path(reader);
        }
        *reader = ahead;
        match (code, operands) {
            (code::VALUE, 1) => {
                let number = u64::try_from(reader.integer()?);
                let number = number.map_err(|_| Malformed("values have numbers from zero"))?;
                self.used.insert(number);
                let placeholder = of_value(self.first_value, number)?;
                self.put(&placeholder);
                Ok(())
            }
            (code::SIZE, _) => self.call(reader, "size", operands, level),
            (code::IF_NOT_EXISTS, _) => self.call(reader, "if_not_exists", operands, level),
            (code::LIST_APPEND, _) => self.call(reader, "list_append", operands, level),
            (code::PLUS, 2) => self.infix(reader, "+", level),
            (code::MINUS, 2) => self.infix(reader, "-", level),
            _ => Err(Malformed("a tree has something else where an operand should be")),
        }
    }

    fn infix(
        &mut self,
        reader: &mut Reader<'_>,
        operator: &str,
        level: usize,
    ) -> Result<(), Malformed> {
        self.operand(reader, level)?;
        self.put(operator);
        self.operand(reader, level)
    }

    fn call(
        &mut self,
        reader: &mut Reader<'_>,
        function: &str,
        operands: u64,
        level: usize,
    ) -> Result<(), Malformed> {
        self.put(function);
        self.put("(");
        self.list(reader, Count::Of(operands), level)?;
        self.put(")");
        Ok(())
    }

    fn list(
        &mut self,
        reader: &mut Reader<'_>,
        mut count: Count,
        level: usize,
    ) -> Result<(), Malformed> {
        let mut is_first = true;
        while reader.has_next(&mut count)? {
            if !is_first {
                self.put(",");
            }
            is_first = false;
            self.operand(reader, level)?;
        }
        Ok(())
    }

    pub(super) fn paths(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let mut count = reader.array()?;
        let mut is_first = true;
        while reader.has_next(&mut count)? {
            if !is_first {
                self.put(",");
            }
            is_first = false;
            self.path(reader)?;
        }
        Ok(())
    }

    fn path(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let (code, elements) = node(reader)?;
        if code != code::PATH {
            return Err(Malformed("a tree has something else where a path should be"));
        }
        for place in 0..elements {
            match reader.head()? {
                Head::Text(name) => {
                    if place > 0 {
                        self.put(".");
                    }
                    self.name(name);
                }
                Head::Tag(ELEMENT) if place > 0 => {
                    let index = reader.integer()?;
                    self.put("[");
                    self.put(itoa::Buffer::new().format(index));
                    self.put("]");
                }
                _ => return Err(Malformed("a path has something else than names and places")),
            }
        }
        Ok(())
    }

    /// Actions may come in any order; a text has each kind once. The kinds stand as they come first,
    /// since of two faults the first is told.
    pub(super) fn actions(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let mut sections: Vec<(&str, String)> = Vec::new();
        let mut count = reader.array()?;
        while reader.has_next(&mut count)? {
            let (code, operands) = node(reader)?;
            let (keyword, between) = match (code, operands) {
                (code::SET, 2) => ("SET ", Some("=")),
                (code::REMOVE, 1) => ("REMOVE ", None),
                (code::ADD, 2) => ("ADD ", Some(" ")),
                (code::DELETE, 2) => ("DELETE ", Some(" ")),
                _ => return Err(Malformed("a tree has something else where an action should be")),
            };
            self.path(reader)?;
            if let Some(between) = between {
                self.put(between);
                self.operand(reader, 0)?;
            }
            let action = std::mem::take(&mut self.out);
            match sections.iter_mut().find(|(known, _)| *known == keyword) {
                Some((_, section)) => {
                    section.push(',');
                    section.push_str(&action);
                }
                None => sections.push((keyword, action)),
            }
        }
        for (keyword, actions) in &sections {
            if !self.out.is_empty() {
                self.put(" ");
            }
            self.put(keyword);
            self.put(actions);
        }
        Ok(())
    }

    /// The same name has the same placeholder everywhere.
    fn name(&mut self, name: &str) {
        let next = self.names.len();
        let number = match self.names.get(name) {
            Some(number) => *number,
            None => *self.names.entry(name.to_owned()).or_insert(next),
        };
        self.out.push('#');
        self.out.push_str(&Short(number).to_string());
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }
}

/// The code of a node, and how many operands follow it.
fn node(reader: &mut Reader<'_>) -> Result<(i64, u64), Malformed> {
    let parts = reader.array_of()?;
    let operands = parts.checked_sub(1).ok_or(Malformed("a tree has an empty node"))?;
    Ok((reader.integer()?, operands))
}

fn deeper(level: usize) -> Result<usize, Malformed> {
    if level < LEVELS_MAX {
        Ok(level + 1)
    } else {
        Err(Malformed("an expression is nested too deep"))
    }
}

/// More than an expression of 300 operators has.
const LEVELS_MAX: usize = 400;
