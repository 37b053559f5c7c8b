"""Clusters: blobs, points without usable memberships, the library called directly, and k-means of a scalar."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from itertools import combinations

import hdbscan
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KDTree

from soaplens_lite.states import (
    Clustering,
    assign_softly,
    cluster,
    gmm,
    hdbscan_hard,
    hdbscan_soft,
    kmeans,
    kmeans_classes,
)
from soaplens_lite.states import _cluster as side_by_side
from soaplens_lite.states import _clustering as module
from soaplens_lite.states import _depth_first as search

pytestmark = pytest.mark.slow

PLACES = np.array([[0.0, 0, 0], [8, 0, 0], [0, 8, 3]])


def blobs(sizes=(60, 50, 40), spread=0.6, seed=0, stray=15):
    """Round clouds of points far from each other, and stray points between; returns points and clouds (-1: stray)."""
    rng = np.random.default_rng(seed)
    points = [rng.normal(place, spread, (size, 3)) for place, size in zip(PLACES, sizes, strict=False)]
    cloud = np.repeat([*range(len(points)), -1], [*map(len, points), stray])
    order = rng.permutation(len(cloud))
    return np.concatenate([*points, rng.uniform(-3, 11, (stray, 3))])[order], cloud[order]


def same_partition(labels, others):
    """Whether two labellings group the points alike, whatever the numbers are."""
    pairs = {(int(a), int(b)) for a, b in zip(labels, others, strict=True)}
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def equal(one, other):
    """Whether two clusterings are the same in every field."""
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name), equal_nan=field.name == "memberships")
        for field in fields(Clustering)
    )


# ------------------------------------------------------------------------------------------------- HDBSCAN


def test_finds_the_clouds():
    """Three clouds, three clusters; stray points are shared out among them by their memberships."""
    points, cloud = blobs()
    result = hdbscan_soft(points, min_cluster_size=20)
    assert result.n_clusters == 3 and set(result.labels) == {0, 1, 2}
    assert same_partition(result.labels[cloud >= 0], cloud[cloud >= 0])
    assert result.labels.shape == (165,) and result.memberships.shape == (165, 3)
    assert result.memberships.min() >= 0 and result.memberships.sum(axis=1).max() < 1 + 1e-5
    inside = result.memberships.sum(axis=1)  # The probability of being in any cluster.
    assert inside[cloud == -1].mean() < inside[cloud >= 0].mean() - 0.1
    np.testing.assert_array_equal(result.labels, result.memberships.argmax(axis=1))
    assert 0 < result.noise < 0.5 and result.n_nearest == 0


@pytest.mark.parametrize("exact_tree", [False, True])
@pytest.mark.parametrize("min_samples", [None, 5])
def test_is_the_library_with_soft_labels(exact_tree, min_samples, monkeypatch):
    """The library called directly: excess of mass, its own min_samples, the tree that was asked for, argmax for all."""
    points, _ = blobs(spread=1.3, seed=3, stray=40)
    model = hdbscan.HDBSCAN(
        min_cluster_size=15, min_samples=min_samples, approx_min_span_tree=not exact_tree, prediction_data=True
    ).fit(points)
    asked, library = [], hdbscan.HDBSCAN

    def recorded(**settings):
        asked.append(settings)
        return library(**settings)

    monkeypatch.setattr(hdbscan, "HDBSCAN", recorded)
    result = hdbscan_soft(points, min_cluster_size=15, min_samples=min_samples, exact_tree=exact_tree)
    memberships = hdbscan.all_points_membership_vectors(model)
    usable = memberships.sum(axis=1) > 0  # False for NaN.
    np.testing.assert_array_equal(result.labels[usable], memberships[usable].argmax(axis=1))
    assert usable.mean() > 0.9 and result.n_nearest == (~usable).sum()
    np.testing.assert_array_equal(result.memberships, memberships.astype(np.float32))
    assert result.noise == pytest.approx(np.mean(model.labels_ == -1)) and result.noise > 0
    assert len(asked) == 1 and asked[0]["approx_min_span_tree"] is not exact_tree
    assert asked[0].get("cluster_selection_method", "eom") == "eom" and asked[0]["min_samples"] == min_samples


def naive_core_distances(points, k):
    """Distance to the k-th neighbor, from all distances; sums in the order of the components."""
    squares = np.zeros((len(points), len(points)))
    for component in points.T:
        squares += (component[:, None] - component) ** 2
    return np.sqrt(np.sort(squares, axis=1)[:, k])


def trial_points(n_components, kind):
    """260 points in three clouds; duplicated: 130 points twice; lattice: rounded, with many equal distances."""
    rng = np.random.default_rng(n_components)
    clouds = [rng.normal(center, 1, (n, n_components)) for center, n in ((0, 100), (4, 90), (9, 70))]
    points = rng.permutation(np.concatenate(clouds))
    if kind == "duplicated":
        return rng.permutation(np.concatenate([points[:130], points[:130]]))
    return np.round(points * 2) / 2 if kind == "lattice" else points


@pytest.mark.parametrize("n_components", range(2, 13))
@pytest.mark.parametrize("kind", ["distinct", "duplicated", "lattice"])
def test_labels_are_those_of_the_plain_library(n_components, kind, monkeypatch):
    """Labels and the whole tree are equal, with small blocks and two threads too."""
    monkeypatch.setattr(search, "POINTS_PER_BLOCK", 60)
    points = trial_points(n_components, kind)
    for size, exact_tree in ((5, False), (12, True), (30, False), (80, False)):
        how = {"algorithm": "boruvka_kdtree", "core_dist_n_jobs": 1, "approx_min_span_tree": not exact_tree}
        model = hdbscan.HDBSCAN(min_cluster_size=size, **how)
        with np.errstate(all="ignore"):
            plain = model.fit(points).labels_
            tree = model.single_linkage_tree_.to_numpy()
            with search.depth_first_search(2) as replaced:
                same = hdbscan.HDBSCAN(min_cluster_size=size, **how).fit(points)
        assert replaced
        np.testing.assert_array_equal(same.labels_, plain)
        np.testing.assert_array_equal(same.single_linkage_tree_.to_numpy(), tree)
        hard = hdbscan_hard(points, min_cluster_size=size, exact_tree=exact_tree, n_jobs=2)
        assert same_partition(hard, plain) and np.array_equal(hard < 0, plain < 0)


@pytest.mark.parametrize("n_components", range(2, 13))
def test_neighbors_are_those_of_the_library(n_components, monkeypatch):
    """All columns, to the last bit: as hdbscan asks scikit-learn, and the last one by the definition."""
    monkeypatch.setattr(search, "POINTS_PER_BLOCK", 60)
    points = trial_points(n_components, "distinct")
    as_asked = {"dualtree": True, "breadth_first": True}
    expected = KDTree(points).query(points, 9, **as_asked)
    tree = search.DepthFirstTree(points)
    assert tree._query_depth_first(points, 9) is not None
    for found, wanted in zip(tree.query(points, 9, **as_asked), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    np.testing.assert_allclose(expected[0][:, -1], naive_core_distances(points, 8), rtol=1e-14)


@pytest.mark.parametrize("kind", ["duplicated", "lattice"])
def test_ties_are_left_to_the_library(kind):
    """The order of neighbors at equal distances depends on the search: the query goes on as it was asked."""
    points = trial_points(3, kind)
    tree = search.DepthFirstTree(points)
    assert tree._query_depth_first(points, 9) is None
    as_asked = {"dualtree": True, "breadth_first": True}
    for found, wanted in zip(
        tree.query(points, 9, **as_asked), KDTree(points).query(points, 9, **as_asked), strict=True
    ):
        np.testing.assert_array_equal(found, wanted)


def test_a_tie_with_the_next_neighbor_is_seen():
    """From 0, both 1 and -1 are nearest: one neighbor more than the one asked for shows it."""
    points = np.array([[0.0], [1.0], [-1.0], [5.0], [9.5]])
    assert search.DepthFirstTree(points)._query_depth_first(points, 2) is None


def test_hdbscan_asks_our_search_once(monkeypatch):
    """If the library asked elsewhere, clusterings would be right and slow: this test tells."""
    points, _ = blobs()
    asked, query = [], search.DepthFirstTree.query

    def counted(self, points, k, **settings):
        asked.append((len(points), k))
        return query(self, points, k, **settings)

    monkeypatch.setattr(search.DepthFirstTree, "query", counted)
    hdbscan_soft(points, min_cluster_size=20)
    assert asked == [(len(points), 21)]
    assert hdbscan.hdbscan_.KDTree is KDTree  # Nothing is left changed.


@pytest.mark.parametrize("unknown", ["0.8.43", "0.9.0", "1.0"])
def test_other_versions_of_hdbscan_are_used_as_they_are(unknown, monkeypatch):
    """Nothing is replaced, and the result is the same."""
    points, _ = blobs()
    expected = hdbscan_soft(points, min_cluster_size=20)
    monkeypatch.setattr(search, "version", lambda _: unknown)
    with search.depth_first_search() as replaced:
        assert not replaced and hdbscan.hdbscan_.KDTree is KDTree
    assert equal(hdbscan_soft(points, min_cluster_size=20), expected)


def test_published_defaults():
    """min_cluster_size 80, min_samples the same, the approximate tree."""
    points, _ = blobs(sizes=(200, 150, 120))
    assert equal(hdbscan_soft(points), hdbscan_soft(points, min_cluster_size=80, min_samples=80, exact_tree=False))


def test_rows_without_memberships_go_to_the_nearest_cluster(monkeypatch):
    """The library gives NaN and zero rows: those points, and no others, take the label of the nearest clustered one."""
    points, cloud = blobs()
    library = hdbscan.all_points_membership_vectors
    chosen = [int(np.flatnonzero(cloud == k)[3]) for k in (0, 1, 2)]

    def broken(model):
        memberships = library(model)
        memberships[chosen[:2]], memberships[chosen[2]] = np.nan, 0
        return memberships

    whole = hdbscan_soft(points, min_cluster_size=20)
    monkeypatch.setattr(hdbscan, "all_points_membership_vectors", broken)
    result = hdbscan_soft(points, min_cluster_size=20)
    assert result.n_nearest == 3
    np.testing.assert_array_equal(result.labels, whole.labels)  # Nearest in its cloud, so nothing else comes out.
    assert len(set(result.labels[chosen])) == 3  # Not all cluster 0, as argmax of NaN would say.
    assert np.isnan(result.memberships[chosen[:2]]).all()


def test_nearest_by_hand():
    """
    Clusters at 0, 1 and at 9, 10; four points with useless rows at 2, 6, 8 (noise) and 9 (clustered).

    From 2 the nearest clustered point is 1 (cluster 0); from 6 it is 9; from 8 it is 9; 9 itself is in cluster 1.
    """
    points = np.array([0.0, 1, 9, 10, 2, 6, 8])[:, None]
    hard = np.array([0, 0, 1, 1, -1, -1, -1])
    nan, zero = [np.nan, np.nan], [0.0, 0.0]
    memberships = np.array([[0.8, 0.2], [0.3, 0.7], nan, [0.1, 0.9], nan, zero, [np.nan, 0.5]])
    labels, n_nearest = assign_softly(points, hard, memberships)
    assert labels.tolist() == [0, 1, 1, 1, 0, 1, 1]  # The point at 1 follows its memberships, not its hard label.
    assert n_nearest == 4


@given(seed=st.integers(0, 10**6), share=st.floats(0, 1))
def test_nearest_in_plain_loops(seed, share):
    """Random points and rows: argmax where there is one, otherwise the label of the closest clustered point."""
    rng = np.random.default_rng(seed)
    points, hard = rng.normal(size=(40, 2)), rng.integers(-1, 3, 40)
    hard[:3] = [0, 1, 2]
    memberships = rng.uniform(size=(40, 3))
    lost = rng.random(40) < share
    memberships[lost] = np.where(rng.random((lost.sum(), 1)) < 0.5, np.nan, 0.0)
    labels, n_nearest = assign_softly(points, hard, memberships)
    for k in range(40):
        if lost[k]:
            others = [(np.hypot(*(points[j] - points[k])), hard[j]) for j in range(40) if hard[j] >= 0]
            assert labels[k] == min(others)[1]
        else:
            assert labels[k] == max(range(3), key=lambda cluster, row=memberships[k]: row[cluster])
    assert n_nearest == lost.sum()


def test_all_noise_says_what_to_change():
    """One cloud of 100 points cannot be split into two of 60: no cluster at all."""
    points = np.random.default_rng(0).normal(size=(100, 2))
    with pytest.raises(ValueError, match="no cluster: all 100 points are noise with min_cluster_size = 60: lower it"):
        hdbscan_soft(points, min_cluster_size=60)


@pytest.mark.parametrize("size", [101, 1, 0, -5])
def test_min_cluster_size_out_of_range(size, monkeypatch):
    """More than there are points, or no group: refused before the library starts."""
    monkeypatch.setattr(hdbscan, "HDBSCAN", None)
    with pytest.raises(ValueError, match=f"min_cluster_size = {size} points: must be at least 2 and at most 100"):
        hdbscan_soft(np.zeros((100, 2)), min_cluster_size=size)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_points_must_be_finite(bad):
    """One bad number in one point."""
    points, _ = blobs()
    points[5, 1] = bad
    with pytest.raises(ValueError, match="not all finite"):
        hdbscan_soft(points, min_cluster_size=20)


def test_input_is_not_changed_and_may_be_read_only():
    """Worker processes get read-only maps of float32 or float64."""
    points, _ = blobs()
    points.flags.writeable = False
    before = points.copy()
    expected = hdbscan_soft(before, min_cluster_size=20)
    assert equal(hdbscan_soft(points, min_cluster_size=20), expected)
    np.testing.assert_array_equal(points, before)
    assert hdbscan_soft(points.astype(np.float32), min_cluster_size=20).n_clusters == 3


# ------------------------------------------------------------------------------------------- side by side


def test_side_by_side_equals_one_by_one(tmp_path, monkeypatch):
    """Two processes give what one call after the other gives, in the given order; the second call computes nothing."""
    samples = {"joint": blobs(seed=1)[0], "alone": blobs(seed=2, sizes=(60, 50))[0]}
    settings = {"min_cluster_size": 20, "cache_folder": tmp_path}
    together = cluster(samples, n_jobs=2, **settings)
    assert list(together) == ["joint", "alone"]
    for name, points in samples.items():
        assert equal(together[name], hdbscan_soft(points, min_cluster_size=20))
    assert together["joint"].n_clusters == 3 and together["alone"].n_clusters == 2

    def refuse(*_, **__):
        raise AssertionError("computed again")

    monkeypatch.setattr(side_by_side, "hdbscan_soft", refuse)
    again = cluster(dict(reversed(samples.items())), n_jobs=1, **settings)
    assert list(again) == ["alone", "joint"]
    for name in samples:
        assert equal(again[name], together[name])
        assert isinstance(again[name].n_clusters, int) and isinstance(again[name].n_nearest, int)


def test_what_matters_is_computed_again(tmp_path, monkeypatch):
    """Other points, another order of them, or other settings."""
    points, computed = blobs()[0], []
    compute = side_by_side.hdbscan_soft

    def counted(*arguments, **settings):
        computed.append(settings)
        return compute(*arguments, **settings)

    monkeypatch.setattr(side_by_side, "hdbscan_soft", counted)

    def n_computed(values, **settings):
        cluster({"a": values}, n_jobs=1, cache_folder=tmp_path, **settings)
        return len(computed)

    assert n_computed(points, min_cluster_size=20) == 1
    assert n_computed(points.copy(), min_cluster_size=20) == 1
    assert n_computed(points, min_cluster_size=21) == 2
    assert n_computed(points, min_cluster_size=20, exact_tree=True) == 3
    assert n_computed(points[::-1], min_cluster_size=20) == 4
    moved = points.copy()
    moved[-1, -1] += 1e-3
    assert n_computed(moved, min_cluster_size=20) == 5


def test_the_same_points_under_two_names_are_clustered_once(tmp_path, monkeypatch):
    """And both names get the result."""
    points, compute, computed = blobs()[0], side_by_side.hdbscan_soft, []
    monkeypatch.setattr(
        side_by_side, "hdbscan_soft", lambda *given, **how: computed.append(1) or compute(*given, **how)
    )
    samples = {"a": points, "b": points.copy(), "c": points[::-1]}
    found = cluster(samples, n_jobs=1, cache_folder=tmp_path, min_cluster_size=20)
    assert len(computed) == 2 and equal(found["a"], found["b"]) and list(found) == ["a", "b", "c"]


def test_two_processes_that_want_the_same_clustering_take_turns(tmp_path, monkeypatch):
    """The second one waits at the lock of the cache, and finds it done."""
    points, calls = np.random.default_rng(0).normal(size=(40, 2)), []
    settings = {"method": "kmeans", "n_components": 2, "n_jobs": 1, "cache_folder": tmp_path}
    plain = cluster(points, **settings).labels
    for path in tmp_path.glob("*.npz"):
        path.unlink()
    compute = side_by_side._compute

    def slow(missing, *others):
        calls.append(len(missing))
        time.sleep(0.3)
        compute(missing, *others)

    monkeypatch.setattr(side_by_side, "_compute", slow)
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda _: cluster(points, **settings).labels, range(2)))
    assert sorted(calls) == [0, 1]
    assert all(np.array_equal(labels, plain) for labels in found)


def test_side_by_side_errors(tmp_path, monkeypatch):
    """What is wrong with one set of points is said; an unwritable folder is found before the work."""
    with pytest.raises(ValueError, match="min_cluster_size = 500 points"):
        cluster({"a": blobs()[0]}, n_jobs=1, cache_folder=tmp_path, min_cluster_size=500)
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(side_by_side, "hdbscan_soft", None)
    with pytest.raises(OSError, match="cannot be written to"):
        cluster({"a": blobs()[0]}, n_jobs=1, cache_folder=tmp_path / "file" / "x", min_cluster_size=20)


def test_mixtures_side_by_side_are_kept_too(tmp_path, monkeypatch):
    """They are those of one call after the other, come from the disk the second time, and depend on the seed."""
    samples = {name: np.random.default_rng(seed).normal(size=(300, 2)) for seed, name in enumerate(("soap", "joint"))}
    settings = {"method": "gmm", "n_components": 2, "n_starts": 1, "cache_folder": tmp_path}
    together = cluster(samples, n_jobs=2, **settings)
    for name, points in samples.items():
        alone = gmm(points, 2, n_starts=1)
        np.testing.assert_array_equal(together[name].labels, alone.labels)
        np.testing.assert_allclose(together[name].memberships, alone.memberships, atol=1e-6)
    monkeypatch.setattr(side_by_side, "gmm", None)  # A call would fail.
    again = cluster(samples, n_jobs=1, **settings)
    assert all(equal(again[name], together[name]) for name in samples)
    with pytest.raises(TypeError, match="not callable"):
        cluster(samples, n_jobs=1, seed=1, **settings)


def test_a_mixture_that_does_not_converge_leaves_nothing_on_disk(tmp_path):
    """The error of one of them is said as it is, and is not taken for a result the next time."""
    samples = {"soap": np.random.default_rng(0).normal(size=(500, 2))}
    for _ in range(2):
        with pytest.raises(RuntimeError, match="not converged within max_steps = 1: raise it, ask for fewer"):
            settings = {"method": "gmm", "n_components": 3, "max_steps": 1}
            cluster(samples, n_jobs=1, cache_folder=tmp_path, **settings)
    assert not list(tmp_path.glob("*.npz"))


def test_one_set_of_samples_gives_one_clustering(tmp_path):
    """Scores (frame, atom, component) are clustered as their samples; the cached file is the same."""
    points = blobs()[0]
    settings = {"min_cluster_size": 20, "cache_folder": tmp_path, "n_jobs": 1}
    scores = xr.DataArray(points.reshape(15, 11, 3), dims=("frame", "atom", "component"))
    one = cluster(points, **settings)
    assert equal(one, hdbscan_soft(points, min_cluster_size=20, n_jobs=2))
    assert equal(cluster(scores, **settings), one) and equal(cluster({"a": scores}, **settings)["a"], one)
    assert len(list(tmp_path.glob("*.npz"))) == 1


def test_an_unknown_method_is_refused():
    """With those that there are."""
    with pytest.raises(ValueError, match="method = 'spectral': must be one of hdbscan, stable, gmm, kmeans"):
        cluster({}, method="spectral")
    with pytest.raises(ValueError, match="n_jobs = -2: must be a whole number of processes"):
        cluster({}, n_jobs=-2)


# ------------------------------------------------------------------------------------------------- k-means


def test_kmeans_by_hand():
    """Means 0.05, 0.55 and 0.95: thresholds in the middle between them, 0.3 and 0.75."""
    values = np.array([0.5, 0.0, 0.9, 1.0, 0.1, 0.6])
    labels, thresholds = kmeans_classes(values, 3)
    assert labels.tolist() == [1, 0, 2, 2, 0, 1]
    np.testing.assert_allclose(thresholds, [0.3, 0.75])


def naive_inertia(values, cuts):
    """Sum of squared distances to the means of consecutive groups of sorted values."""
    groups = np.split(values, cuts)
    return sum(np.sum((group - group.mean()) ** 2) for group in groups)


@pytest.mark.parametrize("seed", range(5))
def test_kmeans_is_the_best_of_all_splits(seed):
    """Separated values: of all ways to cut the sorted values into three, the classes have the least spread."""
    rng = np.random.default_rng(seed)
    values = np.sort(np.concatenate([rng.normal(place, 0.04, 9) for place in (0.1, 0.4, 0.9)]))
    best = min(combinations(range(1, 27), 2), key=lambda cuts: naive_inertia(values, list(cuts)))
    order = rng.permutation(27)
    labels, thresholds = kmeans_classes(values[order], 3, seed=seed)
    expected = np.repeat([0, 1, 2], np.diff([0, *best, 27]))
    np.testing.assert_array_equal(labels, expected[order])
    means = [values[expected == k].mean() for k in range(3)]
    np.testing.assert_allclose(thresholds, [(means[0] + means[1]) / 2, (means[1] + means[2]) / 2])


def test_kmeans_classes_rise_and_depend_on_the_seed_alone():
    """Class numbers rise with the value for any seed; the same seed gives the same answer."""
    values = np.random.default_rng(0).beta(0.5, 3, 500)
    for seed in range(3):
        labels, thresholds = kmeans_classes(values, 4, seed=seed)
        assert (np.diff(labels[np.argsort(values)]) >= 0).all() and set(labels) == {0, 1, 2, 3}
        np.testing.assert_array_equal(labels, [np.sum(value >= thresholds) for value in values])
        again, same = kmeans_classes(values, 4, seed=seed)
        np.testing.assert_array_equal(again, labels)
        np.testing.assert_array_equal(same, thresholds)


def test_kmeans_starts_are_seeded():
    """Evenly spaced values have many equally good classes: each seed always finds the same, not all find the same."""
    values = np.arange(50.0)
    found = [[kmeans_classes(values, 8, seed=seed)[0].tolist() for seed in range(8)] for _ in range(2)]
    assert found[0] == found[1]
    assert len({tuple(labels) for labels in found[0]}) > 1


@pytest.mark.parametrize(("method", "library"), [(gmm, "GaussianMixture"), (kmeans, "KMeans")])
def test_all_starts_are_made(method, library, monkeypatch):
    """As many as are asked for, five unless told."""
    asked, original = [], getattr(module, library)

    def counting(*args, **settings):
        asked.append(settings["n_init"])
        return original(*args, **settings)

    monkeypatch.setattr(module, library, counting)
    points = np.random.default_rng(0).normal(size=(40, 2))
    method(points, 2)
    method(points, 2, n_starts=3)
    assert asked == [5, 3]


def test_a_value_at_a_threshold_is_of_the_upper_class(monkeypatch):
    """Means of 0 and 1: from 0.5 on, values are of class 1."""

    class Means:
        cluster_centers_ = np.array([[1.0], [0.0]])

        def __init__(self, **_):
            pass

        def fit(self, _):
            return self

    monkeypatch.setattr(module, "KMeans", Means)
    labels, thresholds = kmeans_classes(np.array([0.0, 0.4999, 0.5, 1.0]), 2)
    assert labels.tolist() == [0, 0, 1, 1] and thresholds.tolist() == [0.5]


def test_more_classes_than_values():
    """Three distinct values, however often: at most three classes."""
    values = np.array([0.0, 0.5, 1.0] * 5)
    assert set(kmeans_classes(values, 3)[0]) == {0, 1, 2}
    with pytest.raises(ValueError, match="4 classes of 3 distinct values: ask for at most 3"):
        kmeans_classes(values, 4)


def test_a_mixture_parts_what_overlaps():
    """Two Gaussians of different width: labels are those of the likelier density, written out here."""
    rng = np.random.default_rng(0)
    samples = np.concatenate([rng.normal(0, 0.5, (3000, 1)), rng.normal(3, 1.5, (3000, 1))])
    found = gmm(samples, 2)
    x = samples[:, 0]
    likelier = np.exp(-(x**2) / (2 * 0.5**2)) / 0.5 > np.exp(-((x - 3) ** 2) / (2 * 1.5**2)) / 1.5
    narrow = found.labels[np.argmin(np.abs(x))]
    assert np.mean((found.labels == narrow) == likelier) > 0.98
    assert likelier[np.argmin(x)] != likelier[np.argmin(np.abs(x))]  # The wide one is found on both sides.
    assert (found.n_clusters, found.noise, found.n_nearest) == (2, 0.0, 0)
    np.testing.assert_allclose(found.memberships.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(found.labels, found.memberships.argmax(axis=1))


def test_a_mixture_is_seeded():
    """The same seed gives the same answer to the last bit, and the seed is used."""
    samples = np.random.default_rng(1).uniform(size=(400, 3))
    first, again = (gmm(samples, 4, seed=2, n_starts=1) for _ in range(2))
    np.testing.assert_array_equal(first.memberships, again.memberships)
    assert any((gmm(samples, 4, seed=s, n_starts=1).labels != first.labels).any() for s in range(3, 8))


def test_a_mixture_that_does_not_converge_says_what_to_change():
    """One step of expectation maximization is too few for overlapping Gaussians."""
    samples = np.random.default_rng(0).normal(size=(500, 2))
    with pytest.raises(RuntimeError, match="not converged within max_steps = 1: raise it, ask for fewer components"):
        gmm(samples, 3, max_steps=1)


@pytest.mark.parametrize("n_components", [0, 3])
def test_a_mixture_needs_as_many_distinct_points(n_components):
    """Of 2000 points only two are distinct, however many there are."""
    samples = np.repeat([[0.0, 1.0], [2.0, 3.0]], 1000, axis=0)
    with pytest.raises(ValueError, match=f"n_components = {n_components}: must be at least 1 and at most 2"):
        gmm(samples, n_components)


def test_a_mixture_refuses_broken_points():
    """A position that is not a number is not clustered."""
    with pytest.raises(ValueError, match="not all finite"):
        gmm(np.array([[0.0], [np.nan]]), 1)


def test_hard_clusters_are_the_library_s_by_size(monkeypatch):
    """The same partition and noise as the library finds, the largest cluster first."""
    points, _ = blobs(spread=1.3, stray=40)
    labels = hdbscan_hard(points, min_cluster_size=15)
    model = hdbscan.HDBSCAN(min_cluster_size=15, algorithm="boruvka_kdtree", core_dist_n_jobs=1).fit(points)
    np.testing.assert_array_equal(labels < 0, model.labels_ < 0)
    pairs = set(zip(labels.tolist(), model.labels_.tolist(), strict=True))
    assert len(pairs) == len(set(labels)) == len(set(model.labels_))
    sizes = np.bincount(labels[labels >= 0])
    assert (np.diff(sizes) <= 0).all() and (labels < 0).any()


def test_where_all_is_noise_hard_clusters_say_so():
    """One hill is no cluster: the soft assignment refuses it, the hard one reports noise."""
    hill = np.random.default_rng(0).normal(size=(300, 2))
    assert set(hdbscan_hard(hill, min_cluster_size=100)) == {-1}
    with pytest.raises(ValueError, match="no cluster"):
        hdbscan_soft(hill, min_cluster_size=100)


def test_a_damaged_file_is_computed_again(tmp_path):
    """Half a file in the cache is no clustering, and no error."""
    points, _ = blobs()
    whole = cluster({"all": points}, min_cluster_size=20, cache_folder=tmp_path, n_jobs=1)["all"]
    (path,) = tmp_path.glob("hdbscan-*.npz")
    path.write_bytes(path.read_bytes()[:200])
    again = cluster({"all": points}, min_cluster_size=20, cache_folder=tmp_path, n_jobs=1)["all"]
    assert equal(whole, again)


def test_kmeans_finds_what_is_nearest_to_two_means():
    """Means are (0.5) and (10.5): 0 and 1 belong to the one, 10 and 11 to the other."""
    found = kmeans(np.array([[0.0], [10.0], [1.0], [11.0]]), 2)
    assert found.labels[0] == found.labels[2] != found.labels[1] == found.labels[3]
    assert (found.n_clusters, found.noise, found.n_nearest) == (2, 0.0, 0)


def test_kmeans_gives_every_sample_to_the_nearest_of_its_means():
    """The definition, on random samples."""
    samples = np.random.default_rng(3).normal(size=(300, 2))
    found = kmeans(samples, 4, seed=1)
    means = np.array([samples[found.labels == k].mean(axis=0) for k in range(4)])
    nearest = np.linalg.norm(samples[:, None] - means, axis=2).argmin(axis=1)
    assert np.array_equal(found.labels, nearest)
    assert np.array_equal(found.memberships.argmax(axis=1), found.labels)


@pytest.mark.parametrize("n_clusters", [0, 3])
def test_kmeans_wants_as_many_distinct_samples_as_clusters(n_clusters):
    """Two distinct ones, here."""
    with pytest.raises(ValueError, match=f"n_components = {n_clusters}: must be from 1 to 2"):
        kmeans(np.array([[1.0], [1.0], [2.0]]), n_clusters)
