"""Stability under rotations: a hill with two clusters, naive overlaps, states in more parts, gaps between frames."""

import hdbscan
import numpy as np
import pytest
import xarray as xr
from scipy.cluster.hierarchy import fcluster
from scipy.spatial import cKDTree

from soaplens_lite.kinetics import transition_counts
from soaplens_lite.states import (
    NoClusterError,
    best_overlaps,
    cluster,
    exchange_distances,
    from_tree,
    hdbscan_hard,
    hdbscan_leaves,
    hdbscan_soft,
    label_clusters,
    merge_clusters,
    merge_states,
    overlap,
    random_rotations,
    recounted_linkage,
    stability,
    to_tree,
    with_stability,
)

pytestmark = pytest.mark.slow  # clusters thousands of points many times

PUBLISHED = {"min_cluster_size": 20}
LEAVES = {"min_leaf_size": 60, "min_samples": 20}


@pytest.fixture(scope="module")
def hill():
    """3000 points of a broad hill and two clusters of 250 on its sides, shape (3500, 3)."""
    rng = np.random.default_rng(1)
    broad = rng.normal(0, 1, (3000, 3))
    clusters = [rng.normal([side, 0, 0], 0.35, (250, 3)) for side in (1.6, -1.6)]
    return rng.permutation(np.concatenate([broad, *clusters]))


