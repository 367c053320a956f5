//! A statement as it is written, before its parameters are put in.
//!
//! The parser takes all of PartiQL's operators, and what statements do not have is refused
//! afterwards: that is what makes the sentences of refusals those of the service.
//!
//! Must hold: an expression is at most [`HEIGHT_MAX`] high, so that whoever walks it may recurse.
//! Not here: what it means (`bind/`).

use super::Error;
use super::token::Position;

/// A whole statement.
#[derive(Debug, PartialEq)]
pub(super) enum Sentence {
    Select(Select),
    Insert {
        source: Source,
        value: Expr,
    },
    Update {
        source: Source,
        operations: Vec<Operation>,
        condition: Option<Expr>,
        returning: Option<Returning>,
    },
    Delete {
        source: Source,
        condition: Option<Expr>,
        returning: Option<Returning>,
    },
    Exists(Select),
    /// An expression alone, which does nothing.
    Expression(Expr),
}

#[derive(Debug, PartialEq)]
pub(super) struct Select {
    pub(super) columns: Columns,
    pub(super) source: Source,
    pub(super) condition: Option<Expr>,
    pub(super) order: Vec<(Expr, Direction)>,
}

/// What a `SELECT` asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Columns {
    All,
    Listed(Vec<Expr>),
    /// Some column has a name beside its own.
    Aliased,
}

/// A table, and an index behind it.
#[derive(Debug, PartialEq)]
pub(super) struct Source {
    pub(super) path: Path,
    pub(super) is_aliased: bool,
}

/// The order of one attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

#[derive(Debug, PartialEq)]
pub(super) enum Operation {
    Set(Path, Expr),
    Remove(Path),
}

/// What an update or delete returns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Returning {
    /// The item as it was.
    AllOld,
    /// The item as it is now.
    AllNew,
    /// Of the item as it was, what the update writes.
    ModifiedOld,
    /// Of the item as it is now, what the update wrote.
    ModifiedNew,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub(super) head: String,
    /// Where the head stands.
    pub(super) at: Position,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Name(String),
    /// The digits of an index, as many as there may be.
    Index(String),
}

#[derive(Debug, PartialEq)]
pub(super) struct Expr {
    pub(super) kind: Kind,
    pub(super) at: Position,
    height: usize,
}

#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    /// A number with its sign.
    Number(String),
    Text(String),
    Bool(bool),
    Null,
    Missing,
    /// Counted from zero.
    Parameter(usize),
    Ion(String),
    Path(Path),
    List(Vec<Expr>),
    Map(Vec<(String, Expr)>),
    Bag(Vec<Expr>),
    /// The name in small letters, and the arguments.
    Call(String, Vec<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// `-` or `+` before something that is no number.
    Sign(Sign, Box<Expr>),
    Infix(Infix, Box<Expr>, Box<Expr>),
    /// What is tested, and the bounds.
    Between(Box<[Expr; 3]>),
    /// What is tested, and what it is tested for.
    Is(Box<Expr>, Type),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Infix {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Like,
    Plus,
    Minus,
    Concat,
    Times,
    Divide,
    Modulo,
}

/// A type that `IS` names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Type {
    Missing,
    Null,
    Bool,
    Number,
    Text,
    Blob,
    Map,
    List,
    /// One that DynamoDB does not have, by the name of its kind.
    Other(&'static str),
}

impl Expr {
    /// An expression that is not too high.
    pub(super) fn of(kind: Kind, at: Position) -> Result<Self, Error> {
        let height = 1 + kind.inner_height();
        if height > HEIGHT_MAX {
            return Err(TOO_HIGH);
        }
        Ok(Self { kind, at, height })
    }
}

impl Kind {
    /// Whether it stands where a value does: a literal, whatever is inside, or a parameter.
    pub(super) fn is_value(&self) -> bool {
        match self {
            Self::Number(_)
            | Self::Text(_)
            | Self::Bool(_)
            | Self::Null
            | Self::Missing
            | Self::Parameter(_)
            | Self::Ion(_)
            | Self::List(_)
            | Self::Map(_)
            | Self::Bag(_) => true,
            Self::Path(_)
            | Self::Call(..)
            | Self::And(_)
            | Self::Or(_)
            | Self::Not(_)
            | Self::Sign(..)
            | Self::Infix(..)
            | Self::Between(_)
            | Self::Is(..) => false,
        }
    }

    /// The name that refusals call it by.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Number(_) | Self::Text(_) | Self::Bool(_) | Self::Null | Self::Ion(_) => "Lit",
            Self::Missing => "Missing",
            Self::Parameter(_) => "Parameter",
            Self::Path(path) if path.steps.is_empty() => "Id",
            Self::Path(_) => "Path",
            Self::List(_) => "List",
            Self::Map(_) => "Struct",
            Self::Bag(_) => "Bag",
            Self::Call(..) => "Call",
            Self::And(_) => "And",
            Self::Or(_) => "Or",
            Self::Not(_) => "Not",
            Self::Sign(Sign::Plus, _) => "Pos",
            Self::Sign(Sign::Minus, _) => "Neg",
            Self::Infix(infix, ..) => infix.name(),
            Self::Between(_) => "Between",
            Self::Is(..) => "IsType",
        }
    }

    fn inner_height(&self) -> usize {
        let highest = |inner: &[Expr]| inner.iter().map(|expr| expr.height).max().unwrap_or(0);
        match self {
            Self::Number(_)
            | Self::Text(_)
            | Self::Bool(_)
            | Self::Null
            | Self::Missing
            | Self::Parameter(_)
            | Self::Ion(_)
            | Self::Path(_) => 0,
            Self::List(inner)
            | Self::Bag(inner)
            | Self::Call(_, inner)
            | Self::And(inner)
            | Self::Or(inner) => highest(inner),
            Self::Map(members) => members.iter().map(|(_, expr)| expr.height).max().unwrap_or(0),
            Self::Not(inner) | Self::Sign(_, inner) | Self::Is(inner, _) => inner.height,
            Self::Infix(_, left, right) => left.height.max(right.height),
            Self::Between(operands) => highest(&operands[..]),
        }
    }
}

impl Infix {
    fn name(self) -> &'static str {
        match self {
            Self::Equal => "Eq",
            Self::NotEqual => "Ne",
            Self::Less => "Lt",
            Self::LessOrEqual => "Lte",
            Self::Greater => "Gt",
            Self::GreaterOrEqual => "Gte",
            Self::In => "InCollection",
            Self::Like => "Like",
            Self::Plus => "Plus",
            Self::Minus => "Minus",
            Self::Concat => "Concat",
            Self::Times => "Times",
            Self::Divide => "Divide",
            Self::Modulo => "Modulo",
        }
    }
}

impl Returning {
    /// As it is written.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AllOld => "ALL OLD",
            Self::AllNew => "ALL NEW",
            Self::ModifiedOld => "MODIFIED OLD",
            Self::ModifiedNew => "MODIFIED NEW",
        }
    }
}

/// The most expressions around each other.
pub(super) const HEIGHT_MAX: usize = 64;
pub(super) const TOO_HIGH: Error = Error::Syntax("Expressions are nested too deep");
