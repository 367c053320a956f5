//! Cuts a statement into tokens.
//!
//! Must hold: time is linear; whatever cannot be a token is refused without saying why, as the
//! service does. A number's exponent and scale fit 32 bits.
//! Not here: what the tokens mean together (`parse/`).

use super::Error;
use super::keywords::keyword;
use super::token::{Kind, Position, Symbol, Token};

/// The tokens of a text; the last one is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    let mut lexer = Lexer { rest: text, line: 1, column: 1 };
    let mut tokens: Vec<Token> = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let behind_path = tokens.last().is_some_and(|token| may_end_path(&token.kind));
        let token = lexer.token(behind_path)?;
        let is_end = token.kind == Kind::End;
        tokens.push(token);
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    column: usize,
}

impl<'a> Lexer<'a> {
    /// Passes white space and comments.
    fn skip_blanks(&mut self) -> Result<(), Error> {
        loop {
            let blank = self.rest.len() - self.rest.trim_start_matches(BLANKS).len();
            self.advance(blank);
            if self.rest.starts_with("--") {
                self.advance(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                let end = self.rest.find("*/").ok_or(REFUSED)?;
                self.advance(end + 2);
            } else if blank == 0 {
                return Ok(());
            }
        }
    }

    fn token(&mut self, behind_path: bool) -> Result<Token, Error> {
        let Some(first) = self.rest.chars().next() else { return Ok(self.taken(0, Kind::End)) };
        match first {
            '\'' => {
                let (length, text) = self.quoted('\'')?;
                Ok(self.taken(length, Kind::Text(text)))
            }
            '"' => {
                let (length, name) = self.quoted('"')?;
                Ok(self.taken(length, Kind::Quoted(name)))
            }
            '`' => {
                let end = self.rest[1..].find('`').ok_or(REFUSED)?;
                let ion = self.rest[1..=end].to_owned();
                Ok(self.taken(end + 2, Kind::Ion(ion)))
            }
            '?' => Ok(self.taken(1, Kind::Parameter)),
            first if is_word_start(first) => {
                let length = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
                let word = &self.rest[..length];
                let kind = keyword(word).map_or_else(|| Kind::Name(word.to_owned()), Kind::Keyword);
                Ok(self.taken(length, kind))
            }
            first
                if first.is_ascii_digit()
                    || (first == '.' && !behind_path && self.is_fraction()) =>
            {
                let length = number_length(self.rest)?;
                let number = self.rest[..length].to_owned();
                Ok(self.taken(length, Kind::Number(number)))
            }
            _ => {
                let symbol = SYMBOLS.into_iter().find(|(text, _)| self.rest.starts_with(text));
                let (text, symbol) = symbol.ok_or(REFUSED)?;
                Ok(self.taken(text.len(), Kind::Symbol(symbol)))
            }
        }
    }

    fn is_fraction(&self) -> bool {
        self.rest[1..].starts_with(|c: char| c.is_ascii_digit())
    }

    /// The length of what begins with this quote, and what is inside; a quote that is doubled is
    /// one of the text.
    fn quoted(&self, quote: char) -> Result<(usize, String), Error> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            if character == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
                return Ok((at + 1, text));
            }
            text.push(character);
        }
        Err(REFUSED)
    }

    /// The token of these bytes, which are passed.
    fn taken(&mut self, bytes: usize, kind: Kind) -> Token {
        let (line, column) = (self.line, self.column);
        let length = self.rest[..bytes].chars().count();
        self.advance(bytes);
        Token { kind, at: Position { line, column, length } }
    }

    fn advance(&mut self, bytes: usize) {
        let (passed, rest): (&'a str, &'a str) = self.rest.split_at(bytes);
        for character in passed.chars() {
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.rest = rest;
    }
}

/// The bytes of the number that a text begins with.
fn number_length(text: &str) -> Result<usize, Error> {
    let digits = |from: usize| {
        let behind = &text[from..];
        behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len())
    };
    let mut end = digits(0);
    let mut scale = 0_i64;
    if text[end..].starts_with('.') {
        let decimals = digits(end + 1);
        scale = i64::try_from(decimals).map_err(|_| REFUSED)?;
        end += 1 + decimals;
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let length = digits(end + 1 + sign);
        let exponent: i32 = text[end + 1..end + 1 + sign + length].parse().map_err(|_| REFUSED)?;
        scale -= i64::from(exponent);
        end += 1 + sign + length;
    }
    let is_whole = !text[end..].starts_with(is_word);
    if is_whole && i32::try_from(scale).is_ok() { Ok(end) } else { Err(REFUSED) }
}

