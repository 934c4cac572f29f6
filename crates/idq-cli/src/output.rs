use std::io::{self, BufWriter, IsTerminal, Write};

use crate::arguments::When;

/// Standard output, buffered. Whoever writes to it flushes it, so that no error is lost.
pub(crate) fn stdout() -> BufWriter<impl Write + Send> {
    BufWriter::with_capacity(1 << 16, Stdout(io::stdout()))
}

/// Standard output, whose errors say that it was standard output.
struct Stdout<W>(W);

impl<W: Write> Write for Stdout<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(|error| named(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(|error| named(&error))
    }
}

/// Keeps the kind: an interrupted write is tried again, a closed pipe is no error.
fn named(error: &io::Error) -> io::Error {
    let message = format!("cannot write to standard output: {error}");
    io::Error::new(error.kind(), message)
}

/// Says something to the person at the terminal, on standard error.
pub(crate) fn say(message: &str) {
    // Nowhere to complain if this fails.
    let _ = writeln!(io::stderr(), "{message}");
}

/// Whether to colour what goes to standard output.
pub(crate) fn has_colour(when: When) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}

/// The width of the terminal that standard output goes to.
pub(crate) fn terminal_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(width.0))
}
