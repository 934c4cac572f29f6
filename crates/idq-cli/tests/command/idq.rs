//! Runs of the command in a child process.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::fixtures;

/// Runs the command in the folder of fixtures, with the words of a line as arguments.
pub(crate) fn idq(line: &str) -> Ran {
    Idq::new(line.split_whitespace()).run()
}

/// A run of the command that has not started yet.
pub(crate) struct Idq {
    command: Command,
    input: Vec<u8>,
}

impl Idq {
    pub(crate) fn new<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_idq"));
        command
            .args(arguments)
            .current_dir(fixtures())
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self {
            command,
            input: Vec::new(),
        }
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Runs the command in this folder.
    pub(crate) fn within(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Pipes these bytes to standard input.
    pub(crate) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self.command.stdin(Stdio::piped());
        self
    }

    /// Redirects standard input from this file.
    pub(crate) fn input_from(mut self, path: impl AsRef<Path>) -> Self {
        self.command.stdin(File::open(path).unwrap());
        self
    }

    /// Redirects standard output to this file.
    pub(crate) fn output_to(mut self, path: impl AsRef<Path>) -> Self {
        let file = File::options().write(true).open(path).unwrap();
        self.command.stdout(file);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn run(mut self) -> Ran {
        let mut child = self.command.spawn().unwrap();
        let input = std::mem::take(&mut self.input);
        let pipe = child.stdin.take();
        let writer = std::thread::spawn(move || {
            if let Some(mut pipe) = pipe {
                // A command that stops reading early reports the reason.
                let _ = pipe.write_all(&input);
            }
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ran {
            status: output.status.code().unwrap(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the command, which must exit with status 0.
    pub(crate) fn succeeds(self) -> Ran {
        let ran = self.run();
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        ran
    }

    /// Returns the command, for tests that need its pipes.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }
}

/// The exit status and the outputs of a run.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    /// Returns standard output as text; the run must have succeeded.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        assert_eq!(self.status, 0, "{}", self.stderr);
        str::from_utf8(&self.stdout).unwrap()
    }

    /// Returns standard error, with masked times.
    pub(crate) fn messages(&self) -> String {
        let lines = self.stderr.lines().map(|line| {
            // `… from 1 source in 0.01 s; 0.02 s in all`
            let (line, whole) = match line.rsplit_once("; ") {
                Some((line, whole)) if whole.ends_with(" s in all") => (line, "; [time] in all"),
                _ => (line, ""),
            };
            match line.rsplit_once(" in ") {
                Some((before, time)) if time.ends_with(" s") => {
                    format!("{before} in [time]{whole}\n")
                }
                _ => format!("{line}\n"),
            }
        });
        lines.collect()
    }

    /// Returns standard error and the exit status of a run that must have failed and printed nothing.
    #[track_caller]
    pub(crate) fn failure(&self) -> String {
        assert_eq!(String::from_utf8_lossy(&self.stdout), "");
        assert_ne!(self.status, 0);
        format!("{}exit status {}\n", self.messages(), self.status)
    }
}

/// Returns the words of a line, followed by values that may contain blanks.
pub(crate) fn words(line: &str, values: &[&str]) -> Vec<OsString> {
    let words = line.split_whitespace().chain(values.iter().copied());
    words.map(OsString::from).collect()
}
