//! ExecuteStatement, BatchExecuteStatement and ExecuteTransaction.
//!
//! Must hold: of one statement, syntax is told before its parameters, and both before what the
//! statement means.
//! Not here: statements themselves (`partiql/`).

use std::borrow::Cow;
use std::fmt::Display;

use super::super::constraints::{Faults, Quoted, RETURN_ON_FAILURE};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::super::values::Values;
use super::transact::{TOKEN_LENGTH_MAX, read_elements};
use super::write::on_failure_of;
use super::{capacity_of, check_capacity, consistency_of, read, required};
use crate::api::{
    ApiError, BatchExecuteStatement, BatchStatement, ExecuteStatement, ExecuteTransaction,
    TransactStatement,
};
use crate::model::AttributeValue;
use crate::partiql::{Error, Statement, Written};

/// What every statement comes with.
#[derive(Debug, Default)]
struct Members<'a> {
    text: Option<Cow<'a, str>>,
    parameters: Option<Vec<AttributeValue>>,
    /// What is wrong with the first parameter that is no value.
    fault: Option<ApiError>,
    consistent: Option<bool>,
    on_failure: Option<Cow<'a, str>>,
}

#[derive(Debug, Default)]
struct Single<'a> {
    statement: Members<'a>,
    next: Option<Cow<'a, str>>,
    limit: Option<i32>,
    capacity: Option<Cow<'a, str>>,
}

/// Several statements, of a batch or a transaction.
#[derive(Debug, Default)]
struct Several<'a> {
    statements: Option<Vec<Members<'a>>>,
    token: Option<Cow<'a, str>>,
    capacity: Option<Cow<'a, str>>,
}

/// Why a statement cannot be carried out.
enum Flaw {
    /// Some parameter is no value.
    Parameter(ApiError),
    /// The statement itself is wrong.
    Statement(Error),
}

pub(super) fn execute_statement(body: &[u8]) -> Result<ExecuteStatement, ApiError> {
    let single = read(body, Single::read)?;
    single.constrain()?;
    let Single { statement: mut members, next, limit, capacity } = single;
    let parameters = members.parameters.as_deref().unwrap_or_default();
    let digest = ExecuteStatement::digest_of(members.text.as_deref().unwrap_or(""), parameters);
    let statement = members.statement()?;
    if next.is_some() && !statement.is_read() {
        return Err(ApiError::validation("NextToken does not match request"));
    }
    Ok(ExecuteStatement {
        statement,
        digest,
        consistency: consistency_of(members.consistent),
        next: next.map(Cow::into_owned),
        limit: limit.and_then(|limit| usize::try_from(limit).ok()),
        capacity: capacity_of(capacity.as_deref()),
        on_failure: on_failure_of(members.on_failure.as_deref()),
    })
}

pub(super) fn batch_execute_statement(body: &[u8]) -> Result<BatchExecuteStatement, ApiError> {
    let batch = read(body, |members: &mut Several<'_>, scan, name| {
        members.read(scan, name, "Statements", "BatchStatementRequest")
    })?;
    batch.constrain("statements", BATCH_MAX)?;
    let statements = required(batch.statements)?.into_iter().map(|mut members| {
        Ok(BatchStatement {
            statement: members.statement()?,
            consistency: consistency_of(members.consistent),
            on_failure: on_failure_of(members.on_failure.as_deref()),
        })
    });
    BatchExecuteStatement::of(statements.collect(), capacity_of(batch.capacity.as_deref()))
}

pub(super) fn execute_transaction(body: &[u8]) -> Result<ExecuteTransaction, ApiError> {
    let transaction = read(body, |members: &mut Several<'_>, scan, name| {
        members.read(scan, name, "TransactStatements", "ParameterizedStatement")
    })?;
    transaction.constrain("transactStatements", TRANSACTION_MAX)?;
    let statements = required(transaction.statements)?.into_iter().enumerate();
    let statements = statements.map(|(at, mut members)| {
        let statement = members.statement().map_err(|flaw| match flaw {
            Flaw::Parameter(error) => error,
            Flaw::Statement(error) => ApiError::of_statement(at, error),
        })?;
        Ok(TransactStatement {
            statement,
            on_failure: on_failure_of(members.on_failure.as_deref()),
        })
    });
    let transaction = ExecuteTransaction {
        statements: statements.collect::<Result<_, ApiError>>()?,
        token: transaction.token.map(Cow::into_owned),
        capacity: capacity_of(transaction.capacity.as_deref()),
    };
    transaction.check()?;
    Ok(transaction)
}

