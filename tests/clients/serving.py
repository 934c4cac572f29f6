"""Runs `idq serve` as a process."""

import re
import subprocess


class Serving:
    """A context manager for a server process that logs errors only.

    Attributes: `url`, `address`, and `token`, the generated token, if there is one.
    """

    token = None

    def __init__(self, idq, *arguments):
        self.command = [idq, "serve", *arguments, "--listen", "127.0.0.1:0", "--quiet"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r"token \(shown once\): (\S+)", line):
                self.token = found[1]
            if found := re.search(r"listening on (\w+://(\S+))/$", line):
                self.url, self.address = found[1], found[2]
                return self
        raise SystemExit("idq serve did not start")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
