//! Which headers a signature must cover, and that each of them came once.
//!
//! Must hold: whoever reads one of these headers after the check reads the value that was signed.
//! A header that came twice is refused, since two readers might pick different ones.

use super::shown;
use crate::auth::Error;

/// The headers that a check needs, each of which came at most once.
#[derive(Debug, Default)]
pub(super) struct SignedHeaders<'a> {
    pub(super) authorization: Option<&'a [u8]>,
    pub(super) date: Option<&'a [u8]>,
    pub(super) body_sha256: Option<&'a [u8]>,
    pub(super) session_token: Option<&'a [u8]>,
    host: Option<&'a [u8]>,
    target: Option<&'a [u8]>,
}

impl<'a> SignedHeaders<'a> {
    pub(super) fn find(headers: &[(&str, &'a [u8])]) -> Result<Self, Error> {
        let mut found = Self::default();
        for (name, value) in headers {
            let place = match *name {
                "authorization" => &mut found.authorization,
                "host" => &mut found.host,
                "x-amz-content-sha256" => &mut found.body_sha256,
                "x-amz-date" => &mut found.date,
                "x-amz-security-token" => &mut found.session_token,
                "x-amz-target" => &mut found.target,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Error::Mismatch);
            }
        }
        Ok(found)
    }

    /// Whether `signed` names the host and every `x-amz-` header that came, and nothing that did
    /// not come.
    ///
    /// The names must ascend, as signers write them, so that none stands twice.
    pub(super) fn check_signed(
        &self,
        headers: &[(&str, &[u8])],
        signed: &str,
    ) -> Result<(), Error> {
        let is_signed = |name: &str| signed.split(';').any(|other| other == name);
        if self.host.is_none() || !is_signed("host") {
            return Err(Error::HostNotSigned);
        }
        for (name, _) in headers {
            if name.starts_with("x-amz-") && !is_signed(name) {
                return Err(Error::HeaderNotSigned { name: shown(name) });
            }
        }
        let mut last = "";
        for name in signed.split(';') {
            if name <= last || !headers.iter().any(|(came, _)| *came == name) {
                return Err(Error::Mismatch);
            }
            last = name;
        }
        Ok(())
    }
}
