//! Paths and values as an expression writes them, before their placeholders are put in.
//!
//! Must hold: nothing here depends on anything but the text.
//! Not here: reading them (`cursor.rs`), paths with resolved names (`path.rs`).

use super::error::{Error, Fault, Language};
use super::path::{Path, Step, check_step_count};
use super::placeholders::Placeholders;
use super::reserved::is_reserved;
use crate::model::AttributeValue;

/// A document path as it is written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct WrittenPath<'a> {
    /// Where in the text it begins.
    pub(super) start: usize,
    /// The attribute.
    pub(super) head: Element<'a>,
    /// The steps below it.
    pub(super) steps: Vec<WrittenStep<'a>>,
}

/// One step of a path as it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WrittenStep<'a> {
    /// `.name` or `.#name`
    Element(Element<'a>),
    /// `[5]`; its digits, as many as there may be.
    Index(&'a str),
}

/// A name in a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Element<'a> {
    /// The name itself.
    Name(&'a str),
    /// What stands for it, with its `#`.
    Placeholder(&'a str),
}

/// A placeholder for a value, with its `:`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct WrittenValue<'a> {
    /// Where in the text it begins.
    pub(super) start: usize,
    /// The placeholder.
    pub(super) placeholder: &'a str,
}

impl WrittenPath<'_> {
    /// Refuses reserved words, in any place of the path.
    pub(super) fn check_reserved(&self, language: Language) -> Result<(), Error> {
        let below = self.steps.iter().filter_map(|step| match step {
            WrittenStep::Element(element) => Some(element),
            WrittenStep::Index(_) => None,
        });
        for element in std::iter::once(&self.head).chain(below) {
            match element {
                Element::Name(name) if is_reserved(name) => {
                    let fault = Fault::Reserved((*name).to_owned());
                    return Err(Error::in_expression(language, fault));
                }
                Element::Name(_) | Element::Placeholder(_) => {}
            }
        }
        Ok(())
    }

    /// Puts in what the placeholders stand for, and checks the path's limits.
    pub(super) fn resolve(
        &self,
        language: Language,
        placeholders: &mut Placeholders,
    ) -> Result<Path, Error> {
        let refused = |fault| Error::in_expression(language, fault);
        check_step_count(self.steps.len()).map_err(refused)?;
        let attribute = self.head.resolve(language, placeholders)?;
        let mut steps = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            steps.push(match step {
                WrittenStep::Element(element) => {
                    Step::Name(element.resolve(language, placeholders)?)
                }
                WrittenStep::Index(digits) => Step::index(digits).map_err(refused)?,
            });
        }
        Ok(Path { attribute, steps })
    }
}

impl Element<'_> {
    fn resolve(self, language: Language, placeholders: &mut Placeholders) -> Result<String, Error> {
        match self {
            Self::Name(name) => Ok(name.to_owned()),
            Self::Placeholder(placeholder) => {
                placeholders.name(language, placeholder).map(str::to_owned)
            }
        }
    }
}

impl WrittenValue<'_> {
    /// The value that the placeholder stands for.
    pub(super) fn resolve(
        &self,
        language: Language,
        placeholders: &mut Placeholders,
    ) -> Result<AttributeValue, Error> {
        placeholders.value(language, self.placeholder).cloned()
    }
}
