"""Parses an expression into a tree, for translation to each peer: the part of the grammar that the queries use."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[][(),]|[^\s\[\](),"]+)')
OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr", "in", "matches")


@dataclass(frozen=True)
class Test:
    """A column, an operator and a value.

    The operator is one of `eq`, `co`, `sw`, `ew`, `gt`, `ge`, `lt`, `le`, `in`, `matches`, `present` (neither null nor
    the empty text), `set` and `unset`. The value is a text (lowercased for a folded column), a number, a boolean, an
    instant, a tuple of texts, or another column.
    """

    column: object
    operator: str
    value: object = None


@dataclass(frozen=True)
class Any:
    """Holds if a condition holds for any element of a list."""

    column: object
    condition: object


@dataclass(frozen=True)
class Junction:
    """Conditions that are combined by `and` or `or`."""

    word: str
    parts: tuple


@dataclass(frozen=True)
class Not:
    """Holds exactly where its part does not: null is false, and its negation true."""

    part: object


def parse(api, text):
    """Parses an expression; every attribute must be an extracted column of the API."""
    parser = Parser(text, api.extracted)
    tree = parser.disjunction()
    if parser.tokens:
        raise ValueError(f"{text}: expected the end, found {parser.tokens[0]}")
    return tree


class Parser:
    """A parser by recursive descent."""

    def __init__(self, text, columns):
        self.tokens, self.columns = TOKEN.findall(text), columns

    def next(self, expected=None):
        token = self.tokens.pop(0) if self.tokens else "the end"
        if expected not in (None, token):
            raise ValueError(f"expected {expected}, found {token}")
        return token

    def sees(self, *words):
        return bool(self.tokens) and self.tokens[0] in words

    def disjunction(self):
        return self._junction("or", self.conjunction)

    def conjunction(self):
        return self._junction("and", self.operand)

    def _junction(self, word, operand):
        parts = [operand()]
        while self.sees(word):
            self.next()
            parts.append(operand())
        return parts[0] if len(parts) == 1 else Junction(word, tuple(parts))

    def operand(self):
        if self.sees("not"):
            self.next()
            return Not(self.group("(", ")"))
        return self.group("(", ")") if self.sees("(") else self.test()

    def group(self, opening, closing):
        self.next(opening)
        tree = self.disjunction()
        self.next(closing)
        return tree

    def test(self):
        column = self.column(self.next())
        if self.sees("["):
            outer, self.columns = self.columns, column.elements
            condition = self.group("[", "]")
            self.columns = outer
            return Any(column, condition)
        operator = self.next()
        if operator not in OPERATORS:
            raise ValueError(f"expected an operator, found {operator}")
        if operator == "pr":
            return Test(column, "present" if column.kind in ("text", "keyword") else "set")
        return self.compared(column, operator)

    def compared(self, column, operator):
        value = self.value(column, folded=column.folded and operator != "matches")
        if operator == "ne":
            return Test(column, "set") if value is None else Not(self.equal(column, value))
        if operator == "eq":
            return self.equal(column, value)
        if isinstance(value, tuple) and column.kind == "timestamp":
            start, end = value
            operator, value = {"ge": ("ge", start), "lt": ("lt", start), "gt": ("ge", end), "le": ("lt", end)}[operator]
        return Test(column, operator, value)

    def equal(self, column, value):
        if value is None:
            return Test(column, "unset")
        if column.kind == "timestamp" and isinstance(value, tuple):
            return Junction("and", (Test(column, "ge", value[0]), Test(column, "lt", value[1])))
        return Test(column, "eq", value)

    def value(self, column, folded):
        """Parses a value: a list, a literal of JSON (lowercased if `folded`), or the name of another column."""
        token = self.next()
        if token == "[":
            texts = []
            while not self.sees("]"):
                texts.append(self.value(column, folded))
                if self.sees(","):
                    self.next()
            self.next("]")
            return tuple(texts)
        try:
            literal = json.loads(token)
        except json.JSONDecodeError:
            return self.column(token)
        if column.kind == "timestamp" and literal is not None:
            return interval(literal)
        return literal.lower() if isinstance(literal, str) and folded else literal

    def column(self, path):
        found = next((column for column in self.columns if column.path == path), None)
        if found is None:
            raise ValueError(f"{path} is no extracted column")
        return found


def interval(text):
    """Returns the first instant of a year, month or day, and the first instant after it."""
    form = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d"}[len(text)]
    start = datetime.strptime(text, form).replace(tzinfo=timezone.utc)
    if form == "%Y":
        return start, start.replace(year=start.year + 1)
    if form == "%Y-%m":
        return start, (start + timedelta(days=31)).replace(day=1)
    return start, start + timedelta(days=1)
