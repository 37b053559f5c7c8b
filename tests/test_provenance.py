"""Where a file came from: what it carries inside itself, whatever its format, and the command that makes it again."""

import json
import re
import shlex
import shutil
import subprocess

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import BaseModel

from soaplens_lite.cli import main
from soaplens_lite.study import movie, record
from soaplens_lite.study.run import notebooks, parameters, provenance, runner, stamps
from soaplens_lite.study.run.provenance import ProvenanceError
from soaplens_lite.trajectory import make_trajectory, write_states

pytestmark = pytest.mark.slow

STAMP = {"panel": "fig1a", "notebook": "01_demo", "parameters": {"note": 'Å (a) \\ b) "c" <d>&', "x": [1.5, None]}}
NOTEBOOK = """
# %% [markdown]
# # A question

# %% tags=["parameters"]
n: int = 3  # points

# %%
import numpy as np
import xarray as xr
from soaplens_lite.study import record
from soaplens_lite.study.claims import results
from soaplens_lite.study.run import stamps
run = record.Record("01_demo", {"n": n})
run.number("points", n)
draw = lambda ax: (ax.plot(range(n)), ax.fill_between([0, 1], [1, 2]))
run.panel("fig1a_line", draw)
tree = results.make_tree({"lens": xr.DataArray(np.arange(n), {"frame": range(n)}, ("frame",))})
tree.attrs["provenance"] = stamps.as_text(run.stamp("results"))
results.write_tree(tree, run.folder / "results.nc")
(run.folder / "exports").mkdir()
(run.folder / "exports" / "rates.csv").write_text("a,b\\n1,2\\n")
run.finish()
"""


class Demo(BaseModel):
    """Parameters of the notebook above."""

    n: int = 3


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """A run of the notebook above, kept, and then the run that the command in its provenance makes: two folders."""
    top = tmp_path_factory.mktemp("provenance")
    (top / "notebooks").mkdir()
    (top / "notebooks" / "01_demo.py").write_text(NOTEBOOK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notebooks, "folder", lambda: top / "notebooks")
        patch.setattr(provenance, "PACKAGE", top / "notebooks")  # an edit of the package now changes no code
        patch.setattr(provenance, "git_state", lambda: {"commit": "c0ffee", "clean": True})
        patch.setenv("SOAPLENS_CACHE", str(top / "cache"))
        patch.setenv("SOAPLENS_RESULTS", str(top / "results"))
        patch.setenv("CI", "1")
        patch.setitem(parameters.MODELS, "01_demo", Demo)
        patch.setattr(runner, "now", lambda: "2031-01-01T10:00:00+00:00")
        folder = runner.run("01_demo", {"n": 5}).folder
        shutil.copytree(folder, top / "first")
        patch.setattr(runner, "now", lambda: "2032-02-02T20:00:00+00:00")
        words = shlex.split(provenance.commands(provenance.read(folder))[-1])[1:]  # without the program's own name
        assert words == ["run", "01_demo", "-p", "n=5"]
        assert CliRunner().invoke(main, [*words, "--force"]).exit_code == 0
    return top / "first", folder


def write(path, stamp=None):
    """A file of the format that its name asks for, with or without a stamp."""
    if path.suffix == ".gz":
        cells = np.arange(2.0).reshape(2, 1)
        trajectory = make_trajectory(np.zeros((2, 1, 3)), ["Cu"], cell=None, interval=1)
        labels = xr.DataArray(cells, dims=("frame", "atom"), coords={"frame": [0, 1], "atom": [0]})
        return write_states(
            path, trajectory, {"lens": labels}, stride=1, provenance=stamps.as_text(stamp) if stamp else ""
        )
    pictures = [np.full((20, 30, 3), value, dtype=np.uint8) for value in (0, 90, 200)]
    encode = {".gif": movie._write_gif, ".mp4": movie._write_mp4}[path.suffix]
    encode(path, pictures, 15, stamps.as_text(stamp) if stamp else "")
    return path


