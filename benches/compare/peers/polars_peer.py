"""Polars: `scan_ndjson` with its schema given, into a data frame; `scan_parquet` as it is."""

import os

from .polars_expression import Expressions
from .sql import tree


class Peer:
    """Polars in this process; imported here because its number of threads is fixed at import."""

    def __init__(self, threads):
        os.environ["POLARS_MAX_THREADS"] = str(threads)
        import polars

        self.polars = polars
        self.version = polars.__version__
        self.frame = None

    def straight(self, api, path, question):
        return self._answer(self._flat(api, question.columns, path), api, question)

    def packed(self, api, path, question):
        """Returns the query on a Parquet file of the API's columns."""
        return self._answer(self.polars.scan_parquet(path, row_index_name="position"), api, question)

    def load(self, api, path):
        self.frame = self._flat(api, [column.name for column in api.columns], path).collect()
        return self.frame.height

    def load_extracted(self, api, path):
        """Loads the Parquet file of extracted columns."""
        keywords = [column.name for column in api.extracted if column.kind == "keyword"]
        categories = self.polars.col(keywords).cast(self.polars.Categorical)
        instants = [column.name for column in api.extracted if column.kind == "timestamp"]
        times = self.polars.col(instants).dt.replace_time_zone("UTC")
        self.frame = self.polars.read_parquet(path).with_columns(categories, times)
        return self.frame.height

    def count_ways(self, api, count):
        expressions = Expressions(self.polars)
        return {"group_by": lambda: expressions.counted(self._matching(self.frame.lazy(), api, count.question), count)}

    def ways(self, api, question):
        ways = {"sorted slice": lambda: self._answer(self.frame.lazy(), api, question)}
        if question.sort:
            ways["whole sort"] = lambda: self._answer(self.frame.lazy(), api, question, whole=True)
        return ways

    def _flat(self, api, names, path):
        columns = [api.column(name) for name in names]
        schema = {key: self._kind(place) for key, place in tree(columns).items()}
        lazy = self.polars.scan_ndjson(path, schema=schema, row_index_name="position")
        return lazy.select("position", *map(self._column, columns))

    def _kind(self, place):
        if isinstance(place, dict):
            return self.polars.Struct({key: self._kind(below) for key, below in place.items()})
        return self.polars.String

    def _column(self, column):
        first, *keys = column.path.split(".")
        expression = self.polars.col(first)
        for key in keys:
            expression = expression.struct.field(key)
        if column.kind == "timestamp":
            expression = expression.str.to_datetime(time_unit="us", time_zone="UTC")
        elif column.kind == "keyword":
            expression = expression.cast(self.polars.Categorical)
        return expression.alias(column.name)

    def _answer(self, lazy, api, question, whole=False):
        kept = list(dict.fromkeys(["position", "id", *(name for name, _ in question.sort)]))
        matches = self._matching(lazy, api, question).select(kept).collect()
        page = matches.lazy()
        if question.sort:
            keys = [self._key(api, name) for name, _ in question.sort] + [self.polars.col("position")]
            descends = [descends for _, descends in question.sort] + [False]
            page = page.sort(keys, descending=descends, nulls_last=descends)
            # Polars turns a slice of a sort into a selection of the first rows, which for a deep page is the slower way.
            page = page.collect().lazy() if whole else page
        page = page.slice(question.offset, question.limit).select("id").collect()
        return matches.height, page["id"].to_list()

    def _matching(self, lazy, api, question):
        for condition in question.conditions:
            lazy = lazy.filter(self._condition(api, condition))
        if question.expression is not None:
            lazy = lazy.filter(Expressions(self.polars).expression(question.expression))
        return lazy

    def _text(self, api, name):
        column = self.polars.col(name)
        return column.cast(self.polars.String) if api.column(name).kind == "keyword" else column

    def _key(self, api, name):
        return self._text(api, name).str.to_lowercase() if api.column(name).folded else self.polars.col(name)

    def _condition(self, api, condition):
        column, values = self.polars.col(condition.column), condition.values
        match condition.operation:
            case "exact" if len(values) == 1:
                return column == values[0]
            case "exact":
                return self._text(api, condition.column).is_in(values)
            case "partial":
                lowered = self._text(api, condition.column).str.to_lowercase()
                return self.polars.any_horizontal(lowered.str.contains(text, literal=True) for text in values)
            case "before":
                return column <= values[0]
            case "after":
                return column >= values[0]
            case "set":
                return column.is_not_null()
            case "unset":
                return column.is_null()
        waits = column.is_not_null() & (self._text(api, "state").fill_null("") != "deactivated")
        return waits if condition.operation == "pending" else ~waits
