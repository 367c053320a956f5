//! Rules that no key can keep alone.

use std::iter;
use std::net::SocketAddr;

use super::scope::TABLES;
use super::{Config, Error, QueryCache};

impl Config {
    /// Refuses a configuration whose keys do not go together.
    pub(super) fn check(self) -> Result<Self, Error> {
        self.check_listeners()?;
        self.check_tls()?;
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

    fn check_listeners(&self) -> Result<(), Error> {
        let of_data = self.data_listeners();
        let is_checked = self.auth.credentials.is_some() || self.auth.allow_unauthenticated;
        for (key, listen) in of_data.iter().copied() {
            if is_remote(listen) && !is_checked {
                return Err(Error::OpenToAll { key, listen });
            }
        }
        let admin = ("server.admin_listen", self.server.admin_listen);
        if is_remote(admin.1) && !self.auth.allow_remote_admin {
            return Err(Error::AdminOpenToAll { listen: admin.1 });
        }
        let mut seen: Vec<(&'static str, SocketAddr)> = Vec::new();
        for (key, listen) in of_data.into_iter().chain([admin]).filter(|(_, a)| a.port() != 0) {
            if let Some((other, _)) = seen.iter().find(|(_, taken)| *taken == listen) {
                return Err(Error::SameAddress { key, other, listen });
            }
            seen.push((key, listen));
        }
        Ok(())
    }

    fn check_tls(&self) -> Result<(), Error> {
        let tls = &self.tls;
        let is_file = tls.certificate.is_some() || tls.key.is_some();
        if tls.certificate.is_some() != tls.key.is_some() {
            return Err(Error::HalfACertificate);
        }
        if is_file && tls.self_signed {
            return Err(Error::TwoCertificates);
        }
        let secured = [
            ("server.https_listen", self.server.https_listen),
            ("server.daxs_listen", self.server.daxs_listen),
        ];
        match secured.into_iter().find(|(_, listen)| listen.address().is_some()) {
            Some((key, _)) if !is_file && !tls.self_signed => Err(Error::NoCertificate { key }),
            _ => Ok(()),
        }
    }

    /// The listeners that serve data, by their keys.
    fn data_listeners(&self) -> Vec<(&'static str, SocketAddr)> {
        let server = &self.server;
        let optional = [
            ("server.https_listen", server.https_listen),
            ("server.dax_listen", server.dax_listen),
            ("server.daxs_listen", server.daxs_listen),
        ];
        let optional = optional.into_iter().filter_map(|(key, at)| Some((key, at.address()?)));
        std::iter::once(("server.listen", server.listen)).chain(optional).collect()
    }
}

/// Whether a listener at this address can be reached from other machines.
fn is_remote(address: SocketAddr) -> bool {
    !address.ip().to_canonical().is_loopback()
}
