//! What a request says beside its table and key: flags, expressions, and what stands for their
//! placeholders.
//!
//! Must hold: every placeholder that an expression names is given, and none besides, since
//! DynamoDB refuses both.
//! Not here: whether an expression means something; the server says that.

use super::Error;
use super::limits::{EXPRESSION_BYTES_MAX, NAME_BYTES_MAX};
use super::random::Random;
use super::section::{Cell, Section};
use super::table::{Name, Part, Table};
use super::value::Value;

/// The end of a request's body.
#[derive(Debug, Default)]
pub(super) struct Clauses {
    /// Members that are always the same, each with a comma before it.
    fixed: String,
    names: Vec<GivenName>,
    values: Vec<GivenValue>,
}

/// A clause that an action may have, and DynamoDB's name of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clause {
    key: &'static str,
    member: &'static str,
}

/// `#name`, and the attributes that it stands for in turn.
#[derive(Debug)]
struct GivenName {
    placeholder: Name,
    attributes: Vec<Name>,
}

/// `:value`, and what it is.
#[derive(Debug)]
struct GivenValue {
    placeholder: Name,
    operand: Operand,
}

#[derive(Debug)]
enum Operand {
    Drawn(Value),
    /// What an item has there.
    Of(Part),
}

impl Clauses {
    /// Reads these clauses of an action, with its names and values.
    pub(super) fn read(
        section: &Section<'_>,
        table: &Table,
        clauses: &[Clause],
    ) -> Result<Self, Error> {
        let mut read = Self::default();
        if let Some(names) = section.find("names") {
            for (placeholder, cell) in names.section()?.entries() {
                read.names.push(GivenName::read(placeholder, &cell)?);
            }
        }
        if let Some(values) = section.find("values") {
            for (placeholder, cell) in values.section()?.entries() {
                read.values.push(GivenValue::read(placeholder, &cell, table)?);
            }
        }
        let mut used = Vec::new();
        for clause in clauses {
            if let Some(cell) = section.find(clause.key) {
                let text = cell.text(1..=EXPRESSION_BYTES_MAX)?;
                let placeholders = placeholders(text);
                if let Some(unknown) = placeholders.iter().find(|name| !read.gives(name)) {
                    let list = if unknown.starts_with('#') { "names" } else { "values" };
                    return Err(cell.wrong(format!("{unknown} is not among the {list}")));
                }
                used.extend(placeholders);
                read.push(clause.member, &Name::new(text).json);
            }
        }
        read.check_used(section, &used)?;
        Ok(read)
    }

    /// Adds a member that is always the same, its value being JSON.
    pub(super) fn push(&mut self, member: &str, json: &str) {
        self.fixed.push_str(",\"");
        self.fixed.push_str(member);
        self.fixed.push_str("\":");
        self.fixed.push_str(json);
    }

    /// Adds a name that stands for a part of the table.
    pub(super) fn push_name(&mut self, placeholder: &str, attribute: &Name) {
        let attributes = vec![attribute.clone()];
        self.names.push(GivenName { placeholder: Name::new(placeholder), attributes });
    }

    /// Adds a value that is that of a part of the item.
    pub(super) fn push_value(&mut self, placeholder: &str, part: Part) {
        let placeholder = Name::new(placeholder);
        self.values.push(GivenValue { placeholder, operand: Operand::Of(part) });
    }

    /// Appends them, drawn for an item.
    pub(super) fn write(&self, table: &Table, item: u64, random: &mut Random, out: &mut Vec<u8>) {
        out.extend_from_slice(self.fixed.as_bytes());
        if !self.names.is_empty() {
            let mut before: &[u8] = b",\"ExpressionAttributeNames\":{";
            for name in &self.names {
                write_member(before, &name.placeholder, out);
                let place = if name.attributes.len() == 1 {
                    0
                } else {
                    random.place(name.attributes.len())
                };
                out.extend_from_slice(name.attributes[place].json.as_bytes());
                before = b",";
            }
            out.push(b'}');
        }
        if !self.values.is_empty() {
            let mut before: &[u8] = b",\"ExpressionAttributeValues\":{";
            for value in &self.values {
                write_member(before, &value.placeholder, out);
                match &value.operand {
                    Operand::Drawn(value) => value.write(item, random, out),
                    Operand::Of(part) => table.write_part(*part, item, random, out),
                }
                before = b",";
            }
            out.push(b'}');
        }
    }

