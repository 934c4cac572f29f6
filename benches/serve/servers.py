"""The servers under load: started for a measure, and stopped behind it."""

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
    """Each server's name, and a way to enter it."""
    yield "idq", Idq(idq, dump)
    # Every question worked out, though clients ask the same ones again and again.
    yield "idq-uncached", Idq(idq, dump, "--cache", "0")
    if options.alone:
        return
    for name in options.server or ["duckdb", "postgresql"]:
        with databases.KINDS[name](python, work, dump) as database:
            yield name, FastApi(python, name, database)


class Measured:
    """Whatever has a process."""

    def memory(self):
        """MiB of the process and its children."""
        return sum(resident(process) for process in family(self.process.pid))


class Idq(Serving, Measured):
    """With a token, as it comes; without a line in the log for each request, as the others."""


class FastApi(Measured):
    """A worker for each core."""

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
