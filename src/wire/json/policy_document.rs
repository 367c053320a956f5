//! Reads a policy and writes it in canonical form.
//!
//!     {"Version":…,"Id":…,"Statement":[{"Sid":…,"Effect":…,"Principal":…,"Action":…,
//!      "Resource":…,"Condition":…}]}
//!
//! No blanks, members in this order, lists of one as the one; an account's number is the ARN of its
//! root, and nobody is a principal twice. Everything else stays as it came: order and repetition of
//! actions and resources, the case of letters, a version that is not there.
//!
//! Must hold: the canonical form of a canonical form is itself.
//! Not here: whether actions, principals and resources exist.

use std::collections::HashSet;
use std::fmt::Display;

use serde_json::{Map, Value};

use crate::api::{ApiError, PolicyDocument, invalid};

/// The policy that a text says.
pub(super) fn read(text: &str) -> Result<PolicyDocument, ApiError> {
    if text.len() > POLICY_BYTES_MAX {
        return Err(invalid(format_args!(
            "Maximum policy size of {POLICY_BYTES_MAX} bytes exceeded"
        )));
    }
    let Ok(Value::Object(mut document)) = serde_json::from_str(text) else {
        return Err(fault("This policy contains invalid Json"));
    };
    let mut canonical = Object::default();
    if let Some(version) = text_of(&mut document, "Version")? {
        if !VERSIONS.contains(&version.as_str()) {
            return Err(syntax("Version"));
        }
        canonical.add("Version", &Value::String(version));
    }
    if let Some(id) = text_of(&mut document, "Id")? {
        canonical.add("Id", &Value::String(id));
    }
    let statements = match document.remove("Statement") {
        None => return Err(missing("Statement")),
        Some(Value::Array(statements)) => statements,
        Some(statement @ Value::Object(_)) => vec![statement],
        Some(_) => return Err(syntax("Statement")),
    };
    nothing_else(&document)?;
    if statements.is_empty() {
        return Err(fault("Could not parse the policy: Statement is empty!"));
    }
    let mut ids = HashSet::new();
    let mut written = Vec::with_capacity(statements.len());
    for statement in statements {
        let Value::Object(statement) = statement else { return Err(syntax("Statement")) };
        let (id, text) = canonical_statement(statement)?;
        if id.is_some_and(|id| !ids.insert(id)) {
            return Err(fault("The Statement Ids in the policy are not unique"));
        }
        written.push(text);
    }
    canonical.add_written("Statement", &format!("[{}]", written.join(",")));
    Ok(PolicyDocument::canonical(canonical.end()))
}

/// An object that is written member by member.
#[derive(Default)]
struct Object(String);

impl Object {
    fn add(&mut self, name: &str, value: &Value) {
        self.add_written(name, &value.to_string());
    }

    fn add_written(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        for part in ["\"", name, "\":", value] {
            self.0.push_str(part);
        }
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A statement's id, if it has one, and its text.
fn canonical_statement(
    mut statement: Map<String, Value>,
) -> Result<(Option<String>, String), ApiError> {
    let mut canonical = Object::default();
    let id = text_of(&mut statement, "Sid")?;
    if let Some(id) = &id {
        canonical.add("Sid", &Value::String(id.clone()));
    }
    let effect = text_of(&mut statement, "Effect")?.ok_or_else(|| missing("Effect"))?;
    if !EFFECTS.contains(&effect.as_str()) {
        return Err(syntax("Effect"));
    }
    let (name, principal) = either(&mut statement, "Principal", "NotPrincipal")?;
    let principal = canonical_principal(name, principal)?;
    let is_public = name == "NotPrincipal" || is_everybody(&principal);
    if is_public && effect == "Allow" && !statement.contains_key("Condition") {
        return Err(ApiError::validation(UNBOUNDED));
    }
    canonical.add("Effect", &Value::String(effect));
    canonical.add(name, &principal);
    for (name, other) in [("Action", "NotAction"), ("Resource", "NotResource")] {
        let (name, values) = either(&mut statement, name, other)?;
        canonical.add(name, &one_or_many(texts(name, values)?));
    }
    if let Some(condition) = statement.remove("Condition") {
        canonical.add("Condition", &canonical_condition(condition)?);
    }
    nothing_else(&statement)?;
    Ok((id, canonical.end()))
}

/// One of two members, of which exactly one is there.
fn either<'a>(
    statement: &mut Map<String, Value>,
    name: &'a str,
    other: &'a str,
) -> Result<(&'a str, Value), ApiError> {
    match (statement.remove(name), statement.remove(other)) {
        (Some(value), None) => Ok((name, value)),
        (None, Some(value)) => Ok((other, value)),
        (Some(_), Some(_)) => Err(syntax(other)),
        (None, None) => Err(missing(name)),
    }
}

/// Everybody, or who is named by kind.
fn canonical_principal(name: &str, principal: Value) -> Result<Value, ApiError> {
    let Value::Object(kinds) = principal else {
        return if principal == EVERYBODY { Ok(principal) } else { Err(syntax(name)) };
    };
    if kinds.is_empty() {
        return Err(syntax(name));
    }
    let canonical = kinds.into_iter().map(|(kind, named)| {
        let mut known = HashSet::new();
        let mut named: Vec<String> = texts(name, named)?;
        if kind == "AWS" {
            named = named.into_iter().map(as_arn).collect();
        }
        named.retain(|one| known.insert(one.clone()));
        Ok((kind, one_or_many(named)))
    });
    canonical.collect::<Result<Map<String, Value>, ApiError>>().map(Value::Object)
}

fn is_everybody(principal: &Value) -> bool {
    let named = principal.get("AWS").unwrap_or(principal);
    *named == EVERYBODY
        || named.as_array().is_some_and(|all| all.iter().any(|one| *one == EVERYBODY))
}

/// A principal, by the ARN of its root if it is an account.
fn as_arn(principal: String) -> String {
    let is_account = principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit());
    if is_account { format!("arn:aws:iam::{principal}:root") } else { principal }
}

