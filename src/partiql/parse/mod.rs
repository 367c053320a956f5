//! From the tokens of a statement to its tree.
//!
//! Must hold: a token is read once, and what is open at a time is bounded, so that no text takes
//! long or exhausts the thread's stack.
//! Not here: expressions (`expression.rs`), what the tree means (`bind/`).

mod expression;
#[cfg(test)]
mod tests;
mod vocabulary;

use super::Error;
use super::lexer::tokens;
use super::token::{Kind, Symbol, Token};
use super::tree::{
    Columns, Direction, Expr, Kind as ExprKind, Operation, Path, Returning, Select, Sentence,
    Source, Step,
};

/// Reads the whole text; beside its tree, how many parameters it takes.
pub(super) fn parse(text: &str) -> Result<(Sentence, usize), Error> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, open: 0, parameters: 0 };
    let sentence = parser.sentence()?;
    if parser.take(Symbol::Semicolon) && !parser.is_end() {
        return syntax("Unexpected token after semicolon. (Only one query is allowed.)");
    }
    if !parser.is_end() {
        return syntax("Unexpected token after expression");
    }
    Ok((sentence, parser.parameters))
}

pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// How many expressions are being read, each within the one before.
    open: usize,
    parameters: usize,
}

impl Parser {
    fn sentence(&mut self) -> Result<Sentence, Error> {
        if self.take_keyword("select") {
            return self.select().map(Sentence::Select);
        }
        if self.take_keyword("insert") {
            return self.insert();
        }
        if self.take_keyword("update") {
            return self.update();
        }
        if self.take_keyword("from") {
            return self.update_from();
        }
        if self.take_keyword("delete") {
            return self.delete();
        }
        if self.peek().is_keyword("exists") && self.peek_at(2).is_keyword("select") {
            return self.exists();
        }
        self.expression(0).map(Sentence::Expression)
    }

    fn select(&mut self) -> Result<Select, Error> {
        let columns = self.columns()?;
        if !self.take_keyword("from") {
            return syntax("Expected FROM after SELECT list");
        }
        let source = self.source_of_select()?;
        let condition = self.condition()?;
        let order = self.order()?;
        Ok(Select { columns, source, condition, order })
    }

    fn columns(&mut self) -> Result<Columns, Error> {
        if self.peek().is_keyword("from") {
            return syntax("Cannot have empty SELECT list");
        }
        if self.take(Symbol::Star) {
            if self.peek().is(Symbol::Comma) {
                return syntax("Invalid use of * in select list");
            }
            return Ok(Columns::All);
        }
        let (mut columns, mut is_aliased) = (Vec::new(), false);
        loop {
            if self.peek().is(Symbol::Star) && !columns.is_empty() {
                return syntax("Invalid use of * in select list");
            }
            columns.push(self.expression(0)?);
            is_aliased |= self.take_alias();
            if !self.take(Symbol::Comma) {
                break;
            }
        }
        Ok(if is_aliased { Columns::Aliased } else { Columns::Listed(columns) })
    }

    /// What follows `FROM` is an expression to the service; only a path can be meant.
    fn source_of_select(&mut self) -> Result<Source, Error> {
        let Expr { kind: ExprKind::Path(path), .. } = self.operand()? else {
            return syntax("Expected identifier for simple path");
        };
        Ok(Source { path, is_aliased: self.take_alias() })
    }

    fn order(&mut self) -> Result<Vec<(Expr, Direction)>, Error> {
        let mut keys = Vec::new();
        if !self.take_keyword("order") {
            return Ok(keys);
        }
        if !self.take_keyword("by") {
            return syntax("Expected BY after ORDER");
        }
        loop {
            let key = self.expression(0)?;
            let direction = if self.take_keyword("desc") {
                Direction::Descending
            } else {
                self.take_keyword("asc");
                Direction::Ascending
            };
            keys.push((key, direction));
            if !self.take(Symbol::Comma) {
                return Ok(keys);
            }
        }
    }

    fn exists(&mut self) -> Result<Sentence, Error> {
        // `EXISTS`, `(` and `SELECT` were seen.
        self.at += 1;
        if !self.take(Symbol::Open) {
            return syntax("Unexpected keyword");
        }
        self.at += 1;
        let select = self.select()?;
        if self.take(Symbol::Close) {
            Ok(Sentence::Exists(select))
        } else {
            syntax("Unexpected token after expression")
        }
    }

    fn insert(&mut self) -> Result<Sentence, Error> {
        if !self.take_keyword("into") {
            return syntax("Expected INTO after INSERT");
        }
        let path = self.simple_path()?;
        if !self.take_keyword("value") {
            return syntax("Unexpected token after expression");
        }
        let value = self.expression(0)?;
        Ok(Sentence::Insert { source: Source { path, is_aliased: false }, value })
    }

    fn update(&mut self) -> Result<Sentence, Error> {
        let source = self.source()?;
        let operations = self.operations()?;
        let condition = self.condition()?;
        let returning = self.returning()?;
        Ok(Sentence::Update { source, operations, condition, returning })
    }

    /// `FROM` comes first, and the condition before what is changed.
    fn update_from(&mut self) -> Result<Sentence, Error> {
        let source = self.source_of_select()?;
        let condition = self.condition()?;
        let operations = self.operations()?;
        let returning = self.returning()?;
        Ok(Sentence::Update { source, operations, condition, returning })
    }

