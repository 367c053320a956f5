//! What an update may do to key attributes, as far as the table's schema tells.
//!
//! Not here: what only the item that is there can tell (`engine/`).

use super::keys;
use crate::api::ApiError;
use crate::expr::{Action, Sum, Term, Update};
use crate::model::{AttributeValue, TableSchema};

/// Refuses an update of a key attribute, or of an index key to a value of another type.
pub(super) fn check(update: &Update, schema: &TableSchema) -> Result<(), ApiError> {
    for target in update.targets() {
        let name = &target.attribute;
        if schema.keys().any(|key| key.name == *name) {
            return Err(ApiError::validation(format!(
                "One or more parameter values were invalid: Cannot update attribute {name}. This \
                 attribute is part of the key"
            )));
        }
    }
    for action in &update.actions {
        if let (true, Some(value)) = (action.target().steps.is_empty(), given(action)) {
            let name = &action.target().attribute;
            schema.check_index_value(name, value).map_err(keys::of_given_index)?;
        }
    }
    Ok(())
}

/// The value of the request that the target takes as it stands.
fn given(action: &Action) -> Option<&AttributeValue> {
    match action {
        Action::Set(_, Sum::Term(Term::Value(value)))
        | Action::Add(_, value)
        | Action::LegacyAdd(_, value) => Some(value),
        Action::Set(..) | Action::Remove(_) | Action::Delete(..) | Action::LegacyDelete(..) => None,
    }
}
