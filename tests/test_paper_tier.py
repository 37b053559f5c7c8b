"""The paper's tier from end to end: samples in the authors' layout, served over HTTP, fetched and run."""

import io
import json
import tomllib
import zipfile
from pathlib import PurePosixPath

import numpy as np
import pytest
from zenodo_server import RECORD, blob_id

import soaplens_lite as sl
from soaplens_lite.study import bundled
from soaplens_lite.study import data as registry
from soaplens_lite.study.data import open_data_set
from soaplens_lite.study.run import notebooks, runner
from soaplens_lite.study.run import prepare as jobs
from soaplens_lite.study.run.parameters import validate
from soaplens_lite.study.run.prepare import fetch_for, on_tier
from soaplens_lite.systems.water import without_massless_sites
from soaplens_lite.trajectory import make_trajectory, select_centers, write_hdf5

pytestmark = pytest.mark.server

FRAMES = 104  # the fewest that the windows of gold and water need, which are of 100
NO_EXTRAS = {"bootstrap": 100, "movie_frames": 0, "export_stride": 0}
SHORT = NO_EXTRAS | {"frames": 60, "n_max": 2, "l_max": 2, "lens_window": 10, "n_jobs": 1}
STUDIES = {"01_cu211": "fig2", "02_au_nanoparticle": "fig3", "03_ice_water": "fig4"}  # and a figure of each
STORED_HEIGHT = 6.34  # Angstrom: the analyzed copper atoms of the sample lie above 18.34, those of the paper above 12


def with_massless_sites(water):
    """Molecules of four sites, the fourth on its oxygen: whether the authors' file has them is not known."""
    oxygens = np.arange(0, water.sizes["atom"], 3)
    return make_trajectory(
        np.insert(water.positions.values, oxygens + 3, water.positions.values[:, oxygens], axis=1),
        np.insert(water.species.values.astype("<U2"), oxygens + 3, "Mw"),
        cell=water.cell.values,
        time=water.time.values,
    )


@pytest.fixture
def paper(server, tmp_path, monkeypatch):
    """A registry whose paper's tier are stretches of the samples, in one archive of the record; nothing is here yet."""
    text = (bundled("data_registry") / "registry.toml").read_text("utf-8")
    listed, members = registry.data_sets(), {}
    for data_set in (d for d in listed.values() if d.tier == "paper"):
        sample = listed[data_set.id.replace("paper", "sample")]
        trajectory = open_data_set(sample, n_frames=FRAMES)
        if data_set.study == "cu211":
            trajectory["positions"] = trajectory.positions - [0, 0, STORED_HEIGHT]
        if data_set.study == "icewater":
            trajectory = with_massless_sites(trajectory)
        path = tmp_path / PurePosixPath(data_set.trajectory_file.published).name
        write_hdf5(path, trajectory, name=data_set.group)
        members[path.name] = path.read_bytes()
        path.unlink()
        entry = text[text.index(f'id = "{data_set.id}"') :].partition("[[data_set]]")[0]
        changed = entry.replace(data_set.trajectory_file.git_blob, blob_id(members[path.name]))
        for name in ("n_centers", "n_frames", "n_atoms"):
            if getattr(data_set, name):
                now = FRAMES if name == "n_frames" else getattr(sample, name)
                changed = changed.replace(f"{name} = {getattr(data_set, name)}\n", f"{name} = {now}\n")
        text = text.replace(entry, changed)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for name, content in members.items():
            opened.writestr(f"input_hdf5/{name}", content)
    server.record, server.repository = {"StrDynRel.zip": packed.getvalue()}, {}
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "registry.toml").write_text(text, "utf-8")
    (folder / "samples").symlink_to(bundled("data_registry") / "samples")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SOAPLENS_REGISTRY", str(folder))
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path / "cache"))
    return folder


