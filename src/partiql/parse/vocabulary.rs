//! Which words and symbols operators, functions and types are, and how strongly operators bind.

use super::super::token::Symbol;
use super::super::tree::{Infix, Type};

// How strongly operators bind.
pub(super) const OR: u8 = 1;
pub(super) const AND: u8 = 2;
pub(super) const NOT: u8 = 3;
pub(super) const EQUALITY: u8 = 4;
pub(super) const ORDER: u8 = 5;
pub(super) const SUM: u8 = 6;
pub(super) const PRODUCT: u8 = 7;
pub(super) const SIGN: u8 = 8;

pub(super) const INFIXES: [(Symbol, Infix, u8); 12] = [
    (Symbol::Equal, Infix::Equal, EQUALITY),
    (Symbol::NotEqual, Infix::NotEqual, EQUALITY),
    (Symbol::Less, Infix::Less, ORDER),
    (Symbol::LessOrEqual, Infix::LessOrEqual, ORDER),
    (Symbol::Greater, Infix::Greater, ORDER),
    (Symbol::GreaterOrEqual, Infix::GreaterOrEqual, ORDER),
    (Symbol::Plus, Infix::Plus, SUM),
    (Symbol::Minus, Infix::Minus, SUM),
    (Symbol::Concat, Infix::Concat, SUM),
    (Symbol::Star, Infix::Times, PRODUCT),
    (Symbol::Slash, Infix::Divide, PRODUCT),
    (Symbol::Percent, Infix::Modulo, PRODUCT),
];

/// Keywords that are operators, which no operand begins with.
pub(super) const OPERATOR_WORDS: [&str; 8] =
    ["and", "between", "except", "in", "intersect", "is", "like", "union"];

/// Keywords that are functions where a parenthesis follows.
pub(super) const FUNCTION_WORDS: [&str; 19] = [
    "avg",
    "cast",
    "char_length",
    "character_length",
    "coalesce",
    "count",
    "date_add",
    "date_diff",
    "exists",
    "extract",
    "lower",
    "max",
    "min",
    "nullif",
    "size",
    "substring",
    "sum",
    "trim",
    "upper",
];

/// The types that can be named, and what they are here.
pub(super) const TYPES: [(&str, Type); 28] = [
    ("missing", Type::Missing),
    ("null", Type::Null),
    ("bool", Type::Bool),
    ("boolean", Type::Bool),
    ("numeric", Type::Number),
    ("string", Type::Text),
    ("blob", Type::Blob),
    ("struct", Type::Map),
    ("tuple", Type::Map),
    ("list", Type::List),
    ("any", Type::Other("AnyType")),
    ("bag", Type::Other("BagType")),
    ("char", Type::Other("CharacterType")),
    ("character", Type::Other("CharacterType")),
    ("clob", Type::Other("ClobType")),
    ("date", Type::Other("DateType")),
    ("dec", Type::Other("DecimalType")),
    ("decimal", Type::Other("DecimalType")),
    ("double", Type::Other("DoublePrecisionType")),
    ("float", Type::Other("FloatType")),
    ("int", Type::Other("IntegerType")),
    ("integer", Type::Other("IntegerType")),
    ("real", Type::Other("RealType")),
    ("smallint", Type::Other("SmallintType")),
    ("symbol", Type::Other("SymbolType")),
    ("time", Type::Other("TimeType")),
    ("timestamp", Type::Other("TimestampType")),
    ("varchar", Type::Other("CharacterVaryingType")),
];
