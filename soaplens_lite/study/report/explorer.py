"""
A study to touch: the map of principal components beside the atoms, in one HTML file that asks no other host.

chemiscope draws it (extra ``explore``), with the JavaScript of its own package. Points are atoms in a few frames around
an event; a click on a point shows the atom in its surroundings.
"""

import io
import json
from importlib.resources import files
from pathlib import Path

import numpy as np
from ase import Atoms

from soaplens_lite import _disk as disk
from soaplens_lite.states import from_tree
from soaplens_lite.study import StudyError
from soaplens_lite.study.claims.recorded import open_results
from soaplens_lite.study.data import find, open_data_set
from soaplens_lite.study.run import notebooks
from soaplens_lite.study.run.folders import existing_results, read_numbers, state

N_POINTS = 12_000  # about; more make the map slow
MAX_FRAMES = 25
RECORDED = "path.atom", "event.atom"  # numbers of the studies: the atom whose path they show
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><!-- {run_id} --><title>{title}</title><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: blob:; font-src data:; \
style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:; connect-src data: blob:">
<style>
body {{ margin: 0; font-family: sans-serif }} header {{ padding: .5em 1em }} h1 {{ font-size: 1.1em; margin: 0 }}
main {{ display: grid; grid-template-columns: 1fr 1fr; height: 88vh }} main > div {{ min-height: 0; min-width: 0 }}
#map, #structure {{ height: 100%; position: relative }} .side {{ display: grid; grid-template-rows: 1fr auto }}
</style></head><body>
<header><h1>{title}</h1>{text}<div id="meta" hidden></div></header>
<main><div id="map"></div><div class="side"><div id="structure"></div><div id="info"></div></div></main>
<script type="application/json" id="data">{data}</script>
<script>{library}</script>
<script>
const where = {{map: "map", structure: "structure", info: "info", meta: "meta"}};
const data = JSON.parse(document.getElementById("data").textContent);
Chemiscope.DefaultVisualizer.load(where, data, new Chemiscope.Warnings()).then(v => {{ window.explorer = v; }});
</script></body></html>
"""


class ExploreError(StudyError):
    """A run that cannot be explored."""


def explore(run, out=None, *, results=None):
    """
    Write the explorer of a run.

    Parameters
    ----------
    run : str
        Its notebook, ``01_cu211`` for instance, whose newest run is taken; or the folder of a run.
    out : path, optional
        Default: ``explore/<notebook>.html`` in the results.
    results : path, optional
        See `soaplens_lite.study.run.folders.existing_results`.

    Returns
    -------
    out : pathlib.Path

    Raises
    ------
    ExploreError
        If chemiscope is not installed, there is no complete run with joint states, or `out` cannot be written.
    """
    about, content = _content(run, results)
    out = Path(out) if out else place(existing_results(results), about["notebook"])
    library = files("chemiscope").joinpath("sphinx", "static", "chemiscope.min.js").read_text("utf-8")
    text = (
        "Click a point of the map to see the atom in its surroundings. The menu of each panel changes axes and colors."
    )
    page = PAGE.format(
        run_id=about["run_id"],
        title=f"{about['notebook']}: structure and dynamics",
        text=text,
        data=json.dumps(content, allow_nan=False).replace("</", "<\\/"),
        library=library.replace("</script", "<\\/script"),
    )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with disk.whole(out) as scratch:
            scratch.write_text(page, "utf-8")
    except OSError as error:
        raise ExploreError(disk.refusal(out, error)) from None
    return out


def show(run, *, results=None):
    """
    Show the explorer of a run in a notebook.

    Parameters
    ----------
    run, results
        As for `explore`.

    Returns
    -------
    widget : chemiscope.ChemiscopeWidget

    Raises
    ------
    ExploreError
        As `explore`.
    """
    _, content = _content(run, results)
    from chemiscope import show_input

    return show_input(io.StringIO(json.dumps(content, allow_nan=False)))


def place(results, notebook, run_id=None):
    """
    The explorer of a notebook's run in a folder of results.

    Parameters
    ----------
    results : pathlib.Path
    notebook : str
    run_id : str, optional
        Only if it shows this run.

    Returns
    -------
    path : pathlib.Path or None
        None if `run_id` is given and the page is missing or shows another run.
    """
    path = Path(results) / "explore" / f"{notebook}.html"
    if run_id is None:
        return path
    try:
        with open(path, encoding="utf-8") as file:
            return path if f"<!-- {run_id} -->" in file.read(200) else None
    except OSError:
        return None


def _content(run, results):
    """What ``run.json`` says of a run, and what chemiscope shows of it."""
    try:
        import chemiscope
    except ImportError:
        raise ExploreError("chemiscope is not installed: pip install 'soaplens_lite[explore]'") from None
    results = existing_results(results)
    folder = Path(run) if (Path(run) / "run.json").is_file() else results / notebooks.find(run).stem / "latest"
    about = state(folder)
    if about["status"] != "complete":
        raise ExploreError(f"{folder} holds no complete run: soaplens run {Path(run).name} makes one")
    found = open_results(folder)
    if found is None or "joint" not in found.children:
        raise ExploreError(f"{about['notebook']} has no joint states to explore: 01_cu211 has, for instance")
    return about, _dataset(chemiscope, about, found, read_numbers(folder)["numbers"])


def _dataset(chemiscope, about, found, numbers):
    """What chemiscope shows: structures, properties of the analyzed atoms, and how they are drawn at first."""
    joint, delta, parameters = from_tree(found["joint"]), found["delta"], about["parameters"]
    recorded = [numbers[name]["value"] for name in RECORDED if numbers.get(name, {}).get("value") is not None]
    atom = int(recorded[0]) if recorded else int(delta.mean("frame").idxmax("atom"))
    frames = frames_around(delta.sel(atom=atom), parameters["lens_window"], delta.sizes["atom"])
    data_set = find(parameters["data"])
    trajectory = open_data_set(data_set, n_frames=parameters["frames"])
    values = properties(joint, found, frames, data_set)
    places = trajectory.indexes["atom"].get_indexer(delta.atom)
    environments = [(k, int(place), parameters["r_cut"]) for k in range(len(frames)) for place in places]
    shown = int(np.argmax(delta.sel(atom=atom, frame=frames).values)), int(np.flatnonzero(delta.atom.values == atom)[0])
    return chemiscope.create_input(
        structures=[_atoms(trajectory.sel(frame=frame)) for frame in frames],
        properties=values,
        environments=environments,
        metadata={"name": about["notebook"], "description": ", ".join(_legend(joint))},
        settings=_settings(shown[0] * len(places) + shown[1], parameters["r_cut"]),
    )


def frames_around(delta, window, n_atoms):
    """
    Frames around the one in which LENS of an atom is highest, from one window before it to one window after it.

    Parameters
    ----------
    delta : xarray.DataArray, dims (frame,)
        LENS of the atom.
    window : int
        In frames.
    n_atoms : int
        Atoms in a frame; with more of them there are fewer frames.

    Returns
    -------
    frames : list of int
        Labels, ascending, evenly spaced.

    Examples
    --------
    >>> import xarray as xr
    >>> delta = xr.DataArray([0, 0, 0, 0.9, 0, 0, 0], dims="frame", coords={"frame": range(10, 17)})
    >>> frames_around(delta, 2, 3000)
    [11, 12, 13, 14]
    """
    labels, middle = delta.frame.values, int(delta.argmax("frame"))
    number = int(np.clip(N_POINTS // n_atoms, 2, MAX_FRAMES))
    step = max(1, -(-2 * window // number))
    first = int(np.clip(middle - step * (number // 2), 0, max(0, len(labels) - step * (number - 1) - 1)))
    return labels[first::step][:number].tolist()


def properties(joint, found, frames, data_set):
    """
    Properties of the analyzed atoms in some frames, for chemiscope.

    Parameters
    ----------
    joint : States
    found : xarray.DataTree
        Results of the run.
    frames : list of int
        Labels.
    data_set : DataSet

    Returns
    -------
    properties : dict
        Each with ``values``, one for each atom of each frame in turn.
    """
    scores = joint.scores.sel(frame=frames)
    arrays = {f"PC {k}": scores.sel(component=k) for k in scores.component.values[:4].tolist()}
    arrays |= {"LENS": found["delta"].sel(frame=frames), "state": joint.labels.sel(frame=frames)}
    if "coordination" in found:
        arrays["coordination"] = found["coordination"].sel(frame=frames, atom=joint.labels.atom)
    named = np.append(joint.table["name"].values, "none")[joint.labels.sel(frame=frames).values]
    shape = named.shape
    values = {name: np.round(np.asarray(array.values, dtype=float), 4) for name, array in arrays.items()}
    values |= {"name of the state": named, "atom": np.broadcast_to(scores.atom.values.astype(float), shape)}
    values["time"] = np.repeat(np.asarray(frames, dtype=float)[:, None] * data_set.interval, shape[1], axis=1).round(4)
    notes = {
        "time": {"units": "ns"},
        "state": {"description": ", ".join(_legend(joint))},
        "LENS": {"description": "share of the neighbors exchanged"},
    }
    return {name: {"target": "atom", "values": array.ravel()} | notes.get(name, {}) for name, array in values.items()}


def _legend(joint):
    """Numbers and names of the states."""
    return [f"{state} {name}" for state, name in joint.table["name"].items()]


def _atoms(frame):
    """One frame for ASE."""
    cell = frame.cell.values if "cell" in frame else None
    return Atoms(
        frame.species.values.tolist(), positions=frame.positions.values.round(2), cell=cell, pbc=cell is not None
    )


def _settings(pinned, r_cut):
    """The map of the first two components in the colors of LENS, and one atom in its surroundings."""
    drawn = {"color": {"property": "state"}, "spaceFilling": True, "bonds": False, "unitCell": False, "axes": "off"}
    surroundings = {"activated": True, "center": True, "cutoff": r_cut, "bgStyle": "ball-stick", "bgColor": "grey"}
    axes = {"x": {"property": "PC 1"}, "y": {"property": "PC 2"}, "z": {"property": ""}}
    colors = {"color": {"property": "LENS", "palette": "viridis"}, "symbol": "", "size": {"factor": 20}}
    return {
        "target": "atom",
        "map": axes | colors,
        "structure": [drawn | {"environments": surroundings}],
        "pinned": [pinned],
    }
