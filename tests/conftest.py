"""What several test modules need: small trajectories, files of them, labelled arrays, and a cache of their own."""

import json
import re
import threading
import warnings
from pathlib import Path
from time import sleep

import imageio_ffmpeg
import MDAnalysis as mda
import numpy as np
import pytest
import xarray as xr
from ase.io import read
from hypothesis import settings
from zenodo_server import Zenodo

from soaplens_lite.states import from_tree
from soaplens_lite.study import claims
from soaplens_lite.study.run import runner
from soaplens_lite.trajectory import make_trajectory, read_trajectory

settings.register_profile("check", max_examples=25)  # `make check`; `make test` takes the usual hundred

SAMPLE = Path(__file__).parents[1] / "data_registry" / "samples" / "cu211"


def pytest_terminal_summary(terminalreporter):
    """Say in a line of its own that the report was tried in no browser."""
    left_out = [test for test in terminalreporter.stats.get("skipped", []) if "no Chromium" in str(test.longrepr)]
    if left_out:
        terminalreporter.section("browser tests were NOT run")
        terminalreporter.line(
            f"No Chromium here: {len(left_out)} tests of the report were left out (Debian: apt install chromium)."
        )


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory):
    """A cache folder that no other run knows: the user's is neither read nor filled."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOAPLENS_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def copper():
    """The first 12 frames of the copper sample."""
    return read_trajectory(SAMPLE / "cu211.pdb", SAMPLE / "cu211.xtc", interval=0.04, n_frames=12)


@pytest.fixture(scope="session")
def labelled():
    """A function that labels an array (frame, atom, ...): frames from 10 on, atoms 5, 8, 11 ... unless given."""

    def label(values, *, frame=None, atom=None, last="component"):
        values = np.asarray(values)
        n_frames, n_atoms = values.shape[:2]
        frame = np.arange(10, 10 + n_frames) if frame is None else np.asarray(frame)
        atom = np.arange(5, 5 + 3 * n_atoms, 3) if atom is None else np.asarray(atom)
        dims = ("frame", "atom", last)[: values.ndim]
        return xr.DataArray(values, dims=dims, coords={"frame": frame, "time": ("frame", 0.5 * frame), "atom": atom})

    return label


@pytest.fixture(scope="session")
def wander():
    """A function that makes a trajectory of atoms that wander at random, not wrapped into their cell."""

    def make(n_frames, n_atoms, *, seed=0, size=10.0, step=0.6, cell=None, species=("Cu",)):
        rng = np.random.default_rng(seed)
        steps = rng.normal(0, step, (n_frames, n_atoms, 3))
        positions = rng.uniform(0, size, (n_atoms, 3)) + np.cumsum(steps, axis=0)
        symbols = [species[k % len(species)] for k in range(n_atoms)]
        return make_trajectory(positions, symbols, cell=cell, interval=0.5)

    return make


@pytest.fixture
def write_files(tmp_path):
    """A function that writes positions to a topology (PDB) and a trajectory, in a folder without anything else."""

    def write(positions, *, cell=(20, 21, 22, 90, 90, 90), times=None, folder="data", ending="xtc"):
        positions = np.asarray(positions, dtype=np.float32)
        n_frames, n_atoms, _ = positions.shape
        universe = mda.Universe.empty(n_atoms, trajectory=True)
        universe.add_TopologyAttr("names", ["CU"] * n_atoms)
        universe.add_TopologyAttr("elements", ["Cu"] * n_atoms)
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        paths = place / "top.pdb", place / f"run.{ending}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of missing residue names and the like.
            for path, frames in zip(paths, (positions[:1], positions), strict=True):
                with mda.Writer(str(path), n_atoms) as writer:
                    for k, frame in enumerate(frames):
                        universe.atoms.positions = frame
                        universe.dimensions = cell
                        universe.trajectory.ts.time = 40.0 * k if times is None else times[k]  # ps
                        universe.trajectory.ts.frame = k
                        writer.write(universe.atoms)
        return paths

    return write


@pytest.fixture(scope="session")
def run_notebook(tmp_path_factory):
    """A function that runs a notebook with a cache of its own; returns the run's folder and the recorded numbers."""

    def run(notebook, parameters):
        folder = tmp_path_factory.mktemp(notebook)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SOAPLENS_CACHE", str(folder / "cache"))
            patch.setenv("CI", "true")
            result = runner.run(notebook, parameters, results=folder / "results")
        assert result.status == "complete"
        recorded = json.loads((result.folder / "numbers.json").read_text())
        assert recorded["complete"]
        assert {name for name, entry in recorded["numbers"].items() if not entry["note"]} == set()
        return result.folder, {name: entry["value"] for name, entry in recorded["numbers"].items()}

    return run


@pytest.fixture(scope="module")
def run_folder(run):
    """What the module's run of a notebook left behind."""
    return run[0]


@pytest.fixture(scope="module")
def numbers(run):
    """What the module's run of a notebook recorded: name -> value."""
    return run[1]


