//! The pager of long output, as git has: on a terminal, output goes through `$IDQ_PAGER`, `$PAGER` or `less`.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
#[cfg(unix)]
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::print_status;

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
    _interrupts: InterruptGuard,
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
        // The output is UTF-8 in any locale.
        if env::var_os("LESSCHARSET").is_none() {
            command.env("LESSCHARSET", "utf-8");
        }
        let interrupts = InterruptGuard::new();
        let mut child = command.stdin(Stdio::piped()).spawn().ok()?;
        let input = child.stdin.take();
        Some(Self {
            child,
            input,
            _interrupts: interrupts,
        })
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
        let status = self.child.wait().ok().and_then(|status| status.code());
        // Any other status is that of a pager which the user has ended, and says nothing about the command.
        if status.is_some_and(|status| SHELL_FAILURES.contains(&status)) {
            print_status(
                "warning: the pager of IDQ_PAGER or PAGER cannot be run, so the output is lost: --no-pager prints it",
            );
        }
    }
}

/// The exit statuses of a shell whose command cannot be run or is not found.
const SHELL_FAILURES: [i32; 2] = [126, 127];

/// Leaves interrupts from the keyboard to a child that has the terminal, where they end a search or a scroll, until it
/// is dropped.
#[cfg(unix)]
pub(crate) struct InterruptGuard(Arc<AtomicBool>);

#[cfg(unix)]
impl InterruptGuard {
    /// Creates the guard before the child is started.
    pub(crate) fn new() -> Self {
        // The handler stays, and ends the process by the signal once the child has ended.
        let has_ended = Arc::new(AtomicBool::new(false));
        let _ = signal_hook::flag::register_conditional_default(
            signal_hook::consts::SIGINT,
            Arc::clone(&has_ended),
        );
        Self(has_ended)
    }
}

#[cfg(unix)]
impl Drop for InterruptGuard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Has no effect: other systems have no such signal.
#[cfg(not(unix))]
pub(crate) struct InterruptGuard;

#[cfg(not(unix))]
impl InterruptGuard {
    /// Creates the guard.
    pub(crate) fn new() -> Self {
        Self
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
