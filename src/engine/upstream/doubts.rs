//! Tables of which the service says that they are not there, though they are known.
//!
//! Must hold: only tables that are known are asked for again, so that it takes no more memory than they
//! do.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::api::{ErrorCode, Request, TableName};
use crate::engine::{Catalog, Error};

/// The tables that are to be looked at again.
#[derive(Default)]
pub(super) struct Doubts {
    names: Mutex<BTreeSet<String>>,
    news: Notify,
}

impl Doubts {
    /// A request of these tables has failed so.
    pub(super) fn note<'a>(
        &self,
        catalog: &Catalog,
        error: &Error,
        names: impl IntoIterator<Item = &'a str>,
    ) {
        let Error::Api(error) = error else { return };
        if error.code != ErrorCode::ResourceNotFound {
            return;
        }
        let mut doubted = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let names = names.into_iter().filter_map(|given| TableName::named_by(given).ok());
        let known = names.filter(|name| catalog.table(name.as_str()).is_some());
        doubted.extend(known.map(|name| name.as_str().to_owned()));
        drop(doubted);
        self.news.notify_one();
    }

    /// The next of them, as soon as there is one.
    pub(super) async fn next(&self) -> String {
        loop {
            let first = self.names.lock().unwrap_or_else(PoisonError::into_inner).pop_first();
            if let Some(name) = first {
                return name;
            }
            self.news.notified().await;
        }
    }
}

/// The tables that a request for data names, as it does.
pub fn named_by(request: &Request) -> Vec<&str> {
    match request {
        Request::GetItem(get) => vec![get.table.as_given()],
        Request::PutItem(put) => vec![put.table.as_given()],
        Request::DeleteItem(delete) => vec![delete.table.as_given()],
        Request::UpdateItem(update) => vec![update.table.as_given()],
        Request::Query(query) => vec![query.page.table.as_given()],
        Request::Scan(scan) => vec![scan.page.table.as_given()],
        Request::BatchGetItem(batch) => {
            batch.tables.iter().map(|part| part.table.as_given()).collect()
        }
        Request::BatchWriteItem(batch) => {
            batch.tables.iter().map(|part| part.table.as_given()).collect()
        }
        Request::TransactGetItems(get) => get.gets.iter().map(|get| get.table.as_given()).collect(),
        Request::TransactWriteItems(write) => {
            write.actions.iter().map(|action| action.table.as_given()).collect()
        }
        Request::ExecuteStatement(execute) => vec![execute.statement.table()],
        Request::BatchExecuteStatement(batch) => {
            batch.statements.iter().flatten().map(|one| one.statement.table()).collect()
        }
        Request::ExecuteTransaction(execute) => {
            execute.statements.iter().map(|one| one.statement.table()).collect()
        }
        Request::Control(_) => Vec::new(),
    }
}
