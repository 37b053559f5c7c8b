"""``soaplens data ...`` on a registry of its own: what it says, what it brings, and with which exit code it ends."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import PurePosixPath

import numpy as np
import pytest
from click.testing import CliRunner
from zenodo_server import ALWAYS, LICENCE, RECORD, blob_id, status

from soaplens_lite.cli import main
from soaplens_lite.study import data as registry
from soaplens_lite.study.data import DataError, introduce, open_data_set
from soaplens_lite.study.run.parameters import ParameterError
from soaplens_lite.study.run.prepare import on_tier
from soaplens_lite.trajectory import write_hdf5

pytestmark = pytest.mark.server

TIERS = """
[tier.paper]
zenodo = "10.5281/zenodo.10213827"
github = "GMPavanLab/StrDynRel"
commit = "813d10f88f1db9b27512aadb94cca1c7ac819fc8"
"""
ENTRY = """
[[data_set]]
id = "ID"
tier = "paper"
study = "cu211"
title = "Some atoms"
units = { length = "Angstrom", time = "ns", temperature = "K" }
interval = 0.3
periodic = true
species = ["Cu"]
centers = "all"
n_centers = 5
temperature = 600
licence = "as stated in the record"
source = "typed by hand"
differs_from_paper = []
group = "GROUP"
remarks = ["the paper says two things"]
EXTRA

[data_set.trajectory]
published = "input_hdf5/GROUP.hdf5"
git_blob = "BLOB"
"""


@pytest.fixture
def folders(server, wander, tmp_path, monkeypatch):
    """A registry of two data sets, whose files a server has; the registry's folder and that of the downloads."""
    entries, server.record, server.repository = TIERS, {}, {}
    for seed, (name, group) in enumerate({"one-paper": "one", "two-paper": "two"}.items()):
        path = tmp_path / f"{group}.hdf5"
        write_hdf5(path, wander(7, 5, seed=seed, cell=(20, 20, 20, 90, 90, 90)), name=group)
        content = path.read_bytes()
        path.unlink()
        server.record[f"{group}.hdf5"] = server.repository[f"input_hdf5/{group}.hdf5"] = content
        entry = ENTRY.replace("ID", name).replace("GROUP", group).replace("BLOB", blob_id(content))
        entries += entry.replace("EXTRA", "n_frames = 7" if seed else "")
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "registry.toml").write_text(entries)
    settings = server.environment | {
        "SOAPLENS_REGISTRY": tmp_path / "registry",
        "SOAPLENS_DATA_CACHE": tmp_path / "kept",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    return tmp_path / "registry", tmp_path / "kept"


def soaplens(*words):
    """Call the command; its result."""
    return CliRunner().invoke(main, ["data", *words])


def rows(text):
    """The words of every line, columns being two spaces apart."""
    return [re.split("  +", line) for line in text.splitlines()]


def test_what_there_is_before_and_after(folders, server):
    """Not here and of unknown size; then intact, as large as they are; then damaged."""
    assert rows(soaplens("list").output)[1:] == [
        [name, "paper", "size not known", "not here", "as stated in the record"] for name in ("one-paper", "two-paper")
    ]
    assert soaplens("verify").output == "one-paper: not here\ntwo-paper: not here\n"
    assert soaplens("verify").exit_code == 0 and soaplens("verify", "one-paper").exit_code == 1
    brought = soaplens("fetch", "one-paper")
    assert brought.exit_code == 0 and brought.stdout == f"one-paper: {folders[1] / 'one.hdf5'}\n"
    assert f"licence {LICENCE}" in brought.stderr and "one.hdf5: " in brought.stderr
    assert soaplens("verify", "one-paper").exit_code == 0 and soaplens("verify", "two-paper").exit_code == 1
    assert rows(soaplens("list").output)[1][2:4] == [f"{len(server.record['one.hdf5']) / 1e3:.1f} kB", "intact"]
    (folders[1] / "one.hdf5").write_bytes(b"lost")
    damaged = soaplens("verify", "one-paper")
    assert damaged.exit_code == 1 and blob_id(b"lost") in damaged.output and "one-paper: damaged" in damaged.output
    assert soaplens("verify").exit_code == 1
    assert soaplens("fetch", "--tier", "paper").exit_code == 0 and soaplens("verify").exit_code == 0
    assert server.count(RECORD) == 2  # one question for both


def test_everything_about_one(folders):
    """With the remarks, and where the file is sought or found."""
    text = soaplens("show", "one-paper").output
    assert "remark       the paper says two things" in text and "as many frames as the file has, every 0.3 ns" in text
    assert f"file         one.hdf5, looked for in {folders[1]}" in text and "state        not here" in text
    soaplens("fetch", "one-paper")
    assert f"file         {folders[1] / 'one.hdf5'}" in soaplens("show", "one-paper").output
    assert "7 frames every 0.3 ns" in soaplens("show", "two-paper").output


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["show", "one-papr"], 1, "did you mean one-paper?"),
        (["verify", "three"], 1, "no data set has this id"),
        (["fetch", "three"], 1, "no data set has this id"),
        (["fetch"], 2, "name data sets or a tier"),
        (["fetch", "one-paper", "--tier", "paper"], 2, "name data sets or a tier"),
        (["fetch", "--tier", "cloud"], 2, "tier = 'cloud': must be one of paper"),
    ],
)
def test_what_cannot_be_done(folders, server, words, code, message):
    """Is said in one message, and no server is asked."""
    result = soaplens(*words)
    assert result.exit_code == code and message in result.output and "Traceback" not in result.output
    assert server.asked == []


