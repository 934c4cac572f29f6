//! State shared by all requests: catalog, tokens, query pool, metrics and response cache.
//!
//! The catalog and the tokens are replaced while requests run. Each is a value behind an atomic pointer (`ArcSwap`), so
//! that readers never block and see either the old or the new value as a whole.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, Notify};
use tokio::time::timeout;

use crate::access::tokens::{NewToken, Tokens};
use crate::catalog::Catalog;
use crate::catalog::sources::SourceFingerprint;
use crate::observe::metrics::Metrics;
use crate::query_pool::QueryPool;
use crate::response::cache::ResponseCache;
use crate::response::openapi;
use crate::startup::error::Error;
use crate::startup::settings::{Access, Settings};
use crate::startup::threads::{build_pool, run_on_thread};

/// The maximum time that a request waits for a check of the sources.
const MAX_CHECK_TIME: Duration = Duration::from_secs(5);

/// State shared by all requests.
pub(crate) struct ServerState {
    /// The settings of the start. They never change: a reload affects records, tokens and the certificate only.
    pub(crate) settings: Settings,
    /// The snapshots served at present. A request uses those with which it began to its end.
    pub(crate) catalog: ArcSwap<Catalog>,
    /// The accepted tokens; `None` admits all clients.
    pub(crate) tokens: ArcSwap<Option<Tokens>>,
    /// The threads that evaluate queries, and the queue before them.
    pub(crate) query_pool: QueryPool,
    /// Counters since the start.
    pub(crate) metrics: Metrics,
    /// Bodies of recent responses.
    pub(crate) cache: ResponseCache,
    /// The bound address, as the host of HTTP/1.0 requests that have no `Host` header.
    pub(crate) own_host: String,
    /// The API description, which depends on the settings and on the APIs, and both are fixed at the start.
    pub(crate) openapi_document: String,
    /// Notified by a request that found the sources changed.
    pub(crate) stale_sources: Notify,
    /// Held by the one request that checks the sources.
    source_check: Arc<Mutex<()>>,
}

impl ServerState {
    /// Loads the sources and builds the state around them.
    pub(crate) fn load(
        settings: Settings,
        listen: SocketAddr,
        tokens: Option<Tokens>,
    ) -> Result<Arc<Self>, Error> {
        let catalog = load_catalog(&settings, None)?;
        let limits = &settings.limits;
        let state = Self {
            query_pool: QueryPool::new(settings.threads, limits)?,
            metrics: Metrics::new()?,
            cache: ResponseCache::new(limits.cache_bytes),
            openapi_document: openapi::document(&catalog.apis(), &settings),
            catalog: ArcSwap::from_pointee(catalog),
            tokens: ArcSwap::from_pointee(tokens),
            own_host: own_host(listen),
            stale_sources: Notify::new(),
            source_check: Arc::new(Mutex::new(())),
            settings,
        };
        Ok(Arc::new(state))
    }

    /// Returns the scheme that clients use without a proxy: `https` if the server itself has TLS.
    pub(crate) fn scheme(&self) -> &'static str {
        match self.settings.tls {
            Some(_) => "https",
            None => "http",
        }
    }

    /// Replaces the accepted tokens by those of the token file. On an error the old ones stay accepted.
    pub(crate) fn renew_tokens(&self) -> Result<(), Error> {
        if let Access::TokenFile(file) = &self.settings.access {
            let tokens = match Tokens::read(file) {
                // At the start an empty file is a mistake. Later it means that the last token was revoked.
                Err(Error::NoToken { .. }) => {
                    tracing::warn!("no token in the file: all requests are rejected");
                    Tokens::empty()
                }
                tokens => tokens?,
            };
            self.tokens.store(Arc::new(Some(tokens)));
        }
        Ok(())
    }

    /// Returns whether the sources differ from those of the catalog; false if the check fails or exceeds its time.
    ///
    /// One request checks at a time, so that a file system that hangs costs one thread.
    pub(crate) async fn has_stale_sources(self: &Arc<Self>) -> bool {
        let state = Arc::clone(self);
        let check = async {
            let guard = Arc::clone(&self.source_check).lock_owned().await;
            let compare = move || {
                let current = SourceFingerprint::of_settings(&state.settings.load);
                // Moved into the thread: the guard is held until the check ends, not until its future is dropped.
                drop(guard);
                current.is_ok_and(|current| current != state.catalog.load().fingerprint)
            };
            run_on_thread("idq-check", compare).await
        };
        matches!(timeout(MAX_CHECK_TIME, check).await, Ok(Ok(true)))
    }

    /// Loads the sources again and replaces the catalog. On an error the old catalog stays in use.
    pub(crate) fn reload(&self) -> Result<(), Error> {
        let served = self.catalog.load_full();
        let catalog = load_catalog(&self.settings, Some(&served))?;
        self.catalog.store(Arc::new(catalog));
        // Not needed for correctness, as cache keys contain the snapshot's version: it frees memory.
        self.cache.clear();
        Ok(())
    }
}

/// Returns the tokens that the settings accept (`None` for all clients), and the generated one, if there is one.
pub(crate) fn initial_tokens(
    settings: &Settings,
) -> Result<(Option<Tokens>, Option<NewToken>), Error> {
    Ok(match &settings.access {
        Access::TokenFile(file) => (Some(Tokens::read(file)?), None),
        Access::GeneratedToken => {
            let token = NewToken::generate()?;
            (Some(Tokens::from_token(&token)), Some(token))
        }
        Access::Open => (None, None),
    })
}

/// Formats the address as a host, without the zone of an IPv6 address, which is invalid in a URL.
fn own_host(listen: SocketAddr) -> String {
    SocketAddr::new(listen.ip(), listen.port()).to_string()
}

/// Loads the catalog on a separate pool, so that a load does not delay queries.
fn load_catalog(settings: &Settings, served: Option<&Catalog>) -> Result<Catalog, Error> {
    let pool = build_pool(settings.threads, "idq-load")?;
    pool.install(|| Catalog::load(&settings.load, settings.profile, served))
}
