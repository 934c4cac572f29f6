#!/usr/bin/env python3
"""Compares two revisions of idq on the queries of questions.json, in turns, and prints their ratios as Markdown.

`revisions.py REVISION` builds that revision in a worktree of its own beside the checkout as it is. A ratio is the
checkout's time over the revision's; below 1, the checkout is faster. Both must answer every query alike.
"""

import argparse
import os
import subprocess
import sys
import time
from math import exp, log
from pathlib import Path
from statistics import median

import prepare
import question
from apis import APIS
from measure import Engines, say

# A measure counts as slower when its ratio exceeds this in most rounds.
SLOWER = 1.10
# Runs of a short command in each round; the median counts.
OPENINGS = 7


class Ratios:
    """The ratio of each round, by group and measure."""

    def __init__(self):
        self.groups = {}

    def add(self, group, measure, old, new):
        self.groups.setdefault(group, {}).setdefault(measure, []).append(new / old)

    def text(self):
        lines = ["| group | measures | geometric mean | least | greatest |", "| --- | ---: | ---: | ---: | ---: |"]
        for group, measures in self.groups.items():
            medians = [median(past) for past in measures.values()]
            mean = exp(sum(map(log, medians)) / len(medians))
            lines.append(f"| {group} | {len(medians)} | {mean:.3f} | {min(medians):.2f} | {max(medians):.2f} |")
        lines += ["", f"Above {SLOWER} in most rounds:", ""]
        slower = [
            f"* {group}, `{measure}`: {', '.join(f'{ratio:.2f}' for ratio in past)}"
            for group, measures in self.groups.items()
            for measure, past in measures.items()
            if sum(ratio > SLOWER for ratio in past) * 2 > len(past)
        ]
        return "\n".join(lines + (slower or ["* none"]))


def main():
    options = arguments()
    work = (options.work or prepare.target_folder() / "compare").resolve()
    work.mkdir(parents=True, exist_ok=True)
    old = options.built or build(options.revision, work)
    pair = [Engines(*binaries, None, [], options.threads) for binaries in (old, prepare.build())]
    ratios = Ratios()
    for name in options.api:
        api = APIS[name]
        dump = prepare.dump(pair[1].idq, work, api, options.rows)
        groups = question.load(api, dump)
        for number in range(options.rounds):
            say(f"{api.title}, round {number + 1} of {options.rounds}")
            # The order of the two alternates, so that neither always finds the machine as the other left it.
            turns = [0, 1] if number % 2 == 0 else [1, 0]
            commands(pair, turns, api, dump, groups, ratios)
            resident(pair, turns, api, dump, groups, ratios)
    print(f"{options.rows:,} records, {options.threads} threads, {options.rounds} rounds; the checkout over {options.revision}\n")
    print(ratios.text())


def build(revision, work):
    """Builds a revision; returns the paths of its command and of its example `answers`."""
    tree = work / "revision"
    git = ["git", "-C", prepare.REPOSITORY, "worktree"]
    if tree.exists():
        subprocess.run([*git, "remove", "--force", tree], check=True)
    subprocess.run([*git, "add", "--detach", tree, revision], check=True, stdout=sys.stderr)
    target = work / "revision-target"
    environment = dict(os.environ, CARGO_TARGET_DIR=str(target))
    # Older revisions have link-time optimisation in the profile `release`.
    has_dist = "[profile.dist]" in (tree / "Cargo.toml").read_text()
    profile = "dist" if has_dist else "release"
    for package in (["idq-cli"], ["idq-benches", "--example", "answers"]):
        command = ["cargo", "build", "--profile", profile, "--locked", "-p", *package]
        subprocess.run(command, cwd=tree, env=environment, check=True)
    subprocess.run([*git, "remove", "--force", tree], check=True)
    return target / profile / "idq", target / profile / "examples" / "answers"


def commands(pair, turns, api, dump, groups, ratios):
    """Times whole processes on the dump and on a snapshot file that each revision writes."""
    files = [dump.with_name(f"{dump.stem}.revision-{index}.idq") for index in (0, 1)]
    for file in files:
        file.unlink(missing_ok=True)

    def add(group, measure, command, runs=1):
        past = ([], [])
        for _ in range(runs):
            for index in turns:
                past[index].append(seconds(command(index)))
        ratios.add(f"{api.title}: {group}", measure, *map(median, past))

    for request in groups["straight"]:
        same(api, request, [engines.straight("idq", api, dump, request) for engines in pair])
        add("straight from the dump", request, lambda index: pair[index].query(dump, request), 3)
    options = ["--quiet", "--threads", str(pair[0].threads)]
    every = ["--all", "-o", "ndjson", *options]
    add("every record of the dump", "--all", lambda index: [pair[index].idq, "query", dump, *every])
    add("packing", "pack", lambda index: [pair[index].idq, "pack", dump, "-o", files[index], *options])
    ratios.add(f"{api.title}: file size", "bytes", *(file.stat().st_size for file in files))
    for request in groups["packed"]:
        same(api, request, [engines.straight("idq", api, file, request) for engines, file in zip(pair, files)])
        add("a page of the snapshot file", request, lambda index: pair[index].query(files[index], request), OPENINGS)
    add("opening the snapshot file", "info", lambda index: [pair[index].idq, "info", files[index], "--quiet"], OPENINGS)
    add("unpacking", "unpack", lambda index: [pair[index].idq, "unpack", "--quiet", files[index]])
    add("every record of the snapshot file", "--all", lambda index: [pair[index].idq, "query", files[index], *every])


def resident(pair, turns, api, dump, groups, ratios):
    """Times the load of the dump, and each query on what is loaded: its first answer, and the median of many."""
    loaded = [pair[index].resident("idq", api, dump) for index in turns]
    loaded = [loaded[turns.index(index)] for index in (0, 1)]
    ratios.add(f"{api.title}: loading", "load", *(one.loaded["load_seconds"] for one in loaded))
    ratios.add(f"{api.title}: column memory", "bytes", *(one.loaded["column_memory"] for one in loaded))
    for request in [*groups["resident"], *groups["deep"]]:
        answers = dict((index, loaded[index].ask(request)) for index in turns)
        same(api, request, [answers[0], answers[1]])
        for group, key in (("loaded", "seconds"), ("loaded, first answer", "first")):
            ratios.add(f"{api.title}: {group}", request, answers[0][key], answers[1][key])
    for one in loaded:
        one.__exit__()


def seconds(command):
    """Runs a process, without its output, to its end; returns its seconds."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def same(api, request, answers):
    if len({(answer["total"], tuple(answer["ids"])) for answer in answers}) > 1:
        sys.exit(f"{api.title}: {request}: the revisions answer differently")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", metavar="REVISION", help="the revision to compare the checkout with")
    parser.add_argument("--rows", type=int, default=200_000, help="records in each dump (default: 200000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of every measure (default: 3)")
    parser.add_argument("--work", type=Path, help="folder of dumps and builds (default: compare in cargo's target folder)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each process (default: one for each core)")
    parser.add_argument("--api", action="append", choices=APIS, help="only this API; may be repeated")
    parser.add_argument("--built", type=Path, nargs=2, metavar=("IDQ", "ANSWERS"), help="the revision's binaries, if built")
    options = parser.parse_args()
    options.api = options.api or list(APIS)
    return options


if __name__ == "__main__":
    main()
