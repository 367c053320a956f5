//! Reads an `UpdateExpression`.
//!
//!     update := clause+                                   each keyword once
//!     clause := SET set ( ',' set )*       | REMOVE path ( ',' path )*
//!             | ADD path ':v' ( ',' … )*   | DELETE path ':v' ( ',' … )*
//!     set    := path '=' value             (`value.rs`)
//!
//! The text is read to its end first; what it writes is kept in its order. Then it is checked and
//! resolved, each step over all of the text before the next.
//!
//! Must hold: faults are told in the service's order: syntax, operator count, reserved words,
//! functions, clauses, undefined names, undefined values, overlaps, conflicts, `ADD` and `DELETE`,
//! operands of functions and operators.

use super::value::Program;
use super::{Action, Update};
use crate::expr::condition::ValueType;
use crate::expr::cursor::Cursor;
use crate::expr::error::{Error, Fault, Language};
use crate::expr::lexer::Token;
use crate::expr::overlap::check_apart;
use crate::expr::path::Path;
use crate::expr::placeholders::Placeholders;
use crate::expr::written_path::{WrittenPath, WrittenValue};
use crate::model::AttributeValue;

/// An `UpdateExpression`, parsed, resolved and checked.
pub fn parse_update(text: &str, placeholders: &mut Placeholders) -> Result<Update, Error> {
    let written = Reader::new(text)?.read()?;
    written.check()?;
    let mut resolved = written.resolve(placeholders)?;
    written.actions(&mut resolved).map_err(in_update)
}

fn in_update(fault: Fault) -> Error {
    Error::in_expression(Language::Update, fault)
}

/// An update as it is written.
#[derive(Debug, Default)]
pub(super) struct Written<'a> {
    paths: Vec<WrittenPath<'a>>,
    values: Vec<WrittenValue<'a>>,
    actions: Vec<WrittenAction<'a>>,
    /// The first function that does not belong here.
    function: Option<Fault>,
    /// The first keyword that comes again.
    again: Option<Fault>,
}

/// An action; paths and values are places among those of the text.
#[derive(Debug)]
enum WrittenAction<'a> {
    Set(usize, Program<'a>),
    Remove(usize),
    Add(usize, usize),
    Delete(usize, usize),
}

/// What the placeholders stand for, until the actions take it.
#[derive(Debug)]
pub(super) struct Resolved {
    paths: Vec<Option<Path>>,
    values: Vec<Option<AttributeValue>>,
}

impl Resolved {
    pub(super) fn take_path(&mut self, place: usize) -> Path {
        self.paths[place].take().expect("a path is written in one place")
    }

    fn value(&self, place: usize) -> &AttributeValue {
        self.values[place].as_ref().expect("values are looked at before they are taken")
    }

    pub(super) fn take_value(&mut self, place: usize) -> AttributeValue {
        self.values[place].take().expect("a value is written in one place")
    }
}

impl Written<'_> {
    /// What can be told without the placeholders.
    fn check(&self) -> Result<(), Error> {
        for path in &self.paths {
            path.check_reserved(Language::Update)?;
        }
        let fault = self.function.as_ref().or(self.again.as_ref());
        fault.map_or(Ok(()), |fault| Err(in_update(fault.clone())))
    }

    fn resolve(&self, placeholders: &mut Placeholders) -> Result<Resolved, Error> {
        let path = |path: &WrittenPath<'_>| path.resolve(Language::Update, placeholders).map(Some);
        let paths = self.paths.iter().map(path).collect::<Result<_, _>>()?;
        let value =
            |value: &WrittenValue<'_>| value.resolve(Language::Update, placeholders).map(Some);
        let values = self.values.iter().map(value).collect::<Result<_, _>>()?;
        Ok(Resolved { paths, values })
    }

    fn actions(&self, resolved: &mut Resolved) -> Result<Update, Fault> {
        let target = |action: &WrittenAction<'_>| resolved.paths[action.target()].as_ref();
        check_apart(&self.actions.iter().filter_map(target).collect::<Vec<_>>())?;
        for action in &self.actions {
            action.check_operand(resolved)?;
        }
        let actions = self.actions.iter().map(|action| action.build(resolved));
        Ok(Update { actions: actions.collect::<Result<_, _>>()? })
    }
}

