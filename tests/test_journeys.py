"""Crossings and flows over long intervals, by hand, naively and by invariants."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from soaplens_lite.journeys import crossing_visit, flows, frames_at, movie_frames, way_of_crossing
from soaplens_lite.plots import alluvial_geometry, components_for
from soaplens_lite.transitions import find_visits, transition_counts


def labels_of(labelled, *ways):
    """Labels (frame, atom) of atoms given by their ways."""
    return labelled(np.array([[int(state) for state in way] for way in ways]).T)


def test_the_crossing_with_the_longest_commitment_is_chosen(labelled):
    """
    2 is left for 0 through 1; frames before without 0 and after without 2, the shorter counts.

    Atom 5: 5 and 1, so 1. Atom 8: 3 (it flickers) and 2, so 2. Atom 11 turns back. Atom 14 goes the other way, after 2.
    """
    labels = labels_of(labelled, "22222110", "21211100", "22211122", "00011122")
    visit = crossing_visit(find_visits(labels), {2}, {1}, {0})
    assert (visit.atom, visit.first_frame, visit.n_frames, visit.committed) == (8, 13, 3, 2)
    frames, stations = way_of_crossing(labels, visit, {2}, {0}, margin=1)
    assert (frames.tolist(), stations) == ([12, 13, 14, 15, 16], [12, 14, 16])
    back = crossing_visit(find_visits(labels), {0}, {1}, {2})
    assert (back.atom, back.committed) == (14, 2)


def test_no_crossing_is_none(labelled):
    """Neither a direct step, nor a way that the trajectory cuts off, nor an empty set of states is a crossing."""
    visits = find_visits(labels_of(labelled, "22220000", "11110000", "22221111"))
    assert crossing_visit(visits, {2}, {1}, {0}) is None
    assert crossing_visit(visits, set(), set(), set()) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_crossing_is_what_a_loop_finds(labelled, seed):
    """Against a search through every way as a text."""
    rng = np.random.default_rng(seed)
    labels = labelled(np.repeat(rng.integers(0, 3, (12, 8)), rng.integers(1, 4, 12), axis=0))
    best = 0
    for way in labels.values.T:
        text = "".join(map(str, way))
        for crossing in re.finditer("(?<=2)1+(?=0)", text):
            before, after = text[: crossing.start()], text[crossing.end() :]
            best = max(best, min(len(before.split("0")[-1]), len(after.split("2")[0])))
    visit = crossing_visit(find_visits(labels), {2}, {1}, {0})
    assert (0 if visit is None else visit.committed) == best


def test_flows_between_chosen_frames(labelled):
    """
    What happens in between does not count.

    Between frames 10 and 12 atom 5 goes from 0 to 1 (by way of 2) and atom 8 stays; then both stay.
    """
    labels = labels_of(labelled, "0211", "1011")
    assert flows(labels, [10, 12, 13], 3).tolist() == [
        [[0, 1, 0], [0, 1, 0], [0, 0, 0]],
        [[0, 0, 0], [0, 2, 0], [0, 0, 0]],
    ]


def test_flows_between_all_frames_are_the_transitions(labelled):
    """Their sum is the count of transitions."""
    labels = labelled(np.random.default_rng(0).integers(0, 4, (9, 20)))
    np.testing.assert_array_equal(flows(labels, labels.frame.values, 4).sum(axis=0), transition_counts(labels, 4))


@pytest.mark.parametrize("frames", [[10], [12, 10], [10, 10]])
def test_flows_need_rising_frames(labelled, frames):
    """One time has no flow, and time has a direction."""
    with pytest.raises(ValueError, match="at least two frames in rising order"):
        flows(labelled(np.zeros((5, 2), dtype=int)), frames, 1)


def test_frames_at_fractions():
    """Of frames 50 to 350 the fractions of the paper (5, 10, 20, 30 of 5 to 45 ns) are 50, 87.5, 162.5, 237.5."""
    fractions = (np.array([5, 10, 20, 30]) - 5) / 40
    assert frames_at(np.arange(50, 351), fractions) == [50, 88, 162, 238]


@given(arrays(int, (2, 4, 4), elements=st.integers(0, 9)), st.floats(0, 0.1))
def test_alluvial_blocks_and_bands_fill_each_other(flows_between, gap):
    """Made to join, all bands of a block fill it from end to end at both times."""
    first = flows_between[0] + np.eye(4, dtype=int)
    second = np.zeros((4, 4), dtype=int)
    for state, atoms in enumerate(first.sum(axis=0)):  # Spread those who arrive over a random row.
        weights = flows_between[1, state] + 1
        second[state] = np.bincount(np.arange(atoms) % 4, minlength=4) if weights.sum() % 2 else [atoms, 0, 0, 0]
    blocks, bands = alluvial_geometry([first, second], gap=gap)
    np.testing.assert_allclose((blocks[..., 1] - blocks[..., 0]).sum(axis=1), 1)
    for t in range(2):
        for state in range(4):
            out = sorted(band[3:5] for band in bands if band[:2] == (t, state))
            into = sorted(band[5:7] for band in bands if (band[0], band[2]) == (t, state))
            for ends, (low, high) in ((out, blocks[t, state]), (into, blocks[t + 1, state])):
                joined = [low, *(end for pair in ends for end in pair), high]
                np.testing.assert_allclose(joined[::2], joined[1::2], atol=1e-12)


def test_alluvial_flows_must_join():
    """Two atoms arrive in state 0 and one leaves: somebody was lost."""
    with pytest.raises(ValueError, match="do not join"):
        alluvial_geometry([[[2, 0], [0, 0]], [[1, 0], [0, 0]]])


def test_components_for_a_share():
    """The first that reaches it; a share that is met exactly is reached; none is an error with what there is."""
    assert [components_for([0.5, 0.9, 1.0], share) for share in (0.1, 0.5, 0.9, 0.95)] == [1, 1, 2, 3]
    with pytest.raises(ValueError, match="all 2 components retain 0.9"):
        components_for([0.5, 0.9], 0.99)


@given(n_frames=st.integers(1, 60), number=st.integers(1, 40), data=st.data())
def test_frames_of_a_movie(n_frames, number, data):
    """Evenly apart by the smallest step that reaches over the way; as many as asked for, if there are so many."""
    first = data.draw(st.integers(0, n_frames - 1))
    last = data.draw(st.integers(first, n_frames - 1))
    step = next(step for step in range(1, n_frames + 1) if step * number >= last - first + 1)
    shown = movie_frames(np.arange(100, 100 + n_frames), [100 + first, 100 + last], number) - 100
    assert set(np.diff(shown).tolist()) <= {step}
    assert len(shown) == min(number, len(range(0, n_frames, step)))
    assert 0 <= shown[0] <= first and last < shown[-1] + step and shown[-1] < n_frames


def test_a_movie_without_pictures_is_refused():
    """With what is allowed."""
    with pytest.raises(ValueError, match="number = 0 frames: must be at least 1"):
        movie_frames([1, 2], [1, 2], 0)
