"""Exports beside DuckDB's command: whole processes, whose files are compared row by row before any time is printed."""

import os
import subprocess
import time
from statistics import median

from measure import run, say
from packed import beside, pack, processors
from peers.duckdb_command import Command, without_records

# Runs of each process, in turns.
RUNS = 5

# The columns of the exports by API: one, four, and those of queries.
ONE = {"provisionr": ("email",), "permission-assist": ("emailAddress",)}
FOUR = {
    "provisionr": ("id", "email", "state", "created_at"),
    "permission-assist": ("id", "emailAddress", "status", "createdDate"),
}

# The commands that write every record as NDJSON, with their options.
COPIES = {"query": ["--all", "-o", "ndjson"], "export": ["--format", "ndjson", "-o", "-"]}

# Bytes of one gigabyte, in which the speed of NDJSON is printed.
GIGABYTE = 10**9


class Exports:
    """The exports of one dump."""

    def __init__(self, engines, api, dump):
        self.engines, self.api, self.dump = engines, api, dump
        self.peer = Command(engines.python, engines.threads)
        self.packed, self.database = beside(dump, "idq"), beside(dump, "bare.duckdb")

    def compare(self, disagreements):
        """Returns a row for each export: name, source, seconds of both."""
        self._prepare()
        one = [self.api.column(name) for name in ONE[self.api.name]]
        four = [self.api.column(name) for name in FOUR[self.api.name]]
        exports = [
            ("one column as CSV", "dump", one, "csv"),
            ("one column as CSV", "snapshot file", one, "csv"),
            ("four columns as Parquet", "snapshot file", four, "parquet"),
            (f"{len(self.api.columns)} columns as Parquet", "dump", self.api.columns, "parquet"),
        ]
        return [self._export(*export, disagreements) for export in exports]

    def copies(self):
        """Returns the gigabytes a second of every record as NDJSON, by command and source."""
        rates = []
        for source, path in (("dump", self.dump), ("snapshot file", self.packed)):
            for command, options in COPIES.items():
                arguments = [self.engines.idq, command, path, *self._everything(), *options, "--quiet"]
                arguments += ["--threads", str(self.engines.threads)]
                seconds = median(discarded(arguments) for _ in range(RUNS))
                rates.append(dict(command=command, source=source, rate=self.dump.stat().st_size / seconds / GIGABYTE))
        return rates

    def _prepare(self):
        """Writes the files that the exports read. A snapshot file of an older program may have an older format."""
        if not self.packed.exists() or self.packed.stat().st_mtime < self.engines.idq.stat().st_mtime:
            run(pack(self.engines, self.dump, self.packed))
        if not self.database.exists():
            run(self.peer.database(without_records(self.api, self.dump), self.database))

    def _export(self, name, source, columns, ending, disagreements):
        say(f"{self.api.title}, export of {name} from the {source}")
        outputs = [self.dump.with_name(f"{self.dump.stem}.export.{who}.{ending}") for who in ("idq", "peer")]
        from_dump = source == "dump"
        names = ", ".join(column.name for column in columns)
        options = "FORMAT csv, HEADER" if ending == "csv" else "FORMAT parquet, COMPRESSION zstd"
        if from_dump:
            everything = without_records(self.api, self.dump)
            statement = f"COPY (SELECT {names} FROM ({everything}){self._order()}) TO '{outputs[1]}' ({options})"
            theirs = self.peer.statement(statement)
        else:
            statement = f"COPY (SELECT {names} FROM people{self._order()}) TO '{outputs[1]}' ({options})"
            theirs = self.peer.on_database(self.database, statement)
        ours = [self.engines.idq, "export", self.dump if from_dump else self.packed, *self._everything(), "--quiet"]
        ours += ["--columns", ",".join(column.path for column in columns), "-o", outputs[0]]
        ours += ["--threads", str(self.engines.threads)]
        seconds, busy = {"idq": [], "peer": []}, {"idq": [], "peer": []}
        for _ in range(RUNS):
            for who, command in (("idq", ours), ("peer", theirs)):
                before = processors()
                seconds[who].append(run(command)[1])
                busy[who].append(processors() - before)
        self._check(name, outputs, columns, disagreements)
        figures = {who: dict(seconds=median(seconds[who]), processors=median(busy[who])) for who in seconds}
        sizes = {who: os.path.getsize(path) for who, path in zip(figures, outputs)}
        for path in outputs:
            path.unlink()
        return dict(name=name, source=source, figures=figures, sizes=sizes)

    def _check(self, name, outputs, columns, disagreements):
        """Compares the rows of both files without their order: that of equal keys is not DuckDB's."""
        sides = []
        for path, is_ours in zip(outputs, (True, False)):
            reader = f"read_csv('{path}', all_varchar = true)" if path.suffix == ".csv" else f"read_parquet('{path}')"
            kept = [column for column in columns if column.kind != "document"]
            names = ", ".join(f'"{column.path if is_ours else column.name}" AS {column.name}' for column in kept)
            sides.append(f"(SELECT {names} FROM {reader})")
        one, other = sides
        counted = " + ".join(
            f"(SELECT count(*) FROM ({left} EXCEPT ALL {right}))" for left, right in ((one, other), (other, one))
        )
        output, _, _ = run(self.peer.statement(f"SELECT {counted} AS different"))
        if '"different":0' not in output.decode().replace(" ", ""):
            disagreements.found.append(f"{self.api.title}, export of {name}: {output.decode().strip()}")

    def _order(self):
        """Returns the order in which the API lists its records, if it has one: idq exports in that order."""
        keys = [f"lower({key}) NULLS FIRST" for key, _ in self.api.default_sort]
        return f" ORDER BY {', '.join(keys)}" if keys else ""

    def _everything(self):
        """Returns the filter by which deleted records are exported as well."""
        return ["-f", "trashed=with"] if self.api.name == "provisionr" else []


def discarded(command):
    """Returns the seconds of a process whose output goes nowhere."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def report(report, api, exports, copies):
    """Adds the tables of exports."""
    rows = []
    for one in exports:
        ours, theirs = one["figures"]["idq"], one["figures"]["peer"]
        rows.append(
            f"| {one['name']} | {one['source']} | {ours['seconds']:.2f} ({ours['processors']:.2f}) "
            f"| {theirs['seconds']:.2f} ({theirs['processors']:.2f}) | {theirs['seconds'] / ours['seconds']:.2f}x "
            f"| {one['sizes']['idq'] / 2**20:.0f} | {one['sizes']['peer'] / 2**20:.0f} |"
        )
    report.add(
        f"{api.title}: exports",
        "Whole processes, with processor seconds in brackets. Parquet is compressed with zstd by both.\n",
        "| export | from | idq, s | DuckDB, s | ratio | idq, MiB | DuckDB, MiB |",
        "|---|---|---:|---:|---:|---:|---:|",
        *rows,
        "\n| every record as NDJSON to nowhere | from | GB/s |",
        "|---|---|---:|",
        *(f"| `idq {one['command']}` | {one['source']} | {one['rate']:.2f} |" for one in copies),
        "",
    )
