//! Streams as the API has them, over the engine's.
//!
//! Must hold: nothing is changed; an iterator says all that there is to know of it, so that it goes
//! on after a restart.
//! Not here: records in the store (`engine/embedded/log/`), JSON (`wire/`).

mod describe;
mod iterator;
mod read;
mod shard_id;

#[cfg(test)]
mod tests;

pub use describe::{describe, list};
pub use read::{records, shard_iterator};

use std::sync::Arc;

use crate::api::{ApiError, ErrorCode};
use crate::engine::{Catalog, Stream};

/// The stream of that ARN.
fn find(catalog: &Catalog, arn: &str) -> Result<Arc<Stream>, ApiError> {
    if !(arn.starts_with("arn:") && arn.contains(":table/") && arn.contains("/stream/")) {
        return Err(ApiError::validation("Invalid StreamArn"));
    }
    catalog.stream(arn).cloned().ok_or_else(|| {
        let message = format!("Requested resource not found: Stream: {arn} not found");
        ApiError::new(ErrorCode::ResourceNotFound, message)
    })
}

fn no_shard() -> ApiError {
    let message = "Requested resource not found: Shard does not exist";
    ApiError::new(ErrorCode::ResourceNotFound, message)
}
