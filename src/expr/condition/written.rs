//! A condition as its text has it: parts in the order in which they end, operands beside them.
//!
//!     NOT a = :x AND size(b) < :y        operands  a :x b size(b) :y
//!                                        parts     clause  not  clause  and(2)
//!
//! No part points to another. Reading the parts with a stack gives the tree, so that no depth of
//! parentheses costs any depth of calls.
//!
//! Must hold: nothing here depends on anything but the text.
//! Not here: the tree (`mod.rs`).

use super::super::error::{Error, Fault, Language};
use super::super::written_path::{WrittenPath, WrittenValue};
use super::Comparator;
use super::function::Function;

/// A whole condition.
#[derive(Debug)]
pub(in crate::expr) struct Written<'a> {
    pub(super) language: Language,
    /// Clauses in the order of the text, operators behind what they join.
    pub(in crate::expr) parts: Vec<Part>,
    /// In the order in which they end.
    pub(super) operands: Vec<WrittenOperand<'a>>,
    /// In the order in which they begin.
    pub(super) calls: Vec<Call<'a>>,
    pub(super) has_redundant_parentheses: bool,
    /// The first operator that no key condition may have between clauses.
    pub(in crate::expr) first_joint: Option<Joint>,
}

/// A clause, or an operator over the last of the parts before it.
#[derive(Debug)]
pub(in crate::expr) enum Part {
    /// What is true or false by itself.
    Clause(Clause),
    /// Over one part.
    Not,
    /// Over so many parts.
    And(usize),
    /// Over so many parts.
    Or(usize),
}

/// A comparison, or a function as a condition.
#[derive(Debug)]
pub(in crate::expr) enum Clause {
    Compare(OperandId, Comparator, OperandId),
    Between(OperandId, OperandId, OperandId),
    In(OperandId, Vec<OperandId>),
    Call(CallId),
}

/// `OR` or `NOT`, and how many clauses end before it.
#[derive(Clone, Copy, Debug)]
pub(in crate::expr) struct Joint {
    pub(in crate::expr) operator: &'static str,
    pub(in crate::expr) clauses_before: usize,
}

/// The place of an operand in [`Written::operands`].
#[derive(Clone, Copy, Debug)]
pub(in crate::expr) struct OperandId(pub(super) usize);

/// The place of a call in [`Written::calls`].
#[derive(Clone, Copy, Debug)]
pub(in crate::expr) struct CallId(pub(super) usize);

#[derive(Debug)]
pub(super) enum WrittenOperand<'a> {
    Path(WrittenPath<'a>),
    Value(WrittenValue<'a>),
    Call(CallId),
}

/// A function with its arguments.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: Vec<OperandId>,
    pub(super) role: Role,
}

/// What a call stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    Operand,
    Condition,
}

impl<'a> Written<'a> {
    pub(super) fn operand(&self, OperandId(place): OperandId) -> &WrittenOperand<'a> {
        &self.operands[place]
    }

    pub(super) fn call(&self, CallId(place): CallId) -> &Call<'a> {
        &self.calls[place]
    }

    pub(super) fn error(&self, fault: Fault) -> Error {
        Error::in_expression(self.language, fault)
    }
}

impl Call<'_> {
    /// The function of that name, if a condition may have it.
    pub(super) fn function(&self) -> Result<Function, Fault> {
        Function::named(self.name).ok_or_else(|| match self.name {
            "if_not_exists" | "list_append" => Fault::NotInConditions(self.name.to_owned()),
            _ => Fault::UnknownFunction(self.name.to_owned()),
        })
    }
}
