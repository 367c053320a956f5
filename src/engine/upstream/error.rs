//! How what the upstream did not answer is told by the engine.
//!
//! Must hold: what the service refused is passed on as it came; a write that was carried out is never
//! told as not done.
//! Not here: what the end of a write means for the caches (`proxy/through/`).

use super::client::{Failure, Fate, Fault, Told, What};
use crate::engine::Error;
use crate::wire::json::client::{Unreadable, decode_error};

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match &failure.told {
            Told::Refused(refusal) => {
                Self::Api(decode_error(refusal.status, &refusal.kind, &refusal.body))
            }
            Told::Failed(_) => Self::Upstream(failure),
        }
    }
}

/// A read whose answer cannot be used.
pub(super) fn unreadable(error: &Unreadable) -> Error {
    of_unreadable(error, Fate::NotDone)
}

/// A write that was carried out, and whose answer cannot be used: nobody may be told that it was
/// not.
pub(super) fn unreadable_write(error: &Unreadable) -> Error {
    of_unreadable(error, Fate::Unknown)
}

fn of_unreadable(error: &Unreadable, fate: Fate) -> Error {
    let fault = Fault { what: What::Broken, why: error.to_string() };
    Error::Upstream(Failure { fate, told: Told::Failed(fault) })
}

#[cfg(test)]
mod tests {
    use super::super::client::Refusal;
    use super::*;
    use crate::api::ErrorCode;

    #[test]
    fn refusals_are_the_apis_and_the_rest_is_the_upstreams() {
        let failed = |fate| {
            let fault = Fault { what: What::Deadline, why: String::new() };
            Error::from(Failure { fate, told: Told::Failed(fault) })
        };
        let refusal = Refusal {
            status: 400,
            kind: "ResourceNotFoundException".into(),
            body: b"{\"message\":\"gone\"}"[..].into(),
        };

        let refused = Error::from(Failure { fate: Fate::NotDone, told: Told::Refused(refusal) });

        let Error::Api(refused) = refused else { panic!("{refused:?}") };
        assert_eq!((refused.code, &*refused.message), (ErrorCode::ResourceNotFound, "gone"));
        assert!(failed(Fate::Unknown).may_have_happened());
        assert!(!failed(Fate::NotDone).may_have_happened());
        let broken = unreadable(&Unreadable::NotJson);
        assert!(!broken.may_have_happened());
        assert!(unreadable_write(&Unreadable::NotJson).may_have_happened());
        let Error::Upstream(failure) = broken else { panic!("{broken:?}") };
        assert!(failure.to_string().ends_with("the answer is no JSON"), "{failure}");
    }
}