@pytest.mark.parametrize("name", ["movie.mp4", "movie.gif", "states.xyz.gz"])
def test_a_stamp_is_read_back(tmp_path, name):
    """From movies and exports; the same stamp in the same file gives the same bytes."""
    assert stamps.read(write(tmp_path / f"without-{name}")) is None
    one, other = (write(tmp_path / f"{k}{name}", STAMP) for k in "ab")
    assert stamps.read(one) == STAMP and one.read_bytes() == other.read_bytes()


def test_a_table_has_its_stamp_beside_it(tmp_path):
    """It stays as it is."""
    path = tmp_path / "rates.csv"
    path.write_text("a,b\n1,2\n")
    stamps.write(path, STAMP)
    assert stamps.read(path) == STAMP and path.read_text() == "a,b\n1,2\n"


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
@settings(max_examples=20, deadline=None)
@given(text=st.text(max_size=40))
def test_figures_carry_any_text(tmp_path_factory, ending, text):
    """Brackets, quotes, backslashes, tags and letters of any language."""
    path = tmp_path_factory.getbasetemp() / f"figure{ending}"
    stamp = STAMP | {"parameters": {"text": text}}
    figure = plt.figure(figsize=(0.2, 0.2))
    figure.savefig(path, metadata=stamps.figure_metadata(stamp, ending))
    plt.close(figure)
    assert stamps.read(path) == stamp
    assert (b"<dc:date>" in path.read_bytes(), b"Date" in path.read_bytes()) == (False, False)


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.pdf", "a.mp4", "a.gif", "a.nc", "a.gz", "a.json", "a.txt"])
@pytest.mark.parametrize(
    "litter", [b"", b"{}", b"\x1f\x8b\x08\x10", b"\x1f\x8b\x08\x00", b"\xa9cmt\0\0", b"<svg>", b"[1]"]
)
def test_what_carries_no_stamp(tmp_path, name, litter):
    """Files of another origin, and halves of files, are no errors of reading but have no provenance."""
    path = tmp_path / name
    path.write_bytes(litter)
    assert stamps.read(path) is None
    with pytest.raises(ProvenanceError, match="does not say where it came from"):
        provenance.read(path)


def test_every_file_of_a_run_says_where_it_came_from(twice, tmp_path):
    """Figures with their panel's name, labels, numbers, tables and the folder, and still so far from the folder."""
    _, folder = twice
    about = json.loads((folder / "run.json").read_text())
    files = ["figures/fig1a_line.png", "figures/fig1a_line.svg", "results.nc", "exports/rates.csv", "numbers.json"]
    read = {name: provenance.read(folder / name) for name in [*files, "notebook.html", "."]}
    panels = ["fig1a_line", "fig1a_line", "results", "rates", None, None, None]
    assert [stamp.pop("panel", None) for stamp in read.values()] == panels
    for stamp in read.values():
        assert stamp == read["."]
    assert read["."]["notebook"] == "01_demo" and read["."]["run"] == about["run_id"] == folder.name
    assert read["."]["parameters"] == {"n": 5} and read["."]["changed"] == {"n": 5}
    assert read["."]["date"] == about["start"] and read["."]["code"] == about["code"]
    assert all(read["."][name] == about[name] for name in ("git", "versions", "python", "platform", "data"))

    shutil.copy(folder / "figures" / "fig1a_line.svg", tmp_path / "sent.svg")
    assert provenance.read(tmp_path / "sent.svg")["panel"] == "fig1a_line"


def test_the_command_gives_the_same_again(twice):
    """Numbers and figures are the same to the byte, but for the date at which the run began."""
    dates = [provenance.read(folder)["date"] for folder in twice]
    assert dates == ["2031-01-01T10:00:00+00:00", "2032-02-02T20:00:00+00:00"]
    for name in ("figures/fig1a_line.svg", "numbers.json"):
        first, second = (folder.joinpath(name).read_text() for folder in twice)
        assert first != second and first.replace(*dates) == second


