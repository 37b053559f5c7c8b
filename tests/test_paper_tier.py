"""The paper's tier from end to end: samples in the authors' layout, served over HTTP, fetched and run."""

import io
import json
import tomllib
import zipfile
from pathlib import PurePosixPath

import pytest
from zenodo_server import RECORD, blob_id

from soaplens_lite.edition import bundled, notebooks, registry, runner
from soaplens_lite.edition.checks import fetch_for
from soaplens_lite.edition.datasets import open_data_set
from soaplens_lite.edition.parameters import validate
from soaplens_lite.hdf5 import write_hdf5
from soaplens_lite.trajectory import select_centers

FRAMES = 60
SHORT = {"lens_window": 10, "bootstrap": 100, "movie_frames": 12}
STORED_HEIGHT = 6.34  # Angstrom: the analyzed copper atoms of the sample lie above 18.34, those of the paper above 12


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


def test_copper_from_an_empty_cache_to_its_figures(paper, server, tmp_path, monkeypatch):
    """`reproduce --data paper`: one question, one download, a run on what was fetched; what is recorded names it."""
    monkeypatch.setattr(notebooks, "studies", lambda: ["01_cu211"])
    monkeypatch.setattr(runner, "QUICK", {"01_cu211": SHORT})
    (outcome,) = runner.reproduce(quick=True, data="paper", results=tmp_path / "results")
    assert outcome.status == "complete", outcome.error
    assert server.count(RECORD) == server.count(server.file("StrDynRel.zip")) == 1
    about = json.loads((outcome.folder / "run.json").read_text())
    data_set = registry.fetch("cu211-paper")
    assert data_set.trajectory.is_relative_to(tmp_path / "cache" / "data")
    assert about["parameters"]["data"] == "cu211-paper" and about["data"] == {"cu211-paper": data_set.checksum}
    numbers = json.loads((outcome.folder / "numbers.json").read_text())["numbers"]
    assert numbers["frames"]["value"] == FRAMES
    assert (outcome.folder / "figures" / "fig2.png").stat().st_size > 20_000
    page = (outcome.folder / "notebook.html").read_text("utf-8")
    assert "These are the paper&#39;s own data" in page or "These are the paper's own data" in page


def test_one_archive_serves_all_studies(paper, server):
    """What came with one data set is there for the others."""
    for name in ("cu211-paper", "icewater-paper", "au309-paper"):
        assert registry.fetch(name).n_frames == FRAMES
    assert server.asked == [("GET", RECORD), ("GET", server.file("StrDynRel.zip"))]


@pytest.mark.parametrize("notebook", ["01_cu211", "02_au_nanoparticle", "03_ice_water"])
def test_every_study_can_begin(paper, notebook):
    """The fetched file equals the sample it was made of, and the analyzed atoms are the same."""
    parameters = validate(notebook, {"lens_window": 10})
    sample = registry.fetch(parameters["data"])
    data_set = fetch_for(notebook, parameters | {"data": sample.id.replace("sample", "paper")})
    expected, trajectory = open_data_set(sample, n_frames=FRAMES), open_data_set(data_set)
    lifted = [0, 0, STORED_HEIGHT if sample.study == "cu211" else 0]
    assert abs(trajectory.positions + lifted - expected.positions).max() < 1e-4
    assert trajectory.species.values.tolist() == expected.species.values.tolist()
    assert trajectory.periodic == expected.periodic
    chosen = [
        select_centers(frames, about.centers, n_centers=about.n_centers).tolist()
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
