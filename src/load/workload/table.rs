//! The tables of a workload: keys, indexes and the shape of their items.
//!
//! Items have numbers from 0. The number makes the key: `partition` alone, or, with `sort` and
//! `per_partition = k`, the partition of number / k and the sort key of number % k.
//!
//! Must hold: an item number has one key, and no two have the same; no item is larger than
//! DynamoDB takes.
//! Not here: how the values are drawn (`value.rs`), indexes (`index.rs`).

use super::Error;
use super::index::Index;
use super::limits::{
    ATTRIBUTES_MAX, INDEXES_MAX, ITEM_BYTES_MAX, ITEMS_MAX, NAME_BYTES_MAX,
    PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX,
};
use super::random::Random;
use super::section::{Cell, Section};
use super::value::{DIGITS_MAX, ScalarType, Value, write_digits};

/// One table.
#[derive(Debug)]
pub(super) struct Table {
    /// As the file has it.
    pub(super) name: String,
    pub(super) partition: Key,
    pub(super) sort: Option<Sort>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) indexes: Vec<Index>,
}

/// An attribute of the primary key, made of a number.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: Name,
    form: Form,
}

/// The sort key, and how many items share a partition.
#[derive(Debug)]
pub(super) struct Sort {
    pub(super) key: Key,
    per_partition: u64,
}

/// An attribute that is no key.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: Name,
    pub(super) value: Value,
}

/// A name and how JSON has it, with its quotes.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) json: Box<str>,
}

/// A part of an item, found by name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    Partition,
    Sort,
    /// At this place among the attributes.
    Attribute(usize),
}

#[derive(Debug)]
enum Form {
    /// A prefix, as JSON has it, and digits.
    String {
        prefix: Box<str>,
        digits: usize,
    },
    Number,
}

impl Table {
    pub(super) fn read(section: &Section<'_>) -> Result<Self, Error> {
        section.knows(&["name", "partition", "sort", "per_partition", "attributes", "indexes"])?;
        let name = section.need("name")?;
        let text = name.text(1..=NAME_BYTES_MAX)?;
        if !is_table_name(text) {
            return Err(name.unlike("a name of 3 to 255 of a-z, A-Z, 0-9, '_', '-' and '.'"));
        }
        let partition = Key::read(&section.need("partition")?, PARTITION_KEY_BYTES_MAX)?;
        let mut table = Self {
            name: text.to_owned(),
            partition,
            sort: Sort::read(section)?,
            attributes: read_attributes(section)?,
            indexes: Vec::new(),
        };
        table.check(section)?;
        if let Some(indexes) = section.find("indexes") {
            for index in indexes.sections(0..=INDEXES_MAX)? {
                let index = Index::read(&index, &table)?;
                table.indexes.push(index);
            }
        }
        Ok(table)
    }

    /// The part of this name.
    pub(super) fn part(&self, name: &str) -> Option<Part> {
        if self.partition.name.text == name {
            return Some(Part::Partition);
        }
        if self.sort.as_ref().is_some_and(|sort| sort.key.name.text == name) {
            return Some(Part::Sort);
        }
        let place = self.attributes.iter().position(|attribute| attribute.name.text == name)?;
        Some(Part::Attribute(place))
    }

    /// The part that a cell names.
    pub(super) fn named_part(&self, cell: &Cell<'_>) -> Result<Part, Error> {
        let name = cell.text(1..=NAME_BYTES_MAX)?;
        self.part(name).ok_or_else(|| {
            let keys = std::iter::once(&self.partition).chain(self.sort.iter().map(|it| &it.key));
            let keys = keys.map(|key| &*key.name.text);
            let others = self.attributes.iter().map(|attribute| &*attribute.name.text);
            cell.unknown_word(name, &keys.chain(others).collect::<Vec<_>>())
        })
    }

    /// The name of a part.
    pub(super) fn name_of(&self, part: Part) -> &Name {
        match part {
            Part::Partition => &self.partition.name,
            Part::Sort => &self.sort_key().name,
            Part::Attribute(place) => &self.attributes[place].name,
        }
    }

