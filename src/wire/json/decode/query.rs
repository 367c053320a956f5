//! Query.

use super::super::constraints::{
    ATTRIBUTES_TO_GET, CAPACITY, CONDITIONAL_OPERATORS, INDEX_NAME, OPTIONAL, SELECTS, TABLE, shape,
};
use super::super::scan::Scanner;
use super::super::wording::{Refusal, Wording};
use super::expressions::{Parsed, Usage};
use super::legacy::{Comparisons, key_conditions};
use super::page::PageMembers;
use super::read;
use crate::api::{ApiError, Form, Order, Query};
use crate::expr::{self, Fault, KeyConditions, Language};

#[derive(Debug, Default)]
pub(in crate::wire) struct QueryMembers<'a> {
    pub(in crate::wire) page: PageMembers<'a>,
    pub(in crate::wire) key_conditions: Option<Comparisons<'a>>,
    pub(in crate::wire) forward: Option<bool>,
}

pub(super) fn query(body: &[u8], wording: Wording) -> Result<Query, ApiError> {
    read(body, QueryMembers::read)?.request(wording)
}

shape! {
    fn constrain(query: &QueryMembers<'_>) {
        "select": SELECTS, query.page.select.as_deref();
        "indexName": INDEX_NAME.optional(), query.page.index.as_deref();
        "returnConsumedCapacity": CAPACITY, query.page.capacity.as_deref();
        "queryFilter": OPTIONAL, query.page.filter();
        "tableName": TABLE, query.page.table.as_deref();
        "conditionalOperator": CONDITIONAL_OPERATORS, query.page.operator.as_deref();
        "attributesToGet": ATTRIBUTES_TO_GET, query.page.attributes_to_get.as_deref();
        // Of all limits, the service words only this one in its newer form.
        "limit": OPTIONAL.at_least(1).least_unshown(), query.page.limit.as_ref();
        "keyConditions": OPTIONAL, query.key_conditions.as_ref().map(Comparisons::entries);
    }
}

impl<'a> QueryMembers<'a> {
    /// The request.
    pub(in crate::wire) fn request(mut self, wording: Wording) -> Result<Query, ApiError> {
        constrain(&self)?;
        self.check_usage()?;
        let older = self.page.check_filter()?;
        self.page.check_twins()?;
        self.page.check_start()?;
        if !self.has_expression() && self.key_conditions.is_none() {
            return Err(expr::Error::from(Fault::KeyConditionMissing).into());
        }
        self.page.check_select().map_err(|fault| Refusal::Request(fault).told(wording))?;
        let mut parsed = std::mem::take(&mut self.page.expressions).parse()?;
        let (keys, form) = self.keys(&mut parsed)?;
        let direction = match self.forward {
            Some(false) => Order::Descending,
            Some(true) | None => Order::Ascending,
        };
        Ok(Query { page: self.page.request(older, &mut parsed)?, keys, form, order: direction })
    }

    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "KeyConditions" => self.key_conditions = Comparisons::read(scan)?,
            "ScanIndexForward" => self.forward = scan.boolean()?,
            name if self.page.read(Usage::Query, "QueryFilter", scan, name)? => {}
            _ => scan.skip()?,
        }
        Ok(())
    }

    fn check_usage(&self) -> Result<(), ApiError> {
        if self.page.expressions.text(Language::KeyCondition) == Some("") {
            let language = Some(Language::KeyCondition);
            return Err(expr::Error { language, fault: Fault::Empty }.into());
        }
        let others = [
            ("AttributesToGet", self.page.attributes_to_get.is_some()),
            ("QueryFilter", self.page.filter.is_some()),
            ("ConditionalOperator", self.page.operator.is_some()),
        ];
        // Key conditions of the older way go with a filter and projection of the newer one.
        let offends = self.has_expression() || others.iter().any(|(_, there)| *there);
        let keys = ("KeyConditions", self.key_conditions.is_some() && offends);
        let older = [others[0], others[1], others[2], keys];
        self.page.expressions.check_usage(Usage::Query, &older)
    }

    fn has_expression(&self) -> bool {
        self.page.expressions.text(Language::KeyCondition).is_some()
    }

    fn keys(&mut self, parsed: &mut Parsed) -> Result<(KeyConditions, Form), ApiError> {
        if let Some(keys) = parsed.key_conditions.take() {
            return Ok((keys, Form::Expression));
        }
        let tests = self.key_conditions.take().map(Comparisons::checked).transpose()?;
        match tests {
            Some(tests) if !tests.is_empty() => Ok((key_conditions(tests)?, Form::Legacy)),
            Some(_) | None => Err(ApiError::validation("Conditions can be of length 1 or 2 only")),
        }
    }
}
