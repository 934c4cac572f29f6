//! [`Server`]: starts all parts in their order, runs until it is stopped, and shuts down gracefully.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use crate::access::renewal::Renewal;
use crate::access::tls::build_acceptor;
use crate::access::tokens::NewToken;
use crate::catalog::reload::{handle_hangups, run_load, run_reloads};
use crate::connection::accept::ConnectionServer;
use crate::request::router::build_router;
use crate::startup::error::Error;
use crate::startup::settings::Settings;
use crate::startup::signals::{HangupSignal, stop_signal};
use crate::state::{ServerState, initial_tokens};

/// A server that has loaded its snapshots and is bound to its address, but does not accept connections yet.
pub struct Server {
    state: Arc<ServerState>,
    router: Router,
    listener: TcpListener,
    address: SocketAddr,
    /// `None` for HTTP without TLS. Replaced as a whole when the certificate is renewed.
    tls: Arc<ArcSwapOption<TlsAcceptor>>,
    new_token: Option<NewToken>,
    hangup: HangupSignal,
    renewal: Renewal,
}

/// An API that a server serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedApi {
    /// The API's title, for people.
    pub title: String,
    /// The path of its collection.
    pub path: String,
    /// The number of its records.
    pub records: u64,
}

impl Server {
    /// Checks the settings, reads tokens and certificate, binds the address, and loads the sources.
    ///
    /// # Errors
    /// The settings are out of bounds or would expose records, the address cannot be bound, a file cannot be read, or a
    /// source cannot be loaded.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        // Small files come before the sources, whose load can take minutes: their errors are reported at once.
        let (tokens, new_token) = initial_tokens(&settings)?;
        let tls = settings.tls.as_ref().map(build_acceptor).transpose()?;
        let tls = Arc::new(ArcSwapOption::new(tls.map(Arc::new)));
        // The handler comes before the load: until it is installed, a hangup ends the process.
        let hangup = HangupSignal::install()?;
        let listen = settings.listen;
        let listen_error = |error| Error::Listen { listen, error };
        let listener = TcpListener::bind(listen).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let state = run_load(move || ServerState::load(settings, address, tokens)).await?;
        Ok(Self {
            router: build_router(&state)?,
            renewal: Renewal::start(Arc::clone(&state), Arc::clone(&tls))?,
            state,
            listener,
            address,
            tls,
            new_token,
            hangup,
        })
    }

    /// Returns the bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of the index page.
    pub fn url(&self) -> String {
        format!("{}://{}/", self.state.scheme(), self.address)
    }

    /// Returns the APIs that are served at present.
    pub fn served_apis(&self) -> Vec<ServedApi> {
        let catalog = self.state.catalog.load();
        let snapshots = catalog.snapshots.iter();
        snapshots
            .map(|served| ServedApi {
                title: served.api.title.clone(),
                path: served.api.collection_path.clone(),
                records: served.engine.snapshot().rows(),
            })
            .collect()
    }

    /// Returns the token that was generated under [`Access::GeneratedToken`](crate::Access::GeneratedToken). The server
    /// itself has its hash only.
    pub fn new_token(&self) -> Option<&NewToken> {
        self.new_token.as_ref()
    }

    /// Returns the routes, to be called without a connection or mounted in another server, which then is responsible
    /// for TLS and for slow clients.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Serves until SIGTERM or Ctrl-C, and loads the sources again at SIGHUP.
    ///
    /// # Errors
    /// None at present.
    pub async fn run(self) -> Result<(), Error> {
        self.run_until(stop_signal()).await
    }

    /// Serves until the future completes, then finishes requests in flight within the grace period.
    ///
    /// # Errors
    /// None at present.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let load_requests = Arc::new(Notify::new());
        let hangups = handle_hangups(self.hangup, self.renewal, Arc::clone(&load_requests));
        let reloads = run_reloads(Arc::clone(&self.state), load_requests, ServerState::reload);
        let tasks = [tokio::spawn(hangups), tokio::spawn(reloads)];
        let connections = ConnectionServer {
            state: self.state,
            router: self.router,
            tls: self.tls,
        };
        connections.serve(self.listener, stop).await;
        for task in tasks {
            task.abort();
        }
        tracing::info!("stopped");
        Ok(())
    }
}
