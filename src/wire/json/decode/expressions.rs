//! The members that say expressions: their texts, and the names and values that these use.
//!
//! One pair of maps serves all expressions of a request. In the service's order the use of the
//! members comes first ([`Expressions::check_usage`]), then the values of items, keys and older
//! parameters, and only then the maps and the expressions themselves ([`Expressions::parse`]).
//!
//! Must hold: a member that an operation does not have is unknown to it, and ignored.
//! Not here: the languages (`expr/`).

use std::borrow::Cow;

use super::super::scan::Scanner;
use super::super::types::{Place, shape_class};
use super::super::values::Values;
use crate::api::{ApiError, ProjectionMembers};
use crate::expr::{
    Condition, Fault, KeyConditions, Language, Placeholders, Projection, Update, parse_condition,
    parse_filter, parse_key_conditions, parse_projection, parse_update,
};
use crate::model::AttributeValue;

/// Which expressions an operation takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Usage {
    /// As PutItem and DeleteItem do: a condition.
    Write,
    /// As UpdateItem does.
    Update,
    /// As GetItem and a table of BatchGetItem do: a projection, and so no values.
    Read,
    /// As Query does.
    Query,
    /// As Scan does.
    Scan,
}

/// The members as they came.
#[derive(Debug, Default)]
pub(in crate::wire) struct Expressions<'a> {
    texts: Vec<(Language, Cow<'a, str>)>,
    names: Option<Vec<(String, String)>>,
    values: Option<Vec<(String, AttributeValue)>>,
    value_fault: Option<Fault>,
}

/// The expressions of a request, those that it has.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) update: Option<Update>,
    pub(super) condition: Option<Condition>,
    pub(super) key_conditions: Option<KeyConditions>,
    pub(super) filter: Option<Condition>,
    pub(super) projection: Option<Projection>,
}

impl Usage {
    /// The languages in the order in which refusals list them.
    fn languages(self) -> &'static [Language] {
        match self {
            Self::Write => &[Language::Condition],
            Self::Update => &[Language::Update, Language::Condition],
            Self::Read => &[Language::Projection],
            Self::Query => &[Language::Projection, Language::Filter, Language::KeyCondition],
            Self::Scan => &[Language::Projection, Language::Filter],
        }
    }

    /// The languages that can name values, in the same order.
    fn with_values(self) -> &'static [Language] {
        match self {
            Self::Read => &[],
            Self::Write | Self::Update => self.languages(),
            Self::Query => &[Language::Filter, Language::KeyCondition],
            Self::Scan => &[Language::Filter],
        }
    }
}

