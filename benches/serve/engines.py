"""Queries of the compared servers: a table with a column for each field and the record's text."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "compare"))

from peers.sql import Dialect, spelled  # noqa: E402


class Table:
    """A query as two statements: the count of all matches, and one page."""

    def page(self, api, question):
        where = self.dialect.where(question)
        order = self.dialect.order_by(api, question)
        with self.cursor() as cursor:
            total = cursor.execute(f"SELECT count(*) FROM people{where}").fetchone()[0]
            page = f"SELECT record FROM people{where}{order}{self.dialect.page(question)}"
            return total, [row[0] for row in cursor.execute(page).fetchall()]


class DuckDb(Table):
    """A file that each worker opens read-only, with one thread each, as there is a worker for each core."""

    class dialect_class(Dialect):
        order = "rowid"

        def instant(self, moment):
            return f"TIMESTAMPTZ '{spelled(moment)}+00'"

        def order_by(self, api, question):
            # Without a sort DuckDB keeps insertion order, and a scan can stop early.
            return super().order_by(api, question) if question.sort else ""

    def __init__(self, database):
        import duckdb

        self.dialect = self.dialect_class()
        self.connection = duckdb.connect(database, read_only=True, config={"threads": 1})

    def cursor(self):
        return self.connection.cursor()


class Postgres(Table):
    """A pool of connections for each worker."""

    class dialect_class(Dialect):
        def contains(self, column, text):
            # Allows the trigram index.
            pattern = text.replace("%", "\\%").replace("_", "\\_").replace("'", "''")
            return f"{self.lower(column)} LIKE '%{pattern}%'"

        def instant(self, moment):
            return f"TIMESTAMPTZ '{spelled(moment)}+00'"

    def __init__(self, database):
        from psycopg_pool import ConnectionPool

        self.dialect = self.dialect_class()
        self.pool = ConnectionPool(database, min_size=4, max_size=25, open=True, kwargs={"autocommit": True})

    def cursor(self):
        return _Cursor(self.pool)


class _Cursor:
    """A connection that returns to the pool."""

    def __init__(self, pool):
        self.pool = pool

    def __enter__(self):
        self.connection = self.pool.getconn()
        return self.connection.cursor()

    def __exit__(self, *_):
        self.pool.putconn(self.connection)


ENGINES = {"duckdb": DuckDb, "postgresql": Postgres}
