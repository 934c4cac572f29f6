//! Clients: accepted, limited, and let go.

use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::connection::reset::{ResetSignal, watched};
use crate::connection::write_timeout::WriteTimeout;
use crate::request::client::PeerAddress;
use crate::startup::settings::Limits;
use crate::state::ServerState;

/// The fewest bytes that hyper takes for a request's head.
const LEAST_HEAD: usize = 8 << 10;

/// Room for a request's head beyond its target and headers: what is a little too large gets a proper answer.
const HEAD_SLACK: usize = 4 << 10;

/// The most headers in a request.
const MOST_HEADERS: usize = 100;

/// How long to wait where no client can be accepted: too many files are open, say.
const BREATH: Duration = Duration::from_millis(50);

/// What every connection needs.
pub(crate) struct Connections {
    pub(crate) app: Arc<ServerState>,
    pub(crate) router: Router,
    /// `None` for plain HTTP.
    pub(crate) tls: Arc<ArcSwapOption<TlsAcceptor>>,
}

impl Connections {
    /// Accepts clients until it is told to stop, then waits for requests in flight, as long as the grace lasts.
    pub(crate) async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let limits = self.app.settings.limits.clone();
        let places = limits.max_connections.clamp(1, Semaphore::MAX_PERMITS);
        let free = Arc::new(Semaphore::new(places));
        let (stopping, stopped) = watch::channel(false);
        let this = Arc::new(self);
        let mut stop = pin!(stop);
        loop {
            let accepted = async {
                let permit = Arc::clone(&free).acquire_owned().await.ok()?;
                match listener.accept().await {
                    Ok((stream, peer)) => Some((stream, peer.ip(), permit)),
                    Err(error) => {
                        tracing::warn!(%error, "a client could not be accepted");
                        sleep(BREATH).await;
                        None
                    }
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accepted => {
                    if let Some((stream, peer, permit)) = accepted {
                        let this = Arc::clone(&this);
                        tokio::spawn(this.client(stream, peer, permit, stopped.clone()));
                    }
                }
            }
        }
        drop(listener);
        // A send fails only where nobody is connected.
        let _ = stopping.send(true);
        drop(stopped);
        let all = u32::try_from(places).unwrap_or(u32::MAX);
        if timeout(limits.grace_period, free.acquire_many(all))
            .await
            .is_err()
        {
            tracing::warn!("requests in flight were cut off: the grace period is over");
        }
    }

    async fn client(
        self: Arc<Self>,
        stream: TcpStream,
        peer: IpAddr,
        _place: OwnedSemaphorePermit,
        stopped: watch::Receiver<bool>,
    ) {
        let _counted = ConnectionGuard::new(&self.app.metrics.connections);
        let limits = &self.app.settings.limits;
        // Answers are written as a whole: waiting for more gains nothing.
        let _ = stream.set_nodelay(true);
        let (stream, reset) = watched(stream);
        let from = PeerConnection { peer, reset };
        let stream = WriteTimeout::new(stream, limits.write_timeout);
        match self.tls.load_full() {
            None => self.talk(stream, from, stopped).await,
            Some(tls) => {
                // A client that does not know what it wants gets as much time as for a head.
                if let Ok(Ok(stream)) = timeout(limits.head_timeout, tls.accept(stream)).await {
                    self.talk(stream, from, stopped).await;
                }
            }
        }
    }

    async fn talk(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        from: PeerConnection,
        mut stopped: watch::Receiver<bool>,
    ) {
        let router = self.router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(PeerAddress(from.peer));
            let (answer, reset) = (router.clone().oneshot(request), from.reset.clone());
            async move {
                tokio::select! {
                    answer = answer => answer.map_err(|never| match never {}),
                    // Dropping the answer cancels its scan.
                    error = reset.wait() => Err(error),
                }
            }
        });
        let limits = &self.app.settings.limits;
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // A client that has sent all it had to say may close its side, and still reads the answer.
            .half_close(true)
            .header_read_timeout(limits.head_timeout)
            .max_buf_size(head_bytes(limits))
            .max_headers(MOST_HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let told = async {
            // Whoever could tell being gone means the same.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = told => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            // Clients break off, time out and send nonsense: no matter of ours.
            tracing::debug!(%error, "a client was let go");
        }
    }
}

/// The other end of a connection.
struct PeerConnection {
    peer: IpAddr,
    reset: ResetSignal,
}

/// Counts one more until it goes out of scope, however that happens.
struct ConnectionGuard<'c>(&'c AtomicU64);

impl<'c> ConnectionGuard<'c> {
    fn new(count: &'c AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for ConnectionGuard<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn head_bytes(limits: &Limits) -> usize {
    (limits.max_target_bytes + limits.max_header_bytes + HEAD_SLACK).max(LEAST_HEAD)
}
