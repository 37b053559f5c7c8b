"""States: the merging rule on the published matrices, order, cards and names by hand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from soaplens_lite.descriptors import Features
from soaplens_lite.kinetics import transitions
from soaplens_lite.states import (
    Clustering,
    Clusters,
    exchange_linkage,
    find_states,
    fit_pca,
    from_tree,
    label_clusters,
    lens_classes,
    measure_states,
    merge_clusters,
    merge_states,
    name_states,
    names_by_rules,
    of_kind,
    order_states,
    relabel,
    shares_among_states,
    state_properties,
    to_tree,
)

# Published transition matrices of copper in percent, rows are "from": bulk, sub-surface (2), valley, face, then
# SOAP alone: two parts of the edge;
SOAP_MICRO = [
    [98.1, 1.9, 0.0, 0.0, 0.0, 0.0, 0.0],
    [7.2, 86.6, 5.8, 0.4, 0.0, 0.0, 0.0],
    [0.0, 6.2, 90.4, 3.3, 0.0, 0.0, 0.0],
    [0.2, 0.4, 3.5, 90.2, 5.7, 0.0, 0.0],
    [0.0, 0.0, 0.0, 5.2, 89.5, 4.2, 1.2],
    [0.0, 0.0, 0.0, 0.0, 5.1, 91.4, 3.5],
    [0.0, 0.0, 0.0, 0.0, 10.3, 23.4, 66.3],
]
# the same after the authors merged them by hand;
SOAP_MACRO = [
    [98.1, 1.9, 0.0, 0.0, 0.0, 0.0],
    [7.2, 86.6, 5.8, 0.4, 0.0, 0.0],
    [0.0, 6.2, 90.4, 3.3, 0.0, 0.0],
    [0.2, 0.4, 3.5, 90.2, 5.7, 0.0],
    [0.0, 0.0, 0.0, 5.2, 89.5, 5.3],
    [0.0, 0.0, 0.0, 0.0, 5.8, 94.2],
]
# SOAP and LENS together: edge and the fast state.
JOINT = [
    [98.1, 1.9, 0.0, 0.0, 0.0, 0.0, 0.0],
    [7.4, 86.7, 5.7, 0.2, 0.0, 0.0, 0.0],
    [0.0, 5.8, 90.9, 3.3, 0.0, 0.0, 0.0],
    [0.2, 0.3, 3.4, 90.3, 5.8, 0.0, 0.0],
    [0.0, 0.0, 0.0, 5.1, 89.7, 5.1, 0.0],
    [0.0, 0.0, 0.0, 0.0, 5.7, 94.2, 0.1],
    [0.0, 0.0, 0.0, 0.0, 0.4, 6.4, 93.2],
]


def naive_distance(a, b):
    """Correlation distance, from the definition."""
    a, b = np.asarray(a) - np.mean(a), np.asarray(b) - np.mean(b)
    return 1 - np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))


def naive_merge(matrix, cut):
    """Join the two groups with the least mean distance between their members, as long as that is not above the cut."""
    groups, heights = [{k} for k in range(len(matrix))], []
    while len(groups) > 1:
        distance, i, j = min(
            (np.mean([naive_distance(matrix[a], matrix[b]) for a in groups[i] for b in groups[j]]), i, j)
            for i in range(len(groups))
            for j in range(i)
        )
        heights.append(distance)
        if distance > cut:
            break
        groups[j] |= groups.pop(i)
    return {frozenset(group) for group in groups}, heights


def as_groups(mapping):
    """The clusters of every state."""
    return {frozenset(np.flatnonzero(mapping == state).tolist()) for state in set(mapping.tolist())}


def random_matrix(seed, size):
    """Random transition counts, mostly on and near the diagonal."""
    rng = np.random.default_rng(seed)
    distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    return rng.poisson(200 * 0.25**distance * rng.uniform(0.2, 2, (size, size))) + np.eye(size)


# ------------------------------------------------------------------------------------------------- merging


def test_published_soap_clusters():
    """The cut at 1 merges the two parts of the edge (linkage 0.80) and nothing else (the next is at 1.056)."""
    mapping, tree = merge_clusters(np.array(SOAP_MICRO))
    assert mapping.tolist() == [0, 1, 2, 3, 4, 5, 5]
    assert tree[0, :2].tolist() == [5, 6]
    assert tree[:2, 2].tolist() == pytest.approx([0.80, 1.056], abs=0.005)


def test_published_states_follow():
    """What the authors typed in by hand: columns of the merged clusters add up to their matrix of six states."""
    mapping, _ = merge_clusters(np.array(SOAP_MICRO))
    columns = np.zeros((7, 6))
    for cluster, state in enumerate(mapping):
        columns[:, state] += np.array(SOAP_MICRO)[:, cluster]
    np.testing.assert_allclose(columns[:5], SOAP_MACRO[:5], atol=0.15)  # Each number is rounded to 0.1.
    # The row of the edge is a mean of those of its two parts, weighted by their unpublished populations.
    parts, edge = columns[5:], np.array(SOAP_MACRO[5])
    assert (edge >= parts.min(axis=0) - 0.05).all() and (edge <= parts.max(axis=0) + 0.05).all()


def test_published_joint_clusters():
    """SOAP and LENS: the fast state stays apart from the edge, and so does everything else."""
    mapping, tree = merge_clusters(np.array(JOINT))
    assert mapping.tolist() == list(range(7))
    assert tree[:, 2].min() > 1


def test_cut_by_hand():
    """
    Rows 0 and 1 differ by little, row 2 is far.

    Rows (3, 1, 0) and (1, 3, 0) about their means 4/3: products (5/3)(-1/3) + (-1/3)(5/3) + (4/3)(4/3) = 2/3 over
    25/9 + 1/9 + 16/9 = 14/3 is 1/7, so that the distance is 6/7 = 0.857.
    Rows (3, 1, 0) and (0, 0, 4): (5/3)(-4/3) + (-1/3)(-4/3) + (-4/3)(8/3) = -16/3 over sqrt(14/3 * 32/3).
    """
    matrix = np.array([[3, 1, 0], [1, 3, 0], [0, 0, 4]])
    far = 1 + 16 / 3 / np.sqrt(14 / 3 * 32 / 3)
    np.testing.assert_allclose(exchange_linkage(matrix)[:, 2], [6 / 7, far])
    assert merge_clusters(matrix, cut=0.85)[0].tolist() == [0, 1, 2]
    assert merge_clusters(matrix, cut=0.86)[0].tolist() == [0, 0, 1]
    assert merge_clusters(matrix, cut=2.0)[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("size", [2, 3, 6, 9])
@pytest.mark.parametrize("cut", [0.6, 1.0, 1.3])
def test_naive_average_linkage(size, cut):
    """Random matrices: the groups that plain loops over the definition find."""
    merged = 0
    for seed in range(12):
        matrix = random_matrix(seed, size)
        groups, heights = naive_merge(matrix, cut)
        mapping, tree = merge_clusters(matrix, cut=cut)
        assert as_groups(mapping) == groups
        np.testing.assert_allclose(tree[: len(heights), 2], heights, atol=1e-12)
        merged += len(groups) < size
    assert size <= 3 or 0 < merged


@given(seed=st.integers(0, 10**6), size=st.integers(2, 8), cut=st.floats(0.3, 1.7))
def test_order_and_size_of_clusters_do_not_matter(seed, size, cut):
    """Renumbered clusters merge alike, and so do probabilities in place of counts; states are numbered as they come."""
    matrix = random_matrix(seed, size)
    mapping, tree = merge_clusters(matrix, cut=cut)
    order = np.random.default_rng(seed).permutation(size)
    renumbered, _ = merge_clusters(matrix[np.ix_(order, order)], cut=cut)
    assert as_groups(renumbered) == {
        frozenset(int(np.flatnonzero(order == member)[0]) for member in group) for group in as_groups(mapping)
    }
    probabilities, other = merge_clusters(matrix / matrix.sum(axis=1, keepdims=True), cut=cut)
    np.testing.assert_array_equal(probabilities, mapping)
    np.testing.assert_allclose(other[:, 2], tree[:, 2], atol=1e-12)
    firsts = [mapping.tolist().index(state) for state in range(mapping.max() + 1)]
    assert firsts == sorted(firsts) and firsts[0] == 0


@pytest.mark.parametrize("row", [[np.nan] * 7, [100 / 7] * 7, [0.1] * 7, [0] * 7])
def test_cluster_with_an_undefined_row_stays_alone(row):
    """Never left, or left to everywhere alike: it is like no other, at the largest distance."""
    matrix = np.array(SOAP_MICRO)
    matrix[2] = row
    mapping, tree = merge_clusters(matrix, cut=1.9)
    assert (mapping == mapping[2]).sum() == 1
    assert tree[-1, 2] == 2 and 2 in tree[-1, :2]
    assert merge_clusters(matrix)[0].tolist() == [0, 1, 2, 3, 4, 5, 5]


def test_several_undefined_rows_do_not_merge_with_each_other():
    """Two clusters of which nothing is known are not known to be alike."""
    matrix = np.array(SOAP_MICRO)
    matrix[[0, 3]] = np.nan
    assert len(set(merge_clusters(matrix)[0][[0, 3]])) == 2


def test_single_cluster():
    """Nothing to merge."""
    mapping, tree = merge_clusters(np.array([[5]]))
    assert mapping.tolist() == [0] and tree.shape == (0, 4)


# -------------------------------------------------------------------------------------- order and relabelling


def test_order_by_hand(labelled):
    """Means 7, 12 and 9: falling order is 1, 2, 0; the mean is taken over frames as well as atoms."""
    labels = labelled([[0, 1, 2], [1, 1, 2]], frame=[4, 5], atom=[1, 2, 3])
    values = labelled([[7, 12, 9], [12, 12, 9]], frame=[4, 5], atom=[1, 2, 3])
    assert order_states(labels, values).tolist() == [2, 0, 1]
    assert order_states(labels, values, falling=False).tolist() == [0, 2, 1]
    assert relabel(labels, order_states(labels, values)).values.tolist() == [[2, 0, 1], [0, 0, 1]]


def test_order_of_ties(labelled):
    """States 0 and 2 have the same mean: the more populated one comes first, whichever the direction."""
    labels, values = labelled([[0, 2, 2, 1]]), labelled([[9.0, 9.0, 9.0, 5.0]])
    assert order_states(labels, values).tolist() == [1, 2, 0]
    assert order_states(labels, values, falling=False).tolist() == [2, 0, 1]


def test_values_are_found_by_label(labelled):
    """Coordination numbers of more frames and atoms, in another order: only those of the labels count."""
    labels = labelled([[0, 1], [0, 1]], frame=[10, 11], atom=[30, 20])
    values = labelled([[99, 0, 0], [9, 7, 0], [9, 7, 0], [0, 50, 0]], frame=[9, 10, 11, 12], atom=[20, 30, 40])
    # Atom 30, state 0, has 7; atom 20, state 1, has 9.
    assert order_states(labels, values).tolist() == [1, 0]


@given(seed=st.integers(0, 10**6), n_states=st.integers(1, 5))
def test_order_in_plain_loops(seed, n_states, labelled):
    """Ranks sort the means; renumbering the states first changes nothing in the end."""
    rng = np.random.default_rng(seed)
    states = np.concatenate([np.arange(n_states), rng.integers(0, n_states, 35 - n_states)]).reshape(5, 7)
    labels, values = labelled(states), labelled(rng.normal(size=(5, 7)))
    means = [
        np.mean([v for v, s in zip(values.values.flat, states.flat, strict=True) if s == k]) for k in range(n_states)
    ]
    rank = order_states(labels, values)
    assert [means[k] for k in np.argsort(rank)] == sorted(means, reverse=True)
    order = rng.permutation(n_states)
    renumbered = relabel(labels, order)
    again = relabel(renumbered, order_states(renumbered, values))
    np.testing.assert_array_equal(again, relabel(labels, rank))


def test_noise_is_never_an_index(labelled):
    """-1 stays -1 and takes no part in means or population."""
    labels = labelled([[0, -1, 1, -1]])
    values = labelled([[5.0, 1000.0, 6.0, 1000.0]])
    assert order_states(labels, values).tolist() == [1, 0]
    assert relabel(labels, [7, 8]).values.tolist() == [[7, -1, 8, -1]]


def test_state_that_is_never_visited(labelled):
    """It has no mean and comes last, whatever the direction; its card is undefined and no rule names it."""
    labels, values = labelled([[0, 2, 2]]), labelled([[1.0, 2, 3]])
    assert order_states(labels, values).tolist() == [1, 2, 0]
    assert order_states(labels, values, falling=False).tolist() == [0, 2, 1]
    cards = state_properties(labelled([[0, 2, 2]] * 2), {"height": labelled([[1.0, 2, 3]] * 2)}, 0.5, n_resamples=100)
    assert cards.population.tolist() == pytest.approx([1 / 3, 0, 2 / 3])
    assert cards.height.tolist() == pytest.approx([1, np.nan, 2.5], nan_ok=True)
    assert np.isnan(cards.residence_ns[1]) and cards.visits_complete[1] == 0
    rules = pd.DataFrame({"name": ["low", "high"], "height_below": [2.0, None], "height_from": [None, 2.0]})
    assert names_by_rules(cards, rules)["name"].tolist() == ["low", "state 1", "high"]


def clustering_of(labels, n_clusters, memberships=None):
    """A clustering without noise."""
    labels = np.array(labels)
    memberships = np.zeros((len(labels), n_clusters), np.float32) if memberships is None else np.array(memberships)
    return Clustering(labels, n_clusters, np.zeros(len(labels), bool), 0, memberships)


def test_an_empty_cluster_leaves_no_gap(labelled):
    """A mixture may give no point to one of its Gaussians: the others are numbered without it."""
    rows = [[0.1, 0.2, 0.7], [0.8, 0.1, 0.1], [0.1, 0.3, 0.6], [0.9, 0.0, 0.1]]
    found = clustering_of([2, 0, 2, 0], 3, rows)
    clusters = label_clusters(found, labelled(np.zeros((2, 2, 1))), labelled([[9, 7], [9, 7]]), n_resamples=20)
    assert clusters.labels.values.tolist() == [[0, 1], [0, 1]]
    assert clusters.memberships.values[0].tolist() == [[0.7, 0.1, 0.2], [0.1, 0.8, 0.1]]
    assert clusters.table["name"].tolist() == ["cluster 0", "cluster 1"]


def test_labels_of_a_clustering(labelled):
    """Samples to (frame, atom), clusters by falling coordination; their transitions are counted."""
    scores = labelled(np.zeros((2, 3, 4)))
    coordination = labelled([[7, 9, 7], [9, 9, 7]])
    clusters = label_clusters(clustering_of([0, 1, 0, 1, 1, 0], 2), scores, coordination, n_resamples=20)
    assert clusters.labels.values.tolist() == [[1, 0, 1], [0, 0, 1]]
    np.testing.assert_array_equal(clusters.labels.frame, scores.frame)
    np.testing.assert_array_equal(clusters.labels.atom, scores.atom)
    assert clusters.kinetics.counts.values.tolist() == [[1, 0], [1, 1]]
    rising = label_clusters(clustering_of([0, 1, 0, 1, 1, 0], 2), scores, coordination, falling=False, n_resamples=20)
    assert rising.labels.values.tolist() == [[0, 1, 0], [1, 1, 0]]


def clusters_of(labels, counts):
    """Micro-clusters with given transitions."""
    names = [f"cluster {k}" for k in range(len(counts))]
    table = pd.DataFrame({"name": names, "kind": "", "state": range(len(counts))})
    kinetics = xr.Dataset({"counts": (("origin", "target"), counts)}, coords={"origin": names, "target": names})
    return Clusters(labels, table, kinetics, None, labels < 0, 0)


def test_merged_states_are_ordered(labelled):
    """Clusters 0 and 2 merge; their common mean, (6 + 8 + 8) / 3 = 7.33, comes after that of cluster 1, 7.5."""
    values = labelled([[6.0, 7.5, 8.0], [8.0, 7.5, 99.0]])
    counts = np.array([[5, 0, 4], [0, 9, 0], [4, 0, 5]])
    clusters = clusters_of(labelled([[0, 1, 2], [2, 1, -1]]), counts)
    states = merge_states(clusters, values, n_resamples=20)
    assert states.clusters.table["state"].tolist() == [1, 0, 1]
    assert states.labels.values.tolist() == [[1, 0, 1], [1, 0, -1]]
    np.testing.assert_array_equal(states.tree, exchange_linkage(counts))
    apart = merge_states(clusters, values, cut=0.01, n_resamples=20)
    assert apart.clusters.table["state"].tolist() == [2, 1, 0]
    assert apart.labels.values.tolist() == [[2, 1, 0], [0, 1, -1]]
    unmerged = merge_states(clusters, values, cut=None, n_resamples=20)
    assert unmerged.labels.equals(clusters.labels) and unmerged.clusters.table["state"].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(unmerged.tree, exchange_linkage(counts))


# ------------------------------------------------------------------------------------------ the whole protocol


def clusters(seed=0, n_frames=40):
    """Vectors (frame, atom, 3) of six atoms around three places; atoms 4 and 5 hop between two of them."""
    rng = np.random.default_rng(seed)
    place = np.tile([0, 0, 1, 1, 0, 0], (n_frames, 1))
    place[:, 4] = 1 + (np.arange(n_frames) // 3) % 2
    place[:, 5] = 1 + (np.arange(n_frames) // 5) % 2
    centers = np.array([[0, 0, 0], [5, 0, 0], [5, 4, 0]])
    return place, centers[place] + rng.normal(0, 0.3, (n_frames, 6, 3))


@pytest.mark.parametrize(("method", "settings"), [("hdbscan", {"min_cluster_size": 10}), ("gmm", {"n_components": 3})])
def test_the_protocol_finds_planted_states(labelled, tmp_path, method, settings):
    """Three places, found as three clusters, ordered by a measured value; the hops between two of them are counted."""
    place, points = clusters()
    vectors = Features(labelled(points, last="feature"))
    neighbors = labelled(np.choose(place, [12.0, 9.0, 7.0]))
    how = {"method": method, "n_resamples": 20, "cache_folder": tmp_path, "n_jobs": 1} | settings
    states = find_states(vectors, neighbors, cut=None, **how)
    assert np.mean(states.labels.values == place) > 0.99
    hops = states.kinetics.counts.sel(origin="state 1", target="state 2")
    assert int(hops) == int(((states.labels[:-1].values == 1) & (states.labels[1:].values == 2)).sum()) > 0
    rising = find_states(vectors, neighbors, falling=False, cut=None, **how)
    np.testing.assert_array_equal(rising.labels, 2 - states.labels)


def test_several_at_once_are_the_same_as_one_by_one(labelled, tmp_path):
    """A dict gives a dict; components that were fitted before are used."""
    place, points = clusters()
    one, other = (Features(labelled(values, last="feature")) for values in (points, points[..., :2]))
    neighbors = labelled(np.choose(place, [12.0, 9.0, 7.0]))
    how = {"min_cluster_size": 10, "n_resamples": 20, "cache_folder": tmp_path, "n_jobs": 1}
    both = find_states({"one": one, "other": other}, neighbors, **how)
    alone = find_states(other, neighbors, pca=fit_pca(other, variance=0.995), **how)
    assert list(both) == ["one", "other"]
    xr.testing.assert_identical(both["other"].labels, alone.labels)
    xr.testing.assert_identical(both["other"].kinetics, alone.kinetics)
    few = find_states({"one": one}, neighbors, pca={"one": fit_pca(one, n_components=1)}, **how)["one"]
    assert few.scores.sizes["component"] == 1


def test_names_reach_tables_and_transitions(labelled, tmp_path):
    """Rules name states and clusters alike; the kind is the rule's name, the name is unique."""
    place, points = clusters()
    neighbors = labelled(np.choose(place, [12.0, 9.0, 8.5]))
    vectors = Features(labelled(points, last="feature"))
    states = find_states(vectors, neighbors, cut=None, min_cluster_size=10, n_resamples=20, cache_folder=tmp_path)
    measured = measure_states(states, {"coordination": neighbors}, 0.5, n_resamples=20)
    rules = pd.DataFrame({"name": ["bulk", "face"], "coordination_from": [11.0, None]})
    named = name_states(measured, rules)
    for record in (named, named.clusters):
        assert record.table["name"].tolist() == ["bulk", "face", "face 2"]
        assert of_kind(record.table, "face") == [1, 2]
        assert (
            record.kinetics.origin.values.tolist()
            == record.kinetics.target.values.tolist()
            == ["bulk", "face", "face 2"]
        )
    assert states.table["name"].tolist() == ["state 0", "state 1", "state 2"]  # what was given is not changed
    again = name_states(measure_states(named, {"coordination": neighbors}, 0.5, n_resamples=20), rules)
    pd.testing.assert_frame_equal(again.table, named.table)


