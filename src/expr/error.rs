//! What is wrong with an expression, in DynamoDB's words.
//!
//! Must hold: an error is data; its sentence is built here and nowhere else.
//! Not here: the exception that a client is answered with (`api/`).

use std::fmt;

use super::condition::ValueType;
use super::path::Path;
use crate::model::Cut;

/// The five languages that share one lexer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Language {
    /// `ConditionExpression`.
    Condition,
    /// `FilterExpression`.
    Filter,
    /// `KeyConditionExpression`.
    KeyCondition,
    /// `ProjectionExpression`.
    Projection,
    /// `UpdateExpression`.
    Update,
}

/// What is wrong, and with which expression.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct Error {
    /// The expression, for faults whose sentence names it.
    pub language: Option<Language>,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong with an expression or with its placeholders. Its sentence is whole; that of
/// an [`Error`] is cut.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The expression is an empty text.
    #[error("The expression can not be empty;")]
    Empty,
    /// The expression has this many bytes, too many.
    #[error("Expression size has exceeded the maximum allowed size; expression size: {0}")]
    TooLong(usize),
    /// A token that the parser cannot take, and the text from the token before to the one after.
    #[error("Syntax error; token: \"{0}\", near: \"{1}\"")]
    Syntax(String, String),
    /// The expression has this many operators and functions, too many.
    #[error("The expression contains too many operators; operator count: {0}")]
    TooManyOperators(usize),
    /// A name that must be written as a placeholder.
    #[error("Attribute name is a reserved keyword; reserved keyword: {0}")]
    Reserved(String),
    /// A path with this many steps, too many.
    #[error("The document path has too many nesting elements; nesting levels: {0}")]
    PathTooDeep(usize),
    /// An index, as written, beyond every list.
    #[error("List index is not within the allowable range; index: [{0}]")]
    IndexTooLarge(String),

    /// `ExpressionAttributeNames` is there and empty.
    #[error("ExpressionAttributeNames must not be empty")]
    EmptyNames,
    /// `ExpressionAttributeValues` is there and empty.
    #[error("ExpressionAttributeValues must not be empty")]
    EmptyValues,
    /// A key of `ExpressionAttributeNames` that is no placeholder.
    #[error("ExpressionAttributeNames contains invalid key: Syntax error; key: \"{0}\"")]
    NameKey(String),
    /// A key of `ExpressionAttributeValues` that is no placeholder.
    #[error("ExpressionAttributeValues contains invalid key: Syntax error; key: \"{0}\"")]
    ValueKey(String),
    /// A key of `ExpressionAttributeNames` with too many bytes.
    #[error(
        "ExpressionAttributeNames contains invalid key: The expression attribute map contains a \
         key that is too long; key: \"{0}\""
    )]
    NameKeyTooLong(String),
    /// A key of `ExpressionAttributeValues` with too many bytes.
    #[error(
        "ExpressionAttributeValues contains invalid key: The expression attribute map contains a \
         key that is too long; key: \"{0}\""
    )]
    ValueKeyTooLong(String),
    /// A placeholder that stands for a name without characters.
    #[error("ExpressionAttributeNames contains invalid value: Empty attribute name for key {0}")]
    EmptyName(String),
    /// A placeholder that stands for a name with too many bytes.
    #[error(
        "ExpressionAttributeNames contains invalid value: The attribute name is too long for key {0}"
    )]
    NameTooLong(String),
    /// The names and values, counted as often as they are used, have too many bytes.
    #[error("The expression attribute names and values are too large; maximum size: {0} bytes")]
    TooMuchSubstituted(usize),
    /// A placeholder whose value is wrong, and what is wrong with it.
    #[error("ExpressionAttributeValues contains invalid value: {1} for key {0}")]
    Value(String, String),
    /// `ExpressionAttributeNames` without an expression.
    #[error("ExpressionAttributeNames can only be specified when using expressions")]
    NamesWithoutExpression,
    /// `ExpressionAttributeValues` without any of the expressions that could use them.
    #[error(
        "ExpressionAttributeValues can only be specified when using expressions: {}",
        Absent(.0)
    )]
    ValuesWithoutExpression(&'static [Language]),
    /// A placeholder for a name that the request does not define.
    #[error(
        "An expression attribute name used in the document path is not defined; attribute name: {0}"
    )]
    UndefinedName(String),
    /// A placeholder for a value that the request does not define.
    #[error(
        "An expression attribute value used in expression is not defined; attribute value: {0}"
    )]
    UndefinedValue(String),
    /// Names that no expression uses, sorted.
    #[error(
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {{{}}}",
        .0.join(", ")
    )]
    UnusedNames(Vec<String>),
    /// Values that no expression uses, sorted.
    #[error(
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {{{}}}",
        .0.join(", ")
    )]
    UnusedValues(Vec<String>),

    /// Two pairs of parentheses with nothing between them.
    #[error("The expression has redundant parentheses;")]
    RedundantParentheses,
    /// A function that does not exist.
    #[error("Invalid function name; function: {0}")]
    UnknownFunction(String),
    /// A function of updates in a condition.
    #[error("The function is not allowed in a condition expression; function: {0}")]
    NotInConditions(String),
    /// A function of conditions in an update.
    #[error("The function is not allowed in an update expression; function: {0}")]
    NotInUpdates(String),
    /// A function in a place where it cannot stand.
    #[error("The function is not allowed to be used this way in an expression; function: {0}")]
    MisusedFunction(String),
    /// A function with the wrong number of arguments.
    #[error(
        "Incorrect number of operands for operator or function; operator or function: {0}, \
         number of operands: {1}"
    )]
    Arity(&'static str, usize),
    /// An operator or function whose two operands are one path.
    #[error(
        "The first operand must be distinct from the remaining operands for this operator or \
         function; operator: {0}, first operand: {1}"
    )]
    NotDistinct(&'static str, Path),
    /// A function whose argument must be a path.
    #[error("Operator or function requires a document path; operator or function: {0}")]
    PathRequired(&'static str),
    /// An operator or function with a value of a type that it cannot take.
    #[error(
        "Incorrect operand type for operator or function; operator or function: {0}, \
         operand type: {1}"
    )]
    OperandType(&'static str, &'static str),
    /// A text that is no type for `attribute_type`.
    #[error(
        "Invalid attribute type name found; type: {0}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"
    )]
    UnknownType(String),
    /// The bounds of a `BETWEEN`, printed, are of two types.
    #[error(
        "The BETWEEN operator requires same data type for lower and upper bounds; \
         lower bound operand: AttributeValue: {0}, upper bound operand: AttributeValue: {1}"
    )]
    BoundTypes(String, String),
    /// The bounds of a `BETWEEN`, printed, leave nothing between them.
    #[error(
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; \
         lower bound operand: AttributeValue: {0}, upper bound operand: AttributeValue: {1}"
    )]
    BoundOrder(String, String),
    /// An `IN` with this many operands to choose from, too many.
    #[error("The IN operator is provided with too many operands; number of operands: {0}")]
    TooManyChoices(usize),

    /// Neither kind of key condition is there.
    #[error(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the \
         request."
    )]
    KeyConditionMissing,
    /// An operator or function that no key condition may have.
    #[error("Invalid operator used in KeyConditionExpression: {0}")]
    KeyOperator(&'static str),
    /// A key condition with a function inside a comparison.
    #[error("KeyConditionExpressions cannot contain nested operations")]
    KeyNestedOperation,
    /// An operator or function of a key condition that does not begin with the key attribute.
    #[error(
        "Invalid condition in KeyConditionExpression: {0} operator must have the key attribute as \
         its first operand"
    )]
    KeyNotFirst(&'static str),
    /// A key condition that compares two attributes.
    #[error(
        "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
    )]
    KeySeveralNames,
    /// A key condition without an attribute.
    #[error("Invalid condition in KeyConditionExpression: No key attribute specified")]
    KeyWithoutName,
    /// A key condition on a part of an attribute.
    #[error("KeyConditionExpressions cannot have conditions on nested attributes")]
    KeyNestedAttribute,
    /// Two key conditions on one attribute.
    #[error("KeyConditionExpressions must only contain one condition per key")]
    KeyTwice,

    /// Two paths, one of which is the other or lies below it.
    #[error(
        "Two document paths overlap with each other; must remove or rewrite one of these paths; \
         path one: {0}, path two: {1}"
    )]
    Overlap(Path, Path),
    /// Two paths that see a map and a list in one place.
    #[error(
        "Two document paths conflict with each other; must remove or rewrite one of these paths; \
         path one: {0}, path two: {1}"
    )]
    Conflict(Path, Path),
    /// An update with one keyword twice.
    #[error("The \"{0}\" section can only be used once in an update expression;")]
    SectionTwice(&'static str),
    /// `ADD` of a value of this type.
    #[error(
        "Incorrect operand type for operator or function; operator: ADD, operand type: {}, \
         typeSet: ALLOWED_FOR_ADD_OPERAND",
        long_type_name(*.0)
    )]
    AddOperandType(ValueType),
    /// `DELETE` of a value of this type.
    #[error(
        "Incorrect operand type for operator or function; operator: DELETE, operand type: {}, \
         typeSet: ALLOWED_FOR_DELETE_OPERAND",
        long_type_name(*.0)
    )]
    DeleteOperandType(ValueType),
}

