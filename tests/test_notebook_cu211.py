"""The copper notebook from end to end on a stretch of the sample: what it finds, and what it leaves behind."""

import json

import pytest
import xarray as xr

pytestmark = pytest.mark.notebook

PANELS = [
    "fig1a_snapshot_first",
    "fig1a_snapshot_middle",
    "fig1b_lens",
    "fig1b_soap",
    "fig1c_dendrogram",
    "fig1c_map",
    "fig1c_chord",
    "fig1c_transition_matrix",
    "fig1c_transition_matrix_published",
    "fig1c_snapshot",
    "fig1d_lens_series",
    "fig1d_chord",
    "fig1d_transition_matrix",
    "fig1d_transition_matrix_published",
    "fig1d_snapshot",
    "fig1e_chi",
    "fig2a_map_soap",
    "fig2a_map_joint",
    "fig2b_dendrogram",
    "fig2b_map",
    "fig2b_chord",
    "fig2b_chord_fast",
    "fig2b_transition_matrix",
    "fig2b_transition_matrix_published",
    "fig2c_map",
    "fig2c_snapshot_1",
    "fig2c_snapshot_2",
    "fig2c_snapshot_3",
    "fig2d_snapshot",
    "figs1a_map",
    "figs1a_dendrogram",
    "figs1a_transition_matrix",
    "figs2a_map",
    "figs2a_dendrogram",
    "figs2a_transition_matrix",
    "stability_states",
    "movie_s1_stills",
]


@pytest.fixture(scope="module")
def run(run_notebook):
    """The first 80 frames."""
    return run_notebook("01_cu211", {"frames": 80, "rotations": 2, "bootstrap": 100, "movie_frames": 5})


def test_every_panel_is_there_as_png_and_svg(run_folder, check_figures):
    """All panels, and the figures as wholes."""
    check_figures(run_folder, PANELS, ["fig1", "fig2", "figs1a", "figs2a"])


def test_frames_and_components(numbers):
    """80 frames give 79 intervals and, with a window of 20, 59 joint frames; 36 pairs of radial functions, 9 l."""
    assert numbers["frames"] == 80
    assert numbers["frames_joint"] == 59
    assert numbers["centers"] == 904
    assert numbers["soap_components"] == 36 * 9


def test_the_fast_state_appears_only_jointly_and_is_fed_by_edges(states):
    """What the study is about: SOAP has no fast state, SOAP&LENS has one, and most of its atoms come from edges."""
    soap, joint = states("soap").table, states("joint").table
    assert {"edge", "edge/face"} & set(soap["kind"]) and "fast" not in soap["kind"].values
    fast = joint.set_index("name").loc["fast"]
    assert fast["population"] < 0.02 and fast["mean_lens"] > 0.25
    entries = states("joint").kinetics["shares"].sel(target="fast")
    from_edges = joint["name"][joint["kind"].isin(["edge", "edge/face"])]
    assert float(entries.sel(origin=from_edges.values).sum()) > 0.5


def test_shares_have_intervals_and_other_clusterings_an_overlap(numbers, states):
    """Of noise, uncertainty and fast points by atoms; of each clustering that the paper names, 0 to 1."""
    for name in ("soap.noise", "joint.noise", "soap.uncertainty", "joint.uncertainty", "fast.population"):
        assert numbers[name]["low"] < numbers[name]["value"] < numbers[name]["high"], name
    fast = states("joint").table.set_index("name").loc["fast"]
    assert numbers["fast.population"]["value"] == pytest.approx(fast["population"])
    assert all(0 <= numbers[f"other.{key}_overlap"] <= 1 for key in ("gmm", "kmeans", "dbscan"))
    assert numbers["lens.raw_range"][0] >= 0 and numbers["lens.raw_range"][1] <= 1
    assert numbers["lens.raw_range"][1] > numbers["lens_max"]


def test_states_say_whether_rotated_points_find_them_again(run_folder, states):
    """The fast state is found again in both rotations and by the exact tree; the numbers stand in the results."""
    fast = states("joint").table.set_index("name").loc["fast"]
    assert (fast["found_again"], fast["n_rotations"]) == (2, 2) and fast["mean_overlap"] > 0.5
    with xr.open_datatree(run_folder / "results.nc", engine="h5netcdf") as results:
        overlap = results["stability/joint/overlap"].sel(state="fast", clustering="exact tree")
        assert float(overlap) > 0.5 and results["stability/joint"].attrs["n_rotations"] == 2


def test_labels_agree_with_the_saved_counts(run_folder, states, count_naively):
    """The saved labels give the saved transition counts when they are counted naively."""
    assert count_naively(run_folder, "joint") == states("joint").kinetics["counts"].values.tolist()


def test_labels_export_and_no_movie(run_folder, states, check_products):
    """In so few frames edges and faces are one state: no visit begins and ends in an edge, and none is filmed."""
    assert "edge" not in states("joint").table["kind"].values
    check_products(run_folder, None)


def test_run_json_says_how(run_folder):
    """Parameters, checksum of the data and versions stand beside the results."""
    run = json.loads((run_folder / "run.json").read_text())
    assert run["status"] == "complete"
    assert run["parameters"]["frames"] == 80
    assert len(run["data"]["cu211-sample"]) == 64
    assert run["versions"]["dscribe"]


def test_every_claim_finds_its_quantity(run_folder, check_claims):
    """Nothing that the ledger asks of this study is missing; with other parameters nothing is judged."""
    check_claims(run_folder, "cu211")
