//! TLS towards the relay: rustls with ring and Mozilla's roots, plus one file of own roots for private relays.

use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::errors::Trouble;

/// How the connection to the relay is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Not at all; for a relay on the same machine or network.
    None,
    /// Plain greeting, then STARTTLS; a relay without it is not used.
    StartTls,
    /// TLS from the first byte (port 465).
    Implicit,
}

/// Builds the client's side of TLS. `Err` is the rest of a sentence about the file.
pub(super) fn client(ca_file: Option<&Path>) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
        let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        if certificates.is_empty() {
            return Err("it holds no certificate in PEM form".to_owned());
        }
        for certificate in certificates {
            roots.add(certificate).map_err(|error| error.to_string())?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The name that the relay's certificate must carry.
pub(super) fn server_name(host: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(host.to_owned()).ok()
}

/// Shakes hands over an open socket.
pub(super) async fn handshake(
    connector: &TlsConnector,
    name: ServerName<'static>,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, Trouble> {
    Ok(connector.connect(name, stream).await?)
}
