"""Sources, records, pages, mistakes, threads, interrupts, notebooks."""

from __future__ import annotations

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import idq
import pytest


def test_sources_are_paths_patterns_folders_bytes_and_file_objects(dumps: Path, tmp_path: Path) -> None:
    path = dumps / "provisionr.ndjson"
    content = path.read_bytes()
    folder = tmp_path / "dumps"
    folder.mkdir()
    (folder / "a.ndjson").write_bytes(content)
    with path.open("rb") as file:
        opened = [
            idq.open(path),
            idq.open(str(path)),
            idq.open(str(tmp_path / "*" / "*.ndjson")),
            idq.open(folder),
            idq.open(content),
            idq.open(file),
            idq.open(io.StringIO(content.decode())),
            idq.open([content]),
        ]
    assert [len(people) for people in opened] == [60] * len(opened)
    assert [people.api for people in opened] == ["provisionr"] * len(opened)
    both = idq.open([path, content])
    assert len(both) == 120 and [records for _, records in both.sources] == [60, 60]
    assert [name for name, _ in idq.open([content, content]).sources] == ["bytes 1", "bytes 2"]
    assert len(idq.open([path, content], dedupe=True)) == 60


def test_options_of_a_load_are_those_of_the_command() -> None:
    bad = b'{"id":"a","vendor_id":"1","state":"active"}\n{"id":"b","vendor_id":7}\n'
    with pytest.raises(idq.LoadError) as raised:
        idq.open(bad)
    error = raised.value
    assert (error.file, error.record, error.line, error.path) == ("bytes 1", 2, 2, "vendor_id")
    assert error.offset is not None and bad[error.offset :].startswith(b"7")
    skipped = idq.open(bad, on_bad_record="skip")
    assert (len(skipped), skipped.rejected) == (1, 1)
    (reject,) = skipped.rejects
    assert reject.startswith("bytes 1: record 2, line 2, field vendor_id: expected a string")
    dates = b'{"id":"a","vendor_id":"1","timestamp":{"created_at":1720919582}}'
    with pytest.raises(idq.LoadError, match='dates="epoch-s"'):
        idq.open(dates)
    created = idq.open(dates, dates="epoch-s").where('timestamp.created_at ge "2024-07-14"')
    assert len(created) == 1
    wrapped = b'{"outer":{"users":[{"id":"a","vendor_id":"1"}]}}'
    assert len(idq.open(wrapped, records="outer.users")) == 1
    with pytest.raises(idq.LoadError, match="ids_as_text=True"):
        idq.open(b'{"id":5,"vendor_id":"1"}')
    assert idq.open(b'{"id":5,"vendor_id":"1"}', ids_as_text=True).get("5")


def test_paths_that_cannot_be_read_or_written_are_errors_of_the_system(people: idq.Snapshot, tmp_path: Path) -> None:
    missing = tmp_path / "no" / "report.toml"
    with pytest.raises(FileNotFoundError) as raised:
        people.report(missing)
    assert raised.value.filename == str(missing)
    packed = tmp_path / "no" / "people.idq"
    with pytest.raises(FileNotFoundError) as raised:
        people.pack(packed)
    assert raised.value.filename == str(packed)


@pytest.mark.parametrize("number", [-1, 10**30])
def test_page_that_cannot_be_is_a_mistake_of_the_request(people: idq.Snapshot, number: int) -> None:
    for arguments in ({"number": number}, {"per_page": number}):
        with pytest.raises(idq.RequestError, match="expected a whole number from 1 for .*page, found"):
            people.all().page(**arguments)


def test_matches_are_reversed_and_have_the_hints_of_the_command(people: idq.Snapshot) -> None:
    matches = people.filter(state="active").sort("email")
    assert [record.bytes for record in reversed(matches)] == [record.bytes for record in matches][::-1]
    assert matches.hints() == []
    (hint,) = people.filter(state="Active").hints()
    assert hint == "filter[state] is case-sensitive: 44 more records have `active`"


