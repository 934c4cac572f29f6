"""Parses a request of the API's grammar into conditions, sort terms and a page, for translation to each peer."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

import expression

QUESTIONS = Path(__file__).with_name("questions.json")


@dataclass(frozen=True)
class Condition:
    """A column, one of `exact`, `partial`, `before`, `after`, `set`, `unset`, `pending`, `not pending`, and values."""

    column: str
    operation: str
    values: tuple = ()


@dataclass(frozen=True)
class Question:
    """A parsed request; sort terms are pairs of a column and whether it descends."""

    request: str
    conditions: tuple
    sort: tuple
    offset: int
    limit: int
    # The tree of an expression that must hold beside the conditions.
    expression: object = None

    @property
    def columns(self):
        """Returns the columns of the answer, the id first."""
        names = ["id", *(condition.column for condition in self.conditions), *(name for name, _ in self.sort)]
        if any(condition.operation.endswith("pending") for condition in self.conditions):
            names.append("state")
        return list(dict.fromkeys(names))


def parse(api, request):
    """Parses a request strictly; idq binds the same request."""
    conditions, sort, page, trashed, tree = [], api.default_sort, 1, "without", None
    for name, value in parse_qsl(request, keep_blank_values=True, strict_parsing=bool(request)):
        if name == "sort":
            sort = tuple(_sort_term(api, term) for term in value.split(","))
        elif name == "page":
            page = int(value)
        elif name == "filter[trashed]":
            trashed = value
        elif name == "where":
            tree = expression.parse(api, value)
        else:
            conditions.append(_condition(api, name.removeprefix("filter[").removesuffix("]"), value))
    if api.name == "provisionr" and trashed != "with":
        conditions.append(Condition("deleted_at", "unset" if trashed == "without" else "set"))
    return Question(request, tuple(conditions), sort, (page - 1) * api.per_page, api.per_page, tree)


def _sort_term(api, term):
    name = term.removeprefix("-")
    return api.column(api.sort_keys.get(name, name)).name, term.startswith("-")


def _condition(api, name, value):
    if name == "deprovisioned_pending_deactivation":
        return Condition("deprovisioned_at", "pending" if value == "true" else "not pending")
    for suffix, operation in (("_before", "before"), ("_after", "after")):
        if name.endswith(suffix):
            column = api.column(name.removesuffix(suffix) + api.date_suffix)
            return Condition(column.name, operation, (_instant(value, operation),))
    values = tuple(value.split(","))
    if name.endswith("_search"):
        column = api.column(name.removesuffix("_search"))
        return Condition(column.name, "partial", tuple(text.lower() for text in values if text))
    return Condition(api.column(name).name, "exact", values)


def _instant(value, operation):
    """Returns the first instant of a date, or its last microsecond."""
    moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if len(value) == len("2026-01-31"):
        moment = moment.replace(tzinfo=timezone.utc)
        if operation == "before":
            moment += timedelta(days=1, microseconds=-1)
    return moment.astimezone(timezone.utc)


def load(api, dump):
    """Returns the queries of an API by measure, with values of a record of the dump."""
    groups = json.loads(QUESTIONS.read_text())[api.name]
    witness = _witness(api, dump)
    # Expressions are written there as people write them, without the escapes of a query string.
    expressions = [f"where={quote(text)}" for text in groups.pop("expressions")]
    filled = {group: [_fill(request, witness) for request in requests] for group, requests in groups.items()}
    return dict(filled, expressions=expressions)


def _fill(request, witness):
    for name, text in witness.items():
        request = request.replace(f"{{{name}}}", quote(text, safe="@."))
    return request


def _witness(api, dump):
    """Returns the texts of the first record from the middle on that has all of them and is not deleted."""
    names = [column for column in api.columns if column.kind in ("text", "keyword")]
    with open(dump, "rb") as lines:
        lines.seek(Path(dump).stat().st_size // 2)
        lines.readline()
        for line in lines:
            record = json.loads(line)
            texts = {column.name: at(record, column.path) for column in names}
            plain = all(text and text.isascii() and "," not in text.replace(", ", "") for text in texts.values())
            if not plain or (record.get("timestamp") or {}).get("deleted_at"):
                continue
            # A comma would split the value of an exact filter into a list.
            if not any("," in texts[name] for name in ("id", "email", "emailAddress", "lastName") if name in texts):
                return texts
    raise SystemExit(f"{dump}: no record from the middle on has every text")


def at(record, path):
    """Returns the value at a dotted path, or None."""
    for key in path.split("."):
        record = record.get(key) if isinstance(record, dict) else None
    return record


def shown(request):
    """Returns the request in decoded form."""
    return unquote(request) or "(no filter, no sort)"
