//! Loading anew: when told to, and when a source has been replaced.

use std::future::pending;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use idq::LoadErrorKind;
use tokio::time::interval;
use tokio_rustls::TlsAcceptor;

use crate::app::App;
use crate::error::Error;
use crate::signals::Hangup;
use crate::sources::Fingerprint;
use crate::tls::acceptor;

/// Keeps what is served up to date, for ever.
pub(crate) async fn keep_up(
    app: Arc<App>,
    tls: Arc<ArcSwapOption<TlsAcceptor>>,
    mut hangup: Hangup,
) {
    let mut ticks = app.settings.dumps.watch.map(interval);
    let mut watcher = Watcher::default();
    loop {
        let tick = async {
            match &mut ticks {
                Some(ticks) => {
                    ticks.tick().await;
                }
                None => pending().await,
            }
        };
        let wanted = tokio::select! {
            () = hangup.received() => {
                tracing::info!("told to reload");
                renew(&app, &tls).await;
                true
            }
            () = app.stale.notified(), if app.settings.dumps.watch.is_some() => {
                let now = look(&app).await.ok();
                let wanted = watcher.has_hope(now.as_ref());
                if wanted {
                    tracing::info!("a source has been overwritten");
                }
                wanted
            }
            () = tick => {
                let now = look(&app).await;
                if let Some(error) = watcher.has_lost(&now) {
                    tracing::error!(error, "not loaded: the old records are still served");
                    app.metrics.reload(false);
                }
                watcher.has_settled(&app, now.ok())
            }
        };
        if wanted {
            watcher.tried = look(&app).await.ok();
            watcher.failed = !reload(&app).await;
        }
    }
}

/// The sources as they are now, or why they cannot be looked at: one is being replaced at this moment, or gone.
pub(crate) async fn look(app: &Arc<App>) -> Result<Fingerprint, Error> {
    let app = Arc::clone(app);
    // A folder on another machine can keep a thread waiting.
    let looking = move || Fingerprint::of_all(&app.settings.dumps);
    tokio::task::spawn_blocking(looking)
        .await
        .map_err(|error| Error::System(std::io::Error::other(error)))?
}

/// Uses the tokens and the certificate as they are now; what cannot be read stays as it was.
async fn renew(app: &Arc<App>, tls: &Arc<ArcSwapOption<TlsAcceptor>>) {
    let (app, tls) = (Arc::clone(app), Arc::clone(tls));
    let renewing = move || {
        if let Err(error) = app.renew_tokens() {
            tracing::error!(%error, "the old tokens are still accepted");
            app.metrics.reload(false);
        }
        match app.settings.tls.as_ref().map(acceptor).transpose() {
            Ok(acceptor) => tls.store(acceptor.map(Arc::new)),
            Err(error) => {
                tracing::error!(%error, "the old certificate is still used");
                app.metrics.reload(false);
            }
        }
    };
    // Whoever panicked has said so.
    let _ = tokio::task::spawn_blocking(renewing).await;
}

/// Loads beside what is served, on other threads, and says how that went. Whether it went well.
async fn reload(app: &Arc<App>) -> bool {
    let loading = Arc::clone(app);
    let result = tokio::task::spawn_blocking(move || loading.reload()).await;
    let failed = match result {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(described(&error)),
        Err(_) => Some("loading panicked".to_owned()),
    };
    app.metrics.reload(failed.is_none());
    let succeeded = failed.is_none();
    match failed {
        None => {
            for mount in &app.served.load().mounts {
                let (api, records) = (mount.api.name, mount.snapshot.len());
                tracing::info!(api, records, "serving what was loaded anew");
            }
        }
        Some(error) => tracing::error!(error, "not loaded: the old records are still served"),
    }
    succeeded
}

/// What went wrong, without values from the records: those are personal data.
fn described(error: &Error) -> String {
    match error {
        Error::Load(load) if matches!(*load.kind, LoadErrorKind::Record(_)) => {
            let place = |name: &str, place: Option<u64>| {
                place.map_or_else(String::new, |at| format!(", {name} {at}"))
            };
            let field = load.path.as_ref();
            format!(
                "{}{}{}{}{}: the record cannot be read",
                idq::escape(&load.file),
                place("record", load.record),
                place("line", load.line),
                place("byte", load.offset),
                field.map_or_else(String::new, |field| format!(", field {field}")),
            )
        }
        error => error.to_string(),
    }
}

/// Finds out when sources have been replaced, and nobody writes to them any more.
#[derive(Default)]
struct Watcher {
    /// What was seen last time.
    seen: Option<Fingerprint>,
    /// What was loaded last, or failed to be.
    tried: Option<Fingerprint>,
    failed: bool,
    /// How often in a row the sources could not be looked at.
    lost: u32,
}

impl Watcher {
    /// What is wrong with the sources, the second time in a row that they cannot be looked at: the first time one may
    /// just be being replaced, and afterwards it has been said.
    fn has_lost(&mut self, now: &Result<Fingerprint, Error>) -> Option<String> {
        let Err(error) = now else {
            self.lost = 0;
            return None;
        };
        self.lost = self.lost.saturating_add(1);
        (self.lost == 2).then(|| described(error))
    }

    /// Whether the sources are others than those served, and the same as when last looked at.
    fn has_settled(&mut self, app: &App, now: Option<Fingerprint>) -> bool {
        let changed = now
            .as_ref()
            .is_some_and(|now| *now != app.served.load().fingerprint);
        let wanted = changed && self.tried != now && self.seen == now;
        self.seen = now;
        wanted
    }

    /// Whether loading could succeed: it has not failed before with the sources as they are now.
    fn has_hope(&self, now: Option<&Fingerprint>) -> bool {
        !self.failed || self.tried.as_ref() != now
    }
}
