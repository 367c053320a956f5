//! What is wrong with a statement, in DynamoDB's words.
//!
//! Must hold: an error is data; its sentence is built here, or in `expr/` for what statements have
//! in common with expressions.
//! Not here: the exception that a client is answered with (`api/`).

use super::token::Position;
use crate::expr;
use crate::model::RangeError;

/// What can be wrong with a statement.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// The text is no statement: what was expected, or what came, as the service's parser says it.
    #[error("Statement wasn't well formed, can't be processed: {0}")]
    Syntax(&'static str),
    /// What statements have in common with expressions.
    #[error(transparent)]
    Expression(#[from] expr::Error),
    /// There are not as many parameters as question marks.
    #[error("Number of parameters in request and statement don't match.")]
    ParameterCount,
    /// A number of the text that no item can hold, and where in its value it stands.
    #[error("{0} under {1}")]
    Number(RangeError, String),
    /// A value with too many lists and maps around each other.
    #[error(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels \
         beyond supported limit"
    )]
    TooDeep,
    /// A set without members.
    #[error("Empty bags are not supported")]
    EmptyBag,
    /// A set of something else than texts alone or numbers alone.
    #[error(
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"
    )]
    MixedBag,
    /// A set, printed, with a member twice.
    #[error(
        "One or more parameter values were invalid: Input collection [{0}] contains duplicates."
    )]
    Duplicates(String),
    /// A value that is none: a function, a path, an operation.
    #[error("Unsupported data type: {0} under key root at {1}")]
    NoValue(String, Position),
    /// A literal of Ion.
    #[error("Ion Literals are not supported: {0} under key root at {1}")]
    Ion(&'static str, Position),
    /// `MISSING` elsewhere than behind `IS`.
    #[error("MISSING must be compared using IS operator")]
    Missing,
    /// A table or column with another name beside its own.
    #[error("Aliasing is not supported")]
    Alias,
    /// A name without characters.
    #[error("Path component cannot be an empty string")]
    EmptyName,
    /// A name without characters, of an attribute that is written.
    #[error("Empty attribute name")]
    EmptyAttributeName,
    /// An operation that statements do not have.
    #[error("Unsupported operation: {0}")]
    Operation(&'static str),
    /// A function that does not exist, or not there.
    #[error("Unrecognized function: {0} at {1}")]
    Function(String, Position),
    /// A column that is no path.
    #[error("Unexpected path component at {0}")]
    Column(Position),
    /// A type that `IS` cannot ask for.
    #[error(
        "Unsupported data type for IS operator: {0}. Supported data types are [MISSING, NULL, \
         BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST] at {1}"
    )]
    Type(&'static str, Position),
    /// `set_add` or `set_delete`, in capitals, of another attribute than the one it is assigned to.
    #[error("The first argument to {0} must equal the assignment value at {1}")]
    SetTarget(&'static str, Position),
    /// `set_add` or `set_delete` of what is no set.
    #[error("The second argument to {0} must be a value with type SET at {1}")]
    SetOperand(&'static str, Position),
    /// `set_add` or `set_delete` with more or fewer arguments than two.
    #[error("{0} must have exactly two arguments at {1}")]
    SetArity(&'static str, Position),
    /// A `DELETE` that returns something else than the item as it was; this is what it asks for.
    #[error(
        "Invalid returning clause: RETURNING {0} *. Only RETURNING ALL OLD * is allowed in DELETE \
         statements."
    )]
    Returning(&'static str),
    /// A source with more parts than a table and an index.
    #[error("A path may contain at most 2 components in the FROM clause")]
    LongSource,
    /// An `INSERT` into more than a table.
    #[error("FROM clause may only contain a single table name")]
    InsertSource,
    /// A change of an index.
    #[error("This operation is not supported on an index")]
    WriteOfIndex,
    /// `ORDER BY` something else than an attribute.
    #[error("Argument to ORDER BY must be of type VariableReference. Type: {0} at {1}")]
    OrderArgument(&'static str, Position),

    /// The index is not one of the table's.
    #[error("The table does not have the specified index")]
    NoIndex,
    /// The index has several attributes in a part of its key.
    #[error(
        "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or \
         multi-attribute RANGE keys."
    )]
    MultiAttributeKey,
    /// A strongly consistent read of a global index.
    #[error("Strongly consistent read is not supported on Global Secondary Indexes")]
    ConsistentGlobal,
    /// Columns that a global index does not hold.
    #[error(
        "One or more parameter values were invalid: Global secondary index {0} does not project \
         [{names}]",
        names = .1.join(", ")
    )]
    NotProjected(String, Vec<String>),
    /// Attributes of a condition that an index does not hold.
    #[error(
        "One or more parameter values were invalid: Secondary index {0} does not project one or \
         more filter attributes: [{names}]",
        names = .1.join(", ")
    )]
    FilterNotProjected(String, Vec<String>),
    /// A key attribute of another type than the table's.
    #[error("Key attribute's data type should match its data type in table's schema: Key {0}")]
    KeyType(String),
    /// A key attribute compared with a value that no key can be.
    #[error("Key value must be of type S, N, or B. Key name: {0}, Key type: {1}")]
    NoKeyValue(String, &'static str),
    /// An item without a key attribute.
    #[error("One or more parameter values were invalid: Missing the key {0} in the item")]
    KeyMissing(String),
    /// A write that does not say by equality which item it is about.
    #[error("Where clause does not contain a mandatory equality on all key attributes")]
    NoKey,
    /// A write that says twice what a key attribute is.
    #[error(
        "Multiple conditions on same key {0}. Only single item Update/Insert/Delete are supported"
    )]
    KeyTwice(String),
    /// Two branches of a condition that may find one item.
    #[error("Overlapping conditions with range keys are not supported in where clause")]
    Overlap,
    /// An order of everything.
    #[error("Must have WHERE clause in the statement when using ORDER BY clause.")]
    OrderWithoutWhere,
    /// An order of more than some partitions.
    #[error(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER \
         BY clause."
    )]
    OrderWithoutHash,
    /// An order by what is no key attribute.
    #[error("Attribute {0} in ORDER BY clause must be part of the primary key")]
    OrderByOther(String),
    /// An order of several partitions that does not say theirs.
    #[error(
        "Must have hash key in ORDER BY clause when more than one hash key condition specified in \
         WHERE clause."
    )]
    OrderOfPartitions,
}

impl From<expr::Fault> for Error {
    fn from(fault: expr::Fault) -> Self {
        Self::Expression(fault.into())
    }
}