def test_missing_file_is_an_error_of_python_too(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        idq.open(tmp_path / "people.json")
    assert isinstance(raised.value, idq.LoadError)
    assert raised.value.file.endswith("people.json")


def test_mistakes_have_their_place() -> None:
    people = idq.open(b'{"id":"a","vendor_id":"1","state":"active"}')
    with pytest.raises(idq.RequestError) as raised:
        people.where('state eq "é" and staet eq "b"')
    error = raised.value
    assert error.text is not None and error.span is not None
    assert error.text[slice(*error.span)] == "staet"
    assert error.problems == ("expected the name of a field, found `staet`",)
    assert "did you mean `state`?" in str(error) and "where: " in str(error)
    assert isinstance(error, ValueError)
    with pytest.raises(idq.RequestError, match="did you mean `filter\\[state\\]`"):
        people.filter(stat="active")
    with pytest.raises(idq.RequestError, match="did you mean `state`"):
        people.all().select("staet")
    with pytest.raises(idq.RequestError, match="did you mean `dormant`"):
        people.report("dormnt")
    with pytest.raises(idq.RequestError, match="did you mean `state`"):
        people.count(by="staet")
    with pytest.raises(idq.RequestError, match="did you mean `email`"):
        idq.diff(people, people, ignore="emial")
    with pytest.raises(idq.RequestError, match="expected a source, found none"):
        idq.open([])
    with pytest.raises(idq.RequestError, match="expected a rule, found none"):
        idq.match(people, people, on=[])
    with pytest.raises(idq.RequestError, match="(?s)where: left.state eq.*\\^"):
        idq.match(people, people, on="email ~ email", where="left.state eq")
    with pytest.raises(idq.RequestError, match="by: email:upper"):
        idq.diff(people, people, by="email:upper")
    with pytest.raises(TypeError, match="found NoneType"):
        people.filter({"state": None})  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="found int"):
        idq.open(5)  # pyright: ignore[reportArgumentType]


def test_exceptions_can_be_pickled(people: idq.Snapshot) -> None:
    with pytest.raises(idq.RequestError) as raised:
        people.where("staet pr")
    copy = pickle.loads(pickle.dumps(raised.value))
    assert (str(copy), copy.span, copy.problems) == (
        str(raised.value),
        raised.value.span,
        raised.value.problems,
    )
    with pytest.raises(idq.LoadError) as load:
        idq.open(b'{"id":5}', api="provisionr")
    assert pickle.loads(pickle.dumps(load.value)).record == 1


@pytest.mark.parametrize("of", ["snapshot", "matches", "diff"])
def test_pickling_is_refused_with_the_way_out(of: str, people: idq.Snapshot) -> None:
    objects = {"snapshot": people, "matches": people.all(), "diff": idq.diff(people, people)}
    with pytest.raises(TypeError, match="open the sources in the other process"):
        pickle.dumps(objects[of])


def test_record_has_its_bytes_and_its_values(people: idq.Snapshot, dumps: Path) -> None:
    lines = (dumps / "provisionr.ndjson").read_bytes().splitlines()
    records = list(people.filter(trashed="with"))
    assert [record.bytes for record in records] == lines
    record = records[0]
    parsed = json.loads(lines[0])
    assert record.json() == parsed and str(record) == lines[0].decode()
    assert record["timestamp.created_at"] == parsed["timestamp"]["created_at"]
    assert record["included"] == parsed["included"]
    assert "timestamp.created_at" in record and "nothing" not in record
    assert record.get("nothing") is None and record.get("nothing", 7) == 7
    with pytest.raises(KeyError):
        record["nothing"]
    assert people.get(record["id"]) == [record] and hash(record) == hash(people.get(record["id"])[0])
    assert people.get("nobody") == []
    # Personal data stay out of logs.
    assert record["email"] not in repr(record) + repr(people) + repr(people.all())


def test_matches_are_a_sequence(people: idq.Snapshot) -> None:
    matches = people.sort("email")
    records = list(matches)
    assert len(matches) == len(records) == people.count()
    for at in (slice(0, 3), slice(None, None, -7), slice(-2, None), slice(50, 500), slice(5, 2)):
        assert matches[at] == records[at]
    assert matches[0] == records[0] and matches[-1] == records[-1]
    with pytest.raises(IndexError, match="there are 54"):
        matches[54]
    with pytest.raises(TypeError, match="found str"):
        matches["id"]  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert people.where('state eq "active"') and not people.where('state eq "none"')