    fn operations(&mut self) -> Result<Vec<Operation>, Error> {
        let mut operations = Vec::new();
        loop {
            if self.take_keyword("set") {
                self.assignments(&mut operations)?;
            } else if self.take_keyword("remove") {
                operations.push(Operation::Remove(self.simple_path()?));
            } else if operations.is_empty() {
                return syntax("Expected data manipulation");
            } else {
                return Ok(operations);
            }
        }
    }

    fn assignments(&mut self, operations: &mut Vec<Operation>) -> Result<(), Error> {
        if matches!(self.peek().kind, Kind::End | Kind::Keyword(_)) {
            return syntax("Expected assignment for SET");
        }
        loop {
            let target = self.simple_path()?;
            if !self.take(Symbol::Equal) {
                return syntax("Expected '='");
            }
            operations.push(Operation::Set(target, self.expression(0)?));
            if !self.take(Symbol::Comma) {
                return Ok(());
            }
        }
    }

    fn delete(&mut self) -> Result<Sentence, Error> {
        if !self.take_keyword("from") {
            return syntax("Expected FROM after DELETE");
        }
        let source = self.source()?;
        let condition = self.condition()?;
        let returning = self.returning()?;
        Ok(Sentence::Delete { source, condition, returning })
    }

    fn condition(&mut self) -> Result<Option<Expr>, Error> {
        if self.take_keyword("where") { self.expression(0).map(Some) } else { Ok(None) }
    }

    fn returning(&mut self) -> Result<Option<Returning>, Error> {
        if !self.take_keyword("returning") {
            return Ok(None);
        }
        let all = self.take_keyword("all");
        let modified = !all && self.take_keyword("modified");
        let old = self.take_keyword("old");
        let new = !old && self.take_keyword("new");
        let returning = match (all, modified, old, new) {
            (true, false, true, false) => Returning::AllOld,
            (true, false, false, true) => Returning::AllNew,
            (false, true, true, false) => Returning::ModifiedOld,
            (false, true, false, true) => Returning::ModifiedNew,
            _ => return syntax(RETURNING),
        };
        if self.take(Symbol::Star) { Ok(Some(returning)) } else { syntax(RETURNING) }
    }

    fn source(&mut self) -> Result<Source, Error> {
        Ok(Source { path: self.simple_path()?, is_aliased: self.take_alias() })
    }

    /// A name with steps, where nothing else may stand.
    fn simple_path(&mut self) -> Result<Path, Error> {
        let Token { kind: Kind::Name(head) | Kind::Quoted(head), at } = self.peek().clone() else {
            return syntax("Expected identifier for simple path");
        };
        self.at += 1;
        let steps = self.steps(|_| Error::Syntax("Invalid path component for simple path"))?;
        Ok(Path { head, at, steps })
    }

    /// The steps behind the head of a path; `other` words one that is neither a name nor an index.
    fn steps(&mut self, other: impl Fn(&Token) -> Error) -> Result<Vec<Step>, Error> {
        let mut steps = Vec::new();
        loop {
            if self.take(Symbol::Dot) {
                let token = self.peek().clone();
                match token.kind {
                    Kind::Name(name) | Kind::Quoted(name) => steps.push(Step::Name(name)),
                    Kind::Symbol(Symbol::Star) => return Err(other(&token)),
                    Kind::Keyword(_)
                    | Kind::Text(_)
                    | Kind::Number(_)
                    | Kind::Ion(_)
                    | Kind::Parameter
                    | Kind::Symbol(_)
                    | Kind::End => return syntax("Invalid path dot component"),
                }
                self.at += 1;
            } else if self.peek().is(Symbol::OpenList) {
                self.at += 1;
                let token = self.peek().clone();
                let Kind::Number(digits) = &token.kind else { return Err(other(&token)) };
                if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(other(&token));
                }
                steps.push(Step::Index(digits.clone()));
                self.at += 1;
                if !self.take(Symbol::CloseList) {
                    return Err(other(self.peek()));
                }
            } else {
                return Ok(steps);
            }
        }
    }

    /// Whether another name was there, with or without `AS`.
    fn take_alias(&mut self) -> bool {
        let has_as = self.take_keyword("as");
        let is_name = matches!(self.peek().kind, Kind::Name(_) | Kind::Quoted(_));
        self.at += usize::from(is_name);
        has_as || is_name
    }

    fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    /// The token so many behind the next one; the last one is behind itself.
    fn peek_at(&self, ahead: usize) -> &Token {
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)]
    }

    fn is_end(&self) -> bool {
        self.peek().kind == Kind::End
    }

    fn take(&mut self, symbol: Symbol) -> bool {
        let is_there = self.peek().is(symbol);
        self.at += usize::from(is_there);
        is_there
    }

    fn take_keyword(&mut self, word: &str) -> bool {
        let is_there = self.peek().is_keyword(word);
        self.at += usize::from(is_there);
        is_there
    }
}

fn syntax<T>(detail: &'static str) -> Result<T, Error> {
    Err(Error::Syntax(detail))
}

const RETURNING: &str = "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.";
