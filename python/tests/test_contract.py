"""The answers of the module are those of the tables of the contract, and those of the command."""

from __future__ import annotations

import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import idq
import pytest

# The library has no types.
importlib.import_module("pyarrow.parquet")
pyarrow: Any = importlib.import_module("pyarrow")

TABLES = Path(__file__).resolve().parents[2] / "tests" / "contract" / "tables" / "expressions.json"
REQUESTS = [
    "",
    "filter[state]=active&sort=-created_at,email&per_page=7&page=2",
    "filter[email_search]=AN&filter[trashed]=with",
    "filter[profile_search]=engineering,sales",
    "filter[created_after]=2025-01-01&filter[created_before]=2026-01-01&sort=user_full-name",
    "filter[state]=active,staged&sort=state&per_page=100",
]


def tables() -> dict[str, Any]:
    return json.loads(TABLES.read_text(encoding="utf-8"))


def test_expressions_select_as_the_tables_of_the_contract_say() -> None:
    given = tables()
    people = idq.open(json.dumps(given["records"]).encode(), api=given["api"])
    everyone = people.filter(trashed="with")
    ids = [record["id"] for record in everyone]
    checked = 0
    for cases in given["cases"].values():
        for expression, expected in cases:
            found = [record["id"] for record in everyone.where(expression)]
            assert found == expected.split(), expression
            others = [record["id"] for record in everyone.where(f"not ({expression})")]
            assert others == [id for id in ids if id not in found], expression
            checked += 1
    assert checked > 30


@pytest.mark.parametrize("request_text", REQUESTS)
def test_pages_are_those_of_the_command_byte_for_byte(
    request_text: str, people: idq.Snapshot, dumps: Path, command: Callable[..., str]
) -> None:
    printed = command("query", dumps / "provisionr.ndjson", "-q", request_text, "-o", "json")
    assert people.query(request_text).page().to_json() == printed.rstrip("\n")


@pytest.mark.parametrize("request_text", REQUESTS)
def test_records_are_those_of_the_command_byte_for_byte(
    request_text: str, people: idq.Snapshot, dumps: Path, command: Callable[..., str]
) -> None:
    words = ("query", dumps / "provisionr.ndjson", "--all", "-q", request_text, "-o", "ndjson")
    records = [record.bytes.decode() for record in people.query(request_text)]
    assert records == command(*words).splitlines()


def test_api_reading_accepts_what_the_strict_one_refuses(people: idq.Snapshot) -> None:
    with pytest.raises(idq.RequestError):
        people.query("filter[state]=active&unknown=1&sort=--email")
    assert len(people.query("sort=--email", conformance="api")) == len(people.all())


def test_differences_are_those_of_the_command(
    people: idq.Snapshot, changed: idq.Snapshot, dumps: Path, tmp_path: Path, command: Callable[..., str]
) -> None:
    new = tmp_path / "new.ndjson"
    new.write_bytes(b"".join(record.bytes + b"\n" for record in changed.filter(trashed="with")))
    printed = command("diff", dumps / "provisionr.ndjson", new, "-o", "ndjson", status=1)
    diff = idq.diff(people, changed)
    assert diff.to_ndjson() == printed
    assert [json.loads(line) for line in printed.splitlines()] == list(diff)
    assert (diff.added, diff.removed, diff.changed, diff.unchanged) == (0, 1, 1, 58)
    assert len(diff) == 2 and diff.fields["state"] == 1
    assert diff.left_out == ["timestamp.updated_at", "count", "links"]
    assert len(idq.diff(people, changed, only="email")) == 1
    assert len(idq.diff(people, people)) == 0


