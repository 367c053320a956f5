//! Connections that are opened to see whether they can be.
//!
//! Not here: what is said over them (`voice.rs`, `mod.rs`).

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio_rustls::rustls::{self, CertificateError};

use super::PATIENCE;
use crate::load::client::Socket;
use crate::load::target::Tls;
use crate::net::is_untrusted;

/// Why there is no connection.
#[derive(Debug)]
pub enum Unreached {
    /// Nobody listens there.
    Refused,
    /// Nothing came back in time.
    Silent,
    /// The connection stands, but TLS does not.
    Tls(TlsFault),
    /// What the system said.
    Other(io::Error),
}

/// Why TLS cannot be agreed on.
#[derive(Debug)]
pub enum TlsFault {
    /// Nobody who is trusted has signed the certificate.
    UnknownAuthority,
    /// The certificate is for other names.
    WrongName,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// What answers speaks no TLS.
    NotTls,
    /// Anything else, in words.
    Other(String),
}

/// Connects to the first address that accepts, and agrees on TLS if there is one to agree on.
pub(super) async fn connect(
    addresses: &[SocketAddr],
    tls: Option<&Tls>,
) -> Result<(SocketAddr, Socket), Unreached> {
    let connecting = TcpStream::connect(addresses);
    let connected = tokio::time::timeout(PATIENCE, connecting).await;
    let stream = connected.map_err(|_| Unreached::Silent)?.map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => Unreached::Refused,
        io::ErrorKind::TimedOut => Unreached::Silent,
        _ => Unreached::Other(error),
    })?;
    let address = stream.peer_addr().map_err(Unreached::Other)?;
    let Some(tls) = tls else { return Ok((address, Socket::Plain(stream))) };
    let agreeing = tls.trust.agree(&tls.name, stream);
    let agreed = tokio::time::timeout(PATIENCE, agreeing).await;
    // Whoever speaks something else waits for more, or hangs up.
    let agreed = agreed.map_err(|_| Unreached::Tls(TlsFault::NotTls))?;
    let stream = agreed.map_err(|error| Unreached::Tls(fault(&error)))?;
    Ok((address, Socket::Tls(Box::new(stream))))
}

fn fault(error: &io::Error) -> TlsFault {
    if is_untrusted(error) {
        return TlsFault::UnknownAuthority;
    }
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(why)) => match why {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsFault::WrongName
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                TlsFault::Expired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsFault::NotYetValid
            }
            other => TlsFault::Other(other.to_string()),
        },
        // It says something else, or hung up, as whoever cannot read what it is sent does.
        Some(rustls::Error::InvalidMessage(_)) | None => TlsFault::NotTls,
        Some(other) => TlsFault::Other(other.to_string()),
    }
}
