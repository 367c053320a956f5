//! The tables that both sides have: all three types of keys, local and global indexes, every
//! projection.

use serde_json::{Value, json};

/// The requests that make them.
pub(crate) fn all() -> [Value; 3] {
    [
        json!({
            "TableName": HASH_ONLY,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": definitions(&[("pk", "S"), ("ga", "S"), ("gb", "N")]),
            "KeySchema": keys(&["pk"]),
            "GlobalSecondaryIndexes": [
                index("gsi1", &["ga", "gb"], &json!({"ProjectionType": "ALL"})),
                index("gsi2", &["gb"], &json!({"ProjectionType": "KEYS_ONLY"})),
            ],
        }),
        json!({
            "TableName": NUMBERED,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions":
                definitions(&[("pk", "S"), ("sk", "N"), ("la", "S"), ("ga", "S")]),
            "KeySchema": keys(&["pk", "sk"]),
            "LocalSecondaryIndexes": [index(
                "lsi1",
                &["pk", "la"],
                &json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n", "s"]}),
            )],
            "GlobalSecondaryIndexes": [index(
                "gsi1",
                &["ga", "sk"],
                &json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n", "l"]}),
            )],
        }),
        json!({
            "TableName": TEXTS,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": definitions(&[("pk", "B"), ("sk", "S"), ("ga", "S")]),
            "KeySchema": keys(&["pk", "sk"]),
            "GlobalSecondaryIndexes":
                [index("gsi1", &["ga", "sk"], &json!({"ProjectionType": "ALL"}))],
        }),
    ]
}

/// A table as the generator of requests sees it.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) keys: &'static [(&'static str, &'static str)],
    pub(crate) indexes: &'static [Index],
}

/// One of its indexes.
#[derive(Clone, Copy)]
pub(crate) struct Index {
    pub(crate) name: &'static str,
    pub(crate) keys: &'static [(&'static str, &'static str)],
    pub(crate) is_global: bool,
    /// The attributes, keys of any kind left out, that a query there may name.
    pub(crate) nameable: &'static [&'static str],
}

/// The attributes that are not keys.
pub(crate) const PLAIN: &[&str] = &["n", "s", "l", "m", "set"];

/// Key names and types of each table and index.
pub(crate) const SHAPES: [Shape; 3] = [
    Shape {
        name: HASH_ONLY,
        keys: &[("pk", "S")],
        indexes: &[
            Index {
                name: "gsi1",
                keys: &[("ga", "S"), ("gb", "N")],
                is_global: true,
                nameable: PLAIN,
            },
            Index { name: "gsi2", keys: &[("gb", "N")], is_global: true, nameable: &["pk"] },
        ],
    },
    Shape {
        name: NUMBERED,
        keys: &[("pk", "S"), ("sk", "N")],
        indexes: &[
            Index {
                name: "lsi1",
                keys: &[("pk", "S"), ("la", "S")],
                is_global: false,
                nameable: PLAIN,
            },
            Index {
                name: "gsi1",
                keys: &[("ga", "S"), ("sk", "N")],
                is_global: true,
                nameable: &["pk", "n", "l"],
            },
        ],
    },
    Shape {
        name: TEXTS,
        keys: &[("pk", "B"), ("sk", "S")],
        indexes: &[Index {
            name: "gsi1",
            keys: &[("ga", "S"), ("sk", "S")],
            is_global: true,
            nameable: PLAIN,
        }],
    },
];

const HASH_ONLY: &str = "hash-only";
const NUMBERED: &str = "numbered";
const TEXTS: &str = "texts";

fn definitions(attributes: &[(&str, &str)]) -> Value {
    let definition =
        |(name, kind): &(&str, &str)| json!({"AttributeName": name, "AttributeType": kind});
    attributes.iter().map(definition).collect()
}

fn keys(names: &[&str]) -> Value {
    let roles = ["HASH", "RANGE"];
    let key = |(name, role): (&&str, &str)| json!({"AttributeName": name, "KeyType": role});
    names.iter().zip(roles).map(key).collect()
}

fn index(name: &str, key: &[&str], projection: &Value) -> Value {
    json!({"IndexName": name, "KeySchema": keys(key), "Projection": projection})
}
