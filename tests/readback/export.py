"""Reads exported files with pyarrow, DuckDB and Python's csv, and compares every value with Python's reading of the dump.

The argument is a JSON object: `dump` (a record a line), `columns`, `kinds` (the API's kind of each column: text,
date-time, boolean, number, document; none for an undocumented path), `partition` (the field of the folders), and
`folder`, which has `all.parquet`, `all.arrow`, `all.csv`, `all.ndjson` and the folders `parts-parquet`, `parts-csv`.
"""

import csv
import datetime
import io
import json
import re
import sys
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet

csv.field_size_limit(1 << 30)


class Number(str):
    """A number with its spelling."""


class Members(list):
    """An object as its members, in order."""

    def get(self, key):
        return next((value for name, value in reversed(self) if name == key), None)


def parse(text):
    number = Number
    return json.loads(text, parse_int=number, parse_float=number, object_pairs_hook=Members)


def at(record, path):
    for key in path.split("."):
        record = record.get(key) if isinstance(record, Members) else None
    return record


TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|([+-])(\d\d):(\d\d))")
EPOCH = datetime.date(1970, 1, 1).toordinal()


def micros(text):
    day, hour, minute, second, fraction, zone, sign, hours, minutes = TIME.fullmatch(text).groups()
    seconds = (datetime.date.fromisoformat(day).toordinal() - EPOCH) * 86400
    seconds += int(hour) * 3600 + int(minute) * 60 + int(second)
    if sign:
        ahead = int(hours) * 3600 + int(minutes) * 60
        seconds -= -ahead if sign == "-" else ahead
    return seconds * 1_000_000 + int(((fraction or "") + "000000")[:6])


def is_integer(number):
    return re.fullmatch(r"-?\d+", number) and number != "-0" and -(2**63) <= int(number) < 2**63


def is_double(number):
    value = float(number)
    return abs(value) != float("inf") and Decimal(repr(value)) == Decimal(number)


def column_type(kind, values):
    """Returns the documented type of these values."""
    values = [value for value in values if value is not None]
    numbers = all(isinstance(value, Number) for value in values)
    if kind == "date-time":
        return pa.timestamp("us", "UTC")
    if kind == "boolean" or (not kind and values and all(isinstance(value, bool) for value in values)):
        return pa.bool_()
    if kind == "number" or (not kind and values and numbers):
        if all(map(is_integer, values)):
            return pa.int64()
        return pa.float64() if all(map(is_double, values)) else pa.string()
    return pa.string()


def without_white_space(line):
    """Removes white space outside strings."""
    return re.sub(r'("(?:[^"\\]|\\.)*")|\s+', r"\1", line)


def is_json(kind, values):
    """Returns whether the column's texts are JSON."""
    if kind:
        return kind == "document"
    kinds = {"number" if isinstance(v, Number) else type(v).__name__ for v in values if v is not None}
    return bool(kinds) and kinds not in ({"str"}, {"bool"}, {"number"})


def check(condition, *what):
    if not condition:
        sys.exit(" ".join(map(str, ("readback:", *what))))


def check_values(where, name, kind, table, values, lines):
    column = table.column(name)
    check(column.type == column_type(kind, values), where, name, "has type", column.type)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    found = column.to_pylist()
    check(len(found) == len(values), where, name, "has", len(found), "values, not", len(values))
    documents = is_json(kind, values)
    for row, (got, value) in enumerate(zip(found, values)):
        if value is None:
            same = got is None
        elif kind == "date-time":
            same = got == micros(value)
        elif documents:
            # Equal members in equal order, with the spelling of the record.
            same = parse(got) == value and got in without_white_space(lines[row])
        elif isinstance(value, Number) and not pa.types.is_string(column.type):
            # Compared as text, so that -0.0 differs from 0.0.
            same = str(got) == str(int(value) if pa.types.is_integer(column.type) else float(value))
        else:
            same = got == value and type(got) in (str, bool)
        check(same, where, name, "row", row, "is", repr(got), "not", repr(value))


