//! TransactGetItems and TransactWriteItems.
//!
//! Must hold: every element is checked before any is carried out.
//! Not here: two elements for one item, which only the table's key can tell (`proxy/`).

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::super::constraints::{
    CAPACITY, COLLECTION_METRICS, Faults, Given, OPTIONAL, Path, REQUIRED, RETURN_ON_FAILURE, Rule,
    TABLE, shape,
};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::super::values::Values;
use super::expressions::{Expressions, Usage};
use super::item::GetMembers;
use super::write::{collection_of, on_failure_of};
use super::{capacity_of, read, required, table_of};
use crate::api::{
    ApiError, Key, TransactAction, TransactChange, TransactGet, TransactGetItems,
    TransactWriteItems, check_item_size, check_transaction_size,
};
use crate::expr::Language;
use crate::model::Item;

#[derive(Debug, Default)]
pub(in crate::wire) struct TransactGetMembers<'a> {
    pub(in crate::wire) capacity: Option<Cow<'a, str>>,
    /// Each with its `Get`, if it has one.
    pub(in crate::wire) gets: Option<Vec<Option<GetMembers<'a>>>>,
}

#[derive(Debug, Default)]
pub(in crate::wire) struct TransactWriteMembers<'a> {
    pub(in crate::wire) capacity: Option<Cow<'a, str>>,
    pub(in crate::wire) collection_metrics: Option<Cow<'a, str>>,
    pub(in crate::wire) token: Option<Cow<'a, str>>,
    pub(in crate::wire) actions: Option<Vec<Actions<'a>>>,
}

/// An element's actions, of which there must be one.
#[derive(Debug, Default)]
pub(in crate::wire) struct Actions<'a>(Vec<(Kind, Action<'a>)>);

/// What an element does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::wire) enum Kind {
    Check,
    Put,
    Delete,
    Update,
}

/// The members of an action.
#[derive(Debug, Default)]
pub(in crate::wire) struct Action<'a> {
    pub(in crate::wire) table: Option<Cow<'a, str>>,
    /// The item of a put, else the key.
    pub(in crate::wire) attributes: Option<Key>,
    pub(in crate::wire) values: Values,
    pub(in crate::wire) expressions: Expressions<'a>,
    pub(in crate::wire) on_failure: Option<Cow<'a, str>>,
}

pub(super) fn transact_get_items(body: &[u8]) -> Result<TransactGetItems, ApiError> {
    read(body, TransactGetMembers::read)?.request()
}

pub(super) fn transact_write_items(body: &[u8]) -> Result<TransactWriteItems, ApiError> {
    read(body, TransactWriteMembers::read)?.request(body.len())
}

impl<'a> TransactGetMembers<'a> {
    /// The request.
    pub(in crate::wire) fn request(self) -> Result<TransactGetItems, ApiError> {
        constrain_get(&self)?;
        let gets = required(self.gets)?.into_iter().map(|get| {
            let get = required(get)?;
            get.values.check()?;
            Ok(TransactGet {
                table: table_of(get.table.as_ref())?,
                key: required(get.key)?,
                projection: get.projection.parse()?,
            })
        });
        let gets = gets.collect::<Result<_, ApiError>>()?;
        Ok(TransactGetItems { gets, capacity: capacity_of(self.capacity.as_deref()) })
    }

    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "ReturnConsumedCapacity" => self.capacity = scan.text()?,
            "TransactItems" => self.gets = read_elements(scan, read_get)?,
            _ => scan.skip()?,
        }
        Ok(())
    }
}

impl<'a> TransactWriteMembers<'a> {
    /// The request, whose items took so many bytes at least.
    pub(in crate::wire) fn request(
        self,
        wire_bytes: usize,
    ) -> Result<TransactWriteItems, ApiError> {
        constrain_write(&self)?;
        let actions = required(self.actions)?.into_iter();
        let actions = actions.map(Actions::only).collect::<Result<Vec<_>, _>>()?;
        let actions = actions.into_iter().map(|(kind, action)| action.checked(kind, wire_bytes));
        let actions = actions.collect::<Result<Vec<_>, _>>()?;
        check_transaction_size(actions.iter().map(|action| match &action.change {
            TransactChange::Put(item) => item.size(),
            TransactChange::Check(_) | TransactChange::Delete(_) | TransactChange::Update(..) => 0,
        }))?;
        Ok(TransactWriteItems {
            actions,
            capacity: capacity_of(self.capacity.as_deref()),
            collection: collection_of(self.collection_metrics.as_deref()),
            token: self.token.map(Cow::into_owned),
        })
    }

    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "ReturnConsumedCapacity" => self.capacity = scan.text()?,
            "ReturnItemCollectionMetrics" => self.collection_metrics = scan.text()?,
            "ClientRequestToken" => self.token = scan.text()?,
            "TransactItems" => self.actions = read_elements(scan, Actions::read)?,
            _ => scan.skip()?,
        }
        Ok(())
    }
}

