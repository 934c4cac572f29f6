"""Times idq and its peers, in turns, each in a process of its own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import grouping
from peers import NAMES

WORKER = Path(__file__).with_name("worker.py")
ROUNDS = 3
# Seconds beyond which a measurement is not repeated.
LONG = 25.0


class Engines:
    """Starts idq and each peer."""

    def __init__(self, idq, answers, python, names, threads):
        self.idq, self.answers, self.python, self.threads = idq, answers, python, threads
        self.names = ["idq", *names]

    def straight(self, name, api, dump, request):
        """Runs one query straight from the dump; returns its answer, the seconds of the process and the seconds inside it."""
        if name != "idq":
            return self.in_worker("straight", name, api, dump, request)
        output, seconds, memory = run(self.query(dump, request))
        answer = json.loads(output)
        ids = [record["id"] for record in answer[api.records_key]]
        return dict(total=answer[api.total_key], ids=ids, seconds=seconds, process_seconds=seconds, memory=memory)

    def query(self, path, request):
        """Returns the command line of idq for one query on a dump or a snapshot file."""
        options = ["-o", "json", "--quiet", "--threads", str(self.threads)]
        return [self.idq, "query", path, "-q", request, *options]

    def in_worker(self, mode, name, api, path, *request):
        """Runs one query of a peer in a process of its own."""
        output, seconds, _ = run([self.python, WORKER, mode, name, api.name, path, str(self.threads), *request])
        return dict(json.loads(output), process_seconds=seconds)

    def resident(self, name, api, dump, threads=None):
        """Starts a process that loads the dump and then answers queries."""
        threads = str(threads or self.threads)
        if name == "idq":
            return Resident([self.answers, dump, threads])
        return Resident([self.python, WORKER, "resident", name, api.name, dump, threads])

    def extracted(self, name, api, dump, table):
        """Starts a process that loads every column: idq from the dump, a peer from a Parquet file of the same columns."""
        threads = str(self.threads)
        if name == "idq":
            return Resident([self.answers, dump, threads, "all"])
        return Resident([self.python, WORKER, "extracted", name, api.name, table, threads])


class Resident:
    """A loaded dump in another process; `loaded` is the report of its load."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.loaded = self._answer()

    def ask(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args[0]} gave no answer; exit status {self.process.wait()}")
        answer = json.loads(line)
        return dict(answer, **groups(answer["groups"])) if "groups" in answer else answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def groups(printed):
    """Returns the answer of a count that idq printed as JSON."""
    return grouping.answer([*group["keys"], group["count"]] for group in printed["groups"])


def run(command):
    """Runs a process to its end; returns its output, its seconds and its peak memory."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} failed with exit status {process.returncode}")
    return output, seconds, usage.ru_maxrss * 1024


class Disagreements:
    """Collects answers that differ; with one of them no times are printed."""

    def __init__(self):
        self.found = []

    def check(self, api, request, answers):
        first = answers["idq"]
        for name, answer in answers.items():
            for other in (answer, answer.get("disagreement")):
                if other and (other["total"], other["ids"]) != (first["total"], first["ids"]):
                    self.found.append(
                        f"{api.title}: {request}\n  idq: {first['total']} matches, {first['ids']}\n"
                        f"  {NAMES.get(name, name)}: {other['total']} matches, {other['ids']}"
                    )
                    break


def straight(engines, api, dump, requests, disagreements):
    """Times each query straight from the dump, in rounds."""
    results = []
    for request in requests:
        say(f"{api.title}, straight from the dump: {request}")
        runs = {name: [] for name in engines.names}
        for _ in range(ROUNDS):
            for name, past in runs.items():
                if not past or past[-1]["seconds"] < LONG:
                    past.append(engines.straight(name, api, dump, request))
        disagreements.check(api, request, {name: past[0] for name, past in runs.items()})
        figures = {
            name: {key: median(one[key] for one in past) for key in ("seconds", "process_seconds", "memory")}
            for name, past in runs.items()
        }
        versions = {name: past[0]["version"] for name, past in runs.items() if name != "idq"}
        results.append(dict(request=request, total=runs["idq"][0]["total"], figures=figures, versions=versions))
    return results


def loads(engines, api, dump):
    """Times loads, in rounds; the last process of each engine remains for queries."""
    runs, residents = {name: [] for name in engines.names}, {}
    for number in range(ROUNDS):
        for name, past in runs.items():
            if past and past[-1]["load_seconds"] >= LONG:
                continue
            say(f"{api.title}, load {number + 1} of {ROUNDS}: {name}")
            if name in residents:
                residents[name].__exit__()
            residents[name] = engines.resident(name, api, dump)
            past.append(residents[name].loaded)
    if len({past[0]["records"] for past in runs.values()}) > 1:
        raise SystemExit(f"the engines loaded different numbers of records: {runs}")
    loaded = {name: dict(past[-1], seconds=median(one["load_seconds"] for one in past)) for name, past in runs.items()}
    return loaded, residents


def questions(residents, api, requests, disagreements):
    """Times each query on every loaded engine, in turns."""
    results = []
    for request in requests:
        say(f"{api.title}, resident: {request}")
        answers = {name: resident.ask(request) for name, resident in residents.items()}
        disagreements.check(api, request, answers)
        results.append(dict(request=request, total=answers["idq"]["total"], figures=answers))
    return results


def thread_gain(engines, api, dump, request):
    """Returns the speed of two threads over one, for loading and for scanning."""
    load, scan = {1: [], 2: []}, {1: [], 2: []}
    for _ in range(ROUNDS):
        for threads in (1, 2):
            with engines.resident("idq", api, dump, threads) as resident:
                load[threads].append(resident.loaded["load_seconds"])
                scan[threads].append(resident.ask(request)["seconds"])
    return {name: median(one[1]) / median(one[2]) for name, one in (("loading", load), ("scanning", scan))}


def scale(engines, api, dumps, requests):
    """Returns the cost per record in the larger dump relative to the smaller one: of loading, and of each query."""
    costs = []
    for dump in dumps:
        with engines.resident("idq", api, dump) as resident:
            records = resident.loaded["records"]
            seconds = {"loading": resident.loaded["load_seconds"]}
            seconds.update((request, resident.ask(request)["seconds"]) for request in requests)
            costs.append({name: one / records for name, one in seconds.items()})
    return {name: costs[1][name] / costs[0][name] for name in costs[0]}


def say(text):
    print(text, file=sys.stderr, flush=True)