def test_all_studies_from_an_empty_cache_to_their_figures(paper, server, tmp_path, monkeypatch):
    """`reproduce --data paper`: one question, one download, runs on what was fetched; what is recorded names it."""
    monkeypatch.setattr(notebooks, "studies", lambda: list(STUDIES))
    quick = dict.fromkeys(STUDIES, SHORT) | {"03_ice_water": SHORT | {"n_starts": 1}}
    monkeypatch.setattr(runner, "QUICK", quick)
    outcomes = runner.reproduce(quick=True, data="paper", results=tmp_path / "results")
    assert server.asked == [("GET", RECORD), ("GET", server.file("StrDynRel.zip"))]
    for outcome in outcomes:
        assert outcome.status == "complete", outcome.error
        about = json.loads((outcome.folder / "run.json").read_text())
        data_set = registry.fetch(on_tier(outcome.notebook, "paper")["data"])
        assert data_set.trajectory.is_relative_to(tmp_path / "cache" / "data")
        assert about["parameters"]["data"] == data_set.id and about["data"] == {data_set.id: data_set.checksum}
        numbers = json.loads((outcome.folder / "numbers.json").read_text())["numbers"]
        assert numbers["frames"]["value"] == SHORT["frames"]
        assert (outcome.folder / "figures" / f"{STUDIES[outcome.notebook]}.png").stat().st_size > 20_000
        page = (outcome.folder / "notebook.html").read_text("utf-8")
        assert "These are the paper&#39;s own data" in page or "These are the paper's own data" in page


def test_one_archive_serves_all_studies(paper, server):
    """What came with one data set is there for the others."""
    for name in ("cu211-paper", "icewater-paper", "au309-paper"):
        assert registry.fetch(name).n_frames == FRAMES
    assert server.asked == [("GET", RECORD), ("GET", server.file("StrDynRel.zip"))]


@pytest.mark.parametrize("notebook", ["04_cost", "05_sensitivity"])
def test_notebooks_about_all_studies_can_begin(paper, server, tmp_path, monkeypatch, notebook):
    """With the data sets of the paper's tier, all from one download; massless sites are left out."""
    names = {"cu211-paper", "au309-paper", "icewater-paper"}
    job = jobs.prepare(notebook, on_tier(notebook, "paper"))
    assert set(job.data) == names == set(job.changed.values())
    assert server.count(server.file("StrDynRel.zip")) == 1
    monkeypatch.setenv("SOAPLENS_RUN_DIR", str(tmp_path))
    study = sl.study.open(notebook, job.parameters)
    trajectories = {system: study.trajectory(system) for system in study.case_studies}
    with pytest.warns(UserWarning, match="massless sites are left out"):
        trajectories["water"] = sl.systems.water.without_massless_sites(trajectories["water"])
    species = {system: sorted(set(t.species.values.tolist())) for system, t in trajectories.items()}
    assert species == {"copper": ["Cu"], "gold": ["Au"], "water": ["H", "O"]}


@pytest.mark.parametrize("notebook", STUDIES)
def test_every_study_can_begin(paper, notebook):
    """The fetched file equals the sample it was made of, and the analyzed atoms are the same."""
    parameters = validate(notebook, {"lens_window": 10})
    sample = registry.fetch(parameters["data"])
    data_set = fetch_for(notebook, parameters | {"data": sample.id.replace("sample", "paper")})
    expected, trajectory = open_data_set(sample, n_frames=FRAMES), open_data_set(data_set)
    if sample.study == "icewater":
        with pytest.warns(UserWarning, match="massless sites are left out .859 named Mw"):
            trajectory = without_massless_sites(trajectory)
    lifted = [0, 0, STORED_HEIGHT if sample.study == "cu211" else 0]
    assert abs(trajectory.positions.values + lifted - expected.positions.values).max() < 1e-4
    assert trajectory.species.values.tolist() == expected.species.values.tolist()
    assert trajectory.periodic == expected.periodic
    chosen = [
        np.searchsorted(frames.atom, select_centers(frames, about.centers, n_centers=about.n_centers)).tolist()
        for frames, about in ((trajectory, data_set), (expected, sample))
    ]
    assert chosen[0] == chosen[1]


def test_the_registry_of_the_fixture(paper):
    """Differs from the bundled one in what belongs to the files, and in nothing else."""
    before = tomllib.loads((bundled("data_registry") / "registry.toml").read_text())["data_set"]
    after = tomllib.loads((paper / "registry.toml").read_text())["data_set"]
    for old, new in zip(before, after, strict=True):
        differing = {key for key in old if old[key] != new[key]}
        assert differing <= {"trajectory", "n_centers", "n_frames", "n_atoms"}
        assert ("trajectory" in differing) == (old["tier"] == "paper")
