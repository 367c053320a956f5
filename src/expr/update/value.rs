//! Right-hand sides of `SET`, from text to tree.
//!
//!     value   := operand [ ('+' | '-') operand ]
//!     operand := path | ':v' | name '(' operand ( ',' operand )* ')' | '(' value ')'
//!
//! A value is kept as a program that puts each operation behind its operands, as in
//! `a :v list_append(2)`: parentheses are gone, and nothing that the text can nest is nested.
//!
//! Must hold: reading and building keep their own stacks; the tree is no deeper than an expression
//! may have operators.
//! Not here: what a value is worth (`operand.rs`).

use super::parse::{Reader, Resolved};
use super::{Sum, Term};
use crate::expr::condition::ValueType;
use crate::expr::error::{Error, Fault};
use crate::expr::lexer::Token;

/// The operations of a right-hand side, each behind its operands.
#[derive(Debug)]
pub(super) struct Program<'a>(Vec<Operation<'a>>);

#[derive(Clone, Copy, Debug)]
enum Operation<'a> {
    /// A path, by its place among those of the text.
    Path(usize),
    /// A value, by its place among those of the text.
    Value(usize),
    /// A function, and how many arguments it has.
    Call(&'a str, usize),
    Plus,
    Minus,
}

/// What is open while a value is read.
struct Level<'a> {
    opened: Opened<'a>,
    /// The operator whose second operand comes next.
    operator: Option<Operation<'a>>,
}

enum Opened<'a> {
    /// The whole value.
    Value,
    Parenthesis,
    /// A function, and how many arguments it has so far.
    Call(&'a str, usize),
}

/// What comes behind an operand.
enum Next {
    /// Another operand of the same level.
    Operand,
    /// Nothing more of the level; it is an operand of the one around it.
    Close,
}

impl<'a> Program<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let mut operations = Vec::new();
        let mut levels = vec![Level::new(Opened::Value)];
        loop {
            if let Some(opened) = open(reader) {
                levels.push(Level::new(opened));
                continue;
            }
            operations.push(operand(reader)?);
            // What is closed behind an operand is an operand itself, of the level around it.
            while let Some(level) = levels.last_mut() {
                match level.after_operand(reader, &mut operations)? {
                    Next::Operand => break,
                    Next::Close => drop(levels.pop()),
                }
            }
            if levels.is_empty() {
                return Ok(Self(operations));
            }
        }
    }

    /// The tree, its operands checked as far as their types are known.
    pub(super) fn build(&self, resolved: &mut Resolved) -> Result<Sum, Fault> {
        let mut operands = Vec::new();
        for operation in &self.0 {
            let sum = match *operation {
                Operation::Path(place) => Sum::Term(Term::Path(resolved.take_path(place))),
                Operation::Value(place) => Sum::Term(Term::Value(resolved.take_value(place))),
                Operation::Plus => {
                    let (a, b) = two(operands.split_off(operands.len() - 2));
                    Sum::plus(a, b)?
                }
                Operation::Minus => {
                    let (a, b) = two(operands.split_off(operands.len() - 2));
                    Sum::minus(a, b)?
                }
                Operation::Call(name, arguments) => {
                    let arguments = operands.split_off(operands.len() - arguments);
                    Sum::Term(call(name, arguments)?)
                }
            };
            operands.push(sum);
        }
        Ok(operands.pop().expect("every operation leaves one operand"))
    }
}

impl Sum {
    /// The sum of two operands that may be numbers.
    pub fn plus(a: Box<Self>, b: Box<Self>) -> Result<Self, Fault> {
        check_types("+", ValueType::N, [&a, &b])?;
        Ok(Self::Plus(a, b))
    }

    /// The difference of two operands that may be numbers.
    pub fn minus(a: Box<Self>, b: Box<Self>) -> Result<Self, Fault> {
        check_types("-", ValueType::N, [&a, &b])?;
        Ok(Self::Minus(a, b))
    }
}

impl Term {
    /// Two operands that may be lists, one behind the other.
    pub fn list_append(a: Box<Sum>, b: Box<Sum>) -> Result<Self, Fault> {
        check_types(LIST_APPEND, ValueType::L, [&a, &b])?;
        Ok(Self::ListAppend(a, b))
    }
}