@pytest.fixture(scope="module")
def points(hill):
    """The hill as scores of 50 atoms in 70 frames."""
    coords = {"frame": np.arange(70), "time": ("frame", np.arange(70) / 2), "atom": np.arange(50)}
    return xr.DataArray(hill.reshape(70, 50, 3), dims=("frame", "atom", "component"), coords=coords)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A cache."""
    return tmp_path_factory.mktemp("cache")


def reference(points, folder, **how):
    """States of the points, none of them merged."""
    clusters = label_clusters(cluster(points, n_jobs=1, cache_folder=folder, **how), points, points[..., 0])
    return merge_states(clusters, points[..., 0], cut=None)


# ------------------------------------------------------------------------------------------------ the effect


def test_the_published_clustering_depends_on_the_axes(points, folder):
    """The approximate tree gives two or three clusters of the same points: one of three is not always found again."""
    turned = points.copy(data=points.values @ random_rotations(3, 1)[0])
    states = reference(turned, folder, **PUBLISHED)
    found = stability(points, states, cut=None, n_rotations=6, n_jobs=1, cache_folder=folder, **PUBLISHED)
    assert found.clustering.values.tolist() == [*(f"rotation {k}" for k in range(1, 7)), "exact tree"]
    assert set(found.n_states.values[:6].tolist()) == {2, 3} and found.attrs["n_rotations"] == 6
    assert len(states.table) == 3 and found.overlap.values[0].tolist() == [1, 1, 1]  # The same rotation.
    assert found.found_again.min() < 0.8 < found.found_again.max()
    np.testing.assert_array_equal(found.n_states, found.n_clusters)


def test_a_turned_sign_is_enough(hill):
    """Three components, eight choices of signs: the number of clusters is not the same in all."""
    signs = np.array(np.meshgrid([1, -1], [1, -1], [1, -1])).reshape(3, 8).T
    approximate = {int(hdbscan_hard(hill * sign, **PUBLISHED).max()) + 1 for sign in signs}
    exact = {int(hdbscan_hard(hill * sign, exact_tree=True, **PUBLISHED).max()) + 1 for sign in signs}
    assert len(approximate) > 1 and len(exact) == 1


def test_the_stable_clustering_does_not_depend_on_the_axes(points, folder):
    """Both clusters every time; points at equal distances make the only difference."""
    how = {"method": "stable", **LEAVES}
    found = stability(
        points, reference(points, folder, **how), cut=None, n_rotations=6, n_jobs=1, cache_folder=folder, **how
    )
    assert found.n_states.values.tolist() == [2] * 6
    assert found.found_again.values.tolist() == [1, 1] and found.overlap.min() > 0.999


@pytest.mark.parametrize("change", ["noise", "turned and back"])
def test_rounding_does_not_matter(hill, change):
    """What a rotation adds to the distances, about 1e-15, is not what changes the clusters."""
    rotation = random_rotations(3, 1, seed=3)[0]
    noise = 1e-12 * np.random.default_rng(0).normal(size=hill.shape)
    changed = {"noise": hill + noise, "turned and back": hill @ rotation @ rotation.T}[change]
    assert not np.array_equal(changed, hill)
    for exact_tree in (False, True):
        labels = [hdbscan_soft(x, exact_tree=exact_tree, **PUBLISHED).labels for x in (hill, changed)]
        assert np.mean(labels[0] != labels[1]) < 0.001
    leaves = [hdbscan_leaves(x, **LEAVES).labels for x in (hill, changed)]
    assert np.mean(leaves[0] != leaves[1]) < 0.001


# ------------------------------------------------------------------------------------------------ its parts


@pytest.mark.parametrize("n_dimensions", [1, 2, 5])
def test_rotations_keep_distances(n_dimensions):
    """Orthogonal, all different, with and without reflection; the first ones do not depend on their number."""
    rotations = random_rotations(n_dimensions, 40, seed=2)
    np.testing.assert_allclose(rotations @ rotations.transpose(0, 2, 1), [np.eye(n_dimensions)] * 40, atol=1e-12)
    assert set(np.linalg.det(rotations).round(9)) == {1, -1}
    np.testing.assert_array_equal(random_rotations(n_dimensions, 3, seed=2), rotations[:3])
    assert abs(rotations.mean(axis=0)).max() < 0.6  # No direction is preferred: QR alone would give a mean of -0.7.


def test_overlaps_are_those_of_a_naive_loop():
    """Points of no group count in no group, and groups may have any number."""
    rng = np.random.default_rng(0)
    labels, expected = rng.integers(-1, 7, 200), rng.integers(-1, 3, 200)
    naive = [max(overlap(labels == k, expected == state) for k in range(7)) for state in range(3)]
    np.testing.assert_allclose(best_overlaps(labels, expected, 3), naive)
    assert best_overlaps(np.full(200, -1), expected, 3).tolist() == [0, 0, 0]


def test_merging_is_that_of_find_states(points, folder):
    """Numbers and overlaps are those of label_clusters and merge_states on the turned points."""
    how = {"n_jobs": 1, "cache_folder": folder, **PUBLISHED}
    by = points[..., 0]
    states = merge_states(label_clusters(cluster(points, **how), points, by), by)
    found = stability(points, states, n_rotations=2, seed=4, **how)
    for name, rotation in zip(found.clustering.values, random_rotations(3, 2, seed=4), strict=False):
        turned = points.copy(data=points.values @ rotation)
        other = merge_states(label_clusters(cluster(turned, **how), turned, by), by)
        assert int(found.n_states.sel(clustering=name)) == len(other.table)
        for k, state in enumerate(states.table["name"]):
            best = max(overlap(states.labels == k, other.labels == j) for j in range(len(other.table)))
            assert float(found.overlap.sel(clustering=name, state=state)) == pytest.approx(best)


def test_a_rotation_without_clusters_finds_nothing_again(points, folder, monkeypatch):
    """Overlap 0 and no state; the other rotations count."""
    states = reference(points, folder, **PUBLISHED)

    def sometimes(samples, **how):
        if ("", "rotation 2") in samples:
            raise NoClusterError("no cluster")
        return cluster(samples, **how)

    monkeypatch.setattr("soaplens_lite.states._stability.cluster", sometimes)
    found = stability(points, states, cut=None, n_rotations=2, n_jobs=1, cache_folder=folder, **PUBLISHED)
    assert found.n_states.values[1] == 0
    assert found.overlap.values[1].tolist() == [0] * len(states.table)
    assert found.found_again.max() == 0.5


def test_several_points_are_compared_at_once(points, folder):
    """Each with the settings of its own: the same as one after the other."""
    small = points.isel(frame=slice(40))
    data = {"all": points, "some": small}
    sizes = {"all": 20, "some": 12}
    states = {name: reference(values, folder, min_cluster_size=sizes[name]) for name, values in data.items()}
    how = {"cut": None, "n_rotations": 2, "n_jobs": 1, "cache_folder": folder}
    together = stability(data, states, min_cluster_size=sizes, **how)
    assert list(together) == list(data)
    for name, values in data.items():
        assert together[name].identical(stability(values, states[name], min_cluster_size=sizes[name], **how))
    with pytest.raises(ValueError, match="min_cluster_size = .*must have a value for 'some'"):
        stability(data, states, min_cluster_size={"all": 20}, **how)


def test_tables_tell_it_and_are_stored(points, folder):
    """Found again in how many of how many, in both tables, also after a way through a tree."""
    states = reference(points, folder, method="stable", **LEAVES)
    how = {"method": "stable", "n_jobs": 1, "cache_folder": folder, **LEAVES}
    extended = with_stability(states, stability(points, states, cut=None, n_rotations=3, **how))
    back = from_tree(to_tree(extended))
    for table in (extended.table, extended.clusters.table, back.table, back.clusters.table):
        assert table["found_again"].tolist() == [3, 3] and table["n_rotations"].tolist() == [3, 3]
        assert table["mean_overlap"].min() > 0.999
    assert "found_again" not in states.table


def test_other_points_are_refused(points, folder):
    """Frames or atoms that the reference does not have, and states without clusters."""
    states = reference(points, folder, **PUBLISHED)
    with pytest.raises(ValueError, match="other frames or atoms"):
        stability(points.isel(frame=slice(1, None)), states)
    with pytest.raises(ValueError, match="no micro-clusters"):
        stability(points, type(states)(states.labels, states.table, states.kinetics))
    with pytest.raises(ValueError, match="n_rotations = 0"):
        stability(points, states, n_rotations=0)


# ------------------------------------------------------------------------------------------------ leaves


def test_leaves_are_those_of_the_library(hill):
    """Leaf clusters of the exact tree; every other point goes to the cluster of its nearest clustered point."""
    settings = {"min_cluster_size": 60, "min_samples": 20, "cluster_selection_method": "leaf"}
    hard = hdbscan.HDBSCAN(approx_min_span_tree=False, algorithm="boruvka_kdtree", **settings).fit(hill).labels_
    found = hdbscan_leaves(hill, **LEAVES)
    nearest = cKDTree(hill[hard >= 0]).query(hill)[1]
    np.testing.assert_array_equal(found.labels, hard[hard >= 0][nearest])
    np.testing.assert_array_equal(found.was_noise, hard < 0)
    assert found.n_clusters == 2 and 0 < found.noise < 1
    np.testing.assert_array_equal(found.memberships, np.eye(2)[found.labels])
    same = [hdbscan_leaves(hill, min_samples=60, **size).labels for size in ({}, {"min_leaf_size": 60})]
    np.testing.assert_array_equal(*same)


def test_leaves_refuse_what_they_cannot_use(hill):
    """The name of the argument is that of the function; a single peak has no leaves."""
    with pytest.raises(ValueError, match="min_leaf_size = 1 points"):
        hdbscan_leaves(hill, min_leaf_size=1)
    with pytest.raises(ValueError, match="no cluster: .* min_leaf_size = 3000"):
        hdbscan_leaves(hill, min_leaf_size=3000)


# ------------------------------------------------------------------------------------------------ merging


def chain(n_states, stay):
    """Probabilities of a chain of states: an atom stays, or moves to a neighbor."""
    matrix = stay * np.eye(n_states) + (1 - stay) / 2 * (np.eye(n_states, k=1) + np.eye(n_states, k=-1))
    return matrix / matrix.sum(axis=1, keepdims=True)


def divided(counts, parts):
    """Every state divided into a number of parts, between which atoms move at random."""
    state = np.repeat(np.arange(len(counts)), parts)
    return counts[np.ix_(state, state)] / np.multiply.outer(np.array(parts)[state], np.array(parts)[state]), state


@pytest.mark.parametrize("n_clusters", [3, 7, 20])
def test_the_published_cut_depends_on_the_number_of_clusters(n_clusters):
    """Two rows are nearer than 1 if and only if their product exceeds one by the number of clusters."""
    rows = np.random.default_rng(0).dirichlet(np.full(n_clusters, 0.5), n_clusters)
    nearer = exchange_distances(rows) < 1
    products = (rows @ rows.T)[np.triu_indices(n_clusters, k=1)]
    np.testing.assert_array_equal(nearer, products > 1 / n_clusters)
    assert n_clusters == 3 or 0 < nearer.mean() < 1


@pytest.mark.parametrize("parts", [[1] * 7, [5] * 7, [9, 1, 1, 1, 1, 1, 1], [1, 2, 3, 4, 3, 2, 1]])
def test_recounting_does_not_depend_on_how_finely_states_are_divided(parts):
    """Seven states in a chain stay seven, in however many parts."""
    counts, state = divided(1000 * chain(7, 0.9), parts)
    assert merge_clusters(counts, recount=True)[0].tolist() == state.tolist()


def test_the_published_merging_depends_on_it():
    """Nine parts of the first state, and neighbors at the other end of the chain are one: 2 * 0.9 * 0.05 > 1 / 15."""
    counts, _ = divided(1000 * chain(7, 0.9), [9, 1, 1, 1, 1, 1, 1])
    assert len(set(merge_clusters(1000 * chain(7, 0.9))[0])) == 7
    assert len(set(merge_clusters(counts)[0])) < 7


def test_recounted_linkage_by_hand():
    """After 0 and 1 are one cluster, the distance to 2 is that of the added counts; heights never fall."""
    counts = np.array([[50, 40, 10], [45, 50, 5], [10, 5, 85]])
    tree = recounted_linkage(counts)
    first = 1 - np.corrcoef(counts[0], counts[1])[0, 1]
    assert tree[0].tolist() == pytest.approx([0, 1, first, 2])
    assert tree[1].tolist() == pytest.approx([2, 3, 2, 3])  # Rows (185, 15) and (15, 85): opposite.
    rng = np.random.default_rng(1)
    for _ in range(20):
        counts = rng.integers(0, 50, (8, 8))
        tree = recounted_linkage(counts)
        assert np.all(np.diff(tree[:, 2]) >= 0) and tree[-1, 3] == 8
        mapping, _ = merge_clusters(counts, cut=0.7, recount=True)
        groups = fcluster(tree, 0.7, "distance")
        assert len({*zip(mapping, groups, strict=True)}) == len(set(groups))
        merged = np.array(
            [[counts[np.ix_(mapping == a, mapping == b)].sum() for b in set(mapping)] for a in set(mapping)]
        )
        again, _ = merge_clusters(merged, cut=0.7, recount=True)
        assert len(set(again)) == len(merged)  # What is merged stays as it is.


@pytest.mark.parametrize("counts", [np.zeros((0, 0)), np.ones((1, 1))])
def test_one_cluster_has_no_merge(counts):
    """An empty tree."""
    assert recounted_linkage(counts).shape == (0, 4)


def test_transitions_do_not_span_gaps(labelled):
    """Pairs of frames: only the passages within the pairs count."""
    labels = labelled(np.array([[0], [1], [0], [1], [0], [1]]), frame=[0, 1, 5, 6, 10, 11])
    assert transition_counts(labels, 2).tolist() == [[0, 3], [0, 0]]
    assert transition_counts(labelled(labels.values, frame=[0, 5, 10, 15, 20, 25]), 2).tolist() == [[0, 3], [2, 0]]


def test_settings_that_are_not_allowed_are_no_lack_of_clusters(points, folder):
    """A wrong method or size is an error, and not a state that no rotation finds again."""
    states, how = reference(points, folder, **PUBLISHED), {"n_rotations": 1, "n_jobs": 1, "cache_folder": folder}
    for wrong, named in (
        ({"method": "nonsense"}, "method = 'nonsense'"),
        ({"min_cluster_size": 1}, "min_cluster_size = 1"),
    ):
        with pytest.raises(ValueError, match=named):
            stability(points, states, **how, **wrong)
