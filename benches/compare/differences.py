"""`idq diff` beside DuckDB's full outer join of the same two tables on all columns, and `idq match` beside its join of folded
e-mail addresses: whole processes."""

import json
import os
import re
import subprocess
import time
from statistics import median

from measure import run, say
from packed import beside, pack
from peers.duckdb_command import Command, without_records

# Runs of each process, in turns.
RUNS = 5

# A change of each API's records, by the text that it replaces; records without the text get another id. The changed field
# is a column of DuckDB's tables.
CHANGES = {
    "provisionr": (b'"state":"active","vendor_id":', b'"state":"suspended","vendor_id":'),
    "permission-assist": (b'"status":"Active"', b'"status":"Disabled"'),
}


# The field with the e-mail address.
ADDRESS = {"provisionr": "email", "permission-assist": "emailAddress"}


class Differences:
    """A dump, and the same a day later: of a hundred records one differs, of a thousand one is gone and one is new."""

    def __init__(self, engines, api, dump):
        self.engines, self.api = engines, api
        self.peer = Command(engines.python, engines.threads)
        self.dumps = (dump, dump.with_name(f"{dump.stem}.later.ndjson"))
        self.packed = tuple(beside(one, "idq") for one in self.dumps)
        self.database = dump.with_name(f"{dump.stem}.versions.duckdb")

    def compare(self, disagreements):
        """Returns the seconds and the peak of memory of each way, and the seconds of one load."""
        self._prepare()
        ways = {
            "idq, snapshot files": lambda: self._idq(self.packed),
            "DuckDB, tables": self._duckdb,
            "idq, dumps": lambda: self._idq(self.dumps),
        }
        matches = {
            "idq match, snapshot files": lambda: self._match(self.packed),
            "DuckDB, join of folded addresses": self._duckdb_match,
            "idq match, dumps": lambda: self._match(self.dumps),
        }
        ways |= matches
        runs = {name: [] for name in ways}
        for number in range(RUNS):
            say(f"{self.api.title}, differences {number + 1} of {RUNS}")
            for name, way in ways.items():
                runs[name].append(way())
        found = {name: past[0]["found"] for name, past in runs.items()}
        for names in (set(matches), set(ways) - set(matches)):
            if len({found[name] for name in names}) > 1:
                disagreements.found.append(f"{self.api.title}, differences: {found}")
        loads = []
        for _ in range(3):
            with self.engines.resident("idq", self.api, self.dumps[0]) as resident:
                loads.append(resident.loaded["load_seconds"])
        figures = {name: {key: median(one[key] for one in past) for key in ("seconds", "memory")} for name, past in runs.items()}
        return dict(figures=figures, found=found["idq, snapshot files"], load=median(loads))

    def _prepare(self):
        say(f"{self.api.title}, a day later")
        if not self.dumps[1].exists():
            unfinished = self.dumps[1].with_suffix(".unfinished")
            with open(self.dumps[0], "rb") as old, open(unfinished, "wb") as new:
                new.writelines(self._later(old))
            unfinished.rename(self.dumps[1])
        for dump, path in zip(self.dumps, self.packed):
            if not path.exists() or path.stat().st_mtime < self.engines.idq.stat().st_mtime:
                run(pack(self.engines, dump, path))
        if not self.database.exists():
            for name, dump in zip(("older", "newer"), self.dumps):
                query = without_records(self.api, dump)
                run(self.peer.write(self.database, f"CREATE TABLE {name} AS {query}"))

    def _later(self, lines):
        before, after = CHANGES[self.api.name]
        for number, line in enumerate(lines):
            if number % 1000 == 1:
                continue
            if number % 100 == 0:
                changed = line.replace(before, after, 1)
                line = changed if changed != line else another_id(line)
            yield line
            if number % 1000 == 2:
                yield another_id(line)

    def _idq(self, paths):
        command = [self.engines.idq, "diff", *paths, "--by-field", "-o", "csv", "--volatile"]
        return self._timed(command, 1, r"([\d,]+) added, ([\d,]+) removed, ([\d,]+) changed")

    def _match(self, paths):
        rule = f"{ADDRESS[self.api.name]} ~ {ADDRESS[self.api.name]}"
        command = [self.engines.idq, "match", *paths, "--on", rule, "--by-rule", "-o", "csv"]
        return self._timed(command, 0, r"([\d,]+) linked, ([\d,]+) disputed, ([\d,]+) unmatched")

    def _timed(self, command, expected, pattern):
        """Returns the time and the memory of a command, and the numbers in its summary."""
        started = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--threads", str(self.engines.threads)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        message = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        counts = re.search(pattern, message)
        if process.returncode != expected or not counts:
            raise SystemExit(f"{command[1]}: exit status {process.returncode}\n{message}")
        found = tuple(int(count.replace(",", "")) for count in counts.groups())
        return dict(seconds=seconds, memory=usage.ru_maxrss * 1024, found=found)

    def _duckdb(self):
        columns = [column.name for column in self.api.columns if column.name != "id"]
        differs = " OR ".join(f"o.{name} IS DISTINCT FROM n.{name}" for name in columns)
        statement = (
            "SELECT count(*) FILTER (o.id IS NULL) AS added, count(*) FILTER (n.id IS NULL) AS removed,"
            " count(*) FILTER (o.id IS NOT NULL AND n.id IS NOT NULL) AS changed"
            f" FROM older o FULL OUTER JOIN newer n ON o.id = n.id WHERE o.id IS NULL OR n.id IS NULL OR {differs}"
        )
        output, seconds, memory = run(self.peer.on_database(self.database, statement))
        row = json.loads(output.decode().strip().splitlines()[-1].strip("[],") or "{}")
        return dict(seconds=seconds, memory=memory, found=(row["added"], row["removed"], row["changed"]))


    def _duckdb_match(self):
        address = ADDRESS[self.api.name]
        groups = (
            f"SELECT lower({address}) AS address, count(*) AS records FROM {{}} WHERE {address} <> '' GROUP BY address"
        )
        statement = (
            f"WITH l AS ({groups.format('older')}), r AS ({groups.format('newer')}),"
            " pairs AS (SELECT l.records AS lefts, r.records AS rights FROM l JOIN r USING (address))"
            " SELECT count(*) FILTER (lefts = 1 AND rights = 1) AS linked,"
            " count(*) FILTER (lefts > 1 OR rights > 1) AS disputed,"
            " (SELECT count(*) FROM older) + (SELECT count(*) FROM newer) - sum(lefts + rights) AS unmatched FROM pairs"
        )
        output, seconds, memory = run(self.peer.on_database(self.database, statement))
        row = json.loads(output.decode().strip().splitlines()[-1].strip("[],") or "{}")
        found = tuple(int(row[name]) for name in ("linked", "disputed", "unmatched"))
        return dict(seconds=seconds, memory=memory, found=found)


