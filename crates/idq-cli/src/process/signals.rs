//! Signals that stop a command: temporary files are removed before the process ends.

use anyhow::Result;

/// Installs handlers of SIGINT, SIGTERM and SIGHUP that remove unfinished files and then end the process by the signal.
///
/// A signal that the parent process ignores, as `nohup` does, stays ignored.
///
/// # Errors
/// The system refuses a handler or a thread.
#[cfg(unix)]
pub(crate) fn remove_unfinished_on_signals() -> Result<()> {
    use std::sync::atomic::{AtomicBool, Ordering};

    use anyhow::anyhow;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    // A command may write several outputs, but one listener suffices.
    static IS_INSTALLED: AtomicBool = AtomicBool::new(false);
    if IS_INSTALLED.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let stopping = [SIGINT, SIGTERM, SIGHUP].into_iter();
    let mut signals = Signals::new(stopping.filter(|&signal| !is_ignored(signal)))
        .map_err(|error| anyhow!("cannot listen for signals: {error}"))?;
    let listen = move || {
        if let Some(signal) = signals.forever().next() {
            // Held until the end of the process, so that no other thread creates a file meanwhile.
            let _stopped = idq_files::remove_temporaries();
            // A shell ends its script if a command is killed by the signal, but not if it exits with status 130.
            let _ = emulate_default_handler(signal);
            std::process::exit(128 + signal);
        }
    };
    std::thread::Builder::new()
        .spawn(listen)
        .map_err(|error| anyhow!("cannot start threads: {error}"))?;
    Ok(())
}

/// Returns whether the process ignores a signal, as a child of `nohup` does.
#[cfg(unix)]
#[expect(
    unsafe_code,
    reason = "no crate reads the action of a signal without setting it: rustix has none, and nix the same unsafe call"
)]
fn is_ignored(signal: i32) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: a null pointer for the new action is allowed and changes nothing; the old action is written to memory of
    // its type.
    let status = unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) };
    // SAFETY: the type consists of integers and nullable pointers, for which zeros are valid.
    let action = unsafe { action.assume_init() };
    status == 0 && action.sa_sigaction == libc::SIG_IGN
}

/// Does nothing on other systems, where a process that is stopped leaves its unfinished file.
#[cfg(not(unix))]
pub(crate) fn remove_unfinished_on_signals() -> Result<()> {
    Ok(())
}
