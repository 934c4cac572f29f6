//! A server on a socket, and clients as rude as they come.

use std::net::SocketAddr;
use std::time::Duration;

use idq_server::{Server, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Far longer than anything takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A server that runs until it is told to stop.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), idq_server::Error>>,
}

impl Running {
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

    /// What the server says to these bytes until it hangs up.
    pub(crate) async fn say(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // It may hang up before it has heard everything.
        let _ = stream.write_all(bytes).await;
        heard(&mut stream).await
    }

    /// The answer to a well-formed request.
    pub(crate) async fn get(&self, target: &str) -> String {
        let host = self.address;
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        self.say(request.as_bytes()).await
    }

    /// Tells the server to stop, without waiting.
    pub(crate) fn tell(self) -> JoinHandle<Result<(), idq_server::Error>> {
        let _ = self.stop.send(());
        self.task
    }

    pub(crate) async fn stop(self) {
        timeout(LONG, self.tell()).await.unwrap().unwrap().unwrap();
    }
}

/// Everything until the other side hangs up.
pub(crate) async fn heard(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(LONG, stream.read_to_end(&mut bytes)).await.unwrap();
    // A reset after the answer is a hang-up as well.
    let _ = read;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The status line's number.
pub(crate) fn status(answer: &str) -> u16 {
    let number = answer.split(' ').nth(1);
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no status: {answer:?}"))
}
