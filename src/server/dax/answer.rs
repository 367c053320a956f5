//! From a request to its answer.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use super::super::answer::log_cause;
use super::Dax;
use super::standing::Standing;
use crate::api::{ApiError, ErrorCode, TableName};
use crate::metrics::Refused;
use crate::proxy::Proxy;
use crate::state::DefineError;
use crate::wire::dax::{self, Frame, Habits, Method};

/// Whose request it is, and where it came to.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) standing: &'a Standing,
    pub(super) habits: Habits,
    pub(super) local: SocketAddr,
}

impl Dax {
    /// The bytes that answer a request, whatever becomes of it.
    pub(super) async fn answer(&self, frame: Frame<'_>, caller: Caller<'_>) -> Vec<u8> {
        let answered = match caller.standing.check(self, self.parts.clock.monotonic()) {
            Ok(proxy) => self.answered(frame, caller, proxy).await,
            Err(error) => {
                // Who said who it is was counted then.
                if matches!(caller.standing, Standing::Unknown) {
                    self.parts.metrics.refuse(Refused::Signature);
                }
                Err(error)
            }
        };
        answered.unwrap_or_else(|error| self.refused(&error))
    }

    /// The answer to what ends a connection.
    pub(super) fn unreadable(&self, why: &dyn Error, reason: Refused) -> Vec<u8> {
        self.parts.metrics.refuse(reason);
        let code = if matches!(reason, Refused::Busy) {
            ErrorCode::ServiceUnavailable
        } else {
            ErrorCode::Serialization
        };
        self.refused(&ApiError::new(code, why.to_string()))
    }

    /// An id that the lists of names have, once they have it durably.
    pub(super) async fn define(&self, lists: Vec<Vec<String>>) -> Result<Vec<u64>, ApiError> {
        let known = Arc::clone(&self.parts.lists);
        let defined = tokio::task::spawn_blocking(move || known.define(&lists)).await;
        match defined {
            Ok(Ok(ids)) => Ok(ids),
            Ok(Err(DefineError::Full(full))) => {
                Err(ApiError::new(ErrorCode::LimitExceeded, full.to_string()))
            }
            Ok(Err(DefineError::Log(error))) => Err(ApiError::internal(&error)),
            Err(error) => Err(ApiError::internal(&error)),
        }
    }

    async fn answered(
        &self,
        frame: Frame<'_>,
        caller: Caller<'_>,
        proxy: &Arc<Proxy>,
    ) -> Result<Vec<u8>, ApiError> {
        match frame.method {
            Method::AuthorizeConnection => unreachable!("it has no answer"),
            Method::Endpoints => {
                let is_stopping = self.parts.drain.has_begun();
                let nodes = self.parts.nodes.for_client_of(caller.local, is_stopping);
                Ok(dax::encode_endpoints(&nodes))
            }
            Method::DefineKeySchema => {
                let given = dax::key_schema_table(frame)?;
                let name = TableName::named_by(given)?;
                proxy.learn_table(name.as_str()).await?;
                let schema = proxy.schema(name.as_str());
                Ok(dax::encode_key_schema(&*schema.ok_or_else(ApiError::not_found)?))
            }
            Method::DefineAttributeListId => {
                let names = dax::attribute_names(frame)?;
                let ids = self.define(vec![names]).await?;
                Ok(dax::encode_list_id(ids[0]))
            }
            Method::DefineAttributeList => {
                let names = self.parts.lists.names_of(dax::attribute_list_id(frame)?);
                let unknown = "there is no attribute list of this id";
                let names = names.ok_or_else(|| ApiError::validation(unknown))?;
                Ok(dax::encode_list(&names))
            }
            Method::GetItem
            | Method::PutItem
            | Method::UpdateItem
            | Method::DeleteItem
            | Method::Query
            | Method::Scan
            | Method::BatchGetItem
            | Method::BatchWriteItem
            | Method::TransactGetItems
            | Method::TransactWriteItems => self.data(frame, caller.habits, proxy).await,
        }
    }

    fn refused(&self, error: &ApiError) -> Vec<u8> {
        let id = self.ids.next_text();
        log_cause(error, &id);
        dax::encode_error(error, &id)
    }
}