    fn gives(&self, placeholder: &str) -> bool {
        self.names.iter().any(|name| name.placeholder.text == placeholder)
            || self.values.iter().any(|value| value.placeholder.text == placeholder)
    }

    fn check_used(&self, section: &Section<'_>, used: &[&str]) -> Result<(), Error> {
        let names = self.names.iter().map(|name| &name.placeholder.text);
        let values = self.values.iter().map(|value| &value.placeholder.text);
        match names.chain(values).find(|placeholder| !used.contains(&placeholder.as_str())) {
            Some(unused) => {
                Err(section
                    .wrong(format!("no expression uses {unused}, and DynamoDB refuses that")))
            }
            None => Ok(()),
        }
    }
}

impl Clause {
    pub(super) const UPDATE: Self = Self { key: "update", member: "UpdateExpression" };
    pub(super) const CONDITION: Self = Self { key: "condition", member: "ConditionExpression" };
    pub(super) const FILTER: Self = Self { key: "filter", member: "FilterExpression" };
    pub(super) const PROJECTION: Self = Self { key: "projection", member: "ProjectionExpression" };
}

impl GivenName {
    fn read(placeholder: &str, cell: &Cell<'_>) -> Result<Self, Error> {
        check_placeholder(placeholder, '#', cell)?;
        // It need not be an attribute of the shape: updates may make others.
        let name = |cell: &Cell<'_>| Ok(Name::new(cell.text(1..=NAME_BYTES_MAX)?));
        let attributes = match cell.as_text() {
            Some(_) => vec![name(cell)?],
            None => cell.list(1..=100)?.iter().map(name).collect::<Result<_, _>>()?,
        };
        Ok(Self { placeholder: Name::new(placeholder), attributes })
    }
}

impl GivenValue {
    fn read(placeholder: &str, cell: &Cell<'_>, table: &Table) -> Result<Self, Error> {
        check_placeholder(placeholder, ':', cell)?;
        let section = cell.section()?;
        let operand = if let Some(like) = section.find("like") {
            section.knows(&["like"])?;
            Operand::Of(table.named_part(&like)?)
        } else {
            Operand::Drawn(Value::read(&section, &["like"])?)
        };
        Ok(Self { placeholder: Name::new(placeholder), operand })
    }
}

fn write_member(before: &[u8], name: &Name, out: &mut Vec<u8>) {
    out.extend_from_slice(before);
    out.extend_from_slice(name.json.as_bytes());
    out.push(b':');
}

fn check_placeholder(placeholder: &str, sign: char, cell: &Cell<'_>) -> Result<(), Error> {
    let rest = placeholder.strip_prefix(sign).unwrap_or_default();
    if rest.is_empty() || !rest.chars().all(is_of_placeholder) {
        return Err(cell.wrong(format!("it must be named '{sign}' and letters or digits")));
    }
    // `ExpressionAttribute…` of a query has these already.
    if RESERVED.contains(&placeholder) {
        return Err(cell.wrong("queries use that name themselves"));
    }
    Ok(())
}

/// The placeholders in an expression, each as often as it stands there.
fn placeholders(expression: &str) -> Vec<&str> {
    let starts = expression.match_indices(['#', ':']).map(|(start, _)| start);
    let whole = |start: usize| {
        let rest = &expression[start + 1..];
        let length = rest.find(|c| !is_of_placeholder(c)).unwrap_or(rest.len());
        &expression[start..=start + length]
    };
    starts.map(whole).collect()
}

fn is_of_placeholder(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What the key condition of a query calls its parts.
pub(super) const PARTITION_NAME: &str = "#partition";
pub(super) const PARTITION_VALUE: &str = ":partition";
pub(super) const SORT_NAME: &str = "#sort";
pub(super) const SORT_VALUE: &str = ":sort";
const RESERVED: [&str; 4] = [PARTITION_NAME, PARTITION_VALUE, SORT_NAME, SORT_VALUE];