/// Whether a `.` behind this leads on into a path.
fn may_end_path(kind: &Kind) -> bool {
    match kind {
        Kind::Name(_) | Kind::Quoted(_) | Kind::Keyword(_) | Kind::Symbol(Symbol::CloseList) => {
            true
        }
        Kind::Text(_)
        | Kind::Number(_)
        | Kind::Ion(_)
        | Kind::Parameter
        | Kind::Symbol(_)
        | Kind::End => false,
    }
}

fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == '$'
}

fn is_word(c: char) -> bool {
    is_word_start(c) || c.is_ascii_digit()
}

const BLANKS: [char; 6] = ['\t', '\u{0B}', '\u{0C}', ' ', '\r', '\n'];
const REFUSED: Error = Error::Syntax("");
/// Those that begin as others do come first.
const SYMBOLS: [(&str, Symbol); 25] = [
    ("<<", Symbol::OpenBag),
    (">>", Symbol::CloseBag),
    ("<=", Symbol::LessOrEqual),
    (">=", Symbol::GreaterOrEqual),
    ("<>", Symbol::NotEqual),
    ("!=", Symbol::NotEqual),
    ("||", Symbol::Concat),
    ("<", Symbol::Less),
    (">", Symbol::Greater),
    ("=", Symbol::Equal),
    ("+", Symbol::Plus),
    ("-", Symbol::Minus),
    ("*", Symbol::Star),
    ("/", Symbol::Slash),
    ("%", Symbol::Percent),
    ("(", Symbol::Open),
    (")", Symbol::Close),
    ("[", Symbol::OpenList),
    ("]", Symbol::CloseList),
    ("{", Symbol::OpenMap),
    ("}", Symbol::CloseMap),
    (",", Symbol::Comma),
    (".", Symbol::Dot),
    (":", Symbol::Colon),
    (";", Symbol::Semicolon),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        let tokens = tokens(text).expect(text);
        let mut kinds: Vec<Kind> = tokens.into_iter().map(|token| token.kind).collect();
        assert_eq!(kinds.pop(), Some(Kind::End));
        kinds
    }

    fn number(text: &str) -> Kind {
        Kind::Number(text.into())
    }

    #[test]
    fn quotes_are_doubled_inside_and_comments_are_blanks() {
        assert_eq!(
            kinds("a -- b\n/* 'c' */\"d\"\"e\" 'it''s\n' ?'?'"),
            [
                Kind::Name("a".into()),
                Kind::Quoted("d\"e".into()),
                Kind::Text("it's\n".into()),
                Kind::Parameter,
                Kind::Text("?".into()),
            ]
        );
        assert_eq!(kinds("SeLeCt -- to the end"), [Kind::Keyword("select")]);
    }

    #[test]
    fn numbers_are_read_whole_and_a_sign_is_no_part_of_them() {
        for text in ["0", ".73e1", "7.", "7.31E+6", "73100000e-1", "1e2147483647", "1e-2147483647"]
        {
            assert_eq!(kinds(text), [number(text)], "{text}");
        }
        assert_eq!(kinds("-1"), [Kind::Symbol(Symbol::Minus), number("1")]);
        assert_eq!(kinds("1 e5"), [number("1"), Kind::Name("e5".into())]);
        assert_eq!(kinds("a.5")[1..], [Kind::Symbol(Symbol::Dot), number("5")]);
    }

    #[test]
    fn what_is_no_token_is_refused_without_a_word() {
        for text in [
            "#",
            "/* open",
            "\"open",
            "'open",
            "`open",
            "1e2147483648",
            "1.5e-2147483647",
            "1e-2147483648",
            "1e",
            "1e+",
            "1abc",
            "é",
            "@",
            "!",
        ] {
            assert_eq!(tokens(text).map(drop), Err(Error::Syntax("")), "{text}");
        }
    }

    #[test]
    fn positions_are_counted_in_characters_from_one() {
        let tokens = tokens("é'é' \n  'ü' foo").map_err(drop);
        assert_eq!(tokens, Err(()));
        let tokens = super::tokens("'é' a\n  'ü' foo").expect("tokens");
        let places: Vec<String> = tokens.iter().map(|token| token.at.to_string()).collect();
        assert_eq!(places, ["1:1:3", "1:5:1", "2:3:3", "2:7:3", "2:10:0"]);
    }
}