def test_filters_take_texts_lists_booleans_and_dates(people: idq.Snapshot) -> None:
    assert len(people.filter(state=["active", "staged"])) == 46
    assert len(people.filter({"state": "active"}, email_search="an")) < 44
    since = people.filter(created_after=date(2025, 1, 1))
    assert len(since) == len(people.query("filter[created_after]=2025-01-01")) < 54
    pending = people.filter(deprovisioned_pending_deactivation=True)
    request = "filter[deprovisioned_pending_deactivation]=true"
    assert len(pending) == len(people.query(request))
    assert {"state", "created_after"} < set(people.filters) and "email" in people.sort_keys


def test_filters_of_several_calls_all_hold(people: idq.Snapshot) -> None:
    active = people.filter(state=["active", "staged"]).filter(state="active")
    assert len(active) == len(people.filter(state="active"))
    assert not people.filter(state="active").filter(state="staged")
    for wrong in (b"active", {"active": 1}, 1.5, None):
        with pytest.raises(TypeError, match="as the value of a filter"):
            people.filter({"state": wrong})  # pyright: ignore[reportArgumentType]
    with pytest.raises(idq.RequestError, match="found none"):
        people.all().select()


def test_groups_of_one_key_are_a_dictionary(people: idq.Snapshot) -> None:
    groups = people.count(by="state")
    counts: dict[str, int] = {state: count for state, count in groups}
    # A group is a pair only at run time.
    pairs: Any = groups
    assert dict(pairs) == counts and counts["active"] == 44 and groups.by == ["state"]


def test_entries_that_are_passed_over_are_named(dumps: Path, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes((dumps / "provisionr.ndjson").read_bytes())
    (tmp_path / "README.md").write_text("# no dump", encoding="utf-8")
    opened = idq.open(tmp_path)
    assert len(opened) == 60
    (ignored,) = opened.ignored
    assert "README.md" in ignored


def test_pipe_is_read_once_with_chosen_columns(dumps: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "people"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=((dumps / "provisionr.ndjson").read_bytes(),))
    writer.start()
    assert len(idq.open(fifo, columns=["state"]).where('state eq "active"')) == 44
    writer.join()


def test_threads_share_one_iterator(people: idq.Snapshot) -> None:
    expected = sorted(record.bytes for record in people.all())
    iterator = iter(people.all())

    def take(_: int) -> list[bytes]:
        return [record.bytes for record in iterator]

    with ThreadPoolExecutor(8) as pool:
        taken = [record for part in pool.map(take, range(8)) for record in part]
    assert sorted(taken) == expected
    diff = idq.diff(people, people.where('state eq "none"'))
    lines = iter(diff)

    def ids(_: int) -> list[str]:
        return [line["id"] for line in lines]

    with ThreadPoolExecutor(8) as pool:
        found = [id for part in pool.map(ids, range(8)) for id in part]
    assert sorted(found) == sorted(line["id"] for line in diff)


def test_page_has_the_numbers_of_the_api(people: idq.Snapshot) -> None:
    page = people.sort("email").page(3, per_page=20)
    assert (page.number, page.per_page, page.total, page.last, len(page)) == (3, 20, 54, 3, 14)
    assert [record["id"] for record in page] == [r["id"] for r in people.sort("email")[40:]]
    assert json.loads(page.to_json())["current_page"] == 3
    assert page.records == list(page)


def test_calendar_of_a_count_is_that_of_the_time_zone() -> None:
    night = b'{"id":"a","vendor_id":"1","timestamp":{"created_at":"2025-12-31T23:30:00Z"}}'
    people = idq.open(night)
    (utc,) = people.count(by="timestamp.created_at:year")
    (berlin,) = people.count(by="timestamp.created_at:year", timezone="Europe/Berlin")
    assert (utc.values, berlin.values) == (["2025"], ["2026"])
    with pytest.raises(idq.RequestError, match="timezone"):
        people.count(by="timestamp.created_at:year", timezone="Europe/Berln")


def test_columns_of_a_load_limit_the_questions(dumps: Path) -> None:
    path = dumps / "provisionr.ndjson"
    people = idq.open(path, columns=["state"])
    assert len(people.where('state eq "active"')) == 44
    with pytest.raises(idq.RequestError, match="was not loaded"):
        len(people.where("email pr"))
    assert len(idq.open(path, columns="queried").filter(email_search="an")) > 0
    with pytest.raises(idq.RequestError, match="did you mean `state`"):
        idq.open(path, columns=["staet"])


def test_progress_is_reported_by_the_calling_thread(dumps: Path) -> None:
    calls: list[tuple[int, int, int | None]] = []
    threads: set[int] = set()

    def report(records: int, read: int, total: int | None) -> None:
        calls.append((records, read, total))
        threads.add(threading.get_ident())

    path = dumps / "provisionr.ndjson"
    idq.open(path, progress=report)
    assert calls[-1] == (60, path.stat().st_size, path.stat().st_size)
    assert threads == {threading.get_ident()}


def test_exception_of_a_progress_callback_ends_the_load(dumps: Path) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        idq.open(dumps / "provisionr.ndjson", progress=fail)


def test_threads_share_one_snapshot(people: idq.Snapshot) -> None:
    expected = people.count(by="state").total, len(people.where("email pr").sort("email"))

    def ask(_: int) -> tuple[int, int]:
        matches = people.where("email pr").sort("email")
        assert matches[0]["email"]
        return people.count(by="state").total, len(matches)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(64))) == {expected}


