//! Expressions: operators by how strongly they bind, over values, paths and calls.
//!
//!     OR < AND < NOT < = <> IS IN < < <= > >= BETWEEN LIKE < + - || < * / %
//!
//! Not here: statements (`mod.rs`), which of these operators a statement may have (`bind/`).

use super::super::Error;
use super::super::token::{Kind as TokenKind, Position, Symbol, Token};
use super::super::tree::{Expr, HEIGHT_MAX, Infix, Kind, Path, Sign, TOO_HIGH, Type};
use super::vocabulary::{
    AND, EQUALITY, FUNCTION_WORDS, INFIXES, NOT, OPERATOR_WORDS, OR, ORDER, SIGN, TYPES,
};
use super::{Parser, syntax};

/// What stands between two operands.
#[derive(Clone, Copy)]
enum Operator {
    Or,
    And,
    Infix(Infix),
    Between,
    Is,
}

impl Parser {
    /// An expression of operators that bind at least so strongly.
    pub(super) fn expression(&mut self, power_min: u8) -> Result<Expr, Error> {
        self.within(|parser| parser.operators(power_min))
    }

    /// Reads one level deeper, if there is one.
    fn within<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.open == HEIGHT_MAX {
            return Err(TOO_HIGH);
        }
        self.open += 1;
        let done = read(self)?;
        self.open -= 1;
        Ok(done)
    }

    fn operators(&mut self, power_min: u8) -> Result<Expr, Error> {
        let mut left = self.operand()?;
        while let Some((operator, power, is_negated)) = self.operator(power_min) {
            let at = left.at;
            let joined = match operator {
                Operator::Or => Kind::Or(self.several(left, "or", power)?),
                Operator::And => Kind::And(self.several(left, "and", power)?),
                Operator::Infix(Infix::In) => {
                    Kind::Infix(Infix::In, Box::new(left), Box::new(self.choices(power)?))
                }
                Operator::Infix(infix) => {
                    Kind::Infix(infix, Box::new(left), Box::new(self.right(power + 1)?))
                }
                Operator::Between => self.between(left, power)?,
                Operator::Is => {
                    let is_not = self.take_keyword("not");
                    let is = Kind::Is(Box::new(left), self.named_type()?);
                    if is_not { Kind::Not(Box::new(Expr::of(is, at)?)) } else { is }
                }
            };
            left = Expr::of(joined, at)?;
            if is_negated {
                left = Expr::of(Kind::Not(Box::new(left)), at)?;
            }
        }
        Ok(left)
    }

    /// Takes the operator that comes next, if it binds strongly enough; beside it, how strongly,
    /// and whether `NOT` stands before it.
    fn operator(&mut self, power_min: u8) -> Option<(Operator, u8, bool)> {
        let is_negated = self.peek().is_keyword("not");
        let token = self.peek_at(usize::from(is_negated));
        let (operator, power) = match &token.kind {
            TokenKind::Symbol(symbol) if !is_negated => {
                let (_, infix, power) = INFIXES.into_iter().find(|(given, ..)| given == symbol)?;
                (Operator::Infix(infix), power)
            }
            TokenKind::Keyword("or") if !is_negated => (Operator::Or, OR),
            TokenKind::Keyword("and") if !is_negated => (Operator::And, AND),
            TokenKind::Keyword("is") if !is_negated => (Operator::Is, EQUALITY),
            TokenKind::Keyword("in") => (Operator::Infix(Infix::In), EQUALITY),
            TokenKind::Keyword("like") => (Operator::Infix(Infix::Like), ORDER),
            TokenKind::Keyword("between") => (Operator::Between, ORDER),
            TokenKind::Name(_)
            | TokenKind::Quoted(_)
            | TokenKind::Keyword(_)
            | TokenKind::Text(_)
            | TokenKind::Number(_)
            | TokenKind::Ion(_)
            | TokenKind::Parameter
            | TokenKind::Symbol(_)
            | TokenKind::End => return None,
        };
        if power < power_min {
            return None;
        }
        self.at += 1 + usize::from(is_negated);
        Some((operator, power, is_negated))
    }

    /// All that this keyword, which was taken, joins.
    fn several(&mut self, first: Expr, keyword: &str, power: u8) -> Result<Vec<Expr>, Error> {
        let mut all = vec![first];
        loop {
            all.push(self.right(power + 1)?);
            if !self.take_keyword(keyword) {
                return Ok(all);
            }
        }
    }

    fn right(&mut self, power_min: u8) -> Result<Expr, Error> {
        if self.is_end() {
            return syntax("Missing right-hand side expression of infix operator");
        }
        self.expression(power_min)
    }

    fn between(&mut self, tested: Expr, power: u8) -> Result<Kind, Error> {
        let lower = self.right(power + 1)?;
        if !self.take_keyword("and") {
            return syntax("Expected AND after BETWEEN");
        }
        if self.is_end() {
            return syntax("Expected expression after AND");
        }
        let upper = self.expression(power + 1)?;
        Ok(Kind::Between(Box::new([tested, lower, upper])))
    }

    /// What follows `IN`: a list in either kind of brackets, or an expression.
    fn choices(&mut self, power: u8) -> Result<Expr, Error> {
        let at = self.peek().at;
        if self.take(Symbol::Open) {
            return Expr::of(Kind::List(self.elements(Symbol::Close)?), at);
        }
        self.right(power + 1)
    }

    fn named_type(&mut self) -> Result<Type, Error> {
        let TokenKind::Keyword(word) = self.peek().kind else {
            return syntax("Expected type name");
        };
        let Some((_, named)) = TYPES.into_iter().find(|(name, _)| *name == word) else {
            return syntax("Expected type name");
        };
        self.at += 1;
        if word == "double" {
            self.take_keyword("precision");
        }
        Ok(named)
    }

    /// What operators stand between.
    pub(super) fn operand(&mut self) -> Result<Expr, Error> {
        let Token { kind, at } = self.peek().clone();
        self.at += 1;
        let kind = match kind {
            TokenKind::Number(number) => Kind::Number(number),
            TokenKind::Text(text) => Kind::Text(text),
            TokenKind::Ion(text) => Kind::Ion(text),
            TokenKind::Parameter => {
                self.parameters += 1;
                Kind::Parameter(self.parameters - 1)
            }
            TokenKind::Name(name) if self.peek().is(Symbol::Open) => {
                self.at += 1;
                Kind::Call(name.to_ascii_lowercase(), self.arguments()?)
            }
            TokenKind::Name(head) | TokenKind::Quoted(head) => {
                let steps = self.steps(|token| Error::Column(token.at))?;
                Kind::Path(Path { head, at, steps })
            }
            TokenKind::Keyword(word) => self.keyword(word)?,
            TokenKind::Symbol(symbol) => return self.symbol(symbol, at),
            TokenKind::End => return syntax("Unexpected term"),
        };
        Expr::of(kind, at)
    }

    /// What a keyword begins, which was taken.
    fn keyword(&mut self, word: &str) -> Result<Kind, Error> {
        match word {
            "true" => Ok(Kind::Bool(true)),
            "false" => Ok(Kind::Bool(false)),
            "null" => Ok(Kind::Null),
            "missing" => Ok(Kind::Missing),
            "not" => Ok(Kind::Not(Box::new(self.expression(NOT)?))),
            // To the service a change is an expression, and what is wrong within it is told first.
            "from" => {
                self.within(Self::update_from)?;
                syntax("Unexpected keyword")
            }
            word if OPERATOR_WORDS.contains(&word) => syntax("Unexpected operator"),
            word if FUNCTION_WORDS.contains(&word) && self.peek().is(Symbol::Open) => {
                self.at += 1;
                Ok(Kind::Call(word.to_owned(), self.arguments()?))
            }
            _ => syntax("Unexpected keyword"),
        }
    }

    /// What a symbol begins, which was taken.
    fn symbol(&mut self, symbol: Symbol, at: Position) -> Result<Expr, Error> {
        let kind = match symbol {
            Symbol::Open => return self.group(at),
            Symbol::OpenList => Kind::List(self.elements(Symbol::CloseList)?),
            Symbol::OpenBag => Kind::Bag(self.elements(Symbol::CloseBag)?),
            Symbol::OpenMap => Kind::Map(self.members()?),
            Symbol::Plus => self.signed(Sign::Plus)?,
            Symbol::Minus => self.signed(Sign::Minus)?,
            Symbol::LessOrEqual
            | Symbol::GreaterOrEqual
            | Symbol::NotEqual
            | Symbol::Concat
            | Symbol::Less
            | Symbol::Greater
            | Symbol::Equal
            | Symbol::Star
            | Symbol::Slash
            | Symbol::Percent => return syntax("Unexpected operator"),
            Symbol::CloseBag
            | Symbol::Close
            | Symbol::CloseList
            | Symbol::CloseMap
            | Symbol::Comma
            | Symbol::Dot
            | Symbol::Colon
            | Symbol::Semicolon => return syntax("Unexpected term"),
        };
        Expr::of(kind, at)
    }

    fn signed(&mut self, sign: Sign) -> Result<Kind, Error> {
        Ok(match (sign, self.expression(SIGN)?) {
            (Sign::Plus, Expr { kind: Kind::Number(number), .. }) => Kind::Number(number),
            (Sign::Minus, Expr { kind: Kind::Number(number), .. }) => {
                Kind::Number(match number.strip_prefix('-') {
                    Some(positive) => positive.to_owned(),
                    None => format!("-{number}"),
                })
            }
            (sign, operand) => Kind::Sign(sign, Box::new(operand)),
        })
    }

    fn group(&mut self, at: Position) -> Result<Expr, Error> {
        if self.take(Symbol::Close) {
            return syntax("Expression group cannot be empty");
        }
        let first = self.expression(0)?;
        if self.take(Symbol::Comma) {
            let mut all = vec![first];
            all.append(&mut self.elements(Symbol::Close)?);
            return Expr::of(Kind::List(all), at);
        }
        if self.take(Symbol::Close) { Ok(first) } else { syntax("Unexpected term") }
    }

    fn arguments(&mut self) -> Result<Vec<Expr>, Error> {
        // `COUNT(*)`
        if self.peek().is(Symbol::Star) && self.peek_at(1).is(Symbol::Close) {
            self.at += 2;
            return Ok(Vec::new());
        }
        self.elements(Symbol::Close)
    }

    /// What stands before this symbol, which is taken as well, with commas between.
    fn elements(&mut self, close: Symbol) -> Result<Vec<Expr>, Error> {
        let mut elements = Vec::new();
        if self.take(close) {
            return Ok(elements);
        }
        loop {
            elements.push(self.expression(0)?);
            if self.take(close) {
                return Ok(elements);
            }
            if !self.take(Symbol::Comma) {
                return syntax("Unexpected term");
            }
        }
    }

    fn members(&mut self) -> Result<Vec<(String, Expr)>, Error> {
        let mut members = Vec::new();
        if self.take(Symbol::CloseMap) {
            return Ok(members);
        }
        loop {
            let (TokenKind::Text(name) | TokenKind::Quoted(name) | TokenKind::Name(name)) =
                self.peek().kind.clone()
            else {
                return syntax("Unexpected term");
            };
            self.at += 1;
            if !self.take(Symbol::Colon) {
                return syntax("Unexpected term");
            }
            members.push((name, self.expression(0)?));
            if self.take(Symbol::CloseMap) {
                return Ok(members);
            }
            if !self.take(Symbol::Comma) {
                return syntax("Unexpected term");
            }
        }
    }
}
