"""DuckDB: `read_json` with every column named and typed, into a table in memory."""

from .sql import Dialect, spelled, tree

TYPES = {"text": "VARCHAR", "keyword": "VARCHAR", "timestamp": "TIMESTAMPTZ", "document": "JSON"}


class DuckDb(Dialect):
    # A table in memory keeps insertion order.
    order = "rowid"

    def instant(self, moment):
        return f"TIMESTAMPTZ '{spelled(moment)}+00'"


class Peer:
    """DuckDB in this process."""

    def __init__(self, threads):
        # Imported here, because the harness uses the dialect only, and runs without the package.
        import duckdb

        self.version = duckdb.__version__
        self.connection = duckdb.connect()
        self.connection.execute(f"SET threads = {threads}")
        self.dialect = DuckDb()

    def straight(self, api, path, question):
        """Stores the matches in a temporary table, for their count and the order of the dump."""
        columns = [api.column(name) for name in question.columns]
        where = self.dialect.where(question)
        kept = ", ".join(dict.fromkeys(["id", *(name for name, _ in question.sort)]))
        self.connection.execute(
            f"CREATE TEMPORARY TABLE matches AS SELECT {kept} FROM ({flat(columns, path)}){where}"
        )
        return self._two("matches", "", api, question)

    def load(self, api, path):
        self.connection.execute(f"CREATE TABLE people AS {flat(api.columns, path)}")
        return self.connection.execute("SELECT count(*) FROM people").fetchone()[0]

    def ways(self, api, question):
        where = self.dialect.where(question)
        return {
            "two statements": lambda: self._two("people", where, api, question),
            "count(*) OVER ()": lambda: self._window("people", where, api, question),
        }

    def _count(self, table, where):
        return self.connection.execute(f"SELECT count(*) FROM {table}{where}").fetchone()[0]

    def _two(self, table, where, api, question):
        # Without a sort DuckDB keeps insertion order, and a scan can stop early.
        order = self.dialect.order_by(api, question) if question.sort else ""
        page = self.dialect.page(question)
        total = self._count(table, where)
        rows = self.connection.execute(f"SELECT id FROM {table}{where}{order}{page}").fetchall()
        return total, [row[0] for row in rows]

    def _window(self, table, where, api, question):
        order = self.dialect.order_by(api, question)
        page = self.dialect.page(question)
        rows = self.connection.execute(
            f"SELECT id, count(*) OVER () FROM {table}{where}{order}{page}"
        ).fetchall()
        # An empty page has no row with the total.
        total = rows[0][1] if rows else self._count(table, where)
        return total, [row[0] for row in rows]


def flat(columns, path):
    """Returns a query that reads these columns of the dump."""
    types = ", ".join(f"{key}: '{kind(place)}'" for key, place in tree(columns).items())
    names = ", ".join(f"{column.path} AS {column.name}" for column in columns)
    return f"SELECT {names} FROM read_json('{path}', format = 'newline_delimited', columns = {{{types}}})"


def kind(place):
    if isinstance(place, dict):
        return "STRUCT(" + ", ".join(f"{key} {kind(below)}" for key, below in place.items()) + ")"
    return TYPES[place.kind]
