//! Slow and idle clients, and clients that close their connection early.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::connection::{LONG, RunningServer, read_to_end, status};
use crate::support::{DumpFile, both_apis};

#[tokio::test]
async fn request_head_that_arrives_too_slowly_is_aborted() {
    let mut settings = both_apis();
    settings.limits.head_timeout = Duration::from_millis(200);
    let server = RunningServer::start(settings).await;
    let stream = server.connect().await;
    let (mut reader, mut writer) = stream.into_split();
    let trickle = tokio::spawn(async move {
        let head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
        for byte in head.iter().chain(std::iter::repeat(&b'a')) {
            // Until the server closes the connection.
            if writer.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    });
    let mut bytes = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut bytes);
    let _ = timeout(LONG, read)
        .await
        .expect("the server closes the connection");
    assert!(!String::from_utf8_lossy(&bytes).contains(" 200 "));
    timeout(LONG, trickle)
        .await
        .expect("the write fails")
        .unwrap();
    server.stop().await;
}

#[tokio::test]
async fn thousand_idle_connections_do_not_block_other_clients() {
    idq_server::raise_open_file_limit();
    let mut settings = both_apis();
    settings.limits.head_timeout = Duration::from_secs(2);
    let server = RunningServer::start(settings).await;
    let mut idle: Vec<TcpStream> = Vec::new();
    for _ in 0..1_000 {
        idle.push(server.connect().await);
    }
    // Half of them send an incomplete request.
    for stream in idle.iter_mut().step_by(2) {
        // The first ones may be closed already.
        let _ = stream.write_all(b"GET /api/identities HTTP/1.1\r\n").await;
    }
    for _ in 0..20 {
        assert_eq!(
            status(&server.get("/api/v1/directory/identities").await),
            200
        );
    }
    // All of them are closed at their timeout.
    for mut stream in idle {
        read_to_end(&mut stream).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn connection_beyond_the_limit_is_accepted_once_another_closes() {
    let mut settings = both_apis();
    settings.limits.max_connections = 2;
    settings.limits.head_timeout = Duration::from_millis(300);
    let server = RunningServer::start(settings).await;
    let _idle = [server.connect().await, server.connect().await];
    // Accepted once the idle connections are closed at their timeout.
    assert_eq!(status(&server.get("/healthz").await), 200);
    server.stop().await;
}

#[tokio::test]
async fn connection_whose_client_stops_reading_is_closed() {
    let dump_file = DumpFile::new(20_000);
    let mut settings = dump_file.settings();
    settings.limits.write_timeout = Duration::from_millis(200);
    settings.limits.max_per_page = 20_000;
    settings.limits.max_connections = 1;
    let server = RunningServer::start(settings).await;
    // Requests far more than the socket buffers hold, and reads none of it.
    let mut unread = server.connect().await;
    let one = "GET /api/v1/directory/identities?per_page=20000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    unread.write_all(one.repeat(10).as_bytes()).await.unwrap();
    // The only permit is free again once the unread connection is closed.
    assert_eq!(status(&server.get("/healthz").await), 200);
    server.stop().await;
}

#[tokio::test]
async fn clients_that_disconnect_do_not_block_others() {
    let server = RunningServer::start(both_apis()).await;
    for _ in 0..100 {
        let mut stream = server.connect().await;
        stream
            .write_all(b"GET /api/v1/directory/identities HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        drop(stream);
    }
    assert_eq!(status(&server.get("/api/identities").await), 200);
    server.stop().await;
}

#[tokio::test]
async fn client_that_closes_its_sending_side_receives_its_responses() {
    let server = RunningServer::start(both_apis()).await;
    let one = "GET /api/v1/directory/identities HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for requests in [1, 3] {
        for _ in 0..20 {
            let mut stream = server.connect().await;
            stream
                .write_all(one.repeat(requests).as_bytes())
                .await
                .unwrap();
            stream.shutdown().await.unwrap();
            let responses = read_to_end(&mut stream).await;
            assert_eq!(
                responses.matches("HTTP/1.1 200 ").count(),
                requests,
                "{responses}"
            );
            assert!(responses.ends_with('}'), "{responses}");
        }
    }
    // An incomplete request has no response.
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: loc")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    assert!(!read_to_end(&mut stream).await.contains(" 200 "));
    server.stop().await;
}
