//! A row's rule: what may be asked of one member.

use std::fmt::{self, Display};

use super::{Faults, Given, Path, Quoted, Size};
use crate::api::TableName;

/// The constraints of one member.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire::json) struct Rule {
    required: bool,
    form: Form,
    least: Option<i64>,
    most: Option<i64>,
    /// The rule of each element of a list.
    each: Option<&'static Self>,
    /// The rule of each key of a map.
    keys: Option<&'static Self>,
    /// The rule of each value of a map.
    values: Option<&'static Self>,
    unshown: Unshown,
}

/// What a text must look like.
#[derive(Clone, Copy, Debug)]
enum Form {
    Any,
    /// One of these words, in the order in which the service prints them.
    Words(&'static [&'static str]),
    /// Of this pattern.
    Matching(&'static Pattern),
    /// A name of a table or an index.
    Name,
    /// A name of a table, or its ARN.
    NameOrArn,
    /// The same where the service tells only the length of an empty one.
    NameOrArnOrEmpty,
}

/// A pattern that a text must match as a whole.
#[derive(Debug)]
pub(in crate::wire::json) struct Pattern {
    /// As the service prints it.
    pub(in crate::wire::json) text: &'static str,
    /// Whether a text matches it.
    pub(in crate::wire::json) admits: fn(&str) -> bool,
}

/// Which bound's fault comes in the newer wording, whichever wording is set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Unshown {
    Neither,
    Least,
    Most,
}

/// A member that may be absent.
pub(in crate::wire::json) const OPTIONAL: Rule = Rule {
    required: false,
    form: Form::Any,
    least: None,
    most: None,
    each: None,
    keys: None,
    values: None,
    unshown: Unshown::Neither,
};

/// A member that must be there.
pub(in crate::wire::json) const REQUIRED: Rule = Rule { required: true, ..OPTIONAL };

impl Rule {
    /// And one of these words.
    pub(in crate::wire::json) const fn one_of(self, words: &'static [&'static str]) -> Self {
        Self { form: Form::Words(words), ..self }
    }

    /// And of this pattern.
    pub(in crate::wire::json) const fn matching(self, pattern: &'static Pattern) -> Self {
        Self { form: Form::Matching(pattern), ..self }
    }

    /// And a name.
    pub(in crate::wire::json) const fn name(self) -> Self {
        Self { form: Form::Name, ..self }
    }

    /// And a name or an ARN; bounds are of the name.
    pub(in crate::wire::json) const fn name_or_arn(self) -> Self {
        Self { form: Form::NameOrArn, ..self }
    }

    /// And a name or an ARN, but only too short if it is empty.
    pub(in crate::wire::json) const fn name_or_arn_or_empty(self) -> Self {
        Self { form: Form::NameOrArnOrEmpty, ..self }
    }

    /// And of at least this length or value.
    pub(in crate::wire::json) const fn at_least(self, least: i64) -> Self {
        Self { least: Some(least), ..self }
    }

    /// And of at most this length or value.
    pub(in crate::wire::json) const fn at_most(self, most: i64) -> Self {
        Self { most: Some(most), ..self }
    }

    /// And of a length or value between these, both included.
    pub(in crate::wire::json) const fn within(self, least: i64, most: i64) -> Self {
        self.at_least(least).at_most(most)
    }

    /// And of so many elements, both limits included.
    #[expect(clippy::cast_possible_wrap, reason = "no limit is near that of a number")]
    pub(in crate::wire::json) const fn count(self, least: usize, most: usize) -> Self {
        self.within(least as i64, most as i64)
    }

    /// And of elements that each keep this rule.
    pub(in crate::wire::json) const fn each(self, rule: &'static Self) -> Self {
        Self { each: Some(rule), ..self }
    }

    /// And a map whose keys each keep this rule, which is told of the map.
    pub(in crate::wire::json) const fn keys(self, rule: &'static Self) -> Self {
        Self { keys: Some(rule), ..self }
    }

    /// And a map whose values each keep this rule, which is told of the map.
    pub(in crate::wire::json) const fn values(self, rule: &'static Self) -> Self {
        Self { values: Some(rule), ..self }
    }

    /// The same of a member that may be absent.
    pub(in crate::wire::json) const fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    /// And told in the newer wording if it is below its least.
    pub(in crate::wire::json) const fn least_unshown(self) -> Self {
        Self { unshown: Unshown::Least, ..self }
    }

    /// And told in the newer wording if it is above its most.
    pub(in crate::wire::json) const fn most_unshown(self) -> Self {
        Self { unshown: Unshown::Most, ..self }
    }

    /// Adds the faults of a member that stands there, and of what it holds.
    #[expect(clippy::inline_always, reason = "of a rule that is known, only what it asks is left")]
    #[inline(always)]
    pub(in crate::wire::json) fn check<T: Given>(
        &self,
        value: Option<T>,
        at: Path<'_>,
        faults: &mut Faults,
    ) {
        let Some(value) = value else {
            if self.required {
                faults.add("null", at, "Member must not be null");
            }
            return;
        };
        let is_kept = self.admits_all() || value.number().is_some_and(|n| self.admits_number(n));
        if !is_kept {
            self.check_given(&value, at, faults);
        }
        match self.each {
            Some(rule) => value.check_each(rule, at, faults),
            None => value.constrain(at, faults),
        }
    }

    /// Whether a value that is there keeps this rule, whatever it holds.
    pub(in crate::wire::json) fn admits<T: Given + ?Sized>(&self, value: &T) -> bool {
        let mut faults = Faults::default();
        self.check_given(&value, Path::Request, &mut faults);
        faults.is_empty()
    }

    /// Whether any value will do.
    #[inline]
    fn admits_all(&self) -> bool {
        matches!(self.form, Form::Any)
            && self.least.is_none()
            && self.most.is_none()
            && self.keys.is_none()
            && self.values.is_none()
    }

    #[inline]
    fn admits_number(&self, number: i64) -> bool {
        self.least.is_none_or(|least| number >= least)
            && self.most.is_none_or(|most| number <= most)
    }

    fn check_given<T: Given>(&self, value: &T, at: Path<'_>, faults: &mut Faults) {
        let (mut least, mut most) = (self.least, self.most);
        let mut size = None;
        if let Some(text) = value.text() {
            match self.form {
                Form::Any => {}
                Form::Words(words) => {
                    if !words.contains(&text) {
                        faults.add(Quoted(text), at, OneOf(words));
                    }
                }
                Form::Matching(pattern) => {
                    if !(pattern.admits)(text) {
                        faults.add(Quoted(text), at, Matching(pattern.text));
                    }
                }
                Form::NameOrArn | Form::NameOrArnOrEmpty if is_arn(text) => {
                    (least, most) = (Some(1), Some(TABLE_ARN_LENGTH_MAX));
                }
                Form::NameOrArnOrEmpty if text.is_empty() => {}
                Form::Name | Form::NameOrArn | Form::NameOrArnOrEmpty => {
                    if !text.is_empty() && text.bytes().all(TableName::admits) {
                        // Each of a name's characters is one byte.
                        size = Some(Size::Length(text.len()));
                    } else {
                        faults.add(Quoted(text), at, Matching(NAME_PATTERN));
                    }
                }
            }
        }
        if self.keys.is_some() || self.values.is_some() {
            self.check_map(value, at, faults);
        }
        if least.is_none() && most.is_none() {
            return;
        }
        let (what, size) = match size.unwrap_or_else(|| value.size()) {
            Size::None => return,
            Size::Length(length) => ("length", i64::try_from(length).unwrap_or(i64::MAX)),
            Size::Value(number) => ("value", number),
        };
        if let Some(least) = least.filter(|least| size < *least) {
            let bound = Bound { what, than: "greater", limit: least };
            tell(value, self.unshown == Unshown::Least, at, bound, faults);
        }
        if let Some(most) = most.filter(|most| size > *most) {
            let bound = Bound { what, than: "less", limit: most };
            tell(value, self.unshown == Unshown::Most, at, bound, faults);
        }
    }

    fn check_map<T: Given>(&self, value: &T, at: Path<'_>, faults: &mut Faults) {
        let (key, entry) = value.breaks(self.keys, self.values);
        for (breaks, rule, what) in
            [(key, self.keys, "Map keys"), (entry, self.values, "Map value")]
        {
            if let Some(rule) = rule.filter(|_| breaks) {
                let constraint = format_args!("{what} must satisfy constraint: [{}]", InMap(rule));
                faults.add(Quoted(Printed(value)), at, constraint);
            }
        }
    }
}

