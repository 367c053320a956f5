//! The certificate that HTTPS and daxs:// show.
//!
//! Not here: TLS itself (`server/tls.rs`).

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use super::Error;
use crate::config::{Config, EngineKind};
use crate::server::Tls;

/// The certificate of this configuration, if it has one.
pub(super) fn of(config: &Config) -> Result<Option<Arc<Tls>>, Error> {
    if let (Some(certificate), Some(key)) = (&config.tls.certificate, &config.tls.key) {
        return Ok(Some(Arc::new(Tls::load(certificate, key)?)));
    }
    if !config.tls.self_signed {
        return Ok(None);
    }
    let (tls, pem) = Tls::self_signed(names(config))?;
    if config.storage.engine == EngineKind::Disk {
        let path = config.storage.data_dir.join(FILE);
        fs::write(&path, pem).map_err(|source| Error::KeepCertificate { path, source })?;
    }
    Ok(Some(Arc::new(tls)))
}

/// Takes a certificate that was renewed.
pub(super) fn renew(tls: Option<&Arc<Tls>>, config: &Config) -> Result<(), Error> {
    if let (Some(tls), Some(certificate), Some(key)) =
        (tls, &config.tls.certificate, &config.tls.key)
    {
        tls.reload(certificate, key)?;
    }
    Ok(())
}

fn names(config: &Config) -> Vec<String> {
    let server = &config.server;
    let listens = [server.https_listen.address(), server.daxs_listen.address()];
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let specific = |address: &SocketAddr| !address.ip().is_unspecified();
    names.extend(listens.into_iter().flatten().filter(specific).map(|a| a.ip().to_string()));
    names.extend(server.allowed_hosts.iter().cloned());
    names.sort();
    names.dedup();
    names
}

const FILE: &str = "tls.pem";
