"""Translates expressions and counts to Polars."""

from datetime import datetime
from functools import reduce
from operator import and_, or_

from expression import Any, Junction, Not, Test


class Expressions:
    """Translates with the module of Polars, which is imported where the number of threads is known."""

    def __init__(self, polars):
        self.polars = polars

    def expression(self, node, column=None):
        """Returns a condition that may be null where the expression is false; `column` gives that of a name."""
        column = column or (lambda one: self.polars.col(one.name))
        match node:
            case Junction(word, parts):
                return reduce(and_ if word == "and" else or_, (self.expression(part, column) for part in parts))
            case Not(part):
                return ~self.expression(part, column).fill_null(False)
            case Any(outer, condition):
                element = self.polars.element()
                inner = self.expression(condition, lambda member: element.struct.field(member.path))
                return self.polars.col(outer.name).list.eval(inner).list.any()
            case Test():
                return self._test(node, column)
        raise ValueError(node)

    def _test(self, test, column):
        plain = column(test.column)
        text = plain.cast(self.polars.String) if test.column.kind == "keyword" else plain
        folded = text.str.to_lowercase() if test.column.folded else text
        match test.operator:
            case "set":
                return plain.is_not_null()
            case "unset":
                return plain.is_null()
            case "present":
                return plain != ""
            case "in":
                return folded.is_in(test.value)
            case "co":
                return folded.str.contains(test.value, literal=True)
            case "sw":
                return folded.str.starts_with(test.value)
            case "ew":
                return folded.str.ends_with(test.value)
            case "matches":
                return text.str.contains(test.value)
        value = test.value if isinstance(test.value, (str, bool, int, float, datetime)) else column(test.value)
        # A category compares with a text faster than as one, where case counts.
        compared = folded if test.column.folded else plain
        return getattr(compared, test.operator)(value)

    def counted(self, lazy, count):
        """Returns the groups of a count, each with its keys and its number of records."""
        polars = self.polars
        names = [f"key{number}" for number in range(len(count.keys))]
        keys = [self._key(key).alias(name) for key, name in zip(count.keys, names)]
        groups = lazy.group_by(keys).agg(polars.len().alias("n"))
        groups = groups.with_columns(self._shown(key, name) for key, name in zip(count.keys, names))
        if any(key.bucket == "domain" for key in count.keys):
            groups = groups.group_by(names).agg(polars.col("n").sum())
        if count.top:
            order = [polars.col(names[0]).is_null(), polars.col("n"), polars.col(names[0])]
            groups = groups.sort(order, descending=[True, True, False]).head(count.top + 1)
        return groups.collect().rows()

    def _key(self, key):
        column = self.polars.col(key.column.name)
        match key.bucket:
            case "month":
                return column.dt.truncate("1mo")
            case "domain":
                # The domain of the empty text is empty, not null.
                return column.str.slice((column.str.find("@", literal=True) + 1).fill_null(0))
        return column

    def _shown(self, key, name):
        """Returns the text of a key, of each group once."""
        column = self.polars.col(name)
        if key.bucket == "month":
            return column.dt.strftime("%Y-%m")
        text = column.cast(self.polars.String)
        return text.str.to_lowercase() if key.bucket == "domain" else text
