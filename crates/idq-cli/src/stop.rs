//! What the command does when it is told to stop.

use anyhow::Result;

/// From now on SIGINT, SIGTERM and SIGHUP end the process as ever, but what is unfinished is removed before.
///
/// # Errors
/// The system refuses.
#[cfg(unix)]
pub(crate) fn remove_unfinished_when_stopped() -> Result<()> {
    use std::sync::atomic::{AtomicBool, Ordering};

    use anyhow::anyhow;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    static LISTENS: AtomicBool = AtomicBool::new(false);
    if LISTENS.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let wanted = [SIGINT, SIGTERM, SIGHUP].into_iter();
    let mut signals = Signals::new(wanted.filter(|&signal| !is_ignored(signal)))
        .map_err(|error| anyhow!("cannot listen for signals: {error}"))?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            let _stopped = idq_files::remove_temporaries();
            // A shell ends its script where a command has died of the signal, not where it has exited with 130.
            let _ = emulate_default_handler(signal);
            std::process::exit(128 + signal);
        }
    };
    std::thread::Builder::new()
        .spawn(wait)
        .map_err(|error| anyhow!("cannot start threads: {error}"))?;
    Ok(())
}

/// Whether whoever started the command wants it to live on, as `nohup` does.
#[cfg(unix)]
#[expect(
    unsafe_code,
    reason = "no crate reads the action of a signal without setting it: rustix has none, and nix the same unsafe call"
)]
fn is_ignored(signal: i32) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action, which may be null, nothing is changed; the old one is written to where there is room
    // for it.
    let status = unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) };
    // SAFETY: it consists of numbers and of pointers that may be null, for which zeros will do.
    let action = unsafe { action.assume_init() };
    status == 0 && action.sa_sigaction == libc::SIG_IGN
}

/// Elsewhere a process that is stopped leaves the unfinished file.
#[cfg(not(unix))]
pub(crate) fn remove_unfinished_when_stopped() -> Result<()> {
    Ok(())
}
