"""Two labellings of the same points: by hand, naively, and by invariants."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from soaplens_lite.kinetics import arrival_shares, transition_counts
from soaplens_lite.states import (
    adjusted_rand,
    assignment_entropy,
    best_overlap,
    keeps_name,
    local_purity,
    nearest_reading,
    overlap,
    separates,
    share_of_passages,
    share_of_points,
)


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


def test_points_without_a_number_do_not_count(labelled):
    """Two chosen points with 1 and NaN: 1, the mean of what is known; nothing known is None."""
    both, values = labelled([[1, 1]]) == 1, labelled([[1.0, np.nan]])
    assert share_of_points(both, values)["value"] == 1
    assert share_of_points(both, values * np.nan) is None


def test_another_seed_is_another_interval(labelled):
    """The seed reaches the draws; the share itself has none."""
    rng = np.random.default_rng(0)
    everyone, met = labelled(np.ones((9, 40))) == 1, labelled(rng.random((9, 40))) < rng.random(40)
    one, same, other = (share_of_points(everyone, met, n_resamples=50, seed=seed) for seed in (1, 1, 2))
    assert one == same and one["value"] == other["value"]
    assert (one["low"], one["high"]) != (other["low"], other["high"])


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


@pytest.mark.parametrize(("ways", "value", "low", "high"), [("0" * 9, 0, 0, 0.3363), ("2" * 9, 1, 0.6637, 1)])
def test_what_never_varied_has_the_exact_limit(labelled, ways, value, low, high):
    """None, or all, of nine exits from 1: 1 - 0.025^(1/9) = 0.3363 by Clopper and Pearson."""
    labels = labels_of(labelled, *(f"1{way}" for way in ways), "02")  # the last atom never is in 1
    share = share_of_passages(labels, [1], [2], "exits")
    assert share["value"] == value
    assert (share["low"], share["high"]) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_passages_of_one_atom_alone_are_not_certain(labelled):
    """Resampling atoms cannot vary what one of them does: two of four exits lie between 0.068 and 0.932."""
    share = share_of_passages(labels_of(labelled, "10121012", "00000000"), [1], [2], "exits")
    assert share["value"] == 0.5
    assert (share["low"], share["high"]) == (pytest.approx(0.0676, abs=1e-4), pytest.approx(0.9324, abs=1e-4))


def test_single_states_agree_with_the_shares_of_the_kinetics(labelled):
    """For one state on either side, entries are what `arrival_shares` says of all counts."""
    labels = labelled(np.random.default_rng(3).integers(0, 4, (50, 6)))
    shares = arrival_shares(transition_counts(labels, 4))
    for start in range(4):
        for end in set(range(4)) - {start}:
            found = share_of_passages(labels, [start], [end], "entries", n_resamples=100)
            assert found["value"] == pytest.approx(shares[start, end])
            assert found["low"] <= found["value"] <= found["high"]


def test_only_the_very_name_is_kept(labelled):
    """Neither a state that holds several kinds nor another one of the same kind keeps a point's place."""
    joint, soap = labelled([[0, 0, 1, 2]]), labelled([[0, 1, 2, 2]])
    same = keeps_name(joint, ["edge/face", "sub-surface 2", "sub-surface"], soap, ["edge", "face", "sub-surface 2"])
    assert same.values.tolist() == [[False, False, True, False]]


def test_one_state_for_all_keeps_no_place(labelled):
    """If everything is merged nothing keeps its name; the same labelling keeps all of them."""
    names = ["edge", "face", "face 2"]
    soap = labelled(np.random.default_rng(0).integers(0, 3, (20, 4)))
    assert not keeps_name(soap * 0, ["edge/face"], soap, names).any()
    assert keeps_name(soap, names, soap, names).all()


def test_noise_has_no_name_to_keep(labelled):
    """On either side; the last state of the list is not meant."""
    names = ["a", "b"]
    assert keeps_name(labelled([[-1, 0]]), names, labelled([[1, 0]]), names).values.tolist() == [[False, True]]
    assert keeps_name(labelled([[1, -1]]), names, labelled([[-1, -1]]), names).values.tolist() == [[False, False]]


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


