"""Formats the report's parts on snapshot files."""

from report import TARGETS, code, megabytes, milliseconds, table, verdict

# Files and queries by their names in the report.
TITLES = {
    "idq": "idq's snapshot file",
    "database": "DuckDB's database, with the records",
    "bare database": "DuckDB's database, columns alone",
    "parquet": "Parquet by DuckDB, with the records",
}
ASKED = {"idq": "idq", "database": "DuckDB", "parquet": "DuckDB on Parquet", "polars": "Polars on Parquet"}


def files(report, api, written, dump_bytes):
    """Formats the times of writing and the sizes of the files."""
    own = written["idq"]
    gain, share = written["database"]["seconds"] / own["seconds"], own["bytes"] / dump_bytes
    report.sum_up(api, "packing, against DuckDB's database of the same table", gain, TARGETS["packing"])
    report.sum_up(api, "snapshot file, of the dump's bytes", share, TARGETS["packed bytes"], True, "%")
    rows = [
        [title, f"{one['seconds']:.2f}", f"{one['seconds'] / own['seconds']:.2f}", f"{one['processors']:.2f}",
         megabytes(one["bytes"]), f"{one['bytes'] / dump_bytes:.1%}"]
        for title, one in ((title, written[name]) for name, title in TITLES.items())
    ]
    report.add(
        f"{api.title}: from the dump to a file",
        "Whole processes. A snapshot file holds the records as they were, byte for byte, beside the columns; so do a "
        "database and a Parquet file only with the records.\n",
        table(["file", "seconds", "of idq's", "processor seconds", "MB", "of the dump"], rows),
    )


def answers(report, api, results):
    """Formats the times of one query on a file by a new process."""
    gains = [result["figures"]["database"]["seconds"] / result["figures"]["idq"]["seconds"] for result in results]
    memory = max(result["figures"]["idq"]["anonymous"] for result in results) / (1 << 20)
    of = f"the least of {len(results)} questions"
    report.sum_up(api, f"open and answer, against DuckDB's command on its database, {of}", min(gains), TARGETS["packed"])
    most = "open and answer, the most memory that no file backs"
    report.sum_up(api, most, memory, TARGETS["packed memory"], True, " MiB")
    names, rows = list(results[0]["figures"]), []
    for result, gain in zip(results, gains):
        figures = result["figures"]
        times = [milliseconds(figures[name]["seconds"]) for name in names]
        if "polars" in names:
            times[names.index("polars")] += f" ({milliseconds(figures['polars']['process_seconds'])})"
        rows.append([
            code(result["request"]), f"{result['total']:,}", *times, f"{gain:.1f}", figures["database"]["way"],
            verdict(gain, TARGETS["packed"]), f"{figures['idq']['anonymous'] / (1 << 20):.1f}",
        ])
    engines = [f"{ASKED[name]}, ms" for name in names]
    header = ["question", "matches", *engines, "ratio", "DuckDB's way", "target", "memory of idq, MiB"]
    report.add(
        f"{api.title}: one question to a file, by a new process",
        "Whole processes of idq and of DuckDB's command, start and end included; of Polars the seconds inside the "
        "process (in brackets: the whole process). The ratio is that of DuckDB on its database to idq. The memory is what "
        "no file backs.\n",
        table(header, rows),
    )


def scale(report, api, seconds, rows):
    """Formats the seconds of a small and a large file."""
    (small, large), *_ = seconds.values()
    report.sum_up(api, f"opening a file of {rows:,} records, of a smaller one", large / small, TARGETS["scale"], True)
    lines = [
        [code(what), milliseconds(one), milliseconds(other), f"{other / one:.2f}"] for what, (one, other) in seconds.items()
    ]
    report.add(
        f"{api.title}: a snapshot file of {rows:,} records beside the smaller one",
        "Whole processes.\n",
        table(["what", "smaller, ms", "larger, ms", "ratio"], lines),
    )
