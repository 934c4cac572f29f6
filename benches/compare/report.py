"""Formats the report as Markdown."""

import platform
import shlex
import sys
from math import exp, log

from peers import NAMES
from question import shown

TARGETS = {
    "straight": 5.0,
    "load": 6.0,
    "resident": 10.0,
    "resident mean": 50.0,
    "deep": 50.0,
    "threads": 1.85,
    "columns": 0.20,
    "peak": 0.35,
    "scale": 1.1,
    "packing": 5.0,
    "packed bytes": 0.35,
    "packed": 8.0,
    "packed memory": 25.0,
    "expressions": 5.0,
    "expressions mean": 25.0,
    "counts": 10.0,
    "counts straight": 2.0,
    "counts straight, path": 1.5,
    "counts plain": 1.3,
    "counts packed": 8.0,
}


def ratio(figures):
    """Returns the fastest peer's seconds over idq's, and that peer."""
    name = min((name for name in figures if name != "idq"), key=lambda name: figures[name]["seconds"])
    return figures[name]["seconds"] / figures["idq"]["seconds"], name


def verdict(value, target, at_most=False):
    reached = value <= target if at_most else value >= target
    return f"{target:g} {'reached' if reached else '**missed**'}"


def table(header, rows):
    aligned = ["---" if number == 0 else "---:" for number in range(len(header))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, aligned, *rows]) + "\n"


def milliseconds(seconds):
    return f"{seconds * 1e3:.2f}" if seconds < 0.1 else f"{seconds * 1e3:,.0f}"


def megabytes(size):
    return f"{size / 1e6:,.0f}"


def code(request):
    """Returns the request as code in a cell, in which a bar would end the cell."""
    return f"`{shown(request)}`".replace("|", "\\|")


