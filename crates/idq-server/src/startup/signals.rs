//! Signals: SIGHUP requests a reload, SIGTERM and SIGINT (Ctrl-C) stop the server.

use std::future::pending;

use crate::startup::error::Error;

/// A stream of reload requests: SIGHUP, where the system has it.
pub(crate) struct HangupSignal {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
    /// Replaces the signal in tests.
    #[cfg(test)]
    simulated: Option<tokio::sync::mpsc::UnboundedReceiver<()>>,
}

impl HangupSignal {
    /// Installs the handler. From then on a hangup no longer ends the process.
    pub(crate) fn install() -> Result<Self, Error> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let signal = signal(SignalKind::hangup()).map_err(Error::System)?;
            Ok(Self {
                signal: Some(signal),
                #[cfg(test)]
                simulated: None,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {
            #[cfg(test)]
            simulated: None,
        })
    }

    /// Takes hangups from a channel instead of the process.
    #[cfg(test)]
    pub(crate) fn from_channel(simulated: tokio::sync::mpsc::UnboundedReceiver<()>) -> Self {
        Self {
            #[cfg(unix)]
            signal: None,
            simulated: Some(simulated),
        }
    }

    /// Completes at the next hangup; never, where the system has none.
    pub(crate) async fn recv(&mut self) {
        #[cfg(test)]
        if let Some(simulated) = &mut self.simulated
            && simulated.recv().await.is_some()
        {
            return;
        }
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        pending::<()>().await;
    }
}

/// Completes at SIGTERM or Ctrl-C.
pub(crate) async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    // Without a handler the signal keeps its default action, which ends the process.
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}
