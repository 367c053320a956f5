//! PartiQL: statements that read and write items.
//!
//!     text ── tokens ── tree ── bind, with parameters ──> statement ── plan, for a table ──> what
//!             `lexer`   `parse/`  `bind/`                              `plan/`               is done
//!
//! A condition becomes the tree that a `FilterExpression` would be (`expr/`), an update that of an
//! `UpdateExpression`, and a key the clauses of a `KeyConditionExpression`: nothing is evaluated
//! here.
//!
//! Must hold: faults are found in the service's order: tokens, syntax, parameters, structure, and
//! then what depends on the table.
//! Not here: which operation a statement came with (`api/`), carrying it out (`proxy/`).

mod bind;
mod error;
mod keywords;
mod lexer;
mod parse;
mod plan;
mod statement;
mod token;
mod tree;

pub use error::Error;
pub use plan::{Access, KeyedItem, PartitionRead, ReadPlan};
pub use statement::{Change, Insert, Removal, Select, Source, Statement};
pub use token::Position;
pub use tree::{Direction, Returning};

use crate::model::AttributeValue;

/// A statement whose syntax is right.
#[derive(Debug)]
pub struct Written {
    sentence: tree::Sentence,
    parameters: usize,
}

impl Written {
    /// Reads a text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (sentence, parameters) = parse::parse(text)?;
        Ok(Self { sentence, parameters })
    }

    /// The statement with its parameters put in.
    pub fn bind(self, parameters: Vec<AttributeValue>) -> Result<Statement, Error> {
        if parameters.len() != self.parameters {
            return Err(Error::ParameterCount);
        }
        bind::bind(self.sentence, parameters)
    }
}
