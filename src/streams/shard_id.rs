//! The names of shards.
//!
//!     shardId-00000001414562045508-0000002a
//!             opened, ms since 1970 number
//!
//! Must hold: of two shards of a stream the older one's name is the lesser one, as long as no clock
//! was put back between them.

use crate::engine::{Shard, ShardNumber, Stream};

/// The name of a shard.
pub(super) fn of(shard: &Shard) -> String {
    format!("{PREFIX}{:0TIME_DIGITS$}-{:0NUMBER_DIGITS$x}", shard.opened_ms, shard.number.get())
}

/// The shard of a stream that has this name, if it is still kept.
pub(super) fn find<'a>(stream: &'a Stream, id: &str) -> Option<&'a Shard> {
    number_in(id).and_then(|number| stream.shard(number)).filter(|shard| of(shard) == id)
}

/// The number in what may be the name of a shard, kept or not.
pub(super) fn number_in(id: &str) -> Option<ShardNumber> {
    let (time, number) = id.strip_prefix(PREFIX)?.split_once('-')?;
    let is_time = time.len() == TIME_DIGITS && time.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = number.len() == NUMBER_DIGITS
        && number.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let number = u32::from_str_radix(number, 16).ok().filter(|_| is_time && is_number)?;
    Some(ShardNumber::new(number))
}

const PREFIX: &str = "shardId-";
const TIME_DIGITS: usize = 20;
const NUMBER_DIGITS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::SequenceNumber;

    #[test]
    fn a_name_says_when_its_shard_was_opened_and_its_number() {
        let shard = Shard {
            number: ShardNumber::new(0x2A),
            parent: None,
            opened_ms: 1_414_562_045_508,
            first: SequenceNumber::new(1),
            closed: None,
        };

        assert_eq!(of(&shard), "shardId-00000001414562045508-0000002a");
        assert_eq!(number_in(&of(&shard)), Some(shard.number));
        for other in [
            "shardId-00000001414562045508-0000002A",
            "shardId-00000001414562045508-+000002a",
            "shardId-0000000141456204550-0000002a",
            "shardId-00000001414562045508-2a",
            "shard-00000001414562045508-0000002a",
        ] {
            assert_eq!(number_in(other), None, "{other}");
        }
    }
}