impl<'a> Expressions<'a> {
    /// The members of another wire, which has neither maps without entries nor unused entries.
    pub(in crate::wire) fn of(
        texts: Vec<(Language, Cow<'a, str>)>,
        names: Vec<(String, String)>,
        values: Vec<(String, AttributeValue)>,
        value_fault: Option<Fault>,
    ) -> Self {
        let (names, values) = (Some(names), Some(values));
        let (names, values) = (names.filter(|n| !n.is_empty()), values.filter(|v| !v.is_empty()));
        Self { texts, names, values, value_fault }
    }

    /// Reads the member if it is one of these, else touches nothing and answers `false`.
    pub(super) fn read(
        &mut self,
        usage: Usage,
        scan: &mut Scanner<'a>,
        name: &str,
    ) -> Result<bool, ApiError> {
        match name {
            "ExpressionAttributeNames" => self.names = read_names(scan)?,
            "ExpressionAttributeValues" if !usage.with_values().is_empty() => {
                self.read_values(scan)?;
            }
            _ => {
                let language = name.strip_suffix("Expression").and_then(|name| {
                    usage.languages().iter().find(|language| language.name() == name)
                });
                let Some(language) = language else { return Ok(false) };
                self.texts.extend(scan.text()?.map(|text| (*language, text)));
            }
        }
        Ok(true)
    }

    /// The text of the expression in that language, if there is one.
    pub(super) fn text(&self, language: Language) -> Option<&str> {
        let mut texts = self.texts.iter();
        texts.find(|(given, _)| *given == language).map(|(_, text)| &**text)
    }

    /// The members that say a projection, as they are sent back with what was left unread.
    pub(super) fn projection_members(&self) -> Option<ProjectionMembers> {
        let text = self.text(Language::Projection)?.to_owned();
        Some(ProjectionMembers::Expression { text, names: self.names.clone().unwrap_or_default() })
    }

    /// Refuses older parameters beside expressions, and maps that no expression could use.
    ///
    /// `older` names the older parameters in the order in which refusals list them, and says which
    /// of them are there.
    pub(super) fn check_usage(&self, usage: Usage, older: &[(&str, bool)]) -> Result<(), ApiError> {
        let here = |language: &Language| self.text(*language).is_some();
        let older: Vec<&str> =
            older.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
        let newer: Vec<String> =
            usage.languages().iter().copied().filter(here).map(member).collect();
        if !older.is_empty() && !newer.is_empty() {
            return Err(mixed(&older.join(", "), &newer.join(", ")));
        }
        if self.names.is_some() && newer.is_empty() {
            return Err(Fault::NamesWithoutExpression.into());
        }
        if self.values.is_some() && !usage.with_values().iter().any(here) {
            return Err(Fault::ValuesWithoutExpression(usage.with_values()).into());
        }
        Ok(())
    }

    /// Checks the maps, then every expression in the service's order, then that all of the maps
    /// was used.
    pub(super) fn parse(self) -> Result<Parsed, ApiError> {
        let mut parsed = Parsed::default();
        if self.texts.is_empty() {
            return Ok(parsed);
        }
        let Self { texts, names, values, value_fault } = self;
        let mut maps = Placeholders::new(names, values)?;
        if let Some(fault) = value_fault {
            return Err(fault.into());
        }
        for language in ORDER {
            let Some((_, text)) = texts.iter().find(|(given, _)| *given == language) else {
                continue;
            };
            match language {
                Language::Update => parsed.update = Some(parse_update(text, &mut maps)?),
                Language::Condition => parsed.condition = Some(parse_condition(text, &mut maps)?),
                Language::KeyCondition => {
                    parsed.key_conditions = Some(parse_key_conditions(text, &mut maps)?);
                }
                Language::Filter => parsed.filter = Some(parse_filter(text, &mut maps)?),
                Language::Projection => {
                    parsed.projection = Some(parse_projection(text, &mut maps)?);
                }
            }
        }
        maps.check_used()?;
        Ok(parsed)
    }

    fn read_values(&mut self, scan: &mut Scanner<'a>) -> Result<(), ApiError> {
        let mut given = Vec::new();
        let present = scan.map(shape_class!("AttributeValue"), Place::Member, |scan, key| {
            let mut values = Values::default();
            let value = values.value(scan, Place::Element)?;
            if let Err(fault) = values.check() {
                let fault = Fault::Value(key.clone().into_owned(), fault.message);
                self.value_fault.get_or_insert(fault);
            }
            given.push((key.into_owned(), value));
            Ok(())
        })?;
        self.values = present.then_some(given);
        Ok(())
    }
}

/// The refusal of parameters of the older way and of expressions in one request.
pub(super) fn mixed(older: &str, newer: &str) -> ApiError {
    ApiError::validation(format!(
        "Can not use both expression and non-expression parameters in the same request: \
         Non-expression parameters: {{{older}}} Expression parameters: {{{newer}}}"
    ))
}

/// A null name is read as the empty one, which is then refused.
fn read_names(scan: &mut Scanner<'_>) -> Result<Option<Vec<(String, String)>>, ApiError> {
    let mut names = Vec::new();
    let present = scan.map("java.lang.String", Place::Member, |scan, key| {
        let name = scan.text()?.unwrap_or_default();
        names.push((key.into_owned(), name.into_owned()));
        Ok(())
    })?;
    Ok(present.then_some(names))
}

fn member(language: Language) -> String {
    format!("{}Expression", language.name())
}

/// The order in which the service looks at the expressions of a request.
const ORDER: [Language; 5] = [
    Language::Update,
    Language::Condition,
    Language::KeyCondition,
    Language::Filter,
    Language::Projection,
];
