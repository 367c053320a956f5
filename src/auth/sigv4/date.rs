//! `X-Amz-Date`: one form, one moment, and the window around now.
//!
//! Not here: the day in a credential's scope (`authorization`).

use time::{Date, Month, OffsetDateTime, Time};

use super::shown;
use crate::auth::Error;

/// A moment in ISO-8601's basic format, to the second, in UTC.
#[derive(Debug)]
pub(super) struct AmzDate<'a> {
    text: &'a str,
    unix_s: i64,
}

impl<'a> AmzDate<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(value).ok();
        let unix_s = parse_unix_s(value);
        text.zip(unix_s)
            .map(|(text, unix_s)| Self { text, unix_s })
            .ok_or_else(|| Error::DateForm { got: shown(&String::from_utf8_lossy(value)) })
    }

    /// As the client wrote it.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// The first eight digits.
    pub(super) fn day(&self) -> &'a str {
        &self.text[..DAY_BYTES]
    }

    /// Seconds since 1970; none for a moment before.
    pub(super) fn unix_s(&self) -> Option<u64> {
        u64::try_from(self.unix_s).ok()
    }

    /// How many seconds the moment and another one are apart.
    pub(super) fn seconds_from(&self, unix_s: u64) -> u64 {
        self.unix_s.abs_diff(i64::try_from(unix_s).unwrap_or(i64::MAX))
    }

    /// Whether the moment is at most 15 minutes from now, both ends included.
    pub(super) fn check_window(&self, now_unix_s: u64) -> Result<(), Error> {
        let now = i64::try_from(now_unix_s).unwrap_or(i64::MAX);
        let (earliest, latest) = (now.saturating_sub(WINDOW_S), now.saturating_add(WINDOW_S));
        let signed = || self.text.to_owned();
        if self.unix_s < earliest {
            let (earliest, now) = (basic_format(earliest), basic_format(now));
            return Err(Error::Expired { signed: signed(), earliest, now });
        }
        if self.unix_s > latest {
            let (latest, now) = (basic_format(latest), basic_format(now));
            return Err(Error::NotYetCurrent { signed: signed(), latest, now });
        }
        Ok(())
    }
}

fn parse_unix_s(value: &[u8]) -> Option<i64> {
    let [day @ .., b'T', h1, h2, m1, m2, s1, s2, b'Z'] = value else { return None };
    let [y1, y2, y3, y4, mo1, mo2, d1, d2] = day else { return None };
    let year = digits(&[*y1, *y2, *y3, *y4])?;
    let month = Month::try_from(u8::try_from(digits(&[*mo1, *mo2])?).ok()?).ok()?;
    let two = |tens: &u8, ones: &u8| u8::try_from(digits(&[*tens, *ones])?).ok();
    let date = Date::from_calendar_date(i32::from(year), month, two(d1, d2)?).ok()?;
    let time = Time::from_hms(two(h1, h2)?, two(m1, m2)?, two(s1, s2)?).ok()?;
    Some(OffsetDateTime::new_utc(date, time).unix_timestamp())
}

/// The number that up to four decimal digits write.
fn digits(bytes: &[u8]) -> Option<u16> {
    bytes.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u16::from(byte - b'0'))
    })
}

fn basic_format(unix_s: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(unix_s).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    )
}

const DAY_BYTES: usize = 8;
const WINDOW_S: i64 = 15 * 60;