def test_a_notebook_executed_by_hand_finds_what_it_can(tmp_path, monkeypatch):
    """Data, versions and commit, but no run; all parameters are in the command, as nobody knows which were changed."""
    monkeypatch.delenv("SOAPLENS_RUN_DIR", raising=False)
    monkeypatch.setenv("SOAPLENS_RESULTS", str(tmp_path))
    run = record.Record("01_cu211", {"data": "cu211-sample", "r_cut": 5.5, "exact_tree": False})
    run.panel("fig1a_line", lambda ax: ax.plot([0, 1]))
    stamp = provenance.read(run.folder / "figures" / "fig1a_line.png")
    assert stamp["run"] == "interactive" and list(stamp["data"]) == ["cu211-sample"] and stamp["versions"]["numpy"]
    expected = "soaplens run 01_cu211 -p data=cu211-sample -p r_cut=5.5 -p exact_tree=false"
    assert provenance.commands(stamp)[-1].endswith(expected)
    assert "executed by hand" in provenance.readable(stamp)


def test_what_the_command_line_shows(twice):
    """Panel, data, parameters, commit, versions, and the command; a dirty tree and a wheel are pointed out."""
    _, folder = twice
    result = CliRunner().invoke(main, ["provenance", str(folder / "figures" / "fig1a_line.svg")])
    assert result.exit_code == 0
    for line in (
        "panel       fig1a_line",
        f"notebook    01_demo, run {folder.name}",
        "parameters  n = 5",
        "code        commit c0ffee, clean",
        "  git checkout c0ffee",
        "  make setup",
        "  .venv/bin/soaplens run 01_demo -p n=5",
    ):
        assert line in result.output.splitlines()
    assert re.search("^packages    numpy [0-9.]+, ", result.output, re.MULTILINE)
    assert "tree had changes" not in result.output

    stamp = provenance.read(folder)
    dirty = provenance.readable(stamp | {"git": {"commit": "c0ffee", "clean": False}})
    assert "changes that are in no commit" in dirty
    installed = provenance.readable(stamp | {"git": None})
    assert "git checkout" not in installed and "from an installed package, soaplens_lite" in installed


@pytest.mark.parametrize(("name", "message"), [("none.png", "No such file"), ("own.png", "does not say where it came")])
def test_files_without_provenance_are_named(tmp_path, name, message):
    """One message, no traceback."""
    Image.new("RGB", (2, 2)).save(tmp_path / "own.png")
    result = CliRunner().invoke(main, ["provenance", str(tmp_path / name)])
    assert result.exit_code == 1 and f"Error: {tmp_path / name}" in result.output and message in result.output


def test_commands_survive_a_shell():
    """Values with blanks and signs arrive as they are."""
    stamp = {"notebook": "01_demo", "changed": {"data": "my data; rm -rf $HOME", "full": True}}
    line = provenance.commands(stamp)[0].replace("soaplens", "printf '%s\\n'", 1)
    typed = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout.splitlines()
    assert typed == ["run", "01_demo", "-p", "data=my data; rm -rf $HOME", "-p", "full=true"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(("run.json", text) for text in ('{"run_id": 3}', "[1]", '{"run_id": "a", "status": "complete"}')),
        ("run.json", '{"status": "x", "notebook": "a", "run_id": "b", "start": "c", "parameters": {}, "data": {}}'),
        *(("numbers.json", text) for text in ("[1]", '{"provenance": {"notebook": 3}}', '{"provenance": 3}')),
    ],
)
def test_a_folder_of_another_origin(tmp_path, name, content):
    """Looks like that of a run and is none: one message."""
    (tmp_path / name).write_text(content)
    for path in (tmp_path, tmp_path / name):
        ended = CliRunner().invoke(main, ["provenance", str(path)])
        assert ended.exit_code == 1 and isinstance(ended.exception, SystemExit)
        assert f"Error: {path} does not say where it came from" in ended.output
