"""Which cut separates two kinds of clusters, and how sure that is."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster

from soaplens_lite.states import merge_clusters, mixed_shares, separating_cut

# Leaves 0 to 3: 0 and 1 merge at 0.2, 2 and 3 at 0.6, all of them at 0.9.
TREE = np.array([[0, 1, 0.2, 2], [2, 3, 0.6, 2], [4, 5, 0.9, 4]])


@pytest.mark.parametrize(
    ("some", "others", "cut"),
    [
        ([0], [1], 0.1),  # between nothing and 0.2
        ([0, 1], [2, 3], 0.75),  # between 0.6 and 0.9
        ([2], [3], 0.4),  # between 0.2 and 0.6
        ([0], [], np.inf),
        ([], [0, 1], np.inf),
    ],
)
def test_the_cut_lies_below_the_merge_that_mixes(some, others, cut):
    """Read off the tree by hand."""
    assert separating_cut(TREE, some, others) == pytest.approx(cut)


def test_the_cut_parts_and_no_merge_lower_could_stay_out():
    """On random matrices: at the cut the two kinds share no state, and above the next merge they do."""
    rng = np.random.default_rng(3)
    for _ in range(30):
        matrix = rng.random((7, 7))
        some, others = [0, 1], [2, 3, 4]
        _, tree = merge_clusters(matrix)
        cut = separating_cut(tree, some, others)
        mapping, _ = merge_clusters(matrix, cut=cut)
        assert not set(mapping[some]) & set(mapping[others])
        above = min(distance for distance in tree[:, 2] if distance > cut)
        mapping, _ = merge_clusters(matrix, cut=above)
        assert set(mapping[some]) & set(mapping[others])


@pytest.mark.parametrize(
    ("heights", "some", "others", "cut"),
    [
        ((0.4, 0.4, 0.8), [2], [3], 0.2),  # two merges at 0.4: below both
        ((0.2, 0.4, 0.4), [0], [2], 0.3),
        ((0.4, np.nextafter(0.4, 1), 0.8), [2], [3], 0.4),  # there is no number in the middle
        ((0.0, 0.4, 0.8), [0], [1], 0.0),  # exactly alike
    ],
)
def test_merges_at_the_same_distance(heights, some, others, cut):
    """The cut lies below all of them, and parts, where a cut can: cutting at a distance merges what is there."""
    tree = np.array([[0, 1, heights[0], 2], [2, 3, heights[1], 2], [4, 5, heights[2], 4]])
    found = separating_cut(tree, some, others)
    assert found == pytest.approx(cut)
    groups = fcluster(tree, t=found, criterion="distance")
    assert (groups[some[0]] == groups[others[0]]) == (cut == 0)


def test_a_single_cluster_has_no_merge():
    """An empty tree."""
    assert separating_cut(np.empty((0, 4)), [0], []) == np.inf


def test_atoms_that_are_all_alike_give_the_same_answer(labelled):
    """Every resample of equal atoms is the same: a share of 0 or 1, that of the merging itself."""
    way = np.array([0, 1, 0, 1, 1, 0, 2, 2, 2, 3, 2])[:, None]
    labels = labelled(np.repeat(way, 5, axis=1))
    shares = mixed_shares(labels, [0], [1], [0.01, 2.0], n_resamples=100)
    assert shares.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("recount", [False, True])
def test_shares_are_those_of_a_naive_loop(labelled, recount):
    """The same draws, atom by atom; and a larger cut never parts what a smaller one merges."""
    rng = np.random.default_rng(5)
    states = rng.integers(0, 4, (60, 6))
    cuts = [0.3, 0.8, 1.1, 1.6]
    shares = mixed_shares(labelled(states), [0, 1], [2], cuts, recount=recount, n_resamples=100, seed=2)
    draws = np.random.default_rng(2).multinomial(6, np.full(6, 1 / 6), size=100)
    naive = np.zeros(len(cuts))
    for draw in draws:
        counts = np.zeros((4, 4))
        for atom, times in enumerate(draw):
            for before, after in zip(states[:-1, atom], states[1:, atom], strict=True):
                counts[before, after] += times
        for place, cut in enumerate(cuts):
            mapping, _ = merge_clusters(counts, cut=cut, recount=recount)
            naive[place] += bool({mapping[0], mapping[1]} & {mapping[2]}) / 100
    assert shares == pytest.approx(naive)
    assert np.all(np.diff(shares) >= 0) and 0 < shares[2]
