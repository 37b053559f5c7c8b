"""Tutorials: the solutions are right, the notebook that a student gets runs to its end, and gives nothing away."""

import base64
import io

import nbformat
import pytest
from click.testing import CliRunner
from nbclient import NotebookClient
from PIL import Image

from soaplens_lite.cli import main
from soaplens_lite.study import PACKAGE
from soaplens_lite.study.run import notebooks

TUTORIALS = ["t1", "t2", "t3"]
EXERCISES = {"t1": 5, "t2": 5, "t3": 5}


def source(name):
    """The file of a tutorial."""
    return notebooks.folder() / "tutorials" / f"{name}.py"


def tags(cell):
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def replies(cell):
    """What `check` said in an executed cell."""
    return [
        output.data["text/markdown"] for output in cell.get("outputs", []) if "text/markdown" in output.get("data", {})
    ]


@pytest.fixture(scope="module", params=TUTORIALS)
def executed(request, tmp_path_factory, cache_of_the_tests):
    """A tutorial with its solutions, and as a student gets it, both executed: (name, teacher's, student's)."""
    versions = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CI", "true")
        patch.setenv("PYTHONPATH", str(PACKAGE.parent))
        for solutions in (True, False):
            notebook = notebooks.read(source(request.param), solutions=solutions)
            folder = tmp_path_factory.mktemp(request.param)
            NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
            versions.append(notebook)
    return request.param, *versions


@pytest.mark.notebook
def test_solutions_are_right_and_the_exercises_are_open(executed):
    """Every exercise is asked once and solved once; the student's version has the question and no solution."""
    name, teacher, student = executed
    names = [f"{name}.{k + 1}" for k in range(EXERCISES[name])]
    solved = [r for cell in teacher.cells if "solution" in tags(cell) for r in replies(cell)]
    assert [reply.split(": right.")[0] for reply in solved] == names
    asked = [reply for cell in student.cells if "exercise" in tags(cell) for reply in replies(cell)]
    assert [reply.split(": no answer yet")[0] for reply in asked] == names
    assert not any("solution" in tags(cell) for cell in student.cells)


@pytest.mark.notebook
def test_figures_are_drawn_and_sliders_have_a_picture(executed):
    """Every picture has a size and more than one color; nothing is written to the error stream."""
    _, _, student = executed
    outputs = [output for cell in student.cells for output in cell.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    pictures = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 4
    for picture in pictures:
        image = Image.open(io.BytesIO(base64.b64decode(picture)))
        assert min(image.size) > 150 and len(image.convert("RGB").getcolors(1_000_000)) > 10
    sliders = [o for o in outputs if "application/vnd.jupyter.widget-view+json" in o.get("data", {})]
    assert sliders and all("image/png" in output.data for output in sliders)


@pytest.mark.parametrize("name", TUTORIALS)
def test_tutorials_are_short_and_explain_before_they_compute(name):
    """Cells have 1 to 18 lines of code; more text cells than half of the code cells; every exercise has a heading."""
    cells = notebooks.read(source(name)).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert max(len(cell.source.splitlines()) for cell in code) <= 18
    assert all(cell.source.strip() for cell in cells)
    assert 2 * (len(cells) - len(code)) > len(code)
    headings = [line for cell in cells for line in cell.source.splitlines() if line.startswith("### Exercise")]
    assert all(any(f"{name}.{k + 1}" in heading for heading in headings) for k in range(EXERCISES[name]))


def test_the_command_writes_both_versions(tmp_path):
    """Students' notebooks by default, with solutions on demand; the studies are there as well."""
    for folder, options in (("student", []), ("teacher", ["--solutions"])):
        assert CliRunner().invoke(main, ["notebooks", str(tmp_path / folder), *options]).exit_code == 0
        assert (tmp_path / folder / "01_cu211.ipynb").is_file()
    for name in TUTORIALS:
        both = [nbformat.read(tmp_path / f / "tutorials" / f"{name}.ipynb", 4) for f in ("student", "teacher")]
        n_solutions = [sum("solution" in tags(cell) for cell in notebook.cells) for notebook in both]
        assert n_solutions[0] == 0 and n_solutions[1] >= EXERCISES[name]
