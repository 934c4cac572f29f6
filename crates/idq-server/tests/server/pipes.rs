//! Pipes, sockets and devices where files are expected.

use std::fs;
use std::path::Path;

use idq_server::{Access, Error, Server, TlsFiles};

use crate::connection::RunningServer;
use crate::support::{DumpFile, WATCH_INTERVAL, dump, fixture, settings_for};

fn make_pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[tokio::test]
async fn pipe_in_a_served_folder_does_not_delay_a_reload() {
    let dump_file = DumpFile::new(3);
    let folder = &dump_file.folder;
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket.ndjson"));
    make_pipe(&folder.path().join("first.ndjson"));
    let mut settings = settings_for(&[folder.path().to_owned()]);
    settings.load.watch_interval = Some(WATCH_INTERVAL);
    let server = RunningServer::start(settings).await;
    assert_eq!(server.total().await, Some(3));
    make_pipe(&folder.path().join("pipe.ndjson"));
    for records in [5, 2] {
        dump_file.replace(dump(records));
        server.wait_for_total(records).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn named_source_that_is_no_regular_file_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    make_pipe(&fifo);
    let link = folder.path().join("link.ndjson");
    std::os::unix::fs::symlink(&fifo, &link).unwrap();
    let socket = folder.path().join("socket");
    let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (path, kind) in [
        (fifo.as_path(), "a pipe"),
        (&link, "a pipe"),
        (&socket, "a socket"),
        (Path::new("/dev/zero"), "a device"),
    ] {
        let mut settings = settings_for(&[fixture("provisionr.ndjson"), path.to_owned()]);
        settings.listen = ([127, 0, 0, 1], 0).into();
        let refused = Server::start(settings).await.err().unwrap();
        assert!(matches!(refused, Error::NoSource { .. }), "{refused}");
        let message = refused.to_string();
        let name = path.to_str().unwrap();
        assert!(
            message.contains(name) && message.contains(kind),
            "{message}"
        );
    }
}

#[tokio::test]
async fn named_source_replaced_by_a_pipe_fails_to_load_at_once() {
    let dump_file = DumpFile::new(3);
    let file = &dump_file.path;
    let server = RunningServer::start(dump_file.watched()).await;
    fs::remove_file(file).unwrap();
    make_pipe(file);
    server.wait_for_failed_reloads(1).await;
    assert_eq!(server.total().await, Some(3));
    fs::remove_file(file).unwrap();
    fs::write(file, dump(4)).unwrap();
    server.wait_for_total(4).await;
    server.stop().await;
}

#[tokio::test]
async fn token_and_certificate_files_that_are_pipes_are_rejected_before_any_source_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    make_pipe(&fifo);
    let line = idq_server::NewToken::generate().unwrap().file_line();
    let text = folder.path().join("text");
    fs::write(&text, line).unwrap();
    let tls = |certificates: &Path, key: &Path| {
        Some(TlsFiles {
            certificates: certificates.to_owned(),
            key: key.to_owned(),
        })
    };
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificates = folder.path().join("certificate");
    fs::write(&certificates, certificate.cert.pem()).unwrap();
    for (tokens, tls, expected) in [
        (fifo.as_path(), None, "a pipe"),
        (Path::new("/dev/zero"), None, "a device"),
        (folder.path(), None, "a folder"),
        (&text, tls(&fifo, &fifo), "a pipe"),
        (&text, tls(&certificates, &fifo), "a pipe"),
    ] {
        // The source does not exist either, but the error is that of the token or certificate file.
        let mut settings = settings_for(&[folder.path().join("none.ndjson")]);
        settings.access = Access::TokenFile(tokens.to_owned());
        settings.tls = tls;
        let refused = Server::start(settings).await.err().unwrap();
        assert!(
            matches!(refused, Error::NotRegular { found, .. } if found == expected),
            "{refused}"
        );
    }
}
