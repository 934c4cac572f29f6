#!/usr/bin/env python3
"""Times data frames of matches: the Python module beside its Rust API, DuckDB and Polars, on one dump.

`python3 benches/python.py [DUMP] [--record]` builds the wheel and the example `data_frame` with the profile `dist`, installs the
wheel beside pinned libraries, and prints a table. Without a dump, a million records are generated. All ways must find the same
number of records. `--record` writes the table to RESULTS.md.

Each way runs in a process of its own, several times, and the least time counts: evaluation of the expression and the data
frame of its matches. idq has loaded the snapshot file before; DuckDB and Polars read the dump each time, because they keep no
loaded form of it. `--reuse` takes the wheel and the example of the last run.
"""

import argparse
import json
import subprocess
import sys
import venv
from pathlib import Path

import results

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches" / "compare"))
import prepare  # noqa: E402
from apis import APIS  # noqa: E402

RUNS = 7
# A peer reads the whole dump in each run.
PEER_RUNS = 3
COLUMNS = ["id", "state", "email", "timestamp.created_at"]
EXPRESSION = 'included.workspace_integration.vendor eq "okta" and state eq "active"'
CONDITION = "included.workspace_integration.vendor = 'okta' and state = 'active' and timestamp.deleted_at is null"

# The programs of the peers: each prints the number of matches and the seconds of its runs.
TIMED = """
import json, sys, time
def timed(way, runs):
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        frame = way()
        seconds.append(time.perf_counter() - started)
    print(json.dumps({"found": len(frame), "seconds": seconds}))
"""
IDQ = (
    TIMED
    + """
import idq, polars
source, expression, runs, columns = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
people = idq.open(source)
def way():
    matches = people.where(expression)
    return polars.DataFrame(matches.select(*columns) if columns else matches)
timed(way, runs)
"""
)
DUCKDB = (
    TIMED
    + """
import duckdb
dump, condition, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
columns = 'id, state, email, "timestamp".created_at'
timed(lambda: duckdb.sql(f"select {columns} from read_json('{dump}') where {condition}").pl(), runs)
"""
)
POLARS = (
    TIMED
    + """
import polars
from polars import col
dump, runs = sys.argv[1], int(sys.argv[3])
def way():
    frame = polars.read_ndjson(dump)
    time, included = col("timestamp").struct, col("included").struct
    vendor = included.field("workspace_integration").struct.field("vendor")
    deleted = time.field("deleted_at")
    chosen = (vendor == "okta") & (col("state") == "active") & deleted.is_null()
    return frame.filter(chosen).select("id", "state", "email", time.field("created_at"))
timed(way, runs)
"""
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dump", nargs="?", type=Path, help="a dump of Provisionr's API, as NDJSON")
    parser.add_argument("--record", action="store_true", help="write the table to RESULTS.md")
    parser.add_argument("--reuse", action="store_true", help="use the wheel and the example of the last run")
    options = parser.parse_args()
    target = prepare.target_folder()
    work = target / "python-bench"
    work.mkdir(parents=True, exist_ok=True)
    cargo = ["cargo", "build", "--profile", "dist", "--locked", "-p"]
    if not options.reuse:
        subprocess.run([*cargo, "idq-benches", "--example", "data_frame"], cwd=ROOT, check=True)
    python = environment(work, options.reuse)
    command = [python, "-m", "idq"]
    dump = options.dump or generated(command, work)
    packed = work / f"{dump.stem}.idq"
    if not packed.exists() or packed.stat().st_mtime < dump.stat().st_mtime:
        subprocess.run([*command, "pack", "--quiet", dump, "-o", packed], check=True)
    example = target / "dist" / "examples" / "data_frame"
    ways = {
        "Rust API, 4 columns": [example, packed, EXPRESSION, str(RUNS), *COLUMNS],
        "Python module to Polars, 4 columns": [python, "-c", IDQ, packed, EXPRESSION, str(RUNS), *COLUMNS],
        "Rust API, all documented fields": [example, packed, EXPRESSION, str(RUNS)],
        "Python module to Polars, all documented fields": [python, "-c", IDQ, packed, EXPRESSION, str(RUNS)],
        "DuckDB, `read_json` to Polars, 4 columns": [python, "-c", DUCKDB, dump, CONDITION, str(PEER_RUNS)],
        "Polars, `read_ndjson`, 4 columns": [python, "-c", POLARS, dump, "", str(PEER_RUNS)],
    }
    prepare.read(packed)
    prepare.read(dump)
    found = {}
    for name, way in ways.items():
        print(name, file=sys.stderr)
        done = subprocess.run(way, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)
        if done.returncode:
            # A peer that cannot read the dump has no time, and its last line says why.
            found[name] = done.stderr.strip().splitlines()[-1]
            continue
        # DuckDB prints its progress before it.
        found[name] = json.loads(done.stdout.splitlines()[-1])
    numbers = {answer["found"] for answer in found.values() if isinstance(answer, dict)}
    if len(numbers) != 1:
        raise SystemExit(f"the ways find different numbers of records: {found}")
    text = report(found, numbers.pop(), dump)
    if options.record:
        results.record("python", text)
    print(text)


def environment(work, reuse):
    """Returns the Python of an environment with the libraries and with the wheel of this revision, or of the last run."""
    folder, wheels = work / "environment", work / "wheels"
    python = folder / "bin" / "python"
    if reuse and python.exists():
        return python
    if not python.exists():
        venv.create(folder, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "maturin>=1.9,<2", "-r", ROOT / "python/tests/requirements.txt"]
        subprocess.run(install, check=True)
    for old in wheels.glob("*.whl"):
        old.unlink()
    build = [folder / "bin" / "maturin", "build", "--quiet", "--locked", "--profile", "dist", "--out", wheels]
    subprocess.run(build, cwd=ROOT / "python", check=True)
    wheel = next(wheels.glob("*.whl"))
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", wheel], check=True)
    return python


def generated(command, work):
    """Returns a dump of a million records, generated if the work folder lacks it."""
    dump = work / f"{APIS['provisionr'].name}.ndjson"
    if not dump.exists():
        unfinished = dump.with_suffix(".unfinished")
        generate = [*command, "generate", "--api", "provisionr", "--rows", "1000000", "--shape", "ndjson", "-o", unfinished]
        subprocess.run(generate, check=True)
        unfinished.rename(dump)
    return dump


def report(found, number, dump):
    """Returns the table of the least times, each beside the Rust API's of its columns."""
    lines = [
        f"{prepare.machine()}; {prepare.revision()}. A dump of {dump.stat().st_size / 1e9:.2f} GB, {number:,} matches; the least"
        f" of {RUNS} runs, of {PEER_RUNS} of DuckDB's and of Polars'.",
        "",
        "| way | seconds | of the Rust API |",
        "|---|---:|---:|",
    ]
    for name, answer in found.items():
        if not isinstance(answer, dict):
            lines.append(f"| {name} | – | {answer} |")
            continue
        least = min(answer["seconds"])
        columns = name.rpartition(", ")[2]
        ratio = least / min(found[f"Rust API, {columns}"]["seconds"])
        lines.append(f"| {name} | {least:.4f} | {ratio:.2f}× |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
