//! DynamoDB's expressions: conditions, filters, key conditions, projections and updates.
//!
//! Text becomes a tree in one step: parsed, its placeholders put in, and checked as far as that
//! can be done without a table. Statements have their own parser (`partiql/`) and build the same
//! trees from checked parts. Trees are evaluated over views of stored items. The older
//! parameters (`Expected`, `AttributeUpdates` and their like) are lowered to the same trees.
//!
//! Must hold: evaluating a condition cannot fail; whoever holds a tree knows that it passed every
//! static check.
//! Not here: which members of a request mean which tree (`wire/`), tables and keys (`proxy/`).

mod canonical;
mod columns;
mod condition;
mod cursor;
mod error;
mod found;
mod key_condition;
mod lexer;
mod overlap;
mod path;
mod placeholders;
mod printed;
mod projection;
mod reserved;
#[cfg(test)]
pub(crate) mod samples;
mod tree;
mod update;
mod work;
mod written_path;

pub use columns::Columns;
pub use condition::{
    Comparator, Condition, Function, Operand, Prepared, Resolved, ValueType, parse_condition,
    parse_filter,
};
pub use cursor::{EXPRESSION_BYTES_MAX, OPERATORS_MAX};
pub use error::{Error, Fault, Language};
pub use key_condition::{KeyClause, KeyConditions, KeyTest, parse_key_conditions};
pub use path::{Path, Step};
pub use placeholders::Placeholders;
pub use printed::Printed;
pub use projection::{Places, Projection, parse_projection};
pub use update::{Action, Sum, Term, Update, UpdateError, parse_update};
pub use work::Work;
