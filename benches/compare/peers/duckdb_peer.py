"""DuckDB: `read_json` with every column named and typed, into a table in memory."""

from .sql import Dialect, counted, spelled, tree

TYPES = {
    "text": "VARCHAR",
    "keyword": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
    "document": "JSON",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
}


class DuckDb(Dialect):
    # A table in memory keeps insertion order.
    order = "rowid"

    def instant(self, moment):
        return f"TIMESTAMPTZ '{spelled(moment)}+00'"

    def any(self, column, condition):
        inner = self.expression(condition, lambda member: f"element.{member.path}")
        return f"len(list_filter({column.name}, lambda element: {inner})) > 0"


class Extracted(DuckDb):
    """On extracted columns, whose timestamps are those of UTC: DuckDB truncates them faster than with a time zone."""

    def instant(self, moment):
        return f"TIMESTAMP '{spelled(moment)}'"


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

    def load_extracted(self, api, path):
        """Loads the Parquet file of extracted columns."""
        self.dialect = Extracted()
        names = ", ".join(column.name for column in api.extracted)
        self.connection.execute(f"CREATE TABLE people AS SELECT {names} FROM read_parquet('{path}')")
        return self.connection.execute("SELECT count(*) FROM people").fetchone()[0]

    def count_ways(self, api, count):
        statement = counted(self.dialect, count, "people")
        return {"GROUP BY": lambda: self.connection.execute(statement).fetchall()}

    def straight_counts(self, api, path, count):
        """Returns the variants of a count straight from the dump."""
        return {
            name: lambda table=table: self.connection.execute(counted(DuckDb(), count, f"({table})")).fetchall()
            for name, table in readers(api, count, path).items()
        }

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


def flat(columns, path, options=""):
    """Returns a query that reads these columns of the dump."""
    types = ", ".join(f"{key}: '{kind(place)}'" for key, place in tree(columns).items())
    names = ", ".join(f"{column.path} AS {column.name}" for column in columns)
    return f"SELECT {names} FROM read_json('{path}', format = '{shape(path)}', columns = {{{types}}}{options})"


def shape(path):
    """Returns DuckDB's name for the shape of a dump, which follows from the ending of its name."""
    return "array" if str(path).endswith(".json") else "newline_delimited"


def readers(api, count, path):
    """Returns queries that read the columns of a count from the dump, by variant.

    A path in a document has three variants: a structure, which fails for a document that is an array unless errors are
    ignored; the document as JSON; the whole record as JSON.
    """
    columns = [key.column for key in count.keys] + [api.column(one.column) for one in count.question.conditions]
    if not any(api.document(column.path) for column in columns):
        return {"read_json": flat(columns, path)}
    whole = ", ".join(f"json->>'$.{column.path}' AS {column.name}" for column in columns)
    return {
        "structure": flat(columns, path, ", ignore_errors = true"),
        "document": extracted(api, columns, path),
        "record": f"SELECT {whole} FROM read_ndjson_objects('{path}')",
    }


def extracted(api, columns, path):
    """Returns a query that reads columns of the dump, those of paths in documents from the document as JSON."""
    documents = {api.document(column.path) for column in columns} - {None}
    plain = [column for column in columns if not api.document(column.path)]
    names = ", ".join(f"{_extraction(api, column)} AS {column.name}" for column in columns)
    types = ", ".join(f"{key}: '{kind(place)}'" for key, place in tree([*plain, *documents]).items())
    return f"SELECT {names} FROM read_json('{path}', format = 'newline_delimited', columns = {{{types}}})"


def _extraction(api, column):
    document = api.document(column.path)
    if document is None:
        return f"({column.path} AT TIME ZONE 'UTC')" if column.kind == "timestamp" else column.path
    path = column.path.removeprefix(document.path)
    if column.kind == "list":
        structure = ", ".join(f'"{element.path}": "{TYPES[element.kind]}"' for element in column.elements)
        return f"json_transform({document.path}->'${path}', '[{{{structure}}}]')"
    text = f"{document.path}->>'${path}'"
    return f"({text})" if column.kind in ("text", "keyword") else f"TRY_CAST({text} AS {TYPES[column.kind]})"


def kind(place):
    if isinstance(place, dict):
        return "STRUCT(" + ", ".join(f"{key} {kind(below)}" for key, below in place.items()) + ")"
    return TYPES[place.kind]
