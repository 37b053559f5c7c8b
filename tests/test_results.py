"""results.nc: what is saved is read back by plain xarray, with the names of the states."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from soaplens_lite.states import Clusters, States, from_tree
from soaplens_lite.study.claims.results import make_tree, write_tree

FRAMES, ATOMS = [10, 11, 12], [3, 5]
TREE = np.array([[0, 1, 0.5, 2], [2, 3, 1.2, 3]])


def array(values, frames=FRAMES):
    """Values per frame and atom."""
    coords = {"frame": frames, "time": ("frame", 0.5 * np.array(frames), {"units": "ns"}), "atom": ATOMS}
    return xr.DataArray(np.array(values), coords, ("frame", "atom"))


def exchange(names):
    """Transitions between two states: 3 of 4 stay in the first one, all leave the second."""
    values = {"matrix": [[0.75, 0.25], [1.0, 0.0]], "counts": [[3, 1], [1, 0]]}
    variables = {name: (("origin", "target"), np.array(value)) for name, value in values.items()}
    return xr.Dataset(variables, coords={"origin": names, "target": names})


@pytest.fixture
def joint():
    """Two states of three clusters."""
    table = pd.DataFrame({"name": ["edge", "fast"], "kind": ["edge", "fast"], "population": [5 / 6, 1 / 6]})
    parts = pd.DataFrame({"name": ["edge", "edge 2", "fast"], "kind": ["edge", "edge", "fast"], "state": [0, 0, 1]})
    labels = array([[0, 1], [0, 2], [0, 0]])
    memberships = xr.DataArray(np.full((3, 2, 3), 1 / 3, np.float32), dims=("frame", "atom", "membership"))
    clusters = Clusters(
        labels,
        parts.rename_axis("cluster"),
        exchange(["edge", "fast"]),
        memberships.assign_coords(labels.coords),
        labels == 2,
        0,
    )
    scores = xr.DataArray(np.arange(12.0).reshape(3, 2, 2) / 7, labels.coords, ("frame", "atom", "component"))
    states = array([[0, 0], [0, 1], [0, 0]]).assign_attrs(merge_cut=1.0, exact=True, nothing=None)
    return States(states, table.rename_axis("state"), exchange(["edge", "fast"]), TREE, clusters, scores)


@pytest.fixture
def saved(joint, tmp_path):
    """The file of a study, opened with plain xarray."""
    delta = array([[0.0, 0.5], [0.25, 0.0], [0.1, 1 / 3]])
    longer = array([[9, 9], [0, 0], [1, 1], [2, 2], [7, 7]], frames=[9, *FRAMES, 13])
    spectra = xr.DataArray(np.ones((2, 4), np.float32), {"frame": 0, "atom": ATOMS}, ("atom", "feature"))
    pca = {"SOAP": xr.Dataset({"mean": ("feature", [1.0, 2.0])}), "SOAP&LENS": xr.Dataset({"mean": ("feature", [1.0])})}
    cuts = pd.DataFrame({"cut": [0.9, 1.0], "merged": ["none", "edge"]})
    found = {"joint": joint, "delta": delta, "coordination": longer, "spectra": spectra, "pca": pca, "cuts": cuts}
    write_tree(make_tree(found, notebook="01_demo"), tmp_path / "results.nc")
    assert [path.name for path in tmp_path.iterdir()] == ["results.nc"]
    with xr.open_datatree(tmp_path / "results.nc", engine="h5netcdf") as results:
        yield results


def test_states_are_selected_by_name(saved):
    """Transitions, tables of states, and of clusters."""
    assert float(saved["joint/kinetics/matrix"].sel(origin="edge", target="fast")) == 0.25
    assert float(saved["joint/table/population"].sel(state="fast")) == 1 / 6
    assert int(saved["joint/clusters/table/state"].sel(cluster="fast")) == 1
    assert saved["joint/labels"].attrs["state_names"] == "0=edge, 1=fast"
    assert saved["joint/labels"].attrs["exact"] == "True" and "nothing" not in saved["joint/labels"].attrs


def test_states_come_back_as_they_were(saved, joint):
    """Every digit of the scores, all labels, the tree, and the names."""
    back = from_tree(saved["joint"])
    np.testing.assert_array_equal(back.scores, joint.scores)
    assert back.scores.dtype == np.float64 and back.clusters.memberships.dtype == np.float32
    for part in (lambda s: s.labels, lambda s: s.clusters.labels, lambda s: s.clusters.was_noise, lambda s: s.tree):
        np.testing.assert_array_equal(part(back), part(joint))
    pd.testing.assert_frame_equal(back.table, joint.table, check_dtype=False)
    assert back.labels.frame.values.tolist() == FRAMES and back.labels.time.attrs == {"units": "ns"}


def test_arrays_and_tables(saved):
    """Arrays are cut to the frames of the states and keep their complete range; other shapes are groups."""
    assert saved["coordination"].values.tolist() == [[0, 0], [1, 1], [2, 2]]
    assert saved["coordination"].attrs["actual_range"].tolist() == [0, 9]
    assert float(saved["delta"].sel(frame=12, atom=5)) == 1 / 3
    assert saved["spectra/spectra"].shape == (2, 4) and saved["cuts/merged"].values.tolist() == ["none", "edge"]
    assert saved["pca"]["SOAP&LENS"]["mean"].values.tolist() == [1.0] and saved.attrs["notebook"] == "01_demo"


def test_what_does_not_fit_is_refused(joint):
    """An array that lacks frames of the states, and what is neither labelled nor a table."""
    with pytest.raises(ValueError, match="delta"):
        make_tree({"joint": joint, "delta": array([[0.0, 0.0]], frames=[10])})
    with pytest.raises(TypeError, match="numbers is a list"):
        make_tree({"joint": joint, "numbers": [1, 2]})


@pytest.mark.slow
def test_the_study_colors_saves_and_records(joint, tmp_path, monkeypatch, capsys):
    """A complete small study: results, numbers, sentences; the record says that it is complete."""
    import soaplens_lite as sl

    monkeypatch.setenv("SOAPLENS_RUN_DIR", str(tmp_path / "run"))
    study = sl.study.open("01_cu211", {"frames": 24, "min_cluster_size": 2})
    assert study.parameters["frames"] == 24 and study.resampling == {"n_resamples": 1000, "seed": 0}
    assert study.trajectory().sizes["frame"] == 24 and study.published["text"]["n_states_soap"] == 6
    with pytest.raises(RuntimeError, match="nothing was saved"):
        study.claims()
    study.figure("fig2b", joint, cut=1.0, highlight=[1])
    study.clusters_figure("figs2a", joint, cut=1.0)
    study.flows_panel("fig2b_chord_fast", joint, [], missing="no fast state")
    study.path_figure("fig2c", None, joint, None, missing="no such visit")
    study.path_movie("movie_s1", None, joint, None, missing="no such visit")
    study.compose("figs2a")
    study.save(joint=joint, delta=array(np.zeros((3, 2))))
    study.learned(["The state **fast** is found."])
    study.finish()
    content = json.loads((tmp_path / "run" / "numbers.json").read_text())
    assert content["complete"] and content["learned"] == ["The state **fast** is found."]
    kinds = {"dendrogram", "map", "chord", "transition_matrix"}
    assert {f"fig2b_{kind}" for kind in kinds} | {"figs2a_map", "figs2a", "fig2c_snapshot_3"} <= set(content["figures"])
    assert {name for name in content["numbers"]} == {"atoms", "frames", "interval"}
    with xr.open_datatree(tmp_path / "run" / "results.nc", engine="h5netcdf") as results:
        assert results["joint/table/color"].sel(state="edge").item() == study.colors["edge"]
        assert json.loads(results.attrs["provenance"])["notebook"] == "01_cu211"