def test_number_of_threads_changes_no_answer(people: idq.Snapshot) -> None:
    expected = [record.bytes for record in people.sort("email")]
    try:
        for count in (1, 3):
            idq.set_threads(count)
            assert [record.bytes for record in people.sort("email")] == expected
        with pytest.raises(ValueError, match="at most"):
            idq.set_threads(100_000)
    finally:
        idq.set_threads(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_forked_process_has_threads_of_its_own(people: idq.Snapshot) -> None:
    expected = len(people.where("email pr"))
    child = os.fork()
    if child == 0:
        # The child must not run the tests of its parent.
        os._exit(0 if len(people.where("email pr")) == expected else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other interrupts")
def test_interrupt_ends_a_load_and_leaves_the_program_running(tmp_path: Path) -> None:
    fifo = tmp_path / "people.json"
    os.mkfifo(fifo)
    program = f"""
import idq
idq.set_threads(1)
print("ready", flush=True)
try:
    idq.open({str(fifo)!r})
except KeyboardInterrupt:
    print("interrupted", len(idq.open(b'{{"id":"a","vendor_id":"1"}}')))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    # The load reads a pipe whose writer is slow.
    with fifo.open("wb") as writer:
        writer.write(b'[{"id":"a","vendor_id":"1"}')
        writer.flush()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted 1\n"
    assert process.wait() == 0


def test_clock_of_a_report_is_a_time_with_a_zone(people: idq.Snapshot) -> None:
    now = datetime(2026, 6, 30, tzinfo=timezone.utc)
    report = people.report("dormant", days=30, now=now)
    assert report.to_dict()["now"] == "2026-06-30T00:00:00Z"
    assert report.to_dict()["days"] == 30
    with pytest.raises(idq.RequestError, match="with a zone"):
        people.report("dormant", now=datetime(2026, 6, 30))


def test_tables_of_notebooks_escape_their_values() -> None:
    people = idq.open(b'{"id":"<script>","vendor_id":"1","state":"active","email":"a&b@x"}')
    for shown in (people, people.all(), people.count(by="email"), idq.diff(people, people)):
        html = shown._repr_html_()  # pyright: ignore[reportPrivateUsage]
        assert html.startswith("<table>") and "<script>" not in html
    assert "&lt;script&gt;" in people._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert "a&amp;b@x" in people._repr_html_()  # pyright: ignore[reportPrivateUsage]
