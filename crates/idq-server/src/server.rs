use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::app::{App, tokens};
use crate::connections::Connections;
use crate::error::Error;
use crate::reload::{heed, keep_up, loading};
use crate::renewal::Renewal;
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
    renewal: Renewal,
}

impl Server {
    /// Checks the settings, reads tokens and certificate, listens, and loads.
    ///
    /// # Errors
    /// Settings that would expose records, an address that cannot be listened on, files that cannot be read, signals
    /// that cannot be listened to.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        guard(&settings)?;
        // Before any source is looked at: a load can take long, and these are told at once.
        let (tokens, new_token) = tokens(&settings)?;
        let tls = settings
            .tls
            .as_ref()
            .map(acceptor)
            .transpose()?
            .map(Arc::new);
        let tls = Arc::new(ArcSwapOption::new(tls));
        let listen = settings.listen;
        let unheard = |error| Error::Listen { listen, error };
        // First of all: loading takes its time, and a hangup meanwhile would end the process.
        let hangup = Hangup::listen()?;
        let listener = TcpListener::bind(listen).await.map_err(unheard)?;
        let address = listener.local_addr().map_err(unheard)?;
        let app = loading(move || App::load(settings, address, tokens)).await?;
        Ok(Self {
            router: router(&app)?,
            renewal: Renewal::start(Arc::clone(&app), Arc::clone(&tls))?,
            app,
            listener,
            address,
            tls,
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
    pub fn served(&self) -> Vec<(String, String, u64)> {
        let served = self.app.served.load();
        let mounts = served.mounts.iter();
        mounts
            .map(|mount| {
                (
                    mount.api.title.clone(),
                    mount.api.collection_path.clone(),
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
        let loads = Arc::new(Notify::new());
        let heeding = tokio::spawn(heed(self.hangup, self.renewal, Arc::clone(&loads)));
        let keeping = tokio::spawn(keep_up(Arc::clone(&self.app), loads, App::reload));
        let connections = Connections {
            app: self.app,
            router: self.router,
            tls: self.tls,
        };
        connections.serve(self.listener, stop).await;
        heeding.abort();
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
