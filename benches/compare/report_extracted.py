"""Formats the report's parts on expressions and counts."""

from math import exp, log

from peers import NAMES
from report import TARGETS, code, milliseconds, ratio, table, verdict


def resident(report, api, results, group):
    """Formats the times of loaded engines; `group` is `expressions` or `counts`."""
    gains = [ratio(result["figures"])[0] for result in results]
    mean, target = exp(sum(map(log, gains)) / len(gains)), TARGETS[group]
    short = sum(gain < target for gain in gains)
    report.sum_up(api, f"{group}, the least of {len(gains)} questions ({short} below {target:g})", min(gains), target)
    report.sum_up(api, f"{group}, geometric mean", mean, TARGETS.get(f"{group} mean"))
    rows = []
    for result in results:
        figures = result["figures"]
        gain, peer = ratio(figures)
        times = [milliseconds(figures[name]["seconds"]) for name in report.names]
        first = milliseconds(figures["idq"]["first"])
        found = f"{len(figures['idq']['ids']):,}" if group == "counts" else milliseconds(figures["idq"]["rows_seconds"])
        way = f"{NAMES[peer]}, {figures[peer]['way']}"
        question = code(result["request"].removeprefix("where="))
        cells = [question, f"{result['total']:,}", *times, found, first, f"{gain:.1f}", way, verdict(gain, target)]
        rows.append(cells)
    engines = [f"{title}, ms" for title in report.titles]
    extra = "groups" if group == "counts" else "idq without, ms"
    header = ["question", "matches", *engines, extra, "idq at first, ms", "ratio", "fastest peer, its way", "target"]
    report.add(f"{api.title}: {TITLES[group]}", f"{NOTES[group]}\n", table(header, rows))


TITLES = {
    "expressions": "expressions, loaded; the count of all matches and the ids of one page",
    "counts": "counts by keys, loaded",
}
NOTES = {
    "expressions": "The peers have each field and each path of an expression as a typed column. Of idq the time includes "
    "reading the page's records from the dump; beside it without that.",
    "counts": "The peers have each key as a typed column. Matches are the records in the groups.",
}


def straight(report, api, results):
    """Formats counts straight from the dump, and their cost beside a plain filter of the same dump."""
    rows = []
    for result in results:
        figures, target = result["figures"], target_of(api, result["request"])
        idq, plain, duckdb = (figures[name]["seconds"] for name in ("idq", "plain", "duckdb"))
        report.sum_up(api, f"{code(result['request'])} straight from the dump, against DuckDB", duckdb / idq, target)
        cost = f"{code(result['request'])} straight from the dump, against a plain filter of idq"
        report.sum_up(api, cost, idq / plain, TARGETS["counts plain"], True)
        rows.append([
            code(result["request"]), f"{result['total']:,}", f"{idq:.2f}", f"{duckdb:.2f}", figures["duckdb"]["way"],
            f"{duckdb / idq:.2f}", verdict(duckdb / idq, target), f"{plain:.2f}", f"{idq / plain:.2f}",
            verdict(idq / plain, TARGETS["counts plain"], True),
        ])
    header = ["question", "matches", "idq, s", "DuckDB, s", "DuckDB's way", "ratio", "target", "plain filter, s",
              "of it", "at most"]
    report.add(
        f"{api.title}: counts by a key straight from the dump",
        "Whole processes of idq; of DuckDB the seconds inside the process, without the start of the interpreter, imports "
        "and the engine's own start. The plain filter is `idq count` of the active records.\n",
        table(header, rows),
    )


def target_of(api, request):
    is_path = any(api.document(key) for key in request.removeprefix("by=").split(","))
    return TARGETS["counts straight, path" if is_path else "counts straight"]


def cold(report, api, results):
    """Formats counts of files by new processes."""
    rows = []
    for result in results:
        idq, duckdb = (result["figures"][name]["seconds"] for name in ("idq", "duckdb"))
        gain, target = duckdb / idq, TARGETS["counts packed"]
        report.sum_up(api, f"{code(result['request'])} of a snapshot file, against DuckDB's command", gain, target)
        times = [milliseconds(idq), milliseconds(duckdb)]
        rows.append([code(result["request"]), f"{result['total']:,}", *times, f"{gain:.1f}", verdict(gain, target)])
    report.add(
        f"{api.title}: counts by a key of a file, by a new process",
        "Whole processes of `idq count` on the snapshot file and of DuckDB's command on its database, start and end "
        "included.\n",
        table(["question", "matches", "idq, ms", "DuckDB, ms", "ratio", "target"], rows),
    )
