//! Differences that stay: what they are, who is right, and why.
//!
//! Must hold: a rule is as narrow as what it describes; it looks at both answers, never at the
//! request alone.

use serde_json::Value;

/// A difference that stays.
struct Rule {
    name: &'static str,
    /// Who is right and why; the test prints it.
    why: &'static str,
    /// Whether these two answers, hearth's first, differ in this way.
    matches: fn(&str, &Value, &Value, &Value) -> bool,
}

/// The name of the rule that the difference follows.
pub(crate) fn name_of(
    operation: &str,
    request: &Value,
    ours: &Value,
    theirs: &Value,
) -> Option<&'static str> {
    let rule = RULES.iter().find(|rule| (rule.matches)(operation, request, ours, theirs));
    rule.map(|rule| rule.name)
}

/// Who is right and why.
pub(crate) fn why(name: &str) -> &'static str {
    RULES.iter().find(|rule| rule.name == name).map_or("", |rule| rule.why)
}

const RULES: &[Rule] = &[];
