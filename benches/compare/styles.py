"""Dumps of every style of `idq generate`: questions straight from the dump, loading, and packing, beside DuckDB."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import prepare
from measure import LONG, ROUNDS, run, say
from packed import pack

# Records of a dump, unless `--rows` says otherwise: dumps of all styles are made and removed one after another.
ROWS = 200_000


@dataclass(frozen=True)
class Style:
    """A style of `idq generate` in a shape; DuckDB has to be told of an array, by the ending `json`."""

    style: str
    shape: str = "ndjson"

    @property
    def ending(self):
        return "ndjson" if self.shape == "ndjson" else "json"


# By the name in the report. `array` is the server's style again, in one array instead of lines.
STYLES = {
    "server": Style("server"),
    "array": Style("server", "array"),
    "compact": Style("compact"),
    "spaced": Style("spaced"),
    "indented": Style("indented", "array"),
    "sorted": Style("sorted"),
    "shuffled": Style("shuffled"),
    "data-keys": Style("data-keys"),
    "sparse": Style("sparse"),
    "raw-utf8": Style("raw-utf8"),
    "mixed-metadata": Style("mixed-metadata"),
}


def measure(engines, work, api, names, rows, requests, disagreements):
    """Measures each style in turn; returns the figures by style."""
    results = {}
    for name in names:
        dump = generate(engines.idq, work, api, STYLES[name], rows)
        snapshot = dump.with_suffix(".idq")
        try:
            results[name] = dict(
                bytes=dump.stat().st_size,
                questions=[ask(engines, api, name, dump, request, disagreements) for request in requests],
                load=load(engines, api, name, dump),
                packing=packing(engines, api, name, dump, snapshot),
                file=snapshot.stat().st_size,
            )
        finally:
            dump.unlink()
            snapshot.unlink(missing_ok=True)
    return results


def generate(idq, work, api, style, rows):
    """Writes a dump, which is then in the page cache for every engine alike."""
    path = Path(work) / f"{api.name}-{style.style}-{rows}.{style.ending}"
    options = ["--rows", str(rows), "--shape", style.shape, "--style", style.style, "--quiet"]
    subprocess.run([idq, "generate", "--api", api.name, *options, "-o", path], check=True)
    prepare.read(path)
    return path


def ask(engines, api, name, dump, request, disagreements):
    """Times one question straight from the dump, in turns; the answers of both engines must agree."""
    say(f"{api.title}, {name}: {request}")
    runs = {engine: [] for engine in ("idq", "duckdb")}
    for _ in range(ROUNDS):
        for engine, past in runs.items():
            if not past or past[-1]["seconds"] < LONG:
                past.append(engines.straight(engine, api, dump, request))
    disagreements.check(api, f"{request} ({name})", {engine: past[0] for engine, past in runs.items()})
    return dict(
        request=request,
        total=runs["idq"][0]["total"],
        version=runs["duckdb"][0]["version"],
        seconds={engine: median(one["seconds"] for one in past) for engine, past in runs.items()},
    )


def load(engines, api, name, dump):
    """Times loading all fields of filters and sorts, in turns."""
    say(f"{api.title}, {name}: loading")
    runs = {engine: [] for engine in ("idq", "duckdb")}
    for _ in range(ROUNDS):
        for engine, past in runs.items():
            if not past or past[-1]["load_seconds"] < LONG:
                with engines.resident(engine, api, dump) as resident:
                    past.append(resident.loaded)
    if len({past[0]["records"] for past in runs.values()}) > 1:
        raise SystemExit(f"the engines loaded different numbers of records of {dump}: {runs}")
    return {engine: median(one["load_seconds"] for one in past) for engine, past in runs.items()}


def packing(engines, api, name, dump, snapshot):
    """Times packing: whole processes of idq."""
    say(f"{api.title}, {name}: packing")
    seconds = []
    for _ in range(ROUNDS):
        snapshot.unlink(missing_ok=True)
        seconds.append(run(pack(engines, dump, snapshot))[1])
    return median(seconds)
