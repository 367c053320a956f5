//! Policies of tables and streams: asked for, and kept.
//!
//! hearth keeps and answers them; it judges nobody by them (`docs/compatibility.md`).
//!
//! Must hold: a [`PolicyDocument`] is in the form in which equal policies are equal texts.
//! Not here: reading a document (`wire/json/policy_document.rs`).

use std::borrow::Cow;

use super::value::invalid;
use super::{ApiError, ControlCode, Cut, ErrorCode, TableName};

/// What a policy is of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyResource {
    arn: String,
    table: TableName,
    /// Of the stream, if it is one.
    label: Option<String>,
}

/// A policy in canonical form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyDocument(Box<str>);

/// A policy that is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResourcePolicy {
    /// What it says.
    pub document: PolicyDocument,
    /// When it was put there, milliseconds since 1970; no two of one resource have the same.
    pub revision_ms: u64,
}

/// Puts a policy in the place of any other.
#[derive(Clone, Debug)]
pub struct PutResourcePolicy {
    /// Of what.
    pub resource: PolicyResource,
    /// What it says.
    pub document: PolicyDocument,
    /// The revision that must be there.
    pub expected: Option<String>,
}

/// Takes a policy away.
#[derive(Clone, Debug)]
pub struct DeleteResourcePolicy {
    /// Of what.
    pub resource: PolicyResource,
    /// The revision that must be there.
    pub expected: Option<String>,
}

/// What becomes of a policy.
#[derive(Clone, Debug)]
pub enum ResourcePolicyChange {
    /// It is this one.
    Put(PolicyDocument),
    /// It is taken away.
    Delete,
}

impl PolicyResource {
    /// The table or stream of that ARN. Its region and account are not looked at.
    pub fn of(arn: String) -> Result<Self, ApiError> {
        let Some(rest) = arn.strip_prefix("arn:") else {
            return Err(invalid(format_args!("ARNs must start with 'arn:': {}", Cut(&arn))));
        };
        let is_of_tables = rest.split(':').nth(1) == Some("dynamodb");
        let resource = rest.splitn(5, ':').nth(4).and_then(|rest| rest.strip_prefix("table/"));
        let mut parts = resource.filter(|_| is_of_tables).unwrap_or_default().split('/');
        let table = parts.next().and_then(TableName::new);
        match (table, parts.next(), parts.next(), parts.next()) {
            (Some(table), None, None, None) => Ok(Self { table, label: None, arn }),
            (Some(table), Some("stream"), Some(label), None) if !label.is_empty() => {
                Ok(Self { table, label: Some(label.to_owned()), arn })
            }
            (Some(_), Some("index"), Some(_), None) => Err(invalid(format_args!(
                "Invalid resource arn provided, only table or stream is accepted. Provided \
                 resource arn: {}",
                Cut(&arn)
            ))),
            _ => Err(invalid(format_args!(
                "Provided Arn is not a DynamoDB resource arn: {}",
                Cut(&arn)
            ))),
        }
    }

    /// The ARN as it came.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The table, or that of the stream.
    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// The label of the stream, if it is one.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The refusal of what is about a table or stream that is not there.
    pub fn not_found(&self) -> ApiError {
        let Self { table, label, .. } = self;
        let Some(label) = label else { return ApiError::table_not_found(table.as_str()) };
        let message =
            format!("Requested resource not found: Stream: {label} not found for Table: {table}");
        ApiError::new(ErrorCode::ResourceNotFound, message)
    }

    /// The refusal of what is about a policy that is not there.
    pub fn no_policy(&self) -> ApiError {
        not_found(&self.arn)
    }

