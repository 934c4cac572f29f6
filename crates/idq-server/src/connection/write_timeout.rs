//! A timeout for writes to a client that has stopped reading.
//!
//! The crate `tokio-io-timeout` restarts its timer whenever any byte is written, so a client that reads one byte now
//! and then keeps its connection open forever (a slow-read attack). Here the timer runs from the first incomplete write
//! until a write completes as a whole.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A stream whose writes fail if the client does not accept one as a whole within a time.
pub(crate) struct WriteTimeout<S> {
    stream: S,
    max_time: Duration,
    /// Boxed, as a `Sleep` must be pinned.
    timer: Pin<Box<Sleep>>,
    /// Whether the timer runs: the last write was incomplete.
    is_timing: bool,
}

impl<S> WriteTimeout<S> {
    /// Wraps a stream. A write may take `max_time` from the point at which it is first incomplete.
    pub(crate) fn new(stream: S, max_time: Duration) -> Self {
        Self {
            stream,
            max_time,
            timer: Box::pin(sleep(max_time)),
            is_timing: false,
        }
    }

    /// Starts or stops the timer according to the result of a write of `length` bytes, and fails a pending one once the
    /// timer has elapsed.
    fn check_write(
        &mut self,
        context: &mut Context<'_>,
        length: usize,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            // The socket buffer is full, and the rest will follow in another write.
            Poll::Ready(Ok(count)) if count < length => {
                self.start_timer();
                written
            }
            // The client has accepted all of it, or the connection has failed.
            Poll::Ready(_) => {
                self.is_timing = false;
                written
            }
            Poll::Pending => {
                self.start_timer();
                ready!(self.timer.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }

    /// Starts the timer unless it runs already.
    fn start_timer(&mut self) {
        if !self.is_timing {
            self.is_timing = true;
            self.timer.as_mut().reset(Instant::now() + self.max_time);
        }
    }
}

/// Reads without a timeout: hyper has those of the head, and the server ignores bodies.
impl<S: AsyncRead + Unpin> AsyncRead for WriteTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

/// Checks each write. Flushing and closing pass through, since plain TCP has no buffer to flush.
impl<S: AsyncWrite + Unpin> AsyncWrite for WriteTimeout<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.check_write(context, bytes.len(), written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = pieces.iter().map(|piece| piece.len()).sum();
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.check_write(context, length, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn write_to_a_client_that_reads_too_slowly_times_out() {
        let (near, mut far) = duplex(16);
        let mut stream = WriteTimeout::new(near, Duration::from_millis(20));
        // A write that fits into the buffer completes.
        stream.write_all(&[0; 16]).await.unwrap();
        let reader = tokio::spawn(async move {
            // Reading a byte now and then does not restart the timer.
            while far.read_u8().await.is_ok() {
                sleep(Duration::from_millis(10)).await;
            }
        });
        let error = stream.write_all(&[0; 1 << 10]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(stream);
        reader.await.unwrap();
    }
}
