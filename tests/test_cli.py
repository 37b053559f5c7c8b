"""The command: what it hands on, what it prints, and how it ends."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version

import nbformat
import pytest
from click.testing import CliRunner
from limits import no_file_above

from soaplens_lite.cli import main
from soaplens_lite.study import StudyError
from soaplens_lite.study.run import notebooks, runner
from soaplens_lite.study.run.notebooks import SoaplensHandler
from soaplens_lite.study.run.parameters import MODELS, QUICK
from soaplens_lite.study.run.runner import RunResult


@pytest.fixture
def calls(monkeypatch):
    """What the command asks of the runner, which here only says how it would end."""
    asked = []

    def run(notebook, parameters=None, **options):
        asked.append((notebook, parameters, options))
        status = "failed" if (parameters or {}).get("seed") == "666" else "complete"
        return RunResult(notebook, "0" * 12, status, None)

    monkeypatch.setattr(runner, "run", run)
    return asked


def soaplens(*words):
    """Call the command; its result."""
    return CliRunner().invoke(main, words)


def test_run_hands_on_what_was_asked(calls):
    """Parameters as text, options by name; the exit code tells how it ended."""
    command = "run 01_cu211 -p r_cut=5.5 -p min_cluster_size=120 --results there --timeout 90 --force"
    assert soaplens(*command.split()).exit_code == 0
    given = {"r_cut": "5.5", "min_cluster_size": "120"}
    assert calls == [("01_cu211", given, {"results": "there", "timeout": 90.0, "force": True})]
    assert soaplens("run", "01_cu211", "-p", "seed=666").exit_code == 1
    assert "timeout" not in calls[-1][2]  # the runner's own default holds


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-p", "r_cut"], "'r_cut': must be name=value, r_cut=5.5 for instance"),
        (["-p", "=5"], "must be name=value"),
        (["-p", "r_cut="], "must be name=value"),
        (["-p", "r_cut=5", "-p", "r_cut=6"], "r_cut is given twice: 5 and 6"),
    ],
)
def test_parameters_that_are_no_assignments(calls, words, message):
    """Are refused before anything is asked of the runner."""
    result = soaplens("run", "01_cu211", *words)
    assert result.exit_code == 2 and message in result.output and calls == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "01_cu211", "-p", "r_cut=0"], "Error: r_cut = 0 Angstrom: must be a number, above 1"),
        (["run", "01_cu211", "-p", "rcut=5"], "did you mean r_cut?"),
        (["run", "01_cu211", "-p", "data=cu211-smple"], "did you mean cu211-sample?"),
        (["run", "cu211"], "did you mean 01_cu211?"),
        (["params", "cu211"], "did you mean 01_cu211?"),
        (["run", "01_cu211", "--results", "/dev/null/x"], "Error: the results folder /dev/null/x"),
    ],
)
def test_what_cannot_begin_ends_in_one_message(words, message, tmp_path, monkeypatch):
    """Without a traceback, and with nothing created."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path / "cache"))
    result = soaplens(*words)
    assert result.exit_code == 1 and message in result.output and "Traceback" not in result.output
    assert not (tmp_path / "results").exists()


def test_reproduce_runs_every_study_and_tells_when_one_failed(calls, monkeypatch, tmp_path):
    """In order, with the short parameters on request."""
    monkeypatch.setenv("SOAPLENS_RESULTS", str(tmp_path))
    assert soaplens("reproduce").exit_code == 0
    assert [(name, given) for name, given, _ in calls] == [(name, {}) for name in notebooks.of_paper()]
    calls.clear()
    result = soaplens("reproduce", "--quick")
    assert [(name, given) for name, given, _ in calls] == list(QUICK.items())
    assert "study" in result.output and "complete" in result.output
    monkeypatch.setitem(QUICK, "01_cu211", {"seed": "666"})
    assert soaplens("reproduce", "--quick").exit_code == 1


def test_a_study_that_cannot_begin_is_a_row_of_the_table(monkeypatch, tmp_path):
    """And an exit code, not an end of everything."""

    def run(notebook, parameters=None, **options):
        raise StudyError("the file is gone")

    monkeypatch.setattr(runner, "run", run)
    monkeypatch.setenv("SOAPLENS_RESULTS", str(tmp_path))
    result = soaplens("reproduce")
    assert result.exit_code == 1 and "the file is gone" in result.output
    assert re.search("^01_cu211 +failed", result.output, re.MULTILINE)


def test_params_lists_what_can_be_changed():
    """One line per parameter: name, default, unit, allowed values, meaning."""
    lines = soaplens("params", "01_cu211").output.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(MODELS["01_cu211"].model_fields)
    (r_cut,) = (line for line in lines if line.startswith("r_cut"))
    assert r_cut.split()[1:3] == ["6.0", "Angstrom"] and "a number, above 1" in r_cut and "surroundings" in r_cut


