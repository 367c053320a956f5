//! The tokens of all five expression languages.
//!
//! The longest token wins, left to right. Whatever fits nowhere is a token of one character, so
//! that the parser reports it in its turn and not before an earlier fault. Keywords are names
//! here; which names are keywords depends on the language (`cursor.rs`).
//!
//! Must hold: spans lie on character boundaries and never overlap; a text always ends in
//! [`Token::End`], as often as it is asked for.

/// The kind of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Token {
    /// `[A-Za-z][A-Za-z0-9_]*`
    Name,
    /// `#` and at least one of `[A-Za-z0-9_]`
    NamePlaceholder,
    /// `:` and at least one of `[A-Za-z0-9_]`
    ValuePlaceholder,
    /// `0`, or digits that do not begin with it.
    Index,
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// Any other character.
    Bad,
    /// The end of the text.
    End,
}

/// A token and where it stands: the bytes from `start` up to `end`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Reads one token after the other.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// The end of the last token that was read.
    last_end: Option<usize>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, last_end: None }
    }

    pub(super) fn read(&mut self) -> Lexeme {
        let rest = self.text[self.at..].trim_start_matches(WHITESPACE);
        let start = self.text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            return self.end();
        };
        let (token, length) = measure(first, rest.as_bytes());
        self.at = start + length;
        self.last_end = Some(self.at);
        Lexeme { token, start, end: self.at }
    }

    /// The end is an empty span behind the last token; of a text without tokens it is the text.
    fn end(&self) -> Lexeme {
        let (start, end) = self.last_end.map_or((0, self.text.len()), |end| (end, end));
        Lexeme { token: Token::End, start, end }
    }
}

/// The kind and the bytes of the token that the text begins with.
fn measure(first: char, text: &[u8]) -> (Token, usize) {
    let second = text.get(1);
    match first {
        'A'..='Z' | 'a'..='z' => (Token::Name, word(text)),
        '#' if word(&text[1..]) > 0 => (Token::NamePlaceholder, 1 + word(&text[1..])),
        ':' if word(&text[1..]) > 0 => (Token::ValuePlaceholder, 1 + word(&text[1..])),
        '0' => (Token::Index, 1),
        '1'..='9' => (Token::Index, run(text, u8::is_ascii_digit)),
        '<' if second == Some(&b'>') => (Token::NotEqual, 2),
        '<' if second == Some(&b'=') => (Token::LessOrEqual, 2),
        '>' if second == Some(&b'=') => (Token::GreaterOrEqual, 2),
        '=' => (Token::Equal, 1),
        '<' => (Token::Less, 1),
        '>' => (Token::Greater, 1),
        '+' => (Token::Plus, 1),
        '-' => (Token::Minus, 1),
        '(' => (Token::Open, 1),
        ')' => (Token::Close, 1),
        '[' => (Token::OpenBracket, 1),
        ']' => (Token::CloseBracket, 1),
        ',' => (Token::Comma, 1),
        '.' => (Token::Dot, 1),
        other => (Token::Bad, other.len_utf8()),
    }
}

fn word(text: &[u8]) -> usize {
    run(text, |byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn run(text: &[u8], belongs: impl Fn(&u8) -> bool) -> usize {
    text.iter().take_while(|byte| belongs(byte)).count()
}

const WHITESPACE: [char; 4] = [' ', '\t', '\r', '\n'];

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(Token, &str)> {
        let mut lexer = Lexer::new(text);
        let lexemes = std::iter::from_fn(|| Some(lexer.read()));
        let tokens = lexemes.take_while(|lexeme| lexeme.token != Token::End);
        tokens.map(|lexeme| (lexeme.token, &text[lexeme.start..lexeme.end])).collect()
    }

    #[test]
    fn the_longest_token_wins() {
        assert_eq!(
            tokens("a<=b<>#_x>=:0\t\r\n<:v_ = l[10]"),
            [
                (Token::Name, "a"),
                (Token::LessOrEqual, "<="),
                (Token::Name, "b"),
                (Token::NotEqual, "<>"),
                (Token::NamePlaceholder, "#_x"),
                (Token::GreaterOrEqual, ">="),
                (Token::ValuePlaceholder, ":0"),
                (Token::Less, "<"),
                (Token::ValuePlaceholder, ":v_"),
                (Token::Equal, "="),
                (Token::Name, "l"),
                (Token::OpenBracket, "["),
                (Token::Index, "10"),
                (Token::CloseBracket, "]"),
            ]
        );
    }

    #[test]
    fn what_fits_nowhere_is_a_token_of_one_character() {
        let bad = |text| (Token::Bad, text);
        assert_eq!(tokens("_type"), [bad("_"), (Token::Name, "type")]);
        assert_eq!(tokens("#é:"), [bad("#"), bad("é"), bad(":")]);
        assert_eq!(tokens("a\u{a0}b"), [(Token::Name, "a"), bad("\u{a0}"), (Token::Name, "b")]);
        assert_eq!(tokens("!=\""), [bad("!"), (Token::Equal, "="), bad("\"")]);
    }

    #[test]
    fn a_number_has_no_leading_zero() {
        let index = |text| (Token::Index, text);
        assert_eq!(tokens("003 30"), [index("0"), index("0"), index("3"), index("30")]);
    }
}
