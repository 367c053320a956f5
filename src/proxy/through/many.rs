//! Requests for several items.
//!
//! Must hold: a key that may have been written is forgotten: an answer does not tell what it left.

use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

use super::{Through, close_written, open};
use crate::api::{
    ApiError, BatchWriteItem, BatchWriteItemOutput, Details, ReasonCode, Request, Response,
    TransactGetItems, TransactGetItemsOutput, TransactWriteItems, TransactWriteItemsOutput,
};
use crate::engine::upstream::{End, Unanswered};
use crate::engine::{Change, Error};
use crate::metrics::CacheResult;
use crate::model::ItemKey;
use crate::proxy::{Proxy, batch_write, transact};
use crate::task;

/// The token as a service takes it: one of a statement's transaction has more before it.
fn as_given(token: String) -> String {
    if token.len() <= TOKEN_BYTES_MAX {
        return token;
    }
    Uuid::from_u128(xxh3_128(token.as_bytes())).to_string()
}

impl Proxy {
    pub(in crate::proxy) async fn batch_write_through(
        &self,
        through: &Through,
        batch: BatchWriteItem,
    ) -> Result<BatchWriteItemOutput, ApiError> {
        let mut keys = Vec::new();
        for part in &batch.tables {
            let table = self.serving(part.table.name())?;
            let mutations = batch_write::mutations_of(part, &table.schema)?;
            keys.extend(mutations.into_iter().map(|mutation| mutation.key));
        }
        match self.send_many(through, keys, Request::BatchWriteItem(batch)).await? {
            Response::BatchWriteItem(output) => Ok(output),
            _ => unreachable!("an answer is read as what was asked"),
        }
    }

    pub(in crate::proxy) async fn transact_write_through(
        &self,
        through: &Through,
        mut write: TransactWriteItems,
    ) -> Result<TransactWriteItemsOutput, ApiError> {
        let tables = write.actions.iter().map(|action| self.serving(action.table.name()));
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        let mutations = transact::checked(&write.actions, &tables)?;
        let changes = mutations.into_iter().filter(|one| !matches!(one.change, Change::Check));
        let keys = changes.map(|mutation| mutation.key).collect();
        // With one, a try of unknown fate may be made again.
        let token = write.token.map_or_else(|| Uuid::new_v4().to_string(), as_given);
        write.token = Some(token);
        match self.send_many(through, keys, Request::TransactWriteItems(write)).await {
            Ok(Response::TransactWriteItems(output)) => Ok(output),
            Ok(_) => unreachable!("an answer is read as what was asked"),
            Err(error) => {
                if let Some(Details::Reasons(reasons)) = error.details.as_deref() {
                    for (reason, table) in reasons.iter().zip(&tables) {
                        if reason.code == ReasonCode::ConditionalCheckFailed {
                            table.metrics.condition_failed();
                        }
                    }
                }
                Err(error)
            }
        }
    }

    pub(in crate::proxy) async fn transact_get_through(
        &self,
        through: &Through,
        get: TransactGetItems,
    ) -> Result<TransactGetItemsOutput, ApiError> {
        for one in &get.gets {
            self.serving(one.table.name())?.metrics.cache_lookup(CacheResult::Bypass);
        }
        match through.upstream.ask(&Request::TransactGetItems(get)).await {
            Ok(Response::TransactGetItems(output)) => Ok(output),
            Ok(_) => unreachable!("an answer is read as what was asked"),
            Err(Unanswered { error, .. }) => Err(error.into()),
        }
    }

    /// Sends a write of these keys in a task of its own, which has the ticket.
    async fn send_many(
        &self,
        through: &Through,
        keys: Vec<ItemKey>,
        request: Request,
    ) -> Result<Response, ApiError> {
        let (proxy, through) = (self.shared(), through.clone());
        let under_way = through.writes.begin();
        let sent = task::spawn("writes", async move {
            let mut ticket = proxy.fence.ticket();
            let slots: Vec<_> = keys.iter().map(|key| open(&through, &mut ticket, key)).collect();
            let ended = match through.upstream.ask(&request).await {
                Ok(response) => {
                    close_written(&through, ticket, &keys);
                    Ok(response)
                }
                Err(Unanswered { end, error }) => {
                    if end == End::NotDone {
                        for slot in slots {
                            slot.not_written(&mut ticket);
                        }
                    }
                    proxy.end_write(&through, ticket, &keys, end);
                    Err(error)
                }
            };
            drop(under_way);
            ended
        });
        Ok(sent.await.unwrap_or(Err(Error::Stopped))?)
    }
}

/// What DynamoDB takes.
const TOKEN_BYTES_MAX: usize = 36;
