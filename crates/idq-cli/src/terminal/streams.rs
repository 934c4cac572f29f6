//! Output streams that are escaped if they are terminals.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use idq::render::{Colour, PrettyWriter, TerminalEncoding, TerminalWriter};
use serde::Serialize;

use super::pager::{Pager, is_dumb_terminal};
use crate::arguments::{ColourChoice, JsonLayout};

/// The size of the buffer before standard output.
const STDOUT_BUFFER_BYTES: usize = 1 << 16;

/// Returns buffered standard output, with this encoding if it is a terminal. The caller flushes it, so that no error is
/// lost.
pub(crate) fn stdout(encoding: TerminalEncoding) -> BufWriter<impl Write + Send> {
    let out = if io::stdout().is_terminal() {
        OutputStream::Terminal(TerminalWriter::new(io::stdout(), encoding))
    } else {
        OutputStream::Verbatim(io::stdout())
    };
    BufWriter::with_capacity(STDOUT_BUFFER_BYTES, NamedStdout(out))
}

/// Returns buffered standard output like [`stdout`], through the pager if it is a terminal.
pub(crate) fn paged_stdout(encoding: TerminalEncoding) -> Box<dyn Write + Send> {
    match Pager::start() {
        Some(pager) => {
            let out = NamedStdout(TerminalWriter::new(pager, encoding));
            Box::new(BufWriter::with_capacity(STDOUT_BUFFER_BYTES, out))
        }
        None => Box::new(stdout(encoding)),
    }
}

/// Returns buffered standard output like [`paged_stdout`], to which JSON is written with a line for each member.
pub(crate) fn paged_stdout_for(
    layout: JsonLayout,
    encoding: TerminalEncoding,
) -> Box<dyn Write + Send> {
    let out = paged_stdout(encoding);
    match layout {
        JsonLayout::AsWritten => out,
        JsonLayout::Indented => Box::new(PrettyWriter::new(out)),
    }
}

/// Prints a description as indented JSON on standard output.
pub(crate) fn print_json(description: &impl Serialize) -> io::Result<()> {
    let mut out = paged_stdout(TerminalEncoding::Json);
    serde_json::to_writer_pretty(&mut out, description)?;
    writeln!(out)?;
    out.flush()
}

/// Returns standard error for JSON output that was redirected to it.
pub(crate) fn json_stderr() -> impl Write + Send {
    if io::stderr().is_terminal() {
        OutputStream::Terminal(TerminalWriter::new(io::stderr(), TerminalEncoding::Json))
    } else {
        OutputStream::Verbatim(io::stderr())
    }
}

/// Opens the terminal at a path such as `/dev/tty`; `None` if the path is anything else.
#[cfg(unix)]
pub(crate) fn terminal_at(path: &Path, encoding: TerminalEncoding) -> Option<TerminalWriter<File>> {
    use std::os::unix::fs::FileTypeExt;

    // Only devices are opened: a pipe's reader would take the close after this check for the end of its input.
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.file_type().is_char_device() {
        return None;
    }
    let file = File::options().write(true).open(path).ok()?;
    file.is_terminal()
        .then(|| TerminalWriter::new(file, encoding))
}

/// Returns `None`: on other systems, no path is known to be a terminal.
#[cfg(not(unix))]
pub(crate) fn terminal_at(_: &Path, _: TerminalEncoding) -> Option<TerminalWriter<File>> {
    None
}

/// Opens the device, pipe or terminal at a path for writing.
pub(crate) fn open_device(
    path: &Path,
    encoding: TerminalEncoding,
) -> io::Result<impl Write + Send> {
    match terminal_at(path, encoding) {
        Some(terminal) => Ok(OutputStream::Terminal(terminal)),
        None => File::options()
            .write(true)
            .open(path)
            .map(OutputStream::Verbatim),
    }
}

/// A stream whose bytes are escaped if it is a terminal, and verbatim otherwise.
enum OutputStream<W> {
    Terminal(TerminalWriter<W>),
    Verbatim(W),
}

impl<W: Write> Write for OutputStream<W> {
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

/// Standard output, with its name in its errors.
struct NamedStdout<W>(W);

impl<W: Write> Write for NamedStdout<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(|error| name_stdout(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(|error| name_stdout(&error))
    }
}

/// Adds the name of standard output to an error, and keeps its kind: an interrupted write is retried, and a closed pipe
/// is not reported.
fn name_stdout(error: &io::Error) -> io::Error {
    let message = format!("cannot write to standard output: {error}");
    io::Error::new(error.kind(), message)
}

/// Returns the colours of standard output.
pub(crate) fn stdout_colour(choice: ColourChoice) -> Colour {
    let is_coloured = match choice {
        ColourChoice::Always => true,
        ColourChoice::Never => false,
        ColourChoice::Auto => {
            io::stdout().is_terminal()
                && !is_dumb_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    if is_coloured {
        Colour::Ansi
    } else {
        Colour::Plain
    }
}

/// Returns the width of the terminal behind standard output, in columns.
pub(crate) fn stdout_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(width.0))
}

/// Returns the width into which a listing is fitted: that of the terminal, and none with `--wide`.
pub(crate) fn listing_width(wide: bool) -> Option<usize> {
    stdout_width().filter(|_| !wide)
}
