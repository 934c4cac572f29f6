"""Runs each SQL block of the cookbook in DuckDB, and compares its answer with the output of the command above it.

The argument is the page; the working folder is the repository's root, so that the blocks find the fixtures. Another test
executes the commands, so the outputs on the page are those of idq.

The answers are equal row by row, in order if the SQL has an order. A block whose answer must differ begins with a note that has the counts of both:

    -- SQL answers 5; idq 8: the reason.
"""

import csv
import datetime
import re
import sys
import unicodedata
from pathlib import Path

import duckdb

NOTE = re.compile(r"-- SQL answers ([\d, ]+); idq ([\d, ]+): \S.*")
# The lines of standard error, which follow the answer.
MESSAGE = re.compile(r"hint: |note: |[\d,]+ (records? matched|match(es)?, |of the [\d,]+ ha|of [\d,]+ groups )")
ABSENT = ("(null)", "(missing)", "(empty)")
# Rows that sum groups which the command leaves out.
REST = re.compile(r"\((other|not [<>=!]+\d+): ")


def main(path):
    compared = 0
    for section in re.split(r"^### ", Path(path).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title = section.partition("\n")[0]
        blocks = re.findall(r"^```(console|sql)\n(.*?)^```$", section, flags=re.MULTILINE | re.DOTALL)
        # The last heading has recipes without SQL below it.
        languages = [language for language, _ in blocks][:2]
        check(languages == ["console", "sql"], title, "has the blocks", languages)
        compare(title, printed(blocks[0][1]), blocks[1][1])
        compared += 1
    print(f"{compared} answers agree")


def compare(title, expected, sql):
    """Compares the rows of a command with those of a block of SQL."""
    found = answer(sql)
    if not re.search(r"order by [^)]*;\s*$", sql):
        found, expected = (sorted(rows, key=str) for rows in (found, expected))
    note = NOTE.match(sql)
    check(sql.startswith("-- ") == bool(note), title, "has a comment that is no note:", sql.partition("\n")[0])
    if note:
        sides = [[row[-1] for row in rows] for rows in (found, expected)]
        noted = [counts.split(", ") for counts in note.groups()]
        check(sides == noted, title, "has a note of", noted, "but the answers are", sides)
        check(sides[0] != sides[1], title, "has a note although the answers agree")
    else:
        check(found == expected, title, "\nDuckDB:", found, "\nidq:   ", expected)
    check(found, title, "has an answer without rows")


def answer(sql):
    """Returns the rows of the last statement, as texts."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(sql)
    return [[as_text(value) for value in row] for row in connection.fetchall()]


def as_text(value):
    if isinstance(value, datetime.datetime):
        fraction = ".%f" if value.microsecond else ""
        return value.astimezone(datetime.timezone.utc).strftime(f"%Y-%m-%dT%H:%M:%S{fraction}Z")
    return None if value is None else str(value)


def printed(block):
    """Returns the rows that the last command of a block printed, as texts."""
    lines = re.split(r"^\$ .*\n", block, flags=re.MULTILINE)[-1].splitlines()
    lines = [line for line in lines if not MESSAGE.match(line)]
    if len(lines) == 1:
        return [[lines[0].replace(",", "")]]
    if "─" not in lines[1]:
        return [[cell or None for cell in row] for row in csv.reader(lines[1:])]
    header, rule, *body = lines
    columns = [match.span() for match in re.finditer("─+", rule)]
    header = cells(header, columns)
    if rule not in body:
        return [[None if cell == "null" else cell for cell in cells(line, columns)] for line in body]
    *body, _, total = body
    rows = [cells(line, columns) for line in body]
    if header[-1] == "total":
        return cross_table(header, rows, cells(total, columns))
    return groups(header, rows, cells(total, columns))


def cells(line, columns):
    """Cuts a line of a table at the columns of its rule. Wide characters take two columns of a terminal."""
    characters = []
    for character in line:
        characters += [character, ""] if unicodedata.east_asian_width(character) in "WF" else [character]
    return ["".join(characters[start:end]).strip() for start, end in columns]


def groups(header, rows, total):
    """Returns keys and counts of a list of groups, without the zeros of gaps and the groups that are left out."""
    check(header[-2:] == ["records", "%"], "not a table of groups:", header)
    rows = [row[:-1] for row in rows]
    check(sum(map(count, rows)) == count(total[:-1]), "the rows do not sum to the total:", rows)
    rows = [row for row in rows if count(row) and not REST.match(row[0])]
    return [[None if cell in ABSENT else cell for cell in row] for row in rows]


def cross_table(header, rows, total):
    """Returns row, column and count of each cell above 0 of a cross table, without the values that are left out."""
    found = []
    for row in rows + [total]:
        check(sum(map(int, row[1:-1])) == int(row[-1]), "the cells do not sum to the total:", row)
        if row is not total and not REST.match(row[0]):
            found += [[row[0], name, number] for name, number in zip(header[1:-1], row[1:-1]) if number != "0"]
    return found


def count(row):
    return int(row[-1].replace(",", ""))


def check(condition, *what):
    if not condition:
        sys.exit(" ".join(map(str, ("cookbook:", *what))))


main(*sys.argv[1:])
