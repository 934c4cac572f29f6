"""The notebook of the book runs, and its outputs are those that it shows.

`UPDATE_NOTEBOOK=1` writes the outputs into the notebook instead.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

nbclient: Any = importlib.import_module("nbclient")
nbformat: Any = importlib.import_module("nbformat")

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "access-review.ipynb"


def outputs(notebook: Any) -> list[list[dict[str, Any]]]:
    """Returns the data of the outputs of all cells."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [[dict(output.get("data", {"text": output.get("text")})) for output in cell.outputs] for cell in cells]


def test_notebook_prints_what_it_shows() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    shown = outputs(notebook)
    client = nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}
    )
    client.execute()
    if os.environ.get("UPDATE_NOTEBOOK"):
        for cell in notebook.cells:
            cell.metadata.clear()
        nbformat.write(notebook, NOTEBOOK)
        return
    assert outputs(notebook) == shown
    assert sum(map(len, shown)) > 6
