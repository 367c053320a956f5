//! A parser's place in the text of an expression, and the parts that all languages share.
//!
//! Three tokens are known at any time, which is what a syntax error shows:
//!
//!     set _something = :s
//!     |-| ^              the token, here a bad character; "near" runs from the start of the
//!     |-----------|      token before it to the end of the token after it
//!
//! Must hold: what a method does not take stays the current token, so that an error names the
//! first token that does not fit. Nothing here recurses.
//! Not here: tokens (`lexer.rs`), the grammars (`condition/`, `projection/`, `update/`).

use super::error::{Error, Fault, Language};
use super::lexer::{Lexeme, Lexer, Token};
use super::written_path::{Element, WrittenPath, WrittenStep, WrittenValue};

/// Where a parser is.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    language: Language,
    text: &'a str,
    lexer: Lexer<'a>,
    before: Option<Lexeme>,
    current: Lexeme,
    after: Lexeme,
    operators: usize,
}

impl<'a> Cursor<'a> {
    /// At the first token of a text that is neither empty nor too long.
    pub(super) fn new(language: Language, text: &'a str) -> Result<Self, Error> {
        check_size(language, text)?;
        let mut lexer = Lexer::new(text);
        let current = lexer.read();
        let after = lexer.read();
        Ok(Self { language, text, lexer, before: None, current, after, operators: 0 })
    }

    /// The current token.
    pub(super) fn token(&self) -> Token {
        self.current.token
    }

    /// Where the current token begins.
    pub(super) fn start(&self) -> usize {
        self.current.start
    }

    /// Takes the current token.
    pub(super) fn advance(&mut self) {
        self.before = Some(self.current);
        self.current = self.after;
        self.after = self.lexer.read();
    }

    /// Takes the current token if it is this one.
    pub(super) fn take(&mut self, token: Token) -> bool {
        let found = self.token() == token;
        if found {
            self.advance();
        }
        found
    }

    /// Takes the current token, which must be this one.
    pub(super) fn expect(&mut self, token: Token) -> Result<(), Error> {
        if self.take(token) { Ok(()) } else { Err(self.syntax_error()) }
    }

    /// Takes the current token if it is this keyword.
    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        if found {
            self.advance();
        }
        found
    }

    /// Takes the current token, which must be this keyword.
    pub(super) fn expect_keyword(&mut self, keyword: &str) -> Result<(), Error> {
        if self.take_keyword(keyword) { Ok(()) } else { Err(self.syntax_error()) }
    }

    /// Whether the current token is this keyword.
    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        self.token() == Token::Name && self.current_text().eq_ignore_ascii_case(keyword)
    }

    /// Takes a function's name and the parenthesis behind it, if both are there.
    pub(super) fn take_function(&mut self) -> Option<&'a str> {
        if !self.is_name() || self.after.token != Token::Open {
            return None;
        }
        let name = self.current_text();
        self.advance();
        self.advance();
        Some(name)
    }

    /// Whether a path begins here, or a function.
    pub(super) fn is_path(&self) -> bool {
        self.is_name() || self.token() == Token::NamePlaceholder
    }

    /// Takes a whole path.
    pub(super) fn path(&mut self) -> Result<WrittenPath<'a>, Error> {
        let start = self.start();
        let head = self.element()?;
        let mut path = WrittenPath { start, head, steps: Vec::new() };
        self.steps(&mut path)?;
        Ok(path)
    }

    /// Whether a step of a path begins here.
    pub(super) fn is_step(&self) -> bool {
        matches!(self.token(), Token::Dot | Token::OpenBracket)
    }

    /// Takes all steps that follow and adds them to the path.
    pub(super) fn steps(&mut self, path: &mut WrittenPath<'a>) -> Result<(), Error> {
        loop {
            if self.take(Token::Dot) {
                path.steps.push(WrittenStep::Element(self.element()?));
            } else if self.take(Token::OpenBracket) {
                let digits = self.current_text();
                self.expect(Token::Index)?;
                self.expect(Token::CloseBracket)?;
                path.steps.push(WrittenStep::Index(digits));
            } else {
                return Ok(());
            }
        }
    }

    /// Takes a placeholder for a value.
    pub(super) fn value(&mut self) -> Result<WrittenValue<'a>, Error> {
        let value = WrittenValue { start: self.start(), placeholder: self.current_text() };
        self.expect(Token::ValuePlaceholder)?;
        Ok(value)
    }

    /// Counts an operator or a function. What the parser of the language takes for one is counted
    /// where it is taken.
    pub(super) fn count_operator(&mut self) {
        self.operators += 1;
    }

    /// Refuses more operators than an expression may have; for the end of the text, since any
    /// syntax error is reported before.
    pub(super) fn check_operators(&self) -> Result<(), Error> {
        if self.operators > OPERATORS_MAX {
            let fault = Fault::TooManyOperators(self.operators);
            return Err(Error::in_expression(self.language, fault));
        }
        Ok(())
    }

    /// That the current token does not fit.
    pub(super) fn syntax_error(&self) -> Error {
        let token = if self.token() == Token::End { "<EOF>" } else { self.current_text() };
        let start = self.before.map_or(self.current.start, |before| before.start);
        let near = &self.text[start..self.after.end];
        let fault = Fault::Syntax(token.to_owned(), near.to_owned());
        Error::in_expression(self.language, fault)
    }

    fn element(&mut self) -> Result<Element<'a>, Error> {
        let text = self.current_text();
        let element = if self.is_name() {
            Element::Name(text)
        } else if self.token() == Token::NamePlaceholder {
            Element::Placeholder(text)
        } else {
            return Err(self.syntax_error());
        };
        self.advance();
        Ok(element)
    }

    /// A keyword of the language is never a name.
    fn is_name(&self) -> bool {
        let is_keyword = |keyword: &&str| self.is_keyword(keyword);
        self.token() == Token::Name && !keywords(self.language).iter().any(is_keyword)
    }

    fn current_text(&self) -> &'a str {
        &self.text[self.current.start..self.current.end]
    }
}