    /// The type of a part.
    pub(super) fn kind_of(&self, part: Part) -> ScalarType {
        match part {
            Part::Partition => self.partition.kind(),
            Part::Sort => self.sort_key().kind(),
            Part::Attribute(place) => self.attributes[place].value.kind(),
        }
    }

    /// Appends the value that a part of an item has; attributes are drawn afresh.
    pub(super) fn write_part(&self, part: Part, item: u64, random: &mut Random, out: &mut Vec<u8>) {
        match part {
            Part::Partition => self.partition.write(self.partition_of(item), out),
            Part::Sort => self.sort_key().write(self.place_of(item), out),
            Part::Attribute(place) => self.attributes[place].value.write(item, random, out),
        }
    }

    /// Appends the key of an item, braces and all.
    pub(super) fn write_key(&self, item: u64, out: &mut Vec<u8>) {
        out.push(b'{');
        self.write_key_members(item, out);
        out.push(b'}');
    }

    /// Appends an item, its attributes drawn afresh.
    pub(super) fn write_item(&self, item: u64, random: &mut Random, out: &mut Vec<u8>) {
        out.push(b'{');
        self.write_key_members(item, out);
        for attribute in &self.attributes {
            out.push(b',');
            out.extend_from_slice(attribute.name.json.as_bytes());
            out.push(b':');
            attribute.value.write(item, random, out);
        }
        out.push(b'}');
    }

    fn write_key_members(&self, item: u64, out: &mut Vec<u8>) {
        self.partition.write_member(self.partition_of(item), out);
        if let Some(sort) = &self.sort {
            out.push(b',');
            sort.key.write_member(self.place_of(item), out);
        }
    }

    fn partition_of(&self, item: u64) -> u64 {
        self.sort.as_ref().map_or(item, |sort| item / sort.per_partition)
    }

    fn place_of(&self, item: u64) -> u64 {
        self.sort.as_ref().map_or(0, |sort| item % sort.per_partition)
    }

    fn sort_key(&self) -> &Key {
        &self.sort.as_ref().expect("a part that is the sort key was found in a table with one").key
    }

    fn check(&self, section: &Section<'_>) -> Result<(), Error> {
        let mut names: Vec<&str> = vec![&self.partition.name.text];
        names.extend(self.sort.iter().map(|sort| &*sort.key.name.text));
        names.extend(self.attributes.iter().map(|attribute| &*attribute.name.text));
        names.sort_unstable();
        if let Some([twice, _]) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(section.wrong(format!("two attributes have the name \"{twice}\"")));
        }
        let names: u64 = names.iter().map(|name| length(name)).sum();
        let keys =
            self.partition.bytes_max() + self.sort.as_ref().map_or(0, |it| it.key.bytes_max());
        let values: u64 = self.attributes.iter().map(|attribute| attribute.value.bytes_max()).sum();
        let most = names + keys + values;
        if most > ITEM_BYTES_MAX {
            return Err(section.wrong(format!(
                "an item may become {most} bytes large, and DynamoDB takes {ITEM_BYTES_MAX}"
            )));
        }
        Ok(())
    }
}

impl Key {
    fn read(cell: &Cell<'_>, bytes_max: u64) -> Result<Self, Error> {
        let section = cell.section()?;
        section.knows(&["name", "type", "prefix", "digits"])?;
        let name = Name::new(section.need("name")?.text(1..=NAME_BYTES_MAX)?);
        let types = [("string", ScalarType::String), ("number", ScalarType::Number)];
        let kind = section.find("type").map_or(Ok(ScalarType::String), |cell| cell.word(&types))?;
        if kind == ScalarType::Number {
            if section.has("prefix") || section.has("digits") {
                return Err(section.wrong("prefix and digits are for keys of type \"string\""));
            }
            return Ok(Self { name, form: Form::Number });
        }
        let prefix_bytes_max = usize::try_from(bytes_max).expect("a small constant") - DIGITS_MAX;
        let prefix = section.find("prefix").map_or(Ok(""), |it| it.text(0..=prefix_bytes_max))?;
        let digits_max = u64::try_from(DIGITS_MAX).expect("a small constant");
        let digits = section.find("digits").map_or(Ok(DIGITS), |it| it.whole(1..=digits_max))?;
        let prefix = Name::new(prefix).json;
        let prefix = prefix[1..prefix.len() - 1].into();
        let digits = usize::try_from(digits).expect("at most 20");
        Ok(Self { name, form: Form::String { prefix, digits } })
    }