@pytest.fixture(scope="module")
def states(run):
    """A function that gives the states that the module's run saved: "soap", "joint" or "lens"."""
    with xr.open_datatree(run[0] / "results.nc", engine="h5netcdf") as stored:
        results = stored.load()
    return lambda name: from_tree(results[name])


@pytest.fixture(scope="session")
def count_naively():
    """A function that counts the transitions of saved labels one by one."""

    def count(folder, name):
        with xr.open_datatree(folder / "results.nc", engine="h5netcdf") as results:
            labels = results[name]["labels"].values
        counts = np.zeros((labels.max() + 1, labels.max() + 1), dtype=int)
        for before, after in zip(labels[:-1].ravel(), labels[1:].ravel(), strict=True):
            counts[before, after] += 1
        return counts.tolist()

    return count


@pytest.fixture(scope="session")
def check_figures():
    """A function that wants every panel as PNG and SVG below 3 MB, every whole as PNG and PDF, and nothing else."""

    def check(folder, panels, wholes):
        figures = folder / "figures"
        for name in panels:
            assert (figures / f"{name}.png").stat().st_size > 1_000
            assert 1_000 < (figures / f"{name}.svg").stat().st_size < 3e6
        for name in wholes:
            assert (figures / f"{name}.png").stat().st_size > 20_000
            assert (figures / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert {path.stem for path in figures.iterdir()} == {*panels, *wholes}

    return check


@pytest.fixture
def server(monkeypatch):
    """A server with both files, which the environment variables name."""
    for name in ("ATTEMPTS", "DATA", "DATA_CACHE"):
        monkeypatch.delenv(f"SOAPLENS_{name}", raising=False)
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr("time.sleep", lambda seconds: sleep(0.001))  # pauses between attempts
    with Zenodo() as zenodo:
        for name, value in zenodo.environment.items():
            monkeypatch.setenv(name, value)
        thread = threading.Thread(target=zenodo.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield zenodo
        zenodo.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def check_products():
    """A function that wants results, export and movie of a run to agree, and to name the states."""

    def check(folder, movie, extra=()):
        recorded = json.loads((folder / "numbers.json").read_text())
        with xr.open_datatree(folder / "results.nc", engine="h5netcdf") as stored:
            results = stored.load()
        labels = xr.Dataset({key: results[key]["labels"] for key in ("soap", "joint", "lens", *extra)})
        delta = results["delta"]
        assert delta.units == "1" and labels["time"].units == "ns"
        names = {
            key: ", ".join(f"{k}={name}" for k, name in enumerate(results[key]["table"]["state"].values))
            for key in ("soap", "joint", *extra)
        }
        assert {key: labels[key].state_names for key in names} == names
        (file,) = recorded["exports"][recorded["notebook"]]
        frames = read(folder / file, index=":", format="extxyz")
        stride = recorded["parameters"]["export_stride"]
        assert [atoms.info["frame"] for atoms in frames] == labels.frame.values[::stride].tolist()
        assert (folder / file).stat().st_size < 10e6
        for atoms in frames:
            now = labels.sel(frame=atoms.info["frame"], atom=atoms.arrays["id"])
            assert atoms.info["state_names"] == names["joint"] and atoms.info["state_soap_names"] == names["soap"]
            assert "lens in 1" in atoms.info["units"] and atoms.info["time"] == pytest.approx(float(now.time))
            np.testing.assert_array_equal(atoms.arrays["state"], now["joint"])
            np.testing.assert_array_equal(atoms.arrays["state_soap"], now["soap"])
            np.testing.assert_allclose(
                atoms.arrays["lens"], delta.sel(frame=atoms.info["frame"], atom=atoms.arrays["id"]), atol=1e-5
            )
        assert recorded["movies"] == ({movie: [f"movies/{movie}.mp4"]} if movie else {})
        page = (folder / "notebook.html").read_text("utf-8")
        if movie:
            shown = re.search(rf'<video [^>]*aria-label="movie {movie}"[^>]*>.*?src="(.{{25}})', page, re.DOTALL)
            assert shown and shown[1].startswith("data:video/mp4;base64,")
            pictures = imageio_ffmpeg.read_frames(str(folder / "movies" / f"{movie}.mp4"))
            assert next(pictures)["size"] == (1280, 720)
            assert sum(1 for _ in pictures) == recorded["parameters"]["movie_frames"]

    return check


@pytest.fixture(scope="session")
def check_claims():
    """A function that wants a run to hold every quantity that the claims of a study are compared with."""

    def check(folder, study):
        asked = [claim for claim in claims.load_claims() if claim.study == study]
        judgements = claims.judge(folder.parents[1], claims=asked)  # names all that is missing
        for judged in judgements:
            assert judged.verdict == ("source inconsistent" if judged.claim.contradicted_by else "not evaluated")
        assert all("other parameters" in judged.why for judged in judgements if judged.verdict == "not evaluated")

    return check
