//! The pager of long output, as git has: on a terminal, output goes through `$IDQ_PAGER`, `$PAGER` or `less`.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// The default pager.
const DEFAULT_PAGER: &str = "less";

/// The options of `less` unless the user has set others: it ends at once if the output fits on the screen, passes
/// colours, and leaves the output on the screen.
const LESS_OPTIONS: &str = "FRX";

/// Whether `--no-pager` was given. The pager belongs to standard output, which is one of the process as well.
static IS_DISABLED: AtomicBool = AtomicBool::new(false);

/// Disables the pager for the whole process.
pub(crate) fn disable_pager() {
    IS_DISABLED.store(true, Ordering::Relaxed);
}

/// A running pager. The command waits for its end when it is dropped, so that messages on standard error follow the
/// output.
pub(super) struct Pager {
    child: Child,
    /// The pipe to the pager; `None` once it is closed.
    input: Option<ChildStdin>,
}

impl Pager {
    /// Starts the pager; `None` if there is none, or it cannot be started.
    pub(super) fn start() -> Option<Self> {
        let mut command = match PagerChoice::of_process() {
            PagerChoice::Absent => return None,
            PagerChoice::Named(pager) => shell_command(pager),
            PagerChoice::Default => Command::new(DEFAULT_PAGER),
        };
        if env::var_os("LESS").is_none() {
            command.env("LESS", LESS_OPTIONS);
        }
        keep_running_on_interrupt();
        let mut child = command.stdin(Stdio::piped()).spawn().ok()?;
        let input = child.stdin.take();
        Some(Self { child, input })
    }
}

/// The pager of standard output.
pub(crate) enum PagerChoice {
    /// None: `--no-pager`, no terminal or a dumb one, or a variable that names none.
    Absent,
    /// The command of a variable, with its options.
    Named(OsString),
    /// That of most systems.
    Default,
}

impl PagerChoice {
    /// Returns the choice of the command line and of the environment.
    pub(crate) fn of_process() -> Self {
        if IS_DISABLED.load(Ordering::Relaxed) || !io::stdout().is_terminal() || is_dumb_terminal()
        {
            return Self::Absent;
        }
        match ["IDQ_PAGER", "PAGER"].into_iter().find_map(env::var_os) {
            Some(pager) if is_no_pager(&pager) => Self::Absent,
            Some(pager) => Self::Named(pager),
            None => Self::Default,
        }
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.input {
            Some(input) => input.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Pager {
    fn drop(&mut self) {
        // The end of its input; otherwise the pager would wait for more.
        self.input = None;
        // The status of a pager that the user has ended says nothing about the command.
        let _ = self.child.wait();
    }
}

/// Returns whether the terminal has no capabilities, such as that of an editor: neither colours nor a pager suit it.
pub(crate) fn is_dumb_terminal() -> bool {
    env::var_os("TERM").is_some_and(|name| name == "dumb")
}

/// Returns whether the name of a pager means none.
fn is_no_pager(pager: &OsString) -> bool {
    let name = pager.to_string_lossy();
    matches!(name.trim(), "" | "cat")
}

/// Returns the command of a pager with its options.
#[cfg(unix)]
fn shell_command(pager: OsString) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(pager);
    command
}

/// Returns the command of a pager; with options, it has none on other systems.
#[cfg(not(unix))]
fn shell_command(pager: OsString) -> Command {
    Command::new(pager)
}

/// Leaves an interrupt from the keyboard to the pager, where it ends a search or a scroll.
#[cfg(unix)]
fn keep_running_on_interrupt() {
    use std::sync::Arc;
    // With a handler, the signal does not end the process. A write to the pager fails once that has ended.
    let _ = signal_hook::flag::register(
        signal_hook::consts::SIGINT,
        Arc::new(AtomicBool::new(false)),
    );
}

/// Does nothing: other systems have no such signal.
#[cfg(not(unix))]
fn keep_running_on_interrupt() {}