    pub(super) fn kind(&self) -> ScalarType {
        match self.form {
            Form::String { .. } => ScalarType::String,
            Form::Number => ScalarType::Number,
        }
    }

    fn write_member(&self, number: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name.json.as_bytes());
        out.push(b':');
        self.write(number, out);
    }

    fn write(&self, number: u64, out: &mut Vec<u8>) {
        match &self.form {
            Form::String { prefix, digits } => {
                out.extend_from_slice(b"{\"S\":\"");
                out.extend_from_slice(prefix.as_bytes());
                write_digits(number, *digits, out);
            }
            Form::Number => {
                out.extend_from_slice(b"{\"N\":\"");
                write_digits(number, 1, out);
            }
        }
        out.extend_from_slice(b"\"}");
    }

    fn bytes_max(&self) -> u64 {
        let digits = u64::try_from(DIGITS_MAX).expect("a small constant");
        match &self.form {
            Form::String { prefix, .. } => digits + length(prefix),
            Form::Number => digits,
        }
    }
}

impl Sort {
    fn read(section: &Section<'_>) -> Result<Option<Self>, Error> {
        match (section.find("sort"), section.find("per_partition")) {
            (Some(sort), Some(per_partition)) => {
                let key = Key::read(&sort, SORT_KEY_BYTES_MAX)?;
                Ok(Some(Self { key, per_partition: per_partition.whole(1..=ITEMS_MAX)? }))
            }
            (None, None) => Ok(None),
            (Some(sort), None) => Err(sort.wrong("it needs per_partition beside it")),
            (None, Some(count)) => Err(count.wrong("it needs sort beside it")),
        }
    }
}

impl Name {
    pub(super) fn new(text: &str) -> Self {
        let json = serde_json::Value::from(text).to_string();
        Self { text: text.to_owned(), json: json.into() }
    }
}

/// Whether DynamoDB takes this as the name of a table.
pub(super) fn is_table_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (3..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(plain)
}

fn read_attributes(section: &Section<'_>) -> Result<Vec<Attribute>, Error> {
    let Some(cell) = section.find("attributes") else {
        return Ok(Vec::new());
    };
    let mut attributes = Vec::new();
    let most = u64::try_from(ATTRIBUTES_MAX).expect("a small constant");
    for (name, value) in cell.section()?.entries() {
        let section = value.section()?;
        let value = Value::read(&section, &["repeat"])?;
        match section.find("repeat") {
            None => attributes.push(Attribute { name: Name::new(name), value }),
            Some(repeat) => {
                for number in 0..repeat.whole(1..=most)? {
                    let name = Name::new(&format!("{name}{number}"));
                    attributes.push(Attribute { name, value: value.clone() });
                }
            }
        }
    }
    if attributes.len() > ATTRIBUTES_MAX {
        return Err(cell.wrong(format!("an item has at most {ATTRIBUTES_MAX} attributes here")));
    }
    let bad = attributes.iter().find(|it| !(1..=NAME_BYTES_MAX).contains(&it.name.text.len()));
    match bad {
        None => Ok(attributes),
        Some(_) => Err(cell.wrong(format!("names have 1 to {NAME_BYTES_MAX} bytes"))),
    }
}

fn length(text: &str) -> u64 {
    u64::try_from(text.len()).expect("a text is shorter than 2^64")
}

/// Enough for every item that can be loaded.
const DIGITS: u64 = 10;
