//! What both examples need: a client of the endpoint that the environment names, and errors that
//! say what went wrong.

use std::error::Error;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, KeySchemaElement, KeyType, ScalarAttributeType,
};

/// What an example ends with if it does not succeed.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// A client of `AWS_ENDPOINT_URL_DYNAMODB`, or of the port that hearth listens on by itself.
pub(crate) fn connect() -> Client {
    let endpoint = std::env::var("AWS_ENDPOINT_URL_DYNAMODB")
        .unwrap_or_else(|_| "http://127.0.0.1:8000".into());
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("any", "any", None, None, "example"));
    Client::from_conf(config.build())
}

/// A text.
pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number.
pub(crate) fn n(number: u32) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The number that an attribute holds.
pub(crate) fn number(value: Option<&AttributeValue>) -> Outcome<u32> {
    let text = value.and_then(|value| value.as_n().ok()).ok_or("the attribute is no number")?;
    Ok(text.parse()?)
}

/// A part of a key schema.
pub(crate) fn key(name: &str, role: KeyType) -> Outcome<KeySchemaElement> {
    Ok(KeySchemaElement::builder().attribute_name(name).key_type(role).build()?)
}

/// The definition of an attribute that is part of a key.
pub(crate) fn defined(name: &str, kind: ScalarAttributeType) -> Outcome<AttributeDefinition> {
    Ok(AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()?)
}
