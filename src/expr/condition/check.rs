//! What can be wrong with a condition before its placeholders are looked at.
//!
//! Must hold: kinds of faults are looked for one after the other over the whole text, in
//! DynamoDB's order; within a kind the first in the text is reported.
//! Not here: faults of single clauses (`resolve.rs`).

use super::super::error::{Error, Fault};
use super::function::Function;
use super::written::{Call, Clause, Part, Role, Written, WrittenOperand};

impl Written<'_> {
    pub(super) fn check(&self) -> Result<(), Error> {
        self.check_choices().map_err(|fault| self.error(fault))?;
        if self.has_redundant_parentheses {
            return Err(self.error(Fault::RedundantParentheses));
        }
        for call in &self.calls {
            call.function().map_err(|fault| self.error(fault))?;
        }
        for call in &self.calls {
            check_role(call).map_err(|fault| self.error(fault))?;
        }
        for operand in &self.operands {
            match operand {
                WrittenOperand::Path(path) => path.check_reserved(self.language)?,
                WrittenOperand::Value(_) | WrittenOperand::Call(_) => {}
            }
        }
        Ok(())
    }

    fn check_choices(&self) -> Result<(), Fault> {
        for part in &self.parts {
            match part {
                Part::Clause(Clause::In(_, choices)) => check_choice_count(choices.len())?,
                Part::Clause(_) | Part::Not | Part::And(_) | Part::Or(_) => {}
            }
        }
        Ok(())
    }
}

/// Refuses more operands of an `IN` than it may have.
pub(super) fn check_choice_count(count: usize) -> Result<(), Fault> {
    if count > CHOICES_MAX { Err(Fault::TooManyChoices(count)) } else { Ok(()) }
}

/// `size` is an operand, every other function a condition.
fn check_role(call: &Call<'_>) -> Result<(), Fault> {
    let role = match call.function()? {
        Function::Size => Role::Operand,
        Function::Exists
        | Function::NotExists
        | Function::HasType
        | Function::BeginsWith
        | Function::Contains => Role::Condition,
    };
    if call.role == role { Ok(()) } else { Err(Fault::MisusedFunction(call.name.to_owned())) }
}

const CHOICES_MAX: usize = 100;