def test_nobody_has_it(folders, server):
    """One message and exit code 1; a file that was had is kept."""
    server.faults = {
        server.file("one.hdf5"): [status(404), ALWAYS],
        server.raw("input_hdf5/one.hdf5"): [status(404), ALWAYS],
    }
    result = soaplens("fetch", "--tier", "paper")
    assert result.exit_code == 1 and "one.hdf5: could not be had" in result.output and "Traceback" not in result.output
    assert rows(soaplens("list").output)[1][3] == "not here" and rows(soaplens("list").output)[2][3] == "intact"


def test_the_progress_bar(folders, server):
    """Runs on standard error, where results do not stand, and not in continuous integration."""
    words = [sys.executable, "-m", "soaplens_lite", "data", "fetch", "one-paper"]
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True, timeout=120)
    size = f"{len(server.record['one.hdf5']) / 1e3:.1f}k"
    assert f"one.hdf5:   0%|          | 0.00/{size}" in done.stderr and done.stdout.startswith("one-paper: ")


def test_a_fetched_data_set(folders):
    """Frames and atoms are counted in the file, the checksum is that of the content, and the trajectory can be read."""
    data_set = registry.fetch("one-paper")
    assert (data_set.n_frames, data_set.n_atoms, data_set.topology) == (7, 5, None)
    assert data_set.checksum == hashlib.sha256(data_set.trajectory_file.git_blob.encode()).hexdigest()
    trajectory = open_data_set(data_set, n_frames=3)
    assert trajectory.sizes["frame"] == 3 and np.allclose(trajectory.time, [0, 0.3, 0.6])
    assert introduce(data_set).startswith("**These are the paper's own data**")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("n_frames = 7", "n_frames = 8", "two-paper: the registry says n_frames = 8, two.hdf5 has 7"),
        ('group = "two"', 'group = "three"', "two-paper: .*three"),
    ],
)
def test_a_file_that_is_not_as_the_registry_says(folders, before, after, message):
    """Though it is the authors': the fault is the registry's, and is named."""
    path = folders[0] / "registry.toml"
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(DataError, match=message):
        registry.fetch("two-paper")


def test_the_tier_of_the_paper():
    """One data set for each study, in the paper's numbers; a notebook changes to it by the name alone."""
    listed = registry.data_sets()
    paper = {name: data_set for name, data_set in listed.items() if data_set.tier == "paper"}
    expected = {  # METHODS of the paper: ns between frames, K, analyzed atoms
        "cu211-paper": (0.3, 600, 900, "211_600"),
        "au309-paper": (1, 200, 309, "ico309-T_200"),
        "icewater-paper": (0.1, 268, 2048, "WaterCOEX"),
    }
    assert {n: (d.interval, d.temperature, d.n_centers, d.group) for n, d in paper.items()} == expected
    assert all(PurePosixPath(d.trajectory_file.published).stem == d.group for d in paper.values())
    assert len({d.trajectory_file.git_blob for d in paper.values()}) == 3
    for notebook, name in zip(("01_cu211", "02_au_nanoparticle", "03_ice_water"), expected, strict=True):
        assert on_tier(notebook, "paper") == {"data": name} and on_tier(notebook, "sample") == {}


def test_a_tier_without_the_study(folders):
    """Is refused by name."""
    path = folders[0] / "registry.toml"
    text = path.read_text().replace('id = "one-paper"', 'id = "cu211-sample"').replace("two-paper", "icewater-paper")
    path.write_text(text.replace("[tier.paper]", "[tier.sample]\n[tier.paper]"))
    with pytest.raises(ParameterError, match="data = 'cu211-sample': the tier 'sample' has no data set of cu211"):
        on_tier("01_cu211", "sample")
