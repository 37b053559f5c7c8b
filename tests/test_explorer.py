"""The explorer of a run: what it shows, and that it works in a browser without a network."""

import json
import os
import re
import shutil

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from playwright.sync_api import sync_playwright

import soaplens_lite as sl
from soaplens_lite.cli import main
from soaplens_lite.study.claims.results import make_tree, write_tree
from soaplens_lite.study.report.explorer import frames_around, place, show

chemiscope = pytest.importorskip("chemiscope", reason="the extra explore is not installed")
FRAMES, ATOMS = [3, 4, 5, 6], [7, 20, 300, 1800]  # LENS is highest for atom 1800 in frame 5
NAMES = ["inside", "edge", "fast"]


def labelled(values, name=None):
    """Values of the four atoms in the four frames."""
    coords = {"frame": FRAMES, "time": ("frame", 0.04 * np.array(FRAMES)), "atom": ATOMS}
    return xr.DataArray(values, dims=("frame", "atom", "component")[: np.ndim(values)], coords=coords, name=name)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder of results with one complete run, on the copper sample."""
    folder = tmp_path_factory.mktemp("results")
    run = folder / "01_cu211" / "run"
    run.mkdir(parents=True)
    (run.parent / "latest").symlink_to("run")
    labels = labelled([[0, 1, 0, 1], [0, 1, 0, 2], [0, 1, 0, 2], [0, 0, 1, 1]])
    scores = labelled(np.random.default_rng(0).normal(size=(4, 4, 3))).assign_coords(component=[1, 2, 3])
    table = pd.DataFrame({"name": NAMES, "kind": NAMES}, index=pd.RangeIndex(3, name="state"))
    joint = sl.States(labels, table, sl.transitions(labels, names=NAMES, n_resamples=2), scores=scores)
    delta = labelled([[0.1, 0.1, 0, 0.3], [0.1, 0.2, 0, 0.5], [0.1, 0.1, 0, 0.9], [0, 0, 0, 0.2]])
    coordination = labelled([[12, 7, 12, 5]] * 4)
    write_tree(make_tree({"joint": joint, "delta": delta, "coordination": coordination}), run / "results.nc")
    parameters = {"data": "cu211-sample", "frames": 8, "lens_window": 2, "r_cut": 6.0}
    about = {"status": "complete", "notebook": "01_cu211", "run_id": "run", "parameters": parameters}
    (run / "run.json").write_text(json.dumps(about))
    numbers = {"path.atom": {"value": 1800}}
    (run / "numbers.json").write_text(json.dumps({"parameters": parameters, "numbers": numbers, "figures": {}}))
    return folder


@pytest.fixture(scope="module")
def page(results):
    """The page that the command writes."""
    found = CliRunner().invoke(main, ["explore", "01_cu211", "--results", str(results)])
    assert found.exit_code == 0, found.output
    path = results / "explore" / "01_cu211.html"
    assert found.output.strip() == str(path) and path.stat().st_size < 30e6
    return path


def test_it_holds_the_atoms_and_their_properties(page):
    """Four frames of all 1804 atoms; each of the analyzed atoms in each frame is a point with its own values."""
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.S)[1])
    assert [structure["size"] for structure in data["structures"]] == [1804] * 4
    assert [(e["structure"], e["center"]) for e in data["environments"]] == [(k, a) for k in range(4) for a in ATOMS]
    values = {name: entry["values"] for name, entry in data["properties"].items()}
    assert values["atom"] == ATOMS * 4
    assert values["LENS"][8:12] == [0.1, 0.1, 0, 0.9] and values["coordination"][:4] == [12, 7, 12, 5]
    assert values["name of the state"][4:8] == ["inside", "edge", "inside", "fast"]
    assert values["time"][::4] == [0.12, 0.16, 0.2, 0.24]
    assert data["settings"]["pinned"] == [11]  # atom 1800 in the third frame


def test_the_report_finds_the_explorer_of_the_run_that_it_shows(results, page):
    """Not to one of another run, nor to none."""
    assert place(results, "01_cu211", "run") == page
    assert place(results, "01_cu211", "another") is None and place(results, "02_au_nanoparticle", "run") is None


def test_a_notebook_shows_the_same(results, page):
    """The widget holds the data of the page."""
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.S)[1])
    held = json.loads(show("01_cu211", results=results).value)
    assert held["properties"] == data["properties"] and held["settings"]["pinned"] == data["settings"]["pinned"]


def test_frames_are_spread_over_a_window_before_and_after_the_event():
    """And stay inside the trajectory; large systems get fewer frames."""
    delta = xr.DataArray(np.r_[np.zeros(50), 1, np.zeros(9)], dims="frame", coords={"frame": np.arange(100, 160)})
    few = frames_around(delta, 20, 5000)
    assert len(few) == 2 and set(np.diff(few)) == {20} and few[0] <= 150 <= few[-1]
    many = frames_around(delta, 20, 100)
    assert len(many) == 25 and set(np.diff(many)) == {2} and many[0] >= 100 and many[-1] <= 159


def test_what_cannot_be_explored_is_said(results, tmp_path):
    """An unknown notebook, one that was not run, and a file where a folder must be."""
    for arguments in (["99_x"], ["04_cost"], ["01_cu211", str(results / "01_cu211/run/run.json/page.html")]):
        found = CliRunner().invoke(main, ["explore", *arguments, "--results", str(results)])
        assert found.exit_code == 1 and "Error: " in found.output and "Traceback" not in found.output


FIND = """(test => { const found = []; const walk = node => { for (const child of node.querySelectorAll('*')) {
    if (test(child)) found.push(child); if (child.shadowRoot) walk(child.shadowRoot); } };
    walk(document); return found; })"""
SHOWN = f"{FIND}(c => c.classList.contains('chsp-info-number')).map(c => Number(c.value))"
PLACE = f"""(() => {{ const map = {FIND}(c => c.classList.contains('js-plotly-plot'))[0], layout = map._fullLayout,
    data = map.data[0], box = map.getBoundingClientRect(), k = data.x.indexOf(Math.min(...data.x));
    return [box.left + layout.xaxis._offset + layout.xaxis.l2p(data.x[k]),
            box.top + layout.yaxis._offset + layout.yaxis.l2p(data.y[k]), k]; }})()"""


@pytest.mark.browser
@pytest.mark.slow
def test_a_click_on_the_map_changes_the_atom(page):
    """It loads without an error and without asking for anything; the point that is clicked is shown."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        assert os.environ.get("SOAPLENS_BROWSER") != "required", "there is no Chromium"
        pytest.skip("no Chromium: the explorer was not tried in a browser")
    with sync_playwright() as manager:
        chromium = manager.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--enable-unsafe-swiftshader"]
        )
        view = chromium.new_context(viewport={"width": 900, "height": 500}).new_page()
        view.set_default_timeout(240_000)
        faults, asked = [], []
        view.on("console", lambda message: message.type == "error" and faults.append(message.text))
        view.on("pageerror", lambda error: faults.append(str(error)))
        view.on("request", lambda request: asked.append(request.url))
        view.goto(page.as_uri(), wait_until="commit")
        view.wait_for_function("window.explorer !== undefined")
        assert view.evaluate(SHOWN) == [2, 1800]
        x, y, point = view.evaluate(PLACE)
        view.mouse.move(x, y)
        view.wait_for_timeout(1000)
        view.mouse.click(x, y)
        expected = [point // 4, ATOMS[point % 4]]
        view.wait_for_function(f"JSON.stringify({SHOWN}) === '{json.dumps(expected).replace(' ', '')}'")
        chromium.close()
    assert faults == []
    assert {url for url in asked if not url.startswith(("data:", "blob:"))} == {page.as_uri()}