def test_states_survive_a_file(labelled, tmp_path):
    """NetCDF, opened with plain xarray: names select, and the records come back as they were."""
    place, points = clusters()
    neighbors = labelled(np.choose(place, [12.0, 9.0, 8.5]))
    how = {"cut": None, "min_cluster_size": 10, "n_resamples": 20, "cache_folder": tmp_path}
    states = find_states(Features(labelled(points, last="feature")), neighbors, **how)
    rules = pd.DataFrame({"name": ["bulk", "face"], "coordination_from": [11.0, None]})
    states = name_states(measure_states(states, {"coordination": neighbors}, 0.5, n_resamples=20), rules)
    to_tree(states).to_netcdf(tmp_path / "states.nc", engine="h5netcdf")
    tree = xr.open_datatree(tmp_path / "states.nc", engine="h5netcdf")
    counts = tree["kinetics/counts"].sel(origin="face", target="face 2")
    assert int(counts) == int(states.kinetics.counts[1, 2]) > 0
    assert float(tree["table/coordination"].sel(state="bulk")) == states.table["coordination"][0]
    assert int(tree["clusters/table/state"].sel(cluster="face 2")) == 2
    back = from_tree(tree)
    xr.testing.assert_equal(back.labels, states.labels)
    xr.testing.assert_equal(back.scores, states.scores)
    xr.testing.assert_equal(back.kinetics, states.kinetics)
    pd.testing.assert_frame_equal(back.table, states.table, check_dtype=False)
    pd.testing.assert_frame_equal(back.clusters.table, states.clusters.table, check_dtype=False)
    np.testing.assert_array_equal(back.tree, states.tree)
    xr.testing.assert_equal(back.clusters.memberships, states.clusters.memberships)
    tree.close()


