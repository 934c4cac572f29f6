#!/usr/bin/env python3
"""Tests `idq serve` with real clients: curl and requests read all records, schemathesis sends generated requests.

Requires Python 3.10 or newer with `venv`, curl and cargo. Packages are installed into a virtual environment in cargo's
target folder. `python3 tests/clients/run.py` prints the number of passed and failed checks.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from serving import Serving

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ROWS = 1_000


def main():
    options = arguments()
    target = target_folder()
    if not options.inside:
        # Restarted in the virtual environment, which has the clients.
        python = environment(target)
        sys.exit(subprocess.call([python, __file__, "--inside", *sys.argv[1:]]))
    idq = build(target)
    passed, failed = [], []
    with tempfile.TemporaryDirectory() as folder:
        dumps = [generate(idq, Path(folder), api) for api in ("provisionr", "permission-assist")]
        for name, check in checks(idq, dumps, Path(folder), options):
            print(f"== {name}", flush=True)
            try:
                check()
                passed.append(name)
            except (AssertionError, subprocess.CalledProcessError) as error:
                print(f"FAILED: {error}")
                failed.append(name)
    print(f"{len(passed)} passed, {len(failed)} failed")
    sys.exit(bool(failed))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=40, help="number of requests of schemathesis for each operation")
    parser.add_argument("--seed", type=int, default=1, help="seed of the generated requests")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def checks(idq, dumps, folder, options):
    """Yields the name and the function of each check."""
    import walk

    tokens = new_token(idq, folder)
    for client in ("requests", "curl"):
        def read_all_records(client=client):
            with Server(idq, dumps, *tokens) as server:
                walk.read_all(client, server.url, server.token, dumps)
        yield f"all records once, with {client}", read_all_records
    for conformance in ("api", "strict"):
        for hidden in ((), ("--hide-profile",)):
            def schemathesis(conformance=conformance, hidden=hidden):
                with Server(idq, dumps, *tokens, "--conformance", conformance, *hidden) as server:
                    run_schemathesis(server, options)
            yield f"schemathesis, {' '.join([conformance, *hidden])}", schemathesis


def run_schemathesis(server, options):
    """Runs schemathesis with all of its checks."""
    command = [
        Path(sys.executable).parent / "schemathesis", "run", f"{server.url}/openapi.json", "--checks", "all",
        "--max-examples", str(options.examples), "--seed", str(options.seed), "--no-color",
        "-H", f"Authorization: Bearer {server.token}",
    ]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py")}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    print(done.stdout[-6_000:] if done.returncode else done.stdout[-300:])
    assert done.returncode == 0, done.stderr[-2_000:]


class Server(Serving):
    """A server whose log must stay free of errors."""

    def __init__(self, idq, dumps, token, token_file, *more):
        super().__init__(idq, *dumps, "--token-file", token_file, *more)
        self.token = token

    def __exit__(self, *_):
        super().__exit__()
        log = self.process.stderr.read()
        assert self.process.returncode == 0, "the server did not exit with status 0"
        assert "panicked" not in log and "ERROR" not in log, log


def new_token(idq, folder):
    """Generates a token and its token file."""
    token, line = subprocess.check_output([idq, "serve", "--new-token"], text=True).splitlines()
    file = folder / "tokens"
    file.write_text(line)
    return token, file


def generate(idq, folder, api):
    dump = folder / f"{api}.ndjson"
    command = [idq, "generate", "--api", api, "--rows", str(ROWS), "--shape", "ndjson", "-o", dump, "--quiet"]
    subprocess.run(command, check=True)
    return dump


def build(target):
    subprocess.run(["cargo", "build", "-p", "idq-cli", "--locked"], cwd=ROOT, check=True)
    return target / "debug" / "idq"


def target_folder():
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1", "--locked"]
    return Path(json.loads(subprocess.check_output(command, cwd=ROOT))["target_directory"])


def environment(target):
    """Returns the Python of the virtual environment, and creates it if needed."""
    folder = target / "clients"
    required = (HERE / "requirements.txt").read_text()
    done = folder / "installed.txt"
    python = folder / "bin" / "python"
    if not done.exists() or done.read_text() != required:
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
        done.write_text(required)
    return python


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
