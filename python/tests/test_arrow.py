"""Other libraries read matches, groups, differences and matched records as Arrow."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import duckdb
import idq
import pytest

# These libraries have no types, or incomplete ones.
pandas: Any = importlib.import_module("pandas")
polars: Any = importlib.import_module("polars")
pyarrow: Any = importlib.import_module("pyarrow")


def test_pyarrow_reads_every_documented_field(people: idq.Snapshot) -> None:
    matches = people.where('state eq "active"').sort("-created_at")
    table = pyarrow.table(matches)
    assert table.num_rows == len(matches)
    assert table.column("id").to_pylist() == [record["id"] for record in matches]
    assert table.schema.field("timestamp.created_at").type == pyarrow.timestamp("us", "UTC")
    assert set(people.fields) >= {"id", "email"} <= set(table.schema.names)
    assert json.loads(table.schema.metadata[b"idq.sources"])


def test_selected_columns_have_the_values_of_the_records(people: idq.Snapshot) -> None:
    columns = ["id", "profile.department", "included.workspace_integration.is_primary"]
    matches = people.filter(trashed="with").select(*columns)
    table = matches.to_arrow()
    assert table.schema.names == columns
    for name in columns:
        assert table.column(name).to_pylist() == [record.get(name) for record in matches]
    assert table.schema.field(columns[2]).type == pyarrow.bool_()


def test_names_are_paths_as_in_expressions() -> None:
    people = idq.open(b'{"id":"a","state":"active","profile":{"cost.center":"4711","cost":{"center":5}}}')
    quoted, plain = 'profile."cost.center"', "profile.cost.center"
    assert people.all().to_arrow(columns=[quoted, plain]).to_pylist() == [{quoted: "4711", plain: 5}]
    [record] = people.where(f'{quoted} eq "4711"')
    assert (record.get(quoted), record.get(plain)) == ("4711", 5)


def test_polars_reads_a_data_frame(people: idq.Snapshot) -> None:
    matches = people.sort("email").select("id", "email", "timestamp.created_at")
    frame = polars.DataFrame(matches)
    assert frame.equals(matches.to_polars())
    assert frame["id"].to_list() == [record["id"] for record in matches]
    everything = people.sort("email")
    assert polars.DataFrame(everything).equals(everything.to_polars())
    # A stream is a series of structures to `from_arrow`.
    series = polars.from_arrow(matches)
    assert isinstance(series, polars.Series)
    assert series.struct.unnest().equals(frame)


def test_pandas_reads_a_data_frame(people: idq.Snapshot) -> None:
    frame: Any = people.where("email pr").to_pandas(columns=["id", "timestamp.created_at"])
    assert isinstance(frame, pandas.DataFrame)
    assert len(frame) == len(people.where("email pr"))
    assert str(frame["timestamp.created_at"].dtype) == "datetime64[us, UTC]"


def test_duckdb_queries_matches_by_their_name(people: idq.Snapshot) -> None:
    m = people.where('state eq "active"')
    counted = duckdb.sql("select count(*), count(distinct id) from m")
    assert counted and counted.fetchall() == [(len(m), len(m))]


def test_no_matches_are_a_table_without_rows(people: idq.Snapshot) -> None:
    table = pyarrow.table(people.where('state eq "no such state"'))
    assert table.num_rows == 0 and "email" in table.schema.names


def test_groups_are_columns_with_their_presence(people: idq.Snapshot) -> None:
    groups = people.count(by=["state", "included.directory_user.state"])
    frame = polars.DataFrame(groups)
    assert frame["count"].sum() == groups.total == people.count()
    for group, row in zip(groups, frame.iter_rows()):
        assert (group.values[0], group.presence[0], group.count) == (row[0], row[1], row[-1])


def test_differences_have_json_values(people: idq.Snapshot, changed: idq.Snapshot) -> None:
    diff = idq.diff(people, changed, context=["email"])
    table = pyarrow.table(diff).to_pylist()
    lines = list(diff)
    assert len(table) == len(lines)
    for row, line in zip(table, lines):
        assert row["id"] == line["id"] and row["change"] == line["change"]
        assert row["field"] == line.get("field")
        for version in ("old", "new"):
            value = row[version]
            assert (None if value is None else json.loads(value)) == line.get(version)
        assert json.loads(row["context.email"]) == line["context"]["email"]


def test_matched_records_have_a_line_for_each_pair(people: idq.Snapshot, accounts: idq.Snapshot) -> None:
    matching = idq.match(accounts, people, on="emailAddress ~ email", columns="right.state")
    rows = pyarrow.table(matching).to_pylist()
    states = {record["id"]: record.get("state") for record in people.filter(trashed="with")}
    assert {row["group"] for row in rows} == set(range(1, len(matching) + 1))
    for row in rows:
        assert row["right.state"] == (states[row["right"]] if row["right"] else None)
    linked = [row for row in rows if row["situation"] == "linked"]
    assert len(linked) == matching.linked
    assert all(row["left"] and row["right"] and row["rule"] for row in linked)


@pytest.mark.parametrize("packed", [False, True])
def test_stream_of_a_snapshot_file_is_that_of_its_dump(
    packed: bool, people: idq.Snapshot, tmp_path: Path
) -> None:
    opened = people
    if packed:
        path = tmp_path / "people.idq"
        assert people.pack(path) == path.stat().st_size
        opened = idq.open(path)
    table = pyarrow.table(opened.filter(trashed="with"))
    expected = pyarrow.table(people.filter(trashed="with"))
    assert table.equals(expected)
