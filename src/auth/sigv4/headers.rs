//! Which headers a signature must cover, and that each of them came once.
//!
//! Must hold: whoever reads one of these headers after the check reads the value that was signed.
//! A header that came twice is refused, since two readers might pick different ones.

use super::{pieces, shown};
use crate::auth::Error;

/// The headers that a check needs, each of which came at most once.
#[derive(Debug, Default)]
pub(super) struct KnownHeaders<'a> {
    pub(super) authorization: Option<&'a [u8]>,
    pub(super) date: Option<&'a [u8]>,
    pub(super) body_sha256: Option<&'a [u8]>,
    pub(super) session_token: Option<&'a [u8]>,
    host: Option<&'a [u8]>,
    target: Option<&'a [u8]>,
}

impl<'a> KnownHeaders<'a> {
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
}

/// Where the headers that a signature covers stand in the request, in the order of signing.
///
/// They name the host and every `x-amz-` header that came.
#[derive(Debug)]
pub(super) struct SignedHeaders {
    places: [u16; SIGNED_HEADERS_MAX],
    count: usize,
}

impl SignedHeaders {
    /// Finds the headers that `signed` names, separated by semicolons.
    ///
    /// The names must ascend, as signers write them, so that none stands twice.
    pub(super) fn find(headers: &[(&str, &[u8])], signed: &str) -> Result<Self, Error> {
        let mut found = Self { places: [0; SIGNED_HEADERS_MAX], count: 0 };
        let (mut last, mut is_list, mut host, mut of_amz) = ("", true, false, 0);
        for name in pieces(signed, b';') {
            let came = found.push_all(headers, name);
            is_list &= name > last && came > 0;
            host |= name == "host";
            of_amz += if is_amz(name) { came } else { 0 };
            last = name;
            if !is_list {
                break;
            }
        }
        let of_amz_came = headers.iter().filter(|(name, _)| is_amz(name)).count();
        if is_list && host && of_amz == of_amz_came {
            return Ok(found);
        }
        Err(what_is_wrong(headers, signed))
    }

    /// The headers in the order of signing; those of one name stand together.
    pub(super) fn iter<'h, 'a>(
        &self,
        headers: &'h [(&'a str, &'a [u8])],
    ) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'_, 'h, 'a> {
        self.places[..self.count].iter().map(|place| headers[usize::from(*place)])
    }

    /// Notes all headers of one name, and tells how many; none, if there is no room.
    fn push_all(&mut self, headers: &[(&str, &[u8])], name: &str) -> usize {
        let before = self.count;
        for (place, _) in headers.iter().enumerate().filter(|(_, (came, _))| *came == name) {
            let (Some(free), Ok(place)) = (self.places.get_mut(self.count), place.try_into())
            else {
                return 0;
            };
            *free = place;
            self.count += 1;
        }
        self.count - before
    }
}

/// The error for headers of which not all are signed, or a list that is none.
#[cold]
fn what_is_wrong(headers: &[(&str, &[u8])], signed: &str) -> Error {
    let names = || signed.split(';').take(SIGNED_HEADERS_MAX);
    let is_signed = |name: &str| names().any(|other| other == name);
    let came = |name: &str| headers.iter().any(|(other, _)| *other == name);
    if !came("host") || !is_signed("host") {
        return Error::HostNotSigned;
    }
    let unsigned = headers.iter().find(|(name, _)| is_amz(name) && !is_signed(name));
    unsigned.map_or(Error::Mismatch, |(name, _)| Error::HeaderNotSigned { name: shown(name) })
}

fn is_amz(name: &str) -> bool {
    name.starts_with("x-amz-")
}

/// More than any signer signs.
const SIGNED_HEADERS_MAX: usize = 64;
