"""DuckDB by its command line: a table of all columns and the records themselves, as a database or as Parquet."""

import json
import subprocess
from pathlib import Path

from .duckdb_peer import TYPES, DuckDb, extracted, flat
from .sql import literal, tree


class OnParquet(DuckDb):
    order = "file_row_number"


class Command:
    """The command `duckdb` of the package `duckdb-cli`.

    Its program is started itself. The package's script `duckdb` starts it from Python, which would add Python's start to
    each time.
    """

    def __init__(self, python, threads):
        found = Path(python).parent.parent.glob("lib/python*/site-packages/duckdb_cli/duckdb")
        self.path, self.threads = next(found, None), threads
        if self.path is None:
            raise SystemExit(f"{python} has no package duckdb-cli, which requirements.txt lists")

    def database(self, query, path):
        """Writes the rows of a query to a database, checkpoint included."""
        return self._command([path], [f"CREATE TABLE people AS {query}", "CHECKPOINT"])

    def parquet(self, query, path):
        return self._command([], [f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"])

    def ask_database(self, api, question, path):
        """Returns both variants of a query by name."""
        ways = DuckDb().statements(api, question, "people")
        return {way: self._command(["-readonly", path], statements) for way, statements in ways.items()}

    def write(self, path, statement):
        """Runs a statement that writes to a database, checkpoint included."""
        return self._command([path], [statement, "CHECKPOINT"])

    def on_database(self, path, statement):
        return self._command(["-readonly", path], [statement])

    def statement(self, statement):
        """Runs a statement without a database."""
        return self._command([], [statement])

    def ask_parquet(self, api, question, path):
        ways = OnParquet().statements(api, question, f"read_parquet('{path}', file_row_number = true)")
        return {way: self._command([], statements) for way, statements in ways.items()}

    def version(self):
        output = subprocess.run([self.path, "-version"], check=True, stdout=subprocess.PIPE, text=True).stdout
        return output.split()[0].removeprefix("v")

    def _command(self, options, statements):
        statements = "; ".join([f"SET threads = {self.threads}", *statements])
        return [self.path, "-no-init", "-json", *options, "-c", statements]


def with_records(api, dump):
    """Returns a query that reads every column of the dump and the verbatim record.

    `read_json` gives one or the other; of the ways to have both in one table this one is the fastest.
    """
    names = ", ".join(f"fields.{column.path}{_plain(column)} AS {column.name}" for column in api.columns)
    structure = literal(json.dumps(_structure(tree(api.columns))))
    return (
        f"SELECT {names}, record::VARCHAR AS record FROM (SELECT json AS record, json_transform(json, {structure}) AS fields"
        f" FROM read_ndjson_objects('{dump}'))"
    )


def without_records(api, dump):
    """Returns a query that reads the columns alone."""
    return flat(api.columns, dump)


def with_columns(api, dump):
    """Returns a query that reads the columns of expressions and counts, and the position of each record."""
    return f"SELECT row_number() OVER () - 1 AS position, * FROM ({extracted(api, api.extracted, dump)})"


def _plain(column):
    """Casts documents to text, because other readers of Parquet do not support DuckDB's JSON type."""
    return "::VARCHAR" if column.kind == "document" else ""


def _structure(place):
    if isinstance(place, dict):
        return {key: _structure(below) for key, below in place.items()}
    return TYPES[place.kind]


def answer(output):
    """Parses the total and the ids of the command's output: an array of rows for each statement."""
    decoder, rows, text = json.JSONDecoder(), [], output.decode().strip()
    while text:
        array, end = decoder.raw_decode(text)
        rows.extend(array)
        text = text[end:].strip()
    # An empty page of a window has no row with the total.
    total = next((row["total"] for row in rows if "total" in row), 0)
    return dict(total=total, ids=[row["id"] for row in rows if "id" in row])
