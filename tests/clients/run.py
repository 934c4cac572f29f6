#!/usr/bin/env python3
"""Real clients against `idq serve`: curl and requests read every record, schemathesis generates requests.

It takes Python 3.10 or newer with `venv`, curl and cargo. What it installs goes into an environment of its own in
cargo's target folder. `python3 tests/clients/run.py` ends with how many checks have passed and failed.
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
        # Runs again in the Python environment of the clients.
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
    parser.add_argument("--examples", type=int, default=40, help="requests that schemathesis tries for each operation")
    parser.add_argument("--seed", type=int, default=1, help="which requests it tries")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def checks(idq, dumps, folder, options):
    """Yields the name and the function of each check."""
    import walk

    tokens = new_token(idq, folder)
    for client in ("requests", "curl"):
        def every_record(client=client):
            with Server(idq, dumps, *tokens) as server:
                walk.everything(client, server.url, server.token, dumps)
        yield f"every record once, with {client}", every_record
    for reading in ("api", "strict"):
        for hidden in ((), ("--hide-profile",)):
            def schemathesis(reading=reading, hidden=hidden):
                with Server(idq, dumps, *tokens, "--conformance", reading, *hidden) as server:
                    attack(server, options)
            yield f"schemathesis, {' '.join([reading, *hidden])}", schemathesis


def attack(server, options):
    """Runs schemathesis with all of its checks."""
    command = [
        Path(sys.executable).parent / "schemathesis", "run", f"{server.url}/openapi.json", "--checks", "all",
        "--max-examples", str(options.examples), "--seed", str(options.seed), "--no-color",
        "-H", f"Authorization: Bearer {server.token}",
    ]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    print(done.stdout[-6_000:] if done.returncode else done.stdout[-300:])
    assert done.returncode == 0, done.stderr[-2_000:]


class Server(Serving):
    """Starts a server and asserts an empty log of errors."""

    def __init__(self, idq, dumps, token, token_file, *more):
        super().__init__(idq, *dumps, "--token-file", token_file, *more)
        self.token = token

    def __exit__(self, *_):
        super().__exit__()
        said = self.process.stderr.read()
        assert self.process.returncode == 0, "the server has not stopped well"
        assert "panicked" not in said and "ERROR" not in said, said


def new_token(idq, folder):
    """Creates a token and its token file."""
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
    """Returns the Python of an environment with the clients."""
    folder = target / "clients"
    wanted = (HERE / "requirements.txt").read_text()
    done = folder / "installed.txt"
    python = folder / "bin" / "python"
    if not done.exists() or done.read_text() != wanted:
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
        done.write_text(wanted)
    return python


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
