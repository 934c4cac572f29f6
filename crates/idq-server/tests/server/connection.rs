//! Servers on a socket, and connections of clients that violate the protocol.

use std::net::SocketAddr;
use std::time::Duration;

use idq_server::{Server, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::support::sample;

/// A time that no test exceeds unless the server hangs.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A server on a socket.
pub(crate) struct RunningServer {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), idq_server::Error>>,
}

impl RunningServer {
    pub(crate) async fn start(settings: Settings) -> Self {
        let server = Server::start(settings).await.unwrap();
        let address = server.address();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run_until(async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            task,
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and returns all that the server sends until it closes the connection.
    pub(crate) async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // The server may close the connection before it has read everything.
        let _ = stream.write_all(bytes).await;
        read_to_end(&mut stream).await
    }

    /// Sends a well-formed GET request.
    pub(crate) async fn get(&self, target: &str) -> String {
        let host = self.address;
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        self.send(request.as_bytes()).await
    }

    /// Returns the number of served Provisionr records, or `None` if they cannot be served.
    pub(crate) async fn total(&self) -> Option<u64> {
        let page = self.get("/api/v1/directory/identities?per_page=1").await;
        let (_, rest) = page.split_once("\"total\":")?;
        rest.trim_end_matches('}').parse().ok()
    }

    /// Returns the sample of one metric.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        sample(&self.get("/metrics").await, name)
    }

    /// Returns the number of failed reloads.
    pub(crate) async fn failed_reloads(&self) -> u64 {
        self.metric("idq_reloads_total{result=\"failure\"}").await
    }

    /// Completes once this number of records is served.
    pub(crate) async fn wait_for_total(&self, records: usize) {
        wait_until(|| async { self.total().await == Some(records as u64) }).await;
    }

    /// Completes once this number of reloads has failed.
    pub(crate) async fn wait_for_failed_reloads(&self, failures: u64) {
        wait_until(|| async { self.failed_reloads().await == failures }).await;
    }

    /// Requests a shutdown, and returns the task that runs it.
    pub(crate) fn request_stop(self) -> JoinHandle<Result<(), idq_server::Error>> {
        let _ = self.stop.send(());
        self.task
    }

    pub(crate) async fn stop(self) {
        let stopped = timeout(LONG, self.request_stop()).await;
        stopped.unwrap().unwrap().unwrap();
    }
}

/// Polls until a condition holds.
pub(crate) async fn wait_until<F: Future<Output = bool>>(mut condition: impl FnMut() -> F) {
    let poll = async {
        while !condition().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONG, poll).await.expect("the condition never held");
}

/// Reads until the server closes the connection.
pub(crate) async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset after the response closes the connection as well.
    let _ = timeout(LONG, stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the status of a response.
pub(crate) fn status(response: &str) -> u16 {
    let number = response.split(' ').nth(1);
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no status: {response:?}"))
}
