"""The record of a notebook: numbers, figures, tables and movies, complete and the same every time."""

import json
import os
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from limits import no_file_above
from PIL import Image

from soaplens_lite import _progress
from soaplens_lite.study import record
from soaplens_lite.study.record import plain
from soaplens_lite.study.run import provenance
from soaplens_lite.trajectory import make_trajectory


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A record in a run folder."""
    monkeypatch.setenv("SOAPLENS_RUN_DIR", str(tmp_path / "run"))
    return record.Record("01_demo", {"r_cut": 6.0})


def written(run):
    """What stands in numbers.json."""
    run.write()
    return json.loads((run.folder / "numbers.json").read_text())


def line(ax):
    """Draw something."""
    ax.plot([0, 1], [1, 0])


def test_numbers_are_written_once(run):
    """Values, units and notes; arrays as lists, NaN as null; the later value replaces the first; only at the end."""
    run.number("soap.states", 6)
    assert run.numbers["soap.states"] == {"value": 6, "unit": "", "note": ""}
    run.number("row", np.array([0.5, np.nan]), unit="", note="atom 1 never left")
    run.number("soap.states", np.int64(5))
    assert not (run.folder / "numbers.json").exists()
    run.finish()
    content = json.loads((run.folder / "numbers.json").read_text())
    assert content["complete"] and content["parameters"] == {"r_cut": 6.0}
    assert content["numbers"] == {
        "soap.states": {"value": 5, "unit": "", "note": ""},
        "row": {"value": [0.5, None], "unit": "", "note": "atom 1 never left"},
    }


@pytest.mark.parametrize(
    "value", [np.zeros((2, 2)), {"a": 1}, {"a": [1], "b": [1, 2]}, {"a": [[1]]}, [{"a": 1}], {"value": 1, "low": 0}]
)
def test_numbers_have_one_of_four_shapes(run, value):
    """A value, an interval, a list or a table; nothing deeper, so that runs can be tabulated."""
    with pytest.raises(ValueError, match="deep = .* must be a value, an interval, a list of values, or a table"):
        run.number("deep", value)


@pytest.mark.slow
def test_a_process_that_ends_early_leaves_its_numbers(tmp_path):
    """Not complete, with all that was recorded; an earlier session's numbers are gone."""
    (tmp_path / "numbers.json").write_text('{"complete": true}')
    code = "from soaplens_lite.study import record; record.Record('01_demo', {}).number('a', 1); raise SystemExit(3)"
    environment = os.environ | {"SOAPLENS_RUN_DIR": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 3
    content = json.loads((tmp_path / "numbers.json").read_text())
    assert not content["complete"] and content["numbers"]["a"]["value"] == 1


def test_what_json_cannot_hold_is_refused_and_loses_nothing(run):
    """An object is not a number; what was recorded before stays."""
    run.number("a", 1)
    with pytest.raises(TypeError, match="object"):
        run.number("b", object())
    assert list(written(run)["numbers"]) == ["a"]


def test_plain_values():
    """Every kind of value that a notebook holds."""
    table = pd.DataFrame({"name": ["bulk", "fast"], "share": [0.5, np.nan]})
    assert plain(table) == {"name": ["bulk", "fast"], "share": [0.5, None]}
    assert plain(pd.Series([1, 2])) == [1, 2]
    assert plain(xr.DataArray([1.5, np.inf])) == [1.5, "inf"]
    assert plain({1: (np.float32(0.5), np.bool_(True), None, "x")}) == {"1": [0.5, True, None, "x"]}


def test_a_panel_is_saved_twice_remembered_and_closed(run):
    """PNG of the asked size at 200 dpi and SVG; no figure stays open to be shown again."""
    figure = run.panel("fig1a_line", line, size=(50.8, 25.4))
    png, svg = (run.folder / name for name in written(run)["figures"]["fig1a_line"])
    assert Image.open(png).size == (400, 200)  # 2 x 1 inches
    assert svg.read_text().startswith("<?xml")
    assert list(run.draws) == ["fig1a_line"]
    assert figure.axes and not plt.get_fignums()


def test_figures_are_the_same_every_time(tmp_path, monkeypatch):
    """Byte for byte, also when another panel was drawn in between: no date but the run's, no random identifiers."""
    monkeypatch.setattr(provenance, "now", lambda: "2031-01-01T10:00:00+00:00")
    runs = []
    for name in ("a", "b"):
        monkeypatch.setenv("SOAPLENS_RUN_DIR", str(tmp_path / name))
        runs.append(record.Record("01_demo", {}))
    runs[1].panel("another", line)
    for run in runs:
        run.panel("fig1a_line", lambda ax: (ax.scatter([0, 1], [0, 1], clip_on=True), ax.fill_between([0, 1], [1, 2])))
    for ending in (".png", ".svg"):
        first, second = (run.folder / "figures" / f"fig1a_line{ending}" for run in runs)
        assert first.read_bytes() == second.read_bytes()
    assert b"<dc:date>" not in (runs[0].folder / "figures" / "fig1a_line.svg").read_bytes()


def test_a_large_svg_is_pointed_out(run, monkeypatch):
    """With the remedy."""
    monkeypatch.setattr(record, "MAX_SVG_BYTES", 1000)
    with pytest.warns(UserWarning, match="fig1a_line.svg has 0.0 MB"):
        run.panel("fig1a_line", line)


def test_a_panel_that_fails_leaves_no_figure(run):
    """Neither open nor in the record."""
    with pytest.raises(ZeroDivisionError):
        run.panel("fig1a_line", lambda ax: 1 / 0)
    assert not plt.get_fignums() and written(run)["figures"] == {} and run.draws == {}


def test_a_full_disk_leaves_no_half_figure(run):
    """Neither a cut picture nor a cut list of numbers."""
    run.number("b", "x" * 3_000)
    with no_file_above(2_000):
        with pytest.raises(OSError, match="too large"):
            run.panel("fig1a_line", line)
        with pytest.raises(OSError, match="too large"):
            run.write()
    assert list((run.folder / "figures").iterdir()) == []
    assert [path.name for path in run.folder.iterdir()] == ["figures"]


def test_composed_figures_use_the_remembered_panels(run, monkeypatch):
    """PNG and PDF of what the composition returns, deterministic; options are handed on."""

    def compose(panels, layout, *, width_mm=180):
        figure, axes = plt.subplots(1, len(layout), figsize=(width_mm / 25.4, 2))
        for ax, name in zip(axes, layout, strict=True):
            panels[name](ax=ax)
        return figure

    monkeypatch.setattr("soaplens_lite.plots.compose", compose)
    run.panel("fig1a_line", line)
    run.panel("fig1b_line", line)
    contents = []
    for _ in range(2):
        run.compose("fig1", ["fig1a_line", "fig1b_line"], width_mm=127)
        files = [run.folder / name for name in written(run)["figures"]["fig1"]]
        contents.append([file.read_bytes() for file in files])
    assert [file.name for file in files] == ["fig1.png", "fig1.pdf"]
    assert Image.open(files[0]).size == (1500, 600)  # 5 x 2 inches at 300 dpi
    assert contents[0] == contents[1] and not plt.get_fignums()


def colors(n_pictures):
    """Pictures of one color each, from dark to light."""
    return (np.full((18, 32, 3), 20 * k, dtype=np.uint8) for k in range(n_pictures))


def test_a_movie_is_saved_while_it_is_drawn(run, monkeypatch, capsys):
    """Its file stands in the record, four of its pictures come back, and the progress is told."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(_progress, "SHORTEST_TASK", 0.0)
    stills = run.movie("movie_s1", colors(10), 10)
    assert [int(still[0, 0, 0]) for still in stills] == [0, 60, 120, 180]
    assert written(run)["movies"] == {"movie_s1": ["movies/movie_s1.mp4"]}
    assert (run.folder / "movies" / "movie_s1.mp4").stat().st_size > 500
    told = capsys.readouterr()
    assert "movies/movie_s1.mp4" in told.out and "10/10" in told.err


def test_a_movie_where_no_mp4_can_be_written(run, monkeypatch):
    """A GIF with all pictures, and so it is recorded."""
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert len(run.movie("movie_s1", colors(3), 3)) == 3
    assert written(run)["movies"] == {"movie_s1": ["movies/movie_s1.gif"]}
    assert Image.open(run.folder / "movies" / "movie_s1.gif").n_frames == 3


def test_a_movie_that_fails_leaves_no_file(run):
    """Neither a half one nor a word in the record."""
    with pytest.raises(ZeroDivisionError):
        run.movie("movie_s1", (1 / 0 for _ in range(3)), 3)
    assert written(run)["movies"] == {} and list((run.folder / "movies").iterdir()) == []


def test_an_export_is_recorded(run, capsys):
    """Under the notebook's name; with a stride of zero nothing is written, and that is said."""
    trajectory = make_trajectory(np.zeros((4, 2, 3)), ["Cu", "Cu"])
    coords = {"frame": [1, 2], "atom": [0, 1]}
    states = xr.DataArray([[0, 1], [1, 1]], coords, ("frame", "atom"))
    assert run.export(trajectory, {"state": states}, stride=0) is None
    assert written(run)["exports"] == {} and "nothing is exported" in capsys.readouterr().out
    path = run.export(trajectory, {"state": states}, stride=2)
    assert path == run.folder / "exports" / "01_demo.xyz.gz" and path.is_file()
    assert written(run)["exports"] == {"01_demo": ["exports/01_demo.xyz.gz"]}


@pytest.mark.parametrize("name", ["", "Fig1", "a/b", "../a", "a b", ".a"])
def test_names_are_file_names(run, name):
    """Lower-case words."""
    calls = [lambda: run.number(name, 1), lambda: run.panel(name, line), lambda: run.compose(name, [])]
    for call in (*calls, lambda: run.movie(name, [], 0)):
        with pytest.raises(ValueError, match="must be lower-case letters"):
            call()


def test_a_table_is_saved_as_csv_and_latex(run):
    """Both files, the number of header rows and the notes stand in the record."""
    columns = pd.MultiIndex.from_product([["SOAP", "LENS"], ["seconds"]])
    frame = pd.DataFrame([["12", "0.5"]], index=pd.Index(["Cu & Au"], name="system"), columns=columns)
    run.save_table("tables2", frame, notes=["One process."])
    entry = written(run)["tables"]["tables2"]
    assert entry == {"files": ["tables/tables2.csv", "tables/tables2.tex"], "header_rows": 2, "notes": ["One process."]}
    back = pd.read_csv(run.folder / entry["files"][0], header=[0, 1], index_col=0, dtype=str)
    assert back.loc["Cu & Au", ("LENS", "seconds")] == "0.5"
    assert r"Cu \& Au" in (run.folder / entry["files"][1]).read_text()


def test_without_a_runner_the_record_is_interactive(tmp_path, monkeypatch):
    """In a folder of its parameters, written over by the next session that has the same ones, and by no other."""
    monkeypatch.delenv("SOAPLENS_RUN_DIR", raising=False)
    monkeypatch.setenv("SOAPLENS_RESULTS", str(tmp_path / "results"))
    other = record.Record("01_demo", {"n": 5})
    for value in (1, 2):
        run = record.Record("01_demo", {"n": 3})
        assert run.numbers == {}
        run.number("a", value)
    assert run.folder.parent == other.folder.parent == tmp_path / "results" / "01_demo"
    assert run.folder != other.folder
    assert run.folder.name.startswith("interactive-") and other.folder.name.startswith("interactive-")
    assert written(run)["numbers"]["a"]["value"] == 2


def test_a_complete_run_is_never_written_over(tmp_path, monkeypatch):
    """However the environment points to it."""
    (tmp_path / "run.json").write_text('{"status": "complete"}')
    monkeypatch.setenv("SOAPLENS_RUN_DIR", str(tmp_path))
    with pytest.raises(FileExistsError, match="holds a complete run"):
        record.Record("01_demo", {})
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
