//! Requests for data: hits without a detour, all others by the proxy.
//!
//! Must hold: an answer whose names have no ids yet is written again once they have.

use std::sync::Arc;
use std::time::Duration;

use super::super::limits::RequestPermit;
use super::Dax;
use crate::api::{AnswerItem, ApiError, ErrorCode, GetItemOutput, Response};
use crate::metrics::Refused;
use crate::model::ItemImage;
use crate::proxy::Trace;
use crate::wire::dax::{self, Call, Form, Frame, Habits, HotGet, Known, ListIds};

impl Dax {
    /// The answer to a request for data.
    pub(super) async fn data(&self, frame: Frame<'_>, habits: Habits) -> Result<Vec<u8>, ApiError> {
        let parts = &self.parts;
        let began = parts.clock.monotonic();
        match dax::hot_get(frame).and_then(|get| self.hit(&get, began)) {
            Some(Hit::Answer(answer)) => return Ok(answer),
            Some(Hit::Unlisted(found)) => return self.encoded(&found.0, &found.1).await,
            None => {}
        }
        let in_flight_max = parts.limits.load().requests_in_flight_max;
        let permit = RequestPermit::take(&parts.metrics.requests_in_flight, in_flight_max);
        let Some(_permit) = permit else {
            parts.metrics.refuse(Refused::Busy);
            let message = "too many requests are being answered";
            return Err(ApiError::new(ErrorCode::ServiceUnavailable, message));
        };
        let Call { request, form } = self.decoded(frame, habits)?;
        let response = parts.proxy.call(request, began, &mut Trace::of_dax()).await?;
        let encoded = self.encoded(&response, &form).await;
        match (encoded, form) {
            // It was carried out: nothing may be said that asks for another try.
            (Err(error), Form::Write(..) | Form::BatchWrite(_)) => Err(ApiError::internal(&error)),
            (encoded, _) => encoded,
        }
    }

    fn decoded(&self, frame: Frame<'_>, habits: Habits) -> Result<Call, ApiError> {
        let parts = &self.parts;
        let known = Known {
            schema: &|name| parts.proxy.schema(name),
            names: &|id| parts.lists.names_of(id),
            wording: parts.wording,
            habits,
        };
        dax::decode(frame, &known).inspect_err(|error| {
            if error.code != ErrorCode::ResourceNotFound {
                parts.metrics.refuse(Refused::Malformed);
            }
        })
    }

    /// The answer to a GetItem that the cache has.
    fn hit(&self, get: &HotGet<'_>, began: Duration) -> Option<Hit> {
        let id_of = |names: &[&str]| self.parts.lists.id_of(names);
        let mut ids = ListIds::new(&id_of);
        self.parts.proxy.hit_by_schema(
            get.table,
            |schema, buffer| {
                get.with_key(schema, |hash, range| schema.key_of_values(hash, range, buffer))?.ok()
            },
            get.consistency,
            began,
            |item, schema| {
                let view = item.as_ref().map(ItemImage::view);
                let answer = dax::encode_item(view, schema, &mut ids);
                if ids.missing().is_empty() {
                    return Hit::Answer(answer);
                }
                let output = GetItemOutput { item: item.map(AnswerItem::Whole), capacity: None };
                let form = Form::of_whole_item(Arc::clone(schema));
                Hit::Unlisted(Box::new((Response::GetItem(output), form)))
            },
        )
    }

    async fn encoded(&self, response: &Response, form: &Form) -> Result<Vec<u8>, ApiError> {
        let (answer, missing) = self.written(response, form);
        if missing.is_empty() {
            return Ok(answer);
        }
        self.define(missing).await?;
        let (answer, missing) = self.written(response, form);
        debug_assert!(missing.is_empty(), "all of them were just given ids");
        Ok(answer)
    }

    /// The answer as far as the lists of its names are known, and those that are not.
    fn written(&self, response: &Response, form: &Form) -> (Vec<u8>, Vec<Vec<String>>) {
        let id_of = |names: &[&str]| self.parts.lists.id_of(names);
        let mut ids = ListIds::new(&id_of);
        let answer = dax::encode(response, form, &mut ids);
        (answer, ids.missing())
    }
}

/// What a hit comes to.
enum Hit {
    /// The bytes of its answer.
    Answer(Vec<u8>),
    /// An item whose names have no id yet.
    Unlisted(Box<(Response, Form)>),
}
