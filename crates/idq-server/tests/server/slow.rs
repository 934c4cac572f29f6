//! Clients that take their time.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::client::{LONG, Running, heard, status};
use crate::support::{both, dump, of};

#[tokio::test]
async fn request_head_that_arrives_too_slowly_is_aborted() {
    let mut settings = both();
    settings.limits.head_timeout = Duration::from_millis(200);
    let server = Running::start(settings).await;
    let stream = server.connect().await;
    let (mut reader, mut writer) = stream.into_split();
    let trickle = tokio::spawn(async move {
        let head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
        for byte in head.iter().chain(std::iter::repeat(&b'a')) {
            // Until the server has had enough.
            if writer.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    });
    let mut bytes = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut bytes);
    let _ = timeout(LONG, read).await.expect("the server hangs up");
    assert!(!String::from_utf8_lossy(&bytes).contains(" 200 "));
    timeout(LONG, trickle)
        .await
        .expect("and takes no more")
        .unwrap();
    server.stop().await;
}

#[tokio::test]
async fn thousand_idle_connections_do_not_block_other_clients() {
    idq_server::raise_open_file_limit();
    let mut settings = both();
    settings.limits.head_timeout = Duration::from_secs(2);
    let server = Running::start(settings).await;
    let mut idle: Vec<TcpStream> = Vec::new();
    for _ in 0..1_000 {
        idle.push(server.connect().await);
    }
    // Half of them have begun a request.
    for stream in idle.iter_mut().step_by(2) {
        // The first may have been let go by now.
        let _ = stream.write_all(b"GET /api/identities HTTP/1.1\r\n").await;
    }
    for _ in 0..20 {
        assert_eq!(
            status(&server.get("/api/v1/directory/identities").await),
            200
        );
    }
    // Each of them is let go in the end.
    for mut stream in idle {
        heard(&mut stream).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn connection_beyond_the_limit_is_accepted_once_another_closes() {
    let mut settings = both();
    settings.limits.max_connections = 2;
    settings.limits.head_timeout = Duration::from_millis(300);
    let server = Running::start(settings).await;
    let _idle = [server.connect().await, server.connect().await];
    // Answered once the idle ones have been let go.
    assert_eq!(status(&server.get("/healthz").await), 200);
    server.stop().await;
}

#[tokio::test]
async fn connection_whose_client_stops_reading_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.ndjson");
    std::fs::write(&file, dump(20_000)).unwrap();
    let mut settings = of(&[file]);
    settings.limits.write_timeout = Duration::from_millis(200);
    settings.limits.max_per_page = 20_000;
    settings.limits.max_connections = 1;
    let server = Running::start(settings).await;
    // Asks for far more than fits into the sockets, and never reads it.
    let mut deaf = server.connect().await;
    let one = "GET /api/v1/directory/identities?per_page=20000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    deaf.write_all(one.repeat(10).as_bytes()).await.unwrap();
    // There is one place: it is free again once the deaf one is let go.
    assert_eq!(status(&server.get("/healthz").await), 200);
    server.stop().await;
}

#[tokio::test]
async fn clients_that_disconnect_do_not_block_others() {
    let server = Running::start(both()).await;
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
    let server = Running::start(both()).await;
    let one = "GET /api/v1/directory/identities HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for requests in [1, 3] {
        for _ in 0..20 {
            let mut stream = server.connect().await;
            stream
                .write_all(one.repeat(requests).as_bytes())
                .await
                .unwrap();
            stream.shutdown().await.unwrap();
            let answers = heard(&mut stream).await;
            assert_eq!(
                answers.matches("HTTP/1.1 200 ").count(),
                requests,
                "{answers}"
            );
            assert!(answers.ends_with('}'), "{answers}");
        }
    }
    // A request that has no end is none.
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: loc")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    assert!(!heard(&mut stream).await.contains(" 200 "));
    server.stop().await;
}
