//! Words of `[upstream]`, and of what tables say of theirs.

use super::choice::Words;

/// How further nodes of the service are found.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Discover {
    /// They are not: the endpoints that are written down are all.
    #[default]
    Off,
    /// From the list of nodes that Alternator serves.
    Alternator,
}

impl Words for Discover {
    const EXPECTED: &'static str = "\"off\" or \"alternator\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("off", Self::Off), ("alternator", Self::Alternator)];
}

/// Where the credentials come from that requests to the upstream are signed with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum UpstreamCredentials {
    /// The environment, then the shared files.
    #[default]
    Chain,
    /// The endpoint that containers have for it.
    Container,
    /// The endpoint that machines of EC2 have for it.
    Instance,
    /// None are asked for; signatures are made up.
    Anonymous,
}

impl Words for UpstreamCredentials {
    const EXPECTED: &'static str = "\"chain\", \"container\", \"instance\" or \"anonymous\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("chain", Self::Chain),
        ("container", Self::Container),
        ("instance", Self::Instance),
        ("anonymous", Self::Anonymous),
    ];
}

/// How what is to be cached is read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Fills {
    /// Consistently, where the upstream can.
    #[default]
    Consistent,
    /// As the client asked, which may be older than the last write.
    Eventual,
}

impl Words for Fills {
    const EXPECTED: &'static str = "\"consistent\" or \"eventual\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("consistent", Self::Consistent), ("eventual", Self::Eventual)];
}

/// What is done with a table whose stream can no longer be followed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Incoherent {
    /// Entries live by their times alone.
    #[default]
    Ttl,
    /// Reads go past the cache.
    Bypass,
}

impl Words for Incoherent {
    const EXPECTED: &'static str = "\"ttl\" or \"bypass\"";
    const WORDS: &'static [(&'static str, Self)] = &[("ttl", Self::Ttl), ("bypass", Self::Bypass)];
}

/// What is made of a table's stream upstream.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum StreamUse {
    /// Nothing.
    Off,
    /// It is read if there is one.
    #[default]
    Use,
    /// It is read, and turned on where there is none.
    Enable,
}

impl Words for StreamUse {
    const EXPECTED: &'static str = "\"off\", \"use\" or \"enable\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("off", Self::Off), ("use", Self::Use), ("enable", Self::Enable)];
}
