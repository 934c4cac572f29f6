//! The `idq` command.

use idq_cli::ExitStatus;

/// Runs the command and returns its exit status.
fn main() -> ExitStatus {
    idq_cli::run(std::env::args_os())
}
