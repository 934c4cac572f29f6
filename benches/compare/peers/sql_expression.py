"""Translates the tree of an expression to SQL that is common to the peers."""

from datetime import datetime

from expression import Any, Junction, Not, Test

COMPARISONS = {"eq": "=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}


class ExpressionDialect:
    """Spellings of expressions that peers may override; `name` is that of a column or of an element's member."""

    def negated(self, sql):
        """Returns a condition that holds where another is false or null."""
        return f"({sql}) IS NOT TRUE"

    def folded(self, name):
        """Returns a text in lower case, for comparison with an ASCII text."""
        return self.lower(name)

    def starts(self, name, text):
        return f"starts_with({name}, {literal(text)})"

    def ends(self, name, text):
        return f"ends_with({name}, {literal(text)})"

    def matches(self, name, pattern):
        return f"regexp_matches({name}, {literal(pattern)})"

    def any(self, column, condition):
        """Returns whether a condition holds for any element of a list."""
        raise NotImplementedError

    def expression(self, node, name=lambda column: column.name):
        """Returns a condition that may be null where the expression is false; `name` gives the name of a column."""
        match node:
            case Junction(word, parts):
                return "(" + f" {word.upper()} ".join(self.expression(part, name) for part in parts) + ")"
            case Not(part):
                return self.negated(self.expression(part, name))
            case Any(column, condition):
                return self.any(column, condition)
            case Test():
                return self.test(node, name(node.column), name)
        raise ValueError(node)

    def test(self, test, column, name):
        text = self.folded(column) if test.column.folded else column
        match test.operator:
            case "set":
                return f"{column} IS NOT NULL"
            case "unset":
                return f"{column} IS NULL"
            case "present":
                return f"{column} <> ''"
            case "in":
                return f"{text} IN ({', '.join(map(literal, test.value))})"
            case "co":
                return self.contains(column, test.value)
            case "sw":
                return self.starts(text, test.value)
            case "ew":
                return self.ends(text, test.value)
            case "matches":
                return self.matches(column, test.value)
        return f"{text} {COMPARISONS[test.operator]} {self.value(test.value, name)}"

    def value(self, value, name):
        match value:
            case bool():
                return str(value).lower()
            case str():
                return literal(value)
            case int() | float():
                return str(value)
            case datetime():
                return self.instant(value)
        return name(value)

    def key(self, key):
        """Returns the key by which records are grouped."""
        match key.bucket:
            case "month":
                return self.month(key.column.name)
            case "domain":
                return self.domain(key.column.name)
        return key.column.name

    def shown(self, key, name):
        """Returns the text of a key, of each group once."""
        match key.bucket:
            case "month":
                return self.month_text(name)
            case "domain":
                return self.lower(name)
        return name

    def month(self, name):
        """Returns the number of a month."""
        return f"year({name}) * 12 + month({name}) - 1"

    def month_text(self, name):
        return f"strftime(make_date({name} // 12, {name} % 12 + 1, 1), '%Y-%m')"

    def domain(self, name):
        """Returns the domain of an e-mail address; no address of the dumps lacks one."""
        return f"substr({name}, strpos({name}, '@') + 1)"


def literal(text):
    """Quotes a text; no query contains a backslash, which dialects interpret differently."""
    assert "\\" not in text
    return "'" + text.replace("'", "''") + "'"
