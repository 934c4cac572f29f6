//! What every request shares.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use crate::cache::Cache;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::scans::{Scans, pool};
use crate::served::Served;
use crate::settings::{Access, Settings};
use crate::tokens::{NewToken, Tokens};

pub(crate) struct App {
    pub(crate) settings: Settings,
    /// What is served now; a request keeps what it began with.
    pub(crate) served: ArcSwap<Served>,
    /// `None` lets everybody in.
    pub(crate) tokens: ArcSwap<Option<Tokens>>,
    pub(crate) scans: Scans,
    pub(crate) metrics: Metrics,
    pub(crate) cache: Cache,
    /// Where the server listens, for clients too old to say whom they ask.
    pub(crate) own_host: String,
    pub(crate) openapi: String,
    /// Somebody has found that a source is no longer what was loaded.
    pub(crate) stale: Notify,
}

impl App {
    /// Loads what is to be served; with the token that was made, if one was.
    pub(crate) fn load(
        settings: Settings,
        listen: SocketAddr,
    ) -> Result<(Arc<Self>, Option<NewToken>), Error> {
        let (tokens, new_token) = match &settings.access {
            Access::TokenFile(file) => (Some(Tokens::read(file)?), None),
            Access::GeneratedToken => {
                let token = NewToken::generate()?;
                (Some(Tokens::only(&token)), Some(token))
            }
            Access::Open => (None, None),
        };
        let served = load(&settings, None)?;
        let limits = &settings.limits;
        let scans = Scans::new(settings.threads, limits.scans, limits.request_time)?;
        let openapi = crate::openapi::document(&served.apis(), &settings);
        let app = Self {
            metrics: Metrics::new(&served.apis()),
            served: ArcSwap::from_pointee(served),
            tokens: ArcSwap::from_pointee(tokens),
            scans,
            cache: Cache::new(settings.limits.cache),
            own_host: listen.to_string(),
            openapi,
            stale: Notify::new(),
            settings,
        };
        Ok((Arc::new(app), new_token))
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
            self.tokens.store(Arc::new(Some(Tokens::read(file)?)));
        }
        Ok(())
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

/// Loads on threads of its own, so that questions go on being answered.
fn load(settings: &Settings, before: Option<&Served>) -> Result<Served, Error> {
    let pool = pool(settings.threads, "idq-load")?;
    pool.install(|| Served::load(&settings.dumps, settings.profile, before))
}
