"""Parameters against the data set that they are to be used on: refused before a run has a folder."""

import pytest

from soaplens_lite.study import StudyError
from soaplens_lite.study.run import prepare as jobs
from soaplens_lite.study.run import runner
from soaplens_lite.study.run.parameters import ParameterError, validate
from soaplens_lite.study.run.prepare import fetch_all_for, fetch_for


def check(**given):
    """The copper notebook's data set for changed parameters."""
    return fetch_for("01_cu211", validate("01_cu211", given))


def test_what_fits_gives_the_data_set():
    """The defaults, and each limit just reached: 24 frames give 3 joint ones, 3 x 904 points, two clusters of 1356."""
    assert check().id == "cu211-sample"
    assert check(frames=502).n_frames == 502
    assert check(frames=24, min_cluster_size=1356).id == "cu211-sample"
    # 502 - 1 - 498 = 3 joint frames; half of the shortest height of the cell, 25.866 Angstrom, is 12.933.
    assert check(lens_window=498, r_cut=12.93).id == "cu211-sample"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"frames": 503}, "frames = 503: cu211-sample has 502; at most 502, or 0 for all"),
        ({"lens_window": 500}, "lens_window = 500 frames: needs at least 504 frames, and there are 502; lower it"),
        (
            {"frames": 24, "min_cluster_size": 1357},
            "min_cluster_size = 1357 points: must be at most 1356, half the number",
        ),
        ({"r_cut": 12.94}, "r_cut = 12.94 Angstrom: more than half the shortest height of the cell"),
    ],
)
def test_what_does_not_fit_is_refused(given, message):
    """One step beyond each limit: what was given and what is allowed."""
    with pytest.raises(ParameterError, match=message):
        check(**given)


def test_all_faults_at_once():
    """Two faults, two lines."""
    with pytest.raises(ParameterError) as caught:
        check(frames=600, r_cut=20)
    assert [line.split(" = ")[0] for line in str(caught.value).splitlines()] == ["frames", "r_cut"]


def test_data_of_another_study():
    """The copper notebook names steps of a surface, which a nanoparticle does not have."""
    with pytest.raises(ParameterError, match="data = 'au309-sample': 01_cu211 is about another.*: cu211-sample"):
        check(data="au309-sample")


def test_a_run_that_cannot_go_well_does_not_begin(tmp_path, monkeypatch):
    """The runner asks before it makes anything."""
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path / "cache"))
    with pytest.raises(StudyError, match="r_cut = 20 Angstrom"):
        runner.run("01_cu211", {"r_cut": 20}, results=tmp_path / "results")
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_that_looks_at_three_studies():
    """Every data set that a parameter names; a notebook of one study names none beside its own."""
    found = fetch_all_for("04_cost", validate("04_cost", {"frames": 104}))
    assert {name: data_set.study for name, data_set in found.items()} == {
        "copper": "cu211",
        "gold": "au309",
        "water": "icewater",
    }
    assert fetch_all_for("01_cu211", validate("01_cu211", {})) == {}


def test_three_studies_are_checked_like_each_alone():
    """A data set of another study and too many frames are named with the parameter; too few for a window before."""
    with pytest.raises(ParameterError) as caught:
        fetch_all_for("04_cost", validate("04_cost", {"gold": "cu211-sample", "frames": 501}))
    first, second = str(caught.value).splitlines()
    assert first.startswith("gold: data = 'cu211-sample': 02_au_nanoparticle is about another system")
    assert second.startswith("water: frames = 501: icewater-sample has 400")
    with pytest.raises(
        ParameterError, match="frames = 103: too few for lens_window = 100 frames; must be at least 104"
    ):
        fetch_all_for("04_cost", validate("04_cost", {"frames": 103}))


def test_all_data_sets_of_a_run_enter_its_id():
    """The runner holds the checksum of each, and another data set makes another run."""
    job = jobs.prepare("04_cost", {})
    assert set(job.data) == {"cu211-sample", "au309-sample", "icewater-sample"}
    assert len(set(job.data.values())) == 3 and job.data_set is None
