"""DBSCAN by the usual rules: the knee by hand, clusters and noise where they are known."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from soaplens_lite.states import dbscan, knee


def test_the_knee_by_hand():
    """Of 0, 1, 2, 10 the line from end to end is at 0, 3.3, 6.7, 10: farthest below it is 2, in any order."""
    assert knee(np.array([10.0, 0.0, 2.0, 1.0])) == 2
    assert knee(np.array([3.0, 3.0])) == 3
    # 6, 6, 12, 20: the line is at 6, 10.7, 15.3, 20, so that the second 6 is farthest below, not 12.
    assert knee(np.array([6.0, 6.0, 12.0, 20.0])) == 6


@pytest.mark.parametrize("seed", range(4))
def test_the_rules_in_plain_loops(seed):
    """Four neighbors in two dimensions, the point itself one of them; all distances, sorted; and scikit-learn."""
    points = np.random.default_rng(seed).normal(0, [1, 3], (60, 2))
    fourth = np.array([sorted(np.linalg.norm(points - point, axis=1))[3] for point in points])
    expected = DBSCAN(eps=knee(fourth) * (1 + 1e-12), min_samples=4, algorithm="brute").fit_predict(points)
    assert dbscan(points).tolist() == expected.tolist()
    assert {-1, 0} <= set(expected.tolist())


@pytest.mark.parametrize("seed", range(3))
def test_two_clusters_and_what_lies_between(seed):
    """Two clusters far apart are two clusters, nearly whole; points that are strewn between them are noise."""
    rng = np.random.default_rng(seed)
    clusters = [rng.normal(center, 1, (400, 3)) for center in (0, 40)]
    found = dbscan(np.concatenate([*clusters, rng.uniform(8, 32, (12, 3))]))
    parts = found[:400], found[400:800]
    assert {label for part in parts for label in part} - {-1} == {0, 1}
    assert all(np.mean(part == label) > 0.9 for label, part in enumerate(parts))
    assert set(found[800:]) == {-1}


def test_a_thin_cluster_is_lost_beside_a_dense_one():
    """One density for all: what is ten times as wide and has a tenth of the points is noise."""
    rng = np.random.default_rng(0)
    found = dbscan(np.concatenate([rng.normal(0, 1, (2000, 3)), rng.normal(80, 10, (200, 3))]))
    assert np.mean(found[:2000] == 0) > 0.9 and np.mean(found[2000:] == -1) > 0.9