def csv_text(value, line):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None


def check_csv(where, file, names, values, lines):
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode(), newline="")))
    check(rows[0] == names, where, "has the header", rows[0])
    check(len(rows) == len(lines) + 1, where, "has", len(rows) - 1, "rows")
    for row, fields in enumerate(rows[1:]):
        for name, got in zip(names, fields, strict=True):
            value = values[name][row]
            expected = csv_text(value, lines[row])
            same = got == expected if expected is not None else parse(got) == value
            check(same, where, name, "row", row, "is", repr(got), "not", repr(value))


def same_tables(where, left, right):
    check(left.column_names == right.column_names, where, "has columns", right.column_names)
    for name in left.column_names:
        one, other = left.column(name), right.column(name)
        if pa.types.is_timestamp(one.type):
            check(other.type == one.type or pa.types.is_timestamp(other.type), where, name, other.type)
            one, other = one.cast(pa.int64()), other.cast(one.type).cast(pa.int64())
        check(str(one.to_pylist()) == str(other.to_pylist()), where, name, "differs")


def in_duckdb(sql):
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'; set preserve_insertion_order = true")
    result = connection.execute(sql)
    return (result.to_arrow_table if hasattr(result, "to_arrow_table") else result.fetch_arrow_table)()


def main():
    job = json.loads(sys.argv[1])
    folder, columns, kinds = Path(job["folder"]), job["columns"], job["kinds"]
    lines = Path(job["dump"]).read_bytes().decode().split("\n")[:-1]
    records = [parse(line) for line in lines]
    values = {name: [at(record, name) for record in records] for name in columns}

    parquet = pyarrow.parquet.read_table(folder / "all.parquet", partitioning=None)
    with pa.OSFile(str(folder / "all.arrow")) as file:
        arrow = pa.ipc.open_file(file).read_all()
    for where, table in (("parquet", parquet), ("arrow", arrow)):
        check(table.column_names == [*columns, "record"], where, "has columns", table.column_names)
        check(table.column("record").to_pylist() == lines, where, "has other records")
        for name in columns:
            check_values(where, name, kinds.get(name), table, values[name], lines)
    same_tables("duckdb", parquet, in_duckdb(f"from read_parquet('{folder}/all.parquet')"))
    check_csv("csv", folder / "all.csv", columns, values, lines)
    check((folder / "all.ndjson").read_bytes().decode().split("\n")[:-1] == lines, "ndjson differs")

    # A folder of parts: each record in the part of its value, in order, by three readers.
    partition = job["partition"]
    expected = {}
    for line, record in zip(lines, records):
        value = at(record, partition)
        value = str(value).lower() if isinstance(value, bool) else value
        expected.setdefault(value, []).append(line)
    hive = pa.dataset.partitioning(pa.schema([(partition, pa.string())]), flavor="hive")
    parts = pa.dataset.dataset(folder / "parts-parquet", partitioning=hive).to_table()
    read_parts = f"read_parquet('{folder}/parts-parquet/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)"
    for where, table in (("pyarrow's parts", parts), ("duckdb's parts", in_duckdb(f"from {read_parts}"))):
        found = {}
        for value, record in zip(table.column(partition).to_pylist(), table.column("record").to_pylist()):
            found.setdefault(value, []).append(record)
        check(found == expected, where, "are", {value: len(records) for value, records in found.items()})
    names = [name for name in columns if name != partition]
    for part in (folder / "parts-csv").iterdir():
        value = unquote(part.name.split("=", 1)[1])
        value = None if value == "__HIVE_DEFAULT_PARTITION__" else value
        in_part = set(expected[value])
        rows = [row for row, line in enumerate(lines) if line in in_part]
        here = {name: [values[name][row] for row in rows] for name in names}
        check_csv(part.name, part / "part-0.csv", names, here, [lines[row] for row in rows])
    print(f"{len(lines)} records, {len(columns)} columns")


main()