/// Whether a table's name is meant as an ARN.
pub(in crate::wire::json) fn is_arn(name: &str) -> bool {
    name.starts_with("arn:")
}

#[cold]
fn tell<T: Given>(value: &T, is_unshown: bool, at: Path<'_>, bound: Bound, faults: &mut Faults) {
    if is_unshown {
        faults.add_unshown(at, bound);
    } else {
        faults.add(Quoted(Printed(value)), at, bound);
    }
}

struct Printed<'a, T>(&'a T);

/// A rule as the constraint of a map lists it.
struct InMap<'a>(&'a Rule);

/// The texts of the constraints.
struct OneOf(&'static [&'static str]);
struct Matching(&'static str);
struct Bound {
    what: &'static str,
    than: &'static str,
    limit: i64,
}

impl<T: Given> Display for Printed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.print(f)
    }
}

impl Display for InMap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { least, most, form, .. } = self.0;
        let what = "length";
        let most = most.map(|limit| Bound { what, than: "less", limit }.to_string());
        let least = least.map(|limit| Bound { what, than: "greater", limit }.to_string());
        let pattern = match form {
            Form::Name | Form::NameOrArn | Form::NameOrArnOrEmpty => {
                Some(Matching(NAME_PATTERN).to_string())
            }
            Form::Matching(pattern) => Some(Matching(pattern.text).to_string()),
            Form::Any | Form::Words(_) => None,
        };
        let texts: Vec<String> = [most, least, pattern].into_iter().flatten().collect();
        f.write_str(&texts.join(", "))
    }
}

impl Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member must satisfy enum value set: [{}]", self.0.join(", "))
    }
}

impl Display for Matching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member must satisfy regular expression pattern: {}", self.0)
    }
}

impl Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, than, limit } = self;
        write!(f, "Member must have {what} {than} than or equal to {limit}")
    }
}

const NAME_PATTERN: &str = "[a-zA-Z0-9_.-]+";
const TABLE_ARN_LENGTH_MAX: i64 = 1024;
