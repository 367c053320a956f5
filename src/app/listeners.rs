//! Every socket that the process listens on, and what it says of them.

use std::fmt::{self, Display};
use std::net::SocketAddr;
use std::sync::Arc;

use crate::config::Config;
use crate::server::{BindError, Listener, Surroundings, Tls};

/// The bound sockets.
pub(super) struct Listeners {
    pub(super) http: Listener,
    pub(super) https: Option<Listener>,
    pub(super) dax: Option<Listener>,
    pub(super) daxs: Option<Listener>,
    pub(super) admin: Listener,
}

/// Where the process listens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addresses {
    pub(super) http: SocketAddr,
    pub(super) https: Option<SocketAddr>,
    pub(super) dax: Option<SocketAddr>,
    pub(super) daxs: Option<SocketAddr>,
    pub(super) admin: SocketAddr,
}

/// What the listeners of each kind are told to stop by, among others.
pub(super) struct Settings<'a> {
    pub(super) http: &'a dyn Fn() -> Surroundings,
    pub(super) dax: &'a dyn Fn() -> Surroundings,
    pub(super) admin: &'a dyn Fn() -> Surroundings,
}

impl Listeners {
    /// Binds all that the configuration names.
    pub(super) async fn bind(
        config: &Config,
        tls: Option<&Arc<Tls>>,
        settings: Settings<'_>,
    ) -> Result<Self, BindError> {
        let server = &config.server;
        let plain = |address, purpose, setting: &dyn Fn() -> Surroundings| {
            Listener::bind(address, purpose, None, setting())
        };
        let http = plain(server.listen, "DynamoDB", settings.http).await?;
        let https = match server.https_listen.address() {
            Some(at) => Some(Listener::bind(at, "HTTPS", tls.cloned(), (settings.http)()).await?),
            None => None,
        };
        let dax = match server.dax_listen.address() {
            Some(at) => Some(plain(at, "DAX (--dax-listen ADDR|off)", settings.dax).await?),
            None => None,
        };
        let daxs = match server.daxs_listen.address() {
            Some(at) => Some(Listener::bind(at, "daxs://", tls.cloned(), (settings.dax)()).await?),
            None => None,
        };
        let admin = plain(server.admin_listen, "admin", settings.admin).await?;
        Ok(Self { http, https, dax, daxs, admin })
    }

    /// Where they listen.
    pub(super) fn addresses(&self) -> Addresses {
        let address = |listener: &Option<Listener>| listener.as_ref().map(Listener::address);
        Addresses {
            http: self.http.address(),
            https: address(&self.https),
            dax: address(&self.dax),
            daxs: address(&self.daxs),
            admin: self.admin.address(),
        }
    }
}

impl Addresses {
    /// The line that says that the process is ready, for programs.
    pub(super) fn ready_line(&self) -> String {
        let Self { http, https, dax, daxs, admin } = self;
        let [https, dax, daxs] = [https, dax, daxs].map(|address| OrOff(*address));
        format!("ready http={http} https={https} dax={dax} daxs={daxs} admin={admin}")
    }
}

/// An address, or "off".
struct OrOff(Option<SocketAddr>);

impl Display for OrOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("off"),
        }
    }
}
