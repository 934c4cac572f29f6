"""ClickHouse, in this process by chDB: JSONEachRow with its structure given, into a MergeTree table."""

import json

import chdb
from chdb import session

from .sql import Dialect, counted, literal, spelled, tree

READ_TYPES = {
    "text": "Nullable(String)",
    "keyword": "LowCardinality(Nullable(String))",
    "timestamp": "Nullable(DateTime64(6, 'UTC'))",
    "document": "Nullable(String)",
    "number": "Nullable(Float64)",
    "boolean": "Nullable(Bool)",
}


class ClickHouse(Dialect):
    def lower(self, column):
        return f"lowerUTF8({column})"

    def contains(self, column, text):
        # The patterns of all queries are ASCII, for which this equals a search in the lowercased text, and is faster.
        assert text.isascii()
        return f"positionCaseInsensitive({column}, {literal(text)}) > 0"

    def instant(self, moment):
        return f"toDateTime64('{spelled(moment)}', 6, 'UTC')"

    def negated(self, sql):
        return f"NOT ifNull({sql}, false)"

    def folded(self, name):
        # For comparison with an ASCII text this equals `lowerUTF8` in all dumps, and is faster.
        return f"lower({name})"

    def starts(self, name, text):
        return f"startsWith({name}, {literal(text)})"

    def ends(self, name, text):
        return f"endsWith({name}, {literal(text)})"

    def matches(self, name, pattern):
        return f"match({name}, {literal(pattern)})"

    def any(self, column, condition):
        # Members of elements are columns of their own, and those that the condition does not name are not read.
        names = ", ".join(member.name for member in column.elements)
        members = ", ".join(f"{column.name}.{member.path}" for member in column.elements)
        return f"arrayExists(({names}) -> ifNull({self.expression(condition)}, false), {members})"

    def month(self, name):
        return f"toStartOfMonth({name})"

    def month_text(self, name):
        return f"formatDateTime({name}, '%Y-%m')"

    def domain(self, name):
        return f"substringIndex({name}, '@', -1)"


class Peer:
    """ClickHouse in this process."""

    def __init__(self, threads):
        self.version = f"{chdb.engine_version} (chDB {chdb.__version__})"
        self.session = session.Session()
        self.dialect = ClickHouse()
        # Queries are repeated for a median only, and the cache of one query does not speed up another.
        self.settings = (
            " SETTINGS use_query_condition_cache = 0,"
            f" max_threads = {threads}, max_insert_threads = 1, date_time_input_format = 'best_effort',"
            " input_format_skip_unknown_fields = 1, input_format_json_ignore_unknown_keys_in_named_tuple = 1,"
            " input_format_null_as_default = 1, input_format_json_defaults_for_missing_elements_in_named_tuple = 1"
        )
        self._run("CREATE DATABASE IF NOT EXISTS compare")

    def straight(self, api, path, question):
        columns = [api.column(name) for name in question.columns]
        kept = ", ".join(dict.fromkeys(["id", "position", *(name for name, _ in question.sort)]))
        where = self.dialect.where(question)
        return self._window(f"(SELECT {kept} FROM ({flat(columns, path)}){where})", "", api, question)

    def load(self, api, path):
        columns = ", ".join(f"{column.name} {READ_TYPES[column.kind]}" for column in api.columns)
        self._run(
            f"CREATE TABLE compare.people (position UInt32, {columns}) ENGINE = MergeTree ORDER BY position"
        )
        names = ", ".join(column.name for column in api.columns)
        self._run(
            f"INSERT INTO compare.people SELECT position, {names} FROM ({flat(api.columns, path)})" + self.settings
        )
        return self._rows("SELECT count() FROM compare.people")[0][0]

    def load_extracted(self, api, path):
        """Loads the Parquet file of extracted columns."""
        columns = ", ".join(f"{column.name} {type_of(column)}" for column in api.extracted)
        self._run(
            f"CREATE TABLE compare.people (position UInt32, {columns}) ENGINE = MergeTree ORDER BY position"
        )
        names = ", ".join(["position", *(column.name for column in api.extracted)])
        self._run(f"INSERT INTO compare.people SELECT {names} FROM file('{path}', 'Parquet')" + self.settings)
        return self._rows("SELECT count() FROM compare.people")[0][0]

    def count_ways(self, api, count):
        statement = counted(self.dialect, count, "compare.people")
        return {"GROUP BY": lambda: self._rows(statement)}

    def ways(self, api, question):
        where = self.dialect.where(question)
        return {
            "two statements": lambda: self._two("compare.people", where, api, question),
            "count() OVER ()": lambda: self._window("compare.people", where, api, question),
        }

    def _count(self, table, where):
        return self._rows(f"SELECT count() FROM {table}{where}")[0][0]

    def _two(self, table, where, api, question):
        order, page = self.dialect.order_by(api, question), self.dialect.page(question)
        total = self._count(table, where)
        rows = self._rows(f"SELECT id FROM {table}{where}{order}{page}")
        return total, [row[0] for row in rows]

    def _window(self, table, where, api, question):
        order, page = self.dialect.order_by(api, question), self.dialect.page(question)
        rows = self._rows(f"SELECT id, count() OVER () FROM {table}{where}{order}{page}")
        # An empty page has no row that could carry the total.
        total = rows[0][1] if rows else self._count(table, where)
        return total, [row[0] for row in rows]

    def _run(self, statement):
        return self.session.query(statement, "JSONCompactEachRow")

    def _rows(self, statement):
        text = str(self._run(statement + self.settings + ", output_format_json_quote_64bit_integers = 0"))
        return [json.loads(line) for line in text.splitlines()]


def type_of(column):
    """Returns the type of an extracted column."""
    if column.kind == "list":
        members = ", ".join(f"{element.path} {READ_TYPES[element.kind]}" for element in column.elements)
        return f"Array(Tuple({members}))"
    return READ_TYPES[column.kind]


def flat(columns, path):
    """Returns a query that reads these columns of the dump."""
    structure = ", ".join(f"{key} {kind(place)}" for key, place in tree(columns).items())
    names = ", ".join(f"{column.path} AS {column.name}" for column in columns)
    return f"SELECT {names}, _row_number AS position FROM file('{path}', 'JSONEachRow', {literal(structure)})"


def kind(place):
    if isinstance(place, dict):
        return "Tuple(" + ", ".join(f"{key} {kind(below)}" for key, below in place.items()) + ")"
    return READ_TYPES[place.kind]
