//! The tokens of a statement, and where they stand in it.
//!
//! Not here: cutting a text into them (`lexer.rs`).

use std::fmt;

/// Where something stands in a statement: line and column, from one, and how many characters long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
    /// The number of characters.
    pub length: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: Position,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name as it stands.
    Name(String),
    /// A name in double quotes, without them.
    Quoted(String),
    /// One of the words that PartiQL keeps, in small letters.
    Keyword(&'static str),
    /// A text in single quotes, without them.
    Text(String),
    /// A number without its sign.
    Number(String),
    /// What stands between backquotes.
    Ion(String),
    /// `?`
    Parameter,
    Symbol(Symbol),
    /// Behind the last token.
    End,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Symbol {
    OpenBag,
    CloseBag,
    LessOrEqual,
    GreaterOrEqual,
    NotEqual,
    Concat,
    Less,
    Greater,
    Equal,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Open,
    Close,
    OpenList,
    CloseList,
    OpenMap,
    CloseMap,
    Comma,
    Dot,
    Colon,
    Semicolon,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.line, self.column, self.length)
    }
}

impl Token {
    pub(super) fn is(&self, symbol: Symbol) -> bool {
        self.kind == Kind::Symbol(symbol)
    }

    pub(super) fn is_keyword(&self, word: &str) -> bool {
        matches!(self.kind, Kind::Keyword(keyword) if keyword == word)
    }
}
