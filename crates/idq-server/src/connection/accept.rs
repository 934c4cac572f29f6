//! The accept loop: connections are accepted up to a bound, served by hyper, and closed gracefully at the end.
//!
//! hyper is used directly rather than `axum::serve`, which has neither timeouts nor limits nor access to the socket.
//! From the outside in, a connection consists of the [write timeout](WriteTimeout), TLS, and HTTP/1.1, whose read
//! buffer and head timeout bound a slow or oversized request.

use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::IntGauge;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::connection::reset::{ResetSignal, split_reset};
use crate::connection::write_timeout::WriteTimeout;
use crate::request::client::PeerAddress;
use crate::startup::settings::Limits;
use crate::state::ServerState;

/// The smallest read buffer that hyper accepts.
const MIN_HEAD_BUFFER_BYTES: usize = 8 << 10;

/// The part of the read buffer beyond the limits on target and headers. A request that exceeds a limit by less is
/// parsed and answered with the API's own error, not by hyper.
const HEAD_SLACK_BYTES: usize = 4 << 10;

/// The maximum number of headers of a request.
const MAX_HEADERS: usize = 100;

/// The delay before the next `accept` after one failed, for example because too many files are open.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// The state that all connections share.
pub(crate) struct ConnectionServer {
    /// The state of all requests, for limits and metrics.
    pub(crate) state: Arc<ServerState>,
    /// The service of each connection.
    pub(crate) router: Router,
    /// `None` for HTTP without TLS.
    pub(crate) tls: Arc<ArcSwapOption<TlsAcceptor>>,
}

impl ConnectionServer {
    /// Accepts connections until `stop` completes, then lets requests in flight complete within the grace period.
    pub(crate) async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let limits = self.state.settings.limits.clone();
        let max_connections = limits.max_connections.clamp(1, Semaphore::MAX_PERMITS);
        let permits = Arc::new(Semaphore::new(max_connections));
        let (stop_sender, stopped) = watch::channel(false);
        let server = Arc::new(self);
        let mut stop = pin!(stop);
        loop {
            let accept = accept_connection(&listener, &permits);
            // Biased: under a constant stream of connections, the stop would otherwise be delayed.
            tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accept => {
                    if let Some((stream, peer, permit)) = accepted {
                        let server = Arc::clone(&server);
                        tokio::spawn(server.serve_client(stream, peer, permit, stopped.clone()));
                    }
                }
            }
        }
        drop(listener);
        // The send fails if no connection is open.
        let _ = stop_sender.send(true);
        drop(stopped);
        // All permits are available once all connections are closed.
        let all = u32::try_from(max_connections).unwrap_or(u32::MAX);
        let closed = timeout(limits.grace_period, permits.acquire_many(all)).await;
        if closed.is_err() {
            tracing::warn!("requests in flight were aborted: the grace period is over");
        }
    }

    /// Serves one connection to its end, after the TLS handshake where TLS is configured.
    async fn serve_client(
        self: Arc<Self>,
        stream: TcpStream,
        peer: IpAddr,
        _permit: OwnedSemaphorePermit,
        stopped: watch::Receiver<bool>,
    ) {
        let _guard = ConnectionGuard::new(&self.state.metrics.connections);
        let limits = &self.state.settings.limits;
        // Nagle's algorithm delays the last packet of a response, which is written as a whole.
        let _ = stream.set_nodelay(true);
        let (stream, reset) = split_reset(stream);
        let connection = PeerConnection { peer, reset };
        let stream = WriteTimeout::new(stream, limits.write_timeout);
        match self.tls.load_full() {
            None => self.serve_http(stream, connection, stopped).await,
            Some(tls) => {
                // The handshake has as much time as a request's head.
                if let Ok(Ok(stream)) = timeout(limits.head_timeout, tls.accept(stream)).await {
                    self.serve_http(stream, connection, stopped).await;
                }
            }
        }
    }

    /// Serves HTTP requests on a stream until either side closes it or the server stops.
    async fn serve_http(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        connection: PeerConnection,
        mut stopped: watch::Receiver<bool>,
    ) {
        let router = self.router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request
                .extensions_mut()
                .insert(PeerAddress(connection.peer));
            let response = router.clone().oneshot(request);
            let reset = connection.reset.clone();
            async move {
                tokio::select! {
                    response = response => response.map_err(|never| match never {}),
                    // Dropping the response's future cancels its query.
                    error = reset.wait() => Err(error),
                }
            }
        });
        let limits = &self.state.settings.limits;
        let http = http1::Builder::new()
            .timer(TokioTimer::new())
            // A client may close its sending side after its last request, and still reads the response.
            .half_close(true)
            .header_read_timeout(limits.head_timeout)
            .max_buf_size(head_buffer_bytes(limits))
            .max_headers(MAX_HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        let mut http = pin!(http);
        let stop = async {
            // An error means that the sender has been dropped, which also ends the server.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        let result = tokio::select! {
            result = http.as_mut() => result,
            () = stop => {
                http.as_mut().graceful_shutdown();
                http.await
            }
        };
        if let Err(error) = result {
            // Disconnects, timeouts and malformed requests are the client's: they are not errors of the server.
            tracing::debug!(%error, "connection closed");
        }
    }
}

/// Accepts one connection as soon as one of the permits is available. Returns `None` after a failure.
async fn accept_connection(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> Option<(TcpStream, IpAddr, OwnedSemaphorePermit)> {
    // Without a permit, connections stay in the system's backlog.
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer.ip(), permit)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            sleep(ACCEPT_RETRY_DELAY).await;
            None
        }
    }
}

/// The client's end of a connection.
struct PeerConnection {
    peer: IpAddr,
    reset: ResetSignal,
}

/// Counts an open connection until it is dropped, also when its task is aborted.
struct ConnectionGuard<'g>(&'g IntGauge);

impl<'g> ConnectionGuard<'g> {
    fn new(gauge: &'g IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for ConnectionGuard<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Returns the size of the read buffer: the largest head that is parsed, rather than rejected by hyper with an empty
/// body.
fn head_buffer_bytes(limits: &Limits) -> usize {
    let largest_head = limits.max_target_bytes + limits.max_header_bytes + HEAD_SLACK_BYTES;
    largest_head.max(MIN_HEAD_BUFFER_BYTES)
}
