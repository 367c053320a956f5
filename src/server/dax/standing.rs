//! Who a connection belongs to, and for how long that is believed.
//!
//! A client says who it is without waiting for an answer, and there is none if it is believed. If it
//! is not, the next request is refused.
//!
//! Must hold: without a credential that was checked in the last minutes nothing is answered, not
//! even which nodes there are.
//! Not here: signatures (`auth/`).

use std::time::Duration;

use super::Dax;
use crate::api::{ApiError, ErrorCode};
use crate::auth::{ConnectionClaim, ErrorKind};
use crate::metrics::Refused;
use crate::wire::dax;

/// What is known of who a connection belongs to.
#[derive(Debug, Default)]
pub(super) enum Standing {
    /// It did not say.
    #[default]
    Unknown,
    /// It said so at that time, and was believed.
    Since(Duration),
    /// It said so and was not believed; why is told once.
    Denied(ApiError),
}

impl Standing {
    /// The standing of a connection that said this.
    pub(super) fn of(dax: &Dax, claim: &dax::Authorization<'_>) -> Self {
        let parts = &dax.parts;
        let access = parts.access.load();
        let now = parts.clock.monotonic();
        let Some(verifier) = &access.verifier else { return Self::Unknown };
        let claim = ConnectionClaim {
            access_key_id: claim.access_key_id,
            signature: claim.signature,
            string_to_sign: claim.string_to_sign,
            session_token: claim.session_token,
        };
        match verifier.verify_connection(&claim, parts.clock.unix_ms()) {
            Ok(_) => Self::Since(now),
            Err(error) => {
                // Whoever has no secret may say any date.
                let is_skewed = error.is_clock_skew() && verifier.is_signed_connection(&claim);
                let reason = if is_skewed { Refused::ClockSkew } else { Refused::Signature };
                parts.metrics.refuse(reason);
                // None of these gets better if the client says it again.
                let code = match error.kind() {
                    ErrorKind::UnknownClient => ErrorCode::UnrecognizedClient,
                    ErrorKind::MissingToken | ErrorKind::Incomplete | ErrorKind::Invalid => {
                        ErrorCode::InvalidSignature
                    }
                };
                Self::Denied(ApiError::new(code, error.to_string()))
            }
        }
    }

    /// Whether the connection may be idle for ever: it is one that can ask, or could.
    pub(super) fn may_rest(&self, dax: &Dax) -> bool {
        matches!(self, Self::Since(_)) || dax.parts.access.load().verifier.is_none()
    }

    /// Whether the connection may ask now.
    pub(super) fn check(&self, dax: &Dax, now: Duration) -> Result<(), ApiError> {
        if dax.parts.access.load().verifier.is_none() {
            return Ok(());
        }
        let missing =
            |message: &str| Err(ApiError::new(ErrorCode::MissingAuthenticationToken, message));
        match self {
            Self::Since(since) if now.saturating_sub(*since) < LIFE => Ok(()),
            Self::Since(_) => missing("the authorization of this connection has expired"),
            Self::Unknown => missing("Request is missing Authentication Token"),
            Self::Denied(error) => Err(error.clone()),
        }
    }
}

/// Clients think that it is as long, and say again who they are after half of it or three quarters.
const LIFE: Duration = Duration::from_mins(5);
