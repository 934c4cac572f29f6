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
                renew(&app, &tls);
                true
            }
            () = app.stale.notified(), if app.settings.dumps.watch.is_some() => {
                tracing::info!("a source has been overwritten");
                true
            }
            () = tick => watcher.has_settled(&app),
        };
        if wanted {
            watcher.tried = Fingerprint::of_all(&app.settings.dumps).ok();
            reload(&app).await;
        }
    }
}

/// Uses the certificate as it is now, which may have been renewed.
fn renew(app: &App, tls: &ArcSwapOption<TlsAcceptor>) {
    if let Some(files) = &app.settings.tls {
        match acceptor(files) {
            Ok(acceptor) => tls.store(Some(Arc::new(acceptor))),
            Err(error) => tracing::error!(%error, "the old certificate is still used"),
        }
    }
}

/// Loads beside what is served, on other threads, and says how that went.
async fn reload(app: &Arc<App>) {
    let loading = Arc::clone(app);
    let result = tokio::task::spawn_blocking(move || loading.reload()).await;
    let failed = match result {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(described(&error)),
        Err(_) => Some("loading panicked".to_owned()),
    };
    app.metrics.reload(failed.is_none());
    match failed {
        None => {
            for mount in &app.served.load().mounts {
                let (api, records) = (mount.api.name, mount.snapshot.len());
                tracing::info!(api, records, "serving what was loaded anew");
            }
        }
        Some(error) => tracing::error!(error, "not loaded: the old records are still served"),
    }
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
}

impl Watcher {
    /// Whether the sources are others than those served, and the same as when last looked at.
    fn has_settled(&mut self, app: &App) -> bool {
        let Ok(now) = Fingerprint::of_all(&app.settings.dumps) else {
            // Being replaced at this moment, or gone: what is served stays.
            self.seen = None;
            return false;
        };
        let changed = now != app.served.load().fingerprint;
        let tried = self.tried.as_ref() == Some(&now);
        let settled = self.seen.as_ref() == Some(&now);
        self.seen = Some(now);
        changed && settled && !tried
    }
}