/// Operators, each with keys, each with values.
fn canonical_condition(condition: Value) -> Result<Value, ApiError> {
    let unfit = || syntax("Condition");
    let Value::Object(operators) = condition else { return Err(unfit()) };
    let canonical = operators.into_iter().map(|(operator, keys)| {
        let Value::Object(keys) = keys else { return Err(unfit()) };
        let keys = keys.into_iter().map(|(key, values)| match values {
            Value::Array(values) if values.iter().any(is_nested) => Err(unfit()),
            Value::Array(mut values) if values.len() == 1 => {
                Ok((key, values.pop().unwrap_or_default()))
            }
            value if value.is_object() || value.is_null() => Err(unfit()),
            value => Ok((key, value)),
        });
        let keys = keys.collect::<Result<Map<String, Value>, ApiError>>()?;
        Ok((operator, Value::Object(keys)))
    });
    canonical.collect::<Result<Map<String, Value>, ApiError>>().map(Value::Object)
}

fn is_nested(value: &Value) -> bool {
    value.is_object() || value.is_array() || value.is_null()
}

/// A text, or a list of one at least.
fn texts(name: &str, value: Value) -> Result<Vec<String>, ApiError> {
    let values = match value {
        Value::Array(values) if !values.is_empty() => values,
        Value::Array(_) => return Err(syntax(name)),
        value => vec![value],
    };
    let text = |value| match value {
        Value::String(text) => Ok(text),
        _ => Err(syntax(name)),
    };
    values.into_iter().map(text).collect()
}

fn one_or_many(mut texts: Vec<String>) -> Value {
    match (texts.pop(), texts.is_empty()) {
        (Some(one), true) => Value::String(one),
        (last, _) => texts.into_iter().chain(last).map(Value::String).collect(),
    }
}

/// A member that is a text, if it is there.
fn text_of(object: &mut Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match object.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(syntax(name)),
    }
}

fn nothing_else(object: &Map<String, Value>) -> Result<(), ApiError> {
    object.keys().next().map_or(Ok(()), |name| Err(syntax(name)))
}

fn missing(name: &str) -> ApiError {
    fault(format_args!("Missing required field {name}"))
}

fn syntax(name: &str) -> ApiError {
    fault(format_args!("Syntax error at {name}"))
}

fn fault(what: impl Display) -> ApiError {
    invalid(format_args!("Invalid policy document: {what}"))
}

