//! What the system tells the server.

use std::future::pending;

use crate::startup::error::Error;

/// Tells when to load anew.
pub(crate) struct HangupSignal {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
    /// Hangups that a test gives.
    #[cfg(test)]
    given: Option<tokio::sync::mpsc::UnboundedReceiver<()>>,
}

impl HangupSignal {
    /// SIGHUP, where there is such a thing.
    pub(crate) fn listen() -> Result<Self, Error> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let signal = signal(SignalKind::hangup()).map_err(Error::System)?;
            Ok(Self {
                signal: Some(signal),
                #[cfg(test)]
                given: None,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {
            #[cfg(test)]
            given: None,
        })
    }

    /// Hangups that are given by a channel.
    #[cfg(test)]
    pub(crate) fn given(given: tokio::sync::mpsc::UnboundedReceiver<()>) -> Self {
        Self {
            #[cfg(unix)]
            signal: None,
            given: Some(given),
        }
    }

    pub(crate) async fn received(&mut self) {
        #[cfg(test)]
        if let Some(given) = &mut self.given
            && given.recv().await.is_some()
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

/// Waits until the server is to stop: SIGTERM, or Ctrl-C.
pub(crate) async fn stop() {
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
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}
