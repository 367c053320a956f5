//! From the text of a condition to its parts, without recursion.
//!
//! Whether a `(` opens a condition or an operand shows only where it closes. So both are read by
//! one loop: what is open lies on a stack of frames, and what was found last is an operand or a
//! condition. A call may be either until something takes it.
//!
//!     begin    opens frames (`(`, `NOT`, calls) until it finds a path or a value
//!     go_on    gives what was found to the innermost frame, which then asks for more, or closes
//!              and becomes what was found
//!
//! Must hold: an error names the first token with which no condition could go on; a token is read
//! once, and each step takes a token or closes a frame, so that time is linear.
//! Not here: what is wrong with a condition that reads well (`check.rs`, `resolve.rs`).

use super::super::cursor::Cursor;
use super::super::error::{Error, Language};
use super::super::lexer::Token;
use super::Comparator;
use super::written::{Call, CallId, Clause, Joint, OperandId, Part, Role, Written, WrittenOperand};

/// Reads the whole text.
pub(super) fn parse(language: Language, text: &str) -> Result<Written<'_>, Error> {
    let cursor = Cursor::new(language, text)?;
    let written = Written {
        language,
        parts: Vec::new(),
        operands: Vec::new(),
        calls: Vec::new(),
        has_redundant_parentheses: false,
        first_joint: None,
    };
    Parser { cursor, frames: Vec::new(), clauses: 0, written }.run()
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    /// What is open, the innermost last.
    frames: Vec<Frame>,
    /// How many clauses have ended.
    clauses: usize,
    written: Written<'a>,
}

/// Something that waits for what follows.
enum Frame {
    /// `(`
    Group(Wanted),
    /// `f(`, with the arguments so far in the call.
    Call(CallId),
    /// `x <`
    Compare(OperandId, Comparator),
    /// `x BETWEEN`
    Lower(OperandId),
    /// `x BETWEEN y AND`
    Upper(OperandId, OperandId),
    /// `x IN (`, and the choices so far.
    In(OperandId, Vec<OperandId>),
    /// `NOT`
    Not,
    /// So many conditions, each with an `AND` behind it.
    And(usize),
    /// So many conditions, each with an `OR` behind it.
    Or(usize),
}

/// What a frame can take.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Wanted {
    /// A condition, or an operand that a condition begins with.
    Either,
    Operand,
}

/// What was read last.
#[derive(Clone, Copy)]
struct Found {
    what: What,
    /// It is a pair of parentheses with something inside.
    in_parentheses: bool,
}

#[derive(Clone, Copy)]
enum What {
    Operand(OperandId),
    Condition,
}

enum Next {
    /// An operand or a condition must begin here.
    Begin,
    /// This ended here.
    Found(Found),
    /// The text ended well.
    End,
}

