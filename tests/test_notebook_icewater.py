"""The ice/water notebook from end to end on a stretch of the sample: what it finds, and what it leaves behind."""

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.notebook

PANELS = [
    "fig4a_map",
    "fig4a_chord",
    "fig4a_transition_matrix",
    "fig4a_dendrogram",
    "fig4a_snapshot",
    "fig4b_lens_series",
    "fig4b_chord",
    "fig4b_transition_matrix",
    "fig4b_snapshot",
    "fig4c_map",
    "fig4c_chord",
    "fig4c_transition_matrix",
    "fig4c_dendrogram",
    "fig4c_snapshot",
    "fig4_profiles_soap",
    "fig4_profiles_joint",
    "fig4d_map",
    "fig4d_snapshot_1",
    "fig4d_snapshot_2",
    "fig4d_snapshot_3",
    "fig4e_alluvial",
    *(f"figs3_map_{data}_{number}" for data in ("soap", "joint") for number in (1, 2, 3)),
    "figs4_variance",
    "movie_icewater_stills",
]
# A small basis: the spectra of 859 molecules with both species take a second per frame otherwise.
SHORT = {"frames": 46, "n_max": 4, "l_max": 4, "lens_window": 24, "n_starts": 2, "bootstrap": 100, "movie_frames": 5}


@pytest.fixture(scope="module")
def run(run_notebook):
    """The first 46 frames."""
    return run_notebook("03_ice_water", SHORT)


def test_every_panel_is_there_as_png_and_svg(run_folder, check_figures):
    """All panels, and the figures as wholes."""
    check_figures(run_folder, PANELS, ["fig4", "figs3", "figs4"])


def test_frames_and_components(numbers):
    """46 frames give 45 intervals, less 24. Features: 10 pairs of radial functions for O-O and H-H, 16 for O-H, 5 l."""
    assert (numbers["frames"], numbers["frames_joint"], numbers["centers"]) == (46, 21, 859)
    assert numbers["soap.features"] == (10 + 10 + 16) * 5
    assert numbers["joint.components_for_99_percent"] < numbers["soap.components_for_99_percent"]


def test_the_interface_appears_only_jointly(states):
    """SOAP makes two liquids beside the ice, SOAP&LENS an interface between ice and liquid, by measured properties."""
    assert states("soap").table["name"].tolist() == ["ice", "liquid", "liquid 2"]
    joint = states("joint").table
    assert joint["name"].tolist() == ["ice", "interface", "liquid"]
    assert np.all(np.diff(joint["mean_lens"]) > 0)
    assert np.all(np.diff(joint["mean_order"]) < 0)
    assert np.all(np.diff(joint["mean_distance"]) > 0)


def test_clusters_of_density_are_named_by_the_joint_states(numbers):
    """HDBSCAN's clusters with one point in twenty, by the state of most of their points; none where all is noise."""
    table = numbers["hdbscan"]
    for clusters, largest, second in zip(table["contents"], table["largest"], table["second"], strict=True):
        names = [] if clusters == "none" else clusters.split(", ")
        assert len(names) >= (largest >= 0.05) + (second >= 0.05)
        assert set(names) <= {"ice", "interface", "liquid", "mixture"}
    first = table["data"].index("SOAP&LENS")
    assert numbers["hdbscan.contents_of_joint"] == table["contents"][first]


def test_hardly_any_step_goes_directly_between_ice_and_liquid(states):
    """The joint states form a chain; those of SOAP alone do not."""
    joint, soap = states("joint").kinetics["matrix"], states("soap").kinetics["matrix"]
    assert joint.sel(origin="ice", target="liquid") < 0.01 and joint.sel(origin="liquid", target="ice") < 0.01
    assert soap.sel(origin="ice", target=["liquid", "liquid 2"]).max() > 0.03


def test_flows_are_of_all_molecules(numbers):
    """Four times, three stretches between them, 859 molecules in each."""
    assert len(numbers["flows.times"]) == 4
    flows = pd.DataFrame(numbers["flows.counts"])
    assert flows.groupby("after")["molecules"].sum().tolist() == [859] * 3


def test_labels_agree_with_the_saved_counts(run_folder, states, count_naively):
    """The saved labels give the saved transition counts when they are counted naively."""
    assert count_naively(run_folder, "joint") == states("joint").kinetics["counts"].values.tolist()


def test_labels_export_and_movie(run_folder, check_products):
    """A molecule crosses within these frames: its movie has as many pictures as were asked for."""
    check_products(run_folder, "movie_icewater")


def test_every_claim_finds_its_quantity(run_folder, check_claims):
    """Nothing that the ledger asks of this study is missing; with other parameters nothing is judged."""
    check_claims(run_folder, "icewater")
