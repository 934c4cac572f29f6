"""The command ``idq``."""

from __future__ import annotations

import signal
import sys

from idq._idq import run_command


def main() -> None:
    """Runs the command of the process, and ends it with its exit status."""
    # Python's handler would only note the interrupt, and the command would go on.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(run_command(["idq", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
