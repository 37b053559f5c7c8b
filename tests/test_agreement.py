"""Two labellings of the same points: by hand, naively, and by invariants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from soaplens_lite.agreement import (
    adjusted_rand,
    best_overlap,
    crowd,
    doubt,
    keeps_name,
    overlap,
    share_of_passages,
    share_of_points,
    told_apart,
)
from soaplens_lite.transitions import arrival_shares, transition_counts


def labels_of(labelled, *ways):
    """Labels (frame, atom) of atoms given by their ways."""
    return labelled(np.array([[int(state) for state in way] for way in ways]).T)


def test_share_of_points_by_hand(labelled):
    """Atoms have 2, 1 and 0 chosen points, of which 1, 1 and 0 meet the condition: 2 of 3, between 1/2 and 1."""
    chosen = labels_of(labelled, "1100", "0001", "0000") == 1
    condition = labels_of(labelled, "1011", "0001", "1111") == 1
    share = share_of_points(chosen, condition)
    assert share["value"] == pytest.approx(2 / 3)
    assert (share["low"], share["high"]) == (0.5, 1.0)
    assert share_of_points(chosen & False, condition) is None


def test_share_of_points_takes_means_of_numbers(labelled):
    """Chosen points with 0.2 and 0.6: 0.4 on average."""
    assert share_of_points(labelled([[1, 1, 0]]) == 1, labelled([[0.2, 0.6, 0.9]]))["value"] == pytest.approx(0.4)


def test_entries_and_exits_by_hand(labelled):
    """
    Of three entries into 2, two come from 0 and one from 1; of three exits from 0, two lead to 2.

    Atom 5: 0→2, 2→1, 1→2. Atom 8: 0→2. Atom 11: 0→1.
    """
    labels = labels_of(labelled, "0212", "0022", "0001")
    assert share_of_passages(labels, [0], [2], "entries")["value"] == pytest.approx(2 / 3)
    assert share_of_passages(labels, [1], [2], "entries")["value"] == pytest.approx(1 / 3)
    assert share_of_passages(labels, [0, 1], [2], "entries")["value"] == 1
    assert share_of_passages(labels, [0], [2], "exits")["value"] == pytest.approx(2 / 3)
    assert share_of_passages(labels, [], [2], "entries")["value"] == 0
    assert share_of_passages(labels, [2], [0], "entries") is None


def test_passages_refuse_what_makes_no_sense(labelled):
    """A state on both sides, or a word that is neither entries nor exits."""
    labels = labels_of(labelled, "0212")
    with pytest.raises(ValueError, match=r"states \[1\] are in origin and in target"):
        share_of_passages(labels, [0, 1], [1, 2], "entries")
    with pytest.raises(ValueError, match="of = 'all': must be 'entries' or 'exits'"):
        share_of_passages(labels, [0], [1], "all")


def test_single_states_agree_with_the_shares_of_the_kinetics(labelled):
    """For one state on either side, entries are what `arrival_shares` says of all counts."""
    labels = labelled(np.random.default_rng(3).integers(0, 4, (50, 6)))
    shares = arrival_shares(transition_counts(labels, 4))
    for start in range(4):
        for end in set(range(4)) - {start}:
            found = share_of_passages(labels, [start], [end], "entries", n_resamples=100)
            assert found["value"] == pytest.approx(shares[start, end])
            assert found["low"] <= found["value"] <= found["high"]


def test_names_without_their_numbers(labelled):
    """Of "edge/face", "edge 2" is a part, and "face/valley" is not, as there is no valley in it."""
    joint, soap = labelled([[0, 0, 0, 1]]), labelled([[0, 1, 2, 0]])
    same = keeps_name(joint, ["edge/face", "sub-surface 2"], soap, ["edge 2", "face/valley", "face"])
    assert same.values.tolist() == [[True, False, True, False]]


def test_adjusted_rand_by_hand(labelled):
    """Renamed parts agree fully; without the points that differ, so do others."""
    one, other = labelled([[0, 0, 1, 1, 2]]), labelled([[1, 1, 0, 0, 0]])
    assert adjusted_rand(one, one + 3) == 1
    assert adjusted_rand(one, other) < 1
    assert adjusted_rand(one, other, where=one != 2) == 1


def test_overlap_of_nothing_with_nothing():
    """No points in common, and none at all."""
    assert overlap(np.array([True, False]), np.array([False, True])) == 0
    assert overlap(np.zeros(3, bool), np.zeros(3, bool)) == 0


def test_doubt_by_hand():
    """Rows (1/2, 1/2) and (3/4, 1/4) give ln 2 and 0.5623; scaled rows the same; a broken row does not count."""
    rows = np.array([[0.5, 0.5], [0.3, 0.1], [np.nan, np.nan], [0.0, 0.0]])
    assert doubt(rows) == pytest.approx((1 + 0.5623351446 / np.log(2)) / 2)
    assert doubt(rows[2:]) is None
    assert doubt(rows[:, :1]) is None


@given(arrays(float, (7, 4), elements=st.floats(0.001, 1)))
def test_doubt_lies_between_certainty_and_none(rows):
    """Between 0 and 1, whatever the memberships; 1 if all are alike."""
    assert 0 <= doubt(rows) <= 1 + 1e-12
    assert doubt(np.full_like(rows, rows[0, 0])) == pytest.approx(1)


def test_a_cloud_apart_has_its_own_kind_around(labelled):
    """Ten points far off are all among themselves; ten picked at random among hundreds are not. Naively counted."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(20, 15, 3))
    points[0, :11] += 100
    scores = labelled(points)
    apart = labelled(np.zeros((20, 15), int)) == 1
    apart[0, :11] = True
    assert crowd(scores, apart).sum() == pytest.approx(11)
    chosen = labelled(rng.random((20, 15))) < 0.1
    flags, flat = chosen.values.ravel(), points[..., :2].reshape(-1, 2)
    found = crowd(scores, chosen).values.ravel()
    for k in np.flatnonzero(flags):
        nearest = np.argsort(((flat - flat[k]) ** 2).sum(axis=1))[1:11]
        assert found[k] == pytest.approx(flags[nearest].mean())
    assert not found[~flags].any()


def test_the_best_cluster_is_found_by_hand():
    """Cluster 0 has 1 of 3 points, 1 has 2 of 3: 2 in both by 4 in either. Of nothing chosen nothing is found."""
    labels, chosen = np.array([0, 1, 1, 1, -1]), np.array([True, True, True, False, False])
    assert best_overlap(labels, chosen) == 2 / 4
    assert best_overlap(labels, chosen & False) is None


def test_told_apart_means_a_state_for_each():
    """Numbers and other parts of a name do not matter; two kinds in one state, or a kind without a state, do."""
    kinds = ["edge", "face", "vertex"]
    assert told_apart(["vertex", "edge 2", "face/liquid-like"], kinds)
    assert not told_apart(["vertex", "edge/face"], kinds)
    assert not told_apart(["vertex", "edge/face", "face"], kinds)
    assert not told_apart(["mobile vertex", "edge", "face"], kinds)
