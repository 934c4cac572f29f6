"""Prepares a comparison: builds idq, generates dumps, installs the peers."""

import json
import os
import platform
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
REQUIREMENTS = HERE / "requirements.txt"


def target_folder():
    """Returns cargo's target folder."""
    metadata = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    output = subprocess.run(metadata, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE).stdout
    return Path(json.loads(output)["target_directory"])


def build():
    """Builds the command and the example `answers`; returns their paths."""
    build = ["cargo", "build", "--profile", "dist", "--locked"]
    subprocess.run([*build, "-p", "idq-cli"], cwd=REPOSITORY, check=True)
    subprocess.run([*build, "-p", "idq-benches", "--example", "answers"], cwd=REPOSITORY, check=True)
    folder = target_folder() / "dist"
    return folder / "idq", folder / "examples" / "answers"


def dump(idq, work, api, rows, style=None):
    """Returns the dump of `rows` records, in a style if one is named, generated if the work folder lacks it; a million has no
    number in its name."""
    name = "-".join([api.name, *([style] if style else []), *([str(rows)] if rows != 1_000_000 else [])])
    path = work / f"{name}.ndjson"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        generate = [idq, "generate", "--api", api.name, "--rows", str(rows), "--shape", "ndjson", "-o", unfinished]
        subprocess.run([*generate, *(["--style", style] if style else [])], check=True)
        unfinished.rename(path)
    read(path)
    return path


def read(path):
    """Reads a dump into the page cache, for every engine alike."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


def peers(work):
    """Returns a Python environment with the peers, created again when the pinned versions change."""
    environment = work / "peers"
    python, installed = environment / "bin" / "python", environment / "installed.txt"
    if not installed.exists() or installed.read_text() != REQUIREMENTS.read_text():
        venv.create(environment, with_pip=True, clear=True)
        # The output of pip is no part of the report.
        install = [python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS]
        subprocess.run(install, check=True, stdout=sys.stderr)
        installed.write_text(REQUIREMENTS.read_text())
    return python


def machine():
    """Describes the processor, its cores and the system."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def revision():
    """Returns the revision of idq."""
    describe = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    output = subprocess.run(describe, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return output.stdout.strip() or "unknown revision"