shape! {
    fn constrain_get(transaction: &TransactGetMembers<'_>) {
        "transactItems": ITEMS, transaction.gets.as_deref();
        "returnConsumedCapacity": CAPACITY, transaction.capacity.as_deref();
    }
}

shape! {
    impl "TransactGetItem" for Option<GetMembers<'_>> as item {
        "get": REQUIRED, item.as_ref();
    }
}

shape! {
    impl "Get" for GetMembers<'_> as get {
        "tableName": TABLE, get.table.as_deref();
        "key": REQUIRED, get.key.as_deref();
    }
}

shape! {
    fn constrain_write(transaction: &TransactWriteMembers<'_>) {
        "transactItems": ITEMS, transaction.actions.as_deref();
        "returnConsumedCapacity": CAPACITY, transaction.capacity.as_deref();
        "returnItemCollectionMetrics":
            COLLECTION_METRICS, transaction.collection_metrics.as_deref();
        "clientRequestToken": TOKEN, transaction.token.as_deref();
    }
}

shape! {
    impl "ConditionCheck" for Check<'_, '_> as check {
        "tableName": TABLE, check.0.table.as_deref();
        "key": REQUIRED, check.0.attributes.as_deref();
        "conditionExpression": REQUIRED, check.0.expressions.text(Language::Condition);
        "returnValuesOnConditionCheckFailure": RETURN_ON_FAILURE, check.0.on_failure.as_deref();
    }
}

shape! {
    impl "Put" for Put<'_, '_> as put {
        "tableName": TABLE, put.0.table.as_deref();
        "item": REQUIRED, put.0.attributes.as_deref();
        "returnValuesOnConditionCheckFailure": RETURN_ON_FAILURE, put.0.on_failure.as_deref();
    }
}

shape! {
    impl "Delete" for Delete<'_, '_> as delete {
        "tableName": TABLE, delete.0.table.as_deref();
        "key": REQUIRED, delete.0.attributes.as_deref();
        "returnValuesOnConditionCheckFailure": RETURN_ON_FAILURE, delete.0.on_failure.as_deref();
    }
}

shape! {
    impl "Update" for Update<'_, '_> as update {
        "tableName": TABLE, update.0.table.as_deref();
        "key": REQUIRED, update.0.attributes.as_deref();
        "updateExpression": REQUIRED, update.0.expressions.text(Language::Update);
        "returnValuesOnConditionCheckFailure": RETURN_ON_FAILURE, update.0.on_failure.as_deref();
    }
}

/// An action as the shape that it is of.
struct Check<'m, 'a>(&'m Action<'a>);
struct Put<'m, 'a>(&'m Action<'a>);
struct Delete<'m, 'a>(&'m Action<'a>);
struct Update<'m, 'a>(&'m Action<'a>);

impl Given for Actions<'_> {
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransactWriteItem")
    }

    fn constrain(&self, at: Path<'_>, faults: &mut Faults) {
        for (kind, action) in &self.0 {
            let at = at.member(kind.member());
            match kind {
                Kind::Check => Check(action).constrain(at, faults),
                Kind::Put => Put(action).constrain(at, faults),
                Kind::Delete => Delete(action).constrain(at, faults),
                Kind::Update => Update(action).constrain(at, faults),
            }
        }
    }
}

impl<'a> Actions<'a> {
    /// An element that does this.
    pub(in crate::wire) fn of(kind: Kind, action: Action<'a>) -> Self {
        Self(vec![(kind, action)])
    }

