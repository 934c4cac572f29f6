"""Questions over exported identity snapshots, in the grammar of the API that they came from.

>>> import idq
>>> people = idq.open("fixtures/provisionr.ndjson")
>>> active = people.where('state eq "active"').sort("-created_at")
>>> len(active), active.count(by="included.workspace_integration.vendor")[0]
(44, <idq.Group google_workspace: 12>)

In the order in which a program meets them:

* :func:`open` loads dumps and snapshot files into a :class:`Snapshot`.
* :meth:`Snapshot.where`, :meth:`Snapshot.filter`, :meth:`Snapshot.sort` and :meth:`Snapshot.query` return
  :class:`Matches`, whose methods of the same names return further ones. Nothing is evaluated before it is asked for.
* :class:`Matches` are counted (``len``, :meth:`Matches.count`), paged, listed as :class:`Record`, and read by Polars,
  pyarrow, pandas and DuckDB as Arrow.
* :func:`diff` and :func:`match` compare two snapshots, and :meth:`Snapshot.report` answers the questions of an audit.

Work runs on all cores without the interpreter's lock, and an interrupt ends it. All objects can be shared by threads.
Mistakes raise :class:`RequestError`, unreadable sources :class:`LoadError`.
"""

from idq._errors import Error, LoadError, MissingFileError, RequestError
from idq._idq import (
    Diff,
    Group,
    Groups,
    Matches,
    Matching,
    Page,
    Record,
    RecordIterator,
    Report,
    Section,
    Snapshot,
    __version__,
    diff,
    match,
    open,
    reports,
    set_threads,
)

__all__ = [
    "Diff",
    "Error",
    "Group",
    "Groups",
    "LoadError",
    "Matches",
    "Matching",
    "MissingFileError",
    "Page",
    "Record",
    "RecordIterator",
    "Report",
    "RequestError",
    "Section",
    "Snapshot",
    "__version__",
    "diff",
    "match",
    "open",
    "reports",
    "set_threads",
]
