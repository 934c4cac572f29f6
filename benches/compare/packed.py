"""Snapshot files beside a database and a Parquet file of the same table: writing, size, answers of cold processes."""

import os
import resource
import select
import subprocess
from statistics import median

import question
from measure import LONG, ROUNDS, run, say
from peers.duckdb_command import Command, answer, with_records, without_records

# Runs of each query, runs of each memory measurement, and runs of opening files of two sizes.
ASKED, WATCHED, OPENED = 7, 15, 25

# The command that opens a file and does little else.
OPENING = "idq info"

# Writers by their name in the report, and the file's ending.
WRITERS = {"idq": "idq", "database": "duckdb", "parquet": "parquet", "bare database": "bare.duckdb"}


class Files:
    """One dump as a snapshot file and as files of the peers."""

    def __init__(self, engines, api, dump):
        self.engines, self.api, self.dump = engines, api, dump
        self.peer = Command(engines.python, engines.threads)
        self.paths = {name: beside(dump, ending) for name, ending in WRITERS.items()}

    def write(self, names=tuple(WRITERS), rounds=ROUNDS):
        """Writes files, in rounds; returns seconds of processes, processor seconds, and bytes."""
        past = {name: [] for name in names}
        for number in range(rounds):
            for name, runs in past.items():
                if not runs or runs[-1]["seconds"] < LONG:
                    say(f"{self.api.title}, packing {number + 1} of {rounds}: {name}")
                    self.paths[name].unlink(missing_ok=True)
                    before = processors()
                    seconds = run(self._writer(name))[1]
                    runs.append(dict(seconds=seconds, processors=processors() - before))
        return {
            name: dict(
                seconds=median(one["seconds"] for one in runs),
                processors=median(one["processors"] for one in runs),
                bytes=self.paths[name].stat().st_size,
            )
            for name, runs in past.items()
        }

    def _writer(self, name):
        path = self.paths[name]
        match name:
            case "idq":
                return pack(self.engines, self.dump, path)
            case "database":
                return self.peer.database(with_records(self.api, self.dump), path)
            case "parquet":
                return self.peer.parquet(with_records(self.api, self.dump), path)
        return self.peer.database(without_records(self.api, self.dump), path)

    def ask(self, requests, disagreements):
        """Times each query in new processes, in turns; the fastest variant of an engine counts."""
        results = []
        for request in requests:
            say(f"{self.api.title}, from files: {request}")
            ways = self._ways(request)
            answers = {way: [ask()] for way, ask in ways.items()}
            disagreements.check(self.api, request, {" ".join(way).strip(): past[0] for way, past in answers.items()})
            for _ in range(ASKED - 1):
                for way, ask in ways.items():
                    answers[way].append(ask())
            figures = {}
            for (name, way), past in answers.items():
                one = {key: median(one[key] for one in past) for key in ("seconds", "process_seconds")}
                if name not in figures or one["seconds"] < figures[name]["seconds"]:
                    figures[name] = dict(one, way=way)
            figures["idq"]["anonymous"] = anonymous_peak(self._idq(request))
            versions = {name: past[0]["version"] for (name, _), past in answers.items() if "version" in past[0]}
            total = answers["idq", ""][0]["total"]
            results.append(dict(request=request, total=total, figures=figures, versions=versions))
        return results

    def _ways(self, request):
        """Returns functions by engine and variant."""
        asked = question.parse(self.api, request)
        ways = {("idq", ""): lambda: self.engines.straight("idq", self.api, self.paths["idq"], request)}
        for name, commands in (
            ("database", self.peer.ask_database(self.api, asked, self.paths["database"])),
            ("parquet", self.peer.ask_parquet(self.api, asked, self.paths["parquet"])),
        ):
            for way, command in commands.items():
                ways[name, way] = lambda command=command: by_command(command)
        if "polars" in self.engines.names:
            ways["polars", ""] = lambda: self._polars(request)
        return ways

    def _polars(self, request):
        return self.engines.in_worker("packed", "polars", self.api, self.paths["parquet"], request)

    def _idq(self, request):
        return self.engines.query(self.paths["idq"], request)


def beside(dump, ending):
    return dump.with_name(f"{dump.stem}.packed.{ending}")


def processors():
    """Returns the processor seconds of ended processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def by_command(command):
    output, seconds, _ = run(command)
    return dict(answer(output), seconds=seconds, process_seconds=seconds)


def pack(engines, dump, path):
    return [engines.idq, "pack", dump, "-o", path, "--quiet", "--threads", str(engines.threads)]


def anonymous_peak(command):
    """Returns the peak of anonymous memory of several processes while each computes its answer.

    It is sampled in a loop, and once when the answer is complete: the output fills the pipe, which has no reader.
    """
    peak = 0
    for _ in range(WATCHED):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, pipesize=4096)
        with open(f"/proc/{process.pid}/statm", "rb", buffering=0) as sizes:
            ready = False
            while not ready:
                ready = select.select([process.stdout], [], [], 0)[0]
                peak = max(peak, _anonymous(sizes))
        process.communicate()
        if process.returncode != 0:
            raise SystemExit(f"{command[0]} failed with exit status {process.returncode}")
    return peak


def _anonymous(sizes):
    """Returns the resident anonymous memory of a process, without pages that are backed by files."""
    sizes.seek(0)
    resident, shared = sizes.read().split()[1:3]
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def scale(engines, api, dumps, request):
    """Times opening and one query, for the written file and for the file of a larger dump."""
    paths = [beside(dump, WRITERS["idq"]) for dump in dumps]
    say(f"{api.title}, packing {dumps[1].name}")
    paths[1].unlink(missing_ok=True)
    run(pack(engines, dumps[1], paths[1]))
    commands = {
        OPENING: lambda path: [engines.idq, "info", path, "--quiet"],
        request: lambda path: engines.query(path, request),
    }
    seconds = {what: ([], []) for what in commands}
    for _ in range(OPENED):
        for what, command in commands.items():
            for path, past in zip(paths, seconds[what]):
                past.append(run(command(path))[1])
    return {what: tuple(map(median, past)) for what, past in seconds.items()}
