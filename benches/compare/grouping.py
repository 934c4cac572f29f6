"""Parses a count by keys, for translation to each peer."""

from dataclasses import dataclass

import question


@dataclass(frozen=True)
class Key:
    """A column and a bucket: `month`, `domain` or none."""

    column: object
    bucket: str = ""


@dataclass(frozen=True)
class Count:
    """A parsed count: its keys, the number of kept values of the first key or None, and the request beside them."""

    keys: tuple
    top: object
    question: object


def parse(api, request):
    """Parses `by=KEY,KEY&top=N`; the parameters of an ordinary request may follow."""
    keys, top, rest = (), None, []
    for parameter in request.split("&"):
        name, _, value = parameter.partition("=")
        if name == "by":
            keys = tuple(_key(api, text) for text in value.split(","))
        elif name == "top":
            top = int(value)
        else:
            rest.append(parameter)
    return Count(keys, top, question.parse(api, "&".join(rest)))


def _key(api, text):
    path, _, bucket = text.partition(":")
    return Key(api.extracted_column(path), bucket)


def is_count(request):
    return request.startswith("by=")


def answer(rows):
    """Returns an answer in the form of other queries: the number of records in groups, and the groups in one order.

    Each row has the keys and the count. Null and missing are one group, because peers do not tell them apart.
    """
    merged = {}
    for *keys, count in rows:
        merged[tuple(keys)] = merged.get(tuple(keys), 0) + count
    groups = [[*keys, count] for keys, count in merged.items()]
    groups.sort(key=lambda group: [(text is not None, text or "") for text in group[:-1]])
    return dict(total=sum(merged.values()), ids=groups)