@pytest.mark.parametrize("steps", [2, 3])
def test_parquet_of_the_command_has_the_differences(
    steps: int, people: idq.Snapshot, changed: idq.Snapshot, dumps: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.ndjson"
    new.write_bytes(b"".join(record.bytes + b"\n" for record in changed.filter(trashed="with")))
    # From the old to the new snapshot, and with three of them back again.
    names = [dumps / "provisionr.ndjson", new, dumps / "provisionr.ndjson"][:steps]
    words = [sys.executable, "-m", "idq", "diff", *names, "-o", "parquet", "--context", "email"]
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    table = pyarrow.parquet.read_table(io.BytesIO(done.stdout))
    there = pyarrow.table(idq.diff(people, changed, context="email")).to_pylist()
    back = pyarrow.table(idq.diff(changed, people, context="email")).to_pylist()
    expected = there + back[: len(back) * (steps - 2)]
    rows = table.to_pylist()
    assert [row.pop("from", None) for row in rows][0] == (str(names[0]) if steps == 3 else None)
    assert [row.pop("to", None) for row in rows][0] == (str(new) if steps == 3 else None)
    assert rows == expected


def test_differences_of_matches_are_those_of_selected_records(
    people: idq.Snapshot, changed: idq.Snapshot
) -> None:
    # A record is compared if its old or its new version is selected.
    suspended = 'state eq "suspended"'
    diff = idq.diff(people.where(suspended), changed.where(suspended))
    assert (diff.added, diff.removed, diff.changed) == (0, 0, 1)


def test_matched_records_are_those_of_the_command(
    people: idq.Snapshot, accounts: idq.Snapshot, dumps: Path, command: Callable[..., str]
) -> None:
    words: tuple[str | Path, ...] = (
        "match", dumps / "permission-assist.json", dumps / "provisionr.ndjson",
        "--on", "emailAddress ~ email", "-w", 'left.status eq "Active"', "--columns", "left.status,right.state",
        "-o", "ndjson",
    )  # fmt: skip
    matching = idq.match(
        accounts,
        people,
        on="emailAddress ~ email",
        where='left.status eq "Active"',
        columns=["left.status", "right.state"],
    )
    assert matching.to_ndjson() == command(*words)
    groups = list(matching)
    assert len(groups) == len(matching) > 0
    assert matching.linked + matching.disputed > 0


@pytest.mark.parametrize("name", ["dormant", "orphans", "inventory", "data-quality"])
def test_reports_are_those_of_the_command(
    name: str, dumps: Path, command: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(dumps.parent)
    now = "2026-06-30T00:00:00Z"
    people = idq.open("fixtures/provisionr.ndjson")
    report = people.report(name, now=now)
    words = ("report", name, "fixtures/provisionr.ndjson", "--now", now)
    assert report.to_json() == command(*words, "-o", "json")
    assert report.to_html() == command(*words, "-o", "html")
    assert report.to_csv() == command(*words, "-o", "csv")
    assert report.name == name and report.sections
    assert name in idq.reports()


def test_report_on_two_systems_takes_the_other_snapshot(
    people: idq.Snapshot, accounts: idq.Snapshot
) -> None:
    one = people.report("leavers", other=accounts)
    other = accounts.report("leavers", other=people)
    assert [section.count for section in one.sections] == [section.count for section in other.sections]
    assert one.sections[0].unit == "group"


def test_report_of_ones_own_is_read_from_its_file(people: idq.Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'name = "own"\ntitle = "Staged"\ndefinition = "Staged accounts."\n'
        '[api.provisionr]\n[[api.provisionr.section]]\nname = "staged"\ntitle = "Staged"\n'
        "where = 'state eq \"staged\"'\n",
        encoding="utf-8",
    )
    (section,) = people.report(path).sections
    assert section.count == len(people.where('state eq "staged"')) > 0
    assert [finding["id"] for finding in section.findings] == [
        record["id"] for record in people.where('state eq "staged"')
    ]


def test_command_completes_words_and_takes_any_file_name(dumps: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "COMPLETE": "fish"}
    words = [sys.executable, "-m", "idq"]
    completed = subprocess.run([*words, "--", "idq", "que"], capture_output=True, check=True, env=environment)
    assert completed.stdout.startswith(b"query")
    name = os.fsencode(tmp_path / "p") + b"\xff.ndjson"
    Path(os.fsdecode(name)).write_bytes((dumps / "provisionr.ndjson").read_bytes())
    counted = subprocess.run([*words, "count", os.fsdecode(name)], capture_output=True, check=True)
    assert counted.stdout == b"54\n"


def test_command_of_the_wheel_is_the_command(command: Callable[..., str]) -> None:
    assert command("--version") == f"idq {idq.__version__}\n"
    assert "idq query" in command("help")
    command("query", "--no-such-option", status=2)