impl<'a> Level<'a> {
    fn new(opened: Opened<'a>) -> Self {
        Self { opened, operator: None }
    }

    /// Takes what follows an operand of the level, and writes down what is complete by it.
    fn after_operand(
        &mut self,
        reader: &mut Reader<'a>,
        operations: &mut Vec<Operation<'a>>,
    ) -> Result<Next, Error> {
        if let Some(operator) = self.operator.take() {
            operations.push(operator);
        } else if self.may_be_sum() {
            self.operator = operator(reader);
            if self.operator.is_some() {
                return Ok(Next::Operand);
            }
        }
        match &mut self.opened {
            Opened::Value => {}
            Opened::Parenthesis => reader.cursor.expect(Token::Close)?,
            Opened::Call(name, arguments) => {
                *arguments += 1;
                if reader.cursor.take(Token::Comma) {
                    return Ok(Next::Operand);
                }
                reader.cursor.expect(Token::Close)?;
                operations.push(Operation::Call(name, *arguments));
            }
        }
        Ok(Next::Close)
    }

    /// An argument must stand in parentheses to be a sum.
    fn may_be_sum(&self) -> bool {
        match self.opened {
            Opened::Value | Opened::Parenthesis => true,
            Opened::Call(..) => false,
        }
    }
}

fn open<'a>(reader: &mut Reader<'a>) -> Option<Opened<'a>> {
    if reader.cursor.take(Token::Open) {
        return Some(Opened::Parenthesis);
    }
    let name = reader.cursor.take_function()?;
    reader.cursor.count_operator();
    reader.keep_function_fault(function_fault(name));
    Some(Opened::Call(name, 0))
}

fn operand<'a>(reader: &mut Reader<'a>) -> Result<Operation<'a>, Error> {
    if reader.cursor.token() == Token::ValuePlaceholder {
        return reader.value().map(Operation::Value);
    }
    reader.path().map(Operation::Path)
}

fn operator<'a>(reader: &mut Reader<'a>) -> Option<Operation<'a>> {
    let operator = if reader.cursor.take(Token::Plus) {
        Operation::Plus
    } else if reader.cursor.take(Token::Minus) {
        Operation::Minus
    } else {
        return None;
    };
    reader.cursor.count_operator();
    Some(operator)
}

fn function_fault(name: &str) -> Option<Fault> {
    if UPDATE_FUNCTIONS.contains(&name) {
        None
    } else if CONDITION_FUNCTIONS.contains(&name) {
        Some(Fault::NotInUpdates(name.to_owned()))
    } else {
        Some(Fault::UnknownFunction(name.to_owned()))
    }
}

fn call(name: &str, arguments: Vec<Sum>) -> Result<Term, Fault> {
    let name = if name == IF_NOT_EXISTS { IF_NOT_EXISTS } else { LIST_APPEND };
    if arguments.len() != 2 {
        return Err(Fault::Arity(name, arguments.len()));
    }
    let (a, b) = two(arguments);
    if name == LIST_APPEND {
        return Term::list_append(a, b);
    }
    match *a {
        Sum::Term(Term::Path(path)) => Ok(Term::IfNotExists(path, b)),
        Sum::Term(_) | Sum::Plus(..) | Sum::Minus(..) => Err(Fault::PathRequired(name)),
    }
}

/// Refuses values of another type; what paths and functions will yield is not known.
fn check_types(
    operator: &'static str,
    wanted: ValueType,
    operands: [&Sum; 2],
) -> Result<(), Fault> {
    for operand in operands {
        if let Sum::Term(Term::Value(value)) = operand
            && ValueType::of(value) != wanted
        {
            return Err(Fault::OperandType(operator, value.type_name()));
        }
    }
    Ok(())
}

fn two(mut operands: Vec<Sum>) -> (Box<Sum>, Box<Sum>) {
    let mut next = || Box::new(operands.pop().expect("as many operands as were counted"));
    let (b, a) = (next(), next());
    (a, b)
}

const IF_NOT_EXISTS: &str = "if_not_exists";
const LIST_APPEND: &str = "list_append";
const UPDATE_FUNCTIONS: [&str; 2] = [IF_NOT_EXISTS, LIST_APPEND];
/// Functions that exist, but only in conditions.
const CONDITION_FUNCTIONS: [&str; 6] = [
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "begins_with",
    "contains",
    "size",
];