/// What is checked of a text before any of it is read.
fn check_size(language: Language, text: &str) -> Result<(), Error> {
    let fault = if text.is_empty() {
        Fault::Empty
    } else if text.len() > EXPRESSION_BYTES_MAX {
        Fault::TooLong(text.len())
    } else {
        return Ok(());
    };
    Err(Error::in_expression(language, fault))
}

fn keywords(language: Language) -> &'static [&'static str] {
    match language {
        Language::Condition | Language::Filter | Language::KeyCondition => {
            &["AND", "OR", "NOT", "BETWEEN", "IN"]
        }
        Language::Update => &["SET", "REMOVE", "ADD", "DELETE"],
        Language::Projection => &[],
    }
}

/// The longest text of an expression, in bytes.
pub const EXPRESSION_BYTES_MAX: usize = 4_096;
/// The most operators and functions of an expression.
pub const OPERATORS_MAX: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes keywords, paths, values and operators for as long as they come.
    fn first_error(language: Language, text: &str) -> String {
        let taken = |cursor: &mut Cursor<'_>| {
            if keywords(language).iter().any(|keyword| cursor.take_keyword(keyword)) {
                return Ok(());
            }
            for token in [Token::Equal, Token::Comma] {
                if cursor.take(token) {
                    return Ok(());
                }
            }
            if cursor.token() == Token::ValuePlaceholder {
                cursor.value().map(drop)
            } else {
                cursor.path().map(drop)
            }
        };
        let mut cursor = match Cursor::new(language, text) {
            Ok(cursor) => cursor,
            Err(error) => return error.to_string(),
        };
        loop {
            if let Err(error) = taken(&mut cursor) {
                return error.to_string();
            }
        }
    }

    #[test]
    fn errors_show_a_token_and_its_neighbours_as_they_are_written() {
        for (language, text, token, near) in [
            (Language::Projection, "!!! INVALID !!!", "!", "!!"),
            (Language::Projection, "a, #, b", "#", ", #,"),
            (Language::Projection, "a,", "<EOF>", ","),
            (Language::Projection, "a , \t", "<EOF>", ","),
            (Language::Update, "ADD hits : incr", ":", "hits : incr"),
            (Language::Update, "set _something = :s", "_", "set _something"),
            (Language::Update, "SET mymap.2021-03-03 = :v", "2021", ".2021-"),
            (Language::Update, "SET #AMZN_MAPPED_2021-03-03 = :v", "-", "#AMZN_MAPPED_2021-0"),
            (Language::Update, "SET a.add = :v", "add", ".add ="),
            (Language::Update, "SET a[ 1 = :v", "=", "1 = :v"),
        ] {
            assert_eq!(
                first_error(language, text),
                format!(
                    "Invalid {}Expression: Syntax error; token: \"{token}\", near: \"{near}\"",
                    language.name()
                )
            );
        }
    }

    #[test]
    fn texts_have_a_size() {
        for language in [
            Language::Condition,
            Language::Filter,
            Language::KeyCondition,
            Language::Projection,
            Language::Update,
        ] {
            let name = language.name();
            assert_eq!(
                first_error(language, ""),
                format!("Invalid {name}Expression: The expression can not be empty;")
            );
            assert_eq!(
                first_error(language, &"é".repeat(2_049)),
                format!(
                    "Invalid {name}Expression: Expression size has exceeded the maximum allowed \
                     size; expression size: 4098"
                )
            );
        }
    }
}
