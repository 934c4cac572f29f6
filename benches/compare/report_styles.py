"""Formats the report's parts on styles of dumps."""

from report import code, table

# The measures by their names in the report, each with a function from the figures of a style to seconds by engine.
LOADING = "loading all queried columns"


def measures(results):
    """Returns functions from the figures of a style to the seconds of both engines, by measure."""
    first = next(iter(results.values()))
    named = {
        code(question["request"]): lambda one, number=number: one["questions"][number]["seconds"]
        for number, question in enumerate(first["questions"])
    }
    return {**named, LOADING: lambda one: one["load"]}


def styles(report, api, results):
    """Formats a table for each measure, the worst style first, and lines to copy."""
    lines = []
    for measure, seconds in measures(results).items():
        rows = []
        for name, one in results.items():
            idq, duckdb = (one["bytes"] / seconds(one)[engine] / 1e9 for engine in ("idq", "duckdb"))
            rows.append((idq / duckdb, idq, duckdb, name))
        rows.sort()
        slowest, fastest = min(rows, key=lambda row: row[1]), max(rows, key=lambda row: row[1])
        # The worst style counts: no figure is that of one style alone.
        report.sum_up(api, f"{measure}, worst style ({rows[0][3]}), against DuckDB", rows[0][0], None)
        report.sum_up(api, f"{measure}, bytes per second of the slowest style over the fastest", slowest[1] / fastest[1], None)
        lines.append(
            f"* {api.title}, {measure}: {rows[-1][0]:.1f}x DuckDB ({rows[-1][3]}), worst {rows[0][0]:.1f}x "
            f"({rows[0][3]}); {fastest[1]:.2f} GB/s ({fastest[3]}), slowest {slowest[1]:.2f} GB/s ({slowest[3]})."
        )
        cells = [[name, f"{ratio:.2f}", f"{idq:.2f}", f"{duckdb:.2f}"] for ratio, idq, duckdb, name in rows]
        report.add(
            f"{api.title}: {measure}, by style of the dump",
            "GB of the dump per second; the worst ratio first. Of idq whole processes for a question, and the load alone "
            "for loading; of DuckDB the seconds inside the process.\n",
            table(["style", "ratio", "idq, GB/s", "DuckDB, GB/s"], cells),
        )
    lines.append(packing(report, api, results))
    report.add(f"{api.title}: every figure with its worst style", "\n".join(lines) + "\n")


def packing(report, api, results):
    """Formats packing and the size of snapshot files, the largest first; returns a line to copy."""
    rows = []
    for name, one in results.items():
        rows.append((one["file"] / one["bytes"], one["bytes"] / one["packing"] / 1e9, one["packing"], name))
    rows.sort(reverse=True)
    slowest, fastest = min(rows, key=lambda row: row[1]), max(rows, key=lambda row: row[1])
    report.sum_up(api, f"snapshot file, of the dump's bytes, worst style ({rows[0][3]})", 100 * rows[0][0], None, unit="%")
    cells = [[name, f"{share:.1%}", f"{speed:.2f}", f"{seconds:.2f}"] for share, speed, seconds, name in rows]
    report.add(
        f"{api.title}: packing, by style of the dump",
        "Whole processes of idq; the largest file first.\n",
        table(["style", "file, of the dump", "GB/s", "seconds"], cells),
    )
    return (
        f"* {api.title}, packing: file {rows[-1][0]:.0%} of the dump ({rows[-1][3]}), worst {rows[0][0]:.0%} "
        f"({rows[0][3]}); {fastest[1]:.2f} GB/s ({fastest[3]}), slowest {slowest[1]:.2f} GB/s ({slowest[3]})."
    )
