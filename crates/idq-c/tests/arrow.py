"""Reads the Arrow streams of the library with pyarrow: python tests/arrow.py LIBRARY DUMP"""

import ctypes
import json
import sys

import pyarrow

library = ctypes.CDLL(sys.argv[1])


class Stream(ctypes.Structure):
    """struct ArrowArrayStream"""

    _fields_ = [(name, ctypes.c_void_p) for name in ("get_schema", "get_next", "get_last_error", "release", "private_data")]


def texts(*values: str) -> ctypes.Array:
    return (ctypes.c_char_p * len(values))(*(value.encode() for value in values))


def table(function, matches: ctypes.c_void_p, *names: str) -> pyarrow.Table:
    """Returns the table of a stream, which pyarrow releases."""
    stream = Stream()
    status = function(matches, texts(*names), ctypes.c_size_t(len(names)), ctypes.byref(stream), None)
    assert status == 0, status
    return pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(stream)).read_all()


snapshot, matches = ctypes.c_void_p(), ctypes.c_void_p()
assert library.idq_open(texts(sys.argv[2]), ctypes.c_size_t(1), None, ctypes.byref(snapshot), None) == 0
assert library.idq_query(snapshot, b"filter[state]=active", 0, ctypes.byref(matches), None) == 0
columns = table(library.idq_matches_arrow_stream, matches, "id", "state", "timestamp.created_at", "profile.department")
counts = table(library.idq_matches_count_by, matches, "timestamp.created_at:year")
every = table(library.idq_matches_arrow_stream, matches)
library.idq_matches_free(matches)
library.idq_snapshot_free(snapshot)

# The same values from the records themselves, read without idq.
with open(sys.argv[2], encoding="utf-8") as dump:
    records = [json.loads(line) for line in dump]
active = [record for record in records if record["state"] == "active" and record["timestamp"].get("deleted_at") is None]
assert columns.num_rows == every.num_rows == len(active)
assert columns["id"].to_pylist() == [record["id"] for record in active]
departments = [(record.get("profile") or {}).get("department") for record in active]
assert columns["profile.department"].to_pylist() == departments
assert set(columns["state"].to_pylist()) == {"active"}
assert str(columns.schema.field("timestamp.created_at").type).startswith("timestamp[")
years: dict[str, int] = {}
for record in active:
    year = record["timestamp"]["created_at"][:4]
    years[year] = years.get(year, 0) + 1
assert dict(zip(counts["timestamp.created_at:year"].to_pylist(), counts["count"].to_pylist())) == years
assert every.num_columns > 20
print(f"{columns.num_rows} rows of {columns.num_columns} columns, {counts.num_rows} groups, {every.num_columns} fields")
