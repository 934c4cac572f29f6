"""Serves the same pages with FastAPI over DuckDB or PostgreSQL: the straightforward program without idq.

The environment variables `ENGINE` and `DATABASE` choose one. Each worker is a process of uvicorn.
"""

import json
import math
import os
import sys
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "compare"))

from fastapi import FastAPI, Request, Response  # noqa: E402

import question  # noqa: E402
from apis import PROVISIONR  # noqa: E402
from engines import ENGINES  # noqa: E402

PATH = "/api/v1/directory/identities"
engine = ENGINES[os.environ["ENGINE"]](os.environ["DATABASE"])
app = FastAPI()


@app.get("/healthz")
def health():
    return {"status": "ok"}


@app.get(PATH)
def page(request: Request):
    asked = question.parse(PROVISIONR, request.url.query)
    total, records = engine.page(PROVISIONR, asked)
    return Response(envelope(request, asked, total, records), media_type="application/json")


def envelope(request, asked, total, records):
    """Formats the paginator's fields in their order around the verbatim records."""
    number = asked.offset // asked.limit + 1
    last = max(1, math.ceil(total / asked.limit))
    path = f"{request.url.scheme}://{request.url.netloc}{PATH}"
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
    query = "".join(f"{quote(name, safe='')}={quote(value, safe='')}&" for name, value in kept)

    def url(page):
        return f"{path}?{query}page={page}"

    before = url(number - 1) if number > 1 else None
    after = url(number + 1) if number < last else None
    start = {"current_page": number, "data": []}
    rest = {
        "first_page_url": url(1),
        "from": asked.offset + 1 if records else None,
        "last_page": last,
        "last_page_url": url(last),
        "links": links(number, last, url, before, after),
        "next_page_url": after,
        "path": path,
        "per_page": asked.limit,
        "prev_page_url": before,
        "to": asked.offset + len(records) if records else None,
        "total": total,
    }
    head = json.dumps(start, separators=(",", ":"))[:-2]
    return f"{head}{','.join(records)}],{json.dumps(rest, separators=(',', ':'))[1:]}"


def links(number, last, url, before, after):
    """Returns Laravel's window of pages around the current page."""
    if last < 14:
        stretches = [range(1, last + 1)]
    elif number <= 7:
        stretches = [range(1, 11), range(last - 1, last + 1)]
    elif number > last - 7:
        stretches = [range(1, 3), range(last - 9, last + 1)]
    else:
        stretches = [range(1, 3), range(number - 3, number + 4), range(last - 1, last + 1)]
    found = [{"url": before, "label": "&laquo; Previous", "page": before and number - 1, "active": False}]
    for index, stretch in enumerate(stretches):
        if index:
            found.append({"url": None, "label": "...", "active": False})
        found += ({"url": url(page), "label": str(page), "page": page, "active": page == number} for page in stretch)
    found.append({"url": after, "label": "Next &raquo;", "page": after and number + 1, "active": False})
    return found
