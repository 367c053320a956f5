//! Which of several faults of a request is told: the order in which hearth looks.
//!
//! Members; what does not go together; each expression in turn, from its syntax to its operands;
//! unused placeholders; the table, its keys and indexes; the condition; the item.
//!
//! Must hold: the order is that of recorded answers of the service, not what hearth happens to do.

use crate::known::is_like;

/// Whether both are refusals of the request and `ours` is the one to be told.
pub(crate) fn is_told_first(ours: &str, theirs: &str) -> bool {
    match (place(ours), place(theirs)) {
        (Some(ours), Some(theirs)) => ours < theirs,
        _ => false,
    }
}

/// Whether the place of `theirs` is that of `ours` or a later one.
pub(crate) fn is_told_beside(ours: &str, theirs: &str) -> bool {
    match (place(ours), place(theirs)) {
        (Some(ours), Some(theirs)) => ours <= theirs,
        _ => false,
    }
}

/// Whether only the stored item shows this fault of an update.
pub(crate) fn is_of_item(sentence: &str) -> bool {
    OF_ITEM.iter().any(|pattern| is_like(sentence, pattern))
}

/// Stage, expression, check.
fn place(sentence: &str) -> Option<(usize, usize, usize)> {
    let at = |patterns: &[&str], sentence: &str| {
        patterns.iter().position(|pattern| is_like(sentence, pattern))
    };
    for (expression, (name, checks)) in EXPRESSIONS.iter().enumerate() {
        let rest = sentence.strip_prefix("Invalid ").and_then(|rest| rest.strip_prefix(name));
        if let Some(rest) = rest.and_then(|rest| rest.strip_prefix(": ")) {
            let check = checks.iter().position(|group| at(group, rest).is_some())?;
            return Some((1, expression, check));
        }
    }
    if is_like(sentence, "Unexpected token in ProjectionExpression: *") {
        return Some((1, 4, 0));
    }
    if let Some(check) = at(OF_KEY_CONDITION, sentence) {
        return Some((1, 2, OF_CONDITION.len() + check));
    }
    at(BEFORE, sentence)
        .map(|check| (0, 0, check))
        .or_else(|| at(OF_TABLE, sentence).map(|check| (2, 0, check)))
}

type Checks = &'static [&'static [&'static str]];

const EXPRESSIONS: [(&str, Checks); 5] = [
    ("UpdateExpression", OF_UPDATE),
    ("ConditionExpression", OF_CONDITION),
    ("KeyConditionExpression", OF_CONDITION),
    ("FilterExpression", OF_CONDITION),
    ("ProjectionExpression", OF_PROJECTION),
];

const SYNTAX: &[&str] = &["The expression can not be empty;", "Syntax error; *", "Expected *"];
const RESERVED: &[&str] = &["Attribute name is a reserved keyword; *"];
const FUNCTION: &[&str] = &["Invalid function name; *"];
const NAME: &[&str] = &["An expression attribute name used in the document path is not defined; *"];
const VALUE: &[&str] = &["An expression attribute value used in expression is not defined; *"];
const OVERLAP: &[&str] = &["Two document paths overlap with each other; *"];

const OF_UPDATE: Checks = &[
    SYNTAX,
    RESERVED,
    FUNCTION,
    &["The * section can only be used once in an update expression;"],
    NAME,
    VALUE,
    OVERLAP,
    &["Two document paths conflict with each other; *"],
    &["Incorrect operand type for operator or function; operator: *"],
    &[
        "Incorrect number of operands for operator or function; *",
        "Operator or function requires a document path; *",
        "Incorrect operand type for operator or function; operator or function: *",
    ],
];

/// Undefined placeholders and wrong operands are told by the first clause that has one; the peer
/// tells placeholders first.
const OF_CONDITION: Checks = &[
    SYNTAX,
    &["The expression has redundant parentheses;"],
    FUNCTION,
    &["The function is not allowed to be used this way in an expression; *"],
    RESERVED,
    &[
        "Incorrect number of operands for operator or function; *",
        "The first operand must be distinct from the remaining operands for this operator *",
        "Incorrect operand type for operator or function; *",
        "Invalid attribute type name found; *",
        "The BETWEEN operator requires *",
    ],
    NAME,
    VALUE,
    &["KeyConditionExpressions cannot have conditions on nested attributes"],
];

/// What a key condition may not have, told without the expression in front.
const OF_KEY_CONDITION: &[&str] = &["Invalid condition in KeyConditionExpression: *"];

const OF_PROJECTION: Checks = &[SYNTAX, RESERVED, NAME, OVERLAP];

/// What is looked at before the expressions.
const BEFORE: &[&str] = &[
    "Value '*' at *",
    "ExpressionAttributeValues can only be specified when using expressions*",
    "One or more parameter values were invalid: ComparisonOperator * is not valid for *",
    "The BETWEEN condition was provided a range where the lower bound is greater *",
    "Must specify the AttributesToGet or ProjectionExpression when choosing to get *",
    "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
    "Cannot specify the * when choosing to get *",
];

/// What comes after the expressions.
const OF_TABLE: &[&str] = &[
    "Value provided in ExpressionAttributeNames unused in expressions: keys: *",
    "Value provided in ExpressionAttributeValues unused in expressions: keys: *",
    "Provided list of item keys contains duplicates",
    "Consistent reads are not supported on global secondary indexes",
    "The provided key element does not match the schema",
    "One or more parameter values were invalid: Missing the key *",
    "One or more parameter values were invalid: Type mismatch for key *",
    "One or more parameter values were invalid: Cannot update attribute *",
    "One or more parameter values were invalid: Type mismatch for Index Key *",
    "Query condition missed key schema element: *",
    "Query key condition not supported",
    "One or more parameter values were invalid: Condition parameter type does not match *",
    "The provided starting key *",
    "The provided exclusive start key is invalid",
    "The query can return at most one row and cannot be restarted",
    "Key attributes must be scalars; *",
    "Filter Expression can only contain non-primary key attributes: *",
    "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported *",
];

const OF_ITEM: &[&str] = &[
    "The document path provided in the update expression is invalid for update",
    "The provided expression refers to an attribute that does not exist in the item",
    "An operand in the update expression has an incorrect data type",
    "Type mismatch for attribute to update",
    "The update expression attempted to update the secondary index key to unsupported type",
];