impl WrittenAction<'_> {
    fn target(&self) -> usize {
        match self {
            Self::Set(path, _)
            | Self::Remove(path)
            | Self::Add(path, _)
            | Self::Delete(path, _) => *path,
        }
    }

    /// Refuses values that `ADD` and `DELETE` cannot work with.
    fn check_operand(&self, resolved: &Resolved) -> Result<(), Fault> {
        match self {
            Self::Add(_, value) => match ValueType::of(resolved.value(*value)) {
                ValueType::N | ValueType::Ss | ValueType::Ns | ValueType::Bs => Ok(()),
                refused @ (ValueType::S
                | ValueType::B
                | ValueType::Bool
                | ValueType::Null
                | ValueType::L
                | ValueType::M) => Err(Fault::AddOperandType(refused)),
            },
            Self::Delete(_, value) => match ValueType::of(resolved.value(*value)) {
                ValueType::Ss | ValueType::Ns | ValueType::Bs => Ok(()),
                refused @ (ValueType::S
                | ValueType::N
                | ValueType::B
                | ValueType::Bool
                | ValueType::Null
                | ValueType::L
                | ValueType::M) => Err(Fault::DeleteOperandType(refused)),
            },
            Self::Set(..) | Self::Remove(_) => Ok(()),
        }
    }

    fn build(&self, resolved: &mut Resolved) -> Result<Action, Fault> {
        let target = resolved.take_path(self.target());
        Ok(match self {
            Self::Set(_, program) => Action::Set(target, program.build(resolved)?),
            Self::Remove(_) => Action::Remove(target),
            Self::Add(_, value) => Action::Add(target, resolved.take_value(*value)),
            Self::Delete(_, value) => Action::Delete(target, resolved.take_value(*value)),
        })
    }
}

/// Reads the text, from its first token to its end.
pub(super) struct Reader<'a> {
    pub(super) cursor: Cursor<'a>,
    written: Written<'a>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Result<Self, Error> {
        let cursor = Cursor::new(Language::Update, text)?;
        Ok(Self { cursor, written: Written::default() })
    }

    fn read(mut self) -> Result<Written<'a>, Error> {
        let mut seen = Vec::new();
        while seen.is_empty() || self.cursor.token() != Token::End {
            let clause = self.keyword()?;
            if seen.contains(&clause) {
                self.written.again.get_or_insert(Fault::SectionTwice(clause.keyword()));
            }
            seen.push(clause);
            self.action(clause)?;
            while self.cursor.take(Token::Comma) {
                self.action(clause)?;
            }
        }
        self.cursor.check_operators()?;
        Ok(self.written)
    }

    fn keyword(&mut self) -> Result<Clause, Error> {
        let clause =
            Clause::ALL.into_iter().find(|clause| self.cursor.take_keyword(clause.keyword()));
        clause.ok_or_else(|| self.cursor.syntax_error())
    }

    fn action(&mut self, clause: Clause) -> Result<(), Error> {
        let target = self.path()?;
        let action = match clause {
            Clause::Set => {
                self.cursor.expect(Token::Equal)?;
                WrittenAction::Set(target, Program::read(self)?)
            }
            Clause::Remove => WrittenAction::Remove(target),
            Clause::Add => WrittenAction::Add(target, self.value()?),
            Clause::Delete => WrittenAction::Delete(target, self.value()?),
        };
        self.written.actions.push(action);
        Ok(())
    }

    /// Takes a path and returns its place among the paths of the text.
    pub(super) fn path(&mut self) -> Result<usize, Error> {
        self.written.paths.push(self.cursor.path()?);
        Ok(self.written.paths.len() - 1)
    }

    /// Takes a value and returns its place among the values of the text.
    pub(super) fn value(&mut self) -> Result<usize, Error> {
        self.written.values.push(self.cursor.value()?);
        Ok(self.written.values.len() - 1)
    }

    /// Keeps the first fault that a function's name is.
    pub(super) fn keep_function_fault(&mut self, fault: Option<Fault>) {
        self.written.function = self.written.function.take().or(fault);
    }
}

/// The clauses of an update.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Clause {
    Set,
    Remove,
    Add,
    Delete,
}

impl Clause {
    const ALL: [Self; 4] = [Self::Set, Self::Remove, Self::Add, Self::Delete];

    fn keyword(self) -> &'static str {
        match self {
            Self::Set => "SET",
            Self::Remove => "REMOVE",
            Self::Add => "ADD",
            Self::Delete => "DELETE",
        }
    }
}
