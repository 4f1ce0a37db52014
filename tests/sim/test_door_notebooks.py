"""Every notebook runs on small settings, and answers its question by picture and sentence."""

import contextlib
import io
from pathlib import Path
from typing import Any

import nbformat
import plotly.graph_objects as go
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SMALL = {"days": 1, "seeds": [1], "processes": 1, "scenario_name": "quiet-research"}
FEW = {"tricks": 2, "steps_ppm": 2, "shares_ppm": 2, "kinds": 2}
"""So many of each list are tried."""


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def code_of(path: Path) -> list[str]:
    """Its code cells, the settings made small."""
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    settings, *others = cells
    assert "settings" in settings.metadata.tags
    small = [f"{name} = {value!r}" for name, value in SMALL.items() if name in settings.source]
    small += [f"{name} = {name}[:{few}]" for name, few in FEW.items() if name in settings.source]
    return [settings.source, "\n".join(small), *(cell.source for cell in others)]


def test_there_are_seven() -> None:
    assert [path.stem[0] for path in NOTEBOOKS] == list("1234567")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs_and_has_no_logic_of_its_own(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
            assert not any(word in cell.source for word in ("def ", "class ", "while ", "lambda "))


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_answers_its_question_by_picture_and_sentence(path: Path) -> None:
    names: dict[str, Any] = {}
    said, figures = io.StringIO(), 0
    with contextlib.redirect_stdout(said):
        for source in code_of(path):
            *body, last = source.strip().splitlines()
            if last.startswith("measure_by_policy"):
                exec("\n".join(body), names)  # noqa: S102 - our own notebook
                figure = eval(last, names)  # noqa: S307 - and its last line
                assert isinstance(figure, go.Figure)
                assert len(figure.data[0].x) >= 1
                figures += 1
            else:
                exec(source, names)  # noqa: S102 - our own notebook
    assert figures >= 1
    assert len(said.getvalue().split()) > 8


@pytest.mark.slow
def test_the_first_runs_in_a_kernel_of_its_own(tmp_path: Path) -> None:
    """As a reader runs it; the others differ from it in their lines alone."""
    book = read(NOTEBOOKS[0])
    settings = next(cell for cell in book.cells if cell.cell_type == "code")
    settings.source += "\ndays, seeds, processes = 1, [1], 1"
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(FOLDER)}}).execute()
    shown = [output for cell in book.cells for output in cell.get("outputs", ())]
    assert any("application/vnd.plotly.v1+json" in output.get("data", {}) for output in shown)
