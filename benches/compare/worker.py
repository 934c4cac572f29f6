"""Runs the queries of one peer in a process of its own and prints JSON, one object a line.

`worker.py straight PEER API DUMP THREADS REQUEST` runs one query straight from the dump, and `worker.py packed ...` runs
it on a Parquet file. `worker.py resident PEER API DUMP THREADS` loads the dump, reports the load, and then answers each
request of its input, one a line.
"""

import json
import resource
import sys
import time
from statistics import median

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
    if mode != "resident":
        total, ids = getattr(engine, mode)(api, dump, question.parse(api, request[0]))
        say(total=total, ids=ids, seconds=time.perf_counter() - started, version=engine.version, memory=peak())
        return
    records = engine.load(api, dump)
    seconds = time.perf_counter() - started
    say(records=records, load_seconds=seconds, version=engine.version, memory=peak())
    for line in sys.stdin:
        answer = ask(engine.ways(api, question.parse(api, line.rstrip("\n"))))
        say(**answer, memory=peak())


def ask(ways):
    """Runs every variant of a query, which must all agree, and returns the fastest."""
    answers = []
    for name, way in ways.items():
        times, spent = [], 0.0
        while len(times) < FEWEST or (spent < SECONDS and len(times) < MOST):
            started = time.perf_counter()
            total, ids = way()
            times.append(time.perf_counter() - started)
            spent += times[-1]
        answers.append(dict(total=total, ids=ids, seconds=median(times), first=times[0], way=name))
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
