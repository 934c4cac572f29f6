"""The peers of idq.

A peer's module has a class `Peer(threads)` with `version`, `straight(api, path, question)`, `load(api, path)`, which
returns the number of records, and `ways(api, question)`, which returns the variants of a query that its documentation
recommends, by name: functions that return the total and the ids of the page. The fastest variant counts.
"""

from importlib import import_module

# Shown in this order.
NAMES = {"duckdb": "DuckDB", "clickhouse": "ClickHouse (chDB)", "polars": "Polars"}


def peer(name, threads):
    """Returns the peer of a name."""
    return import_module(f"peers.{name}_peer").Peer(threads)
