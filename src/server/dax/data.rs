//! Requests for data: hits at once, all others by the proxy.
//!
//! Must hold: an answer whose names have no ids yet is written again once they have.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::super::limits::RequestPermit;
use super::Dax;
use super::standing::Standing;
use crate::api::{ApiError, Details, ErrorCode};
use crate::metrics::Refused;
use crate::proxy::{Proxy, Trace};
use crate::wire::dax::{self, Call, Form, Frame, Habits, Known, ListIds};

impl Dax {
    /// The answer to a request for data.
    pub(super) async fn data(
        &self,
        frame: Frame<'_>,
        habits: Habits,
        proxy: &Proxy,
    ) -> Result<Vec<u8>, ApiError> {
        let parts = &self.parts;
        let began = parts.clock.monotonic();
        let in_flight_max = parts.limits.load().requests_in_flight_max;
        let permit = RequestPermit::take(&parts.metrics.requests_in_flight, in_flight_max);
        let Some(_permit) = permit else {
            parts.metrics.refuse(Refused::Busy);
            let message = "too many requests are being answered";
            return Err(ApiError::new(ErrorCode::ServiceUnavailable, message));
        };
        let Call { request, form } = self.decoded(frame, habits, proxy).await?;
        let response = match proxy.call(request, began, &mut Trace::of_dax()).await {
            Ok(response) => response,
            Err(error) => return self.cancelled(error, &form).await,
        };
        let encoded = self.encoded(|ids| dax::encode(&response, &form, ids)).await;
        match (encoded, form) {
            // It was carried out: nothing may be said that asks for another try.
            (Err(error), Form::Write(..) | Form::BatchWrite(_) | Form::TransactWrite(_)) => {
                Err(ApiError::internal(&error))
            }
            (encoded, _) => encoded,
        }
    }

    /// The answer to a transaction that was cancelled; any other refusal stays one.
    async fn cancelled(&self, error: ApiError, form: &Form) -> Result<Vec<u8>, ApiError> {
        let Some(Details::Reasons(reasons)) = error.details.as_deref() else { return Err(error) };
        let id = self.ids.next_text();
        self.encoded(|ids| dax::encode_cancelled(&error, reasons, form, &id, ids)).await
    }

    /// Reads a request; tables that it names and nobody asked for before may have to be learned, of
    /// which reading finds one at a time.
    async fn decoded(
        &self,
        frame: Frame<'_>,
        habits: Habits,
        proxy: &Proxy,
    ) -> Result<Call, ApiError> {
        let mut tried = HashSet::new();
        let decoded = loop {
            let unknown = Mutex::new(Vec::new());
            let decoded = self.decoded_by(frame, habits, proxy, &unknown);
            let mut unknown = unknown.into_inner().unwrap_or_else(PoisonError::into_inner);
            unknown.retain(|table| tried.insert(table.clone()));
            if decoded.is_ok() || unknown.is_empty() {
                break decoded;
            }
            for table in unknown {
                proxy.learn_table(&table).await?;
            }
        };
        decoded.inspect_err(|error| {
            if error.code != ErrorCode::ResourceNotFound {
                self.parts.metrics.refuse(Refused::Malformed);
            }
        })
    }

    /// Reads a request by the tables that are known; notes those that are not.
    fn decoded_by(
        &self,
        frame: Frame<'_>,
        habits: Habits,
        proxy: &Proxy,
        unknown: &Mutex<Vec<String>>,
    ) -> Result<Call, ApiError> {
        let parts = &self.parts;
        let schema = |name: &str| {
            let schema = proxy.schema(name);
            if schema.is_none() {
                unknown.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
            }
            schema
        };
        let known = Known {
            schema: &schema,
            names: &|id| parts.lists.names_of(id),
            wording: parts.wording,
            habits,
        };
        dax::decode(frame, &known)
    }

    /// Writes the answer to bytes that are a whole GetItem which the cache answers at once; whether
    /// it did. Otherwise what was written is of no use.
    pub(super) fn hit(&self, request: &[u8], standing: &Standing, answer: &mut Vec<u8>) -> bool {
        let Some(get) = dax::hot_get(request) else { return false };
        let parts = &self.parts;
        let began = parts.clock.monotonic();
        let Ok(proxy) = standing.check(self, began) else { return false };
        let id_of = |names: &[&str]| parts.lists.id_of(names);
        let mut ids = ListIds::new(&id_of);
        proxy.hit_by_schema(
            get.table,
            |schema, buffer| {
                get.with_key(schema, |hash, range| schema.key_of_values(hash, range, buffer))?.ok()
            },
            get.consistency,
            began,
            |item, schema| {
                dax::encode_item(item, schema, &mut ids, answer);
                ids.missing().is_empty()
            },
        )
    }

    async fn encoded(
        &self,
        encode: impl Fn(&mut ListIds<'_>) -> Vec<u8> + Send,
    ) -> Result<Vec<u8>, ApiError> {
        let (answer, missing) = self.written(&encode);
        if missing.is_empty() {
            return Ok(answer);
        }
        self.define(missing).await?;
        let (answer, missing) = self.written(&encode);
        debug_assert!(missing.is_empty(), "all of them were just given ids");
        Ok(answer)
    }

    /// The answer as far as the lists of its names are known, and those that are not.
    fn written(&self, encode: impl Fn(&mut ListIds<'_>) -> Vec<u8>) -> (Vec<u8>, Vec<Vec<String>>) {
        let id_of = |names: &[&str]| self.parts.lists.id_of(names);
        let mut ids = ListIds::new(&id_of);
        let answer = encode(&mut ids);
        (answer, ids.missing())
    }
}
