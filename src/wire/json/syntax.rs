//! What can be said of a body before its operation is known.

use serde::de::IgnoredAny;

use crate::api::{ApiError, ErrorCode};

/// Refuses a body that is no JSON; such a refusal has no message.
pub fn check_syntax(body: &[u8]) -> Result<(), ApiError> {
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => Ok(()),
        Err(_) => Err(ApiError::new(ErrorCode::Serialization, "")),
    }
}

/// The refusal of a request whose target names no operation; a body that is no JSON comes first.
pub fn unknown_operation(body: &[u8]) -> ApiError {
    let unknown = || ApiError::new(ErrorCode::UnknownOperation, "");
    check_syntax(body).map_or_else(|syntax| syntax, |()| unknown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_no_json_is_the_first_fault() {
        assert_eq!(unknown_operation(b"{}").code, ErrorCode::UnknownOperation);
        assert_eq!(unknown_operation(b"{").code, ErrorCode::Serialization);
        assert_eq!(unknown_operation(b"").code, ErrorCode::Serialization);
    }
}
