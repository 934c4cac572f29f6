//! What every request shares.

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
use crate::query_pool::{QueryPool, pool};
use crate::response::cache::ResponseCache;
use crate::startup::error::Error;
use crate::startup::settings::{Access, Settings};
use crate::startup::threads;

pub(crate) struct ServerState {
    pub(crate) settings: Settings,
    /// What is served now; a request keeps what it began with.
    pub(crate) served: ArcSwap<Catalog>,
    /// `None` lets everybody in.
    pub(crate) tokens: ArcSwap<Option<Tokens>>,
    pub(crate) scans: QueryPool,
    pub(crate) metrics: Metrics,
    pub(crate) cache: ResponseCache,
    /// The address that the server listens on, for clients too old to name a host.
    pub(crate) own_host: String,
    pub(crate) openapi: String,
    /// A request has found that a source is no longer what was loaded.
    pub(crate) stale: Notify,
    /// Held by the one request that looks at the sources.
    looking: Arc<Mutex<()>>,
}

impl ServerState {
    /// Loads what is to be served; `tokens` are those of the settings.
    pub(crate) fn load(
        settings: Settings,
        listen: SocketAddr,
        tokens: Option<Tokens>,
    ) -> Result<Arc<Self>, Error> {
        let served = load(&settings, None)?;
        let limits = &settings.limits;
        let scans = QueryPool::new(
            settings.threads,
            limits.max_running_queries,
            limits.max_waiting_per_client,
            limits.request_timeout,
        )?;
        let openapi = crate::response::openapi::document(&served.apis(), &settings);
        let app = Self {
            metrics: Metrics::new(&served.apis()),
            served: ArcSwap::from_pointee(served),
            tokens: ArcSwap::from_pointee(tokens),
            scans,
            cache: ResponseCache::new(settings.limits.cache_bytes),
            own_host: own_host(listen),
            openapi,
            stale: Notify::new(),
            looking: Arc::new(Mutex::new(())),
            settings,
        };
        Ok(Arc::new(app))
    }

    /// `https` where the server itself speaks TLS.
    pub(crate) fn scheme(&self) -> &'static str {
        match self.settings.tls {
            Some(_) => "https",
            None => "http",
        }
    }

    /// Accepts the tokens that the file has now; on an error, those that it had before.
    pub(crate) fn renew_tokens(&self) -> Result<(), Error> {
        if let Access::TokenFile(file) = &self.settings.access {
            let tokens = match Tokens::read(file) {
                // A file whose last token was taken out lets nothing in; at the start it would be a mistake.
                Err(Error::NoToken { .. }) => {
                    tracing::warn!("no token in the file: every request is refused");
                    Tokens::none()
                }
                tokens => tokens?,
            };
            self.tokens.store(Arc::new(Some(tokens)));
        }
        Ok(())
    }

    /// Whether the sources are known to be others than those served. Where they cannot be looked at in time, they are
    /// not; a look that hangs keeps other requests from looking, so it takes one thread.
    pub(crate) async fn has_stale_sources(self: &Arc<Self>) -> bool {
        let app = Arc::clone(self);
        let looking = async {
            let one = Arc::clone(&self.looking).lock_owned().await;
            let look = move || {
                let now = SourceFingerprint::of_all(&app.settings.load);
                drop(one);
                now.is_ok_and(|now| now != app.served.load().fingerprint)
            };
            threads::run("idq-look", look).await
        };
        matches!(timeout(MAX_LOOK, looking).await, Ok(Ok(true)))
    }

    /// Loads the sources anew and serves them; on an error, what was served before goes on.
    pub(crate) fn reload(&self) -> Result<(), Error> {
        let before = self.served.load_full();
        let served = load(&self.settings, Some(&before))?;
        self.served.store(Arc::new(served));
        // Versions tell old answers from new ones: this only makes room.
        self.cache.clear();
        Ok(())
    }
}

/// How long a request waits for a look at the sources.
const MAX_LOOK: Duration = Duration::from_secs(5);

/// Returns the tokens that these settings accept, `None` for all requests, and the token that was made, if one was.
pub(crate) fn tokens(settings: &Settings) -> Result<(Option<Tokens>, Option<NewToken>), Error> {
    Ok(match &settings.access {
        Access::TokenFile(file) => (Some(Tokens::read(file)?), None),
        Access::GeneratedToken => {
            let token = NewToken::generate()?;
            (Some(Tokens::only(&token)), Some(token))
        }
        Access::Open => (None, None),
    })
}

/// The address as a host, without the zone that an IPv6 address may have.
fn own_host(listen: SocketAddr) -> String {
    SocketAddr::new(listen.ip(), listen.port()).to_string()
}

/// Loads on threads of its own, so that questions go on being answered.
fn load(settings: &Settings, before: Option<&Catalog>) -> Result<Catalog, Error> {
    let pool = pool(settings.threads, "idq-load")?;
    pool.install(|| Catalog::load(&settings.load, settings.profile, before))
}
