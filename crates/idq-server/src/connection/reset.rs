//! Noticing that a client has reset its connection while its request is being answered.
//!
//! A client that closes its sending side may still read: it cannot be told from one that has closed altogether until
//! something is written to it. A reset is beyond doubt.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// A connection whose reset can be waited for beside reading and writing.
pub(crate) struct ResetAwareStream {
    read: Arc<OwnedReadHalf>,
    write: OwnedWriteHalf,
}

/// The reset of a connection.
#[derive(Clone)]
pub(crate) struct ResetSignal(Arc<OwnedReadHalf>);

/// The connection, and its reset.
pub(crate) fn watched(stream: TcpStream) -> (ResetAwareStream, ResetSignal) {
    let (read, write) = stream.into_split();
    let read = Arc::new(read);
    let reset = ResetSignal(Arc::clone(&read));
    (ResetAwareStream { read, write }, reset)
}

impl ResetSignal {
    /// Waits until the client has reset the connection: for ever, if it does not.
    pub(crate) async fn wait(self) -> io::Error {
        match self.0.ready(Interest::ERROR).await {
            Ok(_) => io::ErrorKind::ConnectionReset.into(),
            Err(error) => error,
        }
    }
}

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
                // Something else has read meanwhile: wait again.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

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

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn reset_of_a_client_that_aborts_is_noticed() {
        let (client, stream) = pair().await;
        let (_watched, reset) = watched(stream);
        // Closing with nothing to wait for sends a reset.
        client.set_zero_linger().unwrap();
        drop(client);
        assert_eq!(reset.wait().await.kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn reset_of_a_client_that_closes_its_sending_side_is_not_assumed() {
        use tokio::io::AsyncReadExt;

        let (mut client, stream) = pair().await;
        let (mut watched, reset) = watched(stream);
        client.shutdown().await.unwrap();
        // The end has been read, and the connection still takes an answer.
        assert_eq!(watched.read(&mut [0; 8]).await.unwrap(), 0);
        watched.write_all(b"answer").await.unwrap();
        let mut answer = [0; 6];
        client.read_exact(&mut answer).await.unwrap();
        tokio::select! {
            biased;
            error = reset.wait() => panic!("{error}"),
            () = std::future::ready(()) => {}
        }
    }
}
