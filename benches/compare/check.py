#!/usr/bin/env python3
"""Answers every query and count on a small dump with Python's own SQLite, as JSON, one object a line.

`check.py API DUMP`. A test compares the answers with those of idq, so that the queries and their translation to SQL stay
correct on machines without the peers.
"""

import json
import re
import sqlite3
import sys
from datetime import datetime, timezone

import grouping
import question
from apis import APIS
from peers.sql import Dialect, counted, literal


class Sqlite(Dialect):
    order = "rowid"

    def contains(self, column, text):
        return f"instr({self.lower(column)}, {literal(text)}) > 0"

    def instant(self, moment):
        return str(microseconds(moment))

    def starts(self, name, text):
        return f"instr({name}, {literal(text)}) = 1"

    def ends(self, name, text):
        return f"substr({name}, -{len(text)}) = {literal(text)}"

    def matches(self, name, pattern):
        return f"{name} REGEXP {literal(pattern)}"

    def any(self, column, condition):
        inner = self.expression(condition, lambda member: f"json_extract(element.value, '$.{member.path}')")
        return f"EXISTS (SELECT 1 FROM json_each({column.name}) AS element WHERE {inner})"

    def month(self, name):
        return f"strftime('%Y-%m', {name} / 1000000, 'unixepoch')"

    def month_text(self, name):
        return name

    def domain(self, name):
        return f"substr({name}, instr({name}, '@') + 1)"


def main():
    api, dump = APIS[sys.argv[1]], sys.argv[2]
    database = sqlite3.connect(":memory:")
    database.create_function("lower", 1, lambda text: text and lowered(text), deterministic=True)
    database.create_function("regexp", 2, matches, deterministic=True)
    columns = tuple(dict.fromkeys([*api.columns, *api.extracted]))
    names = [column.name for column in columns]
    database.execute(f"CREATE TABLE people ({', '.join(names)})")
    with open(dump, encoding="utf-8") as lines:
        rows = ([cell(column, json.loads(line)) for column in columns] for line in lines)
        database.executemany(f"INSERT INTO people VALUES ({', '.join('?' * len(names))})", rows)
    for group in question.load(api, dump).values():
        for request in group:
            answer = count(database, api, request) if grouping.is_count(request) else ask(database, api, request)
            print(json.dumps(dict(answer, request=request)))


def ask(database, api, request):
    """Answers a query in both ways, which must agree."""
    asked = question.parse(api, request)
    two, window = Sqlite().statements(api, asked, "people").values()
    total = database.execute(two[0]).fetchone()[0]
    ids = [row[0] for row in database.execute(two[1])]
    if list(database.execute(window[0])) != [(id, total) for id in ids]:
        sys.exit(f"{request}: the two ways to ask do not answer alike")
    return dict(total=total, ids=ids)


def count(database, api, request):
    """Answers a count: groups of keys and numbers."""
    answer = grouping.answer(database.execute(counted(Sqlite(), grouping.parse(api, request), "people")))
    return dict(total=answer["total"], groups=answer["ids"])


def matches(pattern, text):
    return text is not None and re.search(pattern, text) is not None


def cell(column, record):
    value = question.at(record, column.path)
    if value is None:
        return None
    if column.kind in ("document", "list"):
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