# --------------------------------------------------------------------------------------- properties and names


def cards_of(labels, delta, coordination, height, interval, **resampling):
    """Properties of the states of a surface, as the copper study measures them."""
    values = {"mean_lens": delta, "mean_coordination": coordination, "height": height}
    return state_properties(labels, values, interval, depth="height", **resampling)


def test_cards_by_hand(labelled):
    """
    Two atoms in four frames, 1 ns apart: states 0 1 1 0 and 0 0 0 0.

    Population: state 0 has 6 of 8, state 1 has 2 of 8; atoms per frame 1.5 and 0.5.
    LENS of state 0: (0.1 + 0.2 + 4 * 0.0) / 6 = 0.05, of state 1: (0.5 + 0.7) / 2 = 0.6.
    Height of state 0: (4 + 2 + 4 * 3) / 6 = 3, of state 1: (6 + 6) / 2 = 6: 3 Angstrom deeper.
    One completed visit to state 1, of 2 frames = 2 ns; three visits to state 0 are cut off.
    """
    labels = labelled([[0, 0], [1, 0], [1, 0], [0, 0]])
    delta = labelled([[0.1, 0], [0.5, 0], [0.7, 0], [0.2, 0]])
    coordination = labelled([[9, 12], [6, 12], [7, 12], [9, 12]])
    height = labelled([[4.0, 3], [6, 3], [6, 3], [2, 3]])
    cards = cards_of(labels, delta, coordination, height, 1.0, n_resamples=200)
    assert cards.index.tolist() == [0, 1] and cards.index.name == "state"
    np.testing.assert_allclose(cards["population"], [0.75, 0.25])
    np.testing.assert_allclose(cards["atoms"], [1.5, 0.5])
    np.testing.assert_allclose(cards["mean_lens"], [0.05, 0.6])
    np.testing.assert_allclose(cards["mean_coordination"], [(9 + 9 + 4 * 12) / 6, 6.5])
    np.testing.assert_allclose(cards["depth"], [3, 0])
    np.testing.assert_allclose(cards["residence_ns"], [np.nan, 2])
    assert cards["visits_complete"].tolist() == [0, 1] and cards["visits_cut"].tolist() == [3, 0]


