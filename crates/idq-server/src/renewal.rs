//! Renewal of tokens and certificate, on a thread of its own: no load, and no look at the sources, can hold it back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::Builder;

use arc_swap::ArcSwapOption;
use tokio_rustls::TlsAcceptor;

use crate::app::App;
use crate::error::Error;
use crate::tls::acceptor;

/// The thread that renews, started with the server, so that it is there when it is needed.
pub(crate) struct Renewal {
    wanted: SyncSender<()>,
}

impl Renewal {
    /// Starts the thread, which ends when this is dropped.
    pub(crate) fn start(
        app: Arc<App>,
        tls: Arc<ArcSwapOption<TlsAcceptor>>,
    ) -> Result<Self, Error> {
        let (wanted, renewals) = sync_channel(1);
        let renewing = move || {
            while renewals.recv().is_ok() {
                let renewed = catch_unwind(AssertUnwindSafe(|| renew(&app, &tls)));
                if renewed.is_err() {
                    tracing::error!("renewing panicked: the old tokens are still accepted");
                }
            }
        };
        Builder::new()
            .name("idq-renew".to_owned())
            .spawn(renewing)
            .map_err(Error::Threads)?;
        Ok(Self { wanted })
    }

    /// Asks for a renewal, and returns at once.
    pub(crate) fn ask(&self) {
        // One that is asked for already has not begun: it will read the files as they are by then.
        let _ = self.wanted.try_send(());
    }
}

/// Uses the tokens and the certificate as they are now; what cannot be read stays as it was.
fn renew(app: &App, tls: &ArcSwapOption<TlsAcceptor>) {
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
}