impl Error {
    /// A fault whose sentence names the expression.
    pub fn in_expression(language: Language, fault: Fault) -> Self {
        Self { language: Some(language), fault }
    }
}

/// A fault whose sentence names no expression.
impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self { language: None, fault }
    }
}

impl Language {
    /// The member's name without `Expression`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Condition => "Condition",
            Self::Filter => "Filter",
            Self::KeyCondition => "KeyCondition",
            Self::Projection => "Projection",
            Self::Update => "Update",
        }
    }
}

/// What a request named may be long; a sentence is cut where nobody reads on.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(language) = self.language {
            write!(f, "Invalid {}Expression: ", language.name())?;
        }
        write!(f, "{}", Cut(&self.fault))
    }
}

/// `UpdateExpression and ConditionExpression are null`
struct Absent<'a>(&'a [Language]);

impl fmt::Display for Absent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, language) in self.0.iter().enumerate() {
            let joint = if place == 0 { "" } else { " and " };
            write!(f, "{joint}{}Expression", language.name())?;
        }
        f.write_str(if self.0.len() == 1 { " is null" } else { " are null" })
    }
}

/// How sentences about `ADD` and `DELETE` call a type.
fn long_type_name(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::S => "STRING",
        ValueType::N => "NUMBER",
        ValueType::B => "BINARY",
        ValueType::Bool => "BOOLEAN",
        ValueType::Null => "NULL",
        ValueType::L => "LIST",
        ValueType::M => "MAP",
        ValueType::Ss => "STRING_SET",
        ValueType::Ns => "NUMBER_SET",
        ValueType::Bs => "BINARY_SET",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(fault: Fault) -> String {
        Error::from(fault).to_string()
    }

    #[test]
    fn sentences_about_requests_have_no_prefix() {
        assert_eq!(
            bare(Fault::ValuesWithoutExpression(&[Language::Condition])),
            "ExpressionAttributeValues can only be specified when using expressions: \
             ConditionExpression is null"
        );
        assert_eq!(
            bare(Fault::ValuesWithoutExpression(&[Language::Filter, Language::KeyCondition])),
            "ExpressionAttributeValues can only be specified when using expressions: \
             FilterExpression and KeyConditionExpression are null"
        );
        assert_eq!(
            bare(Fault::NamesWithoutExpression),
            "ExpressionAttributeNames can only be specified when using expressions"
        );
        assert_eq!(
            bare(Fault::Value(":v".into(), "An empty set".into())),
            "ExpressionAttributeValues contains invalid value: An empty set for key :v"
        );
        assert_eq!(
            bare(Fault::KeyConditionMissing),
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in \
             the request."
        );
    }

    #[test]
    fn sentences_about_expressions_name_them() {
        let update = |fault| Error::in_expression(Language::Update, fault).to_string();
        let (a, b) = (Path::attribute("a"), Path::attribute("b"));
        for (fault, sentence) in [
            (
                Fault::Overlap(a.clone(), b.clone()),
                "Two document paths overlap with each other; must remove or rewrite one of these \
                 paths; path one: [a], path two: [b]",
            ),
            (
                Fault::Conflict(a, b),
                "Two document paths conflict with each other; must remove or rewrite one of these \
                 paths; path one: [a], path two: [b]",
            ),
            (
                Fault::SectionTwice("SET"),
                "The \"SET\" section can only be used once in an update expression;",
            ),
            (
                Fault::NotInUpdates("size".into()),
                "The function is not allowed in an update expression; function: size",
            ),
            (
                Fault::AddOperandType(ValueType::S),
                "Incorrect operand type for operator or function; operator: ADD, operand type: \
                 STRING, typeSet: ALLOWED_FOR_ADD_OPERAND",
            ),
            (
                Fault::DeleteOperandType(ValueType::Null),
                "Incorrect operand type for operator or function; operator: DELETE, operand type: \
                 NULL, typeSet: ALLOWED_FOR_DELETE_OPERAND",
            ),
        ] {
            assert_eq!(update(fault), format!("Invalid UpdateExpression: {sentence}"));
        }
    }

    /// Seen: a refusal repeated two bounds of megabytes, and every name that was not used.
    #[test]
    fn a_sentence_is_cut_where_nobody_reads_on() {
        let long = || "é".repeat(1 << 20);
        for fault in [
            Fault::BoundOrder(long(), long()),
            Fault::NameKey(long()),
            Fault::UnusedValues(vec![long(), long()]),
            Fault::UndefinedName(long()),
            Fault::Overlap(Path::attribute(long()), Path::attribute("a")),
        ] {
            let sentence = Error::in_expression(Language::Filter, fault).to_string();

            assert!(sentence.len() < 8 * 1024 + 100, "{}", sentence.len());
            assert!(sentence.ends_with("é..."), "{}", &sentence[..100]);
        }
        let short = bare(Fault::UndefinedName("#a".into()));
        assert!(short.ends_with("; attribute name: #a"));
    }
}
