//! Detection of connection resets (TCP RST) while a request is being answered, so that its query can be cancelled.
//!
//! The end of the client's sending side (FIN) is not sufficient: a client that only half-closed the connection still
//! reads the response, and until data is sent to it, it cannot be distinguished from one that has closed it entirely. A
//! reset is unambiguous.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// A TCP stream that shares its socket with a [`ResetSignal`].
///
/// `tokio::io::split` does not fit: its lock keeps a task from polling readiness while another one reads.
pub(crate) struct ResetAwareStream {
    read: Arc<OwnedReadHalf>,
    write: OwnedWriteHalf,
}

/// A handle that detects the reset of a connection.
#[derive(Clone)]
pub(crate) struct ResetSignal(Arc<OwnedReadHalf>);

/// Splits a stream into one for reading and writing, and the signal of its reset.
pub(crate) fn split_reset(stream: TcpStream) -> (ResetAwareStream, ResetSignal) {
    let (read, write) = stream.into_split();
    let read = Arc::new(read);
    let reset = ResetSignal(Arc::clone(&read));
    (ResetAwareStream { read, write }, reset)
}

impl ResetSignal {
    /// Completes with an error once the client has reset the connection; never, if it does not.
    pub(crate) async fn wait(self) -> io::Error {
        match self.0.ready(Interest::ERROR).await {
            Ok(_) => io::ErrorKind::ConnectionReset.into(),
            Err(error) => error,
        }
    }
}

/// Reads through a shared reference, as the signal holds another one.
impl AsyncRead for ResetAwareStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream: &TcpStream = self.read.as_ref().as_ref();
        loop {
            ready!(stream.poll_read_ready(context))?;
            match stream.try_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                // The readiness was stale: poll again.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// Passes all writes on.
impl AsyncWrite for ResetAwareStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.write).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.write).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.write.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    async fn connected_pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn reset_of_an_aborted_connection_is_detected() {
        let (client, socket) = connected_pair().await;
        let (_stream, reset) = split_reset(socket);
        // With a linger time of zero, closing sends a reset.
        client.set_zero_linger().unwrap();
        drop(client);
        assert_eq!(reset.wait().await.kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn reset_of_a_half_closed_connection_is_not_assumed() {
        use tokio::io::AsyncReadExt;

        let (mut client, socket) = connected_pair().await;
        let (mut stream, reset) = split_reset(socket);
        client.shutdown().await.unwrap();
        // The end of input has been read, and the client still reads.
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
        stream.write_all(b"response").await.unwrap();
        let mut response = [0; 8];
        client.read_exact(&mut response).await.unwrap();
        tokio::select! {
            biased;
            error = reset.wait() => panic!("{error}"),
            () = std::future::ready(()) => {}
        }
    }
}
