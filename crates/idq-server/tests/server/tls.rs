//! TLS: certificates, and connections over it.

use std::fs;
use std::sync::Arc;

use idq_server::{Error, Server, TlsFiles};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::connection::{RunningServer, status};
use crate::support::both_apis;

/// Generates a self-signed certificate and writes its files.
fn generate_certificate(folder: &std::path::Path) -> (TlsFiles, CertificateDer<'static>) {
    let generated = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = TlsFiles {
        certificates: folder.join("cert.pem"),
        key: folder.join("key.pem"),
    };
    fs::write(&files.certificates, generated.cert.pem()).unwrap();
    fs::write(&files.key, generated.signing_key.serialize_pem()).unwrap();
    (files, generated.cert.der().clone())
}

/// Connects to a server, and accepts this certificate only.
async fn connect_tls(
    server: &RunningServer,
    root: CertificateDer<'static>,
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let name = ServerName::try_from("localhost").unwrap();
    connector
        .connect(name, server.connect().await)
        .await
        .unwrap()
}

/// Starts a server with a certificate, and connects to it.
async fn start_and_connect() -> (RunningServer, TlsStream<TcpStream>) {
    let folder = tempfile::tempdir().unwrap();
    let (files, root) = generate_certificate(folder.path());
    let mut settings = both_apis();
    settings.tls = Some(files);
    let server = RunningServer::start(settings).await;
    let stream = connect_tls(&server, root).await;
    (server, stream)
}

#[tokio::test]
async fn page_urls_over_tls_have_the_scheme_https() {
    let (server, mut stream) = start_and_connect().await;
    let request =
        "GET /api/v1/directory/identities HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert_eq!(status(&response), 200);
    assert!(
        response
            .contains("\"next_page_url\":\"https://localhost/api/v1/directory/identities?page=2\"")
    );
    // HTTP without TLS fails on this port.
    let plain = server.get("/healthz").await;
    assert!(!plain.contains("HTTP/1.1 200"));
    server.stop().await;
}

#[tokio::test]
async fn files_that_are_no_certificates_prevent_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = generate_certificate(folder.path());
    for wrong in [
        TlsFiles {
            certificates: files.key.clone(),
            key: files.key.clone(),
        },
        TlsFiles {
            certificates: files.certificates.clone(),
            key: files.certificates.clone(),
        },
    ] {
        let mut settings = both_apis();
        settings.tls = Some(wrong);
        let refused = Server::start(settings).await.err();
        assert!(matches!(refused, Some(Error::Tls { .. })));
    }
    let mut settings = both_apis();
    settings.tls = Some(TlsFiles {
        certificates: folder.path().join("none"),
        key: files.key,
    });
    let refused = Server::start(settings).await.err();
    assert!(matches!(refused, Some(Error::File { .. })));
}

#[tokio::test]
async fn client_that_closes_its_sending_side_receives_its_response_over_tls() {
    let (server, mut stream) = start_and_connect().await;
    let request = "GET /api/v1/directory/identities HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    // Sends the alert `close_notify`, and closes the sending side.
    stream.shutdown().await.unwrap();
    let mut response = String::new();
    // The server may close the connection without an alert.
    let _ = stream.read_to_string(&mut response).await;
    assert_eq!(status(&response), 200);
    server.stop().await;
}