impl<'a> Parser<'a> {
    fn run(mut self) -> Result<Written<'a>, Error> {
        let mut found = self.begin()?;
        loop {
            found = match self.go_on(found)? {
                Next::Begin => self.begin()?,
                Next::Found(found) => found,
                Next::End => break,
            };
        }
        self.cursor.check_operators()?;
        Ok(self.written)
    }

    fn begin(&mut self) -> Result<Found, Error> {
        loop {
            if self.wanted() == Wanted::Either && self.cursor.take_keyword("NOT") {
                self.cursor.count_operator();
                self.note_joint("NOT");
                self.frames.push(Frame::Not);
            } else if self.cursor.take(Token::Open) {
                self.frames.push(Frame::Group(self.wanted()));
            } else if let Some(name) = self.cursor.take_function() {
                self.cursor.count_operator();
                self.frames.push(Frame::Call(CallId(self.written.calls.len())));
                let arguments = Vec::new();
                self.written.calls.push(Call { name, arguments, role: Role::Operand });
            } else if self.cursor.is_path() {
                let path = self.cursor.path()?;
                return Ok(self.found_operand(WrittenOperand::Path(path)));
            } else {
                let value = self.cursor.value()?;
                return Ok(self.found_operand(WrittenOperand::Value(value)));
            }
        }
    }

    fn wanted(&self) -> Wanted {
        match self.frames.last() {
            Some(Frame::Group(wanted)) => *wanted,
            None | Some(Frame::Not | Frame::And(_) | Frame::Or(_)) => Wanted::Either,
            Some(
                Frame::Call(_)
                | Frame::Compare(..)
                | Frame::Lower(_)
                | Frame::Upper(..)
                | Frame::In(..),
            ) => Wanted::Operand,
        }
    }

    fn go_on(&mut self, found: Found) -> Result<Next, Error> {
        match found.what {
            What::Condition => self.condition(found),
            What::Operand(operand) if found.in_parentheses && self.steps_follow(operand)? => {
                Ok(Next::Found(Found { what: found.what, in_parentheses: false }))
            }
            What::Operand(operand) => match self.wanted() {
                Wanted::Either => self.operand_of_condition(found, operand),
                Wanted::Operand => self.operand(found, operand),
            },
        }
    }

    /// Takes the steps behind the parentheses of a path: `(a).b`.
    fn steps_follow(&mut self, OperandId(place): OperandId) -> Result<bool, Error> {
        match &mut self.written.operands[place] {
            WrittenOperand::Path(path) if self.cursor.is_step() => {
                self.cursor.steps(path)?;
                Ok(true)
            }
            WrittenOperand::Path(_) | WrittenOperand::Value(_) | WrittenOperand::Call(_) => {
                Ok(false)
            }
        }
    }

    /// An operand where a condition may stand too.
    fn operand_of_condition(&mut self, found: Found, operand: OperandId) -> Result<Next, Error> {
        if let Some(comparator) = self.take_comparator() {
            self.cursor.count_operator();
            self.frames.push(Frame::Compare(operand, comparator));
            return Ok(Next::Begin);
        }
        if self.cursor.take_keyword("BETWEEN") {
            self.cursor.count_operator();
            self.frames.push(Frame::Lower(operand));
            return Ok(Next::Begin);
        }
        if self.cursor.take_keyword("IN") {
            self.cursor.count_operator();
            self.cursor.expect(Token::Open)?;
            self.frames.push(Frame::In(operand, Vec::new()));
            return Ok(Next::Begin);
        }
        if matches!(self.frames.last(), Some(Frame::Group(_))) && self.cursor.take(Token::Close) {
            self.frames.pop();
            return Ok(self.close_group(found));
        }
        let WrittenOperand::Call(call) = *self.written.operand(operand) else {
            return Err(self.cursor.syntax_error());
        };
        self.written.calls[call.0].role = Role::Condition;
        self.end_clause(Clause::Call(call));
        Ok(Next::Found(Found { what: What::Condition, in_parentheses: found.in_parentheses }))
    }

    /// An operand where nothing else may stand.
    fn operand(&mut self, found: Found, operand: OperandId) -> Result<Next, Error> {
        match self.frames.pop().expect("only a frame wants an operand alone") {
            Frame::Group(_) => {
                self.cursor.expect(Token::Close)?;
                Ok(self.close_group(found))
            }
            Frame::Call(call) => {
                self.written.calls[call.0].arguments.push(operand);
                if self.another_follows()? {
                    self.frames.push(Frame::Call(call));
                    return Ok(Next::Begin);
                }
                Ok(Next::Found(self.found_operand(WrittenOperand::Call(call))))
            }
            Frame::Compare(left, comparator) => {
                Ok(self.end_clause(Clause::Compare(left, comparator, operand)))
            }
            Frame::Lower(tested) => {
                self.cursor.expect_keyword("AND")?;
                self.frames.push(Frame::Upper(tested, operand));
                Ok(Next::Begin)
            }
            Frame::Upper(tested, lower) => {
                Ok(self.end_clause(Clause::Between(tested, lower, operand)))
            }
            Frame::In(tested, mut choices) => {
                choices.push(operand);
                if self.another_follows()? {
                    self.frames.push(Frame::In(tested, choices));
                    return Ok(Next::Begin);
                }
                Ok(self.end_clause(Clause::In(tested, choices)))
            }
            Frame::Not | Frame::And(_) | Frame::Or(_) => {
                unreachable!("these frames take conditions")
            }
        }
    }

    fn condition(&mut self, found: Found) -> Result<Next, Error> {
        if matches!(self.frames.last(), Some(Frame::Not)) {
            self.frames.pop();
            return Ok(self.end_part(Part::Not));
        }
        if self.cursor.take_keyword("AND") {
            self.cursor.count_operator();
            if let Some(Frame::And(count)) = self.frames.last_mut() {
                *count += 1;
            } else {
                self.frames.push(Frame::And(1));
            }
            return Ok(Next::Begin);
        }
        if let Some(Frame::And(count)) = self.frames.last() {
            let part = Part::And(count + 1);
            self.frames.pop();
            return Ok(self.end_part(part));
        }
        if self.cursor.take_keyword("OR") {
            self.cursor.count_operator();
            self.note_joint("OR");
            if let Some(Frame::Or(count)) = self.frames.last_mut() {
                *count += 1;
            } else {
                self.frames.push(Frame::Or(1));
            }
            return Ok(Next::Begin);
        }
        if let Some(Frame::Or(count)) = self.frames.last() {
            let part = Part::Or(count + 1);
            self.frames.pop();
            return Ok(self.end_part(part));
        }
        // Only groups are left: whatever else was open takes operands or was closed above.
        if self.frames.pop().is_some() {
            self.cursor.expect(Token::Close)?;
            return Ok(self.close_group(found));
        }
        self.cursor.expect(Token::End)?;
        Ok(Next::End)
    }

    /// A group was closed: its `)` was taken, and so was its frame.
    fn close_group(&mut self, found: Found) -> Next {
        self.written.has_redundant_parentheses |= found.in_parentheses;
        Next::Found(Found { what: found.what, in_parentheses: true })
    }

    fn found_operand(&mut self, operand: WrittenOperand<'a>) -> Found {
        let id = OperandId(self.written.operands.len());
        self.written.operands.push(operand);
        Found { what: What::Operand(id), in_parentheses: false }
    }

    fn end_clause(&mut self, clause: Clause) -> Next {
        self.clauses += 1;
        self.end_part(Part::Clause(clause))
    }

    fn end_part(&mut self, part: Part) -> Next {
        self.written.parts.push(part);
        Next::Found(Found { what: What::Condition, in_parentheses: false })
    }

    /// Whether a comma follows, and not the end of the list.
    fn another_follows(&mut self) -> Result<bool, Error> {
        if self.cursor.take(Token::Comma) {
            return Ok(true);
        }
        self.cursor.expect(Token::Close)?;
        Ok(false)
    }

    fn note_joint(&mut self, operator: &'static str) {
        let clauses_before = self.clauses;
        self.written.first_joint.get_or_insert(Joint { operator, clauses_before });
    }

    fn take_comparator(&mut self) -> Option<Comparator> {
        let (_, comparator) =
            COMPARATORS.into_iter().find(|(token, _)| self.cursor.take(*token))?;
        Some(comparator)
    }
}

const COMPARATORS: [(Token, Comparator); 6] = [
    (Token::Equal, Comparator::Equal),
    (Token::NotEqual, Comparator::NotEqual),
    (Token::Less, Comparator::Less),
    (Token::LessOrEqual, Comparator::LessOrEqual),
    (Token::Greater, Comparator::Greater),
    (Token::GreaterOrEqual, Comparator::GreaterOrEqual),
];
