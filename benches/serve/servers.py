"""Starts and stops the measured servers."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests" / "clients"))

import databases  # noqa: E402
from serving import Serving  # noqa: E402

TITLES = {
    "idq": "idq serve",
    "idq-uncached": "idq serve --cache 0",
    "duckdb": "FastAPI over DuckDB",
    "postgresql": "FastAPI over PostgreSQL",
}


def all_of(options, idq, python, work, dump):
    """Yields each server's name and its context manager."""
    yield "idq", Idq(idq, dump)
    # Without a response cache, as clients repeat their requests.
    yield "idq-uncached", Idq(idq, dump, "--cache", "0")
    if options.alone:
        return
    for name in options.server or ["duckdb", "postgresql"]:
        with databases.KINDS[name](python, work, dump) as database:
            yield name, FastApi(python, name, database)


class Measured:
    """A server process."""

    def memory(self):
        """Returns the resident MiB of the process and its children."""
        return sum(resident(process) for process in family(self.process.pid))


class Idq(Serving, Measured):
    """Runs `idq serve` with a token and, like the others, without a log line for each request."""


class FastApi(Measured):
    """Runs uvicorn with a worker for each core."""

    token = None

    def __init__(self, python, engine, database):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self.command = [
            python, "-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", str(port), "--no-access-log",
            "--log-level", "warning", "--workers", str(os.cpu_count()),
        ]
        self.environment = {**os.environ, "ENGINE": engine, "DATABASE": database}

    def __enter__(self):
        self.process = subprocess.Popen(self.command, cwd=HERE, env=self.environment, stdout=sys.stderr)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://{self.address}/healthz", timeout=5).read()
                return self
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the server has not started")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


def family(pid):
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family(int(child))
    except OSError:
        return


def resident(pid):
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) >> 10 for line in lines if line.startswith("VmRSS:")), 0)
