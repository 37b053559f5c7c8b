"""Numbers on a map: each among the points of its state, without overlap, and only if colors do not suffice."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from tables import table_of_names

from soaplens_lite import plots
from soaplens_lite.plots import MAX_STATES_BY_COLOR, entry_of, mark_of, mark_places

UNIT = (0.0, 1.0, 0.0, 1.0)


def hills(centers, n=300, width=0.02, seed=0):
    """Clouds around centers: points (n * k, 2) and their labels."""
    rng = np.random.default_rng(seed)
    points = np.concatenate([rng.normal(center, width, (n, 2)) for center in centers])
    return points, np.repeat(np.arange(len(centers)), n)


@pytest.fixture(autouse=True)
def closed_figures():
    """Close all figures after each test."""
    yield
    plt.close("all")


def test_numbers_stand_in_the_middle_of_their_hills():
    """Three clouds far apart: the mark of each is at its center, to the width of the cloud."""
    centers = [(0.2, 0.2), (0.8, 0.3), (0.5, 0.9)]
    places = mark_places(*hills(centers), [2, 0, 1], UNIT)
    assert list(places) == [2, 0, 1]
    for state, center in enumerate(centers):
        assert places[state] == pytest.approx(center, abs=0.05)


def test_a_number_stands_where_its_state_is_alone():
    """Most points of state 1 lie among those of state 0, some lie alone: there the number is."""
    points, labels = hills([(0.3, 0.5), (0.3, 0.5), (0.8, 0.5)], n=400)
    kept = (labels != 2) | (np.arange(len(labels)) % 2 == 0)
    points, labels = points[kept], np.where(labels == 2, 1, labels)[kept]
    assert mark_places(points, labels, [1], UNIT)[1] == pytest.approx((0.8, 0.5), abs=0.05)


def test_numbers_keep_apart():
    """Ten states in one cloud: any two numbers have the smallest distance in x or in y."""
    rng = np.random.default_rng(1)
    points, labels = rng.uniform(0, 1, (5000, 2)), rng.integers(0, 10, 5000)
    apart = np.array([0.08, 0.05])
    places = np.array(list(mark_places(points, labels, range(10), UNIT, apart=apart).values()))
    far = (np.abs(places[:, None] - places) / apart).max(axis=2)
    assert len(places) == 10 and far[~np.eye(10, dtype=bool)].min() > 1


def test_states_with_one_position_or_none():
    """States with only one position share it; a state outside of the axes has no number."""
    points = np.array([[0.5, 0.5], [0.5, 0.5], [3.0, 3.0]])
    places = mark_places(points, np.array([0, 1, 2]), [0, 1, 2], UNIT)
    assert places.keys() == {0, 1} and places[0] == places[1]


def test_marks_and_entries():
    """A state is marked by its number, a cluster by the number that is its name."""
    table = table_of_names(["bulk", "state 1", "7"])
    assert [mark_of(table, k) for k in range(3)] == ["0", "1", "7"]
    assert [entry_of(table, k) for k in range(3)] == ["0 bulk", "1 state 1", "7"]


@pytest.mark.parametrize("n_states", [MAX_STATES_BY_COLOR, MAX_STATES_BY_COLOR + 1])
def test_map_numbers_many_states_only(n_states):
    """Up to eight states the legend has names alone; from nine on numbers stand on the map and in it."""
    points, labels = hills([(k % 3, k // 3) for k in range(n_states)], n=50)
    names = ["bulk", "sub-surface", "valley", "face", "edge", "fast", "vertex", "rosette", "defect"][:n_states]
    ax = plots.plot_map(points, labels, table_of_names(names))
    marks = {text.get_text() for text in ax.texts}
    listed = [text.get_text() for text in ax.get_legend().get_texts()]
    if n_states == MAX_STATES_BY_COLOR:
        assert not marks and listed == names
    else:
        assert marks == set("012345678") and listed == [f"{k} {name}" for k, name in enumerate(names)]


@pytest.mark.parametrize("legend", [True, False])
def test_map_writes_the_numbers_of_clusters(legend):
    """Micro-clusters are numbered on the map, as in their matrix and dendrogram, with a legend or without."""
    points, labels = hills([(0, 0), (1, 1), (1, 0)])
    ax = plots.plot_map(points, labels, plots.cluster_table(3), legend=legend)
    assert sorted(text.get_text() for text in ax.texts) == ["1", "2", "3"]


def test_noise_has_no_number():
    """Noise is not numbered."""
    points, labels = hills([(0, 0), (1, 1)])
    ax = plots.plot_map(points, labels - 1, plots.cluster_table(1))
    assert [text.get_text() for text in ax.texts] == ["1"]


def test_of_very_many_clusters_the_largest_are_numbered():
    """45 clusters of one point, and one of three: number 46 is written, and 40 in all."""
    labels = np.concatenate([np.arange(45), [45, 45, 45]])
    points = np.stack([labels % 7, labels // 7], axis=1).astype(float)
    ax = plots.plot_map(points, labels, plots.cluster_table(46), legend=False, contours=False)
    written = {text.get_text() for text in ax.texts}
    assert len(written) == 40 and "46" in written