def another_id(line):
    """Returns a record with another id."""
    return line.replace(b'{"id":"', b'{"id":"x', 1)


def report(report, api, one):
    """Adds the table of differences."""
    figures, (added, removed, changed) = one["figures"], one["found"]
    theirs = figures["DuckDB, tables"]["seconds"]
    joined = figures["DuckDB, join of folded addresses"]["seconds"]
    rows = [
        f"| {name} | {figure['seconds']:.2f} | {(joined if 'match' in name or 'join' in name else theirs) / figure['seconds']:.1f}x"
        f" | {figure['memory'] / 2**20:.0f} |"
        for name, figure in figures.items()
    ]
    dumps = figures["idq, dumps"]["seconds"]
    report.add(
        f"{api.title}: differences",
        f"Added, removed and changed records of two snapshots: {added:,}, {removed:,}, {changed:,}. Whole processes; DuckDB"
        " compares the columns of queries, idq whole records. Matching joins both snapshots by e-mail addresses without case, and"
        " counts linked, disputed and unmatched records.\n",
        "| | s | DuckDB relative | peak memory, MiB |",
        "|---|---:|---:|---:|",
        *rows,
        f"\nOne load of the first dump, of the columns of queries, takes {one['load']:.2f} s, two such loads"
        f" {2 * one['load']:.2f} s: the differences between the dumps take {dumps / (2 * one['load']):.2f} times as long,"
        f" matching them {figures['idq match, dumps']['seconds'] / (2 * one['load']):.2f} times.\n",
    )
