"""Expressions and counts: idq on a loaded dump, its peers on a table with the same columns extracted; counts of a dump
and of a snapshot file."""

import json
from statistics import median

import grouping
from measure import ROUNDS, groups, questions, run, say
from packed import ASKED
from peers.duckdb_command import with_columns
from peers.duckdb_peer import DuckDb, readers
from peers.sql import counted


class Residents:
    """Each engine with all columns in memory, in a process of its own."""

    def __init__(self, engines, api, dump, files):
        table = dump.with_name(f"{dump.stem}.extracted.parquet")
        say(f"{api.title}: extracting columns")
        run(files.peer.parquet(with_columns(api, dump), table))
        self.processes = {}
        for name in engines.names:
            say(f"{api.title}, loading columns: {name}")
            self.processes[name] = engines.extracted(name, api, dump, table)
        if len({process.loaded["records"] for process in self.processes.values()}) > 1:
            raise SystemExit(f"the engines loaded different numbers of records of {dump}")

    def ask(self, api, requests, disagreements):
        return questions(self.processes, api, requests, disagreements)

    def versions(self):
        loads = ((name, process.loaded) for name, process in self.processes.items())
        return {name: loaded["version"] for name, loaded in loads if "version" in loaded}

    def close(self):
        for process in self.processes.values():
            process.__exit__()


class Counts:
    """Counts by new processes of idq, of DuckDB in Python and of DuckDB's command."""

    def __init__(self, engines, api, dump, files):
        self.engines, self.api, self.dump, self.files = engines, api, dump, files

    def straight(self, requests, plain, disagreements):
        """Times counts straight from the dump, each beside a plain filter of idq; DuckDB has its fastest variant."""
        results = []
        for request in requests:
            say(f"{self.api.title}, counted straight from the dump: {request}")
            variants = readers(self.api, grouping.parse(self.api, request), self.dump)
            ways = {("idq", ""): lambda: self._idq(self.dump, request), ("plain", ""): lambda: self._filter(plain)}
            for way in variants:
                ways["duckdb", way] = lambda way=way: self.engines.in_worker(
                    "straight_counts", "duckdb", self.api, self.dump, request, way
                )
            results.append(self._timed(request, ways, ROUNDS, disagreements))
        return results

    def cold(self, requests, disagreements):
        """Times counts of a snapshot file and of DuckDB's database."""
        results = []
        for request in requests:
            say(f"{self.api.title}, counted from files: {request}")
            statement = counted(DuckDb(), grouping.parse(self.api, request), "people")
            command = self.files.peer.on_database(self.files.paths["database"], statement)
            ways = {
                ("idq", ""): lambda: self._idq(self.files.paths["idq"], request),
                ("duckdb", "command"): lambda: _rows_of(command),
            }
            results.append(self._timed(request, ways, ASKED, disagreements))
        return results

    def _timed(self, request, ways, rounds, disagreements):
        """Runs all ways in turns; returns the medians of each engine's fastest way."""
        past = {way: [] for way in ways}
        for _ in range(rounds):
            for way, ask in ways.items():
                past[way].append(ask())
        answers = {name if name == "idq" else f"{name} {way}": runs[0] for (name, way), runs in past.items()
                   if name != "plain"}
        disagreements.check(self.api, request, answers)
        figures, versions = {}, {}
        for (name, way), runs in past.items():
            one = dict(seconds=median(run["seconds"] for run in runs), way=way)
            if name not in figures or one["seconds"] < figures[name]["seconds"]:
                figures[name] = one
            versions.update({name: run["version"] for run in runs if "version" in run})
        return dict(request=request, total=answers["idq"]["total"], figures=figures, versions=versions)

    def _idq(self, path, request):
        """Runs `idq count` by keys, as a whole process."""
        keys = request.removeprefix("by=").split(",")
        output, seconds, _ = run(self._command(path, *(word for key in keys for word in ("--by", key)), "-o", "json"))
        return dict(groups(json.loads(output)), seconds=seconds)

    def _filter(self, request):
        return dict(seconds=run(self._command(self.dump, "-q", request))[1])

    def _command(self, path, *options):
        return [self.engines.idq, "count", path, *options, "--quiet", "--threads", str(self.engines.threads)]


def _rows_of(command):
    output, seconds, _ = run(command)
    return dict(grouping.answer(list(row.values()) for row in json.loads(output)), seconds=seconds)

