//! What can be done but is perhaps not meant: a sentence each, for the log at the start.
//!
//! Not here: what is refused (`check.rs`).

use super::keys::{Key, SECTIONS};
use super::scope::Scope;
use super::{Config, Endpoint, UpstreamCredentials};

/// One thing that an operator may not have meant.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Warning {
    /// Items would cross a network that others may share.
    #[error(
        "{key}: {endpoint} is not on this machine and not https: whoever is on the way can read \
         and change requests and items"
    )]
    PlainHttp {
        /// The key.
        key: &'static str,
        /// Where requests would go.
        endpoint: Endpoint,
    },

    /// Keys that say something of an engine that is not there.
    #[error("upstream.url is set, so these do nothing: {}", keys.join(", "))]
    OnlyEmbedded {
        /// The keys.
        keys: Vec<String>,
    },

    /// Keys that say something of an upstream that is not there.
    #[error("upstream.url is empty, so these do nothing: {}", keys.join(", "))]
    OnlyUpstream {
        /// The keys.
        keys: Vec<String>,
    },
}

impl Config {
    /// What may not be meant; nothing of it keeps the process from starting.
    pub fn warnings(&self) -> Vec<Warning> {
        let has_upstream = self.upstream.url.is_some();
        let keys =
            self.changed_keys(if has_upstream { is_only_embedded } else { is_only_upstream });
        let idle = match keys {
            keys if keys.is_empty() => None,
            keys if has_upstream => Some(Warning::OnlyEmbedded { keys }),
            keys => Some(Warning::OnlyUpstream { keys }),
        };
        let plain = self.plain_endpoints().into_iter();
        let plain = plain.map(|(key, endpoint)| Warning::PlainHttp { key, endpoint });
        plain.chain(idle).collect()
    }

    /// The endpoints that requests and items would cross a network to in the clear.
    fn plain_endpoints(&self) -> Vec<(&'static str, Endpoint)> {
        let upstream = &self.upstream;
        if upstream.url.is_none() || upstream.credentials == UpstreamCredentials::Anonymous {
            return Vec::new();
        }
        let first = upstream.url.iter().map(|endpoint| ("upstream.url", endpoint));
        let others = upstream.endpoints.iter().map(|endpoint| ("upstream.endpoints", endpoint));
        let is_plain = |endpoint: &Endpoint| !endpoint.is_https() && !endpoint.is_loopback();
        let plain = first.chain(others).filter(|(_, endpoint)| is_plain(endpoint));
        plain.map(|(key, endpoint)| (key, endpoint.clone())).collect()
    }

    /// Keys of this kind that are not at their defaults, of sections and of single tables.
    fn changed_keys(&self, is_meant: fn(&Key) -> bool) -> Vec<String> {
        let default = Self::default();
        let keys = SECTIONS.iter().flat_map(|section| section.keys).filter(|key| is_meant(key));
        let (mut changed, mut of_tables) = (Vec::new(), Vec::new());
        for key in keys {
            let by_default = (key.show)(&default);
            if (key.show)(self) != by_default {
                changed.push(key.path());
            }
            for (table, own) in &self.cache_tables {
                let mut shown = own.shown().filter(|(name, _)| *name == key.name);
                if shown.any(|(_, value)| value != by_default) {
                    of_tables.push(Scope::Table(table).path(key.name));
                }
            }
        }
        changed.append(&mut of_tables);
        changed
    }
}

fn is_only_embedded(key: &Key) -> bool {
    match (key.section, key.name) {
        // Hearth's own small state is kept there with an upstream too.
        ("storage", "engine" | "data_dir") => false,
        ("storage" | "streams" | "ttl", _)
        | ("api", "control_plane_delay_ms")
        | ("cache", "audit_one_in" | "hot_keys_dump")
        | ("capacity", "mode") => true,
        _ => false,
    }
}

fn is_only_upstream(key: &Key) -> bool {
    matches!((key.section, key.name), ("upstream", _) | ("cache", "max_stale_ms" | "stream"))
}
