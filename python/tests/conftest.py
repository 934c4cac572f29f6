"""Fixtures of the tests: the dumps of the repository, and the command of the same wheel."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import idq
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def dumps() -> Path:
    return ROOT / "fixtures"


@pytest.fixture(scope="session")
def people(dumps: Path) -> idq.Snapshot:
    return idq.open(dumps / "provisionr.ndjson")


@pytest.fixture(scope="session")
def accounts(dumps: Path) -> idq.Snapshot:
    return idq.open(dumps / "permission-assist.json")


@pytest.fixture(scope="session")
def changed(dumps: Path) -> idq.Snapshot:
    """The people, one of whom has another state, and one of whom has left."""
    lines = (dumps / "provisionr.ndjson").read_bytes().splitlines(keepends=True)
    text = b"".join(lines[:-1]).replace(b'"state":"active"', b'"state":"suspended"', 1)
    return idq.open(text)


@pytest.fixture(scope="session")
def command() -> Callable[..., str]:
    """Runs the command, and returns its standard output."""

    def run(*words: str | Path, status: int = 0) -> str:
        environment = {**os.environ, "NO_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "idq", *map(str, words)],
            capture_output=True,
            check=False,
            encoding="utf-8",
            env=environment,
        )
        assert done.returncode == status, done.stderr
        return done.stdout

    return run
