//! Rules that no key can keep alone.

use std::iter;
use std::net::SocketAddr;

use super::scope::TABLES;
use super::{Config, Error, QueryCache};

impl Config {
    /// Refuses a configuration whose keys do not go together.
    pub(super) fn check(self) -> Result<Self, Error> {
        let (listen, admin_listen) = (self.server.listen, self.server.admin_listen);
        if is_remote(listen) && self.auth.credentials.is_none() && !self.auth.allow_unauthenticated
        {
            return Err(Error::OpenToAll { listen });
        }
        if is_remote(admin_listen) && !self.auth.allow_remote_admin {
            return Err(Error::AdminOpenToAll { listen: admin_listen });
        }
        if listen == admin_listen && listen.port() != 0 {
            return Err(Error::SameAddress { listen });
        }
        if self.auth.admin_token.is_some() && self.auth.admin_token == self.auth.credentials {
            return Err(Error::SameFile);
        }
        let default = ("cache".to_owned(), self.cache_policy_default());
        let of_table = |table: &String| (format!("{TABLES}.{table}"), self.cache_policy(table));
        for (section, policy) in iter::once(default).chain(self.cache_tables.keys().map(of_table)) {
            if policy.query_cache == QueryCache::Dax && policy.query_ttl_ms.is_none() {
                return Err(Error::DaxWithoutTtl { section });
            }
        }
        Ok(self)
    }
}

/// Whether a listener at this address can be reached from other machines.
fn is_remote(address: SocketAddr) -> bool {
    !address.ip().to_canonical().is_loopback()
}