class Report:
    """Collects the parts and the summary, which comes first."""

    def __init__(self, names):
        self.names = ["idq", *names]
        self.titles = ["idq", *(NAMES[name] for name in names)]
        self.parts, self.summary = [], []

    def add(self, title, *texts):
        self.parts.append("\n".join([f"### {title}\n", *texts]))

    def sum_up(self, api, what, value, target, at_most=False, unit="x"):
        """Adds a figure to the summary; `target` is None for a figure without one."""
        if target is None:
            self.summary.append([f"{api.title}: {what}", f"{value:.2f}{unit}", ""])
            return
        text = f"{value:.1%}" if unit == "%" else f"{value:.2f}{unit}"
        goal = verdict(value, target, at_most)
        if unit == "%":
            goal = goal.replace(f"{target:g}", f"{target:.0%}", 1)
        self.summary.append([f"{api.title}: {what}", text, ("at most " if at_most else "") + goal])

    def straight(self, api, results):
        rows = []
        for result in results:
            figures = result["figures"]
            gain, peer = ratio(figures)
            times = [
                f"{one['seconds']:.2f}" + (f" ({one['process_seconds']:.2f})" if name != "idq" else "")
                for name, one in ((name, figures[name]) for name in self.names)
            ]
            memory = " / ".join(megabytes(figures[name]["memory"]) for name in self.names)
            goal = verdict(gain, TARGETS["straight"])
            rows.append([code(result["request"]), f"{result['total']:,}", *times, f"{gain:.1f} ({NAMES[peer]})", goal, memory])
        worst = min(ratio(result["figures"])[0] for result in results)
        self.sum_up(api, "straight from the dump, the least of the questions", worst, TARGETS["straight"])
        header = ["question", "matches", *(f"{title}, s" for title in self.titles), "ratio", "target", "peak memory, MB"]
        self.add(
            f"{api.title}: one question straight from the dump",
            "Whole processes of idq, start and end included; of the peers the seconds inside the process, without the "
            "start of the interpreter, imports and the engine's own start (in brackets: the whole process).\n",
            table(header, rows),
        )

    def load(self, api, loaded):
        gain, _ = ratio(loaded)
        self.sum_up(api, "loading everything that can be queried", gain, TARGETS["load"])
        rows = [
            [title, f"{loaded[name]['seconds']:.2f}", f"{loaded[name]['seconds'] / loaded['idq']['seconds']:.2f}",
             megabytes(loaded[name]["memory"])]
            for name, title in zip(self.names, self.titles)
        ]
        own = loaded["idq"]
        columns, peak = own["column_memory"] / own["bytes"], own["anonymous_peak"] / own["bytes"]
        self.sum_up(api, "column memory, of the dump's bytes", columns, TARGETS["columns"], True, "%")
        self.sum_up(api, "anonymous peak while loading, of the dump's bytes", peak, TARGETS["peak"], True, "%")
        self.add(
            f"{api.title}: from the dump to columns in memory",
            f"{own['records']:,} records, {own['bytes'] / 1e9:.2f} GB. Columns of idq: {megabytes(own['column_memory'])}"
            f" MB; its anonymous peak: {megabytes(own['anonymous_peak'])} MB.\n",
            table(["engine", "seconds", "of idq's", "peak memory, MB"], rows),
        )

    def resident(self, api, results, deep):
        gains = [ratio(result["figures"])[0] for result in results]
        mean = exp(sum(map(log, gains)) / len(gains))
        short = sum(gain < TARGETS["resident"] for gain in gains)
        self.sum_up(api, f"resident, the least of {len(gains)} questions ({short} below 10)", min(gains), TARGETS["resident"])
        self.sum_up(api, "resident, geometric mean", mean, TARGETS["resident mean"])
        self.sum_up(api, "resident, deep page of a two-key sort", ratio(deep[0]["figures"])[0], TARGETS["deep"])
        rows, firsts = [], []
        for result in [*results, *deep]:
            gain, peer = ratio(result["figures"])
            target = TARGETS["deep" if result in deep else "resident"]
            times = [milliseconds(result["figures"][name]["seconds"]) for name in self.names]
            way = result["figures"][peer].get("way", "")
            question = [code(result["request"]), f"{result['total']:,}"]
            bare = milliseconds(result["figures"]["idq"]["rows_seconds"])
            rows.append([*question, *times, bare, f"{gain:.1f}", f"{NAMES[peer]}, {way}", verdict(gain, target)])
            firsts.append([*question, *(milliseconds(result["figures"][name]["first"]) for name in self.names)])
        engines = [f"{title}, ms" for title in self.titles]
        self.add(
            f"{api.title}: loaded; the count of all matches and the ids of one page",
            "Of idq the time includes reading the page's records, whole, from the dump; beside it without that.\n",
            table(["question", "matches", *engines, "idq without, ms", "ratio", "fastest peer, its way", "target"], rows),
            "The first time, in milliseconds. It is not the time above: what idq makes to answer a sort for the first "
            "time (an order of all records) it keeps, and later questions with that sort use it. Sorts that stand "
            "earlier in the table may have made it. The peers keep no such thing.\n",
            table(["question", "matches", *engines], firsts),
        )

    def threads(self, api, gains):
        for name, gain in gains.items():
            self.sum_up(api, f"{name}, two threads over one", gain, TARGETS["threads"])

    def scale(self, api, costs, rows):
        name, worst = max(costs.items(), key=lambda cost: cost[1])
        self.sum_up(api, f"cost of a record at {rows:,} records: loading", costs["loading"], TARGETS["scale"], True)
        self.sum_up(api, f"cost of a record at {rows:,} records: worst of all", worst, TARGETS["scale"], True)
        lines = [[code(name) if name != "loading" else name, f"{cost:.2f}"] for name, cost in costs.items()]
        self.add(f"{api.title}: a record at {rows:,} records, of its cost in the smaller dump", table(["what", "cost"], lines))

    def text(self, machine, revision, versions, threads):
        versions = ", ".join(f"{NAMES.get(name, name)} {version}" for name, version in versions.items())
        command = shlex.join(["python3", "benches/compare/run.py", *sys.argv[1:]])
        head = [
            f"* Machine: {machine}; {threads} threads for every engine; dumps in the page cache.",
            f"* Versions: idq {revision}; {versions or 'no peer was asked'}; Python {platform.python_version()} for the report.",
            "* Every answer that engines share below was the same from all: the total, and the ids of the page in their order, or the groups.",
            f"* Again: `{command}`\n",
        ]
        return "\n".join([*head, table(["measure", "figure", "target"], self.summary), *self.parts])
