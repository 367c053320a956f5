//! Where hearth, as the service, does not tell a constraint of the model in the model's words.

use super::shapes::Rule;

/// Constraints that are told otherwise, or not at all.
#[derive(Debug, PartialEq)]
pub(super) struct Difference {
    /// Of these operations; of all if there is none.
    operations: &'static [&'static str],
    /// What the path of the model ends with.
    path: &'static str,
    rules: Rules,
    pub(super) told: Told,
    /// Why.
    reason: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rules {
    All,
    Required,
    Least,
    Most,
}

/// What is told instead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Told {
    /// A sentence that has this in it.
    As(&'static str),
    /// Nothing: the request goes on.
    NotAtAll,
}

impl Difference {
    pub(super) fn is_of(&self, operation: &str, path: &str, rule: &Rule) -> bool {
        let is_rule = match self.rules {
            Rules::All => true,
            Rules::Required => *rule == Rule::Required,
            Rules::Least => matches!(rule, Rule::Least(_)),
            Rules::Most => matches!(rule, Rule::Most(_)),
        };
        let is_operation = self.operations.is_empty() || self.operations.contains(&operation);
        is_rule && is_operation && ends_with(path, self.path)
    }
}

/// Whether the last steps of a path are those: whole names, or what stands for the keys of a map.
fn ends_with(path: &str, steps: &str) -> bool {
    path.strip_suffix(steps)
        .is_some_and(|front| front.is_empty() || front.ends_with('.') || steps.starts_with('<'))
}

/// Members that must be there though the model does not say so.
pub(super) const REQUIRED_TOO: &[(&str, &[&str])] = &[
    // A replica of another account's table takes them from there; hearth has no such.
    ("CreateTableInput", &["AttributeDefinitions", "KeySchema"]),
];

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        operations: TABLES,
        path: "TableName",
        rules: Rules::Required,
        told: Told::As("The parameter 'TableName' is required but was not present in the request"),
        reason: "the service tells this before it validates members",
    },
    Difference {
        operations: &["CreateTable"],
        path: "TableName",
        rules: Rules::Least,
        told: Told::As("Member must have length greater than or equal to 3"),
        reason: "the model's bounds are those of an ARN; a name is held to its own",
    },
    Difference {
        operations: &["CreateTable"],
        path: "TableName",
        rules: Rules::Most,
        told: Told::As("Member must have length less than or equal to 255"),
        reason: "the model's bounds are those of an ARN; a name is held to its own",
    },
    Difference {
        operations: TABLES,
        path: "TableName",
        rules: Rules::All,
        told: Told::As(
            "TableName must be at least 3 characters long and at most 255 characters long",
        ),
        reason: "the service has a sentence of its own for these operations",
    },
    Difference {
        operations: &[],
        path: "TableName",
        rules: Rules::Most,
        told: Told::As("Member must have length less than or equal to 255"),
        reason: "the model's bounds are those of an ARN; a name is held to its own",
    },
    Difference {
        operations: &["BatchGetItem", "BatchWriteItem"],
        path: "RequestItems",
        rules: Rules::Least,
        told: Told::As("The requestItems parameter is required for Batch"),
        reason: "the service's own sentence in the older wording",
    },
    Difference {
        operations: &["BatchGetItem", "BatchWriteItem"],
        path: "RequestItems",
        rules: Rules::Most,
        told: Told::As(""),
        reason: "the service counts the items of all tables together, and has a sentence for that",
    },
    Difference {
        operations: &["BatchGetItem", "BatchWriteItem"],
        path: "RequestItems<key>",
        rules: Rules::All,
        told: Told::As(
            "Map keys must satisfy constraint: [Member must have length less than or equal to 255, \
             Member must have length greater than or equal to 3, Member must satisfy regular \
             expression pattern: [a-zA-Z0-9_.-]+]",
        ),
        reason: "a fault of a key is told of its map, with all constraints of the key",
    },
    Difference {
        operations: &["BatchWriteItem"],
        path: "RequestItems{}",
        rules: Rules::All,
        told: Told::As(
            "Map value must satisfy constraint: [Member must have length less than or equal to 25, \
             Member must have length greater than or equal to 1]",
        ),
        reason: "a fault of a value is told of its map, with all constraints of the value",
    },
    Difference {
        operations: &["BatchGetItem"],
        path: "Keys",
        rules: Rules::Most,
        told: Told::As(
            "Value at 'RequestItems.aaa.member.Keys' failed to satisfy constraint: Member must have \
             length less than or equal to 100",
        ),
        reason: "the service has the newer wording for this one everywhere",
    },
    Difference {
        operations: &["Query"],
        path: "Limit",
        rules: Rules::Least,
        told: Told::As(
            "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must \
             have value greater than or equal to 1",
        ),
        reason: "the service has the newer wording for this one everywhere",
    },
    Difference {
        operations: NOT_READ,
        path: "ExpressionAttributeNames{}",
        rules: Rules::Most,
        told: Told::NotAtAll,
        reason: "of a feature that it does not have hearth reads no expressions",
    },
    Difference {
        operations: NOT_READ,
        path: "M<key>",
        rules: Rules::Most,
        told: Told::NotAtAll,
        reason: "of a feature that it does not have hearth reads no values",
    },
    Difference {
        operations: &["BatchExecuteStatement"],
        path: "Parameters[].M<key>",
        rules: Rules::Most,
        told: Told::NotAtAll,
        reason: "what is wrong with one statement is told in the answer to it",
    },
    Difference {
        operations: &[],
        path: "ExpressionAttributeValues{}.M<key>",
        rules: Rules::Most,
        told: Told::As("ExpressionAttributeValues c"),
        reason: "values are checked with the expressions that use them, and here are none",
    },
    Difference {
        operations: &["TransactGetItems"],
        path: "ExpressionAttributeNames{}",
        rules: Rules::Most,
        told: Told::NotAtAll,
        reason: "of a transaction's reads the names are looked at only beside an expression",
    },
    Difference {
        operations: &[],
        path: "<key>",
        rules: Rules::Most,
        told: Told::As("Attribute name has exceeded the maximum size of 65535"),
        reason: "names of attributes are checked with the values that they stand for",
    },
    Difference {
        operations: &[],
        path: "ExpressionAttributeNames{}",
        rules: Rules::Most,
        told: Told::As("ExpressionAttributeNames c"),
        reason: "names are checked with the expressions that use them, and here are none",
    },
];

/// Operations of features that hearth does not have, which take expressions.
const NOT_READ: &[&str] = &["ExportTableToPointInTime", "SearchVectors"];
/// Operations whose table's name is checked before all else.
const TABLES: &[&str] = &[
    "CreateBackup",
    "CreateTable",
    "DeleteTable",
    "DescribeContinuousBackups",
    "DescribeTable",
    "DescribeTimeToLive",
    "UpdateContinuousBackups",
    "UpdateTable",
    "UpdateTimeToLive",
];