def test_noise_is_in_no_population(labelled):
    """One sample of each of two states and two of noise: half of what has a state; 0.5 atoms per frame each."""
    labels = labelled([[0, 1], [-1, -1]])
    cards = state_properties(labels, {"lens": labelled([[0.2, 0.4], [0.9, 0.9]])}, 1.0, n_resamples=20)
    assert cards["population"].tolist() == [0.5, 0.5] and cards["atoms"].tolist() == [0.5, 0.5]
    assert cards["lens"].tolist() == [0.2, 0.4]


def test_one_in_a_hundred_is_no_exception(labelled):
    """A state of exactly 1 of 100 samples may be the highest: depths count from it."""
    states = np.zeros((10, 10), dtype=int)
    states[4, 3] = 1
    labels, zero = labelled(states), labelled(np.zeros((10, 10)))
    cards = cards_of(labels, zero, zero, labelled(np.choose(states, [2.0, 5.0])), 1.0, n_resamples=20)
    assert cards["depth"].tolist() == [3, 0]


def test_cards_have_the_seed_of_their_intervals(labelled):
    """The same seed, the same intervals of residence; another one, others; nothing else depends on it."""
    labels = labelled(np.random.default_rng(0).integers(0, 2, (30, 25)))
    zero = labelled(np.zeros((30, 25)))
    one, same, other = (cards_of(labels, zero, zero, zero, 1.0, n_resamples=30, seed=seed) for seed in (1, 1, 2))
    bounds = ["residence_low", "residence_high"]
    pd.testing.assert_frame_equal(one, same)
    assert (one[bounds] != other[bounds]).any(axis=None)
    pd.testing.assert_frame_equal(one.drop(columns=bounds), other.drop(columns=bounds))


