use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::Router;
use tokio::net::TcpListener;

use crate::app::App;
use crate::connections::Connections;
use crate::error::Error;
use crate::reload::keep_up;
use crate::router::router;
use crate::settings::{Access, PlainHttp, Settings};
use crate::signals::{Hangup, stop};
use crate::tls::acceptor;
use crate::tokens::NewToken;

/// A server that has loaded its snapshots and listens, but has not answered anybody yet.
pub struct Server {
    app: Arc<App>,
    router: Router,
    listener: TcpListener,
    address: SocketAddr,
    tls: Arc<ArcSwapOption<tokio_rustls::TlsAcceptor>>,
    new_token: Option<NewToken>,
    hangup: Hangup,
}

impl Server {
    /// Checks the settings, listens, and loads.
    ///
    /// # Errors
    /// Settings that would expose records, an address that cannot be listened on, files that cannot be read, signals
    /// that cannot be listened to.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        guard(&settings)?;
        let tls = settings
            .tls
            .as_ref()
            .map(acceptor)
            .transpose()?
            .map(Arc::new);
        let listen = settings.listen;
        let unheard = |error| Error::Listen { listen, error };
        // First of all: loading takes its time, and a hangup meanwhile would end the process.
        let hangup = Hangup::listen()?;
        let listener = TcpListener::bind(listen).await.map_err(unheard)?;
        let address = listener.local_addr().map_err(unheard)?;
        let loading = tokio::task::spawn_blocking(move || App::load(settings, address));
        let (app, new_token) = loading
            .await
            .map_err(|error| Error::System(std::io::Error::other(error)))??;
        Ok(Self {
            router: router(&app)?,
            app,
            listener,
            address,
            tls: Arc::new(ArcSwapOption::new(tls)),
            new_token,
            hangup,
        })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of its front page.
    pub fn url(&self) -> String {
        format!("{}://{}/", self.app.scheme(), self.address)
    }

    /// What is served: each API's name for people, its path, and how many records it has.
    pub fn served(&self) -> Vec<(&'static str, &'static str, u64)> {
        let served = self.app.served.load();
        let mounts = served.mounts.iter();
        mounts
            .map(|mount| {
                (
                    mount.api.title,
                    mount.api.collection_path,
                    mount.snapshot.len(),
                )
            })
            .collect()
    }

    /// The token that was made for want of a token file. It is kept nowhere else.
    pub fn new_token(&self) -> Option<&NewToken> {
        self.new_token.as_ref()
    }

    /// Its routes, to be called without a connection or mounted in a server of one's own, which then has to see to
    /// slow clients and TLS.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Answers until SIGTERM or Ctrl-C, and loads anew at SIGHUP.
    ///
    /// # Errors
    /// None so far.
    pub async fn run(self) -> Result<(), Error> {
        self.run_until(stop()).await
    }

    /// Answers until this is over, then finishes requests in flight, as long as the grace period lasts.
    ///
    /// # Errors
    /// None so far.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let keeping = tokio::spawn(keep_up(
            Arc::clone(&self.app),
            Arc::clone(&self.tls),
            self.hangup,
        ));
        let connections = Connections {
            app: self.app,
            router: self.router,
            tls: self.tls,
        };
        connections.serve(self.listener, stop).await;
        keeping.abort();
        tracing::info!("stopped");
        Ok(())
    }
}

/// Refuses what would let strangers read the records.
fn guard(settings: &Settings) -> Result<(), Error> {
    let listen = settings.listen;
    if listen.ip().is_loopback() {
        return Ok(());
    }
    if !matches!(settings.access, Access::TokenFile(_)) {
        return Err(Error::Exposed { listen });
    }
    if settings.tls.is_none() && settings.plain == PlainHttp::Loopback {
        return Err(Error::Plain { listen });
    }
    Ok(())
}