def test_assignment_entropy_by_hand(labelled):
    """
    Rows (1/2, 1/2) and (3/4, 1/4) give ln 2 and 0.5623; scaled rows the same; a broken row does not count.

    Of two atoms with one of these rows each, resampling takes either alone.
    """
    rows = np.array([[0.5, 0.5], [0.3, 0.1], [np.nan, np.nan], [0.0, 0.0]])
    less = 0.5623351446 / np.log(2)
    found = assignment_entropy(rows, labelled(np.zeros((2, 2), int)))
    assert found["value"] == pytest.approx((1 + less) / 2)
    assert (found["low"], found["high"]) == (pytest.approx(less), pytest.approx(1))
    assert assignment_entropy(rows[2:], labelled([[0, 0]])) is None
    assert assignment_entropy(rows[:, :1], labelled([[0, 0], [0, 0]])) is None


@given(arrays(float, (7, 4), elements=st.floats(0.001, 1)))
def test_assignment_entropy_lies_between_certainty_and_none(rows):
    """Between 0 and 1, whatever the memberships; 1 if all are alike."""
    seven = xr.DataArray(np.zeros((1, 7)), dims=("frame", "atom"))
    found = assignment_entropy(rows, seven, n_resamples=10)
    assert 0 <= found["low"] <= found["high"] <= 1 + 1e-12
    assert assignment_entropy(np.full_like(rows, rows[0, 0]), seven)["value"] == pytest.approx(1)


def test_a_cloud_apart_has_its_own_kind_around(labelled):
    """Ten points far off are all among themselves; ten picked at random among hundreds are not. Naively counted."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(20, 15, 3))
    points[0, :11] += 100
    scores = labelled(points)
    apart = labelled(np.zeros((20, 15), int)) == 1
    apart[0, :11] = True
    assert local_purity(scores, apart).sum() == pytest.approx(11)
    chosen = labelled(rng.random((20, 15))) < 0.1
    flags, flat = chosen.values.ravel(), points[..., :2].reshape(-1, 2)
    found = local_purity(scores, chosen).values.ravel()
    for k in np.flatnonzero(flags):
        nearest = np.argsort(((flat - flat[k]) ** 2).sum(axis=1))[1:11]
        assert found[k] == pytest.approx(flags[nearest].mean())
    assert not found[~flags].any()


def test_numbers_are_read_in_one_way_all_together():
    """Each number alone may be nearer in another reading (b is, and a is not); what is missing says nothing."""
    published = {"a": 4.0, "b": 3.0, "c": 2.0}
    into, out = {"a": 4.0, "b": 1.0, "c": None}, {"a": 8.0, "b": 3.0, "c": None}
    assert nearest_reading({"out": out, "into": into}, published) == "into"
    assert nearest_reading({"out": out | {"a": 4.5}, "into": into}, published) == "out"
    assert nearest_reading({"out": dict.fromkeys("abc"), "into": dict.fromkeys("abc")}, published) == "out"


def test_a_reading_that_says_less_is_not_nearer():
    """Nothing at all, or nothing of a number that the others have: only what all measured is compared."""
    published = {"x": 1.1, "y": 2.0}
    assert nearest_reading({"a": {"x": None, "y": None}, "b": {"x": 1.0, "y": 2.0}}, published) == "b"
    assert nearest_reading({"a": {"x": 1.4, "y": None}, "b": {"x": 1.0, "y": 9.0}}, published) == "b"


def test_the_best_cluster_is_found_by_hand():
    """Cluster 0 has 1 of 3 points, 1 has 2 of 3: 2 in both by 4 in either. Noise, and what is not there, match none."""
    labels, chosen = np.array([0, 1, 1, 1, -1]), np.array([True, True, True, False, False])
    assert best_overlap(labels, chosen) == 2 / 4
    assert best_overlap(labels, chosen & False) is None
    assert best_overlap(np.full(5, -1), chosen) == 0


def test_separate_means_a_state_for_each():
    """Something else beside a kind does not matter; two kinds in one state do, and a kind without a state does."""
    kinds = ["edge", "face", "vertex"]
    mixed = {"edge/face": ["edge", "face"], "face/liquid-like": ["face", "liquid-like"]}
    assert separates(["vertex", "edge", "face/liquid-like"], kinds, mixed=mixed)
    assert not separates(["vertex", "edge/face"], kinds, mixed=mixed)
    assert not separates(["vertex", "edge/face", "face"], kinds, mixed=mixed)
    assert not separates(["mobile vertex", "edge", "face"], kinds, mixed=mixed)
    assert not separates(["vertex", "edge", "face", "edge/face"], kinds, mixed=mixed)
