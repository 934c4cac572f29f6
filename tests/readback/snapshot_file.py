"""Compares a snapshot file, read as docs/snapshot-format.md describes, with the dump that it was packed from."""

import base64
import json
import sys
import uuid
from datetime import datetime, timezone

import duckdb
import pyarrow
import pyarrow.ipc
import xxhash
import zstandard


def main(path, dump):
    lines = open(dump, "rb").read().splitlines()
    records = [json.loads(line) for line in lines]
    file = pyarrow.ipc.open_file(pyarrow.memory_map(path))
    metadata = {key.decode(): value.decode() for key, value in file.schema.metadata.items()}
    table = file.read_all()
    table.validate(full=True)
    assert metadata["idq:format"] == "3", metadata["idq:format"]
    assert int(metadata["idq:rows"]) == table.num_rows == len(records)
    [source] = json.loads(metadata["idq:sources"])
    assert (source["name"], source["records"]) == (dump, len(records)), source
    described = json.loads(metadata["idq:columns"])
    assert len(described) == table.num_columns
    for column, name in zip(described, table.column_names):
        check(column, table[name].to_pylist(), records)
    check_records(table, metadata, lines)
    search(table)
    # As a table of another engine: the columns that are the API's fields.
    plain = table.select([name for name in table.column_names if not name.startswith("idq:")])
    [count] = duckdb.sql("select count(*), count(distinct id) from plain").fetchall()
    assert count == (len(records), len({record["id"] for record in records})), count
    print(f"{len(records)} records agree")


def check_records(table, metadata, lines):
    """Checks the hash and the length of each record, and its bytes in its block."""
    assert table["idq:record-hash"].to_pylist() == [xxhash.xxh3_64_intdigest(line) for line in lines]
    assert table["idq:record-length"].to_pylist() == [len(line) for line in lines]
    dictionary = zstandard.ZstdCompressionDict(base64.b64decode(metadata["idq:record-dictionary"]))
    decompress = zstandard.ZstdDecompressor(dict_data=dictionary).decompress
    row = 0
    for frame in filter(None, table["idq:record-block"].to_pylist()):
        block = decompress(frame)
        end = row
        while block:
            assert block.startswith(lines[end]), end
            block = block[len(lines[end]) :]
            end += 1
        assert table["idq:record-block"][row].as_py() == frame, row
        assert 1 <= end - row <= 4, row
        row = end
    assert row == len(lines)


def check(column, values, records):
    """Compares one column of a field with the records."""
    role, field = column["role"], column["field"]
    if role in ("record-hash", "record-length", "record-block", "search"):
        return
    expected = [at(record, field) for record in records]
    if role == "value":
        for value, (is_there, found) in zip(values, expected):
            assert as_json(value) == as_instant(found, column["form"]), (field, value, found)
    elif role == "missing":
        assert values == [not is_there for is_there, _ in expected], field
    elif role == "null":
        assert values == [is_there and found is None for is_there, found in expected], field
    elif role == "rank":
        ranks = {found: rank for (_, found), rank in zip(expected, values)}
        assert values == [ranks[found] for _, found in expected], field
        assert ranks.pop(None, 0) == 0, field
        assert any(are_ranks(ranks, form) for form in (str, str.lower)), field
    else:
        sys.exit(f"an unknown role: {role}")


def are_ranks(ranks, form):
    """Returns whether texts have the ranks of their forms, from 1 without a gap."""
    forms = sorted({form(text).encode() for text in ranks})
    rank_of = {one: rank for rank, one in enumerate(forms, 1)}
    return all(rank_of[form(text).encode()] == rank for text, rank in ranks.items())


def search(table):
    """Checks that the first row of each batch has the paths of all its documents, and the other rows none."""
    for name in table.column_names:
        if not name.startswith("idq:search:"):
            continue
        for chunk in table[name].chunks:
            places = chunk[0].as_py()
            assert places and not any(chunk[1:].to_pylist())
            for index, place in enumerate(places):
                assert place["around"] < max(index, 1)
                texts = place["values"].split(b"\xff")[:-1]
                for text in texts:
                    assert text.decode() == text.decode().lower()
                if place["codes"] is not None:
                    assert all(code < len(texts) for code in place["codes"])


def at(record, field):
    """Returns whether a record has a field, and its value."""
    value = record
    for key in field.split("."):
        if not isinstance(value, dict) or key not in value:
            return False, None
        value = value[key]
    return True, value


def as_json(value):
    if isinstance(value, uuid.UUID):
        return str(value)
    return value


def as_instant(found, form):
    if form != "timestamp" or found is None:
        return found
    return datetime.fromisoformat(found.replace("Z", "+00:00")).astimezone(timezone.utc)


main(*sys.argv[1:])