def test_depth_is_from_the_highest_state_that_is_no_exception(labelled):
    """A state of one sample in 200 floats 9 Angstrom up: depths count from the highest of the others, 5 Angstrom."""
    states = np.zeros((10, 20), dtype=int)
    states[:, 10:] = 1
    states[0, 0] = 2
    heights = np.choose(states, [2.0, 5.0, 9.0])
    labels, zero = labelled(states), labelled(np.zeros((10, 20)))
    cards = cards_of(labels, zero, zero, labelled(heights), 1.0, n_resamples=100)
    np.testing.assert_allclose(cards["depth"], [3, 0, -4])


def test_cards_find_values_by_label(labelled):
    """LENS of other frames and atoms does not enter."""
    labels = labelled([[0, 0], [0, 0]], frame=[10, 11], atom=[2, 3])
    wide = labelled([[50.0] * 3, [50, 1, 3], [50, 5, 7], [50] * 3], frame=[9, 10, 11, 12], atom=[1, 2, 3])
    cards = cards_of(labels, wide, wide, wide, 1.0, n_resamples=100)
    assert cards["mean_lens"].tolist() == cards["mean_coordination"].tolist() == [4]


RULES = pd.DataFrame(
    [
        # name, LENS from, coordination from, below
        ("fast", 0.3, np.nan, np.nan),
        ("edge", np.nan, np.nan, 8.0),
        ("face", np.nan, 8.0, 9.5),
        ("bulk", np.nan, 11.5, np.nan),
    ],
    columns=["name", "mean_lens_from", "mean_coordination_from", "mean_coordination_below"],
)


