//! UpdateItem.
//!
//! Must hold: the actions of `AttributeUpdates` have targets of their own, since no name comes
//! twice in a map.
//! Not here: what an update does to an item (`expr/update/`).

use std::borrow::Cow;
use std::sync::Arc;

use super::super::constraints::{
    CAPACITY, COLLECTION_METRICS, CONDITIONAL_OPERATORS, Map, OPTIONAL, REQUIRED,
    RETURN_ON_FAILURE, RETURN_VALUES, TABLE, shape,
};
use super::super::scan::Scanner;
use super::super::types::{Place, shape_class};
use super::super::values::Values;
use super::super::wording::Refusal;
use super::expressions::Usage;
use super::write::WriteMembers;
use super::{read, required, table_of};
use crate::api::{ApiError, UpdateItem, invalid};
use crate::expr::{Action, Path, Sum, Term, Update};
use crate::model::AttributeValue;

#[derive(Debug, Default)]
pub(in crate::wire) struct UpdateMembers<'a> {
    pub(in crate::wire) write: WriteMembers<'a>,
    pub(in crate::wire) updates: Option<Vec<AttributeUpdate<'a>>>,
}

/// One attribute of `AttributeUpdates`.
#[derive(Debug, Default)]
pub(in crate::wire) struct AttributeUpdate<'a> {
    attribute: Cow<'a, str>,
    action: Option<Cow<'a, str>>,
    value: Option<AttributeValue>,
    values: Values,
}

pub(super) fn update_item(body: &[u8]) -> Result<UpdateItem, Refusal> {
    read(body, UpdateMembers::read)?.request()
}

shape! {
    fn constrain(update: &UpdateMembers<'_>) {
        "returnConsumedCapacity": CAPACITY, update.write.capacity.as_deref();
        "tableName": TABLE, update.write.table.as_deref();
        "returnItemCollectionMetrics":
            COLLECTION_METRICS, update.write.collection_metrics.as_deref();
        "returnValues": RETURN_VALUES, update.write.return_values.as_deref();
        "key": REQUIRED, update.write.attributes.as_deref();
        "conditionalOperator": CONDITIONAL_OPERATORS, update.write.operator.as_deref();
        "expected": OPTIONAL, update.write.expected();
        "attributeUpdates": OPTIONAL, update.updates.as_deref().map(Map);
        "returnValuesOnConditionCheckFailure":
            RETURN_ON_FAILURE, update.write.on_failure.as_deref();
    }
}

shape! {
    impl "AttributeValueUpdate" for AttributeUpdate<'_> as update, under (&update.attribute) {
        "action": OPTIONAL.one_of(&["ADD", "PUT", "DELETE"]), update.action.as_deref();
    }
}

/// The update that `AttributeUpdates` says.
fn lowered(updates: Vec<AttributeUpdate<'_>>) -> Result<Update, ApiError> {
    if updates.len() > UPDATES_MAX {
        return Err(invalid(format_args!(
            "{} attribute updates are more than the limit of {UPDATES_MAX}",
            updates.len()
        )));
    }
    let actions: Result<_, _> = updates.into_iter().map(AttributeUpdate::lowered).collect();
    Ok(Update { actions: actions? })
}

/// Whether there is something to delete and nothing else; of an item that is not there, the older
/// form then makes none.
fn only_deletes(update: &Update) -> bool {
    let deletes = |action: &Action| match action {
        Action::Remove(_) | Action::Delete(..) | Action::LegacyDelete(..) => true,
        Action::Set(..) | Action::Add(..) | Action::LegacyAdd(..) => false,
    };
    !update.actions.is_empty() && update.actions.iter().all(deletes)
}

impl<'a> UpdateMembers<'a> {
    /// The request.
    pub(in crate::wire) fn request(self) -> Result<UpdateItem, Refusal> {
        constrain(&self)?;
        let UpdateMembers { mut write, updates } = self;
        let [expected, operator] = write.older();
        let older = [("AttributeUpdates", updates.is_some()), expected, operator];
        write.expressions.check_usage(Usage::Update, &older)?;
        std::mem::take(&mut write.values).check()?;
        let legacy = updates.map(lowered).transpose()?;
        let expected = write.check_expected()?;
        let mut parsed = std::mem::take(&mut write.expressions).parse()?;
        let makes_item = !legacy.as_ref().is_some_and(only_deletes);
        let update = legacy.or_else(|| parsed.update.take()).unwrap_or_default();
        Ok(UpdateItem {
            table: table_of(write.table.as_ref())?,
            key: required(write.attributes.take())?,
            update: Arc::new(update),
            makes_item,
            options: write.options(expected, &mut parsed),
        })
    }

    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "AttributeUpdates" => self.updates = read_updates(scan)?,
            name if self.write.read(Usage::Update, "Key", scan, name)? => {}
            _ => scan.skip()?,
        }
        Ok(())
    }
}

impl<'a> AttributeUpdate<'a> {
    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "Action" => self.action = scan.text()?,
            "Value" => self.value = self.values.optional(scan)?,
            _ => scan.skip()?,
        }
        Ok(())
    }

    fn lowered(self) -> Result<Action, ApiError> {
        self.values.check()?;
        let target = Path::attribute(self.attribute);
        let action = self.action.as_deref().unwrap_or("PUT");
        match (action, self.value) {
            ("DELETE", None) => Ok(Action::Remove(target)),
            (_, None) => {
                Err(invalid("Only DELETE action is allowed when no attribute value is specified"))
            }
            ("DELETE", Some(value)) if is_set(&value) => Ok(Action::LegacyDelete(target, value)),
            ("DELETE", Some(value)) => Err(invalid(format_args!(
                "DELETE action with value is not supported for the type {}",
                value.type_name()
            ))),
            ("ADD", Some(value)) if can_be_added(&value) => Ok(Action::LegacyAdd(target, value)),
            ("ADD", Some(value)) => Err(invalid(format_args!(
                "ADD action is not supported for the type {}",
                value.type_name()
            ))),
            // Which words there are is a constraint, and was checked before.
            (_, Some(value)) => Ok(Action::Set(target, Sum::Term(Term::Value(value)))),
        }
    }
}

fn read_updates<'a>(scan: &mut Scanner<'a>) -> Result<Option<Vec<AttributeUpdate<'a>>>, ApiError> {
    let mut updates = Vec::new();
    let class = shape_class!("AttributeValueUpdate");
    let present = scan.map(class, Place::Member, |scan, attribute| {
        let mut values = Values::default();
        values.check_name(&attribute);
        let mut one = AttributeUpdate { attribute, values, ..AttributeUpdate::default() };
        scan.structure("AttributeValueUpdate", Place::Element, |scan, name| one.read(scan, &name))?;
        updates.push(one);
        Ok(())
    })?;
    Ok(present.then_some(updates))
}

fn is_set(value: &AttributeValue) -> bool {
    matches!(value, AttributeValue::Ss(_) | AttributeValue::Ns(_) | AttributeValue::Bs(_))
}

fn can_be_added(value: &AttributeValue) -> bool {
    is_set(value) || matches!(value, AttributeValue::N(_) | AttributeValue::L(_))
}

/// As many as an expression could name; each costs a look at the item. Named in
/// `docs/compatibility.md`.
const UPDATES_MAX: usize = 2_000;
