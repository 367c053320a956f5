//! Who a connection belongs to, and for how long that is believed.
//!
//! A client says who it is without waiting for an answer, and there is none if it is believed. If it
//! is not, the next request is refused.
//!
//! Must hold: without a credential that was checked in the last minutes nothing is answered, not
//! even which nodes there are.
//! Not here: signatures (`auth/`).

use std::sync::Arc;
use std::time::Duration;

use super::super::signed::Denied;
use super::Dax;
use crate::api::{ApiError, ErrorCode};
use crate::auth::{ConnectionClaim, ErrorKind, Principal};
use crate::metrics::Refused;
use crate::proxy::Proxy;
use crate::wire::dax;

/// What is known of who a connection belongs to.
#[derive(Debug, Default)]
pub(super) enum Standing {
    /// It did not say.
    #[default]
    Unknown,
    /// It said so at that time, and was believed.
    Since(Duration, Principal),
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
            Ok(principal) => Self::Since(now, principal),
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
        matches!(self, Self::Since(..)) || dax.parts.access.load().verifier.is_none()
    }

    /// The proxy of whoever the connection belongs to, if it may ask now.
    pub(super) fn check<'d>(
        &self,
        dax: &'d Dax,
        now: Duration,
    ) -> Result<&'d Arc<Proxy>, ApiError> {
        let proxies = &dax.parts.proxies;
        if dax.parts.access.load().verifier.is_none() {
            return Ok(proxies.own());
        }
        let missing =
            |message: &str| Err(ApiError::new(ErrorCode::MissingAuthenticationToken, message));
        match self {
            Self::Since(since, principal) if now.saturating_sub(*since) < LIFE => {
                let proxy = proxies.of(principal.upstream_profile());
                proxy.ok_or_else(|| Denied::without_scope().error)
            }
            Self::Since(..) => missing("the authorization of this connection has expired"),
            Self::Unknown => missing("Request is missing Authentication Token"),
            Self::Denied(error) => Err(error.clone()),
        }
    }
}

/// Clients think that it is as long, and say again who they are after half of it or three quarters.
const LIFE: Duration = Duration::from_mins(5);
