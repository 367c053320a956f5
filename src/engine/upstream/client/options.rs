//! What a client is told before it starts.
//!
//! Not here: where the values come from (`config/`).

use std::path::PathBuf;
use std::time::Duration;

use super::Effect;
use super::credentials::Source;

/// How the service is reached, as whom, and with how much patience.
#[derive(Clone, Debug)]
pub struct Options {
    /// URLs of endpoints of one service; at least one.
    pub endpoints: Vec<String>,
    /// Whether the endpoints tell of more.
    pub discover: Discover,
    /// The region that signatures name, if it is given.
    pub region: Option<String>,
    /// The region if nothing else says one.
    pub region_default: String,
    /// Where credentials come from.
    pub credentials: Source,
    /// The profile of the shared files, if it is given.
    pub profile: Option<String>,
    /// A PEM file of authorities that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Connections that are open at once, to all endpoints together.
    pub connections_max: usize,
    /// How long and how often something is tried.
    pub patience: Patience,
}

/// How long and how often something is tried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Patience {
    /// For a connection to be accepted and agreed on.
    pub connect: Duration,
    /// For each try, connecting included.
    pub per_try: Duration,
    /// For all tries together.
    pub total: Duration,
    /// Tries, the first included; at least one.
    pub tries_max: u32,
    /// The longest pause before the second try; it doubles with each.
    pub pause_first: Duration,
    /// The longest pause.
    pub pause_max: Duration,
}

/// Whether endpoints tell of others.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Discover {
    /// They do not.
    #[default]
    Off,
    /// As Alternator's nodes do, by `GET /localnodes`.
    Alternator,
}

impl Patience {
    /// For an operation that may take longer than others.
    pub(super) fn longer(self, effect: Effect) -> Self {
        let total = self.total.max(LONG);
        let per_try = match effect {
            Effect::Reads | Effect::WritesOnce => self.per_try,
            Effect::Writes => total,
        };
        Self { per_try, total, ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            endpoints: Vec::new(),
            discover: Discover::Off,
            region: None,
            region_default: "us-east-1".to_owned(),
            credentials: Source::Chain,
            profile: None,
            ca_file: None,
            connections_max: 256,
            patience: Patience::default(),
        }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            per_try: Duration::from_secs(2),
            total: Duration::from_secs(5),
            tries_max: 3,
            pause_first: Duration::from_millis(25),
            pause_max: Duration::from_secs(1),
        }
    }
}

/// What a change of a table may take until it is answered.
const LONG: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_patient_gives_a_write_all_its_time_and_a_read_several_tries() {
        let usual = Patience::default();
        let slow = Patience { total: 2 * LONG, ..usual };

        assert_eq!(usual.longer(Effect::Writes), Patience { per_try: LONG, total: LONG, ..usual });
        assert_eq!(usual.longer(Effect::Reads), Patience { total: LONG, ..usual });
        assert_eq!(slow.longer(Effect::Reads), slow, "no shorter than it is told");
    }
}