def names(*cards, rules=RULES):
    """Names of states with these (coordination, LENS)."""
    return names_by_rules(pd.DataFrame(cards, columns=["mean_coordination", "mean_lens"]), rules)["name"].tolist()


def test_names_by_hand():
    """The first rule that fits; NaN bounds do not bind; a state between the rules has no name."""
    assert names((12, 0.01), (10, 0.05), (9, 0.05), (7, 0.1), (7, 0.5)) == ["bulk", "state 1", "face", "edge", "fast"]
    assert names((7, 0.5), rules=RULES[::-1]) == ["edge"]


def test_bounds_from_are_included_and_below_are_not():
    """8 is a face and not an edge, 9.5 is nothing, LENS of 0.3 is fast."""
    assert names((8, 0), (9.5, 0), (7.999, 0), (9.499, 0), (12, 0.3)) == ["face", "state 1", "edge", "face 2", "fast"]


def test_names_that_several_earn_are_numbered():
    """In the order of the states; every name has its own count."""
    assert names((12, 0), (9, 0), (7, 0), (8.5, 0), (6, 0), (8.2, 0)) == [
        "bulk",
        "face",
        "edge",
        "face 2",
        "edge 2",
        "face 3",
    ]


def test_unmeasured_property_names_nothing():
    """A NaN in a card meets no bound on it."""
    assert names((np.nan, 0.0), (np.nan, 0.5)) == ["state 0", "fast"]


