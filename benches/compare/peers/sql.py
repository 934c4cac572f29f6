"""Translates a query to SQL that is common to the peers."""

from datetime import datetime

from .sql_expression import ExpressionDialect, literal


class Dialect(ExpressionDialect):
    """Spellings of SQL that peers may override."""

    # Column with load order.
    order = "position"

    def lower(self, column):
        return f"lower({column})"

    def contains(self, column, text):
        return f"contains({self.lower(column)}, {literal(text)})"

    def instant(self, moment):
        raise NotImplementedError

    def condition(self, condition):
        column, values = condition.column, condition.values
        match condition.operation:
            case "exact" if len(values) == 1:
                return f"{column} = {literal(values[0])}"
            case "exact":
                return f"{column} IN ({', '.join(map(literal, values))})"
            case "partial":
                return "(" + " OR ".join(self.contains(column, text) for text in values) + ")"
            case "before":
                return f"{column} <= {self.instant(values[0])}"
            case "after":
                return f"{column} >= {self.instant(values[0])}"
            case "set":
                return f"{column} IS NOT NULL"
            case "unset":
                return f"{column} IS NULL"
            case "pending":
                return f"({column} IS NOT NULL AND coalesce(state, '') <> 'deactivated')"
            case "not pending":
                return f"({column} IS NULL OR coalesce(state, '') = 'deactivated')"
        raise ValueError(condition.operation)

    def where(self, question):
        terms = [self.condition(condition) for condition in question.conditions]
        if question.expression is not None:
            terms.append(self.expression(question.expression))
        return " WHERE " + " AND ".join(terms) if terms else ""

    def order_by(self, api, question):
        """Returns the order: null sorts lowest, and load order comes last."""
        terms = []
        for name, descends in question.sort:
            key = self.lower(name) if api.column(name).folded else name
            terms.append(f"{key} {'DESC NULLS LAST' if descends else 'ASC NULLS FIRST'}")
        return " ORDER BY " + ", ".join([*terms, self.order])

    def page(self, question):
        return f" LIMIT {question.limit} OFFSET {question.offset}"

    def statements(self, api, question, table):
        """Returns both variants of a query for the total and the page's ids."""
        where, order, page = self.where(question), self.order_by(api, question), self.page(question)
        # Without a sort the table's own order applies, and a scan can stop early.
        sorted_page = f"{order if question.sort else ''}{page}"
        return {
            "two statements": [
                f"SELECT count(*) AS total FROM {table}{where}",
                f"SELECT id FROM {table}{where}{sorted_page}",
            ],
            "count(*) OVER ()": [f"SELECT id, count(*) OVER () AS total FROM {table}{where}{order}{page}"],
        }


def spelled(moment: datetime):
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def counted(dialect, count, table):
    """Returns a statement for the groups of a count, each with its keys and its number of records.

    Texts are lowercased, and dates formatted, of each group once.
    """
    names = [f"key{number}" for number in range(len(count.keys))]
    keys = ", ".join(f"{dialect.key(key)} AS {name}" for key, name in zip(count.keys, names))
    groups = f"SELECT {keys}, count(*) AS n FROM {table}{dialect.where(count.question)} GROUP BY {', '.join(names)}"
    shown = [dialect.shown(key, name) for key, name in zip(count.keys, names)]
    if any(key.bucket == "domain" for key in count.keys):
        return f"SELECT {', '.join(shown)}, sum(n) FROM ({groups}) AS counted GROUP BY {', '.join(shown)}"
    # The most frequent values, and the group without a value; the least value precedes others of one frequency.
    top = f" ORDER BY {names[0]} IS NOT NULL, n DESC, {names[0]} LIMIT {count.top + 1}" if count.top else ""
    return f"SELECT {', '.join(shown)}, n FROM ({groups}) AS counted{top}"


def tree(columns):
    """Returns the columns as a tree of their keys."""
    root = {}
    for column in columns:
        *parents, last = column.path.split(".")
        place = root
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = column
    return root