    fn read(scan: &mut Scanner<'a>) -> Result<Self, ApiError> {
        let mut actions = Vec::new();
        scan.structure("TransactWriteItem", Place::Element, |scan, name| {
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == &*name);
            let Some(kind) = kind else { return scan.skip() };
            let mut action = Action::default();
            let present = scan.structure(kind.name(), Place::Member, |scan, name| {
                action.read(kind, scan, &name)
            })?;
            // Two are enough to be refused.
            if present && actions.len() < 2 {
                actions.push((kind, action));
            }
            Ok(())
        })?;
        Ok(Self(actions))
    }

    fn only(self) -> Result<(Kind, Action<'a>), ApiError> {
        let mut actions = self.0.into_iter();
        match (actions.next(), actions.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(ApiError::validation(
                "Invalid Request: TransactWriteRequest should contain Delete or Put or Update \
                 request",
            )),
            (Some(_), Some(_)) => Err(ApiError::validation(
                "TransactItems can only contain one of Check, Put, Update or Delete",
            )),
        }
    }
}

impl Kind {
    const ALL: [Self; 4] = [Self::Check, Self::Put, Self::Delete, Self::Update];

    /// The member of an element.
    fn name(self) -> &'static str {
        match self {
            Self::Check => "ConditionCheck",
            Self::Put => "Put",
            Self::Delete => "Delete",
            Self::Update => "Update",
        }
    }

    /// The same in the paths of faults.
    fn member(self) -> &'static str {
        match self {
            Self::Check => "conditionCheck",
            Self::Put => "put",
            Self::Delete => "delete",
            Self::Update => "update",
        }
    }

    fn usage(self) -> Usage {
        match self {
            Self::Update => Usage::Update,
            Self::Check | Self::Put | Self::Delete => Usage::Write,
        }
    }
}

impl<'a> Action<'a> {
    fn read(&mut self, kind: Kind, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        let attributes = if kind == Kind::Put { "Item" } else { "Key" };
        match name {
            "TableName" => self.table = scan.text()?,
            name if name == attributes => {
                self.attributes = self.values.attributes(scan, Place::Member)?;
            }
            "ReturnValuesOnConditionCheckFailure" => self.on_failure = scan.text()?,
            name if self.expressions.read(kind.usage(), scan, name)? => {}
            _ => scan.skip()?,
        }
        Ok(())
    }

    fn checked(self, kind: Kind, wire_bytes: usize) -> Result<TransactAction, ApiError> {
        self.expressions.check_usage(kind.usage(), &[])?;
        self.values.check()?;
        let attributes = required(self.attributes)?;
        let parsed = self.expressions.parse()?;
        let change = match kind {
            Kind::Check => TransactChange::Check(attributes),
            Kind::Put => {
                let item = Item { attributes };
                check_item_size(&item, wire_bytes)?;
                TransactChange::Put(item)
            }
            Kind::Delete => TransactChange::Delete(attributes),
            Kind::Update => {
                TransactChange::Update(attributes, Arc::new(parsed.update.unwrap_or_default()))
            }
        };
        Ok(TransactAction {
            table: table_of(self.table.as_ref())?,
            change,
            condition: parsed.condition.map(Arc::new),
            on_failure: on_failure_of(self.on_failure.as_deref()),
        })
    }
}

/// Reads elements, and keeps as many as are needed to see that there are too many.
pub(super) fn read_elements<'a, T>(
    scan: &mut Scanner<'a>,
    element: impl Fn(&mut Scanner<'a>) -> Result<T, ApiError>,
) -> Result<Option<Vec<T>>, ApiError> {
    let mut kept = Vec::new();
    let present = scan.list(|scan| {
        let element = element(scan)?;
        if kept.len() <= ELEMENTS_MAX {
            kept.push(element);
        }
        Ok(())
    })?;
    Ok(present.map(|_| kept))
}

fn read_get<'a>(scan: &mut Scanner<'a>) -> Result<Option<GetMembers<'a>>, ApiError> {
    let mut get = None;
    scan.structure("TransactGetItem", Place::Element, |scan, name| {
        if &*name != "Get" {
            return scan.skip();
        }
        let mut members = GetMembers::default();
        let present = scan.structure("Get", Place::Member, |scan, name| {
            members.read_of_transaction(scan, &name)
        })?;
        get = present.then_some(members);
        Ok(())
    })?;
    Ok(get)
}

const ELEMENTS_MAX: usize = 100;
/// `TransactItems`.
const ITEMS: Rule = REQUIRED.count(1, ELEMENTS_MAX);
/// `ClientRequestToken`.
pub(super) const TOKEN: Rule = OPTIONAL.within(1, 36);