def test_help_imports_no_library_of_the_science():
    """So that it answers within half a second; `soaplens params` needs pydantic besides."""
    heavy = ("numpy", "dscribe", "pandas", "xarray", "matplotlib", "MDAnalysis", "papermill")
    for words in ("--help", "run --help", "params 01_cu211"):
        code = (
            "import sys; from soaplens_lite.cli import main\n"
            f"try: main({words.split()!r})\nexcept SystemExit: print([name for name in {heavy} if name in sys.modules])"
        )
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert answer.stdout.splitlines()[-1] == "[]"


def test_version():
    """That of the package."""
    assert soaplens("--version").output.strip().endswith(version("soaplens_lite"))


@pytest.mark.slow
def test_notebooks_are_written_as_plain_files(tmp_path):
    """The same every time, without pairing; work of one's own is not written over."""
    folder = tmp_path / "mine"
    assert soaplens("notebooks", str(folder)).exit_code == 0
    path = folder / "01_cu211.ipynb"
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3" and "jupytext" not in notebook.metadata
    assert any("parameters" in cell.metadata.get("tags", []) for cell in notebook.cells)
    before = path.read_bytes()
    assert soaplens("notebooks", str(folder)).exit_code == 0 and path.read_bytes() == before

    path.write_text("my work")
    result = soaplens("notebooks", str(folder))
    assert result.exit_code == 1 and "work of your own" in result.output and path.read_text() == "my work"
    assert soaplens("notebooks", str(folder), "--force").exit_code == 0 and path.read_bytes() == before
    assert soaplens("notebooks", "/dev/null/x").exit_code == 1


@pytest.mark.slow
def test_papermill_itself_reads_the_notebooks(tmp_path):
    """As a user types it, in a folder of their own; parameters are handed on."""
    command = "-m papermill soaplens://01_cu211.ipynb out.ipynb -p r_cut 5.5 --prepare-only --no-progress-bar"
    environment = os.environ | with_entry_point(tmp_path)
    subprocess.run([sys.executable, *command.split()], cwd=tmp_path, env=environment, check=True, timeout=60)
    cells = nbformat.read(tmp_path / "out.ipynb", 4).cells
    (injected,) = (cell for cell in cells if "injected-parameters" in cell.metadata.get("tags", []))
    assert "r_cut = 5.5" in injected.source

    wrong = [sys.executable, "-m", "papermill", "soaplens://01_cu.ipynb", "out2.ipynb"]
    failed = subprocess.run(wrong, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert failed.returncode != 0 and "did you mean 01_cu211? Known: 01_cu211" in failed.stderr
    assert not (tmp_path / "out2.ipynb").exists()


def with_entry_point(folder):
    """Environment in which papermill finds the handler, also where the package is not installed."""
    info = folder / "soaplens_entry-0.dist-info"
    info.mkdir()
    handler = f"{SoaplensHandler.__module__}:{SoaplensHandler.__name__}"
    (info / "entry_points.txt").write_text(f"[papermill.io]\nsoaplens:// = {handler}\n")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)])}


def test_the_handler():
    """Reads, lists, and refuses to write."""
    (first, *_) = SoaplensHandler.listdir("soaplens://")
    assert first == "soaplens://01_cu211.ipynb" == SoaplensHandler.pretty_path(first)
    assert json.loads(SoaplensHandler.read(first)) == json.loads(SoaplensHandler.read("soaplens://01_cu211"))
    with pytest.raises(StudyError, match="name an output file"):
        SoaplensHandler.write("{}", first)


@pytest.mark.slow
def test_notebooks_on_a_full_disk(tmp_path):
    """No half notebook gets a name, and what stood there stays."""
    soaplens("notebooks", str(tmp_path))
    before = {path.name: path.read_text() for path in tmp_path.rglob("*.*")}
    (tmp_path / "01_cu211.ipynb").write_text("mine")
    with no_file_above(1_000):
        result = soaplens("notebooks", str(tmp_path), "--force")
    assert result.exit_code == 1 and "Error: the notebooks in" in result.output and "make room there" in result.output
    left = {path.name: path.read_text() for path in tmp_path.rglob("*.*")}
    assert left == before | {"01_cu211.ipynb": "mine"}


def test_reproduce_into_a_file(calls, tmp_path):
    """Nothing is run whose results could not be kept."""
    (tmp_path / "afile").write_text("mine")
    result = soaplens("reproduce", "--quick", "--results", str(tmp_path / "afile"))
    assert result.exit_code == 1 and "Error: the results folder" in result.output and calls == []
