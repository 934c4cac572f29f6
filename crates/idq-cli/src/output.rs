use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use idq::escape_lines;
use idq::render::{Escaped, Spelling};

use crate::arguments::When;

/// Standard output, buffered, for our own text and for text with dumps' values in it. Its user flushes it, so that no
/// error is lost.
pub(crate) fn stdout() -> BufWriter<impl Write + Send> {
    stdout_spelled(Spelling::Text)
}

/// Standard output as [`stdout`], for JSON.
pub(crate) fn json_stdout() -> BufWriter<impl Write + Send> {
    stdout_spelled(Spelling::Json)
}

/// Standard output as [`stdout`], for text with our own colours in it.
pub(crate) fn painted_stdout() -> BufWriter<impl Write + Send> {
    stdout_spelled(Spelling::Painted)
}

fn stdout_spelled(spelling: Spelling) -> BufWriter<impl Write + Send> {
    let out = if io::stdout().is_terminal() {
        Output::Terminal(Escaped::new(io::stdout(), spelling))
    } else {
        Output::Verbatim(io::stdout())
    };
    BufWriter::with_capacity(1 << 16, Stdout(out))
}

/// Standard error, for JSON that was asked for there.
pub(crate) fn json_stderr() -> impl Write + Send {
    if io::stderr().is_terminal() {
        Output::Terminal(Escaped::new(io::stderr(), Spelling::Json))
    } else {
        Output::Verbatim(io::stderr())
    }
}

/// The terminal at a path that is to be written to, such as `/dev/tty`.
#[cfg(unix)]
pub(crate) fn terminal_at(path: &Path, spelling: Spelling) -> Option<Escaped<File>> {
    use std::os::unix::fs::FileTypeExt;

    // A pipe is not opened to look at it: its reader would take the closing for the end.
    let found = std::fs::metadata(path).ok()?;
    if !found.file_type().is_char_device() {
        return None;
    }
    let file = File::options().write(true).open(path).ok()?;
    file.is_terminal().then(|| Escaped::new(file, spelling))
}

/// Elsewhere no path is known to be a terminal.
#[cfg(not(unix))]
pub(crate) fn terminal_at(_: &Path, _: Spelling) -> Option<Escaped<File>> {
    None
}

/// Opens the device, pipe or terminal at a path.
pub(crate) fn open_special(path: &Path, spelling: Spelling) -> io::Result<impl Write + Send> {
    match terminal_at(path, spelling) {
        Some(terminal) => Ok(Output::Terminal(terminal)),
        None => File::options().write(true).open(path).map(Output::Verbatim),
    }
}

/// Where bytes go: to a terminal, which may obey some of them, or elsewhere, which gets them as they are.
enum Output<W> {
    Terminal(Escaped<W>),
    Verbatim(W),
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Terminal(out) => out.write(bytes),
            Self::Verbatim(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Terminal(out) => out.flush(),
            Self::Verbatim(out) => out.flush(),
        }
    }
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

/// The longest line of a message, in characters. Messages shorten what they quote; this bounds those that do not.
const LONGEST_LINE: usize = 4096;

/// Prints a message on standard error, which a person reads on a terminal, if only later from a log. Its line feeds are its
/// own: components escape text from elsewhere. Text that a component has left as it was is escaped here, so that it is only
/// harder to read.
pub(crate) fn say(message: &str) {
    let mut shown = String::with_capacity(message.len() + 1);
    for line in escape_lines(message).split('\n') {
        match line.char_indices().nth(LONGEST_LINE) {
            Some((end, _)) => shown.extend([&line[..end], "…"]),
            None => shown.push_str(line),
        }
        shown.push('\n');
    }
    // There is no place left for the error if this fails.
    let _ = io::stderr().write_all(shown.as_bytes());
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
