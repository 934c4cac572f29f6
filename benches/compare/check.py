#!/usr/bin/env python3
"""Answers every query on a small dump with Python's own SQLite, as JSON, one object a line.

`check.py API DUMP`. A test compares the answers with those of idq, so that the queries and their translation to SQL stay
correct on machines without the peers.
"""

import json
import re
import sqlite3
import sys
from datetime import datetime, timezone

import question
from apis import APIS
from peers.sql import Dialect, literal


class Sqlite(Dialect):
    order = "rowid"

    def contains(self, column, text):
        return f"instr({self.lower(column)}, {literal(text)}) > 0"

    def instant(self, moment):
        return str(microseconds(moment))


def main():
    api, dump = APIS[sys.argv[1]], sys.argv[2]
    database = sqlite3.connect(":memory:")
    database.create_function("lower", 1, lambda text: text and lowered(text), deterministic=True)
    names = [column.name for column in api.columns]
    database.execute(f"CREATE TABLE people ({', '.join(names)})")
    with open(dump, encoding="utf-8") as lines:
        rows = ([cell(column, json.loads(line)) for column in api.columns] for line in lines)
        database.executemany(f"INSERT INTO people VALUES ({', '.join('?' * len(names))})", rows)
    dialect = Sqlite()
    for group in question.load(api, dump).values():
        for request in group:
            asked = question.parse(api, request)
            two, window = dialect.statements(api, asked, "people").values()
            total = database.execute(two[0]).fetchone()[0]
            ids = [row[0] for row in database.execute(two[1])]
            if list(database.execute(window[0])) != [(id, total) for id in ids]:
                sys.exit(f"{request}: the two ways to ask do not answer alike")
            print(json.dumps(dict(request=request, total=total, ids=ids)))


def cell(column, record):
    value = question.at(record, column.path)
    if value is None:
        return None
    if column.kind == "document":
        return json.dumps(value, ensure_ascii=False)
    if column.kind == "timestamp":
        # Python parses at most microseconds, and Z only from 3.11 on.
        return microseconds(datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value.replace("Z", "+00:00"))))
    return value


def microseconds(moment):
    elapsed = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds


def lowered(text):
    """Lowercases character by character, like idq: Python maps a sigma by its context."""
    return "".join(character.lower() for character in text).replace("ς", "σ")


if __name__ == "__main__":
    main()
