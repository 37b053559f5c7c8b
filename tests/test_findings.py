"""Findings: what the ledger asks for, counted by hand on a few points."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from soaplens_lite.kinetics import transitions
from soaplens_lite.states import Clusters, States
from soaplens_lite.study.claims.findings import copper
from soaplens_lite.study.claims.results import make_tree
from soaplens_lite.study.run.parameters import validate

# One atom leaves the edge (0), is fast (1) for two frames and returns; the others stay in the edge.
JOINT = np.zeros((480, 3), dtype=int)
JOINT[10:12, 0] = 1


def states(values, kinds):
    """States that are clusters as well; each cluster lies at a place of its own on the map."""
    coords = {"frame": np.arange(5, 485), "atom": [1, 2, 3]}
    labels = xr.DataArray(values, coords, ("frame", "atom"))
    table = pd.DataFrame({"name": kinds, "kind": kinds}, index=pd.RangeIndex(len(kinds), name="state"))
    places = labels.values[..., None] * 9.0 + np.random.default_rng(0).normal(size=(480, 3, 2))
    scores = xr.DataArray(places, coords, ("frame", "atom", "component"))
    kinetics = transitions(labels, names=kinds, n_resamples=100)
    memberships = xr.DataArray(np.eye(2, dtype=np.float32)[values], dims=("frame", "atom", "membership"), coords=coords)
    parts = table.rename_axis("cluster").assign(state=0)
    clusters = Clusters(labels, parts, kinetics, memberships, labels == 1, 0)
    return States(labels, table, kinetics, np.array([[0, 1, 0.5, 2]]), clusters, scores)


@pytest.fixture(scope="module")
def numbers():
    """Findings on SOAP that takes the last frame for a face, LENS with the labels of the joint data."""
    soap = np.zeros((480, 3), dtype=int)
    soap[-1] = 1
    joint, lens = states(JOINT, ["edge", "fast"]), states(JOINT, ["slow", "fast"])
    lens = States(lens.labels, lens.table.assign(lens_from=[np.nan, 0.4]), lens.kinetics)
    variance = xr.Dataset({"cumulative_variance": ("all_components", [0.9, 1.0]), "mean": ("feature", np.zeros(324))})
    delta = xr.DataArray(np.full((480, 3), 0.25), joint.labels.coords, ("frame", "atom"))
    found = {"soap": states(soap, ["edge", "face"]), "joint": joint, "lens": lens, "delta": delta}
    tree = make_tree(found | {"pca": {"SOAP": variance, "SOAP&LENS": variance}}, species="Cu")
    computed = copper(tree, validate("01_cu211", {"bootstrap": 100}))
    return {name: number["value"] for name, number in computed.items()}


def test_shares_are_counted(numbers):
    """2 of 1440 points are fast, entered and left by way of the edge alone; 1435 of the other 1438 keep their name."""
    assert numbers["fast.population"]["value"] == pytest.approx(2 / 1440)
    assert numbers["fast.from_edges"]["value"] == numbers["fast.to_edges"]["value"] == 1
    assert numbers["fast.in_soap_edge"]["value"] == numbers["fast.in_lens_fast"]["value"] == 1
    assert numbers["joint.keeps_places"]["value"] == pytest.approx(1435 / 1438)
    assert numbers["joint.noise"]["value"] == pytest.approx(2 / 1440) and numbers["joint.uncertainty"]["value"] == 0


def test_answers_and_names(numbers):
    """Which states there are, which of them only jointly, and what was merged."""
    assert numbers["fast.only_joint"] and numbers["joint.has_fast"] and not numbers["soap.has_fast"]
    assert (numbers["joint.n_states"], numbers["joint.state_names"]) == (2, "edge, fast")
    assert numbers["joint.merged"] == "edge + fast" and numbers["lens.thresholds"].tolist() == [0.4]
    assert (numbers["spectrum.components"], numbers["soap_components"], numbers["lens_max"]) == (576, 324, 0.25)


def test_other_clusterings_look_for_the_fast_points(numbers):
    """Every tenth frame holds one fast point, apart from all others: a cluster of its own has it, and no other."""
    assert numbers["other.gmm_overlap"] == numbers["other.kmeans_overlap"] == 1