impl<'a> Members<'a> {
    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "Statement" => self.text = scan.text()?,
            "Parameters" => {
                self.parameters = scan.list(|scan| {
                    let mut values = Values::default();
                    let value = values.value(scan, Place::Element)?;
                    self.fault = self.fault.take().or(values.check().err());
                    Ok(value)
                })?;
            }
            "ConsistentRead" => self.consistent = scan.boolean()?,
            "ReturnValuesOnConditionCheckFailure" => self.on_failure = scan.text()?,
            _ => scan.skip()?,
        }
        Ok(())
    }

    /// Adds the faults of these members, whose names stand behind `path`.
    fn constrain(&self, path: impl Display, faults: &mut Faults) {
        let text = self.text.as_deref();
        faults.required_text(format_args!("{path}statement"), text, 1..=STATEMENT_LENGTH_MAX);
        if self.parameters.as_ref().is_some_and(Vec::is_empty) {
            let path = format_args!("{path}parameters");
            faults.length(path, Quoted("[]"), 0, 1..=usize::MAX);
        }
        let path = format_args!("{path}returnValuesOnConditionCheckFailure");
        faults.one_of(path, self.on_failure.as_deref(), RETURN_ON_FAILURE);
    }

    /// The statement with its parameters, which are taken.
    fn statement(&mut self) -> Result<Statement, Flaw> {
        let written = Written::parse(self.text.as_deref().unwrap_or_default());
        let written = written.map_err(Flaw::Statement)?;
        if let Some(fault) = self.fault.take() {
            return Err(Flaw::Parameter(fault));
        }
        written.bind(self.parameters.take().unwrap_or_default()).map_err(Flaw::Statement)
    }
}

impl<'a> Single<'a> {
    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "NextToken" => self.next = scan.text()?,
            "Limit" => self.limit = scan.integer()?,
            "ReturnConsumedCapacity" => self.capacity = scan.text()?,
            _ => self.statement.read(scan, name)?,
        }
        Ok(())
    }

    fn constrain(&self) -> Result<(), ApiError> {
        let mut faults = Faults::default();
        self.statement.constrain("", &mut faults);
        if let Some(next) = &self.next {
            let length = next.chars().count();
            faults.length("nextToken", Quoted(next), length, 1..=NEXT_TOKEN_LENGTH_MAX);
        }
        check_capacity(&mut faults, self.capacity.as_deref());
        if let Some(limit) = self.limit {
            faults.at_least("limit", i64::from(limit), 1);
        }
        faults.end()
    }
}

impl<'a> Several<'a> {
    fn read(
        &mut self,
        scan: &mut Scanner<'a>,
        name: &str,
        list: &str,
        shape: &str,
    ) -> Result<(), ApiError> {
        match name {
            "ReturnConsumedCapacity" => self.capacity = scan.text()?,
            "ClientRequestToken" => self.token = scan.text()?,
            name if name == list => {
                self.statements = read_elements(scan, |scan| {
                    let mut members = Members::default();
                    scan.structure(shape, Place::Element, |scan, name| members.read(scan, &name))?;
                    Ok(members)
                })?;
            }
            _ => scan.skip()?,
        }
        Ok(())
    }

    fn constrain(&self, list: &str, count_max: usize) -> Result<(), ApiError> {
        let mut faults = Faults::default();
        faults.required(list, self.statements.as_ref());
        let statements = self.statements.as_deref().unwrap_or_default();
        if self.statements.is_some() {
            let shown = if statements.is_empty() { "[]" } else { "[Statement]" };
            faults.length(list, Quoted(shown), statements.len(), 1..=count_max);
        }
        check_capacity(&mut faults, self.capacity.as_deref());
        if let Some(token) = &self.token {
            let length = token.chars().count();
            faults.length("clientRequestToken", Quoted(token), length, 1..=TOKEN_LENGTH_MAX);
        }
        for (at, members) in statements.iter().enumerate() {
            members.constrain(format_args!("{list}.{}.member.", at + 1), &mut faults);
        }
        faults.end()
    }
}

impl From<Flaw> for ApiError {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Parameter(error) => error,
            Flaw::Statement(error) => error.into(),
        }
    }
}

/// In characters.
const STATEMENT_LENGTH_MAX: usize = 8192;
/// In characters.
const NEXT_TOKEN_LENGTH_MAX: usize = 32_768;
const BATCH_MAX: usize = 25;
const TRANSACTION_MAX: usize = 100;
