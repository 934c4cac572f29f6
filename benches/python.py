#!/usr/bin/env python3
"""Times data frames of matches: the Python module beside its Rust API, DuckDB and Polars, on dumps of several styles.

`python3 benches/python.py [--record]` builds the wheel and the example `data_frame` with the profile `dist`, installs the
wheel beside pinned libraries, generates ROWS records of each style, and prints a table. All ways must find the same number of
records. `--record` writes the table to RESULTS.md; `--dump` takes a dump of one's own instead.

A run is the evaluation of the expression and the data frame of its matches. The ways take turns, each turn in a process
of its own with several runs of which the least counts. The ratio is the median of the ratios of all turns, because the load of
the machine is about the same within a turn. idq has loaded the snapshot file before; DuckDB and Polars read the dump each
time, because they keep no loaded form of it. `--reuse` takes the wheel and the example of the last run.
"""

import argparse
import json
import statistics
import subprocess
import sys
import venv
from pathlib import Path

import results

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches" / "compare"))
import prepare  # noqa: E402
import styles  # noqa: E402
from apis import APIS  # noqa: E402

TURNS = 5
RUNS = 5
# A peer reads the whole dump in each run, and has one turn.
PEER_RUNS = 3
# The styles with a record a line.
STYLES = [name for name, style in styles.STYLES.items() if style.shape == "ndjson"]
# Records of each style, of which more than 100,000 match.
ROWS = 300_000
COLUMNS = ["id", "state", "email", "timestamp.created_at"]
EXPRESSION = 'state eq "active" and timestamp.last_authenticated_at pr'
CONDITION = "state = 'active' and timestamp.last_authenticated_at is not null and timestamp.deleted_at is null"

# The programs of the peers: each prints the number of matches and the seconds of its runs.
TIMED = """
import json, sys, time
def timed(way, runs):
    seconds = []
    frame = None
    for _ in range(runs):
        # The memory of the last one is given back outside the time, as in Rust.
        del frame
        started = time.perf_counter()
        frame = way()
        seconds.append(time.perf_counter() - started)
    print(json.dumps({"found": len(frame), "seconds": seconds}))
"""
IDQ = (
    TIMED
    + """
import idq, polars
source, expression, runs, way, columns = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5:]
people = idq.open(source)
def to_polars():
    return people.where(expression).to_polars(columns=columns or None)
def from_arrow():
    matches = people.where(expression)
    return polars.from_arrow(matches.select(*columns) if columns else matches)
timed(dict(to_polars=to_polars, from_arrow=from_arrow)[way], runs)
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
    time = col("timestamp").struct
    seen, deleted = time.field("last_authenticated_at"), time.field("deleted_at")
    chosen = (col("state") == "active") & seen.is_not_null() & deleted.is_null()
    return frame.filter(chosen).select("id", "state", "email", time.field("created_at"))
timed(way, runs)
"""
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", type=Path, help="a dump of Provisionr's API, as NDJSON")
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
    example = target / "dist" / "examples" / "data_frame"
    dumps = [(options.dump.stem, options.dump)] if options.dump else generated(python, work)
    measured = {name: measure(python, example, dump, work) for name, dump in dumps}
    text = report(measured)
    if options.record:
        results.record("python", text)
    print(text)


def measure(python, example, dump, work):
    """Returns the number of matches of a dump, and the seconds of each way's turns, or the reason why it has none."""
    packed = work / f"{dump.stem}.idq"
    if not packed.exists() or packed.stat().st_mtime < dump.stat().st_mtime:
        subprocess.run([python, "-m", "idq", "pack", "--quiet", dump, "-o", packed], check=True)
    ways = {
        ("Rust", 4): [example, packed, EXPRESSION, str(RUNS), *COLUMNS],
        ("to_polars", 4): [python, "-c", IDQ, packed, EXPRESSION, str(RUNS), "to_polars", *COLUMNS],
        ("from_arrow", 4): [python, "-c", IDQ, packed, EXPRESSION, str(RUNS), "from_arrow", *COLUMNS],
        ("Rust", "all"): [example, packed, EXPRESSION, str(RUNS)],
        ("to_polars", "all"): [python, "-c", IDQ, packed, EXPRESSION, str(RUNS), "to_polars"],
        ("from_arrow", "all"): [python, "-c", IDQ, packed, EXPRESSION, str(RUNS), "from_arrow"],
    }
    peers = {
        ("DuckDB", 4): [python, "-c", DUCKDB, dump, CONDITION, str(PEER_RUNS)],
        ("Polars", 4): [python, "-c", POLARS, dump, "", str(PEER_RUNS)],
    }
    prepare.read(packed)
    prepare.read(dump)
    numbers, seconds = set(), {}
    for turn in range(TURNS):
        for way, command in (ways if turn else {**ways, **peers}).items():
            print(dump.stem, *way, file=sys.stderr)
            found, least = run(command, may_fail=way in peers)
            seconds.setdefault(way, []).append(least)
            if found is not None:
                numbers.add(found)
    if len(numbers) != 1:
        raise SystemExit(f"{dump}: the ways find different numbers of records: {numbers}")
    return numbers.pop(), seconds


def run(command, may_fail):
    """Returns the number of matches and the least seconds. For a peer that cannot read the dump: `None` and the error's name."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)
    if done.returncode and may_fail:
        return None, done.stderr.strip().splitlines()[-1].split(":")[0].rpartition(".")[2]
    if done.returncode:
        raise SystemExit(done.stderr)
    # DuckDB prints its progress before it.
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["found"], min(answer["seconds"])


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


def generated(python, work):
    """Returns a name and a dump for each style, generated where the work folder lacks it."""
    dumps = []
    for style in STYLES:
        # The wheel has the command as well.
        dumps.append((style, prepare.dump(python.with_name("idq"), work, APIS["provisionr"], ROWS, style)))
    return dumps


def report(measured):
    """Returns the table of the medians, and of the ratios to the Rust API."""
    lines = [
        f"{prepare.machine()}; {prepare.revision()}. {ROWS:,} records of each style. Seconds: the median of {TURNS} turns, of {RUNS} runs"
        f" each, of which the least counts; the least of {PEER_RUNS} runs of DuckDB's and of Polars' reading. Ratios: the median of those of all turns. A peer that cannot read a"
        " dump has the name of its error.",
        "",
        "| dump | matches | columns | Rust API | `to_polars` | of the Rust API | `polars.from_arrow` | of the Rust API"
        " | DuckDB `read_json` | Polars `read_ndjson` |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    ratios = {}
    for name, (number, seconds) in measured.items():
        for columns in (4, "all"):
            rust = seconds["Rust", columns]
            cells = [name, f"{number:,}", columns, cell(statistics.median(rust))]
            for way in ("to_polars", "from_arrow"):
                module = seconds[way, columns]
                ratio = statistics.median(ours / theirs for ours, theirs in zip(module, rust))
                ratios.setdefault((columns, way), []).append(ratio)
                cells += [cell(statistics.median(module)), f"{ratio:.2f}x"]
            cells += [cell(seconds.get((peer, columns), ["–"])[0]) for peer in ("DuckDB", "Polars")]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    summary = [
        f"{'Four columns' if columns == 4 else 'All documented fields'}, `{way}`: {min(found):.2f} to {max(found):.2f} times the time"
        " of the Rust API."
        for (columns, way), found in ratios.items()
    ]
    return "\n".join([*lines, "", *summary])


def cell(value):
    """Returns seconds, or a text in their place."""
    return f"{value:.3f}" if isinstance(value, float) else value


if __name__ == "__main__":
    main()
