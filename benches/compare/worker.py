"""Runs the queries of one peer in a process of its own and prints JSON, one object a line.

`worker.py straight PEER API DUMP THREADS REQUEST` runs one query straight from the dump, and `worker.py packed ...` runs
it on a Parquet file. `worker.py straight_counts PEER API DUMP THREADS COUNT VARIANT` counts straight from the dump.
`worker.py resident PEER API DUMP THREADS` loads the dump, reports the load, and then answers each request or count of
its input, one a line; `worker.py extracted ...` loads the Parquet file of extracted columns.
"""

import json
import resource
import sys
import time
from statistics import median

import grouping
import question
from apis import APIS
from peers import peer

# Seconds for which a query is repeated, and the least and greatest number of runs.
SECONDS, FEWEST, MOST = 0.4, 3, 25


def main():
    mode, name, api, dump, threads, *request = sys.argv[1:]
    api = APIS[api]
    engine = peer(name, int(threads))
    started = time.perf_counter()
    if mode == "straight_counts":
        text, way = request
        rows = engine.straight_counts(api, dump, grouping.parse(api, text))[way]()
        seconds = time.perf_counter() - started
        say(**grouping.answer(rows), seconds=seconds, version=engine.version, memory=peak())
        return
    if mode not in ("resident", "extracted"):
        total, ids = getattr(engine, mode)(api, dump, question.parse(api, request[0]))
        say(total=total, ids=ids, seconds=time.perf_counter() - started, version=engine.version, memory=peak())
        return
    records = engine.load(api, dump) if mode == "resident" else engine.load_extracted(api, dump)
    seconds = time.perf_counter() - started
    say(records=records, load_seconds=seconds, version=engine.version, memory=peak())
    for line in sys.stdin:
        say(**ask(ways(engine, api, line.rstrip("\n"))), memory=peak())


def ways(engine, api, request):
    """Returns the variants of a query or a count: functions that return the total and the ids, or the groups."""
    if grouping.is_count(request):
        return engine.count_ways(api, grouping.parse(api, request))
    return engine.ways(api, question.parse(api, request))


def ask(ways):
    """Runs every variant of a query, which must all agree, and returns the fastest."""
    answers = []
    for name, way in ways.items():
        times, spent = [], 0.0
        while len(times) < FEWEST or (spent < SECONDS and len(times) < MOST):
            started = time.perf_counter()
            found = way()
            times.append(time.perf_counter() - started)
            spent += times[-1]
        found = grouping.answer(found) if isinstance(found, list) else dict(zip(("total", "ids"), found))
        answers.append(dict(found, seconds=median(times), first=times[0], way=name))
    fastest = min(answers, key=lambda answer: answer["seconds"])
    for answer in answers:
        if (answer["total"], answer["ids"]) != (fastest["total"], fastest["ids"]):
            fastest = dict(fastest, disagreement=answer)
    return fastest


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def say(**answer):
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
