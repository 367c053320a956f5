//! ExecuteStatement, BatchExecuteStatement and ExecuteTransaction.
//!
//! Must hold: of one statement, syntax is told before its parameters, and both before what the
//! statement means.
//! Not here: statements themselves (`partiql/`).

use std::borrow::Cow;

use super::super::constraints::{
    CAPACITY, Counted, OPTIONAL, REQUIRED, RETURN_ON_FAILURE, Rule, shape,
};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::super::values::Values;
use super::transact::{TOKEN, read_elements};
use super::write::on_failure_of;
use super::{capacity_of, consistency_of, read, required};
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
    constrain_single(&single)?;
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
    constrain_batch(&batch)?;
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
    constrain_transaction(&transaction)?;
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

shape! {
    fn constrain_single(single: &Single<'_>) {
        "statement": STATEMENT, single.statement.text.as_deref();
        "parameters": PARAMETERS, single.statement.parameters.as_deref();
        "returnValuesOnConditionCheckFailure":
            RETURN_ON_FAILURE, single.statement.on_failure.as_deref();
        "nextToken": OPTIONAL.within(1, 32_768), single.next.as_deref();
        "returnConsumedCapacity": CAPACITY, single.capacity.as_deref();
        "limit": OPTIONAL.at_least(1), single.limit.as_ref();
    }
}

shape! {
    fn constrain_batch(batch: &Several<'_>) {
        "statements": REQUIRED.within(1, 25), batch.counted().as_ref();
        "returnConsumedCapacity": CAPACITY, batch.capacity.as_deref();
        "statements": OPTIONAL, batch.statements.as_deref();
    }
}

shape! {
    fn constrain_transaction(transaction: &Several<'_>) {
        "transactStatements": REQUIRED.within(1, 100), transaction.counted().as_ref();
        "returnConsumedCapacity": CAPACITY, transaction.capacity.as_deref();
        "clientRequestToken": TOKEN, transaction.token.as_deref();
        "transactStatements": OPTIONAL, transaction.statements.as_deref();
    }
}

shape! {
    impl "Statement" for Members<'_> as statement {
        "statement": STATEMENT, statement.text.as_deref();
        "parameters": PARAMETERS, statement.parameters.as_deref();
        "returnValuesOnConditionCheckFailure": RETURN_ON_FAILURE, statement.on_failure.as_deref();
    }
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
}

impl<'a> Several<'a> {
    /// The statements of which only the number counts.
    fn counted(&self) -> Option<Counted> {
        let len = self.statements.as_ref()?.len();
        Some(Counted { len, shape: "Statement" })
    }

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
}

impl From<Flaw> for ApiError {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Parameter(error) => error,
            Flaw::Statement(error) => error.into(),
        }
    }
}

const STATEMENT: Rule = REQUIRED.within(1, 8192);
const PARAMETERS: Rule = OPTIONAL.at_least(1);