def test_columns_for_the_reader_do_not_bind():
    """The ideal numbers beside the rules are only shown."""
    assert names((9, 0), rules=RULES.assign(ideal="7", remark="fcc(211)", number=3)) == ["face"]


def test_rule_about_what_was_not_measured():
    """A typing error in a rule must not name everything."""
    with pytest.raises(KeyError, match="depht"):
        names((9, 0), rules=pd.DataFrame({"name": ["bulk"], "depht_from": [3.0]}))


def test_names_keep_the_index():
    """The names can be joined to the cards."""
    cards = pd.DataFrame({"mean_coordination": [12.0, 9.0], "mean_lens": [0, 0]}, index=pd.Index([0, 1], name="state"))
    assert cards.join(names_by_rules(cards, RULES))["name"].tolist() == ["bulk", "face"]


def test_classes_of_lens(labelled):
    """Three clusters of values: slow, intermediate and fast, with borders half-way between their means, by label."""
    delta = labelled([[0.0, 0.4, 0.9], [0.0, 0.4, 0.9], [0.0, 0.9, 0.9]])
    classes = lens_classes(delta, 3, 0.5, n_resamples=20)
    assert classes.labels.values.tolist() == [[0, 1, 2], [0, 1, 2], [0, 2, 2]]
    np.testing.assert_allclose(classes.table["lens_from"], [np.nan, 0.2, 0.65])
    np.testing.assert_allclose(classes.table["mean_lens"], [0.0, 0.4, 0.9])
    assert int(classes.kinetics.counts.sel(origin="intermediate", target="fast")) == 1
    xr.testing.assert_identical(
        classes.kinetics, transitions(classes.labels, names=classes.table["name"], n_resamples=20)
    )
    five = lens_classes(labelled(np.arange(10.0).reshape(2, 5)), 5, 0.5, n_resamples=20).table
    assert five["name"].tolist() == ["slow", "intermediate", "intermediate 2", "intermediate 3", "fast"]
    assert of_kind(five, "intermediate") == [1, 2, 3]


def test_shares_among_states_by_hand(labelled):
    """Of four points, one is bulk and three are edge; a state without any is not listed, and no points give nothing."""
    labels = labelled([[0, 2, 2], [2, 0, 1]])
    table = pd.DataFrame({"name": ["bulk", "face", "edge"]})
    points = labelled([[1, 1, 1], [1, 0, 0]]).astype(bool)
    assert shares_among_states(labels, table, points).to_dict() == {"bulk": 0.25, "edge": 0.75}
    assert shares_among_states(labels, table, points & False).empty
