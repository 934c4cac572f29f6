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


class Number(str):
    """A number in its own spelling."""


def main(path, dump):
    lines = open(dump, "rb").read().splitlines()
    records = [json.loads(line, parse_int=Number, parse_float=Number) for line in lines]
    file = pyarrow.ipc.open_file(pyarrow.memory_map(path))
    metadata = {key.decode(): value.decode() for key, value in file.schema.metadata.items()}
    table = file.read_all()
    table.validate(full=True)
    assert metadata["idq:format"] == "5", metadata["idq:format"]
    assert int(metadata["idq:rows"]) == table.num_rows == len(records)
    [source] = json.loads(metadata["idq:sources"])
    assert (source["name"], source["records"]) == (dump, len(records)), source
    described = json.loads(metadata["idq:columns"])
    assert len(described) == table.num_columns
    for column, name in zip(described, table.column_names):
        check(column, values_in(table, column, name), records)
    check_records(table, metadata, lines)
    for name in table.column_names:
        if name.startswith("idq:document:"):
            check_documents(table[name], name.removeprefix("idq:document:"), records)
    # As a table of another engine: the columns that are the API's fields.
    plain = table.select([name for name in table.column_names if not name.startswith("idq:")])
    [count] = duckdb.sql("select count(*), count(distinct id) from plain").fetchall()
    assert count == (len(records), len({record["id"] for record in records})), count
    print(f"{len(records)} records agree")


def values_in(table, column, name):
    """Returns the values of a column; those of texts without their affixes are joined with these."""
    values = table[name].to_pylist()
    if column["encoding"] not in ("prefixed-text", "suffixed-text"):
        return values
    affixes = table[f"idq:affix:{column['field']}"].to_pylist()
    join = (lambda stem, affix: affix + stem) if column["encoding"] == "prefixed-text" else str.__add__
    return [None if stem is None else join(stem, affix) for stem, affix in zip(values, affixes)]


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
    purpose, field = column["purpose"], column["field"]
    if purpose in ("record-hash", "record-length", "record-block", "document", "affix"):
        return
    expected = [at(record, field) for record in records]
    if purpose == "value":
        for value, (is_there, found) in zip(values, expected):
            assert as_json(value) == as_instant(found, column["encoding"]), (field, value, found)
    elif purpose == "missing":
        assert values == [not is_there for is_there, _ in expected], field
    elif purpose == "null":
        assert values == [is_there and found is None for is_there, found in expected], field
    elif purpose == "rank":
        ranks = {found: rank for (_, found), rank in zip(expected, values)}
        assert values == [ranks[found] for _, found in expected], field
        assert ranks.pop(None, 0) == 0, field
        assert any(are_ranks(ranks, form) for form in (str, str.lower)), field
    elif purpose == "presence":
        for value, (_, found) in zip(values, expected):
            assert (value is None) == (found is None), (field, value, found)
            assert value in (None, False) or any(found.values()), (field, value, found)
    else:
        sys.exit(f"an unknown purpose: {purpose}")


def are_ranks(ranks, form):
    """Returns whether texts have the ranks of their forms, from 1 without a gap."""
    forms = sorted({form(text).encode() for text in ranks})
    rank_of = {one: rank for rank, one in enumerate(forms, 1)}
    return all(rank_of[form(text).encode()] == rank for text, rank in ranks.items())


KINDS = {0xFF: "string", 0xFE: "number", 0xFD: "boolean", 0xFC: "null", 0xFB: "{}", 0xFA: "[]"}


def split(texts):
    """Splits texts at their terminators, and returns each with its kind."""
    found, start = [], 0
    for end, byte in enumerate(texts):
        if byte in KINDS:
            found.append((texts[start:end].decode(), KINDS[byte]))
            start = end + 1
    assert start == len(texts)
    return found


def leb128(encoded):
    numbers, number, shift = [], 0, 0
    for byte in encoded:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    return numbers


def check_documents(column, field, records):
    """Compares the paths of each batch with the documents of its records."""
    first = 0
    for chunk in column.chunks:
        paths = chunk[0].as_py()
        assert paths and not any(chunk[1:].to_pylist())
        found = [[] for _ in range(len(chunk))]
        names = []
        for index, path in enumerate(paths):
            assert path["parent"] < max(index, 1)
            names.append(names[path["parent"]] + (path["key"].decode(),) if index else ())
            bits = path["original_bits"]
            originals = iter(split(path["originals"]))
            capitals = bits_of(path["capitals"])
            assert not (path["originals"] and path["capitals"]), names[index]
            texts = []
            for position, (folded, kind) in enumerate(split(path["values"])):
                differs = position // 8 < len(bits) and bits[position // 8] >> position % 8 & 1
                text = folded
                if differs:
                    text = restored(folded, capitals) if path["capitals"] else next(originals)[0]
                assert text.lower().replace("ς", "σ") == folded, (text, folded)
                texts.append((text, kind))
            rows = path["rows"] or path["wide_rows"] or []
            if path["row_bits"] is not None:
                rows = [row for row in range(len(chunk)) if path["row_bits"][row // 8] >> row % 8 & 1]
            codes = range(len(rows)) if path["codes"] is None else path["codes"]
            levels, numbers = leb128(path["levels"]), leb128(path["element_numbers"])
            for position, (row, code) in enumerate(zip(rows, codes, strict=True)):
                own = numbers[position * len(levels) : (position + 1) * len(levels)]
                elements = {level: number for level, number in zip(levels, own) if number}
                found[row].append((names[index], *texts[code], elements))
        for row, values in enumerate(found):
            expected = []
            if field == "idq:undocumented":
                continue
            is_there, document = at(records[first + row], field)
            if is_there and document is not None:
                values_of(document, (), {}, {}, expected)
            order = lambda value: (value[0], value[1], value[2], sorted(value[3].items()))
            assert sorted(values, key=order) == sorted(expected, key=order), (field, values, expected)
        first += len(chunk)


def bits_of(encoded):
    """Lists bits, the least significant of each byte first."""
    return (byte >> position & 1 for byte in encoded for position in range(8))


def restored(folded, capitals):
    """Restores a text as written: each byte of the folded text has a bit."""
    text = ""
    for character in folded:
        is_capital, *_ = [next(capitals) for _ in character.encode()]
        text += character.upper() if is_capital else character
    return text


def values_of(value, path, elements, counts, out):
    """Lists the values of a document: path, text, kind and the number of the array element at each level."""
    if isinstance(value, dict) and value:
        for key, member in value.items():
            values_of(member, path + (key,), elements, counts, out)
    elif isinstance(value, list) and value:
        for item in value:
            counts[path] = counts.get(path, 0) + 1
            values_of(item, path, elements | {len(path): counts[path]}, counts, out)
    else:
        text, kind = {
            Number: lambda: (str(value), "number"),
            str: lambda: (value, "string"),
            bool: lambda: (str(value).lower(), "boolean"),
            dict: lambda: ("", "{}"),
            list: lambda: ("", "[]"),
            type(None): lambda: ("", "null"),
        }[type(value)]()
        out.append((path, text, kind, elements))


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
