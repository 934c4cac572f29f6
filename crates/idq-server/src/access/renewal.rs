//! Renewal of tokens and certificate, on threads of their own: no load, and no look at the sources, can hold them back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::Builder;

use arc_swap::ArcSwapOption;
use tokio_rustls::TlsAcceptor;

use crate::access::tls::acceptor;
use crate::startup::error::Error;
use crate::state::ServerState;

/// The threads that renew, started with the server, so that they are there when they are needed. Each has files of its
/// own: a file system that hangs under the one does not hold back the other.
pub(crate) struct Renewal {
    tokens: SyncSender<()>,
    certificate: SyncSender<()>,
}

impl Renewal {
    /// Starts the threads, which end when this is dropped.
    pub(crate) fn start(
        app: Arc<ServerState>,
        tls: Arc<ArcSwapOption<TlsAcceptor>>,
    ) -> Result<Self, Error> {
        let for_tokens = Arc::clone(&app);
        Ok(Self {
            tokens: each_time("idq-tokens", move || renew_tokens(&for_tokens))?,
            certificate: each_time("idq-certificate", move || renew_certificate(&app, &tls))?,
        })
    }

    /// Requests a renewal, and returns at once.
    pub(crate) fn request(&self) {
        // A pending request has not begun: it will read the files as they are by then.
        let _ = self.tokens.try_send(());
        let _ = self.certificate.try_send(());
    }
}

/// Starts a thread that runs `work` at each request.
fn each_time(
    name: &'static str,
    work: impl Fn() + Send + 'static,
) -> Result<SyncSender<()>, Error> {
    let (request, requests) = sync_channel(1);
    let working = move || {
        while requests.recv().is_ok() {
            if catch_unwind(AssertUnwindSafe(&work)).is_err() {
                tracing::error!("{name} panicked: what it renews stays as it was");
            }
        }
    };
    let thread = Builder::new().name(name.to_owned()).spawn(working);
    thread.map_err(Error::Threads)?;
    Ok(request)
}

/// Accepts the tokens that the file has now; where it cannot be read, the old ones.
fn renew_tokens(app: &ServerState) {
    let renewed = app.renew_tokens();
    app.metrics.renewal(renewed.is_ok());
    match renewed {
        Ok(()) => tracing::info!("tokens renewed"),
        Err(error) => tracing::error!(%error, "the old tokens are still accepted"),
    }
}

/// Uses the certificate and the key that the files have now; where they cannot be read, the old ones.
fn renew_certificate(app: &ServerState, tls: &ArcSwapOption<TlsAcceptor>) {
    let Some(files) = &app.settings.tls else {
        return;
    };
    let renewed = acceptor(files);
    app.metrics.renewal(renewed.is_ok());
    match renewed {
        Ok(acceptor) => {
            tls.store(Some(Arc::new(acceptor)));
            tracing::info!("certificate renewed");
        }
        Err(error) => tracing::error!(%error, "the old certificate is still used"),
    }
}