    /// Refuses a change that expects another revision than is there.
    pub fn check_expected(
        &self,
        expected: Option<&str>,
        present: Option<&ResourcePolicy>,
    ) -> Result<(), ApiError> {
        let Some(expected) = expected else { return Ok(()) };
        let target = match &self.label {
            None => format!("table {}", self.table),
            Some(label) => format!("stream {label} of table {}", self.table),
        };
        let fault = match present.map(ResourcePolicy::revision) {
            Some(revision) if expected == NO_POLICY => format!(
                "Requested policy update expecting none to be present for {target}, but a policy \
                 exists with revision id {revision}."
            ),
            Some(revision) if expected != revision => format!(
                "Requested update for policy with revision id {expected}, but the policy \
                 associated to target {target} has revision id {revision}."
            ),
            None if expected != NO_POLICY => format!(
                "Requested update for policy with revision id {expected}, but there is no policy \
                 associated to target {target}."
            ),
            Some(_) | None => return Ok(()),
        };
        Err(not_found(&fault))
    }
}

impl PolicyDocument {
    /// The document of that canonical text, which has a version only if it was given one.
    pub fn canonical(text: String) -> Self {
        Self(text.into())
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as it is answered, with a version.
    pub fn shown(&self) -> Cow<'_, str> {
        match self.0.strip_prefix('{') {
            Some(rest) if !rest.starts_with("\"Version\":") => {
                Cow::Owned(format!("{{\"Version\":\"{VERSION_DEFAULT}\",{rest}"))
            }
            Some(_) | None => Cow::Borrowed(&self.0),
        }
    }
}

impl ResourcePolicy {
    /// The revision as clients are told it.
    pub fn revision(&self) -> String {
        self.revision_ms.to_string()
    }
}

fn not_found(what: &str) -> ApiError {
    let message = format!("Resource-based policy not found for the provided ResourceArn: {what}");
    ApiError::new(ControlCode::PolicyNotFound, message)
}

/// Of a document that names none.
const VERSION_DEFAULT: &str = "2008-10-17";
/// What is expected where there must be no policy.
const NO_POLICY: &str = "NO_POLICY";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_of_tables_and_streams() {
        let of = |resource: &str| {
            PolicyResource::of(format!("arn:aws:dynamodb:us-east-1:000000000000:{resource}"))
        };

        let table = of("table/users").expect("a table");
        assert_eq!((table.table().as_str(), table.label()), ("users", None));
        let stream = of("table/users/stream/2026-10-09T00:29:04.041").expect("a stream");
        assert_eq!(stream.table().as_str(), "users");
        assert_eq!(stream.label(), Some("2026-10-09T00:29:04.041"));
        for (resource, fault) in [
            ("table/users/index/by_id", "Invalid resource arn provided, only table or stream is"),
            ("table/users/backup/01", "Provided Arn is not a DynamoDB resource arn: arn:aws:"),
            ("table/", "Provided Arn is not a DynamoDB resource arn: arn:aws:"),
            ("table/a b", "Provided Arn is not a DynamoDB resource arn: arn:aws:"),
            ("table/users/stream/", "Provided Arn is not a DynamoDB resource arn: arn:aws:"),
        ] {
            let told = of(resource).expect_err(resource).message;
            assert!(told.contains(fault), "{told}");
        }
        let told = PolicyResource::of("users".into()).expect_err("no ARN").message;
        assert!(told.ends_with("ARNs must start with 'arn:': users"), "{told}");
        let told = PolicyResource::of("arn:aws:s3:::users".into()).expect_err("a bucket").message;
        assert!(told.ends_with("not a DynamoDB resource arn: arn:aws:s3:::users"), "{told}");
    }

    #[test]
    fn a_document_without_a_version_is_shown_with_the_oldest_and_is_another() {
        let without = PolicyDocument::canonical(r#"{"Statement":[]}"#.into());
        let with = PolicyDocument::canonical(without.shown().into_owned());

        assert_eq!(with.as_str(), r#"{"Version":"2008-10-17","Statement":[]}"#);
        assert_eq!(with.shown(), with.as_str());
        assert_ne!(with, without);
    }
}
