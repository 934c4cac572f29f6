"""The examples of the docstrings and of the README run, and every public object has a docstring."""

from __future__ import annotations

import doctest
import os
from collections.abc import Iterator
from pathlib import Path

import idq
import pytest

ROOT = Path(__file__).resolve().parents[2]
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


def documented() -> Iterator[tuple[str, str]]:
    """Yields the public objects and their methods with their docstrings."""
    for name in idq.__all__:
        member: object = getattr(idq, name)
        if isinstance(member, str):
            continue
        yield name, member.__doc__ or ""
        if isinstance(member, type):
            for method, value in vars(member).items():
                if not method.startswith("_"):
                    yield f"{name}.{method}", getattr(value, "__doc__", None) or ""


def run(name: str, text: str, folder: Path) -> int:
    """Runs the examples of a text in the folder of the repository, and returns their number."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        names = {"idq": idq, "people": idq.open("fixtures/provisionr.ndjson"), "folder": folder}
        test = doctest.DocTestParser().get_doctest(text, names, name, name, 0)
        report: list[str] = []
        runner = doctest.DocTestRunner(optionflags=FLAGS)
        runner.run(test, out=report.append)
        assert not report, "".join(report)
        return len(test.examples)
    finally:
        os.chdir(before)


@pytest.mark.parametrize(("name", "text"), [*documented()], ids=lambda value: str(value)[:30])
def test_docstring_exists_and_its_examples_run(name: str, text: str, tmp_path: Path) -> None:
    # Fields of exceptions are described in their class.
    assert text or name.rpartition(".")[0].endswith("Error"), name
    run(name, text, tmp_path)


def test_examples_are_many_enough(tmp_path: Path) -> None:
    run("idq", idq.__doc__ or "", tmp_path)
    assert sum(text.count(">>> ") for _, text in documented()) > 25


@pytest.mark.parametrize("page", ["python/README.md", "docs/python.md"])
def test_examples_of_the_pages_run(page: str, tmp_path: Path) -> None:
    assert run(page, (ROOT / page).read_text(encoding="utf-8"), tmp_path) > 10
