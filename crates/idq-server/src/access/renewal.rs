//! Renewal of tokens and certificate at a SIGHUP, on dedicated threads, so that neither a load nor a slow source delays
//! it: a revoked token is refused within moments.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::Builder;

use arc_swap::ArcSwapOption;
use tokio_rustls::TlsAcceptor;

use crate::access::tls::build_acceptor;
use crate::observe::metrics::Outcome;
use crate::startup::error::Error;
use crate::state::ServerState;

/// Handle of the renewal threads.
///
/// They are started with the server, because the system might refuse threads later. There is one for each kind of file,
/// so that a file system that hangs for one kind does not delay the other.
pub(crate) struct Renewal {
    tokens: SyncSender<()>,
    certificate: SyncSender<()>,
}

impl Renewal {
    /// Starts the threads; they end when the handle is dropped.
    pub(crate) fn start(
        state: Arc<ServerState>,
        tls: Arc<ArcSwapOption<TlsAcceptor>>,
    ) -> Result<Self, Error> {
        let state_of_tokens = Arc::clone(&state);
        Ok(Self {
            tokens: spawn_worker("idq-tokens", move || renew_tokens(&state_of_tokens))?,
            certificate: spawn_worker("idq-certificate", move || renew_certificate(&state, &tls))?,
        })
    }

    /// Requests a renewal of both, without blocking.
    pub(crate) fn request(&self) {
        // A full channel holds a request that has not been handled yet, which will read the current files.
        let _ = self.tokens.try_send(());
        let _ = self.certificate.try_send(());
    }
}

/// Starts a thread that runs `renew` once for each request. At most one further request is pending.
fn spawn_worker(
    name: &'static str,
    renew: impl Fn() + Send + 'static,
) -> Result<SyncSender<()>, Error> {
    let (sender, requests) = sync_channel(1);
    let run = move || {
        while requests.recv().is_ok() {
            // A panic must not end the thread: later revocations would have no effect.
            if catch_unwind(AssertUnwindSafe(&renew)).is_err() {
                tracing::error!("{name} panicked: its files were not renewed");
            }
        }
    };
    let thread = Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(Error::Threads)?;
    Ok(sender)
}

/// Replaces the accepted tokens by those of the file. The old ones stay accepted if the file cannot be read.
fn renew_tokens(state: &ServerState) {
    let renewed = state.renew_tokens();
    state.metrics.count_renewal(Outcome::from(&renewed));
    match renewed {
        Ok(()) => tracing::info!("tokens renewed"),
        Err(error) => {
            tracing::error!(%error, "tokens not renewed: the old tokens are still accepted");
        }
    }
}

/// Replaces certificate and key by those of the files. The old ones stay in use if the files cannot be read.
fn renew_certificate(state: &ServerState, tls: &ArcSwapOption<TlsAcceptor>) {
    let Some(files) = &state.settings.tls else {
        return;
    };
    let renewed = build_acceptor(files);
    state.metrics.count_renewal(Outcome::from(&renewed));
    match renewed {
        Ok(acceptor) => {
            tls.store(Some(Arc::new(acceptor)));
            tracing::info!("certificate renewed");
        }
        Err(error) => {
            tracing::error!(%error, "certificate not renewed: the old one is still in use");
        }
    }
}
