//! Building of the TLS acceptor from a certificate chain and its private key.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::access::secret_file::read_secret_file;
use crate::startup::error::Error;
use crate::startup::settings::TlsFiles;

/// Reads the files and returns an acceptor of TLS 1.2 and 1.3 connections.
///
/// # Errors
/// A file cannot be read or is not PEM, or the key does not belong to the certificate.
pub(crate) fn build_acceptor(files: &TlsFiles) -> Result<TlsAcceptor, Error> {
    let tls_error = |file: &Path, reason: String| Error::Tls {
        file: file.to_owned(),
        reason,
    };
    let pem = read_secret_file(&files.certificates)?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| tls_error(&files.certificates, error.to_string()))?;
    if certificates.is_empty() {
        let reason = "expected a certificate in PEM, found none".to_owned();
        return Err(tls_error(&files.certificates, reason));
    }
    let key = PrivateKeyDer::from_pem_slice(&read_secret_file(&files.key)?)
        .map_err(|error| tls_error(&files.key, error.to_string()))?;
    // The provider is named here, as rustls has no default one where several are compiled in.
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(certificates, key)
        })
        .map_err(|error| tls_error(&files.key, error.to_string()))?;
    // The server has no HTTP/2: ALPN keeps clients from trying it.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