const POLICY_BYTES_MAX: usize = 20_480;
const VERSIONS: &[&str] = &["2008-10-17", "2012-10-17"];
const EFFECTS: &[&str] = &["Allow", "Deny"];
const EVERYBODY: &str = "*";
const UNBOUNDED: &str = "Resource-based policy grants unbounded access in one or more elements. \
    Please revise the policy to ensure least-privilege form of access";

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
    const ROOT: &str = "arn:aws:iam::123456789012:root";

    fn canonical(text: &str) -> String {
        let read = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        read.as_str().to_owned()
    }

    /// A policy of one statement with these members.
    fn policy(members: &str) -> String {
        format!(r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#)
    }

    /// A sound policy but for what stands in the place of a part of it.
    fn otherwise(part: &str, instead: &str) -> String {
        let sound = policy(&format!(
            r#""Sid":"a","Effect":"Allow","Principal":{{"AWS":"{ROOT}"}},"Action":"dynamodb:GetItem","Resource":"{TABLE}""#
        ));
        assert_eq!(canonical(&sound), sound, "the canonical form is its own");
        assert!(sound.contains(part), "{part}");
        sound.replace(part, instead)
    }

    #[test]
    fn blanks_order_lists_of_one_and_accounts_make_no_difference() {
        let sound = otherwise("", "");
        for text in [
            format!(
                r#" {{ "Statement" : {{"Resource": ["{TABLE}"], "Action": ["dynamodb:GetItem"],
                "Principal": {{"AWS": ["123456789012"]}}, "Effect": "Allow", "Sid": "a"}},
                "Version": "2012-10-17" }} "#
            ),
            otherwise(&format!("\"{ROOT}\""), &format!("[\"{ROOT}\", \"123456789012\"]")),
        ] {
            assert_eq!(canonical(&text), sound, "{text}");
        }
    }

    #[test]
    fn order_repetition_letters_and_a_missing_version_make_a_difference() {
        let sound = otherwise("", "");
        for (part, instead) in [
            ("\"dynamodb:GetItem\"", r#"["dynamodb:Query","dynamodb:GetItem"]"#),
            ("\"dynamodb:GetItem\"", r#"["dynamodb:GetItem","dynamodb:GetItem"]"#),
            ("GetItem", "getitem"),
            (r#""Version":"2012-10-17","#, ""),
            ("2012-10-17", "2008-10-17"),
            ("\"Action\"", "\"NotAction\""),
        ] {
            let other = otherwise(part, instead);
            assert_ne!(other, sound);
            assert_eq!(canonical(&other), other, "it is canonical");
        }
    }

    #[test]
    fn a_condition_comes_last_and_has_its_lists_of_one_as_the_one() {
        let condition = r#""Condition":{"StringEquals":{"aws:PrincipalAccount":["1"]}},"Sid":"a""#;
        let text = otherwise(r#""Sid":"a""#, condition);

        let written = canonical(&text);

        let end = r#","Condition":{"StringEquals":{"aws:PrincipalAccount":"1"}}}]}"#;
        assert!(written.ends_with(end), "{written}");
        assert_eq!(canonical(&written), written);
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        let principal = format!(r#""Principal":{{"AWS":"{ROOT}"}},"#);
        let one = otherwise("", "");
        let twice = one.replace("]}", &format!(",{}", &one[one.find("[{").expect("one") + 1..]));
        for (text, told) in [
            ("{".to_owned(), "This policy contains invalid Json"),
            ("[]".to_owned(), "This policy contains invalid Json"),
            ("[".repeat(1_000), "This policy contains invalid Json"),
            ("{}".to_owned(), "Missing required field Statement"),
            (r#"{"Statement":[]}"#.to_owned(), "Could not parse the policy: Statement is empty!"),
            (otherwise(&principal, ""), "Missing required field Principal"),
            (otherwise(r#""Effect":"Allow","#, ""), "Missing required field Effect"),
            (
                otherwise(&format!(r#","Resource":"{TABLE}""#), ""),
                "Missing required field Resource",
            ),
            (twice, "The Statement Ids in the policy are not unique"),
            (otherwise("Allow", "Perhaps"), "Syntax error at Effect"),
            (
                otherwise(&format!(r#"{{"AWS":"{ROOT}"}}"#), r#""123456789012""#),
                "Syntax error at Principal",
            ),
            (otherwise(&format!(r#"{{"AWS":"{ROOT}"}}"#), "{}"), "Syntax error at Principal"),
            (otherwise("\"dynamodb:GetItem\"", "[]"), "Syntax error at Action"),
            (otherwise("\"dynamodb:GetItem\"", "7"), "Syntax error at Action"),
            (otherwise("\"Sid\":\"a\"", "\"Sid\":7"), "Syntax error at Sid"),
            (otherwise("\"Sid\"", "\"Other\""), "Syntax error at Other"),
            (otherwise("2012-10-17", "2026-01-01"), "Syntax error at Version"),
            (otherwise("\"Sid\":\"a\"", "\"Condition\":{\"a\":7}"), "Syntax error at Condition"),
        ] {
            let refused = read(&text).expect_err(&text).message;
            let beginning = "One or more parameter values were invalid: Invalid policy document: ";
            assert_eq!(refused, format!("{beginning}{told}"), "{text}");
        }
    }

    #[test]
    fn access_for_everybody_is_refused_unless_it_is_denied_or_has_a_condition() {
        let aws = format!("\"{ROOT}\"");
        let everybody = otherwise(&format!("{{\"AWS\":{aws}}}"), "\"*\"");
        for text in [
            everybody.clone(),
            otherwise(&aws, "\"*\""),
            otherwise(&aws, &format!("[{aws},\"*\"]")),
            otherwise("\"Principal\"", "\"NotPrincipal\""),
        ] {
            assert_eq!(read(&text).expect_err(&text).message, UNBOUNDED);
        }
        assert!(read(&everybody.replace("Allow", "Deny")).is_ok());
        let condition = r#""Condition":{"StringEquals":{"aws:PrincipalOrgID":"o"}},"Sid""#;
        assert!(read(&everybody.replace("\"Sid\"", condition)).is_ok());
    }

    #[test]
    fn a_policy_has_a_largest_size_blanks_included() {
        let sound = otherwise("", "");
        let filled = |bytes: usize| format!("{sound}{}", " ".repeat(bytes - sound.len()));

        assert_eq!(canonical(&filled(POLICY_BYTES_MAX)), sound);
        let refused = read(&filled(POLICY_BYTES_MAX + 1)).expect_err("too long").message;
        assert!(refused.ends_with("Maximum policy size of 20480 bytes exceeded"), "{refused}");
    }
}
