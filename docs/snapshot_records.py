"""The records of a snapshot file, byte for byte, by pyarrow and zstandard alone: `python3 snapshot_records.py people.idq`.

An example of what snapshot-format.md says of the column `idq:record`. It does without the checksums.
"""

import base64
import datetime
import json
import re
import sys

import pyarrow
import pyarrow.ipc
import zstandard

WHOLE, PLAIN, COMPRESSED = range(3)
EPOCH = datetime.datetime(1970, 1, 1)


def records(path):
    """Each record, in load order."""
    file = pyarrow.ipc.open_file(pyarrow.memory_map(path))
    metadata = file.schema.metadata
    shapes = json.loads(metadata[b"idq:record-shapes"])
    dictionary = zstandard.ZstdCompressionDict(base64.b64decode(metadata[b"idq:record-dictionary"]))
    decompress = zstandard.ZstdDecompressor(dict_data=dictionary).decompress
    described = json.loads(metadata[b"idq:columns"])
    for number in range(file.num_record_batches):
        batch = file.get_batch(number)
        columns = [values(batch.column(at)) for at, one in enumerate(described) if one["role"] == "value"]
        for row, cell in enumerate(batch.column(len(described) - 1).to_pylist()):
            form, cell = cell[4], cell[5:]
            if form == WHOLE:
                yield decompress(cell)
                continue
            choices, texts = cell[1 : 1 + cell[0]], cell[1 + cell[0] :]
            if form == COMPRESSED:
                texts = decompress(texts)
            yield put_together(shapes, choices, texts, [column[row] for column in columns])


def values(column):
    """The texts of a column; of date-times the microseconds since 1970."""
    if pyarrow.types.is_timestamp(column.type):
        column = column.cast(pyarrow.int64())
    return [value if value is None or isinstance(value, int) else str(value) for value in column.to_pylist()]


def put_together(shapes, choices, texts, row):
    """The record that choices lead to, with its texts, and the values of the columns in its row."""
    bits = int.from_bytes(choices, "little")
    texts = texts.split(b"\0")

    def choose(among):
        nonlocal bits
        width = (len(among) - 1).bit_length()
        number, bits = bits & ((1 << width) - 1), bits >> width
        return among[number]

    record, place = "", shapes["places"][0]
    while True:
        text, to = choose(place["next"])
        record += text
        if to is None:
            return record.encode()
        place = shapes["places"][to]
        value = choose(place["values"])
        value = re.sub("(?s)[\1-\10].|\0", lambda part: part[0] if part[0] != "\0" else texts.pop(0).decode(), value)
        record += re.sub(
            "(?s)([\1-\10])(.)",
            lambda part: refer(ord(part[1]), row[ord(part[2])], value[part.end() :], shapes["style"]),
            value,
        )


def refer(kind, value, behind, style):
    """What a reference of this kind makes of the value in its column, where this text is behind it."""
    if kind in (1, 2) and value is None:
        return "null"
    if kind == 1:
        return f'"{spell(value, style)}"'
    if kind == 2:
        return f'"{clock(value)[:19]}Z"'
    if kind == 3:
        return spell(value, style)
    if kind in (4, 5):
        zone = re.match(r"[.0-9]*(?:[Zz]|([+-])(\d\d):(\d\d))", behind)
        ahead = 60_000_000 * (60 * int(zone[2]) + int(zone[3])) if zone[1] else 0
        return clock(value - ahead if zone[1] == "-" else value + ahead)[: {4: 26, 5: 19}[kind]]
    return spell({6: value.split("@")[0], 7: value.split(" ")[0], 8: value.split(" ")[-1]}[kind], style)


def clock(microseconds):
    """The date and the time of day; of years from 1 on, as Python knows no others."""
    return (EPOCH + datetime.timedelta(microseconds=microseconds)).isoformat(timespec="microseconds")


ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def spell(text, style):
    """How a text is spelled in JSON, between its quotes."""

    def escape(character):
        if character in ESCAPES and (character, style) != ('"', "html"):
            return ESCAPES[character]
        if character == "/":
            return "\\/"
        units = character.encode("utf-16-be").hex()
        units = units.upper() if style == "html" else units
        return "".join("\\u" + units[at : at + 4] for at in range(0, len(units), 4))

    odd = {
        "plain": r'["\\\x00-\x1f]',
        "ascii": r'["\\\x00-\x1f]|[^\x00-\x7f]',
        "slashes": r'["\\/\x00-\x1f]|[^\x00-\x7f]',
        "html": r"""["\\'&<>+`\x00-\x1f\x7f]|[^\x00-\x7f]""",
    }
    return re.sub(odd[style], lambda found: escape(found[0]), text)


if __name__ == "__main__":
    for record in records(sys.argv[1]):
        sys.stdout.buffer.write(record + b"\n")
